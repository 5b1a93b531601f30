//! Bundles: a file that carries items, for hands, sticks and motorbikes.
//!
//! A file is [`MAGIC`] and then **sections** (`section`), each with a marker, its length, its
//! checksum and a body of at most [`BODY_BYTES_MAX`] bytes, packed with zstd or as it is. A section
//! stands by itself: it names its community, and its runs of entries name their logs in full. So
//! whatever is torn out, flipped or put in between costs the sections it touches, and the reader
//! goes on behind. Files may stand one behind another. `docs/bundles.md` has every byte.
//!
//! A bundle holds records, proofs of cuts, runs of logs up to signed heads, words, and parts of
//! blobs: what any
//! member of the community may read, and no key. Nothing is believed because it stands in a file:
//! [`Incoming::verify`] checks each section like anything from a stranger, whoever owns the store
//! commits the batch, and the replica judges it. What is of a community that nobody here has
//! joined is refused and counted, the rest is taken in.
//!
//! A digest file says what a node holds, so that [`export`] can leave it out.
//!
//! Files are written through [`replace`]: whole or not at all.

mod chosen;
mod content;
mod contents;
mod digest;
mod export;
mod file;
mod import;
mod index;
mod plan;
mod sealed;
mod section;
#[cfg(test)]
pub(crate) mod tests;
mod verify;

pub use chosen::{Chosen, export_chosen};
pub(crate) use contents::Contents;
pub use digest::{Digest, DigestError, WriteError, Written, write_digest};
pub(crate) use export::pack;
pub use export::{Bounds, export, export_within};
pub use file::replace;
pub use import::{Damage, ImportError, Report, Take, import};
pub use index::BundleName;
pub(crate) use index::{Index, Shelf, write_index};
pub(crate) use plan::{Elsewhere, Plan};
pub(crate) use sealed::export_sealed;
pub use section::{BODY_BYTES_MAX, Found, Frame, MAGIC, SectionError, Sections, VERSION};
pub use verify::{Incoming, Tally};
