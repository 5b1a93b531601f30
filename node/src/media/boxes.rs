//! MPEG-4: boxes within boxes.

use super::{Media, MediaError, Walk};

/// The most bytes of what describes a recording.
const MOOV_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Walks the outer boxes; what describes the recording says whether there are pictures in it.
pub(super) fn mp4(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let truncated = || MediaError::Truncated("recording");
    let (mut described, mut data, mut fragments) = (None, false, false);
    while !walk.is_at_end() {
        walk.part()?;
        let start = walk.at;
        let [a, b, c, d, kind @ ..]: [u8; 8] = walk.next()?.ok_or_else(truncated)?;
        let size = match u32::from_be_bytes([a, b, c, d]) {
            // To the end of the file.
            0 => walk.size - start,
            1 => u64::from_be_bytes(walk.next()?.ok_or_else(truncated)?),
            size => u64::from(size),
        };
        let end = start.checked_add(size).filter(|end| *end >= walk.at);
        let Some(end) = end else {
            return Err(MediaError::Other("an MPEG-4 file that is damaged".to_owned()));
        };
        if end > walk.size {
            return Err(truncated());
        }
        match &kind {
            b"moov" if size <= MOOV_BYTES_MAX => {
                let bytes = walk.bytes_at(walk.at, usize::try_from(size).unwrap_or(0))?;
                described = Some(bytes);
            }
            b"mdat" => data = true,
            b"moof" => fragments = true,
            b"ftyp" if start == 0 => {
                let brand = walk.bytes_at(walk.at, 4)?;
                if matches!(brand.as_slice(), b"heic" | b"heix" | b"mif1" | b"avif" | b"crx ") {
                    return Err(MediaError::Other(
                        "a picture in HEIC or AVIF: let the phone save it as JPEG".to_owned(),
                    ));
                }
            }
            _ => {}
        }
        walk.at = end;
    }
    let Some(described) = described.filter(|_| data || fragments) else { return Err(truncated()) };
    // A handler box: version and flags, four bytes, then the kind of track.
    let has = |track: &[u8; 4]| {
        described.windows(16).any(|box_| box_.starts_with(b"hdlr") && box_.ends_with(track))
    };
    match (has(b"vide"), has(b"soun")) {
        (true, _) => Ok(Media::Mp4),
        (false, true) => Ok(Media::M4a),
        (false, false) => Err(MediaError::Other("MPEG-4 without sound or pictures".to_owned())),
    }
}
