//! Symbols of a stranger's set, and the decoder that looks for what is different.
//!
//! Any bytes, and the symbols of an honest set with some bytes changed. The decoder ends within
//! as many symbols as allowed; what it finds can be a difference; and nothing
//! changed means that it finds the difference and nothing else.

use baro_crdt::reconcile::{
    Decoder, Element, Encoder, SYMBOL_BYTES, SketchKey, Status, decode_symbols, symbols_max,
};

use crate::input;

const SYMBOLS_MAX: u32 = 512;

fn key() -> SketchKey {
    SketchKey::from_nonces(&[1; 16], &[2; 16])
}

/// The elements of a range of numbers.
fn elements(range: std::ops::Range<u32>) -> Vec<Element> {
    elements_under(&key(), range)
}

fn elements_under(key: &SketchKey, range: std::ops::Range<u32>) -> Vec<Element> {
    let element = |n: u32| Element::for_record(key, blake3::hash(&n.to_be_bytes()).as_bytes());
    let mut elements: Vec<_> = range.map(element).collect();
    elements.sort_unstable();
    elements
}

fn assert_possible(own: &[Element], status: &Status) {
    let Status::Done { only_theirs, only_ours } = status else { return };
    assert!(only_theirs.is_sorted_by(|a, b| a < b) && only_ours.is_sorted_by(|a, b| a < b));
    assert!(only_ours.iter().all(|element| own.contains(element)));
    assert!(only_theirs.iter().all(|element| !own.contains(element)));
}

/// Whether two sets decode under another key. A checksum of 24 bits fits what it should not in one
/// of 100,000 sessions of some hundred elements; the next one is under another key.
fn decodes_the_next_time(own: std::ops::Range<u32>, other: std::ops::Range<u32>) -> bool {
    let key = SketchKey::from_nonces(&[3; 16], &[4; 16]);
    let mut encoder = Encoder::new(&key, elements_under(&key, other)).0;
    let (mut decoder, _) = Decoder::new(&key, elements_under(&key, own), SYMBOLS_MAX * 2);
    let bytes = encoder.encode_symbols(0..SYMBOLS_MAX * 2);
    decoder.add_symbols(&decode_symbols(&bytes, bytes.len()).expect("honest symbols"));
    matches!(decoder.try_decode(), Status::Done { .. })
}

/// One input: the sizes of the two sets and what they have in common, then changes of the bytes,
/// or the bytes themselves.
pub fn run(data: &[u8]) {
    let [mode, ours, theirs, shift, flight, rest @ ..] = data else { return };
    let (ours, theirs, shift) = (u32::from(*ours), u32::from(*theirs), u32::from(*shift));
    let own = elements(0..ours);
    let other = elements(shift..shift + theirs);
    let (mut decoder, alike) =
        Decoder::new(&key(), own.clone(), symbols_max(ours + theirs).min(SYMBOLS_MAX));
    assert!(alike.is_empty());
    let flight = u32::from(*flight).max(1);
    if mode & 1 == 0 {
        for part in rest.chunks(SYMBOL_BYTES * flight as usize) {
            match decode_symbols(part, flight as usize) {
                Ok(symbols) => {
                    assert!(symbols.len() <= flight as usize);
                    decoder.add_symbols(&symbols);
                }
                Err(_) => return,
            }
            let status = decoder.try_decode();
            assert_possible(&own, &status);
            if status != Status::NeedMore {
                return;
            }
        }
        return;
    }
    let mut encoder = Encoder::new(&key(), other.clone()).0;
    let mut changes = input::steps(rest).into_iter();
    let mut changed = false;
    loop {
        let from = decoder.symbols_taken();
        assert!(from < SYMBOLS_MAX + 1_024, "a decoder that does not end");
        let mut bytes = encoder.encode_symbols(from..from + flight);
        if let Some(step) = changes.next() {
            let at = usize::from(step.arg);
            for (to, with) in bytes.iter_mut().skip(at).zip(step.bytes) {
                *to ^= with;
                changed |= *with != 0;
            }
        }
        let Ok(symbols) = decode_symbols(&bytes, flight as usize) else {
            assert!(changed, "honest symbols are refused");
            return;
        };
        decoder.add_symbols(&symbols);
        let status = decoder.try_decode();
        assert_possible(&own, &status);
        match status {
            Status::NeedMore => {}
            Status::Failed => {
                let fits = changed || decoder.symbols_taken() >= SYMBOLS_MAX;
                assert!(
                    fits || decodes_the_next_time(0..ours, shift..shift + theirs),
                    "honest symbols fail"
                );
                return;
            }
            Status::Done { only_theirs, only_ours } => {
                if !changed {
                    let missing = |of: &[Element], set: &[Element]| -> Vec<Element> {
                        of.iter().filter(|element| !set.contains(element)).copied().collect()
                    };
                    assert_eq!(only_theirs, missing(&other, &own));
                    assert_eq!(only_ours, missing(&own, &other));
                }
                return;
            }
        }
    }
}

/// Sets of several sizes, untouched, touched, and as bytes.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (ours, theirs, shift) in [(0, 0, 0), (5, 5, 2), (40, 60, 0), (200, 190, 30), (0, 9, 0)] {
        let head = [ours, theirs, shift, 32];
        seeds.push([&[1], head.as_slice()].concat());
        let step = input::write([(0, 17, &[1][..])]);
        seeds.push([&[1], head.as_slice(), step.as_slice()].concat());
        let (theirs, shift) = (u32::from(theirs), u32::from(shift));
        let mut encoder = Encoder::new(&key(), elements(shift..shift + theirs)).0;
        seeds.push([&[0], head.as_slice(), encoder.encode_symbols(0..32).as_slice()].concat());
    }
    seeds
}
