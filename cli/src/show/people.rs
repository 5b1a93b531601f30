//! Persons, communities, tickets, status.

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::Value;
use std::fmt::Write as _;

use super::{field, is, items, words};

pub(super) fn whoami(answer: &Value) -> String {
    let mut text = format!("{}\npeer: {}\n", field(answer, "name"), field(answer, "peer_id"));
    for person in items(answer, "person") {
        let _ = writeln!(
            text,
            "{}  {}  in community {}",
            field(person, "name"),
            field(person, "id"),
            field(person, "community")
        );
    }
    if items(answer, "person").next().is_none() {
        text.push_str(
            "In no community yet: begin one (baro community create NAME) or join one (baro join \
             TICKET).\n",
        );
    }
    text
}

pub(super) fn persons(answer: &Value) -> String {
    let line = |person: &Value| {
        format!("{}  {}  {}\n", field(person, "name"), words(person, "roles"), field(person, "id"))
    };
    let text: String = items(answer, "").map(line).collect();
    if text.is_empty() { "Nobody yet.\n".to_owned() } else { text }
}

pub(super) fn communities(answer: &Value) -> String {
    let line = |row: &Value| {
        let mark = if is(row, "members_only") { "  (members only)" } else { "" };
        format!("{}  {}{mark}\n", field(row, "name"), field(row, "id"))
    };
    let text: String = items(answer, "").map(line).collect();
    if text.is_empty() { "None yet.\n".to_owned() } else { text }
}

pub(super) fn community(answer: &Value) -> String {
    let founders: Vec<_> = items(answer, "founders").map(|one| field(one, "name")).collect();
    epoch(answer)
        + &format!(
            "{}\nid: {}\nlanguage: {}\nfounders: {} (together {} decide)\nmembers: {}\nholds: {} \
         records, {} logs, {} entries\ndigest: {}\n",
            field(answer, "name"),
            field(answer, "id"),
            field(answer, "language"),
            founders.join(", "),
            field(answer, "threshold"),
            field(answer, "members"),
            field(answer, "records"),
            field(answer, "logs"),
            field(answer, "entries"),
            field(answer, "digest"),
        )
}

/// The characters as a QR for a terminal.
pub(super) fn qr(characters: &str) -> String {
    match QrCode::with_error_correction_level(characters, qrcode::EcLevel::L) {
        Ok(code) => {
            // A terminal writes light on dark, so the colours change places.
            let mut qr = code.render::<Dense1x2>();
            qr.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark);
            qr.build() + "\n"
        }
        Err(_) => "(this is too long for a QR)\n".to_owned(),
    }
}

pub(super) fn address(answer: &Value) -> String {
    let addresses = answer.get("addresses").and_then(Value::as_array).into_iter().flatten();
    let addresses: Vec<&str> = addresses.filter_map(Value::as_str).collect();
    let mut text = addresses.first().map(|first| qr(first)).unwrap_or_default();
    for address in &addresses {
        let _ = writeln!(text, "{address}");
    }
    text.push_str("\non the other device: baro run --peer ADDRESS, or baro sync ADDRESS\n");
    text
}

pub(super) fn invite(answer: &Value) -> String {
    let ticket = field(answer, "ticket");
    // Upper-case fits a QR's alphanumeric mode, which makes it smaller.
    let mut text = qr(&ticket.to_uppercase());
    let _ = writeln!(
        text,
        "Whoever has this ticket can join {}:\n\n{ticket}\n\non their device: baro join TICKET",
        field(answer, "name")
    );
    text
}

pub(super) fn founder_key(answer: &Value) -> String {
    let key = field(answer, "key");
    format!(
        "{}{key}\n\nfor who proposes the community: baro community create NAME --founder-key KEY \
         --propose FILE\n",
        qr(&key)
    )
}

pub(super) fn revoked(answer: &Value) -> String {
    let roles = words(answer, "roles");
    let what = if roles.is_empty() { "every role".to_owned() } else { roles };
    let mut text = format!(
        "{} no longer has {what}. Kept: {} records and {} logs.\n",
        field(answer, "name"),
        field(answer, "kept_records"),
        field(answer, "kept_logs")
    );
    if !is(answer, "counts") {
        text.push_str("It does not count (yet): somebody more senior has decided otherwise.\n");
    }
    if answer.get("epoch").is_some_and(Value::is_u64) {
        let _ = writeln!(text, "The members go on under key number {}.", field(answer, "epoch"));
    }
    text
}

