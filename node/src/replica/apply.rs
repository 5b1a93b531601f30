//! Applying a batch, inside a store's transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use baro_crdt::authority::Authority;
use baro_crdt::digest::{Digest, LtHash};
use baro_crdt::ids::{CommunityId, EntryId, PayloadHash, PersonId, WallSeconds};
use baro_crdt::record::{Body, Record};

use super::blobs::Blobs;
use super::community::{Element, Touched, authority, authority_with};
use super::parcels::{CARRIED_PREFIX, Pool};
use super::project::ASKED_PREFIX;
use super::{Batch, Item, LocalChange, Outcome, Refusal, Taken};
use crate::blobs::QUOTA_KEY;
use crate::epochs::EPOCH_PREFIX;
use crate::store::{CommunityRow, LogNumber, Read, RecordRow, Result, Store, StoreError, Write};

/// The local key that asks for all projections to be computed anew; an update of the store sets it
/// where they have become more.
pub const REBUILD_KEY: &str = "rebuild";

/// The local keys under which a device keeps its persons' private messages: secret keys, messages,
/// voice notes, groups, and receipts that are due. Each goes on with `COMMUNITY/PERSON/`.
pub const SEALED_PREFIXES: [&str; 5] = ["sealing/", "message/", "voice/", "group/", "due/"];
/// The beginnings of local rows of persons' vaults, each followed by a community and a person.
pub const VAULT_PREFIXES: [&str; 5] = ["vault/", "tries/", "behind/", "seed/", "block/"];

/// Applies batches, and remembers each community's authority between them.
#[derive(Default)]
pub struct Replica {
    authorities: BTreeMap<CommunityId, Arc<Authority>>,
}

/// Words wanted, by hash and size: the entries that name them, by log and index.
pub(super) type Wanted = BTreeMap<(PayloadHash, u32), Vec<(LogNumber, u32)>>;

/// One batch at work.
pub(super) struct Work<'a> {
    pub(super) write: &'a mut dyn Write,
    pub(super) touched: BTreeMap<CommunityId, Touched>,
    pub(super) outcome: Outcome,
    pub(super) now: WallSeconds,
    pub(super) written_here: bool,
    /// Who withdrew something in this batch.
    pub(super) withdrew: BTreeSet<(CommunityId, PersonId)>,
    /// Words that came with the log at work, are kept, and name no blobs.
    pub(super) fresh: BTreeSet<PayloadHash>,
    /// When posts first came here, while their rows are made anew.
    pub(super) first_seen: BTreeMap<EntryId, WallSeconds>,
    /// Words wanted in a community, hash and size, as they were when words alone were last looked
    /// at. Anybody may name another's words with a size of their own.
    pub(super) wanted: Option<(CommunityId, Wanted)>,
    /// Communities in which changes of texts may be wanted that are here and do not count.
    pub(super) changes_open: BTreeSet<CommunityId>,
    pub(super) blobs: Blobs,
    pub(super) pool: Pool,
}

impl Replica {
    /// Commits a batch to `store`, durably or not at all.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing of the batch is there.
    pub fn commit(&mut self, store: &mut dyn Store, batch: &Batch) -> Result<Outcome> {
        self.commit_all(store, std::slice::from_ref(batch))
            .map(|mut outcomes| outcomes.pop().unwrap_or_default())
    }

