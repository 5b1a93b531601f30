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

/// An error with its causes, without those that the words before already say.
pub(crate) fn words(error: &anyhow::Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words.push_str(": ");
            words.push_str(&cause);
        }
    }
    words
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_once() {
        let error = anyhow::Error::msg("the disk is full");
        let error = error.context("a.baro was not written: the disk is full").context("export");
        assert_eq!(words(&error), "export: a.baro was not written: the disk is full");
    }
}
