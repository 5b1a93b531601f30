//! Proposals: an action or a project, its wording, who signs it, and what the office says of it.
//!
//! A proposal is a post of that kind in a debate. Its author names a text as its wording (the last
//! named stands); members sign it or take the signature back (each one's last word stands); an
//! office says what becomes of it, and each office's last word stands, with its history. All are
//! registers ordered by Lamport number, then entry id.

use std::collections::BTreeMap;

use baro_crdt::entry::{Body, PostKind, ProposalState};
use baro_crdt::ids::{EntryId, PersonId};
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::{ApiError, Community, Context, Node, Result, reading};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow, Read};
use crate::words::{Thing, why};

/// What is said around a proposal.
#[derive(Default)]
struct Around {
    wording: Option<EntryId>,
    /// Who signed, with the signature, by the order in which they did.
    signers: Vec<PostRow>,
    /// What offices said, the first first.
    statuses: Vec<(PostRow, String, ProposalState, Option<String>)>,
}

fn around(read: &dyn Read, proposal: &PostRow) -> Result<Around> {
    let mut around = Around::default();
    for row in read.posts_in(&proposal.id, PostFamily::Wording)? {
        if row.author == proposal.author
            && let Body::Wording { text, .. } = reading::entry(read, &row)?.body
        {
            around.wording = Some(text);
        }
    }
    let mut signers: BTreeMap<PersonId, PostRow> = BTreeMap::new();
    for row in read.posts_in(&proposal.id, PostFamily::Support)? {
        match reading::entry(read, &row)?.body {
            Body::Support { signs: true, .. } => {
                // Who signs twice keeps the place of the first.
                signers.entry(row.author).or_insert(row);
            }
            _ => drop(signers.remove(&row.author)),
        }
    }
    around.signers = signers.into_values().collect();
    around.signers.sort_by_key(|row| (row.lamport, row.id));
    for row in read.posts_in(&proposal.id, PostFamily::ProposalStatus)? {
        if let Body::ProposalStatus { office, state, reason, .. } = reading::entry(read, &row)?.body
        {
            around.statuses.push((row, office, state, reason));
        }
    }
    Ok(around)
}

impl Node {
    fn proposal(&mut self, wanted: &str) -> Result<(std::sync::Arc<Community>, PostRow)> {
        let (community, row) = self.entry(wanted, &[PostFamily::Post], Thing::Proposal)?;
        self.of_kind(&row, PostKind::Proposal)?;
        Ok((community, row))
    }

    fn proposal_json(&mut self, community: &Community, row: &PostRow, all: bool) -> Result<Value> {
        let debate = match &row.parent {
            Some(debate) => self.store.post(debate)?,
            None => None,
        };
        let names = self.names(&community.id)?;
        let mut shown = match debate.filter(|debate| debate.family == PostFamily::Debate) {
            Some(debate) => {
                let counted = self.counted(community, debate)?;
                self.counted_post_json(&counted, row, &names, &Default::default())?
            }
            None => self.post_json(row, &names)?,
        };
        let around = around(&*self.store, row)?;
        let said = |(row, office, state, reason): &(PostRow, String, ProposalState, _)| {
            json!({
                "id": row.id.to_string(),
                "office": office,
                "status": state.word(),
                "reason": reason,
                "by": row.author.to_string(),
                "name": names.of(&row.author),
                "declared_at": row.declared_at.0,
                "first_seen_at": row.first_seen.0,
            })
        };
        let last = around.statuses.last();
        let mut offices: BTreeMap<&String, Value> = BTreeMap::new();
        for status in &around.statuses {
            offices.insert(&status.1, said(status));
        }
        let Some(fields) = shown.as_object_mut() else { return Ok(shown) };
        let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        put("debate", row.parent.map(|id| id.to_string()).into());
        put("text_id", around.wording.map(|id| id.to_string()).into());
        put("signatures", around.signers.len().into());
        put("status", last.map(|status| status.2.word()).into());
        put("status_reason", last.and_then(|status| status.3.clone()).into());
        put("status_office", last.map(|status| status.1.clone()).into());
        put("status_by_office", offices.into_values().collect());
        if all {
            let signer = |row: &PostRow| {
                json!({
                    "person": row.author.to_string(),
                    "name": names.of(&row.author),
                    "declared_at": row.declared_at.0,
                })
            };
            put("signed_by", around.signers.iter().map(signer).collect());
            put("history", around.statuses.iter().map(said).collect());
        }
        Ok(shown)
    }

