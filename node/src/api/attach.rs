//! What is attached to words: from a command into an entry, and back to a screen.

use baro_crdt::entry::{Attachment, Words};
use baro_crdt::ids::BlobHash;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::blob::{percent, state};
use super::{ApiError, Result};
use crate::media::kind_word;
use crate::replica::{BlobChange, Item, LocalChange};
use crate::store::{BlobBytes, Read};
use crate::words::why;

/// A file to attach. Whoever asks has opened it: the node is told what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attach {
    /// The BLAKE3 hash of its bytes.
    pub id: String,
    /// How many bytes.
    pub size: u64,
    /// What it is, a media type.
    pub media: String,
    /// Whether it is the words, spoken.
    pub voice: bool,
    /// Its name, without folders.
    pub name: Option<String>,
    /// The language that is spoken or written in it.
    pub language: Option<String>,
    /// Its name among the files being added; none where the blob is here already.
    pub file: Option<String>,
}

/// The attachments of an entry to be written, and what has to be committed with it.
pub(super) fn attachments(
    read: &dyn Read,
    attached: &[Attach],
) -> Result<(Option<Vec<Attachment>>, Vec<Item>)> {
    let (mut list, mut items) = (Vec::new(), Vec::new());
    for one in attached {
        let hash: BlobHash =
            one.id.parse().map_err(|_| ApiError::refused(why::file_not_id(&one.id)))?;
        let attachment = Attachment {
            hash,
            size: one.size,
            media: one.media.clone(),
            voice: one.voice,
            name: one.name.clone(),
            language: one.language.clone(),
        };
        attachment.check()?;
        match &one.file {
            Some(file) => items.push(Item::Local(LocalChange::Blob {
                hash,
                change: BlobChange::Add { size: one.size, bytes: BlobBytes::File(file.clone()) },
            })),
            None if !read.blob(&hash)?.is_some_and(|row| row.is_complete()) => {
                return Err(ApiError::refused(why::file_not_here(hash.to_string())));
            }
            None => {}
        }
        list.push(attachment);
    }
    Ok(((!list.is_empty()).then_some(list), items))
}

/// What is attached, and how much of it is here.
pub(super) fn shown(read: &dyn Read, words: &Words) -> Result<Value> {
    let mut list = Vec::new();
    for attachment in words.attached() {
        let row = read.blob(&attachment.hash)?;
        list.push(json!({
            "id": attachment.hash.to_string(),
            "kind": kind_word(&attachment.media, attachment.voice),
            "media": attachment.media,
            "size": attachment.size,
            "name": attachment.name,
            "language": attachment.language,
            "state": row.as_ref().map_or("coming", state),
            "percent": row.as_ref().map_or(0, percent),
        }));
    }
    Ok(Value::Array(list))
}
