//! Fetching: blobs, a slice at a time, from every linked neighbour that holds them.
//!
//! Whoever fetches decides. A node tells its neighbours which blobs it **wants**; they answer with
//! what they **have** of them, whole or in part, and tell again when it grows. Then it **asks** for
//! slices: in the order of priority (what officials say, voice, small, large), the rarest first by
//! what the neighbours told, each group of exactly one neighbour at a time, so nothing verified is
//! fetched twice. How much may be asked ahead on a link is the [`Flow`]'s window, which keeps the
//! queue on a slow line short: what is more urgent waits behind a slice or two, never behind a
//! video.
//!
//! A slice is verified before anything else is done with it, and a group counts as here when the
//! store says so. Who has nothing more to ask says **enough**, so that a link that was made for
//! one session can be closed.

mod flow;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{BlobHash, CommunityId, Millis};
use minicbor::bytes::ByteVec;

use super::live::Tag;
use super::message::{Fetch, HasBlob, Message, Part, WantBlob};
use super::traffic::{Class, class_of};
use super::{Core, Effect, GroupId, Link, LinkId};
use crate::blobs::{GroupSet, SLICE_GROUPS_MAX, bytes_in, groups_of};
use crate::replica::{Batch, BlobChange, Item, LocalChange, News, Outcome, Taken};
use crate::store::{Read, Way};
pub(super) use flow::Flow;
use flow::{Answered, Ask};
pub use wanted::FetchStats;
pub(super) use wanted::{Fetching, Shelf};
use wanted::{THEIR_WANTS_MAX, WANTS_MAX, WRITING_BYTES_MAX, Writing};

/// How long what grew gathers before neighbours are told, in milliseconds.
const TELL_AFTER_MS: u64 = 500;
/// The most copies of a blob that a neighbour may claim to know of.
const COPIES_MAX: u32 = 10_000;

/// The part of an encoded slice that is asked for; none where it has no such part.
fn part_of(mut slice: Vec<u8>, part: Option<Part>) -> Option<Vec<u8>> {
    let Some(Part { from, bytes }) = part else { return Some(slice) };
    let (from, bytes) = (from as usize, bytes as usize);
    if bytes == 0 || from.checked_add(bytes)? > slice.len() {
        return None;
    }
    slice.truncate(from + bytes);
    Some(slice.split_off(from))
}

impl Core {
    /// What a commit, here or of what came, means for blobs.
    pub(super) fn blobs_news(&mut self, now: Millis, news: &News) {
        self.fetching.stale.extend(&news.blobs_wanted);
        if !news.blobs_grown.is_empty() {
            self.fetching.grown.extend(&news.blobs_grown);
            self.fetching.tell_due.get_or_insert(Millis(now.0 + TELL_AFTER_MS));
        }
    }

    /// A batch is durable: if it was a slice, its groups are here.
    pub(super) fn slice_committed(&mut self, now: Millis, group: GroupId, outcome: &Outcome) {
        let Some(writing) = self.fetching.written(group) else { return };
        let refused = matches!(outcome.taken.first(), Some(Taken::Refused(_)) | None);
        if self.fetching.arrived(&writing, refused) {
            // Others wait for the whole of it.
            self.fetching.tell_due = Some(now);
        }
    }

    /// A link is gone: what was asked for on it may be asked for elsewhere.
    pub(super) fn release_asks(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        for ask in link.flow.give_up() {
            self.fetching.release(&ask.hash, ask.first, ask.groups);
        }
    }

