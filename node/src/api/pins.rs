//! Persons' PINs: set, changed, taken away, and tried.
//!
//! A try is counted as wrong on the disk before it is tried, and stretched where nobody waits for
//! the store: [`Node::begin_try`], then [`Trial::open`] on any thread, then [`Node::end_try`].
//! Pages, commands and the API all come this way, so one count holds for all of them.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use baro_crdt::ids::{CommunityId, PersonId, WallSeconds};
use serde_json::{Value, json};

use super::private::{BEHIND, Drawer, Keyring, PIN, SEED, TRIES, VAULT, has_pin, row_of};
use super::{ApiError, Context, Node, OpenVaults, PersonKey, Pin, Result};
use crate::epochs::is_members_only;
use crate::replica::{Item, LocalChange, SEALED_PREFIXES};
use crate::store::{LocalPerson, StoreError};
use crate::vault::{VaultError, delay, waits};
use crate::words::why;

/// How many digits a PIN of a person has.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;
/// Rows of a person that are sealed beside those of messages.
const BLOCK: &str = "block/";
/// The local row of a store that still has to forget what it held in the clear.
const SCRUB: &str = "scrub";

/// Is told each PIN before it is tried, and says whether it was the one that destroys everything.
/// Whoever entered it hears what is said of a wrong one.
pub type Alarm = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Why a PIN opened nothing.
#[derive(Debug)]
pub enum TryError {
    /// So many seconds have to go by first.
    Wait(u64),
    /// It is another one, and so many seconds have to go by before the next.
    Wrong(u64),
    /// The node could not tell.
    Node(ApiError),
}

impl From<ApiError> for TryError {
    fn from(error: ApiError) -> Self {
        Self::Node(error)
    }
}

impl From<TryError> for ApiError {
    fn from(error: TryError) -> Self {
        match error {
            TryError::Wait(seconds) => Self::refused(why::pin_wait(count(seconds))),
            TryError::Wrong(0) => Self::refused(why::pin_wrong()),
            TryError::Wrong(seconds) => Self::refused(why::pin_wrong_wait(count(seconds))),
            TryError::Node(error) => error,
        }
    }
}

fn count(seconds: u64) -> usize {
    usize::try_from(seconds).unwrap_or(usize::MAX)
}

impl From<VaultError> for ApiError {
    fn from(error: VaultError) -> Self {
        Self::Store(StoreError::Io(error.to_string()))
    }
}

/// A try that has been counted.
pub struct Trial {
    community: CommunityId,
    person: PersonId,
    wrong: u32,
    how: How,
    alarm: Option<Alarm>,
}

enum How {
    /// The vault's key, wrapped.
    Vault(Vec<u8>),
    /// What an earlier program kept of the PIN.
    Hash(String),
}

/// What a right PIN found.
pub struct Found {
    key: PersonKey,
    /// The new vault's key, wrapped, where there was none yet.
    begun: Option<Vec<u8>>,
}

impl Trial {
    /// Tries the PIN. Takes as long as it is stretched.
    ///
    /// # Errors
    /// [`TryError`].
    pub fn open(&self, pin: &str) -> std::result::Result<Found, TryError> {
        let wrong = || TryError::Wrong(delay(self.wrong).as_secs());
        if self.alarm.as_ref().is_some_and(|alarm| alarm(pin)) {
            return Err(wrong());
        }
        let failed = |error: VaultError| TryError::Node(error.into());
        match &self.how {
            How::Vault(wrapped) => {
                let key = PersonKey::unwrap(wrapped, pin).map_err(failed)?;
                Ok(Found { key: key.ok_or_else(wrong)?, begun: None })
            }
            How::Hash(hash) => {
                let hash = PasswordHash::new(hash).map_err(|_| wrong())?;
                let verified = Argon2::default().verify_password(pin.as_bytes(), &hash);
                verified.map_err(|_| wrong())?;
                let key = PersonKey::random().map_err(failed)?;
                let begun = Some(key.wrap(pin).map_err(failed)?);
                Ok(Found { key, begun })
            }
        }
    }

    /// Whose it is.
    pub const fn person(&self) -> PersonId {
        self.person
    }
}

/// What is kept of wrong tries: how many, and when the last was.
fn tries(row: &[u8]) -> (u32, i64) {
    let text = String::from_utf8_lossy(row);
    let mut words = text.split_whitespace();
    let wrong = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    (wrong, words.next().and_then(|word| word.parse().ok()).unwrap_or(0))
}

