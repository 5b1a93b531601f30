//! Founders whose keys are on three devices: they begin a community together, and answer a stolen
//! manager's phone together, by files and texts that go from hand to hand.

use baro_tests::{Device, Running};
use serde_json::Value;

/// The words of what is proposed or signed, in one line.
fn words(act: &Value) -> String {
    let words = act["words"].as_array().unwrap().iter();
    words.map(|one| one.as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

/// A file beside the devices, that people hand on.
fn handed(name: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name).to_str().unwrap().to_owned();
    (folder, path)
}

fn sync(device: &Device, node: &Running) {
    device.json(&["sync", node.address("tcp").unwrap()]).unwrap();
}

fn roles(device: &Device, name: &str) -> Vec<Value> {
    let members = device.json(&["members"]).unwrap();
    let of = members.as_array().unwrap().iter().filter(|one| one["name"] == name);
    of.flat_map(|one| one["roles"].as_array().unwrap().clone()).collect()
}

#[test]
fn founders_on_three_devices_begin_together_and_two_of_them_replace_a_stolen_manager() {
    let [awa, fanta, moussa] = ["Awa", "Fanta", "Moussa"].map(|name| Device::of(name).unwrap());
    let (_folder, file) = handed("sadiola.act");
    let key = |device: &Device| {
        device.json(&["community", "key"]).unwrap()["key"].as_str().unwrap().to_owned()
    };
    let (second, third) = (key(&fanta), key(&moussa));
    let create = ["community", "create", "Sadiola", "--threshold", "2", "--propose", &file];
    let keys = ["--founder-key", &second, "--founder-key", &third];
    let proposed = awa.json(&[&create[..], &keys[..]].concat()).unwrap();
    assert!(words(&proposed).contains("with 3 founders, of whom 2 together"), "{proposed}");
    assert_eq!(awa.json(&["community", "list"]).unwrap(), serde_json::json!([]), "nothing yet");
    // Each signs on their own device; nothing is there before the last of them.
    let bakary = Device::of("Bakary").unwrap();
    assert!(bakary.refused(&["cosign", &file]).unwrap().words.contains("keys are not on this"));
    assert_eq!(fanta.json(&["cosign", &file]).unwrap()["entered"], false);
    let again = fanta.refused(&["cosign", &file]).unwrap();
    assert!(again.words.contains("Fanta has signed it already"), "{}", again.words);
    for device in [&moussa, &awa, &fanta] {
        assert_eq!(device.json(&["cosign", &file]).unwrap()["entered"], true);
    }
    assert!(awa.refused(&["cosign", &file]).unwrap().words.contains("entered here already"));
    let node = moussa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let all = || {
        for device in [&awa, &fanta, &bakary, &awa, &fanta, &bakary] {
            sync(device, &node);
            assert_eq!(device.digest().unwrap(), moussa.digest().unwrap());
        }
    };
    bakary.join(&moussa).unwrap();
    all();
    assert!(roles(&bakary, "Awa").contains(&"manager".into()), "a founder holds every role");
    awa.json(&["grant", "Bakary", "manager"]).unwrap();
    let debate = awa.made(&["debate", "open", "Le puits"]).unwrap();
    all();
    bakary.made(&["say", &debate, "Vendez tout"]).unwrap();

    // Bakary's phone is gone. Awa proposes, Fanta signs; Moussa is not needed.
    let stolen = ["revoke", "Bakary", "--compromised", "--propose", &file];
    let which = awa.refused(&stolen).unwrap().words;
    assert!(which.contains("1 more of these founders") && which.contains("--with"), "{which}");
    let by_bakary = [&stolen[..], &["--with", "Bakary"]].concat();
    assert!(awa.refused(&by_bakary).unwrap().words.contains("Only founders sign this"));
    let proposed = awa.json(&[&stolen[..], &["--with", "Fanta"]].concat()).unwrap();
    assert!(words(&proposed).contains("Not yet signed by Fanta"), "{proposed}");
    assert!(roles(&awa, "Bakary").contains(&"manager".into()), "proposed is not done");
    all();

    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.trim();
    let refused = |device: &Device, what: &str| device.refused(&["cosign", what]).unwrap().words;
    assert!(refused(&bakary, text).contains("Only founders sign this"));
    assert!(refused(&moussa, text).contains("Fanta are asked for"));
    assert!(refused(&awa, text).contains("Awa has signed it already"));
    let (begin, end) = text.split_at(text.len() / 2);
    let other = if end.starts_with('a') { "b" } else { "a" };
    let mistyped = format!("{begin}{other}{}", &end[1..]);
    assert!(refused(&fanta, &mistyped).contains("Nothing was signed"));
    assert!(refused(&fanta, &text[..text.len() - 9]).contains("missing or mistyped"));
    let stranger = Device::of("Ibrahim").unwrap();
    stranger.made(&["community", "create", "Kita"]).unwrap();
    assert!(refused(&stranger, text).contains("not on this device"));

    // What it says is said before it is signed, in the language of who signs.
    let shown = fanta.run(&["--lang", "fr", "cosign", &text.to_uppercase()]).unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let (before, after) = shown.split_once("entered here").unwrap();
    assert!(before.contains("Bakary perd tous ses rôles dans Sadiola pour vol"), "{shown}");
    assert!(before.contains("Signé par Awa") && !after.contains("does not count"), "{shown}");
    assert!(refused(&fanta, text).contains("entered here already"));
    sync(&fanta, &node);
    all();
    assert!(roles(&moussa, "Bakary").is_empty() && roles(&awa, "Bakary").is_empty());
    assert!(awa.said(&debate).unwrap().is_empty(), "nothing of the stolen key stays");
    let told = moussa.json(&["members", "--history"]).unwrap();
    let deed = told["deeds"].as_array().unwrap().iter().find(|deed| deed["kind"] == "revocation");
    let deed = deed.unwrap();
    assert!(deed["counts"] == true, "{deed}");
    assert!(deed["words"].as_str().unwrap().contains("2 founders signed this together"), "{deed}");
}
