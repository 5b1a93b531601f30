//! Paper ballots: a facilitator enters what stands on paper under a token; what is doubled waits for
//! somebody to settle it.

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
use super::{Asked, Pages, debates, news};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ballots {
    counted: u64,
    conflicts: u64,
    tokens: Vec<Token>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    token: String,
    conflict: bool,
    ballots: Vec<Ballot>,
    settled: Option<Settled>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ballot {
    id: String,
    author: String,
    name: String,
    state: String,
    votes: Vec<Vote>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Vote {
    choice: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settled {
    name: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "ballots.html")]
struct BallotsPage {
    p: Page,
    debate: String,
    ballots: Ballots,
    posts: Vec<Post>,
    pages: Pages,
    facilitates: bool,
    settles: bool,
}

/// The ballots of a debate, those in conflict first, and the form to enter one.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let request = Request::BallotList { debate: id.clone(), conflicts: false };
    let mut ballots: Ballots = view(square.handle.request(visitor.context(), request).await?)?;
    ballots.tokens.sort_by_key(|token| !token.conflict);
    ballots.tokens.truncate(200);
    let part = debates::part(&square, &visitor, &id, &asked, "oldest").await?;
    let pages = Pages::of(&asked, usize::try_from(part.posts_total).unwrap_or(usize::MAX));
    let path = format!("/debates/{id}/ballots");
    let p = Page::new(&square, &visitor, visitor.lang.say("ballots"), path).await?;
    let p = p.done(asked.done.as_deref());
    let facilitates = news::has_role(&square, &visitor, "facilitator").await?;
    let settles = news::has_role(&square, &visitor, "moderator").await?
        || news::has_role(&square, &visitor, "manager").await?;
    let posts = part.posts;
    Ok(shown(&BallotsPage { p, debate: id, ballots, posts, pages, facilitates, settles }))
}

/// Enters one: each field `v-POST` is a choice.
pub(crate) async fn enter(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let votes = sent
        .all()
        .filter_map(|(name, choice)| Some((name.strip_prefix("v-")?, choice)))
        .filter(|(_, choice)| !choice.is_empty())
        .map(|(post, choice)| (post.to_owned(), choice.to_owned()))
        .collect();
    let request = Request::BallotEnter {
        debate: id.clone(),
        token: sent.get("paper").to_owned(),
        votes,
        replaces: sent.some("replaces"),
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/debates/{id}/ballots?done=saved")))
}

/// Says which ballot of a token counts.
pub(crate) async fn settle(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::BallotSettle {
        debate: id.clone(),
        token: sent.get("paper").to_owned(),
        stands: sent.some("stands"),
        reason: sent.get("reason").to_owned(),
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/debates/{id}/ballots?done=saved")))
}
