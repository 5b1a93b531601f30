//! Acts: a record of several signers on its way from one of them to the next.
//!
//! Founders whose keys are on several devices sign one body, each on their own. An act is that body
//! with the signatures it has so far; when it has all of them it becomes a [`Record`], the same as
//! if all had signed at once. Whoever gets one reads it as from a stranger: every signature in it is
//! verified, so nobody's act can be changed on its way and still be theirs.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::{Body, RECORD_BYTES_MAX, Record, RecordError, id_of, message};
use crate::codec;
use crate::ids::{PersonId, RecordId};
use crate::keys::{MemberKey, Signature, verify};

/// A body, and who has signed it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    body: Body,
    bytes: Vec<u8>,
    signatures: BTreeMap<PersonId, Signature>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    body: Vec<u8>,
    /// One for each signer, in the body's order; nothing where it is missing.
    #[n(1)]
    signatures: Vec<Option<Signature>>,
}

impl Act {
    /// A body that nobody has signed yet.
    ///
    /// # Errors
    /// [`RecordError::Invalid`] where it breaks a rule.
    pub fn new(body: Body) -> Result<Self, RecordError> {
        body.check().map_err(RecordError::Invalid)?;
        let bytes = codec::encode(&body);
        Ok(Self { body, bytes, signatures: BTreeMap::new() })
    }

    /// Signs it; `false` where this key's owner is none of its signers.
    pub fn sign(&mut self, key: &MemberKey) -> bool {
        let is_signer = self.body.signers().contains(&key.id());
        if is_signer {
            self.signatures.insert(key.id(), key.sign(&message(&self.bytes)));
        }
        is_signer
    }

    /// What it says.
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// The id of the record that it becomes.
    pub fn id(&self) -> RecordId {
        id_of(&self.bytes)
    }

    /// Whether this signer has signed.
    pub fn is_signed_by(&self, person: &PersonId) -> bool {
        self.signatures.contains_key(person)
    }

    /// The record, once all have signed.
    pub fn record(&self) -> Option<Record> {
        let signers = self.body.signers().iter();
        let signatures: Option<Vec<Signature>> =
            signers.map(|signer| self.signatures.get(signer).copied()).collect();
        let wire = super::Wire { body: self.bytes.clone(), signatures: signatures? };
        Record::from_bytes(&codec::encode(&wire)).ok()
    }

    /// As it is handed on.
    pub fn to_bytes(&self) -> Vec<u8> {
        let signers = self.body.signers().iter();
        let signatures = signers.map(|signer| self.signatures.get(signer).copied()).collect();
        codec::encode(&Wire { body: self.bytes.clone(), signatures })
    }

    /// Reads one from anywhere and verifies every signature in it.
    ///
    /// # Errors
    /// [`RecordError`], and then nothing of it may be used or signed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let wire: Wire = codec::decode_bounded(bytes, RECORD_BYTES_MAX)?;
        let mut act = Self::new(codec::decode(&wire.body)?)?;
        // The bytes that were signed are those that came.
        act.bytes = wire.body;
        let signers = act.body.signers();
        if wire.signatures.len() != signers.len() {
            return Err(RecordError::SignatureCount {
                signatures: wire.signatures.len(),
                signers: signers.len(),
            });
        }
        let message = message(&act.bytes);
        for (signer, signature) in signers.iter().zip(wire.signatures) {
            let Some(signature) = signature else { continue };
            if !verify(signer, &message, &signature) {
                return Err(RecordError::BadSignature(*signer));
            }
            act.signatures.insert(*signer, signature);
        }
        Ok(act)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::ids::CommunityId;
    use crate::record::Revocation;

    fn key(n: u8) -> MemberKey {
        MemberKey::from_seed([n; 32])
    }

    fn revocation(person: u8) -> Body {
        let mut by = vec![key(1).id(), key(2).id()];
        by.sort_unstable();
        Body::Revocation(Revocation {
            community: CommunityId::from_bytes([9; 32]),
            by,
            via: RecordId::from_bytes([9; 32]),
            person: key(person).id(),
            roles: Vec::new(),
            keep_records: Vec::new(),
            keep_logs: Vec::new(),
        })
    }

    #[test]
    fn signed_one_after_the_other_it_is_the_record_that_both_sign_at_once() {
        let mut act = Act::new(revocation(3)).unwrap();
        assert!(!act.sign(&key(3)), "no signer");
        assert!(act.sign(&key(1)) && act.record().is_none());
        let mut there = Act::from_bytes(&act.to_bytes()).unwrap();
        assert!(there.is_signed_by(&key(1).id()) && !there.is_signed_by(&key(2).id()));
        assert!(there.sign(&key(2)));
        let whole = Act::from_bytes(&there.to_bytes()).unwrap().record().unwrap();
        let (first, second) = (key(1), key(2));
        let at_once = Record::sign(revocation(3), &[&first, &second]).unwrap();
        assert_eq!((whole.id(), whole.to_bytes()), (act.id(), at_once.to_bytes()));
    }

    #[test]
    fn what_was_changed_or_signed_by_another_is_no_act() {
        let mut act = Act::new(revocation(3)).unwrap();
        act.sign(&key(1));
        let mut other = Act::new(revocation(4)).unwrap();
        other.signatures = act.signatures.clone();
        assert_eq!(
            Act::from_bytes(&other.to_bytes()),
            Err(RecordError::BadSignature(key(1).id())),
            "a signature under other words"
        );
        let bytes = act.to_bytes();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 1;
            }
            assert!(Act::from_bytes(&changed).is_err(), "byte {at} changed");
            assert!(Act::from_bytes(bytes.get(..at).unwrap()).is_err(), "cut at {at}");
        }
    }
}
