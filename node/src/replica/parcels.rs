//! Sealed parcels in a batch: what is carried for others, how much, and for how long.
//!
//! The parcels of a community are no part of its digest: who has no room drops some, and two
//! honest nodes may hold different ones. What is dropped is remembered for a while, so that it
//! does not come back from the next neighbour. Where there are too many, the way that brought the
//! most gives up its oldest: a flood by one way pushes out what came by it, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{CommunityId, ParcelId};
use baro_crdt::sealed::Parcel;

use super::apply::Work;
use super::{Refusal, Taken};
use crate::store::{ParcelRow, Read, Result, Way, Write};

/// The most parcels of a community that are carried here.
pub const PARCELS_MAX: usize = 4_096;
/// The most bytes of them.
pub const PARCELS_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The most parcels of a community that are remembered as dropped.
pub const PARCELS_GONE_MAX: usize = 8_192;
/// How long a parcel is carried, and how long a key that is no longer published still opens what
/// comes, in seconds of this device's age: 60 days.
pub const CARRY_SECONDS: u64 = 60 * 24 * 3_600;
/// The local key of this device's age: its clock when it last looked, in 8 bytes, and the seconds
/// that it has counted, in 8 more.
pub const AGE_KEY: &str = "age";
/// A clock that jumps ahead counts for at most so many seconds: 30 days. So one jump makes nobody
/// forget keys and parcels at once, and neither does a device that lay in a drawer.
const AGE_STEP_MAX: i64 = 30 * 24 * 3_600;
/// How often it is written down, in seconds.
const AGE_KEPT_EVERY: i64 = 60;
/// The local keys that begin so say when another node was first known to hold a parcel that was
/// sealed here: `carried/COMMUNITY/PARCEL`.
pub const CARRIED_PREFIX: &str = "carried/";

/// The local key of when another node was first known to hold a parcel that was sealed here.
pub fn carried_key(community: &CommunityId, parcel: &ParcelId) -> String {
    format!("{CARRIED_PREFIX}{community}/{parcel}")
}

/// Parcels whose number or bytes changed.
#[derive(Default)]
pub(super) struct Pool {
    pub(super) touched: BTreeSet<CommunityId>,
}

/// What is kept of the age: the clock when it was last looked at, and the seconds counted then.
fn counted(read: &(impl Read + ?Sized)) -> Result<Option<(i64, u64)>> {
    let held = read.local(AGE_KEY)?;
    let part = |at: usize| -> Option<[u8; 8]> { held.as_ref()?.get(at..at + 8)?.try_into().ok() };
    Ok(match (part(0), part(8)) {
        (Some(last), Some(counted)) => {
            Some((i64::from_be_bytes(last), u64::from_be_bytes(counted)))
        }
        _ => None,
    })
}

/// This device's age in seconds, where its clock shows `now`.
///
/// # Errors
/// [`crate::store::StoreError`].
pub fn age_now(read: &(impl Read + ?Sized), now: i64) -> Result<u64> {
    let Some((last, counted)) = counted(read)? else { return Ok(0) };
    // A batch without a time tells nothing.
    let step = if now == 0 { 0 } else { now.saturating_sub(last).clamp(0, AGE_STEP_MAX) };
    Ok(counted.saturating_add(step.unsigned_abs()))
}

/// The same, kept from time to time.
fn age(write: &mut dyn Write, now: i64) -> Result<u64> {
    let age = age_now(write, now)?;
    let is_kept = counted(write)?
        .is_some_and(|(last, _)| (0..AGE_KEPT_EVERY).contains(&now.saturating_sub(last)));
    if now != 0 && !is_kept {
        write.put_local(AGE_KEY, &[now.to_be_bytes(), age.to_be_bytes()].concat())?;
    }
    Ok(age)
}

