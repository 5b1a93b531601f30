//! Forked logs and the pins that keep them, in every order.

use proptest::prelude::*;

use crate::history::histories;
use crate::village::{TestLog, Village, limit};
use baro_crdt::authority::{Authority, ChainAt};
use baro_crdt::log::{Head, Stream};
use baro_crdt::role::Role::{Manager, Member};

/// A mayor's log of 10 entries and a branch of it that differs after 4.
fn forked() -> (Village, TestLog, TestLog) {
    let mut village = Village::new(2, 2);
    let f = village.f();
    let member = village.grant(0, f, Member, &[2]);
    let log = village.log(2, member, Stream::Debate, 10);
    let other = log.branch(4, 12, b"other");
    (village, log, other)
}

fn fork(authority: &Authority, cut: u32, branches: &[&TestLog]) -> (u32, usize, Vec<Head>) {
    let chains: Vec<_> = branches.iter().map(|log| |n: u32| log.at(n)).collect();
    let chains: Vec<&ChainAt<'_>> = chains.iter().map(|chain| chain as &ChainAt<'_>).collect();
    let limit = authority.fork_limit_among(&branches[0].header.id(), cut, &chains);
    (limit.length, limit.branch, limit.wanted)
}

#[test]
fn without_pins_a_fork_ends_at_its_cut() {
    let (village, log, other) = forked();
    let authority = village.authority();
    assert_eq!(fork(&authority, 4, &[&log, &other]), (4, 0, vec![]));
    assert_eq!(fork(&authority, 4, &[&other]), (4, 0, vec![]));
}

#[test]
fn a_pin_keeps_what_others_relied_on() {
    let (mut village, log, other) = forked();
    village.close(0, village.f(), 1, &[log.head(7)]);
    let authority = village.authority();
    assert_eq!(authority.pins(&log.header.id()), [log.head(7)]);
    assert_eq!(fork(&authority, 4, &[&log, &other]), (7, 0, vec![]));
    assert_eq!(fork(&authority, 4, &[&other, &log]), (7, 1, vec![]));
    // Who holds the other branch alone stands at the cut, and knows what to ask for.
    assert_eq!(fork(&authority, 4, &[&other]), (4, 0, vec![log.head(7)]));
    let short = log.branch(5, 5, b"");
    assert_eq!(fork(&authority, 4, &[&short]), (4, 0, vec![log.head(7)]));
}

#[test]
fn the_more_senior_pin_decides_between_two_branches() {
    let (mut village, log, other) = forked();
    let f = village.f();
    let manager = village.grant(0, f, Manager, &[3]);
    let junior = village.grant(3, manager, Member, &[4]);
    village.cosign(4, junior, other.head(12));
    village.cosign(3, manager, log.head(6));
    let authority = village.authority();
    assert_eq!(authority.pins(&log.header.id()), [log.head(6), other.head(12)]);
    assert_eq!(fork(&authority, 4, &[&log, &other]), (6, 0, vec![]));
    assert_eq!(fork(&authority, 4, &[&other, &log]), (6, 1, vec![]));
    assert_eq!(fork(&authority, 4, &[&log]), (6, 0, vec![other.head(12)]), "it may go on from 6");
    assert_eq!(fork(&authority, 4, &[&other]), (12, 0, vec![log.head(6)]), "until 6 is held");
    // A longer pin of the branch that counts goes on; a shorter one changes nothing.
    village.cosign(4, junior, log.head(9));
    village.cosign(4, junior, log.head(2));
    village.cosign(4, junior, other.head(5));
    let authority = village.authority();
    assert_eq!(fork(&authority, 4, &[&other, &log]), (9, 1, vec![]));
    // Without the co-signer's mandate the co-signature doesn't pin.
    village.revoke(&[0], f, 3);
    let authority = village.authority();
    assert_eq!(authority.pins(&log.header.id()), []);
    assert_eq!(fork(&authority, 4, &[&other, &log]), (4, 0, vec![]));
}

#[test]
fn a_kept_head_pins_and_limits() {
    let (mut village, log, other) = forked();
    let f = village.f();
    village.end(0, f, 2, &[], &[log.signed(6)]);
    let authority = village.authority();
    assert_eq!(fork(&authority, 4, &[&other, &log]), (6, 1, vec![]));
    assert_eq!((limit(&authority, &log), limit(&authority, &other)), (6, 0));
    village.accept(0, f, 2, &[], &[log.signed(8)]);
    let authority = village.authority();
    assert_eq!(fork(&authority, 4, &[&other, &log]), (8, 1, vec![]));
    assert_eq!(limit(&authority, &log), 8);
}

/// From the definition: a pin counts if a branch holds it and every one counted before.
fn slow(pins: &[Head], cut: u32, branches: &[TestLog]) -> u32 {
    let mut counted: Vec<Head> = Vec::new();
    for pin in pins {
        let holds = |branch: &&TestLog| {
            counted.iter().chain([pin]).all(|head| branch.at(head.length) == Some(head.chain))
        };
        if branches.iter().any(|branch| holds(&branch)) {
            counted.push(*pin);
        }
    }
    counted.iter().map(|pin| pin.length).fold(cut, u32::max)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pins_settle_a_fork_alike_wherever_its_branches_are_held(
        pinned in prop::collection::vec((0usize..3, 1u32..10), 0..8),
        (first, second) in (0u32..9, 0u32..9),
        order in Just(vec![0usize, 1, 2]).prop_shuffle(),
        held in 1usize..=3,
    ) {
        let (mut village, log, _) = forked();
        let branches =
            [log.branch(10, 10, b""), log.branch(first, 9, b"two"), log.branch(second, 9, b"three")];
        let f = village.f();
        let manager = village.grant(0, f, Manager, &[3]);
        for (at, (branch, length)) in pinned.iter().enumerate() {
            let (by, via) = if at % 2 == 0 { (3, manager) } else { (0, f) };
            village.cosign(by, via, branches[*branch].head(*length));
        }
        let authority = village.authority();
        village.records.reverse();
        prop_assert_eq!(&village.authority(), &authority);
        let here: Vec<TestLog> = order.iter().take(held).map(|n| branches[*n].clone()).collect();
        let cut = first.min(second);
        let refs: Vec<&TestLog> = here.iter().collect();
        let (length, branch, wanted) = fork(&authority, cut, &refs);
        prop_assert_eq!(length, slow(authority.pins(&log.header.id()), cut, &here));
        let turned: Vec<&TestLog> = here.iter().rev().collect();
        let (length_turned, branch_turned, wanted_turned) = fork(&authority, cut, &turned);
        prop_assert_eq!((length, &wanted), (length_turned, &wanted_turned));
        prop_assert_eq!(here[branch].at(length), turned[branch_turned].at(length));
        for pin in wanted {
            prop_assert!(here.iter().all(|log| log.at(pin.length) != Some(pin.chain)));
        }
        if held == 3 {
            prop_assert_eq!(wanted_turned, vec![]);
        }
    }

    #[test]
    fn a_fork_never_falls_below_a_pin_nor_below_its_cut(history in histories(40)) {
        let authority = history.village.authority();
        for (log, other) in &history.logs {
            let cut = (0..=log.held()).take_while(|n| log.at(*n) == other.at(*n)).count() as u32 - 1;
            let of_log = log.header.id();
            let (length, ..) = fork(&authority, cut, &[log, other]);
            let branches = [log.clone(), other.clone()];
            prop_assert_eq!(length, slow(authority.pins(&of_log), cut, &branches));
            prop_assert!(length >= cut);
        }
    }
}
