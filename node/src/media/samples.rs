//! Small whole files of each kind, made here: structure without content.

#![allow(clippy::cast_possible_truncation)]

/// Opus in Ogg: two headers and as many pages of sound as asked, 200 bytes each.
pub(crate) fn opus(pages: usize) -> Vec<u8> {
    let page = |kind: u8, content: &[u8]| {
        let segments = content.len().div_ceil(255).max(1);
        let mut page = b"OggS\0".to_vec();
        page.push(kind);
        page.extend_from_slice(&[0; 20]);
        page.push(segments as u8);
        page.extend((0..segments).map(|at| (content.len() - at * 255).min(255) as u8));
        page.extend_from_slice(content);
        page
    };
    let mut file = page(2, b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0");
    file.extend(page(0, b"OpusTags\x04\0\0\0baro\0\0\0\0"));
    for n in 0..pages {
        let sound: Vec<u8> = (0..200).map(|at| (at * 7 + n * 13) as u8).collect();
        file.extend(page(if n + 1 == pages { 4 } else { 0 }, &sound));
    }
    file
}

/// A WebM file with one track.
pub(crate) fn webm(codec: &str) -> Vec<u8> {
    let element = |id: &[u8], content: &[u8]| {
        let size = (content.len() as u64 | 1 << 56).to_be_bytes();
        [id, &size, content].concat()
    };
    let track = element(&[0xae], &element(&[0x86], codec.as_bytes()));
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &track);
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[1; 300]);
    let head = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], b"webm"));
    [head, element(&[0x18, 0x53, 0x80, 0x67], &[tracks, cluster].concat())].concat()
}

fn mp4_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// MPEG-4 with one track: `soun` or `vide`.
pub(crate) fn mp4(track: &[u8; 4]) -> Vec<u8> {
    let handler = mp4_box(b"hdlr", &[&[0; 8][..], track, &[0; 13]].concat());
    let moov = mp4_box(b"moov", &mp4_box(b"trak", &mp4_box(b"mdia", &handler)));
    [mp4_box(b"ftyp", b"M4A \0\0\0\0M4A isom"), moov, mp4_box(b"mdat", &[3; 400])].concat()
}

/// A JPEG with one scan.
pub(crate) fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        [&[0xff, marker][..], &(content.len() as u16 + 2).to_be_bytes(), content].concat()
    };
    let data = [0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56].repeat(40);
    [
        vec![0xff, 0xd8],
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        data,
        vec![0xff, 0xd9],
    ]
    .concat()
}

/// A PNG.
pub(crate) fn png() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], content: &[u8]| {
        [&(content.len() as u32).to_be_bytes()[..], kind, content, &[0; 4]].concat()
    };
    let head = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
    let chunks =
        [chunk(b"IHDR", &[0; 13]), chunk(b"IDAT", &[5; 300]), chunk(b"IEND", &[])].concat();
    [head.to_vec(), chunks].concat()
}

/// A WebP.
pub(crate) fn webp() -> Vec<u8> {
    let content = [b"WEBPVP8 ".as_slice(), &200_u32.to_le_bytes(), &[9; 200]].concat();
    [b"RIFF".as_slice(), &(content.len() as u32).to_le_bytes(), &content].concat()
}

/// A PDF.
pub(crate) fn pdf() -> Vec<u8> {
    let body = "%PDF-1.4\n1 0 obj\n<<>>\nendobj\n".repeat(20);
    [body.as_bytes(), b"trailer\n<<>>\nstartxref\n9\n%%EOF\n"].concat()
}
