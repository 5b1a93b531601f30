//! New changes of a text: what somebody saved, written as changes that pass the gate.
//!
//! No change is made inside Automerge. Where characters stand is read from the document, the
//! operations are laid out here, and the same code writes them that the gate compares with. The
//! document is not touched until the caller adds the changes like any others.

use automerge::{ObjId, ReadDoc};

use super::chunk::{Actor, Draft, Sealed};
use super::columns::{Elem, Op};
use super::gate::{MAX_CHANGE_BYTES, MAX_DEPENDENCIES, MAX_OPS, MAX_TEXT_OPS};
use super::{GENESIS_HASH, Text, TextError, diff};
use crate::ids::ChangeHash;

/// Replace `deleted` characters at `position` by `inserted`. Positions count Unicode scalar values
/// and hold in the text as the splices before this one have left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Splice<'a> {
    /// Where, in characters from the start.
    pub position: usize,
    /// How many characters go.
    pub deleted: usize,
    /// What comes in their place.
    pub inserted: &'a str,
}

/// Why a text could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It has reached [`MAX_TEXT_OPS`].
    #[error("this text is full ({needed} of 65,536 operations); go on in a new text")]
    Full {
        /// The highest operation number that the edit would need.
        needed: u64,
    },
    /// A splice reaches beyond the end.
    #[error("there is no character {position} in a text of {length}")]
    OutOfRange {
        /// The first position that isn't there.
        position: usize,
        /// Characters in the text.
        length: usize,
    },
    /// The version to edit is not all here.
    #[error("the version of the text that was edited is not here")]
    UnknownVersion,
    /// The text itself can't be read.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// A character before it is known which change of the edit it falls into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Inserted by a change that is in the text: its actor and operation number.
    Known(Actor, u32),
    /// Inserted by the edit's operation of this index.
    Planned(usize),
}

#[derive(Clone, Copy, Debug)]
enum Planned {
    Insert { after: Option<Place>, ch: char },
    Delete { target: Place },
}

/// A stretch of the text under edit.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Characters of the text as it was, from this position.
    Base { start: usize, length: usize },
    /// Characters inserted by the edit's operations from this index on.
    New { start: usize, length: usize },
}

impl Piece {
    fn length(&self) -> usize {
        match self {
            Piece::Base { length, .. } | Piece::New { length, .. } => *length,
        }
    }

    /// The first `at` characters and the others.
    fn split(self, at: usize) -> (Piece, Piece) {
        match self {
            Piece::Base { start, length } => (
                Piece::Base { start, length: at },
                Piece::Base { start: start + at, length: length - at },
            ),
            Piece::New { start, length } => (
                Piece::New { start, length: at },
                Piece::New { start: start + at, length: length - at },
            ),
        }
    }
}

impl Text {
    /// The changes that turn the text into `content`, to be added and sent in this order. None
    /// where nothing differs, one for what somebody types, more where there is more than one
    /// change may hold.
    pub fn edit(&self, content: &str) -> Result<Vec<Vec<u8>>, EditError> {
        self.edit_at(&self.heads(), content)
    }

    /// Like [`Text::edit`] for somebody who had an earlier version before them when they began:
    /// what others have written since stays.
    pub fn edit_at(&self, heads: &[ChangeHash], content: &str) -> Result<Vec<Vec<u8>>, EditError> {
        let old = self.at(heads)?.ok_or(EditError::UnknownVersion)?;
        let chars: Vec<char> = content.chars().collect();
        let hunks = diff::texts(&old, content);
        let inserted: Vec<String> = hunks
            .iter()
            .map(|hunk| chars.get(hunk.inserted.0..hunk.inserted.1).into_iter().flatten().collect())
            .collect();
        // From the end to the start, so that positions in the old text hold.
        let splices: Vec<Splice<'_>> = hunks
            .iter()
            .zip(&inserted)
            .rev()
            .map(|(hunk, inserted)| Splice {
                position: hunk.position,
                deleted: hunk.removed,
                inserted,
            })
            .collect();
        self.edit_splices_at(heads, &splices)
    }

