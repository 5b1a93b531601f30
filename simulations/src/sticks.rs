//! Sticks in memory, and visits to them by the production code: `baro_node::carry` over a disk
//! that may be full, damaged between two visits, or pulled out in the middle of one.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Error, ErrorKind, Write};
use std::rc::Rc;

use baro_crdt::ids::Millis;
use baro_node::WallSeconds;
use baro_node::bundle::{Frame, Incoming, Tally};
use baro_node::carry::{
    Access, CarryError, Disk, Failure, Found, NOTES_PREFIX, Note, Sink, Source, visit_disk,
};
use baro_node::replica::{Batch, Item, LocalChange, News, Outcome};
use baro_node::store::Read;

use crate::dice::Dice;
use crate::memo::Memo;
use crate::node::Node;

/// A stick's disk.
#[derive(Debug, Default)]
struct Content {
    files: BTreeMap<String, (Vec<u8>, i64)>,
    /// Files whose bytes, and names that, a loss of power may take.
    open: BTreeSet<String>,
    now_s: i64,
    /// How many bytes it holds at most.
    room: u64,
    /// How many steps are left until it is pulled out.
    steps: Option<u64>,
}

/// A stick; clones are the same stick.
#[derive(Clone, Debug)]
pub struct Stick(Rc<RefCell<Content>>);

/// A file of a stick that is being written.
struct Part {
    stick: Stick,
    file: String,
}

impl Content {
    /// One more thing is done; an error once it is pulled out.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.steps {
            Some(0) => Err(Error::new(ErrorKind::NotConnected, "the stick is out")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn held_bytes(&self) -> u64 {
        self.files.values().map(|(bytes, _)| bytes.len() as u64).sum()
    }
}

impl Stick {
    /// An empty stick of so many bytes.
    pub fn new(room: u64) -> Self {
        Self(Rc::new(RefCell::new(Content { room, ..Content::default() })))
    }

    /// It is put in, at this time by the device's clock, and pulled out after so many steps.
    pub fn put_in(&self, now: WallSeconds, steps: Option<u64>) {
        let mut content = self.0.borrow_mut();
        content.now_s = now.0;
        content.steps = steps;
    }

    /// It is out; true where that came in the middle of something. What was not durable is lost,
    /// or half of it is.
    pub fn pull_out(&self, dice: &mut Dice) -> bool {
        let mut content = self.0.borrow_mut();
        let early = content.steps == Some(0);
        for file in std::mem::take(&mut content.open) {
            if dice.chance(300) {
                content.files.remove(&file);
            } else if let Some((bytes, _)) = content.files.get_mut(&file) {
                bytes.truncate(dice.index(bytes.len() + 1));
            }
        }
        early
    }

    /// Something happens to a file between two visits.
    pub fn damage(&self, dice: &mut Dice) {
        let mut content = self.0.borrow_mut();
        let names: Vec<String> = content.files.keys().cloned().collect();
        let Some(name) = dice.pick(&names) else { return };
        if dice.chance(200) {
            content.files.remove(name);
            return;
        }
        let Some((bytes, _)) = content.files.get_mut(name) else { return };
        let at = dice.index(bytes.len());
        match dice.below(3) {
            0 => bytes.truncate(at),
            1 => bytes.fill(0),
            _ => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 0x40),
        }
    }

    /// How many files stand on it.
    pub fn files(&self) -> usize {
        self.0.borrow().files.len()
    }
}

impl Disk for Stick {
    fn files(&self) -> io::Result<Vec<Found>> {
        let mut content = self.0.borrow_mut();
        content.step()?;
        let found = |(name, (bytes, modified)): (&String, &(Vec<u8>, i64))| Found {
            name: name.clone(),
            bytes: bytes.len() as u64,
            modified: *modified,
        };
        Ok(content.files.iter().map(found).collect())
    }

