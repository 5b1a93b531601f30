//! Pages without a browser: forms filled in and sent over a plain connection, for journeys that
//! are about what forms do and not how they look.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};
use url::form_urlencoded::Serializer;

use crate::http::ANSWER_WITHIN;

/// Between the parts of a form with files.
const BOUNDARY: &str = "----baro-form-boundary-7b1f";

/// Somebody with cookies.
pub struct Visitor {
    address: String,
    cookies: BTreeMap<String, String>,
    token: String,
}

/// What came back.
pub struct Reply {
    /// The status in numbers.
    pub status: u16,
    /// Where it leads on to; empty where it does not.
    pub location: String,
    /// The page, or the file.
    pub body: Vec<u8>,
}

impl Reply {
    /// The page as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Visitor {
    /// Comes in with a link.
    ///
    /// # Errors
    /// Where the link opens nothing.
    pub fn enter(link: &str) -> Result<Self> {
        let rest = link.strip_prefix("http://").context("no address of pages")?;
        let (address, path) = rest.split_once('/').context("no path")?;
        let (cookies, token) = (BTreeMap::new(), String::new());
        let mut visitor = Self { address: address.to_owned(), cookies, token };
        let reply = visitor.get(&format!("/{path}"))?;
        ensure!(reply.location == "/people", "the link leads to {:?}", reply.location);
        Ok(visitor)
    }

    /// Somebody whom no link has let in, at an address of pages.
    ///
    /// # Errors
    /// Where that is none.
    pub fn stranger(home: &str) -> Result<Self> {
        let address = home.strip_prefix("http://").context("no address of pages")?.to_owned();
        Ok(Self { address, cookies: BTreeMap::new(), token: String::new() })
    }

    /// Chooses a person who has no PIN, by id.
    ///
    /// # Errors
    /// Where they cannot be chosen.
    pub fn speak_as(&mut self, person: &str) -> Result<()> {
        let path = format!("/people/{person}");
        self.get(&path)?;
        let reply = self.send(&path, &[])?;
        ensure!(reply.location == "/", "choosing a person leads to {:?}", reply.location);
        self.get("/me")?;
        Ok(())
    }

    /// Opens a page, and remembers what its forms carry.
    ///
    /// # Errors
    /// Where the connection fails.
    pub fn get(&mut self, path: &str) -> Result<Reply> {
        let reply = self.exchange("GET", path, "", &[])?;
        let text = reply.text();
        if let Some((_, rest)) = text.split_once("name=\"token\" value=\"") {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
        Ok(reply)
    }

    /// Sends a form with these fields.
    ///
    /// # Errors
    /// Where the connection fails, or what is sent is refused.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Reply> {
        let mut form = Serializer::new(String::new());
        form.append_pair("token", &self.token).extend_pairs(fields);
        let body = form.finish();
        let reply =
            self.exchange("POST", path, "application/x-www-form-urlencoded", body.as_bytes())?;
        done(path, reply)
    }

    /// Sends a form with files: field and bytes.
    ///
    /// # Errors
    /// As [`Visitor::send`].
    pub fn upload(&mut self, path: &str, files: &[(&str, &[u8])]) -> Result<Reply> {
        self.fill(path, &[], files)
    }

    /// Sends a form with fields of words and files.
    ///
    /// # Errors
    /// As [`Visitor::send`].
    pub fn fill(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Result<Reply> {
        let mut body = Vec::new();
        for (field, words) in [("token", self.token.as_str())].iter().chain(fields) {
            let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"");
            body.extend_from_slice(format!("{head}\r\n\r\n{words}\r\n").as_bytes());
        }
        for (field, bytes) in files {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
                 filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let reply = self.exchange("POST", path, &kind, &body)?;
        done(path, reply)
    }

    fn exchange(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Result<Reply> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\n",
            self.address,
            cookies.join("; ")
        );
        if method == "POST" {
            head += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        stream.write_all(head.as_bytes())?;
        stream.write_all(b"\r\n")?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")?;
        let body = answer.split_off(end + 4);
        let head = String::from_utf8(answer)?;
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let mut reply = Reply { status, location: String::new(), body };
        for line in head.lines().skip(1) {
            let (name, value) = line.split_once(": ").unwrap_or_default();
            match name.to_lowercase().as_str() {
                "location" => reply.location = value.to_owned(),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    let (name, value) = pair.split_once('=').unwrap_or_default();
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                "transfer-encoding" => bail!("{path} comes in chunks, which is not read here"),
                _ => {}
            }
        }
        Ok(reply)
    }
}

fn done(path: &str, reply: Reply) -> Result<Reply> {
    ensure!(reply.status < 400, "{path} answers {}: {}", reply.status, reply.text());
    Ok(reply)
}
