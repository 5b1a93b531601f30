//! How often somebody may come: connections from one place cost a handshake each, whatever becomes
//! of them.
//!
//! A place may come a number of times at once, and after that as often as it earns a visit (the
//! generic cell rate algorithm, as ITU-T I.371 has it). Who comes too often is turned away before
//! anything is computed, and may come again a moment later.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::turns::Place;

/// The most places of which it is remembered that they came lately.
const PLACES_MAX: usize = 4_096;

/// When each place will have earned all its visits again.
#[derive(Debug, Default)]
pub(super) struct Arrivals(BTreeMap<Place, Instant>);

impl Arrivals {
    /// Whether a place may come now: `at_once` times, and once more after each `every`.
    pub(super) fn admit(
        &mut self,
        place: Place,
        (at_once, every): (u32, Duration),
        now: Instant,
    ) -> bool {
        self.0.retain(|_, earned| *earned > now);
        let earned = self.0.get(&place).copied().unwrap_or(now);
        let later = earned + every;
        if later > now + every * at_once || self.0.len() >= PLACES_MAX && earned == now {
            return false;
        }
        self.0.insert(place, later);
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_place_comes_some_times_at_once_and_then_in_a_steady_rhythm() {
        let place = |text: &str| Place::of(&text.parse().unwrap()).unwrap();
        let (often, seldom) = (place("/ip4/10.0.0.1/tcp/1"), place("/ip4/10.0.0.2/tcp/1"));
        let rate = (3, Duration::from_millis(100));
        let (mut arrivals, mut now) = (Arrivals::default(), Instant::now());
        let came = |arrivals: &mut Arrivals, now| {
            (0..10).filter(|_| arrivals.admit(often, rate, now)).count()
        };
        assert_eq!(came(&mut arrivals, now), 3);
        assert!(arrivals.admit(seldom, rate, now), "somebody else");
        now += Duration::from_millis(100);
        assert_eq!(came(&mut arrivals, now), 1);
        now += Duration::from_secs(60);
        assert_eq!(came(&mut arrivals, now), 3);
        assert_eq!(arrivals.0.len(), 1, "who has earned all again is forgotten");
    }
}
