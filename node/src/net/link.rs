//! One link: a stream, the task that moves frames over it, and how it ends.
//!
//! In: bytes from the stream and frames from the link's [`Queue`]. Out: events to the node and
//! two notices to the swarm ("it is up", "it ended"). The reader waits while the node is slow to
//! take events, so the peer is slowed by the transport's own flow control and nothing piles up.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use super::{
    Address, InTurn, LinkEnd, LinkId, NetEvent, NetLimits, PeerName,
    codec::{Decoder, FrameError, Mark, Piece, put_length},
    handle::Shared,
    queue::{Queue, Work},
    refusals::Refusal,
};
use std::sync::atomic::Ordering;

/// One read takes at most this much.
const READ_BYTES: usize = 32 << 10;
/// Small frames that wait together are written together, up to this much.
const BATCH_BYTES: usize = 64 << 10;
/// A full queue counts as standing still if less than this was written in the stuck time.
const STUCK_BYTES: u64 = 64 << 10;

/// The most marks that are taken in a time; who keeps to the protocol says one in seconds.
const MARKS_MAX: u32 = 64;
const MARKS_TIME: Duration = Duration::from_secs(10);

/// Who goes on for more than this after this side has ended the link is not waited for: twice what
/// may have been queued there.
const AFTER_END_BYTES: usize = 8 << 20;

/// A pipe that takes less than this while an answer is waited for is dead.
const ALIVE_BYTES: u64 = 16 << 10;

/// What a link's task tells the swarm.
#[derive(Debug)]
pub(super) enum Progress {
    Up,
    /// It is over. `was_up`: the node was told of it.
    Ended {
        was_up: bool,
        why: LinkEnd,
    },
}

/// Everything a link's task needs beside its stream.
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) peer: PeerName,
    pub(super) initiator: bool,
    pub(super) address: Address,
    pub(super) uplink: bool,
    pub(super) kept: bool,
    pub(super) queue: Arc<Queue>,
    pub(super) limits: NetLimits,
    pub(super) shared: Arc<Shared>,
    pub(super) events: mpsc::Sender<NetEvent>,
    pub(super) progress: mpsc::Sender<(PeerName, LinkId, Progress)>,
    /// Ends the link at once, for this reason.
    pub(super) abort: oneshot::Receiver<LinkEnd>,
    /// The link with the same peer that this one replaces: its end is reported first.
    pub(super) after: Option<JoinHandle<()>>,
}

impl Link {
    /// Runs the link to its end.
    pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(mut self, mut stream: S) {
        if let Some(after) = self.after.take() {
            // An old link that panicked is as gone as any other.
            let _ = after.await;
        }
        let taken = tokio::select! {
            why = &mut self.abort => Err(why.unwrap_or_else(|_| stopped())),
            taken = timeout(self.limits.setup_time, take(&mut stream, self.initiator)) =>
                taken.unwrap_or_else(|_| Err(LinkEnd::Lost("the peer did not take the link".into()))),
        };
        if let Err(why) = taken {
            self.tell(Progress::Ended { was_up: false, why }).await;
            return;
        }
        self.shared.insert(self.id, self.peer, self.queue.clone());
        self.tell(Progress::Up).await;
        let up = NetEvent::LinkUp {
            link: self.id,
            peer: self.peer,
            initiator: self.initiator,
            address: self.address.clone(),
            uplink: self.uplink,
            kept: self.kept,
        };
        let why = match self.events.send(up).await {
            Ok(()) => self.carry(stream).await,
            Err(_) => stopped(),
        };
        self.shared.remove(self.id);
        self.count(&why);
        self.tell(Progress::Ended { was_up: true, why: why.clone() }).await;
        let down = NetEvent::LinkDown {
            link: self.id,
            why,
            sent: self.queue.sent.load(Ordering::Relaxed),
            received: self.queue.received.load(Ordering::Relaxed),
        };
        // Nobody listens any more only when the whole network is being dropped.
        let _ = self.events.send(down).await;
    }

