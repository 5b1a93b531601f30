//! Texts ahead of the logs: the changes of a text that a session is about to send go first, each in
//! terms of those before it ([`baro_crdt::text::brief`]), whoever wrote them. The entries that hold
//! them go without them behind that and cite them by number.
//!
//! Only what is sent behind each other can be told so: an entry alone would name all it builds on
//! by hashes anyway. What was told and is never cited is forgotten with the session.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::EntryId;
use baro_crdt::text::brief::{Brief, Hearing, Telling};
use minicbor::{Decoder, Encoder};

use super::super::message::{Index, WireEntry};
use super::super::names::CITES;
use super::share::{Out, Outgoing};
use super::{Broken, Session, Step, Turn};
use crate::store::{LogNumber, PostFamily};

/// A message of changes is closed at so many bytes.
const MESSAGE_BYTES: usize = 16 * 1024;
/// The most bytes of changes, as they are in entries, that one side tells and has not cited yet.
const TOLD_BYTES_MAX: usize = 1024 * 1024;
/// The most that this side keeps of the other, which one message breaks at most: what it tells is
/// made before it is counted.
pub(super) const HEARD_BYTES_MAX: usize = 9 * TOLD_BYTES_MAX;
/// An entry's kind that is a change of a text.
const CHANGE: u32 = 10;

/// The changes that were told in a session, on both ways.
#[derive(Default)]
pub(super) struct Texts {
    telling: Telling,
    /// Texts whose changes were told, or go as they are.
    through: BTreeSet<EntryId>,
    /// Of these, those of which more is to be told when all that was told is cited.
    more: BTreeSet<EntryId>,
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

    /// The first text of which entries of a run hold changes, and that is not gone through.
    pub(super) fn first_new(&self, entries: &[WireEntry]) -> Option<EntryId> {
        let mut texts = entries.iter().filter_map(|entry| Some(body(&entry.bytes)?.0));
        texts.find(|text| !self.through.contains(text))
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
        if self.told.is_empty() {
            let more = std::mem::take(&mut self.more);
            self.through.retain(|text| !more.contains(text));
        }
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
    /// Puts the changes of a text that this run and those behind it hold before them, each behind
    /// those it builds on: by Lamport number.
    pub(super) fn tell_text(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        text: EntryId,
        run: Outgoing,
    ) -> Step {
        let share = self.share(index)?;
        share.texts.through.insert(text);
        share.outbox.push_front(Out::Run(run));
        let mut spans: BTreeMap<LogNumber, (u32, u32)> = BTreeMap::new();
        for out in &share.outbox {
            if let Out::Run(run) = out
                && !run.waits
            {
                let span = spans.entry(run.number).or_insert((run.from, run.to));
                *span = (span.0.min(run.from), span.1.max(run.to));
            }
        }
        let mut rows = turn.read.posts_in(&text, PostFamily::Change)?;
        rows.retain(|row| {
            let span = spans.get(&row.log);
            span.is_some_and(|(from, to)| (*from..*to).contains(&row.index))
        });
        if rows.len() < 2 {
            return Ok(());
        }
        let mut parts = Vec::new();
        let texts = &mut share.texts;
        for row in rows {
            let entries = turn.read.entries(row.log, row.index..row.index + 1)?;
            let Some(change) = entries.first().and_then(|entry| change(entry)) else { continue };
            if texts.told_bytes + change.len() > TOLD_BYTES_MAX {
                texts.more.insert(text);
                break;
            }
            let Some(number) = texts.telling.tell(&text, change) else { continue };
            texts.told_bytes += change.len();
            texts.told.insert((row.log, row.index), (number, change.len()));
            if texts.telling.len() >= MESSAGE_BYTES {
                parts.push(Out::Text(text, texts.telling.take()));
            }
        }
        if !texts.telling.is_empty() {
            parts.push(Out::Text(text, texts.telling.take()));
        }
        for part in parts.into_iter().rev() {
            share.outbox.push_front(part);
        }
        Ok(())
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
        let changes = texts.hearing.hear(&text, brief);
        let changes = changes.map_err(|_| Broken::Protocol("a text that cannot be read"))?;
        for (number, change) in (first..).zip(changes) {
            let number = u32::try_from(number);
            let number = number.map_err(|_| Broken::Protocol("too many changes"))?;
            texts.heard_bytes += change.len();
            texts.heard.insert(number, change);
        }
        if texts.heard_bytes > TOLD_BYTES_MAX {
            return Err(Broken::Protocol("changes that no entry holds"));
        }
        self.commit(turn, index, Vec::new(), 1)
    }
}
