//! Who lives on this device: `init`, `whoami`, `person`.

use baro_crdt::entry::Body;
use baro_crdt::ids::{CommunityId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::record::body::NAME_BYTES_MAX;
use baro_crdt::record::{self, Grant, Record};
use baro_crdt::role::Role;
use rand_core::Rng;
use serde_json::{Value, json};

use super::private::Drawer;
use super::{ApiError, Community, Context, INSTALLATION_KEY, NAME_KEY, Node, PEER_KEY, Result};
use crate::author::{Draft, Pen};
use crate::replica::{Item, LocalChange, age_now};
use crate::store::LocalPerson;
use crate::words::why;

/// A name that can be kept.
pub(super) fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(ApiError::refused(why::name_length()));
    }
    Ok(name.to_owned())
}

fn person_json(community: &Community, person: &LocalPerson) -> Value {
    let roles = community.authority.roles(&person.person);
    json!({
        "id": person.person.to_string(),
        "name": person.name,
        "community": person.community.to_string(),
        "roles": roles.iter().map(|role| role.word()).collect::<Vec<_>>(),
    })
}

impl Node {
    pub(super) fn init(&mut self, name: &str) -> Result<Value> {
        let name = checked_name(name)?;
        if let Some(begun) = self.store.local(NAME_KEY)? {
            return Err(ApiError::refused(why::begun(
                String::from_utf8_lossy(&begun).into_owned(),
            )));
        }
        let (_, mut items) = self.seeded()?;
        let (key, value) = (NAME_KEY.to_owned(), name.into_bytes());
        items.push(Item::Local(LocalChange::Put { key, value }));
        self.commit(items)?;
        self.whoami()
    }

    pub(super) fn whoami(&mut self) -> Result<Value> {
        let name = self.device_name()?;
        let seed = self.peer_seed()?;
        let mut persons = Vec::new();
        for person in self.store.local_persons()? {
            persons.push(json!({
                "id": person.person.to_string(),
                "name": person.name,
                "community": person.community.to_string(),
            }));
        }
        Ok(json!({ "name": name, "person": persons, "peer_id": super::status::peer_id(&seed) }))
    }

    /// The name given at `init`.
    pub(super) fn device_name(&self) -> Result<String> {
        let name =
            self.store.local(NAME_KEY)?.ok_or_else(|| ApiError::refused(why::not_begun()))?;
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// The seed of this device's key on the network, made where there is none.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub fn peer_seed(&mut self) -> Result<[u8; 32]> {
        let (seed, items) = self.seeded()?;
        if !items.is_empty() {
            self.commit(items)?;
        }
        Ok(seed)
    }

    /// That seed, and what is to be committed where it is new.
    pub(super) fn seeded(&mut self) -> Result<([u8; 32], Vec<Item>)> {
        let held = self.store.local(PEER_KEY)?.and_then(|bytes| bytes.try_into().ok());
        if let Some(seed) = held {
            return Ok((seed, Vec::new()));
        }
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        let (key, value) = (PEER_KEY.to_owned(), seed.to_vec());
        Ok((seed, vec![Item::Local(LocalChange::Put { key, value })]))
    }

    /// A person of this device with a fresh key, known by nobody yet.
    pub(super) fn fresh_person(&mut self, community: CommunityId, name: String) -> LocalPerson {
        let key = MemberKey::generate(&mut self.rng);
        LocalPerson { community, person: key.id(), name, seed: Some(key.seed()) }
    }

