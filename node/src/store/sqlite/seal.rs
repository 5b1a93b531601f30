//! Sealing what a program before there were keys has left: the database, then the files of blobs.
//!
//! Every step can be cut off and is done again at the next start, and at each moment one whole copy
//! of everything is there:
//!
//! ```text
//! baro.db (plain) ──copy──▶ baro.db.sealing (durable) ─▶ baro.db → baro.db.plain, sealing → baro.db
//! each blob       ──copy──▶ incoming/sealing-N (durable) ─▶ its new name ─▶ the plain one overwritten
//! baro.db.plain overwritten and removed
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::super::{BlobRow, Result, StoreError};
use super::database::{CIPHER, Database, literal};
use super::error::file_error;
use super::{FLAGS, WRITER_CACHE_KIB, blobs, migrations, prepare};
use crate::blobs::{BlobFiles, GroupSet, SLICE_GROUPS_MAX, VerifiedSlice, encode_slice};
use crate::vault::DataKey;

/// How a plain database file begins.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";
/// How much is overwritten at once.
const WIPE_BYTES: usize = 1024 * 1024;

/// Whether there is a database at `path` that anybody can read.
///
/// # Errors
/// Where it cannot be told.
pub fn is_plain(path: &Path) -> io::Result<bool> {
    let mut begins = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(PLAIN.len() as u64).read_to_end(&mut begins)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    Ok(begins == PLAIN)
}

/// Seals the database at `path` and the blobs beside it under `key`, or goes on where an earlier
/// call was cut off. Nobody else may have it open. `hear` is told how many files of blobs are
/// done, of how many.
///
/// # Errors
/// [`StoreError`]; what was there is still there, and the next call goes on.
pub fn seal(path: &Path, key: &DataKey, hear: &mut dyn FnMut(u64, u64)) -> Result<()> {
    let sealed = Database::sealed(path, key);
    database(&sealed, key)?;
    let conn = sealed.connect(FLAGS)?;
    prepare(&conn, WRITER_CACHE_KIB)?;
    migrations::migrate(&conn, migrations::version(&conn)?, migrations::STEPS)?;
    let (from, to) = (BlobFiles::beside(path, None), sealed.files());
    let rows = blobs::rows(&conn)?;
    let total = rows.len() as u64;
    for (done, row) in (1..).zip(rows) {
        blob(&conn, row, &from, &to)?;
        hear(done, total);
    }
    leftovers(&from, &conn, &to)?;
    wipe(&beside(path, ".plain")).map_err(file_error)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Makes the names in the folder of `path` durable.
fn sync_names(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(file_error)?;
    folder.sync_all().map_err(file_error)
}

fn renamed(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(file_error)?;
    sync_names(to)
}

/// Puts a sealed copy of the database in the place of the plain one.
fn database(sealed: &Database, key: &DataKey) -> Result<()> {
    let path = sealed.path();
    let (copy, plain) = (beside(path, ".sealing"), beside(path, ".plain"));
    if is_plain(path).map_err(file_error)? {
        for old in [copy.clone(), beside(&copy, "-journal")] {
            remove(&old)?;
        }
        export(path, &copy, key)?;
        for ending in ["-wal", "-shm"] {
            wipe(&beside(path, ending)).map_err(file_error)?;
        }
        renamed(path, &plain)?;
    }
    // The plain one had its new name only when the copy was whole.
    if !path.exists() && plain.exists() && copy.exists() {
        renamed(&copy, path)?;
    }
    Ok(())
}

/// Writes all of the plain database at `path` into a sealed one at `copy`, durably.
fn export(path: &Path, copy: &Path, key: &DataKey) -> Result<()> {
    let conn = Connection::open_with_flags(path, FLAGS)?;
    prepare(&conn, WRITER_CACHE_KIB)?;
    let version = migrations::version(&conn)?;
    let name = copy.to_str().ok_or_else(|| StoreError::Io("a folder with no plain name".into()))?;
    let attach = Zeroizing::new(format!("ATTACH DATABASE ?1 AS sealed KEY {}", *literal(key)));
    conn.execute_batch(CIPHER)?;
    conn.execute(&attach, [name])?;
    conn.execute_batch(
        "PRAGMA sealed.auto_vacuum = INCREMENTAL; PRAGMA sealed.synchronous = FULL",
    )?;
    conn.query_row("SELECT sqlcipher_export('sealed')", [], |_| Ok(()))?;
    conn.execute_batch(&format!(
        "PRAGMA sealed.application_id = {}; PRAGMA sealed.user_version = {version};
         DETACH DATABASE sealed",
        migrations::APPLICATION_ID
    ))?;
    // All of the plain one is in its file after this, and nothing beside it.
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)?;
    File::open(copy).and_then(|file| file.sync_all()).map_err(file_error)?;
    sync_names(copy)?;
    is_whole(copy, key, version)
}

