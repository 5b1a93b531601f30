//! Finding what two sets differ in, at a cost of the difference and not of the sets.
//!
//! A rateless IBLT (Yang, Gilad and Alizadeh, *Practical Rateless Set Reconciliation*, SIGCOMM
//! 2024). One side, B, turns its set into an endless row of *symbols*, each a sum over some of
//! its elements, sparser and sparser. The other, A, takes its own symbols away from B's, which
//! leaves sums over the difference, and peels them one prefix at a time. About 1.4 symbols for
//! each prefix that differs are enough, and nobody needs to know beforehand how many these are,
//! but who has a guess needs only one flight:
//!
//! ```text
//! both   SketchKey::from_nonces, Element::for_log / for_record, sets are frozen
//! A      Counters of its set, before the nonces are known            -- 16 bytes -->
//! B      Counters::difference, first_flight, Encoder    encode_symbols(0..n) ------>
//! A      Decoder::new        decode_symbols, add_symbols, try_decode
//!            NeedMore: ask for half as many again     Failed: new nonces, or lists
//!            Done: A knows what only B has, and what only A has
//! ```
//!
//! What goes in are elements of 9 bytes, a prefix and a value, what comes out is which of them
//! are on one side only. Which symbols an element is part of follows from its prefix, so a log that
//! is longer on one side is one thing to find and not two: its symbols are left with what its two
//! values differ by, once by itself and once times the prefix, and the quotient tells which log it
//! is. Prefixes and checksums are keyed by the session, so no attacker can prepare an item that is
//! taken for another; where it happens by chance the digests still differ afterwards. Bytes from
//! the other side end in an error or in [`Status::Failed`], in time bounded by their number.

mod decoder;
mod element;
mod encoder;
mod estimate;
mod field;
mod mapping;
mod symbol;
#[cfg(test)]
mod tests;

pub use decoder::{Decoder, Status};
pub use element::{Element, SketchKey};
pub use encoder::Encoder;
pub use estimate::{Counters, FIRST_FLIGHT, FIRST_FLIGHT_MAX, first_flight};
pub use symbol::{SYMBOL_BYTES, Symbol, SymbolsError, decode_symbols};

/// The most symbols of one sketch, some 14 MB: where more are needed, lists are cheaper.
pub const SYMBOLS_MAX: u32 = 1 << 20;

/// How many symbols to allow for an announced difference: three times it and 1,024, at most
/// [`SYMBOLS_MAX`]. The paper finds 1.35 to 1.72 for each on average, so who needs more has
/// announced too little or sends nonsense.
pub fn symbols_max(difference: u32) -> u32 {
    difference.saturating_mul(3).saturating_add(1024).min(SYMBOLS_MAX)
}
