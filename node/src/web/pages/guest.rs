//! Visitors of a hub's Wi-Fi: they speak under a name they give, this device vouches for them and
//! writes for them. They do not vote: one visitor could be many.

use std::time::Instant;

use super::super::Shared;
use super::super::error::Failure;
use super::super::sent::Sent;
use super::super::session::Who;
use super::super::visitor::{SetCookie, Visitor};
use crate::api::{ApiError, Context, Request};
use crate::words::why;

/// The most bytes of a visitor's name.
const NAME_BYTES_MAX: usize = 64;

/// Who speaks: the person of this browser, else a visitor with the name that the form gives, where
/// visitors may speak here. The cookie, where there is one, has to be set.
pub(super) async fn speaking(
    square: &Shared,
    mut visitor: Visitor,
    sent: &Sent,
) -> Result<(Visitor, Option<SetCookie>), Failure> {
    if visitor.power.who.is_some() {
        return Ok((visitor, None));
    }
    let given = sent.some("visitor").filter(|name| name.len() <= NAME_BYTES_MAX);
    let (Some(given), true) = (given, square.config.guests) else { return Err(Failure::Nobody) };
    // Who reads it elsewhere sees that a hub wrote it for a visitor.
    let name = format!("{given} ({})", visitor.lang.say("visitor"));
    let context = Context { speaker: None, ..visitor.context() };
    let added =
        square.handle.request(context.clone(), Request::PersonAdd { name: name.clone() }).await?;
    let id = added.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let persons = square.handle.request(context, Request::PersonList).await?;
    let persons: Vec<super::super::views::Person> = super::super::views::view(persons)?;
    let community = persons.into_iter().find(|person| person.id == id).map(|p| p.community);
    let community = community.ok_or_else(|| ApiError::refused(why::visitor_not_entered()))?;
    let who = Who { id, community, name, guest: true };
    let token = square.sessions.speak(&visitor.token, who.clone(), None, Instant::now());
    visitor.power.who = Some(who);
    Ok((visitor, Some(SetCookie::Token(token))))
}
