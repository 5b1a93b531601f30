//! One visit: take in what is new, put what is lacking, tidy up.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
#[cfg(feature = "full")]
use std::path::Path;
use std::rc::Rc;

use serde::Serialize;

use super::disk::Disk;
use super::error::CarryError;
#[cfg(feature = "full")]
use super::folder::Folder;
use super::note::{Note, Now};
use super::put::put;
use super::shelves::{brings_blobs, concerns};
use super::stick::{Standing, Stick, index_of};
use crate::bundle::{self, Contents, Frame, ImportError, Tally};
use crate::store::Read;

/// How often bundles that lacked something are read again, as long as that brings something.
const ROUNDS_MAX: u32 = 8;

/// Words from whoever runs the node.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The node that visits the stick.
pub trait Access {
    /// Gives one view of what the node holds to `work`.
    ///
    /// # Errors
    /// What `work` said, or that the store cannot be read.
    fn read(
        &mut self,
        work: &mut dyn FnMut(&dyn Read) -> Result<(), CarryError>,
    ) -> Result<(), CarryError>;
    /// Takes a section of a bundle in.
    ///
    /// # Errors
    /// The node's words.
    fn take(&mut self, frame: &Frame) -> Result<Tally, Failure>;
    /// What is remembered of bundles, by file name.
    ///
    /// # Errors
    /// The node's words.
    fn notes(&mut self) -> Result<BTreeMap<String, Note>, Failure>;
    /// Remembers this of a bundle.
    ///
    /// # Errors
    /// The node's words.
    fn note(&mut self, bundle: &str, note: Note) -> Result<(), Failure>;
    /// Fresh random bytes.
    ///
    /// # Errors
    /// The system's words.
    fn nonce(&mut self) -> Result<[u8; 16], Failure>;
    /// This device's clock, in seconds since 1970.
    fn now(&self) -> i64;
}

/// How far a visit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes are read, of all that are new on the stick.
    Taking {
        /// Read.
        done: u64,
        /// In all.
        total: u64,
    },
    /// So many runs of logs are written, of how many.
    Putting {
        /// Written.
        done: u64,
        /// In all.
        total: u64,
    },
}

/// Why not all was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shortage {
    /// The stick has no more room.
    Full,
    /// It may not be written on.
    ReadOnly,
}

/// How a visit went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Bundles that were read.
    pub bundles_taken: u64,
    /// Bundles that had been read before.
    pub bundles_known: u64,
    /// Bundles of communities that nobody here has joined.
    pub bundles_foreign: u64,
    /// Bundles that could not be read, and why.
    pub unreadable: Vec<(String, String)>,
    /// What became of the items.
    pub tally: Tally,
    /// Sections that are damaged or missing.
    pub sections_damaged: u64,
    /// Bundles put on the stick.
    pub bundles_put: u64,
    /// Items in them that the stick did not hold before, or not where they now stand.
    pub items_put: u64,
    /// Their bytes.
    pub bytes_put: u64,
    /// Bundles whose place they took.
    pub bundles_replaced: u64,
    /// Items that the stick lacks still.
    pub items_left: u64,
    /// Why.
    pub shortage: Option<Shortage>,
    /// Files that earlier visits left half written.
    pub leftovers: u64,
}

/// Visits the stick `dir`: takes in what is new on it, puts on it what it lacks.
///
/// # Errors
/// [`CarryError`]; what was taken in or put before is safe. A stick that is full or read-only is
/// no error: [`Report::shortage`] says so.
#[cfg(feature = "full")]
pub fn visit(
    dir: &Path,
    access: &mut dyn Access,
    hear: &mut dyn FnMut(Progress),
) -> Result<Report, CarryError> {
    let (folder, refusal) = Folder::open(dir)?;
    run(Rc::new(folder), refusal, access, hear)
}

/// Visits any stick, as [`visit`] does a folder.
///
/// # Errors
/// As for [`visit`].
pub fn visit_disk(
    disk: Rc<dyn Disk>,
    access: &mut dyn Access,
    hear: &mut dyn FnMut(Progress),
) -> Result<Report, CarryError> {
    run(disk, None, access, hear)
}

fn run(
    disk: Rc<dyn Disk>,
    refusal: Option<io::Error>,
    access: &mut dyn Access,
    hear: &mut dyn FnMut(Progress),
) -> Result<Report, CarryError> {
    let stick = Stick { disk, refusal };
    let mut visit = Visit { stick, access, hear, report: Report::default() };
    visit.report.leftovers = visit.stick.remove_leftovers()?;
    visit.take()?;
    put(&mut visit)?;
    visit.sealed()?;
    Ok(visit.report)
}

/// A visit under way.
pub(super) struct Visit<'a> {
    pub(super) stick: Stick,
    pub(super) access: &'a mut dyn Access,
    pub(super) hear: &'a mut dyn FnMut(Progress),
    pub(super) report: Report,
}

