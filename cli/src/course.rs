//! `course`: this process reads the folder; the node makes entries of what is in it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use baro_node::api::{Attach, Context, CourseFile, CourseFiles, Request};
use baro_node::blobs::Incoming;
use baro_node::course::{self, ItemKind, OUTLINE};
use baro_node::media;

use crate::args::Global;
use crate::data::Data;
use crate::door::Door;
use crate::{attach, blob, output};

/// The most bytes of one file of words: more than a lesson or a quiz can hold.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// The most bytes of one picture, recording or video.
const MEDIA_BYTES_MAX: u64 = 1 << 30;
/// The most files that one lesson shows.
const ATTACHMENTS_MAX: usize = 16;
/// The deepest folder within a folder without an outline.
const DEPTH_MAX: usize = 4;

/// Media of a course on their way into the node: dropped, they are gone unless the node took them.
#[derive(Default)]
struct Staged {
    incoming: Vec<Incoming>,
    by_path: BTreeMap<String, Attach>,
}

/// Brings a folder.
pub(crate) fn import(
    global: &Global,
    data: &Data,
    context: &Context,
    folder: &Path,
) -> Result<ExitCode> {
    let mut course = read(folder)?;
    // All of the folder is looked at before anything is copied.
    let mut looked = BTreeMap::new();
    for file in &course.files {
        for path in media_of(file) {
            let at = folder.join(&path);
            if looked.contains_key(&path) {
                continue;
            }
            if !at.is_file() {
                eprintln!("{}: {path} is not in the folder, and left out", file.path);
                continue;
            }
            let mut opened = attach::open(&at)?;
            let media = media::recognise(&mut opened).with_context(|| path.clone())?;
            let size = opened.metadata()?.len();
            if size > MEDIA_BYTES_MAX {
                bail!("{path} has {size} bytes, more than the 1 GiB that one file may have");
            }
            looked.insert(path, (at, media, size));
        }
    }
    let mut staged = Staged::default();
    for (path, (at, media, size)) in looked {
        let incoming = blob::copy(data, &at, size)?;
        let attach = Attach {
            id: incoming.hash().to_string(),
            size,
            media: media.mime().to_owned(),
            name: attach::name_of(&at),
            file: Some(incoming.name().to_owned()),
            ..Attach::default()
        };
        staged.incoming.push(incoming);
        staged.by_path.insert(path, attach);
    }
    for file in &mut course.files {
        for path in media_of(file) {
            let Some(attach) = staged.by_path.get(&path) else { continue };
            // The same picture under two names is one.
            if file.attached.iter().all(|one| one.id != attach.id) {
                file.attached.push(attach.clone());
            }
        }
        if file.attached.len() > ATTACHMENTS_MAX {
            bail!(
                "{} shows {} files, and a lesson has at most {ATTACHMENTS_MAX}: make two of it",
                file.path,
                file.attached.len()
            );
        }
    }
    let done = Door::open(data)?.ask(context, Request::CourseImport { course })?;
    // What was not taken in goes only after the answer.
    drop(staged);
    output::answer(global, "course import", &done)?;
    Ok(ExitCode::SUCCESS)
}

/// The files beside it that a lesson shows, from the folder of the course.
fn media_of(file: &CourseFile) -> Vec<String> {
    if ItemKind::of(&file.path) != Some(ItemKind::Lesson) {
        return Vec::new();
    }
    let below = file.path.rsplit_once('/').map(|(folder, _)| folder);
    let from = |path: String| below.map_or(path.clone(), |folder| format!("{folder}/{path}"));
    course::lesson(&file.content).1.into_iter().map(from).collect()
}

/// Reads the words of a course's folder.
fn read(folder: &Path) -> Result<CourseFiles> {
    if !folder.is_dir() {
        bail!(
            "{} is no folder: give the one that holds {OUTLINE} and the lessons",
            folder.display()
        );
    }
    let name = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_owned()));
    let name = name.map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let source = match folder.join(OUTLINE) {
        path if path.is_file() => text(&path)?,
        _ => outline_of(folder, &name)?,
    };
    let (fields, markdown) = course::front_matter(&source);
    let fields: BTreeMap<String, String> = fields.into_iter().collect();
    let outline = course::outline(markdown);
    let given = |name: &str| fields.get(name).filter(|value| !value.is_empty()).cloned();

    let mut files: Vec<CourseFile> = Vec::new();
    for item in outline.modules.iter().flat_map(|module| &module.items) {
        if files.iter().any(|file| file.path == item.path) {
            continue;
        }
        let path = folder.join(&item.path);
        if !path.is_file() {
            bail!("{OUTLINE} names {}, and there is no such file", item.path);
        }
        let content = text(&path)?;
        let (path, title) = (item.path.clone(), item.title.clone());
        let mut file = CourseFile { path, title, content, attached: Vec::new() };
        if item.kind == ItemKind::Lesson {
            let (fields, rest) = course::front_matter(&file.content);
            let rest = rest.to_owned();
            let titled = fields.into_iter().find(|(name, _)| name == "title");
            let title = titled.map(|(_, title)| title).or_else(|| course::lesson(&rest).0);
            file.title = title.filter(|title| !title.is_empty()).unwrap_or(file.title);
            file.content = rest;
        }
        files.push(file);
    }
    if files.is_empty() {
        bail!("{} names no lesson and no quiz: link to them from a list", folder.display());
    }
    Ok(CourseFiles {
        reference: given("id").unwrap_or_else(|| name.clone()),
        title: given("title").or(outline.title).unwrap_or(name),
        language: given("language").or_else(|| given("lang")),
        outline: markdown.trim_start().to_owned(),
        files,
    })
}

/// The words of a file.
fn text(path: &Path) -> Result<String> {
    let file = std::fs::File::open(path);
    let file = file.with_context(|| format!("{} cannot be read", path.display()))?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("{} is no text in UTF-8", path.display()))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        bail!("{} is larger than a lesson can be (1 MB)", path.display());
    }
    Ok(text)
}

/// An outline for a folder that has none: its lessons and quizzes by name.
fn outline_of(folder: &Path, name: &str) -> Result<String> {
    let mut found = Vec::new();
    collect(folder, &PathBuf::new(), 0, &mut found)?;
    found.sort();
    let mut source = format!("# {name}\n\n");
    for path in found {
        // A path in pointed brackets may have spaces.
        source.push_str(&format!("- [{}](<{path}>)\n", course::stem(&path)));
    }
    Ok(source)
}

fn collect(folder: &Path, below: &Path, depth: usize, found: &mut Vec<String>) -> Result<()> {
    let failed = || format!("{} cannot be read", folder.display());
    for entry in std::fs::read_dir(folder).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let path = below.join(entry.file_name());
        let Some(name) = path.to_str().filter(|_| found.len() < course::ITEMS_MAX) else {
            continue;
        };
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().with_context(failed)?.is_dir() {
            if depth < DEPTH_MAX {
                collect(&entry.path(), &path, depth + 1, found)?;
            }
        } else if ItemKind::of(name).is_some() && name != OUTLINE {
            found.push(name.to_owned());
        }
    }
    Ok(())
}
