//! A village of nodes that all hear each other, come, go and vanish, without a network between.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;

/// How long anything takes on the way, and until a vanished node is noticed, in milliseconds.
const HOP_MS: u64 = 5;
const NOTICED_MS: u64 = 20_000;

enum Happens {
    Found { at: usize, whom: usize },
    Arrives { from: usize, to: usize },
    Fails { at: usize, whom: usize },
    Heard { at: usize, link: u64, message: Message },
    SessionEnds { link: u64 },
    Down { at: usize, link: u64 },
}

struct Node {
    neighbours: Neighbours,
    rng: ChaCha8Rng,
    here: bool,
    /// Which of the networks it is on.
    network: u32,
}

struct Village {
    now: u64,
    nodes: Vec<Node>,
    links: BTreeMap<u64, (usize, usize)>,
    next_link: u64,
    queue: BTreeMap<(u64, u64), Happens>,
    sequence: u64,
    rng: ChaCha8Rng,
    dials: u64,
    strangers: BTreeSet<usize>,
}

fn name(node: usize) -> Peer {
    node.to_be_bytes().to_vec()
}

fn number(peer: &[u8]) -> usize {
    usize::from_be_bytes(peer.try_into().unwrap())
}

impl Village {
    fn new(count: usize, seed: u64) -> Self {
        let node = |n: usize| Node {
            neighbours: Neighbours::new(NEIGHBOURS_MAX),
            rng: ChaCha8Rng::seed_from_u64(seed * 1_000 + n as u64),
            here: false,
            network: 0,
        };
        Self {
            now: 0,
            nodes: (0..count).map(node).collect(),
            links: BTreeMap::new(),
            next_link: 0,
            queue: BTreeMap::new(),
            sequence: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
            dials: 0,
            strangers: BTreeSet::new(),
        }
    }

    fn soon(&mut self, after: u64, what: Happens) {
        self.sequence += 1;
        self.queue.insert((self.now + after, self.sequence), what);
    }

    /// The node's interface comes up: it hears everybody on its network, and they hear it.
    fn comes(&mut self, node: usize) {
        self.nodes[node].here = true;
        self.meets(node, |_, _| true);
    }

    fn meets(&mut self, node: usize, whom: impl Fn(&Node, usize) -> bool) {
        for other in 0..self.nodes.len() {
            let near = self.nodes[other].network == self.nodes[node].network;
            if other != node && near && self.nodes[other].here && whom(&self.nodes[other], other) {
                for (at, whom) in [(node, other), (other, node)] {
                    let after = 20 + below(&mut self.rng, 200) as u64;
                    self.soon(after, Happens::Found { at, whom });
                }
            }
        }
    }

    /// The node vanishes without a word.
    fn vanishes(&mut self, node: usize) {
        self.nodes[node].here = false;
        self.nodes[node].neighbours = Neighbours::new(NEIGHBOURS_MAX);
        let gone: Vec<(u64, usize)> = self
            .links
            .iter()
            .filter(|(_, (a, b))| *a == node || *b == node)
            .map(|(link, (a, b))| (*link, if *a == node { *b } else { *a }))
            .collect();
        for (link, at) in gone {
            self.links.remove(&link);
            self.soon(NOTICED_MS, Happens::Down { at, link });
        }
    }

