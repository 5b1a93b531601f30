//! `grant` and `members`.

use baro_crdt::ids::{PersonId, RecordId};
use baro_crdt::record::{Body, Grant};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::community::role;
use super::known::records;
use super::{ApiError, Community, Context, Node, Result};
use crate::store::LocalPerson;
use crate::words::why;

impl Node {
    pub(super) fn grant(
        &mut self,
        context: &Context,
        person: &str,
        word: &str,
        office: Option<String>,
    ) -> Result<Value> {
        let community = self.here(context)?;
        let person = self.person(&community, person)?;
        let role = role(word)?;
        if office.is_some() && role != Role::Official {
            return Err(ApiError::refused(why::office_only_official()));
        }
        let powers: &[Role] = match role {
            Role::Member => &[Role::Facilitator, Role::Manager],
            _ => &[Role::Manager],
        };
        let (by, via) = self.with_power(&community, context.speaker.as_deref(), powers)?;
        let grant = Grant {
            community: community.id,
            by: by.person,
            via,
            role,
            office,
            persons: vec![person],
            overcomes: self.ended(&community, &person, role)?,
        };
        let record = Self::record(&by, Body::Grant(grant))?;
        let id = record.id();
        self.sign(record)?;
        if role == Role::Official {
            self.look_for_questions(&community.id)?;
        }
        Ok(json!({
            "id": id.to_string(),
            "person": person.to_string(),
            "name": self.name_of(&community.id, &person)?,
            "role": role.word(),
        }))
    }

    /// The revocations that a new grant of `role` to the person has to overcome.
    fn ended(&self, community: &Community, person: &PersonId, role: Role) -> Result<Vec<RecordId>> {
        let mut ended = Vec::new();
        for record in records(&*self.store, &community.id)? {
            if let Body::Revocation(revocation) = record.body()
                && revocation.person == *person
                && revocation.ends(role)
            {
                ended.push(record.id());
            }
        }
        ended.sort_unstable();
        Ok(ended)
    }

    /// Who on this device has one of these roles: the speaker where one is named, else the first.
    pub(super) fn with_power(
        &mut self,
        community: &Community,
        speaker: Option<&str>,
        roles: &[Role],
    ) -> Result<(LocalPerson, RecordId)> {
        if speaker.is_none() {
            let persons = self.persons(&community.id)?;
            let able = |person: &LocalPerson| {
                Some((person.clone(), Self::power(community, person, roles).ok()?))
            };
            let mut able: Vec<_> = persons.all.iter().filter_map(able).collect();
            // Who needs no PIN now goes before who does.
            able.sort_by_key(|(person, _)| person.seed.is_none());
            if let Some(first) = able.into_iter().next() {
                return Ok(first);
            }
        }
        let who = self.speaker(community, speaker)?;
        let via = Self::power(community, &who, roles)?;
        Ok((who, via))
    }

    /// The first of these roles that somebody has; they were found to have one.
    pub(super) fn first_role(community: &Community, who: &LocalPerson, roles: &[Role]) -> Role {
        let has =
            |role: &&Role| community.authority.best_grant(&who.person, **role, None).is_some();
        roles.iter().find(has).copied().unwrap_or(Role::Member)
    }

    pub(super) fn members(&mut self, context: &Context) -> Result<Value> {
        let community = self.here(context)?;
        let names = self.names(&community.id)?;
        let invites: Vec<_> = community.authority.invites().iter().map(|i| i.person).collect();
        let epoch = self.epoch_json(&community)?;
        let member = |info: baro_crdt::authority::MemberInfo| {
            let grant = info.grants.first();
            let by = grant.map(|grant| grant.by);
            let mut shown = json!({
                "person": info.person.to_string(),
                "name": names.of(&info.person),
                "roles": info.roles.iter().map(|role| role.word()).collect::<Vec<_>>(),
                "offices": info.offices,
                "founder": info.founder,
                "by": by.map(|by| by.to_string()),
                "by_name": by.map(|by| match invites.contains(&by) {
                    true => "an invite ticket".to_owned(),
                    false => names.of(&by),
                }),
                "grant": grant.map_or(community.authority.founding(), |g| g.grant).to_string(),
            });
            if let (Some(epoch), Some(fields)) = (&epoch, shown.as_object_mut()) {
                fields.insert("epoch".into(), epoch.clone());
            }
            shown
        };
        Ok(Value::Array(community.authority.members().into_iter().map(member).collect()))
    }
}
