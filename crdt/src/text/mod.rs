//! Texts that several people write together: one Automerge document each, behind a gate of ours.
//!
//! **What comes in** are changes as bytes, from anybody, in any order, doubled or not. Each is one
//! thing that somebody saved. [`gate`] decides what is taken; what builds on changes that are not
//! here waits. **What goes out** are the words, at present or at any earlier version, who wrote
//! which of them, and the bytes of new changes ([`Text::edit`], [`Text::edit_splices`]), which pass
//! the same gate. **What never happens**: bytes from outside reach Automerge unchecked, a saved
//! document from outside is loaded, or the result depends on the order of arrival.
//!
//! **The genesis.** All texts start from one fixed change that makes the text object. Every node
//! computes it, nobody sends it, and a first change depends on it. So all editors write in one
//! object, and no change can make another.
//!
//! Which changes are authorised is for the caller to say: a text is built from the authorised
//! changes and what those depend on ([`Known::closure`], [`Text::missing`]).
//!
//! Positions and lengths count Unicode scalar values. An open text takes some memory, so open it
//! to read or write and let it go again.

pub mod brief;
pub mod gate;

mod chunk;
mod columns;
mod diff;
mod edit;
mod history;
mod known;
mod leb;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, TextEncoding};

pub use edit::{EditError, Splice};
pub use history::{ChangeInfo, Span};
pub use known::Known;

use crate::ids::{ChangeHash, EntryId};
use gate::{GateError, GatedChange, ReadChange};

/// The hash of the change with which every text starts.
pub const GENESIS_HASH: ChangeHash = ChangeHash::from_bytes([
    0xae, 0x2d, 0x83, 0xba, 0x49, 0xba, 0x3d, 0xa8, 0x29, 0xff, 0x7f, 0xae, 0x54, 0xab, 0x7e, 0x39,
    0x9f, 0x6a, 0x1d, 0x7a, 0x62, 0x59, 0x1d, 0x44, 0x31, 0xe1, 0x1a, 0x3e, 0x2f, 0x48, 0x30, 0x19,
]);

/// Automerge refused what had passed the gate: the gate has a hole, and the text can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text cannot be put together: {0}")]
pub struct TextError(String);

/// What became of a change that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was here before.
    AlreadyHere,
    /// It is part of the text, and so are those that had waited for it. In an order in which each
    /// comes after what it depends on.
    Taken(Vec<ChangeHash>),
    /// It waits for these, which are not here.
    Waiting(Vec<ChangeHash>),
    /// It will never be taken.
    Refused(GateError),
}

/// A text, open to read and write.
///
/// ```
/// use baro_crdt::ids::EntryId;
/// use baro_crdt::text::Text;
///
/// let id = EntryId::from_bytes([7; 16]); // of the entry that opened it
/// let mut awa = Text::new(id);
/// for change in awa.edit("un puits, une école")? {
///     awa.add(&change)?;
/// }
///
/// // Two write at once, without hearing from each other, and each hears of the other's change.
/// let mut bintou = awa.clone();
/// let by_awa = awa.edit("un puits profond, une école")?;
/// let by_bintou = bintou.edit("un puits, une école et un marché")?;
/// for text in [&mut awa, &mut bintou] {
///     text.add_all(by_bintou.iter().chain(&by_awa).map(Vec::as_slice))?;
///     assert_eq!(text.content()?, "un puits profond, une école et un marché");
/// }
/// assert_eq!(awa.heads(), bintou.heads());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Text {
    id: EntryId,
    doc: Automerge,
    object: ObjId,
    known: Known,
    waiting: Waiting,
    refused: BTreeMap<ChangeHash, GateError>,
}

/// Changes of which a dependency is missing.
#[derive(Clone, Debug, Default)]
struct Waiting {
    /// The bytes, and how many dependencies are missing.
    changes: BTreeMap<ChangeHash, (Vec<u8>, usize)>,
    by_missing: BTreeMap<ChangeHash, Vec<ChangeHash>>,
}

impl Text {
    /// An empty text. `id` is that of the entry which opens it.
    pub fn new(id: EntryId) -> Self {
        let (doc, object) = genesis();
        Self {
            id,
            doc,
            object,
            known: Known::new(),
            waiting: Waiting::default(),
            refused: BTreeMap::new(),
        }
    }

    /// A text from its changes, in any order. Those that don't pass the gate are left out, see
    /// [`Text::refused`] and [`Text::missing`].
    pub fn build<'a>(
        id: EntryId,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, TextError> {
        let mut text = Self::new(id);
        text.add_all(changes)?;
        Ok(text)
    }

    /// Adds one change. For many use [`Text::add_all`], which is much faster.
    pub fn add(&mut self, change: &[u8]) -> Result<Added, TextError> {
        let mut taken = Vec::new();
        let added = self.pass(change, &mut taken);
        self.apply(taken)?;
        Ok(added)
    }

    /// Adds changes in any order; gives the hashes of those that are new in the text, including
    /// those that had waited, in an order in which each comes after what it depends on.
    pub fn add_all<'a>(
        &mut self,
        changes: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Vec<ChangeHash>, TextError> {
        let mut taken = Vec::new();
        for change in changes {
            self.pass(change, &mut taken);
        }
        self.apply_all(taken)
    }

    /// As [`Text::add_all`], for changes that [`gate::read`] has read as changes of this text.
    pub fn add_all_read(
        &mut self,
        changes: impl IntoIterator<Item = ReadChange>,
    ) -> Result<Vec<ChangeHash>, TextError> {
        let mut taken = Vec::new();
        for change in changes {
            self.pass_read(change, &mut taken);
        }
        self.apply_all(taken)
    }

