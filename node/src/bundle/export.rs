//! Making a bundle: records first, then runs of logs in the order of their streams, words alone,
//! and last what waits for an authority.

use std::io::Write;

use baro_crdt::fork::Cut;
use baro_crdt::ids::{CommunityId, PayloadHash};
use baro_crdt::log::{Header, Stream};
use baro_crdt::reconcile::Element;
use minicbor::bytes::ByteVec;

use super::content::{self, END, End, LOGS, Logs, RECORDS, Records, WORDS, Words};
use super::digest::{Digest, Theirs, WriteError, Written};
use super::section::MAGIC;
use crate::core::message::{LogRef, RecordItem, Run};
use crate::store::{LogRow, Read};
use crate::wire::{Span, chain_at, read_run, records_in_order, spans};

/// A section is closed when its body holds so many bytes: what damage costs, and what a commit
/// takes, against how well it compresses.
const SECTION_BYTES: usize = 128 * 1024;

type Result<T> = std::result::Result<T, WriteError>;

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
    out.write_all(&MAGIC)?;
    let written = Written { bytes: MAGIC.len() as u64, ..Written::default() };
    let mut export = Export { read, out, written, open: None, later: Vec::new() };
    let mut shares = Vec::new();
    for row in read.communities()? {
        // Whoever has not joined it would refuse it.
        let theirs = match to {
            Some(digest) => match digest.of(&row.id) {
                Some(theirs) => Some(theirs),
                None => continue,
            },
            None => None,
        };
        shares.push((row.id, theirs));
    }
    export.written.communities = shares.len() as u64;
    for (community, theirs) in &shares {
        export.records(*community, theirs.as_ref())?;
    }
    let (mut authorised, mut waiting) = (Vec::new(), Vec::new());
    for (community, theirs) in &shares {
        for row in read.logs(community)? {
            export.plan(&row, theirs.as_ref(), &mut authorised, &mut waiting)?;
        }
    }
    authorised.sort_by_key(Planned::order);
    let total = (authorised.len() + waiting.len()) as u64;
    let mut done = 0;
    let mut runs = |export: &mut Export<'_>, planned: Vec<Planned>| -> Result<()> {
        for planned in planned {
            export.run(&planned)?;
            done += 1;
            progress(done, total);
        }
        Ok(())
    };
    runs(&mut export, authorised)?;
    for (community, theirs) in &shares {
        for hash in theirs.iter().flat_map(|theirs| theirs.wanted()) {
            export.words(*community, hash)?;
        }
    }
    for (community, hash) in std::mem::take(&mut export.later) {
        export.words(community, &hash)?;
    }
    runs(&mut export, waiting)?;
    export.end()
}

/// A run that will be written.
struct Planned {
    row: LogRow,
    span: Span,
}

impl Planned {
    fn order(&self) -> (Stream, CommunityId, u32, u32) {
        let header = &self.row.header;
        (header.stream, header.community, self.row.number.0, self.span.from)
    }
}

/// A section that still has room.
enum Open {
    Records(Records),
    Logs(Logs),
    Words(Words),
}

struct Export<'a> {
    read: &'a dyn Read,
    out: &'a mut dyn Write,
    written: Written,
    open: Option<(Open, usize)>,
    later: Vec<(CommunityId, PayloadHash)>,
}

