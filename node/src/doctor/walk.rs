//! The database, row by row, and the files of blobs: whether what is kept is still what was signed.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::Entry;
use baro_crdt::ids::{CommunityId, PayloadHash, PersonId, WallSeconds};
use baro_crdt::log::chain_all;
use baro_crdt::record::Record;

use super::Finding;
use crate::blobs::{BlobRow, SLICE_GROUPS_MAX, VerifiedSlice};
use crate::store::{Database, LogRow, Read, Result};

/// How far ahead of this device's clock words may claim to be, in seconds.
const AHEAD_MAX: i64 = 24 * 3_600;
/// The most places of damage that are named.
const PLACES_MAX: usize = 3;

/// What was found to be wrong.
#[derive(Default)]
struct Damage {
    places: u64,
    first: Vec<String>,
}

impl Damage {
    fn add(&mut self, what: String) {
        self.places += 1;
        if self.first.len() < PLACES_MAX {
            self.first.push(what);
        }
    }
}

/// Walks a data folder's database: the file itself, the signature of every record, every
/// log's chain against its signed heads, every payload against its hash, every group
/// of every blob. `hear` is told how many logs are done, of how many.
pub fn walk(database: &Database, now: WallSeconds, hear: &mut dyn FnMut(u64, u64)) -> Vec<Finding> {
    if !database.path().exists() {
        return Vec::new();
    }
    let mut damage = Damage::default();
    let mut findings = Vec::new();
    let looked = database.reader().and_then(|reader| {
        reader.integrity()?.into_iter().for_each(|what| damage.add(what));
        let snapshot = reader.snapshot()?;
        rows(&snapshot, &mut damage, hear)?;
        ahead(&snapshot, now)
    });
    match looked {
        Ok(finding) => findings.extend(finding),
        Err(error) => damage.add(error.to_string()),
    }
    if damage.places > 0 {
        findings.push(Finding::grave(
            "database",
            format!(
                "the database is damaged in {} places, first: {}",
                damage.places,
                damage.first.join("; ")
            ),
            "what can be read stays readable: move the folder away, begin anew with baro init and \
             sync from a neighbour or a stick; keep the old folder, it has the keys. Then look at \
             the disk: smartctl, or another card",
        ));
    }
    findings
}

fn rows(read: &dyn Read, damage: &mut Damage, hear: &mut dyn FnMut(u64, u64)) -> Result<()> {
    let communities: Vec<CommunityId> = read.communities()?.iter().map(|row| row.id).collect();
    let mut logs = Vec::new();
    for community in &communities {
        for row in read.records(community)? {
            if Record::from_bytes(&row.bytes).ok().is_none_or(|record| record.id() != row.id) {
                damage.add(format!("record {}", row.id));
            }
        }
        logs.extend(read.logs(community)?);
    }
    let total = logs.len() as u64;
    for (done, row) in (1..).zip(&logs) {
        log(read, row, damage)?;
        hear(done, total);
    }
    for row in read.blobs()? {
        blob(read, &row, damage)?;
    }
    Ok(())
}

/// Whether the groups that are said to be here are what the blob's hash says.
fn blob(read: &dyn Read, row: &BlobRow, damage: &mut Damage) -> Result<()> {
    for run in row.have.runs() {
        for first in run.clone().step_by(SLICE_GROUPS_MAX as usize) {
            let groups = SLICE_GROUPS_MAX.min(run.end - first);
            let sound = match read.blob_slice(&row.hash, first, groups) {
                Ok(Some(bytes)) => {
                    VerifiedSlice::verify(row.hash, row.size, first, groups, &bytes).is_ok()
                }
                Ok(None) | Err(_) => false,
            };
            if !sound {
                damage.add(format!("the file of blob {}", row.hash));
                return Ok(());
            }
        }
    }
    Ok(())
}

fn log(read: &dyn Read, row: &LogRow, damage: &mut Damage) -> Result<()> {
    let entries = read.entries(row.number, 0..row.cursor.length)?;
    let mut chains = vec![row.id.start()];
    for entry in &entries {
        let before = chains.last().copied().unwrap_or_else(|| row.id.start());
        chains.push(chain_all(before, std::iter::once(entry.as_slice())));
    }
    let end = chains.last();
    if entries.len() != row.cursor.length as usize || end != Some(&row.cursor.chain) {
        damage.add(format!("log {}", row.id));
        return Ok(());
    }
    for signed in read.heads(row.number)? {
        let length = signed.head.length as usize;
        let same = chains.get(length).is_none_or(|chain| *chain == signed.head.chain);
        if !same || !signed.verifies(&row.header.author) {
            damage.add(format!("the signed head of log {} after {length} entries", row.id));
        }
    }
    for payload in entries.iter().filter_map(|entry| Entry::from_bytes(entry).ok()?.payload) {
        if let Some(bytes) = read.payload(&payload.hash)?
            && PayloadHash::of(&bytes) != payload.hash
        {
            damage.add(format!("the words {}", payload.hash));
        }
    }
    Ok(())
}

/// Words of several persons that are said to be from tomorrow: then it is this clock that is
/// behind, unless they all are ahead.
fn ahead(read: &dyn Read, now: WallSeconds) -> Result<Option<Finding>> {
    let mut newest = BTreeMap::<PersonId, i64>::new();
    for community in read.communities()? {
        for row in read.logs(&community.id)?.iter().filter(|row| row.authorised > 0) {
            let time = newest.entry(row.header.author).or_default();
            *time = row.cursor.time.max(*time);
        }
    }
    let ahead: BTreeSet<&PersonId> =
        newest.iter().filter(|(_, time)| **time > now.0 + AHEAD_MAX).map(|(who, _)| who).collect();
    // One alone may well be wrong, or lie.
    let several = ahead.len() > 1 && ahead.len() * 4 >= newest.len();
    Ok(several.then(|| {
        Finding::grave(
            "clock",
            format!(
                "{} of {} persons have said something that is dated more than a day after this \
                 device's time",
                ahead.len(),
                newest.len()
            ),
            "look whether this clock is behind, and set it; nothing is lost meanwhile, only the \
             times shown beside new words are wrong",
        )
    }))
}
