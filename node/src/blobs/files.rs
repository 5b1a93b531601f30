//! Blobs on disk: one file each, `DATA/blobs/<2 hex>/<64 hex>`.
//!
//! In a sealed folder the name is the hash under a key, and nothing in the file can be read
//! without another ([`super::cipher`]); in one without a key it is the hash itself. One file and
//! not two for bytes and inner nodes, because a commit then waits for one `fdatasync` and an added
//! file appears by one rename.
//!
//! Which groups of a file count is in the database alone. Files that no row knows are removed when
//! the store is opened.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use baro_crdt::ids::BlobHash;

use super::BlobRow;
use super::cipher::BlobKeys;
use super::file::{BlobFile, BlobReader, bytes_to, whole_bytes};
use crate::store::Database;
use crate::vault::DataKey;

/// The folder in the data folder.
const FOLDER: &str = "blobs";
/// The folder in it for files that are being added.
pub(super) const INCOMING: &str = "incoming";
/// Room that blobs leave on the disk for everything else, in bytes; on a small disk a twentieth.
const RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// Files that are being added and were not touched for so long are left over from a crash.
const INCOMING_STALE: Duration = Duration::from_secs(3_600);

/// The folder of blobs.
#[derive(Clone, Debug)]
pub(crate) struct BlobFiles {
    root: PathBuf,
    keys: Option<Arc<BlobKeys>>,
}

impl BlobFiles {
    /// Beside the database file at `path`, sealed where there is a key.
    pub(crate) fn beside(path: &Path, key: Option<&DataKey>) -> Self {
        let root = path.parent().unwrap_or(Path::new("")).join(FOLDER);
        Self { root, keys: key.map(|key| Arc::new(BlobKeys::of(key))) }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn keys(&self) -> Option<&BlobKeys> {
        self.keys.as_deref()
    }

    /// What a blob's file is called.
    fn name(&self, hash: &BlobHash) -> String {
        self.keys().map_or_else(|| hash.to_string(), |keys| keys.name(hash))
    }

    /// Where a blob's file is, or would be.
    pub(crate) fn path(&self, hash: &BlobHash) -> PathBuf {
        let name = self.name(hash);
        self.root.join(name.get(..2).unwrap_or_default()).join(name)
    }

    /// Whether a blob has a file, whatever is in it.
    pub(crate) fn has(&self, hash: &BlobHash) -> bool {
        self.path(hash).exists()
    }

    /// An open file as this blob's.
    pub(super) fn open(&self, file: File, hash: &BlobHash, size: u64) -> io::Result<BlobFile> {
        BlobFile::open(file, self.keys(), hash, size)
    }

    /// A blob's file, to read.
    pub(crate) fn read(&self, hash: &BlobHash, size: u64) -> io::Result<BlobFile> {
        self.open(File::open(self.path(hash))?, hash, size)
    }

    /// A blob's file, to write; made where there is none. Says whether it was.
    pub(crate) fn write(&self, hash: &BlobHash, size: u64) -> io::Result<(BlobFile, bool)> {
        let path = self.path(hash);
        let open =
            |new| OpenOptions::new().read(true).write(true).create_new(new).mode(0o600).open(&path);
        let (file, is_new) = match open(false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(folder) = path.parent() {
                    make(folder)?;
                }
                (open(true)?, true)
            }
            file => (file?, false),
        };
        if !is_new && let Ok(file) = self.open(file.try_clone()?, hash, size) {
            return Ok((file, false));
        }
        // A head that a crash tore, or damage: what is in the file can be read by nobody.
        Ok((self.begin(file, hash, size)?, is_new))
    }

    fn begin(&self, file: File, hash: &BlobHash, size: u64) -> io::Result<BlobFile> {
        let Some(keys) = self.keys() else { return Ok(BlobFile::new(file, size, None)) };
        let (salt, cipher) = keys.fresh()?;
        file.set_len(0)?;
        file.write_all_at(&keys.head(&salt, hash), 0)?;
        Ok(BlobFile::new(file, size, Some(cipher)))
    }

    /// Writes all of a blob.
    pub(crate) fn put(&self, hash: &BlobHash, data: &[u8], pairs: &[u8]) -> io::Result<BlobFile> {
        let (file, _) = self.write(hash, data.len() as u64)?;
        file.put_groups(0, data)?;
        file.put_pairs(0, pairs)?;
        Ok(file)
    }

