//! A veil over a store: communities that are as if they were not here, for who is no member.
//!
//! Every read goes through it, so that no list, no page and no id that somebody has learned leads
//! behind it. What is reached by numbers that only rows give (entries, heads, words by their hash)
//! is not looked at again: the rows are veiled.

use std::collections::BTreeSet;
use std::ops::Range;

use baro_crdt::ids::{
    BlobHash, ChangeHash, CommunityId, EntryId, LogId, ParcelId, PayloadHash, PersonId, RecordId,
};
use baro_crdt::log::SignedHead;

use super::{
    BlobNameRow, BlobRow, ChangeRow, CommunityRow, CutRow, EditRow, HideRow, LocalPerson,
    LogNumber, LogRow, NameRow, ParcelRow, PostFamily, PostRow, Read, ReceiptRow, RecordRow,
    Result, StandingVote, Store, Tally, VoteRow, WantedRow, Write,
};

/// A store, and what of it is veiled at present.
pub struct Veil {
    inner: Box<dyn Store + Send>,
    hidden: BTreeSet<CommunityId>,
}

impl Veil {
    /// With nothing hidden.
    pub fn new(inner: Box<dyn Store + Send>) -> Self {
        Self { inner, hidden: BTreeSet::new() }
    }

    /// Whether anything is hidden at present.
    fn is_drawn(&self) -> bool {
        !self.hidden.is_empty()
    }

    fn sees(&self, community: &CommunityId) -> bool {
        !self.hidden.contains(community)
    }

    fn list<T>(
        &self,
        community: &CommunityId,
        read: impl FnOnce(&dyn Store) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        if self.sees(community) { read(&*self.inner) } else { Ok(Vec::new()) }
    }

    /// The post, if it is of a community that is seen.
    fn sees_post(&self, id: &EntryId) -> Result<bool> {
        if !self.is_drawn() {
            return Ok(true);
        }
        Ok(self.inner.post(id)?.is_none_or(|row| self.sees(&row.community)))
    }

    fn of_post<T: Default>(
        &self,
        id: &EntryId,
        read: impl FnOnce(&dyn Store) -> Result<T>,
    ) -> Result<T> {
        if self.sees_post(id)? { read(&*self.inner) } else { Ok(T::default()) }
    }

    /// A blob is seen where words of a community that is seen name it, or none do.
    fn sees_blob(&self, hash: &BlobHash) -> Result<bool> {
        if !self.is_drawn() {
            return Ok(true);
        }
        let names = self.inner.blob_names(hash)?;
        Ok(names.is_empty() || names.iter().any(|name| self.sees(&name.community)))
    }
}

impl Read for Veil {
    fn communities(&self) -> Result<Vec<CommunityRow>> {
        let mut rows = self.inner.communities()?;
        rows.retain(|row| self.sees(&row.id));
        Ok(rows)
    }

    fn community(&self, id: &CommunityId) -> Result<Option<CommunityRow>> {
        if self.sees(id) { self.inner.community(id) } else { Ok(None) }
    }

    fn records(&self, community: &CommunityId) -> Result<Vec<RecordRow>> {
        self.list(community, |inner| inner.records(community))
    }

    fn record(&self, id: &RecordId) -> Result<Option<RecordRow>> {
        Ok(self.inner.record(id)?.filter(|row| self.sees(&row.community)))
    }

    fn logs(&self, community: &CommunityId) -> Result<Vec<LogRow>> {
        self.list(community, |inner| inner.logs(community))
    }

    fn logs_of(&self, community: &CommunityId, author: &PersonId) -> Result<Vec<LogRow>> {
        self.list(community, |inner| inner.logs_of(community, author))
    }

    fn log(&self, id: &LogId) -> Result<Option<LogRow>> {
        Ok(self.inner.log(id)?.filter(|row| self.sees(&row.header.community)))
    }

    fn logs_named(&self, first: &[u8; 8]) -> Result<Vec<LogRow>> {
        let mut rows = self.inner.logs_named(first)?;
        rows.retain(|row| self.sees(&row.header.community));
        Ok(rows)
    }

    fn log_by_number(&self, number: LogNumber) -> Result<Option<LogRow>> {
        Ok(self.inner.log_by_number(number)?.filter(|row| self.sees(&row.header.community)))
    }

    fn entries(&self, log: LogNumber, range: Range<u32>) -> Result<Vec<Vec<u8>>> {
        self.inner.entries(log, range)
    }

    fn heads(&self, log: LogNumber) -> Result<Vec<SignedHead>> {
        self.inner.heads(log)
    }

    fn payload(&self, hash: &PayloadHash) -> Result<Option<Vec<u8>>> {
        self.inner.payload(hash)
    }

    fn wanted(&self, community: &CommunityId) -> Result<Vec<WantedRow>> {
        self.list(community, |inner| inner.wanted(community))
    }

    fn cuts(&self, community: &CommunityId) -> Result<Vec<CutRow>> {
        self.list(community, |inner| inner.cuts(community))
    }

    fn cut(&self, log: &LogId) -> Result<Option<CutRow>> {
        Ok(self.inner.cut(log)?.filter(|row| self.sees(&row.community)))
    }

    fn change(&self, text: &EntryId, hash: &ChangeHash) -> Result<Option<ChangeRow>> {
        self.of_post(text, |inner| inner.change(text, hash))
    }

    fn changes_carried(&self, community: &CommunityId) -> Result<Vec<ChangeRow>> {
        self.list(community, |inner| inner.changes_carried(community))
    }

