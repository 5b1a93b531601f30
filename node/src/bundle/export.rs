//! Making a bundle: records first, then runs of logs in the order of their streams with sealed
//! parcels between official words and debates, words alone, what waits for an authority, and last
//! parts of blobs, the largest behind all others.

use std::io::Write;

use baro_crdt::ids::{ChainHash, CommunityId, LogId, ParcelId, PayloadHash};
use baro_crdt::log::{Header, Stream};
use minicbor::bytes::ByteVec;

use super::content::{
    self, END, End, LOGS, Logs, PARCELS, Parcels, RECORDS, Records, SLICES, Slice, Slices, WORDS,
    Words,
};
use super::contents::Contents;
use super::digest::{Digest, WriteError, Written};
use super::plan::{Elsewhere, Plan, Planned, PlannedSlice};
use super::sealed::export_sealed;
use super::section::MAGIC;
use crate::blobs::BlobClass;
use crate::core::message::{LogRef, RecordItem, Run};
use crate::epochs::is_members_only;
use crate::store::Read;
use crate::wire::read_run;

/// A section is closed when its body holds so many bytes: what damage costs, and what a commit
/// takes, against how well it compresses.
const SECTION_BYTES: usize = 128 * 1024;
/// The same where little room is left, so that little of it stays unused.
const SECTION_BYTES_SMALL: u64 = 4 * 1024;
/// Room that is kept for the end of a file.
const END_BYTES_MAX: u64 = 64;

type Result<T> = std::result::Result<T, WriteError>;

/// A bundle that was written, and what is in it.
pub(crate) struct Packed {
    pub(crate) written: Written,
    /// Items that found no room.
    pub(crate) left: u64,
    pub(crate) contents: Contents,
}

/// Writes what the store holds, but for what `to` holds already.
///
/// `progress` hears how many runs of logs are written, of how many.
///
/// # Errors
/// [`WriteError`], and then what was written is not a whole bundle.
pub fn export(
    read: &dyn Read,
    to: Option<&Digest>,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Written> {
    let bounds = Bounds { bytes: u64::MAX, blobs: Some(BlobClass::Large), seal: None };
    export_within(read, to, &bounds, out, progress)
}

/// How much goes into a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The most bytes of the file. What comes first in the order goes first, text before media.
    pub bytes: u64,
    /// Blobs of this class and those before it; none of them where there is none.
    pub blobs: Option<BlobClass>,
    /// Fresh random bytes, never used before: with them what is for members only goes along too,
    /// sealed for them, behind all else. Without it is left out.
    pub seal: Option<[u8; 32]>,
}

