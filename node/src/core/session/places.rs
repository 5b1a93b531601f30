//! Places: what both sides of a session hold is named by where it stands among it.
//!
//! Who has compared logs knows the set that the other side summed up, and tells what it lacks of
//! it. From then on both know the same of each of these logs: its place by ascending prefix, and
//! how many entries both hold. So a log goes by its place, a run by how far it begins behind these
//! entries, and a cited entry that is among them by so few bytes of its id that none of the others
//! begins alike. Where the two are wrong about each other all the same (what is held may wait for
//! its authority on one side), who cannot tell which entry is meant asks for the run once more,
//! with whole ids.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{CommunityId, EntryId};
use baro_crdt::reconcile::Element;

use super::super::message::{Index, Message, WantLog, WireEntry};
use super::super::names::{self, NAME_LENGTHS};
use super::share::{Frozen, Out};
use super::{Broken, Session, Step, Turn};
use crate::store::{LogNumber, PostRow, Read, Result};

/// The most logs of which one side asks the other for runs with whole ids in a session.
const WHOLES_MAX: usize = 64;

/// The logs that were summed up, as both sides know them.
#[derive(Default)]
pub(super) struct Places {
    /// By ascending prefix; how many entries of each both sides hold.
    logs: Vec<([u8; 6], u32)>,
    /// The same by ascending number here, made when it is first needed.
    numbers: Option<Vec<(LogNumber, u32)>>,
}

impl Places {
    /// Of one's own logs, all of which the other side holds as far as nothing else is known.
    pub(super) fn summed_up(frozen: &BTreeMap<[u8; 6], Frozen>) -> Self {
        let counted = frozen.iter().filter(|(_, frozen)| frozen.length > 0);
        let logs = counted.map(|(prefix, frozen)| (*prefix, frozen.length)).collect();
        Self { logs, numbers: None }
    }

    /// Of the other side's logs, from one's own and what only one of both has; of those that differ
    /// nothing is common as far as nothing else is known.
    pub(super) fn compared(
        frozen: &BTreeMap<[u8; 6], Frozen>,
        theirs: &BTreeMap<[u8; 6], Element>,
        ours: &BTreeSet<[u8; 6]>,
    ) -> Self {
        let mut logs = Self::summed_up(frozen).logs;
        logs.retain(|(prefix, _)| !theirs.contains_key(prefix) && !ours.contains(prefix));
        logs.extend(theirs.keys().map(|prefix| (*prefix, 0)));
        logs.sort_unstable();
        Self { logs, numbers: None }
    }

    /// Where a log stands.
    pub(super) fn place(&self, prefix: &[u8; 6]) -> Option<u32> {
        let at = self.logs.binary_search_by_key(prefix, |(prefix, _)| *prefix).ok()?;
        u32::try_from(at).ok()
    }

    /// The log at a place, and how many entries of it both sides hold.
    pub(super) fn at(&self, place: u32) -> Option<([u8; 6], u32)> {
        self.logs.get(place as usize).copied()
    }

    /// Both sides hold so many entries of the log at a place.
    pub(super) fn both_hold(&mut self, place: u32, entries: u32) {
        if let Some((_, held)) = self.logs.get_mut(place as usize) {
            *held = entries;
            self.numbers = None;
        }
    }

    /// The logs of which both sides hold something, and how many entries.
    pub(super) fn held(&self) -> impl Iterator<Item = (&[u8; 6], u32)> {
        let held = self.logs.iter().filter(|(_, entries)| *entries > 0);
        held.map(|(prefix, entries)| (prefix, *entries))
    }

    fn numbers(&mut self, frozen: &BTreeMap<[u8; 6], Frozen>) -> &[(LogNumber, u32)] {
        self.numbers.get_or_insert_with(|| {
            let held = self.logs.iter().filter(|(_, entries)| *entries > 0);
            let held = held.filter_map(|(prefix, held)| Some((frozen.get(prefix)?.number, *held)));
            let mut numbers: Vec<_> = held.collect();
            numbers.sort_unstable();
            numbers
        })
    }

    /// The one entry that both sides hold and whose id begins so.
    fn named(
        &mut self,
        frozen: &BTreeMap<[u8; 6], Frozen>,
        (read, community): (&dyn Read, &CommunityId),
        name: &[u8],
    ) -> Result<Option<EntryId>> {
        let numbers = self.numbers(frozen);
        if numbers.is_empty() {
            return Ok(None);
        }
        let is_common = |row: &PostRow| {
            let at = numbers.binary_search_by_key(&row.log, |(number, _)| *number);
            let held = at.ok().and_then(|at| numbers.get(at));
            row.community == *community && held.is_some_and(|(_, held)| row.index < *held)
        };
        let rows = read.posts_named(name)?;
        let mut common = rows.iter().filter(|row| is_common(row)).map(|row| row.id);
        let first = common.next();
        Ok(first.filter(|_| common.next().is_none()))
    }

    /// By how many bytes of its id a cited entry is named, if both sides hold it.
    fn length(
        &mut self,
        frozen: &BTreeMap<[u8; 6], Frozen>,
        at: (&dyn Read, &CommunityId),
        cited: &EntryId,
    ) -> Result<Option<usize>> {
        let entries: u64 = self.numbers(frozen).iter().map(|(_, held)| u64::from(*held)).sum();
        for length in NAME_LENGTHS {
            // With a quarter of all names taken it is too likely that this one is.
            let few = 8 * u32::try_from(length).unwrap_or(8) - 2;
            if entries >> few.min(63) == 0
                && let Some(name) = cited.as_bytes().get(..length)
                && self.named(frozen, at, name)? == Some(*cited)
            {
                return Ok(Some(length));
            }
        }
        Ok(None)
    }