pub(super) fn waiting(answer: &Value) -> String {
    let mut text = String::new();
    for row in items(answer, "") {
        let _ = match row.get("log") {
            Some(_) => writeln!(
                text,
                "log {}  by {}: {} of {} entries count",
                field(row, "log"),
                field(row, "name"),
                field(row, "authorised"),
                field(row, "length")
            ),
            None => writeln!(
                text,
                "record {}  a {} by {}",
                field(row, "record"),
                field(row, "kind"),
                field(row, "name")
            ),
        };
    }
    if text.is_empty() { "Nothing waits.\n".to_owned() } else { text }
}

/// Who did what to whom, as a story: the latest last.
pub(super) fn deeds(answer: &Value) -> String {
    let all: Vec<&Value> = items(answer, "deeds").collect();
    let mut text = String::new();
    let before = answer.get("total").and_then(Value::as_u64).unwrap_or_default();
    let before = before.saturating_sub(all.len() as u64);
    if before > 0 {
        let _ = writeln!(text, "({before} earlier ones are not shown)");
    }
    for deed in all.iter().rev() {
        let at = deed.get("first_seen_at").and_then(Value::as_i64);
        let at = at.map_or_else(|| "????-??-?? ??:??".to_owned(), day);
        let mark = if is(deed, "counts") { ' ' } else { '!' };
        let _ = writeln!(text, "{at} {mark} {}", field(deed, "words"));
    }
    text
}

/// Which key the members of a members-only community meet under.
fn epoch(answer: &Value) -> String {
    let Some(epoch) = answer.get("epoch") else { return String::new() };
    let at = epoch.get("since").and_then(Value::as_i64).unwrap_or_default();
    let (number, by) = (field(epoch, "number"), field(epoch, "by_name"));
    let here = match is(epoch, "here") {
        true => "",
        false => " It has not come here: meet another member, or join with a fresh ticket.",
    };
    format!("Members only. Key number {number}, since {}, by {by}.{here}\n", day(at))
}

