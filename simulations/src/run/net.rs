//! Thousands of devices, the links between them, and one queue of what happens when.
//!
//! The devices are production cores over stores in memory. What comes from outside (meetings,
//! stays at places, things said) is a [`Schedule`]; everything else the cores cause themselves. At
//! a place a device hears who else is there, and its core says whom to dial. A core is woken when
//! [`baro_node::core::Core::due`] says, so that hours without a contact cost nothing.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::Millis;
use baro_node::core::{Class, Effect, Event, LinkId};
use baro_node::replica::Item;

use super::people::People;
use super::queue::{Happening, Link, Queue, Why};
use super::seat::{Came, Deed, Floor, Hands, name, named};
use super::seen::Seen;
use crate::dice::Dice;
use crate::scenario::Load;
use crate::schedule::{Line, Schedule, Turn};

/// How many others a device hears when it comes to a place: all, or where they are more than the
/// first number, the second, by chance.
const HEARD_MAX: usize = 128;
const HEARD_OF_MANY: usize = 24;
/// A link of a contact that a device has closed is made again after so long, in milliseconds.
const AGAIN_MS: u64 = 5_000;
/// A dial that leads nowhere takes so long, in milliseconds.
const UNREACHED_MS: u64 = 3_000;
/// How long a lost packet holds up a line beyond the way there and back, in milliseconds.
const RESEND_MS: u64 = 200;

/// Everything.
pub(super) struct Net<'a> {
    /// The true time.
    pub(super) now: Millis,
    /// What was counted.
    pub(super) seen: Seen,
    schedule: &'a Schedule,
    loads: &'a [Load],
    people: &'a People,
    write_ms: u64,
    dice: Dice,
    floor: &'a Floor,
    hands: Hands<'a>,
    /// By number, from 1 on.
    links: Vec<Option<Box<Link>>>,
    pairs: BTreeMap<(usize, usize), LinkId>,
    contacts: BTreeSet<usize>,
    places: Vec<BTreeSet<usize>>,
    queue: Queue,
}

fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

impl<'a> Net<'a> {
    /// Nothing has happened yet.
    pub(super) fn new(
        schedule: &'a Schedule,
        loads: &'a [Load],
        people: &'a People,
        (floor, hands): (&'a Floor, Hands<'a>),
        write_ms: u64,
        dice: Dice,
    ) -> Self {
        Self {
            now: Millis(0),
            seen: Seen::new(schedule.sayings.len(), schedule.nodes),
            schedule,
            loads,
            people,
            write_ms: write_ms.max(1),
            dice,
            floor,
            hands,
            links: vec![None],
            pairs: BTreeMap::new(),
            contacts: BTreeSet::new(),
            places: vec![BTreeSet::new(); schedule.places.len()],
            queue: Queue::default(),
        }
    }

    fn at(&mut self, at: u64, what: Happening) {
        self.queue.put(at, what);
    }

    fn link(&mut self, id: LinkId) -> Option<&mut Box<Link>> {
        self.links.get_mut(usize::try_from(id.0).ok()?)?.as_mut()
    }

    /// Lets everything happen; `tell` is told now and then how far it has come.
    pub(super) fn run(&mut self, mut tell: impl FnMut(Millis)) {
        for (count, (at, turn)) in self.schedule.turns().into_iter().enumerate() {
            self.run_until(at.0);
            if count % 256 == 0 {
                tell(self.now);
            }
            self.turn(turn);
        }
        self.run_until(self.schedule.end.0);
        tell(self.now);
    }

    fn run_until(&mut self, until: u64) {
        let is_deed = |what: &Happening| what.is_deed();
        while let Some((at, what)) = self.queue.next(until) {
            self.now = Millis(self.now.0.max(at));
            if !is_deed(&what) {
                self.happen(what);
                continue;
            }
            let mut deeds: Vec<(usize, Deed)> = self.deed(what).into_iter().collect();
            while let Some(what) = self.queue.next_if(at, is_deed) {
                deeds.extend(self.deed(what));
            }
            self.deal(deeds);
        }
        self.now = Millis(self.now.0.max(until));
    }

    fn deal(&mut self, deeds: Vec<(usize, Deed)>) {
        for came in self.hands.deal(self.now, deeds) {
            self.carry_out(came);
        }
    }

    fn turn(&mut self, turn: Turn) {
        let schedule = self.schedule;
        match turn {
            Turn::Met(n) => {
                self.contacts.insert(n);
                self.meet(n);
            }
            Turn::Parted(n) => {
                self.contacts.remove(&n);
                let Some(contact) = schedule.contacts.get(n) else { return };
                self.part(contact.a, contact.b, Why::Contact(n));
            }
            Turn::Came(n) => {
                let Some(stay) = schedule.stays.get(n) else { return };
                self.come(stay.node, stay.place);
            }
            Turn::Left(n) => {
                let Some(stay) = schedule.stays.get(n) else { return };
                self.leave(stay.node, stay.place);
            }
            Turn::Said(n) => self.say(n),
        }
    }

