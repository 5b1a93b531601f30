//! `blob`: this process copies the bytes; the node keeps count of them.

use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use baro_node::api::{Context, Request};
use baro_node::blobs::{Hasher, Incoming, read_blob};
use baro_node::bundle;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::args::{Blob, Global};
use crate::attach;
use crate::data::Data;
use crate::door::Door;
use crate::output;
use crate::show::{field, plain};

/// The most bytes of a blob.
const BYTES_MAX: u64 = 1 << 30;

pub(crate) fn run(
    global: &Global,
    data: &Data,
    context: &Context,
    command: Blob,
) -> Result<ExitCode> {
    let ask = |request| Door::open(data)?.ask(context, request);
    let (name, answer) = match command {
        Blob::Add { file } => {
            let size = attach::open(&file)?.metadata()?.len();
            match size {
                0 => bail!("{}: the file is empty", file.display()),
                size if size > BYTES_MAX => {
                    bail!("{}: at most 1 GiB, and this has {size} bytes", file.display())
                }
                _ => {}
            }
            let incoming = copy(data, &file, size)?;
            let (id, file) = (incoming.hash().to_string(), incoming.name().to_owned());
            ("blob add", ask(Request::BlobAdd { id, size, file })?)
        }
        Blob::Get { id, file } => {
            let blob = ask(Request::BlobShow { id })?;
            ("blob get", get(data, &blob, &file)?)
        }
        Blob::List => ("blob list", ask(Request::BlobList)?),
        Blob::Pin { id } => ("blob pin", ask(Request::BlobPin { id, pinned: true })?),
        Blob::Unpin { id } => ("blob unpin", ask(Request::BlobPin { id, pinned: false })?),
        Blob::Drop { id } => ("blob drop", ask(Request::BlobDrop { id })?),
        Blob::Quota { size } => {
            let bytes = size.as_deref().map(bytes).transpose()?;
            ("blob quota", ask(Request::BlobQuota { bytes })?)
        }
    };
    output::answer(global, name, &answer)?;
    Ok(ExitCode::SUCCESS)
}

/// Copies a file beside the blobs and hashes it on the way.
pub(crate) fn copy(data: &Data, path: &Path, size: u64) -> Result<Incoming> {
    let mut file = attach::open(path)?;
    let bar = progress(size);
    let database = data.database()?;
    let copied = Incoming::copy(&database, &mut file, size, &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    copied.map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => anyhow::anyhow!(
            "there is not enough space on this disk for {} ({size} bytes). Nothing was changed",
            path.display()
        ),
        _ => anyhow::Error::new(error).context(format!(
            "{} could not be copied into {}",
            path.display(),
            data.display()
        )),
    })
}

/// Writes a blob into a file, whole or not at all, verified once more on the way.
fn get(data: &Data, blob: &Value, path: &Path) -> Result<Value> {
    let (id, size) = (field(blob, "id"), number(blob, "size"));
    if field(blob, "state") != "here" {
        let why = match field(blob, "state").as_str() {
            "coming" => "The rest is on its way",
            "no_room" => "There is not enough space for the rest: baro blob pin asks for it",
            "dropped" => "It was dropped on this device: baro blob pin asks for it again",
            "hidden" => "A moderator hides what it belongs to, so the rest is not fetched",
            _ => "No words here name it, so the rest is not fetched",
        };
        bail!(
            "{id} is not whole on this device: {} of {size} bytes are here ({} %). {why}. Nothing \
             was written",
            number(blob, "bytes_here"),
            number(blob, "percent"),
        );
    }
    let hash = id.parse().context("the node named a file in a way that is not known here")?;
    let file = read_blob(&data.database()?, &hash, size)
        .with_context(|| format!("{id} is kept in {}, and cannot be read", data.display()))?;
    let bar = progress(size);
    let written = bundle::replace(path, |out| -> std::io::Result<u64> {
        let (mut file, mut hasher, mut done) = (file.take(size), Hasher::default(), 0);
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let count = file.read(&mut buffer)?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { break };
            hasher.update(part);
            out.write_all(part)?;
            done += part.len() as u64;
            bar.set_position(done);
        }
        if hasher.finish() != hash {
            return Err(std::io::Error::other(
                "what this disk gives back is not what was kept: drop the file (baro blob drop), \
                 and pin it to fetch it again",
            ));
        }
        Ok(done)
    });
    bar.finish_and_clear();
    let written = written
        .with_context(|| format!("{} was not written, and is as it was before", path.display()))?;
    Ok(json!({ "id": id, "file": path.display().to_string(), "bytes": written }))
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn progress(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() || bytes < 4 * 1024 * 1024 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes);
    let style = "{bar:40} {bytes} of {total_bytes}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

