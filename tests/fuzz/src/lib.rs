//! Fuzz targets for everything that a stranger's bytes reach.
//!
//! Each module is one target: `run` takes the fuzzer's bytes and asserts what must hold whatever
//! they are, and `seeds` gives inputs to start from, made by the project's own code (`cargo run
//! --example seeds` writes them into `corpus/`). Where a checksum, a signature or a key would stop
//! every mutated input at the door, the target puts the right one on, so that what lies behind is
//! reached: a stranger can compute checksums, and a hostile member can sign.
#![forbid(unsafe_code)]

pub mod briefs;
pub mod bundles;
pub mod cap;
pub mod changes;
mod circle;
pub mod digests;
pub mod entries;
pub mod escrow;
pub mod frames;
mod input;
pub mod media;
pub mod members;
pub mod parcels;
mod peer;
pub mod proofs;
pub mod proving;
pub mod records;
pub mod sealed;
pub mod session;
pub mod slices;
pub mod symbols;
pub mod tickets;
mod world;

/// The targets, each with its seeds: a name for a file, and its bytes.
pub fn all_seeds() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    vec![
        ("briefs", briefs::seeds()),
        ("bundles", bundles::seeds()),
        ("cap", cap::seeds()),
        ("changes", changes::seeds()),
        ("digests", digests::seeds()),
        ("entries", entries::seeds()),
        ("escrow", escrow::seeds()),
        ("frames", frames::seeds()),
        ("media", media::seeds()),
        ("members", members::seeds()),
        ("parcels", parcels::seeds()),
        ("proofs", proofs::seeds()),
        ("proving", proving::seeds()),
        ("records", records::seeds()),
        ("sealed", sealed::seeds()),
        ("session", session::seeds()),
        ("slices", slices::seeds()),
        ("symbols", symbols::seeds()),
        ("tickets", tickets::seeds()),
    ]
}
