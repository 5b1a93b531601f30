//! Records: compared and exchanged first, so that both sides compute the same authority.

use std::collections::BTreeSet;

use baro_crdt::fork::Cut;
use baro_crdt::reconcile::{
    Decoder, Element, Encoder, SYMBOL_BYTES, SYMBOLS_MAX, Status, decode_symbols, first_flight,
};
use baro_crdt::record::RecordError;

use super::super::message::{Index, Message, Phase, RecordItem, Summary};
use super::share::{Compare, elements};
use super::{Broken, Session, Step, Turn};
use crate::replica::Item;
use crate::wire::records_in_order;

/// Sets of up to so many elements are sent as they are: what 31 symbols take, and certain.
pub(super) const LIST_MAX: usize = 40;
/// What [`Message::More`] says for «the whole list instead».
const LIST_INSTEAD: (u32, u32) = (0, 0);
/// The most elements in one message of a list.
const LIST_PART: usize = 4_096;
/// The most bytes of records in one message.
const RECORDS_PART_BYTES: usize = 64 * 1024;
/// The most symbols that are asked for before the list is: who claims a set of billions must not
/// fill this side's memory with symbols that never decode.
const DECODED_MAX: u32 = SYMBOLS_MAX / 4;
/// The most elements that a list may have.
const LIST_ELEMENTS_MAX: usize = 2_000_000;

/// What a comparison ends with.
pub(super) enum Compared {
    /// More symbols or list parts are needed and on their way.
    Waiting,
    /// Both differences.
    Done { only_theirs: Vec<Element>, only_ours: Vec<Element> },
}

/// Those of `all` that are not among `others`, which are sorted.
fn without(all: &[Element], others: &[Element]) -> Vec<Element> {
    all.iter().filter(|element| others.binary_search(element).is_err()).copied().collect()
}

impl Session {
    fn held_records(&mut self, turn: &Turn<'_>, index: Index) -> Result<Vec<Element>, Broken> {
        let share = self.share(index)?;
        let mut held = BTreeSet::new();
        for record in turn.read.records(&share.community)? {
            held.insert(Element::for_record(&share.key, record.id.as_bytes()));
        }
        for cut in turn.read.cuts(&share.community)? {
            let hash = Cut { log: cut.log, length: cut.cut }.item_hash();
            held.insert(Element::for_record(&share.key, &hash));
        }
        Ok(held.into_iter().collect())
    }

    pub(super) fn summarise_records(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        let set: Vec<Element> = self.held_records(turn, index)?;
        self.summarise(turn, index, Phase::Records, set)
    }

    /// Sends a set as a list or as the first symbols of its sketch.
    pub(super) fn summarise(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        phase: Phase,
        set: Vec<Element>,
    ) -> Step {
        let share = self.share(index)?;
        if share.lists || set.len() <= LIST_MAX {
            return self.send_list(turn, index, phase, &set);
        }
        let apart = if phase == Phase::Logs { share.apart } else { 0 };
        let first = first_flight(apart);
        let list_bytes = set.len() * Element::LEN;
        if set.len() <= LIST_PART && list_bytes <= first as usize * SYMBOL_BYTES {
            return self.send_list(turn, index, phase, &set);
        }
        let (mut encoder, doubled) = Encoder::new(&share.key, set);
        let summary = Summary::Sketch {
            size: encoder.set_size(),
            from: 0,
            symbols: encoder.encode_symbols(0..first),
            doubled: doubled.iter().flat_map(|element| *element.as_bytes()).collect(),
        };
        let slot = match phase {
            Phase::Records => &mut share.records,
            Phase::Logs => &mut share.logs,
        };
        *slot = Compare::Encoding(Box::new(encoder), first);
        self.send(turn, &Message::Summary(index, phase, summary))?;
        Ok(())
    }

