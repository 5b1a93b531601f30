//! Sealed parcels on their way: every node carries them for all others, whoever they are for.
//!
//! Hello and welcome tell whether both sides carry the same. Where they do not, the responder
//! names **all** that it carries, and the initiator answers with what the other lacks and wants
//! what it lacks itself. From then on what comes new is named over the links that may lack it.
//! Who is told **wants**, a few at a time, and wants again when what came is durable; so a want
//! says that everything before it is safe there, and one for nothing that there is no more to do.
//!
//! What is carried is chosen by nobody's name. A place (an address, as the driver says) may bring
//! only so much in a time, and the store drops first what came by the way that brought the most.
//! Parcels wait while a session still brings records, alerts or official words.

mod exchange;

use std::collections::BTreeMap;

use baro_crdt::ids::Millis;
use baro_crdt::sealed::Parcel;
use minicbor::bytes::ByteVec;

use super::live::Tag;
use super::message::{Message, Sealed};
use super::session::Pools;
use super::traffic::Class;
use super::{Core, Effect, GroupId, Link, LinkId};
use crate::replica::{Batch, Item, LocalChange, News, PARCELS_MAX};
use crate::store::{ParcelRow, Read, Way};
pub(super) use exchange::Exchange;
use exchange::{ANSWER_MS_MAX, Budget, Short, short};

/// The most parcels that are wanted at once.
const WANT_MAX: usize = 32;
/// An answer is closed at so many bytes: two voice notes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// The most ids in one message: all that a node carries, and as many again that came meanwhile.
const IDS_MAX: usize = 2 * PARCELS_MAX;
/// The most places of which it is remembered how much they brought.
const PLACES_MAX: usize = 256;

/// What is remembered of all links together.
#[derive(Default)]
pub(super) struct Parcels {
    /// Batches on their way into the store.
    writing: BTreeMap<GroupId, (LinkId, Tag)>,
    /// How much each place may still bring.
    budgets: BTreeMap<Way, Budget>,
    /// Parcels may be under way on a link: where not, no link need be looked at.
    pub(super) any_open: bool,
}

impl Parcels {
    fn budget(&mut self, now: Millis, place: Way) -> &mut Budget {
        if self.budgets.len() >= PLACES_MAX && !self.budgets.contains_key(&place) {
            // Who has brought the least has the least to lose.
            let fullest = self.budgets.iter().max_by_key(|(_, budget)| budget.left(now));
            if let Some(place) = fullest.map(|(place, _)| *place) {
                self.budgets.remove(&place);
            }
        }
        self.budgets.entry(place).or_insert_with(|| Budget::new(now))
    }
}

fn ids(all: impl IntoIterator<Item = Short>) -> Vec<u8> {
    all.into_iter().flatten().collect()
}

fn said(id: LinkId, link: &mut Link, tag: Tag, said: Sealed) -> Effect {
    let class = match &said {
        Sealed::Parcels(_) => Class::Sealed,
        Sealed::Ids(..) | Sealed::Want(_) => Class::Protocol,
    };
    let frame = link.pipe.plain(&Message::Sealed(tag.into(), said));
    Effect::Send { link: id, frame, class }
}

/// The way by which a link that names no place brings parcels: its peer's name.
pub(super) fn way_of(name: &[u8]) -> Way {
    let hash = blake3::hash(name);
    let number = hash.as_bytes().first_chunk().copied().map_or(0, u32::from_be_bytes);
    // The first few are not places.
    Way(number.max(16))
}

impl Core {
    /// Whether parcels are under way on a link.
    pub(super) fn parcels_open(link: &Link) -> bool {
        link.sides.values().any(|side| side.exchange.is_open())
    }

    /// A session has told how the parcels of a community stand on both sides.
    pub(super) fn parcels_compared(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        pools: Pools,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let initiator = link.initiator;
        let Some(side) = link.sides.get_mut(&tag) else { return };
        side.exchange.carries = pools != Pools::Unknown && !link.alerts_only;
        if !side.exchange.carries {
            return;
        }
        self.parcels.any_open = true;
        side.exchange.heard(now);
        let rows = read.parcels(&side.community).unwrap_or_default();
        let held = rows.iter().filter(|row| !row.gone);
        match pools {
            Pools::Differ if initiator => side.exchange.awaits_all = true,
            Pools::Differ => {
                let all: Vec<Short> = held.take(IDS_MAX).map(|row| short(&row.id)).collect();
                side.exchange.offered();
                effects.push(said(id, link, tag, Sealed::Ids(ids(all), true)));
            }
            // They hold all that is here.
            _ => {
                let community = side.community;
                let sent = held.filter(|row| row.way == Way::HERE && !row.sent).cloned();
                self.parcels_safe(id, community, sent.collect(), effects);
            }
        }
    }

