//! Who gives what first, where a meeting is too short for everything.
//!
//! The same meetings and the same things said are given to simple rules from the literature, each
//! without any protocol: a meeting carries one item in each direction per stretch of time, and
//! both sides know at no cost what the other lacks. So these are limits rather than peers; what a
//! real protocol spends beside the items, only the production core has to pay.

mod rules;

use std::collections::{BTreeMap, VecDeque};

use baro_crdt::ids::Millis;

pub use rules::Policy;
use rules::Rules;

use crate::dice::Dice;
use crate::foremost::Arrivals;
use crate::schedule::{Schedule, Turn};

/// An item that a device holds, in the order in which they came.
pub(crate) type Held = VecDeque<usize>;

/// What all devices hold, and how it moves.
struct Floor<'a> {
    schedule: &'a Schedule,
    /// By device and item.
    has: Vec<Vec<bool>>,
    held: Vec<Held>,
    /// What is on its way to a device.
    coming: Vec<Vec<bool>>,
    arrivals: Arrivals,
    rules: Rules,
}

/// A stretch of a meeting.
struct Slot {
    from: usize,
    to: usize,
    item: Option<usize>,
}

/// When everything said arrives under a policy; one item goes through a meeting in each direction
/// in `item_ms`.
pub fn run(schedule: &Schedule, policy: Policy, item_ms: u64, seed: u64) -> Arrivals {
    let nodes = schedule.nodes;
    let mut floor = Floor {
        schedule,
        has: vec![vec![false; schedule.sayings.len()]; nodes],
        held: vec![Held::new(); nodes],
        coming: vec![vec![false; schedule.sayings.len()]; nodes],
        arrivals: Arrivals::new(schedule.sayings.len(), nodes),
        rules: Rules::new(policy, nodes, schedule.sayings.len(), Dice::new(seed, "policy")),
    };
    // What ends at a moment comes before what begins then.
    let mut due: BTreeMap<(Millis, bool, u64), Slot> = BTreeMap::new();
    let mut number = 0;
    let mut turns = schedule.turns().into_iter().peekable();
    loop {
        let next = due.first_key_value().map(|(key, _)| *key);
        let outside = turns.peek().map(|(at, _)| *at);
        match (next, outside) {
            (Some(key @ (at, begins, _)), outside)
                if outside.is_none_or(|out| (at, begins) < (out, true)) =>
            {
                let Some(slot) = due.remove(&key) else { break };
                floor.arrive(at, &slot);
            }
            (_, Some(_)) => {
                let Some((at, turn)) = turns.next() else { break };
                match turn {
                    Turn::Said(n) => floor.said(at, n),
                    Turn::Met(n) => {
                        let Some(contact) = schedule.contacts.get(n) else { continue };
                        floor.rules.met(at, contact.a, contact.b);
                        let lasts = contact.until.0.min(schedule.end.0).saturating_sub(at.0);
                        for slot in 0..lasts / item_ms.max(1) {
                            for (from, to) in [(contact.a, contact.b), (contact.b, contact.a)] {
                                number += 1;
                                let at = Millis(at.0 + slot * item_ms);
                                due.insert((at, true, number), Slot { from, to, item: None });
                            }
                        }
                    }
                    _ => {}
                }
            }
            (None, None) => break,
            (Some(_), None) => {}
        }
        // A stretch that begins chooses its item now, and brings it at its end.
        while let Some((key, _)) = due.first_key_value() {
            let key @ (at, true, _) = *key else { break };
            if turns.peek().is_some_and(|(out, _)| *out <= at) {
                break;
            }
            let Some(slot) = due.remove(&key) else { break };
            if let Some(item) = floor.choose(&slot) {
                number += 1;
                let ends = (Millis(at.0 + item_ms), false, number);
                due.insert(ends, Slot { item: Some(item), ..slot });
            }
        }
    }
    floor.arrivals
}

impl Floor<'_> {
    fn said(&mut self, at: Millis, n: usize) {
        let Some(saying) = self.schedule.sayings.get(n) else { return };
        self.take(at, n, saying.node);
        self.rules.said(n, saying.node);
    }

    fn take(&mut self, at: Millis, item: usize, node: usize) {
        let has = self.has.get_mut(node).and_then(|has| has.get_mut(item));
        if let (Some(has), Some(held)) = (has, self.held.get_mut(node))
            && !std::mem::replace(has, true)
        {
            held.push_back(item);
            self.arrivals.note(item, node, at);
            self.rules.came(item);
        }
    }

    fn choose(&mut self, slot: &Slot) -> Option<usize> {
        let (has, coming) = (self.has.get(slot.to)?, self.coming.get(slot.to)?);
        let lacks =
            |item: &usize| has.get(*item) == Some(&false) && coming.get(*item) == Some(&false);
        let held = self.held.get(slot.from)?;
        let able: Vec<usize> = held.iter().copied().filter(lacks).collect();
        let item = self.rules.choose(slot.from, slot.to, &able)?;
        *self.coming.get_mut(slot.to)?.get_mut(item)? = true;
        Some(item)
    }

    fn arrive(&mut self, at: Millis, slot: &Slot) {
        let Some(item) = slot.item else { return };
        if let Some(coming) = self.coming.get_mut(slot.to).and_then(|to| to.get_mut(item)) {
            *coming = false;
        }
        self.take(at, item, slot.to);
        self.rules.gave(item, slot.from, slot.to);
    }
}
