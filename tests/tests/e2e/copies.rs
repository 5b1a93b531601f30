//! Folders copied, databases put back, disk images restored in place.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use baro_tests::{Device, Running};
use serde_json::Value;

/// A community of two: Awa, and a hub that runs and has heard her debate.
fn begin() -> (Device, Device, Running, String, String) {
    let (awa, hub) = (Device::of("Awa").unwrap(), Device::of("Hub").unwrap());
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    awa.made(&["say", &debate, "first"]).unwrap();
    hub.join(&awa).unwrap();
    let node = hub.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    awa.json(&["sync", &address]).unwrap();
    (awa, hub, node, address, debate)
}

fn copied(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

fn forks(device: &Device) -> Vec<Value> {
    let status = device.json(&["status"]).unwrap();
    let warnings = status["warnings"].as_array().unwrap().iter();
    warnings.filter(|warning| warning["kind"] == "fork").cloned().collect()
}

fn all_agree(devices: &[&Device], debate: &str, said: &[&str]) {
    let digest = devices[0].digest().unwrap();
    let wanted: BTreeSet<String> = said.iter().map(|words| (*words).to_owned()).collect();
    for device in devices {
        assert_eq!(device.digest().unwrap(), digest);
        let said: Vec<String> = device.said(debate).unwrap();
        assert_eq!(said.iter().cloned().collect::<BTreeSet<_>>(), wanted);
        assert_eq!(said.len(), wanted.len(), "nothing twice");
        assert_eq!(forks(device), Vec::<Value>::new());
    }
}

#[test]
fn a_copied_folder_and_its_original_both_go_on() {
    let (awa, hub, _node, address, debate) = begin();
    let copy = Device::new().unwrap();
    copied(&awa.data(), &copy.data());
    let again = Device::new().unwrap();
    for round in 0..3 {
        for (name, device) in [("original", &awa), ("copy", &copy)] {
            device.made(&["say", &debate, &format!("{name} {round}")]).unwrap();
        }
        awa.json(&["vote", &awa.made(&["say", &debate, &format!("v {round}")]).unwrap(), "agree"])
            .unwrap();
        if round == 1 {
            copied(&copy.data(), &again.data());
            again.made(&["say", &debate, "copy of the copy"]).unwrap();
            copy.json(&["sync", &address]).unwrap();
        }
    }
    for device in [&awa, &copy, &again, &awa, &copy] {
        device.json(&["sync", &address]).unwrap();
    }
    let said = [
        "first",
        "original 0",
        "original 1",
        "original 2",
        "copy 0",
        "copy 1",
        "copy 2",
        "v 0",
        "v 1",
        "v 2",
        "copy of the copy",
    ];
    all_agree(&[&awa, &hub, &copy, &again], &debate, &said);
}

#[test]
fn yesterdays_database_in_todays_folder_loses_and_forks_nothing() {
    let (awa, hub, _node, address, debate) = begin();
    let yesterday = awa.file("yesterday");
    copied(&awa.data(), &yesterday);
    awa.made(&["say", &debate, "heard by the hub"]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    for name in ["baro.db", "baro.db-wal", "baro.db-shm"] {
        let _ = std::fs::remove_file(awa.data().join(name));
        if yesterday.join(name).exists() {
            copied(&yesterday.join(name), &awa.data().join(name));
        }
    }
    awa.made(&["say", &debate, "after putting back"]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    awa.made(&["say", &debate, "and on"]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    let said = ["first", "heard by the hub", "after putting back", "and on"];
    all_agree(&[&awa, &hub], &debate, &said);
}

/// Puts every file's bytes back in place, so that device, inode and the lock's counter are as
/// they were: what restoring the image of a disk does.
fn restored(data: &Path, image: &Path) {
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let before = image.join(path.file_name().unwrap());
        if path.is_dir() {
            restored(&path, &before);
            continue;
        }
        match std::fs::read(&before) {
            Ok(bytes) => std::fs::write(&path, bytes).unwrap(),
            Err(_) => std::fs::remove_file(&path).unwrap(),
        }
    }
}

#[test]
fn a_restored_disk_image_forks_one_log_and_stops_nothing() {
    let (awa, hub, node, address, debate) = begin();
    let peer = awa.json(&["whoami"]).unwrap()["peer_id"].clone();
    let image = awa.file("image");
    copied(&awa.data(), &image);
    let hub_post = hub.made(&["say", &debate, "from the hub"]).unwrap();
    for words in ["lost branch 1", "lost branch 2"] {
        awa.made(&["say", &debate, words]).unwrap();
    }
    awa.json(&["sync", &address]).unwrap();
    restored(&awa.data(), &image);
    assert_eq!(awa.json(&["whoami"]).unwrap()["peer_id"], peer, "nothing here could be noticed");
    for words in ["other branch 1", "other branch 2", "other branch 3"] {
        awa.made(&["say", &debate, words]).unwrap();
    }
    // A third hears of it only from the hub.
    let third = Device::of("Bintou").unwrap();
    third.join(&awa).unwrap();
    for device in [&awa, &third, &awa] {
        device.json(&["sync", &address]).unwrap();
    }
    let all = [&awa, &hub, &third];
    for device in all {
        let forks = forks(device);
        assert_eq!(forks.len(), 1, "{forks:?}");
        assert_eq!(forks[0]["name"], "Awa");
        assert_eq!(device.digest().unwrap(), hub.digest().unwrap());
        let said: BTreeSet<String> = device.said(&debate).unwrap().into_iter().collect();
        assert_eq!(said, BTreeSet::from(["first".to_owned(), "from the hub".to_owned()]));
    }
    // What was struck out stays readable where it was said and where it was heard.
    let struck_out = |device: &Device| -> BTreeSet<String> {
        let said = forks(device)[0]["struck_out_words"].clone();
        let texts = said.as_array().unwrap().iter().filter_map(|said| said["text"].as_str());
        texts.map(str::to_owned).collect()
    };
    for words in ["lost branch 1", "lost branch 2"] {
        assert!(struck_out(&hub).contains(words), "{:?}", struck_out(&hub));
    }
    for words in ["other branch 1", "other branch 2", "other branch 3"] {
        assert!(struck_out(&awa).contains(words), "{:?}", struck_out(&awa));
    }
    // Everybody goes on, Awa in a fresh lane.
    let post = awa.made(&["say", &debate, "on we go"]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    third.json(&["sync", &address]).unwrap();
    third.json(&["vote", &post, "agree"]).unwrap();
    third.json(&["vote", &hub_post, "agree"]).unwrap();
    third.json(&["sync", &address]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    for device in all {
        assert_eq!(device.digest().unwrap(), hub.digest().unwrap());
        let shown = device.json(&["debate", "show", &debate]).unwrap();
        let posts = shown["posts"].as_array().unwrap();
        let agree =
            |words: &str| posts.iter().find(|post| post["text"] == words).unwrap()["agree"].clone();
        assert_eq!((agree("on we go"), agree("from the hub")), (1.into(), 1.into()));
        assert_eq!(forks(device).len(), 1, "still told");
    }
    drop(node);
}
