//! `revoke` and `accept`: ending roles, and letting in what an ending shut out.

use baro_crdt::ids::{LogId, PersonId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::SignedHead;
use baro_crdt::record::{Accept, Body, Record, Revocation};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::community::role;
use super::known::records;
use super::{ApiError, Community, Context, Node, Result};
use crate::replica::Item;
use crate::store::LogRow;
use crate::words::why;

/// How many records and logs one revocation or accept lists here, so that its size stays in
/// bounds; more go into further accepts.
pub(super) const LISTED_MAX: usize = 1_000;

impl Node {
    pub(super) fn revoke(
        &mut self,
        context: &Context,
        person: &str,
        words: &[String],
        compromised: bool,
    ) -> Result<Value> {
        let community = self.here(context)?;
        let person = self.person(&community, person)?;
        let mut roles = words.iter().map(|word| role(word)).collect::<Result<Vec<_>>>()?;
        roles.sort_unstable();
        roles.dedup();
        let (by, via, keys) = self.revokers(context, &community, &person, compromised)?;
        let mut signers_here = self.persons(&community.id)?.all.clone();
        signers_here.retain(|signer| by.contains(&signer.person));
        let (mut keep_records, mut keep_logs) = match compromised {
            true => (Vec::new(), Vec::new()),
            false => self.what_stays(&community, &person)?,
        };
        let kept = (keep_records.len(), keep_logs.len());
        let more_records = keep_records.split_off(keep_records.len().min(LISTED_MAX));
        let more_logs = keep_logs.split_off(keep_logs.len().min(LISTED_MAX));
        let revocation = Revocation {
            community: community.id,
            by,
            via,
            person,
            roles: roles.clone(),
            keep_records,
            keep_logs,
        };
        let signers: Vec<&MemberKey> = keys.iter().collect();
        let record = Record::sign(Body::Revocation(revocation), &signers)?;
        let id = record.id();
        let begun = self.epoch_after(&community, &record, &person, &signers_here)?;
        let epoch = begun.as_ref().map(|begun| begun.number);
        let mut items = vec![Item::Record(record)];
        items.extend(begun.into_iter().flat_map(|begun| begun.items));
        items.extend(self.accepts(context, &community, person, more_records, more_logs)?);
        self.commit(items)?;
        let community = self.community(&community.id)?;
        Ok(json!({
            "id": id.to_string(),
            "person": person.to_string(),
            "name": self.name_of(&community.id, &person)?,
            "roles": roles.iter().map(|role| role.word()).collect::<Vec<_>>(),
            "kept_records": kept.0,
            "kept_logs": kept.1,
            "counts": community.authority.is_live(&id),
            "epoch": epoch,
        }))
    }

    /// What an end of mandate keeps of a person: the records they signed, and how far their logs count.
    pub(super) fn what_stays(
        &self,
        community: &Community,
        person: &PersonId,
    ) -> Result<(Vec<RecordId>, Vec<SignedHead>)> {
        let (mut keep_records, mut keep_logs) = (Vec::new(), Vec::new());
        for record in records(&*self.store, &community.id)? {
            if record.body().signers().contains(person) {
                keep_records.push(record.id());
            }
        }
        keep_records.retain(|id| *id != community.id.founding());
        keep_records.sort_unstable();
        for row in self.store.logs_of(&community.id, person)? {
            keep_logs.extend(self.last_signed(&row, row.authorised)?);
        }
        keep_logs.sort_by_key(|keep| keep.head.log);
        Ok((keep_records, keep_logs))
    }

    /// Who signs a revocation of `person`: founders together where it takes them, else a manager.
    fn revokers(
        &mut self,
        context: &Context,
        community: &Community,
        person: &PersonId,
        compromised: bool,
    ) -> Result<(Vec<PersonId>, RecordId, Vec<MemberKey>)> {
        let authority = &community.authority;
        let threshold = usize::from(community.founding.threshold);
        // What founders sign together comes before all that a stolen manager's key has signed.
        let here = self.persons(&community.id)?;
        let founders_here = here.all.iter().filter(|who| authority.is_founder(&who.person)).count();
        let together = compromised
            && context.speaker.is_none()
            && threshold > 1
            && founders_here >= threshold
            && authority.holds(person, Role::Manager);
        if authority.is_founder(person) || together {
            if let Some(name) = &context.speaker {
                let who = self.speaker(community, Some(name))?;
                if !authority.is_founder(&who.person) {
                    return Err(ApiError::refused(why::not_founder(name)));
                }
            }
            let founders = community.founding.founders.iter();
            if !founders.clone().any(|one| one != person && authority.is_founder(one)) {
                return Err(ApiError::refused(why::last_founder()));
            }
            let here = self.persons(&community.id)?;
            let mut founders: Vec<_> =
                here.all.iter().filter(|p| authority.is_founder(&p.person)).collect();
            founders.sort_by_key(|founder| (founder.person == *person, founder.person));
            if founders.len() < threshold {
                return Err(ApiError::refused(why::founders_together(threshold, founders.len())));
            }
            founders.truncate(threshold);
            founders.sort_by_key(|founder| founder.person);
            let by = founders.iter().map(|founder| founder.person).collect();
            let keys = founders.iter().map(|f| Self::key(f)).collect::<Result<_>>()?;
            return Ok((by, authority.founding(), keys));
        }
        let (by, via) = self.with_power(community, context.speaker.as_deref(), &[Role::Manager])?;
        if authority.distance(person) < authority.distance(&by.person) {
            return Err(ApiError::refused(why::nearer_founders(
                self.name_of(&community.id, person)?,
                by.name,
            )));
        }
        let key = Self::key(&by)?;
        Ok((vec![by.person], via, vec![key]))
    }

    /// The last signed head held of a log at or before `length`.
    fn last_signed(&self, row: &LogRow, length: u32) -> Result<Option<SignedHead>> {
        let heads = self.store.heads(row.number)?;
        Ok(heads.into_iter().rfind(|keep| keep.head.length <= length))
    }

    /// As many accepts as it takes to let these in.
    fn accepts(
        &mut self,
        context: &Context,
        community: &Community,
        person: PersonId,
        mut records: Vec<RecordId>,
        mut logs: Vec<SignedHead>,
    ) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        while !records.is_empty() || !logs.is_empty() {
            let (by, via) =
                self.with_power(community, context.speaker.as_deref(), &[Role::Manager])?;
            let more_records = records.split_off(records.len().min(LISTED_MAX));
            let more_logs = logs.split_off(logs.len().min(LISTED_MAX));
            let accept =
                Accept { community: community.id, by: by.person, via, person, records, logs };
            items.push(Item::Record(Self::record(&by, Body::Accept(accept))?));
            (records, logs) = (more_records, more_logs);
        }
        Ok(items)
    }

    pub(super) fn accept(
        &mut self,
        context: &Context,
        what: &str,
        length: Option<u32>,
    ) -> Result<Value> {
        let community = self.here(context)?;
        let (mut in_records, mut in_logs) = (Vec::new(), Vec::new());
        let log = what.parse::<LogId>().ok().map(|id| self.store.log(&id)).transpose()?.flatten();
        let record = what.parse::<RecordId>().ok().map(|id| self.store.record(&id)).transpose()?;
        let person = match (log, record.flatten()) {
            (Some(row), _) => {
                let head = self.last_signed(&row, length.unwrap_or(row.cursor.length))?;
                in_logs.push(head.ok_or_else(|| ApiError::refused(why::no_signed_head()))?);
                row.header.author
            }
            (None, Some(row)) => {
                let record = Record::from_trusted_bytes(&row.bytes)?;
                in_records.push(record.id());
                let [person] = record.body().signers() else {
                    return Err(ApiError::refused(why::signed_by_several()));
                };
                *person
            }
            (None, None) => {
                return Err(ApiError::refused(why::no_log_or_record(what)));
            }
        };
        let items = self.accepts(context, &community, person, in_records, in_logs)?;
        let ids: Vec<_> = items
            .iter()
            .filter_map(|item| match item {
                Item::Record(record) => Some(record.id().to_string()),
                _ => None,
            })
            .collect();
        self.commit(items)?;
        Ok(json!({ "id": ids.first(), "person": person.to_string() }))
    }

    /// Logs and records that are held and do not count.
    pub(super) fn accept_list(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let mut waiting = Vec::new();
        for row in self.store.logs(&community.id)? {
            if row.authorised < row.cursor.length && self.store.cut(&row.id)?.is_none() {
                waiting.push(json!({
                    "log": row.id.to_string(),
                    "person": row.header.author.to_string(),
                    "name": names.of(&row.header.author),
                    "stream": row.header.stream.word(),
                    "length": row.cursor.length,
                    "authorised": row.authorised,
                }));
            }
        }
        for record in records(&*self.store, &community.id)? {
            if !community.authority.is_live(&record.id())
                && let [person] = record.body().signers()
            {
                waiting.push(json!({
                    "record": record.id().to_string(),
                    "person": person.to_string(),
                    "name": names.of(person),
                    "kind": kind(record.body()),
                }));
            }
        }
        Ok(Value::Array(waiting))
    }
}

fn kind(body: &Body) -> &'static str {
    match body {
        Body::Founding(_) => "founding",
        Body::Grant(_) => "grant",
        Body::Revocation(_) => "revocation",
        Body::Accept(_) => "accept",
        Body::Closing(_) => "closing",
        Body::CoSignature(_) => "co-signature",
        Body::Epoch(_) => "epoch",
    }
}