    /// Notes that the other side of a link holds these.
    fn parcels_safe(
        &mut self,
        id: LinkId,
        community: baro_crdt::ids::CommunityId,
        rows: Vec<ParcelRow>,
        effects: &mut Vec<Effect>,
    ) {
        if rows.is_empty() {
            return;
        }
        let group = GroupId(self.next_group);
        self.next_group += 1;
        self.groups.insert(group, id);
        let sent = |row: ParcelRow| Item::Local(LocalChange::ParcelSent { community, id: row.id });
        let items = rows.into_iter().map(sent).collect();
        effects.push(Effect::Commit { group, batch: Batch { items, ..Batch::default() } });
    }

    /// Names what a commit brought over the links that may lack it.
    pub(super) fn spread_parcels(&mut self, now: Millis, news: &News, effects: &mut Vec<Effect>) {
        for (community, new) in &news.parcels {
            for (id, link) in &mut self.links {
                let shared = link.sides.iter_mut().find(|(_, s)| s.community == *community);
                let Some((tag, side)) = shared else {
                    // The session under way began without them.
                    link.news |= link.session.is_some();
                    continue;
                };
                if !side.exchange.carries {
                    continue;
                }
                self.parcels.any_open = true;
                let tag = *tag;
                let new: Vec<Short> =
                    new.iter().map(short).filter(|id| side.exchange.may_lack(id)).collect();
                for part in new.chunks(IDS_MAX) {
                    let Some(side) = link.sides.get_mut(&tag) else { break };
                    side.exchange.heard(now);
                    side.exchange.offered();
                    part.iter().for_each(|id| side.exchange.knows(*id));
                    let part = ids(part.iter().copied());
                    effects.push(said(*id, link, tag, Sealed::Ids(part, false)));
                }
            }
        }
    }

