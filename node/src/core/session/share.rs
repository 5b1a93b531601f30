//! One community within a session.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use baro_crdt::ids::{ChainHash, CommunityId, EntryId, LogId, Millis, PayloadHash};
use baro_crdt::keys::Signature;
use baro_crdt::log::{Header, Stream};
use baro_crdt::reconcile::{Decoder, Element, Encoder, SketchKey};
use baro_crdt::text::brief::Brief;

use super::super::message::Flags;
use super::super::window::{Bounds, Window};
use super::changes::Asked;
use super::places::Places;
use super::primer::Primer;
use super::texts::Texts;
use crate::store::LogNumber;

/// A run to send: entries of a log between two lengths, up to a signed head.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) log: LogId,
    pub(super) number: LogNumber,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) signature: Signature,
    /// Whether the other side knows the log, so that its place or prefix names it.
    pub(super) known: bool,
    /// It waits for an authority here, so what it cites goes by whole ids.
    pub(super) waits: bool,
    /// The changes of texts in it were told, or go as they are.
    pub(super) told: bool,
}

/// What waits to be sent.
#[derive(Clone, Debug)]
pub(super) enum Out {
    Run(Outgoing),
    Words(PayloadHash),
    /// Changes of a text, before the runs that cite them.
    Text(EntryId, Brief),
    /// That all runs of a log, by its prefix, were sent once more.
    WholeEnd([u8; 6]),
}

/// A log as it was when the session froze its set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frozen {
    pub(super) id: LogId,
    pub(super) number: LogNumber,
    pub(super) length: u32,
    pub(super) chain: ChainHash,
    pub(super) stream: Stream,
}

/// A set under comparison: ours, and theirs as far as it came.
pub(super) enum Compare {
    Idle,
    /// The responder's side: it hands out symbols, so many so far.
    Encoding(Box<Encoder>, u32),
    /// The initiator's side, sketch or list.
    Decoding(Box<Decoder>),
    /// As they came: only whole lists are sorted, so that one without an end costs no time.
    Listing(Vec<Element>),
}

/// How the window of what is sent and not acknowledged moves. An acknowledgement waits for the
/// other's store, which on a memory card takes its time.
const WINDOW: Bounds = Bounds {
    first: 128 * 1024,
    least: 8 * 1024,
    most: 1024 * 1024,
    short_ms: 250,
    long_ms: 1_000,
    // The other's store takes its time too, and no delay is without it.
    probe_ms: u64::MAX,
};
/// The first message with records or entries is closed at so many bytes, each further one at twice
/// as many as the one before: a link that is cut after a second at 100 kbit/s still gets something
/// across whole, and a good one soon sends large messages.
const FIRST_PART_BYTES: usize = 2 * 1024;

/// The same where one side pays for each byte: what is on its way when the money is at its end is
/// spent as well.
const WINDOW_METERED: Bounds = Bounds { first: 32 * 1024, most: 32 * 1024, ..WINDOW };

/// What the link of a session costs, as either side says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Costs {
    pub(super) metered: bool,
    pub(super) alerts_only: bool,
}

impl Costs {
    /// Of both sides together.
    pub(super) const fn with(self, theirs: Flags) -> Self {
        Self {
            metered: self.metered || theirs.metered,
            alerts_only: self.alerts_only || theirs.alerts_only,
        }
    }
}

