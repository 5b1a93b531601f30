//! Plain requests to the pages of a node: one connection each, everything that came over it counted.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// After how long a node that says nothing is taken to hang.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    /// The body, as it came: compressed where that was asked for.
    pub body: Vec<u8>,
}

impl Answer {
    /// All bytes of it, the head included.
    pub fn bytes(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// The body as text.
    ///
    /// # Errors
    /// Where it is none.
    pub fn text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }
}

/// Sends a request to `base` (`http://ADDRESS:PORT`) and reads the whole answer.
///
/// # Errors
/// Where nobody answers, or not in HTTP.
pub fn ask(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Answer> {
    let host = base.strip_prefix("http://").context("no address")?;
    let mut stream = TcpStream::connect(host).with_context(|| host.to_owned())?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    // In version 1.0 a body ends with its connection, and comes in one piece.
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(&[request.as_bytes(), body].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")? + 4;
    let (head, body) = answer.split_at(end);
    let head = String::from_utf8(head.to_vec())?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer { status: status.context("no status")?, head, body: body.to_vec() })
}

/// Fetches a page that has to be there.
///
/// # Errors
/// As [`ask`], and where the status is not 200.
pub fn get(base: &str, path: &str) -> Result<Answer> {
    let answer = ask(base, "GET", path, &[], &[])?;
    if answer.status != 200 {
        bail!("{path}: {}", answer.head.lines().next().unwrap_or_default());
    }
    Ok(answer)
}
