//! What is compared: an item squeezed into 13 bytes, and the key that squeezes it.
//!
//! ```text
//! | id prefix, 6 bytes | length, 3 bytes, big endian | chain prefix, 4 bytes |
//! ```
//!
//! The prefixes are not those of the ids but of BLAKE3 of them, keyed anew for each session by
//! both sides' nonces: nobody can prepare two items that collide, and what does collide by chance
//! does not collide in the next session. Whoever decodes an element of a log sees its length, and
//! so which side has more of the log, before asking anything.

use std::fmt;

use crate::ids::{ChainHash, LogId};

use super::mapping::Mapping;

const KEY_CONTEXT: &str = "baro sketch key 1";

/// A session's key for everything in its sketches.
#[derive(Clone, PartialEq, Eq)]
pub struct SketchKey([u8; 32]);

/// What a keyed hash is of, so that one key serves all without mixing them up.
#[derive(Clone, Copy)]
enum Purpose {
    Log = 1,
    Record = 2,
    Chain = 3,
    Element = 4,
}

impl SketchKey {
    /// The key of a session, from the fresh random bytes of both its sides, the initiator first.
    pub fn from_nonces(initiator: &[u8; 16], responder: &[u8; 16]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
        hasher.update(initiator).update(responder);
        Self(*hasher.finalize().as_bytes())
    }

    fn hash<const N: usize>(&self, purpose: Purpose, bytes: &[u8; N]) -> [u8; 32] {
        // At most one block of BLAKE3, on the stack.
        let mut block = [0; 33];
        let (tag, rest) = block.split_at_mut(1);
        tag.fill(purpose as u8);
        for (to, from) in rest.iter_mut().zip(bytes) {
            *to = *from;
        }
        let used = block.get(..=N).unwrap_or(&block);
        *blake3::keyed_hash(&self.0, used).as_bytes()
    }
}

impl fmt::Debug for SketchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SketchKey(..)")
    }
}

/// An item in a sketch: a log at its length, or a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element([u8; 13]);

impl Element {
    /// How many bytes an element has.
    pub const LEN: usize = 13;

    /// The length that marks a record rather than a log.
    pub const RECORD_LENGTH: u32 = 0x00ff_ffff;

    /// A log of `length` entries whose chain hash there is `chain`.
    ///
    /// # Panics
    ///
    /// Where `length` is not below [`Self::RECORD_LENGTH`]: a volume holds 4,096 entries, so
    /// that is the caller's mistake.
    pub fn for_log(key: &SketchKey, log: &LogId, length: u32, chain: &ChainHash) -> Self {
        assert!(length < Self::RECORD_LENGTH, "no log has {length} entries");
        let [c0, c1, c2, c3, ..] = key.hash(Purpose::Chain, chain.as_bytes());
        Self::new(Self::log_prefix(key, log), length, [c0, c1, c2, c3])
    }

