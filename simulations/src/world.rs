//! The world: devices, the links between them, and one queue of what happens when.
//!
//! Nothing here decides what goes wrong ([`crate::faults`]) or what is right
//! ([`crate::judges`]): the world asks the one at each frame and each commit, and tells the other
//! what it saw.

use std::collections::BTreeMap;

use baro_crdt::ids::{LogId, Millis};
use baro_node::core::{Effect, Event, FRAME_BYTES_MAX, LinkId};
use baro_node::replica::{Item, Outcome};
use baro_node::store::{Read, Result};

use crate::dice::Dice;
use crate::faults::Faults;
use crate::memo::Memo;
use crate::node::{Node, Written};
use crate::reach::Place;
use crate::sticks::{self, Stick};
use crate::watch::Watch;

/// How often devices look at the time, in milliseconds.
const TICK_MS: u64 = 1_000;

/// What happens at some time.
enum Happening {
    Arrive { link: LinkId, side: usize, frame: Vec<u8> },
    Gone { link: LinkId, side: usize },
    Write { node: usize, life: u32 },
    Tick,
}

/// What a link is like.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// From sending to arriving, in milliseconds.
    pub delay_ms: u64,
    /// How much goes through, in bytes a second.
    pub bytes_per_s: u64,
}

/// A link while it stands; side 0 opened it.
struct Link {
    ends: [usize; 2],
    stands: [bool; 2],
    /// When the last frame towards each side arrives.
    arrived_ms: [u64; 2],
    line: Line,
}

/// Everything.
pub struct World {
    /// The true time.
    pub now: Millis,
    /// The devices.
    pub nodes: Vec<Node>,
    /// What goes wrong.
    pub faults: Faults,
    /// What was seen.
    pub watch: Watch,
    /// The dice of the devices' own randomness.
    pub dice: Dice,
    /// Words that did not come along, and the device that could give them.
    pub withheld: Vec<(usize, Item)>,
    /// Sticks.
    pub sticks: Vec<Stick>,
    memo: Memo,
    links: BTreeMap<LinkId, Link>,
    queue: BTreeMap<(u64, u64), Happening>,
    queued: u64,
    last_link: u64,
    ticking: bool,
}

impl World {
    /// A world of so many devices, switched on, that have not met.
    pub fn new(seed: u64, nodes: usize, faults: Faults) -> Self {
        let mut dice = Dice::new(seed, "world");
        let memo = Memo::default();
        let nodes = (0..nodes)
            .map(|n| {
                let off = if dice.chance(300) { dice.between(0, 630_000_000) } else { 315_000_000 };
                let mut node = Node::new(
                    vec![u8::try_from(n).unwrap_or(u8::MAX); 38],
                    off.cast_signed() - 315_000_000,
                );
                node.start(&mut dice, &memo);
                node
            })
            .collect();
        Self {
            now: Millis(0),
            nodes,
            faults,
            watch: Watch::default(),
            dice,
            withheld: Vec::new(),
            sticks: Vec::new(),
            memo,
            links: BTreeMap::new(),
            queue: BTreeMap::new(),
            queued: 0,
            last_link: 0,
            ticking: false,
        }
    }

    fn at(&mut self, ms: u64, what: Happening) {
        self.queued += 1;
        self.queue.insert((ms, self.queued), what);
    }

    /// Whether two devices have a link.
    pub fn linked(&self, a: usize, b: usize) -> bool {
        self.links.values().any(|link| link.ends == [a, b] || link.ends == [b, a])
    }

    /// The links that stand.
    pub fn links(&self) -> Vec<LinkId> {
        self.links.keys().copied().collect()
    }

    /// `a` opens a link to `b`, if both are on.
    pub fn connect(&mut self, a: usize, b: usize, line: Line) -> Option<LinkId> {
        let both = [self.nodes.get(a)?, self.nodes.get(b)?];
        if a == b || self.linked(a, b) || both.iter().any(|node| !node.is_up()) {
            return None;
        }
        self.last_link += 1;
        let link = LinkId(self.last_link);
        let names = both.map(|node| node.name.clone());
        let arrived_ms = [self.now.0; 2];
        self.links.insert(link, Link { ends: [a, b], stands: [true; 2], arrived_ms, line });
        self.watch.linked(link, [a, b]);
        self.watch.reach.met(a, b);
        let [mine, theirs] = names;
        for (node, initiator, local, remote) in
            [(b, false, theirs.clone(), mine.clone()), (a, true, mine, theirs)]
        {
            self.give(node, Event::LinkUp { link, initiator, local, remote, kept: true });
        }
        if !self.ticking {
            self.ticking = true;
            self.at(self.now.0 + TICK_MS, Happening::Tick);
        }
        Some(link)
    }

