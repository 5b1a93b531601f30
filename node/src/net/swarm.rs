//! The driver: the one task that owns libp2p's swarm. It dials, listens, and reports what
//! concerns no single link; `linking.rs` holds what it does with connections and streams.
//!
//! It never waits for the node: its own events go through a bounded outbox, and links send theirs
//! themselves.

use std::{
    collections::{BTreeMap, VecDeque},
    error::Error,
    io::{self, ErrorKind},
    iter,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use libp2p::{
    Multiaddr, Swarm,
    core::transport::ListenerId,
    dcutr, identify,
    multiaddr::Protocol,
    noise,
    swarm::{ConnectionId, DialError, ListenError, SwarmEvent, dial_opts::DialOpts},
};
use rand_chacha::ChaCha8Rng;
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep_until, timeout},
};

use super::{
    Address, LinkId, NetEvent, NetLimits, PeerName,
    behaviour::{Behaviour, BehaviourEvent, Denied},
    discovery::{ADDRESSES_MAX, Heard},
    handle::Shared,
    link::Progress,
    linking::Contest,
    peers::{Asker, Peer},
    refusals::Refusal,
    targets::{Failed, Targets, Why},
};

/// Events of the driver that wait while the node is slow; beyond, the oldest goes.
const OUTBOX_MAX: usize = 256;
/// Notices from link tasks that wait; each task waits for its place.
const NOTICES_MAX: usize = 64;
/// How long the transports get to say goodbye at the very end.
const FAREWELL: Duration = Duration::from_millis(500);

/// What the handle asks for.
#[derive(Debug)]
pub(super) enum Command {
    Dial(Address),
    Reach(PeerName, Vec<Address>),
    Rest(Duration),
    Shutdown(oneshot::Sender<()>),
}

/// The task's state.
pub(super) struct Driver {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) me: PeerName,
    pub(super) limits: NetLimits,
    pub(super) shared: Arc<Shared>,
    pub(super) targets: Targets,
    pub(super) rng: ChaCha8Rng,
    pub(super) peers: BTreeMap<PeerName, Peer>,
    /// Dials under way.
    pub(super) dials: BTreeMap<ConnectionId, (Address, Asker)>,
    /// Peers that are to be reached once: the addresses that are left.
    pub(super) reaching: BTreeMap<PeerName, VecDeque<Address>>,
    pub(super) links_made: u64,
    /// Whether this node relays for others, and by whom it is relayed.
    pub(super) relays: bool,
    pub(super) reservations: BTreeMap<PeerName, ListenerId>,
    pub(super) events: mpsc::Sender<NetEvent>,
    outbox: VecDeque<NetEvent>,
    commands: mpsc::Receiver<Command>,
    pub(super) progress: mpsc::Sender<(PeerName, LinkId, Progress)>,
    progressed: mpsc::Receiver<(PeerName, LinkId, Progress)>,
    pub(super) contests: mpsc::Sender<Contest>,
    contested: mpsc::Receiver<Contest>,
    /// Set when everything is to end: until when links may take to end in good order.
    ending: Option<tokio::time::Instant>,
    done: Vec<oneshot::Sender<()>>,
}

