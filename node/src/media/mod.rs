//! What a file is, by its content: which kinds can be attached, and whether all of one is there.
//!
//! A name says nothing: phones call Opus recordings `.ogg`, `.opus` or nothing at all. Each kind is
//! walked along its own structure, so that a file that was cut short on a full card is noticed
//! before it is sent to a whole village. Nothing is decoded, memory stays small whatever the file
//! claims, and reading ends after a bounded number of steps.

mod boxes;
mod picture;
mod sound;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Seek, SeekFrom};

/// The most bytes of a voice recording: some 11 minutes of speech in Opus.
pub const VOICE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// The most bytes of anything else that is attached to words.
pub const ATTACHMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// The most parts (pages, chunks, boxes, segments) that a file is walked through.
const PARTS_MAX: u32 = 1 << 20;

/// A kind of file that can be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// Opus in Ogg.
    OggOpus,
    /// WebM without pictures.
    WebmSound,
    /// WebM with pictures.
    WebmVideo,
    /// MPEG-4 without pictures, as phones record speech.
    M4a,
    /// MPEG-4 with pictures.
    Mp4,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// PDF.
    Pdf,
}

impl Media {
    /// Its media type.
    pub const fn mime(self) -> &'static str {
        match self {
            Self::OggOpus => "audio/ogg",
            Self::WebmSound => "audio/webm",
            Self::WebmVideo => "video/webm",
            Self::M4a => "audio/mp4",
            Self::Mp4 => "video/mp4",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// Whether it is a recording without pictures.
    pub const fn is_sound(self) -> bool {
        matches!(self, Self::OggOpus | Self::WebmSound | Self::M4a)
    }
}

/// What a media type is to people: `voice`, `sound`, `picture`, `video`, `paper` or `file`.
pub fn kind_word(media: &str, voice: bool) -> &'static str {
    match media.split_once('/').map(|(kind, _)| kind) {
        _ if voice => "voice",
        Some("audio") => "sound",
        Some("image") => "picture",
        Some("video") => "video",
        _ if media == "application/pdf" => "paper",
        _ => "file",
    }
}

/// Why a file cannot be attached.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// It stops before its end.
    #[error(
        "the file is not whole: this {0} stops before its end. Copy it again, or record it anew"
    )]
    Truncated(&'static str),
    /// A kind that is not taken; in words, where it can be told.
    #[error(
        "this is {0}. What can be attached: Opus (ogg), WebM, M4A or MP4, JPEG, PNG, WebP, PDF"
    )]
    Other(String),
    /// Not sound, and voice was wanted.
    #[error("this is {0} and no recording of a voice. Attach it with --attach")]
    NoVoice(&'static str),
    /// More bytes than allowed.
    #[error("the file has {size} bytes, and {what} has at most {max}{remedy}")]
    TooLarge {
        /// How many it has.
        size: u64,
        /// What it is to be.
        what: &'static str,
        /// How many it may have.
        max: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// The system says no.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// A file that can be read anywhere.
pub trait File: Read + Seek {}
impl<T: Read + Seek> File for T {}

/// Recognises a file that is to be attached, as a voice or as anything else, and checks its size.
/// Gives its kind and its size in bytes.
///
/// # Errors
/// [`MediaError`] in words for whoever wants to attach it.
pub fn attachable(file: &mut dyn File, voice: bool) -> Result<(Media, u64), MediaError> {
    let size = file.seek(SeekFrom::End(0))?;
    let (what, max, remedy) = match voice {
        true => ("a voice recording", VOICE_BYTES_MAX, ". Speak shorter, or in Opus at 24 kbit/s"),
        false => ("an attachment", ATTACHMENT_BYTES_MAX, ". Courses may carry more"),
    };
    if size == 0 {
        return Err(MediaError::Empty);
    }
    let media = recognise(file)?;
    if voice && !media.is_sound() {
        return Err(MediaError::NoVoice(named(media)));
    }
    match size > max {
        true => Err(MediaError::TooLarge { size, what, max, remedy }),
        false => Ok((media, size)),
    }
}

const fn named(media: Media) -> &'static str {
    match media {
        Media::OggOpus | Media::WebmSound | Media::M4a => "a recording",
        Media::WebmVideo | Media::Mp4 => "a video",
        Media::Jpeg | Media::Png | Media::Webp => "a picture",
        Media::Pdf => "a PDF",
    }
}

/// Recognises a file by its content and walks it to its end.
///
/// # Errors
/// [`MediaError`].
pub fn recognise(file: &mut dyn File) -> Result<Media, MediaError> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    Read::take(&mut *file, 4096).read_to_end(&mut head)?;
    let mut walk = Walk { file, size, at: 0, parts: 0 };
    match head.as_slice() {
        [] => Err(MediaError::Empty),
        [b'O', b'g', b'g', b'S', ..] => sound::ogg(&mut walk),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => sound::webm(&mut walk),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => boxes::mp4(&mut walk),
        [0xff, 0xd8, 0xff, ..] => picture::jpeg(&mut walk),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => picture::png(&mut walk),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            picture::webp(&mut walk)
        }
        _ if head.get(..1024).unwrap_or(&head).windows(5).any(|five| five == b"%PDF-") => {
            pdf(&mut walk)
        }
        _ => Err(MediaError::Other(other(&head))),
    }
}

/// A name for what is not taken.
fn other(head: &[u8]) -> String {
    match infer::get(head) {
        Some(kind) => format!("a file of the kind {}", kind.mime_type()),
        None => "a file of a kind that is not known here".to_owned(),
    }
}

/// The end of a PDF is marked in its last bytes.
fn pdf(walk: &mut Walk<'_>) -> Result<Media, MediaError> {
    let tail = walk.size.min(2048);
    let end = walk.bytes_at(walk.size - tail, usize::try_from(tail).unwrap_or(2048))?;
    match end.windows(5).any(|five| five == b"%%EOF") {
        true => Ok(Media::Pdf),
        false => Err(MediaError::Truncated("PDF")),
    }
}

/// A walk through the parts of a file.
struct Walk<'a> {
    file: &'a mut dyn File,
    size: u64,
    at: u64,
    parts: u32,
}

impl Walk<'_> {
    /// So many bytes from `at` on, or fewer where the file ends.
    fn bytes_at(&mut self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::with_capacity(count.min(4096));
        Read::take(&mut *self.file, count as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The next bytes, exactly so many, or `None` where the file ends before.
    fn next<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let bytes = self.bytes_at(self.at, N)?;
        self.at += bytes.len() as u64;
        Ok(bytes.try_into().ok())
    }

    /// Goes on by so many bytes; whether the file has them.
    fn skip(&mut self, bytes: u64) -> bool {
        self.at = self.at.saturating_add(bytes);
        self.at <= self.size
    }

    /// Counts a part; an error where there are too many.
    fn part(&mut self) -> Result<(), MediaError> {
        self.parts += 1;
        match self.parts > PARTS_MAX {
            true => Err(MediaError::Other("a file of more parts than any has".to_owned())),
            false => Ok(()),
        }
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.size
    }
}
