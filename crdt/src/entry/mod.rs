//! Entries: one thing said each, and how a log of them is walked.
//!
//! An entry is a CBOR array `[lamport, time, kind, body]`, or `[lamport, time, kind, body, size,
//! hash]` where words go with it. The first two are differences to the entry before: Lamport
//! number minus 1, declared seconds. Words shown to people are never inside: a [`Payload`] holds
//! them, and the hash that names it ends the entry, so that on the wire the words stand for it
//! and its author can withdraw them later. Kinds that this version does not know are kept and
//! passed on, and shown nowhere.

mod attachment;
mod body;
mod cursor;
mod deliberation;
mod payload;
mod rules;

use minicbor::{Decoder, Encoder};

pub use attachment::{
    ATTACHMENTS_MAX, Attachment, AttachmentError, BLOB_BYTES_MAX, FILE_NAME_BYTES_MAX,
    LANGUAGE_BYTES_MAX, MEDIA_BYTES_MAX,
};
pub use body::{Body, Choice, Editors, PostKind, Priority};
pub use cursor::{Cursor, EntryError, LAMPORT_STEP_MAX, Step};
pub use deliberation::{
    BALLOT_VOTES_MAX, PaperVote, ProposalState, SETTLED_BALLOTS_MAX, TOKEN_BYTES_MAX,
};
pub use payload::{
    ALERT_REFERENCES_MAX, Alert, PAYLOAD_BYTES_MAX, Payload, REFERENCE_BYTES_MAX, SALT_BYTES,
    Words, WordsError,
};
pub use rules::{PATH_BYTES_MAX, RECEIPT_ENTRIES_MAX};

use crate::codec::{self, CodecError};
use crate::ids::PayloadHash;
use crate::log::ENTRY_BYTES_MAX;

/// Which words go with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadRef {
    /// Their size, salt included, in bytes.
    pub size: u32,
    /// Their hash.
    pub hash: PayloadHash,
}

/// One thing said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Lamport number, less 1, less that of the author's entry before in this log (0 for none).
    pub lamport_step: u64,
    /// Declared seconds since 1970, less those of the entry before in this log (0 for none).
    pub time_step: i64,
    /// What is said.
    pub body: Body,
    /// Where its words are, if it has any.
    pub payload: Option<PayloadRef>,
}

impl Entry {
    /// The entry in its one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48);
        let mut e = Encoder::new(&mut bytes);
        let written = e
            .array(if self.payload.is_some() { 6 } else { 4 })
            .and_then(|e| e.u64(self.lamport_step))
            .and_then(|e| e.i64(self.time_step))
            .and_then(|e| e.u64(self.body.kind()))
            .map(|_| ());
        debug_assert!(written.is_ok(), "writing to memory does not fail");
        bytes.extend_from_slice(&self.body.to_bytes());
        if let Some(payload) = self.payload {
            let mut e = Encoder::new(&mut bytes);
            let written =
                e.u32(payload.size).and_then(|e| e.bytes(payload.hash.as_bytes())).map(|_| ());
            debug_assert!(written.is_ok(), "writing to memory does not fail");
        }
        bytes
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are not the one encoding of an entry.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        if bytes.len() > ENTRY_BYTES_MAX {
            return Err(CodecError::TooLong { bytes: bytes.len(), max: ENTRY_BYTES_MAX });
        }
        let entry = Self::read(bytes).map_err(|e| CodecError::Malformed(e.to_string()))?;
        if entry.to_bytes() == bytes { Ok(entry) } else { Err(CodecError::NotDeterministic) }
    }

    fn read(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        let mut d = Decoder::new(bytes);
        let fields = d.array()?;
        let (lamport_step, time_step, kind) = (d.u64()?, d.i64()?, d.u64()?);
        let start = d.position();
        d.skip()?;
        let raw = bytes.get(start..d.position()).unwrap_or_default();
        let body = Body::from_bytes(kind, raw)
            .map_err(|error| minicbor::decode::Error::message(error.to_string()))?;
        let payload = match fields {
            Some(4) => None,
            Some(6) => {
                let size = d.u32()?;
                let hash: PayloadHash = d.decode()?;
                Some(PayloadRef { size, hash })
            }
            _ => return Err(minicbor::decode::Error::message("an entry has 4 or 6 fields")),
        };
        Ok(Self { lamport_step, time_step, body, payload })
    }

    /// How many bytes at the end of an entry with words are their hash.
    pub const HASH_TAIL: usize = PayloadHash::LEN;
}

/// Splits a log's stored entries, each a CBOR byte string.
///
/// # Errors
/// [`CodecError`] where the bytes are damaged.
pub fn split_run(run: &[u8]) -> Result<Vec<&[u8]>, CodecError> {
    let mut d = Decoder::new(run);
    let mut entries = Vec::new();
    while d.position() < run.len() {
        entries.push(d.bytes().map_err(|e| CodecError::Malformed(e.to_string()))?);
    }
    Ok(entries)
}

/// Appends an entry to a run that [`split_run`] splits.
pub fn push_run(run: &mut Vec<u8>, entry: &[u8]) {
    let written = Encoder::new(&mut *run).bytes(entry).map(|_| ());
    debug_assert!(written.is_ok(), "writing to memory does not fail");
}

fn encode_body<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    codec::encode(value)
}
