//! How long it takes until a vote that is cast on one node shows on the next.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baro_tests::Device;
use baro_tests::socket::Socket;
use serde_json::{Value, json};

use crate::print::{millis, row};

/// How many votes each way of voting casts.
const VOTES: usize = 100;
/// How long the other node is given to show one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prints the delays over loopback, for three ways of casting a vote.
pub(crate) fn measure() -> Result<()> {
    let (one, other) = (Device::of("Awa")?, Device::of("Bakary")?);
    one.made(&["community", "create", "Kayes"])?;
    other.join(&one)?;
    let debate = one.made(&["debate", "open", "Le puits"])?;
    let post = one.made(&["say", &debate, "Un puits par quartier"])?;
    let first = one.start(&["--listen", "/ip4/127.0.0.1/tcp/0"])?;
    let _second =
        other.start(&["--listen", "/ip4/127.0.0.1/tcp/0", "--peer", first.address("tcp")?])?;
    let mut here = Socket::open(&one.data())?;
    let mut there = Screen { socket: Socket::open(&other.data())?, debate };
    there.shows("pass", 0)?;

    let mut vote = |choice: &str| {
        here.ask(&json!({ "command": "vote", "post": post, "choice": choice })).map(drop)
    };
    delays("by an open connection", &mut there, &mut vote)?;

    let mut child = one.command(&["batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("a pipe")?;
    let mut output = BufReader::new(child.stdout.take().context("a pipe")?);
    let mut vote = |choice: &str| {
        writeln!(input, "{}", json!({ "op": "vote", "post": post, "choice": choice }))?;
        let mut line = String::new();
        output.read_line(&mut line)?;
        if line.contains("\"ok\":true") { Ok(()) } else { bail!("a vote was not cast: {line}") }
    };
    delays("by an open baro batch", &mut there, &mut vote)?;
    drop(input);
    child.wait()?;

    let mut vote = |choice: &str| one.json(&["vote", &post, choice]).map(drop);
    delays("by baro vote, its start included", &mut there, &mut vote)
}

/// What the other node shows.
struct Screen {
    socket: Socket,
    debate: String,
}

impl Screen {
    /// Waits until its only post has so many votes of this kind.
    fn shows(&mut self, kind: &str, count: u64) -> Result<()> {
        let since = Instant::now();
        loop {
            let shown = self.socket.ask(&json!({ "command": "debate_show", "id": self.debate }));
            // The debate itself may not be there yet.
            let shown = shown.unwrap_or(Value::Null);
            let number = shown.pointer(&format!("/posts/0/{kind}")).and_then(Value::as_u64);
            if number == Some(count) {
                return Ok(());
            }
            if since.elapsed() > PATIENCE {
                bail!("the other node does not show the vote: {shown}");
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

/// Votes one way and the other, each time until the other node shows it.
fn delays(how: &str, there: &mut Screen, vote: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    let mut times = Vec::new();
    for number in 0..VOTES {
        let choice = if number % 2 == 0 { "agree" } else { "disagree" };
        let since = Instant::now();
        vote(choice)?;
        there.shows(choice, 1)?;
        times.push(since.elapsed());
        // Somebody reads before voting again.
        std::thread::sleep(Duration::from_millis(20));
    }
    times.sort();
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    row(&format!("vote, {how}: median of {VOTES}"), millis(at(VOTES / 2)), "ms", "50");
    row(&format!("vote, {how}: 99 of {VOTES} within"), millis(at(VOTES * 99 / 100 - 1)), "ms", "-");
    Ok(())
}
