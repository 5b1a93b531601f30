//! Power cuts, simulated: what a node has acknowledged is there afterwards, whatever else is not.
//!
//! A node works on SQLite over a VFS of ours ([`shim`]), which passes everything on to the
//! system's and writes down each file made, write, truncation, synchronisation and deletion
//! ([`disk`]). A cut is a place in that list. From what came before it a seed chooses one of the
//! disks that the power may have left behind: all that was synchronised, and of the rest any part
//! in any order, torn at 512 bytes. On that disk the ordinary program begins ([`cut`]) and has to
//! hold one of the states that were committed ([`life`]): the last that was acknowledged, or the
//! one under way. Then it goes on: it writes and syncs with its neighbour ([`meet`]), whom it had
//! told things before the cut, and nothing may have forked.
//!
//! What is not simulated: a disk that loses what it reported as synchronised, and one that damages
//! bytes next to those written. SQLite's index of the WAL (`-shm`) is memory: it is gone, or noise.

pub mod cut;
pub mod dice;
pub mod disk;
pub mod life;
pub mod meet;
pub mod shim;
pub mod state;
