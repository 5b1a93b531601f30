//! How much may be on its way over a link before an answer.
//!
//! The answers' delay tells how long the queue on the line is. Above the least delay ever seen by
//! a little, the window grows by what was answered, so it doubles each round, or by an eighth of it
//! once it has been too large; above it by much, it shrinks. So a slow line has a short queue, which what is urgent can wait for, and a fast one is
//! kept full. The idea is LEDBAT's (RFC 6817), with two thresholds in the place of a controller.

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
}

/// A window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    bounds: Bounds,
    bytes: u64,
    least_ms: u64,
    /// When it was last found too large: what was sent before then tells nothing of it now.
    shrunk_at: Option<Millis>,
}

impl Window {
    pub(super) const fn new(bounds: Bounds) -> Self {
        Self { bounds, bytes: bounds.first, least_ms: u64::MAX, shrunk_at: None }
    }

    /// How many bytes may be on their way.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What was sent at `sent` has been answered.
    pub(super) fn answered(&mut self, now: Millis, sent: Millis, bytes: u64) {
        let delay = now.0.saturating_sub(sent.0);
        self.least_ms = self.least_ms.min(delay);
        let queued = delay - self.least_ms;
        if queued <= self.bounds.short_ms {
            let more = if self.shrunk_at.is_none() { bytes } else { bytes / 8 };
            self.bytes = (self.bytes + more).min(self.bounds.most);
        } else if queued >= self.bounds.long_ms && self.shrunk_at.is_none_or(|at| sent > at) {
            self.shrunk_at = Some(now);
            self.bytes = (self.bytes - self.bytes / 4).max(self.bounds.least);
        }
    }
}
