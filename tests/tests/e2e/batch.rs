//! `batch` and `export polis` on a real debate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use baro_tests::{Device, samples};
use serde_json::{Value, json};

fn results(device: &Device, file: &std::path::Path) -> Vec<Value> {
    let output = device.run(&["batch", file.to_str().unwrap()]).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_seattle_debate_comes_out_as_it_went_in() {
    let Some(samples) = samples().unwrap() else { return };
    let polis = |name: &str| samples.join(format!("polis/15-per-hour-seattle.{name}.csv"));
    let device = Device::of("Awa").unwrap();
    device.made(&["community", "create", "Seattle"]).unwrap();
    let debate = device.made(&["debate", "open", "$15/hour"]).unwrap();

    let mut comments: Vec<(u64, String, String)> = Vec::new();
    for row in csv::Reader::from_path(polis("comments")).unwrap().records() {
        let row = row.unwrap();
        comments.push((row[2].parse().unwrap(), row[3].to_owned(), row[7].to_owned()));
    }
    comments.sort_unstable();
    let mut votes: Vec<(u64, usize, String, String, String)> = Vec::new();
    for (at, row) in csv::Reader::from_path(polis("votes")).unwrap().records().enumerate() {
        let row = row.unwrap();
        let of = |column: usize| row[column].to_owned();
        votes.push((row[0].parse().unwrap(), at, of(2), of(3), of(4)));
    }
    votes.sort_unstable();
    let voters: BTreeSet<&str> = comments
        .iter()
        .map(|(_, author, _)| author.as_str())
        .chain(votes.iter().map(|(_, _, _, voter, _)| voter.as_str()))
        .collect();
    let mut lines = String::new();
    for voter in &voters {
        let op = json!({ "op": "person", "name": format!("voter-{voter}") });
        writeln!(lines, "{op}").unwrap();
    }
    for (id, author, text) in &comments {
        let op = json!({
            "op": "say", "as": format!("voter-{author}"), "debate": debate, "text": text,
            "ref": format!("c{id}")
        });
        writeln!(lines, "{op}").unwrap();
    }
    for (_, _, comment, voter, vote) in &votes {
        let choice = match vote.as_str() {
            "1" => "agree",
            "-1" => "disagree",
            _ => "pass",
        };
        let op = json!({
            "op": "vote", "as": format!("voter-{voter}"), "post": format!("@c{comment}"),
            "choice": choice
        });
        writeln!(lines, "{op}").unwrap();
    }
    let file = device.file("ops.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let results = results(&device, &file);
    assert_eq!(results.len(), lines.lines().count());
    assert!(results.iter().all(|line| line["ok"] == true));

    let out = device.file("out");
    let done = device.json(&["export", "polis", &debate, out.to_str().unwrap()]).unwrap();
    assert_eq!(done["comments"], comments.len());
    assert_eq!(done["votes"], votes.len());
    assert_eq!(cells(&out.join("participants-votes.csv")), cells(&polis("participants-votes")));
    assert_eq!(done["cells"], 2_872);
}

/// The filled cells by participant and comment.
fn cells(path: &std::path::Path) -> BTreeMap<(String, String), String> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let mut cells = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        for (column, cell) in header.iter().zip(row.iter()) {
            if column.parse::<u64>().is_ok() && !cell.is_empty() {
                cells.insert((row[0].to_owned(), column.to_owned()), cell.to_owned());
            }
        }
    }
    cells
}

#[test]
fn an_operation_is_answered_before_the_next_is_written() {
    let device = Device::of("Awa").unwrap();
    device.made(&["community", "create", "Kayes"]).unwrap();
    let debate = device.made(&["debate", "open", "L'eau"]).unwrap();
    let mut child = device
        .command(&["batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let say = json!({ "op": "say", "debate": debate, "text": "Ici", "ref": "c1" });
    let vote = json!({ "op": "vote", "post": "@c1", "choice": "agree" });
    for (line, ok) in [(say.to_string(), true), (vote.to_string(), true), ("x".into(), false)] {
        writeln!(input, "{line}").unwrap();
        let answer: Value = serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["ok"], ok, "{line}");
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("1 of 3"));
    assert_eq!(device.json(&["debate", "show", &debate]).unwrap()["posts"][0]["agree"], 1);
}
