//! The implementation agrees with the oracle on every random history, in every order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::history::{History, histories};
use crate::oracle::Oracle;
use crate::village::{id, limit};
use baro_crdt::authority::Authority;
use baro_crdt::record::Record;
use baro_crdt::role::Role;

/// Asks both everything there is to ask.
pub(crate) fn same(history: &History) -> Result<(), TestCaseError> {
    let village = &history.village;
    let authority = village.authority();
    let oracle = Oracle::new(&village.founding, &village.records);
    for record in &village.records {
        let (id, body) = (record.id(), record.body());
        let elsewhere = record.community() != village.founding.community();
        prop_assert_eq!(
            authority.is_valid(&id),
            !elsewhere && oracle.is_valid(record),
            "{:?}",
            body
        );
        prop_assert_eq!(authority.is_live(&id), !elsewhere && oracle.is_live(record), "{:?}", body);
    }
    for n in 0..history.people {
        let person = id(n);
        prop_assert_eq!(authority.distance(&person), oracle.distance(&person));
        prop_assert_eq!(authority.roles(&person), oracle.roles(&person), "person {}", n);
        let mut in_force: BTreeSet<_> = authority
            .grants_of(&person)
            .iter()
            .filter(|info| info.live_now)
            .map(|info| info.grant)
            .collect();
        if authority.is_founder(&person) {
            in_force.insert(village.f());
        }
        prop_assert_eq!(&in_force, &oracle.in_force(&person), "person {}", n);
        for needed in Role::ALL {
            let best = authority.best_grant(&person, needed, None);
            prop_assert_eq!(best.is_some(), authority.holds(&person, needed));
            prop_assert!(best.is_none_or(|best| in_force.contains(&best)));
        }
    }
    for (log, other) in &history.logs {
        for branch in [log, other] {
            for held in 0..=branch.held() {
                let branch = branch.branch(held, held, b"");
                let expected = oracle.limit(&branch.header, &branch.chain);
                prop_assert_eq!(limit(&authority, &branch), expected, "{:?}", branch);
            }
        }
    }
    let mut pins = Vec::new();
    for pin in oracle.pins() {
        if !pins.contains(&pin) {
            pins.push(pin);
        }
    }
    for (log, _) in &history.logs {
        let of_log = log.header.id();
        let expected: Vec<_> = pins.iter().filter(|pin| pin.log == of_log).copied().collect();
        prop_assert_eq!(authority.pins(&of_log), expected);
    }
    Ok(())
}

/// Records that arrive in this order, some of them again, and the founding one among them.
pub(crate) fn same_in(
    history: &History,
    order: &[Record],
    repeated: usize,
) -> Result<(), TestCaseError> {
    let (authority, founding) = (history.village.authority(), &history.village.founding);
    prop_assert_eq!(&Authority::compute(founding, order.iter()), &authority);
    let with_founding =
        order.iter().take(repeated).chain([founding]).chain(&history.village.records);
    prop_assert_eq!(&Authority::compute(founding, with_founding), &authority);
    Ok(())
}

/// Where only some of the records have come so far: one whose bit in `held` is set.
pub(crate) fn valid_stays_valid(history: &History, held: u64) -> Result<(), TestCaseError> {
    let records = &history.village.records;
    let some = records.iter().enumerate().filter(|(at, _)| held >> (at % 64) & 1 == 1);
    let before = Authority::compute(&history.village.founding, some.map(|(_, record)| record));
    let after = history.village.authority();
    for record in records {
        prop_assert!(!before.is_valid(&record.id()) || after.is_valid(&record.id()));
    }
    Ok(())
}

/// A history, and an order in which its records arrive, each twice.
pub(crate) fn in_any_order(steps: usize) -> impl Strategy<Value = (History, Vec<Record>)> {
    histories(steps).prop_flat_map(|history| {
        let records = &history.village.records;
        let twice: Vec<Record> = records.iter().chain(records).cloned().collect();
        (Just(history), Just(twice).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_oracle_agrees(history in histories(60)) {
        same(&history)?;
    }

    #[test]
    fn the_result_is_a_function_of_the_set(
        (history, order) in in_any_order(50),
        repeated in 0usize..20,
    ) {
        same_in(&history, &order, repeated)?;
    }

    #[test]
    fn what_is_valid_stays_valid(history in histories(50), held in any::<u64>()) {
        valid_stays_valid(&history, held)?;
    }
}
