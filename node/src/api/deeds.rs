//! Who did what to whom: every record that gives or ends a role, in plain words, whether it counts,
//! and when it came here. So that a quarrel between managers can be read by who knows none of the
//! rules.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::authority::Authority;
use baro_crdt::entry::{self, Entry};
use baro_crdt::ids::{CommunityId, PersonId, RecordId};
use baro_crdt::record::{Body, Grant, Record, Revocation};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::resolve::Names;
use super::{Community, Context, Node, Result};
use crate::store::Read;
use crate::wire::records_in_order;
use crate::words::{Reason, why};

/// The most deeds of one answer.
const DEEDS_MAX: usize = 500;
/// Among how many entries of a log a name is looked for.
const ENTRIES_LOOKED_AT: u32 = 16;

/// What puts one community's records into words.
struct Teller<'a> {
    community: &'a Community,
    names: &'a Names,
    /// Invite keys, and who made each.
    invites: BTreeMap<PersonId, PersonId>,
    /// What those are called of whose words nothing counts any more.
    struck: BTreeMap<PersonId, String>,
}

/// One deed, before it is put into a language.
struct Deed {
    id: String,
    kind: &'static str,
    at: i64,
    by: Vec<PersonId>,
    who: Vec<PersonId>,
    counts: bool,
    words: Vec<Reason>,
}

impl Teller<'_> {
    fn authority(&self) -> &Authority {
        &self.community.authority
    }

    fn name(&self, person: &PersonId) -> String {
        self.struck.get(person).cloned().unwrap_or_else(|| self.names.of(person))
    }

    fn names_of(&self, persons: &[PersonId]) -> String {
        persons.iter().map(|person| self.name(person)).collect::<Vec<_>>().join(", ")
    }

    fn granted(&self, grant: &Grant) -> Reason {
        let (by, who) = (self.name(&grant.by), self.names_of(&grant.persons));
        if let Some(inviter) = self.invites.get(&grant.by) {
            return why::deed_came_in(who, self.name(inviter));
        }
        match (&grant.office, grant.role) {
            (_, Role::Invite) => why::deed_invited(by),
            (Some(office), _) => why::deed_granted_office(by, who, office),
            (None, role) if grant.overcomes.is_empty() => why::deed_granted(by, who, role),
            (None, role) => why::deed_granted_again(by, who, role),
        }
    }

    fn ended(&self, revocation: &Revocation) -> Vec<Reason> {
        let by = self.names_of(&revocation.by);
        if self.invites.contains_key(&revocation.person) {
            return vec![why::deed_taken_back(by)];
        }
        let who = self.name(&revocation.person);
        let keeps_nothing = revocation.keep_records.is_empty() && revocation.keep_logs.is_empty();
        let mut words = vec![match revocation.roles.as_slice() {
            [] if keeps_nothing => why::deed_stolen(by, who),
            [] => why::deed_ended(by, who),
            roles => why::deed_ended_roles(by, who, roles),
        }];
        if revocation.by.len() > 1 {
            words.push(why::deed_together(revocation.by.len()));
        }
        words
    }

    /// Why a record does not count, or no longer.
    fn void(&self, record: &Record) -> Option<Reason> {
        if self.authority().is_live(&record.id()) {
            return None;
        }
        let body = record.body();
        Some(match (body, body.signers()) {
            (Body::Revocation(revocation), [by]) if self.is_senior(&revocation.person, by) => {
                why::deed_senior(self.name(&revocation.person), self.name(by))
            }
            (Body::Grant(grant), _) if self.invites.contains_key(&grant.by) => {
                why::deed_ticket_void()
            }
            (_, signers) => why::deed_void(self.names_of(signers)),
        })
    }

    /// Whether `person` stands nearer to the founders than `by`, or began the community.
    fn is_senior(&self, person: &PersonId, by: &PersonId) -> bool {
        let (person, by) = (self.authority().distance(person), self.authority().distance(by));
        person == Some(0) || person.zip(by).is_some_and(|(person, by)| person < by)
    }

    fn deed(&self, record: &Record, at: i64) -> Option<Deed> {
        let (kind, who, mut words) = match record.body() {
            Body::Founding(founding) => {
                let by = self.names_of(&founding.founders);
                ("founding", Vec::new(), vec![why::deed_founded(by)])
            }
            Body::Grant(grant) => {
                let who = match grant.role {
                    Role::Invite => Vec::new(),
                    _ => grant.persons.clone(),
                };
                ("grant", who, vec![self.granted(grant)])
            }
            Body::Revocation(revocation) => {
                ("revocation", vec![revocation.person], self.ended(revocation))
            }
            Body::Accept(accept) => {
                let (by, who) = (self.name(&accept.by), self.name(&accept.person));
                let count = accept.records.len() + accept.logs.len();
                ("accept", vec![accept.person], vec![why::deed_let_in(by, who, count)])
            }
            Body::Epoch(epoch) => {
                let words = why::deed_epoch(self.name(&epoch.by), u64::from(epoch.number));
                ("epoch", Vec::new(), vec![words])
            }
            Body::Closing(_) | Body::CoSignature(_) => return None,
        };
        let void = self.void(record);
        let counts = void.is_none();
        words.extend(void);
        let (id, by) = (record.id().to_string(), record.body().signers().to_vec());
        Some(Deed { id, kind, at, by, who, counts, words })
    }
}

