//! What a hub and its honest neighbours have to bear while a hostile peer does its worst: time and
//! memory beside those of a quiet hour in the same run, and what was refused.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use baro_tests::samples;
use baro_tests::siege::{ATTACKS, Siege};

use crate::print::{forget_peak, mega, peak, row, seconds};

/// Honest neighbours who come, one after the other; the median counts.
const VISITS: usize = 3;
/// How long an attack lasts before the first of them comes.
const HEAD_START: Duration = Duration::from_secs(3);
/// How many more come where nothing of an attack was refused yet.
const MORE_VISITS: usize = 20;
/// The most memory that the hub may take, in MB.
const MEMORY_MB_MAX: &str = "256";

/// The median time of some visits, and the most memory of the hub in that time.
fn visits(siege: &mut Siege) -> Result<(Duration, u64)> {
    let mut times = Vec::new();
    for _ in 0..VISITS {
        times.push(siege.visit()?.time);
    }
    times.sort();
    Ok((times.get(VISITS / 2).copied().unwrap_or_default(), peak(siege.pid())?))
}

/// Prints all of it; one attack only where the environment's `BARO_ATTACK` names it.
pub(crate) fn measure() -> Result<()> {
    let Some(samples) = samples()? else { return Ok(()) };
    let only = std::env::var("BARO_ATTACK").ok();
    for (name, expected) in ATTACKS {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        // A hub of its own each time: whoever comes later finds more to take home.
        let Some(mut siege) = Siege::begin(&samples)? else {
            bail!("this takes root, iproute2 and nftables")
        };
        let (quiet, _) = visits(&mut siege)?;
        row(&format!("{name}: undisturbed, served in"), seconds(quiet), "s", "-");
        let before: BTreeMap<String, u64> = siege.refused()?.into_iter().collect();
        forget_peak(siege.pid())?;
        let attack = siege.attack(name)?;
        std::thread::sleep(HEAD_START);
        let (time, memory) = visits(&mut siege)?;
        let fits = |reason: &str| expected.iter().any(|part| reason.contains(part));
        for _ in 0..MORE_VISITS {
            // Counts go to the store once a second.
            std::thread::sleep(Duration::from_millis(1_500));
            if siege.refused()?.iter().any(|(reason, _)| fits(reason)) {
                break;
            }
            // Only while the hub wants a file can anybody give it a wrong one.
            siege.visit()?;
        }
        drop(attack);
        row(&format!("{name}: served in"), seconds(time), "s", &seconds(quiet * 2));
        row(&format!("{name}: memory of the hub"), mega(memory), "MB", MEMORY_MB_MAX);
        let mut fitting = 0;
        for (reason, count) in siege.refused()? {
            let count = count - before.get(&reason).copied().unwrap_or(0);
            if count > 1 {
                row(&format!("{name}: refused, {reason}"), count, "times", "-");
            }
            if count > 0 {
                fitting += count * u64::from(fits(&reason));
            }
        }
        if fitting == 0 {
            bail!("{name}: nothing of {expected:?} was refused");
        }
    }
    Ok(())
}
