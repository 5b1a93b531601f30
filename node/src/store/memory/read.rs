//! Reading the tables.

use std::ops::Range;

use baro_crdt::entry::Choice;
use baro_crdt::ids::{
    BlobHash, ChangeHash, CommunityId, EntryId, LogId, ParcelId, PayloadHash, PersonId, RecordId,
};
use baro_crdt::log::SignedHead;

use super::super::{
    BlobNameRow, BlobRow, ChangeRow, ChangeState, CommunityRow, CutRow, EditRow, HideRow,
    LocalPerson, LogNumber, LogRow, NameRow, ParcelRow, PostFamily, PostRow, Read, ReceiptRow,
    RecordRow, Result, Tally, VoteRow, WantedRow,
};
use super::{Record, Tables};

const LOG_FIRST: LogId = LogId::from_bytes([0; 32]);
const LOG_LAST: LogId = LogId::from_bytes([0xff; 32]);
const ENTRY_FIRST: EntryId = EntryId::from_bytes([0; 16]);
const ENTRY_LAST: EntryId = EntryId::from_bytes([0xff; 16]);
const PERSON_FIRST: PersonId = PersonId::from_bytes([0; 32]);
const PERSON_LAST: PersonId = PersonId::from_bytes([0xff; 32]);
const COMMUNITY_FIRST: CommunityId = CommunityId::from_bytes([0; 32]);
const COMMUNITY_LAST: CommunityId = CommunityId::from_bytes([0xff; 32]);

fn record_row(id: &RecordId, record: &Record) -> RecordRow {
    let Record { community, bytes, first_seen } = record;
    RecordRow { id: *id, community: *community, bytes: bytes.to_vec(), first_seen: *first_seen }
}

/// The lowest or highest id that begins with these bytes.
fn from<const N: usize>(first: &[u8], rest: u8) -> [u8; N] {
    let mut id = [rest; N];
    id.iter_mut().zip(first).for_each(|(to, from)| *to = *from);
    id
}

impl Read for Tables {
    fn communities(&self) -> Result<Vec<CommunityRow>> {
        Ok(self.communities.values().cloned().collect())
    }

    fn community(&self, id: &CommunityId) -> Result<Option<CommunityRow>> {
        Ok(self.communities.get(id).cloned())
    }

    fn records(&self, community: &CommunityId) -> Result<Vec<RecordRow>> {
        let first = (*community, RecordId::from_bytes([0; 32]));
        let last = (*community, RecordId::from_bytes([0xff; 32]));
        let ids = self.records_by.range(first..=last);
        Ok(ids
            .filter_map(|((_, id), ())| self.records.get(id).map(|record| record_row(id, record)))
            .collect())
    }

    fn record(&self, id: &RecordId) -> Result<Option<RecordRow>> {
        Ok(self.records.get(id).map(|record| record_row(id, record)))
    }

    fn logs(&self, community: &CommunityId) -> Result<Vec<LogRow>> {
        let numbers = self.logs_by.range((*community, LOG_FIRST)..=(*community, LOG_LAST));
        Ok(numbers.filter_map(|(_, number)| self.logs.get(number).cloned()).collect())
    }

    fn logs_of(&self, community: &CommunityId, author: &PersonId) -> Result<Vec<LogRow>> {
        let first = (*community, *author, LOG_FIRST);
        let numbers = self.logs_of.range(first..=(*community, *author, LOG_LAST));
        Ok(numbers.filter_map(|(_, number)| self.logs.get(number).cloned()).collect())
    }

    fn log(&self, id: &LogId) -> Result<Option<LogRow>> {
        Ok(self.log_ids.get(id).and_then(|number| self.logs.get(number)).cloned())
    }

    fn logs_named(&self, first: &[u8; 8]) -> Result<Vec<LogRow>> {
        let range = LogId::from_bytes(from(first, 0))..=LogId::from_bytes(from(first, 0xff));
        let numbers = self.log_ids.range(range);
        Ok(numbers.filter_map(|(_, number)| self.logs.get(number).cloned()).collect())
    }

    fn log_by_number(&self, number: LogNumber) -> Result<Option<LogRow>> {
        Ok(self.logs.get(&number).cloned())
    }

    fn entries(&self, log: LogNumber, range: Range<u32>) -> Result<Vec<Vec<u8>>> {
        Ok(self.entries.get(&log).map(|held| held.read(range.start, range.end)).unwrap_or_default())
    }

    fn heads(&self, log: LogNumber) -> Result<Vec<SignedHead>> {
        Ok(self.heads.range((log, 0)..=(log, u32::MAX)).map(|(_, head)| *head).collect())
    }

    fn payload(&self, hash: &PayloadHash) -> Result<Option<Vec<u8>>> {
        Ok(self.payloads.get(hash).map(|bytes| bytes.to_vec()))
    }

