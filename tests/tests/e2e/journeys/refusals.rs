//! What is refused is said in the language of who asked: on pages, by commands, in the API.

use baro_tests::Device;
use baro_tests::form::Visitor;
use baro_tests::http::ask;
use baro_tests::square::Square;
use serde_json::{Value, json};

use super::limits::refusal;
use super::opinion::village;

/// The id of a person of this device.
fn id_of(device: &Device, name: &str) -> String {
    let persons = device.json(&["person", "list"]).unwrap();
    let mut persons = persons.as_array().unwrap().iter();
    persons.find(|person| person["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_refusal_is_in_the_language_of_who_asked() {
    let awa = village(&[("Bintou", "member")]).unwrap();
    let debate = awa.made(&["debate", "open", "Le puits"]).unwrap();
    let post = awa.made(&["say", &debate, "Au bord de la route."]).unwrap();
    let bintou = id_of(&awa, "Bintou");
    let square = Square::open(awa, "127.0.0.1", &[]).unwrap();
    let link = square.device.json(&["link"]).unwrap();
    let mut her = Visitor::enter(link["link"].as_str().unwrap()).unwrap();
    her.speak_as(&bintou).unwrap();
    let before = square.device.digest().unwrap();

    let hide = |her: &mut Visitor| {
        refusal(her.send(&format!("/posts/{post}/hide"), &[("reason", "sans preuve")]))
    };
    let french = hide(&mut her);
    assert!(french.contains("422") && french.contains("Bintou n’a pas ici ce rôle"), "{french}");
    assert!(french.contains("modérateur. Demandez-le"), "{french}");
    assert!(!french.contains("baro grant"), "a page names no commands: {french}");
    let empty = refusal(her.send(&format!("/debates/{debate}/say"), &[("text", " ")]));
    assert!(empty.contains("rien à dire"), "{empty}");
    her.get("/language/ar").unwrap();
    let arabic = hide(&mut her);
    assert!(arabic.contains("ليس لـ") && arabic.contains("مشرف"), "{arabic}");
    her.get("/language/en").unwrap();
    let english = hide(&mut her);
    assert!(english.contains("Bintou is no moderator here"), "{english}");

    // The running node tells commands, with what to type.
    let hide = ["--as", "Bintou", "hide", &post, "--reason", "sans preuve"];
    let words = square.device.refused(&[&["--lang", "fr"][..], &hide].concat()).unwrap().words;
    assert!(words.contains("n’a pas ici ce rôle") && words.contains("(baro grant)"), "{words}");
    let words = square.device.refused(&hide).unwrap().words;
    assert!(words.contains("Bintou is no moderator here"), "{words}");
    // A folder without a node does the same.
    let words = Device::new().unwrap().refused(&["--lang", "fr", "whoami"]).unwrap().words;
    assert!(words.contains("n’a encore personne"), "{words}");

    let token = std::fs::read_to_string(square.device.data().join("http.token")).unwrap();
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    for (lang, words) in [(Some("fr"), "n’a pas ici ce rôle"), (None, "is no moderator here")] {
        let request = json!({ "command": "hide", "post": post, "reason": "sans preuve" });
        let asked = json!({ "context": { "as": "Bintou", "lang": lang }, "request": request });
        let answer =
            ask(&square.home, "POST", "/api/v1/do", &headers, asked.to_string().as_bytes())
                .unwrap();
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &said["reason"]), (422, &json!("no_role")), "{said}");
        assert!(said["error"].as_str().unwrap().contains(words), "{said}");
    }
    assert_eq!(square.device.digest().unwrap(), before, "nothing was changed");
}

