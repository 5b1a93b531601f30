//! Slices: a run of a blob's groups with the parent hashes that prove it against the blob's hash.
//!
//! Bytes are as `bao-tree` encodes a range of chunks with groups of 16 KiB: in pre-order, at each
//! inner node of the tree that the run touches the two hashes below it (64 bytes), at each group
//! its bytes. Everything comes with its proof, so that one slice can be verified without any
//! other, from anybody, in any order. Nothing here reads or writes a file.

use std::io;

use bao_tree::io::BaoContentItem;
use bao_tree::io::sync::DecodeResponseIter;
use bao_tree::iter::BaoChunk;
use bao_tree::{BaoTree, BlockSize, ChunkNum, ChunkRanges};
use baro_crdt::entry::BLOB_BYTES_MAX;
use baro_crdt::ids::BlobHash;
use bytes::Bytes;

/// How many bytes a group has; the last one of a blob may have fewer.
pub const GROUP_BYTES: u64 = GROUP_LEN as u64;
/// The same, to take slices by.
#[allow(dead_code, reason = "only files of blobs are cut by it")]
pub(crate) const GROUP_LEN: usize = 16 * 1024;
/// The most groups of one slice: 512 KiB of the blob.
pub const SLICE_GROUPS_MAX: u32 = 32;
/// How many bytes the two hashes of an inner node take.
pub const PAIR_BYTES: usize = 64;

/// The most inner nodes that a slice touches: those inside, and two ways up to the root.
const PAIRS_MAX: usize = SLICE_GROUPS_MAX as usize + 2 * 16;
/// The most bytes of an encoded slice.
pub const SLICE_BYTES_MAX: usize = SLICE_GROUPS_MAX as usize * 16 * 1024 + PAIRS_MAX * PAIR_BYTES;

const BLOCK: BlockSize = BlockSize::from_chunk_log(4);
const CHUNKS_PER_GROUP: u64 = 16;

/// Why a slice is not believed, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SliceError {
    /// A size that no blob has.
    #[error("no blob has {0} bytes")]
    Size(u64),
    /// No groups, too many, or past the blob's end.
    #[error("a slice of {groups} groups from group {first} on cannot be of this blob")]
    Range {
        /// The first group.
        first: u32,
        /// How many.
        groups: u32,
    },
    /// Bytes that do not belong to the blob.
    #[error("bytes that are not this blob's")]
    Mismatch,
    /// Too few bytes or too many.
    #[error("a slice that is torn, or longer than it should be")]
    Length,
    /// What it is made from cannot be read.
    #[error("the blob could not be read: {0}")]
    Io(String),
}

/// How many groups a blob of `size` bytes has.
pub fn groups_of(size: u64) -> u32 {
    u32::try_from(size.div_ceil(GROUP_BYTES)).unwrap_or(u32::MAX)
}

/// How many bytes of a blob of `size` bytes a run of groups has.
pub fn bytes_in(size: u64, first: u32, groups: u32) -> u64 {
    let start = u64::from(first) * GROUP_BYTES;
    let end = start.saturating_add(u64::from(groups) * GROUP_BYTES).min(size);
    end.saturating_sub(start)
}

/// How many bytes the hashes of all inner nodes take.
pub fn outboard_bytes(size: u64) -> u64 {
    tree(size).outboard_size()
}

/// How many bytes the encoded slice of these groups takes.
///
/// # Errors
/// [`SliceError::Size`], [`SliceError::Range`].
pub fn slice_bytes(size: u64, first: u32, groups: u32) -> Result<u64, SliceError> {
    let ranges = range(size, first, groups)?;
    let items = tree(size).ranges_pre_order_chunks_iter_ref(&ranges, 0);
    let bytes = |item| match item {
        BaoChunk::Parent { .. } => PAIR_BYTES as u64,
        BaoChunk::Leaf { size, .. } => size as u64,
    };
    Ok(items.map(bytes).sum())
}

pub(crate) fn tree(size: u64) -> BaoTree {
    BaoTree::new(size, BLOCK)
}

fn range(size: u64, first: u32, groups: u32) -> Result<ChunkRanges, SliceError> {
    if size == 0 || size > BLOB_BYTES_MAX {
        return Err(SliceError::Size(size));
    }
    let end = first.checked_add(groups).filter(|end| *end <= groups_of(size));
    match end {
        Some(end) if groups > 0 && groups <= SLICE_GROUPS_MAX => {
            let chunk = |group: u32| ChunkNum(u64::from(group) * CHUNKS_PER_GROUP);
            Ok(ChunkRanges::from(chunk(first)..chunk(end)))
        }
        _ => Err(SliceError::Range { first, groups }),
    }
}

/// Where a blob's bytes and hashes can be read.
pub trait BlobSource {
    /// Fills `bytes` with the blob's from `offset` on.
    ///
    /// # Errors
    /// What reading says; fewer bytes than wanted are an error.
    fn data_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;
    /// The two hashes below the inner node that stands at `place` in pre-order.
    ///
    /// # Errors
    /// What reading says.
    fn pair_at(&self, place: u64) -> io::Result<[u8; PAIR_BYTES]>;
}

