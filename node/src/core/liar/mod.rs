//! A liar: what an honest core says passes through its mouth and comes out as something else.
//! For simulations alone; built with the feature `liar`.
//!
//! A liar runs a core of its own over a store of its own, so it knows the protocol, holds the
//! community's id and is answered like anybody. Each frame of that core is read ([`Liar::say`]),
//! what it says is bent, held back, repeated, forged or replaced (`lies`), encoded by the same
//! encoders and sent, with the sequence numbers and in the compressed stream that the other side
//! expects. So lies come as deep into a session as a peer can come. At times it says something
//! unasked ([`Liar::interject`]): nonsense (`junk`), what it heard from others, what
//! somebody signed for it ([`Liar::learn_run`], [`Liar::learn_record`]).

mod junk;
mod lies;

use std::collections::{BTreeMap, VecDeque};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::live::tag_of;
use super::message::{LogRef, Message, RecordItem, Run, WireEntry};
use super::pipe::Pipe;
use super::{Class, Effect, LinkId};
use crate::replica::LogItem;
use baro_crdt::ids::CommunityId;

/// How many messages, and how many runs and records signed for it, a liar remembers.
const REMEMBERED_MAX: usize = 64;
/// The most messages of one flood.
const FLOOD_MAX: u32 = 80;

/// Kinds of lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Bytes are changed: of entries, records, words, signatures.
    Garble,
    /// Something is held back.
    Withhold,
    /// Something is said more than once, or very often.
    Repeat,
    /// What others said is said again, here or elsewhere.
    Replay,
    /// Numbers are wrong: lengths, counts, sizes, versions.
    Count,
    /// Sketches are made so that they cannot be decoded, or name what is not there.
    Symbols,
    /// Heads and digests are claimed that are not held.
    Heads,
    /// Records, headers and branches are made up, or taken from somebody else.
    Forge,
    /// Messages come out of turn.
    Order,
    /// Messages that make no sense.
    Junk,
    /// Frames are changed as bytes.
    Frames,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Garble,
        Self::Withhold,
        Self::Repeat,
        Self::Replay,
        Self::Count,
        Self::Symbols,
        Self::Heads,
        Self::Forge,
        Self::Order,
        Self::Junk,
        Self::Frames,
    ];
}

/// One link, as the liar's mouth and ears know it.
struct Mouth {
    /// Reads what the core says.
    said: Pipe,
    /// Encodes what goes out.
    out: Pipe,
    /// Reads what the other side says.
    heard: Pipe,
    /// What is held back to come out of turn.
    later: Option<Message>,
    names: [Vec<u8>; 2],
}

/// The mouth of a lying device.
pub struct Liar {
    rng: ChaCha20Rng,
    lies: Vec<Lie>,
    permille: u32,
    links: BTreeMap<LinkId, Mouth>,
    heard: VecDeque<Message>,
    runs: VecDeque<(CommunityId, Run)>,
    records: VecDeque<Vec<u8>>,
    /// Lies told.
    pub told: u64,
}

const fn is_compressed(frame: &[u8]) -> bool {
    matches!(frame, [_, 1, ..])
}

impl Liar {
    /// A liar that lies so `permille` often, in these ways.
    pub fn new(seed: [u8; 32], lies: Vec<Lie>, permille: u32) -> Self {
        Self {
            rng: ChaCha20Rng::from_seed(seed),
            lies,
            permille,
            links: BTreeMap::new(),
            heard: VecDeque::new(),
            runs: VecDeque::new(),
            records: VecDeque::new(),
            told: 0,
        }
    }

    /// Entries that somebody signed for it and that an honest store would not take.
    pub fn learn_run(&mut self, item: LogItem) {
        let header = item.header;
        let log = LogRef::New {
            author: header.author,
            grant: header.grant,
            stream: header.stream,
            lane: header.lane,
            volume: header.volume,
        };
        let entries = item.entries.into_iter().map(|bytes| WireEntry { bytes, words: None });
        let (from, signature) = (item.from, item.signature);
        let run = Run { log, from, entries: entries.collect(), signature };
        remember(&mut self.runs, (header.community, run));
    }

    /// A record that somebody signed for it and that an honest store would not take.
    pub fn learn_record(&mut self, bytes: Vec<u8>) {
        remember(&mut self.records, bytes);
    }

    /// A link stands. `names` are the initiator's and the responder's.
    pub fn link_up(&mut self, link: LinkId, names: [Vec<u8>; 2]) {
        let (said, out, heard) = (Pipe::new(), Pipe::new(), Pipe::new());
        self.links.insert(link, Mouth { said, out, heard, later: None, names });
    }

