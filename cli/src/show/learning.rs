//! Courses as text.

use std::fmt::Write as _;

use serde_json::Value;

use super::{field, items};
use crate::blob::{attached, human};

/// What an import did.
pub(super) fn imported(answer: &Value) -> String {
    let count = |what: &str, how: &str| field(answer.get(what).unwrap_or(&Value::Null), how);
    let done = |what: &str| {
        format!(
            "{} new, {} changed, {} as before",
            count(what, "added"),
            count(what, "changed"),
            count(what, "same")
        )
    };
    format!(
        "Lessons: {}. Quizzes: {}.\nid: {}\n",
        done("lessons"),
        done("quizzes"),
        field(answer, "id")
    )
}

/// How much is here, in words.
fn here(answer: &Value) -> String {
    match field(answer, "coming").as_str() {
        "0" => "all of it is here".to_owned(),
        coming => format!("{} parts here, {coming} on their way", field(answer, "here")),
    }
}

pub(super) fn courses(answer: &Value) -> String {
    let mut text = String::new();
    for course in items(answer, "") {
        let title = match field(course, "words").as_str() {
            "here" => field(course, "title"),
            "withdrawn" => "(taken back)".to_owned(),
            _ => "(its outline is on its way)".to_owned(),
        };
        let _ = writeln!(
            text,
            "{title}\n    by {}: {} lessons, {} quizzes; {}\n    {}",
            field(course, "name"),
            field(course, "lessons"),
            field(course, "quizzes"),
            here(course),
            field(course, "id")
        );
    }
    if text.is_empty() { "No course yet: baro course import FOLDER\n".to_owned() } else { text }
}

pub(super) fn course(answer: &Value) -> String {
    match field(answer, "words").as_str() {
        "withdrawn" => return "This course was taken back by its author.\n".to_owned(),
        "missing" => return "The outline of this course is on its way.\n".to_owned(),
        _ => {}
    }
    let mut text = format!("{}\n", field(answer, "title"));
    let description = field(answer, "description");
    if !description.is_empty() {
        let _ = writeln!(text, "{description}");
    }
    let _ = writeln!(text, "by {}; {}", field(answer, "name"), here(answer));
    let media = field(answer, "media_coming");
    if media != "0" {
        let bytes = answer.get("media_bytes_coming").and_then(Value::as_u64).unwrap_or(0);
        let _ = writeln!(text, "{media} files are on their way, {}", human(bytes));
    }
    for module in items(answer, "modules") {
        let title = field(module, "title");
        let _ = writeln!(text, "\n{title}");
        for item in items(module, "items") {
            let size = match item.get("questions").is_some() {
                true => format!("{} questions", items(item, "questions").count()),
                false => format!("{} characters", field(item, "characters")),
            };
            let state = match field(item, "state").as_str() {
                "here" => size,
                "withdrawn" => "taken back".to_owned(),
                _ => "on its way".to_owned(),
            };
            let _ = writeln!(
                text,
                "  {} {} ({state})\n      {}",
                field(item, "kind"),
                field(item, "title"),
                field(item, "id")
            );
            text.push_str(&attached(item, "      "));
        }
    }
    text
}
