//! A person writes: what they say becomes a signed run of entries of one of their logs, as a
//! node's own author makes it, or as a liar would.

use baro_crdt::entry::{Body, Cursor, Entry, Payload, Words};
use baro_crdt::ids::{EntryId, LaneId, RecordId, WallSeconds};
use baro_crdt::log::{EntryIds, Header, Stream, VOLUME_BYTES_MAX, VOLUME_ENTRIES_MAX};
use baro_node::replica::{Item, LocalChange, LogItem, lane_key};
use baro_node::store::{LocalPerson, Read, Result};

use crate::dice::Dice;
use crate::village::key_of;

/// Room left at a volume's end, in bytes, so that a run of short entries fits.
const VOLUME_REST_BYTES: u64 = 8 * 1024;

/// Where something is said, under which grant, and when by the writer's clock.
pub struct Place {
    /// The grant to write under.
    pub grant: RecordId,
    /// The stream.
    pub stream: Stream,
    /// The writer's clock.
    pub now: WallSeconds,
    /// Whether the writer goes on in a lane that is struck out, as honest nodes never do.
    pub stubborn: bool,
}

/// Writes `said` as one run under one head signature. Gives the items for one batch and the
/// entries' ids.
///
/// # Errors
/// [`baro_node::store::StoreError`] where the store cannot be read.
pub fn write(
    read: &dyn Read,
    who: &LocalPerson,
    place: &Place,
    said: &[(Body, Option<Words>)],
    dice: &mut Dice,
) -> Result<(Vec<Item>, Vec<EntryId>)> {
    let mut items = Vec::new();
    let logs = read.logs_of(&who.community, &who.person)?;
    let key = lane_key(&who.community, &who.person);
    let lane = read.local(&key)?.and_then(|bytes| LaneId::from_slice(&bytes));
    let struck_out = |lane: &LaneId| {
        logs.iter().any(|row| row.header.lane == *lane && row.authorised < row.cursor.length)
    };
    let lane = match lane {
        Some(lane) if place.stubborn || !struck_out(&lane) => lane,
        _ => {
            let mut bytes = [0; LaneId::LEN];
            dice.rng().fill_bytes(&mut bytes);
            items.push(Item::Local(LocalChange::Put { key, value: bytes.to_vec() }));
            LaneId::from_bytes(bytes)
        }
    };
    let mut header = Header {
        community: who.community,
        author: who.person,
        grant: place.grant,
        stream: place.stream,
        lane,
        volume: 0,
    };
    let mut cursor = Cursor::start(header.id());
    let last = logs
        .iter()
        .filter(|row| Header { volume: 0, ..row.header.clone() } == header)
        .max_by_key(|row| row.header.volume);
    if let Some(row) = last {
        let full = row.cursor.length + 64 > VOLUME_ENTRIES_MAX
            || row.cursor.bytes + VOLUME_REST_BYTES > VOLUME_BYTES_MAX;
        header.volume = row.header.volume + u32::from(full);
        cursor = if full { Cursor::start(header.id()) } else { row.cursor };
    }
    let (id, from, base) = (header.id(), cursor.length, cursor.chain);
    let ids = EntryIds::of(&id);
    let mut lamport = logs.iter().map(|row| row.cursor.lamport).max().unwrap_or(0);
    let (mut entries, mut payloads, mut written) = (Vec::new(), Vec::new(), Vec::new());
    for (body, words) in said {
        for cited in body.cites() {
            lamport = lamport.max(read.post(&cited)?.map_or(0, |post| post.lamport));
        }
        let payload = words.as_ref().and_then(|words| Payload::new(words, dice.rng()).ok());
        let entry = Entry {
            lamport_step: cursor.lamport_step(lamport),
            time_step: place.now.0.saturating_sub(cursor.time),
            body: body.clone(),
            payload: payload.as_ref().map(Payload::reference),
        };
        let bytes = entry.to_bytes();
        // What breaks a rule of its own is not written.
        let Ok(step) = cursor.step(&bytes, header.stream, &ids) else { continue };
        written.push(step.id);
        entries.push(bytes);
        payloads.extend(payload.map(|payload| payload.to_bytes().to_vec()));
    }
    if !entries.is_empty() {
        let signature = cursor.head(id).sign(&key_of(who)).signature;
        items.push(Item::Log(LogItem { header, from, base, entries, signature, payloads }));
    }
    Ok((items, written))
}
