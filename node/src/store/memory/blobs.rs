//! Blobs in memory: each group and each pair of hashes by itself, so that a transaction takes back
//! no more than it wrote.

use std::io;

use baro_crdt::ids::{BlobHash, CommunityId, EntryId, PayloadHash};

use super::super::{BlobBytes, BlobNameRow, BlobRow, Read, Result, StoreError, fetch_order};
use super::Tables;
use crate::blobs::{
    BlobSource, GROUP_BYTES, PAIR_BYTES, VerifiedSlice, encode_slice, groups_of, outline_of,
};

/// One blob's bytes.
struct Kept<'a> {
    tables: &'a Tables,
    hash: BlobHash,
}

impl BlobSource for Kept<'_> {
    /// Reads within one group, as slices are encoded.
    fn data_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let group = u32::try_from(offset / GROUP_BYTES).map_err(io::Error::other)?;
        let at = usize::try_from(offset % GROUP_BYTES).map_err(io::Error::other)?;
        let kept = self.tables.blob_groups.get(&(self.hash, group));
        let part = kept.and_then(|kept| kept.get(at..at + bytes.len()));
        bytes.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn pair_at(&self, place: u64) -> io::Result<[u8; PAIR_BYTES]> {
        let pair = self.tables.blob_pairs.get(&(self.hash, place));
        pair.copied().ok_or(io::ErrorKind::UnexpectedEof.into())
    }
}

impl Tables {
    pub(super) fn names_of_blob(&self, hash: &BlobHash) -> impl Iterator<Item = &BlobNameRow> {
        let key = |fill: u8| {
            let (target, payload) =
                (EntryId::from_bytes([fill; 16]), PayloadHash::from_bytes([fill; 32]));
            (*hash, target, payload, CommunityId::from_bytes([fill; 32]))
        };
        self.blob_names.range(key(0)..=key(0xff)).map(|(_, row)| row)
    }

    pub(super) fn wanted_blobs(&self, community: &CommunityId) -> Vec<BlobRow> {
        let named = |row: &&BlobRow| {
            self.names_of_blob(&row.hash).any(|name| name.community == *community && !name.hidden)
        };
        let wanted = self.blobs.values().filter(|row| row.wanted).filter(named);
        let mut rows: Vec<BlobRow> = wanted.cloned().collect();
        rows.sort_by_key(fetch_order);
        rows
    }

    pub(super) fn slice_of_blob(
        &self,
        hash: &BlobHash,
        first: u32,
        groups: u32,
    ) -> Result<Option<Vec<u8>>> {
        let Some(row) = self.blobs.get(hash) else { return Ok(None) };
        if groups == 0 || !row.have.contains_run(first, groups) {
            return Ok(None);
        }
        encode_slice(&Kept { tables: self, hash: *hash }, row.size, first, groups)
            .map(Some)
            .map_err(|error| StoreError::Damaged(error.to_string()))
    }

    fn has_room(&self, bytes: u64) -> Result<()> {
        if self.blob_room()? < bytes { Err(StoreError::Full) } else { Ok(()) }
    }

    pub(super) fn keep_slice(&mut self, slice: &VerifiedSlice) -> Result<()> {
        self.has_room(slice.data().len() as u64)?;
        let mut rest = slice.data().clone();
        for group in slice.first()..slice.first() + slice.groups() {
            let bytes = rest.len().min(usize::try_from(GROUP_BYTES).unwrap_or(usize::MAX));
            self.blob_groups.put((slice.hash(), group), rest.split_to(bytes));
        }
        for (place, pair) in slice.pairs() {
            self.blob_pairs.put((slice.hash(), *place), *pair);
        }
        Ok(())
    }

    pub(super) fn keep_blob(
        &mut self,
        hash: &BlobHash,
        size: u64,
        bytes: &BlobBytes,
    ) -> Result<()> {
        let BlobBytes::Memory(bytes) = bytes else {
            return Err(StoreError::Io("a store in memory has no folder for files".into()));
        };
        let outline = outline_of(bytes);
        if outline.hash != *hash || bytes.len() as u64 != size {
            return Err(StoreError::Io("bytes that are not this blob's".into()));
        }
        self.has_room(size)?;
        let mut rest = bytes.clone();
        for group in 0..groups_of(size) {
            let bytes = rest.len().min(usize::try_from(GROUP_BYTES).unwrap_or(usize::MAX));
            self.blob_groups.put((*hash, group), rest.split_to(bytes));
        }
        let (pairs, _) = outline.pairs.as_chunks::<PAIR_BYTES>();
        for (place, pair) in (0..).zip(pairs) {
            self.blob_pairs.put((*hash, place), *pair);
        }
        Ok(())
    }

    pub(super) fn forget_bytes(&mut self, hash: &BlobHash) {
        let groups = self.blob_groups.range((*hash, 0)..=(*hash, u32::MAX));
        for key in groups.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.blob_groups.remove(&key);
        }
        let pairs = self.blob_pairs.range((*hash, 0)..=(*hash, u64::MAX));
        for key in pairs.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.blob_pairs.remove(&key);
        }
    }
}
