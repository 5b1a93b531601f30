//! JPEG, PNG and WebP.

use std::io::{self, SeekFrom};

use super::{Media, MediaError, Walk};

/// Walks the segments, and what is between them, to the marker that ends a JPEG. What phones
/// write behind it does not matter.
pub(super) fn jpeg(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let truncated = || MediaError::Truncated("picture");
    let mut frame = false;
    walk.at = 2;
    loop {
        walk.part()?;
        let [0xff, marker]: [u8; 2] = walk.next()?.ok_or_else(truncated)? else {
            return Err(MediaError::Other("a JPEG that is damaged".to_owned()));
        };
        match marker {
            // Padding.
            0xff => walk.at -= 1,
            0xd9 if frame => return Ok(Media::Jpeg),
            0xd9 => return Err(truncated()),
            0x01 | 0xd0..=0xd7 => {}
            _ => {
                let length = u64::from(u16::from_be_bytes(walk.next()?.ok_or_else(truncated)?));
                if length < 2 || !walk.skip(length - 2) {
                    return Err(truncated());
                }
                if marker == 0xda {
                    frame = true;
                    walk.at = scan(walk)?.ok_or_else(truncated)?;
                }
            }
        }
    }
}

/// Where the next marker behind compressed data stands.
fn scan(walk: &mut Walk<'_>) -> io::Result<Option<u64>> {
    walk.file.seek(SeekFrom::Start(walk.at))?;
    let (mut at, mut is_mark) = (walk.at, false);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = walk.file.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        for byte in buffer.iter().take(count) {
            match byte {
                0x00 | 0xd0..=0xd7 => is_mark = false,
                0xff => is_mark = true,
                _ if is_mark => return Ok(Some(at - 1)),
                _ => {}
            }
            at += 1;
        }
    }
}

/// Walks the chunks to the last.
pub(super) fn png(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let truncated = || MediaError::Truncated("picture");
    walk.at = 8;
    let mut data = false;
    loop {
        walk.part()?;
        let [a, b, c, d, kind @ ..]: [u8; 8] = walk.next()?.ok_or_else(truncated)?;
        // The content and its checksum.
        let length = u64::from(u32::from_be_bytes([a, b, c, d])) + 4;
        if walk.parts == 1 && &kind != b"IHDR" {
            return Err(MediaError::Other("a PNG that is damaged".to_owned()));
        }
        data |= &kind == b"IDAT";
        if !walk.skip(length) {
            return Err(truncated());
        }
        if &kind == b"IEND" {
            return if data { Ok(Media::Png) } else { Err(truncated()) };
        }
    }
}

/// A RIFF file says how long it is.
pub(super) fn webp(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let truncated = || MediaError::Truncated("picture");
    let head: [u8; 16] = walk.next()?.ok_or_else(truncated)?;
    let [_, _, _, _, a, b, c, d, _, _, _, _, kind @ ..] = head;
    if !matches!(&kind, b"VP8 " | b"VP8L" | b"VP8X") {
        return Err(MediaError::Other("a WebP that is damaged".to_owned()));
    }
    match u64::from(u32::from_le_bytes([a, b, c, d])) + 8 > walk.size {
        true => Err(truncated()),
        false => Ok(Media::Webp),
    }
}
