//! A small community that two nodes hold parts of, and what anybody in it has ever signed.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use baro_crdt::entry::{Body, Choice, Editors, Entry, Payload, PostKind, Words};
use baro_crdt::ids::{ChainHash, CommunityId, EntryId, LaneId, LogId, RecordId, WallSeconds};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{EntryIds, Head, Header, Stream, chain, chain_all};
use baro_crdt::record::{
    Accept, Body as RecordBody, Closing, CoSignature, Founding, Grant, Record, Revocation,
};
use baro_crdt::role::Role;
use baro_crdt::text::Text;
use baro_node::replica::{Batch, Item, LogItem, Outcome, Replica, Taken};
use baro_node::store::{MemoryStore, Read};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// The keys of the founder, of three members, and of somebody nobody knows.
pub(crate) static KEYS: LazyLock<Vec<MemberKey>> =
    LazyLock::new(|| (1..=5).map(|n| MemberKey::from_seed([n; 32])).collect());
/// The community of all targets.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// What there is.
pub(crate) struct World {
    pub(crate) founding: Record,
    /// The member grant of keys 1 and 2.
    pub(crate) grant: Record,
    /// All records but the founding one.
    pub(crate) records: Vec<Record>,
    left: Vec<Item>,
    right: Vec<Item>,
    /// Each (log, length, chain hash) on any branch.
    points: BTreeSet<(LogId, u32, ChainHash)>,
    logs: Vec<Writer>,
}

impl World {
    fn new() -> Self {
        let founder = &KEYS[0];
        let body = RecordBody::Founding(Founding {
            name: "Sikoro".into(),
            language: "bm".into(),
            founders: vec![founder.id()],
            threshold: 1,
            nonce: vec![7; 16],
            debates_by: Role::Member,
            cosignatures: 0,
            members_only: false,
        });
        let founding = Record::sign(body, &[founder]).expect("a founding record");
        let grant_of = |role, office, keys: &[&MemberKey]| {
            let mut persons: Vec<_> = keys.iter().map(|key| key.id()).collect();
            persons.sort();
            let body = RecordBody::Grant(Grant {
                community: founding.community(),
                by: founder.id(),
                via: founding.id(),
                role,
                office,
                persons,
                overcomes: Vec::new(),
            });
            Record::sign(body, &[founder]).expect("a grant")
        };
        let grant = grant_of(Role::Member, None, &[&KEYS[1], &KEYS[2]]);
        let late = grant_of(Role::Member, None, &[&KEYS[3]]);

        let mut first = Writer::new(0, founding.community(), founding.id(), 1);
        let debate = first.say(Body::Debate { closes: None }, Some("Where does the well go?"));
        let post =
            |debate| Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
        let one = first.say(post(debate), Some("Behind the school, by the road"));
        let early = first.item(0);
        let editors = Editors::Members;
        let text = first.say(Body::Text { debate: Some(debate), editors }, Some("A proposal"));
        let two = first.say(post(debate), Some("At the market"));
        let change = Text::new(text).edit("Two wells.").expect("a change").remove(0);
        let bodies = first.item(0);

        let mut votes = Writer::new(1, founding.community(), grant.id(), 2);
        votes.say(Body::Name { name: "Awa".into() }, None);
        votes.say(Body::Vote { post: one, choice: Choice::Agree }, None);
        votes.say(Body::Vote { post: two, choice: Choice::Disagree }, None);

        let mut forked = Writer::new(2, founding.community(), grant.id(), 3);
        forked.say(Body::Name { name: "Ba".into() }, None);
        let mut branch = forked.clone();
        forked.say(post(debate), Some("Neither"));
        branch.say(Body::Vote { post: one, choice: Choice::Pass }, None);
        branch.say(Body::Change { text, bytes: change }, None);

        // Its grant is held on one side only, so it waits on the other.
        let mut waiting = Writer::new(3, founding.community(), late.id(), 4);
        waiting.say(post(debate), Some("Here too"));

        let body = RecordBody::Revocation(Revocation {
            community: founding.community(),
            by: vec![founder.id()],
            via: founding.id(),
            person: KEYS[1].id(),
            roles: Vec::new(),
            keep_records: Vec::new(),
            keep_logs: vec![votes.head().sign(&votes.key)],
        });
        let revocation = Record::sign(body, &[founder]).expect("a revocation");

        let mut points = BTreeSet::new();
        for writer in [&first, &votes, &forked, &branch, &waiting] {
            writer.points(&mut points);
        }
        let record = |record: &Record| Item::Record(record.clone());
        let left = vec![
            Item::Join(founding.clone()),
            record(&grant),
            bodies,
            votes.item(0),
            forked.item(0),
            record(&revocation),
        ];
        let right = vec![
            Item::Join(founding.clone()),
            record(&grant),
            record(&late),
            early,
            branch.item(0),
            waiting.item(0),
        ];
        let records = vec![grant.clone(), late, revocation];
        let logs = vec![first, votes, forked, branch, waiting];
        Self { founding, grant, records, left, right, points, logs }
    }

    pub(crate) fn community(&self) -> CommunityId {
        self.founding.community()
    }

    /// Its logs; the third and the fourth are branches of one.
    pub(crate) fn logs(&self) -> &[Writer] {
        &self.logs
    }

