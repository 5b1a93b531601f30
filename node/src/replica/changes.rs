//! Changes of texts: which are said, and which are missing because others build on them.
//!
//! A text is the closure of its authorised changes. What such a change depends on and what no
//! authorised entry has is **wanted**: it is looked for in what is held here and does not count
//! (struck out by a fork or a revocation, or waiting), else neighbours are asked for it by its
//! hash. Found, it is **carried**: kept beside the logs, and passed on to whoever asks.

use std::collections::BTreeMap;

use baro_crdt::entry::{Body, Entry, split_run};
use baro_crdt::fork::ForkProof;
use baro_crdt::ids::{ChangeHash, CommunityId, EntryId, PersonId};
use baro_crdt::text::gate;

use super::apply::Work;
use super::{Refusal, Taken};
use crate::store::{ChangeRow, ChangeState, Read, Result};

/// Changes by text and hash, with their author and bytes.
type Struck = BTreeMap<(EntryId, ChangeHash), (PersonId, Vec<u8>)>;

/// The changes of texts that are held and do not count: behind cuts and revocations, waiting for
/// an authority they lack, and in proofs of two branches.
pub(crate) fn struck_out(read: &dyn Read, community: &CommunityId) -> Result<Struck> {
    let mut struck = Struck::new();
    let mut add = |entry: &[u8], author: PersonId| {
        if let Ok(Entry { body: Body::Change { text, bytes }, .. }) = Entry::from_bytes(entry)
            && let Ok(change) = gate::read(&text, &bytes)
        {
            struck.entry((text, change.hash())).or_insert((author, bytes));
        }
    };
    for log in read.logs(community)? {
        if log.authorised < log.cursor.length {
            for entry in read.entries(log.number, log.authorised..log.cursor.length)? {
                add(&entry, log.header.author);
            }
        }
    }
    for cut in read.cuts(community)? {
        let Ok(proof) = ForkProof::from_bytes(&cut.proof) else { continue };
        for branch in [&proof.one, &proof.other] {
            for entry in split_run(&branch.run).unwrap_or_default() {
                add(entry, proof.header.author);
            }
        }
    }
    Ok(struck)
}

impl Work<'_> {
    /// An authorised entry has this change.
    pub(super) fn said(
        &mut self,
        community: &CommunityId,
        text: &EntryId,
        bytes: &[u8],
    ) -> Result<()> {
        // What the gate will refuse is nobody's concern.
        let Ok((hash, deps)) = gate::outline(bytes) else { return Ok(()) };
        let known = self.write.change(text, &hash)?;
        if !matches!(known, Some(ChangeRow { state: ChangeState::Said, .. })) {
            let (community, text) = (*community, *text);
            self.write.put_change(&ChangeRow {
                community,
                text,
                hash,
                state: ChangeState::Said,
            })?;
        }
        self.want_changes(community, text, &deps)
    }

    fn want_changes(
        &mut self,
        community: &CommunityId,
        text: &EntryId,
        hashes: &[ChangeHash],
    ) -> Result<()> {
        for hash in hashes {
            if self.write.change(text, hash)?.is_none() {
                self.write.put_change(&ChangeRow {
                    community: *community,
                    text: *text,
                    hash: *hash,
                    state: ChangeState::Wanted,
                })?;
                self.changes_open.insert(*community);
            }
        }
        Ok(())
    }

    /// What carried changes depend on, after everything else was cleared.
    pub(super) fn want_again(&mut self, community: &CommunityId) -> Result<()> {
        self.changes_open.insert(*community);
        for row in self.write.changes_carried(community)? {
            if let ChangeState::Carried { bytes, .. } = &row.state
                && let Ok((_, deps)) = gate::outline(bytes)
            {
                self.want_changes(community, &row.text, &deps)?;
            }
        }
        Ok(())
    }

    /// Takes in a change that came by itself, if it is wanted and the gate can read it.
    pub(super) fn carried(
        &mut self,
        community: &CommunityId,
        text: &EntryId,
        bytes: &[u8],
    ) -> Result<Taken> {
        let change = match gate::read(text, bytes) {
            Ok(change) => change,
            Err(error) => return Ok(Taken::Refused(Refusal::BadEntry(error.to_string()))),
        };
        match self.write.change(text, &change.hash())? {
            Some(row) if row.community == *community && row.state == ChangeState::Wanted => {
                self.keep(community, text, change.hash(), None, bytes)?;
                self.changes_open.insert(*community);
                // Others may miss it too.
                self.outcome.news.compare.insert(*community);
                Ok(Taken::New)
            }
            Some(row) if row.community == *community => Ok(Taken::Held),
            _ => Ok(Taken::Refused(Refusal::Unwanted)),
        }
    }

    fn keep(
        &mut self,
        community: &CommunityId,
        text: &EntryId,
        hash: ChangeHash,
        author: Option<PersonId>,
        bytes: &[u8],
    ) -> Result<()> {
        let state = ChangeState::Carried { author, bytes: bytes.to_vec() };
        self.write.put_change(&ChangeRow { community: *community, text: *text, hash, state })?;
        match gate::outline(bytes) {
            Ok((_, deps)) => self.want_changes(community, text, &deps),
            Err(_) => Ok(()),
        }
    }

    /// Looks for what is wanted in what is held and does not count: each round for what the last
    /// one's changes depend on, until nothing more is here.
    pub(super) fn carry(&mut self) -> Result<()> {
        for community in std::mem::take(&mut self.changes_open) {
            let mut wanted = self.write.changes_wanted(&community)?;
            if wanted.is_empty() {
                continue;
            }
            let mut struck = struck_out(&*self.write, &community)?;
            while !struck.is_empty() {
                let mut found = false;
                for (text, hash) in wanted {
                    if let Some((author, bytes)) = struck.remove(&(text, hash)) {
                        self.keep(&community, &text, hash, Some(author), &bytes)?;
                        found = true;
                    }
                }
                if !found {
                    break;
                }
                wanted = self.write.changes_wanted(&community)?;
            }
        }
        self.changes_open.clear();
        Ok(())
    }
}