    /// A link is cut; what is on its way is lost.
    pub fn cut(&mut self, link: LinkId) {
        let Some(gone) = self.links.remove(&link) else { return };
        self.watch.reach.parted(gone.ends[0], gone.ends[1]);
        for (side, node) in gone.ends.into_iter().enumerate() {
            if gone.stands.get(side) == Some(&true) {
                self.give(node, Event::LinkDown { link });
            }
        }
    }

    /// All links are cut.
    pub fn cut_all(&mut self) {
        self.links().into_iter().for_each(|link| self.cut(link));
    }

    /// Power gone at a device.
    pub fn crash(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.crash();
        }
        let of: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| link.ends.contains(&node))
            .map(|(id, _)| *id)
            .collect();
        of.into_iter().for_each(|link| self.cut(link));
    }

    /// A device is switched on again.
    pub fn restart(&mut self, node: usize) {
        if let Some(node) = self.nodes.get_mut(node).filter(|node| !node.is_up()) {
            node.start(&mut self.dice, &self.memo);
        }
    }

    /// Somebody at a device writes; it is durable when this returns.
    ///
    /// # Errors
    /// What the store says, and then nothing is written.
    pub fn write_here(&mut self, node: usize, items: Vec<Item>) -> Result<Outcome> {
        let now = self.now;
        self.watch.signs(node, &items);
        self.memo.signed(&items);
        let Some(here) = self.nodes.get_mut(node) else { return Ok(Outcome::default()) };
        let outcome = here.write_here(now, items.clone())?;
        self.watch.wrote_here(node, &items, &outcome);
        self.give(node, Event::Changed { news: outcome.news.clone() });
        Ok(outcome)
    }

    /// The folder of `from` is copied over that of `to`, lanes and all, as a disk image is.
    pub fn copy_folder(&mut self, from: usize, to: usize) {
        self.crash(to);
        let Some(store) = self.nodes.get(from).map(|node| node.store.clone()) else { return };
        if let Some(node) = self.nodes.get_mut(to) {
            node.store = store;
        }
        self.watch.forget(to);
        self.watch.reach.goes(Place::Node(from), Place::Node(to));
        self.restart(to);
    }

    /// A device's disk becomes what it was when a copy of it was made, and a new copy is made.
    pub fn restore(&mut self, node: usize) {
        let Some(here) = self.nodes.get_mut(node) else { return };
        let now = Box::new(here.store.clone());
        let Some(before) = here.backup.replace(now) else { return };
        self.crash(node);
        if let Some(here) = self.nodes.get_mut(node) {
            here.store = *before;
        }
        self.watch.forget(node);
        self.restart(node);
    }

    /// Somebody visits a stick with a device.
    pub fn visit(&mut self, node: usize, stick: usize) {
        let Some(at) = self.sticks.get(stick).cloned() else { return };
        self.faults.damage(&at);
        let steps = self.faults.pulled();
        let now = self.now;
        let Some(here) = self.nodes.get_mut(node).filter(|node| node.is_up()) else { return };
        at.put_in(here.wall(now), steps);
        let visited = sticks::visit(here, &self.memo, &at, &mut self.dice, now);
        let early = self.faults.pull_out(&at);
        self.watch.visits.0 += 1;
        self.watch.visits.1 += u64::from(early);
        let (place, home) = (Place::Stick(stick), Place::Node(node));
        self.watch.reach.goes(place, home);
        self.watch.reach.goes(home, place);
        for (batch, outcome) in &visited.taken {
            self.watch.wrote_here(node, &batch.items, outcome);
        }
        match visited.error {
            Some(error) if !early => {
                self.watch.fault(format!("node {node}: a visit to a stick failed: {error:?}"));
            }
            _ => {}
        }
        self.give(node, Event::Changed { news: visited.news });
    }

    fn give(&mut self, node: usize, event: Event) {
        let now = self.now;
        let Some(here) = self.nodes.get_mut(node).filter(|node| node.is_up()) else { return };
        let writing = here.has_writing();
        let effects = here.handle(now, event);
        let lies = here.liar.is_some();
        for over in here.over_bounds() {
            self.watch.fault(format!("node {node}: {over:?}"));
        }
        if !writing && here.has_writing() {
            let life = here.life;
            let after = self.faults.write_ms();
            self.at(now.0 + after, Happening::Write { node, life });
        }
        if !lies {
            self.watch.effects(node, effects.len());
        }
        for effect in effects {
            match effect {
                Effect::Send { link, frame, .. } => self.send(node, link, frame),
                Effect::Close { link, why } => {
                    if !lies {
                        self.watch.closed(node, link, &why);
                    }
                    self.close(node, link);
                }
                // Who meets whom is the world's to say.
                Effect::Dial { .. } | Effect::Heard { .. } | Effect::Shares { .. } => {}
                Effect::SessionEnded { link, stats } => self.watch.session(node, link, stats),
                Effect::Refused { .. } if lies => {}
                Effect::Refused { reason, .. } => self.watch.refused(node, reason),
                Effect::Commit { .. } => self.watch.fault("a commit past the device".into()),
            }
        }
    }

    fn side(link: &Link, node: usize) -> usize {
        usize::from(link.ends.first() != Some(&node))
    }

    fn send(&mut self, from: usize, id: LinkId, frame: Vec<u8>) {
        let lies = self.nodes.get(from).is_some_and(|node| node.liar.is_some());
        if frame.len() > FRAME_BYTES_MAX && !lies {
            self.watch.fault(format!("a frame of {} bytes", frame.len()));
        }
        let now = self.now;
        self.watch.sent(now, from, id, frame.len());
        let Some(link) = self.links.get_mut(&id) else { return };
        let to = 1 - Self::side(link, from);
        let Some(before) = link.arrived_ms.get_mut(to) else { return };
        let takes = frame.len() as u64 * 1_000 / link.line.bytes_per_s.max(1);
        let arrives =
            (now.0.max(before.saturating_sub(link.line.delay_ms)) + takes + link.line.delay_ms)
                .max(*before);
        *before = arrives;
        let Some(copies) = self.faults.frame() else {
            self.cut(id);
            return;
        };
        for late_ms in copies {
            let frame = frame.clone();
            self.at(arrives + late_ms, Happening::Arrive { link: id, side: to, frame });
        }
    }

    fn close(&mut self, node: usize, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let side = Self::side(link, node);
        if let Some(stands) = link.stands.get_mut(side) {
            *stands = false;
        }
        let after = link.arrived_ms.get(1 - side).copied().unwrap_or_default();
        self.at(after, Happening::Gone { link: id, side: 1 - side });
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Arrive { link, side, frame } => {
                let Some(at) = self.links.get(&link) else { return };
                if let (Some(true), Some(node)) = (at.stands.get(side), at.ends.get(side).copied())
                {
                    self.give(node, Event::Frame { link, frame: frame.into() });
                }
            }
            Happening::Gone { link, side } => {
                let Some(gone) = self.links.remove(&link) else { return };
                self.watch.reach.parted(gone.ends[0], gone.ends[1]);
                if let (Some(true), Some(node)) = (gone.stands.get(side), gone.ends.get(side)) {
                    self.give(*node, Event::LinkDown { link });
                }
            }
            Happening::Write { node, life } => {
                let full = self.faults.disk_full();
                let torn = self.faults.torn();
                let now = self.now;
                let Some(here) = self.nodes.get_mut(node).filter(|node| node.life == life) else {
                    return;
                };
                if !here.is_up() {
                    return;
                }
                for written in here.write(now, full, torn) {
                    let group = written.group;
                    let event = match written.result.clone() {
                        Ok(outcome) => {
                            let ends = written.link.and_then(|link| self.watch.traffic.get(&link));
                            let ends = ends.map_or([node; 2], |traffic| traffic.ends);
                            let waits = |log: &LogId, index: u32| {
                                ends.iter().any(|end| {
                                    let store = self.nodes.get(*end).map(|node| &node.store);
                                    let row = store.and_then(|store| store.log(log).ok()?);
                                    row.is_none_or(|row| row.authorised <= index)
                                })
                            };
                            let honest = |end: &usize| {
                                self.nodes.get(*end).is_some_and(|node| node.liar.is_none())
                            };
                            let link = written.link.filter(|_| ends.iter().all(honest));
                            let Written { batch, .. } = &written;
                            self.watch.wrote(node, link, batch, &outcome, &waits);
                            Event::Committed { group, outcome }
                        }
                        Err(error) => Event::CommitFailed { group, error },
                    };
                    self.give(node, event);
                }
            }
            Happening::Tick => {
                (0..self.nodes.len()).for_each(|node| self.give(node, Event::Tick));
                self.ticking = !self.links.is_empty();
                if self.ticking {
                    self.at(self.now.0 + TICK_MS, Happening::Tick);
                }
            }
        }
    }

    /// Lets everything happen until `until`.
    pub fn run_until(&mut self, until: Millis) {
        while let Some(entry) = self.queue.first_entry() {
            let (at, _) = *entry.key();
            if at > until.0 {
                break;
            }
            let what = entry.remove();
            self.now = Millis(self.now.0.max(at));
            self.happen(what);
        }
        self.now = Millis(self.now.0.max(until.0));
    }

    /// Lets everything happen until nothing has been sent for `quiet_ms` and nothing is on its
    /// way; false where that does not come within `most_ms`.
    pub fn run_until_quiet(&mut self, quiet_ms: u64, most_ms: u64) -> bool {
        let end = self.now.0 + most_ms;
        while self.now.0 < end {
            self.run_until(Millis(self.now.0 + TICK_MS));
            let quiet = self.watch.last_sent.0 + quiet_ms < self.now.0;
            let at_rest = self.queue.values().all(|what| matches!(what, Happening::Tick));
            if quiet && at_rest {
                return true;
            }
        }
        false
    }
}
