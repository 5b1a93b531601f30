//! How long to wait before the next attempt: doubling with jitter, never giving up.

use std::time::Duration;

use rand_core::Rng;

/// Waiting times between attempts to reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub first: Duration,
    /// No wait is longer than this.
    pub most: Duration,
    /// Nor than this where somebody is there who has just no room: it may be a moment's crowd that
    /// has taken it, in which others try again as soon as they can. Uplinks are spared that.
    pub turned_away: Duration,
    /// A link that stood this long makes the next wait the first one again.
    pub stood: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff {
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
            turned_away: Duration::from_secs(4),
            stood: Duration::from_secs(10),
        }
    }
}

impl Backoff {
    /// The wait after `failures` failures in a row (1 for the first): `first` doubled each time up
    /// to `most`, of which a random part between half and all is taken, so that forty phones that
    /// lost the same hub don't come back in the same instant.
    pub fn wait(&self, failures: u32, rng: &mut dyn Rng) -> Duration {
        self.wait_up_to(self.most, failures, rng)
    }

    /// The same up to another most.
    pub(super) fn wait_up_to(&self, most: Duration, failures: u32, rng: &mut dyn Rng) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(most);
        let half = full / 2;
        // 1/65536 steps are fine enough for a wait.
        let part = rng.next_u32() >> 16;
        half + (full - half) * part / 0xFFFF
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    #[test]
    fn waits_double_up_to_the_most_and_stay_there() {
        let backoff = Backoff::default();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for failures in 1..200u32 {
            let full = Duration::from_secs(1 << (failures - 1).min(20)).min(backoff.most);
            for _ in 0..50 {
                let wait = backoff.wait(failures, &mut rng);
                assert!(wait >= full / 2 && wait <= full, "{failures}: {wait:?} of {full:?}");
            }
        }
        assert!(backoff.wait(u32::MAX, &mut rng) >= backoff.most / 2);
    }

    #[test]
    fn waits_are_spread() {
        let backoff = Backoff::default();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut waits: Vec<_> = (0..100).map(|_| backoff.wait(7, &mut rng)).collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 90);
        assert!(waits.iter().any(|wait| *wait < Duration::from_secs(35)));
        assert!(waits.iter().any(|wait| *wait > Duration::from_secs(55)));
    }
}
