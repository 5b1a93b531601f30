//! What overrides what: computed from all announcements that are here, so that an update or a
//! cancellation that came long before, or long after, the alert counts alike on every node.

use std::collections::BTreeMap;

use baro_crdt::entry::{Alert, Body};
use baro_crdt::ids::EntryId;

use super::shown::{identity, referred};
use crate::store::PostRow;

/// What took the place of an announcement or a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    /// The entry.
    pub(crate) by: EntryId,
    /// Whether it cancels, and does not only say it anew.
    pub(crate) cancels: bool,
}

/// All overrides of a community's announcements, decisions and alerts.
#[derive(Default)]
pub(crate) struct Overrides {
    /// By the entry overridden and, for a decision, the office it must be of.
    by_entry: BTreeMap<(EntryId, Option<String>), Override>,
    /// By the name under which other systems know an alert.
    by_reference: BTreeMap<String, Override>,
}

impl Overrides {
    /// Takes up one announcement or decision; called in the order of (Lamport number, id), so
    /// that the latest of several stands.
    pub(crate) fn add(&mut self, row: &PostRow, body: &Body, alert: Option<&Alert>) {
        match body {
            Body::Decision { office, supersedes: Some(old), .. } => {
                let over = Override { by: row.id, cancels: false };
                self.by_entry.insert((*old, Some(office.clone())), over);
            }
            Body::Announcement { supersedes, .. } => {
                let cancels = alert.is_some_and(|alert| alert.msg_type == "Cancel");
                let over = Override { by: row.id, cancels };
                let named = alert.and_then(|alert| alert.references.as_deref()).unwrap_or_default();
                for old in supersedes.iter().chain(named).filter(|old| **old != row.id) {
                    self.by_entry.insert((*old, None), over.clone());
                }
                let Some(alert) = alert.filter(|alert| alert.msg_type != "Alert") else { return };
                for old in referred(alert) {
                    self.by_reference.insert(old, over.clone());
                }
            }
            _ => {}
        }
    }

    /// What took the place of this one, the latest of several.
    pub(crate) fn of(
        &self,
        row: &PostRow,
        body: &Body,
        alert: Option<&Alert>,
    ) -> Option<&Override> {
        let office = match body {
            Body::Decision { office, .. } => Some(office.clone()),
            _ => None,
        };
        let by_entry = self.by_entry.get(&(row.id, office));
        let name = alert.map(|alert| identity(row, alert));
        by_entry.or_else(|| self.by_reference.get(&name?)).filter(|over| over.by != row.id)
    }
}
