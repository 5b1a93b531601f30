//! Blobs in a batch: which words name which, what is wanted, what is taken in, what makes room.
//!
//! Words that are held and not withdrawn name their attachments; a row for each name, and of the
//! names of a blob its class. What is wanted follows from names, room and the plan
//! ([`crate::blobs::plan`]) at the end of a batch. A blob that nothing names any more keeps its
//! bytes for a time of grace and is purged by the node.

use std::collections::BTreeSet;

use baro_crdt::entry::{Payload, Step};
use baro_crdt::ids::{BlobHash, CommunityId, EntryId, PayloadHash};
use baro_crdt::log::Stream;

use super::apply::Work;
use super::logs::walk;
use super::{BlobChange, Refusal, Taken};
use crate::blobs::{BlobClass, GroupSet, QUOTA_KEY, VerifiedSlice, bytes_in, limit, plan, victims};
use crate::store::{BlobNameRow, BlobRow, LogNumber, LogRow, Read, Result, StoreError};

/// How long the bytes of a blob that nothing names any more stay here, in seconds.
const GRACE_SECONDS: i64 = 24 * 3_600;

/// What a batch has changed about blobs so far.
#[derive(Default)]
pub(super) struct Blobs {
    /// Blobs whose names, bytes or pins changed.
    changed: BTreeSet<BlobHash>,
    /// Posts that were hidden or shown again.
    pub(super) hidings: BTreeSet<(CommunityId, EntryId)>,
    /// All of them are to be looked at: the quota changed, or room may have.
    pub(super) all: bool,
    /// What nothing names any more may go for good, if its time of grace is over.
    pub(super) purge: bool,
    /// Communities whose names changed.
    communities: BTreeSet<CommunityId>,
    /// How many bytes of blobs are here, as far as it is known.
    held: Option<u64>,
}

/// Whether words have attachments.
pub(super) fn has_attachments(bytes: &[u8]) -> bool {
    Payload::from_bytes(bytes.to_vec()).is_ok_and(|payload| !payload.attachments().is_empty())
}

/// How many bytes of blobs somebody allowed here, if anybody did.
///
/// # Errors
/// [`StoreError`] where it cannot be read.
pub fn quota(read: &(impl Read + ?Sized)) -> Result<Option<u64>> {
    let set = read.local(QUOTA_KEY)?.and_then(|bytes| bytes.try_into().ok());
    Ok(set.map(u64::from_be_bytes))
}

