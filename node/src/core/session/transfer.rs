//! Transfer: runs of entries in priority order, each verified to a signed head before anything
//! else is done with it, made durable, acknowledged.

use std::collections::BTreeSet;

use baro_crdt::entry::split_run;
use baro_crdt::ids::LogId;
use baro_crdt::keys::Signature;
use baro_crdt::log::{Head, Header, SignedHead, VOLUME_BYTES_MAX, VOLUME_ENTRIES_MAX, chain_all};
use baro_crdt::reconcile::Element;
use minicbor::bytes::ByteVec;

use super::super::message::{Index, LogRef, Message, Run};
use super::super::names;
use super::share::{Out, Outgoing};
use super::{Broken, Session, Step, Turn, WAITING_BYTES_MAX, texts};
use crate::replica::{Item, LogItem};
use crate::store::{Read, StoreError};
use crate::wire::{Sent, believe_run, chain_at, read_run};

/// A data message is closed at so many bytes at most: small enough that a slow line moves on
/// within a second or two, large enough to compress well.
const MESSAGE_BYTES: usize = 48 * 1024;
/// The most data messages on their way, however well they compress: the other side keeps them as
/// they are until they are durable.
const IN_FLIGHT_MAX: usize = 1_024;
/// The most payloads in one message of words alone.
const WORDS_MAX: usize = 8_192;
/// The most branches that one side asks of the other in a session.
const BRANCHES_MAX: u32 = 64;

/// Why a run is not taken.
enum Unfit {
    /// It cites by a name that is not known here, or that means another entry; where it begins.
    NoName([u8; 6], u32),
    /// What comes before it is on its way once more, and it behind that.
    Awaited,
    /// It does not chain to what is held here: perhaps another branch.
    NoChain([u8; 6]),
    Bad(String),
}

impl Session {
    /// Whatever can go on after a message or a commit does.
    pub(super) fn go_on(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        if !self.share(index)?.records_done {
            self.records_settled(turn, index)?;
            if !self.share(index)?.records_done {
                return Ok(());
            }
        }
        self.pump(turn, index)?;
        let share = self.share(index)?;
        let asked_all = share.wants_sent && share.wants_in;
        if asked_all && share.outbox.is_empty() && !share.we_finished {
            share.we_finished = true;
            self.send(turn, &Message::Finished(index))?;
        }
        let share = self.share(index)?;
        if share.we_finished
            && share.they_finished
            && share.pending == 0
            && share.branches_open.is_empty()
            && share.wholes_open.is_empty()
            && !share.primer.is_open()
            && share.we_done.is_none()
            && !self.ask_changes(turn, index)?
        {
            let (digest, state) = self.state(turn, index)?;
            let share = self.share(index)?;
            share.digest = digest.to_vec();
            share.we_done = Some(state.to_vec());
            self.send(turn, &Message::Done(index, state.into()))?;
        }
        Ok(())
    }

    /// Sends from the outbox as long as the window has room.
    fn pump(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        loop {
            let share = self.share(index)?;
            if share.outbox.is_empty()
                || share.in_flight_bytes() as u64 >= share.window.bytes()
                || share.in_flight.len() >= IN_FLIGHT_MAX
            {
                return Ok(());
            }
            let (mut runs, mut outs) = (Vec::new(), Vec::new());
            let mut words = Vec::new();
            let mut told = None;
            let mut bytes = 0;
            // On a slow line several are on their way, so that what is urgent comes between them.
            let half = usize::try_from(share.window.bytes() / 2).unwrap_or(usize::MAX);
            let bytes_max = share.next_part(MESSAGE_BYTES.min(half));
            while bytes < bytes_max {
                let share = self.share(index)?;
                match share.outbox.front() {
                    Some(Out::Run(_)) if words.is_empty() => {
                        let Some(Out::Run(out)) = share.outbox.pop_front() else { break };
                        if out.waits && share.waiting_sent >= WAITING_BYTES_MAX {
                            continue;
                        }
                        let sent = read_run(turn.read, out.number, out.from, out.to)?;
                        let told = self.tell_texts(turn, index, out, &sent.entries)?;
                        let Some(out) = told else { continue };
                        let (run, size) = self.run(turn, index, &out, sent)?;
                        if out.waits {
                            self.share(index)?.waiting_sent += size;
                        }
                        self.stats.items_sent += run.entries.len() as u64;
                        bytes += size;
                        runs.push(run);
                        outs.push(out);
                    }
                    Some(Out::Words(_)) if runs.is_empty() && words.len() < WORDS_MAX => {
                        let Some(Out::Words(hash)) = share.outbox.pop_front() else { break };
                        if let Some(payload) = turn.read.payload(&hash)? {
                            bytes += payload.len();
                            words.push(ByteVec::from(payload));
                        }
                    }
                    Some(Out::WholeEnd(prefix)) if runs.is_empty() && words.is_empty() => {
                        let end = Message::Branch(index, (*prefix).into(), Vec::new(), None);
                        share.outbox.pop_front();
                        self.send(turn, &end)?;
                    }
                    Some(Out::Text(..)) if runs.is_empty() && words.is_empty() => {
                        let Some(Out::Text(text, brief)) = share.outbox.pop_front() else { break };
                        told = Some(Message::Text(index, text, brief.shape, brief.words));
                        break;
                    }
                    _ => break,
                }
            }
            let message = if let Some(told) = told {
                told
            } else if !runs.is_empty() {
                Message::Logs(index, runs)
            } else if !words.is_empty() {
                Message::Words(index, words)
            } else {
                continue;
            };
            let size = match &message {
                Message::Logs(..) => self.send_runs(turn, index, &message, outs)?,
                _ => self.send(turn, &message)?,
            };
            self.share(index)?.in_flight.push_back((turn.now, size));
        }
    }