    async fn tell(&self, progress: Progress) {
        // The swarm's task is gone only when everything is.
        let _ = self.progress.send((self.peer, self.id, progress)).await;
    }

    fn count(&self, why: &LinkEnd) {
        let refusal = match why {
            LinkEnd::FrameTooLarge(_) => Refusal::FrameTooLarge,
            LinkEnd::Malformed(_) => Refusal::FrameMalformed,
            LinkEnd::FrameTooSlow(_) => Refusal::FrameTooSlow,
            LinkEnd::OutboundStuck(_) => Refusal::OutboundStuck,
            LinkEnd::TooManyMarks => Refusal::TooManyMarks,
            _ => return,
        };
        self.shared.refusals.count(refusal);
    }

    /// How long nothing may be heard before the other end is asked.
    fn quiet_time(&self) -> Duration {
        let limits = &self.limits;
        let time = if self.uplink && self.address.is_quic() {
            limits.quiet_time.min(limits.uplink_quiet_time)
        } else {
            limits.quiet_time
        };
        // Both ends would ask in the same moment.
        if self.initiator { time } else { time + time / 4 }
    }

    /// Moves frames both ways until the link ends.
    async fn carry<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: S) -> LinkEnd {
        let (from, to) = stream.split();
        let queue = &self.queue;
        let mut read =
            std::pin::pin!(read(from, queue, &self.events, self.id, self.limits.frame_time));
        let mut write = std::pin::pin!(write(to, queue));
        let mut stuck = std::pin::pin!(stuck(queue, self.limits.stuck_time));
        let mut room = std::pin::pin!(room(queue, &self.events, self.id));
        let mut silent = std::pin::pin!(silent(queue, &self.limits, self.quiet_time()));
        let (mut reading, mut writing) = (true, true);
        let mut broken = None;
        let mut ended_by_peer = false;
        let mut deadline: Option<Instant> = None;
        while reading || writing {
            tokio::select! {
                why = &mut self.abort => return why.unwrap_or_else(|_| stopped()),
                ended = &mut read, if reading => {
                    reading = false;
                    if let Err(why) = ended {
                        // A write that failed says more than the end of reading that follows it.
                        return broken.unwrap_or(why);
                    }
                    ended_by_peer = queue.closing().is_none();
                    queue.close("the peer ended the link".into());
                }
                ended = &mut write, if writing => {
                    writing = false;
                    if let Err(why) = ended {
                        if !reading { return why }
                        // What the peer sent before it left is still read.
                        broken = Some(why);
                        deadline.get_or_insert(Instant::now() + self.limits.close_time);
                    }
                }
                () = queue.closed.notified(), if deadline.is_none() =>
                    deadline = Some(Instant::now() + self.limits.close_time),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() =>
                    return broken.unwrap_or_else(|| LinkEnd::Lost(
                        format!("the end was not complete within {:?}", self.limits.close_time))),
                why = &mut stuck => return why,
                why = &mut silent => return why,
                () = &mut room => return stopped(),
            }
        }
        match queue.closing() {
            Some(why) if !ended_by_peer => LinkEnd::ClosedHere(why),
            _ => LinkEnd::ClosedByPeer,
        }
    }
}

fn stopped() -> LinkEnd {
    LinkEnd::Lost("the network was stopped".into())
}

fn lost(error: std::io::Error) -> LinkEnd {
    LinkEnd::Lost(error.to_string())
}

/// The first frame of the accepting side is empty and says: this stream is the link.
async fn take<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    initiator: bool,
) -> Result<(), LinkEnd> {
    if !initiator {
        stream.write_all(&[0]).await.map_err(lost)?;
        return stream.flush().await.map_err(lost);
    }
    // One byte and no more: what follows belongs to the reader.
    let mut first = [1];
    stream.read_exact(&mut first).await.map_err(lost)?;
    if first == [0] {
        Ok(())
    } else {
        Err(LinkEnd::Malformed("it did not begin with an empty frame".into()))
    }
}

