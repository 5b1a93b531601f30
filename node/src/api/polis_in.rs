//! `import polis`: a debate with its statements and votes from the files that Polis exports.
//!
//! Who speaks: nobody can sign for the people of another system, so each participant becomes a
//! person of this device, vouched for like those of a batch by somebody here who may; the grant
//! says by whom. They are called `voter-12` (or by another prefix) after their number, comments
//! get the mark `c12`, so that an export gives the same numbers again. Names that are taken are
//! refused: the same number in two exports is two people. Entries declare the time of the import.
//! Votes are cast in order of their time, and the last one stands. What was moderated out in Polis
//! comes too and is not hidden here: hiding takes a moderator's own reason.
//!
//! Everything is read before anything is written. Then persons and statements are one commit and
//! votes follow in groups, so an import that is cut short can leave a debate with fewer votes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{ApiError, Context, Node, Op, Result};
use crate::words::why;

/// The most votes of one commit.
const GROUP_VOTES_MAX: usize = 16_384;
/// The most persons and comments of one import.
const MADE_MAX: usize = 32_768;

/// The columns of these names in a table, row by row.
fn columns(text: &str, file: &str, names: &[&str]) -> Result<Vec<Vec<String>>> {
    let broken = |detail: String| ApiError::refused(why::polis_no_table(file, detail));
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = table.headers().map_err(|error| broken(error.to_string()))?.clone();
    let mut at = Vec::new();
    for name in names {
        let found = header.iter().position(|column| column == *name);
        at.push(found.ok_or_else(|| ApiError::refused(why::polis_column(file, *name)))?);
    }
    let mut rows = Vec::new();
    for row in table.records() {
        let row = row.map_err(|error| broken(error.to_string()))?;
        rows.push(at.iter().map(|at| row.get(*at).unwrap_or_default().to_owned()).collect());
    }
    Ok(rows)
}

fn number(text: &str, file: &str) -> Result<u64> {
    text.parse().map_err(|_| ApiError::refused(why::polis_number(file, text)))
}

