//! Files that somebody attaches: whatever they claim, they are walked to an end, in words.

use std::io::Cursor;

use baro_node::media::{MediaError, attachable, recognise};

/// One input.
pub fn run(data: &[u8]) {
    if let Err(MediaError::Io(error)) = recognise(&mut Cursor::new(data)) {
        panic!("reading memory does not fail: {error}");
    }
    for voice in [false, true] {
        if let Ok((media, size)) = attachable(&mut Cursor::new(data), voice) {
            assert_eq!(size, data.len() as u64);
            assert!(!voice || media.is_sound());
        }
    }
}

/// The beginnings of each kind, and a whole one.
pub fn seeds() -> Vec<Vec<u8>> {
    let webm =
        b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm\x18\x53\x80\x67\xff\x86\x86A_OPUS\x1f\x43\xb6\x75";
    let mp4 = [
        b"\0\0\0\x0cftypM4A \0\0\0\x2cmoov\0\0\0\x24hdlr\0\0\0\0\0\0\0\0soun".as_slice(),
        &[0; 16],
        b"\0\0\0\x08mdat",
    ]
    .concat();
    let page = |kind: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).expect("short");
        [b"OggS\0".as_slice(), &[kind], &[0; 20], &[1, length], content].concat()
    };
    let opus = [page(2, b"OpusHead\x01\x01"), page(0, b"OpusTags"), page(4, &[7; 40])].concat();
    vec![
        webm.to_vec(),
        mp4,
        opus,
        b"\xff\xd8\xff\xe0\0\x04ab\xff\xda\0\x02\x12\xff\0\x34\xff\xd9".to_vec(),
        b"\x89PNG\r\n\x1a\n\0\0\0\0IHDR\0\0\0\0\0\0\0\0IDAT\0\0\0\0\0\0\0\0IEND\0\0\0\0".to_vec(),
        b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0".to_vec(),
        b"%PDF-1.4\n%%EOF".to_vec(),
        b"ID3\x04\0\0\0\0\0\0".to_vec(),
    ]
}
