//! Nodes that meet only at a stick.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod blobs;
mod courier;
mod faults;
mod index;
mod misled;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use crate::WallSeconds;
use crate::bundle::tests::{Village, commit, digest_of};
use crate::bundle::{Frame, Incoming, Tally};
use crate::ingest::Strict;
use crate::replica::{Item, Replica};
use crate::store::{MemoryStore, Read};

/// A node with a store, and what it remembers of sticks.
struct Visitor {
    store: MemoryStore,
    replica: Replica,
    notes: BTreeMap<String, Note>,
    nonce: u64,
    /// How many sections it took in.
    sections: u64,
}

impl Visitor {
    fn new(store: MemoryStore, number: u8) -> Self {
        let nonce = u64::from(number) << 32;
        Self { store, replica: Replica::default(), notes: BTreeMap::new(), nonce, sections: 0 }
    }

    fn visit(&mut self, dir: &Path) -> Report {
        visit(dir, self, &mut |_| {}).unwrap()
    }

    fn take_in(&mut self, items: Vec<Item>) {
        commit(&mut self.store, items);
        self.replica = Replica::default();
    }
}

impl Access for Visitor {
    fn read(
        &mut self,
        work: &mut dyn FnMut(&dyn Read) -> Result<(), CarryError>,
    ) -> Result<(), CarryError> {
        work(&self.store)
    }

    fn take(&mut self, frame: &Frame) -> Result<Tally, Failure> {
        self.sections += 1;
        let incoming = Incoming::verify(&self.store, &mut Strict, frame, WallSeconds(8))?;
        let outcome = self.replica.commit(&mut self.store, incoming.batch())?;
        Ok(incoming.settle(&outcome))
    }

    fn notes(&mut self) -> Result<BTreeMap<String, Note>, Failure> {
        Ok(self.notes.clone())
    }

    fn note(&mut self, bundle: &str, note: Note) -> Result<(), Failure> {
        self.notes.insert(bundle.to_owned(), note);
        Ok(())
    }

    fn nonce(&mut self) -> Result<[u8; 16], Failure> {
        self.nonce += 1;
        let mut nonce = [0; 16];
        nonce.split_at_mut(8).0.copy_from_slice(&self.nonce.to_be_bytes());
        Ok(nonce)
    }

    fn now(&self) -> i64 {
        8
    }
}

/// The names in our folder that end so.
fn files(stick: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(stick.join(FOLDER)) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        paths.filter(|path| path.to_str().unwrap().ends_with(ending)).collect();
    found.sort();
    found
}

/// Makes a file look as old as this.
fn age(path: &Path, age: Duration) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}
