//! What becomes of one message in a liar's mouth.

use baro_crdt::ids::{EntryId, LaneId, PersonId, RecordId};
use baro_crdt::keys::Signature;
use baro_crdt::log::Stream;
use baro_crdt::reconcile::{Element, SYMBOL_BYTES};

use super::super::LinkId;
use super::super::message::{
    Fetch, Lacking, Live, LogRef, Message, RecordItem, Relation, Run, Summary, WantLog,
};
use super::{FLOOD_MAX, Liar, Lie};

/// The order of ed25519's group, little endian: added to a signature's second half it gives one
/// that a lax verifier takes for another valid one.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];
/// Numbers that are wrong most of the time.
const ODD: [u32; 8] = [0, 1, 2, 40, 4_096, 65_536, u32::MAX - 1, u32::MAX];

impl Liar {
    /// What is said in the place of a message: nothing, something else, or too much.
    pub(super) fn lie(&mut self, link: LinkId, message: Message) -> Vec<Message> {
        let at = self.index(self.lies.len());
        let Some(lie) = self.lies.get(at).copied() else { return vec![message] };
        self.told += 1;
        match lie {
            Lie::Garble => vec![self.garble(message)],
            Lie::Withhold => self.withhold(message),
            Lie::Repeat => {
                let times = if self.chance(100) { self.below(FLOOD_MAX) } else { 2 };
                vec![message; times as usize]
            }
            Lie::Replay => {
                let other = self.heard_before();
                vec![message].into_iter().chain(other).collect()
            }
            Lie::Count => vec![self.miscount(message)],
            Lie::Symbols => vec![self.mislead(message)],
            Lie::Heads => vec![self.claim(message)],
            Lie::Forge => vec![self.forge(message)],
            Lie::Order => {
                if let Some(mouth) = self.links.get_mut(&link) {
                    mouth.later = Some(message);
                }
                Vec::new()
            }
            Lie::Junk => {
                let junk = self.junk(&[]);
                vec![junk, message]
            }
            Lie::Frames => vec![message],
        }
    }

    fn odd(&mut self) -> u32 {
        let at = self.index(ODD.len());
        ODD.get(at).copied().unwrap_or_default()
    }

    fn sign_badly(&mut self, signature: &mut Signature) {
        let mut bytes = *signature.as_bytes();
        match self.below(3) {
            0 => self.flip(&mut bytes),
            1 => {
                let (_, scalar) = bytes.split_at_mut(32);
                let mut carry = 0;
                for (byte, more) in scalar.iter_mut().zip(ORDER) {
                    let sum = u16::from(*byte) + u16::from(more) + carry;
                    [*byte, _] = sum.to_le_bytes();
                    carry = sum >> 8;
                }
            }
            _ => bytes = [0; 64],
        }
        *signature = Signature::from_bytes(bytes);
    }

    fn garble_run(&mut self, run: &mut Run) {
        let at = self.index(run.entries.len());
        match (self.below(4), run.entries.get_mut(at)) {
            (0, Some(entry)) => self.flip(&mut entry.bytes),
            (1, Some(entry)) => match &mut entry.words {
                Some(words) => self.flip(words),
                None => entry.words = Some(b"and words".to_vec()),
            },
            (2, Some(entry)) => {
                entry.bytes.pop();
            }
            _ => self.sign_badly(&mut run.signature),
        }
    }

