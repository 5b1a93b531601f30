//! Lessons as HTML: Markdown with nothing in it that could run, load or mislead.

use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use super::views::Attachment;

/// Escapes words for HTML.
fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The file that a link of a lesson means, by its name.
fn file<'f>(files: &'f [Attachment], link: &str) -> Option<&'f Attachment> {
    let path = crate::course::beside(link)?;
    let name = path.rsplit('/').next()?;
    files.iter().find(|file| file.name.as_deref() == Some(name))
}

/// A file where a lesson shows it.
fn shown(file: &Attachment, words: &str) -> String {
    let mut out = String::new();
    let (id, words) = (escaped(&file.id), escaped(words));
    // Writing to a string does not fail.
    let _ = match (file.state.as_str(), file.kind.as_str()) {
        ("here", "picture") => {
            write!(out, "<img class=\"shown\" loading=\"lazy\" src=\"/file/{id}\" alt=\"{words}\">")
        }
        ("here", "voice" | "sound") => write!(
            out,
            "<audio controls preload=\"none\" src=\"/file/{id}\" aria-label=\"{words}\"></audio>"
        ),
        ("here", "video") => {
            write!(
                out,
                "<video class=\"shown\" controls preload=\"none\" src=\"/file/{id}\"></video>"
            )
        }
        ("here", _) => write!(out, "<a href=\"/file/{id}\">{words}</a>"),
        _ => write!(out, "<span class=\"tag wait\">{words} … {} %</span>", file.percent),
    };
    out
}

/// The lesson in HTML, without its own title; headings begin at the second level.
pub(crate) fn html(markdown: &str, files: &[Attachment]) -> String {
    let mut events = Vec::new();
    let (mut is_first, mut in_title) = (true, false);
    let mut image: Option<(String, String)> = None;
    let mut dropped_links = 0u32;
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for event in Parser::new_ext(markdown, options) {
        if let Some((link, words)) = &mut image {
            match event {
                Event::End(TagEnd::Image) => {
                    let html = match file(files, link) {
                        Some(file) => shown(file, words),
                        None => escaped(words),
                    };
                    events.push(Event::InlineHtml(CowStr::from(html)));
                    image = None;
                }
                Event::Text(text) | Event::Code(text) => words.push_str(&text),
                _ => {}
            }
            continue;
        }
        // The page has the lesson's title already.
        if is_first && matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H1, .. })) {
            (is_first, in_title) = (false, true);
            continue;
        }
        is_first = false;
        if in_title {
            in_title = !matches!(event, Event::End(TagEnd::Heading(HeadingLevel::H1)));
            continue;
        }
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let (level, id, classes, attrs) = (lower(level), None, Vec::new(), Vec::new());
                events.push(Event::Start(Tag::Heading { level, id, classes, attrs }));
            }
            Event::End(TagEnd::Heading(level)) => {
                events.push(Event::End(TagEnd::Heading(lower(level))));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                image = Some((dest_url.to_string(), String::new()));
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let target = match file(files, &dest_url) {
                    Some(file) => Some(format!("/file/{}", file.id)),
                    None if dest_url.starts_with("https://") || dest_url.starts_with("http://") => {
                        Some(dest_url.to_string())
                    }
                    None => None,
                };
                match target {
                    Some(target) => {
                        let dest_url = CowStr::from(target);
                        events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
                    }
                    None => dropped_links += 1,
                }
            }
            Event::End(TagEnd::Link) if dropped_links > 0 => dropped_links -= 1,
            // Only recordings are taken from HTML: Markdown has no sign for them.
            Event::Html(source) | Event::InlineHtml(source) => {
                for part in source.split("src=\"").skip(1) {
                    let link = part.split('"').next().unwrap_or_default();
                    if let Some(file) = file(files, link) {
                        let name = file.name.clone().unwrap_or_default();
                        events.push(Event::Html(CowStr::from(shown(file, &name))));
                    }
                }
            }
            other => events.push(other),
        }
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    out
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Attachment {
        Attachment {
            id: "ab".into(),
            kind: "picture".into(),
            name: Some("pompe.png".into()),
            state: "here".into(),
            ..Attachment::default()
        }
    }

    #[test]
    fn lessons_show_their_files_and_run_nothing() {
        let source = "# La pompe\n\n![La pompe](media/pompe.png)\n\n## Graisser\n\n\
                      <script>alert(1)</script>\n\n[mal](javascript:alert(1)) \
                      [site](https://example.org/) ![x](https://evil.example/x.png)\n\n\
                      <img src=\"https://evil.example/y.png\" onerror=\"alert(1)\">\n";
        let html = html(source, &[picture()]);
        assert!(
            html.contains(
                "<img class=\"shown\" loading=\"lazy\" src=\"/file/ab\" alt=\"La pompe\">"
            )
        );
        assert!(html.contains("<h2>Graisser</h2>") && !html.contains("<h1"));
        assert!(html.contains("href=\"https://example.org/\""));
        for bad in ["<script", "javascript:", "evil.example", "onerror", "<h2>La pompe"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("mal"), "the words stay");
    }

    #[test]
    fn what_is_on_its_way_is_said() {
        let coming = Attachment { state: "coming".into(), percent: 40, ..picture() };
        assert!(html("![Pompe](pompe.png)", &[coming]).contains("40 %"));
    }
}
