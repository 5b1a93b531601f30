//! What the network is told at its start: key, addresses, bounds and times.

use std::time::Duration;

use super::{Address, Backoff, Discovery};

/// How the network of a node is set up.
#[derive(Clone, Debug)]
pub struct NetConfig {
    /// The peer's ed25519 secret.
    pub seed: [u8; 32],
    /// Where to listen: `/ip4/…/tcp/PORT` or `/ip4/…/udp/PORT/quic-v1`; port 0 takes a free one.
    pub listen: Vec<Address>,
    /// Peers to stay connected with. Those with the same `/p2p/` are ways to one peer: all are
    /// dialled at once and the first to stand is kept.
    pub peers: Vec<Address>,
    /// Places on the internet, tried in turn; one is connected at a time.
    pub uplinks: Vec<Address>,
    /// Whether and how often to look for nodes on the local link.
    pub discovery: Option<Discovery>,
    /// Whether to relay, within bounds, for nodes that nobody can reach from outside, and to tell
    /// nodes whether they can be reached.
    pub relay: bool,
    /// Where this node can be reached from outside, when it cannot see that by itself.
    pub external: Vec<Address>,
    /// How much faster the core's long waits end, for measuring.
    pub faster: u32,
    /// How many neighbours the node may choose for itself. It is the core that heeds this.
    pub neighbours_max: usize,
    /// Bounds.
    pub limits: NetLimits,
    /// Waits between attempts.
    pub backoff: Backoff,
}

impl NetConfig {
    /// A network with this secret, the usual bounds, no addresses yet and no discovery.
    pub fn new(seed: [u8; 32]) -> NetConfig {
        NetConfig {
            seed,
            listen: Vec::new(),
            peers: Vec::new(),
            uplinks: Vec::new(),
            discovery: None,
            relay: false,
            faster: 1,
            external: Vec::new(),
            neighbours_max: 8,
            limits: NetLimits::default(),
            backoff: Backoff::default(),
        }
    }
}

impl NetConfig {
    /// Makes all long waits of a quiet node so many times shorter, so that what two days cost can
    /// be measured in minutes.
    pub fn speed_up(&mut self, times: u32) {
        let times = times.max(1);
        self.faster = times;
        let limits = &mut self.limits;
        let waits =
            [&mut limits.quiet_time, &mut limits.uplink_quiet_time, &mut limits.identify_time];
        waits.into_iter().for_each(|wait| *wait /= times);
        limits.answer_time = limits.answer_time.min(limits.quiet_time / 2);
        if let Some(discovery) = &mut self.discovery {
            discovery.settled /= times;
        }
    }
}

/// The bounds of the network. Over a bound the newcomer is refused and counted.
#[derive(Clone, Debug)]
pub struct NetLimits {
    /// Connections that stand, both directions together.
    pub connections_max: u32,
    /// Of these, how many only this node's own dials may take, so that strangers cannot fill
    /// every place.
    pub connections_kept_for_dials: u32,
    /// Connections from outside that have not finished their handshake. One place (an IPv4 address,
    /// or an IPv6 network of 64 bits) may have as many of them as are free, so that some always are
    /// for whoever comes from elsewhere (Choudhury and Hahne: *Dynamic queue length thresholds for
    /// shared-memory packet switches*, 1998).
    pub pending_incoming_max: u32,
    /// Connections that stand and came from one place, so that one machine with a thousand names
    /// cannot have all of them. Behind one address there may be a whole village.
    pub incoming_per_place_max: usize,
    /// How often one place may come at once, and how soon it may come once more after that.
    pub arrivals_at_once: u32,
    /// See `arrivals_at_once`.
    pub arrival_time: Duration,
    /// How long somebody with whom nothing is shared is safe from making room for somebody new.
    pub stranger_time: Duration,
    /// After how long without a word a link makes room for somebody new from the same place, where
    /// that place is full: as many then come as may arrive.
    pub place_quiet_time: Duration,
    /// For how long a link of a full place is safe from that where none is quiet.
    pub place_time: Duration,
    /// Connections that one peer may have opened to this node; the oldest gives way. (This node
    /// itself keeps one to a peer.)
    pub incoming_per_peer_max: usize,
    /// Dials under way.
    pub dials_max: usize,
    /// Events that wait for the node, each at most a frame (1 MiB).
    pub events_max: usize,
    /// Bytes that wait on one link.
    pub queue_bytes_max: usize,
    /// Time for a connection or a pipe to be set up.
    pub setup_time: Duration,
    /// Time from the first byte of a frame to its last.
    pub frame_time: Duration,
    /// How long a full queue may stand still before its link is ended.
    pub stuck_time: Duration,
    /// How long an orderly end may take.
    pub close_time: Duration,
    /// How long a second pipe to the same peer must stand before it replaces the first.
    pub contest_time: Duration,
    /// Whoever said something and heard nothing for so long asks whether the other end is there;
    /// twice as long after that the link is given up.
    pub answer_time: Duration,
    /// A link over which nothing was said asks this often.
    pub quiet_time: Duration,
    /// The same for an uplink over UDP: the boxes on the way forget such a path within minutes.
    pub uplink_quiet_time: Duration,
    /// Peers tell each other so often again who they are and where they listen.
    pub identify_time: Duration,
    /// A connection without a link ends after this time.
    pub idle_time: Duration,
}

impl Default for NetLimits {
    fn default() -> Self {
        NetLimits {
            connections_max: 64,
            connections_kept_for_dials: 8,
            pending_incoming_max: 32,
            incoming_per_place_max: 24,
            arrivals_at_once: 32,
            arrival_time: Duration::from_micros(31_250),
            stranger_time: Duration::from_secs(5),
            place_quiet_time: Duration::from_millis(1_500),
            place_time: Duration::from_secs(60),
            incoming_per_peer_max: 2,
            dials_max: 64,
            events_max: 64,
            queue_bytes_max: 4 << 20,
            setup_time: Duration::from_secs(10),
            frame_time: Duration::from_secs(30),
            stuck_time: Duration::from_secs(30),
            close_time: Duration::from_secs(5),
            contest_time: Duration::from_secs(1),
            answer_time: Duration::from_secs(8),
            quiet_time: Duration::from_secs(600),
            uplink_quiet_time: Duration::from_secs(110),
            identify_time: Duration::from_secs(24 * 3600),
            idle_time: Duration::from_secs(10),
        }
    }
}
