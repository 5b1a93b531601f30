//! Forks: the proof that an author signed two branches of one log.
//!
//! A proof stands by itself: the header, the entries that both branches have in common, and both
//! suffixes up to a signed head each. The **cut** is how many entries are in common. Whoever
//! proves it, in whatever order, the item is (log id, cut), and the lowest cut takes the place of
//! others.

use minicbor::{Decode, Encode};

use crate::codec::{self, CodecError};
use crate::ids::LogId;
use crate::keys::Signature;
use crate::log::{Head, Header, VOLUME_BYTES_MAX, VOLUME_ENTRIES_MAX, chain_all};

/// The most bytes of a proof: prefix and two suffixes.
pub const PROOF_BYTES_MAX: usize = 900 * 1024;

const ITEM_DOMAIN: &str = "baro cut 1";

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// Not readable.
    #[error("a proof of two branches could not be read: {0}")]
    Codec(#[from] CodecError),
    /// The branches do not part where it says.
    #[error("the two branches of a proof do not part")]
    NoFork,
    /// A branch whose head the author has not signed.
    #[error("a branch of a proof is not signed by its author")]
    BadSignature,
    /// Longer than a volume.
    #[error("a branch of a proof is longer than a volume")]
    TooLong,
}

/// One branch, from the cut to a signed head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Branch {
    /// Its entries after the common ones, one after the other as CBOR byte strings.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub run: Vec<u8>,
    /// The author's signature over the head at its end.
    #[n(1)]
    pub signature: Signature,
}

/// Two signed branches of one log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ForkProof {
    /// The log's header.
    #[n(0)]
    pub header: Header,
    /// The entries in common, one after the other as CBOR byte strings.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub prefix: Vec<u8>,
    /// One branch.
    #[n(2)]
    pub one: Branch,
    /// The other.
    #[n(3)]
    pub other: Branch,
}

/// A log's cut: how many entries its branches have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The log.
    pub log: LogId,
    /// Entries in common.
    pub length: u32,
}

impl Cut {
    /// What stands for the cut among the items that nodes compare.
    pub fn item_hash(&self) -> [u8; 32] {
        let mut bytes = self.log.as_bytes().to_vec();
        bytes.extend_from_slice(&self.length.to_be_bytes());
        blake3::derive_key(ITEM_DOMAIN, &bytes)
    }
}

impl ForkProof {
    /// Reads a proof; [`ForkProof::verify`] tells whether it holds.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are not one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode_bounded(bytes, PROOF_BYTES_MAX)
    }

    /// The proof in its one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Builds the proof from two runs that both start at the log's first entry and end at a head
    /// that the author signed.
    ///
    /// # Errors
    /// [`ForkError::NoFork`] where one run is a beginning of the other.
    pub fn build(
        header: Header,
        one: (&[Vec<u8>], Signature),
        other: (&[Vec<u8>], Signature),
    ) -> Result<Self, ForkError> {
        let common = one.0.iter().zip(other.0).take_while(|(a, b)| a == b).count();
        let run = |entries: &[Vec<u8>]| {
            let mut run = Vec::new();
            entries.iter().for_each(|entry| crate::entry::push_run(&mut run, entry));
            run
        };
        let (prefix, one_rest) = one.0.split_at_checked(common).ok_or(ForkError::NoFork)?;
        let other_rest = other.0.get(common..).unwrap_or_default();
        if one_rest.is_empty() || other_rest.is_empty() {
            return Err(ForkError::NoFork);
        }
        Ok(Self {
            header,
            prefix: run(prefix),
            one: Branch { run: run(one_rest), signature: one.1 },
            other: Branch { run: run(other_rest), signature: other.1 },
        })
    }

    /// Checks everything and tells the cut.
    ///
    /// # Errors
    /// [`ForkError`], and then it proves nothing.
    pub fn verify(&self) -> Result<Cut, ForkError> {
        let log = self.header.id();
        let prefix = crate::entry::split_run(&self.prefix)?;
        let start = chain_all(log.start(), prefix.iter().copied());
        let mut firsts = Vec::new();
        for branch in [&self.one, &self.other] {
            let entries = crate::entry::split_run(&branch.run)?;
            let bytes = self.prefix.len() + branch.run.len();
            let length = prefix.len() + entries.len();
            // A run spends up to 5 bytes on each entry's length.
            if length > VOLUME_ENTRIES_MAX as usize || bytes as u64 > 2 * VOLUME_BYTES_MAX {
                return Err(ForkError::TooLong);
            }
            let length = u32::try_from(length).map_err(|_| ForkError::TooLong)?;
            let chain = chain_all(start, entries.iter().copied());
            let head = Head { log, length, chain };
            let signed = crate::log::SignedHead { head, signature: branch.signature };
            firsts.push(entries.first().copied().ok_or(ForkError::NoFork)?);
            if !signed.verifies(&self.header.author) {
                return Err(ForkError::BadSignature);
            }
        }
        if firsts.first() == firsts.last() {
            return Err(ForkError::NoFork);
        }
        let length = u32::try_from(prefix.len()).map_err(|_| ForkError::TooLong)?;
        Ok(Cut { log, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CommunityId, LaneId, RecordId};
    use crate::keys::MemberKey;
    use crate::log::Stream;

    #[test]
    fn a_proof_holds_only_for_two_signed_branches() {
        let key = MemberKey::from_seed([1; 32]);
        let header = Header {
            community: CommunityId::from_bytes([2; 32]),
            author: key.id(),
            grant: RecordId::from_bytes([3; 32]),
            stream: Stream::Debate,
            lane: LaneId::from_bytes([4; 8]),
            volume: 0,
        };
        let log = header.id();
        let sign = |entries: &[Vec<u8>]| {
            let chain = chain_all(log.start(), entries.iter().map(Vec::as_slice));
            Head { log, length: u32::try_from(entries.len()).unwrap(), chain }.sign(&key).signature
        };
        let one = [b"a".to_vec(), b"b".to_vec(), b"c".to_vec()];
        let other = [b"a".to_vec(), b"x".to_vec()];
        let (s1, s2) = (sign(&one), sign(&other));
        let proof = ForkProof::build(header.clone(), (&one, s1), (&other, s2)).unwrap();
        assert_eq!(proof.verify(), Ok(Cut { log, length: 1 }));
        let read = ForkProof::from_bytes(&proof.to_bytes()).unwrap();
        assert_eq!(read, proof);
        let short = [b"a".to_vec()];
        let no_fork = ForkProof::build(header.clone(), (&one, s1), (&short, sign(&short)));
        assert_eq!(no_fork, Err(ForkError::NoFork));
        let forged = ForkProof::build(header, (&one, s1), (&other, s1)).unwrap();
        assert_eq!(forged.verify(), Err(ForkError::BadSignature));
    }
}
