//! Frames on a link: a sequence byte, a kind byte, then a message, plain or as the next piece of
//! the session's compressed stream.
//!
//! Catch-up messages share one zstd stream per direction, flushed at each frame and freed at the
//! session's end. It begins with small tables, for most sessions are short and clearing large ones
//! would be most of their work, and goes on with large ones when more has come than these hold.
//! A live push goes plain but for its words, which are packed by themselves where that is shorter.
//! The sequence byte counts frames since the link stood: a link that loses, repeats
//! or reorders one is found out at once and given up, and what is durable stays.

use std::cell::RefCell;

use zstd::bulk::Compressor;
use zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer};

use super::live::Tag;
use super::message::{Live, LiveRun, Message};

/// The most bytes of a frame on the wire.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// The most bytes of a message, decompressed.
pub const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// zstd's window: 2^22 bytes, 4 MiB.
const WINDOW_LOG: u32 = 22;
/// zstd's level: what is sent once and read on an old phone is worth some work.
const LEVEL: i32 = 9;
/// As long as no more than so many bytes went in, window and tables are small: 2^17 bytes, 128 KiB,
/// and 2^15 places.
const SMALL_BYTES_MAX: usize = 96 * 1024;
const SMALL: [CParameter; 4] = [
    // Most sessions end before 96 KiB: some 20 ms of looking more closely is a fiftieth less to send.
    CParameter::CompressionLevel(17),
    CParameter::WindowLog(17),
    CParameter::HashLog(15),
    CParameter::ChainLog(15),
];
/// From then on tables have 2^18 places, 1 MiB each: left alone they take several times as much in
/// every session, and many may be begun at once.
const LARGE: [CParameter; 3] =
    [CParameter::WindowLog(WINDOW_LOG), CParameter::HashLog(18), CParameter::ChainLog(18)];

/// How much room is made at once for what comes out of a stream, in bytes.
const ROOM_BYTES: usize = 64 * 1024;

/// A stream is begun for the first message of so many bytes: an encoder clears its tables before its
/// first byte, and what is shorter hardly shrinks.
const WORTH_BYTES: usize = 512;

/// The rest of a live push is packed by itself where it has so many bytes.
const REST_BYTES_MIN: usize = 48;
/// What a zstd frame begins with; left out where the frame stands by itself.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const REST: u8 = 2;

/// Why a frame ends its link.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PipeError {
    /// A frame is missing, or came twice.
    #[error("frames were lost, repeated or reordered on the way")]
    Sequence,
    /// Not a frame.
    #[error("a frame could not be read: {0}")]
    Malformed(String),
    /// More than [`MESSAGE_BYTES_MAX`] when decompressed, or more than [`FRAME_BYTES_MAX`].
    #[error("a frame is larger than allowed")]
    TooLarge,
}

impl PipeError {
    /// What is counted: without what the other side can choose.
    pub(super) const fn counted(&self) -> &'static str {
        match self {
            Self::Sequence => "frames were lost, repeated or reordered on the way",
            Self::Malformed(_) => "a frame could not be read",
            Self::TooLarge => "a frame is larger than allowed",
        }
    }
}

/// A direction's compressed stream while a session lasts.
struct Packer {
    encoder: Encoder<'static>,
    /// How much went in while tables are small; none once they are large.
    small_bytes: Option<usize>,
}

impl Packer {
    fn encoder(sizes: &[CParameter]) -> std::io::Result<Encoder<'static>> {
        let mut encoder = Encoder::new(LEVEL)?;
        let plain = [CParameter::ContentSizeFlag(false), CParameter::ChecksumFlag(false)];
        for parameter in sizes.iter().chain(&plain) {
            encoder.set_parameter(*parameter)?;
        }
        Ok(encoder)
    }

    fn small() -> std::io::Result<Self> {
        Ok(Self { encoder: Self::encoder(&SMALL)?, small_bytes: Some(0) })
    }

    /// Appends a message to `frame`, so that it can be read whole.
    fn pack(&mut self, message: &[u8], frame: &mut Vec<u8>) -> std::io::Result<()> {
        let room = message.len().min(ROOM_BYTES) + 64;
        if let Some(before) = self.small_bytes {
            let bytes = before + message.len();
            self.small_bytes = (bytes <= SMALL_BYTES_MAX).then_some(bytes);
            if self.small_bytes.is_none() {
                let large = Self::encoder(&LARGE)?;
                let mut small = std::mem::replace(&mut self.encoder, large);
                // Where nothing was in it, there is nothing to end.
                if before > 0 {
                    to_end(frame, room, |out| small.finish(out, true))?;
                }
            }
        }
        let mut input = InBuffer::around(message);
        while input.pos() < message.len() {
            append(frame, room, |out| self.encoder.run(&mut input, out))?;
        }
        to_end(frame, room, |out| self.encoder.flush(out))
    }
}

