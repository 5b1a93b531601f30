//! Index files: what one bundle on a stick holds, squeezed, so that nobody has to read the bundle
//! to know what it need not be given again.
//!
//! An index stands beside its bundle and says its name and size. Elements are those of a digest
//! file, keyed by random bytes of this file and by the community's id; a log has one for each
//! stretch of its entries, with where the stretch begins.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use baro_crdt::ids::{BlobHash, ChainHash, CommunityId, LogId, ParcelId, PayloadHash};
use baro_crdt::reconcile::{Element, SketchKey};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::content::{self, END, End, INDEX, INDEX_BLOBS, INDEX_PARCELS, parcel_tag};
use super::contents::{Contents, Part};
use super::section::{Found, MAGIC, Sections};

/// The most elements of each kind in one section.
const SECTION_ELEMENTS: usize = 8_192;
/// The most sections of an index that is read.
const SECTIONS_MAX: u64 = 512;
/// A stretch: an element, and where it begins.
const STRETCH_BYTES: usize = Element::LEN + 3;

const TAG_CONTEXT: &str = "baro index tag 3";
const KEY_CONTEXT: &str = "baro index key 3";
const BLOB_CONTEXT: &str = "baro index blob 1";
const PARCEL_CONTEXT: &str = "baro index parcel 1";
/// The most blobs in one section.
const SECTION_BLOBS: usize = 1_024;

/// What a bundle is called on a stick: 16 random bytes, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundleName(pub [u8; 16]);

/// A part of what a bundle holds of one community.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Section {
    /// The bundle's name.
    #[n(0)]
    bundle: ByteArray<16>,
    /// Its size in bytes.
    #[n(1)]
    bytes: u64,
    /// Fresh random bytes, the same in the whole file.
    #[n(2)]
    nonce: ByteArray<16>,
    /// Tells those who hold the community which it is.
    #[n(3)]
    tag: ByteArray<8>,
    /// Records and cuts, 9 bytes each.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    records: Vec<u8>,
    /// Stretches of logs, 16 bytes each.
    #[n(5)]
    #[cbor(with = "minicbor::bytes")]
    stretches: Vec<u8>,
    /// Hashes of words that stand alone, 32 bytes each.
    #[n(6)]
    #[cbor(with = "minicbor::bytes")]
    words: Vec<u8>,
    /// Hashes of words that entries name and that are not there, 32 bytes each.
    #[n(7)]
    #[cbor(with = "minicbor::bytes")]
    lacking: Vec<u8>,
}

/// A part of which blobs of one community are in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct BlobSection {
    /// As in [`Section`].
    #[n(0)]
    bundle: ByteArray<16>,
    #[n(1)]
    bytes: u64,
    #[n(2)]
    nonce: ByteArray<16>,
    #[n(3)]
    tag: ByteArray<8>,
    #[n(4)]
    blobs: Vec<ToldBlob>,
}

/// A part of which parcels of one community are in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct ParcelSection {
    /// As in [`Section`].
    #[n(0)]
    bundle: ByteArray<16>,
    #[n(1)]
    bytes: u64,
    #[n(2)]
    nonce: ByteArray<16>,
    #[n(3)]
    tag: ByteArray<8>,
    /// 8 bytes each.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    parcels: Vec<u8>,
}

/// Runs of groups of one blob.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct ToldBlob {
    /// Tells those who know the blob which it is.
    #[n(0)]
    tag: ByteArray<8>,
    /// Where each run begins, and how many groups it has.
    #[n(1)]
    runs: Vec<(u32, u32)>,
}

fn blob_tag(nonce: &[u8; 16], community: &CommunityId, hash: &BlobHash) -> [u8; 8] {
    let text = [nonce.as_slice(), hash.as_bytes()].concat();
    let hash = blake3::keyed_hash(&derived(BLOB_CONTEXT, community), &text);
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    [a, b, c, d, e, f, g, h]
}

/// Whether `runs` hold all of the run that begins at `first`.
fn cover(runs: &[(u32, u32)], first: u32, groups: u32) -> bool {
    let mut sorted: Vec<(u32, u32)> = runs.to_vec();
    sorted.sort_unstable();
    let end = first.saturating_add(groups);
    let reach = sorted.iter().fold(first, |reach, (first, groups)| {
        if *first <= reach { reach.max(first.saturating_add(*groups)) } else { reach }
    });
    reach >= end
}

fn derived(context: &str, community: &CommunityId) -> [u8; 32] {
    blake3::derive_key(context, community.as_bytes())
}

fn tag_of(nonce: &[u8; 16], community: &CommunityId) -> [u8; 8] {
    let hash = blake3::keyed_hash(&derived(TAG_CONTEXT, community), nonce);
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    [a, b, c, d, e, f, g, h]
}

