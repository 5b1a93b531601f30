//! When a page cannot be shown: what happened, what is safe, what to do.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::api::ApiError;
use crate::words::Reason;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node says no.
    Node(ApiError),
    /// Nobody speaks through this browser.
    Nobody,
    /// Only for browsers that a link of this device has let in.
    NotHere,
    /// The form did not carry its token, or came from another site.
    Form,
    /// The form is larger than is taken, or cannot be read.
    TooMuch(Reason),
    /// Visitors do not vote.
    Visitor,
    /// The PIN given is not the one.
    Pin,
    /// There is no such page.
    NoPage,
    /// What was given cannot be used: the key of the words that say why.
    Told(&'static str),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Node(error)
    }
}

impl Failure {
    /// How HTTP says it.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Node(ApiError::Unknown(_)) | Self::NoPage => StatusCode::NOT_FOUND,
            Self::Node(ApiError::Stopping) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Node(ApiError::Store(_)) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Node(ApiError::Locked { .. })
            | Self::Nobody
            | Self::NotHere
            | Self::Form
            | Self::Pin
            | Self::Visitor => StatusCode::FORBIDDEN,
            Self::Node(_) | Self::Told(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMuch(_) => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// The key of what is said, and why, where there is more to say.
    pub(crate) fn words(&self) -> (&'static str, Option<Reason>) {
        match self {
            Self::Node(error) => ("failed", Some(error.reason())),
            Self::Nobody => ("failed-nobody", None),
            Self::NotHere => ("failed-not-here", None),
            Self::Form => ("failed-form", None),
            Self::TooMuch(reason) => ("failed-too-much", Some(reason.clone())),
            Self::Visitor => ("failed-visitor", None),
            Self::Pin => ("pin-wrong", None),
            Self::NoPage => ("failed-no-page", None),
            Self::Told(key) => (key, None),
        }
    }
}

/// Without anything known of who asks; [`super::visitor::know`] makes a page of it on its way out.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Html(String::new())).into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
