//! Blobs: bytes known by their BLAKE3 hash, which words name: voice, pictures, papers, lessons.
//!
//! A blob is fetched in **groups** of 16 KiB. A **slice** is a run of groups with the hashes that
//! prove it against the blob's hash, so that any part can come from anybody, in any order, and
//! nothing that was verified is fetched twice. Which groups are here is a [`GroupSet`] in the
//! blob's [`BlobRow`]; it lists a group only when the group's bytes are durable.
//!
//! ```text
//! words taken in ── name a blob ──▶ row, wanted if there is room (plan)
//! frame or bundle ─▶ VerifiedSlice::verify ─▶ Item::Slice ─▶ bytes, then the row
//! row, bytes ─▶ encode_slice ─▶ frame or bundle
//! words withdrawn ── nothing names it any more ──▶ dropped after a time of grace
//! ```
//!
//! Everything but the files (`cipher`, `file`, `files`, `incoming`) is pure: no clock, no files, no randomness.

#[cfg(feature = "sqlite")]
mod cipher;
#[cfg(feature = "sqlite")]
mod file;
#[cfg(feature = "sqlite")]
mod files;
mod group_set;
#[cfg(feature = "sqlite")]
mod incoming;
mod outline;
mod plan;
mod row;
mod slice;

#[cfg(test)]
mod tests;

#[cfg(feature = "full")]
pub(crate) use cipher::{Cipher, Part, TAG_BYTES};
#[cfg(feature = "sqlite")]
pub(crate) use file::BlobFile;
#[cfg(feature = "sqlite")]
pub use file::BlobReader;
#[cfg(feature = "sqlite")]
pub(crate) use files::BlobFiles;
#[cfg(feature = "sqlite")]
pub use files::read_blob;
#[cfg(feature = "full")]
pub(crate) use files::room;
pub use group_set::GroupSet;
#[cfg(feature = "sqlite")]
pub use incoming::Incoming;
pub use outline::{Hasher, Outline, outline, outline_of};
pub use plan::{QUOTA_KEY, limit, plan, victims};
pub use row::{BlobClass, BlobNameRow, BlobRow, SMALL_BYTES_MAX};
#[cfg(feature = "sqlite")]
pub(crate) use slice::GROUP_LEN;
pub use slice::{
    BlobSource, GROUP_BYTES, PAIR_BYTES, SLICE_BYTES_MAX, SLICE_GROUPS_MAX, SliceError,
    VerifiedSlice, bytes_in, encode_slice, groups_of, outboard_bytes, slice_bytes,
};
