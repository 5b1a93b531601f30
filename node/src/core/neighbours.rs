//! Which of the nodes that can be heard this node stays linked with.

use std::collections::BTreeMap;

use baro_crdt::ids::Millis;

use super::{Effect, LinkId};

/// The most links with nodes found by themselves.
const ACTIVE_MAX: usize = 8;
/// The most nodes remembered.
const KNOWN_MAX: usize = 128;
/// How long a node that could not be reached is left in peace, in milliseconds.
const REST_MS: u64 = 15_000;
/// How long the answer to a dial is waited for, in milliseconds.
const DIAL_MS_MAX: u64 = 60_000;

struct Known {
    addresses: Vec<String>,
    not_before: Millis,
}

/// The nodes this one is linked with, and those it could be.
pub(super) struct Neighbours {
    links: BTreeMap<LinkId, (Vec<u8>, bool)>,
    known: BTreeMap<Vec<u8>, Known>,
    dialling: BTreeMap<Vec<u8>, Millis>,
}

impl Neighbours {
    pub(super) const fn new() -> Self {
        Self { links: BTreeMap::new(), known: BTreeMap::new(), dialling: BTreeMap::new() }
    }

    pub(super) fn found(&mut self, now: Millis, peer: Vec<u8>, addresses: Vec<String>) {
        if self.known.len() < KNOWN_MAX || self.known.contains_key(&peer) {
            self.known.insert(peer, Known { addresses, not_before: now });
        }
    }

    pub(super) fn unreached(&mut self, now: Millis, peer: &[u8]) {
        self.dialling.remove(peer);
        if let Some(known) = self.known.get_mut(peer) {
            known.not_before = Millis(now.0 + REST_MS);
        }
    }

    pub(super) fn link_up(&mut self, link: LinkId, peer: Vec<u8>, kept: bool) {
        self.dialling.remove(&peer);
        self.links.insert(link, (peer, kept));
    }

    pub(super) fn link_down(&mut self, link: LinkId) {
        self.links.remove(&link);
    }

    /// Dials where there is room and somebody to dial.
    pub(super) fn decide(&mut self, now: Millis, effects: &mut Vec<Effect>) {
        self.dialling.retain(|_, since| now.0.saturating_sub(since.0) < DIAL_MS_MAX);
        let active = self.links.values().filter(|(_, kept)| !kept).count();
        let room = ACTIVE_MAX.saturating_sub(active + self.dialling.len());
        let linked = |peer: &Vec<u8>| self.links.values().any(|(at, _)| at == peer);
        let free: Vec<_> = self
            .known
            .iter()
            .filter(|(peer, known)| {
                known.not_before <= now && !linked(peer) && !self.dialling.contains_key(*peer)
            })
            .map(|(peer, known)| (peer.clone(), known.addresses.clone()))
            .take(room)
            .collect();
        for (peer, addresses) in free {
            self.dialling.insert(peer.clone(), now);
            effects.push(Effect::Dial { peer, addresses });
        }
    }
}
