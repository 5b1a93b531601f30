//! Labels that speak: `DATA/spoken/LANG/KEY.ogg` (or `.webm`, `.m4a`), recorded by whoever speaks the
//! language. Where there is none, a browser with a voice of its own reads the label, with scripts.

use std::path::{Path as FilePath, PathBuf};

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::error::Failure;
use crate::words::Lang;

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