    fn garble(&mut self, mut message: Message) -> Message {
        match &mut message {
            Message::Records(_, items, wanted, _) => {
                let at = self.index(items.len());
                match items.get_mut(at) {
                    Some(RecordItem::Record(bytes) | RecordItem::Cut(bytes)) => self.flip(bytes),
                    None => self.flip(wanted),
                }
            }
            Message::Logs(_, runs) => {
                let at = self.index(runs.len());
                if let Some(run) = runs.get_mut(at) {
                    self.garble_run(run);
                }
            }
            Message::Words(_, words) => {
                let at = self.index(words.len());
                if let Some(words) = words.get_mut(at) {
                    self.flip(words);
                }
            }
            Message::Branch(_, prefix, run, signature) => match (self.below(3), signature) {
                (0, Some(signature)) => self.sign_badly(signature),
                (1, _) => self.flip(prefix.as_mut_slice()),
                _ => self.flip(run),
            },
            Message::Changes(_, changes) => {
                for change in changes {
                    self.flip(&mut change.bytes);
                }
            }
            Message::Primed(_, hash, head, packed) => match self.below(3) {
                0 => self.flip(hash.as_mut_slice()),
                1 => self.flip(head),
                _ => self.flip(packed),
            },
            Message::Text(_, text, shape, words) => match self.below(3) {
                0 => *text = EntryId::from_bytes(self.array()),
                1 => self.flip(shape),
                _ => self.flip(words),
            },
            Message::Wants(_, logs, words, waiting) => match self.below(3) {
                0 => words.extend(self.bytes(32)),
                1 => words.push(0),
                _ => {
                    logs.push(Lacking { step: self.below(20), less: self.odd() });
                    waiting.push(WantLog { prefix: self.array().into(), from: self.odd() });
                }
            },
            Message::Live(tag, Live::Push(runs)) => {
                let at = self.index(runs.len());
                match runs.get_mut(at) {
                    Some(run) if self.chance(500) => self.sign_badly(&mut run.signature),
                    Some(run) => {
                        for entry in &mut run.entries {
                            self.flip(&mut entry.bytes);
                        }
                    }
                    None => self.flip(tag.as_mut_slice()),
                }
            }
            Message::Live(_, Live::Announce(ids) | Live::Graft(ids)) => self.flip(ids),
            Message::Fetch(_, Fetch::Slice { bytes: Some(slice), .. }) => {
                self.flip(slice);
            }
            Message::Hello(hello) => self.flip(hello.nonce.as_mut_slice()),
            Message::Welcome(welcome) => self.flip(welcome.nonce.as_mut_slice()),
            Message::WantBranch(_, prefix) => self.flip(prefix.as_mut_slice()),
            Message::Done(_, state) => self.flip(state.as_mut_slice()),
            _ => {}
        }
        message
    }

    fn withhold(&mut self, mut message: Message) -> Vec<Message> {
        match &mut message {
            Message::Records(_, items, wanted, _) => {
                items.retain(|_| self.chance(500));
                if self.chance(300) {
                    wanted.clear();
                }
            }
            Message::Logs(_, runs) => runs.retain(|_| self.chance(500)),
            Message::Words(_, words) => words.retain(|_| self.chance(500)),
            Message::Changes(_, changes) => changes.clear(),
            Message::Wants(_, logs, words, waiting) => {
                logs.retain(|_| self.chance(500));
                words.clear();
                waiting.clear();
            }
            Message::Summary(_, _, Summary::List { elements, .. }) => {
                let kept = elements.chunks(Element::LEN).filter(|_| self.chance(500));
                *elements = kept.flatten().copied().collect();
            }
            Message::Welcome(welcome) => {
                for matched in &mut welcome.matches {
                    matched.relation = Relation::Equal;
                }
                if self.chance(300) {
                    welcome.matches.pop();
                }
            }
            Message::Hello(hello) => {
                hello.offers.pop();
            }
            Message::Branch(_, _, run, signature) => {
                run.clear();
                *signature = None;
            }
            // Nothing at all is said.
            _ => return Vec::new(),
        }
        vec![message]
    }

    fn miscount(&mut self, mut message: Message) -> Message {
        let odd = self.odd();
        match &mut message {
            Message::Hello(hello) => match self.below(5) {
                0 => hello.newest = odd.to_le_bytes()[0],
                3 => {
                    // As if thousands of logs differed, or none.
                    for offer in &mut hello.offers {
                        offer.counters = self.array();
                    }
                }
                1 => hello.offers.iter_mut().for_each(|offer| offer.logs ^= odd),
                2 => hello.offers.iter_mut().for_each(|offer| offer.flags ^= odd.to_le_bytes()[0]),
                _ => {
                    // The same community again, and very many.
                    let all = hello.offers.clone();
                    let times = if self.chance(100) { 600 } else { 1 };
                    (0..times).for_each(|_| hello.offers.extend(all.iter().cloned()));
                }
            },
            Message::Welcome(welcome) => match self.below(3) {
                0 => welcome.version = odd.to_le_bytes()[0],
                1 => {
                    let all = welcome.matches.clone();
                    welcome.matches.extend(all);
                }
                _ => {
                    for matched in &mut welcome.matches {
                        matched.index = u16::from_le_bytes([odd.to_le_bytes()[0], 0]);
                        matched.flags ^= odd.to_le_bytes()[1];
                    }
                }
            },
            Message::Summary(_, _, Summary::Sketch { size, from, .. }) => match self.below(2) {
                0 => *size = odd,
                _ => *from = odd,
            },
            Message::Summary(_, _, Summary::List { last, .. }) => *last = !*last,
            Message::More(_, _, from, count) => match self.below(2) {
                0 => *from = odd,
                _ => *count = odd,
            },
            Message::Records(_, _, _, last) => *last = !*last,
            Message::Logs(_, runs) => {
                for run in runs {
                    run.from = odd;
                }
            }
            Message::Wants(_, logs, _, waiting) => {
                for want in logs {
                    want.less = odd;
                }
                for log in waiting {
                    log.from = odd;
                }
            }
            Message::Ack(_, frames) => *frames = frames.wrapping_add(odd),
            Message::Live(_, Live::Push(runs)) => {
                for run in runs {
                    run.from = odd;
                }
            }
            Message::Neighbour(others, asked) => {
                *others = odd.to_le_bytes()[0];
                *asked = !*asked;
            }
            Message::Fetch(_, Fetch::Ask { first, groups, .. }) => {
                *first = odd;
                *groups = odd;
            }
            Message::Fetch(_, Fetch::Have(has, asked)) => {
                has.iter_mut().for_each(|has| has.copies = odd);
                *asked = !*asked;
            }
            _ => {}
        }
        message
    }

