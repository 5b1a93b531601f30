//! `kill -9` at 200 moments: while a batch is written, during a session on either side, while a
//! bundle goes out or comes in. Folders are used on and on; what was answered is always there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use baro_tests::kill::{self, Moments};
use baro_tests::polis::Debate;
use baro_tests::{Device, samples};
use serde_json::{Value, json};

const BATCH_KILLS: u32 = 50;
const NODE_KILLS: u32 = 20;
const INITIATOR_KILLS: u32 = 40;
const RESPONDER_KILLS: u32 = 30;
const EXPORT_KILLS: u32 = 30;
const IMPORT_KILLS: u32 = 30;
const TCP: [&str; 2] = ["--listen", "/ip4/127.0.0.1/tcp/0"];

/// A device with the persons and posts of the Seattle debate, and the operations of its votes.
fn seattle() -> Option<(Device, String, Debate, Vec<String>)> {
    let source = Debate::load(&samples().unwrap()?, "15-per-hour-seattle").unwrap();
    let device = Device::of("Awa").unwrap();
    device.made(&["community", "create", "Seattle"]).unwrap();
    let debate = device.made(&["debate", "open", "$15/hour"]).unwrap();
    device.batch(&source.persons(0, 1)).unwrap();
    device.batch(&source.says(&debate, 0, 1)).unwrap();
    let votes = source.casts(0, 1).lines().map(str::to_owned).collect();
    Some((device, debate, source, votes))
}

fn newcomer(founder: &Device) -> Device {
    let device = Device::of("Bintou").unwrap();
    device.join(founder).unwrap();
    device
}

/// How many milliseconds a command takes that nobody kills, and a little more.
fn whole(device: &Device, args: &[&str]) -> u64 {
    let since = Instant::now();
    device.json(args).unwrap();
    u64::try_from(since.elapsed().as_millis()).unwrap() * 5 / 4
}

fn entries(device: &Device) -> u64 {
    device.json(&["status"]).unwrap()["communities"][0]["entries"].as_u64().unwrap()
}

/// What was asked and what was answered of one debate, across kills.
#[derive(Default)]
struct Ledger {
    posts: BTreeSet<String>,
    /// Voters by post mark: those whose vote was answered, and all whose vote was asked for.
    answered: BTreeMap<String, BTreeSet<String>>,
    asked: BTreeMap<String, BTreeSet<String>>,
}

impl Ledger {
    /// Notes what became of `ops`, of which the first were answered.
    fn note(&mut self, ops: &[String], answers: &[Value]) {
        for (at, op) in ops.iter().enumerate() {
            let op: Value = serde_json::from_str(op).unwrap();
            let ok = answers.get(at).is_some_and(|answer| answer["ok"] == true);
            if op["op"] == "say" {
                if ok {
                    self.posts.insert(answers[at]["id"].as_str().unwrap().to_owned());
                }
                continue;
            }
            let mark = op["post"].as_str().unwrap().trim_start_matches('@').to_owned();
            let voter = op["as"].as_str().unwrap().to_owned();
            if ok {
                self.answered.entry(mark.clone()).or_default().insert(voter.clone());
            }
            self.asked.entry(mark).or_default().insert(voter);
        }
    }

    /// Every answered operation is there, and nothing that nobody asked for.
    fn check(&self, device: &Device, debate: &str) {
        let shown = device.json(&["debate", "show", debate]).unwrap();
        let posts = shown["posts"].as_array().unwrap();
        let ids: BTreeSet<&str> = posts.iter().map(|post| post["id"].as_str().unwrap()).collect();
        assert!(self.posts.iter().all(|id| ids.contains(id.as_str())), "an answered post is gone");
        for post in posts {
            let count = |what: &str| usize::try_from(post[what].as_u64().unwrap()).unwrap();
            let votes = count("agree") + count("disagree") + count("pass");
            let of = |sets: &BTreeMap<String, BTreeSet<String>>| {
                post["ref"].as_str().and_then(|mark| sets.get(mark)).map_or(0, BTreeSet::len)
            };
            let (answered, asked) = (of(&self.answered), of(&self.asked));
            assert!(
                (answered..=asked).contains(&votes),
                "{answered} <= {votes} <= {asked}: {post}"
            );
        }
    }
}

