//! Proposals: an action or a project, its wording written together, who signs it, what the office
//! says of it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::{Post, view};
use super::super::visitor::Visitor;
use super::{Asked, ITEMS, Pages};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Proposal {
    #[serde(flatten)]
    post: Post,
    text_id: Option<String>,
    signatures: u64,
    status: Option<String>,
    status_reason: Option<String>,
    status_office: Option<String>,
    signed_by: Vec<Signer>,
    history: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Signer {
    person: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    office: String,
    status: String,
    reason: Option<String>,
    name: String,
    first_seen_at: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    total: u64,
    proposals: Vec<Proposal>,
}

#[derive(Template)]
#[template(path = "proposals.html")]
struct Proposals {
    p: Page,
    items: Vec<Proposal>,
    pages: Pages,
}

/// All proposals, the latest first.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("proposals"), "/proposals").await?;
    let (offset, limit) = (Some(asked.offset()), Some(ITEMS));
    let request = Request::ProposalList { debate: None, offset, limit };
    let listed: Listed = view(square.handle.request(visitor.context(), request).await?)?;
    let pages = Pages::of(&asked, usize::try_from(listed.total).unwrap_or(usize::MAX));
    Ok(shown(&Proposals { p, items: listed.proposals, pages }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wording {
    text: String,
    version: Vec<String>,
    spans: Vec<Span>,
    history: Vec<Change>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Span {
    text: String,
    by: Option<Name>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Change {
    change: String,
    by: Option<Name>,
    declared_at: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Name {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "proposal.html")]
struct One {
    p: Page,
    one: Proposal,
    post: Post,
    wording: Option<Wording>,
    old: Option<Wording>,
    signed: bool,
    official: bool,
    statuses: [&'static str; 5],
}

async fn wording_of(
    square: &Shared,
    visitor: &Visitor,
    text: &str,
    at: Vec<String>,
) -> Result<Wording, Failure> {
    let request = Request::TextShow { id: text.to_owned(), history: at.is_empty(), at };
    view(square.handle.request(visitor.context(), request).await?)
}

/// One proposal; `to` names an earlier version of its wording to look at.
pub(crate) async fn one(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let request = Request::ProposalShow { id: id.clone() };
    let mut one: Proposal = view(square.handle.request(visitor.context(), request).await?)?;
    let (mut wording, mut old) = (None, None);
    if let Some(text) = &one.text_id {
        wording = wording_of(&square, &visitor, text, Vec::new()).await.ok();
        if let Some(at) = asked.to.clone() {
            old = Some(wording_of(&square, &visitor, text, vec![at]).await?);
        }
    }
    let title = visitor.lang.say("proposal");
    let p = Page::new(&square, &visitor, title, format!("/proposals/{id}")).await?;
    let p = p.done(asked.done.as_deref());
    let signed = one.signed_by.iter().any(|signer| p.is_me(&signer.person));
    let official = super::news::has_role(&square, &visitor, "official").await?;
    let statuses = ["received", "studied", "accepted", "refused", "done"];
    let post = std::mem::take(&mut one.post);
    Ok(shown(&One { p, one, post, wording, old, signed, official, statuses }))
}

/// Begins the wording, or saves what was written into it: what others wrote meanwhile stays.
pub(crate) async fn wording(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = match sent.some("text_id") {
        None => Request::ProposalWording { id: id.clone(), text: None },
        Some(text) => Request::TextEdit {
            id: text,
            content: sent.get("text").to_owned(),
            at: sent.get("at").split(' ').filter(|at| !at.is_empty()).map(str::to_owned).collect(),
        },
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/proposals/{id}?done=saved")))
}

/// Signs, or takes the signature back.
pub(crate) async fn sign(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    if visitor.speaker()?.guest {
        return Err(Failure::Visitor);
    }
    let request = Request::ProposalSign { id: id.clone(), signs: sent.get("signs") == "1" };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/proposals/{id}?done=saved")))
}

/// What an office says of it.
pub(crate) async fn status(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::ProposalStatus {
        id: id.clone(),
        status: sent.get("status").to_owned(),
        reason: sent.some("reason"),
        office: sent.some("office"),
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/proposals/{id}?done=saved")))
}
