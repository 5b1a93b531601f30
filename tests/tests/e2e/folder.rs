//! The data folder: copied, put back, of a later version.

use std::path::Path;

use baro_tests::Device;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, to) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn peer(device: &Device) -> String {
    device.json(&["whoami"]).unwrap()["peer_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_copy_of_the_folder_is_a_device_of_its_own() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    let before = peer(&awa);
    let other = Device::new().unwrap();
    copy(&awa.data(), &other.data());
    let said = other.run(&["say", &debate, "Ici"]).unwrap();
    assert!(said.status.success());
    assert!(String::from_utf8(said.stderr).unwrap().contains("copied"), "it is said once");
    assert!(other.run(&["say", &debate, "Là"]).unwrap().stderr.is_empty());
    assert_ne!(peer(&other), before);
    assert_eq!(peer(&awa), before);
}

#[test]
fn a_database_put_back_is_noticed() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    let before = peer(&awa);
    let saved = awa.file("saved");
    copy(&awa.data(), &saved);
    awa.made(&["say", &debate, "Ici"]).unwrap();
    for name in ["baro.db", "baro.db-wal", "baro.db-shm"] {
        let _ = std::fs::remove_file(awa.data().join(name));
        if saved.join(name).exists() {
            std::fs::copy(saved.join(name), awa.data().join(name)).unwrap();
        }
    }
    awa.made(&["say", &debate, "Là"]).unwrap();
    assert_ne!(peer(&awa), before);
}
