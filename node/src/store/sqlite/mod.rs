//! The store on disk: SQLite in WAL mode, one writer, readers beside it.
//!
//! A commit returns when its pages are in the WAL file and synchronised (`synchronous=FULL`), so
//! that what was acknowledged survives a power cut. Readers are connections of their own, see the
//! last commit, and never wait for the writer. The WAL file is folded into the database every
//! 8 MiB, as far as no reader still needs it.
//!
//! With a key the file, its journal and its WAL are SQLCipher's: pages of 4 KiB, each with AES-256 and a
//! tag; what SQLite keeps for a moment stays in memory. The WAL's index has numbers of pages and no
//! content.
//!
//! Nothing of SQLite leaves this folder: rows come out as [`super::rows`], errors as
//! [`StoreError`].

mod blobs;
mod columns;
mod database;
mod error;
mod intern;
mod migrations;
mod parcels;
mod planned;
mod queries;
mod read;
mod reader;
mod runs;
mod seal;
mod write;

#[cfg(test)]
mod damage;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod sealed;

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use self::blobs::Touched;
use self::intern::Keys;
use self::read::Reading;
use self::write::Writing;
use super::forward::forward_read;
use super::{Result, Store, StoreError, Write};
use crate::blobs::BlobFiles;

pub use database::Database;
#[cfg(test)]
pub(crate) use planned::count;
pub use reader::{Snapshot, SqliteReader};
pub use seal::{is_plain, seal, wipe};

/// How long to wait for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Page cache of the writer, in KiB, as far as it comes to be used: what a commit of many words
/// changes. Ids and hashes lie anywhere in their indexes, and a page that does not fit is written
/// several times in one commit.
const WRITER_CACHE_KIB: i32 = 16 * 1024;
/// Page cache of each reader, in KiB, as far as it comes to be used: a page that is not in it is
/// deciphered once more.
const READER_CACHE_KIB: i32 = 8 * 1024;
/// The WAL is folded into the database from this many pages of 4 KiB on. Large commits change the same
/// pages of indexes again and again, and each is written to the database once for all of them.
const CHECKPOINT_PAGES: i32 = 2048;
/// The WAL file is cut down to this many bytes when it starts over.
const WAL_BYTES_KEPT: i32 = 2 * 1024 * 1024;
/// Statements kept prepared, more than there are.
const STATEMENTS: usize = 96;
/// Findings that [`SqliteStore::integrity`] lists at most.
const FINDINGS_MAX: u32 = 100;

/// How the writer opens the file.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE
    .union(OpenFlags::SQLITE_OPEN_CREATE)
    .union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// What a write answers after an error that ended its transaction.
const ENDED: &str = "an earlier error ended this transaction";

/// The store on disk, as its one writer has it.
#[derive(Debug)]
pub struct SqliteStore {
    conn: Connection,
    keys: Keys,
    database: Database,
    files: BlobFiles,
}

impl SqliteStore {
    /// Opens the database file at `path`, makes it where there is none (or an empty file, which is
    /// what a power cut at the first start leaves), and brings an older one up to date. Nothing in
    /// it is sealed; see [`Database::sealed`].
    ///
    /// # Errors
    /// [`StoreError`]; a database damaged in parts still opens as long as its schema can be read.
    pub fn open(path: &Path) -> Result<Self> {
        Self::of(&Database::plain(path))
    }

    /// See [`Database::store`].
    fn of(database: &Database) -> Result<Self> {
        Self::begin(database.connect(FLAGS)?, database.clone())
    }

    fn begin(conn: Connection, database: Database) -> Result<Self> {
        prepare(&conn, WRITER_CACHE_KIB)?;
        let found = migrations::version(&conn)?;
        if found == 0 {
            conn.pragma_update(None, "page_size", 4096)?;
            conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        }
        let mode: String =
            conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode != "wal" {
            return Err(StoreError::Io(format!("no WAL on this disk, only {mode}")));
        }
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "foreign_keys", false)?;
        // Withdrawn words, old keys and dropped parcels are overwritten.
        conn.pragma_update(None, "secure_delete", "ON")?;
        conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        conn.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)?;
        migrations::migrate(&conn, found, migrations::STEPS)?;
        let files = database.files();
        blobs::tidy(&conn, &files)?;
        Ok(Self { conn, keys: Keys::default(), database, files })
    }

    /// A second connection that only reads, for another thread.
    ///
    /// # Errors
    /// [`StoreError`] where the file cannot be opened once more.
    pub fn reader(&self) -> Result<SqliteReader> {
        self.database.reader()
    }

    /// What is wrong with the file, in SQLite's words, at most 100 findings; nothing where it is
    /// sound. Reads every page.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be told.
    pub fn integrity(&self) -> Result<Vec<String>> {
        integrity(&self.conn)
    }
}

/// See [`SqliteStore::integrity`].
fn integrity(conn: &Connection) -> Result<Vec<String>> {
    let check = || -> Result<Vec<String>> {
        let mut statement = conn.prepare(&format!("PRAGMA quick_check({FINDINGS_MAX})"))?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    match check() {
        Ok(findings) => Ok(findings.into_iter().filter(|finding| finding != "ok").collect()),
        Err(StoreError::Damaged(finding)) => Ok(vec![finding]),
        Err(error) => Err(error),
    }
}

/// What every connection is told first.
fn prepare(conn: &Connection, cache_kib: i32) -> Result<()> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement stays planned as it is. Without this SQLite plans some anew with every value bound,
    // which took most of the time of a page.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // A page whose inner structure is damaged is an error where it is read. Changed bytes inside a
    // value show only by hashes and signatures: SQLite has no checksums.
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    Ok(())
}

forward_read!(SqliteStore, me => Reading(&me.conn, &me.files));

impl Store for SqliteStore {
    fn transaction(&mut self, work: &mut dyn FnMut(&mut dyn Write) -> Result<()>) -> Result<()> {
        let transaction = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate)?;
        let mut writing = Writing {
            conn: &self.conn,
            keys: &mut self.keys,
            any_wanted: None,
            dropped: false,
            files: &self.files,
            touched: Touched::default(),
        };
        let done = work(&mut writing);
        let (dropped, touched) = (writing.dropped, writing.touched);
        let files = &self.files;
        // Bytes first: a row that says they are here is never durable before them.
        let done = done.and_then(|()| touched.sync(files));
        // A full disk ends SQLite's transaction on its own: then there is nothing to commit, and
        // nothing to roll back either.
        let ended = self.conn.is_autocommit();
        let done = match done {
            Ok(()) if ended => Err(StoreError::Io(ENDED.into())),
            Ok(()) => transaction.commit().map_err(StoreError::from),
            Err(error) => {
                drop(transaction);
                Err(error)
            }
        };
        if done.is_err() || dropped {
            self.keys = Keys::default();
        }
        if done.is_ok() {
            touched.remove(files);
        }
        if done.is_ok() && dropped {
            // Space goes back to the disk; what fails here is done after the next drop.
            drop(self.conn.execute_batch("PRAGMA incremental_vacuum"));
        }
        done
    }

    /// The WAL file holds pages as they were: it is folded in and cut to nothing. A reader that is
    /// in the midst of something keeps it; then the next call does it.
    fn scrub(&mut self) -> Result<()> {
        let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
        self.conn.query_row(fold, [], |_| Ok(())).map_err(StoreError::from)
    }
}
