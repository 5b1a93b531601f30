//! What was seen while a run went on, for the judges: bytes and frames by link, what each device
//! made durable, what came twice, what was refused.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{ChainHash, LogId, Millis, RecordId};
use baro_crdt::log::chain;
use baro_crdt::record::Record;
use baro_node::core::{LinkId, SessionStats};
use baro_node::replica::{Batch, Item, LogItem, Outcome, Taken};

use crate::reach::Reach;

/// The chain hash after each entry of a run.
fn chains(item: &LogItem) -> Vec<ChainHash> {
    let after = |at: &mut ChainHash, entry: &Vec<u8>| {
        *at = chain(at, entry);
        Some(*at)
    };
    item.entries.iter().scan(item.base, after).collect()
}

/// The most effects that one event may have.
const EFFECTS_MAX: usize = 10_000;

/// One link's traffic.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    /// Its two ends.
    pub ends: [usize; 2],
    /// Bytes both ways, with 2 or 3 bytes of length before each frame.
    pub bytes: u64,
    /// Frames both ways.
    pub frames: u64,
    /// Sessions, as each side tells of them.
    pub sessions: Vec<(usize, SessionStats)>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// When the last frame was sent.
    pub last_sent: Millis,
    /// By link.
    pub traffic: BTreeMap<LinkId, Traffic>,
    /// Links closed by a device, and why.
    pub closings: BTreeMap<String, u64>,
    /// Refusals, counted.
    pub refusals: BTreeMap<String, u64>,
    /// What must never be, as soon as it was.
    pub faults: Vec<String>,
    /// By device: how many entries of a log were durable there once.
    pub durable: BTreeMap<(usize, LogId), u32>,
    /// By device: records that were durable there once.
    pub records: BTreeSet<(usize, RecordId)>,
    /// What came durable over a link, by the device that took it.
    /// What was pushed live apart: it may cross a session that brings the same.
    came: BTreeMap<(LinkId, usize, bool), BTreeSet<(LogId, u32)>>,
    /// Logs of which entries waited for an authority when they came over a link first.
    waited: BTreeSet<(LinkId, usize, LogId)>,
    came_records: BTreeMap<(LinkId, usize), BTreeSet<RecordId>>,
    /// Entries that came again over a link on which they had been made durable, though they wait
    /// for an authority at neither end.
    pub again: Vec<(LinkId, usize, LogId, u32)>,
    /// The chain hash after each entry that somebody signed, and the records that somebody did.
    pub signed: BTreeSet<ChainHash>,
    /// See `signed`.
    pub signed_records: BTreeSet<RecordId>,
    /// Where anything could be by now.
    pub reach: Reach,
    /// Visits to sticks, and how many of them ended when the stick was pulled out.
    pub visits: (u64, u64),
    /// Bytes of blobs that were verified and made durable, though they were before.
    pub blob_bytes_again: u64,
}

impl Watch {
    pub(crate) fn fault(&mut self, what: String) {
        if self.faults.len() < 32 {
            self.faults.push(what);
        }
    }

    pub(crate) fn linked(&mut self, link: LinkId, ends: [usize; 2]) {
        self.traffic.insert(link, Traffic { ends, ..Traffic::default() });
    }

    pub(crate) fn sent(&mut self, now: Millis, _from: usize, link: LinkId, bytes: usize) {
        self.last_sent = now;
        if let Some(traffic) = self.traffic.get_mut(&link) {
            traffic.frames += 1;
            traffic.bytes += bytes as u64 + if bytes < 1 << 14 { 2 } else { 3 };
        }
    }

    pub(crate) fn effects(&mut self, node: usize, count: usize) {
        if count > EFFECTS_MAX {
            self.fault(format!("node {node}: {count} effects of one event"));
        }
    }

    pub(crate) fn closed(&mut self, _node: usize, _link: LinkId, why: &str) {
        *self.closings.entry(why.to_owned()).or_default() += 1;
    }

    pub(crate) fn refused(&mut self, _node: usize, reason: String) {
        *self.refusals.entry(reason).or_default() += 1;
    }

