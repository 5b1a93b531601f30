//! Persons, communities, tickets.

use super::*;

#[test]
fn a_person_is_in_no_community_until_they_join_one() {
    let mut device = Device::of("Awa");
    let who = device.ask(Request::Whoami);
    assert_eq!(who["person"], serde_json::json!([]));
    assert!(who["peer_id"].as_str().unwrap().len() > 20);
    assert!(device.refused(None, Request::Init { name: "Awa".into() }).contains("begun already"));
    assert!(device.refused(None, Request::Members).contains("no community yet"));
}

#[test]
fn a_ticket_lets_a_newcomer_in_without_a_connection() {
    let (mut awa, community) = Device::founder("Awa");
    let ticket = awa.invite();
    assert_eq!(awa.invite(), ticket, "a live invite is used again");
    let mut moussa = Device::of("Moussa");
    let joined = moussa.join(&ticket.to_uppercase());
    assert_eq!(joined["community"], community.as_str());
    assert_eq!(joined["name"], "Sadiola");
    let again = Request::Join { ticket: ticket.clone() };
    assert!(moussa.refused(None, again).contains("already"));
    assert_eq!(moussa.ask_as("Fanta", Request::Join { ticket })["person"], "Fanta");

    moussa.give(&mut awa);
    awa.give(&mut moussa);
    assert_eq!(awa.digest(), moussa.digest());
    let members = awa.ask(Request::Members);
    let mut names: Vec<_> =
        members.as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Awa", "Fanta", "Moussa"]);
    let moussa_there = members.as_array().unwrap().iter().find(|m| m["name"] == "Moussa").unwrap();
    assert_eq!(moussa_there["by_name"], "an invite ticket");
    assert_eq!(moussa_there["roles"], serde_json::json!(["member"]));
}

#[test]
fn torn_and_foreign_tickets_are_told_apart() {
    let (mut awa, _) = Device::founder("Awa");
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    let mut join = |ticket: &str| moussa.refused(None, Request::Join { ticket: ticket.into() });
    assert!(join("hello").contains("no invite ticket"));
    assert!(join("").contains("no invite ticket"));
    assert!(join("baro1:").contains("torn"));
    assert!(join(&ticket[..ticket.len() - 9]).contains("torn"));
    let mut other = ticket.clone();
    let at = ticket.len() / 2;
    let swap = if &ticket[at..=at] == "a" { "b" } else { "a" };
    other.replace_range(at..=at, swap);
    assert!(join(&other).contains("torn"));
    assert!(join(&ticket.replace("baro1", "baro9")).contains("no invite ticket"));
    moussa.join(&ticket);
}

#[test]
fn an_invite_taken_back_lets_nobody_in() {
    let (mut awa, _) = Device::founder("Awa");
    let made = awa.ask(Request::Invite { addresses: Vec::new() });
    let person = made["key"].as_str().unwrap().to_owned();
    awa.ask(Request::Revoke { person, roles: Vec::new(), compromised: false });
    assert_ne!(awa.invite(), made["ticket"].as_str().unwrap(), "a new key is made");
    let ticket = made["ticket"].as_str().unwrap().to_owned();
    assert!(awa.try_as(Some("Moussa"), Request::Join { ticket }).unwrap_err().contains("taken"));
}

#[test]
fn several_persons_share_a_device() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    assert!(awa.refused(None, add("Bintou")).contains("already"));
    assert!(awa.refused(None, add("  ")).contains("1 to 128"));
    assert!(awa.refused(Some("Bintou"), add("Fanta")).contains("no facilitator"));
    awa.ask_as("Bintou", Request::PersonRename { name: "Bintou Diallo".into() });
    let list = awa.ask(Request::PersonList);
    let names: Vec<_> = list.as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, ["Awa", "Bintou Diallo"]);
    let debate = awa.debate("L'eau");
    awa.ask_as("Bintou Diallo", say(&debate, "Près de l'école"));
    assert_eq!(awa.show(&debate)["posts"][0]["name"], "Bintou Diallo");
}

#[test]
fn a_threshold_needs_as_many_founders() {
    let mut awa = Device::of("Awa");
    let create = |founders: &[&str]| Request::CommunityCreate {
        name: "Kayes".into(),
        threshold: 2,
        founders: founders.iter().map(|name| (*name).to_owned()).collect(),
        debates_by: Some("facilitator".into()),
        cosignatures: 1,
        members_only: false,
    };
    assert!(awa.refused(None, create(&[])).contains("--founder"));
    let made = awa.ask(create(&["Bakary"]));
    let shown = awa.ask(Request::CommunityShow { id: id(&made) });
    assert_eq!(shown["threshold"], 2);
    assert_eq!(shown["founders"].as_array().unwrap().len(), 2);
    let left = awa.ask(Request::CommunityLeave { id: "Kayes".into() });
    assert_eq!(left["id"], made["id"]);
    assert_eq!(awa.ask(Request::CommunityList), serde_json::json!([]));
    assert_eq!(awa.ask(Request::Whoami)["person"], serde_json::json!([]));
}

#[test]
fn a_copied_folder_goes_on_in_fresh_lanes() {
    let (mut awa, _) = Device::founder("Awa");
    let peer = awa.ask(Request::Whoami)["peer_id"].clone();
    assert!(!awa.node.claim([1; 32], 0).unwrap(), "the first opening is no copy");
    assert!(!awa.node.claim([1; 32], 1).unwrap());
    let again = awa.ask(Request::Whoami)["peer_id"].clone();
    let lanes = awa.node.store().local_prefix("lane/").unwrap();
    let debate = awa.debate("L'eau");
    assert!(awa.node.claim([2; 32], 1).unwrap(), "another installation");
    assert_eq!(awa.node.store().local_prefix("lane/").unwrap(), []);
    assert_ne!(awa.ask(Request::Whoami)["peer_id"], again);
    assert_ne!(peer, serde_json::Value::Null);
    awa.ask(say(&debate, "Encore"));
    assert_ne!(awa.node.store().local_prefix("lane/").unwrap(), lanes);
    assert!(awa.node.claim([2; 32], 1_000).unwrap(), "a database put back from yesterday");
    assert!(!awa.node.claim([2; 32], 1_000).unwrap());
}

#[test]
fn reasons_in_a_strangers_words_do_not_fill_the_store() {
    let (mut awa, _) = Device::founder("Awa");
    for round in 0..3 {
        let said = (0..100).map(|n| (format!("reason {round}/{n}"), 1)).collect();
        awa.node.count_refused(&said).unwrap();
    }
    let refused = awa.ask(Request::Status)["refused"].as_array().unwrap().clone();
    assert!(refused.len() <= 129, "{} reasons", refused.len());
    let sum: u64 = refused.iter().map(|row| row["count"].as_u64().unwrap()).sum();
    assert_eq!(sum, 300, "all are counted");
    assert!(refused.iter().any(|row| row["reason"] == "other reasons"));
}