    /// Takes what the other side says of blobs.
    pub(super) fn take_fetch(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        fetch: Fetch,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(side) = link.sides.get_mut(&tag) else {
            return self.bad_live(id, "of a community that is not shared on this link", effects);
        };
        match fetch {
            Fetch::Want(wants) => {
                if wants.len() > WANTS_MAX {
                    return self.bad_live(id, "more blobs wanted than allowed", effects);
                }
                (link.flow.theirs_open, self.fetching.flows_open) = (true, true);
                let mut have = Vec::new();
                for want in wants {
                    if side.shelf.they_want.len() < THEIR_WANTS_MAX {
                        side.shelf.they_want.insert(want.hash);
                    }
                    let has = self.fetching.has(read, &side.community, &want.hash);
                    have.extend(has.map(|(has, _)| has));
                }
                let frame = link.pipe.plain(&Message::Fetch(tag.into(), Fetch::Have(have, true)));
                effects.push(Effect::Send { link: id, frame, class: Class::Protocol });
            }
            Fetch::Have(have, answer) => {
                side.shelf.answered |= answer;
                for has in have.into_iter().take(WANTS_MAX) {
                    self.take_has(id, tag, &has, read, effects);
                }
            }
            Fetch::Ask { hash, first, groups, part } => {
                (link.flow.theirs_open, self.fetching.flows_open) = (true, true);
                let named = read.blob_names(&hash).unwrap_or_default();
                let named = named.iter().any(|name| name.community == side.community);
                // Over a link that costs, large files go to nobody but those who pay for it.
                let large = self.fetching.is_large(read, &hash);
                let costs = link.alerts_only || large && self.metered.contains_key(&id);
                let slice = match groups {
                    1..=SLICE_GROUPS_MAX if named && !costs => {
                        read.blob_slice(&hash, first, groups)
                    }
                    _ => Ok(None),
                };
                let bytes = slice.ok().flatten().and_then(|slice| part_of(slice, part));
                let (bytes, from) = (bytes.map(ByteVec::from), part.map(|part| part.from));
                let answer = Fetch::Slice { hash, first, groups, bytes, from };
                let message = Message::Fetch(tag.into(), answer);
                let class = class_of(read, None, &message);
                let frame = link.pipe.plain(&message);
                effects.push(Effect::Send { link: id, frame, class });
            }
            Fetch::Slice { hash, first, groups, bytes, from } => {
                let bytes = bytes.map(Vec::from);
                let answered = link.flow.answered(now, &hash, (first, groups, from), bytes);
                let (ask, bytes) = match answered {
                    Answered::Nothing => {
                        // Or that came after it was given up: no damage, and nothing to take.
                        let reason = "a part of a file that was not asked for, or came late";
                        let reason = reason.to_owned();
                        return effects.push(Effect::Refused { link: id, reason });
                    }
                    Answered::Part => return,
                    Answered::Gone => {
                        // Dropped there for want of room, or withdrawn.
                        side.shelf.they_have.remove(&hash);
                        return self.fetching.release(&hash, first, groups);
                    }
                    Answered::Whole(ask, bytes) => (ask, bytes),
                };
                match self.ingest.slice(hash, ask.size, first, groups, &bytes) {
                    Ok(slice) => {
                        (link.flow.proved, link.flow.doubtful) = (true, false);
                        self.fetching.came(&hash, ask.size, first, groups);
                        let group = GroupId(self.next_group);
                        self.next_group += 1;
                        self.groups.insert(group, id);
                        let writing = Writing { link: id, hash, first, groups, bytes: ask.bytes };
                        self.fetching.write(group, writing);
                        let items = vec![Item::Slice(slice)];
                        let batch = Batch { items, live: true, ..Batch::default() };
                        effects.push(Effect::Commit { group, batch });
                    }
                    Err(error) => {
                        side.shelf.they_have.remove(&hash);
                        (link.flow.proved, link.flow.doubtful) = (false, true);
                        self.fetching.release(&hash, first, groups);
                        effects.push(Effect::Refused { link: id, reason: error.to_string() });
                        self.bad_live(
                            id,
                            "a part of a file that is not what it should be",
                            effects,
                        );
                    }
                }
            }
            Fetch::Enough => link.flow.theirs_open = false,
        }
    }

    fn take_has(
        &mut self,
        id: LinkId,
        tag: Tag,
        has: &HasBlob,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(side) = self.links.get_mut(&id).and_then(|link| link.sides.get_mut(&tag)) else {
            return;
        };
        let wanted = self.fetching.size(&side.community, &has.hash);
        if let Some(size) = wanted.filter(|_| side.shelf.told.contains(&has.hash)) {
            match GroupSet::from_bytes(&has.groups, groups_of(size)) {
                Some(set) => {
                    let copies = has.copies.min(COPIES_MAX);
                    side.shelf.they_have.insert(has.hash, (set, copies));
                }
                // The words there claim another size.
                None => {
                    side.shelf.they_have.remove(&has.hash);
                }
            }
            return;
        }
        // What was made here is safe once somebody else has all of it.
        if let Ok(Some(row)) = read.blob(&has.hash)
            && row.made_here
            && !row.sent
            && GroupSet::from_bytes(&has.groups, row.have.groups()).is_some_and(|set| set.is_all())
        {
            let group = GroupId(self.next_group);
            self.next_group += 1;
            self.groups.insert(group, id);
            let change = LocalChange::Blob { hash: has.hash, change: BlobChange::Sent };
            let batch = Batch { items: vec![Item::Local(change)], ..Batch::default() };
            effects.push(Effect::Commit { group, batch });
        }
    }

