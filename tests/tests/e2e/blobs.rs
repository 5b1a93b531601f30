//! Voice, pictures and papers: added, attached, carried, fetched, refused, and a full disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use baro_tests::Device;
use baro_tests::villages::carry;
use serde_json::Value;

/// Opus in Ogg: two headers and as many pages of sound as asked.
fn opus(pages: usize) -> Vec<u8> {
    let page = |kind: u8, content: &[u8]| {
        let mut page = b"OggS\0".to_vec();
        page.push(kind);
        page.extend_from_slice(&[0; 20]);
        page.extend_from_slice(&[1, u8::try_from(content.len()).unwrap()]);
        page.extend_from_slice(content);
        page
    };
    let mut file = page(2, b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0");
    file.extend(page(0, b"OpusTags\x04\0\0\0baro\0\0\0\0"));
    for n in 0..pages {
        let sound: Vec<u8> = (0..200_usize).map(|at| (at * 7 + n * 13).to_le_bytes()[0]).collect();
        file.extend(page(0, &sound));
    }
    file
}

/// A PDF of about so many bytes that no packing makes smaller.
fn pdf(size: usize) -> Vec<u8> {
    let mut noise = vec![0; size];
    let mut state = 88_172_645_463_325_252_u64;
    for byte in &mut noise {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state.to_le_bytes()[0];
    }
    [b"%PDF-1.4\n".as_slice(), &noise, b"\nstartxref\n9\n%%EOF\n"].concat()
}

fn write(device: &Device, name: &str, bytes: &[u8]) -> PathBuf {
    let path = device.file(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Awa with a debate, and Moussa who has joined.
fn two() -> (Device, Device, String) {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    let moussa = Device::of("Moussa").unwrap();
    moussa.join(&awa).unwrap();
    (awa, moussa, debate)
}

/// What is attached to the first post.
fn attached(device: &Device, debate: &str) -> Value {
    device.json(&["debate", "show", debate]).unwrap()["posts"][0]["attachments"].clone()
}

#[test]
fn a_voice_and_a_paper_reach_another_node_and_come_out_the_same() {
    let (awa, moussa, debate) = two();
    let (voice, paper) = (write(&awa, "a.ogg", &opus(100)), write(&awa, "plan.pdf", &pdf(700_000)));
    // Beside a running node, as at rest.
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let args = ["say", &debate, "--voice", text(&voice), "--attach", text(&paper), "--lang", "bm"];
    awa.made(&args).unwrap();
    assert_eq!(fs::read_dir(awa.data().join("blobs/incoming")).unwrap().count(), 0);
    let list = attached(&awa, &debate);
    assert_eq!((&list[0]["kind"], &list[0]["media"]), (&"voice".into(), &"audio/ogg".into()));
    assert_eq!((&list[0]["language"], &list[0]["name"]), (&"bm".into(), &Value::Null));
    assert_eq!((&list[1]["kind"], &list[1]["name"]), (&"paper".into(), &"plan.pdf".into()));
    assert_eq!(list[1]["state"], "here");

    moussa.json(&["sync", node.address("tcp").unwrap()]).unwrap();
    let since = Instant::now();
    while attached(&moussa, &debate)[1]["state"] != "here" {
        assert!(since.elapsed() < Duration::from_secs(20), "{}", attached(&moussa, &debate));
        moussa.json(&["sync", node.address("tcp").unwrap()]).unwrap();
    }
    for (at, original) in [(0, &voice), (1, &paper)] {
        let (id, out) = (list[at]["id"].as_str().unwrap(), moussa.file("out"));
        let got = moussa.json(&["blob", "get", &id[..12], text(&out)]).unwrap();
        assert_eq!(got["id"], id);
        assert_eq!(fs::read(&out).unwrap(), fs::read(original).unwrap());
    }
    let shown = moussa.run(&["debate", "show", &debate]).unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("[paper plan.pdf, 700.0 kB, here]"), "{shown}");
}

#[test]
fn what_cannot_be_attached_is_said_and_leaves_nothing_behind() {
    let (awa, _, debate) = two();
    let voice = opus(100);
    for (name, bytes, option, words) in [
        ("empty.ogg", Vec::new(), "--voice", "is empty"),
        ("torn.ogg", voice[..voice.len() - 50].to_vec(), "--voice", "stops before its end"),
        ("paper.ogg", pdf(100), "--voice", "a PDF and no recording"),
        ("song.mp3", [b"ID3\x04".as_slice(), &[0; 300]].concat(), "--attach", "audio/mpeg"),
        ("words.txt", b"only words".to_vec(), "--attach", "not known here"),
        ("long.ogg", opus(10_000), "--voice", "at most 2097152"),
    ] {
        let path = write(&awa, name, &bytes);
        let refused = awa.refused(&["say", &debate, "x", option, text(&path)]).unwrap();
        assert_eq!(refused.code, Some(1));
        assert!(refused.words.contains(words), "{name}: {}", refused.words);
    }
    let folder = awa.file("folder");
    fs::create_dir(&folder).unwrap();
    for path in [folder, awa.file("nowhere")] {
        let refused = awa.refused(&["announce", "x", "--attach", text(&path)]).unwrap();
        assert_eq!(refused.code, Some(1), "{}", refused.words);
    }
    // A file that is fine, for a debate that is not there.
    let path = write(&awa, "a.ogg", &voice);
    let nowhere = "00".repeat(16);
    awa.refused(&["say", &nowhere, "--voice", text(&path)]).unwrap();
    assert!(awa.said(&debate).unwrap().is_empty());
    assert_eq!(awa.json(&["blob", "list"]).unwrap(), Value::Array(Vec::new()));
    assert_eq!(fs::read_dir(awa.data().join("blobs/incoming")).unwrap().count(), 0);
    assert_eq!(awa.refused(&["say", &debate]).unwrap().code, Some(2), "neither words nor files");
}

#[test]
fn a_file_is_added_pinned_got_and_dropped() {
    let (awa, moussa, debate) = two();
    let file = write(&awa, "a.bin", &pdf(3_000_000));
    let id = awa.made(&["blob", "add", text(&file)]).unwrap();
    let listed = awa.json(&["blob", "list"]).unwrap();
    assert_eq!((&listed[0]["id"], &listed[0]["pinned"]), (&id.clone().into(), &true.into()));
    assert!(awa.refused(&["blob", "drop", &id]).unwrap().words.contains("pinned"));
    awa.json(&["blob", "unpin", &id]).unwrap();
    awa.json(&["blob", "drop", &id[..8]]).unwrap();
    let out = awa.file("out");
    let refused = awa.refused(&["blob", "get", &id, text(&out)]).unwrap();
    assert!(refused.words.contains("not whole") && !out.exists(), "{}", refused.words);

    // A part of one: how much is said, and nothing is written.
    awa.made(&["say", &debate, "x", "--attach", text(&file)]).unwrap();
    let (have, news) = (moussa.file("have.digest"), awa.file("news.baro"));
    moussa.json(&["bundle", "digest", text(&have)]).unwrap();
    let export = ["bundle", "export", text(&news), "--for", text(&have), "--max-size", "1MB"];
    assert!(awa.json(&export).unwrap()["items_left"].as_u64().unwrap() > 0);
    assert!(fs::metadata(&news).unwrap().len() <= 1_000_000);
    moussa.json(&["bundle", "import", text(&news)]).unwrap();
    let part = attached(&moussa, &debate)[0].clone();
    assert!(part["state"] == "coming" && part["percent"].as_u64().unwrap() > 10, "{part}");
    let out = moussa.file("out");
    let refused = moussa.refused(&["blob", "get", &id, text(&out)]).unwrap();
    assert!(refused.words.contains("bytes are here") && !out.exists(), "{}", refused.words);
    // The next one brings the rest and nothing twice.
    carry(&awa, &moussa).unwrap();
    moussa.json(&["blob", "get", &id, text(&out)]).unwrap();
    assert_eq!(fs::read(&out).unwrap(), fs::read(&file).unwrap());
}

/// A small disk in the place of a device's data folder; `None` where only root may mount.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn under(device: &Device, size: &str) -> Option<Self> {
        let path = device.data();
        fs::create_dir_all(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("mode=700,size={size}"), "tmpfs"]).arg(&path);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(path));
        }
        eprintln!("no file system can be mounted here: nothing is tested with it");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // It is in memory only, and goes with the machine at the latest.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_takes_words_and_voice_and_says_what_it_has_no_room_for() {
    let (awa, _, debate) = two();
    let (voice, paper) = (write(&awa, "a.ogg", &opus(100)), write(&awa, "b.pdf", &pdf(9_000_000)));
    awa.made(&["say", &debate, "Le plan", "--voice", text(&voice), "--attach", text(&paper)])
        .unwrap();
    let small = Device::new().unwrap();
    let Some(_disk) = SmallDisk::under(&small, "8m") else { return };
    small.json(&["init", "--name", "Coumba"]).unwrap();
    small.join(&awa).unwrap();
    carry(&awa, &small).unwrap();
    assert_eq!(small.said(&debate).unwrap(), ["Le plan"]);
    let list = attached(&small, &debate);
    assert_eq!((&list[0]["state"], &list[1]["state"]), (&"here".into(), &"no_room".into()));
    let status = small.json(&["status"]).unwrap();
    assert_eq!((&status["blobs"]["no_room"], &status["blobs"]["coming"]), (&1.into(), &0.into()));
    let said = small.run(&["status"]).unwrap();
    assert!(String::from_utf8(said.stdout).unwrap().contains("not enough space for 1 files"));
    // Nothing is asked for again and again.
    let again = awa.file("again.baro");
    let have = small.file("again.digest");
    small.json(&["bundle", "digest", text(&have)]).unwrap();
    let export = ["bundle", "export", text(&again), "--for", text(&have)];
    assert_eq!(awa.json(&export).unwrap()["items"], 0);
    // A file of one's own that does not fit is refused before anything is written.
    let refused = small.refused(&["blob", "add", text(&paper)]).unwrap();
    assert!(refused.words.contains("not enough space"), "{}", refused.words);
    // The disk is filled by others to the last page: one can still read, and words say why not.
    let filler = small.data().join("filler");
    let _full = fs::write(&filler, vec![0; 8_000_000]);
    assert_eq!(small.said(&debate).unwrap(), ["Le plan"]);
    let long = "trop de mots ".repeat(4_000);
    let mut full = None;
    for _ in 0..200 {
        let output = small.run(&["say", &debate, &long]).unwrap();
        if !output.status.success() {
            full = Some(String::from_utf8(output.stderr).unwrap());
            break;
        }
    }
    assert!(full.as_ref().is_some_and(|words| words.contains("disk is full")), "{full:?}");
    fs::remove_file(&filler).unwrap();
    small.made(&["say", &debate, "Encore"]).unwrap();
}

