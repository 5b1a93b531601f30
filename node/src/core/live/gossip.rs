//! What live gossip remembers: runs that came, that are on their way into the store, that were
//! announced and have not come; and how much a link may push.

use std::collections::{BTreeMap, VecDeque};

use baro_crdt::ids::{ChainHash, CommunityId, EntryId, LogId, Millis};
use baro_crdt::log::Header;

use super::super::message::{LiveLog, LiveRun};
use super::super::names::{self, Name};
use super::super::traffic::Class;
use super::super::{GroupId, LinkId};
use super::{RUNS_MAX, Tag};
use crate::store::{PostRow, Read, Result};
use crate::wire::read_run;

/// Names a run: the beginning of the chain hash at its end.
pub(in crate::core) type Id = [u8; 8];

/// The most bytes of one commit that are passed on live.
const PUSH_BYTES_MAX: usize = 96 * 1024;
/// How much may be pushed over one link at once, and what comes to it each millisecond, in bytes.
/// What is more waits for a session, which has a window.
const PUSHED_AT_ONCE_MAX: u64 = 256 * 1024;
const PUSHED_PER_MS: u64 = 64;
/// How many runs are remembered, to know what came already and to answer those who ask.
pub(in crate::core) const HEARD_MAX: usize = 8_192;
/// The most batches and bytes that one link pushed and that are on their way into the store.
pub(in crate::core) const LIVE_BATCHES_MAX: usize = 128;
pub(super) const LIVE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a link may push.
#[derive(Clone, Copy, Debug)]
pub(in crate::core) struct Allowance {
    bytes: u64,
    at: Millis,
}

impl Allowance {
    pub(in crate::core) const fn new(now: Millis) -> Self {
        Self { bytes: PUSHED_AT_ONCE_MAX, at: now }
    }

    pub(super) fn take(&mut self, now: Millis, bytes: usize) -> bool {
        let since = now.0.saturating_sub(self.at.0);
        self.bytes = (self.bytes + since * PUSHED_PER_MS).min(PUSHED_AT_ONCE_MAX);
        self.at = now;
        let left = self.bytes.checked_sub(bytes as u64);
        self.bytes = left.unwrap_or(self.bytes);
        left.is_some()
    }
}

/// A run that came or was written here.
pub(in crate::core) struct Heard {
    pub(super) log: LogId,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) passed_on: bool,
}

/// A run on its way into the store.
pub(super) struct Arriving {
    pub(super) group: GroupId,
    pub(super) header: Header,
    pub(super) length: u32,
    pub(super) chain: ChainHash,
}

/// A run that was announced and has not come.
pub(in crate::core) struct Missing {
    pub(super) due: Millis,
    pub(super) from: VecDeque<(LinkId, Tag)>,
}

/// A run to pass on.
pub(super) struct Ready {
    pub(super) community: CommunityId,
    pub(super) id: Id,
    pub(super) run: LiveRun,
    pub(super) size: usize,
    pub(super) class: Class,
}

/// What live gossip counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GossipStats {
    /// Runs pushed to neighbours.
    pub runs_sent: u64,
    /// Runs that neighbours pushed.
    pub runs_received: u64,
    /// How many of these were here already.
    pub runs_again: u64,
}

/// What live gossip remembers.
#[derive(Default)]
pub(in crate::core) struct Gossip {
    pub(in crate::core) heard: BTreeMap<Id, Heard>,
    pub(in crate::core) heard_order: VecDeque<Id>,
    /// What was pushed and is on its way into the store: over which link, and how many bytes.
    pub(super) batches: BTreeMap<GroupId, (LinkId, usize)>,
    pub(super) arriving: BTreeMap<LogId, Arriving>,
    pub(in crate::core) missing: BTreeMap<Id, Missing>,
    /// Entries on their way into the store, so that what is said after them can cite them.
    pub(super) entries: BTreeMap<GroupId, Vec<EntryId>>,
    pub(super) announce_due: Option<Millis>,
    pub(in crate::core) stats: GossipStats,
}

pub(super) fn id_of(chain: &ChainHash) -> Id {
    chain.as_bytes().first_chunk().copied().unwrap_or_default()
}

impl Gossip {
    /// Whether something is to be announced or asked for in a moment.
    pub(in crate::core) fn is_waiting(&self) -> bool {
        self.announce_due.is_some() || !self.missing.is_empty()
    }

    /// When something is to be announced or asked for.
    pub(in crate::core) fn due(&self) -> Option<Millis> {
        self.missing.values().map(|missing| missing.due).chain(self.announce_due).min()
    }

    /// How many batches and bytes one link pushed that are on their way into the store.
    pub(in crate::core) fn batches_of(&self, link: LinkId) -> (usize, usize) {
        let of = self.batches.values().filter(|(from, _)| *from == link);
        of.fold((0, 0), |(count, sum), (_, bytes)| (count + 1, sum + bytes))
    }