    fn open(&self, file: &str) -> io::Result<Box<dyn Source>> {
        let mut content = self.0.borrow_mut();
        content.step()?;
        let (bytes, _) = content.files.get(file).ok_or(ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes.clone())))
    }

    fn create(&self, file: &str) -> io::Result<Box<dyn Sink>> {
        let mut content = self.0.borrow_mut();
        content.step()?;
        let now_s = content.now_s;
        if content.files.insert(file.to_owned(), (Vec::new(), now_s)).is_some() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        content.open.insert(file.to_owned());
        Ok(Box::new(Part { stick: self.clone(), file: file.to_owned() }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut content = self.0.borrow_mut();
        content.step()?;
        let file = content.files.remove(from).ok_or(ErrorKind::NotFound)?;
        content.files.insert(to.to_owned(), file);
        if content.open.remove(from) {
            content.open.insert(to.to_owned());
        }
        Ok(())
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        let mut content = self.0.borrow_mut();
        content.step()?;
        content.open.remove(file);
        content.files.remove(file).map(|_| ()).ok_or(ErrorKind::NotFound.into())
    }

    fn sync(&self) -> io::Result<()> {
        self.0.borrow_mut().step()
    }

    fn free_bytes(&self) -> Option<u64> {
        let content = self.0.borrow();
        Some(content.room.saturating_sub(content.held_bytes()))
    }

    fn seconds(&self) -> i64 {
        self.0.borrow().now_s
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut content = self.stick.0.borrow_mut();
        content.step()?;
        if content.held_bytes() + bytes.len() as u64 > content.room {
            return Err(ErrorKind::StorageFull.into());
        }
        let (held, _) = content.files.get_mut(&self.file).ok_or(ErrorKind::NotFound)?;
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Part {
    fn make_durable(&mut self) -> io::Result<()> {
        let mut content = self.stick.0.borrow_mut();
        content.step()?;
        content.open.remove(&self.file);
        Ok(())
    }

    fn abandon(self: Box<Self>) {}
}

/// What a visit brought.
#[derive(Default)]
pub(crate) struct Visited {
    /// What was committed, and what became of it.
    pub(crate) taken: Vec<(Batch, Outcome)>,
    /// What neighbours may lack.
    pub(crate) news: News,
    /// Why it ended before its end.
    pub(crate) error: Option<CarryError>,
}

/// A device at a stick.
struct Visitor<'a> {
    node: &'a mut Node,
    memo: Memo,
    dice: &'a mut Dice,
    now: WallSeconds,
    visited: Visited,
}

impl Access for Visitor<'_> {
    fn read(
        &mut self,
        work: &mut dyn FnMut(&dyn Read) -> Result<(), CarryError>,
    ) -> Result<(), CarryError> {
        work(&self.node.store)
    }

    fn take(&mut self, frame: &Frame) -> Result<Tally, Failure> {
        let incoming = Incoming::verify(&self.node.store, &mut self.memo, frame, self.now)?;
        let batch = incoming.batch().clone();
        let outcome = self.node.replica.commit(&mut self.node.store, &batch)?;
        self.visited.news.extend(outcome.news.clone());
        self.visited.taken.push((batch, outcome.clone()));
        Ok(incoming.settle(&outcome))
    }

    fn notes(&mut self) -> Result<BTreeMap<String, Note>, Failure> {
        let rows = self.node.store.local_prefix(NOTES_PREFIX)?;
        let read = rows.into_iter().filter_map(|(key, value)| {
            let file = key.strip_prefix(NOTES_PREFIX)?.to_owned();
            Some((file, serde_json::from_slice(&value).ok()?))
        });
        Ok(read.collect())
    }

    fn note(&mut self, bundle: &str, note: Note) -> Result<(), Failure> {
        let key = format!("{NOTES_PREFIX}{bundle}");
        let value = serde_json::to_vec(&note)?;
        let items = vec![Item::Local(LocalChange::Put { key, value })];
        let batch = Batch { items, ..Batch::default() };
        self.node.replica.commit(&mut self.node.store, &batch)?;
        Ok(())
    }

    fn nonce(&mut self) -> Result<[u8; 16], Failure> {
        let seed = self.dice.seed();
        Ok(seed.first_chunk().copied().unwrap_or_default())
    }

    fn now(&self) -> i64 {
        self.now.0
    }
}

/// A device visits a stick.
pub(crate) fn visit(
    node: &mut Node,
    memo: &Memo,
    stick: &Stick,
    dice: &mut Dice,
    now: Millis,
) -> Visited {
    let now = node.wall(now);
    let memo = memo.clone();
    let mut visitor = Visitor { node, memo, dice, now, visited: Visited::default() };
    let done = visit_disk(Rc::new(stick.clone()), &mut visitor, &mut |_| {});
    Visited { error: done.err(), ..visitor.visited }
}