    fn meet(&mut self, n: usize) {
        if let Some(contact) = self.schedule.contacts.get(n)
            && self.contacts.contains(&n)
        {
            self.connect(contact.a, contact.b, contact.line, Why::Contact(n));
        }
    }

    fn come(&mut self, node: usize, place: usize) {
        let Some(there) = self.places.get_mut(place) else { return };
        let mut others: Vec<usize> = there.iter().copied().collect();
        there.insert(node);
        if let Some(mut seat) = self.floor.seat(node) {
            seat.places.push(place);
        }
        if others.len() > HEARD_MAX {
            others = (0..HEARD_OF_MANY).filter_map(|_| self.dice.pick(&others).copied()).collect();
        }
        let both = others.into_iter().flat_map(|other| [(node, other), (other, node)]);
        self.deal(both.map(|(node, other)| (node, Deed::Hear(other))).collect());
    }

    fn leave(&mut self, node: usize, place: usize) {
        if let Some(there) = self.places.get_mut(place) {
            there.remove(&node);
        }
        if let Some(mut seat) = self.floor.seat(node) {
            seat.places.retain(|at| *at != place);
        }
        let there: Vec<usize> = self.places.get(place).into_iter().flatten().copied().collect();
        for other in there {
            self.part(node, other, Why::Place(place));
        }
    }

    /// The place where both are, if there is one.
    fn together(&self, a: usize, b: usize) -> Option<usize> {
        let places = self.floor.seat(a)?.places.clone();
        let other = self.floor.seat(b)?;
        places.into_iter().find(|place| other.places.contains(place))
    }

    fn connect(&mut self, a: usize, b: usize, line: Line, why: Why) {
        if a == b || self.pairs.contains_key(&pair(a, b)) {
            return;
        }
        let link = LinkId(self.links.len() as u64);
        let delay_ms = line.delay(&mut self.dice);
        self.links.push(Some(Box::new(Link {
            ends: [a, b],
            stands: [true; 2],
            free_us: [self.now.0 * 1_000; 2],
            arrives_ms: [self.now.0; 2],
            delay_ms,
            line,
            why,
        })));
        self.pairs.insert(pair(a, b), link);
        for end in [a, b] {
            if let Some(mut seat) = self.floor.seat(end) {
                seat.links += 1;
            }
        }
        self.seen.links += 1;
        let kept = matches!(why, Why::Contact(_));
        for (node, other, initiator) in [(b, a, false), (a, b, true)] {
            let (local, remote) = (name(node), name(other));
            self.give(node, Event::LinkUp { link, initiator, local, remote, kept });
        }
    }

    /// The link that stands for this reason is cut; what is on its way is lost.
    fn part(&mut self, a: usize, b: usize, why: Why) {
        let Some(id) = self.pairs.get(&pair(a, b)).copied() else { return };
        if self.link(id).is_none_or(|link| link.why != why) {
            return;
        }
        let Some(gone) = self.take(id) else { return };
        for (node, stands) in gone.ends.into_iter().zip(gone.stands) {
            if stands {
                self.give(node, Event::LinkDown { link: id });
            }
        }
        self.meet_again(a, b);
    }

    /// Two that still can hear each other in another way have a link in that way.
    fn meet_again(&mut self, a: usize, b: usize) {
        let of = |n: &&usize| {
            let contact = self.schedule.contacts.get(**n);
            contact.is_some_and(|contact| pair(contact.a, contact.b) == pair(a, b))
        };
        if let Some(n) = self.contacts.iter().find(of).copied() {
            self.at(self.now.0 + AGAIN_MS, Happening::Again { contact: n });
        }
    }

    fn take(&mut self, id: LinkId) -> Option<Box<Link>> {
        let gone = self.links.get_mut(usize::try_from(id.0).ok()?)?.take()?;
        let [a, b] = gone.ends;
        self.pairs.remove(&pair(a, b));
        for end in gone.ends {
            if let Some(mut seat) = self.floor.seat(end) {
                seat.links -= 1;
            }
        }
        Some(gone)
    }

    fn say(&mut self, n: usize) {
        let Some(saying) = self.schedule.sayings.get(n).copied() else { return };
        let (Some(mut seat), Some(load)) =
            (self.floor.seat(saying.node), self.loads.get(saying.load))
        else {
            return;
        };
        let here = (&saying, &seat.node.store);
        let wall = seat.node.wall(self.now);
        let said = self.people.say(here, wall, load, &mut self.dice);
        let Ok(items) = said else { return };
        for item in &items {
            if let Item::Log(item) = item {
                self.floor.said(n, item.header.id(), item.from);
            }
        }
        let Ok(outcome) = seat.node.write_here(self.now, items) else { return };
        let arrived = self.floor.grown(&seat.node.store, &outcome);
        drop(seat);
        self.seen.arrived(&arrived, saying.node, self.now);
        self.give(saying.node, Event::Changed { news: outcome.news });
    }

    fn give(&mut self, node: usize, event: Event) {
        if let Some(came) = self.floor.give(self.now, node, event) {
            self.carry_out(came);
        }
    }

