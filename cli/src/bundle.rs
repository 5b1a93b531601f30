//! `bundle`: this process reads and writes the files; the node only takes sections in.

use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use baro_node::api::{Context, Request};
use baro_node::blobs::BlobClass;
use baro_node::bundle::{self, Bounds, Digest, Frame, Report, Tally, WriteError, Written};
use baro_node::store::Read;
use data_encoding::BASE64;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::args::{Blobs, Bundle, Global};
use crate::data::Data;
use crate::door::Door;
use crate::output;

pub(crate) fn run(
    global: &Global,
    data: &Data,
    context: &Context,
    command: Bundle,
) -> Result<ExitCode> {
    match command {
        Bundle::Digest { file } => {
            let mut nonce = [0; 16];
            getrandom::fill(&mut nonce).map_err(|error| anyhow!("no randomness: {error}"))?;
            let written = write(data, &file, |read, out| bundle::write_digest(read, nonce, out))?;
            output::answer(global, "bundle", &written)?;
        }
        Bundle::Export { file, digest, max_size, blobs } => {
            let mut seal = [0; 32];
            getrandom::fill(&mut seal).map_err(|error| anyhow!("no randomness: {error}"))?;
            let bounds = Bounds {
                seal: Some(seal),
                bytes: max_size.as_deref().map(crate::blob::bytes).transpose()?.unwrap_or(u64::MAX),
                blobs: match blobs {
                    Blobs::None => None,
                    Blobs::Voice => Some(BlobClass::Voice),
                    Blobs::Small => Some(BlobClass::Small),
                    Blobs::All => Some(BlobClass::Large),
                },
            };
            let digest = digest.as_deref().map(digest_of).transpose()?;
            let bar = progress();
            let mut hear = |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            };
            let written = write(data, &file, |read, out| {
                bundle::export_within(read, digest.as_ref(), &bounds, out, &mut hear)
            })?;
            bar.finish_and_clear();
            if let Some(left) = written.get("items_left").and_then(Value::as_u64)
                && left > 0
            {
                eprintln!("baro: {left} items found no room; export again for the rest");
            }
            if digest.is_some() && written.get("communities") == Some(&json!(0)) {
                eprintln!("baro: the other device is in none of the communities of this one");
            }
            output::answer(global, "bundle", &written)?;
        }
        Bundle::Import { file } => return import(global, data, context, &file),
    }
    Ok(ExitCode::SUCCESS)
}

fn digest_of(path: &Path) -> Result<Digest> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Digest::read(&mut BufReader::new(file)).with_context(|| path.display().to_string())
}

/// Writes a file from one view of what the node holds.
pub(crate) fn write(
    data: &Data,
    path: &Path,
    fill: impl FnOnce(&dyn Read, &mut dyn std::io::Write) -> Result<Written, WriteError>,
) -> Result<Value> {
    let written = match Door::open(data)? {
        Door::Own(node, _) => bundle::replace(path, |out| fill(node.store(), out)),
        Door::Running(..) => {
            let reader = data.database()?.reader()?;
            let snapshot = reader.snapshot()?;
            bundle::replace(path, |out| fill(&snapshot, out))
        }
    };
    let written = written
        .with_context(|| format!("{} was not written, and is as it was before", path.display()))?;
    Ok(json!({
        "file": path.display().to_string(),
        "communities": written.communities,
        "items": written.items,
        "sections": written.sections,
        "bytes": written.bytes,
        "items_left": written.left,
    }))
}

pub(crate) fn import(
    global: &Global,
    data: &Data,
    context: &Context,
    path: &Path,
) -> Result<ExitCode> {
    let named = || format!("{} cannot be read", path.display());
    let mut file = File::open(path).with_context(named)?;
    let bar = progress();
    bar.set_length(file.metadata().with_context(named)?.len());
    let mut door = Door::open(data)?;
    let mut take = |frame: &Frame| {
        let section = BASE64.encode(frame.as_bytes());
        let answer = door.ask(context, Request::ImportSection { section })?;
        Ok(serde_json::from_value::<Tally>(answer)?)
    };
    let report = bundle::import(&mut file, &mut take, &mut |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    let report = report.with_context(|| path.display().to_string())?;
    tell(&report);
    let tally = &report.tally;
    let refused: Vec<Value> = tally
        .reasons
        .iter()
        .map(|(reason, count)| json!({ "reason": reason, "count": count }))
        .collect();
    let answer = json!({
        "items_new": tally.new,
        "items_held": tally.held,
        "items_refused": tally.refused,
        "refused": refused,
        "sections": report.sections,
        "sections_damaged": report.sections_damaged,
        "bytes": report.bytes,
    });
    output::answer(global, "bundle import", &answer)?;
    let none = tally.new + tally.held == 0 && tally.refused > 0;
    Ok(if none { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says what was damaged and what was refused.
fn tell(report: &Report) {
    if report.sections_damaged > 0 {
        eprintln!(
            "baro: the file is damaged: {} of its sections are lost, {} are intact and were taken \
             in. Another bundle from the same node brings the rest",
            report.sections_damaged, report.sections
        );
        for damage in &report.damage {
            eprintln!("baro:   {} bytes from byte {} on", damage.bytes, damage.at);
        }
        if report.torn {
            eprintln!("baro:   it stops before its end");
        }
    }
    if let Some(version) = report.too_new {
        eprintln!(
            "baro: parts of the file are of version {version}, which this program does not know: \
             install the newer one to read them"
        );
    }
    for (reason, count) in &report.tally.reasons {
        eprintln!("baro: {count} not taken in: {reason}");
    }
}

/// A bar on a terminal, and nothing elsewhere.
pub(crate) fn progress() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %  {eta} left") {
        bar.set_style(style);
    }
    bar
}
