//! A file that is only passing through: it has no name, and what is in it is sealed by a key that
//! this process alone has and forgets with it, so that nothing legible is left on the disk.
//!
//! It is written from its beginning to its end, then read in any order.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

use crate::blobs::{Cipher, GROUP_BYTES, GROUP_LEN as GROUP, Part, TAG_BYTES};

/// The file.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    cipher: Cipher,
    /// What is not a whole group yet.
    tail: Vec<u8>,
    size: u64,
    whole: bool,
    at: u64,
    /// The group that was read last, and which it is.
    last: Option<(u64, Vec<u8>)>,
}

impl Spool {
    /// A new one in `folder`, under `name` for a moment.
    pub(crate) fn new(folder: &Path, name: &str) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        let cipher = Cipher::ephemeral()?;
        Ok(Self { file, cipher, tail: Vec::new(), size: 0, whole: false, at: 0, last: None })
    }

    /// How many bytes were written into it.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    fn place(group: u64) -> io::Result<u32> {
        u32::try_from(group).map_err(|_| io::ErrorKind::FileTooLarge.into())
    }

    fn put(&self, group: u64, bytes: &[u8]) -> io::Result<()> {
        let mut sealed = Vec::with_capacity(bytes.len() + TAG_BYTES);
        self.cipher.seal(Part::Group, 0, Self::place(group)?, bytes, &mut sealed)?;
        self.file.write_all_at(&sealed, group * (GROUP + TAG_BYTES) as u64)
    }

    /// Nothing is written after this.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if !self.whole {
            self.whole = true;
            if !self.tail.is_empty() {
                self.put(self.size / GROUP_BYTES, &self.tail)?;
                self.tail = Vec::new();
            }
        }
        Ok(())
    }

    fn group(&self, group: u64) -> io::Result<Vec<u8>> {
        let left = self.size.saturating_sub(group * GROUP_BYTES).min(GROUP_BYTES);
        let length = usize::try_from(left).unwrap_or(GROUP);
        let mut sealed = vec![0; length + TAG_BYTES];
        self.file.read_exact_at(&mut sealed, group * (GROUP + TAG_BYTES) as u64)?;
        self.cipher.open(Part::Group, 0, Self::place(group)?, &mut sealed)?;
        sealed.truncate(length);
        Ok(sealed)
    }

    /// Fills `bytes` from `offset` on, once it is finished.
    pub(crate) fn read_exact_at(&self, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            if !self.whole || offset >= self.size {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let group = self.group(offset / GROUP_BYTES)?;
            let found = group.get(skipped(offset)..).unwrap_or_default();
            let (now, rest) = bytes.split_at_mut(found.len().min(bytes.len()));
            now.copy_from_slice(found.get(..now.len()).unwrap_or_default());
            offset += now.len() as u64;
            bytes = rest;
        }
        Ok(())
    }
}

/// How far into its group an offset lies.
fn skipped(offset: u64) -> usize {
    usize::try_from(offset % GROUP_BYTES).unwrap_or(0)
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.whole {
            return Err(io::Error::other("this file is finished"));
        }
        self.tail.extend_from_slice(bytes);
        let first = self.size / GROUP_BYTES;
        self.size += bytes.len() as u64;
        let whole = self.tail.len() / GROUP * GROUP;
        let rest = self.tail.split_off(whole);
        let ready = std::mem::replace(&mut self.tail, rest);
        for (group, part) in (first..).zip(ready.chunks(GROUP)) {
            self.put(group, part)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Spool {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.finish()?;
        if self.at >= self.size {
            return Ok(0);
        }
        let group = self.at / GROUP_BYTES;
        let plain = match self.last.take() {
            Some((last, plain)) if last == group => plain,
            _ => self.group(group)?,
        };
        let found = plain.get(skipped(self.at)..).unwrap_or_default();
        let count = found.len().min(bytes.len());
        let to = bytes.get_mut(..count).unwrap_or_default();
        to.copy_from_slice(found.get(..count).unwrap_or_default());
        self.at += count as u64;
        self.last = Some((group, plain));
        Ok(count)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.finish()?;
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_was_written_is_read_from_anywhere_and_lies_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..50_000_u32).map(|n| (n / 7 % 251) as u8).collect();
        for size in [0, 1, GROUP - 1, GROUP, GROUP + 1, 50_000] {
            let mut spool = Spool::new(folder.path(), "a").unwrap();
            for part in bytes[..size].chunks(999) {
                spool.write_all(part).unwrap();
            }
            spool.seek(SeekFrom::Start(0)).unwrap();
            let mut read = Vec::new();
            spool.read_to_end(&mut read).unwrap();
            assert!(read == bytes[..size], "{size}");
            assert_eq!(spool.size(), size as u64);
            if size > 20_000 {
                let mut part = vec![0; 18_000];
                spool.read_exact_at(&mut part, 5_000).unwrap();
                assert!(part == bytes[5_000..23_000]);
                let mut raw = vec![0; 20_000];
                spool.file.read_exact_at(&mut raw, 0).unwrap();
                assert!(!raw.windows(32).any(|part| part == &bytes[1_000..1_032]));
            }
            assert!(spool.read_exact_at(&mut [0; 2], size as u64 - u64::from(size > 0)).is_err());
            assert!(spool.write(b"more").is_err());
            assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        }
    }
}
