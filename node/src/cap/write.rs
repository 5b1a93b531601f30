//! From an alert to XML, in the order of the standard's schema.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{CapAlert, CapArea, CapInfo, CapResource, NAMESPACE};

type Xml = Writer<Vec<u8>>;

/// Whether XML 1.0 has this character.
pub(super) const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Writes an alert as XML in UTF-8, ending in a line break. Characters that XML has not are left
/// out.
pub fn write(alert: &CapAlert) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written = xml
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
        .and_then(|()| element(&mut xml, alert));
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes the element `alert` with all it holds.
pub(super) fn element(xml: &mut Xml, alert: &CapAlert) -> io::Result<()> {
    xml.create_element("alert")
        .with_attribute(("xmlns", NAMESPACE))
        .write_inner_content(|xml| inside(xml, alert))
        .map(|_| ())
}

/// Writes an element with words in it.
pub(super) fn text(xml: &mut Xml, name: &str, words: &str) -> io::Result<()> {
    let clean: String = words.chars().filter(|c| is_xml(*c) && *c != '\r').collect();
    xml.create_element(name).write_text_content(BytesText::new(&clean)).map(|_| ())
}

fn optional(xml: &mut Xml, name: &str, words: &Option<String>) -> io::Result<()> {
    words.as_deref().map_or(Ok(()), |words| text(xml, name, words))
}

fn all(xml: &mut Xml, name: &str, list: &[String]) -> io::Result<()> {
    list.iter().try_for_each(|words| text(xml, name, words))
}

fn pairs(xml: &mut Xml, name: &str, list: &[(String, String)]) -> io::Result<()> {
    list.iter().try_for_each(|(key, value)| {
        xml.create_element(name)
            .write_inner_content(|xml| {
                text(xml, "valueName", key)?;
                text(xml, "value", value)
            })
            .map(|_| ())
    })
}

fn inside(xml: &mut Xml, alert: &CapAlert) -> io::Result<()> {
    text(xml, "identifier", &alert.identifier)?;
    text(xml, "sender", &alert.sender)?;
    text(xml, "sent", &alert.sent)?;
    text(xml, "status", &alert.status)?;
    text(xml, "msgType", &alert.msg_type)?;
    optional(xml, "source", &alert.source)?;
    text(xml, "scope", &alert.scope)?;
    optional(xml, "restriction", &alert.restriction)?;
    optional(xml, "addresses", &alert.addresses)?;
    all(xml, "code", &alert.codes)?;
    optional(xml, "note", &alert.note)?;
    optional(xml, "references", &alert.references)?;
    optional(xml, "incidents", &alert.incidents)?;
    alert.infos.iter().try_for_each(|said| {
        xml.create_element("info").write_inner_content(|xml| info(xml, said)).map(|_| ())
    })
}

fn info(xml: &mut Xml, info: &CapInfo) -> io::Result<()> {
    optional(xml, "language", &info.language)?;
    all(xml, "category", &info.categories)?;
    text(xml, "event", &info.event)?;
    all(xml, "responseType", &info.responses)?;
    text(xml, "urgency", &info.urgency)?;
    text(xml, "severity", &info.severity)?;
    text(xml, "certainty", &info.certainty)?;
    optional(xml, "audience", &info.audience)?;
    pairs(xml, "eventCode", &info.event_codes)?;
    optional(xml, "effective", &info.effective)?;
    optional(xml, "onset", &info.onset)?;
    optional(xml, "expires", &info.expires)?;
    optional(xml, "senderName", &info.sender_name)?;
    optional(xml, "headline", &info.headline)?;
    optional(xml, "description", &info.description)?;
    optional(xml, "instruction", &info.instruction)?;
    optional(xml, "web", &info.web)?;
    optional(xml, "contact", &info.contact)?;
    pairs(xml, "parameter", &info.parameters)?;
    info.resources.iter().try_for_each(|file| {
        xml.create_element("resource").write_inner_content(|xml| resource(xml, file)).map(|_| ())
    })?;
    info.areas.iter().try_for_each(|place| {
        xml.create_element("area").write_inner_content(|xml| area(xml, place)).map(|_| ())
    })
}

fn resource(xml: &mut Xml, resource: &CapResource) -> io::Result<()> {
    text(xml, "resourceDesc", &resource.desc)?;
    text(xml, "mimeType", &resource.mime)?;
    optional(xml, "size", &resource.size)?;
    optional(xml, "uri", &resource.uri)?;
    optional(xml, "derefUri", &resource.deref_uri)?;
    optional(xml, "digest", &resource.digest)
}

fn area(xml: &mut Xml, area: &CapArea) -> io::Result<()> {
    text(xml, "areaDesc", &area.desc)?;
    all(xml, "polygon", &area.polygons)?;
    all(xml, "circle", &area.circles)?;
    pairs(xml, "geocode", &area.geocodes)?;
    optional(xml, "altitude", &area.altitude)?;
    optional(xml, "ceiling", &area.ceiling)
}
