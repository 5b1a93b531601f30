//! What a bundle is to hold, worked out before any of it is packed: everything, but for what is
//! held already where it goes.

use baro_crdt::fork::Cut;
use baro_crdt::ids::{BlobHash, ChainHash, CommunityId, ParcelId, PayloadHash};
use baro_crdt::log::Stream;

use super::chosen::Chosen;
use crate::blobs::{BlobClass, GroupSet};
use crate::core::message::RecordItem;
use crate::epochs::is_members_only;
use crate::store::{BlobRow, LogRow, Read, Result};
use crate::wire::{Span, chain_at, ends, records_in_order, spans};

/// A place to which a bundle goes, and what is held there already. A wrong answer makes a bundle
/// shorter or longer, and nothing else.
pub(crate) trait Elsewhere {
    /// Whether anybody there has a use for the community.
    fn takes(&self, community: &CommunityId) -> bool;
    /// Whether the record, or the cut of this item hash, is there.
    fn has_record(&self, community: &CommunityId, id: &[u8; 32]) -> bool;
    /// From which entry on the first `length` of a log are to be brought; `None` where they are
    /// there.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn begin(&self, read: &dyn Read, row: &LogRow, length: u32) -> Result<Option<u32>>;
    /// Words that are missing there although their entries are there.
    fn wanted(&self, community: &CommunityId) -> Vec<PayloadHash>;
    /// Whether the parcel need not be brought.
    fn has_parcel(&self, community: &CommunityId, id: &ParcelId) -> bool;
    /// The groups of a blob that need not be brought.
    fn blob(&self, community: &CommunityId, row: &BlobRow) -> GroupSet;
}

/// Groups of one planned slice: 128 KiB, what damage costs.
const SLICE_GROUPS: u32 = 8;

/// A part of a blob that will be written.
pub(super) struct PlannedSlice {
    pub(super) community: CommunityId,
    pub(super) hash: BlobHash,
    pub(super) size: u64,
    pub(super) first: u32,
    pub(super) groups: u32,
    class: BlobClass,
}

/// A run that will be written.
pub(super) struct Planned {
    pub(super) row: LogRow,
    pub(super) span: Span,
    /// The chain hash at its end.
    pub(super) chain: ChainHash,
}

impl Planned {
    fn order(&self) -> (Stream, CommunityId, u32, u32) {
        let header = &self.row.header;
        (header.stream, header.community, self.row.number.0, self.span.from)
    }

    fn entries(&self) -> u64 {
        u64::from(self.span.to.saturating_sub(self.span.from))
    }
}

/// Everything that goes into a bundle, in the order in which it goes.
#[derive(Default)]
pub(crate) struct Plan {
    pub(super) communities: u64,
    pub(super) records: Vec<(CommunityId, RecordItem)>,
    pub(super) authorised: Vec<Planned>,
    /// Sealed parcels, those that came first first.
    pub(super) parcels: Vec<(CommunityId, ParcelId)>,
    pub(super) words: Vec<(CommunityId, PayloadHash)>,
    /// What waits for an authority it lacks.
    pub(super) waiting: Vec<Planned>,
    /// Parts of blobs: what officials say, voice, small ones, large ones; the newest first.
    pub(super) slices: Vec<PlannedSlice>,
}

