//! Epochs: under which secret the members of a members-only community meet.
//!
//! A manager begins an epoch by a record ([`crate::record::Epoch`]) that says its number and what
//! tells its secret, and never the secret. Of those in force the one with the highest number, then
//! id, is the present one. From the secret come keys of one purpose each: for the tags in a hello,
//! for what two nodes prove to each other, for sealed bundles. What a member signs to be let in
//! ([`Meeting`]) holds between two peers, for one session.
//!
//! Pure: secrets and salts come in, and texts are sealed under keys that are used once.

use std::collections::BTreeSet;
use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

use crate::authority::Authority;
use crate::ids::{CommunityId, EpochId, Nonce, PersonId, RecordId};
use crate::keys::{MemberKey, Signature, verify};
use crate::record::{Body, Epoch, Record};

/// The bytes by which a sealed text is longer than what is sealed.
pub const SEAL_BYTES: usize = 16;

const SIGN_DOMAIN: &[u8] = b"baro member 1";

/// The secret of an epoch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EpochSecret([u8; 32]);

impl fmt::Debug for EpochSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochSecret({:?})", self.id())
    }
}

impl EpochSecret {
    /// The secret made of these random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for keeping on the device and for other members.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What tells it from others, and says nothing of it.
    pub fn id(&self) -> EpochId {
        EpochId::from_bytes(blake3::derive_key("baro epoch 1", &self.0))
    }

