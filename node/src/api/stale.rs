//! What commits may have changed of what nodes keep in memory between questions.
//!
//! The node that writes forgets at once. Those that read beside it ([`super::Node::beside`]) are
//! told when the commit is durable, and each takes what it was told *before* it looks at the store
//! for an answer. So one may forget too much, and never too little: whatever it keeps is of a state
//! that has everything it was told of.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use baro_crdt::entry::{Body, Entry, PostKind};
use baro_crdt::ids::{CommunityId, EntryId};
use baro_crdt::record::{self, Record};
use baro_crdt::role::Role;

use crate::replica::{Item, LocalChange};

/// The most entries that are named one by one; past it all counts are forgotten.
const ENTRIES_MAX: usize = 16 * 1024;

/// What is to be forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stale {
    /// The records of these communities: who may do what.
    pub(super) communities: BTreeSet<CommunityId>,
    /// Those of all.
    pub(super) all_communities: bool,
    /// Who lives on this device.
    pub(super) persons: bool,
    /// What persons are called.
    pub(super) names: bool,
    /// The marks of posts.
    pub(super) marks: bool,
    /// Which posts are proposals.
    pub(super) proposals: bool,
    /// The counts of all debates.
    pub(super) counts: bool,
    /// The opinion groups of all debates.
    pub(super) groups: bool,
    /// The votes on these posts.
    pub(super) voted: BTreeSet<EntryId>,
    /// The list of posts of these debates.
    pub(super) grown: BTreeSet<EntryId>,
    /// Whether these posts are to be seen, and the answers to them.
    pub(super) around: BTreeSet<EntryId>,
}

impl Stale {
    /// What these items may have changed, where records `reauthorised` entries of these communities.
    /// Where nothing is kept that single entries change, they are not looked at (`looks` is false),
    /// and what hangs on any of them is forgotten.
    pub(super) fn of(items: &[Item], reauthorised: &BTreeSet<CommunityId>, looks: bool) -> Self {
        let mut stale = Self::default();
        for item in items {
            match item {
                Item::Log(log) => {
                    stale.marks = true;
                    if looks {
                        log.entries.iter().for_each(|entry| stale.said(entry));
                    } else {
                        (stale.names, stale.proposals, stale.counts) = (true, true, true);
                    }
                }
                Item::Words { .. } => stale.marks = true,
                Item::Record(record) => {
                    let community = record.community();
                    stale.communities.insert(community);
                    // What waited for somebody's role may now be shown, and the other way round.
                    // A new member of whom nothing was held changes nothing of what was said.
                    if !admits(record) || reauthorised.contains(&community) {
                        (stale.names, stale.proposals, stale.counts) = (true, true, true);
                    }
                }
                Item::Join(_) | Item::Cut(_) => {
                    stale.all_communities = true;
                    (stale.names, stale.proposals, stale.counts) = (true, true, true);
                }
                Item::Change { .. }
                | Item::Slice(_)
                | Item::Parcel { .. }
                | Item::Local(
                    LocalChange::Put { .. }
                    | LocalChange::Drop { .. }
                    | LocalChange::Blob { .. }
                    | LocalChange::TidyParcels
                    | LocalChange::ParcelSent { .. }
                    | LocalChange::ParcelTried { .. },
                ) => {}
                Item::Local(LocalChange::Leave(_)) => {
                    (stale.all_communities, stale.persons, stale.marks) = (true, true, true);
                    (stale.names, stale.proposals, stale.counts) = (true, true, true);
                    stale.groups = true;
                }
                Item::Local(_) => (stale.persons, stale.marks) = (true, true),
            }
        }
        stale.bound();
        stale
    }