fn key_of(nonce: &[u8; 16], community: &CommunityId) -> SketchKey {
    let mut half = [0; 16];
    half.copy_from_slice(derived(KEY_CONTEXT, community).split_at(16).0);
    SketchKey::from_nonces(nonce, &half)
}

/// Writes the index of the bundle `name` of `bytes` bytes that holds `contents`. `nonce` is fresh
/// random bytes, never used before.
///
/// # Errors
/// What `out` says.
pub(crate) fn write_index(
    contents: &Contents,
    (name, bytes): (BundleName, u64),
    nonce: [u8; 16],
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(&MAGIC)?;
    let mut sections = 0;
    for (community, part) in &contents.parts {
        let key = key_of(&nonce, community);
        let (records, stretches) = elements(&key, part);
        let (words, lacking) = (Vec::from_iter(&part.words), Vec::from_iter(&part.lacking));
        let longest = records.len().max(stretches.len()).max(words.len()).max(lacking.len());
        for part in 0..longest.div_ceil(SECTION_ELEMENTS) {
            let section = Section {
                bundle: ByteArray::from(name.0),
                bytes,
                nonce: ByteArray::from(nonce),
                tag: ByteArray::from(tag_of(&nonce, community)),
                records: slice(&records, part).flat_map(|element| *element.as_bytes()).collect(),
                stretches: slice(&stretches, part).flatten().copied().collect(),
                words: slice(&words, part).flat_map(|hash| *hash.as_bytes()).collect(),
                lacking: slice(&lacking, part).flat_map(|hash| *hash.as_bytes()).collect(),
            };
            out.write_all(content::pack(INDEX, &section)?.as_bytes())?;
            sections += 1;
        }
        let mut blobs: Vec<ToldBlob> = part
            .blobs
            .iter()
            .map(|(hash, runs)| ToldBlob {
                tag: ByteArray::from(blob_tag(&nonce, community, hash)),
                runs: runs.clone(),
            })
            .collect();
        blobs.sort_by_key(|blob| *blob.tag);
        for blobs in blobs.chunks(SECTION_BLOBS) {
            let section = BlobSection {
                bundle: ByteArray::from(name.0),
                bytes,
                nonce: ByteArray::from(nonce),
                tag: ByteArray::from(tag_of(&nonce, community)),
                blobs: blobs.to_vec(),
            };
            out.write_all(content::pack(INDEX_BLOBS, &section)?.as_bytes())?;
            sections += 1;
        }
        let tags = part.parcels.iter().map(|id| parcel_tag(PARCEL_CONTEXT, &nonce, community, id));
        let mut parcels: Vec<[u8; 8]> = tags.collect();
        parcels.sort_unstable();
        for parcels in parcels.chunks(SECTION_ELEMENTS) {
            let section = ParcelSection {
                bundle: ByteArray::from(name.0),
                bytes,
                nonce: ByteArray::from(nonce),
                tag: ByteArray::from(tag_of(&nonce, community)),
                parcels: parcels.concat(),
            };
            out.write_all(content::pack(INDEX_PARCELS, &section)?.as_bytes())?;
            sections += 1;
        }
    }
    out.write_all(content::pack(END, &End { sections })?.as_bytes())
}

fn slice<T>(all: &[T], part: usize) -> impl Iterator<Item = &T> {
    all.iter().skip(part * SECTION_ELEMENTS).take(SECTION_ELEMENTS)
}

/// In an order that says nothing of which kind comes where.
fn elements(key: &SketchKey, part: &Part) -> (Vec<Element>, Vec<[u8; STRETCH_BYTES]>) {
    let mut records: Vec<Element> =
        part.records.iter().map(|id| Element::for_record(key, id)).collect();
    records.sort_unstable();
    let mut stretches = Vec::new();
    for (log, of_log) in &part.logs {
        for stretch in of_log {
            // Without its chain hash a stretch says nothing.
            let Some(chain) = stretch.chain else { continue };
            let mut bytes = [0; STRETCH_BYTES];
            let (element, from) = bytes.split_at_mut(Element::LEN);
            element.copy_from_slice(Element::for_log(key, log, stretch.to, &chain).as_bytes());
            from.copy_from_slice(stretch.from.to_be_bytes().split_at(1).1);
            stretches.push(bytes);
        }
    }
    stretches.sort_unstable();
    (records, stretches)
}

/// What an index says of one community.
#[derive(Clone, Debug, Default)]
struct Told {
    records: BTreeSet<Element>,
    /// By the log's prefix: where each stretch begins, and its end.
    stretches: BTreeMap<[u8; 6], Vec<(u32, Element)>>,
    words: BTreeSet<PayloadHash>,
    lacking: BTreeSet<PayloadHash>,
    /// By the blob's tag: runs of its groups.
    blobs: BTreeMap<[u8; 8], Vec<(u32, u32)>>,
    parcels: BTreeSet<[u8; 8]>,
}

