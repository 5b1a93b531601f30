//! Two sets of a million items: what it takes to find what they differ in.
//!
//! Ours are the sketches as a session makes and reads them: as many symbols unasked as the counters
//! of the two sets say, then as many as the initiator asks for. Hello and welcome, which come before, are those of a real session of two
//! nodes; the heads of the frames in between are left out. Negentropy's are its own messages, both
//! ways. The floor is what no protocol can beat that knows nothing of the differences: the bytes
//! that tell one set of so many numbers of 64 bits from another.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use baro_crdt::ids::{ChainHash, LogId};
use baro_crdt::reconcile::{
    Counters, Decoder, Element, Encoder, SYMBOLS_MAX, SketchKey, Status, decode_symbols,
    first_flight,
};
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::ours;
use crate::print::{n, row};

const SIZE: u32 = 1_000_000;
/// What goes around symbols: 19 bytes of message, 2 of frame, 2 of length before it; and a message
/// that asks for more of them, likewise.
const ENVELOPE_BYTES: usize = 23;
const ASK_BYTES: usize = 16;
/// How often ours is repeated, with other nonces: how many symbols are sent differs each time.
const RUNS: u8 = 75;

/// The time this thread has been on a processor: others on the machine do not count.
fn on_cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = told.split_whitespace().next().and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ns.unwrap_or(0))
}

/// The item of this number.
fn item(number: u32) -> [u8; 32] {
    *blake3::hash(&number.to_le_bytes()).as_bytes()
}

/// A chain hash of its own for each item: its bytes in reverse.
fn chain_of(item: &[u8; 32]) -> ChainHash {
    let mut bytes = *item;
    bytes.reverse();
    ChainHash::from_bytes(bytes)
}

/// Items of the two sides: half of the differences on each.
fn sides(difference: u32) -> [Vec<[u8; 32]>; 2] {
    let half = difference / 2;
    [(0..SIZE).map(item).collect(), (half..SIZE + half).map(item).collect()]
}

/// What a comparison took.
struct Taken {
    bytes: usize,
    /// Times the initiator waited.
    round_trips: u32,
    cpu: [Duration; 2],
}

/// One comparison by sketches, `key` and `seed` being fresh.
fn sketch(
    (key, seed): (&SketchKey, &[u8; 16]),
    sets: &[Vec<[u8; 32]>; 2],
    difference: u32,
) -> Result<Taken> {
    let mut cpu = [Duration::ZERO; 2];
    let elements = |set: &[[u8; 32]]| -> Vec<Element> {
        let element = |id: &[u8; 32]| {
            let length = u32::from(id[0]) + 1;
            Element::for_log(key, &LogId::from_bytes(*id), length, &chain_of(id))
        };
        set.iter().map(element).collect()
    };
    let counters = |set: &[[u8; 32]]| -> Counters {
        let mut counters = Counters::new(seed);
        for id in set {
            counters.add(&LogId::from_bytes(*id), &chain_of(id));
        }
        counters
    };
    let started = on_cpu();
    let said = counters(&sets[0]).to_bytes();
    cpu[0] += on_cpu() - started;
    let started = on_cpu();
    let estimate = counters(&sets[1]).difference(said);
    let (mut encoder, _) = Encoder::new(key, elements(&sets[1]));
    let mut flight = encoder.encode_symbols(0..first_flight(estimate));
    cpu[1] += on_cpu() - started;
    let started = on_cpu();
    let (mut decoder, _) = Decoder::new(key, elements(&sets[0]), SYMBOLS_MAX);
    cpu[0] += on_cpu() - started;
    let (mut bytes, mut round_trips) = (0, 1);
    loop {
        bytes += flight.len() + ENVELOPE_BYTES;
        let started = on_cpu();
        let symbols = decode_symbols(&flight, 1 << 20)?;
        decoder.add_symbols(&symbols);
        let status = decoder.try_decode();
        cpu[0] += on_cpu() - started;
        match status {
            Status::NeedMore => {
                let started = on_cpu();
                // Half as many more each time, as a session asks.
                let more = decoder.symbols_taken() / 2;
                flight =
                    encoder.encode_symbols(decoder.symbols_taken()..decoder.symbols_taken() + more);
                cpu[1] += on_cpu() - started;
                bytes += ASK_BYTES;
                round_trips += 1;
            }
            Status::Failed => bail!("a sketch that cannot be decoded"),
            Status::Done { only_theirs, only_ours } => {
                if only_theirs.len() + only_ours.len() != difference as usize {
                    bail!("another difference");
                }
                return Ok(Taken { bytes, round_trips, cpu });
            }
        }
    }
}

