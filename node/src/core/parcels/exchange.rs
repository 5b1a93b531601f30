//! One community's parcels on one link: what is wanted, asked for and given.

use std::collections::{BTreeSet, VecDeque};

use baro_crdt::ids::{Millis, ParcelId};

use crate::replica::PARCELS_MAX;
use crate::store::ParcelRow;

/// Names a parcel on a link: the beginning of its id. Who prepares two that begin alike has one of
/// them carried.
pub(in crate::core) type Short = [u8; 8];

/// An answer that has not come after so long is given up, in milliseconds.
pub(super) const ANSWER_MS_MAX: u64 = 30_000;
/// The most ids that the other side is remembered to know.
const KNOWN_MAX: usize = 4 * PARCELS_MAX;
/// What a place may bring at once, and each millisecond, in bytes: a courier's whole bag, and then
/// 3.6 MB an hour. So it takes a stranger half a day to push out what else came by their way.
const BROUGHT_AT_ONCE_MAX: u64 = 16 * 1024 * 1024;
const BROUGHT_PER_MS: u64 = 1;

pub(super) fn short(id: &ParcelId) -> Short {
    id.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// How much a place may still bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    bytes: u64,
    at: Millis,
}

impl Budget {
    pub(super) const fn new(now: Millis) -> Self {
        Self { bytes: BROUGHT_AT_ONCE_MAX, at: now }
    }

    /// In bytes.
    pub(super) fn left(&self, now: Millis) -> u64 {
        let since = now.0.saturating_sub(self.at.0);
        self.bytes.saturating_add(since.saturating_mul(BROUGHT_PER_MS)).min(BROUGHT_AT_ONCE_MAX)
    }

    pub(super) fn take(&mut self, now: Millis, bytes: u64) {
        *self = Self { bytes: self.left(now).saturating_sub(bytes), at: now };
    }
}

/// One community's parcels on one link.
#[derive(Default)]
pub(in crate::core) struct Exchange {
    /// The other side carries parcels.
    pub(super) carries: bool,
    /// The other side is to name all that it carries.
    pub(super) awaits_all: bool,
    /// What the other side said waits for a want, if only for nothing.
    pub(super) answers: bool,
    /// What came is on its way into the store.
    pub(super) writing: bool,
    /// The place that it comes from has brought all it may for now.
    pub(super) waits_for_room: bool,
    /// The other side was told of something and has not said that it wants no more.
    they_want: bool,
    wanted: VecDeque<Short>,
    queued: BTreeSet<Short>,
    asked: BTreeSet<Short>,
    /// Sealed here and given to the other side, which has not said that they are safe.
    given: Vec<ParcelRow>,
    known: BTreeSet<Short>,
    heard_at: Millis,
}

impl Exchange {
    pub(super) fn heard(&mut self, now: Millis) {
        self.heard_at = now;
    }

    /// Whether something is under way.
    pub(super) fn is_open(&self) -> bool {
        self.awaits_all
            || self.answers
            || self.writing
            || self.they_want
            || !self.asked.is_empty()
            || (!self.wanted.is_empty() && !self.waits_for_room)
    }

    /// Whether nothing is asked for or on its way into the store.
    pub(super) fn is_idle(&self) -> bool {
        self.asked.is_empty() && !self.writing
    }

    /// Whether more may be asked for, or nothing more is to be said.
    pub(super) fn is_ready(&self) -> bool {
        self.is_idle() && (self.answers || !self.wanted.is_empty())
    }

    /// How much of it is kept in memory.
    pub(in crate::core) fn held(&self) -> usize {
        self.wanted.len().max(self.known.len())
    }

    /// The most that is.
    pub(in crate::core) const HELD_MAX: usize = KNOWN_MAX;

    pub(super) fn offered(&mut self) {
        self.they_want = true;
    }

    pub(super) fn they_are_done(&mut self) {
        self.they_want = false;
    }

    /// The other side has it, or was told of it.
    pub(super) fn knows(&mut self, id: Short) {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(id);
    }

    /// The other side says anew what it has.
    pub(super) fn forget_known(&mut self) {
        self.known.clear();
    }

    pub(super) fn may_lack(&self, id: &Short) -> bool {
        !self.known.contains(id)
    }

    /// The other side has it and this one lacks it.
    pub(super) fn want(&mut self, id: Short) {
        if self.wanted.len() < 2 * PARCELS_MAX
            && !self.asked.contains(&id)
            && self.queued.insert(id)
        {
            self.wanted.push_back(id);
        }
    }

    pub(super) fn wants_nothing(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Leaves out what has come by another way, as far as the next question reaches.
    pub(super) fn forget(&mut self, held: impl Fn(&Short) -> bool) {
        while let Some(next) = self.wanted.front().copied().filter(&held) {
            self.wanted.pop_front();
            self.queued.remove(&next);
        }
    }

    /// Takes the next few that `may` be asked for here.
    pub(super) fn ask(
        &mut self,
        now: Millis,
        most: usize,
        may: impl Fn(&Short) -> bool,
    ) -> Vec<Short> {
        let next: Vec<Short> =
            self.wanted.iter().filter(|id| may(id)).take(most).copied().collect();
        self.asked.extend(&next);
        self.wanted.retain(|id| !self.asked.contains(id));
        next.iter().for_each(|id| {
            self.queued.remove(id);
        });
        if !next.is_empty() {
            self.answers = false;
            self.heard_at = now;
        }
        next
    }

    pub(super) fn asked(&self) -> impl Iterator<Item = &Short> {
        self.asked.iter()
    }

    /// A parcel came: whether it was asked for.
    pub(super) fn came(&mut self, id: &Short) -> bool {
        self.asked.remove(id)
    }

    /// An answer came. What it left out is asked for again, unless it brought nothing.
    pub(super) fn answered(&mut self, nothing: bool) {
        for id in std::mem::take(&mut self.asked) {
            if !nothing {
                self.want(id);
            }
        }
    }

    /// These, sealed here, were given to the other side.
    pub(super) fn give(&mut self, rows: Vec<ParcelRow>) {
        self.given = rows;
    }

    /// Those given before are safe there.
    pub(super) fn given(&mut self) -> Vec<ParcelRow> {
        std::mem::take(&mut self.given)
    }

    /// What has not been answered for so long is not waited for any more.
    pub(super) fn give_up(&mut self, now: Millis, after_ms: u64) {
        let waits = self.awaits_all || self.they_want || !self.asked.is_empty();
        if waits && now.0.saturating_sub(self.heard_at.0) > after_ms {
            self.awaits_all = false;
            self.they_want = false;
            if !self.asked.is_empty() {
                self.answers = false;
                self.asked.clear();
                self.wanted.clear();
                self.queued.clear();
            }
        }
    }
}
