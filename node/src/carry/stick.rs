//! The folder on a stick: what of ours stands in it, and how files come and go.
//!
//! ```text
//! NAME.baro     a bundle; NAME is 16 random bytes in hex, never used again
//! NAME.index    what is in that bundle
//! NAME.sealed   a sealed bundle, for the members of a community that nobody else can tell
//! .NAME.part    a file that is being written
//! ```
//!
//! Bundles of other names, put there by hand, are read and left alone; all else is not touched.

use std::io::{self, BufReader, ErrorKind, Write};
use std::path::Path;
use std::rc::Rc;

use data_encoding::HEXLOWER;

use super::disk::{Disk, Found, Sink};
use super::error::{CarryError, is_locked};
use crate::bundle::{BundleName, Index};

/// The most bundles on a stick that are looked at.
const BUNDLES_MAX: usize = 10_000;
/// The longest index that is read, in bytes.
const INDEX_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// What a process that ended leaves is removed when it is so old, in seconds.
const LEFTOVER_AGE_S: u64 = 3_600;

/// A bundle on the stick.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) file: String,
    pub(super) bytes: u64,
    /// In seconds since 1970, as the stick's file system says.
    pub(super) modified: i64,
    /// Its name, where it is called as we call bundles.
    pub(super) name: Option<BundleName>,
    /// Its index, where it has one that fits.
    pub(super) index: Option<Index>,
}

/// A sealed bundle on the stick.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) file: String,
    pub(super) bytes: u64,
    /// In seconds since 1970, as the stick's file system says.
    pub(super) modified: i64,
}

/// The folder.
pub(super) struct Stick {
    pub(super) disk: Rc<dyn Disk>,
    /// Why nothing can be written, once that is known.
    pub(super) refusal: Option<io::Error>,
}

/// A file that is being written.
pub(super) struct Part {
    disk: Rc<dyn Disk>,
    file: String,
    name: BundleName,
    out: Box<dyn Sink>,
    bytes: u64,
}

fn hex_name(file: &str, ending: &str) -> Option<BundleName> {
    let hex = file.strip_suffix(ending)?;
    let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
    Some(BundleName(bytes.try_into().ok()?))
}

/// The name of a bundle's index.
pub(super) fn index_of(bundle: &str) -> String {
    format!("{}.index", bundle.strip_suffix(".baro").unwrap_or(bundle))
}

impl Stick {
    /// The bundles, oldest first, with the indexes that fit them.
    pub(super) fn bundles(&self) -> Result<Vec<Standing>, CarryError> {
        let mut bundles = Vec::new();
        let files = self.disk.files().map_err(CarryError::Stick)?;
        for Found { name: file, bytes, modified } in &files {
            if !file.ends_with(".baro") || file.starts_with('.') || bundles.len() >= BUNDLES_MAX {
                continue;
            }
            let name = hex_name(file, ".baro");
            let index = name
                .and_then(|name| Some((name, self.index(file, &files)?)))
                .filter(|(name, index)| index.is_of(*name, *bytes))
                .map(|(_, index)| index);
            let (file, bytes, modified) = (file.clone(), *bytes, *modified);
            bundles.push(Standing { file, bytes, modified, name, index });
        }
        bundles.sort_by(|one, other| (one.modified, &one.file).cmp(&(other.modified, &other.file)));
        Ok(bundles)
    }

    /// The sealed bundles, in order of their names.
    pub(super) fn sealed(&self) -> Result<Vec<Sealed>, CarryError> {
        let files = self.disk.files().map_err(CarryError::Stick)?.into_iter();
        let sealed = files.filter(|found| hex_name(&found.name, ".sealed").is_some());
        let sealed = sealed.take(BUNDLES_MAX);
        let each = |Found { name: file, bytes, modified }| Sealed { file, bytes, modified };
        Ok(sealed.map(each).collect())
    }

    fn index(&self, bundle: &str, files: &[Found]) -> Option<Index> {
        let file = index_of(bundle);
        let found = files.iter().find(|found| found.name == file)?;
        if found.bytes > INDEX_BYTES_MAX {
            return None;
        }
        Index::read(&mut BufReader::new(self.disk.open(&file).ok()?)).ok()?
    }

