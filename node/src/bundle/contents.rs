//! What sections hold, item by item: gathered while a bundle is written, for its index, and while
//! one is read, to see whether its index tells the truth.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::Entry;
use baro_crdt::fork::ForkProof;
use baro_crdt::ids::{BlobHash, ChainHash, CommunityId, LogId, ParcelId, PayloadHash};
use baro_crdt::log::Header;
use baro_crdt::record::Record;
use baro_crdt::sealed::Parcel;
use minicbor::bytes::ByteVec;

use super::content::{
    self, LOGS, Logs, PARCELS, Parcels, RECORDS, Records, SLICES, Slices, WORDS, Words,
};
use super::section::Frame;
use crate::core::message::{LogRef, RecordItem};

/// Entries of a log that stand together: `from` on to `to`, and the chain hash there where it is
/// known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) chain: Option<ChainHash>,
}

/// What is there of one community.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Ids of records and item hashes of cuts.
    pub(super) records: BTreeSet<[u8; 32]>,
    /// By log, in the order of their beginnings.
    pub(super) logs: BTreeMap<LogId, Vec<Stretch>>,
    /// Words that stand alone.
    pub(super) words: BTreeSet<PayloadHash>,
    /// Words of these entries that are not there.
    pub(super) lacking: BTreeSet<PayloadHash>,
    /// Runs of groups of blobs: where each begins and how many they are.
    pub(super) blobs: BTreeMap<BlobHash, Vec<(u32, u32)>>,
    /// Sealed parcels.
    pub(super) parcels: BTreeSet<ParcelId>,
}

/// What is in a bundle, by community.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(super) parts: BTreeMap<CommunityId, Part>,
}

impl Contents {
    /// Adds a section as it was read; what cannot be read adds nothing.
    pub(crate) fn add(&mut self, frame: &Frame) {
        match frame.kind {
            RECORDS => {
                if let Ok(records) = content::unpack(frame) {
                    self.records(&records);
                }
            }
            LOGS => {
                if let Ok(logs) = content::unpack(frame) {
                    self.logs(&logs);
                }
            }
            SLICES => {
                if let Ok(slices) = content::unpack(frame) {
                    self.slices(&slices);
                }
            }
            PARCELS => {
                if let Ok(parcels) = content::unpack(frame) {
                    self.parcels(&parcels);
                }
            }
            WORDS => {
                if let Ok(words) = content::unpack(frame) {
                    self.words(&words);
                }
            }
            _ => {}
        }
    }

    pub(super) fn records(&mut self, records: &Records) {
        let part = self.parts.entry(records.community).or_default();
        part.records.extend(records.items.iter().filter_map(|item| match item {
            RecordItem::Record(bytes) => {
                Some(*Record::from_trusted_bytes(bytes).ok()?.id().as_bytes())
            }
            RecordItem::Cut(bytes) => {
                Some(ForkProof::from_bytes(bytes).ok()?.verify().ok()?.item_hash())
            }
        }));
    }

    pub(super) fn logs(&mut self, logs: &Logs) {
        let community = logs.community;
        let part = self.parts.entry(community).or_default();
        for run in &logs.runs {
            let LogRef::New { author, grant, stream, lane, volume } = run.log.clone() else {
                continue;
            };
            let Some(to) =
                u32::try_from(run.entries.len()).ok().and_then(|count| run.from.checked_add(count))
            else {
                continue;
            };
            let id = Header { community, author, grant, stream, lane, volume }.id();
            let stretches = part.logs.entry(id).or_default();
            match stretches.last_mut() {
                Some(last) if last.to == run.from => *last = Stretch { to, chain: None, ..*last },
                _ => stretches.push(Stretch { from: run.from, to, chain: None }),
            }
            for entry in run.entries.iter().filter(|entry| entry.words.is_none()) {
                let named = Entry::from_bytes(&entry.bytes).ok().and_then(|entry| entry.payload);
                if let Some(payload) = named.filter(|payload| !part.words.contains(&payload.hash)) {
                    part.lacking.insert(payload.hash);
                }
            }
        }
    }

    pub(super) fn words(&mut self, words: &Words) {
        let part = self.parts.entry(words.community).or_default();
        for bytes in &words.words {
            let hash = PayloadHash::of(bytes);
            part.lacking.remove(&hash);
            part.words.insert(hash);
        }
    }

    pub(super) fn parcels(&mut self, parcels: &Parcels) {
        let part = self.parts.entry(parcels.community).or_default();
        let read = |bytes: &ByteVec| Parcel::from_bytes(bytes.to_vec()).ok();
        part.parcels.extend(parcels.parcels.iter().filter_map(read).map(|parcel| parcel.id()));
    }

    pub(super) fn slices(&mut self, slices: &Slices) {
        let part = self.parts.entry(slices.community).or_default();
        for slice in &slices.slices {
            let runs = part.blobs.entry(slice.hash).or_default();
            match runs.last_mut() {
                Some((first, groups)) if first.checked_add(*groups) == Some(slice.first) => {
                    *groups = groups.saturating_add(slice.groups);
                }
                _ => runs.push((slice.first, slice.groups)),
            }
        }
    }

    /// Takes the chain hashes at which stretches end, from somebody who knows them.
    pub(crate) fn ends(&mut self, ends: &[(LogId, u32, ChainHash)]) {
        for (log, to, chain) in ends {
            for stretches in self.parts.values_mut().filter_map(|part| part.logs.get_mut(log)) {
                let ended = stretches.iter_mut().filter(|stretch| stretch.to == *to);
                ended.for_each(|stretch| stretch.chain = Some(*chain));
            }
        }
    }

    /// The communities of which something is in it.
    pub(crate) fn communities(&self) -> impl Iterator<Item = &CommunityId> {
        self.parts.keys()
    }
}
