//! Member keys: what signs, and the one rule by which every node verifies.
//!
//! Verification is `verify_strict` everywhere. Batch verification accepts crafted signatures that
//! single verification refuses, so nodes would come to differ; nobody here uses it.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray, decode, encode};
use rand_core::Rng;

use crate::ids::PersonId;

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// How many bytes a signature has.
    pub const LEN: usize = 64;

    /// Wraps bytes that may or may not verify.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = data_encoding::HEXLOWER.encode(&self.0);
        write!(f, "Signature({})", hex.get(..8).unwrap_or(&hex))
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        ByteArray::<64>::decode(d, ctx).map(|bytes| Self(bytes.into()))
    }
}

/// The secret half of a person's key in one community, or of an invite. Wiped when dropped.
///
/// ```
/// use baro_crdt::keys::{MemberKey, verify};
///
/// let awa = MemberKey::from_seed([1; 32]);
/// let signature = awa.sign(b"un puits");
/// assert!(verify(&awa.id(), b"un puits", &signature));
/// assert!(!verify(&awa.id(), b"deux puits", &signature));
/// ```
#[derive(Clone)]
pub struct MemberKey(SigningKey);

impl MemberKey {
    /// A fresh key from the randomness given.
    pub fn generate(rng: &mut dyn Rng) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        Self::from_seed(seed)
    }

    /// The key with this secret seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The secret seed, for keeping on the device.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn id(&self) -> PersonId {
        PersonId::from_bytes(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`, which starts with the domain of what is signed.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemberKey({:?})", self.id())
    }
}

/// Whether `signature` is `person`'s over `message`, by ed25519's strict rule.
pub fn verify(person: &PersonId, message: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(person.as_bytes()).is_ok_and(|key| {
        key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malleated_signature_is_refused() {
        let key = MemberKey::from_seed([7; 32]);
        let signature = key.sign(b"words");
        assert!(verify(&key.id(), b"words", &signature));
        assert!(!verify(&key.id(), b"other words", &signature));
        // s + L verifies under lax rules: the classic malleation.
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut bytes = *signature.as_bytes();
        let mut carry = 0u16;
        for (byte, add) in bytes.iter_mut().skip(32).zip(order) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = u8::try_from(carry & 0xff).unwrap();
            carry >>= 8;
        }
        assert!(!verify(&key.id(), b"words", &Signature::from_bytes(bytes)));
        // A key of small order signs everything under lax rules.
        let mut small = [0; 32];
        small[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;
        let person = PersonId::from_bytes(small);
        assert!(!verify(&person, b"anything", &Signature::from_bytes(forged)));
    }
}
