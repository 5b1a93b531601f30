//! The network behaviour: our own part, which bounds connections and hands out streams, beside
//! libp2p's own.
//!
//! Our own, because the bounds differ by direction (a peer that dials over TCP and QUIC at once
//! must not lose both ways to a common bound) and because each stream must be opened on a
//! connection of our choice. It keeps state only for connections that exist.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use libp2p::{
    Multiaddr, PeerId, autonat,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    dcutr, identify,
    multiaddr::Protocol,
    relay,
    swarm::{
        CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour,
        NotifyHandler, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        behaviour::toggle::Toggle,
    },
};

use super::{
    NetLimits,
    arrivals::Arrivals,
    discovery::Local,
    handle::Shared,
    handler::{FromHandler, Handler, Open},
    refusals::Refusal,
    turns::Place,
};

/// All that runs on a connection.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) links: Links,
    pub(super) identify: identify::Behaviour,
    pub(super) local: Local,
    /// Connections that go over a relay.
    pub(super) relayed: relay::client::Behaviour,
    /// Makes them direct where the boxes between allow it.
    pub(super) punch: Toggle<dcutr::Behaviour>,
    /// Asks uplinks whether this node can be reached from outside.
    pub(super) reachable: Toggle<autonat::v2::client::Behaviour>,
    /// Relays for others.
    pub(super) relay: Toggle<relay::Behaviour>,
    /// Answers those who ask whether they can be reached.
    pub(super) tester: Toggle<autonat::v2::server::Behaviour>,
}

/// A stream came or failed to come.
#[derive(Debug)]
pub(super) struct LinkStream {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    pub(super) what: FromHandler,
}

/// Why this node refused a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Denied {
    #[error("this node already has as many connections as it may")]
    Full,
    #[error("too many connections are being set up")]
    Pending,
    #[error("too many connections come from there")]
    Place,
    #[error("connections come from there too often")]
    Often,
    #[error("another way to {0} already stands")]
    AlreadyThere(PeerId),
}

/// How a connection came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Incoming,
    Dialled,
    /// Dialled over a relay.
    Relayed,
}

impl Way {
    fn of(endpoint: &ConnectedPoint) -> Way {
        match endpoint {
            _ if !dialled(endpoint) => Way::Incoming,
            point if point.is_relayed() => Way::Relayed,
            _ => Way::Dialled,
        }
    }
}

/// A connection that stands.
struct Standing {
    peer: PeerId,
    way: Way,
    place: Option<Place>,
    since: Instant,
}

/// Whether this side is the one that opens the link's stream: it dialled, and not only to open
/// the way for the other's dial.
pub(super) fn dialled(endpoint: &ConnectedPoint) -> bool {
    matches!(endpoint, ConnectedPoint::Dialer { role_override: Endpoint::Dialer, .. })
}

/// Bounds connections and passes streams between connections and the swarm's task.
pub(super) struct Links {
    limits: NetLimits,
    shared: Arc<Shared>,
    /// Those that are being set up from outside: from which place.
    pending_incoming: BTreeMap<ConnectionId, Option<Place>>,
    arrivals: Arrivals,
    /// Every connection that stands, by age.
    standing: BTreeMap<ConnectionId, Standing>,
    /// What the swarm is to do. At most a few per connection.
    todo: VecDeque<ToSwarm<LinkStream, Open>>,
    waker: Option<Waker>,
}

impl Links {
    pub(super) fn new(limits: NetLimits, shared: Arc<Shared>) -> Links {
        Links {
            limits,
            shared,
            pending_incoming: BTreeMap::new(),
            arrivals: Arrivals::default(),
            standing: BTreeMap::new(),
            todo: VecDeque::new(),
            waker: None,
        }
    }

    /// Opens the link's stream on a connection that this node dialled.
    pub(super) fn open(&mut self, peer_id: PeerId, connection: ConnectionId) {
        self.push(ToSwarm::NotifyHandler {
            peer_id,
            handler: NotifyHandler::One(connection),
            event: Open,
        });
    }

