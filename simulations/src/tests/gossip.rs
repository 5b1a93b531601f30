//! Live gossip among twenty devices: nothing missed, little said twice.

use super::*;

/// Devices of members, each linked with those so many places further.
fn linked(devices: usize, steps: &[usize]) -> Two {
    let mut world = World::new(3, devices, Faults::none(3));
    let mut dice = Dice::new(3, "test");
    let mut village = Village::found(&mut world, &mut dice, 1, 1, &[0]).unwrap();
    let founder = village.persons[0].clone();
    village.invite(&mut world, &mut dice, 0, &founder).unwrap();
    for device in 1..devices {
        village.join(&mut world, &mut dice, device, 0).unwrap();
    }
    for device in 0..devices {
        for step in steps {
            let line = Line { delay_ms: 5 + dice.below(20), bytes_per_s: 2_000_000 };
            world.connect(device, (device + step) % devices, line);
        }
    }
    assert!(world.run_until_quiet(15_000, 900_000));
    Two { world, dice, village }
}

impl Two {
    /// Runs that were pushed to anybody, and those that were there already.
    fn received(&self) -> (u64, u64) {
        let all = self.world.nodes.iter().filter_map(|node| node.gossip());
        all.fold((0, 0), |sum, stats| (sum.0 + stats.runs_received, sum.1 + stats.runs_again))
    }
}

#[test]
fn every_post_reaches_everyone_with_few_copies() {
    let mut village = linked(20, &[1, 3, 7]);
    let debate = village.say(0, 0, Body::Debate { closes: None }, Some("Where?"));
    assert!(village.world.run_until_quiet(15_000, 900_000));
    let before = village.received();
    let text = "The well by the school gives water until March, the one by the market ".repeat(4);
    for n in 0..200 {
        let device = village.dice.index(20);
        let post = Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
        village.say(device, device, post, Some(&format!("{n} {text}")));
        village.world.run_until(Millis(village.world.now.0 + 200));
    }
    village.world.run_until(Millis(village.world.now.0 + 3_000));
    let digests: std::collections::BTreeSet<_> = (0..20).map(|n| village.digest(n)).collect();
    assert_eq!(digests.len(), 1);
    let after = village.received();
    let (runs, again) = (after.0 - before.0, after.1 - before.1);
    println!("{runs} runs pushed, {again} of them again, for {} deliveries", 200 * 19);
    assert!(runs <= 2 * 200 * 19);
    assert!(runs - again >= 200 * 18, "most arrive live");
}

/// A post of each device in turn, live (devices look at the time once a second, and announce and ask
/// for what was announced then); how many frames and bytes each took on all links.
fn in_turn(village: &mut Two, debate: EntryId, text: &str) -> Vec<(u64, u64)> {
    let devices = village.world.nodes.len();
    let sum = |village: &Two| {
        let all = village.world.watch.traffic.values();
        all.fold((0, 0), |sum, traffic| (sum.0 + traffic.frames, sum.1 + traffic.bytes))
    };
    let mut cost = Vec::new();
    for device in 0..devices {
        let before = sum(village);
        let post = Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
        village.say(device, device, post, Some(text));
        village.world.run_until(Millis(village.world.now.0 + 4_000));
        let digests: std::collections::BTreeSet<_> =
            (0..devices).map(|n| village.digest(n)).collect();
        assert_eq!(digests.len(), 1, "said at {device}");
        let after = sum(village);
        cost.push((after.0 - before.0, after.1 - before.1));
    }
    cost
}

/// Nobody asks to be fed where the first push says so: a frame for each post, from either end.
#[test]
fn the_first_live_words_over_a_fresh_link_cost_one_frame() {
    let text = "The well by the school gives water until March";
    let mut two = two();
    let debate = two.say(0, 0, Body::Debate { closes: None }, Some("Where?"));
    let post = Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
    two.say(1, 1, post, Some("By the school"));
    for _ in 0..2 {
        two.meet();
        // Neighbours tell each other of others some seconds after they met.
        two.world.run_until(Millis(two.world.now.0 + 15_000));
        for (frames, bytes) in in_turn(&mut two, debate, text) {
            println!("{bytes} bytes in {frames} frames");
            assert_eq!(frames, 1);
            // Words that are too short to be compressed.
            assert!(bytes <= 140 + text.len() as u64, "{bytes}");
        }
        two.part();
    }
}

/// Links that began lazy, or whose other end forgot all in a crash, still bring words at once.
#[test]
fn words_come_live_after_a_crash() {
    let mut three = linked(3, &[1]);
    let debate = three.say(0, 0, Body::Debate { closes: None }, Some("Where?"));
    assert!(three.world.run_until_quiet(15_000, 900_000));
    in_turn(&mut three, debate, "By the market");
    for crashed in 0..3 {
        three.world.crash(crashed);
        three.world.restart(crashed);
        three.world.connect(crashed, (crashed + 1) % 3, LINE).unwrap();
        three.world.run_until(Millis(three.world.now.0 + 3_000));
        in_turn(&mut three, debate, "By the school");
        three.world.connect(crashed, (crashed + 2) % 3, LINE).unwrap();
        three.world.run_until(Millis(three.world.now.0 + 3_000));
        in_turn(&mut three, debate, "By the road");
    }
}
