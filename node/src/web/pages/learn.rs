//! Courses: what is here, lessons with their media, quizzes with feedback.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;

use super::super::error::Failure;
use super::super::page::{Page, shown};
use super::super::sent::Sent;
use super::super::views::{Attachment, view};
use super::super::visitor::Visitor;
use super::super::{Shared, markdown, quiz};
use crate::api::Request;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Listed {
    id: String,
    title: String,
    language: Option<String>,
    author: String,
    name: String,
    lessons: u64,
    quizzes: u64,
    here: u64,
    coming: u64,
    first_seen_at: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Course {
    id: String,
    title: String,
    description: String,
    language: Option<String>,
    media_coming: u64,
    media_bytes_coming: u64,
    modules: Vec<Module>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Module {
    title: Option<String>,
    items: Vec<Item>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item {
    id: Option<String>,
    title: String,
    kind: String,
    state: String,
    language: Option<String>,
    attachments: Vec<Attachment>,
    questions: Vec<Value>,
}

#[derive(Template)]
#[template(path = "courses.html")]
struct Courses {
    p: Page,
    items: Vec<Listed>,
}

/// The courses that this node holds.
pub(crate) async fn list(
    State(square): State<Shared>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let p = Page::new(&square, &visitor, visitor.lang.say("learn"), "/learn").await?;
    let all = square.handle.request(visitor.context(), Request::CourseList).await?;
    Ok(shown(&Courses { p, items: view(all)? }))
}

async fn course(square: &Shared, visitor: &Visitor, id: &str) -> Result<Course, Failure> {
    let request = Request::CourseShow { id: id.to_owned() };
    view(square.handle.request(visitor.context(), request).await?)
}

#[derive(Template)]
#[template(path = "course.html")]
struct OneCourse {
    p: Page,
    course: Course,
}

/// One course: its outline.
pub(crate) async fn one(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let course = course(&square, &visitor, &id).await?;
    let p = Page::new(&square, &visitor, course.title.clone(), format!("/learn/{id}")).await?;
    Ok(shown(&OneCourse { p, course }))
}

#[derive(Template)]
#[template(path = "lesson.html")]
struct Lesson {
    p: Page,
    course: String,
    course_title: String,
    item: Item,
    html: String,
    questions: Vec<quiz::Shown>,
    score: Option<quiz::Score>,
    next: Option<String>,
}

async fn lesson(
    square: &Shared,
    visitor: &Visitor,
    (id, part): (String, String),
    sent: Option<&Sent>,
) -> Result<Response, Failure> {
    let course = course(square, visitor, &id).await?;
    let mut items: Vec<Item> = course.modules.into_iter().flat_map(|module| module.items).collect();
    let here = |item: &Item| item.id.as_deref() == Some(part.as_str());
    let at = items.iter().position(here).ok_or(Failure::NoPage)?;
    let next = items.get(at + 1).and_then(|item| item.id.clone());
    let item = items.swap_remove(at);
    let mut html = String::new();
    if item.kind == "lesson" && item.state == "here" {
        let request = Request::TextShow { id: part.clone(), history: false, at: Vec::new() };
        let text = square.handle.request(visitor.context(), request).await?;
        let text = text.get("text").and_then(Value::as_str).unwrap_or_default();
        html = markdown::html(text, &item.attachments);
    }
    let (questions, score) = quiz::show(visitor.lang, &item.questions, sent);
    let path = format!("/learn/{id}/{part}");
    let p = Page::new(square, visitor, item.title.clone(), path).await?;
    let (course, course_title) = (id, course.title);
    Ok(shown(&Lesson { p, course, course_title, item, html, questions, score, next }))
}

/// A lesson or quiz.
pub(crate) async fn part(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(path): Path<(String, String)>,
) -> Result<Response, Failure> {
    lesson(&square, &visitor, path, None).await
}

/// A quiz that was answered: nothing of it is kept.
pub(crate) async fn answer(
    State(square): State<Shared>,
    visitor: Visitor,
    Path(path): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    lesson(&square, &visitor, path, Some(&sent)).await
}
