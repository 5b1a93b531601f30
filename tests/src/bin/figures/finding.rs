//! How soon a node that was on its own is part of the village, from the moment its link is back.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use baro_tests::netns::World;
use baro_tests::{Device, Running};

use crate::print::row;

/// How often it comes back.
const ROUNDS: usize = 10;
/// How long it is on its own each time: by then it asks as seldom as it ever does while alone.
const ALONE: Duration = Duration::from_secs(12);
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints it for two nodes, and for one that comes back to a village of four.
pub(crate) fn measure() -> Result<()> {
    for village in [1, 4] {
        let Some(mut world) = World::new()? else {
            bail!("this takes root, iproute2 and nftables")
        };
        let lan = world.lan("lan")?;
        let mut devices = Vec::new();
        let mut wires = Vec::new();
        for number in 0..=village {
            let mut device = Device::of(&format!("Device {number}"))?;
            match devices.first() {
                None => drop(device.made(&["community", "create", "Kayes"])?),
                Some(founder) => device.join(founder)?,
            }
            let place = world.place(&format!("house{number}"))?;
            wires.push(lan.plug(&place, &format!("10.77.0.{}/24", number + 1))?);
            device.set_place(&place);
            devices.push(device);
        }
        let (Some(away), Some(wire)) = (devices.last(), wires.last()) else { bail!("nobody") };
        let others: Vec<&Device> = devices.iter().take(village).collect();
        let _running: Vec<Running> =
            others.iter().map(|device| device.wander(&[])).collect::<Result<_>>()?;
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            wire.cut()?;
            let _alone = away.wander(&[])?;
            for device in [Some(away), devices.first()].into_iter().flatten() {
                device.made(&["debate", "open", &format!("Le puits {round}")])?;
            }
            std::thread::sleep(ALONE);
            wire.mend()?;
            let since = Instant::now();
            while others.iter().any(|device| device.digest().ok() != away.digest().ok()) {
                if since.elapsed() > PATIENCE {
                    bail!("the digests do not come to be equal");
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            times.push(since.elapsed());
        }
        times.sort();
        let seconds = |time: Option<&Duration>| {
            time.map_or_else(String::new, |time| format!("{:.2}", time.as_secs_f64()))
        };
        let what = |word: &str| format!("alone, then {village} others: equal digests, {word}");
        row(&what("median"), seconds(times.get(ROUNDS / 2)), "s", "5");
        row(&what("longest"), seconds(times.last()), "s", "5");
    }
    Ok(())
}
