//! Where the core and its choice of neighbours meet: events in, actions carried out.

use baro_crdt::ids::Millis;

use super::{Action, Neighbours, Out, Peer};
use crate::core::message::Message;
use crate::core::{Class, Core, Effect, Event, GroupId, LinkId};
use crate::replica::{Batch, Item, LocalChange};
use crate::store::Read;

/// What the choice of neighbours has to know of an [`Event`].
pub(in crate::core) enum Noted {
    LinkUp { link: LinkId, peer: Peer, opened: bool, kept: bool },
    LinkDown(LinkId),
    Found { peer: Peer, addresses: Vec<String> },
    Unreached(Peer),
    Changed,
    Tick,
    Nothing,
}

impl Noted {
    pub(in crate::core) fn of(event: &Event) -> Self {
        match event {
            Event::LinkUp { link, initiator, remote, kept, .. } => {
                Self::LinkUp { link: *link, peer: remote.clone(), opened: *initiator, kept: *kept }
            }
            Event::LinkDown { link } => Self::LinkDown(*link),
            Event::Found { peer, addresses } => {
                Self::Found { peer: peer.clone(), addresses: addresses.clone() }
            }
            Event::Unreached { peer } => Self::Unreached(peer.clone()),
            Event::Changed { .. } => Self::Changed,
            Event::Tick => Self::Tick,
            _ => Self::Nothing,
        }
    }
}

/// The local row that remembers nodes over a restart.
const ROW: &str = "neighbours";

impl Core {
    /// At most so many neighbours instead of 8, links that somebody asks for by address not
    /// counted; and whether this node dials others than those by itself.
    pub fn set_neighbours(&mut self, most: usize, looks: bool) {
        (self.neighbours.most, self.neighbours.looks) = (most, looks);
    }

    /// Whether this link is with one of the neighbours that the node chose: not one that somebody
    /// asked for by address, and nobody who is here for one session only.
    pub fn is_neighbour(&self, link: LinkId) -> bool {
        self.neighbours.is_active(link)
    }

    /// Passive views are exchanged so many times as often, for measuring.
    pub fn shuffle_faster(&mut self, times: u64) {
        self.neighbours.shuffle_ms = super::SHUFFLE_MS / times.max(1);
    }

    /// Tells the choice of neighbours what has happened.
    pub(in crate::core) fn note(
        &mut self,
        now: Millis,
        noted: Noted,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        if matches!(noted, Noted::Nothing) {
            return;
        }
        self.mingle(now, read, effects, |at, out| match noted {
            Noted::LinkUp { link, peer, opened, kept } => {
                at.link_up(now, link, peer, opened, kept, out);
            }
            Noted::LinkDown(link) => at.link_down(now, link, out),
            Noted::Found { peer, addresses } => at.found(now, &peer, addresses, out),
            Noted::Unreached(peer) => at.unreached(now, &peer, out),
            Noted::Changed => {
                at.communities_held(now, read.communities().map_or(0, |held| held.len()));
            }
            Noted::Tick | Noted::Nothing => {}
        });
    }

    /// Runs a step of the choice of neighbours, then what is due, and carries out both.
    pub(in crate::core) fn mingle(
        &mut self,
        now: Millis,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
        step: impl FnOnce(&mut Neighbours, &mut Out<'_>),
    ) {
        let (neighbours, rng) = (&mut self.neighbours, &mut self.rng);
        if !std::mem::replace(&mut neighbours.restored, true)
            && let Ok(Some(bytes)) = read.local(ROW)
        {
            neighbours.restore(now, &bytes, rng);
        }
        let mut out = Out { rng, actions: Vec::new() };
        step(neighbours, &mut out);
        neighbours.decide(now, &mut out);
        for action in out.actions {
            match action {
                Action::Dial { peer, addresses } => effects.push(Effect::Dial { peer, addresses }),
                Action::Close { link, why } => self.close(link, why.to_owned(), effects),
                Action::Tell { link, message } => self.tell(link, &message, effects),
                Action::Save(value) => {
                    let group = GroupId(self.next_group);
                    self.next_group += 1;
                    let row = LocalChange::Put { key: ROW.to_owned(), value };
                    let batch = Batch { items: vec![Item::Local(row)], ..Batch::default() };
                    effects.push(Effect::Commit { group, batch });
                }
            }
        }
    }

    fn tell(&mut self, link: LinkId, message: &Message, effects: &mut Vec<Effect>) {
        if let Some(at) = self.links.get_mut(&link) {
            let frame = at.pipe.plain(message);
            effects.push(Effect::Send { link, frame, class: Class::Protocol });
        }
    }
}
