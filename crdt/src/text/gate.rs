//! The gate before Automerge: what a change of a text must be before Automerge sees it.
//!
//! Automerge takes changes on trust. Orphaned or conflicting ones wedge the document, run lengths
//! expand without bound, gaps in sequence numbers panic. So every change is first read here, by
//! code of ours that is bounded by the input, and is taken only if all of this holds:
//!
//! - It is one change chunk, not compressed, nothing after it, at most 64 kB, its checksum right.
//! - It has one form: written again by us, the bytes are the same. So nothing is in it that this
//!   gate has not read, and Automerge, which stores operations and not bytes, gives it back as it
//!   was. Time 0, no message, no fields of other versions.
//! - Its actor is the one that follows from its bytes and the text's id, its sequence number 1.
//! - At most 4,096 operations, each of which inserts one character or deletes one in the text
//!   object that the genesis made. Nothing else: no maps, counters, marks or blocks. A character
//!   is deleted at most once in it. Only a merge of two heads or more may have no operation.
//! - It depends on 1 to 256 changes that the gate has passed, in ascending order of hash.
//! - Its first operation's number is 1 + the highest in what it depends on, its last at most
//!   65,536.
//! - Every character that it names was inserted by an operation in what it depends on (the change
//!   that the actor belongs to is in that closure, and its operation of that number is an
//!   insertion), or earlier in the change itself. Its list of other actors is exactly those named.
//!
//! Not checked is whether a character that it deletes has already been deleted in what it depends
//! on: two people who delete the same character at once come to the same state.
//!
//! Reading takes time linear in the change. Looking for named changes in what it depends on walks
//! back through [`Known`], at most once over its runs of changes.

use std::collections::BTreeSet;

use super::chunk::{self, Actor, Draft, Sealed};
use super::columns::{Elem, Op};
use super::known::{Known, Node};
use crate::ids::{ChangeHash, EntryId};

/// The longest change, in bytes.
pub const MAX_CHANGE_BYTES: usize = 65_536;
/// The most operations (characters inserted or deleted) in one change.
pub const MAX_OPS: usize = 4_096;
/// The most changes that one change may depend on.
pub const MAX_DEPENDENCIES: usize = 256;
/// The highest operation number in a text. When it is reached a new text continues it.
pub const MAX_TEXT_OPS: u32 = 65_536;