    fn send_list(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        phase: Phase,
        set: &[Element],
    ) -> Step {
        let parts = set.chunks(LIST_PART).count().max(1);
        for part in 0..parts {
            let elements = set.iter().skip(part * LIST_PART).take(LIST_PART);
            let elements = elements.flat_map(|element| *element.as_bytes()).collect();
            let summary = Summary::List { elements, last: part + 1 == parts };
            self.send(turn, &Message::Summary(index, phase, summary))?;
        }
        Ok(())
    }

    /// The responder gives more symbols, or its whole list where a sketch would be longer or
    /// could not be decoded.
    pub(super) fn take_more(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        phase: Phase,
        from: u32,
        count: u32,
    ) -> Step {
        let share = self.share(index)?;
        let slot = match phase {
            Phase::Records => &mut share.records,
            Phase::Logs => &mut share.logs,
        };
        let Compare::Encoding(encoder, given) = slot else {
            return Err(Broken::Protocol("more symbols of no sketch"));
        };
        if (from, count) == LIST_INSTEAD {
            *slot = Compare::Idle;
            let set = match phase {
                Phase::Records => self.held_records(turn, index)?,
                Phase::Logs => self.frozen_set(index)?,
            };
            return self.send_list(turn, index, phase, &set);
        }
        let end = from.saturating_add(count);
        // Whoever keeps to the protocol asks for the list before symbols would be longer than it.
        // More of them, or the same again, would only take this side's time and memory.
        let list_bytes = u64::from(encoder.set_size()) * Element::LEN as u64;
        let too_long = u64::from(end) * SYMBOL_BYTES as u64 > list_bytes;
        if count == 0 || count > 32 * 1024 || end > SYMBOLS_MAX || too_long || from != *given {
            return Err(Broken::Protocol("more symbols than allowed"));
        }
        *given = end;
        let summary = Summary::Sketch {
            size: encoder.set_size(),
            from,
            symbols: encoder.encode_symbols(from..end),
            doubled: Vec::new(),
        };
        self.send(turn, &Message::Summary(index, phase, summary))?;
        Ok(())
    }

