//! Files that look like recordings, made here: structure, and noise instead of content.

use crate::kill::Moments;

/// A page of Ogg holds at most so many segments of this many bytes.
const SEGMENT_BYTES: usize = 255;

/// Opus in Ogg, of about so many bytes: headers and pages of noise that comes from the seed.
pub fn opus(bytes: usize, seed: u64) -> Vec<u8> {
    let page = |kind: u8, content: &[u8]| {
        let mut page = b"OggS\0".to_vec();
        page.push(kind);
        page.extend_from_slice(&[0; 20]);
        let segments: Vec<u8> = content
            .chunks(SEGMENT_BYTES)
            .map(|segment| u8::try_from(segment.len()).unwrap_or(u8::MAX))
            .collect();
        page.push(u8::try_from(segments.len()).unwrap_or(u8::MAX));
        page.extend(segments);
        page.extend_from_slice(content);
        page
    };
    let mut file = page(2, b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0");
    file.extend(page(0, b"OpusTags\x04\0\0\0baro\0\0\0\0"));
    let mut dice = Moments::of(seed);
    while file.len() < bytes {
        let noise: Vec<u8> =
            (0..500).flat_map(|_| dice.between(0, u64::MAX).to_le_bytes()).collect();
        file.extend(page(0, &noise));
    }
    file.extend(page(4, b"the end"));
    file
}
