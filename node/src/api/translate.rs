//! What others said, in another language or aloud: `translate`, and the versions of an entry.
//!
//! A translation is an entry of its own that names what it translates, so it is attributed to the
//! translator, edited and withdrawn by them alone, and hidden by moderators like any post. It
//! never replaces the original: versions are shown side by side.

use baro_crdt::entry::{Body, Words};
use baro_crdt::ids::EntryId;
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::resolve::Names;
use super::{ApiError, Attach, Context, Node, Result, attach, reading};
use crate::author::{Draft, Pen};
use crate::language;
use crate::replica::TRANSLATORS;
use crate::store::{PostFamily, PostRow, Read};
use crate::words::{Thing, why};

/// What can be translated.
const TRANSLATED: [PostFamily; 5] = [
    PostFamily::Debate,
    PostFamily::Post,
    PostFamily::Answer,
    PostFamily::Announcement,
    PostFamily::Decision,
];

/// A translation as it stands.
pub(crate) struct Version {
    row: PostRow,
    words: Words,
    state: &'static str,
    edited: bool,
    hidden: Option<String>,
}

impl Version {
    /// The words, if they are here and nobody hides or withdrew them.
    pub(crate) fn shown_words(&self) -> Option<&Words> {
        (self.state == "here" && self.hidden.is_none()).then_some(&self.words)
    }

    fn json(&self, read: &dyn Read, names: &Names) -> Result<Value> {
        let shown = self.shown_words();
        let tag = self.words.language.as_deref();
        Ok(json!({
            "id": self.row.id.to_string(),
            "author": self.row.author.to_string(),
            "name": names.of(&self.row.author),
            "language": tag,
            "direction": language::direction(tag.unwrap_or_default()),
            "title": shown.and_then(|words| words.title.as_deref()),
            "text": shown.map_or("", |words| &words.text),
            "words": self.state,
            "edited": self.edited,
            "hidden": self.hidden,
            "attachments": match shown {
                Some(words) => attach::shown(read, words)?,
                None => json!([]),
            },
            "declared_at": self.row.declared_at.0,
            "first_seen_at": self.row.first_seen.0,
        }))
    }
}

/// The translations of one entry, by Lamport number, then id.
pub(super) fn versions(read: &dyn Read, entry: &EntryId) -> Result<Vec<Version>> {
    let one = |row: PostRow| {
        let (said, edited) = reading::said(read, &row)?;
        let state = said.state();
        let hidden = read.hide(&row.id)?.and_then(|hide| hide.reason);
        Ok(Version { row, words: said.words(), state, edited, hidden })
    };
    read.posts_in(entry, PostFamily::Translation)?.into_iter().map(one).collect()
}

/// The same as JSON.
pub(super) fn versions_json(read: &dyn Read, entry: &EntryId, names: &Names) -> Result<Value> {
    let versions = versions(read, entry)?;
    let shown = versions.iter().map(|version| version.json(read, names));
    Ok(Value::Array(shown.collect::<Result<_>>()?))
}

impl Node {
    /// Says somebody's words in the language of `context`.
    pub(super) fn translate(
        &mut self,
        context: &Context,
        wanted: &str,
        title: Option<String>,
        text: &str,
        attached: &[Attach],
    ) -> Result<Value> {
        let (community, row) = self.entry(wanted, &TRANSLATED, Thing::Translated)?;
        let tag =
            context.lang.as_deref().ok_or_else(|| ApiError::refused(why::language_missing()))?;
        let tag = language::tag(tag)?;
        if self.store.hide(&row.id)?.is_some_and(|hide| hide.reason.is_some()) {
            return Err(ApiError::refused(why::hidden_not_translated()));
        }
        let (who, _) = self.with_power(&community, context.speaker.as_deref(), &TRANSLATORS)?;
        let authority = &community.authority;
        let holds = |role: &&Role| authority.best_grant(&who.person, **role, None).is_some();
        let role = TRANSLATORS.iter().find(holds).copied().unwrap_or(Role::Facilitator);
        let (attachments, mut items) = attach::attachments(&*self.store, attached)?;
        let words = Words {
            title: title.filter(|title| !title.trim().is_empty()),
            text: text.to_owned(),
            language: Some(tag.clone()),
            attachments,
            ..Words::default()
        };
        let draft = Draft {
            stream: Stream::Debate,
            role,
            office: None,
            body: Body::Translation { entry: row.id },
            words: Some(words),
        };
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let id = pen.write(authority, &who, draft)?;
        items.extend(pen.finish());
        self.commit(items)?;
        Ok(json!({ "id": id.to_string(), "entry": row.id.to_string(), "language": tag }))
    }
}
