//! Which groups of a blob are here: a bitmap with a known length.
//!
//! As bytes a set begins with one byte that says how it goes on: nothing, everything, the bitmap,
//! or the lengths of runs (absent, present, absent, …) as LEB128 numbers; the writer takes the
//! shortest. So a blob that is whole or untouched costs one byte wherever it is announced.

use std::ops::Range;

const NONE: u8 = 0;
const ALL: u8 = 1;
const BITMAP: u8 = 2;
const RUNS: u8 = 3;

const WORD: u32 = u64::BITS;

/// A set of group numbers below [`GroupSet::groups`].
#[derive(Clone, PartialEq, Eq)]
pub struct GroupSet {
    words: Vec<u64>,
    groups: u32,
    count: u32,
}

impl std::fmt::Debug for GroupSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GroupSet({} of {}: {:?})", self.count, self.groups, self.runs())
    }
}

impl GroupSet {
    /// No group of a blob of so many.
    pub fn none(groups: u32) -> Self {
        Self { words: vec![0; groups.div_ceil(WORD) as usize], groups, count: 0 }
    }

    /// All groups of a blob of so many.
    pub fn all(groups: u32) -> Self {
        let mut set = Self::none(groups);
        set.insert_run(0, groups);
        set
    }

    /// How many groups the blob has.
    pub const fn groups(&self) -> u32 {
        self.groups
    }

    /// How many of them are in the set.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Whether all are.
    pub const fn is_all(&self) -> bool {
        self.count == self.groups
    }

    /// Whether none is.
    pub const fn is_none(&self) -> bool {
        self.count == 0
    }

    /// Whether a group is.
    pub fn contains(&self, group: u32) -> bool {
        let word = self.words.get((group / WORD) as usize).copied().unwrap_or(0);
        group < self.groups && word & (1 << (group % WORD)) != 0
    }

    /// Whether all of a run are; also where the run is empty, not where it reaches past the end.
    pub fn contains_run(&self, first: u32, groups: u32) -> bool {
        let Some(end) = first.checked_add(groups).filter(|end| *end <= self.groups) else {
            return false;
        };
        masks(first, end)
            .all(|(at, mask)| self.words.get(at).is_some_and(|word| word & mask == mask))
    }

    /// Adds a group; whether it was not there. A number past the end adds nothing.
    pub fn insert(&mut self, group: u32) -> bool {
        if group >= self.groups || self.contains(group) {
            return false;
        }
        if let Some(word) = self.words.get_mut((group / WORD) as usize) {
            *word |= 1 << (group % WORD);
            self.count += 1;
        }
        true
    }

    /// Adds a run; how many of it were not there.
    pub fn insert_run(&mut self, first: u32, groups: u32) -> u32 {
        let before = self.count;
        for (at, mask) in masks(first, first.saturating_add(groups).min(self.groups)) {
            if let Some(word) = self.words.get_mut(at) {
                self.count += (mask & !*word).count_ones();
                *word |= mask;
            }
        }
        self.count - before
    }

    /// Removes a run.
    pub fn remove_run(&mut self, first: u32, groups: u32) {
        for (at, mask) in masks(first, first.saturating_add(groups).min(self.groups)) {
            if let Some(word) = self.words.get_mut(at) {
                self.count -= (mask & *word).count_ones();
                *word &= !mask;
            }
        }
    }

    /// Adds all of another set of the same blob; what is past the end is left out.
    pub fn union(&mut self, other: &Self) {
        for run in other.runs() {
            self.insert_run(run.start, run.end - run.start);
        }
    }

    /// What is in this set and not in the other.
    pub fn without(&self, other: &Self) -> Self {
        let mut set = self.clone();
        for (word, others) in set.words.iter_mut().zip(&other.words) {
            *word &= !others;
        }
        set.count = set.words.iter().map(|word| word.count_ones()).sum();
        set
    }

    /// The groups that are not in the set.
    pub fn missing(&self) -> Self {
        Self::all(self.groups).without(self)
    }

    /// The runs of groups that are in the set, ascending.
    pub fn runs(&self) -> Vec<Range<u32>> {
        let mut runs = Vec::new();
        let mut at = 0;
        while let Some(start) = self.next(at, true) {
            let end = self.next(start, false).unwrap_or(self.groups);
            runs.push(start..end);
            at = end;
        }
        runs
    }

    /// The first group from `at` on that is in the set (or is not).
    fn next(&self, at: u32, present: bool) -> Option<u32> {
        let mut at = at;
        while at < self.groups {
            let word = self.words.get((at / WORD) as usize).copied().unwrap_or(0);
            let word = if present { word } else { !word };
            let rest = word >> (at % WORD);
            if rest != 0 {
                return Some(at + rest.trailing_zeros()).filter(|found| *found < self.groups);
            }
            at = (at / WORD + 1) * WORD;
        }
        None
    }

