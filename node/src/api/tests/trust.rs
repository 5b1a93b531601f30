//! Roles given, ended, given again, and what is let in.

use super::*;

fn grant(person: &str, role: &str) -> Request {
    Request::Grant { person: person.into(), role: role.into(), office: None }
}

fn revoke(person: &str, compromised: bool) -> Request {
    Request::Revoke { person: person.into(), roles: Vec::new(), compromised }
}

#[test]
fn an_end_of_mandate_keeps_what_was_said_and_a_theft_keeps_nothing() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let debate = awa.debate("L'eau");
    awa.ask_as("Bintou", say(&debate, "Avant"));
    let done = awa.ask(revoke("Bintou", false));
    assert_eq!((&done["counts"], &done["kept_logs"]), (&true.into(), &1.into()));
    assert_eq!(awa.show(&debate)["posts"][0]["text"], "Avant");
    assert!(awa.refused(Some("Bintou"), say(&debate, "Après")).contains("no member"));

    awa.ask(grant("Bintou", "member"));
    awa.ask_as("Bintou", say(&debate, "De retour"));
    assert_eq!(awa.show(&debate)["posts"].as_array().unwrap().len(), 2);

    awa.ask(revoke("Bintou", true));
    assert_eq!(awa.show(&debate)["posts"], serde_json::json!([]));
    let waiting = awa.ask(Request::Accept { what: None, length: None });
    let logs: Vec<_> = waiting.as_array().unwrap().iter().filter(|w| !w["log"].is_null()).collect();
    assert_eq!(logs.len(), 2);
    assert_eq!(awa.ask(Request::Status)["warnings"][0]["kind"], "waiting");
    for log in logs {
        let what = Some(log["log"].as_str().unwrap().to_owned());
        awa.ask(Request::Accept { what, length: None });
    }
    assert_eq!(awa.show(&debate)["posts"].as_array().unwrap().len(), 2);
    assert_eq!(awa.ask(Request::Status)["warnings"], serde_json::json!([]));
}

#[test]
fn roles_open_doors_and_members_shows_them() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    awa.ask(grant("Bintou", "facilitator"));
    awa.ask_as("Bintou", add("Fanta"));
    assert!(awa.refused(Some("Bintou"), grant("Fanta", "manager")).contains("no manager"));
    assert!(awa.refused(None, grant("Bintou", "king")).contains("is no role"));
    assert!(awa.refused(None, grant("Nobody", "member")).contains("Nobody called"));
    awa.ask(grant("Fanta", "manager"));
    let members = awa.ask(Request::Members);
    let of = |name: &str| {
        members.as_array().unwrap().iter().find(|m| m["name"] == name).unwrap().clone()
    };
    assert_eq!(of("Bintou")["roles"], serde_json::json!(["member", "facilitator"]));
    assert_eq!(of("Fanta")["roles"], serde_json::json!(["member", "manager"]));
    assert_eq!(of("Awa")["founder"], true);
    assert_eq!(of("Fanta")["by_name"], "Awa", "the shortest chain comes first");
    assert!(awa.refused(Some("Fanta"), revoke("Awa", false)).contains("Only founders"));
    assert!(awa.refused(None, revoke("Awa", false)).contains("the last founder"));
}

#[test]
fn founders_together_end_a_founder() {
    let mut awa = Device::of("Awa");
    let create = Request::CommunityCreate {
        name: "Kayes".into(),
        threshold: 2,
        founders: vec!["Bakary".into(), "Coumba".into()],
        debates_by: None,
        cosignatures: 0,
        members_only: false,
    };
    awa.ask(create);
    let done = awa.ask(revoke("Coumba", false));
    assert_eq!(done["counts"], true);
    let members = awa.ask(Request::Members);
    let names: Vec<_> = members.as_array().unwrap().iter().map(|m| &m["name"]).collect();
    assert!(!names.contains(&&"Coumba".into()));
    assert_eq!(names.len(), 2);
}
