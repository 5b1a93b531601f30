//! Commands to a running node over its control socket, for when the start of a process is not to
//! be measured: one line of JSON each way.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// An open connection.
#[derive(Debug)]
pub struct Socket(BufReader<UnixStream>);

impl Socket {
    /// Connects to the node that runs on the folder `data`.
    ///
    /// # Errors
    /// Where none answers.
    pub fn open(data: &Path) -> Result<Self> {
        let path = data.join("control.sock");
        let stream = UnixStream::connect(&path).with_context(|| path.display().to_string())?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// Where the node refuses, with its words, or ends.
    pub fn ask(&mut self, request: &Value) -> Result<Value> {
        let mut line = json!({ "context": {}, "request": request }).to_string();
        line.push('\n');
        self.0.get_mut().write_all(line.as_bytes())?;
        let mut answer = String::new();
        if self.0.read_line(&mut answer)? == 0 {
            bail!("the node has ended");
        }
        let answer: Value = serde_json::from_str(&answer)?;
        match answer.get("ok") {
            Some(value) => Ok(value.clone()),
            None => bail!("{request} was refused: {answer}"),
        }
    }

    /// What the node says of itself.
    ///
    /// # Errors
    /// As [`Socket::ask`].
    pub fn status(&mut self) -> Result<Value> {
        self.ask(&json!({ "command": "status" }))
    }
}
