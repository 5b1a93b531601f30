//! From what people type to what it means: communities, speakers, persons and entries.

use std::sync::Arc;

use baro_crdt::ids::{CommunityId, EntryId, PersonId};
use baro_crdt::keys::MemberKey;
use baro_crdt::record::Record;
use baro_crdt::role::Role;

use super::known::founding;
use super::{ApiError, Community, Context, Node, Result};
use crate::store::{LocalPerson, NameRow, PostFamily, PostRow, Read};
use crate::words::{Thing, why};

/// The fewest characters of an id that may stand for the whole.
const PREFIX_MIN: usize = 6;

impl Node {
    pub(super) fn community(&mut self, id: &CommunityId) -> Result<Arc<Community>> {
        self.known.community(&*self.store, &mut self.replica, id)
    }

    /// The community named in `context`, or the only one.
    pub(super) fn here(&mut self, context: &Context) -> Result<Arc<Community>> {
        if let Some(wanted) = &context.community {
            return self.community_named(wanted);
        }
        let rows = self.store.communities()?;
        match rows.as_slice() {
            [only] => self.community(&only.id),
            [] => Err(ApiError::refused(why::no_community())),
            _ => Err(ApiError::refused(why::several_communities())),
        }
    }

    /// The community with this name or id, or whose id begins so.
    pub(super) fn community_named(&mut self, wanted: &str) -> Result<Arc<Community>> {
        let mut found = Vec::new();
        for row in self.store.communities()? {
            let id = row.id.to_string();
            let by_id = wanted.len() >= PREFIX_MIN && id.starts_with(&wanted.to_lowercase());
            if by_id || founding(&*self.store, &row.id)?.1.name == wanted {
                found.push(row.id);
            }
        }
        match found.as_slice() {
            [only] => self.community(only),
            [] => Err(ApiError::unknown(why::community_unknown(wanted))),
            _ => Err(ApiError::refused(why::community_ambiguous(wanted))),
        }
    }

    /// The person who speaks: the one named, or the first who lives here.
    pub(super) fn speaker(
        &mut self,
        community: &Community,
        name: Option<&str>,
    ) -> Result<LocalPerson> {
        let persons = self.persons(&community.id)?;
        let found = match name {
            Some(name) => persons.named(name),
            None => persons.all.first(),
        };
        found.cloned().ok_or_else(|| {
            ApiError::refused(match name {
                Some(name) => why::not_on_device(name),
                None => why::nobody_here(),
            })
        })
    }

    /// Who speaks in the community named, both from `context`.
    pub(super) fn speaking(&mut self, context: &Context) -> Result<(Arc<Community>, LocalPerson)> {
        let community = self.here(context)?;
        let who = self.speaker(&community, context.speaker.as_deref())?;
        Ok((community, who))
    }

    pub(super) fn person(&self, community: &Community, wanted: &str) -> Result<PersonId> {
        find_person(&*self.store, community, wanted)
    }

    /// An entry of one of these families, and its community.
    pub(super) fn entry(
        &mut self,
        wanted: &str,
        families: &[PostFamily],
        what: Thing,
    ) -> Result<(Arc<Community>, PostRow)> {
        let id: EntryId =
            wanted.parse().map_err(|_| ApiError::refused(why::not_id(wanted, what)))?;
        match self.store.post(&id)? {
            Some(row) if families.contains(&row.family) => {
                Ok((self.community(&row.community)?, row))
            }
            Some(_) => Err(ApiError::refused(why::not_that(id.to_string(), what))),
            None => Err(ApiError::unknown(why::not_here(id.to_string(), what))),
        }
    }

    /// The grant by which `who` may act as one of `roles`.
    pub(super) fn power(
        community: &Community,
        who: &LocalPerson,
        roles: &[Role],
    ) -> Result<baro_crdt::ids::RecordId> {
        let grant = |role: &Role| community.authority.best_grant(&who.person, *role, None);
        let none = || ApiError::refused(why::no_role(&who.name, roles));
        roles.iter().find_map(grant).ok_or_else(none)
    }

    /// A person's key, if it is open to whoever asks.
    pub(super) fn key(who: &LocalPerson) -> Result<MemberKey> {
        let locked = || ApiError::Locked { person: who.person, name: who.name.clone() };
        who.key().ok_or_else(locked)
    }

    /// Signs a body with one person's key.
    pub(super) fn record(who: &LocalPerson, body: baro_crdt::record::Body) -> Result<Record> {
        Ok(Record::sign(body, &[&Self::key(who)?])?)
    }

    /// What somebody is called, or the beginning of their id.
    pub(super) fn name_of(&self, community: &CommunityId, person: &PersonId) -> Result<String> {
        Ok(self.names(community)?.of(person))
    }

    pub(super) fn names(&self, community: &CommunityId) -> Result<Arc<Names>> {
        self.known.names(&*self.store, community)
    }
}

/// A person of the community: by id, by the beginning of it, or by a name only one has.
pub(super) fn find_person(
    read: &dyn Read,
    community: &Community,
    wanted: &str,
) -> Result<PersonId> {
    if let Ok(id) = wanted.parse::<PersonId>() {
        return Ok(id);
    }
    let lower = wanted.to_lowercase();
    let names = read.names(&community.id)?;
    let mut found: Vec<PersonId> =
        names.iter().filter(|row| row.name == wanted).map(|row| row.person).collect();
    if found.is_empty() && wanted.len() >= PREFIX_MIN {
        let members = community.authority.members().into_iter();
        let invites = community.authority.invites().into_iter();
        let ids = members.chain(invites).map(|info| info.person);
        found = ids.filter(|id| id.to_string().starts_with(&lower)).collect();
    }
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(ApiError::refused(why::person_unknown(wanted))),
        _ => Err(ApiError::refused(why::person_ambiguous(wanted))),
    }
}

/// The names of a community's persons.
#[derive(Default)]
pub(super) struct Names(std::collections::BTreeMap<PersonId, String>);

impl Names {
    pub(super) fn of_rows(rows: Vec<NameRow>) -> Self {
        Self(rows.into_iter().map(|row| (row.person, row.name)).collect())
    }

    /// Whether a name has come.
    pub(super) fn has(&self, person: &PersonId) -> bool {
        self.0.contains_key(person)
    }

    /// The name, or the beginning of the id of whom none has come yet.
    pub(super) fn of(&self, person: &PersonId) -> String {
        self.0.get(person).cloned().unwrap_or_else(|| person.to_string().chars().take(8).collect())
    }
}
