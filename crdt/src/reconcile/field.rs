//! The field of 2^48 elements that a sketch's sums are in: polynomials over bits, modulo
//! x^48 + x^5 + x^3 + x^2 + 1.
//!
//! Adding is XOR. A product of a log's prefix and its value, summed beside the values themselves,
//! is what lets a changed log be told from two sums alone: their quotient is its prefix.

/// How many bits an element has.
const BITS: u32 = 48;
const MASK: u64 = (1 << BITS) - 1;
/// x^48 as a sum of lower powers: x^5 + x^3 + x^2 + 1.
const FOLD: u64 = 0b10_1101;

/// Every fourth bit, so that carries of whole products stay within the gap of three.
const LANES: [u64; 4] =
    [0x1111_1111_1111_1111, 0x2222_2222_2222_2222, 0x4444_4444_4444_4444, 0x8888_8888_8888_8888];
const WIDE: u128 = 0x1111_1111_1111_1111_1111_1111_1111_1111;

/// The product without carries of two numbers below 2^48: at most 12 ones meet in one place, which
/// fit into its four bits.
fn product(a: u64, b: u64) -> u128 {
    let [a0, a1, a2, a3] = LANES.map(|lane| a & lane);
    let [b0, b1, b2, b3] = LANES.map(|lane| b & lane);
    let times = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let z0 = times(a0, b0) ^ times(a1, b3) ^ times(a2, b2) ^ times(a3, b1);
    let z1 = times(a0, b1) ^ times(a1, b0) ^ times(a2, b3) ^ times(a3, b2);
    let z2 = times(a0, b2) ^ times(a1, b1) ^ times(a2, b0) ^ times(a3, b3);
    let z3 = times(a0, b3) ^ times(a1, b2) ^ times(a2, b1) ^ times(a3, b0);
    (z0 & WIDE) | (z1 & (WIDE << 1)) | (z2 & (WIDE << 2)) | (z3 & (WIDE << 3))
}

/// The product of two elements, each below 2^48.
pub(super) fn times(a: u64, b: u64) -> u64 {
    let mut wide = product(a & MASK, b & MASK);
    // The first fold leaves at most 53 bits, the second at most 48.
    for _ in 0..2 {
        let high = wide >> BITS;
        wide = (wide & u128::from(MASK)) ^ high ^ (high << 2) ^ (high << 3) ^ (high << 5);
    }
    let [low, _] = halves(wide);
    low
}

fn halves(wide: u128) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = wide.to_le_bytes();
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])]
}

/// What a number must be multiplied with to give 1, by Euclid's algorithm; 0 for 0.
pub(super) fn inverse(a: u64) -> u64 {
    let (mut u, mut v) = (a & MASK, MASK + 1 + FOLD);
    if u == 0 {
        return 0;
    }
    let (mut g, mut h) = (1_u64, 0_u64);
    while u != 1 {
        if u.leading_zeros() > v.leading_zeros() {
            (u, v, g, h) = (v, u, h, g);
        }
        let shift = v.leading_zeros() - u.leading_zeros();
        u ^= v << shift;
        g ^= h << shift;
    }
    g & MASK
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bit by bit, as on paper.
    fn slowly(a: u64, b: u64) -> u64 {
        let (mut a, mut sum) = (a & MASK, 0);
        for place in 0..BITS {
            if b >> place & 1 == 1 {
                sum ^= a;
            }
            a <<= 1;
            if a >> BITS == 1 {
                a = (a & MASK) ^ FOLD;
            }
        }
        sum
    }

    proptest! {
        #[test]
        fn products_are_those_made_bit_by_bit(a in 0..=MASK, b in 0..=MASK) {
            prop_assert_eq!(times(a, b), slowly(a, b));
            prop_assert_eq!(times(a, b), times(b, a));
        }

        #[test]
        fn a_quotient_gives_the_factor_back(a in 1..=MASK, b in 1..=MASK) {
            prop_assert_eq!(times(a, inverse(a)), 1);
            prop_assert_eq!(times(times(a, b), inverse(a)), b);
        }
    }

    #[test]
    fn edges() {
        assert_eq!(times(MASK, MASK), slowly(MASK, MASK));
        assert_eq!(times(1 << 47, 2), FOLD);
        assert_eq!(inverse(1), 1);
        assert_eq!(inverse(0), 0);
        assert_eq!(times(MASK, inverse(MASK)), 1);
    }
}
