//! Texts between nodes: changes go ahead of the logs that hold them, each in terms of those before
//! it, and come to the same everywhere.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(feature = "full")]

mod pipe;

use baro_node::api::Request;
use baro_node::store::{MemoryStore, SqliteStore};
use pipe::{Device, digest, meet, show};

const PHRASE: &str = "Le marché de Yélimané commence à huit heures, et non à neuf. ";

/// Two devices whose owners write one text.
struct Writers {
    devices: [Device; 2],
    text: String,
    edits: usize,
}

impl Writers {
    fn begin() -> Self {
        let mut one = Device::of(Box::new(MemoryStore::new()), 1, "Awa");
        let folder = tempfile::tempdir().unwrap();
        let disk = SqliteStore::open(&folder.path().join("store")).unwrap();
        let mut other = Device::of(Box::new(disk), 2, "Ami");
        one.found("Yélimané");
        other.join(&mut one);
        let text = one.ask(Request::TextNew {
            title: "Le marché".to_owned(),
            debate: None,
            editors: "members".to_owned(),
            content: None,
        });
        let text = text["id"].as_str().unwrap().to_owned();
        meet(&mut one, &mut other);
        Self { devices: [one, other], text, edits: 0 }
    }

    /// One after the other adds a few letters in two places; every third time they meet.
    fn write(&mut self, edits: usize) {
        let phrase: Vec<char> = PHRASE.chars().collect();
        for _ in 0..edits {
            let device = &mut self.devices[self.edits % 2];
            let mut content: Vec<char> =
                show(&mut device.node, &self.text)["text"].as_str().unwrap().chars().collect();
            let letters = phrase.iter().cycle().skip(self.edits * 7).take(7);
            content.extend(letters);
            if self.edits % 5 == 4 {
                content.drain(self.edits..self.edits + 3);
            }
            let content = content.into_iter().collect();
            device.ask(Request::TextEdit { id: self.text.clone(), content, at: Vec::new() });
            self.edits += 1;
            if self.edits.is_multiple_of(3) {
                let [one, other] = &mut self.devices;
                meet(one, other);
            }
        }
        let [one, other] = &mut self.devices;
        meet(one, other);
    }

    /// Both hold the same text as `device`, and the one it met all the same.
    fn agree(&mut self, device: &mut Device, met: usize) {
        let shown = show(&mut device.node, &self.text);
        assert_eq!(shown["changes"], self.edits);
        assert_eq!(digest(&self.devices[met].node), digest(&device.node));
        for writer in &mut self.devices {
            assert_eq!(show(&mut writer.node, &self.text)["text"], shown["text"]);
        }
    }
}

#[test]
fn an_empty_node_fetches_a_text_in_few_bytes() {
    let mut writers = Writers::begin();
    writers.write(240);
    let mut fresh = Device::of(Box::new(MemoryStore::new()), 3, "Fanta");
    fresh.join(&mut writers.devices[0]);
    let bytes = meet(&mut fresh, &mut writers.devices[0]);
    writers.agree(&mut fresh, 0);
    // Their hashes alone, of 32 bytes each, would be more.
    assert!(bytes < 240 * 32, "{bytes}");
}

#[test]
fn who_has_some_of_it_fetches_the_rest_from_either() {
    let mut writers = Writers::begin();
    let mut third = Device::of(Box::new(MemoryStore::new()), 3, "Fanta");
    third.join(&mut writers.devices[0]);
    for edits in [1, 2, 25, 60] {
        writers.write(edits);
        let from = writers.edits % 2;
        meet(&mut third, &mut writers.devices[from]);
        writers.agree(&mut third, from);
    }
}
