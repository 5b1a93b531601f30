//! The first page: six choices, and what is urgent above them.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::views::{Announcement, view};
use super::super::visitor::Visitor;
use super::Asked;
use crate::api::Request;

struct Tile {
    key: &'static str,
    path: &'static str,
    colour: u8,
}

const TILES: [Tile; 6] = [
    Tile { key: "news", path: "/news", colour: 1 },
    Tile { key: "debates", path: "/debates", colour: 2 },
    Tile { key: "questions", path: "/questions", colour: 3 },
    Tile { key: "proposals", path: "/proposals", colour: 3 },
    Tile { key: "learn", path: "/learn", colour: 2 },
    Tile { key: "node", path: "/node", colour: 1 },
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    items: Vec<Announcement>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    p: Page,
    alerts: Vec<Announcement>,
    tiles: &'static [Tile],
}

#[derive(Template)]
#[template(path = "begin.html")]
struct Begin {
    p: Page,
}

pub(crate) async fn home(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("home"), "/").await?;
    let p = p.done(asked.done.as_deref());
    if p.here.is_none() {
        return Ok(shown(&Begin { p }));
    }
    if p.is_closed {
        return Ok(go("/people"));
    }
    let (kind, office) = (Some("alert".to_owned()), None);
    let request = Request::AnnouncementPage { page: 1, kind, office, current: true };
    let Listed { items: mut alerts } =
        view(square.handle.request(visitor.context(), request).await?)?;
    alerts.truncate(3);
    Ok(shown(&Home { p, alerts, tiles: &TILES }))
}
