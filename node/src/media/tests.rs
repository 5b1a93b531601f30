//! Each kind whole, cut short at every place, and mistaken for another.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn all() -> Vec<(Media, Vec<u8>)> {
    vec![
        (Media::OggOpus, samples::opus(4)),
        (Media::WebmSound, samples::webm("A_OPUS")),
        (Media::WebmVideo, samples::webm("V_VP9")),
        (Media::M4a, samples::mp4(b"soun")),
        (Media::Mp4, samples::mp4(b"vide")),
        (Media::Jpeg, samples::jpeg()),
        (Media::Png, samples::png()),
        (Media::Webp, samples::webp()),
        (Media::Pdf, samples::pdf()),
    ]
}

fn look(bytes: &[u8]) -> Result<Media, MediaError> {
    recognise(&mut Cursor::new(bytes))
}

#[test]
fn whole_files_are_recognised_and_torn_ones_refused() {
    for (media, bytes) in all() {
        assert_eq!(look(&bytes).unwrap(), media);
        let first_page = 60;
        for cut in 1..bytes.len() {
            let torn = look(&bytes[..cut]);
            // Ogg may end after any page: a recorder that was stopped leaves whole pages.
            let whole_pages = media == Media::OggOpus && torn.is_ok();
            let blank = media == Media::Pdf && cut + 2 > bytes.len();
            assert!(torn.is_err() || whole_pages || blank, "{media:?} cut after {cut}");
            if cut > first_page && !whole_pages && !blank {
                let words = torn.unwrap_err().to_string();
                assert!(words.contains("stops before its end"), "{media:?} at {cut}: {words}");
            }
        }
    }
}

#[test]
fn what_is_not_taken_is_named() {
    let said = |bytes: &[u8]| look(bytes).unwrap_err().to_string();
    assert_eq!(said(b""), "the file is empty");
    let vorbis = [samples::opus(3)].concat();
    let at = vorbis.windows(8).position(|eight| eight == b"OpusHead").unwrap();
    let mut vorbis = vorbis;
    vorbis[at..at + 8].copy_from_slice(b"\x01vorbis\0");
    assert!(said(&vorbis).contains("Vorbis"), "{}", said(&vorbis));
    assert!(said(b"ID3\x04\0\0\0\0\0\0\0\0\0").contains("audio/mpeg"));
    assert!(said(b"PK\x03\x04aaaaaaaaaaaaaaaaaaaaaaaaaaa").contains("application/zip"));
    assert!(said(b"just some words").contains("not known here"));
    assert!(
        said(b"\x1a\x45\xdf\xa3\x84\x42\x82\x81xmore bytes that follow it").contains("Matroska")
    );
}

#[test]
fn voice_is_sound_and_short() {
    let attach = |bytes: &[u8], voice| {
        attachable(&mut Cursor::new(bytes), voice).map_err(|error| error.to_string())
    };
    let note = samples::opus(4);
    assert_eq!(attach(&note, true), Ok((Media::OggOpus, note.len() as u64)));
    assert!(attach(&samples::jpeg(), true).unwrap_err().contains("--attach"));
    let long = samples::opus(10_000);
    assert!(attach(&long, true).unwrap_err().contains("at most 2097152"));
    assert!(attach(&long, false).is_ok());
    assert_eq!(attach(b"", true).unwrap_err(), "the file is empty");
}

proptest! {
    #[test]
    fn any_bytes_end_in_words(
        which in 0..9_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let (_, mut file) = all().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        for file in [file, bytes] {
            if let Err(error) = look(&file) {
                prop_assert!(!matches!(error, MediaError::Io(_)), "{error}");
            }
        }
    }
}
