//! Texts that several people write: `text new`, `edit`, `show`, `list`.
//!
//! A text is opened from the changes of its editors ([`open`]). Whoever began it may always edit;
//! others as its opening entry says, by the role of the grant they wrote under.
//! What an allowed change builds on belongs to the text even where it is struck out or by somebody
//! who may not edit; it is shown as *carried*, so that nobody undoes others' later work by forking
//! an early comma.

mod open;

use std::collections::BTreeSet;

use baro_crdt::entry::{Body, Editors, Words};
use baro_crdt::ids::{ChangeHash, CommunityId, PersonId};
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use baro_crdt::text::{EditError, Splice, Text, gate};
use serde_json::{Value, json};

use super::resolve::find_person;
use super::{ApiError, Community, Context, Node, Result, Typed, course, reading};
use crate::author::{Draft, Pen};
use crate::store::PostFamily;
use crate::words::{Thing, why};
pub(super) use open::Texts;
use open::may_edit;

/// What can be edited together.
const TEXTS: [PostFamily; 2] = [PostFamily::Text, PostFamily::Lesson];

/// The stream of a text's changes: a lesson's go with the lesson, where the writer may write there.
pub(super) const fn stream_of(family: PostFamily, role: Role) -> Stream {
    match (family, role) {
        (PostFamily::Lesson, Role::Facilitator | Role::Official) => Stream::Learning,
        _ => Stream::Debate,
    }
}

impl Node {
    /// Who may edit, from what was typed: `members`, a role, or persons with commas between.
    fn editors(&self, community: &Community, typed: &str) -> Result<Editors> {
        if matches!(typed, "members" | "member") {
            return Ok(Editors::Members);
        }
        if let Some(role) = Role::from_word(typed) {
            return Ok(Editors::Role(role));
        }
        let mut persons = typed
            .split(',')
            .map(|name| find_person(&*self.store, community, name.trim()))
            .collect::<Result<Vec<_>>>()?;
        persons.sort_unstable();
        persons.dedup();
        Ok(Editors::Persons(persons))
    }

    fn editors_json(&self, community: &CommunityId, editors: &Editors) -> Result<Value> {
        Ok(match editors {
            Editors::Members => json!("members"),
            Editors::Role(role) => json!(role.word()),
            Editors::Persons(persons) => {
                let names = self.names(community)?;
                persons
                    .iter()
                    .map(|id| json!({ "id": id.to_string(), "name": names.of(id) }))
                    .collect()
            }
        })
    }

    pub(super) fn text_new(
        &mut self,
        context: &Context,
        title: String,
        debate: Option<String>,
        editors: &str,
        content: Option<String>,
    ) -> Result<Value> {
        let (community, debate) = match debate {
            Some(id) => {
                let (community, row) = self.entry(&id, &[PostFamily::Debate], Thing::Debate)?;
                (community, Some(row.id))
            }
            None => (self.here(context)?, None),
        };
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let editors = self.editors(&community, editors)?;
        let words =
            Words { title: Some(title), language: context.lang.clone(), ..Words::default() };
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let opening = Draft::member(Body::Text { debate, editors }, Some(words));
        let id = pen.write(&community.authority, &who, opening)?;
        if let Some(content) = content {
            for bytes in Text::new(id).edit(&content)? {
                let change = Draft::member(Body::Change { text: id, bytes }, None);
                pen.write(&community.authority, &who, change)?;
            }
        }
        let items = pen.finish();
        self.commit(items)?;
        Ok(json!({ "id": id.to_string() }))
    }

    pub(super) fn text_edit(
        &mut self,
        context: &Context,
        wanted: &str,
        content: &str,
        at: &[String],
    ) -> Result<Value> {
        self.text_write(context, wanted, at, |text, at| match at {
            [] => text.edit(content),
            at => text.edit_at(at, content),
        })
    }

    pub(super) fn text_type(
        &mut self,
        context: &Context,
        wanted: &str,
        typed: &[Typed],
        at: &[String],
    ) -> Result<Value> {
        let splices: Vec<Splice<'_>> = typed
            .iter()
            .map(|typed| {
                let Typed { position, deleted, ref inserted } = *typed;
                Splice { position, deleted, inserted }
            })
            .collect();
        self.text_write(context, wanted, at, |text, at| match at {
            [] => text.edit_splices(&splices),
            at => text.edit_splices_at(at, &splices),
        })
    }

