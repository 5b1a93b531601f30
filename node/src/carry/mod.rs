//! Carry folders: a stick that goes from node to node and acts as a passive peer.
//!
//! Everything of ours stands in one folder on the stick, `baro/`: **bundles**, each with an
//! **index** beside it that says what the bundle holds. [`visit`] takes in what is new in the
//! bundles, works out from the indexes what the stick lacks, and adds that as one more bundle.
//!
//! Nothing on the stick is ever changed in place. A file is written under another name, made
//! durable and renamed, first the index, then its bundle. So the stick may be pulled out at any
//! moment: what is there is whole, or is left over and counts as nothing. A bundle without an
//! index that fits counts as empty when it comes to what the stick lacks; the worst that follows
//! is that something stands on the stick twice.
//!
//! So that a stick does not grow for ever, a node that holds all that is in several bundles may
//! put one in their place: the new one is durable before the others go. Bundles that are small
//! beside the new one are merged, so that sizes grow geometrically and a byte is written again
//! only as often as the stick doubles.
//!
//! What is for members only stands beside, sealed (`sealed`).
//!
//! What was taken is noted in a local row, by the bundle's name, size and time. It is believed
//! only while these are the same, and saves reading; nothing else hangs on it.

mod disk;
mod error;
#[cfg(feature = "full")]
mod folder;
mod note;
mod put;
mod sealed;
mod shelves;
mod stick;
#[cfg(all(test, feature = "full"))]
mod tests;
mod visit;

pub use disk::{Disk, Found, Sink, Source};
pub use error::CarryError;
pub use note::{NOTES_MAX, NOTES_PREFIX, Note};
#[cfg(feature = "full")]
pub use visit::visit;
pub use visit::{Access, Failure, Progress, Report, Shortage, visit_disk};

/// The folder on a stick in which everything of ours stands.
pub const FOLDER: &str = "baro";
