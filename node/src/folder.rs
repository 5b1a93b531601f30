//! The data folder: one process owns it, and it notices when it was copied or put back.
//!
//! `DATA/lock` is held with `flock` while a process works on the folder. It also says which
//! process that is and mirrors the count of commits made here: the database is durable first, the
//! mirror after it. So a database older than its mirror was put back from a copy, and a lock file
//! of another device or inode than the database remembers means that the whole folder was. In
//! both cases lanes and peer key are made anew before the first write, so that nothing forks.
//!
//! What is in the folder is sealed. It is unlocked by the [`Vault`] before it is opened; what a
//! program before there were keys has left is sealed then, once.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use baro_crdt::ids::WallSeconds;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::api::{Alarm, ApiError, Node};
use crate::store::{Database, StoreError, is_plain, seal, wipe};
use crate::vault::{DataKey, Given, Vault, VaultError, destroy};

/// How long to wait for a process that holds the folder.
pub const LOCK_WAIT: Duration = Duration::from_secs(10);
/// How long a process goes on after the panic PIN: until whoever entered it has an answer.
const ALARM_WAIT: Duration = Duration::from_millis(300);
const LOCK_POLL: Duration = Duration::from_millis(50);
/// The mirror's field in the lock file: so many digits, then a newline.
const MIRROR_BYTES: usize = 20;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process works on it.
    #[error(
        "process {pid} ({name}) is working on the data folder {path}; try again when it has ended"
    )]
    Busy {
        /// The folder.
        path: PathBuf,
        /// Its number; 0 where it cannot be told.
        pid: u32,
        /// What it is called.
        name: String,
    },
    /// Somebody else's, and this is root: files of root's in it would lock its owner out.
    #[error(
        "the data folder {path} belongs to user {uid}, and no node runs on it: do this as that \
         user (sudo -u '#{uid}' baro …), so that its files stay theirs"
    )]
    NotRoots {
        /// The folder.
        path: PathBuf,
        /// Its owner's number.
        uid: u32,
    },
    /// The system says no.
    #[error("the data folder {path} cannot be used: {error}")]
    Io {
        /// The folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// The database cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It does not open.
    #[error("{0}")]
    Vault(#[from] VaultError),
    /// The node in it cannot begin.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// The system gives no randomness.
    #[error("this system gives no randomness, so no key can be made: {0}")]
    Randomness(String),
}

/// A folder that this process owns until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: File,
}

/// What [`Folder::open`] gives.
pub struct Opened {
    /// The node; it keeps the folder locked as long as it lives.
    pub node: Node,
    /// What its owner should hear, in words.
    pub notices: Vec<String>,
    /// Where the database is, for readers beside the node.
    pub database: Database,
}

/// The database of the data folder `data`.
pub fn database(data: &Path, key: &DataKey) -> Database {
    Database::sealed(&data.join("baro.db"), key)
}

impl Folder {
    /// Makes the folder where there is none and takes its lock, waiting at most [`LOCK_WAIT`].
    /// While it waits, `instead` is asked again and again whether there is another way by now (a
    /// running node that answers); if so, the answer is `None`.
    ///
    /// # Errors
    /// [`FolderError::Busy`] naming the process that holds it, [`FolderError::Io`].
    pub fn lock(
        path: &Path,
        instead: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Self>, FolderError> {
        let failed = |error| FolderError::Io { path: path.to_owned(), error };
        make(path).map_err(failed)?;
        let uid = std::fs::metadata(path).map_err(failed)?.uid();
        if uid != 0 && rustix::process::geteuid().is_root() {
            return Err(FolderError::NotRoots { path: path.to_owned(), uid });
        }
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(failed)?;
        let since = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            if instead() {
                return Ok(None);
            }
            if since.elapsed() >= LOCK_WAIT {
                let pid = holder(&lock);
                let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
                let name = name.map_or_else(|_| "unknown".to_owned(), |n| n.trim().to_owned());
                return Err(FolderError::Busy { path: path.to_owned(), pid, name });
            }
            std::thread::sleep(LOCK_POLL);
        }
        let pid = format!("{:<10}\n", std::process::id());
        lock.write_all_at(pid.as_bytes(), MIRROR_BYTES as u64 + 1).map_err(failed)?;
        Ok(Some(Self { path: path.to_owned(), lock }))
    }