    /// Commits several batches in one transaction, durably or none of them.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing of any batch is there.
    pub fn commit_all(&mut self, store: &mut dyn Store, batches: &[Batch]) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        let done = store.transaction(&mut |write| {
            outcomes.clear();
            for batch in batches {
                outcomes.push(self.apply(write, batch)?);
            }
            Ok(())
        });
        if let Err(error) = done {
            self.authorities.clear();
            return Err(error);
        }
        Ok(outcomes)
    }

    /// Applies a batch inside a transaction that somebody else ends.
    ///
    /// # Errors
    /// [`StoreError`], and then the transaction must be undone.
    pub fn apply(&mut self, write: &mut dyn Write, batch: &Batch) -> Result<Outcome> {
        let mut work = Work::new(write, batch);
        let records = work.records(self, &batch.items)?;
        for (item, taken) in batch.items.iter().zip(records) {
            let taken = match (taken, item) {
                (Some(taken), _) => taken,
                (None, Item::Log(item)) => match work.open(self, &item.header.community)? {
                    true => work.log(item)?,
                    false => Taken::Refused(Refusal::UnknownCommunity),
                },
                (None, Item::Words { community, bytes }) => work.words(community, bytes)?,
                (None, Item::Change { community, text, bytes }) => {
                    match work.open(self, community)? {
                        true => work.carried(community, text, bytes)?,
                        false => Taken::Refused(Refusal::UnknownCommunity),
                    }
                }
                (None, Item::Cut(proof)) => match work.open(self, &proof.header.community)? {
                    true => work.cut(proof)?,
                    false => Taken::Refused(Refusal::UnknownCommunity),
                },
                (None, Item::Slice(slice)) => work.slice(slice)?,
                (None, Item::Parcel { community, bytes, way }) => {
                    match work.open(self, community)? {
                        true => work.parcel(community, bytes, *way)?,
                        false => Taken::Refused(Refusal::UnknownCommunity),
                    }
                }
                (None, Item::Local(LocalChange::Blob { hash, change })) => {
                    work.change_blob(hash, change)?
                }
                (None, Item::Local(change)) => {
                    self.local(&mut work, change)?;
                    Taken::New
                }
                (None, Item::Join(_) | Item::Record(_)) => Taken::Refused(Refusal::BadRecord),
            };
            work.outcome.items += match item {
                Item::Log(item) => item.entries.len() as u64,
                Item::Local(_) | Item::Slice(_) => 0,
                _ => 1,
            };
            // Of a log it is counted where its entries are compared, of a blob by its bytes.
            if taken == Taken::Held && !matches!(item, Item::Log(_) | Item::Slice(_)) {
                work.outcome.items_held += 1;
            }
            work.outcome.taken.push(taken);
        }
        work.finish()
    }

    /// The authority of a community joined here.
    ///
    /// # Errors
    /// [`StoreError`] where its records cannot be read.
    pub fn authority(
        &mut self,
        read: &(impl Read + ?Sized),
        community: &CommunityId,
    ) -> Result<Arc<Authority>> {
        if let Some(known) = self.authorities.get(community) {
            return Ok(Arc::clone(known));
        }
        let computed = Arc::new(authority(read, community)?);
        self.authorities.insert(*community, Arc::clone(&computed));
        Ok(computed)
    }

    /// Computes the projections of every community anew, where an update of the store asks for it
    /// ([`REBUILD_KEY`]).
    ///
    /// # Errors
    /// [`StoreError`], and then they are as they were.
    pub fn rebuild(&mut self, store: &mut dyn Store) -> Result<()> {
        if store.local(REBUILD_KEY)?.is_none() {
            return Ok(());
        }
        let done = store.transaction(&mut |write| {
            let communities = write.communities()?;
            let mut work = Work::new(write, &Batch::default());
            for row in communities {
                work.open(self, &row.id)?;
                if let Some(touched) = work.touched.get_mut(&row.id) {
                    touched.shrunk = true;
                }
            }
            work.write.drop_local(REBUILD_KEY)?;
            work.finish().map(|_| ())
        });
        if done.is_err() {
            self.authorities.clear();
        }
        done
    }

    fn local(&mut self, work: &mut Work<'_>, change: &LocalChange) -> Result<()> {
        match change {
            LocalChange::Person(row) => work.write.put_local_person(row),
            LocalChange::Put { key, value } => {
                work.blobs.all |= key == QUOTA_KEY;
                work.write.put_local(key, value)
            }
            LocalChange::Drop { key } => work.write.drop_local(key),
            LocalChange::Leave(community) => {
                self.authorities.remove(community);
                work.touched.remove(community);
                work.forget_names(community)?;
                let local = ["heard/", ASKED_PREFIX, CARRIED_PREFIX, EPOCH_PREFIX];
                for kind in local.into_iter().chain(SEALED_PREFIXES).chain(VAULT_PREFIXES) {
                    let prefix = format!("{kind}{community}/");
                    for (key, _) in work.write.local_prefix(&prefix)? {
                        work.write.drop_local(&key)?;
                    }
                }
                work.write.drop_community(community)
            }
            LocalChange::TidyBlobs => {
                work.blobs.all = true;
                work.blobs.purge = true;
                Ok(())
            }
            LocalChange::TidyParcels => work.tidy_parcels(),
            LocalChange::ParcelSent { community, id } => work.parcel_sent(community, id),
            LocalChange::ParcelTried { community, id } => work.parcel_tried(community, id),
            LocalChange::Blob { .. } => Ok(()),
        }
    }
}

impl<'a> Work<'a> {
    fn new(write: &'a mut dyn Write, batch: &Batch) -> Self {
        Self {
            write,
            touched: BTreeMap::new(),
            outcome: Outcome::default(),
            now: batch.now,
            written_here: batch.written_here,
            withdrew: BTreeSet::new(),
            fresh: BTreeSet::new(),
            first_seen: BTreeMap::new(),
            wanted: None,
            changes_open: BTreeSet::new(),
            blobs: Blobs::default(),
            pool: Pool::default(),
        }
    }
}

