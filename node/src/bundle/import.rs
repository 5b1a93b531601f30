//! Taking a bundle in: a file is walked and its sections handed to whoever owns the store.
//!
//! Records first, wherever they stand, then the rest, then once more whatever lacked something
//! that came later in the file. [`super::Incoming`] believes each section or not.

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom};

use super::content::{self, DIGEST, END, End, RECORDS};
use super::section::{Found, Frame, Sections};
use super::verify::Tally;

/// The most sections of a file that are taken in.
const SECTIONS_MAX: usize = 1_000_000;
/// How often sections that lacked something are tried again, as long as that brings something.
const ROUNDS_MAX: u32 = 8;
/// The most places of damage that are named.
const PLACES_MAX: usize = 16;

/// Why nothing, or not all, of a file was taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read on.
    #[error("the bundle could not be read on; what was taken in before is safe")]
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
    while let Some(found) = sections.read_next()? {
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
    if report.sections == 0 && (scan.ends == 0 || scan.digests > 0 || report.too_new.is_some()) {
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
    /// Ends seen: a bundle in which nothing is to carry is one too.
    ends: u64,
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
                    self.ends += 1;
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
        *self = Self { digests: self.digests, ends: self.ends, ..Self::default() };
    }

    fn finish(&mut self, report: &mut Report) {
        report.torn |= self.open;
        self.part_ends(report, None);
    }
}