    fn does(&mut self, at: usize, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Dial { peer, .. } => {
                    self.dials += 1;
                    let to = number(&peer);
                    let there = self.nodes[to].here;
                    let near = self.nodes[to].network == self.nodes[at].network;
                    if there && near {
                        self.soon(HOP_MS, Happens::Arrives { from: at, to });
                    } else {
                        self.soon(3_000, Happens::Fails { at, whom: to });
                    }
                }
                Action::Tell { link: LinkId(link), message } => {
                    let Some((a, b)) = self.links.get(&link).copied() else { continue };
                    let to = if a == at { b } else { a };
                    self.soon(HOP_MS, Happens::Heard { at: to, link, message });
                }
                Action::Close { link: LinkId(link), .. } => {
                    let Some((a, b)) = self.links.remove(&link) else { continue };
                    for side in [a, b] {
                        self.soon(HOP_MS, Happens::Down { at: side, link });
                    }
                }
                Action::Save(bytes) => assert!(bytes.len() < 32_768),
            }
        }
    }

    fn with(&mut self, at: usize, step: impl FnOnce(&mut Neighbours, Millis, &mut Out<'_>)) {
        let (now, node) = (Millis(self.now), &mut self.nodes[at]);
        if !node.here {
            return;
        }
        let mut out = Out { rng: &mut node.rng, actions: Vec::new() };
        step(&mut node.neighbours, now, &mut out);
        node.neighbours.decide(now, &mut out);
        let actions = out.actions;
        self.does(at, actions);
    }

    fn happens(&mut self, what: Happens) {
        match what {
            Happens::Found { at, whom } => {
                let addresses = vec![format!("/ip4/10.0.0.{whom}/tcp/1")];
                self.with(at, |n, now, out| n.found(now, &name(whom), addresses, out));
            }
            Happens::Fails { at, whom } => {
                self.with(at, |n, now, out| n.unreached(now, &name(whom), out));
            }
            Happens::Arrives { from, to } => {
                let standing =
                    self.links.values().any(|ends| *ends == (from, to) || *ends == (to, from));
                if standing || !self.nodes[from].here || !self.nodes[to].here {
                    self.with(from, |n, now, out| n.unreached(now, &name(to), out));
                    return;
                }
                let link = self.next_link;
                self.next_link += 1;
                self.links.insert(link, (from, to));
                let id = LinkId(link);
                self.with(from, |n, now, out| n.link_up(now, id, name(to), true, false, out));
                self.with(to, |n, now, out| n.link_up(now, id, name(from), false, false, out));
                self.soon(4 * HOP_MS, Happens::SessionEnds { link });
            }
            Happens::Heard { at, link, message } => {
                if self.links.contains_key(&link) {
                    self.with(at, |n, now, out| {
                        assert!(n.heard(now, LinkId(link), message, out), "fair");
                    });
                }
            }
            Happens::SessionEnds { link } => {
                let Some((a, b)) = self.links.get(&link).copied() else { return };
                let shared = u32::from(self.strangers.contains(&a) == self.strangers.contains(&b));
                for at in [a, b] {
                    let id = LinkId(link);
                    self.with(at, |n, now, out| n.session_ended(now, id, (shared, shared), out));
                }
            }
            Happens::Down { at, link } => {
                self.with(at, |n, now, out| n.link_down(now, LinkId(link), out));
            }
        }
    }

    fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        while self.now < end {
            let tick = (self.now / 1_000 + 1) * 1_000;
            match self.queue.first_key_value().map(|(key, _)| *key) {
                Some(key) if key.0 < tick.min(end) => {
                    self.now = key.0;
                    let what = self.queue.remove(&key).unwrap();
                    self.happens(what);
                }
                _ => {
                    self.now = tick.min(end);
                    for at in 0..self.nodes.len() {
                        self.with(at, |_, _, _| {});
                    }
                }
            }
        }
    }

    fn degrees(&self) -> Vec<usize> {
        let mut degrees = vec![0; self.nodes.len()];
        for (a, b) in self.links.values() {
            degrees[*a] += 1;
            degrees[*b] += 1;
        }
        degrees
    }

    /// How many of the nodes that are here can be reached from the first of them, and how many
    /// links away the farthest is.
    fn reach(&self) -> (usize, usize) {
        let Some(first) = self.nodes.iter().position(|node| node.here) else { return (0, 0) };
        let (mut seen, mut edge, mut far) = (BTreeSet::from([first]), vec![first], 0);
        loop {
            let next: Vec<usize> = self
                .links
                .values()
                .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
                .filter(|(a, b)| edge.contains(a) && seen.insert(*b))
                .map(|(_, b)| b)
                .collect();
            if next.is_empty() {
                return (seen.len(), far);
            }
            (edge, far) = (next, far + 1);
        }
    }

    fn here(&self) -> usize {
        self.nodes.iter().filter(|node| node.here).count()
    }

    fn report(&self, what: &str) {
        let degrees = self.degrees();
        let (reached, far) = self.reach();
        eprintln!(
            "{what}: {} here, {reached} hang together, farthest {far} links, degree at most {}, \
             on average {:.1}, {:.1} dials a node",
            self.here(),
            degrees.iter().max().unwrap(),
            degrees.iter().sum::<usize>() as f64 / self.here() as f64,
            self.dials as f64 / self.nodes.len() as f64,
        );
    }

    fn check(&self, what: &str) {
        self.report(what);
        let most = self.degrees().into_iter().max().unwrap();
        assert!(most <= NEIGHBOURS_MAX, "{what}: one has {most}");
        assert_eq!(self.reach().0, self.here(), "{what}: not all hang together");
    }
}

