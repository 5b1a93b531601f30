//! Writing the tables, inside a transaction.

use std::collections::BTreeSet;
use std::sync::Arc;

use baro_crdt::ids::{BlobHash, CommunityId, EntryId, ParcelId, PayloadHash};
use baro_crdt::log::SignedHead;

use super::super::{
    BlobBytes, BlobNameRow, BlobRow, ChangeRow, ChangeState, CommunityRow, CutRow, EditRow,
    HideRow, LocalPerson, LogNumber, LogRow, NameRow, ParcelRow, PostRow, Read, ReceiptRow,
    RecordRow, Result, StoreError, VoteRow, WantedRow, Write, payload_named,
};
use super::{Record, Tables, Vote};
use crate::blobs::VerifiedSlice;

fn unknown(log: LogNumber) -> StoreError {
    StoreError::Damaged(format!("no log has the number {}", log.0))
}

impl Tables {
    /// The words that posts and edits outside of `community` name.
    fn named_elsewhere(&self, community: &CommunityId) -> BTreeSet<PayloadHash> {
        let posts = self.posts.values().map(|row| (row.community, row.payload));
        let edits = self.edits.values().map(|row| (row.community, row.payload));
        posts
            .chain(edits)
            .filter(|(of, _)| of != community)
            .filter_map(|(_, payload)| payload)
            .collect()
    }

    fn drop_words(&mut self, community: &CommunityId, logs: &[LogRow]) {
        let elsewhere = self.named_elsewhere(community);
        for log in logs {
            let Some(held) = self.entries.get(&log.number) else { continue };
            for hash in held.all().iter().filter_map(|entry| payload_named(entry)) {
                if !elsewhere.contains(&hash) {
                    self.payloads.remove(&hash);
                }
            }
        }
    }
}

/// Whether `new` takes the place of `old`: by Lamport number, then entry id.
fn later(new: (u64, EntryId), old: Option<(u64, EntryId)>) -> bool {
    old.is_none_or(|old| new > old)
}

impl Write for Tables {
    fn put_community(&mut self, row: &CommunityRow) -> Result<()> {
        self.communities.put(row.id, row.clone());
        Ok(())
    }

    fn drop_community(&mut self, id: &CommunityId) -> Result<()> {
        let logs = self.logs(id)?;
        self.drop_words(id, &logs);
        self.clear_projections(id)?;
        for log in logs {
            self.logs.remove(&log.number);
            self.log_ids.remove(&log.id);
            self.logs_by.remove(&(*id, log.id));
            self.logs_of.remove(&(*id, log.header.author, log.id));
            self.entries.remove(&log.number);
            self.heads.remove_where(|(number, _), _| *number == log.number);
        }
        for record in self.records(id)? {
            self.records.remove(&record.id);
            self.records_by.remove(&(*id, record.id));
        }
        self.cuts.remove_where(|_, row| row.community == *id);
        self.changes.remove_where(|_, row| row.community == *id);
        self.changes_open.remove_where(|(of, _, _), ()| of == id);
        self.parcels.remove_where(|(of, _), _| of == id);
        self.local_persons.remove_where(|_, row| row.community == *id);
        self.communities.remove(id);
        Ok(())
    }

    fn put_record(&mut self, row: &RecordRow) -> Result<()> {
        if self.records.get(&row.id).is_none() {
            let bytes = self.pool.bytes(*row.id.as_bytes(), &row.bytes);
            let record = Record { community: row.community, bytes, first_seen: row.first_seen };
            self.records.put(row.id, record);
            self.records_by.put((row.community, row.id), ());
        }
        Ok(())
    }

    fn add_log(&mut self, row: &LogRow) -> Result<LogNumber> {
        if self.log_ids.get(&row.id).is_some() {
            return Err(StoreError::Io("this log is already held".into()));
        }
        let last = self.last_log.get(&()).copied().unwrap_or_default();
        let number = LogNumber(last + 1);
        let (community, author) = (row.header.community, row.header.author);
        self.last_log.put((), number.0);
        self.log_ids.put(row.id, number);
        self.logs_by.put((community, row.id), number);
        self.logs_of.put((community, author, row.id), number);
        self.entries.put(number, self.pool.log(row.id));
        self.logs.put(number, LogRow { number, ..row.clone() });
        Ok(number)
    }

    fn put_log(&mut self, row: &LogRow) -> Result<()> {
        let there = self.logs.get(&row.number).ok_or_else(|| unknown(row.number))?;
        assert!(there.id == row.id, "a log's id never changes");
        self.logs.put(row.number, row.clone());
        Ok(())
    }

