//! Looking after a device and a community: inviting by QR, vouching, granting, one's own name and
//! PIN. Only for browsers that a link of this device let in.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use qrcode::{EcLevel, QrCode, render::svg};
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, go, shown};
use super::super::sent::Sent;
use super::super::spoken::LABELS;
use super::super::views::{Epoch, Member, view};
use super::super::visitor::Visitor;
use super::door::{has_pin, opened, set_pin};
use super::{Asked, Pages};
use crate::api::Request;

/// How many members stand on one page.
const MEMBERS: usize = 50;

/// Words as a QR, in SVG; nothing where there are too many.
pub(super) fn qr(words: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(words, EcLevel::L) else {
        return String::new();
    };
    let drawn = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    // Without the XML line it stands in a page.
    drawn.split_once("?>").map_or(drawn.clone(), |(_, svg)| svg.to_owned())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Invite {
    ticket: String,
}

#[derive(Template)]
#[template(path = "admin.html")]
struct Admin {
    p: Page,
    members: Vec<Member>,
    pages: Pages,
    total: u64,
    labels: [&'static str; 6],
    epoch: Option<Epoch>,
}

/// The page of who looks after this device.
pub(crate) async fn admin(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    let p = Page::new(&square, &visitor, visitor.lang.say("admin"), "/admin").await?;
    let p = p.done(asked.done.as_deref());
    let all: Vec<Member> = view(square.handle.request(visitor.context(), Request::Members).await?)?;
    let total = all.len() as u64;
    let count = all.len().div_ceil(MEMBERS).max(1);
    let pages = Pages { at: asked.page.unwrap_or(1).clamp(1, count), all: count };
    let epoch = all.first().and_then(|member| member.epoch.clone());
    let members = all.into_iter().skip((pages.at - 1) * MEMBERS).take(MEMBERS).collect();
    Ok(shown(&Admin { p, members, pages, total, labels: LABELS, epoch }))
}

#[derive(Template)]
#[template(path = "invite.html")]
struct Ticket {
    p: Page,
    ticket: String,
    qr: String,
}

/// A ticket as text and as a QR.
pub(crate) async fn invite(
    State(square): State<Shared>,
    visitor: Visitor,
    _: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    let request = Request::Invite { addresses: Vec::new() };
    let Invite { ticket } = view(square.handle.request(visitor.context(), request).await?)?;
    let p = Page::new(&square, &visitor, visitor.lang.say("invite"), "/admin").await?;
    let qr = qr(&ticket);
    Ok(shown(&Ticket { p, ticket, qr }))
}

/// One more person of this device, whom who speaks vouches for.
pub(crate) async fn add(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    // Whoever here may vouch does, not only who speaks.
    let context = crate::api::Context { speaker: None, outside: false, ..visitor.context() };
    let name = sent.get("name").to_owned();
    square.handle.request(context, Request::PersonAdd { name }).await?;
    Ok(go("/people"))
}

/// Lets somebody out, and what they said stays: an end of mandate.
pub(crate) async fn revoke(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    visitor.speaker()?;
    let request = Request::Revoke {
        person: sent.get("person").to_owned(),
        roles: Vec::new(),
        compromised: sent.some("stolen").is_some(),
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(go("/admin?done=saved"))
}

/// The members of a members-only community get another key.
pub(crate) async fn renew(
    State(square): State<Shared>,
    visitor: Visitor,
    _: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    let id = visitor.speaker()?.community.clone();
    square.handle.request(visitor.context(), Request::CommunityRenew { id }).await?;
    Ok(go("/admin?done=saved"))
}

/// Gives a role.
pub(crate) async fn grant(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    visitor.speaker()?;
    let request = Request::Grant {
        person: sent.get("person").to_owned(),
        role: sent.get("role").to_owned(),
        office: sent.some("office"),
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(go("/admin?done=saved"))
}

#[derive(Template)]
#[template(path = "me.html")]
struct Me {
    p: Page,
    id: String,
    qr: String,
    has_pin: bool,
}

/// Oneself: name, PIN, and the id as a QR for who gives roles.
pub(crate) async fn me(
    State(square): State<Shared>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let who = visitor.speaker()?.clone();
    let p = Page::new(&square, &visitor, who.name.clone(), "/me").await?;
    let p = p.done(asked.done.as_deref());
    let has_pin = has_pin(&square, &who.id).await?;
    Ok(shown(&Me { p, qr: qr(&who.id), id: who.id, has_pin }))
}

/// Another PIN, or another name.
pub(crate) async fn change(
    State(square): State<Shared>,
    visitor: Visitor,
    sent: Sent,
) -> Result<Response, Failure> {
    let who = visitor.speaker()?.clone();
    let mut visitor = visitor;
    if let Some(pin) = sent.some("new-pin") {
        if has_pin(&square, &who.id).await? {
            let opened = opened(&square, &visitor, &who.id, sent.get("pin")).await;
            visitor.power.key = opened.map_err(|_| Failure::Pin)?;
        }
        if let Some(key) = set_pin(&square, &visitor, visitor.context(), &pin).await? {
            square.sessions.keep_key(&visitor.token, key.clone());
            visitor.power.key = Some(key);
        }
    }
    if let Some(name) = sent.some("name").filter(|name| *name != who.name) {
        square.handle.request(visitor.context(), Request::PersonRename { name }).await?;
    }
    Ok(go("/me?done=saved"))
}