/// Appends what a step gives, again and again until it says that nothing is left.
fn to_end(
    to: &mut Vec<u8>,
    room: usize,
    mut step: impl FnMut(&mut OutBuffer<'_, Vec<u8>>) -> std::io::Result<usize>,
) -> std::io::Result<()> {
    while append(to, room, &mut step)? > 0 {}
    Ok(())
}

/// Appends what a step gives, at most what `room` bytes and more of capacity can hold.
fn append<T>(
    to: &mut Vec<u8>,
    room: usize,
    step: impl FnOnce(&mut OutBuffer<'_, Vec<u8>>) -> std::io::Result<T>,
) -> std::io::Result<T> {
    to.reserve(room);
    let at = to.len();
    step(&mut OutBuffer::around_pos(to, at))
}

/// What is pushed live, encoded once for all links.
pub(crate) struct Push {
    /// The message without its tag, plain.
    said: Vec<u8>,
    /// How much of it stays plain, and what the rest is packed to, where that is shorter.
    rest: Option<(usize, Vec<u8>)>,
}

impl Push {
    pub(crate) fn new(runs: Vec<LiveRun>) -> Self {
        let message = Message::Live(Tag::default().into(), Live::Push(runs));
        let bytes = message.to_bytes();
        let head = Self::head(Tag::default()).len();
        let [noise_end, _] = message.cuts(&bytes);
        let said = bytes.get(head..).unwrap_or_default().to_vec();
        let split = noise_end.saturating_sub(head);
        let rest = said.get(split..).filter(|rest| rest.len() >= REST_BYTES_MIN);
        let packed = rest.and_then(|rest| {
            let mut packed = pack(LEVEL, &[], rest).ok()?;
            let shorter = packed.len() < rest.len() + MAGIC.len();
            (shorter && packed.starts_with(&MAGIC)).then(|| packed.split_off(MAGIC.len()))
        });
        Self { said, rest: packed.map(|packed| (split, packed)) }
    }

    /// What a live message begins with.
    fn head(tag: Tag) -> Vec<u8> {
        let [a, b, c, d, e, f, g, h] = tag;
        vec![0x82, 20, 0x82, 0x48, a, b, c, d, e, f, g, h]
    }
}

/// One link's frames, both ways.
pub(crate) struct Pipe {
    sent: u8,
    received: u8,
    packer: Option<Packer>,
    decoder: Option<Decoder<'static>>,
}

impl Pipe {
    pub(crate) const fn new() -> Self {
        Self { sent: 0, received: 0, packer: None, decoder: None }
    }

    /// Frees the compressed streams at a session's end.
    pub(crate) fn end_session(&mut self) {
        self.packer = None;
        self.decoder = None;
    }

    fn header(&mut self, kind: u8) -> Vec<u8> {
        let frame = vec![self.sent, kind];
        self.sent = self.sent.wrapping_add(1);
        frame
    }

    /// A frame with a message in the clear.
    pub(crate) fn plain(&mut self, message: &Message) -> Vec<u8> {
        let mut frame = self.header(PLAIN);
        frame.reserve(message.bytes_hint());
        message.write_to(&mut frame);
        frame
    }

    /// A frame with a live push, its rest packed where that is shorter.
    pub(crate) fn push(&mut self, tag: Tag, push: &Push) -> Vec<u8> {
        let head = Push::head(tag);
        let Some((split, packed)) = &push.rest else {
            return [self.header(PLAIN), head, push.said.clone()].concat();
        };
        let plain = push.said.get(..*split).unwrap_or_default();
        let length = u32::try_from(head.len() + plain.len()).unwrap_or(u32::MAX);
        let length = length.to_be_bytes().split_at(1).1.to_vec();
        [self.header(REST), length, head, plain.to_vec(), packed.clone()].concat()
    }

    /// A frame with a message in the session's compressed stream; in the clear as long as there is
    /// none and the message is short.
    pub(crate) fn compressed(&mut self, message: &Message) -> Result<Vec<u8>, PipeError> {
        let bytes = message.to_bytes();
        if self.packer.is_none() && bytes.len() < WORTH_BYTES {
            let mut frame = self.header(PLAIN);
            frame.extend_from_slice(&bytes);
            return Ok(frame);
        }
        let packer = match &mut self.packer {
            Some(packer) => packer,
            none => none.insert(Packer::small().map_err(failed)?),
        };
        let mut frame = vec![self.sent, ZSTD];
        self.sent = self.sent.wrapping_add(1);
        // Noise, numbers and words apart, each by its own statistics.
        let [noise, words] = message.cuts(&bytes);
        let parts = [bytes.get(..noise), bytes.get(noise..words), bytes.get(words..)];
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            packer.pack(part, &mut frame).map_err(failed)?;
        }
        Ok(frame)
    }

    /// The message of a frame.
    ///
    /// # Errors
    /// [`PipeError`], and then the link is of no more use.
    pub(crate) fn read(&mut self, frame: &[u8]) -> Result<Message, PipeError> {
        if frame.len() > FRAME_BYTES_MAX {
            return Err(PipeError::TooLarge);
        }
        let [sequence, kind, body @ ..] = frame else {
            return Err(PipeError::Malformed("too short".into()));
        };
        if *sequence != self.received {
            return Err(PipeError::Sequence);
        }
        self.received = self.received.wrapping_add(1);
        let malformed = |error: minicbor::decode::Error| PipeError::Malformed(error.to_string());
        match *kind {
            PLAIN => Message::from_bytes(body).map_err(malformed),
            ZSTD => Message::from_bytes(&self.decompress(body)?).map_err(malformed),
            REST => Message::from_bytes(&unpack(body)?).map_err(malformed),
            _ => Err(PipeError::Malformed("of an unknown kind".into())),
        }
    }

    fn decompress(&mut self, body: &[u8]) -> Result<Vec<u8>, PipeError> {
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => none.insert(decoder().map_err(failed)?),
        };
        decompress(decoder, body)
    }
}

