//! What was done to the files of a folder, and the folders that a power cut may leave behind.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// A folder's files by name.
pub type Image = BTreeMap<String, Vec<u8>>;

/// One file of a folder; a file made anew under the same name is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(usize);

/// Something done to a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A name came to stand for a file.
    Create(String, FileId),
    /// A name was removed; the list of names was synchronised with it where that is said.
    Delete(String, bool),
    /// Bytes were written from an offset on.
    Write(FileId, usize, Vec<u8>),
    /// A file was cut to a size in bytes.
    Truncate(FileId, usize),
    /// A file was synchronised, and the list of names with it where that is said.
    Sync(FileId, bool),
}

/// All that was done to a folder, in order.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    ops: Vec<Op>,
    /// What it held before, all synchronised; file 0 is the first of these.
    before: Image,
    /// The files that have a name now.
    named: BTreeMap<String, FileId>,
    files: usize,
}

/// A file while a cut is worked out: what is certain, and what was done since.
#[derive(Default)]
struct File<'t> {
    synced: Vec<u8>,
    pending: Vec<&'t Op>,
}

impl Trace {
    /// A folder that holds `before`, all synchronised, and to which nothing was done yet.
    pub fn of(before: Image) -> Self {
        let files = before.len();
        let named = before.keys().cloned().zip((0..files).map(FileId)).collect();
        Self { ops: Vec::new(), before, named, files }
    }

    /// How many things were done.
    pub const fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether nothing was done.
    pub const fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// A file was opened, and made if it was not there.
    pub fn open(&mut self, name: &str) -> FileId {
        if let Some(file) = self.named.get(name) {
            return *file;
        }
        let file = FileId(self.files);
        self.files += 1;
        self.named.insert(name.to_owned(), file);
        self.ops.push(Op::Create(name.to_owned(), file));
        file
    }

    /// A name was removed.
    pub fn delete(&mut self, name: &str, folder: bool) {
        self.named.remove(name);
        self.ops.push(Op::Delete(name.to_owned(), folder));
    }

    /// Something else was done.
    pub fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// A place for a cut: anywhere, or, where most is at stake, just before a synchronisation.
    pub fn place(&self, dice: &mut Dice) -> usize {
        let place = dice.below(self.ops.len() + 1);
        let mut rest = self.ops.iter().skip(place);
        match rest.position(|op| matches!(op, Op::Sync(..))) {
            Some(before) if dice.chance(40) => place + before,
            _ => place,
        }
    }

    /// One of the folders that a cut after the first `done` things may leave behind. A disk that
    /// is not `honest` reports as synchronised what it has not written.
    pub fn cut(&self, done: usize, honest: bool, dice: &mut Dice) -> Image {
        let mut files: BTreeMap<FileId, File<'_>> = BTreeMap::new();
        let mut names: BTreeMap<&str, FileId> = BTreeMap::new();
        for (at, (name, bytes)) in self.before.iter().enumerate() {
            names.insert(name, FileId(at));
            files.insert(FileId(at), File { synced: bytes.clone(), pending: Vec::new() });
        }
        // Names that came or went since the list of names was synchronised.
        let mut renamed: Vec<(&str, Option<FileId>)> = Vec::new();
        for op in self.ops.iter().take(done) {
            let mut folder_synced = false;
            match op {
                Op::Create(name, file) => renamed.push((name, Some(*file))),
                Op::Delete(name, folder) => {
                    renamed.push((name, None));
                    folder_synced = *folder;
                }
                Op::Write(file, ..) | Op::Truncate(file, _) => {
                    files.entry(*file).or_default().pending.push(op);
                }
                Op::Sync(file, folder) if honest => {
                    let file = files.entry(*file).or_default();
                    for op in file.pending.drain(..) {
                        apply(&mut file.synced, op);
                    }
                    folder_synced = *folder;
                }
                Op::Sync(..) => {}
            }
            if folder_synced && honest {
                renamed.drain(..).for_each(|(name, file)| rename(&mut names, name, file));
            }
        }
        // Of what happened to one name, any beginning: the order of two names is not certain.
        let mut settled: BTreeMap<&str, bool> = BTreeMap::new();
        for (name, file) in renamed {
            let happened = settled.entry(name).or_insert(true);
            *happened &= dice.chance(60);
            if *happened {
                rename(&mut names, name, file);
            }
        }
        let mut image = Image::new();
        for (name, file) in names {
            let file = files.remove(&file).unwrap_or_default();
            image.insert(name.to_owned(), left_behind(file, dice));
        }
        image
    }
}

