//! The second half of a visit: what the stick lacks is put on it, and bundles that another can
//! take the place of are merged.

use super::error::{CarryError, is_full};
use super::note::Note;
use super::shelves::{Shelves, is_held};
use super::stick::{Standing, Stick, Written};
use super::visit::{Progress, Shortage, Visit};
use crate::bundle::{Plan, pack, write_index};
use crate::store::Read;

/// A bundle on a stick is closed at this size: a file system of sticks holds no more than 4 GiB
/// in a file, and what is pulled out while it is written is lost.
const BUNDLE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bundles from this size on are not written again for the sake of tidiness.
const MERGE_BYTES_MAX: u64 = BUNDLE_BYTES_MAX / 2;
/// From so many mergeable bundles on, those of similar size are merged although nothing is new.
const BUNDLES_TIDY: usize = 8;
/// With less room than this nothing is tried, in bytes.
pub(super) const ROOM_BYTES_MIN: u64 = 1_024;
/// With less room than this a full stick is left as it is, in bytes.
const ROOM_WORTH: u64 = 64 * 1_024;
/// Room that is left to the file system for names, in bytes.
pub(super) const ROOM_KEPT: u64 = 8 * 1_024;

/// What stands on the stick, sorted by what it is good for here.
struct Survey {
    bundles: Vec<Standing>,
    /// Those whose index counts, by place in `bundles`.
    counting: Vec<usize>,
    /// Those of them of which everything is held here, the smallest first.
    spare: Vec<usize>,
    /// Those that count as holding nothing although everything in them was taken in.
    useless: Vec<usize>,
}

impl Survey {
    fn of(visit: &mut Visit<'_>) -> Result<Self, CarryError> {
        let (bundles, notes) = (visit.stick.bundles()?, visit.notes()?);
        let (mut counting, mut spare, mut useless) = (Vec::new(), Vec::new(), Vec::new());
        for (at, standing) in bundles.iter().enumerate() {
            let note = notes
                .get(&standing.file)
                .filter(|note| (note.bytes, note.modified) == (standing.bytes, standing.modified));
            let misleads = note.is_some_and(|note| note.is_misleading);
            match standing.index.as_ref().filter(|_| !misleads) {
                Some(index) => {
                    counting.push(at);
                    let small = standing.bytes < MERGE_BYTES_MAX;
                    if note.is_some() && small && visit.read(|read| Ok(is_held(read, index)?))? {
                        spare.push(at);
                    }
                }
                None if standing.name.is_some() && note.is_some_and(|note| note.clean) => {
                    useless.push(at);
                }
                None => {}
            }
        }
        spare.sort_by_key(|at| bundles.get(*at).map(|standing| standing.bytes));
        Ok(Self { bundles, counting, spare, useless })
    }

    /// What the stick lacks where the bundles in `gone` do not count.
    fn plan(&self, read: &dyn Read, gone: &[usize]) -> Result<Plan, CarryError> {
        let counting = self.counting.iter().filter(|at| !gone.contains(at));
        let standing = counting.filter_map(|at| self.bundles.get(*at));
        let indexes = standing.filter_map(|standing| standing.index.as_ref()).collect();
        Ok(Plan::new(read, Some(&Shelves { indexes }))?)
    }

    /// The bundles that are small beside `sum` bytes and those before them: taking their place
    /// keeps sizes growing geometrically.
    fn small_beside(&self, mut sum: u64) -> Vec<usize> {
        let mut small = Vec::new();
        for at in &self.spare {
            let bytes = self.bytes(*at);
            if bytes > sum.saturating_mul(2) || sum + bytes > MERGE_BYTES_MAX {
                break;
            }
            sum += bytes;
            small.push(*at);
        }
        small
    }

    fn bytes(&self, at: usize) -> u64 {
        self.bundles.get(at).map_or(0, |standing| standing.bytes)
    }

    /// Removes bundles whose place others have taken, durably.
    fn remove(&self, visit: &mut Visit<'_>, gone: &[usize]) -> Result<(), CarryError> {
        for standing in gone.iter().filter_map(|at| self.bundles.get(*at)) {
            if visit.stick.remove_bundle(&standing.file)? {
                visit.report.bundles_replaced += 1;
            }
        }
        Ok(())
    }
}

/// A bundle and its index, durable under other names.
struct Made {
    bundle: Written,
    index: Written,
    items: u64,
    /// Items that found no room.
    left: u64,
    /// Whether that was for want of room on the stick.
    by_room: bool,
}

impl Made {
    fn discard(self) {
        self.bundle.discard();
        self.index.discard();
    }
}

/// Puts what the stick lacks on it, one bundle after the other where they grow too large.
pub(super) fn put(visit: &mut Visit<'_>) -> Result<(), CarryError> {
    loop {
        let survey = Survey::of(visit)?;
        let plan = visit.read(|read| survey.plan(read, &[]))?;
        if plan.items() == 0 {
            return tidy(visit, &survey);
        }
        let made = match make(visit, &plan)? {
            Ok(made) => made,
            Err(shortage) => {
                visit.report.items_left = plan.items();
                visit.report.shortage = Some(shortage);
                return Ok(());
            }
        };
        let (items, left, by_room) = (made.items, made.left, made.by_room);
        let small = survey.small_beside(made.bundle.bytes);
        if left == 0 && !small.is_empty() && merge(visit, &survey, &small, items)? {
            made.discard();
            return survey.remove(visit, &survey.useless);
        }
        keep(visit, made, items)?;
        if left == 0 {
            // Everything held here stands in bundles that count.
            return survey.remove(visit, &survey.useless);
        }
        // What was kept back for the index may hold a little more.
        if by_room && visit.stick.free_bytes().is_none_or(|free| free < ROOM_WORTH) {
            visit.report.items_left = left;
            visit.report.shortage = Some(Shortage::Full);
            return Ok(());
        }
    }
}

