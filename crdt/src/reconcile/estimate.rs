//! How much two sets differ, told by 16 bytes before anything is compared.
//!
//! Each of sixteen counters is a sum over a set's logs of two bits, one drawn from the log's id and
//! one from its chain hash, less one: -1, 0 or 1. What both sides have is the same in both sums, so
//! the counters of two sets are as far apart as a walk of so many random steps as there are logs
//! that differ, new ones and changed ones alike: its square is half their number on average (Alon,
//! Matias, Szegedy, *The space complexity of approximating the frequency moments*, 1996). Sixteen
//! of them tell it to a third. The bits are drawn anew for each session, so nobody can say things
//! that are always counted wrong; who lies gets a sketch of the wrong size, and asks for more.

use crate::ids::{ChainHash, LogId};

use super::mapping::mix;

/// The lowest bit of each of sixteen bytes.
const ONES: u128 = 0x0101_0101_0101_0101_0101_0101_0101_0101;
/// All but the highest bit of each.
const BELOW: u128 = 0x7f7f_7f7f_7f7f_7f7f_7f7f_7f7f_7f7f_7f7f;

/// The fewest symbols that are sent unasked.
pub const FIRST_FLIGHT: u32 = 18;
/// The most symbols that are sent unasked.
pub const FIRST_FLIGHT_MAX: u32 = 8_192;

/// A set's counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    numbers: [u64; 2],
    sums: u128,
}

/// Sixteen sums side by side, each modulo 256.
fn add(a: u128, b: u128) -> u128 {
    ((a & BELOW) + (b & BELOW)) ^ ((a ^ b) & !BELOW)
}

impl Counters {
    /// Of an empty set; `seed` decides which bits are drawn, and is the same on both sides.
    pub fn new(seed: &[u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *seed;
        let numbers = [
            u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            u64::from_be_bytes([i, j, k, l, m, n, o, p]),
        ];
        Self { numbers, sums: 0 }
    }

    fn bits(&self, bytes: &[u8; 32]) -> u128 {
        let [a, b, c, d, e, f, g, h, ..] = *bytes;
        let of = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        let [one, other] = self.numbers.map(|number| mix(number ^ of));
        ((u128::from(one) << 64) | u128::from(other)) & ONES
    }

    /// Counts a log at its present chain hash.
    pub fn add(&mut self, log: &LogId, chain: &ChainHash) {
        let both = add(self.bits(log.as_bytes()), self.bits(chain.as_bytes()));
        self.sums = add(self.sums, add(both, u128::MAX));
    }

    /// As they travel.
    pub const fn to_bytes(&self) -> [u8; 16] {
        self.sums.to_be_bytes()
    }

    /// About how many logs the set with these counters and ours differ in. From some thousands on
    /// it says some thousands, whatever it is.
    pub fn difference(&self, theirs: [u8; 16]) -> u32 {
        let squares = self.to_bytes().into_iter().zip(theirs).map(|(ours, theirs)| {
            let apart = u32::from(ours.wrapping_sub(theirs).cast_signed().unsigned_abs());
            apart * apart
        });
        squares.sum::<u32>() / 8
    }
}

/// How many symbols to send unasked for an estimated difference: so many that they are enough more
/// often than not. Of a few elements each takes more symbols than of many.
pub fn first_flight(difference: u32) -> u32 {
    let difference = u64::from(difference);
    let few = difference * 29 / 20 + 4;
    let many = (difference * 9 / 5).saturating_sub(10);
    u32::try_from(few.max(many)).unwrap_or(u32::MAX).clamp(FIRST_FLIGHT, FIRST_FLIGHT_MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn hash(kind: u8, number: u32) -> [u8; 32] {
        let text = [&[kind][..], &number.to_be_bytes()].concat();
        *blake3::hash(&text).as_bytes()
    }

    fn counters(seed: u8, logs: impl Iterator<Item = (u32, u32)>) -> Counters {
        let mut counters = Counters::new(&hash(9, u32::from(seed))[..16].try_into().unwrap());
        for (log, chain) in logs {
            counters.add(&LogId::from_bytes(hash(1, log)), &ChainHash::from_bytes(hash(2, chain)));
        }
        counters
    }

    #[test]
    fn lanes_add_modulo_256() {
        let (a, b) = ([250, 1, 128, 255], [10, 255, 128, 255]);
        let wide = |bytes: [u8; 4]| u128::from(u32::from_be_bytes(bytes));
        assert_eq!(add(wide(a), wide(b)), wide([4, 0, 0, 254]));
    }

    #[test]
    fn equal_sets_differ_in_nothing() {
        let one = counters(1, (0..5_000).map(|n| (n, n)));
        let other = counters(1, (0..5_000).rev().map(|n| (n, n)));
        assert_eq!(one.difference(other.to_bytes()), 0);
    }

    /// What is new on one side and what has grown count alike, and the mean is right.
    #[test]
    fn differences_are_told_to_a_third() {
        for apart in [10, 200, 1_000] {
            for grown in [false, true] {
                let mut sum = 0;
                for seed in 0..60 {
                    let ours = counters(seed, (0..2_000).map(|n| (n, n)));
                    let theirs = (0..2_000).map(|n| match n < apart {
                        true if grown => (n, n + 10_000),
                        // Half of them on each side.
                        true if n % 2 == 0 => (n + 10_000, n + 10_000),
                        _ => (n, n),
                    });
                    let theirs = counters(seed, theirs);
                    sum += ours.difference(theirs.to_bytes());
                }
                let mean = f64::from(sum) / 60.0;
                let ratio = mean / f64::from(apart);
                assert!((0.8..1.2).contains(&ratio), "{apart}, {grown}: {mean}");
            }
        }
    }

    #[test]
    fn flights_grow_with_the_difference_and_have_bounds() {
        let flights: Vec<u32> =
            [0, 9, 10, 40, 1_000, 1 << 20, u32::MAX].into_iter().map(first_flight).collect();
        assert_eq!(flights, [18, 18, 18, 62, 1_790, 8_192, 8_192]);
    }
}