/// A moment, in numbers.
pub(super) fn day(at: i64) -> String {
    let moment = jiff::Timestamp::from_second(at);
    moment.map_or_else(|_| "?".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

pub(super) fn members(answer: &Value) -> String {
    let mut text = items(answer, "").next().map(epoch).unwrap_or_default();
    for member in items(answer, "") {
        let what = match is(member, "founder") {
            true => "founder".to_owned(),
            false => words(member, "roles"),
        };
        let offices = words(member, "offices");
        let offices = if offices.is_empty() { offices } else { format!(" ({offices})") };
        let by = field(member, "by_name");
        let by = if by.is_empty() { by } else { format!(", by {by}") };
        let _ = writeln!(
            text,
            "{}  {what}{offices}{by}\n    {}",
            field(member, "name"),
            field(member, "person")
        );
    }
    text
}

pub(super) fn status(answer: &Value) -> String {
    let mut text = format!("peer: {}\n", field(answer, "peer_id"));
    let listen = words(answer, "listen");
    let listen = if listen.is_empty() { "nowhere (no node runs)".to_owned() } else { listen };
    let _ = writeln!(text, "listens: {listen}");
    for row in items(answer, "communities") {
        let _ = writeln!(
            text,
            "{}: {} records, {} logs, {} entries, digest {}",
            field(row, "name"),
            field(row, "records"),
            field(row, "logs"),
            field(row, "entries"),
            field(row, "digest")
        );
    }
    let _ = writeln!(
        text,
        "stored: {} bytes; sent: {}; received: {}",
        field(answer, "stored_bytes"),
        field(answer, "bytes_sent"),
        field(answer, "bytes_received")
    );
    if let Some(room) = answer.get("blobs") {
        text.push_str(&blob_room(room));
    }
    for row in items(answer, "spent") {
        let of = match row.get("budget").and_then(Value::as_u64) {
            Some(budget) => format!(" of {budget}"),
            None => String::new(),
        };
        let cost = match row.get("cost").and_then(Value::as_f64) {
            Some(cost) => format!(", {cost:.2} {}", field(row, "currency")),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "{}: {}{of} bytes over {}{cost}",
            field(row, "day"),
            field(row, "bytes"),
            field(row, "uplink")
        );
        let classes = row.get("by_class").and_then(Value::as_object);
        for (class, sum) in classes.into_iter().flatten() {
            let (sent, received) = (field(sum, "sent"), field(sum, "received"));
            let _ = writeln!(text, "  {class}: {sent} sent, {received} received");
        }
    }
    for row in items(answer, "waits") {
        let bytes = row.get("bytes").map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        let class = row.get("class").map(|_| format!("{} ", field(row, "class")));
        let _ = writeln!(
            text,
            "waits: {} {}{}{bytes}: {}",
            field(row, "count"),
            class.unwrap_or_default(),
            field(row, "what"),
            field(row, "why")
        );
    }
    for row in items(answer, "refused") {
        let _ = writeln!(text, "refused {} times: {}", field(row, "count"), field(row, "reason"));
    }
    for row in items(answer, "warnings") {
        let _ = writeln!(text, "warning: {}", field(row, "words"));
        for said in items(row, "struck_out_words").filter(|said| field(said, "state") == "here") {
            let _ = writeln!(text, "  struck out: {}", field(said, "text"));
        }
    }
    text
}

pub(super) fn peers(answer: &Value) -> String {
    let mut text = String::new();
    for peer in items(answer, "") {
        let is = |key| peer.get(key) == Some(&Value::Bool(true));
        let what = match (is("uplink"), is("neighbour")) {
            (true, _) => "an uplink",
            (_, true) => "a neighbour",
            _ => "asked for by address, or here for one session",
        };
        let (name, address) = (field(peer, "peer_id"), field(peer, "address"));
        let _ = writeln!(text, "{name} at {address}: {what}, for {} s", field(peer, "seconds"));
    }
    if text.is_empty() { "Nobody is heard.\n".to_owned() } else { text }
}

pub(super) fn synced(answer: &Value) -> String {
    let first = format!(
        "{} items received, {} sent, in {} s and {} round trips ({} bytes received, {} sent).\n",
        field(answer, "items_received"),
        field(answer, "items_sent"),
        field(answer, "seconds"),
        field(answer, "round_trips"),
        field(answer, "bytes_received"),
        field(answer, "bytes_sent"),
    );
    let end = match (answer.get("shared").and_then(Value::as_u64), answer.get("equal")) {
        (Some(0), _) => "The two nodes are in no common community.\n",
        (_, Some(Value::Bool(true))) => "Both nodes now hold the same.\n",
        _ => "The two nodes do not hold the same yet: baro status says what was refused.\n",
    };
    first + end
}

pub(super) fn findings(answer: &Value) -> String {
    let mut text = String::new();
    for finding in items(answer, "findings") {
        let mark = if finding.get("serious") == Some(&Value::Bool(true)) { "!" } else { "-" };
        text += &format!(
            "{mark} {}: {}\n  What to do: {}\n",
            field(finding, "about"),
            field(finding, "what"),
            field(finding, "remedy")
        );
    }
    if text.is_empty() { "Nothing is wrong.\n".to_owned() } else { text }
}

/// What files may take here, and what they take.
pub(super) fn blob_room(answer: &Value) -> String {
    let human =
        |name: &str| crate::blob::human(answer.get(name).and_then(Value::as_u64).unwrap_or(0));
    let mut text = format!("files: {} of at most {}\n", human("bytes"), human("bytes_max"));
    let count = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
    if count("coming") > 0 {
        let (files, rest) = (count("coming"), human("coming_bytes"));
        text.push_str(&format!("on their way: {files} files, {rest} to come\n"));
    }
    if count("no_room") > 0 {
        let (files, rest) = (count("no_room"), human("no_room_bytes"));
        text.push_str(&format!("not enough space for {files} files ({rest})\n"));
    }
    text
}