    /// Carries out what came of an event on a device.
    fn carry_out(&mut self, came: Came) {
        let Came { node, durable, wakes, writes, effects } = came;
        self.seen.events += 1;
        if let Some(durable) = durable {
            self.seen.committed(&durable);
            self.seen.arrived(&durable.arrived, node, self.now);
        }
        if let Some(due) = wakes {
            self.at(due, Happening::Tick { node });
        }
        if writes {
            let after = self.dice.between(1, self.write_ms);
            self.at(self.now.0 + after, Happening::Write { node });
        }
        for effect in effects {
            match effect {
                Effect::Send { link, frame, class } => {
                    self.seen.sent(class, frame.len());
                    self.send(node, link, frame, class);
                }
                Effect::Close { link, why } => {
                    *self.seen.closings.entry(why).or_default() += 1;
                    self.close(node, link);
                }
                Effect::Dial { peer, .. } => self.dial(node, &peer),
                Effect::SessionEnded { link, stats } => {
                    let first =
                        self.link(link).is_some_and(|link| link.ends.first() == Some(&node));
                    self.seen.session(first, &stats);
                }
                Effect::Refused { reason, .. } => {
                    *self.seen.refusals.entry(reason).or_default() += 1;
                }
                // The device keeps commits to itself.
                Effect::Heard { .. } | Effect::Shares { .. } | Effect::Commit { .. } => {}
            }
        }
    }

    fn dial(&mut self, from: usize, peer: &[u8]) {
        let Some(to) = named(peer) else { return };
        let line = self.together(from, to).and_then(|place| self.schedule.places.get(place));
        match line {
            // There and back before the first word.
            Some(line) => {
                let after = self.now.0 + 2 * line.delay_ms;
                self.at(after, Happening::Dialled { from, to });
            }
            None => self.at(self.now.0 + UNREACHED_MS, Happening::Unreached { from, to }),
        }
    }

    fn send(&mut self, from: usize, id: LinkId, frame: Vec<u8>, class: Class) {
        let now = self.now;
        let Some(loss) = self.link(id).map(|link| link.line.lose_permille) else { return };
        let lost = loss > 0 && self.dice.chance(loss);
        let Some(link) = self.link(id) else { return };
        let side = usize::from(link.ends.first() == Some(&from));
        let (delay, rate) = (link.delay_ms, link.line.bytes_per_s);
        let (Some(free), Some(arrives)) =
            (link.free_us.get_mut(side), link.arrives_ms.get_mut(side))
        else {
            return;
        };
        let free_of_charge = link.line.protocol_free && class == Class::Protocol;
        let counted = if free_of_charge { 0 } else { frame.len() as u64 };
        let takes = (counted * 1_000_000).div_ceil(rate);
        let held_up = if lost { 2 * delay + RESEND_MS } else { 0 };
        *free = (*free).max(now.0 * 1_000) + takes + held_up * 1_000;
        *arrives = (free.div_ceil(1_000) + delay).max(*arrives);
        let at = *arrives;
        self.at(at, Happening::Arrive { link: id, side, frame });
    }

    fn close(&mut self, node: usize, id: LinkId) {
        let Some(link) = self.link(id) else { return };
        let mine = usize::from(link.ends.first() != Some(&node));
        let side = 1 - mine;
        if let Some(stands) = link.stands.get_mut(mine) {
            *stands = false;
        }
        let at = link.arrives_ms.get(side).copied().unwrap_or_default();
        if let Some(mut seat) = self.floor.seat(node) {
            seat.closed.clear();
        }
        self.at(at, Happening::Gone { link: id, side });
    }

    /// What happens to one device alone; nothing where its link is gone.
    fn deed(&mut self, what: Happening) -> Option<(usize, Deed)> {
        match what {
            Happening::Arrive { link, side, frame } => {
                let at = self.link(link)?;
                let stands = at.stands.get(side).is_some_and(|stands| *stands);
                let node = at.ends.get(side).copied().filter(|_| stands)?;
                Some((node, Deed::Take(link, frame)))
            }
            Happening::Write { node } => Some((node, Deed::Write)),
            Happening::Tick { node } => Some((node, Deed::Tick)),
            Happening::Unreached { from, to } => Some((from, Deed::Miss(to))),
            Happening::Gone { .. } | Happening::Dialled { .. } | Happening::Again { .. } => None,
        }
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Gone { link, side } => {
                let Some(gone) = self.take(link) else { return };
                if let (Some(true), Some(node)) = (gone.stands.get(side), gone.ends.get(side)) {
                    self.give(*node, Event::LinkDown { link });
                }
                let [a, b] = gone.ends;
                self.meet_again(a, b);
            }
            Happening::Dialled { from, to } => match self.together(from, to) {
                Some(place) => {
                    if let Some(line) = self.schedule.places.get(place).copied() {
                        self.connect(from, to, line, Why::Place(place));
                    }
                }
                None => self.give(from, Event::Unreached { peer: name(to) }),
            },
            Happening::Again { contact } => self.meet(contact),
            Happening::Arrive { .. }
            | Happening::Write { .. }
            | Happening::Tick { .. }
            | Happening::Unreached { .. } => {}
        }
    }
}
