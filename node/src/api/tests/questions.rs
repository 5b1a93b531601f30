//! What officials are asked: receipts, responsiveness, the Saturday bundle.

use super::officials::{OFFICE, Village};
use super::*;

fn ask(text: &str) -> Request {
    Request::Ask {
        text: text.into(),
        to: None,
        office: Some(OFFICE.into()),
        debate: None,
        reply_to: None,
        attached: Vec::new(),
    }
}

fn answer(question: &str, text: &str) -> Request {
    Request::Answer { question: question.into(), text: text.into(), attached: Vec::new() }
}

#[test]
fn a_question_reaches_the_office_by_a_signed_receipt() {
    let mut village = Village::new();
    let question = id(&village.awa.ask_as("Bintou", ask("Quand vient l'eau ?")));
    let show = |device: &mut Device| device.ask(Request::QuestionShow { id: question.clone() });
    assert_eq!(show(&mut village.awa)["state"], "waiting");
    assert_eq!(show(&mut village.awa)["to_name"], OFFICE);
    village.awa.give(&mut village.maire);
    // His device has signed; hers does not know it before the receipt is carried back.
    assert_eq!(show(&mut village.maire)["state"], "reached");
    assert_eq!(show(&mut village.awa)["state"], "waiting");
    village.maire.give(&mut village.awa);
    let shown = show(&mut village.awa);
    assert_eq!(
        (&shown["state"], &shown["receipts"][0]["name"]),
        (&"reached".into(), &"Le maire".into())
    );
    assert!(shown["reached_at"].as_i64().is_some() && shown["read_at"].is_null());

    let read = Request::Read { entries: vec![question.clone()] };
    assert_eq!(village.maire.ask(read.clone())["signed"], 1);
    assert_eq!(village.maire.ask(read)["signed"], 0, "once");
    village.meet();
    assert_eq!(show(&mut village.awa)["state"], "read");
    assert_eq!(village.awa.ask(Request::Questions)[0]["state"], "read");
    village.maire.ask(answer(&question, "En mars"));
    village.meet();
    let shown = show(&mut village.awa);
    assert_eq!(
        (&shown["state"], &shown["answers"][0]["text"]),
        (&"answered".into(), &"En mars".into())
    );
    assert_eq!(village.awa.ask(Request::Questions), serde_json::json!([]));
    let answered = Request::QuestionPage {
        page: 1,
        office: Some(OFFICE.into()),
        to: None,
        state: Some("answered".into()),
    };
    assert_eq!(village.awa.ask(answered)["total"], 1);
    let nobody = Request::Ask {
        text: "?".into(),
        to: None,
        office: Some("préfecture".into()),
        debate: None,
        reply_to: None,
        attached: Vec::new(),
    };
    assert!(village.awa.refused(None, nobody).contains(OFFICE));
}

#[test]
fn receipts_are_signed_together_and_only_once() {
    let mut village = Village::new();
    for n in 0..70 {
        village.awa.ask(ask(&format!("question {n}")));
    }
    let entries = |device: &Device| device.node.store().communities().unwrap()[0].entries;
    village.awa.give(&mut village.maire);
    assert_eq!(entries(&village.maire) - entries(&village.awa), 2, "70 receipts in two entries");
    village.awa.give(&mut village.maire);
    assert_eq!(entries(&village.maire) - entries(&village.awa), 2);
    village.meet();
    let shown = village.awa.ask(Request::Responsiveness { office: None });
    assert_eq!(shown["offices"][0]["reached"], 70);
}

#[test]
fn who_is_given_an_office_later_signs_for_what_waited() {
    let mut village = Village::new();
    let question = id(&village.awa.ask(ask("Quand ?")));
    let ticket = village.awa.invite();
    let mut adjoint = Device::of("Adjoint");
    adjoint.join(&ticket);
    adjoint.give(&mut village.awa);
    village.awa.give(&mut adjoint);
    let state = |device: &mut Device| {
        device.ask(Request::QuestionShow { id: question.clone() })["state"].clone()
    };
    assert_eq!(state(&mut adjoint), "waiting");
    let office = Some(OFFICE.to_owned());
    village.awa.ask(Request::Grant { person: "Adjoint".into(), role: "official".into(), office });
    village.awa.give(&mut adjoint);
    assert_eq!(state(&mut adjoint), "reached");
}

#[test]
fn a_receipt_of_somebody_else_proves_nothing() {
    let mut village = Village::new();
    let question = id(&village.awa.ask_as("Bintou", ask("Quand ?")));
    village.awa.ask_as("Bintou", Request::Read { entries: vec![question.clone()] });
    let shown = village.awa.ask(Request::QuestionShow { id: question });
    assert_eq!(shown["state"], "waiting");
    assert_eq!(shown["receipts"][0]["name"], "Bintou");
    let all = village.awa.ask(Request::Responsiveness { office: Some(OFFICE.into()) });
    assert_eq!(all["offices"][0]["reached"], 0);
}

