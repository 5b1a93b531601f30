//! What the pages show and do, in JSON: `/api/v1`, described by an OpenAPI document that is made
//! from this code.
//!
//! Reading is open to whoever reaches the address, as the pages are. `POST /api/v1/do` takes any
//! request of [`crate::api::Request`] from who has the data folder's token
//! (`DATA/http.token`, in `Authorization: Bearer …`). Answers are those of `baro --json`;
//! `docs/api-fields.md` names their fields.

use std::sync::LazyLock;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi};

use super::error::Failure;
use super::session::same;
use super::{Shared, Square};
use crate::api::{ApiError, Context, Request};

/// The file with the token, in the data folder.
pub(crate) const TOKEN_FILE: &str = "http.token";

#[derive(OpenApi)]
#[openapi(
    info(title = "Baro", description = "What this node shows and does, in JSON."),
    paths(
        status,
        announcements,
        announcement,
        debates,
        debate,
        groups,
        proposals,
        proposal,
        questions,
        offices,
        register,
        courses,
        course,
        members,
        act,
        openapi
    )
)]
struct Document;

/// In which community, and which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The community, by id or name; needed only where this node holds several.
    community: Option<String>,
    /// Which page of 20, from 1.
    #[param(minimum = 1)]
    page: Option<u32>,
    /// In which order posts come.
    #[param(inline)]
    order: Option<Order>,
}

#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    Oldest,
    Newest,
    Votes,
    Wanted,
}

impl Order {
    const fn word(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
            Self::Votes => "votes",
            Self::Wanted => "wanted",
        }
    }
}

impl Asked {
    fn context(&self) -> Context {
        Context { community: self.community.clone(), outside: true, ..Context::default() }
    }

    fn page(&self) -> u32 {
        self.page.unwrap_or(1).max(1)
    }

    fn offset(&self) -> usize {
        usize::try_from(self.page() - 1).unwrap_or(0).saturating_mul(20)
    }
}

