//! Attachments: blobs that belong to words, named by the hash of their bytes.
//!
//! They stand inside the payload, so they are outside the chain, are withdrawn with the words, and
//! whoever holds the words knows what to ask for. The rules here are rules of one payload: words
//! that break one are unreadable on every node alike.

use minicbor::{Decode, Decoder, Encode};

use crate::ids::BlobHash;

/// The most bytes of a blob: 1 GiB.
pub const BLOB_BYTES_MAX: u64 = 1 << 30;
/// The most attachments of one post.
pub const ATTACHMENTS_MAX: usize = 16;
/// The most bytes of a media type.
pub const MEDIA_BYTES_MAX: usize = 64;
/// The most bytes of a file's name.
pub const FILE_NAME_BYTES_MAX: usize = 128;
/// The most bytes of a language tag.
pub const LANGUAGE_BYTES_MAX: usize = 35;

/// Bytes that belong to words.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Attachment {
    /// Plain BLAKE3 of the bytes.
    #[n(0)]
    pub hash: BlobHash,
    /// How many bytes: 1 to [`BLOB_BYTES_MAX`]. A claim, until the last of them are verified.
    #[n(1)]
    pub size: u64,
    /// What they are, a MIME type such as `audio/ogg`.
    #[n(2)]
    pub media: String,
    /// Whether they are these words, spoken.
    #[n(3)]
    pub voice: bool,
    /// The file's name, without folders.
    #[n(4)]
    pub name: Option<String>,
    /// The language that is spoken or written in it, a BCP-47 tag.
    #[n(5)]
    pub language: Option<String>,
}

/// Attachments that no post can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// More than [`ATTACHMENTS_MAX`].
    #[error("at most {ATTACHMENTS_MAX} files can be attached to one post, and these are {0}")]
    TooMany(usize),
    /// A list that is there and empty.
    #[error("a list of attachments with nothing in it")]
    None,
    /// No bytes, or more than [`BLOB_BYTES_MAX`].
    #[error("an attached file has 1 byte to 1 GiB, and this one has {0} bytes")]
    Size(u64),
    /// No media type, or one too long or of strange characters.
    #[error("the kind of an attached file is missing or no media type")]
    Media,
    /// A name that is empty, too long, or leads into another folder.
    #[error("the name of an attached file is empty, too long or has signs that no name has")]
    Name,
    /// A language tag that is empty or too long.
    #[error("the language of an attached file is empty or too long")]
    Language,
    /// The same bytes twice.
    #[error("the same file is attached twice")]
    Twice,
}

impl Attachment {
    /// The rules of one attachment.
    ///
    /// # Errors
    /// [`AttachmentError`] that says which it breaks.
    pub fn check(&self) -> Result<(), AttachmentError> {
        if self.size == 0 || self.size > BLOB_BYTES_MAX {
            return Err(AttachmentError::Size(self.size));
        }
        let token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let is_media =
            self.media.split_once('/').is_some_and(|(kind, form)| token(kind) && token(form));
        if self.media.len() > MEDIA_BYTES_MAX || !is_media {
            return Err(AttachmentError::Media);
        }
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= FILE_NAME_BYTES_MAX
                && name != "."
                && name != ".."
                && !name.chars().any(|c| c.is_control() || c == '/' || c == '\\')
        };
        if !self.name.as_deref().is_none_or(is_name) {
            return Err(AttachmentError::Name);
        }
        let is_language = |tag: &str| {
            !tag.is_empty()
                && tag.len() <= LANGUAGE_BYTES_MAX
                && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        if !self.language.as_deref().is_none_or(is_language) {
            return Err(AttachmentError::Language);
        }
        Ok(())
    }
}

/// The rules of all attachments of one payload.
pub(super) fn check(attachments: Option<&[Attachment]>) -> Result<(), AttachmentError> {
    let Some(attachments) = attachments else { return Ok(()) };
    match attachments.len() {
        0 => return Err(AttachmentError::None),
        many if many > ATTACHMENTS_MAX => return Err(AttachmentError::TooMany(many)),
        _ => {}
    }
    let mut hashes: Vec<&BlobHash> = attachments.iter().map(|one| &one.hash).collect();
    hashes.sort_unstable();
    if !hashes.is_sorted_by(|a, b| a < b) {
        return Err(AttachmentError::Twice);
    }
    attachments.iter().try_for_each(Attachment::check)
}

/// Whether the CBOR of words has a field for attachments, without reading the words.
pub(super) fn are_in(cbor: &[u8]) -> bool {
    let mut d = Decoder::new(cbor);
    let Ok(Some(fields)) = d.map() else { return false };
    for _ in 0..fields {
        match (d.u64(), d.skip()) {
            (Ok(5), _) => return true,
            (Ok(_), Ok(())) => {}
            _ => return false,
        }
    }
    false
}

