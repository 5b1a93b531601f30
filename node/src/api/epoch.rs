//! Members-only communities: beginning epochs, giving their secrets on, and who may see anything.

use std::collections::BTreeSet;

use baro_crdt::authority::Authority;
use baro_crdt::epoch::{EpochSecret, in_force};
use baro_crdt::ids::{CommunityId, PersonId, RecordId};
use baro_crdt::record::{Body, Epoch, Record};
use baro_crdt::role::Role;
use rand_core::Rng;
use serde_json::{Value, json};

use super::known::records;
use super::{ApiError, Community, Context, Node, Result};
use crate::epochs::{Roll, is_members_only, keep, kept};
use crate::replica::Item;
use crate::store::LocalPerson;
use crate::words::why;

/// The most revocations that one epoch names; those before were followed by earlier ones.
const FOLLOWS_MAX: usize = 2_000;

/// An epoch that is about to begin.
pub(super) struct Begun {
    pub(super) number: u32,
    /// The record, and the secret that is kept here.
    pub(super) items: [Item; 2],
}

impl Node {
    /// Begins an epoch of this number.
    pub(super) fn begin_epoch(
        &mut self,
        community: CommunityId,
        (by, via): (&LocalPerson, RecordId),
        number: u32,
        follows: Vec<RecordId>,
    ) -> Result<Begun> {
        let mut secret = [0; 32];
        self.rng.fill_bytes(&mut secret);
        let secret = EpochSecret::from_bytes(secret);
        let (by_id, epoch, time) = (by.person, secret.id(), self.now.0);
        let body = Epoch { community, by: by_id, via, number, epoch, follows, time };
        let record = Self::record(by, Body::Epoch(body))?;
        Ok(Begun { number, items: [Item::Record(record), keep(&community, &secret)] })
    }

    /// The next epoch, after these revocations that are about to be signed and all that no epoch
    /// has followed yet.
    pub(super) fn next_epoch(
        &mut self,
        community: &CommunityId,
        signer: (&LocalPerson, RecordId),
        signed: &[Record],
    ) -> Result<Begun> {
        let authority = self.authority_with(community, signed)?;
        let mut all = records(&*self.store, community)?;
        all.extend_from_slice(signed);
        let begun = in_force(&authority, all.iter());
        let number = begun.first().map_or(0, |(_, epoch)| epoch.number);
        let number =
            number.checked_add(1).ok_or_else(|| ApiError::refused(why::epochs_used_up()))?;
        let followed: BTreeSet<&RecordId> =
            begun.iter().flat_map(|(_, epoch)| &epoch.follows).collect();
        let mut follows: Vec<RecordId> = all
            .iter()
            .filter(|record| matches!(record.body(), Body::Revocation(_)))
            .map(Record::id)
            .filter(|id| !followed.contains(id))
            .collect();
        follows.truncate(FOLLOWS_MAX);
        follows.extend(signed.iter().map(Record::id));
        follows.sort_unstable();
        follows.dedup();
        self.begin_epoch(*community, signer, number, follows)
    }

    /// `community renew`: everybody who is a member goes on under another secret.
    pub(super) fn community_renew(&mut self, context: &Context, wanted: &str) -> Result<Value> {
        let community = self.community_named(wanted)?;
        if !community.founding.members_only {
            return Err(ApiError::refused(why::open_community(&community.founding.name)));
        }
        let (by, via) =
            self.with_power(&community, context.speaker.as_deref(), &[Role::Manager])?;
        let begun = self.next_epoch(&community.id, (&by, via), &[])?;
        self.commit(begun.items.into())?;
        let id = community.id.to_string();
        Ok(json!({ "id": id, "name": community.founding.name, "epoch": begun.number }))
    }

    /// The epoch that a revocation, about to be signed, makes necessary: where it lets somebody
    /// out who knows the secret.
    pub(super) fn epoch_after(
        &mut self,
        community: &Community,
        revocation: &Record,
        person: &PersonId,
        signers: &[LocalPerson],
    ) -> Result<Option<Begun>> {
        if !community.founding.members_only {
            return Ok(None);
        }
        let after = self.authority_with(&community.id, std::slice::from_ref(revocation))?;
        let knows = |authority: &Authority| {
            authority.holds(person, Role::Member) || authority.holds(person, Role::Invite)
        };
        if !knows(&community.authority) || knows(&after) {
            return Ok(None);
        }
        // Whoever is let out begins nothing for the others.
        let signer = signers.iter().filter(|signer| signer.person != *person).find_map(|signer| {
            Some((signer, after.best_grant(&signer.person, Role::Manager, None)?))
        });
        let Some(signer) = signer else { return Ok(None) };
        let signed = std::slice::from_ref(revocation);
        self.next_epoch(&community.id, signer, signed).map(Some)
    }

    /// The secret of the present epoch, to give to newcomers; none in an open community.
    pub(super) fn epoch_secret(&self, community: &Community) -> Result<Option<EpochSecret>> {
        if !community.founding.members_only {
            return Ok(None);
        }
        let roll = Roll::read(&*self.store, &community.id)?;
        let secrets = roll.map(|roll| roll.secrets(&*self.store)).transpose()?;
        let secret = secrets.unwrap_or_default().into_iter().next();
        secret.map(Some).ok_or_else(|| ApiError::refused(why::epoch_unknown()))
    }

    /// The present epoch of a members-only community, as `members` shows it.
    pub(super) fn epoch_json(&self, community: &Community) -> Result<Option<Value>> {
        if !community.founding.members_only {
            return Ok(None);
        }
        let all = records(&*self.store, &community.id)?;
        let begun = in_force(&community.authority, all.iter());
        let Some((id, epoch)) = begun.first() else { return Ok(Some(Value::Null)) };
        let is_here = kept(&*self.store, &community.id)?.contains_key(&epoch.epoch);
        Ok(Some(json!({
            "id": id.to_string(),
            "number": epoch.number,
            "since": epoch.time,
            "by": epoch.by.to_string(),
            "by_name": self.name_of(&community.id, &epoch.by)?,
            "here": is_here,
        })))
    }

    /// What whoever asks so must not know to be here: all members-only communities in which no
    /// member asks.
    pub(super) fn hidden_from(&mut self, context: &Context) -> Result<BTreeSet<CommunityId>> {
        let mut hidden = BTreeSet::new();
        if !context.outside {
            return Ok(hidden);
        }
        for row in self.store.communities()? {
            if is_members_only(&*self.store, &row.id)? && !self.asks_as_member(context, &row.id)? {
                hidden.insert(row.id);
            }
        }
        Ok(hidden)
    }

    fn asks_as_member(&mut self, context: &Context, id: &CommunityId) -> Result<bool> {
        // Both by id: they come from who was let in, not from what a browser says.
        let speaker = context.speaker.as_ref().and_then(|id| id.parse::<PersonId>().ok());
        let (Some(speaker), Some(named)) = (speaker, &context.community) else { return Ok(false) };
        Ok(*named == id.to_string() && self.community(id)?.authority.holds(&speaker, Role::Member))
    }
}
