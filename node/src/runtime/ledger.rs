//! What the uplinks cost: bytes by day, uplink and class, against a budget.
//!
//! A day is one of this device's calendar. Bytes are those of frames with an estimate of what the
//! transport adds, so that a budget is kept on the bill too: 100 bytes a frame and each further
//! 1,300 bytes of it, for encryption, multiplexing, TCP or QUIC, IP and acknowledgements.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::SPENT_PREFIX;
use crate::core::Class;

/// What the transport adds to a frame, and to each further packet of it, in bytes.
const PACKET_OVERHEAD_BYTES: u64 = 100;
/// One part in so many of a day's budget is kept for records and alerts.
const KEPT_FOR_ALERTS: u64 = 10;
/// A packet's load, in bytes.
const PACKET_BYTES: u64 = 1_300;

/// What an uplink may take each day, and what it costs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Budget {
    /// The most bytes a day and uplink, both ways together; none where it costs nothing.
    pub bytes_per_day: Option<u64>,
    /// What a megabyte (10^6 bytes) costs.
    pub price_per_megabyte: Option<f64>,
    /// In which currency, as people write it.
    pub currency: Option<String>,
}

/// Sent and received, by class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Account(BTreeMap<String, [u64; 2]>);

impl Account {
    fn total(&self) -> u64 {
        self.0.values().flatten().sum()
    }
}

/// All accounts of a day.
pub(super) struct Ledger {
    budget: Budget,
    day: Date,
    uplinks: BTreeMap<String, Account>,
    dirty: bool,
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Sent,
    Received,
}

/// Today, by this device's calendar.
pub(super) fn today() -> Date {
    jiff::Zoned::now().date()
}

impl Ledger {
    /// Goes on where `row`, today's, left off.
    pub(super) fn new(budget: Budget, day: Date, row: Option<&[u8]>) -> Self {
        // What cannot be read is begun anew; it holds nothing but sums.
        let uplinks = row.and_then(|row| serde_json::from_slice(row).ok()).unwrap_or_default();
        Self { budget, day, uplinks, dirty: false }
    }

    pub(super) fn key(day: Date) -> String {
        format!("{SPENT_PREFIX}{day}")
    }

    /// A frame went over an uplink.
    pub(super) fn count(&mut self, uplink: &str, class: Class, way: Way, frame_bytes: usize) {
        let frame = frame_bytes as u64;
        let bytes = frame + PACKET_OVERHEAD_BYTES * (1 + frame / PACKET_BYTES);
        let account = self.uplinks.entry(uplink.to_owned()).or_default();
        let [sent, received] = account.0.entry(class.word().to_owned()).or_default();
        match way {
            Way::Sent => *sent += bytes,
            Way::Received => *received += bytes,
        }
        self.dirty = true;
    }

    /// What is left of today's bytes of an uplink; none where it costs nothing.
    pub(super) fn left(&self, uplink: &str) -> Option<u64> {
        let spent = self.uplinks.get(uplink).map_or(0, Account::total);
        self.budget.bytes_per_day.map(|most| most.saturating_sub(spent))
    }

    /// Whether what is left of today's bytes of an uplink is kept for records and alerts.
    pub(super) fn is_for_alerts_only(&self, uplink: &str) -> bool {
        let kept = self.budget.bytes_per_day.map(|most| most / KEPT_FOR_ALERTS);
        self.left(uplink).zip(kept).is_some_and(|(left, kept)| left <= kept)
    }

    /// Whether the uplinks cost something.
    pub(super) const fn is_metered(&self) -> bool {
        self.budget.bytes_per_day.is_some() || self.budget.price_per_megabyte.is_some()
    }

    /// Whether a new day has begun: then everything is counted anew. A clock that is set back
    /// opens no second budget for the same day.
    pub(super) fn turn(&mut self, day: Date) -> bool {
        if day == self.day {
            return false;
        }
        self.day = day;
        self.uplinks.clear();
        self.dirty = true;
        true
    }

    /// The row to keep, if anything changed since it was last asked for.
    pub(super) fn row(&mut self) -> Option<(String, Vec<u8>)> {
        let row = serde_json::to_vec(&self.uplinks).ok()?;
        std::mem::take(&mut self.dirty).then(|| (Self::key(self.day), row))
    }

    /// What `status` shows.
    pub(super) fn json(&self) -> Value {
        let megabytes = |bytes: u64| {
            #[expect(clippy::cast_precision_loss, reason = "a day's bytes are below 2^52")]
            let bytes = bytes as f64;
            bytes / 1e6
        };
        let uplinks = self.uplinks.iter().map(|(uplink, account)| {
            let spent = account.total();
            let by_class = account.0.iter().map(|(class, [sent, received])| {
                (class.clone(), json!({ "sent": sent, "received": received }))
            });
            json!({
                "uplink": uplink,
                "day": self.day.to_string(),
                "bytes": spent,
                "budget": self.budget.bytes_per_day,
                "left": self.left(uplink),
                "alerts_only": self.is_for_alerts_only(uplink),
                "cost": self.budget.price_per_megabyte.map(|price| price * megabytes(spent)),
                "currency": self.budget.currency,
                "by_class": by_class.collect::<serde_json::Map<_, _>>(),
            })
        });
        uplinks.collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_budget_is_counted_kept_and_begun_anew_each_day() {
        let day = jiff::civil::date(2026, 11, 22);
        let budget = Budget {
            bytes_per_day: Some(10_000),
            price_per_megabyte: Some(2.5),
            currency: Some("XOF".to_owned()),
        };
        let mut ledger = Ledger::new(budget.clone(), day, None);
        assert_eq!(ledger.row(), None);
        assert_eq!(ledger.left("a"), Some(10_000));
        ledger.count("a", Class::Alerts, Way::Sent, 900);
        ledger.count("a", Class::Debate, Way::Received, 2_600);
        assert_eq!(ledger.left("a"), Some(10_000 - 1_000 - 2_900));
        assert_eq!(ledger.left("b"), Some(10_000), "each uplink has its own");
        let (key, row) = ledger.row().unwrap();
        assert_eq!(key, "spent/2026-11-22");
        assert_eq!(ledger.row(), None);
        let mut again = Ledger::new(budget, day, Some(&row));
        assert_eq!(again.left("a"), Some(6_100), "a restart opens no second budget");
        let told = again.json();
        assert_eq!(told[0]["by_class"]["alerts"]["sent"], 1_000);
        assert!((told[0]["cost"].as_f64().unwrap() - 0.00975).abs() < 1e-9);
        assert!(!again.is_for_alerts_only("a"));
        again.count("a", Class::LargeBlobs, Way::Received, 4_700);
        assert_eq!(again.left("a"), Some(1_000));
        assert!(again.is_for_alerts_only("a") && !again.is_for_alerts_only("b"));
        again.count("a", Class::LargeBlobs, Way::Received, 1_000_000);
        assert_eq!(again.left("a"), Some(0));
        assert!(!again.turn(day));
        assert!(again.turn(day.tomorrow().unwrap()));
        assert_eq!(again.left("a"), Some(10_000));
    }
}
