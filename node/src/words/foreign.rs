//! What other modules say no with, as refusals with words: each error of theirs that a person can
//! bring about by what they write.

use baro_crdt::entry::{
    ATTACHMENTS_MAX, AttachmentError, EntryError, PAYLOAD_BYTES_MAX, REFERENCE_BYTES_MAX,
    WordsError,
};
use baro_crdt::record::RecordError;
use baro_crdt::sealed::SealError;
use baro_crdt::text::{EditError, TextError};

use super::{Reason, why};
use crate::language::BadTag;
use crate::media::MediaError;

impl From<WordsError> for Reason {
    fn from(error: WordsError) -> Self {
        match error {
            WordsError::Empty => why::words_none(),
            WordsError::TooLong { bytes } => why::words_too_long(bytes, PAYLOAD_BYTES_MAX),
            WordsError::ReferenceTooLong => why::mark_too_long(REFERENCE_BYTES_MAX),
            WordsError::Attachment(error) => error.into(),
        }
    }
}

impl From<AttachmentError> for Reason {
    fn from(error: AttachmentError) -> Self {
        match error {
            AttachmentError::TooMany(count) => why::file_too_many(count, ATTACHMENTS_MAX),
            AttachmentError::Twice => why::file_twice(),
            other => why::file_rule(other.to_string()),
        }
    }
}

impl From<EntryError> for Reason {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Invalid(_) => why::field_bad(),
            other => why::said_wrongly(other.to_string()),
        }
    }
}

impl From<RecordError> for Reason {
    fn from(error: RecordError) -> Self {
        why::record_broken(error.to_string())
    }
}

impl From<TextError> for Reason {
    fn from(error: TextError) -> Self {
        why::text_broken(error.to_string())
    }
}

impl From<EditError> for Reason {
    fn from(error: EditError) -> Self {
        match error {
            EditError::Full { .. } => why::text_full(),
            EditError::OutOfRange { position, length } => why::text_no_character(position, length),
            EditError::UnknownVersion => why::text_version_gone(),
            EditError::Text(error) => error.into(),
        }
    }
}

impl From<SealError> for Reason {
    fn from(error: SealError) -> Self {
        match error {
            SealError::TooLong => why::message_too_long(),
            other => why::message_broken(other.to_string()),
        }
    }
}

impl From<BadTag> for Reason {
    fn from(BadTag(text): BadTag) -> Self {
        why::language_bad(text)
    }
}

impl From<MediaError> for Reason {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Empty => why::file_empty(),
            MediaError::Truncated(_) => why::file_cut(),
            MediaError::Other(_) => why::file_kind(),
            MediaError::NoVoice(_) => why::file_no_voice(),
            MediaError::TooLarge { size, max, .. } => why::file_too_large(size, max),
            MediaError::Io(error) => why::file_failed(error.to_string()),
        }
    }
}
