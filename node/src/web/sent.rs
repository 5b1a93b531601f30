//! What a form brings: fields and files, taken only with the form's token.

use std::collections::BTreeMap;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, Uri};
use baro_crdt::sealed::VOICE_BYTES_MAX;
use data_encoding::BASE64;

use super::error::Failure;
use super::session::same;
use super::visitor::Visitor;
use super::{Shared, session};
use crate::api::{ApiError, Attach, VoiceNote};
use crate::blobs::{self, Incoming};
use crate::media::{self, MediaError};
use crate::vault::Spool;
use crate::words::why;

/// The most fields of a form.
const FIELDS_MAX: usize = 64;
/// The most bytes of one field of words: what an entry's words can hold.
const FIELD_BYTES_MAX: usize = 256 * 1024;
/// The most files of a form.
const FILES_MAX: usize = 8;
/// Fields whose names begin so bring files that are read here and attached to nothing.
const READ_HERE: &str = "file-";
/// The most bytes of a form with files, where its page says nothing else.
const FORM_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// How often, in bytes, a growing file is held against the room on the disk.
const ROOM_EVERY_BYTES: u64 = 1024 * 1024;
/// The field that carries the form's token.
pub(crate) const TOKEN_FIELD: &str = "token";

/// The most bytes of a form with files, put on its route. The route's body has no other limit: what
/// is too much is read to its end, up to as much again, and thrown away, because browsers that are
/// cut off while they send show no answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormBytes(pub(crate) u64);

/// A form.
#[derive(Default)]
pub(crate) struct Sent {
    fields: BTreeMap<String, String>,
    files: Vec<Staged>,
    read_here: BTreeMap<String, Spool>,
}

/// A file that came, recognised and copied beside the blobs. Dropped, it is gone unless the node
/// took it.
struct Staged {
    incoming: Incoming,
    media: media::Media,
    voice: bool,
    name: Option<String>,
}

/// A file that has no name any more and that nobody else can read: gone when it is closed, however
/// that comes about.
pub(crate) fn spool(data: &Path) -> io::Result<Spool> {
    Spool::new(&data.join("upload"), &session::random())
}

/// How many bytes more the disk of this data folder takes.
pub(crate) fn room(data: &Path) -> u64 {
    blobs::room(data)
}

/// Whether a browser says that the form came from this very site, or says nothing.
fn is_from_here(headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(|authority| authority.as_str()));
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin == host)
}

impl FromRequest<Shared> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, square: &Shared) -> Result<Self, Failure> {
        let visitor = request.extensions().get::<Visitor>().cloned().ok_or(Failure::Form)?;
        if !is_from_here(request.headers(), request.uri()) {
            return Err(Failure::Form);
        }
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let sent = match kind {
            Some(kind) if kind.starts_with("multipart/form-data") => {
                parts(request, square, &visitor).await?
            }
            _ => plain(request).await?,
        };
        if !same(sent.get(TOKEN_FIELD), &visitor.form_token) {
            return Err(Failure::Form);
        }
        Ok(sent)
    }
}

async fn plain(request: Request) -> Result<Sent, Failure> {
    let (head, body) = request.into_parts();
    let most = usize::try_from(FORM_BYTES_MAX).unwrap_or(usize::MAX);
    let body = axum::body::to_bytes(body, most).await;
    let body = body.map_err(|error| unreadable(error.to_string()))?;
    let request = Request::from_parts(head, axum::body::Body::from(body));
    let pairs = axum::Form::<Vec<(String, String)>>::from_request(request, &()).await;
    let axum::Form(pairs) = pairs.map_err(|error| unreadable(error.body_text()))?;
    let mut sent = Sent::default();
    for (name, value) in pairs {
        sent.put(name, value)?;
    }
    Ok(sent)
}

