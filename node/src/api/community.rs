//! Communities: beginning one, listing, leaving.

use baro_crdt::authority::Authority;
use baro_crdt::ids::CommunityId;
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Body, Founding, Record};
use baro_crdt::role::Role;
use rand_core::Rng;
use serde_json::{Value, json};

use super::known::{founding, records};
use super::persons::checked_name;
use super::private::Drawer;
use super::{ApiError, Context, Node, Result};
use crate::author::{Draft, Pen};
use crate::replica::{Item, LocalChange, age_now};
use crate::store::CommunityRow;
use crate::words::why;

/// What a community fixes for good when it begins.
pub(super) struct Limits {
    pub(super) threshold: u8,
    pub(super) debates_by: Option<String>,
    pub(super) cosignatures: u8,
    pub(super) members_only: bool,
}

/// The role that a word names.
pub(super) fn role(word: &str) -> Result<Role> {
    Role::from_word(word).ok_or_else(|| {
        let words: Vec<_> = Role::ALL.iter().map(|role| role.word()).collect();
        ApiError::refused(why::role_unknown(word, words.join(", ")))
    })
}

impl Node {
    pub(super) fn community_create(
        &mut self,
        context: &Context,
        name: &str,
        founders: &[String],
        limits: &Limits,
    ) -> Result<Value> {
        let name = checked_name(name)?;
        let first = match &context.speaker {
            Some(speaker) => checked_name(speaker)?,
            None => self.device_name()?,
        };
        let mut names = vec![first];
        for founder in founders {
            let founder = checked_name(founder)?;
            if names.contains(&founder) {
                return Err(ApiError::refused(why::founder_twice(founder)));
            }
            names.push(founder);
        }
        if usize::from(limits.threshold) > names.len() {
            return Err(ApiError::refused(why::threshold(usize::from(limits.threshold))));
        }
        // Keys come before the community's id, which is a hash of them.
        let mut keys: Vec<(MemberKey, String)> =
            names.into_iter().map(|name| (MemberKey::generate(&mut self.rng), name)).collect();
        let mut nonce = vec![0; 16];
        self.rng.fill_bytes(&mut nonce);
        let mut ids: Vec<_> = keys.iter().map(|(key, _)| key.id()).collect();
        ids.sort_unstable();
        let body = Body::Founding(Founding {
            name: name.clone(),
            language: context.lang.clone().unwrap_or_else(|| "fr".to_owned()),
            founders: ids,
            threshold: limits.threshold,
            nonce,
            debates_by: limits.debates_by.as_deref().map_or(Ok(Role::Member), role)?,
            cosignatures: limits.cosignatures,
            members_only: limits.members_only,
        });
        let signers: Vec<&MemberKey> = keys.iter().map(|(key, _)| key).collect();
        let record = Record::sign(body, &signers)?;
        let community = record.community();
        let authority = Authority::compute(&record, std::iter::empty());
        let via = record.id();
        let mut items = vec![Item::Join(record)];
        let age = age_now(&*self.store, self.now.0)?;
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let mut persons = Vec::new();
        for (key, name) in keys.drain(..) {
            let (person, seed) = (key.id(), key.seed());
            let seed = Some(seed);
            let person = crate::store::LocalPerson { community, person, name, seed };
            persons.push(person.clone());
            let name = baro_crdt::entry::Body::Name { name: person.name.clone() };
            pen.write(&authority, &person, Draft::member(name, None))?;
            let drawer = Drawer::new(&community, &person.person, None);
            items.push(super::message::publish(&mut pen, &authority, &person, &drawer, age)?);
            items.push(Item::Local(LocalChange::Person(person)));
        }
        items.extend(pen.finish());
        if limits.members_only
            && let Some(first) = persons.first()
        {
            items.extend(self.begin_epoch(community, (first, via), 1, Vec::new())?.items);
        }
        self.commit(items)?;
        Ok(
            json!({ "id": community.to_string(), "name": name, "members_only": limits.members_only }),
        )
    }

    /// The community's authority as it is with `more` records, which may begin it.
    pub(super) fn authority_with(&self, id: &CommunityId, more: &[Record]) -> Result<Authority> {
        let mut all = match self.store.community(id)? {
            Some(_) => records(&*self.store, id)?,
            None => Vec::new(),
        };
        all.extend_from_slice(more);
        let begin = all.iter().find(|record| record.id() == id.founding());
        let begin = begin.ok_or_else(|| ApiError::refused(why::beginning_missing()))?;
        Ok(Authority::compute(begin, all.iter()))
    }

    pub(super) fn community_json(&mut self, row: &CommunityRow) -> Result<Value> {
        let (_, founding) = founding(&*self.store, &row.id)?;
        Ok(json!({
            "members_only": founding.members_only,
            "id": row.id.to_string(),
            "name": founding.name,
            "language": founding.language,
            "records": row.records,
            "logs": row.logs,
            "entries": row.entries,
            "digest": row.digest()?.to_string(),
        }))
    }

    pub(super) fn community_list(&mut self) -> Result<Value> {
        let rows = self.store.communities()?;
        rows.iter()
            .map(|row| self.community_json(row))
            .collect::<Result<Vec<_>>>()
            .map(Value::Array)
    }

    pub(super) fn community_show(&mut self, wanted: &str) -> Result<Value> {
        let community = self.community_named(wanted)?;
        let Some(row) = self.store.community(&community.id)? else {
            return Err(ApiError::refused(why::community_gone()));
        };
        let mut shown = self.community_json(&row)?;
        let names = self.names(&community.id)?;
        let founding = &community.founding;
        let founder = |id| json!({ "id": format!("{id}"), "name": names.of(id) });
        if let Some(fields) = shown.as_object_mut() {
            let founders = founding.founders.iter().map(founder).collect();
            fields.insert("founders".into(), Value::Array(founders));
            fields.insert("threshold".into(), founding.threshold.into());
            fields.insert("debates_by".into(), founding.debates_by.word().into());
            fields.insert("cosignatures".into(), founding.cosignatures.into());
            fields.insert("members".into(), community.authority.members().len().into());
            if let Some(epoch) = self.epoch_json(&community)? {
                fields.insert("epoch".into(), epoch);
            }
        }
        Ok(shown)
    }

    pub(super) fn community_leave(&mut self, wanted: &str) -> Result<Value> {
        let community = self.community_named(wanted)?;
        let mut items = self.forget_carry_notes()?;
        items.push(Item::Local(LocalChange::Leave(community.id)));
        self.commit(items)?;
        Ok(json!({ "id": community.id.to_string(), "name": community.founding.name }))
    }
}
