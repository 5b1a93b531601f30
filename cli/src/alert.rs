//! `alert export` and `alert feed`: the node makes the XML, this process writes the file.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use baro_node::api::{Context, Request};
use baro_node::bundle;
use serde_json::json;

use crate::args::Global;
use crate::data::Data;
use crate::door::Door;
use crate::output;

/// Writes the field `field` of the answer to a file, whole or not at all.
pub(crate) fn write(
    global: &Global,
    data: &Data,
    context: &Context,
    request: Request,
    field: &str,
    path: &Path,
) -> Result<ExitCode> {
    let mut done = Door::open(data)?.ask(context, request)?;
    let xml = done.as_object_mut().and_then(|done| done.remove(field));
    let xml = xml.as_ref().and_then(|xml| xml.as_str()).context("the node gave no XML")?;
    bundle::replace(path, |out| out.write_all(xml.as_bytes()))
        .with_context(|| format!("{} was not written", path.display()))?;
    if let Some(done) = done.as_object_mut() {
        done.insert("file".to_owned(), json!(path.display().to_string()));
        done.insert("bytes".to_owned(), json!(xml.len()));
    }
    output::answer(global, "alert file", &done)?;
    Ok(ExitCode::SUCCESS)
}
