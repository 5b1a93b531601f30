//! What a hub and its honest neighbours have to bear while a hostile peer does its worst: time and
//! memory beside those of a quiet hour in the same run, and what was refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use baro_tests::samples;
use baro_tests::siege::{ATTACKS, Siege, Visit};

use crate::print::{forget_peak, mega, peak, row, seconds};

/// Honest neighbours who come, one after the other; the median counts.
const VISITS: usize = 3;
/// How long an attack lasts before the first of them comes.
const HEAD_START: Duration = Duration::from_secs(3);
/// How many more come where nothing of an attack was refused yet.
const MORE_VISITS: usize = 20;
/// A thousand connections, all tried again each second, from an address leave nobody else there a
/// way in.
const WITHOUT_BYSTANDER: [&str; 1] = ["crowd"];
/// The name of all attacks at once.
const ALL: &str = "all";
/// The most memory that the hub may take, in MB.
const MEMORY_MB_MAX: &str = "256";

/// The times of some visits, the shortest first, and the most memory of the hub in that time.
fn visits(
    siege: &mut Siege,
    mut visit: impl FnMut(&mut Siege) -> Result<Visit>,
) -> Result<([Visit; VISITS], u64)> {
    let mut all = [visit(siege)?, visit(siege)?, visit(siege)?];
    all.sort_by_key(|visit| visit.time);
    Ok((all, peak(siege.pid())?))
}

/// The median of the times of some visits.
fn median([_, visit, _]: &[Visit; VISITS]) -> Duration {
    visit.time
}

/// What is printed of times of which some may have been too long for the visitors.
fn all_seconds(visits: &[Visit; VISITS]) -> String {
    let said = |visit: &Visit| {
        let time = seconds(visit.time);
        if visit.served { time } else { format!("not in {time}") }
    };
    visits.each_ref().map(said).join(", ")
}

/// Prints all of it; one attack only where the environment's `BARO_ATTACK` names it, all of them at
/// once where it is `all`.
pub(crate) fn measure() -> Result<()> {
    let Some(samples) = samples()? else { return Ok(()) };
    let only = std::env::var("BARO_ATTACK").ok();
    for attack in ATTACKS {
        if only.as_ref().is_none_or(|only| only == attack.0) {
            beside(&samples, attack.0, &[attack])?;
        }
    }
    if only.is_none_or(|only| only == ALL) {
        beside(&samples, ALL, &ATTACKS)?;
    }
    Ok(())
}

/// Which of the attacks have been refused nothing of yet.
fn unrefused<'a>(attacks: &[(&'a str, &[&str])], refused: &[(String, u64)]) -> Vec<&'a str> {
    let is_counted = |expected: &[&str]| {
        expected.is_empty()
            || refused.iter().any(|(why, _)| expected.iter().any(|part| why.contains(part)))
    };
    let left = attacks.iter().filter(|(_, expected)| !is_counted(expected));
    left.map(|(name, _)| *name).collect()
}

/// A hub of its own each time: whoever comes later finds more to take home.
fn beside(samples: &Path, name: &str, attacks: &[(&str, &[&str])]) -> Result<()> {
    let Some(mut siege) = Siege::begin(samples)? else {
        bail!("this takes root, iproute2 and nftables")
    };
    let (quiet, _) = visits(&mut siege, Siege::visit)?;
    let quiet = median(&quiet);
    row(&format!("{name}: undisturbed, served in"), seconds(quiet), "s", "-");
    let before: BTreeMap<String, u64> = siege.refused()?.into_iter().collect();
    forget_peak(siege.pid())?;
    let begun = attacks.iter().map(|(name, _)| siege.attack(name)).collect::<Result<Vec<_>>>()?;
    std::thread::sleep(HEAD_START);
    let (times, memory) = visits(&mut siege, Siege::visit)?;
    for _ in 0..MORE_VISITS {
        // Counts go to the store once a second.
        std::thread::sleep(Duration::from_millis(1_500));
        if unrefused(attacks, &siege.refused()?).is_empty() {
            break;
        }
        // Only while the hub wants a file can anybody give it a wrong one.
        siege.visit()?;
    }
    let beside = match attacks {
        [(one, _)] if !WITHOUT_BYSTANDER.contains(one) => {
            Some(visits(&mut siege, |siege| siege.visit_beside(one))?.0)
        }
        _ => None,
    };
    drop(begun);
    row(&format!("{name}: served in"), seconds(median(&times)), "s", &seconds(quiet * 2));
    if let Some(beside) = beside {
        let name = format!("{name}: from its own address, served in");
        row(&name, all_seconds(&beside), "s", "-");
    }
    row(&format!("{name}: memory of the hub"), mega(memory), "MB", MEMORY_MB_MAX);
    let refused = siege.refused()?;
    for (reason, count) in &refused {
        let count = count - before.get(reason).copied().unwrap_or(0);
        if count > 1 {
            row(&format!("{name}: refused, {reason}"), count, "times", "-");
        }
    }
    let left = unrefused(attacks, &refused);
    if !left.is_empty() {
        bail!("nothing of {left:?} was refused");
    }
    Ok(())
}
