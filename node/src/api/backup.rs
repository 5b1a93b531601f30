//! Persons, taken along: what it takes to go on as the same persons on another device, and nothing
//! of the state that this one is in.
//!
//! A backup has each person's secret key (as sealed as it is, where they have a vault) and the
//! records that lead from the founders to their roles. It has no logs, no lanes and no key of the
//! device: whoever is restored writes in a lane of their own, and what was said comes back from
//! neighbours. So an old state can never come back
//! to life and fork what was signed after it.

use std::collections::BTreeSet;

use baro_crdt::codec;
use baro_crdt::epoch::EpochSecret;
use baro_crdt::ids::{CommunityId, PersonId};
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Body, Record};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use serde_json::{Value, json};

use super::known::{founding, records};
use super::message::{sealing_item, sealing_secrets};
use super::private::{BEHIND, SEED, VAULT, row_of};
use super::{ApiError, NAME_KEY, Node, Result};
use crate::epochs::{Roll, SEALING_PREFIX, keep_ticket};
use crate::replica::{Item, LocalChange, age_now};
use crate::store::{LocalPerson, Read};
use crate::words::why;

/// The most persons of a backup.
const PERSONS_MAX: usize = 4_096;

#[derive(Clone, Encode, Decode)]
#[cbor(map)]
struct Person {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    community: [u8; 32],
    /// The seed of their member key; none where only their vault has it, and then a program that
    /// knows of no vaults refuses the backup.
    #[n(1)]
    seed: Option<ByteArray<32>>,
    #[n(2)]
    name: String,
    /// Secret keys to which messages that are still on their way may be sealed.
    #[n(3)]
    sealing: Vec<ByteVec>,
    /// What their PIN opens.
    #[n(4)]
    vault: Option<Sealed>,
}

/// A person's vault, as it stands: whoever has the backup opens nothing of it.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
struct Sealed {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    person: [u8; 32],
    /// The vault's key, wrapped by the PIN.
    #[n(1)]
    key: ByteVec,
    /// The rows of the seed and, unless the backup is small, of the sealing keys: what they are
    /// called and what stands there.
    #[n(2)]
    rows: Vec<(String, ByteVec)>,
}

/// What is taken along.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub struct Backup {
    #[n(0)]
    name: String,
    #[n(1)]
    persons: Vec<Person>,
    /// Founding records before what chains from them.
    #[n(2)]
    records: Vec<ByteVec>,
    /// Where nodes of a community may be reached: the community's id and addresses, a line each.
    #[n(3)]
    addresses: Vec<(String, String)>,
    /// What opens members-only communities now, as a ticket has it.
    #[n(4)]
    epochs: Vec<Epoch>,
}

/// The secret of a members-only community's present epoch.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
struct Epoch {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    community: [u8; 32],
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    secret: [u8; 32],
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Backup({} persons)", self.persons.len())
    }
}

impl Backup {
    /// All persons of a device. A `small` one fits a few QRs: it leaves out the keys to messages that
    /// are still on their way.
    ///
    /// # Errors
    /// [`ApiError`] where nobody lives there, or the store cannot be read.
    pub fn of(read: &dyn Read, small: bool) -> Result<Self> {
        let name = read.local(NAME_KEY)?.ok_or_else(|| ApiError::refused(why::not_begun()))?;
        let locals = read.local_persons()?;
        if locals.is_empty() {
            return Err(ApiError::refused(why::nobody_here()));
        }
        let mut backup = Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            persons: Vec::new(),
            records: Vec::new(),
            addresses: Vec::new(),
            epochs: Vec::new(),
        };
        for local in &locals {
            let vault = Sealed::of(read, local, small)?;
            let sealing = match small || vault.is_some() {
                true => Vec::new(),
                false => {
                    sealing_secrets(read, local)?.map(|secret| secret.to_vec().into()).collect()
                }
            };
            backup.persons.push(Person {
                community: *local.community.as_bytes(),
                seed: local.seed.filter(|_| vault.is_none()).map(ByteArray::from),
                name: local.name.clone(),
                sealing,
                vault,
            });
        }
        let communities: BTreeSet<CommunityId> = locals.iter().map(|one| one.community).collect();
        for community in communities {
            backup.take_community(read, &community, &locals)?;
        }
        Ok(backup)
    }

    /// The founding record, the grants that name somebody who is taken along, and those above them.
    fn take_community(
        &mut self,
        read: &dyn Read,
        community: &CommunityId,
        persons: &[LocalPerson],
    ) -> Result<()> {
        let (begin, _) = founding(read, community)?;
        let all = records(read, community)?;
        let mut wanted = BTreeSet::new();
        let names_one = |record: &Record| match record.body() {
            Body::Grant(grant) => persons.iter().any(|one| grant.persons.contains(&one.person)),
            _ => false,
        };
        for record in all.iter().filter(|record| names_one(record)) {
            let mut next = Some(record);
            while let Some(record) = next {
                if !wanted.insert(record.id()) {
                    break;
                }
                let via = record.body().via();
                next = all.iter().find(|above| Some(above.id()) == via);
            }
        }
        wanted.insert(begin.id());
        let taken = all.iter().filter(|record| wanted.contains(&record.id()));
        let (first, rest): (Vec<&Record>, Vec<&Record>) =
            taken.partition(|record| record.id() == begin.id());
        let bytes = first.into_iter().chain(rest).map(|record| record.to_bytes().to_vec().into());
        self.records.extend(bytes);
        let roll = Roll::read(read, community)?;
        if let Some(secret) =
            roll.map(|roll| roll.secrets(read)).transpose()?.unwrap_or_default().first()
        {
            let (community, secret) = (*community.as_bytes(), *secret.as_bytes());
            self.epochs.push(Epoch { community, secret });
        }
        if let Some(lines) = read.local(&format!("addresses/{community}"))? {
            let lines = String::from_utf8_lossy(&lines).into_owned();
            self.addresses.push((community.to_string(), lines));
        }
        Ok(())
    }

    /// As bytes. They are secret.
    pub fn to_bytes(&self) -> zeroize::Zeroizing<Vec<u8>> {
        zeroize::Zeroizing::new(codec::encode(self))
    }

    /// Reads those bytes.
    ///
    /// # Errors
    /// [`ApiError`] where they are no backup.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let torn = |detail: String| ApiError::refused(why::backup_torn(detail));
        let backup: Self = codec::decode(bytes).map_err(|error| torn(error.to_string()))?;
        match backup.persons.len() {
            1..=PERSONS_MAX => Ok(backup),
            count => Err(torn(format!("{count} persons"))),
        }
    }
}

