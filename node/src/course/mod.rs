//! Courses as people write them: a folder with an outline, lessons in Markdown and quizzes in GIFT.
//!
//! `course.md` is the **outline**: a heading with the course's title, words about it, a heading for
//! each module, and in its list a link to each lesson and quiz. Its front matter (lines between
//! `---`) may give `language` and `id`. Lessons link to pictures and recordings beside them.
//! Everything here reads text that is at hand; opening files is for whoever has the folder.

pub mod gift;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde::Serialize;

/// The name of the outline in a course's folder.
pub const OUTLINE: &str = "course.md";
/// The most lessons and quizzes of one course.
pub const ITEMS_MAX: usize = 500;

/// What a course consists of, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Its title, if the outline has a heading.
    pub title: Option<String>,
    /// Words about it.
    pub description: String,
    /// Its parts.
    pub modules: Vec<Module>,
}

/// A part of a course.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Its title; none for what stands before the first heading.
    pub title: Option<String>,
    /// Its lessons and quizzes.
    pub items: Vec<Item>,
}

/// A lesson or a quiz of an outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What the outline calls it.
    pub title: String,
    /// Its file, relative to the outline.
    pub path: String,
    /// Which of the two it is.
    pub kind: ItemKind,
}

/// What an outline links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemKind {
    /// Markdown.
    Lesson,
    /// GIFT.
    Quiz,
}

impl ItemKind {
    /// By the end of a file's name.
    pub fn of(path: &str) -> Option<Self> {
        let (_, end) = path.rsplit_once('.')?;
        match end.to_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Lesson),
            "gift" => Some(Self::Quiz),
            _ => None,
        }
    }
}

/// What stands between `---` at the beginning, and what comes behind it.
pub fn front_matter(source: &str) -> (Vec<(String, String)>, &str) {
    let source = source.trim_start_matches('\u{feff}');
    let mut lines = source.split_inclusive('\n');
    let is_fence = |line: &str| line.trim_end() == "---";
    let Some(first) = lines.next().filter(|line| is_fence(line)) else {
        return (Vec::new(), source);
    };
    let (mut fields, mut read) = (Vec::new(), first.len());
    for line in lines {
        read += line.len();
        if is_fence(line) {
            return (fields, source.get(read..).unwrap_or_default());
        }
        if let Some((name, value)) = line.split_once(':') {
            let value = value.trim().trim_matches(['"', '\'']);
            fields.push((name.trim().to_lowercase(), value.to_owned()));
        }
    }
    (Vec::new(), source)
}

/// Reads an outline, without its front matter.
pub fn outline(markdown: &str) -> Outline {
    let mut outline = Outline::default();
    // What the words being read belong to.
    let (mut heading, mut link) = (None, None);
    let (mut words, mut depth) = (String::new(), 0u32);
    for event in Parser::new_ext(markdown, Options::empty()) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                heading = Some(level);
                words.clear();
            }
            Event::End(TagEnd::Heading(_)) => {
                let title = std::mem::take(&mut words).trim().to_owned();
                match heading.take() {
                    Some(HeadingLevel::H1) if outline.title.is_none() => {
                        outline.title = Some(title).filter(|title| !title.is_empty());
                    }
                    _ => outline.modules.push(Module { title: Some(title), items: Vec::new() }),
                }
            }
            Event::Start(Tag::Item) => depth += 1,
            Event::End(TagEnd::Item) => depth = depth.saturating_sub(1),
            Event::Start(Tag::Paragraph) if depth == 0 => words.clear(),
            Event::End(TagEnd::Paragraph) if depth == 0 && outline.modules.is_empty() => {
                let words = std::mem::take(&mut words);
                if !outline.description.is_empty() && !words.trim().is_empty() {
                    outline.description.push_str("\n\n");
                }
                outline.description.push_str(words.trim());
            }
            Event::Start(Tag::Link { dest_url, .. }) if heading.is_none() => {
                link = beside(&dest_url).and_then(|path| Some((ItemKind::of(&path)?, path)));
                if link.is_some() {
                    words.clear();
                }
            }
            Event::End(TagEnd::Link) => {
                let Some((kind, path)) = link.take() else { continue };
                let title = std::mem::take(&mut words).trim().to_owned();
                let title = if title.is_empty() { stem(&path) } else { title };
                if outline.modules.is_empty() {
                    outline.modules.push(Module::default());
                }
                if let Some(module) = outline.modules.last_mut() {
                    module.items.push(Item { title, path, kind });
                }
            }
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    outline
}

/// A file's name without folders and ending, for what has no better title.
pub fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.trim_start_matches(|ch: char| ch.is_ascii_digit() || matches!(ch, '-' | '_' | '.' | ' '))
        .replace(['-', '_'], " ")
}