    /// The initiator takes a part of the other's set and tells whether the differences are clear.
    pub(super) fn compare(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        phase: Phase,
        summary: Summary,
        ours: impl FnOnce(&mut Self, &Turn<'_>) -> Result<Vec<Element>, Broken>,
    ) -> Result<Compared, Broken> {
        let share = self.share(index)?;
        let slot = match phase {
            Phase::Records => &mut share.records,
            Phase::Logs => &mut share.logs,
        };
        let state = std::mem::replace(slot, Compare::Idle);
        match summary {
            Summary::List { elements: bytes, last } => {
                // A long list comes only where it was asked for, or where both agreed on lists.
                let short = last && bytes.len() <= LIST_PART * Element::LEN;
                if !matches!(state, Compare::Listing(_)) && !share.lists && !short {
                    return Err(Broken::Protocol("a long list that was not asked for"));
                }
                let mut all = match state {
                    Compare::Listing(all) => all,
                    _ => Vec::new(),
                };
                all.extend(elements(&bytes).ok_or(Broken::Protocol("a torn list"))?);
                if all.len() > LIST_ELEMENTS_MAX {
                    return Err(Broken::Protocol("a list longer than allowed"));
                }
                if !last {
                    self.put_compare(index, phase, Compare::Listing(all))?;
                    return Ok(Compared::Waiting);
                }
                all.sort_unstable();
                all.dedup();
                let mut ours = ours(self, turn)?;
                ours.sort_unstable();
                Ok(Compared::Done {
                    only_theirs: without(&all, &ours),
                    only_ours: without(&ours, &all),
                })
            }
            Summary::Sketch { size, from, symbols, doubled } => {
                let (mut decoder, extra) = match state {
                    Compare::Decoding(decoder) => (decoder, Vec::new()),
                    Compare::Listing(_) => {
                        return Err(Broken::Protocol("a sketch where a list was asked for"));
                    }
                    Compare::Idle | Compare::Encoding(..) => {
                        let set = ours(self, turn)?;
                        let key = self.share(index)?.key.clone();
                        let (decoder, _) = Decoder::new(&key, set, SYMBOLS_MAX);
                        (Box::new(decoder), elements(&doubled).unwrap_or_default())
                    }
                };
                if from != decoder.symbols_taken() {
                    return Err(Broken::Protocol("symbols out of order"));
                }
                let symbols = decode_symbols(&symbols, 32 * 1024)
                    .map_err(|_| Broken::Protocol("symbols that cannot be read"))?;
                if symbols.is_empty() {
                    return Err(Broken::Protocol("no symbols"));
                }
                decoder.add_symbols(&symbols);
                match decoder.try_decode() {
                    Status::Done { mut only_theirs, only_ours } => {
                        only_theirs.extend(extra);
                        Ok(Compared::Done { only_theirs, only_ours })
                    }
                    Status::NeedMore => {
                        let taken = decoder.symbols_taken();
                        // Logs come with an estimate, which is not far off: half as many again. Of
                        // records nothing is known, so doubling at first.
                        let blind = phase == Phase::Records && taken < 512;
                        let count = if blind { taken } else { taken / 2 }.clamp(1, 32 * 1024);
                        let list_bytes = u64::from(size) * Element::LEN as u64;
                        let sketch_bytes = u64::from(taken + count) * SYMBOL_BYTES as u64;
                        if sketch_bytes > list_bytes || taken + count > DECODED_MAX {
                            return self.ask_list(turn, index, phase);
                        }
                        self.put_compare(index, phase, Compare::Decoding(decoder))?;
                        self.stats.round_trips += 1;
                        self.send(turn, &Message::More(index, phase, taken, count))?;
                        Ok(Compared::Waiting)
                    }
                    Status::Failed => self.ask_list(turn, index, phase),
                }
            }
        }
    }

    /// A sketch that cannot be decoded, or would be longer than the list it stands for.
    fn ask_list(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        phase: Phase,
    ) -> Result<Compared, Broken> {
        self.put_compare(index, phase, Compare::Listing(Vec::new()))?;
        self.stats.round_trips += 1;
        let (from, count) = LIST_INSTEAD;
        self.send(turn, &Message::More(index, phase, from, count))?;
        Ok(Compared::Waiting)
    }

    fn put_compare(&mut self, index: Index, phase: Phase, compare: Compare) -> Step {
        let share = self.share(index)?;
        match phase {
            Phase::Records => share.records = compare,
            Phase::Logs => share.logs = compare,
        }
        Ok(())
    }

    /// The initiator compares records, sends what the other lacks and asks for what it lacks.
    pub(super) fn take_records_summary(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        summary: Summary,
    ) -> Step {
        let share = self.share(index)?;
        if !share.initiator || share.records_in || share.records_compared {
            return Err(Broken::Protocol("a summary of records out of turn"));
        }
        let compared = self.compare(turn, index, Phase::Records, summary, |session, turn| {
            session.held_records(turn, index)
        })?;
        let Compared::Done { only_theirs, only_ours } = compared else { return Ok(()) };
        self.share(index)?.records_compared = true;
        let wanted: Vec<u8> = only_theirs.iter().flat_map(|element| element.id_prefix()).collect();
        let prefixes = only_ours.iter().map(Element::id_prefix).collect();
        self.stats.round_trips += 1;
        self.send_records(turn, index, &prefixes, wanted)
    }

    /// Sends the records and cuts with these keyed prefixes.
    fn send_records(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        prefixes: &BTreeSet<[u8; 6]>,
        mut wanted: Vec<u8>,
    ) -> Step {
        let share = self.share(index)?;
        let wants = |element: Element| prefixes.contains(&element.id_prefix());
        // Each record after the one that empowers it, so that every part can be taken in alone.
        let mut found = Vec::new();
        for record in records_in_order(turn.read, &share.community)? {
            if wants(Element::for_record(&share.key, record.id().as_bytes())) {
                found.push(RecordItem::Record(record.to_bytes().to_vec()));
            }
        }
        for cut in turn.read.cuts(&share.community)? {
            let hash = Cut { log: cut.log, length: cut.cut }.item_hash();
            if wants(Element::for_record(&share.key, &hash)) {
                found.push(RecordItem::Cut(cut.proof));
            }
        }
        let mut items = Vec::new();
        let mut bytes = 0;
        let mut bytes_max = self.share(index)?.next_part(RECORDS_PART_BYTES);
        for item in found {
            let size = match &item {
                RecordItem::Record(bytes) | RecordItem::Cut(bytes) => bytes.len(),
            };
            if bytes + size > bytes_max && !items.is_empty() {
                let part = Message::Records(
                    index,
                    std::mem::take(&mut items),
                    std::mem::take(&mut wanted),
                    false,
                );
                self.send(turn, &part)?;
                bytes = 0;
                bytes_max = self.share(index)?.next_part(RECORDS_PART_BYTES);
            }
            bytes += size;
            self.stats.items_sent += 1;
            items.push(item);
        }
        self.send(turn, &Message::Records(index, items, wanted, true))?;
        Ok(())
    }

    pub(super) fn take_records(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        items: &[RecordItem],
        wanted: &[u8],
        last: bool,
    ) -> Step {
        let share = self.share(index)?;
        if share.records_in {
            return Err(Broken::Protocol("records after the last"));
        }
        let community = share.community;
        let (prefixes, rest) = wanted.as_chunks::<6>();
        if !rest.is_empty() {
            return Err(Broken::Protocol("a torn list of wanted records"));
        }
        share.records_wanted.extend(prefixes);
        share.records_in = last;
        let mut taken = Vec::new();
        for item in items {
            match item {
                RecordItem::Record(bytes) => match turn.ingest.record(bytes) {
                    Ok(record) if record.community() == community => {
                        taken.push(Item::Record(record));
                    }
                    Ok(_) => self.bad(turn, "a record of another community".into())?,
                    Err(RecordError::BadSignature(_)) => {
                        self.bad(turn, "a record whose signature does not hold".into())?;
                    }
                    Err(_) => self.bad(turn, "a record that cannot be read".into())?,
                },
                RecordItem::Cut(bytes) => match turn.ingest.proof(bytes) {
                    Ok((proof, _)) if proof.header.community == community => {
                        taken.push(Item::Cut(proof));
                    }
                    Ok(_) => self.bad(turn, "a proof of another community".into())?,
                    Err(_) => self.bad(turn, "a proof of two branches that is none".into())?,
                },
            }
        }
        self.stats.items_received += taken.len() as u64;
        if !taken.is_empty() {
            self.commit(turn, index, taken, 0)?;
        }
        self.go_on(turn, index)
    }

    /// When the last record is durable: the responder answers with records and its logs, the
    /// initiator takes what came ahead of its turn.
    pub(super) fn records_settled(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        let share = self.share(index)?;
        if share.records_done || !share.records_in || share.pending > 0 {
            return Ok(());
        }
        share.records_done = true;
        if share.initiator {
            while let Some(bytes) = self.share(index)?.held_back.pop_front() {
                let message = Message::from_bytes(&bytes)
                    .map_err(|_| Broken::Protocol("a message that cannot be read"))?;
                self.take(turn, message)?;
            }
            if self.share(index)?.we_list {
                self.list_logs(turn, index)?;
            }
            return Ok(());
        }
        let prefixes = std::mem::take(&mut share.records_wanted);
        self.send_records(turn, index, &prefixes, Vec::new())?;
        self.begin_logs(turn, index)
    }
}
