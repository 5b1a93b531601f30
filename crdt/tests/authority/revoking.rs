//! Situations around revocations and accepts, as people meet them.

use crate::village::{Village, id, limit};
use baro_crdt::ids::RecordId;
use baro_crdt::log::Stream;
use baro_crdt::record::{Body, Revocation};
use baro_crdt::role::Role::{self, Facilitator, Invite, Manager, Member, Official};

/// Founders 0 to 2, of whom two act together; managers 3 and 4; their grants.
fn two_managers() -> (Village, RecordId, RecordId) {
    let mut village = Village::new(3, 2);
    let f = village.f();
    let third = village.grant(0, f, Manager, &[3]);
    let fourth = village.grant(1, f, Manager, &[4]);
    (village, third, fourth)
}

#[test]
fn of_two_managers_who_revoke_each_other_one_stays() {
    let (mut village, third, fourth) = two_managers();
    let one = village.revoke(&[3], third, 4);
    let other = village.revoke(&[4], fourth, 3);
    let authority = village.authority();
    let (won, lost, stays, goes) =
        if one < other { (one, other, 3, 4) } else { (other, one, 4, 3) };
    assert!(authority.is_live(&won) && !authority.is_live(&lost));
    assert!(authority.holds(&id(stays), Manager));
    assert!(!authority.holds(&id(goes), Member));
    // The founders have the last word, whichever id was lower.
    village.revoke(&[0, 1], village.f(), stays);
    let authority = village.authority();
    assert!(!authority.holds(&id(stays), Manager), "struck out before the two");
    assert!(authority.holds(&id(goes), Manager), "whose revocation didn't count then");
}

#[test]
fn a_senior_ends_a_quarrel_of_juniors() {
    let (mut village, third, _) = two_managers();
    let fifth = village.grant(3, third, Manager, &[5]);
    let up = village.revoke(&[5], fifth, 3);
    let down = village.revoke(&[3], third, 5);
    let authority = village.authority();
    assert!(
        authority.is_valid(&up) && !authority.is_live(&up),
        "nobody revokes a more senior person"
    );
    assert!(authority.is_live(&down) && authority.holds(&id(3), Manager));
    assert!(!authority.holds(&id(5), Member));
}

#[test]
fn seniority_is_the_shortest_chain_of_any_role() {
    let (mut village, third, fourth) = two_managers();
    let fifth = village.grant(3, third, Manager, &[5]);
    let revocation = village.revoke(&[4], fourth, 5);
    assert_eq!(village.authority().distance(&id(5)), Some(2));
    assert!(village.authority().is_live(&revocation));
    let sixth = village.grant(4, fourth, Manager, &[6]);
    let seventh = village.grant(6, sixth, Manager, &[7]);
    let too_junior = village.revoke(&[7], seventh, 3);
    assert!(!village.authority().is_live(&too_junior));
    // A founder makes 7 a member: now 7 is as senior as 3, whatever the role.
    village.grant(2, village.f(), Member, &[7]);
    assert_eq!(village.authority().distance(&id(7)), Some(1));
    assert!(village.authority().is_live(&too_junior));
    assert!(!village.authority().holds(&id(5), Manager) && village.authority().is_valid(&fifth));
}

