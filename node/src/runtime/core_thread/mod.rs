//! The core thread: events in, effects out.

mod accounts;
mod waiting;

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};

use baro_crdt::ids::Millis;
use bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc;

use super::Command;
use super::ledger::{Ledger, Way};
use super::store_thread::Job;
use super::sync::Waiter;
use crate::api::Live;
use crate::core::{Class, Core, Effect, Event, LinkId};
use crate::net::{self, NetEvent, NetHandle, PeerName, SendRefused};
use crate::store::{Read, SqliteReader};
use accounts::BUDGET_SPENT;
use waiting::{Source, Waiting};

/// How often the core looks at the time while something is under way.
const TICK_BUSY: Duration = Duration::from_millis(25);
/// How often it does when nothing is.
const TICK_IDLE: Duration = Duration::from_secs(1);
/// The most bytes of frames that wait here for room on one link.
const BACKLOG_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The most addresses of which it is remembered that they do not answer.
const UNREACHED_MAX: usize = 64;

/// A link as the runtime sees it.
struct Wire {
    net: net::LinkId,
    peer: PeerName,
    address: String,
    uplink: bool,
    /// It stands for records and alerts.
    alerts_only: bool,
    source: Source,
    /// The core has done with it.
    closed: bool,
    since: Instant,
    backlog: VecDeque<Bytes>,
    backlog_bytes: usize,
}

/// All that the core thread owns.
pub(super) struct CoreThread {
    core: Core,
    reader: SqliteReader,
    net: NetHandle,
    jobs: SyncSender<Job>,
    waiting: Waiting,
    started: Instant,
    links: BTreeMap<LinkId, Wire>,
    numbers: BTreeMap<net::LinkId, LinkId>,
    next_link: u64,
    listen: Vec<String>,
    waiters: Vec<Waiter>,
    /// Addresses that are tried again and again, and why the last attempt failed.
    unreached: BTreeMap<String, String>,
    refused: BTreeMap<String, u64>,
    net_refused: BTreeMap<&'static str, u64>,
    bytes_sent: u64,
    bytes_received: u64,
    items_received: u64,
    items_received_held: u64,
    counted_at: Instant,
    ledger: Ledger,
    kept_at: Instant,
    /// Sent and received since the start, by class.
    classes: BTreeMap<Class, [u64; 2]>,
}

impl CoreThread {
    pub(super) fn new(
        core: Core,
        reader: SqliteReader,
        net: NetHandle,
        jobs: SyncSender<Job>,
        ledger: Ledger,
    ) -> Self {
        Self {
            core,
            reader,
            net,
            jobs,
            waiting: Waiting::default(),
            started: Instant::now(),
            links: BTreeMap::new(),
            numbers: BTreeMap::new(),
            next_link: 0,
            listen: Vec::new(),
            waiters: Vec::new(),
            unreached: BTreeMap::new(),
            refused: BTreeMap::new(),
            net_refused: BTreeMap::new(),
            bytes_sent: 0,
            bytes_received: 0,
            items_received: 0,
            items_received_held: 0,
            counted_at: Instant::now(),
            ledger,
            kept_at: Instant::now(),
            classes: BTreeMap::new(),
        }
    }

    pub(super) async fn run(
        mut self,
        mut events: mpsc::Receiver<NetEvent>,
        mut results: mpsc::Receiver<Event>,
        mut commands: mpsc::Receiver<Command>,
    ) {
        self.remember_tickets();
        loop {
            let busy = self.core.is_busy() || !self.waiting.is_empty();
            let tick = if busy { TICK_BUSY } else { TICK_IDLE };
            tokio::select! {
                biased;
                Some(event) = results.recv() => self.handle(event),
                command = commands.recv() => match command {
                    Some(Command::Stop) | None => break,
                    Some(command) => self.command(command).await,
                },
                Some(event) = events.recv() => self.net_event(event),
                () = tokio::time::sleep(tick) => self.handle(Event::Tick),
            }
            self.hand_over_jobs();
            self.count_refused();
            self.keep_accounts();
        }
        self.flush_refused();
        self.flush_accounts();
        self.hand_over_jobs();
        self.net.shutdown().await;
    }

