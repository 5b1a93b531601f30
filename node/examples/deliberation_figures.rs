//! What a debate costs to read, on the Austrian climate assembly's: importing it, a page, what to
//! vote on next, and the opinion groups, cold, remembered and after one more vote; with 10,000
//! more posts the same again. And how near the groups are to those that Polis found.
//!
//! `cargo run --release -p baro-node --example deliberation_figures FOLDER [NAME]` reads the export
//! `NAME.*.csv` in FOLDER (`austria-climate-production` in `../shared/samples/polis`) and prints
//! tab-separated `figure, value, unit`. The database lies in a temporary folder; with
//! `--no-default-features` it is the store in memory.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use baro_node::WallSeconds;
use baro_node::api::{Context, Node, Op, Request};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How many posts come on top.
const MORE_POSTS: usize = 10_000;

struct Asked {
    node: Node,
    now: i64,
}

impl Asked {
    fn ask(&mut self, request: Request) -> Result<Value> {
        self.now += 1;
        Ok(self.node.handle(WallSeconds(self.now), &Context::default(), request)?)
    }

    /// Asks five times, each after one of `before` in turn, and prints the middle.
    fn time(&mut self, what: &str, request: &Request, before: &[Request]) -> Result<Value> {
        let mut taken = Vec::new();
        let mut answer = Value::Null;
        for turn in 0..5 {
            if let Some(before) = before.iter().cycle().nth(turn) {
                self.ask(before.clone())?;
            }
            let begun = Instant::now();
            answer = self.ask(request.clone())?;
            taken.push(begun.elapsed());
        }
        taken.sort_unstable();
        let middle = taken.get(2).copied().unwrap_or_default();
        println!("{what}\t{:.1}\tms", middle.as_secs_f64() * 1e3);
        Ok(answer)
    }
}

fn id(value: &Value) -> String {
    value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The most memory this process ever had, in MB.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok());
    kib.unwrap_or_default() * 1024.0 / 1e6
}

/// The adjusted Rand index of two groupings: 1 where they are the same, about 0 by chance.
fn likeness(pairs: &[(String, String)]) -> f64 {
    let two = |n: f64| n * (n - 1.0) / 2.0;
    let mut both: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let (mut ours, mut theirs): (BTreeMap<&str, f64>, BTreeMap<&str, f64>) = Default::default();
    for (our, their) in pairs {
        *both.entry((our, their)).or_default() += 1.0;
        *ours.entry(our).or_default() += 1.0;
        *theirs.entry(their).or_default() += 1.0;
    }
    let sum = |values: &mut dyn Iterator<Item = f64>| values.map(two).sum::<f64>();
    let both = sum(&mut both.values().copied());
    let (ours, theirs) = (sum(&mut ours.values().copied()), sum(&mut theirs.values().copied()));
    let all = two(f64::from(u32::try_from(pairs.len()).unwrap_or(u32::MAX)));
    let chance = ours * theirs / all;
    (both - chance) / ((ours + theirs) / 2.0 - chance)
}

