//! Hello and welcome: which communities both hold, without a word about any other.
//!
//! For each community the initiator offers keyed hashes, the key being the community's id: a tag
//! by which only a node that holds it finds it, and two states that are equal exactly where the
//! digests and the sets of records are. Nonce and both peers' names go in, so nothing can be
//! replayed, and no two sets can be prepared that look equal.
//!
//! Of a members-only community the same is said later, when both sides have proven that members
//! speak through them (`members`); its offer here has tags of epochs in the place of all that.

use std::collections::BTreeMap;

use baro_crdt::epoch::EpochSecret;
use baro_crdt::ids::{CommunityId, Nonce};
use baro_crdt::reconcile::SketchKey;
use rand_core::Rng;

use super::super::message::{
    Flags, Hello, Index, Match, Message, Offer, Relation, VERSIONS, Welcome,
};
use super::offers::{Keyed, filler, hello_key, standing, tag, tagged, tags_of};
use super::records::LIST_MAX;
use super::share::Share;
use super::{Broken, Pools, Session, Step, Turn};
use crate::store::CommunityRow;

/// Offers come in this number or a power of two above it.
const OFFERS_MIN: usize = 2;
/// The most communities that one session compares.
const OFFERS_MAX: usize = 1_024;

/// What the initiator remembers of its hello.
pub(super) struct Sent {
    pub(super) nonce: Nonce,
    communities: Vec<Offered>,
}

/// A community that was offered, and the epochs under which it was, none of one that is open.
struct Offered {
    id: CommunityId,
    epochs: Vec<EpochSecret>,
}

impl Offered {
    /// Whether an answer is one that who knows what was offered gives.
    fn fits(&self, turn: &Turn<'_>, sent: &Sent, welcome: &Welcome, matched: &Match) -> bool {
        if matched.relation != Relation::Prove {
            return self.epochs.is_empty();
        }
        let Some(secret) = self.epochs.get(usize::from(matched.flags)) else { return false };
        let (key, nonce) = (hello_key(secret), &sent.nonce);
        let keyed = Keyed { key: &key, nonce, initiator: turn.local, responder: turn.remote };
        *matched.known == keyed.known(&welcome.nonce, matched.relation, matched.flags)
    }
}

/// A community that an offer may name: with the epoch's secret where it is members-only.
struct Tagged {
    row: CommunityRow,
    epoch: Option<EpochSecret>,
    /// The present epoch's, where that is a later one.
    newer: Option<EpochSecret>,
}

impl Session {
    /// The initiator's first step.
    pub(crate) fn hello(&mut self, turn: &mut Turn<'_>) -> Step {
        let mut nonce = Nonce::default();
        turn.rng.fill_bytes(&mut nonce);
        let (mut offers, mut communities) = (Vec::new(), Vec::new());
        for row in turn.read.communities()?.into_iter().take(OFFERS_MAX) {
            let (id, initiator, responder) = (row.id, turn.local, turn.remote);
            let Some(roll) = turn.rolls.of(turn.read, &id)? else {
                let key = id.as_bytes();
                let keyed = Keyed { key, nonce: &nonce, initiator, responder };
                offers.push(keyed.offer(turn, &row)?);
                communities.push(Offered { id, epochs: Vec::new() });
                continue;
            };
            let epochs = roll.secrets(turn.read)?;
            // Who can prove nothing asks for nothing.
            if epochs.is_empty() || roll.prover(turn.read)?.is_none() {
                continue;
            }
            let tag = |secret| tag(&hello_key(secret), &nonce, [initiator, responder]);
            let tags: Vec<[u8; 8]> = epochs.iter().map(tag).collect();
            offers.push(tagged(&tags, turn.rng));
            communities.push(Offered { id, epochs });
        }
        let padded = offers.len().next_power_of_two().max(OFFERS_MIN);
        while offers.len() < padded {
            offers.push(filler(turn.rng));
        }
        self.hello = Some(Sent { nonce, communities });
        self.stats.round_trips += 1;
        let hello = Hello { oldest: VERSIONS.0, newest: VERSIONS.1, nonce: nonce.into(), offers };
        self.send_plain(turn, &Message::Hello(hello));
        Ok(())
    }