    fn append(&mut self, log: LogNumber, first: u32, entries: &[Vec<u8>]) -> Result<()> {
        let mut held = self.entries.get(&log).ok_or_else(|| unknown(log))?.clone();
        if held.length() != first {
            let length = held.length();
            return Err(StoreError::Damaged(format!(
                "log {} holds {length} entries, and {first} were expected",
                log.0
            )));
        }
        held.append(entries);
        self.entries.put(log, held);
        Ok(())
    }

    fn truncate(&mut self, log: LogNumber, length: u32) -> Result<()> {
        if let Some(held) = self.entries.get(&log) {
            let mut held = held.clone();
            held.truncate(length);
            self.entries.put(log, held);
        }
        Ok(())
    }

    fn put_head(&mut self, log: LogNumber, head: &SignedHead) -> Result<()> {
        let row = self.logs.get(&log).ok_or_else(|| unknown(log))?;
        assert!(row.id == head.head.log, "a head is of its log");
        self.heads.put((log, head.head.length), *head);
        Ok(())
    }

    fn drop_head(&mut self, log: LogNumber, length: u32) -> Result<()> {
        self.heads.remove(&(log, length));
        Ok(())
    }

    fn put_payload(&mut self, hash: &PayloadHash, bytes: &[u8]) -> Result<()> {
        let bytes = self.pool.bytes(*hash.as_bytes(), bytes);
        self.payloads.put(*hash, bytes);
        self.drop_wanted(hash)
    }

    fn drop_payload(&mut self, hash: &PayloadHash) -> Result<()> {
        self.payloads.remove(hash);
        Ok(())
    }

    fn put_wanted(&mut self, row: &WantedRow) -> Result<()> {
        let key = (row.log, row.index);
        if let Some(before) = self.wanted.get(&key) {
            self.wanted_by.remove(&(before.hash, row.log, row.index));
        }
        self.wanted_by.put((row.hash, row.log, row.index), ());
        self.wanted.put(key, row.clone());
        Ok(())
    }

    fn drop_wanted(&mut self, hash: &PayloadHash) -> Result<()> {
        let range = (*hash, LogNumber(0), 0)..=(*hash, LogNumber(u32::MAX), u32::MAX);
        let keys: Vec<_> = self.wanted_by.range(range).map(|(key, ())| *key).collect();
        for key in keys {
            self.wanted_by.remove(&key);
            self.wanted.remove(&(key.1, key.2));
        }
        Ok(())
    }

    fn put_cut(&mut self, row: &CutRow) -> Result<()> {
        self.cuts.put(row.log, row.clone());
        Ok(())
    }

    fn put_change(&mut self, row: &ChangeRow) -> Result<()> {
        let open = (row.community, row.text, row.hash);
        match row.state {
            ChangeState::Said => self.changes_open.remove(&open),
            ChangeState::Carried { .. } | ChangeState::Wanted => self.changes_open.put(open, ()),
        }
        self.changes.put((row.text, row.hash), row.clone());
        Ok(())
    }

    fn put_name(&mut self, row: &NameRow) -> Result<()> {
        let key = (row.community, row.person);
        if later((row.lamport, row.entry), self.names.get(&key).map(|n| (n.lamport, n.entry))) {
            self.names.put(key, row.clone());
        }
        Ok(())
    }

    fn put_post(&mut self, row: &PostRow) -> Result<()> {
        if self.posts.get(&row.id).is_none() {
            self.posts_by.put((row.community, row.family, row.lamport, row.id), ());
            if let Some(parent) = row.parent {
                self.posts_in.put((parent, row.family, row.lamport, row.id), ());
            }
            self.posts.put(row.id, row.clone());
        }
        Ok(())
    }

    fn put_edit(&mut self, row: &EditRow) -> Result<()> {
        let key = (row.target, row.author, row.community);
        // A withdrawal is final.
        let order = |e: &EditRow| (e.payload.is_none(), e.lamport, e.entry);
        if self.edits.get(&key).is_none_or(|old| order(row) > order(old)) {
            self.edits.put(key, row.clone());
        }
        Ok(())
    }

    fn put_hide(&mut self, row: &HideRow) -> Result<()> {
        let key = (row.post, row.community);
        if later((row.lamport, row.entry), self.hides.get(&key).map(|h| (h.lamport, h.entry))) {
            self.hides.put(key, row.clone());
        }
        Ok(())
    }

    fn put_vote(&mut self, row: &VoteRow) -> Result<()> {
        let key = (row.post, row.person, row.community);
        if later((row.lamport, row.entry), self.votes.get(&key).map(|v| (v.lamport, v.entry))) {
            let vote = Vote { lamport: row.lamport, entry: row.entry, choice: row.choice };
            self.votes.put(key, vote);
        }
        Ok(())
    }

