//! Eighty-six phones on the Wi-Fi of one hub, as real processes: with how many each is linked,
//! whether the whole holds together, and how soon all hold the same.

use std::time::Duration;

use anyhow::{Result, bail};
use baro_tests::wifi::Wifi;

use crate::print::{mega, peak, row, seconds};

const PHONES: usize = 86;
const NEIGHBOURS: usize = 8;
/// How often, and how far apart, it is looked who is linked with whom.
const LOOKS: usize = 10;
const APART: Duration = Duration::from_secs(3);

/// Prints it; `BARO_PHONES` takes another number of them.
pub(crate) fn measure() -> Result<()> {
    let phones = std::env::var("BARO_PHONES").ok().map_or(Ok(PHONES), |text| text.parse())?;
    let Some(mut wifi) = Wifi::begin(phones)? else {
        bail!("this takes root, iproute2 and nftables")
    };
    let what = |words: &str| format!("{phones} on one Wi-Fi: {words}");
    let first = wifi.until_equal()?;
    row(&what("the same everywhere, after the last was started"), seconds(first), "s", "-");
    wifi.speak("Le puits")?;
    let all = wifi.until_equal()?;
    row(&what("everybody speaks at once, the same everywhere after"), seconds(all), "s", "-");
    let (mut most, mut guests, mut fewest, mut links) = (0, 0, phones, 0);
    for _ in 0..LOOKS {
        let seen = wifi.links()?;
        most = most.max(seen.most);
        guests = guests.max(seen.most_with_guests);
        fewest = fewest.min(seen.reached);
        links = seen.count;
        std::thread::sleep(APART);
    }
    row(&what("the most neighbours of one"), most, "", &NEIGHBOURS.to_string());
    row(&what("with those who come for one session"), guests, "", "-");
    row(&what("links"), links, "", "-");
    row(&what("reached from the first over links, at the least"), fewest, "", &phones.to_string());
    wifi.speak("Le moulin")?;
    let again = wifi.until_equal()?;
    row(&what("the same once more, now that they are linked"), seconds(again), "s", "-");
    let memory: Vec<u64> = wifi.pids().map(peak).collect::<Result<_>>()?;
    row(&what("the most memory of one"), mega(memory.into_iter().max().unwrap_or(0)), "MB", "-");
    row(&what("frames sent by all"), mega(wifi.bytes_sent()?), "MB", "-");
    if most > NEIGHBOURS || fewest < phones {
        bail!("they are not linked as they should be");
    }
    Ok(())
}
