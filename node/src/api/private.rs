//! What is private to one person of this device, and what is open of it while something is done.
//!
//! All rows that belong to one person alone go through a [`Drawer`]. Who has no PIN has plain
//! rows, as the folder's own key seals them; the drawer of who has one is their vault: rows are
//! sealed under its key and called by a hash under it. Without that key a drawer does not open.
//!
//! | local rows | |
//! |---|---|
//! | `vault/COMMUNITY/PERSON` | the vault's key, wrapped by the PIN |
//! | `pin/PERSON` | a PIN's hash of an earlier program, until the PIN is first entered |
//! | `tries/COMMUNITY/PERSON` | wrong PINs, counted before they are tried |
//! | `behind/COMMUNITY/PERSON` | since when parcels were tried without their keys |
//! | `seed/COMMUNITY/PERSON/…` | the member key's seed, in the vault |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
#[cfg(feature = "full")]
use std::sync::{Mutex, PoisonError};

use baro_crdt::ids::{CommunityId, PersonId};

use super::known::Persons;
use super::{ApiError, Node, Result};
use crate::replica::{Item, LocalChange};
use crate::store::{LocalPerson, Read, StoreError};
#[cfg(feature = "full")]
pub use crate::vault::PersonKey;

/// The local rows of vaults' slots.
pub(super) const VAULT: &str = "vault/";
/// The local rows of PINs' hashes of earlier programs.
pub(super) const PIN: &str = "pin/";
/// The local rows that count wrong PINs.
#[cfg(feature = "full")]
pub(super) const TRIES: &str = "tries/";
/// The local rows of who has parcels to catch up on.
pub(super) const BEHIND: &str = "behind/";
/// The rows of seeds in vaults.
pub(super) const SEED: &str = "seed/";

/// Vaults' keys: no device without a disk has one.
#[cfg(not(feature = "full"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonKey {}

#[cfg(not(feature = "full"))]
impl PersonKey {
    fn name(&self, _: &str, _: &str) -> String {
        match *self {}
    }

    fn seal(&self, _: &str, _: &str, _: &[u8]) -> std::result::Result<Vec<u8>, String> {
        match *self {}
    }

    fn open(&self, _: &str, _: &[u8]) -> Option<(String, Vec<u8>)> {
        match *self {}
    }

    fn fits(&self, _: &[u8]) -> bool {
        match *self {}
    }
}

/// The vaults that are open for whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring(BTreeMap<PersonId, PersonKey>);

impl Keyring {
    /// One more is open.
    pub fn add(&mut self, person: PersonId, key: PersonKey) {
        self.0.insert(person, key);
    }

    /// The key of a person's vault, if it is open.
    pub fn of(&self, person: &PersonId) -> Option<&PersonKey> {
        self.0.get(person)
    }

    /// Whose are open.
    pub fn persons(&self) -> impl Iterator<Item = PersonId> {
        self.0.keys().copied()
    }

    #[cfg(feature = "full")]
    fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// The vaults that are open in some session: what comes for these persons is opened as it comes.
/// Whoever has a session open holds the key; here is only where to find it.
#[cfg(feature = "full")]
#[derive(Clone, Debug, Default)]
pub struct OpenVaults(Arc<Mutex<Vec<(PersonId, crate::vault::WeakKey)>>>);

#[cfg(feature = "full")]
impl OpenVaults {
    /// Notes that somebody has this open.
    pub(crate) fn note(&self, person: PersonId, key: &PersonKey) {
        self.with(|open| open.push((person, key.weak())));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<(PersonId, crate::vault::WeakKey)>) -> T) -> T {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, key)| key.get().is_some());
        work(&mut open)
    }

    /// Those that are open now.
    pub(crate) fn keyring(&self) -> Keyring {
        let keys = |open: &mut Vec<(PersonId, crate::vault::WeakKey)>| {
            open.iter().filter_map(|(person, key)| Some((*person, key.get()?))).collect()
        };
        Keyring(self.with(keys))
    }
}

/// The private rows of one person, open.
pub(super) struct Drawer {
    /// `COMMUNITY/PERSON/`.
    whose: String,
    key: Option<PersonKey>,
}

fn damaged(kind: &str) -> StoreError {
    StoreError::Damaged(format!("a row of a vault ({kind})"))
}

/// The key of a row that each person has one of.
pub(super) fn row_of(kind: &str, community: &CommunityId, person: &PersonId) -> String {
    format!("{kind}{community}/{person}")
}

impl Drawer {
    pub(super) fn new(community: &CommunityId, person: &PersonId, key: Option<PersonKey>) -> Self {
        Self { whose: format!("{community}/{person}/"), key }
    }

    fn place(&self, kind: &str, name: &str) -> String {
        let hidden = self.key.as_ref().map(|key| key.name(kind, name));
        format!("{kind}{}{}", self.whose, hidden.as_deref().unwrap_or(name))
    }

    /// One row, by its kind and name.
    pub(super) fn get(&self, read: &dyn Read, kind: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let place = self.place(kind, name);
        let Some(row) = read.local(&place)? else { return Ok(None) };
        match &self.key {
            None => Ok(Some(row)),
            Some(key) => {
                let (_, value) = key.open(&place, &row).ok_or_else(|| damaged(kind))?;
                Ok(Some(value))
            }
        }
    }

