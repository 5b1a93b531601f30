//! What the node keeps in memory between commands: authority, persons here, marks of posts.
//!
//! All of it can be read from the store again; whatever commits says what it may have changed
//! ([`super::stale`]).

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Payload, PostKind};
use baro_crdt::ids::{CommunityId, EntryId};
use baro_crdt::record::{Body, Founding, Record};

use super::resolve::Names;
use super::stale::Stale;
use super::{ApiError, Result, reading};
use crate::replica::Replica;
use crate::store::{LocalPerson, PostFamily, PostRow, Read, RecordRow, StoreError};
use crate::words::why;

/// A community as its records have it.
pub struct Community {
    /// Its id.
    pub id: CommunityId,
    /// What it began with.
    pub founding: Founding,
    /// What its records amount to.
    pub authority: Arc<Authority>,
}

/// The records held of a community.
pub(super) fn records(read: &dyn Read, id: &CommunityId) -> Result<Vec<Record>> {
    let read_one = |row: &RecordRow| {
        Record::from_trusted_bytes(&row.bytes)
            .map_err(|error| StoreError::Damaged(error.to_string()).into())
    };
    read.records(id)?.iter().map(read_one).collect()
}

/// The record that a community began with, and what it says.
pub(super) fn founding(read: &dyn Read, id: &CommunityId) -> Result<(Record, Founding)> {
    let row = read.record(&id.founding())?;
    let record = row.and_then(|row| Record::from_trusted_bytes(&row.bytes).ok());
    match record.as_ref().map(|record| (record, record.body())) {
        Some((record, Body::Founding(founding))) => Ok((record.clone(), founding.clone())),
        _ => Err(StoreError::Damaged("a community's founding record is missing".into()).into()),
    }
}

/// The persons of this device in one community.
#[derive(Default)]
pub(super) struct Persons {
    /// In order of being added.
    pub(super) all: Vec<LocalPerson>,
    by_name: BTreeMap<String, usize>,
}

impl Persons {
    pub(super) fn add(&mut self, person: LocalPerson) {
        self.by_name.entry(person.name.clone()).or_insert(self.all.len());
        self.all.push(person);
    }

    /// Whether somebody here has this very name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// By id, else by name: nobody takes another's place by choosing their id for a name.
    pub(super) fn named(&self, name: &str) -> Option<&LocalPerson> {
        let by_id = name.parse().ok().and_then(|id| self.all.iter().find(|p| p.person == id));
        by_id.or_else(|| self.by_name.get(name).and_then(|at| self.all.get(*at)))
    }
}

/// The memory of a [`super::Node`].
#[derive(Default)]
pub(super) struct Known {
    communities: BTreeMap<CommunityId, Arc<Community>>,
    persons: BTreeMap<CommunityId, Arc<Persons>>,
    /// Posts by their mark, as far as they were asked for.
    references: BTreeMap<(CommunityId, String), EntryId>,
    /// Communities whose posts were all looked at for marks, and nothing has come since.
    scanned: BTreeSet<CommunityId>,
    /// What persons are called.
    names: RefCell<BTreeMap<CommunityId, Arc<Names>>>,
    /// The proposals of a community, by Lamport number, then id.
    proposals: BTreeMap<CommunityId, Arc<Vec<PostRow>>>,
    /// What counts of the debates that were last asked about.
    pub(super) counts: super::counts::Counts,
}

impl Known {
    /// Forgets what may have changed.
    pub(super) fn forget(&mut self, stale: &Stale) {
        self.counts.forget(stale);
        if stale.all_communities {
            self.communities.clear();
        } else {
            stale.communities.iter().for_each(|id| drop(self.communities.remove(id)));
        }
        if stale.names {
            self.names.get_mut().clear();
        }
        if stale.proposals {
            self.proposals.clear();
        }
        if stale.marks {
            self.scanned.clear();
        }
        if stale.persons {
            self.persons.clear();
            self.references.clear();
        }
    }

    /// What the persons of a community are called.
    pub(super) fn names(&self, read: &dyn Read, id: &CommunityId) -> Result<Arc<Names>> {
        if let Some(names) = self.names.borrow().get(id) {
            return Ok(Arc::clone(names));
        }
        let names = Arc::new(Names::of_rows(read.names(id)?));
        self.names.borrow_mut().insert(*id, Arc::clone(&names));
        Ok(names)
    }

    /// The proposals of a community, by Lamport number, then id.
    pub(super) fn proposals(
        &mut self,
        read: &dyn Read,
        id: &CommunityId,
    ) -> Result<Arc<Vec<PostRow>>> {
        if let Some(known) = self.proposals.get(id) {
            return Ok(Arc::clone(known));
        }
        let mut proposals = Vec::new();
        for row in read.posts(id, PostFamily::Post)? {
            if reading::kind(read, &row)? == Some(PostKind::Proposal) {
                proposals.push(row);
            }
        }
        let proposals = Arc::new(proposals);
        self.proposals.insert(*id, Arc::clone(&proposals));
        Ok(proposals)
    }

    pub(super) fn community(
        &mut self,
        read: &dyn Read,
        replica: &mut Replica,
        id: &CommunityId,
    ) -> Result<Arc<Community>> {
        if let Some(known) = self.communities.get(id) {
            return Ok(known.clone());
        }
        let known = {
            let (_, founding) = founding(read, id)?;
            Arc::new(Community { id: *id, founding, authority: replica.authority(read, id)? })
        };
        self.communities.insert(*id, known.clone());
        Ok(known)
    }

    pub(super) fn persons(&mut self, read: &dyn Read, id: &CommunityId) -> Result<Arc<Persons>> {
        if let Some(known) = self.persons.get(id) {
            return Ok(known.clone());
        }
        let mut persons = Persons::default();
        for person in read.local_persons()? {
            if person.community == *id {
                persons.add(person);
            }
        }
        let persons = Arc::new(persons);
        self.persons.insert(*id, persons.clone());
        Ok(persons)
    }

    /// Notes the mark of a post just written.
    pub(super) fn mark(&mut self, community: CommunityId, reference: String, id: EntryId) {
        self.references.insert((community, reference), id);
    }

    /// The post with this mark: the last that was written here, else the first by Lamport number.
    pub(super) fn marked(
        &mut self,
        read: &dyn Read,
        community: &CommunityId,
        reference: &str,
    ) -> Result<EntryId> {
        let key = (*community, reference.to_owned());
        if let Some(id) = self.references.get(&key) {
            return Ok(*id);
        }
        let families = [PostFamily::Debate, PostFamily::Post, PostFamily::Answer];
        let is_scanned = !self.scanned.insert(*community);
        for family in families.into_iter().filter(|_| !is_scanned) {
            for row in read.posts(community, family)? {
                let Some(hash) = row.payload else { continue };
                let Some(bytes) = read.payload(&hash)? else { continue };
                let words = Payload::from_bytes(bytes).and_then(|payload| payload.words());
                if let Ok(Some(mark)) = words.map(|words| words.reference) {
                    self.references.entry((*community, mark)).or_insert(row.id);
                }
            }
        }
        self.references
            .get(&key)
            .copied()
            .ok_or_else(|| ApiError::refused(why::mark_unknown(reference)))
    }
}