/// An index as read. Nothing is believed because of it: it can only keep something from being
/// given twice, or once.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    bundle: BundleName,
    bytes: u64,
    nonce: [u8; 16],
    parts: BTreeMap<[u8; 8], Told>,
}

impl Index {
    fn begin((bundle, bytes, nonce): ([u8; 16], u64, [u8; 16])) -> Self {
        Self { bundle: BundleName(bundle), bytes, nonce, parts: BTreeMap::new() }
    }

    /// Reads an index, whole or not at all.
    ///
    /// # Errors
    /// What reading says.
    pub(crate) fn read(file: &mut dyn Read) -> io::Result<Option<Self>> {
        let mut sections = Sections::new(file);
        let mut index: Option<Self> = None;
        let (mut begun, mut count) = (false, 0);
        while let Some(found) = sections.read_next()? {
            let frame = match found {
                Found::Start if !begun => {
                    begun = true;
                    continue;
                }
                Found::Section { frame, .. } if begun && count < SECTIONS_MAX => frame,
                _ => return Ok(None),
            };
            match frame.kind {
                INDEX => {
                    let Ok(section) = content::unpack::<Section>(&frame) else { return Ok(None) };
                    count += 1;
                    let named = (*section.bundle, section.bytes, *section.nonce);
                    let index = index.get_or_insert_with(|| Self::begin(named));
                    if index.add(&section).is_none() {
                        return Ok(None);
                    }
                }
                INDEX_BLOBS => {
                    let Ok(section) = content::unpack::<BlobSection>(&frame) else {
                        return Ok(None);
                    };
                    count += 1;
                    let named = (*section.bundle, section.bytes, *section.nonce);
                    let index = index.get_or_insert_with(|| Self::begin(named));
                    if named != (index.bundle.0, index.bytes, index.nonce) {
                        return Ok(None);
                    }
                    let told = index.parts.entry(*section.tag).or_default();
                    for blob in section.blobs {
                        told.blobs.entry(*blob.tag).or_default().extend(blob.runs);
                    }
                }
                INDEX_PARCELS => {
                    let Ok(section) = content::unpack::<ParcelSection>(&frame) else {
                        return Ok(None);
                    };
                    count += 1;
                    let named = (*section.bundle, section.bytes, *section.nonce);
                    let index = index.get_or_insert_with(|| Self::begin(named));
                    let (tags, rest) = section.parcels.as_chunks::<8>();
                    if named != (index.bundle.0, index.bytes, index.nonce) || !rest.is_empty() {
                        return Ok(None);
                    }
                    index.parts.entry(*section.tag).or_default().parcels.extend(tags);
                }
                END => {
                    let whole = content::unpack::<End>(&frame).is_ok_and(|e| e.sections == count);
                    return Ok(index.filter(|_| whole));
                }
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn add(&mut self, section: &Section) -> Option<()> {
        let same = (*section.bundle, section.bytes, *section.nonce)
            == (self.bundle.0, self.bytes, self.nonce);
        let told = self.parts.entry(*section.tag).or_default();
        let hashes = |bytes: &[u8]| {
            let (hashes, rest) = bytes.as_chunks::<32>();
            rest.is_empty().then(|| hashes.iter().copied().map(PayloadHash::from_bytes).collect())
        };
        let (records, rest) = section.records.as_chunks::<{ Element::LEN }>();
        let (stretches, broken) = section.stretches.as_chunks::<STRETCH_BYTES>();
        if !same || !rest.is_empty() || !broken.is_empty() {
            return None;
        }
        told.records.extend(records.iter().copied().map(Element::from_bytes));
        for bytes in stretches {
            let (element, from) = bytes.split_first_chunk::<{ Element::LEN }>()?;
            let [a, b, c] = *from.first_chunk::<3>()?;
            let element = Element::from_bytes(*element);
            let of_log = told.stretches.entry(element.id_prefix()).or_default();
            of_log.push((u32::from_be_bytes([0, a, b, c]), element));
        }
        let words: Vec<PayloadHash> = hashes(&section.words)?;
        let lacking: Vec<PayloadHash> = hashes(&section.lacking)?;
        told.words.extend(words);
        told.lacking.extend(lacking);
        Some(())
    }

    /// Whether it is that of this bundle.
    pub(crate) fn is_of(&self, bundle: BundleName, bytes: u64) -> bool {
        (self.bundle, self.bytes) == (bundle, bytes)
    }

    /// How many communities it tells of.
    pub(crate) fn communities(&self) -> usize {
        self.parts.len()
    }

    /// What it tells of a community.
    pub(crate) fn of(&self, community: &CommunityId) -> Option<Shelf<'_>> {
        let told = self.parts.get(&tag_of(&self.nonce, community))?;
        let (key, nonce, community) = (key_of(&self.nonce, community), self.nonce, *community);
        Some(Shelf { key, nonce, community, told })
    }

    /// Whether the bundle, of which `found` was read, holds all that is told here and lacks no
    /// words but those told.
    pub(crate) fn is_true_of(&self, found: &Contents) -> bool {
        let told = found.parts.iter().filter_map(|(id, part)| Some((self.of(id)?, part)));
        let mut seen = 0;
        for (shelf, part) in told {
            seen += 1;
            let (records, logs) = (&part.records, &part.logs);
            let elements: BTreeSet<Element> =
                records.iter().map(|id| Element::for_record(&shelf.key, id)).collect();
            let mut stretches = 0;
            for (log, found) in logs {
                let prefix = Element::log_prefix(&shelf.key, log);
                for (from, end) in shelf.told.stretches.get(&prefix).into_iter().flatten() {
                    stretches += 1;
                    if !found.iter().any(|f| f.from <= *from && end.length() <= f.to) {
                        return false;
                    }
                }
            }
            let found: BTreeMap<[u8; 8], &Vec<(u32, u32)>> = part
                .blobs
                .iter()
                .map(|(hash, runs)| (blob_tag(&shelf.nonce, &shelf.community, hash), runs))
                .collect();
            for (tag, runs) in &shelf.told.blobs {
                let there = found.get(tag).map_or(&[][..], |runs| runs.as_slice());
                if !runs.iter().all(|(first, groups)| cover(there, *first, *groups)) {
                    return false;
                }
            }
            let (nonce, community) = (&shelf.nonce, &shelf.community);
            let parcels: BTreeSet<[u8; 8]> = part
                .parcels
                .iter()
                .map(|id| parcel_tag(PARCEL_CONTEXT, nonce, community, id))
                .collect();
            let all: usize = shelf.told.stretches.values().map(Vec::len).sum();
            let holds = shelf.told.records.is_subset(&elements)
                && stretches == all
                && shelf.told.words.is_subset(&part.words)
                && shelf.told.parcels.is_subset(&parcels)
                && part.lacking.is_subset(&shelf.told.lacking);
            if !holds {
                return false;
            }
        }
        seen == self.parts.len()
    }
}

/// What an index tells of one community.
pub(crate) struct Shelf<'a> {
    key: SketchKey,
    nonce: [u8; 16],
    community: CommunityId,
    told: &'a Told,
}

impl Shelf<'_> {
    /// Whether the record, or the cut of this item hash, is there.
    pub(crate) fn has_record(&self, id: &[u8; 32]) -> bool {
        self.told.records.contains(&Element::for_record(&self.key, id))
    }