    fn changes_wanted(&self, community: &CommunityId) -> Result<Vec<(EntryId, ChangeHash)>> {
        self.list(community, |inner| inner.changes_wanted(community))
    }

    fn names(&self, community: &CommunityId) -> Result<Vec<NameRow>> {
        self.list(community, |inner| inner.names(community))
    }

    fn post(&self, id: &EntryId) -> Result<Option<PostRow>> {
        Ok(self.inner.post(id)?.filter(|row| self.sees(&row.community)))
    }

    fn posts_named(&self, first: &[u8]) -> Result<Vec<PostRow>> {
        let mut rows = self.inner.posts_named(first)?;
        rows.retain(|row| self.sees(&row.community));
        Ok(rows)
    }

    fn posts(&self, community: &CommunityId, family: PostFamily) -> Result<Vec<PostRow>> {
        self.list(community, |inner| inner.posts(community, family))
    }

    fn posts_in(&self, parent: &EntryId, family: PostFamily) -> Result<Vec<PostRow>> {
        self.of_post(parent, |inner| inner.posts_in(parent, family))
    }

    fn posts_count(&self, parent: &EntryId, family: PostFamily) -> Result<u32> {
        self.of_post(parent, |inner| inner.posts_count(parent, family))
    }

    fn edit(&self, target: &EntryId, author: &PersonId) -> Result<Option<EditRow>> {
        self.of_post(target, |inner| inner.edit(target, author))
    }

    fn hide(&self, post: &EntryId) -> Result<Option<HideRow>> {
        self.of_post(post, |inner| inner.hide(post))
    }

    fn tally(&self, post: &EntryId) -> Result<Tally> {
        self.of_post(post, |inner| inner.tally(post))
    }

    fn votes(&self, post: &EntryId) -> Result<Vec<VoteRow>> {
        self.of_post(post, |inner| inner.votes(post))
    }

    fn votes_in(&self, debate: &EntryId) -> Result<Vec<StandingVote>> {
        self.of_post(debate, |inner| inner.votes_in(debate))
    }

    fn gone_in(&self, debate: &EntryId) -> Result<Vec<EntryId>> {
        self.of_post(debate, |inner| inner.gone_in(debate))
    }

    fn answers_in(&self, debate: &EntryId) -> Result<Vec<PostRow>> {
        self.of_post(debate, |inner| inner.answers_in(debate))
    }

    fn questions(&self, community: &CommunityId) -> Result<Vec<PostRow>> {
        self.list(community, |inner| inner.questions(community))
    }

    fn receipts(&self, target: &EntryId) -> Result<Vec<ReceiptRow>> {
        self.of_post(target, |inner| inner.receipts(target))
    }

    fn blob(&self, hash: &BlobHash) -> Result<Option<BlobRow>> {
        if self.sees_blob(hash)? { self.inner.blob(hash) } else { Ok(None) }
    }

    fn blobs(&self) -> Result<Vec<BlobRow>> {
        let mut seen = Vec::new();
        for row in self.inner.blobs()? {
            if self.sees_blob(&row.hash)? {
                seen.push(row);
            }
        }
        Ok(seen)
    }

    fn blobs_of(&self, community: &CommunityId) -> Result<Vec<BlobNameRow>> {
        self.list(community, |inner| inner.blobs_of(community))
    }

    fn blob_names(&self, hash: &BlobHash) -> Result<Vec<BlobNameRow>> {
        let mut names = self.inner.blob_names(hash)?;
        names.retain(|name| self.sees(&name.community));
        Ok(names)
    }

    fn blobs_wanted(&self, community: &CommunityId) -> Result<Vec<BlobRow>> {
        self.list(community, |inner| inner.blobs_wanted(community))
    }

    fn blob_slice(&self, hash: &BlobHash, first: u32, groups: u32) -> Result<Option<Vec<u8>>> {
        if self.sees_blob(hash)? { self.inner.blob_slice(hash, first, groups) } else { Ok(None) }
    }

    fn blob_bytes(&self) -> Result<u64> {
        self.inner.blob_bytes()
    }

    fn blob_room(&self) -> Result<u64> {
        self.inner.blob_room()
    }

    fn parcels(&self, community: &CommunityId) -> Result<Vec<ParcelRow>> {
        self.list(community, |inner| inner.parcels(community))
    }

    fn parcel(&self, community: &CommunityId, prefix: &[u8]) -> Result<Option<ParcelRow>> {
        if self.sees(community) { self.inner.parcel(community, prefix) } else { Ok(None) }
    }

    fn parcel_bytes(&self, community: &CommunityId, id: &ParcelId) -> Result<Option<Vec<u8>>> {
        if self.sees(community) { self.inner.parcel_bytes(community, id) } else { Ok(None) }
    }

    fn local_persons(&self) -> Result<Vec<LocalPerson>> {
        let mut persons = self.inner.local_persons()?;
        persons.retain(|person| self.sees(&person.community));
        Ok(persons)
    }

    fn local(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.inner.local(key)
    }

    fn local_prefix(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        self.inner.local_prefix(prefix)
    }

    fn stored_bytes(&self) -> Result<u64> {
        self.inner.stored_bytes()
    }
}

impl Store for Veil {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        self.inner.transaction(work)
    }

    fn hold(&mut self) -> Result<()> {
        self.inner.hold()
    }

    fn release(&mut self) {
        self.inner.release();
    }

    fn veil(&mut self, hidden: BTreeSet<CommunityId>) {
        self.hidden = hidden;
    }

    fn scrub(&mut self) -> Result<()> {
        self.inner.scrub()
    }
}
