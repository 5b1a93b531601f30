//! What counts of a debate, kept between questions until something arrives that may change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use baro_crdt::ids::EntryId;

use super::closing::{Counted, count};
use super::groups::Grouping;
use super::stale::Stale;
use super::{Community, Node, Result};
use crate::store::PostRow;

/// How many debates are remembered.
const DEBATES_MAX: usize = 8;
/// So many posts with new votes are looked at one by one, however few a debate has.
const REFRESHED_MIN: usize = 64;

/// The memory.
#[derive(Default)]
pub(super) struct Counts {
    counted: BTreeMap<EntryId, (u64, Kept)>,
    /// Opinion groups, with the votes they were computed from.
    grouped: BTreeMap<EntryId, (u64, Arc<Grouping>)>,
    /// How often it was asked; the longest unasked go first.
    asked: u64,
}

/// What counts of a debate, and what has come since it was counted.
struct Kept {
    counted: Arc<Counted>,
    /// Posts with new votes.
    voted: BTreeSet<EntryId>,
    /// Whether there are new posts.
    grown: bool,
    /// Posts that were hidden, shown, taken back or answered.
    around: BTreeSet<EntryId>,
}

/// Puts a value, in the place of the longest unasked where there are too many.
fn put<T>(kept: &mut BTreeMap<EntryId, (u64, T)>, id: EntryId, asked: u64, value: T) {
    if kept.len() >= DEBATES_MAX
        && !kept.contains_key(&id)
        && let Some(oldest) = kept.iter().min_by_key(|(_, (asked, _))| *asked).map(|(id, _)| *id)
    {
        kept.remove(&oldest);
    }
    kept.insert(id, (asked, value));
}

impl Counts {
    /// Whether no debate is counted.
    pub(super) fn is_empty(&self) -> bool {
        self.counted.is_empty()
    }

    /// How many posts a debate has, those that came after its closing too, where that is known.
    pub(super) fn posts(&self, id: &EntryId) -> Option<usize> {
        let (_, kept) = self.counted.get(id).filter(|(_, kept)| !kept.grown)?;
        Some(kept.counted.posts.len() + kept.counted.late.posts)
    }

    /// Forgets what may have changed. Groups stay: they say from which votes they are.
    pub(super) fn forget(&mut self, stale: &Stale) {
        if stale.groups {
            self.grouped.clear();
        }
        if stale.counts {
            self.counted.clear();
        }
        let voted: Vec<&EntryId> = stale.voted.iter().collect();
        let around: Vec<&EntryId> = stale.around.iter().collect();
        self.counted.retain(|id, (_, kept)| {
            // Every post that counts has its votes, none or more.
            let is_of = |post: &&&EntryId| kept.counted.votes.contains_key(**post);
            let voted: Vec<EntryId> = voted.iter().filter(is_of).map(|post| **post).collect();
            let around: Vec<EntryId> = around.iter().filter(is_of).map(|post| **post).collect();
            let grown = stale.grown.contains(id);
            if kept.counted.closing.is_some() && (grown || !voted.is_empty()) {
                return false;
            }
            kept.voted.extend(voted);
            kept.around.extend(around);
            kept.grown |= grown;
            true
        });
    }

    pub(super) fn grouping(&mut self, id: &EntryId) -> Option<Arc<Grouping>> {
        self.asked += 1;
        let (asked, grouping) = self.grouped.get_mut(id)?;
        *asked = self.asked;
        Some(Arc::clone(grouping))
    }

    pub(super) fn put_grouping(&mut self, id: EntryId, grouping: Arc<Grouping>) {
        self.asked += 1;
        put(&mut self.grouped, id, self.asked, grouping);
    }
}

impl Node {
    /// What counts of the debate that `row` opens.
    pub(super) fn counted(&mut self, community: &Community, row: PostRow) -> Result<Arc<Counted>> {
        let counts = &mut self.known.counts;
        counts.asked += 1;
        let (asked, id) = (counts.asked, row.id);
        let kept = counts.counted.remove(&id).map(|(_, kept)| kept);
        let counted = match kept {
            Some(Kept { mut counted, voted, grown, around }) => {
                let is_new = voted.is_empty() && !grown && around.is_empty();
                match Arc::get_mut(&mut counted) {
                    _ if is_new => counted,
                    // Many posts at once are read faster together.
                    Some(of) if voted.len() <= of.posts.len() / 4 + REFRESHED_MIN => {
                        of.refresh(&*self.store, voted, grown, &around)?;
                        counted
                    }
                    _ => Arc::new(count(&*self.store, community, row)?),
                }
            }
            None => Arc::new(count(&*self.store, community, row)?),
        };
        let (voted, around) = (BTreeSet::new(), BTreeSet::new());
        let kept = Kept { counted: Arc::clone(&counted), voted, grown: false, around };
        put(&mut self.known.counts.counted, id, asked, kept);
        Ok(counted)
    }
}
