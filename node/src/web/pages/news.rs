//! Announcements, alerts and decisions.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::{Announcement, Person, view};
use super::super::visitor::Visitor;
use super::{Asked, ITEMS, Pages};
use crate::api::{Announce, Context, Request};

#[derive(Template)]
#[template(path = "news.html")]
struct News {
    p: Page,
    items: Vec<Announcement>,
    pages: Pages,
    may_announce: bool,
}

async fn all(square: &Shared, visitor: &Visitor) -> Result<Vec<Announcement>, Failure> {
    let all = square.handle.request(visitor.context(), Request::Announcements).await?;
    view(all)
}

/// Whether who speaks has this role.
pub(super) async fn has_role(
    square: &Shared,
    visitor: &Visitor,
    role: &str,
) -> Result<bool, Failure> {
    let Some(who) = &visitor.power.who else { return Ok(false) };
    let persons = square.handle.request(Context::default(), Request::PersonList).await?;
    let persons: Vec<Person> = view(persons)?;
    let me = persons.iter().find(|person| person.id == who.id);
    Ok(me.is_some_and(|me| me.roles.iter().any(|held| held == role)))
}

/// All, the newest first; alerts that hold stand above.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("news"), "/news").await?;
    let p = p.done(asked.done.as_deref());
    let mut items = all(&square, &visitor).await?;
    items.reverse();
    let holds = |one: &Announcement| {
        one.kind == "alert" && one.superseded_by.is_none() && !one.expired
    };
    items.sort_by_key(|one| !holds(one));
    let pages = Pages::of(&asked, items.len());
    let items = items.into_iter().skip(asked.offset()).take(ITEMS).collect();
    let may_announce = has_role(&square, &visitor, "official").await?;
    Ok(shown(&News { p, items, pages, may_announce }))
}

#[derive(Template)]
#[template(path = "announcement.html")]
struct One {
    p: Page,
    one: Announcement,
}

/// One of them.
pub(crate) async fn one(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let one = all(&square, &visitor).await?.into_iter().find(|one| one.id == id);
    let one = one.ok_or(Failure::NoPage)?;
    let title = one.title.clone().unwrap_or_default();
    let p = Page::new(&square, &visitor, title, format!("/news/{id}")).await?;
    Ok(shown(&One { p, one }))
}

#[derive(Template)]
#[template(path = "announce.html")]
struct New {
    p: Page,
}

/// The form of an announcement.
pub(crate) async fn new(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let p = Page::new(&square, &visitor, visitor.lang.say("announce"), "/news/new").await?;
    Ok(shown(&New { p }))
}

/// Announces.
pub(crate) async fn announce(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let kind = sent.get("kind");
    let announce = Announce {
        title: sent.get("title").to_owned(),
        body: sent.some("text"),
        alert: kind == "alert",
        decision: kind == "decision",
        office: sent.some("office"),
        place: sent.some("place"),
        days: sent.get("days").parse().ok(),
        supersedes: sent.some("supersedes"),
        attached: sent.attached(visitor.lang.tag()),
        ..Announce::default()
    };
    square.handle.request(visitor.context(), Request::Announce(announce)).await?;
    drop(sent);
    Ok(go("/news?done=said"))
}
