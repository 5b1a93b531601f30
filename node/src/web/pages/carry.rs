//! Files for hands and sticks: what this node holds, the questions of an office and its answers,
//! and such files taken in.
//!
//! They are those of `baro bundle` and `baro saturday`, made and read by the same functions. What is
//! in a file that somebody brings is believed as little as what a stranger says in a session.

use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::Value;

use super::super::error::Failure;
use super::super::page::{Page, shown};
use super::super::sent::{Sent, room, spool};
use super::super::views::view;
use super::super::visitor::Visitor;
use super::super::{Shared, format};
use super::blob::{body, disposition};
use crate::api::{ApiError, Request};
use crate::blobs::BlobClass;
use crate::bundle::{
    self, Bounds, Chosen, Digest, DigestError, Frame, ImportError, Report, Tally, WriteError,
    Written,
};
use crate::runtime::wall_seconds;
use crate::store::Read;
use crate::vault::Spool;
use crate::words::why;

/// The most bytes of a file that is made or taken in here; `baro bundle` knows no such bound.
pub(super) const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Who may have files made and taken in: persons of this device, and browsers it has let in. A
/// stranger could fill the disk.
pub(super) fn carries(visitor: &Visitor) -> Result<(), Failure> {
    let is_member = visitor.power.who.as_ref().is_some_and(|who| !who.guest);
    if visitor.power.device || is_member { Ok(()) } else { Err(Failure::Nobody) }
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
}

#[derive(Template)]
#[template(path = "carry.html")]
struct Carry {
    p: Page,
    offices: Vec<Office>,
}

/// What can be carried.
pub(crate) async fn carry(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    carries(&visitor)?;
    let request = Request::Responsiveness { office: None };
    let found: Responsiveness = view(square.handle.request(visitor.context(), request).await?)?;
    let p = Page::new(&square, &visitor, visitor.lang.say("carry"), "/carry").await?;
    Ok(shown(&Carry { p, offices: found.offices }))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Node(ApiError::refused(why::file_failed(error.to_string())))
}

/// A name for a file to save: what it is, the day, and how it ends.
fn named(what: &str, end: &str) -> String {
    let moment = format::moment(wall_seconds().0);
    let day = moment.get(..10).unwrap_or_default();
    format!("{what}-{day}.{end}")
}

/// Has a file written from one view of what the node holds, and gives it to be saved.
async fn saved(
    square: &Shared,
    name: &str,
    fill: impl FnOnce(&dyn Read, u64, &mut dyn Write) -> Result<Written, WriteError> + Send + 'static,
) -> Result<Response, Failure> {
    let (data, database) = (square.data.clone(), square.database.clone());
    let written = tokio::task::spawn_blocking(move || {
        let mut file = spool(&data).map_err(failed)?;
        let reader = database.reader().map_err(failed)?;
        let snapshot = reader.snapshot().map_err(failed)?;
        let most = room(&data).min(FILE_BYTES_MAX);
        let mut out = BufWriter::new(&mut file);
        fill(&snapshot, most, &mut out).map_err(failed)?;
        out.flush().map_err(failed)?;
        drop(out);
        file.finish().map_err(failed)?;
        let size = file.size();
        Ok::<_, Failure>((file, size))
    });
    let (file, size) = written.await.map_err(failed)??;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, disposition(false, Some(name))),
        (CONTENT_LENGTH, size.to_string()),
    ];
    Ok((headers, body(move |bytes, at| file.read_exact_at(bytes, at), 0, size)).into_response())
}

/// Everything that this node holds, or what a device lacks that said what it has.
pub(crate) async fn all(
    State(square): State<Shared>,
    visitor: Visitor,
    mut sent: Sent,
) -> Result<Response, Failure> {
    carries(&visitor)?;
    let digest = match sent.file("file-digest") {
        None => None,
        Some(file) => {
            let read = tokio::task::spawn_blocking(move || Digest::read(&mut BufReader::new(file)));
            Some(read.await.map_err(failed)?.map_err(|error| match error {
                DigestError::Foreign | DigestError::Bundle => Failure::Told("failed-no-digest"),
                other => failed(other),
            })?)
        }
    };
    let name = named("baro", "baro");
    saved(&square, &name, move |read, most, out| {
        // What is for members only goes by their own hands.
        let bounds = Bounds { bytes: most, blobs: Some(BlobClass::Large), seal: None };
        bundle::export_within(read, digest.as_ref(), &bounds, out, &mut |_, _| {})
    })
    .await
}

/// What this node holds, for another to leave it out.
pub(crate) async fn digest(
    State(square): State<Shared>,
    visitor: Visitor,
    _: Sent,
) -> Result<Response, Failure> {
    carries(&visitor)?;
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(failed)?;
    let name = named("baro", "digest");
    saved(&square, &name, move |read, _, out| bundle::write_digest(read, nonce, out)).await
}

/// The Saturday bundle of an office: its open questions, or its answers.
pub(crate) async fn saturday(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    carries(&visitor)?;
    let answers = sent.get("answers") == "1";
    let request = Request::SaturdayPlan { office: sent.get("office").to_owned(), answers };
    let plan = square.handle.request(visitor.context(), request).await?;
    let what = if answers { "answers" } else { "questions" };
    if plan.get(what).and_then(Value::as_u64) == Some(0) {
        let none = if answers { "saturday-no-answers" } else { "saturday-no-questions" };
        return Err(Failure::Told(none));
    }
    let chosen = plan.get("chosen").cloned().unwrap_or_default();
    let chosen: Chosen = serde_json::from_value(chosen).map_err(failed)?;
    let name = named(&format!("{what}-{}", sent.get("office")), "baro");
    saved(&square, &name, move |read, _, out| bundle::export_chosen(read, &chosen, out)).await
}

#[derive(Template)]
#[template(path = "carried.html")]
struct Carried {
    p: Page,
    report: Report,
    waiting: u64,
}

/// Takes a file in, and says what became of it.
pub(crate) async fn import(
    State(square): State<Shared>,
    visitor: Visitor,
    mut sent: Sent,
) -> Result<Response, Failure> {
    carries(&visitor)?;
    let file = sent.file("file-bundle").ok_or(Failure::Told("failed-no-file"))?;
    let report = taken(&square, &visitor, file).await?;
    let p = Page::new(&square, &visitor, visitor.lang.say("carry-taken"), "/carry").await?;
    let waiting = square.handle.request(visitor.context(), Request::Questions).await;
    let waiting = waiting.ok().and_then(|list| Some(list.as_array()?.len() as u64)).unwrap_or(0);
    Ok(shown(&Carried { p, report, waiting }))
}

async fn taken(square: &Shared, visitor: &Visitor, mut file: Spool) -> Result<Report, Failure> {
    let (handle, context) = (square.handle.clone(), visitor.context());
    let runtime = tokio::runtime::Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let mut take = |frame: &Frame| {
            let section = BASE64.encode(frame.as_bytes());
            let request = Request::ImportSection { section };
            let answer = runtime.block_on(handle.request(context.clone(), request))?;
            Ok(serde_json::from_value::<Tally>(answer)?)
        };
        file.seek(SeekFrom::Start(0))?;
        bundle::import(&mut file, &mut take, &mut |_| {})
    });
    work.await.map_err(failed)?.map_err(|error| match error {
        ImportError::Foreign => Failure::Told("failed-no-bundle"),
        ImportError::Digest => Failure::Told("failed-is-digest"),
        other => failed(other),
    })
}