#[test]
fn a_manager_s_stolen_key_is_replaced_by_the_founders() {
    let (mut village, third, _) = two_managers();
    let f = village.f();
    let honest = village.grant(3, third, Member, &[5]);
    // The thief makes friends, and strikes at everybody in reach.
    let friend = village.grant(3, third, Manager, &[8]);
    village.grant(8, friend, Official, &[9]);
    let strike = village.revoke(&[3], third, 4);
    let at_founder = village.revoke(&[3], third, 0);
    assert!(!village.authority().holds(&id(4), Manager));
    assert!(!village.authority().is_live(&at_founder) && village.authority().is_founder(&id(0)));
    let alone = village.revoke(&[0], f, 3);
    assert!(village.authority().is_live(&alone), "one founder may too");

    village.records.retain(|record| record.id() != alone);
    let compromise = village.revoke(&[0, 2], f, 3);
    let new = village.grant(1, f, Manager, &[10]);
    let authority = village.authority();
    assert!(!authority.holds(&id(3), Member) && !authority.is_live(&strike));
    assert!(authority.holds(&id(4), Manager), "who was struck at stands again");
    assert!(!authority.holds(&id(8), Member) && !authority.holds(&id(9), Member));
    assert!(!authority.holds(&id(5), Member), "the honest grant went with it");
    village.accept(10, new, 8, &[honest], &[]);
    assert!(!village.authority().holds(&id(5), Member), "8 didn't sign it");
    // The new manager lets the honest one in; the thief's stay out.
    village.accept(10, new, 3, &[honest], &[]);
    let authority = village.authority();
    assert!(authority.holds(&id(5), Member));
    assert!(!authority.holds(&id(8), Member) && !authority.is_live(&strike));
    assert_eq!(authority.ended_by(&third, &id(3)), [compromise]);
}

#[test]
fn an_accept_never_makes_a_revocation_count() {
    let (mut village, third, fourth) = two_managers();
    let strike = village.revoke(&[3], third, 4);
    village.revoke(&[0, 1], village.f(), 3);
    village.accept(4, fourth, 3, &[strike], &[]);
    assert!(village.authority().holds(&id(4), Manager));
    assert!(!village.authority().is_live(&strike));
}

#[test]
fn a_manager_s_orderly_end_keeps_what_they_did() {
    let (mut village, third, fourth) = two_managers();
    let granted = village.grant(3, third, Facilitator, &[5]);
    let member = village.grant(5, granted, Member, &[6]);
    let unseen = village.grant(3, third, Facilitator, &[7]);
    let revoked = village.grant(4, fourth, Member, &[11]);
    let ended = village.revoke(&[3], third, 11);
    village.end(1, village.f(), 3, &[granted, ended], &[]);
    let authority = village.authority();
    assert!(!authority.holds(&id(3), Member));
    assert!(authority.holds(&id(5), Facilitator) && authority.holds(&id(6), Member));
    assert!(!authority.holds(&id(7), Member));
    assert!(authority.is_live(&ended) && authority.is_live(&revoked));
    assert!(!authority.holds(&id(11), Member), "a kept revocation goes on");
    assert!(authority.is_valid(&unseen) && !authority.is_live(&unseen));
    assert_eq!(authority.role_of(&member, &id(6)).map(|role| role.includes(Member)), Some(true));
}

#[test]
fn a_photographed_invite_is_revoked_and_those_seen_stay() {
    let (mut village, third, _) = two_managers();
    let facilitator = village.grant(3, third, Facilitator, &[5]);
    let invite = village.grant(5, facilitator, Invite, &[20]);
    let known: Vec<RecordId> = (6..8).map(|n| village.grant(20, invite, Member, &[n])).collect();
    let stranger = village.grant(20, invite, Member, &[30]);
    let two_at_once = village.grant(20, invite, Member, &[31, 32]);
    let more = village.grant(20, invite, Facilitator, &[33]);
    let authority = village.authority();
    assert!(authority.holds(&id(30), Member) && !authority.holds(&id(31), Member));
    assert!(!authority.is_valid(&two_at_once) && !authority.is_valid(&more));
    assert_eq!(authority.invites().len(), 1);
    assert!(authority.members().iter().all(|info| info.person != id(20)));
    let by = authority.grants_of(&id(6)).first().map(|info| info.by);
    assert_eq!(by, Some(id(20)), "a photographed ticket shows");

    village.end(3, third, 20, &known, &[]);
    let late = village.grant(20, invite, Member, &[9]);
    let authority = village.authority();
    assert!(authority.holds(&id(6), Member) && authority.holds(&id(7), Member));
    assert!(!authority.holds(&id(30), Member) && !authority.holds(&id(9), Member));
    assert!(authority.invites().is_empty() && !authority.is_live(&stranger));
    village.accept(3, third, 20, &[late], &[]);
    assert!(village.authority().holds(&id(9), Member));
    assert!(!village.authority().holds(&id(30), Member));
}

