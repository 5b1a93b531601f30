//! Which symbols an element is part of: the paper's rateless mapping.
//!
//! An element is part of symbol 0, and of symbol i with probability ρ(i) = 1 / (1 + i/2). Rather
//! than a coin for each symbol there is one random number for each *step*: from symbol i the next
//! one lies G symbols on, where P(G > k) is the product of the ρ complements up to i+k, close to
//! ((i + 1.5) / (i + k + 1.5))². Solved for a uniform u that is
//! G = ⌈(i + 1.5) · (1/√u − 1)⌉, so an element touches about 2·ln(m) of the first m symbols.
//!
//! Both sides must walk the same path on any machine, hence only additions, multiplications,
//! divisions, square roots and rounding up of 64-bit floats, all exactly specified by IEEE 754.

/// The last step of SplitMix64: every bit of the number decides about every bit of the result.
pub(super) const fn mix(number: u64) -> u64 {
    let mut mixed = number;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The index of an element that is part of no further symbol.
pub(super) const NEVER: u32 = u32::MAX;

/// A walk along the symbols that one element is part of.
#[derive(Clone, Copy)]
pub(super) struct Mapping {
    random: u64,
    index: u32,
}

impl Mapping {
    /// The walk of the element with this seed, at symbol 0.
    pub(super) const fn new(seed: u64) -> Self {
        Self { random: seed, index: 0 }
    }

    /// The symbol that the walk stands at, or [`NEVER`].
    pub(super) const fn index(&self) -> u32 {
        self.index
    }

    /// Goes to the next symbol, always a later one.
    pub(super) fn advance(&mut self) {
        let gap = (f64::from(self.index) + 1.5) * (1.0 / self.uniform().sqrt() - 1.0);
        // Rounded up by hand: without a processor's own instruction that is a call.
        #[expect(clippy::cast_possible_truncation, reason = "it ends at the largest number")]
        let down = gap as i64;
        let up = down.saturating_add(i64::from((down as f64) < gap)).max(1);
        let next = i64::from(self.index).saturating_add(up);
        self.index = u32::try_from(next).unwrap_or(NEVER);
    }

    /// Whether the walk from this seed comes by `index`.
    pub(super) fn hits(seed: u64, index: u32) -> bool {
        let mut walk = Self::new(seed);
        while walk.index < index {
            walk.advance();
        }
        walk.index == index
    }

    /// A number in (0, 1], a multiple of 2^-53 and so exact: the upper bits of SplitMix64.
    fn uniform(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        // As a signed number, which takes one instruction.
        ((mix(self.random) >> 11) + 1).cast_signed() as f64 * (1.0 / 9_007_199_254_740_992.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn walk(seed: u64, steps: usize) -> Vec<u32> {
        let mut mapping = Mapping::new(seed);
        let mut path = vec![];
        for _ in 0..steps {
            path.push(mapping.index());
            mapping.advance();
        }
        path
    }

    #[test]
    fn paths_are_those_of_another_implementation() {
        // Computed with Python's floats.
        assert_eq!(
            walk(0x0, 16),
            [0, 1, 3, 27, 28, 89, 157, 379, 432, 874, 896, 1424, 1633, 2257, 3030, 3601]
        );
        assert_eq!(walk(0x1, 16), [0, 1, 2, 3, 6, 10, 12, 13, 19, 37, 42, 67, 87, 130, 180, 274]);
        assert_eq!(
            walk(0xdeadbeefcafef00d, 16),
            [0, 1, 2, 10, 11, 18, 77, 89, 91, 164, 199, 280, 288, 294, 413, 443]
        );
    }

    #[test]
    fn symbol_i_is_hit_with_probability_rho() {
        let seeds = 20_000_u32;
        let mut hits = [0_u32; 64];
        for seed in 0..u64::from(seeds) {
            let mut mapping = Mapping::new(seed.wrapping_mul(0x1234_5678_9abc_def1));
            while let Some(count) = hits.get_mut(mapping.index() as usize) {
                *count += 1;
                mapping.advance();
            }
        }
        assert_eq!(hits[0], seeds);
        for (index, count) in hits.iter().enumerate() {
            let rho = 1.0 / (1.0 + index as f64 / 2.0);
            let found = f64::from(*count) / f64::from(seeds);
            // The continuous formula is an approximation, at most a few per cent off at the start.
            assert!((found - rho).abs() < 0.04, "symbol {index}: {found} instead of {rho}");
        }
    }

    #[test]
    fn walks_go_forward_and_end() {
        for seed in 0..200 {
            let mut mapping = Mapping::new(seed);
            let mut steps = 0;
            while mapping.index() != NEVER {
                let before = mapping.index();
                assert!(Mapping::hits(seed, before));
                mapping.advance();
                assert!(mapping.index() > before);
                steps += 1;
            }
            assert!(steps < 200, "{steps} steps");
            mapping.advance();
            assert_eq!(mapping.index(), NEVER);
        }
    }
}
