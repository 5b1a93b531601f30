//! Messages that nobody asked for.

use baro_crdt::ids::{BlobHash, CommunityId};
use baro_crdt::keys::Signature;
use baro_crdt::reconcile::{Element, SYMBOL_BYTES};
use minicbor::bytes::ByteVec;

use super::super::message::{
    Fetch, HasBlob, Hello, Lacking, Live, LiveLog, LiveRun, LogRef, Match, Message, Offer, Part,
    Phase, Relation, Run, Summary, VERSIONS, WantBlob, WantLog, Welcome, WireChange, WireEntry,
};
use super::super::neighbours::Contact;
use super::Liar;
use baro_crdt::ids::EntryId;

impl Liar {
    /// A run that somebody signed for this liar, pushed live.
    pub(super) fn push_run(
        &mut self,
        communities: &[CommunityId],
        tags: &[[u8; 8]],
    ) -> Option<Message> {
        let at = self.index(self.runs.len());
        let (community, run) = self.runs.get(at)?.clone();
        let place = communities.iter().position(|id| *id == community)?;
        let tag = *tags.get(place)?;
        let LogRef::New { author, grant, stream, lane, volume } = run.log else { return None };
        let Run { from, entries, signature, .. } = run;
        let log = LiveLog::New { author, grant, stream, lane, volume };
        let run = LiveRun { log, from, entries, signature };
        Some(Message::Live(tag.into(), Live::Push(vec![run])))
    }

    fn phase(&mut self) -> Phase {
        if self.chance(500) { Phase::Records } else { Phase::Logs }
    }

    fn tag(&mut self, tags: &[[u8; 8]]) -> [u8; 8] {
        let at = self.index(tags.len());
        match tags.get(at) {
            Some(tag) if self.chance(900) => *tag,
            _ => self.array(),
        }
    }

    /// Any message, with anything in it. `tags` name communities on this link.
    pub(super) fn junk(&mut self, tags: &[[u8; 8]]) -> Message {
        let index = if self.chance(900) { 0 } else { 7 };
        let some = self.index(40);
        let number = self.rng_u32();
        match self.below(22) {
            0 => Message::Hello(Hello {
                oldest: VERSIONS.0,
                newest: VERSIONS.1,
                nonce: self.array().into(),
                offers: (0..some).map(|_| self.offer()).collect(),
            }),
            1 => Message::Welcome(Welcome {
                version: VERSIONS.1,
                nonce: self.array().into(),
                matches: vec![Match {
                    index,
                    relation: Relation::Different,
                    flags: 0,
                    known: self.array().into(),
                }],
            }),
            2 => Message::Refuse("non ".repeat(some * 100)),
            3 => Message::Ask,
            4 => {
                let (phase, elements) = (self.phase(), self.bytes(some * Element::LEN));
                let last = self.chance(500);
                Message::Summary(index, phase, Summary::List { elements, last })
            }
            5 => {
                let (phase, symbols) = (self.phase(), self.bytes(some * SYMBOL_BYTES));
                let doubled = self.bytes(some * Element::LEN);
                let summary = Summary::Sketch { size: number, from: 0, symbols, doubled };
                Message::Summary(index, phase, summary)
            }
            6 => Message::More(index, self.phase(), number % 50_000, number % 3_000),
            7 => {
                let record = self.record_item();
                let wanted = self.bytes(some * 6);
                Message::Records(index, record.into_iter().collect(), wanted, self.chance(500))
            }
            8 => {
                let want = WantLog { prefix: self.array().into(), from: number };
                let lacking = Lacking { step: number % 20, less: number % 100 };
                let words = self.bytes(some * 32);
                Message::Wants(index, vec![lacking; some], words, vec![want])
            }
            9 => {
                let at = self.index(self.runs.len());
                let run = self.runs.get(at).map(|(_, run)| run.clone());
                Message::Logs(index, run.into_iter().collect())
            }
            10 => {
                let words = (0..some).map(|_| ByteVec::from(self.bytes(100))).collect();
                Message::Words(index, words)
            }
            11 => Message::Ack(index, number % 8),
            12 => Message::Finished(index),
            13 => Message::Done(index, self.array().into()),
            14 if self.chance(500) => Message::WantBranch(index, self.array().into()),
            14 => {
                let want = WantLog { prefix: self.array().into(), from: number % 100 };
                Message::WantWhole(index, want)
            }
            15 => {
                let run = self.bytes(some * 10);
                let signature = Signature::from_bytes(self.array());
                Message::Branch(index, self.array().into(), run, Some(signature))
            }
            16 => Message::WantChanges(index, self.bytes(some * 48)),
            17 if self.chance(300) => match self.chance(500) {
                true => Message::Unprimed(index, self.chance(500)),
                false => {
                    let (head, packed) = (self.bytes(some * 10), self.bytes(some));
                    Message::Primed(index, self.array().into(), head, packed)
                }
            },
            17 if self.chance(500) => {
                let text = EntryId::from_bytes(self.array());
                Message::Text(index, text, self.bytes(some * 10), vec![b'n'; some])
            }
            17 => {
                let text = EntryId::from_bytes(self.array());
                Message::Changes(index, vec![WireChange { text, bytes: self.bytes(some) }])
            }
            18 => {
                let tag = self.tag(tags);
                Message::Live(tag.into(), self.live(some))
            }
            19 => {
                let tag = self.tag(tags);
                Message::Fetch(tag.into(), self.fetch(number))
            }
            20 => Message::Neighbour(number.to_le_bytes()[0], self.chance(500)),
            _ => {
                let contacts = (0..some).map(|_| Contact {
                    peer: ByteVec::from(self.bytes(38)),
                    addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
                });
                Message::Shuffle(contacts.collect(), number.is_multiple_of(2))
            }
        }
    }

    fn offer(&mut self) -> Offer {
        Offer { flags: 0, ..Offer::from_bytes(&self.array()) }
    }

    fn live(&mut self, some: usize) -> Live {
        match self.below(5) {
            0 => Live::Prune,
            1 => Live::Announce(self.bytes(some * 8)),
            2 => Live::Graft(self.bytes(some * 8)),
            3 => Live::Announce(self.bytes(some)),
            _ => {
                let bytes = self.bytes(some);
                let run = LiveRun {
                    log: LiveLog::Known(self.array()),
                    from: self.below(3),
                    entries: vec![WireEntry { bytes, words: None }],
                    signature: Signature::from_bytes(self.array()),
                };
                Live::Push(vec![run; some])
            }
        }
    }

    fn fetch(&mut self, number: u32) -> Fetch {
        let hash = BlobHash::from_bytes(self.array());
        match self.below(5) {
            0 => Fetch::Want(vec![WantBlob { hash }; 8]),
            1 => {
                let groups = ByteVec::from(self.bytes(9));
                Fetch::Have(vec![HasBlob { hash, groups, copies: number }], self.chance(500))
            }
            2 => {
                let part = self.chance(500).then_some(Part { from: number, bytes: number });
                Fetch::Ask { hash, first: number, groups: number, part }
            }
            3 => {
                let bytes = Some(ByteVec::from(self.bytes(2_000)));
                let from = self.chance(300).then_some(number);
                Fetch::Slice { hash, first: number % 4, groups: number % 40, bytes, from }
            }
            _ => Fetch::Enough,
        }
    }

    fn rng_u32(&mut self) -> u32 {
        self.below(u32::MAX)
    }
}
