//! The node's hold on the network: start it, send, close, dial, stop.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use libp2p::PeerId;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use tokio::sync::{mpsc, oneshot};

use super::{
    Address, LinkId, NetConfig, NetError, NetEvent, PeerName, SendRefused,
    door::{Door, Doors},
    queue::Queue,
    refusals::{Refusal, Refusals},
    swarm::{Command, Driver},
    targets::Targets,
    transport,
    turns::{Place, Turns},
};

/// Commands that wait for the network's task.
const COMMANDS_MAX: usize = 64;

/// What links, connections and the handle share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    links: Mutex<BTreeMap<LinkId, (PeerName, Arc<Queue>)>>,
    /// Connected peers with whom something is shared.
    friends: Mutex<BTreeSet<PeerId>>,
    turns: Mutex<Turns>,
    doors: Mutex<Doors>,
    pub(super) refusals: Refusals,
}

impl Shared {
    fn links(&self) -> MutexGuard<'_, BTreeMap<LinkId, (PeerName, Arc<Queue>)>> {
        // Only map operations run under this lock; a poisoned map is whole.
        self.links.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn insert(&self, link: LinkId, peer: PeerName, queue: Arc<Queue>) {
        self.links().insert(link, (peer, queue));
    }

    pub(super) fn remove(&self, link: LinkId) {
        if let Some((_, queue)) = self.links().remove(&link) {
            queue.door.forget(link);
        }
    }

    pub(super) fn get(&self, link: LinkId) -> Option<Arc<Queue>> {
        self.links().get(&link).map(|(_, queue)| queue.clone())
    }

    /// Where the frames from a place wait.
    pub(super) fn door(&self, place: Option<Place>) -> Door {
        self.doors.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).of(place)
    }

    fn friends(&self) -> MutexGuard<'_, BTreeSet<PeerId>> {
        self.friends.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn is_friend(&self, peer: &PeerId) -> bool {
        self.friends().contains(peer)
    }

    pub(super) fn no_friend(&self, peer: &PeerId) {
        self.friends().remove(peer);
    }

    pub(super) fn close_all(&self, why: &str) {
        self.links().values().for_each(|(_, queue)| queue.close(why.to_owned()));
    }

    /// For how long nothing has been said on the link with this peer, in either direction; `None`
    /// where there is none.
    pub(super) fn quiet(&self, peer: PeerId) -> Option<Duration> {
        let links = self.links();
        let mut with = links.values().filter(|(at, _)| at.0 == peer);
        with.next().map(|(_, queue)| queue.quiet())
    }
}

/// The network of a running node. Clones are the same network; when the last is dropped, the
/// network ends as after [`NetHandle::shutdown`].
#[derive(Clone, Debug)]
pub struct NetHandle {
    peer: PeerName,
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
}

/// Starts the network on the current tokio runtime, with IO and time enabled.
///
/// The receiver must be read steadily: while it is full, links stop reading.
///
/// # Errors
/// When the transports cannot be set up, or an address in `listen` is of no kind that can be
/// listened on. A port that is taken shows there too or as [`NetEvent::ListenFailed`].
pub fn start(config: NetConfig) -> Result<(NetHandle, mpsc::Receiver<NetEvent>), NetError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| NetError::Randomness(error.to_string()))?;
    let shared = Arc::new(Shared::default());
    let mut swarm = transport::swarm(&config, &shared)?;
    for address in &config.listen {
        // The transport shares ports, so that dials can leave from where it listens; two nodes on
        // one port would each hear half of what is meant for the other.
        if let Some(socket) = address.tcp_socket().filter(|socket| socket.port() != 0) {
            std::net::TcpListener::bind(socket)
                .map_err(|error| NetError::Listen(address.clone(), error.to_string()))?;
        }
        swarm
            .listen_on(address.without_peer())
            .map_err(|error| NetError::Listen(address.clone(), error.to_string()))?;
    }
    for address in &config.external {
        swarm.add_external_address(address.without_peer());
    }
    let peer = PeerName(*swarm.local_peer_id());
    let (events, receiver) = mpsc::channel(config.limits.events_max.max(1));
    let (commands, requests) = mpsc::channel(COMMANDS_MAX);
    let targets = Targets::new(&config.peers, &config.uplinks, config.backoff, Instant::now());
    let rng = ChaCha8Rng::from_seed(seed);
    let mut driver =
        Driver::new(swarm, config.limits, shared.clone(), targets, rng, events, requests);
    driver.relays = config.relay;
    for address in config.external {
        driver.emit(NetEvent::Listening(address.with_peer(peer)));
    }
    tokio::spawn(driver.run());
    Ok((NetHandle { peer, shared, commands }, receiver))
}

