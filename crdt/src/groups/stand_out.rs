//! What sets a group apart, and what all groups share.
//!
//! With n voters of a group who voted on a statement, of whom a agree, the share who agree is
//! taken as p = (a + 1) / (n + 2). A statement represents a group where that share is high (tested
//! against 1/2) and higher than among all others (two shares tested against each other), both with
//! 90 %; of these, p, its ratio to the others' and both tests multiplied say which come first. The
//! same holds for those who disagree. What all groups share (*group-informed consensus*) is the
//! product of p over the groups.

use super::{Row, float};

/// The 90 % quantile of the normal distribution.
const LIKELY: f64 = 1.2816;
/// How many statements represent a group at most.
const REPRESENTATIVE_MAX: usize = 5;
/// How many statements are listed as common ground at most, of each kind.
const COMMON_MAX: usize = 10;

/// A statement that sets a group apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Representative<S> {
    /// Which.
    pub statement: S,
    /// Whether the group agrees (or disagrees) with it.
    pub agrees: bool,
    /// How many of the group voted on it.
    pub voted: usize,
    /// How many of them agree (or disagree, as said above).
    pub with: usize,
    /// The share p.
    pub share: f64,
    /// How sure it is that more than half do, in standard deviations.
    pub share_test: f64,
    /// The share over that of all others.
    pub ratio: f64,
    /// How sure it is that the share is higher than the others', in standard deviations.
    pub ratio_test: f64,
    /// Whether both tests pass with 90 %; if not, it is the best there is.
    pub likely: bool,
}

/// A statement that all groups share.
#[derive(Clone, Debug, PartialEq)]
pub struct Common<S> {
    /// Which.
    pub statement: S,
    /// The product of the shares over the groups.
    pub product: f64,
    /// The share in each group.
    pub shares: Vec<f64>,
}

/// What all groups share: where in each of them more than half do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommonGround<S> {
    /// What all agree with, the most first; at most ten.
    pub agree: Vec<Common<S>>,
    /// What all disagree with, the most first; at most ten.
    pub disagree: Vec<Common<S>>,
}

impl Representative<usize> {
    pub(super) fn named<S>(self, name: &dyn Fn(usize) -> Option<S>) -> Option<Representative<S>> {
        let statement = name(self.statement)?;
        let Self { agrees, voted, with, share, share_test, ratio, ratio_test, likely, .. } = self;
        Some(Representative {
            statement,
            agrees,
            voted,
            with,
            share,
            share_test,
            ratio,
            ratio_test,
            likely,
        })
    }

    fn telling(&self) -> f64 {
        self.share * self.share_test * self.ratio * self.ratio_test
    }
}

impl CommonGround<usize> {
    pub(super) fn named<S>(self, name: &dyn Fn(usize) -> Option<S>) -> CommonGround<S> {
        let named = |list: Vec<Common<usize>>| {
            let one = |one: Common<usize>| {
                let Common { statement, product, shares } = one;
                Some(Common { statement: name(statement)?, product, shares })
            };
            list.into_iter().filter_map(one).collect()
        };
        CommonGround { agree: named(self.agree), disagree: named(self.disagree) }
    }
}

/// Votes of one group on one statement.
#[derive(Clone, Copy, Default)]
struct Counts {
    voted: usize,
    agree: usize,
    disagree: usize,
}

impl Counts {
    const fn with(&self, agrees: bool) -> usize {
        if agrees { self.agree } else { self.disagree }
    }

    fn share(&self, agrees: bool) -> f64 {
        (float(self.with(agrees)) + 1.0) / (float(self.voted) + 2.0)
    }
}

/// Whether a share differs from 1/2, in standard deviations, with one more on either side.
fn share_test(with: usize, voted: usize) -> f64 {
    let (with, voted) = (float(with) + 1.0, float(voted) + 1.0);
    2.0 * voted.sqrt() * (with / voted - 0.5)
}

/// Whether two shares differ, in standard deviations, with one more on either side.
fn ratio_test((with, voted): (usize, usize), (with_out, voted_out): (usize, usize)) -> f64 {
    let (with, voted) = (float(with) + 1.0, float(voted) + 1.0);
    let (with_out, voted_out) = (float(with_out) + 1.0, float(voted_out) + 1.0);
    let both = (with + with_out) / (voted + voted_out);
    let spread = both * (1.0 - both) * (1.0 / voted + 1.0 / voted_out);
    if spread > 0.0 { (with / voted - with_out / voted_out) / spread.sqrt() } else { 0.0 }
}

/// What represents each group, and the common ground, by column.
pub(super) fn all(
    rows: &[Row],
    groups: &[usize],
    number: usize,
    columns: usize,
) -> (Vec<Vec<Representative<usize>>>, CommonGround<usize>) {
    let mut counts = vec![vec![Counts::default(); number]; columns];
    for (row, group) in rows.iter().zip(groups) {
        for (column, sign) in row {
            if let Some(counts) = counts.get_mut(*column).and_then(|of| of.get_mut(*group)) {
                counts.voted += 1;
                counts.agree += usize::from(*sign > 0.0);
                counts.disagree += usize::from(*sign < 0.0);
            }
        }
    }
    let representative = (0..number).map(|group| representative(&counts, group)).collect();
    let common = |agrees| common(&counts, agrees);
    (representative, CommonGround { agree: common(true), disagree: common(false) })
}

fn representative(counts: &[Vec<Counts>], group: usize) -> Vec<Representative<usize>> {
    let mut list = Vec::new();
    for (statement, of) in counts.iter().enumerate() {
        let inside = of.get(group).copied().unwrap_or_default();
        let mut outside = Counts::default();
        for other in of.iter().enumerate().filter(|(at, _)| *at != group).map(|(_, of)| of) {
            outside.voted += other.voted;
            outside.agree += other.agree;
            outside.disagree += other.disagree;
        }
        if inside.voted == 0 {
            continue;
        }
        for agrees in [true, false] {
            let (with, share) = (inside.with(agrees), inside.share(agrees));
            let share_test = share_test(with, inside.voted);
            let ratio_test =
                ratio_test((with, inside.voted), (outside.with(agrees), outside.voted));
            list.push(Representative {
                statement,
                agrees,
                voted: inside.voted,
                with,
                share,
                share_test,
                ratio: share / outside.share(agrees),
                ratio_test,
                likely: share_test > LIKELY && ratio_test > LIKELY,
            });
        }
    }
    // Likely ones by what they tell; where none is, the one that most of the group share.
    list.sort_by(|a, b| {
        let by = |one: &Representative<usize>| match one.likely {
            true => one.telling(),
            false => one.share,
        };
        b.likely.cmp(&a.likely).then(by(b).total_cmp(&by(a))).then(a.statement.cmp(&b.statement))
    });
    let likely = list.iter().filter(|one| one.likely).count();
    list.truncate(likely.clamp(1, REPRESENTATIVE_MAX));
    list
}

fn common(counts: &[Vec<Counts>], agrees: bool) -> Vec<Common<usize>> {
    let mut list: Vec<Common<usize>> = counts
        .iter()
        .enumerate()
        .filter(|(_, of)| !of.is_empty())
        .map(|(statement, of)| {
            let shares: Vec<f64> = of.iter().map(|counts| counts.share(agrees)).collect();
            let product = shares.iter().fold(1.0, |product, share| product * share);
            Common { statement, product, shares }
        })
        .filter(|one| one.shares.iter().all(|share| *share > 0.5))
        .collect();
    list.sort_by(|a, b| b.product.total_cmp(&a.product).then(a.statement.cmp(&b.statement)));
    list.truncate(COMMON_MAX);
    list
}
