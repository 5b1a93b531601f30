//! What waits for the store thread: in turn by the place it came from, and there by the link, so that
//! nobody's few words stand behind another's flood, were it one from the same address.
//!
//! The store thread takes what it is handed in that order, so hardly more is handed over than it
//! commits at once. A link for which much waits is not read from until less does.

use std::collections::{BTreeMap, VecDeque};

use crate::core::{GroupId, LinkId};
use crate::net::InTurn;
use crate::replica::{Batch, Item};
use crate::runtime::store_thread::{self, Job};

/// The most bytes of batches that the store thread has and that are not durable yet. Parts of
/// files are not counted: they were asked for, no more at a time than the core allows.
const AHEAD_BYTES_MAX: usize = store_thread::GROUP_BYTES_MAX;
/// Where more than this waits from one link, no more is read from it.
const LINK_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Where more than this waits from one place, no more is read from those of its links for which
/// something waits.
const PLACE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Where work comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    origin: Origin,
    link: Option<LinkId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Origin {
    /// This node itself.
    #[default]
    Here,
    /// All links from one place.
    Place([u8; 8]),
    /// A link over a relay.
    Relayed(LinkId),
}

impl Source {
    /// A link; `place` is where it comes from, unless it comes over a relay.
    pub(super) fn link(link: LinkId, place: Option<[u8; 8]>) -> Source {
        Source { origin: place.map_or(Origin::Relayed(link), Origin::Place), link: Some(link) }
    }
}

/// A job; of a batch, its group and bytes.
struct Work {
    job: Job,
    batch: Option<(GroupId, usize)>,
}

/// Queues that take turns. None is empty.
struct Rounds<K, T> {
    queues: BTreeMap<K, VecDeque<T>>,
    order: VecDeque<K>,
}

impl<K, T> Default for Rounds<K, T> {
    fn default() -> Self {
        Rounds { queues: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<K: Copy + Ord, T> Rounds<K, T> {
    fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn push(&mut self, at: K, what: T) {
        let queue = self.queues.entry(at).or_default();
        if queue.is_empty() {
            self.order.push_back(at);
        }
        queue.push_back(what);
    }

    /// Takes what comes first of the one whose turn it is; the turn passes on.
    fn pop(&mut self) -> Option<(K, T)> {
        let at = self.order.pop_front()?;
        let queue = self.queues.get_mut(&at)?;
        let what = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&at);
        } else {
            self.order.push_back(at);
        }
        Some((at, what))
    }

    /// Puts back what was taken last: it comes first again.
    fn put_back(&mut self, at: K, what: T) {
        self.order.retain(|there| *there != at);
        self.order.push_front(at);
        self.queues.entry(at).or_default().push_front(what);
    }
}

/// What waits of one link, here and at the store thread.
#[derive(Default)]
struct Held {
    bytes: usize,
    /// A frame that was handled; more is read from there when this is dropped.
    turn: Option<InTurn>,
}

#[derive(Default)]
struct Lane {
    work: Rounds<Option<LinkId>, Work>,
    /// Links for which batches wait.
    held: BTreeMap<Option<LinkId>, Held>,
    /// Bytes of all their batches.
    bytes: usize,
}

/// The work that waits, and what of it the store thread has.
#[derive(Default)]
pub(super) struct Waiting {
    lanes: BTreeMap<Origin, Lane>,
    /// Those with work, in the order of their turns.
    order: VecDeque<Origin>,
    /// Batches that the store thread has.
    out: BTreeMap<GroupId, (Source, usize)>,
    ahead: usize,
}

fn counted(batch: &Batch) -> usize {
    match batch.items.first() {
        Some(Item::Slice(_)) => 0,
        _ => batch.bytes(),
    }
}

impl Waiting {
    /// Whether nothing waits to be handed over.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Adds work of this node's own.
    pub(super) fn push(&mut self, job: Job) {
        self.add(Source::default(), Work { job, batch: None });
    }

    /// Adds a batch.
    pub(super) fn batch(&mut self, from: Source, group: GroupId, batch: Batch) {
        let bytes = counted(&batch);
        let lane = self.lanes.entry(from.origin).or_default();
        lane.bytes += bytes;
        lane.held.entry(from.link).or_default().bytes += bytes;
        let job = Job::Commit { group, batch };
        self.add(from, Work { job, batch: Some((group, bytes)) });
    }

    fn add(&mut self, from: Source, work: Work) {
        let lane = self.lanes.entry(from.origin).or_default();
        if lane.work.is_empty() {
            self.order.push_back(from.origin);
        }
        lane.work.push(from.link, work);
    }

    /// A frame from there was handled: its turn ends when no more than enough waits.
    pub(super) fn handled(&mut self, from: Source, mut turn: InTurn) {
        let Some(lane) = self.lanes.get_mut(&from.origin) else { return };
        let is_full = lane.bytes > PLACE_BYTES_MAX;
        if let Some(held) = lane.held.get_mut(&from.link)
            && (held.bytes > LINK_BYTES_MAX || is_full && held.bytes > 0)
        {
            turn.step_aside();
            held.turn = Some(turn);
        }
    }

