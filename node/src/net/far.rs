//! What the driver does so that nodes behind the boxes of phone companies can be reached: it has
//! its uplink relay for it, and moves a link from the relay to a direct way when one was found.

use libp2p::{Multiaddr, core::transport::ListenerId, swarm::ConnectionId};

use super::{
    Address, NetEvent, PeerName,
    peers::Asker,
    swarm::{Driver, words},
};

impl Driver {
    /// A listener has an address.
    pub(super) fn on_listening(&mut self, address: Multiaddr) {
        let address = Address::from(address);
        if self.relays && address.ip().is_some_and(|ip| !ip.is_loopback()) {
            // What a relay tells others to come to.
            self.swarm.add_external_address(address.without_peer());
        }
        self.emit(NetEvent::Listening(address.with_peer(self.me)));
    }

    /// A listener's address is no more.
    pub(super) fn on_listen_ended(&mut self, address: Multiaddr) {
        let address = Address::from(address);
        self.swarm.remove_external_address(&address.without_peer());
        self.emit(NetEvent::ListenEnded(address.with_peer(self.me)));
    }

    /// A listener is over.
    pub(super) fn on_listener_closed(
        &mut self,
        id: ListenerId,
        addresses: Vec<Multiaddr>,
        reason: Result<(), std::io::Error>,
    ) {
        let first = addresses.first().cloned().map(Address::from);
        for address in addresses {
            self.on_listen_ended(address);
        }
        let relay = self.reservations.iter().find(|(_, listener)| **listener == id);
        if let Some(relay) = relay.map(|(relay, _)| *relay) {
            self.reservations.remove(&relay);
            let why = reason.err().map(|error| words(&error));
            tracing::info!(%relay, why, "the uplink does not relay for this node");
        } else if let Err(error) = reason {
            self.emit(NetEvent::ListenFailed { address: first, why: error.to_string() });
        }
    }

    /// A link with an uplink stands: from now on this node can be reached through it.
    pub(super) fn reserve(&mut self, relay: PeerName, connection: ConnectionId) {
        let at = self.peers.get(&relay).and_then(|at| at.connections.get(&connection));
        let Some(address) = at.map(|at| at.address.with_peer(relay)) else { return };
        if self.relays || address.is_relayed() || self.reservations.contains_key(&relay) {
            return;
        }
        match self.swarm.listen_on(address.circuit()) {
            Ok(listener) => drop(self.reservations.insert(relay, listener)),
            Err(error) => tracing::debug!(%relay, %error, "nothing to be relayed here"),
        }
    }

    /// A direct connection came to stand beside a relayed one. Whoever dialled moves the link.
    pub(super) fn punched(&mut self, peer: PeerName, connection: ConnectionId) {
        let Some(at) = self.peers.get_mut(&peer) else { return };
        let Some(direct) = at.connections.get_mut(&connection) else { return };
        if !direct.dialled {
            return;
        }
        tracing::info!(%peer, address = %direct.address, "a direct way was found");
        // Nobody waits for the outcome.
        (direct.asker, direct.reported) = (Some(Asker::Reach(peer)), true);
        let link = at.current.as_ref().map(|current| current.connection);
        let relayed = link.filter(|link| {
            at.connections.get(link).is_some_and(|standing| standing.address.is_relayed())
        });
        match (link, relayed) {
            // What is durable stays; the link that takes its place goes on from there.
            (_, Some(relayed)) => drop(self.swarm.close_connection(relayed)),
            (None, None) => self.open(peer),
            (Some(_), None) => {}
        }
    }
}
