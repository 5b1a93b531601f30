//! What founders sign together on several devices: this process reads and writes the files and
//! asks; the node says what it is, and signs.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use baro_node::api::{ActRequest, Context, Request};
use baro_node::bundle;
use serde_json::Value;

use crate::args::Global;
use crate::data::Data;
use crate::door::Door;
use crate::output;
use crate::show::{field, is, items};

/// What the text of an act begins with, whatever comes after.
const MARK: &str = "baro-act";
/// The most bytes of a file that is read as an act.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

fn ask(data: &Data, context: &Context, request: ActRequest) -> Result<Value> {
    Door::open(data)?.ask(context, Request::Act(request))
}

/// Whether this is the text of an act, and not a decision's id.
fn is_act(text: &str) -> bool {
    text.trim_start().get(..MARK.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(MARK))
}

/// Writes what others are to sign into a file.
pub(crate) fn propose(
    global: &Global,
    data: &Data,
    context: &Context,
    request: ActRequest,
    file: &Path,
) -> Result<()> {
    let act = ask(data, context, request)?;
    write(&act, file)?;
    output::answer(global, "act proposed", &act)
}

fn write(act: &Value, file: &Path) -> Result<()> {
    let text = field(act, "act") + "\n";
    bundle::replace(file, |out| out.write_all(text.as_bytes()))
        .with_context(|| format!("{} was not written", file.display()))
}

/// Signs what founders sign together, after its words; `false` where `what` is no such thing.
pub(crate) fn cosign(global: &Global, data: &Data, context: &Context, what: &str) -> Result<bool> {
    let path = Path::new(what);
    let is_file = !is_act(what) && path.is_file();
    let text = match is_file {
        true => read(path)?,
        false if is_act(what) => what.to_owned(),
        false => return Ok(false),
    };
    let shown = ask(data, context, ActRequest::Show { text: text.clone() })?;
    if !global.json {
        output::bytes(words(&shown).as_bytes())?;
    }
    confirm(global)?;
    let signed = ask(data, context, ActRequest::Sign { text })?;
    if is_file {
        write(&signed, path)?;
    }
    output::answer(global, "act signed", &signed)?;
    Ok(true)
}

fn read(path: &Path) -> Result<String> {
    let named = || format!("{} cannot be read", path.display());
    if std::fs::metadata(path).with_context(named)?.len() > FILE_BYTES_MAX {
        bail!("{} is too large to be what founders sign together", path.display());
    }
    std::fs::read_to_string(path).with_context(named)
}

fn confirm(global: &Global) -> Result<()> {
    if global.yes || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(());
    }
    eprint!("Sign this? Type yes: ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "yes" | "oui" => Ok(()),
        _ => bail!("nothing was signed"),
    }
}

/// What it says, a line each.
fn words(act: &Value) -> String {
    items(act, "words").filter_map(Value::as_str).map(|line| format!("{line}\n")).collect()
}

/// The text to hand on, and a QR where it fits into one.
pub(crate) fn proposed(act: &Value, qr: fn(&str) -> String) -> String {
    words(act) + &hand_on(act, qr)
}

/// What came of signing.
pub(crate) fn signed(act: &Value, qr: fn(&str) -> String) -> String {
    if !is(act, "entered") {
        return format!("\nYour signature is under it.\n{}", hand_on(act, qr));
    }
    let mut text =
        "\nNobody's signature is missing: it is entered here, and others get it with the next \
                    sync.\n"
            .to_owned();
    if !is(act, "counts") {
        text.push_str("It does not count (yet): something more senior has decided otherwise.\n");
    }
    if act.get("epoch").is_some_and(Value::is_u64) {
        let _ = writeln!(text, "The members go on under key number {}.", field(act, "epoch"));
    }
    text
}

fn hand_on(act: &Value, qr: fn(&str) -> String) -> String {
    let text = field(act, "act");
    let mut said = qr(&text.to_uppercase());
    let _ = writeln!(
        said,
        "\n{text}\n\non the next founder's device: baro cosign FILE, or baro cosign TEXT"
    );
    said
}
