//! Coming in: links, choosing a person by picture and PIN, locking, leaving; language and community.

use std::time::Instant;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::session::Who;
use super::super::views::{Community, Person, view};
use super::super::visitor::{SetCookie, Visitor};
use crate::api::{ApiError, Context, PersonKey, Pin, Request, TryError};
use crate::words::{Lang, why};

fn with(mut response: Response, cookie: SetCookie) -> Response {
    response.extensions_mut().insert(cookie);
    response
}

/// Opens the door with a one-time link.
pub(crate) async fn enter(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(link): Path<String>,
) -> Result<Response, Failure> {
    // A link that was used is no harm to a browser that is in already.
    if visitor.power.device {
        return Ok(go("/people"));
    }
    let token = square.sessions.enter(&link, Instant::now()).ok_or(Failure::NotHere)?;
    Ok(with(go("/people"), SetCookie::Token(token)))
}

/// The first person of a device, and their first community: begun or joined by a ticket.
pub(crate) async fn begin(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    let handle = &square.handle;
    let context = Context { lang: Some(visitor.lang.tag().to_owned()), ..Context::default() };
    let name = sent.get("name").to_owned();
    if handle.request(context.clone(), Request::Whoami).await.is_err() {
        handle.request(context.clone(), Request::Init { name: name.clone() }).await?;
    }
    let speaking = Context { speaker: Some(name), ..context };
    match sent.some("ticket") {
        Some(ticket) => handle.request(speaking, Request::Join { ticket }).await?,
        None => {
            let request = Request::CommunityCreate {
                name: sent.get("community").to_owned(),
                threshold: 1,
                founders: Vec::new(),
                debates_by: None,
                cosignatures: 0,
                members_only: sent.some("members-only").is_some(),
            };
            handle.request(speaking, request).await?
        }
    };
    Ok(go("/people"))
}

async fn persons(square: &Shared, visitor: &Visitor) -> Result<Vec<Person>, Failure> {
    // Of all communities, to choose from.
    let context = Context { community: None, ..visitor.at_the_door() };
    view(square.handle.request(context, Request::PersonList).await?)
}

#[derive(Template)]
#[template(path = "people.html")]
struct People {
    p: Page,
    persons: Vec<Person>,
    locked: bool,
}

/// Who lives here, to choose from.
pub(crate) async fn people(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("who-are-you"), "/people").await?;
    if p.here.is_none() {
        return Ok(go("/"));
    }
    let mut persons = persons(&square, &visitor).await?;
    if let Some(here) = &p.here {
        persons.retain(|person| person.community == here.id);
    }
    if !visitor.power.device {
        // From elsewhere only who has a PIN can come in, so only they are shown.
        let mut kept = Vec::new();
        for person in persons {
            if has_pin(&square, &person.id).await? {
                kept.push(person);
            }
        }
        persons = kept;
    }
    Ok(shown(&People { p, persons, locked: visitor.power.locked }))
}

#[derive(Template)]
#[template(path = "person.html")]
struct OnePerson {
    p: Page,
    person: Person,
    has_pin: bool,
    wrong: bool,
    wait: Option<u64>,
}

/// What a wrong PIN brings one back with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tried {
    wrong: Option<u8>,
    wait: Option<u64>,
}

async fn named(square: &Shared, visitor: &Visitor, id: &str) -> Result<Person, Failure> {
    let person = persons(square, visitor).await?.into_iter().find(|person| person.id == id);
    person.ok_or(Failure::NoPage)
}

/// One person: their PIN is asked for.
pub(crate) async fn person(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(tried): Query<Tried>,
) -> Result<Response, Failure> {
    let person = named(&square, &visitor, &id).await?;
    let has_pin = has_pin(&square, &id).await?;
    if !has_pin {
        visitor.on_device()?;
    }
    let p = Page::new(&square, &visitor, person.name.clone(), format!("/people/{id}")).await?;
    let (wrong, wait) = (tried.wrong.is_some(), tried.wait);
    Ok(shown(&OnePerson { p, person, has_pin, wrong, wait }))
}

/// Whether a person of this device has a PIN.
pub(super) async fn has_pin(square: &Shared, id: &str) -> Result<bool, Failure> {
    let person = id.parse().map_err(|_| Failure::NoPage)?;
    Ok(square.handle.has_pin(person).await?)
}

