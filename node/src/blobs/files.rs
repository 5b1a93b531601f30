//! Blobs on disk: `DATA/blobs/<2 hex>/<hash in hex>`, one file each.
//!
//! A file begins with the blob's bytes, each at its own offset, so that a blob fetched in parts is
//! the same file with holes and `head -c SIZE FILE | b3sum` prints its name. Behind them, at the
//! next multiple of 4 KiB, stand the hashes of the inner nodes in pre-order. One file and not two,
//! because a commit then waits for one `fdatasync` and an added file appears by one rename.
//!
//! Which groups of a file count is in the database alone. Files that no row knows are removed when
//! the store is opened.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use baro_crdt::ids::BlobHash;

use super::{BlobRow, BlobSource, PAIR_BYTES, VerifiedSlice, outboard_bytes, outline};

/// The folder in the data folder.
const FOLDER: &str = "blobs";
/// The folder in it for files that are being added.
const INCOMING: &str = "incoming";
/// Room that blobs leave on the disk for everything else, in bytes; on a small disk a twentieth.
const RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// Files that are being added and were not touched for so long are left over from a crash.
const INCOMING_STALE: Duration = Duration::from_secs(3_600);
/// How much is copied at once.
const COPY_BYTES: usize = 128 * 1024;
/// Where the hashes begin: at a multiple of this.
const PAGE_BYTES: u64 = 4096;

/// The folder of blobs.
#[derive(Clone, Debug)]
pub(crate) struct BlobFiles {
    root: PathBuf,
}

/// Where in a file the hashes of the inner nodes begin.
const fn base(size: u64) -> u64 {
    size.next_multiple_of(PAGE_BYTES)
}

impl BlobFiles {
    /// Beside the database file at `path`.
    pub(crate) fn beside(path: &Path) -> Self {
        Self { root: path.parent().unwrap_or(Path::new("")).join(FOLDER) }
    }

    fn path(&self, hash: &BlobHash) -> PathBuf {
        let hex = hash.to_string();
        self.root.join(hex.get(..2).unwrap_or_default()).join(hex)
    }

    /// A blob's file, to read.
    pub(crate) fn read(&self, hash: &BlobHash, size: u64) -> io::Result<BlobFile> {
        Ok(BlobFile { file: File::open(self.path(hash))?, base: base(size) })
    }

    /// A blob's file, to write; made where there is none. Says whether it was.
    pub(crate) fn write(&self, hash: &BlobHash) -> io::Result<(File, bool)> {
        let path = self.path(hash);
        let open =
            |new| OpenOptions::new().read(true).write(true).create_new(new).mode(0o600).open(&path);
        match open(false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some(folder) = path.parent() {
                    make(folder)?;
                }
                Ok((open(true)?, true))
            }
            file => Ok((file?, false)),
        }
    }

    /// Writes all of a blob.
    pub(crate) fn put(&self, hash: &BlobHash, data: &[u8], pairs: &[u8]) -> io::Result<File> {
        let (file, _) = self.write(hash)?;
        file.write_all_at(data, 0)?;
        file.write_all_at(pairs, base(data.len() as u64))?;
        Ok(file)
    }

    /// Moves a file that was added to where its blob belongs.
    pub(crate) fn adopt(&self, name: &str, hash: &BlobHash, size: u64) -> io::Result<()> {
        if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(io::Error::other("no name of a file that is being added"));
        }
        let from = self.root.join(INCOMING).join(name);
        let added = BlobFile { file: File::open(&from)?, base: base(size) };
        if added.file.metadata()?.len() != base(size) + outboard_bytes(size)
            || !super::slice::begins(&added, *hash, size)?
        {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file that was to be added is not what it is said to be",
            ));
        }
        let to = self.path(hash);
        if let Some(folder) = to.parent() {
            make(folder)?;
        }
        fs::rename(from, to)
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
        let at = self.root.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
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

    /// Whether what a row says is here can be here: the file is there, and as long as it has to be.
    pub(crate) fn holds(&self, row: &BlobRow) -> bool {
        let need = match (row.have.runs().last(), row.is_complete()) {
            // A blob of one group has no inner nodes, and its file ends with its bytes.
            (_, true) if outboard_bytes(row.size) == 0 => row.size,
            (_, true) => base(row.size) + outboard_bytes(row.size),
            (Some(run), _) => (u64::from(run.end) * super::GROUP_BYTES).min(row.size),
            (None, _) => return true,
        };
        fs::metadata(self.path(&row.hash)).is_ok_and(|file| file.len() >= need)
    }

    /// Removes files that no row knows, and what adding left behind.
    pub(crate) fn sweep(&self, known: &BTreeSet<BlobHash>) {
        let list = |folder: &Path| -> Vec<PathBuf> {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect()
        };
        let stale = |path: &Path| {
            let touched = fs::metadata(path).and_then(|file| file.modified()).ok();
            let since = touched.and_then(|at| SystemTime::now().duration_since(at).ok());
            since.is_some_and(|since| since > INCOMING_STALE)
        };
        for folder in list(&self.root) {
            let incoming = folder.ends_with(INCOMING);
            for file in list(&folder) {
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let unknown = name.parse().is_ok_and(|hash: BlobHash| !known.contains(&hash));
                if if incoming { stale(&file) } else { unknown } {
                    // What cannot be removed now can be at the next start.
                    drop(fs::remove_file(file));
                }
            }
        }
    }
}

