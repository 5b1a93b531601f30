//! The digest of a set: 32 bytes that are equal where two sets are equal.
//!
//! The hash behind it is LtHash (Bellare and Micciancio's lattice hash, with the sizes of Lewi et
//! al., *Securing Update Propagation with Homomorphic Hashing*): each element is stretched by
//! BLAKE3 to 1,024 numbers of 16 bits, and the state is their sum, lane by lane, modulo 2^16. So
//! the order of arrival leaves no trace, one element comes or goes in constant time, and, unlike
//! with an XOR, finding two sets of the same sum is a hard lattice problem. The digest is BLAKE3
//! of the state. It is a hash over *which* elements are held: adding one twice counts it twice,
//! so the caller adds each once.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray, decode, encode};

use crate::ids::ParseIdError;

const LANES: usize = 1024;
const ELEMENT_CONTEXT: &str = "baro digest element 1";
const STATE_CONTEXT: &str = "baro digest state 1";

/// The hash of a set: equal digests mean equal sets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// How many bytes a digest has.
    pub const LEN: usize = 32;

    /// Wraps bytes that are known to be a digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a digest from a slice, `None` where the length differs.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = data_encoding::HEXLOWER.encode(&self.0);
        write!(f, "Digest({})", hex.get(..8).unwrap_or(&hex))
    }
}

impl FromStr for Digest {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|bytes| Self::from_slice(&bytes))
            .ok_or_else(|| ParseIdError { text: text.to_owned(), bytes: Self::LEN })
    }
}

impl<C> Encode<C> for Digest {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Digest {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        ByteArray::<32>::decode(d, ctx).map(|bytes| Self(bytes.into()))
    }
}

/// The running sum that a set's digest is made from. Some 2 kB; keep it beside the set.
///
/// ```
/// use baro_crdt::digest::LtHash;
///
/// let mut one = LtHash::new();
/// let mut other = LtHash::new();
/// for item in ["a", "b", "c"] {
///     one.add(item.as_bytes());
/// }
/// for item in ["c", "x", "b", "a"] {
///     other.add(item.as_bytes());
/// }
/// assert_ne!(one.digest(), other.digest());
/// other.remove(b"x");
/// assert_eq!(one.digest(), other.digest(), "the same set, in whatever order");
/// ```
#[derive(Clone)]
pub struct LtHash {
    lanes: Box<[u16; LANES]>,
    /// Keyed for elements once; `reset` keeps the key, so an element costs no key derivation.
    hasher: blake3::Hasher,
}

impl LtHash {
    /// How many bytes the stored state has.
    pub const LEN: usize = 2 * LANES;

    /// The empty set.
    pub fn new() -> Self {
        Self {
            lanes: Box::new([0; LANES]),
            hasher: blake3::Hasher::new_derive_key(ELEMENT_CONTEXT),
        }
    }

    /// Adds an element, which must not be in the set.
    pub fn add(&mut self, element: &[u8]) {
        self.combine(element, u16::wrapping_add);
    }

    /// Takes out an element, which must be in the set.
    pub fn remove(&mut self, element: &[u8]) {
        self.combine(element, u16::wrapping_sub);
    }

    fn combine(&mut self, element: &[u8], operation: fn(u16, u16) -> u16) {
        let mut stretched = [0; Self::LEN];
        self.hasher.reset();
        self.hasher.update(element).finalize_xof().fill(&mut stretched);
        for (lane, value) in self.lanes.iter_mut().zip(lanes_of(&stretched)) {
            *lane = operation(*lane, value);
        }
    }

    /// The digest of what was added and not removed.
    pub fn digest(&self) -> Digest {
        Digest(blake3::derive_key(STATE_CONTEXT, &self.to_bytes()))
    }