    fn wanted(&self, community: &CommunityId) -> Result<Vec<WantedRow>> {
        Ok(self.wanted.values().filter(|row| row.community == *community).cloned().collect())
    }

    fn cuts(&self, community: &CommunityId) -> Result<Vec<CutRow>> {
        Ok(self.cuts.values().filter(|row| row.community == *community).cloned().collect())
    }

    fn cut(&self, log: &LogId) -> Result<Option<CutRow>> {
        Ok(self.cuts.get(log).cloned())
    }

    fn change(&self, text: &EntryId, hash: &ChangeHash) -> Result<Option<ChangeRow>> {
        Ok(self.changes.get(&(*text, *hash)).cloned())
    }

    fn changes_carried(&self, community: &CommunityId) -> Result<Vec<ChangeRow>> {
        let carried = |row: &&ChangeRow| matches!(row.state, ChangeState::Carried { .. });
        Ok(self.open_changes(community).filter(carried).cloned().collect())
    }

    fn changes_wanted(&self, community: &CommunityId) -> Result<Vec<(EntryId, ChangeHash)>> {
        let wanted = |row: &&ChangeRow| row.state == ChangeState::Wanted;
        Ok(self.open_changes(community).filter(wanted).map(|row| (row.text, row.hash)).collect())
    }

    fn names(&self, community: &CommunityId) -> Result<Vec<NameRow>> {
        let range = (*community, PERSON_FIRST)..=(*community, PERSON_LAST);
        Ok(self.names.range(range).map(|(_, row)| row.clone()).collect())
    }

    fn post(&self, id: &EntryId) -> Result<Option<PostRow>> {
        Ok(self.posts.get(id).cloned())
    }

    fn posts_named(&self, first: &[u8]) -> Result<Vec<PostRow>> {
        let range = EntryId::from_bytes(from(first, 0))..=EntryId::from_bytes(from(first, 0xff));
        Ok(self.posts.range(range).map(|(_, row)| row.clone()).collect())
    }

    fn posts(&self, community: &CommunityId, family: PostFamily) -> Result<Vec<PostRow>> {
        let first = (*community, family, 0, ENTRY_FIRST);
        let ids = self.posts_by.range(first..=(*community, family, u64::MAX, ENTRY_LAST));
        Ok(ids.filter_map(|((_, _, _, id), ())| self.posts.get(id).cloned()).collect())
    }

    fn posts_in(&self, parent: &EntryId, family: PostFamily) -> Result<Vec<PostRow>> {
        let first = (*parent, family, 0, ENTRY_FIRST);
        let ids = self.posts_in.range(first..=(*parent, family, u64::MAX, ENTRY_LAST));
        Ok(ids
            .filter_map(|((_, _, _, id), ())| self.posts.get(id))
            .filter(|post| self.speaks(parent, &post.community))
            .cloned()
            .collect())
    }

    fn edit(&self, target: &EntryId, author: &PersonId) -> Result<Option<EditRow>> {
        let first = (*target, *author, COMMUNITY_FIRST);
        let rows = self.edits.range(first..=(*target, *author, COMMUNITY_LAST));
        Ok(rows
            .map(|(_, row)| row)
            .filter(|row| self.speaks(target, &row.community))
            .max_by_key(|row| (row.lamport, row.entry))
            .cloned())
    }

    fn hide(&self, post: &EntryId) -> Result<Option<HideRow>> {
        let rows = self.hides.range((*post, COMMUNITY_FIRST)..=(*post, COMMUNITY_LAST));
        Ok(rows
            .map(|(_, row)| row)
            .filter(|row| self.speaks(post, &row.community))
            .max_by_key(|row| (row.lamport, row.entry))
            .cloned())
    }

    fn questions(&self, community: &CommunityId) -> Result<Vec<PostRow>> {
        let first = (*community, 0, ENTRY_FIRST);
        let ids = self.questions.range(first..=(*community, u64::MAX, ENTRY_LAST));
        Ok(ids.filter_map(|((_, _, id), ())| self.posts.get(id).cloned()).collect())
    }

    fn receipts(&self, target: &EntryId) -> Result<Vec<ReceiptRow>> {
        let first = (*target, PERSON_FIRST, false, COMMUNITY_FIRST);
        let rows = self.receipts.range(first..=(*target, PERSON_LAST, true, COMMUNITY_LAST));
        Ok(rows
            .map(|(_, row)| row)
            .filter(|row| self.speaks(target, &row.community))
            .cloned()
            .collect())
    }

