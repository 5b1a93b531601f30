//! Finding nodes on the local link: libp2p's multicast DNS, asked as often as this node needs it.
//!
//! The crate asks at 0, 0.5, 1.5, 3.5… seconds after its start and whenever an interface gets an
//! address, and from then on at one fixed interval. How often is right changes: a node without a
//! neighbour asks every two seconds, because a contact may last ten; one that has neighbours asks
//! every five minutes, because a radio that wakes up for every question of every phone costs all
//! of them their batteries. A newcomer asks by itself, so nobody is found later for it. So the
//! crate's behaviour is dropped and made anew when the need changes; what it has to know of the
//! listeners is kept here.
//!
//! What others say is only a hint: an address that may be worth a dial.

use std::{
    collections::{BTreeMap, VecDeque},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::ListenerId, transport::PortUse},
    mdns,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NewListenAddr, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
    },
};

use super::{Address, PeerName};

/// The most addresses of one peer that are passed on.
pub(super) const ADDRESSES_MAX: usize = 8;
/// What the crate remembers of others has no bound of its own: past so many names and addresses
/// it is made anew.
const HEARD_MAX: usize = 2_048;

/// How often to ask who is there.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// While there is no neighbour.
    pub alone: Duration,
    /// While there are some.
    pub settled: Duration,
    /// The shortest time between two fresh starts, each of which asks at once.
    pub rest: Duration,
}

impl Default for Discovery {
    fn default() -> Self {
        Discovery {
            alone: Duration::from_secs(2),
            settled: Duration::from_secs(300),
            rest: Duration::from_secs(2),
        }
    }
}

/// What was heard on the local link.
#[derive(Debug)]
pub(super) enum Heard {
    /// A peer, and where it says it listens.
    Found(PeerName, Vec<Address>),
    /// Nothing was heard of a peer's addresses for as long as it had said they hold.
    Lost(PeerName),
}

/// The crate's behaviour, and what it takes to make another one.
pub(super) struct Local {
    me: PeerId,
    /// `None`: discovery is off.
    times: Option<Discovery>,
    asking: Option<mdns::tokio::Behaviour>,
    alone: bool,
    /// When it was last made anew, and for which need.
    started: Instant,
    started_alone: bool,
    listening: Vec<(ListenerId, Multiaddr)>,
    waiting: VecDeque<Heard>,
    waker: Option<Waker>,
}

impl Local {
    pub(super) fn new(me: PeerId, times: Option<Discovery>) -> Local {
        let mut local = Local {
            me,
            times,
            asking: None,
            alone: true,
            started: Instant::now(),
            started_alone: true,
            listening: Vec::new(),
            waiting: VecDeque::new(),
            waker: None,
        };
        local.start();
        local
    }

    /// Whether this node looks for others.
    pub(super) fn is_on(&self) -> bool {
        self.times.is_some()
    }

    /// Says whether there is no neighbour. Whoever has just lost the last one asks at once.
    pub(super) fn set_alone(&mut self, alone: bool) {
        self.alone = alone;
    }

    /// When [`Local::tick`] has something to do.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let times = self.times.as_ref()?;
        let crowded =
            self.asking.as_ref().is_some_and(|at| at.discovered_nodes().len() > HEARD_MAX);
        (self.started_alone != self.alone || crowded).then(|| self.started + times.rest)
    }

    /// Makes the fresh start that is due.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.next_due().is_some_and(|due| due <= now) {
            self.start();
        }
    }

    fn start(&mut self) {
        let Some(times) = &self.times else { return };
        let config = mdns::Config {
            query_interval: if self.alone { times.alone } else { times.settled },
            ttl: times.settled * 2,
            enable_ipv6: false,
        };
        self.started = Instant::now();
        self.started_alone = self.alone;
        match mdns::tokio::Behaviour::new(config, self.me) {
            Ok(mut asking) => {
                for (listener_id, addr) in &self.listening {
                    let listener_id = *listener_id;
                    let event = NewListenAddr { listener_id, addr };
                    asking.on_swarm_event(FromSwarm::NewListenAddr(event));
                }
                self.asking = Some(asking);
            }
            Err(error) => {
                tracing::warn!(%error, "nobody can be found on the local link");
                self.asking = None;
            }
        }
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn note(&mut self, event: mdns::Event) {
        match event {
            mdns::Event::Discovered(found) => {
                let mut peers: BTreeMap<PeerName, Vec<Address>> = BTreeMap::new();
                for (peer, address) in found {
                    let known = peers.entry(PeerName(peer)).or_default();
                    if known.len() < ADDRESSES_MAX {
                        known.push(Address::from(address));
                    }
                }
                let found = peers.into_iter().map(|(peer, at)| Heard::Found(peer, at));
                self.waiting.extend(found);
            }
            mdns::Event::Expired(gone) => {
                let mut peers: Vec<PeerName> =
                    gone.iter().map(|(peer, _)| PeerName(*peer)).collect();
                peers.dedup();
                self.waiting.extend(peers.into_iter().map(Heard::Lost));
            }
        }
    }
}

impl NetworkBehaviour for Local {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Heard;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match &event {
            FromSwarm::NewListenAddr(at) => {
                self.listening.push((at.listener_id, at.addr.clone()));
            }
            FromSwarm::ExpiredListenAddr(at) => {
                self.listening.retain(|(id, addr)| (*id, addr) != (at.listener_id, at.addr));
            }
            FromSwarm::ListenerClosed(at) => {
                self.listening.retain(|(id, _)| *id != at.listener_id);
            }
            _ => return,
        }
        if let Some(asking) = &mut self.asking {
            asking.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<Heard, THandlerInEvent<Self>>> {
        loop {
            if let Some(heard) = self.waiting.pop_front() {
                return Poll::Ready(ToSwarm::GenerateEvent(heard));
            }
            let asked = self.asking.as_mut().map(|asking| asking.poll(context));
            match asked {
                Some(Poll::Ready(ToSwarm::GenerateEvent(event))) => self.note(event),
                // Addresses for libp2p's own book: nobody reads it here.
                Some(Poll::Ready(_)) => {}
                Some(Poll::Pending) | None => break,
            }
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
