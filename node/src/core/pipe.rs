//! Frames on a link: a sequence byte, a kind byte, then a message, plain or as the next piece of
//! the session's compressed stream.
//!
//! Catch-up messages share one zstd stream per direction, flushed at each frame and freed at the
//! session's end. The sequence byte counts frames since the link stood: a link that loses, repeats
//! or reorders one is found out at once and given up, and what is durable stays.

use zstd::stream::raw::{CParameter, DParameter, Decoder, Encoder, InBuffer, Operation, OutBuffer};

use super::message::Message;

/// The most bytes of a frame on the wire.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024;
/// The most bytes of a message, decompressed.
pub const MESSAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// zstd's window: 2^22 bytes, 4 MiB.
const WINDOW_LOG: u32 = 22;
/// zstd's tables have 2^18 places, 1 MiB each. Left alone they take several times as much in every
/// session, however little is said in it, and many may be begun at once.
const TABLE_LOG: u32 = 18;
/// zstd's level: what is sent once and read on an old phone is worth some work.
const LEVEL: i32 = 9;

/// A stream is begun for the first message of so many bytes: an encoder clears megabytes of tables
/// before its first byte, and what is shorter hardly shrinks.
const WORTH_BYTES: usize = 512;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

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

/// One link's frames, both ways.
pub(crate) struct Pipe {
    sent: u8,
    received: u8,
    encoder: Option<Encoder<'static>>,
    decoder: Option<Decoder<'static>>,
}

impl Pipe {
    pub(crate) const fn new() -> Self {
        Self { sent: 0, received: 0, encoder: None, decoder: None }
    }

    /// Frees the compressed streams at a session's end.
    pub(crate) fn end_session(&mut self) {
        self.encoder = None;
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
        message.write_to(&mut frame);
        frame
    }

    /// A frame with a message in the session's compressed stream; in the clear as long as there is
    /// none and the message is short.
    pub(crate) fn compressed(&mut self, message: &Message) -> Result<Vec<u8>, PipeError> {
        let failed = |error: std::io::Error| PipeError::Malformed(error.to_string());
        let bytes = message.to_bytes();
        if self.encoder.is_none() && bytes.len() < WORTH_BYTES {
            let mut frame = self.header(PLAIN);
            frame.extend_from_slice(&bytes);
            return Ok(frame);
        }
        let encoder = match &mut self.encoder {
            Some(encoder) => encoder,
            none => {
                let mut encoder = Encoder::new(LEVEL).map_err(failed)?;
                for parameter in [
                    CParameter::WindowLog(WINDOW_LOG),
                    CParameter::HashLog(TABLE_LOG),
                    CParameter::ChainLog(TABLE_LOG),
                    CParameter::ContentSizeFlag(false),
                    CParameter::ChecksumFlag(false),
                ] {
                    encoder.set_parameter(parameter).map_err(failed)?;
                }
                none.insert(encoder)
            }
        };
        let mut frame = vec![self.sent, ZSTD];
        self.sent = self.sent.wrapping_add(1);
        let mut room = vec![0; 32 * 1024];
        let mut input = InBuffer::around(&bytes);
        while input.pos() < bytes.len() {
            let mut out = OutBuffer::around(room.as_mut_slice());
            encoder.run(&mut input, &mut out).map_err(failed)?;
            frame.extend_from_slice(out.as_slice());
        }
        loop {
            let mut out = OutBuffer::around(room.as_mut_slice());
            let left = encoder.flush(&mut out).map_err(failed)?;
            frame.extend_from_slice(out.as_slice());
            if left == 0 {
                return Ok(frame);
            }
        }
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
            _ => Err(PipeError::Malformed("of an unknown kind".into())),
        }
    }

    fn decompress(&mut self, body: &[u8]) -> Result<Vec<u8>, PipeError> {
        let failed = |error: std::io::Error| PipeError::Malformed(error.to_string());
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => {
                let mut decoder = Decoder::new().map_err(failed)?;
                decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(failed)?;
                none.insert(decoder)
            }
        };
        let mut message = Vec::new();
        let mut room = vec![0; 64 * 1024];
        let mut input = InBuffer::around(body);
        loop {
            let mut out = OutBuffer::around(room.as_mut_slice());
            decoder.run(&mut input, &mut out).map_err(failed)?;
            let full = out.pos() == out.capacity();
            message.extend_from_slice(out.as_slice());
            if message.len() > MESSAGE_BYTES_MAX {
                return Err(PipeError::TooLarge);
            }
            if input.pos() == body.len() && !full {
                return Ok(message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_bomb_is_refused() {
        let mut a = Pipe::new();
        let bomb = Message::Refuse("0".repeat(MESSAGE_BYTES_MAX + 1));
        let frame = a.compressed(&bomb).unwrap();
        assert!(frame.len() < 2_000);
        assert_eq!(Pipe::new().read(&frame), Err(PipeError::TooLarge));
    }
}
