//! Sections: the frames of a bundle, each of which stands by itself, and the reader that finds
//! its way back to the next one after damage.
//!
//! ```text
//! | marker 4 | version 1 | kind 1 | packing 1 | 0 | stored length 4 | full length 4 |
//! | head checksum 4 | checksum 16 | body, as long as stored |
//! ```

use std::io::{self, ErrorKind, Read, Write};

/// What a file begins with, also where it stands behind another.
pub const MAGIC: [u8; 8] = *b"\x89baro\r\n\x1a";
/// What each section begins with.
const MARKER: [u8; 4] = *b"\xf2bs\n";
/// The version of the format written here, and the only one read.
pub const VERSION: u8 = 1;
/// How many bytes stand before a section's body.
pub(super) const HEAD_BYTES: usize = 36;
/// The most bytes of a body, as stored and as unpacked.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// A body that shrinks by more than this factor is stored as it is, so that a small file cannot
/// ask for endless unpacking.
const RATIO_MAX: usize = 64;
/// zstd's level.
const LEVEL: i32 = 9;
/// Bodies hashed in vain before the reader no longer looks inside damaged ones, in bytes.
const VAIN_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How much is read at once.
const READ_BYTES: usize = 64 * 1024;

const HEAD_CONTEXT: &str = "baro bundle head 1";
const BODY_CONTEXT: &str = "baro bundle section 1";

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// A section as it stands in a file, its checksum verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What is in it.
    pub kind: u8,
    packing: u8,
    full: usize,
    bytes: Vec<u8>,
}

/// Why a section with a right checksum cannot be used. Only someone who made it so makes such.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SectionError {
    /// Not one whole section.
    #[error("a damaged section")]
    Damaged,
    /// Of a version that is not known here.
    #[error("a section of version {0}, which this program does not know: install the newer one")]
    TooNew(u8),
    /// Its body does not unpack to what it says.
    #[error("a section that does not unpack to what it says")]
    Packing,
    /// Its body cannot be read.
    #[error("a section that cannot be read: {0}")]
    Content(String),
}

/// A section's head, its own checksum verified.
struct Head {
    version: u8,
    kind: u8,
    packing: u8,
    stored: usize,
    full: usize,
}

fn head_checksum(fields: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = blake3::derive_key(HEAD_CONTEXT, fields);
    [a, b, c, d]
}

fn body_checksum(fields: &[u8], body: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_derive_key(BODY_CONTEXT);
    hasher.update(fields).update(body);
    let mut checksum = [0; 16];
    hasher.finalize_xof().fill(&mut checksum);
    checksum
}

impl Head {
    fn fields(&self) -> Option<[u8; 16]> {
        let mut fields = [0; 16];
        let mut room = fields.as_mut_slice();
        let stored = u32::try_from(self.stored).ok()?;
        let full = u32::try_from(self.full).ok()?;
        room.write_all(&MARKER).ok()?;
        room.write_all(&[self.version, self.kind, self.packing, 0]).ok()?;
        room.write_all(&stored.to_be_bytes()).ok()?;
        room.write_all(&full.to_be_bytes()).ok()?;
        Some(fields)
    }

    /// Reads a head where one stands, whole and of sizes that can be.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (fields, rest) = bytes.split_first_chunk::<16>()?;
        let [m0, m1, m2, m3, version, kind, packing, _, s0, s1, s2, s3, f0, f1, f2, f3] = *fields;
        if [m0, m1, m2, m3] != MARKER || *rest.first_chunk::<4>()? != head_checksum(fields) {
            return None;
        }
        let stored = u32::from_be_bytes([s0, s1, s2, s3]) as usize;
        let full = u32::from_be_bytes([f0, f1, f2, f3]) as usize;
        (stored <= BODY_BYTES_MAX && full <= BODY_BYTES_MAX).then_some(Self {
            version,
            kind,
            packing,
            stored,
            full,
        })
    }
}

