//! A session: everything two nodes share, compared and exchanged in one conversation.
//!
//! ```text
//! initiator                                  responder
//! Hello            tags and states ------->
//!                  <------- Welcome          matches; per community a summary of records,
//!                                            or of logs where the records are equal
//! Records          what they lack, what I want ->
//!                  <------- Records, Summary of logs   (after its commit)
//! Wants, Logs      (after my commit) ------>
//!                  <------- Wants, Logs      (each acknowledged after its commit)
//! Finished, Done   ----------------------->
//!                  <------- Finished, Done
//! ```
//!
//! The initiator decodes the sketches, so it knows all differences and says what it wants. Where
//! it has few logs and the responder many, it sends its list instead, and the responder compares
//! and sends what is missing without being asked. Steps are in `hello`, `members`, `records`,
//! `logs`, `texts`, `primer` and `transfer`.

mod changes;
mod hello;
mod logs;
mod members;
mod offers;
mod places;
mod primer;
mod records;
mod share;
mod texts;
mod transfer;

use std::collections::BTreeMap;

use baro_crdt::ids::{CommunityId, Millis, Nonce};
use baro_crdt::log::Stream;
use baro_crdt::text::brief::Brief;
use rand_chacha::ChaCha20Rng;

use super::message::{Index, Message, Phase};
use super::pipe::{Pipe, PipeError};
use super::traffic::{Class, class_of};
use super::{Effect, GroupId, LinkId};
use crate::epochs::Rolls;
use crate::ingest::Ingest;
use crate::replica::{Batch, Item, Outcome, Taken};
use crate::store::{Read, StoreError};
use members::Meet;
pub(super) use members::{SharedNow, SharedOne};
use share::{Costs, Share};

/// How a session went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// Records, cuts and entries sent.
    pub items_sent: u64,
    /// Records, cuts and entries received.
    pub items_received: u64,
    /// Bytes of frames sent.
    pub bytes_sent: u64,
    /// Bytes of frames received.
    pub bytes_received: u64,
    /// Times this side had to wait for an answer before it could go on, acknowledgements apart.
    pub round_trips: u32,
    /// From the first frame to the last, in milliseconds.
    pub millis: u64,
    /// How many communities both hold.
    pub shared: u32,
    /// How many of them are open to all, and not for members only.
    pub open: u32,
    /// Which these are.
    pub communities: Vec<CommunityId>,
    /// Whether both sides ended with the same digests.
    pub equal: bool,
}

/// This side's digests of the communities in which a session ended unequal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unequal(Vec<Vec<u8>>);

/// Why a session cannot go on; its link is closed, what is durable stays.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Broken {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Pipe(#[from] PipeError),
    #[error("the other node does not keep to the protocol: {0}")]
    Protocol(&'static str),
    #[error("the other node said: {0}")]
    Refused(String),
    #[error(
        "the other node speaks versions {0} to {1} of the protocol, this one {2} to {3}: the older program must be updated"
    )]
    Version(u8, u8, u8, u8),
}

impl Broken {
    /// What is counted: in words of this program alone, so that nobody else can make them many.
    pub(super) fn counted(&self) -> String {
        match self {
            Broken::Pipe(error) => error.counted().to_owned(),
            Broken::Refused(_) => "a session that the other node refused".to_owned(),
            Broken::Version(..) => "a session in a version that is not spoken here".to_owned(),
            Broken::Store(_) | Broken::Protocol(_) => self.to_string(),
        }
    }

    pub(super) fn is_theirs(&self) -> bool {
        !matches!(self, Broken::Store(_))
    }
}

type Step = Result<(), Broken>;

/// What a step of a session has at hand.
pub(super) struct Turn<'a> {
    pub(super) read: &'a dyn Read,
    pub(super) rng: &'a mut ChaCha20Rng,
    pub(super) ingest: &'a mut dyn Ingest,
    pub(super) rolls: &'a mut Rolls,
    pub(super) effects: &'a mut Vec<Effect>,
    pub(super) link: LinkId,
    pub(super) pipe: &'a mut Pipe,
    pub(super) initiator: bool,
    pub(super) local: &'a [u8],
    pub(super) remote: &'a [u8],
    pub(super) groups: &'a mut BTreeMap<GroupId, LinkId>,
    pub(super) next_group: &'a mut u64,
    pub(super) lists: bool,
    /// Whether this side pays for the link.
    pub(super) metered: bool,
    pub(super) alerts_only: bool,
    pub(super) now: Millis,
}

