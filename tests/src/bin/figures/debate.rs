//! A real debate from end to end: three villages and an uplink, a session, rest.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baro_tests::polis::Debate;
use baro_tests::villages::Villages;
use baro_tests::{Device, baro, samples};
use serde_json::Value;

use crate::print::{mega, number, peak, processor, rate, row, seconds, status_kb};

/// How many votes are cast one by one.
const SINGLE_VOTES: usize = 1_000;
/// How long a node is watched while nothing happens.
const IDLE: Duration = Duration::from_secs(10);

/// Prints everything about the debate of this name.
pub(crate) fn measure(name: &str) -> Result<()> {
    let Some(samples) = samples()? else { bail!("the samples are needed for figures") };
    let source = Debate::load(&samples, name)?;
    row("binary", mega(std::fs::metadata(baro()?)?.len()), "MB", "25");

    let started = Instant::now();
    let villages = Villages::found(name)?;
    villages.play(&source)?;
    villages.digest()?;
    for (number, node) in villages.nodes.iter().enumerate() {
        let cells = source.check(node, &villages.debate)?;
        let limit = source.cells().to_string();
        row(&format!("villages: equal cells on node {}", number + 1), cells, "cells", &limit);
    }
    row("villages: all of it", seconds(started.elapsed()), "s", "-");
    drop(villages);

    let (device, debate) = whole(&source)?;
    single_votes(&device, &source, &debate)?;
    session(&device, &debate)?;
    at_rest(&device)
}

/// One node that holds the whole debate, put in through `batch`.
fn whole(source: &Debate) -> Result<(Device, String)> {
    let device = Device::of("Awa")?;
    device.made(&["community", "create", "whole"])?;
    let debate = device.made(&["debate", "open", "whole"])?;
    device.batch(&source.persons(0, 1))?;
    device.batch(&source.says(&debate, 0, 1))?;
    let votes = source.casts(0, 1);
    let started = Instant::now();
    let cast = device.batch(&votes)?;
    row("batch: votes", rate(cast as u64, started.elapsed()), "votes/s", "20000 or more");
    let cells = source.check(&device, &debate)?;
    row("batch: equal cells", cells, "cells", &source.cells().to_string());
    Ok((device, debate))
}

/// Votes one by one on a copy of the folder, each with its own signature and commit.
fn single_votes(device: &Device, source: &Debate, debate: &str) -> Result<()> {
    let copy = Device::new()?;
    let done = std::process::Command::new("cp")
        .arg("-a")
        .args([device.data(), copy.data()])
        .status()
        .context("copying a folder")?;
    if !done.success() {
        bail!("the folder could not be copied");
    }
    let mut child =
        copy.command(&["batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("a pipe")?;
    let mut output = BufReader::new(child.stdout.take().context("a pipe")?);
    let votes = source.casts(0, 1);
    let mut line = String::new();
    let mut started = Instant::now();
    for (at, vote) in votes.lines().take(SINGLE_VOTES + 1).enumerate() {
        writeln!(input, "{vote}")?;
        line.clear();
        output.read_line(&mut line)?;
        if !line.contains("\"ok\":true") {
            bail!("a vote was not cast: {line}");
        }
        if at == 0 {
            // The first waits for the folder to be opened.
            started = Instant::now();
        }
    }
    let rate = rate(SINGLE_VOTES as u64, started.elapsed());
    row("one vote, one signature, one commit", rate, "votes/s", "500 or more");
    drop(input);
    child.wait()?;
    let _ = debate;
    Ok(())
}

/// The whole debate to an empty node in one session, then nothing new, then one vote.
fn session(device: &Device, debate: &str) -> Result<()> {
    let invite = device.json(&["invite"])?;
    let ticket = invite.get("ticket").and_then(Value::as_str).context("no ticket")?;
    let empty = Device::of("Bakary")?;
    empty.json(&["join", ticket])?;
    let running = device.start(&["--listen", "/ip4/127.0.0.1/tcp/0"])?;
    let address = running.address("tcp")?.to_owned();

    let (report, memory) = watched(&empty, &address)?;
    let status = empty.json(&["status"])?;
    let entries = number(&status, "/communities/0/entries");
    let took = report.pointer("/seconds").and_then(Value::as_f64).unwrap_or(0.0);
    row("session: entries taken in", entries, "entries", "-");
    row("session: bytes in both directions", bytes(&report), "B", "600000");
    row("session: round trips", number(&report, "/round_trips"), "", "3");
    row("session: time", format!("{took:.2}"), "s", "5");
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 entries")]
    let taken = format!("{:.0}", entries as f64 / took.max(0.001));
    row("session: taken in, verified and durable", taken, "entries/s", "30000 or more");
    row("session: memory of the receiver", mega(memory), "MB", "120");
    row("session: memory of the sender", mega(peak(running.pid())?), "MB", "120");
    let database = std::fs::metadata(empty.data().join("baro.db"))?.len();
    row("session: database of the receiver", mega(database), "MB", "10");
    row("session: with its write-ahead log", mega(number(&status, "/stored_bytes")), "MB", "-");
    if device.digest()? != empty.digest()? {
        bail!("the digests differ after the session");
    }

    let again = empty.json(&["sync", &address])?;
    row("session: nothing new", bytes(&again), "B", "200");
    let shown = empty.json(&["debate", "show", debate])?;
    let post = shown.pointer("/posts/0/id").and_then(Value::as_str).context("no post")?;
    empty.json(&["vote", post, "agree"])?;
    let vote = empty.json(&["sync", &address])?;
    row("session: one new vote", bytes(&vote), "B", "1200");
    if device.digest()? != empty.digest()? {
        bail!("the digests differ after one vote");
    }
    Ok(())
}

/// Cold start, memory and processor of a node that holds the debate while nothing happens.
fn at_rest(device: &Device) -> Result<()> {
    let started = Instant::now();
    let running = device.start(&["--listen", "/ip4/127.0.0.1/tcp/0"])?;
    row("cold start", seconds(started.elapsed()), "s", "1");
    std::thread::sleep(Duration::from_secs(2));
    let before = processor(&running)?;
    std::thread::sleep(IDLE);
    let used = processor(&running)?.saturating_sub(before);
    row("idle: memory", mega(status_kb(running.pid(), "VmRSS:")? * 1024), "MB", "60");
    // Clock ticks are hundredths of a second on Linux.
    #[expect(clippy::cast_precision_loss, reason = "few ticks")]
    let percent = used as f64 / (IDLE.as_secs_f64() * 100.0) * 100.0;
    row("idle: processor", format!("{percent:.2}"), "% of a core", "1");
    Ok(())
}

/// Runs `sync` and watches its highest memory, in bytes.
fn watched(device: &Device, address: &str) -> Result<(Value, u64)> {
    let mut child: Child =
        device.command(&["--json", "sync", address]).stdout(Stdio::piped()).spawn()?;
    let mut highest = 0;
    while child.try_wait()?.is_none() {
        highest = highest.max(peak(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output()?;
    let report = serde_json::from_slice(&output.stdout).context("the session failed")?;
    Ok((report, highest))
}

fn bytes(report: &Value) -> u64 {
    number(report, "/bytes_sent") + number(report, "/bytes_received")
}
