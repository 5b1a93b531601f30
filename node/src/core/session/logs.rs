//! Logs: compared at their authorised lengths; whoever decodes knows what each side lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use baro_crdt::log::{SignedHead, Stream};
use baro_crdt::reconcile::Element;
use rand_core::Rng;

use super::super::message::{Index, Lacking, Message, Phase, Summary, WantLog};
use super::offers::waiting as waiting_here;
use super::places::Places;
use super::records::Compared;
use super::share::{Frozen, Out, Outgoing};
use super::{Broken, Session, Step, Turn};
use crate::wire::{chain_at, ends, spans};

/// The most words wanted in one message, 32 bytes each.
const WORDS_WANTED_MAX: usize = 8_192;
/// The most logs told as waiting in one message.
const WAITING_MAX: usize = 1_024;

impl Session {
    /// Freezes this side's set of logs for the rest of the session.
    fn freeze(&mut self, turn: &Turn<'_>, index: Index) -> Result<Vec<Element>, Broken> {
        let share = self.share(index)?;
        let mut set = Vec::new();
        share.set_frozen = true;
        for row in turn.read.logs(&share.community)? {
            let frozen = Frozen {
                id: row.id,
                number: row.number,
                length: row.authorised,
                chain: row.authorised_chain,
                stream: row.header.stream,
            };
            let prefix = Element::log_prefix(&share.key, &row.id);
            share.frozen.insert(prefix, frozen);
            if row.authorised > 0 {
                let chain = &row.authorised_chain;
                set.push(Element::for_log(&share.key, &row.id, row.authorised, chain));
            }
        }
        Ok(set)
    }

    /// The responder goes on to logs: it summarises its own, or waits for the initiator's list.
    pub(super) fn begin_logs(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        if self.share(index)?.they_list {
            return self.go_on(turn, index);
        }
        let set = self.freeze(turn, index)?;
        self.summarise(turn, index, Phase::Logs, set)?;
        self.send_wants(turn, index, Vec::new())?;
        self.go_on(turn, index)
    }

    /// An initiator of few logs sends its list to a responder of many.
    pub(super) fn list_logs(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        let set = self.freeze(turn, index)?;
        self.stats.round_trips += 1;
        self.summarise(turn, index, Phase::Logs, set)?;
        self.send_wants(turn, index, Vec::new())?;
        self.go_on(turn, index)
    }

    /// The set as it was frozen.
    pub(super) fn frozen_set(&mut self, index: Index) -> Result<Vec<Element>, Broken> {
        let share = self.share(index)?;
        let counted = share.frozen.values().filter(|frozen| frozen.length > 0);
        Ok(counted.map(|f| Element::for_log(&share.key, &f.id, f.length, &f.chain)).collect())
    }

    /// Puts the authorised part of a log from `from` on into the outbox, run by run.
    pub(super) fn offer(
        &mut self,
        turn: &Turn<'_>,
        index: Index,
        frozen: &Frozen,
        from: u32,
        known: bool,
    ) -> Step {
        let heads = ends(turn.read, (&frozen.id, frozen.number))?;
        self.offer_heads(index, frozen, &heads, from..frozen.length, known)
    }

    fn offer_heads(
        &mut self,
        index: Index,
        frozen: &Frozen,
        heads: &[SignedHead],
        range: Range<u32>,
        known: bool,
    ) -> Step {
        let share = self.share(index)?;
        if share.alerts_only && frozen.stream != Stream::Alerts {
            return Ok(());
        }
        // What waits for its authority, here or there, is nothing that both go by.
        let waits = range.end > frozen.length;
        share.outbox.extend(spans(heads, range.start, range.end).map(|span| {
            Out::Run(Outgoing {
                log: frozen.id,
                number: frozen.number,
                from: span.from,
                to: span.to,
                signature: span.signature,
                known,
                waits,
                told: false,
            })
        }));
        Ok(())
    }

