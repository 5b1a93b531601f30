//! What goes to standard output; a reader who has gone away is no error.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::Value;

use crate::args::Global;
use crate::show;

/// Writes and flushes; ends quietly where nobody reads any more.
pub(crate) fn bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        done => Ok(done?),
    }
}

/// Prints a command's answer: as JSON, or as text for people.
pub(crate) fn answer(global: &Global, command: &str, answer: &Value) -> Result<()> {
    let mut text = match global.json {
        true => answer.to_string(),
        false => show::text(command, answer),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    bytes(text.as_bytes())
}
