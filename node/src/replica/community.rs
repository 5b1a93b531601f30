//! One community while a batch is applied: its digest as it moves, and its authority.

use std::sync::Arc;

use baro_crdt::authority::Authority;
use baro_crdt::digest::LtHash;
use baro_crdt::fork::Cut;
use baro_crdt::ids::{ChainHash, CommunityId, LogId, RecordId};
use baro_crdt::record::Record;

use crate::store::{CommunityRow, Read, Result, StoreError};

/// The digest's elements: what two nodes must have in common to be equal.
pub(super) enum Element {
    Record(RecordId),
    Log(LogId, u32, ChainHash),
    Cut(Cut),
}

impl Element {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Element::Record(id) => [&[0], id.as_bytes().as_slice()].concat(),
            Element::Log(id, length, chain) => {
                [&[1], id.as_bytes().as_slice(), &length.to_be_bytes(), chain.as_bytes()].concat()
            }
            Element::Cut(cut) => [&[2], cut.item_hash().as_slice()].concat(),
        }
    }
}

/// A community's row in memory, written back at the end of the batch.
pub(super) struct Touched {
    pub(super) row: CommunityRow,
    pub(super) lthash: LtHash,
    pub(super) authority: Arc<Authority>,
    /// Records came: every log's authorised length must be looked at again.
    pub(super) records_changed: bool,
    /// Something authorised no longer is: projections are computed anew.
    pub(super) shrunk: bool,
}

impl Touched {
    pub(super) fn open(row: CommunityRow, authority: Arc<Authority>) -> Result<Self> {
        let lthash = LtHash::from_bytes(&row.lthash)
            .ok_or_else(|| StoreError::Damaged("a community's digest".into()))?;
        Ok(Self { row, lthash, authority, records_changed: false, shrunk: false })
    }

    pub(super) fn add(&mut self, element: &Element) {
        self.lthash.add(&element.bytes());
        match element {
            Element::Record(_) => self.row.records = self.row.records.saturating_add(1),
            Element::Log(_, length, _) => {
                self.row.logs = self.row.logs.saturating_add(1);
                self.row.entries = self.row.entries.saturating_add(u64::from(*length));
            }
            Element::Cut(_) => {}
        }
    }

    pub(super) fn remove(&mut self, element: &Element) {
        self.lthash.remove(&element.bytes());
        match element {
            Element::Record(_) => self.row.records = self.row.records.saturating_sub(1),
            Element::Log(_, length, _) => {
                self.row.logs = self.row.logs.saturating_sub(1);
                self.row.entries = self.row.entries.saturating_sub(u64::from(*length));
            }
            Element::Cut(_) => {}
        }
    }

    /// A log's authorised head moves; one of no entries is not in the digest.
    pub(super) fn move_log(&mut self, log: LogId, old: (u32, ChainHash), new: (u32, ChainHash)) {
        if old.0 > 0 {
            self.remove(&Element::Log(log, old.0, old.1));
        }
        if new.0 > 0 {
            self.add(&Element::Log(log, new.0, new.1));
        }
    }

    pub(super) fn close(mut self) -> CommunityRow {
        self.row.lthash = self.lthash.to_bytes().into();
        self.row
    }
}

/// Computes a community's authority from its stored records.
pub(super) fn authority(read: &(impl Read + ?Sized), id: &CommunityId) -> Result<Authority> {
    authority_with(read, id, &[])
}

/// Computes a community's authority from its stored records and some that come.
pub(super) fn authority_with(
    read: &(impl Read + ?Sized),
    id: &CommunityId,
    new: &[&Record],
) -> Result<Authority> {
    let held = read
        .records(id)?
        .iter()
        .map(|row| Record::from_trusted_bytes(&row.bytes))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| StoreError::Damaged(error.to_string()))?;
    let founding = held
        .iter()
        .find(|record| record.id() == id.founding())
        .ok_or_else(|| StoreError::Damaged("a founding record is missing".into()))?;
    Ok(Authority::compute(founding, held.iter().chain(new.iter().copied())))
}