    fn tally(&self, post: &EntryId) -> Result<Tally> {
        let mut tally = Tally::default();
        for vote in self.votes(post)? {
            match vote.choice {
                Choice::Agree => tally.agree += 1,
                Choice::Disagree => tally.disagree += 1,
                Choice::Pass => tally.pass += 1,
            }
        }
        Ok(tally)
    }

    fn votes(&self, post: &EntryId) -> Result<Vec<VoteRow>> {
        let first = (*post, PERSON_FIRST, COMMUNITY_FIRST);
        let rows = self.votes.range(first..=(*post, PERSON_LAST, COMMUNITY_LAST));
        Ok(rows
            .filter(|((_, _, community), _)| self.speaks(post, community))
            .map(|((post, person, community), vote)| VoteRow {
                community: *community,
                post: *post,
                person: *person,
                choice: vote.choice,
                lamport: vote.lamport,
                entry: vote.entry,
            })
            .collect())
    }

    fn blob(&self, hash: &BlobHash) -> Result<Option<BlobRow>> {
        Ok(self.blobs.get(hash).cloned())
    }

    fn blobs(&self) -> Result<Vec<BlobRow>> {
        Ok(self.blobs.values().cloned().collect())
    }

    fn blobs_of(&self, community: &CommunityId) -> Result<Vec<BlobNameRow>> {
        Ok(self.blob_names.values().filter(|row| row.community == *community).cloned().collect())
    }

    fn blob_names(&self, hash: &BlobHash) -> Result<Vec<BlobNameRow>> {
        Ok(self.names_of_blob(hash).cloned().collect())
    }

    fn blobs_wanted(&self, community: &CommunityId) -> Result<Vec<BlobRow>> {
        Ok(self.wanted_blobs(community))
    }

    fn blob_slice(&self, hash: &BlobHash, first: u32, groups: u32) -> Result<Option<Vec<u8>>> {
        self.slice_of_blob(hash, first, groups)
    }

    fn blob_bytes(&self) -> Result<u64> {
        Ok(self.blobs.values().map(BlobRow::held_bytes).sum())
    }

    fn blob_room(&self) -> Result<u64> {
        let held = self.blob_bytes()?;
        Ok(self.disk.map_or(u64::MAX / 4, |disk| disk.saturating_sub(held)))
    }

    fn parcels(&self, community: &CommunityId) -> Result<Vec<ParcelRow>> {
        let first = (*community, ParcelId::from_bytes([0; 32]));
        let last = (*community, ParcelId::from_bytes([0xff; 32]));
        Ok(self.parcels.range(first..=last).map(|(_, (row, _))| row.clone()).collect())
    }

    fn parcel(&self, community: &CommunityId, prefix: &[u8]) -> Result<Option<ParcelRow>> {
        let mut first = [0; 32];
        first.iter_mut().zip(prefix).for_each(|(to, from)| *to = *from);
        let mut rows = self.parcels.range((*community, ParcelId::from_bytes(first))..);
        let fits =
            |row: &ParcelRow| row.community == *community && row.id.as_bytes().starts_with(prefix);
        Ok(rows.next().map(|(_, (row, _))| row).filter(|row| fits(row)).cloned())
    }

    fn parcel_bytes(&self, community: &CommunityId, id: &ParcelId) -> Result<Option<Vec<u8>>> {
        let kept = self.parcels.get(&(*community, *id)).filter(|(row, _)| !row.gone);
        Ok(kept.map(|(_, bytes)| bytes.to_vec()))
    }

    fn local_persons(&self) -> Result<Vec<LocalPerson>> {
        Ok(self.local_persons.values().cloned().collect())
    }

    fn local(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.local.get(&key.to_owned()).cloned())
    }

    fn local_prefix(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let rows = self.local.range(prefix.to_owned()..);
        Ok(rows
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    /// Contents, and 128 bytes for each row of a fixed size.
    fn stored_bytes(&self) -> Result<u64> {
        let rows = self.logs.len() * 2
            + self.heads.len()
            + self.posts.len()
            + self.votes.len()
            + self.edits.len()
            + self.hides.len()
            + self.receipts.len()
            + self.names.len()
            + self.wanted.len()
            + self.parcels.len()
            + self.records.len()
            + self.communities.len() * 17;
        let contents = self.entries.values().map(|held| held.bytes()).sum::<u64>()
            + self.payloads.values().map(|bytes| bytes.len() as u64).sum::<u64>()
            + self.records.values().map(|record| record.bytes.len() as u64).sum::<u64>()
            + self.cuts.values().map(|cut| cut.proof.len() as u64).sum::<u64>()
            + self.blob_bytes()?
            + self.parcels.values().map(|(_, bytes)| bytes.len() as u64).sum::<u64>()
            + self.local.values().map(|value| value.len() as u64).sum::<u64>();
        Ok(rows as u64 * 128 + contents)
    }
}