fn failed(error: std::io::Error) -> PipeError {
    PipeError::Malformed(error.to_string())
}

fn decoder() -> std::io::Result<Decoder<'static>> {
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
    Ok(decoder)
}

fn decompress(decoder: &mut Decoder<'_>, body: &[u8]) -> Result<Vec<u8>, PipeError> {
    let mut message = Vec::new();
    let room = (4 * body.len()).min(ROOM_BYTES) + 64;
    let mut input = InBuffer::around(body);
    loop {
        let step = append(&mut message, room, |out| {
            decoder.run(&mut input, out)?;
            Ok(out.pos() == out.capacity())
        });
        let full = step.map_err(failed)?;
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(PipeError::TooLarge);
        }
        if input.pos() == body.len() && !full {
            return Ok(message);
        }
    }
}

thread_local! {
    /// What packs and unpacks pieces that stand by themselves. To make one takes longer than its
    /// work on a few hundred bytes; of a piece it remembers nothing.
    static PACKS: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKS: RefCell<Option<Decoder<'static>>> = const { RefCell::new(None) };
}

/// A piece by itself, as a zstd frame, at a level; behind what both sides hold, if they do.
pub(super) fn pack(level: i32, primer: &[u8], piece: &[u8]) -> std::io::Result<Vec<u8>> {
    PACKS.with_borrow_mut(|kept| {
        let mut packs = kept.take().unwrap_or_default();
        packs.set_dictionary(level, primer)?;
        let packed = packs.compress(piece)?;
        packs.set_dictionary(level, &[])?;
        *kept = Some(packs);
        Ok(packed)
    })
}