impl Work<'_> {
    /// Takes in a parcel, which nobody here may be able to open.
    pub(super) fn parcel(
        &mut self,
        community: &CommunityId,
        bytes: &[u8],
        way: Way,
    ) -> Result<Taken> {
        let Ok(parcel) = Parcel::from_bytes(bytes.to_vec()) else {
            return Ok(Taken::Refused(Refusal::BadParcel));
        };
        let id = parcel.id();
        if self.write.parcel(community, id.as_bytes())?.is_some() {
            return Ok(Taken::Held);
        }
        let row = ParcelRow {
            community: *community,
            id,
            size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            kept_at: age(self.write, self.now.0)?,
            way,
            sent: false,
            tried: false,
            gone: false,
        };
        self.write.put_parcel(&row, Some(bytes))?;
        self.pool.touched.insert(*community);
        self.outcome.news.parcels.entry(*community).or_default().insert(id);
        Ok(Taken::New)
    }

    /// Another node holds a parcel that was sealed here.
    pub(super) fn parcel_sent(&mut self, community: &CommunityId, id: &ParcelId) -> Result<()> {
        let row = self.write.parcel(community, id.as_bytes())?;
        let Some(row) = row.filter(|row| !row.sent) else { return Ok(()) };
        if row.way == Way::HERE {
            self.write.put_local(&carried_key(community, id), &self.now.0.to_be_bytes())?;
        }
        self.write.put_parcel(&ParcelRow { sent: true, ..row }, None)
    }

    /// The keys that are here have been tried on a parcel.
    pub(super) fn parcel_tried(&mut self, community: &CommunityId, id: &ParcelId) -> Result<()> {
        match self.write.parcel(community, id.as_bytes())? {
            Some(row) => self.write.put_parcel(&ParcelRow { tried: true, ..row }, None),
            None => Ok(()),
        }
    }

    /// Looks at all parcels of this device again: time has passed.
    pub(super) fn tidy_parcels(&mut self) -> Result<()> {
        age(self.write, self.now.0)?;
        let communities = self.write.communities()?;
        self.pool.touched.extend(communities.iter().map(|row| row.id));
        Ok(())
    }

    /// Drops what is too old or too much.
    pub(super) fn settle_parcels(&mut self) -> Result<()> {
        for community in std::mem::take(&mut self.pool.touched) {
            let age = age(self.write, self.now.0)?;
            let rows = self.write.parcels(&community)?;
            let (gone, mut held): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.gone);
            held.sort_by_key(|row| (row.kept_at, row.id));
            let mut kept: BTreeMap<Way, (std::collections::VecDeque<ParcelRow>, u64)> =
                BTreeMap::new();
            let (mut count, mut bytes) = (0, 0);
            let mut dropped = Vec::new();
            for row in held {
                if age.saturating_sub(row.kept_at) > CARRY_SECONDS {
                    dropped.push(row);
                    continue;
                }
                count += 1;
                bytes += u64::from(row.size);
                let (rows, sum) = kept.entry(row.way).or_default();
                *sum += u64::from(row.size);
                rows.push_back(row);
            }
            while count > PARCELS_MAX || bytes > PARCELS_BYTES_MAX {
                // By number where they are too many, by bytes where they are too large.
                let most = kept.iter_mut().max_by_key(|(way, (rows, sum))| match count {
                    count if count > PARCELS_MAX => (rows.len() as u64, **way),
                    _ => (*sum, **way),
                });
                let Some((_, (rows, sum))) = most else { break };
                let Some(row) = rows.pop_front() else { break };
                *sum -= u64::from(row.size);
                count -= 1;
                bytes -= u64::from(row.size);
                dropped.push(row);
            }
            if dropped.is_empty() {
                continue;
            }
            for row in &dropped {
                let row = ParcelRow { gone: true, ..row.clone() };
                self.write.put_parcel(&row, None)?;
                if let Some(new) = self.outcome.news.parcels.get_mut(&community) {
                    new.remove(&row.id);
                }
            }
            let mut gone = gone;
            gone.sort_by_key(|row| (row.kept_at, row.id));
            let over = (gone.len() + dropped.len()).saturating_sub(PARCELS_GONE_MAX);
            for row in gone.iter().take(over) {
                self.write.drop_parcel(&community, &row.id)?;
            }
        }
        self.outcome.news.parcels.retain(|_, new| !new.is_empty());
        Ok(())
    }
}
