//! Private messages between real processes: over a third node that cannot open them, over a stick,
//! and what that third node's folder gives away.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use baro_tests::{Device, Running};
use serde_json::Value;

fn listen(device: &Device) -> (Running, String) {
    let node = device.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    (node, address)
}

fn shown(device: &Device, id: &str) -> Value {
    device.json(&["message", "show", id]).unwrap()
}

/// What it is when it is so, or after 20 s.
fn when(device: &Device, id: &str, state: &str) -> Value {
    let since = Instant::now();
    loop {
        let now = shown(device, id);
        if now["state"] == state || since.elapsed() > Duration::from_secs(20) {
            return now;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn holds(folder: &Path, what: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.metadata().unwrap() {
            about if about.is_dir() => holds(&path, what),
            about if about.is_file() => {
                std::fs::read(&path).unwrap().windows(what.len()).any(|part| part == what)
            }
            _ => false,
        }
    })
}

/// Whether a process of ours has these bytes in memory that it writes to and shares with nobody: heap,
/// stacks, and what was freed and not yet used again.
fn remembers(pid: u32, what: &[u8]) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = std::fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    maps.lines().filter(|line| line.split(' ').nth(1) == Some("rw-p")).any(|line| {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let address = |hex| u64::from_str_radix(hex, 16).unwrap();
        let mut bytes = vec![0; usize::try_from(address(to) - address(from)).unwrap()];
        // What was reserved and never touched, or is gone by now, cannot be read.
        let read = memory.read_at(&mut bytes, address(from)).unwrap_or(0);
        bytes[..read].windows(what.len()).any(|part| part == what)
    })
}

#[test]
fn a_message_goes_over_a_third_node_whose_folder_and_memory_give_nothing_away() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let ticket = awa.json(&["invite"]).unwrap()["ticket"].as_str().unwrap().to_owned();
    let (bakary, carrier) = (Device::of("Bakary").unwrap(), Device::of("Le hub").unwrap());
    bakary.json(&["join", &ticket]).unwrap();
    carrier.json(&["join", &ticket]).unwrap();
    let (hub, address) = listen(&carrier);
    // Keys become known.
    for device in [&awa, &bakary, &awa] {
        device.json(&["sync", &address]).unwrap();
    }
    let words = "Le camion blanc passe jeudi par Sadiola";
    let id = awa.made(&["message", "send", "Bakary", words]).unwrap();
    assert_eq!(shown(&awa, &id)["state"], "written");
    let group = awa.made(&["group", "create", "Points focaux du cercle"]).unwrap();
    awa.json(&["group", "add", &group, "Bakary"]).unwrap();
    let in_group = awa.made(&["group", "send", &group, "Réunion chez la sage-femme"]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    let carried = shown(&awa, &id);
    assert_eq!(carried["state"], "carried");
    assert!(carried["carried_at"].is_i64());

    bakary.json(&["sync", &address]).unwrap();
    let listed = bakary.json(&["message", "list"]).unwrap();
    assert_eq!(listed["total"], 2);
    assert!(listed["messages"].as_array().unwrap().iter().all(|one| one.get("text").is_none()));
    assert_eq!(shown(&bakary, &id)["text"], words);
    assert_eq!(shown(&bakary, &in_group)["group_name"], "Points focaux du cercle");
    bakary.json(&["sync", &address]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    let read = shown(&awa, &id);
    assert_eq!(
        (read["state"].as_str(), read["read"][0]["name"].as_str()),
        (Some("read"), Some("Bakary"))
    );
    let hex = |id: &str| -> Vec<u8> {
        let pairs = (0..id.len()).step_by(2);
        pairs.map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
    };
    let secrets = [
        words.as_bytes().to_vec(),
        "camion".as_bytes().to_vec(),
        "sage-femme".as_bytes().to_vec(),
        "Points focaux".as_bytes().to_vec(),
        id.as_bytes().to_vec(),
        hex(&id),
        group.as_bytes().to_vec(),
        hex(&group),
        hex(&in_group),
    ];
    // The memory of the carrier's node, which gave and took all of it, before anybody asks it by id.
    let data = carrier.data().display().to_string();
    assert!(remembers(hub.pid(), data.as_bytes()), "the search finds what is there");
    for secret in &secrets {
        assert!(!remembers(hub.pid(), secret), "{:?}", String::from_utf8_lossy(secret));
    }
    assert!(carrier.json(&["message", "list"]).unwrap()["messages"].as_array().unwrap().is_empty());
    assert!(carrier.refused(&["message", "show", &id]).unwrap().words.contains("no message"));

    // The carrier's whole folder, while it runs and after it was killed, with its database in the
    // clear: what somebody sees who has its key.

    let found = holds(awa.laid_open().unwrap().path(), words.as_bytes());
    assert!(found, "the search finds what is there");
    let nothing_of_it = || {
        let open = carrier.laid_open().unwrap();
        for secret in &secrets {
            let words = String::from_utf8_lossy(secret);
            assert!(!holds(open.path(), secret), "{words:?}");
            assert!(!holds(&carrier.data(), secret), "{words:?}");
        }
    };
    nothing_of_it();
    hub.kill().unwrap();
    nothing_of_it();
}

#[test]
fn messages_come_at_once_between_running_nodes_and_in_two_hops() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let ticket = awa.json(&["invite"]).unwrap()["ticket"].as_str().unwrap().to_owned();
    let (bakary, carrier) = (Device::of("Bakary").unwrap(), Device::of("Le hub").unwrap());
    bakary.json(&["join", &ticket]).unwrap();
    carrier.json(&["join", &ticket]).unwrap();
    let (_hub, address) = listen(&carrier);
    bakary.json(&["sync", &address]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    let peer = ["--listen", "/ip4/127.0.0.1/tcp/0", "--peer", &address];
    let (_awa, _bakary) = (awa.start(&peer).unwrap(), bakary.start(&peer).unwrap());
    let id = awa.made(&["message", "send", "Bakary", "Bonjour"]).unwrap();
    assert_eq!(when(&awa, &id, "delivered")["state"], "delivered");
    assert_eq!(shown(&bakary, &id)["text"], "Bonjour");
    assert_eq!(when(&awa, &id, "read")["state"], "read");
}

#[test]
fn a_stick_carries_messages_to_who_never_meets_anybody() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let ticket = awa.json(&["invite"]).unwrap()["ticket"].as_str().unwrap().to_owned();
    let bakary = Device::of("Bakary").unwrap();
    bakary.json(&["join", &ticket]).unwrap();
    let stick = tempfile::tempdir().unwrap();
    let dir = stick.path().to_str().unwrap();
    let carry = |device: &Device| device.json(&["carry", dir]).unwrap();
    carry(&bakary);
    carry(&awa);
    let id = awa.made(&["message", "send", "Bakary", "Par la moto de Chaka"]).unwrap();
    assert_eq!(carry(&awa)["items_left"], 0);
    assert!(!holds(stick.path(), b"moto de Chaka"));
    carry(&bakary);
    assert_eq!(shown(&bakary, &id)["text"], "Par la moto de Chaka");
    carry(&bakary);
    carry(&awa);
    assert_eq!(shown(&awa, &id)["state"], "read");
    let again = carry(&awa);
    assert_eq!((again["items_put"].as_u64(), again["items_new"].as_u64()), (Some(0), Some(0)));
}
