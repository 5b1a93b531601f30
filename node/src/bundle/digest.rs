//! Digest files: what a node holds, squeezed, so that another can leave it out of a bundle.
//!
//! Elements are those of a session's sketch, keyed by random bytes of this file and by the
//! community's id: nobody can prepare two items that look alike, and a stranger who reads the file
//! learns how much is held and not what, nor of which communities.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use baro_crdt::fork::Cut;
use baro_crdt::ids::{BlobHash, ChainHash, CommunityId, LogId, ParcelId, PayloadHash};
use baro_crdt::reconcile::{Element, SketchKey};
use minicbor::bytes::ByteArray;

use super::content::{
    self, DIGEST, DIGEST_BLOBS, DIGEST_PARCELS, END, End, Held, HeldBlob, HeldBlobs, HeldParcels,
    parcel_tag,
};
use super::section::{Found, MAGIC, Sections};
use crate::blobs::GroupSet;
use crate::store::{self, BlobRow, StoreError};

/// The most elements in one section, 9 bytes each.
const PART_ELEMENTS: usize = 8_192;
/// The most missing words in one section, 32 bytes each.
const PART_WORDS: usize = 4_096;
/// The most elements of a digest that is read.
const ELEMENTS_MAX: usize = 2_000_000;

const TAG_CONTEXT: &str = "baro digest tag 3";
const KEY_CONTEXT: &str = "baro digest key 3";
const BLOB_CONTEXT: &str = "baro digest blob 1";
const PARCEL_CONTEXT: &str = "baro digest parcel 1";
/// The most blobs in one section.
const PART_BLOBS: usize = 1_024;

/// Why a digest file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// The file cannot be read at all.
    #[error("the digest file could not be read")]
    Io(#[from] io::Error),
    /// Something else than a digest.
    #[error("this file is no digest; make one with `baro bundle digest` on the other device")]
    Foreign,
    /// A bundle, mistaken for one.
    #[error("this file is a bundle and no digest; take it in with `baro bundle import`")]
    Bundle,
    /// Not all of it is there.
    #[error(
        "this digest file is damaged: make a new one on the other device, or export without \
         --for; a bundle with everything does no harm"
    )]
    Damaged,
    /// More than one node's.
    #[error("there is more than one digest in this file; export once for each")]
    Several,
    /// By a later version of this program.
    #[error("this digest is of version {0}, which this program does not know: install the newer")]
    TooNew(u8),
    /// More than is read.
    #[error("this digest lists more than {ELEMENTS_MAX} items; export without --for")]
    TooLong,
}

/// Why a digest or a bundle could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was written into a digest or a bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Communities named.
    pub communities: u64,
    /// Records, proofs, entries and words; in a digest records, proofs and logs.
    pub items: u64,
    /// Sections.
    pub sections: u64,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// What found no room, counted like `items`.
    pub left: u64,
}

/// The key of one community's elements.
fn key(nonce: &[u8; 16], community: &CommunityId) -> SketchKey {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] =
        blake3::derive_key(KEY_CONTEXT, community.as_bytes());
    SketchKey::from_nonces(nonce, &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
}

