//! The frames that wait to be written on one link: bounded in bytes, filled from any thread,
//! emptied by the link's writer.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::{Notify, Semaphore};

use super::{
    codec::{FRAME_BYTES_MAX, Mark},
    door::Door,
    event::SendRefused,
    turns::Place,
};

/// What a queued frame costs beside its bytes, so that a million tiny frames are bounded too.
const FRAME_COST_BYTES: usize = 64;
/// As many bytes at once may be marks.
const MARKS_BYTES: usize = 256;

/// Frames on their way out, and the wish to close.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Wakes the writer: frames came, or the queue was closed.
    pub(super) work: Notify,
    /// Wakes the link: a refused sender may try again.
    pub(super) room: Notify,
    /// Tells the link that an orderly end has begun.
    pub(super) closed: Notify,
    /// Bytes that passed in each direction, length prefixes included.
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
    /// Marks that came in, which count for two bytes each in `received`.
    pub(super) marks: AtomicU64,
    /// When something was said last, in milliseconds since `since`.
    moved: AtomicU64,
    since: Instant,
    bytes_max: usize,
    /// Where the other end is.
    pub(super) place: Option<Place>,
    /// Where its frames wait until the node takes them.
    pub(super) door: Door,
    /// One frame of the link waits there at a time.
    pub(super) gate: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// Bytes handed to the writer and not yet written.
    writing: usize,
    /// The mark to be written next; a later one replaces it.
    mark: Option<Mark>,
    /// Nothing is read from the link before this.
    paused_until: Option<Instant>,
    /// A send was refused since the queue was last half empty.
    refused: bool,
    /// Set once: nothing is queued after, what is queued still goes out.
    closing: Option<String>,
}

/// What the writer does next.
#[derive(Debug)]
pub(super) enum Work {
    Write(Vec<Bytes>),
    Mark(Mark),
    Wait,
    /// All is written and the queue is closed.
    End,
}

impl Queue {
    pub(super) fn new(bytes_max: usize, place: Option<Place>, door: Door) -> Queue {
        Queue {
            place,
            door,
            gate: Arc::new(Semaphore::new(1)),
            state: Mutex::default(),
            work: Notify::new(),
            room: Notify::new(),
            closed: Notify::new(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            marks: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            since: Instant::now(),
            bytes_max,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds this lock, so what a poisoned one guards is whole.
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Queues a frame. An empty queue takes any frame, whatever the bound.
    pub(super) fn push(&self, frame: Bytes) -> Result<(), SendRefused> {
        if frame.is_empty() || frame.len() > FRAME_BYTES_MAX {
            return Err(SendRefused::Size(frame.len()));
        }
        let mut state = self.state();
        if state.closing.is_some() {
            return Err(SendRefused::Gone);
        }
        let cost = frame.len() + FRAME_COST_BYTES;
        let held = state.bytes + state.writing;
        if held > 0 && held + cost > self.bytes_max {
            state.refused = true;
            return Err(SendRefused::Full);
        }
        state.bytes += cost;
        state.frames.push_back(frame);
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Takes frames of together about `bytes_most` (at least one frame), once the last were
    /// written.
    pub(super) fn take(&self, bytes_most: usize) -> Work {
        let mut state = self.state();
        state.writing = 0;
        if let Some(mark) = state.mark.take() {
            return Work::Mark(mark);
        }
        if state.refused && state.bytes <= self.bytes_max / 2 {
            state.refused = false;
            self.room.notify_one();
        }
        let mut batch = Vec::new();
        while state.writing < bytes_most {
            let Some(frame) = state.frames.pop_front() else { break };
            let cost = frame.len() + FRAME_COST_BYTES;
            state.bytes -= cost;
            state.writing += cost;
            batch.push(frame);
        }
        match (batch.is_empty(), state.closing.is_some()) {
            (false, _) => Work::Write(batch),
            (true, false) => Work::Wait,
            (true, true) => Work::End,
        }
    }

    /// Has nothing read from the link for a while.
    pub(super) fn pause(&self, time: Duration) {
        self.state().paused_until = Some(Instant::now() + time);
    }

    /// Until when nothing is to be read.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.state().paused_until.take()
    }

    /// Has a mark written before the frames that wait.
    pub(super) fn mark(&self, mark: Mark) {
        self.state().mark = Some(mark);
        self.work.notify_one();
    }

    /// Takes no more frames; what is queued still goes out. The first reason stays.
    pub(super) fn close(&self, why: String) {
        self.state().closing.get_or_insert(why);
        self.work.notify_one();
        self.closed.notify_one();
    }

    /// The reason given to [`Queue::close`].
    pub(super) fn closing(&self) -> Option<String> {
        self.state().closing.clone()
    }

    /// Whether a send was refused and the queue has not been half empty since.
    pub(super) fn is_full(&self) -> bool {
        self.state().refused
    }

    /// Bytes that wait, with their bookkeeping.
    pub(super) fn bytes(&self) -> usize {
        let state = self.state();
        state.bytes + state.writing
    }

    /// Something was said, in either direction.
    pub(super) fn moves(&self) {
        let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved.store(now, Ordering::Relaxed);
    }

    /// So many bytes went out.
    pub(super) fn has_sent(&self, bytes: usize) {
        self.moves();
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// So many bytes came in. Few of them may be marks, which say nothing.
    pub(super) fn has_received(&self, bytes: usize) {
        if bytes > MARKS_BYTES {
            self.moves();
        }
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// For how long nothing was said, in either direction.
    pub(super) fn quiet(&self) -> Duration {
        let moved = Duration::from_millis(self.moved.load(Ordering::Relaxed));
        self.since.elapsed().saturating_sub(moved)
    }

    /// Bytes moved in each direction so far.
    pub(super) fn sent_received(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_full_queue_refuses_until_half_is_written() {
        let queue = Queue::new(10 * (1000 + FRAME_COST_BYTES), None, Door::default());
        for _ in 0..10 {
            queue.push(Bytes::from(vec![1; 1000])).unwrap();
        }
        assert_eq!(queue.push(Bytes::from(vec![1; 1000])), Err(SendRefused::Full));
        for written in 0..6 {
            assert!(queue.is_full(), "{written}");
            assert!(matches!(queue.take(1), Work::Write(batch) if batch.len() == 1));
        }
        assert!(!queue.is_full());
        queue.push(Bytes::from(vec![1; 1000])).unwrap();
    }

    #[test]
    fn closing_lets_out_what_was_queued_and_nothing_more() {
        let queue = Queue::new(1000, None, Door::default());
        queue.push(Bytes::from_static(b"one")).unwrap();
        queue.push(Bytes::from_static(b"two")).unwrap();
        queue.close("enough".into());
        queue.close("again".into());
        assert_eq!(queue.closing().as_deref(), Some("enough"));
        assert_eq!(queue.push(Bytes::from_static(b"three")), Err(SendRefused::Gone));
        assert!(matches!(queue.take(1 << 16), Work::Write(batch) if batch.len() == 2));
        assert!(matches!(queue.take(1 << 16), Work::End));
    }

    #[test]
    fn empty_and_oversized_frames_never_enter() {
        let queue = Queue::new(8 << 20, None, Door::default());
        assert_eq!(queue.push(Bytes::new()), Err(SendRefused::Size(0)));
        let large = Bytes::from(vec![0; FRAME_BYTES_MAX + 1]);
        assert_eq!(queue.push(large), Err(SendRefused::Size(FRAME_BYTES_MAX + 1)));
        assert!(matches!(queue.take(1), Work::Wait));
    }
}
