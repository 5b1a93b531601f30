//! A debate as it counts: all of it while it is open, what its closing cites once it is closed.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::{Body, Choice, Cursor};
use baro_crdt::ids::{EntryId, LogId, PersonId, RecordId};
use baro_crdt::log::{EntryIds, Head, Stream};
use baro_crdt::record::{self, Closing, Record};
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::{ApiError, Community, Context, Node, Result};
use crate::store::{LogRow, PostFamily, PostRow, Read, StoreError};
use crate::wire;

/// The most heads that one closing cites.
const HEADS_MAX: usize = 2_048;

/// A vote as it was cast, at its place and time.
pub(super) struct Cast {
    pub(super) person: PersonId,
    pub(super) post: EntryId,
    pub(super) choice: Choice,
    pub(super) lamport: u64,
    pub(super) id: EntryId,
    /// As declared, in seconds since 1970.
    pub(super) time: i64,
}

/// What counts of a debate.
pub(super) struct Counted {
    /// The opening.
    pub(super) row: PostRow,
    /// The posts that count, by Lamport number, then id.
    pub(super) posts: Vec<PostRow>,
    /// How many posts came after the closing.
    pub(super) late: usize,
    /// The standing votes that count, by post and person.
    pub(super) votes: BTreeMap<EntryId, BTreeMap<PersonId, Choice>>,
    /// Who posted or voted.
    pub(super) participants: BTreeSet<PersonId>,
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
            let (person, lamport) = (log.header.author, step.lamport);
            cast.push(Cast { person, post, choice, lamport, id: step.id, time: step.time });
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
    let mut posts = read.posts_in(&row.id, PostFamily::Post)?;
    let all = posts.len();
    if let Some(heads) = &heads {
        let mut inside = BTreeMap::new();
        for post in &posts {
            if let std::collections::btree_map::Entry::Vacant(slot) = inside.entry(post.log) {
                let log = read.log_by_number(post.log)?;
                slot.insert(log.and_then(|log| heads.get(&log.id).copied()).unwrap_or(0));
            }
        }
        posts.retain(|post| inside.get(&post.log).is_some_and(|length| post.index < *length));
    }
    let mut counted = Counted {
        late: all - posts.len(),
        participants: posts.iter().map(|post| post.author).collect(),
        row,
        posts,
        votes: BTreeMap::new(),
        closing,
        answers: BTreeMap::new(),
    };
    let mut voters = BTreeMap::new();
    for post in &counted.posts {
        let mut votes = BTreeMap::new();
        for vote in read.votes(&post.id)? {
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
                votes.insert(vote.person, vote.choice);
            }
        }
        counted.votes.insert(post.id, votes);
        let answers = read.posts_in(&post.id, PostFamily::Answer)?;
        if !answers.is_empty() {
            counted.answers.insert(post.id, answers);
        }
    }
    // Who went on voting after the closing: their votes are those that stood then.
    if let Some(heads) = &heads {
        for (person, _) in voters.iter().filter(|(_, covered)| !**covered) {
            stood_then(read, community, heads, person, &mut counted.votes)?;
        }
    }
    for votes in counted.votes.values() {
        counted.participants.extend(votes.keys());
    }
    Ok(counted)
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
    votes: &mut BTreeMap<EntryId, BTreeMap<PersonId, Choice>>,
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
            votes.insert(*person, vote.choice);
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
        let (community, row) = self.entry(id, &[PostFamily::Debate], "a debate")?;
        if community.authority.closing(&row.id, &row.author).is_some() {
            return Err(ApiError::refused("this debate is closed already"));
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
        let counted = count(&*self.store, &community, row)?;
        let mut heads: Vec<Head> = Vec::new();
        for person in counted.participants.iter().chain([&counted.row.author]) {
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
            return Err(ApiError::refused(format!(
                "this debate has {} logs and a closing cites at most {HEADS_MAX}: it stays open",
                heads.len()
            )));
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