fn tag(nonce: &[u8; 16], community: &CommunityId) -> [u8; 8] {
    let secret = blake3::derive_key(TAG_CONTEXT, community.as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = *blake3::keyed_hash(&secret, nonce).as_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Tells those who know a blob which it is.
fn blob_tag(nonce: &[u8; 16], community: &CommunityId, hash: &BlobHash) -> [u8; 8] {
    let secret = blake3::derive_key(BLOB_CONTEXT, community.as_bytes());
    let text = [nonce.as_slice(), hash.as_bytes()].concat();
    let [a, b, c, d, e, f, g, h, ..] = *blake3::keyed_hash(&secret, &text).as_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Which groups of a community's blobs need not be brought: those that are here, and all of a blob
/// that is not wanted.
fn held_blobs(
    read: &dyn store::Read,
    community: &CommunityId,
    nonce: &[u8; 16],
) -> store::Result<Vec<HeldBlob>> {
    let names = read.blobs_of(community)?;
    let hashes: BTreeSet<BlobHash> = names.iter().map(|name| name.hash).collect();
    let mut blobs = Vec::new();
    for hash in hashes {
        let Some(row) = read.blob(&hash)? else { continue };
        let have = if row.wanted { row.have } else { GroupSet::all(row.have.groups()) };
        let tag = ByteArray::from(blob_tag(nonce, community, &hash));
        blobs.push(HeldBlob { tag, groups: have.to_bytes() });
    }
    // In an order that says nothing of which is which.
    blobs.sort_by_key(|blob| *blob.tag);
    Ok(blobs)
}

/// Writes what the store holds. `nonce` is fresh random bytes, never used before.
///
/// # Errors
/// [`WriteError`], and then what was written is no digest.
pub fn write_digest(
    read: &dyn store::Read,
    nonce: [u8; 16],
    out: &mut dyn Write,
) -> Result<Written, WriteError> {
    let mut written = Written { bytes: MAGIC.len() as u64, ..Written::default() };
    out.write_all(&MAGIC)?;
    for community in read.communities()? {
        // What is for members only goes whole and sealed: nothing tells what is held of it.
        if crate::epochs::is_members_only(read, &community.id)? {
            continue;
        }
        let key = key(&nonce, &community.id);
        let mut elements = Vec::new();
        let mut waiting = Vec::new();
        for row in read.records(&community.id)? {
            elements.push(Element::for_record(&key, row.id.as_bytes()));
        }
        for row in read.cuts(&community.id)? {
            let cut = Cut { log: row.log, length: row.cut };
            elements.push(Element::for_record(&key, &cut.item_hash()));
        }
        for row in read.logs(&community.id)? {
            if row.authorised > 0 {
                let chain = &row.authorised_chain;
                elements.push(Element::for_log(&key, &row.id, row.authorised, chain));
            }
            if row.authorised < row.cursor.length {
                let cursor = &row.cursor;
                waiting.push(Element::for_log(&key, &row.id, cursor.length, &cursor.chain));
            }
        }
        let wanted: Vec<PayloadHash> =
            read.wanted(&community.id)?.iter().map(|row| row.hash).collect();
        written.communities += 1;
        written.items += elements.len() as u64;
        // In an order that says nothing of which kind comes where.
        elements.sort_unstable();
        let parts = elements
            .len()
            .div_ceil(PART_ELEMENTS)
            .max(waiting.len().div_ceil(PART_ELEMENTS))
            .max(wanted.len().div_ceil(PART_WORDS))
            .max(1);
        for part in 0..parts {
            let held = Held {
                nonce: ByteArray::from(nonce),
                tag: ByteArray::from(tag(&nonce, &community.id)),
                elements: bytes(&elements, part),
                waiting: bytes(&waiting, part),
                wanted: wanted
                    .iter()
                    .skip(part * PART_WORDS)
                    .take(PART_WORDS)
                    .flat_map(|hash| *hash.as_bytes())
                    .collect(),
            };
            let frame = content::pack(DIGEST, &held)?;
            out.write_all(frame.as_bytes())?;
            written.sections += 1;
            written.bytes += frame.as_bytes().len() as u64;
        }
    }
    for community in read.communities()? {
        for blobs in held_blobs(read, &community.id, &nonce)?.chunks(PART_BLOBS) {
            let held = HeldBlobs {
                nonce: ByteArray::from(nonce),
                tag: ByteArray::from(tag(&nonce, &community.id)),
                blobs: blobs.to_vec(),
            };
            let frame = content::pack(DIGEST_BLOBS, &held)?;
            out.write_all(frame.as_bytes())?;
            written.sections += 1;
            written.bytes += frame.as_bytes().len() as u64;
        }
    }
    for community in read.communities()? {
        // Those that are not to come back too.
        let rows = read.parcels(&community.id)?;
        let mut parcels: Vec<[u8; 8]> = rows
            .iter()
            .map(|row| parcel_tag(PARCEL_CONTEXT, &nonce, &community.id, &row.id))
            .collect();
        parcels.sort_unstable();
        for parcels in parcels.chunks(PART_ELEMENTS) {
            let held = HeldParcels {
                nonce: ByteArray::from(nonce),
                tag: ByteArray::from(tag(&nonce, &community.id)),
                parcels: parcels.concat(),
            };
            let frame = content::pack(DIGEST_PARCELS, &held)?;
            out.write_all(frame.as_bytes())?;
            written.sections += 1;
            written.bytes += frame.as_bytes().len() as u64;
        }
    }
    let end = content::pack(END, &End { sections: written.sections })?;
    out.write_all(end.as_bytes())?;
    written.bytes += end.as_bytes().len() as u64;
    Ok(written)
}

fn bytes(elements: &[Element], part: usize) -> Vec<u8> {
    let part = elements.iter().skip(part * PART_ELEMENTS).take(PART_ELEMENTS);
    part.flat_map(|element| *element.as_bytes()).collect()
}

/// What another node holds, as its digest file says. Nothing is believed because of it: it can
/// only make a bundle shorter or longer.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    nonce: [u8; 16],
    communities: BTreeMap<[u8; 8], Parts>,
}

#[derive(Clone, Debug, Default)]
struct Parts {
    records: BTreeSet<Element>,
    logs: BTreeMap<[u8; 6], Element>,
    waiting: BTreeMap<[u8; 6], Element>,
    wanted: Vec<PayloadHash>,
    blobs: BTreeMap<[u8; 8], Vec<u8>>,
    parcels: BTreeSet<[u8; 8]>,
}

impl Digest {
    /// Reads a digest file, whole or not at all.
    ///
    /// # Errors
    /// [`DigestError`] in words for whoever asked.
    pub fn read(file: &mut dyn Read) -> Result<Self, DigestError> {
        let mut digest = Self::default();
        let mut sections = Sections::new(file);
        let (mut begun, mut count, mut elements) = (false, 0_u64, 0);
        let mut ended = false;
        while let Some(found) = sections.read_next()? {
            let frame = match found {
                Found::Start if begun => return Err(DigestError::Several),
                Found::Start => {
                    begun = true;
                    continue;
                }
                Found::TooNew(version) => return Err(DigestError::TooNew(version)),
                Found::Damage { .. } if begun => return Err(DigestError::Damaged),
                Found::Damage { .. } => return Err(DigestError::Foreign),
                Found::Section { .. } if ended => return Err(DigestError::Several),
                Found::Section { frame, .. } => frame,
            };
            match frame.kind {
                DIGEST => {
                    let held: Held = content::unpack(&frame).map_err(|_| DigestError::Damaged)?;
                    elements += held.elements.len() + held.waiting.len() + held.wanted.len();
                    if elements > ELEMENTS_MAX * Element::LEN {
                        return Err(DigestError::TooLong);
                    }
                    digest.add(&held, count == 0)?;
                    count += 1;
                }
                DIGEST_BLOBS => {
                    let held: HeldBlobs =
                        content::unpack(&frame).map_err(|_| DigestError::Damaged)?;
                    elements += held.blobs.iter().map(|blob| blob.groups.len() + 16).sum::<usize>();
                    if elements > ELEMENTS_MAX * Element::LEN {
                        return Err(DigestError::TooLong);
                    }
                    digest.is_of(&held.nonce, count == 0)?;
                    let parts = digest.communities.entry(*held.tag).or_default();
                    parts.blobs.extend(held.blobs.into_iter().map(|blob| (*blob.tag, blob.groups)));
                    count += 1;
                }
                DIGEST_PARCELS => {
                    let held: HeldParcels =
                        content::unpack(&frame).map_err(|_| DigestError::Damaged)?;
                    elements += held.parcels.len();
                    if elements > ELEMENTS_MAX * Element::LEN {
                        return Err(DigestError::TooLong);
                    }
                    digest.is_of(&held.nonce, count == 0)?;
                    let (tags, rest) = held.parcels.as_chunks::<8>();
                    if !rest.is_empty() {
                        return Err(DigestError::Damaged);
                    }
                    let parts = digest.communities.entry(*held.tag).or_default();
                    parts.parcels.extend(tags);
                    count += 1;
                }
                END => {
                    let end: End = content::unpack(&frame).map_err(|_| DigestError::Damaged)?;
                    ended = end.sections == count;
                    if !ended {
                        return Err(DigestError::Damaged);
                    }
                }
                _ => return Err(DigestError::Bundle),
            }
        }
        match (begun, ended) {
            (true, true) => Ok(digest),
            (true, false) => Err(DigestError::Damaged),
            (false, _) => Err(DigestError::Foreign),
        }
    }

    /// One digest has one nonce.
    fn is_of(&mut self, nonce: &[u8; 16], first: bool) -> Result<(), DigestError> {
        if first {
            self.nonce = *nonce;
        }
        if *nonce == self.nonce { Ok(()) } else { Err(DigestError::Several) }
    }

    fn add(&mut self, held: &Held, first: bool) -> Result<(), DigestError> {
        self.is_of(&held.nonce, first)?;
        let parts = self.communities.entry(*held.tag).or_default();
        for element in elements(&held.elements)? {
            if element.is_record() {
                parts.records.insert(element);
            } else {
                parts.logs.insert(element.id_prefix(), element);
            }
        }
        let waiting = elements(&held.waiting)?;
        parts.waiting.extend(waiting.map(|element| (element.id_prefix(), element)));
        let (hashes, rest) = held.wanted.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(DigestError::Damaged);
        }
        parts.wanted.extend(hashes.iter().map(|hash| PayloadHash::from_bytes(*hash)));
        Ok(())
    }

    /// What the other holds of a community; `None` where it has not joined it.
    pub(super) fn of(&self, community: &CommunityId) -> Option<Theirs<'_>> {
        let parts = self.communities.get(&tag(&self.nonce, community))?;
        let (key, nonce, community) = (key(&self.nonce, community), self.nonce, *community);
        Some(Theirs { key, nonce, community, parts })
    }
}

