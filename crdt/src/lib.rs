//! Keys, logs, records, authority, texts, civic entries and reconciliation.
//!
//! Pure code: no IO, no clock, no ambient randomness, no async. Time and randomness come in as
//! arguments, bytes come in and go out, and the same input gives the same output on every node.

pub mod authority;
pub mod codec;
pub mod digest;
pub mod entry;
pub mod epoch;
pub mod fork;
pub mod groups;
pub mod ids;
pub mod keys;
pub mod log;
pub mod reconcile;
pub mod record;
pub mod role;
pub mod sealed;
pub mod text;
