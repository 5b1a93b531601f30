//! What is remembered of bundles on sticks. The client reads and writes the stick.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Node, Result};
use crate::carry::{NOTES_MAX, NOTES_PREFIX, Note};
use crate::replica::{Batch, Item, LocalChange};

impl Node {
    /// All notes, by the bundle's file name. What cannot be read is as if it were not there.
    pub(super) fn carry_notes(&self) -> Result<BTreeMap<String, Note>> {
        let rows = self.store.local_prefix(NOTES_PREFIX)?;
        let read = rows.into_iter().filter_map(|(key, value)| {
            let file = key.strip_prefix(NOTES_PREFIX)?.to_owned();
            Some((file, serde_json::from_slice(&value).ok()?))
        });
        Ok(read.collect())
    }

    /// Keeps a note; of too many the oldest go.
    pub(super) fn carry_note(&mut self, bundle: &str, note: &Note) -> Result<Value> {
        let key = |bundle: &str| format!("{NOTES_PREFIX}{bundle}");
        let value = json!(note).to_string().into_bytes();
        let mut items = vec![Item::Local(LocalChange::Put { key: key(bundle), value })];
        let mut notes: Vec<(i64, String)> =
            self.carry_notes()?.into_iter().map(|(file, note)| (note.at, file)).collect();
        notes.sort();
        let over = (notes.len() + 1).saturating_sub(NOTES_MAX);
        items.extend(
            notes
                .iter()
                .take(over)
                .filter(|(_, file)| file != bundle)
                .map(|(_, file)| Item::Local(LocalChange::Drop { key: key(file) })),
        );
        self.take_in(&[Batch { items, ..Batch::default() }])?;
        Ok(json!({}))
    }

    /// Forgets all of them, as whoever leaves a community and comes back has to read all again.
    pub(super) fn forget_carry_notes(&self) -> Result<Vec<Item>> {
        let rows = self.store.local_prefix(NOTES_PREFIX)?;
        Ok(rows.into_iter().map(|(key, _)| Item::Local(LocalChange::Drop { key })).collect())
    }
}
