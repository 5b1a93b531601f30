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
        while count(&mut siege) == before {
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
