//! Items that are well signed and that nobody allowed: alerts of plain members, words of people
//! whom no record names, grants by people who may not grant.

use std::sync::LazyLock;
use std::time::Duration;

use baro_crdt::entry::{Body as EntryBody, Entry};
use baro_crdt::ids::{ChainHash, LaneId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{Head, Header, Stream, chain};
use baro_crdt::record::{Body, Grant, Record};
use baro_crdt::role::Role;

use super::said::{Run, logs, records};
use super::sessions::{again_and_again, met};
use super::{Aim, random};

/// Members who let themselves in with the ticket: as many as write 10 MB of alerts.
const MEMBERS: u8 = 40;
/// One log of a person whom no grant lets write it, as large as a log may be.
const ENTRIES: usize = 1_800;
const NAME_BYTES: usize = 128;
const RUN: usize = 400;
const WAIT: Duration = Duration::from_secs(5);

/// Somebody and the alerts that they may not give.
struct Liar {
    header: Header,
    key: MemberKey,
    entries: Vec<Vec<u8>>,
    chains: Vec<ChainHash>,
}

impl Liar {
    fn new(aim: &Aim, key: MemberKey, grant: RecordId) -> Liar {
        let header = Header {
            community: aim.ticket.records.first().unwrap().community(),
            author: key.id(),
            grant,
            stream: Stream::Alerts,
            lane: LaneId::from_bytes([1; 8]),
            volume: 0,
        };
        let mut chains = vec![header.id().start()];
        let entries: Vec<Vec<u8>> = (0..ENTRIES)
            .map(|_| {
                let body = EntryBody::Name { name: "x".repeat(NAME_BYTES) };
                Entry { lamport_step: 0, time_step: 0, body, payload: None }.to_bytes()
            })
            .collect();
        for entry in &entries {
            chains.push(chain(chains.last().unwrap(), entry));
        }
        Liar { header, key, entries, chains }
    }

    fn run(&self, from: usize) -> Vec<u8> {
        let to = (from + RUN).min(self.entries.len());
        let entries = self.entries.get(from..to).unwrap();
        let length = u32::try_from(to).unwrap();
        let head = Head { log: self.header.id(), length, chain: *self.chains.get(to).unwrap() };
        let (author, grant) = (self.header.author, self.header.grant);
        let log = (author.as_bytes(), grant.as_bytes(), 0, self.header.lane.as_bytes());
        let signature = *head.sign(&self.key).signature.as_bytes();
        let from = u32::try_from(from).unwrap();
        logs(&[Run { log: Some(log), from, entries, signature }])
    }
}

fn grant(aim: &Aim, by: &MemberKey, via: RecordId, role: Role, person: &MemberKey) -> Record {
    let community = aim.ticket.records.first().unwrap().community();
    let (by_id, persons) = (by.id(), vec![person.id()]);
    let body = Grant { community, by: by_id, via, role, office: None, persons, overcomes: vec![] };
    Record::sign(Body::Grant(body), &[by]).unwrap()
}

/// The members are the same in every session, so that the community does not grow without end.
static KEYS: LazyLock<Vec<MemberKey>> =
    LazyLock::new(|| (1..=MEMBERS).map(|n| MemberKey::from_seed([n; 32])).collect());

/// One session after the other, each with all of it.
pub(super) async fn flood(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        // A few are a flood; more would only share the same line.
        if number >= 4 {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        let via = aim.ticket.records.last().unwrap().id();
        let mut granted = Vec::new();
        let mut said = Vec::new();
        for key in KEYS.iter() {
            let record = grant(&aim, &aim.ticket.key, via, Role::Member, key);
            said.push(record.to_bytes().to_vec());
            // By somebody who is a member only.
            let stranger = MemberKey::from_seed(random());
            let empty = grant(&aim, key, record.id(), Role::Manager, &stranger);
            said.push(empty.to_bytes().to_vec());
            granted.push((key, record.id()));
        }
        let Some(mut link) = met(&aim, 0, 9).await else { return };
        if link.hear_of(1).await.is_none() {
            return;
        }
        let parts = said.chunks(64).count();
        for (part, said) in said.chunks(64).enumerate() {
            link.say(&records(said, part + 1 == parts)).await;
        }
        if link.hear_of(6).await.is_none() {
            return;
        }
        let strangers = (0..4).map(|_| Liar::new(&aim, MemberKey::from_seed(random()), via));
        let members = granted
            .into_iter()
            .map(|(key, grant)| Liar::new(&aim, MemberKey::from_seed(key.seed()), grant));
        for liar in members.chain(strangers) {
            for from in (0..ENTRIES).step_by(RUN) {
                if !link.say(&liar.run(from)).await {
                    return;
                }
            }
        }
        link.wait(WAIT).await;
    })
    .await;
}
