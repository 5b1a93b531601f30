//! Rows as SQLite has them, and as the rest of the program knows them.

use baro_crdt::entry::{Choice, Cursor};
use baro_crdt::ids::{
    ChainHash, ChangeHash, CommunityId, EntryId, LaneId, LogId, PayloadHash, PersonId, RecordId,
    WallSeconds,
};
use baro_crdt::keys::Signature;
use baro_crdt::log::{Head, Header, SignedHead, Stream};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Row};

use super::super::{
    ChangeRow, ChangeState, CommunityRow, CutRow, EditRow, HideRow, LocalPerson, LogNumber, LogRow,
    NameRow, PostFamily, PostRow, ReceiptRow, RecordRow, Result, StandingVote, StoreError, VoteRow,
    WantedRow,
};

type Answer<T> = rusqlite::Result<T>;

/// A number for SQLite, whose numbers end at 2^63.
pub(super) fn int(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StoreError::Io(format!("{number} cannot be kept")))
}

fn whole(row: &Row<'_>, at: usize) -> Answer<u64> {
    let number: i64 = row.get(at)?;
    u64::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(at, number))
}

fn other(at: usize, number: u8) -> Error {
    Error::FromSqlConversionFailure(
        at,
        Type::Integer,
        Box::new(FromSqlError::OutOfRange(i64::from(number))),
    )
}

pub(super) const fn choice_number(choice: Choice) -> u8 {
    match choice {
        Choice::Agree => 0,
        Choice::Disagree => 1,
        Choice::Pass => 2,
    }
}

pub(super) fn choice(row: &Row<'_>, at: usize) -> Answer<Choice> {
    match row.get(at)? {
        0 => Ok(Choice::Agree),
        1 => Ok(Choice::Disagree),
        2 => Ok(Choice::Pass),
        number => Err(other(at, number)),
    }
}

pub(super) const fn stream_number(stream: Stream) -> u8 {
    match stream {
        Stream::Alerts => 0,
        Stream::Official => 1,
        Stream::Debate => 2,
        Stream::Learning => 3,
    }
}

fn stream(row: &Row<'_>, at: usize) -> Answer<Stream> {
    match row.get(at)? {
        0 => Ok(Stream::Alerts),
        1 => Ok(Stream::Official),
        2 => Ok(Stream::Debate),
        3 => Ok(Stream::Learning),
        number => Err(other(at, number)),
    }
}

fn family(row: &Row<'_>, at: usize) -> Answer<PostFamily> {
    let number: u8 = row.get(at)?;
    let found = PostFamily::ALL.into_iter().find(|family| *family as u8 == number);
    found.ok_or_else(|| other(at, number))
}

fn community_id(row: &Row<'_>, at: usize) -> Answer<CommunityId> {
    row.get(at).map(CommunityId::from_bytes)
}

fn person_id(row: &Row<'_>, at: usize) -> Answer<PersonId> {
    row.get(at).map(PersonId::from_bytes)
}

fn entry_id_at(row: &Row<'_>, at: usize) -> Answer<EntryId> {
    row.get(at).map(EntryId::from_bytes)
}

fn chain(row: &Row<'_>, at: usize) -> Answer<ChainHash> {
    row.get(at).map(ChainHash::from_bytes)
}

fn payload(row: &Row<'_>, at: usize) -> Answer<Option<PayloadHash>> {
    let hash: Option<[u8; 32]> = row.get(at)?;
    Ok(hash.map(PayloadHash::from_bytes))
}

fn log_number(row: &Row<'_>, at: usize) -> Answer<LogNumber> {
    row.get(at).map(LogNumber)
}

/// 0 is said, 1 carried, 2 wanted.
pub(super) fn change_row(row: &Row<'_>) -> Answer<ChangeRow> {
    let state = match row.get(3)? {
        0 => ChangeState::Said,
        1 => {
            let author: Option<[u8; 32]> = row.get(4)?;
            let bytes: Option<Vec<u8>> = row.get(5)?;
            let author = author.map(PersonId::from_bytes);
            ChangeState::Carried { author, bytes: bytes.unwrap_or_default() }
        }
        2 => ChangeState::Wanted,
        number => return Err(other(3, number)),
    };
    let hash = row.get(2).map(ChangeHash::from_bytes)?;
    Ok(ChangeRow { community: community_id(row, 0)?, text: entry_id_at(row, 1)?, hash, state })
}

pub(super) fn community_row(row: &Row<'_>) -> Answer<CommunityRow> {
    Ok(CommunityRow {
        id: community_id(row, 0)?,
        lthash: row.get::<_, Vec<u8>>(1)?.into(),
        records: row.get(2)?,
        logs: row.get(3)?,
        entries: whole(row, 4)?,
    })
}

pub(super) fn record_row(row: &Row<'_>) -> Answer<RecordRow> {
    Ok(RecordRow {
        id: row.get(0).map(RecordId::from_bytes)?,
        community: community_id(row, 1)?,
        bytes: row.get(2)?,
        first_seen: row.get(3).map(WallSeconds)?,
    })
}

