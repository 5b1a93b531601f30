//! Logs that the hostile peer writes: well made, and signed as it likes.

use baro_crdt::entry::{Body as EntryBody, Entry};
use baro_crdt::ids::{ChainHash, EntryId, LaneId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{EntryIds, Head, Header, Stream, chain};
use baro_crdt::record::{Body, Grant, Record};
use baro_crdt::role::Role;

use super::Aim;
use super::said::{Run, logs, logs_torn};

/// Somebody's log.
pub(super) struct Written {
    pub(super) header: Header,
    key: MemberKey,
    pub(super) entries: Vec<Vec<u8>>,
    chains: Vec<ChainHash>,
}

/// An entry as it stands in a log.
pub(super) fn entry(body: EntryBody) -> Vec<u8> {
    Entry { lamport_step: 0, time_step: 0, body, payload: None }.to_bytes()
}

/// Names, of which each member may take as many as they like.
pub(super) fn names(count: usize, name: &str) -> Vec<Vec<u8>> {
    (0..count).map(|_| entry(EntryBody::Name { name: name.to_owned() })).collect()
}

/// A record that gives a role.
pub(super) fn grant(
    aim: &Aim,
    by: &MemberKey,
    via: RecordId,
    role: Role,
    person: &MemberKey,
) -> Record {
    let community = aim.ticket.records.first().unwrap().community();
    let (by_id, persons) = (by.id(), vec![person.id()]);
    let body = Grant { community, by: by_id, via, role, office: None, persons, overcomes: vec![] };
    Record::sign(Body::Grant(body), &[by]).unwrap()
}

/// Whoever has the ticket lets this key in as a member.
pub(super) fn member(aim: &Aim, key: &MemberKey) -> Record {
    let via = aim.ticket.records.last().unwrap().id();
    grant(aim, &aim.ticket.key, via, Role::Member, key)
}

impl Written {
    pub(super) fn new(
        aim: &Aim,
        key: MemberKey,
        grant: RecordId,
        (stream, lane): (Stream, u8),
        entries: Vec<Vec<u8>>,
    ) -> Self {
        let header = Header {
            community: aim.ticket.records.first().unwrap().community(),
            author: key.id(),
            grant,
            stream,
            lane: LaneId::from_bytes([lane; 8]),
            volume: 0,
        };
        let mut chains = vec![header.id().start()];
        for entry in &entries {
            chains.push(chain(chains.last().unwrap(), entry));
        }
        Self { header, key, entries, chains }
    }

    /// The id of its last entry.
    pub(super) fn last_id(&self) -> EntryId {
        EntryIds::of(&self.header.id()).at(self.chains.last().unwrap())
    }

    /// The author's signature after so many entries.
    pub(super) fn signature(&self, length: usize) -> [u8; 64] {
        let chain = *self.chains.get(length).unwrap();
        let head = Head { log: self.header.id(), length: u32::try_from(length).unwrap(), chain };
        *head.sign(&self.key).signature.as_bytes()
    }

    /// Some of its entries, signed as they should be.
    pub(super) fn run(&self, from: usize, to: usize) -> Vec<u8> {
        self.run_with(from, to, self.signature(to))
    }

    /// The same with another signature.
    pub(super) fn run_with(&self, from: usize, to: usize, signature: [u8; 64]) -> Vec<u8> {
        logs(&[self.part(from, to, signature)])
    }

    /// The same with a signature that lacks its last byte.
    pub(super) fn run_torn(&self, from: usize, to: usize) -> Vec<u8> {
        logs_torn(&[self.part(from, to, self.signature(to))], 1)
    }

    fn part(&self, from: usize, to: usize, signature: [u8; 64]) -> Run<'_> {
        let header = &self.header;
        let stream = match header.stream {
            Stream::Alerts => 0,
            Stream::Official => 1,
            Stream::Debate => 2,
            Stream::Learning => 3,
        };
        let log =
            (header.author.as_bytes(), header.grant.as_bytes(), stream, header.lane.as_bytes());
        let entries = self.entries.get(from..to).unwrap();
        Run { log: Some(log), from: u32::try_from(from).unwrap(), entries, signature }
    }
}
