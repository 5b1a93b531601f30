//! A voice note made on the spot: Ogg Opus (RFC 7845, RFC 3533), mono, in which nobody speaks.
//!
//! Every packet is one frame of 20 ms of silence as Opus encoders write it, so that any player
//! plays it. What the demo shows is its way, not its words.

/// Samples of a frame of 20 ms at 48 kHz, which is what granule positions count.
const FRAME_SAMPLES: u64 = 960;
/// A frame of silence: CELT, full band, 20 ms, mono (RFC 6716, section 3.1).
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// Frames in a page: one second.
const PAGE_FRAMES: u64 = 50;
/// Samples that a decoder drops at the beginning.
const PRE_SKIP: u16 = 312;

const FIRST_PAGE: u8 = 2;
const LAST_PAGE: u8 = 4;

/// The checksum of a page: CRC-32 with the polynomial 0x04c11db7, not reflected, from 0.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum: u32, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum & 0x8000_0000 == 0 { sum << 1 } else { sum << 1 ^ 0x04c1_1db7 }
        })
    })
}

/// One page with whole packets, each shorter than 255 bytes.
fn page(flags: u8, granule: u64, number: u32, packets: &[&[u8]]) -> Vec<u8> {
    let lengths: Vec<u8> =
        packets.iter().filter_map(|packet| u8::try_from(packet.len()).ok()).collect();
    let count = u8::try_from(lengths.len()).unwrap_or(u8::MAX);
    let mut bytes = b"OggS\0".to_vec();
    bytes.push(flags);
    bytes.extend_from_slice(&granule.to_le_bytes());
    bytes.extend_from_slice(b"baro");
    bytes.extend_from_slice(&number.to_le_bytes());
    let at = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    bytes.push(count);
    bytes.extend_from_slice(&lengths);
    packets.iter().for_each(|packet| bytes.extend_from_slice(packet));
    let sum = checksum(&bytes).to_le_bytes();
    bytes.splice(at..at + 4, sum);
    bytes
}

/// A note of so many seconds, about 200 bytes each.
pub(super) fn note(seconds: u32) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend_from_slice(&PRE_SKIP.to_le_bytes());
    head.extend_from_slice(&48_000_u32.to_le_bytes());
    // No gain, and the mapping of mono.
    head.extend_from_slice(&[0, 0, 0]);
    let mut tags = b"OpusTags\x04\0\0\0baro".to_vec();
    tags.extend_from_slice(&0_u32.to_le_bytes());
    let mut bytes = page(FIRST_PAGE, 0, 0, &[&head]);
    bytes.extend(page(0, 0, 1, &[&tags]));
    let frames = vec![SILENCE.as_slice(); 50];
    for second in 1..=seconds {
        let flags = if second == seconds { LAST_PAGE } else { 0 };
        let granule = u64::from(second) * PAGE_FRAMES * FRAME_SAMPLES;
        bytes.extend(page(flags, granule, second + 1, &frames));
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn every_page_is_whole_and_its_checksum_holds() {
        let bytes = note(7);
        let (mut at, mut pages, mut granule) = (0, 0, 0);
        while at < bytes.len() {
            assert_eq!(&bytes[at..at + 5], b"OggS\0");
            let lengths = usize::from(bytes[at + 26]);
            let body: usize =
                bytes[at + 27..at + 27 + lengths].iter().map(|b| usize::from(*b)).sum();
            let end = at + 27 + lengths + body;
            let mut page = bytes[at..end].to_vec();
            let sum = u32::from_le_bytes(page[22..26].try_into().unwrap());
            page[22..26].fill(0);
            assert_eq!(checksum(&page), sum);
            granule = u64::from_le_bytes(page[6..14].try_into().unwrap());
            (at, pages) = (end, pages + 1);
        }
        assert_eq!((at, pages, granule), (bytes.len(), 9, 7 * 48_000));
    }

    #[test]
    fn the_checksum_is_that_of_ogg() {
        // Check value of CRC-32 with this polynomial, neither reflected nor inverted, from 0.
        assert_eq!(checksum(b"123456789"), 0x89a1_897f);
    }
}
