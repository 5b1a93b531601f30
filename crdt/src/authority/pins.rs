//! Pins: heads that live records cite, which a fork may not take back.
//!
//! A pin counts once its entries are held, in order of (signer's distance, record id), unless it
//! contradicts one already counted. All that count therefore lie on one branch, and the longest of
//! them is how far the log stands although it forked.

use super::Authority;
use crate::ids::{ChainHash, LogId};
use crate::log::Head;
use crate::record::Body;

/// The chain hash of one branch of a log after so many entries; `None` beyond what is held.
pub type ChainAt<'a> = dyn Fn(u32) -> Option<ChainHash> + 'a;

/// How far a forked log counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkLimit {
    /// The authorised length, in entries, as far as the fork is concerned: at least the cut.
    pub length: u32,
    /// Which of the branches given this length lies on; the first of several.
    pub branch: usize,
    /// Pins whose entries no branch here holds and which may count once they are fetched, in
    /// their order. Heads are cited freely, so one of these may not exist anywhere.
    pub wanted: Vec<Head>,
}

impl Authority {
    /// The heads that live records cite of this log, in the order in which they count.
    pub fn pins(&self, log: &LogId) -> &[Head] {
        self.pins.get(log).map_or(&[], Vec::as_slice)
    }

    /// How far a log that was cut at `cut` counts, where one branch is held.
    pub fn fork_limit(&self, log: &LogId, cut: u32, chain_at: &ChainAt<'_>) -> ForkLimit {
        self.fork_limit_among(log, cut, &[chain_at])
    }

    /// How far a log that was cut at `cut` counts, where these branches of it are held. The result
    /// depends on the branches as a set (but for the number it gives one), so every node that
    /// holds them agrees.
    pub fn fork_limit_among(&self, log: &LogId, cut: u32, branches: &[&ChainAt<'_>]) -> ForkLimit {
        let on = |branch: &ChainAt<'_>, head: &Head| branch(head.length) == Some(head.chain);
        let mut top: Option<Head> = None;
        let mut wanted = Vec::new();
        for pin in self.pins(log).iter().filter(|pin| pin.length > 0) {
            let counted = match top {
                None => branches.iter().any(|branch| on(branch, pin)),
                Some(top) => branches.iter().any(|branch| on(branch, &top) && on(branch, pin)),
            };
            let longest = top.map_or(0, |top| top.length);
            if counted && pin.length > longest {
                top = Some(*pin);
            } else if pin.length > longest && !branches.iter().any(|branch| on(branch, pin)) {
                // A shorter one would lie on the branch of the longest, which is held.
                wanted.push(*pin);
            }
        }
        let branch = top.and_then(|top| branches.iter().position(|branch| on(branch, &top)));
        ForkLimit {
            length: top.map_or(cut, |top| top.length.max(cut)),
            branch: branch.unwrap_or(0),
            wanted,
        }
    }

    /// Takes up the pins of a live record; called in the order in which they count.
    pub(super) fn index_pins(&mut self, body: &Body) {
        for head in body.pins() {
            let pins = self.pins.entry(head.log).or_default();
            if !pins.contains(&head) {
                pins.push(head);
            }
        }
    }
}
