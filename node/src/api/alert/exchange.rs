//! Alerts to and from other systems: CAP files, and a feed of them.

use baro_crdt::entry::{ALERT_REFERENCES_MAX, Alert, Body, Priority, Words};
use baro_crdt::ids::EntryId;
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::super::announced::{ANNOUNCED, Announced, One};
use super::super::signer::Signers;
use super::super::translate::versions;
use super::super::{Announce, ApiError, Context, Node, Result, reading};
use super::shown::{Around, cap_of, identity};
use super::{AlertFields, earlier};
use crate::author::{Draft, Pen};
use crate::cap::{self, CapAlert, CapInfo, FeedEntry};
use crate::language;
use crate::words::{Thing, why};

/// The most bytes of a place that is made of the names of areas.
const PLACE_BYTES_MAX: usize = 512;
/// The most alerts in a feed.
const FEED_MAX: usize = 50;

/// The beginning of a text, at most so many bytes.
fn cut(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().trim().to_owned()
}

impl Node {
    /// An alert as CAP 1.2.
    pub(in super::super) fn cap(
        &self,
        all: &Announced,
        one: &One,
        alert: &Alert,
    ) -> Result<CapAlert> {
        let versions = versions(&*self.store, &one.row.id)?;
        let signed = Signers::new(&all.community, &all.names).of(&*self.store, &one.row)?;
        let role =
            ["office", "role"].iter().find_map(|key| signed.get(key)?.as_str()).unwrap_or_default();
        let named = alert.references.as_deref().unwrap_or_default();
        let references = named
            .iter()
            .filter_map(|id| all.find(id))
            .filter_map(|before| before.alert().map(|alert| identity(&before.row, alert)));
        let around = Around {
            community: &all.community,
            sender_name: format!("{}, {role}", all.names.of(&one.row.author)),
            versions: &versions,
            references: references.collect(),
        };
        Ok(cap_of(&one.row, &one.body, &one.words, alert, &around))
    }

    /// The XML of an alert.
    pub(in super::super) fn alert_export(&mut self, id: &str) -> Result<Value> {
        let (community, row) = self.entry(id, &ANNOUNCED, Thing::Alert)?;
        let all = self.announced(community)?;
        let one = all.find(&row.id);
        let Some((one, alert)) = one.and_then(|one| Some((one, one.alert()?))) else {
            return Err(ApiError::refused(why::no_alert()));
        };
        let cap = self.cap(&all, one, alert)?;
        Ok(json!({
            "id": row.id.to_string(),
            "identifier": cap.identifier,
            "xml": cap::write(&cap),
        }))
    }

    /// An Atom feed of the alerts that count now, the newest first; `base` is the address under
    /// which `BASE/alerts.atom` and `BASE/alerts/ID.xml` are served, if they are.
    pub(in super::super) fn alert_feed(
        &mut self,
        context: &Context,
        base: Option<&str>,
        every: bool,
    ) -> Result<Value> {
        let community = self.here(context)?;
        let all = self.announced(community)?;
        let mut entries = Vec::new();
        for one in all.list.iter().rev() {
            let Some(alert) = one.alert() else { continue };
            if entries.len() >= FEED_MAX || !(every || all.standing(one, self.now.0) == "current") {
                continue;
            }
            let base = base.map(|base| base.trim_end_matches('/'));
            entries.push(FeedEntry {
                id: format!("urn:baro:entry:{}", one.row.id),
                title: reading::heading(&one.words),
                author: all.names.of(&one.row.author),
                updated: one.row.declared_at.0,
                link: base.map(|base| format!("{base}/alerts/{}.xml", one.row.id)),
                alert: self.cap(&all, one, alert)?,
            });
        }
        let id = format!("urn:baro:community:{}:alerts", all.community.id);
        let own = base.map(|base| format!("{}/alerts.atom", base.trim_end_matches('/')));
        let title = format!("{}: alerts", all.community.founding.name);
        let atom = cap::feed(&id, &title, own.as_deref(), &entries);
        Ok(json!({ "entries": entries.len(), "atom": atom }))
    }

    /// Cancels an alert: a new one that takes its place and says that it is over.
    pub(in super::super) fn alert_cancel(
        &mut self,
        context: &Context,
        id: &str,
        note: Option<String>,
    ) -> Result<Value> {
        let (_, row) = self.entry(id, &ANNOUNCED, Thing::Alert)?;
        let (said, _) = reading::said(&*self.store, &row)?;
        let words = said.words();
        let alert = words.alert.as_ref().ok_or_else(|| ApiError::refused(why::no_alert()))?;
        let place = match reading::entry(&*self.store, &row)?.body {
            Body::Announcement { place, .. } => place,
            _ => None,
        };
        let cap = AlertFields {
            msg_type: Some("Cancel".into()),
            event: Some(alert.event.clone()),
            category: Some(alert.category.clone()).filter(|c| cap::CATEGORY.contains(&c.as_str())),
            urgency: Some("Past".into()),
            severity: Some("Minor".into()),
            certainty: Some("Observed".into()),
            response: vec!["AllClear".into()],
            status: alert.status.clone(),
            note: note.clone(),
            ..AlertFields::default()
        };
        let announce = Announce {
            title: words.title.clone().unwrap_or_else(|| alert.event.clone()),
            body: note,
            alert: true,
            supersedes: Some(row.id.to_string()),
            place,
            cap: Box::new(cap),
            ..Announce::default()
        };
        self.announce(context, &announce)
    }

