//! What is counted while a run goes on.

use std::collections::BTreeMap;

use baro_crdt::ids::Millis;
use baro_node::core::Class;

use crate::foremost::Arrivals;

/// What devices count, each for itself.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Bytes of frames sent, by class; with 2 or 3 bytes of length before each.
    pub(super) bytes: BTreeMap<Class, u64>,
    /// Frames sent.
    pub(super) frames: u64,
    /// Sessions that ended, counted once for both sides.
    pub(super) sessions: u64,
    /// Commits of what came from elsewhere.
    pub(super) commits: u64,
    /// Records, cuts, entries and words that came in and were committed.
    pub(super) items: u64,
    /// How many of them were held.
    pub(super) items_again: u64,
    /// Why links were closed by a device, counted.
    pub(super) closings: BTreeMap<String, u64>,
    /// What was refused, counted.
    pub(super) refusals: BTreeMap<String, u64>,
    /// Events that cores were given.
    pub(super) events: u64,
}

fn add<K: Ord>(to: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *to.entry(key).or_default() += count;
    }
}

impl Counts {
    /// A frame was sent.
    pub(super) fn sent(&mut self, class: Class, bytes: usize) {
        self.frames += 1;
        let length = if bytes < 1 << 14 { 2 } else { 3 };
        *self.bytes.entry(class).or_default() += bytes as u64 + length;
    }

    /// Takes in what others counted.
    fn add(&mut self, more: Self) {
        add(&mut self.bytes, more.bytes);
        self.frames += more.frames;
        self.sessions += more.sessions;
        self.commits += more.commits;
        self.items += more.items;
        self.items_again += more.items_again;
        add(&mut self.closings, more.closings);
        add(&mut self.refusals, more.refusals);
        self.events += more.events;
    }
}

/// Counted over all devices.
#[derive(Debug)]
pub(super) struct Seen {
    /// When everything said arrived.
    pub(super) arrivals: Arrivals,
    /// Links that stood.
    pub(super) links: u64,
    /// All that devices counted.
    pub(super) counts: Counts,
}

impl Seen {
    /// Nothing yet.
    pub(super) fn new(sayings: usize, nodes: usize) -> Self {
        let bytes = Class::ALL.into_iter().map(|class| (class, 0)).collect();
        Self {
            arrivals: Arrivals::new(sayings, nodes),
            links: 0,
            counts: Counts { bytes, ..Counts::default() },
        }
    }

    /// Takes in what some devices counted, and what arrived on them.
    pub(super) fn add(&mut self, counts: Counts, arrived: Vec<(usize, usize, Millis)>) {
        self.counts.add(counts);
        for (saying, node, at) in arrived {
            self.arrivals.note(saying, node, at);
        }
    }
}
