//! A real text, written by two people at once (26,078 edits, 2,258 merges), written again by two
//! persons on two nodes that sync as the trace says: the production core, replica and stores, and
//! a pipe in between. Then the two persons' logs, delivered to fresh nodes in other orders and
//! splits: 20 of them, or as many as `FRIENDSFOREVER_ORDERS` says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]
// The crate's pure parts do no IO; this test reads its sample.
#![allow(clippy::disallowed_types)]
#![cfg(feature = "full")]

#[path = "../../crdt/tests/trace/mod.rs"]
mod trace;

mod pipe;

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::LogId;
use baro_crdt::log::{Header, SignedHead, chain_all};
use baro_crdt::record::Record;
use baro_node::api::{Request, Typed};
use baro_node::replica::{Batch, Item, LogItem, Refusal, Taken};
use baro_node::store::{MemoryStore, Read, SqliteStore};
use pipe::{Device, digest, meet, node, show};
use rand_core::{Rng, SeedableRng};
use trace::Run;

/// Threads that deliver in other orders.
const THREADS: u64 = 2;

fn orders() -> u64 {
    let wanted = std::env::var("FRIENDSFOREVER_ORDERS").ok();
    wanted.map_or(20, |orders| orders.parse().expect("FRIENDSFOREVER_ORDERS is a number"))
}

/// The logs of a community, with every head that was signed.
struct Logs {
    records: Vec<Record>,
    logs: Vec<(Header, Vec<Vec<u8>>, Vec<SignedHead>)>,
    payloads: Vec<Vec<u8>>,
}

fn contact(devices: &mut [Device; 2]) {
    let [one, other] = devices;
    meet(one, other);
}

/// Writes each run on its writer's node, who has heard by then what it builds on.
fn written(runs: &[Run], devices: &mut [Device; 2]) -> (String, BTreeMap<LogId, Vec<SignedHead>>) {
    let [awa, ami] = &mut *devices;
    awa.found("Ami et Awa");
    ami.join(awa);
    let new = Request::TextNew {
        title: "friendsforever".to_owned(),
        debate: None,
        editors: "members".to_owned(),
        content: None,
    };
    let text = devices[0].ask(new)["id"].as_str().unwrap().to_owned();
    contact(devices);

    let mut heads: BTreeMap<LogId, Vec<SignedHead>> = BTreeMap::new();
    let mut hashes: Vec<String> = Vec::new();
    let mut heard = [0, 0];
    let (mut sessions, mut merges) = (0, 0);
    for (number, run) in runs.iter().enumerate() {
        let mine = |parent: &usize| runs[*parent].agent == run.agent;
        if run.parents.iter().any(|parent| !mine(parent) && *parent >= heard[run.agent]) {
            contact(devices);
            heard = [number, number];
            sessions += 1;
        }
        merges += usize::from(run.parents.len() > 1);
        let typed = run.patches.iter().map(|(position, deleted, inserted)| Typed {
            position: *position,
            deleted: *deleted,
            inserted: inserted.clone(),
        });
        let saved = devices[run.agent].ask(Request::TextType {
            id: text.clone(),
            typed: typed.collect(),
            at: run.parents.iter().map(|parent| hashes[*parent].clone()).collect(),
        });
        let saved = saved["changes"].as_array().unwrap();
        assert_eq!(saved.len(), 1, "run {number} fits one change");
        hashes.push(saved[0].as_str().unwrap().to_owned());

        // Every save is signed; a store keeps only the latest head and one each 16 kB.
        let store = devices[run.agent].node.store();
        let who = store.local_persons().unwrap().remove(0);
        for log in store.logs_of(&who.community, &who.person).unwrap() {
            let signed = heads.entry(log.id).or_default();
            let from = signed.last().map_or(0, |head| head.head.length);
            let kept = store.heads(log.number).unwrap();
            signed.extend(kept.into_iter().filter(|head| head.head.length > from));
        }
    }
    contact(devices);
    eprintln!("{} changes, {merges} merges, {sessions} sessions", runs.len());
    (text, heads)
}

fn all_of(read: &dyn Read, heads: &BTreeMap<LogId, Vec<SignedHead>>) -> Logs {
    let community = read.communities().unwrap().remove(0).id;
    let records = read.records(&community).unwrap();
    let records = records.iter().map(|row| Record::from_bytes(&row.bytes).unwrap()).collect();
    let logs: Vec<_> = read
        .logs(&community)
        .unwrap()
        .into_iter()
        .map(|log| {
            let entries = read.entries(log.number, 0..log.cursor.length).unwrap();
            // What was signed before the first change has its head in the store.
            let mut signed = read.heads(log.number).unwrap();
            signed.extend(heads.get(&log.id).into_iter().flatten());
            signed.sort_by_key(|head| head.head.length);
            signed.dedup();
            (log.header, entries, signed)
        })
        .collect();
    let named = |entry: &Vec<u8>| {
        let payload = baro_crdt::entry::Entry::from_bytes(entry).unwrap().payload?;
        read.payload(&payload.hash).unwrap()
    };
    let payloads = logs.iter().flat_map(|(_, entries, _)| entries).filter_map(named).collect();
    Logs { records, logs, payloads }
}

