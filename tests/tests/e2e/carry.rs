//! Sticks between data folders: couriers who pull them out, full ones, read-only ones, and nodes
//! that run meanwhile.

#![allow(clippy::cast_possible_truncation)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use baro_tests::Device;
use baro_tests::kill::{self, Moments};

/// A community of this many devices, each of which has said something in one debate.
fn villages(count: usize) -> (Vec<Device>, String) {
    let first = Device::of("Awa").unwrap();
    first.made(&["community", "create", "Kayes"]).unwrap();
    let debate = first.made(&["debate", "open", "L'eau"]).unwrap();
    let mut devices = vec![first];
    for n in 1..count {
        let device = Device::of(&format!("Village {n}")).unwrap();
        device.join(&devices[0]).unwrap();
        devices.push(device);
    }
    (devices, debate)
}

fn visit(device: &Device, stick: &Path) -> serde_json::Value {
    device.json(&["carry", stick.to_str().unwrap()]).unwrap()
}

/// The files in our folder that end so.
fn files(stick: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(stick.join("baro")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_str().unwrap().ends_with(ending));
    paths.sort();
    paths
}

#[test]
fn a_stick_that_is_pulled_out_at_any_moment_makes_ten_villages_equal() {
    let (devices, debate) = villages(10);
    let stick = tempfile::tempdir().unwrap();
    fs::write(stick.path().join("photo.jpg"), b"not ours").unwrap();
    let mut moments = Moments::of(7);
    visit(&devices[0], stick.path());
    let mut killed = 0;
    let mut said = 0;
    for _ in 0..40 {
        let device = &devices[moments.between(0, 10) as usize];
        // Who knows the debate speaks in it.
        if device.said(&debate).is_ok() {
            device.made(&["say", &debate, &format!("Ici, {said}")]).unwrap();
            said += 1;
        }
        let mut carry = device.command(&["carry", stick.path().to_str().unwrap()]);
        killed += u32::from(kill::command(&mut carry, moments.millis(5, 120)).unwrap());
        // What the plug tore: the end of the newest file.
        if moments.between(0, 4) == 0 {
            let torn = files(stick.path(), "").pop().unwrap();
            let bytes = fs::read(&torn).unwrap();
            let length = moments.between(0, bytes.len() as u64 + 1) as usize;
            fs::write(&torn, &bytes[..length]).unwrap();
        }
    }
    assert!(killed > 5 && killed < 40, "{killed} of 40 were killed");
    // Twice, in any order.
    for _ in 0..2 {
        let mut order: Vec<usize> = (0..devices.len()).collect();
        order.sort_by_key(|_| moments.between(0, 1_000));
        for at in order {
            let output = devices[at].run(&["carry", stick.path().to_str().unwrap()]).unwrap();
            assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
        }
    }
    let digest = devices[0].digest().unwrap();
    for device in &devices {
        assert_eq!(device.digest().unwrap(), digest);
        assert_eq!(device.said(&debate).unwrap().len(), said);
        assert_eq!(visit(device, stick.path())["bundles_put"], 0);
    }
    assert_eq!(fs::read(stick.path().join("photo.jpg")).unwrap(), b"not ours");
    assert!(files(stick.path(), ".baro").len() < 12);
}

#[test]
fn a_node_that_runs_takes_and_gives_like_one_at_rest() {
    let (devices, debate) = villages(2);
    let [awa, moussa] = devices.as_slice() else { panic!("two") };
    let stick = tempfile::tempdir().unwrap();
    let _node = moussa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    awa.made(&["say", &debate, "Ici"]).unwrap();
    visit(awa, stick.path());
    let taken = visit(moussa, stick.path());
    assert!(taken["items_new"].as_u64().unwrap() > 0 && taken["items_refused"] == 0, "{taken}");
    moussa.made(&["say", &debate, "Là-bas"]).unwrap();
    assert_eq!(visit(moussa, stick.path())["bundles_put"], 1);
    visit(awa, stick.path());
    assert_eq!(awa.digest().unwrap(), moussa.digest().unwrap());
    assert_eq!(awa.said(&debate).unwrap().len(), 2);
    let known = visit(moussa, stick.path());
    assert_eq!((&known["bundles_taken"], &known["bundles_put"]), (&0.into(), &0.into()));
}

