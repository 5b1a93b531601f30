//! The passive view: nodes that could be dialled, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::Millis;
use minicbor::bytes::{ByteSlice, ByteVec};
use minicbor::{Decode, Encode};
use rand_core::Rng;

use super::{Peer, below};

/// The most nodes remembered.
pub(super) const KNOWN_MAX: usize = 128;
/// The most addresses of one, and the most bytes of one address.
const ADDRESSES_MAX: usize = 6;
const ADDRESS_BYTES_MAX: usize = 200;
/// The most bytes of a node's name.
const PEER_BYTES_MAX: usize = 64;
/// The wait after the first failed dial, and the longest one, in milliseconds.
const FAILED_MS: u64 = 5_000;
const FAILED_MS_MAX: u64 = 30 * 60_000;
/// For so long after it was heard a node counts as being near, in milliseconds.
const NEAR_MS: u64 = 10 * 60_000;

/// A node and where it listens, as shuffles and the local row carry it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Contact {
    /// Its name on the network.
    #[n(0)]
    pub(crate) peer: ByteVec,
    /// Multiaddresses.
    #[n(1)]
    pub(crate) addresses: Vec<String>,
}

#[derive(Debug)]
struct Known {
    addresses: Vec<String>,
    /// When it was last heard on the local link.
    near: Option<Millis>,
    not_before: Millis,
    failures: u32,
    /// A session showed that both hold a community, or somebody of whom that is known said so.
    shares: bool,
    /// Others may hear of it: what is shared is open to all, or it was hearsay itself.
    named: bool,
    /// A session showed that nothing is shared.
    stranger: bool,
}

/// What is encoded as a [`Contact`] is, which need not be made for it.
fn borrowed<'a>(peer: &'a Peer, known: &'a Known) -> (&'a ByteSlice, &'a [String]) {
    (peer.as_slice().into(), &known.addresses)
}

/// The nodes that could be dialled.
#[derive(Debug, Default)]
pub(super) struct Passive {
    known: BTreeMap<Peer, Known>,
    /// Whether what is worth keeping has changed since it was last taken.
    changed: bool,
}

impl Passive {
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Somebody said where a node listens; gives whether it was unknown. What is heard on the
    /// local link replaces older addresses, and is worth a dial at once; what is hearsay adds.
    pub(super) fn learn(
        &mut self,
        now: Millis,
        contact: &Contact,
        near: bool,
        keep: &BTreeSet<&Peer>,
        rng: &mut dyn Rng,
    ) -> bool {
        let peer: Peer = contact.peer.to_vec();
        let mut addresses: Vec<String> = contact
            .addresses
            .iter()
            .filter(|address| address.len() <= ADDRESS_BYTES_MAX)
            .take(ADDRESSES_MAX)
            .cloned()
            .collect();
        if peer.is_empty() || peer.len() > PEER_BYTES_MAX || addresses.is_empty() {
            return false;
        }
        // TCP stands sooner and costs less than QUIC where both can be had.
        addresses.sort_by_key(|address| !address.contains("/tcp/"));
        if let Some(known) = self.known.get_mut(&peer) {
            if near {
                known.near = Some(now);
                known.not_before = known.not_before.min(now);
                known.failures = 0;
                self.changed |= known.shares && known.addresses != addresses;
                known.addresses = addresses;
            } else {
                for address in addresses {
                    if known.addresses.len() < ADDRESSES_MAX && !known.addresses.contains(&address)
                    {
                        known.addresses.push(address);
                    }
                }
            }
            return false;
        }
        if self.known.len() >= KNOWN_MAX {
            self.forget_one(keep, rng);
        }
        let known = Known {
            addresses,
            near: near.then_some(now),
            not_before: now,
            failures: 0,
            shares: !near,
            named: !near,
            stranger: false,
        };
        self.known.insert(peer, known);
        self.changed |= !near;
        true
    }

    /// Makes room: of those that are not linked, at random one of the least use.
    fn forget_one(&mut self, keep: &BTreeSet<&Peer>, rng: &mut dyn Rng) {
        let use_of = |known: &Known| (!known.stranger, known.failures == 0, known.shares);
        let free = || self.known.iter().filter(|(peer, _)| !keep.contains(peer));
        let Some(least) = free().map(|(_, known)| use_of(known)).min() else { return };
        let least: Vec<&Peer> =
            free().filter(|(_, known)| use_of(known) == least).map(|(peer, _)| peer).collect();
        let gone = least.get(below(rng, least.len())).map(|peer| (*peer).clone());
        if let Some(known) = gone.and_then(|peer| self.known.remove(&peer)) {
            self.changed |= known.shares;
        }
    }

