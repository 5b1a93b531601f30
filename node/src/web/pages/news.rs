//! Announcements, alerts and decisions.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::{Announcement, Knowledge, Person, view};
use super::super::visitor::Visitor;
use super::{Asked, Pages};
use crate::api::{Announce, ApiError, Context, Request};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    items: Vec<Announcement>,
    pages: usize,
    knowledge: Knowledge,
}

#[derive(Template)]
#[template(path = "news.html")]
struct News {
    p: Page,
    items: Vec<Announcement>,
    pages: Pages,
    knowledge: Knowledge,
    may_announce: bool,
}

/// Whether who speaks has this role.
pub(super) async fn has_role(
    square: &Shared,
    visitor: &Visitor,
    role: &str,
) -> Result<bool, Failure> {
    if visitor.power.who.is_none() {
        return Ok(false);
    }
    let me = match square.handle.request(visitor.context(), Request::PersonShow).await {
        // Who is no longer of this device has no roles.
        Err(ApiError::Refused(_) | ApiError::Unknown(_)) => return Ok(false),
        me => view::<Person>(me?)?,
    };
    Ok(me.roles.iter().any(|held| held == role))
}

/// All, the newest first.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("news"), "/news").await?;
    let p = p.done(asked.done.as_deref());
    let page = u32::try_from(asked.page.unwrap_or(1).max(1)).unwrap_or(1);
    let request = Request::AnnouncementPage { page, kind: None, office: None, current: false };
    let Listed { items, pages, knowledge } =
        view(square.handle.request(visitor.context(), request).await?)?;
    let all = pages.max(1);
    let pages = Pages { at: asked.page.unwrap_or(1).clamp(1, all), all };
    let may_announce = has_role(&square, &visitor, "official").await?;
    Ok(shown(&News { p, items, pages, knowledge, may_announce }))
}

#[derive(Template)]
#[template(path = "announcement.html")]
struct One {
    p: Page,
    one: Announcement,
    may_translate: bool,
    may_cosign: bool,
}

/// One of them.
pub(crate) async fn one(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let request = Request::AnnouncementShow { id: id.clone() };
    let one: Announcement = view(square.handle.request(visitor.context(), request).await?)?;
    let title = one.title.clone().unwrap_or_default();
    let p = Page::new(&square, &visitor, title, format!("/news/{id}")).await?;
    let p = p.done(asked.done.as_deref());
    let p = p.moderating(has_role(&square, &visitor, "moderator").await?);
    let may_translate = translates(&square, &visitor).await?;
    let may_cosign = one.kind == "decision" && p.votes() && !p.is_me(&one.author);
    Ok(shown(&One { p, one, may_translate, may_cosign }))
}

/// Whether who speaks may say things in other languages.
pub(super) async fn translates(square: &Shared, visitor: &Visitor) -> Result<bool, Failure> {
    for role in ["facilitator", "official", "moderator", "manager"] {
        if has_role(square, visitor, role).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Signs a decision with others.
pub(crate) async fn cosign(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    _: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    square.handle.request(visitor.context(), Request::Cosign { id: id.clone() }).await?;
    Ok(go(&format!("/news/{id}?done=saved")))
}

/// Says an entry in another language, or aloud.
pub(crate) async fn translate(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(entry): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let lang = sent.some("lang").unwrap_or_else(|| visitor.lang.tag().to_owned());
    let request = Request::Translate {
        entry: entry.clone(),
        title: sent.some("title"),
        text: sent.get("text").to_owned(),
        attached: sent.attached(&lang),
    };
    let context = Context { lang: Some(lang), ..visitor.context() };
    square.handle.request(context, request).await?;
    let back = match sent.get("debate") {
        "" => format!("/news/{entry}?done=saved"),
        _ => return Ok(super::posts::back(&sent, "saved")),
    };
    drop(sent);
    Ok(go(&back))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Register {
    offices: Vec<Office>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Office {
    office: String,
    holders: Vec<Holder>,
    held: u64,
    missing: u64,
    numbers: Vec<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Holder {
    person: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Number {
    number: u64,
    doubled: bool,
    decisions: Vec<Decision>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Decision {
    id: String,
    title: Option<String>,
    standing: String,
    backdated: bool,
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage {
    p: Page,
    offices: Vec<Office>,
}

/// The numbered decisions of each office, with what is missing or doubled.
pub(crate) async fn register(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let request = Request::Register { office: None };
    let Register { offices } = view(square.handle.request(visitor.context(), request).await?)?;
    let p = Page::new(&square, &visitor, visitor.lang.say("register"), "/register").await?;
    Ok(shown(&RegisterPage { p, offices }))
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
