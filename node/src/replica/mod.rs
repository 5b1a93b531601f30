//! The replica: what commits do to the rows, as a pure function of what is held and what comes.
//!
//! A [`Batch`] of verified [`Item`]s goes in, inside a store's transaction; rows come out. Items
//! may come in any order, twice, from anywhere: the digest, the authorised lengths and the
//! projections afterwards are a function of the set held. Nothing here verifies a signature of a
//! head: who makes a [`LogItem`] has done it ([`crate::ingest`]). Everything else is judged here:
//! whether the log may be written at all, how far it counts, what it shows.

mod apply;
mod blobs;
mod changes;
mod community;
mod forks;
mod logs;
mod parcels;
mod project;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::fork::ForkProof;
use baro_crdt::ids::{BlobHash, ChainHash, CommunityId, EntryId, LogId, ParcelId, WallSeconds};
use baro_crdt::keys::Signature;
use baro_crdt::log::Header;
use baro_crdt::record::Record;

use crate::blobs::VerifiedSlice;
use crate::store::{BlobBytes, LocalPerson, Way};
pub use apply::{REBUILD_KEY, Replica, SEALED_PREFIXES, VAULT_PREFIXES};
pub use blobs::quota as blob_quota;
pub(crate) use changes::struck_out;
pub use logs::lane_key;
pub use parcels::{
    AGE_KEY, CARRIED_PREFIX, CARRY_SECONDS, PARCELS_BYTES_MAX, PARCELS_GONE_MAX, PARCELS_MAX,
    age_now, carried_key,
};
pub use project::{ASKED_PREFIX, TRANSLATORS, asked_key};
pub use words::{GRACE_PREFIX, grace_key};

/// Entries of one log, covered by one signed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogItem {
    /// Whose log.
    pub header: Header,
    /// How many entries come before these.
    pub from: u32,
    /// The chain hash before these, on which the signature at their end was verified.
    pub base: ChainHash,
    /// The entries, in order.
    pub entries: Vec<Vec<u8>>,
    /// The author's signature over the head after the last of them.
    pub signature: Signature,
    /// Words that these (or other) entries name, salt included.
    pub payloads: Vec<Vec<u8>>,
}

/// One thing to commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// This node joins the community of this founding record.
    Join(Record),
    /// A record of a community joined here.
    Record(Record),
    /// Entries with a verified signed head.
    Log(LogItem),
    /// Words alone, for entries held.
    Words {
        /// The community whose entries want them.
        community: CommunityId,
        /// Salt and words.
        bytes: Vec<u8>,
    },
    /// A proof that a log has two branches, verified.
    Cut(ForkProof),
    /// A part of a blob, verified.
    Slice(VerifiedSlice),
    /// A change of a text that is wanted because others depend on it.
    Change {
        /// The text's community.
        community: CommunityId,
        /// The text.
        text: EntryId,
        /// The change chunk.
        bytes: Vec<u8>,
    },
    /// A sealed parcel, which is carried whether or not anybody here can open it.
    Parcel {
        /// Its community.
        community: CommunityId,
        /// Its bytes.
        bytes: Vec<u8>,
        /// By which way it came.
        way: Way,
    },
    /// Something that never leaves this device.
    Local(LocalChange),
}

/// A change of local rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalChange {
    /// A person lives on this device from now on.
    Person(LocalPerson),
    /// A value is set.
    Put {
        /// Its name.
        key: String,
        /// The value.
        value: Vec<u8>,
    },
    /// A value is removed.
    Drop {
        /// Its name.
        key: String,
    },
    /// A community is left and forgotten.
    Leave(CommunityId),
    /// What is wanted is computed anew (room may have changed), and blobs that nothing names any
    /// more are dropped once their time of grace is over.
    TidyBlobs,
    /// Parcels that are too old are dropped.
    TidyParcels,
    /// Another node is known to hold a parcel.
    ParcelSent {
        /// Its community.
        community: CommunityId,
        /// Which.
        id: ParcelId,
    },
    /// All keys that are here have been tried on a parcel.
    ParcelTried {
        /// Its community.
        community: CommunityId,
        /// Which.
        id: ParcelId,
    },
    /// Something about a blob here.
    Blob {
        /// Which.
        hash: BlobHash,
        /// What.
        change: BlobChange,
    },
}

/// A change of what this device keeps of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobChange {
    /// All of it comes from this device.
    Add {
        /// Its size in bytes.
        size: u64,
        /// Its bytes.
        bytes: BlobBytes,
    },
    /// It stays whatever needs room, or no longer so. Pinned it is wanted too, if words name it.
    Pin(bool),
    /// Somebody here asked for it: among its like it goes last.
    Used,
    /// Another node is known to hold all of it.
    Sent,
    /// Its bytes are dropped. It is not fetched again before it is pinned or asked for.
    Drop,
}

