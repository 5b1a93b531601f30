//! Commands beside a running node, and without one.

use std::time::{Duration, Instant};

use baro_tests::Device;

#[test]
fn commands_beside_a_running_node_answer_alike() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    let at_rest = awa.json(&["debate", "show", &debate]).unwrap();
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    assert_eq!(awa.json(&["debate", "show", &debate]).unwrap(), at_rest);
    let post = awa.made(&["say", &debate, "Ici"]).unwrap();
    awa.json(&["vote", &post, "agree"]).unwrap();
    assert_eq!(awa.refused(&["vote", &debate, "agree"]).unwrap().code, Some(1));
    let listen = &awa.json(&["status"]).unwrap()["listen"][0];
    assert!(listen.as_str().unwrap().contains("/p2p/"));
    node.kill().unwrap();
    let shown = awa.json(&["debate", "show", &debate]).unwrap();
    assert_eq!(shown["posts"][0]["agree"], 1, "what was answered is there after a kill");
}

#[test]
fn one_sync_brings_a_newcomer_everything() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    let ticket = awa.json(&["invite"]).unwrap()["ticket"].as_str().unwrap().to_owned();
    let moussa = Device::of("Moussa").unwrap();
    moussa.json(&["join", &ticket]).unwrap();
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    moussa.json(&["sync", &address]).unwrap();
    let post = moussa.made(&["say", &debate, "Ici"]).unwrap();
    moussa.json(&["sync", &address]).unwrap();
    let digest = |device: &Device| device.json(&["status"]).unwrap()["communities"][0].clone();
    assert_eq!(digest(&awa)["digest"], digest(&moussa)["digest"]);
    assert_eq!(awa.json(&["debate", "show", &debate]).unwrap()["posts"][0]["id"], post.as_str());
}

#[test]
fn who_waits_too_long_for_the_folder_names_the_process() {
    let awa = Device::of("Awa").unwrap();
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    std::fs::remove_file(awa.data().join("control.sock")).unwrap();
    let since = Instant::now();
    let refused = awa.refused(&["whoami"]).unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.words.contains(&format!("process {} (baro)", node.pid())), "{}", refused.words);
    assert!((Duration::from_secs(9)..Duration::from_secs(15)).contains(&since.elapsed()));
}
