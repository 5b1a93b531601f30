//! When a core wants to be called next, so that a driver need not call it for nothing.

use baro_crdt::ids::Millis;

use super::live::SETTLE_AFTER_MS;
use super::{Core, SILENCE_MS_MAX};

/// How often a core that fetches or serves blobs looks at the time, in milliseconds.
const BLOBS_MS: u64 = 100;

impl Core {
    /// When [`Event::Tick`](super::Event::Tick) has something to do next, if nothing else happens
    /// before; none: never. Ask again after every event.
    pub fn due(&self, now: Millis) -> Option<Millis> {
        self.assert_flags();
        let flows = || self.links.values().any(|link| link.flow.is_open());
        let blobs = self.fetching.is_waiting() || (self.fetching.flows_open && flows());
        let links = self.links.values().flat_map(|link| {
            let wished = link.session.is_none() && (link.news || link.asked);
            let settles = link.active_at.filter(|_| link.initiator);
            [
                wished.then_some(link.rest_until),
                link.session.is_some().then(|| Millis(link.heard_at.0 + SILENCE_MS_MAX + 1)),
                settles.map(|at| Millis(at.0 + SETTLE_AFTER_MS)),
            ]
        });
        let parcels = self.parcels.any_open && self.links.values().any(Self::parcels_open);
        let rest = [
            parcels.then_some(Millis(now.0 + BLOBS_MS)),
            blobs.then_some(Millis(now.0 + BLOBS_MS)),
            self.gossip.due(),
            self.neighbours.due(now),
        ];
        links.chain(rest).flatten().min()
    }

    /// Where a flag says that no link need be looked at, there is nothing to see on any.
    fn assert_flags(&self) {
        let mut links = self.links.values();
        debug_assert!(self.fetching.flows_open || links.all(|link| !link.flow.is_open()));
        let mut links = self.links.values();
        debug_assert!(self.parcels.any_open || links.all(|link| !Self::parcels_open(link)));
    }
}
