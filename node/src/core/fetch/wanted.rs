//! What is wanted, asked for and on its way into the store.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{BlobHash, CommunityId, Millis};

use super::super::message::{HasBlob, WantBlob};
use super::super::{GroupId, LinkId};
use crate::blobs::{BlobClass, BlobRow, GroupSet, bytes_in, groups_of};
use crate::store::Read;

/// The most blobs wanted at once in a community, and in one message.
pub(super) const WANTS_MAX: usize = 256;
/// The most wishes remembered of a neighbour for one community.
pub(super) const THEIR_WANTS_MAX: usize = 1_024;
/// The most bytes of slices on their way into the store before no more are asked for.
pub(super) const WRITING_BYTES_MAX: u64 = 24 * 1024 * 1024;

/// What one side of a link knows of the other's blobs in a community.
#[derive(Default)]
pub(in crate::core) struct Shelf {
    /// What this node said it wants.
    pub(super) told: BTreeSet<BlobHash>,
    /// What the other said it wants.
    pub(super) they_want: BTreeSet<BlobHash>,
    /// What the other has of what is wanted here, and how many more copies it knows of.
    pub(super) they_have: BTreeMap<BlobHash, (GroupSet, u32)>,
    /// The other has answered the wishes told last.
    pub(super) answered: bool,
}

/// A slice on its way into the store.
pub(super) struct Writing {
    pub(super) link: LinkId,
    pub(super) hash: BlobHash,
    pub(super) first: u32,
    pub(super) groups: u32,
    pub(super) bytes: u64,
}

/// What fetching blobs counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchStats {
    /// Bytes of blobs that came and are what they should be.
    pub bytes_received: u64,
    /// How many of these were here already.
    pub bytes_again: u64,
}

/// All that is being fetched.
#[derive(Default)]
pub(in crate::core) struct Fetching {
    pub(in crate::core) stats: FetchStats,
    /// By community, in the order in which to fetch.
    wanted: BTreeMap<CommunityId, Vec<BlobRow>>,
    /// Groups that were asked for or are on their way into the store.
    asked: BTreeMap<BlobHash, GroupSet>,
    writing: BTreeMap<GroupId, Writing>,
    /// Communities whose wishes are to be read anew.
    pub(super) stale: BTreeSet<CommunityId>,
    /// Blobs of which neighbours are to be told, and when.
    pub(super) grown: BTreeSet<BlobHash>,
    pub(super) tell_due: Option<Millis>,
    /// Blobs may be under way on a link: where not, no link need be looked at.
    pub(in crate::core) flows_open: bool,
}

impl Fetching {
    /// Whether something is to be told or looked up in a moment.
    pub(in crate::core) fn is_waiting(&self) -> bool {
        self.tell_due.is_some() || !self.stale.is_empty()
    }

    /// What is wanted in a community is to be told to those who joined in.
    pub(in crate::core) fn look_again(&mut self, community: CommunityId) {
        self.stale.insert(community);
    }

