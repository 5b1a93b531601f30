//! Runs on the way: what looks random apart from what compresses.
//!
//! Signatures, salts, names and keys are noise, and noise between words spoils a compressor's
//! statistics for both. So runs go as two: a byte string with all that is noise, run by run, and an
//! array with the rest in the same order.
//!
//! ```text
//! noise of a run   name of a log that is known, or author and lane of a new one; signature;
//!                  then of each entry: the short names in it, the salt of its words
//! rest of a run    [from, entries], of a new log [from, entries, grant, stream, volume]
//! rest of an entry bytes without names | [bytes, words without salt] | [bytes, words, null]
//! ```

use baro_crdt::entry::SALT_BYTES;
use baro_crdt::ids::{LaneId, PersonId, RecordId};
use baro_crdt::keys::Signature;
use baro_crdt::log::Stream;
use minicbor::{Decoder, Encoder, decode, encode};

use super::super::names;
use super::{LiveLog, LiveRun, LogRef, Run, WireEntry};

/// Which log a run is of, before it is a session's or a live one's.
enum Log<const N: usize> {
    New { author: PersonId, grant: RecordId, stream: Stream, lane: LaneId, volume: u32 },
    Known([u8; N]),
}

struct Row<'a, const N: usize> {
    log: Log<N>,
    from: u32,
    entries: &'a [WireEntry],
    signature: &'a Signature,
}

