//! Reading the tables through one connection.
//!
//! What speaks of a post (votes, edits, hidings, answers) is looked at only where it is of the
//! post's own community, once the post is known.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use baro_crdt::entry::Choice;
use baro_crdt::ids::{
    BlobHash, ChangeHash, CommunityId, EntryId, LogId, ParcelId, PayloadHash, PersonId, RecordId,
};
use baro_crdt::log::SignedHead;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::super::{
    BlobNameRow, BlobRow, ChangeRow, CommunityRow, CutRow, EditRow, HideRow, LocalPerson,
    LogNumber, LogRow, NameRow, ParcelRow, PostFamily, PostRow, Read, ReceiptRow, RecordRow,
    Result, StandingVote, StoreError, Tally, VoteRow, WantedRow,
};
use super::planned::Planned as _;
use super::queries::{changes, communities, in_debate, logs, posts};
use super::{blobs, columns, parcels, runs};
use crate::blobs::BlobFiles;

/// A connection, to read through, and the files of blobs.
pub(super) struct Reading<'c>(pub(super) &'c Connection, pub(super) &'c BlobFiles);

type Answer<T> = rusqlite::Result<T>;

impl Reading<'_> {
    fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&Row<'_>) -> Answer<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.0.cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Answer<_>>()?)
    }

    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: fn(&Row<'_>) -> Answer<T>,
    ) -> Result<Option<T>> {
        Ok(self.0.cached(sql)?.query_row(params, read).optional()?)
    }
}