/// What the files say, in the order in which it is written.
#[derive(Debug, Default, PartialEq, Eq)]
struct Imported {
    title: String,
    description: Option<String>,
    persons: BTreeSet<u64>,
    /// Number, author, words.
    comments: Vec<(u64, u64, String)>,
    /// Voter, comment, choice.
    votes: Vec<(u64, u64, &'static str)>,
    /// Votes on comments that are not among them.
    stray: usize,
}

/// Reads the files by their names.
fn read(files: &BTreeMap<String, String>) -> Result<Imported> {
    let file = |name: &str| {
        let text = files.get(name);
        text.ok_or_else(|| ApiError::refused(why::polis_missing(name)))
    };
    let mut read = Imported { title: "Polis".to_owned(), ..Imported::default() };
    if let Some(summary) = files.get("summary.csv") {
        let mut table = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(summary.as_bytes());
        for row in table.records().flatten() {
            let value = row.get(1).unwrap_or_default().trim().to_owned();
            match row.get(0) {
                Some("topic") if !value.is_empty() => read.title = value,
                Some("conversation-description") if !value.is_empty() => {
                    read.description = Some(value);
                }
                _ => {}
            }
        }
    }
    let names = ["comment-id", "author-id", "comment-body"];
    for row in columns(file("comments.csv")?, "comments.csv", &names)? {
        let [id, author, body] = row.as_slice() else { continue };
        let (id, author) = (number(id, "comments.csv")?, number(author, "comments.csv")?);
        read.persons.insert(author);
        read.comments.push((id, author, body.clone()));
    }
    read.comments.sort();
    let numbers = || read.comments.iter().map(|(id, ..)| *id);
    if let Some((one, _)) = numbers().zip(numbers().skip(1)).find(|(one, next)| one == next) {
        return Err(ApiError::refused(why::polis_twice(one)));
    }
    let known: BTreeSet<u64> = read.comments.iter().map(|(id, ..)| *id).collect();
    let names = ["timestamp", "comment-id", "voter-id", "vote"];
    let mut votes = Vec::new();
    for row in columns(file("votes.csv")?, "votes.csv", &names)? {
        let [time, comment, voter, vote] = row.as_slice() else { continue };
        let [time, comment, voter] = [time, comment, voter].map(|text| number(text, "votes.csv"));
        let choice = match vote.as_str() {
            "1" => "agree",
            "-1" => "disagree",
            "0" => "pass",
            other => {
                return Err(ApiError::refused(why::polis_vote(other)));
            }
        };
        let (time, comment, voter) = (time?, comment?, voter?);
        if known.contains(&comment) {
            read.persons.insert(voter);
            votes.push((time, voter, comment, choice));
        } else {
            read.stray += 1;
        }
    }
    votes.sort_by_key(|(time, ..)| *time);
    read.votes = votes.into_iter().map(|(_, voter, on, choice)| (voter, on, choice)).collect();
    if read.persons.len() + read.comments.len() > MADE_MAX {
        return Err(ApiError::refused(why::polis_max(MADE_MAX)));
    }
    Ok(read)
}

impl Node {
    pub(super) fn import_polis(
        &mut self,
        context: &Context,
        files: &BTreeMap<String, String>,
        prefix: Option<&str>,
    ) -> Result<Value> {
        let read = read(files)?;
        let community = self.here(context)?;
        let prefix = prefix.unwrap_or("voter");
        let name = |person: &u64| format!("{prefix}-{person}");
        for person in &read.persons {
            if self.persons(&community.id)?.is_named(&name(person)) {
                return Err(ApiError::refused(why::polis_name_taken(name(person))));
            }
        }
        // Marks are the community's; this one is said nowhere else.
        let debate = "polis-import".to_owned();
        let mut ops = vec![Op::Debate {
            speaker: None,
            title: read.title.clone(),
            text: read.description.clone(),
            reference: Some(debate.clone()),
        }];
        ops.extend(read.persons.iter().map(|person| Op::Person { name: name(person) }));
        ops.extend(read.comments.iter().map(|(id, author, body)| Op::Say {
            speaker: Some(name(author)),
            debate: format!("@{debate}"),
            text: body.clone(),
            kind: None,
            reply_to: None,
            to: None,
            attached: Vec::new(),
            reference: Some(format!("c{id}")),
        }));
        let mut refused: Vec<ApiError> = Vec::new();
        let mut ids = Vec::new();
        for made in self.group(context, &community, ops)? {
            ids.push(match made {
                Ok((id, _)) => Some(id),
                Err(error) => {
                    refused.push(error);
                    None
                }
            });
        }
        let Some(Some(id)) = ids.first().cloned() else {
            return Err(refused.swap_remove(0));
        };
        // Votes name comments by id: marks of other debates cannot come between.
        let posts: BTreeMap<u64, &String> = read
            .comments
            .iter()
            .map(|(number, ..)| *number)
            .zip(ids.iter().skip(1 + read.persons.len()))
            .filter_map(|(number, id)| Some((number, id.as_ref()?)))
            .collect();
        // Those who vote are members since the last commit.
        let community = self.here(context)?;
        let mut cast = 0;
        for votes in read.votes.chunks(GROUP_VOTES_MAX) {
            let ops = votes
                .iter()
                .filter_map(|(voter, on, choice)| {
                    let (speaker, post) = (Some(name(voter)), (*posts.get(on)?).clone());
                    Some(Op::Vote { speaker, post, choice: (*choice).to_owned() })
                })
                .collect();
            for made in self.group(context, &community, ops)? {
                match made {
                    Ok(_) => cast += 1,
                    Err(error) => refused.push(error),
                }
            }
        }
        let lost = read.votes.len() - cast + read.stray;
        Ok(json!({
            "id": id,
            "title": read.title,
            "participants": read.persons.len(),
            "comments": posts.len(),
            "votes": cast,
            "votes_left_out": lost,
            "refused": refused.len(),
            "first_refusal": refused.first().map(|error| error.words(context.lang.as_deref())),
        }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn files(comments: &str, votes: &str) -> BTreeMap<String, String> {
        [("comments.csv", comments), ("votes.csv", votes)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into()
    }

    #[test]
    fn the_last_vote_by_time_comes_last_and_strays_are_counted() {
        let comments = "comment-id,author-id,comment-body\n7,2,\"a, b\"\n";
        let votes = "timestamp,comment-id,voter-id,vote\n20,7,1,-1\n10,7,1,1\n5,8,9,0\n";
        let read = read(&files(comments, votes)).unwrap();
        assert_eq!(read.votes, [(1, 7, "agree"), (1, 7, "disagree")]);
        assert_eq!(read.comments, [(7, 2, "a, b".to_owned())]);
        assert_eq!((read.persons, read.stray), (BTreeSet::from([1, 2]), 1));
    }

    #[test]
    fn what_is_no_export_is_refused_before_anything_is_written() {
        let comments = "comment-id,author-id,comment-body\n7,2,x\n";
        let votes = "timestamp,comment-id,voter-id,vote\n";
        let why =
            |comments: &str, votes: &str| read(&files(comments, votes)).unwrap_err().to_string();
        assert!(why("a,b\n", votes).contains("comment-id is missing"));
        assert!(why(&format!("{comments}7,2,y\n"), votes).contains("twice"));
        assert!(why(comments, &format!("{votes}1,7,1,2\n")).contains("no vote"));
        assert!(why(comments, &format!("{votes}x,7,1,1\n")).contains("no number"));
        assert!(read(&BTreeMap::new()).unwrap_err().to_string().contains("missing"));
    }
}
