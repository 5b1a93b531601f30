//! Both sides together: differences against plain set arithmetic, and symbols that mean harm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::element::Coded;
use super::*;

fn key() -> SketchKey {
    SketchKey::from_nonces(&[1; 8], &[2; 8])
}

fn element(i: u32) -> Element {
    Element::for_record(&key(), blake3::hash(&i.to_le_bytes()).as_bytes())
}

fn elements(range: impl IntoIterator<Item = u32>) -> Vec<Element> {
    range.into_iter().map(element).collect()
}

/// The whole exchange over the wire's bytes; with how many symbols it ended.
fn reconcile(ours: &[Element], theirs: &[Element], symbols_max: u32) -> (Status, u32) {
    let (mut encoder, _) = Encoder::new(&key(), theirs.to_vec());
    let (mut decoder, _) = Decoder::new(&key(), ours.to_vec(), symbols_max);
    let mut step = FIRST_FLIGHT;
    loop {
        let from = decoder.symbols_taken();
        let bytes = encoder.encode_symbols(from..from + step);
        let symbols = decode_symbols(&bytes, step as usize).unwrap();
        decoder.add_symbols(&symbols);
        match decoder.try_decode() {
            Status::NeedMore => step = decoder.symbols_taken(),
            status => {
                assert_eq!(decoder.try_decode(), status);
                return (status, decoder.symbols_taken());
            }
        }
    }
}

fn difference(ours: &[Element], theirs: &[Element]) -> Status {
    let ours: BTreeSet<_> = ours.iter().copied().collect();
    let theirs: BTreeSet<_> = theirs.iter().copied().collect();
    Status::Done {
        only_theirs: theirs.difference(&ours).copied().collect(),
        only_ours: ours.difference(&theirs).copied().collect(),
    }
}

/// Any prefix with any value but none.
fn element_of(bytes: [u8; 9]) -> Element {
    let element = Element::from_bytes(bytes);
    Element::from_parts(element.prefix(), element.value().max(1))
}

fn set() -> impl Strategy<Value = Vec<Element>> {
    prop::collection::vec(any::<[u8; 9]>().prop_map(element_of), 0..60)
}

