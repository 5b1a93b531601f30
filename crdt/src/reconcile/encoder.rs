//! A set's symbols, as many as are asked for.
//!
//! The elements lie in one list sorted by prefix, each with the next symbol it is part of. Making
//! symbols up to n is one pass over the list: each element is put into its symbols below n and waits
//! there for the next pass. Passes double (32, 64, 128, ... symbols), whatever is asked for, so m
//! symbols cost log2(m) passes; at a million elements a pass is quicker than the heap of the paper's
//! implementation, whose every step is a cache miss.

use std::ops::Range;

use super::element::{Coded, Element, SketchKey};
use super::symbol::{self, Symbol};
use super::{FIRST_FLIGHT, SYMBOLS_MAX};

/// Makes the symbols of one frozen set. 42 bytes for each element, 16 for each symbol.
pub struct Encoder {
    /// Sorted, each prefix once.
    elements: Vec<Element>,
    coded: Vec<Coded>,
    set_size: u32,
    symbols: Vec<Symbol>,
}

impl Encoder {
    /// Freezes a set. Also returned are the elements whose prefix another has as well: different
    /// items that look alike in this session. The sketch has the first of each prefix only, so the
    /// caller offers the others' items explicitly.
    ///
    /// # Panics
    ///
    /// With more than `u32::MAX` elements, of which no machine we run on has room.
    pub fn new(key: &SketchKey, mut elements: Vec<Element>) -> (Self, Vec<Element>) {
        // By prefix, and by value too where there is something to choose: numbers are sorted several
        // times as fast as bytes.
        elements.sort_unstable_by_key(Element::prefix);
        for same in elements.chunk_by_mut(|a, b| a.prefix() == b.prefix()) {
            same.sort_unstable();
        }
        let mut alike = Vec::new();
        elements.dedup_by(|later, first| {
            let same = later.prefix() == first.prefix();
            if same {
                alike.push(*later);
            }
            same
        });
        alike.dedup();
        let size = u32::try_from(elements.len());
        assert!(size.is_ok(), "{} elements in one set", elements.len());
        let coded = elements.iter().map(|element| Coded::new(key, *element)).collect();
        (Self { elements, coded, set_size: size.unwrap_or(u32::MAX), symbols: vec![] }, alike)
    }

    /// How many elements the sketch has.
    pub fn set_size(&self) -> u32 {
        self.set_size
    }

    /// The value of the element with this prefix, 0 where there is none.
    pub(super) fn value_of(&self, prefix: u64) -> u32 {
        let place = self.elements.binary_search_by_key(&prefix, Element::prefix);
        place.ok().and_then(|place| self.elements.get(place)).map_or(0, Element::value)
    }

    /// Makes the first `n` symbols ready, at most [`SYMBOLS_MAX`].
    pub fn extend_to(&mut self, n: u32) {
        if n as usize <= self.symbols.len() {
            return;
        }
        let ready = n.clamp(FIRST_FLIGHT, SYMBOLS_MAX).next_power_of_two() as usize;
        self.symbols.resize(ready, Symbol::default());
        for coded in &mut self.coded {
            while let Some(symbol) = self.symbols.get_mut(coded.mapping.index() as usize) {
                symbol.apply(coded);
                coded.mapping.advance();
            }
        }
    }

    /// The symbols of a range, made where they were not yet; what lies beyond [`SYMBOLS_MAX`]
    /// is left out. All symbols before the end are made too, so who answers a stranger bounds
    /// the end by what was announced.
    pub fn symbols(&mut self, range: Range<u32>) -> &[Symbol] {
        self.extend_to(range.end);
        let end = (range.end as usize).min(self.symbols.len());
        self.symbols.get(range.start as usize..end).unwrap_or_default()
    }

    /// The symbols of a range as they travel, [`SYMBOL_BYTES`](super::SYMBOL_BYTES) each.
    pub fn encode_symbols(&mut self, range: Range<u32>) -> Vec<u8> {
        symbol::encode(self.symbols(range))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::super::SYMBOL_BYTES;
    use super::super::mapping::Mapping;
    use super::*;

    fn key() -> SketchKey {
        SketchKey::from_nonces(&[1; 16], &[2; 16])
    }

    fn elements(n: u32) -> Vec<Element> {
        (0..n)
            .map(|i| Element::for_record(&key(), blake3::hash(&i.to_le_bytes()).as_bytes()))
            .collect()
    }

    #[test]
    fn symbols_are_the_sums_of_their_elements() {
        let mut encoder = Encoder::new(&key(), elements(50)).0;
        let symbols = encoder.symbols(0..100).to_vec();
        assert_eq!(symbols.len(), 100);
        for (symbol, index) in symbols.iter().zip(0..) {
            let mut expected = Symbol::default();
            for element in elements(50) {
                if Mapping::hits(key().seed_of(element.prefix()), index) {
                    expected.apply(&Coded::new(&key(), element));
                }
            }
            assert_eq!(*symbol, expected, "symbol {index}");
        }
    }

    #[test]
    fn steps_do_not_matter() {
        let mut at_once = Encoder::new(&key(), elements(40)).0;
        let mut reversed = elements(40);
        reversed.reverse();
        let mut in_steps = Encoder::new(&key(), reversed).0;
        for n in 0..200 {
            in_steps.extend_to(n);
        }
        assert_eq!(at_once.symbols(0..200), in_steps.symbols(0..200));
        assert_eq!(at_once.symbols(7..9), &in_steps.symbols(0..200)[7..9]);
    }

    #[test]
    fn symbols_look_the_same_on_every_machine() {
        let bytes = Encoder::new(&key(), elements(1000)).0.encode_symbols(0..64);
        assert_eq!(blake3::hash(&bytes).to_hex()[..16], *"eae947bec95e692e");
        assert_eq!(bytes.len(), 64 * SYMBOL_BYTES);
    }

    #[test]
    fn elements_alike_are_reported_and_count_once() {
        let mut doubled = elements(5);
        // The same again, and another value of the same prefix.
        let other = Element::from_parts(doubled[3].prefix(), u32::MAX);
        doubled.extend([doubled[1], other, doubled[1]]);
        let (mut encoder, mut alike) = Encoder::new(&key(), doubled.clone());
        alike.sort_unstable();
        let mut expected = vec![doubled[1], other];
        expected.sort_unstable();
        assert_eq!(alike, expected);
        assert_eq!(encoder.set_size(), 5);
        assert_eq!(encoder.symbols(0..8), Encoder::new(&key(), elements(5)).0.symbols(0..8));
        assert_eq!(encoder.value_of(doubled[2].prefix()), doubled[2].value());
        assert_eq!(encoder.value_of(doubled[2].prefix() ^ 1), 0);
    }

    #[test]
    fn ranges_out_of_bounds_are_clipped() {
        let mut encoder = Encoder::new(&key(), elements(3)).0;
        assert!(encoder.symbols(5..5).is_empty());
        #[expect(clippy::reversed_empty_ranges, reason = "a caller may")]
        let reversed = 9..5;
        assert!(encoder.symbols(reversed).is_empty());
        assert!(encoder.symbols(u32::MAX - 1..u32::MAX).is_empty());
        assert_eq!(encoder.symbols(SYMBOLS_MAX - 1..u32::MAX).len(), 1);
    }
}
