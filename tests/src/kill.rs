//! Processes killed at moments that a seed chooses.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// Numbers that look random and come from a seed (SplitMix64).
pub struct Moments(u64);

impl Moments {
    /// Those of this seed.
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// One between `from` and `to`, which is not reached.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from + (mixed ^ (mixed >> 31)) % (to - from)
    }

    /// A time between two numbers of milliseconds.
    pub fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_micros(self.between(from * 1_000, to * 1_000))
    }
}

/// Waits and kills; false where the process had ended by itself before.
///
/// # Errors
/// Where the system refuses.
pub fn after(child: &mut Child, wait: Duration) -> Result<bool> {
    std::thread::sleep(wait);
    let killed = child.try_wait()?.is_none();
    if killed {
        child.kill()?;
    }
    child.wait()?;
    Ok(killed)
}

/// Starts a command and kills it after `wait`; false where it had ended by itself, well.
///
/// # Errors
/// Where it cannot be started, or had failed by itself.
pub fn command(command: &mut Command, wait: Duration) -> Result<bool> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
    let killed = after(&mut child, wait)?;
    if !killed && !child.wait()?.success() {
        anyhow::bail!("{command:?} failed by itself");
    }
    Ok(killed)
}

/// Starts `batch` on what is piped in, writes `lines` to it in small groups and kills `victim`
/// (else the command itself) after `wait`. Gives what had been answered, one value a line.
///
/// # Errors
/// Where it cannot be started, or says what is no JSON.
pub fn batch(
    command: &mut Command,
    lines: Vec<String>,
    wait: Duration,
    victim: Option<crate::Running>,
) -> Result<Vec<Value>> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    let output = child.stdout.take().context("no output")?;
    let writer = std::thread::spawn(move || {
        for group in lines.chunks(3) {
            // It may be dead by now.
            if input.write_all((group.join("\n") + "\n").as_bytes()).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let reader = std::thread::spawn(move || -> Result<Vec<Value>> {
        let mut answers = Vec::new();
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line)? > 0 {
            // A line without its end was not printed yet.
            if line.ends_with(b"\n") {
                answers.push(serde_json::from_slice(&line)?);
            }
            line.clear();
        }
        Ok(answers)
    });
    match victim {
        None => {
            after(&mut child, wait)?;
        }
        Some(node) => {
            std::thread::sleep(wait);
            node.kill()?;
            after(&mut child, Duration::from_millis(20))?;
        }
    }
    let panicked = |_| anyhow::anyhow!("a thread panicked");
    writer.join().map_err(panicked)?;
    reader.join().map_err(panicked)?
}
