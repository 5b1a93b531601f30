//! W with 100,000 posts fetched by an empty node of its own process, which verifies each log,
//! and has made all of it durable in SQLite before it says so.
//!
//! Two processes and a pipe; the receiver commits what has gathered while the last commit went on,
//! as the node's own driver does. Its memory is the most it ever held.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use baro_node::api::Request;
use baro_node::core::{Event, LinkId};
use baro_node::store::SqliteStore;

use crate::ours::{Device, Villages, peer_name};
use crate::print::{n, peak_mb, row};
use crate::work::Work;

/// The seeds of the two devices.
const SENDER: u8 = 1;
const RECEIVER: u8 = 9;
const LINK: LinkId = LinkId(1_000_000);
/// How many frames are taken in before what they bring is committed together.
const TOGETHER: usize = 8;

fn write_all(device: &mut Device, to: &mut impl Write) -> Result<()> {
    for frame in device.take_out() {
        to.write_all(&u32::try_from(frame.len())?.to_le_bytes())?;
        to.write_all(&frame)?;
    }
    to.flush()?;
    Ok(())
}

/// Frames as they come, until the other end is gone.
fn frames(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (to, frames) = sync_channel(64);
    std::thread::spawn(move || {
        let mut length = [0; 4];
        while from.read_exact(&mut length).is_ok() {
            let mut frame = vec![0; u32::from_le_bytes(length) as usize];
            if from.read_exact(&mut frame).is_err() || to.send(frame).is_err() {
                return;
            }
        }
    });
    frames
}

/// The receiver's process: fetches all over its standard input and output.
pub(crate) fn receive(folder: &Path, ticket: &str) -> Result<()> {
    let store = SqliteStore::open(&folder.join("posts.db"))?;
    let mut device = Device::new(Box::new(store), RECEIVER);
    device.ask(Request::Init { name: "Fanta".to_owned() })?;
    device.ask(Request::Join { ticket: ticket.to_owned() })?;
    let mut to = BufWriter::new(std::io::stdout().lock());
    let frames = frames(BufReader::new(std::io::stdin()));
    let started = Instant::now();
    device.gather = true;
    device.link_up(LINK, true, peer_name(SENDER))?;
    write_all(&mut device, &mut to)?;
    while device.sessions.is_empty() {
        let Ok(frame) = frames.recv() else { break };
        device.give(Event::Frame { link: LINK, frame })?;
        for frame in frames.try_iter().take(TOGETHER - 1) {
            device.give(Event::Frame { link: LINK, frame })?;
        }
        device.commit()?;
        write_all(&mut device, &mut to)?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let entries: u64 = device.node.store().communities()?.iter().map(|row| row.entries).sum();
    eprintln!("{entries} {seconds} {}", peak_mb());
    Ok(())
}

/// Prints all of it; the store lies in `folder`.
pub(crate) fn measure(posts: usize, folder: &Path) -> Result<()> {
    let work = Work::new(posts, 0, 1);
    let villages = Villages::play(&work)?;
    let [mut sender, _] = villages.devices;
    let ticket = sender.ask(Request::Invite { addresses: Vec::new() })?;
    let ticket = ticket["ticket"].as_str().context("a ticket")?;
    let folder = tempfile::tempdir_in(folder)?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["receive", ticket])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut to = BufWriter::new(child.stdin.take().context("a pipe")?);
    let frames = frames(BufReader::new(child.stdout.take().context("a pipe")?));
    sender.link_up(LINK, false, peer_name(RECEIVER))?;
    write_all(&mut sender, &mut to)?;
    while let Ok(frame) = frames.recv() {
        sender.give(Event::Frame { link: LINK, frame })?;
        if write_all(&mut sender, &mut to).is_err() {
            break;
        }
    }
    drop(to);
    let done = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let mut parts = said.split_whitespace();
    let mut number = || -> Result<f64> {
        Ok(parts.next().with_context(|| format!("the receiver said {said:?}"))?.parse()?)
    };
    let (entries, seconds, peak) = (number()?, number()?, number()?);
    if entries < n(posts) {
        bail!("{entries} entries of {posts} posts came");
    }
    let name = format!("ingest of {posts} posts by 1000 authors");
    row(&name, "baro", "entries durable", entries, "", "-");
    row(&name, "baro", "posts verified and durable", (n(posts) / seconds).round(), "/s", "30000");
    row(&name, "baro", "most memory of the receiver", peak, "MB", "100");
    Ok(())
}