impl Work<'_> {
    /// Notes what the words of an entry that speaks for `target` name.
    pub(super) fn name_blobs(
        &mut self,
        row: &LogRow,
        step: &Step,
        target: &EntryId,
        words: &[u8],
    ) -> Result<()> {
        let Ok(payload) = Payload::from_bytes(words.to_vec()) else { return Ok(()) };
        for attachment in payload.attachments() {
            let Some(of) = step.entry.payload else { return Ok(()) };
            let name = BlobNameRow {
                community: row.header.community,
                target: *target,
                payload: of.hash,
                hash: attachment.hash,
                size: attachment.size,
                class: BlobClass::of(&attachment),
                official: matches!(row.header.stream, Stream::Official | Stream::Alerts),
                hidden: self.is_hidden(target)?,
            };
            self.write.put_blob_name(&name)?;
            if self.write.blob(&name.hash)?.is_none() {
                self.write.put_blob(&BlobRow::new(name.hash, name.size, self.now))?;
            }
            self.blobs.changed.insert(name.hash);
            self.blobs.communities.insert(name.community);
        }
        Ok(())
    }

    /// The same, of words that came after their entry.
    pub(super) fn name_blobs_at(&mut self, log: LogNumber, at: u32, words: &[u8]) -> Result<()> {
        let Some(row) = self.write.log_by_number(log)? else { return Ok(()) };
        let steps = walk(&*self.write, &row, at, at.saturating_add(1))?;
        for step in &steps {
            let target = match &step.entry.body {
                baro_crdt::entry::Body::Edit { entry } => *entry,
                _ => step.id,
            };
            self.name_blobs(&row, step, &target, words)?;
        }
        Ok(())
    }

    /// Notes that withdrawn words name nothing any more.
    pub(super) fn unname_blobs(&mut self, hash: &PayloadHash, words: &[u8]) -> Result<()> {
        let Ok(payload) = Payload::from_bytes(words.to_vec()) else { return Ok(()) };
        for attachment in payload.attachments() {
            for name in self.write.blob_names(&attachment.hash)? {
                self.blobs.communities.insert(name.community);
            }
            self.blobs.changed.insert(attachment.hash);
        }
        self.write.drop_blob_names(hash)
    }

    /// Before all names of a community are cleared.
    pub(super) fn forget_names(&mut self, community: &CommunityId) -> Result<()> {
        let names = self.write.blobs_of(community)?;
        self.blobs.communities.insert(*community);
        self.blobs.changed.extend(names.iter().map(|name| name.hash));
        Ok(())
    }

    fn is_hidden(&self, post: &EntryId) -> Result<bool> {
        Ok(self.write.hide(post)?.is_some_and(|hide| hide.reason.is_some()))
    }

    fn held(&mut self) -> Result<u64> {
        match self.blobs.held {
            Some(held) => Ok(held),
            None => {
                let held = self.write.blob_bytes()?;
                self.blobs.held = Some(held);
                Ok(held)
            }
        }
    }

    /// Takes in a verified part of a blob.
    pub(super) fn slice(&mut self, slice: &VerifiedSlice) -> Result<Taken> {
        let hash = slice.hash();
        self.outcome.blob_bytes += slice.data().len() as u64;
        let Some(mut row) = self.write.blob(&hash)? else {
            return Ok(Taken::Refused(Refusal::UnwantedBlob));
        };
        if row.size != slice.size() {
            // Anybody may name another's blob with a size of their own; the last group tells.
            let names = self.write.blob_names(&hash)?;
            let claimed = names.iter().any(|name| name.size == slice.size());
            if row.size_is_proven() || !slice.proves_size() || !claimed {
                return Ok(Taken::Refused(Refusal::UnwantedBlob));
            }
            self.write.drop_blob_bytes(&hash)?;
            self.blobs.held = None;
            row.size = slice.size();
            row.have = GroupSet::none(crate::blobs::groups_of(row.size));
            self.write.put_blob(&row)?;
        }
        let run = slice.first()..slice.first() + slice.groups();
        let new: u64 = run
            .clone()
            .filter(|group| !row.have.contains(*group))
            .map(|group| bytes_in(row.size, group, 1))
            .sum();
        self.outcome.blob_bytes_held += slice.data().len() as u64 - new;
        if new == 0 {
            return Ok(Taken::Held);
        }
        if !row.wanted {
            let why = if row.named { Refusal::NoRoom } else { Refusal::UnwantedBlob };
            return Ok(Taken::Refused(why));
        }
        if !self.make_room(new)? {
            self.blobs.changed.insert(hash);
            return Ok(Taken::Refused(Refusal::NoRoom));
        }
        match self.write.put_blob_slice(slice) {
            // A full disk must not take the words of the same batch with it.
            Err(StoreError::Full) => {
                self.blobs.changed.insert(hash);
                return Ok(Taken::Refused(Refusal::NoRoom));
            }
            written => written?,
        }
        row.have.insert_run(run.start, slice.groups());
        row.wanted = !row.is_complete();
        self.write.put_blob(&row)?;
        self.blobs.held = self.blobs.held.map(|held| held + new);
        self.outcome.news.blobs_grown.insert(hash);
        if row.is_complete() {
            self.blobs.communities.extend(self.communities_of(&hash)?);
        }
        Ok(Taken::New)
    }

    fn communities_of(&self, hash: &BlobHash) -> Result<BTreeSet<CommunityId>> {
        Ok(self.write.blob_names(hash)?.into_iter().map(|name| name.community).collect())
    }

    /// Whether there is room for so many bytes more, after what is worth less was dropped.
    fn make_room(&mut self, bytes: u64) -> Result<bool> {
        let held = self.held()?;
        let (room, set) = (self.write.blob_room()?, quota(&*self.write)?);
        let over = (held + bytes).saturating_sub(limit(set, held, room));
        if over == 0 {
            return Ok(true);
        }
        let rows = self.write.blobs()?;
        let kept = plan(&rows, limit(set, held, room));
        let mut freed = 0;
        for hash in victims(&rows, &kept, over) {
            let Some(row) = self.write.blob(&hash)? else { continue };
            freed += row.held_bytes();
            self.empty(row)?;
        }
        Ok(freed >= over)
    }

    /// Drops the bytes of a blob and keeps its row.
    fn empty(&mut self, mut row: BlobRow) -> Result<()> {
        self.write.drop_blob_bytes(&row.hash)?;
        row.have = GroupSet::none(row.have.groups());
        row.wanted = false;
        self.blobs.changed.insert(row.hash);
        self.blobs.held = None;
        self.write.put_blob(&row)
    }

    /// Applies what was asked for here.
    pub(super) fn change_blob(&mut self, hash: &BlobHash, change: &BlobChange) -> Result<Taken> {
        let held = self.write.blob(hash)?;
        let (mut row, is_new) = match (held, change) {
            (Some(row), _) => (row, false),
            (None, BlobChange::Add { size, .. }) => (BlobRow::new(*hash, *size, self.now), true),
            (None, _) => return Ok(Taken::Refused(Refusal::UnwantedBlob)),
        };
        match change {
            BlobChange::Add { size, bytes } => {
                if row.is_complete() && row.size == *size && !is_new {
                    return Ok(Taken::Held);
                }
                // What somebody here adds is taken whatever the quota says; what is worth less goes.
                self.make_room(size.saturating_sub(row.held_bytes()))?;
                self.write.put_blob_bytes(hash, *size, bytes)?;
                row.size = *size;
                row.have = GroupSet::all(crate::blobs::groups_of(*size));
                row.made_here = true;
                row.dropped = false;
                row.wanted = false;
                self.blobs.held = None;
                self.outcome.news.blobs_grown.insert(*hash);
            }
            BlobChange::Pin(pinned) => {
                row.pinned = *pinned;
                row.dropped &= !*pinned;
            }
            BlobChange::Used => row.last_used = self.now,
            BlobChange::Sent => row.sent = true,
            BlobChange::Drop => {
                row.pinned = false;
                row.dropped = true;
                row.made_here = false;
                self.empty(row)?;
                return Ok(Taken::New);
            }
        }
        self.write.put_blob(&row)?;
        self.blobs.changed.insert(*hash);
        self.blobs.communities.extend(self.communities_of(hash)?);
        Ok(Taken::New)
    }

    /// At the end of a batch: what is named, shown and wanted now.
    pub(super) fn settle_blobs(&mut self) -> Result<()> {
        self.settle_hidings()?;
        let changed = std::mem::take(&mut self.blobs.changed);
        if changed.is_empty() && !self.blobs.all {
            self.outcome.news.blobs_wanted.append(&mut self.blobs.communities);
            return Ok(());
        }
        for hash in &changed {
            let Some(mut row) = self.write.blob(hash)? else { continue };
            let names = self.write.blob_names(hash)?;
            row.named = !names.is_empty();
            row.shown = names.iter().any(|name| !name.hidden);
            row.official = names.iter().any(|name| name.official);
            let least = names.iter().map(|name| name.class).min();
            row.class = least.unwrap_or(BlobClass::of_size(row.size));
            row.unnamed_since = match row.named {
                true => None,
                false => row.unnamed_since.or(Some(self.now)),
            };
            self.write.put_blob(&row)?;
        }
        let held = self.held()?;
        let limit = limit(quota(&*self.write)?, held, self.write.blob_room()?);
        let rows = self.write.blobs()?;
        let kept = plan(&rows, limit);
        for mut row in rows {
            if self.blobs.purge && self.is_over(&row) {
                self.write.drop_blob(&row.hash)?;
                continue;
            }
            let wanted =
                row.shown && !row.dropped && !row.is_complete() && kept.contains(&row.hash);
            if wanted != row.wanted {
                row.wanted = wanted;
                self.write.put_blob(&row)?;
                let communities = self.communities_of(&row.hash)?;
                self.blobs.communities.extend(communities);
            }
        }
        self.outcome.news.blobs_wanted.append(&mut self.blobs.communities);
        Ok(())
    }

    fn is_over(&self, row: &BlobRow) -> bool {
        !row.pinned && row.unnamed_since.is_some_and(|at| self.now.0 - at.0 > GRACE_SECONDS)
    }

    fn settle_hidings(&mut self) -> Result<()> {
        let hidings = std::mem::take(&mut self.blobs.hidings);
        let communities: BTreeSet<CommunityId> = hidings.iter().map(|(of, _)| *of).collect();
        for community in communities {
            for mut name in self.write.blobs_of(&community)? {
                if hidings.contains(&(community, name.target)) {
                    name.hidden = self.is_hidden(&name.target)?;
                    self.write.put_blob_name(&name)?;
                    self.blobs.changed.insert(name.hash);
                    self.blobs.communities.insert(community);
                }
            }
        }
        Ok(())
    }
}
