//! What all pages share: one style, one optional script. Their names change with their content, so
//! that browsers keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Shared;

/// The most bytes of the style, and of the script.
#[cfg(test)]
const MOST: (usize, usize) = (8_000, 5_000);

const STYLE: &str = include_str!("assets/style.css");
const SCRIPT: &str = include_str!("assets/script.js");
const MARK: &str = include_str!("assets/mark.svg");

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for part in [STYLE, SCRIPT, MARK] {
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().chars().take(12).collect()
});

/// What stands in the addresses of these files.
pub(crate) fn version() -> &'static str {
    &VERSION
}

async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    let (kind, body) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", STYLE),
        "script.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "mark.svg" => ("image/svg+xml", MARK),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let kept = "public, max-age=31536000, immutable";
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, kept)], body).into_response()
}

pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/a/{version}/{name}", get(asset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_stay_small() {
        assert!(STYLE.len() <= MOST.0, "the style has {} bytes", STYLE.len());
        assert!(SCRIPT.len() <= MOST.1, "the script has {} bytes", SCRIPT.len());
    }
}
