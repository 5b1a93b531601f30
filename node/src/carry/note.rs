//! What a node remembers of a bundle that it has read.

use serde::{Deserialize, Serialize};

use crate::epochs::EPOCH_PREFIX;
use crate::store::{Read, Result};

/// Local keys of notes begin with this; the bundle's file name follows.
pub const NOTES_PREFIX: &str = "carry/";
/// The most notes that are kept; the oldest go first.
pub const NOTES_MAX: usize = 4_096;

/// What became of a bundle here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The file's size in bytes.
    pub bytes: u64,
    /// When it was last written to, as its file system says, in seconds since 1970.
    pub modified: i64,
    /// When it was read, by this device's clock, in seconds since 1970.
    pub at: i64,
    /// Everything intact in it is held here.
    pub clean: bool,
    /// Its index says more than it holds, or it is damaged.
    pub is_misleading: bool,
    /// Something in it was of a community that was not joined then: which were, as a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<String>,
    /// Something in it lacked what may have come since: what was held then, as a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Of a sealed bundle that was opened: its community, and what whoever wrote it held of it, as
    /// a short hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<(String, String)>,
}

/// What a node holds, as two short hashes: of the communities joined, and of all that is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Now {
    pub(super) joined: String,
    pub(super) held: String,
}

impl Now {
    pub(super) fn of(read: &dyn Read) -> Result<Self> {
        let (mut joined, mut held) = (blake3::Hasher::new(), blake3::Hasher::new());
        for row in read.communities()? {
            joined.update(row.id.as_bytes());
            held.update(row.id.as_bytes()).update(&row.lthash).update(&row.entries.to_be_bytes());
        }
        // A secret of an epoch opens what was closed before, as joining does.
        for (key, _) in read.local_prefix(EPOCH_PREFIX)? {
            joined.update(key.as_bytes());
        }
        let short = |hasher: blake3::Hasher| {
            hasher.finalize().to_hex().as_str().chars().take(16).collect::<String>()
        };
        Ok(Self { joined: short(joined), held: short(held) })
    }
}

impl Note {
    /// Whether the bundle of this size and time need not be read again.
    pub(super) fn stands(&self, bytes: u64, modified: i64, now: &Now) -> bool {
        (self.bytes, self.modified) == (bytes, modified)
            && self.joined.as_ref().is_none_or(|joined| *joined == now.joined)
            && self.held.as_ref().is_none_or(|held| *held == now.held)
    }
}