    /// Makes a run of what was read from the store: names in the place of what it cites.
    fn run(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        out: &Outgoing,
        mut sent: Sent,
    ) -> Result<(Run, usize), Broken> {
        let share = self.share(index)?;
        let known = out.known || share.named.contains(&out.log);
        share.named.insert(out.log);
        let prefix = Element::log_prefix(&share.key, &out.log);
        let place = share.places.place(&prefix).filter(|_| out.known);
        let both = place.and_then(|place| share.places.at(place)).map_or(0, |(_, both)| both);
        let behind = out.from.checked_sub(both);
        let log = if let (Some(place), Some(_)) = (place, behind) {
            LogRef::Place(place)
        } else if known {
            LogRef::Known(prefix.into())
        } else {
            let row = turn.read.log_by_number(out.number)?;
            let Some(row) = row else { return Err(Broken::Protocol("a log that is gone")) };
            let Header { author, grant, stream, lane, volume, .. } = row.header;
            LogRef::New { author, grant, stream, lane, volume }
        };
        let share = self.share(index)?;
        let at = (turn.read, &share.community);
        let whole = out.waits || share.whole.contains(&out.log);
        let mut last = None;
        for (number, entry) in (out.from..).zip(&mut sent.entries) {
            let before = entry.bytes.len();
            let cited = match whole {
                true => None,
                false => share.texts.cite((out.number, number), &entry.bytes, &mut last),
            };
            entry.bytes = match cited {
                _ if whole => names::shorten(&entry.bytes, |_| None),
                None => share.places.shorten(&share.frozen, at, &entry.bytes)?,
                Some(cited) => texts::mark(&share.places.shorten(&share.frozen, at, &cited)?),
            };
            sent.bytes = sent.bytes.saturating_sub(before) + entry.bytes.len();
        }
        share.outbox.extend(sent.later.into_iter().map(Out::Words));
        let from = match log {
            LogRef::Place(_) => behind.unwrap_or_default(),
            _ => out.from,
        };
        let run = Run { log, from, entries: sent.entries, signature: out.signature };
        Ok((run, sent.bytes))
    }

    pub(super) fn take_ack(&mut self, turn: &mut Turn<'_>, index: Index, frames: u32) -> Step {
        let share = self.share(index)?;
        let new = frames.checked_sub(share.acked_frames);
        let Some(new) = new.filter(|new| *new as usize <= share.in_flight.len()) else {
            return Err(Broken::Protocol("an acknowledgement of what was not sent"));
        };
        share.acked_frames = frames;
        for (sent, bytes) in share.in_flight.drain(..new as usize) {
            share.window.answered(turn.now, sent, bytes as u64);
        }
        self.go_on(turn, index)
    }

    pub(super) fn take_words(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        words: Vec<ByteVec>,
    ) -> Step {
        let share = self.share(index)?;
        if !share.records_done || words.len() > WORDS_MAX {
            return Err(Broken::Protocol("words out of turn, or too many"));
        }
        let community = share.community;
        self.stats.items_received += words.len() as u64;
        let items =
            words.into_iter().map(|bytes| Item::Words { community, bytes: bytes.into() }).collect();
        self.commit(turn, index, items, 1)
    }

