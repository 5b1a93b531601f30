//! Files that are being added: copied and hashed beside the blobs, for the node to take in.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::SystemTime;

use baro_crdt::ids::BlobHash;

use super::file::{BlobFile, BlobReader, whole_bytes};
use super::files::{BlobFiles, INCOMING, make};
use super::{GROUP_BYTES, GROUP_LEN, outline};
use crate::store::Database;

/// How much is copied at once: a number of groups.
const COPY_BYTES: usize = 8 * GROUP_LEN;

/// A file that is being added. What was not taken in is removed when this is dropped.
#[derive(Debug)]
pub struct Incoming {
    files: BlobFiles,
    path: PathBuf,
    name: String,
    hash: BlobHash,
    size: u64,
}

impl Incoming {
    /// Copies `size` bytes of `source` beside the blobs of `database`, durably, and hashes them on
    /// the way. `progress` hears how many bytes are done.
    ///
    /// # Errors
    /// What reading or writing says; also where the source has fewer bytes or more than `size`.
    pub fn copy(
        database: &Database,
        source: &mut dyn Read,
        size: u64,
        progress: &mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        let files = database.files();
        let folder = files.root().join(INCOMING);
        make(&folder)?;
        if files.room() < size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!("{}-{}", std::process::id(), since.as_nanos());
        let path = folder.join(&name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let mut incoming = Self { files, path, name, hash: BlobHash::from_bytes([0; 32]), size };
        incoming.hash = fill(&incoming.files, file, source, size, progress)?;
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
        let file = self.files.open(File::open(&self.path)?, &self.hash, self.size)?;
        let mut bytes = Vec::new();
        BlobReader::new(file).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // Taken in, it has another name by now.
        drop(fs::remove_file(&self.path));
    }
}

/// Writes all of a blob's file and gives the blob's hash.
fn fill(
    files: &BlobFiles,
    file: File,
    source: &mut dyn Read,
    size: u64,
    progress: &mut dyn FnMut(u64),
) -> io::Result<BlobHash> {
    let (salt, cipher) = files.keys().map(|keys| keys.fresh()).transpose()?.unzip();
    let target = BlobFile::new(file, size, cipher);
    let mut tee = Tee { source, target: &target, done: 0, progress, buffer: Vec::new(), at: 0 };
    let outline = outline(&mut tee, size)?;
    if tee.done != size || tee.buffer.len() != tee.at || source.read(&mut [0])? != 0 {
        return Err(io::Error::other("the file changed while it was read"));
    }
    target.put_pairs(0, &outline.pairs)?;
    if let (Some(keys), Some(salt)) = (files.keys(), salt) {
        target.file().write_all_at(&keys.head(&salt, &outline.hash), 0)?;
    }
    target.file().set_len(whole_bytes(size, files.keys().is_some()))?;
    target.file().sync_all()?;
    Ok(outline.hash)
}

/// Writes what is read through it.
struct Tee<'a> {
    source: &'a mut dyn Read,
    target: &'a BlobFile,
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
            // Whole groups, unless the source is at its end.
            Read::take(&mut *self.source, COPY_BYTES as u64).read_to_end(&mut self.buffer)?;
            let first = u32::try_from(self.done / GROUP_BYTES).map_err(io::Error::other)?;
            if self.done + self.buffer.len() as u64 > self.target.size() {
                return Err(io::Error::other("the file changed while it was read"));
            }
            self.target.put_groups(first, &self.buffer)?;
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