fn encode_rows<W: encode::Write, const N: usize>(
    rows: &[Row<'_, N>],
    e: &mut Encoder<W>,
) -> Result<(), encode::Error<W::Error>> {
    let (mut noise, mut bare) = (Vec::new(), Vec::new());
    for row in rows {
        match &row.log {
            Log::Known(name) => noise.extend_from_slice(name),
            Log::New { author, lane, .. } => {
                noise.extend_from_slice(author.as_bytes());
                noise.extend_from_slice(lane.as_bytes());
            }
        }
        noise.extend_from_slice(row.signature.as_bytes());
        for entry in row.entries {
            bare.push(names::take_out(&entry.bytes, &mut noise));
            noise.extend_from_slice(entry.salt().unwrap_or_default());
        }
    }
    e.array(2)?.bytes(&noise)?.array(rows.len() as u64)?;
    let mut bare = bare.iter();
    for row in rows {
        let is_new = matches!(row.log, Log::New { .. });
        e.array(if is_new { 5 } else { 2 })?.u32(row.from)?.array(row.entries.len() as u64)?;
        for (entry, bare) in row.entries.iter().zip(&mut bare) {
            match &entry.words {
                None => e.bytes(bare)?,
                Some(words) => match words.split_at_checked(SALT_BYTES) {
                    Some((_, words)) => e.array(2)?.bytes(bare)?.bytes(words)?,
                    // No words that can be read, but what the entry names.
                    None => e.array(3)?.bytes(bare)?.bytes(words)?.null()?,
                },
            };
        }
        if let Log::New { grant, stream, volume, .. } = &row.log {
            e.encode(grant)?.encode(stream)?.u32(*volume)?;
        }
    }
    Ok(())
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

fn decode_entry(d: &mut Decoder<'_>, noise: &mut &[u8]) -> Result<WireEntry, decode::Error> {
    let parts = match d.datatype()? {
        minicbor::data::Type::Bytes => 1,
        _ => length(d)?,
    };
    let bare = d.bytes()?;
    let torn = || decode::Error::message("an entry whose names cannot be put back");
    let bytes = names::put_in(bare, noise).ok_or_else(torn)?;
    let words = match parts {
        1 => None,
        2 => {
            let salt: &[u8; SALT_BYTES] = take(noise)?;
            Some([salt.as_slice(), d.bytes()?].concat())
        }
        3 => {
            let words = d.bytes()?.to_vec();
            d.null()?;
            Some(words)
        }
        _ => return Err(decode::Error::message("an entry of too many parts")),
    };
    Ok(WireEntry { bytes, words })
}

fn decode_rows<const N: usize>(d: &mut Decoder<'_>) -> Result<Vec<Owned<N>>, decode::Error> {
    if length(d)? != 2 {
        return Err(decode::Error::message("runs have two parts"));
    }
    let mut noise = d.bytes()?;
    let mut rows = Vec::new();
    for _ in 0..length(d)? {
        let parts = length(d)?;
        let from = d.u32()?;
        // What is new and who says it stand before the entries' noise, what it is of behind them.
        let (name, new) = match parts {
            2 => (Some(*take::<N>(&mut noise)?), None),
            5 => {
                let author = PersonId::from_bytes(*take(&mut noise)?);
                (None, Some((author, LaneId::from_bytes(*take(&mut noise)?))))
            }
            _ => return Err(decode::Error::message("a run of two or five parts")),
        };
        let signature = Signature::from_bytes(*take(&mut noise)?);
        let mut entries = Vec::new();
        for _ in 0..length(d)? {
            entries.push(decode_entry(d, &mut noise)?);
        }
        let log = match (name, new) {
            (_, Some((author, lane))) => {
                let (grant, stream, volume) = (d.decode()?, d.decode()?, d.u32()?);
                Log::New { author, grant, stream, lane, volume }
            }
            (name, None) => Log::Known(name.unwrap_or([0; N])),
        };
        rows.push(Owned { log, from, entries, signature });
    }
    if !noise.is_empty() {
        return Err(decode::Error::message("runs with too much noise"));
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
            };
            LiveRun { log, from, entries, signature }
        };
        Ok(decode_rows(d)?.into_iter().map(run).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::message::{Live, Message};

    fn entry(words: Option<&[u8]>) -> WireEntry {
        let bytes = [&[0x86, 0, 0, 2, 0xa1, 0, 0x46][..], &[7; 6], &[0x10, 0x58, 0x20]].concat();
        WireEntry { bytes, words: words.map(<[u8]>::to_vec) }
    }

    fn entries() -> Vec<WireEntry> {
        let whole = WireEntry { bytes: vec![0xff, 0x46], words: None };
        let words: [&[u8]; 3] = [b"saltsaltwords", b"saltsalt", b"no salt"];
        words.map(|words| entry(Some(words))).into_iter().chain([entry(None), whole]).collect()
    }

    fn new<T>(make: impl Fn(PersonId, RecordId, Stream, LaneId, u32) -> T) -> T {
        let (author, grant) = (PersonId::from_bytes([1; 32]), RecordId::from_bytes([2; 32]));
        make(author, grant, Stream::Debate, LaneId::from_bytes([3; 8]), 4)
    }

    #[test]
    fn runs_come_back_and_noise_stands_before_the_rest() {
        let signature = Signature::from_bytes([9; 64]);
        let new = new(|author, grant, stream, lane, volume| LogRef::New {
            author,
            grant,
            stream,
            lane,
            volume,
        });
        let known = LogRef::Known([5; 6].into());
        let runs = [new, known].map(|log| Run { log, from: 7, entries: entries(), signature });
        for runs in [runs.to_vec(), vec![]] {
            let noise: usize = if runs.is_empty() { 0 } else { 40 + 6 + 2 * (64 + 4 * 6 + 16) };
            let message = Message::Logs(3, runs);
            let bytes = message.to_bytes();
            assert_eq!(Message::from_bytes(&bytes).unwrap(), message);
            let head = if noise == 0 { 1 } else { 2 };
            assert_eq!(message.noise_end(&bytes), 1 + 1 + 1 + 1 + 1 + head + noise);
            for end in 0..bytes.len() {
                assert!(Message::from_bytes(&bytes[..end]).is_err());
            }
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
        let noise = 40 + 8 + 2 * (64 + 4 * 6 + 16);
        assert_eq!(message.noise_end(&bytes), 1 + 1 + 1 + 9 + 1 + 1 + 1 + 1 + 3 + noise);
        assert_eq!(Message::Ask.noise_end(&Message::Ask.to_bytes()), 0);
    }

    /// Noise that is left over, too little of it, and parts that do not fit.
    #[test]
    fn noise_is_used_up() {
        let run = Run {
            log: LogRef::Known([5; 6].into()),
            from: 0,
            entries: vec![entry(Some(b"saltsaltwords"))],
            signature: Signature::from_bytes([9; 64]),
        };
        let bytes = Message::Logs(0, vec![run]).to_bytes();
        // The byte string's length stands in the seventh byte.
        assert_eq!(bytes[5..7], [0x58, 6 + 64 + 6 + 8]);
        let mut more = bytes.clone();
        more[6] += 1;
        more.insert(7, 0);
        assert!(Message::from_bytes(&more).is_err());
        let mut less = bytes;
        less[6] -= 1;
        less.remove(7);
        assert!(Message::from_bytes(&less).is_err());
    }
}