    /// An entry as it goes out.
    pub(super) fn shorten(
        &mut self,
        frozen: &BTreeMap<[u8; 6], Frozen>,
        at: (&dyn Read, &CommunityId),
        entry: &[u8],
    ) -> Result<Vec<u8>> {
        let mut failed = None;
        let short = names::shorten(entry, |cited| {
            let length = self.length(frozen, at, cited);
            length.unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        });
        failed.map_or(Ok(short), Err)
    }

    /// Puts the entries in the place of their short names and tells whether there were any; `None`
    /// where one is not known here.
    pub(super) fn lengthen(
        &mut self,
        frozen: &BTreeMap<[u8; 6], Frozen>,
        at: (&dyn Read, &CommunityId),
        entries: &mut [WireEntry],
    ) -> Result<Option<bool>> {
        let mut found = false;
        // Each name is looked up once, however often it is said.
        let mut known: BTreeMap<Vec<u8>, Option<EntryId>> = BTreeMap::new();
        for entry in entries {
            let mut failed = None;
            let sent = std::mem::take(&mut entry.bytes);
            let whole = names::lengthen(sent, |name| {
                found = true;
                if let Some(id) = known.get(name) {
                    return *id;
                }
                let id = self.named(frozen, at, name).unwrap_or_else(|error| {
                    failed = Some(error);
                    None
                });
                known.insert(name.to_vec(), id);
                id
            });
            if let Some(error) = failed {
                return Err(error);
            }
            let Some(whole) = whole else { return Ok(None) };
            entry.bytes = whole;
        }
        Ok(Some(found))
    }
}

impl Session {
    /// Asks for a log's runs from `from` on once more, with whole ids, once a log and session; false
    /// where that was done before.
    pub(super) fn ask_whole(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        prefix: [u8; 6],
        from: u32,
    ) -> std::result::Result<bool, Broken> {
        let share = self.share(index)?;
        if share.we_done.is_some()
            || share.wholes_asked.len() >= WHOLES_MAX
            || !share.wholes_asked.insert(prefix)
        {
            return Ok(false);
        }
        share.wholes_open.insert(prefix, Some(from));
        self.stats.round_trips += 1;
        self.send(turn, &Message::WantWhole(index, WantLog { prefix: prefix.into(), from }))?;
        Ok(true)
    }

    /// Gives a log's runs once more, with whole ids, and an empty branch behind them.
    pub(super) fn take_want_whole(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        want: &WantLog,
    ) -> Step {
        let share = self.share(index)?;
        share.wholes_served += 1;
        if share.wholes_served > WHOLES_MAX {
            return Err(Broken::Protocol("too many runs asked for again"));
        }
        let frozen = share.frozen.get(&*want.prefix).copied();
        if let Some(frozen) = frozen {
            share.whole.insert(frozen.id);
            share.texts.forget(frozen.number);
            self.offer(turn, index, &frozen, want.from, true)?;
        }
        self.share(index)?.outbox.push_back(Out::WholeEnd(*want.prefix));
        self.go_on(turn, index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baro_crdt::ids::LogId;
    use baro_crdt::log::Stream;

    fn frozen(number: u32, length: u32) -> Frozen {
        let id = LogId::from_bytes([0; 32]);
        let number = LogNumber(number);
        Frozen { id, number, length, chain: id.start(), stream: Stream::Debate }
    }

    /// Both sides come to the same places: one that sums up logs 1, 3, 4 and 5, one that holds 1,
    /// 2, less of 3, and not 4.
    #[test]
    fn both_sides_come_to_the_same() {
        let of = |logs: &[(u8, u32)]| -> BTreeMap<[u8; 6], Frozen> {
            logs.iter().map(|(n, length)| ([*n; 6], frozen(u32::from(*n), *length))).collect()
        };
        let theirs = of(&[(1, 7), (3, 9), (4, 2), (5, 3), (6, 0)]);
        let ours = of(&[(1, 7), (2, 1), (3, 4), (5, 3), (7, 0)]);
        let mut summed_up = Places::summed_up(&theirs);
        let element = Element::from_bytes([0; 9]);
        let only_theirs = [[3; 6], [4; 6]].map(|prefix| (prefix, element)).into();
        let only_ours = [[2; 6], [3; 6]].into();
        let mut compared = Places::compared(&ours, &only_theirs, &only_ours);
        for places in [&mut summed_up, &mut compared] {
            places.both_hold(1, 4);
            places.both_hold(2, 0);
        }
        assert_eq!(summed_up.logs, compared.logs);
        assert_eq!(compared.logs.iter().map(|log| log.1).collect::<Vec<_>>(), [7, 4, 0, 3]);
        assert_eq!(compared.place(&[5; 6]), Some(3));
        assert_eq!(compared.at(3), Some(([5; 6], 3)));
        assert_eq!((compared.place(&[2; 6]), compared.at(4)), (None, None));
        let expected = [(LogNumber(1), 7), (LogNumber(3), 4), (LogNumber(5), 3)];
        assert_eq!(summed_up.numbers(&theirs), expected);
        assert_eq!(compared.numbers(&ours), expected);
    }
}