    /// How many records and cuts, and stretches of logs.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.told.records.len(), self.told.stretches.values().map(Vec::len).sum())
    }

    /// The stretches of a log: where each begins, and its end.
    pub(crate) fn stretches(&self, log: &LogId) -> &[(u32, Element)] {
        let prefix = Element::log_prefix(&self.key, log);
        self.told.stretches.get(&prefix).map_or(&[], Vec::as_slice)
    }

    /// Whether a stretch's end is this log with this chain hash.
    pub(crate) fn is_end(&self, end: Element, log: &LogId, chain: &ChainHash) -> bool {
        Element::for_log(&self.key, log, end.length(), chain) == end
    }

    /// How many blobs of which something is there.
    pub(crate) fn blobs(&self) -> usize {
        self.told.blobs.len()
    }

    /// Runs of a blob's groups that are there: where each begins, and how many they are; `None`
    /// where nothing of it is.
    pub(crate) fn blob(&self, hash: &BlobHash) -> Option<&[(u32, u32)]> {
        let tag = blob_tag(&self.nonce, &self.community, hash);
        self.told.blobs.get(&tag).map(Vec::as_slice)
    }

    /// Whether a parcel is there.
    pub(crate) fn has_parcel(&self, id: &ParcelId) -> bool {
        let tag = parcel_tag(PARCEL_CONTEXT, &self.nonce, &self.community, id);
        self.told.parcels.contains(&tag)
    }

    /// How many parcels.
    pub(crate) fn parcels(&self) -> usize {
        self.told.parcels.len()
    }

    /// Words that stand alone.
    pub(crate) fn words(&self) -> &BTreeSet<PayloadHash> {
        &self.told.words
    }

    /// Words that entries name and that are not there.
    pub(crate) fn lacking(&self) -> &BTreeSet<PayloadHash> {
        &self.told.lacking
    }
}
