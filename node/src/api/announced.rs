//! What was announced: alerts, announcements and decisions as they stand, page by page; the
//! register of decisions; one of them with everything that is known about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use baro_crdt::entry::{Alert, Body, Priority, Words};
use baro_crdt::ids::EntryId;
use baro_crdt::log::Stream;
use serde_json::{Value, json};

use super::alert::{Override, Overrides, cap_json};
use super::register::{Register, register};
use super::resolve::Names;
use super::signer::Signers;
use super::translate::versions_json;
use super::{ApiError, Community, Context, Node, PAGE_ITEMS, Result, attach, reading};
use crate::language;
use crate::store::{LogNumber, PostFamily, PostRow};
use crate::words::{Thing, why};

pub(super) const ANNOUNCED: [PostFamily; 2] = [PostFamily::Announcement, PostFamily::Decision];

/// One announcement, alert or decision.
pub(super) struct One {
    pub(super) row: PostRow,
    pub(super) body: Body,
    pub(super) words: Words,
    pub(super) is_alert: bool,
    state: &'static str,
    edited: bool,
}

impl One {
    pub(super) fn alert(&self) -> Option<&Alert> {
        self.words.alert.as_ref().filter(|_| self.is_alert)
    }

    fn kind(&self) -> &'static str {
        match &self.body {
            Body::Decision { .. } => "decision",
            _ if self.is_alert => "alert",
            _ => "announcement",
        }
    }

    fn expires(&self) -> Option<i64> {
        match &self.body {
            Body::Announcement { expires, .. } => *expires,
            _ => None,
        }
    }
}

/// All announcements of a community, in the order of (Lamport number, id), and what they amount
/// to together.
pub(super) struct Announced {
    pub(super) community: Arc<Community>,
    pub(super) list: Vec<One>,
    pub(super) names: Arc<Names>,
    pub(super) register: Register,
    overrides: Overrides,
}

impl Announced {
    pub(super) fn over(&self, one: &One) -> Option<&Override> {
        self.overrides.of(&one.row, &one.body, one.alert())
    }

    /// How an announcement stands at a time of this device's clock: `current`, `superseded`,
    /// `cancelled`, `expired`, or `withdrawn`.
    pub(super) fn standing(&self, one: &One, now: i64) -> &'static str {
        match self.over(one) {
            Some(over) if over.cancels => "cancelled",
            Some(_) => "superseded",
            None if one.state == "withdrawn" => "withdrawn",
            None if one.expires().is_some_and(|at| at < now) => "expired",
            None => "current",
        }
    }

    pub(super) fn find(&self, id: &EntryId) -> Option<&One> {
        self.list.iter().find(|one| one.row.id == *id)
    }
}

/// Which announcements a page is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Which {
    /// From 1, the newest first.
    pub(super) page: u32,
    pub(super) kind: Option<String>,
    pub(super) office: Option<String>,
    pub(super) current: bool,
}

impl Node {
    pub(super) fn announced(&mut self, community: Arc<Community>) -> Result<Announced> {
        let mut rows = Vec::new();
        for family in ANNOUNCED {
            rows.extend(self.store.posts(&community.id, family)?);
        }
        rows.sort_by_key(|row| (row.lamport, row.id));
        let mut streams: BTreeMap<LogNumber, Stream> = BTreeMap::new();
        let (mut list, mut overrides) = (Vec::new(), Overrides::default());
        for row in rows {
            let body = reading::entry(&*self.store, &row)?.body;
            let stream = match streams.get(&row.log) {
                Some(stream) => *stream,
                None => {
                    let log = self.store.log_by_number(row.log)?;
                    let stream = log.map_or(Stream::Official, |log| log.header.stream);
                    streams.insert(row.log, stream);
                    stream
                }
            };
            let (said, edited) = reading::said(&*self.store, &row)?;
            let state = said.state();
            let is_alert = stream == Stream::Alerts;
            let one = One { row, body, words: said.words(), is_alert, state, edited };
            overrides.add(&one.row, &one.body, one.alert());
            list.push(one);
        }
        let names = self.names(&community.id)?;
        let register = register(&list);
        Ok(Announced { community, list, names, register, overrides })
    }

    /// One announcement as JSON.
    fn announced_json(
        &self,
        all: &Announced,
        one: &One,
        signers: &mut Signers<'_>,
    ) -> Result<Value> {
        let read = &*self.store;
        let One { row, words, .. } = one;
        let over = all.over(one);
        let mut shown = json!({
            "id": row.id.to_string(),
            "kind": one.kind(),
            "author": row.author.to_string(),
            "name": all.names.of(&row.author),
            "signed_by": signers.of(read, row)?,
            "title": words.title,
            "text": words.text,
            "language": words.language,
            "direction": language::direction(words.language.as_deref().unwrap_or_default()),
            "words": one.state,
            "edited": one.edited,
            "attachments": attach::shown(read, words)?,
            "translations": versions_json(read, &row.id, &all.names)?,
            "standing": all.standing(one, self.now.0),
            "superseded_by": over.map(|over| over.by.to_string()),
            "declared_at": row.declared_at.0,
            "first_seen_at": row.first_seen.0,
        });
        let more = match &one.body {
            Body::Announcement { priority, expires, supersedes, place, category } => json!({
                "priority": match priority {
                    Priority::Low => "low",
                    Priority::Normal => "normal",
                    Priority::High => "high",
                },
                "expires": expires,
                "expired": expires.is_some_and(|at| at < self.now.0),
                "supersedes": supersedes.map(|id| id.to_string()),
                "place": place,
                "category": category,
                "cap": match one.alert() {
                    Some(alert) => cap_json(alert, &self.cap(all, one, alert)?),
                    None => Value::Null,
                },
            }),
            Body::Decision { office, number, previous, supersedes } => {
                let authority = &all.community.authority;
                let mut cosigners = authority.cosigners(&row.id);
                cosigners.remove(&row.author);
                let names: Vec<String> = cosigners.keys().map(|id| all.names.of(id)).collect();
                let missing = previous.is_some_and(|id| all.find(&id).is_none());
                json!({
                    "office": office,
                    "number": number,
                    "previous": previous.map(|id| id.to_string()),
                    "supersedes": supersedes.map(|id| id.to_string()),
                    "cosigned_by": names,
                    "cosignatures_needed": all.community.founding.cosignatures,
                    "number_doubled": all.register.is_doubled(office, *number),
                    "previous_missing": missing,
                })
            }
            _ => json!({}),
        };
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        Ok(shown)
    }