    fn apply_all(&mut self, taken: Vec<GatedChange>) -> Result<Vec<ChangeHash>, TextError> {
        let hashes = taken.iter().map(GatedChange::hash).collect();
        self.apply(taken)?;
        Ok(hashes)
    }

    /// Takes a change through the gate, and those that waited for it. Automerge is asked later.
    fn pass(&mut self, bytes: &[u8], taken: &mut Vec<GatedChange>) -> Added {
        match gate::read(&self.id, bytes) {
            Ok(change) => self.pass_read(change, taken),
            Err(error) => {
                self.refused.insert(hash_of_bytes(bytes), error.clone());
                Added::Refused(error)
            }
        }
    }

    fn pass_read(&mut self, change: ReadChange, taken: &mut Vec<GatedChange>) -> Added {
        if self.known.contains(&change.hash()) {
            return Added::AlreadyHere;
        }
        let first = taken.len();
        let hash = change.hash();
        let mut ready = vec![change];
        while let Some(change) = ready.pop() {
            match gate::check_read(&change, &self.known) {
                Ok(gated) => {
                    self.known.admit(&gated);
                    ready.extend(self.waiting.wake(&gated.hash(), &self.id));
                    taken.push(gated);
                }
                Err(GateError::MissingDependencies(missing)) => {
                    self.waiting.insert(&change, &missing);
                    if change.hash() == hash {
                        return Added::Waiting(missing);
                    }
                }
                Err(error) => {
                    self.refused.insert(change.hash(), error.clone());
                    if change.hash() == hash {
                        return Added::Refused(error);
                    }
                }
            }
        }
        Added::Taken(taken.iter().skip(first).map(GatedChange::hash).collect())
    }

    /// Gives Automerge what has passed, all at once.
    fn apply(&mut self, taken: Vec<GatedChange>) -> Result<(), TextError> {
        if taken.is_empty() {
            return Ok(());
        }
        let changes = taken
            .into_iter()
            .map(|change| Change::from_bytes(change.bytes))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TextError(error.to_string()))?;
        self.doc.apply_changes(changes).map_err(|error| TextError(error.to_string()))
    }

    /// The id of the entry that opened it.
    pub fn id(&self) -> &EntryId {
        &self.id
    }

    /// The words at present.
    pub fn content(&self) -> Result<String, TextError> {
        self.doc.text(&self.object).map_err(|error| TextError(error.to_string()))
    }

    /// How many characters (Unicode scalar values) it has at present.
    pub fn length(&self) -> usize {
        self.doc.length(&self.object)
    }

    /// How many of [`gate::MAX_TEXT_OPS`] are used: characters inserted and deleted, as long as
    /// nobody wrote beside somebody else.
    pub fn operations(&self) -> u32 {
        let tips = self.known.tips().iter().filter_map(|tip| self.known.index_of(tip));
        tips.filter_map(|index| self.known.node(index)).map(|node| node.max_op).max().unwrap_or(0)
    }

    /// The changes that no other here depends on, in ascending order: the version at present.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.known.tips().iter().copied().filter(|hash| *hash != GENESIS_HASH).collect()
    }

    /// The changes that are part of the text.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Changes that others here depend on and that have not come: to be fetched by hash.
    pub fn missing(&self) -> BTreeSet<ChangeHash> {
        let missing = self.waiting.by_missing.keys();
        missing.filter(|hash| !self.waiting.changes.contains_key(hash)).copied().collect()
    }

    /// How many changes wait for others.
    pub fn waiting(&self) -> usize {
        self.waiting.changes.len()
    }

    /// What was refused and why. The hash is BLAKE3 of the bytes where they were no change that
    /// could be read.
    pub fn refused(&self) -> &BTreeMap<ChangeHash, GateError> {
        &self.refused
    }
}

impl Waiting {
    fn insert(&mut self, change: &ReadChange, missing: &[ChangeHash]) {
        let waiting = (change.bytes().to_vec(), missing.len());
        if self.changes.insert(change.hash(), waiting).is_none() {
            for dep in missing {
                self.by_missing.entry(*dep).or_default().push(change.hash());
            }
        }
    }

    /// Those that waited for this change and now wait for no other.
    fn wake(&mut self, hash: &ChangeHash, text: &EntryId) -> Vec<ReadChange> {
        let mut ready = Vec::new();
        for waiting in self.by_missing.remove(hash).unwrap_or_default() {
            let Some((_, missing)) = self.changes.get_mut(&waiting) else { continue };
            *missing -= 1;
            if *missing == 0
                && let Some((bytes, _)) = self.changes.remove(&waiting)
            {
                // It has been read before, so it is read again without an error.
                ready.extend(gate::read(text, &bytes));
            }
        }
        ready
    }
}

fn hash_of_bytes(bytes: &[u8]) -> ChangeHash {
    ChangeHash::from_bytes(*blake3::hash(bytes).as_bytes())
}

/// The document with which every text starts, and its text object.
fn genesis() -> (Automerge, ObjId) {
    let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
    doc.set_actor(ActorId::from(chunk::GENESIS_ACTOR.as_slice()));
    let mut transaction = doc.transaction();
    let object = transaction.put_object(ROOT, "text", ObjType::Text);
    let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(0));
    let hash = hash.and_then(|hash| ChangeHash::from_slice(hash.as_ref()));
    assert_eq!(hash, Some(GENESIS_HASH), "Automerge no longer makes the genesis it made");
    match object {
        Ok(object) => (doc, object),
        Err(error) => unreachable!("an empty document takes a text: {error}"),
    }
}

pub(super) fn to_automerge(hash: &ChangeHash) -> automerge::ChangeHash {
    automerge::ChangeHash(*hash.as_bytes())
}

#[cfg(test)]
mod tests;
