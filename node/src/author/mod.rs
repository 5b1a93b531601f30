//! The pen: what a person of this device says becomes entries of their logs.
//!
//! In go drafts, one after the other, of any persons in any order; out comes, per log, one run of
//! entries under one head signature, or several where a run would pass 16 kB unsigned. So a batch
//! of thousands of votes by a thousand voters costs a signature for each voter and not for each
//! vote. The pen reads the store and writes nothing: its items go through [`crate::replica`] like
//! anything from the network.
//!
//! Which log: the header follows from the person, the grant to write under, the stream, and this
//! installation's lane of the person; the volume is the highest held, or the next where that is
//! full. A lane is made where there is none, and made anew where a log of it counts no longer to
//! its end (a fork was proven): nothing is ever written behind what is struck out.

mod log;

use std::collections::BTreeMap;

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body, EntryError, Payload, Words, WordsError};
use baro_crdt::ids::{CommunityId, EntryId, LaneId, PersonId, RecordId, WallSeconds};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::{Header, Stream};
use baro_crdt::role::Role;
use rand_core::Rng;

use crate::replica::{Item, LocalChange};
use crate::store::{LocalPerson, LogRow, PostFamily, Read, StoreError};
use crate::words::{Reason, why};
use log::OpenLog;

/// Why something cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum PenError {
    /// The person holds no role that lets them, the words are too many or none, or a field breaks
    /// a rule.
    #[error("{0}")]
    Refused(Reason),
    /// Only the person's vault has their key.
    #[error("only the vault of {name} has their key")]
    Locked {
        /// Who.
        person: PersonId,
        /// What they are called here.
        name: String,
    },
    /// The store cannot be read.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl From<WordsError> for PenError {
    fn from(error: WordsError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<EntryError> for PenError {
    fn from(error: EntryError) -> Self {
        Self::Refused(error.into())
    }
}

/// Something to say.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where it belongs.
    pub stream: Stream,
    /// The role that it takes, or one that includes it.
    pub role: Role,
    /// The office in whose name it is said.
    pub office: Option<String>,
    /// What is said.
    pub body: Body,
    /// The words that go with it.
    pub words: Option<Words>,
}

impl Draft {
    /// Something that any member may say in a debate.
    pub const fn member(body: Body, words: Option<Words>) -> Self {
        Self { stream: Stream::Debate, role: Role::Member, office: None, body, words }
    }
}

/// What is known of an entry that others can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// Its community.
    pub community: CommunityId,
    /// Its list.
    pub family: PostFamily,
    /// What it belongs to.
    pub parent: Option<EntryId>,
    /// Who said it.
    pub author: PersonId,
    /// Its Lamport number.
    pub lamport: u64,
}

/// A person while they write.
struct Author {
    key: MemberKey,
    lane: LaneId,
    /// The highest Lamport number of all they said, from any device, as far as it is here.
    lamport: u64,
    logs: Vec<LogRow>,
}

type AuthorKey = (CommunityId, PersonId);

/// Writes for the persons of this device, within one transaction's worth of items.
pub struct Pen<'a> {
    read: &'a dyn Read,
    rng: &'a mut dyn Rng,
    now: WallSeconds,
    authors: BTreeMap<AuthorKey, Author>,
    grants: BTreeMap<(AuthorKey, Role), RecordId>,
    open: BTreeMap<(AuthorKey, RecordId, Stream), OpenLog>,
    cited: BTreeMap<EntryId, Option<Cited>>,
    items: Vec<Item>,
}

/// The local key under which the lane of a person here is kept.
pub fn lane_key(community: &CommunityId, person: &PersonId) -> String {
    format!("lane/{community}/{person}")
}

impl<'a> Pen<'a> {
    /// Takes up the pen; `now` is what entries declare as their time.
    pub fn new(read: &'a dyn Read, rng: &'a mut dyn Rng, now: WallSeconds) -> Self {
        Self {
            read,
            rng,
            now,
            authors: BTreeMap::new(),
            grants: BTreeMap::new(),
            open: BTreeMap::new(),
            cited: BTreeMap::new(),
            items: Vec::new(),
        }
    }

    /// The time that entries declare.
    pub const fn now(&self) -> WallSeconds {
        self.now
    }

    /// Randomness, for what goes with the writing.
    pub fn rng(&mut self) -> &mut dyn Rng {
        self.rng
    }

    /// What is known of an entry, those just written included.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read.
    pub fn cited(&mut self, id: &EntryId) -> Result<Option<Cited>, StoreError> {
        if let Some(known) = self.cited.get(id) {
            return Ok(known.clone());
        }
        let known = self.read.post(id)?.map(|row| Cited {
            community: row.community,
            family: row.family,
            parent: row.parent,
            author: row.author,
            lamport: row.lamport,
        });
        self.cited.insert(*id, known.clone());
        Ok(known)
    }

