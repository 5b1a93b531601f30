//! The devices, and what each does by itself with what happens to it.
//!
//! What a device does reaches no other before it has been carried there. So what happens to devices
//! at one millisecond is dealt with side by side, by as many hands as there are, each with devices of
//! its own; what comes of it is carried out afterwards, in the order in which it happened. How many
//! hands there are changes nothing but the time it takes.

use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::Scope;

use baro_crdt::ids::{LogId, Millis};
use baro_node::core::{Effect, Event, LinkId};
use baro_node::replica::Outcome;
use baro_node::store::{MemoryStore, Read};

use super::people::People;
use crate::dice::Dice;
use crate::memo::Memo;
use crate::node::{Node, Written};
use crate::scenario::Clocks;

/// Fewer things than this are not worth handing over.
const SHARED_MIN: usize = 12;
/// How often a hand looks whether there is something for it before it lies down: to wake it takes
/// longer than what it is mostly woken for.
const LOOKS: usize = 4_000;

/// A device, and where it is.
pub(super) struct Seat {
    pub(super) node: Node,
    pub(super) tick_at: Option<u64>,
    pub(super) places: Vec<usize>,
    pub(super) links: u32,
    /// Links that it has closed, and of which the others do not know yet.
    pub(super) closed: Vec<LinkId>,
}

/// Which of the things said stands where in a log.
pub(super) type Said = BTreeMap<LogId, Vec<(u32, usize)>>;

/// What all hands reach for.
pub(super) struct Floor {
    seats: Vec<Mutex<Seat>>,
    said: RwLock<Said>,
}

/// What happens to a device.
pub(super) enum Deed {
    /// A frame comes in over a link.
    Take(LinkId, Vec<u8>),
    /// It hears another.
    Hear(usize),
    /// It has not reached another.
    Miss(usize),
    /// What waits to be written is durable.
    Write,
    /// It is time to look again.
    Tick,
}

/// What was made durable before an event told so.
pub(super) struct Durable {
    pub(super) items: u64,
    pub(super) items_again: u64,
    /// Things said that are here from now on.
    pub(super) arrived: Vec<usize>,
}

/// What came of an event on a device.
pub(super) struct Came {
    pub(super) node: usize,
    pub(super) durable: Option<Durable>,
    /// When it wants to be woken, where that is sooner than before.
    pub(super) wakes: Option<u64>,
    /// It has begun to have something to write.
    pub(super) writes: bool,
    pub(super) effects: Vec<Effect>,
}

/// A device's name on the network.
pub(super) fn name(node: usize) -> Vec<u8> {
    let mut name = vec![0; 38];
    let number = (node as u64).to_be_bytes();
    name.iter_mut().rev().zip(number.iter().rev()).for_each(|(to, from)| *to = *from);
    name
}

/// Which device has a name.
pub(super) fn named(name: &[u8]) -> Option<usize> {
    usize::try_from(u64::from_be_bytes(*name.last_chunk()?)).ok()
}

impl Seat {
    fn give(&mut self, now: Millis, number: usize, event: Event) -> Option<Came> {
        if let Event::Frame { link, .. } = &event
            && self.closed.contains(link)
        {
            return None;
        }
        let writing = self.node.has_writing();
        let effects = self.node.handle(now, event);
        let writes = !writing && self.node.has_writing();
        // Where there is no network at all there is nothing to do before there is one.
        let hears = !self.places.is_empty() || self.links > 0;
        let due = self.node.due(now).filter(|_| hears).map(|due| due.0.max(now.0 + 1));
        let wakes = due.filter(|due| self.tick_at.is_none_or(|at| *due < at));
        self.tick_at = wakes.or(self.tick_at);
        for effect in &effects {
            if let Effect::Close { link, .. } = effect {
                self.closed.push(*link);
            }
        }
        Some(Came { node: number, durable: None, wakes, writes, effects })
    }

    fn tick(&mut self, now: Millis, number: usize) -> Option<Came> {
        if self.tick_at.is_none_or(|at| at > now.0) {
            return None;
        }
        self.tick_at = None;
        if self.places.is_empty() && self.links == 0 {
            return None;
        }
        self.give(now, number, Event::Tick)
    }

    fn write(&mut self, now: Millis, number: usize, said: &Said, came: &mut Vec<Came>) {
        for Written { group, result, .. } in self.node.write(now, false, false) {
            let (event, durable) = match result {
                Ok(outcome) => {
                    let arrived = grown(said, &self.node.store, &outcome);
                    let (items, items_again) = (outcome.items, outcome.items_held);
                    let durable = Durable { items, items_again, arrived };
                    (Event::Committed { group, outcome }, Some(durable))
                }
                Err(error) => (Event::CommitFailed { group, error }, None),
            };
            came.extend(self.give(now, number, event).map(|came| Came { durable, ..came }));
        }
    }
}

/// The things said that logs which grew on a device have brought.
fn grown(said: &Said, store: &MemoryStore, outcome: &Outcome) -> Vec<usize> {
    let mut arrived = Vec::new();
    for (log, from) in &outcome.news.grown {
        let Some(said) = said.get(log) else { continue };
        let Ok(Some(row)) = store.log(log) else { continue };
        let first = said.partition_point(|(index, _)| index < from);
        let new = said.iter().skip(first).take_while(|(at, _)| *at < row.authorised);
        arrived.extend(new.map(|(_, saying)| *saying));
    }
    arrived
}

