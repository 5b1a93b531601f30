//! A feed of alerts: Atom (RFC 4287), each entry with its whole CAP alert as its content.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use super::write::{element, text};
use super::{CapAlert, to_cap};

const ATOM: &str = "http://www.w3.org/2005/Atom";
/// The media type of an alert.
const CAP_MEDIA: &str = "application/cap+xml";

/// One alert of a feed.
#[derive(Clone, Debug)]
pub struct FeedEntry {
    /// Its id, for ever: an IRI.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Who issued it.
    pub author: String,
    /// When, in seconds since 1970, as declared.
    pub updated: i64,
    /// Where the alert alone can be fetched as XML, if anywhere.
    pub link: Option<String>,
    /// The alert.
    pub alert: CapAlert,
}

type Xml = Writer<Vec<u8>>;

/// Atom's times are RFC 3339, whose UTC is `Z`.
fn time(seconds: i64) -> String {
    to_cap(seconds).replace("-00:00", "Z")
}

/// Writes a feed: `id` is its IRI, `own` the address it is served at, if it is. The first entry is
/// the newest. What a feed was last changed at is the latest of its entries'.
pub fn feed(id: &str, title: &str, own: Option<&str>, entries: &[FeedEntry]) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written =
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None))).and_then(|()| {
            xml.create_element("feed")
                .with_attribute(("xmlns", ATOM))
                .write_inner_content(|xml| inside(xml, id, title, own, entries))
                .map(|_| ())
        });
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    String::from_utf8_lossy(&bytes).into_owned()
}

fn inside(
    xml: &mut Xml,
    id: &str,
    title: &str,
    own: Option<&str>,
    entries: &[FeedEntry],
) -> io::Result<()> {
    text(xml, "id", id)?;
    text(xml, "title", title)?;
    text(xml, "updated", &time(entries.iter().map(|entry| entry.updated).max().unwrap_or(0)))?;
    if let Some(own) = own {
        let attributes = [("rel", "self"), ("type", "application/atom+xml"), ("href", own)];
        xml.create_element("link").with_attributes(attributes).write_empty()?;
    }
    entries.iter().try_for_each(|entry| {
        xml.create_element("entry").write_inner_content(|xml| one(xml, entry)).map(|_| ())
    })
}

fn one(xml: &mut Xml, entry: &FeedEntry) -> io::Result<()> {
    text(xml, "id", &entry.id)?;
    text(xml, "title", &entry.title)?;
    text(xml, "updated", &time(entry.updated))?;
    xml.create_element("author")
        .write_inner_content(|xml| text(xml, "name", &entry.author))
        .map(|_| ())?;
    let summary = entry.alert.infos.first().and_then(|info| info.description.as_deref());
    text(xml, "summary", summary.unwrap_or_default())?;
    if let Some(link) = &entry.link {
        let attributes = [("rel", "alternate"), ("type", CAP_MEDIA), ("href", link.as_str())];
        xml.create_element("link").with_attributes(attributes).write_empty()?;
    }
    for category in entry.alert.infos.iter().flat_map(|info| &info.categories) {
        xml.create_element("category").with_attribute(("term", category.as_str())).write_empty()?;
    }
    xml.create_element("content")
        .with_attribute(("type", CAP_MEDIA))
        .write_inner_content(|xml| element(xml, &entry.alert))
        .map(|_| ())
}
