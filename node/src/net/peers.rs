//! What stands with each peer: its connections, its one link, and which of two links is kept.

use std::collections::BTreeMap;

use libp2p::swarm::ConnectionId;
use tokio::{sync::oneshot, task::JoinHandle};

use super::{Address, LinkEnd, LinkId, PeerName, targets::TargetId};

/// Who asked for a connection that this node dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Target(TargetId),
    /// [`super::NetHandle::dial`].
    Once,
    /// [`super::NetHandle::reach`].
    Reach(PeerName),
}

impl Asker {
    /// Whether the outcome is reported when there is one, with no further attempt.
    pub(super) fn is_once(self) -> bool {
        !matches!(self, Asker::Target(_))
    }
}

/// One connection that stands.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) address: Address,
    /// `None`: the peer dialled.
    pub(super) asker: Option<Asker>,
    /// Whether this side dialled, and so opens the stream.
    pub(super) dialled: bool,
    /// Its only stream was used.
    pub(super) used: bool,
    /// For one dialled once: the outcome was reported.
    pub(super) reported: bool,
}

/// The one link with a peer, from the wish to open it.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) link: LinkId,
    pub(super) connection: ConnectionId,
    pub(super) opened_here: bool,
    pub(super) uplink: bool,
    /// The node was told that it is up.
    pub(super) up: bool,
    /// `None` until its stream is there.
    pub(super) task: Option<(oneshot::Sender<LinkEnd>, JoinHandle<()>)>,
}

/// One peer with whom a connection or a link stands.
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) current: Option<Current>,
    /// The latest stream that waits to see whether the current link is really alive.
    pub(super) contender: Option<ConnectionId>,
}

/// What to do with a stream that the peer opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It becomes the link, in place of any other.
    Take,
    /// The current link is kept; only if this stream still stands after a while does it win,
    /// because then the peer does not know of the current link any more.
    Hold,
}

/// Chooses between the current link and a stream that `peer` opened, so that both sides, each
/// seeing the two in its own order, keep the same one: the one opened by the smaller name; among
/// two by the same side, the later, since nobody opens a second while it has a first.
pub(super) fn verdict(me: PeerName, peer: PeerName, current_opened_here: Option<bool>) -> Verdict {
    match current_opened_here {
        Some(true) if me < peer => Verdict::Hold,
        _ => Verdict::Take,
    }
}

impl Peer {
    /// A connection of our own dialling whose stream is still to be opened.
    pub(super) fn unused_dial(&self) -> Option<ConnectionId> {
        self.connections
            .iter()
            .find(|(_, connection)| connection.asker.is_some() && !connection.used)
            .map(|(id, _)| *id)
    }

    /// The oldest connection that the peer opened, one without the current link if there is one,
    /// when the peer has opened more than `most`.
    pub(super) fn excess(&self, most: usize) -> Option<ConnectionId> {
        let carrying = self.current.as_ref().map(|current| current.connection);
        let incoming: Vec<_> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.asker.is_none())
            .map(|(id, _)| *id)
            .collect();
        if incoming.len() <= most {
            return None;
        }
        incoming.iter().find(|id| Some(**id) != carrying).or(incoming.first()).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.connections.is_empty() && self.current.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both sides opened a stream at once; each sees its own first. They must keep the same.
    #[test]
    fn both_sides_keep_the_same_of_two_streams() {
        let (a, b) = (PeerName::from_seed(&[1; 32]), PeerName::from_seed(&[2; 32]));
        let kept_at_a = if verdict(a, b, Some(true)) == Verdict::Take { b } else { a };
        let kept_at_b = if verdict(b, a, Some(true)) == Verdict::Take { a } else { b };
        assert_eq!(kept_at_a, kept_at_b);
        assert_eq!(kept_at_a, a.min(b));
    }

    #[test]
    fn a_peer_that_comes_back_replaces_its_own_link() {
        let (a, b) = (PeerName::from_seed(&[1; 32]), PeerName::from_seed(&[2; 32]));
        for (me, peer) in [(a, b), (b, a)] {
            assert_eq!(verdict(me, peer, Some(false)), Verdict::Take);
            assert_eq!(verdict(me, peer, None), Verdict::Take);
        }
    }

    #[test]
    fn the_oldest_idle_connection_gives_way() {
        let id = ConnectionId::new_unchecked;
        let mut peer = Peer::default();
        let connection = |asker| Connection {
            address: libp2p::Multiaddr::empty().into(),
            asker,
            dialled: asker.is_some(),
            used: false,
            reported: false,
        };
        peer.connections.insert(id(1), connection(Some(Asker::Once)));
        peer.connections.insert(id(2), connection(None));
        peer.connections.insert(id(3), connection(None));
        assert_eq!(peer.excess(2), None);
        peer.connections.insert(id(4), connection(None));
        assert_eq!(peer.excess(2), Some(id(2)));
        peer.current = Some(Current {
            link: LinkId(1),
            connection: id(2),
            opened_here: false,
            uplink: false,
            up: true,
            task: None,
        });
        assert_eq!(peer.excess(2), Some(id(3)));
        assert_eq!(peer.unused_dial(), Some(id(1)));
    }
}
