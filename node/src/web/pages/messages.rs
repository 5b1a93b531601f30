//! Private messages and groups: for the person of this browser's session and for nobody else.
//!
//! No page of these is public, none is cached, and visitors of a hub have none: what they wrote
//! would stay with whoever keeps the device.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::views::{Member, view};
use super::super::visitor::Visitor;
use super::Asked;
use crate::api::{MessageRequest, Request};

/// What recordings are served as; anything else is not served.
const SOUNDS: [&str; 3] = ["audio/ogg", "audio/webm", "audio/mp4"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct With {
    kind: String,
    id: String,
    name: String,
    at: i64,
    unread: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Signed {
    name: String,
    declared_at: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message {
    id: String,
    by: String,
    by_name: String,
    by_member: bool,
    mine: bool,
    at: i64,
    text: String,
    voice: Option<String>,
    was_new: bool,
    state: String,
    carried_at: Option<i64>,
    recipients: u64,
    delivered: Vec<Signed>,
    read: Vec<Signed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Thread {
    kind: String,
    id: String,
    name: String,
    messages: Vec<Message>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InGroup {
    person: String,
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group {
    owner: InGroup,
    members: Vec<InGroup>,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    p: Page,
    all: Vec<With>,
    members: Vec<Member>,
}

#[derive(Template)]
#[template(path = "thread.html")]
struct ThreadPage {
    p: Page,
    thread: Thread,
    group: Option<Group>,
    /// Whom its owner may let in.
    others: Vec<Member>,
    owns: bool,
}

/// Who reads: a person of this device who has entered, and no visitor.
fn reader(visitor: &Visitor) -> Result<(), Failure> {
    match visitor.speaker()?.guest {
        true => Err(Failure::Visitor),
        false => Ok(()),
    }
}

async fn ask(
    square: &Shared,
    visitor: &Visitor,
    request: MessageRequest,
) -> Result<serde_json::Value, Failure> {
    Ok(square.handle.request(visitor.context(), Request::Message(request)).await?)
}

async fn others(square: &Shared, visitor: &Visitor) -> Result<Vec<Member>, Failure> {
    let me = visitor.speaker()?.id.clone();
    let all = square.handle.request(visitor.context(), Request::Members).await?;
    let mut all: Vec<Member> = view(all)?;
    all.retain(|member| member.person != me);
    Ok(all)
}

/// With whom one has written.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    reader(&visitor)?;
    let all: Vec<With> = view(ask(&square, &visitor, MessageRequest::With).await?)?;
    let members = others(&square, &visitor).await?;
    let p = Page::new(&square, &visitor, visitor.lang.say("messages"), "/messages").await?;
    Ok(shown(&Messages { p: p.done(asked.done.as_deref()), all, members }))
}

/// Goes on to who was chosen in a form.
pub(crate) async fn choose(visitor: Visitor, sent: Sent) -> Result<Response, Failure> {
    reader(&visitor)?;
    let id = sent.get("person");
    let is_id = id.len() == 64 && id.bytes().all(|sign| sign.is_ascii_hexdigit());
    if is_id { Ok(go(&format!("/messages/{id}"))) } else { Err(Failure::NoPage) }
}

/// What was written with a person or in a group; all that is shown is opened by it.
pub(crate) async fn thread(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    reader(&visitor)?;
    let path = format!("/messages/{id}");
    let open = MessageRequest::Open { with: id.clone(), limit: Some(50) };
    let thread: Thread = view(ask(&square, &visitor, open).await?)?;
    let mut group: Option<Group> = None;
    if thread.kind == "group" {
        let show = MessageRequest::GroupShow { group: id };
        group = Some(view(ask(&square, &visitor, show).await?)?);
    }
    let me = visitor.speaker()?.id.clone();
    let owns = group.as_ref().is_some_and(|group| group.owner.person == me);
    let mut lets_in = Vec::new();
    if let Some(group) = group.as_ref().filter(|_| owns) {
        lets_in = others(&square, &visitor).await?;
        lets_in.retain(|one| group.members.iter().all(|member| member.person != one.person));
    }
    let p = Page::new(&square, &visitor, thread.name.clone(), path).await?;
    let p = p.done(asked.done.as_deref());
    Ok(shown(&ThreadPage { p, thread, group, others: lets_in, owns }))
}

/// Writes to a person or a group.
pub(crate) async fn send(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    reader(&visitor)?;
    let (text, voice) = (sent.get("text").to_owned(), sent.voice_note()?);
    let group = sent.get("kind") == "group";
    let request = match group {
        true => MessageRequest::GroupSend { group: id.clone(), text, voice },
        false => MessageRequest::Send { to: id.clone(), text, voice },
    };
    ask(&square, &visitor, request).await?;
    drop(sent);
    Ok(go(&format!("/messages/{id}?done=sealed")))
}

/// A recording, for who it is.
pub(crate) async fn voice(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Heard {
        voice: Option<String>,
        voice_bytes: Option<String>,
    }
    reader(&visitor)?;
    let heard: Heard = view(ask(&square, &visitor, MessageRequest::Show { id }).await?)?;
    let media = heard.voice.unwrap_or_default();
    let media = SOUNDS.into_iter().find(|known| *known == media).ok_or(Failure::NoPage)?;
    let bytes = heard.voice_bytes.and_then(|bytes| BASE64.decode(bytes.as_bytes()).ok());
    Ok(([(CONTENT_TYPE, media)], bytes.ok_or(Failure::NoPage)?).into_response())
}

/// Begins a group.
pub(crate) async fn create(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Made {
        id: String,
    }
    reader(&visitor)?;
    let name = sent.get("name").to_owned();
    let made: Made = view(ask(&square, &visitor, MessageRequest::GroupCreate { name }).await?)?;
    Ok(go(&format!("/messages/{}?done=saved", made.id)))
}

/// Lets a person into a group, or out of it.
pub(crate) async fn change(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    reader(&visitor)?;
    let (group, person) = (id.clone(), sent.get("person").to_owned());
    let request = match sent.get("out") {
        "" => MessageRequest::GroupAdd { group, persons: vec![person] },
        _ => MessageRequest::GroupRemove { group, person },
    };
    ask(&square, &visitor, request).await?;
    Ok(go(&format!("/messages/{id}?done=saved")))
}
