//! What is to happen, in order of time, and the links that it happens on.

use std::collections::{BTreeMap, VecDeque};

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

impl Happening {
    /// Whether it happens to one device alone, which cannot tell what happens to others then.
    pub(super) const fn is_deed(&self) -> bool {
        match self {
            Self::Arrive { .. }
            | Self::Write { .. }
            | Self::Tick { .. }
            | Self::Unreached { .. } => true,
            Self::Gone { .. } | Self::Dialled { .. } | Self::Again { .. } => false,
        }
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

/// What is to happen: by time, then in the order in which it was put there.
#[derive(Default)]
pub(super) struct Queue {
    at: BTreeMap<u64, VecDeque<Happening>>,
    /// Lists that are empty again, whose room is of use.
    spare: Vec<VecDeque<Happening>>,
}

impl Queue {
    /// Something happens at a time, in milliseconds, after all that was put there before.
    pub(super) fn put(&mut self, at: u64, what: Happening) {
        let spare = &mut self.spare;
        self.at.entry(at).or_insert_with(|| spare.pop().unwrap_or_default()).push_back(what);
    }

    /// What happens next, before `until`, and when.
    pub(super) fn next(&mut self, until: u64) -> Option<(u64, Happening)> {
        let at = *self.at.first_key_value()?.0;
        if at >= until {
            return None;
        }
        self.next_if(at, |_| true).map(|what| (at, what))
    }

    /// What happens next, if that is at this time and such a thing.
    pub(super) fn next_if(
        &mut self,
        at: u64,
        such: impl Fn(&Happening) -> bool,
    ) -> Option<Happening> {
        let mut first = self.at.first_entry().filter(|first| *first.key() == at)?;
        first.get().front().filter(|what| such(what))?;
        let what = first.get_mut().pop_front()?;
        if first.get().is_empty() {
            self.spare.push(first.remove());
        }
        Some(what)
    }
}
