//! Entries on disk: not a row each, but runs of them, each a CBOR byte string.

use std::ops::Range;

use baro_crdt::entry::{push_run, split_run};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::{LogNumber, Result, StoreError};
use super::planned::Planned as _;

/// A small append goes into the last run as long as that stays under this many bytes.
const EXTEND_BYTES_MAX: usize = 1024;
/// A large append is laid down in runs of about this many bytes.
const RUN_BYTES_MAX: usize = 16 * 1024;

/// Where in the table the run that begins at `first` stands.
fn key(log: LogNumber, first: u32) -> i64 {
    (i64::from(log.0) << 32) | i64::from(first)
}

fn first_of(key: i64) -> Result<u32> {
    u32::try_from(key & 0xffff_ffff).map_err(|_| StoreError::Damaged("a run's place".into()))
}

struct Run {
    key: i64,
    count: u32,
    bytes: Vec<u8>,
}

/// The last run that begins at or before `at`.
fn run_at(conn: &Connection, log: LogNumber, at: u32) -> Result<Option<Run>> {
    let mut statement = conn.cached(
        "SELECT key, count, bytes FROM runs WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT 1",
    )?;
    let run = statement.query_row([key(log, 0), key(log, at)], |row| {
        Ok(Run { key: row.get(0)?, count: row.get(1)?, bytes: row.get(2)? })
    });
    Ok(run.optional()?)
}

fn put_run(conn: &Connection, key: i64, count: u32, bytes: &[u8]) -> Result<()> {
    conn.cached("INSERT OR REPLACE INTO runs (key, count, bytes) VALUES (?, ?, ?)")?
        .execute(params![key, count, bytes])?;
    Ok(())
}

pub(super) fn append(
    conn: &Connection,
    log: LogNumber,
    first: u32,
    entries: &[Vec<u8>],
) -> Result<()> {
    let last = run_at(conn, log, u32::MAX)?;
    let held = match &last {
        Some(run) => first_of(run.key)?.saturating_add(run.count),
        None => {
            let known = "SELECT 1 FROM logs WHERE number = ?";
            if !conn.cached(known)?.exists([log.0])? {
                return Err(StoreError::Damaged(format!("no log has the number {}", log.0)));
            }
            0
        }
    };
    if held != first {
        return Err(StoreError::Damaged(format!(
            "log {} holds {held} entries, and {first} were expected",
            log.0
        )));
    }
    let added: usize = entries.iter().map(|entry| entry.len() + 2).sum();
    let extended = last.filter(|run| run.bytes.len() + added <= EXTEND_BYTES_MAX);
    let (mut at, mut count, mut bytes) = match extended {
        Some(run) => (run.key, run.count, run.bytes),
        None => (key(log, first), 0, Vec::with_capacity(added.min(RUN_BYTES_MAX))),
    };
    let mut next = first;
    for entry in entries {
        if count > 0 && bytes.len() + entry.len() > RUN_BYTES_MAX {
            put_run(conn, at, count, &bytes)?;
            (at, count) = (key(log, next), 0);
            bytes.clear();
        }
        push_run(&mut bytes, entry);
        count += 1;
        next += 1;
    }
    if next > first { put_run(conn, at, count, &bytes) } else { Ok(()) }
}

pub(super) fn read(conn: &Connection, log: LogNumber, range: Range<u32>) -> Result<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    if range.is_empty() {
        return Ok(entries);
    }
    let mut statement = conn.cached(
        "SELECT key, count, bytes FROM runs
         WHERE key >= coalesce((SELECT max(key) FROM runs WHERE key BETWEEN ?1 AND ?2), ?2)
           AND key < ?3
         ORDER BY key",
    )?;
    let (start, from, to) = (key(log, 0), key(log, range.start), key(log, range.end));
    let mut rows = statement.query([start, from, to])?;
    let mut expected = None;
    while let Some(row) = rows.next()? {
        let (first, count): (u32, u32) = (first_of(row.get(0)?)?, row.get(1)?);
        let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let run = split_run(bytes)?;
        let follows = expected.map_or(first <= range.start, |at| at == first);
        if run.len() != count as usize || !follows {
            return Err(StoreError::Damaged(format!("entries of log {} are missing", log.0)));
        }
        for (at, entry) in (first..).zip(run) {
            if range.contains(&at) {
                entries.push(entry.to_vec());
            }
        }
        expected = Some(first.saturating_add(count));
    }
    Ok(entries)
}

pub(super) fn truncate(conn: &Connection, log: LogNumber, length: u32) -> Result<()> {
    conn.cached("DELETE FROM runs WHERE key BETWEEN ? AND ?")?
        .execute([key(log, length), key(log, u32::MAX)])?;
    let Some(run) = run_at(conn, log, length)? else { return Ok(()) };
    let keep = length - first_of(run.key)?;
    if keep < run.count {
        let mut bytes = Vec::with_capacity(run.bytes.len());
        for entry in split_run(&run.bytes)?.into_iter().take(keep as usize) {
            push_run(&mut bytes, entry);
        }
        put_run(conn, run.key, keep, &bytes)?;
    }
    Ok(())
}
