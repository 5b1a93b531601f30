//! Bundles between data folders: both ways, beside a running node, damaged and foreign ones.

use std::fs;

use baro_tests::Device;
use baro_tests::villages::carry;

/// Awa with a debate, and Moussa who has joined and knows nothing yet.
fn two() -> (Device, Device, String) {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    for place in ["Ici", "Derrière l'école", "Au bord du fleuve"] {
        awa.made(&["say", &debate, place]).unwrap();
    }
    let moussa = Device::of("Moussa").unwrap();
    moussa.join(&awa).unwrap();
    (awa, moussa, debate)
}

#[test]
fn bundles_both_ways_make_two_folders_equal() {
    let (awa, moussa, debate) = two();
    carry(&awa, &moussa).unwrap();
    moussa.made(&["say", &debate, "Près du marché"]).unwrap();
    // Awa's node runs meanwhile: it gives and takes like one at rest.
    let _node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    carry(&moussa, &awa).unwrap();
    carry(&awa, &moussa).unwrap();
    assert_eq!(awa.digest().unwrap(), moussa.digest().unwrap());
    assert_eq!(awa.said(&debate).unwrap(), moussa.said(&debate).unwrap());
    assert_eq!(awa.said(&debate).unwrap().len(), 4);

    let (digest, bundle) = (moussa.file("again.digest"), awa.file("again.baro"));
    let (digest, bundle) = (digest.to_str().unwrap(), bundle.to_str().unwrap());
    moussa.json(&["bundle", "digest", digest]).unwrap();
    let written = awa.json(&["bundle", "export", bundle, "--for", digest]).unwrap();
    assert_eq!(written["items"], 0);
}

#[test]
fn a_torn_bundle_gives_what_is_intact_and_another_the_rest() {
    let (awa, moussa, debate) = two();
    let path = awa.file("all.baro");
    let bundle = path.to_str().unwrap();
    awa.json(&["bundle", "export", bundle]).unwrap();
    let whole = fs::read(&path).unwrap();

    fs::write(&path, &whole[..whole.len() * 2 / 3]).unwrap();
    let torn = moussa.json(&["bundle", "import", bundle]).unwrap();
    assert_eq!(torn["sections_damaged"], 1);
    assert_eq!(torn["items_refused"], 0);
    fs::write(&path, &whole).unwrap();
    let rest = moussa.json(&["bundle", "import", bundle]).unwrap();
    assert_eq!((&rest["sections_damaged"], &rest["items_refused"]), (&0.into(), &0.into()));
    assert!(rest["items_new"].as_u64().unwrap() > 0);
    assert_eq!(moussa.said(&debate).unwrap().len(), 3);
}

#[test]
fn what_is_no_bundle_or_nobodys_is_refused_in_words() {
    let (awa, moussa, _) = two();
    let path = |name: &str| awa.file(name).to_str().unwrap().to_owned();
    let (bundle, digest, other) = (path("all.baro"), path("mine.digest"), path("other"));
    awa.json(&["bundle", "export", &bundle]).unwrap();
    awa.json(&["bundle", "digest", &digest]).unwrap();
    let refused = |args: &[&str], words: &str| {
        let refused = moussa.refused(args).unwrap();
        assert_eq!(refused.code, Some(1));
        assert!(refused.words.contains(words), "{}", refused.words);
    };
    for bytes in [b"".as_slice(), b"PK\x03\x04 a zip file", &[7; 10_000]] {
        fs::write(&other, bytes).unwrap();
        refused(&["bundle", "import", &other], "no bundle");
    }
    refused(&["bundle", "import", &digest], "a digest and no bundle");
    refused(&["bundle", "export", &other, "--for", &bundle], "a bundle and no digest");
    let mut damaged = fs::read(&digest).unwrap();
    damaged[60] ^= 1;
    fs::write(&digest, damaged).unwrap();
    refused(&["bundle", "export", &other, "--for", &digest], "digest file is damaged");
    assert_eq!(fs::read(&other).unwrap(), [7; 10_000], "what was there stays");

    let stranger = Device::of("Cheick").unwrap();
    let refused = stranger.refused(&["bundle", "import", &bundle]).unwrap();
    assert!(refused.words.contains("a community that nobody here has joined"));
}
