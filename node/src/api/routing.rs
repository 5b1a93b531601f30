//! In which order statements come before a person, so that late ones get seen too.
//!
//! After the comment routing of Polis (Small et al., *Polis: Scaling Deliberation by Mapping High
//! Dimensional Opinion Spaces*, 2021), without its chance: a statement weighs
//!
//! ```text
//! a = (agree + 1) / (n + 2)      d = (disagree + 1) / (n + 2)      p = (pass + 1) / (n + 2)
//! weight = ((1 - p) · (1 + 4ad) · (1 + 40 / (5 + n)))² · (1 + r)
//! ```
//!
//! with n its votes and r its place among the statements in order of Lamport number, 0 for the
//! first and 1 for the last. So few votes weigh most (the third factor goes from 9 to 1), then
//! dividing ones (4ad is 1 where as many agree as disagree), then the later ones, and what most
//! pass on weighs little. Weights of one power of two are a class; higher classes come first, and
//! within one the order differs from person to person (by the hash of both ids), so that a village
//! that is offline does not spend all its votes on the same ten. Everything follows from the votes
//! held: no clock, no chance, the same on every node that holds the same.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use baro_crdt::entry::PostKind;
use baro_crdt::ids::{EntryId, PersonId};
use serde_json::{Value, json};

use super::closing::{Counted, Tally, Voter};
use super::{ApiError, Context, Node, Result, reading};
use crate::store::{PostFamily, PostRow};
use crate::words::{Thing, why};

/// The most statements of one answer.
const NEXT_MAX: usize = 100;

/// How much a statement asks to be seen.
fn weight([agree, disagree, pass]: [usize; 3], place: usize, statements: usize) -> f64 {
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let votes = count(agree) + count(disagree) + count(pass);
    let share = |n: usize| (count(n) + 1.0) / (votes + 2.0);
    let divides = 4.0 * share(agree) * share(disagree);
    // With a pass and nothing else, share is above 1/2 and never 1.
    let seen = (1.0 - share(pass)) * (1.0 + divides) * (1.0 + 40.0 / (5.0 + votes));
    let late = count(place) / count(statements.saturating_sub(1)).max(1.0);
    seen * seen * (1.0 + late)
}

/// The power of two below a weight, by halving: the same on every machine.
fn class(weight: f64) -> i32 {
    let (mut weight, mut class) = (weight, 0);
    while weight >= 2.0 && class < 64 {
        weight /= 2.0;
        class += 1;
    }
    while weight < 1.0 && class > -64 {
        weight *= 2.0;
        class -= 1;
    }
    class
}

fn turn(person: &PersonId, post: &EntryId) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("baro order of statements 1");
    hasher.update(person.as_bytes());
    hasher.update(post.as_bytes());
    *hasher.finalize().as_bytes()
}

/// What a person has not yet voted on, most wanted first.
fn next<'a>(
    counted: &'a Counted,
    person: &PersonId,
    blocked: &BTreeSet<PersonId>,
) -> Vec<&'a PostRow> {
    let voter = Voter::Person(*person);
    let of = counted.posts.len();
    let mut ranked: Vec<_> = counted
        .posts
        .iter()
        .enumerate()
        .filter(|(_, post)| post.author != *person && !blocked.contains(&post.author))
        .filter(|(_, post)| !counted.gone.contains(&post.id))
        .filter(|(_, post)| !counted.votes.get(&post.id).is_some_and(|v| v.contains_key(&voter)))
        .map(|(place, post)| {
            let class = class(weight(counted.tally(&post.id), place, of));
            (Reverse(class), turn(person, &post.id), post)
        })
        .collect();
    ranked.sort_by_key(|one| (one.0, one.1));
    ranked.into_iter().map(|(_, _, post)| post).collect()
}

/// The orders of posts that follow from the votes: places in the list by Lamport number.
#[derive(Default)]
pub(super) struct Orders {
    votes: OnceLock<Vec<usize>>,
    wanted: OnceLock<Vec<usize>>,
}

