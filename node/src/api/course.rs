//! Training content: `course import`, `list`, `show`.
//!
//! A course is an entry whose words are its outline; lessons are texts, quizzes are words. All of
//! it stands in the `learning` stream. Whoever brings a folder again brings a new version: what is
//! new is added, what changed is changed, and what others corrected in a lesson since stays, for
//! the node remembers what it last brought (`course/LESSON`, a local row).

use std::collections::BTreeMap;

use baro_crdt::entry::{Body, Editors, Words};
use baro_crdt::ids::{ChangeHash, EntryId};
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use baro_crdt::text::{Text, gate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ApiError, Attach, Community, Context, Node, Result, attach, reading};
use crate::author::{Draft, Pen};
use crate::course::{self, ItemKind, gift};
use crate::replica::{Item, LocalChange};
use crate::store::{LocalPerson, PostFamily, PostRow, Read};
use crate::words::{Thing, why};

/// A course as it lies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CourseFiles {
    /// What its author knows it by.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Its language, a BCP-47 tag.
    pub language: Option<String>,
    /// The outline, in Markdown.
    pub outline: String,
    /// Lessons and quizzes.
    pub files: Vec<CourseFile>,
}

/// A lesson or quiz as it lies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CourseFile {
    /// Its path from the outline.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub content: String,
    /// The pictures, recordings and papers that it shows, in the order in which it first names
    /// them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attach>,
}

/// How many were added, changed, and as they were.
#[derive(Default)]
struct Count {
    added: u32,
    changed: u32,
    same: u32,
}

impl Count {
    fn json(&self) -> Value {
        json!({ "added": self.added, "changed": self.changed, "same": self.same })
    }
}

/// Where the version of a lesson that was last brought from here is noted.
fn brought_key(lesson: &EntryId) -> String {
    format!("course/{lesson}")
}

fn is_here(shown: &Value) -> bool {
    shown.get("state").is_some_and(|state| state == "here")
}

/// The role by which somebody runs courses.
pub(super) fn teaches(community: &Community, who: &LocalPerson) -> Result<Role> {
    let roles = [Role::Facilitator, Role::Official];
    Node::power(community, who, &roles)?;
    let holds = |role: &Role| community.authority.best_grant(&who.person, *role, None).is_some();
    Ok(roles.into_iter().find(holds).unwrap_or(Role::Facilitator))
}

/// The lessons or quizzes of a course that its author made, by path: the first of each.
fn parts(
    read: &dyn Read,
    course: &PostRow,
    family: PostFamily,
) -> Result<BTreeMap<String, PostRow>> {
    let mut parts = BTreeMap::new();
    for row in read.posts_in(&course.id, family)? {
        if row.author != course.author {
            continue;
        }
        if let Body::Lesson { path, .. } | Body::Quiz { path, .. } =
            reading::entry(read, &row)?.body
        {
            parts.entry(path).or_insert(row);
        }
    }
    Ok(parts)
}

/// Writes what differs between a folder and what is here.
struct Import<'a> {
    pen: Pen<'a>,
    read: &'a dyn Read,
    community: &'a Community,
    who: &'a LocalPerson,
    role: Role,
    language: Option<String>,
    /// What is written beside the entries: media, and what was brought.
    local: Vec<Item>,
}

impl Import<'_> {
    fn put(&mut self, body: Body, words: Option<Words>) -> Result<EntryId> {
        let (stream, role) = (Stream::Learning, self.role);
        let draft = Draft { stream, role, office: None, body, words };
        Ok(self.pen.write(&self.community.authority, self.who, draft)?)
    }

    fn words(&self, title: &str, text: &str) -> Words {
        Words {
            title: Some(title.to_owned()),
            text: text.to_owned(),
            language: self.language.clone(),
            ..Words::default()
        }
    }

    /// A lesson's words: its title and what it shows, which are taken in with it.
    fn lesson_words(&self, file: &CourseFile) -> Result<(Words, Vec<Item>)> {
        let (attachments, media) = attach::attachments(self.read, &file.attached)?;
        Ok((Words { attachments, ..self.words(&file.title, "") }, media))
    }

    /// New words for an entry, where they differ from those that stand.
    fn reword(&mut self, row: &PostRow, words: Words) -> Result<bool> {
        if reading::said(self.read, row)?.0.words() == words {
            return Ok(false);
        }
        self.put(Body::Edit { entry: row.id }, Some(words))?;
        Ok(true)
    }

    /// Changes of a lesson; the last of them is the version brought.
    fn changes(&mut self, lesson: EntryId, changes: Vec<Vec<u8>>) -> Result<bool> {
        let last = changes.last().map(|bytes| gate::outline(bytes));
        let Some(Ok((last, _))) = last else { return Ok(false) };
        for bytes in changes {
            self.put(Body::Change { text: lesson, bytes }, None)?;
        }
        let (key, value) = (brought_key(&lesson), last.as_bytes().to_vec());
        self.local.push(Item::Local(LocalChange::Put { key, value }));
        Ok(true)
    }
}

