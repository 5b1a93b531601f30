//! The rules: which of the items that the other lacks goes first.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::Millis;

use crate::dice::Dice;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// In the order in which they came here.
    Fifo,
    /// By chance.
    Random,
    /// What was said last.
    Newest,
    /// What the fewest devices of all hold, which nobody can know.
    Rarest,
    /// What this device, and whoever it has it from, has given away least.
    LeastGiven,
    /// What the other is likelier to bring to those who lack it (Lindgren, Doria, Schelén:
    /// *Probabilistic Routing in Intermittently Connected Networks*, 2003).
    Prophet,
    /// A number of copies that halves with each handing on; who has none left gives no more
    /// (Spyropoulos, Psounis, Raghavendra: *Spray and Wait*, 2005).
    Spray,
}

impl Policy {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Fifo,
        Self::Random,
        Self::Newest,
        Self::Rarest,
        Self::LeastGiven,
        Self::Prophet,
        Self::Spray,
    ];

    /// As tables name it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fifo => "epidemic, first in first out",
            Self::Random => "random",
            Self::Newest => "newest first",
            Self::Rarest => "rarest first, by an oracle",
            Self::LeastGiven => "least given first",
            Self::Prophet => "PRoPHET",
            Self::Spray => "spray and wait",
        }
    }
}

/// PRoPHET's constants, as its authors chose them.
const MEET: f64 = 0.75;
const THROUGH: f64 = 0.25;
const AGE: f64 = 0.98;
/// How long a step of its ageing is, in milliseconds.
const AGE_MS: f64 = 600_000.0;
/// How many copies there are of a thing.
const COPIES: u32 = 32;

/// What a rule remembers.
pub(super) struct Rules {
    policy: Policy,
    dice: Dice,
    nodes: usize,
    /// How many devices hold each item.
    count: Vec<u32>,
    given: Vec<BTreeMap<usize, u32>>,
    copies: Vec<BTreeMap<usize, u32>>,
    /// How likely one is to meet another, and when that was last reckoned.
    likely: Vec<f64>,
    aged: Vec<Millis>,
    /// By device: whom it knows to hold an item.
    known: Vec<BTreeMap<usize, BTreeSet<usize>>>,
}

impl Rules {
    pub(super) fn new(policy: Policy, nodes: usize, items: usize, dice: Dice) -> Self {
        let square = if policy == Policy::Prophet { nodes * nodes } else { 0 };
        Self {
            policy,
            dice,
            nodes,
            count: vec![0; items],
            given: vec![BTreeMap::new(); nodes],
            copies: vec![BTreeMap::new(); nodes],
            likely: vec![0.0; square],
            aged: vec![Millis(0); nodes],
            known: vec![BTreeMap::new(); nodes],
        }
    }

    fn likely(&self, one: usize, other: usize) -> f64 {
        self.likely.get(one * self.nodes + other).copied().unwrap_or(0.0)
    }

    fn set(&mut self, one: usize, other: usize, likely: f64) {
        if let Some(at) = self.likely.get_mut(one * self.nodes + other) {
            *at = likely;
        }
    }

    fn age(&mut self, now: Millis, one: usize) {
        let Some(aged) = self.aged.get_mut(one) else { return };
        let since = std::time::Duration::from_millis(now.0 - aged.0).as_secs_f64() * 1_000.0;
        *aged = now;
        let less = AGE.powf(since / AGE_MS);
        for other in 0..self.nodes {
            self.set(one, other, self.likely(one, other) * less);
        }
    }

    /// Two meet.
    pub(super) fn met(&mut self, now: Millis, a: usize, b: usize) {
        if self.policy != Policy::Prophet {
            return;
        }
        self.age(now, a);
        self.age(now, b);
        for (one, other) in [(a, b), (b, a)] {
            let before = self.likely(one, other);
            self.set(one, other, before + (1.0 - before) * MEET);
        }
        for (one, other) in [(a, b), (b, a)] {
            for far in (0..self.nodes).filter(|far| *far != one && *far != other) {
                let before = self.likely(one, far);
                let through = self.likely(one, other) * self.likely(other, far) * THROUGH;
                self.set(one, far, before + (1.0 - before) * through);
            }
        }
    }

    /// Something was said.
    pub(super) fn said(&mut self, item: usize, node: usize) {
        if let Some(copies) = self.copies.get_mut(node) {
            copies.insert(item, COPIES);
        }
    }

    /// A device more holds an item.
    pub(super) fn came(&mut self, item: usize) {
        if let Some(count) = self.count.get_mut(item) {
            *count += 1;
        }
    }

    /// One gave an item to another.
    pub(super) fn gave(&mut self, item: usize, from: usize, to: usize) {
        let given = self.given.get(from).and_then(|given| given.get(&item)).map_or(1, |n| n + 1);
        for node in [from, to] {
            if let Some(of) = self.given.get_mut(node) {
                of.insert(item, given);
            }
        }
        let left = self.copies.get(from).and_then(|copies| copies.get(&item)).copied().unwrap_or(0);
        for (node, copies) in [(from, left - left / 2), (to, left / 2)] {
            if let Some(of) = self.copies.get_mut(node) {
                of.insert(item, copies);
            }
        }
        if self.policy == Policy::Prophet {
            let mut all: BTreeSet<usize> = [from, to].into();
            for node in [from, to] {
                all.extend(
                    self.known.get(node).and_then(|known| known.get(&item)).into_iter().flatten(),
                );
            }
            for node in [from, to] {
                if let Some(known) = self.known.get_mut(node) {
                    known.insert(item, all.clone());
                }
            }
        }
    }

    /// Which of the items that `to` lacks `from` gives; `able` is in the order in which they came.
    pub(super) fn choose(&mut self, from: usize, to: usize, able: &[usize]) -> Option<usize> {
        match self.policy {
            Policy::Fifo => able.first().copied(),
            Policy::Random => self.dice.pick(able).copied(),
            Policy::Newest => able.iter().max().copied(),
            Policy::Rarest => {
                let least = able.iter().filter_map(|item| self.count.get(*item)).min().copied()?;
                let of = |item: &&usize| self.count.get(**item) == Some(&least);
                let some: Vec<usize> = able.iter().filter(of).copied().collect();
                self.dice.pick(&some).copied()
            }
            Policy::LeastGiven => {
                let given = self.given.get(from)?;
                let times = |item: &usize| given.get(item).copied().unwrap_or(0);
                // Of equals the last that came.
                able.iter().rev().min_by_key(|item| times(item)).copied()
            }
            Policy::Spray => {
                let copies = self.copies.get(from)?;
                let mut able = able.iter();
                able.find(|item| copies.get(*item).is_some_and(|copies| *copies > 0)).copied()
            }
            Policy::Prophet => {
                let none = BTreeSet::new();
                let gain: Vec<f64> = (0..self.nodes)
                    .map(|far| (self.likely(to, far) - self.likely(from, far)).max(0.0))
                    .collect();
                let all: f64 = gain.iter().sum();
                let of = |item: &usize| {
                    let known = self.known.get(from).and_then(|known| known.get(item));
                    let held = known.unwrap_or(&none).iter().filter_map(|node| gain.get(*node));
                    all - held.sum::<f64>()
                };
                able.iter()
                    .copied()
                    .reduce(|best, item| if of(&item) > of(&best) { item } else { best })
            }
        }
    }
}
