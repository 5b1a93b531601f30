//! The numbered register of an office: what is held, which numbers are missing, which are doubled.
//!
//! Decisions are numbered from 1 and each names the one before. A number that nobody here holds is
//! a gap: on its way, or kept back. Two decisions of one number show that the office wrote from
//! two places that did not know of each other, or that somebody gave a number twice.

use std::collections::BTreeMap;

use baro_crdt::entry::Body;
use baro_crdt::ids::EntryId;
use serde_json::{Value, json};

use super::announced::One;

/// The most gaps that are told apart, in an office; what lies behind is told as one.
const GAPS_MAX: usize = 64;

/// Decisions by office and number, several of one number by Lamport number, then id.
#[derive(Default)]
pub(super) struct Register(BTreeMap<String, BTreeMap<u32, Vec<EntryId>>>);

/// Sorts decisions into the register.
pub(super) fn register(list: &[One]) -> Register {
    let mut register = Register::default();
    for one in list {
        if let Body::Decision { office, number, .. } = &one.body {
            let numbers = register.0.entry(office.clone()).or_default();
            numbers.entry(*number).or_default().push(one.row.id);
        }
    }
    register
}

impl Register {
    /// The offices that decided something.
    pub(super) fn offices(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether several decisions of the office have this number.
    pub(super) fn is_doubled(&self, office: &str, number: u32) -> bool {
        let decisions = self.0.get(office).and_then(|numbers| numbers.get(&number));
        decisions.is_some_and(|decisions| decisions.len() > 1)
    }

    /// The runs of numbers below the highest that nobody here holds, both ends included.
    fn gaps(&self, office: &str) -> Vec<(u32, u32)> {
        let Some(numbers) = self.0.get(office) else { return Vec::new() };
        let (mut gaps, mut next) = (Vec::new(), 1u32);
        for number in numbers.keys() {
            if *number > next {
                gaps.push((next, number - 1));
            }
            next = number.saturating_add(1);
        }
        if gaps.len() > GAPS_MAX {
            let last = gaps.last().map_or(0, |gap| gap.1);
            gaps.truncate(GAPS_MAX);
            if let Some(gap) = gaps.last_mut() {
                gap.1 = last;
            }
        }
        gaps
    }

    /// An office's register as JSON; `shown` gives what is known of a decision.
    pub(super) fn json(&self, office: &str, shown: impl Fn(&EntryId) -> Option<Value>) -> Value {
        let empty = BTreeMap::new();
        let numbers = self.0.get(office).unwrap_or(&empty);
        // When the one before was declared: who numbers on cannot have decided earlier.
        let mut before: Option<(u32, i64)> = None;
        let listed = numbers.iter().map(|(number, ids)| {
            let mut decisions: Vec<Value> = ids.iter().filter_map(&shown).collect();
            let declared = |one: &Value| one.get("declared_at").and_then(Value::as_i64);
            let least = before.filter(|(last, _)| last.checked_add(1) == Some(*number));
            for one in &mut decisions {
                let is_older = declared(one).zip(least).is_some_and(|(at, (_, least))| at < least);
                if let Some(fields) = one.as_object_mut() {
                    fields.insert("backdated".into(), is_older.into());
                }
            }
            before = decisions.iter().filter_map(declared).max().map(|at| (*number, at));
            json!({ "number": number, "doubled": ids.len() > 1, "decisions": decisions })
        });
        let listed: Vec<Value> = listed.collect();
        let gaps = self.gaps(office);
        let last = numbers.keys().next_back().copied().unwrap_or(0);
        let doubled = numbers.iter().filter(|(_, ids)| ids.len() > 1).map(|(number, _)| *number);
        json!({
            "office": office,
            "last": last,
            "held": numbers.len(),
            "numbers": listed,
            "gaps": gaps
                .iter()
                .map(|(from, to)| json!({ "from": from, "to": to }))
                .collect::<Vec<_>>(),
            "missing": last as usize - numbers.len().min(last as usize),
            "doubled": doubled.collect::<Vec<u32>>(),
        })
    }
}