async fn parts(request: Request, square: &Shared, visitor: &Visitor) -> Result<Sent, Failure> {
    let much = |error: axum::extract::multipart::MultipartError| unreadable(error.body_text());
    let most = request.extensions().get::<FormBytes>().map_or(FORM_BYTES_MAX, |most| most.0);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| unreadable(error.body_text()))?;
    let mut sent = Sent::default();
    let (mut taken, mut fields) = (0, 0);
    while let Some(field) = form.next_field().await.map_err(much)? {
        fields += 1;
        if fields > FIELDS_MAX + FILES_MAX {
            return Err(Failure::TooMuch(why::form_too_much()));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_none() {
            let value = words(field).await?;
            sent.put(name, value)?;
            continue;
        }
        // The token stands before the files: nothing of a stranger's is written to the disk.
        if !same(sent.get(TOKEN_FIELD), &visitor.form_token) {
            return Err(Failure::Form);
        }
        let file_name = field.file_name().unwrap_or_default().to_owned();
        if sent.files.len() + sent.read_here.len() >= FILES_MAX {
            return Err(Failure::TooMuch(why::form_files(FILES_MAX)));
        }
        let Some(file) = whole(field, square, &mut taken, most).await? else { continue };
        if name.starts_with(READ_HERE) {
            sent.read_here.insert(name, file);
        } else {
            sent.attach(file, square, name == "voice", &file_name).await?;
        }
    }
    if taken > most {
        return Err(too_large(most));
    }
    Ok(sent)
}

fn too_large(most: u64) -> Failure {
    let most = most / (1024 * 1024);
    Failure::TooMuch(why::form_too_large(most))
}

/// Reads a field of words.
async fn words(mut field: axum::extract::multipart::Field<'_>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(more) = field.chunk().await.map_err(|error| unreadable(error.body_text()))? {
        bytes.extend_from_slice(&more);
        if bytes.len() > FIELD_BYTES_MAX {
            return Err(Failure::TooMuch(why::form_too_much()));
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::TooMuch(why::form_no_words()))
}

/// Reads a file of a form to its end; nothing where the field was left empty, or where the form
/// has more than `most` bytes of files by now.
async fn whole(
    mut field: axum::extract::multipart::Field<'_>,
    square: &Shared,
    taken: &mut u64,
    most: u64,
) -> Result<Option<Spool>, Failure> {
    let mut file = spool(&square.data).map_err(|error| full(&error))?;
    let (mut size, mut looked) = (0u64, 0u64);
    while let Some(bytes) = field.chunk().await.map_err(|error| unreadable(error.body_text()))? {
        *taken += bytes.len() as u64;
        if *taken > most {
            if *taken > most.saturating_mul(2) {
                return Err(too_large(most));
            }
            continue;
        }
        size += bytes.len() as u64;
        if size - looked > ROOM_EVERY_BYTES {
            looked = size;
            if room(&square.data) < ROOM_EVERY_BYTES {
                return Err(Failure::TooMuch(why::disk_full()));
            }
        }
        file.write_all(&bytes).map_err(|error| full(&error))?;
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| full(&error))?;
    Ok((size > 0 && *taken <= most).then_some(file))
}

fn full(error: &std::io::Error) -> Failure {
    Failure::TooMuch(match error.kind() {
        io::ErrorKind::StorageFull => why::disk_full(),
        _ => why::file_failed(error.to_string()),
    })
}

fn unreadable(detail: String) -> Failure {
    Failure::TooMuch(why::form_unreadable(detail))
}

impl Sent {
    fn put(&mut self, name: String, value: String) -> Result<(), Failure> {
        if self.fields.len() >= FIELDS_MAX || value.len() > FIELD_BYTES_MAX {
            return Err(Failure::TooMuch(why::form_too_much()));
        }
        // Browsers end lines with two signs.
        self.fields.insert(name, value.replace("\r\n", "\n"));
        Ok(())
    }

