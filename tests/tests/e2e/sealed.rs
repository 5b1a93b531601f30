//! What is at rest: locks that open and do not, folders of earlier programs that are sealed through
//! kills, and a look at every byte of a locked folder.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use baro_node::WallSeconds;
use baro_node::api::{Context, Node, Request};
use baro_node::blobs::Incoming;
use baro_node::store::{Database, Read as _};
use baro_tests::Device;
use baro_tests::folder::Needles;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

const PIN: &str = "271828";
const PIPED: &str = "--unlock-stdin";

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A device that opens by a PIN alone.
fn locked() -> Device {
    let device = Device::new().unwrap();
    let args = [PIPED, "init", "--name", "Awa", "--pin"];
    let output = device.typed(&args, &format!("{PIN}\n")).unwrap();
    assert!(output.status.success(), "{}", words(&output));
    device
}

/// The answer of a command that is given the PIN.
fn opened(device: &Device, args: &[&str]) -> Value {
    let args = [&["--json", PIPED], args].concat();
    let output = device.typed(&args, &format!("{PIN}\n")).unwrap();
    assert!(output.status.success(), "{args:?}: {}", words(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_folder_opens_by_its_pin_and_wrong_ones_make_it_wait() {
    let device = locked();
    let refused = device.refused(&["whoami"]).unwrap();
    assert!(refused.words.contains("locked") && refused.words.contains("a PIN"), "{refused:?}");
    opened(&device, &["community", "create", "Kayes"]);
    for _ in 0..3 {
        let wrong = device.typed(&[PIPED, "whoami"], "271829\n").unwrap();
        assert!(words(&wrong).contains("that is not the PIN"), "{}", words(&wrong));
    }
    // Each command is a program of its own: the count is on the disk.
    let waits = device.typed(&[PIPED, "whoami"], &format!("{PIN}\n")).unwrap();
    assert!(words(&waits).contains("too many wrong tries: wait"), "{}", words(&waits));
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(opened(&device, &["community", "list"]).as_array().unwrap().len(), 1);

    // Another lock, by a key file elsewhere; the PIN opens nothing any more.
    let key = device.file("stick.key");
    let new = key.to_str().unwrap();
    let shown = opened(&device, &["lock", "set", "--key-file", new]);
    assert_eq!(shown["opens_by"][0]["kind"], "key-file");
    assert_eq!(shown["key_beside"], false);
    assert!(words(&device.typed(&[PIPED, "whoami"], PIN).unwrap()).contains("a key file"));
    assert!(device.run(&["--key-file", new, "whoami"]).unwrap().status.success());
    let by_environment = device.command(&["whoami"]).env("BARO_KEY_FILE", new).output().unwrap();
    assert!(by_environment.status.success());
    let other = device.file("other.key");
    fs::write(&other, "7".repeat(64)).unwrap();
    let refused = device.refused(&["--key-file", other.to_str().unwrap(), "whoami"]).unwrap();
    assert!(refused.words.contains("does not open"), "{refused:?}");

    // A passphrase beside it: both open.
    let mut command = device.command(&[PIPED, "--json", "lock", "set", "--passphrase", "--also"]);
    command.env("BARO_KEY_FILE", new).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"quatre mots que je sais\n")
        .unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    let by_words = device.typed(&[PIPED, "whoami"], "quatre mots que je sais\n").unwrap();
    assert!(by_words.status.success(), "{}", words(&by_words));
    assert!(device.run(&["--key-file", new, "whoami"]).unwrap().status.success());
}

#[test]
fn a_folder_begins_with_a_key_beside_it_and_says_so() {
    let device = Device::new().unwrap();
    let output = device.run(&["init", "--name", "Awa"]).unwrap();
    assert!(words(&output).contains("the key lies beside it"), "{}", words(&output));
    assert!(device.data().join("keys/key").exists());
    assert_eq!(device.json(&["lock", "show"]).unwrap()["key_beside"], true);
    // Weak ones are refused, and nothing is changed by that.
    for weak in ["123\n", "12a456\n"] {
        let refused = device.typed(&[PIPED, "lock", "set", "--pin"], weak).unwrap();
        assert!(words(&refused).contains("digits"), "{}", words(&refused));
    }
    device.json(&["whoami"]).unwrap();
    let set = device.typed(&[PIPED, "lock", "set", "--pin"], &format!("{PIN}\n")).unwrap();
    assert!(set.status.success(), "{}", words(&set));
    assert!(!device.data().join("keys/key").exists(), "the key is gone from beside it");
    assert!(device.refused(&["whoami"]).unwrap().words.contains("locked"));
    opened(&device, &["whoami"]);
}

#[test]
fn slots_that_the_disk_lost_come_back_from_their_copy_and_an_old_pin_does_not() {
    let device = locked();
    let [slots, copy] = ["keys/slots", "keys/slots.copy"].map(|name| device.data().join(name));
    let same = || fs::read(&slots).unwrap() == fs::read(&copy).unwrap();
    assert!(same());
    let with_old = fs::read(&copy).unwrap();
    let key = device.file("stick.key");
    let new = key.to_str().unwrap();
    opened(&device, &["lock", "set", "--key-file", new]);
    assert!(same() && fs::read(&copy).unwrap() != with_old);
    let opens = || device.run(&["--key-file", new, "whoami"]).unwrap().status.success();
    // Torn, gone, and a copy that a power cut left as it was before the lock was changed.
    for (path, bytes) in
        [(&slots, Some(&b"{\"version\": 1, \"slo"[..])), (&slots, None), (&copy, None)]
    {
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        assert!(opens() && same(), "{path:?}");
    }
    fs::write(&copy, &with_old).unwrap();
    let refused = device.typed(&[PIPED, "whoami"], PIN).unwrap();
    assert!(words(&refused).contains("a key file"), "{}", words(&refused));
    assert!(opens() && same());
}

/// A thousand posts, names and files, said on a device that opens by a PIN, and what nobody may
/// find of them without it.
fn said(device: &Device) -> Needles {
    let mut needles = Needles::default();
    opened(device, &["community", "create", "Sadiola-sous-le-fromager"]);
    let debate = opened(device, &["debate", "open", "Le nouveau forage du quartier haut"]);
    let debate = debate["id"].as_str().unwrap().to_owned();
    let mut ops = String::new();
    for n in 0..1_000 {
        let phrase = format!("phrase {n} de ceux qui ne se taisent pas");
        needles.add(phrase.as_bytes());
        ops += &json!({ "op": "say", "debate": debate, "text": phrase }).to_string();
        ops.push('\n');
    }
    for n in 0..20 {
        let name = format!("Personne-numero-{n}");
        needles.add(name.as_bytes());
        ops += &json!({ "op": "person", "name": name }).to_string();
        ops.push('\n');
    }
    let file = device.file("ops.jsonl");
    fs::write(&file, ops).unwrap();
    let args = ["--json", PIPED, "batch", file.to_str().unwrap()];
    let output = device.typed(&args, &format!("{PIN}\n")).unwrap();
    assert!(output.status.success(), "{}", words(&output));
    fs::remove_file(file).unwrap();
    for n in 0..6_u8 {
        let file = device.file(&format!("releve-du-puits-{n}.pdf"));
        let line = format!("%PDF-1.4 le releve numero {n} qu'il ne faut pas trouver\n");
        fs::write(&file, line.repeat(2_000) + "startxref\n0\n%%EOF\n").unwrap();
        needles.add(line.as_bytes());
        needles.add(format!("releve-du-puits-{n}").as_bytes());
        let path = file.to_str().unwrap();
        let post = opened(device, &["say", &debate, "voyez cela", "--attach", path]);
        needles.add(post["id"].as_str().unwrap().as_bytes());
        fs::remove_file(file).unwrap();
    }
    for name in ["Sadiola-sous-le-fromager", "Le nouveau forage du quartier haut"] {
        needles.add(name.as_bytes());
    }
    needles
}

/// The secrets of a folder that only its key shows, to be looked for beside it.
fn secrets(device: &Device, needles: &mut Needles) {
    let database = device.database(Some(PIN)).unwrap();
    needles.add(database.key().unwrap().as_bytes());
    let reader = database.reader().unwrap();
    for person in reader.local_persons().unwrap() {
        needles.add(&person.seed.unwrap()[..]);
        needles.add(person.person.as_bytes());
        needles.add(person.person.to_string().as_bytes());
    }
    for (_, value) in reader.local_prefix("").unwrap() {
        if value.len() >= 16 {
            needles.add(&value);
        }
    }
    for row in reader.blobs().unwrap() {
        needles.add(row.hash.as_bytes());
        needles.add(row.hash.to_string().as_bytes());
    }
}

#[test]
fn every_byte_of_a_locked_folder_is_looked_at_and_gives_nothing_away() {
    let device = locked();
    let mut needles = said(&device);
    secrets(&device, &mut needles);
    assert!(needles.count() > 1_000);
    // A node that runs, says its log, serves pages, and is killed in the midst of it.
    let (temporary, log) = (device.file("tmp"), device.file("run.log"));
    fs::create_dir(&temporary).unwrap();
    let mut run = device.command(&[PIPED, "run", "--no-discovery", "--http", "127.0.0.1:0"]);
    run.env("TMPDIR", &temporary).env("RUST_LOG", "baro_node=debug,info");
    run.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap());
    let mut node = run.spawn().unwrap();
    std::io::Write::write_all(&mut node.stdin.take().unwrap(), format!("{PIN}\n").as_bytes())
        .unwrap();
    let since = std::time::Instant::now();
    while !device.data().join("http.token").exists() {
        assert!(since.elapsed() < Duration::from_secs(60), "{}", fs::read_to_string(&log).unwrap());
        std::thread::sleep(Duration::from_millis(50));
    }
    // Unlocked, it answers without being asked for the PIN again; a bundle goes to a file.
    device.json(&["status"]).unwrap();
    let debate = device.json(&["debate", "list"]).unwrap()[0]["id"].as_str().unwrap().to_owned();
    device.made(&["say", &debate, "phrase 1001 de ceux qui ne se taisent pas"]).unwrap();
    needles.add(b"phrase 1001 de ceux qui ne se taisent pas");
    let bundle = device.file("bundle.baro");
    device.json(&["bundle", "export", bundle.to_str().unwrap()]).unwrap();
    assert!(fs::metadata(&bundle).unwrap().len() > 10_000);
    node.kill().unwrap();
    node.wait().unwrap();
    assert!(device.data().join("baro.db-wal").metadata().unwrap().len() > 0);
    for folder in [device.data(), temporary.clone()] {
        let (found, looked) = needles.in_files(&folder).unwrap();
        assert!(found.is_empty(), "of {looked} bytes: {found:?}");
        assert!(folder == temporary || looked > 500_000, "{looked}");
    }
    let (found, _) = needles.in_files(log.parent().unwrap()).unwrap();
    assert!(!found.contains(&log), "{}", fs::read_to_string(&log).unwrap());
    // What is looked for is there for whoever has the key: the same look finds it then.
    let plain = tempfile::tempdir().unwrap();
    device.database(Some(PIN)).unwrap().lay_open(&plain.path().join("baro.db")).unwrap();
    let (found, _) = needles.in_files(plain.path()).unwrap();
    assert_eq!(found, [plain.path().join("baro.db")]);
}

/// A folder as programs before there were keys left it: words, and `count` files of 1 MB.
fn left_plain(device: &Device, count: u8) -> (Needles, Vec<(String, Vec<u8>)>) {
    fs::create_dir_all(device.data()).unwrap();
    let database = Database::plain(&device.data().join("baro.db"));
    let store = Box::new(database.store().unwrap());
    let mut node = Node::new(store, ChaCha20Rng::from_seed([7; 32]), None);
    let now = WallSeconds(1_800_000_000);
    let mut ask = |request| node.handle(now, &Context::default(), request).unwrap();
    let asked = |json: Value| serde_json::from_value::<Request>(json).unwrap();
    ask(asked(json!({ "command": "init", "name": "Awa" })));
    ask(asked(json!({
        "command": "community_create", "name": "Kayes", "threshold": 1, "founders": [],
        "cosignatures": 0,
    })));
    let debate = ask(asked(json!({ "command": "debate_open", "title": "Le nouveau forage" })));
    let mut needles = Needles::default();
    for n in 0..50 {
        let phrase = format!("phrase {n} d'avant les clefs");
        needles.add(phrase.as_bytes());
        ask(asked(json!({ "command": "say", "debate": debate["id"], "text": phrase })));
    }
    let mut files = Vec::new();
    for n in 0..count {
        let line = format!("le fichier numero {n}, ligne ");
        let bytes: Vec<u8> =
            (0..30_000).flat_map(|at| format!("{line}{at}\n").into_bytes()).collect();
        let size = bytes.len() as u64;
        let incoming = Incoming::copy(&database, &mut bytes.as_slice(), size, &mut |_| {}).unwrap();
        let (id, file) = (incoming.hash().to_string(), incoming.name().to_owned());
        ask(Request::BlobAdd { id: id.clone(), size, file });
        needles.add(line.as_bytes());
        needles.add(id.as_bytes());
        files.push((id, bytes));
    }
    drop(node);
    (needles, files)
}

fn is_being_sealed(data: &Path) -> bool {
    fs::read_to_string(data.join("keys/slots"))
        .is_ok_and(|slots| slots.contains("\"sealing\": true"))
}

#[test]
fn a_folder_of_an_earlier_program_is_sealed_whatever_kills_it() {
    let device = Device::new().unwrap();
    let (needles, files) = left_plain(&device, 15);
    let (found, _) = needles.in_files(&device.data()).unwrap();
    assert!(found.len() > 15, "it is plain before: {}", found.len());
    let (mut midst, mut wait) = (0, 5);
    loop {
        let mut child =
            device.command(&["--json", "status"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        if child.try_wait().unwrap().is_some() && !is_being_sealed(&device.data()) {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        midst += u32::from(is_being_sealed(&device.data()));
        wait += 10 + wait / 4;
    }
    eprintln!("killed {midst} times in the midst of it");
    assert!(midst >= 3, "only {midst} kills came in the midst of it");
    let (found, looked) = needles.in_files(&device.data()).unwrap();
    assert!(found.is_empty() && looked > 10_000_000, "of {looked} bytes: {found:?}");
    let debate = device.json(&["debate", "list"]).unwrap()[0]["id"].as_str().unwrap().to_owned();
    let posts = device.said(&debate).unwrap();
    assert_eq!(posts.len(), 50);
    let out = device.file("out");
    for (id, bytes) in &files {
        device.json(&["blob", "get", id, out.to_str().unwrap()]).unwrap();
        assert!(fs::read(&out).unwrap() == *bytes, "{id}");
    }
    // The machine that tests run on may lack something else.
    let doctor = device.run(&["--json", "doctor"]).unwrap();
    let doctor: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let grave = |finding: &&Value| finding["serious"] == true && finding["about"] == "database";
    assert_eq!(doctor["findings"].as_array().unwrap().iter().filter(grave).count(), 0, "{doctor}");
}
