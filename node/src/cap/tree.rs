//! XML into a small tree, with bounds: the only place where XML from strangers is read.

use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{CapError, NAMESPACE, XML_BYTES_MAX};

/// How deep elements may lie in each other; the standard needs 5.
const DEPTH_MAX: usize = 8;
/// The most elements of an alert.
const ELEMENTS_MAX: usize = 2_000;

/// An element of the standard's namespace.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name, without a prefix.
    pub(super) name: String,
    /// The text directly inside.
    pub(super) text: String,
    /// The elements directly inside.
    pub(super) children: Vec<Element>,
}

fn xml(error: impl std::fmt::Display) -> CapError {
    CapError::Xml(error.to_string())
}

/// Reads the root element. Elements of other namespaces are passed over with all they hold.
///
/// # Errors
/// [`CapError`] where it is no XML or passes a bound.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, CapError> {
    if bytes.len() > XML_BYTES_MAX {
        return Err(CapError::TooLong { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|_| CapError::Xml("it is not written in UTF-8".into()))?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let (mut root, mut elements, mut foreign) = (None, 0usize, 0usize);
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(xml)?;
        let ours = matches!(namespace, ResolveResult::Bound(ns) if ns.as_ref() == NAMESPACE);
        match event {
            Event::Start(start) => {
                elements += 1;
                if elements > ELEMENTS_MAX {
                    return Err(CapError::Refused("it has too many elements"));
                }
                if open.len() + foreign >= DEPTH_MAX {
                    return Err(CapError::Refused("its elements lie too deep in each other"));
                }
                if root.is_some() {
                    return Err(CapError::Xml("there is something behind its end".into()));
                }
                if foreign > 0 || (!ours && !open.is_empty()) {
                    foreign += 1;
                    continue;
                }
                if !ours {
                    return Err(CapError::Rule(format!("its root is not in {NAMESPACE}")));
                }
                let name = start.local_name().as_ref().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::End(_) if foreign > 0 => foreign -= 1,
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err(CapError::Xml("an element ends that did not begin".into()));
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => root = Some(done),
                }
            }
            Event::Text(text) if foreign == 0 => add(&mut open, &text.xml10_content())?,
            Event::CData(text) if foreign == 0 => add(&mut open, &text.xml10_content())?,
            Event::GeneralRef(entity) => {
                let character = match &*entity.xml10_content() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => entity
                        .resolve_char_ref()
                        .map_err(xml)?
                        .ok_or(CapError::Refused("it has entities of its own"))?,
                };
                if foreign == 0 {
                    add(&mut open, character.encode_utf8(&mut [0; 4]))?;
                }
            }
            Event::DocType(_) => return Err(CapError::Refused("it has a document type")),
            Event::Eof => break,
            _ => {}
        }
    }
    if !open.is_empty() {
        return Err(CapError::Xml("it stops in the middle".into()));
    }
    root.ok_or_else(|| CapError::Xml("there is no element in it".into()))
}

fn add(open: &mut [Element], text: &str) -> Result<(), CapError> {
    if text.chars().any(|c| !super::write::is_xml(c)) {
        return Err(CapError::Xml("it has characters that XML does not allow".into()));
    }
    match open.last_mut() {
        // A carriage return that was spelt out would come back as a line break.
        Some(element) => element.text.push_str(&text.replace('\r', "\n")),
        None if text.trim().is_empty() => {}
        None => return Err(CapError::Xml("there are words outside its root".into())),
    }
    Ok(())
}