impl BlobHash {
    /// The hash of a blob's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(*blake3::hash(bytes).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::codec;
    use crate::entry::{Payload, SALT_BYTES, Words, WordsError};

    fn rng() -> rand_chacha::ChaCha20Rng {
        rand_core::SeedableRng::from_seed([7; 32])
    }

    fn voice(n: u8) -> Attachment {
        Attachment {
            hash: BlobHash::of(&[n]),
            size: 20_000,
            media: "audio/ogg".into(),
            voice: true,
            name: None,
            language: Some("bm".into()),
        }
    }

    fn attachment() -> impl Strategy<Value = Attachment> {
        let tag = proptest::option::of("[a-zA-Z0-9-]{1,40}");
        let name = proptest::option::of("\\PC{0,60}");
        let media = prop_oneof!["[a-z]{1,40}/[a-z0-9.+-]{1,40}", "\\PC{0,12}"];
        (any::<[u8; 32]>(), 0..BLOB_BYTES_MAX * 2, media, any::<bool>(), name, tag).prop_map(
            |(hash, size, media, voice, name, language)| Attachment {
                hash: BlobHash::from_bytes(hash),
                size,
                media,
                voice,
                name,
                language,
            },
        )
    }

    #[test]
    fn words_without_attachments_are_the_bytes_they_always_were() {
        let words = Words { text: "a".into(), ..Words::default() };
        assert_eq!(codec::encode(&words), [0xa1, 0x01, 0x61, b'a']);
        let payload = Payload::new(&words, &mut rng()).unwrap();
        assert!(payload.attachments().is_empty());
    }

    #[test]
    fn a_voice_note_needs_no_written_words() {
        let words = Words { attachments: Some(vec![voice(1)]), ..Words::default() };
        let payload = Payload::new(&words, &mut rng()).unwrap();
        assert_eq!(payload.words().unwrap(), words);
        assert_eq!(payload.attachments(), [voice(1)]);
        let silent = Words { attachments: Some(Vec::new()), ..Words::default() };
        assert_eq!(Payload::new(&silent, &mut rng()), Err(WordsError::Empty));
    }

    #[test]
    fn each_rule_is_kept() {
        let broken = |change: fn(&mut Attachment)| {
            let mut one = voice(1);
            change(&mut one);
            one.check()
        };
        assert_eq!(broken(|a| a.size = 0), Err(AttachmentError::Size(0)));
        assert_eq!(broken(|a| a.size = BLOB_BYTES_MAX), Ok(()));
        assert!(matches!(broken(|a| a.size = BLOB_BYTES_MAX + 1), Err(AttachmentError::Size(_))));
        for media in ["", "audio", "audio/", "/ogg", "audio/ogg; x=1", "a\n/b"] {
            let one = Attachment { media: media.into(), ..voice(1) };
            assert_eq!(one.check(), Err(AttachmentError::Media), "{media}");
        }
        for name in ["", ".", "..", "../x", "a\\b", "a\0b", &"x".repeat(129)] {
            let one = Attachment { name: Some(name.into()), ..voice(1) };
            assert_eq!(one.check(), Err(AttachmentError::Name), "{name}");
        }
        assert_eq!(broken(|a| a.language = Some("é".into())), Err(AttachmentError::Language));
        assert_eq!(check(Some(&[voice(1), voice(1)])), Err(AttachmentError::Twice));
        let many: Vec<_> = (0..17).map(voice).collect();
        assert_eq!(check(Some(&many)), Err(AttachmentError::TooMany(17)));
        assert_eq!(check(many.get(..16)), Ok(()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_what_breaks_a_rule_is_neither(
            text in "\\PC{0,20}",
            list in proptest::collection::vec(attachment(), 0..20),
        ) {
            let attachments = (!list.is_empty()).then(|| list.clone());
            let words = Words { text: text.clone(), attachments, ..Words::default() };
            let made = Payload::new(&words, &mut rng());
            let mut raw = vec![0; SALT_BYTES];
            raw.extend_from_slice(&codec::encode(&words));
            let raw = Payload::from_bytes(raw).unwrap();
            match made {
                Ok(payload) => {
                    prop_assert_eq!(payload.words().unwrap(), words);
                    prop_assert_eq!(payload.attachments(), list);
                }
                Err(WordsError::Empty) => prop_assert!(text.trim().is_empty() && list.is_empty()),
                Err(_) => {
                    prop_assert!(raw.words().is_err());
                    prop_assert!(raw.attachments().is_empty());
                }
            }
        }

        #[test]
        fn any_bytes_are_looked_at_without_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let payload = Payload::from_bytes(bytes).unwrap();
            let read = payload.words().map(|words| words.attached().to_vec());
            prop_assert_eq!(payload.attachments(), read.unwrap_or_default());
        }
    }
}