pub(super) fn log_row(row: &Row<'_>) -> Answer<LogRow> {
    Ok(LogRow {
        number: log_number(row, 0)?,
        id: row.get(1).map(LogId::from_bytes)?,
        header: Header {
            community: community_id(row, 2)?,
            author: person_id(row, 3)?,
            grant: row.get(4).map(RecordId::from_bytes)?,
            stream: stream(row, 5)?,
            lane: row.get(6).map(LaneId::from_bytes)?,
            volume: row.get(7)?,
        },
        cursor: Cursor {
            length: row.get(8)?,
            chain: chain(row, 9)?,
            lamport: whole(row, 10)?,
            time: row.get(11)?,
            bytes: whole(row, 12)?,
        },
        authorised: row.get(13)?,
        authorised_chain: chain(row, 14)?,
    })
}

pub(super) fn signed_head(row: &Row<'_>) -> Answer<SignedHead> {
    let head = Head {
        log: row.get(0).map(LogId::from_bytes)?,
        length: row.get(1)?,
        chain: chain(row, 2)?,
    };
    Ok(SignedHead { head, signature: row.get(3).map(Signature::from_bytes)? })
}

pub(super) fn wanted_row(row: &Row<'_>) -> Answer<WantedRow> {
    Ok(WantedRow {
        community: community_id(row, 0)?,
        log: log_number(row, 1)?,
        index: row.get(2)?,
        hash: row.get(3).map(PayloadHash::from_bytes)?,
        size: row.get(4)?,
    })
}

pub(super) fn cut_row(row: &Row<'_>) -> Answer<CutRow> {
    Ok(CutRow {
        community: community_id(row, 0)?,
        log: row.get(1).map(LogId::from_bytes)?,
        cut: row.get(2)?,
        proof: row.get(3)?,
    })
}

pub(super) fn name_row(row: &Row<'_>) -> Answer<NameRow> {
    Ok(NameRow {
        community: community_id(row, 0)?,
        person: person_id(row, 1)?,
        name: row.get(2)?,
        lamport: whole(row, 3)?,
        entry: entry_id_at(row, 4)?,
    })
}

pub(super) fn post_row(row: &Row<'_>) -> Answer<PostRow> {
    let parent: Option<[u8; 16]> = row.get(3)?;
    Ok(PostRow {
        id: entry_id_at(row, 0)?,
        community: community_id(row, 1)?,
        family: family(row, 2)?,
        parent: parent.map(EntryId::from_bytes),
        author: person_id(row, 4)?,
        log: log_number(row, 5)?,
        index: row.get(6)?,
        lamport: whole(row, 7)?,
        declared_at: row.get(8).map(WallSeconds)?,
        first_seen: row.get(9).map(WallSeconds)?,
        payload: payload(row, 10)?,
    })
}

pub(super) fn edit_row(row: &Row<'_>) -> Answer<EditRow> {
    Ok(EditRow {
        community: community_id(row, 0)?,
        target: entry_id_at(row, 1)?,
        author: person_id(row, 2)?,
        lamport: whole(row, 3)?,
        entry: entry_id_at(row, 4)?,
        payload: payload(row, 5)?,
    })
}

pub(super) fn hide_row(row: &Row<'_>) -> Answer<HideRow> {
    Ok(HideRow {
        community: community_id(row, 0)?,
        post: entry_id_at(row, 1)?,
        by: person_id(row, 2)?,
        lamport: whole(row, 3)?,
        entry: entry_id_at(row, 4)?,
        reason: row.get(5)?,
    })
}

pub(super) fn vote_row(row: &Row<'_>) -> Answer<VoteRow> {
    Ok(VoteRow {
        community: community_id(row, 0)?,
        post: entry_id_at(row, 1)?,
        person: person_id(row, 2)?,
        choice: choice(row, 3)?,
        lamport: whole(row, 4)?,
        entry: entry_id_at(row, 5)?,
    })
}

pub(super) fn standing_vote(row: &Row<'_>) -> Answer<StandingVote> {
    Ok(StandingVote {
        post: entry_id_at(row, 0)?,
        person: person_id(row, 1)?,
        choice: choice(row, 2)?,
    })
}

pub(super) fn entry_id(row: &Row<'_>) -> Answer<EntryId> {
    entry_id_at(row, 0)
}

pub(super) fn receipt_row(row: &Row<'_>) -> Answer<ReceiptRow> {
    Ok(ReceiptRow {
        community: community_id(row, 0)?,
        target: entry_id_at(row, 1)?,
        person: person_id(row, 2)?,
        read: row.get(3)?,
        lamport: whole(row, 4)?,
        entry: entry_id_at(row, 5)?,
        declared_at: row.get(6).map(WallSeconds)?,
    })
}

pub(super) fn local_person(row: &Row<'_>) -> Answer<LocalPerson> {
    Ok(LocalPerson {
        community: community_id(row, 0)?,
        person: person_id(row, 1)?,
        name: row.get(2)?,
        // Empty: only their vault has it.
        seed: if row.get_ref(3)?.as_blob()?.is_empty() { None } else { Some(row.get(3)?) },
    })
}
