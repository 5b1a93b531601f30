//! Devices that lie: how they lie ([`baro_node::core::liar`] bends what they say), and what those
//! who live on them sign: entries that break rules, two branches of one log, records that nobody
//! may sign, heads that are not. All signatures are real; an honest store takes none of it, or
//! takes it and strikes it out.

use baro_crdt::entry::{Body, Choice, Cursor, Entry, Priority};
use baro_crdt::ids::{ChainHash, EntryId, LaneId, LogId, PersonId, RecordId};
use baro_crdt::log::{Head, Header, SignedHead, Stream, chain, chain_all};
use baro_crdt::record::{Accept, Body as RecordBody, Closing, Grant, Revocation};
use baro_crdt::role::Role;
use baro_node::core::liar::{Liar, Lie};
use baro_node::replica::LogItem;
use baro_node::store::{LocalPerson, Read};

use crate::dice::Dice;
use crate::village::{Village, key_of, sign};
use crate::world::World;

/// A mouth with some kinds of lies in it, seldom or all the time.
pub fn mouth(dice: &mut Dice) -> Liar {
    let mut lies: Vec<Lie> = Lie::ALL.into_iter().filter(|_| dice.chance(250)).collect();
    if lies.is_empty() {
        lies.extend(dice.pick(&Lie::ALL));
    }
    let permille = *dice.pick(&[20, 100, 300, 700]).unwrap_or(&100);
    Liar::new(dice.seed(), lies, permille)
}

/// Somebody on a lying device signs something that is not right, for its mouth to spread.
pub fn scheme(world: &mut World, village: &Village, dice: &mut Dice, node: usize) -> Option<()> {
    let store = &world.nodes.get(node)?.store;
    let persons = store.local_persons().ok()?;
    let here: Vec<LocalPerson> =
        persons.into_iter().filter(|person| person.community == village.id).collect();
    let who = dice.pick(&here)?.clone();
    let records: Vec<RecordId> =
        store.records(&village.id).ok()?.into_iter().map(|row| row.id).collect();
    if dice.chance(400) {
        let body = crooked_record(village, dice, &who, &records, store)?;
        let record = sign(body, &[&key_of(&who)])?;
        world.watch.signed_record(node, &record);
        world.nodes.get_mut(node)?.liar.as_mut()?.learn_record(record.to_bytes().to_vec());
        return Some(());
    }
    let grants: Vec<RecordId> = records.clone();
    let header = Header {
        community: village.id,
        author: who.person,
        grant: *dice.pick(&grants)?,
        stream: *dice.pick(&[Stream::Debate, Stream::Debate, Stream::Official, Stream::Alerts])?,
        lane: LaneId::from_slice(dice.seed().get(..LaneId::LEN)?)?,
        volume: u32::from(dice.chance(100)),
    };
    let branches = if dice.chance(300) { 2 } else { 1 };
    let beginning = crooked_entries(&header, dice);
    for _ in 0..branches {
        let mut entries = beginning.clone();
        if branches > 1 {
            entries.extend(crooked_entries(&header, dice));
        }
        let item = signed(&who, header.clone(), entries);
        world.watch.signed_entries(node, &item);
        world.nodes.get_mut(node)?.liar.as_mut()?.learn_run(item);
    }
    Some(())
}

fn signed(who: &LocalPerson, header: Header, entries: Vec<Vec<u8>>) -> LogItem {
    let log = header.id();
    let length = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let chain = chain_all(log.start(), entries.iter().map(Vec::as_slice));
    let signature = Head { log, length, chain }.sign(&key_of(who)).signature;
    LogItem { header, from: 0, base: log.start(), entries, signature, payloads: Vec::new() }
}