    /// Orders the outbox by stream: alerts before decisions, before debates, before lessons; then by
    /// place, so that the steps from one to the next are short.
    fn sort_outbox(&mut self, turn: &Turn<'_>, index: Index) -> Step {
        let share = self.share(index)?;
        let mut order = BTreeMap::new();
        for out in &share.outbox {
            if let Out::Run(run) = out
                && !order.contains_key(&run.number)
                && let Some(row) = turn.read.log_by_number(run.number)?
            {
                let place = share.places.place(&Element::log_prefix(&share.key, &row.id));
                let place = place.unwrap_or(u32::MAX);
                order.insert(run.number, (row.header.stream, place));
            }
        }
        share.outbox.make_contiguous().sort_by_key(|out| match out {
            Out::Run(run) => (order.get(&run.number).copied(), run.number, run.from),
            Out::Words(_) | Out::Text(..) | Out::WholeEnd(_) => {
                (None, crate::store::LogNumber(u32::MAX), 0)
            }
        });
        Ok(())
    }

    /// Whoever compares logs takes the other's summary.
    pub(super) fn take_logs_summary(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        summary: Summary,
    ) -> Step {
        let share = self.share(index)?;
        let compares = if share.initiator { !share.we_list } else { share.they_list };
        if !compares || !share.records_done || share.compared {
            return Err(Broken::Protocol("a summary of logs out of turn"));
        }
        let compared = self.compare(turn, index, Phase::Logs, summary, |session, turn| {
            session.freeze(turn, index)
        })?;
        let Compared::Done { only_theirs, only_ours } = compared else { return Ok(()) };
        if !self.share(index)?.set_frozen {
            self.freeze(turn, index)?;
        }
        let wants = self.differences(turn, index, &only_theirs, &only_ours)?;
        self.share(index)?.compared = true;
        self.sort_outbox(turn, index)?;
        if !wants.is_empty() {
            self.stats.round_trips += 1;
        }
        self.send_wants(turn, index, wants)?;
        self.go_on(turn, index)
    }

    /// Puts what the other side lacks into the outbox and tells what this side lacks.
    fn differences(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        only_theirs: &[Element],
        only_ours: &[Element],
    ) -> Result<Vec<Lacking>, Broken> {
        let mut wants = Vec::new();
        let theirs: BTreeMap<[u8; 6], Element> =
            only_theirs.iter().map(|element| (element.id_prefix(), *element)).collect();
        let ours: BTreeSet<[u8; 6]> = only_ours.iter().map(Element::id_prefix).collect();
        let share = self.share(index)?;
        share.places = Places::compared(&share.frozen, &theirs, &ours);
        let mut before = 0;
        for (prefix, element) in &theirs {
            let share = self.share(index)?;
            let frozen = share.frozen.get(prefix).copied();
            let Some(place) = share.places.place(prefix) else { continue };
            let length = element.length();
            let held = frozen.map_or(0, |frozen| frozen.length);
            let holds = match &frozen {
                Some(frozen) => self.holds(turn, index, frozen, element)?,
                None => false,
            };
            // What they hold and what is authorised here.
            self.share(index)?.places.both_hold(place, held.min(length));
            match frozen {
                // They hold a beginning of what is here, authorised or not.
                Some(frozen) if holds => self.offer(turn, index, &frozen, length, true)?,
                Some(_) if length <= held => {
                    self.share(index)?.places.both_hold(place, 0);
                    self.ask_branch(turn, index, *prefix)?;
                }
                _ => {
                    wants.push(Lacking { step: place - before, less: length - held });
                    before = place;
                }
            }
        }
        for prefix in ours {
            if !theirs.contains_key(&prefix) {
                let frozen = self.share(index)?.frozen.get(&prefix).copied();
                if let Some(frozen) = frozen {
                    self.offer(turn, index, &frozen, 0, false)?;
                }
            }
        }
        Ok(wants)
    }

    /// Whether what is held of a log begins with what the element stands for.
    fn holds(
        &mut self,
        turn: &Turn<'_>,
        index: Index,
        frozen: &Frozen,
        element: &Element,
    ) -> Result<bool, Broken> {
        let length = element.length();
        let Some(row) = turn.read.log(&frozen.id)? else { return Ok(false) };
        let Some(chain) = chain_at(turn.read, &row, length)? else { return Ok(false) };
        let key = &self.share(index)?.key;
        Ok(Element::for_log(key, &frozen.id, length, &chain) == *element)
    }

