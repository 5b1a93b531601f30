//! The two directions in which voters differ most, and where each voter stands along them.
//!
//! A missing vote counts as its column's mean, so that in the centred matrix it is 0 and the rows
//! stay sparse. The directions are the leading eigenvectors of the covariance, found by power
//! iteration: a vector goes through the rows and back until it stays as it is; the second is kept
//! at right angles to the first.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::{Row, float};

/// The most passes for one direction.
const PASSES_MAX: usize = 200;
/// A direction stays as it is when no part of it moves by more.
const STILL: f64 = 1e-12;

/// The columns' means subtracted from what was voted.
fn centred(rows: &[Row], columns: usize) -> Vec<Row> {
    let mut sums = vec![(0.0, 0.0); columns];
    for (column, sign) in rows.iter().flatten() {
        if let Some((sum, count)) = sums.get_mut(*column) {
            *sum += sign;
            *count += 1.0;
        }
    }
    let mean = |column: usize| match sums.get(column) {
        Some((sum, count)) if *count > 0.0 => sum / count,
        _ => 0.0,
    };
    let row =
        |row: &Row| row.iter().map(|(column, sign)| (*column, sign - mean(*column))).collect();
    rows.iter().map(row).collect()
}

/// A row times a direction.
fn dot(row: &Row, direction: &[f64]) -> f64 {
    row.iter().fold(0.0, |sum, (column, value)| {
        sum + value * direction.get(*column).copied().unwrap_or(0.0)
    })
}

fn length(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0, |sum, part| sum + part * part).sqrt()
}

/// Makes a vector one long and at right angles to `other`; nothing where nothing is left of it.
fn straighten(mut vector: Vec<f64>, other: Option<&[f64]>) -> Option<Vec<f64>> {
    // Twice, since the first time leaves what rounding leaves.
    for _ in 0..2 {
        if let Some(other) = other {
            let along = vector.iter().zip(other).fold(0.0, |sum, (a, b)| sum + a * b);
            vector.iter_mut().zip(other).for_each(|(part, other)| *part -= along * other);
        }
        let length = length(&vector);
        if length < 1e-9 {
            return None;
        }
        vector.iter_mut().for_each(|part| *part /= length);
    }
    Some(vector)
}

fn direction(rows: &[Row], columns: usize, seed: u8, other: Option<&[f64]>) -> Option<Vec<f64>> {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let start = (0..columns).map(|_| f64::from(rng.next_u32()) / 4_294_967_296.0 - 0.5).collect();
    let mut vector = straighten(start, other)?;
    for _ in 0..PASSES_MAX {
        let mut next = vec![0.0; columns];
        for row in rows {
            let along = dot(row, &vector);
            for (column, value) in row {
                if let Some(part) = next.get_mut(*column) {
                    *part += along * value;
                }
            }
        }
        let next = straighten(next, other)?;
        let moved = next.iter().zip(&vector).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
        vector = next;
        if moved < STILL {
            break;
        }
    }
    // Of the two ways along a direction, the one on which its largest part is positive.
    let largest =
        vector.iter().fold(0.0_f64, |most, p| if p.abs() > most.abs() { *p } else { most });
    if largest < 0.0 {
        vector.iter_mut().for_each(|part| *part = -*part);
    }
    Some(vector)
}

/// Where each row stands.
pub(super) fn places(rows: &[Row], columns: usize) -> Vec<[f64; 2]> {
    let rows = centred(rows, columns);
    let first = direction(&rows, columns, 1, None);
    let second = first.as_ref().and_then(|first| direction(&rows, columns, 2, Some(first)));
    let along = |row: &Row, direction: &Option<Vec<f64>>| {
        direction.as_ref().map_or(0.0, |direction| dot(row, direction))
    };
    rows.iter()
        .map(|row| {
            let outwards = (float(columns) / float(row.len().max(1))).sqrt();
            [along(row, &first) * outwards, along(row, &second) * outwards]
        })
        .collect()
}
