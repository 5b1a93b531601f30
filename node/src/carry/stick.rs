//! The folder on a stick: what of ours stands in it, and how files come and go.
//!
//! ```text
//! NAME.baro     a bundle; NAME is 16 random bytes in hex, never used again
//! NAME.index    what is in that bundle
//! .NAME.part    a file that is being written
//! ```
//!
//! Bundles of other names, put there by hand, are read and left alone; all else is not touched.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;

use super::FOLDER;
use super::error::{CarryError, is_folder, is_full, is_locked};
use crate::bundle::{BundleName, Index};

/// The most bundles on a stick that are looked at.
const BUNDLES_MAX: usize = 10_000;
/// The longest index that is read, in bytes.
const INDEX_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What a process that ended leaves is removed when it is so old.
const LEFTOVER_AGE: Duration = Duration::from_secs(3_600);
/// How long to wait for a process that works on the same stick.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(50);

/// A bundle on the stick.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) file: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// In seconds since 1970, as the stick's file system says.
    pub(super) modified: i64,
    /// Its name, where it is called as we call bundles.
    pub(super) name: Option<BundleName>,
    /// Its index, where it has one that fits.
    pub(super) index: Option<Index>,
}

/// The folder, held alone as far as the file system can.
pub(super) struct Stick {
    pub(super) folder: PathBuf,
    _lock: Option<File>,
    /// Why nothing can be written, once that is known.
    pub(super) refusal: Option<io::Error>,
}

/// A file that is being written.
pub(super) struct Part {
    path: PathBuf,
    name: BundleName,
    out: BufWriter<File>,
    bytes: u64,
}

