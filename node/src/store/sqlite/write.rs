//! Writing the tables, inside a transaction.

use std::collections::BTreeSet;

use baro_crdt::ids::{BlobHash, CommunityId, EntryId, ParcelId, PayloadHash, PersonId};
use baro_crdt::log::SignedHead;
use rusqlite::{Connection, Params, params};

use super::super::{
    BlobBytes, BlobNameRow, BlobRow, ChangeRow, ChangeState, CommunityRow, CutRow, EditRow,
    HideRow, LocalPerson, LogNumber, LogRow, NameRow, ParcelRow, PostRow, Read, ReceiptRow,
    RecordRow, Result, StoreError, VoteRow, WantedRow, Write, payload_named,
};
use super::ENDED;
use super::blobs::{self, Touched};
use super::columns::{choice_number, int, stream_number};
use super::intern::Keys;
use super::planned::Planned as _;
use super::read::Reading;
use super::{parcels, runs};
use crate::blobs::{BlobFiles, VerifiedSlice};
use crate::store::forward::forward_read;

/// The writer inside its transaction.
pub(super) struct Writing<'c> {
    pub(super) conn: &'c Connection,
    pub(super) keys: &'c mut Keys,
    /// Whether words are wanted, or were in this transaction.
    pub(super) any_wanted: Option<bool>,
    /// Whether a community was dropped, and with it numbers and pages.
    pub(super) dropped: bool,
    /// The files of blobs.
    pub(super) files: &'c BlobFiles,
    /// Those of them that this transaction writes.
    pub(super) touched: Touched,
}

forward_read!(Writing<'_>, me => Reading(me.conn, me.files));

impl<'c> Writing<'c> {
    /// The connection, as long as the transaction lives: past it, each statement would commit on
    /// its own.
    fn alive(&self) -> Result<&'c Connection> {
        if self.conn.is_autocommit() { Err(StoreError::Io(ENDED.into())) } else { Ok(self.conn) }
    }

    fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.alive()?.cached(sql)?.execute(params)?)
    }

    fn is_any_wanted(&mut self) -> Result<bool> {
        if let Some(any) = self.any_wanted {
            return Ok(any);
        }
        let any = self.alive()?.prepare_cached("SELECT 1 FROM wanted LIMIT 1")?.exists([])?;
        self.any_wanted = Some(any);
        Ok(any)
    }

    fn community(&mut self, id: &CommunityId) -> Result<i64> {
        self.keys.community(self.alive()?, id)
    }

    fn person(&mut self, id: &PersonId) -> Result<i64> {
        self.keys.person(self.alive()?, id)
    }

    fn target(&mut self, id: &EntryId) -> Result<i64> {
        self.keys.target(self.alive()?, id)
    }

    /// The words that posts and edits outside of a community name.
    fn named_elsewhere(&self, community: i64) -> Result<BTreeSet<[u8; 32]>> {
        let mut statement = self.conn.cached(
            "SELECT payload FROM posts WHERE community <> ?1 AND payload IS NOT NULL
             UNION SELECT payload FROM edits WHERE community <> ?1 AND payload IS NOT NULL",
        )?;
        let hashes = statement.query_map([community], |row| row.get(0))?;
        Ok(hashes.collect::<rusqlite::Result<_>>()?)
    }

    fn drop_words(&mut self, community: i64, logs: &[LogRow]) -> Result<()> {
        let elsewhere = self.named_elsewhere(community)?;
        for log in logs {
            for entry in self.entries(log.number, 0..u32::MAX)? {
                if let Some(hash) = payload_named(&entry)
                    && !elsewhere.contains(hash.as_bytes())
                {
                    self.drop_payload(&hash)?;
                }
            }
        }
        Ok(())
    }

    fn clear(&mut self, community: i64) -> Result<()> {
        for sql in [
            "DELETE FROM names WHERE community = ?",
            "DELETE FROM posts WHERE community = ?",
            "DELETE FROM edits WHERE community = ?",
            "DELETE FROM hides WHERE community = ?",
            "DELETE FROM votes WHERE community = ?",
            "DELETE FROM questions WHERE community = ?",
            "DELETE FROM receipts WHERE community = ?",
            "DELETE FROM wanted WHERE community = ?",
            "DELETE FROM blob_names WHERE community = ?",
            "DELETE FROM changes WHERE community = ? AND state <> 1",
        ] {
            self.run(sql, [community])?;
        }
        Ok(())
    }
}

/// Persons and entry ids that no row names any more.
const SWEEP: &str = "
    DELETE FROM persons WHERE key NOT IN (
        SELECT author FROM logs UNION SELECT person FROM names UNION SELECT author FROM posts
        UNION SELECT author FROM edits UNION SELECT moderator FROM hides
        UNION SELECT person FROM votes UNION SELECT person FROM receipts);
    DELETE FROM targets WHERE key NOT IN (
        SELECT target FROM posts
        UNION SELECT parent FROM posts WHERE parent IS NOT NULL UNION SELECT target FROM edits
        UNION SELECT post FROM hides UNION SELECT post FROM votes UNION SELECT text FROM changes
        UNION SELECT target FROM receipts);";