#[test]
fn responsiveness_is_equal_on_every_node() {
    let mut village = Village::new();
    let first = id(&village.awa.ask(ask("Un ?")));
    village.awa.now += 100;
    let second = id(&village.awa.ask(ask("Deux ?")));
    let third = id(&village.awa.ask(ask("Trois ?")));
    village.awa.give(&mut village.maire);
    village.maire.now = village.awa.now + 2 * 86_400;
    village.maire.ask(answer(&first, "Oui"));
    // Another node's clock is years off: it decides nothing.
    let ticket = village.awa.invite();
    let mut other = Device::of("Moussa");
    other.join(&ticket);
    other.now -= 300_000_000;
    village.maire.give(&mut other);
    village.awa.give(&mut other);
    village.maire.give(&mut village.awa);
    other.give(&mut village.awa);
    other.give(&mut village.maire);
    village.awa.give(&mut village.maire);
    village.awa.give(&mut other);
    let all = |device: &mut Device| device.ask(Request::Responsiveness { office: None });
    let shown = all(&mut village.awa);
    assert_eq!(shown, all(&mut village.maire));
    assert_eq!(shown, all(&mut other));
    let office = &shown["offices"][0];
    assert_eq!(
        (&office["asked"], &office["reached"], &office["answered"]),
        (&3.into(), &3.into(), &1.into())
    );
    assert_eq!(office["median_declared_days"], 2.0);
    assert_eq!(office["oldest_waiting"]["id"], second.as_str());
    village.awa.ask(Request::Withdraw { entry: second });
    let shown = all(&mut village.awa);
    assert_eq!(shown["offices"][0]["asked"], 2, "withdrawn");
    assert_eq!(shown["offices"][0]["oldest_waiting"]["id"], third.as_str());
    assert!(
        village
            .awa
            .refused(None, Request::Responsiveness { office: Some("x".into()) })
            .contains("No office")
    );
}

/// What a chosen bundle brings to a device.
fn carry(from: &mut Device, plan: &Value, to: &mut Device) -> u64 {
    let chosen = serde_json::from_value(plan["chosen"].clone()).unwrap();
    let mut file = Vec::new();
    crate::bundle::export_chosen(from.node.store(), &chosen, &mut file).unwrap();
    let mut take = |frame: &crate::bundle::Frame| {
        let section = data_encoding::BASE64.encode(frame.as_bytes());
        let taken = to.ask(Request::ImportSection { section });
        Ok(serde_json::from_value::<crate::bundle::Tally>(taken).unwrap())
    };
    let report =
        crate::bundle::import(&mut std::io::Cursor::new(file), &mut take, &mut |_| {}).unwrap();
    assert_eq!(report.tally.refused, 0, "{:?}", report.tally.reasons);
    report.tally.new
}

#[test]
fn the_saturday_bundle_carries_questions_there_and_answers_back() {
    let mut village = Village::new();
    let debate = village.awa.debate("L'eau");
    let open = id(&village.awa.ask_as("Bintou", ask("Quand vient l'eau ?")));
    let in_debate = Request::Ask {
        text: "Et la route ?".into(),
        to: Some("Le maire".into()),
        office: None,
        debate: Some(debate.clone()),
        reply_to: None,
        attached: Vec::new(),
    };
    let in_debate = id(&village.awa.ask(in_debate));
    let plan = village.awa.ask(Request::SaturdayPlan { office: OFFICE.into(), answers: false });
    assert_eq!(plan["questions"], 2);
    assert!(carry(&mut village.awa, &plan, &mut village.maire) > 0);
    let waiting = village.maire.ask(Request::Questions);
    assert_eq!(waiting.as_array().unwrap().len(), 2);
    assert_eq!(waiting[0]["state"], "reached");
    assert_eq!(village.maire.show(&debate)["title"], "L'eau");
    village.maire.ask(answer(&open, "En mars"));
    let back = village.maire.ask(Request::SaturdayPlan { office: OFFICE.into(), answers: true });
    assert_eq!((&back["answers"], &back["receipts"]), (&1.into(), &2.into()));
    carry(&mut village.maire, &back, &mut village.awa);
    let shown = |id: &str| Request::QuestionShow { id: id.to_owned() };
    assert_eq!(village.awa.ask(shown(&open))["answers"][0]["text"], "En mars");
    assert_eq!(village.awa.ask(shown(&in_debate))["state"], "reached");
    let next = village.awa.ask(Request::SaturdayPlan { office: OFFICE.into(), answers: false });
    assert_eq!(next["questions"], 1, "what is answered stays at home");
}