impl NetHandle {
    /// This node's own name.
    pub fn peer(&self) -> PeerName {
        self.peer
    }

    /// Tries an address once. The outcome is an event: `LinkUp`, or `DialFailed` without a retry
    /// (also when a link with that peer stands already).
    pub async fn dial(&self, address: Address) {
        // After a shutdown nobody waits for the outcome.
        let _ = self.commands.send(Command::Dial(address)).await;
    }

    /// Tries the addresses of a peer one after the other until a link stands. The outcome is an
    /// event: `LinkUp` or `Unreached`. Returns at once; `false` says that too much is asked at
    /// once, and that no event will come.
    pub fn reach(&self, peer: PeerName, addresses: Vec<Address>) -> bool {
        self.commands.try_send(Command::Reach(peer, addresses)).is_ok()
    }

    /// Dials no uplink for so long.
    pub fn rest_uplinks(&self, rest: std::time::Duration) {
        // Where too much is asked at once, the next link asks again.
        let _ = self.commands.try_send(Command::Rest(rest));
    }

    /// Something is shared with a peer that is linked: it need not make room for strangers.
    pub fn befriend(&self, peer: PeerName) {
        let links = self.shared.links();
        if links.values().any(|(at, _)| *at == peer) {
            self.shared.friends().insert(peer.0);
        }
    }

    /// A frame of this link took so long to handle: where others wait, a place that takes more than
    /// its share is slowed, by those of its links that take most.
    pub fn charge(&self, link: LinkId, cost: Duration) {
        let now = Instant::now();
        // Under the lock: a link that has ended is forgotten at its door, and stays so.
        let links = self.shared.links();
        let Some((_, queue)) = links.get(&link) else { return };
        let Some(place) = queue.place else { return };
        let (queue, takes_most) = (queue.clone(), queue.door.spend(link, cost, now));
        drop(links);
        let mut turns = self.shared.turns.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let pause = turns.charge(place, cost, now);
        if takes_most && !pause.is_zero() {
            self.shared.refusals.count(Refusal::Paused);
            queue.pause(pause);
        }
    }

    /// Queues a frame of 1 to 1,048,576 bytes on a link; returns at once.
    ///
    /// # Errors
    /// [`SendRefused::Full`]: wait for [`NetEvent::Room`]. [`SendRefused::Gone`]: the link is
    /// closing or over. [`SendRefused::Size`]: split the frame.
    pub fn send(&self, link: LinkId, frame: Bytes) -> Result<(), SendRefused> {
        self.shared.get(link).ok_or(SendRefused::Gone)?.push(frame)
    }

    /// Bytes that wait to be written on a link, `None` if it is gone.
    pub fn queued_bytes(&self, link: LinkId) -> Option<usize> {
        self.shared.get(link).map(|queue| queue.bytes())
    }

    /// Bytes written and read on a link so far, lengths included, `None` if it is gone.
    pub fn link_bytes(&self, link: LinkId) -> Option<(u64, u64)> {
        self.shared.get(link).map(|queue| queue.sent_received())
    }

    /// Ends a link in good order: what is queued still goes out, what arrives meanwhile is still
    /// reported, up to 8 MiB, then `LinkDown` comes with this reason.
    pub fn close(&self, link: LinkId, reason: impl Into<String>) {
        if let Some(queue) = self.shared.get(link) {
            queue.close(reason.into());
        }
    }

    /// What was refused to peers since the start, by reason.
    pub fn refusals(&self) -> Vec<(&'static str, u64)> {
        self.shared.refusals.list()
    }

    /// Ends all links in good order, then everything else. Takes little more than
    /// [`super::NetLimits::close_time`] at most; the receiver should be read meanwhile.
    pub async fn shutdown(self) {
        let (done, wait) = oneshot::channel();
        if self.commands.send(Command::Shutdown(done)).await.is_ok() {
            // An error means that the task ended in another way: just as well.
            let _ = wait.await;
        }
    }
}
