//! Runs on the way: what looks random, what is said of it, and the words, apart.
//!
//! Signatures, salts, names and keys are noise, and noise between words spoils a compressor's
//! statistics for both; so do numbers between words. So runs go as three: a byte string with all
//! that is noise, run by run, an array with the rest in the same order but the words, and a byte
//! string with the words, one after the other.
//!
//! ```text
//! noise of a run    name of a log that is known, or author and lane of a new one; signature;
//!                   then of each entry: the short names in it, the salt of its words
//! rest of a run     [from, entries], of a new log [from, entries, grant, stream, volume],
//!                   of a log by its place [from, entries, step]
//! rest of an entry  bytes without names; [bytes] where words go along, as many as it says, without
//!                   their salt; [bytes, length] of words that are not as it says, salt and all
//! ```

use baro_crdt::entry::SALT_BYTES;
use baro_crdt::ids::{LaneId, PersonId, RecordId};
use baro_crdt::keys::Signature;
use baro_crdt::log::{Stream, VOLUME_ENTRIES_MAX};
use minicbor::{Decoder, Encoder, decode, encode};

use super::super::names;
use super::{LiveLog, LiveRun, LogRef, Run, WireEntry};

/// Which log a run is of, before it is a session's or a live one's.
enum Log<const N: usize> {
    New { author: PersonId, grant: RecordId, stream: Stream, lane: LaneId, volume: u32 },
    Known([u8; N]),
    Place(u32),
}

struct Row<'a, const N: usize> {
    log: Log<N>,
    from: u32,
    entries: &'a [WireEntry],
    signature: &'a Signature,
}

/// Salt and rest of words that are as long as their entry says.
fn salted(entry: &WireEntry) -> Option<(&[u8], &[u8])> {
    let words = entry.words.as_ref()?;
    let told = names::words_bytes(&entry.bytes) == Some(words.len());
    words.split_at_checked(SALT_BYTES).filter(|_| told)
}

fn encode_rows<W: encode::Write, const N: usize>(
    rows: &[Row<'_, N>],
    e: &mut Encoder<W>,
) -> Result<(), encode::Error<W::Error>> {
    let (mut noise, mut bare, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        match &row.log {
            Log::Known(name) => noise.extend_from_slice(name),
            Log::New { author, lane, .. } => {
                noise.extend_from_slice(author.as_bytes());
                noise.extend_from_slice(lane.as_bytes());
            }
            Log::Place(_) => {}
        }
        noise.extend_from_slice(row.signature.as_bytes());
        for entry in row.entries {
            bare.push(names::take_out(&entry.bytes, &mut noise));
            match salted(entry) {
                Some((salt, rest)) => {
                    noise.extend_from_slice(salt);
                    words.extend_from_slice(rest);
                }
                None => words.extend_from_slice(entry.words.as_deref().unwrap_or_default()),
            }
        }
    }
    e.array(3)?.bytes(&noise)?.array(rows.len() as u64)?;
    let (mut bare, mut place) = (bare.iter(), 0);
    for row in rows {
        let parts = match row.log {
            Log::New { .. } => 5,
            Log::Known(_) => 2,
            Log::Place(_) => 3,
        };
        e.array(parts)?.u32(row.from)?.array(row.entries.len() as u64)?;
        for (entry, bare) in row.entries.iter().zip(&mut bare) {
            match &entry.words {
                None => e.bytes(bare)?,
                Some(_) if salted(entry).is_some() => e.array(1)?.bytes(bare)?,
                // No words that can be read, but what the entry names.
                Some(words) => e.array(2)?.bytes(bare)?.u64(words.len() as u64)?,
            };
        }
        match &row.log {
            Log::New { grant, stream, volume, .. } => {
                e.encode(grant)?.encode(stream)?.u32(*volume)?;
            }
            Log::Known(_) => {}
            Log::Place(at) => {
                e.i64(i64::from(*at) - i64::from(place))?;
                place = *at;
            }
        }
    }
    e.bytes(&words)?.ok()
}

/// A run as it was read.
struct Owned<const N: usize> {
    log: Log<N>,
    from: u32,
    entries: Vec<WireEntry>,
    signature: Signature,
}

fn take<'a, const N: usize>(noise: &mut &'a [u8]) -> Result<&'a [u8; N], decode::Error> {
    let short = || decode::Error::message("runs with too little noise");
    let (taken, rest) = noise.split_first_chunk().ok_or_else(short)?;
    *noise = rest;
    Ok(taken)
}

