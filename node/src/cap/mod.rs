//! The Common Alerting Protocol 1.2 (OASIS, 2010): alerts in the form that weather services,
//! ministries and sirens read and write.
//!
//! [`CapAlert`] is the standard's whole message. [`read`] takes XML from strangers: bounded in
//! bytes, depth and number of elements, without document types and entities of its own, and with
//! the rules of the standard's schema, so that whatever it lets in [`write()`] writes validly again.
//! Digital signatures (the only elements of another namespace that the standard allows) are left
//! out: what is signed here is the entry that carries the alert. [`feed`] lists alerts as Atom.
//! Nothing here knows entries or stores.

mod feed;
mod read;
#[cfg(test)]
mod tests;
mod time;
mod tree;
mod write;

pub use feed::{FeedEntry, feed};
pub use read::{is_uri, read};
pub use time::{from_cap, to_cap};
pub use write::write;

/// The namespace of the standard, in version 1.2.
pub const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// The most bytes of an alert's XML.
pub const XML_BYTES_MAX: usize = 48 * 1024;

/// XML that is no alert.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapError {
    /// More bytes than [`XML_BYTES_MAX`].
    #[error("the alert has {bytes} bytes; at most {XML_BYTES_MAX} are taken")]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// Not well-formed, or not XML.
    #[error("this is no well-formed XML: {0}")]
    Xml(String),
    /// Something that only an attack needs: a document type, an entity of its own, depth, size.
    #[error("the file is refused: {0}")]
    Refused(&'static str),
    /// Well-formed, but not as the standard has it.
    #[error("this is no alert of CAP 1.2: {0}")]
    Rule(String),
}

/// An alert, with the standard's own names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapAlert {
    /// Unique for its sender.
    pub identifier: String,
    /// Who issued it.
    pub sender: String,
    /// When, as `2026-11-25T07:30:00-00:00`.
    pub sent: String,
    /// One of [`STATUS`].
    pub status: String,
    /// One of [`MSG_TYPE`].
    pub msg_type: String,
    /// Where it came from.
    pub source: Option<String>,
    /// One of [`SCOPE`].
    pub scope: String,
    /// To whom it is restricted.
    pub restriction: Option<String>,
    /// To whom it is addressed.
    pub addresses: Option<String>,
    /// Codes for handling.
    pub codes: Vec<String>,
    /// Why it was updated or cancelled.
    pub note: Option<String>,
    /// Earlier alerts: `sender,identifier,sent`, with spaces between.
    pub references: Option<String>,
    /// Incidents it belongs to.
    pub incidents: Option<String>,
    /// What it says, once for each language or phase.
    pub infos: Vec<CapInfo>,
}

/// What an alert says in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapInfo {
    /// Its language; `en-US` where none is said.
    pub language: Option<String>,
    /// One or more of [`CATEGORY`].
    pub categories: Vec<String>,
    /// The event, in a few words.
    pub event: String,
    /// Any of [`RESPONSE`].
    pub responses: Vec<String>,
    /// One of [`URGENCY`].
    pub urgency: String,
    /// One of [`SEVERITY`].
    pub severity: String,
    /// One of [`CERTAINTY`].
    pub certainty: String,
    /// For whom it is.
    pub audience: Option<String>,
    /// Codes of the event, by system.
    pub event_codes: Vec<(String, String)>,
    /// From when on it holds.
    pub effective: Option<String>,
    /// When the event begins.
    pub onset: Option<String>,
    /// When it no longer holds.
    pub expires: Option<String>,
    /// The sender's name for people.
    pub sender_name: Option<String>,
    /// A short heading.
    pub headline: Option<String>,
    /// The event at more length.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// A page with more.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Parameters, by name.
    pub parameters: Vec<(String, String)>,
    /// Files that belong to it.
    pub resources: Vec<CapResource>,
    /// Where it holds.
    pub areas: Vec<CapArea>,
}

/// A file that belongs to an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapResource {
    /// What it is, in words.
    pub desc: String,
    /// Its media type.
    pub mime: String,
    /// Its size in bytes.
    pub size: Option<String>,
    /// Where it is.
    pub uri: Option<String>,
    /// Its bytes, in base 64.
    pub deref_uri: Option<String>,
    /// Its SHA-1.
    pub digest: Option<String>,
}

/// Where an alert holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapArea {
    /// In words.
    pub desc: String,
    /// `LAT,LON LAT,LON …`, closed.
    pub polygons: Vec<String>,
    /// `LAT,LON RADIUS` in kilometres.
    pub circles: Vec<String>,
    /// Codes of the area, by system.
    pub geocodes: Vec<(String, String)>,
    /// Feet above the sea, or the lowest of them.
    pub altitude: Option<String>,
    /// The highest.
    pub ceiling: Option<String>,
}

/// The values of `status`.
pub const STATUS: &[&str] = &["Actual", "Exercise", "System", "Test", "Draft"];
/// The values of `msgType`.
pub const MSG_TYPE: &[&str] = &["Alert", "Update", "Cancel", "Ack", "Error"];
/// The values of `scope`.
pub const SCOPE: &[&str] = &["Public", "Restricted", "Private"];
/// The values of `category`.
pub const CATEGORY: &[&str] = &[
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
];
/// The values of `responseType`.
pub const RESPONSE: &[&str] = &[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
];
/// The values of `urgency`.
pub const URGENCY: &[&str] = &["Immediate", "Expected", "Future", "Past", "Unknown"];
/// The values of `severity`.
pub const SEVERITY: &[&str] = &["Extreme", "Severe", "Moderate", "Minor", "Unknown"];
/// The values of `certainty`.
pub const CERTAINTY: &[&str] = &["Observed", "Likely", "Possible", "Unlikely", "Unknown"];

impl CapAlert {
    /// How other alerts refer to it: `sender,identifier,sent`.
    pub fn reference(&self) -> String {
        format!("{},{},{}", self.sender, self.identifier, self.sent)
    }

    /// The alerts it refers to, as [`CapAlert::reference`] writes them.
    pub fn referred(&self) -> impl Iterator<Item = &str> {
        self.references.as_deref().unwrap_or_default().split_whitespace()
    }
}
