//! What a node keeps, as rows: one trait to read, one to write, two stores behind them.
//!
//! The store knows rows and transactions, and nothing of the network or of what rows mean; that
//! is [`crate::replica`]'s, which runs inside a transaction and is the only writer of replicated
//! rows. So both stores hold the same after the same commits, and one contract test judges them.
//!
//! Rows come in five families: **records**; **logs** (their runs of entries, signed heads,
//! payloads, cuts); **projections**, which can be cleared and computed anew from the logs;
//! **blobs**, whose bytes lie beside the rows; and **local** rows, which never leave the device.

#[cfg(test)]
mod contract;
mod forward;
mod memory;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod veil;

use std::collections::BTreeSet;
use std::ops::Range;

use baro_crdt::entry::Entry;
use baro_crdt::ids::{
    BlobHash, ChangeHash, CommunityId, EntryId, LogId, ParcelId, PayloadHash, PersonId, RecordId,
};
use baro_crdt::log::SignedHead;

use crate::blobs::VerifiedSlice;
pub use crate::blobs::{BlobNameRow, BlobRow};

pub use memory::{MemoryStore, Pool};
pub use rows::{
    ChangeRow, ChangeState, CommunityRow, CutRow, EditRow, HideRow, LocalPerson, LogNumber, LogRow,
    NameRow, ParcelRow, PostFamily, PostRow, ReceiptRow, RecordRow, StandingVote, Tally, VoteRow,
    WantedRow, Way,
};
#[cfg(all(test, feature = "sqlite"))]
pub(crate) use sqlite::count as statements;
#[cfg(feature = "sqlite")]
pub use sqlite::{Database, Snapshot, SqliteReader, SqliteStore, is_plain, seal, wipe};
pub use veil::Veil;

/// What can go wrong with what is kept; nothing is acknowledged when it does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No room left; everything acknowledged before is safe.
    #[error(
        "the disk is full: nothing new can be kept, what was kept before is safe. Free some space \
         and try again"
    )]
    Full,
    /// Another process holds the database.
    #[error("the database is in use by another process; try again when it has ended")]
    Busy,
    /// Bytes on disk that are not what was written.
    #[error(
        "the database is damaged ({0}). What can still be read stays readable; fetch the rest \
         from a neighbour into a new folder"
    )]
    Damaged(String),
    /// Written by a later version of this program.
    #[error(
        "this data folder is of version {found}, this program knows up to {known}: install the \
         newer program"
    )]
    TooNew {
        /// The folder's version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// Anything else the system said.
    #[error("the database could not be read or written: {0}")]
    Io(String),
}

/// What every store answers with.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Reading. Lists come in a fixed order, named at each, so that a seed replays.
pub trait Read {
    /// The communities joined here, by id.
    fn communities(&self) -> Result<Vec<CommunityRow>>;
    /// One community, if joined here.
    fn community(&self, id: &CommunityId) -> Result<Option<CommunityRow>>;

    /// The records of a community, by id.
    fn records(&self, community: &CommunityId) -> Result<Vec<RecordRow>>;
    /// One record.
    fn record(&self, id: &RecordId) -> Result<Option<RecordRow>>;

    /// The logs of a community, by log id, whether authorised or not.
    fn logs(&self, community: &CommunityId) -> Result<Vec<LogRow>>;
    /// The logs of one person in a community, by log id.
    fn logs_of(&self, community: &CommunityId, author: &PersonId) -> Result<Vec<LogRow>>;
    /// One log.
    fn log(&self, id: &LogId) -> Result<Option<LogRow>>;
    /// The logs whose ids begin with these bytes, by log id.
    fn logs_named(&self, first: &[u8; 8]) -> Result<Vec<LogRow>>;
    /// One log by its number.
    fn log_by_number(&self, number: LogNumber) -> Result<Option<LogRow>>;
    /// The entries of a log in `range` as far as it is held, in order.
    fn entries(&self, log: LogNumber, range: Range<u32>) -> Result<Vec<Vec<u8>>>;
    /// The kept signed heads of a log, by length.
    fn heads(&self, log: LogNumber) -> Result<Vec<SignedHead>>;

    /// The bytes of a payload, if held.
    fn payload(&self, hash: &PayloadHash) -> Result<Option<Vec<u8>>>;
    /// Words that authorised entries of a community name and that are not here, by log and index.
    fn wanted(&self, community: &CommunityId) -> Result<Vec<WantedRow>>;

