//! Which epoch of a members-only community is the present one.

use baro_crdt::epoch::in_force;
use baro_crdt::ids::RecordId;
use baro_crdt::record::{Body, Record};
use baro_crdt::role::Role;

use super::village::Village;

fn order(village: &Village) -> Vec<RecordId> {
    let authority = village.authority();
    in_force(&authority, village.records.iter()).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn the_highest_number_of_a_manager_in_force_is_the_present_epoch() {
    let mut village = Village::new(2, 1);
    let f = village.f();
    let first = village.begin(0, f, 1, &[]);
    let manager = village.grant(0, f, Role::Manager, &[5]);
    let member = village.grant(0, f, Role::Member, &[6]);
    let second = village.begin(5, manager, 2, &[]);
    let nobodys = village.begin(6, member, 9, &[]);
    assert_eq!(order(&village), [second, first], "a member begins none: {nobodys}");
    // Whoever stole a manager's key counts as far as it goes; then their epoch is over.
    let high = village.begin(5, manager, u32::MAX, &[]);
    assert_eq!(order(&village)[0], high);
    let stolen = village.revoke(&[0], f, 5);
    assert_eq!(order(&village), [first]);
    let third = village.begin(1, f, 2, &[stolen]);
    assert_eq!(order(&village), [third, first]);
}

#[test]
fn an_epoch_counts_where_all_that_it_follows_is_held() {
    let mut village = Village::new(1, 1);
    let f = village.f();
    let first = village.begin(0, f, 1, &[]);
    let _member = village.grant(0, f, Role::Member, &[6]);
    let out = village.revoke(&[0], f, 6);
    let second = village.begin(0, f, 2, &[out]);
    assert_eq!(order(&village), [second, first]);
    village.records.retain(|record| record.id() != out);
    assert_eq!(order(&village), [first]);
}

#[test]
fn two_that_were_begun_apart_are_ordered_alike_everywhere() {
    let mut village = Village::new(2, 1);
    let f = village.f();
    let one = village.begin(0, f, 2, &[]);
    let other = village.begin(1, f, 2, &[]);
    let here = order(&village);
    village.records.reverse();
    assert_eq!(here, order(&village));
    assert_eq!(here, [one.max(other), one.min(other)]);
}

#[test]
fn an_open_community_has_no_epochs() {
    let open = Village::new(1, 1);
    let Body::Founding(mut founding) = open.founding.body().clone() else { unreachable!() };
    founding.members_only = false;
    let founding = Record::sign(Body::Founding(founding), &[super::village::key(0)]).unwrap();
    let mut open = Village { founding, records: Vec::new() };
    let f = open.f();
    let epoch = open.begin(0, f, 1, &[]);
    assert!(!open.authority().is_valid(&epoch));
    assert_eq!(order(&open), []);
}
