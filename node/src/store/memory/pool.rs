//! What many memory stores hold in common, kept once.
//!
//! Thousands of simulated nodes come to hold the same words and the same logs. A pool keeps each
//! payload and record once, and of each log one list of entries that every store counts its own
//! length in. Where a store holds other entries than the pool (a fork), it keeps its own list.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use baro_crdt::ids::LogId;

type Entries = Vec<Arc<[u8]>>;

/// Shared bytes; clones are the same pool. It grows as long as it lives and never forgets.
#[derive(Clone, Debug, Default)]
pub struct Pool(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    bytes: BTreeMap<[u8; 32], Arc<[u8]>>,
    logs: BTreeMap<LogId, Arc<Mutex<Entries>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    /// `bytes` under their id, shared where the pool has the same.
    pub(super) fn bytes(&self, id: [u8; 32], bytes: &[u8]) -> Arc<[u8]> {
        let mut kept = lock(&self.0);
        let shared = kept.bytes.entry(id).or_insert_with(|| bytes.into());
        if **shared == *bytes { shared.clone() } else { bytes.into() }
    }

    /// An empty log.
    pub(super) fn log(&self, id: LogId) -> Held {
        let shared = lock(&self.0).logs.entry(id).or_default().clone();
        Held { shared, length: 0, own: None }
    }
}

/// The entries that one store holds of one log.
#[derive(Clone, Debug)]
pub(super) struct Held {
    shared: Arc<Mutex<Entries>>,
    length: u32,
    /// All entries, where they are others than the pool's.
    own: Option<Entries>,
}

impl Held {
    pub(super) fn length(&self) -> u32 {
        self.length
    }

    pub(super) fn append(&mut self, entries: &[Vec<u8>]) {
        for entry in entries {
            self.push(entry);
        }
    }

    fn push(&mut self, entry: &[u8]) {
        let at = self.length as usize;
        self.length += 1;
        if let Some(own) = &mut self.own {
            own.push(entry.into());
            return;
        }
        let mut shared = lock(&self.shared);
        match shared.get(at) {
            Some(there) if **there == *entry => {}
            Some(_) => {
                let mut own: Entries = shared.iter().take(at).cloned().collect();
                own.push(entry.into());
                self.own = Some(own);
            }
            None => shared.push(entry.into()),
        }
    }

    pub(super) fn truncate(&mut self, length: u32) {
        self.length = self.length.min(length);
        if let Some(own) = &mut self.own {
            own.truncate(self.length as usize);
        }
    }

    fn with<T>(&self, read: impl FnOnce(&[Arc<[u8]>]) -> T) -> T {
        match &self.own {
            Some(own) => read(own),
            None => read(lock(&self.shared).get(..self.length as usize).unwrap_or_default()),
        }
    }

    pub(super) fn read(&self, from: u32, to: u32) -> Vec<Vec<u8>> {
        let to = to.min(self.length);
        self.with(|all| {
            let range = all.get(from as usize..to as usize).unwrap_or_default();
            range.iter().map(|entry| entry.to_vec()).collect()
        })
    }

    pub(super) fn all(&self) -> Vec<Arc<[u8]>> {
        self.with(<[_]>::to_vec)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.with(|all| all.iter().map(|entry| entry.len() as u64).sum())
    }
}