impl Frame {
    /// Packs a body.
    ///
    /// # Errors
    /// Where the body is longer than [`BODY_BYTES_MAX`], or zstd fails.
    pub fn pack(kind: u8, body: &[u8]) -> io::Result<Self> {
        if body.len() > BODY_BYTES_MAX {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a section that is too long"));
        }
        let packed = zstd::bulk::compress(body, LEVEL)?;
        let fits = packed.len() < body.len() && body.len() <= packed.len() * RATIO_MAX;
        let (packing, stored) = if fits { (ZSTD, packed.as_slice()) } else { (PLAIN, body) };
        let head = Head { version: VERSION, kind, packing, stored: stored.len(), full: body.len() };
        let fields = head.fields().ok_or(ErrorKind::InvalidInput)?;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + stored.len());
        bytes.extend_from_slice(&fields);
        bytes.extend_from_slice(&head_checksum(&fields));
        bytes.extend_from_slice(&body_checksum(&fields, stored));
        bytes.extend_from_slice(stored);
        Ok(Self { kind, packing, full: body.len(), bytes })
    }

    /// Reads one whole section and nothing behind it.
    ///
    /// # Errors
    /// [`SectionError::Damaged`] or [`SectionError::TooNew`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SectionError> {
        let head = Head::read(&bytes).ok_or(SectionError::Damaged)?;
        let (fields, rest) = bytes.split_at_checked(16).ok_or(SectionError::Damaged)?;
        let (checksum, body) = rest
            .get(4..)
            .and_then(|rest| rest.split_first_chunk::<16>())
            .ok_or(SectionError::Damaged)?;
        if body.len() != head.stored || *checksum != body_checksum(fields, body) {
            return Err(SectionError::Damaged);
        }
        if head.version != VERSION {
            return Err(SectionError::TooNew(head.version));
        }
        Ok(Self { kind: head.kind, packing: head.packing, full: head.full, bytes })
    }

    /// The section as it stands in a file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body, unpacked.
    ///
    /// # Errors
    /// [`SectionError::Packing`] where it is not what the head says.
    pub fn unpack(&self) -> Result<Vec<u8>, SectionError> {
        let body = self.bytes.get(HEAD_BYTES..).unwrap_or_default();
        let full = match self.packing {
            PLAIN => body.to_vec(),
            ZSTD if self.full <= body.len().saturating_mul(RATIO_MAX) => {
                zstd::bulk::decompress(body, self.full).map_err(|_| SectionError::Packing)?
            }
            _ => return Err(SectionError::Packing),
        };
        if full.len() == self.full { Ok(full) } else { Err(SectionError::Packing) }
    }
}

/// What the reader found next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The beginning of a file.
    Start,
    /// An intact section, and where in the file it stands.
    Section {
        /// The first byte's place.
        at: u64,
        /// The section.
        frame: Frame,
    },
    /// A section of a version that is not known here.
    TooNew(u8),
    /// Bytes that are nothing intact.
    Damage {
        /// The first one's place.
        at: u64,
        /// How many.
        bytes: u64,
    },
}

/// Reads sections one after the other, and goes on behind what is damaged.
///
/// Where something else than a section stands, the reader looks for the next marker byte by byte;
/// a section whose body is damaged is searched inside, since what was cut out of a file leaves the
/// next section earlier than expected. Memory: one section. Work: linear in the file's length,
/// but for `VAIN_BYTES_MAX` once, whatever a stranger prepared.
pub struct Sections<'a> {
    read: &'a mut dyn Read,
    buffer: Vec<u8>,
    /// How many bytes of the buffer are done with.
    start: usize,
    /// Where in the file `start` is.
    at: u64,
    ended: bool,
    damage: Option<u64>,
    ready: Option<Found>,
    vain: u64,
}

impl<'a> Sections<'a> {
    /// Reads from the beginning of `read`.
    pub fn new(read: &'a mut dyn Read) -> Self {
        Self {
            read,
            buffer: Vec::new(),
            start: 0,
            at: 0,
            ended: false,
            damage: None,
            ready: None,
            vain: 0,
        }
    }

    /// How many bytes of the file are done with.
    pub const fn position(&self) -> u64 {
        self.at
    }

