//! Committing what was made here: whole or not at all, counted, and told to who has to know.

use baro_crdt::ids::EntryId;
use baro_crdt::record::Record;

use super::{ApiError, COMMITS_KEY, Community, Node, Result};
use crate::author::{Draft, Pen};
use crate::replica::{Batch, Item, LocalChange, Outcome, Replica, Taken};
use crate::store::{LocalPerson, StoreError};
use crate::words::why;

impl Node {
    /// Commits what was made here, whole or not at all, and counts the commit.
    pub(super) fn commit(&mut self, items: Vec<Item>) -> Result<()> {
        self.commit_as(items, 0)
    }

    /// How many commits were made here.
    pub(super) fn commits(&self) -> Result<u64> {
        let count = self.store.local(COMMITS_KEY)?;
        Ok(count.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes))
    }

    /// As [`Node::commit`], counted on from `least` where fewer were counted.
    pub(super) fn commit_as(&mut self, mut items: Vec<Item>, least: u64) -> Result<()> {
        let count = self.commits()?.max(least) + 1;
        let (key, value) = (COMMITS_KEY.to_owned(), count.to_be_bytes().to_vec());
        items.push(Item::Local(LocalChange::Put { key, value }));
        let batch = Batch { items, now: self.now, written_here: true, ..Batch::default() };
        let replica = &mut self.replica;
        let mut refusal = None;
        let mut outcome = Outcome::default();
        let done = self.store.transaction(&mut |write| {
            outcome = replica.apply(write, &batch)?;
            refusal = outcome.taken.iter().find_map(|taken| match taken {
                Taken::Refused(why) => Some(why.to_string()),
                Taken::New | Taken::Held => None,
            });
            match &refusal {
                Some(why) => Err(StoreError::Io(why.clone())),
                None => Ok(()),
            }
        });
        if let Err(error) = done {
            // What it remembers of the records may be of the transaction that was undone.
            self.replica = Replica::default();
            return Err(
                refusal.map_or(error.into(), |refusal| ApiError::refused(why::not_taken(refusal)))
            );
        }
        self.changed(&batch.items, &outcome.reauthorised);
        self.unopened |= !outcome.news.parcels.is_empty();
        self.news.extend(outcome.news);
        if let Some(mirror) = &mut self.mirror {
            mirror(count);
        }
        Ok(())
    }

    /// Writes and commits one entry.
    pub(super) fn write(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        draft: Draft,
    ) -> Result<EntryId> {
        let mut pen = Pen::new(&*self.store, &mut self.rng, self.now);
        let id = pen.write(&community.authority, who, draft)?;
        let items = pen.finish();
        self.commit(items)?;
        Ok(id)
    }

    /// Commits one record.
    pub(super) fn sign(&mut self, record: Record) -> Result<()> {
        self.commit(vec![Item::Record(record)])
    }
}
