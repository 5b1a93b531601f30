//! What every page knows: its language, who reads it, where they are.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::error::Failure;
use super::icon::{emblem, icon};
use super::session::{LOCK_AFTER, Who};
use super::views::{Community, view};
use super::visitor::Visitor;
use super::{Square, assets, format};
use crate::api::Request;
use crate::words::Lang;

/// The frame of a page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The language.
    pub(crate) lang: Lang,
    /// What its forms carry.
    pub(crate) token: String,
    /// Who speaks.
    pub(crate) who: Option<Who>,
    /// Whether this browser may choose persons of this device.
    pub(crate) device: bool,
    /// The community looked at.
    pub(crate) here: Option<Community>,
    /// Whether that is members-only and no member speaks.
    pub(crate) is_closed: bool,
    /// How many there are.
    pub(crate) communities: usize,
    /// Its title.
    pub(crate) title: String,
    /// Its path, to come back to.
    pub(crate) path: String,
    /// Whether visitors may speak.
    pub(crate) guests: bool,
    /// What was just done.
    pub(crate) done: Option<String>,
    /// Whether who speaks may hide what others said, on pages that ask.
    pub(crate) moderates: bool,
}

/// Pages that a browser on this device sees before anybody speaks.
const OPEN: [&str; 2] = ["/people", "/communities"];

impl Page {
    /// The frame around a page with this title, at this path.
    pub(crate) async fn new(
        square: &Square,
        visitor: &Visitor,
        title: impl Into<String>,
        path: impl Into<String>,
    ) -> Result<Self, Failure> {
        let all = square.handle.request(visitor.at_the_door(), Request::CommunityList).await?;
        let all: Vec<Community> = view(all)?;
        let wanted = visitor.context().community;
        let here = all.iter().find(|one| Some(&one.id) == wanted.as_ref()).or(all.first());
        let path = path.into();
        let is_closed = here.is_some_and(|here| {
            let who = visitor.power.who.as_ref();
            here.members_only && who.is_none_or(|who| who.community != here.id)
        });
        // Nothing of it is shown, but for where one says who one is.
        if is_closed && !OPEN.iter().any(|open| path.starts_with(open)) && path != "/" {
            return Err(Failure::Nobody);
        }
        Ok(Self {
            is_closed,
            here: here.cloned(),
            communities: all.len(),
            guests: square.config.guests,
            ..Self::bare(visitor, title.into(), path)
        })
    }

    /// The frame of a page that asks the node nothing.
    pub(crate) fn bare(visitor: &Visitor, title: String, path: String) -> Self {
        Self {
            lang: visitor.lang,
            token: visitor.form_token.clone(),
            who: visitor.power.who.clone(),
            device: visitor.power.device,
            here: None,
            is_closed: false,
            communities: 0,
            title,
            path,
            guests: false,
            done: None,
            moderates: false,
        }
    }

    /// Says whether who speaks is a moderator.
    pub(crate) fn moderating(mut self, moderates: bool) -> Self {
        self.moderates = moderates;
        self
    }

    /// Says what was just done, by its key.
    pub(crate) fn done(mut self, key: Option<&str>) -> Self {
        // Only words of our own: what stands in an address is anybody's.
        let known = ["said", "voted", "saved", "opened", "closed", "withdrawn", "hidden", "sealed"];
        self.done = key.filter(|key| known.contains(key)).map(|key| self.t(&format!("done-{key}")));
        self
    }

    /// The words for a key.
    pub(crate) fn t(&self, key: &str) -> String {
        self.lang.say(key)
    }

    /// The words for a key made of two parts.
    pub(crate) fn k(&self, key: &str, part: &str) -> String {
        self.lang.say(&format!("{key}-{}", part.replace(' ', "-")))
    }

    /// The words for a key, with a number.
    pub(crate) fn n(&self, key: &str, n: &u64) -> String {
        self.lang.count(key, *n)
    }

    /// The words for a key, with others in them.
    pub(crate) fn w(&self, key: &str, what: &str) -> String {
        self.lang.with(key, what)
    }

    /// What was refused on its way in, as it is counted.
    pub(crate) fn counted(&self, reason: &str) -> String {
        self.lang.counted(reason)
    }

    /// An icon.
    pub(crate) fn icon(&self, name: &str) -> String {
        icon(name)
    }

    /// A person's drawing.
    pub(crate) fn emblem(&self, person: &str) -> String {
        emblem(person)
    }

    /// How long ago.
    pub(crate) fn ago(&self, at: &i64) -> String {
        format::ago(self.lang, *at)
    }

    /// A moment in numbers.
    pub(crate) fn at(&self, at: &i64) -> String {
        format::moment(*at)
    }

    /// A moment as a field for one has it.
    pub(crate) fn field(&self, at: &Option<i64>) -> String {
        at.map(format::field).unwrap_or_default()
    }

    /// A moment for machines.
    pub(crate) fn machine(&self, at: &i64) -> String {
        format::machine(*at)
    }

    /// Bytes.
    pub(crate) fn size(&self, bytes: &u64) -> String {
        format::size(*bytes)
    }

    /// What stands in the addresses of style and script.
    pub(crate) fn assets(&self) -> &'static str {
        assets::version()
    }

    /// The languages there are.
    pub(crate) fn languages(&self) -> Vec<Lang> {
        Lang::all().collect()
    }

    /// Whether this person speaks.
    pub(crate) fn is_me(&self, person: &str) -> bool {
        self.who.as_ref().is_some_and(|who| who.id == person)
    }

    /// Whether who speaks may vote: visitors do not.
    pub(crate) fn votes(&self) -> bool {
        self.who.as_ref().is_some_and(|who| !who.guest)
    }

    /// After how many seconds without a page the person is locked.
    pub(crate) fn locks(&self) -> u64 {
        Duration::as_secs(&LOCK_AFTER)
    }
}

/// A template as an answer.
pub(crate) fn shown(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Goes on to another page.
pub(crate) fn go(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}
