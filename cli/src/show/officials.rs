//! Announcements, alerts, decisions, questions and how offices answer.

use serde_json::Value;
use std::fmt::Write as _;

use super::civic::said;
use super::{field, is, items, words};
use crate::blob::attached;

/// Days and hours of so many seconds, in words.
fn span(seconds: &Value) -> String {
    let seconds = seconds.as_i64().unwrap_or(0);
    match (seconds / 86_400, seconds / 3_600, seconds / 60) {
        (0, 0, minutes) => format!("{minutes} minutes"),
        (0, hours, _) => format!("{hours} hours"),
        (days, _, _) => format!("{days} days"),
    }
}

/// How old what is known here is, as its own line.
fn knowledge(answer: &Value) -> String {
    let Some(known) = answer.get("knowledge") else { return String::new() };
    match known.get("seconds").filter(|seconds| !seconds.is_null()) {
        Some(seconds) => format!("This node last heard from another {} ago.\n", span(seconds)),
        None => "This node has not heard from any other about this community.\n".to_owned(),
    }
}

/// Which page of how many, as its own line.
fn pages(answer: &Value) -> String {
    let total = field(answer, "total");
    format!("Page {} of {}, {total} in all.\n", field(answer, "page"), field(answer, "pages"))
}

/// Translations, side by side with who made them.
fn translations(one: &Value) -> String {
    let mut text = String::new();
    for version in items(one, "translations") {
        let title = field(version, "title");
        let title = if title.is_empty() { title } else { format!("{title}: ") };
        let _ = writeln!(
            text,
            "    [{}, by {}] {title}{}",
            field(version, "language"),
            field(version, "name"),
            said(version)
        );
        text.push_str(&attached(version, "      "));
    }
    text
}

fn announcement(one: &Value) -> String {
    let kind = match field(one, "kind").as_str() {
        "alert" => "ALERT: ".to_owned(),
        "decision" => format!("{}, decision {}: ", field(one, "office"), field(one, "number")),
        _ => String::new(),
    };
    let title = match field(one, "words").as_str() {
        "here" => field(one, "title"),
        _ => said(one),
    };
    let badge = match field(one, "standing").as_str() {
        "current" | "" => String::new(),
        standing => format!(" ({standing})"),
    };
    let mut text = format!("{kind}{title}{badge}\n    by {}\n", field(one, "name"));
    let body = field(one, "text");
    if !body.is_empty() {
        let _ = writeln!(text, "    {body}");
    }
    if let Some(instruction) = one.get("cap").map(|cap| field(cap, "instruction"))
        && !instruction.is_empty()
    {
        let _ = writeln!(text, "    What to do: {instruction}");
    }
    text.push_str(&attached(one, "    "));
    text.push_str(&translations(one));
    let signers = words(one, "cosigned_by");
    if !signers.is_empty() {
        let _ = writeln!(text, "    co-signed by {signers}");
    }
    if is(one, "number_doubled") {
        text.push_str("    warning: this number was given twice\n");
    }
    if is(one, "previous_missing") {
        text.push_str("    warning: the decision before it has not arrived\n");
    }
    let _ = writeln!(text, "    {}", field(one, "id"));
    text
}

pub(super) fn announcements(answer: &Value) -> String {
    let text: String = items(answer, "").map(announcement).collect();
    if text.is_empty() { "Nothing was announced yet.\n".to_owned() } else { text }
}

pub(super) fn announcement_page(answer: &Value) -> String {
    let text: String = items(answer, "items").map(announcement).collect();
    format!("{text}{}{}", pages(answer), knowledge(answer))
}

pub(super) fn announcement_show(answer: &Value) -> String {
    let mut text = announcement(answer);
    if let Some(signed) = answer.get("signed_by") {
        let _ = writeln!(text, "    signed by {}", field(signed, "words"));
    }
    for old in items(answer, "replaces") {
        let _ =
            writeln!(text, "    takes the place of {} ({})", field(old, "title"), field(old, "id"));
    }
    if let Some(by) = answer.get("replaced_by").filter(|by| !by.is_null()) {
        let _ = writeln!(text, "    replaced by {} ({})", field(by, "title"), field(by, "id"));
    }
    text.push_str(&receipts(answer));
    text + &knowledge(answer)
}

