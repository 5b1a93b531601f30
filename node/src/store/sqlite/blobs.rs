//! Blobs: rows in the database, bytes in files beside it.
//!
//! A transaction writes into the files at once and synchronises them before it commits; what a
//! transaction that fails has written is covered by no row. Files of dropped blobs are removed
//! after the commit, and what a crash leaves behind when the store is opened.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{BlobHash, CommunityId, EntryId, PayloadHash, WallSeconds};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::super::{BlobBytes, BlobNameRow, BlobRow, Result, StoreError, fetch_order};
use super::columns::int;
use super::error::file_error;
use super::planned::Planned as _;
use crate::blobs::{
    BlobClass, BlobFile, BlobFiles, GroupSet, VerifiedSlice, encode_slice, groups_of, outline_of,
};

macro_rules! blobs {
    ($tail:literal) => {
        concat!(
            "SELECT hash, size, have, pinned, made_here, sent, wanted, named, class, official,
                 last_used, added, unnamed_since, shown, dropped
             FROM blobs ",
            $tail
        )
    };
}

macro_rules! names {
    ($tail:literal) => {
        concat!(
            "SELECT k.id, n.target, n.payload, n.hash, n.size, n.class, n.official, n.hidden
             FROM blob_names n JOIN community_keys k ON k.key = n.community ",
            $tail
        )
    };
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("the {what} of a blob"))
}

fn class(number: u8) -> Result<BlobClass> {
    BlobClass::from_number(number).ok_or_else(|| damaged("class"))
}

fn size(row: &Row<'_>, at: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(at)?).map_err(|_| damaged("size"))
}

fn blob(row: &Row<'_>) -> Result<BlobRow> {
    let size = size(row, 1)?;
    let have = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(BlobRow {
        hash: row.get(0).map(BlobHash::from_bytes)?,
        size,
        have: GroupSet::from_bytes(have, groups_of(size)).ok_or_else(|| damaged("groups"))?,
        pinned: row.get(3)?,
        made_here: row.get(4)?,
        sent: row.get(5)?,
        wanted: row.get(6)?,
        named: row.get(7)?,
        shown: row.get(13)?,
        dropped: row.get(14)?,
        class: class(row.get(8)?)?,
        official: row.get(9)?,
        last_used: row.get(10).map(WallSeconds)?,
        added: row.get(11).map(WallSeconds)?,
        unnamed_since: row.get::<_, Option<i64>>(12)?.map(WallSeconds),
    })
}

fn name(row: &Row<'_>) -> Result<BlobNameRow> {
    Ok(BlobNameRow {
        community: row.get(0).map(CommunityId::from_bytes)?,
        target: row.get(1).map(EntryId::from_bytes)?,
        payload: row.get(2).map(PayloadHash::from_bytes)?,
        hash: row.get(3).map(BlobHash::from_bytes)?,
        size: size(row, 4)?,
        class: class(row.get(5)?)?,
        official: row.get(6)?,
        hidden: row.get(7)?,
    })
}

fn list<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

pub(super) fn row(conn: &Connection, hash: &BlobHash) -> Result<Option<BlobRow>> {
    Ok(list(conn, blobs!("WHERE hash = ?"), [hash.as_bytes()], blob)?.pop())
}

pub(super) fn rows(conn: &Connection) -> Result<Vec<BlobRow>> {
    list(conn, blobs!("ORDER BY hash"), [], blob)
}

pub(super) fn names_of(conn: &Connection, community: &CommunityId) -> Result<Vec<BlobNameRow>> {
    let sql = names!("WHERE k.id = ? ORDER BY n.hash, n.target, n.payload");
    list(conn, sql, [community.as_bytes()], name)
}

pub(super) fn names(conn: &Connection, hash: &BlobHash) -> Result<Vec<BlobNameRow>> {
    let sql = names!("WHERE n.hash = ? ORDER BY n.target, n.payload, k.id");
    list(conn, sql, [hash.as_bytes()], name)
}

pub(super) fn wanted(conn: &Connection, community: &CommunityId) -> Result<Vec<BlobRow>> {
    let sql = blobs!(
        "WHERE wanted <> 0 AND EXISTS (
             SELECT 1 FROM blob_names n JOIN community_keys k ON k.key = n.community
             WHERE n.hash = blobs.hash AND k.id = ? AND n.hidden = 0)"
    );
    let mut rows = list(conn, sql, [community.as_bytes()], blob)?;
    rows.sort_by_key(fetch_order);
    Ok(rows)
}

pub(super) fn held(conn: &Connection) -> Result<u64> {
    let mut statement = conn.cached("SELECT coalesce(sum(held), 0) FROM blobs")?;
    let held: i64 = statement.query_row([], |row| row.get(0))?;
    u64::try_from(held).map_err(|_| damaged("size"))
}

