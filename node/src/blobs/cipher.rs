//! Blobs' files, sealed: names that say nothing, and ChaCha20-Poly1305 group by group.
//!
//! A sealed file is its *head* and then, each with a tag of 16 bytes behind it, the groups of the
//! blob and the pairs of hashes of its inner nodes, every one at its own place, so that a file
//! with holes can be read where it has something:
//!
//! ```text
//! head (64)  "barobl1\n" (8) · salt (24) · seal of salt and hash (32)
//! groups     16 KiB + 16 each, the last one shorter
//! pairs      64 + 16 each, in pre-order
//! ```
//!
//! The file's key comes from its salt, which is random, so no two files share one. A nonce is
//! what is sealed, the blob's claimed size and the place. The bytes there are fixed by the blob's
//! hash, so the same nonce never meets other bytes: a group that a crash interrupted is written
//! again as it was.

use std::io;

use baro_crdt::ids::BlobHash;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};

use crate::vault::{DataKey, SecretKey};

/// How many bytes a tag adds.
pub(crate) const TAG_BYTES: usize = 16;
/// How many bytes the head has.
pub(crate) const HEAD_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"barobl1\n";
const SALT_BYTES: usize = 24;

/// The keys for the files of blobs.
pub(crate) struct BlobKeys {
    files: SecretKey,
    heads: SecretKey,
    names: SecretKey,
}

impl std::fmt::Debug for BlobKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlobKeys(…)")
    }
}

/// What a place in a file holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// A group of the blob's bytes.
    Group = 0,
    /// The two hashes below an inner node.
    Pair = 1,
}

impl BlobKeys {
    pub(crate) fn of(key: &DataKey) -> Self {
        Self {
            files: key.derive("baro blob files 1"),
            heads: key.derive("baro blob heads 1"),
            names: key.derive("baro blob names 1"),
        }
    }

    /// The name of a blob's file, in hexadecimal.
    pub(crate) fn name(&self, hash: &BlobHash) -> String {
        blake3::keyed_hash(&self.names, hash.as_bytes()).to_hex().to_string()
    }

    fn seal_of(&self, salt: &[u8], hash: &BlobHash) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.heads);
        hasher.update(salt).update(hash.as_bytes());
        hasher.finalize()
    }

    fn cipher(&self, salt: &[u8]) -> Cipher {
        let key = zeroize::Zeroizing::new(*blake3::keyed_hash(&self.files, salt).as_bytes());
        Cipher(ChaCha20Poly1305::new((&*key).into()))
    }

    /// A salt for a new file, and the cipher that goes with it.
    pub(crate) fn fresh(&self) -> io::Result<([u8; SALT_BYTES], Cipher)> {
        let mut salt = [0; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|error| io::Error::other(error.to_string()))?;
        let cipher = self.cipher(&salt);
        Ok((salt, cipher))
    }

    /// The head of the file with this salt, once the blob's hash is known.
    pub(crate) fn head(&self, salt: &[u8; SALT_BYTES], hash: &BlobHash) -> [u8; HEAD_BYTES] {
        let mut head = [0; HEAD_BYTES];
        let seal = self.seal_of(salt, hash);
        let parts = MAGIC.iter().chain(salt).chain(seal.as_bytes());
        head.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
        head
    }

    /// The cipher of the file that begins with this head; `None` where it is no head of this
    /// blob's: torn by a crash, damaged, or another file under this name.
    pub(crate) fn read_head(&self, head: &[u8; HEAD_BYTES], hash: &BlobHash) -> Option<Cipher> {
        let (magic, rest) = head.split_at(MAGIC.len());
        let (salt, seal) = rest.split_at(SALT_BYTES);
        let seal = blake3::Hash::from_bytes(seal.try_into().ok()?);
        // Compared in constant time by the hash's own equality.
        (magic == MAGIC && seal == self.seal_of(salt, hash)).then(|| self.cipher(salt))
    }
}

/// The cipher of one file.
pub(crate) struct Cipher(ChaCha20Poly1305);

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(…)")
    }
}