    pub(super) fn take_logs(&mut self, turn: &mut Turn<'_>, index: Index, runs: Vec<Run>) -> Step {
        let share = self.share(index)?;
        let is_answer = !share.wholes_open.is_empty() || share.primer.is_coming();
        if !share.records_done || (share.they_done.is_some() && !is_answer) {
            return Err(Broken::Protocol("entries out of turn"));
        }
        let (mut items, mut parted) = (Vec::new(), BTreeSet::new());
        for run in runs {
            match self.take_run(turn, index, run)? {
                Ok(item) => {
                    if parts(turn.read, &item)? {
                        let key = &self.share(index)?.key;
                        parted.insert(Element::log_prefix(key, &item.header.id()));
                    }
                    self.stats.items_received += item.entries.len() as u64;
                    items.push(Item::Log(item));
                }
                Err(Unfit::Awaited) => {}
                Err(Unfit::NoName(prefix, from)) => {
                    if !self.ask_whole(turn, index, prefix, from)?
                        && !self.ask_branch(turn, index, prefix)?
                    {
                        self.bad(turn, "entries whose signature does not hold".into())?;
                    }
                }
                Err(Unfit::NoChain(prefix)) => {
                    if !self.ask_branch(turn, index, prefix)? {
                        self.bad(turn, "entries whose signature does not hold".into())?;
                    }
                }
                Err(Unfit::Bad(reason)) => self.bad(turn, reason)?,
            }
        }
        self.commit(turn, index, items, 1)?;
        // Which branch counts both sides can tell when they know both.
        for prefix in parted {
            self.ask_branch(turn, index, prefix)?;
        }
        Ok(())
    }

    /// Verifies a run to its signed head.
    fn take_run(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        mut run: Run,
    ) -> Result<Result<LogItem, Unfit>, Broken> {
        let share = self.share(index)?;
        let community = share.community;
        let header = match run.log {
            LogRef::New { author, grant, stream, lane, volume } => {
                let header = Header { community, author, grant, stream, lane, volume };
                let prefix = Element::log_prefix(&share.key, &header.id());
                share.headers.insert(prefix, header.clone());
                header
            }
            LogRef::Known(_) | LogRef::Place(_) => {
                let prefix = match &run.log {
                    LogRef::Known(prefix) => Some(**prefix),
                    LogRef::Place(place) => share.places.at(*place).map(|(prefix, both)| {
                        run.from = run.from.saturating_add(both);
                        prefix
                    }),
                    LogRef::New { .. } => None,
                };
                let new = prefix.and_then(|prefix| share.headers.get(&prefix).cloned());
                let held = prefix.and_then(|prefix| share.frozen.get(&prefix)).map(|row| row.id);
                match (new, held) {
                    (Some(header), _) => header,
                    (None, Some(id)) => match turn.read.log(&id)? {
                        Some(row) => row.header,
                        None => return Ok(Err(Unfit::Bad("a log that is gone".into()))),
                    },
                    (None, None) => {
                        return Ok(Err(Unfit::Bad("entries of a log that was not named".into())));
                    }
                }
            }
        };
        if run.entries.is_empty() || run.entries.len() > VOLUME_ENTRIES_MAX as usize {
            return Ok(Err(Unfit::Bad("a run of no entries, or too many".into())));
        }
        let id = header.id();
        let share = self.share(index)?;
        let prefix = Element::log_prefix(&share.key, &id);
        if let Some(from) = share.wholes_open.get_mut(&prefix) {
            if from.is_some_and(|from| from != run.from) {
                return Ok(Err(Unfit::Awaited));
            }
            *from = None;
        }
        let base = match share.chains.get(&id) {
            Some((length, chain)) if *length == run.from => Some(*chain),
            _ if run.from == 0 => Some(id.start()),
            _ => match turn.read.log(&id)? {
                Some(row) => chain_at(turn.read, &row, run.from)?,
                None => None,
            },
        };
        let Some(base) = base else { return Ok(Err(Unfit::NoChain(prefix))) };
        let begin = (run.from, base);
        let share = self.share(index)?;
        let at = (turn.read, &community);
        let cites: Vec<bool> = run.entries.iter_mut().map(texts::unmark).collect();
        let Some(mut named) = share.places.lengthen(&share.frozen, at, &mut run.entries)? else {
            return Ok(Err(Unfit::NoName(prefix, run.from)));
        };
        let mut last = None;
        for (entry, _) in run.entries.iter_mut().zip(&cites).filter(|(_, cites)| **cites) {
            let Some(whole) = share.texts.put_back(&entry.bytes, &mut last) else {
                return Ok(Err(Unfit::NoName(prefix, run.from)));
            };
            (entry.bytes, named) = (whole, true);
        }
        let Some((item, head)) =
            believe_run(turn.ingest, header, begin, run.entries, run.signature)
        else {
            return Ok(Err(match named {
                true => Unfit::NoName(prefix, run.from),
                false => Unfit::NoChain(prefix),
            }));
        };
        self.share(index)?.chains.insert(id, (head.length, head.chain));
        Ok(Ok(item))
    }