fn seconds(time: io::Result<SystemTime>) -> i64 {
    let since = time.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Makes the names in a folder durable, as far as its file system can.
fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

fn hex_name(file: &str, ending: &str) -> Option<BundleName> {
    let hex = file.strip_suffix(ending)?;
    let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
    Some(BundleName(bytes.try_into().ok()?))
}

impl Stick {
    /// Opens the folder on the stick `dir`, and makes it where there is none.
    pub(super) fn open(dir: &Path) -> Result<Self, CarryError> {
        is_folder(dir)?;
        let folder = dir.join(FOLDER);
        let mut refusal = None;
        if !folder.is_dir() {
            match fs::create_dir(&folder).and_then(|()| sync(dir)) {
                Ok(()) => {}
                Err(error) if is_full(&error) || is_locked(&error) => refusal = Some(error),
                Err(error) => return Err(CarryError::Stick(error)),
            }
        }
        let lock = match refusal {
            None => Self::lock(&folder)?,
            Some(_) => None,
        };
        Ok(Self { folder, _lock: lock, refusal })
    }

    /// Some sticks' file systems know no locks; there two processes may put the same twice.
    fn lock(folder: &Path) -> Result<Option<File>, CarryError> {
        let lock = File::open(folder).map_err(CarryError::Stick)?;
        let since = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(lock)),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) if since.elapsed() >= LOCK_WAIT => {
                    return Err(CarryError::Busy(folder.to_owned()));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_POLL),
            }
        }
    }

    /// The plain files in the folder, by name.
    fn files(&self) -> Result<Vec<(String, fs::Metadata)>, CarryError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(CarryError::Stick(error)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(CarryError::Stick)?;
            // A name that is no text is none of ours, and what vanishes meanwhile is gone.
            let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), entry.metadata())
            else {
                continue;
            };
            if metadata.is_file() {
                files.push((name, metadata));
            }
        }
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(files)
    }

    /// The bundles, oldest first, with the indexes that fit them.
    pub(super) fn bundles(&self) -> Result<Vec<Standing>, CarryError> {
        let mut bundles = Vec::new();
        for (file, metadata) in self.files()? {
            if !file.ends_with(".baro") || file.starts_with('.') || bundles.len() >= BUNDLES_MAX {
                continue;
            }
            let (name, bytes) = (hex_name(&file, ".baro"), metadata.len());
            let path = self.folder.join(&file);
            let index = name
                .and_then(|name| Some((name, self.index(&path)?)))
                .filter(|(name, index)| index.is_of(*name, bytes))
                .map(|(_, index)| index);
            let modified = seconds(metadata.modified());
            bundles.push(Standing { file, path, bytes, modified, name, index });
        }
        bundles.sort_by(|one, other| (one.modified, &one.file).cmp(&(other.modified, &other.file)));
        Ok(bundles)
    }

    fn index(&self, bundle: &Path) -> Option<Index> {
        let path = bundle.with_extension("index");
        if fs::symlink_metadata(&path).ok()?.len() > INDEX_BYTES_MAX {
            return None;
        }
        Index::read(&mut BufReader::new(File::open(path).ok()?)).ok()?
    }

    /// Removes what processes that were ended left: files half written, and indexes whose bundle
    /// never came or went. Only what is ours by name, and old. Gives how many.
    pub(super) fn remove_leftovers(&mut self) -> Result<u64, CarryError> {
        let files = self.files()?;
        let now = SystemTime::now();
        let mut removed = 0;
        for (file, metadata) in &files {
            let part = file.strip_prefix('.').is_some_and(|f| hex_name(f, ".part").is_some());
            let alone = hex_name(file, ".index").is_some() && {
                let bundle = Path::new(file).with_extension("baro");
                !files.iter().any(|(other, _)| Path::new(other) == bundle)
            };
            // From the future it is old too: some clock was wrong.
            let is_old = metadata.modified().is_ok_and(|modified| {
                let age = now.duration_since(modified).unwrap_or_else(|ahead| ahead.duration());
                age >= LEFTOVER_AGE
            });
            if (part || alone) && is_old && self.remove(&self.folder.join(file))? {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Removes a file of ours; false where nothing may be written.
    pub(super) fn remove(&mut self, path: &Path) -> Result<bool, CarryError> {
        match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) if is_locked(&error) => {
                self.refusal.get_or_insert(error);
                Ok(false)
            }
            Err(error) => Err(CarryError::Stick(error)),
        }
    }

    /// Removes a bundle and then its index, whose loss alone would only cost room.
    pub(super) fn remove_bundle(&mut self, bundle: &Path) -> Result<bool, CarryError> {
        if !self.remove(bundle)? {
            return Ok(false);
        }
        sync(&self.folder).map_err(CarryError::Stick)?;
        self.remove(&bundle.with_extension("index"))
    }

    /// How many bytes the file system says are free; `None` where it does not.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        // Some network and phone file systems say 0 of 0.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// A file's name and time, as they will be found at the next visit.
    pub(super) fn named(path: &Path) -> Option<(String, i64)> {
        let modified = seconds(fs::metadata(path).ok()?.modified());
        Some((path.file_name()?.to_str()?.to_owned(), modified))
    }

    /// Begins a file. `name` is fresh random bytes.
    pub(super) fn begin(&self, name: [u8; 16]) -> io::Result<Part> {
        let path = self.folder.join(format!(".{}.part", HEXLOWER.encode(&name)));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let out = BufWriter::with_capacity(1 << 20, file);
        Ok(Part { path, name: BundleName(name), out, bytes: 0 })
    }

    /// Gives a bundle and its index their names, durably and in an order that leaves no bundle
    /// without its index.
    pub(super) fn keep(&self, bundle: Written, index: Written) -> io::Result<PathBuf> {
        let path = self.folder.join(format!("{}.baro", HEXLOWER.encode(&bundle.name.0)));
        fs::rename(&index.path, path.with_extension("index"))?;
        sync(&self.folder)?;
        fs::rename(&bundle.path, &path)?;
        sync(&self.folder)?;
        Ok(path)
    }
}

/// A file that is whole and durable, but for its name.
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) name: BundleName,
    pub(super) bytes: u64,
}

impl Written {
    /// Removes it instead of giving it a name.
    pub(super) fn discard(self) {
        // What cannot be removed now is left over and removed by a later visit.
        let _left_over = fs::remove_file(&self.path);
    }
}

impl Part {
    /// Makes it durable.
    pub(super) fn finish(mut self) -> io::Result<Written> {
        let done = self.out.flush().and_then(|()| self.out.get_ref().sync_all());
        match done {
            Ok(()) => Ok(Written { path: self.path, name: self.name, bytes: self.bytes }),
            Err(error) => {
                self.discard();
                Err(error)
            }
        }
    }

    /// Removes it.
    pub(super) fn discard(self) {
        let Self { path, out, .. } = self;
        // Without writing out what is still in memory.
        drop(out.into_parts());
        // What cannot be removed now is left over and removed by a later visit.
        let _left_over = fs::remove_file(path);
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
