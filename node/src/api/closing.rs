//! A debate as it counts: all of it while it is open, what its closing cites once it is closed.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::{Body, Choice, Cursor};
use baro_crdt::ids::{EntryId, LogId, PersonId, RecordId};
use baro_crdt::log::{EntryIds, Head, Stream};
use baro_crdt::record::{self, Closing, Record};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::ballots::{self, Ballots};
use super::routing::Orders;
use super::{ApiError, Community, Context, Node, Result};
use crate::store::{EditRow, LogNumber, LogRow, PostFamily, PostRow, Read, StoreError};
use crate::wire;
use crate::words::{Thing, why};

/// The most heads that one closing cites.
const HEADS_MAX: usize = 2_048;

/// Whose vote it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Voter {
    /// A person's, in their own log.
    Person(PersonId),
    /// A paper ballot's, by its token.
    Paper(String),
}

/// The standing votes on one post.
pub(super) type Votes = BTreeMap<Voter, Choice>;

/// A vote as it was cast, at its place and time.
pub(super) struct Cast {
    pub(super) voter: Voter,
    pub(super) post: EntryId,
    pub(super) choice: Choice,
    pub(super) lamport: u64,
    pub(super) id: EntryId,
    /// As declared, in seconds since 1970.
    pub(super) time: i64,
}

/// What came after a closing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Late {
    /// Posts.
    pub(super) posts: usize,
    /// Votes in person that stand now and did not then, on posts that count.
    pub(super) votes: usize,
    /// Paper ballots.
    pub(super) ballots: usize,
}

/// How many agree, disagree and pass.
pub(super) type Tally = [usize; 3];

fn tally(votes: &Votes) -> Tally {
    let mut tally = [0; 3];
    for choice in votes.values() {
        let [agree, disagree, pass] = &mut tally;
        *match choice {
            Choice::Agree => agree,
            Choice::Disagree => disagree,
            Choice::Pass => pass,
        } += 1;
    }
    tally
}

/// What counts of a debate.
pub(super) struct Counted {
    /// The opening.
    pub(super) row: PostRow,
    /// The posts that count, by Lamport number, then id.
    pub(super) posts: Vec<PostRow>,
    /// What came after the closing, and so doesn't count.
    pub(super) late: Late,
    /// The standing votes that count, by post and voter.
    pub(super) votes: BTreeMap<EntryId, Votes>,
    /// How many they are, by post.
    tallies: BTreeMap<EntryId, Tally>,
    /// In which orders the posts are read that follow from the votes, as far as they were asked for.
    pub(super) orders: Orders,
    /// Who posted or voted in person.
    pub(super) participants: BTreeSet<PersonId>,
    /// Posts that a moderator hides or their author took back.
    pub(super) gone: BTreeSet<EntryId>,
    /// The paper ballots, those that count and those in conflict.
    pub(super) ballots: Ballots,
    /// How many of the heads that the closing cites hold here.
    pub(super) heads_held: usize,
    /// The closing that counts.
    pub(super) closing: Option<(RecordId, Closing)>,
    /// The answers to its questions, by question.
    pub(super) answers: BTreeMap<EntryId, Vec<PostRow>>,
}

/// All votes in the authorised part of a log, or less where `length` says so.
pub(super) fn votes_in(read: &dyn Read, log: &LogRow, length: u32) -> Result<Vec<Cast>> {
    let ids = EntryIds::of(&log.id);
    let mut cursor = Cursor::start(log.id);
    let mut cast = Vec::new();
    for entry in read.entries(log.number, 0..length.min(log.authorised))? {
        let step = cursor
            .step(&entry, log.header.stream, &ids)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        if let Body::Vote { post, choice } = step.entry.body {
            let (voter, lamport) = (Voter::Person(log.header.author), step.lamport);
            cast.push(Cast { voter, post, choice, lamport, id: step.id, time: step.time });
        }
    }
    Ok(cast)
}

