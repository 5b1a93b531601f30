//! Logs: one writer, one chain, one signature that covers all before it.
//!
//! A log's id is a hash of its header, and its chain hash after no entries. Each entry moves it
//! on: chain hash n = BLAKE3(chain hash n-1 ‖ entry n). The author signs a **head**, (log id,
//! length, chain hash), at least every [`SIGNED_EVERY_BYTES`], so a single verification believes
//! everything before it, and a transfer cut short keeps what a signed head covers.
//!
//! ```
//! use baro_crdt::ids::{CommunityId, LaneId, RecordId};
//! use baro_crdt::keys::MemberKey;
//! use baro_crdt::log::{Head, Header, Stream, chain_all};
//!
//! let key = MemberKey::from_seed([1; 32]);
//! let header = Header {
//!     community: CommunityId::from_bytes([2; 32]),
//!     author: key.id(),
//!     grant: RecordId::from_bytes([3; 32]),
//!     stream: Stream::Debate,
//!     lane: LaneId::from_bytes([4; 8]),
//!     volume: 0,
//! };
//! let log = header.id();
//! let entries: [&[u8]; 2] = [b"one", b"two"];
//! let signed = Head { log, length: 2, chain: chain_all(log.start(), entries) }.sign(&key);
//! assert!(signed.verifies(&header.author), "both entries are believed");
//!
//! let changed: [&[u8]; 2] = [b"one", b"too"];
//! let mut forged = signed;
//! forged.head.chain = chain_all(log.start(), changed);
//! assert!(!forged.verifies(&header.author));
//! ```

use minicbor::{Decode, Encode};

use crate::codec::{self, CodecError};
use crate::ids::{ChainHash, CommunityId, EntryId, LaneId, LogId, PersonId, RecordId};
use crate::keys::{MemberKey, Signature, verify};

/// The most entries of one volume; the next entry opens the next volume.
pub const VOLUME_ENTRIES_MAX: u32 = 4_096;
/// The most bytes of entries of one volume, payloads apart.
pub const VOLUME_BYTES_MAX: u64 = 256 * 1024;
/// The most bytes of one entry, payload apart.
pub const ENTRY_BYTES_MAX: usize = 66 * 1024;
/// A writer signs a head before this many bytes of entries go unsigned.
pub const SIGNED_EVERY_BYTES: u64 = 16 * 1024;
/// A header of more bytes is refused.
const HEADER_BYTES_MAX: usize = 256;

const ID_DOMAIN: &str = "baro log 1";
const HEAD_DOMAIN: &[u8] = b"baro head 1";
const ENTRY_DOMAIN: &str = "baro entry 1";

/// What belongs together for priority and permission. The order is the order of transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Stream {
    /// Alerts, which overtake everything.
    #[n(0)]
    Alerts,
    /// Announcements, council decisions, answers of officials.
    #[n(1)]
    Official,
    /// Debates, statements, votes, questions, texts.
    #[n(2)]
    Debate,
    /// Training content.
    #[n(3)]
    Learning,
}

impl Stream {
    /// The word used in commands and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Stream::Alerts => "alerts",
            Stream::Official => "official",
            Stream::Debate => "debate",
            Stream::Learning => "learning",
        }
    }
}

/// What a log is: who writes, where, by which grant, from which installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// The community it belongs to.
    #[n(0)]
    pub community: CommunityId,
    /// The person who writes, and nobody else.
    #[n(1)]
    pub author: PersonId,
    /// The grant that lets them, or the founding record for a founder.
    #[n(2)]
    pub grant: RecordId,
    /// What it carries.
    #[n(3)]
    pub stream: Stream,
    /// Which installation of the person writes.
    #[n(4)]
    pub lane: LaneId,
    /// 0 for the first log of this stream and lane, then 1 more for each volume that was full.
    #[n(5)]
    pub volume: u32,
}

impl Header {
    /// The header in its one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are not one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode_bounded(bytes, HEADER_BYTES_MAX)
    }

    /// The log's id.
    pub fn id(&self) -> LogId {
        LogId::from_bytes(blake3::derive_key(ID_DOMAIN, &self.to_bytes()))
    }
}

