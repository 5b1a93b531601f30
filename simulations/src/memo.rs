//! Verification that remembers its answers across nodes: the same answers as
//! [`baro_node::ingest::Strict`] gives, each computed once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use baro_crdt::fork::{Cut, ForkError, ForkProof};
use baro_crdt::ids::PersonId;
use baro_crdt::log::{Head, SignedHead, chain_all};
use baro_crdt::record::{Record, RecordError};
use baro_node::ingest::{Ingest, Strict};
use baro_node::replica::Item;

#[derive(Debug, Default)]
struct Answers {
    heads: HashMap<[u8; 32], bool>,
    records: HashMap<[u8; 32], Result<Record, RecordError>>,
    proofs: HashMap<[u8; 32], Result<(ForkProof, Cut), ForkError>>,
}

/// What was verified in one run, shared by its nodes.
#[derive(Clone, Debug, Default)]
pub struct Memo(Arc<Mutex<Answers>>);

impl Memo {
    fn answers<T>(&self, ask: impl FnOnce(&mut Answers) -> T) -> T {
        ask(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn head_key(author: &PersonId, head: &SignedHead) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(author.as_bytes());
    hasher.update(head.head.log.as_bytes());
    hasher.update(&head.head.length.to_be_bytes());
    hasher.update(head.head.chain.as_bytes());
    hasher.update(head.signature.as_bytes());
    *hasher.finalize().as_bytes()
}

impl Memo {
    /// What is signed here a moment ago by the real key need not be verified.
    pub fn signed(&self, items: &[Item]) {
        for item in items {
            match item {
                Item::Log(item) => {
                    let log = item.header.id();
                    let count = u32::try_from(item.entries.len()).unwrap_or(u32::MAX);
                    let length = item.from.saturating_add(count);
                    let chain = chain_all(item.base, item.entries.iter().map(Vec::as_slice));
                    let head = Head { log, length, chain };
                    let head = SignedHead { head, signature: item.signature };
                    let key = head_key(&item.header.author, &head);
                    self.answers(|answers| answers.heads.insert(key, true));
                }
                Item::Join(record) | Item::Record(record) => {
                    let key = *blake3::hash(record.to_bytes()).as_bytes();
                    self.answers(|answers| answers.records.insert(key, Ok(record.clone())));
                }
                _ => {}
            }
        }
    }
}

impl Ingest for Memo {
    fn head(&mut self, author: &PersonId, head: &SignedHead) -> bool {
        let key = head_key(author, head);
        self.answers(|answers| {
            *answers.heads.entry(key).or_insert_with(|| Strict.head(author, head))
        })
    }

    fn record(&mut self, bytes: &[u8]) -> Result<Record, RecordError> {
        let key = *blake3::hash(bytes).as_bytes();
        self.answers(|answers| {
            answers.records.entry(key).or_insert_with(|| Strict.record(bytes)).clone()
        })
    }

    fn proof(&mut self, bytes: &[u8]) -> Result<(ForkProof, Cut), ForkError> {
        let key = *blake3::hash(bytes).as_bytes();
        self.answers(|answers| {
            answers.proofs.entry(key).or_insert_with(|| Strict.proof(bytes)).clone()
        })
    }
}
