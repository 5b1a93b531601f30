//! Opening a text from what is held, and keeping it open between commands.
//!
//! Reading a long text takes a good part of a second, and whoever writes saves again and again. So
//! a few texts stay open in memory ([`Texts`]) and catch up with what has come since: each
//! remembers how far every log of its community had counted, and reads on from there. Where
//! anything else changed (who holds which role, or an entry that counts no longer), it is read
//! anew. What a kept text says is at any time what one read anew would say.

use std::collections::BTreeMap;
use std::sync::Arc;

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body, Editors, Entry};
use baro_crdt::ids::{ChainHash, ChangeHash, EntryId, PersonId, RecordId};
use baro_crdt::log::{EntryIds, chain};
use baro_crdt::text::Text;
use baro_crdt::text::gate::{self, ReadChange};

use super::super::{Community, Result, reading};
use crate::store::{ChangeState, LogNumber, LogRow, PostFamily, PostRow, Read, StoreError};

/// The most texts that stay open.
const OPEN_MAX: usize = 8;
/// The most operations that they hold together: two full texts.
const OPEN_OPS_MAX: u32 = 2 * gate::MAX_TEXT_OPS;

/// Where a change of an open text comes from.
pub(super) struct Origin {
    /// Unknown where it came by itself, without the log that says so.
    pub(super) author: Option<PersonId>,
    /// As declared, in seconds since 1970; none where no entry that counts has it.
    pub(super) declared_at: Option<i64>,
    /// Whether it is there only because others build on it.
    pub(super) is_carried: bool,
}

/// A text, open to read or write.
pub(in crate::api) struct Open {
    pub(super) row: PostRow,
    pub(super) debate: Option<EntryId>,
    pub(super) editors: Editors,
    pub(super) text: Text,
    pub(super) origins: BTreeMap<ChangeHash, Origin>,
    /// Changes by people who may not edit: part of the text where others build on them.
    held: BTreeMap<ChangeHash, Held>,
    /// What was computed of the records when it was read.
    authority: Arc<Authority>,
    /// How far each log of the community counted.
    read_to: BTreeMap<LogNumber, (u32, ChainHash)>,
}

/// Texts that stay open, the least recently used first.
#[derive(Default)]
pub(in crate::api) struct Texts(Vec<Open>);

impl Texts {
    /// Opens a text from what is held. Give it back with [`Texts::keep`].
    pub(in crate::api) fn open(
        &mut self,
        read: &dyn Read,
        community: &Community,
        row: PostRow,
    ) -> Result<Open> {
        let kept = self.0.iter().position(|open| open.row.id == row.id);
        if let Some(mut open) = kept.map(|at| self.0.remove(at))
            && Arc::ptr_eq(&open.authority, &community.authority)
            && open.catch_up(read)?
        {
            open.row = row;
            open.carry(read)?;
            return Ok(open);
        }
        let mut open = Open::read(read, community, row)?;
        open.carry(read)?;
        Ok(open)
    }

    /// Keeps a text open for the next command.
    pub(in crate::api) fn keep(&mut self, open: Open) {
        self.0.push(open);
        let ops = |open: &Open| open.text.operations();
        while self.0.len() > OPEN_MAX
            || (self.0.len() > 1 && self.0.iter().map(ops).sum::<u32>() > OPEN_OPS_MAX)
        {
            self.0.remove(0);
        }
    }
}

/// Whether a person who writes under `grant` may edit.
pub(super) fn may_edit(
    authority: &Authority,
    editors: &Editors,
    opener: &PersonId,
    person: &PersonId,
    grant: &RecordId,
) -> bool {
    person == opener
        || match editors {
            Editors::Members => true,
            Editors::Role(role) => {
                authority.role_of(grant, person).is_some_and(|given| given.includes(*role))
            }
            Editors::Persons(persons) => persons.contains(person),
        }
}

/// A change held somewhere, whether it counts or not.
struct Held {
    change: ReadChange,
    author: Option<PersonId>,
    declared_at: Option<i64>,
}

fn change_of(entry: &[u8], text: &EntryId) -> Option<Vec<u8>> {
    match Entry::from_bytes(entry).ok()?.body {
        Body::Change { text: named, bytes } if named == *text => Some(bytes),
        _ => None,
    }
}

impl Open {
    pub(in crate::api) const fn text(&self) -> &Text {
        &self.text
    }

