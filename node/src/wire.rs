//! What sessions and bundles have in common: runs of a log as they are sent, made and believed.
//!
//! A **run** is a log's entries up to a signed head, words in the place of the hashes that name
//! them. Making one reads the store; taking one in verifies the head over everything before it.

use std::collections::{BTreeMap, VecDeque};

use baro_crdt::entry::Entry;
use baro_crdt::fork::ForkProof;
use baro_crdt::ids::{ChainHash, CommunityId, LogId, PayloadHash, RecordId};
use baro_crdt::keys::Signature;
use baro_crdt::log::{Head, Header, SignedHead, chain_all};
use baro_crdt::record::Record;

use crate::core::message::WireEntry;
use crate::ingest::Ingest;
use crate::replica::LogItem;
use crate::store::{LogNumber, LogRow, Read, Result, StoreError};

/// The most bytes of words that go along with a run's entries; more follow alone.
const RUN_WORDS_BYTES: usize = 96 * 1024;

/// Where a run begins and ends, and the signature there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) signature: Signature,
}

/// The signed heads that runs of a log end at. Of a forked one, behind what its branches share, only
/// the last: who holds another branch takes this one whole or not at all, and needs all of it to
/// tell which one counts.
pub(crate) fn ends(read: &dyn Read, (log, number): (&LogId, LogNumber)) -> Result<Vec<SignedHead>> {
    let mut heads = read.heads(number)?;
    if let Some(row) = read.cut(log)? {
        let last = heads.last().map_or(0, |last| last.head.length);
        heads.retain(|head| head.head.length <= row.cut || head.head.length == last);
    }
    Ok(heads)
}

/// The runs that take a log from `from` on to `to`, and to the next signed head behind it where
/// none stands there.
pub(crate) fn spans(
    heads: &[SignedHead],
    mut from: u32,
    to: u32,
) -> impl Iterator<Item = Span> + '_ {
    heads.iter().filter_map(move |head| {
        let span = Span { from, to: head.head.length, signature: head.signature };
        // Where `to` lies between two signed heads, the one behind it covers the rest.
        (span.to > span.from && span.from < to).then(|| {
            from = span.to;
            span
        })
    })
}

/// A run's entries as they are sent.
pub(crate) struct Sent {
    pub(crate) entries: Vec<WireEntry>,
    /// Words that did not fit and are to follow alone.
    pub(crate) later: Vec<PayloadHash>,
    /// About how many bytes it takes, uncompressed.
    pub(crate) bytes: usize,
}

/// Reads a run from the store, words in the place of their hashes as far as they are held.
pub(crate) fn read_run(read: &dyn Read, number: LogNumber, from: u32, to: u32) -> Result<Sent> {
    let mut sent = Sent { entries: Vec::new(), later: Vec::new(), bytes: 128 };
    let mut words_bytes = 0;
    for mut bytes in read.entries(number, from..to)? {
        let payload = Entry::from_bytes(&bytes).ok().and_then(|entry| entry.payload);
        let mut words = None;
        if let Some(payload) = payload
            && let Some(found) = read.payload(&payload.hash)?
        {
            if words_bytes + found.len() <= RUN_WORDS_BYTES {
                words_bytes += found.len();
                bytes.truncate(bytes.len() - Entry::HASH_TAIL);
                words = Some(found);
            } else {
                sent.later.push(payload.hash);
            }
        }
        sent.bytes += bytes.len() + 4;
        sent.entries.push(WireEntry { bytes, words });
    }
    sent.bytes += words_bytes;
    Ok(sent)
}

/// Puts hashes back in the place of words and verifies the head at the run's end, `base` being
/// the chain hash at its beginning. Gives the item and the chain hash at its end, or `None` where
/// the author has not signed it.
pub(crate) fn believe_run(
    ingest: &mut dyn Ingest,
    header: Header,
    (from, base): (u32, ChainHash),
    sent: Vec<WireEntry>,
    signature: Signature,
) -> Option<(LogItem, Head)> {
    let mut payloads = Vec::new();
    let mut entries = Vec::with_capacity(sent.len());
    for WireEntry { mut bytes, words } in sent {
        if let Some(words) = words {
            bytes.extend_from_slice(PayloadHash::of(&words).as_bytes());
            payloads.push(words);
        }
        entries.push(bytes);
    }
    let chain = chain_all(base, entries.iter().map(Vec::as_slice));
    let length = from.saturating_add(u32::try_from(entries.len()).unwrap_or(u32::MAX));
    let head = Head { log: header.id(), length, chain };
    let holds = ingest.head(&header.author, &SignedHead { head, signature });
    holds.then_some((LogItem { header, from, base, entries, signature, payloads }, head))
}

/// The chain hash of a held log after `length` entries, `None` beyond what is held.
pub(crate) fn chain_at(read: &dyn Read, row: &LogRow, length: u32) -> Result<Option<ChainHash>> {
    if length == row.cursor.length {
        return Ok(Some(row.cursor.chain));
    }
    if length == row.authorised {
        return Ok(Some(row.authorised_chain));
    }
    if length > row.cursor.length {
        return Ok(None);
    }
    let entries = read.entries(row.number, 0..length)?;
    Ok(Some(chain_all(LogId::start(row.id), entries.iter().map(Vec::as_slice))))
}

/// The proof that a log held here and a signed branch of it from elsewhere part, if they do.
pub(crate) fn prove_fork(
    read: &dyn Read,
    row: &LogRow,
    held: &[Vec<u8>],
    theirs: &[Vec<u8>],
    signature: Signature,
) -> Result<Option<ForkProof>> {
    let Some(ours) = read.heads(row.number)?.pop() else { return Ok(None) };
    let held = held.get(..ours.head.length as usize).unwrap_or(held);
    let built = ForkProof::build(row.header.clone(), (held, ours.signature), (theirs, signature));
    Ok(built.ok())
}

/// A community's records, each after the one that empowers it, so that any first part of them
/// can be taken in by itself.
pub(crate) fn records_in_order(read: &dyn Read, community: &CommunityId) -> Result<Vec<Record>> {
    let mut waiting: BTreeMap<Option<RecordId>, Vec<Record>> = BTreeMap::new();
    for row in read.records(community)? {
        let record = Record::from_trusted_bytes(&row.bytes)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        waiting.entry(record.body().via()).or_default().push(record);
    }
    let mut next = VecDeque::from([None]);
    let mut ordered = Vec::new();
    while let Some(via) = next.pop_front() {
        for record in waiting.remove(&via).unwrap_or_default() {
            next.push_back(Some(record.id()));
            ordered.push(record);
        }
    }
    Ok(ordered)
}