fn length(d: &mut Decoder<'_>) -> Result<u64, decode::Error> {
    d.array()?.ok_or_else(|| decode::Error::message("an array without its length"))
}

/// The words of an entry that are still to come: their beginning, and how many bytes more.
type Awaited<'a> = Option<(&'a [u8], usize)>;

/// The most entries in all runs of a message: one whole volume, and as many more as fit beside it.
const ENTRIES_MAX: u64 = 4 * VOLUME_ENTRIES_MAX as u64;

fn decode_entry<'a>(
    d: &mut Decoder<'_>,
    noise: &mut &'a [u8],
) -> Result<(WireEntry, Awaited<'a>), decode::Error> {
    let parts = match d.datatype()? {
        minicbor::data::Type::Bytes => 0,
        _ => length(d)?,
    };
    let bare = d.bytes()?;
    let torn = || decode::Error::message("an entry whose names cannot be put back");
    let bytes = names::put_in(bare, noise).ok_or_else(torn)?;
    let awaited = match parts {
        0 => None,
        1 => {
            let salt: &[u8; SALT_BYTES] = take(noise)?;
            let told = names::words_bytes(&bytes).and_then(|told| told.checked_sub(SALT_BYTES));
            let rest = told.ok_or_else(|| decode::Error::message("words of no length"))?;
            Some((salt.as_slice(), rest))
        }
        2 => Some((&[][..], d.decode()?)),
        _ => return Err(decode::Error::message("an entry of too many parts")),
    };
    Ok((WireEntry { bytes, words: None }, awaited))
}

fn decode_rows<const N: usize>(d: &mut Decoder<'_>) -> Result<Vec<Owned<N>>, decode::Error> {
    if length(d)? != 3 {
        return Err(decode::Error::message("runs have three parts"));
    }
    let mut noise = d.bytes()?;
    let (mut rows, mut awaited, mut place) = (Vec::new(), Vec::new(), 0_u32);
    for _ in 0..length(d)? {
        let parts = length(d)?;
        let from = d.u32()?;
        // What is new and who says it stand before the entries' noise, what it is of behind them.
        let (name, new) = match parts {
            2 => (Some(*take::<N>(&mut noise)?), None),
            3 => (None, None),
            5 => {
                let author = PersonId::from_bytes(*take(&mut noise)?);
                (None, Some((author, LaneId::from_bytes(*take(&mut noise)?))))
            }
            _ => return Err(decode::Error::message("a run of two, three or five parts")),
        };
        let signature = Signature::from_bytes(*take(&mut noise)?);
        let mut entries = Vec::new();
        let count = length(d)?;
        if count > VOLUME_ENTRIES_MAX.into() || awaited.len() as u64 + count > ENTRIES_MAX {
            return Err(decode::Error::message("more entries than runs have"));
        }
        for _ in 0..count {
            let (entry, words) = decode_entry(d, &mut noise)?;
            entries.push(entry);
            awaited.push(words);
        }
        let log = match (name, new) {
            (_, Some((author, lane))) => {
                let (grant, stream, volume) = (d.decode()?, d.decode()?, d.u32()?);
                Log::New { author, grant, stream, lane, volume }
            }
            (Some(name), None) => Log::Known(name),
            (None, None) => {
                let next = i64::from(place).checked_add(d.i64()?);
                let next = next.and_then(|next| u32::try_from(next).ok());
                place = next.ok_or_else(|| decode::Error::message("a log before the first"))?;
                Log::Place(place)
            }
        };
        rows.push(Owned { log, from, entries, signature });
    }
    let mut words = d.bytes()?;
    let entries = rows.iter_mut().flat_map(|row| &mut row.entries);
    for (entry, awaited) in entries.zip(awaited) {
        let Some((salt, bytes)) = awaited else { continue };
        let short = || decode::Error::message("runs with too few words");
        let (rest, behind) = words.split_at_checked(bytes).ok_or_else(short)?;
        entry.words = Some([salt, rest].concat());
        words = behind;
    }
    if !noise.is_empty() || !words.is_empty() {
        return Err(decode::Error::message("runs with too much noise, or too many words"));
    }
    Ok(rows)
}

/// Runs of a session.
pub(super) mod runs {
    use super::*;

