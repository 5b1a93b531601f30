//! Hello and welcome: which communities both hold, without a word about any other.
//!
//! For each community the initiator offers keyed hashes, the key being the community's id: a tag
//! by which only a node that holds it finds it, and two states that are equal exactly where the
//! digests and the sets of records are. Nonce and both peers' names go in, so nothing can be
//! replayed, and no two sets can be prepared that look equal.

use std::collections::BTreeMap;

use baro_crdt::fork::Cut;
use baro_crdt::ids::CommunityId;
use baro_crdt::reconcile::{Counters, SketchKey};
use rand_core::Rng;

use super::super::message::{
    Flags, Hello, Index, Match, Message, Offer, Relation, VERSIONS, Welcome,
};
use super::records::LIST_MAX;
use super::share::{Costs, Share};
use super::{Broken, Pools, Session, Step, Turn};
use crate::store::{CommunityRow, LogRow, Read, StoreError};

/// Offers come in this number or a power of two above it.
const OFFERS_MIN: usize = 2;
/// The most communities that one session compares.
const OFFERS_MAX: usize = 1_024;

/// What the initiator remembers of its hello.
pub(super) struct Sent {
    nonce: [u8; 16],
    communities: Vec<CommunityId>,
}

/// What keys the hashes of one session: nonce and names.
struct Keyed<'a> {
    nonce: &'a [u8; 16],
    initiator: &'a [u8],
    responder: &'a [u8],
}

impl Keyed<'_> {
    fn hash<const N: usize>(&self, community: &CommunityId, label: &[u8], data: &[u8]) -> [u8; N] {
        let mut hasher = blake3::Hasher::new_keyed(community.as_bytes());
        for part in [label, self.nonce, self.initiator, self.responder, data] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut hash = [0; N];
        hasher.finalize_xof().fill(&mut hash);
        hash
    }

    /// Counters of the logs that count in a community.
    fn counters(&self, read: &dyn Read, community: &CommunityId) -> Result<Counters, StoreError> {
        let mut counters = Counters::new(&self.hash(community, b"bits", &[]));
        for row in read.logs(community)? {
            if row.authorised > 0 {
                counters.add(&row.id, &row.authorised_chain);
            }
        }
        Ok(counters)
    }

    /// Counters as they travel, and back.
    fn mask_counters(&self, community: &CommunityId, mut counters: [u8; 16]) -> [u8; 16] {
        let mask: [u8; 16] = self.hash(community, b"counters", &[]);
        counters.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        counters
    }
}

/// What a node has to say of a community before anything is compared.
struct Standing {
    /// Digest and what waits.
    state: [u8; 32],
    records: [u8; 32],
    flags: Flags,
    logs: u32,
    /// The parcels carried here.
    parcels: [u8; 32],
}

