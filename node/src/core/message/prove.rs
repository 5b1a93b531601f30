//! What two nodes prove to each other before they say anything of a members-only community.

use baro_crdt::ids::PersonId;
use baro_crdt::keys::Signature;
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Decoder, Encode};

use super::{Match, Offer};

/// The bytes that say how long the content is, before the padding.
const LENGTH_BYTES: usize = 4;
/// The least that a padded content takes, in bytes; others take twice as much, and so on.
const PADDED_MIN: usize = 512;
/// The most bytes of a padded content.
pub(crate) const PADDED_MAX: usize = 128 * 1024;

/// A member speaks through this side.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Proof {
    #[n(0)]
    pub(crate) person: PersonId,
    /// Over the session ([`baro_crdt::epoch::Meeting`]).
    #[n(1)]
    pub(crate) signature: Signature,
    /// The grants that lead to the person, for who lacks them.
    #[n(2)]
    pub(crate) chain: Vec<ByteVec>,
}

/// What is sealed in [`super::Message::Prove`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Proving {
    /// Once by each side.
    #[n(0)]
    pub(crate) proof: Option<Proof>,
    /// The secret of a later epoch, for whom that has not reached.
    #[n(1)]
    pub(crate) newer: Option<ByteArray<32>>,
    /// From the initiator: what a hello says of an open community.
    #[n(2)]
    pub(crate) offer: Option<Offer>,
    /// From the responder: what a welcome says of it.
    #[n(3)]
    pub(crate) answer: Option<Match>,
}

impl Proving {
    /// Its bytes, padded; `None` where they are too many.
    pub(crate) fn to_padded(&self) -> Option<Vec<u8>> {
        let content = baro_crdt::codec::encode(self);
        let length = u32::try_from(content.len()).ok()?;
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend(content);
        let size = bytes.len().next_power_of_two().max(PADDED_MIN);
        bytes.resize(size, 0);
        (size <= PADDED_MAX).then_some(bytes)
    }

    /// Reads it.
    pub(crate) fn from_padded(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
        let content = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let mut d = Decoder::new(content);
        let proving = d.decode().ok()?;
        (d.position() == content.len()).then_some(proving)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_proven_is_padded_and_read_again() {
        let proof = Proof {
            person: PersonId::from_bytes([1; 32]),
            signature: Signature::from_bytes([2; 64]),
            chain: vec![vec![3; 100].into()],
        };
        let proving = Proving { proof: Some(proof), ..Proving::default() };
        let bytes = proving.to_padded().unwrap();
        assert_eq!(bytes.len(), 512);
        assert_eq!(Proving::default().to_padded().unwrap().len(), 512);
        assert_eq!(Proving::from_padded(&bytes).unwrap(), proving);
        assert_eq!(Proving::from_padded(&[255; 512]), None);
        assert_eq!(Proving::from_padded(&[0; 3]), None);
        let mut chain = proving;
        chain.proof.as_mut().unwrap().chain = vec![vec![3; PADDED_MAX].into()];
        assert_eq!(chain.to_padded(), None);
    }
}