#[test]
fn a_quota_is_set_told_and_kept() {
    let (awa, moussa, debate) = two();
    let (old, new) = (write(&awa, "a.pdf", &pdf(400_000)), write(&awa, "b.pdf", &pdf(500_000)));
    moussa.json(&["blob", "quota", "600kB"]).unwrap();
    awa.made(&["say", &debate, "a", "--attach", text(&old)]).unwrap();
    carry(&awa, &moussa).unwrap();
    assert_eq!(attached(&moussa, &debate)[0]["state"], "here");
    std::thread::sleep(Duration::from_millis(1_100));
    awa.made(&["say", &debate, "b", "--attach", text(&new)]).unwrap();
    carry(&awa, &moussa).unwrap();
    carry(&awa, &moussa).unwrap();
    let posts = moussa.json(&["debate", "show", &debate]).unwrap()["posts"].clone();
    assert_eq!(posts[0]["attachments"][0]["state"], "no_room");
    assert_eq!(posts[1]["attachments"][0]["state"], "here");
    let room = moussa.json(&["blob", "quota"]).unwrap();
    assert_eq!(
        (&room["quota"], &room["bytes"]),
        (&600_000.into(), &posts[1]["attachments"][0]["size"])
    );
    // It outlives the process, and `run` can set it too.
    let _node = moussa.start(&["--listen", "/ip4/127.0.0.1/tcp/0", "--blob-quota", "2GB"]).unwrap();
    assert_eq!(moussa.json(&["blob", "quota"]).unwrap()["quota"], 2_000_000_000_u64);
    assert_eq!(moussa.json(&["status"]).unwrap()["blobs"]["coming"], 1);
    assert!(moussa.refused(&["blob", "quota", "lots"]).unwrap().words.contains("no size"));
}