/// Nothing is to be put: only what is superfluous goes.
fn tidy(visit: &mut Visit<'_>, survey: &Survey) -> Result<(), CarryError> {
    survey.remove(visit, &survey.useless)?;
    let smallest = survey.spare.first().map_or(0, |at| survey.bytes(*at));
    let small = survey.small_beside(smallest);
    if survey.spare.len() >= BUNDLES_TIDY && small.len() > 1 {
        merge(visit, survey, &small, 0)?;
    }
    Ok(())
}

/// Puts one bundle in the place of those in `gone`, with what the stick lacks besides, which are
/// `items`. False where it has no room beside them; then they stay.
fn merge(
    visit: &mut Visit<'_>,
    survey: &Survey,
    gone: &[usize],
    items: u64,
) -> Result<bool, CarryError> {
    let plan = visit.read(|read| survey.plan(read, gone))?;
    match make(visit, &plan)? {
        Ok(made) if made.left == 0 => keep(visit, made, items)?,
        Ok(made) => {
            made.discard();
            return Ok(false);
        }
        Err(_) => return Ok(false),
    }
    survey.remove(visit, gone)?;
    Ok(true)
}

/// Writes what is planned and its index, as far as there is room, under names that do not count.
fn make(visit: &mut Visit<'_>, plan: &Plan) -> Result<Result<Made, Shortage>, CarryError> {
    if let Some(refusal) = &visit.stick.refusal {
        let full = is_full(refusal);
        return Ok(Err(if full { Shortage::Full } else { Shortage::ReadOnly }));
    }
    // A fifth is for the index and for what the file system needs.
    let free = visit.stick.free_bytes().unwrap_or(u64::MAX);
    let mut room = (free.saturating_sub(ROOM_KEPT) / 5 * 4).min(BUNDLE_BYTES_MAX);
    while room >= ROOM_BYTES_MIN {
        match make_within(visit, plan, room) {
            Ok(made) if made.items > 0 => return Ok(Ok(made)),
            Ok(made) => {
                made.discard();
                break;
            }
            // Whatever it said was free, it was not.
            Err(CarryError::Unwritable(error)) if is_full(&error) => room /= 2,
            Err(CarryError::Unwritable(error)) => {
                visit.stick.refusal = Some(error);
                return Ok(Err(Shortage::ReadOnly));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Err(Shortage::Full))
}

fn make_within(visit: &mut Visit<'_>, plan: &Plan, room: u64) -> Result<Made, CarryError> {
    let mut nonce = || visit.access.nonce().map_err(CarryError::Node);
    let (bundle_nonce, index_part, index_nonce) = (nonce()?, nonce()?, nonce()?);
    let mut part = visit.stick.begin(bundle_nonce).map_err(CarryError::of_io)?;
    let Visit { access, hear, .. } = visit;
    let mut packed = None;
    let done = access.read(&mut |read| {
        let mut progress = |done, total| hear(Progress::Putting { done, total });
        packed =
            Some(pack(read, plan, room, &mut part, &mut progress).map_err(CarryError::of_write)?);
        Ok(())
    });
    let packed =
        done.and_then(|()| packed.ok_or_else(|| CarryError::Node("the store was not read".into())));
    let packed = match packed {
        Ok(packed) => packed,
        Err(error) => {
            part.discard();
            return Err(error);
        }
    };
    let bundle = part.finish().map_err(CarryError::of_io)?;
    let index = write_beside(&visit.stick, &bundle, &packed.contents, index_part, index_nonce);
    let (items, left) = (packed.written.items, packed.left);
    match index {
        Ok(index) => Ok(Made { bundle, index, items, left, by_room: room < BUNDLE_BYTES_MAX }),
        Err(error) => {
            bundle.discard();
            Err(CarryError::of_io(error))
        }
    }
}

fn write_beside(
    stick: &Stick,
    bundle: &Written,
    contents: &crate::bundle::Contents,
    part: [u8; 16],
    nonce: [u8; 16],
) -> std::io::Result<Written> {
    let mut part = stick.begin(part)?;
    match write_index(contents, (bundle.name, bundle.bytes), nonce, &mut part) {
        Ok(()) => part.finish(),
        Err(error) => {
            part.discard();
            Err(error)
        }
    }
}

/// Gives a bundle its name, and remembers that what is in it is held here.
fn keep(visit: &mut Visit<'_>, made: Made, items: u64) -> Result<(), CarryError> {
    let bytes = made.bundle.bytes;
    let file = visit.stick.keep(&made.bundle, &made.index).map_err(CarryError::of_io)?;
    visit.report.bundles_put += 1;
    visit.report.items_put += items;
    visit.report.bytes_put += bytes;
    let Some(modified) = visit.stick.modified(&file) else { return Ok(()) };
    let at = visit.access.now();
    let note = Note { bytes, modified, at, clean: true, ..Note::default() };
    visit.access.note(&file, note).map_err(CarryError::Node)
}