fn receipts(one: &Value) -> String {
    let mut text = String::new();
    for receipt in items(one, "receipts") {
        let state = field(receipt, "state");
        let verb = if state == "read" { "read by" } else { "reached" };
        let _ = writeln!(text, "    {verb} {} (signed receipt)", field(receipt, "name"));
    }
    text
}

pub(super) fn register(answer: &Value) -> String {
    let mut text = String::new();
    for office in items(answer, "offices") {
        let holders: Vec<_> = items(office, "holders").map(|one| field(one, "name")).collect();
        let holders = if holders.is_empty() { "nobody now".into() } else { holders.join(", ") };
        let _ = writeln!(text, "{} (held by {holders})", field(office, "office"));
        for number in items(office, "numbers") {
            let doubled = if is(number, "doubled") { " given twice:" } else { "" };
            for one in items(number, "decisions") {
                let _ = writeln!(
                    text,
                    "    {}.{doubled} {}{}    {}",
                    field(number, "number"),
                    field(one, "title"),
                    if is(one, "backdated") {
                        " (said to be older than the one before)"
                    } else {
                        ""
                    },
                    field(one, "id")
                );
            }
        }
        for gap in items(office, "gaps") {
            let (from, to) = (field(gap, "from"), field(gap, "to"));
            let range = if from == to { from } else { format!("{from} to {to}") };
            let _ = writeln!(text, "    {range}: not here. It may be on its way");
        }
    }
    if text.is_empty() {
        text.push_str("There is no office yet.\n");
    }
    text + &knowledge(answer)
}

fn question(one: &Value) -> String {
    let to = field(one, "to_name");
    let to = if to.is_empty() { to } else { format!(" to {to}") };
    let waits = one.get("waits_seconds").filter(|waits| !waits.is_null());
    let state = match (field(one, "state").as_str(), waits) {
        ("answered", _) => "answered".to_owned(),
        ("read", Some(waits)) => format!("read; reached {} ago", span(waits)),
        ("reached", Some(waits)) => format!("reached {} ago", span(waits)),
        _ => "not known to have arrived".to_owned(),
    };
    let mut text = format!("{}{to}: {}\n    {state}\n", field(one, "name"), said(one));
    text.push_str(&attached(one, "    "));
    text.push_str(&translations(one));
    for answer in items(one, "answers") {
        let _ = writeln!(text, "    → {}: {}", field(answer, "name"), said(answer));
        text.push_str(&attached(answer, "      "));
    }
    let _ = writeln!(text, "    {}", field(one, "id"));
    text
}

pub(super) fn questions(answer: &Value) -> String {
    let text: String = items(answer, "").map(question).collect();
    if text.is_empty() { "No question waits.\n".to_owned() } else { text }
}

pub(super) fn question_page(answer: &Value) -> String {
    let text: String = items(answer, "items").map(question).collect();
    format!("{text}{}{}", pages(answer), knowledge(answer))
}

pub(super) fn question_show(answer: &Value) -> String {
    question(answer) + &receipts(answer)
}

pub(super) fn responsiveness(answer: &Value) -> String {
    let mut text = String::new();
    for office in items(answer, "offices") {
        let days = match field(office, "median_declared_days") {
            days if days.is_empty() => String::new(),
            days => format!(", half of them within {days} days (as declared)"),
        };
        let _ = writeln!(
            text,
            "{}: {} asked, {} provably reached it, {} answered{days}, {} wait",
            field(office, "office"),
            field(office, "asked"),
            field(office, "reached"),
            field(office, "answered"),
            field(office, "waiting")
        );
    }
    if text.is_empty() { "There is no office yet.\n".to_owned() } else { text }
}

pub(super) fn saturday(answer: &Value) -> String {
    format!(
        "{}: {} questions, {} answers, {} receipts; {} items, {} bytes.\n",
        field(answer, "file"),
        field(answer, "questions"),
        field(answer, "answers"),
        field(answer, "receipts"),
        field(answer, "items"),
        field(answer, "bytes")
    )
}
