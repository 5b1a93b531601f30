//! Which of the nodes that can be heard this node stays linked with.
//!
//! On a Wi-Fi with 86 phones each hears all others and none can serve all. After HyParView
//! (Leitão et al., 2007) every node keeps a small **active view**, its links, and a larger
//! **passive view** of nodes that it could dial. It looks for links until it has
//! [`WANTED`], and takes those of others up to its limit (8 unless told otherwise). At its
//! limit it still runs one session with whoever comes, then lets them go; but one that has nobody
//! else is always taken, and in its place the neighbour goes that has the most others. So no node is
//! left alone, and the graph is random enough to hang together, which the tests measure.
//!
//! A node that is content dials few of the newcomers it hears of, on average a handful in all the
//! village: enough to join two villages whose networks have just become one.
//!
//! Passive views are exchanged seldom ([`Message::Shuffle`]), with nodes that share a community
//! and about such nodes only, so that a stranger learns nobody's address.
//!
//! Links that somebody asked for by address, here or at the other end, stand apart: they are not
//! counted and never dropped for others.
//!
//! In come links, nodes heard, and the time; out come [`Action`]s. Nothing here reads the store.

mod hooks;
mod known;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::Millis;
use rand_core::Rng;

pub(in crate::core) use hooks::Noted;
pub(crate) use known::Contact;
use known::{KNOWN_MAX, Passive};

use super::LinkId;
use super::message::Message;

/// A node's name on the network.
pub(crate) type Peer = Vec<u8>;

/// The most neighbours, unless told otherwise.
pub const NEIGHBOURS_MAX: usize = 8;
/// A node looks for links until it has so many.
pub(crate) const WANTED: usize = 4;
/// On average so many content nodes of a village dial somebody new.
const GREETERS: usize = 3;
/// How long the answer to a dial is waited for, in milliseconds.
const DIAL_MS_MAX: u64 = 60_000;
/// The least time between two dials of a node that has a neighbour, in milliseconds.
const PACE_MS: u64 = 500;
/// How long a node is left in peace that let this one go, in milliseconds.
const LET_GO_MS: u64 = 60_000;
/// How long one that shares no community with this one is, in milliseconds.
const STRANGER_MS: u64 = 60 * 60_000;
/// The first exchange of passive views comes so long after a link, and the next ones so long
/// after each other, in milliseconds.
const SHUFFLE_FIRST_MS: u64 = 10_000;
const SHUFFLE_MS: u64 = 60 * 60_000;
/// How many contacts a shuffle carries, and the most that are read of one.
const SHUFFLED: usize = 8;
/// The most that come over one link in half of that time: its own, answers, and those of a node that
/// begins anew.
const SHUFFLES_MAX: u32 = 4;
/// Passive views are written down at most so often, in milliseconds.
const SAVE_MS: u64 = 60_000;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    Dial {
        peer: Peer,
        addresses: Vec<String>,
    },
    Close {
        link: LinkId,
        why: &'static str,
    },
    Tell {
        link: LinkId,
        message: Message,
    },
    /// This is to be given to [`Neighbours::restore`] after a restart.
    Save(Vec<u8>),
}

/// Where actions go, and where chance comes from.
pub(crate) struct Out<'a> {
    pub(crate) rng: &'a mut dyn Rng,
    pub(crate) actions: Vec<Action>,
}

#[derive(Debug)]
struct Link {
    peer: Peer,
    /// Somebody asked for it, here or at the other end.
    kept: bool,
    /// This side opened it, to have one more.
    opened: bool,
    /// What the other end said it has beside this one; `None` until it has.
    others: Option<u8>,
    /// This side has asked for its end.
    closing: bool,
    shares: bool,
    since: Millis,
    /// How many passive views came over it, and since when that is counted.
    shuffles: (u32, Millis),
}

impl Link {
    const fn counts(&self) -> bool {
        !self.kept && !self.closing && (self.opened || self.shares)
    }
}

