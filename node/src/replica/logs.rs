//! Logs in a batch: what may be appended, how far it counts, which signed heads are kept.

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Cursor, Step};
use baro_crdt::ids::{ChainHash, CommunityId, PersonId};
use baro_crdt::log::{EntryIds, Header, SIGNED_EVERY_BYTES, SignedHead, chain_all};
use baro_crdt::record::{Body, Record};

use super::apply::Work;
use super::forks::Branch;
use super::{LogItem, Refusal, Taken};
use crate::store::{LogNumber, LogRow, PostFamily, Read, Result, StoreError};

/// The most bytes of entries of one author that wait for an authority they lack.
const WAITING_AUTHOR_BYTES_MAX: u64 = 256 * 1024;
/// The most bytes of entries of one community that wait so.
const WAITING_COMMUNITY_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The local value that holds a person's current lane on this installation.
pub fn lane_key(community: &CommunityId, person: &PersonId) -> String {
    format!("lane/{community}/{person}")
}

/// The chain hash of a held log after `length` entries.
pub(super) fn chain_at(read: &dyn Read, row: &LogRow, length: u32) -> Result<Option<ChainHash>> {
    if length > row.cursor.length {
        return Ok(None);
    }
    if length == row.cursor.length {
        return Ok(Some(row.cursor.chain));
    }
    let entries = read.entries(row.number, 0..length)?;
    Ok(Some(chain_all(row.id.start(), entries.iter().map(Vec::as_slice))))
}

