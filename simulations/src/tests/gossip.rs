//! Live gossip among twenty devices: nothing missed, little said twice.

use super::*;

/// Twenty devices, each linked with a few others, all of them members.
fn twenty() -> Two {
    let mut world = World::new(3, 20, Faults::none(3));
    let mut dice = Dice::new(3, "test");
    let mut village = Village::found(&mut world, &mut dice, 1, 1, &[0]).unwrap();
    let founder = village.persons[0].clone();
    village.invite(&mut world, &mut dice, 0, &founder).unwrap();
    for device in 1..20 {
        village.join(&mut world, &mut dice, device, 0).unwrap();
    }
    for device in 0..20 {
        for step in [1, 3, 7] {
            let line = Line { delay_ms: 5 + dice.below(20), bytes_per_s: 2_000_000 };
            world.connect(device, (device + step) % 20, line);
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
    let mut village = twenty();
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