    pub(super) fn announcements(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let all = self.announced(community)?;
        let mut signers = Signers::new(&all.community, &all.names);
        let shown = all.list.iter().map(|one| self.announced_json(&all, one, &mut signers));
        Ok(Value::Array(shown.collect::<Result<_>>()?))
    }

    pub(super) fn announcement_page(&mut self, context: &Context, which: &Which) -> Result<Value> {
        let kinds = ["alert", "announcement", "decision"];
        if let Some(kind) = which.kind.as_deref().filter(|kind| !kinds.contains(kind)) {
            return Err(ApiError::refused(why::announcement_kind(kind, kinds.join(", "))));
        }
        let community = self.here(context)?;
        let all = self.announced(community)?;
        let now = self.now.0;
        let of_office = |one: &One, wanted: &str| matches!(&one.body, Body::Decision { office, .. } if office == wanted);
        let wanted: Vec<&One> = all
            .list
            .iter()
            .rev()
            .filter(|one| which.kind.as_deref().is_none_or(|kind| one.kind() == kind))
            .filter(|one| which.office.as_deref().is_none_or(|office| of_office(one, office)))
            .filter(|one| !which.current || all.standing(one, now) == "current")
            .collect();
        let page = usize::try_from(which.page.max(1)).unwrap_or(usize::MAX);
        let mut signers = Signers::new(&all.community, &all.names);
        let shown = wanted
            .iter()
            .skip((page - 1).saturating_mul(PAGE_ITEMS))
            .take(PAGE_ITEMS)
            .map(|one| self.announced_json(&all, one, &mut signers));
        Ok(json!({
            "items": shown.collect::<Result<Vec<_>>>()?,
            "page": page,
            "pages": wanted.len().div_ceil(PAGE_ITEMS).max(1),
            "total": wanted.len(),
            "knowledge": self.knowledge(&all.community.id)?,
        }))
    }

    pub(super) fn announcement_show(&mut self, id: &str) -> Result<Value> {
        let (community, row) = self.entry(id, &ANNOUNCED, Thing::Announcement)?;
        let all = self.announced(community)?;
        let one = all.find(&row.id).ok_or_else(|| ApiError::refused(why::gone()))?;
        let mut signers = Signers::new(&all.community, &all.names);
        let mut shown = self.announced_json(&all, one, &mut signers)?;
        let brief = |other: &One| {
            json!({
                "id": other.row.id.to_string(),
                "title": reading::heading(&other.words),
                "name": all.names.of(&other.row.author),
                "declared_at": other.row.declared_at.0,
            })
        };
        // Whatever it took the place of, directly or not.
        let replaced = all
            .list
            .iter()
            .filter(|other| all.over(other).is_some_and(|over| over.by == one.row.id));
        let by = all.over(one).and_then(|over| all.find(&over.by));
        let more = json!({
            "replaces": replaced.map(brief).collect::<Vec<_>>(),
            "replaced_by": by.map(brief),
            "receipts": self.receipts_json(&row.id, &all.names)?,
            "knowledge": self.knowledge(&all.community.id)?,
        });
        if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
            shown.extend(more);
        }
        Ok(shown)
    }

    /// The decisions of each office by number, with what is missing or doubled.
    pub(super) fn register(&mut self, context: &Context, office: Option<&str>) -> Result<Value> {
        let community = self.here(context)?;
        let all = self.announced(community)?;
        let seats = all.community.authority.offices();
        let mut offices: Vec<String> = all.register.offices().map(str::to_owned).collect();
        offices.extend(seats.keys().cloned());
        offices.sort_unstable();
        offices.dedup();
        offices.retain(|name| office.is_none_or(|wanted| wanted == name));
        let listed = offices.iter().map(|name| {
            let holders = seats.get(name).into_iter().flatten();
            let holders = holders.map(
                |person| json!({ "person": person.to_string(), "name": all.names.of(person) }),
            );
            let mut shown = all.register.json(name, |id| {
                all.find(id).map(|one| {
                    json!({
                        "id": id.to_string(),
                        "title": reading::heading(&one.words),
                        "name": all.names.of(&one.row.author),
                        "standing": all.standing(one, self.now.0),
                        "superseded_by": all.over(one).map(|over| over.by.to_string()),
                        "declared_at": one.row.declared_at.0,
                    })
                })
            });
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("holders".into(), Value::Array(holders.collect()));
            }
            shown
        });
        Ok(json!({
            "offices": listed.collect::<Vec<_>>(),
            "knowledge": self.knowledge(&all.community.id)?,
        }))
    }
}