impl Visit<'_> {
    pub(super) fn read<T>(
        &mut self,
        mut work: impl FnMut(&dyn Read) -> Result<T, CarryError>,
    ) -> Result<T, CarryError> {
        let mut done = None;
        self.access.read(&mut |read| {
            done = Some(work(read)?);
            Ok(())
        })?;
        done.ok_or_else(|| CarryError::Node("the store was not read".into()))
    }

    pub(super) fn notes(&mut self) -> Result<BTreeMap<String, Note>, CarryError> {
        self.access.notes().map_err(CarryError::Node)
    }

    /// Reads every bundle that may bring something.
    fn take(&mut self) -> Result<(), CarryError> {
        let bundles = self.stick.bundles()?;
        let notes = self.notes()?;
        let now = self.read(|read| Ok(Now::of(read)?))?;
        let mut new = Vec::new();
        for standing in bundles {
            let noted = notes.get(&standing.file);
            let stands =
                noted.is_some_and(|note| note.stands(standing.bytes, standing.modified, &now));
            let brings = match standing.index.as_ref().filter(|_| stands) {
                Some(index) => self.read(|read| Ok(brings_blobs(read, index)?))?,
                None => false,
            };
            if stands && !brings {
                self.report.bundles_known += 1;
            } else if let Some(index) = &standing.index
                && !self.read(|read| Ok(concerns(read, index)?))?
            {
                self.report.bundles_foreign += 1;
            } else {
                new.push(standing);
            }
        }
        let total = new.iter().map(|standing| standing.bytes).sum();
        let (mut before, mut tallies) = (0, BTreeMap::<String, Tally>::new());
        for _ in 0..ROUNDS_MAX {
            let (mut brought, mut lacking) = (0, Vec::new());
            for standing in new {
                let tally = self.take_one(&standing, (before, total))?;
                before += standing.bytes;
                brought += tally.new;
                let last = tallies.remove(&standing.file).unwrap_or_default();
                let lacks = tally.lacking > 0;
                let (new, held) =
                    (last.new + tally.new, last.held.max(tally.held.saturating_sub(last.new)));
                tallies.insert(standing.file.clone(), Tally { new, held, ..tally });
                if lacks {
                    lacking.push(standing);
                }
            }
            new = lacking;
            // Reading once more helps only where something has come since.
            if brought == 0 || new.is_empty() {
                break;
            }
        }
        tallies.values().for_each(|tally| self.report.tally.add(tally));
        Ok(())
    }

    /// Reads one bundle, and says what became of what is in it.
    fn take_one(
        &mut self,
        standing: &Standing,
        (before, total): (u64, u64),
    ) -> Result<Tally, CarryError> {
        let mut file = match self.stick.disk.open(&standing.file) {
            Ok(file) => file,
            Err(error) => {
                self.report.unreadable.push((standing.file.clone(), error.to_string()));
                return Ok(Tally::default());
            }
        };
        let mut found = Contents::default();
        let Self { access, hear, .. } = self;
        let mut take = |frame: &Frame| {
            found.add(frame);
            access.take(frame)
        };
        let taken = bundle::import(&mut file, &mut take, &mut |bytes| {
            hear(Progress::Taking { done: before + bytes, total });
        });
        let mut note =
            Note { bytes: standing.bytes, modified: standing.modified, ..Note::default() };
        let tally = match taken {
            Ok(taken) => {
                self.report.bundles_taken += 1;
                self.report.sections_damaged += taken.sections_damaged;
                let damaged = taken.sections_damaged > 0 || taken.torn;
                let tells_lies =
                    standing.index.as_ref().is_some_and(|index| !index.is_true_of(&found));
                note.is_misleading = damaged || tells_lies;
                note.clean = taken.tally.refused == 0 && taken.too_new.is_none();
                let (lacking, foreign) = (taken.tally.lacking > 0, self.has_foreign(&found)?);
                let now = self.read(|read| Ok(Now::of(read)?))?;
                note.joined = foreign.then_some(now.joined);
                note.held = lacking.then_some(now.held);
                taken.tally
            }
            Err(ImportError::Node(error)) => return Err(CarryError::Node(error)),
            Err(error) => {
                note.is_misleading = true;
                // Nothing in it is intact, so nothing is lost with it.
                note.clean = matches!(error, ImportError::Foreign);
                if let ImportError::Io(_) = error {
                    // The stick may give it another time.
                    note.bytes = u64::MAX;
                }
                self.report.sections_damaged += 1;
                self.report.unreadable.push((standing.file.clone(), error.to_string()));
                Tally::default()
            }
        };
        if note.is_misleading && standing.index.is_some() {
            // So that others look for themselves, and give again what is lost.
            self.stick.remove(&index_of(&standing.file))?;
        }
        note.at = self.access.now();
        self.access.note(&standing.file, note).map_err(CarryError::Node)?;
        Ok(tally)
    }

    fn has_foreign(&mut self, found: &Contents) -> Result<bool, CarryError> {
        self.read(|read| {
            for community in found.communities() {
                if read.community(community)?.is_none() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}
