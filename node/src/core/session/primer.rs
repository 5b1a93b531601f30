//! A primer: words that both sides hold, against which those that are sent are packed.
//!
//! A village's words are alike: its names, its places, what its debates are about. What a session
//! brings is often too little to show that to a compressor. But both sides know from the comparison
//! what both of them hold ([`super::places`]), and take the same words of it, the latest of one log
//! after the other. These stand before the words of each message that is sent so, and then the
//! words of the messages before it.
//!
//! That both have the same words can be wrong: one side may know that somebody took theirs back.
//! So a hash of them goes along; who has others asks for what was sent so once more, unprimed, and
//! tells the other side's entries from then on by themselves.

use baro_crdt::entry::{Entry, SALT_BYTES};

use super::super::message::{Index, Message};
use super::super::pipe::{MESSAGE_BYTES_MAX, pack};
use super::super::traffic::class_of;
use super::share::{Out, Outgoing, Share};
use super::{Broken, Session, Step, Turn};
use crate::store::{Read, Result};

/// With so many bytes of words a primer is full.
const PRIMER_BYTES: usize = 64 * 1024;
/// One of fewer is no help.
const PRIMER_BYTES_MIN: usize = 2 * 1024;
/// What was sent is added up to here.
const PRIMER_BYTES_MAX: usize = 256 * 1024;
/// How many of the latest entries are looked at: of so many logs so many each, or more where there
/// are few logs.
const LOGS_MAX: usize = 1_024;
const ENTRIES_MIN: u32 = 8;
const ENTRIES: u32 = 1_024;
/// Fewer bytes of words are not worth it.
const WORDS_BYTES_MIN: usize = 256;
/// zstd's level, as that of sessions.
const LEVEL: i32 = 17;
/// The level where the primer is larger than so many times the words: to find one's way about the
/// primer takes a tenth of the time then, and the words some percent more.
const LEVEL_FOR_FEW: i32 = 10;
const FEW: usize = 2;
const CONTEXT: &str = "baro primer 1";

/// The words that both hold, on one way of a session.
#[derive(Clone)]
struct Words {
    bytes: Vec<u8>,
    hash: [u8; 8],
}

/// What one way of a session is primed with.
#[derive(Default)]
enum Way {
    /// Nothing was sent so yet.
    #[default]
    Unread,
    Primed(Words),
    /// There is too little that both hold, or the two hold different things.
    Plain,
}

/// Where a question for what was sent primed stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Unprimed {
    #[default]
    No,
    /// The answer has not begun.
    Asked,
    /// It is on its way.
    Coming,
}

/// Both ways.
#[derive(Default)]
pub(super) struct Primer {
    sending: Way,
    taking: Way,
    /// What was sent primed.
    sent: Vec<Outgoing>,
    asked: Unprimed,
}

impl Primer {
    /// Whether what was sent primed is still to come once more.
    pub(super) fn is_open(&self) -> bool {
        self.asked != Unprimed::No
    }

    /// Whether it comes now.
    pub(super) fn is_coming(&self) -> bool {
        self.asked == Unprimed::Coming
    }

    /// The other side has sent all.
    pub(super) fn finished(&mut self) -> bool {
        if self.asked == Unprimed::Coming {
            self.asked = Unprimed::No;
        }
        self.asked == Unprimed::No
    }
}

impl Words {
    /// Of what both sides hold; `None` where that is too little.
    fn read(share: &Share, read: &dyn Read) -> Result<Option<Words>> {
        let mut bytes = Vec::new();
        let logs = u32::try_from(share.places.held().take(LOGS_MAX).count()).unwrap_or(1);
        let latest = ENTRIES_MIN.max(ENTRIES / logs.max(1));
        let held = share.places.held().take(LOGS_MAX);
        let logs = held.filter_map(|(prefix, held)| Some((share.frozen.get(prefix)?, held)));
        'logs: for (frozen, held) in logs {
            for entry in read.entries(frozen.number, held.saturating_sub(latest)..held)? {
                let payload = Entry::from_bytes(&entry).ok().and_then(|entry| entry.payload);
                let Some(payload) = payload else { continue };
                if let Some(words) = read.payload(&payload.hash)? {
                    bytes.extend_from_slice(words.get(SALT_BYTES..).unwrap_or_default());
                }
                if bytes.len() >= PRIMER_BYTES {
                    break 'logs;
                }
            }
        }
        let mut hash = [0; 8];
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&bytes).finalize_xof().fill(&mut hash);
        Ok((bytes.len() >= PRIMER_BYTES_MIN).then_some(Words { bytes, hash }))
    }

    /// What was sent is known on both sides too.
    fn add(&mut self, words: &[u8]) {
        if self.bytes.len() + words.len() <= PRIMER_BYTES_MAX {
            self.bytes.extend_from_slice(words);
        }
    }
}

