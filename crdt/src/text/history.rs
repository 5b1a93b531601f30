//! What a text has been: its changes in order, any earlier version, and who wrote which words.

use automerge::{ObjId, ReadDoc};

use super::chunk::Actor;
use super::known::Node;
use super::{GENESIS_HASH, Text, TextError, to_automerge};
use crate::ids::ChangeHash;

/// One change of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeInfo {
    /// Its hash, by which the entry that carried it is found.
    pub hash: ChangeHash,
    /// What it depends on, the genesis left out: none for a first change.
    pub deps: Vec<ChangeHash>,
    /// The highest operation number in it and in what it depends on.
    pub max_op: u32,
    /// How many characters it inserted and deleted.
    pub ops: u32,
}

/// Neighbouring characters that one change wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The change.
    pub change: ChangeHash,
    /// The characters, as they stand at present.
    pub text: String,
}

impl Text {
    /// All changes, each after what it depends on. The order is a function of their set: by highest
    /// operation number, then length of the longest path to the start, then hash.
    pub fn changes(&self) -> Vec<ChangeInfo> {
        let mut heights: Vec<u32> = vec![0];
        for node in self.known().nodes() {
            let below = node.deps.iter().filter_map(|dep| heights.get(*dep)).max();
            heights.push(below.copied().unwrap_or(0) + 1);
        }
        let mut ordered: Vec<(&Node, u32)> =
            self.known().nodes().zip(heights.into_iter().skip(1)).collect();
        ordered.sort_by_key(|(node, height)| (node.max_op, *height, node.hash));
        ordered
            .into_iter()
            .map(|(node, _)| ChangeInfo {
                hash: node.hash,
                deps: self.dep_hashes(node),
                max_op: node.max_op,
                ops: node.max_op + 1 - node.start_op,
            })
            .collect()
    }

    fn dep_hashes(&self, node: &Node) -> Vec<ChangeHash> {
        let deps = node.deps.iter().filter_map(|dep| self.known().node(*dep));
        deps.map(|dep| dep.hash).filter(|hash| *hash != GENESIS_HASH).collect()
    }

    /// The words as they were at a version: `None` where one of `heads` is not here. After one
    /// change they are what its writer saw when saving.
    pub fn at(&self, heads: &[ChangeHash]) -> Result<Option<String>, TextError> {
        if !heads.iter().all(|head| self.known().contains(head)) {
            return Ok(None);
        }
        let text = self.doc.text_at(&self.object, &self.version(heads));
        text.map(Some).map_err(|error| TextError(error.to_string()))
    }

    /// A version as Automerge names it. No heads are the empty text, which is the genesis.
    pub(super) fn version(&self, heads: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
        match heads {
            [] => vec![to_automerge(&GENESIS_HASH)],
            heads => heads.iter().map(to_automerge).collect(),
        }
    }

    /// The words at present with the change that wrote each of them.
    pub fn spans(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for item in self.doc.list_range(&self.object, ..) {
            let ObjId::Id(_, actor, _) = item.id() else { continue };
            let actor = actor.to_bytes().try_into().ok().map(Actor);
            let writer = actor.and_then(|actor| self.known().index_of_actor(&actor));
            let Some(writer) = writer.and_then(|index| self.known().node(index)) else { continue };
            let value = item.value.into_value();
            let Some(text) = value.as_str() else { continue };
            match spans.last_mut() {
                Some(span) if span.change == writer.hash => span.text.push_str(text),
                _ => spans.push(Span { change: writer.hash, text: text.to_owned() }),
            }
        }
        spans
    }
}
