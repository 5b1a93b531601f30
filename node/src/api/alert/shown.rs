//! From an alert's entry to CAP 1.2, and to JSON.

use baro_crdt::entry::{Alert, Body, Words};
use serde_json::{Value, json};

use super::super::known::Community;
use super::super::translate::Version;
use crate::cap::{self, CapAlert, CapArea, CapInfo, CapResource};
use crate::language;
use crate::store::PostRow;

/// How CAP names the sender of an alert that was said here: the person in the community.
fn sender(row: &PostRow) -> String {
    let (person, community) = (row.author.to_string(), row.community.to_string());
    let short = |id: &str| id.chars().take(16).collect::<String>();
    format!("{}@{}.baro", short(&person), short(&community))
}

/// The alert as it was issued elsewhere, if it was.
fn original(alert: &Alert) -> Option<CapAlert> {
    alert.original.as_deref().and_then(|xml| cap::read(xml.as_bytes()).ok())
}

/// The name under which other systems refer to an alert: `sender,identifier,sent`.
pub(super) fn identity(row: &PostRow, alert: &Alert) -> String {
    match original(alert) {
        Some(issued) => issued.reference(),
        None => format!("{},baro-{},{}", sender(row), row.id, cap::to_cap(row.declared_at.0)),
    }
}

/// The names of the alerts that one from elsewhere refers to.
pub(super) fn referred(alert: &Alert) -> Vec<String> {
    let issued = original(alert);
    issued.map(|issued| issued.referred().map(str::to_owned).collect()).unwrap_or_default()
}

/// One of the standard's words, or what stands for the others: a stranger may sign any.
fn known(word: &str, allowed: &[&str], other: &str) -> String {
    if allowed.contains(&word) { word.to_owned() } else { other.to_owned() }
}

/// What goes into an alert's CAP beside the alert itself.
pub(crate) struct Around<'a> {
    /// The community, whose name stands for the area where none is said.
    pub(crate) community: &'a Community,
    /// Who says it: name and role.
    pub(crate) sender_name: String,
    /// The words in other languages.
    pub(crate) versions: &'a [Version],
    /// The names of the alerts before it, as far as they are known here.
    pub(crate) references: Vec<String>,
}

/// The alert as CAP 1.2, whole: as it was issued elsewhere, or made from its entry.
pub(crate) fn cap_of(
    row: &PostRow,
    body: &Body,
    words: &Words,
    alert: &Alert,
    around: &Around<'_>,
) -> CapAlert {
    if let Some(issued) = original(alert) {
        return issued;
    }
    let (place, expires) = match body {
        Body::Announcement { place, expires, .. } => (place.clone(), *expires),
        _ => (None, None),
    };
    let area = CapArea {
        desc: place.unwrap_or_else(|| around.community.founding.name.clone()),
        polygons: alert.polygons.clone().unwrap_or_default(),
        circles: alert.circles.clone().unwrap_or_default(),
        ..CapArea::default()
    };
    let resource = |file: &baro_crdt::entry::Attachment| CapResource {
        desc: file.name.clone().unwrap_or_else(|| file.hash.to_string()),
        mime: file.media.clone(),
        size: Some(file.size.to_string()),
        ..CapResource::default()
    };
    let responses = alert.response.clone().unwrap_or_default();
    let info = CapInfo {
        language: words.language.clone().filter(|tag| language::tag(tag).is_ok()),
        categories: vec![known(&alert.category, cap::CATEGORY, "Other")],
        event: alert.event.clone(),
        responses: responses
            .into_iter()
            .filter(|word| cap::RESPONSE.contains(&word.as_str()))
            .collect(),
        urgency: known(&alert.urgency, cap::URGENCY, "Unknown"),
        severity: known(&alert.severity, cap::SEVERITY, "Unknown"),
        certainty: known(&alert.certainty, cap::CERTAINTY, "Unknown"),
        effective: alert.effective.map(cap::to_cap),
        onset: alert.onset.map(cap::to_cap),
        expires: expires.map(cap::to_cap),
        sender_name: Some(around.sender_name.clone()),
        headline: words.title.clone(),
        description: Some(words.text.clone()).filter(|text| !text.is_empty()),
        instruction: alert.instruction.clone(),
        web: alert.web.clone().filter(|web| cap::is_uri(web)),
        contact: alert.contact.clone(),
        resources: words.attached().iter().map(resource).collect(),
        areas: vec![area],
        ..CapInfo::default()
    };
    let translated = around.versions.iter().filter_map(|version| {
        let words = version.shown_words()?;
        let tag = words.language.clone().filter(|tag| language::tag(tag).is_ok())?;
        Some(CapInfo {
            language: Some(tag),
            headline: words.title.clone().or_else(|| info.headline.clone()),
            description: Some(words.text.clone()).filter(|text| !text.is_empty()),
            instruction: None,
            resources: words.attached().iter().map(resource).collect(),
            ..info.clone()
        })
    });
    let translated: Vec<CapInfo> = translated.collect();
    let references = around.references.join(" ");
    CapAlert {
        identifier: format!("baro-{}", row.id),
        sender: sender(row),
        sent: cap::to_cap(row.declared_at.0),
        status: known(alert.status.as_deref().unwrap_or("Actual"), cap::STATUS, "System"),
        msg_type: known(&alert.msg_type, &["Alert", "Update", "Cancel"], "Alert"),
        scope: "Public".to_owned(),
        note: alert.note.clone(),
        references: Some(references).filter(|names| !names.is_empty()),
        infos: std::iter::once(info).chain(translated).collect(),
        ..CapAlert::default()
    }
}

/// The alert's fields for pages: the standard's, in snake case.
pub(crate) fn cap_json(alert: &Alert, cap: &CapAlert) -> Value {
    let first = cap.infos.first().cloned().unwrap_or_default();
    let areas = cap.infos.iter().flat_map(|info| &info.areas).map(
        |area| json!({ "desc": area.desc, "polygons": area.polygons, "circles": area.circles }),
    );
    let infos = cap.infos.iter().map(|info| {
        json!({
            "language": info.language,
            "direction": language::direction(info.language.as_deref().unwrap_or("en-US")),
            "event": info.event,
            "headline": info.headline,
            "description": info.description,
            "instruction": info.instruction,
        })
    });
    json!({
        "identifier": cap.identifier,
        "sender": cap.sender,
        "sent": cap.sent,
        "status": cap.status,
        "msg_type": cap.msg_type,
        "references": cap.referred().collect::<Vec<_>>(),
        "note": cap.note,
        "imported": alert.original.is_some(),
        "category": first.categories.first(),
        "event": first.event,
        "response": first.responses,
        "urgency": first.urgency,
        "severity": first.severity,
        "certainty": first.certainty,
        "effective": first.effective,
        "onset": first.onset,
        "expires": first.expires,
        "sender_name": first.sender_name,
        "headline": first.headline,
        "instruction": first.instruction,
        "web": first.web,
        "contact": first.contact,
        "areas": areas.collect::<Vec<_>>(),
        "infos": infos.collect::<Vec<_>>(),
    })
}