impl Work<'_> {
    /// Makes sure that a community is at hand; false where nobody here has joined it.
    fn open(&mut self, replica: &mut Replica, id: &CommunityId) -> Result<bool> {
        if self.touched.contains_key(id) {
            return Ok(true);
        }
        let Some(row) = self.write.community(id)? else { return Ok(false) };
        let authority = replica.authority(self.write, id)?;
        self.touched.insert(*id, Touched::open(row, authority)?);
        Ok(true)
    }

    /// Takes in all records of a batch, those that empower before those they empower, in whatever
    /// order they stand; `None` for items that are none.
    fn records(&mut self, replica: &mut Replica, items: &[Item]) -> Result<Vec<Option<Taken>>> {
        let mut taken: Vec<Option<Taken>> = vec![None; items.len()];
        let mut pending = Vec::new();
        for (index, (item, taken)) in items.iter().zip(&mut taken).enumerate() {
            match item {
                Item::Join(record) => *taken = Some(self.join(replica, record)?),
                Item::Record(record) => {
                    *taken = if !self.open(replica, &record.community())? {
                        Some(Taken::Refused(Refusal::UnknownCommunity))
                    } else if self.write.record(&record.id())?.is_some() {
                        Some(Taken::Held)
                    } else {
                        pending.push((index, record));
                        None
                    };
                }
                _ => {}
            }
        }
        if !pending.is_empty() {
            let mut computed: BTreeMap<CommunityId, Authority> = BTreeMap::new();
            let new: Vec<&Record> = pending.iter().map(|(_, record)| *record).collect();
            for id in pending.iter().map(|(_, record)| record.community()) {
                if let std::collections::btree_map::Entry::Vacant(slot) = computed.entry(id) {
                    slot.insert(authority_with(self.write, &id, &new)?);
                }
            }
            // Validity only grows with what is held, so one look at all of them together finds
            // every record whose chain is complete.
            for (index, record) in pending {
                let valid =
                    computed.get(&record.community()).is_some_and(|a| a.is_valid(&record.id()));
                let result = if !valid {
                    Taken::Refused(match record.body() {
                        Body::Founding(_) => Refusal::BadRecord,
                        _ => Refusal::UnknownKey,
                    })
                } else if self.write.record(&record.id())?.is_some() {
                    Taken::Held
                } else {
                    self.add_record(record)?;
                    Taken::New
                };
                if let Some(slot) = taken.get_mut(index) {
                    *slot = Some(result);
                }
            }
            for (id, authority) in computed {
                let authority = Arc::new(authority);
                if let Some(touched) = self.touched.get_mut(&id) {
                    touched.authority = Arc::clone(&authority);
                    touched.records_changed = true;
                }
                replica.authorities.insert(id, authority);
            }
        }
        self.reauthorise()?;
        Ok(taken)
    }

    fn join(&mut self, replica: &mut Replica, record: &Record) -> Result<Taken> {
        if !matches!(record.body(), Body::Founding(_)) {
            return Ok(Taken::Refused(Refusal::BadRecord));
        }
        let id = record.community();
        if self.open(replica, &id)? {
            return Ok(Taken::Held);
        }
        let row = CommunityRow {
            id,
            lthash: LtHash::new().to_bytes().into(),
            records: 0,
            logs: 0,
            entries: 0,
        };
        self.write.put_community(&row)?;
        let authority = Arc::new(Authority::compute(record, std::iter::once(record)));
        replica.authorities.insert(id, Arc::clone(&authority));
        self.touched.insert(id, Touched::open(row, authority)?);
        self.add_record(record)?;
        Ok(Taken::New)
    }

    fn add_record(&mut self, record: &Record) -> Result<()> {
        let community = record.community();
        self.write.put_record(&RecordRow {
            id: record.id(),
            community,
            bytes: record.to_bytes().to_vec(),
            first_seen: self.now,
        })?;
        if let Some(touched) = self.touched.get_mut(&community) {
            touched.add(&Element::Record(record.id()));
        }
        self.keep_cited(record)?;
        self.outcome.changed.insert(community);
        self.outcome.news.compare.insert(community);
        Ok(())
    }

    fn finish(mut self) -> Result<Outcome> {
        self.rebuild()?;
        self.carry()?;
        self.put_away_withdrawn()?;
        self.settle_blobs()?;
        self.settle_parcels()?;
        for touched in std::mem::take(&mut self.touched).into_values() {
            self.write.put_community(&touched.close())?;
        }
        Ok(self.outcome)
    }
}

impl CommunityRow {
    /// The community's digest: equal on two nodes exactly where they hold the same.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where the stored state is.
    pub fn digest(&self) -> Result<Digest> {
        LtHash::from_bytes(&self.lthash)
            .map(|state| state.digest())
            .ok_or_else(|| StoreError::Damaged("a community's digest".into()))
    }
}
