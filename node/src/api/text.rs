//! Texts that several people write: `text new`, `edit`, `show`, `list`.
//!
//! A text is opened from the changes of its editors for as long as a command takes. Whoever began
//! it may always edit; others as its opening entry says, by the role of the grant they wrote under.
//! What an allowed change builds on belongs to the text even where it is struck out or by somebody
//! who may not edit; it is shown as *carried*, so that nobody undoes others' later work by forking
//! an early comma.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body, Editors, Entry, Words, split_run};
use baro_crdt::fork::ForkProof;
use baro_crdt::ids::{ChangeHash, CommunityId, EntryId, PersonId, RecordId};
use baro_crdt::role::Role;
use baro_crdt::text::{EditError, Text, TextError, gate};
use serde_json::{Value, json};

use super::resolve::find_person;
use super::{ApiError, Community, Context, Node, Result, reading};
use crate::author::{Draft, Pen};
use crate::store::{LogNumber, LogRow, PostFamily, PostRow, Read, StoreError};

impl From<TextError> for ApiError {
    fn from(error: TextError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<EditError> for ApiError {
    fn from(error: EditError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Where a change of an open text comes from.
struct Origin {
    author: PersonId,
    /// As declared, in seconds since 1970; none where only a proof of two branches has it.
    declared_at: Option<i64>,
    /// Whether it is there only because others build on it.
    is_carried: bool,
}

/// A text, open to read or write.
struct Open {
    row: PostRow,
    debate: Option<EntryId>,
    editors: Editors,
    text: Text,
    origins: BTreeMap<ChangeHash, Origin>,
}

/// Whether a person who writes under `grant` may edit.
fn may_edit(
    authority: &Authority,
    editors: &Editors,
    opener: &PersonId,
    person: &PersonId,
    grant: &RecordId,
) -> bool {
    person == opener
        || match editors {
            Editors::Members => true,
            Editors::Role(role) => {
                authority.role_of(grant, person).is_some_and(|given| given.includes(*role))
            }
            Editors::Persons(persons) => persons.contains(person),
        }
}

/// A change held somewhere, whether it counts or not.
struct Held {
    bytes: Vec<u8>,
    author: PersonId,
    declared_at: Option<i64>,
}

fn change_of(entry: &[u8], text: &EntryId) -> Option<Vec<u8>> {
    match Entry::from_bytes(entry).ok()?.body {
        Body::Change { text: named, bytes } if named == *text => Some(bytes),
        _ => None,
    }
}

/// The changes of a text that are held and do not count: behind cuts and revocations, and in
/// proofs of two branches.
fn struck_out(
    read: &dyn Read,
    community: &CommunityId,
    text: &EntryId,
    held: &mut BTreeMap<ChangeHash, Held>,
) -> Result<()> {
    let mut add = |entry: &[u8], author: PersonId| {
        if let Some(bytes) = change_of(entry, text)
            && let Ok(change) = gate::read(text, &bytes)
        {
            let (hash, declared_at) = (change.hash(), None);
            held.entry(hash).or_insert(Held { bytes, author, declared_at });
        }
    };
    for log in read.logs(community)? {
        if log.authorised < log.cursor.length {
            for entry in read.entries(log.number, log.authorised..log.cursor.length)? {
                add(&entry, log.header.author);
            }
        }
    }
    for cut in read.cuts(community)? {
        let Ok(proof) = ForkProof::from_bytes(&cut.proof) else { continue };
        for branch in [&proof.one, &proof.other] {
            for entry in split_run(&branch.run).unwrap_or_default() {
                add(entry, proof.header.author);
            }
        }
    }
    Ok(())
}

/// Opens a text from what is held.
fn open(read: &dyn Read, community: &Community, row: PostRow) -> Result<Open> {
    let Body::Text { debate, editors } = reading::entry(read, &row)?.body else {
        return Err(StoreError::Damaged("a text's opening is no such entry".into()).into());
    };
    let mut logs: BTreeMap<LogNumber, (LogRow, Vec<Vec<u8>>)> = BTreeMap::new();
    let mut allowed: Vec<Vec<u8>> = Vec::new();
    let mut held: BTreeMap<ChangeHash, Held> = BTreeMap::new();
    let mut origins = BTreeMap::new();
    for post in read.posts_in(&row.id, PostFamily::Change)? {
        if let std::collections::btree_map::Entry::Vacant(slot) = logs.entry(post.log) {
            let log = read.log_by_number(post.log)?;
            let log = log.ok_or_else(|| StoreError::Damaged("a log is missing".into()))?;
            let entries = read.entries(log.number, 0..log.authorised)?;
            slot.insert((log, entries));
        }
        let Some((log, entries)) = logs.get(&post.log) else { continue };
        let entry = entries.get(post.index as usize);
        let Some(bytes) = entry.and_then(|entry| change_of(entry, &row.id)) else { continue };
        let Ok(change) = gate::read(&row.id, &bytes) else { continue };
        let (author, declared_at) = (post.author, Some(post.declared_at.0));
        let grant = &log.header.grant;
        if may_edit(&community.authority, &editors, &row.author, &author, grant) {
            origins.insert(change.hash(), Origin { author, declared_at, is_carried: false });
            allowed.push(bytes);
        } else {
            held.insert(change.hash(), Held { bytes, author, declared_at });
        }
    }
    let mut text = Text::build(row.id, allowed.iter().map(Vec::as_slice))?;
    let mut missing = text.missing();
    if !missing.is_empty() {
        struck_out(read, &community.id, &row.id, &mut held)?;
    }
    // Each round brings what the last one's changes depend on, until nothing more is here.
    loop {
        let found: Vec<(ChangeHash, Held)> =
            missing.iter().filter_map(|hash| held.remove_entry(hash)).collect();
        if found.is_empty() {
            break;
        }
        text.add_all(found.iter().map(|(_, held)| held.bytes.as_slice()))?;
        for (hash, Held { author, declared_at, .. }) in found {
            origins.entry(hash).or_insert(Origin { author, declared_at, is_carried: true });
        }
        missing = text.missing();
    }
    Ok(Open { row, debate, editors, text, origins })
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
                let (community, row) = self.entry(&id, &[PostFamily::Debate], "a debate")?;
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
        let (community, row) = self.entry(wanted, &[PostFamily::Text], "a text")?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let open = open(&*self.store, &community, row)?;
        let role = match &open.editors {
            Editors::Role(role) if who.person != open.row.author => *role,
            _ => Role::Member,
        };
        let grant = Self::power(&community, &who, &[role])?;
        let (authority, opener) = (&community.authority, &open.row.author);
        if !may_edit(authority, &open.editors, opener, &who.person, &grant) {
            return Err(ApiError::refused(format!(
                "{} may not edit this text (baro text show says who may)",
                who.name
            )));
        }
        let changes = match at.is_empty() {
            true => open.text.edit(content)?,
            false => open.text.edit_at(&versions(at)?, content)?,
        };
        let mut hashes = Vec::new();
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        for bytes in changes {
            let change = gate::read(&open.row.id, &bytes);
            hashes.extend(change.map(|change| change.hash().to_string()));
            let body = Body::Change { text: open.row.id, bytes };
            let draft = Draft { role, ..Draft::member(body, None) };
            pen.write(&community.authority, &who, draft)?;
        }
        let items = pen.finish();
        if !items.is_empty() {
            self.commit(items)?;
        }
        Ok(json!({ "id": open.row.id.to_string(), "changes": hashes }))
    }

    pub(super) fn text_show(
        &mut self,
        wanted: &str,
        history: bool,
        at: &[String],
    ) -> Result<Value> {
        let (community, row) = self.entry(wanted, &[PostFamily::Text], "a text")?;
        let open = open(&*self.store, &community, row)?;
        let names = self.names(&community.id)?;
        let content = match at.is_empty() {
            true => open.text.content()?,
            false => open.text.at(&versions(at)?)?.ok_or_else(|| {
                ApiError::refused("that version is not here (baro text show --history lists them)")
            })?,
        };
        let changes = open.text.changes();
        let authors: BTreeSet<PersonId> = changes
            .iter()
            .filter_map(|change| open.origins.get(&change.hash))
            .map(|origin| origin.author)
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
                    "by": origin.map(|origin| person(&origin.author)),
                    "declared_at": origin.and_then(|origin| origin.declared_at),
                    "characters": info.ops,
                    "carried": origin.is_some_and(|origin| origin.is_carried),
                })
            };
            shown.insert("history".into(), changes.iter().map(change).collect());
            let span = |span: baro_crdt::text::Span| {
                let by = open.origins.get(&span.change).map(|origin| person(&origin.author));
                json!({ "text": span.text, "change": span.change.to_string(), "by": by })
            };
            shown.insert("spans".into(), open.text.spans().into_iter().map(span).collect());
        }
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
                "changes": self.store.posts_in(&row.id, PostFamily::Change)?.len(),
                "declared_at": row.declared_at.0,
                "first_seen_at": row.first_seen.0,
            }));
        }
        Ok(Value::Array(list))
    }
}

/// A version: the changes it ends in.
fn versions(typed: &[String]) -> Result<Vec<ChangeHash>> {
    let parse = |text: &String| {
        text.parse().map_err(|_| ApiError::refused(format!("{text:?} is not the id of a change")))
    };
    typed.iter().map(parse).collect()
}
