//! Questions to officials: asking, what waits, what was answered, and for how long.

use std::collections::BTreeSet;

use baro_crdt::authority::{Authority, GrantRole};
use baro_crdt::entry::{Body, PostKind};
use baro_crdt::ids::{EntryId, PersonId};
use serde_json::{Value, json};

use super::receipt::reached;
use super::resolve::{Names, find_person};
use super::speak::Group;
use super::{ApiError, Attach, Community, Context, Node, Op, PAGE_ITEMS, Result, reading};
use crate::store::{PostFamily, PostRow, Read};
use crate::words::{Thing, why};

/// Which questions a page is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Which {
    /// From 1, the oldest first.
    pub(super) page: u32,
    pub(super) office: Option<String>,
    pub(super) to: Option<String>,
    pub(super) state: Option<String>,
}

/// To whom a question was put; to nobody in particular where both are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) to: Option<PersonId>,
    pub(super) office: Option<String>,
}

/// To whom the question of this row was put.
pub(super) fn question_of(read: &dyn Read, row: &PostRow) -> Result<Question> {
    Ok(match reading::entry(read, row)?.body {
        Body::Post { kind: PostKind::Question, to, .. } => Question { to, office: None },
        Body::Question { to, office, .. } => Question { to, office },
        _ => Question::default(),
    })
}

/// The offices that a person was ever granted, in force or not.
pub(super) fn offices_of(authority: &Authority, person: &PersonId) -> BTreeSet<String> {
    authority.grants_of(person).into_iter().filter_map(|info| info.office).collect()
}

/// Whether a question was put to this person: by name, or to an office they were ever granted.
pub(super) fn addressed(authority: &Authority, question: &Question, person: &PersonId) -> bool {
    let seated = |office: &String| offices_of(authority, person).contains(office);
    question.to == Some(*person) || question.office.as_ref().is_some_and(seated)
}

/// Whether a question was put to an office, or to somebody who was ever granted it.
pub(super) fn of_office(authority: &Authority, question: &Question, office: &str) -> bool {
    question.office.as_deref() == Some(office)
        || question.to.is_some_and(|to| offices_of(authority, &to).contains(office))
}

/// Whether an answer is by whom was asked: the person, or somebody under a grant for the office
/// (or for one that the person asked was granted), or a founder.
pub(super) fn answers(
    read: &dyn Read,
    authority: &Authority,
    question: &Question,
    answer: &PostRow,
) -> Result<bool> {
    if question.to.is_none_or(|to| to == answer.author) && question.office.is_none() {
        return Ok(true);
    }
    let Some(log) = read.log_by_number(answer.log)? else { return Ok(false) };
    Ok(match authority.role_of(&log.header.grant, &answer.author) {
        Some(GrantRole::Founder) => true,
        Some(GrantRole::Granted { office: Some(seat), .. }) => {
            let of_person = question.to.is_some_and(|to| offices_of(authority, &to).contains(seat));
            of_person || question.office.as_deref() == Some(seat)
        }
        _ => false,
    })
}

/// The first answer that counts, by Lamport number, then id.
pub(super) fn first_answer(
    read: &dyn Read,
    authority: &Authority,
    question: &Question,
    id: &EntryId,
) -> Result<Option<PostRow>> {
    for answer in read.posts_in(id, PostFamily::Answer)? {
        if answers(read, authority, question, &answer)? {
            return Ok(Some(answer));
        }
    }
    Ok(None)
}

impl Group<'_> {
    /// A question to a person or an office, ready to be written.
    pub(super) fn asked(
        &mut self,
        to: Option<&str>,
        office: Option<&str>,
        debate: Option<&str>,
        reply_to: Option<&str>,
    ) -> Result<Body> {
        let to = to.map(|name| find_person(self.read, self.community, name)).transpose()?;
        if to.is_some() == office.is_some() {
            return Err(ApiError::refused(why::ask_whom()));
        }
        if let Some(wanted) = office {
            let offices = self.authority.offices();
            if !offices.contains_key(wanted) {
                let known: Vec<&str> = offices.keys().map(String::as_str).collect();
                return Err(ApiError::refused(match known.is_empty() {
                    true => why::no_offices(),
                    false => why::office_not_among(wanted, known.join(", ")),
                }));
            }
        }
        let (debate, reply_to) = self.place(debate, reply_to)?;
        Ok(Body::Question { debate, reply_to, to, office: office.map(str::to_owned) })
    }
}