impl Turn<'_> {
    /// What a session's flags say of this side's costs.
    fn costs(&self) -> Costs {
        Costs { metered: self.metered, alerts_only: self.alerts_only }
    }
}

impl Turn<'_> {
    fn refuse(&mut self, reason: impl Into<String>) {
        self.effects.push(Effect::Refused { link: self.link, reason: reason.into() });
    }

    fn commit(&mut self, items: Vec<Item>) -> (GroupId, usize) {
        let group = GroupId(*self.next_group);
        *self.next_group += 1;
        self.groups.insert(group, self.link);
        let batch = Batch { items, ..Batch::default() };
        let bytes = batch.bytes();
        self.effects.push(Effect::Commit { group, batch });
        (group, bytes)
    }
}

/// How the parcels of a community stand on both sides of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pools {
    /// The other side carries none.
    Unknown,
    /// Both carry the same.
    Equal,
    /// They carry different ones.
    Differ,
}

/// A batch of this session on its way into the store.
struct Pending {
    share: Index,
    /// How many data messages it makes durable, for the acknowledgement.
    frames: u32,
    bytes: usize,
}

/// One session over a link.
pub(super) struct Session {
    started: Millis,
    welcomed: bool,
    hello: Option<hello::Sent>,
    /// Both sides', the initiator's first.
    nonces: Option<[Nonce; 2]>,
    /// Members-only communities of which nothing may be said yet.
    meetings: BTreeMap<Index, Meet>,
    shares: BTreeMap<Index, Share>,
    alerts_only: bool,
    pending: BTreeMap<GroupId, Pending>,
    stats: SessionStats,
    bad_items: u32,
    /// What a step showed of the communities that both hold, until the core takes it.
    shared: Option<SharedNow>,
}

/// The most items a peer may send that only a liar or a broken program sends.
const BAD_ITEMS_MAX: u32 = 32;

/// The most messages that wait until records are durable, and their bytes, uncompressed.
const HELD_BACK_MAX: usize = 1_024;
const HELD_BACK_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most bytes of a community that came and wait to become durable. Who keeps to the window
/// stays far below; who does not must not fill this side's memory.
const PENDING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most batches of a community on their way into the store: also those that bring nothing
/// take room there.
const PENDING_MAX: u32 = 4_096;
/// How many bytes of entries that wait here for an authority a session carries at least before it
/// stops offering more: a hub's waiting room may be full of somebody's flood, and each visitor would
/// have to take it all along.
const WAITING_BYTES_MAX: usize = 256 * 1024;
/// The most runs and words that wait to be sent: what both sides can name at once, and what is
/// wanted twice is sent once.
const OUTBOX_MAX: usize = 4_000_000;

impl Session {
    pub(super) fn begin(now: Millis) -> Self {
        Self {
            started: now,
            welcomed: false,
            hello: None,
            nonces: None,
            meetings: BTreeMap::new(),
            shares: BTreeMap::new(),
            alerts_only: false,
            pending: BTreeMap::new(),
            stats: SessionStats::default(),
            bad_items: 0,
            shared: None,
        }
    }

    pub(super) fn respond(now: Millis) -> Self {
        Self::begin(now)
    }

    pub(super) fn is_over(&self) -> bool {
        self.welcomed && self.meetings.is_empty() && self.shares.values().all(Share::is_over)
    }

    /// What was shown of the communities that both hold since this was last asked.
    pub(super) fn take_shared(&mut self) -> Option<SharedNow> {
        self.shared.take()
    }

    pub(super) fn unequal(&self) -> Option<Unequal> {
        // Where only alerts were to be exchanged it is no surprise, and trying again is no use.
        let compared = self.shares.values().filter(|share| !share.alerts_only);
        let ours: Vec<_> = compared.filter_map(Share::unequal).map(<[u8]>::to_vec).collect();
        (!ours.is_empty()).then_some(Unequal(ours))
    }