/// A few entries, most of which break a rule.
fn crooked_entries(header: &Header, dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for _ in 0..=dice.below(3) {
        let post = EntryId::from_slice(dice.seed().get(..EntryId::LEN).unwrap_or_default());
        let post = post.unwrap_or(EntryId::from_bytes([0; 16]));
        let body = match dice.below(6) {
            0 => Body::Vote { post, choice: Choice::Agree },
            1 => Body::Hide { post, reason: "parce que".into() },
            2 => Body::Withdraw { entry: post },
            3 => Body::Name { name: "x".repeat(usize::try_from(dice.below(300)).unwrap_or(0)) },
            4 => Body::Change { text: post, bytes: dice.seed().to_vec() },
            _ => Body::Announcement {
                priority: Priority::High,
                expires: None,
                supersedes: Some(post),
                place: None,
                category: None,
            },
        };
        let lamport_step = *dice.pick(&[0, 0, 0, 1 << 19, 1 << 21, u64::MAX]).unwrap_or(&0);
        let time_step = *dice.pick(&[0, 0, i64::MAX, i64::MIN]).unwrap_or(&0);
        let mut bytes = Entry { lamport_step, time_step, body, payload: None }.to_bytes();
        match dice.below(12) {
            0 => bytes.push(0),
            1 => bytes = dice.seed().to_vec(),
            2 => bytes.clear(),
            3 => bytes = vec![0x40; 70_000],
            4 => {
                let mut cursor = Cursor::start(header.id());
                // Many of them, if they may stand there at all.
                let ids = baro_crdt::log::EntryIds::of(&header.id());
                if cursor.step(&bytes, header.stream, &ids).is_ok() {
                    entries.extend(std::iter::repeat_n(bytes.clone(), 200));
                }
            }
            _ => {}
        }
        entries.push(bytes);
    }
    entries
}

fn some_head(dice: &mut Dice, store: &dyn Read, village: &Village) -> Option<SignedHead> {
    let rows = store.logs(&village.id).ok()?;
    let row = dice.pick(&rows)?;
    let mut head = *dice.pick(&store.heads(row.number).ok()?)?;
    match dice.below(5) {
        0 => head.head.length += 1,
        1 => head.head.chain = ChainHash::from_bytes(dice.seed()),
        2 => head.head.log = LogId::from_bytes(dice.seed()),
        // An author's head for entries that are not, as far as a liar can make one.
        3 => head.head.chain = chain(&head.head.chain, b"more"),
        _ => {}
    }
    Some(head)
}

/// A record that its signer may not sign, or that cites what is not.
fn crooked_record(
    village: &Village,
    dice: &mut Dice,
    who: &LocalPerson,
    records: &[RecordId],
    store: &dyn Read,
) -> Option<RecordBody> {
    let (community, by) = (village.id, who.person);
    let via = match dice.chance(800) {
        true => *dice.pick(records)?,
        false => RecordId::from_bytes(dice.seed()),
    };
    let person = match dice.chance(800) {
        true => dice.pick(&village.persons)?.person,
        false => PersonId::from_bytes(dice.seed()),
    };
    let mut heads: Vec<SignedHead> =
        (0..dice.below(3)).filter_map(|_| some_head(dice, store, village)).collect();
    heads.sort_by_key(|head| head.head.log);
    heads.dedup_by_key(|head| head.head.log);
    let records: Vec<RecordId> = records.iter().copied().filter(|_| dice.chance(300)).collect();
    Some(match dice.below(4) {
        0 => {
            let role = *dice.pick(&[Role::Manager, Role::Official, Role::Member])?;
            let office = (role == Role::Official).then(|| "maire".into());
            let mut persons = vec![person, by];
            persons.sort();
            persons.dedup();
            let overcomes = records.into_iter().take(2).collect();
            RecordBody::Grant(Grant { community, by, via, role, office, persons, overcomes })
        }
        1 => RecordBody::Revocation(Revocation {
            community,
            by: vec![by],
            via,
            person,
            roles: Vec::new(),
            keep_records: records,
            keep_logs: heads,
        }),
        2 => RecordBody::Accept(Accept { community, by, via, person, records, logs: heads }),
        _ => RecordBody::Closing(Closing {
            community,
            by,
            via,
            debate: EntryId::from_bytes([7; 16]),
            outcome: None,
            heads: heads.into_iter().map(|head| head.head).collect(),
        }),
    })
}