impl Sealed {
    /// That of a person who has one.
    fn of(read: &dyn Read, local: &LocalPerson, small: bool) -> Result<Option<Self>> {
        let (community, person) = (&local.community, &local.person);
        let Some(key) = read.local(&row_of(VAULT, community, person))? else { return Ok(None) };
        let kinds = if small { &[SEED][..] } else { &[SEED, SEALING_PREFIX] };
        let mut rows = Vec::new();
        for kind in kinds {
            let kept = read.local_prefix(&format!("{kind}{community}/{person}/"))?.into_iter();
            rows.extend(kept.map(|(place, row)| (place, row.into())));
        }
        Ok(Some(Self { person: *person.as_bytes(), key: key.into(), rows }))
    }

    /// The items that keep it here. What came before it is tried once its person comes.
    fn restored(&self, local: &LocalPerson) -> std::result::Result<Vec<Item>, ()> {
        let (community, person) = (&local.community, &local.person);
        let put = |key, value| Item::Local(LocalChange::Put { key, value });
        let behind = 0u64.to_be_bytes().to_vec();
        let mut items = vec![
            put(row_of(VAULT, community, person), self.key.to_vec()),
            put(row_of(BEHIND, community, person), behind),
        ];
        for (place, row) in &self.rows {
            let own = |kind: &&str| place.starts_with(&format!("{kind}{community}/{person}/"));
            if ![SEED, SEALING_PREFIX].iter().any(own) {
                return Err(());
            }
            items.push(put(place.clone(), row.to_vec()));
        }
        Ok(items)
    }
}

impl Node {
    /// Begins here as the persons of a backup, on a device on which nobody has begun.
    ///
    /// # Errors
    /// [`ApiError`]; nothing is begun then.
    pub fn restore(&mut self, now: baro_crdt::ids::WallSeconds, backup: &Backup) -> Result<Value> {
        self.now = now;
        if self.store.local(NAME_KEY)?.is_some() {
            return Err(ApiError::refused(why::restore_begun()));
        }
        let torn = |detail: String| ApiError::refused(why::backup_torn(detail));
        let mut items = Vec::new();
        for bytes in &backup.records {
            let record = Record::from_bytes(bytes).map_err(|error| torn(error.to_string()))?;
            items.push(match record.body() {
                Body::Founding(_) => Item::Join(record),
                _ => Item::Record(record),
            });
        }
        let age = age_now(&*self.store, now.0)?;
        for person in &backup.persons {
            let community = CommunityId::from_bytes(person.community);
            let seed = person.seed.map(|seed| *seed);
            let id = match (&person.vault, seed) {
                (Some(vault), _) => PersonId::from_bytes(vault.person),
                (None, Some(seed)) => MemberKey::from_seed(seed).id(),
                (None, None) => return Err(torn("a person without a key".to_owned())),
            };
            let local = LocalPerson { community, person: id, name: person.name.clone(), seed };
            if let Some(vault) = &person.vault {
                items.extend(vault.restored(&local).map_err(|()| torn("a vault".to_owned()))?);
            }
            for secret in &person.sealing {
                let secret = secret.as_slice().try_into().map_err(|_| torn("a key".to_owned()))?;
                items.push(sealing_item(&local, secret, age));
            }
            items.push(Item::Local(LocalChange::Person(local)));
        }
        for (community, lines) in &backup.addresses {
            let (key, value) = (format!("addresses/{community}"), lines.clone().into_bytes());
            items.push(Item::Local(LocalChange::Put { key, value }));
        }
        for Epoch { community, secret } in &backup.epochs {
            let community = CommunityId::from_bytes(*community);
            items.extend(keep_ticket(&community, &EpochSecret::from_bytes(*secret)));
        }
        let (_, seeded) = self.seeded()?;
        items.extend(seeded);
        let (key, value) = (NAME_KEY.to_owned(), backup.name.clone().into_bytes());
        items.push(Item::Local(LocalChange::Put { key, value }));
        self.commit(items)?;
        self.rebuild()?;
        let mut answer = self.whoami()?;
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("restored".to_owned(), json!(backup.persons.len()));
        }
        Ok(answer)
    }
}
