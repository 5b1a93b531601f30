//! Texts that several people write.

use super::*;

fn new(title: &str, editors: &str, content: &str) -> Request {
    let (title, editors) = (title.to_owned(), editors.to_owned());
    Request::TextNew { title, debate: None, editors, content: Some(content.to_owned()) }
}

fn edit(text: &str, content: &str) -> Request {
    Request::TextEdit { id: text.to_owned(), content: content.to_owned(), at: Vec::new() }
}

fn show(text: &str) -> Request {
    Request::TextShow { id: text.to_owned(), history: true, at: Vec::new() }
}

#[test]
fn what_two_write_apart_is_merged_and_any_version_comes_back() {
    let (mut awa, _) = Device::founder("Awa");
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    moussa.join(&ticket);
    let text = id(&awa.ask(new("Le règlement", "members", "Un puits.\nUne école.\n")));
    awa.give(&mut moussa);
    moussa.ask(edit(&text, "Un puits profond.\nUne école.\n"));
    awa.ask(edit(&text, "Un puits.\nUne école et un marché.\n"));
    awa.give(&mut moussa);
    moussa.give(&mut awa);
    for device in [&mut awa, &mut moussa] {
        let shown = device.ask(show(&text));
        assert_eq!(shown["title"], "Le règlement");
        assert_eq!(shown["text"], "Un puits profond.\nUne école et un marché.\n");
        assert_eq!(shown["changes"], 3);
        assert_eq!(shown["authors"].as_array().unwrap().len(), 2);
        let first = shown["history"][0]["change"].as_str().unwrap().to_owned();
        let earlier =
            device.ask(Request::TextShow { id: text.clone(), history: false, at: vec![first] });
        assert_eq!(earlier["text"], "Un puits.\nUne école.\n");
    }
    assert_eq!(awa.ask(Request::TextList)[0]["changes"], 3);
    let before = awa.digest();
    let same = edit(&text, "Un puits profond.\nUne école et un marché.\n");
    assert_eq!(awa.ask(same)["changes"], serde_json::json!([]));
    assert_eq!(awa.digest(), before, "nothing new is said");
}

#[test]
fn only_its_editors_write_a_text() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    awa.ask(add("Fanta"));
    let named = id(&awa.ask(new("À deux", "Bintou", "a")));
    awa.ask_as("Bintou", edit(&named, "ab"));
    assert!(awa.refused(Some("Fanta"), edit(&named, "abc")).contains("may not edit"));
    awa.ask(edit(&named, "abd"));
    let ruled = id(&awa.ask(new("Pour les animateurs", "facilitator", "a")));
    assert!(awa.refused(Some("Fanta"), edit(&ruled, "ab")).contains("no facilitator"));
    let (person, role) = ("Fanta".to_owned(), "facilitator".to_owned());
    awa.ask(Request::Grant { person, role, office: None });
    awa.ask_as("Fanta", edit(&ruled, "ab"));
    assert_eq!(awa.ask(show(&ruled))["text"], "ab");
    assert_eq!(awa.ask(show(&named))["text"], "abd");
}

#[test]
fn what_others_build_on_stays_when_its_author_is_shut_out() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let text = id(&awa.ask(new("Le règlement", "members", "un")));
    awa.ask_as("Bintou", edit(&text, "un deux"));
    awa.ask(edit(&text, "un deux trois"));
    awa.ask_as("Bintou", edit(&text, "un deux trois quatre"));
    let (person, roles) = ("Bintou".to_owned(), Vec::new());
    awa.ask(Request::Revoke { person, roles, compromised: true });
    let shown = awa.ask(show(&text));
    assert_eq!(shown["text"], "un deux trois");
    let carried: Vec<_> =
        shown["history"].as_array().unwrap().iter().map(|change| &change["carried"]).collect();
    assert_eq!(carried, [false, true, false]);
}

fn typed(text: &str, position: usize, deleted: usize, inserted: &str) -> Request {
    let typed = vec![Typed { position, deleted, inserted: inserted.to_owned() }];
    Request::TextType { id: text.to_owned(), typed, at: Vec::new() }
}

#[test]
fn what_stays_open_says_what_is_read_anew() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let text = id(&awa.ask(new("Le règlement", "members", "un puits")));
    awa.ask(typed(&text, 3, 0, "grand "));
    awa.ask_as("Bintou", typed(&text, 14, 0, " et un marché"));
    assert_eq!(awa.ask(show(&text))["text"], "un grand puits et un marché");
    assert!(awa.refused(None, typed(&text, 99, 1, "")).contains("no character"));
    awa.ask(typed(&text, 0, 2, "le"));
    // An entry that counts no longer: the text is read anew.
    let (person, roles) = ("Bintou".to_owned(), Vec::new());
    awa.ask(Request::Revoke { person, roles, compromised: true });
    let kept = awa.ask(show(&text));
    assert_eq!(kept["text"], "le grand puits et un marché", "Awa built on it");
    let (mut moussa, ticket) = (Device::of("Moussa"), awa.invite());
    moussa.join(&ticket);
    awa.give(&mut moussa);
    assert_eq!(moussa.ask(show(&text))["text"], kept["text"]);
    assert_eq!(moussa.ask(show(&text))["history"], kept["history"]);
    // More texts than stay open, each with its own words.
    let others: Vec<String> =
        (0..12).map(|n| id(&awa.ask(new(&n.to_string(), "members", &n.to_string())))).collect();
    for (n, text) in others.iter().enumerate() {
        awa.ask(typed(text, 0, 0, "n"));
        assert_eq!(awa.ask(show(text))["text"], format!("n{n}"));
    }
}