/// Runs of every log between some of its signed heads, some of them twice, in any order.
fn dealt(all: &Logs, below: &mut impl FnMut(usize) -> usize) -> Vec<LogItem> {
    let mut items = Vec::new();
    for (header, entries, signed) in &all.logs {
        let last = signed.last().unwrap();
        assert_eq!(last.head.length as usize, entries.len());
        let mut ends: BTreeSet<usize> = (0..below(30)).map(|_| below(signed.len())).collect();
        ends.insert(signed.len() - 1);
        let mut from = 0;
        for end in ends {
            let SignedHead { head, signature } = signed[end];
            let before = entries[..from].iter().map(Vec::as_slice);
            items.push(LogItem {
                header: header.clone(),
                from: from as u32,
                base: chain_all(header.id().start(), before),
                entries: entries[from..head.length as usize].to_vec(),
                signature,
                payloads: all.payloads.clone(),
            });
            from = head.length as usize;
        }
    }
    let twice: Vec<_> =
        (0..below(items.len())).map(|_| items[below(items.len())].clone()).collect();
    items.extend(twice);
    for i in (1..items.len()).rev() {
        items.swap(i, below(i + 1));
    }
    items
}

/// Fresh nodes, each of which gets the logs in an order and in parts of its own.
fn delivered_otherwise(all: &Logs, text: &str, expected: &(String, String), seed: u64) {
    for order in (seed..orders()).step_by(THREADS as usize) {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(order);
        let mut below = |bound: usize| (rng.next_u64() % bound.max(1) as u64) as usize;
        let mut fresh = node(Box::new(MemoryStore::new()), 7);
        let records = all.records.iter().cloned();
        let joins =
            all.records.iter().filter(|record| record.id() == record.community().founding());
        let items = joins.cloned().map(Item::Join).chain(records.map(Item::Record)).collect();
        fresh.take_in(&[Batch { items, ..Batch::default() }]).unwrap();
        let mut waiting = dealt(all, &mut below);
        // Who lacks what comes before refuses a run, and the next session brings it again.
        while !waiting.is_empty() {
            let part = waiting.split_off(waiting.len() - (1 + below(waiting.len())));
            let items = part.iter().cloned().map(Item::Log).collect();
            let done = fresh.take_in(&[Batch { items, ..Batch::default() }]).unwrap();
            for (item, taken) in part.into_iter().zip(&done[0].taken) {
                match taken {
                    Taken::New | Taken::Held => {}
                    Taken::Refused(Refusal::Gap) => waiting.insert(0, item),
                    Taken::Refused(why) => panic!("refused: {why}"),
                }
            }
            // Read on the way, too: what is kept open has to catch up.
            if below(8) == 0 && fresh.store().post(&text.parse().unwrap()).unwrap().is_some() {
                show(&mut fresh, text);
            }
        }
        let shown = show(&mut fresh, text);
        assert_eq!(shown["text"].as_str(), Some(expected.0.as_str()));
        assert_eq!(shown["missing"], 0);
        assert_eq!(digest(&fresh), expected.1);
    }
}

#[test]
fn two_persons_write_on_two_nodes_as_they_did() {
    let Some((runs, end)) = trace::read() else { return };
    let folder = tempfile::tempdir().unwrap();
    let disk = SqliteStore::open(&folder.path().join("store")).unwrap();
    let mut devices =
        [Device::of(Box::new(disk), 0, "Awa"), Device::of(Box::new(MemoryStore::new()), 1, "Ami")];
    let started = std::time::Instant::now();
    let (text, heads) = written(&runs, &mut devices);
    eprintln!("written by two in {} s", started.elapsed().as_secs());
    for device in &mut devices {
        let shown = show(&mut device.node, &text);
        assert_eq!(shown["text"].as_str(), Some(end.as_str()));
        assert_eq!(shown["changes"], runs.len());
        assert_eq!(shown["authors"].as_array().unwrap().len(), 2);
    }
    let digests = devices.each_ref().map(|device| digest(&device.node));
    assert_eq!(digests[0], digests[1]);

    let (all, expected) = (all_of(devices[0].node.store(), &heads), (end, digests[0].clone()));
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for seed in 0..THREADS {
            let (all, text, expected) = (&all, text.as_str(), &expected);
            scope.spawn(move || delivered_otherwise(all, text, expected, seed));
        }
    });
    eprintln!("delivered in {} other orders in {} s", orders(), started.elapsed().as_secs());
}
