//! Labels that speak: `DATA/spoken/LANG/KEY.ogg` (or `.webm`, `.m4a`), recorded by whoever speaks the
//! language. Where there is none, a browser with a voice of its own reads the label, with scripts.

use std::io::{self, SeekFrom};
use std::path::{Path as FilePath, PathBuf};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::error::Failure;
use super::page::go;
use super::sent::Sent;
use super::visitor::Visitor;
use crate::api::ApiError;
use crate::media::{self, Media, MediaError};
use crate::words::Lang;

/// What speaks on the first page.
pub(crate) const LABELS: [&str; 6] = ["news", "debates", "questions", "proposals", "learn", "node"];

/// The kinds of files, and what they are served as.
const KINDS: [(&str, &str); 3] =
    [("ogg", "audio/ogg"), ("webm", "audio/webm"), ("m4a", "audio/mp4")];
/// The most bytes of one.
const BYTES_MAX: u64 = 256 * 1024;

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= 40
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// The recording of a label, if there is one.
fn find(data: &FilePath, lang: Lang, key: &str) -> Option<(PathBuf, &'static str)> {
    if !is_key(key) {
        return None;
    }
    let folder = data.join("spoken").join(lang.tag());
    KINDS.iter().find_map(|(end, media)| {
        let path = folder.join(format!("{key}.{end}"));
        let about = std::fs::metadata(&path).ok()?;
        (about.is_file() && about.len() <= BYTES_MAX).then_some((path, *media))
    })
}

/// Serves one.
pub(crate) async fn serve(
    State(square): State<Shared>,
    Path((lang, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let lang = Lang::tagged(&lang).ok_or(Failure::NoPage)?;
    let (path, media) = find(&square.data, lang, &key).ok_or(Failure::NoPage)?;
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    let bytes = read.ok().and_then(Result::ok).ok_or(Failure::NoPage)?;
    Ok(([(CONTENT_TYPE, media), (CACHE_CONTROL, "public, max-age=3600")], bytes).into_response())
}

/// How a recording's file ends.
const fn end_of(media: Media) -> &'static str {
    match media {
        Media::WebmSound => "webm",
        Media::M4a => "m4a",
        _ => "ogg",
    }
}

/// Puts a recording in the place of the one before.
fn put(folder: &FilePath, key: &str, file: &mut dyn media::File) -> Result<(), Failure> {
    let refused = |error: MediaError| Failure::Node(ApiError::refused(error.into()));
    let failed = |error: io::Error| refused(MediaError::Io(error));
    let (media, size) = media::attachable(file, true).map_err(refused)?;
    if size > BYTES_MAX {
        let remedy = ". Speak shorter, or in Opus at 24 kbit/s";
        let what = "a voice recording";
        return Err(refused(MediaError::TooLarge { size, what, max: BYTES_MAX, remedy }));
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    std::fs::create_dir_all(folder).map_err(failed)?;
    let new = folder.join("incoming");
    let mut copy = std::fs::File::create(&new).map_err(failed)?;
    io::copy(file, &mut copy).map_err(failed)?;
    let kept = folder.join(format!("{key}.{}", end_of(media)));
    std::fs::rename(&new, &kept).map_err(failed)?;
    for (end, _) in KINDS {
        let other = folder.join(format!("{key}.{end}"));
        if other != kept {
            // Mostly there is none.
            drop(std::fs::remove_file(other));
        }
    }
    Ok(())
}

/// Keeps a recording in the language of who looks after this device.
pub(crate) async fn keep(
    State(square): State<Shared>,
    visitor: Visitor,
    mut sent: Sent,
) -> Result<Response, Failure> {
    visitor.on_device()?;
    let label = sent.get("label");
    let key = LABELS.into_iter().find(|key| *key == label).ok_or(Failure::NoPage)?;
    let mut file = sent.file("file-label").ok_or(Failure::Told("failed-no-file"))?;
    let folder = square.data.join("spoken").join(visitor.lang.tag());
    let kept = tokio::task::spawn_blocking(move || put(&folder, key, &mut file)).await;
    kept.map_err(|error| {
        Failure::Node(ApiError::refused(MediaError::Io(io::Error::other(error)).into()))
    })??;
    Ok(go("/admin?done=saved"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_labels_are_found() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("spoken/bm");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("debates.ogg"), b"x").unwrap();
        let bm = Lang::tagged("bm").unwrap();
        assert!(find(data.path(), bm, "debates").is_some());
        assert!(find(data.path(), Lang::tagged("fr").unwrap(), "debates").is_none());
        for key in ["../bm/debates", "", "de.bates", "Debates"] {
            assert!(find(data.path(), bm, key).is_none(), "{key}");
        }
        std::fs::write(folder.join("news.ogg"), vec![0; 300 * 1024]).unwrap();
        assert!(find(data.path(), bm, "news").is_none());
    }
}