    /// Writes one entry for `who` and gives its id. `authority` is of the person's community.
    ///
    /// # Errors
    /// [`PenError`]; then nothing of this draft is written, and the pen can go on.
    pub fn write(
        &mut self,
        authority: &Authority,
        who: &LocalPerson,
        draft: Draft,
    ) -> Result<EntryId, PenError> {
        let author_key = (who.community, who.person);
        let grant = self.grant(authority, who, &draft)?;
        let payload =
            draft.words.as_ref().map(|words| Payload::new(words, &mut *self.rng)).transpose()?;
        let mut cited = 0;
        for id in draft.body.cites() {
            cited = cited.max(self.cited(&id)?.map_or(0, |known| known.lamport));
        }
        self.take_up(who)?;
        let author = self.author(&author_key);
        let cited = cited.max(author.lamport);
        let log_key = (author_key, grant, draft.stream);
        if !self.open.contains_key(&log_key) {
            let log = self.open_log(who, grant, draft.stream)?;
            self.open.insert(log_key, log);
        }
        let Some(log) = self.open.get_mut(&log_key) else { unreachable!("opened above") };
        let Some(author) = self.authors.get_mut(&author_key) else {
            unreachable!("taken up above")
        };
        let said = (draft.body, payload, cited, self.now);
        let step = log.push(said, &author.key, &mut self.items)?;
        author.lamport = step.lamport;
        if let Some((family, parent)) = family(&step.entry.body) {
            let known = Cited {
                community: who.community,
                family,
                parent,
                author: who.person,
                lamport: step.lamport,
            };
            self.cited.insert(step.id, Some(known));
        }
        Ok(step.id)
    }

    /// Signs what is unsigned and gives all items, for one transaction.
    pub fn finish(mut self) -> Vec<Item> {
        for ((author, _, _), log) in std::mem::take(&mut self.open) {
            let Some(author) = self.authors.get(&author) else { unreachable!("wrote this log") };
            log.finish(&author.key, &mut self.items);
        }
        self.items
    }

    fn grant(
        &mut self,
        authority: &Authority,
        who: &LocalPerson,
        draft: &Draft,
    ) -> Result<RecordId, PenError> {
        let key = ((who.community, who.person), draft.role);
        if draft.office.is_none()
            && let Some(grant) = self.grants.get(&key)
        {
            return Ok(*grant);
        }
        let office = draft.office.as_deref();
        let grant = authority
            .best_grant(&who.person, draft.role, office)
            .ok_or_else(|| PenError::Refused(why::no_role(&who.name, draft.role)))?;
        if draft.office.is_none() {
            self.grants.insert(key, grant);
        }
        Ok(grant)
    }

    fn author(&self, key: &AuthorKey) -> &Author {
        match self.authors.get(key) {
            Some(author) => author,
            None => unreachable!("taken up before it is asked for"),
        }
    }

    /// Reads what the person wrote before, and their lane.
    fn take_up(&mut self, who: &LocalPerson) -> Result<(), PenError> {
        let key = (who.community, who.person);
        if self.authors.contains_key(&key) {
            return Ok(());
        }
        let locked = || PenError::Locked { person: who.person, name: who.name.clone() };
        let member_key = who.key().ok_or_else(locked)?;
        let logs = self.read.logs_of(&who.community, &who.person)?;
        let lane = self.read.local(&lane_key(&who.community, &who.person))?;
        let lane = lane.and_then(|bytes| LaneId::from_slice(&bytes));
        let struck_out = |lane: &LaneId| {
            logs.iter().any(|row| row.header.lane == *lane && row.authorised < row.cursor.length)
        };
        let lane = match lane {
            Some(lane) if !struck_out(&lane) => lane,
            _ => self.fresh_lane(who),
        };
        let lamport = logs.iter().map(|row| row.cursor.lamport).max().unwrap_or(0);
        let author = Author { key: member_key, lane, lamport, logs };
        self.authors.insert(key, author);
        Ok(())
    }

    fn fresh_lane(&mut self, who: &LocalPerson) -> LaneId {
        let mut bytes = [0; LaneId::LEN];
        self.rng.fill_bytes(&mut bytes);
        let key = lane_key(&who.community, &who.person);
        self.items.push(Item::Local(LocalChange::Put { key, value: bytes.to_vec() }));
        LaneId::from_bytes(bytes)
    }

    fn open_log(
        &mut self,
        who: &LocalPerson,
        grant: RecordId,
        stream: Stream,
    ) -> Result<OpenLog, StoreError> {
        let author = self.author(&(who.community, who.person));
        let here = |row: &&LogRow| {
            let header = &row.header;
            header.grant == grant && header.stream == stream && header.lane == author.lane
        };
        let last = author.logs.iter().filter(here).max_by_key(|row| row.header.volume);
        Ok(match last {
            Some(row) => OpenLog::go_on(row),
            None => OpenLog::begin(Header {
                community: who.community,
                author: who.person,
                grant,
                stream,
                lane: author.lane,
                volume: 0,
            }),
        })
    }
}

/// The list that an entry of this kind joins, and what it belongs to there.
fn family(body: &Body) -> Option<(PostFamily, Option<EntryId>)> {
    Some(match body {
        Body::Debate { .. } => (PostFamily::Debate, None),
        Body::Post { debate, .. } => (PostFamily::Post, Some(*debate)),
        Body::Answer { question } => (PostFamily::Answer, Some(*question)),
        Body::Announcement { .. } => (PostFamily::Announcement, None),
        Body::Decision { .. } => (PostFamily::Decision, None),
        Body::Text { .. } => (PostFamily::Text, None),
        Body::Change { text, .. } => (PostFamily::Change, Some(*text)),
        Body::Course { .. } => (PostFamily::Course, None),
        Body::Lesson { course, .. } => (PostFamily::Lesson, Some(*course)),
        Body::Quiz { course, .. } => (PostFamily::Quiz, Some(*course)),
        Body::Ballot { debate, .. } => (PostFamily::Ballot, Some(*debate)),
        Body::Appeal { post, .. } => (PostFamily::Appeal, Some(*post)),
        Body::Hide { post, .. } | Body::Unhide { post } => (PostFamily::Hiding, Some(*post)),
        Body::Question { debate, .. } => (PostFamily::Post, *debate),
        Body::Translation { entry } => (PostFamily::Translation, Some(*entry)),
        _ => return None,
    })
}