    /// Tells wishes and what grew, and asks for as much as the windows allow.
    pub(super) fn fetch_on(&mut self, now: Millis, read: &dyn Read, effects: &mut Vec<Effect>) {
        for community in std::mem::take(&mut self.fetching.stale) {
            // What cannot be read is wished for again at the next change.
            let wanted = read.blobs_wanted(&community).unwrap_or_default();
            self.fetching.want(community, wanted);
            self.tell_wants(&community, effects);
        }
        if self.fetching.tell_due.is_some_and(|due| now >= due) {
            self.fetching.tell_due = None;
            self.tell_grown(read, effects);
        }
        if self.fetching.flows_open {
            self.fetching.flows_open = self.links.values().any(|link| link.flow.is_open());
        }
        let ours_open = |link: &Link| link.flow.ours_open;
        let none = !self.fetching.flows_open || !self.links.values().any(ours_open);
        if none && self.fetching.is_idle() {
            return;
        }
        self.release_overdue(now);
        let copies = self.copies();
        // Who has answered before is asked first.
        let mut order: Vec<LinkId> = self.links.keys().copied().collect();
        order.sort_by_key(|id| {
            let flow = self.links.get(id).map(|link| &link.flow);
            flow.map(|flow| (flow.doubtful, !flow.proved, !flow.brought, *id))
        });
        // Where one who has never answered is waited for: one of a place is tried at a time, however
        // many names it has, so that these hold up no more than one group; and one of those who
        // brought the words that name a blob, who are likely to have it.
        let is_tried = |link: &&Link| !link.flow.proved && !link.flow.is_empty();
        let way = |link: &Link| (link.place, link.flow.brought);
        let mut tried: BTreeSet<(Way, bool)> =
            self.links.values().filter(is_tried).map(way).collect();
        for id in order {
            let Some(link) = self.links.get_mut(&id) else { continue };
            if link.flow.is_stuck(now) {
                for ask in link.flow.give_up() {
                    self.fetching.release(&ask.hash, ask.first, ask.groups);
                }
                link.sides.values_mut().for_each(|side| side.shelf.they_have.clear());
            }
            let metered = self.metered.contains_key(&id);
            let mut asks = Vec::new();
            while let Some(part) = link.flow.next_part(now) {
                asks.push(part);
            }
            for (tag, side) in &mut link.sides {
                while let groups @ 1.. = link.flow.room() {
                    if self.fetching.writing_bytes() > WRITING_BYTES_MAX
                        || !link.flow.proved && tried.contains(&(link.place, link.flow.brought))
                    {
                        break;
                    }
                    let next =
                        self.fetching.next(&side.community, &side.shelf, &copies, metered, groups);
                    let Some((hash, size, first, groups)) = next else { break };
                    self.fetching.ask(hash, size, first, groups);
                    let bytes = bytes_in(size, first, groups);
                    let ask = Ask { hash, size, first, groups, bytes, part: None, at: now };
                    asks.extend(link.flow.ask(*tag, ask).map(|ask| (*tag, ask)));
                    if !link.flow.proved {
                        tried.insert((link.place, link.flow.brought));
                    }
                    while let Some(part) = link.flow.next_part(now) {
                        asks.push(part);
                    }
                }
            }
            for (tag, Ask { hash, first, groups, part, .. }) in asks {
                (link.flow.ours_open, self.fetching.flows_open) = (true, true);
                let ask = Fetch::Ask { hash, first, groups, part };
                let frame = link.pipe.plain(&Message::Fetch(tag.into(), ask));
                effects.push(Effect::Send { link: id, frame, class: Class::Protocol });
            }
            let answered =
                |side: &super::live::Side| side.shelf.answered || side.shelf.told.is_empty();
            if link.flow.ours_open
                && link.flow.is_empty()
                && link.sides.values().all(|side| answered(side))
                && !self.fetching.writes(id)
                && let Some(tag) = link.sides.keys().next()
            {
                link.flow.ours_open = false;
                let frame = link.pipe.plain(&Message::Fetch((*tag).into(), Fetch::Enough));
                effects.push(Effect::Send { link: id, frame, class: Class::Protocol });
            }
        }
    }