impl Driver {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        limits: NetLimits,
        shared: Arc<Shared>,
        targets: Targets,
        rng: ChaCha8Rng,
        events: mpsc::Sender<NetEvent>,
        commands: mpsc::Receiver<Command>,
    ) -> Driver {
        let (progress, progressed) = mpsc::channel(NOTICES_MAX);
        let (contests, contested) = mpsc::channel(NOTICES_MAX);
        Driver {
            me: PeerName(*swarm.local_peer_id()),
            swarm,
            limits,
            shared,
            targets,
            rng,
            peers: BTreeMap::new(),
            dials: BTreeMap::new(),
            reaching: BTreeMap::new(),
            links_made: 0,
            relays: false,
            reservations: BTreeMap::new(),
            events,
            outbox: VecDeque::new(),
            commands,
            progress,
            progressed,
            contests,
            contested,
            ending: None,
            done: Vec::new(),
        }
    }

    /// Runs until the handle asks for the end or is dropped, or nobody reads events any more.
    pub(super) async fn run(mut self) {
        let events = self.events.clone();
        loop {
            if self.ending.is_none() {
                self.dial_due();
            } else if self.peers.values().all(|peer| peer.current.is_none()) {
                break;
            }
            self.look_around();
            let looking = self.swarm.behaviour().local.next_due();
            let due = self.targets.next_due().into_iter().chain(looking).min();
            let due = due.filter(|_| self.ending.is_none());
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm(event),
                Some((peer, link, progress)) = self.progressed.recv() =>
                    self.on_progress(peer, link, progress),
                Some(contest) = self.contested.recv() => self.on_contest(contest),
                command = self.commands.recv(), if self.ending.is_none() => match command {
                    Some(Command::Dial(address)) => self.dial(address, Asker::Once),
                    Some(Command::Rest(rest)) => self.targets.rest_uplinks(Instant::now() + rest),
                    Some(Command::Reach(peer, addresses)) => {
                        self.reaching.insert(peer, addresses.into());
                        self.reach(peer, "no address is known".to_owned());
                    }
                    Some(Command::Shutdown(done)) => { self.done.push(done); self.end(); }
                    None => self.end(),
                },
                permit = events.reserve(), if !self.outbox.is_empty() => {
                    if let (Ok(permit), Some(event)) = (permit, self.outbox.pop_front()) {
                        permit.send(event);
                    } else {
                        self.outbox.clear();
                    }
                }
                () = events.closed(), if self.ending.is_none() => self.end(),
                () = at(due.map(tokio::time::Instant::from_std)) => {}
                () = at(self.ending) => break,
            }
        }
        // Dropping the swarm cuts; closing first lets the transports tell the peers.
        let connected: Vec<_> = self.swarm.connected_peers().copied().collect();
        for peer in connected {
            // An error says that it is gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let _ = timeout(FAREWELL, async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        })
        .await;
        drop(self.swarm);
        for done in self.done {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    fn end(&mut self) {
        self.ending = Some(tokio::time::Instant::now() + self.limits.close_time);
        for peer in self.peers.values_mut() {
            // A link that is not up yet has nothing to hand over.
            peer.current.take_if(|current| !current.up);
        }
        self.shared.close_all("this node is stopping");
    }

    /// Whether everything is about to end, so that nothing new is begun.
    pub(super) fn ending_now(&self) -> bool {
        self.ending.is_some()
    }

    pub(super) fn emit(&mut self, event: NetEvent) {
        if self.outbox.len() >= OUTBOX_MAX {
            self.outbox.pop_front();
        }
        self.outbox.push_back(event);
    }

    /// Asks for nodes on the local link as often as having neighbours there makes sensible.
    fn look_around(&mut self) {
        let mut links = self.peers.values().filter_map(|at| at.current.as_ref());
        let alone = !links.any(|link| link.up && !link.uplink);
        let local = &mut self.swarm.behaviour_mut().local;
        local.set_alone(alone);
        local.tick(Instant::now());
    }

    /// A peer that came by itself says where it listens: of that, what is at the address it came
    /// from, so that nobody is sent to a third.
    fn on_identified(&mut self, peer: PeerName, connection: ConnectionId, listen: &[Multiaddr]) {
        if !self.swarm.behaviour().local.is_on() {
            return;
        }
        let at = self.peers.get(&peer).and_then(|at| at.connections.get(&connection));
        let Some(ip) = at.and_then(|at| at.address.ip()) else { return };
        let addresses: Vec<Address> = listen
            .iter()
            .map(|address| Address::from(address.clone()).with_peer(peer))
            .filter(|address| address.ip() == Some(ip))
            .take(ADDRESSES_MAX)
            .collect();
        if !addresses.is_empty() {
            self.on_heard(Heard::Found(peer, addresses));
        }
    }

    fn on_heard(&mut self, heard: Heard) {
        // Hints come again; what else waits for the node does not.
        if self.outbox.len() >= OUTBOX_MAX / 2 {
            return;
        }
        self.emit(match heard {
            Heard::Found(peer, addresses) => NetEvent::Found { peer, addresses },
            Heard::Lost(peer) => NetEvent::Lost { peer },
        });
    }

    fn dial_due(&mut self) {
        let peers = &self.peers;
        let linked = |peer| {
            peers.get(&peer).and_then(|at: &Peer| at.current.as_ref()).is_some_and(|at| at.up)
        };
        for (target, address) in self.targets.due(Instant::now(), linked) {
            self.dial(address, Asker::Target(target));
        }
    }

    fn dial(&mut self, address: Address, asker: Asker) {
        if self.dials.len() >= self.limits.dials_max {
            let why = format!("{} dials are already under way", self.limits.dials_max);
            return self.not_reached(address, asker, why.into());
        }
        let linked = |peer| self.peers.get(&peer).is_some_and(|at| at.current.is_some());
        if asker.is_once() && address.peer().is_some_and(linked) {
            return self.not_reached(address, asker, "a link with this peer stands already".into());
        }
        // The peer that is expected is checked by ourselves in each answer: libp2p would give up
        // all ways to a peer if a stranger answered on one.
        let opts = DialOpts::unknown_peer_id().address(address.multiaddr().clone());
        // A TCP dial from the listening port may meet the peer's own dial half way.
        let opts = if address.is_quic() { opts } else { opts.allocate_new_port() }.build();
        let connection = opts.connection_id();
        self.dials.insert(connection, (address, asker));
        if let Err(error) = self.swarm.dial(opts) {
            self.on_dial_error(connection, error);
        }
    }

    /// Tries the next address of a peer, or reports that none led to a link, the last because of
    /// `why`.
    fn reach(&mut self, peer: PeerName, why: String) {
        let Some(left) = self.reaching.get_mut(&peer) else { return };
        match left.pop_front() {
            Some(address) => self.dial(address.with_peer(peer), Asker::Reach(peer)),
            None => {
                self.reaching.remove(&peer);
                self.emit(NetEvent::Unreached { peer, why });
            }
        }
    }

    /// Reports that an address led to no link, now or when all ways of its target have failed.
    pub(super) fn not_reached(&mut self, address: Address, asker: Asker, why: Why) {
        tracing::debug!(%address, why.words, "not reached");
        match asker {
            Asker::Once => {
                self.emit(NetEvent::DialFailed { address, why: why.words, retry_in: None });
            }
            Asker::Reach(peer) => self.reach(peer, why.words),
            Asker::Target(id) => {
                let now = Instant::now();
                let failed = self.targets.dial_failed(id, address, why, now, &mut self.rng);
                self.report(failed);
            }
        }
    }

    pub(super) fn report(&mut self, failed: Vec<Failed>) {
        for Failed { address, why, retry_in } in failed {
            self.emit(NetEvent::DialFailed { address, why, retry_in: Some(retry_in) });
        }
    }

    fn on_dial_error(&mut self, connection: ConnectionId, error: DialError) {
        let Some((address, asker)) = self.dials.remove(&connection) else { return };
        if let DialError::Denied { cause } = &error
            && let Some(Denied::AlreadyThere(peer)) = cause.downcast_ref()
        {
            let peer = PeerName(*peer);
            return match asker {
                Asker::Once | Asker::Reach(_) => self.not_reached(
                    address,
                    asker,
                    "another connection to this peer stands already".into(),
                ),
                Asker::Target(id) => self.join(id, peer, address),
            };
        }
        let turned_away = match &error {
            DialError::Transport(errors) => errors.iter().any(|(_, error)| is_closed(error)),
            _ => false,
        };
        let words = match error {
            // libp2p leaves out the addresses at which this node listens.
            DialError::LocalPeerId { .. } | DialError::NoAddresses => {
                "this node itself answers there".into()
            }
            DialError::WrongPeerId { obtained, .. } => {
                self.shared.refusals.count(Refusal::WrongPeer);
                format!("another peer, {obtained}, answers there")
            }
            DialError::Denied { cause } => match cause.downcast::<Denied>() {
                Ok(denied) => denied.to_string(),
                Err(cause) => cause.to_string(),
            },
            DialError::Transport(errors) => {
                let words: Vec<_> = errors.iter().map(|(_, error)| words(error)).collect();
                words.join("; ")
            }
            other => other.to_string(),
        };
        self.not_reached(address, asker, Why { words, turned_away });
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::NewListenAddr { address, .. } => self.on_listening(address),
            SwarmEvent::ExpiredListenAddr { address, .. } => self.on_listen_ended(address),
            SwarmEvent::ListenerClosed { listener_id, addresses, reason } => {
                self.on_listener_closed(listener_id, addresses, reason);
            }
            SwarmEvent::ExternalAddrConfirmed { address } => {
                self.emit(NetEvent::Listening(Address::from(address).with_peer(self.me)));
            }
            SwarmEvent::Behaviour(BehaviourEvent::Punch(dcutr::Event {
                remote_peer_id,
                result,
            })) => match result {
                Ok(connection) => self.punched(PeerName(remote_peer_id), connection),
                Err(error) => tracing::debug!(%remote_peer_id, %error, "no direct way was found"),
            },
            SwarmEvent::ListenerError { error, .. } => {
                tracing::debug!(%error, "a listener had an error");
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                self.on_dial_error(connection_id, error);
            }
            // Denied ones are counted where they are denied.
            SwarmEvent::IncomingConnectionError { error, send_back_addr, .. }
                if !matches!(error, ListenError::Denied { .. }) =>
            {
                tracing::debug!(%error, %send_back_addr, "an incoming connection failed");
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(PeerName(peer_id), connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                let why = cause.map_or_else(|| "closed".to_owned(), |cause| words(&cause));
                self.on_disconnected(PeerName(peer_id), connection_id, &why);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Links(stream)) => self.on_stream(stream),
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
                peer_id,
                connection_id,
                info,
            })) => self.on_identified(PeerName(peer_id), connection_id, &info.listen_addrs),
            SwarmEvent::Behaviour(BehaviourEvent::Local(heard)) => self.on_heard(heard),
            _ => {}
        }
    }
}