    pub(in super::super) fn encode<C, W: encode::Write>(
        runs: &[Run],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let rows: Vec<Row<'_, 6>> = runs
            .iter()
            .map(|Run { log, from, entries, signature }| {
                let log = match log.clone() {
                    LogRef::New { author, grant, stream, lane, volume } => {
                        Log::New { author, grant, stream, lane, volume }
                    }
                    LogRef::Known(prefix) => Log::Known(*prefix),
                    LogRef::Place(place) => Log::Place(place),
                };
                Row { log, from: *from, entries, signature }
            })
            .collect();
        encode_rows(&rows, e)
    }

    pub(in super::super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Vec<Run>, decode::Error> {
        let run = |Owned { log, from, entries, signature }: Owned<6>| {
            let log = match log {
                Log::New { author, grant, stream, lane, volume } => {
                    LogRef::New { author, grant, stream, lane, volume }
                }
                Log::Known(prefix) => LogRef::Known(prefix.into()),
                Log::Place(place) => LogRef::Place(place),
            };
            Run { log, from, entries, signature }
        };
        Ok(decode_rows(d)?.into_iter().map(run).collect())
    }
}

/// Runs that are pushed live.
pub(super) mod live {
    use super::*;

    pub(in super::super) fn encode<C, W: encode::Write>(
        runs: &[LiveRun],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let rows: Vec<Row<'_, 8>> = runs
            .iter()
            .map(|LiveRun { log, from, entries, signature }| {
                let log = match log.clone() {
                    LiveLog::New { author, grant, stream, lane, volume } => {
                        Log::New { author, grant, stream, lane, volume }
                    }
                    LiveLog::Known(name) => Log::Known(name),
                };
                Row { log, from: *from, entries, signature }
            })
            .collect();
        encode_rows(&rows, e)
    }

