//! Slices of blobs and sets of groups: whatever is changed in one, only the blob's own bytes pass.

use std::io;

use baro_node::blobs::{
    BlobSource, GroupSet, Outline, PAIR_BYTES, SLICE_GROUPS_MAX, VerifiedSlice, encode_slice,
    groups_of, outline_of,
};

use crate::input;

const SIZES: [usize; 6] = [1, 1_024, 16_384, 16_385, 100_000, 600_000];

struct Blob {
    bytes: Vec<u8>,
    outline: Outline,
}

impl BlobSource for Blob {
    fn data_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(offset).map_err(io::Error::other)?;
        bytes.copy_from_slice(&self.bytes[at..at + bytes.len()]);
        Ok(())
    }

    fn pair_at(&self, place: u64) -> io::Result<[u8; PAIR_BYTES]> {
        let at = usize::try_from(place).map_err(io::Error::other)? * PAIR_BYTES;
        Ok(self.outline.pairs[at..at + PAIR_BYTES].try_into().expect("a pair"))
    }
}

fn blob(size: usize) -> Blob {
    let bytes: Vec<u8> = (0..size).map(|at| (at * 31 + at / 251).to_le_bytes()[0]).collect();
    let outline = outline_of(&bytes);
    Blob { bytes, outline }
}

/// One input: which blob, which run, another size, then changes of the slice, or all of its bytes.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let [first, groups, more, rest @ ..] = rest else { return };
    let size = SIZES[usize::from(mode & 0x7f) % SIZES.len()];
    let (blob, real) = (blob(size), size as u64);
    let total = groups_of(real);
    let first = u32::from(*first) % total;
    let groups = (u32::from(*groups) % SLICE_GROUPS_MAX + 1).min(total - first);
    let mut encoded = rest.to_vec();
    if mode & 0x80 == 0 {
        encoded = encode_slice(&blob, real, first, groups).expect("a slice");
        for step in input::steps(rest) {
            let at = usize::from(u16::from_le_bytes([step.op, step.arg])) * 37 % encoded.len();
            match step.bytes {
                [] => encoded.truncate(at.max(1)),
                bytes => encoded.iter_mut().skip(at).zip(bytes).for_each(|(a, b)| *a ^= *b),
            }
        }
    }
    let claimed = real.saturating_add_signed(i64::from(i8::from_le_bytes([*more])));
    let verified = VerifiedSlice::verify(blob.outline.hash, claimed, first, groups, &encoded);
    if let Ok(slice) = verified {
        let at = usize::try_from(slice.offset()).expect("within the blob");
        assert_eq!(slice.data()[..], blob.bytes[at..at + slice.data().len()]);
        assert!(!slice.proves_size() || claimed == real, "the last group proves the size");
        for (place, pair) in slice.pairs() {
            assert_eq!(*pair, blob.pair_at(*place).expect("an inner node"));
        }
    }
    if let Some(set) = GroupSet::from_bytes(rest, total) {
        assert_eq!(GroupSet::from_bytes(&set.to_bytes(), total), Some(set));
    }
}

/// Each blob's first and last groups, unchanged and with one bit changed.
pub fn seeds() -> Vec<Vec<u8>> {
    let change = input::write([(3, 0, [1].as_slice())]);
    (0..6_u8)
        .flat_map(|mode| {
            [vec![mode, 0, 31, 0], vec![mode, 255, 3, 0], [&[mode, 0, 7, 0][..], &change].concat()]
        })
        .collect()
}
