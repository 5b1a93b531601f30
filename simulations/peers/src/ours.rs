//! Our side: real nodes over real stores, and in between a pipe that counts.

use std::collections::{BTreeMap, VecDeque};

use anyhow::{Context as _, Result, bail};
use baro_crdt::ids::{Millis, WallSeconds};
use baro_node::api::{Context, Node, Op, Request};
use baro_node::core::{Class, Core, Effect, Event, LinkId, SessionStats};
use baro_node::ingest::Strict;
use baro_node::store::{MemoryStore, Store};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use crate::work::{AUTHORS, CHUNK, DEBATES, Work};

/// How many posts a village says in one commit.
const GROUP: usize = 10;

/// A device: a node and its core.
pub(crate) struct Device {
    pub(crate) node: Node,
    core: Core,
    now: Millis,
    link: LinkId,
    name: Vec<u8>,
    out: VecDeque<Vec<u8>>,
    /// Bytes sent on the present link, by what they are about.
    pub(crate) sent: BTreeMap<String, usize>,
    pub(crate) sessions: Vec<SessionStats>,
}

/// What a frame takes on a pipe: its bytes and their number before them.
fn on_pipe(frame: &[u8]) -> usize {
    let mut length = frame.len();
    let mut prefix = 1;
    while length >= 0x80 {
        length >>= 7;
        prefix += 1;
    }
    prefix + frame.len()
}

/// The name on the network of the device with this seed.
pub(crate) fn peer_name(seed: u8) -> Vec<u8> {
    let mut name = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    name.extend([seed; 32]);
    name
}

impl Device {
    pub(crate) fn new(store: Box<dyn Store + Send>, seed: u8) -> Self {
        Self {
            node: Node::new(store, ChaCha20Rng::from_seed([seed; 32]), None),
            core: Core::new([seed; 32], Box::new(Strict)),
            now: Millis(1_000),
            link: LinkId(0),
            name: peer_name(seed),
            out: VecDeque::new(),
            sent: BTreeMap::new(),
            sessions: Vec::new(),
        }
    }

    fn memory(seed: u8) -> Self {
        Self::new(Box::new(MemoryStore::new()), seed)
    }

