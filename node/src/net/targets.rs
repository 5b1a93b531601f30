//! Whom this node wants to be linked with, and when it tries next.
//!
//! A target is one peer to stay connected with (by all its addresses at once) or the uplinks (one
//! address after the other). Time and randomness are arguments; dialling is somebody else's.

use std::time::{Duration, Instant};

use rand_core::Rng;

use super::{Address, Backoff, PeerName};

/// The wait before the next uplink is tried within one round through the list.
const NEXT_UPLINK: Duration = Duration::from_millis(100);

/// How long another uplink stands in for the first before the first is tried once more.
const BACK_TO_FIRST: Duration = Duration::from_secs(600);

/// Who was turned away more often than this waits as long as if nobody were there.
const TURNED_AWAY_MAX: u32 = 64;

/// Which target, by its place in the list.
pub(super) type TargetId = usize;

/// A wish to be linked.
#[derive(Debug)]
pub(super) struct Target {
    addresses: Vec<Address>,
    pub(super) uplink: bool,
    state: State,
    /// Failures in a row; for uplinks, rounds through the list that failed.
    failures: u32,
    /// The uplink whose turn it is.
    turn: usize,
    /// The uplink that stands in until the first is linked.
    stand_in: Option<PeerName>,
}

#[derive(Debug)]
enum State {
    Waiting {
        until: Instant,
    },
    /// Dials are under way, one for each address that is left.
    Dialling {
        left: usize,
        failed: Vec<(Address, Why)>,
    },
    /// A connection stands and the link is being set up.
    Reached {
        peer: PeerName,
        address: Address,
    },
    Linked {
        peer: PeerName,
        since: Instant,
        /// When the first uplink was last tried, where this is not the first.
        tried: Instant,
    },
}

/// Why an address led to no link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Why {
    pub(super) words: String,
    /// Somebody is there, and ended the connection.
    pub(super) turned_away: bool,
}

impl<T: Into<String>> From<T> for Why {
    fn from(words: T) -> Self {
        Self { words: words.into(), turned_away: false }
    }
}

/// A failed attempt: what to report.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) address: Address,
    pub(super) why: String,
    pub(super) retry_in: Duration,
}

/// All targets.
pub(super) struct Targets {
    list: Vec<Target>,
    backoff: Backoff,
    uplinks_rest_until: Option<Instant>,
}

impl Targets {
    /// Groups `peers` by the peer they name; `uplinks` are one target.
    pub(super) fn new(
        peers: &[Address],
        uplinks: &[Address],
        backoff: Backoff,
        now: Instant,
    ) -> Targets {
        let mut groups: Vec<(Option<PeerName>, Vec<Address>)> = Vec::new();
        for address in peers {
            let peer = address.peer();
            match groups.iter_mut().find(|(other, _)| peer.is_some() && *other == peer) {
                Some((_, group)) if group.contains(address) => {}
                Some((_, group)) => group.push(address.clone()),
                None => groups.push((peer, vec![address.clone()])),
            }
        }
        let target = |addresses, uplink| Target {
            addresses,
            uplink,
            state: State::Waiting { until: now },
            failures: 0,
            turn: 0,
            stand_in: None,
        };
        let mut list: Vec<_> = groups.into_iter().map(|(_, group)| target(group, false)).collect();
        if !uplinks.is_empty() {
            list.push(target(uplinks.to_vec(), true));
        }
        Targets { list, backoff, uplinks_rest_until: None }
    }

    pub(super) fn get(&self, id: TargetId) -> Option<&Target> {
        self.list.get(id)
    }

    /// Whether a target names this peer, or has reached it.
    pub(super) fn is_for(&self, peer: PeerName) -> bool {
        self.list.iter().any(|target| match &target.state {
            State::Reached { peer: at, .. } | State::Linked { peer: at, .. } => *at == peer,
            State::Waiting { .. } | State::Dialling { .. } => {
                target.attempt().iter().find_map(Address::peer) == Some(peer)
            }
        })
    }

