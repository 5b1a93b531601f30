//! A stick's folder as the operating system shows it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::FOLDER;
use super::disk::{Disk, Found, Sink, Source};
use super::error::{CarryError, is_full, is_locked};

/// How long to wait for a process that works on the same stick.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_POLL: Duration = Duration::from_millis(50);

/// The folder, held alone as far as the file system can.
pub(super) struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

/// A file that is being written.
struct Part(BufWriter<File>);

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

impl Folder {
    /// Opens our folder on the stick `dir`, and makes it where there is none; says besides why
    /// nothing can be written there, where that is so.
    pub(super) fn open(dir: &Path) -> Result<(Self, Option<io::Error>), CarryError> {
        if !dir.is_dir() {
            return Err(CarryError::NoStick(dir.to_owned()));
        }
        let path = dir.join(FOLDER);
        let mut refusal = None;
        if !path.is_dir() {
            match fs::create_dir(&path).and_then(|()| sync(dir)) {
                Ok(()) => {}
                Err(error) if is_full(&error) || is_locked(&error) => refusal = Some(error),
                Err(error) => return Err(CarryError::Stick(error)),
            }
        }
        let lock = match refusal {
            None => Self::lock(&path)?,
            Some(_) => None,
        };
        Ok((Self { path, _lock: lock }, refusal))
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
}

impl Disk for Folder {
    fn files(&self) -> io::Result<Vec<Found>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            // A name that is no text is none of ours, and what vanishes meanwhile is gone.
            let (Ok(name), Ok(metadata)) = (entry.file_name().into_string(), entry.metadata())
            else {
                continue;
            };
            if metadata.is_file() {
                let modified = seconds(metadata.modified());
                files.push(Found { name, bytes: metadata.len(), modified });
            }
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(files)
    }

    fn open(&self, file: &str) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(File::open(self.path.join(file))?))
    }

    fn create(&self, file: &str) -> io::Result<Box<dyn Sink>> {
        let file = OpenOptions::new().write(true).create_new(true).open(self.path.join(file))?;
        Ok(Box::new(Part(BufWriter::with_capacity(1 << 20, file))))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(file))
    }

    fn sync(&self) -> io::Result<()> {
        sync(&self.path)
    }

    fn free_bytes(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.path).ok()?;
        // Some network and phone file systems say 0 of 0.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn seconds(&self) -> i64 {
        seconds(Ok(SystemTime::now()))
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Sink for Part {
    fn make_durable(&mut self) -> io::Result<()> {
        self.0.flush().and_then(|()| self.0.get_ref().sync_all())
    }

    fn abandon(self: Box<Self>) {
        drop(self.0.into_parts());
    }
}