    /// `proposal list`: the proposals of a debate, or of all, the latest first.
    pub(super) fn proposal_list(
        &mut self,
        context: &Context,
        debate: Option<&str>,
        offset: usize,
        limit: usize,
    ) -> Result<Value> {
        let (community, debate) = match debate {
            Some(debate) => {
                let (community, row) = self.entry(debate, &[PostFamily::Debate], Thing::Debate)?;
                (community, Some(row.id))
            }
            None => (self.here(context)?, None),
        };
        let all = self.known.proposals(&*self.store, &community.id)?;
        let is_of = |row: &&PostRow| debate.is_none() || row.parent == debate;
        let proposals: Vec<&PostRow> = all.iter().rev().filter(is_of).collect();
        let total = proposals.len();
        let mut list = Vec::new();
        for row in proposals.into_iter().skip(offset).take(limit) {
            list.push(self.proposal_json(&community, row, false)?);
        }
        Ok(json!({ "total": total, "offset": offset, "proposals": list }))
    }

    /// `proposal show`.
    pub(super) fn proposal_show(&mut self, id: &str) -> Result<Value> {
        let (community, row) = self.proposal(id)?;
        self.proposal_json(&community, &row, true)
    }

    /// `proposal wording`: its author names the text that is its wording, or begins one.
    pub(super) fn proposal_wording(
        &mut self,
        context: &Context,
        id: &str,
        text: Option<&str>,
    ) -> Result<Value> {
        let (community, row) = self.proposal(id)?;
        let who = self.author_here(&community, &row)?;
        let text: EntryId = match text {
            Some(text) => self.entry(text, &[PostFamily::Text], Thing::Text)?.1.id,
            None => {
                let (said, _) = reading::said(&*self.store, &row)?;
                let words = said.words();
                let context = Context {
                    speaker: Some(who.person.to_string()),
                    community: Some(community.id.to_string()),
                    lang: context.lang.clone().or(words.language.clone()),
                    ..context.clone()
                };
                let debate = row.parent.map(|id| id.to_string());
                let title = reading::heading(&words);
                let made = self.text_new(&context, title, debate, "members", Some(words.text))?;
                let made = made.get("id").and_then(Value::as_str);
                let made = made.and_then(|made| made.parse().ok());
                made.ok_or_else(|| ApiError::refused(why::text_not_begun()))?
            }
        };
        let draft = Draft::member(Body::Wording { proposal: row.id, text }, None);
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "text_id": text.to_string() }))
    }

    /// `proposal sign`: a member signs, or takes the signature back.
    pub(super) fn proposal_sign(
        &mut self,
        context: &Context,
        id: &str,
        signs: bool,
    ) -> Result<Value> {
        let (community, row) = self.proposal(id)?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let signed = around(&*self.store, &row)?.signers.iter().any(|s| s.author == who.person);
        if signed == signs {
            return Err(ApiError::refused(match signs {
                true => why::signed_already(),
                false => why::not_signed(),
            }));
        }
        let draft = Draft::member(Body::Support { proposal: row.id, signs }, None);
        let id = self.write(&community, &who, draft)?;
        let signatures = around(&*self.store, &row)?.signers.len();
        Ok(json!({ "id": id.to_string(), "signed": signs, "signatures": signatures }))
    }

    /// `proposal status`: an office says what becomes of it.
    pub(super) fn proposal_status(
        &mut self,
        context: &Context,
        id: &str,
        state: &str,
        reason: Option<String>,
        office: Option<String>,
    ) -> Result<Value> {
        let (community, row) = self.proposal(id)?;
        let state = ProposalState::from_word(state)
            .ok_or_else(|| ApiError::refused(why::status_unknown(state)))?;
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if state == ProposalState::Refused && reason.is_none() {
            return Err(ApiError::refused(why::say_why()));
        }
        let (who, _) =
            self.with_power(&community, context.speaker.as_deref(), &[Role::Official])?;
        let office = match office {
            Some(office) => office,
            None => {
                let grants = community.authority.grants_of(&who.person).into_iter();
                let mut offices: Vec<String> =
                    grants.filter(|g| g.live_now).filter_map(|g| g.office).collect();
                offices.sort_unstable();
                offices.dedup();
                match offices.as_slice() {
                    [only] => only.clone(),
                    _ => {
                        return Err(ApiError::refused(why::which_office()));
                    }
                }
            }
        };
        let draft = Draft {
            stream: Stream::Official,
            role: Role::Official,
            office: Some(office.clone()),
            body: Body::ProposalStatus { proposal: row.id, office: office.clone(), state, reason },
            words: None,
        };
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "status": state.word(), "office": office }))
    }
}
