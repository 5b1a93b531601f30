//! Each command over a memory store, as the command line and a running node call it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod batch;
mod blobs;
mod civic;
mod deliberation;
mod officials;
mod people;
mod questions;
#[cfg(feature = "full")]
mod reads;
mod text;
mod trust;
#[cfg(feature = "full")]
mod vaults;

use baro_crdt::ids::WallSeconds;
use baro_crdt::log::Head;
use baro_crdt::log::chain_all;
use baro_crdt::record::Record;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::{Context, Node, Request, Typed};
use crate::replica::{Batch, Item, LogItem};
use crate::store::{MemoryStore, Read};

/// A device in memory.
struct Device {
    node: Node,
    now: i64,
}

impl Device {
    /// A device on which `name` has begun.
    fn of(name: &str) -> Self {
        let seed = blake3::hash(name.as_bytes());
        let rng = ChaCha20Rng::from_seed(*seed.as_bytes());
        let node = Node::new(Box::new(MemoryStore::new()), rng, None);
        let mut device = Self { node, now: 1_700_000_000 };
        device.ask(Request::Init { name: name.to_owned() });
        device
    }

    /// A device whose first person founds a community; its id comes with it.
    fn founder(name: &str) -> (Self, String) {
        let mut device = Self::of(name);
        let made = device.ask(Request::CommunityCreate {
            name: "Sadiola".to_owned(),
            threshold: 1,
            founders: Vec::new(),
            debates_by: None,
            cosignatures: 0,
            members_only: false,
        });
        (device, id(&made))
    }

    fn try_as(&mut self, speaker: Option<&str>, request: Request) -> Result<Value, String> {
        let context = Context { speaker: speaker.map(str::to_owned), ..Context::default() };
        self.now += 1;
        self.node
            .handle(WallSeconds(self.now), &context, request)
            .map_err(|error| error.to_string())
    }

    fn ask(&mut self, request: Request) -> Value {
        self.try_as(None, request).unwrap()
    }

    fn ask_as(&mut self, speaker: &str, request: Request) -> Value {
        self.try_as(Some(speaker), request).unwrap()
    }

    fn refused(&mut self, speaker: Option<&str>, request: Request) -> String {
        self.try_as(speaker, request).unwrap_err()
    }

    fn invite(&mut self) -> String {
        let made = self.ask(Request::Invite { addresses: Vec::new() });
        made["ticket"].as_str().unwrap().to_owned()
    }

    fn join(&mut self, ticket: &str) -> Value {
        self.ask(Request::Join { ticket: ticket.to_owned() })
    }

    fn debate(&mut self, title: &str) -> String {
        let body = None;
        id(&self.ask(Request::DebateOpen { title: title.to_owned(), body, days: None }))
    }

    fn show(&mut self, debate: &str) -> Value {
        self.ask(Request::DebateShow { id: debate.to_owned() })
    }

    fn digest(&mut self) -> Value {
        self.ask(Request::Status)["communities"][0]["digest"].clone()
    }

    /// Hands everything held here to another device, as a session would.
    fn give(&self, other: &mut Device) {
        let store = self.node.store();
        let mut items = Vec::new();
        for community in store.communities().unwrap() {
            for row in store.records(&community.id).unwrap() {
                items.push(Item::Record(Record::from_bytes(&row.bytes).unwrap()));
            }
            for log in store.logs(&community.id).unwrap() {
                let entries = store.entries(log.number, 0..log.cursor.length).unwrap();
                let mut from = 0;
                for signed in store.heads(log.number).unwrap() {
                    assert!(signed.verifies(&log.header.author));
                    let upto = signed.head.length;
                    let part = &entries[..upto as usize];
                    let chain = chain_all(log.id.start(), part.iter().map(Vec::as_slice));
                    assert_eq!(signed.head, Head { log: log.id, length: upto, chain });
                    items.push(Item::Log(LogItem {
                        header: log.header.clone(),
                        from,
                        base: chain_all(
                            log.id.start(),
                            part[..from as usize].iter().map(Vec::as_slice),
                        ),
                        entries: part[from as usize..].to_vec(),
                        signature: signed.signature,
                        payloads: payloads(store, part),
                    }));
                    from = upto;
                }
                assert_eq!(from, log.cursor.length, "the last head is signed");
            }
        }
        let now = WallSeconds(other.now);
        other.node.take_in(&[Batch { items, now, ..Batch::default() }]).unwrap();
    }
}

fn payloads(store: &(impl Read + ?Sized), entries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let named = entries.iter().filter_map(|entry| {
        let entry = baro_crdt::entry::Entry::from_bytes(entry).unwrap();
        entry.payload.and_then(|payload| store.payload(&payload.hash).unwrap())
    });
    named.collect()
}

/// The `id` of an answer.
fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

fn say(debate: &str, text: &str) -> Request {
    Request::Say {
        debate: debate.to_owned(),
        text: text.to_owned(),
        kind: None,
        reply_to: None,
        to: None,
        attached: Vec::new(),
    }
}

fn vote(post: &str, choice: &str) -> Request {
    Request::Vote { post: post.to_owned(), choice: choice.to_owned() }
}

fn add(name: &str) -> Request {
    Request::PersonAdd { name: name.to_owned() }
}