    pub(crate) fn session(&mut self, node: usize, link: LinkId, stats: SessionStats) {
        if let Some(traffic) = self.traffic.get_mut(&link) {
            traffic.sessions.push((node, stats));
        }
    }

    /// Somebody on a device signs entries.
    pub(crate) fn signed_entries(&mut self, node: usize, item: &LogItem) {
        for at in chains(item) {
            self.signed.insert(at);
            self.reach.signed(node, *at.as_bytes());
        }
    }

    /// Somebody on a device signs a record.
    pub(crate) fn signed_record(&mut self, node: usize, record: &Record) {
        self.signed_records.insert(record.id());
        self.reach.signed(node, *record.id().as_bytes());
    }

    /// Somebody on a device signs what is in these items.
    pub(crate) fn signs(&mut self, node: usize, items: &[Item]) {
        for item in items {
            match item {
                Item::Log(item) => self.signed_entries(node, item),
                Item::Join(record) | Item::Record(record) => self.signed_record(node, record),
                _ => {}
            }
        }
    }

    /// What is in these items is on a device: not before its foremost journey.
    fn arrives(&mut self, node: usize, item: &Item) {
        let early = match item {
            Item::Log(item) => chains(item)
                .into_iter()
                .find(|at| !self.reach.can_be(node, at.as_bytes()))
                .map(|at| format!("node {node}: entry {at:?} of {:?}", item.header.id())),
            Item::Join(record) | Item::Record(record) => {
                (!self.reach.can_be(node, record.id().as_bytes()))
                    .then(|| format!("node {node}: record {:?}", record.id()))
            }
            _ => None,
        };
        if let Some(what) = early {
            self.fault(format!("{what} came before its foremost journey"));
        }
    }

    /// What was written on a device itself, or taken from a stick, is durable.
    pub(crate) fn wrote_here(&mut self, node: usize, items: &[Item], outcome: &Outcome) {
        self.note(node, items, outcome);
    }

    pub(crate) fn wrote(
        &mut self,
        node: usize,
        link: Option<LinkId>,
        batch: &Batch,
        outcome: &Outcome,
        waits: &dyn Fn(&LogId, u32) -> bool,
    ) {
        self.note(node, &batch.items, outcome);
        self.blob_bytes_again += outcome.blob_bytes_held;
        let Some(link) = link else { return };
        for (item, taken) in batch.items.iter().zip(&outcome.taken) {
            if matches!(taken, Taken::Refused(_)) {
                continue;
            }
            match item {
                Item::Log(item) => {
                    let log = item.header.id();
                    let came = self.came.entry((link, node, batch.live)).or_default();
                    for index in (item.from..).take(item.entries.len()) {
                        let waits = waits(&log, index);
                        if waits {
                            self.waited.insert((link, node, log));
                        }
                        let again = !came.insert((log, index)) && !waits;
                        if again && !self.waited.contains(&(link, node, log)) {
                            self.again.push((link, node, log, index));
                        }
                    }
                }
                Item::Record(record)
                    if !self.came_records.entry((link, node)).or_default().insert(record.id()) =>
                {
                    self.fault(format!("node {node}: record {:?} came twice", record.id()));
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, node: usize, items: &[Item], outcome: &Outcome) {
        for (item, taken) in items.iter().zip(&outcome.taken) {
            match (item, taken) {
                (_, Taken::Refused(_)) => {}
                (Item::Log(item), _) => {
                    self.arrives(node, &Item::Log(item.clone()));
                    let end = item.from + u32::try_from(item.entries.len()).unwrap_or(u32::MAX);
                    let durable = self.durable.entry((node, item.header.id())).or_default();
                    *durable = end.max(*durable);
                }
                (Item::Join(record) | Item::Record(record), _) => {
                    self.arrives(node, &Item::Record(record.clone()));
                    self.records.insert((node, record.id()));
                }
                _ => {}
            }
        }
    }

    /// What a device held is another's now: nothing of it was lost by the store.
    pub(crate) fn forget(&mut self, node: usize) {
        self.durable.retain(|(of, _), _| *of != node);
        self.records.retain(|(of, _)| *of != node);
    }
}