/// As [`export`], within bounds: [`Written::left`] says what found no room.
///
/// # Errors
/// As [`export`].
pub fn export_within(
    read: &dyn Read,
    to: Option<&Digest>,
    bounds: &Bounds,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Written> {
    let mut plan = Plan::new(read, to.map(|digest| digest as &dyn Elsewhere))?;
    plan.up_to(bounds.blobs);
    let mut members = Vec::new();
    for row in read.communities()?.into_iter().filter(|_| bounds.seal.is_some()) {
        if is_members_only(read, &row.id)? {
            members.push(row.id);
        }
    }
    // A device whose communities are all members-only writes nothing else.
    let mut written = match plan.communities == 0 && !members.is_empty() {
        true => Written::default(),
        false => {
            let packed = pack(read, &plan, bounds.bytes, out, progress)?;
            Written { left: packed.left, ..packed.written }
        }
    };
    for (community, number) in members.iter().zip(0_u64..) {
        let seed = bounds.seal.unwrap_or_default();
        let seed =
            blake3::derive_key("baro bundle seed 1", &[&seed[..], &number.to_be_bytes()].concat());
        let left = Bounds { bytes: bounds.bytes.saturating_sub(written.bytes), ..*bounds };
        let sealed = export_sealed(read, community, &left, seed, out)?;
        written.communities += sealed.communities;
        written.sections += sealed.sections;
        written.items += sealed.items;
        written.bytes += sealed.bytes;
        written.left += sealed.left;
    }
    Ok(written)
}

/// Writes what is planned, as much of it as `limit` bytes hold, the first things first.
///
/// # Errors
/// As [`export`].
pub(crate) fn pack(
    read: &dyn Read,
    plan: &Plan,
    limit: u64,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Packed> {
    out.write_all(&MAGIC)?;
    let small = usize::try_from((limit / 16).max(SECTION_BYTES_SMALL)).unwrap_or(usize::MAX);
    let mut export = Export {
        read,
        out,
        limit: limit.saturating_sub(END_BYTES_MAX),
        section_bytes: small.min(SECTION_BYTES),
        open: None,
        later: Vec::new(),
        ends: Vec::new(),
        is_full: false,
        packed: Packed {
            written: Written {
                communities: plan.communities,
                bytes: MAGIC.len() as u64,
                ..Written::default()
            },
            left: 0,
            contents: Contents::default(),
        },
    };
    for (community, item) in &plan.records {
        export.record(*community, item)?;
    }
    let total = (plan.authorised.len() + plan.waiting.len() + plan.slices.len()) as u64;
    let mut done = 0;
    let mut runs = |export: &mut Export<'_>, planned: &[Planned]| -> Result<()> {
        for planned in planned {
            export.run(planned)?;
            done += 1;
            progress(done, total);
        }
        Ok(())
    };
    // Sealed parcels go after official words and before debates.
    let urgent = plan.authorised.partition_point(|run| run.row.header.stream <= Stream::Official);
    let (urgent, rest) = plan.authorised.split_at_checked(urgent).unwrap_or_default();
    runs(&mut export, urgent)?;
    for (community, id) in &plan.parcels {
        export.parcel(*community, id)?;
    }
    runs(&mut export, rest)?;
    for (community, hash) in &plan.words {
        export.words(*community, hash)?;
    }
    for (community, hash) in std::mem::take(&mut export.later) {
        export.words(community, &hash)?;
    }
    runs(&mut export, &plan.waiting)?;
    for planned in &plan.slices {
        export.slice(planned)?;
        done += 1;
        progress(done, total);
    }
    export.end()
}

/// A section that still has room.
enum Open {
    Records(Records),
    Logs(Logs),
    Words(Words),
    Slices(Slices),
    Parcels(Parcels),
}

struct Export<'a> {
    read: &'a dyn Read,
    out: &'a mut dyn Write,
    /// How long the file may become before its end.
    limit: u64,
    section_bytes: usize,
    /// The section, how long its body is, and how many items are in it.
    open: Option<(Open, usize, u64)>,
    later: Vec<(CommunityId, PayloadHash)>,
    /// Where runs of the open section end.
    ends: Vec<(LogId, u32, ChainHash)>,
    /// Nothing more is written: what comes first in the order has no room.
    is_full: bool,
    packed: Packed,
}