    /// Says what this side wants, once a session.
    fn send_wants(&mut self, turn: &mut Turn<'_>, index: Index, logs: Vec<Lacking>) -> Step {
        let share = self.share(index)?;
        if std::mem::replace(&mut share.wants_sent, true) {
            return Ok(());
        }
        let community = share.community;
        let wanted = turn.read.wanted(&community)?;
        // Somebody may name words that nobody has; where they are many, others' get their turn.
        let start = match u32::try_from(wanted.len()) {
            Ok(count) if wanted.len() > WORDS_WANTED_MAX => turn.rng.next_u32() % count,
            _ => 0,
        };
        let words = wanted
            .iter()
            .cycle()
            .skip(start as usize)
            .take(wanted.len().min(WORDS_WANTED_MAX))
            .flat_map(|row| *row.hash.as_bytes())
            .collect();
        let key = self.share(index)?.key.clone();
        let waiting = waiting_here(turn.read, &community)?
            .iter()
            .take(WAITING_MAX)
            .map(|row| WantLog {
                prefix: Element::log_prefix(&key, &row.id).into(),
                from: row.cursor.length,
            })
            .collect();
        self.send(turn, &Message::Wants(index, logs, words, waiting))?;
        Ok(())
    }

    /// Serves what the other side wants.
    pub(super) fn take_wants(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        logs: &[Lacking],
        words: &[u8],
        waiting: &[WantLog],
    ) -> Step {
        let share = self.share(index)?;
        if std::mem::replace(&mut share.wants_in, true) {
            return Err(Broken::Protocol("wants twice"));
        }
        if !share.records_done {
            return Err(Broken::Protocol("wants before the records"));
        }
        // Who sums up is told what the other side lacks, and knows from then on what both hold.
        let sums_up = if share.initiator { share.we_list } else { !share.they_list };
        if sums_up {
            share.places = Places::summed_up(&share.frozen);
        }
        let mut place = 0_u32;
        // Each once, however often it is named.
        let mut wanted = BTreeMap::new();
        for Lacking { step, less } in logs {
            let share = self.share(index)?;
            place = place.saturating_add(*step);
            let log = share.places.at(place).filter(|_| sums_up);
            let frozen = log.and_then(|(prefix, _)| share.frozen.get(&prefix).copied());
            let from = frozen.and_then(|frozen| frozen.length.checked_sub(*less));
            let (Some(frozen), Some(from)) = (frozen, from) else {
                return Err(Broken::Protocol("a log wanted that was not summed up"));
            };
            share.places.both_hold(place, from);
            wanted.insert(place, (frozen, from));
        }
        for (frozen, from) in wanted.into_values() {
            self.offer(turn, index, &frozen, from, from > 0)?;
        }
        let (hashes, rest) = words.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() > WORDS_WANTED_MAX {
            return Err(Broken::Protocol("a torn list of wanted words"));
        }
        self.sort_outbox(turn, index)?;
        let share = self.share(index)?;
        // Of which stream they are is not known here.
        let hashes = if share.alerts_only { &[] } else { hashes };
        for hash in hashes.iter().collect::<BTreeSet<_>>() {
            let hash = baro_crdt::ids::PayloadHash::from_bytes(*hash);
            share.outbox.push_back(Out::Words(hash));
        }
        self.offer_waiting(turn, index, waiting)?;
        self.go_on(turn, index)
    }

    /// Offers entries that wait here for an authority they lack, last of all, so that they can
    /// reach a manager; the shortest logs first, since nobody's flood is to hide a word of another's
    /// ([`super::WAITING_BYTES_MAX`]).
    fn offer_waiting(&mut self, turn: &Turn<'_>, index: Index, held: &[WantLog]) -> Step {
        let share = self.share(index)?;
        let held: BTreeMap<[u8; 6], u32> =
            held.iter().map(|want| (*want.prefix, want.from)).collect();
        let community = share.community;
        let mut rows = waiting_here(turn.read, &community)?;
        rows.sort_by_key(|row| (row.cursor.length.saturating_sub(row.authorised), row.number));
        for row in rows.into_iter().take(WAITING_MAX) {
            let prefix = Element::log_prefix(&self.share(index)?.key, &row.id);
            let theirs = held.get(&prefix).copied().unwrap_or(0);
            let from = theirs.max(row.authorised);
            if from < row.cursor.length {
                let heads = turn.read.heads(row.number)?;
                let frozen = Frozen {
                    id: row.id,
                    number: row.number,
                    length: row.authorised,
                    chain: row.authorised_chain,
                    stream: row.header.stream,
                };
                self.offer_heads(index, &frozen, &heads, from..row.cursor.length, false)?;
            }
        }
        Ok(())
    }
}