    /// Asks for a whole branch, once a log and session; false where that was done before.
    pub(super) fn ask_branch(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        prefix: [u8; 6],
    ) -> Result<bool, Broken> {
        let share = self.share(index)?;
        if share.we_done.is_some()
            || share.branches_asked.len() >= BRANCHES_MAX as usize
            || !share.branches_asked.insert(prefix)
        {
            return Ok(false);
        }
        share.branches_open.insert(prefix);
        self.stats.round_trips += 1;
        self.send_branch(turn, index, prefix)?;
        self.send(turn, &Message::WantBranch(index, prefix.into()))?;
        Ok(true)
    }

    /// Gives the whole branch held here, up to its latest signed head.
    pub(super) fn take_want_branch(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        prefix: [u8; 6],
    ) -> Step {
        let share = self.share(index)?;
        share.branches_served += 1;
        if share.branches_served > BRANCHES_MAX {
            return Err(Broken::Protocol("too many branches asked for"));
        }
        self.send_branch(turn, index, prefix)
    }

    fn send_branch(&mut self, turn: &mut Turn<'_>, index: Index, prefix: [u8; 6]) -> Step {
        let share = self.share(index)?;
        let held = share.frozen.get(&prefix).map(|frozen| frozen.id);
        let named = share.headers.get(&prefix).map(Header::id);
        let row = match held.or(named) {
            Some(id) => turn.read.log(&id)?,
            None => None,
        };
        let mut run = Vec::new();
        let mut signature = None;
        if let Some(row) = row
            && let Some(head) = turn.read.heads(row.number)?.pop()
        {
            for entry in turn.read.entries(row.number, 0..head.head.length)? {
                baro_crdt::entry::push_run(&mut run, &entry);
            }
            signature = Some(head.signature);
        }
        self.send(turn, &Message::Branch(index, prefix.into(), run, signature))?;
        Ok(())
    }

    /// Takes a whole branch, verified to its signed head.
    pub(super) fn take_branch(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        prefix: [u8; 6],
        run: &[u8],
        signature: Option<Signature>,
    ) -> Step {
        let share = self.share(index)?;
        // All came that was asked for once more.
        if signature.is_none() && share.wholes_open.remove(&prefix).is_some() {
            return self.go_on(turn, index);
        }
        // Who asks for a branch gives their own before.
        if !share.branches_open.remove(&prefix)
            && (share.branches_given.len() >= BRANCHES_MAX as usize
                || !share.branches_given.insert(prefix))
        {
            return Err(Broken::Protocol("a branch that was not asked for"));
        }
        let id = share
            .frozen
            .get(&prefix)
            .map(|frozen| frozen.id)
            .or_else(|| share.headers.get(&prefix).map(Header::id));
        let row = match id {
            Some(id) => turn.read.log(&id)?,
            None => None,
        };
        let (Some(row), Some(signature)) = (row, signature) else {
            return self.go_on(turn, index);
        };
        let theirs: Vec<Vec<u8>> = match split_run(run) {
            Ok(entries)
                if entries.len() <= VOLUME_ENTRIES_MAX as usize
                    && run.len() as u64 <= 2 * VOLUME_BYTES_MAX =>
            {
                entries.into_iter().map(<[u8]>::to_vec).collect()
            }
            _ => {
                self.bad(turn, "a branch that cannot be read".into())?;
                return self.go_on(turn, index);
            }
        };
        let length = u32::try_from(theirs.len()).unwrap_or(u32::MAX);
        let chain = chain_all(LogId::start(row.id), theirs.iter().map(Vec::as_slice));
        let head = SignedHead { head: Head { log: row.id, length, chain }, signature };
        if !turn.ingest.head(&row.header.author, &head) {
            self.bad(turn, "entries whose signature does not hold".into())?;
            return self.go_on(turn, index);
        }
        // The replica appends what goes on from what is held, and proves a fork where it parts.
        let item = LogItem {
            header: row.header,
            from: 0,
            base: row.id.start(),
            entries: theirs,
            signature,
            payloads: Vec::new(),
        };
        self.commit(turn, index, vec![Item::Log(item)], 0)
    }
}

/// Whether a run lies on another branch of a log that is known to be forked than what is held.
fn parts(read: &dyn Read, item: &LogItem) -> Result<bool, StoreError> {
    let id = item.header.id();
    let (Some(_), Some(row)) = (read.cut(&id)?, read.log(&id)?) else { return Ok(false) };
    let end = item.from.saturating_add(u32::try_from(item.entries.len()).unwrap_or(u32::MAX));
    let held = read.entries(row.number, item.from..end.min(row.cursor.length).max(item.from))?;
    Ok(held.iter().zip(&item.entries).any(|(ours, theirs)| ours != theirs))
}
