//! A device, its ends of the links to others, and what it does by itself with what happens to it.

use std::collections::BTreeMap;

use baro_crdt::ids::{LogId, Millis};
use baro_node::core::{Class, Effect, Event, LinkId};
use baro_node::replica::{News, Outcome};
use baro_node::store::{MemoryStore, Read};

use super::queue::Happening;
use super::seen::Counts;
use crate::dice::Dice;
use crate::node::{Node, Written};
use crate::schedule::Line;

/// How long a lost packet holds up a line beyond the way there and back, in milliseconds.
const RESEND_MS: u64 = 200;

/// A device, and where it is.
pub(super) struct Seat {
    pub(super) node: Node,
    pub(super) places: Vec<usize>,
    number: usize,
    dice: Dice,
    ends: Vec<End>,
    write_at: Option<u64>,
    tick_at: Option<u64>,
    /// The earliest time for which it has asked to be woken.
    wake_at: Option<u64>,
}

/// A device's end of a link, while it stands here.
pub(super) struct End {
    pub(super) link: LinkId,
    pub(super) other: usize,
    pub(super) initiator: bool,
    /// A contact, not a choice of its own.
    pub(super) kept: bool,
    pub(super) line: Line,
    pub(super) delay_ms: u64,
    /// When what is sent from here may go, in microseconds.
    pub(super) free_us: u64,
    /// When the last frame from here arrives.
    pub(super) arrives_ms: u64,
}

/// What happens to a device.
pub(super) enum Deed {
    /// A link comes to stand.
    Up(Box<End>),
    /// A link is gone, with what is on its way.
    Down(LinkId),
    /// A frame comes in over a link.
    Take(LinkId, Vec<u8>),
    /// It hears another.
    Hear(usize),
    /// It has not reached another.
    Miss(usize),
    /// Somebody here has said something.
    Changed(News),
    /// It has asked to be woken.
    Wake,
}

/// Which of the things said stands where in a log.
pub(super) type Said = BTreeMap<LogId, Vec<(u32, usize)>>;

/// What devices need to know of the world around them.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) said: &'a Said,
    /// The most that a commit takes, in milliseconds.
    pub(super) write_ms: u64,
}

/// What came of what happened to some devices.
#[derive(Default)]
pub(super) struct Came {
    pub(super) counts: Counts,
    /// Things said that are on a device from a time on.
    pub(super) arrived: Vec<(usize, usize, Millis)>,
    /// What is to happen when.
    pub(super) happens: Vec<(u64, Happening)>,
    /// Who dials whom when.
    pub(super) dials: Vec<(u64, usize, usize)>,
}

/// A device's name on the network.
pub(super) fn name(node: usize) -> Vec<u8> {
    let mut name = vec![0; 38];
    let number = (node as u64).to_be_bytes();
    name.iter_mut().rev().zip(number.iter().rev()).for_each(|(to, from)| *to = *from);
    name
}

/// Which device has a name.
fn named(name: &[u8]) -> Option<usize> {
    usize::try_from(u64::from_be_bytes(*name.last_chunk()?)).ok()
}