/// A message whose rest is packed by itself.
fn unpack(body: &[u8]) -> Result<Vec<u8>, PipeError> {
    let torn = || PipeError::Malformed("too short".into());
    let ([a, b, c], body) = body.split_first_chunk().ok_or_else(torn)?;
    let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
    let (plain, packed) = body.split_at_checked(length).ok_or_else(torn)?;
    let rest = UNPACKS.with_borrow_mut(|kept| {
        let mut unpacks = match kept.take() {
            Some(unpacks) => unpacks,
            None => decoder().map_err(failed)?,
        };
        let rest = decompress(&mut unpacks, &[&MAGIC, packed].concat());
        // A piece that is torn leaves its beginning behind.
        *kept = unpacks.reinit().is_ok().then_some(unpacks);
        rest
    })?;
    if plain.len() + rest.len() > MESSAGE_BYTES_MAX {
        return Err(PipeError::TooLarge);
    }
    Ok([plain, rest.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use baro_crdt::keys::Signature;

    use super::super::message::{LiveLog, WireEntry};
    use super::*;

    fn push(words: usize) -> Vec<LiveRun> {
        let bytes = vec![0x86, 0, 0, 2, 0xa0, 0x18, 99, 0x58, 0x20];
        let said = "l'eau du puits, la pompe du village, l'école ".repeat(words);
        let words = Some([&[7; 8], said.as_bytes()].concat());
        let signature = Signature::from_bytes([9; 64]);
        let entries = vec![WireEntry { bytes, words }];
        vec![LiveRun { log: LiveLog::Known([5; 8]), from: 3, entries, signature }]
    }

    #[test]
    fn pushes_cross_packed_where_that_is_shorter() {
        let (mut a, mut b) = (Pipe::new(), Pipe::new());
        for words in [0, 1, 2, 40] {
            let message = Message::Live([6; 8].into(), Live::Push(push(words)));
            let frame = a.push([6; 8], &Push::new(push(words)));
            assert_eq!(b.read(&frame).unwrap(), message, "{words}");
            let plain = Pipe::new().plain(&message).len();
            assert!(frame.len() <= plain && (frame[1] == REST) == (frame.len() < plain));
        }
    }

    #[test]
    fn a_push_that_is_torn_or_a_bomb_is_refused() {
        let frame = Pipe::new().push([6; 8], &Push::new(push(40)));
        assert_eq!(frame[1], REST);
        for end in 0..frame.len() {
            assert!(Pipe::new().read(&frame[..end]).is_err(), "{end}");
            assert!(Pipe::new().read(&frame).is_ok(), "after one that is torn at {end}");
        }
        let bomb = zstd::bulk::compress(&vec![0; MESSAGE_BYTES_MAX + 1], LEVEL).unwrap();
        let frame = [&[0, REST, 0, 0, 0], &bomb[4..]].concat();
        assert_eq!(Pipe::new().read(&frame), Err(PipeError::TooLarge));
    }

    #[test]
    fn what_is_packed_does_not_depend_on_what_was_packed_before() {
        let primer = "la pompe du village est là, ".repeat(100).into_bytes();
        for length in [60, 90_000, 700, 90_000, 60] {
            let piece = "le puits du village, ".repeat(length / 20).into_bytes();
            let alone = zstd::bulk::compress(&piece, LEVEL).unwrap();
            assert_eq!(pack(LEVEL, &[], &piece).unwrap(), alone);
            let behind = Compressor::with_dictionary(17, &primer).unwrap().compress(&piece);
            assert_eq!(pack(17, &primer, &piece).unwrap(), behind.unwrap());
        }
    }

    #[test]
    fn messages_cross_and_lost_frames_are_found() {
        let (mut a, mut b) = (Pipe::new(), Pipe::new());
        let big = Message::Refuse("mesh ".repeat(20_000));
        for message in [Message::Ask, big.clone(), big] {
            let frame = a.compressed(&message).unwrap();
            assert!(frame.len() < 500);
            assert_eq!(b.read(&frame).unwrap(), message);
        }
        let lost = a.plain(&Message::Ask);
        let next = a.plain(&Message::Ask);
        assert_eq!(b.read(&next), Err(PipeError::Sequence));
        assert_eq!(b.read(&lost).unwrap(), Message::Ask);
        assert_eq!(b.read(&lost), Err(PipeError::Sequence));
    }

    #[test]
    fn a_stream_that_outgrows_its_small_tables_goes_on_with_large_ones() {
        let (mut a, mut b) = (Pipe::new(), Pipe::new());
        // Noise, so that nothing of it shrinks; said twice, so that the second is short wherever
        // the window still holds the first.
        let mut noise = vec![0; 40 * 1024];
        blake3::Hasher::new().finalize_xof().fill(&mut noise);
        let mut sizes = Vec::new();
        for n in 0..12_u8 {
            let start = usize::from(n / 6) * 1_024;
            let words = data_encoding::HEXLOWER.encode(&noise[start..start + 24 * 1_024]);
            let message = Message::Refuse(words);
            let frame = a.compressed(&message).unwrap();
            assert_eq!(b.read(&frame).unwrap(), message, "{n}");
            sizes.push(frame.len());
        }
        assert_eq!(a.packer.as_ref().unwrap().small_bytes, None);
        // Whole at the first, where the tables changed, and hardly anything besides.
        assert!(sizes.iter().filter(|size| **size > 20_000).count() == 2, "{sizes:?}");
        b.end_session();
        a.end_session();
        let frame = a.compressed(&Message::Refuse("0".repeat(SMALL_BYTES_MAX + 1))).unwrap();
        assert!(frame.len() < 200 && b.read(&frame).is_ok());
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut a = Pipe::new();
        let bomb = Message::Refuse("0".repeat(MESSAGE_BYTES_MAX + 1));
        let frame = a.compressed(&bomb).unwrap();
        assert!(frame.len() < 2_000);
        assert_eq!(Pipe::new().read(&frame), Err(PipeError::TooLarge));
    }
}
