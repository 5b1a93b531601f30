//! Private messages and groups.

use std::fmt::Write as _;

use serde_json::Value;

use super::{field, is, items};

fn message(one: &Value) -> String {
    let mine = is(one, "mine");
    let who = match (mine, field(one, "group_name")) {
        (true, group) if !group.is_empty() => format!("to {group}"),
        (true, _) => format!("to {}", field(one, "to_name")),
        (false, group) if !group.is_empty() => format!("{} in {group}", field(one, "by_name")),
        (false, _) => field(one, "by_name"),
    };
    let recipients = one.get("recipients").and_then(Value::as_u64).unwrap_or(0);
    let of = |name: &str| format!("{} of {recipients}", items(one, name).count());
    let state = match field(one, "state").as_str() {
        _ if mine && recipients > 1 => {
            format!("{}; reached {}, read by {}", field(one, "state"), of("delivered"), of("read"))
        }
        "written" => "written, on this device only as far as is known".to_owned(),
        "carried" => "carried: another device holds it".to_owned(),
        "delivered" => "delivered, by signed receipt".to_owned(),
        "read" => "read, by signed receipt".to_owned(),
        state => state.to_owned(),
    };
    let mut text = format!("{who}  [{state}]\n");
    let words = field(one, "text");
    if !words.is_empty() {
        let _ = writeln!(text, "    {words}");
    }
    if !field(one, "voice").is_empty() {
        let _ = writeln!(text, "    (recording; baro message show ID --voice FILE)");
    }
    if !mine && !is(one, "by_member") {
        let _ = writeln!(text, "    (not known as a member here)");
    }
    let _ = writeln!(text, "    {}", field(one, "id"));
    text
}

pub(super) fn messages(answer: &Value) -> String {
    let text: String = items(answer, "messages").map(message).collect();
    if text.is_empty() { "No messages yet.\n".to_owned() } else { text }
}

pub(super) fn shown(answer: &Value) -> String {
    let mut text = message(answer);
    for (name, verb) in [("delivered", "reached"), ("read", "read by")] {
        for receipt in items(answer, name) {
            let _ = writeln!(text, "    {verb} {} (signed receipt)", field(receipt, "name"));
        }
    }
    text
}

pub(super) fn sent(answer: &Value) -> String {
    format!(
        "Sealed. It goes with the next contact, whoever carries it.\nid: {}\n",
        field(answer, "id")
    )
}

fn group(one: &Value) -> String {
    let owner = one.get("owner").map(|owner| field(owner, "name")).unwrap_or_default();
    let members: Vec<_> = items(one, "members").map(|one| field(one, "name")).collect();
    format!(
        "{}  (begun by {owner}, key {})\n    {}\n    {}\n",
        field(one, "name"),
        field(one, "epoch"),
        members.join(", "),
        field(one, "id")
    )
}

pub(super) fn groups(answer: &Value) -> String {
    let text: String = items(answer, "").map(group).collect();
    if text.is_empty() { "You are in no group.\n".to_owned() } else { text }
}

pub(super) fn group_shown(answer: &Value) -> String {
    group(answer)
}