impl Session {
    /// Sends runs, their words packed against what both hold where that is shorter.
    pub(super) fn send_runs(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        message: &Message,
        outs: Vec<Outgoing>,
    ) -> std::result::Result<usize, Broken> {
        let bytes = message.to_bytes();
        let [_, at] = message.cuts(&bytes);
        let (head, words) = bytes.split_at_checked(at).unwrap_or((&bytes, &[]));
        let share = self.share(index)?;
        if words.len() >= WORDS_BYTES_MIN && matches!(share.primer.sending, Way::Unread) {
            let read = Words::read(share, turn.read)?;
            share.primer.sending = read.map_or(Way::Plain, Way::Primed);
        }
        let share = self.share(index)?;
        let (Way::Primed(primer), true) =
            (&mut share.primer.sending, words.len() >= WORDS_BYTES_MIN)
        else {
            return self.send(turn, message);
        };
        let few = primer.bytes.len() > FEW * words.len();
        let level = if few { LEVEL_FOR_FEW } else { LEVEL };
        let packed = pack(level, &primer.bytes, words);
        let Some(packed) = packed.ok().filter(|packed| packed.len() < words.len()) else {
            return self.send(turn, message);
        };
        primer.add(words);
        let primed = Message::Primed(index, primer.hash.into(), head.to_vec(), packed);
        share.primer.sent.extend(outs);
        let class = class_of(turn.read, Some(self), message);
        let frame = turn.pipe.compressed(&primed)?;
        let length = frame.len();
        self.push(turn, frame, class);
        Ok(length)
    }

    /// Takes runs whose words are packed against what both hold.
    pub(super) fn take_primed(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        hash: [u8; 8],
        mut head: Vec<u8>,
        packed: &[u8],
    ) -> Step {
        let share = self.share(index)?;
        if !share.records_done || share.primer.is_coming() {
            return Err(Broken::Protocol("primed words out of turn"));
        }
        if matches!(share.primer.taking, Way::Unread) {
            let read = Words::read(share, turn.read)?.filter(|words| words.hash == hash);
            share.primer.taking = read.map_or(Way::Plain, Way::Primed);
        }
        let Way::Primed(primer) = &mut share.primer.taking else {
            // The two hold different words. It is acknowledged, as it comes once more.
            if share.primer.asked == Unprimed::No {
                share.primer.asked = Unprimed::Asked;
                self.stats.round_trips += 1;
                self.send(turn, &Message::Unprimed(index, false))?;
            }
            return self.commit(turn, index, Vec::new(), 1);
        };
        let room = MESSAGE_BYTES_MAX.saturating_sub(head.len());
        let words = zstd::bulk::Decompressor::with_dictionary(&primer.bytes)
            .and_then(|mut packer| packer.decompress(packed, room))
            .map_err(|_| Broken::Protocol("primed words that cannot be unpacked"))?;
        primer.add(&words);
        head.extend(words);
        match Message::from_bytes(&head) {
            Ok(Message::Logs(of, runs)) if of == index => self.take_logs(turn, index, runs),
            _ => Err(Broken::Protocol("primed words of no runs")),
        }
    }

    /// Sends once more, unprimed, what the other side could not unpack; or hears that this begins.
    pub(super) fn take_unprimed(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        begins: bool,
    ) -> Step {
        let share = self.share(index)?;
        if begins {
            if share.primer.asked != Unprimed::Asked {
                return Err(Broken::Protocol("an answer that was not asked for"));
            }
            share.primer.asked = Unprimed::Coming;
            share.they_finished = false;
            return Ok(());
        }
        if !matches!(share.primer.sending, Way::Primed(_)) {
            return Err(Broken::Protocol("nothing was sent so"));
        }
        share.primer.sending = Way::Plain;
        let sent = std::mem::take(&mut share.primer.sent);
        for run in sent.into_iter().rev() {
            // Neither the log's name nor changes told before have come.
            share.named.remove(&run.log);
            share.outbox.push_front(Out::Run(run));
        }
        share.we_finished = false;
        self.send(turn, &Message::Unprimed(index, true))?;
        self.go_on(turn, index)
    }
}
