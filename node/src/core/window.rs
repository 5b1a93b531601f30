//! How much may be on its way over a link before an answer.
//!
//! The answers' delay tells how long the queue on the line is. Above the least delay ever seen by
//! a little, the window grows by what was answered, so it doubles each round, or by an eighth of it
//! once it has been too large; above it by much, it shrinks, to half at most at once. So a slow line has a short queue, which what is urgent can wait for, and a fast one is
//! kept full. The idea is LEDBAT's (RFC 6817), with two thresholds in the place of a controller, and
//! with LEDBAT++'s pauses, without which a queue that never empties is taken for a part of the way.

use baro_crdt::ids::Millis;

/// How a window moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The window at first, in bytes.
    pub(super) first: u64,
    /// It never shrinks below this.
    pub(super) least: u64,
    /// It never grows beyond this.
    pub(super) most: u64,
    /// Up to so much above the least delay it grows, in milliseconds.
    pub(super) short_ms: u64,
    /// From so much above it on it shrinks.
    pub(super) long_ms: u64,
    /// Where it has been too large it is closed this often for as long as one answer takes, to learn
    /// the least delay while nothing is queued, in milliseconds.
    pub(super) probe_ms: u64,
}

/// A window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    bounds: Bounds,
    bytes: u64,
    least_ms: u64,
    /// When it was last found too large: what was sent before then tells nothing of it now.
    shrunk_at: Option<Millis>,
    /// Since when it is closed to learn the least delay, and how large it was before.
    probe: Option<(Millis, u64)>,
    probed_at: Millis,
}

impl Window {
    pub(super) const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            bytes: bounds.first,
            least_ms: u64::MAX,
            shrunk_at: None,
            probe: None,
            probed_at: Millis(0),
        }
    }

    /// How many bytes may be on their way.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The least delay of an answer so far, in milliseconds.
    pub(super) fn least_ms(&self) -> Option<u64> {
        (self.least_ms < u64::MAX).then_some(self.least_ms)
    }

    /// What was sent at `sent` has been answered.
    pub(super) fn answered(&mut self, now: Millis, sent: Millis, bytes: u64) {
        let delay = now.0.saturating_sub(sent.0);
        if let Some((since, before)) = self.probe {
            if sent >= since {
                (self.least_ms, self.bytes) = (delay, before);
                (self.probe, self.probed_at, self.shrunk_at) = (None, now, Some(now));
            }
            return;
        }
        self.least_ms = self.least_ms.min(delay);
        let queued = delay - self.least_ms;
        if queued <= self.bounds.short_ms {
            let more = if self.shrunk_at.is_none() { bytes } else { bytes / 8 };
            self.bytes = (self.bytes + more).min(self.bounds.most);
        } else if queued >= self.bounds.long_ms && self.shrunk_at.is_none_or(|at| sent > at) {
            self.shrunk_at = Some(now);
            // As much as would have been short enough, but no less than half.
            let short = self.bytes * (self.least_ms + self.bounds.short_ms) / delay.max(1);
            let most = self.bytes - self.bytes / 4;
            self.bytes = short.clamp(self.bytes / 2, most).max(self.bounds.least);
        }
        if self.shrunk_at.is_some()
            && now.0.saturating_sub(self.probed_at.0) >= self.bounds.probe_ms
        {
            self.probe = Some((now, self.bytes));
            self.bytes = self.bounds.least;
        }
    }
}