#[test]
fn what_batch_has_answered_survives_a_kill() {
    let Some((device, debate, source, votes)) = seattle() else { return };
    let mut moments = Moments::of(1);
    let mut ledger = Ledger::default();
    let (mut next, mut cut) = (0, 0);
    for round in 0..BATCH_KILLS + NODE_KILLS {
        let ops: Vec<String> = (0..400)
            .map(|at| match at % 7 {
                0 => json!({
                    "op": "say", "debate": debate, "text": format!("said in round {round}: {at}")
                })
                .to_string(),
                _ => votes[(next + at) % votes.len()].clone(),
            })
            .collect();
        // Either the command itself dies, or the node that does its work.
        let victim = (round >= BATCH_KILLS).then(|| device.start(&TCP).unwrap());
        let wait = moments.millis(5, 150);
        let answers =
            kill::batch(&mut device.command(&["batch"]), ops.clone(), wait, victim).unwrap();
        // On a machine that is busy the hand that kills may come too late.
        cut += u32::from(answers.len() < ops.len());
        next += answers.len();
        ledger.note(&ops, &answers);
        ledger.check(&device, &debate);
    }
    assert!(cut * 2 > BATCH_KILLS + NODE_KILLS, "most were killed in the middle: {cut}");
    assert!(ledger.posts.len() > 50, "{} posts were answered", ledger.posts.len());
    assert!(ledger.answered.len() > 30, "votes on {} posts", ledger.answered.len());
    device.batch(&source.casts(0, 1)).unwrap();
    ledger.note(&votes, &vec![json!({ "ok": true }); votes.len()]);
    assert_eq!(source.check(&device, &debate).unwrap(), 2_872);
    let other = newcomer(&device);
    let node = device.start(&TCP).unwrap();
    other.json(&["sync", node.address("tcp").unwrap()]).unwrap();
    assert_eq!(other.digest().unwrap(), device.digest().unwrap());
    ledger.check(&other, &debate);
}

#[test]
fn whoever_asks_for_a_session_may_be_killed_in_it() {
    let Some((hub, debate, source, _)) = seattle() else { return };
    hub.batch(&source.casts(0, 1)).unwrap();
    let node = hub.start(&TCP).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    let mut moments = Moments::of(2);
    let whole = whole(&newcomer(&hub), &["sync", &address]);
    let mut device = newcomer(&hub);
    let (mut said, mut held) = (BTreeSet::new(), entries(&device));
    let (mut kills, mut grown) = (0, 0);
    while kills < INITIATOR_KILLS {
        said.insert(device.made(&["debate", "open", &format!("asked {kills}")]).unwrap());
        let wait = moments.millis(10, whole);
        let killed = kill::command(&mut device.command(&["sync", &address]), wait).unwrap();
        kills += u32::from(killed);
        let now = entries(&device);
        assert!(now > held, "what was durable is there");
        grown += u32::from(killed && now > held + 1);
        held = now;
        for id in &said {
            device.json(&["debate", "show", id]).unwrap();
        }
        if !killed || kills.is_multiple_of(8) {
            device.json(&["sync", &address]).unwrap();
            assert_eq!(device.digest().unwrap(), hub.digest().unwrap());
            for id in std::mem::take(&mut said) {
                hub.json(&["debate", "show", &id]).unwrap();
            }
            assert_eq!(source.check(&device, &debate).unwrap(), 2_872);
            device = newcomer(&hub);
            held = entries(&device);
        }
    }
    eprintln!("{kills} initiators killed, {grown} of them after entries had come in");
    assert!(grown > 0);
}

