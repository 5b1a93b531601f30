//! Questions to officials: what waits, and answering.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::{Post, view};
use super::super::visitor::Visitor;
use super::{Asked, ITEMS, Pages};
use crate::api::Request;

#[derive(Template)]
#[template(path = "questions.html")]
struct Questions {
    p: Page,
    items: Vec<Post>,
    pages: Pages,
}

/// The questions that wait, the oldest first.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("questions"), "/questions").await?;
    let all = square.handle.request(visitor.context(), Request::Questions).await?;
    let items: Vec<Post> = view(all)?;
    let pages = Pages::of(&asked, items.len());
    let items = items.into_iter().skip(asked.offset()).take(ITEMS).collect();
    Ok(shown(&Questions { p: p.done(asked.done.as_deref()), items, pages }))
}

/// Answers one.
pub(crate) async fn answer(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::Answer {
        question: id,
        text: sent.get("text").to_owned(),
        attached: sent.attached(visitor.lang.tag()),
    };
    square.handle.request(visitor.context(), request).await?;
    drop(sent);
    Ok(go("/questions?done=said"))
}
