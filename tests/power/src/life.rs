//! A node's life over a disk that is written down: what it was asked, what it acknowledged when,
//! and what its neighbour knew by then.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use baro_crdt::ids::LogId;
use baro_node::WallSeconds;
use baro_node::api::{Context, Node, Op, Request};
use baro_node::bundle;
use baro_node::store::{Database, MemoryStore, Store};
use baro_node::vault::DataKey;
use serde_json::Value;

use crate::dice::Dice;
use crate::disk::{Image, Trace};
use crate::meet::meet;
use crate::shim::Disk;
use crate::state::{State, lengths, state};

/// What the node's folder is sealed by.
pub fn key() -> DataKey {
    DataKey::from_bytes([9; 32])
}

/// A database of the node's, sealed as a running node's is.
pub fn database(path: &Path) -> Database {
    Database::sealed(path, &key())
}

/// The installation that the node's folder remembers.
pub const INSTALLATION: [u8; 32] = [7; 32];
/// What a node is asked in one life, after its beginnings.
const ASKED: usize = 70;

/// A node and its clock.
pub struct Device {
    /// The node.
    pub node: Node,
    /// What its clock shows; two hours pass from one request to the next.
    pub now: WallSeconds,
}

impl Device {
    /// Over a store.
    pub fn new(store: Box<dyn Store + Send>, dice: &mut Dice) -> Self {
        Self { node: Node::new(store, dice.rng(), None), now: WallSeconds(1_800_000_000) }
    }

    /// Asks as the person named, else as the first.
    ///
    /// # Errors
    /// What the node said, in words.
    pub fn ask(&mut self, speaker: Option<&str>, request: Request) -> Result<Value, String> {
        self.now.0 += 7_200;
        let context = Context { speaker: speaker.map(str::to_owned), ..Context::default() };
        self.node.handle(self.now, &context, request).map_err(|error| error.to_string())
    }
}

