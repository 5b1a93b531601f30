//! The columns in which Automerge lays out the operations of a change, for plain text only.
//!
//! Automerge writes one column for each field of an operation, and each column as run lengths:
//! a positive count and the value it repeats, a negative count and that many different values, or
//! a zero and a count of nulls, see [`super::runs`].
//!
//! Only two operations exist in a text: insert one character after another, and delete one. The
//! columns of anything else (maps, marks, counters) are refused.

use super::gate::GateError;
use super::leb::{Reader, write_unsigned};
use super::runs::{Number, booleans, delta, rows, write_booleans, write_rows};

/// A character by the operation that inserted it: the index of its actor among the actors of the
/// change (0 the change itself, 1 the genesis, then the others), and the operation's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Elem {
    pub(super) counter: u32,
    pub(super) actor: u32,
}

/// What a change of a text may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// Insert a character after another, or at the start.
    Insert { after: Option<Elem>, ch: char },
    /// Delete a character.
    Delete { target: Elem },
}

// A column's specification: its id, times 16, plus its type.
const OBJ_ACTOR: u32 = 0x01;
const OBJ_COUNTER: u32 = 0x02;
const KEY_ACTOR: u32 = 0x11;
const KEY_COUNTER: u32 = 0x13;
const INSERT: u32 = 0x34;
const ACTION: u32 = 0x42;
const VALUE_META: u32 = 0x56;
const VALUE: u32 = 0x57;
const PRED_COUNT: u32 = 0x70;
const PRED_ACTOR: u32 = 0x71;
const PRED_COUNTER: u32 = 0x73;
const COMPRESSED: u32 = 0x08;

const ACTION_SET: i64 = 1;
const ACTION_DELETE: i64 = 3;
const TYPE_STRING: i64 = 6;

/// The genesis made the text object: operation 1 of actor 1 in every change's list of actors.
const TEXT_OBJECT: (i64, i64) = (1, 1);

/// The columns of one change, by specification, in ascending order.
#[derive(Debug, Default)]
pub(super) struct Columns<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Columns<'a> {
    /// Reads the list of columns and the data after it, which must end with the input.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, GateError> {
        let count = reader.count()?;
        // Each column is known and appears once, so there can't be more than this.
        if count > 11 {
            return Err(GateError::Columns);
        }
        let mut specs: Vec<(u32, usize)> = Vec::with_capacity(count);
        for _ in 0..count {
            let spec = u32::try_from(reader.unsigned()?).map_err(|_| GateError::Columns)?;
            if spec & COMPRESSED != 0 {
                return Err(GateError::CompressedColumn(spec));
            }
            if specs.last().is_some_and(|(last, _)| *last >= spec) {
                return Err(GateError::Columns);
            }
            match spec {
                OBJ_ACTOR | OBJ_COUNTER | KEY_ACTOR | KEY_COUNTER | INSERT | ACTION
                | VALUE_META | VALUE | PRED_COUNT | PRED_ACTOR | PRED_COUNTER => {}
                other => return Err(GateError::UnknownColumn(other)),
            }
            specs.push((spec, reader.count()?));
        }
        let mut columns = Vec::with_capacity(count);
        for (spec, length) in specs {
            columns.push((spec, reader.take(length)?));
        }
        if reader.left() > 0 {
            return Err(GateError::Trailing(reader.left()));
        }
        Ok(Self(columns))
    }

    fn bytes(&self, spec: u32) -> &'a [u8] {
        self.0.iter().find(|(found, _)| *found == spec).map_or(&[], |(_, bytes)| bytes)
    }

    /// The operations, at most [`super::gate::MAX_OPS`]. Columns of unequal length are refused.
    pub(super) fn ops(&self) -> Result<Vec<Op>, GateError> {
        let action = rows(self.bytes(ACTION), Number::Unsigned)?;
        let count = action.len();
        let column = |spec: u32, number: Number, count: usize| {
            let rows = rows(self.bytes(spec), number)?;
            if rows.len() == count { Ok(rows) } else { Err(GateError::ColumnLength(spec)) }
        };
        let obj_actor = column(OBJ_ACTOR, Number::Unsigned, count)?;
        let obj_counter = column(OBJ_COUNTER, Number::Unsigned, count)?;
        // A column of nothing but nulls isn't written at all: every insertion is at the start.
        let key_actor = match self.bytes(KEY_ACTOR) {
            [] => vec![None; count],
            _ => column(KEY_ACTOR, Number::Unsigned, count)?,
        };
        let key_counter = column(KEY_COUNTER, Number::Delta, count)?;
        let insert = booleans(self.bytes(INSERT))?;
        if insert.len() != count {
            return Err(GateError::ColumnLength(INSERT));
        }
        let meta = column(VALUE_META, Number::Unsigned, count)?;
        let pred_count = column(PRED_COUNT, Number::Unsigned, count)?;
        let deleted = insert.iter().filter(|insert| !**insert).count();
        let pred_actor = column(PRED_ACTOR, Number::Unsigned, deleted)?;
        let pred_counter = column(PRED_COUNTER, Number::Delta, deleted)?;

        let mut value = Reader::new(self.bytes(VALUE));
        let mut preds = pred_actor.into_iter().zip(pred_counter);
        let mut ops = Vec::with_capacity(count);
        let objects = obj_actor.into_iter().zip(obj_counter);
        let keys = key_actor.into_iter().zip(key_counter);
        let kinds = insert.into_iter().zip(action).zip(meta.into_iter().zip(pred_count));
        for (index, ((object, key), ((insert, action), (meta, pred_count)))) in
            objects.zip(keys).zip(kinds).enumerate()
        {
            let refused = GateError::Operation(index);
            if object != (Some(TEXT_OBJECT.0), Some(TEXT_OBJECT.1)) {
                return Err(refused);
            }
            ops.push(match (insert, action, meta, pred_count) {
                (true, Some(ACTION_SET), Some(meta), Some(0)) if meta & 15 == TYPE_STRING => {
                    let length = usize::try_from(meta >> 4).map_err(|_| GateError::Number)?;
                    let bytes = value.take(length)?;
                    let text = std::str::from_utf8(bytes).map_err(|_| refused.clone())?;
                    let mut chars = text.chars();
                    let (Some(ch), None) = (chars.next(), chars.next()) else {
                        return Err(refused);
                    };
                    let after = match key {
                        (None, Some(0)) => None,
                        key => Some(elem(key).ok_or(refused)?),
                    };
                    Op::Insert { after, ch }
                }
                (false, Some(ACTION_DELETE), Some(0), Some(1)) => {
                    let target = elem(key).ok_or_else(|| refused.clone())?;
                    if preds.next().and_then(elem) != Some(target) {
                        return Err(refused);
                    }
                    Op::Delete { target }
                }
                _ => return Err(refused),
            });
        }
        if value.left() > 0 {
            return Err(GateError::ColumnLength(VALUE));
        }
        Ok(ops)
    }
}

