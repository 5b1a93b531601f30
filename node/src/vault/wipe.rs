//! Destroying what is in a data folder: the keys first, then the rest.
//!
//! Once the slots are overwritten and that is durable, nothing opens the folder any more; what
//! follows only tidies up, and whatever cuts it off changes nothing in that.

use std::fs;
use std::io;
use std::path::Path;

use super::{Vault, VaultError, files};
use crate::store::wipe;

/// What a node keeps in its folder. Nothing else is touched: the folder may be somebody's home.
const FILES: [&str; 7] = [
    "http.token",
    "baro.db.plain",
    "baro.db.sealing",
    "baro.db.sealing-journal",
    "baro.db-wal",
    "baro.db-shm",
    "baro.db",
];
const FOLDERS: [&str; 4] = ["keys", "blobs", "upload", "spoken"];

/// Overwrites the keys of the data folder `data`, durably, and removes everything that a node
/// keeps in it.
///
/// # Errors
/// [`VaultError::Io`] where the keys could not be overwritten (everything is still there), or what
/// follows not be removed (nothing opens it any more).
pub fn destroy(data: &Path) -> Result<(), VaultError> {
    destroy_keys(data)?;
    for name in FILES {
        let path = data.join(name);
        // What may be legible is overwritten; the rest is noise without the keys.
        let legible = matches!(name, "http.token" | "baro.db.plain") || is_plain(&path);
        let removed = if legible { wipe(&path) } else { fs::remove_file(&path) };
        gone(removed).map_err(files::at(&path))?;
    }
    for name in FOLDERS {
        let path = data.join(name);
        gone(fs::remove_dir_all(&path)).map_err(files::at(&path))?;
    }
    files::sync_folder(&data.join("lock")).map_err(files::at(data))
}

/// Overwrites the keys of the data folder `data`, durably; nothing opens it after that.
///
/// # Errors
/// [`VaultError::Io`]; the folder opens as before then.
pub fn destroy_keys(data: &Path) -> Result<(), VaultError> {
    let vault = Vault::of(data);
    for path in vault.secrets() {
        wipe(&path).map_err(files::at(&path))?;
    }
    match vault.key_path().parent() {
        Some(folder) if folder.exists() => {
            files::sync_folder(&vault.key_path()).map_err(files::at(folder))
        }
        _ => Ok(()),
    }
}

fn is_plain(path: &Path) -> bool {
    crate::store::is_plain(path).unwrap_or(false)
}

fn gone(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_a_node_keeps_goes_and_nothing_else() {
        let data = tempfile::tempdir().unwrap();
        let at = |name: &str| data.path().join(name);
        Vault::of(data.path()).begin(None, false).unwrap();
        let (slots, key) = (at("keys/slots"), at("keys/key"));
        // Second names show what became of the bytes.
        for (path, other) in [(&slots, at("slots.seen")), (&key, at("key.seen"))] {
            fs::hard_link(path, other).unwrap();
        }
        fs::create_dir_all(at("blobs/aa")).unwrap();
        for name in ["baro.db", "blobs/aa/bb", "http.token", "their own.txt", "lock"] {
            fs::write(at(name), b"bytes").unwrap();
        }
        destroy(data.path()).unwrap();
        destroy(data.path()).unwrap();
        for name in ["baro.db", "blobs", "keys", "http.token"] {
            assert!(!at(name).exists(), "{name}");
        }
        assert_eq!(fs::read(at("their own.txt")).unwrap(), b"bytes");
        for name in ["slots.seen", "key.seen"] {
            let bytes = fs::read(at(name)).unwrap();
            assert!(!bytes.is_empty() && bytes.iter().all(|byte| *byte == 0), "{name}");
        }
    }
}