/// Why there is no answer.
#[derive(Serialize, utoipa::ToSchema)]
struct Refusal {
    /// In words: in the language of the request's context, else in English.
    error: String,
    /// The name of the reason, the same in all languages (`no_role`, `debate_closed`); absent where
    /// the request itself could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

fn said(status: StatusCode, words: &str) -> Response {
    (status, Json(Refusal { error: words.to_owned(), reason: None })).into_response()
}

/// A refusal, in the language with this tag.
fn refusal(error: ApiError, tag: Option<&str>) -> Response {
    let body = Refusal { error: error.words(tag), reason: Some(error.reason().key()) };
    (Failure::Node(error).status(), Json(body)).into_response()
}

type Params = Result<Query<Asked>, QueryRejection>;

async fn answer(
    square: &Square,
    asked: Params,
    request: impl FnOnce(&Asked) -> Request,
) -> Response {
    let Query(asked) = match asked {
        Ok(asked) => asked,
        Err(error) => return said(StatusCode::BAD_REQUEST, &error.body_text()),
    };
    let request = request(&asked);
    match square.handle.request(asked.context(), request).await {
        Ok(value) => Json(value).into_response(),
        Err(error) => refusal(error, None),
    }
}

/// One route that reads.
macro_rules! reads {
    ($(#[$doc:meta])* $name:ident, $path:literal, |$asked:ident| $request:expr) => {
        $(#[$doc])*
        #[utoipa::path(
            get, path = $path, params(Asked),
            responses(
                (status = 200, description = "The answer", body = Value),
                (status = 400, description = "A parameter is not understood", body = Refusal),
                (status = 404, description = "Not on this node (yet)", body = Refusal),
                (status = 422, description = "Refused; the reason in words", body = Refusal),
                (status = 429, description = "Too many requests"),
                (status = 503, description = "The node is stopping", body = Refusal),
            )
        )]
        async fn $name(State(square): State<Shared>, asked: Params) -> Response {
            answer(&square, asked, |$asked| $request).await
        }
    };
    ($(#[$doc:meta])* $name:ident, $path:literal, |$asked:ident, $id:ident| $request:expr) => {
        $(#[$doc])*
        #[utoipa::path(
            get, path = $path, params(("id" = String, Path, description = "Its id"), Asked),
            responses(
                (status = 200, description = "The answer", body = Value),
                (status = 400, description = "A parameter is not understood", body = Refusal),
                (status = 404, description = "Not on this node (yet)", body = Refusal),
                (status = 422, description = "Refused; the reason in words", body = Refusal),
                (status = 429, description = "Too many requests"),
                (status = 503, description = "The node is stopping", body = Refusal),
            )
        )]
        async fn $name(
            State(square): State<Shared>,
            id: Result<Path<String>, PathRejection>,
            asked: Params,
        ) -> Response {
            match id {
                Ok(Path($id)) => answer(&square, asked, |$asked| $request).await,
                Err(error) => said(StatusCode::BAD_REQUEST, &error.body_text()),
            }
        }
    };
}

reads!(
    /// What this node holds.
    status, "/api/v1/status", |_asked| Request::Status);
reads!(
/// A page of announcements, alerts and decisions, the newest first.
announcements, "/api/v1/announcements", |asked| Request::AnnouncementPage {
    page: asked.page(), kind: None, office: None, current: false,
});
reads!(
    /// One announcement, alert or decision.
    announcement, "/api/v1/announcements/{id}", |_asked, id| Request::AnnouncementShow { id });
reads!(
    /// All debates.
    debates, "/api/v1/debates", |_asked| Request::DebateList);
reads!(
/// One debate with a page of its posts.
debate, "/api/v1/debates/{id}", |asked, id| Request::DebatePage {
    id, offset: Some(asked.offset()), limit: Some(20),
    order: asked.order.map(|order| order.word().to_owned()),
});
reads!(
    /// The groups of opinion in a debate.
    groups, "/api/v1/debates/{id}/groups", |_asked, id| Request::DebateGroups { id, places: false });
reads!(
/// A page of proposals, the latest first.
proposals, "/api/v1/proposals", |asked| Request::ProposalList {
    debate: None, offset: Some(asked.offset()), limit: Some(20),
});
reads!(
    /// One proposal.
    proposal, "/api/v1/proposals/{id}", |_asked, id| Request::ProposalShow { id });
reads!(
/// A page of questions, the oldest first.
questions, "/api/v1/questions", |asked| Request::QuestionPage {
    page: asked.page(), office: None, to: None, state: None,
});
reads!(
    /// How each office answers.
    offices, "/api/v1/offices", |_asked| Request::Responsiveness { office: None });
reads!(
    /// The numbered decisions of each office.
    register, "/api/v1/register", |_asked| Request::Register { office: None });
reads!(
    /// All courses.
    courses, "/api/v1/courses", |_asked| Request::CourseList);
reads!(
    /// One course: its outline, and what of it is here.
    course, "/api/v1/courses/{id}", |_asked, id| Request::CourseShow { id });
reads!(
    /// Who holds which role.
    members, "/api/v1/members", |_asked| Request::Members);

/// Somebody who asks, and what.
#[derive(Debug, Deserialize)]
struct Act {
    #[serde(default)]
    context: Context,
    request: Request,
}

/// Does what a command does.
#[utoipa::path(
    post, path = "/api/v1/do", request_body = Value,
    params(("authorization" = String, Header, description = "Bearer and the token in DATA/http.token")),
    responses(
        (status = 200, description = "The answer", body = Value),
        (status = 400, description = "Not JSON", body = Refusal),
        (status = 401, description = "Without the token of the data folder", body = Refusal),
        (status = 403, description = "It takes the PIN of who speaks: context.pins", body = Refusal),
        (status = 404, description = "Not on this node (yet)", body = Refusal),
        (status = 413, description = "Larger than is taken", body = Refusal),
        (status = 415, description = "Not application/json", body = Refusal),
        (status = 422, description = "Refused, or no request; the reason in words", body = Refusal),
        (status = 429, description = "Too many requests"),
        (status = 503, description = "The node is stopping", body = Refusal),
    )
)]
async fn act(
    State(square): State<Shared>,
    headers: HeaderMap,
    body: Result<Json<Act>, JsonRejection>,
) -> Response {
    if !has_token(&square, &headers) {
        return said(StatusCode::UNAUTHORIZED, "this takes the token in DATA/http.token");
    }
    let Json(Act { context, request }) = match body {
        Ok(body) => body,
        Err(error) => return said(error.status(), &error.body_text()),
    };
    let lang = context.lang.clone();
    let done = match request {
        Request::Sync { address } => square.handle.sync_json(&address).await,
        request => square.handle.request(context, request).await,
    };
    match done {
        Ok(value) => Json(value).into_response(),
        Err(error) => refusal(error, lang.as_deref()),
    }
}

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json",
    responses((status = 200, description = "OpenAPI", body = Value), (status = 429, description = "Too many requests"))
)]
async fn openapi() -> Response {
    Json(&*DOCUMENT).into_response()
}

