//! Thousands of devices, the links between them, and one queue of what happens when.
//!
//! The devices are production cores over stores in memory. What comes from outside (meetings,
//! stays at places, things said) is a [`Schedule`]; everything else the cores cause themselves. At
//! a place a device hears who else is there, and its core says whom to dial. A core is woken when
//! [`baro_node::core::Core::due`] says, so that hours without a contact cost nothing.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::Millis;
use baro_node::core::LinkId;
use baro_node::replica::Item;

use super::hands::{Floor, Hands};
use super::people::People;
use super::queue::{Happening, Link, Queue, Why};
use super::seat::{Came, Deed, End};
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
/// Devices live through no more than this by themselves at once, in milliseconds: less than what
/// happens by itself takes.
const AHEAD_MS_MAX: u64 = 1_000;

/// Everything.
pub(super) struct Net<'a> {
    /// The true time.
    pub(super) now: Millis,
    /// What was counted.
    pub(super) seen: Seen,
    schedule: &'a Schedule,
    loads: &'a [Load],
    people: &'a People,
    /// How long what a device does reaches no other, in milliseconds.
    ahead_ms: u64,
    dice: Dice,
    floor: &'a Floor,
    hands: Hands<'a>,
    /// By number, from 1 on.
    links: Vec<Option<Link>>,
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
        dice: Dice,
    ) -> Self {
        let lines = schedule.contacts.iter().map(|contact| contact.line);
        let least = lines.chain(schedule.places.iter().copied()).map(|line| line.delay_ms).min();
        Self {
            now: Millis(0),
            seen: Seen::new(schedule.sayings.len(), schedule.nodes),
            schedule,
            loads,
            people,
            ahead_ms: least.unwrap_or(1).clamp(1, AHEAD_MS_MAX),
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

    fn deed(&mut self, node: usize, deed: Deed) {
        self.at(self.now.0, Happening::Deed { node, deed });
    }

    fn link(&mut self, id: LinkId) -> Option<&mut Link> {
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
        while let Some(from) = self.queue.first().filter(|at| *at < until) {
            let ahead = until.min(from + self.ahead_ms);
            while let Some((at, what)) = self.queue.next(ahead) {
                self.now = Millis(at);
                match what {
                    Happening::Deed { node, deed } => self.hands.put(node, at, deed),
                    Happening::Closed { link, other } => self.closed(link, other),
                    Happening::Dialled { from, to } => self.dialled(from, to),
                    Happening::Again { contact } => self.meet(contact),
                }
            }
            let came = self.hands.deal(ahead);
            self.carry_out(came);
        }
        self.now = Millis(until);
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
        for other in others {
            self.deed(node, Deed::Hear(other));
            self.deed(other, Deed::Hear(node));
        }
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
        let delay_ms = line.delay(&mut self.dice).max(1);
        self.links.push(Some(Link { ends: [a, b], why, closing: false }));
        self.pairs.insert(pair(a, b), link);
        self.seen.links += 1;
        let kept = matches!(why, Why::Contact(_));
        let (free_us, arrives_ms) = (self.now.0 * 1_000, self.now.0);
        for (node, other, initiator) in [(b, a, false), (a, b, true)] {
            let end = End { link, other, initiator, kept, line, delay_ms, free_us, arrives_ms };
            self.deed(node, Deed::Up(Box::new(end)));
        }
    }

    /// The link that stands for this reason is cut; what is on its way is lost.
    fn part(&mut self, a: usize, b: usize, why: Why) {
        let Some(id) = self.pairs.get(&pair(a, b)).copied() else { return };
        if self.link(id).is_none_or(|link| link.why != why) {
            return;
        }
        self.take(id);
        for node in [a, b] {
            self.deed(node, Deed::Down(id));
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

    fn take(&mut self, id: LinkId) -> Option<Link> {
        let gone = self.links.get_mut(usize::try_from(id.0).ok()?)?.take()?;
        let [a, b] = gone.ends;
        self.pairs.remove(&pair(a, b));
        Some(gone)
    }

    fn closed(&mut self, link: LinkId, other: usize) {
        let Some(gone) = self.take(link) else { return };
        self.deed(other, Deed::Down(link));
        let [a, b] = gone.ends;
        self.meet_again(a, b);
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
        for n in arrived {
            self.seen.arrivals.note(n, saying.node, self.now);
        }
        self.deed(saying.node, Deed::Changed(outcome.news));
    }

    /// Carries out what came of what happened to devices, in an order in which it is the same whoever
    /// had which of them in hand.
    fn carry_out(&mut self, all: Vec<Came>) {
        let mut dials = Vec::new();
        for came in all {
            self.seen.add(came.counts, came.arrived);
            dials.extend(came.dials);
            for (at, what) in came.happens {
                if let Happening::Closed { link, .. } = &what
                    && let Some(link) = self.link(*link)
                {
                    link.closing = true;
                }
                self.at(at, what);
            }
        }
        for (at, from, to) in dials {
            self.dial(at, from, to);
        }
    }

    fn dial(&mut self, at: u64, from: usize, to: usize) {
        let line = self.together(from, to).and_then(|place| self.schedule.places.get(place));
        match line {
            // There and back before the first word.
            Some(line) => {
                let after = at + 2 * line.delay_ms.max(1);
                self.at(after, Happening::Dialled { from, to });
            }
            None => {
                let deed = Deed::Miss(to);
                self.at(at + UNREACHED_MS, Happening::Deed { node: from, deed });
            }
        }
    }

    fn dialled(&mut self, from: usize, to: usize) {
        let standing = self.pairs.get(&pair(from, to)).copied();
        if standing.and_then(|link| self.link(link)).is_some_and(|link| link.closing) {
            return self.deed(from, Deed::Miss(to));
        }
        match self.together(from, to) {
            Some(place) => {
                if let Some(line) = self.schedule.places.get(place).copied() {
                    self.connect(from, to, line, Why::Place(place));
                }
            }
            None => self.deed(from, Deed::Miss(to)),
        }
    }
}
