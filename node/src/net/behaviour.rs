//! The network behaviour: our own part, which bounds connections and hands out streams, beside
//! libp2p's identify and ping.
//!
//! Our own, because the bounds differ by direction (a peer that dials over TCP and QUIC at once
//! must not lose both ways to a common bound) and because each stream must be opened on a
//! connection of our choice. It keeps state only for connections that exist.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    identify, ping,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm,
    },
};

use super::{
    NetLimits,
    discovery::Local,
    handle::Shared,
    handler::{FromHandler, Handler, Open},
    refusals::Refusal,
};

/// All that runs on a connection.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) links: Links,
    pub(super) ping: ping::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) local: Local,
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
    #[error("another way to {0} already stands")]
    AlreadyThere(PeerId),
}

/// Bounds connections and passes streams between connections and the swarm's task.
pub(super) struct Links {
    limits: NetLimits,
    shared: Arc<Shared>,
    pending_incoming: BTreeSet<ConnectionId>,
    /// Every connection that stands: its peer, and whether this node dialled it.
    standing: BTreeMap<ConnectionId, (PeerId, bool)>,
    /// What the swarm is to do. At most a few per connection.
    todo: VecDeque<ToSwarm<LinkStream, Open>>,
    waker: Option<Waker>,
}

impl Links {
    pub(super) fn new(limits: NetLimits, shared: Arc<Shared>) -> Links {
        Links {
            limits,
            shared,
            pending_incoming: BTreeSet::new(),
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
}

impl NetworkBehaviour for Links {
    type ConnectionHandler = Handler;
    type ToSwarm = LinkStream;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        if self.pending_incoming.len() >= self.limits.pending_incoming_max as usize {
            return Err(self.deny(Denied::Pending, Refusal::PendingFull));
        }
        self.pending_incoming.insert(connection);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending_incoming.remove(&connection);
        let most = self.limits.connections_max - self.limits.connections_kept_for_dials;
        if self.standing() >= most {
            return Err(self.deny(Denied::Full, Refusal::ConnectionsFull));
        }
        Ok(Handler::new(true, self.limits.setup_time, self.shared.clone()))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if self.standing.values().any(|there| *there == (peer, true)) {
            // The other of two ways that were dialled at once stood first: nothing to count.
            return Err(ConnectionDenied::new(Denied::AlreadyThere(peer)));
        }
        if self.standing() >= self.limits.connections_max {
            return Err(self.deny(Denied::Full, Refusal::ConnectionsFull));
        }
        Ok(Handler::new(false, self.limits.setup_time, self.shared.clone()))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(at) => {
                self.standing.insert(at.connection_id, (at.peer_id, at.endpoint.is_dialer()));
            }
            FromSwarm::ConnectionClosed(at) => {
                self.standing.remove(&at.connection_id);
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
