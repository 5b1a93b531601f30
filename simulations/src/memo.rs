//! Verification that remembers its answers across nodes: the same answers as
//! [`baro_node::ingest::Strict`] gives, each computed once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use baro_crdt::fork::{Cut, ForkError, ForkProof};
use baro_crdt::ids::PersonId;
use baro_crdt::log::SignedHead;
use baro_crdt::record::{Record, RecordError};
use baro_node::ingest::{Ingest, Strict};

#[derive(Debug, Default)]
struct Answers {
    heads: BTreeMap<[u8; 32], bool>,
    records: BTreeMap<[u8; 32], Result<Record, RecordError>>,
    proofs: BTreeMap<[u8; 32], Result<(ForkProof, Cut), ForkError>>,
}

/// What was verified in one run, shared by its nodes.
#[derive(Clone, Debug, Default)]
pub struct Memo(Arc<Mutex<Answers>>);

impl Memo {
    fn answers<T>(&self, ask: impl FnOnce(&mut Answers) -> T) -> T {
        ask(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ingest for Memo {
    fn head(&mut self, author: &PersonId, head: &SignedHead) -> bool {
        let mut hasher = blake3::Hasher::new();
        hasher.update(author.as_bytes());
        hasher.update(head.head.log.as_bytes());
        hasher.update(&head.head.length.to_be_bytes());
        hasher.update(head.head.chain.as_bytes());
        hasher.update(head.signature.as_bytes());
        let key = *hasher.finalize().as_bytes();
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
