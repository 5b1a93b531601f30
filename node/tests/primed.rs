//! Words packed against words that both sides hold, and what happens where they do not hold the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(feature = "full")]

mod pipe;

use baro_node::api::Request;
use baro_node::store::MemoryStore;
use pipe::{Device, digest, meet};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

const WORDS: [&str; 24] = [
    "le",
    "forage",
    "de",
    "Yélimané",
    "donne",
    "trop",
    "peu",
    "d'eau",
    "pour",
    "toutes",
    "les",
    "familles",
    "du",
    "quartier",
    "et",
    "la",
    "pompe",
    "est",
    "encore",
    "cassée",
    "depuis",
    "une",
    "semaine",
    "au",
];

/// Posts of a village, or of somebody who says numbers only.
fn say(
    device: &mut Device,
    debate: &str,
    count: usize,
    rng: &mut ChaCha20Rng,
    words: bool,
) -> String {
    let mut last = String::new();
    for _ in 0..count {
        let word = |rng: &mut ChaCha20Rng| match words {
            true => WORDS[rng.next_u32() as usize % WORDS.len()].to_owned(),
            false => format!("{:08x}", rng.next_u32()),
        };
        let text = (0..12).map(|_| word(rng)).collect::<Vec<_>>().join(" ");
        let said = device.ask(Request::Say {
            debate: debate.to_owned(),
            text,
            kind: None,
            reply_to: None,
            to: None,
            attached: Vec::new(),
        });
        last = said["id"].as_str().unwrap().to_owned();
    }
    last
}

/// Two devices that hold so many posts in common, and their debate.
fn villages(common: usize, words: bool) -> ([Device; 2], String, ChaCha20Rng) {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut one = Device::of(Box::new(MemoryStore::new()), 1, "Awa");
    let mut other = Device::of(Box::new(MemoryStore::new()), 2, "Ami");
    one.found("Yélimané");
    other.join(&mut one);
    let debate = one.ask(Request::DebateOpen { title: "L'eau".to_owned(), body: None, days: None });
    let debate = debate["id"].as_str().unwrap().to_owned();
    meet(&mut one, &mut other);
    let mut devices = [one, other];
    for at in 0..common {
        say(&mut devices[at % 2], &debate, 1, &mut rng, words);
        // So that each has signed more than one head.
        if at % 4 == 3 {
            let [one, other] = &mut devices;
            meet(one, other);
        }
    }
    let [one, other] = &mut devices;
    meet(one, other);
    (devices, debate, rng)
}

fn posts(device: &mut Device, debate: &str) -> usize {
    let shown = device.ask(Request::DebateShow { id: debate.to_owned() });
    let posts = shown["posts"].as_array().unwrap();
    posts.iter().filter(|post| post["text"].as_str().is_some_and(|text| !text.is_empty())).count()
}

/// Each says something and they meet; the bytes of that.
fn talk(devices: &mut [Device; 2], debate: &str, rng: &mut ChaCha20Rng) -> usize {
    for device in devices.iter_mut() {
        say(device, debate, 20, rng, true);
    }
    let [one, other] = devices;
    let bytes = meet(one, other);
    assert_eq!(digest(&one.node), digest(&other.node));
    bytes
}

#[test]
fn what_both_hold_makes_new_words_shorter() {
    let bytes = [true, false].map(|words| {
        let (mut devices, debate, mut rng) = villages(120, words);
        let bytes = talk(&mut devices, &debate, &mut rng);
        for device in &mut devices {
            assert_eq!(posts(device, &debate), 160);
        }
        bytes
    });
    assert!(bytes[0] * 10 < bytes[1] * 9, "{bytes:?}");
}

#[test]
fn where_one_holds_other_words_all_comes_unprimed() {
    for who in [0, 1] {
        let (mut devices, debate, mut rng) = villages(120, true);
        let back = say(&mut devices[who], &debate, 1, &mut rng, true);
        let [one, other] = &mut devices;
        meet(one, other);
        // The other side does not know yet that these words were taken back.
        devices[who].ask(Request::Withdraw { entry: back });
        talk(&mut devices, &debate, &mut rng);
        for device in &mut devices {
            assert_eq!(posts(device, &debate), 160);
        }
        talk(&mut devices, &debate, &mut rng);
        for device in &mut devices {
            assert_eq!(posts(device, &debate), 200);
        }
    }
}
