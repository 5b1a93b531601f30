//! What is asked ahead on one link: as much as its [`Window`] allows, in slices of a sixteenth of it,
//! and on a slow line in parts of a slice of one group, so that what is urgent waits behind one or
//! two of these.

use std::collections::VecDeque;

use baro_crdt::ids::{BlobHash, Millis};

use super::super::live::Tag;
use super::super::message::Part;
use super::super::window::{Bounds, Window};
use crate::blobs::{GROUP_BYTES, SLICE_GROUPS_MAX, slice_bytes};

/// How the window of asks moves: on a very slow line one part is on its way.
const BOUNDS: Bounds = Bounds {
    first: 4 * GROUP_BYTES,
    least: PART_BYTES as u64,
    most: 4 * 1024 * 1024,
    short_ms: 40,
    long_ms: 120,
    probe_ms: 10_000,
};
/// Below so much a line is slow, and groups come in parts.
const SLOW_BYTES: u64 = 2 * GROUP_BYTES;
/// How many bytes a part has: a sixteenth of a second at 256 kbit/s.
const PART_BYTES: u32 = 2 * 1024;
/// An answer that has not come after so long is given up, in milliseconds.
const ANSWER_MS_MAX: u64 = 30_000;
/// The same where another neighbour, who has answered before, has it too: of one who has never
/// answered anything, at least and at most, and of one who has.
const PATIENCE_MS_MIN: u64 = 40;
const UNPROVED_MS_MAX: u64 = 2_000;
const PROVED_MS_MAX: u64 = 10_000;

/// A slice asked for, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) hash: BlobHash,
    pub(super) size: u64,
    pub(super) first: u32,
    pub(super) groups: u32,
    pub(super) bytes: u64,
    pub(super) part: Option<Part>,
    pub(super) at: Millis,
}

impl Ask {
    fn is_of(&self, other: &Ask) -> bool {
        self.hash == other.hash && self.first == other.first
    }
}

/// A group that comes in parts.
struct InParts {
    tag: Tag,
    ask: Ask,
    /// How many bytes its slice has, and how many of them were asked for.
    bytes: u32,
    asked: u32,
    came: Vec<u8>,
}

/// What an answer was to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// To nothing that is waited for.
    Nothing,
    /// To a part, and others are still to come.
    Part,
    /// It is not there any more.
    Gone,
    /// To the last of it: the slice.
    Whole(Ask, Vec<u8>),
}

/// What is asked for on one link.
pub(in crate::core) struct Flow {
    asks: VecDeque<Ask>,
    parts: VecDeque<InParts>,
    window: Window,
    heard_at: Millis,
    /// It has answered with something that was what it should be.
    pub(super) proved: bool,
    /// It brought words that name a blob which is wanted here.
    pub(in crate::core) brought: bool,
    /// Something asked of it was asked of another in the end: it comes last from then on.
    pub(super) doubtful: bool,
    /// Wishes or asks of this side that have not ended.
    pub(super) ours_open: bool,
    /// The same of the other side.
    pub(super) theirs_open: bool,
}

impl Flow {
    pub(in crate::core) const fn new(now: Millis) -> Self {
        Self {
            asks: VecDeque::new(),
            parts: VecDeque::new(),
            window: Window::new(BOUNDS),
            heard_at: now,
            proved: false,
            brought: false,
            doubtful: false,
            ours_open: false,
            theirs_open: false,
        }
    }

    /// Whether blobs are under way, in either direction.
    pub(in crate::core) const fn is_open(&self) -> bool {
        self.ours_open || self.theirs_open
    }

    /// Whether nothing is waited for.
    pub(super) fn is_empty(&self) -> bool {
        self.asks.is_empty() && self.parts.is_empty()
    }

    /// How many bytes more may be asked for.
    fn left(&self) -> u64 {
        let out: u64 = self.asks.iter().map(|ask| ask.bytes).sum();
        self.window.bytes().saturating_sub(out)
    }