    /// One that can be dialled now, at random, those heard on the local link first.
    pub(super) fn choose(
        &self,
        now: Millis,
        except: &BTreeSet<&Peer>,
        rng: &mut dyn Rng,
    ) -> Option<(Peer, Vec<String>)> {
        let near = |known: &Known| known.near.is_some_and(|at| now.0 - at.0 < NEAR_MS);
        let due = self.known.iter().filter(|(_, known)| known.not_before <= now);
        let mut ready: Vec<_> = due.filter(|(peer, _)| !except.contains(peer)).collect();
        if ready.iter().any(|(_, known)| near(known)) {
            ready.retain(|(_, known)| near(known));
        }
        let &(peer, known) = ready.get(below(rng, ready.len()))?;
        Some((peer.clone(), known.addresses.clone()))
    }

    /// When the first that is not linked can be dialled.
    pub(super) fn ready_at(&self, linked: &BTreeSet<&Peer>) -> Option<Millis> {
        let mut first: Option<Millis> = None;
        for (peer, known) in &self.known {
            // Drivers ask often, and most are later than the first.
            if first.is_none_or(|at| known.not_before < at) && !linked.contains(peer) {
                first = Some(known.not_before);
            }
        }
        first
    }

    /// Where a node listens, if that is known.
    pub(super) fn contact(&self, peer: &Peer) -> Option<Contact> {
        let known = self.known.get(peer)?;
        Some(Contact { peer: peer.clone().into(), addresses: known.addresses.clone() })
    }

    /// At random at most `most` of those that share a community with this node of which others may
    /// hear.
    pub(super) fn sample(&self, most: usize, rng: &mut dyn Rng) -> Vec<Contact> {
        let mut all: Vec<&Peer> = self
            .known
            .iter()
            .filter(|(_, known)| known.shares && known.named && known.failures == 0)
            .map(|(peer, _)| peer)
            .collect();
        let mut some = Vec::new();
        while some.len() < most && !all.is_empty() {
            let peer = all.swap_remove(below(rng, all.len()));
            some.extend(self.contact(peer));
        }
        some
    }

    /// A dial failed: the next waits, twice as long each time.
    pub(super) fn failed(&mut self, now: Millis, peer: &Peer, rng: &mut dyn Rng) {
        if let Some(known) = self.known.get_mut(peer) {
            let wait = (FAILED_MS << known.failures.min(16)).min(FAILED_MS_MAX);
            known.failures = known.failures.saturating_add(1);
            known.not_before = Millis(now.0 + wait / 2 + below(rng, 1_000) as u64 * wait / 2_000);
            known.near = None;
        }
    }

    /// A node that can be reached is left in peace for some milliseconds.
    pub(super) fn rest(&mut self, peer: &Peer, until: Millis) {
        if let Some(known) = self.known.get_mut(peer) {
            known.not_before = until;
            known.failures = 0;
        }
    }

    /// A session showed whether a community is shared, and whether one that is open to all.
    pub(super) fn met(&mut self, peer: &Peer, shares: bool, open: bool) {
        if let Some(known) = self.known.get_mut(peer) {
            self.changed |= known.shares != shares;
            (known.shares, known.named, known.stranger) = (shares, open, !shares);
        }
    }

    /// A community more, or one less, is held here: nobody is a stranger for sure any more.
    pub(super) fn forgive(&mut self, now: Millis) {
        for known in self.known.values_mut().filter(|known| known.stranger) {
            (known.stranger, known.not_before) = (false, now);
        }
    }

    /// Whether there is something new to remember over a restart.
    pub(super) const fn is_changed(&self) -> bool {
        self.changed
    }

    /// What is worth remembering over a restart, if that has changed.
    pub(super) fn take_changed(&mut self) -> Option<Vec<u8>> {
        let kept = || {
            let shares = self.known.iter().filter(|(_, known)| known.shares);
            shares.map(|(peer, known)| borrowed(peer, known)).collect::<Vec<_>>()
        };
        let bytes = self.changed.then(|| baro_crdt::codec::encode(&kept()));
        self.changed = false;
        bytes
    }

    /// What [`Passive::take_changed`] gave before the restart.
    pub(super) fn restore(&mut self, now: Millis, bytes: &[u8], rng: &mut dyn Rng) {
        // Written by another version: what is unreadable is forgotten, and found again.
        let contacts: Vec<Contact> = baro_crdt::codec::decode(bytes).unwrap_or_default();
        for contact in contacts.iter().take(KNOWN_MAX) {
            self.learn(now, contact, false, &BTreeSet::new(), rng);
        }
        // What they share may be members-only: the next session tells.
        self.known.values_mut().for_each(|known| known.named = false);
        self.changed = false;
    }
}
