//! Questions to officials: what waits, and answering.

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
use super::{Asked, Pages, guest};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    items: Vec<Post>,
    pages: usize,
}

#[derive(Template)]
#[template(path = "questions.html")]
struct Questions {
    p: Page,
    items: Vec<Post>,
    pages: Pages,
    state: &'static str,
    states: [&'static str; 3],
    may_answer: bool,
}

/// The questions, the oldest first: those that wait, or others.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("questions"), "/questions").await?;
    let states = ["waiting", "answered", "all"];
    let state = states.into_iter().find(|state| Some(*state) == asked.order.as_deref());
    let state = state.unwrap_or("waiting");
    let request = Request::QuestionPage {
        page: u32::try_from(asked.page.unwrap_or(1).max(1)).unwrap_or(1),
        office: None,
        to: None,
        state: (state != "all").then(|| state.to_owned()),
    };
    let listed: Listed = view(square.handle.request(visitor.context(), request).await?)?;
    let all = listed.pages.max(1);
    let pages = Pages { at: asked.page.unwrap_or(1).clamp(1, all), all };
    let may_answer = super::news::has_role(&square, &visitor, "official").await?;
    let moderates = super::news::has_role(&square, &visitor, "moderator").await?;
    let (p, items) = (p.done(asked.done.as_deref()).moderating(moderates), listed.items);
    Ok(shown(&Questions { p, items, pages, state, states, may_answer }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Responsiveness {
    offices: Vec<Office>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Office {
    office: String,
    holders: Vec<Holder>,
    asked: u64,
    reached: u64,
    answered: u64,
    waiting: u64,
    median_declared_days: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Holder {
    person: String,
    name: String,
}

#[derive(Template)]
#[template(path = "offices.html")]
struct Offices {
    p: Page,
    offices: Vec<Office>,
}

async fn all_offices(square: &Shared, visitor: &Visitor) -> Result<Vec<Office>, Failure> {
    let request = Request::Responsiveness { office: None };
    let found: Responsiveness = view(square.handle.request(visitor.context(), request).await?)?;
    Ok(found.offices)
}

/// How each office answers.
pub(crate) async fn offices(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let offices = all_offices(&square, &visitor).await?;
    let p = Page::new(&square, &visitor, visitor.lang.say("offices"), "/offices").await?;
    Ok(shown(&Offices { p, offices }))
}

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    p: Page,
    offices: Vec<Office>,
}

/// The form of a question.
pub(crate) async fn form(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    if !square.config.guests {
        visitor.speaker()?;
    }
    let offices = all_offices(&square, &visitor).await?;
    let p = Page::new(&square, &visitor, visitor.lang.say("ask"), "/questions/ask").await?;
    Ok(shown(&AskPage { p, offices }))
}

/// Asks: `who` is `office:NAME` or a person's id.
pub(crate) async fn ask(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    let (visitor, cookie) = guest::speaking(&square, visitor, &sent).await?;
    let who = sent.get("who");
    let office = who.strip_prefix("office:").map(str::to_owned);
    let request = Request::Ask {
        text: sent.get("text").to_owned(),
        to: office.is_none().then(|| who.to_owned()),
        office,
        debate: None,
        reply_to: None,
        attached: sent.attached(visitor.lang.tag()),
    };
    square.handle.request(visitor.context(), request).await?;
    drop(sent);
    let mut response = go("/questions?done=said");
    if let Some(cookie) = cookie {
        response.extensions_mut().insert(cookie);
    }
    Ok(response)
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

/// An official signs that a question was read.
pub(crate) async fn read(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    square.handle.request(visitor.context(), Request::Read { entries: vec![id] }).await?;
    Ok(go("/questions?done=saved"))
}