    fn put_question(&mut self, row: &PostRow) -> Result<()> {
        if let Some(post) = self.posts.get(&row.id) {
            self.questions.put((post.community, post.lamport, post.id), ());
        }
        Ok(())
    }

    fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        let key = (row.target, row.person, row.read, row.community);
        let order = |r: &ReceiptRow| (r.lamport, r.entry);
        if self.receipts.get(&key).is_none_or(|old| order(row) < order(old)) {
            self.receipts.put(key, row.clone());
        }
        Ok(())
    }

    fn put_blob(&mut self, row: &BlobRow) -> Result<()> {
        self.blobs.put(row.hash, row.clone());
        Ok(())
    }

    fn put_blob_slice(&mut self, slice: &VerifiedSlice) -> Result<()> {
        self.keep_slice(slice)
    }

    fn put_blob_bytes(&mut self, hash: &BlobHash, size: u64, bytes: &BlobBytes) -> Result<()> {
        self.keep_blob(hash, size, bytes)
    }

    fn drop_blob_bytes(&mut self, hash: &BlobHash) -> Result<()> {
        self.forget_bytes(hash);
        Ok(())
    }

    fn drop_blob(&mut self, hash: &BlobHash) -> Result<()> {
        self.forget_bytes(hash);
        self.blobs.remove(hash);
        Ok(())
    }

    fn put_blob_name(&mut self, row: &BlobNameRow) -> Result<()> {
        self.blob_names.put((row.hash, row.target, row.payload, row.community), row.clone());
        Ok(())
    }

    fn drop_blob_names(&mut self, payload: &PayloadHash) -> Result<()> {
        self.blob_names.remove_where(|(_, _, of, _), _| of == payload);
        Ok(())
    }

    fn put_parcel(&mut self, row: &ParcelRow, bytes: Option<&[u8]>) -> Result<()> {
        let key = (row.community, row.id);
        let held = self.parcels.get(&key).map(|(_, held)| Arc::clone(held));
        let kept: Arc<[u8]> = match (bytes, held) {
            _ if row.gone => Arc::from([]),
            (Some(bytes), _) => self.pool.bytes(*row.id.as_bytes(), bytes),
            (None, Some(held)) => held,
            (None, None) => Arc::from([]),
        };
        self.parcels.put(key, (row.clone(), kept));
        Ok(())
    }

    fn drop_parcel(&mut self, community: &CommunityId, id: &ParcelId) -> Result<()> {
        self.parcels.remove(&(*community, *id));
        Ok(())
    }

    fn clear_projections(&mut self, community: &CommunityId) -> Result<()> {
        let of = |row: &CommunityId| row == community;
        self.names.remove_where(|(c, _), _| of(c));
        self.posts_in.remove_where(|(_, _, _, id), ()| {
            self.posts.get(id).is_some_and(|post| of(&post.community))
        });
        self.posts_by.remove_where(|(c, _, _, _), ()| of(c));
        self.posts.remove_where(|_, row| of(&row.community));
        self.edits.remove_where(|(_, _, c), _| of(c));
        self.hides.remove_where(|(_, c), _| of(c));
        self.votes.remove_where(|(_, _, c), _| of(c));
        self.questions.remove_where(|(c, _, _), ()| of(c));
        self.receipts.remove_where(|(_, _, _, c), _| of(c));
        self.blob_names.remove_where(|(_, _, _, c), _| of(c));
        let cleared: Vec<_> = self
            .changes
            .values()
            .filter(|row| of(&row.community) && !matches!(row.state, ChangeState::Carried { .. }))
            .map(|row| (row.text, row.hash))
            .collect();
        for (text, hash) in cleared {
            self.changes.remove(&(text, hash));
            self.changes_open.remove(&(*community, text, hash));
        }
        for row in self.wanted(community)? {
            self.wanted.remove(&(row.log, row.index));
            self.wanted_by.remove(&(row.hash, row.log, row.index));
        }
        Ok(())
    }

    fn put_local_person(&mut self, row: &LocalPerson) -> Result<()> {
        let same = |p: &LocalPerson| p.community == row.community && p.person == row.person;
        let rows = || self.local_persons.range(..);
        let there = rows().find(|(_, person)| same(person)).map(|(at, _)| *at);
        let at = there.unwrap_or_else(|| rows().next_back().map_or(0, |(last, _)| last + 1));
        self.local_persons.put(at, row.clone());
        Ok(())
    }

    fn put_local(&mut self, key: &str, value: &[u8]) -> Result<()> {
        self.local.put(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn drop_local(&mut self, key: &str) -> Result<()> {
        self.local.remove(&key.to_owned());
        Ok(())
    }
}