fn standing(
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

impl Session {
    /// The initiator's first step.
    pub(crate) fn hello(&mut self, turn: &mut Turn<'_>) -> Step {
        let mut nonce = [0; 16];
        turn.rng.fill_bytes(&mut nonce);
        let keyed = Keyed { nonce: &nonce, initiator: turn.local, responder: turn.remote };
        let mut offers = Vec::new();
        let mut communities = Vec::new();
        for row in turn.read.communities()?.into_iter().take(OFFERS_MAX) {
            let standing = standing(turn.read, &row, turn.lists, turn.costs())?;
            offers.push(Offer {
                tag: keyed.hash(&row.id, b"tag", &[]).into(),
                state: keyed.hash(&row.id, b"state", &standing.state).into(),
                records: keyed.hash(&row.id, b"records", &standing.records).into(),
                flags: standing.flags.byte() ^ mask(&keyed, &row.id, b"flags"),
                logs: standing.logs ^ mask_logs(&keyed, &row.id),
                counters: keyed
                    .mask_counters(&row.id, keyed.counters(turn.read, &row.id)?.to_bytes())
                    .into(),
                parcels: Some(keyed.hash(&row.id, b"parcels", &standing.parcels).into()),
            });
            communities.push(row.id);
        }
        let padded = offers.len().next_power_of_two().max(OFFERS_MIN);
        while offers.len() < padded {
            // Each part by itself: none must tell that there is no community behind it.
            let [flags] = random(turn.rng);
            offers.push(Offer {
                tag: random(turn.rng).into(),
                state: random(turn.rng).into(),
                records: random(turn.rng).into(),
                flags,
                logs: u32::from_be_bytes(random(turn.rng)),
                counters: random(turn.rng).into(),
                parcels: Some(random(turn.rng).into()),
            });
        }
        self.hello = Some(Sent { nonce, communities });
        self.stats.round_trips += 1;
        let hello = Hello { oldest: VERSIONS.0, newest: VERSIONS.1, nonce: nonce.into(), offers };
        self.send_plain(turn, &Message::Hello(hello));
        Ok(())
    }

    /// The responder's first step.
    pub(super) fn take_hello(&mut self, turn: &mut Turn<'_>, hello: &Hello) -> Step {
        if self.welcomed || turn.initiator {
            return Err(Broken::Protocol("a second hello"));
        }
        if hello.newest < VERSIONS.0 || hello.oldest > VERSIONS.1 {
            let words = format!(
                "this node speaks versions {} to {} of the protocol",
                VERSIONS.0, VERSIONS.1
            );
            self.send_plain(turn, &Message::Refuse(words));
            return Err(Broken::Version(hello.oldest, hello.newest, VERSIONS.0, VERSIONS.1));
        }
        if hello.offers.len() > OFFERS_MAX {
            return Err(Broken::Protocol("more communities than a session compares"));
        }
        let nonce: [u8; 16] = *hello.nonce;
        let keyed = Keyed { nonce: &nonce, initiator: turn.remote, responder: turn.local };
        let mut by_tag: BTreeMap<[u8; 8], CommunityRow> = turn
            .read
            .communities()?
            .into_iter()
            .map(|row| (keyed.hash(&row.id, b"tag", &[]), row))
            .collect();
        let mut own_nonce = [0; 16];
        turn.rng.fill_bytes(&mut own_nonce);
        let mut matches = Vec::new();
        let mut shared = Vec::new();
        for (index, offer) in hello.offers.iter().enumerate() {
            // Each community answers to one offer.
            let Some(row) = by_tag.remove(&*offer.tag) else { continue };
            let row = &row;
            let Ok(index) = Index::try_from(index) else { break };
            let theirs = Flags::from_byte(offer.flags ^ mask(&keyed, &row.id, b"flags"));
            let lists = theirs.lists || turn.lists;
            let costs = turn.costs().with(theirs);
            self.alerts_only |= costs.alerts_only;
            let ours = standing(turn.read, row, lists, costs)?;
            let same = *offer.state == keyed.hash(&row.id, b"state", &ours.state);
            let words = theirs.words_missing || ours.flags.words_missing;
            let relation = if same && !words {
                Relation::Equal
            } else if *offer.records == keyed.hash(&row.id, b"records", &ours.records) {
                Relation::SameRecords
            } else {
                Relation::Different
            };
            let pools = match &offer.parcels {
                None => Pools::Unknown,
                Some(theirs) => match **theirs == keyed.hash(&row.id, b"parcels", &ours.parcels) {
                    true => Pools::Equal,
                    false => Pools::Differ,
                },
            };
            let flags = Flags {
                parcels: pools == Pools::Differ,
                parcels_equal: pools == Pools::Equal,
                ..ours.flags
            };
            let flags = flags.byte() ^ mask(&keyed, &row.id, b"flags back");
            matches.push(Match { index, relation, flags });
            shared.push((row.id, pools));
            self.stats.shared += 1;
            self.stats.communities.push(row.id);
            if relation != Relation::Equal {
                let key = SketchKey::from_nonces(&nonce, &own_nonce);
                let same_records = relation == Relation::SameRecords;
                let counted = keyed.mask_counters(&row.id, *offer.counters);
                let estimate = keyed.counters(turn.read, &row.id)?.difference(counted);
                let apart = ours.logs.abs_diff(offer.logs ^ mask_logs(&keyed, &row.id));
                let share = Share {
                    apart: apart.max(estimate),
                    they_list: theirs.few_logs && !ours.flags.few_logs,
                    ..Share::new(row.id, key, false, lists, costs, same_records)
                };
                if self.shares.insert(index, share).is_some() {
                    return Err(Broken::Protocol("a community offered twice"));
                }
            }
        }
        self.welcomed = true;
        self.shared = Some(shared);
        let relations: Vec<_> = matches.iter().map(|m| (m.index, m.relation)).collect();
        let welcome =
            Welcome { version: VERSIONS.1.min(hello.newest), nonce: own_nonce.into(), matches };
        self.send_plain(turn, &Message::Welcome(welcome));
        for (index, relation) in relations {
            match relation {
                Relation::Equal => {}
                Relation::SameRecords => self.begin_logs(turn, index)?,
                Relation::Different => self.summarise_records(turn, index)?,
            }
        }
        Ok(())
    }

    /// The initiator learns what both hold.
    pub(super) fn take_welcome(&mut self, turn: &mut Turn<'_>, welcome: &Welcome) -> Step {
        let Some(sent) = self.hello.as_ref().filter(|_| !self.welcomed) else {
            return Err(Broken::Protocol("a welcome without a hello"));
        };
        if welcome.version < VERSIONS.0 || welcome.version > VERSIONS.1 {
            let version = welcome.version;
            return Err(Broken::Version(version, version, VERSIONS.0, VERSIONS.1));
        }
        let keyed = Keyed { nonce: &sent.nonce, initiator: turn.local, responder: turn.remote };
        let key = SketchKey::from_nonces(&sent.nonce, &welcome.nonce);
        let mut shared = Vec::new();
        for matched in &welcome.matches {
            let Some(id) = sent.communities.get(usize::from(matched.index)) else {
                return Err(Broken::Protocol("a community that was not offered"));
            };
            self.stats.shared += 1;
            self.stats.communities.push(*id);
            let theirs = Flags::from_byte(matched.flags ^ mask(&keyed, id, b"flags back"));
            let pools = match (theirs.parcels, theirs.parcels_equal) {
                (true, _) => Pools::Differ,
                (_, true) => Pools::Equal,
                _ => Pools::Unknown,
            };
            shared.push((*id, pools));
            let costs = turn.costs().with(theirs);
            self.alerts_only |= costs.alerts_only;
            if matched.relation == Relation::Equal {
                continue;
            }
            let same = matched.relation == Relation::SameRecords;
            let lists = turn.lists || theirs.lists;
            let few = turn.read.community(id)?.is_some_and(|row| row.logs as usize <= LIST_MAX);
            let share = Share {
                we_list: few && !theirs.few_logs,
                ..Share::new(*id, key.clone(), true, lists, costs, same)
            };
            if self.shares.insert(matched.index, share).is_some() {
                return Err(Broken::Protocol("a community matched twice"));
            }
        }
        self.welcomed = true;
        self.shared = Some(shared);
        let listing: Vec<Index> = self
            .shares
            .iter()
            .filter(|(_, s)| s.we_list && s.records_done)
            .map(|(index, _)| *index)
            .collect();
        for index in listing {
            self.list_logs(turn, index)?;
        }
        Ok(())
    }

    /// This side's digest, and its state for [`Message::Done`]: equal on both sides where the
    /// digests are.
    pub(super) fn state(
        &self,
        turn: &Turn<'_>,
        index: Index,
    ) -> Result<([u8; 32], [u8; 8]), Broken> {
        let share = self.shares.get(&index);
        let share = share.ok_or(Broken::Protocol("a community that was not matched"))?;
        let digest = match turn.read.community(&share.community)? {
            Some(row) => *row.digest()?.as_bytes(),
            None => [0; 32],
        };
        // Without nonces: two sessions that end the same say the same, so that a link can tell
        // when to stop trying. A stranger does not hold the key.
        let mut hasher = blake3::Hasher::new_keyed(share.community.as_bytes());
        hasher.update(&digest);
        let mut state = [0; 8];
        hasher.finalize_xof().fill(&mut state);
        Ok((digest, state))
    }
}

fn random<const N: usize>(rng: &mut impl Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

fn mask(keyed: &Keyed<'_>, community: &CommunityId, label: &[u8]) -> u8 {
    let [mask] = keyed.hash(community, label, &[]);
    mask
}

fn mask_logs(keyed: &Keyed<'_>, community: &CommunityId) -> u32 {
    u32::from_be_bytes(keyed.hash(community, b"logs", &[]))
}
