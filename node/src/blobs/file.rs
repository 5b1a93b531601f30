//! One blob's file: its bytes, and behind them the hashes of its inner nodes, plain or sealed.
//!
//! Every group and every pair of hashes has its place by its number, so that a blob fetched in
//! parts is the same file with holes. Sealed files are laid out as [`super::cipher`] says. A plain
//! one begins with the blob's bytes, and the hashes stand at the next multiple of 4 KiB: that is
//! how stores without a key keep them, and programs before there were keys did.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use baro_crdt::ids::BlobHash;

use super::cipher::{BlobKeys, Cipher, HEAD_BYTES, Part, TAG_BYTES};
use super::{
    BlobSource, GROUP_BYTES, GROUP_LEN, PAIR_BYTES, VerifiedSlice, bytes_in, groups_of,
    outboard_bytes,
};

/// Where the hashes of a plain file begin: at a multiple of this.
const PAGE_BYTES: u64 = 4096;
/// How many bytes a group takes when sealed.
const SEALED_GROUP_BYTES: u64 = GROUP_BYTES + TAG_BYTES as u64;
/// How many bytes a pair takes when sealed.
const SEALED_PAIR_BYTES: u64 = (PAIR_BYTES + TAG_BYTES) as u64;

/// A blob's file.
#[derive(Debug)]
pub(crate) struct BlobFile {
    file: File,
    size: u64,
    cipher: Option<Cipher>,
}

/// How many bytes the whole file of a blob has.
pub(super) fn whole_bytes(size: u64, sealed: bool) -> u64 {
    let pairs = outboard_bytes(size) / PAIR_BYTES as u64;
    match sealed {
        true => pairs_at(size, true) + pairs * SEALED_PAIR_BYTES,
        // A blob of one group has no inner nodes, and its file ends with its bytes.
        false if pairs == 0 => size,
        false => pairs_at(size, false) + pairs * PAIR_BYTES as u64,
    }
}

/// How many bytes a file has at least in which this group is the last.
pub(super) fn bytes_to(size: u64, end: u32, sealed: bool) -> u64 {
    let plain = (u64::from(end) * GROUP_BYTES).min(size);
    match sealed {
        true => HEAD_BYTES as u64 + plain + u64::from(end) * TAG_BYTES as u64,
        false => plain,
    }
}

/// Where in a file the hashes of the inner nodes begin.
fn pairs_at(size: u64, sealed: bool) -> u64 {
    match sealed {
        true => HEAD_BYTES as u64 + size + u64::from(groups_of(size)) * TAG_BYTES as u64,
        false => size.next_multiple_of(PAGE_BYTES),
    }
}

fn place(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::Error::other("no blob has so many parts"))
}

impl BlobFile {
    /// A file that exists, or is just being made, with what it is sealed by.
    pub(super) const fn new(file: File, size: u64, cipher: Option<Cipher>) -> Self {
        Self { file, size, cipher }
    }

    /// A file that exists. With keys its head has to be this blob's.
    pub(super) fn open(
        file: File,
        keys: Option<&BlobKeys>,
        hash: &BlobHash,
        size: u64,
    ) -> io::Result<Self> {
        let cipher = match keys {
            None => None,
            Some(keys) => {
                let mut head = [0; HEAD_BYTES];
                file.read_exact_at(&mut head, 0)?;
                let foreign = || io::Error::new(io::ErrorKind::InvalidData, "not this blob's file");
                Some(keys.read_head(&head, hash).ok_or_else(foreign)?)
            }
        };
        Ok(Self { file, size, cipher })
    }

    /// The size that was claimed when it was opened, in bytes.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Makes its bytes durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    /// Writes groups that stand together, from `first` on.
    pub(super) fn put_groups(&self, first: u32, data: &[u8]) -> io::Result<()> {
        let Some(cipher) = &self.cipher else {
            return self.file.write_all_at(data, u64::from(first) * GROUP_BYTES);
        };
        let mut out = Vec::with_capacity(data.len() + data.len() / 512 + TAG_BYTES);
        for (group, bytes) in (first..).zip(data.chunks(GROUP_LEN)) {
            cipher.seal(Part::Group, self.size, group, bytes, &mut out)?;
        }
        let at = HEAD_BYTES as u64 + u64::from(first) * SEALED_GROUP_BYTES;
        self.file.write_all_at(&out, at)
    }

