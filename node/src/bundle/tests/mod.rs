//! Villages, their stores and what goes between them in files.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

pub(crate) mod blobs;
mod branches;
mod damage;
mod exchange;
mod hostile;

use std::io::Cursor;

use baro_crdt::entry::{Body, Choice, Entry, Payload, PostKind, Words};
use baro_crdt::ids::{CommunityId, EntryId, LaneId, LogId, RecordId, WallSeconds};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{EntryIds, Head, Header, Stream, chain_all};
use baro_crdt::record::{Body as RecordBody, Founding, Grant, Record};
use baro_crdt::role::Role;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::ingest::Strict;
use crate::replica::{Batch, Item, LogItem, Outcome, Replica};
use crate::store::{MemoryStore, Read};

/// A community with a founder and members.
pub(crate) struct Village {
    founding: Record,
    pub(crate) grant: Record,
    founder: MemberKey,
    members: Vec<MemberKey>,
}

impl Village {
    pub(crate) fn new(seed: u8, members: u8) -> Self {
        let founder = MemberKey::from_seed([seed; 32]);
        let body = RecordBody::Founding(Founding {
            name: "Sikoro".into(),
            language: "bm".into(),
            founders: vec![founder.id()],
            threshold: 1,
            nonce: vec![seed; 16],
            debates_by: Role::Member,
            cosignatures: 0,
            members_only: false,
        });
        let founding = Record::sign(body, &[&founder]).unwrap();
        let members: Vec<MemberKey> =
            (1..=members).map(|n| MemberKey::from_seed([seed ^ (n << 3); 32])).collect();
        let mut persons: Vec<_> = members.iter().map(MemberKey::id).collect();
        persons.sort();
        let body = RecordBody::Grant(Grant {
            community: founding.community(),
            by: founder.id(),
            via: founding.id(),
            role: Role::Member,
            office: None,
            persons,
            overcomes: Vec::new(),
        });
        let grant = Record::sign(body, &[&founder]).unwrap();
        Self { founding, grant, founder, members }
    }

    pub(crate) fn id(&self) -> CommunityId {
        self.founding.community()
    }

    /// A node that has joined, and knows nothing else.
    pub(crate) fn joined(&self) -> MemoryStore {
        let mut store = MemoryStore::new();
        self.join(&mut store);
        store
    }

    pub(crate) fn join(&self, store: &mut MemoryStore) {
        commit(store, vec![Item::Join(self.founding.clone())]);
    }

    /// A log of the founder.
    pub(crate) fn founders_log(&self, lane: u8) -> Writer {
        Writer::new(&self.founder, self.id(), self.founding.id(), lane)
    }

    /// A log of member `n`.
    pub(crate) fn log(&self, n: usize, lane: u8) -> Writer {
        Writer::new(&self.members[n], self.id(), self.grant.id(), lane)
    }

    /// A node on which a debate went on: a few statements, and votes of every member.
    pub(crate) fn debating(&self, posts: u32, lane: u8) -> MemoryStore {
        let mut store = self.joined();
        let mut items = vec![Item::Record(self.grant.clone())];
        let mut founder = self.founders_log(lane);
        let debate = founder.say(Body::Debate { closes: None }, Some("Where does the well go?"));
        let mut said = Vec::new();
        for n in 0..posts {
            let (kind, reply_to) = (PostKind::Statement, None);
            let body = Body::Post { debate, kind, reply_to, to: None };
            said.push(founder.say(body, Some(&format!("Behind house {n}, by the road"))));
        }
        items.push(founder.item(0));
        for n in 0..self.members.len() {
            let mut log = self.log(n, lane);
            for post in &said {
                log.say(Body::Vote { post: *post, choice: Choice::Agree }, None);
            }
            items.push(log.item(0));
        }
        let outcome = commit(&mut store, items);
        assert!(outcome.taken.iter().all(|taken| *taken == crate::replica::Taken::New));
        store
    }
}

/// Writes one log.
#[derive(Clone)]
pub(crate) struct Writer {
    key: MemberKey,
    header: Header,
    entries: Vec<Vec<u8>>,
    payloads: Vec<Vec<u8>>,
    rng: ChaCha20Rng,
}

impl Writer {
    fn new(key: &MemberKey, community: CommunityId, grant: RecordId, lane: u8) -> Self {
        let lane = LaneId::from_bytes([lane; 8]);
        let header =
            Header { community, author: key.id(), grant, stream: Stream::Debate, lane, volume: 0 };
        let rng = ChaCha20Rng::from_seed(*header.id().as_bytes());
        Self { key: key.clone(), header, entries: Vec::new(), payloads: Vec::new(), rng }
    }