    /// Takes what the other side says of parcels.
    pub(super) fn take_sealed(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        what: Sealed,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(side) = self.links.get_mut(&id).and_then(|link| link.sides.get_mut(&tag)) else {
            return self.bad_live(id, "of a community that is not shared on this link", effects);
        };
        self.parcels.any_open = true;
        side.exchange.heard(now);
        match what {
            Sealed::Ids(named, all) => self.take_ids(now, id, tag, &named, all, read, effects),
            Sealed::Want(wanted) => self.take_want(id, tag, &wanted, read, effects),
            Sealed::Parcels(parcels) => self.take_parcels(now, id, tag, parcels, effects),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an event's parts, once")]
    fn take_ids(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        named: &[u8],
        all: bool,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let (named, rest) = named.as_chunks::<8>();
        if !rest.is_empty() || named.len() > IDS_MAX {
            return self.bad_live(id, "a torn list of sealed messages", effects);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(side) = link.sides.get_mut(&tag) else { return };
        if all && !std::mem::take(&mut side.exchange.awaits_all) {
            return self.bad_live(id, "a list of sealed messages out of turn", effects);
        }
        let community = side.community;
        let rows = read.parcels(&community).unwrap_or_default();
        let here: BTreeMap<Short, &ParcelRow> =
            rows.iter().map(|row| (short(&row.id), row)).collect();
        let mut safe = Vec::new();
        if all {
            // What they were told before and did not take they may lack still.
            side.exchange.forget_known();
        }
        for id in named {
            side.exchange.knows(*id);
            match here.get(id) {
                None => side.exchange.want(*id),
                Some(row) if row.way == Way::HERE && !row.sent && !row.gone => {
                    safe.push((*row).clone());
                }
                Some(_) => {}
            }
        }
        side.exchange.answers = true;
        if all {
            let held = rows.iter().filter(|row| !row.gone).map(|row| short(&row.id));
            let lacked: Vec<Short> =
                held.filter(|id| side.exchange.may_lack(id)).take(IDS_MAX).collect();
            if !lacked.is_empty() {
                lacked.iter().for_each(|id| side.exchange.knows(*id));
                side.exchange.offered();
                effects.push(said(id, link, tag, Sealed::Ids(ids(lacked), false)));
            }
        }
        self.parcels_safe(id, community, safe, effects);
        self.want_parcels(now, id, tag, read, effects);
    }

    /// Asks for what the other side has and this one lacks, a few at a time.
    fn want_parcels(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let place = link.place;
        // What comes first in the order of classes comes first.
        let later = link.session.is_some() && !link.past_official;
        let Some(side) = link.sides.get_mut(&tag) else { return };
        if !side.exchange.is_idle() {
            return;
        }
        let community = side.community;
        let held = |id: &Short| matches!(read.parcel(&community, id), Ok(Some(_)));
        side.exchange.forget(held);
        if side.exchange.wants_nothing() {
            if std::mem::take(&mut side.exchange.answers) {
                effects.push(said(id, link, tag, Sealed::Want(Vec::new())));
            }
            return;
        }
        let spent = self.parcels.budget(now, place).left(now) == 0;
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(side) = link.sides.get_mut(&tag) else { return };
        side.exchange.waits_for_room = spent;
        if later || spent {
            return;
        }
        // What another link is asked for already comes from there, or later from here.
        let elsewhere: std::collections::BTreeSet<Short> = self
            .links
            .iter()
            .filter(|(other, _)| **other != id)
            .flat_map(|(_, link)| link.sides.values())
            .filter(|side| side.community == community)
            .flat_map(|side| side.exchange.asked().copied())
            .collect();
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(side) = link.sides.get_mut(&tag) else { return };
        let asked = side.exchange.ask(now, WANT_MAX, |id| !elsewhere.contains(id));
        if !asked.is_empty() {
            effects.push(said(id, link, tag, Sealed::Want(ids(asked))));
        }
    }

    fn take_want(
        &mut self,
        id: LinkId,
        tag: Tag,
        wanted: &[u8],
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let (wanted, rest) = wanted.as_chunks::<8>();
        if !rest.is_empty() || wanted.len() > WANT_MAX {
            return self.bad_live(id, "more sealed messages wanted than allowed", effects);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(side) = link.sides.get_mut(&tag) else { return };
        let community = side.community;
        let safe = side.exchange.given();
        if wanted.is_empty() {
            side.exchange.they_are_done();
        } else {
            let (mut parcels, mut bytes, mut own) = (Vec::new(), 0, Vec::new());
            for id in wanted {
                let Ok(Some(row)) = read.parcel(&community, id) else { continue };
                let Ok(Some(parcel)) = read.parcel_bytes(&community, &row.id) else { continue };
                if bytes > 0 && bytes + parcel.len() > ANSWER_BYTES_MAX {
                    break;
                }
                bytes += parcel.len();
                parcels.push(ByteVec::from(parcel));
                side.exchange.knows(short(&row.id));
                if row.way == Way::HERE && !row.sent {
                    own.push(row);
                }
            }
            side.exchange.give(own);
            effects.push(said(id, link, tag, Sealed::Parcels(parcels)));
        }
        self.parcels_safe(id, community, safe, effects);
    }

    fn take_parcels(
        &mut self,
        now: Millis,
        id: LinkId,
        tag: Tag,
        parcels: Vec<ByteVec>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let place = link.place;
        let Some(side) = link.sides.get_mut(&tag) else { return };
        let community = side.community;
        let (mut items, mut bytes, mut bad) = (Vec::new(), 0, None);
        let none = parcels.is_empty();
        for parcel in parcels {
            let Ok(parcel) = Parcel::from_bytes(parcel.into()) else {
                bad = Some("a sealed message of another version or size");
                continue;
            };
            if !side.exchange.came(&short(&parcel.id())) {
                bad = Some("a sealed message that was not asked for, or came late");
                continue;
            }
            let parcel = parcel.into_bytes();
            bytes += parcel.len();
            items.push(Item::Parcel { community, bytes: parcel, way: place });
        }
        // What did not fit is asked for again; where nothing came of it, nothing of it is there.
        side.exchange.answered(none || items.is_empty());
        side.exchange.answers = true;
        if !items.is_empty() {
            side.exchange.writing = true;
            self.parcels.budget(now, place).take(now, bytes as u64);
            let group = GroupId(self.next_group);
            self.next_group += 1;
            self.groups.insert(group, id);
            self.parcels.writing.insert(group, (id, tag));
            let batch = Batch { items, live: true, ..Batch::default() };
            effects.push(Effect::Commit { group, batch });
        }
        if let Some(bad) = bad {
            self.bad_live(id, bad, effects);
        }
    }

    /// A batch is durable, or is not to be: if it brought parcels, more may be wanted.
    pub(super) fn parcels_committed(&mut self, group: GroupId) {
        let Some((id, tag)) = self.parcels.writing.remove(&group) else { return };
        if let Some(side) = self.links.get_mut(&id).and_then(|link| link.sides.get_mut(&tag)) {
            side.exchange.writing = false;
        }
    }

    /// Goes on wherever something is wanted and nothing stands in the way any more.
    pub(super) fn parcels_on(&mut self, now: Millis, read: &dyn Read, effects: &mut Vec<Effect>) {
        if !std::mem::take(&mut self.parcels.any_open) {
            return;
        }
        let mut ready = Vec::new();
        for (id, link) in &mut self.links {
            for (tag, side) in &mut link.sides {
                side.exchange.give_up(now, ANSWER_MS_MAX);
                self.parcels.any_open |= side.exchange.is_open();
                if side.exchange.is_ready() {
                    ready.push((*id, *tag));
                }
            }
        }
        self.parcels.any_open |= !ready.is_empty();
        for (id, tag) in ready {
            self.want_parcels(now, id, tag, read, effects);
        }
    }
}
