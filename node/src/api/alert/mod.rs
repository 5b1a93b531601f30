//! Alerts between entries and the Common Alerting Protocol: what `announce --alert` says, and
//! alerts that were issued elsewhere.

mod exchange;
mod override_;
mod shown;

use std::collections::BTreeSet;

use baro_crdt::entry::{ALERT_REFERENCES_MAX, Alert, Body};
use baro_crdt::ids::EntryId;
use serde::{Deserialize, Serialize};

use super::{Announce, ApiError, Result, reading};
use crate::cap;
use crate::store::{PostFamily, PostRow, Read};
use crate::words::why;
pub(super) use override_::{Override, Overrides};
pub(super) use shown::cap_json;

/// What an alert says beside title and words: the fields of CAP 1.2, by their names there. What is
/// left out has the values of a danger that is here now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertFields {
    /// `Alert`, `Update` or `Cancel`; by itself `Update` where something is superseded.
    pub msg_type: Option<String>,
    /// `Actual`, `Exercise`, `System`, `Test` or `Draft`.
    pub status: Option<String>,
    /// The event, in a few words; by itself the title.
    pub event: Option<String>,
    /// `Geo`, `Met`, `Safety`, `Security`, `Rescue`, `Fire`, `Health`, `Env`, `Transport`,
    /// `Infra`, `CBRNE` or `Other`; by itself the announcement's category, if it is one of these.
    pub category: Option<String>,
    /// `Immediate`, `Expected`, `Future`, `Past` or `Unknown`.
    pub urgency: Option<String>,
    /// `Extreme`, `Severe`, `Moderate`, `Minor` or `Unknown`.
    pub severity: Option<String>,
    /// `Observed`, `Likely`, `Possible`, `Unlikely` or `Unknown`.
    pub certainty: Option<String>,
    /// What people should do, in a word each: `Shelter`, `Evacuate`, `Prepare`, `Execute`,
    /// `Avoid`, `Monitor`, `Assess`, `AllClear` or `None`.
    pub response: Vec<String>,
    /// What people should do.
    pub instruction: Option<String>,
    /// From when on it holds, as `2026-11-25T07:30:00+00:00`.
    pub effective: Option<String>,
    /// When the event is expected to begin, likewise.
    pub onset: Option<String>,
    /// When it no longer holds, likewise; stands before the announcement's days.
    pub expires: Option<String>,
    /// A page with more.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Areas: `LAT,LON LAT,LON …`, the last point like the first.
    pub polygons: Vec<String>,
    /// Areas: `LAT,LON RADIUS`, the radius in kilometres.
    pub circles: Vec<String>,
    /// Why it takes the place of an earlier one.
    pub note: Option<String>,
}

impl AlertFields {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The most bytes of each short field, and of an instruction.
const FIELD_BYTES_MAX: usize = 4 * 1024;
/// The most areas of each form.
const AREAS_MAX: usize = 32;

/// One of the standard's words, however it is written.
fn word(text: &str, what: &str, allowed: &[&str]) -> Result<String> {
    let found = allowed.iter().find(|word| word.eq_ignore_ascii_case(text.trim()));
    found
        .map(|word| (*word).to_owned())
        .ok_or_else(|| ApiError::refused(why::alert_word(text, what, allowed.join(", "))))
}

/// A time that somebody typed, in seconds since 1970.
fn time(text: &str) -> Result<i64> {
    let parsed = cap::from_cap(text.trim());
    let parsed = parsed.or_else(|| Some(text.trim().parse::<jiff::Timestamp>().ok()?.as_second()));
    parsed.ok_or_else(|| ApiError::refused(why::not_time(text)))
}

/// A number between two bounds.
fn number(text: &str, most: f64) -> bool {
    text.len() <= 24 && text.parse::<f64>().is_ok_and(|n| n.is_finite() && n.abs() <= most)
}

fn is_point(text: &str) -> bool {
    text.split_once(',').is_some_and(|(lat, lon)| number(lat, 90.0) && number(lon, 180.0))
}

fn is_polygon(text: &str) -> bool {
    let points: Vec<&str> = text.split_whitespace().collect();
    points.len() >= 4 && points.first() == points.last() && points.iter().all(|at| is_point(at))
}

fn is_circle(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(at, radius)| {
        is_point(at) && number(radius, 40_000.0) && !radius.starts_with('-')
    })
}

