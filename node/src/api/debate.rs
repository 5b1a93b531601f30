//! Debates: opening, listing, showing with tallies.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::{Body, PostKind, Words};
use baro_crdt::ids::PersonId;
use baro_crdt::log::Stream;
use serde_json::{Value, json};

use super::closing::Counted;
use super::resolve::Names;
use super::translate::versions_json;
use super::{Context, Node, Result, attach, reading, routing};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow};
use crate::words::Thing;

pub(super) const fn kind_word(kind: PostKind) -> &'static str {
    match kind {
        PostKind::Statement => "statement",
        PostKind::Proposal => "proposal",
        PostKind::Question => "question",
    }
}

/// Which posts of a debate are asked for.
pub(super) struct Page<'a> {
    /// How many come before them.
    pub(super) offset: usize,
    /// How many at most.
    pub(super) limit: usize,
    /// In which order; as they were said where none is named.
    pub(super) order: Option<&'a str>,
}

/// Takes the words out of what a person does not want to see.
fn block(shown: &mut Value, is_blocked: bool) {
    if let Some(shown) = shown.as_object_mut() {
        if is_blocked {
            shown.insert("text".into(), "".into());
            shown.insert("attachments".into(), json!([]));
        }
        shown.insert("blocked".into(), is_blocked.into());
    }
}

