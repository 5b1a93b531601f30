//! The usual faults, each made for real.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use baro_tests::Device;
use baro_tests::clock::Clock;
use serde_json::Value;

/// What is grave, by what it is about, and the exit code.
fn grave(device: &Device, args: &[&str]) -> (Vec<String>, Option<i32>, String) {
    let output = device.run(&[&["--json", "doctor"], args].concat()).unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = answer["findings"].as_array().unwrap().clone();
    let is_grave = |finding: &&Value| finding["serious"] == true;
    // The machine that tests run on may have no link and little room.
    let about: Vec<String> = findings
        .iter()
        .filter(is_grave)
        .map(|finding| finding["about"].as_str().unwrap().to_owned())
        .filter(|about| about != "link" && about != "disk")
        .collect();
    let words = findings.iter().map(|finding| finding["what"].to_string() + "\n").collect();
    (about, output.status.code(), words)
}

fn village() -> (Device, String) {
    let device = Device::of("Awa").unwrap();
    device.made(&["community", "create", "Kayes"]).unwrap();
    let debate = device.made(&["debate", "open", "L'eau"]).unwrap();
    (device, debate)
}

#[test]
fn a_sound_node_has_nothing_grave_and_a_damaged_word_is_found() {
    let (device, debate) = village();
    device.made(&["say", &debate, "Derriere la grande ecole du village"]).unwrap();
    let (about, _, words) = grave(&device, &[]);
    assert!(about.is_empty(), "{words}");

    // One bit, where the database itself sees nothing: changed in the clear, then sealed again, as
    // what an earlier program has left.
    let path = device.data().join("baro.db");
    let open = device.laid_open().unwrap();
    fs::copy(open.path().join("baro.db"), &path).unwrap();
    fs::remove_dir_all(device.data().join("keys")).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let words = b"la grande ecole";
    let places: Vec<usize> =
        (0..bytes.len() - words.len()).filter(|at| bytes[*at..].starts_with(words)).collect();
    assert!(!places.is_empty(), "the words are in the database");
    for at in places {
        bytes[at + 4] ^= 1;
    }
    fs::write(&path, bytes).unwrap();
    let (about, code, words) = grave(&device, &[]);
    assert_eq!((about, code), (vec!["database".to_owned()], Some(1)), "{words}");
    assert!(words.contains("the words"), "{words}");

    fs::write(&path, vec![7; 20_000]).unwrap();
    let (about, code, words) = grave(&device, &[]);
    assert_eq!(
        (about, code),
        (vec!["folder".to_owned(), "database".to_owned()], Some(1)),
        "{words}"
    );
}

#[test]
fn a_clock_that_is_years_off_is_found() {
    let (mut device, _) = village();
    let Some(clock) = Clock::off("-20y").unwrap() else { return };
    device.set_clock(clock);
    let (about, code, words) = grave(&device, &[]);
    assert!(about.contains(&"clock".to_owned()) && code == Some(1), "{words}");
}

#[test]
fn an_uplink_that_does_not_answer_is_found_with_and_without_a_running_node() {
    let (device, _) = village();
    let nowhere = ["--uplink", "/ip4/127.0.0.1/tcp/9"];
    let (about, code, words) = grave(&device, &nowhere);
    assert_eq!((about, code), (vec!["uplink".to_owned()], Some(1)), "{words}");
    let other = Device::of("Hub").unwrap();
    let running = other.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let there = running.address("tcp").unwrap().to_owned();
    let (about, _, words) = grave(&device, &["--uplink", &there]);
    assert!(about.is_empty(), "{words}");

    let config = device.file("baro.toml");
    fs::write(&config, "uplinks = ['/ip4/127.0.0.1/tcp/9']").unwrap();
    let config = ["--config", config.to_str().unwrap()];
    let _node =
        device.start(&[&["--listen", "/ip4/127.0.0.1/tcp/0"], &config[..]].concat()).unwrap();
    let (about, code, words) = grave(&device, &config);
    assert!(!about.is_empty() && about.iter().all(|about| about == "uplink"), "{words}");
    assert_eq!(code, Some(1));
}

#[test]
fn files_that_others_can_read_or_own_are_found() {
    let (device, _) = village();
    for path in [device.data(), device.data().join("baro.db")] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (about, code, words) = grave(&device, &[]);
    assert_eq!((about, code), (vec!["folder".to_owned()], Some(1)), "{words}");
    assert!(words.contains("can read files"), "{words}");
}

#[test]
fn a_folder_that_another_process_holds_is_found_and_named() {
    let (device, _) = village();
    let lock = fs::File::open(device.data().join("lock")).unwrap();
    lock.lock().unwrap();
    let (about, code, words) = grave(&device, &[]);
    assert_eq!((about, code), (vec!["folder".to_owned()], Some(1)), "{words}");
    assert!(words.contains("is working on the data folder"), "{words}");
}

#[test]
fn root_does_not_make_files_in_anothers_folder() {
    let (device, _) = village();
    let chown = Command::new("chown").args(["-R", "nobody"]).arg(device.data()).output().unwrap();
    if !chown.status.success() {
        eprintln!("only root can give a folder away: nothing is tested with it");
        return;
    }
    let refused = device.refused(&["whoami"]).unwrap();
    assert!(refused.words.contains("belongs to user"), "{}", refused.words);
}
