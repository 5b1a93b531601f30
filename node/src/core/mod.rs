//! The core: all that a node decides on the network, as a pure machine behind one door.
//!
//! [`Core::handle`] takes the time, an [`Event`] and a view of the store, and answers with
//! [`Effect`]s: frames to send, batches to commit, links to close. It never writes; a batch comes
//! back as [`Event::Committed`] or [`Event::CommitFailed`], and whatever depends on it
//! (acknowledgements, answers) waits here until then. It has a seeded generator, ordered
//! containers and no clock, so a seed replays.
//!
//! One **session** at a time runs over a link: hello, records, logs, transfer (`session`). The
//! side that opened the link begins it; the other asks for one when it has news. A session ends
//! when both sides have made durable all that came; what changed meanwhile begins another.
//!
//! The driver's loop: give every event to `handle`, carry out the effects in order, and call it
//! with [`Event::Tick`] at least once a second, or when [`Core::due`] says.

mod bounds;
mod due;
mod event;
mod fetch;
#[cfg(feature = "liar")]
pub mod liar;
mod live;
pub(crate) mod message;
pub(crate) mod names;
mod neighbours;
mod parcels;
mod pipe;
mod session;
mod traffic;
mod window;

use std::collections::BTreeMap;

use baro_crdt::ids::{CommunityId, Millis, PersonId};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::epochs::Rolls;
use crate::ingest::Ingest;
use crate::replica::Refusal;
use crate::store::{Read, Way};
pub use bounds::OverBound;
pub use event::{Effect, Event, GroupId, LinkId};
pub use fetch::FetchStats;
pub use live::GossipStats;
use message::Message;
pub use message::VERSIONS;
pub use neighbours::NEIGHBOURS_MAX;
use neighbours::{Neighbours, Noted};
use pipe::Pipe;
pub use pipe::{FRAME_BYTES_MAX, MESSAGE_BYTES_MAX};
pub use session::SessionStats;
use session::{Session, Turn};
pub use traffic::Class;
use traffic::class_of;

/// The most links at once; one more is closed.
pub const LINKS_MAX: usize = 256;
/// A session in which nothing arrives for so long is given up, in milliseconds.
const SILENCE_MS_MAX: u64 = 60_000;
/// How long a link rests between two sessions, in milliseconds, so that a burst of news is one.
const REST_MS: u64 = 50;
/// How long it rests where nothing is shared: a hello reads every community here, and a stranger
/// may ask for one after the other.
const STRANGER_REST_MS: u64 = 1_000;

struct Link {
    pipe: Pipe,
    initiator: bool,
    local: Vec<u8>,
    remote: Vec<u8>,
    session: Option<Box<Session>>,
    /// Something changed since the last session began.
    news: bool,
    /// The responder asked for a session it has not got yet.
    asked: bool,
    heard_at: Millis,
    rest_until: Millis,
    /// Compare whole lists in the next session.
    lists: bool,
    /// This side's digests when a session of whole lists ended unequal: something is refused, and
    /// no use to try the same again.
    stuck: Option<session::Unequal>,
    /// The same after a session with sketches: tried again with fresh nonces and whole lists.
    doubtful: Option<session::Unequal>,
    /// The communities that both hold, as far as sessions have told.
    sides: BTreeMap<live::Tag, Box<live::Side>>,
    /// Who has proven to be a member, of the members-only communities among them.
    met: BTreeMap<CommunityId, PersonId>,
    allowance: live::Allowance,
    flow: Box<fetch::Flow>,
    /// Records and alerts only go over it, as one side or the other has said.
    alerts_only: bool,
    /// When something live last went over it that no session has confirmed.
    active_at: Option<Millis>,
    /// By which way it brings parcels.
    place: Way,
    /// The session under way has come to what is less urgent than parcels.
    past_official: bool,
    /// Live items that only a liar or a broken program sends.
    bad: u32,
}

/// The pure part of a running node.
pub struct Core {
    rng: ChaCha20Rng,
    ingest: Box<dyn Ingest>,
    links: BTreeMap<LinkId, Link>,
    groups: BTreeMap<GroupId, LinkId>,
    next_group: u64,
    neighbours: Neighbours,
    gossip: live::Gossip,
    fetching: fetch::Fetching,
    /// The links that cost money here, and whether what is left of it is kept for alerts.
    metered: BTreeMap<LinkId, bool>,
    parcels: parcels::Parcels,
    /// Who is a member where only members are met.
    rolls: Rolls,
}

