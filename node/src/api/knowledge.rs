//! How old this node's knowledge of a community is: when it last compared all it holds with whom.
//!
//! A session that came to its end is noted with the peer, a bundle that was taken in without one:
//! what is in a file may be older than the day on which it came.

use baro_crdt::ids::{CommunityId, WallSeconds};
use serde_json::{Value, json};

use super::{Node, Result};
use crate::replica::{Batch, Item, LocalChange};
use crate::store::StoreError;

/// Local rows that say when a peer was last heard: `heard/COMMUNITY/PEER`, seconds since 1970 by
/// this device's clock, 8 bytes.
pub(super) const HEARD_PREFIX: &str = "heard/";
/// What stands in the place of a peer where a bundle was taken in.
pub(super) const BUNDLE: &str = "bundle";
/// The most peers of which it is remembered, in one community; the one heard longest ago goes.
const HEARD_MAX: usize = 32;
/// A peer that was heard so little ago is not written down again, in seconds.
const HEARD_STEP: i64 = 60;

fn seconds(value: &[u8]) -> i64 {
    value.first_chunk().copied().map_or(0, i64::from_be_bytes)
}

impl Node {
    /// Notes that everything of these communities was compared with a peer.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be kept.
    pub fn heard(
        &mut self,
        now: WallSeconds,
        peer: &str,
        communities: &[CommunityId],
    ) -> std::result::Result<(), StoreError> {
        let mut items = Vec::new();
        for community in communities {
            if self.store.community(community)?.is_none() {
                continue;
            }
            let key = format!("{HEARD_PREFIX}{community}/{peer}");
            let mut held = self.store.local_prefix(&format!("{HEARD_PREFIX}{community}/"))?;
            let before = held.iter().find(|(known, _)| *known == key);
            if before.is_some_and(|(_, at)| (0..HEARD_STEP).contains(&(now.0 - seconds(at)))) {
                continue;
            }
            held.retain(|(known, _)| *known != key);
            held.sort_by_key(|(_, at)| seconds(at));
            let more = (held.len() + 1).saturating_sub(HEARD_MAX);
            for (key, _) in held.into_iter().take(more) {
                items.push(Item::Local(LocalChange::Drop { key }));
            }
            let value = now.0.to_be_bytes().to_vec();
            items.push(Item::Local(LocalChange::Put { key, value }));
        }
        if items.is_empty() {
            return Ok(());
        }
        self.take_in(&[Batch { items, now, ..Batch::default() }]).map(|_| ())
    }

    /// When this node last heard from whom about a community, the latest first.
    pub(super) fn knowledge(&self, community: &CommunityId) -> Result<Value> {
        let prefix = format!("{HEARD_PREFIX}{community}/");
        let mut heard = Vec::new();
        for (key, value) in self.store.local_prefix(&prefix)? {
            let from = key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            heard.push((seconds(&value), from));
        }
        heard.sort_unstable_by(|one, other| other.cmp(one));
        let last = heard.first().map(|(at, _)| *at);
        let shown = heard.iter().map(|(at, from)| {
            let how = if from == BUNDLE { BUNDLE } else { "session" };
            json!({ "from": from, "how": how, "at": at })
        });
        Ok(json!({
            "now": self.now.0,
            "last_heard_at": last,
            "seconds": last.map(|at| self.now.0.saturating_sub(at).max(0)),
            "heard": shown.collect::<Vec<Value>>(),
        }))
    }
}