/// A lesson's title, if it has a heading, and the files beside it that it shows or links to, in
/// order, relative to it.
pub fn lesson(markdown: &str) -> (Option<String>, Vec<String>) {
    let (mut title, mut files) = (None, Vec::<String>::new());
    let (mut words, mut in_title) = (String::new(), false);
    let mut add = |link: &str| {
        if let Some(path) = beside(link)
            && ItemKind::of(&path).is_none()
            && !files.contains(&path)
        {
            files.push(path);
        }
    };
    for event in Parser::new_ext(markdown, Options::empty()) {
        match event {
            Event::Start(Tag::Heading { .. }) if title.is_none() => in_title = true,
            Event::End(TagEnd::Heading(_)) if in_title => {
                in_title = false;
                title = Some(words.trim().to_owned()).filter(|title| !title.is_empty());
            }
            Event::Text(text) | Event::Code(text) if in_title => words.push_str(&text),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                add(&dest_url);
            }
            // `<audio src="pump.ogg">`, as Markdown has no sign for a recording.
            Event::Html(html) | Event::InlineHtml(html) => {
                for quote in ['"', '\''] {
                    let mark = format!("src={quote}");
                    for part in html.split(mark.as_str()).skip(1) {
                        add(part.split(quote).next().unwrap_or_default());
                    }
                }
            }
            _ => {}
        }
    }
    (title, files)
}

/// The file that a link leads to, where that is beside or below: nothing on the internet, nothing
/// outside of the folder.
pub fn beside(link: &str) -> Option<String> {
    let link = link.split(['#', '?']).next().unwrap_or_default();
    let path = decoded(link)?;
    let inside = |part: &str| !part.is_empty() && part != ".." && !part.contains(['\\', ':']);
    let parts: Vec<&str> = path.split('/').filter(|part| *part != ".").collect();
    (parts.iter().all(|part| inside(part)) && !path.chars().any(char::is_control))
        .then(|| parts.join("/"))
        .filter(|path| !path.is_empty() && path.len() <= baro_crdt::entry::PATH_BYTES_MAX)
}

/// A link without its `%20`s.
fn decoded(link: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(link.len());
    let mut rest = link.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_outline_has_modules_lessons_and_quizzes() {
        let source = "---\nlanguage: fr\nid: \"eau\"\n---\n# L'eau *propre*\n\nPour les\nfamilles.\n\n\
                      - [Avant](00-avant.md)\n\n## Le puits\n\n1. [Pourquoi ?](puits/01%20pourquoi.md)\n\
                      2. [](02-la_pompe.md)\n3. [Quiz](01.gift) et [un site](https://example.org/a.md)\n\n\
                      ## Vide\n";
        let (fields, rest) = front_matter(source);
        assert_eq!(fields[0], ("language".into(), "fr".into()));
        assert_eq!(fields[1], ("id".into(), "eau".into()));
        let read = outline(rest);
        assert_eq!(read.title.as_deref(), Some("L'eau propre"));
        assert_eq!(read.description, "Pour les familles.");
        let titles: Vec<_> = read.modules.iter().map(|module| module.title.as_deref()).collect();
        assert_eq!(titles, [None, Some("Le puits"), Some("Vide")]);
        let items: Vec<_> = read.modules[1]
            .items
            .iter()
            .map(|item| (item.title.as_str(), item.path.as_str(), item.kind))
            .collect();
        assert_eq!(
            items,
            [
                ("Pourquoi ?", "puits/01 pourquoi.md", ItemKind::Lesson),
                ("la pompe", "02-la_pompe.md", ItemKind::Lesson),
                ("Quiz", "01.gift", ItemKind::Quiz),
            ]
        );
        assert_eq!(front_matter("---\nnever closed").1, "---\nnever closed");
    }

    #[test]
    fn a_lesson_names_its_files() {
        let (title, files) = lesson(
            "# La pompe\n\n![une pompe](media/pompe.jpg) ![](media/pompe.jpg) [plan](plan.pdf#page=2)\n\
             [suite](02.md) ![](https://example.org/a.png) ![](../../etc/passwd) ![](/etc/passwd)\n\n\
             <audio controls src=\"media/voix.ogg\"></audio>\n",
        );
        assert_eq!(title.as_deref(), Some("La pompe"));
        assert_eq!(files, ["media/pompe.jpg", "plan.pdf", "media/voix.ogg"]);
    }

    proptest! {
        #[test]
        fn no_link_leads_out_of_the_folder(link in "[a./%2eF\\\\:]{0,12}") {
            if let Some(path) = beside(&link) {
                prop_assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
            }
        }

        #[test]
        fn any_markdown_is_read(source in any::<String>()) {
            outline(front_matter(&source).1);
            lesson(&source);
        }
    }
}
