//! What is asked ahead on one link: as much as its [`Window`] allows, in slices of a sixteenth of it.

use std::collections::VecDeque;

use baro_crdt::ids::{BlobHash, Millis};

use super::super::window::{Bounds, Window};
use crate::blobs::{GROUP_BYTES, SLICE_GROUPS_MAX};

/// How the window of asks moves: on a slow line one slice is on its way.
const BOUNDS: Bounds = Bounds {
    first: 4 * GROUP_BYTES,
    least: GROUP_BYTES,
    most: 4 * 1024 * 1024,
    short_ms: 40,
    long_ms: 120,
};
/// An answer that has not come after so long is given up, in milliseconds.
const ANSWER_MS_MAX: u64 = 30_000;
/// The same where another neighbour, who has answered before, has it too: of one who has never
/// answered anything, and of one who has.
const UNPROVED_MS_MAX: u64 = 2_000;
const PROVED_MS_MAX: u64 = 10_000;

/// A slice asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) hash: BlobHash,
    pub(super) size: u64,
    pub(super) first: u32,
    pub(super) groups: u32,
    pub(super) bytes: u64,
    pub(super) at: Millis,
}

/// What is asked for on one link.
pub(in crate::core) struct Flow {
    pub(super) asks: VecDeque<Ask>,
    window: Window,
    heard_at: Millis,
    /// It has answered with something that was what it should be.
    pub(super) proved: bool,
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
            window: Window::new(BOUNDS),
            heard_at: now,
            proved: false,
            doubtful: false,
            ours_open: false,
            theirs_open: false,
        }
    }

    /// Whether blobs are under way, in either direction.
    pub(in crate::core) const fn is_open(&self) -> bool {
        self.ours_open || self.theirs_open
    }

    /// How many groups the next ask may have; none where the window is full.
    ///
    /// Of somebody who has never answered one group is asked: who says that it has everything and
    /// sends nothing holds up no more than that.
    pub(super) fn room(&self) -> u32 {
        if !self.proved {
            return u32::from(self.asks.is_empty());
        }
        let out: u64 = self.asks.iter().map(|ask| ask.bytes).sum();
        let window = self.window.bytes();
        if out >= window {
            return 0;
        }
        let share = (window / 16).min(window - out);
        u32::try_from(share / GROUP_BYTES).unwrap_or(1).clamp(1, SLICE_GROUPS_MAX)
    }

    /// A slice was asked for.
    pub(super) fn asked(&mut self, ask: Ask) {
        if self.asks.is_empty() {
            self.heard_at = ask.at;
        }
        self.asks.push_back(ask);
    }

    /// The answer to an ask, if there was one.
    pub(super) fn answered(
        &mut self,
        now: Millis,
        hash: &BlobHash,
        first: u32,
        groups: u32,
    ) -> Option<Ask> {
        let fits = |ask: &Ask| ask.hash == *hash && ask.first == first && ask.groups == groups;
        let at = self.asks.iter().position(fits)?;
        let ask = self.asks.remove(at)?;
        self.heard_at = now;
        self.window.answered(now, ask.at, ask.bytes);
        Some(ask)
    }

    /// Whether something has been asked for for a while.
    pub(super) fn is_slow(&self, now: Millis) -> bool {
        self.asks.iter().any(|ask| now.0.saturating_sub(ask.at.0) > UNPROVED_MS_MAX)
    }

    /// Takes out what was asked for too long ago where `elsewhere` can be asked instead.
    pub(super) fn overdue(
        &mut self,
        now: Millis,
        elsewhere: impl Fn(&BlobHash) -> bool,
    ) -> Vec<Ask> {
        let most = if self.proved { PROVED_MS_MAX } else { UNPROVED_MS_MAX };
        let heard_at = if self.proved { self.heard_at } else { Millis(0) };
        let is_late = |ask: &Ask| {
            now.0.saturating_sub(ask.at.0.max(heard_at.0)) > most && elsewhere(&ask.hash)
        };
        let late: Vec<Ask> = self.asks.iter().filter(|ask| is_late(ask)).copied().collect();
        self.asks.retain(|ask| !late.contains(ask));
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
    use super::*;

    /// Asks as much as it may on a line of so many bytes a second, for a while; gives the greatest
    /// delay of the second half and the bytes that came.
    fn run(bytes_per_s: u64, delay_ms: u64) -> (u64, u64) {
        let mut flow = Flow::new(Millis(0));
        flow.proved = true;
        let (mut free_at, mut next, mut came, mut worst) = (0_u64, 0, 0, 0);
        let mut due: VecDeque<(u64, u32, u32)> = VecDeque::new();
        for now in 0..120_000 {
            while let Some((at, first, groups)) = due.front().copied()
                && at <= now
            {
                due.pop_front();
                let hash = BlobHash::from_bytes([1; 32]);
                let ask = flow.answered(Millis(now), &hash, first, groups).unwrap();
                came += ask.bytes;
                if now > 60_000 {
                    worst = worst.max(now - ask.at.0);
                }
            }
            while let groups @ 1.. = flow.room() {
                let bytes = u64::from(groups) * GROUP_BYTES;
                let hash = BlobHash::from_bytes([1; 32]);
                let ask = Ask { hash, size: 0, first: next, groups, bytes, at: Millis(now) };
                flow.asked(ask);
                free_at = free_at.max(now) + bytes * 1_000 / bytes_per_s;
                due.push_back((free_at + delay_ms, next, groups));
                next += groups;
            }
        }
        (worst, came)
    }

    #[test]
    fn who_never_answers_holds_up_one_group_and_not_for_long() {
        let mut flow = Flow::new(Millis(0));
        assert_eq!(flow.room(), 1);
        let hash = BlobHash::from_bytes([1; 32]);
        flow.asked(Ask { hash, size: 99, first: 0, groups: 1, bytes: 99, at: Millis(0) });
        assert_eq!(flow.room(), 0);
        assert!(flow.overdue(Millis(UNPROVED_MS_MAX + 1), |_| false).is_empty(), "nobody else");
        assert!(flow.overdue(Millis(UNPROVED_MS_MAX), |_| true).is_empty(), "not yet");
        assert_eq!(flow.overdue(Millis(UNPROVED_MS_MAX + 1), |_| true).len(), 1);
        assert!(flow.doubtful);
    }

    #[test]
    fn slow_lines_have_short_queues_and_fast_ones_are_full() {
        for (rate, delay) in [(8_000, 50), (32_000, 20), (125_000, 100), (5_000_000, 400)] {
            let (worst, came) = run(rate, delay);
            let one = GROUP_BYTES * 1_000 / rate;
            assert!(worst <= delay + 2 * one + 700, "{rate} B/s: {worst} ms");
            let full = rate * 120;
            assert!(came * 10 >= full * 7, "{rate} B/s: {came} of {full} bytes");
        }
    }
}