    pub(super) fn stats(&self, now: Millis) -> SessionStats {
        SessionStats {
            millis: now.0.saturating_sub(self.started.0),
            equal: self.shares.values().all(|share| share.unequal().is_none()),
            ..self.stats.clone()
        }
    }

    /// Whether one side pays for it and has money left for records and alerts only.
    pub(super) fn is_of_alerts_only(&self) -> bool {
        self.alerts_only
    }

    /// The stream of a log that was named in this session.
    pub(super) fn stream_of(&self, index: Index, prefix: &[u8; 6]) -> Option<Stream> {
        let share = self.shares.get(&index)?;
        let new = share.headers.get(prefix).map(|header| header.stream);
        new.or_else(|| share.frozen.get(prefix).map(|frozen| frozen.stream))
    }

    /// The stream of the log at a place.
    pub(super) fn stream_at(&self, index: Index, place: u32) -> Option<Stream> {
        let (prefix, _) = self.shares.get(&index)?.places.at(place)?;
        self.stream_of(index, &prefix)
    }

    fn send_plain(&mut self, turn: &mut Turn<'_>, message: &Message) {
        let frame = turn.pipe.plain(message);
        self.push(turn, frame, Class::Protocol);
    }

    /// Sends in the session's compressed stream and tells how many bytes that took.
    fn send(&mut self, turn: &mut Turn<'_>, message: &Message) -> Result<usize, Broken> {
        let frame = turn.pipe.compressed(message)?;
        let length = frame.len();
        let class = class_of(turn.read, Some(self), message);
        self.push(turn, frame, class);
        Ok(length)
    }

    fn push(&mut self, turn: &mut Turn<'_>, frame: Vec<u8>, class: Class) {
        self.stats.bytes_sent += frame.len() as u64;
        turn.effects.push(Effect::Send { link: turn.link, frame, class });
    }

    /// Counts what a frame took on the wire; called by the core before [`Session::take`].
    pub(super) fn heard(&mut self, bytes: usize) {
        self.stats.bytes_received += bytes as u64;
    }

    /// Something came that only a liar or a broken program sends.
    fn bad(&mut self, turn: &mut Turn<'_>, reason: String) -> Step {
        turn.refuse(reason);
        self.bad_items += 1;
        if self.bad_items > BAD_ITEMS_MAX {
            return Err(Broken::Protocol("too many damaged items"));
        }
        Ok(())
    }

    /// Every queue, how much it holds and how much it may hold.
    pub(super) fn queues(&self) -> Vec<(&'static str, usize, usize)> {
        let of = |share: &Share| {
            // What breaks a bound is in when that is found out, and the session ends with it.
            [
                ("messages held back", share.held_back.len(), HELD_BACK_MAX),
                ("batches of a session", share.pending as usize, PENDING_MAX as usize),
                ("bytes of batches", share.pending_bytes, PENDING_BYTES_MAX),
                ("bytes held back", share.held_back_bytes, HELD_BACK_BYTES_MAX),
                (
                    "bytes of changes that are not cited yet",
                    share.texts.heard_bytes(),
                    texts::TOLD_BYTES_MAX,
                ),
                ("what waits to be sent", share.outbox.len(), OUTBOX_MAX),
                ("messages not acknowledged", share.in_flight.len(), PENDING_MAX as usize),
            ]
        };
        self.shares.values().flat_map(of).collect()
    }

    fn share(&mut self, index: Index) -> Result<&mut Share, Broken> {
        self.shares.get_mut(&index).ok_or(Broken::Protocol("a community that was not matched"))
    }

