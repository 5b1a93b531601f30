//! Opinion groups: who votes alike in a debate, computed from the votes alone.
//!
//! The method is the one that Polis publishes (Small, Bjorkegren, Erkkilä, Shaw, Megill: *Polis:
//! Scaling Deliberation by Mapping High Dimensional Opinion Spaces*, 2021): voters are rows,
//! statements columns, agree 1, disagree -1, pass 0; a missing vote counts as the column's mean.
//! The two directions in which the rows differ most give each voter a place (`project`), moved
//! outwards by the square root of (statements / own votes), so that who voted on few does not land
//! in the middle. Places are gathered by k-means, first into at most 100 points, those into 2 to 5
//! groups; the number with the best silhouette is taken (`cluster`). What sets a group apart, and
//! what all of them share, follows by counting (`stand_out`).
//!
//! In goes a map, out comes the same on every node: sums run in order of ids, chance is a fixed
//! seed, and nothing but `+ - * /` and square roots of 64-bit floats is used, which IEEE 754
//! rounds alike everywhere. Nothing here looks at a clock or depends on the order of arrival.
//! Bounds: work grows with the votes (some 400 passes over them) and with 100 times the voters.

mod cluster;
mod project;
mod stand_out;

use std::collections::BTreeMap;

pub use stand_out::{Common, CommonGround, Representative};

use crate::entry::Choice;

/// Who votes on fewer statements than this (or than there are) is not placed.
pub const VOTES_MIN: usize = 7;
/// Where fewer than this many have enough votes, those with the most are placed anyway.
pub const VOTERS_MIN: usize = 15;
/// The most groups.
pub const GROUPS_MAX: usize = 5;
/// There are no more groups than there are as many voters for each.
pub const GROUP_VOTERS_MIN: usize = 3;

/// Where a voter stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Place<V> {
    /// Who.
    pub voter: V,
    /// Along the direction in which voters differ most, then along the next.
    pub at: [f64; 2],
    /// Index of the group.
    pub group: usize,
}

/// Voters who vote alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<S> {
    /// How many.
    pub voters: usize,
    /// The mean of their places.
    pub center: [f64; 2],
    /// What sets them apart, the most telling first; at most five.
    pub representative: Vec<Representative<S>>,
}

/// The groups of a debate.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups<V, S> {
    /// How many voted at all.
    pub voters: usize,
    /// How many votes they cast.
    pub votes: usize,
    /// Those who are placed, by id.
    pub places: Vec<Place<V>>,
    /// The largest first, then by the lowest id in it; one where there are too few to tell apart.
    pub groups: Vec<Group<S>>,
    /// How well the groups are apart, from -1 to 1; absent for a single group.
    pub silhouette: Option<f64>,
    /// What all groups share.
    pub common: CommonGround<S>,
}

/// One row: columns, ascending, and signs.
type Row = Vec<(usize, f64)>;

/// A count as a float: exact below 2^32.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Computes the groups from the standing votes, by statement and voter. Statements that are hidden
/// or withdrawn are left out by the caller.
pub fn opinion_groups<V: Ord + Clone, S: Ord + Clone>(
    votes: &BTreeMap<S, BTreeMap<V, Choice>>,
) -> Groups<V, S> {
    let mut rows: BTreeMap<&V, Row> = BTreeMap::new();
    let voted: Vec<(&S, &BTreeMap<V, Choice>)> =
        votes.iter().filter(|(_, votes)| !votes.is_empty()).collect();
    for (column, (_, of)) in voted.iter().enumerate() {
        for (voter, choice) in *of {
            let sign = match choice {
                Choice::Agree => 1.0,
                Choice::Disagree => -1.0,
                Choice::Pass => 0.0,
            };
            rows.entry(voter).or_default().push((column, sign));
        }
    }
    let voters = rows.len();
    let count = rows.values().map(Vec::len).sum();
    let placed = with_enough(rows, voted.len());
    let matrix: Vec<Row> = placed.iter().map(|(_, row)| row.clone()).collect();
    let at = project::places(&matrix, voted.len());
    let (groups, silhouette) = cluster::groups(&at);
    let members = groups.iter().max().map_or(0, |last| last + 1);
    let (representative, common) = stand_out::all(&matrix, &groups, members, voted.len());
    let named = |column: usize| voted.get(column).map(|(statement, _)| (*statement).clone());
    let groups_shown = representative
        .into_iter()
        .enumerate()
        .map(|(group, representative)| {
            let of = || at.iter().zip(&groups).filter(|(_, of)| **of == group).map(|(at, _)| at);
            let voters = of().count();
            let center = [0, 1].map(|axis| {
                of().fold(0.0, |sum, at| sum + at.get(axis).copied().unwrap_or(0.0))
                    / float(voters.max(1))
            });
            let representative =
                representative.into_iter().filter_map(|one| one.named(&named)).collect();
            Group { voters, center, representative }
        })
        .collect();
    let places = placed
        .into_iter()
        .zip(at)
        .zip(groups)
        .map(|(((voter, _), at), group)| Place { voter: voter.clone(), at, group })
        .collect();
    let common = common.named(&named);
    Groups { voters, votes: count, places, groups: groups_shown, silhouette, common }
}

/// Those who voted on enough statements, by id.
fn with_enough<V: Ord>(rows: BTreeMap<&V, Row>, statements: usize) -> Vec<(&V, Row)> {
    let least = VOTES_MIN.min(statements);
    let enough = rows.values().filter(|row| row.len() >= least).count();
    let mut rows: Vec<(&V, Row)> = rows.into_iter().collect();
    if enough >= VOTERS_MIN {
        rows.retain(|(_, row)| row.len() >= least);
    } else {
        rows.sort_by_key(|(voter, row)| (std::cmp::Reverse(row.len()), *voter));
        rows.truncate(VOTERS_MIN);
        rows.sort_by_key(|(voter, _)| *voter);
    }
    rows
}

#[cfg(test)]
mod tests;
