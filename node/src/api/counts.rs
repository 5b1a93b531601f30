//! What counts of a debate, kept between questions until something arrives that may change it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use baro_crdt::entry::{Body, Entry};
use baro_crdt::ids::EntryId;

use super::closing::{Counted, count};
use super::groups::Grouping;
use super::{Community, Node, Result};
use crate::replica::{Item, LocalChange};
use crate::store::PostRow;

/// How many debates are remembered.
const DEBATES_MAX: usize = 8;

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
    /// Forgets what these items may change. Groups stay: they say from which votes they are.
    pub(super) fn changed(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Log(log) => log.entries.iter().for_each(|entry| self.said(entry)),
                Item::Join(_) | Item::Record(_) | Item::Cut(_) => self.counted.clear(),
                Item::Local(LocalChange::Leave(_)) => {
                    self.counted.clear();
                    self.grouped.clear();
                }
                Item::Words { .. } | Item::Slice(_) | Item::Change { .. } | Item::Local(_) => {}
            }
        }
    }

    fn said(&mut self, entry: &[u8]) {
        if self.counted.is_empty() {
            return;
        }
        let open = |kept: &Kept| kept.counted.closing.is_none();
        match Entry::from_bytes(entry).map(|entry| entry.body) {
            Ok(Body::Vote { post, .. }) => self.counted.retain(|_, (_, kept)| {
                let is_of = kept.counted.votes.contains_key(&post);
                if is_of && open(kept) {
                    kept.voted.insert(post);
                }
                !is_of || open(kept)
            }),
            Ok(Body::Post { debate, .. }) => self.counted.retain(|id, (_, kept)| {
                kept.grown |= *id == debate;
                *id != debate || open(kept)
            }),
            Ok(Body::Name { .. } | Body::Change { .. } | Body::Edit { .. }) => {}
            _ => self.counted.clear(),
        }
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
            Some(Kept { counted, grown: false, voted }) if voted.is_empty() => counted,
            Some(Kept { mut counted, grown, voted }) => match Arc::get_mut(&mut counted) {
                Some(of) => {
                    of.refresh(&*self.store, voted, grown)?;
                    counted
                }
                None => Arc::new(count(&*self.store, community, row)?),
            },
            None => Arc::new(count(&*self.store, community, row)?),
        };
        let kept = Kept { counted: Arc::clone(&counted), voted: BTreeSet::new(), grown: false };
        put(&mut self.known.counts.counted, id, asked, kept);
        Ok(counted)
    }
}
