//! Where a database is, and by which key it is opened.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::super::Result;
use super::{FLAGS, SqliteReader, SqliteStore, migrations};
use crate::blobs::BlobFiles;
use crate::vault::DataKey;

/// How pages are authenticated, of databases that are opened or attached from then on: by HMAC with
/// SHA-256, for which phones and laptops have instructions, and not with SHA-512, which took a third
/// of the time of ingest.
pub(super) const CIPHER: &str = "PRAGMA cipher_default_hmac_algorithm = HMAC_SHA256";

/// A database and the files of blobs beside it, sealed or plain.
#[derive(Clone, Debug)]
pub struct Database {
    path: PathBuf,
    key: Option<DataKey>,
}

impl Database {
    /// The database file at `path`, sealed under `key`.
    pub fn sealed(path: &Path, key: &DataKey) -> Self {
        Self { path: path.to_owned(), key: Some(key.clone()) }
    }

    /// The database file at `path`, without a key: for figures and tests, and as programs before
    /// there were keys left it.
    pub fn plain(path: &Path) -> Self {
        Self { path: path.to_owned(), key: None }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its key, where it is sealed.
    pub const fn key(&self) -> Option<&DataKey> {
        self.key.as_ref()
    }

    /// The one writer. See [`SqliteStore::open`].
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; a wrong key looks like a damaged file.
    pub fn store(&self) -> Result<SqliteStore> {
        SqliteStore::of(self)
    }

    /// As [`Database::store`], over the VFS registered with SQLite under this name. For tests of power
    /// cuts, which need to see each write; nothing else calls it.
    ///
    /// # Errors
    /// As [`Database::store`]; also where no VFS has this name.
    #[doc(hidden)]
    pub fn store_over(&self, vfs: &str) -> Result<SqliteStore> {
        let conn = Connection::open_with_flags_and_vfs(&self.path, FLAGS, vfs)?;
        SqliteStore::begin(self.unlocked(conn)?, self.clone())
    }

    /// A reader beside the writer. See [`SqliteReader::open`].
    ///
    /// # Errors
    /// As [`SqliteReader::open`]; a wrong key looks like a damaged file.
    pub fn reader(&self) -> Result<SqliteReader> {
        SqliteReader::of(self)
    }

    /// Writes all that is in it to a new file at `to`, in the clear. For tests that look at what a
    /// node holds; nothing else calls it.
    ///
    /// # Errors
    /// [`StoreError`](super::super::StoreError) where it cannot be read, or the file not written.
    #[doc(hidden)]
    pub fn lay_open(&self, to: &Path) -> Result<()> {
        let conn = self.connect(FLAGS)?;
        conn.execute("ATTACH DATABASE ?1 AS open KEY ''", [to.to_string_lossy()])?;
        conn.query_row("SELECT sqlcipher_export('open')", [], |_| Ok(()))?;
        let (application, version) = (migrations::APPLICATION_ID, migrations::version(&conn)?);
        Ok(conn.execute_batch(&format!(
            "PRAGMA open.application_id = {application}; PRAGMA open.user_version = {version}"
        ))?)
    }

    /// The blobs that lie beside it.
    pub(crate) fn files(&self) -> BlobFiles {
        BlobFiles::beside(&self.path, self.key.as_ref())
    }

    /// The file, open, and with its key.
    pub(super) fn connect(&self, flags: OpenFlags) -> Result<Connection> {
        self.unlocked(Connection::open_with_flags(&self.path, flags)?)
    }

    /// Gives a connection the key. Has to come before anything else is asked of it.
    pub(super) fn unlocked(&self, conn: Connection) -> Result<Connection> {
        if let Some(key) = &self.key {
            conn.execute_batch(CIPHER)?;
            conn.execute_batch(&Zeroizing::new(format!("PRAGMA key = {}", *literal(key))))?;
        }
        Ok(conn)
    }
}

/// The database's own key as SQLCipher reads it: raw, so that it is not stretched once more.
pub(super) fn literal(key: &DataKey) -> Zeroizing<String> {
    let raw = key.derive("baro database 1");
    let mut hex = Zeroizing::new(String::with_capacity(70));
    hex.push_str("\"x'");
    data_encoding::HEXLOWER.encode_append(raw.as_ref(), &mut hex);
    hex.push_str("'\"");
    hex
}
