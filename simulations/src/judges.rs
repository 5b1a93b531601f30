//! What is right, judged when everything that went wrong has stopped and all devices have met.
//!
//! Each judge gives a line for each thing that is wrong. None knows which faults there were.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::fork::ForkProof;
use baro_crdt::ids::{CommunityId, PayloadHash};
use baro_crdt::record::Record;
use baro_node::replica::{Batch, Item, LogItem, Replica};
use baro_node::store::{MemoryStore, PostFamily, Read, Result, StoreError};

use crate::node::Node;
use crate::world::World;

const FAMILIES: [PostFamily; 7] = [
    PostFamily::Debate,
    PostFamily::Post,
    PostFamily::Answer,
    PostFamily::Announcement,
    PostFamily::Decision,
    PostFamily::Text,
    PostFamily::Change,
];

/// The devices that do not lie: of the others nothing is expected.
fn honest(world: &World) -> impl Iterator<Item = (usize, &Node)> {
    world.nodes.iter().enumerate().filter(|(_, node)| node.liar.is_none())
}

/// All that is wrong.
pub fn judge(world: &World, communities: &[CommunityId]) -> Vec<String> {
    let mut wrong = world.watch.faults.clone();
    for community in communities {
        let judged = converged(world, community)
            .and_then(|lines| Ok([lines, lawful(world, community)?].concat()));
        match judged {
            Ok(lines) => wrong.extend(lines),
            Err(error) => wrong.push(format!("a store cannot be read: {error}")),
        }
    }
    wrong.extend(durable(world));
    wrong.extend(signed(world, communities));
    wrong.extend(sent_once(world));
    wrong
}

/// Everything a device shows of a community, in lines that are equal where two devices show the
/// same: not when it came, and not which number a log has here.
fn view(read: &dyn Read, community: &CommunityId) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    if let Some(row) = read.community(community)? {
        let (records, logs, entries) = (row.records, row.logs, row.entries);
        lines.push(format!("digest {:?} {records} {logs} {entries}", row.digest()?));
    }
    for row in read.records(community)? {
        lines.push(format!("record {:?}", row.id));
    }
    for row in read.cuts(community)? {
        lines.push(format!("cut {:?} {}", row.log, row.cut));
    }
    for row in read.logs(community)?.iter().filter(|row| row.authorised > 0) {
        lines.push(format!("log {:?} {} {:?}", row.id, row.authorised, row.authorised_chain));
    }
    for row in read.names(community)? {
        lines.push(format!("name {:?} {} {}", row.person, row.name, row.lamport));
    }
    for family in FAMILIES {
        for post in read.posts(community, family)? {
            let edit = read.edit(&post.id, &post.author)?.map(|e| (e.entry, e.lamport, e.payload));
            let hide = read.hide(&post.id)?.map(|hide| (hide.entry, hide.reason));
            let (id, author, lamport) = (post.id, post.author, post.lamport);
            let parent = post.parent;
            lines.push(format!(
                "{family:?} {id:?} {author:?} {lamport} {parent:?} {edit:?} {hide:?}"
            ));
            for vote in read.votes(&post.id)? {
                lines.push(format!("vote {id:?} {:?} {:?}", vote.person, vote.choice));
            }
        }
    }
    Ok(lines)
}

fn differences(what: &str, one: &[String], other: &[String]) -> Vec<String> {
    let (one, other): (BTreeSet<_>, BTreeSet<_>) = (one.iter().collect(), other.iter().collect());
    let only_one = one.difference(&other).map(|line| format!("{what}: only the first: {line}"));
    let only_other = other.difference(&one).map(|line| format!("{what}: only the second: {line}"));
    only_one.chain(only_other).take(12).collect()
}

/// Everybody who holds the community shows the same, and nobody misses words that somebody has.
fn converged(world: &World, community: &CommunityId) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut first: Option<(usize, Vec<String>)> = None;
    let mut words: BTreeMap<PayloadHash, BTreeSet<usize>> = BTreeMap::new();
    let mut missing: Vec<(usize, PayloadHash)> = Vec::new();
    for (n, node) in honest(world) {
        if node.store.community(community)?.is_none() {
            continue;
        }
        let view = view(&node.store, community)?;
        match &first {
            None => first = Some((n, view)),
            Some((m, before)) => {
                wrong.extend(differences(&format!("nodes {m} and {n} differ"), before, &view));
            }
        }
        for family in FAMILIES {
            for post in node.store.posts(community, family)? {
                let edit = node.store.edit(&post.id, &post.author)?;
                let withdrawn = edit.as_ref().is_some_and(|edit| edit.payload.is_none());
                for hash in post.payload.into_iter().chain(edit.and_then(|edit| edit.payload)) {
                    match (withdrawn, node.store.payload(&hash)?.is_some()) {
                        (true, true) => wrong.push(format!("node {n} serves withdrawn {hash:?}")),
                        (true, false) => {}
                        (false, true) => {
                            words.entry(hash).or_default().insert(n);
                        }
                        (false, false) => missing.push((n, hash)),
                    }
                }
            }
        }
    }
    for (n, hash) in missing {
        if let Some(who) = words.get(&hash) {
            wrong.push(format!("node {n} misses words {hash:?} that {who:?} have"));
        }
    }
    Ok(wrong)
}