#[test]
fn a_moderator_hides_a_translation_and_shows_it_again_through_pages() {
    let awa =
        village(&[("Le maire", "official"), ("Fanta", "facilitator"), ("Modibo", "moderator")])
            .unwrap();
    let news = awa.made(&["--as", "Le maire", "announce", "Réunion", "--body", "Samedi."]).unwrap();
    let (fanta, modibo) = (id_of(&awa, "Fanta"), id_of(&awa, "Modibo"));
    let square = Square::open(awa, "127.0.0.1", &[]).unwrap();
    let (mut fanta, mut modibo) = (come(&square, &fanta), come(&square, &modibo));
    let path = format!("/news/{news}");
    let words = [("lang", "bm"), ("title", "Ɲɔgɔnye"), ("text", "Sibiri don.")];
    fanta.send(&format!("/translate/{news}"), &words).unwrap();
    let shown = fanta.get(&path).unwrap().text();
    assert!(shown.contains("Sibiri don.") && !shown.contains("/hide\""), "{shown}");

    let page = modibo.get(&path).unwrap().text();
    let (before, _) = page.split_once("/hide\"").expect("he may hide it");
    let hide = format!("/posts/{}/hide", before.rsplit('/').next().unwrap());
    let reply = modibo.send(&hide, &[("path", &path), ("reason", "mot injurieux")]).unwrap();
    assert_eq!(reply.location, format!("{path}?done=hidden"));
    let page = fanta.get(&path).unwrap().text();
    assert!(page.contains("mot injurieux") && !page.contains("Sibiri don."), "{page}");
    assert!(page.contains("Samedi."), "the announcement itself stays");
    assert!(page.contains("/appeal\""), "she may ask that somebody else looks again");
    // Only a moderator may.
    let said = refusal(fanta.send(&hide, &[("path", &path)]));
    assert!(said.contains("pas ici ce rôle"), "{said}");

    modibo.get(&path).unwrap();
    modibo.send(&hide, &[("path", &path)]).unwrap();
    let page = fanta.get(&path).unwrap().text();
    assert!(page.contains("Sibiri don.") && !page.contains("mot injurieux"), "{page}");
    let history = fanta.get("/moderation").unwrap().text();
    for words in ["Fanta", "bm", "mot injurieux", "Modibo", "Montré de nouveau"] {
        assert!(history.contains(words), "no {words} in {history}");
    }
}

/// Pages of `square` as this person.
fn come(square: &Square, person: &str) -> Visitor {
    let link = square.device.json(&["link"]).unwrap();
    let mut visitor = Visitor::enter(link["link"].as_str().unwrap()).unwrap();
    visitor.speak_as(person).unwrap();
    visitor
}

#[test]
fn a_question_is_signed_for_its_answer_hidden_and_a_debate_closed_through_pages() {
    let roles = [("Le maire", "official"), ("Fanta", "facilitator"), ("Modibo", "moderator")];
    let awa = village(&roles).unwrap();
    let (maire, fanta, modibo) =
        (id_of(&awa, "Le maire"), id_of(&awa, "Fanta"), id_of(&awa, "Modibo"));
    let debate = awa.made(&["debate", "open", "Le puits"]).unwrap();
    let question = awa.made(&["ask", "Qui paie la pompe ?", "--office", "Mairie"]).unwrap();
    let square = Square::open(awa, "127.0.0.1", &[]).unwrap();
    let (mut maire, mut fanta, mut modibo) =
        (come(&square, &maire), come(&square, &fanta), come(&square, &modibo));

    // The mayor signs that it was read, and answers.
    let read = format!("/questions/{question}/read");
    assert!(!fanta.get("/questions").unwrap().text().contains(&read), "who holds no office");
    assert!(maire.get("/questions").unwrap().text().contains(&read));
    maire.send(&read, &[]).unwrap();
    let page = fanta.get("/questions").unwrap().text();
    assert!(page.contains("lue") && !maire.get("/questions").unwrap().text().contains(&read));
    maire.send(&format!("/questions/{question}/answer"), &[("text", "Un voleur.")]).unwrap();

    // A moderator hides the answer, with a reason that all read.
    let answered = "/questions?order=answered";
    let page = modibo.get(answered).unwrap().text();
    let forms: Vec<&str> = page.match_indices("/hide\"").map(|(at, _)| &page[..at]).collect();
    assert_eq!(forms.len(), 2, "of the answer and of the question: {page}");
    let hide = format!("/posts/{}/hide", forms[0].rsplit('/').next().unwrap());
    let reply = modibo.send(&hide, &[("path", "/questions"), ("reason", "injure")]).unwrap();
    assert_eq!(reply.location, "/questions?done=hidden");
    let page = fanta.get(answered).unwrap().text();
    assert!(page.contains("injure") && !page.contains("Un voleur."), "{page}");
    assert!(!page.contains("/hide\"") && page.contains("/appeal\""), "she may only object");

    // A facilitator closes what Awa opened, but declares no window for it.
    let (path, close) = (format!("/debates/{debate}"), format!("/debates/{debate}/close"));
    assert!(!maire.get(&path).unwrap().text().contains(&close), "who does not run it");
    let page = fanta.get(&path).unwrap().text();
    assert!(page.contains(&close) && !page.contains(&format!("{path}/window")), "{page}");
    let reply = fanta.send(&close, &[("outcome", "Au nord.")]).unwrap();
    assert_eq!(reply.location, format!("{path}?done=closed"));
    assert!(maire.get(&path).unwrap().text().contains("Au nord."));
}
