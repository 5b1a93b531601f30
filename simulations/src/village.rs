//! A community in a run: who founds it, which keys there are, and how devices join.

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body as Said, Words};
use baro_crdt::ids::{CommunityId, EntryId, PersonId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::Stream;
use baro_crdt::record::{Body, Founding, Grant, Record};
use baro_crdt::role::Role;
use baro_node::replica::{Item, LocalChange};
use baro_node::store::{LocalPerson, Read};

use crate::author::{Place, write};
use crate::dice::Dice;
use crate::world::World;

/// An invite: the records that empower its key, and the key.
#[derive(Clone, Debug)]
pub struct Ticket {
    chain: Vec<Record>,
    key: MemberKey,
    grant: RecordId,
}

/// A community.
#[derive(Clone, Debug)]
pub struct Village {
    /// Its id.
    pub id: CommunityId,
    /// Its founding record.
    pub founding: Record,
    /// Every person who ever had a key here.
    pub persons: Vec<LocalPerson>,
    /// Tickets that were made.
    pub tickets: Vec<Ticket>,
}

/// Signs a record that keeps the rules by construction.
pub(crate) fn sign(body: Body, keys: &[&MemberKey]) -> Option<Record> {
    Record::sign(body, keys).ok()
}

/// The secret key of a person: nobody here has a vault.
pub(crate) fn key_of(person: &LocalPerson) -> MemberKey {
    MemberKey::from_seed(person.seed.unwrap_or_default())
}

impl Village {
    /// Founds a community: each founder lives on one of `homes`, in turn.
    pub fn found(
        world: &mut World,
        dice: &mut Dice,
        founders: usize,
        threshold: u8,
        homes: &[usize],
    ) -> Option<Self> {
        let mut keys: Vec<MemberKey> =
            (0..founders).map(|_| MemberKey::from_seed(dice.seed())).collect();
        keys.sort_by_key(MemberKey::id);
        let body = Body::Founding(Founding {
            name: "Kayes".into(),
            language: "fr".into(),
            founders: keys.iter().map(MemberKey::id).collect(),
            threshold,
            nonce: dice.seed().into_iter().take(16).collect(),
            debates_by: Role::Member,
            cosignatures: 0,
            members_only: false,
        });
        let founding = sign(body, &keys.iter().collect::<Vec<_>>())?;
        let id = founding.community();
        let mut village = Self { id, founding, persons: Vec::new(), tickets: Vec::new() };
        for (n, key) in keys.iter().enumerate() {
            let home = *homes.get(n % homes.len().max(1))?;
            let join = Item::Join(village.founding.clone());
            village.settle(world, home, key, vec![join]);
        }
        Some(village)
    }

    /// A person comes to live on a device, with what it takes to be there.
    pub fn settle(
        &mut self,
        world: &mut World,
        home: usize,
        key: &MemberKey,
        mut items: Vec<Item>,
    ) {
        let name = format!("person-{}", self.persons.len());
        let (community, seed) = (self.id, Some(key.seed()));
        let person = LocalPerson { community, person: key.id(), name, seed };
        if self.persons.iter().all(|known| known.person != person.person) {
            self.persons.push(person.clone());
        }
        items.push(Item::Local(LocalChange::Person(person)));
        // A store in memory without faults of its own does not fail.
        let _ = world.write_here(home, items);
    }

    /// The authority as a device sees it.
    pub fn authority(&self, world: &mut World, node: usize) -> Option<std::sync::Arc<Authority>> {
        let node = world.nodes.get_mut(node)?;
        node.store.community(&self.id).ok()??;
        node.replica.authority(&node.store, &self.id).ok()
    }

    /// Somebody signs a grant on a device.
    pub fn grant(
        &self,
        world: &mut World,
        node: usize,
        by: &LocalPerson,
        role: Role,
        persons: &[PersonId],
        overcomes: Vec<RecordId>,
    ) -> Option<RecordId> {
        let authority = self.authority(world, node)?;
        let needed = if overcomes.is_empty() && matches!(role, Role::Member | Role::Invite) {
            Role::Facilitator
        } else {
            Role::Manager
        };
        let via = authority
            .best_grant(&by.person, needed, None)
            .or_else(|| authority.best_grant(&by.person, Role::Manager, None))?;
        let mut persons = persons.to_vec();
        persons.sort();
        persons.dedup();
        let grant = Grant {
            community: self.id,
            by: by.person,
            via,
            role,
            office: (role == Role::Official).then(|| "maire".into()),
            persons,
            overcomes,
        };
        let record = sign(Body::Grant(grant), &[&key_of(by)])?;
        let id = record.id();
        world.write_here(node, vec![Item::Record(record)]).ok()?;
        Some(id)
    }

    /// Somebody makes a ticket on a device.
    pub fn invite(
        &mut self,
        world: &mut World,
        dice: &mut Dice,
        node: usize,
        by: &LocalPerson,
    ) -> Option<()> {
        let key = MemberKey::from_seed(dice.seed());
        let grant = self.grant(world, node, by, Role::Invite, &[key.id()], Vec::new())?;
        let store = &world.nodes.get(node)?.store;
        let mut chain = Vec::new();
        let mut next = grant;
        while next != self.founding.id() {
            let record = Record::from_trusted_bytes(&store.record(&next).ok()??.bytes).ok()?;
            next = record.body().via()?;
            chain.push(record);
        }
        chain.reverse();
        self.tickets.push(Ticket { chain, key, grant });
        Some(())
    }

    /// A newcomer joins on a device with a ticket, without any connection.
    pub fn join(
        &mut self,
        world: &mut World,
        dice: &mut Dice,
        node: usize,
        ticket: usize,
    ) -> Option<LocalPerson> {
        let ticket = self.tickets.get(ticket)?.clone();
        let key = MemberKey::from_seed(dice.seed());
        let grant = Grant {
            community: self.id,
            by: ticket.key.id(),
            via: ticket.grant,
            role: Role::Member,
            office: None,
            persons: vec![key.id()],
            overcomes: Vec::new(),
        };
        let record = sign(Body::Grant(grant), &[&ticket.key])?;
        let mut items = vec![Item::Join(self.founding.clone())];
        items.extend(ticket.chain.into_iter().map(Item::Record));
        items.push(Item::Record(record));
        self.settle(world, node, &key, items);
        self.persons.last().cloned()
    }

    /// Somebody says something on a device, under the grant that suffices; gives the ids.
    pub fn say(
        &self,
        world: &mut World,
        dice: &mut Dice,
        node: usize,
        who: &LocalPerson,
        (role, stream): (Role, Stream),
        said: &[(Said, Option<Words>)],
    ) -> Vec<EntryId> {
        let Some(authority) = self.authority(world, node) else { return Vec::new() };
        let Some(grant) = authority.best_grant(&who.person, role, None) else { return Vec::new() };
        self.say_under(world, dice, node, who, (grant, stream, false), said)
    }

    /// The same under a grant that may have been taken from the person.
    pub fn say_under(
        &self,
        world: &mut World,
        dice: &mut Dice,
        node: usize,
        who: &LocalPerson,
        (grant, stream, stubborn): (RecordId, Stream, bool),
        said: &[(Said, Option<Words>)],
    ) -> Vec<EntryId> {
        let now = world.now;
        let Some(here) = world.nodes.get(node) else { return Vec::new() };
        let place = Place { grant, stream, now: here.wall(now), stubborn };
        let Ok((mut items, ids)) = write(&here.store, who, &place, said, dice) else {
            return Vec::new();
        };
        let permille = world.faults.withhold_permille;
        for item in &mut items {
            if let Item::Log(log) = item
                && !log.payloads.is_empty()
                && world.faults.now(permille)
            {
                let community = self.id;
                for bytes in std::mem::take(&mut log.payloads) {
                    world.withheld.push((node, Item::Words { community, bytes }));
                }
            }
        }
        match world.write_here(node, items) {
            Ok(_) => ids,
            Err(_) => Vec::new(),
        }
    }
}

/// Words to say.
pub fn words(text: &str) -> Words {
    Words { text: text.to_owned(), ..Words::default() }
}