    /// Begins as the installation with this hash, whose lock file has counted so many commits.
    /// Where the store remembers another one, or fewer, it is a copy: lanes and peer key are made
    /// anew, and the answer is true.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub fn claim(&mut self, installation: [u8; 32], mirrored: u64) -> Result<bool> {
        let begun = self.store.local(INSTALLATION_KEY)?;
        let is_same = begun.as_ref().is_some_and(|begun| *begun == installation);
        if is_same && mirrored <= self.commits()? {
            return Ok(false);
        }
        let (key, value) = (INSTALLATION_KEY.to_owned(), installation.to_vec());
        let mut items = vec![Item::Local(LocalChange::Put { key, value })];
        for (key, _) in self.store.local_prefix("lane/")? {
            items.push(Item::Local(LocalChange::Drop { key }));
        }
        items.push(Item::Local(LocalChange::Drop { key: PEER_KEY.to_owned() }));
        // Counts on from the highest, so that the next opening finds nothing amiss.
        self.commit_as(items, mirrored)?;
        Ok(begun.is_some())
    }

    /// Refuses a name that somebody here has in this community.
    pub(super) fn name_is_free(&mut self, community: &CommunityId, name: &str) -> Result<()> {
        if self.persons(community)?.is_named(name) {
            return Err(ApiError::refused(why::name_taken(name)));
        }
        Ok(())
    }

    /// Who on this device may vouch for others, and by which grant: the speaker, where one is
    /// named, else the first who may.
    pub(super) fn voucher(
        &mut self,
        community: &Community,
        speaker: Option<&str>,
    ) -> Result<(LocalPerson, RecordId)> {
        self.with_power(community, speaker, &[Role::Facilitator, Role::Manager])
    }

    /// One signed grant that makes these persons members.
    pub(super) fn vouch(
        community: &Community,
        (by, via): &(LocalPerson, RecordId),
        persons: &[LocalPerson],
    ) -> Result<Record> {
        let mut persons: Vec<_> = persons.iter().map(|person| person.person).collect();
        persons.sort_unstable();
        let grant = Grant {
            community: community.id,
            by: by.person,
            via: *via,
            role: Role::Member,
            office: None,
            persons,
            overcomes: Vec::new(),
        };
        Self::record(by, record::Body::Grant(grant))
    }

    pub(super) fn person_add(&mut self, context: &Context, name: &str) -> Result<Value> {
        let name = checked_name(name)?;
        let community = self.here(context)?;
        self.name_is_free(&community.id, &name)?;
        let voucher = self.voucher(&community, context.speaker.as_deref())?;
        let person = self.fresh_person(community.id, name);
        let grant = Self::vouch(&community, &voucher, std::slice::from_ref(&person))?;
        self.begin_person(&community.id, &person, vec![Item::Record(grant)])?;
        Ok(json!({ "id": person.person.to_string(), "name": person.name }))
    }

    /// Commits a new person of this device: what makes them a member, and their name.
    pub(super) fn begin_person(
        &mut self,
        community: &CommunityId,
        person: &LocalPerson,
        mut items: Vec<Item>,
    ) -> Result<()> {
        let records: Vec<Record> = items
            .iter()
            .filter_map(|item| match item {
                Item::Record(record) | Item::Join(record) => Some(record.clone()),
                _ => None,
            })
            .collect();
        let authority = self.authority_with(community, &records)?;
        let age = age_now(&*self.store, self.now.0)?;
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let name = Draft::member(Body::Name { name: person.name.clone() }, None);
        pen.write(&authority, person, name)?;
        let drawer = Drawer::new(community, &person.person, None);
        items.push(super::message::publish(&mut pen, &authority, person, &drawer, age)?);
        items.push(Item::Local(LocalChange::Person(person.clone())));
        items.extend(pen.finish());
        self.commit(items)
    }

    /// Who speaks, as [`Node::person_list`] shows them.
    pub(super) fn person_show(&mut self, context: &Context) -> Result<Value> {
        let (community, who) = self.speaking(context)?;
        Ok(person_json(&community, &who))
    }

    pub(super) fn person_list(&mut self, context: &Context) -> Result<Value> {
        let only = match &context.community {
            Some(wanted) => Some(self.community_named(wanted)?.id),
            None => None,
        };
        let mut list = Vec::new();
        for person in self.store.local_persons()? {
            if only.is_none_or(|id| id == person.community) {
                let community = self.community(&person.community)?;
                list.push(person_json(&community, &person));
            }
        }
        Ok(Value::Array(list))
    }

    pub(super) fn person_rename(&mut self, context: &Context, name: &str) -> Result<Value> {
        let name = checked_name(name)?;
        let (community, who) = self.speaking(context)?;
        self.name_is_free(&community.id, &name)?;
        // As they are kept: a seed that only their vault has stays in it.
        let kept = self.store.local_persons()?.into_iter();
        let kept = kept.filter(|kept| kept.person == who.person);
        let renamed = kept.map(|kept| LocalPerson { name: name.clone(), ..kept });
        let mut items: Vec<Item> =
            renamed.map(|person| Item::Local(LocalChange::Person(person))).collect();
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let draft = Draft::member(Body::Name { name: name.clone() }, None);
        let id = pen.write(&community.authority, &who, draft)?;
        items.extend(pen.finish());
        self.commit(items)?;
        Ok(json!({ "id": id.to_string(), "person": who.person.to_string(), "name": name }))
    }
}
