//! What happens to a node, and what its driver is to do about it.

use bytes::Bytes;

use super::session::SessionStats;
use super::traffic::Class;
use crate::replica::{Batch, News, Outcome};
use crate::store::StoreError;

/// A link between two nodes, numbered by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// A batch on its way into the store, numbered by the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u64);

/// What happens to a node.
#[derive(Clone, Debug)]
pub enum Event {
    /// A link stands.
    LinkUp {
        /// Its number, never used before.
        link: LinkId,
        /// Whether this side opened it.
        initiator: bool,
        /// This peer's name on the network.
        local: Vec<u8>,
        /// The other's.
        remote: Vec<u8>,
        /// Whether somebody asked for this very link (a peer or uplink by its address, or a
        /// session): it is none of the neighbours this node chooses for itself.
        kept: bool,
    },
    /// A node can be heard and says where it listens.
    Found {
        /// Its name on the network.
        peer: Vec<u8>,
        /// Where, as multiaddresses.
        addresses: Vec<String>,
    },
    /// No address of an [`Effect::Dial`] led to a link.
    Unreached {
        /// Whom it was to reach.
        peer: Vec<u8>,
    },
    /// A frame came in over a link.
    Frame {
        /// Which link.
        link: LinkId,
        /// Its bytes.
        frame: Bytes,
    },
    /// A link is gone.
    LinkDown {
        /// Which link.
        link: LinkId,
    },
    /// A batch is durable.
    Committed {
        /// Which.
        group: GroupId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A batch could not be kept; nothing of it is there.
    CommitFailed {
        /// Which.
        group: GroupId,
        /// Why.
        error: StoreError,
    },
    /// Something was written here, and is durable.
    Changed {
        /// What.
        news: News,
    },
    /// A link, which is about to stand, costs money: large files are fetched over it only for those
    /// who asked for them, and served to nobody.
    Metered {
        /// Which link.
        link: LinkId,
        /// Whether what is left to spend is kept for records and alerts: nothing else goes over it
        /// then, either way.
        alerts_only: bool,
    },
    /// From which place a link comes, as the driver tells places apart: peers of one place share
    /// what it may bring.
    Place {
        /// Which link.
        link: LinkId,
        /// Its place, in bytes that mean nothing here.
        place: Vec<u8>,
    },
    /// A session is wished for over a link, news or not.
    Wish {
        /// Which link.
        link: LinkId,
    },
    /// Time has passed.
    Tick,
}

/// What the driver is to do.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send a frame over a link, after those before it.
    Send {
        /// Which link.
        link: LinkId,
        /// Its bytes, at most [`FRAME_BYTES_MAX`](super::FRAME_BYTES_MAX).
        frame: Vec<u8>,
        /// What they are about.
        class: Class,
    },
    /// What a frame that came was about, for accounts.
    Heard {
        /// Which link.
        link: LinkId,
        /// Of how many bytes.
        bytes: usize,
        /// What about.
        class: Class,
    },
    /// Make a batch durable and answer.
    Commit {
        /// Its number.
        group: GroupId,
        /// What to write.
        batch: Batch,
    },
    /// Close a link when what was sent before is out.
    Close {
        /// Which link.
        link: LinkId,
        /// Why, in words.
        why: String,
    },
    /// Make a link with a node, at any of these addresses; [`Event::LinkUp`] or
    /// [`Event::Unreached`] answers.
    Dial {
        /// Its name on the network.
        peer: Vec<u8>,
        /// Where, as multiaddresses; the likeliest first.
        addresses: Vec<String>,
    },
    /// The other side has shown that it knows a community of this node.
    Shares {
        /// Over which link.
        link: LinkId,
    },
    /// A session came to its end.
    SessionEnded {
        /// Over which link.
        link: LinkId,
        /// How it went.
        stats: SessionStats,
    },
    /// Something was not taken in; counted and shown in `baro status`.
    Refused {
        /// From where.
        link: LinkId,
        /// Why, in words that name no person.
        reason: String,
    },
}
