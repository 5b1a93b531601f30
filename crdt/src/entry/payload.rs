//! Payloads: the words that go with an entry, outside the chain, so that they can be withdrawn.
//!
//! A payload is 8 random bytes of salt and then CBOR. The salt goes with the words when they are
//! withdrawn, so that nobody can find out short words by trying all the likely ones against the
//! hash that stays.

use minicbor::{Decode, Encode};
use rand_core::Rng;

use super::PayloadRef;
use super::attachment::{self, Attachment, AttachmentError, check};
use crate::codec::{self, CodecError};
use crate::ids::{EntryId, PayloadHash};

/// The most bytes of a payload, salt included.
pub const PAYLOAD_BYTES_MAX: usize = 64 * 1024;
/// How many random bytes a payload begins with.
pub const SALT_BYTES: usize = 8;
/// The most bytes of a `ref`.
pub const REFERENCE_BYTES_MAX: usize = 32;

/// Words that cannot be said like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// No words at all.
    #[error("there is nothing to say: title and text are empty")]
    Empty,
    /// Longer than [`PAYLOAD_BYTES_MAX`].
    #[error("{bytes} bytes are too many at once; at most {PAYLOAD_BYTES_MAX} go into one post")]
    TooLong {
        /// How long.
        bytes: usize,
    },
    /// A `ref` longer than [`REFERENCE_BYTES_MAX`].
    #[error("a ref has at most {REFERENCE_BYTES_MAX} bytes")]
    ReferenceTooLong,
    /// An attachment that breaks a rule.
    #[error("{0}")]
    Attachment(#[from] AttachmentError),
}

/// Words shown to people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Words {
    /// A heading; empty where there is none.
    #[n(0)]
    pub title: Option<String>,
    /// The words themselves.
    #[n(1)]
    pub text: String,
    /// Their language, a BCP-47 tag.
    #[n(2)]
    pub language: Option<String>,
    /// A short mark by which the writer finds it again, `c17` say.
    #[n(3)]
    pub reference: Option<String>,
    /// What an alert says beside words.
    #[n(4)]
    pub alert: Option<Alert>,
    /// Voice, pictures and papers that belong to them; absent where there are none, never empty.
    #[n(5)]
    pub attachments: Option<Vec<Attachment>>,
}

impl Words {
    /// What belongs to them: voice, pictures, papers.
    pub fn attached(&self) -> &[Attachment] {
        self.attachments.as_deref().unwrap_or_default()
    }
}

/// The fields of the Common Alerting Protocol 1.2 that an alert carries beside title, text, place
/// and expiry, in the standard's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Alert {
    /// `Alert`, `Update` or `Cancel`.
    #[n(0)]
    pub msg_type: String,
    /// `Geo`, `Met`, `Safety`, …
    #[n(1)]
    pub category: String,
    /// The event, in a few words.
    #[n(2)]
    pub event: String,
    /// `Immediate`, `Expected`, `Future`, `Past`, `Unknown`.
    #[n(3)]
    pub urgency: String,
    /// `Extreme`, `Severe`, `Moderate`, `Minor`, `Unknown`.
    #[n(4)]
    pub severity: String,
    /// `Observed`, `Likely`, `Possible`, `Unlikely`, `Unknown`.
    #[n(5)]
    pub certainty: String,
    /// What to do.
    #[n(6)]
    pub instruction: Option<String>,
    /// From when on it holds, in seconds since 1970, as declared.
    #[n(7)]
    pub effective: Option<i64>,
    /// When the event is expected to begin, in seconds since 1970, as declared.
    #[n(8)]
    pub onset: Option<i64>,
    /// `Shelter`, `Evacuate`, `Prepare`, …
    #[n(9)]
    pub response: Option<Vec<String>>,
    /// A page with more.
    #[n(10)]
    pub web: Option<String>,
    /// Whom to ask.
    #[n(11)]
    pub contact: Option<String>,
    /// Areas: `LAT,LON LAT,LON …`, the last point like the first.
    #[n(12)]
    pub polygons: Option<Vec<String>>,
    /// Areas: `LAT,LON RADIUS`, the radius in kilometres.
    #[n(13)]
    pub circles: Option<Vec<String>>,
    /// All earlier alerts of which it takes the place, in ascending order, that which the entry
    /// names among them: so it overrides them even where that one never arrives.
    #[n(14)]
    pub references: Option<Vec<EntryId>>,
    /// Why it takes the place of the earlier ones.
    #[n(15)]
    pub note: Option<String>,
    /// `Actual` where it is absent, `Exercise`, `System`, `Test`, `Draft`.
    #[n(16)]
    pub status: Option<String>,
    /// The whole alert as CAP 1.2, where it was issued elsewhere and taken in here.
    #[n(17)]
    pub original: Option<String>,
}

