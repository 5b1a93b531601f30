//! W by hypercore, that of npm, in a process of node's: a signed log for each author.
//!
//! An author is a core, all of which both replicas know by their keys; a post is a block of its
//! author's core: the debate, the post replied to, and the words. A core signs the root of its tree
//! of hashes, so each core that has grown costs one signature. Both replicas keep all cores in a
//! store of cores on disk and want every block; they replicate over one connection, as the store
//! does it, with a channel for each core.
//!
//! What is counted are the messages as the protocol hands them to the connection, each with three
//! bytes of length as its framing has it. Not counted is what the connection adds, which encrypts:
//! its Noise handshake and some 17 bytes a message. Hypercore keeps no state of a sync for the next
//! one beyond the cores.
//!
//! The crate `hypercore` 0.17.0-alpha.1 does not do this work: with hypercore-protocol 0.7.2 it
//! does not read the batches of several channels that it writes itself, and a core that holds some
//! blocks already does not ask for more when it meets its author again. So `npm ci` in
//! `simulations/peers/hypercore` comes before; without that, hypercore is left out.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::Taken;
use crate::work::{AUTHORS, Post, Work};

/// Where the script and its packages lie.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/hypercore");

fn block(post: &Post) -> String {
    let to = post.reply_to.map(|to| format!("p{to}")).unwrap_or_default();
    format!("{} {to}\n{}", post.debate, post.text)
}

/// W by hypercore; nothing where its packages are not there.
pub(super) fn measure(work: &Work) -> Result<Option<Taken>> {
    if !Path::new(FOLDER).join("node_modules").is_dir() {
        return Ok(None);
    }
    let posts: Vec<Value> =
        work.posts.iter().map(|post| json!([post.author, block(post)])).collect();
    let heard = work.posts.len() - work.apart;
    let input = json!({ "authors": AUTHORS, "heard": heard, "posts": posts });
    let stores = tempfile::tempdir()?;
    let mut node = Command::new("node")
        .arg("replicate.mjs")
        .arg(stores.path())
        .current_dir(FOLDER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node")?;
    node.stdin.take().context("node's input")?.write_all(input.to_string().as_bytes())?;
    let output = node.wait_with_output()?;
    if !output.status.success() {
        bail!("hypercore's process fails");
    }
    let taken: Value = serde_json::from_slice(&output.stdout)?;
    let bytes = |what: &str| -> Result<usize> {
        Ok(usize::try_from(taken[what].as_u64().context("bytes")?)?)
    };
    Ok(Some(Taken {
        differences: bytes("differences")?,
        nothing: bytes("nothing")?,
        empty: bytes("empty")?,
    }))
}