    /// The state for storing: 2,048 bytes, lanes in little endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect()
    }

    /// Reads a stored state, `None` where it has not 2,048 bytes. Only for one's own store: a
    /// state says nothing of which elements are behind it.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        let mut hash = Self::new();
        for (lane, value) in hash.lanes.iter_mut().zip(lanes_of(bytes)) {
            *lane = value;
        }
        Some(hash)
    }
}

fn lanes_of(bytes: &[u8; LtHash::LEN]) -> impl Iterator<Item = u16> {
    bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
}

impl Default for LtHash {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for LtHash {
    fn eq(&self, other: &Self) -> bool {
        self.lanes == other.lanes
    }
}

impl Eq for LtHash {}

impl fmt::Debug for LtHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LtHash({})", self.digest())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    fn of<'a>(elements: impl IntoIterator<Item = &'a Vec<u8>>) -> LtHash {
        let mut hash = LtHash::new();
        elements.into_iter().for_each(|element| hash.add(element));
        hash
    }

    fn elements() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::btree_set(prop::collection::vec(any::<u8>(), 0..80), 0..12)
            .prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn order_leaves_no_trace(set in elements(), shuffled in elements().prop_shuffle()) {
            let all: Vec<_> = set.iter().chain(&shuffled).collect();
            prop_assert_eq!(of(all.iter().copied()), of(all.iter().rev().copied()));
            let mut sorted = shuffled.clone();
            sorted.sort();
            prop_assert_eq!(of(&shuffled).digest(), of(&sorted).digest());
        }

        #[test]
        fn removing_undoes_adding(set in elements(), extra in prop::collection::vec(any::<u8>(), 0..80)) {
            let before = of(&set);
            let mut hash = before.clone();
            hash.add(&extra);
            prop_assert_ne!(hash.digest(), before.digest());
            hash.remove(&extra);
            prop_assert_eq!(&hash, &before);
            hash.remove(&extra);
            hash.add(&extra);
            prop_assert_eq!(hash.digest(), before.digest());
        }

        #[test]
        fn different_sets_differ(a in elements(), b in elements()) {
            prop_assert_eq!(a == b, of(&a).digest() == of(&b).digest());
        }

        #[test]
        fn the_state_can_be_stored(set in elements()) {
            let hash = of(&set);
            let bytes = hash.to_bytes();
            prop_assert_eq!(bytes.len(), LtHash::LEN);
            prop_assert_eq!(LtHash::from_bytes(&bytes).unwrap(), hash);
            prop_assert!(LtHash::from_bytes(&bytes[1..]).is_none());
        }
    }

    #[test]
    fn unlike_an_xor_two_of_a_kind_do_not_vanish() {
        let twice = of(&[vec![7; 32], vec![7; 32]]);
        assert_ne!(twice.digest(), LtHash::new().digest());
        assert_ne!(twice.digest(), of(&[vec![7; 32]]).digest());
    }

    #[test]
    fn lanes_are_the_stretched_element() {
        let mut stretched = [0; LtHash::LEN];
        let mut hasher = blake3::Hasher::new_derive_key("baro digest element 1");
        hasher.update(b"one").finalize_xof().fill(&mut stretched);
        let one = of(&[b"one".to_vec()]);
        assert_eq!(one.to_bytes(), stretched);
        assert_eq!(one.digest().0, blake3::derive_key("baro digest state 1", &stretched));
        assert_eq!(
            LtHash::default().digest().0,
            blake3::derive_key("baro digest state 1", &[0; LtHash::LEN])
        );
    }

    #[test]
    fn digests_print_parse_and_travel() {
        let digest = of(&[b"one".to_vec()]).digest();
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!("00".parse::<Digest>().is_err());
        let bytes = minicbor::to_vec(digest).unwrap();
        assert_eq!(bytes.len(), 34);
        assert_eq!(minicbor::decode::<Digest>(&bytes).unwrap(), digest);
        assert!(minicbor::decode::<Digest>(&minicbor::to_vec(EMPTY).unwrap()).is_err());
    }

    const EMPTY: &[u8; 0] = &[];
}