#[test]
fn a_new_grant_revives_nothing_that_was_struck_out() {
    let (mut village, third, _) = two_managers();
    let first = village.grant(3, third, Member, &[5]);
    let log = village.log(5, first, Stream::Debate, 9);
    let end = village.end(3, third, 5, &[], &[log.signed(4)]);
    let forgotten = village.grant(3, third, Member, &[5]);
    assert!(!village.authority().holds(&id(5), Member), "it cites no revocation");
    let again = village.regrant(3, third, Member, &[5], &[end]);
    let fresh = village.log(5, again, Stream::Debate, 3);
    let authority = village.authority();
    assert!(authority.holds(&id(5), Member));
    assert_eq!(authority.best_grant(&id(5), Member, None), Some(again));
    assert_eq!(limit(&authority, &log), 4);
    assert_eq!(limit(&authority, &fresh), 3);
    assert_eq!(authority.ended_by(&forgotten, &id(5)), [end]);
    // A second end cites the new one too: it isn't overcome by what came before it.
    village.revoke(&[3], third, 5);
    assert!(!village.authority().holds(&id(5), Member));
    assert_eq!(limit(&village.authority(), &fresh), 0);
}

#[test]
fn a_decision_that_was_still_on_the_motorbike_is_accepted() {
    let (mut village, third, fourth) = two_managers();
    let mayor = village.grant(3, third, Official, &[5]);
    let log = village.log(5, mayor, Stream::Official, 12);
    assert_eq!(limit(&village.authority(), &log), 12);
    village.end(3, third, 5, &[], &[log.signed(8)]);
    assert_eq!(limit(&village.authority(), &log), 8);
    village.end(4, fourth, 5, &[], &[log.signed(10)]);
    assert_eq!(limit(&village.authority(), &log), 8, "the shortest keep");
    village.accept(4, fourth, 5, &[], &[log.signed(11)]);
    assert_eq!(limit(&village.authority(), &log), 11, "an accept extends every list");
    let authority = village.authority();
    let other = log.branch(7, 12, b"forked");
    assert_eq!(limit(&authority, &other), 0, "what is kept lies on another branch");
    assert_eq!(limit(&authority, &log.branch(6, 6, b"")), 6, "less than is kept has arrived");
    // Somebody else's list doesn't reach this log.
    village.accept(4, fourth, 6, &[], &[log.head(12).sign(crate::village::key(6))]);
    assert_eq!(limit(&village.authority(), &log), 11);
}

#[test]
fn a_role_can_end_alone() {
    let (mut village, third, _) = two_managers();
    village.grant(3, third, Member, &[5]);
    village.grant(3, third, Official, &[5]);
    let only = |roles: Vec<Role>, village: &mut Village| {
        let revocation = Revocation { roles, ..village.revocation(&[3], third, 5) };
        village.put(Body::Revocation(revocation), &[3]).unwrap()
    };
    only(vec![Official], &mut village);
    assert_eq!(village.authority().roles(&id(5)), [Member].into());
    assert!(village.authority().offices()["mayor"].is_empty());
    only(vec![Member], &mut village);
    assert!(village.authority().roles(&id(5)).is_empty());
}

#[test]
fn founders_together_end_one_of_them_and_nobody_else_does() {
    let mut village = Village::new(3, 2);
    let f = village.f();
    let alone = village.revoke(&[0], f, 2);
    assert!(village.authority().is_founder(&id(2)) && !village.authority().is_live(&alone));
    let manager = village.grant(2, f, Manager, &[3]);
    village.revoke(&[0, 1], f, 2);
    let authority = village.authority();
    assert!(!authority.is_founder(&id(2)) && authority.roles(&id(2)).is_empty());
    assert!(!authority.is_live(&manager));
    // Two of three remain, and can't be revoked by one who no longer stands with another.
    let back = village.revoke(&[1, 2], f, 0);
    let won = village.authority();
    assert!(won.is_live(&back) != won.holds(&id(0), Manager));
    // What all three sign counts, as two of them stand.
    village.grant(1, f, Manager, &[3]);
    let all = village.revoke(&[0, 1, 2], f, 3);
    assert!(village.authority().is_live(&all));
}
