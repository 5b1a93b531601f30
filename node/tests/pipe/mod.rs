//! Devices in one process: a node over a store, its core, and a pipe to another device.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::VecDeque;

use baro_crdt::ids::{Millis, WallSeconds};
use baro_node::api::{Context, Node, Request};
use baro_node::core::{Core, Effect, Event, LinkId};
use baro_node::ingest::Strict;
use baro_node::store::Store;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

/// A node at rest over a store.
pub(crate) fn node(store: Box<dyn Store + Send>, seed: u8) -> Node {
    Node::new(store, ChaCha20Rng::from_seed([seed; 32]), None)
}

/// A device: a node and its core.
pub(crate) struct Device {
    pub(crate) node: Node,
    core: Core,
    now: Millis,
    link: LinkId,
    name: Vec<u8>,
    out: VecDeque<Vec<u8>>,
    /// Of all frames that it said.
    bytes: usize,
    /// What was refused, where that is expected; else nothing may be.
    pub(crate) refused: Option<Vec<String>>,
}

impl Device {
    pub(crate) fn new(store: Box<dyn Store + Send>, seed: u8) -> Self {
        Self {
            node: node(store, seed),
            core: Core::new([seed; 32], Box::new(Strict)),
            now: Millis(1_000),
            link: LinkId(0),
            name: vec![seed; 8],
            out: VecDeque::new(),
            bytes: 0,
            refused: None,
        }
    }

    /// A device on which `name` has begun.
    pub(crate) fn of(store: Box<dyn Store + Send>, seed: u8, name: &str) -> Self {
        let mut device = Self::new(store, seed);
        device.ask(Request::Init { name: name.to_owned() });
        device
    }

    pub(crate) fn ask_as(&mut self, speaker: Option<&str>, request: Request) -> Value {
        let now = WallSeconds(1_700_000_000 + (self.now.0 / 1_000).cast_signed());
        let context = Context { speaker: speaker.map(str::to_owned), ..Context::default() };
        self.node.handle(now, &context, request).unwrap()
    }

    pub(crate) fn ask(&mut self, request: Request) -> Value {
        self.ask_as(None, request)
    }

    /// Founds a community.
    pub(crate) fn found(&mut self, name: &str) {
        self.begin(name, false);
    }

    /// Founds a community, perhaps for members only.
    pub(crate) fn begin(&mut self, name: &str, members_only: bool) {
        self.ask(Request::CommunityCreate {
            name: name.to_owned(),
            threshold: 1,
            founders: Vec::new(),
            debates_by: None,
            cosignatures: 0,
            members_only,
        });
    }

    /// Joins the community of another device.
    pub(crate) fn join(&mut self, other: &mut Self) {
        let ticket = other.ask(Request::Invite { addresses: Vec::new() });
        self.ask(Request::Join { ticket: ticket["ticket"].as_str().unwrap().to_owned() });
    }

    /// Gives the core an event, does what it wants done; an honest neighbour is never refused.
    fn give(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.core.handle(self.now, event, self.node.store()) {
                match effect {
                    Effect::Send { frame, .. } => {
                        self.bytes += frame.len();
                        self.out.push_back(frame);
                    }
                    Effect::Commit { group, batch } => {
                        let outcome = self.node.take_in(&[batch]).unwrap().remove(0);
                        events.push_back(Event::Committed { group, outcome });
                    }
                    Effect::Close { why, .. } => panic!("the link was closed: {why}"),
                    Effect::Refused { reason, .. } => match &mut self.refused {
                        Some(refused) => refused.push(reason),
                        None => panic!("refused: {reason}"),
                    },
                    _ => {}
                }
            }
        }
    }

    fn link_up(&mut self, link: LinkId, initiator: bool, remote: Vec<u8>) {
        self.link = link;
        let local = self.name.clone();
        self.give(Event::LinkUp { link, initiator, local, remote, kept: true });
    }
}

/// A contact: all sessions that two devices want, to their end. Gives the bytes of all frames.
pub(crate) fn meet(one: &mut Device, other: &mut Device) -> usize {
    let before = one.bytes + other.bytes;
    let link = LinkId(one.link.0.max(other.link.0) + 1);
    let now = Millis(one.now.0.max(other.now.0) + 1_000);
    (one.now, other.now) = (now, now);
    let (one_name, other_name) = (one.name.clone(), other.name.clone());
    other.link_up(link, false, one_name);
    one.link_up(link, true, other_name);
    // What was heard may begin another session, after a rest.
    for _ in 0..2 {
        while let Some(frame) = one.out.pop_front() {
            other.give(Event::Frame { link, frame: frame.into() });
            while let Some(frame) = other.out.pop_front() {
                one.give(Event::Frame { link, frame: frame.into() });
            }
        }
        for device in [&mut *one, &mut *other] {
            device.now.0 += 2_000;
            device.give(Event::Tick);
        }
        while let Some(frame) = other.out.pop_front() {
            one.give(Event::Frame { link, frame: frame.into() });
        }
    }
    assert!(one.out.is_empty() && other.out.is_empty(), "the contact is over");
    let bytes = one.bytes + other.bytes - before;
    for device in [one, other] {
        device.give(Event::LinkDown { link });
    }
    bytes
}

/// A text as it is shown.
pub(crate) fn show(node: &mut Node, text: &str) -> Value {
    let request = Request::TextShow { id: text.to_owned(), history: false, at: Vec::new() };
    node.handle(WallSeconds(1_800_000_000), &Context::default(), request).unwrap()
}

/// The digest of a node's only community.
pub(crate) fn digest(node: &Node) -> String {
    node.store().communities().unwrap()[0].digest().unwrap().to_string()
}