    /// Ends the process that works on the data folder `path`, if it is another than this one, because
    /// what it has open is being destroyed. Waits at most [`LOCK_WAIT`] for its end.
    ///
    /// # Errors
    /// [`FolderError::Busy`] where it does not end, [`FolderError::Io`].
    pub fn end_others(path: &Path) -> Result<(), FolderError> {
        let failed = |error| FolderError::Io { path: path.to_owned(), error };
        let mut options = OpenOptions::new();
        let lock = match options.read(true).write(true).open(path.join("lock")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            lock => lock.map_err(failed)?,
        };
        let (since, own) = (Instant::now(), std::process::id());
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            let pid = holder(&lock);
            if pid == own {
                return Ok(());
            }
            if since.elapsed() >= LOCK_WAIT {
                let name = "unknown".to_owned();
                return Err(FolderError::Busy { path: path.to_owned(), pid, name });
            }
            let number = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(number) = number {
                // It may end by itself at this moment.
                let _ = rustix::process::kill_process(number, rustix::process::Signal::KILL);
            }
            std::thread::sleep(LOCK_POLL);
        }
    }

    /// Unlocks it with what is `given`; a new one is locked so. What a program before there were
    /// keys has left is sealed, which takes a while where there is much; `hear` is told how many
    /// files of blobs are done, of how many.
    ///
    /// # Errors
    /// [`FolderError::Vault`], saying what it opens by; others where it cannot be sealed, and then
    /// the next call goes on.
    pub fn unlock(
        &self,
        given: &mut Given<'_>,
        now: WallSeconds,
        hear: &mut dyn FnMut(u64, u64),
    ) -> Result<DataKey, FolderError> {
        let vault = Vault::of(&self.path);
        let path = self.path.join("baro.db");
        let failed = |error| FolderError::Io { path: self.path.clone(), error };
        let (key, sealing) = match vault.read()? {
            Some(slots) => (vault.unlock(&slots, given, now)?, slots.sealing),
            None => {
                let sealing = is_plain(&path).map_err(failed)?;
                if !sealing && std::fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
                    return Err(VaultError::Missing(vault.slots_path()).into());
                }
                (vault.begin(given.begin.as_ref(), sealing)?, sealing)
            }
        };
        if sealing {
            seal(&path, &key, hear)?;
            // What an earlier program left open to all who read the disk.
            wipe(&self.path.join("http.token")).map_err(failed)?;
            vault.sealed()?;
        }
        Ok(key)
    }

    /// Opens the node in it.
    ///
    /// # Errors
    /// [`FolderError`]; nothing was written then.
    pub fn open(self, key: &DataKey, now: WallSeconds) -> Result<Opened, FolderError> {
        // It holds secret keys, and the folder may have been made by somebody else, open to all.
        // SQLite gives its other files the mode of this one.
        let database = database(&self.path, key);
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(database.path())
            .map_err(|error| FolderError::Io { path: self.path.clone(), error })?;
        let store = database.store()?;
        let installation = self.installation()?;
        let mirrored = mirrored(&self.lock);
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| FolderError::Randomness(error.to_string()))?;
        let lock = self.lock;
        let mirror = move |count: u64| {
            // Only a hint: where it cannot be written, a copy put back goes unnoticed.
            let _ = lock.write_all_at(format!("{count:<MIRROR_BYTES$}\n").as_bytes(), 0);
        };
        let rng = ChaCha20Rng::from_seed(seed);
        let mut node = Node::new(Box::new(store), rng, Some(Box::new(mirror)));
        node.set_alarm(alarm(&self.path));
        node.rebuild()?;
        node.scrub_soon()?;
        let mut notices = Vec::new();
        if node.claim(installation, mirrored)? {
            notices.push(
                "this data folder was copied, moved or put back from a copy: it goes on as a \
                 device of its own, and nothing is lost"
                    .to_owned(),
            );
        }
        node.drop_withdrawn(now)?;
        node.tidy_blobs(now)?;
        Ok(Opened { node, notices, database })
    }

    /// A hash of what a copy of this folder would not have: this machine, and this lock file.
    fn installation(&self) -> Result<[u8; 32], FolderError> {
        let failed = |error| FolderError::Io { path: self.path.clone(), error };
        let metadata = self.lock.metadata().map_err(failed)?;
        let mut hasher = blake3::Hasher::new_derive_key("baro installation 1");
        hasher.update(&metadata.dev().to_be_bytes());
        hasher.update(&metadata.ino().to_be_bytes());
        hasher.update(&std::fs::read("/etc/machine-id").unwrap_or_default());
        Ok(*hasher.finalize().as_bytes())
    }
}

/// Hears each PIN of a person before it is tried: the panic PIN of the folder destroys what is in
/// it, and then ends this process, which still has the key in memory.
fn alarm(data: &Path) -> Alarm {
    let data = data.to_owned();
    Arc::new(move |pin| {
        if !Vault::of(&data).panics(pin) {
            return false;
        }
        // The keys, then the rest. Somebody looks on: nothing is said where it fails.
        let _ = destroy(&data);
        std::thread::spawn(|| {
            std::thread::sleep(ALARM_WAIT);
            std::process::exit(1);
        });
        true
    })
}

/// Makes the folder where there is none, and those above it. SQLite synchronises what is in the
/// folder; that the folder itself is there after a power cut is up to us.
fn make(path: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    for made in missing {
        let above = made.parent().filter(|above| !above.as_os_str().is_empty());
        // Not every file system can do this, and not every folder above may be read.
        drop(File::open(above.unwrap_or(Path::new("."))).and_then(|above| above.sync_all()));
    }
    Ok(())
}

/// The commits counted in the lock file; 0 where it says none.
fn mirrored(lock: &File) -> u64 {
    let mut field = [0; MIRROR_BYTES];
    match lock.read_exact_at(&mut field, 0) {
        Ok(()) => String::from_utf8_lossy(&field).trim().parse().unwrap_or(0),
        Err(_) => 0,
    }
}

/// The process that the lock file names; 0 where it names none.
fn holder(lock: &File) -> u32 {
    let mut field = [0; 10];
    match lock.read_exact_at(&mut field, MIRROR_BYTES as u64 + 1) {
        Ok(()) => String::from_utf8_lossy(&field).trim().parse().unwrap_or(0),
        Err(_) => 0,
    }
}
