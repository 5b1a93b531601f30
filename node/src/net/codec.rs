//! Frames on a pipe: an unsigned LEB128 length of at most three bytes, then that many bytes.
//!
//! The empty frame belongs to the pipe itself. The side that accepts a stream sends one first
//! ("taken"); a side that ends in good order sends one last ("no more"), so that a peer can tell
//! an orderly end from a cut. Whoever uses links never sends nor sees an empty frame.
//!
//! Two lengths written in a byte more than they need are no frames but *marks*: `80 00` asks whether
//! the other side is there, `81 00` says that this one is.

use bytes::{BufMut, Bytes, BytesMut};

/// The largest frame, in bytes without its length prefix: 1 MiB.
pub const FRAME_BYTES_MAX: usize = 1 << 20;

/// The longest length prefix that a frame within the bound needs.
pub(super) const PREFIX_BYTES_MAX: usize = 3;

/// Frames shorter than this are copied out of the read buffer, so that keeping a small frame
/// does not keep the whole buffer.
const COPY_BYTES: usize = 4096;

/// A word between the two ends of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Are you there?
    Ask,
    /// I am here.
    Here,
}

impl Mark {
    /// Its bytes on the pipe.
    pub(super) const fn bytes(self) -> [u8; 2] {
        match self {
            Mark::Ask => [0x80, 0x00],
            Mark::Here => [0x81, 0x00],
        }
    }
}

/// What a pipe carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Frame(Bytes),
    Mark(Mark),
}

/// Why bytes from a peer are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("a frame of {0} bytes was announced, at most {FRAME_BYTES_MAX} are taken")]
    TooLarge(u64),
    #[error("the length of a frame was written in more bytes than it needs")]
    Malformed,
}

/// Appends the length prefix of a frame of `length` bytes.
pub(super) fn put_length(mut length: usize, out: &mut BytesMut) {
    assert!(length <= FRAME_BYTES_MAX, "a frame is checked before it is queued");
    while length >= 0x80 {
        out.put_u8(low_bits(length) | 0x80);
        length >>= 7;
    }
    out.put_u8(low_bits(length));
}

/// The lowest seven bits.
#[allow(clippy::cast_possible_truncation)]
fn low_bits(length: usize) -> u8 {
    (length & 0x7F) as u8
}

/// Reads a length prefix: the length and how many bytes it took, or `None` when more must come.
fn length(bytes: &[u8]) -> Result<Option<(usize, usize)>, FrameError> {
    let mut value = 0u64;
    // One byte more than a valid prefix may have is looked at, to say how large it would have been.
    for (at, byte) in bytes.iter().take(PREFIX_BYTES_MAX + 1).enumerate() {
        value |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            if *byte == 0 && at > 0 {
                return Err(FrameError::Malformed);
            }
            return match usize::try_from(value) {
                Ok(length) if length <= FRAME_BYTES_MAX => Ok(Some((length, at + 1))),
                _ => Err(FrameError::TooLarge(value)),
            };
        }
    }
    if bytes.len() > PREFIX_BYTES_MAX { Err(FrameError::TooLarge(value)) } else { Ok(None) }
}

/// Cuts the bytes that arrive into frames.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// What arrived and is not yet handed out.
    pub(super) buffer: BytesMut,
}

impl Decoder {
    /// The next mark or complete frame, `None` when more bytes are needed.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, FrameError> {
        for mark in [Mark::Ask, Mark::Here] {
            if self.buffer.starts_with(&mark.bytes()) {
                let _ = self.buffer.split_to(2);
                return Ok(Some(Piece::Mark(mark)));
            }
        }
        let Some((length, prefix)) = length(&self.buffer)? else { return Ok(None) };
        if self.buffer.len() < prefix + length {
            // Room for exactly this frame: bounded by the check of the length above.
            self.buffer.reserve(prefix + length - self.buffer.len());
            return Ok(None);
        }
        let mut frame = self.buffer.split_to(prefix + length).freeze();
        let frame = frame.split_off(prefix);
        let frame = if length < COPY_BYTES { Bytes::copy_from_slice(&frame) } else { frame };
        Ok(Some(Piece::Frame(frame)))
    }

    /// Whether the beginning of a frame waits for its rest.
    pub(super) fn is_partial(&self) -> bool {
        !self.buffer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn frame(bytes: &[u8]) -> BytesMut {
        let mut out = BytesMut::new();
        put_length(bytes.len(), &mut out);
        out.extend_from_slice(bytes);
        out
    }

    #[test]
    fn the_largest_frame_passes_and_one_byte_more_does_not() {
        let largest = vec![5; FRAME_BYTES_MAX];
        let mut decoder = Decoder { buffer: frame(&largest) };
        assert_eq!(decoder.next().unwrap(), Some(Piece::Frame(largest.into())));
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(&[0x81, 0x80, 0x40]);
        assert_eq!(decoder.next(), Err(FrameError::TooLarge(FRAME_BYTES_MAX as u64 + 1)));
    }

    #[test]
    fn an_endless_or_padded_length_is_refused() {
        for (bytes, error) in [
            (vec![0x82, 0x00], FrameError::Malformed),
            (vec![0x81, 0x80, 0x00], FrameError::Malformed),
            (vec![0xFF; 4], FrameError::TooLarge((1 << 28) - 1)),
        ] {
            let mut decoder = Decoder::default();
            decoder.buffer.extend_from_slice(&bytes);
            assert_eq!(decoder.next(), Err(error));
        }
    }

    #[test]
    fn marks_stand_between_frames() {
        let mut decoder = Decoder { buffer: frame(b"one") };
        decoder.buffer.extend_from_slice(&Mark::Ask.bytes());
        decoder.buffer.extend_from_slice(&Mark::Here.bytes());
        decoder.buffer.extend_from_slice(&frame(b"two"));
        let mut next = || decoder.next().unwrap().unwrap();
        assert_eq!(next(), Piece::Frame(Bytes::from_static(b"one")));
        assert_eq!(next(), Piece::Mark(Mark::Ask));
        assert_eq!(next(), Piece::Mark(Mark::Here));
        assert_eq!(next(), Piece::Frame(Bytes::from_static(b"two")));
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6000), 0..8),
            piece in 1usize..700,
        ) {
            let wire: Vec<u8> = frames.iter().flat_map(|bytes| frame(bytes)).collect();
            let mut decoder = Decoder::default();
            let mut read = Vec::new();
            for chunk in wire.chunks(piece) {
                decoder.buffer.extend_from_slice(chunk);
                while let Some(piece) = decoder.next().unwrap() {
                    let Piece::Frame(bytes) = piece else { panic!("{piece:?}") };
                    read.push(bytes.to_vec());
                }
            }
            prop_assert!(!decoder.is_partial());
            prop_assert_eq!(read, frames);
        }

        #[test]
        fn any_bytes_end_in_frames_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut decoder = Decoder::default();
            decoder.buffer.extend_from_slice(&bytes);
            while let Ok(Some(_)) = decoder.next() {}
        }
    }
}
