//! The changes of one text that have passed the gate: who depends on whom, who inserted what.
//!
//! Changes are kept in **runs**: stretches in which each depends on the one before it alone. A
//! search through what a change depends on goes from run to run, so a long text written by people
//! who take turns is one step, and one with many merges at most one step for each of them.

use std::collections::{BTreeMap, BTreeSet};

use super::GENESIS_HASH;
use super::chunk::{Actor, Draft};
use super::columns::Op;
use super::gate::GatedChange;
use crate::ids::ChangeHash;

/// One change, as far as later ones need to know it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) hash: ChangeHash,
    /// `None` for the genesis, whose actor is of another length.
    pub(super) actor: Option<Actor>,
    pub(super) deps: Vec<usize>,
    pub(super) start_op: u32,
    pub(super) max_op: u32,
    /// Ranges of operation numbers (the end excluded) that insert a character, ascending.
    inserts: Vec<(u32, u32)>,
    run: usize,
    place: usize,
}

impl Node {
    pub(super) fn new(actor: Actor, deps: Vec<usize>, draft: &Draft) -> Self {
        let mut inserts: Vec<(u32, u32)> = Vec::new();
        let mut number = draft.start_op;
        for op in &draft.ops {
            if matches!(op, Op::Insert { .. }) {
                match inserts.last_mut() {
                    Some((_, end)) if *end == number => *end += 1,
                    _ => inserts.push((number, number + 1)),
                }
            }
            number += 1;
        }
        Self {
            hash: GENESIS_HASH, // replaced when it is admitted
            actor: Some(actor),
            deps,
            start_op: draft.start_op,
            max_op: number - 1,
            inserts,
            run: 0,
            place: 0,
        }
    }

    /// Whether the change's operation of this number inserts a character.
    pub(super) fn inserted(&self, counter: u32) -> bool {
        let after = self.inserts.partition_point(|(start, _)| *start <= counter);
        after
            .checked_sub(1)
            .and_then(|at| self.inserts.get(at))
            .is_some_and(|(_, end)| counter < *end)
    }
}

/// The changes of one text that have passed the gate.
#[derive(Clone, Debug)]
pub struct Known {
    nodes: Vec<Node>,
    by_hash: BTreeMap<ChangeHash, usize>,
    by_actor: BTreeMap<Actor, usize>,
    heads: BTreeSet<ChangeHash>,
    /// For each run the first change's dependencies and how many changes it has.
    runs: Vec<(Vec<usize>, usize)>,
}

impl Default for Known {
    fn default() -> Self {
        Self::new()
    }
}

impl Known {
    /// Only the genesis, with which every text starts.
    pub fn new() -> Self {
        let genesis = Node {
            hash: GENESIS_HASH,
            actor: None,
            deps: Vec::new(),
            start_op: 1,
            max_op: 1,
            inserts: Vec::new(),
            run: 0,
            place: 0,
        };
        Self {
            nodes: vec![genesis],
            by_hash: BTreeMap::from([(GENESIS_HASH, 0)]),
            by_actor: BTreeMap::new(),
            heads: BTreeSet::from([GENESIS_HASH]),
            runs: vec![(Vec::new(), 1)],
        }
    }

    /// Whether a change has passed.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// Adds a change that [`super::gate::check`] has just passed against this same `Known`. Does
    /// nothing if it is already here.
    pub fn admit(&mut self, change: &GatedChange) {
        if self.contains(&change.hash) {
            return;
        }
        let index = self.nodes.len();
        let mut node = change.node.clone();
        node.hash = change.hash;
        for dep in &node.deps {
            if let Some(dep) = self.nodes.get(*dep) {
                self.heads.remove(&dep.hash);
            }
        }
        (node.run, node.place) = self.place(&node.deps);
        self.heads.insert(node.hash);
        self.by_hash.insert(node.hash, index);
        if let Some(actor) = node.actor {
            self.by_actor.insert(actor, index);
        }
        self.nodes.push(node);
    }

    /// Extends the run that ends with the only dependency, or starts one.
    fn place(&mut self, deps: &[usize]) -> (usize, usize) {
        if let [only] = deps
            && let Some(dep) = self.nodes.get(*only)
            && let Some((_, length)) = self.runs.get_mut(dep.run)
            && *length == dep.place + 1
        {
            *length += 1;
            return (dep.run, dep.place + 1);
        }
        self.runs.push((deps.to_vec(), 1));
        (self.runs.len() - 1, 0)
    }

    pub(super) fn index_of(&self, hash: &ChangeHash) -> Option<usize> {
        self.by_hash.get(hash).copied()
    }

    pub(super) fn index_of_actor(&self, actor: &Actor) -> Option<usize> {
        self.by_actor.get(actor).copied()
    }

    pub(super) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// All changes but the genesis, in the order in which they were admitted.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().skip(1)
    }

    /// Changes that no other depends on: the genesis alone for an empty text.
    pub(super) fn tips(&self) -> &BTreeSet<ChangeHash> {
        &self.heads
    }

    /// The first of `targets` that is neither among `deps` nor among what they depend on.
    pub(super) fn outside(&self, deps: &[usize], targets: &[usize]) -> Option<usize> {
        let nodes = || targets.iter().filter_map(|index| Some((*index, self.node(*index)?)));
        // Operation numbers never fall along dependencies, so nothing below this needs a look.
        let lowest = nodes().map(|(_, node)| node.max_op).min()?;
        let reached = self.reach(deps, lowest);
        let inside = |node: &Node| {
            reached.get(node.run).copied().flatten().is_some_and(|place| place >= node.place)
        };
        nodes().find(|(_, node)| !inside(node)).map(|(index, _)| index)
    }

    /// For each run the furthest place that is among `from` or what they depend on. Runs that end
    /// below operation `lowest` there may be left out.
    fn reach(&self, from: &[usize], lowest: u32) -> Vec<Option<usize>> {
        let mut reached: Vec<Option<usize>> = vec![None; self.runs.len()];
        let mut stack: Vec<usize> = from.to_vec();
        while let Some(node) = stack.pop().and_then(|index| self.nodes.get(index)) {
            if node.max_op < lowest {
                continue;
            }
            let Some(place) = reached.get_mut(node.run) else { continue };
            let first_visit = place.is_none();
            *place = (*place).max(Some(node.place));
            if first_visit && let Some((deps, _)) = self.runs.get(node.run) {
                stack.extend(deps);
            }
        }
        reached
    }

    /// These changes and all that they depend on, without the genesis. Unknown ones are left out.
    pub fn closure<'a>(
        &self,
        hashes: impl IntoIterator<Item = &'a ChangeHash>,
    ) -> BTreeSet<ChangeHash> {
        let from: Vec<usize> = hashes.into_iter().filter_map(|hash| self.index_of(hash)).collect();
        let reached = self.reach(&from, 0);
        self.nodes()
            .filter(|node| {
                reached.get(node.run).copied().flatten().is_some_and(|at| at >= node.place)
            })
            .map(|node| node.hash)
            .collect()
    }
}