impl Node {
    /// Has each PIN heard before it is tried.
    pub fn set_alarm(&mut self, alarm: Alarm) {
        self.alarm = Some(alarm);
    }

    /// The vaults that are open in sessions, to be told of more.
    pub(crate) fn vaults(&self) -> OpenVaults {
        self.vaults.clone()
    }

    /// Whether the person with this id has a PIN.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn has_pin(&self, person: &PersonId) -> Result<bool> {
        for local in self.store.local_persons()? {
            if local.person == *person {
                return has_pin(&*self.store, &local.community, person);
            }
        }
        Ok(false)
    }

    fn local_named(&mut self, context: &Context, wanted: &str) -> Result<LocalPerson> {
        let all = self.store.local_persons()?;
        if let Ok(id) = wanted.parse::<PersonId>()
            && let Some(found) = all.into_iter().find(|local| local.person == id)
        {
            return Ok(found);
        }
        let community = self.here(context)?;
        self.speaker(&community, Some(wanted))
    }

    /// Counts a try, durably, before it is tried; `None` where the person has no PIN.
    ///
    /// # Errors
    /// [`TryError::Wait`] where it has to wait: then it is not counted.
    pub fn begin_try(
        &mut self,
        now: WallSeconds,
        context: &Context,
        wanted: &str,
    ) -> std::result::Result<Option<Trial>, TryError> {
        self.now = now;
        let LocalPerson { community, person, .. } = self.local_named(context, wanted)?;
        let row = |key: String| self.store.local(&key).map_err(ApiError::from);
        let how = match row(row_of(VAULT, &community, &person))? {
            Some(wrapped) => How::Vault(wrapped),
            None => match row(format!("{PIN}{person}"))? {
                Some(hash) => How::Hash(String::from_utf8_lossy(&hash).into_owned()),
                None => return Ok(None),
            },
        };
        let key = row_of(TRIES, &community, &person);
        let (wrong, at) = row(key.clone())?.map_or((0, 0), |row| tries(&row));
        match waits(wrong, at, now) {
            0 => {}
            left => return Err(TryError::Wait(left)),
        }
        let wrong = wrong.saturating_add(1);
        let value = format!("{wrong} {}", now.0).into_bytes();
        self.commit(vec![Item::Local(LocalChange::Put { key, value })])?;
        Ok(Some(Trial { community, person, wrong, how, alarm: self.alarm.clone() }))
    }

    /// The PIN was right: the count begins anew, a vault is made where there was none, and what
    /// waited for its person is done.
    ///
    /// # Errors
    /// [`ApiError`] where it cannot be written.
    pub fn end_try(&mut self, now: WallSeconds, trial: &Trial, found: Found) -> Result<PersonKey> {
        self.now = now;
        let Trial { community, person, .. } = trial;
        let Found { key, begun } = found;
        let mut locals = self.store.local_persons()?.into_iter();
        let Some(local) = locals.find(|local| local.person == *person) else {
            return Err(ApiError::refused(why::nobody_here()));
        };
        let mut items = vec![drop_row(row_of(TRIES, community, person))];
        match begun {
            Some(_) if self.store.local(&row_of(VAULT, community, person))?.is_some() => {
                // Two came at once, and the other's is made.
                return Err(self.locked(community, person)?);
            }
            Some(wrapped) => {
                items.extend(self.sealing(&local, &key, wrapped)?);
                self.commit(items)?;
                self.scrub_soon()?;
            }
            None => self.commit(items)?,
        }
        self.keys.add(*person, key.clone());
        let caught_up = self.come_back_to(&local);
        self.keys = Keyring::default();
        if caught_up.is_err() {
            // What waited still waits, for the next time.
        }
        Ok(key)
    }

    fn come_back_to(&mut self, local: &LocalPerson) -> Result<()> {
        let open = self.unsealed(local.clone())?;
        if local.seed.is_none() && is_members_only(&*self.store, &local.community)? {
            // Taken along from another device: this one has to prove membership too.
            self.commit(vec![Item::Local(LocalChange::Person(open.clone()))])?;
        }
        self.catch_up(&open)
    }

    /// The context with what its PINs open.
    pub(super) fn with_pins(&mut self, now: WallSeconds, context: &Context) -> Result<Context> {
        let mut opened = context.clone();
        for (wanted, pin) in &context.pins {
            if let Some(trial) = self.begin_try(now, context, wanted)? {
                let found = trial.open(pin.digits())?;
                let key = self.end_try(now, &trial, found)?;
                opened.keys.add(trial.person(), key);
            }
        }
        opened.pins.clear();
        Ok(opened)
    }

    /// `person pin`: sets or changes the PIN of who speaks, or takes it away. What is theirs is
    /// sealed, or unsealed, in one transaction.
    pub(super) fn person_pin(&mut self, context: &Context, pin: Option<Pin>) -> Result<Value> {
        let who = self.person_open(context)?;
        let vault = row_of(VAULT, &who.community, &who.person);
        let has_vault = self.store.local(&vault)?.is_some();
        match &pin {
            Some(pin) => {
                let digits = pin.digits();
                if !DIGITS.contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(ApiError::refused(why::pin_digits()));
                }
                match self.keys.of(&who.person).filter(|_| has_vault) {
                    Some(key) => {
                        let value = key.wrap(digits)?;
                        self.change_pin(vec![Item::Local(LocalChange::Put { key: vault, value })])?;
                    }
                    None => {
                        let key = PersonKey::random()?;
                        let items = self.sealing(&who, &key, key.wrap(digits)?)?;
                        self.change_pin(items)?;
                    }
                }
            }
            None if has_vault => {
                let items = self.unsealing(&who)?;
                self.change_pin(items)?;
            }
            None => {}
        }
        Ok(json!({ "id": who.person.to_string(), "name": who.name, "pin": pin.is_some() }))
    }

    /// Who speaks, if nothing of theirs is locked.
    pub(super) fn person_open(&mut self, context: &Context) -> Result<LocalPerson> {
        let (community, who) = self.speaking(context)?;
        self.drawer(&community.id, &who.person)?;
        Ok(who)
    }

    fn change_pin(&mut self, mut items: Vec<Item>) -> Result<()> {
        items.push(Item::Local(LocalChange::Put { key: SCRUB.to_owned(), value: Vec::new() }));
        self.commit(items)?;
        self.scrub_soon()
    }

    /// Makes the store forget what it held in the clear, where that was cut off too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn scrub_soon(&mut self) -> Result<()> {
        if self.store.local(SCRUB)?.is_some() {
            self.store.scrub()?;
            self.commit(vec![drop_row(SCRUB.to_owned())])?;
        }
        Ok(())
    }

    /// The items that put what is a person's into their vault, whose key is wrapped so.
    fn sealing(&self, who: &LocalPerson, key: &PersonKey, wrapped: Vec<u8>) -> Result<Vec<Item>> {
        let (community, person) = (&who.community, &who.person);
        let plain = Drawer::new(community, person, None);
        let vault = Drawer::new(community, person, Some(key.clone()));
        let mut items = self.moving(&plain, &vault)?;
        if let Some(seed) = who.seed {
            items.push(vault.put(SEED, "", seed.to_vec())?);
        }
        // In a members-only community the device proves that a member lives here, also while they
        // are away.
        if !is_members_only(&*self.store, community)? {
            let sealed = LocalPerson { seed: None, ..who.clone() };
            items.push(Item::Local(LocalChange::Person(sealed)));
        }
        let row = row_of(VAULT, community, person);
        items.push(Item::Local(LocalChange::Put { key: row, value: wrapped }));
        items.push(drop_row(format!("{PIN}{person}")));
        items.push(Item::Local(LocalChange::Put { key: SCRUB.to_owned(), value: Vec::new() }));
        Ok(items)
    }

    /// The items that take it out again.
    fn unsealing(&self, who: &LocalPerson) -> Result<Vec<Item>> {
        let (community, person) = (&who.community, &who.person);
        let vault = self.drawer(community, person)?;
        let mut items = self.moving(&vault, &Drawer::new(community, person, None))?;
        items.push(vault.drop(SEED, ""));
        items.push(Item::Local(LocalChange::Person(who.clone())));
        items.extend([VAULT, TRIES, BEHIND].map(|kind| drop_row(row_of(kind, community, person))));
        Ok(items)
    }

    /// The items that move all private rows from one drawer to another.
    fn moving(&self, from: &Drawer, to: &Drawer) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for kind in SEALED_PREFIXES.into_iter().chain([BLOCK]) {
            for (name, value) in from.all(&*self.store, kind)? {
                items.push(from.drop(kind, &name));
                items.push(to.put(kind, &name, value)?);
            }
        }
        Ok(items)
    }
}

fn drop_row(key: String) -> Item {
    Item::Local(LocalChange::Drop { key })
}
