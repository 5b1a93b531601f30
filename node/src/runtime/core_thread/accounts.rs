//! What the uplinks take, counted frame by frame, and where that ends; and what was refused.

use std::time::{Duration, Instant};

use super::CoreThread;
use crate::core::{Class, LinkId};
use crate::runtime::ledger::{Way, today};
use crate::runtime::store_thread::Job;

/// How often what the uplinks took goes to the store.
const KEEP_ACCOUNTS: Duration = Duration::from_secs(10);
const KEPT_FOR_ALERTS: &str = "the rest of today's data budget for this uplink is kept for alerts";
pub(super) const BUDGET_SPENT: &str =
    "today's data budget for this uplink is spent; it is used again tomorrow";

impl CoreThread {
    /// Counts a frame, and ends an uplink whose budget for the day is spent.
    pub(super) fn account(&mut self, link: LinkId, class: Class, way: Way, bytes: usize) {
        let sum = self.classes.entry(class).or_default();
        let at = match way {
            Way::Sent => &mut sum[0],
            Way::Received => &mut sum[1],
        };
        *at += bytes as u64;
        let Some(wire) = self.links.get(&link).filter(|wire| wire.uplink) else { return };
        self.ledger.count(&wire.address, class, way, bytes);
        if !wire.alerts_only && self.ledger.is_for_alerts_only(&wire.address) {
            // It is dialled again, for these alone.
            self.net.close(wire.net, KEPT_FOR_ALERTS);
            return self.flush_accounts();
        }
        if self.ledger.left(&wire.address) == Some(0) {
            self.net.close(wire.net, BUDGET_SPENT);
            self.rest_uplinks();
            // At once: who cuts the power now has no second budget today.
            self.flush_accounts();
        }
    }

    /// No uplink is dialled before the next day.
    pub(super) fn rest_uplinks(&self) {
        tracing::warn!("{BUDGET_SPENT}");
        let now = jiff::Zoned::now();
        let midnight = now.tomorrow().and_then(|tomorrow| tomorrow.start_of_day());
        let rest = midnight.map(|midnight| now.duration_until(&midnight));
        let rest = rest.ok().and_then(|rest| Duration::try_from(rest).ok());
        self.net.rest_uplinks(rest.unwrap_or(Duration::from_secs(3_600)));
    }

    /// Every ten seconds at most the accounts go to the store.
    pub(super) fn keep_accounts(&mut self) {
        if self.kept_at.elapsed() < KEEP_ACCOUNTS {
            return;
        }
        self.kept_at = Instant::now();
        self.flush_accounts();
        if self.ledger.turn(today()) {
            // A new day, with room for everything.
            for wire in self.links.values().filter(|wire| wire.alerts_only) {
                self.net.close(wire.net, "a new day has begun");
            }
        }
    }

    pub(super) fn flush_accounts(&mut self) {
        if let Some((key, value)) = self.ledger.row() {
            self.waiting.push(Job::Put { key, value });
        }
    }

    /// Once a second at most, what was refused goes to the store, where `status` finds it.
    pub(super) fn count_refused(&mut self) {
        if self.counted_at.elapsed() >= Duration::from_secs(1) {
            self.counted_at = Instant::now();
            self.flush_refused();
        }
    }

    pub(super) fn flush_refused(&mut self) {
        for (reason, count) in self.net.refusals() {
            let before = self.net_refused.insert(reason, count).unwrap_or(0);
            if count > before {
                *self.refused.entry(reason.to_owned()).or_default() += count - before;
            }
        }
        if !self.refused.is_empty() {
            self.waiting.push(Job::Refused(std::mem::take(&mut self.refused)));
        }
    }
}
