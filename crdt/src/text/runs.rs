//! Run lengths: how a column of many rows becomes few bytes, and back.
//!
//! A few bytes can say a million rows. So no run is expanded before its length has been added up
//! and found within [`MAX_OPS`].

use super::gate::{GateError, MAX_OPS};
use super::leb::{Reader, write_signed, write_unsigned};

/// What the numbers of a column are.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Number {
    Unsigned,
    Signed,
    /// Signed differences from the row before.
    Delta,
}

/// Expands a run-length column of at most [`MAX_OPS`] rows.
pub(super) fn rows(bytes: &[u8], number: Number) -> Result<Vec<Option<i64>>, GateError> {
    let mut reader = Reader::new(bytes);
    let mut rows: Vec<Option<i64>> = Vec::new();
    let mut sum = 0i64;
    let value = |reader: &mut Reader<'_>| match number {
        Number::Unsigned => i64::try_from(reader.unsigned()?).map_err(|_| GateError::Number),
        Number::Signed | Number::Delta => reader.signed(),
    };
    let bounded = |have: usize, more: u64| match usize::try_from(more) {
        Ok(more) if more <= MAX_OPS.saturating_sub(have) => Ok(more),
        _ => Err(GateError::TooManyOps),
    };
    while reader.left() > 0 {
        let head = reader.signed()?;
        if head == 0 {
            let count = bounded(rows.len(), reader.unsigned()?)?;
            rows.resize(rows.len() + count, None);
            continue;
        }
        let count = bounded(rows.len(), head.unsigned_abs())?;
        let repeated = if head > 0 { Some(value(&mut reader)?) } else { None };
        for _ in 0..count {
            let mut row = match repeated {
                Some(repeated) => repeated,
                None => value(&mut reader)?,
            };
            if number == Number::Delta {
                sum = sum.checked_add(row).ok_or(GateError::Number)?;
                row = sum;
            }
            rows.push(Some(row));
        }
    }
    Ok(rows)
}

/// Expands a column of booleans: lengths of runs, in turn false and true, false first.
pub(super) fn booleans(bytes: &[u8]) -> Result<Vec<bool>, GateError> {
    let mut reader = Reader::new(bytes);
    let mut rows = Vec::new();
    let mut value = false;
    while reader.left() > 0 {
        let count = reader.count()?;
        if count > MAX_OPS.saturating_sub(rows.len()) {
            return Err(GateError::TooManyOps);
        }
        rows.resize(rows.len() + count, value);
        value = !value;
    }
    Ok(rows)
}

/// The differences from row to row, to be written as [`Number::Signed`].
pub(super) fn delta(values: &[Option<i64>]) -> Vec<Option<i64>> {
    let mut last = 0;
    values
        .iter()
        .map(|value| value.map(|value| value - std::mem::replace(&mut last, value)))
        .collect()
}

/// Writes a run-length column: nothing where all rows are null.
pub(super) fn write_rows(rows: &[Option<i64>], number: Number) -> Vec<u8> {
    let mut out = Vec::new();
    if rows.iter().all(Option::is_none) {
        return out;
    }
    let value = |out: &mut Vec<u8>, value: i64| match number {
        Number::Unsigned => write_unsigned(out, value.unsigned_abs()),
        Number::Signed | Number::Delta => write_signed(out, value),
    };
    let mut literals: Vec<i64> = Vec::new();
    let flush = |out: &mut Vec<u8>, literals: &mut Vec<i64>| {
        if !literals.is_empty() {
            write_signed(out, -(literals.len() as i64));
            literals.drain(..).for_each(|literal| value(out, literal));
        }
    };
    for run in rows.chunk_by(|a, b| a == b) {
        match run {
            [Some(only)] => literals.push(*only),
            [Some(repeated), ..] => {
                flush(&mut out, &mut literals);
                write_signed(&mut out, run.len() as i64);
                value(&mut out, *repeated);
            }
            _ => {
                flush(&mut out, &mut literals);
                write_signed(&mut out, 0);
                write_unsigned(&mut out, run.len() as u64);
            }
        }
    }
    flush(&mut out, &mut literals);
    out
}

/// Writes a column of booleans.
pub(super) fn write_booleans(rows: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last = false;
    let mut count = 0u64;
    for row in rows {
        if row != last {
            write_unsigned(&mut out, count);
            last = row;
            count = 0;
        }
        count += 1;
    }
    if count > 0 {
        write_unsigned(&mut out, count);
    }
    out
}