impl Node {
    pub(super) fn debate_open(
        &mut self,
        context: &Context,
        title: String,
        body: Option<String>,
        days: Option<u32>,
    ) -> Result<Value> {
        let (community, who) = self.speaking(context)?;
        let words = Words {
            title: Some(title),
            text: body.unwrap_or_default(),
            language: context.lang.clone(),
            ..Words::default()
        };
        let draft = Draft {
            stream: Stream::Debate,
            role: community.authority.debates_by(),
            office: None,
            body: Body::Debate { closes: days.map(|days| self.now.0 + i64::from(days) * 86_400) },
            words: Some(words),
        };
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string() }))
    }

    pub(super) fn debate_list(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let mut list = Vec::new();
        for row in self.store.posts(&community.id, PostFamily::Debate)? {
            let (said, _) = reading::said(&*self.store, &row)?;
            let state = said.state();
            let is_closed = community.authority.closing(&row.id, &row.author).is_some();
            let window = self.window(&row)?;
            let posts = match self.known.counts.posts(&row.id) {
                Some(posts) => posts,
                None => self.store.posts_count(&row.id, PostFamily::Post)? as usize,
            };
            list.push(json!({
                "id": row.id.to_string(),
                "title": reading::heading(&said.words()),
                "words": state,
                "author": row.author.to_string(),
                "name": names.of(&row.author),
                "posts": posts,
                "closed": is_closed,
                "opens": window.opens,
                "closes": window.closes,
                "state": window.state(is_closed, self.now.0),
                "declared_at": row.declared_at.0,
                "first_seen_at": row.first_seen.0,
            }));
        }
        Ok(Value::Array(list))
    }

    pub(super) fn debate_show(&mut self, context: &Context, id: &str) -> Result<Value> {
        self.debate_page(context, id, &Page { offset: 0, limit: usize::MAX, order: None })
    }

    pub(super) fn debate_page(
        &mut self,
        context: &Context,
        id: &str,
        page: &Page<'_>,
    ) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], Thing::Debate)?;
        let counted = self.counted(&community, row)?;
        let names = self.names(&community.id)?;
        let blocked = self.blocked_by(context, &community.id)?;
        let rows = routing::ordered(&counted, page.order)?;
        let mut posts = Vec::new();
        for post in rows.skip(page.offset).take(page.limit) {
            posts.push(self.counted_post_json(&counted, post, &names, &blocked)?);
        }
        let row = &counted.row;
        let (said, edited) = reading::said(&*self.store, row)?;
        let state = said.state();
        let words = said.words();
        let window = self.window(row)?;
        let voted = counted.votes.values().map(BTreeMap::len).sum::<usize>();
        let closing = counted.closing.as_ref().map(|(id, closing)| {
            json!({
                "id": id.to_string(),
                "by": closing.by.to_string(),
                "name": names.of(&closing.by),
                "outcome": closing.outcome,
                "heads": closing.heads.len(),
                "heads_held": counted.heads_held,
                "posts": counted.posts.len(),
                "votes": voted,
                "late_posts": counted.late.posts,
                "late_votes": counted.late.votes,
                "late_ballots": counted.late.ballots,
            })
        });
        Ok(json!({
            "id": row.id.to_string(),
            "title": reading::heading(&words),
            "text": words.text,
            "words": state,
            "edited": edited,
            "language": words.language,
            "author": row.author.to_string(),
            "name": names.of(&row.author),
            "declared_at": row.declared_at.0,
            "first_seen_at": row.first_seen.0,
            "opens": window.opens,
            "closes": window.closes,
            "state": window.state(closing.is_some(), self.now.0),
            "closed": closing.is_some(),
            "closing": closing,
            "participants": counted.participants.len(),
            "votes": voted,
            "paper_ballots": counted.ballots.counting().len(),
            "ballot_conflicts": counted.ballots.conflicts(),
            "posts_total": counted.posts.len(),
            "offset": page.offset,
            "posts": posts,
            "attachments": attach::shown(&*self.store, &words)?,
            "translations": versions_json(&*self.store, &row.id, &names)?,
        }))
    }

    /// A post with its votes and answers.
    pub(super) fn counted_post_json(
        &self,
        counted: &Counted,
        post: &PostRow,
        names: &Names,
        blocked: &BTreeSet<PersonId>,
    ) -> Result<Value> {
        let [agree, disagree, pass] = counted.tally(&post.id);
        let mut shown = self.post_json(post, names)?;
        let mut answers = Vec::new();
        for answer in counted.answers.get(&post.id).into_iter().flatten() {
            let mut shown = self.post_json(answer, names)?;
            block(&mut shown, blocked.contains(&answer.author));
            answers.push(shown);
        }
        block(&mut shown, blocked.contains(&post.author));
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("agree".into(), agree.into());
            shown.insert("disagree".into(), disagree.into());
            shown.insert("pass".into(), pass.into());
            shown.insert("answers".into(), Value::Array(answers));
        }
        Ok(shown)
    }

    /// A post or an answer, without its votes.
    pub(super) fn post_json(&self, row: &PostRow, names: &Names) -> Result<Value> {
        let (kind, reply_to, to, office) = match reading::entry(&*self.store, row)?.body {
            Body::Post { kind, reply_to, to, .. } => (kind_word(kind), reply_to, to, None),
            Body::Question { reply_to, to, office, .. } => ("question", reply_to, to, office),
            _ => ("answer", row.parent, None, None),
        };
        let hidden = self.store.hide(&row.id)?.and_then(|hide| hide.reason);
        let (said, edited) = reading::said(&*self.store, row)?;
        let state = said.state();
        let words = said.words();
        Ok(json!({
            "id": row.id.to_string(),
            "author": row.author.to_string(),
            "name": names.of(&row.author),
            "text": if hidden.is_some() { "" } else { &words.text },
            "kind": kind,
            "reply_to": reply_to.map(|id| id.to_string()),
            "to": to.map(|id| id.to_string()),
            "to_name": to.map(|id| names.of(&id)).or_else(|| office.clone()),
            "office": office,
            "language": words.language,
            "ref": words.reference,
            "words": state,
            "edited": edited,
            "hidden": hidden,
            "attachments": match hidden.is_some() {
                true => json!([]),
                false => attach::shown(&*self.store, &words)?,
            },
            "translations": match hidden.is_some() {
                true => json!([]),
                false => versions_json(&*self.store, &row.id, names)?,
            },
            "declared_at": row.declared_at.0,
            "first_seen_at": row.first_seen.0,
        }))
    }
}