    /// A batch has ended, durable or not.
    pub(in crate::core) fn ended(&mut self, group: GroupId) {
        self.batches.remove(&group);
        self.entries.remove(&group);
        self.arriving.retain(|_, arriving| arriving.group != group);
    }

    /// The entry that a name is the beginning of: held here, or on its way into the store.
    pub(super) fn named(
        &self,
        read: &dyn Read,
        community: &CommunityId,
        name: &[u8],
    ) -> Option<EntryId> {
        let held = names::named(read, community, name).ok()?.map(|row| row.id);
        let coming = self.entries.values().flatten().filter(|id| id.as_bytes().starts_with(name));
        let mut all = held.iter().chain(coming);
        let first = all.next().copied();
        first.filter(|first| all.all(|other| other == first))
    }

    pub(super) fn hear(&mut self, id: Id, heard: Heard) {
        self.missing.remove(&id);
        if let Some(before) = self.heard.get_mut(&id) {
            before.passed_on |= heard.passed_on;
            return;
        }
        self.heard.insert(id, heard);
        self.heard_order.push_back(id);
        if self.heard_order.len() > HEARD_MAX
            && let Some(old) = self.heard_order.pop_front()
        {
            self.heard.remove(&old);
        }
    }

    /// The runs that a commit brought and that were not passed on yet; `None` where they are too
    /// many for live gossip.
    pub(super) fn runs(
        &mut self,
        read: &dyn Read,
        grown: &BTreeMap<LogId, u32>,
    ) -> Result<Option<Vec<Ready>>> {
        if grown.len() > RUNS_MAX {
            return Ok(None);
        }
        let mut numbers = BTreeMap::new();
        for (log, from) in grown {
            numbers.extend(read.log(log)?.map(|row| (row.number, *from)));
        }
        let old = |post: &PostRow| numbers.get(&post.log).is_none_or(|from| post.index < *from);
        let mut runs = Vec::new();
        let mut bytes = 0;
        for (log, from) in grown {
            let Some(row) = read.log(log)? else { continue };
            let mut from = *from;
            for head in read.heads(row.number)? {
                let to = head.head.length;
                if to <= from || to > row.authorised {
                    continue;
                }
                let id = id_of(&head.head.chain);
                let begin = std::mem::replace(&mut from, to);
                if self.heard.get(&id).is_some_and(|heard| heard.passed_on) {
                    continue;
                }
                self.hear(id, Heard { log: *log, from: begin, to, passed_on: true });
                let Some((run, size)) = live_run(read, log, begin, to, &old)? else { continue };
                bytes += size;
                if bytes > PUSH_BYTES_MAX {
                    return Ok(None);
                }
                let community = row.header.community;
                let class = Class::from(row.header.stream);
                runs.push(Ready { community, id, run, size, class });
            }
        }
        Ok(Some(runs))
    }
}

/// An entry as it goes out live: what it cites goes by a short name where no other entry here has
/// that name and `old` says that it is nothing that goes out at the same time. Who does not hold
/// what is cited has missed something, and finds out in a session.
fn shorten(
    read: &dyn Read,
    community: &CommunityId,
    entry: &[u8],
    old: &dyn Fn(&PostRow) -> bool,
) -> Result<Vec<u8>> {
    let mut failed = None;
    let short = names::shorten(entry, |cited| {
        let name: &Name = cited.as_bytes().first_chunk()?;
        match names::named(read, community, name) {
            Ok(row) => row.is_some_and(|row| row.id == *cited && old(&row)).then_some(name.len()),
            Err(error) => {
                failed = Some(error);
                None
            }
        }
    });
    failed.map_or(Ok(short), Err)
}

/// Reads a run, if it is held, authorised, and signed at its end.
pub(super) fn live_run(
    read: &dyn Read,
    log: &LogId,
    from: u32,
    to: u32,
    old: &dyn Fn(&PostRow) -> bool,
) -> Result<Option<(LiveRun, usize)>> {
    let Some(row) = read.log(log)? else { return Ok(None) };
    if to > row.authorised {
        return Ok(None);
    }
    let Some(head) = read.heads(row.number)?.into_iter().find(|head| head.head.length >= to) else {
        return Ok(None);
    };
    if head.head.length > row.authorised {
        return Ok(None);
    }
    let mut sent = read_run(read, row.number, from, head.head.length)?;
    for entry in &mut sent.entries {
        let before = entry.bytes.len();
        entry.bytes = shorten(read, &row.header.community, &entry.bytes, old)?;
        sent.bytes = sent.bytes.saturating_sub(before) + entry.bytes.len();
    }
    let Header { author, grant, stream, lane, volume, .. } = row.header;
    let log = match from {
        0 => LiveLog::New { author, grant, stream, lane, volume },
        _ => LiveLog::Known(log.as_bytes().first_chunk().copied().unwrap_or_default()),
    };
    let run = LiveRun { log, from, entries: sent.entries, signature: head.signature };
    Ok(Some((run, sent.bytes)))
}
