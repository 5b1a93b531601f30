//! What is in a section: one CBOR array for each kind.

use baro_crdt::codec;
use baro_crdt::ids::{BlobHash, CommunityId, ParcelId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use super::section::{Frame, SectionError};
use crate::core::message::{RecordItem, Run};

pub(super) const RECORDS: u8 = 1;
pub(super) const LOGS: u8 = 2;
pub(super) const WORDS: u8 = 3;
pub(super) const SLICES: u8 = 4;
pub(super) const PARCELS: u8 = 5;
pub(super) const SEALED: u8 = 6;
pub(super) const COPIES: u8 = 7;
pub(super) const HOLDS: u8 = 8;
pub(super) const END: u8 = 15;
pub(super) const DIGEST: u8 = 16;
pub(super) const INDEX: u8 = 17;
pub(super) const DIGEST_BLOBS: u8 = 18;
pub(super) const INDEX_BLOBS: u8 = 19;
pub(super) const DIGEST_PARCELS: u8 = 20;
pub(super) const INDEX_PARCELS: u8 = 21;

/// Records and proofs of cuts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Records {
    #[n(0)]
    pub(super) community: CommunityId,
    #[n(1)]
    pub(super) items: Vec<RecordItem>,
}

/// Runs of logs, each with its log's header.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Logs {
    #[n(0)]
    pub(super) community: CommunityId,
    #[n(1)]
    pub(super) runs: Vec<Run>,
}

/// Words alone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Words {
    #[n(0)]
    pub(super) community: CommunityId,
    #[n(1)]
    pub(super) words: Vec<ByteVec>,
}

/// Parts of blobs that words of a community name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Slices {
    #[n(0)]
    pub(super) community: CommunityId,
    #[n(1)]
    pub(super) slices: Vec<Slice>,
}

/// A run of a blob's groups with the hashes that prove it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Slice {
    #[n(0)]
    pub(super) hash: BlobHash,
    /// The blob's size in bytes.
    #[n(1)]
    pub(super) size: u64,
    #[n(2)]
    pub(super) first: u32,
    #[n(3)]
    pub(super) groups: u32,
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) bytes: Vec<u8>,
}

/// Sealed parcels.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Parcels {
    #[n(0)]
    pub(super) community: CommunityId,
    #[n(1)]
    pub(super) parcels: Vec<ByteVec>,
}

/// A section for the members of a members-only community alone, or nothing for them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Sealed {
    /// Random bytes, the same in all of the bundle.
    #[n(0)]
    pub(super) salt: ByteArray<16>,
    /// Its number in the bundle, from 0.
    #[n(1)]
    pub(super) number: u32,
    /// Tells who has the secret that it is theirs.
    #[n(2)]
    pub(super) check: ByteArray<8>,
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) bytes: Vec<u8>,
}

/// An epoch's secret for each of its members, among others.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Copies {
    #[n(0)]
    pub(super) salt: ByteArray<16>,
    /// 80 bytes each.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) copies: Vec<u8>,
}

/// What whoever wrote a sealed bundle held then; only ever sealed itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Holds {
    #[n(0)]
    pub(super) community: CommunityId,
    /// A short hash, as text.
    #[n(1)]
    pub(super) state: String,
}

/// Which parcels of a community need not be brought.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct HeldParcels {
    /// As in [`Held`].
    #[n(0)]
    pub(super) nonce: ByteArray<16>,
    #[n(1)]
    pub(super) tag: ByteArray<8>,
    /// Tells those who hold a parcel which it is, 8 bytes each.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) parcels: Vec<u8>,
}

/// Which groups of a community's blobs need not be brought.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct HeldBlobs {
    /// As in [`Held`].
    #[n(0)]
    pub(super) nonce: ByteArray<16>,
    #[n(1)]
    pub(super) tag: ByteArray<8>,
    #[n(2)]
    pub(super) blobs: Vec<HeldBlob>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct HeldBlob {
    /// Tells those who know the blob which it is.
    #[n(0)]
    pub(super) tag: ByteArray<8>,
    /// A set of groups.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) groups: Vec<u8>,
}

/// The end of a file.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct End {
    /// How many sections came before this one.
    #[n(0)]
    pub(super) sections: u64,
}

/// A part of what a node holds of one community.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Held {
    /// Fresh random bytes, the same in the whole file.
    #[n(0)]
    pub(super) nonce: ByteArray<16>,
    /// Tells those who hold the community which it is.
    #[n(1)]
    pub(super) tag: ByteArray<8>,
    /// Records, cuts and logs at their authorised length, 9 bytes each.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) elements: Vec<u8>,
    /// Logs with entries that wait for an authority they lack, as far as held, 9 bytes each.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) waiting: Vec<u8>,
    /// Hashes of words that are missing, 32 bytes each.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) wanted: Vec<u8>,
}

/// Packs a value into a section.
pub(super) fn pack<T: Encode<()>>(kind: u8, value: &T) -> std::io::Result<Frame> {
    Frame::pack(kind, &codec::encode(value))
}

/// Unpacks a section's value.
pub(super) fn unpack<T>(frame: &Frame) -> Result<T, SectionError>
where
    T: for<'b> Decode<'b, ()> + Encode<()>,
{
    codec::decode(&frame.unpack()?).map_err(|error| SectionError::Content(error.to_string()))
}

/// What tells those who hold a parcel which it is, under a secret of its community.
pub(super) fn parcel_tag(
    context: &str,
    nonce: &[u8; 16],
    community: &CommunityId,
    id: &ParcelId,
) -> [u8; 8] {
    let secret = blake3::derive_key(context, community.as_bytes());
    let text = [nonce.as_slice(), id.as_bytes()].concat();
    let [a, b, c, d, e, f, g, h, ..] = *blake3::keyed_hash(&secret, &text).as_bytes();
    [a, b, c, d, e, f, g, h]
}