/// Waits until the instant, or for ever.
async fn at(instant: Option<tokio::time::Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// The innermost cause: the outer ones only say that something went wrong.
pub(super) fn words(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

/// Whether somebody was there and ended the connection.
fn is_closed(error: &(dyn Error + 'static)) -> bool {
    let ends = [
        ErrorKind::BrokenPipe,
        ErrorKind::ConnectionAborted,
        ErrorKind::ConnectionReset,
        ErrorKind::UnexpectedEof,
    ];
    let mut causes = iter::successors(Some(error), |&error| error.source());
    causes.any(|cause| {
        // Noise shows what is in it as if it were its own.
        let end = match cause.downcast_ref::<noise::Error>() {
            Some(noise::Error::Io(end)) => Some(end),
            _ => cause.downcast_ref::<io::Error>(),
        };
        end.is_some_and(|end| ends.contains(&end.kind()))
    })
}

/// A listener's or dialler's view of where the peer is.
pub(super) fn remote(endpoint: &libp2p::core::ConnectedPoint) -> Address {
    let address = Address::from(endpoint.get_remote_address().clone());
    // `/p2p/` is said beside the address, in `LinkUp`.
    if matches!(address.multiaddr().iter().last(), Some(Protocol::P2p(_))) {
        return Address::from(address.without_peer());
    }
    address
}
