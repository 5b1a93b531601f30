//! A node's core over a memory store, with everything that it wants done at once.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{LazyLock, Mutex};

use baro_crdt::fork::{Cut, ForkError, ForkProof};
use baro_crdt::ids::{Millis, PersonId};
use baro_crdt::log::SignedHead;
use baro_crdt::record::{Record, RecordError};
use baro_node::core::{Core, Effect, Event, FRAME_BYTES_MAX, LinkId};
use baro_node::ingest::{Ingest, Strict};
use baro_node::replica::Replica;
use baro_node::store::{MemoryStore, StoreError};

/// Signatures that held, of which there are few, so that honest ones cost their check only once.
static HELD: LazyLock<Mutex<BTreeSet<[u8; 32]>>> = LazyLock::new(Mutex::default);

struct Remembering;

fn remember(key: [u8; 32], check: impl FnOnce() -> bool) -> bool {
    if HELD.lock().expect("one thread").contains(&key) {
        return true;
    }
    let holds = check();
    if holds {
        HELD.lock().expect("one thread").insert(key);
    }
    holds
}

impl Ingest for Remembering {
    fn head(&mut self, author: &PersonId, head: &SignedHead) -> bool {
        let mut hasher = blake3::Hasher::new();
        hasher.update(author.as_bytes()).update(head.head.log.as_bytes());
        hasher.update(&head.head.length.to_be_bytes()).update(head.head.chain.as_bytes());
        hasher.update(head.signature.as_bytes());
        remember(*hasher.finalize().as_bytes(), || head.verifies(author))
    }

    fn record(&mut self, bytes: &[u8]) -> Result<Record, RecordError> {
        let key = *blake3::hash(bytes).as_bytes();
        if remember(key, || Record::from_bytes(bytes).is_ok()) {
            return Record::from_trusted_bytes(bytes);
        }
        Record::from_bytes(bytes)
    }

    fn proof(&mut self, bytes: &[u8]) -> Result<(ForkProof, Cut), ForkError> {
        Strict.proof(bytes)
    }
}

/// The most events that one call sets off: more would be a loop without an end.
const EVENTS_MAX: usize = 10_000;

/// A node.
pub(crate) struct Peer {
    core: Core,
    replica: Replica,
    pub(crate) store: MemoryStore,
    name: Vec<u8>,
    pub(crate) out: VecDeque<Vec<u8>>,
    pub(crate) closed: bool,
    /// Commits from now on that fail.
    pub(crate) failing: u32,
    pub(crate) now: Millis,
    link: LinkId,
}

impl Peer {
    pub(crate) fn new(seed: u8, store: MemoryStore) -> Self {
        Self {
            core: Core::new([seed; 32], Box::new(Remembering)),
            replica: Replica::default(),
            store,
            name: vec![seed; 8],
            out: VecDeque::new(),
            closed: false,
            failing: 0,
            now: Millis(1_000),
            link: LinkId(0),
        }
    }

    /// A new link to `remote`; one that stood before is gone.
    pub(crate) fn link_up(&mut self, initiator: bool, remote: u8) {
        self.give(Event::LinkDown { link: self.link });
        self.out.clear();
        self.closed = false;
        self.link = LinkId(self.link.0 + 1);
        let (link, local, remote) = (self.link, self.name.clone(), vec![remote; 8]);
        self.give(Event::LinkUp { link, initiator, local, remote, kept: true });
    }

    pub(crate) fn frame(&mut self, frame: Vec<u8>) {
        if !self.closed {
            self.give(Event::Frame { link: self.link, frame: frame.into() });
        }
    }

    pub(crate) fn wish(&mut self) {
        self.give(Event::Wish { link: self.link });
    }

    pub(crate) fn later(&mut self, millis: u64) {
        self.now.0 += millis;
        self.give(Event::Tick);
    }

    pub(crate) fn is_busy(&self) -> bool {
        !self.closed && self.core.link_is_busy(self.link)
    }

    fn give(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        for _ in 0..EVENTS_MAX {
            let Some(event) = events.pop_front() else { return };
            for effect in self.core.handle(self.now, event, &self.store) {
                match effect {
                    Effect::Send { link, frame, .. } => {
                        assert!(frame.len() <= FRAME_BYTES_MAX, "a frame that is too long");
                        if link == self.link {
                            self.out.push_back(frame);
                        }
                    }
                    Effect::Commit { group, .. } if self.failing > 0 => {
                        self.failing -= 1;
                        events.push_back(Event::CommitFailed { group, error: StoreError::Full });
                    }
                    Effect::Commit { group, batch } => {
                        let outcome =
                            self.replica.commit(&mut self.store, &batch).expect("memory holds");
                        events.push_back(Event::Committed { group, outcome });
                    }
                    Effect::Close { link, why } => {
                        assert!(!why.is_empty(), "a link is closed without a word");
                        self.closed |= link == self.link;
                    }
                    Effect::SessionEnded { .. }
                    | Effect::Refused { .. }
                    | Effect::Dial { .. }
                    | Effect::Heard { .. }
                    | Effect::Shares { .. } => {}
                }
            }
        }
        unreachable!("one event sets off {EVENTS_MAX} others");
    }
}