impl Node {
    pub(super) fn course_import(
        &mut self,
        context: &Context,
        files: &CourseFiles,
    ) -> Result<Value> {
        let (community, who) = self.speaking(context)?;
        let role = teaches(&community, &who)?;
        if files.files.len() > course::ITEMS_MAX {
            return Err(ApiError::refused(why::course_too_long(course::ITEMS_MAX)));
        }
        let language = files.language.clone().or_else(|| context.lang.clone());
        let read: &dyn Read = &*self.store;
        let there = read.posts(&community.id, PostFamily::Course)?.into_iter().find(|row| {
            let body = reading::entry(read, row).map(|entry| entry.body);
            row.author == who.person
                && matches!(body, Ok(Body::Course { reference }) if reference == files.reference)
        });
        let mut import = Import {
            pen: Pen::new(read, &mut self.rng, self.now),
            read,
            community: &community,
            who: &who,
            role,
            language,
            local: Vec::new(),
        };
        let words = import.words(&files.title, &files.outline);
        let (mut lessons, mut quizzes) = (BTreeMap::new(), BTreeMap::new());
        let id = match &there {
            Some(row) => {
                import.reword(row, words)?;
                lessons = parts(read, row, PostFamily::Lesson)?;
                quizzes = parts(read, row, PostFamily::Quiz)?;
                row.id
            }
            None => {
                let reference = files.reference.clone();
                import.put(Body::Course { reference }, Some(words))?
            }
        };
        let (mut lessons_done, mut quizzes_done) = (Count::default(), Count::default());
        for file in &files.files {
            let named =
                |error: ApiError| ApiError::refused(why::course_file(&file.path, error.reason()));
            let path = file.path.clone();
            let is_quiz = ItemKind::of(&path) == Some(ItemKind::Quiz);
            let done = if is_quiz { &mut quizzes_done } else { &mut lessons_done };
            if file.content.trim().is_empty() {
                return Err(named(ApiError::refused(why::course_file_empty())));
            }
            if is_quiz {
                gift::read(&file.content).map_err(|error| {
                    named(ApiError::refused(why::quiz_broken(error.to_string())))
                })?;
                let words = import.words(&file.title, &file.content);
                match quizzes.get(&path) {
                    Some(row) if import.reword(row, words.clone()).map_err(named)? => {
                        done.changed += 1;
                    }
                    Some(_) => done.same += 1,
                    None => {
                        let body = Body::Quiz { course: id, path };
                        import.put(body, Some(words)).map_err(named)?;
                        done.added += 1;
                    }
                }
                continue;
            }
            let (words, media) = import.lesson_words(file).map_err(named)?;
            let Some(row) = lessons.get(&path) else {
                import.local.extend(media);
                let editors = Editors::Role(Role::Facilitator);
                let body = Body::Lesson { course: id, path, editors };
                let lesson = import.put(body, Some(words)).map_err(named)?;
                let changes = Text::new(lesson).edit(&file.content);
                let changes = changes.map_err(|error| named(error.into()))?;
                import.changes(lesson, changes)?;
                done.added += 1;
                continue;
            };
            let reworded = import.reword(row, words).map_err(named)?;
            if reworded {
                import.local.extend(media);
            }
            let open = self.texts.open(read, &community, row.clone())?;
            // What others corrected since it was last brought stays.
            let brought = read.local(&brought_key(&row.id))?;
            let brought = brought.and_then(|bytes| ChangeHash::from_slice(&bytes));
            let brought = brought.filter(|hash| open.text().known().contains(hash));
            let changes = match brought {
                Some(version) => open.text().edit_at(&[version], &file.content),
                None => open.text().edit(&file.content),
            };
            self.texts.keep(open);
            let changes = changes.map_err(|error| named(error.into()))?;
            match import.changes(row.id, changes)? || reworded {
                true => done.changed += 1,
                false => done.same += 1,
            }
        }
        let Import { pen, local: mut items, .. } = import;
        items.extend(pen.finish());
        if !items.is_empty() {
            self.commit(items)?;
        }
        Ok(json!({
            "id": id.to_string(),
            "new": there.is_none(),
            "lessons": lessons_done.json(),
            "quizzes": quizzes_done.json(),
        }))
    }