/// One byte says what is sealed, seven the blob's size, four the place.
fn nonce(part: Part, size: u64, place: u32) -> Nonce {
    let mut nonce = [0; 12];
    let [_, size @ ..] = size.to_be_bytes();
    let bytes = [part as u8].into_iter().chain(size).chain(place.to_be_bytes());
    nonce.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    nonce.into()
}

impl Cipher {
    /// A cipher for a file that only this process reads, while it has it open.
    #[cfg(feature = "full")]
    pub(crate) fn ephemeral() -> io::Result<Self> {
        let key = DataKey::random().map_err(io::Error::other)?;
        Ok(Self(ChaCha20Poly1305::new(key.as_bytes().into())))
    }

    /// Adds `plain`, sealed, to `out`.
    pub(crate) fn seal(
        &self,
        part: Part,
        size: u64,
        place: u32,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let at = out.len();
        out.extend_from_slice(plain);
        let bytes = out.get_mut(at..).unwrap_or_default();
        let tag = self
            .0
            .encrypt_inout_detached(&nonce(part, size, place), &[], bytes.into())
            .map_err(|_| io::Error::other("too much to seal at once"))?;
        out.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens what [`Cipher::seal`] made, in place; the tag behind it stays.
    pub(crate) fn open<'b>(
        &self,
        part: Part,
        size: u64,
        place: u32,
        sealed: &'b mut [u8],
    ) -> io::Result<&'b [u8]> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "bytes that were not written so");
        let at = sealed.len().checked_sub(TAG_BYTES).ok_or_else(wrong)?;
        let (bytes, tag) = sealed.split_at_mut(at);
        let tag = Tag::try_from(&*tag).map_err(|_| wrong())?;
        self.0
            .decrypt_inout_detached(&nonce(part, size, place), &[], (&mut *bytes).into(), &tag)
            .map_err(|_| wrong())?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn what_is_sealed_opens_at_its_place_only_and_not_when_changed() {
        let keys = BlobKeys::of(&DataKey::from_bytes([1; 32]));
        let (_, cipher) = keys.fresh().unwrap();
        let mut sealed = Vec::new();
        cipher.seal(Part::Group, 9, 3, b"the well", &mut sealed).unwrap();
        assert_eq!(sealed.len(), 8 + TAG_BYTES);
        assert!(!sealed.windows(4).any(|part| part == b"well"));
        let open = |part, size, place, bytes: &[u8]| {
            cipher.open(part, size, place, &mut bytes.to_vec()).map(<[u8]>::to_vec)
        };
        assert_eq!(open(Part::Group, 9, 3, &sealed).unwrap(), b"the well");
        assert!(open(Part::Group, 9, 4, &sealed).is_err());
        assert!(open(Part::Group, 10, 3, &sealed).is_err());
        assert!(open(Part::Pair, 9, 3, &sealed).is_err());
        assert!(open(Part::Group, 9, 3, &sealed[..10]).is_err());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(open(Part::Group, 9, 3, &bent).is_err(), "byte {at}");
        }
        let (_, other) = keys.fresh().unwrap();
        assert!(other.open(Part::Group, 9, 3, &mut sealed).is_err(), "no two files share a key");
    }

    #[test]
    fn a_head_belongs_to_one_blob_and_names_say_nothing() {
        let keys = BlobKeys::of(&DataKey::from_bytes([1; 32]));
        let (hash, other) = (BlobHash::of(b"a"), BlobHash::of(b"b"));
        let (salt, _) = keys.fresh().unwrap();
        let head = keys.head(&salt, &hash);
        assert!(keys.read_head(&head, &hash).is_some());
        assert!(keys.read_head(&head, &other).is_none());
        assert!(keys.read_head(&[0; HEAD_BYTES], &hash).is_none());
        for at in 0..HEAD_BYTES {
            let mut bent = head;
            bent[at] ^= 1;
            assert!(keys.read_head(&bent, &hash).is_none(), "byte {at}");
        }
        assert_ne!(keys.name(&hash), hash.to_string());
        let elsewhere = BlobKeys::of(&DataKey::from_bytes([2; 32]));
        assert_ne!(keys.name(&hash), elsewhere.name(&hash));
        assert!(elsewhere.read_head(&head, &hash).is_none());
    }
}
