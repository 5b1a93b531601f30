//! Files: served as what they were recognised as, whole or in ranges.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use baro_crdt::ids::BlobHash;
use futures::stream;
use serde::Deserialize;

use super::super::Shared;
use super::super::error::Failure;
use super::super::views::view;
use super::super::visitor::Visitor;
use crate::api::Request;
use crate::blobs::read_blob;

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a browser may show in a page; everything else it is told to save.
const SHOWN: [&str; 8] = [
    "audio/ogg",
    "audio/webm",
    "audio/mp4",
    "video/webm",
    "video/mp4",
    "image/jpeg",
    "image/png",
    "image/webp",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Found {
    size: u64,
    state: String,
    named_in: Vec<Named>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    hidden: bool,
    media: Option<String>,
    name: Option<String>,
}

/// The first range of a header, as far as it fits.
fn range(headers: &HeaderMap, size: u64) -> Option<(u64, u64)> {
    let text = headers.get(RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (from, to) = text.split(',').next()?.trim().split_once('-')?;
    let last = size.checked_sub(1)?;
    let (from, to) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) => (from, to.min(last)),
        (Ok(from), Err(_)) => (from, last),
        (Err(_), Ok(count)) => (size.saturating_sub(count), last),
        _ => return None,
    };
    (from <= to).then_some((from, to))
}

/// A name for a header: signs that would end it are left out, others are encoded.
pub(super) fn disposition(shown: bool, name: Option<&str>) -> String {
    let kind = if shown { "inline" } else { "attachment" };
    let name = name.unwrap_or("baro");
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("{kind}; filename*=UTF-8''{encoded}")
}

/// So many bytes of a file, read as they are taken.
pub(super) fn body(
    read: impl Fn(&mut [u8], u64) -> std::io::Result<()> + Send + Sync + 'static,
    from: u64,
    length: u64,
) -> Body {
    let read = Arc::new(read);
    let to = from.saturating_add(length);
    Body::from_stream(stream::try_unfold(from, move |at| {
        let read = Arc::clone(&read);
        async move {
            let count =
                usize::try_from(to.saturating_sub(at)).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            if count == 0 {
                return Ok(None);
            }
            let read = tokio::task::spawn_blocking(move || {
                let mut chunk = vec![0; count];
                read(&mut chunk, at).map(|()| chunk)
            });
            let chunk = read.await.map_err(std::io::Error::other)??;
            Ok::<_, std::io::Error>(Some((chunk, at + count as u64)))
        }
    }))
}

/// Serves a file that words here name and nobody hides.
pub(crate) async fn file(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let hash: BlobHash = id.parse().map_err(|_| Failure::NoPage)?;
    let request = Request::BlobShow { id };
    let found: Found = view(square.handle.request(visitor.context(), request).await?)?;
    let named = found.named_in.iter().find(|named| !named.hidden).ok_or(Failure::NoPage)?;
    if found.state != "here" {
        return Err(Failure::NoPage);
    }
    let media = named.media.clone().unwrap_or_default();
    let size = found.size;
    let shown = SHOWN.contains(&media.as_str());
    let database = square.database.clone();
    let opened = tokio::task::spawn_blocking(move || read_blob(&database, &hash, size)).await;
    let file = opened.ok().and_then(Result::ok).ok_or(Failure::NoPage)?;
    let part = range(&headers, found.size);
    let (from, to) = part.unwrap_or((0, found.size.saturating_sub(1)));
    let length = to.saturating_sub(from).saturating_add(1);
    let body = body(move |bytes, at| file.read_exact_at(bytes, at), from, length);
    let media = if shown { media } else { "application/octet-stream".to_owned() };
    let mut response = (
        [
            (CONTENT_TYPE, media),
            (CONTENT_DISPOSITION, disposition(shown, named.name.as_deref())),
            (CONTENT_LENGTH, length.to_string()),
            (ACCEPT_RANGES, "bytes".to_owned()),
            // A file never changes, but it may be hidden: ask again.
            (CACHE_CONTROL, "private, no-cache".to_owned()),
        ],
        body,
    )
        .into_response();
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let of = format!("bytes {from}-{to}/{}", found.size);
        if let Ok(of) = of.parse() {
            response.headers_mut().insert(CONTENT_RANGE, of);
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn ranges_fit_the_file() {
        let ask = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_str(text).unwrap());
            range(&headers, 100)
        };
        assert_eq!(ask("bytes=0-9"), Some((0, 9)));
        assert_eq!(ask("bytes=90-"), Some((90, 99)));
        assert_eq!(ask("bytes=-10"), Some((90, 99)));
        assert_eq!(ask("bytes=50-1000, 2-3"), Some((50, 99)));
        for wrong in ["bytes=100-", "bytes=9-2", "bytes=-", "lines=1-2", "bytes=a-b"] {
            assert_eq!(ask(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_end_no_header() {
        let name = disposition(false, Some("a\"\r\nb é.pdf"));
        assert_eq!(name, "attachment; filename*=UTF-8''a%22%0D%0Ab%20%C3%A9.pdf");
    }
}