    /// The set as bytes; how many groups the blob has is not in them.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.is_none() {
            return vec![NONE];
        }
        if self.is_all() {
            return vec![ALL];
        }
        let mut runs = vec![RUNS];
        let mut at = 0;
        for run in self.runs() {
            put_number(&mut runs, run.start - at);
            put_number(&mut runs, run.end - run.start);
            at = run.end;
        }
        let bitmap = self.groups.div_ceil(8) as usize;
        if runs.len() <= bitmap + 1 {
            return runs;
        }
        let bytes = self.words.iter().flat_map(|word| word.to_le_bytes()).take(bitmap);
        std::iter::once(BITMAP).chain(bytes).collect()
    }

    /// Reads a set of a blob of so many groups; `None` where the bytes are none. Bounded: no set
    /// takes more than a bitmap's memory.
    pub fn from_bytes(bytes: &[u8], groups: u32) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let mut set = Self::none(groups);
        match *kind {
            NONE if rest.is_empty() => {}
            ALL if rest.is_empty() => set = Self::all(groups),
            BITMAP if rest.len() == groups.div_ceil(8) as usize => {
                for (word, bytes) in set.words.iter_mut().zip(rest.chunks(8)) {
                    let mut whole = [0; 8];
                    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
                    *word = u64::from_le_bytes(whole);
                }
                set.count = set.words.iter().map(|word| word.count_ones()).sum();
                let past = set.next_past_end();
                if past {
                    return None;
                }
            }
            RUNS => {
                let (mut rest, mut at) = (rest, 0_u32);
                while !rest.is_empty() {
                    let absent = take_number(&mut rest)?;
                    let present = take_number(&mut rest)?;
                    let start = at.checked_add(absent)?;
                    at = start.checked_add(present)?;
                    if at > groups || present == 0 {
                        return None;
                    }
                    set.insert_run(start, present);
                }
            }
            _ => return None,
        }
        Some(set)
    }

    /// Whether a bit past the end is set.
    fn next_past_end(&self) -> bool {
        let used = self.groups % WORD;
        used != 0 && self.words.last().is_some_and(|word| word >> used != 0)
    }
}

/// The words that the groups from `first` to before `end` stand in, each with their bits in it.
fn masks(first: u32, end: u32) -> impl Iterator<Item = (usize, u64)> {
    let words = if first < end { first / WORD..end.div_ceil(WORD) } else { 0..0 };
    words.map(move |at| {
        let start = at * WORD;
        let low = first.saturating_sub(start);
        let high = (end - start).min(WORD);
        (at as usize, (u64::MAX << low) & (u64::MAX >> (WORD - high)))
    })
}

fn put_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(first & 0x7f).checked_mul(1 << shift)?;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_is_what_was_put_in(
            groups in 0..300_u32,
            put in proptest::collection::vec((0..320_u32, 0..90_u32), 0..6),
            taken in proptest::collection::vec((0..320_u32, 0..40_u32), 0..3),
        ) {
            let (mut set, mut oracle) = (GroupSet::none(groups), BTreeSet::new());
            for (first, run) in put {
                let before = oracle.len();
                oracle.extend((first..first + run).filter(|group| *group < groups));
                prop_assert_eq!(set.insert_run(first, run) as usize, oracle.len() - before);
            }
            for (first, run) in taken {
                set.remove_run(first, run);
                oracle.retain(|group| !(first..first + run).contains(group));
            }
            prop_assert_eq!(set.count() as usize, oracle.len());
            let listed: Vec<u32> = set.runs().into_iter().flatten().collect();
            prop_assert_eq!(&listed, &oracle.iter().copied().collect::<Vec<_>>());
            prop_assert!(listed.iter().all(|group| set.contains(*group)));
            let bytes = set.to_bytes();
            prop_assert!(bytes.len() <= 1 + groups.div_ceil(8) as usize);
            prop_assert_eq!(GroupSet::from_bytes(&bytes, groups), Some(set.clone()));
            let missing = set.missing();
            prop_assert_eq!(missing.count() + set.count(), groups);
            let mut whole = missing.clone();
            whole.union(&set);
            prop_assert!(whole.is_all());
            prop_assert_eq!(GroupSet::all(groups).without(&missing), set);
        }

        #[test]
        fn any_bytes_are_read_without_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..40),
            groups in 0..200_u32,
        ) {
            if let Some(set) = GroupSet::from_bytes(&bytes, groups) {
                prop_assert!(set.count() <= groups);
                prop_assert_eq!(GroupSet::from_bytes(&set.to_bytes(), groups), Some(set));
            }
        }
    }

    #[test]
    fn ends_cost_one_byte() {
        assert_eq!(GroupSet::none(65_536).to_bytes(), [NONE]);
        assert_eq!(GroupSet::all(65_536).to_bytes(), [ALL]);
        assert!(GroupSet::from_bytes(&[RUNS, 0xff, 0xff, 0xff, 0xff, 0xff, 1], 9).is_none());
        assert!(GroupSet::from_bytes(&[BITMAP, 0b1000_0000], 7).is_none());
    }
}
