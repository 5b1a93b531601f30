//! Receipts for messages: noted in the transaction that brings or opens a message, sealed to its
//! writer right after. Those for a group's messages gather for an hour, so that a group of a
//! hundred does not answer each word with a hundred parcels.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{CommunityId, MessageId, PersonId};
use baro_crdt::sealed::{Content, MessageReceipt, RECEIPT_MESSAGES_MAX};

use super::super::{Node, Result};
use super::keys::key_of;
use crate::replica::{Item, LocalChange, age_now};

const DUE: &str = "due/";
/// How long receipts for messages of groups gather, in seconds of this device's age.
const GATHER_SECONDS: u64 = 3_600;

/// The parts of a row's key: community, who signs, for whom, for which message.
fn parts(key: &str) -> Option<(CommunityId, PersonId, PersonId, MessageId)> {
    let mut parts = key.strip_prefix(DUE)?.split('/');
    let found = (
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    parts.next().is_none().then_some(found)
}

/// Whether it was read, whether it may wait, and since when it does.
fn state(value: &[u8]) -> Option<(bool, bool, u64)> {
    let (flags, since) = value.split_first_chunk::<2>()?;
    let [read, waits] = *flags;
    Some((read != 0, waits != 0, u64::from_be_bytes(since.try_into().ok()?)))
}

impl Node {
    /// The item that notes a receipt of `from` for `to`.
    pub(super) fn due(
        &self,
        community: &CommunityId,
        (from, to): (&PersonId, &PersonId),
        message: &MessageId,
        read: bool,
        waits: bool,
    ) -> Result<Item> {
        let key = format!("{DUE}{community}/{from}/{to}/{message}");
        let age = age_now(&*self.store, self.now.0)?;
        let value = [&[u8::from(read), u8::from(waits)], age.to_be_bytes().as_slice()].concat();
        Ok(Item::Local(LocalChange::Put { key, value }))
    }

    /// Seals the receipts that are due.
    pub(super) fn settle_due(&mut self) -> Result<()> {
        let rows = self.store.local_prefix(DUE)?;
        if rows.is_empty() {
            return Ok(());
        }
        let age = age_now(&*self.store, self.now.0)?;
        let mut due: BTreeMap<_, (BTreeSet<MessageId>, bool)> = BTreeMap::new();
        for (key, value) in &rows {
            let (Some((community, from, to, message)), Some((read, waits, since))) =
                (parts(key), state(value))
            else {
                continue;
            };
            let (messages, now) = due.entry((community, from, to, read)).or_default();
            messages.insert(message);
            *now |= !waits || age.saturating_sub(since) >= GATHER_SECONDS;
        }
        for ((community, from, to, read), (messages, now)) in due {
            if !now && messages.len() < RECEIPT_MESSAGES_MAX {
                continue;
            }
            let persons = self.persons(&community)?;
            let Some(who) = persons.all.iter().find(|local| local.person == from).cloned() else {
                continue;
            };
            let Some(key) = key_of(&*self.store, &community, &to)? else { continue };
            let messages: Vec<MessageId> = messages.into_iter().collect();
            for messages in messages.chunks(RECEIPT_MESSAGES_MAX) {
                let salt = self.salt();
                let messages = messages.to_vec();
                let drop: Vec<Item> = messages
                    .iter()
                    .map(|message| format!("{DUE}{community}/{from}/{to}/{message}"))
                    .map(|key| Item::Local(LocalChange::Drop { key }))
                    .collect();
                let receipt = MessageReceipt { salt, time: self.now.0, messages, read };
                let parcel = self.seal(&community, &who, &key, &Content::Receipt(receipt))?;
                self.has_room(&community, std::slice::from_ref(&parcel))?;
                let mut items = vec![Self::carry(&community, parcel)];
                items.extend(drop);
                self.commit(items)?;
            }
        }
        Ok(())
    }
}
