//! All devices, and the hands that let them live.
//!
//! What a device does reaches no other before the least delay of all links has passed. So devices
//! live through a stretch of that length each by itself, one after the other or side by side, by as
//! many hands as there are; what comes of it happens after that stretch. How many hands there are
//! changes nothing but the time it takes. (Chandy and Misra: *Distributed simulation: a case study in
//! design and verification of distributed programs*, 1979; the stretch is known as the lookahead.)

use std::hint::spin_loop;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::Scope;
use std::{iter, mem};

use baro_crdt::ids::{LogId, Millis};
use baro_node::replica::Outcome;
use baro_node::store::MemoryStore;

use super::people::People;
use super::seat::{Came, Deed, Here, Said, Seat, grown, name};
use crate::dice::Dice;
use crate::memo::Memo;
use crate::node::Node;
use crate::scenario::Clocks;

/// Fewer things than this are not worth handing over.
const SHARED_MIN: usize = 12;
/// How often a hand looks whether there is something for it before it lies down: to wake it takes
/// longer than what it is mostly woken for.
const LOOKS: usize = 4_000;

/// What all hands reach for.
pub(super) struct Floor {
    seats: Vec<Mutex<Seat>>,
    said: RwLock<Said>,
    write_ms: u64,
}

/// Some devices, and for each what happens to it, in order of time.
type Deeds = Vec<(usize, Vec<(u64, Deed)>)>;

impl Floor {
    /// Devices that hold what everybody holds at the beginning, all switched on; a commit takes up
    /// to `write_ms`.
    pub(super) fn new(
        nodes: usize,
        people: &People,
        (clocks, write_ms): (Clocks, u64),
        dice: &mut Dice,
    ) -> Self {
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
            let own = Dice::new(dice.below(u64::MAX), "device");
            Mutex::new(Seat::new(n, node, own))
        });
        Self { seats: seats.collect(), said: RwLock::default(), write_ms: write_ms.max(1) }
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

    fn deal(&self, until: u64, deeds: Deeds) -> Came {
        let said = self.said.read().unwrap_or_else(PoisonError::into_inner);
        let here = Here { said: &said, write_ms: self.write_ms };
        let mut came = Came { happens: Vec::with_capacity(4 * deeds.len()), ..Came::default() };
        for (node, own) in deeds {
            if let Some(mut seat) = self.seat(node) {
                seat.live(own, until, here, &mut came);
            }
        }
        came
    }
}

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
    give: SyncSender<(u64, Deeds)>,
    take: Receiver<Came>,
}

/// All hands.
pub(super) struct Hands<'a> {
    floor: &'a Floor,
    others: Vec<Hand>,
    /// What happens to each device in the stretch at hand.
    deeds: Vec<Vec<(u64, Deed)>>,
    /// Those devices to which something does.
    busy: Vec<usize>,
}

impl<'a> Hands<'a> {
    /// So many hands, this one included, until they are dropped.
    pub(super) fn new<'s>(scope: &'s Scope<'s, 'a>, floor: &'a Floor, hands: usize) -> Self {
        let others = (1..hands).map(|_| {
            let (give, deeds) = sync_channel::<(u64, Deeds)>(1);
            let (done, take) = sync_channel(1);
            scope.spawn(move || {
                while let Some((until, deeds)) = next(&deeds) {
                    if done.send(floor.deal(until, deeds)).is_err() {
                        return;
                    }
                }
            });
            Hand { give, take }
        });
        let deeds = floor.seats.iter().map(|_| Vec::new()).collect();
        Self { floor, others: others.collect(), deeds, busy: Vec::new() }
    }

    /// Something happens to a device; what happens to it later is put behind.
    pub(super) fn put(&mut self, node: usize, at: u64, deed: Deed) {
        let Some(deeds) = self.deeds.get_mut(node) else { return };
        if deeds.is_empty() {
            self.busy.push(node);
        }
        deeds.push((at, deed));
    }

    /// Lets devices live through what happens to them until a time, each by itself; what came of it
    /// is in order of the devices.
    pub(super) fn deal(&mut self, until: u64) -> Vec<Came> {
        let mut busy = mem::take(&mut self.busy);
        busy.sort_unstable();
        let own = |node: usize| Some((node, mem::take(self.deeds.get_mut(node)?)));
        let mut deeds: Deeds = busy.drain(..).filter_map(own).collect();
        self.busy = busy;
        let others = if deeds.len() < SHARED_MIN { &[] } else { self.others.as_slice() };
        let mut asked = Vec::new();
        // The last part goes first; the first remains.
        for (rest, hand) in (1..=others.len()).rev().zip(others) {
            let part = deeds.split_off(deeds.len() * rest / (rest + 1));
            if hand.give.send((until, part)).is_ok() {
                asked.push(hand);
            }
        }
        let own = self.floor.deal(until, deeds);
        // Who has gone has panicked, and takes all others along at the end of the scope.
        iter::once(own).chain(asked.into_iter().rev().filter_map(|hand| next(&hand.take))).collect()
    }
}
