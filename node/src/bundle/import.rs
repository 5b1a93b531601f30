//! Taking a bundle in, section by section, each believed no more than a stranger.
//!
//! Two halves. [`Incoming::verify`] checks one section against the store and makes a batch of it,
//! of at most [`BODY_BYTES_MAX`](super::BODY_BYTES_MAX); whoever owns the store commits that.
//! [`import`] walks a file and hands out its sections: records first, wherever they stand, then
//! the rest, then once more whatever lacked something that came later in the file.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom};

use baro_crdt::ids::{CommunityId, LogId, PayloadHash, WallSeconds};
use baro_crdt::log::{Head, Header, VOLUME_ENTRIES_MAX};
use serde::{Deserialize, Serialize};

use super::content::{self, DIGEST, END, End, LOGS, Logs, RECORDS, Records, WORDS, Words};
use super::section::{Found, Frame, SectionError, Sections};
use crate::core::message::{LogRef, RecordItem, Run};
use crate::ingest::Ingest;
use crate::replica::{Batch, Item, Outcome, Refusal, Taken};
use crate::store::{self, LogRow};
use crate::wire::{believe_run, chain_at, prove_fork};

/// The most sections of a file that are taken in.
const SECTIONS_MAX: usize = 1_000_000;
/// How often sections that lacked something are tried again, as long as that brings something.
const ROUNDS_MAX: u32 = 8;
/// The most different reasons that are counted apart.
const REASONS_MAX: usize = 64;
/// The most places of damage that are named.
const PLACES_MAX: usize = 16;

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
}

impl Tally {
    fn refuse(&mut self, items: u64, reason: &str) {
        self.refused += items;
        if self.reasons.contains_key(reason) || self.reasons.len() < REASONS_MAX {
            *self.reasons.entry(reason.to_owned()).or_default() += items;
        }
    }

    fn add(&mut self, other: &Tally) {
        self.new += other.new;
        self.held += other.held;
        self.refused += other.refused;
        self.lacking += other.lacking;
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
    /// What to commit.
    pub batch: Batch,
    /// For each item of the batch how much of it is new, and how much held, if it is taken in.
    expected: Vec<(u64, u64)>,
    tally: Tally,
}

impl Incoming {
    /// Verifies a section against what is held.
    ///
    /// # Errors
    /// [`store::StoreError`] where the store cannot be read; what is wrong with the section is
    /// tallied.
    pub fn verify(
        read: &dyn store::Read,
        ingest: &mut dyn Ingest,
        frame: &Frame,
        now: WallSeconds,
    ) -> store::Result<Self> {
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
            Err(error @ SectionError::Content(_)) => {
                desk.incoming.tally.unreadable = true;
                desk.incoming.tally.refuse(1, &error.to_string());
            }
        }
        Ok(desk.incoming)
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
                    if matches!(why, Refusal::UnknownKey | Refusal::Gap | Refusal::Unwanted) {
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
    read: &'a dyn store::Read,
    ingest: &'a mut dyn Ingest,
    incoming: Incoming,
    /// The verified heads of logs that runs of this section reach.
    ends: BTreeMap<LogId, Head>,
}

impl Desk<'_> {
    fn section(&mut self, frame: &Frame) -> store::Result<Result<(), SectionError>> {
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
            END => Ok(Ok(())),
            DIGEST => Ok(Err(SectionError::Content("it belongs to a digest".into()))),
            other => Ok(Err(SectionError::Content(format!("it is of an unknown kind, {other}")))),
        }
    }

    fn push(&mut self, item: Item, new: u64, held: u64) {
        self.incoming.batch.items.push(item);
        self.incoming.expected.push((new, held));
    }

    /// Whether somebody here has joined the community; else `items` are refused.
    fn joined(&mut self, community: &CommunityId, items: u64) -> store::Result<bool> {
        let joined = self.read.community(community)?.is_some();
        if !joined {
            self.incoming.tally.refuse(items, &Refusal::UnknownCommunity.to_string());
        }
        Ok(joined)
    }

