//! W with 100,000 posts fetched by an empty node of its own process, which verifies each log,
//! and has made all of it durable, encrypted, in SQLite before it says so.
//!
//! Two processes and a pipe; the receiver has a thread that decides and one that writes, which
//! commits what has gathered while the last commit went on, at most 1 MiB, as the node's own driver
//! does. Its memory is the most it ever held.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use baro_crdt::ids::Millis;
use baro_node::api::{Node, Request};
use baro_node::core::{Effect, Event, GroupId, LinkId};
use baro_node::replica::Batch;
use baro_node::store::Database;
use baro_node::vault::DataKey;

use crate::ours::{Device, Villages, peer_name};
use crate::print::{n, peak_mb, row};
use crate::work::Work;

/// The seeds of the two devices.
const SENDER: u8 = 1;
const RECEIVER: u8 = 9;
const LINK: LinkId = LinkId(1_000_000);
/// How many bytes are committed together at most.
const TOGETHER_BYTES: usize = 1024 * 1024;

fn write_frame(frame: &[u8], to: &mut impl Write) -> Result<()> {
    to.write_all(&u32::try_from(frame.len())?.to_le_bytes())?;
    to.write_all(frame)?;
    Ok(())
}

fn write_all(device: &mut Device, to: &mut impl Write) -> Result<()> {
    for frame in device.take_out() {
        write_frame(&frame, to)?;
    }
    to.flush()?;
    Ok(())
}

/// Commits what comes, together with what has gathered meanwhile, and tells what became of it;
/// gives the node back when nothing more can come.
fn store(mut node: Node, jobs: &Receiver<(GroupId, Batch)>, results: &SyncSender<Event>) -> Node {
    while let Ok((group, batch)) = jobs.recv() {
        let mut bytes = batch.bytes();
        let (mut groups, mut batches) = (vec![group], vec![batch]);
        while bytes < TOGETHER_BYTES
            && let Ok((group, batch)) = jobs.try_recv()
        {
            bytes += batch.bytes();
            groups.push(group);
            batches.push(batch);
        }
        let outcomes = node.take_in(&batches);
        for (at, group) in groups.into_iter().enumerate() {
            let event = match &outcomes {
                Ok(outcomes) => match outcomes.get(at) {
                    Some(outcome) => Event::Committed { group, outcome: outcome.clone() },
                    None => continue,
                },
                Err(error) => Event::CommitFailed { group, error: error.clone() },
            };
            if results.send(event).is_err() {
                return node;
            }
        }
    }
    node
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
    let key = DataKey::from_bytes([7; 32]);
    let database = Database::sealed(&folder.join("posts.db"), &key);
    let (opened, reader) = (database.store()?, database.reader()?);
    let mut device = Device::new(Box::new(opened), RECEIVER);
    device.ask(Request::Init { name: "Fanta".to_owned() })?;
    device.ask(Request::Join { ticket: ticket.to_owned() })?;
    let (node, mut core) = device.apart();
    let mut to = BufWriter::new(std::io::stdout().lock());
    let started = Instant::now();
    let (results, events) = sync_channel(256);
    #[expect(
        clippy::disallowed_methods,
        reason = "with a bound, who decides and who writes could wait for each other"
    )]
    let (jobs, work): (Sender<(GroupId, Batch)>, _) = channel();
    // Before the first frame, which may be on its way already.
    let (local, remote) = (peer_name(RECEIVER), peer_name(SENDER));
    results.send(Event::LinkUp { link: LINK, initiator: true, local, remote, kept: true })?;
    let come = results.clone();
    let frames = frames(BufReader::new(std::io::stdin()));
    std::thread::spawn(move || {
        for frame in frames {
            if come.send(Event::Frame { link: LINK, frame: frame.into() }).is_err() {
                return;
            }
        }
    });
    let writer = std::thread::spawn(move || store(node, &work, &results));
    let mut over = false;
    while !over {
        let Ok(event) = events.recv() else { break };
        let effects = core.handle(Millis(1_000), event, &reader.snapshot()?);
        for effect in effects {
            match effect {
                Effect::Send { frame, .. } => write_frame(&frame, &mut to)?,
                Effect::Commit { group, batch } => jobs.send((group, batch))?,
                Effect::Close { why, .. } => bail!("the link was closed: {why}"),
                Effect::Refused { reason, .. } => bail!("refused: {reason}"),
                Effect::SessionEnded { .. } => over = true,
                _ => {}
            }
        }
        to.flush()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    drop((jobs, events));
    let node = writer.join().map_err(|_| anyhow::anyhow!("the store's thread ended early"))?;
    let entries: u64 = node.store().communities()?.iter().map(|row| row.entries).sum();
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
        sender.give(Event::Frame { link: LINK, frame: frame.into() })?;
        if write_all(&mut sender, &mut to).is_err() {
            break;
        }
    }
    drop(to);
    let done = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let mut parts = said.split_whitespace();
    let mut number = || -> Result<f64> {
        let said = || format!("the receiver said {said:?}");
        parts.next().with_context(said)?.parse().with_context(said)
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
