//! Cuts by the hundred.
//!
//! `cargo test -p baro-power` cuts 200 times; `BARO_CUTS=5000` that often. A cut that fails prints
//! one line, and `BARO_CUT=N` does that one again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::str::FromStr;
use std::sync::Mutex;
use std::time::Instant;

use baro_power::cut::{cut, cut_on_a_lying_disk};
use baro_power::life::live;

/// So many cuts fall into one life.
const CUTS_A_LIFE: u64 = 40;
const CUTS: u64 = 200;

fn asked<T: FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn power_cuts() {
    let begun = Instant::now();
    let one: Option<u64> = asked("BARO_CUT");
    let seeds = one.map_or(0..asked("BARO_CUTS").unwrap_or(CUTS), |seed| seed..seed + 1);
    let lives = seeds.start / CUTS_A_LIFE..=(seeds.end - 1) / CUTS_A_LIFE;
    let next = Mutex::new(lives);
    let judged = Mutex::new((Vec::new(), 0));
    let work = || {
        loop {
            let Some(number) = next.lock().unwrap().next() else { break };
            let life = live(number).unwrap_or_else(|why| panic!("life {number}, no cut: {why}"));
            let mine = number * CUTS_A_LIFE..(number + 1) * CUTS_A_LIFE;
            for seed in mine.filter(|seed| seeds.contains(seed)) {
                let done = cut(&life, seed);
                let mut judged = judged.lock().unwrap();
                match done {
                    Ok(done) => judged.0.push(done),
                    Err(why) => {
                        judged.1 += 1;
                        let again = format!("BARO_CUT={seed} cargo test -p baro-power");
                        println!("cut {seed}: {why}; again: {again}");
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let (survived, failed) = judged.into_inner().unwrap();
    let count =
        |of: fn(&baro_power::cut::Survived) -> bool| survived.iter().filter(|s| of(s)).count();
    println!(
        "{} cuts survived, {failed} not; {} with the commit under way, {} cut twice, {} opened as \
         copies; {:.1} s",
        survived.len(),
        count(|s| s.under_way),
        count(|s| s.twice),
        count(|s| s.as_copy),
        begun.elapsed().as_secs_f64()
    );
    assert_eq!(failed, 0, "cuts lost something");
}

/// The judges can say no: on a disk that lies, what was acknowledged is lost, and they see it.
#[test]
fn a_disk_that_lies_is_found_out() {
    let life = live(1_000).unwrap();
    assert_eq!(live(1_000).unwrap().trace.len(), life.trace.len(), "a seed replays");
    let lost = (0..20).filter(|seed| cut_on_a_lying_disk(&life, *seed).is_err()).count();
    assert!(lost > 10, "only {lost} of 20 losses were seen");
}
