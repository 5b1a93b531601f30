//! Seeds that once went wrong, or that show a kind of fault at work: each is replayed here.

use std::collections::BTreeSet;

use crate::explore::run;

/// What it shows, and the seed.
const SEEDS: [(&str, u64); 7] = [
    ("a disk that fails at the end of commits, and sticks pulled out four times", 49),
    ("a stick that is pulled out in five of fifteen visits", 44),
    ("a log with two branches, and two liars", 188),
    ("a log with two branches, and a hundred sessions", 338),
    ("floods: some four hundred lies", 613),
    ("three logs with two branches, two liars and 44 visits to sticks", 1133),
    ("entries that wait for an authority come twice, which is allowed", 2433),
];

#[test]
fn seeds_that_went_wrong_are_clean() {
    for (what, seed) in SEEDS {
        let report = run(seed);
        assert!(report.wrong.is_empty(), "{what}: seed {seed}: {:?}", report.wrong);
    }
}

#[test]
fn a_seed_replays_to_the_byte() {
    for seed in 0..12 {
        assert_eq!(format!("{:?}", run(seed)), format!("{:?}", run(seed)), "seed {seed}");
    }
}

/// What goes wrong does go wrong somewhere: a fault that never strikes proves nothing.
#[test]
fn every_kind_of_fault_is_there() {
    let (mut lies, mut visits, mut pulled, mut refused) = (0, 0, 0, BTreeSet::new());
    for seed in 0..80 {
        let report = run(seed);
        assert!(report.wrong.is_empty(), "seed {seed}: {:?}", report.wrong);
        lies += report.lies;
        visits += report.visits.0;
        pulled += report.visits.1;
        refused.extend(report.refusals.into_iter().map(|(why, _)| why));
        refused.extend(report.closings.into_iter().map(|(why, _)| why));
    }
    assert!(lies > 300 && visits > 50 && pulled > 3, "{lies} {visits} {pulled}");
    for why in ["lost, repeated or reordered", "does not keep to the protocol", "no record names"] {
        assert!(refused.iter().any(|reason| reason.contains(why)), "{why}: {refused:?}");
    }
}
