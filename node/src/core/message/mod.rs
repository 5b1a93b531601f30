//! The messages of a session, as CBOR. `docs/protocol.md` describes each for other programs.

mod beside;
mod columns;
mod offers;
mod prove;
mod runs;
mod wants;

use baro_crdt::ids::EntryId;
use baro_crdt::keys::Signature;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Decoder, Encode, decode};

use super::neighbours::Contact;
pub(crate) use beside::{Fetch, HasBlob, Live, LiveLog, LiveRun, Part, Sealed, WantBlob};
pub(crate) use offers::OFFER_BYTES;
pub(crate) use prove::{PADDED_MAX, Proof, Proving};
pub(crate) use runs::{LogRef, Run, WireChange, WireEntry};
pub(crate) use wants::{Lacking, WantLog};

/// The protocol versions this program speaks, oldest and newest.
pub const VERSIONS: (u8, u8) = (5, 5);

/// Which community of the hello a message is about: its index there.
pub(crate) type Index = u16;

/// What one side says of one community, so that a stranger learns nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Tells those who hold the community which it is.
    pub(crate) tag: [u8; 8],
    /// Equal where the digests are, and what waits for an authority it lacks.
    pub(crate) state: [u8; 6],
    /// Equal where the sets of records and cuts are.
    pub(crate) records: [u8; 4],
    /// [`Flags`], masked.
    pub(crate) flags: u8,
    /// How many logs there are, masked: the sizes' difference is the least that the sets differ in.
    pub(crate) logs: u32,
    /// [`Counters`](baro_crdt::reconcile::Counters) of the logs, masked: they tell how much of a
    /// sketch to send at once.
    pub(crate) counters: [u8; 16],
    /// Equal where the sealed parcels are that both carry.
    pub(crate) parcels: [u8; 4],
}

/// What a side adds to an offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Words are missing here.
    pub(crate) words_missing: bool,
    /// There are so few logs here that this side's list is shorter than a sketch.
    pub(crate) few_logs: bool,
    /// Sketches failed: compare whole lists.
    pub(crate) lists: bool,
    /// This side pays for each byte.
    pub(crate) metered: bool,
    /// Records and alerts only: more would cost this side what is kept for them.
    pub(crate) alerts_only: bool,
    /// In a match: parcels are carried on this side too, and others than were offered.
    pub(crate) parcels: bool,
    /// In a match: parcels are carried on this side too, the same.
    pub(crate) parcels_equal: bool,
}

impl Flags {
    pub(crate) fn byte(self) -> u8 {
        u8::from(self.words_missing)
            | u8::from(self.few_logs) << 1
            | u8::from(self.lists) << 2
            | u8::from(self.metered) << 3
            | u8::from(self.alerts_only) << 4
            | u8::from(self.parcels) << 5
            | u8::from(self.parcels_equal) << 6
    }

    pub(crate) fn from_byte(byte: u8) -> Self {
        Self {
            words_missing: byte & 1 != 0,
            few_logs: byte & 2 != 0,
            lists: byte & 4 != 0,
            metered: byte & 8 != 0,
            alerts_only: byte & 16 != 0,
            parcels: byte & 32 != 0,
            parcels_equal: byte & 64 != 0,
        }
    }
}

/// The initiator's first message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Hello {
    /// The oldest version spoken.
    #[n(0)]
    pub(crate) oldest: u8,
    /// The newest version spoken.
    #[n(1)]
    pub(crate) newest: u8,
    /// Fresh random bytes.
    #[n(2)]
    pub(crate) nonce: ByteArray<8>,
    /// One for each community, padded in number by random ones.
    #[n(3)]
    #[cbor(with = "offers::all")]
    pub(crate) offers: Vec<Offer>,
}

/// The responder's answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Welcome {
    /// The version to speak.
    #[n(0)]
    pub(crate) version: u8,
    /// Fresh random bytes.
    #[n(1)]
    pub(crate) nonce: ByteArray<8>,
    /// The communities that both hold.
    #[n(2)]
    pub(crate) matches: Vec<Match>,
}

/// One community that both hold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Match {
    /// Its place in the hello.
    #[n(0)]
    pub(crate) index: Index,
    /// What follows for it.
    #[n(1)]
    pub(crate) relation: Relation,
    /// [`Flags`], masked; of [`Relation::Prove`] which of the offered epochs it is.
    #[n(2)]
    pub(crate) flags: u8,
    /// That the responder knows the community, or that epoch: else anybody who is dialled could
    /// have everything told that is offered, or find out which offers are of members-only
    /// communities.
    #[n(3)]
    pub(crate) known: ByteArray<6>,
}

