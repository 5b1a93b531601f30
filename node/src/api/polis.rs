//! `export polis`: a debate as the four CSV files that Polis exports.
//!
//! Numbers: a participant has the number at the end of their name, a comment the one at the end of
//! its `ref`; where two claim one, it goes to the lower id. All others take the next free number
//! in order of id. Signs: 1 agrees, -1 disagrees, 0 passes.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::Choice;
use serde_json::{Value, json};

use super::closing::{Cast, Counted, Voter, votes_in};
use super::{ApiError, Community, Node, Result, reading};
use crate::store::PostFamily;
use crate::words::{Thing, why};

/// The number at the end of a name or mark.
fn trailing_number(text: &str) -> Option<u64> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    text.get(text.len() - digits..)?.parse().ok()
}

/// Gives each of these, in order of id, its number.
fn numbered<T: Ord + Clone>(wanted: &BTreeMap<T, Option<u64>>) -> BTreeMap<T, u64> {
    let mut taken = BTreeSet::new();
    let mut numbers = BTreeMap::new();
    for (id, number) in wanted {
        if let Some(number) = number
            && taken.insert(*number)
        {
            numbers.insert(id.clone(), *number);
        }
    }
    let mut free = 0..;
    for id in wanted.keys() {
        if !numbers.contains_key(id) {
            let number = free.by_ref().find(|number| !taken.contains(number)).unwrap_or(u64::MAX);
            numbers.insert(id.clone(), number);
        }
    }
    numbers
}

const fn sign(choice: Choice) -> &'static str {
    match choice {
        Choice::Agree => "1",
        Choice::Disagree => "-1",
        Choice::Pass => "0",
    }
}

fn datetime(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).unwrap_or_default()
}

/// A table in memory.
struct Table(csv::Writer<Vec<u8>>);

impl Table {
    fn new(header: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Self> {
        let mut table = Self(csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()));
        table.row(header)?;
        Ok(table)
    }

    fn row(&mut self, fields: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<()> {
        let failed = |error: csv::Error| ApiError::refused(why::table_failed(error.to_string()));
        self.0.write_record(fields).map_err(failed)
    }

    fn text(self) -> Result<String> {
        let failed = |detail: String| ApiError::refused(why::table_failed(detail));
        let bytes = self.0.into_inner().map_err(|error| failed(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
    }
}

impl Node {
    pub(super) fn export_polis(&mut self, id: &str) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], Thing::Debate)?;
        let counted = self.counted(&community, row)?;
        let names = self.names(&community.id)?;
        let persons = counted.participants.iter();
        let persons =
            persons.map(|person| (Voter::Person(*person), trailing_number(&names.of(person))));
        let papers = counted.ballots.counting().into_iter();
        let papers = papers.map(|(token, _)| (Voter::Paper(token.clone()), trailing_number(token)));
        let voters = numbered(&persons.chain(papers).collect());
        let mut marks = BTreeMap::new();
        let mut texts = BTreeMap::new();
        for post in &counted.posts {
            let (said, _) = reading::said(&*self.store, post)?;
            let words = said.words();
            let mark = match &words.reference {
                Some(mark) => trailing_number(mark),
                None => None,
            };
            marks.insert(post.id, mark);
            texts.insert(post.id, words.text);
        }
        let comments = numbered(&marks);

        let mut table = Table::new([
            "timestamp",
            "datetime",
            "comment-id",
            "author-id",
            "agrees",
            "disagrees",
            "moderated",
            "comment-body",
        ])?;
        for post in &counted.posts {
            let votes = counted.votes.get(&post.id);
            let of = |choice| {
                votes.map_or(0, |votes| votes.values().filter(|vote| **vote == choice).count())
            };
            let hidden = self.store.hide(&post.id)?.is_some_and(|hide| hide.reason.is_some());
            table.row([
                (post.declared_at.0 * 1_000).to_string(),
                datetime(post.declared_at.0),
                comments.get(&post.id).map(ToString::to_string).unwrap_or_default(),
                voters
                    .get(&Voter::Person(post.author))
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                of(Choice::Agree).to_string(),
                of(Choice::Disagree).to_string(),
                if hidden { "-1" } else { "0" }.to_owned(),
                texts.get(&post.id).cloned().unwrap_or_default(),
            ])?;
        }
        let comments_csv = table.text()?;

        let mut table = Table::new(["timestamp", "datetime", "comment-id", "voter-id", "vote"])?;
        let cast = self.cast(&community, &counted)?;
        for vote in &cast {
            let (Some(comment), Some(voter)) = (comments.get(&vote.post), voters.get(&vote.voter))
            else {
                continue;
            };
            table.row([
                (vote.time * 1_000).to_string(),
                datetime(vote.time),
                comment.to_string(),
                voter.to_string(),
                sign(vote.choice).to_owned(),
            ])?;
        }
        let votes_csv = table.text()?;

        let (groups, of_group) = self.group_numbers(&counted);
        let (matrix, cells) = matrix(&counted, &voters, &comments, &of_group)?;
        let (said, _) = reading::said(&*self.store, &counted.row)?;
        let words = said.words();
        let commenters: BTreeSet<_> = counted.posts.iter().map(|post| post.author).collect();
        let in_votes: BTreeSet<_> = counted.votes.values().flat_map(BTreeMap::keys).collect();
        let mut table = Table::new(["topic".to_owned(), reading::heading(&words)])?;
        table.row(["url", ""])?;
        table.row(["views", ""])?;
        table.row(["voters".to_owned(), in_votes.len().to_string()])?;
        table.row(["voters-in-conv".to_owned(), voters.len().to_string()])?;
        table.row(["commenters".to_owned(), commenters.len().to_string()])?;
        table.row(["comments".to_owned(), counted.posts.len().to_string()])?;
        table.row(["groups".to_owned(), groups.to_string()])?;
        table.row(["conversation-description".to_owned(), words.text])?;
        Ok(json!({
            "files": {
                "comments.csv": comments_csv,
                "votes.csv": votes_csv,
                "participants-votes.csv": matrix,
                "summary.csv": table.text()?,
            },
            "participants": voters.len(),
            "comments": comments.len(),
            "votes": cast.len(),
            "cells": cells,
        }))
    }

