//! Both sides together: differences against plain set arithmetic, and symbols that mean harm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::element::Coded;
use super::*;

fn key() -> SketchKey {
    SketchKey::from_nonces(&[1; 16], &[2; 16])
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
        let symbols = decode_symbols(&bytes, from, encoder.set_size(), step as usize).unwrap();
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

fn set() -> impl Strategy<Value = Vec<Element>> {
    prop::collection::vec(any::<[u8; 13]>().prop_map(Element::from_bytes), 0..60)
}

/// Symbols that a stranger makes up: of elements or of noise, with likely counts or any.
fn made_up() -> impl Strategy<Value = Vec<Symbol>> {
    let one = (0_u32..12, -2_i64..3).prop_map(|(i, count)| {
        let coded = Coded::new(&key(), element(i));
        Symbol { word: coded.word, checksum: coded.checksum, count }
    });
    let some = prop::collection::vec((0_u32..12, -1_i64..2), 0..4).prop_map(|parts| {
        let mut symbol = Symbol::default();
        for (i, sign) in parts {
            symbol.apply(&Coded::new(&key(), element(i)), sign);
        }
        symbol
    });
    let noise = (any::<u128>(), any::<u32>(), any::<i64>())
        .prop_map(|(word, checksum, count)| Symbol { word, checksum, count });
    let edge = prop_oneof![Just(i64::MAX), Just(i64::MIN), Just(0)]
        .prop_map(|count| Symbol { count, ..Symbol::default() });
    prop::collection::vec(prop_oneof![one, some, noise, edge], 1..80)
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
    fn logs_of_different_lengths_are_told_apart(lengths in prop::collection::vec((0_u32..4, 0_u32..4), 0..40)) {
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
        decoder.add_symbols(&[Symbol { word: 1, checksum: 1, count: 3 }; 100]);
        prop_assert_eq!(decoder.symbols_taken(), 100);
        prop_assert_eq!(decoder.try_decode(), Status::Failed);
    }

    #[test]
    fn one_flipped_bit_is_no_wrong_answer(at in 0_usize..32, bit in 0_u32..104, count in -1_i64..2) {
        let (ours, theirs) = (elements(0..100), elements(5..105));
        let (mut encoder, _) = Encoder::new(&key(), theirs);
        let mut symbols = encoder.symbols(0..32).to_vec();
        symbols[at].word ^= 1 << bit;
        symbols[at].count += count;
        let (mut decoder, _) = Decoder::new(&key(), ours, 32);
        decoder.add_symbols(&symbols);
        prop_assert_eq!(decoder.try_decode(), Status::Failed);
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
fn an_element_comes_out_only_once() {
    let coded = Coded::new(&key(), element(1));
    let mut second = coded.mapping;
    second.advance();
    let second = second.index() as usize;
    // Symbol 0 gives the element away, which leaves another symbol with it again: with count -1,
    // with count 1, or with a count that hides it; of an element only theirs and of one only ours.
    for count in [-2, 0, 2] {
        for own in [elements(0..0), elements(1..2)] {
            let (mut decoder, _) = Decoder::new(&key(), own.clone(), 4096);
            let mut symbols = vec![Symbol::default(); second + 1];
            symbols[second].count = count;
            let sign = if own.is_empty() { 1 } else { -1 };
            for (index, symbol) in symbols.iter_mut().enumerate() {
                if !own.is_empty() && (index == 0 || index == second) {
                    symbol.apply(&coded, 1);
                }
            }
            symbols[0].apply(&coded, sign);
            decoder.add_symbols(&symbols);
            assert_eq!(decoder.try_decode(), Status::Failed, "count {count}, sign {sign}");
            decoder.add_symbols(&symbols);
            assert_eq!(decoder.try_decode(), Status::Failed);
        }
    }
}

#[test]
fn impossible_sides_are_refused() {
    let coded = Coded::new(&key(), element(1));
    // "Only yours" of what we do not have, and "only mine" of what we have.
    for (own, count) in [(elements(5..6), -1), (elements(1..2), 1)] {
        let (mut decoder, _) = Decoder::new(&key(), own.clone(), 64);
        let mut symbols = Encoder::new(&key(), own).0.symbols(0..1).to_vec();
        symbols[0].apply(&coded, count);
        decoder.add_symbols(&symbols);
        assert_eq!(decoder.try_decode(), Status::Failed);
    }
}