    /// Bodies of the kinds that nobody has signed yet.
    pub(crate) fn more_bodies(&self) -> Vec<RecordBody> {
        let (community, by, via) = (self.community(), KEYS[0].id(), self.founding.id());
        let heads = vec![self.logs[1].head()];
        let signed = heads[0].sign(&KEYS[1]);
        let entry = EntryId::from_bytes([3; 16]);
        vec![
            RecordBody::Accept(Accept {
                community,
                by,
                via,
                person: KEYS[1].id(),
                records: vec![self.grant.id()],
                logs: vec![signed],
            }),
            RecordBody::Closing(Closing {
                community,
                by,
                via,
                debate: entry,
                outcome: Some("Behind the school".into()),
                heads: heads.clone(),
            }),
            RecordBody::CoSignature(CoSignature {
                community,
                by,
                via,
                decision: entry,
                head: heads[0],
            }),
        ]
    }

    /// A node that has joined and holds nothing else.
    pub(crate) fn joined(&self) -> MemoryStore {
        stored(std::slice::from_ref(&self.left[0]))
    }

    /// The node that holds the longer logs.
    pub(crate) fn left(&self) -> MemoryStore {
        stored(&self.left)
    }

    /// The node that holds the later grant and another branch.
    pub(crate) fn right(&self) -> MemoryStore {
        stored(&self.right)
    }

    /// Asserts that everything a node holds was signed by whom it claims.
    pub(crate) fn assert_signed(&self, store: &MemoryStore) {
        let known: BTreeSet<RecordId> =
            self.records.iter().chain([&self.founding]).map(Record::id).collect();
        for row in store.records(&self.community()).expect("memory") {
            assert!(known.contains(&row.id), "a record that nobody signed");
        }
        for row in store.logs(&self.community()).expect("memory") {
            let entries = store.entries(row.number, 0..row.cursor.length).expect("memory");
            let end = chain_all(row.id.start(), entries.iter().map(Vec::as_slice));
            assert_eq!(end, row.cursor.chain, "the stored entries do not chain");
            let point = (row.id, row.cursor.length, end);
            assert!(self.points.contains(&point), "entries that nobody signed");
            assert!(row.authorised <= row.cursor.length);
        }
        for community in store.communities().expect("memory") {
            assert_eq!(community.id, self.community(), "a community that nobody joined");
        }
    }

    /// What two nodes compare.
    pub(crate) fn digest(&self, store: &MemoryStore) -> [u8; 32] {
        let row = store.community(&self.community()).expect("memory").expect("joined");
        *row.digest().expect("a digest").as_bytes()
    }
}

/// A store with these items in it.
fn stored(items: &[Item]) -> MemoryStore {
    let mut store = MemoryStore::new();
    let outcome = commit(&mut Replica::default(), &mut store, items.to_vec());
    debug_assert!(
        outcome.taken.iter().all(|taken| *taken == Taken::New),
        "the world is not what it should be: {:?}",
        outcome.taken
    );
    store
}

/// Commits items as they would come from elsewhere.
pub(crate) fn commit(replica: &mut Replica, store: &mut MemoryStore, items: Vec<Item>) -> Outcome {
    let batch = Batch { items, now: WallSeconds(7), ..Batch::default() };
    replica.commit(store, &batch).expect("memory does not fail")
}

/// Writes one log.
#[derive(Clone)]
pub(crate) struct Writer {
    pub(crate) key: MemberKey,
    pub(crate) header: Header,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) payloads: Vec<Vec<u8>>,
    rng: ChaCha20Rng,
}

impl Writer {
    pub(crate) fn new(key: usize, community: CommunityId, grant: RecordId, lane: u8) -> Self {
        let key = KEYS[key].clone();
        let lane = LaneId::from_bytes([lane; 8]);
        let header =
            Header { community, author: key.id(), grant, stream: Stream::Debate, lane, volume: 0 };
        let rng = ChaCha20Rng::from_seed(*header.id().as_bytes());
        Self { key, header, entries: Vec::new(), payloads: Vec::new(), rng }
    }

    pub(crate) fn say(&mut self, body: Body, words: Option<&str>) -> EntryId {
        let payload = words.map(|text| {
            let words = Words { text: text.into(), ..Words::default() };
            let payload = Payload::new(&words, &mut self.rng).expect("words");
            self.payloads.push(payload.to_bytes().to_vec());
            payload.reference()
        });
        let entry = Entry { lamport_step: 0, time_step: 1, body, payload };
        self.entries.push(entry.to_bytes());
        EntryIds::of(&self.header.id()).at(&self.head().chain)
    }

    pub(crate) fn head(&self) -> Head {
        let log = self.header.id();
        let chain = chain_all(log.start(), self.entries.iter().map(Vec::as_slice));
        Head { log, length: u32::try_from(self.entries.len()).expect("few"), chain }
    }

    /// All entries from `from` on under one signed head, with all words.
    pub(crate) fn item(&self, from: usize) -> Item {
        Item::Log(LogItem {
            header: self.header.clone(),
            from: u32::try_from(from).expect("few"),
            base: chain_all(
                self.header.id().start(),
                self.entries[..from].iter().map(Vec::as_slice),
            ),
            entries: self.entries[from..].to_vec(),
            signature: self.head().sign(&self.key).signature,
            payloads: self.payloads.clone(),
        })
    }

    fn points(&self, points: &mut BTreeSet<(LogId, u32, ChainHash)>) {
        let log = self.header.id();
        let mut at = log.start();
        points.insert((log, 0, at));
        for (entry, length) in self.entries.iter().zip(1..) {
            at = chain(&at, entry);
            points.insert((log, length, at));
        }
    }
}
