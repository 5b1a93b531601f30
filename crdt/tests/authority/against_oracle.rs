//! The implementation agrees with the oracle on every random history, in every order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::history::{History, histories};
use crate::oracle::Oracle;
use crate::village::{id, limit};
use baro_crdt::authority::Authority;
use baro_crdt::record::{Body, Record};
use baro_crdt::role::Role;

/// Asks both everything there is to ask.
fn same(history: &History) -> Result<(), TestCaseError> {
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_oracle_agrees(history in histories(60)) {
        same(&history)?;
    }

    #[test]
    fn the_result_is_a_function_of_the_set(
        (history, order) in histories(50).prop_flat_map(|history| {
            let twice: Vec<Record> =
                history.village.records.iter().chain(&history.village.records).cloned().collect();
            (Just(history), Just(twice).prop_shuffle())
        }),
        repeated in 0usize..20,
    ) {
        let authority = history.village.authority();
        let founding = &history.village.founding;
        prop_assert_eq!(&Authority::compute(founding, order.iter()), &authority);
        let with_founding = order.iter().take(repeated).chain([founding]).chain(&history.village.records);
        prop_assert_eq!(&Authority::compute(founding, with_founding), &authority);
    }

    #[test]
    fn what_is_valid_stays_valid(history in histories(50), held in any::<u64>()) {
        let records = &history.village.records;
        let some = records.iter().enumerate().filter(|(at, _)| held >> (at % 64) & 1 == 1);
        let before = Authority::compute(&history.village.founding, some.map(|(_, record)| record));
        let after = history.village.authority();
        for record in records {
            prop_assert!(!before.is_valid(&record.id()) || after.is_valid(&record.id()));
        }
    }
}

/// The histories above would prove little if they never reached what they are to test.
#[test]
fn histories_reach_what_matters() {
    let mut runner = TestRunner::deterministic();
    let strategy = histories(60);
    let mut seen = [0usize; 12];
    let names = [
        "orphaned grant",
        "struck-out grant",
        "void revocation",
        "revocation that lost",
        "kept revocation",
        "founders' revocation of a founder",
        "overcoming grant in force",
        "accept that lost",
        "let-in grant",
        "cut log",
        "let-in log",
        "struck-out closing or co-signature",
    ];
    for _ in 0..150 {
        let history = strategy.new_tree(&mut runner).unwrap().current();
        let village = &history.village;
        let oracle = Oracle::new(&village.founding, &village.records);
        let without_accepts: Vec<Record> = village
            .records
            .iter()
            .filter(|record| !matches!(record.body(), Body::Accept(_)))
            .cloned()
            .collect();
        let shut = Oracle::new(&village.founding, &without_accepts);
        for record in &village.records {
            let (valid, live) = (oracle.is_valid(record), oracle.is_live(record));
            let hit = |via, by| oracle.counted.iter().any(|r| oracle.hits(r, via, by));
            let by = &record.body().signers()[0];
            let via = record.body().via().unwrap();
            match record.body() {
                Body::Grant(grant) => {
                    seen[0] += usize::from(!valid);
                    seen[1] += usize::from(valid && !live);
                    seen[6] += usize::from(
                        live && grant.overcomes.iter().any(|r| oracle.counted.contains(r)),
                    );
                    seen[8] += usize::from(live && !shut.is_live(record));
                }
                body @ Body::Revocation(revocation) if valid => {
                    seen[2] += usize::from(oracle.is_void(body));
                    seen[3] += usize::from(!live && !oracle.is_void(body));
                    seen[4] += usize::from(
                        live && oracle
                            .counted
                            .iter()
                            .any(|r| *r < record.id() && oracle.hits(r, &via, by)),
                    );
                    seen[5] += usize::from(
                        live && !oracle.in_force(&revocation.person).contains(&village.f())
                            && oracle.distance(&revocation.person) == Some(0),
                    );
                }
                Body::Accept(_) => seen[7] += usize::from(valid && !live),
                Body::Closing(_) | Body::CoSignature(_) | Body::Epoch(_) => {
                    seen[11] += usize::from(valid && !live && hit(&via, by));
                }
                _ => {}
            }
        }
        for (log, _) in &history.logs {
            let length = oracle.limit(&log.header, &log.chain);
            seen[9] += usize::from(length > 0 && length < log.held());
            seen[10] += usize::from(length > shut.limit(&log.header, &log.chain));
        }
    }
    for (name, count) in names.iter().zip(seen) {
        println!("{count:5} {name}");
        assert!(count > 0, "no history has a {name}");
    }
}
