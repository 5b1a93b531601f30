//! A debate as the tables that Polis exports, and one made from such tables.

use std::collections::BTreeMap;
use std::io::Read;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, shown};
use super::super::sent::Sent;
use super::super::views::view;
use super::super::visitor::Visitor;
use super::blob::disposition;
use super::carry::carries;
use crate::api::Request;

/// The most bytes of all tables together, as `baro import polis` has it.
pub(super) const TABLES_BYTES_MAX: u64 = 24 * 1024 * 1024;
/// The tables of an export.
pub(super) const TABLES: [&str; 4] =
    ["comments.csv", "votes.csv", "participants-votes.csv", "summary.csv"];
/// The fields of the form, and the tables they bring; the last may be left out.
const FIELDS: [(&str, &str); 3] = [
    ("file-comments", "comments.csv"),
    ("file-votes", "votes.csv"),
    ("file-summary", "summary.csv"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Exported {
    files: BTreeMap<String, String>,
}

/// One table of a debate, to save.
pub(crate) async fn table(
    State(square): State<Shared>,
    visitor: Visitor,
    Path((debate, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    // Groups and all are computed for it: not for strangers.
    carries(&visitor)?;
    if !TABLES.contains(&name.as_str()) {
        return Err(Failure::NoPage);
    }
    let request = Request::ExportPolis { debate };
    let mut made: Exported = view(square.handle.request(visitor.context(), request).await?)?;
    let table = made.files.remove(&name).ok_or(Failure::NoPage)?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, disposition(false, Some(&name))),
    ];
    Ok((headers, table).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Imported {
    id: String,
    title: String,
    participants: u64,
    comments: u64,
    votes: u64,
    votes_left_out: u64,
    first_refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "polis.html")]
struct Polis {
    p: Page,
    done: Option<Imported>,
}

/// The form that brings a debate from Polis.
pub(crate) async fn form(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    visitor.speaker()?;
    let p = Page::new(&square, &visitor, visitor.lang.say("polis-in"), "/debates/polis").await?;
    Ok(shown(&Polis { p, done: None }))
}

/// Makes a debate of the tables: each participant becomes a person of this device.
pub(crate) async fn import(
    State(square): State<Shared>,
    visitor: Visitor,
    mut sent: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    visitor.speaker()?;
    let mut files = BTreeMap::new();
    for (field, name) in FIELDS {
        match sent.file(field) {
            Some(mut file) => {
                let mut text = String::new();
                if file.read_to_string(&mut text).is_err() {
                    return Err(Failure::Told("failed-no-table"));
                }
                files.insert(name.to_owned(), text);
            }
            None if name == "summary.csv" => {}
            None => return Err(Failure::Told("failed-no-file")),
        }
    }
    let request = Request::ImportPolis { files, prefix: sent.some("prefix") };
    let done = view(square.handle.request(visitor.context(), request).await?)?;
    let p = Page::new(&square, &visitor, visitor.lang.say("polis-in"), "/debates").await?;
    Ok(shown(&Polis { p, done: Some(done) }))
}
