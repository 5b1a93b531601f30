//! A hostile member, whose signatures hold whatever is under them.
//!
//! Each step is a run of entries, signed by a member, behind what the same log held before. The
//! store takes it or says why not; taking it in again changes nothing, and what one node took in
//! and gives away, another takes in alike.

use baro_crdt::entry::{push_run, split_run};
use baro_crdt::ids::LaneId;
use baro_crdt::log::{Head, SignedHead, Stream, chain_all};
use baro_node::replica::{Item, LogItem, Refusal, Replica, Taken};

use crate::bundles::{take, whole};
use crate::input::{self, Step};
use crate::world::{KEYS, WORLD, Writer, commit};

const STREAMS: [Stream; 4] = [Stream::Alerts, Stream::Official, Stream::Debate, Stream::Learning];

/// The item of a step. The argument names key, grant, stream, volume and whether the entries stand
/// at the beginning of the log or go on behind `before`.
fn item_of(step: &Step<'_>, before: &mut Vec<(Writer, Vec<Vec<u8>>)>) -> Option<LogItem> {
    let key = usize::from(step.arg & 3);
    let grant = if key == 0 { WORLD.founding.id() } else { WORLD.grant.id() };
    let mut writer = Writer::new(key, WORLD.community(), grant, 8 | step.arg >> 7);
    writer.header.stream = STREAMS[usize::from(step.op & 3)];
    writer.header.volume = u32::from(step.arg >> 4 & 3);
    writer.header.lane = LaneId::from_bytes([8 | step.arg >> 7; 8]);
    let entries: Vec<Vec<u8>> = match step.op >> 2 & 1 {
        0 => vec![step.bytes.to_vec()],
        _ => split_run(step.bytes).ok()?.into_iter().map(<[u8]>::to_vec).collect(),
    };
    let payloads = if step.op >> 3 & 1 == 1 { vec![step.bytes.to_vec()] } else { Vec::new() };
    let held = before.iter_mut().find(|(other, _)| other.header == writer.header);
    let held = match held {
        Some((_, held)) if step.arg & 4 == 0 => held,
        Some((_, held)) => {
            held.clear();
            held
        }
        None => {
            before.push((writer.clone(), Vec::new()));
            &mut before.last_mut()?.1
        }
    };
    let from = u32::try_from(held.len()).ok()?;
    let log = writer.header.id();
    let base = chain_all(log.start(), held.iter().map(Vec::as_slice));
    held.extend(entries.iter().cloned());
    let chain = chain_all(log.start(), held.iter().map(Vec::as_slice));
    let head = Head { log, length: u32::try_from(held.len()).ok()?, chain };
    let SignedHead { signature, .. } = head.sign(&KEYS[key]);
    Some(LogItem { header: writer.header, from, base, entries, signature, payloads })
}

/// One input.
pub fn run(data: &[u8]) {
    let mut store = WORLD.left();
    let mut replica = Replica::default();
    let mut before = Vec::new();
    let items: Vec<Item> = input::steps(data)
        .iter()
        .take(12)
        .filter_map(|step| item_of(step, &mut before).map(Item::Log))
        .collect();
    let mut forked = false;
    for item in &items {
        let outcome = commit(&mut replica, &mut store, vec![item.clone()]);
        forked |= outcome.taken == [Taken::Refused(Refusal::OtherBranch)];
    }
    let digest = WORLD.digest(&store);
    if forked {
        return;
    }
    commit(&mut replica, &mut store, items);
    assert_eq!(WORLD.digest(&store), digest, "taking in twice changes something");
    let mut other = WORLD.joined();
    take(&mut other, &whole(&store));
    assert_eq!(WORLD.digest(&other), digest, "another node sees something else");
}

/// What the small community says, as if written by somebody else.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (log, key) in WORLD.logs().iter().zip([0, 1, 2, 2, 1]) {
        let mut run = Vec::new();
        log.entries.iter().for_each(|entry| push_run(&mut run, entry));
        seeds.push(input::write([(6, key, run.as_slice())]));
        let each = log.entries.iter().map(|entry| (2, key, entry.as_slice()));
        let words = log.payloads.iter().map(|payload| (8 | 2, key, payload.as_slice()));
        seeds.push(input::write(words.chain(each)));
    }
    seeds
}
