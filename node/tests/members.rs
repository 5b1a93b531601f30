//! Members-only communities between devices in one process: who is behind in epochs comes along in
//! whichever direction the link was made, who was let out does not, and epochs begun apart meet.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(feature = "full")]

mod pipe;

use baro_node::api::Request;
use baro_node::store::MemoryStore;
use pipe::{Device, digest, meet};
use serde_json::Value;

const NAME: &str = "Cercle";

fn phone(seed: u8, name: &str) -> Device {
    Device::of(Box::new(MemoryStore::new()), seed, name)
}

/// A founder, a manager and a member, who all hold the same.
fn circle() -> [Device; 3] {
    let mut awa = phone(1, "Awa");
    awa.begin(NAME, true);
    let (mut bakary, mut chaka) = (phone(2, "Bakary"), phone(3, "Chaka"));
    bakary.join(&mut awa);
    chaka.join(&mut awa);
    meet(&mut bakary, &mut awa);
    meet(&mut chaka, &mut awa);
    grant(&mut awa, "Bakary", "manager");
    meet(&mut bakary, &mut awa);
    meet(&mut chaka, &mut bakary);
    assert_equal(&[&awa, &bakary, &chaka]);
    [awa, bakary, chaka]
}

fn grant(device: &mut Device, person: &str, role: &str) {
    let (person, role) = (person.to_owned(), role.to_owned());
    device.ask(Request::Grant { person, role, office: None });
}

fn revoke(device: &mut Device, person: &str) -> Value {
    let person = person.to_owned();
    device.ask(Request::Revoke { person, roles: Vec::new(), compromised: false })
}

fn renew(device: &mut Device) {
    device.ask(Request::CommunityRenew { id: NAME.to_owned() });
}

/// The present epoch, by number and id; whether its secret is here too.
fn epoch(device: &mut Device) -> (u64, String, bool) {
    let members = device.ask(Request::Members);
    let epoch = &members[0]["epoch"];
    let id = epoch["id"].as_str().unwrap().to_owned();
    (epoch["number"].as_u64().unwrap(), id, epoch["here"].as_bool().unwrap())
}