impl Plan {
    /// For one place, or with everything for nobody in particular.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(crate) fn new(read: &dyn Read, to: Option<&dyn Elsewhere>) -> Result<Self> {
        let mut open = Vec::new();
        for row in read.communities()? {
            // Whoever has not joined it would refuse it; what is for members only goes sealed.
            if to.is_none_or(|to| to.takes(&row.id)) && !is_members_only(read, &row.id)? {
                open.push(row.id);
            }
        }
        Self::of(read, &open, to)
    }

    /// All of a members-only community: to be sealed.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub(super) fn of_members(read: &dyn Read, community: &CommunityId) -> Result<Self> {
        Self::of(read, std::slice::from_ref(community), None)
    }

    fn of(
        read: &dyn Read,
        communities: &[CommunityId],
        to: Option<&dyn Elsewhere>,
    ) -> Result<Self> {
        let mut plan = Self::default();
        for id in communities {
            plan.communities += 1;
            plan.community(read, *id, to)?;
        }
        plan.authorised.sort_by_key(Planned::order);
        plan.blobs(read, communities, to)?;
        Ok(plan)
    }

    /// Leaves out all logs but these, each as far as it is needed, what waits for an authority,
    /// and all blobs but these.
    pub(super) fn only(&mut self, chosen: &Chosen) {
        self.records.retain(|(community, _)| *community == chosen.community());
        self.authorised.retain(|planned| {
            chosen.length(&planned.row.id).is_some_and(|needed| planned.span.from < needed)
        });
        self.waiting.clear();
        self.parcels.clear();
        self.slices.retain(|slice| chosen.has_blob(&slice.hash));
        self.communities = u64::from(!self.records.is_empty());
    }

    /// Leaves out blobs beyond this class; all of them where there is none.
    pub(super) fn up_to(&mut self, most: Option<BlobClass>) {
        self.slices.retain(|slice| most.is_some_and(|most| slice.class <= most));
    }

    /// Lists the parts of blobs that are missing there.
    fn blobs(
        &mut self,
        read: &dyn Read,
        communities: &[CommunityId],
        to: Option<&dyn Elsewhere>,
    ) -> Result<()> {
        let (mut rows, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
        for community in communities {
            for name in read.blobs_of(community)? {
                if !name.hidden
                    && seen.insert(name.hash)
                    && let Some(row) = read.blob(&name.hash)?
                {
                    rows.push((*community, row));
                }
            }
        }
        rows.sort_by_key(|(_, row)| {
            (!row.official, row.class, std::cmp::Reverse(row.added), row.hash)
        });
        for (community, row) in rows {
            let there = to.map(|to| to.blob(&community, &row));
            let missing = there.map_or_else(|| row.have.clone(), |there| row.have.without(&there));
            for run in missing.runs() {
                for first in run.clone().step_by(SLICE_GROUPS as usize) {
                    self.slices.push(PlannedSlice {
                        community,
                        hash: row.hash,
                        size: row.size,
                        first,
                        groups: SLICE_GROUPS.min(run.end - first),
                        class: row.class,
                    });
                }
            }
        }
        Ok(())
    }

    /// How many records, proofs, entries, parcels, words and parts of blobs it brings, words that go along
    /// not counted.
    pub(crate) fn items(&self) -> u64 {
        let runs = self.authorised.iter().chain(&self.waiting).map(Planned::entries).sum::<u64>();
        let alone = self.records.len() + self.parcels.len() + self.words.len() + self.slices.len();
        alone as u64 + runs
    }

    fn community(
        &mut self,
        read: &dyn Read,
        community: CommunityId,
        to: Option<&dyn Elsewhere>,
    ) -> Result<()> {
        let held = |id: &[u8; 32]| to.is_some_and(|to| to.has_record(&community, id));
        for record in records_in_order(read, &community)? {
            if !held(record.id().as_bytes()) {
                let item = RecordItem::Record(record.to_bytes().to_vec());
                self.records.push((community, item));
            }
        }
        for row in read.cuts(&community)? {
            if !held(&Cut { log: row.log, length: row.cut }.item_hash()) {
                self.records.push((community, RecordItem::Cut(row.proof)));
            }
        }
        for row in read.logs(&community)? {
            self.log(read, &row, to)?;
        }
        let mut parcels = read.parcels(&community)?;
        parcels.retain(|row| !row.gone);
        parcels.sort_by_key(|row| (row.kept_at, row.id));
        for row in parcels {
            if !to.is_some_and(|to| to.has_parcel(&community, &row.id)) {
                self.parcels.push((community, row.id));
            }
        }
        for hash in to.map(|to| to.wanted(&community)).unwrap_or_default() {
            if read.payload(&hash)?.is_some() {
                self.words.push((community, hash));
            }
        }
        Ok(())
    }

    /// Lists the runs of a log that are missing there.
    fn log(&mut self, read: &dyn Read, row: &LogRow, to: Option<&dyn Elsewhere>) -> Result<()> {
        let begin = |length: u32| match to {
            Some(to) => to.begin(read, row, length),
            None => Ok((length > 0).then_some(0)),
        };
        let (first, last) = (begin(row.authorised)?, begin(row.cursor.length)?);
        if first.is_none() && last.is_none() {
            return Ok(());
        }
        let cut = read.cut(&row.id)?.map(|row| row.cut);
        let heads = ends(read, (&row.id, row.number))?;
        let planned = |span: Span| {
            let head = heads.iter().find(|head| head.head.length == span.to);
            let chain = head.map_or_else(|| row.id.start(), |head| head.head.chain);
            Planned { row: row.clone(), span, chain }
        };
        if let Some(from) = first {
            // All of a branch, from where others part: nobody there can go on from its middle.
            let (from, to) = match cut {
                Some(cut) => (from.min(cut), row.cursor.length),
                None => (from, row.authorised),
            };
            self.authorised.extend(spans(&heads, from, to).map(planned));
        }
        if row.authorised == row.cursor.length || cut.is_some() {
            return Ok(());
        }
        if let Some(from) = last {
            // What is authorised went before, as far as a head reached.
            let sent = heads.iter().map(|head| head.head.length);
            let sent = sent.filter(|length| *length <= row.authorised).max().unwrap_or(0);
            self.waiting.extend(spans(&heads, from.max(sent), row.cursor.length).map(planned));
        }
        Ok(())
    }
}

impl Elsewhere for super::Digest {
    fn takes(&self, community: &CommunityId) -> bool {
        self.of(community).is_some()
    }

    fn has_record(&self, community: &CommunityId, id: &[u8; 32]) -> bool {
        self.of(community).is_some_and(|theirs| theirs.has_record(id))
    }

    fn begin(&self, read: &dyn Read, row: &LogRow, length: u32) -> Result<Option<u32>> {
        let all = (length > 0).then_some(0);
        let Some(theirs) = self.of(&row.header.community) else { return Ok(all) };
        let Some(held) = theirs.log(&row.id) else { return Ok(all) };
        let chain = chain_at(read, row, held.length())?;
        Ok(match (chain.is_some_and(|chain| theirs.is(held, &row.id, &chain)), held.length()) {
            (true, there) if there >= length => None,
            (true, there) => Some(there),
            // It may go on from what is here; only a forked log has another branch.
            (false, there) if there > length && read.cut(&row.id)?.is_none() => None,
            // Another branch: with all of this one the fork can be proven there.
            (false, _) => Some(0),
        })
    }

    fn wanted(&self, community: &CommunityId) -> Vec<PayloadHash> {
        self.of(community).map(|theirs| theirs.wanted().to_vec()).unwrap_or_default()
    }

    fn has_parcel(&self, community: &CommunityId, id: &ParcelId) -> bool {
        self.of(community).is_some_and(|theirs| theirs.has_parcel(id))
    }

    fn blob(&self, community: &CommunityId, row: &BlobRow) -> GroupSet {
        let there = self.of(community).and_then(|theirs| theirs.blob(row));
        there.unwrap_or_else(|| GroupSet::none(row.have.groups()))
    }
}
