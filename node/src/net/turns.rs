//! Whose turn it is: how much of the node's time the frames from one place may take while others
//! wait.
//!
//! Each frame that was handled is charged to the place it came from. A place earns time as fast as
//! it passes, divided by the number of places that were heard within the last second, and saves up
//! a little. Where it has spent more, those of its links that take as much as the others do, or
//! more, are not read from for a while, so that the transport slows the other end; who takes less
//! does not pay for what somebody else at the same address did. A place that nobody else waits
//! beside spends what it likes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use libp2p::{Multiaddr, multiaddr::Protocol};

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
    /// Charges a place for what a frame of it took; gives how long those of its links
    /// that take most are not to be read from.
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