impl Read for Reading<'_> {
    fn communities(&self) -> Result<Vec<CommunityRow>> {
        self.list(communities!("ORDER BY k.id"), [], columns::community_row)
    }

    fn community(&self, id: &CommunityId) -> Result<Option<CommunityRow>> {
        self.one(communities!("WHERE k.id = ?"), [id.as_bytes()], columns::community_row)
    }

    fn records(&self, community: &CommunityId) -> Result<Vec<RecordRow>> {
        self.list(
            "SELECT r.id, k.id, r.bytes, r.first_seen
             FROM records r JOIN community_keys k ON k.key = r.community
             WHERE k.id = ? ORDER BY r.id",
            [community.as_bytes()],
            columns::record_row,
        )
    }

    fn record(&self, id: &RecordId) -> Result<Option<RecordRow>> {
        self.one(
            "SELECT r.id, k.id, r.bytes, r.first_seen
             FROM records r JOIN community_keys k ON k.key = r.community WHERE r.id = ?",
            [id.as_bytes()],
            columns::record_row,
        )
    }

    fn logs(&self, community: &CommunityId) -> Result<Vec<LogRow>> {
        self.list(logs!("WHERE k.id = ? ORDER BY l.id"), [community.as_bytes()], columns::log_row)
    }

    fn logs_of(&self, community: &CommunityId, author: &PersonId) -> Result<Vec<LogRow>> {
        self.list(
            logs!("WHERE k.id = ? AND p.id = ? ORDER BY l.id"),
            params![community.as_bytes(), author.as_bytes()],
            columns::log_row,
        )
    }

    fn log(&self, id: &LogId) -> Result<Option<LogRow>> {
        self.one(logs!("WHERE l.id = ?"), [id.as_bytes()], columns::log_row)
    }

    fn logs_named(&self, first: &[u8; 8]) -> Result<Vec<LogRow>> {
        let (low, high) =
            ([first.as_slice(), &[0; 24]].concat(), [first.as_slice(), &[0xff; 24]].concat());
        self.list(
            logs!("WHERE l.id BETWEEN ? AND ? ORDER BY l.id"),
            params![low, high],
            columns::log_row,
        )
    }

    fn log_by_number(&self, number: LogNumber) -> Result<Option<LogRow>> {
        self.one(logs!("WHERE l.number = ?"), [number.0], columns::log_row)
    }

    fn entries(&self, log: LogNumber, range: Range<u32>) -> Result<Vec<Vec<u8>>> {
        runs::read(self.0, log, range)
    }

    fn heads(&self, log: LogNumber) -> Result<Vec<SignedHead>> {
        self.list(
            "SELECT l.id, h.length, h.chain, h.signature
             FROM heads h JOIN logs l ON l.number = h.log WHERE h.log = ? ORDER BY h.length",
            [log.0],
            columns::signed_head,
        )
    }

    fn payload(&self, hash: &PayloadHash) -> Result<Option<Vec<u8>>> {
        self.one("SELECT bytes FROM payloads WHERE hash = ?", [hash.as_bytes()], |row| row.get(0))
    }

    fn wanted(&self, community: &CommunityId) -> Result<Vec<WantedRow>> {
        self.list(
            "SELECT k.id, w.log, w.at, w.hash, w.size
             FROM wanted w JOIN community_keys k ON k.key = w.community
             WHERE k.id = ? ORDER BY w.log, w.at",
            [community.as_bytes()],
            columns::wanted_row,
        )
    }

    fn cuts(&self, community: &CommunityId) -> Result<Vec<CutRow>> {
        self.list(
            "SELECT k.id, c.log, c.cut, c.proof
             FROM cuts c JOIN community_keys k ON k.key = c.community
             WHERE k.id = ? ORDER BY c.log",
            [community.as_bytes()],
            columns::cut_row,
        )
    }

    fn cut(&self, log: &LogId) -> Result<Option<CutRow>> {
        self.one(
            "SELECT k.id, c.log, c.cut, c.proof
             FROM cuts c JOIN community_keys k ON k.key = c.community WHERE c.log = ?",
            [log.as_bytes()],
            columns::cut_row,
        )
    }

    fn change(&self, text: &EntryId, hash: &ChangeHash) -> Result<Option<ChangeRow>> {
        self.one(
            changes!("WHERE t.id = ? AND c.hash = ?"),
            params![text.as_bytes(), hash.as_bytes()],
            columns::change_row,
        )
    }

    fn changes_carried(&self, community: &CommunityId) -> Result<Vec<ChangeRow>> {
        self.list(
            changes!("WHERE k.id = ? AND c.state = 1 ORDER BY t.id, c.hash"),
            [community.as_bytes()],
            columns::change_row,
        )
    }

    fn changes_wanted(&self, community: &CommunityId) -> Result<Vec<(EntryId, ChangeHash)>> {
        let rows = self.list(
            changes!("WHERE k.id = ? AND c.state = 2 ORDER BY t.id, c.hash"),
            [community.as_bytes()],
            columns::change_row,
        )?;
        Ok(rows.into_iter().map(|row| (row.text, row.hash)).collect())
    }

    fn names(&self, community: &CommunityId) -> Result<Vec<NameRow>> {
        self.list(
            "SELECT k.id, p.id, n.name, n.lamport, n.entry
             FROM names n JOIN community_keys k ON k.key = n.community
                 JOIN persons p ON p.key = n.person
             WHERE k.id = ? ORDER BY p.id",
            [community.as_bytes()],
            columns::name_row,
        )
    }

    fn post(&self, id: &EntryId) -> Result<Option<PostRow>> {
        self.one(posts!("WHERE t.id = ?"), [id.as_bytes()], columns::post_row)
    }

    fn posts_named(&self, first: &[u8]) -> Result<Vec<PostRow>> {
        let (mut low, mut high) = (first.to_vec(), first.to_vec());
        low.resize(EntryId::LEN, 0);
        high.resize(EntryId::LEN, 0xff);
        self.list(
            posts!("WHERE t.id BETWEEN ? AND ? ORDER BY t.id"),
            params![low, high],
            columns::post_row,
        )
    }

    fn posts(&self, community: &CommunityId, family: PostFamily) -> Result<Vec<PostRow>> {
        self.list(
            posts!("WHERE k.id = ? AND p.family = ? ORDER BY p.lamport, t.id"),
            params![community.as_bytes(), family as u8],
            columns::post_row,
        )
    }

    fn posts_in(&self, parent: &EntryId, family: PostFamily) -> Result<Vec<PostRow>> {
        self.list(
            posts!(
                "WHERE p.parent = (SELECT key FROM targets WHERE id = ?) AND p.family = ?
                   AND p.community = coalesce(
                       (SELECT community FROM posts WHERE target = p.parent), p.community)
                 ORDER BY p.lamport, t.id"
            ),
            params![parent.as_bytes(), family as u8],
            columns::post_row,
        )
    }

    fn posts_count(&self, parent: &EntryId, family: PostFamily) -> Result<u32> {
        let count = self.one(
            "SELECT count(*) FROM posts p
             WHERE p.parent = (SELECT key FROM targets WHERE id = ?) AND p.family = ?
               AND p.community = coalesce(
                   (SELECT community FROM posts WHERE target = p.parent), p.community)",
            params![parent.as_bytes(), family as u8],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or(0))
    }

    fn edit(&self, target: &EntryId, author: &PersonId) -> Result<Option<EditRow>> {
        self.one(
            "SELECT k.id, t.id, p.id, e.lamport, e.entry, e.payload
             FROM edits e JOIN targets t ON t.key = e.target JOIN persons p ON p.key = e.author
                 JOIN community_keys k ON k.key = e.community
             WHERE t.id = ? AND p.id = ? AND e.community = coalesce(
                 (SELECT community FROM posts WHERE target = e.target), e.community)
             ORDER BY e.lamport DESC, e.entry DESC LIMIT 1",
            params![target.as_bytes(), author.as_bytes()],
            columns::edit_row,
        )
    }

    fn hide(&self, post: &EntryId) -> Result<Option<HideRow>> {
        self.one(
            "SELECT k.id, t.id, p.id, h.lamport, h.entry, h.reason
             FROM hides h JOIN targets t ON t.key = h.post JOIN persons p ON p.key = h.moderator
                 JOIN community_keys k ON k.key = h.community
             WHERE t.id = ? AND h.community = coalesce(
                 (SELECT community FROM posts WHERE target = h.post), h.community)
             ORDER BY h.lamport DESC, h.entry DESC LIMIT 1",
            [post.as_bytes()],
            columns::hide_row,
        )
    }

    fn questions(&self, community: &CommunityId) -> Result<Vec<PostRow>> {
        self.list(
            posts!(
                "WHERE p.target IN (SELECT q.target FROM questions q WHERE q.community =
                     (SELECT key FROM community_keys WHERE id = ?))
                 ORDER BY p.lamport, t.id"
            ),
            [community.as_bytes()],
            columns::post_row,
        )
    }

    fn receipts(&self, target: &EntryId) -> Result<Vec<ReceiptRow>> {
        self.list(
            "SELECT k.id, t.id, p.id, r.read, r.lamport, r.entry, r.declared_at
             FROM receipts r JOIN targets t ON t.key = r.target JOIN persons p ON p.key = r.person
                 JOIN community_keys k ON k.key = r.community
             WHERE t.id = ? AND r.community = coalesce(
                 (SELECT community FROM posts WHERE target = r.target), r.community)
             ORDER BY p.id, r.read, k.id",
            [target.as_bytes()],
            columns::receipt_row,
        )
    }

    fn tally(&self, post: &EntryId) -> Result<Tally> {
        let counted = self.list(
            "SELECT v.choice, count(*) FROM votes v
             WHERE v.post = (SELECT key FROM targets WHERE id = ?) AND v.community = coalesce(
                 (SELECT community FROM posts WHERE target = v.post), v.community)
             GROUP BY v.choice",
            [post.as_bytes()],
            |row| Ok((columns::choice(row, 0)?, row.get(1)?)),
        )?;
        let mut tally = Tally::default();
        for (choice, count) in counted {
            match choice {
                Choice::Agree => tally.agree = count,
                Choice::Disagree => tally.disagree = count,
                Choice::Pass => tally.pass = count,
            }
        }
        Ok(tally)
    }

    fn votes(&self, post: &EntryId) -> Result<Vec<VoteRow>> {
        self.list(
            "SELECT k.id, t.id, p.id, v.choice, v.lamport, v.entry
             FROM votes v JOIN targets t ON t.key = v.post JOIN persons p ON p.key = v.person
                 JOIN community_keys k ON k.key = v.community
             WHERE t.id = ? AND v.community = coalesce(
                 (SELECT community FROM posts WHERE target = v.post), v.community)
             ORDER BY p.id, k.id",
            [post.as_bytes()],
            columns::vote_row,
        )
    }

    fn votes_in(&self, debate: &EntryId) -> Result<Vec<StandingVote>> {
        // In this order of tables the votes of a post lie together.
        self.list(
            in_debate!(
                "SELECT t.id, p.id, v.choice",
                "CROSS JOIN targets t ON t.key = q.target
                 CROSS JOIN votes v ON v.post = q.target AND v.community = q.community
                 CROSS JOIN persons p ON p.key = v.person",
                ""
            ),
            params![debate.as_bytes(), PostFamily::Post as u8],
            columns::standing_vote,
        )
    }

    fn gone_in(&self, debate: &EntryId) -> Result<Vec<EntryId>> {
        self.list(
            in_debate!(
                "SELECT t.id",
                "CROSS JOIN targets t ON t.key = q.target",
                "AND (EXISTS (SELECT 1 FROM hides h WHERE h.post = q.target
                     AND h.community = q.community AND h.reason IS NOT NULL)
                   OR EXISTS (SELECT 1 FROM edits e WHERE e.target = q.target
                     AND e.author = q.author AND e.community = q.community
                     AND e.payload IS NULL))
                 ORDER BY t.id"
            ),
            params![debate.as_bytes(), PostFamily::Post as u8],
            columns::entry_id,
        )
    }

    fn answers_in(&self, debate: &EntryId) -> Result<Vec<PostRow>> {
        self.list(
            concat!(
                posts!("WHERE p.parent IN ("),
                in_debate!("SELECT q.target", "", ""),
                ") AND p.family = ?
                   AND p.community = (SELECT community FROM posts WHERE target = p.parent)
                 ORDER BY p.lamport, t.id"
            ),
            params![debate.as_bytes(), PostFamily::Post as u8, PostFamily::Answer as u8],
            columns::post_row,
        )
    }

    fn blob(&self, hash: &BlobHash) -> Result<Option<BlobRow>> {
        blobs::row(self.0, hash)
    }

    fn blobs(&self) -> Result<Vec<BlobRow>> {
        blobs::rows(self.0)
    }

    fn blobs_of(&self, community: &CommunityId) -> Result<Vec<BlobNameRow>> {
        blobs::names_of(self.0, community)
    }

    fn blob_names(&self, hash: &BlobHash) -> Result<Vec<BlobNameRow>> {
        blobs::names(self.0, hash)
    }

    fn blobs_wanted(&self, community: &CommunityId) -> Result<Vec<BlobRow>> {
        blobs::wanted(self.0, community)
    }

    fn blob_slice(&self, hash: &BlobHash, first: u32, groups: u32) -> Result<Option<Vec<u8>>> {
        blobs::slice(self.0, self.1, hash, first, groups)
    }

    fn blob_bytes(&self) -> Result<u64> {
        blobs::held(self.0)
    }

    fn blob_room(&self) -> Result<u64> {
        Ok(self.1.room())
    }

    fn parcels(&self, community: &CommunityId) -> Result<Vec<ParcelRow>> {
        parcels::all(self.0, community)
    }

    fn parcel(&self, community: &CommunityId, prefix: &[u8]) -> Result<Option<ParcelRow>> {
        parcels::find(self.0, community, prefix)
    }

    fn parcel_bytes(&self, community: &CommunityId, id: &ParcelId) -> Result<Option<Vec<u8>>> {
        parcels::bytes(self.0, community, id)
    }

    fn local_persons(&self) -> Result<Vec<LocalPerson>> {
        self.list(
            "SELECT community, person, name, seed FROM local_persons ORDER BY place",
            [],
            columns::local_person,
        )
    }

    fn local(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.one("SELECT value FROM local_values WHERE key = ?", [key], |row| row.get(0))
    }

    fn local_prefix(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let sql = "SELECT key, value FROM local_values WHERE key >= ? ORDER BY key";
        let mut statement = self.0.cached(sql)?;
        let mut rows = statement.query([prefix])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            if !key.starts_with(prefix) {
                break;
            }
            found.push((key, row.get(1)?));
        }
        Ok(found)
    }

    /// The database, its WAL file and the blobs.
    fn stored_bytes(&self) -> Result<u64> {
        let path = PathBuf::from(self.0.path().unwrap_or_default());
        let mut wal = path.clone().into_os_string();
        wal.push("-wal");
        let main = fs::metadata(&path).map_err(|error| StoreError::Io(error.to_string()))?.len();
        // No WAL file is one of no bytes.
        Ok(main + fs::metadata(wal).map_or(0, |file| file.len()) + self.blob_bytes()?)
    }
}
