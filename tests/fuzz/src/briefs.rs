//! Changes of a text as one side tells them, each in terms of those before it.
//!
//! Any bytes are read or refused within the bounds, and what comes out as a change that the gate's
//! reader takes can be told again and is made again byte for byte.

use baro_crdt::ids::EntryId;
use baro_crdt::text::Text;
use baro_crdt::text::brief::{Brief, Hearing, MAX_TOLD, Telling};

use crate::input;

const BYTES_MAX: usize = 64 * 1024;

fn text() -> EntryId {
    EntryId::from_bytes([7; 16])
}

/// One input: parts, of each the form, and of how many of its last bytes the characters are.
pub fn run(data: &[u8]) {
    let (mut heard, mut came) = (Hearing::default(), Vec::new());
    for step in input::steps(data) {
        let at = step.bytes.len().saturating_sub(usize::from(step.arg));
        let (shape, words) = step.bytes.split_at(at);
        let brief = Brief { shape: shape.to_vec(), words: words.to_vec() };
        let before = heard.count();
        let Ok(changes) = heard.hear(&text(), &brief, BYTES_MAX) else { break };
        assert!(changes.iter().map(Vec::len).sum::<usize>() <= BYTES_MAX);
        assert!(heard.count() == before + changes.len() && heard.count() <= MAX_TOLD);
        came.extend(changes);
    }
    let (mut telling, mut hearing) = (Telling::default(), Hearing::default());
    came.retain(|change| telling.tell(&text(), change).is_some());
    let bytes = came.iter().map(Vec::len).sum();
    assert_eq!(hearing.hear(&text(), &telling.take(), bytes).as_ref(), Ok(&came));
}

/// Changes of two editors, told at once and one by one.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut texts = [Text::new(text()), Text::new(text())];
    let mut changes = Vec::new();
    let edits =
        [(0, "Three wells."), (1, "A road."), (0, "Three wells and a road. ɛ 🌍"), (1, "wells")];
    for (who, words) in edits {
        for change in texts[who].edit(words).expect("a short edit") {
            texts.iter_mut().for_each(|text| drop(text.add(&change).expect("an own edit")));
            changes.push(change);
        }
    }
    let mut seeds = Vec::new();
    for at_once in [1, 2, changes.len()] {
        let mut telling = Telling::default();
        let mut parts = Vec::new();
        for part in changes.chunks(at_once) {
            part.iter().for_each(|change| drop(telling.tell(&text(), change)));
            parts.push(telling.take());
        }
        let bytes: Vec<(u8, Vec<u8>)> = parts
            .iter()
            .map(|part| {
                let words = u8::try_from(part.words.len()).expect("few characters");
                (words, [part.shape.as_slice(), &part.words].concat())
            })
            .collect();
        seeds.push(input::write(bytes.iter().map(|(words, part)| (0, *words, part.as_slice()))));
    }
    seeds
}
