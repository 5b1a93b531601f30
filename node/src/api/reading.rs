//! What an entry says now: its body from its log, its words as they stand.

use baro_crdt::entry::{Body, Entry, Payload, PostKind, Words};
use baro_crdt::ids::PayloadHash;

use super::Result;
use crate::store::{PostFamily, PostRow, Read, StoreError};

/// The words of a post as they stand.
pub(super) enum Said {
    /// Here they are.
    Words(Box<Words>),
    /// Their author took them back.
    Withdrawn,
    /// They have not come yet.
    Missing,
}

impl Said {
    /// The words; empty where there are none to show.
    pub(super) fn words(self) -> Words {
        match self {
            Said::Words(words) => *words,
            Said::Withdrawn | Said::Missing => Words::default(),
        }
    }

    /// Which of the three it is, in a word.
    pub(super) fn state(&self) -> &'static str {
        match self {
            Said::Words(_) => "here",
            Said::Withdrawn => "withdrawn",
            Said::Missing => "missing",
        }
    }
}

/// The entry itself, from its log.
pub(super) fn entry(read: &dyn Read, row: &PostRow) -> Result<Entry> {
    let entries = read.entries(row.log, row.index..row.index.saturating_add(1))?;
    let damaged = |what: String| StoreError::Damaged(what);
    let bytes = entries.first().ok_or_else(|| damaged("an entry is missing".into()))?;
    Ok(Entry::from_bytes(bytes).map_err(|error| damaged(error.to_string()))?)
}

/// The kind of a post; none of what is no post.
pub(super) fn kind(read: &dyn Read, row: &PostRow) -> Result<Option<PostKind>> {
    match entry(read, row)?.body {
        Body::Post { kind, .. } => Ok(Some(kind)),
        _ => Ok(None),
    }
}

/// The words with this hash, if they are here and readable.
pub(super) fn words(read: &dyn Read, hash: &PayloadHash) -> Result<Said> {
    let Some(bytes) = read.payload(hash)? else { return Ok(Said::Missing) };
    // A stranger may sign what cannot be read; it is shown as missing and nothing fails.
    let words = Payload::from_bytes(bytes).and_then(|payload| payload.words());
    Ok(words.map_or(Said::Missing, |words| Said::Words(Box::new(words))))
}

/// The words of a post as its author last left them, and whether they were edited.
pub(super) fn said(read: &dyn Read, row: &PostRow) -> Result<(Said, bool)> {
    // Others may have signed a decision: its words are those that it was made with.
    let edit = match row.family {
        PostFamily::Decision => None,
        _ => read.edit(&row.id, &row.author)?,
    };
    match edit {
        Some(edit) => match &edit.payload {
            Some(hash) => Ok((words(read, hash)?, true)),
            None => Ok((Said::Withdrawn, false)),
        },
        None => match &row.payload {
            Some(hash) => Ok((words(read, hash)?, false)),
            None => Ok((Said::Missing, false)),
        },
    }
}

/// A heading for lists: the title, else the beginning of the text.
pub(super) fn heading(words: &Words) -> String {
    match &words.title {
        Some(title) if !title.is_empty() => title.clone(),
        _ => words.text.chars().take(80).collect(),
    }
}
