//! Messages as they are kept on the device of who wrote them and whom they reached.

use std::collections::BTreeMap;

use baro_crdt::ids::{CommunityId, GroupId, MessageId, ParcelId, PersonId};
use serde::{Deserialize, Serialize};

use super::super::private::Drawer;
use super::super::{ApiError, Node, Result};
use crate::replica::Item;
use crate::store::{Read, StoreError};
use crate::words::why;

const MESSAGE: &str = "message/";
const VOICE: &str = "voice/";

/// A message of one person of this device, written or received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Who wrote it.
    pub(super) by: String,
    /// Whom it is for: one person, or who was in the group when it was written here.
    pub(super) to: Vec<String>,
    /// The group it is for, and the number of its key.
    pub(super) group: Option<(String, u32)>,
    pub(super) text: String,
    /// The media type of its voice note.
    pub(super) voice: Option<String>,
    /// When, as its writer declares.
    pub(super) declared_at: i64,
    /// When it was written or came here, by this device's clock.
    pub(super) at: i64,
    /// The parcel that it went or came in.
    pub(super) parcel: String,
    /// When it was opened here.
    pub(super) opened_at: Option<i64>,
    /// Who signed that it reached them, and when they say that it did.
    pub(super) delivered: BTreeMap<String, i64>,
    /// Who signed that they read it.
    pub(super) read: BTreeMap<String, i64>,
}

impl Kept {
    pub(super) fn parcel(&self) -> Option<ParcelId> {
        self.parcel.parse().ok()
    }

    pub(super) fn is_by(&self, person: &PersonId) -> bool {
        self.by == person.to_string()
    }

    pub(super) fn is_in(&self, group: &GroupId) -> bool {
        self.group.as_ref().is_some_and(|(id, _)| *id == group.to_string())
    }

    /// Whether it is between these two, and in no group.
    pub(super) fn is_with(&self, person: &PersonId) -> bool {
        let person = person.to_string();
        self.group.is_none() && (self.by == person || self.to.contains(&person))
    }
}

fn damaged(error: &serde_json::Error) -> StoreError {
    StoreError::Damaged(format!("a message: {error}"))
}

/// The item that keeps a message.
pub(super) fn keep(drawer: &Drawer, id: &MessageId, kept: &Kept) -> Result<Item> {
    let value = serde_json::to_vec(kept).map_err(|error| damaged(&error))?;
    drawer.put(MESSAGE, &id.to_string(), value)
}

/// The item that keeps its voice note.
pub(super) fn keep_voice(drawer: &Drawer, id: &MessageId, bytes: Vec<u8>) -> Result<Item> {
    drawer.put(VOICE, &id.to_string(), bytes)
}

pub(super) fn voice(read: &dyn Read, drawer: &Drawer, id: &MessageId) -> Result<Option<Vec<u8>>> {
    drawer.get(read, VOICE, &id.to_string())
}

/// A message of a person here.
pub(super) fn find(read: &dyn Read, drawer: &Drawer, id: &MessageId) -> Result<Option<Kept>> {
    let row = drawer.get(read, MESSAGE, &id.to_string())?;
    let kept = row.map(|row| serde_json::from_slice(&row)).transpose();
    Ok(kept.map_err(|error| damaged(&error))?)
}

/// All messages of a person here, the latest first.
pub(super) fn all(read: &dyn Read, drawer: &Drawer) -> Result<Vec<(MessageId, Kept)>> {
    let mut all = Vec::new();
    for (name, value) in drawer.all(read, MESSAGE)? {
        let Ok(id) = name.parse::<MessageId>() else { continue };
        let kept: Kept = serde_json::from_slice(&value).map_err(|error| damaged(&error))?;
        all.push((id, kept));
    }
    all.sort_by_key(|(id, kept)| std::cmp::Reverse((kept.at, kept.declared_at, *id)));
    Ok(all)
}

impl Node {
    /// A message by its id, or the beginning of it.
    pub(super) fn kept(
        &self,
        community: &CommunityId,
        person: &PersonId,
        wanted: &str,
    ) -> Result<(MessageId, Kept)> {
        let unknown = || ApiError::unknown(why::message_unknown(wanted));
        let drawer = self.drawer(community, person)?;
        if let Ok(id) = wanted.parse::<MessageId>() {
            let kept = find(&*self.store, &drawer, &id)?;
            return kept.map(|kept| (id, kept)).ok_or_else(unknown);
        }
        let lower = wanted.to_lowercase();
        let is_id = lower.len() >= 6 && lower.chars().all(|sign| sign.is_ascii_hexdigit());
        if !is_id {
            return Err(unknown());
        }
        let all = all(&*self.store, &drawer)?;
        let mut found = all.into_iter().filter(|(id, _)| id.to_string().starts_with(&lower));
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(unknown()),
            _ => Err(ApiError::refused(why::message_ambiguous(wanted))),
        }
    }

    /// Removes a message and its voice from this device. What others hold stays with them.
    pub(super) fn message_delete(
        &mut self,
        community: &super::super::Community,
        who: &crate::store::LocalPerson,
        wanted: &str,
    ) -> Result<serde_json::Value> {
        let (id, _) = self.kept(&community.id, &who.person, wanted)?;
        let drawer = self.drawer(&community.id, &who.person)?;
        let drop = |kind| drawer.drop(kind, &id.to_string());
        self.commit(vec![drop(MESSAGE), drop(VOICE)])?;
        self.store.scrub()?;
        Ok(serde_json::json!({ "id": id.to_string() }))
    }
}