    /// What one neighbour does not answer is asked of another who has it and has answered before.
    fn release_overdue(&mut self, now: Millis) {
        if !self.links.values().any(|link| link.flow.is_slow(now)) {
            return;
        }
        let mut had: BTreeMap<BlobHash, Vec<(LinkId, u64)>> = BTreeMap::new();
        for (id, link) in &self.links {
            let Some(after) = link.flow.helps_after() else { continue };
            for hash in link.sides.values().flat_map(|side| side.shelf.they_have.keys()) {
                had.entry(*hash).or_default().push((*id, after));
            }
        }
        for (id, link) in &mut self.links {
            let elsewhere = |hash: &BlobHash| {
                let others = had.get(hash)?.iter().filter(|(who, _)| who != id);
                others.map(|(_, after)| *after).min()
            };
            for ask in link.flow.overdue(now, elsewhere) {
                self.fetching.release(&ask.hash, ask.first, ask.groups);
            }
        }
    }

    /// Of how many copies the neighbours know, for each blob that is wanted.
    fn copies(&self) -> BTreeMap<BlobHash, u32> {
        let mut copies: BTreeMap<BlobHash, u32> = BTreeMap::new();
        let sides = self.links.values().flat_map(|link| link.sides.values());
        for (hash, (_, known)) in sides.flat_map(|side| &side.shelf.they_have) {
            let count = copies.entry(*hash).or_default();
            *count = count.saturating_add(1 + known);
        }
        copies
    }

    /// Tells every neighbour of a community what it was not told yet of what is wanted here.
    fn tell_wants(&mut self, community: &CommunityId, effects: &mut Vec<Effect>) {
        let wanted = self.fetching.wanted(community);
        for (id, link) in self.links.iter_mut().filter(|(_, link)| !link.alerts_only) {
            let of = link.sides.iter_mut().filter(|(_, side)| side.community == *community);
            for (tag, side) in of {
                let current: BTreeSet<BlobHash> = wanted.iter().map(|want| want.hash).collect();
                let new: Vec<WantBlob> = wanted
                    .iter()
                    .filter(|want| !side.shelf.told.contains(&want.hash))
                    .cloned()
                    .collect();
                side.shelf.they_have.retain(|hash, _| current.contains(hash));
                side.shelf.told = current;
                if !new.is_empty() {
                    side.shelf.answered = false;
                    (link.flow.ours_open, self.fetching.flows_open) = (true, true);
                    let frame = link.pipe.plain(&Message::Fetch((*tag).into(), Fetch::Want(new)));
                    effects.push(Effect::Send { link: *id, frame, class: Class::Protocol });
                }
            }
        }
    }

    /// Tells neighbours who want a blob that more of it is here, and those it may have come from
    /// when all of it is.
    fn tell_grown(&mut self, read: &dyn Read, effects: &mut Vec<Effect>) {
        let grown = std::mem::take(&mut self.fetching.grown);
        for (id, link) in self.links.iter_mut().filter(|(_, link)| !link.alerts_only) {
            for (tag, side) in &mut link.sides {
                let mut have = Vec::new();
                for hash in &grown {
                    let has = self.fetching.has(read, &side.community, hash);
                    let Some((has, whole)) = has else { continue };
                    if side.shelf.they_want.contains(hash) || whole {
                        have.push(has);
                    }
                }
                for part in have.chunks(WANTS_MAX) {
                    let said = Fetch::Have(part.to_vec(), false);
                    let frame = link.pipe.plain(&Message::Fetch((*tag).into(), said));
                    effects.push(Effect::Send { link: *id, frame, class: Class::Protocol });
                }
            }
        }
    }
}
