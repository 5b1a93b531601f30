//! The checks that believe a stranger's bytes, behind one door.
//!
//! A simulator of thousands of nodes may remember the answers; the answers stay the same.

use baro_crdt::fork::{Cut, ForkError, ForkProof};
use baro_crdt::ids::{BlobHash, PersonId};
use baro_crdt::log::SignedHead;
use baro_crdt::record::{Record, RecordError};

use crate::blobs::{SliceError, VerifiedSlice};

/// Verifies what comes from elsewhere.
pub trait Ingest: Send {
    /// Whether `author` signed this head.
    fn head(&mut self, author: &PersonId, head: &SignedHead) -> bool;
    /// Reads a record and verifies all its signatures.
    ///
    /// # Errors
    /// [`RecordError`], and then nothing of it may be used.
    fn record(&mut self, bytes: &[u8]) -> Result<Record, RecordError>;
    /// Reads a proof of two branches and verifies both.
    ///
    /// # Errors
    /// [`ForkError`], and then it proves nothing.
    fn proof(&mut self, bytes: &[u8]) -> Result<(ForkProof, Cut), ForkError>;
    /// Verifies a run of groups of the blob with this hash, of `size` bytes.
    ///
    /// # Errors
    /// [`SliceError`], and then nothing of it may be used.
    fn slice(
        &mut self,
        hash: BlobHash,
        size: u64,
        first: u32,
        groups: u32,
        bytes: &[u8],
    ) -> Result<VerifiedSlice, SliceError> {
        VerifiedSlice::verify(hash, size, first, groups, bytes)
    }
}

/// Verifies every time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Strict;

impl Ingest for Strict {
    fn head(&mut self, author: &PersonId, head: &SignedHead) -> bool {
        head.verifies(author)
    }

    fn record(&mut self, bytes: &[u8]) -> Result<Record, RecordError> {
        Record::from_bytes(bytes)
    }

    fn proof(&mut self, bytes: &[u8]) -> Result<(ForkProof, Cut), ForkError> {
        let proof = ForkProof::from_bytes(bytes)?;
        let cut = proof.verify()?;
        Ok((proof, cut))
    }
}