    /// Takes a message of the other side. The responder goes on with logs as soon as the records
    /// are durable there; what it says then waits here until they are durable on this side too.
    pub(super) fn take(&mut self, turn: &mut Turn<'_>, message: Message) -> Step {
        if let Some(index) = message.after_records() {
            let share = self.share(index)?;
            if share.initiator && share.records_in && !share.records_done {
                // As bytes: decoded, small items take many times as much.
                let bytes = message.to_bytes();
                share.held_back_bytes += bytes.len();
                if share.held_back.len() >= HELD_BACK_MAX
                    || share.held_back_bytes > HELD_BACK_BYTES_MAX
                {
                    return Err(Broken::Protocol("too much ahead of its turn"));
                }
                share.held_back.push_back(bytes);
                return Ok(());
            }
        }
        match message {
            Message::Hello(hello) => self.take_hello(turn, &hello),
            Message::Welcome(welcome) => self.take_welcome(turn, &welcome),
            Message::Prove(index, sealed) => self.take_prove(turn, index, &sealed),
            Message::Refuse(words) => Err(Broken::Refused(words.chars().take(200).collect())),
            // The core takes what is live before it comes to a session.
            Message::Ask
            | Message::Live(..)
            | Message::Fetch(..)
            | Message::Sealed(..)
            | Message::Neighbour(..)
            | Message::Shuffle(..) => Ok(()),
            Message::Summary(index, Phase::Records, summary) => {
                self.take_records_summary(turn, index, summary)
            }
            Message::Summary(index, Phase::Logs, summary) => {
                self.take_logs_summary(turn, index, summary)
            }
            Message::More(index, phase, from, count) => {
                self.take_more(turn, index, phase, from, count)
            }
            Message::Records(index, items, wanted, last) => {
                self.take_records(turn, index, &items, &wanted, last)
            }
            Message::Wants(index, logs, words, waiting) => {
                self.take_wants(turn, index, &logs, &words, &waiting)
            }
            Message::Logs(index, runs) => self.take_logs(turn, index, runs),
            Message::Words(index, words) => self.take_words(turn, index, words),
            Message::WantChanges(index, wanted) => self.take_want_changes(turn, index, &wanted),
            Message::Changes(index, changes) => self.take_changes(turn, index, changes),
            Message::Primed(index, hash, head, packed) => {
                self.take_primed(turn, index, *hash, head, &packed)
            }
            Message::Unprimed(index, begins) => self.take_unprimed(turn, index, begins),
            Message::Text(index, text, shape, words) => {
                self.take_text(turn, index, text, &Brief { shape, words })
            }
            Message::Ack(index, frames) => self.take_ack(turn, index, frames),
            Message::Finished(index) => {
                let share = self.share(index)?;
                share.they_finished = share.primer.finished();
                self.go_on(turn, index)
            }
            Message::Done(index, state) => {
                self.share(index)?.they_done = Some(state.to_vec());
                self.go_on(turn, index)
            }
            Message::WantBranch(index, prefix) => self.take_want_branch(turn, index, *prefix),
            Message::WantWhole(index, want) => self.take_want_whole(turn, index, &want),
            Message::Branch(index, prefix, run, signature) => {
                self.take_branch(turn, index, *prefix, &run, signature)
            }
        }
    }

    /// A batch of this session is durable.
    pub(super) fn committed(
        &mut self,
        turn: &mut Turn<'_>,
        group: GroupId,
        outcome: &Outcome,
    ) -> Step {
        let Some(pending) = self.pending.remove(&group) else { return Ok(()) };
        for taken in &outcome.taken {
            if let Taken::Refused(refusal) = taken
                && refusal.is_hostile()
            {
                self.bad_items += 1;
            }
        }
        if self.bad_items > BAD_ITEMS_MAX {
            return Err(Broken::Protocol("too many damaged items"));
        }
        let share = self.share(pending.share)?;
        share.pending = share.pending.saturating_sub(1);
        share.pending_bytes = share.pending_bytes.saturating_sub(pending.bytes);
        if pending.frames > 0 {
            share.taken_frames += pending.frames;
            let frames = share.taken_frames;
            self.send(turn, &Message::Ack(pending.share, frames))?;
        }
        self.go_on(turn, pending.share)
    }

    fn commit(&mut self, turn: &mut Turn<'_>, share: Index, items: Vec<Item>, frames: u32) -> Step {
        let (group, bytes) = turn.commit(items);
        self.pending.insert(group, Pending { share, frames, bytes });
        let share = self.share(share)?;
        share.pending += 1;
        share.pending_bytes += bytes;
        if share.pending_bytes > PENDING_BYTES_MAX || share.pending > PENDING_MAX {
            return Err(Broken::Protocol("more is sent than can be kept up with"));
        }
        Ok(())
    }
}
