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

/// Back to the debate that the form came from.
pub(super) fn back(sent: &Sent, done: &str) -> Response {
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