    /// The communities here, by the tags that an offer of them would have.
    fn by_tag(turn: &mut Turn<'_>, nonce: &Nonce) -> Result<BTreeMap<[u8; 8], Tagged>, Broken> {
        let mut by_tag = BTreeMap::new();
        let tag = |key: &[u8; 32]| tag(key, nonce, [turn.remote, turn.local]);
        for row in turn.read.communities()? {
            let Some(roll) = turn.rolls.of(turn.read, &row.id)? else {
                by_tag.insert(tag(row.id.as_bytes()), Tagged { row, epoch: None, newer: None });
                continue;
            };
            if roll.prover(turn.read)?.is_none() {
                continue;
            }
            let epochs = roll.secrets(turn.read)?;
            let newest = epochs.first().cloned();
            for epoch in epochs {
                let newer = newest.clone().filter(|newest| *newest != epoch);
                let row = row.clone();
                by_tag.insert(tag(&hello_key(&epoch)), Tagged { row, epoch: Some(epoch), newer });
            }
        }
        Ok(by_tag)
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
        let version = VERSIONS.1.min(hello.newest);
        let nonce: Nonce = *hello.nonce;
        let mut by_tag = Self::by_tag(turn, &nonce)?;
        let mut own_nonce = Nonce::default();
        turn.rng.fill_bytes(&mut own_nonce);
        self.nonces = Some([nonce, own_nonce]);
        let mut matches = Vec::new();
        for (index, offer) in hello.offers.iter().enumerate() {
            let Ok(index) = Index::try_from(index) else { break };
            let tags = tags_of(offer).into_iter().enumerate();
            // Only where there are epochs is there more than one tag.
            let found = tags.filter(|(slot, tag)| {
                by_tag.get(tag).is_some_and(|tagged| *slot == 0 || tagged.epoch.is_some())
            });
            let Some((slot, tag)) = found.min_by_key(|(slot, _)| *slot) else { continue };
            let Some(Tagged { row, epoch, newer }) = by_tag.remove(&tag) else { continue };
            // Each community answers to one offer.
            by_tag.retain(|_, other| other.row.id != row.id);
            matches.push(match epoch {
                None => self.answer(turn, index, &row, row.id.as_bytes(), offer)?,
                Some(secret) => {
                    let flags = u8::try_from(slot).unwrap_or(u8::MAX);
                    let (initiator, responder) = (turn.remote, turn.local);
                    let key = hello_key(&secret);
                    let keyed = Keyed { key: &key, nonce: &nonce, initiator, responder };
                    let relation = Relation::Prove;
                    let known = keyed.known(&own_nonce, relation, flags).into();
                    self.meet(index, row.id, secret, newer, slot);
                    Match { index, relation, flags, known }
                }
            });
        }
        self.welcomed = true;
        self.awaits_proofs();
        let relations: Vec<_> = matches.iter().map(|m| (m.index, m.relation)).collect();
        let welcome = Welcome { version, nonce: own_nonce.into(), matches };
        self.send_plain(turn, &Message::Welcome(welcome));
        for (index, relation) in relations {
            self.go_into(turn, index, relation)?;
        }
        self.prove_what_is_behind(turn)
    }

    /// Answers an offer, and begins a share where there is something to compare.
    pub(super) fn answer(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        row: &CommunityRow,
        key: &[u8; 32],
        offer: &Offer,
    ) -> Result<Match, Broken> {
        let [nonce, own_nonce] = self.nonces.ok_or(Broken::Protocol("an offer before a hello"))?;
        let keyed = Keyed { key, nonce: &nonce, initiator: turn.remote, responder: turn.local };
        let theirs = Flags::from_byte(offer.flags ^ keyed.mask(b"flags"));
        let lists = theirs.lists || turn.lists;
        let costs = turn.costs().with(theirs);
        self.alerts_only |= costs.alerts_only;
        let ours = standing(turn.read, row, lists, costs)?;
        let same = offer.state == keyed.hash(b"state", &ours.state);
        let words = theirs.words_missing || ours.flags.words_missing;
        let relation = if same && !words {
            Relation::Equal
        } else if offer.records == keyed.hash(b"records", &ours.records) {
            Relation::SameRecords
        } else {
            Relation::Different
        };
        let pools = match offer.parcels == keyed.hash(b"parcels", &ours.parcels) {
            true => Pools::Equal,
            false => Pools::Differ,
        };
        let flags = Flags {
            parcels: pools == Pools::Differ,
            parcels_equal: pools == Pools::Equal,
            ..ours.flags
        };
        let flags = flags.byte() ^ keyed.mask(b"flags back");
        self.share_now(row.id, pools, *key == *row.id.as_bytes());
        if relation != Relation::Equal {
            let sketch = SketchKey::from_nonces(&nonce, &own_nonce);
            let same_records = relation == Relation::SameRecords;
            let counted = keyed.mask_counters(offer.counters);
            let estimate = keyed.counters(turn.read, &row.id)?.difference(counted);
            let apart = ours.logs.abs_diff(offer.logs ^ keyed.mask_logs());
            let share = Share {
                apart: apart.max(estimate),
                they_list: theirs.few_logs && !ours.flags.few_logs,
                ..Share::new(row.id, sketch, false, lists, costs, same_records)
            };
            if self.shares.insert(index, share).is_some() {
                return Err(Broken::Protocol("a community offered twice"));
            }
        }
        let known = keyed.known(&own_nonce, relation, flags).into();
        Ok(Match { index, relation, flags, known })
    }