    /// Removes what processes that were ended left: files half written, and indexes whose bundle
    /// never came or went. Only what is ours by name, and old. Gives how many.
    pub(super) fn remove_leftovers(&mut self) -> Result<u64, CarryError> {
        let files = self.disk.files().map_err(CarryError::Stick)?;
        let now = self.disk.seconds();
        let mut removed = 0;
        for Found { name: file, modified, .. } in &files {
            let part = file.strip_prefix('.').is_some_and(|f| hex_name(f, ".part").is_some());
            let alone = hex_name(file, ".index").is_some() && {
                let bundle = Path::new(file).with_extension("baro");
                !files.iter().any(|other| Path::new(&other.name) == bundle)
            };
            // From the future it is old too: some clock was wrong.
            let is_old = now.abs_diff(*modified) >= LEFTOVER_AGE_S;
            if (part || alone) && is_old && self.remove(file)? {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Removes a file of ours; false where nothing may be written.
    pub(super) fn remove(&mut self, file: &str) -> Result<bool, CarryError> {
        match self.disk.remove(file) {
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
    pub(super) fn remove_bundle(&mut self, bundle: &str) -> Result<bool, CarryError> {
        if !self.remove(bundle)? {
            return Ok(false);
        }
        self.disk.sync().map_err(CarryError::Stick)?;
        self.remove(&index_of(bundle))
    }

    /// How many bytes the file system says are free; `None` where it does not.
    pub(super) fn free_bytes(&self) -> Option<u64> {
        self.disk.free_bytes()
    }

    /// A file's time, as it will be found at the next visit.
    pub(super) fn modified(&self, file: &str) -> Option<i64> {
        let files = self.disk.files().ok()?;
        files.into_iter().find(|found| found.name == file).map(|found| found.modified)
    }

    /// Begins a file. `name` is fresh random bytes.
    pub(super) fn begin(&self, name: [u8; 16]) -> io::Result<Part> {
        let file = format!(".{}.part", HEXLOWER.encode(&name));
        let out = self.disk.create(&file)?;
        let disk = Rc::clone(&self.disk);
        Ok(Part { disk, file, name: BundleName(name), out, bytes: 0 })
    }

    /// Gives a bundle and its index their names, durably and in an order that leaves no bundle
    /// without its index.
    pub(super) fn keep(&self, bundle: &Written, index: &Written) -> io::Result<String> {
        let file = format!("{}.baro", HEXLOWER.encode(&bundle.name.0));
        self.disk.rename(&index.file, &index_of(&file))?;
        self.disk.sync()?;
        self.disk.rename(&bundle.file, &file)?;
        self.disk.sync()?;
        Ok(file)
    }
}

impl Stick {
    /// Gives a sealed bundle its name, durably.
    pub(super) fn keep_sealed(&self, bundle: &Written) -> io::Result<String> {
        let file = format!("{}.sealed", HEXLOWER.encode(&bundle.name.0));
        self.disk.rename(&bundle.file, &file)?;
        self.disk.sync()?;
        Ok(file)
    }
}

/// A file that is whole and durable, but for its name.
pub(super) struct Written {
    disk: Rc<dyn Disk>,
    file: String,
    pub(super) name: BundleName,
    pub(super) bytes: u64,
}

impl Written {
    /// Removes it instead of giving it a name.
    pub(super) fn discard(self) {
        // What cannot be removed now is left over and removed by a later visit.
        let _left_over = self.disk.remove(&self.file);
    }
}

impl Part {
    /// Makes it durable.
    pub(super) fn finish(mut self) -> io::Result<Written> {
        match self.out.make_durable() {
            Ok(()) => {
                let Self { disk, file, name, bytes, .. } = self;
                Ok(Written { disk, file, name, bytes })
            }
            Err(error) => {
                self.discard();
                Err(error)
            }
        }
    }

    /// Removes it.
    pub(super) fn discard(self) {
        let Self { disk, file, out, .. } = self;
        out.abandon();
        // What cannot be removed now is left over and removed by a later visit.
        let _left_over = disk.remove(&file);
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