fn elem((actor, counter): (Option<i64>, Option<i64>)) -> Option<Elem> {
    Some(Elem { actor: u32::try_from(actor?).ok()?, counter: u32::try_from(counter?).ok()? })
}

/// Writes the list of columns and their data, in the one way Automerge writes them.
pub(super) fn write(ops: &[Op], out: &mut Vec<u8>) {
    let all = |value: i64| ops.iter().map(|_| Some(value)).collect::<Vec<_>>();
    let key = |op: &Op| match op {
        Op::Insert { after, .. } => *after,
        Op::Delete { target } => Some(*target),
    };
    let keys: Vec<Option<Elem>> = ops.iter().map(key).collect();
    let deleted: Vec<Elem> = ops
        .iter()
        .filter_map(|op| match op {
            Op::Insert { .. } => None,
            Op::Delete { target } => Some(*target),
        })
        .collect();
    let by_kind = |insert: fn(char) -> i64, delete: i64| {
        ops.iter()
            .map(|op| match op {
                Op::Insert { ch, .. } => Some(insert(*ch)),
                Op::Delete { .. } => Some(delete),
            })
            .collect::<Vec<_>>()
    };
    let mut value = Vec::new();
    for op in ops {
        if let Op::Insert { ch, .. } = op {
            value.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    let key_counters: Vec<_> =
        keys.iter().map(|key| Some(key.map_or(0, |elem| i64::from(elem.counter)))).collect();
    let key_actors: Vec<_> = keys.iter().map(|key| key.map(|elem| i64::from(elem.actor))).collect();
    let pred_actors: Vec<_> = deleted.iter().map(|elem| Some(i64::from(elem.actor))).collect();
    let pred_counters: Vec<_> = deleted.iter().map(|elem| Some(i64::from(elem.counter))).collect();

    let columns = [
        (OBJ_ACTOR, write_rows(&all(TEXT_OBJECT.0), Number::Unsigned)),
        (OBJ_COUNTER, write_rows(&all(TEXT_OBJECT.1), Number::Unsigned)),
        (KEY_ACTOR, write_rows(&key_actors, Number::Unsigned)),
        (KEY_COUNTER, write_rows(&delta(&key_counters), Number::Signed)),
        (INSERT, write_booleans(ops.iter().map(|op| matches!(op, Op::Insert { .. })))),
        (ACTION, write_rows(&by_kind(|_| ACTION_SET, ACTION_DELETE), Number::Unsigned)),
        (VALUE_META, write_rows(&by_kind(string_meta, 0), Number::Unsigned)),
        (VALUE, value),
        (PRED_COUNT, write_rows(&by_kind(|_| 0, 1), Number::Unsigned)),
        (PRED_ACTOR, write_rows(&pred_actors, Number::Unsigned)),
        (PRED_COUNTER, write_rows(&delta(&pred_counters), Number::Signed)),
    ];
    let written = || columns.iter().filter(|(_, bytes)| !bytes.is_empty());
    write_unsigned(out, written().count() as u64);
    for (spec, bytes) in written() {
        write_unsigned(out, u64::from(*spec));
        write_unsigned(out, bytes.len() as u64);
    }
    for (_, bytes) in written() {
        out.extend_from_slice(bytes);
    }
}

fn string_meta(ch: char) -> i64 {
    // At most 4 bytes.
    ((ch.len_utf8() as i64) << 4) | TYPE_STRING
}
