//! Opening: every key of the persons here is tried on every parcel that came.

use baro_crdt::ids::{CommunityId, GroupId, ParcelId, PersonId};
use baro_crdt::sealed::{Content, Opened, Parcel, SealError, SealingSecret, open};

use super::super::private::{BEHIND, Drawer, VAULT, row_of};
use super::super::{Node, Result};
use super::groups;
use super::kept::{Kept, find, keep, keep_voice};
use super::keys::secrets;
use crate::replica::{Item, LocalChange};
use crate::store::LocalPerson;

/// How many keys are tried at once (`sealed_figures` says how long each takes): then others have
/// their turn.
const TRIES_MAX: usize = 2_000;

/// How often what was opened is signed for and the receipts are opened here, at once: a message, its
/// receipt, and nothing more.
const ROUNDS_MAX: usize = 3;

/// A key to try, and whose.
struct Key {
    secret: SealingSecret,
    /// The group whose key it is, and its number.
    group: Option<(GroupId, u32)>,
    persons: Vec<LocalPerson>,
}

impl Node {
    /// Whether parcels are here on which not all keys have been tried.
    pub fn has_unopened(&self) -> bool {
        self.unopened
    }

    /// After parcels came or were written, or time has passed: opens some of what can be opened,
    /// and signs for it. What cannot be done now is tried again with the next.
    pub fn open_some(&mut self) {
        self.by_itself(Self::open_some_now);
    }

    fn open_some_now(&mut self) {
        // What is signed for somebody of this device comes to them at once.
        for _ in 0..ROUNDS_MAX {
            if self.unopened && self.open_parcels().is_err() {
                // They are still marked as not tried.
                self.unopened = false;
            }
            let waits = self.unopened;
            if self.settle_due().is_err() {
                // The notes are still there.
            }
            if waits || !self.unopened {
                return;
            }
        }
    }

    fn open_parcels(&mut self) -> Result<()> {
        self.unopened = false;
        let mut tries = 0;
        for row in self.store.communities()? {
            let community = row.id;
            let untried = self.store.parcels(&community)?;
            let untried: Vec<_> =
                untried.into_iter().filter(|row| !row.tried && !row.gone).collect();
            if untried.is_empty() {
                continue;
            }
            let keys = self.keys(&community)?;
            let since = untried.iter().map(|row| row.kept_at).min().unwrap_or(0);
            let mut tried = Vec::new();
            for row in untried {
                if tries >= TRIES_MAX {
                    self.unopened = true;
                    break;
                }
                // A parcel counts as one where nobody here has a key.
                tries += keys.len().max(1);
                self.try_keys(&community, &row.id, &keys)?;
                tried.push(Item::Local(LocalChange::ParcelTried { community, id: row.id }));
            }
            if !tried.is_empty() {
                tried.extend(self.left_behind(&community, since)?);
                self.commit(tried)?;
            }
        }
        Ok(())
    }

    /// The items that note, for each who is locked, since when parcels were tried without their
    /// keys.
    fn left_behind(&mut self, community: &CommunityId, since: u64) -> Result<Vec<Item>> {
        let vaults = self.store.local_prefix(&format!("{VAULT}{community}/"))?;
        let mut items = Vec::new();
        for (key, _) in vaults {
            let person = key.rsplit_once('/').and_then(|(_, person)| person.parse().ok());
            let Some(person) = person else { continue };
            let key = row_of(BEHIND, community, &person);
            let noted = self.store.local(&key)?.and_then(|noted| noted.try_into().ok());
            let is_noted = noted.is_some_and(|noted| u64::from_be_bytes(noted) <= since);
            if !is_noted && self.is_locked(community, &person)? {
                let value = since.to_be_bytes().to_vec();
                items.push(Item::Local(LocalChange::Put { key, value }));
            }
        }
        Ok(items)
    }

    /// Somebody's vault was opened: tries their keys on what came meanwhile, signs for it, and
    /// looks after their keys.
    #[cfg(feature = "full")]
    pub(in crate::api) fn catch_up(&mut self, who: &LocalPerson) -> Result<()> {
        let (community, person) = (who.community, who.person);
        let row = row_of(BEHIND, &community, &person);
        if let Some(since) = self.store.local(&row)? {
            let since = since.try_into().map_or(0, u64::from_be_bytes);
            let keys = self.keys_of(&community, std::slice::from_ref(who))?;
            for parcel in self.store.parcels(&community)? {
                if !parcel.gone && parcel.kept_at >= since {
                    self.try_keys(&community, &parcel.id, &keys)?;
                }
            }
            self.commit(vec![Item::Local(LocalChange::Drop { key: row })])?;
        }
        self.settle_receipts()?;
        self.settle_due()?;
        self.keep_keys()
    }

    fn keys(&mut self, community: &CommunityId) -> Result<Vec<Key>> {
        let persons = self.persons(community)?;
        self.keys_of(community, &persons.all)
    }

