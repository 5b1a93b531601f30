//! Closed groups: the owner makes a key pair and gives its secret half to each member in a parcel
//! of their own; a message for the group is one parcel sealed to its public half.
//!
//! Who comes in gets the key and the list; the others learn of it by one parcel sealed to the group
//! itself. Who goes out has the old key: the others get a new one, the next epoch. Only the owner
//! can do either, because the group's id is a hash of the owner and a nonce.

use baro_crdt::ids::{CommunityId, GroupId, PersonId};
use baro_crdt::sealed::{Content, GROUP_MEMBERS_MAX, GroupKey, InGroup, Parcel, SealingSecret};
use data_encoding::HEXLOWER;
use rand_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::private::Drawer;
use super::super::{ApiError, Community, Node, Result};
use super::VoiceNote;
use super::keys::key_of;
use crate::replica::{CARRY_SECONDS, Item, age_now};
use crate::store::{LocalPerson, Read, StoreError};
use crate::words::why;

const GROUP: &str = "group/";

/// One key of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Epoch {
    pub(super) epoch: u32,
    /// The number of its list of members.
    list: u32,
    secret: String,
    /// Who has it.
    pub(super) members: Vec<String>,
    /// When it came here, in seconds of this device's age.
    since: u64,
}

impl Epoch {
    pub(super) fn secret(&self) -> Option<SealingSecret> {
        let bytes = HEXLOWER.decode(self.secret.as_bytes()).ok()?;
        Some(SealingSecret::from_bytes(bytes.try_into().ok()?))
    }
}

/// A group as one person of this device knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) owner: String,
    pub(super) name: String,
    nonce: String,
    /// Its keys that still open something, by number.
    pub(super) epochs: Vec<Epoch>,
}

impl Group {
    fn nonce(&self) -> Option<[u8; 16]> {
        HEXLOWER.decode(self.nonce.as_bytes()).ok()?.try_into().ok()
    }

    pub(super) fn latest(&self) -> Option<&Epoch> {
        self.epochs.last()
    }
}

fn damaged() -> StoreError {
    StoreError::Damaged("a group".into())
}

fn read_group(value: &[u8]) -> Result<Group> {
    serde_json::from_slice(value).map_err(|_| damaged().into())
}

fn put(drawer: &Drawer, id: &GroupId, group: &Group) -> Result<Item> {
    drawer.put(GROUP, &id.to_string(), serde_json::to_vec(group).map_err(|_| damaged())?)
}

/// The groups of a person here, by id.
pub(super) fn all(read: &dyn Read, drawer: &Drawer) -> Result<Vec<(GroupId, Group)>> {
    let mut all = Vec::new();
    for (name, value) in drawer.all(read, GROUP)? {
        if let Ok(id) = name.parse() {
            all.push((id, read_group(&value)?));
        }
    }
    Ok(all)
}

pub(super) fn find(read: &dyn Read, drawer: &Drawer, id: &GroupId) -> Result<Option<Group>> {
    let row = drawer.get(read, GROUP, &id.to_string())?;
    row.map(|row| read_group(&row)).transpose()
}

