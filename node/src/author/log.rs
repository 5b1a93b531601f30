//! One log while it is written: entries gather until a head is signed over them.

use baro_crdt::entry::{Body, Cursor, Entry, EntryError, Payload, Step};
use baro_crdt::ids::{ChainHash, LogId, WallSeconds};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{EntryIds, Header, SIGNED_EVERY_BYTES, VOLUME_BYTES_MAX, VOLUME_ENTRIES_MAX};

use crate::replica::{Item, LogItem};
use crate::store::LogRow;

/// What is said: body, words, the highest Lamport number it follows, and when.
pub(super) type Said = (Body, Option<Payload>, u64, WallSeconds);

/// A log being written to.
pub(super) struct OpenLog {
    header: Header,
    id: LogId,
    ids: EntryIds,
    cursor: Cursor,
    /// How many entries come before the unsigned ones.
    from: u32,
    /// The chain hash there.
    base: ChainHash,
    unsigned: Vec<Vec<u8>>,
    unsigned_bytes: u64,
    payloads: Vec<Vec<u8>>,
}

impl OpenLog {
    /// A log of which nothing is held.
    pub(super) fn begin(header: Header) -> Self {
        let id = header.id();
        Self::at(header, id, Cursor::start(id))
    }

    /// A log that is held.
    pub(super) fn go_on(row: &LogRow) -> Self {
        Self::at(row.header.clone(), row.id, row.cursor)
    }

    fn at(header: Header, id: LogId, cursor: Cursor) -> Self {
        Self {
            header,
            id,
            ids: EntryIds::of(&id),
            cursor,
            from: cursor.length,
            base: cursor.chain,
            unsigned: Vec::new(),
            unsigned_bytes: 0,
            payloads: Vec::new(),
        }
    }

    /// Appends an entry; items that this completes (a signed run, a full volume) go to `items`.
    pub(super) fn push(
        &mut self,
        (body, payload, cited, now): Said,
        key: &MemberKey,
        items: &mut Vec<Item>,
    ) -> Result<Step, EntryError> {
        let reference = payload.as_ref().map(Payload::reference);
        let entry = |cursor: &Cursor| Entry {
            lamport_step: cursor.lamport_step(cited),
            time_step: now.0.saturating_sub(cursor.time),
            body: body.clone(),
            payload: reference,
        };
        let said = entry(&self.cursor);
        said.check(self.header.stream)?;
        let mut bytes = said.to_bytes();
        if self.cursor.length >= VOLUME_ENTRIES_MAX
            || self.cursor.bytes + bytes.len() as u64 > VOLUME_BYTES_MAX
        {
            self.sign(key, items);
            let volume = self.header.volume + 1;
            *self = Self::begin(Header { volume, ..self.header.clone() });
            bytes = entry(&self.cursor).to_bytes();
        }
        if self.unsigned_bytes + bytes.len() as u64 > SIGNED_EVERY_BYTES {
            self.sign(key, items);
        }
        let step = self.cursor.step(&bytes, self.header.stream, &self.ids)?;
        self.unsigned_bytes += bytes.len() as u64;
        self.unsigned.push(bytes);
        self.payloads.extend(payload.map(|payload| payload.to_bytes().to_vec()));
        Ok(step)
    }

    /// Signs what is unsigned.
    pub(super) fn finish(mut self, key: &MemberKey, items: &mut Vec<Item>) {
        self.sign(key, items);
    }

    fn sign(&mut self, key: &MemberKey, items: &mut Vec<Item>) {
        if self.unsigned.is_empty() {
            return;
        }
        items.push(Item::Log(LogItem {
            header: self.header.clone(),
            from: self.from,
            base: self.base,
            entries: std::mem::take(&mut self.unsigned),
            signature: self.cursor.head(self.id).sign(key).signature,
            payloads: std::mem::take(&mut self.payloads),
        }));
        self.from = self.cursor.length;
        self.base = self.cursor.chain;
        self.unsigned_bytes = 0;
    }
}