    /// Writes the changes that `edit` makes of a text and a version of it, none for the present.
    fn text_write(
        &mut self,
        context: &Context,
        wanted: &str,
        at: &[String],
        edit: impl FnOnce(&Text, &[ChangeHash]) -> std::result::Result<Vec<Vec<u8>>, EditError>,
    ) -> Result<Value> {
        let (community, row) = self.entry(wanted, &TEXTS, Thing::Text)?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let open = self.texts.open(&*self.store, &community, row)?;
        let role = match &open.editors {
            Editors::Role(role) if who.person != open.row.author => *role,
            _ if open.row.family == PostFamily::Lesson => {
                course::teaches(&community, &who).unwrap_or(Role::Member)
            }
            _ => Role::Member,
        };
        let grant = Self::power(&community, &who, &[role])?;
        let (authority, opener) = (&community.authority, &open.row.author);
        if !may_edit(authority, &open.editors, opener, &who.person, &grant) {
            return Err(ApiError::refused(why::may_not_edit(&who.name)));
        }
        let mut hashes = Vec::new();
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        for bytes in edit(&open.text, &versions(at)?)? {
            let change = gate::read(&open.row.id, &bytes);
            hashes.extend(change.map(|change| change.hash().to_string()));
            let body = Body::Change { text: open.row.id, bytes };
            let stream = stream_of(open.row.family, role);
            let draft = Draft { role, stream, ..Draft::member(body, None) };
            pen.write(&community.authority, &who, draft)?;
        }
        let items = pen.finish();
        let id = open.row.id.to_string();
        self.texts.keep(open);
        if !items.is_empty() {
            self.commit(items)?;
        }
        Ok(json!({ "id": id, "changes": hashes }))
    }

    pub(super) fn text_show(
        &mut self,
        wanted: &str,
        history: bool,
        at: &[String],
    ) -> Result<Value> {
        let (community, row) = self.entry(wanted, &TEXTS, Thing::Text)?;
        let open = self.texts.open(&*self.store, &community, row)?;
        let names = self.names(&community.id)?;
        let content = match at.is_empty() {
            true => open.text.content()?,
            false => open
                .text
                .at(&versions(at)?)?
                .ok_or_else(|| ApiError::refused(why::version_unknown()))?,
        };
        let changes = open.text.changes();
        let authors: BTreeSet<PersonId> = changes
            .iter()
            .filter_map(|change| open.origins.get(&change.hash))
            .filter_map(|origin| origin.author)
            .collect();
        let (said, _) = reading::said(&*self.store, &open.row)?;
        let person = |id: &PersonId| json!({ "id": id.to_string(), "name": names.of(id) });
        let mut shown = json!({
            "id": open.row.id.to_string(),
            "title": reading::heading(&said.words()),
            "text": content,
            "changes": changes.len(),
            "authors": authors.iter().map(person).collect::<Vec<_>>(),
            "by": person(&open.row.author),
            "editors": self.editors_json(&community.id, &open.editors)?,
            "debate": open.debate.map(|id| id.to_string()),
            "version": open.text.heads().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "missing": open.text.missing().len(),
            "declared_at": open.row.declared_at.0,
            "first_seen_at": open.row.first_seen.0,
        });
        if history && let Some(shown) = shown.as_object_mut() {
            let change = |info: &baro_crdt::text::ChangeInfo| {
                let origin = open.origins.get(&info.hash);
                json!({
                    "change": info.hash.to_string(),
                    "after": info.deps.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "by": origin.and_then(|origin| origin.author).map(|author| person(&author)),
                    "declared_at": origin.and_then(|origin| origin.declared_at),
                    "characters": info.ops,
                    "carried": origin.is_some_and(|origin| origin.is_carried),
                })
            };
            shown.insert("history".into(), changes.iter().map(change).collect());
            let span = |span: baro_crdt::text::Span| {
                let by = open.origins.get(&span.change).and_then(|origin| origin.author);
                let by = by.map(|author| person(&author));
                json!({ "text": span.text, "change": span.change.to_string(), "by": by })
            };
            shown.insert("spans".into(), open.text.spans().into_iter().map(span).collect());
        }
        self.texts.keep(open);
        Ok(shown)
    }

    pub(super) fn text_list(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let mut list = Vec::new();
        for row in self.store.posts(&community.id, PostFamily::Text)? {
            let (said, _) = reading::said(&*self.store, &row)?;
            list.push(json!({
                "id": row.id.to_string(),
                "title": reading::heading(&said.words()),
                "author": row.author.to_string(),
                "name": names.of(&row.author),
                "changes": self.store.posts_count(&row.id, PostFamily::Change)?,
                "declared_at": row.declared_at.0,
                "first_seen_at": row.first_seen.0,
            }));
        }
        Ok(Value::Array(list))
    }
}

/// A version: the changes it ends in.
fn versions(typed: &[String]) -> Result<Vec<ChangeHash>> {
    let parse = |text: &String| text.parse().map_err(|_| ApiError::refused(why::not_change(text)));
    typed.iter().map(parse).collect()
}
