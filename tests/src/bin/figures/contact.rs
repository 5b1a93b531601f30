//! Seven seconds at 1 Mbit/s between two nodes that never met, one of which has a megabyte to
//! say: how much of what goes over is what was said.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baro_tests::Device;
use baro_tests::kill::Moments;
use baro_tests::netns::World;
use baro_tests::socket::Socket;
use serde_json::{Value, json};

use crate::print::{number, ratio, row, seconds};

const KBIT: u32 = 1_000;
const CONTACT: Duration = Duration::from_secs(7);
const POSTS: u64 = 2_000;
/// 2,000 of them are a megabyte.
const POST_BYTES: u64 = 500;
/// How long two nodes may take to find each other.
const PATIENCE: Duration = Duration::from_secs(60);
/// What was taken in at the last moment is durable after this.
const SETTLED: Duration = Duration::from_secs(2);
/// Six bits each: what makes them shorter than a byte is not the protocol's merit.
const SIGNS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

/// Prints what came over.
pub(crate) fn measure() -> Result<()> {
    let Some(mut world) = World::new()? else { return Ok(()) };
    let lan = world.lan("lan")?;
    let (mut one, mut other) = (Device::of("Awa")?, Device::of("Bakary")?);
    one.made(&["community", "create", "Kayes"])?;
    other.join(&one)?;
    let debate = one.made(&["debate", "open", "Le puits"])?;
    let mut dice = Moments::of(7);
    let mut text = || -> String {
        let sign = |at: u64| SIGNS.get(usize::try_from(at).unwrap_or(0)).copied().unwrap_or(b'-');
        (0..POST_BYTES).map(|_| char::from(sign(dice.between(0, 64)))).collect()
    };
    let posts: String = (0..POSTS)
        .map(|_| json!({ "op": "say", "debate": debate, "text": text() }).to_string() + "\n")
        .collect();
    one.batch(&posts)?;

    let mut wires = Vec::new();
    for (number, device) in [&mut one, &mut other].into_iter().enumerate() {
        let place = world.place(&format!("house-{number}"))?;
        let wire = lan.plug(&place, &format!("10.78.0.{}/24", number + 1))?;
        wire.slow(KBIT)?;
        wire.cut()?;
        device.set_place(&place);
        wires.push(wire);
    }
    let _running = [one.wander(&[])?, other.wander(&[])?];
    let mut there = Socket::open(&other.data())?;
    // So long that neither asks at its start any more.
    std::thread::sleep(Duration::from_secs(3));

    let wire = wires.get(1).context("a wire")?;
    let since = Instant::now();
    wires.iter().try_for_each(baro_tests::netns::Wire::mend)?;
    while there.status()?.pointer("/peers/0").is_none() {
        if since.elapsed() > PATIENCE {
            bail!("they do not find each other");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let found = since.elapsed();
    let before = wire.bytes()?;
    let met = Instant::now();
    std::thread::sleep(CONTACT.saturating_sub(met.elapsed()));
    wires.iter().try_for_each(baro_tests::netns::Wire::cut)?;
    let after = wire.bytes()?;
    std::thread::sleep(SETTLED);

    let shown = there.ask(&json!({ "command": "debate_show", "id": debate }));
    let shown = shown.unwrap_or(Value::Null);
    let words: u64 = shown
        .get("posts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|post| post.get("text").and_then(Value::as_str))
        .map(|text| text.len() as u64)
        .sum();
    let went = (after.0 - before.0) + (after.1 - before.1);
    let items = number(&there.status()?, "/communities/0/entries");
    row("contact: from the link to the first connection (discovery)", seconds(found), "s", "-");
    row("contact: bytes on the interface in the next 7 s, both ways", went, "B", "-");
    row("contact: entries durable at the receiver", items, "", "-");
    row("contact: their words", words, "B", "-");
    let limit = "0.6 (words alone, each random letter counted as the 6 bits it is)";
    row("contact: words durable, per byte on the interface", ratio(words * 3 / 4, went), "", limit);
    let line = u64::from(KBIT) * 1_000 / 8 * CONTACT.as_secs();
    row("contact: the same, per byte the line could carry", ratio(words * 3 / 4, line), "", "-");
    row("contact: the same, of the letters as they are", ratio(words, line), "", "-");
    Ok(())
}
