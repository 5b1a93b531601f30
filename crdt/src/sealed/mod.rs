//! Sealed: what only its recipients can read, carried by anyone.
//!
//! A **parcel** is all that a carrier sees: a version, an encapsulated key and a ciphertext, of
//! one of five sizes. It names neither who wrote it nor whom it is for; whoever holds secret keys
//! tries them (HPKE, RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode). Inside stands a
//! [`Content`] with its sender's signature over the community, the key it was sealed to and the
//! content, so that whoever opens it cannot seal it to somebody else as if it had been meant for
//! them. A key belongs to a person, who publishes it in an entry, or to the members of a group,
//! to whom its owner sends it in parcels of their own.
//!
//! Pure: randomness comes in as 32 bytes, and time as a field of the content.

mod content;
mod copy;
mod parcel;

pub use content::{
    Content, GROUP_MEMBERS_MAX, GROUP_NAME_BYTES_MAX, GroupKey, InGroup, MESSAGE_BYTES_MAX,
    Message, MessageReceipt, RECEIPT_MESSAGES_MAX, VOICE_BYTES_MAX, Voice,
};
pub use copy::{COPY_BYTES, open_copy, seal_copy};
pub use parcel::{
    Opened, PARCEL_BYTES_MAX, PARCEL_SIZES, Parcel, SealError, SealingSecret, open, seal,
};
