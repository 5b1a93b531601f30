//! How offices answer, computed from the questions, receipts and answers that are here: equal on
//! every node that holds the same.
//!
//! No clock of this device decides anything: whether something reached an office, was answered and
//! which question is the oldest follow from signed entries and Lamport numbers; how many days an
//! answer took is the difference of what the two said their time was, and is called declared.
//! Withdrawn questions are not counted, those that a moderator hides are: nobody polishes an
//! office's figures by hiding.

use std::collections::BTreeSet;

use baro_crdt::authority::Authority;
use baro_crdt::ids::EntryId;
use serde_json::{Value, json};

use super::ask::{first_answer, of_office, question_of};
use super::receipt::reached;
use super::{ApiError, Context, Node, Result};
use crate::store::Read;
use crate::words::why;

const DAY: i64 = 86_400;

/// What is counted of one office.
#[derive(Default)]
struct Counted {
    asked: u64,
    reached: u64,
    read: u64,
    answered: u64,
    /// Declared seconds from question to answer, of those answered.
    took: Vec<i64>,
    /// The first unanswered one, and what it and its receipt declared.
    oldest: Option<(EntryId, i64, Option<i64>)>,
}

fn count(
    read: &dyn Read,
    authority: &Authority,
    community: &baro_crdt::ids::CommunityId,
    office: &str,
) -> Result<Counted> {
    let mut counted = Counted::default();
    for row in read.questions(community)? {
        let question = question_of(read, &row)?;
        let withdrawn = read.edit(&row.id, &row.author)?.is_some_and(|edit| edit.payload.is_none());
        if !of_office(authority, &question, office) || withdrawn {
            continue;
        }
        let (reached_at, read_at) = reached(read, authority, &question, &row.id)?;
        counted.asked += 1;
        counted.reached += u64::from(reached_at.is_some());
        counted.read += u64::from(read_at.is_some());
        match first_answer(read, authority, &question, &row.id)? {
            Some(answer) => {
                counted.answered += 1;
                let took = answer.declared_at.0.saturating_sub(row.declared_at.0);
                counted.took.push(took.max(0));
            }
            // Questions come by Lamport number, so the first is the oldest.
            None if counted.oldest.is_none() => {
                counted.oldest = Some((row.id, row.declared_at.0, reached_at));
            }
            None => {}
        }
    }
    counted.took.sort_unstable();
    Ok(counted)
}

/// The middle one, the lower of two.
fn median(sorted: &[i64]) -> Option<i64> {
    sorted.get(sorted.len().saturating_sub(1) / 2).copied()
}

impl Node {
    pub(super) fn responsiveness(
        &mut self,
        context: &Context,
        office: Option<&str>,
    ) -> Result<Value> {
        let community = self.here(context)?;
        let authority = &community.authority;
        let seats = authority.offices();
        let names = self.names(&community.id)?;
        let offices: BTreeSet<&String> =
            seats.keys().filter(|name| office.is_none_or(|wanted| wanted == *name)).collect();
        if let Some(wanted) = office.filter(|_| offices.is_empty()) {
            return Err(ApiError::refused(why::office_unknown(wanted)));
        }
        let mut listed = Vec::new();
        for name in offices {
            let counted = count(&*self.store, authority, &community.id, name)?;
            let holders = seats.get(name).into_iter().flatten();
            let days = |seconds: i64| (seconds + DAY / 20) / (DAY / 10);
            listed.push(json!({
                "office": name,
                "holders": holders.map(|person| json!({
                    "person": person.to_string(),
                    "name": names.of(person),
                })).collect::<Vec<_>>(),
                "asked": counted.asked,
                "reached": counted.reached,
                "read": counted.read,
                "answered": counted.answered,
                "waiting": counted.asked - counted.answered,
                "median_declared_seconds": median(&counted.took),
                "median_declared_days": median(&counted.took).map(|s| tenths(days(s))),
                "oldest_waiting": counted.oldest.map(|(id, declared, reached)| json!({
                    "id": id.to_string(),
                    "declared_at": declared,
                    "reached_at": reached,
                })),
            }));
        }
        Ok(json!({ "offices": listed }))
    }
}

/// Tenths as a number with one digit behind the point.
fn tenths(tenths: i64) -> f64 {
    // Days of questions are far from where a float ends.
    i32::try_from(tenths).map_or(f64::from(i32::MAX), f64::from) / 10.0
}