/// Symbols that a stranger makes up: of elements or of noise.
fn made_up() -> impl Strategy<Value = Vec<Symbol>> {
    let some = prop::collection::vec(0_u32..12, 0..4).prop_map(|parts| {
        let mut symbol = Symbol::default();
        for i in parts {
            symbol.apply(&Coded::new(&key(), element(i)));
        }
        symbol
    });
    let noise = (0_u64..1 << 48, any::<u32>(), 0_u32..1 << 24)
        .prop_map(|(product, value, checksum)| Symbol { product, value, checksum });
    let edge = prop_oneof![Just(0), Just(1 << 47), Just(1)]
        .prop_map(|product| Symbol { product, ..Symbol::default() });
    prop::collection::vec(prop_oneof![some, noise, edge], 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_difference_is_found(common in set(), a in set(), b in set()) {
        let ours = [common.clone(), a].concat();
        let theirs = [common, b].concat();
        let (status, symbols) = reconcile(&ours, &theirs, symbols_max(120));
        prop_assert_eq!(status, difference(&ours, &theirs));
        prop_assert!(symbols <= 512);
    }

    #[test]
    fn logs_of_different_lengths_are_told_apart(lengths in prop::collection::vec((1_u32..5, 1_u32..5), 0..40)) {
        let log = |i: usize, length: u32| {
            let id = crate::ids::LogId::from_bytes(*blake3::hash(&i.to_le_bytes()).as_bytes());
            let chain = blake3::keyed_hash(id.as_bytes(), &length.to_le_bytes());
            Element::for_log(&key(), &id, length, &crate::ids::ChainHash::from_bytes(*chain.as_bytes()))
        };
        let ours: Vec<_> = lengths.iter().enumerate().map(|(i, l)| log(i, l.0)).collect();
        let theirs: Vec<_> = lengths.iter().enumerate().map(|(i, l)| log(i, l.1)).collect();
        prop_assert_eq!(reconcile(&ours, &theirs, symbols_max(80)).0, difference(&ours, &theirs));
    }

    #[test]
    fn made_up_symbols_end(own in 0_u32..12, symbols in made_up()) {
        let (mut decoder, _) = Decoder::new(&key(), elements(0..own), 100);
        for chunk in symbols.chunks(17) {
            decoder.add_symbols(chunk);
            // An answer is right for *some* set, or there is none.
            if let Status::Done { only_theirs, only_ours } = decoder.try_decode() {
                let own: BTreeSet<_> = elements(0..own).into_iter().collect();
                prop_assert!(only_ours.iter().all(|element| own.contains(element)));
                prop_assert!(only_theirs.iter().all(|element| !own.contains(element)));
                prop_assert!(only_theirs.len() + only_ours.len() <= symbols.len());
            }
        }
        decoder.add_symbols(&[Symbol { product: 1, value: 0, checksum: 1 }; 100]);
        prop_assert_eq!(decoder.symbols_taken(), 100);
        prop_assert_eq!(decoder.try_decode(), Status::Failed);
    }

    #[test]
    fn one_flipped_bit_is_no_wrong_answer(at in 0_usize..32, bit in 0_u32..104) {
        let (ours, theirs) = (elements(0..100), elements(5..105));
        let (mut encoder, _) = Encoder::new(&key(), theirs);
        let mut symbols = encoder.symbols(0..32).to_vec();
        match bit {
            0..48 => symbols[at].product ^= 1 << bit,
            48..80 => symbols[at].value ^= 1 << (bit - 48),
            _ => symbols[at].checksum ^= 1 << (bit - 80),
        }
        let (mut decoder, _) = Decoder::new(&key(), ours, 32);
        decoder.add_symbols(&symbols);
        prop_assert_eq!(decoder.try_decode(), Status::Failed);
    }
}

/// Logs of which one side has more entries are one thing each: they take as many symbols as so many
/// elements, and both values come out.
#[test]
fn a_log_that_grew_is_found_as_one() {
    let value = |i: u32, value: u32| Element::from_parts(element(i).prefix(), value);
    for seed in 0..5 {
        let logs = seed * 10_000..seed * 10_000 + 2_000;
        let grown = |i: u32| i % 10 < 3;
        let ours: Vec<_> = logs.clone().map(|i| value(i, 7)).collect();
        let theirs: Vec<_> =
            logs.clone().map(|i| value(i, if grown(i) { 1 << 19 | i } else { 7 })).collect();
        let (mut encoder, _) = Encoder::new(&key(), theirs.clone());
        let (mut decoder, _) = Decoder::new(&key(), ours.clone(), symbols_max(600));
        let mut status = Status::NeedMore;
        while status == Status::NeedMore {
            let from = decoder.symbols_taken();
            decoder.add_symbols(encoder.symbols(from..from + 1));
            status = decoder.try_decode();
        }
        assert_eq!(status, difference(&ours, &theirs));
        let symbols = decoder.symbols_taken();
        assert!((700..1100).contains(&symbols), "{symbols} symbols for 600 logs");
    }
}

/// A flight after the estimate of a difference is enough more often than not.
#[test]
fn flights_by_the_true_difference_mostly_suffice() {
    for difference in [10, 40, 200, 1_000] {
        let mut enough = 0;
        for seed in 0..40 {
            let start = seed * 10_000;
            let ours = elements(start..start + 2_000);
            let theirs = elements(start + difference / 2..start + 2_000 + difference / 2);
            let (mut encoder, _) = Encoder::new(&key(), theirs);
            let (mut decoder, _) = Decoder::new(&key(), ours, SYMBOLS_MAX);
            decoder.add_symbols(encoder.symbols(0..first_flight(difference)));
            enough += u32::from(decoder.try_decode() != Status::NeedMore);
        }
        assert!(enough >= 20, "{difference}: {enough} of 40");
    }
}

#[test]
fn equal_and_empty_sets_need_one_symbol() {
    for set in [elements(0..0), elements(0..200)] {
        let (mut encoder, _) = Encoder::new(&key(), set.clone());
        let (mut decoder, _) = Decoder::new(&key(), set, symbols_max(0));
        assert_eq!(decoder.try_decode(), Status::NeedMore);
        decoder.add_symbols(encoder.symbols(0..1));
        let nothing = Status::Done { only_theirs: vec![], only_ours: vec![] };
        assert_eq!(decoder.try_decode(), nothing);
    }
}

#[test]
fn a_difference_takes_about_1_4_symbols_each() {
    for seed in 0..5 {
        let start = seed * 10_000;
        let (ours, theirs) = (elements(start..start + 700), elements(start + 300..start + 1000));
        let (mut encoder, _) = Encoder::new(&key(), theirs.clone());
        let (mut decoder, _) = Decoder::new(&key(), ours.clone(), symbols_max(600));
        let mut status = Status::NeedMore;
        while status == Status::NeedMore {
            let from = decoder.symbols_taken();
            decoder.add_symbols(encoder.symbols(from..from + 1));
            status = decoder.try_decode();
        }
        assert_eq!(status, difference(&ours, &theirs));
        let symbols = decoder.symbols_taken();
        assert!((700..1100).contains(&symbols), "{symbols} symbols for 600 elements");
    }
}

#[test]
fn too_large_a_difference_fails_in_time() {
    assert_eq!(reconcile(&elements(0..500), &elements(500..1000), 512), (Status::Failed, 512));
    assert_eq!(reconcile(&elements(0..1), &elements(0..1), 0).0, Status::Failed);
    assert_eq!(symbols_max(0), 1024);
    assert_eq!(symbols_max(1000), 4024);
    assert_eq!(symbols_max(u32::MAX), SYMBOLS_MAX);
}

#[test]
fn a_prefix_comes_out_only_once() {
    let coded = Coded::new(&key(), element(1));
    let mut second = coded.mapping;
    second.advance();
    let second = second.index() as usize;
    // Symbol 0 gives the element away, which leaves another symbol, where it was missing, with it.
    for own in [elements(0..0), elements(1..2)] {
        let (mut decoder, _) = Decoder::new(&key(), own.clone(), 4096);
        let mut symbols = Encoder::new(&key(), own).0.symbols(0..4096)[..=second].to_vec();
        symbols[0].apply(&coded);
        decoder.add_symbols(&symbols);
        assert_eq!(decoder.try_decode(), Status::Failed);
        decoder.add_symbols(&symbols);
        assert_eq!(decoder.try_decode(), Status::Failed);
    }
}

/// Two branches of one log of the same length, and a log that shrank, are told like one that grew.
#[test]
fn a_changed_value_is_in_both_lists() {
    let ours = [Element::from_parts(5, 9 << 19 | 1), Element::from_parts(6, 9 << 19 | 1)];
    let theirs = [Element::from_parts(5, 9 << 19 | 2), Element::from_parts(6, 3 << 19 | 1)];
    let (status, _) = reconcile(&ours, &theirs, 64);
    let Status::Done { only_theirs, only_ours } = status else { panic!("{status:?}") };
    assert_eq!((only_theirs.as_slice(), only_ours.as_slice()), (&theirs[..], &ours[..]));
}

/// Whoever does not know the nonces cannot prepare elements that collide: the same items under
/// other nonces have other prefixes, other values and other walks.
#[test]
fn another_key_makes_other_elements_of_the_same_items() {
    let keys =
        [key(), SketchKey::from_nonces(&[1; 8], &[3; 8]), SketchKey::from_nonces(&[3; 8], &[2; 8])];
    let id = crate::ids::LogId::from_bytes([7; 32]);
    let chain = crate::ids::ChainHash::from_bytes([9; 32]);
    let made: Vec<_> = keys.iter().map(|key| Element::for_log(key, &id, 3, &chain)).collect();
    let prefixes: BTreeSet<_> = made.iter().map(Element::id_prefix).collect();
    let chains: BTreeSet<_> = made.iter().map(Element::chain_prefix).collect();
    let seeds: BTreeSet<_> = keys.iter().map(|key| key.seed_of(5)).collect();
    let checks: BTreeSet<_> = keys.iter().map(|key| key.checksum(5, 5)).collect();
    assert_eq!([prefixes.len(), chains.len(), seeds.len(), checks.len()], [3; 4]);
}
