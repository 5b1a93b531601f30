//! A community under test: keys by number, records as they are signed, logs with known chains.

use std::sync::OnceLock;

use baro_crdt::authority::Authority;
use baro_crdt::epoch::EpochSecret;
use baro_crdt::ids::{ChainHash, LaneId, PersonId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{Head, Header, SignedHead, Stream, chain};
use baro_crdt::record::{
    Accept, Body, Closing, CoSignature, Epoch, Founding, Grant, Record, Revocation,
};
use baro_crdt::role::Role;

/// More persons than any test has.
const KEYS: usize = 1_300;

fn keys() -> &'static [(PersonId, MemberKey)] {
    static KEYS_ONCE: OnceLock<Vec<(PersonId, MemberKey)>> = OnceLock::new();
    KEYS_ONCE.get_or_init(|| {
        let key = |n: usize| {
            let mut seed = [0x5a; 32];
            seed[..8].copy_from_slice(&(n as u64).to_le_bytes());
            let key = MemberKey::from_seed(seed);
            (key.id(), key)
        };
        (0..KEYS).map(key).collect()
    })
}

/// The key of person `n`.
pub(crate) fn key(n: usize) -> &'static MemberKey {
    &keys()[n].1
}

/// The id of person `n`.
pub(crate) fn id(n: usize) -> PersonId {
    keys()[n].0
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items.dedup();
    items
}

/// A log whose chain hashes after 0, 1, 2… entries are known.
#[derive(Clone, Debug)]
pub(crate) struct TestLog {
    pub(crate) writer: usize,
    pub(crate) header: Header,
    pub(crate) chain: Vec<ChainHash>,
}

impl TestLog {
    pub(crate) fn held(&self) -> u32 {
        self.chain.len() as u32 - 1
    }

    pub(crate) fn at(&self, length: u32) -> Option<ChainHash> {
        self.chain.get(length as usize).copied()
    }

    pub(crate) fn head(&self, length: u32) -> Head {
        Head { log: self.header.id(), length, chain: self.at(length).unwrap() }
    }

    pub(crate) fn signed(&self, length: u32) -> SignedHead {
        self.head(length).sign(key(self.writer))
    }

    /// The same log with other entries after the first `common`.
    pub(crate) fn branch(&self, common: u32, length: u32, words: &[u8]) -> Self {
        let mut chain_hashes = self.chain[..=common as usize].to_vec();
        while chain_hashes.len() <= length as usize {
            chain_hashes.push(chain(chain_hashes.last().unwrap(), words));
        }
        Self { chain: chain_hashes, ..self.clone() }
    }
}

/// A community and everything signed in it.
#[derive(Clone, Debug)]
pub(crate) struct Village {
    pub(crate) founding: Record,
    pub(crate) records: Vec<Record>,
}

impl Village {
    /// Founded by persons 0, 1, … below `founders`.
    pub(crate) fn new(founders: usize, threshold: u8) -> Self {
        let keys: Vec<&MemberKey> = (0..founders).map(key).collect();
        let body = Body::Founding(Founding {
            name: "Sikoro".into(),
            language: "bm".into(),
            founders: sorted((0..founders).map(id).collect()),
            threshold,
            nonce: vec![0; 16],
            debates_by: Role::Member,
            cosignatures: 1,
            members_only: true,
        });
        let founding = Record::sign(body, &keys).unwrap();
        Self { founding, records: Vec::new() }
    }

    pub(crate) fn f(&self) -> RecordId {
        self.founding.id()
    }

    pub(crate) fn authority(&self) -> Authority {
        Authority::compute(&self.founding, self.records.iter())
    }

    /// Signs and keeps a record; `None` where the body breaks a rule.
    pub(crate) fn put(&mut self, body: Body, signers: &[usize]) -> Option<RecordId> {
        let keys: Vec<&MemberKey> = signers.iter().map(|n| key(*n)).collect();
        let record = Record::sign(body, &keys).ok()?;
        let id = record.id();
        self.records.push(record);
        Some(id)
    }

    pub(crate) fn grant(&mut self, by: usize, via: RecordId, role: Role, to: &[usize]) -> RecordId {
        self.regrant(by, via, role, to, &[])
    }

