//! Backups, shares, and what destroys: between real processes, to a new device and back into the
//! community.

use std::fs;
use std::path::Path;
use std::process::Output;

use baro_tests::folder::Needles;
use baro_tests::{Device, Running};

const PIPED: &str = "--unlock-stdin";
const WORDS: &str = "quatre mots que je sais\n";
const PIN: &str = "271828\n";
const PANIC: &str = "000000\n";

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A founder, a hub that holds what was said, and its address.
fn village() -> (Device, Device, Running, String, String) {
    village_of(&[])
}

/// The same, of a community that is founded so.
fn village_of(how: &[&str]) -> (Device, Device, Running, String, String) {
    let (awa, hub) = (Device::of("Awa").unwrap(), Device::of("Le hub").unwrap());
    awa.made(&[&["community", "create", "Kayes"], how].concat()).unwrap();
    let debate = awa.made(&["debate", "open", "Le nouveau forage"]).unwrap();
    awa.made(&["say", &debate, "dit avant la sauvegarde"]).unwrap();
    hub.join(&awa).unwrap();
    let node = hub.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    awa.json(&["sync", &address]).unwrap();
    (awa, hub, node, address, debate)
}

/// The restored device is the same person, another device, and founder as before; what was said after
/// the backup is there too, nothing is forked, and both go on.
fn goes_on(new: &Device, awa: &Device, hub: &Device, address: &str, debate: &str) {
    let (before, after) = (awa.json(&["whoami"]).unwrap(), new.json(&["whoami"]).unwrap());
    assert_eq!(before["person"], after["person"]);
    assert_ne!(before["peer_id"], after["peer_id"]);
    new.json(&["sync", address]).unwrap();
    let said = new.said(debate).unwrap();
    assert!(said.contains(&"dit apres la sauvegarde".to_owned()), "{said:?}");
    new.made(&["say", debate, "dit par qui est revenu"]).unwrap();
    awa.made(&["say", debate, "dit par l'ancien appareil"]).unwrap();
    for device in [new, awa, new] {
        device.json(&["sync", address]).unwrap();
    }
    for device in [new, awa, hub] {
        let said = device.said(debate).unwrap();
        for words in ["dit par qui est revenu", "dit par l'ancien appareil"] {
            assert!(said.contains(&words.to_owned()), "{said:?}");
        }
        let status = device.json(&["status"]).unwrap();
        let forks =
            status["warnings"].as_array().unwrap().iter().filter(|one| one["kind"] == "fork");
        assert_eq!(forks.count(), 0, "{status}");
    }
    assert_eq!(new.digest().unwrap(), hub.digest().unwrap());
    // A founder can do what founders can.
    new.made(&["announce", "Le forage est ouvert"]).unwrap();
}

#[test]
fn who_restores_a_file_is_the_same_person_on_a_new_device_and_forks_nothing() {
    let (awa, hub, _node, address, debate) = village();
    let file = awa.file("awa.backup");
    let path = file.to_str().unwrap();
    let made = awa.typed(&[PIPED, "backup", path], WORDS).unwrap();
    assert!(made.status.success(), "{}", words(&made));
    let mut needles = Needles::default();
    needles.add(awa.json(&["whoami"]).unwrap()["person"][0]["id"].as_str().unwrap().as_bytes());
    for person in
        baro_node::store::Read::local_persons(&awa.database(None).unwrap().reader().unwrap())
            .unwrap()
    {
        needles.add(&person.seed.unwrap());
        needles.add(person.person.as_bytes());
    }
    let alone = tempfile::tempdir().unwrap();
    fs::copy(&file, alone.path().join("backup")).unwrap();
    assert!(needles.in_files(alone.path()).unwrap().0.is_empty());
    awa.made(&["say", &debate, "dit apres la sauvegarde"]).unwrap();
    awa.json(&["sync", &address]).unwrap();

    let new = Device::new().unwrap();
    let wrong = new.typed(&[PIPED, "restore", path], "quatre mots que tu sais\n").unwrap();
    assert!(words(&wrong).contains("not the PIN or passphrase"), "{}", words(&wrong));
    let done = new.typed(&[PIPED, "restore", path], WORDS).unwrap();
    assert!(done.status.success(), "{}", words(&done));
    let again = new.typed(&[PIPED, "restore", path], WORDS).unwrap();
    assert!(words(&again).contains("begun"), "{}", words(&again));
    goes_on(&new, &awa, &hub, &address, &debate);
}

#[test]
fn who_is_restored_meets_the_members_of_a_members_only_community() {
    let (awa, hub, _node, address, debate) = village_of(&["--members-only"]);
    let file = awa.file("awa.backup");
    let path = file.to_str().unwrap();
    let made = awa.typed(&[PIPED, "backup", path], WORDS).unwrap();
    assert!(made.status.success(), "{}", words(&made));
    awa.made(&["say", &debate, "dit apres la sauvegarde"]).unwrap();
    awa.json(&["sync", &address]).unwrap();
    let new = Device::new().unwrap();
    let done = new.typed(&[PIPED, "restore", path], WORDS).unwrap();
    assert!(done.status.success(), "{}", words(&done));
    goes_on(&new, &awa, &hub, &address, &debate);
}

