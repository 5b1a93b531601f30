//! Real debates from Polis, split over villages, and the table they must come out as.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::Device;

/// One comment.
struct Comment {
    id: u64,
    author: u64,
    body: String,
}

/// One vote, in order of time.
struct Vote {
    comment: u64,
    voter: u64,
    choice: &'static str,
}

/// A debate as it was exported.
pub struct Debate {
    comments: Vec<Comment>,
    votes: Vec<Vote>,
    filled: BTreeMap<(u64, u64), i64>,
}

/// The filled cells of a `participants-votes.csv`: (participant, comment) to sign.
///
/// # Errors
/// Where the file cannot be read.
pub fn filled(path: &Path) -> Result<BTreeMap<(u64, u64), i64>> {
    let mut reader = csv::Reader::from_path(path)?;
    let headers = reader.headers()?.clone();
    let columns: Vec<Option<u64>> = headers.iter().map(|name| name.parse().ok()).collect();
    let mut cells = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let participant: u64 = row.get(0).context("an empty row")?.parse()?;
        for (column, cell) in columns.iter().zip(&row) {
            if let Some(comment) = column
                && !cell.is_empty()
            {
                cells.insert((participant, *comment), cell.parse()?);
            }
        }
    }
    Ok(cells)
}

impl Debate {
    /// Reads the debate whose files begin with `name` in the samples.
    ///
    /// # Errors
    /// Where a file is missing or is no such export.
    pub fn load(samples: &Path, name: &str) -> Result<Self> {
        let file = |what: &str| -> PathBuf { samples.join(format!("polis/{name}.{what}.csv")) };
        let mut comments = Vec::new();
        for row in csv::Reader::from_path(file("comments"))?.deserialize() {
            let row: BTreeMap<String, String> = row?;
            let of = |key: &str| row.get(key).with_context(|| format!("no {key}"));
            comments.push(Comment {
                id: of("comment-id")?.parse()?,
                author: of("author-id")?.parse()?,
                body: of("comment-body")?.clone(),
            });
        }
        let mut votes = Vec::new();
        for row in csv::Reader::from_path(file("votes"))?.deserialize() {
            let row: BTreeMap<String, String> = row?;
            let of = |key: &str| row.get(key).with_context(|| format!("no {key}"));
            let choice = match of("vote")?.as_str() {
                "1" => "agree",
                "-1" => "disagree",
                "0" => "pass",
                other => bail!("{other} is no vote"),
            };
            let time: u64 = of("timestamp")?.parse()?;
            let vote = Vote {
                comment: of("comment-id")?.parse()?,
                voter: of("voter-id")?.parse()?,
                choice,
            };
            votes.push((time, vote));
        }
        votes.sort_by_key(|(time, _)| *time);
        comments.sort_by_key(|comment| comment.id);
        Ok(Self {
            comments,
            votes: votes.into_iter().map(|(_, vote)| vote).collect(),
            filled: filled(&file("participants-votes"))?,
        })
    }

    /// How many cells of the source's table are filled.
    pub fn cells(&self) -> usize {
        self.filled.len()
    }

    /// What was said in it.
    pub fn words(&self) -> impl Iterator<Item = &str> + Clone {
        self.comments.iter().map(|comment| comment.body.as_str())
    }

    /// How many votes were cast, re-votes included.
    pub fn votes(&self) -> usize {
        self.votes.len()
    }

    /// `batch` operations that add the persons of a village: `of` villages, by id modulo.
    pub fn persons(&self, village: u64, of: u64) -> String {
        let ids: BTreeSet<u64> = self
            .comments
            .iter()
            .map(|comment| comment.author)
            .chain(self.votes.iter().map(|vote| vote.voter))
            .filter(|id| id % of == village)
            .collect();
        lines(ids.iter().map(|id| json!({ "op": "person", "name": format!("voter-{id}") })))
    }

    /// `batch` operations that say a village's comments.
    pub fn says(&self, debate: &str, village: u64, of: u64) -> String {
        let own = self.comments.iter().filter(|comment| comment.author % of == village);
        lines(own.map(|comment| {
            json!({
                "op": "say",
                "as": format!("voter-{}", comment.author),
                "debate": debate,
                "text": comment.body,
                "ref": format!("c{}", comment.id),
            })
        }))
    }

    /// `batch` operations that cast a village's votes, in order of time.
    pub fn casts(&self, village: u64, of: u64) -> String {
        let own = self.votes.iter().filter(|vote| vote.voter % of == village);
        lines(own.map(|vote| {
            json!({
                "op": "vote",
                "as": format!("voter-{}", vote.voter),
                "post": format!("@c{}", vote.comment),
                "choice": vote.choice,
            })
        }))
    }

    /// Exports the debate from a node and compares every filled cell with the source's; gives how
    /// many there are.
    ///
    /// # Errors
    /// Where a cell is missing, differs, or is there although it should not be.
    pub fn check(&self, device: &Device, debate: &str) -> Result<usize> {
        let folder = device.file("polis");
        device.json(&["export", "polis", debate, folder.to_str().context("a path")?])?;
        let ours = filled(&folder.join("participants-votes.csv"))?;
        if ours != self.filled {
            let missing = self.filled.iter().filter(|(cell, _)| !ours.contains_key(cell)).count();
            let wrong =
                ours.iter().filter(|(cell, sign)| self.filled.get(cell) != Some(sign)).count();
            bail!("{missing} cells are missing, {wrong} differ or should not be there");
        }
        Ok(ours.len())
    }
}

fn lines(operations: impl Iterator<Item = Value>) -> String {
    operations.fold(String::new(), |mut text, operation| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{operation}");
        text
    })
}

impl Device {
    /// Runs operations through `batch`; every one must be done. Gives how many there were.
    ///
    /// # Errors
    /// Where one was not.
    pub fn batch(&self, operations: &str) -> Result<usize> {
        let file = self.file("operations.jsonl");
        std::fs::write(&file, operations)?;
        let output = self.run(&["batch", file.to_str().context("a path")?])?;
        let done = String::from_utf8(output.stdout)?;
        if let Some(failed) = done
            .lines()
            .find(|line| !line.starts_with(r#"{"ok":true"#) && !line.contains(r#""ok":true"#))
        {
            bail!("batch: {failed}");
        }
        if !output.status.success() || done.lines().count() != operations.lines().count() {
            bail!("batch: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(done.lines().count())
    }
}
