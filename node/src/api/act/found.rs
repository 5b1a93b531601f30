//! Founding a community with founders on several devices.
//!
//! Each of them makes a key for it ([`ActRequest::Key`](super::ActRequest::Key)), which waits here
//! until the founding record that names it has all signatures. That record is then the same on every
//! device that enters it, whoever does so first.

use baro_crdt::ids::PersonId;
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Act, Body, Founding, Record};
use baro_crdt::role::Role;
use rand_core::Rng;
use serde_json::{Value, json};

use super::super::community::{Limits, role};
use super::super::persons::checked_name;
use super::super::resolve::Names;
use super::{ApiError, Context, Node, Place, Result, told};
use crate::replica::{Item, LocalChange};
use crate::store::LocalPerson;
use crate::words::why;

/// What the local rows of keys for communities that are yet to be begin with; the id follows. The
/// value is the seed, then the name.
const KEYS: &str = "founder/";
const SEED_BYTES: usize = 32;
/// The most keys that wait on a device.
const KEYS_MAX: usize = 64;

fn row(person: &PersonId) -> String {
    format!("{KEYS}{person}")
}

impl Node {
    /// A key for a community that is yet to be founded.
    pub(super) fn founder_key(&mut self, context: &Context) -> Result<Value> {
        let name = match &context.speaker {
            Some(name) => checked_name(name)?,
            None => self.device_name()?,
        };
        if self.store.local_prefix(KEYS)?.len() >= KEYS_MAX {
            return Err(ApiError::refused(why::founder_keys_full(KEYS_MAX)));
        }
        let key = MemberKey::generate(&mut self.rng);
        let person = key.id();
        let value = [&key.seed()[..], name.as_bytes()].concat();
        self.commit(vec![Item::Local(LocalChange::Put { key: row(&person), value })])?;
        Ok(json!({ "key": person.to_string(), "name": name }))
    }

    /// The founding record, signed by a new key of this device.
    pub(super) fn act_found(
        &mut self,
        context: &Context,
        name: &str,
        keys: &[String],
        limits: &Limits,
    ) -> Result<Value> {
        let name = checked_name(name)?;
        let mut founders = Vec::new();
        for text in keys {
            let key = text.trim().parse::<PersonId>();
            founders.push(key.map_err(|_| ApiError::refused(why::founder_key(text)))?);
        }
        if usize::from(limits.threshold) > founders.len() + 1 {
            return Err(ApiError::refused(why::threshold(usize::from(limits.threshold))));
        }
        let debates_by = limits.debates_by.as_deref().map_or(Ok(Role::Member), role)?;
        let own = self.founder_key(context)?;
        let own = own.get("key").and_then(Value::as_str);
        founders.extend(own.and_then(|key| key.parse::<PersonId>().ok()));
        founders.sort_unstable();
        founders.dedup();
        let mut nonce = vec![0; 16];
        self.rng.fill_bytes(&mut nonce);
        let founding = Founding {
            name,
            language: context.lang.clone().unwrap_or_else(|| "fr".to_owned()),
            founders,
            threshold: limits.threshold,
            nonce,
            debates_by,
            cosignatures: limits.cosignatures,
            members_only: limits.members_only,
        };
        let mut act = Act::new(Body::Founding(founding.clone()))
            .map_err(|error| ApiError::refused(why::act_broken(error.to_string())))?;
        let place = self.place_of_founding(context, &act, &founding)?;
        for signer in &place.signers {
            act.sign(&Self::key(signer)?);
        }
        Ok(told(context, &act, &place))
    }

    pub(super) fn place_of_founding(
        &mut self,
        context: &Context,
        act: &Act,
        founding: &Founding,
    ) -> Result<Place> {
        let community = baro_crdt::ids::CommunityId::from_bytes(*act.id().as_bytes());
        if self.store.community(&community)?.is_some() {
            return Err(ApiError::refused(why::act_entered()));
        }
        if founding.members_only {
            return Err(ApiError::refused(why::act_members_only()));
        }
        let mut signers = Vec::new();
        for person in &founding.founders {
            let Some(value) = self.store.local(&row(person))? else { continue };
            let Some((seed, name)) = value.split_at_checked(SEED_BYTES) else { continue };
            let Ok(seed) = seed.try_into() else { continue };
            let seed = Some(seed);
            let name = String::from_utf8_lossy(name).into_owned();
            signers.push(LocalPerson { community, person: *person, name, seed });
        }
        if let Some(speaker) = &context.speaker {
            signers.retain(|one| one.name == *speaker);
        }
        let name = founding.name.clone();
        if signers.is_empty() {
            let keys = founding.founders.iter().map(|one| Names::default().of(one));
            let keys = keys.collect::<Vec<_>>().join(", ");
            return Err(ApiError::refused(why::act_not_asked(keys)));
        }
        Ok(Place { community, name, names: Names::default(), signers })
    }

    /// The community begins here, with those founders whose keys waited.
    pub(super) fn enter_founding(
        &mut self,
        record: &Record,
        founders: &[LocalPerson],
    ) -> Result<()> {
        for person in founders {
            let done = LocalChange::Drop { key: row(&person.person) };
            let items = vec![Item::Join(record.clone()), Item::Local(done)];
            self.begin_person(&record.community(), person, items)?;
        }
        Ok(())
    }
}
