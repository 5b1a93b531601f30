//! Hostile neighbours, each a process of its own: the honest one is served meanwhile, what was
//! refused is counted with its reason, and the hub takes no more memory than it may.

use std::time::{Duration, Instant};

use baro_tests::samples;
use baro_tests::siege::{ATTACKS, Siege};

/// The most memory of the hub in all of it, in kB.
const MEMORY_KB_MAX: u64 = 256 * 1024;
/// How long an attack may take to be counted.
const PATIENCE: Duration = Duration::from_secs(180);

fn peak_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn hostile_neighbours_are_refused_and_the_honest_one_is_served() {
    let Some(samples) = samples().unwrap() else { return };
    let Some(mut siege) = Siege::begin(&samples).unwrap() else { return };
    let quiet = siege.visit().unwrap();
    let posts = siege.posts().unwrap();
    eprintln!("undisturbed: {:?}, {} kB", quiet.time, peak_kb(siege.pid()));
    for (name, expected) in ATTACKS {
        let count = |siege: &mut Siege| -> u64 {
            let refused = siege.refused().unwrap();
            let fits = |reason: &str| expected.iter().any(|part| reason.contains(part));
            refused.iter().filter(|(reason, _)| fits(reason)).map(|(_, count)| count).sum()
        };
        let before = count(&mut siege);
        let attack = siege.attack(name).unwrap();
        std::thread::sleep(Duration::from_secs(1));
        let visit = siege.visit().unwrap();
        let since = Instant::now();
        while !expected.is_empty() && count(&mut siege) == before {
            assert!(since.elapsed() < PATIENCE, "{name}: {:?}", siege.refused());
            std::thread::sleep(Duration::from_millis(500));
            if name == "blobs" {
                // Only while the hub wants a file can anybody give it a wrong one.
                siege.visit().unwrap();
            }
        }
        drop(attack);
        let memory = peak_kb(siege.pid());
        eprintln!("{name}: {:?}, {memory} kB", visit.time);
        assert!(memory <= MEMORY_KB_MAX, "{name}: {memory} kB");
    }
    assert_eq!(siege.posts().unwrap(), posts, "nothing was lost and nothing added");
}

#[test]
fn all_hostile_neighbours_at_once_are_refused_and_the_honest_ones_are_served() {
    let Some(samples) = samples().unwrap() else { return };
    let Some(mut siege) = Siege::begin(&samples).unwrap() else { return };
    siege.visit().unwrap();
    let posts = siege.posts().unwrap();
    let attacks: Vec<_> = ATTACKS.iter().map(|(name, _)| siege.attack(name).unwrap()).collect();
    std::thread::sleep(Duration::from_secs(5));
    for _ in 0..3 {
        let visit = siege.visit().unwrap();
        eprintln!("beside all of them: {:?}, {} kB", visit.time, peak_kb(siege.pid()));
    }
    // Each of them is refused, and it is said why.
    let since = Instant::now();
    let missing = |siege: &mut Siege| -> Vec<&str> {
        let refused = siege.refused().unwrap();
        let is_counted = |expected: &[&str]| {
            expected.is_empty()
                || refused.iter().any(|(why, _)| expected.iter().any(|part| why.contains(part)))
        };
        let left = ATTACKS.iter().filter(|(_, expected)| !is_counted(expected));
        left.map(|(name, _)| *name).collect()
    };
    loop {
        let mut left = missing(&mut siege);
        // Two who conspire are told of by the fork that they give out.
        if siege.forks().unwrap() == 0 {
            left.push("fork");
        }
        if left.is_empty() {
            break;
        }
        assert!(since.elapsed() < PATIENCE, "{left:?} of {:?}", siege.refused());
        std::thread::sleep(Duration::from_millis(500));
        siege.visit().unwrap();
    }
    for (reason, count) in siege.refused().unwrap() {
        eprintln!("refused {count} times: {reason}");
    }
    drop(attacks);
    eprintln!("{} texts with bombs in them were opened", siege.texts().unwrap());
    let memory = peak_kb(siege.pid());
    assert!(memory <= MEMORY_KB_MAX, "{memory} kB");
    assert_eq!(siege.posts().unwrap(), posts, "nothing was lost and nothing added");
    let cut_off = |(why, _): &(String, u64)| why.contains("too many damaged items");
    assert!(siege.refused().unwrap().iter().any(cut_off), "liars are cut off");
    siege.visit().unwrap();
}

#[test]
fn a_bystander_at_the_address_of_a_liar_is_served_all_the_same() {
    let Some(samples) = samples().unwrap() else { return };
    let Some(mut siege) = Siege::begin(&samples).unwrap() else { return };
    for name in ["counts", "signatures", "fork", "texts"] {
        let attack = siege.attack(name).unwrap();
        std::thread::sleep(Duration::from_secs(3));
        let visit = siege.visit_beside(name).unwrap();
        assert!(visit.served, "{name}: {}", visit.status);
        eprintln!("beside {name}, from its own address: {:?}", visit.time);
        drop(attack);
    }
}