/// Reads frames and reports them, until the peer's last frame or an error.
async fn read<R: AsyncRead + Unpin>(
    mut from: R,
    queue: &Queue,
    events: &mpsc::Sender<NetEvent>,
    link: LinkId,
    frame_time: Duration,
) -> Result<(), LinkEnd> {
    let mut decoder = Decoder::default();
    let mut piece = vec![0; READ_BYTES];
    let mut begun: Option<Instant> = None;
    let (mut marks, mut marks_since) = (0, Instant::now());
    let mut after_end = 0;
    loop {
        while let Some(piece) = decoder.next().map_err(refused)? {
            begun = None;
            match piece {
                Piece::Frame(frame) if frame.is_empty() => return Ok(()),
                Piece::Frame(frame) => {
                    queue.moves();
                    let turn = turn(queue, link).await.ok_or_else(stopped)?;
                    let frame = NetEvent::Frame { link, frame, turn };
                    events.send(frame).await.map_err(|_| stopped())?;
                }
                Piece::Mark(mark) => {
                    if marks_since.elapsed() >= MARKS_TIME {
                        (marks, marks_since) = (0, Instant::now());
                    }
                    marks += 1;
                    if marks > MARKS_MAX {
                        return Err(LinkEnd::TooManyMarks);
                    }
                    queue.marks.fetch_add(1, Ordering::Relaxed);
                    if mark == Mark::Ask {
                        queue.mark(Mark::Here);
                    }
                }
            }
        }
        let count = if decoder.is_partial() {
            // Only time in which this side was ready to read counts against the peer.
            let begun = *begun.get_or_insert_with(Instant::now);
            timeout_at(begun + frame_time, from.read(&mut piece))
                .await
                .map_err(|_| LinkEnd::FrameTooSlow(frame_time))?
        } else {
            from.read(&mut piece).await
        }
        .map_err(lost)?;
        if count == 0 {
            return Err(LinkEnd::Lost("the peer left without ending the link".into()));
        }
        if queue.closing().is_some() {
            after_end += count;
            if after_end > AFTER_END_BYTES {
                return Err(LinkEnd::Lost("the peer went on after the end of the link".into()));
            }
        }
        decoder.buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
        queue.has_received(count);
    }
}

/// Waits until the next frame may be handed to the node.
async fn turn(queue: &Queue, link: LinkId) -> Option<InTurn> {
    let gate = Arc::clone(&queue.gate).acquire_owned().await.ok()?;
    // Others from the same place need not wait for this one's pause.
    if let Some(until) = queue.paused_until() {
        sleep_until(until.into()).await;
    }
    Some(InTurn::new(queue.door.turn(link).await?, gate))
}

fn refused(error: FrameError) -> LinkEnd {
    match error {
        FrameError::TooLarge(bytes) => LinkEnd::FrameTooLarge(bytes),
        FrameError::Malformed => LinkEnd::Malformed(error.to_string()),
    }
}

/// Writes what is queued, small frames together, and flushes whenever nothing waits.
async fn write<W: AsyncWrite + Unpin>(mut to: W, queue: &Queue) -> Result<(), LinkEnd> {
    let mut batch = BytesMut::with_capacity(BATCH_BYTES);
    let mut flushed = true;
    loop {
        match queue.take(BATCH_BYTES) {
            Work::Write(frames) => {
                flushed = false;
                for frame in frames {
                    put_length(frame.len(), &mut batch);
                    if frame.len() < BATCH_BYTES {
                        batch.extend_from_slice(&frame);
                    } else {
                        send(&mut to, &mut batch, queue).await?;
                        send_large(&mut to, &frame, queue).await?;
                    }
                    if batch.len() >= BATCH_BYTES {
                        send(&mut to, &mut batch, queue).await?;
                    }
                }
                send(&mut to, &mut batch, queue).await?;
            }
            // Not counted: what is sent stays what the node said.
            Work::Mark(mark) => {
                flushed = false;
                to.write_all(&mark.bytes()).await.map_err(lost)?;
            }
            Work::Wait if !flushed => {
                to.flush().await.map_err(lost)?;
                flushed = true;
            }
            Work::Wait => queue.work.notified().await,
            Work::End => {
                batch.extend_from_slice(&[0]);
                send(&mut to, &mut batch, queue).await?;
                to.flush().await.map_err(lost)?;
                return to.close().await.map_err(lost);
            }
        }
    }
}