    pub(super) fn course_list(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let mut list = Vec::new();
        for row in self.store.posts(&community.id, PostFamily::Course)? {
            let (said, _) = reading::said(&*self.store, &row)?;
            let state = said.state();
            let words = said.words();
            let outline = course::outline(&words.text);
            let items: Vec<_> = outline.modules.iter().flat_map(|module| &module.items).collect();
            let mut here = 0;
            for (family, kind) in
                [(PostFamily::Lesson, ItemKind::Lesson), (PostFamily::Quiz, ItemKind::Quiz)]
            {
                let parts = parts(&*self.store, &row, family)?;
                for item in items.iter().filter(|item| item.kind == kind) {
                    if let Some(part) = parts.get(&item.path)
                        && is_here(&self.part(&community, part, kind)?)
                    {
                        here += 1;
                    }
                }
            }
            list.push(json!({
                "id": row.id.to_string(),
                "title": reading::heading(&words),
                "words": state,
                "language": words.language,
                "author": row.author.to_string(),
                "name": names.of(&row.author),
                "modules": outline.modules.len(),
                "lessons": items.iter().filter(|item| item.kind == ItemKind::Lesson).count(),
                "quizzes": items.iter().filter(|item| item.kind == ItemKind::Quiz).count(),
                "here": here,
                "coming": items.len() - here,
                "declared_at": row.declared_at.0,
                "first_seen_at": row.first_seen.0,
            }));
        }
        Ok(Value::Array(list))
    }

    pub(super) fn course_show(&mut self, wanted: &str) -> Result<Value> {
        let (community, row) = self.entry(wanted, &[PostFamily::Course], Thing::Course)?;
        let (said, edited) = reading::said(&*self.store, &row)?;
        let state = said.state();
        let words = said.words();
        let outline = course::outline(&words.text);
        let lessons = parts(&*self.store, &row, PostFamily::Lesson)?;
        let quizzes = parts(&*self.store, &row, PostFamily::Quiz)?;
        let (mut here, mut coming) = (0, 0);
        let (mut media_here, mut media_coming, mut bytes_coming) = (0u32, 0u32, 0u64);
        let mut modules = Vec::new();
        for module in &outline.modules {
            let mut items = Vec::new();
            for item in &module.items {
                let parts = if item.kind == ItemKind::Lesson { &lessons } else { &quizzes };
                let mut shown = match parts.get(&item.path) {
                    Some(part) => self.part(&community, part, item.kind)?,
                    None => json!({ "id": null, "state": "coming" }),
                };
                match is_here(&shown) {
                    true => here += 1,
                    false => coming += 1,
                }
                let media = shown.get("attachments").and_then(Value::as_array);
                for media in media.into_iter().flatten() {
                    if is_here(media) {
                        media_here += 1;
                        continue;
                    }
                    let number = |name| media.get(name).and_then(Value::as_u64);
                    let (size, percent) = (number("size"), number("percent"));
                    let missing = 100 - percent.unwrap_or(0).min(100);
                    media_coming += 1;
                    bytes_coming = bytes_coming
                        .saturating_add(size.unwrap_or(0).saturating_mul(missing) / 100);
                }
                if let Some(shown) = shown.as_object_mut() {
                    shown.insert("title".into(), json!(item.title));
                    shown.insert("kind".into(), json!(item.kind));
                    shown.insert("path".into(), json!(item.path));
                }
                items.push(shown);
            }
            modules.push(json!({ "title": module.title, "items": items }));
        }
        let names = self.names(&community.id)?;
        Ok(json!({
            "id": row.id.to_string(),
            "title": reading::heading(&words),
            "description": outline.description,
            "language": words.language,
            "words": state,
            "edited": edited,
            "author": row.author.to_string(),
            "name": names.of(&row.author),
            "modules": modules,
            "here": here,
            "coming": coming,
            "media_here": media_here,
            "media_coming": media_coming,
            "media_bytes_coming": bytes_coming,
            "declared_at": row.declared_at.0,
            "first_seen_at": row.first_seen.0,
        }))
    }

    /// A lesson or a quiz: how much of it is here.
    fn part(&mut self, community: &Community, row: &PostRow, kind: ItemKind) -> Result<Value> {
        let (said, _) = reading::said(&*self.store, row)?;
        let state = match said.state() {
            "missing" => "coming",
            state => state,
        };
        let words = said.words();
        let id = row.id.to_string();
        if kind == ItemKind::Quiz {
            // What is signed need not be GIFT.
            let questions = gift::read(&words.text).unwrap_or_default();
            return Ok(json!({
                "id": id,
                "state": state,
                "language": words.language,
                "questions": questions,
            }));
        }
        let open = self.texts.open(&*self.store, community, row.clone())?;
        let (characters, changes) = (open.text().length(), open.text().changes().len());
        let missing = open.text().missing().len();
        self.texts.keep(open);
        // The words may be ahead of the text.
        let state = if changes == 0 || missing > 0 { "coming" } else { state };
        Ok(json!({
            "id": id,
            "state": state,
            "language": words.language,
            "characters": characters,
            "changes": changes,
            "attachments": attach::shown(&*self.store, &words)?,
        }))
    }
}
