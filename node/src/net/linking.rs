//! What the driver does with connections and streams: which stream becomes the link with a peer,
//! and what happens when it ends.

use std::{sync::Arc, time::Instant};

use futures::AsyncReadExt;
use libp2p::{Stream, core::ConnectedPoint, swarm::ConnectionId};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use super::{
    Address, LinkEnd, LinkId, PeerName,
    behaviour::{LinkStream, dialled},
    handler::FromHandler,
    link::{Link, Progress},
    peers::{Asker, Connection, Current, Verdict, verdict},
    queue::Queue,
    refusals::Refusal,
    swarm::{Driver, remote},
    targets::TargetId,
    turns::Place,
};

/// What became of a second stream that was held back.
#[derive(Debug)]
pub(super) struct Contest {
    peer: PeerName,
    connection: ConnectionId,
    /// `None`: the peer let it go.
    stream: Option<Stream>,
}

impl Driver {
    /// A target's dial led to `peer`: it waits for the link, or has it.
    pub(super) fn join(&mut self, id: TargetId, peer: PeerName, address: Address) {
        self.targets.reached(id, peer, address);
        let at = self.peers.get(&peer);
        if at.and_then(|at| at.current.as_ref()).is_some_and(|current| current.up) {
            self.linked(peer);
        } else if at.is_none_or(|at| at.is_empty()) {
            // The connection that stood first is gone again by now.
            self.peer_lost(peer, "the connection was closed again");
        }
    }

    /// Whoever waits for this peer has it; an uplink that stood in for it goes.
    fn linked(&mut self, peer: PeerName) {
        if let Some(other) = self.targets.linked(peer, Instant::now())
            && let Some(link) = self.peers.get(&other).and_then(|at| at.current.as_ref())
            && let Some(queue) = self.shared.get(link.link)
        {
            queue.close("the first uplink is back".into());
        }
    }

    pub(super) fn on_connected(
        &mut self,
        peer: PeerName,
        connection: ConnectionId,
        endpoint: &ConnectedPoint,
    ) {
        let dial = self.dials.remove(&connection);
        let asker = dial.as_ref().map(|(_, asker)| *asker);
        let address = dial.map_or_else(|| remote(endpoint), |(address, _)| address);
        let at = self.peers.entry(peer).or_default();
        let standing = Connection {
            address: address.clone(),
            asker,
            dialled: dialled(endpoint),
            used: false,
            reported: false,
        };
        at.connections.insert(connection, standing);
        if let Some(excess) = at.excess(self.limits.incoming_per_peer_max) {
            self.shared.refusals.count(Refusal::PeerConnections);
            self.swarm.close_connection(excess);
        }
        if self.ending_now() {
            return;
        }
        match asker {
            None => {}
            Some(Asker::Target(id)) => {
                self.join(id, peer, address);
                self.open(peer);
            }
            Some(Asker::Once | Asker::Reach(_)) => {
                let linked = self.peers.get(&peer).is_some_and(|at| at.current.is_some());
                if linked {
                    self.swarm.close_connection(connection);
                    self.once_failed(peer, connection, "a link with this peer stands already");
                } else {
                    self.open(peer);
                }
            }
        }
    }

    /// Opens a stream on a connection of our own to this peer, unless a link stands or is coming.
    pub(super) fn open(&mut self, peer: PeerName) {
        let Some(at) = self.peers.get_mut(&peer) else { return };
        if at.current.is_some() {
            return;
        }
        let Some(connection) = at.unused_dial() else { return };
        self.links_made += 1;
        at.current = Some(Current {
            link: LinkId(self.links_made),
            connection,
            opened_here: true,
            uplink: false,
            up: false,
            task: None,
        });
        if let Some(standing) = at.connections.get_mut(&connection) {
            standing.used = true;
        }
        self.swarm.behaviour_mut().links.open(peer.0, connection);
    }

