//! Outlines: the hash of a blob and of all inner nodes of its tree, from its bytes.

use std::io::{self, Read};

use bao_tree::io::sync::OutboardMut;
use bao_tree::{BaoTree, TreeNode, blake3 as tree_hash};
use baro_crdt::ids::BlobHash;

use super::PAIR_BYTES;
use super::slice::tree;

/// A blob's hash and the hashes of its tree in pre-order, 64 bytes for each inner node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The blob's hash.
    pub hash: BlobHash,
    /// The inner nodes, in pre-order: [`super::outboard_bytes`] many.
    pub pairs: Vec<u8>,
}

struct Pairs {
    tree: BaoTree,
    bytes: Vec<u8>,
}

impl OutboardMut for Pairs {
    fn save(
        &mut self,
        node: TreeNode,
        (left, right): &(tree_hash::Hash, tree_hash::Hash),
    ) -> io::Result<()> {
        let place = self.tree.pre_order_offset(node).and_then(|place| usize::try_from(place).ok());
        let Some(at) = place.map(|place| place * PAIR_BYTES) else { return Ok(()) };
        if let Some(pair) = self.bytes.get_mut(at..at + PAIR_BYTES) {
            let (first, second) = pair.split_at_mut(32);
            first.copy_from_slice(left.as_bytes());
            second.copy_from_slice(right.as_bytes());
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads `size` bytes and outlines them.
///
/// # Errors
/// What reading says; fewer bytes than `size` are an error.
pub fn outline(data: impl Read, size: u64) -> io::Result<Outline> {
    let tree = tree(size);
    let bytes = usize::try_from(tree.outboard_size()).map_err(io::Error::other)?;
    let mut pairs = Pairs { tree, bytes: vec![0; bytes] };
    let hash = bao_tree::io::sync::outboard(data, tree, &mut pairs)?;
    Ok(Outline { hash: BlobHash::from_bytes(*hash.as_bytes()), pairs: pairs.bytes })
}

/// Outlines bytes in memory.
pub fn outline_of(data: &[u8]) -> Outline {
    match outline(data, data.len() as u64) {
        Ok(outline) => outline,
        Err(error) => unreachable!("reading memory does not fail: {error}"),
    }
}

/// Hashes bytes as they come.
#[derive(Clone, Debug, Default)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all of them.
    pub fn finish(&self) -> BlobHash {
        BlobHash::from_bytes(*self.0.finalize().as_bytes())
    }
}