/// Computes what counts of the debate that `row` opens.
pub(super) fn count(read: &dyn Read, community: &Community, row: PostRow) -> Result<Counted> {
    let closing = closing(read, community, &row)?;
    let heads = match &closing {
        Some((_, closing)) => Some(heads_that_hold(read, &closing.heads)?),
        None => None,
    };
    let mut inside = Inside { heads: heads.as_ref(), lengths: BTreeMap::new() };
    let all = read.posts_in(&row.id, PostFamily::Post)?;
    let (posts, late) = inside.split(read, all)?;
    let (ballots, late_ballots) = ballots::read_all(read, &row.id, &mut inside)?;
    let mut counted = Counted {
        late: Late { posts: late, votes: 0, ballots: late_ballots },
        participants: posts.iter().map(|post| post.author).collect(),
        row,
        posts,
        votes: BTreeMap::new(),
        tallies: BTreeMap::new(),
        orders: Orders::default(),
        closing,
        answers: BTreeMap::new(),
        gone: BTreeSet::new(),
        ballots,
        heads_held: heads.as_ref().map_or(0, BTreeMap::len),
    };
    for post in &counted.posts {
        counted.votes.insert(post.id, Votes::new());
    }
    let counts = |counted: &Counted, post: &EntryId| counted.votes.contains_key(post);
    let mut voters = BTreeMap::new();
    // Of those who went on voting after the closing: what stands now.
    let mut now: BTreeMap<(EntryId, PersonId), Choice> = BTreeMap::new();
    for vote in read.votes_in(&counted.row.id)? {
        let Some(votes) = counted.votes.get_mut(&vote.post) else { continue };
        let covered = match (&heads, voters.get(&vote.person)) {
            (None, _) => true,
            (Some(_), Some(covered)) => *covered,
            (Some(heads), None) => {
                let covered = covers(read, community, heads, &vote.person)?;
                voters.insert(vote.person, covered);
                covered
            }
        };
        if covered {
            votes.insert(Voter::Person(vote.person), vote.choice);
        } else {
            now.insert((vote.post, vote.person), vote.choice);
        }
    }
    for post in read.gone_in(&counted.row.id)? {
        if counts(&counted, &post) {
            counted.gone.insert(post);
        }
    }
    for answer in read.answers_in(&counted.row.id)? {
        if let Some(question) = answer.parent.filter(|post| counts(&counted, post)) {
            counted.answers.entry(question).or_default().push(answer);
        }
    }
    // Who went on voting after the closing: their votes are those that stood then.
    if let Some(heads) = &heads {
        for (person, _) in voters.iter().filter(|(_, covered)| !**covered) {
            stood_then(read, community, heads, person, &mut counted.votes)?;
        }
    }
    for ((post, person), choice) in now {
        let then = counted.votes.get(&post).and_then(|votes| votes.get(&Voter::Person(person)));
        counted.late.votes += usize::from(then != Some(&choice));
    }
    for voter in counted.votes.values().flat_map(BTreeMap::keys) {
        if let Voter::Person(person) = voter {
            counted.participants.insert(*person);
        }
    }
    for (token, ballot) in counted.ballots.counting() {
        for vote in &ballot.votes {
            if let Some(votes) = counted.votes.get_mut(&vote.post) {
                votes.insert(Voter::Paper(token.clone()), vote.choice);
            }
        }
    }
    counted.tallies = counted.votes.iter().map(|(post, votes)| (*post, tally(votes))).collect();
    Ok(counted)
}

/// Whether a post is to be seen, and the answers to it.
fn around(
    read: &dyn Read,
    post: &PostRow,
    gone: &mut BTreeSet<EntryId>,
    answers: &mut BTreeMap<EntryId, Vec<PostRow>>,
) -> Result<()> {
    let is_hidden = read.hide(&post.id)?.is_some_and(|hide| hide.reason.is_some());
    let withdrew = |edit: &EditRow| edit.payload.is_none();
    if is_hidden || read.edit(&post.id, &post.author)?.as_ref().is_some_and(withdrew) {
        gone.insert(post.id);
    }
    let given = read.posts_in(&post.id, PostFamily::Answer)?;
    if !given.is_empty() {
        answers.insert(post.id, given);
    }
    Ok(())
}

