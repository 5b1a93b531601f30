//! `baro sync`: one session with one address, watched from the dial to the last acknowledgement.

use tokio::sync::oneshot;

use crate::core::{LinkId, SessionStats};
use crate::net::Address;

/// How a session that was asked for went.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct SyncReport {
    /// Records, cuts and entries sent.
    pub items_sent: u64,
    /// Records, cuts, entries and words received.
    pub items_received: u64,
    /// Bytes of protocol sent, before encryption.
    pub bytes_sent: u64,
    /// Bytes of protocol received, likewise.
    pub bytes_received: u64,
    /// Times this side waited for an answer before it could go on, acknowledgements apart.
    pub round_trips: u32,
    /// From the moment the link stood, in seconds.
    pub seconds: f64,
    /// Communities that both hold.
    pub shared: u32,
    /// Whether both hold the same now.
    pub equal: bool,
}

impl SyncReport {
    fn add(&mut self, stats: &SessionStats) {
        self.items_sent += stats.items_sent;
        self.items_received += stats.items_received;
        self.bytes_sent += stats.bytes_sent;
        self.bytes_received += stats.bytes_received;
        self.round_trips += stats.round_trips;
        #[expect(clippy::cast_precision_loss, reason = "a session lasts less than 2^52 ms")]
        let seconds = stats.millis as f64 / 1_000.0;
        self.seconds += seconds;
        self.shared = stats.shared;
        self.equal = stats.equal;
    }
}

/// Why a session that was asked for did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncFailed {
    /// No link came to stand.
    #[error(
        "{address} could not be reached: {why}. What is here is safe; try again when both are on the same network"
    )]
    Unreachable {
        /// Whom.
        address: String,
        /// Why.
        why: String,
    },
    /// The link was cut; what was acknowledged stays.
    #[error(
        "the link to {address} was cut: {why}. What had arrived is kept, and the next sync goes on from there"
    )]
    Cut {
        /// Whom.
        address: String,
        /// Why.
        why: String,
    },
    /// This node is being stopped.
    #[error("the node is stopping")]
    Stopping,
}

/// Somebody who waits for a session.
pub(super) struct Waiter {
    pub(super) address: Address,
    pub(super) reply: oneshot::Sender<Result<SyncReport, SyncFailed>>,
    pub(super) link: Option<LinkId>,
    /// Whether the link was made for this, and is closed afterwards.
    pub(super) own_link: bool,
    pub(super) report: SyncReport,
    /// Whether a session has ended; blobs may still be on their way.
    pub(super) ended: bool,
}

impl Waiter {
    pub(super) fn new(
        address: Address,
        reply: oneshot::Sender<Result<SyncReport, SyncFailed>>,
    ) -> Self {
        let report = SyncReport::default();
        Self { address, reply, link: None, own_link: false, report, ended: false }
    }

    pub(super) fn add(&mut self, stats: &SessionStats) {
        self.report.add(stats);
        self.ended = true;
    }

    pub(super) fn done(self) {
        // Whoever waited may have gone away.
        let _ = self.reply.send(Ok(self.report));
    }

    pub(super) fn unreachable(self, why: String) {
        let address = self.address.to_string();
        let _ = self.reply.send(Err(SyncFailed::Unreachable { address, why }));
    }

    pub(super) fn cut(self, why: String) {
        let address = self.address.to_string();
        let _ = self.reply.send(Err(SyncFailed::Cut { address, why }));
    }
}
