//! What two linked nodes send while nothing happens, with a clock that runs faster for all that
//! waits: two days in two minutes.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use baro_tests::Device;
use baro_tests::netns::World;

use crate::print::row;

/// How much faster waits end.
const FASTER: u64 = 1_440;
/// Two days, at that rate.
const LENGTH: Duration = Duration::from_secs(2 * 86_400 / FASTER);
/// Until what follows a first meeting is over.
const SETTLED: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints the bytes a day at one node's interface, Ethernet headers included, over both transports,
/// each in a world of its own at the same time.
pub(crate) fn measure() -> Result<()> {
    let transports = [("TCP", "/ip4/0.0.0.0/tcp/0"), ("QUIC", "/ip4/0.0.0.0/udp/0/quic-v1")];
    let measured = std::thread::scope(|scope| {
        let threads = transports.map(|(_, listen)| scope.spawn(move || days(listen)));
        threads.map(|thread| thread.join())
    });
    for ((name, _), measured) in transports.into_iter().zip(measured) {
        let Ok(measured) = measured else { bail!("the measurement over {name} broke") };
        let (all, asking) = measured?;
        let day = |bytes: u64| format!("{:.1}", kilo(bytes) / 2.0);
        row(
            &format!("idle link over {name}, both directions"),
            day(all.saturating_sub(asking)),
            "kB/day",
            "100",
        );
        row(&format!("multicast DNS of two nodes, beside {name}"), day(asking), "kB/day", "-");
    }
    Ok(())
}

/// Bytes of two days: all at one node's interface, and of them multicast DNS.
fn days(listen: &str) -> Result<(u64, u64)> {
    let Some(mut world) = World::new()? else { bail!("this takes root, iproute2 and nftables") };
    let lan = world.lan("lan")?;
    let (mut awa, mut bakary) = (Device::of("Awa")?, Device::of("Bakary")?);
    awa.made(&["community", "create", "Kayes"])?;
    awa.made(&["debate", "open", "Le puits"])?;
    bakary.join(&awa)?;
    let (here, there) = (world.place("awa")?, world.place("bakary")?);
    let wire = lan.plug(&here, "10.77.0.1/24")?;
    lan.plug(&there, "10.77.0.2/24")?;
    awa.set_place(&here);
    bakary.set_place(&there);
    let faster = FASTER.to_string();
    let args = ["--listen", listen, "--speed-up", &faster];
    let _running = (awa.wander(&args)?, bakary.wander(&args)?);
    let since = Instant::now();
    while awa.digest()? != bakary.digest()? {
        if since.elapsed() > PATIENCE {
            bail!("the two do not meet");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(SETTLED);
    here.count_mdns()?;
    there.count_mdns()?;
    let before = wire.bytes()?;
    std::thread::sleep(LENGTH);
    let after = wire.bytes()?;
    let asking = here.mdns_bytes()? + there.mdns_bytes()?;
    if awa.json(&["peers"])?.as_array().is_none_or(|peers| peers.len() != 1) {
        bail!("the link did not last");
    }
    Ok((after.0 - before.0 + after.1 - before.1, asking))
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 bytes")]
fn kilo(bytes: u64) -> f64 {
    bytes as f64 / 1e3
}
