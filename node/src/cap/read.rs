//! From XML to an alert, by the rules of the standard's schema: names, order, counts, values.

use super::time::from_cap;
use super::tree::{Element, parse};
use super::{
    CATEGORY, CERTAINTY, CapAlert, CapArea, CapError, CapInfo, CapResource, MSG_TYPE, RESPONSE,
    SCOPE, SEVERITY, STATUS, URGENCY,
};

type Result<T> = std::result::Result<T, CapError>;

/// Reads an alert.
///
/// # Errors
/// [`CapError`] that says what is wrong with it; nothing of it may be used then.
pub fn read(bytes: &[u8]) -> Result<CapAlert> {
    let root = parse(bytes)?;
    if root.name != "alert" {
        return Err(CapError::Rule(format!("its root is {}, not alert", root.name)));
    }
    let mut at = Children::of(root);
    let alert = CapAlert {
        identifier: at.name("identifier")?,
        sender: at.name("sender")?,
        sent: at.time("sent")?.ok_or_else(|| missing("sent"))?,
        status: at.word("status", STATUS)?,
        msg_type: at.word("msgType", MSG_TYPE)?,
        source: at.optional("source")?,
        scope: at.word("scope", SCOPE)?,
        restriction: at.optional("restriction")?,
        addresses: at.optional("addresses")?,
        codes: at.texts("code")?,
        note: at.optional("note")?,
        references: at.optional("references")?,
        incidents: at.optional("incidents")?,
        infos: at.all("info").map(info).collect::<Result<_>>()?,
    };
    at.end()?;
    Ok(alert)
}

fn info(element: Element) -> Result<CapInfo> {
    let mut at = Children::of(element);
    let info = CapInfo {
        language: at.checked("language", "a language tag", is_language)?,
        categories: at.words("category", CATEGORY)?,
        event: at.required("event")?,
        responses: at.words("responseType", RESPONSE)?,
        urgency: at.word("urgency", URGENCY)?,
        severity: at.word("severity", SEVERITY)?,
        certainty: at.word("certainty", CERTAINTY)?,
        audience: at.optional("audience")?,
        event_codes: at.pairs("eventCode")?,
        effective: at.time("effective")?,
        onset: at.time("onset")?,
        expires: at.time("expires")?,
        sender_name: at.optional("senderName")?,
        headline: at.optional("headline")?,
        description: at.optional("description")?,
        instruction: at.optional("instruction")?,
        web: at.checked("web", "an address", is_uri)?,
        contact: at.optional("contact")?,
        parameters: at.pairs("parameter")?,
        resources: at.all("resource").map(resource).collect::<Result<_>>()?,
        areas: at.all("area").map(area).collect::<Result<_>>()?,
    };
    at.end()?;
    match info.categories.is_empty() {
        true => Err(missing("category")),
        false => Ok(info),
    }
}

fn resource(element: Element) -> Result<CapResource> {
    let mut at = Children::of(element);
    let resource = CapResource {
        desc: at.required("resourceDesc")?,
        mime: at.required("mimeType")?,
        size: at.checked("size", "a whole number", is_integer)?,
        uri: at.checked("uri", "an address", is_uri)?,
        deref_uri: at.optional("derefUri")?,
        digest: at.optional("digest")?,
    };
    at.end()?;
    Ok(resource)
}

fn area(element: Element) -> Result<CapArea> {
    let mut at = Children::of(element);
    let area = CapArea {
        desc: at.required("areaDesc")?,
        polygons: at.texts("polygon")?,
        circles: at.texts("circle")?,
        geocodes: at.pairs("geocode")?,
        altitude: at.checked("altitude", "a number", is_decimal)?,
        ceiling: at.checked("ceiling", "a number", is_decimal)?,
    };
    at.end()?;
    Ok(area)
}

/// As XML Schema has it: parts of at most eight letters, and digits but in the first.
fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(at, part)| {
        (1..=8).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphabetic() || (at > 0 && b.is_ascii_digit()))
    })
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    let number = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    !(whole.is_empty() && part.is_empty())
        && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit())
}