    /// Moves a file that was added to where its blob belongs.
    pub(crate) fn adopt(&self, name: &str, hash: &BlobHash, size: u64) -> io::Result<()> {
        if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(io::Error::other("no name of a file that is being added"));
        }
        let from = self.root.join(INCOMING).join(name);
        let changed = || {
            let words = "the file that was to be added is not what it is said to be";
            io::Error::new(io::ErrorKind::InvalidData, words)
        };
        let file = File::open(&from)?;
        let whole = file.metadata()?.len() == self.whole_bytes(size);
        let added = self.open(file, hash, size).map_err(|_| changed())?;
        if !whole || !super::slice::begins(&added, *hash, size)? {
            return Err(changed());
        }
        self.take(&from, hash)
    }

    /// A name for a file that is being made, in the folder for these.
    pub(crate) fn spare(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.root.join(INCOMING);
        make(&folder)?;
        Ok(folder.join(name))
    }

    /// A new file for a blob, at `path` until it is [taken](BlobFiles::take).
    pub(crate) fn make(&self, path: &Path, hash: &BlobHash, size: u64) -> io::Result<BlobFile> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(true).mode(0o600);
        self.begin(options.open(path)?, hash, size)
    }

    /// Gives a file that was made the name of its blob.
    pub(crate) fn take(&self, path: &Path, hash: &BlobHash) -> io::Result<()> {
        let to = self.path(hash);
        if let Some(folder) = to.parent() {
            make(folder)?;
        }
        fs::rename(path, to)
    }

    /// How many bytes the whole file of a blob has.
    pub(crate) fn whole_bytes(&self, size: u64) -> u64 {
        whole_bytes(size, self.keys.is_some())
    }

    /// The name of the file is durable from here on.
    pub(crate) fn sync_folder(&self, hash: &BlobHash) -> io::Result<()> {
        let path = self.path(hash);
        for folder in path.ancestors().skip(1).take(2) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    pub(crate) fn remove(&self, hash: &BlobHash) -> io::Result<()> {
        match fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// How many bytes the disk takes before only the reserve is left.
    pub(crate) fn room(&self) -> u64 {
        room(&self.root)
    }

    /// Whether what a row says is here can be here: the file is there, and as long as it has to be.
    pub(crate) fn holds(&self, row: &BlobRow) -> bool {
        let sealed = self.keys.is_some();
        let need = match (row.have.runs().last(), row.is_complete()) {
            (_, true) => whole_bytes(row.size, sealed),
            (Some(run), _) => bytes_to(row.size, run.end, sealed),
            (None, _) => return true,
        };
        let long = fs::metadata(self.path(&row.hash)).is_ok_and(|file| file.len() >= need);
        long && (!sealed || self.read(&row.hash, row.size).is_ok())
    }

    /// Removes files that no row knows, and what adding left behind.
    pub(crate) fn sweep(&self, known: &BTreeSet<BlobHash>) {
        let known: BTreeSet<String> = known.iter().map(|hash| self.name(hash)).collect();
        let stale = |path: &Path| {
            let touched = fs::metadata(path).and_then(|file| file.modified()).ok();
            let since = touched.and_then(|at| SystemTime::now().duration_since(at).ok());
            since.is_some_and(|since| since > INCOMING_STALE)
        };
        for (file, incoming) in self.all() {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let unknown = name.parse::<BlobHash>().is_ok() && !known.contains(name);
            if if incoming { stale(&file) } else { unknown } {
                // What cannot be removed now can be at the next start.
                drop(fs::remove_file(file));
            }
        }
    }

    /// Every file there is, and whether it is being added.
    pub(crate) fn all(&self) -> Vec<(PathBuf, bool)> {
        let list = |folder: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let inside = |folder: PathBuf| {
            let incoming = folder.ends_with(INCOMING);
            list(&folder).into_iter().map(move |file| (file, incoming))
        };
        list(&self.root).into_iter().flat_map(inside).collect()
    }
}

/// How many bytes the disk of this folder takes before only the reserve is left.
pub(crate) fn room(folder: &Path) -> u64 {
    let at = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let at = if at.as_os_str().is_empty() { Path::new(".") } else { at };
    match rustix::fs::statvfs(at) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let all = disk.f_blocks.saturating_mul(disk.f_frsize);
            free.saturating_sub(RESERVE_BYTES.min(all / 20))
        }
        Err(_) => u64::MAX / 4,
    }
}

/// Makes a folder and those above it, for this user alone.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Opens a blob of `size` bytes, all of which is here, beside `database`.
///
/// # Errors
/// What opening says; also where the file is another blob's.
pub fn read_blob(database: &Database, hash: &BlobHash, size: u64) -> io::Result<BlobReader> {
    database.files().read(hash, size).map(BlobReader::new)
}