    /// Reads a text from the logs that have changes of it.
    fn read(read: &dyn Read, community: &Community, row: PostRow) -> Result<Self> {
        let (debate, editors) = match reading::entry(read, &row)?.body {
            Body::Text { debate, editors } => (debate, editors),
            Body::Lesson { editors, .. } => (None, editors),
            _ => {
                let what = "a text's opening is no such entry".to_owned();
                return Err(StoreError::Damaged(what).into());
            }
        };
        let logs: BTreeMap<LogNumber, LogRow> =
            read.logs(&community.id)?.into_iter().map(|log| (log.number, log)).collect();
        let mut open = Self {
            debate,
            editors,
            text: Text::new(row.id),
            origins: BTreeMap::new(),
            held: BTreeMap::new(),
            authority: community.authority.clone(),
            read_to: logs
                .iter()
                .map(|(number, log)| (*number, (log.authorised, log.authorised_chain)))
                .collect(),
            row,
        };
        let mut entries: BTreeMap<LogNumber, Vec<Vec<u8>>> = BTreeMap::new();
        let mut new = Vec::new();
        for post in read.posts_in(&open.row.id, PostFamily::Change)? {
            let log = logs.get(&post.log);
            let log = log.ok_or_else(|| StoreError::Damaged("a log is missing".into()))?;
            if let std::collections::btree_map::Entry::Vacant(slot) = entries.entry(post.log) {
                slot.insert(read.entries(post.log, 0..log.authorised)?);
            }
            let entry = entries.get(&post.log).and_then(|all| all.get(post.index as usize));
            if let Some(bytes) = entry.and_then(|entry| change_of(entry, &open.row.id)) {
                new.extend(open.sort(log, &post, &bytes));
            }
        }
        open.text.add_all_read(new)?;
        Ok(open)
    }

    /// Notes where a change comes from; gives it back where its author may edit.
    fn sort(&mut self, log: &LogRow, post: &PostRow, bytes: &[u8]) -> Option<ReadChange> {
        let change = gate::read(&self.row.id, bytes).ok()?;
        let hash = change.hash();
        let (author, declared_at) = (Some(post.author), Some(post.declared_at.0));
        let grant = &log.header.grant;
        if may_edit(&self.authority, &self.editors, &self.row.author, &post.author, grant) {
            self.origins.insert(hash, Origin { author, declared_at, is_carried: false });
            return Some(change);
        }
        self.held.insert(hash, Held { change, author, declared_at });
        None
    }

    /// Takes in what has come since it was read; false where it has to be read anew.
    fn catch_up(&mut self, read: &dyn Read) -> Result<bool> {
        let mut new = Vec::new();
        for log in read.logs(&self.row.community)? {
            let before = self.read_to.get(&log.number).copied();
            let (length, mut at) = before.unwrap_or((0, log.id.start()));
            let now = (log.authorised, log.authorised_chain);
            if (length, at) == now {
                continue;
            }
            let ids = EntryIds::of(&log.id);
            for entry in read.entries(log.number, length..log.authorised.max(length))? {
                at = chain(&at, &entry);
                let Some(bytes) = change_of(&entry, &self.row.id) else { continue };
                if let Some(post) = read.post(&ids.at(&at))? {
                    new.extend(self.sort(&log, &post, &bytes));
                }
            }
            // Shorter than it was, or another branch.
            if at != log.authorised_chain {
                return Ok(false);
            }
            self.read_to.insert(log.number, now);
        }
        self.text.add_all_read(new)?;
        Ok(true)
    }

    /// Brings what allowed changes depend on and that does not count itself: each round what the
    /// last one's changes depend on, until nothing more is here.
    fn carry(&mut self, read: &dyn Read) -> Result<()> {
        let mut missing = self.text.missing();
        if missing.is_empty() {
            return Ok(());
        }
        for row in read.changes_carried(&self.row.community)? {
            if row.text == self.row.id
                && let ChangeState::Carried { author, bytes } = row.state
                && let Ok(change) = gate::read(&self.row.id, &bytes)
            {
                let declared_at = None;
                self.held.entry(row.hash).or_insert(Held { change, author, declared_at });
            }
        }
        loop {
            let found: Vec<(ChangeHash, Held)> =
                missing.iter().filter_map(|hash| self.held.remove_entry(hash)).collect();
            if found.is_empty() {
                return Ok(());
            }
            let mut changes = Vec::new();
            for (hash, Held { change, author, declared_at }) in found {
                let carried = Origin { author, declared_at, is_carried: true };
                self.origins.entry(hash).or_insert(carried);
                changes.push(change);
            }
            self.text.add_all_read(changes)?;
            missing = self.text.missing();
        }
    }
}
