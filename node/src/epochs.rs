//! Members-only communities as a node has them: which secrets of epochs are kept here, which of
//! them count, and who is let in.
//!
//! A secret is a local row, kept because somebody gave it: a ticket, another member's node, a
//! sealed bundle. It counts for meeting others where a record in force names its epoch
//! (`Roll::secrets`); that of the last ticket also before its record has come.
//!
//! Pure but for what it reads from the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use baro_crdt::authority::Authority;
use baro_crdt::entry::{self, Entry};
use baro_crdt::epoch::{EpochSecret, in_force};
use baro_crdt::ids::{CommunityId, EpochId, PersonId, SealingKey};
use baro_crdt::record::{Body, Record};
use baro_crdt::role::Role;
use baro_crdt::sealed::SealingSecret;

use crate::replica::{Item, LocalChange};
use crate::store::{LocalPerson, PostFamily, Read, Result, StoreError};

/// The local rows of epochs' secrets: `epoch/COMMUNITY/EPOCH`.
pub const EPOCH_PREFIX: &str = "epoch/";
/// The local rows of persons' secret sealing keys: `sealing/COMMUNITY/PERSON/…`, the oldest first.
pub(crate) const SEALING_PREFIX: &str = "sealing/";
/// How many epochs are recognised when nodes meet: the present one and those before, so that who
/// was away during a few is let in and given the newest.
pub const EPOCHS_MAX: usize = 4;
/// The most secrets of one community that are kept: what others give is no more than a claim until
/// a record names it.
const SECRETS_MAX: usize = 256;
/// The most records that lead from the founders to a person, as far as they are passed on.
const CHAIN_MAX: usize = 16;

/// The item that keeps a secret.
pub(crate) fn keep(community: &CommunityId, secret: &EpochSecret) -> Item {
    let key = format!("{EPOCH_PREFIX}{community}/{}", secret.id());
    Item::Local(LocalChange::Put { key, value: secret.as_bytes().to_vec() })
}

/// The items that keep the secret of a ticket, which is met under before its record has come.
pub(crate) fn keep_ticket(community: &CommunityId, secret: &EpochSecret) -> [Item; 2] {
    let (key, value) = (ticket_key(community), secret.as_bytes().to_vec());
    [keep(community, secret), Item::Local(LocalChange::Put { key, value })]
}

fn ticket_key(community: &CommunityId) -> String {
    format!("{EPOCH_PREFIX}{community}/ticket")
}

/// All secrets of a community that are kept here, by epoch.
pub(crate) fn kept(
    read: &(impl Read + ?Sized),
    community: &CommunityId,
) -> Result<BTreeMap<EpochId, EpochSecret>> {
    let rows = read.local_prefix(&format!("{EPOCH_PREFIX}{community}/"))?;
    let secrets = rows.into_iter().filter_map(|(_, value)| value.try_into().ok());
    Ok(secrets.map(EpochSecret::from_bytes).map(|secret| (secret.id(), secret)).collect())
}

/// Whether there is room for one more secret.
pub(crate) fn has_room(read: &dyn Read, community: &CommunityId) -> Result<bool> {
    Ok(kept(read, community)?.len() < SECRETS_MAX)
}

/// The record a community began with, if it was joined here and is members-only.
pub(crate) fn founding_of_members_only(
    read: &(impl Read + ?Sized),
    community: &CommunityId,
) -> Result<Option<Record>> {
    let Some(row) = read.record(&community.founding())? else { return Ok(None) };
    let record = Record::from_trusted_bytes(&row.bytes)
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    let members_only = matches!(record.body(), Body::Founding(founding) if founding.members_only);
    Ok(members_only.then_some(record))
}

/// Whether a community that was joined here is members-only.
pub(crate) fn is_members_only(
    read: &(impl Read + ?Sized),
    community: &CommunityId,
) -> Result<bool> {
    Ok(founding_of_members_only(read, community)?.is_some())
}

/// One members-only community, as the records held have it.
pub(crate) struct Roll {
    community: CommunityId,
    founding: Record,
    records: Vec<Record>,
    pub(crate) authority: Authority,
    /// The epochs in force, the present one first.
    epochs: Vec<EpochId>,
    /// All that a record names, in force or not.
    named: BTreeSet<EpochId>,
}

impl Roll {
    /// Reads it; `None` where the community is open to all, or was not joined here.
    pub(crate) fn read(
        read: &(impl Read + ?Sized),
        community: &CommunityId,
    ) -> Result<Option<Self>> {
        let Some(founding) = founding_of_members_only(read, community)? else { return Ok(None) };
        let mut records = Vec::new();
        for row in read.records(community)? {
            records.push(
                Record::from_trusted_bytes(&row.bytes)
                    .map_err(|error| StoreError::Damaged(error.to_string()))?,
            );
        }
        let authority = Authority::compute(&founding, records.iter());
        let epochs = in_force(&authority, records.iter()).into_iter();
        let epochs = epochs.map(|(_, epoch)| epoch.epoch).collect();
        let named = records.iter().filter_map(|record| match record.body() {
            Body::Epoch(epoch) => Some(epoch.epoch),
            _ => None,
        });
        let named = named.collect();
        Ok(Some(Self { community: *community, founding, records, authority, epochs, named }))
    }

    /// The secrets under which others are met here, that of the present epoch first, at most
    /// [`EPOCHS_MAX`].
    pub(crate) fn secrets(&self, read: &(impl Read + ?Sized)) -> Result<Vec<EpochSecret>> {
        let mut kept = kept(read, &self.community)?;
        // Who has just joined, or was away for long: the ticket's record is still to come.
        let ticket = read.local(&ticket_key(&self.community))?;
        let ticket = ticket.and_then(|secret| secret.try_into().ok());
        let ticket = ticket.map(EpochSecret::from_bytes);
        let ticket = ticket.filter(|secret| !self.named.contains(&secret.id()));
        let known = self.epochs.iter().filter_map(|epoch| kept.remove(epoch));
        Ok(ticket.into_iter().chain(known).take(EPOCHS_MAX).collect())
    }

