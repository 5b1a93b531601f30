//! Finding what two sets differ in, at a cost of the difference and not of the sets.
//!
//! A rateless IBLT (Yang, Gilad and Alizadeh, *Practical Rateless Set Reconciliation*, SIGCOMM
//! 2024). One side, B, turns its set into an endless row of *symbols*, each a sum over some of
//! its elements, sparser and sparser. The other, A, takes its own symbols away from B's, which
//! leaves sums over the difference, and peels them one element at a time. About 1.4 symbols for
//! each element that differs are enough, and nobody needs to know beforehand how many these are:
//!
//! ```text
//! both   SketchKey::from_nonces, Element::for_log / for_record, sets are frozen
//! B      Encoder::new        encode_symbols(0..32)      -- 32 symbols, then doubling -->
//! A      Decoder::new        decode_symbols, add_symbols, try_decode
//!            NeedMore: ask for as many again     Failed: new nonces, or lists of full hashes
//!            Done: A knows what only B has, and what only A has
//! ```
//!
//! What goes in are elements of 13 bytes, what comes out is which of them are on one side only.
//! Prefixes and checksums are keyed by the session, so no attacker can prepare an item that is
//! taken for another; where it happens by chance the digests still differ afterwards. Bytes from the other side end in an error or in [`Status::Failed`], in time
//! bounded by their number.

mod decoder;
mod element;
mod encoder;
mod mapping;
mod symbol;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Status};
pub use element::{Element, SketchKey};
pub use encoder::Encoder;
pub use symbol::{Symbol, SymbolsError, decode_symbols};

/// How many symbols are sent unasked: enough for a difference of some 20 elements, in one packet.
pub const FIRST_FLIGHT: u32 = 32;

/// The most symbols of one sketch, some 20 MB: where more are needed, lists are cheaper.
pub const SYMBOLS_MAX: u32 = 1 << 20;

/// How many symbols to allow for an announced difference: three times it and 1,024, at most
/// [`SYMBOLS_MAX`]. The paper finds 1.35 to 1.72 for each on average, so who needs more has
/// announced too little or sends nonsense.
pub fn symbols_max(difference: u32) -> u32 {
    difference.saturating_mul(3).saturating_add(1024).min(SYMBOLS_MAX)
}
