//! Debates, votes, questions, edits, closings, announcements, the Polis export.

use super::*;
use crate::api::Announce;
use baro_crdt::ids::WallSeconds;

#[test]
fn the_last_vote_of_each_person_stands() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let debate = awa.debate("L'eau");
    let post = id(&awa.ask(say(&debate, "Près de l'école")));
    awa.ask(vote(&post, "agree"));
    awa.ask_as("Bintou", vote(&post, "pass"));
    awa.ask(vote(&post, "disagree"));
    let shown = awa.show(&debate);
    assert_eq!(shown["title"], "L'eau");
    assert_eq!(shown["participants"], 2);
    let post = &shown["posts"][0];
    assert_eq!(
        (&post["agree"], &post["disagree"], &post["pass"]),
        (&0.into(), &1.into(), &1.into())
    );
    assert_eq!(post["kind"], "statement");
    assert_eq!(post["reply_to"], serde_json::Value::Null);
    assert!(awa.refused(None, vote(&debate, "agree")).contains("a post"));
    let post = id(post);
    assert!(awa.refused(None, vote(&post, "perhaps")).contains("is no vote"));
    assert!(awa.refused(None, say(&debate, " ")).contains("nothing to say"));
}

#[test]
fn questions_wait_until_an_official_answers() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Le maire"));
    awa.ask(add("Bintou"));
    let office = Some("mairie".to_owned());
    let grant = Request::Grant { person: "Le maire".into(), role: "official".into(), office };
    awa.ask(grant);
    let debate = awa.debate("L'eau");
    let question = Request::Say {
        debate: debate.clone(),
        text: "Quand ?".into(),
        kind: Some("question".into()),
        reply_to: None,
        to: Some("Le maire".into()),
        attached: Vec::new(),
    };
    let question = id(&awa.ask_as("Bintou", question));
    let waiting = awa.ask(Request::Questions);
    assert_eq!(waiting[0]["to_name"], "Le maire");
    assert_eq!(waiting[0]["debate"], debate.as_str());
    let answer = Request::Answer { question, text: "En mars".into(), attached: Vec::new() };
    assert!(awa.refused(Some("Bintou"), answer.clone()).contains("no official"));
    let answer = id(&awa.ask_as("Le maire", answer));
    assert_eq!(awa.ask(Request::Questions), serde_json::json!([]));
    awa.ask_as("Bintou", vote(&answer, "agree"));
    assert_eq!(awa.show(&debate)["posts"][0]["answers"][0]["text"], "En mars");
}

#[test]
fn words_change_go_and_are_hidden_but_what_was_said_stays() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let debate = awa.debate("L'eau");
    let post = id(&awa.ask_as("Bintou", say(&debate, "Pres de l'ecole")));
    awa.ask(Request::Edit { entry: post.clone(), text: "Près de l'école".into() });
    let shown = awa.show(&debate)["posts"][0].clone();
    assert_eq!((&shown["text"], &shown["edited"]), (&"Près de l'école".into(), &true.into()));
    assert_eq!(shown["name"], "Bintou", "the author edits, whoever speaks by default");

    let hide = Request::Hide { post: post.clone(), reason: "hors sujet".into() };
    assert!(awa.refused(Some("Bintou"), hide.clone()).contains("no moderator"));
    awa.ask(hide);
    assert_eq!(awa.show(&debate)["posts"][0]["hidden"], "hors sujet");
    awa.ask(Request::Unhide { post: post.clone() });
    assert_eq!(awa.show(&debate)["posts"][0]["hidden"], serde_json::Value::Null);

    awa.ask(Request::Withdraw { entry: post });
    let shown = awa.show(&debate)["posts"][0].clone();
    assert_eq!((&shown["text"], &shown["words"]), (&"".into(), &"withdrawn".into()));
    let day = 24 * 3_600;
    assert_eq!(awa.node.drop_withdrawn(WallSeconds(awa.now)).unwrap(), 0);
    assert_eq!(awa.node.drop_withdrawn(WallSeconds(awa.now + day - 60)).unwrap(), 0);
    // The first words, and those that an edit had put in their place.
    assert_eq!(awa.node.drop_withdrawn(WallSeconds(awa.now + day)).unwrap(), 2);
    assert_eq!(awa.node.drop_withdrawn(WallSeconds(awa.now + day)).unwrap(), 0);
    assert_eq!(awa.show(&debate)["posts"][0]["words"], "withdrawn");
}

#[test]
fn what_comes_after_a_closing_does_not_count() {
    let (mut awa, _) = Device::founder("Awa");
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    moussa.join(&ticket);
    let debate = awa.debate("L'eau");
    let post = id(&awa.ask(say(&debate, "Près de l'école")));
    awa.give(&mut moussa);
    moussa.ask(vote(&post, "agree"));
    moussa.give(&mut awa);
    // Moussa goes on while Awa closes, out of each other's reach.
    let close = Request::DebateClose { id: debate.clone(), outcome: Some("L'école".into()) };
    awa.ask(close.clone());
    moussa.ask(vote(&post, "disagree"));
    moussa.ask(say(&debate, "Trop tard"));
    moussa.give(&mut awa);
    awa.give(&mut moussa);
    assert_eq!(awa.digest(), moussa.digest());
    for device in [&mut awa, &mut moussa] {
        let shown = device.show(&debate);
        assert_eq!(shown["closed"], true);
        assert_eq!(shown["closing"]["outcome"], "L'école");
        assert_eq!(shown["closing"]["late_posts"], 1);
        assert_eq!(shown["posts"].as_array().unwrap().len(), 1);
        assert_eq!(shown["posts"][0]["agree"], 1);
        assert_eq!(shown["posts"][0]["disagree"], 0);
        assert!(device.refused(None, vote(&post, "pass")).contains("closed"));
        assert!(device.refused(None, say(&debate, "Encore")).contains("closed"));
    }
    assert!(awa.refused(None, close).contains("closed already"));
}

#[test]
fn decisions_are_numbered_by_office_and_co_signed() {
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let decision = |title: &str, office: &str| {
        Request::Announce(Announce {
            title: title.into(),
            decision: true,
            office: Some(office.into()),
            ..Announce::default()
        })
    };
    let first = id(&awa.ask(decision("Le puits", "mairie")));
    awa.ask(decision("Le marché", "mairie"));
    awa.ask(decision("La fête", "chefferie"));
    assert!(awa.refused(Some("Bintou"), decision("Non", "mairie")).contains("no official"));
    let alert = Announce { title: "Crue".into(), alert: true, ..Announce::default() };
    let alert = id(&awa.ask(Request::Announce(alert)));
    awa.ask_as("Bintou", Request::Cosign { id: first.clone() });
    assert!(awa.refused(None, Request::Cosign { id: first.clone() }).contains("signed already"));
    assert!(awa.refused(None, Request::Withdraw { entry: first.clone() }).contains("stands"));
    assert!(awa.refused(None, Request::Withdraw { entry: alert }).contains("alert"));

    let list = awa.ask(Request::Announcements);
    let list = list.as_array().unwrap();
    let numbers: Vec<_> =
        list.iter().filter(|one| one["kind"] == "decision").map(|one| &one["number"]).collect();
    assert_eq!(numbers, [1, 2, 1]);
    assert_eq!(list[1]["previous"], first.as_str());
    assert_eq!(list[0]["cosigned_by"], serde_json::json!(["Bintou"]));
    assert_eq!(list[3]["kind"], "alert");
}
