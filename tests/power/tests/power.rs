//! Cuts by the hundred.
//!
//! `cargo test -p baro-power` cuts 200 times; `BARO_CUTS=5000` that often. A cut that fails prints
//! one line, and `BARO_CUT=N` does that one again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::str::FromStr;
use std::time::Instant;

use baro_power::cut::{cut, cut_on_a_lying_disk};
use baro_power::life::live;

/// So many cuts fall into one life.
const CUTS_A_LIFE: u64 = 20;
const CUTS: u64 = 200;

fn asked<T: FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn power_cuts() {
    let begun = Instant::now();
    let one: Option<u64> = asked("BARO_CUT");
    let seeds = one.map_or(0..asked("BARO_CUTS").unwrap_or(CUTS), |seed| seed..seed + 1);
    let lives: Vec<u64> = (seeds.start / CUTS_A_LIFE..=(seeds.end - 1) / CUTS_A_LIFE).collect();
    let (mut survived, mut failed) = (Vec::new(), 0);
    for number in lives {
        let life = live(number).unwrap_or_else(|why| panic!("life {number} without a cut: {why}"));
        let mine = number * CUTS_A_LIFE..(number + 1) * CUTS_A_LIFE;
        for seed in mine.filter(|seed| seeds.contains(seed)) {
            match cut(&life, seed) {
                Ok(done) => survived.push(done),
                Err(why) => {
                    failed += 1;
                    println!("cut {seed}: {why}; again: BARO_CUT={seed} cargo test -p baro-power");
                }
            }
        }
    }
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
    let lost = (0..20).filter(|seed| cut_on_a_lying_disk(&life, *seed).is_err()).count();
    assert!(lost > 10, "only {lost} of 20 losses were seen");
}