    /// When the next target is due, if one waits.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let waiting = self.list.iter().filter_map(|target| match target.state {
            State::Waiting { until } if target.uplink => {
                Some(self.uplinks_rest_until.map_or(until, |rest| rest.max(until)))
            }
            State::Waiting { until } => Some(until),
            State::Linked { tried, .. } if target.turn > 0 => Some(tried + BACK_TO_FIRST),
            _ => None,
        });
        waiting.min()
    }

    /// Tries no uplink before `until`.
    pub(super) fn rest_uplinks(&mut self, until: Instant) {
        self.uplinks_rest_until = Some(until);
    }

    /// The addresses to dial now; each must end in [`Targets::reached`], [`Targets::linked`] or
    /// [`Targets::dial_failed`]. A target whose peer `is_linked` already counts as linked.
    pub(super) fn due(
        &mut self,
        now: Instant,
        is_linked: impl Fn(PeerName) -> bool,
    ) -> Vec<(TargetId, Address)> {
        let mut dials = Vec::new();
        let resting = self.uplinks_rest_until.is_some_and(|until| until > now);
        for (id, target) in self.list.iter_mut().enumerate() {
            if let State::Linked { tried, .. } = &mut target.state
                && target.turn > 0
                && now >= *tried + BACK_TO_FIRST
            {
                *tried = now;
                dials.extend(target.addresses.first().map(|first| (id, first.clone())));
            }
            if !matches!(target.state, State::Waiting { until } if until <= now)
                || target.uplink && resting
            {
                continue;
            }
            let addresses = target.attempt();
            if let Some(peer) = addresses.iter().find_map(Address::peer).filter(|p| is_linked(*p)) {
                target.state = State::Linked { peer, since: now, tried: now };
                continue;
            }
            target.state = State::Dialling { left: addresses.len(), failed: Vec::new() };
            dials.extend(addresses.into_iter().map(|address| (id, address)));
        }
        dials
    }

    /// A dial failed. The failures are returned once none of the target's dials is left.
    pub(super) fn dial_failed(
        &mut self,
        id: TargetId,
        address: Address,
        why: Why,
        now: Instant,
        rng: &mut dyn Rng,
    ) -> Vec<Failed> {
        let Some(target) = self.list.get_mut(id) else { return Vec::new() };
        let State::Dialling { left, failed } = &mut target.state else { return Vec::new() };
        failed.push((address, why));
        *left -= 1;
        if *left > 0 {
            return Vec::new();
        }
        let failed = std::mem::take(failed);
        let turned_away = failed.iter().any(|(_, why)| why.turned_away);
        let retry_in = target.fail(&self.backoff, turned_away, now, rng);
        let report = |(address, why): (Address, Why)| Failed { address, why: why.words, retry_in };
        failed.into_iter().map(report).collect()
    }

    /// A dial led to a connection with this peer; its link is being set up.
    pub(super) fn reached(&mut self, id: TargetId, peer: PeerName, address: Address) {
        let Some(target) = self.list.get_mut(id) else { return };
        match target.state {
            State::Dialling { .. } => target.state = State::Reached { peer, address },
            // The first uplink answers again.
            State::Linked { peer: other, .. } if target.uplink => {
                target.turn = 0;
                if other != peer {
                    target.stand_in = Some(other);
                    target.state = State::Reached { peer, address };
                }
            }
            _ => {}
        }
    }

    /// A link with this peer stands: whoever waits for this peer has it. Gives the peer that
    /// stood in for it, if one did.
    pub(super) fn linked(&mut self, peer: PeerName, now: Instant) -> Option<PeerName> {
        let mut stood_in = None;
        for target in &mut self.list {
            let ours = match &target.state {
                State::Reached { peer: reached, .. } => *reached == peer,
                State::Waiting { .. } => {
                    target.attempt().iter().find_map(Address::peer) == Some(peer)
                }
                State::Dialling { .. } | State::Linked { .. } => false,
            };
            if ours {
                target.state = State::Linked { peer, since: now, tried: now };
                stood_in = stood_in.or(target.stand_in.take());
            }
        }
        stood_in
    }

    /// There is no link with this peer any more, nor one being set up.
    pub(super) fn lost(
        &mut self,
        peer: PeerName,
        why: &str,
        now: Instant,
        rng: &mut dyn Rng,
    ) -> Vec<Failed> {
        let mut report = Vec::new();
        for target in &mut self.list {
            match &target.state {
                State::Reached { peer: reached, address } if *reached == peer => {
                    let address = address.clone();
                    let retry_in = target.fail(&self.backoff, true, now, rng);
                    report.push(Failed { address, why: why.to_owned(), retry_in });
                }
                State::Linked { peer: linked, since, .. } if *linked == peer => {
                    if now.duration_since(*since) >= self.backoff.stood {
                        // The first uplink has the first word again.
                        (target.failures, target.turn) = (1, 0);
                        let wait = self.backoff.wait(1, rng);
                        target.state = State::Waiting { until: now + wait };
                    } else {
                        target.fail(&self.backoff, false, now, rng);
                    }
                }
                _ => {}
            }
        }
        report
    }
}