    fn keys_of(&self, community: &CommunityId, persons: &[LocalPerson]) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        let mut grouped: Vec<Key> = Vec::new();
        for person in persons {
            if self.is_locked(community, &person.person)? {
                continue;
            }
            let drawer = self.drawer(community, &person.person)?;
            for secret in secrets(&*self.store, &drawer)? {
                keys.push(Key { secret, group: None, persons: vec![person.clone()] });
            }
            for (id, group) in groups::all(&*self.store, &drawer)? {
                for epoch in &group.epochs {
                    let Some(secret) = epoch.secret() else { continue };
                    match grouped.iter_mut().find(|key| key.secret == secret) {
                        Some(key) => key.persons.push(person.clone()),
                        None => grouped.push(Key {
                            secret,
                            group: Some((id, epoch.epoch)),
                            persons: vec![person.clone()],
                        }),
                    }
                }
            }
        }
        keys.extend(grouped);
        Ok(keys)
    }

    /// Tries keys on a parcel and takes in what it holds.
    fn try_keys(&mut self, community: &CommunityId, id: &ParcelId, keys: &[Key]) -> Result<()> {
        let Some(bytes) = self.store.parcel_bytes(community, id)? else { return Ok(()) };
        let Ok(parcel) = Parcel::from_bytes(bytes) else { return Ok(()) };
        for key in keys {
            match open(community, &key.secret, &parcel) {
                Err(SealError::NotForThisKey) => {}
                // For this key, and not what it should be: only its sender can bring that about.
                Err(_) => return Ok(()),
                Ok(opened) => {
                    for person in &key.persons {
                        self.take_opened(community, person, key.group, &opened, id)?;
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A new group key: what was sealed to it may have come before it.
    pub(super) fn try_again(
        &mut self,
        community: &CommunityId,
        person: &LocalPerson,
        group: GroupId,
        epoch: u32,
        secret: SealingSecret,
    ) -> Result<()> {
        let key = [Key { secret, group: Some((group, epoch)), persons: vec![person.clone()] }];
        for row in self.store.parcels(community)? {
            if !row.gone {
                self.try_keys(community, &row.id, &key)?;
            }
        }
        Ok(())
    }

    fn take_opened(
        &mut self,
        community: &CommunityId,
        person: &LocalPerson,
        via: Option<(GroupId, u32)>,
        opened: &Opened,
        parcel: &ParcelId,
    ) -> Result<()> {
        let drawer = self.drawer(community, &person.person)?;
        match &opened.content {
            Content::Message(message) => {
                let named = message.group.map(|group| (group.group, group.epoch));
                // A key of one purpose opens nothing of another.
                if named != via {
                    return Ok(());
                }
                if let Some((group, epoch)) = via
                    && !self.is_in(&drawer, &group, epoch, &opened.by)?
                {
                    return Ok(());
                }
                let id = opened.content.id(&opened.by);
                if find(&*self.store, &drawer, &id)?.is_some() {
                    return Ok(());
                }
                let kept = Kept {
                    by: opened.by.to_string(),
                    to: vec![person.person.to_string()],
                    group: via.map(|(group, epoch)| (group.to_string(), epoch)),
                    text: message.text.clone(),
                    voice: message.voice.as_ref().map(|voice| voice.media.clone()),
                    declared_at: message.time,
                    at: self.now.0,
                    parcel: parcel.to_string(),
                    opened_at: None,
                    delivered: Default::default(),
                    read: Default::default(),
                };
                let mut items = vec![keep(&drawer, &id, &kept)?];
                if let Some(voice) = &message.voice {
                    items.push(keep_voice(&drawer, &id, voice.bytes.clone())?);
                }
                if opened.by != person.person {
                    items.push(self.due(&drawer, &opened.by, &id, false, via.is_some())?);
                }
                self.commit(items)
            }
            Content::Receipt(receipt) => {
                let by = opened.by.to_string();
                for id in &receipt.messages {
                    let kept = find(&*self.store, &drawer, id)?;
                    let Some(mut kept) = kept.filter(|kept| kept.is_by(&person.person)) else {
                        continue;
                    };
                    // Only whom it was for can sign for it.
                    if !kept.to.contains(&by) {
                        continue;
                    }
                    let first = |times: &mut std::collections::BTreeMap<String, i64>| {
                        let at = times.entry(by.clone()).or_insert(receipt.time);
                        *at = receipt.time.min(*at);
                    };
                    first(&mut kept.delivered);
                    if receipt.read {
                        first(&mut kept.read);
                    }
                    self.commit(vec![keep(&drawer, id, &kept)?])?;
                }
                Ok(())
            }
            Content::GroupKey(key) => self.take_group_key(community, person, &opened.by, key),
        }
    }

    fn is_in(&self, drawer: &Drawer, group: &GroupId, epoch: u32, who: &PersonId) -> Result<bool> {
        let group = groups::find(&*self.store, drawer, group)?;
        let who = who.to_string();
        Ok(group.is_some_and(|group| {
            let of = group.epochs.iter().find(|of| of.epoch == epoch);
            of.is_some_and(|of| of.members.contains(&who))
        }))
    }
}