    fn said(&mut self, entry: &[u8]) {
        let Ok(Entry { body, .. }) = Entry::from_bytes(entry) else {
            self.counts = true;
            return;
        };
        match body {
            Body::Name { .. } => self.names = true,
            Body::Vote { post, .. } => {
                self.voted.insert(post);
            }
            Body::Post { debate, kind, .. } => {
                self.grown.insert(debate);
                self.proposals |= kind == PostKind::Proposal;
            }
            Body::Question { debate, .. } => self.grown.extend(debate),
            Body::Answer { question: post }
            | Body::Withdraw { entry: post }
            | Body::Hide { post, .. }
            | Body::Unhide { post }
            | Body::Review { post, .. } => {
                self.around.insert(post);
            }
            Body::Debate { .. }
            | Body::Window { .. }
            | Body::Edit { .. }
            | Body::Text { .. }
            | Body::Change { .. }
            | Body::Announcement { .. }
            | Body::Decision { .. }
            | Body::Course { .. }
            | Body::Lesson { .. }
            | Body::Quiz { .. }
            | Body::Translation { .. }
            | Body::Receipt { .. }
            | Body::Wording { .. }
            | Body::Support { .. }
            | Body::ProposalStatus { .. }
            | Body::Appeal { .. }
            | Body::Sealing { .. }
            | Body::Unknown { .. } => {}
            Body::Ballot { .. } | Body::BallotSettled { .. } => self.counts = true,
        }
    }

    /// Adds what came later.
    fn extend(&mut self, later: &Self) {
        self.communities.extend(&later.communities);
        self.all_communities |= later.all_communities;
        self.persons |= later.persons;
        self.names |= later.names;
        self.marks |= later.marks;
        self.proposals |= later.proposals;
        self.counts |= later.counts;
        self.groups |= later.groups;
        self.voted.extend(&later.voted);
        self.grown.extend(&later.grown);
        self.around.extend(&later.around);
        self.bound();
    }

    fn bound(&mut self) {
        if self.voted.len() + self.grown.len() + self.around.len() > ENTRIES_MAX {
            self.counts = true;
        }
        if self.counts {
            self.voted.clear();
            self.grown.clear();
            self.around.clear();
        }
        if self.communities.len() > ENTRIES_MAX {
            self.all_communities = true;
            self.communities.clear();
        }
    }

    /// Whether records changed.
    pub(super) fn records(&self) -> bool {
        self.all_communities || !self.communities.is_empty()
    }
}

/// Whether all that a record does is to make somebody a member.
fn admits(record: &Record) -> bool {
    matches!(record.body(), record::Body::Grant(grant) if grant.role == Role::Member)
}

/// The way from the node that writes to one that reads: nothing before that was first asked, since
/// until then it keeps nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Arc<Mutex<Option<Stale>>>);

impl Told {
    fn held(&self) -> MutexGuard<'_, Option<Stale>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the node that reads was ever asked.
    pub(super) fn is_asked(&self) -> bool {
        self.held().is_some()
    }

    /// Tells of a commit that is durable.
    pub(super) fn tell(&self, stale: &Stale) {
        if let Some(held) = &mut *self.held() {
            held.extend(stale);
        }
    }

    /// What was told since this was last called.
    pub(super) fn take(&self) -> Stale {
        self.held().replace(Stale::default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u32) -> EntryId {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        EntryId::from_bytes(bytes)
    }

    #[test]
    fn what_is_told_has_a_bound() {
        let told = Told::default();
        let voted = |n| Stale { voted: [entry(n)].into(), ..Stale::default() };
        told.tell(&voted(0));
        assert!(!told.is_asked());
        assert_eq!(told.take(), Stale::default(), "who was never asked keeps nothing");
        assert!(told.is_asked());
        told.tell(&voted(1));
        told.tell(&voted(2));
        assert_eq!(told.take().voted, [entry(1), entry(2)].into());
        for n in 0..20_000 {
            told.tell(&voted(n));
        }
        let stale = told.take();
        assert!(stale.counts && stale.voted.is_empty());
        assert_eq!(told.take(), Stale::default());
    }
}