/// How two nodes stand to each other in a community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[repr(u8)]
pub(crate) enum Relation {
    /// Nothing to say.
    #[n(0)]
    Equal,
    /// The same records; logs or words differ: a summary of logs follows.
    #[n(1)]
    SameRecords,
    /// A summary of records follows.
    #[n(2)]
    Different,
    /// Both know an epoch of a members-only community, the offer's flags say which of those
    /// offered: nothing is said before each side has proven that a member speaks through it.
    #[n(3)]
    Prove,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Phase {
    /// Records and cuts.
    #[n(0)]
    Records,
    /// Logs at their authorised length.
    #[n(1)]
    Logs,
}

/// A set, summarised.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Summary {
    /// All its elements, 9 bytes each, in parts.
    #[n(0)]
    List {
        /// The elements, one after the other.
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        elements: Vec<u8>,
        /// Whether this is the last part.
        #[n(1)]
        last: bool,
    },
    /// The first symbols of a rateless sketch, or more of them.
    #[n(1)]
    Sketch {
        /// How many elements the set has.
        #[n(0)]
        size: u32,
        /// The index of the first symbol here.
        #[n(1)]
        from: u32,
        /// The symbols.
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        symbols: Vec<u8>,
        /// Elements whose prefix another has as well, 9 bytes each.
        #[n(3)]
        #[cbor(with = "minicbor::bytes")]
        doubled: Vec<u8>,
    },
}