    fn now(&self) -> Millis {
        Millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn handle(&mut self, event: Event) {
        match &event {
            Event::Committed { group, outcome } => {
                self.items_received += outcome.items;
                self.items_received_held += outcome.items_held;
                self.waiting.done(*group);
            }
            Event::CommitFailed { group, .. } => self.waiting.done(*group),
            _ => {}
        }
        let effects = match self.reader.snapshot() {
            Ok(snapshot) => self.core.handle(self.now(), event, &snapshot),
            Err(error) => {
                tracing::error!(%error, "the store could not be read");
                return;
            }
        };
        for effect in effects {
            match effect {
                Effect::Send { link, frame, class } => {
                    self.account(link, class, Way::Sent, frame.len());
                    self.send(link, frame);
                }
                Effect::Heard { link, bytes, class } => {
                    self.account(link, class, Way::Received, bytes);
                }
                Effect::Commit { group, batch } => {
                    let link = self.core.link_of(group).and_then(|link| self.links.get(&link));
                    let source = link.map(|wire| wire.source).unwrap_or_default();
                    self.waiting.batch(source, group, batch);
                }
                Effect::Close { link, why } => {
                    if let Some(wire) = self.links.get_mut(&link) {
                        tracing::info!(peer = %wire.peer, why, "closing a link");
                        wire.closed = true;
                        self.net.close(wire.net, why);
                    }
                }
                Effect::Dial { peer, addresses } => self.reach(&peer, &addresses),
                Effect::Shares { link } => {
                    if let Some(wire) = self.links.get(&link) {
                        self.net.befriend(wire.peer);
                    }
                }
                Effect::SessionEnded { link, stats } => self.session_ended(link, &stats),
                Effect::Refused { link, reason } => {
                    let peer = self.links.get(&link).map(|wire| wire.peer.to_string());
                    tracing::info!(peer, reason, "refused");
                    *self.refused.entry(reason).or_default() += 1;
                }
            }
        }
        self.answer_waiters();
        self.hand_over_jobs();
    }

    /// Tells the core of the nodes whose addresses stood in the tickets of this device's persons.
    fn remember_tickets(&mut self) {
        let rows = self.reader.snapshot().and_then(|read| read.local_prefix("addresses/"));
        let mut told: BTreeMap<PeerName, Vec<String>> = BTreeMap::new();
        for (_, value) in rows.unwrap_or_default() {
            for line in String::from_utf8_lossy(&value).lines() {
                let address = line.parse::<net::Address>().ok();
                if let Some(peer) = address.and_then(|address| address.peer()) {
                    told.entry(peer).or_default().push(line.to_owned());
                }
            }
        }
        told.remove(&self.net.peer());
        for (peer, addresses) in told {
            self.handle(Event::Found { peer: peer.to_bytes(), addresses });
        }
    }

    /// Tries to link with a peer that the core has chosen.
    fn reach(&mut self, peer: &[u8], addresses: &[String]) {
        let addresses = addresses.iter().filter_map(|text| text.parse().ok()).collect();
        let asked = PeerName::from_bytes(peer).is_ok_and(|peer| self.net.reach(peer, addresses));
        if !asked {
            // The core gives up waiting by itself.
            tracing::debug!("too many peers are to be reached at once");
        }
    }

    /// Gives the store thread what it has room for; the rest waits here, bounded by the windows
    /// of the sessions it belongs to.
    fn hand_over_jobs(&mut self) {
        let jobs = &self.jobs;
        self.waiting.hand_over(|job| match jobs.try_send(job) {
            // Nobody takes it any more when the node stops.
            Ok(()) | Err(TrySendError::Disconnected(_)) => None,
            Err(TrySendError::Full(job)) => Some(job),
        });
    }

    fn send(&mut self, link: LinkId, frame: Vec<u8>) {
        let Some(wire) = self.links.get_mut(&link) else { return };
        let frame = Bytes::from(frame);
        self.bytes_sent += frame.len() as u64;
        if !wire.backlog.is_empty() {
            wire.backlog_bytes += frame.len();
            wire.backlog.push_back(frame);
            if wire.backlog_bytes > BACKLOG_BYTES_MAX {
                self.net.close(wire.net, "the other node does not take what it is sent");
            }
            return;
        }
        if self.net.send(wire.net, frame.clone()) == Err(SendRefused::Full) {
            wire.backlog_bytes += frame.len();
            wire.backlog.push_back(frame);
        }
    }

    fn net_event(&mut self, event: NetEvent) {
        match event {
            NetEvent::Listening(address) => {
                let address = address.to_string();
                if !self.listen.contains(&address) {
                    tracing::info!(address, "listening");
                    self.listen.push(address);
                }
            }
            NetEvent::ListenEnded(address) => {
                tracing::info!(%address, "no longer listening");
                let address = address.to_string();
                self.listen.retain(|there| *there != address);
            }
            NetEvent::ListenFailed { address, why } => {
                let address = address.map(|address| address.to_string());
                tracing::error!(address, why, "cannot listen");
            }
            NetEvent::LinkUp { link: net, peer, initiator, address, uplink, mut kept } => {
                if uplink && self.ledger.left(&address.to_string()) == Some(0) {
                    self.net.close(net, BUDGET_SPENT);
                    return self.rest_uplinks();
                }
                tracing::info!(%peer, %address, initiator, "a link stands");
                self.unreached.remove(&address.to_string());
                let link = LinkId(self.next_link);
                self.next_link += 1;
                for waiter in self.waiters.iter_mut().filter(|waiter| waiter.link.is_none()) {
                    if waiter.address == address || waiter.address.peer().as_ref() == Some(&peer) {
                        waiter.link = Some(link);
                        waiter.own_link = true;
                        kept = true;
                    }
                }
                let (local, remote) = (self.net.peer().to_bytes(), peer.to_bytes());
                self.numbers.insert(net, link);
                let place = address.place();
                let alerts_only = uplink && self.ledger.is_for_alerts_only(&address.to_string());
                let wire = Wire {
                    net,
                    peer,
                    address: address.to_string(),
                    uplink,
                    alerts_only,
                    source: Source::link(link, place),
                    closed: false,
                    since: Instant::now(),
                    backlog: VecDeque::new(),
                    backlog_bytes: 0,
                };
                self.links.insert(link, wire);
                if uplink && self.ledger.is_metered() {
                    self.handle(Event::Metered { link, alerts_only });
                }
                self.handle(Event::LinkUp { link, initiator, local, remote, kept });
                if let Some(place) = place {
                    self.handle(Event::Place { link, place: place.to_vec() });
                }
            }
            NetEvent::Frame { link: net, frame, turn } => {
                self.bytes_received += frame.len() as u64;
                let link = self.numbers.get(&net).copied();
                let closed = |link| self.links.get(&link).is_none_or(|wire| wire.closed);
                if let Some(link) = link.filter(|link| !closed(*link)) {
                    let since = Instant::now();
                    self.handle(Event::Frame { link, frame });
                    self.net.charge(net, since.elapsed());
                    if let Some(wire) = self.links.get(&link) {
                        self.waiting.handled(wire.source, turn);
                    }
                }
            }
            NetEvent::Room { link } => {
                let Some(wire) = self.numbers.get(&link).and_then(|link| self.links.get_mut(link))
                else {
                    return;
                };
                while let Some(frame) = wire.backlog.pop_front() {
                    if self.net.send(wire.net, frame.clone()) == Err(SendRefused::Full) {
                        wire.backlog.push_front(frame);
                        return;
                    }
                    wire.backlog_bytes -= frame.len();
                }
            }
            NetEvent::LinkDown { link: net, why, .. } => {
                let Some(link) = self.numbers.remove(&net) else { return };
                if let Some(wire) = self.links.remove(&link) {
                    tracing::info!(peer = %wire.peer, %why, "a link is over");
                }
                self.take_waiters(|waiter| waiter.link == Some(link))
                    .into_iter()
                    .for_each(|waiter| waiter.cut(why.to_string()));
                self.handle(Event::LinkDown { link });
            }
            NetEvent::Found { peer, addresses } => {
                tracing::debug!(%peer, ?addresses, "heard on the local link");
                let addresses = addresses.iter().map(ToString::to_string).collect();
                self.handle(Event::Found { peer: peer.to_bytes(), addresses });
            }
            NetEvent::Lost { peer } => tracing::debug!(%peer, "no more heard on the local link"),
            NetEvent::Unreached { peer, why } => {
                tracing::debug!(%peer, why, "not reached");
                self.handle(Event::Unreached { peer: peer.to_bytes() });
            }
            NetEvent::DialFailed { address, why, retry_in } => {
                tracing::info!(%address, why, ?retry_in, "not reached");
                if retry_in.is_some() {
                    if self.unreached.len() < UNREACHED_MAX {
                        self.unreached.insert(address.to_string(), why);
                    }
                    return;
                }
                let linked = address.peer().and_then(|peer| {
                    self.links.iter().find(|(_, wire)| wire.peer == peer).map(|(link, _)| *link)
                });
                for mut waiter in self.take_waiters(|w| w.link.is_none() && w.address == address) {
                    match linked {
                        Some(link) => {
                            waiter.link = Some(link);
                            self.waiters.push(waiter);
                            self.handle(Event::Wish { link });
                        }
                        None => waiter.unreachable(why.clone()),
                    }
                }
            }
        }
    }

    fn take_waiters(&mut self, mut which: impl FnMut(&Waiter) -> bool) -> Vec<Waiter> {
        self.waiters.extract_if(.., |waiter| which(waiter)).collect()
    }

    fn session_ended(&mut self, link: LinkId, stats: &crate::core::SessionStats) {
        tracing::info!(
            sent = stats.items_sent,
            received = stats.items_received,
            bytes_sent = stats.bytes_sent,
            bytes_received = stats.bytes_received,
            round_trips = stats.round_trips,
            millis = stats.millis,
            equal = stats.equal,
            "a session ended"
        );
        if let Some(wire) = self.links.get(&link)
            && !stats.communities.is_empty()
        {
            let (peer, communities) = (wire.peer.to_string(), stats.communities.clone());
            self.waiting.push(Job::Heard { peer, communities });
        }
        self.waiters
            .iter_mut()
            .filter(|waiter| waiter.link == Some(link))
            .for_each(|waiter| waiter.add(stats));
    }

    /// Answers those whose session is over, once the blobs are through as well.
    fn answer_waiters(&mut self) {
        let core = &self.core;
        let over = |waiter: &mut Waiter| {
            waiter.ended && waiter.link.is_some_and(|link| !core.link_is_busy(link))
        };
        let done: Vec<Waiter> = self.waiters.extract_if(.., over).collect();
        for waiter in done {
            if waiter.own_link
                && let Some(wire) = waiter.link.and_then(|link| self.links.get(&link))
            {
                self.net.close(wire.net, "the session that was asked for is over");
            }
            waiter.done();
        }
    }

    async fn command(&mut self, command: Command) {
        match command {
            Command::Sync { address, reply } => {
                self.waiters.push(Waiter::new(address.clone(), reply));
                self.net.dial(address).await;
            }
            Command::Live { reply } => {
                // Whoever asked may have gone away.
                let _ = reply.send(self.live());
            }
            Command::Changed(news) => self.handle(Event::Changed { news }),
            Command::Stop => {}
        }
    }

    fn live(&self) -> Live {
        let (gossip, fetch) = (self.core.gossip_stats(), self.core.fetch_stats());
        Live {
            listen: self.listen.clone(),
            peers: self
                .links
                .iter()
                .map(|(link, wire)| {
                    json!({
                        "peer_id": wire.peer.to_string(),
                        "address": wire.address,
                        "uplink": wire.uplink,
                        "neighbour": self.core.is_neighbour(*link),
                        "seconds": wire.since.elapsed().as_secs(),
                    })
                })
                .collect(),
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            items_received: self.items_received,
            items_received_held: self.items_received_held,
            runs_sent: gossip.runs_sent,
            runs_received: gossip.runs_received,
            runs_again: gossip.runs_again,
            blob_bytes_received: fetch.bytes_received,
            blob_bytes_again: fetch.bytes_again,
            unreached: self.unreached.clone(),
            spent: Some(self.ledger.json()),
            metered: self.ledger.is_metered(),
            by_class: self.classes.iter().map(|(class, sum)| (class.word(), *sum)).collect(),
        }
    }
}