    fn mislead(&mut self, mut message: Message) -> Message {
        if let Message::Summary(_, _, summary) = &mut message {
            match (self.below(5), &mut *summary) {
                (0, Summary::List { elements, .. }) => {
                    let more = self.index(64) * Element::LEN;
                    elements.extend(self.bytes(more));
                }
                (1, Summary::List { elements, .. }) => {
                    elements.pop();
                }
                // A part of a list that has no end.
                (2, Summary::List { last, .. }) => *last = false,
                (0, Summary::Sketch { symbols, .. }) => self.flip(symbols),
                (1, Summary::Sketch { doubled, .. }) => doubled.extend(self.bytes(Element::LEN)),
                (2, Summary::Sketch { symbols, .. }) => {
                    let length = symbols.len();
                    *symbols = self.bytes(length);
                }
                (3, _) => {
                    let length = self.index(400) * SYMBOL_BYTES;
                    *summary = Summary::Sketch {
                        size: self.odd(),
                        from: 0,
                        symbols: self.bytes(length),
                        doubled: Vec::new(),
                    };
                }
                _ => {
                    let elements = self.index(100) * Element::LEN;
                    *summary = Summary::List { elements: self.bytes(elements), last: true };
                }
            }
        }
        message
    }

    fn claim(&mut self, mut message: Message) -> Message {
        match &mut message {
            Message::Done(_, state) => *state = self.array().into(),
            Message::Hello(hello) => {
                for offer in &mut hello.offers {
                    match self.chance(500) {
                        true => offer.state = self.array(),
                        false => offer.records = self.array(),
                    }
                }
            }
            Message::Welcome(welcome) => {
                for matched in &mut welcome.matches {
                    matched.relation = match self.below(3) {
                        0 => Relation::Equal,
                        1 => Relation::SameRecords,
                        _ => Relation::Different,
                    };
                }
            }
            // Logs are longer than they are, or other.
            Message::Summary(_, _, Summary::List { elements, .. }) => self.flip(elements),
            Message::Finished(index) => {
                let index = *index;
                return Message::Done(index, self.array().into());
            }
            Message::Branch(_, _, run, _) => {
                let length = self.index(run.len());
                run.truncate(length);
            }
            Message::Live(_, Live::Announce(ids)) => ids.extend(self.array::<8>()),
            _ => {}
        }
        message
    }

    fn forge(&mut self, mut message: Message) -> Message {
        match &mut message {
            Message::Records(_, items, _, _) => items.extend(self.record_item()),
            Message::Logs(_, runs) => {
                let at = self.index(self.runs.len());
                if let Some((_, run)) = self.runs.get(at).cloned()
                    && self.chance(600)
                {
                    runs.push(run);
                } else if let Some(run) = runs.first_mut() {
                    self.reattribute(&mut run.log);
                }
            }
            Message::Branch(_, _, run, signature) => {
                // Another branch of another log.
                let at = self.index(self.runs.len());
                if let Some((_, other)) = self.runs.get(at) {
                    run.clear();
                    for entry in &other.entries {
                        baro_crdt::entry::push_run(run, &entry.bytes);
                    }
                    *signature = Some(other.signature);
                }
            }
            _ => {}
        }
        message
    }

    /// Somebody else's words become another's, or stand elsewhere.
    fn reattribute(&mut self, log: &mut LogRef) {
        match log {
            LogRef::New { author, grant, stream, lane, volume } => match self.below(5) {
                0 => *author = PersonId::from_bytes(self.array()),
                1 => *grant = RecordId::from_bytes(self.array()),
                2 => *stream = Stream::Alerts,
                3 => *lane = LaneId::from_bytes(self.array()),
                _ => *volume = volume.wrapping_add(1),
            },
            LogRef::Known(prefix) => *prefix = self.array().into(),
            LogRef::Place(place) => *place = self.below(20),
        }
    }
}
