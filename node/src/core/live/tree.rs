//! Which links are eager: over which of them words come and go at once.

use std::collections::BTreeSet;

use baro_crdt::ids::{CommunityId, Millis};

use super::super::fetch::Shelf;
use super::super::message::{Live, Message};
use super::super::parcels::Exchange;
use super::super::session::{SharedNow, SharedOne};
use super::super::traffic::Class;
use super::super::{Core, Effect, Link, LinkId};
use super::{Side, tag};
use crate::replica::News;
use crate::store::Read;

impl Core {
    /// After two nodes have told each other what they share: these communities are live.
    pub(in crate::core) fn share_live(
        &mut self,
        now: Millis,
        id: LinkId,
        shown: SharedNow,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let fed: BTreeSet<CommunityId> = shown
            .shared
            .iter()
            .map(|one| one.community)
            .filter(|community| self.is_fed_beside(id, community))
            .collect();
        let Some(link) = self.links.get_mut(&id) else { return };
        let gone = &shown.turned_away;
        link.sides.retain(|_, side| !gone.contains(&side.community));
        link.met.retain(|community, _| !gone.contains(community));
        let mut before = std::mem::take(&mut link.sides);
        if !shown.welcome {
            std::mem::swap(&mut before, &mut link.sides);
        }
        let mut compared = Vec::new();
        for SharedOne { community, pools, person } in shown.shared {
            self.fetching.look_again(community);
            link.met.extend(person.map(|person| (community, person)));
            let tag = tag(&community, link);
            let eager = !fed.contains(&community);
            let (announce, shelf) = (Vec::new(), Shelf::default());
            let exchange = Exchange::default();
            let new = Side { community, eager, asks: eager, announce, shelf, exchange };
            let held = before.remove(&tag).or_else(|| link.sides.remove(&tag));
            link.sides.insert(tag, held.unwrap_or_else(|| Box::new(new)));
            compared.push((tag, pools));
        }
        // What was proven on this link before holds until the other side proves otherwise.
        let awaited = |side: &Side| shown.awaited.contains(&side.community);
        link.sides.extend(before.into_iter().filter(|(_, side)| awaited(side)));
        for (tag, pools) in compared {
            self.parcels_compared(now, id, tag, pools, read, effects);
        }
    }

    /// Records came: whoever is no member any more by them is cut off, in the middle of a word.
    pub(in crate::core) fn cut_off(
        &mut self,
        news: &News,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        for community in &news.compare {
            if self.links.values().all(|link| !link.met.contains_key(community)) {
                continue;
            }
            let Ok(Some(roll)) = self.rolls.of(read, community) else { continue };
            let is_out = |link: &Link| {
                link.met.get(community).is_some_and(|person| roll.has_let_out(person))
            };
            let out: Vec<LinkId> =
                self.links.iter().filter(|(_, link)| is_out(link)).map(|(id, _)| *id).collect();
            for id in out {
                let why = "who speaks through it is no member any more".to_owned();
                self.close(id, why, effects);
            }
        }
    }

    /// Whether another link than this one is eager in a community.
    pub(super) fn is_fed_beside(&self, id: LinkId, community: &CommunityId) -> bool {
        let others = self.links.iter().filter(|(other, _)| **other != id);
        let mut sides = others.flat_map(|(_, link)| link.sides.values());
        sides.any(|side| side.eager && side.community == *community)
    }

    /// A link is gone: where it was the last one over which a community's words came at once,
    /// another takes its place.
    pub(in crate::core) fn feed_again(&mut self, gone: &Link) {
        for community in gone.sides.values().filter(|side| side.eager).map(|side| side.community) {
            let sides = || self.links.values().flat_map(|link| link.sides.values());
            if sides().any(|side| side.eager && side.community == community) {
                continue;
            }
            let mut sides = self.links.values_mut().flat_map(|link| link.sides.values_mut());
            if let Some(side) = sides.find(|side| side.community == community) {
                (side.eager, side.asks) = (true, true);
            }
        }
    }

    /// The first words since a link became eager by itself: its other end is to be eager as well.
    /// A push over it says as much; a graft is for where none went over it.
    pub(super) fn ask_to_be_fed(&mut self, effects: &mut Vec<Effect>) {
        for (id, link) in &mut self.links {
            for (tag, side) in link.sides.iter_mut().filter(|(_, side)| side.asks) {
                side.asks = false;
                let frame = link.pipe.plain(&Message::Live((*tag).into(), Live::Graft(Vec::new())));
                effects.push(Effect::Send { link: *id, frame, class: Class::Protocol });
            }
        }
    }
}