/// An address that libraries agree on: no spaces and no signs that have to be escaped.
pub fn is_uri(text: &str) -> bool {
    let allowed = b"-._~:/?#[]@!$&'()*+,;=";
    let mut bytes = text.bytes();
    let mut escaped = true;
    while let Some(byte) = bytes.next() {
        escaped &= match byte {
            b'%' => {
                bytes.next().is_some_and(|b| b.is_ascii_hexdigit())
                    && bytes.next().is_some_and(|b| b.is_ascii_hexdigit())
            }
            byte => byte.is_ascii_alphanumeric() || allowed.contains(&byte),
        };
    }
    escaped && text.matches('#').count() <= 1 && !text.contains(['[', ']'])
}

fn missing(name: &str) -> CapError {
    CapError::Rule(format!("{name} is missing, empty or not where it belongs"))
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The elements inside one, taken in the order that the schema demands.
struct Children {
    of: String,
    rest: std::iter::Peekable<std::vec::IntoIter<Element>>,
}

impl Children {
    fn of(element: Element) -> Self {
        Self { of: element.name, rest: element.children.into_iter().peekable() }
    }

    fn next(&mut self, name: &str) -> Option<Element> {
        self.rest.next_if(|element| element.name == name)
    }

    fn all(&mut self, name: &str) -> impl Iterator<Item = Element> {
        let mut found = Vec::new();
        while let Some(element) = self.next(name) {
            found.push(element);
        }
        found.into_iter()
    }

    fn leaf(element: Element) -> Result<String> {
        match element.children.first() {
            None => Ok(element.text.trim().to_owned()),
            Some(inner) => {
                Err(CapError::Rule(format!("{} stands inside {}", inner.name, element.name)))
            }
        }
    }

    fn optional(&mut self, name: &str) -> Result<Option<String>> {
        self.next(name).map(Self::leaf).transpose()
    }

    fn required(&mut self, name: &str) -> Result<String> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    /// An identifier or sender: no spaces, commas, `<` and `&`, as the standard says in words.
    fn name(&mut self, name: &str) -> Result<String> {
        let text = self.required(name)?;
        match text.is_empty()
            || text.contains([',', '<', '&'])
            || text.contains(char::is_whitespace)
        {
            true => Err(CapError::Rule(format!("{name} has spaces, commas, < or &, or is empty"))),
            false => Ok(text),
        }
    }

    fn texts(&mut self, name: &str) -> Result<Vec<String>> {
        self.all(name).map(Self::leaf).collect()
    }

    fn words(&mut self, name: &str, allowed: &[&str]) -> Result<Vec<String>> {
        let words = self.texts(name)?;
        match words.iter().find(|word| !allowed.contains(&word.as_str())) {
            Some(word) => Err(CapError::Rule(format!("{name} cannot be {word:?}"))),
            None => Ok(words),
        }
    }

    fn word(&mut self, name: &str, allowed: &[&str]) -> Result<String> {
        let word = self.required(name)?;
        match allowed.contains(&word.as_str()) {
            true => Ok(word),
            false => Err(CapError::Rule(format!("{name} cannot be {word:?}"))),
        }
    }

    fn checked(&mut self, name: &str, what: &str, is: fn(&str) -> bool) -> Result<Option<String>> {
        let text = self.optional(name)?.map(|text| joined(&text));
        match text.filter(|text| !text.is_empty()) {
            Some(text) if !is(&text) => {
                Err(CapError::Rule(format!("{name} is no {what}", what = what.trim_start())))
            }
            text => Ok(text),
        }
    }

    fn time(&mut self, name: &str) -> Result<Option<String>> {
        self.checked(name, "time such as 2026-11-25T07:30:00-00:00", |text| {
            from_cap(text).is_some()
        })
    }

    fn pairs(&mut self, name: &str) -> Result<Vec<(String, String)>> {
        let pair = |element: Element| {
            let mut at = Children::of(element);
            let pair = (at.required("valueName")?, at.required("value")?);
            at.end()?;
            Ok(pair)
        };
        self.all(name).map(pair).collect()
    }

    fn end(mut self) -> Result<()> {
        match self.rest.next() {
            None => Ok(()),
            Some(element) => Err(CapError::Rule(format!(
                "{} is unknown, repeated or not in its place in {}",
                element.name, self.of
            ))),
        }
    }
}