/// The names of all requests. `serde` has them: it names them where one is unknown.
fn commands() -> Vec<String> {
    let unknown = serde_json::from_value::<Request>(json!({ "command": "" }));
    let words = unknown.map_or_else(|error| error.to_string(), |_| String::new());
    words.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

/// The document, with what `POST /api/v1/do` takes.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    let body = "/paths/~1api~1v1~1do/post/requestBody/content/application~1json/schema";
    if let Some(body) = document.pointer_mut(body) {
        let text = json!({ "type": ["string", "null"] });
        *body = json!({
            "type": "object",
            "required": ["request"],
            "properties": {
                "context": {
                    "type": "object",
                    "description": "Who speaks, in which community, in which language",
                    "properties": {
                        "as": text,
                        "community": text,
                        "lang": text,
                        "pins": {
                            "type": "object",
                            "description": "PINs of persons of this device, by id or name: for what \
                                is private to them, and to speak for them. They hold for this \
                                request only; wrong ones make the next wait",
                            "additionalProperties": { "type": "string" },
                        },
                    },
                },
                "request": {
                    "type": "object",
                    "description": "What is asked: the command's name, and its fields beside it",
                    "required": ["command"],
                    "properties": { "command": { "type": "string", "enum": commands() } },
                },
            },
        });
    }
    document
});

/// Whether the thread that owns the store answers.
async fn health(State(square): State<Shared>) -> Response {
    match square.handle.local("health".to_owned()).await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

/// Whether the data folder's token came along.
fn has_token(square: &Square, headers: &HeaderMap) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    same(given.trim(), &square.token)
}

/// Counters in the text form of Prometheus: to whom has the token exactly, to others rounded and of
/// open communities.
async fn metrics(State(square): State<Shared>, headers: HeaderMap) -> Response {
    // Totals of all traffic would tell how large a members-only community is.
    let context = Context { outside: !has_token(&square, &headers), ..Context::default() };
    let status = match square.handle.request(context, Request::Status).await {
        Ok(status) => status,
        Err(error) => return refusal(error, None),
    };
    let number = |path: &str| status.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let count = |path: &str| status.pointer(path).and_then(Value::as_array).map_or(0, Vec::len);
    let refused = status.pointer("/refused").and_then(Value::as_array);
    let refused: u64 =
        refused.into_iter().flatten().filter_map(|one| one.get("count")?.as_u64()).sum();
    let sum = |name: &str| -> u64 {
        let list = status.pointer("/communities").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|one| one.get(name)?.as_u64()).sum()
    };
    let mut text = String::new();
    for (name, kind, help, value) in [
        ("baro_peers", "gauge", "Nodes linked now", count("/peers") as u64),
        ("baro_communities", "gauge", "Communities held", count("/communities") as u64),
        ("baro_entries", "gauge", "Entries held", sum("entries")),
        ("baro_records", "gauge", "Records held", sum("records")),
        ("baro_stored_bytes", "gauge", "Bytes on disk", number("/stored_bytes")),
        ("baro_blob_bytes", "gauge", "Bytes of files", number("/blobs/bytes")),
        ("baro_sent_bytes_total", "counter", "Bytes sent", number("/bytes_sent")),
        ("baro_received_bytes_total", "counter", "Bytes received", number("/bytes_received")),
        ("baro_refused_total", "counter", "What was refused", refused),
    ] {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"));
    }
    ([("content-type", "text/plain; version=0.0.4")], text).into_response()
}

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/status", get(status))
        .route("/api/v1/announcements", get(announcements))
        .route("/api/v1/announcements/{id}", get(announcement))
        .route("/api/v1/debates", get(debates))
        .route("/api/v1/debates/{id}", get(debate))
        .route("/api/v1/debates/{id}/groups", get(groups))
        .route("/api/v1/proposals", get(proposals))
        .route("/api/v1/proposals/{id}", get(proposal))
        .route("/api/v1/questions", get(questions))
        .route("/api/v1/offices", get(offices))
        .route("/api/v1/register", get(register))
        .route("/api/v1/courses", get(courses))
        .route("/api/v1/courses/{id}", get(course))
        .route("/api/v1/members", get(members))
        .route("/api/v1/do", post(act))
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_request() {
        let commands = commands();
        assert!(commands.len() > 80, "{commands:?}");
        for name in ["init", "debate_page", "vote", "status", "peers"] {
            assert!(commands.iter().any(|command| command == name), "{name}");
        }
        assert!(DOCUMENT.to_string().contains("\"debate_page\""));
    }
}