/// Encodes a slice from groups that are known to be verified; nothing is hashed.
///
/// # Errors
/// [`SliceError::Range`] for a run that no slice has, [`SliceError::Io`].
pub fn encode_slice(
    source: &dyn BlobSource,
    size: u64,
    first: u32,
    groups: u32,
) -> Result<Vec<u8>, SliceError> {
    let ranges = range(size, first, groups)?;
    let tree = tree(size);
    let failed = |error: io::Error| SliceError::Io(error.to_string());
    let room = usize::try_from(bytes_in(size, first, groups)).unwrap_or(0);
    let mut encoded = Vec::with_capacity(room + PAIRS_MAX * PAIR_BYTES);
    for item in tree.ranges_pre_order_chunks_iter_ref(&ranges, 0) {
        match item {
            BaoChunk::Parent { node, .. } => {
                let place = tree.pre_order_offset(node).ok_or(SliceError::Length)?;
                encoded.extend_from_slice(&source.pair_at(place).map_err(failed)?);
            }
            BaoChunk::Leaf { start_chunk, size, .. } => {
                let at = encoded.len();
                encoded.resize(at + size, 0);
                let bytes = encoded.get_mut(at..).unwrap_or_default();
                source.data_at(start_chunk.to_bytes(), bytes).map_err(failed)?;
            }
        }
    }
    Ok(encoded)
}

/// A slice whose bytes are the blob's: only [`VerifiedSlice::verify`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedSlice {
    hash: BlobHash,
    size: u64,
    first: u32,
    groups: u32,
    data: Bytes,
    pairs: Vec<(u64, [u8; PAIR_BYTES])>,
}

impl std::fmt::Debug for VerifiedSlice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hash, first, groups, .. } = self;
        write!(f, "VerifiedSlice({hash:?}, {groups} groups from {first} on)")
    }
}

impl VerifiedSlice {
    /// Verifies an encoded slice of the blob with this hash, of `size` bytes.
    ///
    /// # Errors
    /// [`SliceError`], and then nothing of it may be used.
    pub fn verify(
        hash: BlobHash,
        size: u64,
        first: u32,
        groups: u32,
        encoded: &[u8],
    ) -> Result<Self, SliceError> {
        let ranges = range(size, first, groups)?;
        let tree = tree(size);
        let mut rest = encoded;
        let room = usize::try_from(bytes_in(size, first, groups)).unwrap_or(0);
        if encoded.len() < room {
            return Err(SliceError::Length);
        }
        let mut data = Vec::with_capacity(room);
        let mut pairs = Vec::new();
        let root = blake3::Hash::from_bytes(*hash.as_bytes());
        for item in DecodeResponseIter::new(root, tree, &mut rest, &ranges) {
            match item.map_err(refusal)? {
                BaoContentItem::Parent(parent) => {
                    let place = tree.pre_order_offset(parent.node).ok_or(SliceError::Length)?;
                    let mut pair = [0; PAIR_BYTES];
                    let (left, right) = pair.split_at_mut(32);
                    left.copy_from_slice(parent.pair.0.as_bytes());
                    right.copy_from_slice(parent.pair.1.as_bytes());
                    pairs.push((place, pair));
                }
                BaoContentItem::Leaf(leaf) => data.extend_from_slice(&leaf.data),
            }
        }
        if data.len() != room || !rest.is_empty() {
            return Err(SliceError::Length);
        }
        Ok(Self { hash, size, first, groups, data: data.into(), pairs })
    }

    /// Whose bytes.
    pub const fn hash(&self) -> BlobHash {
        self.hash
    }

    /// The blob's size as it was claimed; proven only where [`VerifiedSlice::proves_size`].
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Its first group.
    pub const fn first(&self) -> u32 {
        self.first
    }

    /// How many groups.
    pub const fn groups(&self) -> u32 {
        self.groups
    }

    /// The bytes of the blob, from [`VerifiedSlice::offset`] on.
    pub const fn data(&self) -> &Bytes {
        &self.data
    }

    /// Where in the blob they stand.
    pub fn offset(&self) -> u64 {
        u64::from(self.first) * GROUP_BYTES
    }

    /// The hashes of the inner nodes it came with, each with the node's place in pre-order.
    pub fn pairs(&self) -> &[(u64, [u8; PAIR_BYTES])] {
        &self.pairs
    }

    /// Whether it holds the blob's last group: only then is the blob's size proven.
    pub fn proves_size(&self) -> bool {
        self.first + self.groups == groups_of(self.size)
    }
}

fn refusal(error: bao_tree::io::DecodeError) -> SliceError {
    use bao_tree::io::DecodeError::{
        Io, LeafHashMismatch, LeafNotFound, ParentHashMismatch, ParentNotFound,
    };
    match error {
        LeafNotFound(_) | ParentNotFound(_) => SliceError::Length,
        LeafHashMismatch(_) | ParentHashMismatch(_) => SliceError::Mismatch,
        Io(error) => SliceError::Io(error.to_string()),
    }
}

/// Whether a blob's file begins like the blob: its root, or all of it where it has one group. The
/// rest is verified wherever it is read.
#[cfg(feature = "sqlite")]
pub(super) fn begins(source: &dyn BlobSource, hash: BlobHash, size: u64) -> io::Result<bool> {
    let found = if groups_of(size) <= 1 {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        source.data_at(0, &mut bytes)?;
        blake3::hash(&bytes)
    } else {
        use blake3::hazmat::{Mode, merge_subtrees_root};
        let pair = source.pair_at(0)?;
        let (mut left, mut right) = ([0; 32], [0; 32]);
        let (one, other) = pair.split_at(32);
        left.copy_from_slice(one);
        right.copy_from_slice(other);
        merge_subtrees_root(&left, &right, Mode::Hash)
    };
    Ok(found.as_bytes() == hash.as_bytes())
}