    pub(crate) fn length(&self) -> u32 {
        self.entries.len() as u32
    }

    pub(crate) fn log(&self) -> LogId {
        self.header.id()
    }

    pub(crate) fn say(&mut self, body: Body, words: Option<&str>) -> EntryId {
        let payload = words.map(|text| {
            let words = Words { text: text.into(), ..Words::default() };
            let payload = Payload::new(&words, &mut self.rng).unwrap();
            self.payloads.push(payload.to_bytes().to_vec());
            payload.reference()
        });
        let entry = Entry { lamport_step: 0, time_step: 1, body, payload };
        self.entries.push(entry.to_bytes());
        EntryIds::of(&self.log()).at(&self.head().chain)
    }

    pub(crate) fn name(&mut self, name: &str) {
        self.say(Body::Name { name: name.into() }, None);
    }

    fn head(&self) -> Head {
        let chain = chain_all(self.log().start(), self.entries.iter().map(Vec::as_slice));
        Head { log: self.log(), length: self.entries.len() as u32, chain }
    }

    /// What is written from `from` on, signed; all words go along.
    pub(crate) fn item(&self, from: u32) -> Item {
        Item::Log(LogItem {
            header: self.header.clone(),
            from,
            base: chain_all(
                self.log().start(),
                self.entries[..from as usize].iter().map(Vec::as_slice),
            ),
            entries: self.entries[from as usize..].to_vec(),
            signature: self.head().sign(&self.key).signature,
            payloads: self.payloads.clone(),
        })
    }
}

pub(crate) fn commit(store: &mut MemoryStore, items: Vec<Item>) -> Outcome {
    let batch = Batch { items, now: WallSeconds(7), ..Batch::default() };
    Replica::default().commit(store, &batch).unwrap()
}

pub(crate) fn digest_of(store: &MemoryStore, village: &Village) -> baro_crdt::digest::Digest {
    store.community(&village.id()).unwrap().unwrap().digest().unwrap()
}

pub(crate) fn bundle(store: &MemoryStore, to: Option<&Digest>) -> (Vec<u8>, Written) {
    let mut bytes = Vec::new();
    let written = export(store, to, &mut bytes, &mut |_, _| {}).unwrap();
    assert_eq!(written.bytes, bytes.len() as u64);
    (bytes, written)
}

fn digest_file(store: &MemoryStore) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = write_digest(store, [9; 16], &mut bytes).unwrap();
    assert_eq!(written.bytes, bytes.len() as u64);
    bytes
}

fn digest(store: &MemoryStore) -> Digest {
    Digest::read(&mut digest_file(store).as_slice()).unwrap()
}

/// Takes a file in, as a node does.
fn take(store: &mut MemoryStore, bytes: &[u8]) -> Result<Report, ImportError> {
    let mut replica = Replica::default();
    let mut take = |frame: &Frame| {
        let incoming = Incoming::verify(store, &mut Strict, frame, WallSeconds(8))?;
        let outcome = replica.commit(store, incoming.batch())?;
        Ok(incoming.settle(&outcome))
    };
    import(&mut Cursor::new(bytes), &mut take, &mut |_| {})
}

/// The intact sections of a file, and how many stretches are damaged.
fn frames(mut bytes: &[u8]) -> (Vec<Frame>, usize) {
    let mut sections = Sections::new(&mut bytes);
    let (mut frames, mut damaged) = (Vec::new(), 0);
    while let Some(found) = sections.read_next().unwrap() {
        match found {
            Found::Section { frame, .. } => frames.push(frame),
            Found::Damage { .. } => damaged += 1,
            Found::Start | Found::TooNew(_) => {}
        }
    }
    (frames, damaged)
}

/// Everything in `store` that anyone signed is in `source` too.
pub(crate) fn is_part_of(store: &MemoryStore, source: &MemoryStore, village: &Village) -> bool {
    let records = store.records(&village.id()).unwrap();
    let logs = store.logs(&village.id()).unwrap();
    records.iter().all(|row| source.record(&row.id).unwrap().is_some())
        && logs.iter().all(|row| {
            let Some(whole) = source.log(&row.id).unwrap() else { return false };
            let held = store.entries(row.number, 0..row.cursor.length).unwrap();
            source.entries(whole.number, 0..row.cursor.length).unwrap() == held
        })
}