fn churn(count: usize, seed: u64) {
    let mut village = Village::new(count, seed);
    // The power comes back: all at once.
    (0..count).for_each(|node| village.comes(node));
    village.run(10_000);
    village.check("10 s after all came at once");
    village.run(60_000);
    village.check("a minute later");
    for round in 0..10 {
        for _ in 0..count / 5 {
            let node = below(&mut village.rng.clone(), count);
            let other = below(&mut village.rng, count);
            if village.nodes[other].here {
                village.vanishes(other);
            } else {
                village.comes(node.max(other));
            }
        }
        village.run(30_000);
        if round % 5 == 4 {
            village.check("after a fifth has come or gone every 30 s");
        }
    }
    let before = village.dials;
    village.run(1_200_000);
    village.check("after 20 quiet minutes");
    let quiet = (village.dials - before) as f64 / village.here() as f64;
    eprintln!("{quiet:.2} dials a node in these minutes");
    assert!(quiet < 20.0);
}

#[test]
fn a_wifi_with_86_phones_hangs_together_with_8_neighbours_each() {
    (0..5).for_each(|seed| churn(86, seed));
}

#[test]
fn so_does_one_with_300() {
    churn(300, 7);
}

#[test]
fn a_newcomer_is_taken_though_all_are_full() {
    let mut village = Village::new(40, 3);
    (0..39).for_each(|node| village.comes(node));
    village.run(60_000);
    // Everybody has as many as may be.
    for node in &mut village.nodes {
        node.neighbours.most = 4;
    }
    village.run(1_000);
    village.comes(39);
    village.run(1_000);
    assert!(village.degrees()[39] > 0, "one second later it has a neighbour");
    village.run(10_000);
    assert_eq!(village.reach().0, 40);
}

#[test]
fn two_villages_whose_networks_become_one_grow_together() {
    let mut village = Village::new(80, 11);
    (40..80).for_each(|node| village.nodes[node].network = 1);
    (0..80).for_each(|node| village.comes(node));
    village.run(60_000);
    assert_eq!(village.reach().0, 40, "two islands");
    village.nodes.iter_mut().for_each(|node| node.network = 0);
    for node in 0..40 {
        village.meets(node, |_, other| other >= 40);
    }
    village.run(20_000);
    village.check("20 s after two villages became one");
}

#[test]
fn strangers_displace_nobody_and_are_left_in_peace() {
    let mut village = Village::new(60, 13);
    village.strangers = (30..60).collect();
    (0..60).for_each(|node| village.comes(node));
    village.run(300_000);
    for (a, b) in village.links.values() {
        assert_eq!(village.strangers.contains(a), village.strangers.contains(b));
    }
    assert_eq!(village.reach().0, 30, "each community hangs together");
    let before = village.dials;
    village.run(600_000);
    assert!(village.dials - before < 60, "{} dials in ten quiet minutes", village.dials - before);
}

#[test]
fn what_was_known_is_known_after_a_restart() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut out = Out { rng: &mut rng, actions: Vec::new() };
    let mut before = Neighbours::new(8);
    before.found(Millis(0), &name(1), vec!["/ip4/10.0.0.1/tcp/1".into()], &mut out);
    before.link_up(Millis(0), LinkId(1), name(1), true, false, &mut out);
    before.session_ended(Millis(0), LinkId(1), (1, 1), &mut out);
    out.actions.clear();
    before.decide(Millis(SAVE_MS), &mut out);
    let Some(Action::Save(bytes)) = out.actions.pop() else { panic!("{:?}", out.actions) };
    out.actions.clear();
    let mut after = Neighbours::new(8);
    after.restore(Millis(0), &bytes, out.rng);
    after.decide(Millis(0), &mut out);
    let addresses = vec!["/ip4/10.0.0.1/tcp/1".to_owned()];
    assert_eq!(out.actions, [Action::Dial { peer: name(1), addresses }]);
    after.restore(Millis(0), b"not this", out.rng);
}

#[test]
fn links_that_were_asked_for_are_never_dropped_and_not_counted() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut out = Out { rng: &mut rng, actions: Vec::new() };
    let mut hub = Neighbours::new(8);
    for n in 0..40usize {
        let id = LinkId(n as u64);
        hub.link_up(Millis(0), id, name(n), false, false, &mut out);
        hub.heard(Millis(0), id, Message::Neighbour(3, true), &mut out);
        hub.session_ended(Millis(0), id, (1, 1), &mut out);
    }
    hub.decide(Millis(1), &mut out);
    assert!(!out.actions.iter().any(|action| matches!(action, Action::Close { .. })));
    assert_eq!(hub.active(), 0);
}