/// The `id` that a command answered with.
pub fn id(answer: &Value) -> String {
    answer.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A request for a community.
pub fn community() -> Request {
    Request::CommunityCreate {
        name: "Sadiola".to_owned(),
        threshold: 1,
        founders: Vec::new(),
        debates_by: None,
        cosignatures: 0,
        members_only: false,
    }
}

/// Something acknowledged.
#[derive(Clone)]
pub struct Step {
    /// How many things had been done to the disk.
    pub done: usize,
    /// All that the store held.
    pub state: State,
    /// How many entries of each log.
    pub lengths: BTreeMap<LogId, u32>,
    /// How many posts had been made here: the first of [`Life::posts`].
    pub posts: usize,
}

/// A life, from `before` on.
pub struct Life {
    /// All that was done to the disk.
    pub trace: Trace,
    /// What the store held at the beginning.
    pub before: State,
    /// What was acknowledged, in order.
    pub steps: Vec<Step>,
    /// What the neighbour held, as a bundle, from when on.
    pub neighbour: Vec<(usize, Vec<u8>)>,
    /// Counts of commits written into the mirror, never synchronised, and when.
    pub mirrored: Vec<(usize, u64)>,
    /// The debate, once opened.
    pub debate: String,
    /// What was said here in the debate, in order.
    pub posts: Vec<String>,
    /// How many of these, from the first on, were withdrawn since.
    withdrawn: usize,
}

/// Writes a life down while it goes on.
struct Recorder {
    disk: &'static Disk,
    mirrored: Arc<Mutex<Vec<(usize, u64)>>>,
    life: Life,
}

impl Life {
    /// One of the posts that stand.
    fn post(&self, dice: &mut Dice) -> Option<String> {
        dice.pick(self.posts.get(self.withdrawn..).unwrap_or_default()).cloned()
    }
}

impl Recorder {
    fn open(&self, path: &Path, dice: &mut Dice) -> Result<Node, String> {
        let store = database(path).store_over(self.disk.name()).map_err(words)?;
        let (disk, mirrored) = (self.disk, Arc::clone(&self.mirrored));
        let mirror = move |count| {
            mirrored.lock().unwrap_or_else(PoisonError::into_inner).push((disk.done(), count));
        };
        Ok(Node::new(Box::new(store), dice.rng(), Some(Box::new(mirror))))
    }

    /// The node has answered.
    fn answered(&mut self, node: &Node) {
        // What cannot be read now is no state that a cut may leave.
        let state = state(node.store()).unwrap_or_default();
        let lengths = lengths(node.store()).unwrap_or_default();
        let posts = self.life.posts.len();
        self.life.steps.push(Step { done: self.disk.done(), state, lengths, posts });
    }

    /// The neighbour has made something durable.
    fn told(&mut self, neighbour: &Node) {
        let mut bytes = Vec::new();
        // Into memory nothing fails; an empty bundle would be refused when it is taken in.
        if bundle::export(neighbour.store(), None, &mut bytes, &mut |_, _| {}).is_ok() {
            self.life.neighbour.push((self.disk.done(), bytes));
        }
    }

    fn meet(&mut self, a: &mut Device, b: &mut Device, dice: &mut Dice) -> Result<(), String> {
        let now = a.now;
        meet([&mut a.node, &mut b.node], now, dice, &mut |side, node| match side {
            0 => self.answered(node),
            _ => self.told(node),
        })
    }

    fn ask(
        &mut self,
        device: &mut Device,
        speaker: Option<&str>,
        request: Request,
    ) -> Result<Value, String> {
        let answer = device.ask(speaker, request)?;
        self.answered(&device.node);
        Ok(answer)
    }

    /// A batch; what was said counts as acknowledged with it.
    fn batch(&mut self, device: &mut Device, ops: Vec<Op>) -> Result<(), String> {
        let said: Vec<bool> = ops.iter().map(|op| matches!(op, Op::Say { .. })).collect();
        let answer = device.ask(None, Request::Batch { ops })?;
        let results = answer.as_array().cloned().unwrap_or_default();
        for (result, is_post) in results.iter().zip(&said) {
            if result.get("ok") != Some(&Value::Bool(true)) {
                return Err(format!("an operation was refused: {result}"));
            }
            if *is_post {
                self.life.posts.push(id(result));
            }
        }
        if results.len() != said.len() {
            return Err("not every operation of a batch was answered".to_owned());
        }
        self.answered(&device.node);
        Ok(())
    }

    fn finish(mut self, node: Node) -> Life {
        // Closing the database folds the WAL in and removes it: the power may be cut there too.
        drop(node);
        self.life.trace = self.disk.take();
        self.life.mirrored =
            std::mem::take(&mut *self.mirrored.lock().unwrap_or_else(PoisonError::into_inner));
        self.life
    }
}

/// An error in words.
pub fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The state of a store in which nothing has begun.
///
/// # Errors
/// Where it cannot be read.
pub fn nothing() -> Result<State, String> {
    let folder = tempfile::tempdir().map_err(words)?;
    let store = database(&folder.path().join("baro.db")).store().map_err(words)?;
    state(&store).map_err(words)
}

fn recorder(before: State, image: Image) -> Recorder {
    let life = Life {
        trace: Trace::default(),
        before,
        steps: Vec::new(),
        neighbour: Vec::new(),
        mirrored: Vec::new(),
        debate: String::new(),
        posts: Vec::new(),
        withdrawn: 0,
    };
    Recorder { disk: Disk::new(image), mirrored: Arc::default(), life }
}

/// A whole life in an empty folder: a person, a community, a neighbour who joins, and whatever a
/// village does: batches of words and votes, edits, withdrawals, texts, contacts, restarts.
///
/// # Errors
/// What went wrong without any cut, in words.
pub fn live(seed: u64) -> Result<Life, String> {
    let mut dice = Dice::new(seed, "life");
    let folder = tempfile::tempdir().map_err(words)?;
    let path = folder.path().join("baro.db");
    let mut recorder = recorder(nothing()?, Image::new());
    let node = recorder.open(&path, &mut dice)?;
    let mut a = Device { node, now: WallSeconds(1_800_000_000) };
    a.node.claim(INSTALLATION, 0).map_err(words)?;
    recorder.answered(&a.node);
    recorder.ask(&mut a, None, Request::Init { name: "Awa".to_owned() })?;
    recorder.ask(&mut a, None, community())?;
    let invite = recorder.ask(&mut a, None, Request::Invite { addresses: Vec::new() })?;
    let ticket = invite.get("ticket").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut b = Device::new(Box::new(MemoryStore::new()), &mut dice);
    b.ask(None, Request::Init { name: "Binta".to_owned() })?;
    b.ask(None, Request::Join { ticket })?;
    recorder.told(&b.node);
    let title = "Where does the well go?".to_owned();
    let opened =
        recorder.ask(&mut a, None, Request::DebateOpen { title, body: None, days: None })?;
    recorder.life.debate = id(&opened);
    recorder.meet(&mut a, &mut b, &mut dice)?;
    let mut persons: Vec<String> = vec!["Awa".to_owned()];
    let mut text = String::new();
    for n in 0..ASKED {
        match dice.below(12) {
            0..5 => {
                let mut ops = Vec::new();
                if dice.chance(30) {
                    let name = format!("voter-{n}");
                    ops.push(Op::Person { name: name.clone() });
                    recorder.batch(&mut a, std::mem::take(&mut ops))?;
                    persons.push(name);
                }
                for _ in 0..dice.below(30) + 1 {
                    let speaker = dice.pick(&persons).cloned();
                    ops.push(op(&recorder.life, speaker, &mut dice));
                }
                recorder.batch(&mut a, ops)?;
            }
            5 => {
                let ops = vec![say(&recorder.life, None, 9_000, &mut dice)];
                recorder.batch(&mut a, ops)?;
            }
            6 | 7 => {
                let ops =
                    (0..dice.below(20)).map(|_| op(&recorder.life, None, &mut dice)).collect();
                b.now = a.now;
                b.ask(None, Request::Batch { ops })?;
                recorder.told(&b.node);
                recorder.meet(&mut a, &mut b, &mut dice)?;
            }
            8 => {
                if let Some(entry) = recorder.life.post(&mut dice) {
                    let text = format!("Better by the school, {n}");
                    recorder.ask(&mut a, None, Request::Edit { entry, text })?;
                }
            }
            9 => {
                if let Some(entry) = recorder.life.posts.get(recorder.life.withdrawn).cloned() {
                    recorder.life.withdrawn += 1;
                    recorder.ask(&mut a, None, Request::Withdraw { entry })?;
                }
            }
            10 => {
                let content = format!("{text}Article {n}: water is for all.\n");
                let request = if text.is_empty() {
                    let editors = "members".to_owned();
                    let title = "Rules of the well".to_owned();
                    Request::TextNew { title, debate: None, editors, content: Some(content) }
                } else {
                    Request::TextEdit { id: text.clone(), content, at: Vec::new() }
                };
                let made = recorder.ask(&mut a, None, request)?;
                text = id(&made);
            }
            _ => {
                drop(a.node);
                a.node = recorder.open(&path, &mut dice)?;
                let count = recorder.mirrored.lock().map_or(0, |m| m.last().map_or(0, |m| m.1));
                if a.node.claim(INSTALLATION, count).map_err(words)? {
                    return Err("a node that was only restarted takes itself for a copy".to_owned());
                }
                recorder.answered(&a.node);
                a.node.drop_withdrawn(a.now).map_err(words)?;
                recorder.answered(&a.node);
            }
        }
    }
    Ok(recorder.finish(a.node))
}

/// A short life on what an earlier cut has left: the node starts, and a few things are said.
///
/// # Errors
/// What went wrong, in words.
pub fn live_on(image: Image, before: State, earlier: &Life, seed: u64) -> Result<Life, String> {
    let mut dice = Dice::new(seed, "life after a cut");
    let folder = tempfile::tempdir().map_err(words)?;
    write_image(folder.path(), &image)?;
    let mut recorder = recorder(before, image);
    let node = recorder.open(&folder.path().join("baro.db"), &mut dice)?;
    let mut a = Device { node, now: WallSeconds(1_900_000_000) };
    a.node.claim(INSTALLATION, 0).map_err(words)?;
    recorder.answered(&a.node);
    if !earlier.debate.is_empty() && show(&mut a, &earlier.debate).is_ok() {
        recorder.life.debate.clone_from(&earlier.debate);
        for _ in 0..dice.below(8) {
            let ops = (0..10).map(|_| say(&recorder.life, None, 40, &mut dice)).collect();
            recorder.batch(&mut a, ops)?;
        }
    }
    Ok(recorder.finish(a.node))
}

/// Writes a folder's files.
///
/// # Errors
/// Where they cannot be written.
pub fn write_image(folder: &Path, image: &Image) -> Result<(), String> {
    image
        .iter()
        .try_for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes))
        .map_err(words)
}

/// The posts of a debate as the command shows them.
///
/// # Errors
/// Where it is not here.
pub fn show(device: &mut Device, debate: &str) -> Result<Vec<String>, String> {
    let shown = device.ask(None, Request::DebateShow { id: debate.to_owned() })?;
    let posts = shown.get("posts").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(posts.iter().map(id).collect())
}

fn op(life: &Life, speaker: Option<String>, dice: &mut Dice) -> Op {
    match life.post(dice) {
        Some(post) if dice.chance(60) => {
            let choice = dice.pick(&["agree", "disagree", "pass"]).copied().unwrap_or("pass");
            Op::Vote { speaker, post, choice: choice.to_owned() }
        }
        _ => {
            let length = 10 + dice.below(300);
            say(life, speaker, length, dice)
        }
    }
}

fn say(life: &Life, speaker: Option<String>, length: usize, dice: &mut Dice) -> Op {
    let noise = dice.noise(length);
    let text: String = noise.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
    let (kind, reply_to, to, reference) = (None, None, None, None);
    Op::Say {
        speaker,
        debate: life.debate.clone(),
        text,
        kind,
        reply_to,
        to,
        attached: Vec::new(),
        reference,
    }
}
