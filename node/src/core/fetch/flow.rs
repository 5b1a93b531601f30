//! How much is asked ahead on one link.
//!
//! The answers' delay tells how long the queue on the line is. Above the least delay ever seen by
//! a little, the window grows by what came, so it doubles each round; above it by much, the window
//! shrinks. So a slow line has one small slice on its way and a fast one is kept full. The rule is
//! LEDBAT's (RFC 6817) idea, with thresholds for radios instead of a controller.

use std::collections::VecDeque;

use baro_crdt::ids::{BlobHash, Millis};

use crate::blobs::{GROUP_BYTES, SLICE_GROUPS_MAX};

/// The window at first, and its bounds, in bytes.
const WINDOW_FIRST: u64 = 4 * GROUP_BYTES;
const WINDOW_MAX: u64 = 4 * 1024 * 1024;
/// So much above the least delay the window still grows, in milliseconds.
const SHORT_MS: u64 = 100;
/// So much above it the window shrinks.
const LONG_MS: u64 = 300;
/// An answer that has not come after so long is given up, in milliseconds.
const ANSWER_MS_MAX: u64 = 30_000;

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
    window: u64,
    least_ms: u64,
    heard_at: Millis,
    /// Wishes or asks of this side that have not ended.
    pub(super) ours_open: bool,
    /// The same of the other side.
    pub(super) theirs_open: bool,
}

impl Flow {
    pub(in crate::core) const fn new(now: Millis) -> Self {
        Self {
            asks: VecDeque::new(),
            window: WINDOW_FIRST,
            least_ms: u64::MAX,
            heard_at: now,
            ours_open: false,
            theirs_open: false,
        }
    }

    /// Whether blobs are under way, in either direction.
    pub(in crate::core) const fn is_open(&self) -> bool {
        self.ours_open || self.theirs_open
    }

    /// How many groups the next ask may have; none where the window is full.
    pub(super) fn room(&self) -> u32 {
        let out: u64 = self.asks.iter().map(|ask| ask.bytes).sum();
        if out > 0 && out + GROUP_BYTES > self.window {
            return 0;
        }
        let share = (self.window / 4).max(GROUP_BYTES).min(self.window.saturating_sub(out));
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
        let delay = now.0.saturating_sub(ask.at.0);
        self.least_ms = self.least_ms.min(delay);
        let queued = delay - self.least_ms;
        if queued <= SHORT_MS {
            self.window = (self.window + ask.bytes).min(WINDOW_MAX);
        } else if queued >= LONG_MS {
            self.window = (self.window - self.window / 4).max(GROUP_BYTES);
        }
        Some(ask)
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
        let (mut free_at, mut next, mut came, mut worst) = (0_u64, 0, 0, 0);
        let mut due: VecDeque<(u64, u32, u32)> = VecDeque::new();
        for now in 0..60_000 {
            while let Some((at, first, groups)) = due.front().copied()
                && at <= now
            {
                due.pop_front();
                let hash = BlobHash::from_bytes([1; 32]);
                let ask = flow.answered(Millis(now), &hash, first, groups).unwrap();
                came += ask.bytes;
                if now > 30_000 {
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
    fn slow_lines_have_short_queues_and_fast_ones_are_full() {
        for (rate, delay) in [(8_000, 50), (32_000, 20), (125_000, 100), (5_000_000, 400)] {
            let (worst, came) = run(rate, delay);
            let one = GROUP_BYTES * 1_000 / rate;
            assert!(worst <= delay + 2 * one + 700, "{rate} B/s: {worst} ms");
            let full = rate * 60;
            assert!(came * 10 >= full * 8, "{rate} B/s: {came} of {full} bytes");
        }
    }
}