    /// The changes that do these splices, one after the other, to the text at its heads.
    pub fn edit_splices(&self, splices: &[Splice<'_>]) -> Result<Vec<Vec<u8>>, EditError> {
        self.edit_splices_at(&self.heads(), splices)
    }

    /// Like [`Text::edit_splices`], to an earlier version.
    pub fn edit_splices_at(
        &self,
        heads: &[ChangeHash],
        splices: &[Splice<'_>],
    ) -> Result<Vec<Vec<u8>>, EditError> {
        if !heads.iter().all(|head| self.known().contains(head)) {
            return Err(EditError::UnknownVersion);
        }
        let mut plan = Plan::new(self, heads);
        for splice in splices {
            plan.splice(splice)?;
        }
        self.write(heads, &plan.ops)
    }

    fn write(&self, heads: &[ChangeHash], ops: &[Planned]) -> Result<Vec<Vec<u8>>, EditError> {
        let mut changes = Vec::new();
        if ops.is_empty() {
            return Ok(changes);
        }
        let mut deps: Vec<ChangeHash> = heads.to_vec();
        deps.sort_unstable();
        deps.dedup();
        if deps.is_empty() {
            deps.push(GENESIS_HASH);
        }
        let nodes = deps.iter().filter_map(|dep| self.known().index_of(dep));
        let highest = nodes.filter_map(|index| self.known().node(index)).map(|node| node.max_op);
        let start_op = highest.max().unwrap_or(0) + 1;
        let needed = u64::from(start_op) + ops.len() as u64 - 1;
        if needed > u64::from(MAX_TEXT_OPS) {
            return Err(EditError::Full { needed });
        }
        while deps.len() > MAX_DEPENDENCIES {
            let (merge, hash) = self.merge(&deps);
            changes.push(merge);
            deps.drain(..MAX_DEPENDENCIES);
            deps.push(hash);
        }
        deps.sort_unstable();

        // Which actor each operation so far has gone to, by the index of its first operation.
        let mut written: Vec<(usize, Actor)> = Vec::new();
        let mut from = 0;
        while from < ops.len() {
            let mut count = MAX_OPS.min(ops.len() - from);
            let (sealed, count) = loop {
                let part = ops.get(from..from + count).unwrap_or_default();
                let draft = draft(part, from, start_op, deps.clone(), &written);
                let sealed = draft.seal(self.id());
                if sealed.bytes.len() <= MAX_CHANGE_BYTES || count == 1 {
                    break (sealed, count);
                }
                count /= 2;
            };
            let Sealed { bytes, hash, actor } = sealed;
            changes.push(bytes);
            written.push((from, actor));
            deps = vec![hash];
            from += count;
        }
        Ok(changes)
    }

    /// A change without operations that joins the first [`MAX_DEPENDENCIES`] of these heads.
    fn merge(&self, heads: &[ChangeHash]) -> (Vec<u8>, ChangeHash) {
        let mut deps: Vec<ChangeHash> = heads.iter().take(MAX_DEPENDENCIES).copied().collect();
        deps.sort_unstable();
        let nodes = deps.iter().filter_map(|dep| self.known().index_of(dep));
        let highest = nodes.filter_map(|index| self.known().node(index)).map(|node| node.max_op);
        let start_op = highest.max().unwrap_or(0) + 1;
        let sealed = Draft { deps, start_op, others: Vec::new(), ops: Vec::new() }.seal(self.id());
        (sealed.bytes, sealed.hash)
    }
}

/// The change that holds `part`, which starts at operation `from` of the edit.
fn draft(
    part: &[Planned],
    from: usize,
    start_op: u32,
    deps: Vec<ChangeHash>,
    written: &[(usize, Actor)],
) -> Draft {
    // The edit has at most 65,536 operations, which `write` has checked.
    let number = |index: usize| start_op + u32::try_from(index).unwrap_or(u32::MAX);
    // `None` for the change itself.
    let resolve = |place: Place| match place {
        Place::Known(actor, counter) => (Some(actor), counter),
        Place::Planned(index) if index >= from => (None, number(index)),
        Place::Planned(index) => {
            let after = written.partition_point(|(first, _)| *first <= index);
            let change = after.checked_sub(1).and_then(|at| written.get(at));
            (change.map(|(_, actor)| *actor), number(index))
        }
    };
    let place = |op: &Planned| match op {
        Planned::Insert { after, .. } => *after,
        Planned::Delete { target } => Some(*target),
    };
    let mut others: Vec<Actor> =
        part.iter().filter_map(place).filter_map(|place| resolve(place).0).collect();
    others.sort_unstable();
    others.dedup();
    let elem = |place: Place| {
        let (actor, counter) = resolve(place);
        let at = actor.and_then(|actor| others.binary_search(&actor).ok());
        // The change itself is 0, the genesis 1.
        let actor = at.map_or(0, |at| u32::try_from(at + 2).unwrap_or(u32::MAX));
        Elem { counter, actor }
    };
    let ops = part
        .iter()
        .map(|op| match op {
            Planned::Insert { after, ch } => Op::Insert { after: after.map(elem), ch: *ch },
            Planned::Delete { target } => Op::Delete { target: elem(*target) },
        })
        .collect();
    Draft { deps, start_op: number(from), others, ops }
}

/// An edit in progress: the text as pieces of what was and of what is new.
struct Plan<'a> {
    text: &'a Text,
    /// The version under edit, `None` for the present one.
    at: Option<Vec<automerge::ChangeHash>>,
    pieces: Vec<Piece>,
    length: usize,
    ops: Vec<Planned>,
}

impl<'a> Plan<'a> {
    fn new(text: &'a Text, heads: &[ChangeHash]) -> Self {
        let mut present = heads.to_vec();
        present.sort_unstable();
        // Reading an earlier version is slower than reading the present one.
        let at = (present != text.heads()).then(|| text.version(heads));
        let length = match &at {
            None => text.length(),
            Some(heads) => text.doc.length_at(&text.object, heads),
        };
        // No piece is ever empty.
        let pieces = if length == 0 { Vec::new() } else { vec![Piece::Base { start: 0, length }] };
        Self { text, at, pieces, length, ops: Vec::new() }
    }

