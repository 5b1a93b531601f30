//! One section, believed no more than a stranger: checked against the store, made a batch of.

use std::collections::BTreeMap;

use baro_crdt::ids::{CommunityId, LogId, PayloadHash, WallSeconds};
use baro_crdt::keys::Signature;
use baro_crdt::log::{Head, Header, VOLUME_ENTRIES_MAX};
use serde::{Deserialize, Serialize};

use super::content::{
    self, COPIES, Copies, DIGEST, END, LOGS, Logs, PARCELS, Parcels, RECORDS, Records, SEALED,
    SLICES, Sealed, Slices, WORDS, Words,
};
use super::sealed::{self, Opened};
use super::section::{Frame, SectionError};
use crate::core::message::{LogRef, RecordItem, Run};
use crate::epochs;
use crate::ingest::Ingest;
use crate::replica::{Batch, Item, Outcome, Refusal, Taken};
use crate::store::{LogRow, Read, Result, Way};
use crate::wire::{believe_run, chain_at, prove_fork};

/// The most different reasons that are counted apart.
const REASONS_MAX: usize = 64;

/// What became of items: records, proofs, entries and words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Not held before.
    pub new: u64,
    /// Held before.
    pub held: u64,
    /// Not taken in.
    pub refused: u64,
    /// Of those, how many for want of something that may come later.
    pub lacking: u64,
    /// Why, and how many.
    pub reasons: BTreeMap<String, u64>,
    /// Whether the section could not be read although its checksum holds.
    pub unreadable: bool,
    /// Of a sealed bundle that could be opened: its community, and what whoever wrote it held of
    /// it, as a short hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<(String, String)>,
}

/// What is counted of sections that are sealed for others.
const FOREIGN: &str = "sealed for the members of a community that nobody here is in";

impl Tally {
    fn refuse(&mut self, items: u64, reason: &str) {
        self.refused += items;
        if self.reasons.contains_key(reason) || self.reasons.len() < REASONS_MAX {
            *self.reasons.entry(reason.to_owned()).or_default() += items;
        }
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.new += other.new;
        self.held += other.held;
        self.refused += other.refused;
        self.lacking += other.lacking;
        self.holds = self.holds.take().or_else(|| other.holds.clone());
        for (reason, items) in &other.reasons {
            if self.reasons.contains_key(reason) || self.reasons.len() < REASONS_MAX {
                *self.reasons.entry(reason.clone()).or_default() += items;
            }
        }
    }
}

/// One section, verified, on its way into the store.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    batch: Batch,
    /// For each item of the batch how much of it is new, and how much held, if it is taken in.
    expected: Vec<(u64, u64)>,
    tally: Tally,
}

impl Incoming {
    /// Verifies a section against what is held.
    ///
    /// # Errors
    /// [`crate::store::StoreError`] where the store cannot be read; what is wrong with the section is
    /// tallied.
    pub fn verify(
        read: &dyn Read,
        ingest: &mut dyn Ingest,
        frame: &Frame,
        now: WallSeconds,
    ) -> Result<Self> {
        let batch = Batch { now, ..Batch::default() };
        let mut desk = Desk {
            read,
            ingest,
            incoming: Self { batch, ..Self::default() },
            ends: BTreeMap::new(),
        };
        match desk.section(frame)? {
            Ok(()) => {}
            Err(SectionError::TooNew(_) | SectionError::Damaged | SectionError::Packing) => {
                desk.incoming.tally.unreadable = true;
            }
            Err(SectionError::Content(_)) => {
                desk.incoming.tally.unreadable = true;
                desk.incoming.tally.refuse(1, "a section that this program cannot read");
            }
        }
        Ok(desk.incoming)
    }

    /// What to commit.
    pub const fn batch(&self) -> &Batch {
        &self.batch
    }

    /// The tally, once the batch is committed.
    pub fn settle(self, outcome: &Outcome) -> Tally {
        let mut tally = self.tally;
        for (taken, (new, held)) in outcome.taken.iter().zip(self.expected) {
            match taken {
                Taken::New => {
                    tally.new += new;
                    tally.held += held;
                }
                Taken::Held => tally.held += new + held,
                Taken::Refused(why) => {
                    tally.refuse(new + held, &why.to_string());
                    // The words that name a blob may come later in the file.
                    let lacking = matches!(
                        why,
                        Refusal::UnknownKey
                            | Refusal::Gap
                            | Refusal::Unwanted
                            | Refusal::UnwantedBlob
                    );
                    if lacking {
                        tally.lacking += new + held;
                    }
                }
            }
        }
        tally
    }
}

/// Where one section is verified.
struct Desk<'a> {
    read: &'a dyn Read,
    ingest: &'a mut dyn Ingest,
    incoming: Incoming,
    /// The verified heads of logs that runs of this section reach.
    ends: BTreeMap<LogId, Head>,
}