/// The most earlier alerts that one alert names.
pub const ALERT_REFERENCES_MAX: usize = 64;

/// Words with their salt, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload(Vec<u8>);

impl Payload {
    /// Salts and encodes `words`.
    ///
    /// # Errors
    /// [`WordsError`] where there are neither words nor attachments, where they are too long, or
    /// where an attachment breaks a rule.
    pub fn new(words: &Words, rng: &mut dyn Rng) -> Result<Self, WordsError> {
        let silent =
            words.text.trim().is_empty() && words.title.as_deref().unwrap_or("").trim().is_empty();
        if silent && words.attached().is_empty() {
            return Err(WordsError::Empty);
        }
        check(words.attachments.as_deref())?;
        if words.reference.as_ref().is_some_and(|text| text.len() > REFERENCE_BYTES_MAX) {
            return Err(WordsError::ReferenceTooLong);
        }
        let mut bytes = vec![0; SALT_BYTES];
        rng.fill_bytes(&mut bytes);
        bytes.extend_from_slice(&codec::encode(words));
        if bytes.len() > PAYLOAD_BYTES_MAX {
            return Err(WordsError::TooLong { bytes: bytes.len() });
        }
        Ok(Self(bytes))
    }

    /// Takes bytes from outside; [`Payload::reference`] tells whether they are the ones wanted.
    ///
    /// # Errors
    /// [`CodecError::TooLong`] past [`PAYLOAD_BYTES_MAX`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CodecError> {
        if bytes.len() > PAYLOAD_BYTES_MAX {
            return Err(CodecError::TooLong { bytes: bytes.len(), max: PAYLOAD_BYTES_MAX });
        }
        Ok(Self(bytes))
    }

    /// Salt and CBOR.
    pub fn to_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Their size and hash, for the entry.
    pub fn reference(&self) -> PayloadRef {
        PayloadRef {
            size: u32::try_from(self.0.len()).unwrap_or(u32::MAX),
            hash: PayloadHash::of(&self.0),
        }
    }

    /// The words, where a version of this program can read them.
    ///
    /// # Errors
    /// [`CodecError`] where it cannot; what a stranger signed need not be readable.
    pub fn words(&self) -> Result<Words, CodecError> {
        let words: Words = codec::decode(self.0.get(SALT_BYTES..).unwrap_or_default())?;
        if words.reference.as_ref().is_some_and(|text| text.len() > REFERENCE_BYTES_MAX) {
            return Err(CodecError::TooLong {
                bytes: words.reference.map_or(0, |text| text.len()),
                max: REFERENCE_BYTES_MAX,
            });
        }
        let earlier = words.alert.as_ref().and_then(|alert| alert.references.as_deref());
        if earlier.is_some_and(|earlier| {
            earlier.is_empty()
                || earlier.len() > ALERT_REFERENCES_MAX
                || !earlier.is_sorted_by(|a, b| a < b)
        }) {
            return Err(CodecError::Malformed("references of an alert".into()));
        }
        check(words.attachments.as_deref())
            .map_err(|error| CodecError::Malformed(error.to_string()))?;
        Ok(words)
    }

    /// What is attached; nothing where these are no words that this version can read. Cheap where
    /// nothing is attached.
    pub fn attachments(&self) -> Vec<Attachment> {
        let cbor = self.0.get(SALT_BYTES..).unwrap_or_default();
        if !attachment::are_in(cbor) {
            return Vec::new();
        }
        self.words().ok().and_then(|words| words.attachments).unwrap_or_default()
    }
}

impl PayloadHash {
    /// The hash of a payload's bytes, salt included.
    pub fn of(payload: &[u8]) -> Self {
        Self::from_bytes(*blake3::hash(payload).as_bytes())
    }
}