    /// Recognises a file and lays it beside the blobs.
    async fn attach(
        &mut self,
        mut file: Spool,
        square: &Shared,
        voice: bool,
        name: &str,
    ) -> Result<(), Failure> {
        let database = square.database.clone();
        let staged = tokio::task::spawn_blocking(move || {
            let refused = |error: MediaError| Failure::Node(ApiError::refused(error.into()));
            let (media, size) = media::attachable(&mut file, voice).map_err(refused)?;
            file.seek(SeekFrom::Start(0)).map_err(|error| full(&error))?;
            let incoming = Incoming::copy(&database, &mut file, size, &mut |_| ())
                .map_err(|error| full(&error))?;
            Ok::<_, Failure>((incoming, media))
        });
        let broken = |error: tokio::task::JoinError| why::file_failed(error.to_string());
        let (incoming, media) = staged.await.map_err(|error| Failure::TooMuch(broken(error)))??;
        if self.files.iter().all(|one| one.incoming.hash() != incoming.hash()) {
            let name = (!voice).then(|| plain_name(name)).flatten();
            self.files.push(Staged { incoming, media, voice, name });
        }
        Ok(())
    }

    /// A file that is read here, from its beginning, where one was chosen.
    pub(crate) fn file(&mut self, name: &str) -> Option<Spool> {
        self.read_here.remove(name)
    }

    /// A form with these fields.
    #[cfg(test)]
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { fields: pairs.collect(), ..Self::default() }
    }

    /// A field, trimmed; empty where it was not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.trim())
    }

    /// A field, where something was written in it.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name).to_owned()).filter(|value| !value.is_empty())
    }

    /// All fields.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }

    /// The recording that goes inside a private message: its file is gone when this is.
    pub(crate) fn voice_note(&self) -> Result<Option<VoiceNote>, Failure> {
        let Some(one) = self.files.iter().find(|one| one.voice) else { return Ok(None) };
        if one.incoming.size() > VOICE_BYTES_MAX as u64 {
            return Err(Failure::TooMuch(why::voice_note_long()));
        }
        let bytes = one.incoming.read().map_err(|error| full(&error))?;
        let bytes = BASE64.encode(&bytes);
        Ok(Some(VoiceNote { media: one.media.mime().to_owned(), bytes }))
    }

    /// The files, as the node is told of them.
    pub(crate) fn attached(&self, lang: &str) -> Vec<Attach> {
        self.files
            .iter()
            .map(|one| Attach {
                id: one.incoming.hash().to_string(),
                size: one.incoming.size(),
                media: one.media.mime().to_owned(),
                voice: one.voice,
                name: one.name.clone(),
                language: one.voice.then(|| lang.to_owned()),
                file: Some(one.incoming.name().to_owned()),
            })
            .collect()
    }
}

/// A file's name without folders and strange signs, shortened to 128 bytes.
fn plain_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    let mut plain: String = last.chars().filter(|sign| !sign.is_control()).collect();
    while plain.len() > 128 {
        plain.pop();
    }
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn forms_come_from_this_site() {
        let uri = Uri::from_static("/say");
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("192.168.4.1:8080"));
        assert!(is_from_here(&headers, &uri), "old browsers say nothing");
        headers.insert(ORIGIN, HeaderValue::from_static("http://192.168.4.1:8080"));
        assert!(is_from_here(&headers, &uri));
        for other in ["http://evil.example", "null", "http://192.168.4.1:80800"] {
            headers.insert(ORIGIN, HeaderValue::from_str(other).unwrap());
            assert!(!is_from_here(&headers, &uri), "{other}");
        }
    }

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(plain_name("C:\\voix\\puits.ogg").as_deref(), Some("puits.ogg"));
        assert_eq!(plain_name("../../x\u{7}y").as_deref(), Some("xy"));
        assert_eq!(plain_name(""), None);
        assert_eq!(plain_name(&"ɛ".repeat(100)).unwrap().len(), 128);
    }
}