impl Export<'_> {
    fn records(&mut self, community: CommunityId, theirs: Option<&Theirs<'_>>) -> Result<()> {
        let held = |id: &[u8; 32]| theirs.is_some_and(|theirs| theirs.has_record(id));
        for record in records_in_order(self.read, &community)? {
            if !held(record.id().as_bytes()) {
                self.record(community, RecordItem::Record(record.to_bytes().to_vec()))?;
            }
        }
        for row in self.read.cuts(&community)? {
            if !held(&Cut { log: row.log, length: row.cut }.item_hash()) {
                self.record(community, RecordItem::Cut(row.proof))?;
            }
        }
        Ok(())
    }

    /// Lists the runs of a log that the other side lacks.
    fn plan(
        &self,
        row: &LogRow,
        theirs: Option<&Theirs<'_>>,
        authorised: &mut Vec<Planned>,
        waiting: &mut Vec<Planned>,
    ) -> Result<()> {
        let heads = self.read.heads(row.number)?;
        let planned = |span| Planned { row: row.clone(), span };
        let from = |length| match theirs {
            Some(theirs) => self.begin(row, theirs, length),
            None => Ok(Some(0)),
        };
        if let Some(from) = from(row.authorised)? {
            authorised.extend(spans(&heads, from, row.authorised).map(planned));
        }
        if row.authorised == row.cursor.length || self.read.cut(&row.id)?.is_some() {
            return Ok(());
        }
        let length = row.cursor.length;
        if let Some(from) = from(length)? {
            // What is authorised went before, as far as a head reached.
            let sent = heads.iter().map(|head| head.head.length);
            let sent = sent.filter(|length| *length <= row.authorised).max().unwrap_or(0);
            waiting.extend(spans(&heads, from.max(sent), length).map(planned));
        }
        Ok(())
    }

    /// From where on to send the first `length` entries of a log to the other side; `None` where
    /// it holds them.
    fn begin(&self, row: &LogRow, theirs: &Theirs<'_>, length: u32) -> Result<Option<u32>> {
        let Some(held) = theirs.log(&row.id) else { return Ok(Some(0)) };
        if held.length() > length {
            return Ok(None);
        }
        let chain = chain_at(self.read, row, held.length())?;
        let same = chain.is_some_and(|chain| {
            Element::for_log(&theirs.key, &row.id, held.length(), &chain) == held
        });
        Ok(match (same, held.length() == length) {
            (true, true) => None,
            (true, false) => Some(held.length()),
            // Another branch: with all of this one the fork can be proven there.
            (false, _) => Some(0),
        })
    }

    fn run(&mut self, planned: &Planned) -> Result<()> {
        let Planned { row, span } = planned;
        let Header { community, author, grant, stream, lane, volume } = row.header.clone();
        let sent = read_run(self.read, row.number, span.from, span.to)?;
        self.later.extend(sent.later.iter().map(|hash| (community, *hash)));
        self.written.items += sent.entries.len() as u64;
        let run = Run {
            log: LogRef::New { author, grant, stream, lane, volume },
            from: span.from,
            entries: sent.entries,
            signature: span.signature,
        };
        let fits = |open: &Open| matches!(open, Open::Logs(logs) if logs.community == community);
        self.make_room(sent.bytes, fits)?;
        let begin = || (Open::Logs(Logs { community, runs: Vec::new() }), 0);
        if let (Open::Logs(logs), bytes) = self.open.get_or_insert_with(begin) {
            logs.runs.push(run);
            *bytes += sent.bytes;
        }
        Ok(())
    }

    fn record(&mut self, community: CommunityId, item: RecordItem) -> Result<()> {
        let (RecordItem::Record(inner) | RecordItem::Cut(inner)) = &item;
        let size = inner.len() + 8;
        self.written.items += 1;
        let fits = |open: &Open| matches!(open, Open::Records(r) if r.community == community);
        self.make_room(size, fits)?;
        let begin = || (Open::Records(Records { community, items: Vec::new() }), 0);
        if let (Open::Records(records), bytes) = self.open.get_or_insert_with(begin) {
            records.items.push(item);
            *bytes += size;
        }
        Ok(())
    }

    fn words(&mut self, community: CommunityId, hash: &PayloadHash) -> Result<()> {
        let Some(found) = self.read.payload(hash)? else { return Ok(()) };
        let size = found.len() + 4;
        self.written.items += 1;
        let fits = |open: &Open| matches!(open, Open::Words(words) if words.community == community);
        self.make_room(size, fits)?;
        let begin = || (Open::Words(Words { community, words: Vec::new() }), 0);
        if let (Open::Words(words), bytes) = self.open.get_or_insert_with(begin) {
            words.words.push(ByteVec::from(found));
            *bytes += size;
        }
        Ok(())
    }

    /// Closes the open section unless it is of the kind wanted and has room.
    fn make_room(&mut self, size: usize, fits: impl Fn(&Open) -> bool) -> Result<()> {
        let room = self
            .open
            .as_ref()
            .is_none_or(|(open, bytes)| fits(open) && bytes + size <= SECTION_BYTES);
        if room { Ok(()) } else { self.close() }
    }

    fn close(&mut self) -> Result<()> {
        let Some((open, _)) = self.open.take() else { return Ok(()) };
        let frame = match &open {
            Open::Records(records) => content::pack(RECORDS, records)?,
            Open::Logs(logs) => content::pack(LOGS, logs)?,
            Open::Words(words) => content::pack(WORDS, words)?,
        };
        self.out.write_all(frame.as_bytes())?;
        self.written.sections += 1;
        self.written.bytes += frame.as_bytes().len() as u64;
        Ok(())
    }

    fn end(mut self) -> Result<Written> {
        self.close()?;
        let end = content::pack(END, &End { sections: self.written.sections })?;
        self.out.write_all(end.as_bytes())?;
        self.written.bytes += end.as_bytes().len() as u64;
        Ok(self.written)
    }
}
