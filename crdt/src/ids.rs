//! Newtypes for every identifier, and the hash that makes each of them.
//!
//! An id is either a public key or a BLAKE3 hash of what it names, so nobody can claim another's.
//! All print as lower-case hexadecimal and parse back from it.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder, bytes::ByteArray, decode, encode};

/// An id in text that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id of {bytes} bytes in hexadecimal")]
pub struct ParseIdError {
    /// What was given.
    pub text: String,
    /// How many bytes the id should have.
    pub bytes: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// How many bytes this id has.
            pub const LEN: usize = $len;

            /// Wraps bytes that are known to be such an id.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Reads the id from a slice, `None` where the length differs.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let hex = data_encoding::HEXLOWER.encode(&self.0);
                write!(f, "{}({})", stringify!($name), hex.get(..8).unwrap_or(&hex))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                data_encoding::HEXLOWER_PERMISSIVE
                    .decode(text.trim().as_bytes())
                    .ok()
                    .and_then(|bytes| Self::from_slice(&bytes))
                    .ok_or_else(|| ParseIdError { text: text.to_owned(), bytes: $len })
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: encode::Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
                ByteArray::<$len>::decode(d, ctx).map(|bytes| Self(bytes.into()))
            }
        }
    };
}

id!(
    /// A person in one community: their member key's public half.
    PersonId, 32
);
id!(
    /// A community: the id of its founding record.
    CommunityId, 32
);
id!(
    /// A record: BLAKE3, derived for records, of its signed body.
    RecordId, 32
);
id!(
    /// A log: BLAKE3, derived for logs, of its header.
    LogId, 32
);
id!(
    /// The chain hash of a log after some number of its entries; after none it is the log's id.
    ChainHash, 32
);
id!(
    /// An entry: half of BLAKE3, derived for entries, of its log's id and chain hash.
    EntryId, 16
);
id!(
    /// A payload: BLAKE3 of its salt and words.
    PayloadHash, 32
);
id!(
    /// A blob: plain BLAKE3 of its bytes, as `b3sum` prints it.
    BlobHash, 32
);
id!(
    /// An installation's lane: random bytes that tell which device of a person writes.
    LaneId, 8
);
id!(
    /// A change of a text: the SHA-256 hash that Automerge gives it.
    ChangeHash, 32
);

id!(
    /// An epoch of a members-only community: BLAKE3, derived for epochs, of its secret.
    EpochId, 32
);
id!(
    /// What parcels are sealed to: an X25519 public key.
    SealingKey, 32
);
id!(
    /// A parcel: BLAKE3 of its bytes.
    ParcelId, 32
);
id!(
    /// A private message: half of BLAKE3, derived for messages, of its sender and content.
    MessageId, 16
);
id!(
    /// A closed group: half of BLAKE3, derived for groups, of its owner and a nonce.
    GroupId, 16
);

/// Fresh random bytes of one side of a session: both sides' together make it unlike any other.
pub type Nonce = [u8; 8];

/// Milliseconds, of monotonic time or of a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

/// Seconds since 1970 by somebody's wall clock: shown, never decided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallSeconds(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_parse() {
        let id = EntryId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse::<EntryId>().unwrap(), id);
        assert_eq!(id.to_string().to_uppercase().parse::<EntryId>().unwrap(), id);
        assert!("ab".parse::<EntryId>().is_err());
        assert!("".parse::<PersonId>().is_err());
    }
}