    /// A link is gone.
    pub fn link_down(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// The core's session over a link has ended: both streams begin anew.
    pub fn session_ended(&mut self, link: LinkId) {
        if let Some(mouth) = self.links.get_mut(&link) {
            mouth.said.end_session();
            mouth.out.end_session();
            mouth.heard.end_session();
        }
    }

    /// Listens to a frame that came for the core.
    pub fn hear(&mut self, link: LinkId, frame: &[u8]) {
        let Some(mouth) = self.links.get_mut(&link) else { return };
        if let Ok(message) = mouth.heard.read(frame) {
            remember(&mut self.heard, message);
        }
    }

    /// What goes out in the place of a frame of the core.
    pub fn say(&mut self, link: LinkId, frame: &[u8]) -> Vec<Vec<u8>> {
        let Some(mouth) = self.links.get_mut(&link) else { return Vec::new() };
        let Ok(message) = mouth.said.read(frame) else { return vec![frame.to_vec()] };
        let later = mouth.later.take();
        let mut messages = match self.chance(self.permille) {
            true => self.lie(link, message),
            false => vec![message],
        };
        messages.extend(later);
        self.encode(link, &messages, is_compressed(frame))
    }

    /// Something unasked over some links, at times. Called once a second.
    pub fn interject(&mut self, communities: &[CommunityId]) -> Vec<Effect> {
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        let mut effects = Vec::new();
        for link in links {
            if self.chance(self.permille / 4) {
                let frames = self.interject_on(link, communities).into_iter();
                let class = Class::Protocol;
                effects.extend(frames.map(|frame| Effect::Send { link, frame, class }));
            }
        }
        effects
    }

    fn interject_on(&mut self, link: LinkId, communities: &[CommunityId]) -> Vec<Vec<u8>> {
        let tags: Vec<[u8; 8]> = match self.links.get(&link) {
            Some(Mouth { names: [one, other], .. }) => {
                communities.iter().map(|id| tag_of(id, [one, other])).collect()
            }
            None => Vec::new(),
        };
        let message = match self.below(4) {
            0 => self.heard_before(),
            1 => self.push_run(communities, &tags),
            _ => None,
        };
        let message = message.unwrap_or_else(|| self.junk(&tags));
        let times = if self.chance(50) { 1 + self.below(FLOOD_MAX) } else { 1 };
        self.told += u64::from(times);
        let messages = vec![message; times as usize];
        // Beside sessions, and inside of them where it does not belong.
        let compressed = self.chance(200);
        self.encode(link, &messages, compressed)
    }

    fn encode(&mut self, link: LinkId, messages: &[Message], compressed: bool) -> Vec<Vec<u8>> {
        let bends = self.lies.contains(&Lie::Frames);
        let mut frames = Vec::new();
        for message in messages {
            let Some(mouth) = self.links.get_mut(&link) else { break };
            let frame = match compressed {
                true => mouth.out.compressed(message).unwrap_or_default(),
                false => mouth.out.plain(message),
            };
            let bent =
                if bends && self.chance(self.permille / 8) { self.bend(frame) } else { frame };
            frames.push(bent);
        }
        frames
    }

    /// A frame, changed as bytes.
    fn bend(&mut self, mut frame: Vec<u8>) -> Vec<u8> {
        self.told += 1;
        match self.below(6) {
            0 => self.flip(&mut frame),
            1 => {
                let length = self.index(frame.len());
                frame.truncate(length);
            }
            2 => {
                let more = self.bytes(16);
                frame.extend(more);
            }
            3 => {
                let length = self.index(200);
                frame = self.bytes(length);
            }
            // The other kind, or one that there is not.
            4 => {
                if let Some(kind) = frame.get_mut(1) {
                    *kind ^= 1 << (self.rng.next_u32() % 3);
                }
            }
            _ => {
                if let Some(sequence) = frame.first_mut() {
                    *sequence = sequence.wrapping_add(1);
                }
            }
        }
        frame
    }

    fn heard_before(&mut self) -> Option<Message> {
        let at = self.index(self.heard.len());
        self.heard.get(at).cloned()
    }

    fn record_item(&mut self) -> Option<RecordItem> {
        let at = self.index(self.records.len());
        self.records.get(at).cloned().map(RecordItem::Record)
    }

    fn below(&mut self, end: u32) -> u32 {
        self.rng.next_u32() % end.max(1)
    }

    fn index(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).unwrap_or(u32::MAX)) as usize
    }

    fn chance(&mut self, permille: u32) -> bool {
        self.below(1_000) < permille
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let at = self.index(bytes.len());
        let bit = self.below(8);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }
}

fn remember<T>(all: &mut VecDeque<T>, one: T) {
    if all.len() >= REMEMBERED_MAX {
        all.pop_front();
    }
    all.push_back(one);
}
