//! What is said beside sessions: live gossip, blobs, and sealed parcels.

use baro_crdt::ids::{BlobHash, LaneId, PersonId, RecordId};
use baro_crdt::keys::Signature;
use baro_crdt::log::Stream;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::WireEntry;

/// Which log a live run belongs to: the other side may know it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LiveLog {
    /// Its header without the community, where the run begins the log.
    New { author: PersonId, grant: RecordId, stream: Stream, lane: LaneId, volume: u32 },
    /// The beginning of its id.
    Known([u8; 8]),
}

/// Entries of one log up to a signed head, said a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LiveRun {
    pub(crate) log: LiveLog,
    pub(crate) from: u32,
    pub(crate) entries: Vec<WireEntry>,
    pub(crate) signature: Signature,
}

/// What live gossip says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Live {
    /// Runs that were said a moment ago, to an eager neighbour.
    #[n(0)]
    Push(
        #[n(0)]
        #[cbor(with = "super::columns::live")]
        Vec<LiveRun>,
    ),
    /// Ids of runs that are here, 8 bytes each, to a lazy neighbour.
    #[n(1)]
    Announce(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// These runs, please, and push to me from now on.
    #[n(2)]
    Graft(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// I get this from somebody else; announce to me from now on.
    #[n(3)]
    Prune,
}

/// A blob that one side wants.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct WantBlob {
    #[n(0)]
    pub(crate) hash: BlobHash,
}

/// What one side has of a blob.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct HasBlob {
    #[n(0)]
    pub(crate) hash: BlobHash,
    /// Its groups, as [`crate::blobs::GroupSet`] writes them.
    #[n(1)]
    pub(crate) groups: ByteVec,
    /// Of how many more copies it knows.
    #[n(2)]
    pub(crate) copies: u32,
}

/// A part of a slice as it is encoded: on a slow line a group comes in several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Part {
    /// Where it begins in the encoded slice.
    #[n(0)]
    pub(crate) from: u32,
    /// How many bytes.
    #[n(1)]
    pub(crate) bytes: u32,
}

/// What is said of blobs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Fetch {
    /// These are wanted here, beside those said before.
    #[n(0)]
    Want(#[n(0)] Vec<WantBlob>),
    /// This is here of what the other wants; true where it answers a `Want`.
    #[n(1)]
    Have(#[n(0)] Vec<HasBlob>, #[n(1)] bool),
    /// So many groups from this one on, please, or a part of their slice.
    #[n(2)]
    Ask {
        #[n(0)]
        hash: BlobHash,
        #[n(1)]
        first: u32,
        #[n(2)]
        groups: u32,
        #[n(3)]
        part: Option<Part>,
    },
    /// The answer to an `Ask`: the groups with what proves them, or nothing where they are not
    /// here any more; where a part was asked for, that part and where it begins.
    #[n(3)]
    Slice {
        #[n(0)]
        hash: BlobHash,
        #[n(1)]
        first: u32,
        #[n(2)]
        groups: u32,
        #[n(3)]
        bytes: Option<ByteVec>,
        #[n(4)]
        from: Option<u32>,
    },
    /// This side has nothing more to ask for now.
    #[n(4)]
    Enough,
}

/// What is said of sealed parcels. They are named by the first 8 bytes of their ids.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Sealed {
    /// These are here; whether they are all that are.
    #[n(0)]
    Ids(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
        #[n(1)] bool,
    ),
    /// These, please. What came before is durable; none where nothing more is wanted.
    #[n(1)]
    Want(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// The first of those wanted that are here.
    #[n(2)]
    Parcels(#[n(0)] Vec<ByteVec>),
}
