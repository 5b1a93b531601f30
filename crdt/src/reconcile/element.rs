//! What is compared: an item squeezed into 9 bytes, and the key that squeezes it.
//!
//! ```text
//! | id prefix, 6 bytes | value, 3 bytes, big endian: length, 13 bits | chain prefix, 11 bits |
//! ```
//!
//! The prefixes are not those of the ids but of hashes of them, keyed anew for each session by
//! both sides' nonces: nobody can prepare two items that collide, and what does collide by chance
//! does not collide in the next session. The hashes are sums of four products (multilinear hashing:
//! Lemire and Kaser, *Strongly universal string hashing is fast*, 2014): of two ids that stood
//! before the key was drawn each pair of hashes is equally likely, and a million of them take
//! some milliseconds. Whoever decodes an element of a log sees its length, and so which side has
//! more of the log, before asking anything. A record has length 0.

use std::fmt;

use crate::ids::{ChainHash, LogId};

use super::field;
use super::mapping::{Mapping, mix};

const KEY_CONTEXT: &str = "baro sketch key 4";
/// How many bits a value has.
const VALUE_BITS: u32 = 24;
/// How many bits of a value are of the chain hash: what has grown differs in its length, so these
/// only tell branches of a fork apart.
const CHAIN_BITS: u32 = 11;
const CHAIN_MASK: u32 = (1 << CHAIN_BITS) - 1;

/// A session's key for everything in its sketches.
#[derive(Clone, PartialEq, Eq)]
pub struct SketchKey {
    logs: Multipliers,
    chains: Multipliers,
    records: Multipliers,
    /// What decides which symbols an element is part of.
    seed: u64,
    /// What decides its checksum.
    check: u64,
}

/// A keyed hash of 32 bytes: what is added, and by what each 8 bytes are multiplied.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Multipliers {
    plus: u128,
    times: [u128; 4],
}

impl Multipliers {
    fn draw(from: &mut blake3::OutputReader) -> Self {
        let mut number = || {
            let mut bytes = [0; 16];
            from.fill(&mut bytes);
            u128::from_be_bytes(bytes)
        };
        Self { plus: number(), times: [number(), number(), number(), number()] }
    }

    /// The upper half of the sum modulo 2^128.
    fn hash(&self, bytes: &[u8; 32]) -> u64 {
        let (words, _) = bytes.as_chunks::<8>();
        let products = self
            .times
            .iter()
            .zip(words)
            .map(|(times, word)| times.wrapping_mul(u128::from(u64::from_be_bytes(*word))));
        let sum = products.fold(self.plus, u128::wrapping_add);
        let [a, b, c, d, e, f, g, h, ..] = sum.to_be_bytes();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl SketchKey {
    /// The key of a session, from the fresh random bytes of both its sides, the initiator first; or
    /// of a file, from bytes of its own.
    pub fn from_nonces<const N: usize>(initiator: &[u8; N], responder: &[u8; N]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
        hasher.update(initiator).update(responder);
        let mut drawn = hasher.finalize_xof();
        let mut number = || {
            let mut bytes = [0; 8];
            drawn.fill(&mut bytes);
            u64::from_be_bytes(bytes)
        };
        let (seed, check) = (number(), number());
        let [logs, chains, records] = [(); 3].map(|()| Multipliers::draw(&mut drawn));
        Self { logs, chains, records, seed, check }
    }

    /// The walk along the symbols of what has this prefix.
    pub(super) fn walk(&self, prefix: u64) -> Mapping {
        Mapping::new(self.seed_of(prefix))
    }

    pub(super) const fn seed_of(&self, prefix: u64) -> u64 {
        mix(self.seed ^ prefix)
    }

    /// The checksum of a prefix with a value, 24 bits; 0 where there is no value.
    pub(super) const fn checksum(&self, prefix: u64, value: u32) -> u32 {
        if value == 0 {
            return 0;
        }
        (mix(mix(self.check ^ prefix) ^ value as u64) >> 40) as u32
    }
}

impl fmt::Debug for SketchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SketchKey(..)")
    }
}

/// An item in a sketch: a log at its length, or a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element([u8; 9]);

