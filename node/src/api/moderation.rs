//! What became of a post that was hidden: its history, appeals and their answers; and what a
//! person of this device does not want to see, which never leaves it.
//!
//! A hiding, its end, an appeal and its answer are entries that stay, in order of Lamport number.
//! Any member may ask that somebody looks again; the answer of the moderator who hid the post does
//! not count as one. An answer that shows the post again ends the hiding by itself.

use std::collections::BTreeSet;

use baro_crdt::entry::{Body, Words};
use baro_crdt::ids::{CommunityId, PersonId};
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::resolve::Names;
use super::{ApiError, Context, Node, Result, reading};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow};
use crate::words::{Thing, why};

/// How many others one person of a device may block.
const BLOCKED_MAX: usize = 1_024;

const BLOCK: &str = "block/";

impl Node {
    /// `moderation show`: everything that happened to a post, by Lamport number, then id.
    pub(super) fn moderation_show(&mut self, wanted: &str) -> Result<Value> {
        let families = [PostFamily::Post, PostFamily::Answer, PostFamily::Translation];
        let (community, row) = self.entry(wanted, &families, Thing::Post)?;
        let names = self.names(&community.id)?;
        let hidden = self.store.hide(&row.id)?.and_then(|hide| hide.reason);
        let mut history = Vec::new();
        for hiding in self.store.posts_in(&row.id, PostFamily::Hiding)? {
            let reason = match reading::entry(&*self.store, &hiding)?.body {
                Body::Hide { reason, .. } => Some(reason),
                _ => None,
            };
            let what = if reason.is_some() { "hidden" } else { "shown again" };
            let mut shown = self.act(&hiding, &names, what);
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("reason".into(), reason.into());
            }
            history.push((hiding.lamport, hiding.id, shown));
        }
        let mut waiting = 0;
        for appeal in self.store.posts_in(&row.id, PostFamily::Appeal)? {
            let shown = self.appeal_json(&appeal, &names)?;
            waiting += usize::from(shown.get("answered") == Some(&Value::Bool(false)));
            history.push((appeal.lamport, appeal.id, shown));
        }
        history.sort_by_key(|(lamport, id, _)| (*lamport, *id));
        let kind = match row.family {
            PostFamily::Answer => "answer",
            PostFamily::Translation => "translation",
            _ => "post",
        };
        let (said, _) = reading::said(&*self.store, &row)?;
        Ok(json!({
            "id": row.id.to_string(),
            "kind": kind,
            "language": said.words().language,
            "author": row.author.to_string(),
            "name": names.of(&row.author),
            "hidden": hidden,
            "appeals_waiting": waiting,
            "history": history.into_iter().map(|(_, _, shown)| shown).collect::<Vec<_>>(),
        }))
    }

    /// `moderation list`: the posts that are hidden or were, the latest first, and what waits.
    pub(super) fn moderation_list(&mut self, context: &Context, waiting: bool) -> Result<Value> {
        let community = self.here(context)?;
        let mut posts = Vec::new();
        for family in [PostFamily::Hiding, PostFamily::Appeal] {
            for row in self.store.posts(&community.id, family)? {
                posts.extend(row.parent.map(|post| (row.lamport, post)));
            }
        }
        posts.sort_unstable();
        let mut seen = BTreeSet::new();
        let mut list = Vec::new();
        for (_, post) in posts.into_iter().rev().filter(|(_, post)| seen.insert(*post)) {
            let here = self.store.post(&post)?.filter(|row| row.community == community.id);
            let said = [PostFamily::Post, PostFamily::Answer, PostFamily::Translation];
            if here.is_none_or(|row| !said.contains(&row.family)) {
                continue;
            }
            let shown = self.moderation_show(&post.to_string())?;
            if !waiting || shown.get("appeals_waiting").and_then(Value::as_u64) > Some(0) {
                list.push(shown);
            }
        }
        Ok(Value::Array(list))
    }

    fn act(&self, row: &PostRow, names: &Names, what: &str) -> Value {
        json!({
            "what": what,
            "id": row.id.to_string(),
            "by": row.author.to_string(),
            "name": names.of(&row.author),
            "declared_at": row.declared_at.0,
            "first_seen_at": row.first_seen.0,
        })
    }

    /// An appeal with its answers.
    fn appeal_json(&self, appeal: &PostRow, names: &Names) -> Result<Value> {
        let mut hid = None;
        if let Body::Appeal { hiding, .. } = reading::entry(&*self.store, appeal)?.body {
            let row = self.store.post(&hiding)?;
            hid = row.filter(|row| row.family == PostFamily::Hiding && row.parent == appeal.parent);
        }
        let mut answers = Vec::new();
        let mut answered = false;
        for review in self.store.posts_in(&appeal.id, PostFamily::Review)? {
            let Body::Review { post, shows, reason, .. } =
                reading::entry(&*self.store, &review)?.body
            else {
                continue;
            };
            if Some(post) != appeal.parent {
                continue;
            }
            let counts = hid.as_ref().is_none_or(|hid| hid.author != review.author);
            answered |= counts;
            let what = if shows { "shown again" } else { "stays hidden" };
            let mut shown = self.act(&review, names, what);
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("reason".into(), reason.into());
                shown.insert("by_another".into(), counts.into());
            }
            answers.push(shown);
        }
        let (said, edited) = reading::said(&*self.store, appeal)?;
        let state = said.state();
        let mut shown = self.act(appeal, names, "appeal");
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("text".into(), said.words().text.into());
            shown.insert("words".into(), state.into());
            shown.insert("edited".into(), edited.into());
            shown.insert("hiding".into(), hid.map(|row| row.id.to_string()).into());
            shown.insert("answered".into(), answered.into());
            shown.insert("answers".into(), answers.into());
        }
        Ok(shown)
    }

    /// `appeal`: a member asks that somebody else looks again at what is hidden.
    pub(super) fn appeal(
        &mut self,
        context: &Context,
        wanted: &str,
        text: String,
    ) -> Result<Value> {
        let families = [PostFamily::Post, PostFamily::Answer, PostFamily::Translation];
        let (community, row) = self.entry(wanted, &families, Thing::Post)?;
        let standing = self.store.hide(&row.id)?.filter(|hide| hide.reason.is_some());
        let hiding =
            standing.map(|hide| hide.entry).ok_or_else(|| ApiError::refused(why::not_hidden()))?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let language = context.lang.clone();
        let words = Words { text, language, ..Words::default() };
        let draft = Draft::member(Body::Appeal { post: row.id, hiding }, Some(words));
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "post": row.id.to_string() }))
    }

    /// `review`: a moderator or manager other than who hid the post answers an appeal.
    pub(super) fn review(
        &mut self,
        context: &Context,
        wanted: &str,
        shows: bool,
        reason: String,
    ) -> Result<Value> {
        let (community, row) = self.entry(wanted, &[PostFamily::Appeal], Thing::Appeal)?;
        if reason.trim().is_empty() {
            return Err(ApiError::refused(why::reason_missing()));
        }
        let Body::Appeal { post, hiding } = reading::entry(&*self.store, &row)?.body else {
            return Err(ApiError::refused(why::not_appeal(wanted)));
        };
        let roles = [Role::Moderator, Role::Manager];
        let (who, _) = self.with_power(&community, context.speaker.as_deref(), &roles)?;
        if self.store.post(&hiding)?.is_some_and(|hid| hid.author == who.person) {
            return Err(ApiError::refused(why::judge_own()));
        }
        let role = Self::first_role(&community, &who, &roles);
        let body = Body::Review { appeal: row.id, post, shows, reason };
        let draft = Draft { stream: Stream::Debate, role, office: None, body, words: None };
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "post": post.to_string() }))
    }

    /// Whom a person of this device does not want to read.
    pub(super) fn blocked(
        &self,
        community: &CommunityId,
        person: &PersonId,
    ) -> Result<BTreeSet<PersonId>> {
        let rows = self.drawer(community, person)?.all(&*self.store, BLOCK)?;
        Ok(rows.iter().filter_map(|(name, _)| name.parse().ok()).collect())
    }

    /// The same for who speaks, where somebody of this device is named. Whoever reads without a
    /// name, or without the PIN of who has one, sees everything: what one person blocks is told to
    /// nobody else.
    pub(super) fn blocked_by(
        &mut self,
        context: &Context,
        community: &CommunityId,
    ) -> Result<BTreeSet<PersonId>> {
        let Some(name) = &context.speaker else { return Ok(BTreeSet::new()) };
        let persons = self.persons(community)?;
        match persons.named(name) {
            Some(who) if !self.is_locked(community, &who.person)? => {
                self.blocked(community, &who.person)
            }
            _ => Ok(BTreeSet::new()),
        }
    }

    /// `block`, `unblock`: a person here does not see what another says, or sees it again.
    pub(super) fn block(&mut self, context: &Context, other: &str, blocks: bool) -> Result<Value> {
        let (community, who) = self.speaking(context)?;
        let other = self.person(&community, other)?;
        if other == who.person {
            return Err(ApiError::refused(why::block_self()));
        }
        let held = self.blocked(&community.id, &who.person)?;
        if blocks && held.len() >= BLOCKED_MAX {
            return Err(ApiError::refused(why::block_max(BLOCKED_MAX)));
        }
        let drawer = self.drawer(&community.id, &who.person)?;
        let item = match blocks {
            true => drawer.put(BLOCK, &other.to_string(), vec![1])?,
            false => drawer.drop(BLOCK, &other.to_string()),
        };
        self.commit(vec![item])?;
        let name = self.name_of(&community.id, &other)?;
        Ok(json!({ "person": other.to_string(), "name": name, "blocked": blocks }))
    }

    /// `block list`: whom the speaker blocks.
    pub(super) fn block_list(&mut self, context: &Context) -> Result<Value> {
        let (community, who) = self.speaking(context)?;
        let names = self.names(&community.id)?;
        let shown = |person: &PersonId| json!({ "person": person.to_string(), "name": names.of(person), "blocked": true });
        Ok(Value::Array(self.blocked(&community.id, &who.person)?.iter().map(shown).collect()))
    }
}