/// What opens a person's vault, from now on known to be open; none where they have no PIN.
pub(super) async fn opened(
    square: &Shared,
    visitor: &Visitor,
    id: &str,
    pin: &str,
) -> Result<Option<PersonKey>, TryError> {
    let context = Context { lang: visitor.context().lang, ..Context::default() };
    let pin = Pin::new(pin.to_owned());
    let opened = square.handle.open(&context, id.to_owned(), pin).await?;
    Ok(opened.map(|(person, key)| {
        square.handle.note_open(person, &key);
        key
    }))
}

/// Gives who speaks in `context` a PIN, and what opens their vault with it.
pub(super) async fn set_pin(
    square: &Shared,
    visitor: &Visitor,
    context: Context,
    pin: &str,
) -> Result<Option<PersonKey>, Failure> {
    let id = context.speaker.clone().unwrap_or_default();
    let request = Request::PersonPin { pin: Some(Pin::new(pin.to_owned())) };
    square.handle.request(context, request).await?;
    Ok(opened(square, visitor, &id, pin).await.map_err(ApiError::from)?)
}

/// Lets a person speak, by their PIN; without one only on this device.
pub(crate) async fn choose(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let person = named(&square, &visitor, &id).await?;
    let key = if has_pin(&square, &id).await? {
        match opened(&square, &visitor, &id, sent.get("pin")).await {
            Ok(key) => key,
            Err(TryError::Wrong(_)) => return Ok(go(&format!("/people/{id}?wrong=1"))),
            Err(TryError::Wait(left)) => return Ok(go(&format!("/people/{id}?wait={left}"))),
            Err(TryError::Node(error)) => return Err(error.into()),
        }
    } else {
        visitor.on_device()?;
        match sent.some("new-pin") {
            Some(pin) => {
                let context = Context {
                    speaker: Some(id.clone()),
                    community: Some(person.community.clone()),
                    ..visitor.at_the_door()
                };
                set_pin(&square, &visitor, context, &pin).await?
            }
            None => None,
        }
    };
    let who = Who { id: person.id, community: person.community, name: person.name, guest: false };
    let token = square.sessions.speak(&visitor.token, who, key, Instant::now());
    Ok(with(go("/"), SetCookie::Token(token)))
}

/// Nobody speaks any more.
pub(crate) async fn lock(
    State(square): State<Shared>,
    visitor: Visitor,
    _: Sent,
) -> Result<Response, Failure> {
    square.sessions.lock(&visitor.token);
    Ok(go("/people"))
}

/// Leaves at once: the browser forgets, and shows the first page as to a stranger.
pub(crate) async fn leave(
    State(square): State<Shared>,
    visitor: Visitor,
    _: Sent,
) -> Result<Response, Failure> {
    square.sessions.leave(&visitor.token);
    let mut response = with(go("/"), SetCookie::Leave);
    let all = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", all);
    Ok(response)
}

/// Where a choice of language came from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Back {
    back: String,
}

/// Chooses the language.
pub(crate) async fn language(
    Path(tag): Path<String>,
    Query(Back { back }): Query<Back>,
) -> Result<Response, Failure> {
    let lang = Lang::tagged(&tag).ok_or(Failure::NoPage)?;
    // Only within this site.
    let is_path = back.starts_with('/') && !back.starts_with("//") && !back.contains(['\\', '\n']);
    let back = if is_path { back.as_str() } else { "/" };
    Ok(with(go(back), SetCookie::Lang(lang.tag().to_owned())))
}

#[derive(Template)]
#[template(path = "communities.html")]
struct Communities {
    p: Page,
    all: Vec<Community>,
}

/// The communities this node holds.
pub(crate) async fn communities(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("communities"), "/communities").await?;
    let all = square.handle.request(visitor.at_the_door(), Request::CommunityList).await?;
    Ok(shown(&Communities { p, all: view(all)? }))
}

/// Chooses one to look at.
pub(crate) async fn community(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let all = square.handle.request(visitor.at_the_door(), Request::CommunityList).await?;
    let all: Vec<Community> = view(all)?;
    if all.iter().all(|one| one.id != id) {
        return Err(Failure::Node(ApiError::unknown(why::community_unknown(id))));
    }
    // Who speaks, speaks in one community.
    if visitor.power.who.as_ref().is_some_and(|who| who.community != id) {
        square.sessions.lock(&visitor.token);
    }
    Ok(with(go("/"), SetCookie::Community(id)))
}