fn elements(bytes: &[u8]) -> Result<impl Iterator<Item = Element> + '_, DigestError> {
    let (elements, rest) = bytes.as_chunks::<{ Element::LEN }>();
    if !rest.is_empty() {
        return Err(DigestError::Damaged);
    }
    Ok(elements.iter().map(|bytes| Element::from_bytes(*bytes)))
}

/// What another node holds of one community.
pub(super) struct Theirs<'a> {
    key: SketchKey,
    nonce: [u8; 16],
    community: CommunityId,
    parts: &'a Parts,
}

impl Theirs<'_> {
    /// Whether it holds the record, or the cut of this item hash.
    pub(super) fn has_record(&self, id: &[u8; 32]) -> bool {
        self.parts.records.contains(&Element::for_record(&self.key, id))
    }

    /// A log as far as it is held there.
    pub(super) fn log(&self, log: &LogId) -> Option<Element> {
        let prefix = Element::log_prefix(&self.key, log);
        self.parts.waiting.get(&prefix).or_else(|| self.parts.logs.get(&prefix)).copied()
    }

    /// Whether `element` is this log with this chain hash.
    pub(super) fn is(&self, element: Element, log: &LogId, chain: &ChainHash) -> bool {
        Element::for_log(&self.key, log, element.length(), chain) == element
    }

    /// The groups of a blob that need not be brought; none where it has not heard of it.
    pub(super) fn blob(&self, row: &BlobRow) -> Option<GroupSet> {
        let groups = self.parts.blobs.get(&blob_tag(&self.nonce, &self.community, &row.hash))?;
        GroupSet::from_bytes(groups, row.have.groups())
    }

    /// Whether it holds a parcel, or does not want it back.
    pub(super) fn has_parcel(&self, id: &ParcelId) -> bool {
        let tag = parcel_tag(PARCEL_CONTEXT, &self.nonce, &self.community, id);
        self.parts.parcels.contains(&tag)
    }

    /// Words it misses.
    pub(super) fn wanted(&self) -> &[PayloadHash] {
        &self.parts.wanted
    }
}
