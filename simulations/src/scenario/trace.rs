//! Contacts that somebody measured, from a table of who met whom in which stretch of time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use baro_crdt::ids::Millis;

use super::{ScenarioError, Trace};

/// The most rows that are read.
const ROWS_MAX: usize = 10_000_000;

/// A meeting of two, by the numbers of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Meeting {
    pub(super) pair: [u64; 2],
    pub(super) from: Millis,
    pub(super) until: Millis,
}

/// The meetings of a trace, rows that follow each other joined.
pub(super) fn meetings(folder: &Path, trace: &Trace) -> Result<Vec<Meeting>, ScenarioError> {
    let path = folder.join(&trace.file);
    let file = File::open(&path).map_err(|error| ScenarioError::Unreadable(path.clone(), error))?;
    let packed = path.extension().is_some_and(|end| end == "gz");
    let plain: Box<dyn Read> = match packed {
        true => Box::new(flate2::read::GzDecoder::new(file)),
        false => Box::new(file),
    };
    let mut table = csv::Reader::from_reader(plain);
    let bad = |row: u64, why: String| ScenarioError::BadRow(row, why);
    let head = table.headers().map_err(|error| bad(0, error.to_string()))?.clone();
    let column = |name: &String| {
        let at = head.iter().position(|title| title == name);
        at.ok_or_else(|| bad(0, format!("no column {name}")))
    };
    let columns = [column(&trace.time)?, column(&trace.pair[0])?, column(&trace.pair[1])?];
    let mut bins: BTreeMap<[u64; 2], Vec<u64>> = BTreeMap::new();
    for (row, read) in (1..).zip(table.records().take(ROWS_MAX)) {
        let read = read.map_err(|error| bad(row, error.to_string()))?;
        let number = |column: usize| -> Result<u64, ScenarioError> {
            let text = read.get(column).unwrap_or_default();
            text.parse().map_err(|_| bad(row, format!("{text:?} is no number")))
        };
        let [time, one, other] = [number(columns[0])?, number(columns[1])?, number(columns[2])?];
        if one != other {
            bins.entry([one.min(other), one.max(other)]).or_default().push(time);
        }
    }
    let mut meetings = Vec::new();
    for (pair, mut times) in bins {
        times.sort_unstable();
        for time in times {
            let (from, until) = (Millis(time * 1_000), Millis((time + trace.bin_s) * 1_000));
            match meetings.last_mut() {
                Some(Meeting { pair: of, until: end, .. }) if *of == pair && *end >= from => {
                    *end = until;
                }
                _ => meetings.push(Meeting { pair, from, until }),
            }
        }
    }
    meetings.sort_by_key(|meeting| (meeting.from, meeting.pair));
    Ok(meetings)
}