fn areas(list: &[String], what: &str, is: fn(&str) -> bool) -> Result<Option<Vec<String>>> {
    if list.len() > AREAS_MAX {
        return Err(ApiError::refused(why::alert_areas(AREAS_MAX)));
    }
    match list.iter().find(|text| text.len() > FIELD_BYTES_MAX || !is(text)) {
        Some(bad) => Err(ApiError::refused(why::alert_area(bad, what))),
        None => Ok((!list.is_empty()).then(|| list.to_vec())),
    }
}

fn short(text: &Option<String>, what: &str) -> Result<Option<String>> {
    match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) if text.len() > FIELD_BYTES_MAX => {
            Err(ApiError::refused(why::alert_field_long(what, FIELD_BYTES_MAX)))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// The alert that goes with an announcement's words, and when it expires if that is said.
pub(super) fn alert(
    read: &dyn Read,
    announce: &Announce,
    supersedes: Option<&EntryId>,
) -> Result<(Alert, Option<i64>)> {
    let said = &announce.cap;
    let one = |text: &Option<String>, what: &str, allowed: &[&str], usual: &str| match text {
        Some(text) => word(text, what, allowed),
        None => Ok(usual.to_owned()),
    };
    let by_itself = if supersedes.is_some() { "Update" } else { "Alert" };
    let kinds = ["Alert", "Update", "Cancel"];
    let msg_type = one(&said.msg_type, "kind", &kinds, by_itself)?;
    if (msg_type == "Alert") == supersedes.is_some() {
        return Err(ApiError::refused(match supersedes {
            Some(_) => why::alert_replaces(),
            None => why::alert_replaces_what(),
        }));
    }
    let category = match (&said.category, &announce.category) {
        (Some(text), _) => word(text, "category", cap::CATEGORY)?,
        (None, Some(text)) => word(text, "category", cap::CATEGORY).unwrap_or("Other".into()),
        (None, None) => "Safety".to_owned(),
    };
    let response: Vec<String> = said
        .response
        .iter()
        .map(|text| word(text, "response", cap::RESPONSE))
        .collect::<Result<_>>()?;
    let moment = |text: &Option<String>| text.as_deref().map(time).transpose();
    let web = short(&said.web, "page")?;
    if web.as_deref().is_some_and(|web| !cap::is_uri(web)) {
        return Err(ApiError::refused(why::alert_web()));
    }
    let references = match supersedes {
        Some(id) => Some(earlier(read, id)?),
        None => None,
    };
    let alert = Alert {
        msg_type,
        category,
        event: short(&said.event, "event")?.unwrap_or_else(|| announce.title.trim().to_owned()),
        urgency: one(&said.urgency, "urgency", cap::URGENCY, "Immediate")?,
        severity: one(&said.severity, "severity", cap::SEVERITY, "Severe")?,
        certainty: one(&said.certainty, "certainty", cap::CERTAINTY, "Observed")?,
        instruction: short(&said.instruction, "instruction")?,
        effective: moment(&said.effective)?,
        onset: moment(&said.onset)?,
        response: (!response.is_empty()).then_some(response),
        web,
        contact: short(&said.contact, "contact")?,
        polygons: areas(&said.polygons, "area: LAT,LON LAT,LON ... back to the first", is_polygon)?,
        circles: areas(&said.circles, "area: LAT,LON KILOMETRES", is_circle)?,
        references,
        note: short(&said.note, "note")?,
        status: said.status.as_deref().map(|text| word(text, "status", cap::STATUS)).transpose()?,
        original: None,
    };
    Ok((alert, moment(&said.expires)?))
}

/// An alert and all those before it of which it is known that it took their place, ascending.
fn earlier(read: &dyn Read, id: &EntryId) -> Result<Vec<EntryId>> {
    let mut found = BTreeSet::new();
    let mut pending = vec![*id];
    while let Some(id) = pending.pop() {
        if found.len() >= ALERT_REFERENCES_MAX || !found.insert(id) {
            continue;
        }
        let Some(row) = read.post(&id)?.filter(|row| row.family == PostFamily::Announcement) else {
            continue;
        };
        if let Body::Announcement { supersedes, .. } = reading::entry(read, &row)?.body {
            pending.extend(supersedes);
        }
        pending
            .extend(alert_of(read, &row)?.and_then(|alert| alert.references).unwrap_or_default());
    }
    Ok(found.into_iter().collect())
}

/// What an announcement says as an alert, if it is one and its words are here.
pub(super) fn alert_of(read: &dyn Read, row: &PostRow) -> Result<Option<Alert>> {
    Ok(reading::said(read, row)?.0.words().alert)
}