    /// The responder's next step in a community that was matched.
    pub(super) fn go_into(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        relation: Relation,
    ) -> Step {
        match relation {
            Relation::Equal | Relation::Prove => Ok(()),
            Relation::SameRecords => self.begin_logs(turn, index),
            Relation::Different => self.summarise_records(turn, index),
        }
    }

    /// The initiator learns what both hold.
    pub(super) fn take_welcome(&mut self, turn: &mut Turn<'_>, welcome: &Welcome) -> Step {
        let Some(sent) = self.hello.take().filter(|_| !self.welcomed) else {
            return Err(Broken::Protocol("a welcome without a hello"));
        };
        if welcome.version < VERSIONS.0 || welcome.version > VERSIONS.1 {
            let version = welcome.version;
            return Err(Broken::Version(version, version, VERSIONS.0, VERSIONS.1));
        }
        self.nonces = Some([sent.nonce, *welcome.nonce]);
        self.welcomed = true;
        let mut seen = std::collections::BTreeSet::new();
        for matched in &welcome.matches {
            let index = matched.index;
            let offered = sent.communities.get(usize::from(index));
            // Whatever does not fit an offer is answered alike: nobody finds out what is offered.
            let Some(offered) =
                offered.filter(|offered| offered.fits(turn, &sent, welcome, matched))
            else {
                return Err(Broken::Protocol("a community that was not offered"));
            };
            if !seen.insert(index) {
                return Err(Broken::Protocol("a community matched twice"));
            }
            let slot = usize::from(matched.flags);
            match offered.epochs.get(slot).filter(|_| matched.relation == Relation::Prove) {
                Some(secret) => {
                    let newer = offered.epochs.first().filter(|_| slot > 0).cloned();
                    self.meet(index, offered.id, secret.clone(), newer, slot);
                }
                None => self.take_match(turn, offered.id, offered.id.as_bytes(), matched)?,
            }
        }
        self.awaits_proofs();
        self.prove_first(turn)?;
        let listing: Vec<Index> = self.shares.keys().copied().collect();
        for index in listing {
            self.list_at_once(turn, index)?;
        }
        Ok(())
    }

    /// Where this side has few logs and the other many it sends its list unasked.
    pub(super) fn list_at_once(&mut self, turn: &mut Turn<'_>, index: Index) -> Step {
        match self.shares.get(&index).is_some_and(|share| share.we_list && share.records_done) {
            true => self.list_logs(turn, index),
            false => Ok(()),
        }
    }

    /// The initiator takes the answer to one offer.
    pub(super) fn take_match(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommunityId,
        key: &[u8; 32],
        matched: &Match,
    ) -> Step {
        let [nonce, other] = self.nonces.ok_or(Broken::Protocol("an answer before a hello"))?;
        let keyed = Keyed { key, nonce: &nonce, initiator: turn.local, responder: turn.remote };
        if *matched.known != keyed.known(&other, matched.relation, matched.flags) {
            return Err(Broken::Protocol("a community that was not offered"));
        }
        let theirs = Flags::from_byte(matched.flags ^ keyed.mask(b"flags back"));
        let pools = match (theirs.parcels, theirs.parcels_equal) {
            (true, _) => Pools::Differ,
            (_, true) => Pools::Equal,
            _ => Pools::Unknown,
        };
        self.share_now(id, pools, *key == *id.as_bytes());
        let costs = turn.costs().with(theirs);
        self.alerts_only |= costs.alerts_only;
        if matched.relation == Relation::Equal {
            return Ok(());
        }
        let same = matched.relation == Relation::SameRecords;
        let lists = turn.lists || theirs.lists;
        let few = turn.read.community(&id)?.is_some_and(|row| row.logs as usize <= LIST_MAX);
        let sketch = SketchKey::from_nonces(&nonce, &other);
        let share = Share {
            we_list: few && !theirs.few_logs,
            ..Share::new(id, sketch, true, lists, costs, same)
        };
        if self.shares.insert(matched.index, share).is_some() {
            return Err(Broken::Protocol("a community matched twice"));
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