/// One community within a session.
pub(super) struct Share {
    pub(super) community: CommunityId,
    pub(super) key: SketchKey,
    pub(super) initiator: bool,
    pub(super) lists: bool,
    /// By how many logs the two sets differ, as the responder believes.
    pub(super) apart: u32,
    /// The initiator has few logs and the responder many: the initiator sends its list, and the
    /// responder compares. Each side has its own flag.
    pub(super) we_list: bool,
    pub(super) they_list: bool,
    /// Records and alerts only: one side pays for more than it has left.
    pub(super) alerts_only: bool,
    /// The records of both sides are in and durable.
    pub(super) records_done: bool,
    /// The last message of records came.
    pub(super) records_in: bool,
    /// The initiator has compared records: once a session.
    pub(super) records_compared: bool,
    /// Prefixes of records that the initiator asked for.
    pub(super) records_wanted: BTreeSet<[u8; 6]>,
    pub(super) records: Compare,
    pub(super) logs: Compare,
    /// What came ahead of its turn, while records are on their way into the store.
    pub(super) held_back: VecDeque<Vec<u8>>,
    pub(super) held_back_bytes: usize,
    /// Our logs when the set was frozen, by the keyed prefix of their ids.
    pub(super) frozen: BTreeMap<[u8; 6], Frozen>,
    pub(super) set_frozen: bool,
    /// The logs that were summed up, once both sides know what both hold of them.
    pub(super) places: Places,
    /// Logs that came new in this session, by keyed prefix.
    pub(super) headers: BTreeMap<[u8; 6], Header>,
    /// Verified heads of logs in this session that may not be durable yet.
    pub(super) chains: BTreeMap<LogId, (u32, ChainHash)>,
    pub(super) compared: bool,
    pub(super) wants_sent: bool,
    pub(super) wants_in: bool,
    pub(super) outbox: VecDeque<Out>,
    /// How many bytes were sent of what waits here for an authority.
    pub(super) waiting_sent: usize,
    /// Logs of which a run was sent, so that the prefix names them.
    pub(super) named: BTreeSet<LogId>,
    /// Data messages sent and not acknowledged: when, and their sizes in bytes.
    pub(super) in_flight: VecDeque<(Millis, usize)>,
    pub(super) window: Window,
    pub(super) acked_frames: u32,
    pub(super) taken_frames: u32,
    pub(super) pending: u32,
    /// Bytes that came and are not durable yet.
    pub(super) pending_bytes: usize,
    pub(super) branches_asked: BTreeSet<[u8; 6]>,
    pub(super) branches_open: BTreeSet<[u8; 6]>,
    /// Branches that came with a question for ours.
    pub(super) branches_given: BTreeSet<[u8; 6]>,
    pub(super) branches_served: u32,
    /// Logs whose runs were asked for once more with whole ids, those that did not come yet and
    /// where they begin as long as none has, and how many were given.
    pub(super) wholes_asked: BTreeSet<[u8; 6]>,
    pub(super) wholes_open: BTreeMap<[u8; 6], Option<u32>>,
    pub(super) wholes_served: usize,
    /// Logs that the other side asked for so.
    pub(super) whole: BTreeSet<LogId>,
    pub(super) changes: Asked,
    pub(super) texts: Texts,
    pub(super) primer: Primer,
    pub(super) we_finished: bool,
    pub(super) they_finished: bool,
    pub(super) we_done: Option<Vec<u8>>,
    pub(super) they_done: Option<Vec<u8>>,
    /// This side's digest when it was done.
    pub(super) digest: Vec<u8>,
    /// At how many bytes the next message with records or entries is closed.
    pub(super) part_bytes: usize,
}

impl Share {
    /// At how many bytes, at most `max`, the next message with records or entries is closed.
    pub(super) fn next_part(&mut self, max: usize) -> usize {
        let part = self.part_bytes.min(max);
        self.part_bytes = part * 2;
        part
    }

    pub(super) fn new(
        community: CommunityId,
        key: SketchKey,
        initiator: bool,
        lists: bool,
        costs: Costs,
        records_done: bool,
    ) -> Self {
        Self {
            community,
            key,
            initiator,
            lists,
            apart: 0,
            we_list: false,
            they_list: false,
            alerts_only: costs.alerts_only,
            records_done,
            records_in: records_done,
            records_compared: records_done,
            records_wanted: BTreeSet::new(),
            records: Compare::Idle,
            logs: Compare::Idle,
            held_back: VecDeque::new(),
            held_back_bytes: 0,
            frozen: BTreeMap::new(),
            set_frozen: false,
            places: Places::default(),
            headers: BTreeMap::new(),
            chains: BTreeMap::new(),
            compared: false,
            wants_sent: false,
            wants_in: false,
            outbox: VecDeque::new(),
            waiting_sent: 0,
            named: BTreeSet::new(),
            in_flight: VecDeque::new(),
            window: Window::new(if costs.metered { WINDOW_METERED } else { WINDOW }),
            acked_frames: 0,
            taken_frames: 0,
            pending: 0,
            pending_bytes: 0,
            branches_asked: BTreeSet::new(),
            branches_open: BTreeSet::new(),
            branches_given: BTreeSet::new(),
            branches_served: 0,
            wholes_asked: BTreeSet::new(),
            wholes_open: BTreeMap::new(),
            wholes_served: 0,
            whole: BTreeSet::new(),
            changes: Asked::default(),
            texts: Texts::default(),
            primer: Primer::default(),
            we_finished: false,
            they_finished: false,
            we_done: None,
            they_done: None,
            digest: Vec::new(),
            part_bytes: FIRST_PART_BYTES,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.we_done.is_some() && self.they_done.is_some()
    }

    /// This side's digest, where the two ended unequal.
    pub(super) fn unequal(&self) -> Option<&[u8]> {
        let (ours, theirs) = (self.we_done.as_ref()?, self.they_done.as_ref()?);
        (ours != theirs).then_some(&self.digest)
    }

    pub(super) fn in_flight_bytes(&self) -> usize {
        self.in_flight.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// Reads elements that stand one after the other.
pub(super) fn elements(bytes: &[u8]) -> Option<Vec<Element>> {
    let (whole, rest) = bytes.as_chunks::<{ Element::LEN }>();
    rest.is_empty().then(|| whole.iter().map(|bytes| Element::from_bytes(*bytes)).collect())
}
