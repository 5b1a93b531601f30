//! A members-only community of two, each with a node of their own that knows its secret.

use std::sync::LazyLock;

use baro_crdt::entry::Body;
use baro_crdt::epoch::EpochSecret;
use baro_crdt::ids::{CommunityId, RecordId};
use baro_crdt::record::{Body as RecordBody, Epoch, Founding, Grant, Record};
use baro_crdt::role::Role;
use baro_crdt::sealed::SealingSecret;
use baro_node::epochs::EPOCH_PREFIX;
use baro_node::replica::{Item, LocalChange, Replica, Taken};
use baro_node::store::{LocalPerson, MemoryStore, Read};

use crate::world::{KEYS, Writer, commit};

/// The community of the targets that seal.
pub(crate) static CIRCLE: LazyLock<Circle> = LazyLock::new(Circle::new);

/// What there is.
pub(crate) struct Circle {
    pub(crate) community: CommunityId,
    /// The secret of its one epoch.
    pub(crate) secret: EpochSecret,
    /// What the second member opens copies of secrets with.
    pub(crate) sealing: SealingSecret,
    nodes: [Vec<Item>; 2],
}

impl Circle {
    fn new() -> Self {
        let founder = &KEYS[0];
        let body = RecordBody::Founding(Founding {
            name: "Those who were there".into(),
            language: "fr".into(),
            founders: vec![founder.id()],
            threshold: 1,
            nonce: vec![8; 16],
            debates_by: Role::Member,
            cosignatures: 0,
            members_only: true,
        });
        let founding = Record::sign(body, &[founder]).expect("a founding record");
        let community = founding.community();
        let (by, via) = (founder.id(), founding.id());
        let grant = RecordBody::Grant(Grant {
            community,
            by,
            via,
            role: Role::Member,
            office: None,
            persons: vec![KEYS[1].id()],
            overcomes: Vec::new(),
        });
        let grant = Record::sign(grant, &[founder]).expect("a grant");
        let secret = EpochSecret::from_bytes([9; 32]);
        let (epoch, follows) = (secret.id(), Vec::new());
        let epoch = Epoch { community, by, via, number: 1, epoch, follows, time: 5 };
        let epoch = Record::sign(RecordBody::Epoch(epoch), &[founder]).expect("an epoch");
        let sealing = SealingSecret::from_bytes([6; 32]);

        let records = [founding.id(), grant.id()];
        let mut circle = Self { community, secret, sealing, nodes: [Vec::new(), Vec::new()] };
        let more = [Item::Record(grant), Item::Record(epoch)];
        circle.nodes = [0, 1].map(|who| {
            let mut items = vec![Item::Join(founding.clone())];
            items.extend(more.clone());
            items.extend(circle.own(who, records[who]));
            items
        });
        circle
    }

    /// What is on the node of this member alone.
    fn own(&self, who: usize, grant: RecordId) -> Vec<Item> {
        let (key, community) = (&KEYS[who], self.community);
        let mut writer = Writer::new(who, community, grant, 1);
        writer.say(Body::Name { name: format!("Number {who}") }, None);
        if who == 1 {
            writer.say(Body::Sealing { key: self.sealing.public() }, None);
        }
        let name = format!("Number {who}");
        let person = LocalPerson { community, person: key.id(), name, seed: Some(key.seed()) };
        let put = |key, value| Item::Local(LocalChange::Put { key, value });
        let row = format!("{EPOCH_PREFIX}{community}/{}", self.secret.id());
        let sealing = format!("sealing/{community}/{}/{:016x}", key.id(), 1);
        vec![
            Item::Local(LocalChange::Person(person)),
            put(row, self.secret.as_bytes().to_vec()),
            put(sealing, vec![if who == 1 { 6 } else { 7 }; 32]),
            writer.item(0),
        ]
    }

    /// The node of this member.
    pub(crate) fn node(&self, who: usize) -> MemoryStore {
        let mut store = MemoryStore::new();
        let outcome = commit(&mut Replica::default(), &mut store, self.nodes[who].clone());
        let bad = outcome.taken.iter().any(|taken| matches!(taken, Taken::Refused(_)));
        debug_assert!(!bad, "the circle is not what it should be: {:?}", outcome.taken);
        store
    }

    /// What two nodes compare.
    pub(crate) fn digest(&self, store: &MemoryStore) -> [u8; 32] {
        let row = store.community(&self.community).expect("memory").expect("joined");
        *row.digest().expect("a digest").as_bytes()
    }
}
