//! Officials with the built command: an alert out and back, a question on a stick and its answer,
//! a translation spoken, what a session proves.

use std::process::Command;

use baro_tests::villages::carry;
use baro_tests::{Device, media, samples};

const OFFICE: &str = "mairie de Sadiola";

/// A village with Awa, and the mayor on a device of his own.
fn two() -> (Device, Device) {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Sadiola"]).unwrap();
    let maire = Device::of("Le maire").unwrap();
    maire.join(&awa).unwrap();
    carry(&maire, &awa).unwrap();
    awa.json(&["grant", "Le maire", "official", "--office", OFFICE]).unwrap();
    carry(&awa, &maire).unwrap();
    (awa, maire)
}

#[test]
fn a_question_goes_on_a_stick_and_its_answer_comes_back() {
    let (awa, maire) = two();
    let question = awa.made(&["ask", "Quand vient l'eau ?", "--office", OFFICE]).unwrap();
    let stick = awa.file("questions.baro");
    let stick = stick.to_str().unwrap();
    let packed = awa.json(&["saturday", "export", OFFICE, stick]).unwrap();
    assert_eq!(packed["questions"], 1);
    // The mayor's node runs: it takes the file in, and signs.
    let _node = maire.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    maire.json(&["saturday", "import", stick]).unwrap();
    let waiting = maire.json(&["questions"]).unwrap();
    assert_eq!(
        (&waiting[0]["id"], &waiting[0]["state"]),
        (&question.as_str().into(), &"reached".into())
    );
    maire.made(&["answer", &question, "En mars"]).unwrap();
    let back = maire.file("answers.baro");
    let back = back.to_str().unwrap();
    let packed = maire.json(&["saturday", "answers", OFFICE, back]).unwrap();
    assert_eq!((&packed["answers"], &packed["receipts"]), (&1.into(), &1.into()));
    awa.json(&["saturday", "import", back]).unwrap();
    let shown = awa.json(&["question", "show", &question]).unwrap();
    assert_eq!(
        (&shown["state"], &shown["answers"][0]["text"]),
        (&"answered".into(), &"En mars".into())
    );
    assert!(shown["reached_at"].is_number());
    let ours = awa.json(&["responsiveness"]).unwrap();
    assert_eq!(ours, maire.json(&["responsiveness"]).unwrap());
    assert_eq!(ours["offices"][0]["answered"], 1);
    let known = awa.json(&["announcements", "--page", "1"]).unwrap();
    assert_eq!(known["knowledge"]["heard"][0]["how"], "bundle");
}

#[test]
fn a_session_brings_the_receipt_back_and_is_remembered() {
    let (awa, maire) = two();
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    let question = awa.made(&["ask", "Quand ?", "--to", "Le maire"]).unwrap();
    maire.json(&["sync", &address]).unwrap();
    // The receipt is made when the question is durable there; the next contact carries it.
    maire.json(&["sync", &address]).unwrap();
    let shown = awa.json(&["question", "show", &question]).unwrap();
    assert_eq!(shown["state"], "reached");
    let peer = maire.json(&["whoami"]).unwrap()["peer_id"].clone();
    let known = awa.json(&["announcements", "--page", "1"]).unwrap();
    let heard = known["knowledge"]["heard"].as_array().unwrap();
    assert!(heard.iter().any(|one| one["from"] == peer && one["how"] == "session"), "{known}");
}

#[test]
fn alerts_go_out_and_come_back_as_cap() {
    let Some(samples) = samples().unwrap() else { return };
    let cap = samples.join("cap");
    let (awa, maire) = two();
    let alert = maire
        .made(&[
            "announce",
            "Crue du fleuve",
            "--alert",
            "--event",
            "Inondation",
            "--urgency",
            "Expected",
            "--severity",
            "Extreme",
            "--certainty",
            "Likely",
            "--area",
            "Sadiola",
            "--expires",
            "2099-01-01T00:00:00+00:00",
            "--instruction",
            "Quittez la rive",
            "--polygon",
            "13.9,-11.6 13.8,-11.6 13.8,-11.5 13.9,-11.6",
            "--category",
            "Met",
        ])
        .unwrap();
    let lint = |file: &str| {
        let said = Command::new("xmllint")
            .args(["--noout", "--schema"])
            .arg(cap.join("cap12.xsd"))
            .arg(file)
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    };
    let out = maire.file("alert.xml");
    let out = out.to_str().unwrap();
    maire.json(&["alert", "export", &alert, out]).unwrap();
    lint(out);
    for name in ["cap12-appendix-a1.xml", "cap12-appendix-a2.xml"] {
        let taken = maire.made(&["alert", "import", cap.join(name).to_str().unwrap()]).unwrap();
        maire.json(&["alert", "export", &taken, out]).unwrap();
        lint(out);
    }
    let cancel = maire.made(&["alert", "cancel", &alert, "--note", "L'eau baisse"]).unwrap();
    maire.json(&["alert", "export", &cancel, out]).unwrap();
    lint(out);
    assert!(std::fs::read_to_string(out).unwrap().contains(&format!("baro-{alert}")));
    carry(&maire, &awa).unwrap();
    let shown = awa.json(&["announcement", "show", &alert]).unwrap();
    assert_eq!(
        (&shown["standing"], &shown["superseded_by"]),
        (&"cancelled".into(), &cancel.as_str().into())
    );
    let feed = awa.file("alerts.atom");
    let feed = feed.to_str().unwrap();
    // The examples of the standard have expired, or never said so; the cancellation holds.
    let written = awa.json(&["alert", "feed", feed, "--base", "http://hub.local"]).unwrap();
    assert_eq!(written["entries"], 2);
    let read = Command::new("xmllint").args(["--noout", feed]).output().unwrap();
    assert!(read.status.success());
    let bomb = awa.file("bomb.xml");
    std::fs::write(&bomb, "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>").unwrap();
    let refused = awa.refused(&["alert", "import", bomb.to_str().unwrap()]).unwrap();
    assert!(refused.words.contains("document type"), "{}", refused.words);
}

#[test]
fn a_facilitator_speaks_an_announcement_in_another_language() {
    let (awa, maire) = two();
    let said = maire.made(&["announce", "Réunion samedi"]).unwrap();
    carry(&maire, &awa).unwrap();
    let voice = awa.file("voice.ogg");
    std::fs::write(&voice, media::opus(20_000, 1)).unwrap();
    let voice = voice.to_str().unwrap();
    awa.made(&["translate", &said, "--lang", "bm", "--voice", voice]).unwrap();
    carry(&awa, &maire).unwrap();
    let shown = maire.json(&["announcement", "show", &said]).unwrap();
    let version = &shown["translations"][0];
    assert_eq!((&version["language"], &version["name"]), (&"bm".into(), &"Awa".into()));
    assert_eq!(
        (&version["attachments"][0]["kind"], &version["attachments"][0]["state"]),
        (&"voice".into(), &"here".into())
    );
    assert_eq!(shown["signed_by"]["office"], OFFICE);
}