    fn push(&mut self, todo: ToSwarm<LinkStream, Open>) {
        self.todo.push_back(todo);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn deny(&self, denied: Denied, refusal: Refusal) -> ConnectionDenied {
        self.shared.refusals.count(refusal);
        ConnectionDenied::new(denied)
    }

    fn standing(&self) -> u32 {
        u32::try_from(self.standing.len()).unwrap_or(u32::MAX)
    }

    /// Ends a connection for somebody new: that of whoever came first of those with whom nothing is
    /// shared. Where it is a place that is full, it is one of that place, or else the link there
    /// that has been quiet for longest, or the one that has stood for longest.
    fn make_room(&mut self, within: Option<Place>) -> bool {
        let (shared, limits) = (&self.shared, &self.limits);
        let mut there = self
            .standing
            .iter()
            .filter(|(_, at)| at.way == Way::Incoming && (within.is_none() || at.place == within));
        let stranger = there.clone().find(|(_, at)| {
            at.since.elapsed() >= limits.stranger_time && !shared.is_friend(&at.peer)
        });
        let quietest = || {
            let quiet = |at: &Standing| shared.quiet(at.peer).unwrap_or_default();
            let longest = there.by_ref().max_by_key(|(_, at)| quiet(at));
            longest.filter(|(_, at)| within.is_some() && quiet(at) >= limits.place_quiet_time)
        };
        let longest = || {
            let mut incoming = self.standing.iter().filter(|(_, at)| {
                at.way == Way::Incoming && within.is_some() && at.place == within
            });
            incoming.find(|(_, at)| at.since.elapsed() >= limits.place_time)
        };
        let out = stranger
            .or_else(quietest)
            .or_else(longest)
            .map(|(connection, at)| (*connection, at.peer));
        let Some((connection, peer_id)) = out else { return false };
        self.standing.remove(&connection);
        self.shared.refusals.count(Refusal::MadeRoom);
        let connection = CloseConnection::One(connection);
        self.push(ToSwarm::CloseConnection { peer_id, connection });
        true
    }
}

impl NetworkBehaviour for Links {
    type ConnectionHandler = Handler;
    type ToSwarm = LinkStream;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let most = self.limits.pending_incoming_max as usize;
        let free = most.saturating_sub(self.pending_incoming.len());
        if free == 0 {
            return Err(self.deny(Denied::Pending, Refusal::PendingFull));
        }
        let place = Place::of(remote);
        let alike = self.pending_incoming.values().filter(|there| **there == place).count();
        if place.is_some() && alike >= free {
            return Err(self.deny(Denied::Place, Refusal::PlacePending));
        }
        let rate = (self.limits.arrivals_at_once, self.limits.arrival_time);
        if place.is_some_and(|place| !self.arrivals.admit(place, rate, Instant::now())) {
            return Err(self.deny(Denied::Often, Refusal::PlaceOften));
        }
        self.pending_incoming.insert(connection, place);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_incoming.remove(&connection);
        let place = Place::of(remote);
        let alike = |at: &&Standing| at.way == Way::Incoming && at.place == place;
        let alike = self.standing.values().filter(alike).count();
        let is_full = place.is_some() && alike >= self.limits.incoming_per_place_max;
        if is_full && !self.make_room(place) {
            return Err(self.deny(Denied::Place, Refusal::PlaceConnections));
        }
        let most = self.limits.connections_max - self.limits.connections_kept_for_dials;
        if self.standing() >= most && !self.make_room(None) {
            return Err(self.deny(Denied::Full, Refusal::ConnectionsFull));
        }
        Ok(Handler::new(true, self.limits.setup_time, self.shared.clone()))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let relayed = address.iter().any(|part| part == Protocol::P2pCircuit);
        let way = if relayed { Way::Relayed } else { Way::Dialled };
        let there = |way| self.standing.values().any(|at| at.peer == peer && at.way == way);
        // A direct way beside a relayed one is welcome, and not the other way round.
        if role == Endpoint::Dialer && (there(way) || there(Way::Dialled)) {
            // The other of two ways that were dialled at once stood first: nothing to count.
            return Err(ConnectionDenied::new(Denied::AlreadyThere(peer)));
        }
        if self.standing() >= self.limits.connections_max {
            return Err(self.deny(Denied::Full, Refusal::ConnectionsFull));
        }
        let inbound = role == Endpoint::Listener;
        Ok(Handler::new(inbound, self.limits.setup_time, self.shared.clone()))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(at) => {
                let standing = Standing {
                    peer: at.peer_id,
                    way: Way::of(at.endpoint),
                    place: Place::of(at.endpoint.get_remote_address()),
                    since: Instant::now(),
                };
                self.standing.insert(at.connection_id, standing);
            }
            FromSwarm::ConnectionClosed(at) => {
                self.standing.remove(&at.connection_id);
                if at.remaining_established == 0 {
                    self.shared.no_friend(&at.peer_id);
                }
            }
            FromSwarm::ListenFailure(at) => {
                self.pending_incoming.remove(&at.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        what: THandlerOutEvent<Self>,
    ) {
        self.push(ToSwarm::GenerateEvent(LinkStream { peer, connection, what }));
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(todo) = self.todo.pop_front() {
            return Poll::Ready(todo);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