async fn send<W: AsyncWrite + Unpin>(
    to: &mut W,
    batch: &mut BytesMut,
    queue: &Queue,
) -> Result<(), LinkEnd> {
    to.write_all(batch).await.map_err(lost)?;
    queue.has_sent(batch.len());
    batch.clear();
    Ok(())
}

async fn send_large<W: AsyncWrite + Unpin>(
    to: &mut W,
    frame: &Bytes,
    queue: &Queue,
) -> Result<(), LinkEnd> {
    // In pieces, so that the count of bytes shows that a slow link moves.
    for piece in frame.chunks(BATCH_BYTES) {
        to.write_all(piece).await.map_err(lost)?;
        queue.has_sent(piece.len());
    }
    Ok(())
}

/// Ends when the queue was full for the whole of `time` while next to nothing of it was written.
async fn stuck(queue: &Queue, time: Duration) -> LinkEnd {
    let mut since = Instant::now();
    let mut sent = 0;
    loop {
        sleep(time / 8).await;
        let now = queue.sent.load(Ordering::Relaxed);
        if !queue.is_full() || now >= sent + STUCK_BYTES {
            (since, sent) = (Instant::now(), now);
        } else if since.elapsed() >= time {
            return LinkEnd::OutboundStuck(time);
        }
    }
}

/// Ends when the other end is gone without a word. Whoever said something and hears nothing asks,
/// and if nothing comes back and the pipe takes next to nothing either, it is gone; whoever has
/// nothing to say asks seldom. Who receives a long time without answering says that it is there,
/// so that a slow line is told from a dead one.
async fn silent(queue: &Queue, limits: &NetLimits, quiet_time: Duration) -> LinkEnd {
    let mut heard_at = Instant::now();
    let (mut sent_then, mut heard) = (0, 0);
    let mut asked: Option<(Instant, u64)> = None;
    let mut pulse = (Instant::now(), 0, 0);
    loop {
        sleep(limits.answer_time / 4).await;
        let (sent, received) = queue.sent_received();
        let frames = received - 2 * queue.marks.load(Ordering::Relaxed).min(received / 2);
        if sent != pulse.1 {
            pulse = (Instant::now(), sent, frames);
        } else if frames != pulse.2 && pulse.0.elapsed() >= limits.answer_time / 2 {
            queue.mark(Mark::Here);
            pulse = (Instant::now(), sent, frames);
        }
        if queue.gate.available_permits() == 0 {
            // A frame waits here: it is this side that does not listen.
            (heard_at, asked) = (Instant::now(), None);
            if pulse.0.elapsed() >= limits.answer_time / 2 {
                queue.mark(Mark::Here);
                pulse.0 = Instant::now();
            }
            continue;
        }
        if received != heard {
            (heard, sent_then, heard_at, asked) = (received, sent, Instant::now(), None);
            continue;
        }
        match asked {
            None => {
                let patience = if sent > sent_then { limits.answer_time } else { quiet_time };
                if heard_at.elapsed() >= patience {
                    queue.mark(Mark::Ask);
                    asked = Some((Instant::now(), sent));
                }
            }
            Some((at, before)) if at.elapsed() >= limits.answer_time * 2 => {
                if sent < before + ALIVE_BYTES {
                    return LinkEnd::Lost("the other end does not answer".into());
                }
                asked = Some((Instant::now(), sent));
            }
            Some(_) => {}
        }
    }
}

/// Reports room in the queue after a refused send. Ends only with the receiver of events.
async fn room(queue: &Queue, events: &mpsc::Sender<NetEvent>, link: LinkId) {
    loop {
        queue.room.notified().await;
        if events.send(NetEvent::Room { link }).await.is_err() {
            return;
        }
    }
}