/// The things said that logs which grew on a device have brought.
pub(super) fn grown(said: &Said, store: &MemoryStore, outcome: &Outcome) -> Vec<usize> {
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

impl End {
    /// When a frame of so many bytes arrives that is sent now.
    fn send(&mut self, now: u64, bytes: usize, class: Class, dice: &mut Dice) -> u64 {
        let lost = self.line.lose_permille > 0 && dice.chance(self.line.lose_permille);
        let free_of_charge = self.line.protocol_free && class == Class::Protocol;
        let counted = if free_of_charge { 0 } else { bytes as u64 };
        let takes = (counted * 1_000_000).div_ceil(self.line.bytes_per_s);
        let held_up = if lost { 2 * self.delay_ms + RESEND_MS } else { 0 };
        self.free_us = self.free_us.max(now * 1_000) + takes + held_up * 1_000;
        self.arrives_ms = (self.free_us.div_ceil(1_000) + self.delay_ms).max(self.arrives_ms);
        self.arrives_ms
    }
}

impl Seat {
    /// A device that is nowhere yet.
    pub(super) fn new(number: usize, node: Node, dice: Dice) -> Self {
        let (places, ends) = (Vec::new(), Vec::new());
        Self { node, places, number, dice, ends, write_at: None, tick_at: None, wake_at: None }
    }

    /// Lives through what happens to it, in order of time, and what it has set itself to do before
    /// `until`.
    pub(super) fn live(
        &mut self,
        deeds: Vec<(u64, Deed)>,
        until: u64,
        here: Here<'_>,
        came: &mut Came,
    ) {
        let mut deeds = deeds.into_iter().peekable();
        self.tick_at = self.tick_at.filter(|_| self.hears());
        loop {
            let next = deeds.peek().map_or(until, |(at, _)| *at);
            if let Some(at) = self.write_at.filter(|at| *at < next) {
                self.write(at, here, came);
            } else if let Some(at) = self.tick_at.filter(|at| *at < next) {
                self.give(at, Event::Tick, here, came);
            } else if let Some((at, deed)) = deeds.next() {
                self.take(at, deed, here, came);
            } else {
                break;
            }
        }
        let next = self.write_at.into_iter().chain(self.tick_at).min();
        if let Some(next) = next.filter(|next| self.wake_at.is_none_or(|at| *next < at)) {
            self.wake_at = Some(next);
            let wake = Happening::Deed { node: self.number, deed: Deed::Wake };
            came.happens.push((next, wake));
        }
    }

    /// Where there is no network at all there is nothing to do before there is one.
    fn hears(&self) -> bool {
        !self.places.is_empty() || !self.ends.is_empty()
    }

    fn take(&mut self, now: u64, deed: Deed, here: Here<'_>, came: &mut Came) {
        let event = match deed {
            Deed::Up(end) => {
                let End { link, other, initiator, kept, .. } = *end;
                self.ends.push(*end);
                let (local, remote) = (name(self.number), name(other));
                Event::LinkUp { link, initiator, local, remote, kept }
            }
            Deed::Down(link) => {
                let Some(at) = self.ends.iter().position(|end| end.link == link) else { return };
                self.ends.remove(at);
                Event::LinkDown { link }
            }
            Deed::Take(link, frame) => {
                if !self.ends.iter().any(|end| end.link == link) {
                    return;
                }
                Event::Frame { link, frame: frame.into() }
            }
            Deed::Hear(other) => {
                let addresses = vec![format!("/ip4/10.0.0.1/tcp/{}", other % 60_000)];
                Event::Found { peer: name(other), addresses }
            }
            Deed::Miss(other) => Event::Unreached { peer: name(other) },
            Deed::Changed(news) => Event::Changed { news },
            Deed::Wake => {
                self.wake_at = self.wake_at.filter(|at| *at > now);
                return;
            }
        };
        self.give(now, event, here, came);
    }

    fn give(&mut self, now: u64, event: Event, here: Here<'_>, came: &mut Came) {
        came.counts.events += 1;
        let writing = self.node.has_writing();
        let effects = self.node.handle(Millis(now), event);
        if !writing && self.node.has_writing() {
            self.write_at = Some(now + self.dice.between(1, here.write_ms));
        }
        self.carry_out(now, effects, came);
        let due = self.node.due(Millis(now)).filter(|_| self.hears());
        self.tick_at = due.map(|due| due.0.max(now + 1));
    }

    /// What waits to be written is durable.
    fn write(&mut self, now: u64, here: Here<'_>, came: &mut Came) {
        self.write_at = None;
        for Written { group, result, .. } in self.node.write(Millis(now), false, false) {
            let event = match result {
                Ok(outcome) => {
                    let arrived = grown(here.said, &self.node.store, &outcome);
                    let arrived = arrived.into_iter().map(|n| (n, self.number, Millis(now)));
                    came.arrived.extend(arrived);
                    came.counts.commits += 1;
                    came.counts.items += outcome.items;
                    came.counts.items_again += outcome.items_held;
                    Event::Committed { group, outcome }
                }
                Err(error) => Event::CommitFailed { group, error },
            };
            self.give(now, event, here, came);
        }
    }

    fn carry_out(&mut self, now: u64, effects: Vec<Effect>, came: &mut Came) {
        let mut closed = Vec::new();
        for effect in effects {
            match effect {
                Effect::Send { link, frame, class } => {
                    let Some(end) = self.ends.iter_mut().find(|end| end.link == link) else {
                        continue;
                    };
                    came.counts.sent(class, frame.len());
                    let at = end.send(now, frame.len(), class, &mut self.dice);
                    let deed = Deed::Take(link, frame);
                    came.happens.push((at, Happening::Deed { node: end.other, deed }));
                }
                Effect::Close { link, why } => {
                    *came.counts.closings.entry(why).or_default() += 1;
                    closed.push(link);
                }
                Effect::Dial { peer, .. } => {
                    came.dials.extend(named(&peer).map(|to| (now, self.number, to)));
                }
                Effect::SessionEnded { link, .. } => {
                    let mine = self.ends.iter().any(|end| end.link == link && end.initiator);
                    came.counts.sessions += u64::from(mine);
                }
                Effect::Refused { reason, .. } => {
                    *came.counts.refusals.entry(reason).or_default() += 1;
                }
                // The device keeps commits to itself.
                Effect::Heard { .. } | Effect::Shares { .. } | Effect::Commit { .. } => {}
            }
        }
        for end in self.ends.extract_if(.., |end| closed.contains(&end.link)) {
            // Behind all that was sent.
            let at = end.arrives_ms.max(now + end.delay_ms);
            came.happens.push((at, Happening::Closed { link: end.link, other: end.other }));
        }
    }
}