    /// The cuts known in a community, by log id.
    fn cuts(&self, community: &CommunityId) -> Result<Vec<CutRow>>;
    /// The cut of one log.
    fn cut(&self, log: &LogId) -> Result<Option<CutRow>>;

    /// What is known of a change of a text.
    fn change(&self, text: &EntryId, hash: &ChangeHash) -> Result<Option<ChangeRow>>;
    /// The changes of a community's texts that are carried, by text and hash.
    fn changes_carried(&self, community: &CommunityId) -> Result<Vec<ChangeRow>>;
    /// The changes of a community's texts that are wanted, by text and hash.
    fn changes_wanted(&self, community: &CommunityId) -> Result<Vec<(EntryId, ChangeHash)>>;

    /// The last name each person of a community gave, by person.
    fn names(&self, community: &CommunityId) -> Result<Vec<NameRow>>;
    /// One post of any family.
    fn post(&self, id: &EntryId) -> Result<Option<PostRow>>;
    /// The posts of any family whose ids begin with these bytes, at most 16, by id.
    fn posts_named(&self, first: &[u8]) -> Result<Vec<PostRow>>;
    /// The posts of a family in a community, by Lamport number, then id.
    fn posts(&self, community: &CommunityId, family: PostFamily) -> Result<Vec<PostRow>>;
    /// The posts that name `parent` as the debate, question or text they belong to, of one family,
    /// by Lamport number, then id.
    fn posts_in(&self, parent: &EntryId, family: PostFamily) -> Result<Vec<PostRow>>;
    /// How many [`Read::posts_in`] gives.
    fn posts_count(&self, parent: &EntryId, family: PostFamily) -> Result<u32> {
        let count = self.posts_in(parent, family)?.len();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
    /// The standing edit or withdrawal of a post by `author`.
    fn edit(&self, target: &EntryId, author: &PersonId) -> Result<Option<EditRow>>;
    /// The standing hiding or showing of a post.
    fn hide(&self, post: &EntryId) -> Result<Option<HideRow>>;
    /// How many agree, disagree and pass on a post, by last votes.
    fn tally(&self, post: &EntryId) -> Result<Tally>;
    /// The standing votes on a post, by person.
    fn votes(&self, post: &EntryId) -> Result<Vec<VoteRow>>;

    /// The standing votes on all posts of a debate, in no order: [`Read::votes`] of each, at once.
    fn votes_in(&self, debate: &EntryId) -> Result<Vec<StandingVote>> {
        let mut all = Vec::new();
        for post in self.posts_in(debate, PostFamily::Post)? {
            let votes = self.votes(&post.id)?.into_iter();
            all.extend(votes.map(|VoteRow { post, person, choice, .. }| StandingVote {
                post,
                person,
                choice,
            }));
        }
        Ok(all)
    }
    /// The posts of a debate that are hidden, or that their author took back, by id.
    fn gone_in(&self, debate: &EntryId) -> Result<Vec<EntryId>> {
        let mut gone = Vec::new();
        for post in self.posts_in(debate, PostFamily::Post)? {
            let is_hidden = self.hide(&post.id)?.is_some_and(|hide| hide.reason.is_some());
            let edit = self.edit(&post.id, &post.author)?;
            if is_hidden || edit.is_some_and(|edit| edit.payload.is_none()) {
                gone.push(post.id);
            }
        }
        gone.sort_unstable();
        Ok(gone)
    }
    /// The answers to all posts of a debate, by Lamport number, then id.
    fn answers_in(&self, debate: &EntryId) -> Result<Vec<PostRow>> {
        let mut all = Vec::new();
        for post in self.posts_in(debate, PostFamily::Post)? {
            all.extend(self.posts_in(&post.id, PostFamily::Answer)?);
        }
        all.sort_by_key(|row| (row.lamport, row.id));
        Ok(all)
    }

    /// The questions of a community, which are posts, by Lamport number, then id.
    fn questions(&self, community: &CommunityId) -> Result<Vec<PostRow>>;
    /// The receipts for an entry, by person, then whether read.
    fn receipts(&self, target: &EntryId) -> Result<Vec<ReceiptRow>>;

    /// One blob, here or heard of.
    fn blob(&self, hash: &BlobHash) -> Result<Option<BlobRow>>;
    /// All blobs, by hash.
    fn blobs(&self) -> Result<Vec<BlobRow>>;
    /// The words of a community that name blobs, by hash, post and words.
    fn blobs_of(&self, community: &CommunityId) -> Result<Vec<BlobNameRow>>;
    /// The words that name one blob, by post, words and community.
    fn blob_names(&self, hash: &BlobHash) -> Result<Vec<BlobNameRow>>;
    /// The blobs to fetch for a community: named by words that nobody hides, not all here, and
    /// with room for them. What officials say first, then by class, then the newest, then by hash.
    fn blobs_wanted(&self, community: &CommunityId) -> Result<Vec<BlobRow>>;
    /// An encoded slice of a blob, `None` where not all of it is here. Nothing is hashed.
    fn blob_slice(&self, hash: &BlobHash, first: u32, groups: u32) -> Result<Option<Vec<u8>>>;
    /// How many bytes of blobs are here.
    fn blob_bytes(&self) -> Result<u64>;
    /// How many more the disk takes, a reserve for everything else set aside.
    fn blob_room(&self) -> Result<u64>;

    /// The parcels of a community that are here or are not to come back, by id.
    fn parcels(&self, community: &CommunityId) -> Result<Vec<ParcelRow>>;
    /// The first of them whose id begins so.
    fn parcel(&self, community: &CommunityId, prefix: &[u8]) -> Result<Option<ParcelRow>>;
    /// The bytes of a parcel, if it is here.
    fn parcel_bytes(&self, community: &CommunityId, id: &ParcelId) -> Result<Option<Vec<u8>>>;

    /// The persons who live on this device, in order of being added.
    fn local_persons(&self) -> Result<Vec<LocalPerson>>;
    /// A local value.
    fn local(&self, key: &str) -> Result<Option<Vec<u8>>>;
    /// The local values whose key begins with `prefix`, by key.
    fn local_prefix(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>>;
    /// How many bytes the store takes, on disk or in memory.
    fn stored_bytes(&self) -> Result<u64>;
}

/// Writing, inside a transaction. A `put` replaces the row of the same key.
pub trait Write: Read {
    /// Adds or replaces a community's row.
    fn put_community(&mut self, row: &CommunityRow) -> Result<()>;
    /// Forgets everything of a community, local persons included.
    fn drop_community(&mut self, id: &CommunityId) -> Result<()>;
    /// Adds a record; one already held stays as it is.
    fn put_record(&mut self, row: &RecordRow) -> Result<()>;

    /// Adds a log and gives it its number; `row.number` is not looked at.
    fn add_log(&mut self, row: &LogRow) -> Result<LogNumber>;
    /// Replaces the row of a log by its number; header and id never change.
    fn put_log(&mut self, row: &LogRow) -> Result<()>;
    /// Appends entries at `first`, which is how many are held. Small appends share a row on disk
    /// as long as it stays under about 1 kB.
    fn append(&mut self, log: LogNumber, first: u32, entries: &[Vec<u8>]) -> Result<()>;
    /// Drops the entries of a log from `length` on.
    fn truncate(&mut self, log: LogNumber, length: u32) -> Result<()>;
    /// Keeps a signed head.
    fn put_head(&mut self, log: LogNumber, head: &SignedHead) -> Result<()>;
    /// Drops a signed head.
    fn drop_head(&mut self, log: LogNumber, length: u32) -> Result<()>;

    /// Keeps the bytes of a payload, which are wanted no more.
    fn put_payload(&mut self, hash: &PayloadHash, bytes: &[u8]) -> Result<()>;
    /// Drops the bytes of a payload.
    fn drop_payload(&mut self, hash: &PayloadHash) -> Result<()>;
    /// Notes that words are wanted.
    fn put_wanted(&mut self, row: &WantedRow) -> Result<()>;
    /// Notes that they are wanted no more.
    fn drop_wanted(&mut self, hash: &PayloadHash) -> Result<()>;

    /// Adds or replaces the cut of a log.
    fn put_cut(&mut self, row: &CutRow) -> Result<()>;
    /// Notes where a change of a text is, in the place of what was known of it.
    fn put_change(&mut self, row: &ChangeRow) -> Result<()>;

    /// Takes a name unless a later one (by Lamport number, then entry id) stands.
    fn put_name(&mut self, row: &NameRow) -> Result<()>;
    /// Adds a post; one of the same id stays as it is.
    fn put_post(&mut self, row: &PostRow) -> Result<()>;
    /// Takes an edit unless a later one of the same target and author stands; a withdrawal stands
    /// over every edit.
    fn put_edit(&mut self, row: &EditRow) -> Result<()>;
    /// Takes a hiding or showing unless a later one of the same post stands.
    fn put_hide(&mut self, row: &HideRow) -> Result<()>;
    /// Takes a vote unless a later one of the same person on the same post stands.
    fn put_vote(&mut self, row: &VoteRow) -> Result<()>;
    /// Notes that a post, put before, is a question.
    fn put_question(&mut self, row: &PostRow) -> Result<()>;
    /// Takes a receipt unless an earlier one of the same person, entry and state stands.
    fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()>;
    /// Adds or replaces a blob's row. A group may be in it only once its bytes were put here, by
    /// this transaction or one before.
    fn put_blob(&mut self, row: &BlobRow) -> Result<()>;
    /// Writes the bytes of a slice; they are durable before the transaction is. The row is not
    /// touched. A full disk is [`StoreError::Full`] and leaves the transaction alive.
    fn put_blob_slice(&mut self, slice: &VerifiedSlice) -> Result<()>;
    /// Writes all bytes of a blob. The row is not touched.
    fn put_blob_bytes(&mut self, hash: &BlobHash, size: u64, bytes: &BlobBytes) -> Result<()>;
    /// Drops a blob's bytes; the row stays, and the caller says in it that nothing is here.
    fn drop_blob_bytes(&mut self, hash: &BlobHash) -> Result<()>;
    /// Drops a blob's row and bytes.
    fn drop_blob(&mut self, hash: &BlobHash) -> Result<()>;
    /// Notes that words name a blob.
    fn put_blob_name(&mut self, row: &BlobNameRow) -> Result<()>;
    /// Notes that these words name nothing any more.
    fn drop_blob_names(&mut self, payload: &PayloadHash) -> Result<()>;

    /// Adds a parcel with its bytes, or without bytes replaces the row of one that is there; the
    /// bytes of one that is gone are dropped.
    fn put_parcel(&mut self, row: &ParcelRow, bytes: Option<&[u8]>) -> Result<()>;
    /// Forgets a parcel.
    fn drop_parcel(&mut self, community: &CommunityId, id: &ParcelId) -> Result<()>;

    /// Clears all projections (names, posts, edits, hides, votes, receipts, what words name which blobs,
    /// changes but for those carried) and wanted words of a community.
    fn clear_projections(&mut self, community: &CommunityId) -> Result<()>;

    /// Adds a person to this device.
    fn put_local_person(&mut self, row: &LocalPerson) -> Result<()>;
    /// Sets a local value.
    fn put_local(&mut self, key: &str, value: &[u8]) -> Result<()>;
    /// Removes a local value.
    fn drop_local(&mut self, key: &str) -> Result<()>;
}

/// A store: it reads, and it runs a writer in one durable transaction.
pub trait Store: Read {
    /// Runs `work` in a transaction: all it wrote is durable when this returns `Ok`, and nothing
    /// of it is there when it returns an error.
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()>;

    /// From now on, until [`Store::release`], reads show one state: that of the last commit. A
    /// store that writes is the only one that does, and always shows one.
    fn hold(&mut self) -> Result<()> {
        Ok(())
    }

    /// Reads show the last commit again.
    fn release(&mut self) {}

    /// From now on these communities, and no others, are as if they were not here; only a [`Veil`]
    /// hides anything.
    fn veil(&mut self, _hidden: BTreeSet<CommunityId>) {}

    /// What was deleted leaves no bytes in the store's own files, as far as they can be
    /// overwritten; what the disk itself keeps is beyond it.
    ///
    /// # Errors
    /// [`StoreError`] where the disk refuses.
    fn scrub(&mut self) -> Result<()>;
}

/// All bytes of a blob, on their way into the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobBytes {
    /// These.
    Memory(bytes::Bytes),
    /// A file of this name among those being added to the data folder (`DATA/blobs/incoming`),
    /// laid out as a blob's file; only the store on disk takes it.
    File(String),
}

/// The order in which blobs are fetched.
fn fetch_order(row: &BlobRow) -> impl Ord + use<> {
    (!row.official, row.class, std::cmp::Reverse(row.added), row.hash)
}

/// The hash of the words that an entry names, if it can be read and names some.
fn payload_named(entry: &[u8]) -> Option<PayloadHash> {
    Entry::from_bytes(entry).ok()?.payload.map(|payload| payload.hash)
}
