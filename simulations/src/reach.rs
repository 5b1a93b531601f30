//! Where anything could be by now: the foremost journey of everything that was signed, over links
//! that carry all in no time, sticks and copied folders. What is somewhere it could not be is
//! wrong: nothing is earlier than that.
//!
//! (Bui Xuan, Ferreira, Jarry: *Computing shortest, fastest, and foremost journeys in dynamic
//! networks*, 2003. Kept as the run goes on: each place has the set of what could be there.)

use std::collections::BTreeSet;

/// A device, or a stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A device, by its number.
    Node(usize),
    /// A stick, by its number.
    Stick(usize),
}

/// What can be where.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    nodes: Vec<BTreeSet<[u8; 32]>>,
    sticks: Vec<BTreeSet<[u8; 32]>>,
    links: Vec<(usize, usize)>,
}

impl Reach {
    fn at(&mut self, place: Place) -> &mut BTreeSet<[u8; 32]> {
        let (all, n) = match place {
            Place::Node(n) => (&mut self.nodes, n),
            Place::Stick(n) => (&mut self.sticks, n),
        };
        if all.len() <= n {
            all.resize(n + 1, BTreeSet::new());
        }
        // It is there: the line above has made it.
        all.get_mut(n).unwrap_or_else(|| unreachable!("no place {n}"))
    }

    /// Something is signed on a device: from then on it can be wherever that has a way to.
    pub fn signed(&mut self, node: usize, what: [u8; 32]) {
        if self.at(Place::Node(node)).insert(what) {
            self.flow(node);
        }
    }

    /// All that can be at one place can be at another from now on.
    pub fn goes(&mut self, from: Place, to: Place) {
        let all = self.at(from).clone();
        let there = self.at(to);
        let before = there.len();
        there.extend(all);
        if let Place::Node(node) = to
            && self.at(to).len() > before
        {
            self.flow(node);
        }
    }

    /// Two devices have a link.
    pub fn met(&mut self, one: usize, other: usize) {
        self.links.push((one, other));
        self.goes(Place::Node(one), Place::Node(other));
        self.goes(Place::Node(other), Place::Node(one));
    }

    /// Two devices have it no more.
    pub fn parted(&mut self, one: usize, other: usize) {
        self.links.retain(|link| *link != (one, other) && *link != (other, one));
    }

    /// What is on a device goes wherever links lead.
    fn flow(&mut self, node: usize) {
        let beside: Vec<usize> = self
            .links
            .iter()
            .filter_map(|(one, other)| match (*one == node, *other == node) {
                (true, _) => Some(*other),
                (_, true) => Some(*one),
                _ => None,
            })
            .collect();
        for other in beside {
            self.goes(Place::Node(node), Place::Node(other));
        }
    }

    /// Whether something can be on a device by now.
    pub fn can_be(&self, node: usize, what: &[u8; 32]) -> bool {
        self.nodes.get(node).is_some_and(|all| all.contains(what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_where_it_could_not_be() {
        let mut reach = Reach::default();
        reach.met(0, 1);
        reach.parted(0, 1);
        reach.signed(0, [1; 32]);
        assert!(reach.can_be(0, &[1; 32]) && !reach.can_be(1, &[1; 32]));
        // Over a stick, and then over two links at once.
        reach.goes(Place::Node(0), Place::Stick(3));
        reach.met(1, 2);
        reach.goes(Place::Stick(3), Place::Node(2));
        assert!(reach.can_be(2, &[1; 32]) && reach.can_be(1, &[1; 32]));
        // What is said after the stick has gone is not on it.
        reach.signed(0, [2; 32]);
        reach.goes(Place::Stick(3), Place::Node(2));
        assert!(!reach.can_be(2, &[2; 32]));
    }
}
