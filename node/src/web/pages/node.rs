//! This node: what it holds, since when and from where, what waits, what the data cost.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, shown};
use super::super::views::{Community, view};
use super::super::visitor::Visitor;
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    communities: Vec<Community>,
    peers: Vec<serde_json::Value>,
    stored_bytes: u64,
    blobs: Blobs,
    waits: Vec<Waits>,
    spent: Vec<Spent>,
    warnings: Vec<Warning>,
    refused: Vec<Refused>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Blobs {
    bytes: u64,
    bytes_max: u64,
    count: u64,
    unsent: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Waits {
    what: String,
    count: u64,
    bytes: u64,
    why: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spent {
    uplink: String,
    day: String,
    bytes: u64,
    cost: Option<f64>,
    currency: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Warning {
    words: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refused {
    reason: String,
    count: u64,
}

#[derive(Template)]
#[template(path = "node.html")]
struct Node {
    p: Page,
    status: Status,
    linked: u64,
}

/// What this node holds.
pub(crate) async fn node(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let status: Status =
        view(square.handle.request(visitor.at_the_door(), Request::Status).await?)?;
    let p = Page::new(&square, &visitor, visitor.lang.say("node"), "/node").await?;
    let linked = status.peers.len() as u64;
    Ok(shown(&Node { p, status, linked }))
}
