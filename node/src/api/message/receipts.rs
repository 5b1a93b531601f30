//! Receipts for messages: noted in the transaction that brings or opens a message, sealed to its
//! writer right after. Those for a group's messages gather for an hour, so that a group of a
//! hundred does not answer each word with a hundred parcels.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{CommunityId, MessageId, PersonId};
use baro_crdt::sealed::{Content, MessageReceipt, RECEIPT_MESSAGES_MAX};

use super::super::private::Drawer;
use super::super::{Node, Result};
use super::keys::key_of;
use crate::replica::{Item, age_now};
use crate::store::LocalPerson;

const DUE: &str = "due/";
/// How long receipts for messages of groups gather, in seconds of this device's age.
const GATHER_SECONDS: u64 = 3_600;

/// Whose a row is: the community, and who signs.
fn whose(key: &str) -> Option<(CommunityId, PersonId)> {
    let mut parts = key.strip_prefix(DUE)?.split('/');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// For whom, and for which message.
fn parts(name: &str) -> Option<(PersonId, MessageId)> {
    let (to, message) = name.split_once('/')?;
    Some((to.parse().ok()?, message.parse().ok()?))
}

/// Whether it was read, whether it may wait, and since when it does.
fn state(value: &[u8]) -> Option<(bool, bool, u64)> {
    let (flags, since) = value.split_first_chunk::<2>()?;
    let [read, waits] = *flags;
    Some((read != 0, waits != 0, u64::from_be_bytes(since.try_into().ok()?)))
}

impl Node {
    /// The item that notes a receipt, by whose drawer it is, for `to`.
    pub(super) fn due(
        &self,
        drawer: &Drawer,
        to: &PersonId,
        message: &MessageId,
        read: bool,
        waits: bool,
    ) -> Result<Item> {
        let age = age_now(&*self.store, self.now.0)?;
        let value = [&[u8::from(read), u8::from(waits)], age.to_be_bytes().as_slice()].concat();
        drawer.put(DUE, &format!("{to}/{message}"), value)
    }

    /// Seals the receipts that are due, of those whose vault is open or who have none.
    pub(super) fn settle_due(&mut self) -> Result<()> {
        let rows = self.store.local_prefix(DUE)?;
        let whose: BTreeSet<_> = rows.iter().filter_map(|(key, _)| whose(key)).collect();
        for (community, from) in whose {
            let persons = self.persons(&community)?;
            let Some(who) = persons.all.iter().find(|local| local.person == from).cloned() else {
                continue;
            };
            if !self.is_locked(&community, &from)? {
                self.settle_due_of(&who)?;
            }
        }
        Ok(())
    }

    fn settle_due_of(&mut self, who: &LocalPerson) -> Result<()> {
        let community = who.community;
        let drawer = self.drawer(&community, &who.person)?;
        let age = age_now(&*self.store, self.now.0)?;
        let mut due: BTreeMap<_, (BTreeSet<MessageId>, bool)> = BTreeMap::new();
        for (name, value) in drawer.all(&*self.store, DUE)? {
            let (Some((to, message)), Some((read, waits, since))) = (parts(&name), state(&value))
            else {
                continue;
            };
            let (messages, now) = due.entry((to, read)).or_default();
            messages.insert(message);
            *now |= !waits || age.saturating_sub(since) >= GATHER_SECONDS;
        }
        for ((to, read), (messages, now)) in due {
            if !now && messages.len() < RECEIPT_MESSAGES_MAX {
                continue;
            }
            let Some(key) = key_of(&*self.store, &community, &to)? else { continue };
            let messages: Vec<MessageId> = messages.into_iter().collect();
            for messages in messages.chunks(RECEIPT_MESSAGES_MAX) {
                let salt = self.salt();
                let messages = messages.to_vec();
                let drop: Vec<Item> = messages
                    .iter()
                    .map(|message| drawer.drop(DUE, &format!("{to}/{message}")))
                    .collect();
                let receipt = MessageReceipt { salt, time: self.now.0, messages, read };
                let parcel = self.seal(&community, who, &key, &Content::Receipt(receipt))?;
                self.has_room(&community, std::slice::from_ref(&parcel))?;
                let mut items = vec![Self::carry(&community, parcel)];
                items.extend(drop);
                self.commit(items)?;
            }
        }
        Ok(())
    }
}
