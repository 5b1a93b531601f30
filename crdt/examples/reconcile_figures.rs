//! Prints, as tab-separated values, what reconciling two sets of a million elements costs.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "it measures time")]

use std::time::Instant;

use baro_crdt::digest::LtHash;
use baro_crdt::reconcile::{
    Decoder, Element, Encoder, SketchKey, Status, decode_symbols, first_flight, symbols_max,
};

const SET_SIZE: u32 = 1_000_000;

fn elements(key: &SketchKey, range: std::ops::Range<u32>) -> Vec<Element> {
    range
        .map(|i| {
            let id = baro_crdt::ids::LogId::from_bytes(*blake3::hash(&i.to_le_bytes()).as_bytes());
            let chain = baro_crdt::ids::ChainHash::from_bytes(*id.as_bytes());
            Element::for_log(key, &id, (i & 0xfff) + 1, &chain)
        })
        .collect()
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

fn main() {
    let started = Instant::now();
    let mut hash = LtHash::new();
    for i in 0..100_000_u32 {
        hash.add(&i.to_le_bytes());
    }
    eprintln!("LtHash: {:.2} us an element", ms(started) / 100.0);

    println!(
        "difference\tsymbols_least\tsymbols_sent\tbytes_sent\telements_ms\tencode_ms\tdecode_ms"
    );
    for difference in [0, 10, 1000, 10_000] {
        let key = SketchKey::from_nonces(&[1; 16], &[2; 16]);
        let started = Instant::now();
        let theirs = elements(&key, 0..SET_SIZE);
        let elements_ms = ms(started);
        // Half of the difference on each side.
        let ours = elements(&key, difference / 2..SET_SIZE + difference / 2);

        let started = Instant::now();
        let (mut encoder, _) = Encoder::new(&key, theirs);
        let mut flight = encoder.encode_symbols(0..first_flight(difference));
        let mut encode_ms = ms(started);

        let started = Instant::now();
        let (mut decoder, _) = Decoder::new(&key, ours.clone(), symbols_max(difference));
        let mut decode_ms = ms(started);
        let (mut bytes_sent, mut all) = (0, vec![]);
        loop {
            let started = Instant::now();
            bytes_sent += flight.len();
            let Ok(symbols) = decode_symbols(&flight, 1 << 20) else {
                eprintln!("symbols could not be read");
                return;
            };
            decoder.add_symbols(&symbols);
            all.extend(symbols);
            let status = decoder.try_decode();
            decode_ms += ms(started);
            match status {
                Status::NeedMore => {
                    let started = Instant::now();
                    let taken = decoder.symbols_taken();
                    flight = encoder.encode_symbols(taken..taken + taken / 2);
                    encode_ms += ms(started);
                }
                Status::Failed => {
                    eprintln!("difference {difference}: failed");
                    return;
                }
                Status::Done { only_theirs, only_ours } => {
                    let found = only_theirs.len() + only_ours.len();
                    assert_eq!(found, difference as usize, "the difference is another");
                    break;
                }
            }
        }

        let (mut again, _) = Decoder::new(&key, ours, symbols_max(difference));
        let least = all.iter().position(|symbol| {
            again.add_symbols(std::slice::from_ref(symbol));
            again.try_decode() != Status::NeedMore
        });
        println!(
            "{difference}\t{}\t{}\t{bytes_sent}\t{elements_ms:.0}\t{encode_ms:.0}\t{decode_ms:.0}",
            least.map_or(0, |index| index + 1),
            all.len(),
        );
    }
}