impl Target {
    /// What an attempt dials: all ways to a peer, or the uplink whose turn it is.
    fn attempt(&self) -> Vec<Address> {
        if self.uplink {
            self.addresses.get(self.turn).cloned().into_iter().collect()
        } else {
            self.addresses.clone()
        }
    }

    fn fail(
        &mut self,
        backoff: &Backoff,
        turned_away: bool,
        now: Instant,
        rng: &mut dyn Rng,
    ) -> Duration {
        self.stand_in = None;
        self.turn = (self.turn + 1) % self.addresses.len();
        let wait = if self.uplink && self.turn > 0 {
            NEXT_UPLINK.min(backoff.first)
        } else {
            self.failures = self.failures.saturating_add(1);
            let soon = turned_away && !self.uplink && self.failures <= TURNED_AWAY_MAX;
            let most = if soon { backoff.turned_away.min(backoff.most) } else { backoff.most };
            backoff.wait_up_to(most, self.failures, rng)
        };
        self.state = State::Waiting { until: now + wait };
        wait
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::SeedableRng;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(4)
    }

    #[test]
    fn ways_to_one_peer_are_dialled_together_and_fail_together() {
        let peer = PeerName::from_seed(&[1; 32]);
        let ways = [
            address("/ip4/10.0.0.1/tcp/1").with_peer(peer),
            address("/ip4/10.0.0.2/tcp/1"),
            address("/ip4/10.0.0.1/udp/1/quic-v1").with_peer(peer),
        ];
        let now = Instant::now();
        let mut targets = Targets::new(&ways, &[], Backoff::default(), now);
        let due = targets.due(now, |_| false);
        assert_eq!(due.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!(targets.next_due(), None);
        let rng = &mut rng();
        assert!(targets.dial_failed(0, ways[0].clone(), "no".into(), now, rng).is_empty());
        let failed = targets.dial_failed(0, ways[2].clone(), "no".into(), now, rng);
        assert_eq!(failed.len(), 2);
        assert_eq!(failed[0].retry_in, failed[1].retry_in);
        assert_eq!(targets.next_due(), Some(now + failed[0].retry_in));
        assert!(targets.due(now, |_| false).is_empty());
    }

    #[test]
    fn a_day_of_failures_never_floods_and_never_gives_up() {
        let mut now = Instant::now();
        let start = now;
        let lost = address("/ip4/10.0.0.1/tcp/1");
        let mut targets = Targets::new(std::slice::from_ref(&lost), &[], Backoff::default(), now);
        let (mut dials, rng) = (0u32, &mut rng());
        while now < start + Duration::from_secs(86_400) {
            for (id, address) in targets.due(now, |_| false) {
                dials += 1;
                targets.dial_failed(id, address, "no route".into(), now, rng);
            }
            let due = targets.next_due().unwrap();
            assert!(due > now && due <= now + Duration::from_secs(60));
            now = due;
        }
        // Between one a minute and one each half minute.
        assert!((1440..2900).contains(&dials), "{dials}");
    }

    #[test]
    fn who_is_turned_away_comes_again_soon_but_to_an_uplink() {
        let hub = address("/ip4/10.0.0.1/tcp/1");
        for uplink in [false, true] {
            let mut now = Instant::now();
            let one = std::slice::from_ref(&hub);
            let (peers, uplinks) = if uplink { (&[][..], one) } else { (one, &[][..]) };
            let mut targets = Targets::new(peers, uplinks, Backoff::default(), now);
            let rng = &mut rng();
            let mut longest = Duration::ZERO;
            for turned_away in [vec![false; 8], vec![true; 8]].concat() {
                assert_eq!(targets.due(now, |_| false).len(), 1);
                let why = Why { turned_away, ..Why::from("closed") };
                targets.dial_failed(0, hub.clone(), why, now, rng);
                let wait = targets.next_due().unwrap() - now;
                longest = if turned_away { longest.max(wait) } else { Duration::ZERO };
                now += wait;
            }
            assert_eq!(longest <= Backoff::default().turned_away, !uplink, "{longest:?}");
        }
    }

    #[test]
    fn a_link_that_stood_begins_the_waits_anew_and_one_that_flaps_does_not() {
        let peer = PeerName::from_seed(&[1; 32]);
        let way = address("/ip4/10.0.0.1/tcp/1").with_peer(peer);
        let mut now = Instant::now();
        let backoff = Backoff::default();
        let mut targets = Targets::new(std::slice::from_ref(&way), &[], backoff, now);
        let rng = &mut rng();
        let mut round = |now: &mut Instant, stood: Duration| {
            assert_eq!(targets.due(*now, |_| false).len(), 1);
            targets.reached(0, peer, way.clone());
            targets.linked(peer, *now);
            *now += stood;
            assert!(targets.lost(peer, "cut", *now, rng).is_empty());
            let wait = targets.next_due().unwrap() - *now;
            *now += wait;
            wait
        };
        for _ in 0..8 {
            round(&mut now, Duration::from_millis(10));
        }
        assert!(round(&mut now, Duration::from_millis(10)) >= Duration::from_secs(30));
        assert!(round(&mut now, backoff.stood) <= backoff.first);
    }

    #[test]
    fn uplinks_take_turns_and_a_failed_round_waits() {
        let ups: Vec<_> = (1..4).map(|n| address(&format!("/ip4/10.0.0.{n}/tcp/1"))).collect();
        let mut now = Instant::now();
        let mut targets = Targets::new(&[], &ups, Backoff::default(), now);
        let (mut order, mut waits, rng) = (Vec::new(), Vec::new(), &mut rng());
        for _ in 0..6 {
            let due = targets.due(now, |_| false);
            assert_eq!(due.len(), 1, "one at a time");
            order.push(ups.iter().position(|up| *up == due[0].1).unwrap());
            targets.dial_failed(0, due[0].1.clone(), "no".into(), now, rng);
            waits.push(targets.next_due().unwrap() - now);
            now += waits[waits.len() - 1];
        }
        assert_eq!(order, [0, 1, 2, 0, 1, 2]);
        assert!(waits[2] >= Duration::from_millis(500) && waits[5] >= Duration::from_secs(1));
        assert!(waits[0] <= NEXT_UPLINK && waits[3] <= NEXT_UPLINK);
    }

    #[test]
    fn the_first_uplink_is_tried_again_and_takes_the_place_of_the_second() {
        let peers = [PeerName::from_seed(&[1; 32]), PeerName::from_seed(&[2; 32])];
        let ups = peers.map(|peer| address("/ip4/10.0.0.1/tcp/1").with_peer(peer));
        let (mut now, rng) = (Instant::now(), &mut rng());
        let mut targets = Targets::new(&[], &ups, Backoff::default(), now);
        targets.due(now, |_| false);
        targets.dial_failed(0, ups[0].clone(), "no".into(), now, rng);
        now = targets.next_due().unwrap();
        assert_eq!(targets.due(now, |_| false), [(0, ups[1].clone())]);
        targets.reached(0, peers[1], ups[1].clone());
        assert_eq!(targets.linked(peers[1], now), None);
        for answers in [false, true] {
            assert_eq!(targets.next_due(), Some(now + BACK_TO_FIRST));
            now += BACK_TO_FIRST;
            assert_eq!(targets.due(now, |_| false), [(0, ups[0].clone())]);
            if answers {
                targets.reached(0, peers[0], ups[0].clone());
            } else {
                assert!(targets.dial_failed(0, ups[0].clone(), "no".into(), now, rng).is_empty());
            }
        }
        assert_eq!(targets.linked(peers[0], now), Some(peers[1]));
        assert!(targets.lost(peers[1], "closed", now, rng).is_empty());
        assert_eq!(targets.next_due(), None, "the first is all that is wanted");
    }

    #[test]
    fn a_peer_that_came_by_itself_is_not_dialled() {
        let peer = PeerName::from_seed(&[1; 32]);
        let way = address("/ip4/10.0.0.1/tcp/1").with_peer(peer);
        let now = Instant::now();
        let mut targets = Targets::new(&[way], &[], Backoff::default(), now);
        assert!(targets.due(now, |other| other == peer).is_empty());
        assert_eq!(targets.next_due(), None);
        targets.lost(peer, "cut", now, &mut rng());
        assert!(targets.next_due().is_some());
    }
}
