//! Counts of what was refused to peers, by reason.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why something from the network was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    FrameTooLarge,
    FrameMalformed,
    FrameTooSlow,
    OutboundStuck,
    ConnectionsFull,
    PendingFull,
    PeerConnections,
    PlacePending,
    PlaceConnections,
    PlaceOften,
    MadeRoom,
    Paused,
    TooManyMarks,
    SecondStream,
    WrongPeer,
}

/// Each reason with its name, in the order of the enum.
const NAMES: [(Refusal, &str); 15] = [
    (Refusal::FrameTooLarge, "frame_too_large"),
    (Refusal::FrameMalformed, "frame_malformed"),
    (Refusal::FrameTooSlow, "frame_too_slow"),
    (Refusal::OutboundStuck, "outbound_stuck"),
    (Refusal::ConnectionsFull, "connections_full"),
    (Refusal::PendingFull, "pending_connections_full"),
    (Refusal::PeerConnections, "connections_of_one_peer_full"),
    (Refusal::PlacePending, "pending_connections_of_one_place_full"),
    (Refusal::PlaceConnections, "connections_of_one_place_full"),
    (Refusal::PlaceOften, "connections_of_one_place_too_often"),
    (Refusal::MadeRoom, "made_room"),
    (Refusal::Paused, "paused_for_others"),
    (Refusal::TooManyMarks, "asked_too_often"),
    (Refusal::SecondStream, "second_stream_on_connection"),
    (Refusal::WrongPeer, "wrong_peer"),
];

/// One counter for each reason, since the start.
#[derive(Debug, Default)]
pub(super) struct Refusals([AtomicU64; NAMES.len()]);

impl Refusals {
    pub(super) fn count(&self, refusal: Refusal) {
        if let Some(counter) = self.0.get(refusal as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The reasons that occurred, with how often.
    pub(super) fn list(&self) -> Vec<(&'static str, u64)> {
        NAMES
            .iter()
            .zip(&self.0)
            .map(|((_, name), counter)| (*name, counter.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_counts_under_its_own_name() {
        for (at, (refusal, name)) in NAMES.iter().enumerate() {
            assert_eq!(*refusal as usize, at);
            let refusals = Refusals::default();
            refusals.count(*refusal);
            refusals.count(*refusal);
            assert_eq!(refusals.list(), [(*name, 2)]);
        }
    }
}
