//! `backup`, `restore`, `wipe`: persons taken along, brought back as a new installation, and
//! everything destroyed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use baro_node::api::{Backup, Node};
use baro_node::bundle;
use baro_node::folder::Folder;
use baro_node::vault::{self, Kind, Secret, Vault};
use serde_json::{Value, json};

use crate::args::Global;
use crate::data::Data;
use crate::door::{Door, now};
use crate::{lock, output};

/// The most bytes of a file that is read as a backup.
const FILE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Writes a file that a passphrase opens, or prints shares.
pub(crate) fn backup(
    global: &Global,
    data: &Data,
    file: Option<PathBuf>,
    shares: Option<String>,
) -> Result<()> {
    let (name, answer) = match (file, shares) {
        (Some(file), None) => ("backup", to_file(data, &file)?),
        (None, Some(shares)) => ("backup shares", to_shares(data, &shares)?),
        _ => bail!("say a file to write, or --shares K/N"),
    };
    output::answer(global, name, &answer)
}

fn taken(data: &Data, small: bool) -> Result<Backup> {
    let words = |error: baro_node::api::ApiError| anyhow::Error::msg(error.words(None));
    match Door::open(data)? {
        Door::Own(node, _) => Backup::of(node.store(), small).map_err(words),
        Door::Running(..) => {
            let reader = data.database()?.reader()?;
            Backup::of(&reader.snapshot()?, small).map_err(words)
        }
    }
}

fn to_file(data: &Data, file: &Path) -> Result<Value> {
    let backup = taken(data, false)?;
    let text = vault::to_file(&data.choose(Kind::Passphrase)?, &backup.to_bytes())?;
    bundle::replace(file, |out| out.write_all(text.as_bytes()))
        .with_context(|| format!("{} was not written", file.display()))?;
    Ok(json!({ "file": file.display().to_string(), "bytes": text.len() }))
}

fn to_shares(data: &Data, shares: &str) -> Result<Value> {
    let numbers = shares.split_once('/').and_then(|(needed, count)| {
        Some((needed.trim().parse::<u8>().ok()?, count.trim().parse::<u8>().ok()?))
    });
    let (needed, count) = numbers.context("shares are written K/N, for example 3/5")?;
    let shares = vault::to_shares(&taken(data, true)?.to_bytes(), needed, count)?;
    Ok(json!({ "needed": needed, "shares": shares }))
}

/// Begins on this device as the persons of a backup.
pub(crate) fn restore(global: &Global, data: &Data, given: &[String]) -> Result<()> {
    let texts = given.iter().map(|one| text(one)).collect::<Result<Vec<String>>>()?;
    let is_new = !Vault::of(data).has_slots() && !data.join("baro.db").exists();
    let bytes = match texts.as_slice() {
        [file] if vault::is_file(file) => vault::from_file(&passphrase(data)?, file)?,
        shares if shares.iter().all(|share| vault::is_share(share)) => vault::from_shares(shares)?,
        _ => bail!("what was given is neither a backup file nor shares of one"),
    };
    let words =
        |error: baro_node::api::ApiError| anyhow::Error::msg(error.words(global.lang.as_deref()));
    let backup = Backup::from_bytes(&bytes).map_err(words)?;
    let mut node = alone(data)?;
    let answer = node.restore(now(), &backup).map_err(words)?;
    if is_new && Vault::of(data).is_beside() {
        eprintln!("{}", lock::beside(data));
    }
    output::answer(global, "restore", &answer)
}

/// The node of a folder on which nobody runs.
fn alone(data: &Data) -> Result<Box<Node>> {
    match Door::open(data)? {
        Door::Own(node, _) => Ok(node),
        Door::Running(..) => {
            bail!("a node runs on {}: stop it first, and restore into a new folder", data.display())
        }
    }
}

/// A share as it was typed, or what is in a file.
fn text(given: &str) -> Result<String> {
    if vault::is_share(given) {
        return Ok(given.to_owned());
    }
    let named = || format!("{given} cannot be read, and is no share either");
    let size = std::fs::metadata(given).with_context(named)?.len();
    anyhow::ensure!(size <= FILE_BYTES_MAX, "{given} is too large for a backup");
    std::fs::read_to_string(given).with_context(named)
}

/// The passphrase of a backup file.
fn passphrase(data: &Data) -> Result<Secret> {
    let words = data.asked(&[Kind::Passphrase])?;
    words
        .map(Secret::Passphrase)
        .context("the backup's passphrase has to be typed, or piped in with --unlock-stdin")
}

/// Destroys everything on this device.
pub(crate) fn wipe(global: &Global, data: &Data) -> Result<()> {
    vault::destroy_keys(data)?;
    // From here on nothing opens it; what follows tidies up.
    Folder::end_others(data)?;
    vault::destroy(data)?;
    output::answer(global, "wipe", &json!({ "wiped": data.display().to_string() }))
}

/// Shares, as people take them along: a QR and the text of each.
pub(crate) fn shares_text(answer: &Value, qr: fn(&str) -> String) -> String {
    let shares = answer.get("shares").and_then(Value::as_array).into_iter().flatten();
    let shares: Vec<&str> = shares.filter_map(Value::as_str).collect();
    let needed = answer.get("needed").and_then(Value::as_u64).unwrap_or(0);
    let mut text = String::new();
    for (number, share) in (1..).zip(&shares) {
        text.push_str(&format!(
            "share {number} of {}, of which {needed} together bring everything back\n\n{}\n{share}\n\n\x0c",
            shares.len(),
            qr(&share.to_uppercase()),
        ));
    }
    text.push_str(&format!(
        "Print each for somebody you trust, and give no two to one. {needed} of them together can speak \
         in your name.\non a new device: baro restore SHARE SHARE …\n"
    ));
    text
}
