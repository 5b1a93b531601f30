//! Small secret files: read within bounds, replaced whole or not at all, overwritten when removed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::VaultError;

/// Says which file it was.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> VaultError + '_ {
    |error| VaultError::Io { path: path.to_owned(), error }
}

/// A file's bytes, at most so many; `None` where there is no file.
pub(super) fn read(path: &Path, most: u64) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(at(path))?,
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(most + 1).read_to_end(&mut bytes).map_err(at(path))?;
    match bytes.len() as u64 > most {
        true => Err(at(path)(io::Error::other(format!("it has more than {most} bytes")))),
        false => Ok(Some(bytes)),
    }
}

/// Makes the folder of secret files, for this user alone.
pub(super) fn make(folder: &Path) -> Result<(), VaultError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))
}

fn written(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in the folder of `path` durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Replaces a file, durably. The bytes of the one before are overwritten.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let (new, old) = (path.with_extension("new"), path.with_extension("old"));
    let replace = || -> io::Result<()> {
        written(&new, bytes)?;
        // A second name, so that the bytes can be overwritten once the new ones stand there.
        crate::store::wipe(&old)?;
        if path.exists() {
            fs::hard_link(path, &old).or_else(|_| fs::copy(path, &old).map(|_| ()))?;
        }
        fs::rename(&new, path)?;
        sync_folder(path)?;
        crate::store::wipe(&old)
    };
    replace().map_err(at(path))
}

/// Makes a file that is not there yet, durably.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let create = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync_folder(path)
    };
    create().map_err(at(path))
}
