//! Atom feeds of announcements and debates, and alerts as CAP 1.2.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde::Deserialize;

use super::error::Failure;
use super::views::{Announcement, Community, Debate, view};
use super::{Shared, format};
use crate::api::{Context, Request};
use crate::words::why;

const ATOM: &str = "application/atom+xml; charset=utf-8";

/// One entry of a feed.
struct Item {
    id: String,
    title: String,
    author: String,
    path: String,
    words: String,
    at: i64,
}

fn element(out: &mut Writer<Vec<u8>>, name: &str, words: &str) -> std::io::Result<()> {
    // What XML cannot carry is left out.
    let words: String =
        words.chars().filter(|sign| !sign.is_control() || matches!(sign, '\n' | '\t')).collect();
    out.create_element(name).write_text_content(BytesText::new(&words))?;
    Ok(())
}

fn atom(base: &str, path: &str, title: &str, items: &[Item]) -> std::io::Result<Vec<u8>> {
    let mut out = Writer::new(Vec::new());
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let updated = items.iter().map(|item| item.at).max().unwrap_or(0);
    out.create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .write_inner_content(|out| {
            element(out, "id", &format!("{base}{path}"))?;
            element(out, "title", title)?;
            element(out, "updated", &format::machine(updated))?;
            let this = format!("{base}{path}");
            out.create_element("link")
                .with_attributes([("rel", "self"), ("href", this.as_str())])
                .write_empty()?;
            for item in items {
                out.create_element("entry").write_inner_content(|out| {
                    element(out, "id", &format!("urn:baro:{}", item.id))?;
                    element(out, "title", &item.title)?;
                    element(out, "updated", &format::machine(item.at))?;
                    let href = format!("{base}{}", item.path);
                    out.create_element("link")
                        .with_attribute(("href", href.as_str()))
                        .write_empty()?;
                    out.create_element("author")
                        .write_inner_content(|out| element(out, "name", &item.author))?;
                    element(out, "content", &item.words)
                })?;
            }
            Ok(())
        })?;
    Ok(out.into_inner())
}

/// Where this node is, as the browser calls it.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

fn fed(kind: &'static str, body: std::io::Result<Vec<u8>>) -> Result<Response, Failure> {
    let body = body.map_err(|error| Failure::TooMuch(why::file_failed(error.to_string())))?;
    Ok(([(CONTENT_TYPE, kind)], body).into_response())
}

/// Who reads a feed is somebody.
fn outside() -> Context {
    Context { outside: true, ..Context::default() }
}

async fn place(square: &Shared) -> Result<String, Failure> {
    let all = square.handle.request(outside(), Request::CommunityList).await?;
    let all: Vec<Community> = view(all)?;
    Ok(all.first().map_or_else(|| "Baro".to_owned(), |one| one.name.clone()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    items: Vec<Announcement>,
}

async fn news(State(square): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let request = Request::AnnouncementPage { page: 1, kind: None, office: None, current: false };
    let listed: Listed = view(square.handle.request(outside(), request).await?)?;
    let items: Vec<Item> = listed
        .items
        .into_iter()
        .map(|one| Item {
            path: format!("/news/{}", one.id),
            title: one.title.unwrap_or_else(|| "…".to_owned()),
            author: one.name,
            words: one.text,
            at: one.first_seen_at,
            id: one.id,
        })
        .collect();
    fed(ATOM, atom(&base(&headers), "/news.atom", &place(&square).await?, &items))
}

async fn debates(State(square): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let all = square.handle.request(outside(), Request::DebateList).await?;
    let all: Vec<Debate> = view(all)?;
    let items: Vec<Item> = all
        .into_iter()
        .rev()
        .take(20)
        .map(|one| Item {
            path: format!("/debates/{}", one.id),
            title: if one.title.is_empty() { "…".to_owned() } else { one.title },
            author: one.name,
            words: one.text,
            at: one.first_seen_at,
            id: one.id,
        })
        .collect();
    fed(ATOM, atom(&base(&headers), "/debates.atom", &place(&square).await?, &items))
}

fn text(answer: &serde_json::Value, name: &str) -> Vec<u8> {
    answer.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().as_bytes().to_vec()
}

async fn alerts(State(square): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    let request = Request::AlertFeed { base: Some(base(&headers)), all: false };
    let answer = square.handle.request(outside(), request).await?;
    fed(ATOM, Ok(text(&answer, "atom")))
}

async fn alert(State(square): State<Shared>, Path(id): Path<String>) -> Result<Response, Failure> {
    let request = Request::AlertExport { id: id.trim_end_matches(".xml").to_owned() };
    let answer = square.handle.request(outside(), request).await?;
    fed("application/cap+xml; charset=utf-8", Ok(text(&answer, "xml")))
}

pub(crate) fn router() -> Router<Shared> {
    Router::new()
        .route("/news.atom", get(news))
        .route("/debates.atom", get(debates))
        .route("/alerts.atom", get(alerts))
        .route("/alerts/{id}", get(alert))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_xml_whatever_is_said() {
        let item = Item {
            id: "ab".into(),
            title: "<&\u{0}\">".into(),
            author: "Awa".into(),
            path: "/news/ab".into(),
            words: "]]>\u{b}".into(),
            at: 0,
        };
        let feed = atom("http://h", "/news.atom", "Kayes & co", &[item]).unwrap();
        let feed = String::from_utf8(feed).unwrap();
        assert!(feed.contains("<title>&lt;&amp;&quot;&gt;</title>") || feed.contains("&lt;&amp;"));
        assert!(feed.contains("1970-01-01T00:00:00Z") && !feed.contains('\u{b}'));
    }
}
