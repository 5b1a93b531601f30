//! A coded symbol, and how a run of symbols travels.
//!
//! A symbol is three sums over the elements that are part of it: the XOR of their bytes, the XOR
//! of their checksums, and how many they are. Subtracting one set's symbol from another's leaves
//! the symbol of their difference; the count is then signed.
//!
//! On the wire a symbol is 13 bytes, 4 bytes and a varint. Symbol i of a set of n elements holds
//! about n·ρ(i) of them, so the varint carries only the (zigzag) distance from that: one or two
//! bytes instead of three. There is no length and no terminator: a run ends with its frame.

use super::element::{Coded, Element};

/// The most bytes that a count takes: a distance of 33 bits and its sign.
const COUNT_BYTES_MAX: usize = 5;

/// Sums over the elements that are part of one symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symbol {
    pub(super) word: u128,
    pub(super) checksum: u32,
    pub(super) count: i64,
}

impl Symbol {
    /// Puts an element in (`sign` 1) or takes it out (`sign` -1).
    pub(super) fn apply(&mut self, element: &Coded, sign: i64) {
        self.word ^= element.word;
        self.checksum ^= element.checksum;
        self.count = self.count.wrapping_add(sign);
    }

    /// What is left where another set's symbol of the same index is taken away.
    pub(super) fn minus(&self, other: &Self) -> Self {
        Self {
            word: self.word ^ other.word,
            checksum: self.checksum ^ other.checksum,
            count: self.count.wrapping_sub(other.count),
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
    #[error("symbol {index} is cut short")]
    Short {
        /// Which symbol.
        index: u32,
    },
    /// The count is written in more bytes than it needs, or in more than there can be.
    #[error("the count of symbol {index} is not in its shortest form")]
    Overlong {
        /// Which symbol.
        index: u32,
    },
    /// No set of the announced size has such a count.
    #[error("symbol {index} counts {count} of {set_size} elements")]
    Count {
        /// Which symbol.
        index: u32,
        /// How many elements it claims to hold.
        count: i64,
        /// How many the set has.
        set_size: u32,
    },
}

/// n·ρ(i), rounded half up, in whole numbers.
fn count_expected(set_size: u32, index: u32) -> i64 {
    let parts = i64::from(index) + 2;
    (2 * i64::from(set_size) + parts / 2) / parts
}

/// Writes symbols that start at index `from`, of a set of `set_size` elements.
pub(super) fn encode(symbols: &[Symbol], from: u32, set_size: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(symbols.len() * (Element::LEN + 6));
    for (symbol, index) in symbols.iter().zip(from..) {
        bytes.extend_from_slice(Element::from_word(symbol.word).as_bytes());
        bytes.extend_from_slice(&symbol.checksum.to_be_bytes());
        let distance = symbol.count.wrapping_sub(count_expected(set_size, index));
        let mut rest = ((distance << 1) ^ (distance >> 63)).cast_unsigned();
        loop {
            let [low, ..] = rest.to_le_bytes();
            rest >>= 7;
            if rest == 0 {
                bytes.push(low & 0x7f);
                break;
            }
            bytes.push(low | 0x80);
        }
    }
    bytes
}

/// Reads all of `bytes` as symbols that start at index `from`, of a set that was announced to
/// have `set_size` elements; at most `symbols_max` of them.
///
/// # Errors
///
/// Where the bytes are not exactly what [`Encoder::encode_symbols`](super::Encoder::encode_symbols)
/// writes for some set of that size, as far as one can tell.
pub fn decode_symbols(
    bytes: &[u8],
    from: u32,
    set_size: u32,
    symbols_max: usize,
) -> Result<Vec<Symbol>, SymbolsError> {
    let mut symbols = Vec::with_capacity(symbols_max.min(bytes.len() / (Element::LEN + 5)));
    let mut rest = bytes;
    let mut index = from;
    while !rest.is_empty() {
        if symbols.len() >= symbols_max {
            return Err(SymbolsError::TooMany { max: symbols_max });
        }
        let short = SymbolsError::Short { index };
        let (element, after) = rest.split_first_chunk().ok_or(short.clone())?;
        let (checksum, after) = after.split_first_chunk().ok_or(short)?;
        let (distance, after) = read_distance(after, index)?;
        let count = count_expected(set_size, index) + distance;
        // Every element is part of symbol 0, so its count is no choice.
        let least = if index == 0 { i64::from(set_size) } else { 0 };
        if !(least..=i64::from(set_size)).contains(&count) {
            return Err(SymbolsError::Count { index, count, set_size });
        }
        symbols.push(Symbol {
            word: Element::from_bytes(*element).to_word(),
            checksum: u32::from_be_bytes(*checksum),
            count,
        });
        rest = after;
        index = index.saturating_add(1);
    }
    Ok(symbols)
}

/// A zigzag varint in its shortest form, below 2^35 and so far from any overflow.
fn read_distance(bytes: &[u8], index: u32) -> Result<(i64, &[u8]), SymbolsError> {
    let mut value = 0_u64;
    let mut rest = bytes;
    for place in 0..COUNT_BYTES_MAX {
        let (byte, after) = rest.split_first().ok_or(SymbolsError::Short { index })?;
        value |= u64::from(byte & 0x7f) << (7 * place);
        rest = after;
        if byte & 0x80 == 0 {
            if *byte == 0 && place > 0 {
                return Err(SymbolsError::Overlong { index });
            }
            let magnitude = (value >> 1).cast_signed();
            return Ok((if value & 1 == 0 { magnitude } else { -magnitude - 1 }, rest));
        }
    }
    Err(SymbolsError::Overlong { index })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    fn symbol(index: u32, set_size: u32) -> impl Strategy<Value = Symbol> {
        let least = if index == 0 { i64::from(set_size) } else { 0 };
        (any::<[u8; 13]>(), any::<u32>(), least..=i64::from(set_size)).prop_map(
            |(bytes, checksum, count)| Symbol {
                word: Element::from_bytes(bytes).to_word(),
                checksum,
                count,
            },
        )
    }

    fn run() -> impl Strategy<Value = (u32, u32, Vec<Symbol>)> {
        (prop_oneof![0_u32..8, any::<u32>()], prop_oneof![0_u32..2000, any::<u32>()], 0_u32..6)
            .prop_flat_map(|(from, size, n)| {
                let each: Vec<_> = (0..n).map(|i| symbol(from.saturating_add(i), size)).collect();
                (Just(from), Just(size), each)
            })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read((from, size, symbols) in run()) {
            let from = from.min(u32::MAX - 8);
            let symbols = if from == 0 { symbols } else {
                symbols.into_iter().map(|s| Symbol { count: s.count.min(i64::from(size)), ..s }).collect()
            };
            let bytes = encode(&symbols, from, size);
            prop_assert_eq!(decode_symbols(&bytes, from, size, symbols.len()).unwrap(), symbols.clone());
            if !symbols.is_empty() {
                prop_assert_eq!(
                    decode_symbols(&bytes, from, size, symbols.len() - 1),
                    Err(SymbolsError::TooMany { max: symbols.len() - 1 })
                );
                prop_assert!(decode_symbols(&bytes[..bytes.len() - 1], from, size, 99).is_err());
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..80), from: u32, size: u32,
        ) {
            if let Ok(symbols) = decode_symbols(&bytes, from, size, 9) {
                // One form for each run of symbols, so what was read is what would be written.
                prop_assert!(from > u32::MAX - 9 || encode(&symbols, from, size) == bytes);
            }
        }
    }

    #[test]
    fn counts_are_strict() {
        let one = |varint: &[u8]| [&[0; 17], varint].concat();
        let read = |varint: &[u8]| decode_symbols(&one(varint), 2, 100, 1);
        assert_eq!(read(&[0]).unwrap()[0].count, 50);
        assert_eq!(read(&[1]).unwrap()[0].count, 49);
        assert_eq!(read(&[100]).unwrap()[0].count, 100);
        assert_eq!(read(&[99]).unwrap()[0].count, 0);
        let count = |count| Err(SymbolsError::Count { index: 2, count, set_size: 100 });
        assert_eq!(read(&[102]), count(101));
        assert_eq!(read(&[101]), count(-1));
        let overlong = Err(SymbolsError::Overlong { index: 2 });
        assert_eq!(read(&[0x80, 0]), overlong);
        assert_eq!(read(&[0xff; 10]), overlong);
        assert_eq!(read(&[0x80]), Err(SymbolsError::Short { index: 2 }));
        assert_eq!(read(&[]), Err(SymbolsError::Short { index: 2 }));
        assert!(decode_symbols(&one(&[1]), 0, 100, 1).is_err());
        assert!(decode_symbols(&one(&[0xfe, 0xff, 0xff, 0xff, 0x7f]), 2, u32::MAX, 1).is_err());
    }

    #[test]
    fn expectations_are_rounded_alike_everywhere() {
        assert_eq!(count_expected(0, 0), 0);
        assert_eq!(count_expected(u32::MAX, 0), i64::from(u32::MAX));
        assert_eq!(count_expected(10, 1), 7);
        assert_eq!(count_expected(5, 2), 3);
        assert_eq!(count_expected(u32::MAX, u32::MAX), 2);
    }
}