impl Element {
    /// How many bytes an element has.
    pub const LEN: usize = 9;

    /// The greatest length that an element tells, twice what a volume has at most; what is longer
    /// is told as this one.
    pub const LENGTH_MAX: u32 = (1 << (VALUE_BITS - CHAIN_BITS)) - 1;

    /// A log of `length` entries, at least one, whose chain hash there is `chain`.
    pub fn for_log(key: &SketchKey, log: &LogId, length: u32, chain: &ChainHash) -> Self {
        let length = length.min(Self::LENGTH_MAX) << CHAIN_BITS;
        let [c0, c1, c2, c3, ..] = key.chains.hash(chain.as_bytes()).to_be_bytes();
        let chain = u32::from_be_bytes([c0, c1, c2, c3]) >> (32 - CHAIN_BITS);
        Self::new(Self::log_prefix(key, log), length | chain)
    }

    /// A record, or another item that never changes, by its 32-byte id.
    pub fn for_record(key: &SketchKey, id: &[u8; 32]) -> Self {
        let [a, b, c, d, e, f, c0, c1] = key.records.hash(id).to_be_bytes();
        // A value is never 0, which would be nothing, and a record's has no length.
        let value = (u32::from(u16::from_be_bytes([c0, c1]) >> 6) << 1) | 1;
        Self::new([a, b, c, d, e, f], value)
    }