/// A file system of its own, gone when dropped; `None` where only root may make one.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("no file system can be mounted here: nothing is tested with it");
        None
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{options}")]).arg(self.0.path());
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // It is in memory only, and goes with the machine at the latest.
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_stick_gets_what_comes_first_and_says_so() {
    let Some(stick) = Mounted::new("size=1m") else { return };
    let stick = stick.0.path().to_owned();
    let (devices, debate) = villages(2);
    let [awa, moussa] = devices.as_slice() else { panic!("two") };
    // Words that no packing makes smaller, more than there is room for.
    let mut moments = Moments::of(3);
    let mut lines = String::new();
    for _ in 0..800 {
        let words: String =
            (0..150).map(|_| format!("{:016x}", moments.between(0, u64::MAX))).collect();
        lines += &serde_json::json!({ "op": "say", "debate": debate, "text": words }).to_string();
        lines += "\n";
    }
    awa.batch(&lines).unwrap();
    awa.made(&["announce", "Crue", "--alert", "--body", "L'eau monte"]).unwrap();
    let refused = awa.refused(&["carry", stick.to_str().unwrap()]).unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.words.contains("the stick is full"), "{}", refused.words);
    assert!(files(&stick, ".part").is_empty());
    let taken = visit_full(moussa, &stick);
    assert!(taken["items_refused"] == 0 && taken["sections_damaged"] == 0, "{taken}");
    let alerts = moussa.json(&["announcements"]).unwrap();
    assert!(alerts.to_string().contains("L'eau monte"), "{alerts}");
    let said = moussa.said(&debate).unwrap();
    let said = said.iter().filter(|words| !words.is_empty()).count();
    assert!((50..800).contains(&said), "{said} of 800 had room");

    // Room was made: the rest goes on it.
    let larger = tempfile::tempdir().unwrap();
    fs::create_dir(larger.path().join("baro")).unwrap();
    for file in files(&stick, "") {
        fs::copy(&file, larger.path().join("baro").join(file.file_name().unwrap())).unwrap();
    }
    let rest = visit(awa, larger.path());
    assert_eq!((&rest["items_left"], &rest["shortage"]), (&0.into(), &serde_json::Value::Null));
    visit(moussa, larger.path());
    assert_eq!(awa.digest().unwrap(), moussa.digest().unwrap());
}

/// A visit that cannot put everything.
fn visit_full(device: &Device, stick: &Path) -> serde_json::Value {
    let output = device.run(&["--json", "carry", stick.to_str().unwrap()]).unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_read_only_stick_gives_and_says_that_it_takes_nothing() {
    let Some(stick) = Mounted::new("size=8m") else { return };
    let (devices, debate) = villages(2);
    let [awa, moussa] = devices.as_slice() else { panic!("two") };
    let path = stick.0.path();
    awa.made(&["say", &debate, "Ici"]).unwrap();
    visit(awa, path);
    let before = files(path, "");
    stick.remount("ro");
    let refused = moussa.refused(&["carry", path.to_str().unwrap()]).unwrap();
    assert!(refused.words.contains("read-only"), "{}", refused.words);
    assert_eq!(moussa.said(&debate).unwrap(), ["Ici"]);
    // Who has nothing to put has nothing to complain of.
    assert_eq!(visit(awa, path)["items_left"], 0);
    assert_eq!(files(path, ""), before);
    stick.remount("rw");
    assert_eq!(visit(moussa, path)["bundles_put"], 1);
    visit(awa, path);
    assert_eq!(awa.digest().unwrap(), moussa.digest().unwrap());
}
