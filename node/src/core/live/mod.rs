//! Live: what was said a moment ago goes on to the neighbours at once.
//!
//! Plumtree (Leitão, Pereira, Rodrigues: *Epidemic Broadcast Trees*, 2007) over the links that
//! stand. A run of entries with its head signature is **pushed** to *eager* neighbours and
//! **announced** by id to the *lazy* ones. Who is pushed something is eager in return, or says
//! **prune** if it came before, and the two are lazy to each other from then on; who is announced
//! something that does not come **grafts**: it asks the announcer for it, and the two are eager
//! again. So the links settle into a tree by themselves, and heal when a part of it goes. A link
//! begins lazy where both ends have an eager one already: a tree grows with the links, and the first
//! words need not flood them all to find it. Whatever is lost all the same (a run with a gap before
//! it, too much at once, an announcer that is gone) is repaired by a session.
//!
//! What comes in is verified like anything from a session, made durable, and only then passed on.
//! The id of a run is the first 8 bytes of the chain hash at its end.

mod gossip;
mod tree;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use baro_crdt::ids::{CommunityId, LogId, Millis};
use baro_crdt::log::{EntryIds, Header, VOLUME_ENTRIES_MAX, chain};

use super::fetch::Shelf;
use super::message::{Live, LiveLog, LiveRun, Message};
use super::names;
use super::parcels::Exchange;
use super::pipe::Push;
use super::traffic::Class;
use super::{Core, Effect, GroupId, Link, LinkId};
use crate::replica::{Batch, Item, LogItem, News};
use crate::store::Read;
use crate::wire::{believe_run, chain_at};
pub use gossip::GossipStats;
pub(super) use gossip::{Allowance, Gossip, HEARD_MAX, LIVE_BATCHES_MAX};
use gossip::{Arriving, Heard, Id, LIVE_BYTES_MAX, Missing, id_of, live_run};

/// Names a community on one link: keyed by its id, so that it tells a stranger nothing.
pub(super) type Tag = [u8; 8];
/// The most logs of one commit that are passed on live; more are left to a session.
const RUNS_MAX: usize = 64;
/// How long announcements gather before they are sent, in milliseconds.
const ANNOUNCE_AFTER_MS: u64 = 100;
/// How long an announced run may take to come by itself before it is asked for.
const GRAFT_AFTER_MS: u64 = 400;
/// The most runs that wait to be announced over a link; more are left to a session.
pub(super) const ANNOUNCE_MAX: usize = 8_192;
/// The most ids in one message.
const IDS_MAX: usize = 1_024;
/// When a link has been quiet for so long after something live, a session makes sure that nothing
/// was lost, in milliseconds.
pub(super) const SETTLE_AFTER_MS: u64 = 10_000;
/// The most entries over a link whose signature does not hold, or of a community that was not
/// matched, before it is closed.
const BAD_MAX: u32 = 32;

/// One community on one link.
pub(super) struct Side {
    pub(super) community: CommunityId,
    eager: bool,
    /// This side is eager by itself, and the other has neither been asked to be so too nor heard
    /// or said anything that makes it so.
    asks: bool,
    announce: Vec<Id>,
    pub(super) shelf: Shelf,
    pub(super) exchange: Exchange,
}

impl Side {
    pub(super) const fn to_announce(&self) -> usize {
        self.announce.len()
    }
}

fn tag(community: &CommunityId, link: &Link) -> Tag {
    match link.initiator {
        true => tag_of(community, [&link.local, &link.remote]),
        false => tag_of(community, [&link.remote, &link.local]),
    }
}