/// Makes a folder and those above it, for this user alone.
fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A blob's file.
#[derive(Debug)]
pub(crate) struct BlobFile {
    file: File,
    base: u64,
}

impl BlobSource for BlobFile {
    fn data_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset)
    }

    fn pair_at(&self, place: u64) -> io::Result<[u8; PAIR_BYTES]> {
        let mut pair = [0; PAIR_BYTES];
        self.file.read_exact_at(&mut pair, self.base + place * PAIR_BYTES as u64)?;
        Ok(pair)
    }
}

/// Writes a slice into its blob's file. It is durable after an `fdatasync`.
pub(crate) fn write_slice(file: &File, slice: &VerifiedSlice) -> io::Result<()> {
    file.write_all_at(slice.data(), slice.offset())?;
    // Nodes that stand together are written together.
    let base = base(slice.size());
    let (mut start, mut run) = (0, Vec::new());
    for (place, pair) in slice.pairs() {
        if !run.is_empty() && start + (run.len() / PAIR_BYTES) as u64 != *place {
            file.write_all_at(&run, base + start * PAIR_BYTES as u64)?;
            run.clear();
        }
        if run.is_empty() {
            start = *place;
        }
        run.extend_from_slice(pair);
    }
    if run.is_empty() { Ok(()) } else { file.write_all_at(&run, base + start * PAIR_BYTES as u64) }
}

/// Opens a blob's file in the data folder `data`; its bytes are the first of the file.
///
/// # Errors
/// What opening says.
pub fn read_blob(data: &Path, hash: &BlobHash) -> io::Result<File> {
    File::open(BlobFiles { root: data.join(FOLDER) }.path(hash))
}

/// A file that is being added: copied and hashed beside the blobs, for the node to take in. What
/// was not taken in is removed when this is dropped.
#[derive(Debug)]
pub struct Incoming {
    path: PathBuf,
    name: String,
    hash: BlobHash,
    size: u64,
}

impl Incoming {
    /// Copies `size` bytes of `source` into the data folder `data`, durably, and hashes them on
    /// the way. `progress` hears how many bytes are done.
    ///
    /// # Errors
    /// What reading or writing says; also where the source has fewer bytes or more than `size`.
    pub fn copy(
        data: &Path,
        source: &mut dyn Read,
        size: u64,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        let files = BlobFiles { root: data.join(FOLDER) };
        let folder = files.root.join(INCOMING);
        make(&folder)?;
        if files.room() < size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!("{}-{}", std::process::id(), since.as_nanos());
        let path = folder.join(&name);
        let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let mut incoming = Self { path, name, hash: BlobHash::from_bytes([0; 32]), size };
        let mut tee = Tee { source, target: &target, done: 0, progress, buffer: Vec::new(), at: 0 };
        let outline = outline(&mut tee, size)?;
        if tee.done != size || tee.buffer.len() != tee.at || source.read(&mut [0])? != 0 {
            return Err(io::Error::other("the file changed while it was read"));
        }
        target.write_all_at(&outline.pairs, base(size))?;
        target.set_len(base(size) + outline.pairs.len() as u64)?;
        target.sync_all()?;
        incoming.hash = outline.hash;
        Ok(incoming)
    }

    /// What the node is told: the name of the file among those being added.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The hash of the bytes.
    pub const fn hash(&self) -> BlobHash {
        self.hash
    }

    /// How many bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Its bytes.
    ///
    /// # Errors
    /// What reading says.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(&self.path)?.take(self.size).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Taken in, it has another name by now.
        drop(fs::remove_file(&self.path));
    }
}

/// Writes what is read through it.
struct Tee<'a> {
    source: &'a mut dyn Read,
    target: &'a File,
    done: u64,
    progress: &'a mut dyn FnMut(u64),
    buffer: Vec<u8>,
    at: usize,
}

impl Read for Tee<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.at == self.buffer.len() {
            self.buffer.clear();
            self.at = 0;
            Read::take(&mut *self.source, COPY_BYTES as u64).read_to_end(&mut self.buffer)?;
            self.target.write_all(&self.buffer)?;
            self.done += self.buffer.len() as u64;
            (self.progress)(self.done);
        }
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let count = rest.len().min(bytes.len());
        if let (Some(to), Some(from)) = (bytes.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}
