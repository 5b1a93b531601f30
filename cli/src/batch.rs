//! `batch`: JSON lines in, one result line each after the commit it belongs to.
//!
//! A thread reads lines ahead while the node works, and each group is what has gathered meanwhile:
//! one line where somebody writes them one by one, thousands from a file. So nothing waits for a
//! timer, and a slow disk makes groups larger by itself.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use anyhow::{Context as _, Result, bail};
use baro_node::api::{Context, Op, Request};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::data::Data;
use crate::door::Door;
use crate::output;

/// The most operations of one group, and so of one transaction.
const GROUP_OPS_MAX: usize = 16_384;
/// The most bytes of lines in one group.
const GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of one line.
const LINE_BYTES_MAX: usize = 256 * 1024;
/// How many lines are read ahead.
const AHEAD_MAX: usize = 2 * GROUP_OPS_MAX;

type Line = std::io::Result<Vec<u8>>;

pub(crate) fn run(data: &Data, context: &Context, file: &Path) -> Result<ExitCode> {
    let (input, bytes): (Box<dyn Read + Send>, u64) = match file.as_os_str() == "-" {
        true => (Box::new(std::io::stdin()), 0),
        false => {
            let what = || format!("{} cannot be read", file.display());
            let opened = File::open(file).with_context(what)?;
            let bytes = opened.metadata().with_context(what)?.len();
            (Box::new(opened), bytes)
        }
    };
    if data.reads_pins() && file.as_os_str() == "-" {
        bail!("operations and PINs cannot both be piped in: put the operations into a file");
    }
    let mut door = Door::open(data)?;
    let (send, lines) = sync_channel::<Line>(AHEAD_MAX);
    // Ends with the input, or with the first line that nobody takes any more.
    std::thread::spawn(move || {
        let mut input = BufReader::with_capacity(1 << 18, input);
        loop {
            match line(&mut input) {
                Ok(None) => return,
                Ok(Some(line)) => {
                    if send.send(Ok(line)).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let _ = send.send(Err(error));
                    return;
                }
            }
        }
    });
    let bar = progress(bytes);
    let (mut done, mut refused) = (0_u64, 0_u64);
    while let Some(group) = group(&lines)? {
        let read: usize = group.iter().map(|line| line.len() + 1).sum();
        let results = work(&mut door, context, &group)?;
        let mut text = String::new();
        for result in &results {
            refused += u64::from(result.get("ok") != Some(&Value::Bool(true)));
            text.push_str(&result.to_string());
            text.push('\n');
        }
        done += results.len() as u64;
        output::bytes(text.as_bytes())?;
        bar.inc(read as u64);
    }
    bar.finish_and_clear();
    if refused > 0 {
        eprintln!("baro: {refused} of {done} operations were refused; their lines say why");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The next line that is not blank, without its end; refuses one that is too long.
fn line(input: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(std::io::Error::other("a line has more than 256 kB"));
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            return Ok(Some(text.to_vec()));
        }
    }
}

/// What has gathered: waits for one line, then takes those that are there.
fn group(lines: &Receiver<Line>) -> Result<Option<Vec<Vec<u8>>>> {
    let Ok(first) = lines.recv() else { return Ok(None) };
    let mut group = vec![first?];
    let mut bytes = group.iter().map(Vec::len).sum::<usize>();
    while group.len() < GROUP_OPS_MAX && bytes < GROUP_BYTES_MAX {
        match lines.try_recv() {
            Ok(line) => {
                let line = line?;
                bytes += line.len();
                group.push(line);
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    Ok(Some(group))
}

/// Does a group and gives one result a line, in order.
fn work(door: &mut Door, context: &Context, group: &[Vec<u8>]) -> Result<Vec<Value>> {
    let mut ops = Vec::with_capacity(group.len());
    let mut unread = Vec::with_capacity(group.len());
    for line in group {
        match serde_json::from_slice::<Op>(line) {
            Ok(op) => {
                ops.push(op);
                unread.push(None);
            }
            Err(error) => {
                let error = format!("this line is no operation: {error}");
                unread.push(Some(json!({ "ok": false, "error": error })));
            }
        }
    }
    let count = ops.len();
    let answered = match door.ask(context, Request::Batch { ops }) {
        Ok(Value::Array(results)) => results,
        Ok(_) => Vec::new(),
        // Nothing of the group was written: each of its operations says so.
        Err(error) => vec![json!({ "ok": false, "error": output::words(&error) }); count],
    };
    let mut answered = answered.into_iter();
    let missing = || json!({ "ok": false, "error": "the node gave no answer" });
    Ok(unread
        .into_iter()
        .map(|unread| unread.unwrap_or_else(|| answered.next().unwrap_or_else(missing)))
        .collect())
}

fn progress(bytes: u64) -> ProgressBar {
    if bytes == 0 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %  {eta} left") {
        bar.set_style(style);
    }
    bar
}