impl Floor {
    /// Devices that hold what everybody holds at the beginning, all switched on.
    pub(super) fn new(nodes: usize, people: &People, clocks: Clocks, dice: &mut Dice) -> Self {
        let memo = Memo::default();
        let seats = (0..nodes).map(|n| {
            let wrong = dice.chance(clocks.wrong_permille);
            let most = clocks.off_days_max.min(36_500) * 86_400;
            let off = if wrong { dice.between(0, 2 * most) } else { most };
            let mut node = Node::new(name(n), off.cast_signed() - most.cast_signed());
            node.store = people.store.clone();
            node.start(dice, &memo);
            // A store in memory without faults does not fail.
            let _ = node.write_here(Millis(0), people.residents(n));
            let (tick_at, places, closed) = (None, Vec::new(), Vec::new());
            Mutex::new(Seat { node, tick_at, places, links: 0, closed })
        });
        Self { seats: seats.collect(), said: RwLock::default() }
    }

    /// A device; nobody else has it in hand.
    pub(super) fn seat(&self, node: usize) -> Option<MutexGuard<'_, Seat>> {
        self.seats.get(node).map(|seat| seat.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All devices, one after the other.
    pub(super) fn seats(&self) -> impl Iterator<Item = MutexGuard<'_, Seat>> {
        (0..self.seats.len()).filter_map(|node| self.seat(node))
    }

    /// A thing said is the entry of this index in a log.
    pub(super) fn said(&self, saying: usize, log: LogId, index: u32) {
        let mut said = self.said.write().unwrap_or_else(PoisonError::into_inner);
        said.entry(log).or_default().push((index, saying));
    }

    /// The things said that a commit on a device has brought.
    pub(super) fn grown(&self, store: &MemoryStore, outcome: &Outcome) -> Vec<usize> {
        grown(&self.said.read().unwrap_or_else(PoisonError::into_inner), store, outcome)
    }

    /// An event on a device.
    pub(super) fn give(&self, now: Millis, node: usize, event: Event) -> Option<Came> {
        self.seat(node)?.give(now, node, event)
    }

    fn deal(&self, now: Millis, deeds: Vec<(usize, usize, Deed)>) -> Vec<(usize, Came)> {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let (mut all, mut came) = (Vec::with_capacity(deeds.len()), Vec::new());
        for (turn, node, deed) in deeds {
            let Some(mut seat) = self.seat(node) else { continue };
            match deed {
                Deed::Take(link, frame) => {
                    let frame = frame.into();
                    came.extend(seat.give(now, node, Event::Frame { link, frame }));
                }
                Deed::Hear(other) => {
                    let addresses = vec![format!("/ip4/10.0.0.1/tcp/{}", other % 60_000)];
                    let event = Event::Found { peer: name(other), addresses };
                    came.extend(seat.give(now, node, event));
                }
                Deed::Miss(other) => {
                    came.extend(seat.give(now, node, Event::Unreached { peer: name(other) }));
                }
                Deed::Tick => came.extend(seat.tick(now, node)),
                Deed::Write => seat.write(now, node, &said, &mut came),
            }
            all.extend(came.drain(..).map(|came| (turn, came)));
        }
        all
    }
}

/// Things that happen to devices, each with its place in the order.
type Deeds = Vec<(usize, usize, Deed)>;

/// What comes next, as soon as it comes; none where nothing will.
fn next<T>(take: &Receiver<T>) -> Option<T> {
    for _ in 0..LOOKS {
        match take.try_recv() {
            Ok(next) => return Some(next),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => spin_loop(),
        }
    }
    take.recv().ok()
}

/// Another hand: where it is given deeds, and where it gives back what came of them.
struct Hand {
    give: SyncSender<(Millis, Deeds)>,
    take: Receiver<Vec<(usize, Came)>>,
}

/// All hands.
pub(super) struct Hands<'a> {
    floor: &'a Floor,
    others: Vec<Hand>,
}

impl<'a> Hands<'a> {
    /// So many hands, this one included, until they are dropped.
    pub(super) fn new<'s>(scope: &'s Scope<'s, 'a>, floor: &'a Floor, hands: usize) -> Self {
        let others = (1..hands).map(|_| {
            let (give, deeds) = sync_channel::<(Millis, Deeds)>(1);
            let (done, take) = sync_channel(1);
            scope.spawn(move || {
                while let Some((now, deeds)) = next(&deeds) {
                    if done.send(floor.deal(now, deeds)).is_err() {
                        return;
                    }
                }
            });
            Hand { give, take }
        });
        Self { floor, others: others.collect() }
    }

    /// Deals with all that happens to devices at one moment; what came of it is in order.
    pub(super) fn deal(&self, now: Millis, deeds: Vec<(usize, Deed)>) -> Vec<Came> {
        let hands = if deeds.len() < SHARED_MIN { 1 } else { 1 + self.others.len() };
        let mut parts: Vec<Deeds> = (0..hands).map(|_| Vec::new()).collect();
        for (turn, (node, deed)) in deeds.into_iter().enumerate() {
            if let Some(part) = parts.get_mut(node % hands) {
                part.push((turn, node, deed));
            }
        }
        let own = parts.pop().unwrap_or_default();
        let asked: Vec<&Hand> = self
            .others
            .iter()
            .zip(parts)
            .filter_map(|(hand, part)| hand.give.send((now, part)).ok().map(|()| hand))
            .collect();
        let mut came = self.floor.deal(now, own);
        // Who has gone has panicked, and takes all others along at the end of the scope.
        came.extend(asked.into_iter().filter_map(|hand| next(&hand.take)).flatten());
        came.sort_by_key(|(turn, _)| *turn);
        came.into_iter().map(|(_, came)| came).collect()
    }
}
