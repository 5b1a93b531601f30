//! Changes told one after the other, each in terms of those told before it.
//!
//! Most of a small change is what follows from others: the hashes it depends on, the actors its
//! operations name, its own actor and checksum. Who tells many changes of a text in an order in
//! which each comes behind those it builds on says these by numbers, and the other side makes the
//! very bytes again. Nothing is believed because it was told so: the bytes are what an entry holds,
//! and its log's signature covers them.
//!
//! ```text
//! change    deps start externals segments
//! deps      how many, then each: how many changes ago it was told, or 0 and its 32 bytes
//! start     its first operation's number, less the highest that follows from the deps told
//! externals how many actors it names that were not told, then their 16 bytes each
//! segments  each: its length · 4 + kind, and the character it begins at; then 0
//! kind      1 characters, the first behind that one, each further one behind the one before;
//!           2 deletions of that one and those numbered behind it, 3 and those before it
//! character 0 the beginning of the text; 1 of this change, then how many operations ago;
//!           2 + i the external i, then its number; from 2 + externals on: of the change told
//!           1, 2, ... changes ago, then by how many its number is below that change's last
//! ```
//!
//! Numbers are LEB128, signed where they can be negative. The characters stand apart, as UTF-8.

use std::collections::{BTreeMap, BTreeSet};

use super::chunk::{self, Actor, Draft, Sealed};
use super::columns::{Elem, Op};
use super::gate::{GateError, MAX_CHANGE_BYTES, MAX_DEPENDENCIES, MAX_OPS};
use super::leb::{Reader, write_signed, write_unsigned};
use crate::ids::{ChangeHash, EntryId};

/// The most changes that are told one after the other.
pub const MAX_TOLD: usize = 16_384;
/// The most operations in all of them.
pub const MAX_TOLD_OPS: usize = 1 << 20;

const INSERT: u64 = 1;
const DELETE_ON: u64 = 2;
const DELETE_BACK: u64 = 3;

/// A character by the actor that inserted it, none for the change's own, and its number.
type Named = (Option<Actor>, u32);

/// What is known of a change that was told.
#[derive(Clone, Copy, Debug)]
struct Row {
    hash: ChangeHash,
    actor: Actor,
    /// The number behind its last operation's.
    next_op: u32,
}

impl Row {
    fn of(draft: &Draft, sealed: &Sealed) -> Option<Row> {
        let next_op = draft.start_op.checked_add(u32::try_from(draft.ops.len()).ok()?)?;
        Some(Row { hash: sealed.hash, actor: sealed.actor, next_op })
    }
}

/// Changes as they are told: their form and their characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// The form of each, one after the other.
    pub shape: Vec<u8>,
    /// The characters of all of them.
    pub words: Vec<u8>,
}

/// The side that tells.
#[derive(Default)]
pub struct Telling {
    rows: Vec<Row>,
    by_hash: BTreeMap<ChangeHash, usize>,
    by_actor: BTreeMap<Actor, usize>,
    ops: usize,
    brief: Brief,
}

