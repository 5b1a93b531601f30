//! Receipts: a person's device signs what reached them, so that who asked knows it and does not
//! only hope.
//!
//! A question put to a person of this device, or to an office that one holds, is noted by the
//! replica in the transaction that brings it. Right after, one entry for each person signs for up
//! to 64 of them at once: 16 bytes each, and some 100 for the entry with its head. Opened is said
//! only when somebody opens it. Both are claims of that device about its own time.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body, RECEIPT_ENTRIES_MAX};
use baro_crdt::ids::{CommunityId, EntryId, PersonId};
use baro_crdt::record;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::ask::{addressed, question_of};
use super::resolve::Names;
use super::{ApiError, Context, Node, Result};
use crate::author::{Draft, Pen};
use crate::replica::{ASKED_PREFIX, Batch, Item, LocalChange, asked_key};
use crate::store::Read;
use crate::words::{Thing, why};

/// The most entries that one request opens.
const OPENED_MAX: usize = 1_024;

/// The parts of an `asked` key.
fn asked(key: &str) -> Option<(CommunityId, PersonId, EntryId)> {
    let mut parts = key.strip_prefix(ASKED_PREFIX)?.split('/');
    let found =
        (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(found)
}

/// Whether the person has signed for an entry, that it came or that they opened it.
fn signed(read: &dyn Read, person: &PersonId, entry: &EntryId, opened: bool) -> Result<bool> {
    let receipts = read.receipts(entry)?;
    Ok(receipts.iter().any(|row| row.person == *person && (row.read || !opened)))
}

impl Node {
    /// Signs for the questions that reached persons of this device and were not signed for.
    pub(super) fn settle_receipts(&mut self) -> Result<()> {
        let mut items = Vec::new();
        let mut asked_of: BTreeMap<(CommunityId, PersonId), BTreeSet<EntryId>> = BTreeMap::new();
        for (key, _) in self.store.local_prefix(ASKED_PREFIX)? {
            if let Some((community, person, entry)) = asked(&key)
                && !signed(&*self.store, &person, &entry, false)?
            {
                // Who is locked signs when they come.
                if self.is_locked(&community, &person)? {
                    continue;
                }
                asked_of.entry((community, person)).or_default().insert(entry);
            }
            items.push(Item::Local(LocalChange::Drop { key }));
        }
        if items.is_empty() {
            return Ok(());
        }
        let mut written = Vec::new();
        for ((community, person), entries) in asked_of {
            if self.store.community(&community)?.is_some() {
                let entries: Vec<EntryId> = entries.into_iter().collect();
                // Who is no member any more signs nothing; what waits for them is forgotten.
                written.extend(
                    self.receipts(&community, &person, &entries, false).unwrap_or_default(),
                );
            }
        }
        written.extend(items);
        self.commit(written)
    }

    /// The items that sign for these entries, ascending, in the name of a person here.
    fn receipts(
        &mut self,
        community: &CommunityId,
        person: &PersonId,
        entries: &[EntryId],
        read: bool,
    ) -> Result<Vec<Item>> {
        let community = self.community(community)?;
        let here = self.persons(&community.id)?;
        let Some(who) = here.all.iter().find(|local| local.person == *person) else {
            return Ok(Vec::new());
        };
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        for entries in entries.chunks(RECEIPT_ENTRIES_MAX) {
            let body = Body::Receipt { entries: entries.to_vec(), read };
            pen.write(&community.authority, who, Draft::member(body, None))?;
        }
        Ok(pen.finish())
    }

    /// After something was taken in: signs for what it brought. What cannot be signed now (a full
    /// disk, say) is tried again with the next.
    pub(super) fn after_taking_in(&mut self, batches: &[Batch]) {
        let mut offices_given = BTreeSet::new();
        for item in batches.iter().flat_map(|batch| &batch.items) {
            if let Item::Record(record) = item
                && let record::Body::Grant(grant) = record.body()
                && grant.role == Role::Official
            {
                offices_given.insert(grant.community);
            }
        }
        self.now = batches.iter().map(|batch| batch.now).max().unwrap_or(self.now).max(self.now);
        let looked =
            offices_given.iter().try_for_each(|community| self.look_for_questions(community));
        if looked.is_ok() {
            self.settle_soon();
        }
    }

    /// After a command: signs for what it brought, as [`Node::after_taking_in`].
    pub(super) fn settle_soon(&mut self) {
        if self.by_itself(Self::settle_receipts).is_err() {
            // The notes are still there.
        }
        self.open_some();
    }

    /// Notes all questions to whom lives here that nobody has signed for, old ones too: somebody
    /// was given an office.
    pub(super) fn look_for_questions(&mut self, id: &CommunityId) -> Result<()> {
        let community = self.community(id)?;
        let here = self.persons(id)?;
        let officials: Vec<PersonId> = here
            .all
            .iter()
            .map(|local| local.person)
            .filter(|person| community.authority.holds(person, Role::Official))
            .collect();
        if officials.is_empty() {
            return Ok(());
        }
        let mut items = Vec::new();
        for row in self.store.questions(id)? {
            let question = question_of(&*self.store, &row)?;
            for person in &officials {
                let seats = community.authority.offices();
                let holds = |office: &String| {
                    seats.get(office).is_some_and(|holders| holders.contains(person))
                };
                let is_asked = question.to == Some(*person) || question.office.iter().any(holds);
                if is_asked
                    && row.author != *person
                    && !signed(&*self.store, person, &row.id, false)?
                {
                    let (key, value) = (asked_key(id, person, &row.id), Vec::new());
                    items.push(Item::Local(LocalChange::Put { key, value }));
                }
            }
        }
        if items.is_empty() { Ok(()) } else { self.commit(items) }
    }

    /// The speaker's device signs that they opened these entries.
    pub(super) fn read_receipts(&mut self, context: &Context, entries: &[String]) -> Result<Value> {
        if entries.len() > OPENED_MAX {
            return Err(ApiError::refused(why::entries_max(OPENED_MAX)));
        }
        let mut opened: BTreeSet<EntryId> = BTreeSet::new();
        let mut community = None;
        for text in entries {
            let id: EntryId =
                text.parse().map_err(|_| ApiError::refused(why::not_id(text, Thing::Entry)))?;
            let row = self.store.post(&id)?;
            let row =
                row.ok_or_else(|| ApiError::refused(why::not_here(id.to_string(), Thing::Entry)))?;
            if *community.get_or_insert(row.community) != row.community {
                return Err(ApiError::refused(why::entries_of_several()));
            }
            opened.insert(id);
        }
        let community = match community {
            Some(id) => self.community(&id)?,
            None => return Err(ApiError::refused(why::entries_which())),
        };
        let who = self.speaker(&community, context.speaker.as_deref())?;
        let mut new = Vec::new();
        for id in &opened {
            if !signed(&*self.store, &who.person, id, true)? {
                new.push(*id);
            }
        }
        let items = self.receipts(&community.id, &who.person, &new, true)?;
        if !items.is_empty() {
            self.commit(items)?;
        }
        Ok(json!({ "signed": new.len(), "before": opened.len() - new.len() }))
    }

    /// Who signed for an entry, as JSON.
    pub(super) fn receipts_json(&self, entry: &EntryId, names: &Names) -> Result<Value> {
        let receipts = self.store.receipts(entry)?;
        let shown = receipts.iter().map(|row| {
            json!({
                "person": row.person.to_string(),
                "name": names.of(&row.person),
                "state": if row.read { "read" } else { "reached" },
                "declared_at": row.declared_at.0,
                "entry": row.entry.to_string(),
            })
        });
        Ok(Value::Array(shown.collect()))
    }
}

/// When a question first reached, and was first read by, somebody to whom it was put, as their
/// device declared.
pub(super) fn reached(
    read: &dyn Read,
    authority: &Authority,
    question: &super::ask::Question,
    entry: &EntryId,
) -> Result<(Option<i64>, Option<i64>)> {
    let mut first: [Option<(u64, EntryId, i64)>; 2] = [None, None];
    for row in read.receipts(entry)? {
        if !addressed(authority, question, &row.person) {
            continue;
        }
        let at = (row.lamport, row.entry, row.declared_at.0);
        for (slot, counts) in first.iter_mut().zip([true, row.read]) {
            if counts && slot.is_none_or(|known| (at.0, at.1) < (known.0, known.1)) {
                *slot = Some(at);
            }
        }
    }
    Ok(first.map(|found| found.map(|at| at.2)).into())
}
