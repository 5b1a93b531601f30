//! Debates: opening, listing, showing with tallies; the questions that wait.

use baro_crdt::entry::{Body, Choice, PostKind, Words};
use baro_crdt::log::Stream;
use serde_json::{Value, json};

use super::closing::count;
use super::resolve::Names;
use super::{Context, Node, Result, attach, reading};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow};

pub(super) const fn kind_word(kind: PostKind) -> &'static str {
    match kind {
        PostKind::Statement => "statement",
        PostKind::Proposal => "proposal",
        PostKind::Question => "question",
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
            list.push(json!({
                "id": row.id.to_string(),
                "title": reading::heading(&said.words()),
                "words": state,
                "author": row.author.to_string(),
                "name": names.of(&row.author),
                "posts": self.store.posts_in(&row.id, PostFamily::Post)?.len(),
                "closed": community.authority.closing(&row.id, &row.author).is_some(),
                "declared_at": row.declared_at.0,
                "first_seen_at": row.first_seen.0,
            }));
        }
        Ok(Value::Array(list))
    }

    pub(super) fn debate_show(&mut self, id: &str) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], "a debate")?;
        let counted = count(&*self.store, &community, row)?;
        let names = self.names(&community.id)?;
        let mut posts = Vec::new();
        for post in &counted.posts {
            let votes = counted.votes.get(&post.id);
            let of = |choice| {
                votes.map_or(0, |votes| votes.values().filter(|vote| **vote == choice).count())
            };
            let mut shown = self.post_json(post, &names)?;
            let mut answers = Vec::new();
            for answer in counted.answers.get(&post.id).into_iter().flatten() {
                answers.push(self.post_json(answer, &names)?);
            }
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("agree".into(), of(Choice::Agree).into());
                shown.insert("disagree".into(), of(Choice::Disagree).into());
                shown.insert("pass".into(), of(Choice::Pass).into());
                shown.insert("answers".into(), Value::Array(answers));
            }
            posts.push(shown);
        }
        let row = &counted.row;
        let closes = match reading::entry(&*self.store, row)?.body {
            Body::Debate { closes } => closes,
            _ => None,
        };
        let (said, edited) = reading::said(&*self.store, row)?;
        let state = said.state();
        let words = said.words();
        let closing = counted.closing.as_ref().map(|(id, closing)| {
            json!({
                "id": id.to_string(),
                "by": closing.by.to_string(),
                "name": names.of(&closing.by),
                "outcome": closing.outcome,
                "late_posts": counted.late,
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
            "closes": closes,
            "closed": closing.is_some(),
            "closing": closing,
            "participants": counted.participants.len(),
            "posts": posts,
            "attachments": attach::shown(&*self.store, &words)?,
        }))
    }

    /// A post or an answer, without its votes.
    fn post_json(&self, row: &PostRow, names: &Names) -> Result<Value> {
        let (kind, reply_to, to) = match reading::entry(&*self.store, row)?.body {
            Body::Post { kind, reply_to, to, .. } => (kind_word(kind), reply_to, to),
            _ => ("answer", row.parent, None),
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
            "to_name": to.map(|id| names.of(&id)),
            "language": words.language,
            "ref": words.reference,
            "words": state,
            "edited": edited,
            "hidden": hidden,
            "attachments": match hidden.is_some() {
                true => json!([]),
                false => attach::shown(&*self.store, &words)?,
            },
            "declared_at": row.declared_at.0,
            "first_seen_at": row.first_seen.0,
        }))
    }

    pub(super) fn questions(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let mut waiting = Vec::new();
        for row in self.store.posts(&community.id, PostFamily::Post)? {
            let is_question = matches!(
                reading::entry(&*self.store, &row)?.body,
                Body::Post { kind: PostKind::Question, .. }
            );
            if is_question && self.store.posts_in(&row.id, PostFamily::Answer)?.is_empty() {
                let mut shown = self.post_json(&row, &names)?;
                if let Some(shown) = shown.as_object_mut() {
                    let debate = row.parent.map(|id| id.to_string());
                    shown.insert("debate".into(), debate.into());
                }
                waiting.push(shown);
            }
        }
        Ok(Value::Array(waiting))
    }
}
