//! Debates and texts.

use serde_json::Value;
use std::fmt::Write as _;

use super::{field, is, items};
use crate::blob::attached;

/// The words of a post, or what stands in their place.
pub(super) fn said(post: &Value) -> String {
    let hidden = field(post, "hidden");
    if !hidden.is_empty() {
        return format!("[hidden by a moderator: {hidden}]");
    }
    if is(post, "blocked") {
        return "[you block who said this]".to_owned();
    }
    match field(post, "words").as_str() {
        "withdrawn" => "[withdrawn]".to_owned(),
        "missing" => "[the words have not arrived yet]".to_owned(),
        _ if is(post, "edited") => format!("{} (edited)", field(post, "text")),
        _ => field(post, "text"),
    }
}

pub(super) fn debates(answer: &Value) -> String {
    let mut text = String::new();
    for debate in items(answer, "") {
        let closed = match field(debate, "state").as_str() {
            "open" => String::new(),
            state => format!(", {state}"),
        };
        let title = match field(debate, "words").as_str() {
            "here" => field(debate, "title"),
            _ => said(debate),
        };
        let _ = writeln!(
            text,
            "{title}\n    {} posts{closed}, opened by {}\n    {}",
            field(debate, "posts"),
            field(debate, "name"),
            field(debate, "id")
        );
    }
    if text.is_empty() { "No debate yet: baro debate open TITLE\n".to_owned() } else { text }
}

pub(super) fn debate(answer: &Value) -> String {
    let mut text = match field(answer, "words").as_str() {
        "here" => format!("{}\n", field(answer, "title")),
        _ => format!("{}\n", said(answer)),
    };
    let body = field(answer, "text");
    if !body.is_empty() {
        let _ = writeln!(text, "{body}");
    }
    text.push_str(&attached(answer, ""));
    let _ = writeln!(
        text,
        "opened by {}, {} took part",
        field(answer, "name"),
        field(answer, "participants")
    );
    if let Some(closing) = answer.get("closing").filter(|closing| !closing.is_null()) {
        let outcome = field(closing, "outcome");
        let _ = writeln!(text, "closed by {}. {outcome}", field(closing, "name"));
        let _ = writeln!(
            text,
            "it counted {} posts and {} votes; later came {} posts and {} votes",
            field(closing, "posts"),
            field(closing, "votes"),
            field(closing, "late_posts"),
            field(closing, "late_votes")
        );
    }
    let state = field(answer, "state");
    if !matches!(state.as_str(), "" | "open" | "closed") {
        let _ = writeln!(text, "{state}");
    }
    if answer.get("ballot_conflicts").and_then(Value::as_u64) > Some(0) {
        let _ = writeln!(
            text,
            "{} tokens of paper ballots were used twice and count nowhere: baro ballot list",
            field(answer, "ballot_conflicts")
        );
    }
    items(answer, "posts").for_each(|one| text.push_str(&post(one)));
    text
}

/// A post with its votes and answers.
pub(super) fn post(post: &Value) -> String {
    let mut text = String::new();
    let kind = match field(post, "kind").as_str() {
        "statement" => String::new(),
        kind => format!(" ({kind})"),
    };
    let to = field(post, "to_name");
    let to = if to.is_empty() { to } else { format!(" to {to}") };
    let _ = writeln!(
        text,
        "\n{}{kind}{to}: {}\n    agree {}  disagree {}  pass {}    {}",
        field(post, "name"),
        said(post),
        field(post, "agree"),
        field(post, "disagree"),
        field(post, "pass"),
        field(post, "id")
    );
    let reply_to = field(post, "reply_to");
    if !reply_to.is_empty() {
        let _ = writeln!(text, "    replies to {reply_to}");
    }
    text.push_str(&attached(post, "    "));
    for answer in items(post, "answers") {
        let _ = writeln!(text, "    → {}: {}", field(answer, "name"), said(answer));
        text.push_str(&attached(answer, "      "));
    }
    text
}

pub(super) fn texts(answer: &Value) -> String {
    let line = |text: &Value| {
        format!(
            "{}\n    {} changes, begun by {}\n    {}\n",
            field(text, "title"),
            field(text, "changes"),
            field(text, "name"),
            field(text, "id")
        )
    };
    let text: String = items(answer, "").map(line).collect();
    if text.is_empty() { "No text yet: baro text new TITLE\n".to_owned() } else { text }
}

pub(super) fn text(answer: &Value) -> String {
    // Without the history, only the words: so they can go into a file and come back edited.
    if answer.get("history").is_none() {
        return field(answer, "text");
    }
    let authors: Vec<_> = items(answer, "authors").map(|one| field(one, "name")).collect();
    let mut text = format!(
        "{}\nwritten by {}\n\n{}\n",
        field(answer, "title"),
        authors.join(", "),
        field(answer, "text")
    );
    for change in items(answer, "history") {
        let by = change.get("by").map(|by| field(by, "name")).unwrap_or_default();
        let carried = if is(change, "carried") { ", struck out but built upon" } else { "" };
        let _ = writeln!(
            text,
            "{by} changed {} characters{carried}\n    {}",
            field(change, "characters"),
            field(change, "change")
        );
    }
    text
}
