//! What can be done with a post that stands: edited or taken back by its author, hidden and shown
//! again by moderators.

use axum::extract::{Path, State};
use axum::response::Response;

use super::super::Shared;
use super::super::error::Failure;
use super::super::page::go;
use super::super::sent::Sent;
use super::super::visitor::Visitor;
use crate::api::Request;

/// Whether this is a path within this site and nothing else.
pub(super) fn is_path(text: &str) -> bool {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '/' | '-');
    text.starts_with('/') && !text.starts_with("//") && text.chars().all(plain)
}

/// Back to the page that the form came from.
pub(super) fn back(sent: &Sent, done: &str) -> Response {
    let path = sent.get("path");
    if is_path(path) {
        return go(&format!("{path}?done={done}"));
    }
    // Ids are hexadecimal; anything else leads to a page that is not there.
    let debate: String = sent.get("debate").chars().filter(char::is_ascii_hexdigit).collect();
    if sent.get("next") == "1" {
        return go(&format!("/debates/{debate}/next?done={done}"));
    }
    let page = sent.get("page").parse().unwrap_or(1usize);
    let post: String = sent.get("post").chars().filter(char::is_ascii_hexdigit).collect();
    go(&format!("/debates/{debate}?done={done}&page={page}#p{post}"))
}

/// New words.
pub(crate) async fn edit(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(entry): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = Request::Edit { entry, text: sent.get("text").to_owned() };
    square.handle.request(visitor.context(), request).await?;
    Ok(back(&sent, "saved"))
}

/// Words are taken back.
pub(crate) async fn withdraw(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(entry): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    square.handle.request(visitor.context(), Request::Withdraw { entry }).await?;
    Ok(back(&sent, "withdrawn"))
}

/// A post is hidden, with a reason; or shown again where none is given.
pub(crate) async fn hide(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(post): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    visitor.speaker()?;
    let request = match sent.some("reason") {
        Some(reason) => Request::Hide { post, reason },
        None => Request::Unhide { post },
    };
    square.handle.request(visitor.context(), request).await?;
    Ok(back(&sent, "hidden"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_lead_back_within_this_site() {
        assert!(is_path("/news/0a1b") && is_path("/"));
        for wrong in ["", "//evil.example", "/\\evil.example", "news", "/a?b=c", "/a\nb", "/a%2f"] {
            assert!(!is_path(wrong), "{wrong}");
        }
    }
}
