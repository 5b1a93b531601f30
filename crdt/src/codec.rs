//! Deterministic CBOR: one value has one encoding, and no other is taken.
//!
//! `minicbor` writes shortest-form numbers and fields in the order of their integer keys. Reading
//! encodes what was read once more and compares, so over-long numbers, unknown or repeated fields
//! and bytes behind the value are all refused by the same line.

use minicbor::{Decode, Encode};

/// Bytes that are not the one encoding of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Not CBOR, or not of the shape expected.
    #[error("these bytes are damaged or of an unknown kind: {0}")]
    Malformed(String),
    /// Readable, but written in another way than the deterministic one.
    #[error("these bytes are not in the one deterministic form")]
    NotDeterministic,
    /// Longer than such a value may be, in bytes.
    #[error("{bytes} bytes are more than the {max} that are allowed here")]
    TooLong {
        /// How long it was.
        bytes: usize,
        /// How long it may be.
        max: usize,
    },
}

/// The one encoding of `value`.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    // Most values are of this size or smaller, and growing costs more than the bytes.
    let mut bytes = Vec::with_capacity(192);
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        Err(error) => unreachable!("writing to memory does not fail: {error}"),
    }
}

/// Reads `bytes` as the one encoding of a value.
///
/// # Errors
/// [`CodecError`] where they are anything else.
pub fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, CodecError> {
    let value: T = minicbor::decode(bytes).map_err(|e| CodecError::Malformed(e.to_string()))?;
    if encode(&value) == bytes { Ok(value) } else { Err(CodecError::NotDeterministic) }
}

/// As [`decode`], of at most `max` bytes.
///
/// # Errors
/// [`CodecError`] where they are more, or anything else.
pub fn decode_bounded<'b, T: Decode<'b, ()> + Encode<()>>(
    bytes: &'b [u8],
    max: usize,
) -> Result<T, CodecError> {
    if bytes.len() > max {
        return Err(CodecError::TooLong { bytes: bytes.len(), max });
    }
    decode(bytes)
}
