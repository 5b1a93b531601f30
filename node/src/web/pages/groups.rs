//! What a debate amounts to: the statements to vote on next, and the groups that votes make.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::{Page, shown};
use super::super::views::{Post, view};
use super::super::visitor::Visitor;
use super::Asked;
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Next {
    posts: Vec<Post>,
    voted: u64,
    remaining: u64,
}

#[derive(Template)]
#[template(path = "next.html")]
struct NextPage {
    p: Page,
    debate: String,
    post: Option<Post>,
    voted: u64,
    remaining: u64,
}

/// One statement after another, those that need votes first.
pub(crate) async fn next(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::DebateNext { id: id.clone(), limit: Some(1) };
    let next: Next = view(square.handle.request(visitor.context(), request).await?)?;
    let path = format!("/debates/{id}/next");
    let p = Page::new(&square, &visitor, visitor.lang.say("vote-next"), path).await?;
    let p = p.done(asked.done.as_deref());
    let (post, voted, remaining) = (next.posts.into_iter().next(), next.voted, next.remaining);
    Ok(shown(&NextPage { p, debate: id, post, voted, remaining }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Groups {
    voters: u64,
    votes: u64,
    placed: u64,
    result: String,
    mine: Option<Mine>,
    groups: Vec<Group>,
    agree_together: Vec<Statement>,
    disagree_together: Vec<Statement>,
    places: Vec<Place>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mine {
    group: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group {
    group: u64,
    voters: u64,
    representative: Vec<Statement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Statement {
    text: String,
    language: Option<String>,
    agrees: bool,
    share: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    at: [f64; 2],
    group: u64,
}

/// Voters at one place of the map, in a square of 100: the more, the wider.
struct Dot {
    x: String,
    y: String,
    r: String,
    group: u64,
}

/// How many voters the map shows.
const DOTS_MAX: usize = 300;

fn dots(places: &[Place]) -> Vec<Dot> {
    let most =
        places.iter().flat_map(|place| place.at).fold(1e-9f64, |most, at| most.max(at.abs()));
    let step = places.len().div_ceil(DOTS_MAX).max(1);
    let on = |at: f64| format!("{:.1}", 50.0 + at / most * 42.0);
    let mut there: BTreeMap<(String, String, u64), u32> = BTreeMap::new();
    for place in places.iter().step_by(step) {
        let [x, y] = place.at.map(on);
        *there.entry((x, y, place.group % 6)).or_default() += 1;
    }
    let dot = |((x, y, group), voters): ((String, String, u64), u32)| {
        let r = format!("{:.1}", (1.6 * f64::from(voters).sqrt()).min(7.0));
        Dot { x, y, r, group }
    };
    there.into_iter().map(dot).collect()
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    p: Page,
    debate: String,
    groups: Groups,
    dots: Vec<Dot>,
}

impl GroupsPage {
    fn name(&self, group: &u64) -> String {
        char::from_digit(u32::try_from(*group % 26).unwrap_or(0) + 10, 36)
            .map(|letter| letter.to_ascii_uppercase().to_string())
            .unwrap_or_default()
    }

    fn percent(&self, share: &f64) -> String {
        format!("{:.0} %", share * 100.0)
    }
}

/// The groups of opinion.
pub(crate) async fn groups(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let request = Request::DebateGroups { id: id.clone(), places: true };
    let groups: Groups = view(square.handle.request(visitor.context(), request).await?)?;
    let path = format!("/debates/{id}/groups");
    let p = Page::new(&square, &visitor, visitor.lang.say("groups"), path).await?;
    let dots = dots(&groups.places);
    Ok(shown(&GroupsPage { p, debate: id, groups, dots }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voters_at_one_place_are_one_wider_dot() {
        let place = |x, group| Place { at: [x, 0.0], group };
        let dots = dots(&[place(1.0, 0), place(1.0, 0), place(-1.0, 1)]);
        let shown: Vec<_> = dots.iter().map(|dot| (dot.x.as_str(), dot.r.as_str())).collect();
        assert_eq!(shown, [("8.0", "1.6"), ("92.0", "2.3")]);
    }
}