impl Write for Writing<'_> {
    fn put_community(&mut self, row: &CommunityRow) -> Result<()> {
        let community = self.community(&row.id)?;
        self.run(
            "INSERT INTO communities VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET lthash = excluded.lthash, records = excluded.records,
                 logs = excluded.logs, entries = excluded.entries",
            params![community, row.lthash, row.records, row.logs, int(row.entries)?],
        )?;
        Ok(())
    }

    fn drop_community(&mut self, id: &CommunityId) -> Result<()> {
        let community = self.community(id)?;
        let logs = self.logs(id)?;
        self.drop_words(community, &logs)?;
        self.clear(community)?;
        for log in logs {
            runs::truncate(self.alive()?, log.number, 0)?;
            self.run("DELETE FROM heads WHERE log = ?", [log.number.0])?;
        }
        self.run("DELETE FROM logs WHERE community = ?", [community])?;
        self.run("DELETE FROM records WHERE community = ?", [community])?;
        self.run("DELETE FROM cuts WHERE community = ?", [community])?;
        self.run("DELETE FROM changes WHERE community = ?", [community])?;
        self.run("DELETE FROM parcels WHERE community = ?", [community])?;
        self.run("DELETE FROM communities WHERE community = ?", [community])?;
        self.run("DELETE FROM local_persons WHERE community = ?", [id.as_bytes()])?;
        self.run("DELETE FROM community_keys WHERE key = ?", [community])?;
        self.alive()?.execute_batch(SWEEP)?;
        *self.keys = Keys::default();
        self.dropped = true;
        Ok(())
    }

    fn put_record(&mut self, row: &RecordRow) -> Result<()> {
        let community = self.community(&row.community)?;
        self.run(
            "INSERT INTO records (community, id, bytes, first_seen) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
            params![community, row.id.as_bytes(), row.bytes, row.first_seen.0],
        )?;
        Ok(())
    }

    fn add_log(&mut self, row: &LogRow) -> Result<LogNumber> {
        let community = self.community(&row.header.community)?;
        let author = self.person(&row.header.author)?;
        let (header, cursor) = (&row.header, &row.cursor);
        let number = self
            .alive()?
            .cached(
                "INSERT INTO logs (id, community, author, grant_id, stream, lane, volume, length,
                     chain, lamport, time, bytes, authorised, authorised_chain)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .insert(params![
                row.id.as_bytes(),
                community,
                author,
                header.grant.as_bytes(),
                stream_number(header.stream),
                header.lane.as_bytes(),
                header.volume,
                cursor.length,
                cursor.chain.as_bytes(),
                int(cursor.lamport)?,
                cursor.time,
                int(cursor.bytes)?,
                row.authorised,
                row.authorised_chain.as_bytes(),
            ])?;
        // A run's key has 31 bits for it.
        i32::try_from(number)
            .ok()
            .and_then(|number| u32::try_from(number).ok())
            .map(LogNumber)
            .ok_or_else(|| StoreError::Io("no more logs can be numbered".into()))
    }

    fn put_log(&mut self, row: &LogRow) -> Result<()> {
        let cursor = &row.cursor;
        let changed = self.run(
            "UPDATE logs SET length = ?, chain = ?, lamport = ?, time = ?, bytes = ?,
                 authorised = ?, authorised_chain = ? WHERE number = ?",
            params![
                cursor.length,
                cursor.chain.as_bytes(),
                int(cursor.lamport)?,
                cursor.time,
                int(cursor.bytes)?,
                row.authorised,
                row.authorised_chain.as_bytes(),
                row.number.0,
            ],
        )?;
        if changed == 1 { Ok(()) } else { Err(unknown_log(row.number)) }
    }

    fn append(&mut self, log: LogNumber, first: u32, entries: &[Vec<u8>]) -> Result<()> {
        runs::append(self.alive()?, log, first, entries)
    }

    fn truncate(&mut self, log: LogNumber, length: u32) -> Result<()> {
        runs::truncate(self.alive()?, log, length)
    }

    fn put_head(&mut self, log: LogNumber, head: &SignedHead) -> Result<()> {
        let SignedHead { head, signature } = head;
        let changed = self.run(
            "INSERT OR REPLACE INTO heads (log, length, chain, signature)
             SELECT number, ?, ?, ? FROM logs WHERE number = ?",
            params![head.length, head.chain.as_bytes(), signature.as_bytes(), log.0],
        )?;
        if changed == 1 { Ok(()) } else { Err(unknown_log(log)) }
    }

    fn drop_head(&mut self, log: LogNumber, length: u32) -> Result<()> {
        self.run("DELETE FROM heads WHERE log = ? AND length = ?", [log.0, length])?;
        Ok(())
    }

    fn put_payload(&mut self, hash: &PayloadHash, bytes: &[u8]) -> Result<()> {
        self.run(
            "INSERT INTO payloads (hash, bytes) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
            params![hash.as_bytes(), bytes],
        )?;
        if self.is_any_wanted()? { self.drop_wanted(hash) } else { Ok(()) }
    }

    fn drop_payload(&mut self, hash: &PayloadHash) -> Result<()> {
        self.run("DELETE FROM payloads WHERE hash = ?", [hash.as_bytes()])?;
        Ok(())
    }

    fn put_wanted(&mut self, row: &WantedRow) -> Result<()> {
        self.any_wanted = Some(true);
        let community = self.community(&row.community)?;
        self.run(
            "INSERT OR REPLACE INTO wanted (log, at, community, hash, size)
             VALUES (?, ?, ?, ?, ?)",
            params![row.log.0, row.index, community, row.hash.as_bytes(), row.size],
        )?;
        Ok(())
    }

    fn drop_wanted(&mut self, hash: &PayloadHash) -> Result<()> {
        self.run("DELETE FROM wanted WHERE hash = ?", [hash.as_bytes()])?;
        Ok(())
    }

    fn put_cut(&mut self, row: &CutRow) -> Result<()> {
        let community = self.community(&row.community)?;
        self.run(
            "INSERT INTO cuts (log, community, cut, proof) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET community = excluded.community, cut = excluded.cut,
                 proof = excluded.proof",
            params![row.log.as_bytes(), community, row.cut, row.proof],
        )?;
        Ok(())
    }

    fn put_change(&mut self, row: &ChangeRow) -> Result<()> {
        let (community, text) = (self.community(&row.community)?, self.target(&row.text)?);
        let (state, author, bytes) = match &row.state {
            ChangeState::Said => (0, None, None),
            ChangeState::Carried { author, bytes } => (1, author.as_ref(), Some(bytes)),
            ChangeState::Wanted => (2, None, None),
        };
        let author = author.map(PersonId::as_bytes);
        self.run(
            "INSERT OR REPLACE INTO changes (text, hash, community, state, author, bytes)
             VALUES (?, ?, ?, ?, ?, ?)",
            params![text, row.hash.as_bytes(), community, state, author, bytes],
        )?;
        Ok(())
    }

    fn put_name(&mut self, row: &NameRow) -> Result<()> {
        let (community, person) = (self.community(&row.community)?, self.person(&row.person)?);
        self.run(
            "INSERT INTO names AS old (community, person, name, lamport, entry)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET name = excluded.name, lamport = excluded.lamport,
                 entry = excluded.entry
             WHERE (excluded.lamport, excluded.entry) > (old.lamport, old.entry)",
            params![community, person, row.name, int(row.lamport)?, row.entry.as_bytes()],
        )?;
        Ok(())
    }

    fn put_post(&mut self, row: &PostRow) -> Result<()> {
        let (community, author) = (self.community(&row.community)?, self.person(&row.author)?);
        let target = self.keys.new_target(self.alive()?, &row.id)?;
        let parent = row.parent.map(|parent| self.target(&parent)).transpose()?;
        self.run(
            "INSERT INTO posts (target, community, family, parent, author, log, at, lamport,
                 declared_at, first_seen, payload)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![
                target,
                community,
                row.family as u8,
                parent,
                author,
                row.log.0,
                row.index,
                int(row.lamport)?,
                row.declared_at.0,
                row.first_seen.0,
                row.payload.as_ref().map(PayloadHash::as_bytes),
            ],
        )?;
        Ok(())
    }

    fn put_edit(&mut self, row: &EditRow) -> Result<()> {
        let (community, author) = (self.community(&row.community)?, self.person(&row.author)?);
        let target = self.target(&row.target)?;
        self.run(
            "INSERT INTO edits AS old (target, author, community, lamport, entry, payload)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET lamport = excluded.lamport, entry = excluded.entry,
                 payload = excluded.payload
             WHERE (excluded.payload IS NULL, excluded.lamport, excluded.entry)
                 > (old.payload IS NULL, old.lamport, old.entry)",
            params![
                target,
                author,
                community,
                int(row.lamport)?,
                row.entry.as_bytes(),
                row.payload.as_ref().map(PayloadHash::as_bytes),
            ],
        )?;
        Ok(())
    }

    fn put_hide(&mut self, row: &HideRow) -> Result<()> {
        let (community, by) = (self.community(&row.community)?, self.person(&row.by)?);
        let post = self.target(&row.post)?;
        self.run(
            "INSERT INTO hides AS old (post, community, moderator, lamport, entry, reason)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET moderator = excluded.moderator,
                 lamport = excluded.lamport, entry = excluded.entry, reason = excluded.reason
             WHERE (excluded.lamport, excluded.entry) > (old.lamport, old.entry)",
            params![post, community, by, int(row.lamport)?, row.entry.as_bytes(), row.reason],
        )?;
        Ok(())
    }

    fn put_vote(&mut self, row: &VoteRow) -> Result<()> {
        let (community, person) = (self.community(&row.community)?, self.person(&row.person)?);
        let post = self.target(&row.post)?;
        let choice = choice_number(row.choice);
        self.run(
            "INSERT INTO votes AS old (post, person, community, choice, lamport, entry)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET choice = excluded.choice, lamport = excluded.lamport,
                 entry = excluded.entry
             WHERE (excluded.lamport, excluded.entry) > (old.lamport, old.entry)",
            params![post, person, community, choice, int(row.lamport)?, row.entry.as_bytes()],
        )?;
        Ok(())
    }

    fn put_question(&mut self, row: &PostRow) -> Result<()> {
        self.run(
            "INSERT OR IGNORE INTO questions
             SELECT community, target FROM posts
             WHERE target = (SELECT key FROM targets WHERE id = ?)",
            [row.id.as_bytes()],
        )?;
        Ok(())
    }

    fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        let (community, person) = (self.community(&row.community)?, self.person(&row.person)?);
        let target = self.target(&row.target)?;
        let (lamport, entry) = (int(row.lamport)?, row.entry.as_bytes());
        self.run(
            "INSERT INTO receipts AS old
                 (target, person, read, community, lamport, entry, declared_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET lamport = excluded.lamport, entry = excluded.entry,
                 declared_at = excluded.declared_at
             WHERE (excluded.lamport, excluded.entry) < (old.lamport, old.entry)",
            params![target, person, row.read, community, lamport, entry, row.declared_at.0],
        )?;
        Ok(())
    }

    fn put_blob(&mut self, row: &BlobRow) -> Result<()> {
        blobs::put_row(self.alive()?, row)
    }

    fn put_blob_slice(&mut self, slice: &VerifiedSlice) -> Result<()> {
        self.alive()?;
        self.touched.slice(self.files, slice)
    }

    fn put_blob_bytes(&mut self, hash: &BlobHash, size: u64, bytes: &BlobBytes) -> Result<()> {
        self.alive()?;
        self.touched.bytes(self.files, hash, size, bytes)
    }

    fn drop_blob_bytes(&mut self, hash: &BlobHash) -> Result<()> {
        self.touched.drop_bytes(hash);
        Ok(())
    }

    fn drop_blob(&mut self, hash: &BlobHash) -> Result<()> {
        self.touched.drop_bytes(hash);
        self.run("DELETE FROM blobs WHERE hash = ?", [hash.as_bytes()])?;
        Ok(())
    }

    fn put_blob_name(&mut self, row: &BlobNameRow) -> Result<()> {
        let community = self.community(&row.community)?;
        blobs::put_name(self.alive()?, community, row)
    }

    fn drop_blob_names(&mut self, payload: &PayloadHash) -> Result<()> {
        self.run("DELETE FROM blob_names WHERE payload = ?", [payload.as_bytes()])?;
        Ok(())
    }

    fn put_parcel(&mut self, row: &ParcelRow, bytes: Option<&[u8]>) -> Result<()> {
        let community = self.community(&row.community)?;
        parcels::put(self.alive()?, community, row, bytes)
    }

    fn drop_parcel(&mut self, community: &CommunityId, id: &ParcelId) -> Result<()> {
        let community = self.community(community)?;
        parcels::drop(self.alive()?, community, id)
    }

    fn clear_projections(&mut self, community: &CommunityId) -> Result<()> {
        let community = self.community(community)?;
        self.clear(community)
    }

    fn put_local_person(&mut self, row: &LocalPerson) -> Result<()> {
        let seed = row.seed.as_ref().map_or(&[][..], |seed| &seed[..]);
        self.run(
            "INSERT INTO local_persons (community, person, name, seed) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET name = excluded.name, seed = excluded.seed",
            params![row.community.as_bytes(), row.person.as_bytes(), row.name, seed],
        )?;
        Ok(())
    }

    fn put_local(&mut self, key: &str, value: &[u8]) -> Result<()> {
        self.run(
            "INSERT INTO local_values (key, value) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET value = excluded.value",
            params![key, value],
        )?;
        Ok(())
    }

    fn drop_local(&mut self, key: &str) -> Result<()> {
        self.run("DELETE FROM local_values WHERE key = ?", [key])?;
        Ok(())
    }
}

fn unknown_log(log: LogNumber) -> StoreError {
    StoreError::Damaged(format!("no log has the number {}", log.0))
}