/// What goes into one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In this order.
    pub items: Vec<Item>,
    /// This device's clock, for `first_seen`.
    pub now: WallSeconds,
    /// Whether this installation wrote the entries itself, under its lease. What comes from
    /// elsewhere in a lane of a person here closes that lane.
    pub written_here: bool,
    /// Whether it was pushed live and did not come in a session.
    pub live: bool,
}

/// What an item counts for beside its bytes, so that many without any are bounded too.
const ITEM_BYTES: usize = 64;

impl Batch {
    /// About how many bytes it brings, for grouping.
    pub fn bytes(&self) -> usize {
        let all = |parts: &[Vec<u8>]| parts.iter().map(Vec::len).sum::<usize>();
        self.items
            .iter()
            .map(|item| match item {
                Item::Join(record) | Item::Record(record) => record.to_bytes().len(),
                Item::Log(log) => all(&log.entries) + all(&log.payloads),
                Item::Words { bytes, .. }
                | Item::Change { bytes, .. }
                | Item::Parcel { bytes, .. } => bytes.len(),
                Item::Cut(proof) => {
                    proof.prefix.len() + proof.one.run.len() + proof.other.run.len()
                }
                Item::Slice(slice) => slice.data().len(),
                Item::Local(LocalChange::Blob {
                    change: BlobChange::Add { bytes: BlobBytes::Memory(bytes), .. },
                    ..
                }) => bytes.len(),
                Item::Local(_) => 0,
            })
            .sum::<usize>()
            + self.items.len() * ITEM_BYTES
    }
}

/// Why an item was not taken in. The words go into `baro status`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// Nobody here has joined it.
    #[error("of a community that nobody here has joined")]
    UnknownCommunity,
    /// Its signer's grant is not held, or does not name the signer.
    #[error("by a key that no record names")]
    UnknownKey,
    /// Entries before it are missing.
    #[error("of a log whose earlier entries are missing")]
    Gap,
    /// An entry breaks a rule of its own.
    #[error("an entry that breaks a rule: {0}")]
    BadEntry(String),
    /// A record that breaks a rule.
    #[error("a record that breaks a rule")]
    BadRecord,
    /// It contradicts what is held: another branch of the log.
    #[error("another branch of a log that is held")]
    OtherBranch,
    /// Not authorised yet, and the room for such is used up.
    #[error("not authorised, and the waiting room is full")]
    WaitingRoomFull,
    /// Words or a change that nothing wants.
    #[error("words that no entry names, or a change that nothing builds on")]
    Unwanted,
    /// Bytes that are no sealed parcel.
    #[error("a sealed message of another version or size")]
    BadParcel,
    /// A part of a blob that no words name.
    #[error("a part of a file that nothing names")]
    UnwantedBlob,
    /// A part of a blob that there is no room for, by the quota or on the disk.
    #[error("a part of a file that there is not enough space for")]
    NoRoom,
}

/// What became of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// New, and kept.
    New,
    /// Already held.
    Held,
    /// Not kept.
    Refused(Refusal),
}

/// What a commit brought that neighbours may lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Communities in which more than logs grew (records, cuts, words alone, what waits for an
    /// authority): to be compared whole.
    pub compare: BTreeSet<CommunityId>,
    /// Logs that grew, and their authorised lengths before: to be passed on as they are.
    pub grown: BTreeMap<LogId, u32>,
    /// The blobs of which more is here.
    pub blobs_grown: BTreeSet<BlobHash>,
    /// The communities in which other blobs are wanted than before.
    pub blobs_wanted: BTreeSet<CommunityId>,
    /// The parcels that came, by community.
    pub parcels: BTreeMap<CommunityId, BTreeSet<ParcelId>>,
}

impl News {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what a later commit brought.
    pub fn extend(&mut self, later: News) {
        self.compare.extend(later.compare);
        self.blobs_grown.extend(later.blobs_grown);
        self.blobs_wanted.extend(later.blobs_wanted);
        for (community, parcels) in later.parcels {
            self.parcels.entry(community).or_default().extend(parcels);
        }
        for (log, from) in later.grown {
            self.grown.entry(log).or_insert(from);
        }
    }
}

/// What a committed batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// One for each item, in order.
    pub taken: Vec<Taken>,
    /// The communities whose digest changed.
    pub changed: BTreeSet<CommunityId>,
    /// Those in which its records changed what counts of entries: of those held before, too.
    pub reauthorised: BTreeSet<CommunityId>,
    /// What it brought that neighbours may lack.
    pub news: News,
    /// How many records, cuts, entries and words it brought.
    pub items: u64,
    /// How many of them were held before.
    pub items_held: u64,
    /// How many bytes of blobs it brought, and how many of them were held before.
    pub blob_bytes: u64,
    /// See `blob_bytes`.
    pub blob_bytes_held: u64,
}