/// The places of all posts, the highest rank first, the earlier first among equals.
fn ranked<K: Ord>(counted: &Counted, rank: impl Fn(usize, Tally) -> K) -> Vec<usize> {
    let mut places: Vec<usize> = (0..counted.posts.len()).collect();
    let rank = |place: &usize| {
        let post = counted.posts.get(*place);
        Reverse(post.map(|post| rank(*place, counted.tally(&post.id))))
    };
    places.sort_by_cached_key(rank);
    places
}

/// The posts of a debate in an order that people read them in.
pub(super) fn ordered<'a>(
    counted: &'a Counted,
    order: Option<&str>,
) -> Result<Box<dyn Iterator<Item = &'a PostRow> + 'a>> {
    let (posts, orders) = (&counted.posts, &counted.orders);
    let places = match order {
        None | Some("oldest") => return Ok(Box::new(posts.iter())),
        Some("newest") => return Ok(Box::new(posts.iter().rev())),
        Some("votes") => orders
            .votes
            .get_or_init(|| ranked(counted, |_, tally: Tally| tally.iter().sum::<usize>())),
        Some("wanted") => orders.wanted.get_or_init(|| {
            ranked(counted, |place, tally| class(weight(tally, place, posts.len())))
        }),
        Some(other) => {
            return Err(ApiError::refused(why::order_unknown(other)));
        }
    };
    Ok(Box::new(places.iter().filter_map(|place| posts.get(*place))))
}

/// What a post of this kind is called where another was meant.
const fn thing(kind: PostKind) -> Thing {
    match kind {
        PostKind::Statement => Thing::Post,
        PostKind::Proposal => Thing::Proposal,
        PostKind::Question => Thing::Question,
    }
}

impl Node {
    /// `debate next`: what the speaker is to vote on next.
    pub(super) fn debate_next(
        &mut self,
        context: &Context,
        id: &str,
        limit: Option<usize>,
    ) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], Thing::Debate)?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let counted = self.counted(&community, row)?;
        let blocked = self.blocked(&community.id, &who.person)?;
        let voter = Voter::Person(who.person);
        let voted = counted.votes.values().filter(|votes| votes.contains_key(&voter)).count();
        let next = next(&counted, &who.person, &blocked);
        let names = self.names(&community.id)?;
        let mut posts = Vec::new();
        for post in next.iter().take(limit.unwrap_or(10).min(NEXT_MAX)) {
            posts.push(self.counted_post_json(&counted, post, &names, &blocked)?);
        }
        let window = self.window(&counted.row)?;
        Ok(json!({
            "id": counted.row.id.to_string(),
            "person": who.person.to_string(),
            "name": who.name,
            "state": window.state(counted.closing.is_some(), self.now.0),
            "posts_total": counted.posts.len(),
            "voted": voted,
            "remaining": next.len(),
            "posts": posts,
        }))
    }

    /// Refuses a post that is of another kind.
    pub(super) fn of_kind(&self, row: &PostRow, wanted: PostKind) -> Result<()> {
        match reading::kind(&*self.store, row)? {
            Some(kind) if kind == wanted => Ok(()),
            _ => Err(ApiError::refused(why::not_that(row.id.to_string(), thing(wanted)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_votes_come_first_then_what_divides_then_what_is_late() {
        let at = |tally| weight(tally, 0, 10);
        assert!(at([0, 0, 0]) > at([5, 5, 0]));
        assert!(at([5, 5, 0]) > at([50, 50, 0]));
        assert!(at([10, 10, 0]) > at([20, 0, 0]));
        assert!(at([20, 0, 0]) > at([0, 0, 20]));
        assert!(weight([3, 3, 0], 9, 10) > weight([3, 3, 0], 0, 10));
        assert!(weight([0, 0, usize::MAX], 0, 1) >= 0.0);
    }

    #[test]
    fn classes_are_powers_of_two() {
        let classes = [0.4, 0.5, 1.0, 1.9, 2.0, 162.0].map(class);
        assert_eq!(classes, [-2, -1, 0, 0, 1, 7]);
        assert_eq!((class(f64::INFINITY), class(0.0)), (64, -64));
    }
}
