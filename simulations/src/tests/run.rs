//! Scenarios, small and real: production cores arrive when the foremost journeys do.

use std::path::Path;

use baro_crdt::ids::Millis;

use crate::dice::Dice;
use crate::foremost::foremost;
use crate::run::{run, run_schedule};
use crate::scenario::Scenario;
use crate::schedule::{Contact, Line, Saying, Schedule, Stay};

const FAST: Line = Line {
    delay_ms: 1,
    delay_ms_max: 1,
    bytes_per_s: 1_000_000_000,
    lose_permille: 0,
    protocol_free: false,
};

fn scenario(text: &str) -> Scenario {
    toml::from_str(text).unwrap()
}

const LOAD: &str = r#"
title = "test"
days = 1
[[load]]
stream = "debate"
by = []
count = 0
hours = [0, 0]
words_bytes = [100, 300]
"#;

/// A schedule by chance: few devices, contacts and stays of all lengths.
fn by_chance(seed: u64) -> Schedule {
    let mut dice = Dice::new(seed, "test");
    let mut schedule = Schedule {
        nodes: 12,
        places: vec![FAST; 2],
        end: Millis(86_400_000),
        ..Schedule::default()
    };
    for _ in 0..40 {
        let (a, b) = (dice.index(12), dice.index(12));
        let from = dice.below(80_000) * 1_000;
        let until = from + dice.between(20, 600) * 1_000;
        let free = schedule
            .contacts
            .iter()
            .all(|other: &Contact| [other.a, other.b] != [a, b] && [other.b, other.a] != [a, b]);
        if a != b && free {
            let (from, until) = (Millis(from), Millis(until));
            schedule.contacts.push(Contact { a, b, from, until, line: FAST });
        }
    }
    for n in 0..12 {
        let at = Millis(dice.below(40_000) * 1_000);
        schedule.sayings.push(Saying { node: n, at, person: 0, load: 0 });
    }
    schedule
}

#[test]
fn the_foremost_journey_is_what_a_search_by_hand_finds() {
    for seed in 0..50 {
        let mut schedule = by_chance(seed);
        schedule.settle();
        let found = foremost(&schedule);
        for (n, saying) in schedule.sayings.iter().enumerate() {
            let mut at = vec![None; 12];
            at[saying.node] = Some(saying.at);
            // As often as a journey may have steps, take every contact that helps.
            for _ in 0..12 {
                for contact in &schedule.contacts {
                    for (from, to) in [(contact.a, contact.b), (contact.b, contact.a)] {
                        let Some(here) = at[from] else { continue };
                        let there: Millis = here.max(contact.from);
                        if there < contact.until && at[to].is_none_or(|before| there < before) {
                            at[to] = Some(there);
                        }
                    }
                }
            }
            for (node, at) in at.into_iter().enumerate() {
                assert_eq!(found.at(n, node), at, "seed {seed}, saying {n}, device {node}");
            }
        }
    }
}

#[test]
fn what_is_said_at_a_place_stays_with_those_who_were_there() {
    let stay = |node, from: u64, until: u64| Stay {
        node,
        place: 0,
        from: Millis(from * 3_600_000),
        until: Millis(until * 3_600_000),
    };
    let mut schedule = Schedule {
        nodes: 3,
        places: vec![FAST],
        stays: vec![stay(0, 1, 3), stay(1, 2, 4), stay(2, 5, 6)],
        sayings: vec![Saying { node: 0, at: Millis(0), person: 0, load: 0 }],
        end: Millis(86_400_000),
        ..Schedule::default()
    };
    schedule.settle();
    let found = foremost(&schedule);
    assert_eq!(found.at(0, 1), Some(Millis(2 * 3_600_000)));
    assert_eq!(found.at(0, 2), None);
    // The same with production cores, who find each other at the place.
    let report = run_schedule(&scenario(LOAD), &schedule, 1, 1, |_| {});
    assert_eq!(report.all.delays_ms.len(), 1);
    assert!(report.all.delays_ms[0] < 2 * 3_600_000 + 5_000);
}

#[test]
fn production_cores_reach_whom_the_foremost_journeys_reach_and_never_before() {
    for seed in 0..3 {
        let mut schedule = by_chance(seed);
        schedule.settle();
        let report = run_schedule(&scenario(LOAD), &schedule, seed, 1, |_| {});
        let (ours, best) = (&report.all.delays_ms, &report.all.foremost_ms);
        assert!(best.len() > 20, "the test has something to reach");
        assert_eq!(ours.len(), best.len());
        for (ours, best) in ours.iter().zip(best) {
            assert!(best <= ours && *ours < best + 3_000, "{ours} ms and {best} ms");
        }
        assert_eq!(report.words_missing, 0);
        let again = run_schedule(&scenario(LOAD), &schedule, seed, 1, |_| {});
        assert_eq!(again.json(), report.json(), "a seed decides everything");
    }
}

#[test]
fn how_many_hands_there_are_decides_nothing() {
    let (nodes, hour) = (60, Millis(3_600_000));
    // All come and go at once, over lines with a backlog, so that links end and dials fail.
    let stay = |node: usize, n: u64| {
        let from = 20_000 * n + 7 * node as u64 % 40;
        let until = if n == 10 { hour } else { Millis(from + 15_000) };
        Stay { node, place: node % 2 * (n % 2) as usize, from: Millis(from), until }
    };
    let all = (0..nodes).flat_map(|node| (0..11).map(move |n| stay(node, n)));
    // All at once, so that there is much to do in each millisecond.
    let says = |node| Saying { node, at: Millis(60_000), person: 0, load: 0 };
    let mut schedule = Schedule {
        nodes,
        places: vec![
            Line { delay_ms: 3, delay_ms_max: 9, lose_permille: 50, ..FAST },
            Line { delay_ms: 3, delay_ms_max: 4, bytes_per_s: 5_000, ..FAST },
        ],
        stays: all.collect(),
        sayings: (0..nodes).step_by(3).map(says).collect(),
        end: hour,
        ..Schedule::default()
    };
    schedule.settle();
    let run = |hands| run_schedule(&scenario(LOAD), &schedule, 5, hands, |_| {}).json();
    let one = run(1);
    assert_eq!(one["all"]["arrived"], 20 * 59);
    for hands in [2, 3] {
        assert_eq!(run(hands), one, "{hands}");
    }
}

