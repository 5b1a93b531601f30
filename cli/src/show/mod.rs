//! Answers as text for people.

mod civic;
mod deliberation;
mod learning;
mod messages;
mod officials;
mod people;

use serde_json::Value;

/// The text of a command's answer.
pub(crate) fn text(command: &str, answer: &Value) -> String {
    match command {
        "init" | "whoami" => people::whoami(answer),
        "lock set" | "lock show" => crate::lock::text(answer),
        "lock panic" => String::new(),
        "backup" => format!("written to {}\n", field(answer, "file")),
        "backup shares" => crate::backup::shares_text(answer, people::qr),
        "restore" => people::whoami(answer),
        "wipe" => "everything of Baro on this device was destroyed\n".to_owned(),
        "person add" => {
            format!("{} now lives on this device and is a member.\n", field(answer, "name"))
        }
        "person list" => people::persons(answer),
        "person pin" => match answer.get("pin") {
            Some(Value::Bool(true)) => format!(
                "What is {}'s own opens by this PIN from now on. Nobody can replace it if it is forgotten.\n",
                field(answer, "name")
            ),
            _ => format!("{} has no PIN any more.\n", field(answer, "name")),
        },
        "person rename" => format!("From now on: {}\n", field(answer, "name")),
        "community create" => format!(
            "{} begins{}.\nid: {}\nInvite others with: baro invite\n",
            field(answer, "name"),
            if is(answer, "members_only") { ", for members only" } else { "" },
            field(answer, "id")
        ),
        "community list" => people::communities(answer),
        "community show" => people::community(answer),
        "community renew" => format!(
            "The members of {} go on under key number {}.\n",
            field(answer, "name"),
            field(answer, "epoch")
        ),
        "community leave" => format!("{} is forgotten on this device.\n", field(answer, "name")),
        "invite" => people::invite(answer),
        "address" => people::address(answer),
        "join" => format!(
            "{} is now a member of {}. What is said there comes with the next sync.\n\
             Statements and votes are public in the community, under this name.\n",
            field(answer, "person"),
            field(answer, "name")
        ),
        "grant" => format!("{} is now {}.\n", field(answer, "name"), field(answer, "role")),
        "revoke" => people::revoked(answer),
        "act proposed" => crate::act::proposed(answer, people::qr),
        "act signed" => crate::act::signed(answer, people::qr),
        "community key" => people::founder_key(answer),
        "accept list" => people::waiting(answer),
        "members" => people::members(answer),
        "members history" => people::deeds(answer),
        "announcements" => officials::announcements(answer),
        "announcement page" => officials::announcement_page(answer),
        "announcement show" => officials::announcement_show(answer),
        "register" => officials::register(answer),
        "question page" => officials::question_page(answer),
        "question show" => officials::question_show(answer),
        "responsiveness" => officials::responsiveness(answer),
        "saturday" => officials::saturday(answer),
        "alert file" => {
            format!("{}: {} bytes.\n", field(answer, "file"), field(answer, "bytes"))
        }
        "read" => format!("Signed for {} entries.\n", field(answer, "signed")),
        "debate list" => civic::debates(answer),
        "debate show" => civic::debate(answer),
        "debate close" => "The debate is closed. What comes later does not count.\n".to_owned(),
        "debate next" => deliberation::next(answer),
        "debate groups" => deliberation::groups(answer),
        "ballot enter" if is(answer, "conflict") => format!(
            "Entered, but this token was used before: it counts nowhere until it is settled (baro \
             ballot settle).\nid: {}\n",
            field(answer, "id")
        ),
        "ballot list" => deliberation::ballots(answer),
        "proposal list" => deliberation::proposals(answer),
        "proposal show" => deliberation::proposal(answer),
        "proposal wording" => format!(
            "Its wording is written together from now on: baro text edit {0} FILE\ntext: {0}\n",
            field(answer, "text_id")
        ),
        "proposal sign" => format!("Signatures: {}.\n", field(answer, "signatures")),
        "moderation list" => deliberation::moderated(answer),
        "moderation show" => deliberation::history(answer),
        "block" if is(answer, "blocked") => {
            format!("What {} says is not shown to you here.\n", field(answer, "name"))
        }
        "block" => format!("What {} says is shown to you again.\n", field(answer, "name")),
        "blocked" => deliberation::blocked(answer),
        "import polis" => format!(
            "{}: {} participants, {} comments and {} votes; {} votes were left out.\nid: {}\n",
            field(answer, "title"),
            field(answer, "participants"),
            field(answer, "comments"),
            field(answer, "votes"),
            field(answer, "votes_left_out"),
            field(answer, "id")
        ),
        "message list" => messages::messages(answer),
        "message show" => messages::shown(answer),
        "message send" | "group send" => messages::sent(answer),
        "message delete" => "Removed from this device.\n".to_owned(),
        "message new-key" => {
            format!("What is written to you from now on needs this key: {}\n", field(answer, "key"))
        }
        "group list" => messages::groups(answer),
        "group show" => messages::group_shown(answer),
        "group add" => format!("They get the key of {}.\n", field(answer, "name")),
        "group remove" | "group renew" => format!(
            "The {} who are in {} get a new key.\n",
            field(answer, "members"),
            field(answer, "name")
        ),
        "questions" => officials::questions(answer),
        "text show" => civic::text(answer),
        "text list" => civic::texts(answer),
        "text edit" => format!("Saved in {} changes.\n", items(answer, "changes").count()),
        "blob list" => {
            let text: String = items(answer, "").map(crate::blob::line).collect();
            match text.is_empty() {
                true => "No file is here, and no words here name one.\n".to_owned(),
                false => text,
            }
        }
        "blob add" => format!("{}\n", field(answer, "id")),
        "blob pin" | "blob unpin" => crate::blob::line(answer),
        "blob get" => format!("{}: {} bytes.\n", field(answer, "file"), field(answer, "bytes")),
        "blob drop" => format!("{} bytes are free again.\n", field(answer, "bytes_freed")),
        "blob quota" => people::blob_room(answer),
        "course import" => learning::imported(answer),
        "course list" => learning::courses(answer),
        "course show" => learning::course(answer),
        "bundle import" => format!(
            "New here: {}. Held before: {}. Refused: {}.\n",
            field(answer, "items_new"),
            field(answer, "items_held"),
            field(answer, "items_refused")
        ),
        "bundle" => format!(
            "{}: {} items of {} communities, {} bytes.\n",
            field(answer, "file"),
            field(answer, "items"),
            field(answer, "communities"),
            field(answer, "bytes")
        ),
        "carry" => format!(
            "Taken from the stick: {} new items. Put on it: {} items, {} bytes.\n",
            field(answer, "items_new"),
            field(answer, "items_put"),
            field(answer, "bytes_put")
        ),
        "export" => format!(
            "{} participants, {} comments and {} votes written to {}.\n",
            field(answer, "participants"),
            field(answer, "comments"),
            field(answer, "votes"),
            field(answer, "dir")
        ),
        "status" => people::status(answer),
        "peers" => people::peers(answer),
        "link" => format!("{}\n", field(answer, "link")),
        "sync" => people::synced(answer),
        "doctor" => people::findings(answer),
        _ => match answer.get("id") {
            Some(id) => format!("Done. id: {}\n", plain(id)),
            None => format!("{answer:#}\n"),
        },
    }
}

/// Says on standard error which version of a text was shown, so that the text itself can go into
/// a file: an edit that names its version keeps what others have written meanwhile.
pub(crate) fn version(answer: &Value) {
    let heads = answer.get("version").and_then(Value::as_array);
    let heads = heads.into_iter().flatten().filter_map(Value::as_str);
    let options: String = heads.map(|head| format!(" --at {head}")).collect();
    if !options.is_empty() {
        eprintln!("To edit this version: baro text edit ID FILE{options}");
    }
}

/// A value without quotes; nothing for null.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field without quotes; nothing where it is absent.
pub(crate) fn field(value: &Value, name: &str) -> String {
    value.get(name).map(plain).unwrap_or_default()
}

/// The items of a list, or of a list in a field.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = if name.is_empty() { Some(value) } else { value.get(name) };
    list.and_then(Value::as_array).into_iter().flatten()
}

/// The words of a list, with commas.
pub(crate) fn words(value: &Value, name: &str) -> String {
    items(value, name).map(plain).collect::<Vec<_>>().join(", ")
}

/// Whether a field is true.
pub(crate) fn is(value: &Value, name: &str) -> bool {
    value.get(name) == Some(&Value::Bool(true))
}
