//! The pages, one file for each place of the square.

mod admin;
mod ballots;
mod blob;
mod carry;
mod debates;
mod door;
mod groups;
mod guest;
mod home;
mod learn;
mod messages;
mod moderation;
mod news;
mod node;
mod polis;
mod posts;
mod proposals;
mod questions;
mod roles;

use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;

use super::error::Failure;
use super::page::{Page, shown};
use super::sent::FormBytes;
use super::visitor::Visitor;
use super::{Shared, spoken};

/// The most bytes of a form with files: one attachment of the largest size, and a voice.
const UPLOAD_BYTES_MAX: u64 = 101 * 1024 * 1024;
/// How many items stand on one page.
pub(crate) const ITEMS: usize = 20;

/// What may stand behind the `?` of a page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// Which page of a long list, from 1.
    page: Option<usize>,
    /// What was just done.
    done: Option<String>,
    /// What a form begins with.
    to: Option<String>,
    /// In which order.
    order: Option<String>,
}

impl Asked {
    /// How many items to leave out.
    fn offset(&self) -> usize {
        self.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(ITEMS)
    }
}

/// Where a long list is, for the links to its other pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    /// This one, from 1.
    pub(crate) at: usize,
    /// How many there are.
    pub(crate) all: usize,
}

impl Pages {
    /// Of a list of `total`.
    pub(crate) fn of(asked: &Asked, total: usize) -> Self {
        let all = total.div_ceil(ITEMS).max(1);
        Self { at: asked.page.unwrap_or(1).clamp(1, all), all }
    }
}

pub(crate) fn router() -> Router<Shared> {
    let uploads = Router::new()
        .route("/news/new", get(news::new).post(news::announce))
        .route("/debates/{id}/say", get(debates::speak).post(debates::say))
        .route("/questions/ask", get(questions::form).post(questions::ask))
        .route("/translate/{entry}", post(news::translate))
        .route("/questions/{id}/answer", post(questions::answer))
        .route("/messages/{id}", get(messages::thread).post(messages::send))
        .layer(Extension(FormBytes(UPLOAD_BYTES_MAX)))
        .layer(DefaultBodyLimit::disable());
    let carried = Router::new()
        .route("/carry/import", post(carry::import))
        .route("/carry/all", post(carry::all))
        .layer(Extension(FormBytes(carry::FILE_BYTES_MAX)))
        .layer(DefaultBodyLimit::disable());
    let tables = Router::new()
        .route("/debates/polis", get(polis::form).post(polis::import))
        .layer(Extension(FormBytes(polis::TABLES_BYTES_MAX)))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/", get(home::home))
        .route("/enter/{link}", get(door::enter))
        .route("/begin", post(door::begin))
        .route("/people", get(door::people))
        .route("/people/{id}", get(door::person).post(door::choose))
        .route("/lock", post(door::lock))
        .route("/leave", post(door::leave))
        .route("/language/{tag}", get(door::language))
        .route("/communities", get(door::communities))
        .route("/communities/{id}", get(door::community))
        .route("/spoken/{lang}/{key}", get(spoken::serve))
        .route("/admin/spoken", post(spoken::keep))
        .route("/file/{id}", get(blob::file))
        .route("/news", get(news::list))
        .route("/news/{id}", get(news::one))
        .route("/news/{id}/cosign", post(news::cosign))
        .route("/register", get(news::register))
        .route("/offices", get(questions::offices))
        .route("/debates", get(debates::list))
        .route("/debates/new", get(debates::new).post(debates::open))
        .route("/debates/{id}", get(debates::one))
        .route("/debates/{id}/close", post(debates::close))
        .route("/debates/{id}/window", post(debates::window))
        .route("/debates/{id}/polis/{name}", get(polis::table))
        .route("/debates/{id}/next", get(groups::next))
        .route("/debates/{id}/groups", get(groups::groups))
        .route("/debates/{id}/ballots", get(ballots::list).post(ballots::enter))
        .route("/debates/{id}/settle", post(ballots::settle))
        .route("/proposals", get(proposals::list))
        .route("/proposals/{id}", get(proposals::one))
        .route("/proposals/{id}/wording", post(proposals::wording))
        .route("/proposals/{id}/sign", post(proposals::sign))
        .route("/proposals/{id}/status", post(proposals::status))
        .route("/moderation", get(moderation::list))
        .route("/posts/{id}/appeal", post(moderation::appeal))
        .route("/appeals/{id}", post(moderation::review))
        .route("/block/{person}", post(moderation::block))
        .route("/vote/{post}", post(debates::vote))
        .route("/posts/{id}/edit", post(posts::edit))
        .route("/posts/{id}/withdraw", post(posts::withdraw))
        .route("/posts/{id}/hide", post(posts::hide))
        .route("/questions", get(questions::list))
        .route("/questions/{id}/read", post(questions::read))
        .route("/learn", get(learn::list))
        .route("/learn/{course}", get(learn::one))
        .route("/learn/{course}/{part}", get(learn::part).post(learn::answer))
        .route("/messages", get(messages::list).post(messages::choose))
        .route("/messages/groups", post(messages::create))
        .route("/messages/voice/{id}", get(messages::voice))
        .route("/messages/{id}/members", post(messages::change))
        .route("/roles", get(roles::roles))
        .route("/node", get(node::node))
        .route("/carry", get(carry::carry))
        .route("/carry/digest", post(carry::digest))
        .route("/carry/saturday", post(carry::saturday))
        .route("/me", get(admin::me).post(admin::change))
        .route("/admin", get(admin::admin))
        .route("/admin/invite", post(admin::invite))
        .route("/admin/person", post(admin::add))
        .route("/admin/grant", post(admin::grant))
        .route("/admin/revoke", post(admin::revoke))
        .route("/admin/renew", post(admin::renew))
        .merge(uploads)
        .merge(carried)
        .merge(tables)
        .fallback(|| async { Failure::NoPage })
}

/// A page that says why there is none.
#[derive(askama::Template)]
#[template(path = "failed.html")]
struct Failed {
    p: Page,
    words: String,
    reason: Option<String>,
    nobody: bool,
}

/// Makes a page of a failure.
pub(crate) fn failed(visitor: &Visitor, failure: &Failure) -> Response {
    let (key, reason) = failure.words();
    let reason = reason.map(|reason| reason.say(visitor.lang));
    let title = visitor.lang.say("failed-title");
    let p = Page::bare(visitor, title, "/".to_owned());
    let nobody = matches!(failure, Failure::Nobody);
    let mut response = shown(&Failed { words: p.t(key), p, reason, nobody });
    *response.status_mut() = failure.status();
    response
}