    fn records(&mut self, records: &Records) -> store::Result<()> {
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
                    Err(error) => self.incoming.tally.refuse(1, &error.to_string()),
                },
                RecordItem::Cut(bytes) => match self.ingest.proof(bytes) {
                    Ok((proof, _)) if proof.header.community == records.community => {
                        self.push(Item::Cut(proof), 1, 0);
                    }
                    Ok(_) => self.incoming.tally.refuse(1, "a proof of another community"),
                    Err(error) => self.incoming.tally.refuse(1, &error.to_string()),
                },
            }
        }
        Ok(())
    }

    fn words(&mut self, words: Words) -> store::Result<()> {
        let community = words.community;
        if self.joined(&community, words.words.len() as u64)? {
            for bytes in words.words {
                self.push(Item::Words { community, bytes: bytes.into() }, 1, 0);
            }
        }
        Ok(())
    }

    fn logs(&mut self, logs: Logs) -> store::Result<()> {
        let entries = logs.runs.iter().map(|run| run.entries.len() as u64).sum();
        if self.joined(&logs.community, entries)? {
            for run in logs.runs {
                self.run(logs.community, run)?;
            }
        }
        Ok(())
    }

    fn run(&mut self, community: CommunityId, run: Run) -> store::Result<()> {
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
    fn missing(&self, payloads: &[Vec<u8>]) -> store::Result<Vec<Vec<u8>>> {
        let mut missing = Vec::new();
        for bytes in payloads {
            let hash = PayloadHash::of(bytes);
            if self.read.payload(&hash)?.is_none() && self.is_wanted(&hash)? {
                missing.push(bytes.clone());
            }
        }
        Ok(missing)
    }

    fn is_wanted(&self, hash: &PayloadHash) -> store::Result<bool> {
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
        signature: baro_crdt::keys::Signature,
        count: u64,
    ) -> store::Result<()> {
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

/// Why nothing, or not all, of a file was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read on.
    #[error("the bundle could not be read on: {0}. What was taken in before is safe")]
    Io(#[from] io::Error),
    /// Nothing in the file is a section.
    #[error("this file is no bundle, or nothing in it is intact; nothing was taken in")]
    Foreign,
    /// A digest, mistaken for a bundle.
    #[error("this file is a digest and no bundle; use it with `baro bundle export --for`")]
    Digest,
    /// Everything in it is of a later version.
    #[error(
        "this bundle is of version {0}, which this program does not know: install the newer \
         program; nothing was taken in"
    )]
    TooNew(u8),
    /// More sections than are taken in at once.
    #[error("this file has more than {SECTIONS_MAX} sections; what came before them is taken in")]
    TooLong,
    /// Whoever takes the sections failed.
    #[error("{0}")]
    Node(Box<dyn Error + Send + Sync>),
}

/// Bytes of a file that are nothing intact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first one's place.
    pub at: u64,
    /// How many.
    pub bytes: u64,
}

/// How an import went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What became of the items.
    pub tally: Tally,
    /// Intact sections, the ends of files not counted.
    pub sections: u64,
    /// Sections that are damaged or missing, as far as one can tell.
    pub sections_damaged: u64,
    /// The first places of damage.
    pub damage: Vec<Damage>,
    /// Whether the file stops before its end.
    pub torn: bool,
    /// Sections of a version that is not known here, and which.
    pub too_new: Option<u8>,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Who takes a section in: verifies it, commits it and answers with the tally.
pub type Take<'a> =
    dyn FnMut(&Frame) -> std::result::Result<Tally, Box<dyn Error + Send + Sync>> + 'a;

/// A section that is still to be taken in, or to be tried again.
struct Waiting {
    at: u64,
    length: usize,
    /// What became of it the last time.
    last: Option<Tally>,
}

/// Takes in every intact section of a file. `progress` hears how many bytes are done with; the
/// file is walked once and the parts that are no records are read once more.
///
/// # Errors
/// [`ImportError`]; everything that was taken in before stays.
pub fn import(
    file: &mut (impl Read + Seek),
    take: &mut Take<'_>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, ImportError> {
    let mut report = Report::default();
    let mut records = Vec::new();
    let mut others = Vec::new();
    let mut scan = Scan::default();
    let mut sections = Sections::new(file);
    while let Some(found) = sections.next()? {
        if let Some((at, frame)) = scan.found(found, &mut report)? {
            if records.len() + others.len() >= SECTIONS_MAX {
                return Err(ImportError::TooLong);
            }
            let mut waiting = Waiting { at, length: frame.as_bytes().len(), last: None };
            if frame.kind == RECORDS {
                let tally = take(&frame).map_err(ImportError::Node)?;
                count(&mut report, &mut waiting, tally);
                records.push(waiting);
                progress(sections.position());
            } else {
                others.push(waiting);
            }
        }
    }
    report.bytes = sections.position();
    scan.finish(&mut report);
    if report.sections == 0 {
        return Err(match (scan.digests, report.too_new) {
            (0, None) => ImportError::Foreign,
            (0, Some(version)) => ImportError::TooNew(version),
            _ => ImportError::Digest,
        });
    }
    again(file, take, &mut report, &mut records)?;
    for waiting in &mut others {
        visit(file, take, &mut report, waiting)?;
        progress(waiting.at + waiting.length as u64);
    }
    again(file, take, &mut report, &mut others)?;
    progress(report.bytes);
    Ok(report)
}

