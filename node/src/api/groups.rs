//! Opinion groups of a debate as answers: `debate groups`.
//!
//! [`baro_crdt::groups`] computes them from the standing votes that count, paper ballots included,
//! statements that are hidden or withdrawn left out. What was computed is kept with a hash of the
//! votes and used again until they change; the hash of the result is shown, so that two nodes can
//! be compared at a glance.

use std::collections::BTreeMap;
use std::sync::Arc;

use baro_crdt::entry::Choice;
use baro_crdt::groups::{Common, Groups, Representative, opinion_groups};
use baro_crdt::ids::EntryId;
use serde_json::{Value, json};

use super::closing::{Counted, Voter, Votes};
use super::resolve::Names;
use super::{Context, Node, Result, reading};
use crate::store::{PostFamily, PostRow};
use crate::words::Thing;

/// Groups, and the votes they are of.
pub(super) struct Grouping {
    /// Hash of the votes.
    votes: blake3::Hash,
    /// Hash of what was computed.
    result: blake3::Hash,
    groups: Groups<Voter, EntryId>,
}

fn write_voter(hasher: &mut blake3::Hasher, voter: &Voter) {
    match voter {
        Voter::Person(person) => {
            hasher.update(&[0]);
            hasher.update(person.as_bytes());
        }
        Voter::Paper(token) => {
            hasher.update(&[1]);
            hasher.update(&(token.len() as u64).to_le_bytes());
            hasher.update(token.as_bytes());
        }
    }
}

fn hash_of(votes: &BTreeMap<EntryId, Votes>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for (post, of) in votes {
        hasher.update(post.as_bytes());
        hasher.update(&(of.len() as u64).to_le_bytes());
        for (voter, choice) in of {
            write_voter(&mut hasher, voter);
            let choice = match choice {
                Choice::Agree => 0,
                Choice::Disagree => 1,
                Choice::Pass => 2,
            };
            hasher.update(&[choice]);
        }
    }
    hasher.finalize()
}

/// A hash over every place and group, to the last bit.
fn hash_of_result(groups: &Groups<Voter, EntryId>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for place in &groups.places {
        write_voter(&mut hasher, &place.voter);
        for part in place.at {
            hasher.update(&part.to_bits().to_le_bytes());
        }
        hasher.update(&(place.group as u64).to_le_bytes());
    }
    for group in &groups.groups {
        for one in &group.representative {
            hasher.update(one.statement.as_bytes());
            hasher.update(&[u8::from(one.agrees)]);
            hasher.update(&one.ratio_test.to_bits().to_le_bytes());
        }
    }
    for one in groups.common.agree.iter().chain(&groups.common.disagree) {
        hasher.update(one.statement.as_bytes());
        hasher.update(&one.product.to_bits().to_le_bytes());
    }
    hasher.finalize()
}

impl Node {
    /// The groups of a debate; from memory where its votes are those it was computed from.
    fn grouping(&mut self, counted: &Counted) -> Arc<Grouping> {
        let visible = |post: &EntryId| !counted.gone.contains(post);
        let votes: BTreeMap<EntryId, Votes> = counted
            .votes
            .iter()
            .filter(|(post, _)| visible(post))
            .map(|(post, votes)| (*post, votes.clone()))
            .collect();
        let hash = hash_of(&votes);
        if let Some(kept) = self.known.counts.grouping(&counted.row.id)
            && kept.votes == hash
        {
            return kept;
        }
        let groups = opinion_groups(&votes);
        let result = hash_of_result(&groups);
        let grouping = Arc::new(Grouping { votes: hash, result, groups });
        self.known.counts.put_grouping(counted.row.id, Arc::clone(&grouping));
        grouping
    }

    /// Whose group is which, for the Polis export; nothing where all are one.
    pub(super) fn group_numbers(&mut self, counted: &Counted) -> (usize, BTreeMap<Voter, usize>) {
        let grouping = self.grouping(counted);
        if grouping.groups.silhouette.is_none() {
            return (0, BTreeMap::new());
        }
        let places = grouping.groups.places.iter();
        let numbers = places.map(|place| (place.voter.clone(), place.group)).collect();
        (grouping.groups.groups.len(), numbers)
    }