/// A record or a proof of a cut.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum RecordItem {
    #[n(0)]
    Record(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    #[n(1)]
    Cut(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
}

/// Everything that a session says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Message {
    #[n(0)]
    Hello(#[n(0)] Hello),
    #[n(1)]
    Welcome(#[n(0)] Welcome),
    /// The session cannot be; why, in words.
    #[n(2)]
    Refuse(#[n(0)] String),
    /// The responder has news: please begin a session.
    #[n(3)]
    Ask,
    /// A set, or more of one.
    #[n(4)]
    Summary(#[n(0)] Index, #[n(1)] Phase, #[n(2)] Summary),
    /// More symbols, please: from the index given, so many.
    #[n(5)]
    More(#[n(0)] Index, #[n(1)] Phase, #[n(2)] u32, #[n(3)] u32),
    /// Records that the other lacks, prefixes of those wanted, and whether that is all.
    #[n(6)]
    Records(
        #[n(0)] Index,
        #[n(1)] Vec<RecordItem>,
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
        #[n(3)] bool,
    ),
    /// What this side wants: logs, and the hashes of words, 32 bytes each; and the logs of which
    /// it holds entries that wait for an authority they lack, as [`WantLog`]s with their length.
    #[n(7)]
    Wants(
        #[n(0)] Index,
        #[n(1)] Vec<Lacking>,
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
        #[n(3)] Vec<WantLog>,
    ),
    /// Runs of logs, what is noise in them before the rest.
    #[n(8)]
    Logs(
        #[n(0)] Index,
        #[n(1)]
        #[cbor(with = "columns::runs")]
        Vec<Run>,
    ),
    /// Words alone.
    #[n(9)]
    Words(#[n(0)] Index, #[n(1)] Vec<minicbor::bytes::ByteVec>),
    /// So many `Logs`, `Primed`, `Words` and `Text` messages have been made durable since the session began.
    #[n(10)]
    Ack(#[n(0)] Index, #[n(1)] u32),
    /// Nothing more will be sent but what is asked for anew.
    #[n(11)]
    Finished(#[n(0)] Index),
    /// All that came is durable; a keyed hash of this side's digest.
    #[n(12)]
    Done(#[n(0)] Index, #[n(1)] ByteArray<8>),
    /// The whole of one branch of a log, from its first entry, please; this side's own comes
    /// before, so that both know both.
    #[n(13)]
    WantBranch(#[n(0)] Index, #[n(1)] ByteArray<6>),
    /// A branch; no entries where there is none.
    #[n(14)]
    Branch(
        #[n(0)] Index,
        #[n(1)] ByteArray<6>,
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
        #[n(3)] Option<Signature>,
    ),
    /// Changes of texts that are missing here and that others depend on: text and hash, 48 bytes
    /// each.
    #[n(15)]
    WantChanges(
        #[n(0)] Index,
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// Those of them that are here; acknowledged like `Words`, where there are any.
    #[n(16)]
    Changes(#[n(0)] Index, #[n(1)] Vec<WireChange>),
    /// The runs of a log from an entry on once more, what they cite by whole ids: a name in them
    /// is not known here.
    #[n(17)]
    WantWhole(#[n(0)] Index, #[n(1)] WantLog),
    /// Members prove to each other who they are, sealed ([`Proving`]); of no bytes where the other
    /// side is not let in.
    #[n(18)]
    Prove(
        #[n(0)] Index,
        #[n(1)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// Changes of a text, of which entries of runs behind this are to cite some by number: their
    /// form and their characters. Acknowledged like `Logs`.
    #[n(19)]
    Text(
        #[n(0)] Index,
        #[n(1)] EntryId,
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
        #[n(3)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// A `Logs` in two parts: all but its words, and the words packed against words that both
    /// sides hold, whose hash comes before.
    #[n(23)]
    Primed(
        #[n(0)] Index,
        #[n(1)] ByteArray<8>,
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
        #[n(3)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// What was sent primed once more, unprimed, please; or, if true, it begins.
    #[n(24)]
    Unprimed(#[n(0)] Index, #[n(1)] bool),
    /// Live gossip, beside sessions: the community's tag on this link, and what is said.
    #[n(20)]
    Live(#[n(0)] ByteArray<8>, #[n(1)] Live),
    /// How many neighbours this node has beside the receiver, and whether it was told to link with
    /// this very one. Said once by each side when a link stands.
    #[n(40)]
    Neighbour(#[n(0)] u8, #[n(1)] bool),
    /// Some nodes that share a community with the sender, and whether this answers another.
    #[n(41)]
    Shuffle(#[n(0)] Vec<Contact>, #[n(1)] bool),
    /// Blobs, beside sessions: the community's tag on this link, and what is said.
    #[n(21)]
    Fetch(#[n(0)] ByteArray<8>, #[n(1)] Fetch),
    /// Sealed parcels, beside sessions: the community's tag on this link, and what is said.
    #[n(22)]
    Sealed(#[n(0)] ByteArray<8>, #[n(1)] Sealed),
}

/// Where the noise of `Logs` is.
const LOGS_NOISE: &[u8] = &[0, 1, 0, 1, 0];

/// Goes where the steps lead: 0 steps into an array, 1 passes one thing over.
fn steps(d: &mut Decoder<'_>, steps: &[u8]) -> bool {
    let mut step = |step: &u8| match step {
        0 => d.array().map(drop),
        _ => d.skip(),
    };
    steps.iter().all(|one| step(one).is_ok())
}

impl Message {
    /// The community of a message that has its place after the records.
    pub(crate) const fn after_records(&self) -> Option<Index> {
        match self {
            Self::Summary(index, Phase::Logs, _)
            | Self::Wants(index, ..)
            | Self::Logs(index, _)
            | Self::Words(index, _)
            | Self::WantChanges(index, _)
            | Self::Changes(index, _)
            | Self::Text(index, ..)
            | Self::Primed(index, ..)
            | Self::Unprimed(index, _)
            | Self::Finished(index)
            | Self::Done(index, _)
            | Self::WantBranch(index, _)
            | Self::Branch(index, ..)
            | Self::WantWhole(index, _) => Some(*index),
            _ => None,
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        baro_crdt::codec::encode(self)
    }

    /// Where in its bytes noise ends, that compresses by itself or not at all, and where words begin;
    /// 0 where there is nothing of the kind.
    pub(crate) fn cuts(&self, bytes: &[u8]) -> [usize; 2] {
        let depth = match self {
            // [19, [index, text, shape, …]]: no noise.
            Self::Text(_, _, _, words) => {
                let head = bytes.len().saturating_sub(words.len());
                return [0, head];
            }
            // [8, [index, [noise, …]]]
            Self::Logs(..) => LOGS_NOISE,
            // [23, [index, hash, head, packed]]: the head of the above.
            Self::Primed(_, _, head, packed) => {
                let (mut whole, mut inside) = (Decoder::new(bytes), Decoder::new(head));
                let found = steps(&mut whole, &[0, 1, 0, 1, 1, 1])
                    && steps(&mut inside, LOGS_NOISE)
                    && inside.skip().is_ok();
                let before = whole.position().saturating_sub(head.len());
                let noise = if found { before + inside.position() } else { 0 };
                return [noise, bytes.len().saturating_sub(packed.len())];
            }
            // [20, [tag, [0, [[noise, …]]]]]
            Self::Live(_, Live::Push(_)) => &[0, 1, 0, 1, 0, 1, 0, 0][..],
            _ => return [0, 0],
        };
        let mut d = Decoder::new(bytes);
        let found = steps(&mut d, depth);
        let mut behind = || d.skip().map_or(0, |()| d.position());
        if found { [behind(), behind()] } else { [0, 0] }
    }

    /// About how many bytes it will have, where that is many: room for these is made at once.
    pub(crate) fn bytes_hint(&self) -> usize {
        match self {
            Self::Fetch(_, Fetch::Slice { bytes: Some(bytes), .. }) => bytes.len() + 128,
            _ => 64,
        }
    }

    /// Appends its bytes: what is large is copied once.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>) {
        match minicbor::encode(self, out) {
            Ok(()) => {}
            Err(error) => unreachable!("writing to memory does not fail: {error}"),
        }
    }

    /// Reads a message, and nothing behind it.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, decode::Error> {
        let mut d = Decoder::new(bytes);
        let message = d.decode()?;
        if d.position() == bytes.len() {
            Ok(message)
        } else {
            Err(decode::Error::message("bytes behind a message"))
        }
    }
}
