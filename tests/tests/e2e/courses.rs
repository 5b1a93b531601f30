//! Courses: a folder is brought on one node, and its outline, lessons and quiz arrive on another.

use std::path::{Path, PathBuf};

use baro_tests::Device;
use serde_json::Value;

/// The course of the book, in a folder of the device's own.
fn course(device: &Device) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/eau-potable");
    let to = device.file("eau-potable");
    copy(&from, &to);
    to
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

fn item(shown: &Value, module: usize, item: usize) -> &Value {
    &shown["modules"][module]["items"][item]
}

#[test]
fn a_course_arrives_and_a_new_version_changes_it() {
    let (awa, bintou) = (Device::of("Awa").unwrap(), Device::of("Bintou").unwrap());
    awa.made(&["community", "create", "Kayes"]).unwrap();
    bintou.join(&awa).unwrap();
    let folder = course(&awa);
    let path = folder.to_str().unwrap();
    let made = awa.json(&["course", "import", path]).unwrap();
    assert_eq!(made["lessons"]["added"], 3);
    assert_eq!(made["quizzes"]["added"], 1);
    let id = made["id"].as_str().unwrap().to_owned();

    let running = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = running.address("tcp").unwrap().to_owned();
    bintou.json(&["sync", &address]).unwrap();
    let shown = bintou.json(&["course", "show", &id]).unwrap();
    assert_eq!(shown["title"], "L'eau potable");
    assert_eq!(shown["language"], "fr");
    assert_eq!((&shown["here"], &shown["coming"]), (&4.into(), &0.into()));
    assert_eq!(item(&shown, 0, 1)["title"], "La pompe");
    assert_eq!(item(&shown, 1, 1)["questions"][0]["answers"][0]["text"], "Au moins 30 mètres");
    // Words are there; the picture comes after them, by itself, where the nodes stay in touch.
    let picture = |shown: &Value| item(shown, 0, 1)["attachments"][0].clone();
    assert_eq!(picture(&shown)["name"], "pompe.png");
    {
        let _running = bintou.start(&["--peer", &address]).unwrap();
        let since = std::time::Instant::now();
        while picture(&bintou.json(&["course", "show", &id]).unwrap())["state"] != "here" {
            assert!(since.elapsed().as_secs() < 30, "the picture does not come");
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
    }
    let lesson = item(&shown, 0, 0)["id"].as_str().unwrap().to_owned();
    let words = bintou.run(&["text", "show", &lesson]).unwrap().stdout;
    assert_eq!(words, std::fs::read(folder.join("01-le-puits.md")).unwrap());
    let listed = bintou.json(&["course", "list"]).unwrap();
    assert_eq!((&listed[0]["lessons"], &listed[0]["coming"]), (&3.into(), &0.into()));
    let plain = bintou.run(&["course", "show", &id]).unwrap().stdout;
    assert!(String::from_utf8(plain).unwrap().contains("3 questions"));

    // A member brings no course and corrects no lesson; a facilitator does.
    assert!(bintou.refused(&["course", "import", path]).unwrap().words.contains("facilitator"));
    let who = bintou.json(&["whoami"]).unwrap()["person"][0]["id"].as_str().unwrap().to_owned();
    awa.json(&["grant", &who, "facilitator"]).unwrap();
    bintou.json(&["sync", &address]).unwrap();
    let file = bintou.file("corrected.md");
    let corrected = String::from_utf8(words).unwrap().replace("30 mètres", "trente mètres");
    std::fs::write(&file, corrected).unwrap();
    bintou.json(&["text", "edit", &lesson, file.to_str().unwrap()]).unwrap();
    bintou.json(&["sync", &address]).unwrap();

    // A new version of the folder: nothing is doubled, and the correction stays.
    let first = folder.join("01-le-puits.md");
    let older = std::fs::read_to_string(&first).unwrap();
    std::fs::write(&first, older.replace("50 cm", "60 cm")).unwrap();
    let outline = folder.join("course.md");
    let older = std::fs::read_to_string(&outline).unwrap();
    std::fs::write(&outline, older.replace("[La pompe]", "[Réparer la pompe]")).unwrap();
    let again = awa.json(&["course", "import", path]).unwrap();
    assert_eq!(again["id"], id.as_str());
    assert_eq!((&again["lessons"]["changed"], &again["lessons"]["same"]), (&1.into(), &2.into()));
    assert_eq!(again["quizzes"]["same"], 1);
    bintou.json(&["sync", &address]).unwrap();
    let shown = bintou.json(&["course", "show", &id]).unwrap();
    assert_eq!(item(&shown, 0, 1)["title"], "Réparer la pompe");
    let words = bintou.run(&["text", "show", &lesson]).unwrap().stdout;
    let words = String::from_utf8(words).unwrap();
    assert!(words.contains("trente mètres") && words.contains("60 cm"), "{words}");
    assert_eq!(awa.json(&["course", "list"]).unwrap().as_array().unwrap().len(), 1);
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let folder = course(&awa);
    let path = folder.to_str().unwrap();
    let words = || awa.refused(&["course", "import", path]).unwrap().words;
    std::fs::write(folder.join("quiz.gift"), "fine {T}\n\nbroken {=a\n").unwrap();
    let refused = words();
    assert!(refused.contains("quiz.gift") && refused.contains("line 3"), "{refused}");
    std::fs::remove_file(folder.join("quiz.gift")).unwrap();
    assert!(words().contains("no such file"));
    std::fs::remove_file(folder.join("course.md")).unwrap();
    // Without an outline: what is there, by name.
    let id = awa.made(&["course", "import", path]).unwrap();
    let shown = awa.json(&["course", "show", &id]).unwrap();
    assert_eq!(shown["title"], "eau-potable");
    assert_eq!(item(&shown, 0, 0)["title"], "le puits");
    assert!(awa.refused(&["course", "import", "/nowhere"]).unwrap().words.contains("no folder"));
}
