//! Files that are there whole or not at all: written beside, made durable, put in place.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file beside `path` that is written first.
fn part_of(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "this is no name of a file"))?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(".part");
    Ok(path.with_file_name(part))
}

/// Opens the file beside, alone. One left behind by a process that was killed is used again.
fn open(part: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(part)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let text = "another process is writing this file; wait until it has ended";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, text));
            }
            // Some sticks' file systems know no locks.
            Err(TryLockError::Error(_)) => {}
        }
        if is_same(&file, part)? {
            file.set_len(0)?;
            return Ok(file);
        }
    }
}

/// Whether `file` still has this name: another process may just have put it in its place.
#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok(open.ino() == named.ino() && open.dev() == named.dev()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_same(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Writes a file whole, or leaves what was there: `write` fills a file beside it, which is made
/// durable and then takes the name. A process killed on the way leaves `.NAME.part`, which the
/// next write uses up.
///
/// # Errors
/// Whatever `write` or the file system says; then `path` is as it was.
pub fn replace<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder").into());
    }
    let part = part_of(path)?;
    let file = open(&part)?;
    let done = fill(&file, write).and_then(|value| {
        fs::rename(&part, path)?;
        Ok(value)
    });
    match done {
        Ok(value) => {
            sync_folder(path)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to tell; a file left beside is used up by the next write.
            let _left_beside = fs::remove_file(&part);
            Err(error)
        }
    }
}

fn fill<T, E: From<io::Error>>(
    file: &File,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let mut buffered = BufWriter::new(file);
    let value = write(&mut buffered)?;
    buffered.flush()?;
    file.sync_all()?;
    Ok(value)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.baro");
        let write = |text: &'static [u8]| {
            move |out: &mut dyn Write| -> io::Result<()> { out.write_all(text) }
        };
        replace(&path, write(b"old")).unwrap();
        let failed = replace(&path, |out: &mut dyn Write| -> io::Result<()> {
            out.write_all(b"half of the n")?;
            Err(io::Error::new(io::ErrorKind::StorageFull, "no room"))
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");

        // What a killed process left behind is used up.
        fs::write(folder.path().join(".a.baro.part"), b"left behind, and longer than what comes")
            .unwrap();
        replace(&path, write(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        // While one process writes, another is told so.
        let _writing = open(&part_of(&path).unwrap()).unwrap();
        let busy = replace(&path, write(b"newer")).unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::ResourceBusy);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(replace(folder.path(), write(b"")).is_err());
    }
}