    /// The next thing, `None` at the end of the file.
    ///
    /// # Errors
    /// What reading the file says.
    pub fn read_next(&mut self) -> io::Result<Option<Found>> {
        if let Some(found) = self.ready.take() {
            return Ok(Some(found));
        }
        loop {
            let before = self.at;
            let Some(found) = self.look()? else {
                if self.rest().is_empty() {
                    return Ok(self.close_damage(before));
                }
                self.damage.get_or_insert(before);
                self.skip_to_candidate();
                continue;
            };
            if let Some(damage) = self.close_damage(before) {
                self.ready = Some(found);
                return Ok(Some(damage));
            }
            return Ok(Some(found));
        }
    }

    fn close_damage(&mut self, end: u64) -> Option<Found> {
        let at = self.damage.take()?;
        Some(Found::Damage { at, bytes: end - at })
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn skip(&mut self, bytes: usize) {
        let bytes = bytes.min(self.rest().len());
        self.start += bytes;
        self.at += bytes as u64;
    }

    /// Has at least `bytes` at hand, or all there are.
    fn fill(&mut self, bytes: usize) -> io::Result<()> {
        if self.rest().len() >= bytes || self.ended {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        while self.buffer.len() < bytes && !self.ended {
            let more = (bytes - self.buffer.len()).max(READ_BYTES);
            let taken = Read::take(&mut *self.read, more as u64).read_to_end(&mut self.buffer)?;
            self.ended = taken == 0;
        }
        Ok(())
    }

    /// What stands right here, and goes behind it; `None` for nothing intact.
    fn look(&mut self) -> io::Result<Option<Found>> {
        self.fill(HEAD_BYTES)?;
        if self.rest().starts_with(&MAGIC) {
            self.skip(MAGIC.len());
            return Ok(Some(Found::Start));
        }
        let Some(head) = Head::read(self.rest()) else { return Ok(None) };
        let length = HEAD_BYTES + head.stored;
        self.fill(length)?;
        let at = self.at;
        let frame = self.rest().get(..length).map(|bytes| Frame::from_bytes(bytes.to_vec()));
        match frame {
            Some(Ok(frame)) => {
                self.skip(length);
                Ok(Some(Found::Section { at, frame }))
            }
            Some(Err(SectionError::TooNew(version))) => {
                self.skip(length);
                Ok(Some(Found::TooNew(version)))
            }
            _ => {
                self.vain += head.stored as u64;
                if self.vain > VAIN_BYTES_MAX + self.at {
                    self.damage.get_or_insert(self.at);
                    self.skip(length.saturating_sub(1));
                }
                Ok(None)
            }
        }
    }

    /// Goes to the next byte with which something may begin.
    fn skip_to_candidate(&mut self) {
        let first = |byte: &u8| *byte == MAGIC[0] || *byte == MARKER[0];
        let next = self.rest().iter().skip(1).position(first);
        self.skip(next.map_or(self.rest().len(), |next| next + 1));
    }
}

/// A section with right checksums and whatever else one likes to claim.
#[cfg(test)]
pub(super) fn forge(kind: u8, packing: u8, stored: u32, full: u32, body: &[u8]) -> Vec<u8> {
    let sizes = [stored.to_be_bytes(), full.to_be_bytes()].concat();
    let fields = [MARKER.as_slice(), &[VERSION, kind, packing, 0], &sizes].concat();
    let (head, whole) = (head_checksum(&fields), body_checksum(&fields, body));
    [fields.as_slice(), &head, &whole, body].concat()
}

/// A section as a later version might write it.
#[cfg(test)]
pub(super) fn forge_version(version: u8, section: &[u8]) -> Vec<u8> {
    let (fields, rest) = section.split_at(16);
    let (mut fields, body) = (fields.to_vec(), rest.get(20..).unwrap_or_default());
    fields.splice(4..5, [version]);
    let (head, whole) = (head_checksum(&fields), body_checksum(&fields, body));
    [fields.as_slice(), &head, &whole, body].concat()
}
