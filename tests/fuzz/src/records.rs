//! Records and what they amount to.
//!
//! Any bytes are read or refused. A body that can be read is signed by keys known here, and then
//! holds under that signature and under no other. Authority over many such records is computed
//! alike in any order, with any repetition.

use baro_crdt::authority::Authority;
use baro_crdt::codec;
use baro_crdt::ids::{PersonId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Act, Body, Record};
use baro_crdt::role::Role;

use crate::input;
use crate::world::{KEYS, WORLD};

/// The record with a bit of its last signature turned.
fn assert_only_its_own(record: &Record, bit: u8) {
    let mut forged = record.to_bytes().to_vec();
    let at = forged.len() - 1 - usize::from(bit >> 3 & 31);
    forged[at] ^= 1 << (bit & 7);
    assert!(Record::from_bytes(&forged).is_err(), "a record holds under another signature");
}

fn read(bytes: &[u8]) {
    if let Ok(record) = Record::from_bytes(bytes) {
        assert_eq!(record.to_bytes(), bytes);
        assert_only_its_own(&record, bytes[0]);
    }
    if let Ok(act) = Act::from_bytes(bytes) {
        assert_eq!(act.to_bytes(), bytes, "an act has two encodings");
        if let Some(record) = act.record() {
            assert_eq!(Record::from_bytes(record.to_bytes()).as_ref(), Ok(&record));
        }
    }
    if let Ok(record) = Record::from_trusted_bytes(bytes) {
        assert_eq!(
            codec::decode::<Body>(&codec::encode(record.body())).as_ref(),
            Ok(record.body())
        );
    }
}

/// Puts keys of ours, our community and an earlier record in the place of others, as `op` says.
fn adopt(body: &mut Body, op: u8, arg: u8, before: &[Record]) {
    let key = |n: u8| KEYS[usize::from(n) % KEYS.len()].id();
    let community = WORLD.community();
    let nth = usize::from(arg >> 3) % (before.len() + 1);
    let via = before.get(nth).map_or(WORLD.founding.id(), Record::id);
    let by = key(arg & 7);
    let (bodys_community, bodys_via, bodys_by) = match body {
        Body::Founding(_) => return,
        Body::Grant(it) => (&mut it.community, &mut it.via, &mut it.by),
        Body::Revocation(it) => {
            if op & 2 == 0 {
                it.by = vec![by];
            }
            if op & 8 == 0 {
                it.person = key(op >> 4);
            }
            it.community = community;
            it.via = if op & 4 == 0 { via } else { it.via };
            return;
        }
        Body::Accept(it) => {
            if op & 8 == 0 {
                it.person = key(op >> 4);
            }
            (&mut it.community, &mut it.via, &mut it.by)
        }
        Body::Closing(it) => (&mut it.community, &mut it.via, &mut it.by),
        Body::CoSignature(it) => (&mut it.community, &mut it.via, &mut it.by),
        Body::Epoch(it) => (&mut it.community, &mut it.via, &mut it.by),
    };
    *bodys_community = community;
    if op & 2 == 0 {
        *bodys_by = by;
    }
    if op & 4 == 0 {
        *bodys_via = via;
    }
}

fn sign(mut body: Body, op: u8, arg: u8, before: &[Record]) -> Option<Record> {
    adopt(&mut body, op, arg, before);
    let keys: Vec<&MemberKey> = KEYS.iter().collect();
    let record = Record::sign(body, &keys).ok()?;
    let read = Record::from_bytes(record.to_bytes()).expect("a record signed here");
    assert_eq!(read, record);
    assert_only_its_own(&record, arg);
    Some(record)
}

/// What authority says of every person and record, to be compared.
fn opinions(authority: &Authority, records: &[Record]) -> Vec<(RecordId, bool, bool, usize)> {
    let persons: Vec<PersonId> = KEYS.iter().map(MemberKey::id).collect();
    for person in &persons {
        let named = authority.distance(person).is_none() || authority.names(person);
        assert!(named, "a distance for someone whom nobody named");
        for role in Role::ALL {
            if let Some(grant) = authority.best_grant(person, role, None) {
                assert!(authority.is_live(&grant), "a grant that is not in force");
            }
        }
    }
    records
        .iter()
        .map(|record| {
            let id = record.id();
            let (valid, live) = (authority.is_valid(&id), authority.is_live(&id));
            assert!(valid || !live, "a record in force without a chain");
            let ended = persons.iter().map(|person| authority.ended_by(&id, person).len()).sum();
            (id, valid, live, ended)
        })
        .collect()
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    if mode & 1 == 0 {
        return read(rest);
    }
    let mut records = Vec::new();
    for step in input::steps(rest).iter().take(16) {
        if let Ok(body) = codec::decode::<Body>(step.bytes) {
            assert_eq!(codec::encode(&body), step.bytes, "a body has two encodings");
            if step.op & 1 == 0 {
                records.extend(sign(body, step.op, step.arg, &records));
            }
        }
    }
    let founding = &WORLD.founding;
    let authority = Authority::compute(founding, records.iter());
    let again = Authority::compute(founding, records.iter().rev().chain(&records));
    assert_eq!(authority, again, "the order of records shows");
    assert_eq!(opinions(&authority, &records), opinions(&again, &records));
}

/// The small community's records, as they are and as bodies.
pub fn seeds() -> Vec<Vec<u8>> {
    let records: Vec<&Record> = [&WORLD.founding].into_iter().chain(&WORLD.records).collect();
    let mut seeds: Vec<_> =
        records.iter().map(|record| [&[0], record.to_bytes()].concat()).collect();
    for record in &records {
        let mut act = Act::new(record.body().clone()).expect("a body that holds");
        seeds.push([&[0], act.to_bytes().as_slice()].concat());
        act.sign(&KEYS[0]);
        seeds.push([&[0], act.to_bytes().as_slice()].concat());
    }
    let bodies: Vec<_> = records.iter().map(|record| codec::encode(record.body())).collect();
    for op in [0, 6, 14] {
        let steps = input::write(bodies.iter().map(|body| (op, 0, body.as_slice())));
        seeds.push([&[1], steps.as_slice()].concat());
    }
    seeds.extend(WORLD.more_bodies().iter().map(|body| {
        let body = codec::encode(body);
        let steps = bodies.iter().chain([&body]).map(|body| (0, 0, body.as_slice()));
        [&[1], input::write(steps).as_slice()].concat()
    }));
    seeds
}
