//! Ogg and WebM.

use super::{Media, MediaError, Walk};

/// The bytes of an Ogg page before its table of segments.
const PAGE_HEAD: usize = 27;

/// Opus in Ogg: every page follows the one before and the last one is whole.
pub(super) fn ogg(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let truncated = || MediaError::Truncated("recording");
    let mut first = true;
    while !walk.is_at_end() {
        walk.part()?;
        let head: [u8; PAGE_HEAD] = walk.next()?.ok_or_else(truncated)?;
        let [b'O', b'g', b'g', b'S', 0, .., segments] = head else {
            return Err(MediaError::Other("an Ogg file that is damaged".to_owned()));
        };
        let table = walk.bytes_at(walk.at, usize::from(segments))?;
        if table.len() != usize::from(segments) {
            return Err(truncated());
        }
        walk.skip(u64::from(segments));
        if first {
            let begins = walk.bytes_at(walk.at, 8)?;
            if begins != b"OpusHead" {
                return Err(MediaError::Other(match begins.get(1..7) {
                    Some(b"vorbis") => "Ogg with Vorbis sound, and only Opus is taken".to_owned(),
                    Some(b"theora") => "Ogg with Theora video".to_owned(),
                    _ => "Ogg without Opus sound".to_owned(),
                }));
            }
            first = false;
        }
        if !walk.skip(table.iter().map(|bytes| u64::from(*bytes)).sum()) {
            return Err(truncated());
        }
    }
    // Headers alone say nothing.
    if walk.parts < 3 { Err(truncated()) } else { Ok(Media::OggOpus) }
}

/// A number of EBML: how long it is stands in its first byte. `None` where it cannot be read;
/// `u64::MAX` for a size that was not known when it was written.
fn number(bytes: &[u8], keep_mark: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    let rest = bytes.get(..length).filter(|_| length <= 8)?;
    let all = rest.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let mark = 1_u64 << (7 * length);
    match keep_mark {
        true => Some((all, length)),
        false if all ^ mark == mark - 1 => Some((u64::MAX, length)),
        false => Some((all ^ mark, length)),
    }
}

/// An element's id, size and where its content begins.
fn element(walk: &mut Walk<'_>) -> Result<Option<(u64, u64)>, MediaError> {
    walk.part()?;
    let head = walk.bytes_at(walk.at, 12)?;
    let Some((id, length)) = number(&head, true) else { return Ok(None) };
    let Some((size, more)) = number(head.get(length..).unwrap_or_default(), false) else {
        return Ok(None);
    };
    walk.skip((length + more) as u64);
    Ok(Some((id, size)))
}

const EBML: u64 = 0x1a45_dfa3;
const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;

/// WebM: the kind of document, a segment that is all there, sound or pictures in its tracks.
pub(super) fn webm(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let truncated = || MediaError::Truncated("WebM file");
    let (id, size) = element(walk)?.ok_or_else(truncated)?;
    let head = walk.bytes_at(walk.at, usize::try_from(size.min(1024)).unwrap_or(1024))?;
    if id != EBML || !walk.skip(size) {
        return Err(truncated());
    }
    if !head.windows(4).any(|four| four == b"webm") {
        return Err(MediaError::Other("a Matroska file that is no WebM".to_owned()));
    }
    let (id, size) = element(walk)?.ok_or_else(truncated)?;
    let whole = size == u64::MAX || walk.at.checked_add(size).is_some_and(|end| end <= walk.size);
    if id != SEGMENT || !whole {
        return Err(truncated());
    }
    // Tracks come before the first cluster; a recorder that streams does not know any sizes.
    let tracks = walk.bytes_at(walk.at, 64 * 1024)?;
    let has = |mark: &[u8]| tracks.windows(mark.len()).any(|bytes| bytes == mark);
    let cluster = CLUSTER.to_be_bytes();
    if !has(cluster.get(4..).unwrap_or_default()) {
        return Err(truncated());
    }
    match (has(b"V_VP8") || has(b"V_VP9") || has(b"V_AV1"), has(b"A_OPUS") || has(b"A_VORBIS")) {
        (true, _) => Ok(Media::WebmVideo),
        (false, true) => Ok(Media::WebmSound),
        (false, false) => Err(MediaError::Other("WebM without sound or pictures".to_owned())),
    }
}
