//! The bounds that every queue of the core keeps, whatever the other side says: for whoever wants
//! to watch them, as simulations do at every event.

use super::live::{ANNOUNCE_MAX, HEARD_MAX, LIVE_BATCHES_MAX};
use super::parcels::Exchange;
use super::{Core, LINKS_MAX};

/// A queue that holds more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverBound {
    /// Which.
    pub queue: &'static str,
    /// How much it holds.
    pub holds: usize,
    /// How much it may hold.
    pub most: usize,
}

impl Core {
    /// The queues that hold more than they may: none, ever.
    pub fn over_bounds(&self) -> Vec<OverBound> {
        let links = self.links.len();
        let mut queues = vec![
            ("links", links, LINKS_MAX),
            ("runs remembered", self.gossip.heard.len(), HEARD_MAX),
            ("runs remembered, in order", self.gossip.heard_order.len(), HEARD_MAX),
            ("runs announced to this node", self.gossip.missing.len(), HEARD_MAX),
        ];
        for (id, link) in &self.links {
            queues.push(("live batches", self.gossip.batches_of(*id).0, LIVE_BATCHES_MAX));
            for side in link.sides.values() {
                queues.push(("runs to announce", side.to_announce(), ANNOUNCE_MAX));
                queues.push(("parcels", side.exchange.held(), Exchange::HELD_MAX));
            }
            queues.extend(link.session.iter().flat_map(|session| session.queues()));
        }
        let over = queues.into_iter().filter(|(_, holds, most)| holds > most);
        over.map(|(queue, holds, most)| OverBound { queue, holds, most }).collect()
    }
}
