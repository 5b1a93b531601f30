//! Announcements, alerts, decisions and their co-signatures.

use baro_crdt::entry::{Body, Priority};
use baro_crdt::ids::EntryId;
use baro_crdt::log::{Stream, chain_all};
use baro_crdt::record::{self, CoSignature};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::alert::alert;
use super::speak::Group;
use super::{Announce, ApiError, Context, Node, Op, Result, reading};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow, Read};
use crate::words::{Thing, why};

fn priority(word: Option<&str>, alert: bool) -> Result<Priority> {
    match word {
        None if alert => Ok(Priority::High),
        None | Some("normal") => Ok(Priority::Normal),
        Some("low") => Ok(Priority::Low),
        Some("high") => Ok(Priority::High),
        Some(word) => Err(ApiError::refused(why::priority_unknown(word))),
    }
}

/// The last decision of an office that is here: its number and id.
fn last_decision(
    read: &dyn Read,
    community: &baro_crdt::ids::CommunityId,
    wanted: &str,
) -> Result<Option<(u32, EntryId)>> {
    let mut last = None;
    for row in read.posts(community, PostFamily::Decision)? {
        if let Body::Decision { office, number, .. } = reading::entry(read, &row)?.body
            && office == wanted
            && last.is_none_or(|(highest, _)| number > highest)
        {
            last = Some((number, row.id));
        }
    }
    Ok(last)
}

impl Group<'_> {
    /// An announcement, alert or decision, ready to be written.
    pub(super) fn announcement(
        &mut self,
        announce: &Announce,
        reference: &Option<String>,
    ) -> Result<Draft> {
        let title = announce.title.trim();
        if title.is_empty() {
            return Err(ApiError::refused(why::no_title()));
        }
        let supersedes = announce.supersedes.as_deref().map(|id| self.target(id)).transpose()?;
        let family = match announce.decision {
            true => PostFamily::Decision,
            false => PostFamily::Announcement,
        };
        if let Some(id) = &supersedes {
            self.cited(id, &[family], Thing::Earlier)?;
        }
        let text = announce.body.as_deref().unwrap_or("");
        let mut words = self.words(Some(title), text, reference);
        if announce.decision {
            if announce.alert {
                return Err(ApiError::refused(why::decision_or_alert()));
            }
            let office = announce
                .office
                .clone()
                .ok_or_else(|| ApiError::refused(why::decision_needs_office()))?;
            let last = match self.decisions.get(&office) {
                Some(last) => *last,
                None => last_decision(self.read, &self.community.id, &office)?,
            };
            self.decisions.insert(office.clone(), last);
            let body = Body::Decision {
                office: office.clone(),
                number: last.map_or(1, |(number, _)| number.saturating_add(1)),
                previous: last.map(|(_, id)| id),
                supersedes,
            };
            let (stream, role) = (Stream::Official, Role::Official);
            return Ok(Draft { stream, role, office: Some(office), body, words: Some(words) });
        }
        let mut expires = announce.days.map(|days| self.pen.now().0 + i64::from(days) * 86_400);
        if announce.alert {
            let (alert, until) = alert(self.read, announce, supersedes.as_ref())?;
            words.alert = Some(alert);
            expires = until.or(expires);
        } else if !announce.cap.is_empty() {
            return Err(ApiError::refused(why::alert_fields()));
        }
        let body = Body::Announcement {
            priority: priority(announce.priority.as_deref(), announce.alert)?,
            expires,
            supersedes,
            place: announce.place.clone(),
            category: announce.category.clone(),
        };
        let stream = if announce.alert { Stream::Alerts } else { Stream::Official };
        let (role, office) = (Role::Official, announce.office.clone());
        Ok(Draft { stream, role, office, body, words: Some(words) })
    }

    /// Notes that a decision was written, so that the next in this group follows it.
    pub(super) fn decided(&mut self, announce: &Announce, id: EntryId) {
        if announce.decision
            && let Some(office) = &announce.office
            && let Some(last) = self.decisions.get_mut(office)
        {
            *last = Some((last.map_or(1, |(number, _)| number.saturating_add(1)), id));
        }
    }
}

impl Node {
    pub(super) fn announce(&mut self, context: &Context, announce: &Announce) -> Result<Value> {
        let op = Op::Announce { speaker: None, announce: announce.clone(), reference: None };
        self.one(context, op)
    }

    pub(super) fn cosign(&mut self, context: &Context, id: &str) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Decision], Thing::Decision)?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        if who.person == row.author {
            return Err(ApiError::refused(why::decider_signed()));
        }
        if community.authority.cosigners(&row.id).contains_key(&who.person) {
            return Err(ApiError::refused(why::cosigned_already(&who.name)));
        }
        let via = Self::power(&community, &who, &[Role::Member])?;
        let cosignature = CoSignature {
            community: community.id,
            by: who.person,
            via,
            decision: row.id,
            head: self.head_after(&row)?,
        };
        let record = Self::record(&who, record::Body::CoSignature(cosignature))?;
        let record_id = record.id();
        self.sign(record)?;
        Ok(json!({ "id": record_id.to_string(), "decision": row.id.to_string() }))
    }

    /// The head of a post's log right after it.
    fn head_after(&self, row: &PostRow) -> Result<baro_crdt::log::Head> {
        let log = self.store.log_by_number(row.log)?;
        let log = log.ok_or_else(|| ApiError::refused(why::log_missing()))?;
        let length = row.index.saturating_add(1);
        let entries = self.store.entries(row.log, 0..length)?;
        let chain = chain_all(log.id.start(), entries.iter().map(Vec::as_slice));
        Ok(baro_crdt::log::Head { log: log.id, length, chain })
    }
}
