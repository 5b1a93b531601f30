//! The contract that both stores keep: every check here runs on each of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod blobs;
#[cfg(feature = "full")]
mod equal;
mod logs;
mod parcels;
mod projections;
mod rows;

use baro_crdt::entry::{Choice, Cursor};
use baro_crdt::ids::{
    ChainHash, ChangeHash, CommunityId, EntryId, LaneId, LogId, ParcelId, PayloadHash, PersonId,
    RecordId, WallSeconds,
};
use baro_crdt::keys::Signature;
use baro_crdt::log::{Head, Header, SignedHead, Stream};

use super::*;

/// Runs a check on a fresh store of each kind.
fn each(check: fn(&mut dyn Store)) {
    check(&mut MemoryStore::new());
    #[cfg(feature = "full")]
    {
        let folder = tempfile::tempdir().unwrap();
        check(&mut SqliteStore::open(&folder.path().join("store")).unwrap());
        let key = crate::vault::DataKey::from_bytes([3; 32]);
        check(&mut Database::sealed(&folder.path().join("sealed"), &key).store().unwrap());
    }
}

/// Writes in a transaction of its own that has to succeed.
fn write<T>(store: &mut dyn Store, mut work: impl FnMut(&mut dyn Write) -> Result<T>) -> T {
    let mut answer = None;
    store
        .transaction(&mut |tx| {
            answer = Some(work(tx)?);
            Ok(())
        })
        .unwrap();
    answer.unwrap()
}

fn community(n: u8) -> CommunityId {
    CommunityId::from_bytes([n; 32])
}

fn person(n: u8) -> PersonId {
    PersonId::from_bytes([n; 32])
}

fn entry(n: u8) -> EntryId {
    EntryId::from_bytes([n; 16])
}

fn hash(n: u8) -> PayloadHash {
    PayloadHash::from_bytes([n; 32])
}

fn community_row(n: u8) -> CommunityRow {
    CommunityRow {
        id: community(n),
        lthash: [n; 2048].into(),
        records: 3,
        logs: 2,
        entries: 1 << 33,
    }
}

fn record_row(of: u8, n: u8) -> RecordRow {
    RecordRow {
        id: RecordId::from_bytes([n; 32]),
        community: community(of),
        bytes: vec![n; 300],
        first_seen: WallSeconds(-5),
    }
}

/// A new log of person `author`; `volume` tells logs of the same author apart.
fn log_row(of: u8, author: u8, volume: u32) -> LogRow {
    let header = Header {
        community: community(of),
        author: person(author),
        grant: RecordId::from_bytes([9; 32]),
        stream: Stream::Debate,
        lane: LaneId::from_bytes([author; 8]),
        volume,
    };
    let id = header.id();
    LogRow {
        number: LogNumber::default(),
        id,
        header,
        cursor: Cursor::start(id),
        authorised: 0,
        authorised_chain: id.start(),
    }
}

fn signed_head(log: LogId, length: u32) -> SignedHead {
    let head = Head { log, length, chain: ChainHash::from_bytes([7; 32]) };
    SignedHead { head, signature: Signature::from_bytes([8; 64]) }
}

fn post_row(of: u8, n: u8, family: PostFamily, parent: Option<u8>, lamport: u64) -> PostRow {
    PostRow {
        id: entry(n),
        community: community(of),
        family,
        parent: parent.map(entry),
        author: person(1),
        log: LogNumber(1),
        index: 4,
        lamport,
        declared_at: WallSeconds(1_700_000_000),
        first_seen: WallSeconds(1_700_000_001),
        payload: Some(hash(n)),
    }
}

fn vote_row(of: u8, post: u8, by: u8, choice: Choice, lamport: u64, id: u8) -> VoteRow {
    let (community, person) = (community(of), person(by));
    VoteRow { community, post: entry(post), person, choice, lamport, entry: entry(id) }
}