impl Counted {
    /// Takes up new votes on these posts of a debate that is open and, where `grown`, new posts,
    /// and what was said around some; as if it were counted anew.
    pub(super) fn refresh(
        &mut self,
        read: &dyn Read,
        mut posts: BTreeSet<EntryId>,
        grown: bool,
        said_around: &BTreeSet<EntryId>,
    ) -> Result<()> {
        for post in said_around {
            self.gone.remove(post);
            self.answers.remove(post);
            if let Some(row) = read.post(post)? {
                around(read, &row, &mut self.gone, &mut self.answers)?;
            }
        }
        if grown {
            self.posts = read.posts_in(&self.row.id, PostFamily::Post)?;
            for post in self.posts.iter().filter(|post| !self.votes.contains_key(&post.id)) {
                self.participants.insert(post.author);
                around(read, post, &mut self.gone, &mut self.answers)?;
                posts.insert(post.id);
            }
        }
        for post in &posts {
            let mut votes = Votes::new();
            for vote in read.votes(post)? {
                self.participants.insert(vote.person);
                votes.insert(Voter::Person(vote.person), vote.choice);
            }
            self.votes.insert(*post, votes);
        }
        for (token, ballot) in self.ballots.counting() {
            for vote in ballot.votes.iter().filter(|vote| posts.contains(&vote.post)) {
                if let Some(votes) = self.votes.get_mut(&vote.post) {
                    votes.insert(Voter::Paper(token.clone()), vote.choice);
                }
            }
        }
        for (post, votes) in posts.iter().filter_map(|post| Some((*post, self.votes.get(post)?))) {
            self.tallies.insert(post, tally(votes));
        }
        self.orders = Orders::default();
        Ok(())
    }

    /// How many agree, disagree and pass on a post.
    pub(super) fn tally(&self, post: &EntryId) -> Tally {
        self.tallies.get(post).copied().unwrap_or_default()
    }
}

/// How far each log counts in a debate that is closed; all of it in one that is open.
pub(super) struct Inside<'a> {
    heads: Option<&'a BTreeMap<LogId, u32>>,
    lengths: BTreeMap<LogNumber, u32>,
}

impl Inside<'_> {
    /// The rows that count, and how many do not.
    pub(super) fn split(
        &mut self,
        read: &dyn Read,
        mut rows: Vec<PostRow>,
    ) -> Result<(Vec<PostRow>, usize)> {
        let Some(heads) = self.heads else { return Ok((rows, 0)) };
        let all = rows.len();
        for row in &rows {
            if let std::collections::btree_map::Entry::Vacant(slot) = self.lengths.entry(row.log) {
                let log = read.log_by_number(row.log)?;
                slot.insert(log.and_then(|log| heads.get(&log.id).copied()).unwrap_or(0));
            }
        }
        rows.retain(|row| self.lengths.get(&row.log).is_some_and(|length| row.index < *length));
        let late = all - rows.len();
        Ok((rows, late))
    }
}

fn closing(
    read: &dyn Read,
    community: &Community,
    row: &PostRow,
) -> Result<Option<(RecordId, Closing)>> {
    let Some(id) = community.authority.closing(&row.id, &row.author) else { return Ok(None) };
    let Some(held) = read.record(&id)? else { return Ok(None) };
    match Record::from_trusted_bytes(&held.bytes)?.body() {
        record::Body::Closing(closing) => Ok(Some((id, closing.clone()))),
        _ => Ok(None),
    }
}

fn debate_logs(read: &dyn Read, community: &Community, person: &PersonId) -> Result<Vec<LogRow>> {
    let mut logs = read.logs_of(&community.id, person)?;
    logs.retain(|log| log.header.stream == Stream::Debate && log.authorised > 0);
    Ok(logs)
}