    pub(super) fn on_stream(&mut self, LinkStream { peer, connection, what }: LinkStream) {
        let peer = PeerName(peer);
        let ending = self.ending_now();
        let Some(at) = self.peers.get_mut(&peer) else { return };
        let opening = at.current.as_ref().is_some_and(|current| {
            current.opened_here && current.connection == connection && current.task.is_none()
        });
        match what {
            FromHandler::Opened(stream) if opening => {
                let Some(current) = at.current.take() else { return };
                self.spawn(peer, connection, current.link, true, stream, None);
            }
            // The peer's own stream took its place meanwhile.
            FromHandler::Opened(_) => {}
            FromHandler::OpenFailed(why) if opening => {
                at.current = None;
                self.swarm.close_connection(connection);
                self.once_failed(peer, connection, &why);
                self.peer_lost(peer, &why);
            }
            FromHandler::OpenFailed(_) => {}
            FromHandler::Inbound(_) if ending => {}
            FromHandler::Inbound(stream) => {
                if let Some(standing) = at.connections.get_mut(&connection) {
                    standing.used = true;
                }
                let current = at.current.as_ref().map(|current| current.opened_here);
                match verdict(self.me, peer, current) {
                    Verdict::Take => self.replace(peer, connection, stream),
                    Verdict::Hold => {
                        at.contender = Some(connection);
                        self.hold(peer, connection, stream);
                    }
                }
            }
        }
    }

    /// Makes a stream of the peer's the link, in place of any other.
    fn replace(&mut self, peer: PeerName, connection: ConnectionId, stream: Stream) {
        let current = self.peers.get_mut(&peer).and_then(|at| at.current.take());
        let after = current.and_then(|current| current.task).map(|(abort, task)| {
            // An error says that it has ended by itself.
            let _ = abort.send(LinkEnd::Replaced);
            task
        });
        self.links_made += 1;
        self.spawn(peer, connection, LinkId(self.links_made), false, stream, after);
    }

    fn spawn(
        &mut self,
        peer: PeerName,
        connection: ConnectionId,
        id: LinkId,
        initiator: bool,
        stream: Stream,
        after: Option<JoinHandle<()>>,
    ) {
        let Some(at) = self.peers.get_mut(&peer) else { return };
        // Without its connection a stream is of no use.
        let Some(standing) = at.connections.get(&connection) else { return };
        let uplink = matches!(standing.asker, Some(Asker::Target(id))
            if self.targets.get(id).is_some_and(|target| target.uplink));
        let kept = standing.asker.is_some_and(|asker| matches!(asker, Asker::Target(_)))
            || self.targets.is_for(peer);
        let (abort, aborted) = oneshot::channel();
        let place = Place::of(standing.address.multiaddr());
        let (room, door) = (self.limits.queue_bytes_max, self.shared.door(place));
        let link = Link {
            id,
            peer,
            initiator,
            address: standing.address.clone(),
            uplink,
            kept,
            queue: Arc::new(Queue::new(room, place, door)),
            limits: self.limits.clone(),
            shared: self.shared.clone(),
            events: self.events.clone(),
            progress: self.progress.clone(),
            abort: aborted,
            after,
        };
        let task = tokio::spawn(link.run(stream));
        at.current = Some(Current {
            link: id,
            connection,
            opened_here: initiator,
            uplink,
            up: false,
            task: Some((abort, task)),
        });
    }

    /// Keeps a stream of the peer's aside for a while: if the peer lets go of it, it took ours; if
    /// it does not, it knows of no other link.
    fn hold(&mut self, peer: PeerName, connection: ConnectionId, mut stream: Stream) {
        let (contests, time) = (self.contests.clone(), self.limits.contest_time);
        tokio::spawn(async move {
            // The opener is silent until its stream is taken, so any answer means that it is over.
            let over = timeout(time, stream.read(&mut [0])).await.is_ok();
            let stream = if over { None } else { Some(stream) };
            // The driver is gone only when everything is.
            let _ = contests.send(Contest { peer, connection, stream }).await;
        });
    }

