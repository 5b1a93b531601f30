//! One simulated device: a real core over a real replica and the store in memory.

use std::collections::{BTreeMap, VecDeque};

use baro_crdt::ids::{CommunityId, Millis, WallSeconds};
use baro_node::core::liar::Liar;
use baro_node::core::{Core, Effect, Event, GossipStats, GroupId, LinkId, OverBound};
use baro_node::replica::{Batch, Outcome, Replica};
use baro_node::store::{MemoryStore, Read, Result, StoreError};

use crate::dice::Dice;
use crate::memo::Memo;

/// A batch on its way into the store.
struct Writing {
    group: GroupId,
    batch: Batch,
    link: Option<LinkId>,
}

/// What became of a batch that came over a link.
pub struct Written {
    /// Its number.
    pub group: GroupId,
    /// What was written.
    pub batch: Batch,
    /// Over which link it came.
    pub link: Option<LinkId>,
    /// What became of it.
    pub result: Result<Outcome>,
}

/// A device.
pub struct Node {
    /// Its peer's name on the network.
    pub name: Vec<u8>,
    /// What it keeps; survives crashes.
    pub store: MemoryStore,
    /// Its replica; what it remembers is lost in a crash.
    pub replica: Replica,
    /// Its clock's difference to the true one, in seconds.
    pub clock_off_s: i64,
    /// Counts restarts, so that what was meant for an earlier life is not given to this one.
    pub life: u32,
    /// What it kept at some time, as a copy of its disk.
    pub backup: Option<Box<MemoryStore>>,
    /// Its mouth, where it lies.
    pub liar: Option<Liar>,
    core: Option<Core>,
    writing: VecDeque<Writing>,
    /// The link of the event that a commit came from.
    by_link: BTreeMap<GroupId, LinkId>,
}

impl Node {
    /// A device that is switched on and holds nothing.
    pub fn new(name: Vec<u8>, clock_off_s: i64) -> Self {
        Self {
            name,
            store: MemoryStore::new(),
            replica: Replica::default(),
            clock_off_s,
            life: 0,
            backup: None,
            liar: None,
            core: None,
            writing: VecDeque::new(),
            by_link: BTreeMap::new(),
        }
    }

    /// Whether it is switched on.
    pub const fn is_up(&self) -> bool {
        self.core.is_some()
    }

    /// Switches it on, with nothing but what is stored.
    pub fn start(&mut self, dice: &mut Dice, memo: &Memo) {
        self.life += 1;
        self.replica = Replica::default();
        self.core = Some(Core::new(dice.seed(), Box::new(memo.clone())));
    }

    /// Power gone: what was not committed is lost.
    pub fn crash(&mut self) {
        self.core = None;
        self.writing.clear();
        self.by_link.clear();
    }

    /// This device's clock.
    pub fn wall(&self, now: Millis) -> WallSeconds {
        WallSeconds(1_800_000_000 + self.clock_off_s + (now.0 / 1_000).cast_signed())
    }

    /// Gives the core an event; commits are queued here and not among the effects returned.
    pub fn handle(&mut self, now: Millis, event: Event) -> Vec<Effect> {
        let link = match &event {
            Event::Frame { link, .. } | Event::LinkUp { link, .. } => Some(*link),
            Event::Committed { group, .. } => self.by_link.remove(group),
            _ => None,
        };
        let Some(core) = &mut self.core else { return Vec::new() };
        if let Some(liar) = &mut self.liar {
            listen(liar, &event);
        }
        let unasked = matches!(event, Event::Tick) && self.liar.is_some();
        let mut rest = core.handle(now, event, &self.store);
        for effect in rest.extract_if(.., |effect| matches!(effect, Effect::Commit { .. })) {
            if let Effect::Commit { group, batch } = effect {
                if let Some(link) = link {
                    self.by_link.insert(group, link);
                }
                self.writing.push_back(Writing { group, batch, link });
            }
        }
        match &mut self.liar {
            None => rest,
            Some(liar) => {
                let mut said = lie(liar, rest);
                if unasked {
                    let held = self.store.communities().unwrap_or_default();
                    let held: Vec<CommunityId> = held.into_iter().map(|row| row.id).collect();
                    said.extend(liar.interject(&held));
                }
                said
            }
        }
    }

    /// The queues of its core that hold more than they may.
    pub fn over_bounds(&self) -> Vec<OverBound> {
        self.core.as_ref().map(Core::over_bounds).unwrap_or_default()
    }

    /// Whether batches wait to be written.
    pub fn has_writing(&self) -> bool {
        !self.writing.is_empty()
    }

    /// Whether a session is under way, or wanted.
    pub fn is_busy(&self) -> bool {
        self.core.as_ref().is_some_and(Core::is_busy)
    }

    /// When its core wants to be called next.
    pub fn due(&self, now: Millis) -> Option<Millis> {
        self.core.as_ref()?.due(now)
    }

    /// What live gossip counted since it was switched on.
    pub fn gossip(&self) -> Option<GossipStats> {
        self.core.as_ref().map(Core::gossip_stats)
    }

    /// Writes all batches that wait, in one transaction, or fails them all: the disk is full, or
    /// fails when all but the end is written.
    pub fn write(&mut self, now: Millis, full: bool, torn: bool) -> Vec<Written> {
        let writing: Vec<Writing> = self.writing.drain(..).collect();
        let wall = self.wall(now);
        let batches: Vec<Batch> =
            writing.iter().map(|w| Batch { now: wall, ..w.batch.clone() }).collect();
        let result = if full {
            Err(StoreError::Full)
        } else {
            if torn {
                self.store.tear_next();
            }
            self.replica.commit_all(&mut self.store, &batches)
        };
        let mut outcomes = result.map(VecDeque::from);
        writing
            .into_iter()
            .map(|Writing { group, batch, link }| {
                let result = match &mut outcomes {
                    Ok(outcomes) => Ok(outcomes.pop_front().unwrap_or_default()),
                    Err(error) => Err(error.clone()),
                };
                Written { group, batch, link, result }
            })
            .collect()
    }

    /// Writes what a person here says, at once.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing is written.
    pub fn write_here(
        &mut self,
        now: Millis,
        items: Vec<baro_node::replica::Item>,
    ) -> Result<Outcome> {
        let batch = Batch { items, now: self.wall(now), written_here: true, ..Batch::default() };
        self.replica.commit(&mut self.store, &batch)
    }
}

fn listen(liar: &mut Liar, event: &Event) {
    match event {
        Event::LinkUp { link, initiator, local, remote, .. } => {
            let (local, remote) = (local.clone(), remote.clone());
            liar.link_up(*link, if *initiator { [local, remote] } else { [remote, local] });
        }
        Event::LinkDown { link } => liar.link_down(*link),
        Event::Frame { link, frame } => liar.hear(*link, frame),
        _ => {}
    }
}

/// What a lying device does in the place of what its core says.
fn lie(liar: &mut Liar, effects: Vec<Effect>) -> Vec<Effect> {
    let mut done = Vec::new();
    for effect in effects {
        match effect {
            Effect::Send { link, frame, class } => {
                let frames = liar.say(link, &frame).into_iter();
                done.extend(frames.map(|frame| Effect::Send { link, frame, class }));
            }
            effect => {
                match &effect {
                    Effect::SessionEnded { link, .. } => liar.session_ended(*link),
                    Effect::Close { link, .. } => liar.link_down(*link),
                    _ => {}
                }
                done.push(effect);
            }
        }
    }
    done
}
