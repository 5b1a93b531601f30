//! Groups found where there are some, alike whatever the order.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

type Votes = BTreeMap<u16, BTreeMap<u16, Choice>>;

const CHOICES: [Choice; 3] = [Choice::Agree, Choice::Disagree, Choice::Pass];

/// Camps that agree with their own statements, disagree with the others' and share the first two.
fn camps(voters: u16, camps: u16, statements: u16) -> Votes {
    let mut votes = Votes::new();
    for voter in 0..voters {
        for statement in 0..statements {
            // Everybody leaves out some, and is now and then of another mind.
            let chance = (voter * 31 + statement * 17) % 11;
            if chance == 0 {
                continue;
            }
            let choice = match statement {
                0 => Choice::Agree,
                1 => Choice::Disagree,
                _ if chance == 1 => Choice::Pass,
                _ if statement % camps == voter % camps => Choice::Agree,
                _ => Choice::Disagree,
            };
            votes.entry(statement).or_default().insert(voter, choice);
        }
    }
    votes
}

#[test]
fn camps_are_found_with_what_sets_them_apart_and_what_they_share() {
    for number in [2, 3] {
        let found = opinion_groups(&camps(90, number, 26));
        assert_eq!(found.groups.len(), usize::from(number));
        assert!(found.silhouette.unwrap() > 0.5, "{:?}", found.silhouette);
        for place in &found.places {
            let same = found.places.iter().filter(|other| other.group == place.group);
            assert!(same.clone().all(|other| other.voter % number == place.voter % number));
        }
        for (at, group) in found.groups.iter().enumerate() {
            let camp = found.places.iter().find(|place| place.group == at).unwrap().voter % number;
            assert_eq!(group.voters, usize::from(90 / number));
            let first = &group.representative[0];
            assert!(first.likely && first.ratio > 1.0);
            assert_eq!(first.agrees, first.statement % number == camp);
            assert!(group.representative.iter().all(|one| one.statement > 1), "shared by all");
        }
        assert_eq!(found.common.agree[0].statement, 0);
        assert_eq!(found.common.disagree[0].statement, 1);
        assert_eq!(found.common.agree.len(), 1);
    }
}

#[test]
fn few_voters_are_one_group_or_none() {
    let empty = opinion_groups(&Votes::new());
    assert!(empty.groups.is_empty() && empty.places.is_empty());
    let one = opinion_groups(&Votes::from([(0, BTreeMap::from([(0, Choice::Agree)]))]));
    assert_eq!((one.groups.len(), one.places.len(), one.silhouette), (1, 1, None));
    let alike = opinion_groups(&Votes::from([(
        0,
        (0..40).map(|voter| (voter, Choice::Agree)).collect::<BTreeMap<_, _>>(),
    )]));
    assert_eq!((alike.groups.len(), alike.voters), (1, 40));
}

#[test]
fn who_voted_on_few_statements_is_not_placed_where_there_are_others() {
    let mut votes = camps(40, 2, 20);
    votes.entry(0).or_default().insert(1_000, Choice::Agree);
    let found = opinion_groups(&votes);
    assert_eq!((found.voters, found.places.len()), (41, 40));
}

/// The places by the definition: all missing votes filled in with their column's mean.
#[test]
fn places_lie_along_the_directions_of_the_filled_matrix() {
    let votes = camps(30, 2, 12);
    let found = opinion_groups(&votes);
    let filled = |voter: u16, statement: u16| {
        let sign = |choice: &Choice| match choice {
            Choice::Agree => 1.0,
            Choice::Disagree => -1.0,
            Choice::Pass => 0.0,
        };
        let of = &votes[&statement];
        let mean = of.values().map(sign).sum::<f64>() / of.len() as f64;
        of.get(&voter).map_or(0.0, sign) - if of.contains_key(&voter) { mean } else { 0.0 }
    };
    // The covariance of the filled matrix; its first direction by squaring it many times.
    let covariance: Vec<Vec<f64>> = (0..12)
        .map(|a| (0..12).map(|b| (0..30).map(|v| filled(v, a) * filled(v, b)).sum()).collect())
        .collect();
    let mut power = covariance;
    for _ in 0..30 {
        let most = power.iter().flatten().fold(0.0_f64, |most, x| most.max(x.abs()));
        let at = |a: usize, b: usize| -> f64 {
            (0..12).map(|c| power[a][c] / most * (power[c][b] / most)).sum()
        };
        power = (0..12).map(|a| (0..12).map(|b| at(a, b)).collect()).collect();
    }
    let column = (0..12).max_by(|a, b| power[*a][*a].total_cmp(&power[*b][*b])).unwrap();
    let first: Vec<f64> = (0..12).map(|row| power[row][column]).collect();
    let length = first.iter().map(|x| x * x).sum::<f64>().sqrt();
    for place in &found.places {
        let own = (0..12).filter(|s| votes[s].contains_key(&place.voter)).count();
        let along: f64 = (0..12).map(|s| filled(place.voter, s) * first[s as usize]).sum();
        let expected = (along / length * (12.0 / own as f64).sqrt()).abs();
        assert!((place.at[0].abs() - expected).abs() < 1e-6, "{} {expected}", place.at[0]);
    }
}

proptest! {
    #[test]
    fn any_order_of_votes_gives_the_same_groups(
        cast in proptest::collection::vec((0u16..60, 0u16..20, 0usize..3), 1..600),
        order in any::<u64>(),
    ) {
        // The last of each voter on each statement stands, whichever came last.
        let standing: BTreeMap<(u16, u16), Choice> =
            cast.iter().map(|(voter, on, choice)| ((*voter, *on), CHOICES[*choice])).collect();
        let mut shuffled: Vec<_> = standing.iter().collect();
        shuffled.sort_by_key(|((voter, on), _)| {
            (u64::from(*voter) << 16 | u64::from(*on)).wrapping_mul(order | 1).rotate_left(17)
        });
        let gather = |list: &mut dyn Iterator<Item = (&(u16, u16), &Choice)>| {
            let mut votes = Votes::new();
            for ((voter, on), choice) in list {
                votes.entry(*on).or_default().insert(*voter, *choice);
            }
            opinion_groups(&votes)
        };
        let one = gather(&mut standing.iter());
        let other = gather(&mut shuffled.into_iter());
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.groups.iter().map(|group| group.voters).sum::<usize>(), one.places.len());
        prop_assert!(one.groups.len() <= GROUPS_MAX);
        prop_assert!(one.places.iter().all(|place| place.at.iter().all(|x| x.is_finite())));
        prop_assert!(one.groups.is_sorted_by(|a, b| a.voters >= b.voters));
    }
}