/// How far each log counts: a cited head holds where the log's chain hash there is the one cited,
/// so that nobody cites entries that are yet to be written.
fn heads_that_hold(read: &dyn Read, cited: &[Head]) -> Result<BTreeMap<LogId, u32>> {
    let mut heads = BTreeMap::new();
    for head in cited {
        if let Some(log) = read.log(&head.log)?
            && wire::chain_at(read, &log, head.length)? == Some(head.chain)
        {
            heads.insert(head.log, head.length);
        }
    }
    Ok(heads)
}

/// Whether the cited heads cover everything the person said in debates.
fn covers(
    read: &dyn Read,
    community: &Community,
    heads: &BTreeMap<LogId, u32>,
    person: &PersonId,
) -> Result<bool> {
    let logs = debate_logs(read, community, person)?;
    Ok(logs.iter().all(|log| heads.get(&log.id).is_some_and(|length| *length >= log.authorised)))
}

fn stood_then(
    read: &dyn Read,
    community: &Community,
    heads: &BTreeMap<LogId, u32>,
    person: &PersonId,
    votes: &mut BTreeMap<EntryId, Votes>,
) -> Result<()> {
    let mut cast = Vec::new();
    for log in debate_logs(read, community, person)? {
        if let Some(length) = heads.get(&log.id) {
            cast.extend(votes_in(read, &log, *length)?);
        }
    }
    cast.sort_by_key(|vote| (vote.lamport, vote.id));
    for vote in cast {
        if let Some(votes) = votes.get_mut(&vote.post) {
            votes.insert(vote.voter, vote.choice);
        }
    }
    Ok(())
}

impl Node {
    pub(super) fn debate_close(
        &mut self,
        context: &Context,
        id: &str,
        outcome: Option<String>,
    ) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], Thing::Debate)?;
        if community.authority.closing(&row.id, &row.author).is_some() {
            return Err(ApiError::refused(why::closed_already()));
        }
        let powers = [Role::Facilitator, Role::Moderator];
        let opener = match &context.speaker {
            Some(_) => None,
            None => {
                let here = self.persons(&community.id)?;
                here.all.iter().find(|person| person.person == row.author).cloned()
            }
        };
        let (who, via) = match opener {
            Some(who) => {
                let via = Self::power(&community, &who, &[Role::Member])?;
                (who, via)
            }
            None => {
                let speaker = context.speaker.as_deref();
                let who = self.speaker(&community, speaker)?;
                if who.person == row.author {
                    let via = Self::power(&community, &who, &[Role::Member])?;
                    (who, via)
                } else {
                    self.with_power(&community, speaker, &powers)?
                }
            }
        };
        let counted = self.counted(&community, row)?;
        let mut heads: Vec<Head> = Vec::new();
        let mut cited: BTreeSet<PersonId> = counted.participants.clone();
        cited.insert(counted.row.author);
        cited.extend(counted.ballots.writers());
        for person in &cited {
            for log in debate_logs(&*self.store, &community, person)? {
                heads.push(Head {
                    log: log.id,
                    length: log.authorised,
                    chain: log.authorised_chain,
                });
            }
        }
        heads.sort_by_key(|head| head.log);
        heads.dedup_by_key(|head| head.log);
        if heads.len() > HEADS_MAX {
            return Err(ApiError::refused(why::closing_too_large(heads.len(), HEADS_MAX)));
        }
        let cited = heads.len();
        let closing = Closing {
            community: community.id,
            by: who.person,
            via,
            debate: counted.row.id,
            outcome,
            heads,
        };
        let record = Self::record(&who, record::Body::Closing(closing))?;
        let record_id = record.id();
        self.sign(record)?;
        Ok(json!({
            "id": record_id.to_string(),
            "debate": counted.row.id.to_string(),
            "logs": cited,
        }))
    }
}
