//! Changes told in terms of others, and made again.
#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::text::Text;

/// Three who write into one text, now and then with what the others wrote; all changes, each
/// behind those it builds on.
fn written(steps: &[(usize, u8, bool)]) -> (EntryId, Vec<Vec<u8>>) {
    let id = EntryId::from_bytes([7; 16]);
    let mut texts = [Text::new(id), Text::new(id), Text::new(id)];
    let mut all: Vec<Vec<u8>> = Vec::new();
    for (who, what, meets) in steps {
        if *meets {
            for change in &all {
                texts[*who].add(change).unwrap();
            }
        }
        let mut chars: Vec<char> = texts[*who].content().unwrap().chars().collect();
        let at = usize::from(*what) * chars.len() / 256;
        match what % 3 {
            0 => drop(chars.splice(at..at, "Kayes, à l'aube 🌅".chars())),
            1 => drop(chars.drain(at..(at + 5).min(chars.len()))),
            _ => drop(chars.splice(at..(at + 1).min(chars.len()), "x".chars())),
        }
        let text: String = chars.into_iter().collect();
        for change in texts[*who].edit(&text).unwrap() {
            texts[*who].add(&change).unwrap();
            all.push(change);
        }
    }
    (id, all)
}

fn told(id: &EntryId, all: &[Vec<u8>], at_once: usize) -> usize {
    let (mut telling, mut hearing) = (Telling::default(), Hearing::default());
    let mut bytes = 0;
    for part in all.chunks(at_once) {
        for change in part {
            telling.tell(id, change).unwrap();
        }
        bytes += telling.len();
        assert_eq!(hearing.hear(id, &telling.take(), 1 << 20).unwrap(), part);
    }
    assert!(telling.is_empty() && hearing.count() == all.len());
    bytes
}

proptest! {
    #[test]
    fn what_was_told_is_made_again_byte_for_byte(
        steps in prop::collection::vec((0_usize..3, any::<u8>(), any::<bool>()), 1..40),
        at_once in 1_usize..10,
        from in 0_usize..10,
    ) {
        let (id, all) = written(&steps);
        told(&id, &all, at_once);
        // Where some of them are not told, others name these by what they are.
        told(&id, &all[from.min(all.len())..], at_once);
    }

    #[test]
    fn a_strangers_bytes_are_read_or_refused(
        steps in prop::collection::vec((0_usize..3, any::<u8>(), any::<bool>()), 1..10),
        shape: Vec<u8>,
        at: prop::sample::Index,
        other: u8,
    ) {
        let (id, all) = written(&steps);
        let mut telling = Telling::default();
        for change in &all {
            telling.tell(&id, change).unwrap();
        }
        let mut brief = telling.take();
        let _ = Hearing::default().hear(&id, &Brief { shape, words: brief.words.clone() }, 1 << 20);
        // A deletion in an empty text is no change.
        brief.shape.push(0);
        *at.get_mut(brief.shape.as_mut_slice()) = other;
        let _ = Hearing::default().hear(&id, &brief, 1 << 20);
    }
}

#[test]
fn a_change_told_behind_others_takes_few_bytes() {
    let (id, all) = written(&[(0, 0, true); 20]);
    let plain: usize = all.iter().map(Vec::len).sum();
    let told = told(&id, &all, 5);
    let chars = 20 * "Kayes, à l'aube 🌅".len();
    assert!(told - chars <= 32 + 20 * 9, "{told} of {plain}");
}

/// The example of `docs/protocol.md`.
#[test]
fn two_changes_are_told_as_the_book_has_it() {
    let id = EntryId::from_bytes([7; 16]);
    let mut text = Text::new(id);
    let mut telling = Telling::default();
    for content in ["ab", "abc"] {
        let change = text.edit(content).unwrap().remove(0);
        text.add(&change).unwrap();
        telling.tell(&id, &change).unwrap();
    }
    let told = telling.take();
    let genesis = "ae2d83ba49ba3da829ff7fae54ab7e399f6a1d7a62591d4431e11a3e2f483019";
    let shape = format!("0100{genesis}0200090000") + "0101000005020000";
    assert_eq!(data_encoding::HEXLOWER.encode(&told.shape), shape);
    assert_eq!(told.words, b"abc");
}

#[test]
fn there_is_an_end_to_what_is_told() {
    let (id, all) = written(&[(0, 0, true)]);
    // Deletions without an end in a few bytes each.
    let dep = [&[1, 0][..], &[9; 32], &[1, 0]].concat();
    let many = [&dep[..], &[0x82, 0x80, 0x02, 1, 0, 0]].concat();
    let hear = |shape: &[u8], bytes_max| {
        let brief = Brief { shape: shape.to_vec(), words: Vec::new() };
        Hearing::default().hear(&id, &brief, bytes_max)
    };
    assert_eq!(hear(&many, 1 << 20), Err(GateError::TooManyOps));
    let few = [&dep[..], &[0x82, 0x40, 1, 0, 0]].concat();
    assert_eq!(hear(&few, 1 << 20).unwrap().len(), 1);
    assert!(matches!(hear(&few.repeat(20), 1_000), Err(GateError::TooLong(_))));
    // One that was told a change ago, twice.
    let twice = [&few[..], &[2, 1, 1, 0, 0, 0]].concat();
    assert_eq!(hear(&twice, 1 << 20), Err(GateError::DependenciesUnsorted));
    let mut telling = Telling::default();
    assert_eq!(telling.tell(&EntryId::from_bytes([8; 16]), &all[0]), None, "of another text");
    assert_eq!(telling.tell(&id, b"no change"), None);
    assert!(telling.is_empty());
}