#[test]
fn two_of_three_shares_bring_a_person_back_and_one_does_not() {
    let (awa, hub, _node, address, debate) = village();
    let answer = awa.json(&["backup", "--shares", "2/3"]).unwrap();
    let shares: Vec<&str> =
        answer["shares"].as_array().unwrap().iter().map(|share| share.as_str().unwrap()).collect();
    assert_eq!((shares.len(), &answer["needed"]), (3, &2.into()));
    assert!(shares.iter().all(|share| share.len() < 4_296), "each fits a QR");
    let printed = awa.run(&["backup", "--shares", "2/3"]).unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains('█') && !printed.contains("too long"), "{printed}");
    awa.made(&["say", &debate, "dit apres la sauvegarde"]).unwrap();
    awa.json(&["sync", &address]).unwrap();

    let new = Device::new().unwrap();
    let one = new.refused(&["restore", shares[1]]).unwrap();
    assert!(one.words.contains("this backup takes 2"), "{one:?}");
    let twice = new.refused(&["restore", shares[1], shares[1]]).unwrap();
    assert!(twice.words.contains("1 different shares"), "{twice:?}");
    // One typed, one from a file.
    let file = new.file("share");
    fs::write(&file, shares[0].to_uppercase() + "\n").unwrap();
    new.json(&["restore", shares[2], file.to_str().unwrap()]).unwrap();
    goes_on(&new, &awa, &hub, &address, &debate);
}

/// Whether nothing of a node is left in a folder.
fn is_empty(data: &Path) -> bool {
    ["baro.db", "baro.db-wal", "keys", "blobs", "http.token"]
        .iter()
        .all(|name| !data.join(name).exists())
}

#[test]
fn a_wipe_destroys_the_keys_and_the_rest_and_ends_the_node() {
    let device = Device::of("Awa").unwrap();
    device.made(&["community", "create", "Kayes"]).unwrap();
    let refused = device.refused(&["wipe"]).unwrap();
    assert!(refused.words.contains("--yes"), "{refused:?}");
    device.json(&["whoami"]).unwrap();
    let mut node = device.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    // A second name of the slots shows what became of their bytes.
    let seen = device.file("slots.seen");
    fs::hard_link(device.data().join("keys/slots"), &seen).unwrap();
    device.json(&["--yes", "wipe"]).unwrap();
    assert!(!node.is_there().unwrap());
    assert!(is_empty(&device.data()));
    let bytes = fs::read(&seen).unwrap();
    assert!(!bytes.is_empty() && bytes.iter().all(|byte| *byte == 0));
    assert!(
        device.refused(&["person", "list"]).is_ok()
            || device.json(&["person", "list"]).unwrap() == serde_json::json!([])
    );
}

#[test]
fn the_panic_pin_destroys_everything_and_looks_like_a_wrong_one() {
    let device = Device::new().unwrap();
    let begun = device.typed(&[PIPED, "init", "--name", "Awa", "--pin"], PIN).unwrap();
    assert!(begun.status.success(), "{}", words(&begun));
    let same = device.typed(&[PIPED, "lock", "panic"], &format!("{PIN}{PIN}")).unwrap();
    assert!(words(&same).contains("has to be another"), "{}", words(&same));
    let before = fs::read(device.data().join("keys/slots")).unwrap();
    let set = device.typed(&[PIPED, "lock", "panic"], &format!("{PIN}{PANIC}")).unwrap();
    assert!(set.status.success(), "{}", words(&set));
    // Nothing in the file says that there is one.
    let after = fs::read(device.data().join("keys/slots")).unwrap();
    assert!(before.len() == after.len() && before != after);
    let shown = device.json(&["lock", "show"]).unwrap();
    assert_eq!(shown["opens_by"].as_array().unwrap().len(), 1);
    let copy = device.file("copy");
    assert!(
        std::process::Command::new("cp")
            .arg("-a")
            .arg(device.data())
            .arg(&copy)
            .status()
            .unwrap()
            .success()
    );

    assert!(device.typed(&[PIPED, "whoami"], PIN).unwrap().status.success());
    let wrong = device.typed(&[PIPED, "whoami"], "999999\n").unwrap();
    let panic = device.typed(&[PIPED, "whoami"], PANIC).unwrap();
    assert_eq!(words(&wrong), words(&panic));
    assert_eq!(wrong.status.code(), panic.status.code());
    assert!(is_empty(&device.data()));

    // Taken away again, it is a wrong PIN like another.
    fs::remove_dir_all(device.data()).unwrap();
    assert!(
        std::process::Command::new("cp")
            .arg("-a")
            .arg(&copy)
            .arg(device.data())
            .status()
            .unwrap()
            .success()
    );
    assert!(device.typed(&[PIPED, "lock", "panic", "--off"], PIN).unwrap().status.success());
    assert!(!device.typed(&[PIPED, "whoami"], PANIC).unwrap().status.success());
    assert!(device.typed(&[PIPED, "whoami"], PIN).unwrap().status.success());
}