impl Work<'_> {
    /// How many entries of a log are authorised, of those held in `row`. In a forked log the
    /// branch that counts, of those held and `others`, is held from then on.
    fn authorised(&mut self, row: &mut LogRow, others: Vec<Branch>) -> Result<u32> {
        let Some(touched) = self.touched.get(&row.header.community) else { return Ok(0) };
        let authority = std::sync::Arc::clone(&touched.authority);
        let known = self.write.cut(&row.id)?;
        let fork = match &known {
            Some(cut) => self.stand(&authority, row, cut, others)?,
            None => u32::MAX,
        };
        let row = &*row;
        let read: &dyn Read = &*self.write;
        let failed = std::cell::Cell::new(None);
        let chain = |length: u32| {
            chain_at(read, row, length).unwrap_or_else(|error| {
                failed.set(Some(error));
                None
            })
        };
        // Nothing beyond what a fork leaves is looked at: how much more is held of the branch
        // differs from node to node.
        let held = row.cursor.length.min(fork);
        let limit = authority.limit(&row.header, &chain, held, known.map(|known| known.cut));
        failed.take().map_or(Ok(limit), Err)
    }

    pub(super) fn log(&mut self, item: &LogItem) -> Result<Taken> {
        let community = item.header.community;
        let Some(touched) = self.touched.get(&community) else {
            return Ok(Taken::Refused(Refusal::UnknownCommunity));
        };
        let authority = std::sync::Arc::clone(&touched.authority);
        if authority.role_of(&item.header.grant, &item.header.author).is_none() {
            return Ok(Taken::Refused(Refusal::UnknownKey));
        }
        let id = item.header.id();
        let held = self.write.log(&id)?;
        let is_new = held.is_none();
        let mut row = held.unwrap_or_else(|| LogRow {
            number: LogNumber::default(),
            id,
            header: item.header.clone(),
            cursor: Cursor::start(id),
            authorised: 0,
            authorised_chain: id.start(),
        });
        let length = row.cursor.length;
        if item.from > length {
            return Ok(Taken::Refused(Refusal::Gap));
        }
        // A run that goes on from another branch says nothing about this one: its signature was
        // verified over entries that are not held here.
        if chain_at(&*self.write, &row, item.from)? != Some(item.base) {
            return Ok(Taken::Refused(Refusal::OtherBranch));
        }
        let overlap = (length - item.from) as usize;
        let (known, new) = item.entries.split_at_checked(overlap).unwrap_or((&item.entries, &[]));
        if !known.is_empty() {
            let end = item.from + u32::try_from(known.len()).unwrap_or(u32::MAX);
            if self.write.entries(row.number, item.from..end)? != known {
                return self.other_branch(row, item);
            }
            self.outcome.items_held += known.len() as u64;
        }
        if new.is_empty() {
            self.take_words(&community, &item.payloads)?;
            return Ok(Taken::Held);
        }

        let ids = EntryIds::of(&id);
        let mut steps = Vec::with_capacity(new.len());
        for entry in new {
            match row.cursor.step(entry, row.header.stream, &ids) {
                Ok(step) => steps.push(step),
                Err(error) => return Ok(Taken::Refused(Refusal::BadEntry(error.to_string()))),
            }
        }
        // The new row is not stored yet, so what is authorised is computed from what it will be.
        let plain = authority.limit(
            &row.header,
            &|n| (n == row.cursor.length).then_some(row.cursor.chain),
            row.cursor.length,
            None,
        );
        if plain == 0 && !self.room_for_waiting(&row)? {
            return Ok(Taken::Refused(Refusal::WaitingRoomFull));
        }
        if is_new {
            row.number = self.write.add_log(&row)?;
        }
        self.write.append(row.number, length, new)?;
        let head = row.cursor.head(id);
        self.keep_head(&authority, &row, SignedHead { head, signature: item.signature })?;
        self.fresh.clear();
        self.keep_payloads(&item.payloads, &steps)?;

        let old = (row.authorised, row.authorised_chain);
        if old.0 == length && plain == row.cursor.length && self.write.cut(&id)?.is_none() {
            row.authorised = row.cursor.length;
            row.authorised_chain = row.cursor.chain;
            self.project(&authority, &row, &steps)?;
            self.moved(&row, old);
        } else {
            self.settle(&mut row)?;
            self.changes_open.insert(community);
        }
        self.fresh.clear();
        self.write.put_log(&row)?;
        if row.authorised > old.0 && row.authorised == row.cursor.length {
            self.outcome.news.grown.entry(id).or_insert(old.0);
        } else {
            self.outcome.news.compare.insert(community);
        }
        if !self.written_here {
            self.close_lane(&row.header)?;
        }
        Ok(Taken::New)
    }

    /// What another installation of a person here wrote in this one's lane closes the lane.
    pub(super) fn close_lane(&mut self, header: &Header) -> Result<()> {
        let key = lane_key(&header.community, &header.author);
        if self.write.local(&key)?.is_some_and(|lane| lane == header.lane.as_bytes()) {
            self.write.drop_local(&key)?;
        }
        Ok(())
    }

    fn room_for_waiting(&self, row: &LogRow) -> Result<bool> {
        let mut waiting = std::collections::BTreeMap::from([(row.header.author, row.cursor.bytes)]);
        for other in self.write.logs(&row.header.community)? {
            // What a fork strikes out waits for nothing.
            if other.id != row.id
                && other.authorised < other.cursor.length
                && self.write.cut(&other.id)?.is_none()
            {
                *waiting.entry(other.header.author).or_insert(0) += other.cursor.bytes;
            }
        }
        let author = waiting.get(&row.header.author).copied().unwrap_or(0);
        // Nobody takes more than their share of the room, however much of theirs was revoked.
        let community: u64 =
            waiting.values().map(|bytes| (*bytes).min(WAITING_AUTHOR_BYTES_MAX)).sum();
        Ok(author <= WAITING_AUTHOR_BYTES_MAX && community <= WAITING_COMMUNITY_BYTES_MAX)
    }

    fn moved(&mut self, row: &LogRow, old: (u32, ChainHash)) {
        let new = (row.authorised, row.authorised_chain);
        if old == new {
            return;
        }
        if let Some(touched) = self.touched.get_mut(&row.header.community) {
            touched.move_log(row.id, old, new);
        }
        self.outcome.changed.insert(row.header.community);
    }

    /// Computes a stored log's authorised length anew, projects what is new in it and notes what
    /// is gone. The caller writes the row.
    fn settle(&mut self, row: &mut LogRow) -> Result<()> {
        self.settle_among(row, Vec::new())
    }

    /// The same, where other branches of the log are at hand than those stored.
    pub(super) fn settle_among(&mut self, row: &mut LogRow, others: Vec<Branch>) -> Result<()> {
        let new = self.authorised(row, others)?;
        let chain = chain_at(self.write, row, new)?
            .ok_or_else(|| StoreError::Damaged("a log is shorter than its row says".into()))?;
        let old = (row.authorised, row.authorised_chain);
        row.authorised = new;
        row.authorised_chain = chain;
        let Some(touched) = self.touched.get_mut(&row.header.community) else { return Ok(()) };
        if old.0 > new || (old.0 > 0 && chain_at(self.write, row, old.0)? != Some(old.1)) {
            touched.shrunk = true;
        } else if new > old.0 {
            let authority = std::sync::Arc::clone(&touched.authority);
            let steps = walk(&*self.write, row, old.0, new)?;
            self.project(&authority, row, &steps)?;
        }
        self.moved(row, old);
        Ok(())
    }

    /// Keeps the signed heads that a new record brings along for logs held here: from them on the
    /// log may be passed on as far as it counts.
    pub(super) fn keep_cited(&mut self, record: &Record) -> Result<()> {
        let keeps = match record.body() {
            Body::Revocation(revocation) => &revocation.keep_logs,
            Body::Accept(accept) => &accept.logs,
            _ => return Ok(()),
        };
        for keep in keeps {
            if let Some(row) = self.write.log(&keep.head.log)?
                && chain_at(self.write, &row, keep.head.length)? == Some(keep.head.chain)
            {
                self.write.put_head(row.number, keep)?;
            }
        }
        Ok(())
    }

    /// After records came: every log of their communities is settled anew.
    pub(super) fn reauthorise(&mut self) -> Result<()> {
        let changed: Vec<_> = self
            .touched
            .iter_mut()
            .filter_map(|(id, touched)| std::mem::take(&mut touched.records_changed).then_some(*id))
            .collect();
        for community in changed {
            for mut row in self.write.logs(&community)? {
                let before = row.clone();
                self.settle(&mut row)?;
                if before != row {
                    self.outcome.reauthorised.insert(community);
                    self.write.put_log(&row)?;
                }
            }
        }
        Ok(())
    }

    /// Computes the projections of communities in which something lost its authority anew.
    pub(super) fn rebuild(&mut self) -> Result<()> {
        let shrunk: Vec<_> = self
            .touched
            .iter_mut()
            .filter_map(|(id, touched)| {
                std::mem::take(&mut touched.shrunk)
                    .then(|| (*id, std::sync::Arc::clone(&touched.authority)))
            })
            .collect();
        for (community, authority) in shrunk {
            // When a post first came here is known from its row alone.
            for family in PostFamily::ALL {
                let posts = self.write.posts(&community, family)?;
                self.first_seen.extend(posts.iter().map(|post| (post.id, post.first_seen)));
            }
            self.forget_names(&community)?;
            self.write.clear_projections(&community)?;
            self.wanted = None;
            for row in self.write.logs(&community)? {
                let steps = walk(&*self.write, &row, 0, row.authorised)?;
                self.project(&authority, &row, &steps)?;
            }
            self.first_seen.clear();
            self.want_again(&community)?;
        }
        Ok(())
    }

    /// Keeps a signed head, and drops the one before where nothing needs it: kept are the latest,
    /// one each 16 kB, and every one that a record cites.
    fn keep_head(&mut self, authority: &Authority, row: &LogRow, head: SignedHead) -> Result<()> {
        let kept = self.write.heads(row.number)?;
        if let Some(last) = kept.last() {
            let before = kept.iter().rev().nth(1).map_or(0, |head| head.head.length);
            let entries = u64::from(head.head.length.saturating_sub(before));
            let bytes = entries * row.cursor.bytes / u64::from(row.cursor.length.max(1));
            let cited = authority.pins(&row.id).contains(&last.head);
            let waits = row.authorised < last.head.length;
            if bytes <= SIGNED_EVERY_BYTES && !cited && !waits {
                self.write.drop_head(row.number, last.head.length)?;
            }
        }
        self.write.put_head(row.number, &head)
    }
}

/// Walks a stored log and gives its steps from `from` to `to`.
pub(super) fn walk(read: &dyn Read, row: &LogRow, from: u32, to: u32) -> Result<Vec<Step>> {
    let ids = EntryIds::of(&row.id);
    let mut cursor = Cursor::start(row.id);
    let mut steps = Vec::new();
    for entry in read.entries(row.number, 0..to)? {
        let step = cursor
            .step(&entry, row.header.stream, &ids)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        if step.index >= from {
            steps.push(step);
        }
    }
    Ok(steps)
}