    pub(crate) fn ask(&mut self, request: Request) -> Result<Value> {
        let now = WallSeconds(1_700_000_000 + (self.now.0 / 1_000).cast_signed());
        self.node
            .handle(now, &Context::default(), request)
            .map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Does many operations in one commit and gives the ids of what they made.
    pub(crate) fn batch(&mut self, ops: Vec<Op>) -> Result<Vec<String>> {
        let done = self.ask(Request::Batch { ops })?;
        let made = done.as_array().context("results")?.iter();
        made.map(|line| {
            let id = line["id"].as_str();
            id.map(str::to_owned).with_context(|| format!("not done: {line}"))
        })
        .collect()
    }

    /// The first person and the community.
    pub(crate) fn found(&mut self, name: &str) -> Result<()> {
        self.ask(Request::Init { name: name.to_owned() })?;
        self.ask(Request::CommunityCreate {
            name: "Sanankoroba".to_owned(),
            threshold: 1,
            founders: Vec::new(),
            debates_by: None,
            cosignatures: 0,
            members_only: false,
        })?;
        Ok(())
    }

    /// The first person, who joins the community of another device by a ticket.
    pub(crate) fn join(&mut self, name: &str, other: &mut Self) -> Result<()> {
        self.ask(Request::Init { name: name.to_owned() })?;
        let ticket = other.ask(Request::Invite { addresses: Vec::new() })?;
        let ticket = ticket["ticket"].as_str().context("a ticket")?.to_owned();
        self.ask(Request::Join { ticket })?;
        Ok(())
    }

    /// The digest of the only community here.
    pub(crate) fn digest(&self) -> Result<String> {
        let rows = self.node.store().communities()?;
        Ok(rows.first().context("a community")?.digest()?.to_string())
    }

    /// Gives the core an event and does what it wants done, commits at once.
    pub(crate) fn give(&mut self, event: Event) -> Result<()> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.core.handle(self.now, event, self.node.store()) {
                match effect {
                    Effect::Send { frame, class, .. } => {
                        *self.sent.entry(format!("{class:?}")).or_default() += on_pipe(&frame);
                        self.out.push_back(frame);
                    }
                    Effect::Commit { group, batch } => {
                        let outcome = self.node.take_in(&[batch])?.remove(0);
                        events.push_back(Event::Committed { group, outcome });
                    }
                    Effect::Close { why, .. } => bail!("the link was closed: {why}"),
                    Effect::Refused { reason, .. } => bail!("refused: {reason}"),
                    Effect::SessionEnded { stats, .. } => self.sessions.push(stats),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// What keeps and what decides, for a driver of one's own.
    pub(crate) fn apart(self) -> (Node, Core) {
        (self.node, self.core)
    }

    /// What is to be sent.
    pub(crate) fn take_out(&mut self) -> VecDeque<Vec<u8>> {
        std::mem::take(&mut self.out)
    }

    /// A link stands.
    pub(crate) fn link_up(&mut self, link: LinkId, initiator: bool, remote: Vec<u8>) -> Result<()> {
        self.link = link;
        self.sent.clear();
        self.sessions.clear();
        let local = self.name.clone();
        self.give(Event::LinkUp { link, initiator, local, remote, kept: true })
    }

    pub(crate) fn wait(&mut self, ms: u64) -> Result<()> {
        self.now.0 += ms;
        self.give(Event::Tick)
    }

    fn bytes(&self) -> usize {
        self.sent.values().sum()
    }
}

/// What a contact took.
#[derive(Debug)]
pub(crate) struct Contact {
    /// Bytes both ways, frames with their lengths.
    pub(crate) bytes: usize,
    /// Of these, hello, comparison, wants and acknowledgements.
    pub(crate) protocol: usize,
    /// Of these, records.
    pub(crate) records: usize,
    /// Of the first session.
    pub(crate) round_trips: u32,
}

/// Carries frames until both are silent.
fn carry(link: LinkId, one: &mut Device, other: &mut Device) -> Result<()> {
    while !one.out.is_empty() || !other.out.is_empty() {
        if let Some(frame) = one.out.pop_front() {
            other.give(Event::Frame { link, frame: frame.into() })?;
        }
        if let Some(frame) = other.out.pop_front() {
            one.give(Event::Frame { link, frame: frame.into() })?;
        }
    }
    Ok(())
}

/// Links two devices.
fn link(one: &mut Device, other: &mut Device) -> Result<LinkId> {
    let link = LinkId(one.link.0.max(other.link.0) + 1);
    let now = Millis(one.now.0.max(other.now.0) + 1_000);
    (one.now, other.now) = (now, now);
    let (one_name, other_name) = (one.name.clone(), other.name.clone());
    other.link_up(link, false, one_name)?;
    one.link_up(link, true, other_name)?;
    carry(link, one, other)?;
    Ok(link)
}

/// A contact of two devices from the link to the end of all sessions they want.
pub(crate) fn meet(one: &mut Device, other: &mut Device) -> Result<Contact> {
    let link = link(one, other)?;
    for _ in 0..2 {
        one.wait(2_000)?;
        other.wait(2_000)?;
        carry(link, one, other)?;
    }
    for device in [&mut *one, &mut *other] {
        device.give(Event::LinkDown { link })?;
    }
    let of = |class: Class| {
        let name = format!("{class:?}");
        [&*one, &*other].iter().filter_map(|device| device.sent.get(&name)).sum()
    };
    Ok(Contact {
        bytes: one.bytes() + other.bytes(),
        protocol: of(Class::Protocol),
        records: of(Class::Records),
        round_trips: one.sessions.first().map_or(0, |session| session.round_trips),
    })
}

/// W on two nodes: all but its last posts are on both.
pub(crate) struct Villages {
    pub(crate) devices: [Device; 2],
    debates: Vec<String>,
    ids: Vec<String>,
}

impl Villages {
    /// Says all of it. The villages do not meet after their last posts.
    pub(crate) fn play(work: &Work) -> Result<Self> {
        let mut one = Device::memory(1);
        let mut other = Device::memory(2);
        one.found("Awa")?;
        other.join("Moussa", &mut one)?;
        meet(&mut one, &mut other)?;
        let who = other.ask(Request::Whoami)?;
        let person = who["person"][0]["id"].as_str().context("a person")?.to_owned();
        one.ask(Request::Grant { person, role: "facilitator".to_owned(), office: None })?;
        meet(&mut one, &mut other)?;
        let mut devices = [one, other];
        for (side, device) in devices.iter_mut().enumerate() {
            let names = (0..AUTHORS).filter(|author| author % 2 == side);
            device.batch(names.map(|a| Op::Person { name: format!("auteur-{a}") }).collect())?;
        }
        let open = |debate: usize| Op::Debate {
            speaker: None,
            title: format!("Débat {debate}"),
            text: None,
            reference: None,
        };
        let debates = devices[0].batch((0..DEBATES).map(open).collect())?;
        let mut villages = Self { devices, debates, ids: Vec::with_capacity(work.posts.len()) };
        let common = work.posts.len() - work.apart;
        let mut from = 0;
        while from < work.posts.len() {
            let [one, other] = &mut villages.devices;
            if from <= common {
                meet(one, other)?;
            }
            let end = if from < common { common.min(from + CHUNK) } else { work.posts.len() };
            for group in (from..end).step_by(GROUP) {
                villages.say(work, group..end.min(group + GROUP))?;
            }
            from = end;
        }
        if work.apart == 0 {
            let [one, other] = &mut villages.devices;
            meet(one, other)?;
        }
        Ok(villages)
    }

    fn say(&mut self, work: &Work, range: std::ops::Range<usize>) -> Result<()> {
        let mut ids = vec![String::new(); range.len()];
        // A reply to another post of this group waits for its id.
        let mut waiting: VecDeque<usize> = range.clone().collect();
        while !waiting.is_empty() {
            for side in 0..2 {
                let (now, later): (Vec<usize>, Vec<usize>) = waiting.iter().partition(|at| {
                    let post = &work.posts[**at];
                    post.side() == side
                        && post
                            .reply_to
                            .is_none_or(|to| to < range.start || !ids[to - range.start].is_empty())
                });
                waiting = later.into();
                let ops = now.iter().map(|at| {
                    let post = &work.posts[*at];
                    let id = |to: usize| match to.checked_sub(range.start) {
                        Some(at) => ids[at].clone(),
                        None => self.ids[to].clone(),
                    };
                    Op::Say {
                        speaker: Some(format!("auteur-{}", post.author)),
                        debate: self.debates[post.debate].clone(),
                        text: post.text.clone(),
                        kind: None,
                        reply_to: post.reply_to.map(id),
                        to: None,
                        attached: Vec::new(),
                        reference: None,
                    }
                });
                let ops: Vec<Op> = ops.collect();
                if !ops.is_empty() {
                    let made = self.devices[side].batch(ops)?;
                    for (at, id) in now.into_iter().zip(made) {
                        ids[at - range.start] = id;
                    }
                }
            }
        }
        self.ids.extend(ids);
        for device in &mut self.devices {
            device.now.0 += 400_000;
        }
        Ok(())
    }

    /// One author of the first village says something while both are linked: the bytes of the
    /// frames that bring it to the other.
    pub(crate) fn push_live(&mut self, work: &Work, text: &str) -> Result<usize> {
        let [one, other] = &mut self.devices;
        let link = link(one, other)?;
        let post = work.posts.iter().position(|post| post.side() == 0).context("a post")?;
        let speak = |reply_to| Op::Say {
            speaker: Some(format!("auteur-{}", work.posts[post].author)),
            debate: self.debates[work.posts[post].debate].clone(),
            text: text.to_owned(),
            kind: None,
            reply_to,
            to: None,
            attached: Vec::new(),
            reference: None,
        };
        for device in [&mut *one, &mut *other] {
            device.wait(2_000)?;
        }
        carry(link, one, other)?;
        let before = one.bytes() + other.bytes();
        let _ = one.node.take_news();
        one.batch(vec![speak(Some(self.ids[post].clone()))])?;
        let news = one.node.take_news();
        one.give(Event::Changed { news })?;
        carry(link, one, other)?;
        let bytes = one.bytes() + other.bytes() - before;
        if one.digest()? != other.digest()? {
            bail!("what was pushed did not arrive");
        }
        for device in [one, other] {
            device.give(Event::LinkDown { link })?;
        }
        Ok(bytes)
    }
}

/// The bytes of hello and welcome of two nodes that hold the same.
pub(crate) fn greeting() -> Result<usize> {
    let (mut one, mut other) = (Device::memory(1), Device::memory(2));
    one.found("Awa")?;
    other.join("Moussa", &mut one)?;
    meet(&mut one, &mut other)?;
    meet(&mut one, &mut other)?;
    let session = one.sessions.first().context("a session")?;
    Ok(usize::try_from(session.bytes_sent + session.bytes_received)?)
}

/// An empty node joins the community of `other` and fetches all.
pub(crate) fn newcomer(other: &mut Device) -> Result<Contact> {
    let mut fresh = Device::memory(9);
    fresh.join("Fanta", other)?;
    let contact = meet(&mut fresh, other)?;
    if fresh.digest()? != other.digest()? {
        bail!("the newcomer holds something else");
    }
    Ok(contact)
}
