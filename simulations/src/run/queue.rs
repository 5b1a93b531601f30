//! What is to happen, in order of time, and the links that it happens on.

use std::collections::{BTreeMap, VecDeque};

use baro_node::core::LinkId;

use super::seat::Deed;

/// What happens at some time.
pub(super) enum Happening {
    /// To one device alone.
    Deed {
        node: usize,
        deed: Deed,
    },
    /// The other side hears that a device has closed a link.
    Closed {
        link: LinkId,
        other: usize,
    },
    Dialled {
        from: usize,
        to: usize,
    },
    Again {
        contact: usize,
    },
}

/// Why a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Contact(usize),
    Place(usize),
}

/// A link until both sides know that it stands no more.
pub(super) struct Link {
    pub(super) ends: [usize; 2],
    pub(super) why: Why,
    /// One side has closed it, and the other does not know yet.
    pub(super) closing: bool,
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

    /// When the next thing happens.
    pub(super) fn first(&self) -> Option<u64> {
        self.at.first_key_value().map(|(at, _)| *at)
    }

    /// What happens next, before `until`, and when.
    pub(super) fn next(&mut self, until: u64) -> Option<(u64, Happening)> {
        let mut first = self.at.first_entry().filter(|first| *first.key() < until)?;
        let (at, what) = (*first.key(), first.get_mut().pop_front()?);
        if first.get().is_empty() {
            self.spare.push(first.remove());
        }
        Some((at, what))
    }
}