impl Export<'_> {
    fn run(&mut self, planned: &Planned) -> Result<()> {
        let Planned { row, span, chain } = planned;
        if self.is_full {
            self.packed.left += u64::from(span.to - span.from);
            return Ok(());
        }
        let Header { community, author, grant, stream, lane, volume } = row.header.clone();
        let sent = read_run(self.read, row.number, span.from, span.to)?;
        let later = sent.later.iter().map(|hash| (community, *hash));
        let items = sent.entries.len() as u64;
        let run = Run {
            log: LogRef::New { author, grant, stream, lane, volume },
            from: span.from,
            entries: sent.entries,
            signature: span.signature,
        };
        let fits = |open: &Open| matches!(open, Open::Logs(logs) if logs.community == community);
        self.make_room(sent.bytes, fits)?;
        self.later.extend(later);
        self.ends.push((row.id, span.to, *chain));
        let begin = || (Open::Logs(Logs { community, runs: Vec::new() }), 0, 0);
        if let (Open::Logs(logs), bytes, count) = self.open.get_or_insert_with(begin) {
            logs.runs.push(run);
            *bytes += sent.bytes;
            *count += items;
        }
        Ok(())
    }

    fn record(&mut self, community: CommunityId, item: &RecordItem) -> Result<()> {
        let (RecordItem::Record(inner) | RecordItem::Cut(inner)) = item;
        let size = inner.len() + 8;
        let fits = |open: &Open| matches!(open, Open::Records(r) if r.community == community);
        self.make_room(size, fits)?;
        let begin = || (Open::Records(Records { community, items: Vec::new() }), 0, 0);
        if let (Open::Records(records), bytes, count) = self.open.get_or_insert_with(begin) {
            records.items.push(item.clone());
            *bytes += size;
            *count += 1;
        }
        Ok(())
    }

    fn words(&mut self, community: CommunityId, hash: &PayloadHash) -> Result<()> {
        let Some(found) = self.read.payload(hash)? else { return Ok(()) };
        let size = found.len() + 4;
        let fits = |open: &Open| matches!(open, Open::Words(words) if words.community == community);
        self.make_room(size, fits)?;
        let begin = || (Open::Words(Words { community, words: Vec::new() }), 0, 0);
        if let (Open::Words(words), bytes, count) = self.open.get_or_insert_with(begin) {
            words.words.push(ByteVec::from(found));
            *bytes += size;
            *count += 1;
        }
        Ok(())
    }

    fn parcel(&mut self, community: CommunityId, id: &ParcelId) -> Result<()> {
        if self.is_full {
            self.packed.left += 1;
            return Ok(());
        }
        let Some(bytes) = self.read.parcel_bytes(&community, id)? else { return Ok(()) };
        let length = bytes.len() + 8;
        let fits = |open: &Open| matches!(open, Open::Parcels(p) if p.community == community);
        self.make_room(length, fits)?;
        let begin = || (Open::Parcels(Parcels { community, parcels: Vec::new() }), 0, 0);
        if let (Open::Parcels(parcels), sum, count) = self.open.get_or_insert_with(begin) {
            parcels.parcels.push(ByteVec::from(bytes));
            *sum += length;
            *count += 1;
        }
        Ok(())
    }

    fn slice(&mut self, planned: &PlannedSlice) -> Result<()> {
        let PlannedSlice { community, hash, size, first, groups, .. } = *planned;
        if self.is_full {
            self.packed.left += 1;
            return Ok(());
        }
        let Some(bytes) = self.read.blob_slice(&hash, first, groups)? else { return Ok(()) };
        let length = bytes.len() + 64;
        let fits = |open: &Open| matches!(open, Open::Slices(s) if s.community == community);
        self.make_room(length, fits)?;
        let begin = || (Open::Slices(Slices { community, slices: Vec::new() }), 0, 0);
        if let (Open::Slices(slices), sum, count) = self.open.get_or_insert_with(begin) {
            slices.slices.push(Slice { hash, size, first, groups, bytes });
            *sum += length;
            *count += 1;
        }
        Ok(())
    }

    /// Closes the open section unless it is of the kind wanted and has room.
    fn make_room(&mut self, size: usize, fits: impl Fn(&Open) -> bool) -> Result<()> {
        let room = self
            .open
            .as_ref()
            .is_none_or(|(open, bytes, _)| fits(open) && bytes + size <= self.section_bytes);
        if room { Ok(()) } else { self.close() }
    }

    fn close(&mut self) -> Result<()> {
        let Some((open, _, items)) = self.open.take() else { return Ok(()) };
        let ends = std::mem::take(&mut self.ends);
        let written = &mut self.packed.written;
        if !self.is_full {
            let frame = match &open {
                Open::Records(records) => content::pack(RECORDS, records)?,
                Open::Logs(logs) => content::pack(LOGS, logs)?,
                Open::Words(words) => content::pack(WORDS, words)?,
                Open::Slices(slices) => content::pack(SLICES, slices)?,
                Open::Parcels(parcels) => content::pack(PARCELS, parcels)?,
            };
            let bytes = frame.as_bytes().len() as u64;
            self.is_full = written.bytes.saturating_add(bytes) > self.limit;
            if !self.is_full {
                self.out.write_all(frame.as_bytes())?;
                written.sections += 1;
                written.items += items;
                written.bytes += bytes;
            }
        }
        if self.is_full {
            self.packed.left += items;
            return Ok(());
        }
        let contents = &mut self.packed.contents;
        match open {
            Open::Records(records) => contents.records(&records),
            Open::Logs(logs) => contents.logs(&logs),
            Open::Words(words) => contents.words(&words),
            Open::Slices(slices) => contents.slices(&slices),
            Open::Parcels(parcels) => contents.parcels(&parcels),
        }
        contents.ends(&ends);
        Ok(())
    }

    fn end(mut self) -> Result<Packed> {
        self.close()?;
        let written = &mut self.packed.written;
        let end = content::pack(END, &End { sections: written.sections })?;
        self.out.write_all(end.as_bytes())?;
        written.bytes += end.as_bytes().len() as u64;
        Ok(self.packed)
    }
}