/// The active and the passive view.
#[derive(Debug)]
pub(crate) struct Neighbours {
    most: usize,
    /// Whether anybody is dialled.
    looks: bool,
    shuffle_ms: u64,
    /// The local row was read.
    restored: bool,
    /// How many communities were held when that was last told.
    held: usize,
    links: BTreeMap<LinkId, Link>,
    passive: Passive,
    dialling: BTreeMap<Peer, Millis>,
    /// Newcomers to dial although there are neighbours enough.
    greet: BTreeSet<Peer>,
    next_dial: Millis,
    shuffle_at: Option<Millis>,
    saved_at: Millis,
}

/// A number below `n`; 0 where there is none.
fn below(rng: &mut dyn Rng, n: usize) -> usize {
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    let drawn = (u64::from(rng.next_u32()) * u64::from(n)) >> 32;
    usize::try_from(drawn).unwrap_or(0)
}

/// Those to whom links stand.
fn linked(links: &BTreeMap<LinkId, Link>) -> BTreeSet<&Peer> {
    links.values().map(|link| &link.peer).collect()
}

impl Neighbours {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            looks: true,
            shuffle_ms: SHUFFLE_MS,
            restored: false,
            held: 0,
            links: BTreeMap::new(),
            passive: Passive::default(),
            dialling: BTreeMap::new(),
            greet: BTreeSet::new(),
            next_dial: Millis(0),
            shuffle_at: None,
            saved_at: Millis(0),
        }
    }

    /// How many neighbours count against the limit.
    pub(crate) fn active(&self) -> usize {
        self.links.values().filter(|link| link.counts()).count()
    }

    /// Whether this link is one of them.
    pub(crate) fn is_active(&self, id: LinkId) -> bool {
        self.links.get(&id).is_some_and(Link::counts)
    }

    /// A node was heard on the local link.
    pub(crate) fn found(&mut self, now: Millis, peer: &Peer, at: Vec<String>, out: &mut Out<'_>) {
        let contact = Contact { peer: peer.clone().into(), addresses: at };
        self.learn(now, &contact, true, out);
    }

    fn learn(&mut self, now: Millis, contact: &Contact, near: bool, out: &mut Out<'_>) {
        let linked = linked(&self.links);
        if self.passive.learn(now, contact, near, &linked, out.rng)
            && below(out.rng, self.passive.len()) < GREETERS
            && self.greet.len() < KNOWN_MAX
        {
            self.greet.insert(contact.peer.to_vec());
        }
    }

    /// No address led to a link.
    pub(crate) fn unreached(&mut self, now: Millis, peer: &Peer, out: &mut Out<'_>) {
        self.dialling.remove(peer);
        self.greet.remove(peer);
        self.passive.failed(now, peer, out.rng);
    }

    /// A link stands. `kept`: somebody here asked for it by address.
    pub(crate) fn link_up(
        &mut self,
        now: Millis,
        id: LinkId,
        peer: Peer,
        opened: bool,
        kept: bool,
        out: &mut Out<'_>,
    ) {
        self.dialling.remove(&peer);
        self.greet.remove(&peer);
        let others = u8::try_from(self.active()).unwrap_or(u8::MAX);
        let message = Message::Neighbour(others, kept);
        out.actions.push(Action::Tell { link: id, message });
        let (closing, shares) = (false, false);
        // Where others came in the meantime, a dialled one is a visitor like whoever comes.
        let opened = opened && self.active() < self.most;
        let shuffles = (0, now);
        let link = Link { peer, kept, opened, others: None, closing, shares, since: now, shuffles };
        self.links.insert(id, link);
        self.shuffle_at.get_or_insert(Millis(now.0 + SHUFFLE_FIRST_MS));
    }

    /// A link is gone.
    pub(crate) fn link_down(&mut self, now: Millis, id: LinkId, out: &mut Out<'_>) {
        let Some(link) = self.links.remove(&id) else { return };
        if self.links.is_empty() {
            self.shuffle_at = None;
        }
        if link.closing || link.kept {
            return;
        }
        // Who let this one go, or vanished, may be needed again at once by a node without others.
        let alone = self.active() == 0;
        let stood = now.0.saturating_sub(link.since.0) >= LET_GO_MS;
        let rest = if alone || stood { 1_000 } else { LET_GO_MS };
        self.passive.rest(&link.peer, Millis(now.0 + rest + below(out.rng, 1_000) as u64));
    }

    /// A neighbour said something that is meant for this part; false where nobody would who keeps to
    /// the protocol.
    pub(crate) fn heard(
        &mut self,
        now: Millis,
        id: LinkId,
        message: Message,
        out: &mut Out<'_>,
    ) -> bool {
        match message {
            Message::Neighbour(others, kept) => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.others = Some(others);
                    link.kept |= kept;
                }
            }
            Message::Shuffle(contacts, answer) => {
                let most = self.shuffle_ms / 2;
                let Some(link) = self.links.get_mut(&id) else { return true };
                if now.0.saturating_sub(link.shuffles.1.0) >= most {
                    link.shuffles = (0, now);
                }
                link.shuffles.0 += 1;
                if !link.shares || link.shuffles.0 > SHUFFLES_MAX {
                    return false;
                }
                let peer = link.peer.clone();
                if !answer {
                    let contacts = self.contacts(&peer, out);
                    out.actions
                        .push(Action::Tell { link: id, message: Message::Shuffle(contacts, true) });
                }
                for contact in contacts.iter().take(SHUFFLED) {
                    self.learn(now, contact, false, out);
                }
            }
            _ => {}
        }
        true
    }

    /// Where there is one neighbour too many, lets one go: the newest, `id`, unless it has nobody
    /// else; then one of those who have most.
    fn make_room(&mut self, now: Millis, id: LinkId, out: &mut Out<'_>) {
        if self.active() <= self.most {
            return;
        }
        if self.links.get(&id).is_none_or(|link| link.others != Some(0)) {
            return self.let_go(now, id, "there are neighbours enough", out);
        }
        let others = |link: &Link| link.others.unwrap_or(u8::MAX);
        let rest = || self.links.iter().filter(|(other, link)| link.counts() && **other != id);
        let most = rest().map(|(_, link)| others(link)).max().unwrap_or(0);
        let best: Vec<LinkId> =
            rest().filter(|(_, link)| others(link) == most).map(|(other, _)| *other).collect();
        let goes = best.get(below(out.rng, best.len())).copied().unwrap_or(id);
        self.let_go(now, goes, "another node has no neighbour but this one", out);
    }

    fn let_go(&mut self, now: Millis, id: LinkId, why: &'static str, out: &mut Out<'_>) {
        if let Some(link) = self.links.get_mut(&id)
            && !std::mem::replace(&mut link.closing, true)
        {
            self.passive.rest(&link.peer, Millis(now.0 + LET_GO_MS));
            out.actions.push(Action::Close { link: id, why });
        }
    }

    /// A session ended over a link, and showed how many communities are shared, and how many of
    /// these are open to all. Only now a link
    /// that the other end opened counts: strangers displace nobody.
    pub(crate) fn session_ended(
        &mut self,
        now: Millis,
        id: LinkId,
        (shared, open): (u32, u32),
        out: &mut Out<'_>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let first = !std::mem::replace(&mut link.shares, shared > 0) && shared > 0;
        let (peer, kept) = (link.peer.clone(), link.kept);
        self.passive.met(&peer, shared > 0, open > 0);
        if kept {
            return;
        }
        if shared == 0 {
            self.let_go(now, id, "no community is shared", out);
            self.passive.rest(&peer, Millis(now.0 + STRANGER_MS));
        } else if first {
            self.make_room(now, id, out);
        }
    }

    /// So many communities are held here: where that has changed, nobody is a stranger for sure.
    pub(crate) fn communities_held(&mut self, now: Millis, held: usize) {
        if std::mem::replace(&mut self.held, held) != held {
            self.passive.forgive(now);
        }
    }

    /// What [`Action::Save`] carried before a restart.
    pub(crate) fn restore(&mut self, now: Millis, bytes: &[u8], rng: &mut dyn Rng) {
        self.passive.restore(now, bytes, rng);
    }

    fn contacts(&self, except: &Peer, out: &mut Out<'_>) -> Vec<Contact> {
        let mut contacts = self.passive.sample(SHUFFLED + 1, out.rng);
        contacts.retain(|contact| contact.peer.as_slice() != except.as_slice());
        contacts.truncate(SHUFFLED);
        contacts
    }

    /// Does what is due. Call it after everything else, and at least once a second.
    pub(crate) fn decide(&mut self, now: Millis, out: &mut Out<'_>) {
        self.dial(now, out);
        if self.shuffle_at.is_some_and(|at| at <= now) {
            self.shuffle_at = Some(Millis(now.0 + self.shuffle_ms));
            let share: Vec<LinkId> =
                self.links.iter().filter(|(_, link)| link.shares).map(|(id, _)| *id).collect();
            if let Some(id) = share.get(below(out.rng, share.len()))
                && let Some(link) = self.links.get(id)
            {
                let contacts = self.contacts(&link.peer, out);
                let message = Message::Shuffle(contacts, false);
                out.actions.push(Action::Tell { link: *id, message });
            }
        }
        if now.0 >= self.saved_at.0 + SAVE_MS
            && let Some(bytes) = self.passive.take_changed()
        {
            self.saved_at = now;
            out.actions.push(Action::Save(bytes));
        }
    }

    /// When [`Neighbours::decide`] may have something to do.
    pub(crate) fn due(&self, now: Millis) -> Option<Millis> {
        let few = self.active() + self.dialling.len() < WANTED.min(self.most);
        let greets = (!self.greet.is_empty()).then_some(now);
        let known = few.then(|| self.passive.ready_at(&linked(&self.links))).flatten();
        let dials = greets.into_iter().chain(known).min().filter(|_| self.looks);
        let dials = dials.map(|at| at.max(self.next_dial).max(Millis(now.0 + PACE_MS)));
        let saves = self.passive.is_changed().then(|| Millis(self.saved_at.0 + SAVE_MS));
        dials.into_iter().chain(self.shuffle_at).chain(saves).min()
    }

    fn dial(&mut self, now: Millis, out: &mut Out<'_>) {
        self.dialling.retain(|_, since| now.0.saturating_sub(since.0) < DIAL_MS_MAX);
        let (active, pending) = (self.active(), self.dialling.len());
        if !self.looks || active + pending >= self.most {
            // They know of this node; who needs it will come.
            self.greet.clear();
            return;
        }
        if active + pending >= WANTED && self.greet.is_empty() {
            return;
        }
        // With nobody at all the first one heard is dialled at once.
        if active + pending > 0 && now < self.next_dial {
            return;
        }
        let mut except = linked(&self.links);
        except.extend(self.dialling.keys());
        let chosen = if active + pending < WANTED.min(self.most) {
            self.passive.choose(now, &except, out.rng)
        } else {
            let newcomer = self.greet.pop_first().filter(|peer| !except.contains(peer));
            newcomer.and_then(|peer| {
                let contact = self.passive.contact(&peer)?;
                Some((peer, contact.addresses))
            })
        };
        if let Some((peer, addresses)) = chosen {
            self.greet.remove(&peer);
            self.next_dial = Millis(now.0 + PACE_MS + below(out.rng, 500) as u64);
            self.dialling.insert(peer.clone(), now);
            out.actions.push(Action::Dial { peer, addresses });
        }
    }
}
