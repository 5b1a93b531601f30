//! From another set's symbols to what the two sets differ in.
//!
//! Of each symbol that arrives, one's own is taken away, so that what is left are sums over the
//! prefixes whose values differ: of what two values of a log differ by, or of the value where one
//! side has none. A symbol that is left with one prefix gives it away: it is the sum of products
//! divided by the sum of values. Whether it was one shows in the checksum, which the prefix must
//! have with one's own value and with the other's together, and in the prefix's walk, which must
//! come by that symbol. Taken out of all its other symbols, it may leave them with one. When
//! symbol 0, which every prefix is part of, is left with none, all are known.
//!
//! The symbols come from a stranger who knows the key. A prefix comes out once at most, and not
//! more come out than there are symbols. Whatever breaks that ends in [`Status::Failed`]; each step
//! uses up one of these, so all ends.

use std::collections::BTreeMap;

use super::SYMBOLS_MAX;
use super::element::{Coded, Element, SketchKey};
use super::encoder::Encoder;
use super::field;
use super::mapping::Mapping;
use super::symbol::Symbol;

/// How far a decoder has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not decided yet: ask for more symbols.
    NeedMore,
    /// The difference, each list sorted. A log that is on both sides with two values is in both.
    Done {
        /// What the other side has and we do not.
        only_theirs: Vec<Element>,
        /// What we have and the other side does not.
        only_ours: Vec<Element>,
    },
    /// The symbols contradict each other, or there were as many as allowed: compare lists.
    Failed,
}

/// What came out of a prefix: the other side's value and ours, 0 where there is none.
#[derive(Clone, Copy)]
struct Values {
    theirs: u32,
    ours: u32,
}

/// Decodes the symbols of another set against one's own.
pub struct Decoder {
    key: SketchKey,
    own: Encoder,
    /// The sums that are left, without our elements and those peeled.
    left: Vec<Symbol>,
    left_max: usize,
    /// Indexes whose symbol may have come down to one prefix.
    candidates: Vec<u32>,
    /// What came out, each at its first symbol that has not arrived yet.
    peeled: Vec<Coded>,
    found: BTreeMap<u64, Values>,
    failed: bool,
}

impl Decoder {
    /// Freezes one's own set, for at most `symbols_max` symbols of the other's; see
    /// [`symbols_max`](super::symbols_max). Elements alike are returned as [`Encoder::new`] does.
    pub fn new(
        key: &SketchKey,
        own_elements: Vec<Element>,
        symbols_max: u32,
    ) -> (Self, Vec<Element>) {
        let (own, alike) = Encoder::new(key, own_elements);
        let decoder = Self {
            key: key.clone(),
            own,
            left: vec![],
            left_max: symbols_max.min(SYMBOLS_MAX) as usize,
            candidates: vec![],
            peeled: vec![],
            found: BTreeMap::new(),
            failed: false,
        };
        (decoder, alike)
    }

    /// How many elements of our set the sketch has.
    pub fn set_size(&self) -> u32 {
        self.own.set_size()
    }

    /// How many symbols have been taken in: the index of the next one to ask for.
    pub fn symbols_taken(&self) -> u32 {
        u32::try_from(self.left.len()).unwrap_or(u32::MAX)
    }

    /// Takes in the next symbols, in order; those past the maximum are dropped.
    pub fn add_symbols(&mut self, symbols: &[Symbol]) {
        let from = self.symbols_taken();
        let room = self.left_max.saturating_sub(self.left.len());
        let symbols = symbols.get(..room).unwrap_or(symbols);
        let to = from.saturating_add(u32::try_from(symbols.len()).unwrap_or(u32::MAX));
        let own = self.own.symbols(from..to);
        self.left.extend(symbols.iter().zip(own).map(|(theirs, own)| theirs.minus(own)));
        for coded in &mut self.peeled {
            while let Some(symbol) = self.left.get_mut(coded.mapping.index() as usize) {
                symbol.apply(coded);
                coded.mapping.advance();
            }
        }
        self.candidates.extend(from..to);
    }

    /// Decodes as far as the symbols reach. Its work is bounded by the number of symbols.
    pub fn try_decode(&mut self) -> Status {
        while !self.failed
            && let Some(index) = self.candidates.pop()
        {
            self.peel(index);
        }
        let empty = self.left.first().is_some_and(Symbol::is_empty);
        // Every prefix is part of symbol 0: with it empty, all must be.
        if self.failed || (empty && !self.left.iter().all(Symbol::is_empty)) {
            self.failed = true;
            Status::Failed
        } else if empty {
            Status::Done {
                only_theirs: self.side(|values| values.theirs),
                only_ours: self.side(|values| values.ours),
            }
        } else if self.left.len() >= self.left_max {
            Status::Failed
        } else {
            Status::NeedMore
        }
    }

    /// Takes the prefix out of a symbol that has only one left.
    fn peel(&mut self, index: u32) {
        let Some(&Symbol { product, value, checksum }) = self.left.get(index as usize) else {
            return;
        };
        if value == 0 {
            return;
        }
        let prefix = field::times(product, field::inverse(u64::from(value)));
        let ours = self.own.value_of(prefix);
        let theirs = ours ^ value;
        let expected = self.key.checksum(prefix, ours) ^ self.key.checksum(prefix, theirs);
        if checksum != expected || !Mapping::hits(self.key.seed_of(prefix), index) {
            return;
        }
        if self.found.len() >= self.left.len()
            || self.found.insert(prefix, Values { theirs, ours }).is_some()
        {
            self.failed = true;
            return;
        }
        let mut coded = Coded { product, value, checksum, mapping: self.key.walk(prefix) };
        while let Some(symbol) = self.left.get_mut(coded.mapping.index() as usize) {
            symbol.apply(&coded);
            self.candidates.push(coded.mapping.index());
            coded.mapping.advance();
        }
        self.peeled.push(coded);
    }

    fn side(&self, value: impl Fn(&Values) -> u32) -> Vec<Element> {
        let values = self.found.iter().map(|(prefix, values)| (*prefix, value(values)));
        values
            .filter(|(_, value)| *value != 0)
            .map(|(prefix, value)| Element::from_parts(prefix, value))
            .collect()
    }
}
