//! The network: frames over libp2p, and who can be heard.
//!
//! A *link* is one ordered pipe of frames with one peer; there is at most one per peer, whatever
//! the number of connections. What goes in: addresses to listen on, peers to stay connected with,
//! frames to send. What comes out: [`NetEvent`]s. What never happens here: a look into a frame.
//!
//! The machine, from the outside in:
//!
//! - [`start`] makes one task, the driver (`swarm.rs`), which owns libp2p's swarm. It dials when
//!   the `targets` say so, opens one stream on each connection it dialled and decides, with the
//!   rule in `peers.rs`, which stream is the link when both sides dialled at once.
//! - Each link is one more task (`link.rs`): it reads frames into the bounded channel of events
//!   and writes frames from its bounded `queue`. A slow reader of events slows the peers, each
//!   link by itself; the driver never waits for it.
//! - `behaviour.rs` and `handler.rs` bound connections and streams within libp2p.
//! - `turns.rs` slows those whose frames take all the node's time while others wait; at the `door`
//!   of a place whoever took least goes first.
//! - `far.rs` has uplinks relay, and moves links from a relay to a direct way.
//! - `discovery.rs` asks who is on the local link; whom to dial of those is the node's to say.
//!
//! Every bound is in [`NetLimits`]; what is refused because of one is counted
//! ([`NetHandle::refusals`]). Nothing outside this module names a libp2p type.

mod address;
mod arrivals;
mod backoff;
mod behaviour;
mod codec;
mod config;
mod discovery;
mod door;
mod event;
mod far;
mod handle;
mod handler;
mod link;
mod linking;
mod peers;
mod queue;
mod refusals;
mod swarm;
mod targets;
#[cfg(test)]
mod tests;
mod transport;
mod turns;

pub use address::{Address, NameError, PeerName};
pub use backoff::Backoff;
pub use codec::FRAME_BYTES_MAX;
pub use config::{NetConfig, NetLimits};
pub use discovery::Discovery;
pub use door::InTurn;
pub use event::{LinkEnd, LinkId, NetError, NetEvent, SendRefused};
pub use handle::{NetHandle, start};

/// What a node logs where nothing else is asked for, as `RUST_LOG` has it: libp2p's own search of
/// the local link says too much of interfaces that do not answer.
pub const LOG_FILTER: &str = "info,libp2p_mdns=off";
