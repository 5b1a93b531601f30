//! A change that a fork struck out and that an authorised one builds on: fetched by its hash from
//! who still has it, carried, and passed on to nodes that never met its writer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(feature = "full")]

mod pipe;

use baro_crdt::log::chain_all;
use baro_node::api::Request;
use baro_node::replica::{Batch, Item, LogItem};
use baro_node::store::{MemoryStore, SqliteStore, Store};
use pipe::{Device, digest, meet, show};
use serde_json::Value;

fn edit(text: &str, content: &str) -> Request {
    Request::TextEdit { id: text.to_owned(), content: content.to_owned(), at: Vec::new() }
}

/// Everything that a store holds, in another one: a folder that was copied.
fn copy(store: &dyn Store) -> MemoryStore {
    let mut copied = MemoryStore::new();
    copied
        .transaction(&mut |write| {
            for community in store.communities()? {
                for row in store.records(&community.id)? {
                    write.put_record(&row)?;
                }
                for log in store.logs(&community.id)? {
                    let number = write.add_log(&log)?;
                    write.append(number, 0, &store.entries(log.number, 0..u32::MAX)?)?;
                    for head in store.heads(log.number)? {
                        write.put_head(number, &head)?;
                    }
                }
                for family in baro_node::store::PostFamily::ALL {
                    for post in store.posts(&community.id, family)? {
                        let log = store.log_by_number(post.log)?.unwrap();
                        let log = write.log(&log.id)?.unwrap().number;
                        write.put_post(&baro_node::store::PostRow { log, ..post })?;
                    }
                }
                write.put_community(&community)?;
            }
            for person in store.local_persons()? {
                write.put_local_person(&person)?;
            }
            for (key, value) in store.local_prefix("")? {
                write.put_local(&key, &value)?;
            }
            Ok(())
        })
        .unwrap();
    copied
}

/// Brings the logs of everyone but the founder, as a bundle would that nothing comes back from.
fn hand_over(from: &Device, to: &mut Device) {
    let read = from.node.store();
    let community = read.communities().unwrap()[0].id;
    let mut items = Vec::new();
    for log in read.logs(&community).unwrap() {
        let head = read.heads(log.number).unwrap().pop().unwrap();
        let entries = read.entries(log.number, 0..head.head.length).unwrap();
        assert_eq!(head.head.chain, chain_all(log.id.start(), entries.iter().map(Vec::as_slice)));
        items.push(Item::Log(LogItem {
            base: log.id.start(),
            header: log.header,
            from: 0,
            entries,
            signature: head.signature,
            payloads: Vec::new(),
        }));
    }
    to.node.take_in(&[Batch { items, ..Batch::default() }]).unwrap();
}

fn history(device: &mut Device, text: &str) -> Vec<(bool, Option<String>)> {
    let request = Request::TextShow { id: text.to_owned(), history: true, at: Vec::new() };
    let shown = device.ask(request);
    let change = |change: &Value| {
        let by = change["by"]["name"].as_str().map(str::to_owned);
        (change["carried"].as_bool().unwrap(), by)
    };
    shown["history"].as_array().unwrap().iter().map(change).collect()
}

#[test]
fn a_struck_out_change_that_others_build_on_is_fetched_and_passed_on() {
    let mut phone = Device::of(Box::new(MemoryStore::new()), 1, "Awa");
    phone.found("Sadiola");
    let bintou = Some("Bintou");
    phone.ask(Request::PersonAdd { name: "Bintou".to_owned() });
    let text = phone.ask(Request::TextNew {
        title: "Le règlement".to_owned(),
        debate: None,
        editors: "members".to_owned(),
        content: Some("un".to_owned()),
    });
    let text = text["id"].as_str().unwrap().to_owned();
    phone.ask_as(bintou, edit(&text, "un deux"));
    let folder = tempfile::tempdir().unwrap();
    let disk = SqliteStore::open(&folder.path().join("store")).unwrap();
    let mut hub = Device::of(Box::new(disk), 2, "Le hub");
    hub.join(&mut phone);
    let mut third = Device::of(Box::new(MemoryStore::new()), 3, "Chaka");
    third.join(&mut phone);
    meet(&mut phone, &mut hub);

    // The phone's disk is restored on another, and Bintou writes on both.
    let mut restored = Device::new(Box::new(copy(phone.node.store())), 4);
    phone.ask_as(bintou, edit(&text, "un deux trois"));
    hand_over(&phone, &mut hub);
    restored.ask_as(bintou, Request::PersonRename { name: "Bintou K.".to_owned() });
    meet(&mut restored, &mut hub);
    assert_eq!(hub.node.store().cuts(&hub_community(&hub)).unwrap().len(), 1);
    assert_eq!(show(&mut hub.node, &text)["text"], "un deux");

    // The phone knows nothing of it yet: what she writes there is behind the cut, in no proof,
    // and Awa builds on it.
    phone.ask_as(bintou, edit(&text, "un deux trois quatre"));
    phone.ask(edit(&text, "un deux trois quatre cinq"));
    let all = [(false, "Awa"), (false, "Bintou"), (true, "Bintou"), (true, ""), (false, "Awa")];
    let named = |(carried, by): (bool, &str)| (carried, (!by.is_empty()).then(|| by.to_owned()));
    meet(&mut hub, &mut phone);
    meet(&mut third, &mut hub);
    assert_eq!(digest(&hub.node), digest(&third.node));
    for device in [&mut phone, &mut hub, &mut third] {
        let shown = show(&mut device.node, &text);
        assert_eq!(shown["text"], "un deux trois quatre cinq");
        assert_eq!(shown["missing"], 0);
        assert_eq!(shown["changes"], 5);
    }
    let names = |history: Vec<(bool, Option<String>)>| -> Vec<(bool, Option<String>)> {
        let plain = |name: String| name.trim_end_matches(" K.").to_owned();
        history.into_iter().map(|(carried, by)| (carried, by.map(plain))).collect()
    };
    assert_eq!(names(history(&mut hub, &text)), all.map(named));
    // Who has the log still knows who wrote it.
    let mut known = all;
    known[3].1 = "Bintou";
    assert_eq!(names(history(&mut phone, &text)), known.map(named));

    // Nothing is missing any more: nothing is asked for.
    let community = hub_community(&hub);
    for device in [&phone, &hub, &third] {
        assert!(device.node.store().changes_wanted(&community).unwrap().is_empty());
    }
    assert_eq!(third.node.store().changes_carried(&community).unwrap().len(), 2);
}

fn hub_community(device: &Device) -> baro_crdt::ids::CommunityId {
    device.node.store().communities().unwrap()[0].id
}