#[test]
fn whoever_answers_a_session_may_be_killed_in_it() {
    let Some((device, debate, source, _)) = seattle() else { return };
    device.batch(&source.casts(0, 1)).unwrap();
    let mut moments = Moments::of(3);
    let spare = newcomer(&device);
    let node = spare.start(&TCP).unwrap();
    let whole = whole(&device, &["sync", node.address("tcp").unwrap()]);
    drop(node);
    let mut hub = newcomer(&device);
    let (mut said, mut held, mut grown) = (BTreeSet::new(), entries(&hub), 0);
    for kills in 1..=RESPONDER_KILLS {
        let node = hub.start(&TCP).unwrap();
        let address = node.address("tcp").unwrap().to_owned();
        // Said through the running node, which dies right after.
        said.insert(hub.made(&["debate", "open", &format!("answered {kills}")]).unwrap());
        let mut sync = device.command(&["sync", &address]);
        let mut sync = sync.stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(moments.millis(whole / 4, whole));
        node.kill().unwrap();
        sync.wait().unwrap();
        let now = entries(&hub);
        assert!(now > held, "what was durable is there");
        grown += u32::from(now > held + 1);
        held = now;
        for id in &said {
            hub.json(&["debate", "show", id]).unwrap();
        }
        if kills % 6 == 0 {
            let node = hub.start(&TCP).unwrap();
            device.json(&["sync", node.address("tcp").unwrap()]).unwrap();
            assert_eq!(device.digest().unwrap(), hub.digest().unwrap());
            for id in std::mem::take(&mut said) {
                device.json(&["debate", "show", &id]).unwrap();
            }
            assert_eq!(source.check(&hub, &debate).unwrap(), 2_872);
            hub = newcomer(&device);
            held = entries(&hub);
        }
    }
    eprintln!("{RESPONDER_KILLS} responders killed, {grown} of them after entries had come in");
    assert!(grown > 0);
}

#[test]
fn a_bundle_that_is_written_is_old_or_complete() {
    let Some((device, debate, source, _)) = seattle() else { return };
    device.batch(&source.casts(0, 1)).unwrap();
    let other = newcomer(&device);
    let file = device.file("out.bundle");
    let path = file.to_str().unwrap().to_owned();
    let mut moments = Moments::of(4);
    let whole = whole(&device, &["bundle", "export", &path]);
    std::fs::remove_file(&file).unwrap();
    let (mut before, mut kills, mut complete) = (None, 0, 0);
    while kills < EXPORT_KILLS {
        device.made(&["say", &debate, &format!("before export {kills}")]).unwrap();
        let wait = moments.millis(2, whole);
        let export = &mut device.command(&["bundle", "export", &path]);
        kills += u32::from(kill::command(export, wait).unwrap());
        let now = std::fs::read(&file).ok();
        if now != before {
            let taken = other.json(&["bundle", "import", &path]).unwrap();
            assert_eq!(taken["sections_damaged"], 0);
            assert_eq!(taken["items_refused"], 0);
            assert_eq!(other.said(&debate).unwrap(), device.said(&debate).unwrap());
            before = now;
            complete += 1;
        }
    }
    device.json(&["bundle", "export", &path]).unwrap();
    other.json(&["bundle", "import", &path]).unwrap();
    let node = device.start(&TCP).unwrap();
    other.json(&["sync", node.address("tcp").unwrap()]).unwrap();
    assert_eq!(other.digest().unwrap(), device.digest().unwrap());
    eprintln!("{kills} exports killed, {complete} files complete meanwhile");
}

#[test]
fn a_bundle_that_is_taken_in_goes_on_after_a_kill() {
    let Some((device, debate, source, _)) = seattle() else { return };
    device.batch(&source.casts(0, 1)).unwrap();
    let file = device.file("out.bundle");
    let path = file.to_str().unwrap().to_owned();
    device.json(&["bundle", "export", &path]).unwrap();
    let mut moments = Moments::of(5);
    let whole = whole(&newcomer(&device), &["bundle", "import", &path]);
    let mut other = newcomer(&device);
    let (mut held, mut kills, mut grown) = (entries(&other), 0, 0);
    while kills < IMPORT_KILLS {
        let wait = moments.millis(5, whole);
        let import = &mut other.command(&["bundle", "import", &path]);
        let killed = kill::command(import, wait).unwrap();
        kills += u32::from(killed);
        let now = entries(&other);
        assert!(now >= held, "what was durable is there");
        grown += u32::from(killed && now > held);
        held = now;
        if !killed || kills.is_multiple_of(5) {
            other.json(&["bundle", "import", &path]).unwrap();
            assert_eq!(source.check(&other, &debate).unwrap(), 2_872);
            other = newcomer(&device);
            held = entries(&other);
        }
    }
    let node = device.start(&TCP).unwrap();
    other.json(&["sync", node.address("tcp").unwrap()]).unwrap();
    assert_eq!(other.digest().unwrap(), device.digest().unwrap());
    eprintln!("{kills} imports killed, {grown} of them after entries had come in");
}
