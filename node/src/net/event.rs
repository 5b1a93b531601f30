//! What the network tells the node, and why it refuses or ends things.

use std::{fmt, time::Duration};

use bytes::Bytes;

use super::{Address, InTurn, PeerName, codec::FRAME_BYTES_MAX};

/// One link of this process, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub(super) u64);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

/// What happened on the network. For one link the order is: one `LinkUp`, any `Frame` and `Room`,
/// one `LinkDown`; the next link with the same peer comes up only after that.
#[derive(Debug)]
pub enum NetEvent {
    /// This node can be reached at this address, which ends in `/p2p/` and its name.
    Listening(Address),
    /// What was told by `Listening` holds no more.
    ListenEnded(Address),
    /// A listener could not be opened or closed by itself; the others go on.
    ListenFailed {
        /// Where it was to listen, when that is known.
        address: Option<Address>,
        /// What the system said.
        why: String,
    },
    /// A pipe to a peer stands and carries frames both ways.
    LinkUp {
        /// Names the link in everything that follows.
        link: LinkId,
        /// Who is at the other end; proved by the handshake.
        peer: PeerName,
        /// Whether this node opened the pipe. Exactly one side is told true.
        initiator: bool,
        /// Where the peer was dialled, or came from.
        address: Address,
        /// Whether the address is one of [`super::NetConfig::uplinks`].
        uplink: bool,
        /// Whether the peer is one of [`super::NetConfig::peers`] or an uplink: a link that is
        /// made again whenever it ends.
        kept: bool,
    },
    /// A frame arrived: 1 to [`FRAME_BYTES_MAX`] bytes, in the order in which it was sent.
    Frame {
        /// On which link.
        link: LinkId,
        /// The frame without its length.
        frame: Bytes,
        /// To be dropped once it was handled: until then hardly more comes from that place.
        turn: InTurn,
    },
    /// A send on this link was refused because its queue was full; now half of it is free.
    Room {
        /// Which link.
        link: LinkId,
    },
    /// The link is over. All frames that arrived before have been reported.
    LinkDown {
        /// Which link.
        link: LinkId,
        /// How it ended.
        why: LinkEnd,
        /// Bytes written on the pipe, lengths included, before encryption.
        sent: u64,
        /// Bytes read from the pipe, likewise.
        received: u64,
    },
    /// A peer on the local link says where it listens. A hint, not proved by anything.
    Found {
        /// Who it says it is.
        peer: PeerName,
        /// At most 8 addresses, each with `/p2p/` and its name.
        addresses: Vec<Address>,
    },
    /// A peer was not heard on the local link for as long as it had said that it would be there.
    Lost {
        /// Who.
        peer: PeerName,
    },
    /// No address of [`super::NetHandle::reach`] led to a link.
    Unreached {
        /// Whom it was to reach.
        peer: PeerName,
        /// What was in the way at the last of them, in words.
        why: String,
    },
    /// An attempt to reach an address did not lead to a link.
    DialFailed {
        /// The address.
        address: Address,
        /// What was in the way, in words.
        why: String,
        /// When it is tried again; `None` for an address that was dialled once.
        retry_in: Option<Duration>,
    },
}

/// How a link ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkEnd {
    /// This node closed it, with this reason, and everything queued was handed over.
    #[error("closed here: {0}")]
    ClosedHere(String),
    /// The peer closed it in good order.
    #[error("closed by the peer")]
    ClosedByPeer,
    /// The connection broke, or the peer vanished.
    #[error("lost: {0}")]
    Lost(String),
    /// Another link with the same peer took its place.
    #[error("replaced by a newer link with the same peer")]
    Replaced,
    /// The peer announced a frame of this many bytes.
    #[error("the peer announced a frame of {0} bytes; at most {FRAME_BYTES_MAX} are taken")]
    FrameTooLarge(u64),
    /// The peer sent what is no frame.
    #[error("the peer broke the protocol: {0}")]
    Malformed(String),
    /// The peer asks all the time whether this side is there.
    #[error("the peer asks all the time whether this node is there")]
    TooManyMarks,
    /// A frame was begun and not completed in time.
    #[error("the peer began a frame and did not complete it within {0:?}")]
    FrameTooSlow(Duration),
    /// The queue stayed full and the peer took next to nothing of it.
    #[error("the peer took next to nothing of a full queue within {0:?}")]
    OutboundStuck(Duration),
}

/// Why a frame was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendRefused {
    /// The link's queue is full; [`NetEvent::Room`] says when to go on.
    #[error("the link's queue is full")]
    Full,
    /// The link is closing or over.
    #[error("the link is gone")]
    Gone,
    /// A frame has 1 to [`FRAME_BYTES_MAX`] bytes; this one has that many.
    #[error("a frame of {0} bytes; it must have 1 to {FRAME_BYTES_MAX}")]
    Size(usize),
}

/// Why the network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// An address to listen on is of no kind that this node can open.
    #[error("cannot listen on {0}: {1}")]
    Listen(Address, String),
    /// The transports could not be set up.
    #[error("the network could not be set up: {0}")]
    Setup(String),
    /// The system gave no randomness for the jitter.
    #[error("the system gave no randomness: {0}")]
    Randomness(String),
}