    pub(super) fn on_contest(&mut self, contest: Contest) {
        let Contest { peer, connection, stream } = contest;
        let ending = self.ending_now();
        let Some(at) = self.peers.get_mut(&peer) else { return };
        if at.contender != Some(connection) {
            return;
        }
        let (Some(stream), false) = (stream, ending) else {
            at.contender = None;
            return;
        };
        match &at.current {
            // Ours is still being set up: neither side knows yet.
            Some(current) if !current.up => self.hold(peer, connection, stream),
            _ => {
                at.contender = None;
                self.replace(peer, connection, stream);
            }
        }
    }

    pub(super) fn on_progress(&mut self, peer: PeerName, link: LinkId, progress: Progress) {
        let ending = self.ending_now();
        let Some(at) = self.peers.get_mut(&peer) else { return };
        let Some(current) = at.current.as_mut().filter(|current| current.link == link) else {
            return;
        };
        match progress {
            Progress::Up => {
                current.up = true;
                // The link is what they were dialled for, whichever connection carries it.
                at.connections.values_mut().for_each(|standing| standing.reported = true);
                let (uplink, connection) = (current.uplink, current.connection);
                self.reaching.remove(&peer);
                self.linked(peer);
                if uplink {
                    self.reserve(peer, connection);
                }
                if ending && let Some(queue) = self.shared.get(link) {
                    queue.close("this node is stopping".into());
                }
            }
            Progress::Ended { was_up, why } => {
                let connection = current.connection;
                at.current = None;
                let orderly = matches!(why, LinkEnd::ClosedHere(_) | LinkEnd::ClosedByPeer);
                if orderly {
                    // All ways to this peer were meant: no spare one takes over.
                    at.connections.values_mut().for_each(|standing| standing.used = true);
                }
                match (&why, was_up) {
                    (LinkEnd::ClosedHere(_), true) => {
                        // An error says that they are closed already.
                        let _ = self.swarm.disconnect_peer_id(peer.0);
                    }
                    // The peer closes the connection when it has read our last words.
                    (LinkEnd::ClosedByPeer, true) => {}
                    _ => {
                        self.swarm.close_connection(connection);
                        self.once_failed(peer, connection, &why.to_string());
                        self.open(peer);
                    }
                }
                self.peer_lost(peer, &why.to_string());
            }
        }
    }

    pub(super) fn on_disconnected(&mut self, peer: PeerName, connection: ConnectionId, why: &str) {
        let Some(at) = self.peers.get_mut(&peer) else { return };
        at.contender.take_if(|other| *other == connection);
        // A link with a task ends by itself, after what has arrived was reported.
        at.current.take_if(|current| current.connection == connection && current.task.is_none());
        let over = at.current.is_none();
        self.once_failed(peer, connection, why);
        if let Some(at) = self.peers.get_mut(&peer) {
            at.connections.remove(&connection);
        }
        if over {
            self.open(peer);
            self.peer_lost(peer, why);
        }
        if self.peers.get(&peer).is_some_and(|at| at.is_empty()) {
            self.peers.remove(&peer);
        }
    }

    /// Reports that a connection dialled once led to no link, if that was not said before.
    fn once_failed(&mut self, peer: PeerName, connection: ConnectionId, why: &str) {
        let standing = self.peers.get_mut(&peer).and_then(|at| at.connections.get_mut(&connection));
        if let Some(standing) = standing
            && let Some(asker) = standing.asker.filter(|asker| asker.is_once())
            && !std::mem::replace(&mut standing.reported, true)
        {
            let address = standing.address.clone();
            self.not_reached(address, asker, why.into());
        }
    }

    /// Tells the targets, unless another link with this peer is there or coming.
    fn peer_lost(&mut self, peer: PeerName, why: &str) {
        if self.peers.get(&peer).is_some_and(|at| at.current.is_some()) {
            return;
        }
        let failed = self.targets.lost(peer, why, Instant::now(), &mut self.rng);
        self.report(failed);
    }
}
