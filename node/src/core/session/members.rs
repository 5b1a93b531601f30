//! Members-only communities within a session: each side proves that a member speaks through it
//! before the other says anything.
//!
//! ```text
//! initiator                             responder
//!                     <------- Welcome  an epoch that both know, and nothing else
//! Prove: I am, I hold ------->
//!                     <------- Prove    so am I; how the two stand; then as for any community
//! ```
//!
//! Where the epoch is not the initiator's newest the responder is behind, perhaps because it was
//! let out: then it proves itself first, and is given the newer secret if it is a member still.
//! A proof is a member's signature over this session ([`Meeting`]), sealed under the epoch's secret.

use std::collections::BTreeSet;

use baro_crdt::epoch::{EpochSecret, Meeting, open_once, seal_once};
use baro_crdt::ids::{CommunityId, PersonId};

use super::super::message::{Index, Match, Message, Offer, PADDED_MAX, Proof, Proving, Relation};
use super::offers::{Keyed, hello_key};
use super::{Broken, Pools, Session, Step, Turn};
use crate::epochs;

/// The most records of a chain that is shown, and their bytes together.
const CHAIN_MAX: usize = 16;
const CHAIN_BYTES_MAX: usize = 64 * 1024;

/// Two nodes that know the same epoch.
pub(super) struct Meet {
    community: CommunityId,
    secret: EpochSecret,
    /// A later epoch's, which the other side does not know.
    newer: Option<EpochSecret>,
    /// Whether the epoch is not the initiator's newest, so that the responder goes first.
    responder_first: bool,
    /// How many texts this side has sealed, and the other: each has a key of its own.
    sealed: u8,
    opened: u8,
    /// Who speaks through the other side, once that is proven.
    person: Option<PersonId>,
}

/// A community that both hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::core) struct SharedOne {
    pub(in crate::core) community: CommunityId,
    pub(in crate::core) pools: Pools,
    /// Who has proven to be a member, where that is needed.
    pub(in crate::core) person: Option<PersonId>,
}

/// What a step showed of the communities that both hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::core) struct SharedNow {
    /// It is the welcome: what is neither here nor awaited is not shared any more.
    pub(in crate::core) welcome: bool,
    pub(in crate::core) shared: Vec<SharedOne>,
    /// Nothing is proven yet.
    pub(in crate::core) awaited: BTreeSet<CommunityId>,
    /// The other side was not let in, or did not let this one in.
    pub(in crate::core) turned_away: BTreeSet<CommunityId>,
}

impl Session {
    /// Both hold a community and may say so.
    pub(super) fn share_now(&mut self, community: CommunityId, pools: Pools, open: bool) {
        self.stats.shared += 1;
        self.stats.open += u32::from(open);
        self.stats.communities.push(community);
        let meet = self.meetings.values().find(|meet| meet.community == community);
        let person = meet.and_then(|meet| meet.person);
        let now = self.shared.get_or_insert_default();
        now.shared.push(SharedOne { community, pools, person });
    }

    /// The welcome is said: what waits for a proof stays as it was on this link.
    pub(super) fn awaits_proofs(&mut self) {
        let awaited = self.meetings.values().map(|meet| meet.community).collect();
        let now = self.shared.get_or_insert_default();
        (now.welcome, now.awaited) = (true, awaited);
    }

    /// Both know an epoch: the one in this place of the initiator's offer.
    pub(super) fn meet(
        &mut self,
        index: Index,
        community: CommunityId,
        secret: EpochSecret,
        newer: Option<EpochSecret>,
        slot: usize,
    ) {
        let responder_first = slot > 0;
        let (sealed, opened, person) = (0, 0, None);
        let meet = Meet { community, secret, newer, responder_first, sealed, opened, person };
        self.meetings.insert(index, meet);
    }

    /// The responder proves itself at once where it is behind.
    pub(super) fn prove_what_is_behind(&mut self, turn: &mut Turn<'_>) -> Step {
        for index in self.meetings_where(|meet| meet.responder_first) {
            self.prove(turn, index, None, None)?;
        }
        Ok(())
    }

