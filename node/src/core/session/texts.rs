//! Texts ahead of the logs: the changes of a text that a session is about to send go first, each in
//! terms of those before it ([`baro_crdt::text::brief`]), whoever wrote them. The entries that hold
//! them go without them behind that and cite them by number.
//!
//! Only what is sent behind each other can be told so: an entry alone would name all it builds on
//! by hashes anyway. What was told and is never cited is forgotten with the session.

use std::collections::BTreeMap;

use baro_crdt::ids::EntryId;
use baro_crdt::text::brief::{Brief, Hearing, Telling};
use minicbor::{Decoder, Encoder};

use super::super::message::{Index, WireEntry};
use super::super::names::CITES;
use super::share::{Out, Outgoing};
use super::{Broken, Session, Step, Turn};
use crate::store::{LogNumber, PostFamily, Result};

/// A message of changes is closed at so many bytes.
const MESSAGE_BYTES: usize = 16 * 1024;
/// The most bytes of changes, as they are in entries, that one side tells and has not cited yet, and
/// that the other keeps.
pub(super) const TOLD_BYTES_MAX: usize = 1024 * 1024;
/// How many entries there are in the runs that are told of at first, and at most: each time twice as
/// many, so that something crosses a short contact whole.
const GROUP_ENTRIES: u32 = 256;
const GROUP_ENTRIES_MAX: u32 = 4_096;
/// The most texts of a run that are told.
const TEXTS_MAX: usize = 16;
/// An entry's kind that is a change of a text.
const CHANGE: u32 = 10;

/// The changes that were told in a session, on both ways.
#[derive(Default)]
pub(super) struct Texts {
    telling: Telling,
    /// How many times entries were told of.
    groups: u32,
    /// By log and index: the number of a change that was told, and its bytes.
    told: BTreeMap<(LogNumber, u32), (u32, usize)>,
    told_bytes: usize,
    hearing: Hearing,
    /// By number, as long as no entry cites it.
    heard: BTreeMap<u32, Vec<u8>>,
    heard_bytes: usize,
}

/// Steps up to the second value of a change's body; `None` where the entry is none.
fn body<'a>(entry: &'a [u8]) -> Option<(EntryId, Decoder<'a>)> {
    let mut d = Decoder::new(entry);
    d.array().ok()??;
    d.skip().ok()?;
    d.skip().ok()?;
    (d.u32().ok()? == CHANGE && d.map().ok()? == Some(2) && d.u8().ok()? == 0).then_some(())?;
    let text = EntryId::from_slice(d.bytes().ok()?)?;
    (d.u8().ok()? == 1).then_some((text, d))
}

/// The change that an entry holds.
fn change(entry: &[u8]) -> Option<&[u8]> {
    body(entry)?.1.bytes().ok()
}

impl Texts {
    pub(super) fn heard_bytes(&self) -> usize {
        self.heard_bytes
    }