/// A size as people write it: `2GB`, `500 MB`, `1.5GiB`, or a plain number of bytes; `auto` is 0.
pub(crate) fn bytes(text: &str) -> Result<u64> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("auto") {
        return Ok(0);
    }
    let at = text.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        "tib" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => bail!("{text:?} is no size: for example 500MB, 2GB or auto"),
    };
    let number: f64 = number
        .parse()
        .ok()
        .with_context(|| format!("{text:?} is no size: for example 500MB, 2GB or auto"))?;
    let bytes = number * unit;
    if !(1.0..1e18).contains(&bytes) {
        bail!("{text:?} is no size that blobs can have: for example 500MB, 2GB or auto");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let whole = bytes.round() as u64;
    Ok(whole)
}

/// Bytes as people read them.
pub(crate) fn human(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes, "B");
    for (limit, name) in [(1_000, "kB"), (1_000_000, "MB"), (1_000_000_000, "GB")] {
        if bytes >= limit {
            value = bytes * 10 / limit;
            unit = name;
        }
    }
    match unit {
        "B" => format!("{value} B"),
        unit => format!("{}.{} {unit}", value / 10, value % 10),
    }
}

/// One blob of a list, for people.
pub(crate) fn line(blob: &Value) -> String {
    let size = number(blob, "size");
    let state = match field(blob, "state").as_str() {
        "here" => "here".to_owned(),
        "coming" => format!("on its way, {} %", number(blob, "percent")),
        "no_room" => "not enough space".to_owned(),
        "dropped" => "dropped here".to_owned(),
        "hidden" => "hidden by a moderator".to_owned(),
        _ => format!("{} %, nothing names it", number(blob, "percent")),
    };
    let is = |name: &str| blob.get(name) == Some(&Value::Bool(true));
    let mut marks = String::new();
    if is("pinned") {
        marks.push_str(", pinned");
    }
    if is("made_here") && !is("held_elsewhere") {
        marks.push_str(", nobody else is known to have it");
    }
    let mut text = format!("{}  {}, {state}{marks}\n", field(blob, "id"), human(size));
    for name in blob.get("named_in").and_then(Value::as_array).into_iter().flatten() {
        let file = name.get("name").map(plain).unwrap_or_default();
        let kind = field(name, "kind");
        text.push_str(&format!("    {kind} {file}  in {}\n", field(name, "entry")));
    }
    text
}

/// What is attached to a post, a line each.
pub(crate) fn attached(post: &Value, indent: &str) -> String {
    let list = post.get("attachments").and_then(Value::as_array);
    let line = |one: &Value| {
        let state = match field(one, "state").as_str() {
            "here" => "here".to_owned(),
            "coming" => format!("on its way, {} %", number(one, "percent")),
            "no_room" => "not enough space".to_owned(),
            "dropped" => "dropped here".to_owned(),
            _ => "not here".to_owned(),
        };
        let name = field(one, "name");
        let name = if name.is_empty() { name } else { format!(" {name}") };
        let (kind, size) = (field(one, "kind"), human(number(one, "size")));
        format!("{indent}[{kind}{name}, {size}, {state}] {}\n", field(one, "id"))
    };
    list.into_iter().flatten().map(line).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes_are_read_and_written_as_people_do() {
        assert_eq!(bytes("2GB").unwrap(), 2_000_000_000);
        assert_eq!(bytes(" 1.5 GiB ").unwrap(), 1_610_612_736);
        assert_eq!(bytes("500").unwrap(), 500);
        assert_eq!(bytes("auto").unwrap(), 0);
        for wrong in ["", "GB", "2 pounds", "0", "-3MB", "1e9", "999999999TB", "1.2.3"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
        assert_eq!(human(999), "999 B");
        assert_eq!(human(120_000), "120.0 kB");
        assert_eq!(human(2_345_678), "2.3 MB");
    }
}
