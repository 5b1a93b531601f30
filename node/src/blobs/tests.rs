//! Slices, against the plain hash of the bytes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

use std::io;

use baro_crdt::ids::BlobHash;
use proptest::prelude::*;

use super::*;

/// A blob in memory.
struct Whole {
    data: Vec<u8>,
    pairs: Vec<u8>,
}

impl BlobSource for Whole {
    fn data_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let at = offset as usize;
        bytes.copy_from_slice(&self.data[at..at + bytes.len()]);
        Ok(())
    }

    fn pair_at(&self, place: u64) -> io::Result<[u8; PAIR_BYTES]> {
        let at = place as usize * PAIR_BYTES;
        Ok(self.pairs[at..at + PAIR_BYTES].try_into().unwrap())
    }
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| ((at * 31 + at / 251) % 256) as u8).collect()
}

fn whole(size: usize) -> (BlobHash, Whole) {
    let data = bytes(size);
    let Outline { hash, pairs } = outline_of(&data);
    (hash, Whole { data, pairs })
}

const SIZES: [usize; 12] =
    [1, 1024, 16_383, 16_384, 16_385, 32_768, 40_000, 49_152, 65_537, 120_000, 540_000, 1_050_001];

#[test]
fn the_hash_is_plain_blake3() {
    for size in SIZES {
        let (hash, whole) = whole(size);
        assert_eq!(hash, BlobHash::of(&whole.data), "{size}");
        assert_eq!(whole.pairs.len() as u64, outboard_bytes(size as u64));
        assert_eq!(whole.pairs.len(), (groups_of(size as u64) as usize - 1) * PAIR_BYTES);
    }
}

#[test]
fn every_slice_proves_itself() {
    for size in SIZES {
        let (hash, whole) = whole(size);
        let (size, total) = (size as u64, groups_of(size as u64));
        for first in 0..total {
            for groups in [1, 2, 7, SLICE_GROUPS_MAX] {
                if first + groups > total {
                    continue;
                }
                let encoded = encode_slice(&whole, size, first, groups).unwrap();
                assert_eq!(encoded.len() as u64, slice_bytes(size, first, groups).unwrap());
                assert!(encoded.len() <= SLICE_BYTES_MAX);
                let slice = VerifiedSlice::verify(hash, size, first, groups, &encoded).unwrap();
                let at = slice.offset() as usize;
                assert_eq!(slice.data().len() as u64, bytes_in(size, first, groups));
                assert_eq!(&slice.data()[..], &whole.data[at..at + slice.data().len()]);
                assert_eq!(slice.proves_size(), first + groups == total);
                for (place, pair) in slice.pairs() {
                    assert_eq!(whole.pair_at(*place).unwrap(), *pair);
                }
            }
        }
    }
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    let (hash, whole) = whole(120_000);
    let encoded = encode_slice(&whole, 120_000, 0, 2).unwrap();
    let verify = |size, first, groups| VerifiedSlice::verify(hash, size, first, groups, &encoded);
    assert_eq!(verify(0, 0, 1), Err(SliceError::Size(0)));
    assert_eq!(verify(u64::MAX, 0, 1), Err(SliceError::Size(u64::MAX)));
    for (first, groups) in [(0, 0), (0, 33), (8, 1), (7, 2), (u32::MAX, 1), (1, u32::MAX)] {
        assert_eq!(verify(120_000, first, groups), Err(SliceError::Range { first, groups }));
        assert!(encode_slice(&whole, 120_000, first, groups).is_err());
    }
    // Another size with the same shape: only the last group tells, and it does.
    let last = encode_slice(&whole, 120_000, 7, 1).unwrap();
    assert!(VerifiedSlice::verify(hash, 120_000, 7, 1, &last).is_ok());
    for size in [119_999, 120_001] {
        assert!(VerifiedSlice::verify(hash, size, 7, 1, &last).is_err(), "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_slice_is_never_believed(
        size in 1..150_000_usize,
        first in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
        cut in any::<prop::sample::Index>(),
    ) {
        let (hash, whole) = whole(size);
        let total = groups_of(size as u64);
        let first = first.index(total as usize) as u32;
        let groups = (total - first).min(3);
        let good = encode_slice(&whole, size as u64, first, groups).unwrap();
        let verify = |bytes: &[u8]| VerifiedSlice::verify(hash, size as u64, first, groups, bytes);
        prop_assert!(verify(&good).is_ok());
        let mut changed = good.clone();
        let at = at.index(changed.len());
        changed[at] ^= flip;
        prop_assert!(verify(&changed).is_err());
        prop_assert!(verify(&good[..cut.index(good.len())]).is_err());
        let mut longer = good.clone();
        longer.push(0);
        prop_assert!(verify(&longer).is_err());
    }

    #[test]
    fn any_bytes_are_refused_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
        size in any::<u64>(),
        first in any::<u32>(),
        groups in any::<u32>(),
    ) {
        let hash = BlobHash::from_bytes([3; 32]);
        prop_assert!(VerifiedSlice::verify(hash, size, first, groups, &bytes).is_err());
        prop_assert!(VerifiedSlice::verify(hash, size % 100_000, first % 8, 1, &bytes).is_err());
    }
}
