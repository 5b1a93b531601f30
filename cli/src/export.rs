//! `export polis`: the node makes the tables, this process writes the files.

use std::fs::{File, create_dir_all, rename};
use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use baro_node::api::{Context, Request};
use serde_json::{Value, json};

use crate::door::Door;

/// Writes the four files; each is whole or not there.
pub(crate) fn polis(
    door: &mut Door,
    context: &Context,
    debate: String,
    dir: &Path,
) -> Result<Value> {
    let mut done = door.ask(context, Request::ExportPolis { debate })?;
    let files = done.as_object_mut().and_then(|done| done.remove("files"));
    let files = files.context("the node gave no tables")?;
    create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    for (name, text) in files.as_object().into_iter().flatten() {
        let path = dir.join(name);
        let part = dir.join(format!(".{name}.part"));
        let written = File::create(&part)
            .and_then(|mut file| {
                file.write_all(text.as_str().unwrap_or_default().as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| rename(&part, &path));
        written.with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if let Some(done) = done.as_object_mut() {
        done.insert("dir".to_owned(), json!(dir));
    }
    Ok(done)
}