    /// What [`Self::id_prefix`] says of elements of this log, at any length.
    pub fn log_prefix(key: &SketchKey, log: &LogId) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = key.logs.hash(log.as_bytes()).to_be_bytes();
        [a, b, c, d, e, f]
    }

    fn new([a, b, c, d, e, f]: [u8; 6], value: u32) -> Self {
        let [_, v0, v1, v2] = value.to_be_bytes();
        Self([a, b, c, d, e, f, v0, v1, v2])
    }

    /// Wraps bytes that are known to be an element.
    pub const fn from_bytes(bytes: [u8; 9]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 9] {
        &self.0
    }

    /// The keyed prefix of the log's or record's id.
    pub const fn id_prefix(&self) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = self.0;
        [a, b, c, d, e, f]
    }

    /// How many entries the log has; 0 for a record.
    pub const fn length(&self) -> u32 {
        self.value() >> CHAIN_BITS
    }

    /// Whether this is a record and no log.
    pub const fn is_record(&self) -> bool {
        self.length() == 0
    }

    /// The keyed prefix of the log's chain hash at that length, 11 bits.
    pub const fn chain_prefix(&self) -> u32 {
        self.value() & CHAIN_MASK
    }

    /// The prefix as a number below 2^48.
    pub(super) const fn prefix(&self) -> u64 {
        let [a, b, c, d, e, f, ..] = self.0;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// Length and chain prefix as one number; 0 is no element's.
    pub(super) const fn value(&self) -> u32 {
        let [.., v0, v1, v2] = self.0;
        u32::from_be_bytes([0, v0, v1, v2])
    }

    pub(super) const fn from_parts(prefix: u64, value: u32) -> Self {
        let [_, _, a, b, c, d, e, f] = prefix.to_be_bytes();
        let [_, v0, v1, v2] = value.to_be_bytes();
        Self([a, b, c, d, e, f, v0, v1, v2])
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Element({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What a prefix adds to the symbols on its walk: an element's value, or what two values of one
/// log differ by.
#[derive(Clone, Copy)]
pub(super) struct Coded {
    pub(super) product: u64,
    pub(super) value: u32,
    pub(super) checksum: u32,
    pub(super) mapping: Mapping,
}

impl Coded {
    /// An element at the start of its walk.
    pub(super) fn new(key: &SketchKey, element: Element) -> Self {
        let (prefix, value) = (element.prefix(), element.value());
        Self {
            product: field::times(prefix, u64::from(value)),
            value,
            checksum: key.checksum(prefix, value),
            mapping: key.walk(prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prefixes_are_keyed_and_kept_apart() {
        let key = SketchKey::from_nonces(&[1; 8], &[2; 8]);
        let (log, chain) = (LogId::from_bytes([7; 32]), ChainHash::from_bytes([7; 32]));
        let element = Element::for_log(&key, &log, 0x1003, &chain);
        assert_eq!(element.length(), 0x1003);
        assert!(!element.is_record());
        assert_eq!(element.id_prefix(), Element::log_prefix(&key, &log));

        let record = Element::for_record(&key, &[7; 32]);
        assert!(record.is_record() && record.value() != 0);
        assert_ne!(record.id_prefix(), element.id_prefix());

        let swapped = SketchKey::from_nonces(&[2; 8], &[1; 8]);
        assert_ne!(key, swapped);
        assert_ne!(Element::log_prefix(&swapped, &log), element.id_prefix());
    }

    /// Each byte of an id decides about each bit of its prefix.
    #[test]
    fn prefixes_depend_on_the_whole_id() {
        for byte in 0..32 {
            let mut flipped = [0_u64; 48];
            for seed in 0..64 {
                let key = SketchKey::from_nonces(&[seed; 8], &[2; 8]);
                let mut id = [7; 32];
                let before = Element::for_record(&key, &id).prefix();
                id[byte] ^= 1 << (seed % 8);
                let after = Element::for_record(&key, &id).prefix();
                for (bit, count) in flipped.iter_mut().enumerate() {
                    *count += (before ^ after) >> bit & 1;
                }
            }
            assert!(flipped.iter().all(|count| (10..54).contains(count)), "{byte}: {flipped:?}");
        }
    }

    #[test]
    fn every_length_of_a_volume_is_told_and_longer_ones_are_not_folded() {
        let key = SketchKey::from_nonces(&[1; 8], &[2; 8]);
        let (log, chain) = (LogId::from_bytes([7; 32]), ChainHash::from_bytes([7; 32]));
        for length in (1..=crate::log::VOLUME_ENTRIES_MAX).chain([Element::LENGTH_MAX]) {
            assert_eq!(Element::for_log(&key, &log, length, &chain).length(), length);
        }
        for length in [Element::LENGTH_MAX + 1, 1 << 16, u32::MAX] {
            let told = Element::for_log(&key, &log, length, &chain).length();
            assert_eq!(told, Element::LENGTH_MAX);
        }
    }

    /// The example of the protocol page, computed with another program.
    #[test]
    fn elements_are_those_of_the_protocol_page() {
        let key = SketchKey::from_nonces(&[1; 8], &[2; 8]);
        let log = "6af48fd21b8c8e176ae1fc980fb6e2591fbe2cae1db166925934d08330df9b82";
        let chain = "57718f0ed3a3ead4a9cc19a2cb1833c0cda794033fc2aa3260bd0dc9016d0715";
        let element = Element::for_log(&key, &log.parse().unwrap(), 1, &chain.parse().unwrap());
        assert_eq!(data_encoding::HEXLOWER.encode(element.as_bytes()), "f222f38120ac00096b");
        let coded = Coded::new(&key, element);
        assert_eq!((coded.product, coded.checksum), (0x7efd_90c3_5e97, 0x70_c626));
        assert_eq!(key.seed_of(element.prefix()), 0xda7c_ad81_7fc2_ba6e);
        let record = Element::for_record(&key, &[7; 32]);
        assert_eq!(data_encoding::HEXLOWER.encode(record.as_bytes()), "c0fa6ca295a1000517");
    }

    proptest! {
        #[test]
        fn parts_make_the_element(bytes: [u8; 9]) {
            let element = Element(bytes);
            prop_assert_eq!(Element::from_parts(element.prefix(), element.value()), element);
        }

        #[test]
        fn checksums_tell_values_apart(prefix in 0_u64..1 << 48, value: u32, bit in 0_u32..32) {
            let key = SketchKey::from_nonces(&[1; 8], &[2; 8]);
            let other = value ^ (1 << bit);
            let (one, two) = (key.checksum(prefix, value), key.checksum(prefix, other));
            prop_assert!(one < 1 << 24 && two < 1 << 24);
            // One in 2^24 is alike by chance.
            prop_assert!(one != two || key.checksum(prefix ^ 1, value) != key.checksum(prefix ^ 1, other));
            prop_assert_eq!(key.checksum(prefix, 0), 0);
        }
    }
}