    /// All rows of a kind, by name, in the order of the names.
    pub(super) fn all(&self, read: &dyn Read, kind: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let prefix = format!("{kind}{}", self.whose);
        let mut all = Vec::new();
        for (place, row) in read.local_prefix(&prefix)? {
            all.push(match &self.key {
                None => (place.strip_prefix(&prefix).unwrap_or_default().to_owned(), row),
                Some(key) => key.open(&place, &row).ok_or_else(|| damaged(kind))?,
            });
        }
        if self.key.is_some() {
            all.sort_unstable();
        }
        Ok(all)
    }

    /// The item that keeps a row.
    pub(super) fn put(&self, kind: &str, name: &str, value: Vec<u8>) -> Result<Item> {
        let key = self.place(kind, name);
        let value = match &self.key {
            None => value,
            Some(by) => by.seal(&key, name, &value).map_err(StoreError::Io)?,
        };
        Ok(Item::Local(LocalChange::Put { key, value }))
    }

    /// The item that drops a row.
    pub(super) fn drop(&self, kind: &str, name: &str) -> Item {
        Item::Local(LocalChange::Drop { key: self.place(kind, name) })
    }
}

/// Whether a person here has a PIN.
#[cfg(feature = "full")]
pub(super) fn has_pin(read: &dyn Read, community: &CommunityId, person: &PersonId) -> Result<bool> {
    let vault = read.local(&row_of(VAULT, community, person))?;
    Ok(vault.is_some() || read.local(&format!("{PIN}{person}"))?.is_some())
}

/// How a person's rows are, for whoever asks.
enum State {
    Plain,
    Open(PersonKey),
    Locked,
}

impl Node {
    fn state(&self, community: &CommunityId, person: &PersonId) -> Result<State> {
        let Some(vault) = self.store.local(&row_of(VAULT, community, person))? else {
            // The node by itself opens what no vault holds yet.
            let asks = self.asked && self.store.local(&format!("{PIN}{person}"))?.is_some();
            return Ok(if asks { State::Locked } else { State::Plain });
        };
        // Somebody may still have the key of a vault that was done away with since.
        let key = self.keys.of(person).filter(|key| key.fits(&vault));
        Ok(key.map_or(State::Locked, |key| State::Open(key.clone())))
    }

    /// What is private to a person, if it is open to whoever asks.
    pub(super) fn drawer(&self, community: &CommunityId, person: &PersonId) -> Result<Drawer> {
        match self.state(community, person)? {
            State::Plain => Ok(Drawer::new(community, person, None)),
            State::Open(key) => Ok(Drawer::new(community, person, Some(key))),
            State::Locked => Err(self.locked(community, person)?),
        }
    }

    /// Whether a person has a PIN that was not given by whoever asks.
    pub(super) fn is_locked(&self, community: &CommunityId, person: &PersonId) -> Result<bool> {
        Ok(matches!(self.state(community, person)?, State::Locked))
    }

    /// Says whose PIN it takes.
    pub(super) fn locked(&self, community: &CommunityId, person: &PersonId) -> Result<ApiError> {
        let name = self.store.local_persons()?.into_iter().find_map(|local| {
            (local.community == *community && local.person == *person).then_some(local.name)
        });
        Ok(ApiError::Locked { person: *person, name: name.unwrap_or_default() })
    }

    /// A person of this device as whoever asks has them: without the key where they are locked.
    pub(super) fn unsealed(&self, mut person: LocalPerson) -> Result<LocalPerson> {
        let (community, id) = (person.community, person.person);
        match self.state(&community, &id)? {
            State::Plain => {}
            State::Locked => person.seed = None,
            State::Open(key) if person.seed.is_none() => {
                let drawer = Drawer::new(&community, &id, Some(key));
                let seed = drawer.get(&*self.store, SEED, "")?;
                person.seed = seed.and_then(|seed| seed.try_into().ok());
            }
            State::Open(_) => {}
        }
        Ok(person)
    }

    /// All persons of this device, as [`Node::unsealed`] has them.
    pub(super) fn locals(&self) -> Result<Vec<LocalPerson>> {
        self.store.local_persons()?.into_iter().map(|person| self.unsealed(person)).collect()
    }

    /// The persons of a community who live here, as [`Node::unsealed`] has them.
    pub(super) fn persons(&mut self, community: &CommunityId) -> Result<Arc<Persons>> {
        let known = self.known.persons(&*self.store, community)?;
        let rows = self.store.local_prefix(&format!("{VAULT}{community}/"))?.into_iter();
        let rows = rows.chain(self.store.local_prefix(PIN)?);
        let person = |(key, _): (String, _)| key.rsplit_once('/')?.1.parse::<PersonId>().ok();
        let with_pins: BTreeSet<PersonId> = rows.filter_map(person).collect();
        if with_pins.is_empty() {
            return Ok(known);
        }
        let mut persons = Persons::default();
        for person in &known.all {
            persons.add(match with_pins.contains(&person.person) {
                true => self.unsealed(person.clone())?,
                false => person.clone(),
            });
        }
        Ok(Arc::new(persons))
    }

    /// Does what the node does by itself: for those who have no vault, or have it open somewhere.
    pub(super) fn by_itself<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let (keys, asked) = (self.keys.clone(), self.asked);
        self.asked = false;
        #[cfg(feature = "full")]
        self.keys.join(self.vaults.keyring());
        let done = work(self);
        (self.keys, self.asked) = (keys, asked);
        done
    }
}