    /// How many groups the next ask may have; none where the window is full, or where a group that
    /// comes in parts was not asked for to its end.
    ///
    /// Of somebody who has never answered one group is asked: who says that it has everything and
    /// sends nothing holds up no more than that.
    pub(super) fn room(&self) -> u32 {
        if !self.proved {
            return u32::from(self.is_empty());
        }
        let left = self.left();
        if left == 0 || self.parts.iter().any(|parts| parts.asked < parts.bytes) {
            return 0;
        }
        let share = (self.window.bytes() / 16).min(left);
        u32::try_from(share / GROUP_BYTES).unwrap_or(1).clamp(1, SLICE_GROUPS_MAX)
    }

    /// Takes up a slice that is to be asked for; gives it where it is to be asked for whole. Else
    /// [`Flow::next_part`] gives its parts.
    pub(super) fn ask(&mut self, tag: Tag, ask: Ask) -> Option<Ask> {
        let slow = self.proved && self.window.bytes() < SLOW_BYTES && ask.groups == 1;
        let bytes = slice_bytes(ask.size, ask.first, ask.groups);
        let bytes = bytes.ok().and_then(|bytes| u32::try_from(bytes).ok());
        match bytes.filter(|bytes| slow && *bytes > PART_BYTES) {
            Some(bytes) => {
                self.parts.push_back(InParts { tag, ask, bytes, asked: 0, came: Vec::new() });
                None
            }
            None => {
                self.asked(ask);
                Some(ask)
            }
        }
    }

    /// The next part to ask for, and in which community, where the window has room for it.
    pub(super) fn next_part(&mut self, now: Millis) -> Option<(Tag, Ask)> {
        if self.left() == 0 {
            return None;
        }
        let parts = self.parts.iter_mut().find(|parts| parts.asked < parts.bytes)?;
        let bytes = PART_BYTES.min(parts.bytes - parts.asked);
        let part = Part { from: parts.asked, bytes };
        parts.asked += bytes;
        let ask = Ask { bytes: u64::from(bytes), part: Some(part), at: now, ..parts.ask };
        let tag = parts.tag;
        self.asked(ask);
        Some((tag, ask))
    }

    fn asked(&mut self, ask: Ask) {
        if self.asks.is_empty() {
            self.heard_at = ask.at;
        }
        self.asks.push_back(ask);
    }

    /// Takes the answer to an ask, if there was one.
    pub(super) fn answered(
        &mut self,
        now: Millis,
        hash: &BlobHash,
        (first, groups, from): (u32, u32, Option<u32>),
        bytes: Option<Vec<u8>>,
    ) -> Answered {
        let fits = |ask: &Ask| {
            ask.hash == *hash
                && ask.first == first
                && ask.groups == groups
                && ask.part.map(|part| part.from) == from
        };
        let at = self.asks.iter().position(fits);
        let Some(ask) = at.and_then(|at| self.asks.remove(at)) else { return Answered::Nothing };
        self.heard_at = now;
        self.window.answered(now, ask.at, ask.bytes);
        let Some(bytes) = bytes else {
            self.forget(&ask);
            return Answered::Gone;
        };
        let Some(part) = ask.part else { return Answered::Whole(ask, bytes) };
        let Some(at) = self.parts.iter().position(|parts| parts.ask.is_of(&ask)) else {
            return Answered::Nothing;
        };
        let Some(parts) = self.parts.get_mut(at) else { return Answered::Nothing };
        let fits = bytes.len() == part.bytes as usize && parts.came.len() == part.from as usize;
        parts.came.extend(bytes);
        if fits && parts.came.len() < parts.bytes as usize {
            return Answered::Part;
        }
        // Where it does not fit, it is looked at as it is, and will not be what it should be.
        let Some(parts) = self.parts.remove(at) else { return Answered::Nothing };
        self.forget(&ask);
        Answered::Whole(parts.ask, parts.came)
    }

    /// No more is waited for of the slice that this is of.
    fn forget(&mut self, of: &Ask) {
        self.asks.retain(|ask| !ask.is_of(of));
        self.parts.retain(|parts| !parts.ask.is_of(of));
    }