fn assert_equal(devices: &[&Device]) {
    let all: Vec<String> = devices.iter().map(|device| digest(&device.node)).collect();
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

#[test]
fn who_is_behind_comes_along_whoever_made_the_link() {
    let [mut awa, mut bakary, mut chaka] = circle();
    for _ in 0..3 {
        renew(&mut awa);
    }
    // The one behind begins; the one ahead begins.
    meet(&mut bakary, &mut awa);
    meet(&mut awa, &mut chaka);
    assert_equal(&[&awa, &bakary, &chaka]);
    let now = epoch(&mut awa);
    assert_eq!((now.0, now.2), (4, true));
    assert_eq!([epoch(&mut bakary), epoch(&mut chaka)], [now.clone(), now]);
}

#[test]
fn who_was_away_for_long_comes_back_by_a_fresh_ticket() {
    let [mut awa, _, mut chaka] = circle();
    for _ in 0..4 {
        renew(&mut awa);
    }
    let before = digest(&chaka.node);
    meet(&mut chaka, &mut awa);
    assert_eq!(digest(&chaka.node), before, "nobody recognises them");
    chaka.join(&mut awa);
    meet(&mut chaka, &mut awa);
    assert_equal(&[&awa, &chaka]);
    assert_eq!(epoch(&mut chaka).0, 5);
    assert_eq!(chaka.ask(Request::PersonList).as_array().unwrap().len(), 1, "the same person");
}

#[test]
fn who_is_let_out_gets_nothing_in_either_direction_until_let_in_again() {
    let [mut awa, mut bakary, mut chaka] = circle();
    assert_eq!(revoke(&mut awa, "Chaka")["epoch"], 2);
    let before = digest(&chaka.node);
    (awa.refused, chaka.refused) = (Some(Vec::new()), Some(Vec::new()));
    meet(&mut chaka, &mut awa);
    meet(&mut awa, &mut chaka);
    assert_eq!(digest(&chaka.node), before);
    let refused = awa.refused.take().unwrap();
    assert!(!refused.is_empty());
    assert!(
        refused.iter().all(|why| why.contains("no member by what is known here")),
        "{refused:?}"
    );
    // The word has not come to Bakary: who was let out is still met there as a member.
    meet(&mut chaka, &mut bakary);
    meet(&mut bakary, &mut awa);
    bakary.refused = Some(Vec::new());
    meet(&mut chaka, &mut bakary);
    assert_eq!(digest(&chaka.node), before);

    (bakary.refused, chaka.refused) = (None, None);
    grant(&mut awa, "Chaka", "member");
    meet(&mut awa, &mut chaka);
    meet(&mut bakary, &mut awa);
    assert_equal(&[&awa, &bakary, &chaka]);
    let now = epoch(&mut chaka);
    assert_eq!((now.0, now.2), (2, true));
}

#[test]
fn epochs_that_two_managers_began_apart_meet() {
    let [mut awa, mut bakary, mut chaka] = circle();
    let (mut djeneba, mut fanta) = (phone(4, "Djeneba"), phone(5, "Fanta"));
    djeneba.join(&mut awa);
    fanta.join(&mut awa);
    for other in [&mut djeneba, &mut fanta, &mut bakary, &mut chaka] {
        meet(other, &mut awa);
    }
    meet(&mut bakary, &mut chaka);
    meet(&mut bakary, &mut awa);
    // Apart: each lets another out.
    assert_eq!(revoke(&mut awa, "Djeneba")["epoch"], 2);
    assert_eq!(revoke(&mut bakary, "Fanta")["epoch"], 2);
    meet(&mut chaka, &mut bakary);
    meet(&mut awa, &mut bakary);
    meet(&mut chaka, &mut awa);
    meet(&mut bakary, &mut awa);
    assert_equal(&[&awa, &bakary, &chaka]);
    let now = epoch(&mut awa);
    assert_eq!((now.0, now.2), (2, true), "both secrets are everywhere");
    assert_eq!([epoch(&mut bakary), epoch(&mut chaka)], [now.clone(), now]);
    for out in [&mut djeneba, &mut fanta] {
        let before = digest(&out.node);
        (awa.refused, out.refused) = (Some(Vec::new()), Some(Vec::new()));
        meet(out, &mut awa);
        assert_eq!(digest(&out.node), before);
        assert!(!awa.refused.take().unwrap().is_empty());
    }
    // The next one follows both.
    renew(&mut awa);
    meet(&mut awa, &mut chaka);
    assert_eq!(epoch(&mut chaka).0, 3);
}

#[test]
fn a_photographed_ticket_is_taken_back_and_those_who_came_in_stay() {
    let [mut awa, mut bakary, mut chaka] = circle();
    let invite = awa.ask(Request::Invite { addresses: Vec::new() });
    let (ticket, key) = (invite["ticket"].as_str().unwrap(), invite["key"].as_str().unwrap());
    let mut stranger = phone(9, "Inconnu");
    let taken = revoke(&mut awa, key);
    assert_eq!(taken["epoch"], 2, "the ticket has the secret");
    stranger.ask(Request::Join { ticket: ticket.to_owned() });
    let before = digest(&stranger.node);
    (awa.refused, stranger.refused) = (Some(Vec::new()), Some(Vec::new()));
    meet(&mut stranger, &mut awa);
    assert_eq!(digest(&stranger.node), before);
    assert!(!awa.refused.take().unwrap().is_empty());
    for member in [&mut bakary, &mut chaka] {
        meet(member, &mut awa);
    }
    meet(&mut bakary, &mut chaka);
    assert_equal(&[&awa, &bakary, &chaka]);
    assert_eq!(chaka.ask(Request::Members).as_array().unwrap().len(), 3);
}
