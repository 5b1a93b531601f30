//! Opinion groups, paper ballots, proposals and moderation.

use std::fmt::Write as _;

use serde_json::Value;

use super::civic::{post, said};
use super::{field, is, items};

pub(super) fn next(answer: &Value) -> String {
    let mut text = format!(
        "{} voted on {} of {} posts; {} are left.\n",
        field(answer, "name"),
        field(answer, "voted"),
        field(answer, "posts_total"),
        field(answer, "remaining")
    );
    items(answer, "posts").for_each(|one| text.push_str(&post(one)));
    text
}

/// A share as a whole percentage.
fn percent(value: &Value, name: &str) -> String {
    let share = value.get(name).and_then(Value::as_f64).unwrap_or_default();
    format!("{:.0} %", share * 100.0)
}

pub(super) fn groups(answer: &Value) -> String {
    let mut text = format!(
        "{} voters, {} votes on {} posts; {} voted on enough of them to be placed.\n",
        field(answer, "voters"),
        field(answer, "votes"),
        field(answer, "statements"),
        field(answer, "placed")
    );
    for group in items(answer, "groups") {
        let _ =
            writeln!(text, "\nGroup {}: {} voters", field(group, "group"), field(group, "voters"));
        for one in items(group, "representative") {
            let verb = if is(one, "agrees") { "agree" } else { "disagree" };
            let _ = writeln!(text, "    {} {verb}: {}", percent(one, "share"), said(one));
        }
    }
    for (name, heading) in
        [("agree_together", "All groups agree"), ("disagree_together", "All groups disagree")]
    {
        if items(answer, name).next().is_some() {
            let _ = writeln!(text, "\n{heading}");
        }
        for one in items(answer, name) {
            let _ = writeln!(text, "    {}", said(one));
        }
    }
    text
}

pub(super) fn ballots(answer: &Value) -> String {
    let mut text = format!(
        "{} paper ballots count, {} tokens wait to be settled.\n",
        field(answer, "counted"),
        field(answer, "conflicts")
    );
    for token in items(answer, "tokens") {
        let badge =
            if is(token, "conflict") { ": used more than once, counts nowhere" } else { "" };
        let _ = writeln!(text, "\n{}{badge}", field(token, "token"));
        for ballot in items(token, "ballots") {
            let _ = writeln!(
                text,
                "    {}: {} votes, entered by {}    {}",
                field(ballot, "state"),
                items(ballot, "votes").count(),
                field(ballot, "name"),
                field(ballot, "id")
            );
        }
        if let Some(settled) = token.get("settled").filter(|settled| !settled.is_null()) {
            let holds = if is(settled, "holds") { "" } else { " (another ballot came since)" };
            let _ = writeln!(
                text,
                "    settled by {}{holds}: {}",
                field(settled, "name"),
                field(settled, "reason")
            );
        }
    }
    text
}

/// What an office says of a proposal.
fn status(one: &Value) -> String {
    let reason = field(one, "reason");
    let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
    format!("{} ({}){reason}", field(one, "status"), field(one, "office"))
}

pub(super) fn proposals(answer: &Value) -> String {
    let mut text = String::new();
    for one in items(answer, "proposals") {
        let _ = write!(text, "{}", proposal(one));
        text.push('\n');
    }
    if text.is_empty() {
        "No proposal yet: baro say DEBATE TEXT --kind proposal\n".to_owned()
    } else {
        text
    }
}

pub(super) fn proposal(one: &Value) -> String {
    let mut text = format!(
        "{}: {}\n    agree {}  disagree {}  pass {}  signatures {}    {}\n",
        field(one, "name"),
        said(one),
        field(one, "agree"),
        field(one, "disagree"),
        field(one, "pass"),
        field(one, "signatures"),
        field(one, "id")
    );
    let wording = field(one, "text_id");
    if !wording.is_empty() {
        let _ = writeln!(text, "    wording: baro text show {wording}");
    }
    let history =
        if items(one, "history").next().is_some() { "history" } else { "status_by_office" };
    for said in items(one, history) {
        let _ = writeln!(text, "    {}", status(said));
    }
    let signers: Vec<String> = items(one, "signed_by").map(|one| field(one, "name")).collect();
    if !signers.is_empty() {
        let _ = writeln!(text, "    signed by {}", signers.join(", "));
    }
    text
}

pub(super) fn moderated(answer: &Value) -> String {
    let mut text = String::new();
    items(answer, "").for_each(|post| text.push_str(&history(post)));
    if text.is_empty() { "Nothing was hidden here.\n".to_owned() } else { text }
}

pub(super) fn history(answer: &Value) -> String {
    let now = if field(answer, "hidden").is_empty() { "shown" } else { "hidden" };
    let mut text = format!("{}, by {}: {now}\n", field(answer, "id"), field(answer, "name"));
    for act in items(answer, "history") {
        let why = match field(act, "what").as_str() {
            "appeal" => said(act),
            _ => field(act, "reason"),
        };
        let why = if why.is_empty() { why } else { format!(": {why}") };
        let _ = writeln!(
            text,
            "    {} by {}{why}    {}",
            field(act, "what"),
            field(act, "name"),
            field(act, "id")
        );
        for answer in items(act, "answers") {
            let own = if is(answer, "by_another") { "" } else { " (who hid it: does not count)" };
            let _ = writeln!(
                text,
                "        {} by {}{own}: {}",
                field(answer, "what"),
                field(answer, "name"),
                field(answer, "reason")
            );
        }
    }
    text
}

pub(super) fn blocked(answer: &Value) -> String {
    let mut text = String::new();
    for one in items(answer, "") {
        let _ = writeln!(text, "{}", field(one, "name"));
    }
    if text.is_empty() { "Nobody is blocked.\n".to_owned() } else { text }
}
