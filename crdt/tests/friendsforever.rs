//! A real text, written by two people at once (26,078 edits, 2,258 merges), written again through
//! the gate: by two people who hear from each other as the trace says, then in 100 other orders.
//! `node/tests/friendsforever.rs` does it on two nodes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]
// The crate does no IO; this test reads its sample.
#![allow(clippy::disallowed_types)]

mod trace;

use baro_crdt::ids::{ChangeHash, EntryId};
use baro_crdt::text::{Added, Splice, Text, gate};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use trace::Run;

const ID: EntryId = EntryId::from_bytes([1; 16]);

fn splices(run: &Run) -> Vec<Splice<'_>> {
    let patches = run.patches.iter();
    patches
        .map(|(position, deleted, inserted)| Splice {
            position: *position,
            deleted: *deleted,
            inserted,
        })
        .collect()
}

/// Writes each run at the version that the trace says, as somebody does who has heard no more.
fn written(runs: &[Run]) -> (Vec<Vec<u8>>, Text) {
    let mut text = Text::new(ID);
    let mut changes: Vec<Vec<u8>> = Vec::new();
    let mut hashes: Vec<ChangeHash> = Vec::new();
    let mut added = 0;
    for (number, run) in runs.iter().enumerate() {
        // Many at once are faster, so only as often as somebody builds on what is new.
        if run.parents.iter().any(|parent| *parent >= added) {
            text.add_all(changes[added..].iter().map(Vec::as_slice)).unwrap();
            added = changes.len();
        }
        let parents: Vec<ChangeHash> = run.parents.iter().map(|run| hashes[*run]).collect();
        let mut saved = text.edit_splices_at(&parents, &splices(run)).unwrap();
        assert_eq!(saved.len(), 1, "run {number} fits one change");
        hashes.push(gate::read(&ID, &saved[0]).unwrap().hash());
        changes.append(&mut saved);
    }
    text.add_all(changes[added..].iter().map(Vec::as_slice)).unwrap();
    (changes, text)
}

/// Two people with a text each, who hear from each other when the trace says so, make the same
/// changes: here for the first runs, since a change at a time is slow on a long text.
fn written_by_two(runs: &[Run], changes: &[Vec<u8>]) {
    let mut texts = [Text::new(ID), Text::new(ID)];
    let hashes: Vec<ChangeHash> =
        changes.iter().map(|change| gate::read(&ID, change).unwrap().hash()).collect();
    for (number, run) in runs.iter().enumerate() {
        let mut parents: Vec<ChangeHash> = run.parents.iter().map(|run| hashes[*run]).collect();
        parents.sort();
        let [one, two] = &mut texts;
        let (mine, theirs) = if run.agent == 0 { (one, two) } else { (two, one) };
        let heard = theirs.known().closure(&parents);
        let news = (0..number).filter(|run| heard.contains(&hashes[*run]));
        mine.add_all(news.map(|run| changes[run].as_slice())).unwrap();
        assert_eq!(mine.heads(), parents, "run {number} builds on all that was heard");

        let saved = mine.edit_splices(&splices(run)).unwrap();
        assert_eq!(saved, changes[number..=number], "run {number}");
        assert!(matches!(mine.add(&saved[0]).unwrap(), Added::Taken(_)));
    }
}

#[test]
fn two_people_write_as_they_did() {
    let Some((runs, end)) = trace::read() else { return };
    let (changes, text) = written(&runs);
    assert_eq!(text.content().unwrap(), end);
    assert!(text.refused().is_empty() && text.waiting() == 0);
    written_by_two(&runs[..300], &changes);

    // Any version comes back: it is what a text of what it builds on says.
    for at in (0..changes.len()).step_by(changes.len() / 7) {
        let hash = gate::read(&ID, &changes[at]).unwrap().hash();
        let closure = text.known().closure([&hash]);
        let in_closure =
            |change: &&Vec<u8>| closure.contains(&gate::read(&ID, change).unwrap().hash());
        let part = changes.iter().filter(in_closure);
        let alone = Text::build(ID, part.map(Vec::as_slice)).unwrap();
        assert_eq!(text.at(&[hash]).unwrap(), Some(alone.content().unwrap()));
    }

    std::thread::scope(|scope| {
        for seed in 0..4 {
            let (changes, end, text) = (&changes, &end, &text);
            scope.spawn(move || delivered_otherwise(changes, end, text, seed));
        }
    });
}

/// 25 random orders: some changes come twice, and all in a few parts of any size.
fn delivered_otherwise(changes: &[Vec<u8>], end: &str, text: &Text, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: usize| (rng.next_u64() % bound as u64) as usize;
    let mut order: Vec<&[u8]> = changes.iter().map(Vec::as_slice).collect();
    for _ in 0..25 {
        for i in (1..order.len()).rev() {
            order.swap(i, below(i + 1));
        }
        let mut delivered = order.clone();
        delivered.extend(&order[..below(order.len())]);
        let mut other = Text::new(ID);
        let mut rest = delivered.as_slice();
        for _ in 0..below(4) {
            let (part, left) = rest.split_at(below(rest.len() + 1));
            other.add_all(part.iter().copied()).unwrap();
            rest = left;
        }
        other.add_all(rest.iter().copied()).unwrap();
        assert_eq!(other.content().unwrap(), end);
        assert_eq!(other.heads(), text.heads());
        assert!(other.refused().is_empty() && other.waiting() == 0);
    }
}