    /// Gives up all that is waited for, and tells what that was.
    pub(super) fn give_up(&mut self) -> Vec<Ask> {
        let parts = std::mem::take(&mut self.parts).into_iter().map(|parts| parts.ask);
        std::mem::take(&mut self.asks).into_iter().chain(parts).collect()
    }

    /// Whether something has been asked for for a while.
    pub(super) fn is_slow(&self, now: Millis) -> bool {
        let most = if self.proved { PROVED_MS_MAX } else { PATIENCE_MS_MIN };
        self.asks.iter().any(|ask| now.0.saturating_sub(ask.at.0) > most)
    }

    /// Whether it can be asked at once for what another does not answer, and for how long the other
    /// is waited for then, in milliseconds: four times as long as this one takes.
    pub(super) fn helps_after(&self) -> Option<u64> {
        let ready = self.proved && !self.doubtful;
        let free = self.asks.is_empty().then(|| 4 * self.window.least_ms().unwrap_or(u64::MAX / 4));
        ready.then(|| free.unwrap_or(u64::MAX).clamp(PATIENCE_MS_MIN, UNPROVED_MS_MAX))
    }

    /// Takes out what was asked for too long ago: of one who has answered before, where others can
    /// be asked instead; of one who has not, after as long as the others say.
    pub(super) fn overdue(
        &mut self,
        now: Millis,
        others: impl Fn(&BlobHash) -> Option<u64>,
    ) -> Vec<Ask> {
        let proved = self.proved;
        let heard_at = if proved { self.heard_at } else { Millis(0) };
        let is_late = |ask: &Ask| {
            let waited = now.0.saturating_sub(ask.at.0.max(heard_at.0));
            others(&ask.hash).is_some_and(|ms| waited > if proved { PROVED_MS_MAX } else { ms })
        };
        let late: Vec<Ask> = self.asks.iter().filter(|ask| is_late(ask)).copied().collect();
        late.iter().for_each(|ask| self.forget(ask));
        self.doubtful |= !late.is_empty();
        late
    }

    /// Whether what was asked for does not come any more.
    pub(super) fn is_stuck(&self, now: Millis) -> bool {
        !self.asks.is_empty() && now.0.saturating_sub(self.heard_at.0) > ANSWER_MS_MAX
    }
}

#[cfg(test)]
mod tests {
    use baro_crdt::entry::BLOB_BYTES_MAX;

    use super::*;

    /// Asks as much as it may on a line of so many bytes a second, for a while; gives the greatest
    /// delay of the second half and the bytes that came.
    fn run(bytes_per_s: u64, delay_ms: u64) -> (u64, u64) {
        let mut flow = Flow::new(Millis(0));
        flow.proved = true;
        let (mut free_at, mut next, mut came, mut worst) = (0_u64, 0, 0, 0);
        let mut due: VecDeque<(u64, Ask)> = VecDeque::new();
        for now in 0..120_000 {
            while let Some((at, ask)) = due.front().copied()
                && at <= now
            {
                due.pop_front();
                let which = (ask.first, ask.groups, ask.part.map(|part| part.from));
                let bytes = vec![0; usize::try_from(ask.bytes).unwrap()];
                let answered = flow.answered(Millis(now), &ask.hash, which, Some(bytes));
                assert!(!matches!(answered, Answered::Nothing | Answered::Gone));
                came += ask.bytes;
                if now > 60_000 {
                    worst = worst.max(now - ask.at.0);
                }
            }
            loop {
                let asked = match flow.next_part(Millis(now)) {
                    Some((_, ask)) => Some(ask),
                    None => match flow.room() {
                        0 => break,
                        groups => {
                            let ask = ask(next, groups, Millis(now));
                            next += groups;
                            flow.ask(Tag::default(), ask)
                        }
                    },
                };
                let Some(ask) = asked else { continue };
                free_at = free_at.max(now) + ask.bytes * 1_000 / bytes_per_s;
                due.push_back((free_at + delay_ms, ask));
            }
        }
        (worst, came)
    }

