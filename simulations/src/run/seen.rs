//! What is counted while a run goes on.

use std::collections::BTreeMap;

use baro_crdt::ids::Millis;
use baro_node::core::{Class, SessionStats};

use super::seat::Durable;
use crate::foremost::Arrivals;

/// Counted over all devices.
#[derive(Debug)]
pub(super) struct Seen {
    /// When everything said arrived.
    pub(super) arrivals: Arrivals,
    /// Bytes of frames sent, by class; with 2 or 3 bytes of length before each.
    pub(super) bytes: BTreeMap<Class, u64>,
    /// Frames sent.
    pub(super) frames: u64,
    /// Links that stood.
    pub(super) links: u64,
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

impl Seen {
    /// Nothing yet.
    pub(super) fn new(sayings: usize, nodes: usize) -> Self {
        Self {
            arrivals: Arrivals::new(sayings, nodes),
            bytes: Class::ALL.into_iter().map(|class| (class, 0)).collect(),
            frames: 0,
            links: 0,
            sessions: 0,
            commits: 0,
            items: 0,
            items_again: 0,
            closings: BTreeMap::new(),
            refusals: BTreeMap::new(),
            events: 0,
        }
    }

    /// Things said are on a device.
    pub(super) fn arrived(&mut self, sayings: &[usize], node: usize, now: Millis) {
        for saying in sayings {
            self.arrivals.note(*saying, node, now);
        }
    }

    /// What came from elsewhere is durable.
    pub(super) fn committed(&mut self, durable: &Durable) {
        self.commits += 1;
        self.items += durable.items;
        self.items_again += durable.items_again;
    }

    /// A frame was sent.
    pub(super) fn sent(&mut self, class: Class, bytes: usize) {
        self.frames += 1;
        let length = if bytes < 1 << 14 { 2 } else { 3 };
        *self.bytes.entry(class).or_default() += bytes as u64 + length;
    }

    /// A session ended on a side.
    pub(super) fn session(&mut self, initiator: bool, _stats: &SessionStats) {
        self.sessions += u64::from(initiator);
    }
}
