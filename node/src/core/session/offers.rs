//! What is said of a community before anything is compared: keyed hashes, the same for nobody else.

use baro_crdt::epoch::EpochSecret;
use baro_crdt::fork::Cut;
use baro_crdt::ids::{CommunityId, Nonce};
use baro_crdt::reconcile::Counters;
use rand_core::Rng;

use super::super::message::{Flags, OFFER_BYTES, Offer, Relation};
use super::Turn;
use super::records::LIST_MAX;
use super::share::Costs;
use crate::store::{CommunityRow, LogRow, Read, StoreError};

/// What keys the hashes of one community in one session: its id, or its epoch's key for this;
/// nonce and names.
pub(super) struct Keyed<'a> {
    pub(super) key: &'a [u8; 32],
    pub(super) nonce: &'a Nonce,
    pub(super) initiator: &'a [u8],
    pub(super) responder: &'a [u8],
}

/// By what those who hold a community find it in a hello of the first of these peers to the other.
pub(super) fn tag(key: &[u8; 32], nonce: &Nonce, [initiator, responder]: [&[u8]; 2]) -> [u8; 8] {
    Keyed { key, nonce, initiator, responder }.hash(b"tag", &[])
}

/// What keys the hashes of a members-only community in a hello.
pub(super) fn hello_key(secret: &EpochSecret) -> [u8; 32] {
    secret.key("baro epoch hello 1", &[])
}

impl Keyed<'_> {
    pub(super) fn hash<const N: usize>(&self, label: &[u8], data: &[u8]) -> [u8; N] {
        let mut hasher = blake3::Hasher::new_keyed(self.key);
        for part in [label, self.nonce, self.initiator, self.responder, data] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut hash = [0; N];
        hasher.finalize_xof().fill(&mut hash);
        hash
    }

    /// Counters of the logs that count in a community.
    pub(super) fn counters(
        &self,
        read: &dyn Read,
        community: &CommunityId,
    ) -> Result<Counters, StoreError> {
        let mut counters = Counters::new(&self.hash(b"bits", &[]));
        for row in read.logs(community)? {
            if row.authorised > 0 {
                counters.add(&row.id, &row.authorised_chain);
            }
        }
        Ok(counters)
    }

    /// Counters as they travel, and back.
    pub(super) fn mask_counters(&self, mut counters: [u8; 16]) -> [u8; 16] {
        let mask: [u8; 16] = self.hash(b"counters", &[]);
        counters.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        counters
    }

    pub(super) fn mask(&self, label: &[u8]) -> u8 {
        let [mask] = self.hash(label, &[]);
        mask
    }

    pub(super) fn mask_logs(&self) -> u32 {
        u32::from_be_bytes(self.hash(b"logs", &[]))
    }

    /// What only who knows the community, or the epoch, can answer: bound to the rest of the
    /// answer.
    pub(super) fn known(&self, own_nonce: &Nonce, relation: Relation, flags: u8) -> [u8; 6] {
        self.hash(b"known", &[own_nonce.as_slice(), &[relation as u8, flags]].concat())
    }

    /// What the initiator says of a community.
    pub(super) fn offer(&self, turn: &Turn<'_>, row: &CommunityRow) -> Result<Offer, StoreError> {
        let standing = standing(turn.read, row, turn.lists, turn.costs())?;
        let counters = self.counters(turn.read, &row.id)?.to_bytes();
        Ok(Offer {
            tag: self.hash(b"tag", &[]),
            state: self.hash(b"state", &standing.state),
            records: self.hash(b"records", &standing.records),
            flags: standing.flags.byte() ^ self.mask(b"flags"),
            logs: standing.logs ^ self.mask_logs(),
            counters: self.mask_counters(counters),
            parcels: self.hash(b"parcels", &standing.parcels),
        })
    }
}

/// An offer behind which there is nothing.
pub(super) fn filler(rng: &mut impl Rng) -> Offer {
    let mut bytes = [0; OFFER_BYTES];
    rng.fill_bytes(&mut bytes);
    Offer::from_bytes(&bytes)
}

/// The tags of a members-only community: where an open one has tag and counters, then records and
/// parcels; of the present epoch first.
pub(super) fn tags_of(offer: &Offer) -> [[u8; 8]; 4] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = offer.counters;
    let ([q, r, s, t], [u, v, w, x]) = (offer.records, offer.parcels);
    [offer.tag, [a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p], [q, r, s, t, u, v, w, x]]
}

/// An offer of a members-only community: like any other, and nothing but tags.
pub(super) fn tagged(tags: &[[u8; 8]], rng: &mut impl Rng) -> Offer {
    let mut offer = filler(rng);
    for (slot, tag) in tags.iter().enumerate() {
        match slot {
            0 => offer.tag = *tag,
            1 | 2 => {
                let into = offer.counters.iter_mut().skip((slot - 1) * 8);
                into.zip(tag).for_each(|(to, from)| *to = *from);
            }
            _ => {
                let into = offer.records.iter_mut().chain(&mut offer.parcels);
                into.zip(tag).for_each(|(to, from)| *to = *from);
            }
        }
    }
    offer
}

/// What a node has to say of a community before anything is compared.
pub(super) struct Standing {
    /// Digest and what waits.
    pub(super) state: [u8; 32],
    pub(super) records: [u8; 32],
    pub(super) flags: Flags,
    pub(super) logs: u32,
    /// The parcels carried here.
    pub(super) parcels: [u8; 32],
}

pub(super) fn standing(
    read: &dyn Read,
    row: &CommunityRow,
    lists: bool,
    costs: Costs,
) -> Result<Standing, StoreError> {
    let mut hasher = blake3::Hasher::new();
    for record in read.records(&row.id)? {
        hasher.update(record.id.as_bytes());
    }
    for cut in read.cuts(&row.id)? {
        hasher.update(&Cut { log: cut.log, length: cut.cut }.item_hash());
    }
    let mut state = blake3::Hasher::new();
    state.update(row.digest()?.as_bytes());
    for log in waiting(read, &row.id)? {
        state.update(log.id.as_bytes());
        state.update(log.cursor.chain.as_bytes());
    }
    Ok(Standing {
        state: *state.finalize().as_bytes(),
        records: *hasher.finalize().as_bytes(),
        flags: Flags {
            words_missing: !read.wanted(&row.id)?.is_empty()
                || !read.changes_wanted(&row.id)?.is_empty(),
            few_logs: row.logs as usize <= LIST_MAX,
            lists,
            metered: costs.metered,
            alerts_only: costs.alerts_only,
            ..Flags::default()
        },
        logs: row.logs,
        parcels: parcels(read, &row.id)?,
    })
}

/// A hash of the parcels that are carried here.
fn parcels(read: &dyn Read, community: &CommunityId) -> Result<[u8; 32], StoreError> {
    let mut hasher = blake3::Hasher::new();
    for row in read.parcels(community)?.iter().filter(|row| !row.gone) {
        hasher.update(row.id.as_bytes());
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Logs with entries that wait for an authority they lack; what a fork strikes out waits for
/// nothing.
pub(super) fn waiting(read: &dyn Read, community: &CommunityId) -> Result<Vec<LogRow>, StoreError> {
    let mut waiting = Vec::new();
    for row in read.logs(community)? {
        if row.authorised < row.cursor.length && read.cut(&row.id)?.is_none() {
            waiting.push(row);
        }
    }
    Ok(waiting)
}
