//! Records: immutable signed items outside the logs, from which authority is computed.
//!
//! A record's **body** is signed by each of its signers over a domain and the body's bytes, and
//! its id is a hash of the body alone, so a second valid signature makes no second record.
//! The bodies are in [`body`]; what they amount to together is [`crate::authority`]'s.

mod act;
pub mod body;

use minicbor::{Decode, Encode};

use crate::codec::{self, CodecError};
use crate::ids::{CommunityId, PersonId, RecordId};
use crate::keys::{MemberKey, Signature, verify};
pub use act::Act;
pub use body::{
    Accept, Body, Closing, CoSignature, Epoch, FOUNDERS_MAX, Founding, GRANT_PERSONS_MAX, Grant,
    Keep, Revocation,
};

/// The most bytes of a record, signatures included.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;

const ID_DOMAIN: &str = "baro record id 1";
const SIGN_DOMAIN: &[u8] = b"baro record 1";

/// Why bytes are no valid record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not readable.
    #[error("a record could not be read: {0}")]
    Codec(#[from] CodecError),
    /// Not one signature for each signer.
    #[error("a record has {signatures} signatures for {signers} signers")]
    SignatureCount {
        /// Signatures found.
        signatures: usize,
        /// Signers named in the body.
        signers: usize,
    },
    /// A signature that is not the signer's.
    #[error("a record's signature is not by {0}")]
    BadSignature(PersonId),
    /// Fields that contradict each other or exceed a limit.
    #[error("a record breaks a rule: {0}")]
    Invalid(&'static str),
}

/// A record whose signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    id: RecordId,
    body: Body,
    bytes: Vec<u8>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    body: Vec<u8>,
    #[n(1)]
    signatures: Vec<Signature>,
}

fn message(body: &[u8]) -> Vec<u8> {
    [SIGN_DOMAIN, body].concat()
}

fn id_of(body: &[u8]) -> RecordId {
    RecordId::from_bytes(blake3::derive_key(ID_DOMAIN, body))
}

impl Record {
    /// Signs `body` with the keys of all its signers, in the body's order.
    ///
    /// # Errors
    /// [`RecordError`] where a key is missing or the body breaks a rule.
    pub fn sign(body: Body, keys: &[&MemberKey]) -> Result<Self, RecordError> {
        body.check().map_err(RecordError::Invalid)?;
        let bytes = codec::encode(&body);
        let signatures = body
            .signers()
            .iter()
            .map(|signer| {
                let key = keys.iter().find(|key| key.id() == *signer);
                key.map(|key| key.sign(&message(&bytes))).ok_or(RecordError::BadSignature(*signer))
            })
            .collect::<Result<_, _>>()?;
        let id = id_of(&bytes);
        let bytes = codec::encode(&Wire { body: bytes, signatures });
        if bytes.len() > RECORD_BYTES_MAX {
            let error = CodecError::TooLong { bytes: bytes.len(), max: RECORD_BYTES_MAX };
            return Err(error.into());
        }
        Ok(Self { id, body, bytes })
    }

    /// Reads a record from anywhere and verifies every signature.
    ///
    /// # Errors
    /// [`RecordError`], and then nothing of it may be used.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let (record, body, signatures) = Self::read(bytes)?;
        record.body.check().map_err(RecordError::Invalid)?;
        let signers = record.body.signers();
        if signatures.len() != signers.len() {
            return Err(RecordError::SignatureCount {
                signatures: signatures.len(),
                signers: signers.len(),
            });
        }
        let message = message(&body);
        for (signer, signature) in signers.iter().zip(&signatures) {
            if !verify(signer, &message, signature) {
                return Err(RecordError::BadSignature(*signer));
            }
        }
        Ok(record)
    }

    /// Reads a record that this node verified before it stored it.
    ///
    /// # Errors
    /// [`RecordError`] where the store is damaged.
    pub fn from_trusted_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        Self::read(bytes).map(|(record, _, _)| record)
    }

    fn read(bytes: &[u8]) -> Result<(Self, Vec<u8>, Vec<Signature>), RecordError> {
        let wire: Wire = codec::decode_bounded(bytes, RECORD_BYTES_MAX)?;
        let body: Body = codec::decode(&wire.body)?;
        let record = Self { id: id_of(&wire.body), body, bytes: bytes.to_vec() };
        Ok((record, wire.body, wire.signatures))
    }

    /// The record's id.
    pub const fn id(&self) -> RecordId {
        self.id
    }

    /// What it says.
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Body and signatures, as sent and stored.
    pub fn to_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The community it belongs to; a founding record's is its own id.
    pub fn community(&self) -> CommunityId {
        self.body.community().unwrap_or(CommunityId::from_bytes(*self.id.as_bytes()))
    }
}

impl CommunityId {
    /// The community's founding record.
    pub const fn founding(self) -> RecordId {
        RecordId::from_bytes(*self.as_bytes())
    }
}
