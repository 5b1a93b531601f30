//! What was hidden, by whom and why; asking that somebody else looks again; and not wanting to see
//! somebody, which stays on this device.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::view;
use super::super::visitor::Visitor;
use super::{Asked, news, posts};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Case {
    author: String,
    name: String,
    kind: String,
    language: String,
    hidden: Option<String>,
    history: Vec<Step>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    what: String,
    id: String,
    name: String,
    reason: Option<String>,
    text: Option<String>,
    answered: bool,
    answers: Vec<Step>,
    first_seen_at: i64,
}

#[derive(Template)]
#[template(path = "moderation.html")]
struct Moderation {
    p: Page,
    cases: Vec<Case>,
    moderates: bool,
}

/// All that was hidden, the latest first.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let request = Request::ModerationList { waiting: false };
    let mut cases: Vec<Case> = view(square.handle.request(visitor.context(), request).await?)?;
    cases.truncate(100);
    let title = visitor.lang.say("moderation");
    let p = Page::new(&square, &visitor, title, "/moderation").await?;
    let moderates = news::has_role(&square, &visitor, "moderator").await?
        || news::has_role(&square, &visitor, "manager").await?;
    Ok(shown(&Moderation { p: p.done(asked.done.as_deref()), cases, moderates }))
}

/// Asks that somebody else looks again.
pub(crate) async fn appeal(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(post): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::Appeal { post, text: sent.get("text").to_owned() };
    square.handle.request(visitor.context(), request).await?;
    Ok(go("/moderation?done=said"))
}

/// Answers an appeal.
pub(crate) async fn review(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(appeal): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let (shows, reason) = (sent.get("shows") == "1", sent.get("reason").to_owned());
    let request = Request::Review { appeal, shows, reason };
    square.handle.request(visitor.context(), request).await?;
    Ok(go("/moderation?done=said"))
}

/// Does not want to see what somebody says, or does again.
pub(crate) async fn block(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(person): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::Block { person, blocks: sent.get("show") != "1" };
    square.handle.request(visitor.context(), request).await?;
    Ok(posts::back(&sent, "saved"))
}
