//! Proofs that a log has two branches: any bytes, and any branches under the author's signature.

use baro_crdt::entry::split_run;
use baro_crdt::fork::{Branch, ForkError, ForkProof};
use baro_crdt::ids::LaneId;
use baro_crdt::log::{Head, chain_all};
use baro_node::ingest::{Ingest, Strict};
use baro_node::replica::{Item, Replica};

use crate::input;
use crate::world::{KEYS, WORLD, Writer, commit};

/// Any bytes.
fn read(bytes: &[u8]) {
    let Ok(proof) = ForkProof::from_bytes(bytes) else { return };
    assert_eq!(proof.to_bytes(), bytes, "a proof has two encodings");
    let held = proof.verify().is_ok();
    assert_eq!(Strict.proof(bytes).is_ok(), held);
    if held {
        let mut forged = proof.clone();
        forged.one.signature = proof.other.signature;
        assert!(forged.verify().is_err(), "a branch holds under another's signature");
    }
}

/// Two branches with signatures that fit.
fn signed(lane: u8, parts: [&[u8]; 3]) {
    let mut writer = Writer::new(2, WORLD.community(), WORLD.grant.id(), 3);
    if lane & 1 == 1 {
        writer.header.lane = LaneId::from_bytes([lane; 8]);
    }
    let log = writer.header.id();
    let [Ok(prefix), Ok(one), Ok(other)] = parts.map(split_run) else { return };
    let branch = |run: &[u8], entries: &[&[u8]]| {
        let all = prefix.iter().chain(entries);
        let length = u32::try_from(prefix.len() + entries.len()).expect("a short run");
        let chain = chain_all(log.start(), all.copied());
        let signature = Head { log, length, chain }.sign(&KEYS[2]).signature;
        Branch { run: run.to_vec(), signature }
    };
    let proof = ForkProof {
        header: writer.header,
        prefix: parts[0].to_vec(),
        one: branch(parts[1], &one),
        other: branch(parts[2], &other),
    };
    let parted = match (one.first(), other.first()) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    match proof.verify() {
        Ok(cut) => {
            assert!(parted, "a proof of nothing");
            assert_eq!((cut.log, cut.length as usize), (log, prefix.len()));
            let mut store = WORLD.left();
            let mut replica = Replica::default();
            commit(&mut replica, &mut store, vec![Item::Cut(proof.clone())]);
            let digest = WORLD.digest(&store);
            commit(&mut replica, &mut store, vec![Item::Cut(proof)]);
            assert_eq!(WORLD.digest(&store), digest, "a proof taken twice changes something");
        }
        Err(ForkError::TooLong) => {}
        Err(error) => assert!(!parted, "a proof that is none: {error}"),
    }
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    if mode & 1 == 0 {
        return read(rest);
    }
    if let [prefix, one, other, ..] = input::steps(rest).as_slice() {
        signed(mode >> 1, [prefix.bytes, one.bytes, other.bytes]);
    }
}

/// The fork of the small community.
pub fn seeds() -> Vec<Vec<u8>> {
    let logs = WORLD.logs();
    let (one, other) = (&logs[2], &logs[3]);
    let signature = |log: &Writer| log.head().sign(&log.key).signature;
    let proof = ForkProof::build(
        one.header.clone(),
        (&one.entries, signature(one)),
        (&other.entries, signature(other)),
    )
    .expect("a fork");
    let parts = [&proof.prefix, &proof.one.run, &proof.other.run].map(|run| (0, 0, run.as_slice()));
    let steps = input::write(parts);
    vec![
        [&[0], proof.to_bytes().as_slice()].concat(),
        [&[1], steps.as_slice()].concat(),
        [&[7], steps.as_slice()].concat(),
    ]
}