impl Node {
    /// A group by its id, the beginning of it, or a name that only one has.
    pub(super) fn group_named(
        &self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
    ) -> Result<(GroupId, Group)> {
        let all = all(&*self.store, &self.drawer(&community.id, &who.person)?)?;
        let lower = wanted.to_lowercase();
        let mut found: Vec<_> = all
            .into_iter()
            .filter(|(id, group)| {
                let by_id = wanted.len() >= 6 && id.to_string().starts_with(&lower);
                by_id || group.name == wanted
            })
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(ApiError::unknown(why::group_unknown(wanted))),
            _ => Err(ApiError::refused(why::group_ambiguous(wanted))),
        }
    }

    fn own_group(
        &self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
    ) -> Result<(GroupId, Group)> {
        let (id, group) = self.group_named(community, who, wanted)?;
        if group.owner != who.person.to_string() {
            let owner = group.owner.parse().map_err(|_| damaged())?;
            let owner = self.name_of(&community.id, &owner)?;
            return Err(ApiError::refused(why::group_owner_only(owner)));
        }
        Ok((id, group))
    }

    pub(super) fn group_create(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        name: String,
    ) -> Result<Value> {
        let name = super::super::persons::checked_name(&name)?;
        self.have_key(community, who)?;
        let (mut nonce, mut secret) = ([0; 16], [0; 32]);
        self.rng.fill_bytes(&mut nonce);
        self.rng.fill_bytes(&mut secret);
        let id = GroupKey::group(&who.person, &nonce);
        let epoch = Epoch {
            epoch: 1,
            list: 0,
            secret: HEXLOWER.encode(&secret),
            members: vec![who.person.to_string()],
            since: age_now(&*self.store, self.now.0)?,
        };
        let group = Group {
            owner: who.person.to_string(),
            name: name.clone(),
            nonce: HEXLOWER.encode(&nonce),
            epochs: vec![epoch],
        };
        let drawer = self.drawer(&community.id, &who.person)?;
        self.commit(vec![put(&drawer, &id, &group)?])?;
        Ok(json!({ "id": id.to_string(), "name": name }))
    }

    pub(super) fn group_add(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
        persons: &[String],
    ) -> Result<Value> {
        let (id, mut group) = self.own_group(community, who, wanted)?;
        let mut added = Vec::new();
        for wanted in persons {
            added.push(self.person(community, wanted)?);
        }
        let latest = group.epochs.last_mut().ok_or_else(damaged)?;
        added.retain(|person| !latest.members.contains(&person.to_string()));
        if added.is_empty() {
            return Err(ApiError::refused(why::group_in_already()));
        }
        latest.members.extend(added.iter().map(ToString::to_string));
        latest.members.sort_unstable();
        latest.members.dedup();
        latest.list = latest.list.saturating_add(1);
        if latest.members.len() > GROUP_MEMBERS_MAX {
            return Err(ApiError::refused(why::group_max(GROUP_MEMBERS_MAX)));
        }
        let content = self.group_key(&group)?;
        let to_group = group.latest().and_then(Epoch::secret).ok_or_else(damaged)?.public();
        let mut parcels = Vec::new();
        for person in &added {
            parcels.push(self.key_for(community, who, person, &content)?);
        }
        // Those who are in it already open this one, and so learn who came.
        parcels.push(self.seal(&community.id, who, &to_group, &content)?);
        self.hand_out(community, who, &id, &group, parcels)?;
        let added: Vec<String> = added.iter().map(ToString::to_string).collect();
        Ok(json!({ "id": id.to_string(), "name": group.name, "added": added }))
    }

    /// A new key for all but one, or for all.
    pub(super) fn group_renew(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
        without: Option<&str>,
    ) -> Result<Value> {
        let (id, mut group) = self.own_group(community, who, wanted)?;
        let without = without.map(|wanted| self.person(community, wanted)).transpose()?;
        if without == Some(who.person) {
            return Err(ApiError::refused(why::group_owner_stays()));
        }
        let latest = group.latest().ok_or_else(damaged)?;
        let mut members = latest.members.clone();
        if let Some(person) = without {
            members.retain(|member| *member != person.to_string());
            if members.len() == latest.members.len() {
                return Err(ApiError::refused(why::group_not_in()));
            }
        }
        let mut secret = [0; 32];
        let epoch = latest.epoch.saturating_add(1);
        self.rng.fill_bytes(&mut secret);
        group.epochs.push(Epoch {
            epoch,
            list: 0,
            secret: HEXLOWER.encode(&secret),
            members: members.clone(),
            since: age_now(&*self.store, self.now.0)?,
        });
        let content = self.group_key(&group)?;
        let mut parcels = Vec::new();
        for member in members.iter().filter(|member| **member != who.person.to_string()) {
            let person: PersonId = member.parse().map_err(|_| damaged())?;
            parcels.push(self.key_for(community, who, &person, &content)?);
        }
        self.hand_out(community, who, &id, &group, parcels)?;
        Ok(json!({
            "id": id.to_string(),
            "name": group.name,
            "epoch": epoch,
            "members": members.len(),
            "removed": without.map(|person| person.to_string()),
        }))
    }

    fn group_key(&mut self, group: &Group) -> Result<Content> {
        let salt = self.salt();
        let latest = group.latest().ok_or_else(damaged)?;
        let mut members = Vec::new();
        for member in &latest.members {
            members.push(member.parse::<PersonId>().map_err(|_| damaged())?);
        }
        Ok(Content::GroupKey(GroupKey {
            salt,
            time: self.now.0,
            nonce: group.nonce().ok_or_else(damaged)?,
            epoch: latest.epoch,
            list: latest.list,
            name: group.name.clone(),
            secret: *latest.secret().ok_or_else(damaged)?.as_bytes(),
            members,
        }))
    }

    fn key_for(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        person: &PersonId,
        content: &Content,
    ) -> Result<Parcel> {
        let Some(to) = key_of(&*self.store, &community.id, person)? else {
            let name = self.name_of(&community.id, person)?;
            return Err(ApiError::refused(why::message_no_key(name)));
        };
        self.seal(&community.id, who, &to, content)
    }

    fn hand_out(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        id: &GroupId,
        group: &Group,
        parcels: Vec<Parcel>,
    ) -> Result<()> {
        self.has_room(&community.id, &parcels)?;
        let drawer = self.drawer(&community.id, &who.person)?;
        let mut items = vec![put(&drawer, id, group)?];
        items.extend(parcels.into_iter().map(|parcel| Self::carry(&community.id, parcel)));
        self.commit(items)
    }

    /// A key that came from who claims to be a group's owner.
    pub(super) fn take_group_key(
        &mut self,
        community: &CommunityId,
        person: &LocalPerson,
        by: &PersonId,
        key: &GroupKey,
    ) -> Result<()> {
        if !key.members.contains(&person.person) || !key.members.contains(by) {
            return Ok(());
        }
        let id = GroupKey::group(by, &key.nonce);
        let drawer = self.drawer(community, &person.person)?;
        let held = find(&*self.store, &drawer, &id)?;
        let mut group = held.unwrap_or_else(|| Group {
            owner: by.to_string(),
            name: key.name.clone(),
            nonce: HEXLOWER.encode(&key.nonce),
            epochs: Vec::new(),
        });
        let new = Epoch {
            epoch: key.epoch,
            list: key.list,
            secret: HEXLOWER.encode(&key.secret),
            members: key.members.iter().map(ToString::to_string).collect(),
            since: age_now(&*self.store, self.now.0)?,
        };
        match group.epochs.iter_mut().find(|epoch| epoch.epoch == key.epoch) {
            // One epoch has one key; its list may grow.
            Some(held) if held.secret == new.secret && held.list < new.list => {
                *held = Epoch { since: held.since, ..new };
            }
            Some(_) => return Ok(()),
            None => {
                group.epochs.push(new);
                group.epochs.sort_by_key(|epoch| epoch.epoch);
            }
        }
        group.name.clone_from(&key.name);
        self.commit(vec![put(&drawer, &id, &group)?])?;
        // Messages by who came in with this list, or under this key, may be here already.
        let secret = SealingSecret::from_bytes(key.secret);
        self.try_again(community, person, id, key.epoch, secret)
    }

    pub(super) fn group_send(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
        text: String,
        note: Option<VoiceNote>,
    ) -> Result<Value> {
        let (id, group) = self.group_named(community, who, wanted)?;
        let latest = group.latest().ok_or_else(damaged)?;
        let to = latest.secret().ok_or_else(damaged)?.public();
        let me = who.person.to_string();
        let others: Vec<String> =
            latest.members.iter().filter(|member| **member != me).cloned().collect();
        let (count, epoch) = (others.len(), latest.epoch);
        let place = Some(InGroup { group: id, epoch });
        let message = self.say(community, who, &to, text, note, place, others)?;
        Ok(json!({
            "id": message.to_string(),
            "group": id.to_string(),
            "group_name": group.name,
            "members": count + 1,
            "state": "written",
        }))
    }

    fn group_json(&self, community: &CommunityId, id: &GroupId, group: &Group) -> Result<Value> {
        let names = self.names(community)?;
        let named = |id: &String| {
            let name = id.parse().map_or_else(|_| id.clone(), |id: PersonId| names.of(&id));
            json!({ "person": id, "name": name })
        };
        let latest = group.latest().ok_or_else(damaged)?;
        Ok(json!({
            "id": id.to_string(),
            "name": group.name,
            "owner": named(&group.owner),
            "epoch": latest.epoch,
            "members": latest.members.iter().map(named).collect::<Vec<_>>(),
        }))
    }

    pub(super) fn group_list(&mut self, community: &Community, who: &LocalPerson) -> Result<Value> {
        let all = all(&*self.store, &self.drawer(&community.id, &who.person)?)?;
        let shown = all.iter().map(|(id, group)| self.group_json(&community.id, id, group));
        shown.collect::<Result<Vec<_>>>().map(Value::Array)
    }

    pub(super) fn group_show(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
    ) -> Result<Value> {
        let (id, group) = self.group_named(community, who, wanted)?;
        self.group_json(&community.id, &id, &group)
    }

    /// Forgets keys of groups that others took the place of so long ago that nothing sealed to
    /// them is carried any more.
    pub(super) fn old_group_keys(&self, age: u64) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for who in self.store.local_persons()? {
            if self.is_locked(&who.community, &who.person)? {
                continue;
            }
            let drawer = self.drawer(&who.community, &who.person)?;
            for (id, mut group) in all(&*self.store, &drawer)? {
                let ended: Vec<u32> = group
                    .epochs
                    .iter()
                    .zip(group.epochs.iter().skip(1))
                    .filter(|(_, next)| age.saturating_sub(next.since) > CARRY_SECONDS)
                    .map(|(old, _)| old.epoch)
                    .collect();
                if !ended.is_empty() {
                    group.epochs.retain(|epoch| !ended.contains(&epoch.epoch));
                    items.push(put(&drawer, &id, &group)?);
                }
            }
        }
        Ok(items)
    }
}