/// Invite keys, and who made each.
fn invites(records: &[Record]) -> BTreeMap<PersonId, PersonId> {
    let each = records.iter().filter_map(|record| match record.body() {
        Body::Grant(grant) if grant.role == Role::Invite => Some(grant),
        _ => None,
    });
    each.flat_map(|grant| grant.persons.iter().map(|key| (*key, grant.by))).collect()
}

/// The name under which somebody first spoke, whether their words count or not: whoever stole a key
/// may have taken another since.
fn first_name(
    read: &dyn Read,
    community: &CommunityId,
    person: &PersonId,
) -> Result<Option<String>> {
    let mut first: Option<(u64, String)> = None;
    for row in read.logs_of(community, person)? {
        let mut lamport = 0_u64;
        for bytes in read.entries(row.number, 0..row.cursor.length.min(ENTRIES_LOOKED_AT))? {
            let Ok(entry) = Entry::from_bytes(&bytes) else { break };
            lamport = lamport.saturating_add(1).saturating_add(entry.lamport_step);
            if let entry::Body::Name { name } = entry.body
                && first.as_ref().is_none_or(|(before, _)| lamport < *before)
            {
                first = Some((lamport, name));
                break;
            }
        }
    }
    Ok(first.map(|(_, name)| name))
}

impl Node {
    /// The deeds of a community, the latest first.
    pub(super) fn deeds(
        &mut self,
        context: &Context,
        offset: usize,
        limit: usize,
    ) -> Result<Value> {
        let community = self.here(context)?;
        let (id, lang) = (community.id, context.lang.as_deref());
        let names = self.names(&id)?;
        let records = records_in_order(&*self.store, &id)?;
        let rows = self.store.records(&id)?;
        let seen: BTreeMap<RecordId, i64> =
            rows.iter().map(|row| (row.id, row.first_seen.0)).collect();
        let invites = invites(&records);
        let mut teller =
            Teller { community: &community, names: &names, invites, struck: BTreeMap::new() };
        for person in records.iter().flat_map(|record| record.body().signers()) {
            if !names.has(person)
                && let Some(name) = first_name(&*self.store, &id, person)?
            {
                teller.struck.insert(*person, name);
            }
        }
        let at = |record: &Record| seen.get(&record.id()).copied().unwrap_or_default();
        let mut deeds: Vec<Deed> =
            records.iter().filter_map(|record| teller.deed(record, at(record))).collect();
        let mut forked = BTreeSet::new();
        for cut in self.store.cuts(&id)? {
            let Some(log) = self.store.log(&cut.log)? else { continue };
            let who = log.header.author;
            // Once a person: several logs of one copied device are one story.
            if forked.insert(who) {
                let words = vec![why::deed_two_stories(teller.name(&who), log.authorised as usize)];
                let (id, by, who) = (cut.log.to_string(), vec![who], Vec::new());
                deeds.push(Deed { id, kind: "fork", at: i64::MAX, by, who, counts: false, words });
            }
        }
        // What came at the same moment stands in the order in which one empowers the other.
        deeds.sort_by_key(|deed| deed.at);
        let total = deeds.len();
        let person = |person: &PersonId| json!({ "person": person.to_string(), "name": teller.name(person) });
        let shown = deeds.iter().rev().skip(offset).take(limit.min(DEEDS_MAX)).map(|deed| {
            let words: Vec<String> = deed.words.iter().map(|why| why.words(lang)).collect();
            json!({
                "id": deed.id,
                "kind": deed.kind,
                "first_seen_at": (deed.at != i64::MAX).then_some(deed.at),
                "by": deed.by.iter().map(person).collect::<Vec<_>>(),
                "who": deed.who.iter().map(person).collect::<Vec<_>>(),
                "counts": deed.counts,
                "words": words.join(" "),
            })
        });
        Ok(json!({ "total": total, "deeds": shown.collect::<Vec<_>>() }))
    }
}
