//! A real text of two writers, one change for each run of edits between merges, to an empty node.
//!
//! Ours: two nodes write it and sync as the trace says, then a third that is empty joins and
//! fetches all; its bytes are those of the whole contact, signatures, keys and grants included.
//! Automerge's: the same runs as changes of two actors, fetched by an empty document over its own
//! sync protocol, unsigned.

#[path = "../../../crdt/tests/trace/mod.rs"]
mod trace;

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ChangeHash, ObjType, ROOT};
use baro_crdt::entry::{Body, Entry};
use baro_crdt::text::Text;
use baro_node::api::{Request, Typed};
use baro_node::store::MemoryStore;
use trace::Run;

use crate::crdts;
use crate::ours::{Device, meet};
use crate::print::{held_mb, n, row};

const WORK: &str = "friendsforever to an empty node";
const MEMORY: &str = "memory while open, beside what was read";

/// The runs as they are written on two of our nodes; gives the first and the text's id.
fn written(runs: &[Run]) -> Result<(Device, String)> {
    let mut one = Device::new(Box::new(MemoryStore::new()), 1);
    let mut other = Device::new(Box::new(MemoryStore::new()), 2);
    one.found("Awa")?;
    other.join("Ami", &mut one)?;
    let new = Request::TextNew {
        title: "friendsforever".to_owned(),
        debate: None,
        editors: "members".to_owned(),
        content: None,
    };
    let id = one.ask(new)?["id"].as_str().context("an id")?.to_owned();
    meet(&mut one, &mut other)?;
    let mut devices = [one, other];
    let mut hashes: Vec<String> = Vec::new();
    let mut heard = [0, 0];
    for (number, run) in runs.iter().enumerate() {
        let is_new = |p: &usize| runs[*p].agent != run.agent && *p >= heard[run.agent];
        if run.parents.iter().any(is_new) {
            let [one, other] = &mut devices;
            meet(one, other)?;
            heard = [number, number];
        }
        let typed = run.patches.iter().map(|(position, deleted, inserted)| Typed {
            position: *position,
            deleted: *deleted,
            inserted: inserted.clone(),
        });
        let saved = devices[run.agent].ask(Request::TextType {
            id: id.clone(),
            typed: typed.collect(),
            at: run.parents.iter().map(|parent| hashes[*parent].clone()).collect(),
        })?;
        hashes.push(saved["changes"][0].as_str().context("a change")?.to_owned());
    }
    let [mut one, mut other] = devices;
    meet(&mut one, &mut other)?;
    Ok((one, id))
}

/// The same by Automerge: one document, changes of two actors made where each of them stood.
fn written_by_automerge(runs: &[Run]) -> Result<AutoCommit> {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([0_u8; 16].as_slice()));
    let text = doc.put_object(ROOT, "text", ObjType::Text)?;
    let genesis = doc.commit().context("a change")?;
    let mut hashes: Vec<ChangeHash> = Vec::new();
    let actors = [ActorId::from([1_u8; 16].as_slice()), ActorId::from([2_u8; 16].as_slice())];
    for run in runs {
        let mut heads: Vec<ChangeHash> = run.parents.iter().map(|parent| hashes[*parent]).collect();
        if heads.is_empty() {
            heads.push(genesis);
        }
        doc.set_actor(actors[run.agent].clone());
        doc.isolate(&heads);
        for (position, deleted, inserted) in &run.patches {
            doc.splice_text(&text, *position, isize::try_from(*deleted)?, inserted)?;
        }
        hashes.push(doc.commit().context("a change")?);
        doc.integrate();
    }
    Ok(doc)
}

/// All changes of texts that a device holds, one after the other, each behind its length.
fn changes(device: &Device) -> Result<Vec<u8>> {
    let store = device.node.store();
    let mut all = Vec::new();
    for community in store.communities()? {
        for log in store.logs(&community.id)? {
            for entry in store.entries(log.number, 0..u32::MAX)? {
                if let Body::Change { bytes, .. } = Entry::from_bytes(&entry)?.body {
                    all.extend(u32::try_from(bytes.len())?.to_be_bytes());
                    all.extend(bytes);
                }
            }
        }
    }
    Ok(all)
}

/// What a process of its own holds more, in MB, once it has opened what was written.
fn held_open(whose: &str, written: &[u8]) -> Result<f64> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(written)?;
    let command = [OsStr::new("open"), OsStr::new(whose), file.path().as_os_str()];
    let said = Command::new(std::env::current_exe()?).args(command).output()?;
    if !said.status.success() {
        bail!("{}", String::from_utf8_lossy(&said.stderr));
    }
    Ok(String::from_utf8(said.stdout)?.trim().parse()?)
}

/// The process of [`held_open`].
pub(crate) fn open(whose: &str, file: &Path) -> Result<()> {
    let written = std::fs::read(file)?;
    let before = held_mb();
    if whose == "automerge" {
        let open = automerge::Automerge::load(&written)?;
        println!("{}", held_mb() - before);
        drop(open);
        return Ok(());
    }
    let mut rest = written.as_slice();
    let mut changes = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        let (change, behind) = behind.split_at_checked(length).context("a torn file")?;
        changes.push(change);
        rest = behind;
    }
    let before = held_mb();
    let open = Text::build(whose.parse()?, changes)?;
    println!("{}", held_mb() - before);
    drop(open);
    Ok(())
}

/// Prints all of it.
pub(crate) fn measure() -> Result<()> {
    let Some((runs, end)) = trace::read() else { return Ok(()) };
    row(WORK, "both", "changes", n(runs.len()), "", "-");
    let mut doc = written_by_automerge(&runs)?;
    let (theirs, fresh) = crdts::fetch(&mut doc.document().clone())?;
    if crdts::text(&fresh)? != end {
        bail!("automerge's text is another");
    }
    let saved = fresh.save();
    drop(fresh);
    row(WORK, "automerge", "bytes", n(theirs), "B", "-");
    row(WORK, "automerge", MEMORY, held_open("automerge", &saved)?, "MB", "-");

    let (mut one, id) = written(&runs)?;
    let mut fresh = Device::new(Box::new(MemoryStore::new()), 9);
    fresh.join("Fanta", &mut one)?;
    let bytes = meet(&mut fresh, &mut one)?.bytes;
    row(WORK, "baro", "bytes", n(bytes), "B", "-");
    row(WORK, "baro", "bytes beside Automerge's", n(bytes) / n(theirs), "", "1.5");
    let show = Request::TextShow { id: id.clone(), history: false, at: Vec::new() };
    let shown = fresh.ask(show)?;
    if shown["text"].as_str() != Some(end.as_str()) {
        bail!("our text is another");
    }
    row(WORK, "baro", MEMORY, held_open(&id, &changes(&fresh)?)?, "MB", "-");
    Ok(())
}
