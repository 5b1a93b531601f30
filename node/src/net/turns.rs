//! Whose turn it is: how much of the node's time the frames from one place may take while others
//! wait.
//!
//! Each frame that was handled is charged to the place it came from. A place earns time as fast as
//! it passes, divided by the number of places that were heard within the last second, and saves up
//! a little. Who has spent more is not read from for a while, so that the transport slows the other
//! end. A place that nobody else waits beside spends what it likes.
//!
//! Besides, no more than one frame of a place waits for the node at a time, however many links it
//! has: whoever comes by waits for that one and not for a queue of somebody else's.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use libp2p::{Multiaddr, multiaddr::Protocol};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much time a place may save up.
const SAVED_MAX: Duration = Duration::from_millis(300);
/// A place that was heard within this time counts as there.
const THERE: Duration = Duration::from_secs(1);
/// One that was not heard for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10);
/// The longest pause at once.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Where connections come from: an IPv4 address, or the network of an IPv6 one, within which
/// anybody may have as many addresses as they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place([u8; 8]);

impl Place {
    pub(super) const fn bytes(self) -> [u8; 8] {
        self.0
    }

    /// `None` for what comes over a relay, which bounds that itself.
    pub(super) fn of(address: &Multiaddr) -> Option<Place> {
        if address.iter().any(|part| part == Protocol::P2pCircuit) {
            return None;
        }
        address.iter().find_map(|part| match part {
            Protocol::Ip4(ip) => {
                let [a, b, c, d] = ip.octets();
                Some(Place([0, 0, 0, 0, a, b, c, d]))
            }
            Protocol::Ip6(ip) => {
                let [a, b, c, d, e, f, g, h, ..] = ip.octets();
                Some(Place([a, b, c, d, e, f, g, h]))
            }
            _ => None,
        })
    }
}

/// That a frame is being handled, or waits for it. Its place has no more than one of these.
#[derive(Debug)]
pub struct InTurn(#[expect(dead_code, reason = "dropping it is what counts")] OwnedSemaphorePermit);

/// Where the frames of one place, or of one link over a relay, wait for their turn.
#[derive(Clone, Debug)]
pub(super) struct Door(Arc<Semaphore>);

impl Door {
    pub(super) fn new() -> Door {
        Door(Arc::new(Semaphore::new(1)))
    }

    /// Waits for the next frame's turn; `None` only where the door was closed, which none is.
    pub(super) async fn turn(&self) -> Option<InTurn> {
        Arc::clone(&self.0).acquire_owned().await.ok().map(InTurn)
    }
}

/// The doors of all places from which there are links.
#[derive(Debug, Default)]
pub(super) struct Doors(BTreeMap<Place, Weak<Semaphore>>);

impl Doors {
    /// The one that all links from this place share.
    pub(super) fn of(&mut self, place: Option<Place>) -> Door {
        self.0.retain(|_, door| door.strong_count() > 0);
        let Some(place) = place else { return Door::new() };
        if let Some(door) = self.0.get(&place).and_then(Weak::upgrade) {
            return Door(door);
        }
        let door = Door::new();
        self.0.insert(place, Arc::downgrade(&door.0));
        door
    }
}

/// What one place has left.
#[derive(Debug)]
struct Turn {
    heard_at: Instant,
    saved: Duration,
    owed: Duration,
}

/// All places that were heard lately: no more than there can be links in ten seconds.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<Place, Turn>);

impl Turns {
    /// Charges a place for what a frame of it took; gives how long it is not to be read from.
    pub(super) fn charge(&mut self, place: Place, cost: Duration, now: Instant) -> Duration {
        self.0.retain(|_, turn| now.duration_since(turn.heard_at) < FORGOTTEN);
        let there = |turn: &Turn| now.duration_since(turn.heard_at) < THERE;
        let others = self.0.iter().filter(|(at, turn)| **at != place && there(turn)).count();
        let places = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
        let turn = self.0.entry(place).or_insert(Turn {
            heard_at: now,
            saved: SAVED_MAX,
            owed: Duration::ZERO,
        });
        let earned = turn.saved + now.duration_since(turn.heard_at) / places;
        let spent = turn.owed + cost;
        turn.heard_at = now;
        turn.saved = earned.saturating_sub(spent).min(SAVED_MAX);
        turn.owed = spent.saturating_sub(earned);
        if others == 0 {
            turn.owed = Duration::ZERO;
        }
        (turn.owed * places).min(PAUSE_MAX)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place(text: &str) -> Place {
        Place::of(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn one_network_is_one_place() {
        assert_eq!(place("/ip4/10.0.0.1/tcp/1"), place("/ip4/10.0.0.1/udp/2/quic-v1"));
        assert_ne!(place("/ip4/10.0.0.1/tcp/1"), place("/ip4/10.0.0.2/tcp/1"));
        assert_eq!(place("/ip6/2001:db8::1/tcp/1"), place("/ip6/2001:db8::ffff:2/tcp/1"));
        assert_ne!(place("/ip6/2001:db8::1/tcp/1"), place("/ip6/2001:db8:0:1::1/tcp/1"));
    }

    #[tokio::test]
    async fn no_more_than_one_frame_of_a_place_waits() {
        let mut doors = Doors::default();
        let (here, there) = (place("/ip4/10.0.0.1/tcp/1"), place("/ip4/10.0.0.2/tcp/1"));
        let (one, other) = (doors.of(Some(here)), doors.of(Some(here)));
        let first = one.turn().await.unwrap();
        let wait = |door: Door| async move {
            tokio::time::timeout(Duration::from_millis(20), door.turn()).await.is_ok()
        };
        assert!(!wait(other.clone()).await, "a second");
        assert!(wait(doors.of(Some(there))).await, "from elsewhere");
        assert!(wait(doors.of(None)).await && wait(doors.of(None)).await, "each over a relay");
        drop(first);
        assert!(wait(other.clone()).await);
        drop((one, other));
        doors.of(None);
        assert!(doors.0.is_empty(), "places without links are forgotten");
    }

    #[test]
    fn who_takes_all_the_time_waits_for_those_who_take_little() {
        let (greedy, modest) = (place("/ip4/10.0.0.1/tcp/1"), place("/ip4/10.0.0.2/tcp/1"));
        let (mut turns, mut now) = (Turns::default(), Instant::now());
        let cost = Duration::from_millis(10);
        for _ in 0..200 {
            now += cost;
            assert_eq!(turns.charge(greedy, cost, now), Duration::ZERO, "nobody else waits");
        }
        let (mut taken, began) = (Duration::ZERO, now);
        let mut ready_at = now;
        while now.duration_since(began) < Duration::from_secs(20) {
            now += cost;
            // A little, ten times a second.
            if now.duration_since(began).as_millis().is_multiple_of(100) {
                let pause = turns.charge(modest, Duration::from_millis(1), now);
                assert_eq!(pause, Duration::ZERO);
            }
            if ready_at <= now {
                taken += cost;
                ready_at = now + turns.charge(greedy, cost, now);
            }
        }
        let seconds = taken.as_secs_f64();
        assert!((9.0..11.5).contains(&seconds), "half of 20 s: {seconds}");
    }
}