/// Groups by participant in a table of votes.
fn groups_in(table: &str) -> Result<BTreeMap<String, String>> {
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let header = rows.headers()?.clone();
    let at = header.iter().position(|name| name == "group-id").unwrap_or(1);
    let mut groups = BTreeMap::new();
    for row in rows.records() {
        let row = row?;
        let group = row.get(at).unwrap_or_default().to_owned();
        if !group.is_empty() {
            groups.insert(row.get(0).unwrap_or_default().to_owned(), group);
        }
    }
    Ok(groups)
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let folder = args.next().unwrap_or_else(|| "../shared/samples/polis".to_owned());
    let name = args.next().unwrap_or_else(|| "austria-climate-production".to_owned());
    let read =
        |what: &str| std::fs::read_to_string(Path::new(&folder).join(format!("{name}.{what}")));
    let mut files = BTreeMap::new();
    for file in ["comments.csv", "votes.csv", "summary.csv"] {
        files.insert(file.to_owned(), read(file)?);
    }
    #[cfg(feature = "full")]
    let scratch = tempfile::tempdir()?;
    #[cfg(feature = "full")]
    let store = baro_node::store::SqliteStore::open(&scratch.path().join("baro.db"))?;
    #[cfg(not(feature = "full"))]
    let store = baro_node::store::MemoryStore::new();
    let node = Node::new(Box::new(store), ChaCha20Rng::from_seed([7; 32]), None);
    let mut asked = Asked { node, now: 1_700_000_000 };
    asked.ask(Request::Init { name: "Awa".into() })?;
    asked.ask(Request::CommunityCreate {
        name: "Sadiola".into(),
        threshold: 1,
        founders: Vec::new(),
        debates_by: None,
        cosignatures: 0,
        members_only: false,
    })?;
    let begun = Instant::now();
    let made = asked.ask(Request::ImportPolis { files, prefix: None })?;
    println!("import\t{:.2}\ts", begun.elapsed().as_secs_f64());
    for field in ["participants", "comments", "votes", "votes_left_out"] {
        println!("imported {field}\t{}\t", made.get(field).unwrap_or(&Value::Null));
    }
    let debate = id(&made);
    let page = |offset| Request::DebatePage {
        id: debate.clone(),
        offset: Some(offset),
        limit: None,
        order: None,
    };
    let shown = asked.ask(page(0))?;
    let posts = shown.get("posts").and_then(Value::as_array).cloned().unwrap_or_default();
    let post = posts.first().map(id).unwrap_or_default();
    // The same vote again would leave the groups as they are.
    let votes =
        ["pass", "agree"].map(|choice| Request::Vote { post: post.clone(), choice: choice.into() });
    let groups = Request::DebateGroups { id: debate.clone(), places: false };
    let next = Request::DebateNext { id: debate.clone(), limit: None };
    println!("peak memory before groups\t{:.0}\tMB", peak_mb());
    let begun = Instant::now();
    let found = asked.ask(groups.clone())?;
    println!("groups, the first time\t{:.1}\tms", begun.elapsed().as_secs_f64() * 1e3);
    println!("peak memory after groups\t{:.0}\tMB", peak_mb());
    for field in ["voters", "votes", "statements", "placed", "silhouette", "result"] {
        println!("groups: {field}\t{}\t", found.get(field).unwrap_or(&Value::Null));
    }
    let sizes = found.get("groups").and_then(Value::as_array).cloned().unwrap_or_default();
    for group in sizes {
        println!("groups: voters\t{}\t", group.get("voters").unwrap_or(&Value::Null));
    }
    let export = asked.ask(Request::ExportPolis { debate: debate.clone() })?;
    let table = export.pointer("/files/participants-votes.csv").and_then(Value::as_str);
    let (ours, theirs) =
        (groups_in(table.unwrap_or_default())?, groups_in(&read("participants-votes.csv")?)?);
    let pairs: Vec<_> = ours
        .iter()
        .filter_map(|(who, our)| Some((our.clone(), theirs.get(who)?.clone())))
        .collect();
    let number = theirs.values().collect::<std::collections::BTreeSet<_>>().len();
    println!("groups that Polis found\t{number}\t");
    println!("placed by both\t{}\tvoters", pairs.len());
    println!("likeness (adjusted Rand index)\t{:.3}\t", likeness(&pairs));

    asked.time("groups, votes unchanged", &groups, &[])?;
    asked.time("groups, after one vote", &groups, &votes)?;
    asked.time("page of 20, nothing new", &page(100), &[])?;
    asked.time("page of 20, after one vote", &page(100), &votes)?;
    asked.time("next 10, nothing new", &next, &[])?;
    asked.time("next 10, after one vote", &next, &votes)?;

    let ops = (0..MORE_POSTS)
        .map(|n| Op::Say {
            speaker: None,
            debate: debate.clone(),
            text: format!("Et le puits numéro {n} ?"),
            kind: None,
            reply_to: None,
            to: None,
            attached: Vec::new(),
            reference: None,
        })
        .collect();
    asked.ask(Request::Batch { ops })?;
    println!("more posts\t{MORE_POSTS}\t");
    asked.time("page of 20, nothing new", &page(9_000), &[])?;
    asked.time("page of 20, after one vote", &page(9_000), &votes)?;
    asked.time("next 10, nothing new", &next, &[])?;
    asked.time("groups, after one vote", &groups, &votes)?;
    println!("peak memory\t{:.0}\tMB", peak_mb());
    Ok(())
}