/// Four in a ring: what is said goes over three links, and over the fourth only the one says that it
/// has it who had it first.
#[test]
fn who_has_announced_something_is_not_told_of_it() {
    let load = LOAD.replace("days = 1", "days = 1\nwrite_ms = 1");
    let (start, end) = (Millis(1_000), Millis(120_000));
    let line = Line { delay_ms: 20, delay_ms_max: 20, ..FAST };
    let met = |a| Contact { a, b: (a + 1) % 4, from: start, until: end, line };
    let frames = |count: usize| {
        let at = |n| Millis(60_000 + n as u64 * 1_000);
        let says = |n| Saying { node: n % 4, at: at(n), person: 0, load: 0 };
        let mut schedule = Schedule {
            nodes: 4,
            contacts: (0..4).map(met).collect(),
            sayings: (0..count).map(says).collect(),
            end,
            ..Schedule::default()
        };
        schedule.settle();
        let report = run_schedule(&scenario(&load), &schedule, 1, 1, |_| {});
        assert_eq!(report.all.delays_ms.len(), 3 * count);
        report.frames
    };
    assert_eq!(frames(32) - frames(20), 12 * (3 + 1));
}

#[test]
fn a_scenario_that_names_what_is_not_there_says_so() {
    let text = LOAD.replace("by = []", "by = [\"nobody\"]");
    let error = scenario(&text).build(1).err().unwrap();
    assert_eq!(error.to_string(), "it names the group nobody, which it does not describe");
}

#[test]
fn every_scenario_that_ships_can_be_laid_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let scenario = Scenario::read(&path).unwrap();
        let absent =
            scenario.traces.iter().any(|trace| !scenario.folder.join(&trace.file).exists());
        if absent {
            eprintln!("{}: its trace is not here, passed over", path.display());
            continue;
        }
        let plan = scenario.build(1).unwrap();
        assert!(plan.schedule.nodes > 1, "{}", path.display());
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn journeys_in_the_village_in_malawi_are_those_known_of_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/malawi.toml");
    let scenario = Scenario::read(&path).unwrap();
    if scenario.traces.iter().any(|trace| !scenario.folder.join(&trace.file).exists()) {
        eprintln!("the trace is not here, passed over");
        return;
    }
    let schedule = scenario.build(1).unwrap().schedule;
    assert_eq!((schedule.nodes, schedule.contacts.len()), (86, 35_117));
    let found = foremost(&schedule);
    let within = |hours: u64| {
        let pairs = (0..86).flat_map(|n| (0..86).map(move |node| (n, node)));
        let reached = pairs
            .filter(|(n, node)| found.at(*n, *node).is_some_and(|at| at.0 <= hours * 3_600_000));
        reached.count() - 86
    };
    // Counted from the table by another program, a bit set for each person and a row at a time.
    assert_eq!([24, 72, 168].map(within), [1_783, 3_392, 5_761]);
}

#[test]
fn a_lossy_line_and_wrong_clocks_lose_nothing() {
    let mut schedule = by_chance(7);
    for contact in &mut schedule.contacts {
        contact.line = Line {
            delay_ms: 80,
            delay_ms_max: 120,
            bytes_per_s: 4_000,
            lose_permille: 100,
            ..FAST
        };
        contact.until = Millis(contact.until.0 + 600_000);
    }
    schedule.settle();
    let wrong = "[clocks]\nwrong_permille = 500\noff_days_max = 3650\n[[load]]";
    let scenario = scenario(&LOAD.replace("[[load]]", wrong));
    let report = run_schedule(&scenario, &schedule, 7, 1, |_| {});
    assert_eq!(report.all.delays_ms.len(), report.all.foremost_ms.len());
    assert_eq!(report.closings, Default::default());
}

#[test]
fn a_run_of_a_scenario_has_what_its_file_says() {
    let text = r#"
title = "two houses and a courier"
days = 2
[[line]]
name = "wifi"
delay_ms = 5
bytes_per_s = 1_000_000
[[group]]
name = "house"
nodes = 8
sites = 2
[[group]]
name = "courier"
nodes = 1
[[routine]]
who = "house"
place = "site"
line = "wifi"
hours = [6, 22]
[[route]]
who = "courier"
stops = ["house/*"]
line = "wifi"
in_order = true
stops_a_day = 4
from_hour = 8
stay_min = [10, 10]
travel_min = [60, 60]
[[load]]
stream = "alerts"
by = ["courier"]
count = 2
hours = [0, 6]
words_bytes = [100, 200]
[[load]]
stream = "debate"
by = ["house"]
count = 20
hours = [6, 10]
words_bytes = [100, 200]
"#;
    let report = run(&scenario(text), 1, 2, |_| {}).unwrap();
    assert_eq!((report.nodes, report.all.pairs), (9, 22 * 8));
    assert_eq!(report.all.delays_ms.len(), report.all.pairs, "all arrive within two days");
    assert!(report.all.coverage_ratio().unwrap() > 0.999);
}