/// Whether the copy opens by the key and its inner structure is sound.
fn is_whole(copy: &Path, key: &DataKey, version: u32) -> Result<()> {
    let conn = Database::sealed(copy, key).connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let found = super::integrity(&conn)?;
    if migrations::version(&conn)? == version && found.is_empty() {
        return Ok(());
    }
    Err(StoreError::Damaged(format!("its sealed copy: {}", found.join("; "))))
}

/// Seals one blob's file. What in it is not the blob's is not taken along: it is fetched again.
fn blob(conn: &Connection, mut row: BlobRow, from: &BlobFiles, to: &BlobFiles) -> Result<()> {
    if row.have.is_none() {
        return Ok(());
    }
    if !to.has(&row.hash)
        && from.has(&row.hash)
        && let Err(error) = copied(&row, from, to)
    {
        if error == StoreError::Full {
            return Err(error);
        }
        row.have = GroupSet::none(row.have.groups());
        row.wanted = row.shown && !row.dropped;
        blobs::put_row(conn, &row)?;
    }
    wipe(&from.path(&row.hash)).map_err(file_error)
}

/// Writes a sealed copy of a blob's file, durably, and gives it the blob's name.
fn copied(row: &BlobRow, from: &BlobFiles, to: &BlobFiles) -> Result<()> {
    let source = from.read(&row.hash, row.size).map_err(file_error)?;
    let spare = to.spare("sealing").map_err(file_error)?;
    let target = to.make(&spare, &row.hash, row.size).map_err(file_error)?;
    for run in row.have.runs() {
        for first in run.clone().step_by(SLICE_GROUPS_MAX as usize) {
            let groups = SLICE_GROUPS_MAX.min(run.end - first);
            let damaged = |error| StoreError::Damaged(format!("a blob's file: {error}"));
            let bytes = encode_slice(&source, row.size, first, groups).map_err(damaged)?;
            let slice = VerifiedSlice::verify(row.hash, row.size, first, groups, &bytes);
            target.put_slice(&slice.map_err(damaged)?).map_err(file_error)?;
        }
    }
    target.sync().map_err(file_error)?;
    to.take(&spare, &row.hash).map_err(file_error)?;
    to.sync_folder(&row.hash).map_err(file_error)
}

/// Overwrites what no row knows: files left by a crash, and what was just being added.
fn leftovers(from: &BlobFiles, conn: &Connection, to: &BlobFiles) -> Result<()> {
    let rows = blobs::rows(conn)?;
    let known: BTreeSet<PathBuf> = rows.iter().map(|row| to.path(&row.hash)).collect();
    for (file, _) in from.all() {
        if !known.contains(&file) {
            wipe(&file).map_err(file_error)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(error)),
        _ => Ok(()),
    }
}

/// Overwrites a file with zeros, durably, and removes it. What a disk keeps of it elsewhere (flash
/// memory does) no program reaches.
///
/// # Errors
/// What the system says; a file that is not there is none.
pub fn wipe(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    let mut left = file.metadata()?.len();
    let zeros = vec![0; WIPE_BYTES];
    while left > 0 {
        let count = usize::try_from(left).unwrap_or(WIPE_BYTES).min(WIPE_BYTES);
        file.write_all(zeros.get(..count).unwrap_or_default())?;
        left -= count as u64;
    }
    file.sync_all()?;
    fs::remove_file(path)
}