    /// The initiator proves itself where the other side is not behind.
    pub(super) fn prove_first(&mut self, turn: &mut Turn<'_>) -> Step {
        let firsts = self.meetings_where(|meet| !meet.responder_first);
        self.stats.round_trips += u32::from(!self.meetings.is_empty());
        for index in firsts {
            let offer = self.true_offer(turn, index)?;
            self.prove(turn, index, offer, None)?;
        }
        Ok(())
    }

    fn meetings_where(&self, which: impl Fn(&Meet) -> bool) -> Vec<Index> {
        self.meetings.iter().filter(|(_, meet)| which(meet)).map(|(index, _)| *index).collect()
    }

    /// What a hello says of an open community.
    fn true_offer(&self, turn: &Turn<'_>, index: Index) -> Result<Option<Offer>, Broken> {
        let (Some(meet), Some([nonce, _])) = (self.meetings.get(&index), self.nonces) else {
            return Ok(None);
        };
        let Some(row) = turn.read.community(&meet.community)? else { return Ok(None) };
        let key = hello_key(&meet.secret);
        let (initiator, responder) = (turn.local, turn.remote);
        let keyed = Keyed { key: &key, nonce: &nonce, initiator, responder };
        Ok(Some(keyed.offer(turn, &row)?))
    }

    /// Sends a proof, if it was not sent yet, and what goes with it.
    fn prove(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        offer: Option<Offer>,
        answer: Option<Match>,
    ) -> Step {
        let Some([one, other]) = self.nonces else { return Ok(()) };
        let Some(meet) = self.meetings.get_mut(&index) else { return Ok(()) };
        let meeting = Meeting { nonces: [&one, &other], names: names(turn) };
        let mut proving = Proving { offer, answer, ..Proving::default() };
        if meet.sealed == 0 {
            proving.proof = proof(turn, meet, &meeting)?;
        }
        if meet.person.is_some() {
            // To a member, who was away when it began.
            proving.newer = meet.newer.as_ref().map(|secret| (*secret.as_bytes()).into());
        }
        let text = match (&proving.proof, proving.to_padded()) {
            (None, _) if meet.sealed == 0 => None,
            (_, text) => text,
        };
        let Some(text) = text else {
            return self.turn_away(turn, index, "members-only: nobody here is a member now");
        };
        let key = meeting.key(&meet.secret, turn.initiator, meet.sealed);
        meet.sealed = meet.sealed.saturating_add(1);
        let sealed = seal_once(key, &text, &index.to_be_bytes());
        self.send_plain(turn, &Message::Prove(index, sealed));
        Ok(())
    }

    /// Takes what the other side proves.
    pub(super) fn take_prove(&mut self, turn: &mut Turn<'_>, index: Index, sealed: &[u8]) -> Step {
        let (Some([one, other]), Some(meet)) = (self.nonces, self.meetings.get_mut(&index)) else {
            return Err(Broken::Protocol("a proof that was not asked for"));
        };
        if sealed.is_empty() {
            let community = meet.community;
            self.part(index, community);
            turn.refuse("members-only: the other node does not take this one for a member's");
            return Ok(());
        }
        let meeting = Meeting { nonces: [&one, &other], names: names(turn) };
        let key = meeting.key(&meet.secret, !turn.initiator, meet.opened);
        meet.opened = meet.opened.saturating_add(1);
        let opened = (sealed.len() <= 2 * PADDED_MAX)
            .then(|| open_once(key, sealed, &index.to_be_bytes()))
            .flatten();
        let Some(proving) = opened.and_then(|text| Proving::from_padded(&text)) else {
            return self.turn_away(turn, index, "members-only: a proof that cannot be read");
        };
        if meet.person.is_none() {
            meet.person = verified(turn, meet, &meeting, proving.proof)?;
            if meet.person.is_none() {
                return self.turn_away(
                    turn,
                    index,
                    "members-only: no member by what is known here",
                );
            }
        }
        let (community, key) = (meet.community, hello_key(&meet.secret));
        if let Some(newer) = proving.newer
            && epochs::has_room(turn.read, &community)?
        {
            // It counts once a record names it.
            turn.commit(vec![epochs::keep(&community, &EpochSecret::from_bytes(*newer))]);
        }
        match (turn.initiator, proving.offer, proving.answer) {
            (false, Some(offer), _) => {
                let Some(row) = turn.read.community(&community)? else { return Ok(()) };
                let answer = self.answer(turn, index, &row, &key, &offer)?;
                let relation = answer.relation;
                self.prove(turn, index, None, Some(answer))?;
                self.meetings.remove(&index);
                self.go_into(turn, index, relation)
            }
            (true, _, Some(answer)) => {
                if answer.index != index || answer.relation == Relation::Prove {
                    return Err(Broken::Protocol("an answer that does not fit the offer"));
                }
                self.take_match(turn, community, &key, &answer)?;
                self.meetings.remove(&index);
                self.list_at_once(turn, index)
            }
            (true, _, None) if self.is_first_answer(index) => {
                let offer = self.true_offer(turn, index)?;
                self.prove(turn, index, offer, None)
            }
            _ => Err(Broken::Protocol("a proof out of turn")),
        }
    }

