//! The foremost journey: the earliest that anything said could be on each device, if every link
//! carried everything in no time. Nobody can beat it (Bui Xuan, Ferreira, Jarry: *Computing
//! shortest, fastest, and foremost journeys in dynamic networks*, 2003).
//!
//! Everything said travels at once, as one bit each: what a device holds is a set of bits, and a
//! meeting joins two sets. A place is a set too, which is empty when nobody is there.

use std::collections::BTreeMap;

use baro_crdt::ids::Millis;

use crate::schedule::{Schedule, Turn};

/// When each thing said is on each device at the earliest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrivals {
    nodes: usize,
    at: Vec<Option<Millis>>,
}

impl Arrivals {
    /// Nothing has arrived anywhere.
    pub fn new(sayings: usize, nodes: usize) -> Self {
        Self { nodes, at: vec![None; sayings * nodes] }
    }

    /// When a saying was on a device first.
    pub fn at(&self, saying: usize, node: usize) -> Option<Millis> {
        self.at.get(saying * self.nodes + node).copied().flatten()
    }

    /// A saying is on a device; gives whether it was not there before.
    pub fn note(&mut self, saying: usize, node: usize, now: Millis) -> bool {
        match self.at.get_mut(saying * self.nodes + node) {
            Some(at @ None) => {
                *at = Some(now);
                true
            }
            _ => false,
        }
    }
}

#[derive(Clone, Default)]
struct Bits(Vec<u64>);

impl Bits {
    /// Takes in all of `other`; gives the words that changed, by their place.
    fn join(&mut self, other: &Self) -> Vec<(usize, u64)> {
        let mut new = Vec::new();
        for (n, (mine, theirs)) in self.0.iter_mut().zip(&other.0).enumerate() {
            let more = theirs & !*mine;
            if more != 0 {
                *mine |= more;
                new.push((n, more));
            }
        }
        new
    }
}

/// Everything between two meetings: devices first, then places.
struct Spread<'a> {
    nodes: usize,
    held: Vec<Bits>,
    linked: Vec<BTreeMap<usize, u32>>,
    arrivals: &'a mut Arrivals,
}

impl Spread<'_> {
    fn link(&mut self, one: usize, other: usize) {
        for (a, b) in [(one, other), (other, one)] {
            if let Some(linked) = self.linked.get_mut(a) {
                *linked.entry(b).or_default() += 1;
            }
        }
    }

    fn unlink(&mut self, one: usize, other: usize) {
        for (a, b) in [(one, other), (other, one)] {
            let Some(linked) = self.linked.get_mut(a) else { continue };
            if let Some(count) = linked.get_mut(&b) {
                *count -= 1;
                if *count == 0 {
                    linked.remove(&b);
                }
            }
        }
        // Nobody is there: what was said there is not remembered by the walls.
        for place in [one, other] {
            if place >= self.nodes
                && self.linked.get(place).is_some_and(BTreeMap::is_empty)
                && let Some(held) = self.held.get_mut(place)
            {
                held.0.fill(0);
            }
        }
    }

    fn give(&mut self, now: Millis, from: usize, to: usize) -> bool {
        let Some(theirs) = self.held.get(from).cloned() else { return false };
        let Some(mine) = self.held.get_mut(to) else { return false };
        let new = mine.join(&theirs);
        if to < self.nodes {
            for (word, bits) in &new {
                let mut bits = *bits;
                while bits != 0 {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    self.arrivals.note(word * 64 + bit, to, now);
                }
            }
        }
        !new.is_empty()
    }

    /// What is at `from` goes wherever it can.
    fn flow(&mut self, now: Millis, from: usize) {
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            let beside: Vec<usize> =
                self.linked.get(at).map(|l| l.keys().copied().collect()).unwrap_or_default();
            for to in beside {
                if self.give(now, at, to) {
                    open.push(to);
                }
            }
        }
    }
}

/// The earliest arrivals of everything that is said in `schedule`.
pub fn foremost(schedule: &Schedule) -> Arrivals {
    let (nodes, sayings) = (schedule.nodes, schedule.sayings.len());
    let mut arrivals = Arrivals::new(sayings, nodes);
    let all = nodes + schedule.places.len();
    let mut spread = Spread {
        nodes,
        held: vec![Bits(vec![0; sayings.div_ceil(64)]); all],
        linked: vec![BTreeMap::new(); all],
        arrivals: &mut arrivals,
    };
    for (now, turn) in schedule.turns() {
        let (one, other, meets) = match turn {
            Turn::Met(n) | Turn::Parted(n) => {
                let Some(contact) = schedule.contacts.get(n) else { continue };
                (contact.a, contact.b, matches!(turn, Turn::Met(_)))
            }
            Turn::Came(n) | Turn::Left(n) => {
                let Some(stay) = schedule.stays.get(n) else { continue };
                (stay.node, nodes + stay.place, matches!(turn, Turn::Came(_)))
            }
            Turn::Said(n) => {
                let Some(said) = schedule.sayings.get(n) else { continue };
                if let Some(word) = spread.held.get_mut(said.node).and_then(|h| h.0.get_mut(n / 64))
                {
                    *word |= 1 << (n % 64);
                }
                spread.arrivals.note(n, said.node, now);
                spread.flow(now, said.node);
                continue;
            }
        };
        if !meets {
            spread.unlink(one, other);
            continue;
        }
        spread.link(one, other);
        for (from, to) in [(one, other), (other, one)] {
            if spread.give(now, from, to) {
                spread.flow(now, to);
            }
        }
    }
    arrivals
}