    /// Writes pairs that stand together, from the one at `start` on.
    pub(super) fn put_pairs(&self, start: u64, pairs: &[u8]) -> io::Result<()> {
        let base = pairs_at(self.size, self.cipher.is_some());
        let Some(cipher) = &self.cipher else {
            return self.file.write_all_at(pairs, base + start * PAIR_BYTES as u64);
        };
        let mut out = Vec::with_capacity(pairs.len() + pairs.len() / 4);
        for (number, pair) in (start..).zip(pairs.chunks(PAIR_BYTES)) {
            cipher.seal(Part::Pair, self.size, place(number)?, pair, &mut out)?;
        }
        self.file.write_all_at(&out, base + start * SEALED_PAIR_BYTES)
    }

    /// Writes a slice. It is durable after [`BlobFile::sync`].
    pub(crate) fn put_slice(&self, slice: &VerifiedSlice) -> io::Result<()> {
        self.put_groups(slice.first(), slice.data())?;
        // Nodes that stand together are written together.
        let (mut start, mut run) = (0, Vec::new());
        for (place, pair) in slice.pairs() {
            if !run.is_empty() && start + (run.len() / PAIR_BYTES) as u64 != *place {
                self.put_pairs(start, &run)?;
                run.clear();
            }
            if run.is_empty() {
                start = *place;
            }
            run.extend_from_slice(pair);
        }
        if run.is_empty() { Ok(()) } else { self.put_pairs(start, &run) }
    }

    /// Fills `bytes` from a sealed group, beginning `skip` bytes into it.
    fn open_group(
        &self,
        cipher: &Cipher,
        group: u32,
        skip: usize,
        bytes: &mut [u8],
    ) -> io::Result<()> {
        let length = usize::try_from(bytes_in(self.size, group, 1)).unwrap_or(0) + TAG_BYTES;
        let mut sealed = vec![0; length];
        let at = HEAD_BYTES as u64 + u64::from(group) * SEALED_GROUP_BYTES;
        self.file.read_exact_at(&mut sealed, at)?;
        let plain = cipher.open(Part::Group, self.size, group, &mut sealed)?;
        let part = plain.get(skip..skip + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(part);
        Ok(())
    }
}

impl BlobSource for BlobFile {
    fn data_at(&self, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        let Some(cipher) = &self.cipher else { return self.file.read_exact_at(bytes, offset) };
        while !bytes.is_empty() {
            let group = place(offset / GROUP_BYTES)?;
            let skip = usize::try_from(offset % GROUP_BYTES).unwrap_or(0);
            let count = (GROUP_LEN - skip).min(bytes.len());
            let (now, rest) = bytes.split_at_mut(count);
            self.open_group(cipher, group, skip, now)?;
            bytes = rest;
            offset += count as u64;
        }
        Ok(())
    }

    fn pair_at(&self, number: u64) -> io::Result<[u8; PAIR_BYTES]> {
        let base = pairs_at(self.size, self.cipher.is_some());
        let mut pair = [0; PAIR_BYTES];
        match &self.cipher {
            None => self.file.read_exact_at(&mut pair, base + number * PAIR_BYTES as u64)?,
            Some(cipher) => {
                let mut sealed = [0; PAIR_BYTES + TAG_BYTES];
                self.file.read_exact_at(&mut sealed, base + number * SEALED_PAIR_BYTES)?;
                let plain = cipher.open(Part::Pair, self.size, place(number)?, &mut sealed)?;
                pair.copy_from_slice(plain);
            }
        }
        Ok(pair)
    }
}

/// A whole blob's bytes, to read from the beginning or from anywhere.
#[derive(Debug)]
pub struct BlobReader {
    file: BlobFile,
    at: u64,
}

impl BlobReader {
    pub(super) const fn new(file: BlobFile) -> Self {
        Self { file, at: 0 }
    }

    /// Fills `bytes` with the blob's from `offset` on.
    ///
    /// # Errors
    /// What reading says; also where the file was changed, or does not hold all of them.
    pub fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.data_at(offset, bytes)
    }
}

impl Read for BlobReader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.file.size.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = left.min(bytes.len());
        let bytes = bytes.get_mut(..count).unwrap_or_default();
        self.file.data_at(self.at, bytes)?;
        self.at += count as u64;
        Ok(count)
    }
}