    pub(in super::super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Vec<LiveRun>, decode::Error> {
        let run = |Owned { log, from, entries, signature }: Owned<8>| {
            let log = match log {
                Log::New { author, grant, stream, lane, volume } => {
                    LiveLog::New { author, grant, stream, lane, volume }
                }
                Log::Known(name) => LiveLog::Known(name),
                Log::Place(_) => return Err(decode::Error::message("a live run by its place")),
            };
            Ok(LiveRun { log, from, entries, signature })
        };
        decode_rows(d)?.into_iter().map(run).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::message::{Live, Message};

    /// A post whose words have `told` bytes, as it says.
    fn entry(words: Option<&[u8]>, told: u8) -> WireEntry {
        let name = [&[0x86, 0, 0, 2, 0xa1, 0, 0x46][..], &[7; 6]].concat();
        let bytes = [&name[..], &[told, 0x58, 0x20]].concat();
        WireEntry { bytes, words: words.map(<[u8]>::to_vec) }
    }

    fn entries() -> Vec<WireEntry> {
        let whole = WireEntry { bytes: vec![0xff, 0x46], words: None };
        let words: [(&[u8], u8); 5] = [
            (b"saltsaltwords", 13),
            (b"saltsalt", 8),
            (b"no salt", 7),
            (b"saltsalt and not as it says", 13),
            (b"", 0),
        ];
        let said = words.map(|(words, told)| entry(Some(words), told));
        said.into_iter().chain([entry(None, 13), whole]).collect()
    }

    /// The noise of [`entries`]: six names, two salts.
    const NOISE: usize = 6 * 6 + 2 * 8;

    fn new<T>(make: impl Fn(PersonId, RecordId, Stream, LaneId, u32) -> T) -> T {
        let (author, grant) = (PersonId::from_bytes([1; 32]), RecordId::from_bytes([2; 32]));
        make(author, grant, Stream::Debate, LaneId::from_bytes([3; 8]), 4)
    }

    #[test]
    fn runs_come_back_and_noise_and_words_stand_apart() {
        let signature = Signature::from_bytes([9; 64]);
        let new = new(|author, grant, stream, lane, volume| LogRef::New {
            author,
            grant,
            stream,
            lane,
            volume,
        });
        let known = LogRef::Known([5; 6].into());
        let logs = [new, LogRef::Place(70_000), known, LogRef::Place(3), LogRef::Place(3)];
        let runs = logs.map(|log| Run { log, from: 7, entries: entries(), signature });
        for runs in [runs.to_vec(), vec![]] {
            let noise: usize = if runs.is_empty() { 0 } else { 40 + 6 + 5 * (64 + NOISE) };
            let words = if runs.is_empty() { 0 } else { 5 * (5 + 7 + 27) };
            let message = Message::Logs(3, runs);
            let bytes = message.to_bytes();
            assert_eq!(Message::from_bytes(&bytes).unwrap(), message);
            let head = if noise == 0 { 1 } else { 3 };
            let cuts = message.cuts(&bytes);
            assert_eq!(cuts[0], 1 + 1 + 1 + 1 + 1 + head + noise);
            assert_eq!(cuts[1], bytes.len() - words - if words == 0 { 1 } else { 2 });
            for end in 0..bytes.len() {
                assert!(Message::from_bytes(&bytes[..end]).is_err());
            }
        }
    }

    /// A `Logs` in two parts, its words packed in another way: noise and words stand apart there too.
    #[test]
    fn primed_runs_have_their_noise_in_the_same_place() {
        let signature = Signature::from_bytes([9; 64]);
        let log = LogRef::Known([5; 6].into());
        let logs = Message::Logs(3, vec![Run { log, from: 7, entries: entries(), signature }]);
        let bytes = logs.to_bytes();
        let [noise, at] = logs.cuts(&bytes);
        for packed in [vec![1; 3], vec![1; 300], vec![1; 70_000]] {
            let head = bytes[..at].to_vec();
            let primed = Message::Primed(3, [8; 8].into(), head, packed.clone());
            let bytes = primed.to_bytes();
            assert_eq!(Message::from_bytes(&bytes).unwrap(), primed);
            let [noise_there, words] = primed.cuts(&bytes);
            assert_eq!(bytes[words..], packed);
            assert_eq!(bytes[noise_there - 64..noise_there], logs.to_bytes()[noise - 64..noise]);
        }
    }

    #[test]
    fn live_runs_come_back() {
        let signature = Signature::from_bytes([9; 64]);
        let new = new(|author, grant, stream, lane, volume| LiveLog::New {
            author,
            grant,
            stream,
            lane,
            volume,
        });
        let logs = [new, LiveLog::Known([5; 8])];
        let runs = logs.map(|log| LiveRun { log, from: 7, entries: entries(), signature });
        let message = Message::Live([6; 8].into(), Live::Push(runs.to_vec()));
        let bytes = message.to_bytes();
        assert_eq!(Message::from_bytes(&bytes).unwrap(), message);
        let noise = 40 + 8 + 2 * (64 + NOISE);
        assert_eq!(message.cuts(&bytes)[0], 1 + 1 + 1 + 9 + 1 + 1 + 1 + 1 + 3 + noise);
        assert_eq!(Message::Ask.cuts(&Message::Ask.to_bytes()), [0, 0]);
    }

    /// Noise and words that are left over, too little of them, and parts that do not fit.
    #[test]
    fn noise_and_words_are_used_up() {
        let run = Run {
            log: LogRef::Known([5; 6].into()),
            from: 0,
            entries: vec![entry(Some(b"saltsaltwords"), 13)],
            signature: Signature::from_bytes([9; 64]),
        };
        let bytes = Message::Logs(0, vec![run]).to_bytes();
        // The noise's length stands in the seventh byte, the words' before them at the end.
        assert_eq!(bytes[5..7], [0x58, 6 + 64 + 6 + 8]);
        assert_eq!(bytes[bytes.len() - 6..], *b"\x45words");
        let mut more = bytes.clone();
        more[6] += 1;
        more.insert(7, 0);
        assert!(Message::from_bytes(&more).is_err());
        let mut less = bytes.clone();
        less[6] -= 1;
        less.remove(7);
        assert!(Message::from_bytes(&less).is_err());
        for (head, words) in [(0x46, &b"words!"[..]), (0x44, b"word")] {
            let other = [&bytes[..bytes.len() - 6], &[head], words].concat();
            assert!(Message::from_bytes(&other).is_err());
        }
    }

    /// A log by its place before the first one.
    #[test]
    fn places_begin_at_the_first() {
        let run = |place| Run {
            log: LogRef::Place(place),
            from: 0,
            entries: vec![],
            signature: Signature::from_bytes([9; 64]),
        };
        let mut bytes = Message::Logs(0, vec![run(5), run(2)]).to_bytes();
        let back = bytes.len() - 2;
        assert_eq!(bytes[back], 0x22);
        bytes[back] = 0x25;
        assert!(Message::from_bytes(&bytes).is_err());
    }
}
