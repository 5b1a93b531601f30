//! Sealing keys: published by an entry, replaced every week, and forgotten when nothing that was
//! sealed to them can come any more.

use baro_crdt::authority::Authority;
use baro_crdt::entry::Body;
use baro_crdt::ids::{CommunityId, PersonId, SealingKey, WallSeconds};
use baro_crdt::sealed::SealingSecret;
use serde_json::{Value, json};

use super::super::private::Drawer;
use super::super::{Community, Node, Result, reading};
use crate::author::{Draft, Pen};
#[cfg(feature = "full")]
use crate::replica::LocalChange;
use crate::replica::{CARRY_SECONDS, Item, age_now};
use crate::store::{LocalPerson, PostFamily, Read};

const SEALING: &str = crate::epochs::SEALING_PREFIX;
/// How long a key is the one to seal to, in seconds of this device's age: 7 days.
const FRESH_SECONDS: u64 = 7 * 24 * 3_600;

/// A secret key of a person here.
struct Held {
    name: String,
    /// When it was made, in seconds of this device's age.
    made: u64,
    secret: SealingSecret,
}

/// Publishes a fresh key for `who` with this pen; the item keeps its secret here.
pub(in crate::api) fn publish(
    pen: &mut Pen<'_>,
    authority: &Authority,
    who: &LocalPerson,
    drawer: &Drawer,
    age: u64,
) -> Result<Item> {
    let mut secret = [0; 32];
    pen.rng().fill_bytes(&mut secret);
    let key = SealingSecret::from_bytes(secret).public();
    pen.write(authority, who, Draft::member(Body::Sealing { key }, None))?;
    kept_since(drawer, secret, age)
}

/// The item that keeps a secret key, made at this age.
fn kept_since(drawer: &Drawer, secret: [u8; 32], age: u64) -> Result<Item> {
    // The key itself tells two of one second apart.
    let key = SealingSecret::from_bytes(secret).public();
    drawer.put(SEALING, &format!("{age:016x}-{key}"), secret.to_vec())
}

fn held(read: &dyn Read, drawer: &Drawer) -> Result<Vec<Held>> {
    let mut all = Vec::new();
    for (name, value) in drawer.all(read, SEALING)? {
        let made = name.get(..16).and_then(|made| u64::from_str_radix(made, 16).ok());
        if let (Some(made), Ok(secret)) = (made, value.try_into()) {
            all.push(Held { name, made, secret: SealingSecret::from_bytes(secret) });
        }
    }
    Ok(all)
}

/// The secret keys of a person here, the latest first: most parcels are sealed to it.
pub(super) fn secrets(read: &dyn Read, drawer: &Drawer) -> Result<Vec<SealingSecret>> {
    let all = held(read, drawer)?;
    Ok(all.into_iter().rev().map(|held| held.secret).collect())
}

/// The secret keys of a person here, to be taken along.
#[cfg(feature = "full")]
pub(in crate::api) fn sealing_secrets(
    read: &dyn Read,
    who: &LocalPerson,
) -> Result<impl Iterator<Item = [u8; 32]>> {
    let prefix = format!("{SEALING}{}/{}/", who.community, who.person);
    let rows = read.local_prefix(&prefix)?;
    Ok(rows.into_iter().filter_map(|(_, value)| value.try_into().ok()))
}

/// Keeps a secret key that was taken along, as if it had been made now: it is forgotten in time.
#[cfg(feature = "full")]
pub(in crate::api) fn sealing_item(who: &LocalPerson, secret: [u8; 32], age: u64) -> Item {
    let key = SealingSecret::from_bytes(secret).public();
    let row = format!("{SEALING}{}/{}/{age:016x}-{key}", who.community, who.person);
    Item::Local(LocalChange::Put { key: row, value: secret.to_vec() })
}

/// The key to which messages for a person are sealed now, if it has come here.
pub(super) fn key_of(
    read: &dyn Read,
    community: &CommunityId,
    person: &PersonId,
) -> Result<Option<SealingKey>> {
    let rows = read.posts(community, PostFamily::Sealing)?;
    // They come in order of Lamport number and id.
    let Some(last) = rows.iter().rfind(|row| row.author == *person) else { return Ok(None) };
    match reading::entry(read, last)?.body {
        Body::Sealing { key } => Ok(Some(key)),
        _ => Ok(None),
    }
}

impl Node {
    /// Publishes a key for a person here who has none yet.
    pub(super) fn have_key(&mut self, community: &Community, who: &LocalPerson) -> Result<()> {
        match held(&*self.store, &self.drawer(&community.id, &who.person)?)?.is_empty() {
            true => self.publish_key(&community.authority, who),
            false => Ok(()),
        }
    }

    fn publish_key(&mut self, authority: &Authority, who: &LocalPerson) -> Result<()> {
        let age = age_now(&*self.store, self.now.0)?;
        let drawer = self.drawer(&who.community, &who.person)?;
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let secret = publish(&mut pen, authority, who, &drawer, age)?;
        let mut items = pen.finish();
        items.push(secret);
        self.commit(items)
    }

    pub(super) fn new_key(&mut self, community: &Community, who: &LocalPerson) -> Result<Value> {
        self.publish_key(&community.authority, who)?;
        let key = key_of(&*self.store, &community.id, &who.person)?;
        Ok(json!({ "person": who.person.to_string(), "key": key.map(|key| key.to_string()) }))
    }

    /// As [`Node::keep_keys`]; what cannot be done now is done the next time.
    pub(in crate::api) fn tidy_keys(&mut self, now: WallSeconds) {
        self.now = now;
        if self.by_itself(Self::keep_keys).is_err() {
            // The keys that were here still are.
        }
    }

    /// Replaces keys that have been used for a week, and forgets those that nothing can come for
    /// any more: what was sealed to them is carried nowhere.
    pub(super) fn keep_keys(&mut self) -> Result<()> {
        let age = age_now(&*self.store, self.now.0)?;
        let mut drop = self.old_group_keys(age)?;
        for who in self.locals()? {
            // A locked person's are looked at when they come.
            if self.is_locked(&who.community, &who.person)? {
                continue;
            }
            let drawer = self.drawer(&who.community, &who.person)?;
            let all = held(&*self.store, &drawer)?;
            let Some(last) = all.last() else { continue };
            // Taken along from a device that is older than this one, in a vault.
            for key in all.iter().filter(|key| key.made > age) {
                drop.push(drawer.drop(SEALING, &key.name));
                drop.push(kept_since(&drawer, *key.secret.as_bytes(), age)?);
            }
            if age.saturating_sub(last.made) >= FRESH_SECONDS {
                let community = self.community(&who.community)?;
                // Who is no member any more publishes nothing, and keeps what they have.
                if let Err(error) = self.publish_key(&community.authority, &who)
                    && !matches!(error, super::super::ApiError::Refused(_))
                {
                    return Err(error);
                }
            }
            for (old, next) in all.iter().zip(all.iter().skip(1)) {
                // The next one's beginning is this one's end.
                if age.saturating_sub(next.made) > CARRY_SECONDS {
                    drop.push(drawer.drop(SEALING, &old.name));
                }
            }
        }
        if drop.is_empty() {
            return Ok(());
        }
        self.commit(drop)?;
        Ok(self.store.scrub()?)
    }
}