    /// A batch could not be kept.
    pub(in crate::core) fn failed(&mut self, group: GroupId) {
        if let Some(writing) = self.written(group) {
            self.release(&writing.hash, writing.first, writing.groups);
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.wanted.is_empty()
    }

    pub(super) fn want(&mut self, community: CommunityId, mut rows: Vec<BlobRow>) {
        rows.truncate(WANTS_MAX);
        if rows.is_empty() {
            self.wanted.remove(&community);
        } else {
            self.wanted.insert(community, rows);
        }
    }

    pub(super) fn wanted(&self, community: &CommunityId) -> Vec<WantBlob> {
        let rows = self.wanted.get(community).into_iter().flatten();
        rows.map(|row| WantBlob { hash: row.hash }).collect()
    }

    pub(super) fn size(&self, community: &CommunityId, hash: &BlobHash) -> Option<u64> {
        let mut rows = self.wanted.get(community).into_iter().flatten();
        rows.find(|row| row.hash == *hash).map(|row| row.size)
    }

    /// What is here of a blob that words of the community name, and whether that is all of it.
    pub(super) fn has(
        &self,
        read: &dyn Read,
        community: &CommunityId,
        hash: &BlobHash,
    ) -> Option<(HasBlob, bool)> {
        let row = read.blob(hash).ok()??;
        if row.have.is_none() {
            return None;
        }
        let named = read.blob_names(hash).ok()?;
        let groups = row.have.to_bytes().into();
        let has = HasBlob { hash: *hash, groups, copies: u32::from(row.sent) };
        let named = named.iter().any(|name| name.community == *community);
        named.then_some((has, row.is_complete()))
    }

    /// Whether a blob is large, and nobody here said that it matters.
    pub(super) fn is_large(&self, read: &dyn Read, hash: &BlobHash) -> bool {
        match read.blob(hash) {
            Ok(Some(row)) => row.class == BlobClass::Large && !row.pinned,
            _ => true,
        }
    }

    pub(super) fn ask(&mut self, hash: BlobHash, size: u64, first: u32, groups: u32) {
        let asked = self.asked.entry(hash);
        asked.or_insert_with(|| GroupSet::none(groups_of(size))).insert_run(first, groups);
    }

    pub(super) fn release(&mut self, hash: &BlobHash, first: u32, groups: u32) {
        if let Some(asked) = self.asked.get_mut(hash) {
            asked.remove_run(first, groups);
            if asked.is_none() {
                self.asked.remove(hash);
            }
        }
    }

    /// A slice came and is what it should be.
    pub(super) fn came(&mut self, hash: &BlobHash, size: u64, first: u32, groups: u32) {
        let bytes = |group| bytes_in(size, group, 1);
        let mut rows = self.wanted.values().flatten();
        let have = rows.find(|row| row.hash == *hash).map(|row| &row.have);
        let run = first..first.saturating_add(groups);
        let here = |group: &u32| have.is_none_or(|have| have.contains(*group));
        self.stats.bytes_again += run.filter(here).map(bytes).sum::<u64>();
        self.stats.bytes_received += bytes_in(size, first, groups);
    }

    pub(super) fn write(&mut self, group: GroupId, writing: Writing) {
        self.writing.insert(group, writing);
    }

    pub(super) fn written(&mut self, group: GroupId) -> Option<Writing> {
        self.writing.remove(&group)
    }

    pub(super) fn writes(&self, link: LinkId) -> bool {
        self.writing.values().any(|writing| writing.link == link)
    }

    pub(super) fn writing_bytes(&self) -> u64 {
        self.writing.values().map(|writing| writing.bytes).sum()
    }

    /// A slice has been written, or refused; true where its blob is whole now.
    pub(super) fn arrived(&mut self, writing: &Writing, refused: bool) -> bool {
        self.release(&writing.hash, writing.first, writing.groups);
        let mut whole = false;
        for (community, rows) in &mut self.wanted {
            for row in rows.iter_mut().filter(|row| row.hash == writing.hash) {
                if refused {
                    self.stale.insert(*community);
                } else {
                    row.have.insert_run(writing.first, writing.groups);
                    whole |= row.is_complete();
                }
            }
            rows.retain(|row| !row.is_complete());
        }
        self.wanted.retain(|_, rows| !rows.is_empty());
        whole
    }

    /// The next run of groups to ask a neighbour for: hash, size, first group and how many.
    pub(super) fn next(
        &self,
        community: &CommunityId,
        shelf: &Shelf,
        copies: &BTreeMap<BlobHash, u32>,
        metered: bool,
        groups_max: u32,
    ) -> Option<(BlobHash, u64, u32, u32)> {
        let rows = self.wanted.get(community)?;
        let mut order: Vec<(_, &BlobRow)> = rows
            .iter()
            .enumerate()
            // On a line that costs money large blobs wait, unless somebody asked for them.
            .filter(|(_, row)| !metered || row.class != BlobClass::Large || row.pinned)
            .filter(|(_, row)| shelf.they_have.contains_key(&row.hash))
            .map(|(place, row)| {
                let rare = copies.get(&row.hash).copied().unwrap_or(0);
                ((!row.official, row.class, rare, place), row)
            })
            .collect();
        order.sort_by_key(|(order, _)| *order);
        order.into_iter().find_map(|(_, row)| {
            let (theirs, _) = shelf.they_have.get(&row.hash)?;
            let mut open = theirs.without(&row.have);
            if let Some(asked) = self.asked.get(&row.hash) {
                open = open.without(asked);
            }
            let run = open.runs().into_iter().next()?;
            Some((row.hash, row.size, run.start, (run.end - run.start).min(groups_max)))
        })
    }
}