    /// Hands over whose turn it is, as far as there is room: `give` returns what it has none for.
    pub(super) fn hand_over(&mut self, mut give: impl FnMut(Job) -> Option<Job>) {
        while let Some(origin) = self.order.front().copied() {
            let Some(lane) = self.lanes.get_mut(&origin) else { return };
            let Some((link, Work { job, batch })) = lane.work.pop() else { return };
            let bytes = batch.map_or(0, |(_, bytes)| bytes);
            let is_room = bytes == 0 || self.ahead == 0 || self.ahead + bytes <= AHEAD_BYTES_MAX;
            let back = if is_room { give(job) } else { Some(job) };
            if let Some(job) = back {
                return lane.work.put_back(link, Work { job, batch });
            }
            if let Some((group, bytes)) = batch {
                self.out.insert(group, (Source { origin, link }, bytes));
                self.ahead += bytes;
            }
            self.order.pop_front();
            if !lane.work.is_empty() {
                self.order.push_back(origin);
            }
            self.tidy(origin);
        }
    }

    /// A batch is durable, or was not taken.
    pub(super) fn done(&mut self, group: GroupId) {
        let Some((from, bytes)) = self.out.remove(&group) else { return };
        self.ahead -= bytes;
        if let Some(lane) = self.lanes.get_mut(&from.origin) {
            lane.bytes -= bytes;
            if let Some(held) = lane.held.get_mut(&from.link) {
                held.bytes -= bytes;
            }
            let is_full = lane.bytes > PLACE_BYTES_MAX;
            for held in lane.held.values_mut() {
                if held.bytes == 0 || held.bytes <= LINK_BYTES_MAX && !is_full {
                    held.turn = None;
                }
            }
            lane.held.retain(|_, held| held.bytes > 0);
        }
        self.tidy(from.origin);
    }

    fn tidy(&mut self, origin: Origin) {
        if self.lanes.get(&origin).is_some_and(|lane| lane.work.is_empty() && lane.bytes == 0) {
            self.lanes.remove(&origin);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::replica::LocalChange;

    fn batch(bytes: usize) -> Batch {
        let put = LocalChange::Put { key: "k".into(), value: vec![0; bytes] };
        let words = Item::Words {
            community: baro_crdt::ids::CommunityId::from_bytes([0; 32]),
            bytes: vec![0; bytes],
        };
        Batch { items: vec![words, Item::Local(put)], ..Batch::default() }
    }

    fn groups(waiting: &mut Waiting, room: usize) -> Vec<u64> {
        let mut given = Vec::new();
        waiting.hand_over(|job| match job {
            Job::Commit { group, .. } if given.len() < room => {
                given.push(group.0);
                None
            }
            job => Some(job),
        });
        given
    }

    #[test]
    fn a_flood_from_one_place_leaves_others_their_turn() {
        let place = |link, at| Source::link(LinkId(link), Some([at; 8]));
        let (flood, modest) = (place(1, 1), place(2, 2));
        let mut waiting = Waiting::default();
        for group in 0..100 {
            waiting.batch(flood, GroupId(group), batch(AHEAD_BYTES_MAX / 4));
        }
        waiting.batch(modest, GroupId(1000), batch(10));
        waiting.batch(modest, GroupId(1001), batch(10));
        let first = groups(&mut waiting, usize::MAX);
        assert!(first.starts_with(&[0, 1000, 1, 1001]), "{first:?}");
        assert!(first.len() < 10, "no more than is committed at once: {first:?}");
        let mut came = first.clone();
        let mut out: VecDeque<u64> = first.into();
        while let Some(group) = out.pop_front() {
            waiting.done(GroupId(group));
            let more = groups(&mut waiting, usize::MAX);
            came.extend(&more);
            out.extend(more);
        }
        came.sort_unstable();
        assert_eq!(came.len(), 102);
        assert!(waiting.is_empty() && waiting.lanes.is_empty() && waiting.ahead == 0);
        assert!(waiting.out.is_empty());
    }

    #[test]
    fn a_flood_leaves_those_at_the_same_address_their_turn() {
        let place = |link| Source::link(LinkId(link), Some([1; 8]));
        let mut waiting = Waiting::default();
        for group in 0..100 {
            waiting.batch(place(1), GroupId(group), batch(AHEAD_BYTES_MAX / 4));
        }
        waiting.batch(place(2), GroupId(1000), batch(10));
        assert!(groups(&mut waiting, usize::MAX).starts_with(&[0, 1000, 1]));
        waiting.done(GroupId(1000));
        let lane = waiting.lanes.get(&place(1).origin).unwrap();
        assert_eq!(lane.held.keys().collect::<Vec<_>>(), [&Some(LinkId(1))]);
    }

    #[test]
    fn what_there_is_no_room_for_keeps_its_place_and_one_batch_always_goes() {
        let mut waiting = Waiting::default();
        waiting.batch(Source::link(LinkId(1), None), GroupId(0), batch(4 * AHEAD_BYTES_MAX));
        waiting.batch(Source::link(LinkId(1), None), GroupId(1), batch(1));
        assert!(groups(&mut waiting, 0).is_empty());
        assert_eq!(groups(&mut waiting, 5), [0], "larger than the bound, and alone");
        assert!(groups(&mut waiting, 5).is_empty());
        waiting.done(GroupId(0));
        assert_eq!(groups(&mut waiting, 5), [1]);
    }
}