    /// `debate groups`.
    pub(super) fn debate_groups(
        &mut self,
        context: &Context,
        id: &str,
        places: bool,
    ) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], Thing::Debate)?;
        let counted = self.counted(&community, row)?;
        let grouping = self.grouping(&counted);
        let groups = &grouping.groups;
        let names = self.names(&community.id)?;
        let mine = match &context.speaker {
            Some(name) => self.persons(&community.id)?.named(name).map(|who| who.person),
            None => None,
        };
        let mine = mine.and_then(|person| {
            groups.places.iter().find(|place| place.voter == Voter::Person(person))
        });
        let posts: BTreeMap<EntryId, &PostRow> =
            counted.posts.iter().map(|post| (post.id, post)).collect();
        let statement = |id: &EntryId| self.statement_json(&posts, id, &names);
        let mut shown = Vec::new();
        for (number, group) in groups.groups.iter().enumerate() {
            let mut representative = Vec::new();
            for one in &group.representative {
                representative.push(representative_json(one, statement(&one.statement)?));
            }
            shown.push(json!({
                "group": number,
                "voters": group.voters,
                "center": group.center,
                "representative": representative,
            }));
        }
        let common = |list: &[Common<EntryId>]| {
            let mut shown = Vec::new();
            for one in list {
                let mut item = statement(&one.statement)?;
                if let Some(item) = item.as_object_mut() {
                    item.insert("product".into(), one.product.into());
                    item.insert("shares".into(), one.shares.clone().into());
                }
                shown.push(item);
            }
            Result::Ok(shown)
        };
        let mut answer = json!({
            "id": counted.row.id.to_string(),
            "voters": groups.voters,
            "votes": groups.votes,
            "statements": counted.posts.len() - counted.gone.len(),
            "placed": groups.places.len(),
            "silhouette": groups.silhouette,
            "groups": shown,
            "agree_together": common(&groups.common.agree)?,
            "disagree_together": common(&groups.common.disagree)?,
            "mine": mine.map(|place| json!({ "group": place.group, "at": place.at })),
            "result": grouping.result.to_hex().as_str(),
        });
        if places && let Some(answer) = answer.as_object_mut() {
            let place = |place: &baro_crdt::groups::Place<Voter>| {
                let (person, token) = match &place.voter {
                    Voter::Person(person) => (Some(person.to_string()), None),
                    Voter::Paper(token) => (None, Some(token)),
                };
                json!({ "person": person, "token": token, "at": place.at, "group": place.group })
            };
            answer.insert("places".into(), groups.places.iter().map(place).collect());
        }
        Ok(answer)
    }

    fn statement_json(
        &self,
        posts: &BTreeMap<EntryId, &PostRow>,
        id: &EntryId,
        names: &Names,
    ) -> Result<Value> {
        let Some(row) = posts.get(id) else { return Ok(json!({ "id": id.to_string() })) };
        let (said, _) = reading::said(&*self.store, row)?;
        let state = said.state();
        let words = said.words();
        Ok(json!({
            "id": id.to_string(),
            "author": row.author.to_string(),
            "name": names.of(&row.author),
            "text": words.text,
            "language": words.language,
            "ref": words.reference,
            "words": state,
        }))
    }
}

fn representative_json(one: &Representative<EntryId>, mut item: Value) -> Value {
    if let Some(item) = item.as_object_mut() {
        item.insert("agrees".into(), one.agrees.into());
        item.insert("voted".into(), one.voted.into());
        item.insert("with".into(), one.with.into());
        item.insert("share".into(), one.share.into());
        item.insert("share_test".into(), one.share_test.into());
        item.insert("ratio".into(), one.ratio.into());
        item.insert("ratio_test".into(), one.ratio_test.into());
        item.insert("likely".into(), one.likely.into());
    }
    item
}
