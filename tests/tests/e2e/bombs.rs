//! Files that unpack to far more than they may, through each door that files come in by: the command,
//! a page, a stick. What is honest in them is taken, the rest refused and counted, in bounded memory.

use std::path::Path;
use std::process::Command;

use baro_tests::Device;
use baro_tests::form::Visitor;
use baro_tests::siege::hostile;

/// The most memory that may be asked for where a file is taken in, in kB: one of the bombs alone would
/// take 64 MB, all of them 12 GB.
const MEMORY_KB_MAX: u64 = 256 * 1024;
/// The address space of a command that has 256 MB to itself beside what it maps.
const SPACE_KB_MAX: u64 = 1024 * 1024;

/// Awa with a debate, and a bundle of it with bombs behind.
fn awa_and_a_bomb() -> (Device, String, String) {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    awa.made(&["say", &debate, "Ici"]).unwrap();
    let path = |name: &str| awa.file(name).to_str().unwrap().to_owned();
    let (honest, bombs) = (path("honest.baro"), path("bombs.baro"));
    awa.json(&["bundle", "export", &honest]).unwrap();
    let made = Command::new(hostile().unwrap()).args(["bombs", &bombs, &honest, "0"]).status();
    assert!(made.unwrap().success());
    (awa, debate, bombs)
}

/// Runs a command with so much address space and no more.
fn narrow(device: &Device, args: &[&str]) -> serde_json::Value {
    let plain = device.command(&[&["--json"], args].concat());
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {SPACE_KB_MAX}; exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(plain.get_program()).args(plain.get_args());
    let output = command.env_remove("BARO_DATA").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn peak_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_bomb_in_a_file_does_not_go_off_by_command_by_page_or_on_a_stick() {
    let (awa, debate, bombs) = awa_and_a_bomb();
    let newcomer = |name: &str| {
        let device = Device::of(name).unwrap();
        device.join(&awa).unwrap();
        device
    };
    let by_command = newcomer("Moussa");
    let report = narrow(&by_command, &["bundle", "import", &bombs]);
    assert!(report["items_new"].as_u64().unwrap() > 0, "{report}");
    let refused = ["items_refused", "sections_damaged"].map(|name| report[name].as_u64().unwrap());
    assert!(refused.iter().sum::<u64>() >= 150, "counted: {report}");
    assert_eq!(by_command.said(&debate).unwrap(), ["Ici"]);

    let by_page = newcomer("Fanta");
    let args = ["--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"];
    let node = by_page.start(&args).unwrap();
    let link = by_page.json(&["link"]).unwrap()["link"].as_str().unwrap().to_owned();
    let me = by_page.json(&["whoami"]).unwrap()["person"][0]["id"].as_str().unwrap().to_owned();
    let mut visitor = Visitor::enter(&link).unwrap();
    visitor.speak_as(&me).unwrap();
    let bytes = std::fs::read(&bombs).unwrap();
    let page = visitor.upload("/carry/import", &[("file-bundle", &bytes)]).unwrap();
    assert!(page.text().contains("tag bad"), "told: {}", page.text());
    assert_eq!(by_page.said(&debate).unwrap(), ["Ici"]);
    assert!(peak_kb(node.pid()) <= MEMORY_KB_MAX, "{} kB", peak_kb(node.pid()));

    let by_stick = newcomer("Chaka");
    let stick = tempfile::tempdir().unwrap();
    let dir = stick.path().to_str().unwrap();
    awa.json(&["carry", dir]).unwrap();
    assert!(replace_bundles(&stick.path().join("baro"), &bytes) > 0);
    narrow(&by_stick, &["carry", dir]);
    assert_eq!(by_stick.said(&debate).unwrap(), ["Ici"]);
    // It is not read again and again, and the stick is of use to the next one.
    narrow(&by_stick, &["carry", dir]);
}

/// Puts these bytes in the place of every bundle of a stick.
fn replace_bundles(folder: &Path, bytes: &[u8]) -> usize {
    let mut replaced = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && std::fs::read(&path).unwrap().starts_with(b"\x89baro") {
            std::fs::write(&path, bytes).unwrap();
            replaced += 1;
        }
    }
    replaced
}