/// The tag of a community on a link between these two, the initiator first.
pub(super) fn tag_of(community: &CommunityId, [one, other]: [&[u8]; 2]) -> Tag {
    let mut hasher = blake3::Hasher::new_keyed(community.as_bytes());
    for part in [b"live".as_slice(), one, other] {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut tag = [0; 8];
    hasher.finalize_xof().fill(&mut tag);
    tag
}

/// Asks for runs, and for all that follows at once.
fn graft(id: LinkId, link: &mut Link, tag: Tag, ids: Vec<u8>) -> Effect {
    let frame = link.pipe.plain(&Message::Live(tag.into(), Live::Graft(ids)));
    Effect::Send { link: id, frame, class: Class::Protocol }
}

/// Why a run that was pushed is not taken.
enum Unfit {
    /// What comes before it is missing, or other than here: a session finds out.
    Gap,
    /// It is here already.
    Held,
    Bad(&'static str),
}

impl Core {
    /// Passes on what a commit brought, to all links but the one it came from.
    pub(super) fn spread(
        &mut self,
        now: Millis,
        news: &News,
        from: Option<LinkId>,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let others = self.links.iter_mut().filter(|(id, _)| Some(**id) != from);
        if !news.compare.is_empty() {
            others.for_each(|(_, link)| link.news = true);
        }
        if news.grown.is_empty() {
            return;
        }
        let runs = self.gossip.runs(read, &news.grown).unwrap_or_default();
        let mut pushes: BTreeMap<(CommunityId, bool), Push> = BTreeMap::new();
        for (id, link) in self.links.iter_mut().filter(|(id, _)| Some(**id) != from) {
            let Some(runs) = &runs else {
                link.news = true;
                continue;
            };
            // Nobody knows yet what the two share; their first session brings it.
            if link.sides.is_empty() {
                link.news |= link.session.is_some();
                continue;
            }
            for (tag, side) in &mut link.sides {
                let only = link.alerts_only;
                let ours = runs.iter().filter(|run| {
                    run.community == side.community && (!only || run.class <= Class::Alerts)
                });
                let (mut count, mut bytes, mut class) = (0_u64, 0, Class::LargeBlobs);
                for ready in ours.clone() {
                    if side.eager {
                        bytes += ready.size;
                        class = class.min(ready.class);
                        count += 1;
                    } else if side.announce.len() >= ANNOUNCE_MAX {
                        link.news = true;
                    } else {
                        side.announce.push(ready.id);
                        self.gossip.announce_due.get_or_insert(Millis(now.0 + ANNOUNCE_AFTER_MS));
                    }
                    link.active_at = Some(now);
                }
                if count == 0 {
                } else if link.allowance.take(now, bytes) {
                    side.asks = false;
                    self.gossip.stats.runs_sent += count;
                    let push = pushes
                        .entry((side.community, only))
                        .or_insert_with(|| Push::new(ours.map(|run| run.run.clone()).collect()));
                    let frame = link.pipe.push(*tag, push);
                    effects.push(Effect::Send { link: *id, frame, class });
                } else {
                    link.news = true;
                }
            }
        }
        self.ask_to_be_fed(effects);
    }

    /// Takes what the other side says live of one community.
    pub(super) fn take_live(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        live: Live,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(side) = link.sides.get_mut(&tag) else {
            // The other side may have left the community a moment ago, or this one.
            return self.bad_live(id, "of a community that is not shared on this link", effects);
        };
        match live {
            Live::Push(runs) => self.take_push(now, id, tag, runs, read, effects),
            Live::Announce(ids) => self.take_announce(now, id, tag, &ids, effects),
            Live::Graft(ids) => {
                (side.eager, side.asks) = (true, false);
                let ids = ids.as_chunks::<8>().0;
                let mut runs = Vec::new();
                for heard in ids.iter().take(IDS_MAX).filter_map(|id| self.gossip.heard.get(id)) {
                    // Who asks lacks this one, and perhaps others: nothing goes by a short name.
                    let run = live_run(read, &heard.log, heard.from, heard.to, &|_| false);
                    if let Ok(Some((run, size))) = run
                        && link.allowance.take(now, size)
                    {
                        runs.push(run);
                    }
                }
                self.gossip.stats.runs_sent += runs.len() as u64;
                for part in runs.chunks(RUNS_MAX) {
                    let frame = link.pipe.push(tag, &Push::new(part.to_vec()));
                    effects.push(Effect::Send { link: id, frame, class: Class::Debate });
                }
            }
            Live::Prune => (side.eager, side.asks) = (false, false),
        }
    }

    pub(super) fn bad_live(&mut self, id: LinkId, reason: &'static str, effects: &mut Vec<Effect>) {
        effects.push(Effect::Refused { link: id, reason: reason.to_owned() });
        let Some(link) = self.links.get_mut(&id) else { return };
        link.bad += 1;
        if link.bad > BAD_MAX {
            self.close(id, "too many damaged items".to_owned(), effects);
        }
    }

    fn take_announce(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        ids: &[u8],
        effects: &mut Vec<Effect>,
    ) {
        let (ids, rest) = ids.as_chunks::<8>();
        if !rest.is_empty() || ids.len() > IDS_MAX {
            return self.bad_live(id, "a torn list of announcements", effects);
        }
        // Who announces something has it.
        if let Some(side) = self.links.get_mut(&id).and_then(|link| link.sides.get_mut(&tag)) {
            side.announce.retain(|run| !ids.contains(run));
        }
        // Most of what is announced has come by another way already.
        let mut ids = ids.iter().filter(|run| !self.gossip.heard.contains_key(*run)).peekable();
        if ids.peek().is_none() {
            return;
        }
        let side = self.links.get(&id).and_then(|link| link.sides.get(&tag));
        let fed = side.is_some_and(|side| self.is_fed_beside(id, &side.community));
        // Where no other link brings anything by itself there is nothing to wait for.
        let wait_ms = if fed { GRAFT_AFTER_MS } else { 0 };
        for run in ids {
            if self.gossip.missing.len() >= HEARD_MAX {
                if let Some(link) = self.links.get_mut(&id) {
                    link.news = true;
                }
                return;
            }
            let due = Millis(now.0 + wait_ms);
            let missing = self.gossip.missing.entry(*run);
            let missing = missing.or_insert(Missing { due, from: VecDeque::new() });
            if missing.from.len() < 8 && !missing.from.contains(&(id, tag)) {
                missing.from.push_back((id, tag));
            }
        }
    }

    fn take_push(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        runs: Vec<LiveRun>,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        if runs.is_empty() || runs.len() > RUNS_MAX {
            return self.bad_live(id, "a push of no runs, or too many", effects);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        link.active_at = Some(now);
        let Some(side) = link.sides.get_mut(&tag) else { return };
        // Who pushes is eager; unless it is told otherwise below, it counts on the same from here.
        (side.eager, side.asks) = (true, false);
        let community = side.community;
        let (batches, bytes) = self.gossip.batches_of(id);
        if batches >= LIVE_BATCHES_MAX || bytes >= LIVE_BYTES_MAX {
            // The store does not keep up: a session, which has a window, brings the rest.
            link.news = true;
            return;
        }
        let group = GroupId(self.next_group);
        let (mut items, mut gap, mut bad) = (Vec::new(), false, None);
        self.gossip.stats.runs_received += runs.len() as u64;
        for run in runs {
            match self.take_run(community, group, run, read) {
                Ok(item) => items.push(Item::Log(item)),
                Err(Unfit::Gap) => gap = true,
                Err(Unfit::Held) => self.gossip.stats.runs_again += 1,
                Err(Unfit::Bad(reason)) => bad = Some(reason),
            }
        }
        if let Some(reason) = bad {
            return self.bad_live(id, reason, effects);
        }
        // Two words that cross on the way must not prune the two links that they came over.
        let prune = !gap && items.is_empty() && self.is_fed_beside(id, &community);
        let Some(link) = self.links.get_mut(&id) else { return };
        if gap {
            link.news = true;
        } else if prune && let Some(side) = link.sides.get_mut(&tag) {
            side.eager = false;
            let frame = link.pipe.plain(&Message::Live(tag.into(), Live::Prune));
            effects.push(Effect::Send { link: id, frame, class: Class::Protocol });
        }
        if !items.is_empty() {
            self.next_group += 1;
            self.groups.insert(group, id);
            let batch = Batch { items, live: true, ..Batch::default() };
            self.gossip.batches.insert(group, (id, batch.bytes()));
            effects.push(Effect::Commit { group, batch });
        }
    }

    /// Verifies a run that was pushed.
    fn take_run(
        &mut self,
        community: CommunityId,
        group: GroupId,
        run: LiveRun,
        read: &dyn Read,
    ) -> std::result::Result<LogItem, Unfit> {
        let (log, header) = match run.log {
            LiveLog::New { author, grant, stream, lane, volume } => {
                let header = Header { community, author, grant, stream, lane, volume };
                (header.id(), Some(header))
            }
            LiveLog::Known(name) => {
                let mut held = read.logs_named(&name).map_err(|_| Unfit::Gap)?;
                held.retain(|row| row.header.community == community);
                let held = held.iter().map(|row| row.id);
                let coming = self.gossip.arriving.keys().copied();
                let coming = coming.filter(|id| id.as_bytes().starts_with(&name));
                let all: BTreeSet<LogId> = held.chain(coming).collect();
                match all.first() {
                    Some(log) if all.len() == 1 => (*log, None),
                    _ => return Err(Unfit::Gap),
                }
            }
        };
        let count = u32::try_from(run.entries.len()).unwrap_or(u32::MAX);
        if count == 0 || run.from.saturating_add(count) > VOLUME_ENTRIES_MAX {
            return Err(Unfit::Bad("a run of no entries, or too many"));
        }
        let row = read.log(&log).map_err(|_| Unfit::Gap)?;
        let arriving = self.gossip.arriving.get(&log);
        let held = row.as_ref().map_or(0, |row| row.cursor.length);
        let length = arriving.map_or(held, |arriving| arriving.length.max(held));
        if run.from + count <= length {
            return Err(Unfit::Held);
        }
        let known = arriving.map(|a| a.header.clone()).or_else(|| row.clone().map(|r| r.header));
        let header = header.or(known).filter(|header| header.community == community);
        let header = header.ok_or(Unfit::Gap)?;
        let base = match (arriving, &row) {
            (Some(arriving), _) if arriving.length == run.from => Some(arriving.chain),
            _ if run.from == 0 => Some(log.start()),
            (_, Some(row)) => chain_at(read, row, run.from).map_err(|_| Unfit::Gap)?,
            _ => None,
        };
        let base = base.ok_or(Unfit::Gap)?;
        let mut entries = run.entries;
        for entry in &mut entries {
            let sent = std::mem::take(&mut entry.bytes);
            let find = |name: &[u8]| self.gossip.named(read, &community, name);
            entry.bytes = names::lengthen(sent, find).ok_or(Unfit::Gap)?;
        }
        let begin = (run.from, base);
        let ingest = &mut *self.ingest;
        let believed = believe_run(ingest, header.clone(), begin, entries, run.signature);
        // What chains to another branch is for a session, which asks for the whole of it.
        let Some((item, head)) = believed else {
            return Err(match run.from {
                0 => Unfit::Bad("entries whose signature does not hold"),
                _ => Unfit::Gap,
            });
        };
        let (mut at, ids) = (base, EntryIds::of(&log));
        let coming = self.gossip.entries.entry(group).or_default();
        let mut chains = Vec::with_capacity(item.entries.len());
        for (to, entry) in (run.from + 1..).zip(&item.entries) {
            at = chain(&at, entry);
            coming.push(ids.at(&at));
            chains.push((to, id_of(&at)));
        }
        for (to, id) in chains {
            self.gossip.hear(id, Heard { log, from: run.from, to, passed_on: false });
        }
        let (length, chain) = (head.length, head.chain);
        self.gossip.arriving.insert(log, Arriving { group, header, length, chain });
        Ok(item)
    }

    /// Sends announcements whose time has come, asks for what was announced and did not come,
    /// and wishes a session for links that have been quiet after something live.
    pub(super) fn live_tick(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        if self.gossip.announce_due.is_some_and(|due| now >= due) {
            self.gossip.announce_due = None;
            for (id, link) in &mut self.links {
                for (tag, side) in &mut link.sides {
                    for ids in std::mem::take(&mut side.announce).chunks(IDS_MAX) {
                        let ids = ids.concat();
                        let frame =
                            link.pipe.plain(&Message::Live((*tag).into(), Live::Announce(ids)));
                        effects.push(Effect::Send { link: *id, frame, class: Class::Protocol });
                    }
                }
            }
        }
        let mut asked: BTreeMap<(LinkId, Tag), Vec<u8>> = BTreeMap::new();
        self.gossip.missing.retain(|id, missing| {
            while now >= missing.due {
                let Some(at) = missing.from.pop_front() else { return false };
                let Some(link) = self.links.get_mut(&at.0) else { continue };
                let Some(side) = link.sides.get_mut(&at.1) else { continue };
                missing.due = Millis(now.0 + 2 * GRAFT_AFTER_MS);
                if missing.from.is_empty() {
                    // The last one to ask: a session repairs what does not come now.
                    link.active_at = Some(now);
                }
                (side.eager, side.asks) = (true, false);
                asked.entry(at).or_default().extend_from_slice(id);
            }
            true
        });
        for ((id, tag), ids) in asked {
            let Some(link) = self.links.get_mut(&id) else { continue };
            for ids in ids.chunks(8 * IDS_MAX) {
                effects.push(graft(id, link, tag, ids.to_vec()));
            }
        }
        for link in self.links.values_mut().filter(|link| link.initiator) {
            if link.active_at.is_some_and(|at| now.0.saturating_sub(at.0) >= SETTLE_AFTER_MS) {
                link.active_at = None;
                link.news = true;
            }
        }
    }
}
