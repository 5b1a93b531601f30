//! Groups of operations, their logs, and the Polis export of what they made.

use super::*;
use crate::api::Op;
use baro_crdt::log::{SIGNED_EVERY_BYTES, VOLUME_ENTRIES_MAX};

fn ops(lines: &[serde_json::Value]) -> Request {
    let ops = lines.iter().map(|line| serde_json::from_value::<Op>(line.clone()).unwrap());
    Request::Batch { ops: ops.collect() }
}

fn person(n: usize) -> serde_json::Value {
    serde_json::json!({ "op": "person", "name": format!("voter-{n}") })
}

#[test]
fn a_group_answers_line_by_line_and_knows_its_marks() {
    let (mut awa, _) = Device::founder("Awa");
    let debate = awa.debate("L'eau");
    let mut lines: Vec<_> = (0..300).map(person).collect();
    lines.push(serde_json::json!({
        "op": "say", "as": "voter-3", "debate": debate, "text": "Ici", "ref": "c17"
    }));
    lines.push(
        serde_json::json!({ "op": "vote", "as": "voter-4", "post": "@c17", "choice": "agree" }),
    );
    lines.push(
        serde_json::json!({ "op": "vote", "as": "nobody", "post": "@c17", "choice": "agree" }),
    );
    lines.push(serde_json::json!({ "op": "vote", "post": "@c18", "choice": "agree" }));
    lines.push(person(7));
    let done = awa.ask(ops(&lines));
    let done = done.as_array().unwrap();
    assert!(done[..302].iter().all(|line| line["ok"] == true));
    assert_eq!(done[300]["ref"], "c17");
    assert!(done[302]["error"].as_str().unwrap().contains("nobody"));
    assert!(done[303]["error"].as_str().unwrap().contains("@c18"));
    assert_eq!(done[304]["ok"], false, "twice in one group");
    // 2 grants for 300 persons, the founding record, no more.
    assert_eq!(awa.ask(Request::Status)["communities"][0]["records"], 3);

    // A later group, and another device, find the mark too.
    let later = serde_json::json!({ "op": "vote", "post": "@c17", "choice": "pass" });
    assert_eq!(awa.ask(ops(std::slice::from_ref(&later)))[0]["ok"], true);
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    moussa.join(&ticket);
    awa.give(&mut moussa);
    assert_eq!(moussa.ask(ops(&[later]))[0]["ok"], true);
    let post = &moussa.show(&debate)["posts"][0];
    assert_eq!(
        (&post["agree"], &post["pass"], &post["ref"]),
        (&1.into(), &2.into(), &"c17".into())
    );
}

#[test]
fn long_logs_are_signed_on_the_way_and_go_on_in_the_next_volume() {
    let (mut awa, _) = Device::founder("Awa");
    let debate = awa.debate("L'eau");
    let post = id(&awa.ask(say(&debate, "Ici")));
    let line = serde_json::json!({ "op": "vote", "post": post, "choice": "agree" });
    let lines = vec![line; VOLUME_ENTRIES_MAX as usize + 10];
    let done = awa.ask(ops(&lines));
    assert!(done.as_array().unwrap().iter().all(|line| line["ok"] == true));
    let store = awa.node.store();
    let community = store.communities().unwrap()[0].id;
    let mut logs = store.logs(&community).unwrap();
    logs.sort_by_key(|log| log.header.volume);
    assert_eq!(logs.len(), 2);
    assert_eq!(logs[0].cursor.length, VOLUME_ENTRIES_MAX);
    // The name, the sealing key, the debate, the post and all votes.
    assert_eq!(logs[0].cursor.length + logs[1].cursor.length, VOLUME_ENTRIES_MAX + 14);
    assert!(logs[0].cursor.lamport < logs[1].cursor.lamport);
    let heads = store.heads(logs[0].number).unwrap();
    assert!(heads.len() as u64 >= logs[0].cursor.bytes / SIGNED_EVERY_BYTES);
    let mut other = Device::of("Moussa");
    let ticket = awa.invite();
    other.join(&ticket);
    awa.give(&mut other);
    assert_eq!(other.show(&debate)["posts"][0]["agree"], 1);
}

#[test]
fn the_export_has_a_cell_for_each_standing_vote() {
    let (mut awa, _) = Device::founder("Awa");
    let debate = awa.debate("L'eau");
    let mut lines: Vec<_> = (1..4).map(person).collect();
    for c in [0, 5] {
        lines.push(serde_json::json!({
            "op": "say", "as": "voter-2", "debate": debate, "text": format!("Avis {c}"),
            "ref": format!("c{c}")
        }));
    }
    for (voter, comment, choice) in
        [(1, 0, "agree"), (1, 0, "disagree"), (3, 5, "pass"), (2, 5, "agree")]
    {
        lines.push(serde_json::json!({
            "op": "vote", "as": format!("voter-{voter}"), "post": format!("@c{comment}"),
            "choice": choice
        }));
    }
    awa.ask(ops(&lines));
    let done = awa.ask(Request::ExportPolis { debate });
    assert_eq!(
        done["files"]["participants-votes.csv"],
        "participant,group-id,n-comments,n-votes,n-agree,n-disagree,0,5\n\
         1,,0,1,0,1,-1,\n2,,2,1,1,0,,1\n3,,0,1,0,0,,0\n"
    );
    assert_eq!(done["cells"], 3);
    assert_eq!(done["votes"], 4);
    let votes = done["files"]["votes.csv"].as_str().unwrap();
    assert!(votes.starts_with("timestamp,datetime,comment-id,voter-id,vote\n"));
    assert!(votes.contains(",0,1,1\n") && votes.contains(",0,1,-1\n"));
    assert!(done["files"]["summary.csv"].as_str().unwrap().starts_with("topic,L'eau\n"));
}