impl Core {
    /// A core with this seed for its nonces and this door for what strangers send.
    pub fn new(seed: [u8; 32], ingest: Box<dyn Ingest>) -> Self {
        Self {
            rng: ChaCha20Rng::from_seed(seed),
            ingest,
            links: BTreeMap::new(),
            groups: BTreeMap::new(),
            next_group: 0,
            gossip: live::Gossip::default(),
            neighbours: Neighbours::new(NEIGHBOURS_MAX),
            fetching: fetch::Fetching::default(),
            metered: BTreeMap::new(),
            parcels: parcels::Parcels::default(),
            rolls: Rolls::default(),
        }
    }

    /// What live gossip counted since this core began.
    pub fn gossip_stats(&self) -> GossipStats {
        self.gossip.stats
    }

    /// What fetching blobs counted since this core began.
    pub fn fetch_stats(&self) -> FetchStats {
        self.fetching.stats
    }

    /// Whether any session is under way or a batch is on its way into the store.
    pub fn is_busy(&self) -> bool {
        !self.groups.is_empty()
            || self.gossip.is_waiting()
            || self.fetching.is_waiting()
            || self.links.values().any(|link| {
                link.session.is_some() || link.news || link.asked || Self::parcels_open(link)
            })
    }

    /// Whether a session is under way over a link, or about to be, or blobs are.
    pub fn link_is_busy(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| {
            link.session.is_some()
                || link.news
                || link.asked
                || link.flow.is_open()
                || Self::parcels_open(link)
        })
    }

    /// The one door. `read` must show every batch that was answered with `Committed`.
    pub fn handle(&mut self, now: Millis, event: Event, read: &dyn Read) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut noted = Noted::of(&event);
        match event {
            Event::LinkUp { link, initiator, local, remote, .. } => {
                if self.links.len() >= LINKS_MAX {
                    let why = "too many neighbours at once".to_owned();
                    effects.push(Effect::Close { link, why });
                    return effects;
                }
                let place = parcels::way_of(&remote);
                self.links.insert(
                    link,
                    Link {
                        pipe: Pipe::new(),
                        initiator,
                        local,
                        remote,
                        session: None,
                        news: initiator,
                        asked: false,
                        heard_at: now,
                        rest_until: now,
                        lists: false,
                        stuck: None,
                        doubtful: None,
                        sides: BTreeMap::new(),
                        met: BTreeMap::new(),
                        allowance: live::Allowance::new(now),
                        flow: Box::new(fetch::Flow::new(now)),
                        alerts_only: self.metered.get(&link).is_some_and(|only| *only),
                        active_at: None,
                        place,
                        past_official: false,
                        bad: 0,
                    },
                );
                // Who this is comes before the first session.
                let noted = std::mem::replace(&mut noted, Noted::Nothing);
                self.note(now, noted, read, &mut effects);
                self.start_sessions(now, read, &mut effects);
            }
            Event::Frame { link, frame } => {
                self.frame(now, link, &frame, read, &mut effects);
                self.start_sessions(now, read, &mut effects);
                self.fetch_on(now, read, &mut effects);
                self.parcels_on(now, read, &mut effects);
            }
            Event::LinkDown { link } => {
                self.metered.remove(&link);
                self.release_asks(link);
                if let Some(gone) = self.links.remove(&link) {
                    self.feed_again(&gone);
                }
            }
            Event::Found { .. } | Event::Unreached { .. } => {}
            Event::Committed { group, outcome } => {
                self.gossip.ended(group);
                self.parcels_committed(group);
                if let Some(from) = self.groups.remove(&group) {
                    for taken in &outcome.taken {
                        if let crate::replica::Taken::Refused(refusal) = taken {
                            let reason = refusal.counted();
                            effects.push(Effect::Refused { link: from, reason });
                        }
                    }
                    if let Some(link) = self.links.get_mut(&from) {
                        link.flow.brought |= !outcome.news.blobs_wanted.is_empty();
                    }
                    self.slice_committed(now, group, &outcome);
                    self.blobs_news(now, &outcome.news);
                    // Before the session may end: then both know what is still to be fetched.
                    self.fetch_on(now, read, &mut effects);
                    self.on_link(now, from, read, &mut effects, |session, turn| {
                        session.committed(turn, group, &outcome)
                    });
                    self.cut_off(&outcome.news, read, &mut effects);
                    self.spread(now, &outcome.news, Some(from), read, &mut effects);
                    self.spread_parcels(now, &outcome.news, &mut effects);
                }
                self.start_sessions(now, read, &mut effects);
                self.parcels_on(now, read, &mut effects);
            }
            Event::CommitFailed { group, error } => {
                self.gossip.ended(group);
                self.fetching.failed(group);
                self.parcels_committed(group);
                if let Some(link) = self.groups.remove(&group) {
                    self.close(link, error.to_string(), &mut effects);
                }
            }
            Event::Changed { news } => {
                self.cut_off(&news, read, &mut effects);
                self.spread(now, &news, None, read, &mut effects);
                self.spread_parcels(now, &news, &mut effects);
                self.blobs_news(now, &news);
                self.start_sessions(now, read, &mut effects);
                self.fetch_on(now, read, &mut effects);
            }
            Event::Metered { link, alerts_only } => {
                self.metered.insert(link, alerts_only);
            }
            Event::Place { link, place } => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.place = parcels::way_of(&place);
                }
            }
            Event::Wish { link } => {
                if let Some(link) = self.links.get_mut(&link) {
                    link.news = true;
                }
                self.start_sessions(now, read, &mut effects);
            }
            Event::Tick => {
                let silent: Vec<LinkId> = self
                    .links
                    .iter()
                    .filter(|(_, link)| {
                        link.session.is_some()
                            && now.0.saturating_sub(link.heard_at.0) > SILENCE_MS_MAX
                    })
                    .map(|(id, _)| *id)
                    .collect();
                for link in silent {
                    self.close(link, "nothing was heard for a minute".into(), &mut effects);
                }
                self.live_tick(now, &mut effects);
                self.start_sessions(now, read, &mut effects);
                self.fetch_on(now, read, &mut effects);
                self.parcels_on(now, read, &mut effects);
            }
        }
        self.note(now, noted, read, &mut effects);
        effects
    }

    /// The link that a batch under way came over.
    pub fn link_of(&self, group: GroupId) -> Option<LinkId> {
        self.groups.get(&group).copied()
    }

    fn close(&mut self, link: LinkId, why: String, effects: &mut Vec<Effect>) {
        self.release_asks(link);
        if let Some(gone) = self.links.remove(&link) {
            effects.push(Effect::Close { link, why });
            self.feed_again(&gone);
        }
    }

    fn frame(
        &mut self,
        now: Millis,
        id: LinkId,
        frame: &[u8],
        read: &dyn Read,
        effects: &mut Vec<Effect>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.heard_at = now;
        let message = match link.pipe.read(frame) {
            Ok(message) => message,
            Err(error) => {
                let reason = error.counted().to_owned();
                effects.push(Effect::Refused { link: id, reason });
                return self.close(id, error.to_string(), effects);
            }
        };
        let class = class_of(read, link.session.as_deref(), &message);
        effects.push(Effect::Heard { link: id, bytes: frame.len(), class });
        link.past_official |= link.session.is_some() && class >= Class::Debate;
        match message {
            Message::Neighbour(..) | Message::Shuffle(..) => {
                let mut fair = true;
                self.mingle(now, read, effects, |at, out| fair = at.heard(now, id, message, out));
                if !fair {
                    self.bad_live(id, "more lists of neighbours than anybody sends", effects);
                }
            }
            Message::Ask if link.initiator => link.asked = true,
            Message::Live(tag, live) => self.take_live(now, id, *tag, live, read, effects),
            Message::Fetch(tag, fetch) => self.take_fetch(now, id, *tag, fetch, read, effects),
            Message::Sealed(tag, said) => self.take_sealed(now, id, *tag, said, read, effects),
            Message::Hello(_) if link.session.is_none() && !link.initiator => {
                link.session = Some(Box::new(Session::respond(now)));
                link.past_official = false;
                link.news = false;
                link.active_at = None;
                self.on_link(now, id, read, effects, |session, turn| {
                    session.heard(frame.len());
                    session.take(turn, message)
                });
            }
            // The end of a session that this side has given up already.
            message if link.session.is_none() => {
                if !matches!(message, Message::Ack(..)) {
                    let reason = "a message outside a session".to_owned();
                    effects.push(Effect::Refused { link: id, reason: reason.clone() });
                    self.close(id, reason, effects);
                }
            }
            message => {
                self.on_link(now, id, read, effects, |session, turn| {
                    session.heard(frame.len());
                    session.take(turn, message)
                });
            }
        }
    }

    /// Runs a step of a link's session, and ends the session or the link where the step says so.
    fn on_link(
        &mut self,
        now: Millis,
        id: LinkId,
        read: &dyn Read,
        effects: &mut Vec<Effect>,
        step: impl FnOnce(&mut Session, &mut Turn<'_>) -> Result<(), session::Broken>,
    ) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(session) = &mut link.session else { return };
        let mut turn = Turn {
            read,
            rng: &mut self.rng,
            ingest: &mut *self.ingest,
            rolls: &mut self.rolls,
            effects,
            link: id,
            pipe: &mut link.pipe,
            initiator: link.initiator,
            local: &link.local,
            remote: &link.remote,
            groups: &mut self.groups,
            next_group: &mut self.next_group,
            lists: link.lists,
            metered: self.metered.contains_key(&id),
            alerts_only: link.alerts_only,
            now,
        };
        let step = step(session, &mut turn);
        let shared = session.take_shared();
        link.alerts_only |= session.is_of_alerts_only();
        match step {
            Ok(()) if session.is_over() => {
                let stats = session.stats(now);
                let unequal = session.unequal();
                link.session = None;
                link.pipe.end_session();
                let rest = if stats.shared == 0 { STRANGER_REST_MS } else { REST_MS };
                link.rest_until = Millis(now.0 + rest);
                link.lists = false;
                match unequal {
                    Some(ours) if link.stuck.as_ref() == Some(&ours) => {}
                    Some(ours) => {
                        link.lists = link.doubtful.as_ref() == Some(&ours);
                        let tried = if link.lists { &mut link.stuck } else { &mut link.doubtful };
                        *tried = Some(ours);
                        link.news |= link.initiator;
                    }
                    None => {
                        link.stuck = None;
                        link.doubtful = None;
                    }
                }
                let shared = (stats.shared, stats.open);
                effects.push(Effect::SessionEnded { link: id, stats });
                self.mingle(now, read, effects, |at, out| at.session_ended(now, id, shared, out));
            }
            Ok(()) => {}
            Err(broken) => {
                let why = broken.to_string();
                if broken.is_theirs() {
                    effects.push(Effect::Refused { link: id, reason: broken.counted() });
                }
                self.close(id, why, effects);
            }
        }
        if let Some(shared) = shared {
            if !shared.shared.is_empty() {
                effects.push(Effect::Shares { link: id });
            }
            self.share_live(now, id, shared, read, effects);
        }
    }

    /// Begins a session wherever there is news and a link is free.
    fn start_sessions(&mut self, now: Millis, read: &dyn Read, effects: &mut Vec<Effect>) {
        let ready: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, link)| {
                link.session.is_none() && (link.news || link.asked) && now >= link.rest_until
            })
            .map(|(id, _)| *id)
            .collect();
        for id in ready {
            let Some(link) = self.links.get_mut(&id) else { continue };
            link.news = false;
            link.active_at = None;
            if link.initiator {
                link.asked = false;
                link.heard_at = now;
                link.session = Some(Box::new(Session::begin(now)));
                link.past_official = false;
                self.on_link(now, id, read, effects, |session, turn| session.hello(turn));
            } else {
                let frame = link.pipe.plain(&Message::Ask);
                effects.push(Effect::Send { link: id, frame, class: Class::Protocol });
            }
        }
    }
}

impl Refusal {
    /// What is counted: without what the other side can choose.
    pub fn counted(&self) -> String {
        match self {
            Refusal::BadEntry(_) => "an entry that breaks a rule".to_owned(),
            other => other.to_string(),
        }
    }

    /// Whether only a dishonest or broken peer sends such a thing.
    pub const fn is_hostile(&self) -> bool {
        matches!(self, Refusal::BadEntry(_) | Refusal::BadRecord)
    }
}