/// Why a change was not taken. Of all but [`GateError::MissingDependencies`] one can be sure that
/// the change will never be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// It is longer than [`MAX_CHANGE_BYTES`].
    #[error("the change is {0} bytes long, more than 64 kB")]
    TooLong(usize),
    /// It ends early.
    #[error("the change ends before it is complete")]
    Truncated,
    /// It doesn't begin as an Automerge chunk does.
    #[error("these bytes are no change of a text")]
    NotAChange,
    /// It is a saved document (0), compressed (2), a bundle (3) or unknown.
    #[error("only a plain change is taken, this is a chunk of type {0}")]
    ChunkType(u8),
    /// Bytes follow the change.
    #[error("{0} bytes follow the change")]
    Trailing(usize),
    /// The checksum doesn't fit the bytes.
    #[error("the change is damaged: its checksum does not fit")]
    Checksum,
    /// A number is larger than anything allowed.
    #[error("a number in the change is too large")]
    Number,
    /// It depends on nothing, so it would make a text of its own.
    #[error("the change depends on nothing, not even on the empty text")]
    NoDependency,
    /// It depends on more than [`MAX_DEPENDENCIES`].
    #[error("the change depends on {0} others, more than 256")]
    TooManyDependencies(usize),
    /// Dependencies are not in order, or doubled.
    #[error("what the change depends on is not listed in order")]
    DependenciesUnsorted,
    /// These haven't come yet. The change may be taken when they have.
    #[error("{} changes that it builds on are not here yet", .0.len())]
    MissingDependencies(Vec<ChangeHash>),
    /// An actor is not 16 bytes.
    #[error("an actor of {0} bytes, not of 16")]
    ActorLength(usize),
    /// The actor doesn't follow from the change and the text.
    #[error("the change's actor is not its own, or it belongs to another text")]
    WrongActor,
    /// Another change has the same actor.
    #[error("another change has this change's actor")]
    ActorTaken,
    /// The sequence number is not 1.
    #[error("the sequence number is {0}, not 1")]
    Sequence(u64),
    /// The first operation's number is not 1 + the highest that it depends on.
    #[error("the first operation has number {found}, not {expected}")]
    StartOp {
        /// The number in the change.
        found: u32,
        /// What it should be.
        expected: u32,
    },
    /// An operation's number is beyond [`MAX_TEXT_OPS`].
    #[error("operation {0} is beyond the 65,536 of a text")]
    TooHigh(u64),
    /// It has a time.
    #[error("the change carries the time {0}")]
    Time(i64),
    /// It has a message.
    #[error("the change carries a message")]
    Message,
    /// Other actors are not the genesis and then others in ascending order, all of them named.
    #[error("the change's list of other actors is not in order, or names some for nothing")]
    OtherActors,
    /// The list of columns is not in order.
    #[error("the change's list of columns is not in order")]
    Columns,
    /// A column is compressed.
    #[error("column {0:#x} is compressed")]
    CompressedColumn(u32),
    /// A column that operations on a text don't have (marks and later inventions).
    #[error("column {0:#x} has no place in a text")]
    UnknownColumn(u32),
    /// A column has more or fewer rows than the change has operations.
    #[error("column {0:#x} does not have the length of the others")]
    ColumnLength(u32),
    /// The rows of a column add up to more than [`MAX_OPS`].
    #[error("the change has more than 4,096 operations")]
    TooManyOps,
    /// It changes nothing and merges nothing.
    #[error("the change is empty")]
    Empty,
    /// This operation, counted from 0, neither inserts one character nor deletes one.
    #[error("operation {0} neither inserts a character nor deletes one")]
    Operation(usize),
    /// This operation names a character that is not in what the change depends on.
    #[error("operation {0} names a character that is not in what the change builds on")]
    Reference(usize),
    /// This operation deletes a character that an earlier one in the change has deleted.
    #[error("operation {0} deletes a character for the second time")]
    DeletedTwice(usize),
    /// It could be written otherwise.
    #[error("the change is not written in the one form that is taken")]
    NotCanonical,
}

/// A change that has passed the gate, for [`Known::admit`] and for Automerge.
#[derive(Debug)]
pub struct GatedChange {
    pub(super) hash: ChangeHash,
    pub(super) bytes: Vec<u8>,
    pub(super) node: Node,
}

impl GatedChange {
    /// Its hash.
    pub fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// Its bytes, the same that went in.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A change of which everything holds that can be told from its own bytes.
#[derive(Debug)]
pub struct ReadChange {
    draft: Draft,
    sealed: Sealed,
}

impl ReadChange {
    /// Its hash.
    pub fn hash(&self) -> ChangeHash {
        self.sealed.hash
    }

    /// What it depends on, in ascending order; the genesis alone for a first change.
    pub fn deps(&self) -> &[ChangeHash] {
        &self.draft.deps
    }

