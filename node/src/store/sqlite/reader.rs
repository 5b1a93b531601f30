//! A second connection that only reads.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::super::forward::forward_read;
use super::super::{Result, Store, StoreError, Write};
use super::migrations;
use super::planned::Planned as _;
use super::read::Reading;
use super::{Database, READER_CACHE_KIB, integrity, prepare};
use crate::blobs::BlobFiles;

/// A connection that reads beside the writer, also from another thread. Each call sees the last
/// commit; a [`Snapshot`] holds on to one.
#[derive(Debug)]
pub struct SqliteReader {
    conn: Connection,
    files: BlobFiles,
}

impl SqliteReader {
    /// Opens the database file at `path`, which a [`SqliteStore`](super::SqliteStore) of this
    /// version has opened before.
    ///
    /// # Errors
    /// [`StoreError`] where there is none, or where it cannot be read.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(&Database::plain(path))
    }

    /// See [`Database::reader`].
    pub(super) fn of(database: &Database) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = database.connect(flags)?;
        prepare(&conn, READER_CACHE_KIB)?;
        let found = migrations::version(&conn)?;
        if found < migrations::known() {
            return Err(StoreError::Io(format!("version {found} has to be brought up first")));
        }
        Ok(Self { conn, files: database.files() })
    }

    /// Everything as of the last commit, until this is dropped. Hold it for one answer only: the
    /// WAL file cannot start over meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] where the database cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot<'_>> {
        begin(&self.conn)?;
        Ok(Snapshot { conn: &self.conn, files: &self.files })
    }

    /// As [`SqliteStore::integrity`](super::SqliteStore::integrity).
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be told.
    pub fn integrity(&self) -> Result<Vec<String>> {
        integrity(&self.conn)
    }
}

/// Begins to hold on to the last commit; cheap, for the core does it at each event.
fn begin(conn: &Connection) -> Result<()> {
    conn.cached("BEGIN DEFERRED")?.execute([])?;
    // A deferred transaction begins with its first read.
    conn.cached("SELECT count(*) FROM communities")?.query_row([], |_| Ok(()))?;
    Ok(())
}

/// Lets go of it.
fn end(conn: &Connection) {
    if !conn.is_autocommit()
        && let Ok(mut end) = conn.cached("ROLLBACK")
    {
        // It ends a transaction that has written nothing.
        drop(end.execute([]));
    }
}

forward_read!(SqliteReader, me => Reading(&me.conn, &me.files));

/// For a node that only reads, out of one state for each answer.
impl Store for SqliteReader {
    fn transaction(&mut self, _: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        Err(StoreError::Io("this connection only reads".into()))
    }

    fn scrub(&mut self) -> Result<()> {
        Err(StoreError::Io("this connection only reads".into()))
    }

    fn hold(&mut self) -> Result<()> {
        // Whoever held it before may have gone without releasing it.
        self.release();
        begin(&self.conn)
    }

    fn release(&mut self) {
        end(&self.conn);
    }
}

/// Several reads of one state.
#[derive(Debug)]
pub struct Snapshot<'r> {
    conn: &'r Connection,
    files: &'r BlobFiles,
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        end(self.conn);
    }
}

forward_read!(Snapshot<'_>, me => Reading(me.conn, me.files));
