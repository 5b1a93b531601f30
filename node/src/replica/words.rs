//! Words: taken in with what names them or after it, wanted while they are missing, put away when
//! their author withdraws them.
//!
//! A withdrawal is final. From then on the words of the entry and of all its edits are neither
//! served nor wanted; their bytes lie in a local row for a time of grace ([`grace_key`]), so that
//! a withdrawal that loses its authority can bring them back, and the node purges them after it.

use std::collections::BTreeMap;

use baro_crdt::entry::{Body, Step};
use baro_crdt::ids::{CommunityId, EntryId, PayloadHash, PersonId};

use super::apply::{Wanted, Work};
use super::blobs::has_attachments;
use super::logs::walk;
use super::{Refusal, Taken};
use crate::store::{LogRow, Result, WantedRow};

/// What the keys of words that were put away begin with.
pub const GRACE_PREFIX: &str = "grace/";
/// How many bytes of a grace row say when its words were put away.
const TIME_BYTES: usize = 8;

/// The local row of words that were withdrawn: 8 bytes, big endian, of seconds since 1970 by this
/// device's clock when they were put away, then the payload.
pub fn grace_key(hash: &PayloadHash) -> String {
    format!("{GRACE_PREFIX}{hash}")
}

/// A decision is superseded by another, and its words stay whatever its author says later.
const fn can_be_withdrawn(body: &Body) -> bool {
    !matches!(body, Body::Decision { .. })
}

impl Work<'_> {
    pub(super) fn words(&mut self, community: &CommunityId, bytes: &[u8]) -> Result<Taken> {
        let hash = PayloadHash::of(bytes);
        if self.write.payload(&hash)?.is_some() {
            return Ok(Taken::Held);
        }
        if self.wanted.as_ref().is_none_or(|(of, _)| of != community) {
            let mut wanted = Wanted::new();
            for row in self.write.wanted(community)? {
                wanted.entry((row.hash, row.size)).or_default().push((row.log, row.index));
            }
            self.wanted = Some((*community, wanted));
        }
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let named = self.wanted.as_ref().and_then(|(_, wanted)| wanted.get(&(hash, size)));
        let Some(named) = named.cloned() else {
            return Ok(Taken::Refused(Refusal::Unwanted));
        };
        self.write.put_payload(&hash, bytes)?;
        self.write.drop_wanted(&hash)?;
        self.outcome.news.compare.insert(*community);
        if has_attachments(bytes) {
            for (log, index) in named {
                self.name_blobs_at(log, index, bytes)?;
            }
        }
        Ok(Taken::New)
    }

    /// Keeps the payloads that the entries of `steps` name.
    pub(super) fn keep_payloads(&mut self, payloads: &[Vec<u8>], steps: &[Step]) -> Result<()> {
        if payloads.is_empty() {
            return Ok(());
        }
        let by_hash: BTreeMap<PayloadHash, &Vec<u8>> =
            payloads.iter().map(|bytes| (PayloadHash::of(bytes), bytes)).collect();
        for payload in steps.iter().filter_map(|step| step.entry.payload) {
            if let Some(bytes) = by_hash.get(&payload.hash)
                && bytes.len() == payload.size as usize
            {
                self.write.put_payload(&payload.hash, bytes)?;
                if !has_attachments(bytes) {
                    self.fresh.insert(payload.hash);
                }
            }
        }
        Ok(())
    }

    pub(super) fn take_words(
        &mut self,
        community: &CommunityId,
        payloads: &[Vec<u8>],
    ) -> Result<()> {
        payloads.iter().try_for_each(|bytes| self.words(community, bytes).map(|_| ()))
    }

    /// Notes that the words of an entry that speaks for `target` are wanted, unless they are here
    /// or withdrawn; withdrawn ones that are here are put away.
    pub(super) fn want(&mut self, row: &LogRow, step: &Step, target: &EntryId) -> Result<()> {
        let Some(payload) = step.entry.payload else { return Ok(()) };
        if can_be_withdrawn(&step.entry.body) && self.is_withdrawn(target, &row.header.author)? {
            return self.put_away(&payload.hash);
        }
        if self.fresh.contains(&payload.hash) {
            return Ok(());
        }
        if let Some(words) = self.write.payload(&payload.hash)? {
            return self.name_blobs(row, step, target, &words);
        }
        let key = grace_key(&payload.hash);
        if let Some(kept) = self.write.local(&key)?
            && let Some(words) = kept.get(TIME_BYTES..)
        {
            self.write.put_payload(&payload.hash, words)?;
            self.write.drop_local(&key)?;
            return self.name_blobs(row, step, target, words);
        }
        self.wanted = None;
        self.write.put_wanted(&WantedRow {
            community: row.header.community,
            log: row.number,
            index: step.index,
            hash: payload.hash,
            size: payload.size,
        })
    }

    fn is_withdrawn(&self, target: &EntryId, author: &PersonId) -> Result<bool> {
        Ok(self.write.edit(target, author)?.is_some_and(|edit| edit.payload.is_none()))
    }

    fn put_away(&mut self, hash: &PayloadHash) -> Result<()> {
        self.wanted = None;
        self.fresh.remove(hash);
        self.write.drop_wanted(hash)?;
        let Some(words) = self.write.payload(hash)? else { return Ok(()) };
        let mut value = self.now.0.to_be_bytes().to_vec();
        value.extend_from_slice(&words);
        self.write.put_local(&grace_key(hash), &value)?;
        if has_attachments(&words) {
            self.unname_blobs(hash, &words)?;
        }
        self.write.drop_payload(hash)
    }

    /// Puts away what the withdrawals of this batch took back: one walk along the logs of each
    /// author who withdrew something.
    pub(super) fn put_away_withdrawn(&mut self) -> Result<()> {
        for (community, author) in std::mem::take(&mut self.withdrew) {
            for row in self.write.logs_of(&community, &author)? {
                for step in walk(&*self.write, &row, 0, row.cursor.length)? {
                    let target = match &step.entry.body {
                        Body::Edit { entry } => *entry,
                        _ => step.id,
                    };
                    if let Some(payload) = step.entry.payload
                        && can_be_withdrawn(&step.entry.body)
                        && self.is_withdrawn(&target, &author)?
                    {
                        self.put_away(&payload.hash)?;
                    }
                }
            }
        }
        Ok(())
    }
}