    /// The texts of which these entries hold changes.
    fn of(entries: &[WireEntry]) -> Vec<EntryId> {
        let mut texts = Vec::new();
        for (text, _) in entries.iter().filter_map(|entry| body(&entry.bytes)) {
            if texts.len() < TEXTS_MAX && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    /// A log's entries go whole.
    pub(super) fn forget(&mut self, log: LogNumber) {
        let bytes = &mut self.told_bytes;
        self.told.retain(|(of, _), (_, told)| {
            if *of == log {
                *bytes = bytes.saturating_sub(*told);
            }
            *of != log
        });
    }

    /// Tells changes; gives them in parts, or none where it is one alone.
    fn tell(&mut self, turn: &Turn<'_>, rows: &[(EntryId, LogNumber, u32)]) -> Result<Vec<Out>> {
        let mut parts = Vec::new();
        if rows.len() < 2 {
            return Ok(parts);
        }
        let mut text = None;
        for (of, log, number) in rows {
            if let Some(before) =
                text.filter(|text| text != of || self.telling.len() >= MESSAGE_BYTES)
                && !self.telling.is_empty()
            {
                parts.push(Out::Text(before, self.telling.take()));
            }
            text = Some(*of);
            let entries = turn.read.entries(*log, *number..*number + 1)?;
            let Some(change) = entries.first().and_then(|entry| change(entry)) else { continue };
            if self.told_bytes + change.len() > TOLD_BYTES_MAX || self.telling.is_full() {
                break;
            }
            if let Some(told) = self.telling.tell(of, change) {
                self.told_bytes += change.len();
                self.told.insert((*log, *number), (told, change.len()));
            }
        }
        if let Some(text) = text.filter(|_| !self.telling.is_empty()) {
            parts.push(Out::Text(text, self.telling.take()));
        }
        Ok(parts)
    }

    /// An entry as it goes out, a number in the place of its change where that was told; `last` is
    /// the number that was cited before in its run.
    pub(super) fn cite(
        &mut self,
        (log, index): (LogNumber, u32),
        entry: &[u8],
        last: &mut Option<u32>,
    ) -> Option<Vec<u8>> {
        let (number, bytes) = self.told.remove(&(log, index))?;
        self.told_bytes = self.told_bytes.saturating_sub(bytes);
        let step = number.checked_sub(last.map_or(0, |last| last.saturating_add(1)))?;
        let (_, mut d) = body(entry)?;
        let mut cited = entry.get(..d.position())?.to_vec();
        d.bytes().ok()?;
        let mut e = Encoder::new(&mut cited);
        match e.u32(step) {
            Ok(_) => {}
            Err(error) => unreachable!("writing to memory does not fail: {error}"),
        }
        cited.extend_from_slice(entry.get(d.position()..)?);
        *last = Some(number);
        Some(cited)
    }

    /// An entry as it was, its change in the place of the number; `None` where no such change was
    /// heard.
    pub(super) fn put_back(&mut self, cited: &[u8], last: &mut Option<u32>) -> Option<Vec<u8>> {
        let (_, mut d) = body(cited)?;
        let from = d.position();
        let step = d.u32().ok()?;
        let to = d.position();
        let number = step.checked_add(last.map_or(0, |last| last.saturating_add(1)))?;
        *last = Some(number);
        let change = self.heard.remove(&number)?;
        self.heard_bytes = self.heard_bytes.saturating_sub(change.len());
        let mut entry = cited.get(..from)?.to_vec();
        let mut e = Encoder::new(&mut entry);
        match e.bytes(&change) {
            Ok(_) => {}
            Err(error) => unreachable!("writing to memory does not fail: {error}"),
        }
        entry.extend_from_slice(cited.get(to..)?);
        Some(entry)
    }
}

/// The mark of an entry that cites a change, taken off.
pub(super) fn unmark(entry: &mut WireEntry) -> bool {
    let cites = entry.bytes.first() == Some(&CITES);
    if cites {
        entry.bytes.remove(0);
    }
    cites
}

/// The mark put on.
pub(super) fn mark(entry: &[u8]) -> Vec<u8> {
    [&[CITES], entry].concat()
}

impl Session {
    /// Puts before a run the changes that it holds, and those of runs beside it in which its text was
    /// written at the same time, by Lamport number: so each comes behind those it builds on. These
    /// runs are sent next. Gives the run back where there is nothing to tell.
    pub(super) fn tell_texts(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        mut run: Outgoing,
        entries: &[WireEntry],
    ) -> std::result::Result<Option<Outgoing>, Broken> {
        let share = self.share(index)?;
        let may = !run.told && !run.waits && !share.whole.contains(&run.log);
        run.told = true;
        let texts = if may { Texts::of(entries) } else { Vec::new() };
        let Some(first) = texts.first().filter(|_| !share.texts.telling.is_full()) else {
            return Ok(Some(run));
        };
        let mut waiting: BTreeMap<LogNumber, Vec<(u32, u32)>> = BTreeMap::new();
        for out in &share.outbox {
            if let Out::Run(out) = out
                && !out.waits
                && !out.told
                && !share.whole.contains(&out.log)
            {
                waiting.entry(out.number).or_default().push((out.from, out.to));
            }
        }
        // Of each log from its first entry that waits on.
        let mut group = BTreeMap::from([(run.number, (run.from, run.to))]);
        let mut left = (GROUP_ENTRIES << share.texts.groups.min(4)).min(GROUP_ENTRIES_MAX);
        left = left.saturating_sub(run.to - run.from);
        share.texts.groups += 1;
        let written = turn.read.posts_in(first, PostFamily::Change)?;
        for row in &written {
            let held = group.get(&row.log).copied();
            let spans = waiting.get(&row.log).map_or(&[][..], Vec::as_slice);
            let span = spans.iter().find(|(from, to)| (*from..*to).contains(&row.index));
            let (Some((_, to)), Some((begin, _))) = (span, spans.first()) else { continue };
            let (from, before) = held.unwrap_or((*begin, *begin));
            if before >= *to {
                continue;
            }
            if left < to - before {
                break;
            }
            left -= to - before;
            group.insert(row.log, (from, *to));
        }
        let is_in = |log: &LogNumber, index: u32| {
            group.get(log).is_some_and(|(from, to)| (*from..*to).contains(&index))
        };
        let mut rows = Vec::new();
        for text in &texts {
            let more = match text == first {
                true => written.clone(),
                false => turn.read.posts_in(text, PostFamily::Change)?,
            };
            let more = more.iter().filter(|row| is_in(&row.log, row.index));
            rows.extend(more.map(|row| (*text, row.log, row.index)));
        }
        let parts = share.texts.tell(turn, &rows)?;
        if parts.is_empty() {
            return Ok(Some(run));
        }
        let mut next = parts;
        next.push(Out::Run(run));
        let (beside, rest): (Vec<Out>, Vec<Out>) =
            share.outbox.drain(..).partition(|out| match out {
                Out::Run(out) => !out.waits && !out.told && is_in(&out.number, out.from),
                _ => false,
            });
        next.extend(beside.into_iter().map(|out| match out {
            Out::Run(run) => Out::Run(Outgoing { told: true, ..run }),
            other => other,
        }));
        share.outbox = next.into_iter().chain(rest).collect();
        Ok(None)
    }

    /// Takes changes of a text, of which entries will cite some.
    pub(super) fn take_text(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        text: EntryId,
        brief: &Brief,
    ) -> Step {
        let share = self.share(index)?;
        if !share.records_done || share.they_done.is_some() {
            return Err(Broken::Protocol("changes of a text out of turn"));
        }
        let texts = &mut share.texts;
        let first = texts.hearing.count();
        let changes = texts.hearing.hear(&text, brief, TOLD_BYTES_MAX);
        let changes = changes.map_err(|_| Broken::Protocol("a text that cannot be read"))?;
        for (number, change) in (first..).zip(changes) {
            let number = u32::try_from(number);
            let number = number.map_err(|_| Broken::Protocol("too many changes"))?;
            texts.heard_bytes += change.len();
            texts.heard.insert(number, change);
        }
        // Those that were told first and that no entry has cited are forgotten: where one does, it is
        // asked for whole.
        while texts.heard_bytes > TOLD_BYTES_MAX
            && let Some((_, change)) = texts.heard.pop_first()
        {
            texts.heard_bytes = texts.heard_bytes.saturating_sub(change.len());
        }
        self.commit(turn, index, Vec::new(), 1)
    }
}