impl Telling {
    /// Tells a change; gives its number, the first being 0. `None` where it goes only as it is: it
    /// is not in the one form that is taken, or too many were told.
    pub fn tell(&mut self, text: &EntryId, change: &[u8]) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        let (draft, sealed) = chunk::read(text, change).ok()?;
        if draft.ops.len() > MAX_OPS {
            return None;
        }
        self.ops += draft.ops.len();
        let mut brief = Brief::default();
        self.write(&draft, &mut brief)?;
        let row = Row::of(&draft, &sealed)?;
        self.brief.shape.append(&mut brief.shape);
        self.brief.words.append(&mut brief.words);
        let number = self.rows.len();
        self.by_hash.insert(row.hash, number);
        self.by_actor.insert(row.actor, number);
        self.rows.push(row);
        u32::try_from(number).ok()
    }

    /// Whether nothing more is told.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= MAX_TOLD || self.ops > MAX_TOLD_OPS - MAX_OPS
    }

    /// How many bytes were told since [`Telling::take`].
    pub fn len(&self) -> usize {
        self.brief.shape.len() + self.brief.words.len()
    }

    /// Whether nothing was told since [`Telling::take`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was told since the last time.
    pub fn take(&mut self) -> Brief {
        std::mem::take(&mut self.brief)
    }

    fn write(&self, draft: &Draft, brief: &mut Brief) -> Option<()> {
        let shape = &mut brief.shape;
        write_unsigned(shape, draft.deps.len() as u64);
        let mut base = 0;
        for dep in &draft.deps {
            match self.by_hash.get(dep) {
                Some(number) => {
                    write_unsigned(shape, (self.rows.len() - number) as u64);
                    base = base.max(self.rows.get(*number)?.next_op);
                }
                None => {
                    shape.push(0);
                    shape.extend_from_slice(dep.as_bytes());
                }
            }
        }
        write_signed(shape, i64::from(draft.start_op) - i64::from(base));
        let externals: Vec<&Actor> =
            draft.others.iter().filter(|actor| !self.by_actor.contains_key(actor)).collect();
        write_unsigned(shape, externals.len() as u64);
        for actor in &externals {
            shape.extend_from_slice(&actor.0);
        }
        let mut named = BTreeSet::new();
        let mut at = 0;
        while let Some(first) = draft.ops.get(at) {
            let own = |at: usize| draft.start_op.checked_add(u32::try_from(at).ok()?);
            let is_next = |next: usize, op: &Op| match (first, op) {
                (Op::Insert { .. }, Op::Insert { after, .. }) => {
                    let before = own(next - 1).map(|counter| Elem { counter, actor: 0 });
                    before.is_some() && *after == before
                }
                _ => false,
            };
            let rest = draft.ops.get(at + 1..)?.iter().enumerate();
            let (kind, length, elem) = match first {
                Op::Insert { after, .. } => {
                    let more = rest.take_while(|(n, op)| is_next(at + 1 + n, op)).count();
                    (INSERT, 1 + more, *after)
                }
                Op::Delete { target } => {
                    let steps = |sign: i64| {
                        let rest = draft.ops.iter().skip(at + 1).zip(1_i64..);
                        let on = rest.take_while(|(op, n)| {
                            let wanted = i64::from(target.counter) + sign * n;
                            matches!(op, Op::Delete { target: next } if next.actor == target.actor
                                && i64::from(next.counter) == wanted)
                        });
                        1 + on.count()
                    };
                    match (steps(1), steps(-1)) {
                        (on, back) if on > back => (DELETE_ON, on, Some(*target)),
                        (_, back) => (DELETE_BACK, back, Some(*target)),
                    }
                }
            };
            write_unsigned(shape, (length as u64) << 2 | kind);
            match elem {
                None => shape.push(0),
                Some(Elem { actor: 0, counter }) => {
                    shape.push(1);
                    write_unsigned(shape, u64::from(own(at)?.checked_sub(counter)?));
                }
                Some(Elem { actor, counter }) => {
                    let actor = draft.others.get(usize::try_from(actor).ok()?.checked_sub(2)?)?;
                    named.insert(actor);
                    match self.by_actor.get(actor) {
                        Some(number) => {
                            let ago = self.rows.len() - number;
                            write_unsigned(shape, (1 + externals.len() + ago) as u64);
                            let last = self.rows.get(*number)?.next_op.checked_sub(1)?;
                            write_unsigned(shape, u64::from(last.checked_sub(counter)?));
                        }
                        None => {
                            let at = externals.iter().position(|other| *other == actor)?;
                            write_unsigned(shape, 2 + at as u64);
                            write_unsigned(shape, u64::from(counter));
                        }
                    }
                }
            }
            for op in draft.ops.get(at..at + length)? {
                if let Op::Insert { ch, .. } = op {
                    brief.words.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            at += length;
        }
        shape.push(0);
        // The other side names those that operations name, and no others.
        (named.len() == draft.others.len()).then_some(())
    }
}

/// The side that hears.
#[derive(Default)]
pub struct Hearing {
    rows: Vec<Row>,
    ops: usize,
}

impl Hearing {
    /// How many changes were heard.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Makes changes of a text again, as many as were told at once, of `bytes_max` bytes together at
    /// most.
    ///
    /// # Errors
    /// Where it is nothing that [`Telling`] says, or more than it says.
    pub fn hear(
        &mut self,
        text: &EntryId,
        brief: &Brief,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, GateError> {
        let mut bytes = 0;
        let mut shape = Reader::new(&brief.shape);
        let words = std::str::from_utf8(&brief.words).map_err(|_| GateError::NotAChange)?;
        let mut words = words.chars();
        let mut changes = Vec::new();
        while shape.left() > 0 {
            let draft = self.read(&mut shape, &mut words)?;
            self.ops += draft.ops.len();
            if self.rows.len() >= MAX_TOLD || self.ops > MAX_TOLD_OPS {
                return Err(GateError::TooLong(self.rows.len()));
            }
            let sealed = draft.seal(text);
            bytes += sealed.bytes.len();
            if sealed.bytes.len() > MAX_CHANGE_BYTES || bytes > bytes_max {
                return Err(GateError::TooLong(bytes));
            }
            self.rows.push(Row::of(&draft, &sealed).ok_or(GateError::Number)?);
            changes.push(sealed.bytes);
        }
        match words.next() {
            None => Ok(changes),
            Some(_) => Err(GateError::Trailing(words.count() + 1)),
        }
    }

    fn ago(&self, ago: usize) -> Result<&Row, GateError> {
        let at = self.rows.len().checked_sub(ago).filter(|_| ago > 0);
        at.and_then(|at| self.rows.get(at)).ok_or(GateError::Number)
    }

    fn read(
        &self,
        shape: &mut Reader<'_>,
        words: &mut std::str::Chars<'_>,
    ) -> Result<Draft, GateError> {
        let count = shape.count()?;
        if count == 0 {
            return Err(GateError::NoDependency);
        }
        if count > MAX_DEPENDENCIES {
            return Err(GateError::TooManyDependencies(count));
        }
        let (mut deps, mut base) = (Vec::new(), 0);
        for _ in 0..count {
            deps.push(match shape.count()? {
                0 => ChangeHash::from_slice(shape.take(ChangeHash::LEN)?)
                    .ok_or(GateError::Truncated)?,
                ago => {
                    let row = self.ago(ago)?;
                    base = base.max(row.next_op);
                    row.hash
                }
            });
        }
        if !deps.is_sorted_by(|a, b| a < b) {
            return Err(GateError::DependenciesUnsorted);
        }
        let start_op = shape.signed()?.checked_add(i64::from(base)).ok_or(GateError::Number)?;
        let start_op = u32::try_from(start_op).map_err(|_| GateError::Number)?;
        let mut externals = Vec::new();
        for _ in 0..shape.count()? {
            let actor = shape.take(16)?.try_into().map_err(|_| GateError::Truncated)?;
            externals.push(Actor(actor));
        }
        // First by actor: their places in the list are known when all are.
        let mut ops: Vec<(Option<Named>, Option<char>)> = Vec::new();
        loop {
            let head = shape.unsigned()?;
            let length = usize::try_from(head >> 2).map_err(|_| GateError::Number)?;
            if head == 0 {
                break;
            }
            if length == 0 || length > MAX_OPS - ops.len() {
                return Err(GateError::TooManyOps);
            }
            let own = |at: usize| -> Result<u32, GateError> {
                let at = u32::try_from(at).map_err(|_| GateError::Number)?;
                start_op.checked_add(at).ok_or(GateError::Number)
            };
            let number = |shape: &mut Reader<'_>| -> Result<u32, GateError> {
                u32::try_from(shape.unsigned()?).map_err(|_| GateError::Number)
            };
            let below = |top: u32, by: u32| top.checked_sub(by).ok_or(GateError::Number);
            let first = match shape.count()? {
                0 => None,
                1 => Some((None, below(own(ops.len())?, number(shape)?)?)),
                code => match externals.get(code - 2) {
                    Some(actor) => Some((Some(*actor), number(shape)?)),
                    None => {
                        let row = self.ago(code - 1 - externals.len())?;
                        Some((Some(row.actor), below(row.next_op, 1)?))
                            .map(|(actor, last)| below(last, number(shape)?).map(|at| (actor, at)))
                            .transpose()?
                    }
                },
            };
            let step: i64 = match head & 3 {
                INSERT => {
                    let mut after = first;
                    for _ in 0..length {
                        let ch = words.next().ok_or(GateError::Truncated)?;
                        let at = own(ops.len())?;
                        ops.push((after, Some(ch)));
                        after = Some((None, at));
                    }
                    continue;
                }
                DELETE_ON => 1,
                DELETE_BACK => -1,
                _ => return Err(GateError::Number),
            };
            let (actor, target) = first.ok_or(GateError::Number)?;
            for n in 0..i64::try_from(length).map_err(|_| GateError::Number)? {
                let target = u32::try_from(i64::from(target) + step * n);
                ops.push((Some((actor, target.map_err(|_| GateError::Number)?)), None));
            }
        }
        let named = ops.iter().filter_map(|(elem, _)| elem.and_then(|(actor, _)| actor));
        let others: Vec<Actor> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let elem = |(actor, counter): Named| {
            let place = |actor: Actor| 2 + others.binary_search(&actor).unwrap_or_default();
            let actor = actor.map_or(0, place);
            let actor = u32::try_from(actor).map_err(|_| GateError::Number)?;
            Ok(Elem { counter, actor })
        };
        let ops = ops
            .into_iter()
            .map(|(at, ch)| {
                let at = at.map(elem).transpose()?;
                Ok(match ch {
                    Some(ch) => Op::Insert { after: at, ch },
                    None => Op::Delete { target: at.ok_or(GateError::Number)? },
                })
            })
            .collect::<Result<_, GateError>>()?;
        Ok(Draft { deps, start_op, others, ops })
    }
}

#[cfg(test)]
mod tests;