    /// Whether the responder has proven itself and this side has not yet.
    fn is_first_answer(&self, index: Index) -> bool {
        self.meetings.get(&index).is_some_and(|meet| meet.responder_first && meet.sealed == 0)
    }

    /// Says no more of a community in this session than that the other side is not let in.
    fn turn_away(&mut self, turn: &mut Turn<'_>, index: Index, why: &'static str) -> Step {
        let Some(meet) = self.meetings.get(&index) else { return Ok(()) };
        let community = meet.community;
        self.part(index, community);
        turn.refuse(why);
        self.send_plain(turn, &Message::Prove(index, Vec::new()));
        Ok(())
    }

    fn part(&mut self, index: Index, community: CommunityId) {
        self.meetings.remove(&index);
        self.shared.get_or_insert_default().turned_away.insert(community);
    }
}

/// Initiator and responder.
fn names<'t>(turn: &Turn<'t>) -> [&'t [u8]; 2] {
    match turn.initiator {
        true => [turn.local, turn.remote],
        false => [turn.remote, turn.local],
    }
}

/// This side's proof; none where nobody of the community lives here.
fn proof(turn: &mut Turn<'_>, meet: &Meet, meeting: &Meeting<'_>) -> Result<Option<Proof>, Broken> {
    let Some(roll) = turn.rolls.of(turn.read, &meet.community)? else { return Ok(None) };
    let Some(who) = roll.prover(turn.read)? else { return Ok(None) };
    let Some(key) = who.key() else { return Ok(None) };
    let epoch = meet.secret.id();
    let signature = meeting.sign(&meet.community, &epoch, turn.initiator, &key);
    let mut chain: Vec<_> =
        roll.chain(&who.person).iter().map(|record| record.to_bytes().to_vec().into()).collect();
    let bytes: usize = chain.iter().map(|record: &minicbor::bytes::ByteVec| record.len()).sum();
    if bytes > CHAIN_BYTES_MAX {
        chain.clear();
    }
    Ok(Some(Proof { person: who.person, signature, chain }))
}

/// Who speaks through the other side, if they signed that and are a member.
fn verified(
    turn: &mut Turn<'_>,
    meet: &Meet,
    meeting: &Meeting<'_>,
    proof: Option<Proof>,
) -> Result<Option<PersonId>, Broken> {
    let Some(Proof { person, signature, chain }) = proof else { return Ok(None) };
    let (community, epoch) = (&meet.community, meet.secret.id());
    let by = (&person, &signature);
    if !meeting.is_signed(community, &epoch, !turn.initiator, by) {
        return Ok(None);
    }
    let Some(roll) = turn.rolls.of(turn.read, community)? else { return Ok(None) };
    let mut more = Vec::new();
    if !roll.admits(&person, &[]) {
        for bytes in chain.iter().take(CHAIN_MAX) {
            let Ok(record) = turn.ingest.record(bytes) else { return Ok(None) };
            more.push(record);
        }
    }
    Ok(roll.admits(&person, &more).then_some(person))
}
