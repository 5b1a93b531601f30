//! From another set's symbols to what the two sets differ in.
//!
//! Of each symbol that arrives, one's own is taken away, so that what is left are sums over the
//! difference only. A symbol that is left with one element (count 1 or -1, and the checksum says
//! so) gives that element away; taken out of all its other symbols, it may leave them with one.
//! When symbol 0, which every element is part of, is left with none, all are known.
//!
//! The symbols come from a stranger who knows the key. So an element that comes out must be one
//! that could: it is not in our set where it should be only theirs, it is where it should be only
//! ours, it did not come out before, and not more come out than there are symbols. Whatever
//! breaks that ends in [`Status::Failed`]; each step uses up one of these, so all ends.

use std::collections::BTreeSet;

use super::SYMBOLS_MAX;
use super::element::{Coded, Element, SketchKey};
use super::encoder::Encoder;
use super::symbol::Symbol;

/// How far a decoder has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not decided yet: ask for more symbols.
    NeedMore,
    /// The difference, each list sorted.
    Done {
        /// What the other side has and we do not.
        only_theirs: Vec<Element>,
        /// What we have and the other side does not.
        only_ours: Vec<Element>,
    },
    /// The symbols contradict each other, or there were as many as allowed: try once more with
    /// new nonces, then compare lists.
    Failed,
}

struct Peeled {
    coded: Coded,
    sign: i64,
}

/// Decodes the symbols of another set against one's own.
pub struct Decoder {
    key: SketchKey,
    own: Encoder,
    /// The sums that are left, without our elements and those peeled.
    left: Vec<Symbol>,
    left_max: usize,
    /// Indexes whose symbol may have come down to one element.
    candidates: Vec<u32>,
    /// What came out, each at its first symbol that has not arrived yet.
    peeled: Vec<Peeled>,
    peeled_words: BTreeSet<u128>,
    failed: bool,
}

impl Decoder {
    /// Freezes one's own set, for at most `symbols_max` symbols of the other's; see
    /// [`symbols_max`](super::symbols_max). Elements given more than once are returned as
    /// [`Encoder::new`] does.
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
            peeled_words: BTreeSet::new(),
            failed: false,
        };
        (decoder, alike)
    }

    /// How many different elements our set has.
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
        for Peeled { coded, sign } in &mut self.peeled {
            while let Some(symbol) = self.left.get_mut(coded.mapping.index() as usize) {
                symbol.apply(coded, -*sign);
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
        // Every element is part of symbol 0: with it empty, all must be.
        if self.failed || (empty && !self.left.iter().all(Symbol::is_empty)) {
            self.failed = true;
            Status::Failed
        } else if empty {
            Status::Done { only_theirs: self.side(1), only_ours: self.side(-1) }
        } else if self.left.len() >= self.left_max {
            Status::Failed
        } else {
            Status::NeedMore
        }
    }

    /// Takes the element out of a symbol that has only one left.
    fn peel(&mut self, index: u32) {
        let Some(&Symbol { word, checksum, count: sign }) = self.left.get(index as usize) else {
            return;
        };
        if sign != 1 && sign != -1 {
            return;
        }
        let Some(mut coded) = Coded::plausible(&self.key, word, checksum, index) else {
            return;
        };
        if self.own.contains(word) != (sign == -1)
            || self.peeled.len() >= self.left.len()
            || !self.peeled_words.insert(word)
        {
            self.failed = true;
            return;
        }
        while let Some(symbol) = self.left.get_mut(coded.mapping.index() as usize) {
            symbol.apply(&coded, -sign);
            if symbol.count == 1 || symbol.count == -1 {
                self.candidates.push(coded.mapping.index());
            }
            coded.mapping.advance();
        }
        self.peeled.push(Peeled { coded, sign });
    }

    fn side(&self, sign: i64) -> Vec<Element> {
        let side = self.peeled.iter().filter(|peeled| peeled.sign == sign);
        let mut elements: Vec<_> =
            side.map(|peeled| Element::from_word(peeled.coded.word)).collect();
        elements.sort_unstable();
        elements
    }
}
