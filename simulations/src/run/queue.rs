//! What is to happen, in order of time, and the links that it happens on.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use baro_node::core::LinkId;

use crate::schedule::Line;

/// What happens at some time.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Happening {
    Arrive { link: LinkId, side: usize, frame: Vec<u8> },
    Gone { link: LinkId, side: usize },
    Write { node: usize },
    Tick { node: usize },
    Dialled { from: usize, to: usize },
    Unreached { from: usize, to: usize },
    Again { contact: usize },
}

/// In the queue: by time, then in the order in which it was put there.
struct Due {
    at: u64,
    turn: u64,
    what: Happening,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.turn) == (other.at, other.turn)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

/// Why a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Contact(usize),
    Place(usize),
}

/// A link while it stands; side 0 opened it.
pub(super) struct Link {
    pub(super) ends: [usize; 2],
    pub(super) stands: [bool; 2],
    /// When each direction is free again, in microseconds.
    pub(super) free_us: [u64; 2],
    /// When the last frame towards each side arrives.
    pub(super) arrives_ms: [u64; 2],
    pub(super) delay_ms: u64,
    pub(super) line: Line,
    pub(super) why: Why,
}

/// What is to happen.
#[derive(Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Due>>,
    turn: u64,
}

impl Queue {
    /// Something happens at a time, in milliseconds, after all that was put there before.
    pub(super) fn put(&mut self, at: u64, what: Happening) {
        self.turn += 1;
        self.heap.push(Reverse(Due { at, turn: self.turn, what }));
    }

    /// What happens next, before `until`, and when.
    pub(super) fn next(&mut self, until: u64) -> Option<(u64, Happening)> {
        let Reverse(first) = self.heap.peek()?;
        if first.at >= until {
            return None;
        }
        self.heap.pop().map(|Reverse(due)| (due.at, due.what))
    }
}