    pub(crate) fn regrant(
        &mut self,
        by: usize,
        via: RecordId,
        role: Role,
        to: &[usize],
        overcomes: &[RecordId],
    ) -> RecordId {
        let body = Body::Grant(Grant {
            community: self.founding.community(),
            by: id(by),
            via,
            role,
            office: (role == Role::Official).then(|| "mayor".into()),
            persons: sorted(to.iter().map(|n| id(*n)).collect()),
            overcomes: sorted(overcomes.to_vec()),
        });
        self.put(body, &[by]).unwrap()
    }

    pub(crate) fn revocation(&self, by: &[usize], via: RecordId, person: usize) -> Revocation {
        Revocation {
            community: self.founding.community(),
            by: sorted(by.iter().map(|n| id(*n)).collect()),
            via,
            person: id(person),
            roles: Vec::new(),
            keep_records: Vec::new(),
            keep_logs: Vec::new(),
        }
    }

    /// A compromise: everything of the person's ends, and nothing is kept.
    pub(crate) fn revoke(&mut self, by: &[usize], via: RecordId, person: usize) -> RecordId {
        let revocation = self.revocation(by, via, person);
        self.put(Body::Revocation(revocation), by).unwrap()
    }

    /// An end of mandate: what is listed stays.
    pub(crate) fn end(
        &mut self,
        by: usize,
        via: RecordId,
        person: usize,
        records: &[RecordId],
        logs: &[SignedHead],
    ) -> RecordId {
        let revocation = Revocation {
            keep_records: sorted(records.to_vec()),
            keep_logs: sorted(logs.to_vec()),
            ..self.revocation(&[by], via, person)
        };
        self.put(Body::Revocation(revocation), &[by]).unwrap()
    }

    pub(crate) fn accept(
        &mut self,
        by: usize,
        via: RecordId,
        person: usize,
        records: &[RecordId],
        logs: &[SignedHead],
    ) -> RecordId {
        let body = Body::Accept(Accept {
            community: self.founding.community(),
            by: id(by),
            via,
            person: id(person),
            records: sorted(records.to_vec()),
            logs: sorted(logs.to_vec()),
        });
        self.put(body, &[by]).unwrap()
    }

    /// A closing of debate `debate`, which cites `heads`.
    pub(crate) fn close(
        &mut self,
        by: usize,
        via: RecordId,
        debate: u8,
        heads: &[Head],
    ) -> RecordId {
        let body = Body::Closing(Closing {
            community: self.founding.community(),
            by: id(by),
            via,
            debate: debate_id(debate),
            outcome: None,
            heads: sorted(heads.to_vec()),
        });
        self.put(body, &[by]).unwrap()
    }

    /// A signature under the entry that `head` ends in.
    pub(crate) fn cosign(&mut self, by: usize, via: RecordId, head: Head) -> RecordId {
        let decision = baro_crdt::log::EntryIds::of(&head.log).at(&head.chain);
        let community = self.founding.community();
        let body = Body::CoSignature(CoSignature { community, by: id(by), via, decision, head });
        self.put(body, &[by]).unwrap()
    }

    /// Begins epoch `number` after these revocations.
    pub(crate) fn begin(
        &mut self,
        by: usize,
        via: RecordId,
        number: u32,
        follows: &[RecordId],
    ) -> RecordId {
        let body = Body::Epoch(Epoch {
            community: self.founding.community(),
            by: id(by),
            via,
            number,
            epoch: EpochSecret::from_bytes([by as u8; 32]).id(),
            follows: sorted(follows.to_vec()),
            time: 0,
        });
        self.put(body, &[by]).unwrap()
    }

    pub(crate) fn log(
        &self,
        writer: usize,
        grant: RecordId,
        stream: Stream,
        length: u32,
    ) -> TestLog {
        let header = Header {
            community: self.founding.community(),
            author: id(writer),
            grant,
            stream,
            lane: LaneId::from_bytes([1; 8]),
            volume: 0,
        };
        let start = TestLog { writer, chain: vec![header.id().start()], header };
        start.branch(0, length, b"words")
    }
}

/// The entry that opened debate `n`.
pub(crate) fn debate_id(n: u8) -> baro_crdt::ids::EntryId {
    baro_crdt::ids::EntryId::from_bytes([n; 16])
}

/// How far `log` counts.
pub(crate) fn limit(authority: &Authority, log: &TestLog) -> u32 {
    authority.limit(&log.header, &|n| log.at(n), log.held(), None)
}
