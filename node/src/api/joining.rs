//! `invite` and `join`: a ticket lets newcomers in without any connection.

use baro_crdt::ids::RecordId;
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Body, Grant, Record};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::known::{founding, records};
use super::persons::checked_name;
use super::{ApiError, Community, Context, Node, Result, Ticket, TicketError};
use crate::epochs::{keep_ticket, kept};
use crate::replica::{Item, LocalChange};
use crate::words::{Reason, why};

impl Node {
    pub(super) fn invite(&mut self, context: &Context, more: Vec<String>) -> Result<Value> {
        let community = self.here(context)?;
        let local_key = format!("invite/{}", community.id);
        let held = self.store.local(&local_key)?.and_then(|seed| seed.try_into().ok());
        let live = held.map(MemberKey::from_seed).and_then(|key| {
            let grant = community.authority.best_grant(&key.id(), Role::Invite, None)?;
            Some((key, grant))
        });
        let (key, grant) = match live {
            Some(live) => live,
            None => self.new_invite(context, &community, local_key)?,
        };
        let mut addresses = more;
        addresses.extend(self.live.listen.clone());
        // What means the same place on every device leads nobody here, unless that is all.
        let own =
            |address: &String| address.starts_with("/ip4/127.") || address.starts_with("/ip6/::1/");
        if !addresses.iter().all(own) {
            addresses.retain(|address| !own(address));
        }
        addresses.dedup();
        addresses.truncate(16);
        let records = self.chain(&community, grant)?;
        let invite = key.id().to_string();
        let epoch = self.epoch_secret(&community)?;
        let ticket = Ticket { records, key, addresses, epoch };
        Ok(json!({
            "ticket": ticket.to_text(),
            "id": grant.to_string(),
            "key": invite,
            "community": community.id.to_string(),
            "name": community.founding.name,
            "addresses": ticket.addresses,
        }))
    }

    fn new_invite(
        &mut self,
        context: &Context,
        community: &Community,
        local_key: String,
    ) -> Result<(MemberKey, RecordId)> {
        let (by, via) = self.voucher(community, context.speaker.as_deref())?;
        let key = MemberKey::generate(&mut self.rng);
        let grant = Grant {
            community: community.id,
            by: by.person,
            via,
            role: Role::Invite,
            office: None,
            persons: vec![key.id()],
            overcomes: Vec::new(),
        };
        let record = Self::record(&by, Body::Grant(grant))?;
        let id = record.id();
        let value = key.seed().to_vec();
        let kept = Item::Local(LocalChange::Put { key: local_key, value });
        self.commit(vec![Item::Record(record), kept])?;
        Ok((key, id))
    }

    /// The founding record, then the grants that lead to `grant`.
    fn chain(&self, community: &Community, grant: RecordId) -> Result<Vec<Record>> {
        let (begin, _) = founding(&*self.store, &community.id)?;
        let all = records(&*self.store, &community.id)?;
        let mut chain = Vec::new();
        let mut next = grant;
        while next != begin.id() {
            let record = all.iter().find(|record| record.id() == next);
            let record = record.ok_or_else(|| ApiError::refused(why::grant_missing()))?;
            chain.push(record.clone());
            next = record.body().via().unwrap_or(begin.id());
        }
        chain.push(begin);
        chain.reverse();
        Ok(chain)
    }

    /// Somebody who is in a members-only community, and has missed its latest epochs, takes the
    /// secret of a ticket.
    fn come_back(&mut self, ticket: &Ticket, name: &str, secret: [Item; 2]) -> Result<Value> {
        let Some((begin, founding)) = ticket.founding() else {
            return Err(TicketError::Torn.into());
        };
        let id = begin.community();
        let Some(person) = self.persons(&id)?.named(name).cloned() else {
            return Err(TicketError::Torn.into());
        };
        self.commit(secret.into())?;
        Ok(json!({
            "id": person.person.to_string(),
            "person": person.name,
            "community": id.to_string(),
            "name": founding.name,
            "addresses": ticket.addresses,
        }))
    }

    pub(super) fn join(&mut self, context: &Context, ticket: &str) -> Result<Value> {
        let name = match &context.speaker {
            Some(name) => checked_name(name)?,
            None => self.device_name()?,
        };
        let ticket = Ticket::from_text(ticket)?;
        let invalid = |why: Reason| ApiError::from(TicketError::Invalid(why));
        let Some((begin, founding)) = ticket.founding() else {
            return Err(invalid(why::ticket_no_community()));
        };
        let id = begin.community();
        let secret = ticket.epoch.as_ref().map(|secret| keep_ticket(&id, secret));
        if self.persons(&id)?.is_named(&name) {
            // Who was away for long comes back to a members-only community by a fresh ticket.
            if let (Some(epoch), Some(secret)) = (&ticket.epoch, secret)
                && !kept(&*self.store, &id)?.contains_key(&epoch.id())
            {
                return self.come_back(&ticket, &name, secret);
            }
            return Err(ApiError::refused(why::joined_already(name)));
        }
        let authority = self.authority_with(&id, &ticket.records)?;
        let via = ticket.grant(&authority).ok_or_else(|| invalid(why::ticket_no_inviter()))?;
        let person = self.fresh_person(id, name);
        let grant = Grant {
            community: id,
            by: ticket.key.id(),
            via,
            role: Role::Member,
            office: None,
            persons: vec![person.person],
            overcomes: Vec::new(),
        };
        let grant = Record::sign(Body::Grant(grant), &[&ticket.key])?;
        let mut items = vec![Item::Join(begin.clone())];
        items.extend(ticket.records.iter().skip(1).cloned().map(Item::Record));
        items.push(Item::Record(grant));
        items.extend(secret.into_iter().flatten());
        if !ticket.addresses.is_empty() {
            let (key, value) =
                (format!("addresses/{id}"), ticket.addresses.join("\n").into_bytes());
            items.push(Item::Local(LocalChange::Put { key, value }));
        }
        self.begin_person(&id, &person, items)?;
        Ok(json!({
            "id": person.person.to_string(),
            "person": person.name,
            "community": id.to_string(),
            "name": founding.name,
            "addresses": ticket.addresses,
        }))
    }
}