    /// Every vote ever cast in the debate that counts, in order of declared time.
    fn cast(&self, community: &Community, counted: &Counted) -> Result<Vec<Cast>> {
        let heads: Option<BTreeMap<_, _>> = counted
            .closing
            .as_ref()
            .map(|(_, closing)| closing.heads.iter().map(|head| (head.log, head.length)).collect());
        let mut cast = Vec::new();
        for person in &counted.participants {
            for log in self.store.logs_of(&community.id, person)? {
                let length = match &heads {
                    Some(heads) => heads.get(&log.id).copied().unwrap_or(0),
                    None => log.authorised,
                };
                cast.extend(votes_in(&*self.store, &log, length)?);
            }
        }
        for (token, ballot) in counted.ballots.counting() {
            cast.extend(ballot.votes.iter().map(|vote| Cast {
                voter: Voter::Paper(token.clone()),
                post: vote.post,
                choice: vote.choice,
                lamport: ballot.row.lamport,
                id: ballot.row.id,
                time: ballot.row.declared_at.0,
            }));
        }
        cast.retain(|vote| counted.votes.contains_key(&vote.post));
        cast.sort_by_key(|vote| (vote.time, vote.lamport, vote.id));
        Ok(cast)
    }
}

/// Who voted how on what: the table, and how many of its cells are filled.
fn matrix(
    counted: &Counted,
    voters: &BTreeMap<Voter, u64>,
    comments: &BTreeMap<baro_crdt::ids::EntryId, u64>,
    groups: &BTreeMap<Voter, usize>,
) -> Result<(String, usize)> {
    let columns: BTreeMap<u64, _> = comments.iter().map(|(id, number)| (*number, *id)).collect();
    let mut header: Vec<String> =
        ["participant", "group-id", "n-comments", "n-votes", "n-agree", "n-disagree"]
            .map(str::to_owned)
            .into();
    header.extend(columns.keys().map(ToString::to_string));
    let mut table = Table::new(&header)?;
    let by_number: BTreeMap<u64, _> = voters.iter().map(|(id, number)| (*number, id)).collect();
    let mut said: BTreeMap<_, usize> = BTreeMap::new();
    for post in &counted.posts {
        *said.entry(Voter::Person(post.author)).or_default() += 1;
    }
    let mut cells = 0;
    for (number, person) in &by_number {
        let votes: Vec<Option<Choice>> = columns
            .values()
            .map(|post| counted.votes.get(post).and_then(|votes| votes.get(*person)).copied())
            .collect();
        let of = |choice| votes.iter().flatten().filter(|vote| **vote == choice).count();
        let filled = votes.iter().flatten().count();
        cells += filled;
        let mut row = vec![
            number.to_string(),
            groups.get(*person).map(ToString::to_string).unwrap_or_default(),
            said.get(*person).copied().unwrap_or(0).to_string(),
            filled.to_string(),
            of(Choice::Agree).to_string(),
            of(Choice::Disagree).to_string(),
        ];
        row.extend(votes.iter().map(|vote| vote.map_or("", sign).to_owned()));
        table.row(&row)?;
    }
    Ok((table.text()?, cells))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_to_the_lower_id_and_others_take_the_next_free() {
        assert_eq!(trailing_number("voter-12"), Some(12));
        assert_eq!(trailing_number("c007"), Some(7));
        assert_eq!(trailing_number("Awa"), None);
        assert_eq!(trailing_number("99999999999999999999999"), None);
        let wanted = BTreeMap::from([(1, Some(1)), (2, Some(1)), (3, None), (4, Some(0))]);
        let expected = BTreeMap::from([(1, 1), (2, 2), (3, 3), (4, 0)]);
        assert_eq!(numbered(&wanted), expected);
    }
}
