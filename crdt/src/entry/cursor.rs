//! A cursor walks a log entry by entry and keeps what the next one is measured against.
//!
//! Every rule here is one of a single entry or volume, never of a total that depends on what else
//! has arrived, so all nodes admit the same.

use super::{Entry, PAYLOAD_BYTES_MAX};
use crate::codec::CodecError;
use crate::ids::{ChainHash, EntryId, LogId};
use crate::log::{self, EntryIds, Head, Stream, VOLUME_BYTES_MAX, VOLUME_ENTRIES_MAX};

/// The most that a Lamport number may step over the entry before it in its log.
pub const LAMPORT_STEP_MAX: u64 = 1 << 20;
/// The most that a log's first entry may begin with: no sum of steps overflows.
const LAMPORT_FIRST_MAX: u64 = 1 << 48;

/// Why an entry cannot follow in its log; what stands before it stays valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not readable.
    #[error("an entry could not be read: {0}")]
    Codec(#[from] CodecError),
    /// The volume is full.
    #[error("a volume is longer than 4,096 entries or 256 kB")]
    VolumeFull,
    /// The Lamport number jumps.
    #[error("an entry's Lamport number jumps by more than 2^20")]
    LamportJump,
    /// A declared time that no clock can show.
    #[error("an entry's declared time is out of range")]
    Time,
    /// A kind that does not belong into this stream.
    #[error("an entry of this kind does not belong into the stream {0:?}")]
    WrongStream(Stream),
    /// Words where there are none, or none where there are.
    #[error("an entry's words are missing, or too many")]
    Words,
    /// A field of the body breaks a rule.
    #[error("an entry breaks a rule: {0}")]
    Invalid(&'static str),
}

impl Entry {
    /// The rules of this entry's kind. Whoever writes keeps them; on the way in, a kind that came
    /// later ([`Body::LATER_KINDS_FROM`](super::Body::LATER_KINDS_FROM)) is taken as an unknown one
    /// where it breaks them.
    ///
    /// # Errors
    /// [`EntryError`] that says which it breaks.
    pub fn check(&self, stream: Stream) -> Result<(), EntryError> {
        if !self.body.fits(stream) {
            return Err(EntryError::WrongStream(stream));
        }
        if self.body.has_words().is_some_and(|has| has != self.payload.is_some()) {
            return Err(EntryError::Words);
        }
        self.body.check().map_err(EntryError::Invalid)
    }
}

/// Where a walk along a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Entries walked.
    pub length: u32,
    /// The chain hash after them.
    pub chain: ChainHash,
    /// The last entry's Lamport number; 0 before the first.
    pub lamport: u64,
    /// The last entry's declared time, in seconds since 1970; 0 before the first.
    pub time: i64,
    /// Bytes of the entries walked.
    pub bytes: u64,
}

/// One step of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The entry.
    pub entry: Entry,
    /// Its place in the log, from 0.
    pub index: u32,
    /// Its id.
    pub id: EntryId,
    /// Its Lamport number.
    pub lamport: u64,
    /// Its declared time, in seconds since 1970.
    pub time: i64,
}

impl Cursor {
    /// Before the first entry of `log`.
    pub const fn start(log: LogId) -> Self {
        Self { length: 0, chain: log.start(), lamport: 0, time: 0, bytes: 0 }
    }

    /// The head here.
    pub const fn head(&self, log: LogId) -> Head {
        Head { log, length: self.length, chain: self.chain }
    }

    /// Goes on by one entry; on an error the cursor stays.
    ///
    /// # Errors
    /// [`EntryError`] where the entry cannot follow.
    pub fn step(
        &mut self,
        bytes: &[u8],
        stream: Stream,
        ids: &EntryIds,
    ) -> Result<Step, EntryError> {
        let mut entry = Entry::from_bytes(bytes)?;
        let total = self.bytes.saturating_add(bytes.len() as u64);
        if self.length >= VOLUME_ENTRIES_MAX || total > VOLUME_BYTES_MAX {
            return Err(EntryError::VolumeFull);
        }
        let step_max = if self.length == 0 { LAMPORT_FIRST_MAX } else { LAMPORT_STEP_MAX };
        if entry.lamport_step > step_max {
            return Err(EntryError::LamportJump);
        }
        let time = self.time.checked_add(entry.time_step).ok_or(EntryError::Time)?;
        if time.unsigned_abs() > 1 << 40 {
            return Err(EntryError::Time);
        }
        if entry.payload.is_some_and(|payload| payload.size as usize > PAYLOAD_BYTES_MAX) {
            return Err(EntryError::Words);
        }
        if let Err(error) = entry.check(stream) {
            // Nodes that do not know the kind take it.
            entry.body = entry.body.or_unknown().ok_or(error)?;
        }
        let chain = log::chain(&self.chain, bytes);
        let step = Step {
            index: self.length,
            id: ids.at(&chain),
            lamport: self.lamport + 1 + entry.lamport_step,
            time,
            entry,
        };
        *self = Self { length: self.length + 1, chain, lamport: step.lamport, time, bytes: total };
        Ok(step)
    }

    /// The `lamport_step` for an entry that cites entries up to Lamport number `cited`.
    pub fn lamport_step(&self, cited: u64) -> u64 {
        let step_max = if self.length == 0 { LAMPORT_FIRST_MAX } else { LAMPORT_STEP_MAX };
        cited.saturating_sub(self.lamport).min(step_max)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Body, Choice};
    use super::*;

    fn vote(lamport_step: u64) -> Vec<u8> {
        let body = Body::Vote { post: EntryId::from_bytes([5; 16]), choice: Choice::Agree };
        Entry { lamport_step, time_step: 1, body, payload: None }.to_bytes()
    }

    #[test]
    fn a_vote_takes_few_bytes() {
        assert_eq!(vote(0).len(), 25);
    }

    #[test]
    fn a_walk_counts_and_refuses_jumps() {
        let log = LogId::from_bytes([9; 32]);
        let ids = EntryIds::of(&log);
        let mut cursor = Cursor::start(log);
        let first = cursor.step(&vote(7), Stream::Debate, &ids).unwrap();
        assert_eq!((first.index, first.lamport, first.time), (0, 8, 1));
        let before = cursor;
        let jump = cursor.step(&vote(LAMPORT_STEP_MAX + 1), Stream::Debate, &ids);
        assert_eq!(jump, Err(EntryError::LamportJump));
        let wrong = cursor.step(&vote(0), Stream::Official, &ids);
        assert_eq!(wrong, Err(EntryError::WrongStream(Stream::Official)));
        assert_eq!(cursor, before);
        assert_eq!(cursor.step(&vote(0), Stream::Debate, &ids).unwrap().lamport, 9);
    }

    #[test]
    fn unknown_kinds_are_kept() {
        let body = Body::Unknown { kind: 99, raw: vec![0x81, 0x01] };
        let entry = Entry { lamport_step: 0, time_step: 0, body, payload: None };
        assert_eq!(Entry::from_bytes(&entry.to_bytes()).unwrap(), entry);
    }
}