/// What a device shows is what its records and entries amount to, computed in one go in another
/// store: nothing unauthorised is shown, and nothing depends on the order of arrival.
fn lawful(world: &World, community: &CommunityId) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    // Devices that hold the same are judged once; what they show was compared before.
    let mut judged: Vec<[Vec<Item>; 3]> = Vec::new();
    for (n, node) in honest(world) {
        let held = &node.store;
        if held.community(community)?.is_none() {
            continue;
        }
        let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
        let mut items = Vec::new();
        for row in held.records(community)? {
            let record = Record::from_trusted_bytes(&row.bytes).map_err(|error| damaged(&error))?;
            items.push(if record.id() == community.founding() {
                Item::Join(record)
            } else {
                Item::Record(record)
            });
        }
        items.sort_by_key(|item| matches!(item, Item::Record(_)));
        let mut cuts = Vec::new();
        for cut in held.cuts(community)? {
            let proof = ForkProof::from_bytes(&cut.proof).map_err(|error| damaged(&error))?;
            cuts.push(Item::Cut(proof));
        }
        let mut logs = Vec::new();
        for row in held.logs(community)? {
            let Some(head) = held.heads(row.number)?.pop() else { continue };
            let entries = held.entries(row.number, 0..head.head.length)?;
            let (header, signature) = (row.header, head.signature);
            logs.push(Item::Log(LogItem {
                header,
                from: 0,
                base: row.id.start(),
                entries,
                signature,
                payloads: Vec::new(),
            }));
        }
        let all = [items, cuts, logs];
        if judged.contains(&all) {
            continue;
        }
        judged.push(all.clone());
        let [items, cuts, logs] = all;
        let mut other = logs.clone();
        other.reverse();
        let view_here = view(held, community)?;
        for (order, then) in [("cuts last", [logs, cuts.clone()]), ("cuts first", [cuts, other])] {
            let mut store = MemoryStore::new();
            let items = [items.clone(), then.concat()].concat();
            Replica::default().commit(&mut store, &Batch { items, ..Batch::default() })?;
            let what = format!("node {n} against its own entries, {order}");
            wrong.extend(differences(&what, &view_here, &view(&store, community)?));
        }
    }
    Ok(wrong)
}

/// What was durable once is there.
fn durable(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((n, log), length) in &world.watch.durable {
        let Some((_, node)) = honest(world).find(|(other, _)| other == n) else { continue };
        let forked = node.store.cut(log).is_ok_and(|cut| cut.is_some());
        let held = node.store.log(log).ok().flatten().map_or(0, |row| row.cursor.length);
        if held < *length && !forked {
            wrong.push(format!("node {n} held {length} entries of {log:?} and now {held}"));
        }
    }
    for (n, record) in &world.watch.records {
        let Some((_, node)) = honest(world).find(|(other, _)| other == n) else { continue };
        if node.store.record(record).is_ok_and(|row| row.is_none()) {
            wrong.push(format!("node {n} lost record {record:?}"));
        }
    }
    wrong
}

/// Everything that is held was signed by its author: nobody was made to say anything.
fn signed(world: &World, communities: &[CommunityId]) -> Vec<String> {
    let mut wrong = Vec::new();
    for ((n, node), community) in
        honest(world).flat_map(|at| communities.iter().map(move |c| (at, c)))
    {
        for row in node.store.logs(community).unwrap_or_default() {
            if row.cursor.length > 0 && !world.watch.signed.contains(&row.cursor.chain) {
                wrong.push(format!("node {n} holds entries of {:?} that nobody wrote", row.id));
            }
        }
        for row in node.store.records(community).unwrap_or_default() {
            if !world.watch.signed_records.contains(&row.id) {
                wrong.push(format!("node {n} holds record {:?} that nobody signed", row.id));
            }
        }
    }
    wrong
}

/// Nothing that a device made durable came to it again over the same link; whole branches of
/// forked logs apart.
fn sent_once(world: &World) -> Vec<String> {
    let forked =
        |log| honest(world).any(|(_, node)| node.store.cut(log).is_ok_and(|cut| cut.is_some()));
    world
        .watch
        .again
        .iter()
        .filter(|(_, _, log, _)| !forked(log))
        .take(4)
        .map(|(link, n, log, index)| {
            format!("node {n}: entry {index} of {log:?} again over {link:?}")
        })
        .collect()
}