impl LogId {
    /// The chain hash before the first entry.
    pub const fn start(self) -> ChainHash {
        ChainHash::from_bytes(*self.as_bytes())
    }
}

/// The chain hash after `entry`.
pub fn chain(before: &ChainHash, entry: &[u8]) -> ChainHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(entry);
    ChainHash::from_bytes(*hasher.finalize().as_bytes())
}

/// The chain hash after all of `entries`.
pub fn chain_all<'a>(start: ChainHash, entries: impl IntoIterator<Item = &'a [u8]>) -> ChainHash {
    entries.into_iter().fold(start, |hash, entry| chain(&hash, entry))
}

/// Computes the ids of a log's entries.
#[derive(Clone)]
pub struct EntryIds {
    keyed: blake3::Hasher,
}

impl EntryIds {
    /// For the entries of `log`.
    pub fn of(log: &LogId) -> Self {
        let mut keyed = blake3::Hasher::new_derive_key(ENTRY_DOMAIN);
        keyed.update(log.as_bytes());
        Self { keyed }
    }

    /// The id of the entry after which the log's chain hash is `chain`.
    pub fn at(&self, chain: &ChainHash) -> EntryId {
        let mut hasher = self.keyed.clone();
        hasher.update(chain.as_bytes());
        let mut id = [0; EntryId::LEN];
        hasher.finalize_xof().fill(&mut id);
        EntryId::from_bytes(id)
    }
}

/// A log's length and the chain hash there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Head {
    /// Which log.
    #[n(0)]
    pub log: LogId,
    /// How many entries.
    #[n(1)]
    pub length: u32,
    /// The chain hash after them.
    #[n(2)]
    pub chain: ChainHash,
}

impl Head {
    fn message(&self) -> Vec<u8> {
        let mut message = HEAD_DOMAIN.to_vec();
        message.extend_from_slice(self.log.as_bytes());
        message.extend_from_slice(&self.length.to_be_bytes());
        message.extend_from_slice(self.chain.as_bytes());
        message
    }

    /// Signs this head with its author's key.
    pub fn sign(self, key: &MemberKey) -> SignedHead {
        SignedHead { head: self, signature: key.sign(&self.message()) }
    }
}

/// A head with its author's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct SignedHead {
    /// The head.
    #[n(0)]
    pub head: Head,
    /// The author's signature over it.
    #[n(1)]
    pub signature: Signature,
}

impl SignedHead {
    /// Whether `author` signed it.
    pub fn verifies(&self, author: &PersonId) -> bool {
        verify(author, &self.head.message(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn header() -> (MemberKey, Header) {
        let key = MemberKey::from_seed([1; 32]);
        let header = Header {
            community: CommunityId::from_bytes([2; 32]),
            author: key.id(),
            grant: RecordId::from_bytes([3; 32]),
            stream: Stream::Debate,
            lane: LaneId::from_bytes([4; 8]),
            volume: 0,
        };
        (key, header)
    }

    #[test]
    fn one_signature_covers_every_entry_before_it() {
        let (key, header) = header();
        let log = header.id();
        let end = chain_all(log.start(), [b"one".as_slice(), b"two"]);
        let signed = Head { log, length: 2, chain: end }.sign(&key);
        assert!(signed.verifies(&header.author));
        let other = chain_all(log.start(), [b"one".as_slice(), b"too"]);
        let forged = SignedHead { head: Head { chain: other, ..signed.head }, ..signed };
        assert!(!forged.verifies(&header.author));
        let shorter = SignedHead { head: Head { length: 1, ..signed.head }, ..signed };
        assert!(!shorter.verifies(&header.author));
    }

    #[test]
    fn headers_have_one_encoding() {
        let (_, header) = header();
        let bytes = header.to_bytes();
        assert_eq!(Header::from_bytes(&bytes).unwrap(), header);
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Header::from_bytes(&longer).is_err());
        let other = Header { volume: 1, ..header.clone() };
        assert_ne!(other.id(), header.id());
    }
}