    /// Takes in an alert that was issued elsewhere; the speaker stands for it with their role.
    pub(in super::super) fn alert_import(&mut self, context: &Context, xml: &str) -> Result<Value> {
        let issued = cap::read(xml.as_bytes());
        let issued =
            issued.map_err(|error| ApiError::refused(why::alert_file(error.to_string())))?;
        if !["Alert", "Update", "Cancel"].contains(&issued.msg_type.as_str()) {
            return Err(ApiError::refused(why::alert_machines(&issued.msg_type)));
        }
        if issued.scope != "Public" {
            return Err(ApiError::refused(why::alert_not_public()));
        }
        let community = self.here(context)?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let all = self.announced(community)?;
        let known = |name: &str| -> Option<EntryId> {
            let mut named = all
                .list
                .iter()
                .filter(|one| one.alert().is_some_and(|alert| identity(&one.row, alert) == name));
            named.next().map(|one| one.row.id)
        };
        let name = issued.reference();
        if let Some(id) = known(&name) {
            return Ok(json!({ "id": id.to_string(), "identifier": name, "held": true }));
        }
        let mut references = std::collections::BTreeSet::new();
        let mut last = None;
        for before in issued.referred().filter_map(known) {
            references.extend(earlier(&*self.store, &before)?);
            last = all.find(&before).map(|one| (one.row.lamport, one.row.id)).max(last);
        }
        let references: Vec<EntryId> = references.into_iter().take(ALERT_REFERENCES_MAX).collect();
        let draft = imported(&issued, context, last.map(|(_, id)| id), references);
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let id = pen.write(&all.community.authority, &who, draft)?;
        let items = pen.finish();
        self.commit(items)?;
        Ok(json!({ "id": id.to_string(), "identifier": name, "held": false }))
    }
}

/// What an alert from elsewhere becomes here.
fn imported(
    issued: &CapAlert,
    context: &Context,
    supersedes: Option<EntryId>,
    references: Vec<EntryId>,
) -> Draft {
    let tags: Vec<&str> =
        issued.infos.iter().map(|info| info.language.as_deref().unwrap_or("en-US")).collect();
    let held: Vec<Option<&str>> = tags.iter().map(|tag| Some(*tag)).collect();
    let asked: Vec<&str> = context.lang.as_deref().into_iter().collect();
    let at = language::choose(&asked, &held).map_or(0, |(at, _)| at);
    let none = CapInfo::default();
    let info = issued.infos.get(at).unwrap_or(&none);
    let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
    let event = or(&info.event, &issued.identifier);
    let title = info.headline.as_deref().filter(|text| !text.is_empty()).unwrap_or(&event);
    let places: Vec<&str> = info.areas.iter().map(|area| area.desc.as_str()).collect();
    let place = cut(&places.join("; "), PLACE_BYTES_MAX);
    let moment = |text: &Option<String>| text.as_deref().and_then(cap::from_cap);
    let lines = |text: &str| -> String {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    };
    let alert = Alert {
        msg_type: issued.msg_type.clone(),
        category: info.categories.first().cloned().unwrap_or_else(|| "Other".into()),
        event: event.clone(),
        urgency: or(&info.urgency, "Unknown"),
        severity: or(&info.severity, "Unknown"),
        certainty: or(&info.certainty, "Unknown"),
        instruction: info.instruction.as_deref().map(lines),
        references: (!references.is_empty()).then_some(references),
        status: Some(issued.status.clone()),
        original: Some(cap::write(issued)),
        ..Alert::default()
    };
    let words = Words {
        title: Some(title.to_owned()),
        text: lines(info.description.as_deref().unwrap_or_default()),
        language: tags.get(at).map(|tag| (*tag).to_owned()),
        alert: Some(alert),
        ..Words::default()
    };
    let body = Body::Announcement {
        priority: Priority::High,
        expires: moment(&info.expires),
        supersedes,
        place: Some(place).filter(|place| !place.is_empty()),
        category: info.categories.first().cloned(),
    };
    let (stream, role) = (Stream::Alerts, Role::Official);
    Draft { stream, role, office: None, body, words: Some(words) }
}