/// One comparison by negentropy.
fn negentropy(sets: &[Vec<[u8; 32]>; 2], difference: u32) -> Result<Taken> {
    let mut cpu = [Duration::ZERO; 2];
    let mut storages = Vec::new();
    for (side, set) in sets.iter().enumerate() {
        let started = on_cpu();
        let mut storage = NegentropyStorageVector::with_capacity(set.len());
        for id in set {
            // Said at any time: what couriers bring late lies anywhere among the rest.
            let time = u64::from(u32::from_le_bytes([id[0], id[1], id[2], 0]));
            storage.insert(1_700_000_000 + time, Id::from_byte_array(*id))?;
        }
        storage.seal()?;
        cpu[side] += on_cpu() - started;
        storages.push(storage);
    }
    let mut client = Negentropy::borrowed(&storages[0], 0)?;
    let mut server = Negentropy::borrowed(&storages[1], 0)?;
    let (mut have, mut need) = (Vec::new(), Vec::new());
    let started = on_cpu();
    let mut question = client.initiate()?;
    cpu[0] += on_cpu() - started;
    let (mut bytes, mut round_trips) = (0, 0);
    loop {
        let started = on_cpu();
        let answer = server.reconcile(&question)?;
        cpu[1] += on_cpu() - started;
        bytes += question.len() + answer.len();
        round_trips += 1;
        let started = on_cpu();
        let next = client.reconcile_with_ids(&answer, &mut have, &mut need)?;
        cpu[0] += on_cpu() - started;
        match next {
            Some(next) => question = next,
            None => break,
        }
    }
    if have.len() + need.len() != difference as usize {
        bail!("negentropy found another difference");
    }
    Ok(Taken { bytes, round_trips, cpu })
}

/// Bytes that tell `d` numbers of 64 bits: the logarithm of how many such sets there are.
fn floor(d: u32) -> f64 {
    let factorial: f64 = (1..=d).map(|i| f64::from(i).log2()).sum();
    (64.0 * f64::from(d) - factorial) / 8.0
}

/// Prints all of it.
pub(crate) fn measure() -> Result<()> {
    let greeting = ours::greeting()?;
    let work = format!("{SIZE} items, equal");
    row(&work, "baro", "bytes", n(greeting), "B", "200");
    row(&work, "baro", "round trips", 1.0, "", "1");
    let sets = sides(0);
    let other = negentropy(&sets, 0)?;
    row(&work, "negentropy", "bytes", n(other.bytes), "B", "-");
    row(&work, "negentropy", "round trips", f64::from(other.round_trips), "", "-");
    for (difference, bytes_max) in [(10, "400"), (1_000, "30000")] {
        let work = format!("{SIZE} items, {difference} scattered differences");
        let sets = sides(difference);
        let mut runs = Vec::new();
        for run in 0..RUNS {
            let key = SketchKey::from_nonces(&[run; 16], &[2; 16]);
            runs.push(sketch((&key, &[run; 16]), &sets, difference)?);
        }
        runs.sort_by_key(|run| run.bytes);
        let median = runs.get(runs.len() / 2).context("a run")?;
        row(&work, "floor", "bytes", floor(difference), "B", "-");
        row(&work, "baro", "bytes of sketch, median", n(median.bytes), "B", "-");
        let total = n(median.bytes + greeting);
        row(&work, "baro", "bytes with hello and welcome, median", total, "B", bytes_max);
        let most = runs.last().context("a run")?.bytes + greeting;
        row(&work, "baro", "bytes with hello and welcome, most", n(most), "B", "-");
        runs.sort_by_key(|run| run.round_trips);
        let trips = runs[runs.len() / 2].round_trips;
        row(&work, "baro", "round trips, hello's included, median", f64::from(trips), "", "1");
        for (side, name) in ["CPU of who asks", "CPU of who answers"].iter().enumerate() {
            runs.sort_by_key(|run| run.cpu[side]);
            let ms = runs[runs.len() / 2].cpu[side].as_secs_f64() * 1e3;
            row(&work, "baro", &format!("{name}, median"), ms.round(), "ms", "500");
        }
        let other = negentropy(&sets, difference)?;
        row(&work, "negentropy", "bytes", n(other.bytes), "B", "-");
        row(&work, "negentropy", "round trips", f64::from(other.round_trips), "", "-");
        for (side, name) in ["CPU of who asks", "CPU of who answers"].iter().enumerate() {
            row(
                &work,
                "negentropy",
                name,
                (other.cpu[side].as_secs_f64() * 1e3).round(),
                "ms",
                "-",
            );
        }
    }
    Ok(())
}
