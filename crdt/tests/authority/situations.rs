//! Roles, offices, closings and co-signatures as people meet them, and what it costs.

use std::time::Instant;

use crate::village::{Village, debate_id, id, limit};
use baro_crdt::authority::{Authority, GrantRole};
use baro_crdt::ids::{CommunityId, RecordId};
use baro_crdt::log::{EntryIds, Header, Stream};
use baro_crdt::record::{Body, Grant, Record};
use baro_crdt::role::Role::{Facilitator, Manager, Member, Moderator, Official};

#[test]
fn a_grant_may_name_whom_nobody_has_heard_of_and_come_before_its_own() {
    let mut village = Village::new(1, 1);
    let manager = village.grant(0, village.f(), Manager, &[1]);
    let member = village.grant(1, manager, Member, &[2]);
    village.records.reverse();
    assert!(village.authority().holds(&id(2), Member));
    let orphaned = Authority::compute(&village.founding, village.records.iter().take(1));
    assert!(orphaned.known(&member) && orphaned.names(&id(2)) && !orphaned.is_valid(&member));
    assert!(!orphaned.known(&manager) && !orphaned.names(&id(1)));
    assert_eq!(orphaned.role_of(&member, &id(2)), None);
    assert!(village.authority().known(&village.f()));
}

#[test]
fn another_community_s_records_count_for_nothing() {
    let mut village = Village::new(1, 1);
    let community = CommunityId::from_bytes([1; 32]);
    let grant = Grant {
        community,
        by: id(0),
        via: village.f(),
        role: Member,
        office: None,
        persons: vec![id(1)],
        overcomes: Vec::new(),
    };
    let foreign = village.put(Body::Grant(grant), &[0]).unwrap();
    let authority = village.authority();
    assert!(!authority.is_valid(&foreign) && !authority.known(&foreign));
    let log = village.log(0, village.f(), Stream::Alerts, 3);
    assert_eq!(limit(&authority, &log), 3);
    let elsewhere = Header { community, ..log.header.clone() };
    assert_eq!(authority.limit(&elsewhere, &|n| log.at(n), 3, None), 0);
    let no_founding = Authority::compute(&village.records[0], [&village.founding].into_iter());
    assert!(!no_founding.holds(&id(0), Member) && no_founding.members().is_empty());
}

#[test]
fn one_writes_under_the_least_senior_grant_that_suffices() {
    let mut village = Village::new(1, 1);
    let f = village.f();
    let manager = village.grant(0, f, Manager, &[1]);
    let facilitator = village.grant(1, manager, Facilitator, &[1, 2]);
    let member = village.grant(2, facilitator, Member, &[1]);
    let authority = village.authority();
    assert_eq!(authority.best_grant(&id(1), Member, None), Some(member));
    assert_eq!(authority.best_grant(&id(2), Member, None), Some(facilitator));
    assert_eq!(authority.best_grant(&id(1), Manager, None), Some(manager));
    assert_eq!(authority.best_grant(&id(1), Official, None), None);
    assert_eq!(authority.best_grant(&id(0), Official, Some("mayor")), Some(f));
    let mayor = village.grant(0, f, Official, &[1]);
    let authority = village.authority();
    assert_eq!(authority.best_grant(&id(1), Official, Some("mayor")), Some(mayor));
    assert_eq!(authority.best_grant(&id(1), Official, Some("secretary")), None);
    assert!(authority.role_of(&mayor, &id(1)).unwrap().speaks_for("mayor"));
    assert_eq!(authority.role_of(&f, &id(0)), Some(GrantRole::Founder));
    assert_eq!(authority.offices()["mayor"], [id(1)].into());
    let info = authority.members().into_iter().find(|info| info.person == id(1)).unwrap();
    assert_eq!(info.roles, [Member, Facilitator, Official, Manager].into());
    assert_eq!(info.by, [id(0), id(1), id(2)].into());
}

#[test]
fn a_stream_is_written_by_those_whose_role_lets_them() {
    let mut village = Village::new(1, 1);
    let f = village.f();
    let member = village.grant(0, f, Member, &[1]);
    let official = village.grant(0, f, Official, &[2]);
    let authority = village.authority();
    let of = |n, grant, stream| limit(&authority, &village.log(n, grant, stream, 2));
    assert_eq!(of(1, member, Stream::Debate), 2);
    assert_eq!(of(1, member, Stream::Official), 0);
    assert_eq!(of(2, official, Stream::Alerts), 2);
    assert_eq!(of(1, official, Stream::Alerts), 0, "another's grant");
    assert_eq!(of(1, f, Stream::Debate), 0, "no founder");
}

#[test]
fn the_first_closing_in_order_ends_a_debate() {
    let mut village = Village::new(1, 1);
    let f = village.f();
    let manager = village.grant(0, f, Manager, &[1]);
    let member = village.grant(1, manager, Member, &[2, 3]);
    let moderator = village.grant(1, manager, Moderator, &[4]);
    village.close(3, member, 7, &[]);
    assert_eq!(village.authority().closing(&debate_id(7), &id(2)), None, "not theirs to close");
    let opener = village.close(2, member, 7, &[]);
    assert_eq!(village.authority().closing(&debate_id(7), &id(2)), Some(opener));
    let other = village.close(4, moderator, 7, &[]);
    assert_eq!(village.authority().closing(&debate_id(7), &id(2)), Some(opener.min(other)));
    let founder = village.close(0, f, 7, &[]);
    assert_eq!(village.authority().closing(&debate_id(7), &id(2)), Some(founder));
    assert_eq!(village.authority().closing(&debate_id(8), &id(2)), None);
}

#[test]
fn co_signatures_count_while_they_are_in_force_and_cite_the_decision() {
    let mut village = Village::new(1, 1);
    let f = village.f();
    let mayor = village.grant(0, f, Official, &[1]);
    let second = village.grant(0, f, Member, &[2, 3]);
    let log = village.log(1, mayor, Stream::Official, 4);
    let decision = EntryIds::of(&log.header.id()).at(&log.at(3).unwrap());
    let signed = village.cosign(2, second, log.head(3));
    village.cosign(3, second, log.head(2));
    assert_eq!(village.authority().cosigners(&decision), [(id(2), signed)].into());
    let end = village.revoke(&[0], f, 2);
    assert!(village.authority().cosigners(&decision).is_empty());
    village.accept(0, f, 2, &[signed], &[]);
    assert_eq!(village.authority().cosigners(&decision).len(), 1);
    assert_eq!(village.authority().ended_by(&second, &id(2)), [end]);
}

/// A large community: 1,000 grants, 200 revocations. The time is printed, and bounded loosely,
/// as machines differ.
#[test]
fn a_large_community_is_computed_quickly() {
    let mut village = Village::new(3, 2);
    let f = village.f();
    let managers: Vec<(usize, RecordId)> =
        (3..23).map(|n| (n, village.grant(n % 3, f, Manager, &[n]))).collect();
    for n in 23..1_003 {
        let (by, via) = managers[n % managers.len()];
        village.grant(by, via, if n % 10 == 0 { Facilitator } else { Member }, &[n]);
    }
    for n in 0..200 {
        let (by, via) = managers[n % managers.len()];
        village.revoke(&[by], via, if n % 20 == 0 { 3 + n / 20 } else { 23 + 4 * n });
    }
    let records: Vec<&Record> = village.records.iter().collect();
    let start = Instant::now();
    let authority = Authority::compute(&village.founding, records.into_iter());
    let taken = start.elapsed();
    println!("{} records, {} members: {taken:?}", village.records.len(), authority.members().len());
    assert!(taken.as_secs() < 2);
}