pub(super) fn slice(
    conn: &Connection,
    files: &BlobFiles,
    hash: &BlobHash,
    first: u32,
    groups: u32,
) -> Result<Option<Vec<u8>>> {
    let mut statement = conn.cached("SELECT size, have FROM blobs WHERE hash = ?")?;
    let found = statement
        .query_row([hash.as_bytes()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    let Some((size, have)) = found else { return Ok(None) };
    let size = u64::try_from(size).map_err(|_| damaged("size"))?;
    let have = GroupSet::from_bytes(&have, groups_of(size)).ok_or_else(|| damaged("groups"))?;
    if groups == 0 || !have.contains_run(first, groups) {
        return Ok(None);
    }
    let file = match files.read(hash, size) {
        // Dropped since this snapshot was taken.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(file_error)?,
    };
    encode_slice(&file, size, first, groups)
        .map(Some)
        .map_err(|error| StoreError::Damaged(format!("a blob's file: {error}")))
}

pub(super) fn put_row(conn: &Connection, row: &BlobRow) -> Result<()> {
    conn.cached(
        "INSERT OR REPLACE INTO blobs (hash, size, have, held, pinned, made_here, sent, wanted,
             named, shown, dropped, class, official, last_used, added, unnamed_since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        row.hash.as_bytes(),
        int(row.size)?,
        row.have.to_bytes(),
        int(row.held_bytes())?,
        row.pinned,
        row.made_here,
        row.sent,
        row.wanted,
        row.named,
        row.shown,
        row.dropped,
        row.class as u8,
        row.official,
        row.last_used.0,
        row.added.0,
        row.unnamed_since.map(|at| at.0),
    ])?;
    Ok(())
}

pub(super) fn put_name(conn: &Connection, community: i64, row: &BlobNameRow) -> Result<()> {
    conn.cached(
        "INSERT OR REPLACE INTO blob_names
             (hash, target, payload, community, size, class, official, hidden)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        row.hash.as_bytes(),
        row.target.as_bytes(),
        row.payload.as_bytes(),
        community,
        int(row.size)?,
        row.class as u8,
        row.official,
        row.hidden,
    ])?;
    Ok(())
}

/// Brings rows and files together: after a crash, or after files were lost.
pub(super) fn tidy(conn: &Connection, files: &BlobFiles) -> Result<()> {
    let mut known = BTreeSet::new();
    for mut row in rows(conn)? {
        if !files.holds(&row) {
            row.have = GroupSet::none(row.have.groups());
            row.wanted = row.shown && !row.dropped;
            put_row(conn, &row)?;
        }
        if !row.have.is_none() {
            known.insert(row.hash);
        }
    }
    files.sweep(&known);
    Ok(())
}

/// The files that one transaction writes or drops.
#[derive(Debug, Default)]
pub(super) struct Touched {
    written: BTreeMap<BlobHash, BlobFile>,
    /// Those whose name has to be made durable too.
    made: BTreeSet<BlobHash>,
    dropped: BTreeSet<BlobHash>,
}

impl Touched {
    fn open(&mut self, files: &BlobFiles, hash: &BlobHash, size: u64) -> Result<&BlobFile> {
        use std::collections::btree_map::Entry;
        if self.dropped.remove(hash) {
            self.written.remove(hash);
            files.remove(hash).map_err(file_error)?;
        }
        // Its size was proven to be another than was claimed: every part has another place.
        if self.written.get(hash).is_some_and(|file| file.size() != size)
            && let Some(file) = self.written.remove(hash)
        {
            file.sync().map_err(file_error)?;
        }
        match self.written.entry(*hash) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(slot) => {
                let (file, is_new) = files.write(hash, size).map_err(file_error)?;
                if is_new {
                    self.made.insert(*hash);
                }
                Ok(slot.insert(file))
            }
        }
    }

    pub(super) fn slice(&mut self, files: &BlobFiles, slice: &VerifiedSlice) -> Result<()> {
        let file = self.open(files, &slice.hash(), slice.size())?;
        file.put_slice(slice).map_err(file_error)
    }

    pub(super) fn bytes(
        &mut self,
        files: &BlobFiles,
        hash: &BlobHash,
        size: u64,
        bytes: &BlobBytes,
    ) -> Result<()> {
        self.dropped.remove(hash);
        match bytes {
            BlobBytes::Memory(bytes) => {
                let outline = outline_of(bytes);
                if outline.hash != *hash || bytes.len() as u64 != size {
                    return Err(StoreError::Io("bytes that are not this blob's".into()));
                }
                let file = files.put(hash, bytes, &outline.pairs).map_err(file_error)?;
                self.written.insert(*hash, file);
            }
            BlobBytes::File(name) => {
                self.written.remove(hash);
                // Its bytes are durable already.
                files.adopt(name, hash, size).map_err(file_error)?;
            }
        }
        self.made.insert(*hash);
        Ok(())
    }

    pub(super) fn drop_bytes(&mut self, hash: &BlobHash) {
        self.dropped.insert(*hash);
    }

    /// Everything written is durable after this.
    pub(super) fn sync(&self, files: &BlobFiles) -> Result<()> {
        for file in self.written.values() {
            file.sync().map_err(file_error)?;
        }
        for hash in &self.made {
            files.sync_folder(hash).map_err(file_error)?;
        }
        Ok(())
    }

    /// Removes the files of dropped blobs; what fails here is done when the store is next opened.
    pub(super) fn remove(&self, files: &BlobFiles) {
        for hash in &self.dropped {
            drop(files.remove(hash));
        }
    }
}