    /// A record, or another item that never changes, by its 32-byte id.
    pub fn for_record(key: &SketchKey, id: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, c0, c1, c2, c3, ..] = key.hash(Purpose::Record, id);
        Self::new([a, b, c, d, e, f], Self::RECORD_LENGTH, [c0, c1, c2, c3])
    }

    /// What [`Self::id_prefix`] says of elements of this log, at any length.
    pub fn log_prefix(key: &SketchKey, log: &LogId) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = key.hash(Purpose::Log, log.as_bytes());
        [a, b, c, d, e, f]
    }

    fn new([a, b, c, d, e, f]: [u8; 6], length: u32, [c0, c1, c2, c3]: [u8; 4]) -> Self {
        let [_, l0, l1, l2] = length.to_be_bytes();
        Self([a, b, c, d, e, f, l0, l1, l2, c0, c1, c2, c3])
    }

    /// Wraps bytes that are known to be an element.
    pub const fn from_bytes(bytes: [u8; 13]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 13] {
        &self.0
    }

    /// The keyed prefix of the log's or record's id.
    pub const fn id_prefix(&self) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = self.0;
        [a, b, c, d, e, f]
    }

    /// How many entries the log has; [`Self::RECORD_LENGTH`] for a record.
    pub const fn length(&self) -> u32 {
        let [_, _, _, _, _, _, l0, l1, l2, ..] = self.0;
        u32::from_be_bytes([0, l0, l1, l2])
    }

    /// Whether this is a record and no log.
    pub const fn is_record(&self) -> bool {
        self.length() == Self::RECORD_LENGTH
    }

    /// The keyed prefix of the log's chain hash at that length.
    pub const fn chain_prefix(&self) -> [u8; 4] {
        let [.., c0, c1, c2, c3] = self.0;
        [c0, c1, c2, c3]
    }

    /// The element as a number, in the same order: quicker to add up than bytes.
    pub(super) fn to_word(self) -> u128 {
        let [a, b, c, d, e, f, l0, l1, l2, c0, c1, c2, c3] = self.0;
        u128::from_be_bytes([0, 0, 0, a, b, c, d, e, f, l0, l1, l2, c0, c1, c2, c3])
    }

    /// Back from [`Self::to_word`]; what lies above 13 bytes is dropped.
    pub(super) fn from_word(word: u128) -> Self {
        let [_, _, _, bytes @ ..] = word.to_be_bytes();
        Self(bytes)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// An element with what its keyed hash says: its checksum and its walk along the symbols.
#[derive(Clone, Copy)]
pub(super) struct Coded {
    pub(super) word: u128,
    pub(super) checksum: u32,
    pub(super) mapping: Mapping,
}

impl Coded {
    /// An element at the start of its walk.
    pub(super) fn new(key: &SketchKey, element: Element) -> Self {
        let (checksum, seed) = fingerprint(key, element);
        Self { word: element.to_word(), checksum, mapping: Mapping::new(seed) }
    }

    /// The element that a symbol seems to consist of, if its checksum agrees and its walk comes
    /// by that symbol.
    pub(super) fn plausible(
        key: &SketchKey,
        word: u128,
        checksum: u32,
        index: u32,
    ) -> Option<Self> {
        let element = Element::from_word(word);
        let (expected, seed) = fingerprint(key, element);
        (checksum == expected && word == element.to_word() && Mapping::hits(seed, index))
            .then(|| Self { word, checksum, mapping: Mapping::new(seed) })
    }
}

fn fingerprint(key: &SketchKey, element: Element) -> (u32, u64) {
    let [c0, c1, c2, c3, s0, s1, s2, s3, s4, s5, s6, s7, ..] =
        key.hash(Purpose::Element, element.as_bytes());
    (u32::from_be_bytes([c0, c1, c2, c3]), u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefixes_are_keyed_and_kept_apart() {
        let key = SketchKey::from_nonces(&[1; 16], &[2; 16]);
        let (log, chain) = (LogId::from_bytes([7; 32]), ChainHash::from_bytes([7; 32]));
        let element = Element::for_log(&key, &log, 0x01_0203, &chain);
        assert_eq!(element.length(), 0x01_0203);
        assert!(!element.is_record());
        assert_eq!(element.id_prefix(), Element::log_prefix(&key, &log));

        let mut tagged = vec![1];
        tagged.extend([7; 32]);
        let expected = blake3::keyed_hash(&key.0, &tagged);
        assert_eq!(element.id_prefix(), expected.as_bytes()[..6]);
        tagged[0] = 3;
        let expected = blake3::keyed_hash(&key.0, &tagged);
        assert_eq!(element.chain_prefix(), expected.as_bytes()[..4]);

        let record = Element::for_record(&key, &[7; 32]);
        assert!(record.is_record());
        assert_ne!(record.id_prefix(), element.id_prefix());

        let swapped = SketchKey::from_nonces(&[2; 16], &[1; 16]);
        assert_ne!(key, swapped);
        assert_ne!(Element::log_prefix(&swapped, &log), element.id_prefix());
    }

    proptest! {
        #[test]
        fn words_keep_bytes_and_order(a: [u8; 13], b: [u8; 13]) {
            let (a, b) = (Element(a), Element(b));
            prop_assert_eq!(Element::from_word(a.to_word()), a);
            prop_assert_eq!(a.cmp(&b), a.to_word().cmp(&b.to_word()));
        }

        #[test]
        fn only_true_fingerprints_are_plausible(bytes: [u8; 13], index in 0_u32..64, bit in 0_u32..32) {
            let key = SketchKey::from_nonces(&[1; 16], &[2; 16]);
            let coded = Coded::new(&key, Element(bytes));
            let mut walk = coded.mapping;
            while walk.index() < index {
                walk.advance();
            }
            let found = Coded::plausible(&key, coded.word, coded.checksum, index).is_some();
            prop_assert_eq!(found, walk.index() == index);
            let wrong = coded.checksum ^ (1 << bit);
            prop_assert!(Coded::plausible(&key, coded.word, wrong, 0).is_none());
            prop_assert!(Coded::plausible(&key, coded.word | 1 << 104, coded.checksum, 0).is_none());
        }
    }
}
