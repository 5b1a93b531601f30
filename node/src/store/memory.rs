//! The store in memory, for simulation and tests: ordered tables, nothing on disk.
//!
//! A transaction costs what it changes: each table notes what stood there before, and an error
//! puts it back. Words, records and entries are kept once for all stores that share a [`Pool`].

mod blobs;
mod pool;
mod read;
mod table;
mod write;

use std::sync::Arc;

use baro_crdt::entry::Choice;
use baro_crdt::ids::{
    BlobHash, ChangeHash, CommunityId, EntryId, LogId, ParcelId, PayloadHash, PersonId, RecordId,
    WallSeconds,
};
use baro_crdt::log::SignedHead;
use bytes::Bytes;

use pool::Held;
pub use pool::Pool;
use table::Table;

use crate::blobs::PAIR_BYTES;

use super::forward::forward_read;
use super::{
    BlobNameRow, BlobRow, ChangeRow, CommunityRow, CutRow, EditRow, HideRow, LocalPerson,
    LogNumber, LogRow, NameRow, ParcelRow, PostFamily, PostRow, ReceiptRow, Result, Store,
    StoreError, WantedRow, Write,
};

/// A store in memory.
///
/// ```
/// use baro_node::store::{MemoryStore, Read, Store, StoreError};
///
/// let mut store = MemoryStore::new();
/// store.transaction(&mut |write| write.put_local("name", b"Awa"))?;
/// // An error leaves nothing of the transaction behind.
/// let failed = store.transaction(&mut |write| {
///     write.put_local("name", b"Bintou")?;
///     Err(StoreError::Full)
/// });
/// assert_eq!(failed, Err(StoreError::Full));
/// assert_eq!(store.local("name")?.as_deref(), Some(b"Awa".as_slice()));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    tables: Tables,
    torn: bool,
}

impl MemoryStore {
    /// An empty store that shares nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that shares bytes with all others of `pool`.
    pub fn sharing(pool: &Pool) -> Self {
        Self { tables: Tables { pool: pool.clone(), ..Tables::default() }, torn: false }
    }

    /// Has a disk that fails at the very end of the next transaction, when all but the end is
    /// written.
    pub fn tear_next(&mut self) {
        self.torn = true;
    }

    /// Has a disk that takes so many bytes of blobs and no more.
    pub fn limit_blobs(&mut self, bytes: u64) {
        self.tables.disk = Some(bytes);
    }
}

forward_read!(MemoryStore, me => me.tables);

impl Store for MemoryStore {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        // What a panic in an earlier `work` left behind is not kept either.
        self.tables.roll_back();
        let mut done = work(&mut self.tables);
        if std::mem::take(&mut self.torn) && done.is_ok() {
            done = Err(StoreError::Io("the disk failed".into()));
        }
        match done {
            Ok(()) => self.tables.commit(),
            Err(_) => self.tables.roll_back(),
        }
        done
    }

    fn scrub(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A record without its id.
#[derive(Clone, Debug)]
struct Record {
    community: CommunityId,
    bytes: Arc<[u8]>,
    first_seen: WallSeconds,
}

/// A vote without what its key says.
#[derive(Clone, Copy, Debug)]
struct Vote {
    lamport: u64,
    entry: EntryId,
    choice: Choice,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty;)*) => {
        /// All tables.
        #[derive(Clone, Debug, Default)]
        struct Tables {
            pool: Pool,
            /// How many bytes of blobs there is room for in all; none: endless.
            disk: Option<u64>,
            $($(#[$doc])* $name: Table<$key, $value>,)*
        }

        impl Tables {
            fn commit(&mut self) {
                $(self.$name.commit();)*
            }

            fn roll_back(&mut self) {
                $(self.$name.roll_back();)*
            }
        }
    };
}

tables! {
    communities: CommunityId => CommunityRow;
    records: RecordId => Record;
    records_by: (CommunityId, RecordId) => ();
    logs: LogNumber => LogRow;
    log_ids: LogId => LogNumber;
    logs_by: (CommunityId, LogId) => LogNumber;
    logs_of: (CommunityId, PersonId, LogId) => LogNumber;
    /// The last log number given, which outlives its log.
    last_log: () => u32;
    entries: LogNumber => Held;
    heads: (LogNumber, u32) => SignedHead;
    payloads: PayloadHash => Arc<[u8]>;
    wanted: (LogNumber, u32) => WantedRow;
    wanted_by: (PayloadHash, LogNumber, u32) => ();
    cuts: LogId => CutRow;
    changes: (EntryId, ChangeHash) => ChangeRow;
    /// Those carried or wanted.
    changes_open: (CommunityId, EntryId, ChangeHash) => ();
    names: (CommunityId, PersonId) => NameRow;
    posts: EntryId => PostRow;
    posts_by: (CommunityId, PostFamily, u64, EntryId) => ();
    posts_in: (EntryId, PostFamily, u64, EntryId) => ();
    edits: (EntryId, PersonId, CommunityId) => EditRow;
    hides: (EntryId, CommunityId) => HideRow;
    votes: (EntryId, PersonId, CommunityId) => Vote;
    questions: (CommunityId, u64, EntryId) => ();
    receipts: (EntryId, PersonId, bool, CommunityId) => ReceiptRow;
    blobs: BlobHash => BlobRow;
    blob_groups: (BlobHash, u32) => Bytes;
    blob_pairs: (BlobHash, u64) => [u8; PAIR_BYTES];
    blob_names: (BlobHash, EntryId, PayloadHash, CommunityId) => BlobNameRow;
    parcels: (CommunityId, ParcelId) => (ParcelRow, Arc<[u8]>);
    local_persons: u64 => LocalPerson;
    local: String => Vec<u8>;
}

impl Tables {
    /// The changes of a community that are carried or wanted, by text and hash.
    fn open_changes(&self, community: &CommunityId) -> impl Iterator<Item = &ChangeRow> + use<'_> {
        let community = *community;
        let first = (community, EntryId::from_bytes([0; 16]), ChangeHash::from_bytes([0; 32]));
        let keys = self.changes_open.range(first..);
        keys.take_while(move |((of, _, _), ())| *of == community)
            .filter_map(|((_, text, hash), ())| self.changes.get(&(*text, *hash)))
    }

    /// Whether something of `community` speaks of `target`: not where the target is known to be
    /// another community's.
    fn speaks(&self, target: &EntryId, community: &CommunityId) -> bool {
        self.posts.get(target).is_none_or(|post| post.community == *community)
    }
}