    /// Who of this device proves that members are met here: a member, the nearest to the founders,
    /// else one who was a member by what has come here.
    pub(crate) fn prover(&self, read: &dyn Read) -> Result<Option<LocalPerson>> {
        let here = read.local_persons()?.into_iter();
        let here = here.filter(|who| who.community == self.community && who.seed.is_some());
        let named = here.filter(|who| self.authority.names(&who.person));
        Ok(named.min_by_key(|who| {
            let is_member = self.authority.holds(&who.person, Role::Member);
            (!is_member, self.authority.distance(&who.person))
        }))
    }

    /// The records that lead from the founders to a person's membership, for who lacks them.
    pub(crate) fn chain(&self, person: &PersonId) -> Vec<&Record> {
        let grants = self.authority.grants_of(person);
        let mut next = self.authority.best_grant(person, Role::Member, None);
        next = next.or_else(|| grants.first().map(|info| info.grant));
        let mut chain = Vec::new();
        while let Some(id) = next.filter(|id| *id != self.founding.id()) {
            let Some(record) = self.records.iter().find(|record| record.id() == id) else { break };
            if chain.len() == CHAIN_MAX {
                return Vec::new();
            }
            chain.push(record);
            next = record.body().via();
        }
        chain.reverse();
        chain
    }

    /// Whether the person is a member by what is held here, or with these records besides.
    pub(crate) fn admits(&self, person: &PersonId, more: &[Record]) -> bool {
        if self.authority.holds(person, Role::Member) {
            return true;
        }
        // Who was let out is out, whatever they bring, unless a manager let them in again.
        !more.is_empty()
            && more.len() <= CHAIN_MAX
            && Authority::compute(&self.founding, self.records.iter().chain(more))
                .holds(person, Role::Member)
    }

    /// Whether somebody who was met as a member is none any more.
    pub(crate) fn has_let_out(&self, person: &PersonId) -> bool {
        self.authority.names(person) && !self.authority.holds(person, Role::Member)
    }
}

/// The keys to which something can be sealed for each member now, as far as they have published
/// one.
pub(crate) fn sealing_keys(read: &dyn Read, roll: &Roll) -> Result<Vec<SealingKey>> {
    let mut keys: BTreeMap<PersonId, SealingKey> = BTreeMap::new();
    // In order of Lamport number and id: the last of each person stands.
    for row in read.posts(&roll.community, PostFamily::Sealing)? {
        let entries = read.entries(row.log, row.index..row.index.saturating_add(1))?;
        let entry = entries.first().and_then(|bytes| Entry::from_bytes(bytes).ok());
        if let Some(entry::Body::Sealing { key }) = entry.map(|entry| entry.body) {
            keys.insert(row.author, key);
        }
    }
    keys.retain(|person, _| roll.authority.holds(person, Role::Member));
    Ok(keys.into_values().collect())
}

/// The secret keys with which copies for persons of this device are opened, by community: those of
/// members-only ones.
pub(crate) fn own_keys(read: &dyn Read) -> Result<Vec<(CommunityId, SealingSecret)>> {
    let mut keys = Vec::new();
    for who in read.local_persons()? {
        if !is_members_only(read, &who.community)? {
            continue;
        }
        let prefix = format!("{SEALING_PREFIX}{}/{}/", who.community, who.person);
        for (_, value) in read.local_prefix(&prefix)?.into_iter().rev() {
            if let Ok(secret) = value.try_into() {
                keys.push((who.community, SealingSecret::from_bytes(secret)));
            }
        }
    }
    Ok(keys)
}

/// What a node holds of a community, as a short hash: equal where a bundle of the one would bring
/// the other nothing.
pub(crate) fn state_of(read: &dyn Read, community: &CommunityId) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    if let Some(row) = read.community(community)? {
        hasher.update(row.digest()?.as_bytes());
    }
    for row in read.logs(community)?.iter().filter(|row| row.authorised < row.cursor.length) {
        hasher.update(row.id.as_bytes()).update(row.cursor.chain.as_bytes());
    }
    for row in read.parcels(community)?.iter().filter(|row| !row.gone) {
        hasher.update(row.id.as_bytes());
    }
    hasher.update(&(read.wanted(community)?.len() as u64).to_be_bytes());
    for name in read.blobs_of(community)? {
        let held = read.blob(&name.hash)?.map_or(0, |row| row.held_bytes());
        hasher.update(name.hash.as_bytes()).update(&held.to_be_bytes());
    }
    Ok(hasher.finalize().to_hex().as_str().chars().take(32).collect())
}

/// The rolls of the communities joined here, remembered while their records are the same.
#[derive(Default)]
pub(crate) struct Rolls(BTreeMap<CommunityId, (u64, Option<Arc<Roll>>)>);

impl Rolls {
    /// The roll of a members-only community; `None` for one that is open to all.
    pub(crate) fn of(
        &mut self,
        read: &dyn Read,
        community: &CommunityId,
    ) -> Result<Option<Arc<Roll>>> {
        // Records are never removed, so their number tells whether there are others.
        let held = read.community(community)?.map_or(0, |row| u64::from(row.records));
        if let Some((at, roll)) = self.0.get(community)
            && *at == held
        {
            return Ok(roll.clone());
        }
        let roll = Roll::read(read, community)?.map(Arc::new);
        self.0.insert(*community, (held, roll.clone()));
        Ok(roll)
    }
}
