//! A bundle of chosen things: some logs of one community and the blobs that go with them, with all
//! records, so that whoever gets it can believe it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use baro_crdt::ids::{BlobHash, CommunityId, LogId};
use serde::{Deserialize, Serialize};

use super::digest::{WriteError, Written};
use super::export::pack;
use super::plan::Plan;
use crate::store::Read;

/// What is chosen. The ids are written as text, because a choice goes from the process that runs
/// the node to the one that writes the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    community: String,
    /// How many entries of each log are needed; whole runs up to a signed head go.
    logs: BTreeMap<String, u32>,
    blobs: BTreeSet<String>,
}

impl Chosen {
    /// Nothing of a community but its records.
    pub fn of(community: &CommunityId) -> Self {
        Self { community: community.to_string(), ..Self::default() }
    }

    /// Chooses a log as far as its first `length` entries.
    pub fn log(&mut self, log: &LogId, length: u32) {
        let needed = self.logs.entry(log.to_string()).or_default();
        *needed = length.max(*needed);
    }

    /// Chooses a blob.
    pub fn blob(&mut self, hash: &BlobHash) {
        self.blobs.insert(hash.to_string());
    }

    pub(super) fn community(&self) -> CommunityId {
        self.community.parse().unwrap_or(CommunityId::from_bytes([0; 32]))
    }

    pub(super) fn length(&self, log: &LogId) -> Option<u32> {
        self.logs.get(&log.to_string()).copied()
    }

    pub(super) fn has_blob(&self, hash: &BlobHash) -> bool {
        self.blobs.contains(&hash.to_string())
    }
}

/// Writes a bundle of what is chosen: an ordinary one, for everybody who has joined the community.
///
/// # Errors
/// [`WriteError`], and then what was written is not a whole bundle.
pub fn export_chosen(
    read: &dyn Read,
    chosen: &Chosen,
    out: &mut dyn Write,
) -> Result<Written, WriteError> {
    let mut plan = Plan::new(read, None)?;
    plan.only(chosen);
    let packed = pack(read, &plan, u64::MAX, out, &mut |_, _| {})?;
    Ok(Written { left: packed.left, ..packed.written })
}