impl Desk<'_> {
    fn section(&mut self, frame: &Frame) -> Result<std::result::Result<(), SectionError>> {
        match frame.kind {
            RECORDS => match content::unpack::<Records>(frame) {
                Ok(records) => self.records(&records).map(Ok),
                Err(error) => Ok(Err(error)),
            },
            LOGS => match content::unpack::<Logs>(frame) {
                Ok(logs) => self.logs(logs).map(Ok),
                Err(error) => Ok(Err(error)),
            },
            WORDS => match content::unpack::<Words>(frame) {
                Ok(words) => self.words(words).map(Ok),
                Err(error) => Ok(Err(error)),
            },
            SLICES => match content::unpack::<Slices>(frame) {
                Ok(slices) => self.slices(&slices).map(Ok),
                Err(error) => Ok(Err(error)),
            },
            SEALED => match content::unpack::<Sealed>(frame) {
                Ok(sealed) => self.sealed(&sealed),
                Err(error) => Ok(Err(error)),
            },
            COPIES => match content::unpack::<Copies>(frame) {
                Ok(copies) => self.copies(&copies).map(Ok),
                Err(error) => Ok(Err(error)),
            },
            PARCELS => match content::unpack::<Parcels>(frame) {
                Ok(parcels) => self.parcels(parcels).map(Ok),
                Err(error) => Ok(Err(error)),
            },
            END => Ok(Ok(())),
            DIGEST => Ok(Err(SectionError::Content("it belongs to a digest".into()))),
            other => Ok(Err(SectionError::Content(format!("it is of an unknown kind, {other}")))),
        }
    }

    /// A section for members: opened where somebody here is one.
    fn sealed(&mut self, sealed: &Sealed) -> Result<std::result::Result<(), SectionError>> {
        match sealed::open(self.read, sealed)? {
            Opened::Section(inner) => self.section(&inner),
            Opened::Holds { community, state } => {
                self.incoming.tally.holds = Some((community.to_string(), state));
                Ok(Ok(()))
            }
            Opened::Nothing => Ok(Ok(())),
            Opened::Foreign => {
                self.incoming.tally.refuse(1, FOREIGN);
                Ok(Ok(()))
            }
        }
    }

    /// The secret of an epoch that somebody here has missed. It counts once a record names it.
    fn copies(&mut self, copies: &Copies) -> Result<()> {
        if let Some((community, secret)) = sealed::find_copy(self.read, copies)?
            && epochs::has_room(self.read, &community)?
        {
            self.push(epochs::keep(&community, &secret), 0, 0);
        }
        Ok(())
    }

    fn push(&mut self, item: Item, new: u64, held: u64) {
        self.incoming.batch.items.push(item);
        self.incoming.expected.push((new, held));
    }

    /// Whether somebody here has joined the community; else `items` are refused.
    fn joined(&mut self, community: &CommunityId, items: u64) -> Result<bool> {
        let joined = self.read.community(community)?.is_some();
        if !joined {
            self.incoming.tally.refuse(items, &Refusal::UnknownCommunity.to_string());
        }
        Ok(joined)
    }

    fn records(&mut self, records: &Records) -> Result<()> {
        if !self.joined(&records.community, records.items.len() as u64)? {
            return Ok(());
        }
        for item in &records.items {
            match item {
                RecordItem::Record(bytes) => match self.ingest.record(bytes) {
                    Ok(record) if record.community() == records.community => {
                        self.push(Item::Record(record), 1, 0);
                    }
                    Ok(_) => self.incoming.tally.refuse(1, "a record of another community"),
                    Err(_) => {
                        self.incoming.tally.refuse(1, "a record whose signatures do not hold")
                    }
                },
                RecordItem::Cut(bytes) => match self.ingest.proof(bytes) {
                    Ok((proof, _)) if proof.header.community == records.community => {
                        self.push(Item::Cut(proof), 1, 0);
                    }
                    Ok(_) => self.incoming.tally.refuse(1, "a proof of another community"),
                    Err(_) => {
                        self.incoming.tally.refuse(1, "a proof of two branches that does not hold")
                    }
                },
            }
        }
        Ok(())
    }

    fn slices(&mut self, slices: &Slices) -> Result<()> {
        for slice in &slices.slices {
            let (first, groups) = (slice.first, slice.groups);
            let row = self.read.blob(&slice.hash)?;
            let Some(row) = row.filter(|row| row.named) else {
                self.incoming.tally.refuse(1, &Refusal::UnwantedBlob.to_string());
                self.incoming.tally.lacking += 1;
                continue;
            };
            if row.size == slice.size && groups > 0 && row.have.contains_run(first, groups) {
                self.incoming.tally.held += 1;
                continue;
            }
            // Nothing is hashed in vain.
            if !row.wanted {
                self.incoming.tally.refuse(1, &Refusal::NoRoom.to_string());
                continue;
            }
            let ingest = &mut *self.ingest;
            match ingest.slice(slice.hash, slice.size, first, groups, &slice.bytes) {
                Ok(slice) => self.push(Item::Slice(slice), 1, 0),
                Err(_) => self.incoming.tally.refuse(1, "a part of a file that is not the file's"),
            }
        }
        Ok(())
    }

    fn parcels(&mut self, parcels: Parcels) -> Result<()> {
        let community = parcels.community;
        if self.joined(&community, parcels.parcels.len() as u64)? {
            for bytes in parcels.parcels {
                let item = Item::Parcel { community, bytes: bytes.into(), way: Way::FILE };
                self.push(item, 1, 0);
            }
        }
        Ok(())
    }

    fn words(&mut self, words: Words) -> Result<()> {
        let community = words.community;
        if self.joined(&community, words.words.len() as u64)? {
            for bytes in words.words {
                self.push(Item::Words { community, bytes: bytes.into() }, 1, 0);
            }
        }
        Ok(())
    }

    fn logs(&mut self, logs: Logs) -> Result<()> {
        let entries = logs.runs.iter().map(|run| run.entries.len() as u64).sum();
        if self.joined(&logs.community, entries)? {
            for run in logs.runs {
                self.run(logs.community, run)?;
            }
        }
        Ok(())
    }

    fn run(&mut self, community: CommunityId, run: Run) -> Result<()> {
        let count = run.entries.len() as u64;
        let LogRef::New { author, grant, stream, lane, volume } = run.log else {
            self.incoming.tally.refuse(count, "entries of a log that is not named");
            return Ok(());
        };
        if count == 0 || count > u64::from(VOLUME_ENTRIES_MAX) {
            self.incoming.tally.refuse(count.max(1), "a run of no entries, or too many");
            return Ok(());
        }
        let header = Header { community, author, grant, stream, lane, volume };
        let id = header.id();
        let row = self.read.log(&id)?;
        let base = match (self.ends.get(&id), &row) {
            (Some(end), _) if end.length == run.from => Some(end.chain),
            _ if run.from == 0 => Some(id.start()),
            (_, Some(row)) => chain_at(self.read, row, run.from)?,
            _ => None,
        };
        let Some(base) = base else {
            self.incoming.tally.refuse(count, &Refusal::Gap.to_string());
            self.incoming.tally.lacking += count;
            return Ok(());
        };
        let believed =
            believe_run(self.ingest, header, (run.from, base), run.entries, run.signature);
        let Some((item, head)) = believed else {
            self.incoming.tally.refuse(count, "entries whose signature does not hold");
            return Ok(());
        };
        let held = row.as_ref().map_or(0, |row| row.cursor.length);
        if let Some(row) = &row
            && run.from < held
        {
            let theirs = item.entries.as_slice();
            let ours = self.read.entries(row.number, run.from..head.length.min(held))?;
            if ours.iter().zip(theirs).any(|(ours, theirs)| ours != theirs) {
                return self.fork(row, run.from, theirs, run.signature, count);
            }
        }
        let before = self.ends.get(&id).map_or(held, |end| end.length.max(held));
        let new = u64::from(head.length.saturating_sub(before.max(run.from))).min(count);
        // Words of entries held already: the replica looks at those of new ones.
        let words = if run.from < held && held < head.length {
            self.missing(&item.payloads)?
        } else {
            Vec::new()
        };
        self.ends.insert(id, head);
        self.push(Item::Log(item), new, count - new);
        for bytes in words {
            self.push(Item::Words { community, bytes }, 1, 0);
        }
        Ok(())
    }

    /// The payloads that entries held here wait for.
    fn missing(&self, payloads: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        let mut missing = Vec::new();
        for bytes in payloads {
            let hash = PayloadHash::of(bytes);
            if self.read.payload(&hash)?.is_none() && self.is_wanted(&hash)? {
                missing.push(bytes.clone());
            }
        }
        Ok(missing)
    }

    fn is_wanted(&self, hash: &PayloadHash) -> Result<bool> {
        for community in self.read.communities()? {
            if self.read.wanted(&community.id)?.iter().any(|row| row.hash == *hash) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A signed run that parts from what is held: both branches prove the cut.
    fn fork(
        &mut self,
        row: &LogRow,
        from: u32,
        run: &[Vec<u8>],
        signature: Signature,
        count: u64,
    ) -> Result<()> {
        let held = self.read.entries(row.number, 0..row.cursor.length)?;
        let mut theirs = held.get(..from as usize).unwrap_or_default().to_vec();
        theirs.extend_from_slice(run);
        match prove_fork(self.read, row, &held, &theirs, signature)? {
            Some(proof) => {
                self.push(Item::Cut(proof), 1, 0);
                self.incoming.tally.refuse(count, &Refusal::OtherBranch.to_string());
            }
            None => self.incoming.tally.refuse(count, &Refusal::OtherBranch.to_string()),
        }
        Ok(())
    }
}
