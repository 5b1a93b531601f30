//! A coded symbol, and how a run of symbols travels.
//!
//! A symbol is three sums over the elements that are part of it: of their values, of the products
//! of value and prefix (in the field of 2^48 elements), and of their checksums. Sums are XORs, so
//! taking one set's symbol from another's leaves the symbol of their difference, whichever side
//! has what.
//!
//! On the wire a symbol is 6 bytes, 3 bytes and 3 bytes. There is no length and no terminator: a
//! run ends with its frame.

use super::element::Coded;

/// How many bytes a symbol takes.
pub const SYMBOL_BYTES: usize = 12;

/// Sums over the elements that are part of one symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    pub(super) product: u64,
    pub(super) value: u32,
    pub(super) checksum: u32,
}

impl Symbol {
    /// Puts an element in, or takes it out: both are the same.
    pub(super) fn apply(&mut self, coded: &Coded) {
        self.product ^= coded.product;
        self.value ^= coded.value;
        self.checksum ^= coded.checksum;
    }

    /// What is left where another set's symbol of the same index is taken away.
    pub(super) fn minus(&self, other: &Self) -> Self {
        Self {
            product: self.product ^ other.product,
            value: self.value ^ other.value,
            checksum: self.checksum ^ other.checksum,
        }
    }

    /// Whether nothing is left in it.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Symbols on the wire that could not be read. Who sent them made a mistake or means harm: end
/// the sketch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SymbolsError {
    /// More symbols than were asked for.
    #[error("more than {max} symbols")]
    TooMany {
        /// How many were allowed.
        max: usize,
    },
    /// The bytes end within a symbol.
    #[error("the last symbol is cut short")]
    Short,
}

/// Writes symbols.
pub(super) fn encode(symbols: &[Symbol]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(symbols.len() * SYMBOL_BYTES);
    for symbol in symbols {
        let [_, _, product @ ..] = symbol.product.to_be_bytes();
        let [_, value @ ..] = symbol.value.to_be_bytes();
        let [_, checksum @ ..] = symbol.checksum.to_be_bytes();
        bytes.extend_from_slice(&product);
        bytes.extend_from_slice(&value);
        bytes.extend_from_slice(&checksum);
    }
    bytes
}

/// Reads all of `bytes` as symbols; at most `symbols_max` of them.
///
/// # Errors
///
/// Where the bytes are not exactly what [`Encoder::encode_symbols`](super::Encoder::encode_symbols)
/// writes for some set, as far as one can tell.
pub fn decode_symbols(bytes: &[u8], symbols_max: usize) -> Result<Vec<Symbol>, SymbolsError> {
    let (whole, rest) = bytes.as_chunks::<SYMBOL_BYTES>();
    if !rest.is_empty() {
        return Err(SymbolsError::Short);
    }
    if whole.len() > symbols_max {
        return Err(SymbolsError::TooMany { max: symbols_max });
    }
    let read = |[a, b, c, d, e, f, v0, v1, v2, c0, c1, c2]: &[u8; SYMBOL_BYTES]| Symbol {
        product: u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]),
        value: u32::from_be_bytes([0, *v0, *v1, *v2]),
        checksum: u32::from_be_bytes([0, *c0, *c1, *c2]),
    };
    Ok(whole.iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            match decode_symbols(&bytes, 4) {
                // One form for each run of symbols, so what was read is what would be written.
                Ok(symbols) => prop_assert_eq!(encode(&symbols), bytes),
                Err(SymbolsError::Short) => prop_assert!(bytes.len() % SYMBOL_BYTES > 0),
                Err(SymbolsError::TooMany { max }) => {
                    prop_assert!(bytes.len() > max * SYMBOL_BYTES);
                }
            }
        }
    }
}
