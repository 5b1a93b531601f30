//! What stands on a stick, as its indexes tell: what it need not be given again, and which bundles
//! hold nothing that is not held here.

use std::collections::BTreeSet;

use baro_crdt::fork::Cut;
use baro_crdt::ids::{CommunityId, ParcelId, PayloadHash};
use baro_crdt::reconcile::Element;

use crate::blobs::GroupSet;
use crate::bundle::{Elsewhere, Index, Shelf};
use crate::replica::{CARRY_SECONDS, age_now};
use crate::store::{BlobRow, LogRow, ParcelRow, Read, Result};
use crate::wire::chain_at;

/// The indexes of those bundles that count.
pub(super) struct Shelves<'a> {
    pub(super) indexes: Vec<&'a Index>,
}

impl<'a> Shelves<'a> {
    fn of(&self, community: &CommunityId) -> impl Iterator<Item = Shelf<'a>> {
        self.indexes.iter().filter_map(|index| index.of(community))
    }
}

/// Whether a stretch that ends so is of the branch held here; one that goes further than what is
/// held is taken to be.
fn is_ours(read: &dyn Read, row: &LogRow, shelf: &Shelf<'_>, end: Element) -> Result<bool> {
    if end.length() > row.cursor.length {
        return Ok(true);
    }
    let chain = chain_at(read, row, end.length())?;
    Ok(chain.is_some_and(|chain| shelf.is_end(end, &row.id, &chain)))
}

impl Elsewhere for Shelves<'_> {
    fn takes(&self, _: &CommunityId) -> bool {
        true
    }

    fn has_record(&self, community: &CommunityId, id: &[u8; 32]) -> bool {
        self.of(community).any(|shelf| shelf.has_record(id))
    }

    fn begin(&self, read: &dyn Read, row: &LogRow, length: u32) -> Result<Option<u32>> {
        let shelves: Vec<Shelf<'_>> = self.of(&row.header.community).collect();
        let mut stretches: Vec<(u32, Element, &Shelf<'_>)> = Vec::new();
        for shelf in &shelves {
            let of_log = shelf.stretches(&row.id).iter();
            stretches.extend(of_log.map(|(from, end)| (*from, *end, shelf)));
        }
        stretches.sort_by_key(|(from, end, _)| (*from, end.length()));
        // Only a forked log has another branch; of any other the last end vouches for the rest.
        let forked = read.cut(&row.id)?.is_some();
        let (mut covered, mut last) = (0, None);
        for (from, end, shelf) in stretches {
            let further = from <= covered && end.length() > covered;
            let here = end.length() <= row.cursor.length;
            if further && (!forked || (here && is_ours(read, row, shelf, end)?)) {
                covered = end.length();
                last = Some((end, shelf));
            }
        }
        let ours = match last {
            Some((end, shelf)) => forked || is_ours(read, row, shelf, end)?,
            None => false,
        };
        Ok(match ours {
            true if covered >= length => None,
            true => Some(covered),
            false => (length > 0).then_some(0),
        })
    }

    fn wanted(&self, community: &CommunityId) -> Vec<PayloadHash> {
        let (mut lacking, mut words) = (BTreeSet::new(), BTreeSet::new());
        for shelf in self.of(community) {
            lacking.extend(shelf.lacking().iter().copied());
            words.extend(shelf.words().iter().copied());
        }
        lacking.difference(&words).copied().collect()
    }

    fn has_parcel(&self, community: &CommunityId, id: &ParcelId) -> bool {
        self.of(community).any(|shelf| shelf.has_parcel(id))
    }

    fn blob(&self, community: &CommunityId, row: &BlobRow) -> GroupSet {
        let mut there = GroupSet::none(row.have.groups());
        for shelf in self.of(community) {
            for (first, groups) in shelf.blob(&row.hash).unwrap_or_default() {
                there.insert_run(*first, *groups);
            }
        }
        there
    }
}

/// Whether all that an index tells is held here, so that another bundle from here can take the
/// place of its own.
pub(super) fn is_held(read: &dyn Read, index: &Index) -> Result<bool> {
    let mut seen = 0;
    for community in read.communities()? {
        let Some(shelf) = index.of(&community.id) else { continue };
        seen += 1;
        let mut ids: Vec<[u8; 32]> =
            read.records(&community.id)?.iter().map(|row| *row.id.as_bytes()).collect();
        for row in read.cuts(&community.id)? {
            ids.push(Cut { log: row.log, length: row.cut }.item_hash());
        }
        let records = ids.iter().filter(|id| shelf.has_record(id)).count();
        let mut stretches = 0;
        for row in read.logs(&community.id)? {
            for (_, end) in shelf.stretches(&row.id) {
                if end.length() <= row.cursor.length && is_ours(read, &row, &shelf, *end)? {
                    stretches += 1;
                }
            }
        }
        if (records, stretches) != shelf.counts() {
            return Ok(false);
        }
        let mut blobs = 0;
        for name in read.blobs_of(&community.id)?.chunk_by(|a, b| a.hash == b.hash) {
            let Some(name) = name.first() else { continue };
            let Some(runs) = shelf.blob(&name.hash) else { continue };
            let held = read.blob(&name.hash)?.is_some_and(|row| {
                runs.iter().all(|(first, groups)| row.have.contains_run(*first, *groups))
            });
            // What is hidden here would not be put on the stick again.
            blobs += usize::from(held && !name.hidden);
        }
        if blobs != shelf.blobs() {
            return Ok(false);
        }
        // What is too old to be carried goes from sticks too; what had no room here stays there.
        let age = age_now(read, 0)?;
        let rows = read.parcels(&community.id)?;
        let done = |row: &&ParcelRow| !row.gone || age.saturating_sub(row.kept_at) > CARRY_SECONDS;
        let parcels = rows.iter().filter(done).filter(|row| shelf.has_parcel(&row.id)).count();
        if parcels != shelf.parcels() {
            return Ok(false);
        }
    }
    Ok(seen == index.communities())
}

/// Whether the index tells of parts of a blob that is wanted here and has not got them: it may have
/// had no room, or no name, when the bundle was read.
pub(super) fn brings_blobs(read: &dyn Read, index: &Index) -> Result<bool> {
    for community in read.communities()? {
        let Some(shelf) = index.of(&community.id) else { continue };
        for row in read.blobs_wanted(&community.id)? {
            let runs = shelf.blob(&row.hash).unwrap_or_default();
            if !runs.iter().all(|(first, groups)| row.have.contains_run(*first, *groups)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the index tells of a community that somebody here has joined.
pub(super) fn concerns(read: &dyn Read, index: &Index) -> Result<bool> {
    Ok(read.communities()?.iter().any(|community| index.of(&community.id).is_some()))
}