    /// Its bytes, the same that went in.
    pub fn bytes(&self) -> &[u8] {
        &self.sealed.bytes
    }
}

/// Checks what can be told from the change alone: whoever stores it before its dependencies have
/// arrived asks this.
pub fn read(text: &EntryId, bytes: &[u8]) -> Result<ReadChange, GateError> {
    let (draft, sealed) = chunk::read(text, bytes)?;
    let highest = (u64::from(draft.start_op) + draft.ops.len() as u64).saturating_sub(1);
    if highest > u64::from(MAX_TEXT_OPS) {
        return Err(GateError::TooHigh(highest));
    }
    if draft.ops.is_empty() && draft.deps.len() < 2 {
        return Err(GateError::Empty);
    }
    check_own(&draft)?;
    Ok(ReadChange { draft, sealed })
}

/// The hash of a change and those of what it depends on, the genesis left out, for whoever keeps
/// track of what is missing. Only what this takes is looked at: for the gate it may still be bad.
///
/// # Errors
/// [`GateError`] where the bytes are no change chunk, or their list of dependencies is not right.
pub fn outline(bytes: &[u8]) -> Result<(ChangeHash, Vec<ChangeHash>), GateError> {
    let (hash, mut deps) = chunk::outline(bytes)?;
    deps.retain(|dep| *dep != super::GENESIS_HASH);
    Ok((hash, deps))
}

/// Checks everything. `known` holds the changes of this text that have passed before.
pub fn check(text: &EntryId, bytes: &[u8], known: &Known) -> Result<GatedChange, GateError> {
    check_read(&read(text, bytes)?, known)
}

/// The second half of [`check`], for a change that has been read before.
pub fn check_read(change: &ReadChange, known: &Known) -> Result<GatedChange, GateError> {
    let node = in_context(change, known)?;
    Ok(GatedChange { hash: change.hash(), bytes: change.sealed.bytes.clone(), node })
}

/// The change an operation names, as an index into the change's other actors.
enum Named {
    Own(u32),
    Other { index: usize, counter: u32 },
}

fn named(elem: Elem) -> Option<Named> {
    match elem.actor {
        0 => Some(Named::Own(elem.counter)),
        // The genesis inserted no character.
        1 => None,
        other => Some(Named::Other {
            index: usize::try_from(other).ok()?.checked_sub(2)?,
            counter: elem.counter,
        }),
    }
}

fn character(op: &Op) -> Option<Elem> {
    match op {
        Op::Insert { after, .. } => *after,
        Op::Delete { target } => Some(*target),
    }
}

/// References to the change's own operations, the list of actors, and double deletions.
fn check_own(draft: &Draft) -> Result<(), GateError> {
    let mut used = vec![false; draft.others.len()];
    let mut deleted = BTreeSet::new();
    for (index, op) in draft.ops.iter().enumerate() {
        if let Op::Delete { target } = op
            && !deleted.insert(*target)
        {
            return Err(GateError::DeletedTwice(index));
        }
        let Some(elem) = character(op) else { continue };
        match named(elem).ok_or(GateError::Reference(index))? {
            Named::Own(counter) => {
                let earlier = counter.checked_sub(draft.start_op).map(|at| at as usize);
                let earlier = earlier.filter(|at| *at < index).and_then(|at| draft.ops.get(at));
                if !matches!(earlier, Some(Op::Insert { .. })) {
                    return Err(GateError::Reference(index));
                }
            }
            Named::Other { index: other, .. } => match used.get_mut(other) {
                Some(used) => *used = true,
                None => return Err(GateError::Reference(index)),
            },
        }
    }
    if used.contains(&false) { Err(GateError::OtherActors) } else { Ok(()) }
}

/// Everything that depends on what has passed before.
fn in_context(change: &ReadChange, known: &Known) -> Result<Node, GateError> {
    let ReadChange { draft, sealed } = change;
    let mut deps = Vec::with_capacity(draft.deps.len());
    let mut missing = Vec::new();
    for dep in &draft.deps {
        match known.index_of(dep) {
            Some(index) => deps.push(index),
            None => missing.push(*dep),
        }
    }
    if !missing.is_empty() {
        return Err(GateError::MissingDependencies(missing));
    }
    let highest = deps.iter().filter_map(|dep| known.node(*dep)).map(|node| node.max_op).max();
    let expected = highest.unwrap_or(0) + 1;
    if draft.start_op != expected {
        return Err(GateError::StartOp { found: draft.start_op, expected });
    }
    if known.index_of_actor(&sealed.actor).is_some_and(|_| known.index_of(&sealed.hash).is_none()) {
        return Err(GateError::ActorTaken);
    }

    let others: Vec<Option<usize>> =
        draft.others.iter().map(|actor: &Actor| known.index_of_actor(actor)).collect();
    for (index, op) in draft.ops.iter().enumerate() {
        let Some(Named::Other { index: other, counter }) = character(op).and_then(named) else {
            continue;
        };
        let writer = others.get(other).copied().flatten().and_then(|index| known.node(index));
        if !writer.is_some_and(|node| node.inserted(counter)) {
            return Err(GateError::Reference(index));
        }
    }
    let targets: Vec<usize> = others.iter().copied().flatten().collect();
    if let Some(outside) = known.outside(&deps, &targets) {
        let names_it = |op: &Op| match character(op).and_then(named) {
            Some(Named::Other { index, .. }) => others.get(index) == Some(&Some(outside)),
            _ => false,
        };
        return Err(GateError::Reference(draft.ops.iter().position(names_it).unwrap_or(0)));
    }
    Ok(Node::new(sealed.actor, deps, draft))
}
