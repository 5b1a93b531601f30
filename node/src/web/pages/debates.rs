//! Debates: the list, one with its posts, speaking, voting, closing.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::{Debate, Post, view};
use super::super::visitor::Visitor;
use super::super::{Shared, format};
use super::{Asked, ITEMS, Pages, guest, posts};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    #[serde(flatten)]
    debate: Debate,
    posts: u64,
}

#[derive(Template)]
#[template(path = "debates.html")]
struct Debates {
    p: Page,
    items: Vec<Listed>,
    pages: Pages,
}

/// All debates, open ones first, the newest first among them.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("debates"), "/debates").await?;
    let all = square.handle.request(visitor.context(), Request::DebateList).await?;
    let mut items: Vec<Listed> = view(all)?;
    items.reverse();
    items.sort_by_key(|one| one.debate.closed);
    let pages = Pages::of(&asked, items.len());
    let items = items.into_iter().skip(asked.offset()).take(ITEMS).collect();
    Ok(shown(&Debates { p: p.done(asked.done.as_deref()), items, pages }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) debate: Debate,
    pub(super) posts: Vec<Post>,
    pub(super) posts_total: u64,
}

/// In which orders posts are shown.
const ORDERS: [&str; 4] = ["oldest", "newest", "wanted", "votes"];

#[derive(Template)]
#[template(path = "debate.html")]
struct One {
    p: Page,
    debate: Debate,
    posts: Vec<Post>,
    pages: Pages,
    total: u64,
    order: &'static str,
    orders: [&'static str; 4],
    /// Whether whoever reads opened it.
    opened: bool,
    may_close: bool,
    facilitates: bool,
    translates: bool,
    tables: [&'static str; 4],
}

/// A part of a debate.
pub(super) async fn part(
    square: &Shared,
    visitor: &Visitor,
    id: &str,
    asked: &Asked,
    order: &str,
) -> Result<Shown, Failure> {
    let request = Request::DebatePage {
        id: id.to_owned(),
        offset: Some(asked.offset()),
        limit: Some(ITEMS),
        order: Some(order.to_owned()),
    };
    view(square.handle.request(visitor.context(), request).await?)
}

/// One debate.
pub(crate) async fn one(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let order = ORDERS.into_iter().find(|order| Some(*order) == asked.order.as_deref());
    let order = order.unwrap_or("oldest");
    let Shown { debate, posts, posts_total: total } =
        part(&square, &visitor, &id, &asked, order).await?;
    let p = Page::new(&square, &visitor, debate.title.clone(), format!("/debates/{id}")).await?;
    let p = p.done(asked.done.as_deref());
    let pages = Pages::of(&asked, usize::try_from(total).unwrap_or(usize::MAX));
    let p = p.moderating(super::news::has_role(&square, &visitor, "moderator").await?);
    let facilitates = super::news::has_role(&square, &visitor, "facilitator").await?;
    let opened = p.is_me(&debate.author);
    let may_close = !debate.closed && (opened || facilitates || p.moderates);
    let translates = super::news::translates(&square, &visitor).await?;
    let (orders, tables) = (ORDERS, super::polis::TABLES);
    Ok(shown(&One {
        p,
        debate,
        posts,
        pages,
        total,
        order,
        orders,
        opened,
        may_close,
        facilitates,
        translates,
        tables,
    }))
}

#[derive(Template)]
#[template(path = "speak.html")]
struct Speak {
    p: Page,
    debate: Debate,
    reply_to: Option<Post>,
}

/// The form to speak with.
pub(crate) async fn speak(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    if !square.config.guests {
        visitor.speaker()?;
    }
    let Shown { debate, posts, .. } = part(&square, &visitor, &id, &asked, "oldest").await?;
    let reply_to = posts.into_iter().find(|post| Some(&post.id) == asked.to.as_ref());
    let title = visitor.lang.say("speak");
    let p = Page::new(&square, &visitor, title, format!("/debates/{id}/say")).await?;
    Ok(shown(&Speak { p, debate, reply_to }))
}

/// Speaks.
pub(crate) async fn say(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let (visitor, cookie) = guest::speaking(&square, visitor, &sent).await?;
    let request = Request::Say {
        debate: id.clone(),
        text: sent.get("text").to_owned(),
        kind: sent.some("kind"),
        reply_to: sent.some("reply_to"),
        to: sent.some("to"),
        attached: sent.attached(visitor.lang.tag()),
    };
    square.handle.request(visitor.context(), request).await?;
    drop(sent);
    let mut response = go(&format!("/debates/{id}?done=said"));
    if let Some(cookie) = cookie {
        response.extensions_mut().insert(cookie);
    }
    Ok(response)
}

/// Votes, and comes back to the post.
pub(crate) async fn vote(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(post): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    if visitor.speaker()?.guest {
        return Err(Failure::Visitor);
    }
    let choice = sent.get("choice").to_owned();
    let request = Request::Vote { post, choice };
    square.handle.request(visitor.context(), request).await?;
    Ok(posts::back(&sent, "voted"))
}

#[derive(Template)]
#[template(path = "debate_new.html")]
struct New {
    p: Page,
}

/// The form of a new debate.
pub(crate) async fn new(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let p = Page::new(&square, &visitor, visitor.lang.say("debate-open"), "/debates/new").await?;
    Ok(shown(&New { p }))
}

/// When a debate opens and closes, where the form says so.
fn window_of(sent: &Sent) -> Result<(Option<i64>, Option<i64>), Failure> {
    let at = |name| match sent.get(name) {
        "" => Ok(None),
        text => format::read_moment(text).map(Some).ok_or(Failure::Told("failed-moment")),
    };
    let (opens, closes) = (at("opens")?, at("closes")?);
    if opens.zip(closes).is_some_and(|(opens, closes)| opens >= closes) {
        return Err(Failure::Told("failed-window"));
    }
    Ok((opens, closes))
}

/// Opens a debate.
pub(crate) async fn open(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    // Before anything is said.
    let (opens, closes) = window_of(&sent)?;
    let request = Request::DebateOpen {
        title: sent.get("title").to_owned(),
        body: sent.some("text"),
        days: None,
    };
    let opened = square.handle.request(visitor.context(), request).await?;
    let id = opened.get("id").and_then(serde_json::Value::as_str).unwrap_or_default();
    if opens.is_some() || closes.is_some() {
        let request = Request::DebateWindow { id: id.to_owned(), opens, closes };
        square.handle.request(visitor.context(), request).await?;
    }
    Ok(go(&format!("/debates/{id}?done=opened")))
}

/// Declares another opening and closing.
pub(crate) async fn window(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let (opens, closes) = window_of(&sent)?;
    let request = Request::DebateWindow { id: id.clone(), opens, closes };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/debates/{id}?done=saved")))
}

/// Closes one.
pub(crate) async fn close(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::DebateClose { id: id.clone(), outcome: sent.some("outcome") };
    square.handle.request(visitor.context(), request).await?;
    Ok(go(&format!("/debates/{id}?done=closed")))
}