impl Node {
    /// One question as it stands.
    fn question_json(&self, community: &Community, row: &PostRow, names: &Names) -> Result<Value> {
        let read = &*self.store;
        let question = question_of(read, row)?;
        let authority = &community.authority;
        let (reached_at, read_at) = reached(read, authority, &question, &row.id)?;
        let answered = first_answer(read, authority, &question, &row.id)?;
        let mut answers = Vec::new();
        for answer in read.posts_in(&row.id, PostFamily::Answer)? {
            answers.push(self.post_json(&answer, names)?);
        }
        let mut shown = self.post_json(row, names)?;
        let state = match (&answered, read_at, reached_at) {
            (Some(_), _, _) => "answered",
            (None, Some(_), _) => "read",
            (None, None, Some(_)) => "reached",
            (None, None, None) => "waiting",
        };
        let more = json!({
            "debate": row.parent.map(|id| id.to_string()),
            "office": question.office,
            "state": state,
            "reached_at": reached_at,
            "read_at": read_at,
            "answered_at": answered.as_ref().map(|answer| answer.declared_at.0),
            "waits_seconds": match (&answered, reached_at) {
                (None, Some(at)) => Some(self.now.0.saturating_sub(at).max(0)),
                _ => None,
            },
            "receipts": self.receipts_json(&row.id, names)?,
            "answers": answers,
        });
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        Ok(shown)
    }

    pub(super) fn question_show(&mut self, id: &str) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Post], Thing::Question)?;
        let is_question = matches!(
            reading::entry(&*self.store, &row)?.body,
            Body::Question { .. } | Body::Post { kind: PostKind::Question, .. }
        );
        if !is_question {
            return Err(ApiError::refused(why::not_question()));
        }
        let names = self.names(&community.id)?;
        self.question_json(&community, &row, &names)
    }

    pub(super) fn question_page(&mut self, context: &Context, which: &Which) -> Result<Value> {
        let states = ["waiting", "answered"];
        if let Some(state) = which.state.as_deref().filter(|state| !states.contains(state)) {
            return Err(ApiError::refused(why::state_unknown(state)));
        }
        let community = self.here(context)?;
        let authority = &community.authority;
        let to = which.to.as_deref().map(|name| self.person(&community, name)).transpose()?;
        let mut wanted = Vec::new();
        for row in self.store.questions(&community.id)? {
            let question = question_of(&*self.store, &row)?;
            let fits = which
                .office
                .as_deref()
                .is_none_or(|office| of_office(authority, &question, office))
                && to.is_none_or(|to| addressed(authority, &question, &to));
            let withdrawn =
                self.store.edit(&row.id, &row.author)?.is_some_and(|edit| edit.payload.is_none());
            if !fits || withdrawn {
                continue;
            }
            if let Some(state) = &which.state {
                let answer = first_answer(&*self.store, authority, &question, &row.id)?;
                if answer.is_some() != (state == "answered") {
                    continue;
                }
            }
            wanted.push(row);
        }
        let names = self.names(&community.id)?;
        let page = usize::try_from(which.page.max(1)).unwrap_or(usize::MAX);
        let shown = wanted
            .iter()
            .skip((page - 1).saturating_mul(PAGE_ITEMS))
            .take(PAGE_ITEMS)
            .map(|row| self.question_json(&community, row, &names));
        Ok(json!({
            "items": shown.collect::<Result<Vec<_>>>()?,
            "page": page,
            "pages": wanted.len().div_ceil(PAGE_ITEMS).max(1),
            "total": wanted.len(),
            "knowledge": self.knowledge(&community.id)?,
        }))
    }

    /// What waits for an answer, the oldest first, as a list.
    pub(super) fn questions(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let mut waiting = Vec::new();
        for row in self.store.questions(&community.id)? {
            let question = question_of(&*self.store, &row)?;
            let answer = first_answer(&*self.store, &community.authority, &question, &row.id)?;
            if answer.is_none() {
                waiting.push(self.question_json(&community, &row, &names)?);
            }
        }
        Ok(Value::Array(waiting))
    }
}

/// A question to be put.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) text: String,
    pub(super) to: Option<String>,
    pub(super) office: Option<String>,
    pub(super) debate: Option<String>,
    pub(super) reply_to: Option<String>,
    pub(super) attached: Vec<Attach>,
}

impl Node {
    pub(super) fn put_question(&mut self, context: &Context, asked: &Asked) -> Result<Value> {
        let Asked { text, to, office, debate, reply_to, attached } = asked.clone();
        let (speaker, reference) = (None, None);
        let op = Op::Ask { speaker, text, to, office, debate, reply_to, attached, reference };
        self.one(context, op)
    }
}