    fn splice(&mut self, splice: &Splice<'_>) -> Result<(), EditError> {
        let end = splice.position.checked_add(splice.deleted).filter(|end| *end <= self.length);
        if end.is_none() {
            let position = splice.position.max(self.length);
            return Err(EditError::OutOfRange { position, length: self.length });
        }
        let first = self.cut(splice.position);
        let last = self.cut(splice.position + splice.deleted);
        let deleted: Vec<Piece> = self.pieces.drain(first..last).collect();
        for piece in deleted {
            for offset in 0..piece.length() {
                let target = self.place(piece, offset)?;
                self.ops.push(Planned::Delete { target });
            }
        }
        let before = first.checked_sub(1).and_then(|at| self.pieces.get(at)).copied();
        let mut after = match before {
            Some(piece) => Some(self.place(piece, piece.length() - 1)?),
            None => None,
        };
        let start = self.ops.len();
        for ch in splice.inserted.chars() {
            let index = self.ops.len();
            self.ops.push(Planned::Insert { after, ch });
            after = Some(Place::Planned(index));
        }
        let length = self.ops.len() - start;
        if length > 0 {
            match first.checked_sub(1).and_then(|at| self.pieces.get_mut(at)) {
                // Somebody goes on typing: one piece, as long as nothing came between.
                Some(Piece::New { start: from, length: so_far }) if *from + *so_far == start => {
                    *so_far += length;
                }
                _ => self.pieces.insert(first, Piece::New { start, length }),
            }
        }
        self.length = self.length - splice.deleted + length;
        Ok(())
    }

    /// Makes a piece start at this position; gives its index.
    fn cut(&mut self, position: usize) -> usize {
        let mut left = position;
        for index in 0..self.pieces.len() {
            let Some(piece) = self.pieces.get(index).copied() else { break };
            if left == 0 {
                return index;
            }
            if left < piece.length() {
                let (before, after) = piece.split(left);
                self.pieces.splice(index..=index, [before, after]);
                return index + 1;
            }
            left -= piece.length();
        }
        self.pieces.len()
    }

    fn place(&self, piece: Piece, offset: usize) -> Result<Place, EditError> {
        match piece {
            Piece::New { start, .. } => Ok(Place::Planned(start + offset)),
            Piece::Base { start, .. } => {
                let position = start + offset;
                let missing = EditError::OutOfRange { position, length: self.length };
                let Text { doc, object, .. } = self.text;
                let found = match &self.at {
                    None => doc.get(object, position),
                    Some(heads) => doc.get_at(object, position, heads),
                };
                let found = found.map_err(|error| TextError(error.to_string()))?;
                let Some((_, ObjId::Id(counter, actor, _))) = found else { return Err(missing) };
                let actor = actor.to_bytes().try_into().map(Actor).map_err(|_| missing.clone())?;
                Ok(Place::Known(actor, u32::try_from(counter).map_err(|_| missing)?))
            }
        }
    }
}
