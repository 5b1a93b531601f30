//! Who asks: read from cookies before any page, written back after it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::error::Failure;
use super::pages::failed;
use super::session::{Power, random};
use super::{Shared, session::Who};
use crate::api::{Context, Keyring};
use crate::words::Lang;

/// The cookie with the browser's token.
const TOKEN: &str = "baro";
/// The cookie with the language chosen.
const LANG: &str = "lang";
/// The cookie with the community looked at.
const COMMUNITY: &str = "community";

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// The browser's token.
    pub(crate) token: String,
    /// What the browser's forms have to carry.
    pub(crate) form_token: String,
    /// What it may do.
    pub(crate) power: Power,
    /// The language of its pages.
    pub(crate) lang: Lang,
    /// The community looked at, where one was chosen.
    pub(crate) community: Option<String>,
}

impl Visitor {
    /// As whom the node is asked for something public.
    pub(crate) fn context(&self) -> Context {
        let who = self.power.who.as_ref();
        let mut keys = Keyring::default();
        if let (Some(who), Some(key)) = (who, &self.power.key)
            && let Ok(person) = who.id.parse()
        {
            keys.add(person, key.clone());
        }
        Context {
            speaker: who.map(|who| who.id.clone()),
            community: who.map(|who| who.community.clone()).or_else(|| self.community.clone()),
            lang: Some(self.lang.tag().to_owned()),
            outside: true,
            pins: BTreeMap::new(),
            keys,
        }
    }

    /// As whom it is asked which communities and persons there are to choose from: whoever a link
    /// has let in is on this device, and may see them all.
    pub(crate) fn at_the_door(&self) -> Context {
        Context { outside: !self.power.device, ..self.context() }
    }

    /// Who speaks; nobody, and it is said how to begin.
    pub(crate) fn speaker(&self) -> Result<&Who, Failure> {
        self.power.who.as_ref().ok_or(Failure::Nobody)
    }

    /// Refuses browsers that no link has let in.
    pub(crate) fn on_device(&self) -> Result<(), Failure> {
        if self.power.device { Ok(()) } else { Err(Failure::NotHere) }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::Nobody)
    }
}

/// A cookie that the response sets: put into its extensions by a handler.
#[derive(Clone, Debug)]
pub(crate) enum SetCookie {
    /// The browser has a new token.
    Token(String),
    /// The language chosen.
    Lang(String),
    /// The community looked at.
    Community(String),
    /// The browser forgets its token.
    Leave,
}

impl SetCookie {
    fn header(&self) -> Option<HeaderValue> {
        // SameSite=Strict: no other site's link or form comes with it.
        let cookie = |name: &str, value: &str, age: &str| {
            format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}")
        };
        let year = "; Max-Age=31536000";
        HeaderValue::from_str(&match self {
            Self::Token(token) => cookie(TOKEN, token, ""),
            Self::Lang(tag) => cookie(LANG, tag, year),
            Self::Community(id) => cookie(COMMUNITY, id, year),
            Self::Leave => cookie(TOKEN, "", "; Max-Age=0"),
        })
        .ok()
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|line| {
        line.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    })
}

fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Finds out who asks, lets the page be made, and writes cookies back.
pub(crate) async fn know(
    State(square): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let known = cookie(headers, TOKEN).filter(|token| is_token(token)).map(str::to_owned);
    let is_new = known.is_none();
    let token = known.unwrap_or_else(random);
    let power = square.sessions.power(&token, Instant::now());
    let chosen = cookie(headers, LANG);
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let community = cookie(headers, COMMUNITY)
        .filter(|id| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let visitor = Visitor {
        form_token: square.sessions.form_token(&token),
        lang: Lang::choose(chosen, accepted.unwrap_or_default()),
        community: community.map(str::to_owned),
        power,
        token: token.clone(),
    };
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Arc<Failure>>() {
        response = failed(&visitor, &failure);
    }
    let set = response.extensions_mut().remove::<SetCookie>();
    let set = set.or_else(|| is_new.then_some(SetCookie::Token(token)));
    if let Some(header) = set.and_then(|set| set.header()) {
        response.headers_mut().append(SET_COOKIE, header);
    }
    response
}
