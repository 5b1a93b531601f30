//! Who gave and ended which roles: for everybody who reads here, in their language.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, shown};
use super::super::views::view;
use super::super::visitor::Visitor;
use super::{Asked, ITEMS, Pages};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Deed {
    first_seen_at: Option<i64>,
    counts: bool,
    words: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    total: usize,
    deeds: Vec<Deed>,
}

#[derive(Template)]
#[template(path = "roles.html")]
struct Roles {
    p: Page,
    deeds: Vec<Deed>,
    pages: Pages,
}

/// The latest first.
pub(crate) async fn roles(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("roles-history"), "/roles").await?;
    let request = Request::Deeds { offset: Some(asked.offset()), limit: Some(ITEMS) };
    let told: Told = view(square.handle.request(visitor.context(), request).await?)?;
    let pages = Pages::of(&asked, told.total);
    Ok(shown(&Roles { p, deeds: told.deeds, pages }))
}