    /// A blob that is as large as any may be: larger than what a test takes of it.
    const SIZE: u64 = BLOB_BYTES_MAX;

    fn ask(first: u32, groups: u32, at: Millis) -> Ask {
        let hash = BlobHash::from_bytes([1; 32]);
        let bytes = u64::from(groups) * GROUP_BYTES;
        Ask { hash, size: SIZE, first, groups, bytes, part: None, at }
    }

    #[test]
    fn a_group_in_parts_is_put_together_in_order_and_given_up_whole() {
        let mut flow = Flow::new(Millis(0));
        flow.proved = true;
        let mut now = 0;
        // Each answer takes longer than the one before, so the window shrinks as far as it does.
        for first in 0..40 {
            let Some(asked) = flow.ask(Tag::default(), ask(first, 1, Millis(now))) else { break };
            now += 200 * u64::from(first + 1);
            let which = (asked.first, 1, None);
            flow.answered(Millis(now), &asked.hash, which, Some(Vec::new()));
        }
        assert_eq!(flow.give_up().len(), 1, "in parts");
        assert_eq!(flow.ask(Tag::default(), ask(77, 1, Millis(now))), None);
        assert_eq!(flow.room(), 0, "it is asked for to its end first");
        let mut sent = Vec::new();
        let whole = loop {
            let Some((_, ask)) = flow.next_part(Millis(1_000_000)) else { panic!("no part") };
            let part = ask.part.unwrap();
            let bytes = vec![u8::try_from(sent.len() % 251).unwrap(); part.bytes as usize];
            sent.extend_from_slice(&bytes);
            let which = (77, 1, Some(part.from));
            match flow.answered(Millis(1_000_100), &ask.hash, which, Some(bytes)) {
                Answered::Part => assert!(!flow.is_empty()),
                Answered::Whole(ask, bytes) => break (ask.first, bytes),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(whole, (77, sent));
        assert!(flow.is_empty() && flow.give_up().is_empty());
        // A part that is too short ends it, and what was asked beside it counts no more.
        assert_eq!(flow.ask(Tag::default(), ask(78, 1, Millis(0))), None);
        let (_, ask) = flow.next_part(Millis(1_000_200)).unwrap();
        let which = (78, 1, Some(0));
        let torn = flow.answered(Millis(1_000_300), &ask.hash, which, Some(vec![1]));
        assert!(matches!(torn, Answered::Whole(_, bytes) if bytes == [1]));
        assert!(flow.is_empty());
    }

    #[test]
    fn who_never_answers_holds_up_one_group_and_not_for_long() {
        let mut flow = Flow::new(Millis(0));
        assert_eq!(flow.room(), 1);
        assert!(flow.ask(Tag::default(), ask(0, 1, Millis(0))).is_some(), "whole");
        assert_eq!(flow.room(), 0);
        assert!(flow.overdue(Millis(UNPROVED_MS_MAX + 1), |_| None).is_empty(), "nobody else");
        assert!(flow.overdue(Millis(120), |_| Some(120)).is_empty(), "not yet");
        assert_eq!(flow.overdue(Millis(121), |_| Some(120)).len(), 1);
        assert!(flow.doubtful);
    }

    #[test]
    fn slow_lines_have_short_queues_and_fast_ones_are_full() {
        for (rate, delay) in [(8_000, 50), (32_000, 20), (125_000, 100), (5_000_000, 400)] {
            let (worst, came) = run(rate, delay);
            // In parts where the line is slow, else in groups.
            let slow = rate * (2 * delay + 120) / 1_000 < SLOW_BYTES / 2;
            let one = if slow { u64::from(PART_BYTES) } else { GROUP_BYTES } * 1_000 / rate;
            assert!(worst <= delay + 3 * one + 250, "{rate} B/s: {worst} ms");
            let full = rate * 120;
            assert!(came * 10 >= full * 8, "{rate} B/s: {came} of {full} bytes");
        }
    }
}
