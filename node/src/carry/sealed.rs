//! Sealed bundles on a stick (`NAME.sealed`): what is for members only, one bundle for each
//! members-only community and all of it.
//!
//! Whoever is no member reads such a file once, finds nothing in it for them, and leaves it where it
//! is. A member takes it in; where the member then holds more than was in it, a new one takes its
//! place. Nothing on the stick says which community a sealed bundle is of.

use std::collections::BTreeMap;

use baro_crdt::ids::CommunityId;

use super::error::{CarryError, is_full};
use super::note::{Note, Now};
use super::put::{ROOM_BYTES_MIN, ROOM_KEPT};
use super::stick::Sealed;
use super::visit::{Progress, Shortage, Visit};
use crate::blobs::BlobClass;
use crate::bundle::{self, Bounds, Frame, ImportError, Tally, export_sealed};
use crate::epochs::{is_members_only, state_of};

/// The most bytes of a sealed bundle: what is pulled out while it is written is lost.
const BUNDLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

impl Visit<'_> {
    /// Takes in the sealed bundles that are new, and puts those that the stick lacks.
    pub(super) fn sealed(&mut self) -> Result<(), CarryError> {
        self.take_sealed()?;
        let mut members = Vec::new();
        for id in self.read(|read| {
            Ok(read.communities()?.into_iter().map(|row| row.id).collect::<Vec<_>>())
        })? {
            if self.read(|read| Ok(is_members_only(read, &id)?))? {
                members.push(id);
            }
        }
        for community in members {
            self.put_sealed(&community)?;
        }
        Ok(())
    }

    fn take_sealed(&mut self) -> Result<(), CarryError> {
        let (files, notes) = (self.stick.sealed()?, self.notes()?);
        let now = self.read(|read| Ok(Now::of(read)?))?;
        for file in files {
            let noted = notes.get(&file.file);
            if noted.is_some_and(|note| note.stands(file.bytes, file.modified, &now)) {
                match noted.is_some_and(|note| note.members.is_some()) {
                    true => self.report.bundles_known += 1,
                    false => self.report.bundles_foreign += 1,
                }
            } else {
                self.take_one_sealed(&file)?;
            }
        }
        Ok(())
    }

    fn take_one_sealed(&mut self, sealed: &Sealed) -> Result<(), CarryError> {
        let mut file = match self.stick.disk.open(&sealed.file) {
            Ok(file) => file,
            Err(error) => {
                self.report.unreadable.push((sealed.file.clone(), error.to_string()));
                return Ok(());
            }
        };
        let Self { access, hear, .. } = self;
        let mut take = |frame: &Frame| access.take(frame);
        let taken = bundle::import(&mut file, &mut take, &mut |done| {
            hear(Progress::Taking { done, total: sealed.bytes });
        });
        let (bytes, modified) = (sealed.bytes, sealed.modified);
        let mut note = Note { bytes, modified, at: self.access.now(), ..Note::default() };
        match taken {
            Ok(taken) => {
                let Tally { holds, refused, lacking, .. } = taken.tally.clone();
                note.clean = refused == 0 && taken.too_new.is_none();
                note.is_misleading = taken.sections_damaged > 0 || taken.torn;
                if holds.is_some() {
                    self.report.bundles_taken += 1;
                    self.report.sections_damaged += taken.sections_damaged;
                    self.report.tally.add(&taken.tally);
                } else {
                    self.report.bundles_foreign += 1;
                }
                let now = self.read(|read| Ok(Now::of(read)?))?;
                // A secret that comes later may open it.
                note.joined = holds.is_none().then_some(now.joined);
                note.held = (lacking > 0).then_some(now.held);
                note.members = holds;
            }
            Err(ImportError::Node(error)) => return Err(CarryError::Node(error)),
            Err(error) => {
                self.report.sections_damaged += 1;
                self.report.unreadable.push((sealed.file.clone(), error.to_string()));
            }
        }
        self.access.note(&sealed.file, note).map_err(CarryError::Node)
    }

    /// Puts a bundle of all that is held of a community, unless one that is there holds the same;
    /// those that hold less go.
    fn put_sealed(&mut self, community: &CommunityId) -> Result<(), CarryError> {
        let (id, notes) = (community.to_string(), self.notes()?);
        let state = self.read(|read| Ok(state_of(read, community)?))?;
        let of_it = |file: &Sealed, notes: &BTreeMap<String, Note>| {
            let note = notes.get(&file.file)?;
            let fits = (note.bytes, note.modified) == (file.bytes, file.modified);
            let (of, held) = note.members.as_ref().filter(|_| fits)?;
            (*of == id).then(|| (held.clone(), note.clean, note.is_misleading))
        };
        let mut before = Vec::new();
        for file in self.stick.sealed()? {
            let Some((held, clean, damaged)) = of_it(&file, &notes) else { continue };
            if held == state && !damaged {
                return Ok(());
            }
            // What was refused here may be taken in by others.
            if clean || damaged {
                before.push(file.file);
            }
        }
        let Some(file) = self.write_sealed(community, &state)? else { return Ok(()) };
        for old in before.into_iter().filter(|old| *old != file) {
            if self.stick.remove(&old)? {
                self.report.bundles_replaced += 1;
            }
        }
        self.stick.disk.sync().map_err(CarryError::Stick)
    }

    /// Writes it, if there is room; gives its file's name.
    fn write_sealed(
        &mut self,
        community: &CommunityId,
        state: &str,
    ) -> Result<Option<String>, CarryError> {
        if let Some(refusal) = &self.stick.refusal {
            let full = is_full(refusal);
            self.report.shortage = Some(if full { Shortage::Full } else { Shortage::ReadOnly });
            return Ok(None);
        }
        let free = self.stick.free_bytes().unwrap_or(u64::MAX);
        let room = free.saturating_sub(ROOM_KEPT).min(BUNDLE_BYTES_MAX);
        if room < ROOM_BYTES_MIN {
            self.report.shortage = Some(Shortage::Full);
            return Ok(None);
        }
        let mut nonce = || self.access.nonce().map_err(CarryError::Node);
        let (name, one, other) = (nonce()?, nonce()?, nonce()?);
        let seed: [u8; 32] = blake3::derive_key("baro stick seed 1", &[one, other].concat());
        let mut part = self.stick.begin(name).map_err(CarryError::of_io)?;
        let bounds = Bounds { bytes: room, blobs: Some(BlobClass::Large), seal: None };
        let mut written = None;
        let done = self.access.read(&mut |read| {
            let made = export_sealed(read, community, &bounds, seed, &mut part);
            written = Some(made.map_err(CarryError::of_write)?);
            Ok(())
        });
        let made = match (done, written) {
            (Ok(()), Some(made)) if made.sections > 0 => made,
            (Err(CarryError::Unwritable(error)), _) if is_full(&error) => {
                part.discard();
                self.report.shortage = Some(Shortage::Full);
                return Ok(None);
            }
            (done, _) => {
                part.discard();
                return done.map(|()| None);
            }
        };
        let kept = part.finish().map_err(CarryError::of_io)?;
        let file = self.stick.keep_sealed(&kept).map_err(CarryError::of_io)?;
        self.report.bundles_put += 1;
        self.report.items_put += made.items;
        self.report.bytes_put += kept.bytes;
        self.report.items_left += made.left;
        if made.left > 0 {
            self.report.shortage = Some(Shortage::Full);
        }
        if let Some(modified) = self.stick.modified(&file) {
            let members = Some((community.to_string(), state.to_owned()));
            let (bytes, at) = (kept.bytes, self.access.now());
            let note = Note { bytes, modified, at, clean: true, members, ..Note::default() };
            self.access.note(&file, note).map_err(CarryError::Node)?;
        }
        Ok(Some(file))
    }
}