    /// A key for one purpose, which `context` names, bound to these parts.
    pub fn key(&self, context: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(&self.0);
        for part in parts {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }
}

/// Seals a text under a key that seals nothing else, ever.
///
/// # Panics
/// Never: a text in memory can be sealed.
pub fn seal_once(key: [u8; 32], text: &[u8], beside: &[u8]) -> Vec<u8> {
    let cipher = ChaCha20Poly1305::new(&key.into());
    match cipher.encrypt(&[0; 12].into(), Payload { msg: text, aad: beside }) {
        Ok(sealed) => sealed,
        Err(error) => unreachable!("sealing in memory does not fail: {error}"),
    }
}

/// Opens what [`seal_once`] sealed; `None` under another key, or where it was changed.
pub fn open_once(key: [u8; 32], sealed: &[u8], beside: &[u8]) -> Option<Vec<u8>> {
    let cipher = ChaCha20Poly1305::new(&key.into());
    cipher.decrypt(&[0; 12].into(), Payload { msg: sealed, aad: beside }).ok()
}

/// Two peers in one session, who prove to each other that members speak through them.
#[derive(Clone, Copy, Debug)]
pub struct Meeting<'a> {
    /// The nonces of both, the initiator's first.
    pub nonces: [&'a Nonce; 2],
    /// Their names on the network, in the same order.
    pub names: [&'a [u8]; 2],
}

impl Meeting<'_> {
    /// The key under which one side of this session seals the text of this number, and nothing
    /// else.
    pub fn key(&self, secret: &EpochSecret, initiator: bool, number: u8) -> [u8; 32] {
        let [one, other] = self.nonces;
        let [from, to] = self.names;
        secret.key("baro prove 1", &[&[u8::from(initiator), number], one, other, from, to])
    }

    /// What a member's key signs.
    fn signed(&self, community: &CommunityId, epoch: &EpochId, initiator: bool) -> Vec<u8> {
        let mut text = SIGN_DOMAIN.to_vec();
        text.extend_from_slice(community.as_bytes());
        text.extend_from_slice(epoch.as_bytes());
        text.push(u8::from(initiator));
        for part in [self.nonces[0].as_slice(), self.nonces[1], self.names[0], self.names[1]] {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        text
    }

    /// A member's signature: they speak through this side of this session.
    pub fn sign(
        &self,
        community: &CommunityId,
        epoch: &EpochId,
        initiator: bool,
        key: &MemberKey,
    ) -> Signature {
        key.sign(&self.signed(community, epoch, initiator))
    }

    /// Whether `person` signed that they speak through that side.
    pub fn is_signed(
        &self,
        community: &CommunityId,
        epoch: &EpochId,
        initiator: bool,
        (person, signature): (&PersonId, &Signature),
    ) -> bool {
        verify(person, &self.signed(community, epoch, initiator), signature)
    }
}

/// The epochs in force among these records, the present one first: those whose signer stands by
/// `authority`, and of which every revocation that they follow is held.
pub fn in_force<'a>(
    authority: &Authority,
    records: impl Iterator<Item = &'a Record>,
) -> Vec<(RecordId, &'a Epoch)> {
    let mut held = BTreeSet::new();
    let mut epochs = Vec::new();
    for record in records {
        match record.body() {
            Body::Revocation(_) => {
                held.insert(record.id());
            }
            Body::Epoch(epoch) if authority.is_live(&record.id()) => {
                epochs.push((record.id(), epoch));
            }
            _ => {}
        }
    }
    epochs.retain(|(_, epoch)| epoch.follows.iter().all(|id| held.contains(id)));
    epochs.sort_by_key(|(id, epoch)| std::cmp::Reverse((epoch.number, *id)));
    epochs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_once_opens_under_its_key_alone() {
        let secret = EpochSecret::from_bytes([1; 32]);
        let key = secret.key("a test", &[b"salt"]);
        let mut sealed = seal_once(key, b"words", b"beside");
        assert_eq!(sealed.len(), 5 + SEAL_BYTES);
        assert_eq!(open_once(key, &sealed, b"beside").unwrap(), b"words");
        assert_eq!(open_once(key, &sealed, b"other"), None);
        assert_eq!(open_once(secret.key("a test", &[b"sal", b"t"]), &sealed, b"beside"), None);
        sealed[0] ^= 1;
        assert_eq!(open_once(key, &sealed, b"beside"), None);
    }

    #[test]
    fn the_example_of_the_protocol_page() {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let (key, community) = (MemberKey::from_seed([1; 32]), CommunityId::from_bytes([2; 32]));
        let secret = EpochSecret::from_bytes([9; 32]);
        let (one, other) = ([1; 8], [2; 8]);
        let meeting = Meeting { nonces: [&one, &other], names: [b"a", b"b"] };
        let signature = meeting.sign(&community, &secret.id(), true, &key);
        let page = include_str!("../../docs/protocol.md");
        for value in [
            hex(secret.id().as_bytes()),
            hex(&secret.key("baro epoch hello 1", &[])),
            hex(&meeting.key(&secret, true, 0)),
            hex(signature.as_bytes().split_at(32).0),
            hex(signature.as_bytes().split_at(32).1),
        ] {
            assert!(page.contains(&value), "the page lacks {value}");
        }
    }

    #[test]
    fn a_signature_holds_for_one_side_of_one_session_between_two_peers() {
        let (key, community) = (MemberKey::from_seed([2; 32]), CommunityId::from_bytes([3; 32]));
        let epoch = EpochSecret::from_bytes([1; 32]).id();
        let (one, other) = ([4; 8], [5; 8]);
        let meeting = Meeting { nonces: [&one, &other], names: [b"a", b"b"] };
        let signature = meeting.sign(&community, &epoch, true, &key);
        let by = (&key.id(), &signature);
        assert!(meeting.is_signed(&community, &epoch, true, by));
        assert!(!meeting.is_signed(&community, &epoch, false, by));
        let passed_on = Meeting { names: [b"a", b"c"], ..meeting };
        assert!(!passed_on.is_signed(&community, &epoch, true, by));
        let later = Meeting { nonces: [&one, &one], ..meeting };
        assert!(!later.is_signed(&community, &epoch, true, by));
        let next = EpochSecret::from_bytes([6; 32]).id();
        assert!(!meeting.is_signed(&community, &next, true, by));
    }
}