fn rename<'n>(names: &mut BTreeMap<&'n str, FileId>, name: &'n str, file: Option<FileId>) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(name),
    };
}

/// A file after a cut: what is certain, and some of the rest.
fn left_behind(file: File<'_>, dice: &mut Dice) -> Vec<u8> {
    let File { mut synced, mut pending } = file;
    let kept_percent = match dice.below(4) {
        0 => return synced,
        1 => 100,
        _ => dice.below(101),
    };
    if dice.chance(50) {
        dice.shuffle(&mut pending);
    }
    // The new size may be there before what was written there.
    let end = pending.iter().filter_map(|op| match op {
        Op::Write(_, at, bytes) => Some(at + bytes.len()),
        _ => None,
    });
    if dice.chance(20) {
        let end = end.max().unwrap_or(0).max(synced.len());
        synced.resize(end, 0);
    }
    for op in pending {
        match op {
            Op::Write(file, at, bytes) if kept_percent < 100 && dice.chance(50) => {
                let mut from = 0;
                while from < bytes.len() {
                    let to = bytes.len().min((at + from) / SECTOR * SECTOR + SECTOR - at);
                    let piece = bytes.get(from..to).unwrap_or_default();
                    if dice.chance(kept_percent) {
                        apply(&mut synced, &Op::Write(*file, at + from, piece.to_vec()));
                    }
                    from = to;
                }
            }
            op if dice.chance(kept_percent) => apply(&mut synced, op),
            _ => {}
        }
    }
    synced
}

/// Does to `bytes` what was done to the file.
fn apply(bytes: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Write(_, at, written) => {
            let end = at + written.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            if let Some(place) = bytes.get_mut(*at..end) {
                place.copy_from_slice(written);
            }
        }
        Op::Truncate(_, size) => bytes.truncate(*size),
        Op::Create(..) | Op::Delete(..) | Op::Sync(..) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    /// What cuts after `done` things leave of `name`, over many seeds.
    fn left(trace: &Trace, done: usize, name: &str) -> Vec<Option<Vec<u8>>> {
        let cut = |seed| trace.cut(done, true, &mut Dice::new(seed, "left")).remove(name);
        (0..400).map(cut).collect()
    }

    #[test]
    fn what_was_synchronised_stays_and_the_rest_may_go() {
        let mut trace = Trace::of(Image::new());
        let file = trace.open("db");
        trace.push(Op::Write(file, 0, vec![1; 2048]));
        trace.push(Op::Sync(file, true));
        let synced = trace.len();
        trace.push(Op::Write(file, 1024, vec![2; 2048]));
        assert!(left(&trace, synced, "db").iter().all(|f| f.as_ref() == Some(&vec![1; 2048])));
        let after = left(&trace, trace.len(), "db");
        for bytes in after.iter().flatten() {
            assert_eq!(bytes[..1024], [1; 1024]);
            for sector in bytes.chunks(SECTOR) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "a sector is whole");
            }
        }
        let all = [vec![1; 1024], vec![2; 2048]].concat();
        let torn = [vec![1; 1536], vec![2; 512], vec![0; 512], vec![2; 512]].concat();
        for wanted in [vec![1; 2048], all, torn] {
            assert!(after.contains(&Some(wanted)));
        }
    }

    #[test]
    fn names_are_certain_only_when_the_folder_is_synchronised() {
        let mut trace = Trace::of(Image::from([("db".to_owned(), vec![7])]));
        let wal = trace.open("wal");
        trace.push(Op::Sync(wal, false));
        let made = left(&trace, trace.len(), "wal");
        assert!(made.contains(&None) && made.contains(&Some(Vec::new())));
        trace.push(Op::Sync(wal, true));
        assert!(!left(&trace, trace.len(), "wal").contains(&None));
        trace.delete("wal", false);
        let deleted = left(&trace, trace.len(), "wal");
        assert!(deleted.contains(&None) && deleted.contains(&Some(Vec::new())));
        assert!(left(&trace, trace.len(), "db").iter().all(|f| f.as_ref() == Some(&vec![7])));
        trace.delete("db", true);
        assert!(left(&trace, trace.len(), "db").iter().all(Option::is_none));
    }
}