/// Tries sections that lacked something again, as long as that brings something new.
fn again(
    file: &mut (impl Read + Seek),
    take: &mut Take<'_>,
    report: &mut Report,
    sections: &mut [Waiting],
) -> Result<(), ImportError> {
    for _ in 0..ROUNDS_MAX {
        let before = report.tally.new;
        for waiting in sections.iter_mut() {
            if waiting.last.as_ref().is_some_and(|tally| tally.lacking > 0) {
                visit(file, take, report, waiting)?;
            }
        }
        if report.tally.new == before {
            break;
        }
    }
    Ok(())
}

fn visit(
    file: &mut (impl Read + Seek),
    take: &mut Take<'_>,
    report: &mut Report,
    waiting: &mut Waiting,
) -> Result<(), ImportError> {
    file.seek(SeekFrom::Start(waiting.at))?;
    let mut bytes = vec![0; waiting.length];
    file.read_exact(&mut bytes)?;
    let Ok(frame) = Frame::from_bytes(bytes) else {
        // The stick gives other bytes than a moment ago.
        report.sections_damaged += 1;
        return Ok(());
    };
    let tally = take(&frame).map_err(ImportError::Node)?;
    count(report, waiting, tally);
    Ok(())
}

/// Adds a section's tally; one that was tried before counts with what became of it now.
fn count(report: &mut Report, waiting: &mut Waiting, tally: Tally) {
    match waiting.last.take() {
        None => {
            report.sections_damaged += u64::from(tally.unreadable);
            report.tally.add(&tally);
        }
        Some(last) => {
            let sum = &mut report.tally;
            sum.new += tally.new;
            sum.refused = (sum.refused + tally.refused).saturating_sub(last.refused);
            sum.lacking = (sum.lacking + tally.lacking).saturating_sub(last.lacking);
            for (reason, items) in &last.reasons {
                if let Some(counted) = sum.reasons.get_mut(reason) {
                    *counted = counted.saturating_sub(*items);
                }
            }
            for (reason, items) in &tally.reasons {
                *sum.reasons.entry(reason.clone()).or_default() += items;
            }
            sum.reasons.retain(|_, items| *items > 0);
        }
    }
    waiting.last = Some(tally);
}

/// Follows a file's parts: where each begins, ends and is damaged.
#[derive(Default)]
struct Scan {
    /// Sections since the last end.
    seen: u64,
    /// Stretches of damage since the last end.
    damaged: u64,
    /// A part has begun and not ended.
    open: bool,
    digests: u64,
}

impl Scan {
    /// Gives the section that was found, if it is one to take in.
    fn found(
        &mut self,
        found: Found,
        report: &mut Report,
    ) -> Result<Option<(u64, Frame)>, ImportError> {
        match found {
            Found::Start => {
                self.part_ends(report, None);
                self.open = true;
            }
            Found::Damage { at, bytes } => {
                self.damaged += 1;
                if report.damage.len() < PLACES_MAX {
                    report.damage.push(Damage { at, bytes });
                }
            }
            Found::TooNew(version) => {
                self.seen += 1;
                report.too_new = Some(version);
            }
            Found::Section { frame, .. } if frame.kind == END => {
                if let Ok(end) = content::unpack::<End>(&frame) {
                    self.part_ends(report, Some(end.sections));
                }
            }
            Found::Section { frame, .. } if frame.kind == DIGEST => {
                self.seen += 1;
                self.digests += 1;
                self.open = true;
            }
            Found::Section { at, frame } => {
                self.seen += 1;
                self.open = true;
                report.sections += 1;
                return Ok(Some((at, frame)));
            }
        }
        Ok(None)
    }

    fn part_ends(&mut self, report: &mut Report, sections: Option<u64>) {
        let missing = sections.map_or(0, |sections| sections.saturating_sub(self.seen));
        if sections.is_none() && self.open && self.damaged == 0 {
            report.torn = true;
            self.damaged = 1;
        }
        // A hostile file may say anything of how many there were.
        report.sections_damaged += self.damaged.max(missing.min(SECTIONS_MAX as u64));
        *self = Self { digests: self.digests, ..Self::default() };
    }

    fn finish(&mut self, report: &mut Report) {
        report.torn |= self.open;
        self.part_ends(report, None);
    }
}
