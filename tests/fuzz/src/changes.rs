//! Changes of texts: the gate before Automerge, and Automerge behind it.
//!
//! Each step is a change: any bytes, or any body under the right checksum and with the actor that
//! follows from it, or an edit of the text as it stands. Nothing that the gate takes may fail in
//! Automerge, and the order of arrival may not show.

use std::sync::LazyLock;

use baro_crdt::ids::EntryId;
use baro_crdt::text::{Added, Splice, Text, gate};
use sha2::{Digest, Sha256};

use crate::input;

const ID: EntryId = EntryId::from_bytes([7; 16]);
/// The most bytes of all changes of one input: what is looked for here needs few.
const BYTES_MAX: usize = 32 * 1024;

fn write_unsigned(bytes: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).expect("seven bits"));
}

/// A chunk of this body, with the actor and the checksum that belong to it.
fn chunk_of(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    let deps = body.first().copied().unwrap_or_default();
    let actor_at = 1 + 32 * usize::from(deps) + 1;
    if deps < 0x80 && body.len() >= actor_at + 16 {
        body[actor_at..actor_at + 16].fill(0);
        let mut hasher = blake3::Hasher::new_derive_key("baro text actor 1");
        hasher.update(ID.as_bytes()).update(&body);
        hasher.finalize_xof().fill(&mut body[actor_at..actor_at + 16]);
    }
    let mut head = vec![1];
    write_unsigned(&mut head, body.len());
    let hash = Sha256::new().chain_update(&head).chain_update(&body).finalize();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &head, &body].concat()
}

/// The body of a change written by the project.
fn body_of(change: &[u8]) -> &[u8] {
    let length = change.iter().skip(9).take_while(|byte| **byte & 0x80 != 0).count() + 1;
    &change[9 + length..]
}

/// A text with something in it.
static BEGUN: LazyLock<Text> = LazyLock::new(|| {
    let mut text = Text::new(ID);
    for words in ["Two wells, one road.", "Two wells and a road."] {
        for change in text.edit(words).expect("a short edit") {
            assert!(matches!(text.add(&change), Ok(Added::Taken(_))));
        }
    }
    text
});

fn begun() -> Text {
    BEGUN.clone()
}

/// An edit of the text as it stands: where, how much goes, and what comes.
fn edit(text: &Text, arg: u8, bytes: &[u8]) -> Vec<Vec<u8>> {
    let (at, inserted) = bytes.split_first().unwrap_or((&0, &[]));
    let position = usize::from(*at).min(text.length());
    let deleted = usize::from(arg).min(text.length() - position);
    let inserted = String::from_utf8_lossy(inserted);
    let splice = Splice { position, deleted, inserted: &inserted };
    text.edit_splices(&[splice]).unwrap_or_default()
}

fn assert_whole(text: &Text) {
    let content = text.content().expect("a text behind the gate can be read");
    assert_eq!(content.chars().count(), text.length());
}

/// One input.
pub fn run(data: &[u8]) {
    let mut text = begun();
    let mut came = Vec::new();
    let mut bytes = 0;
    for step in input::steps(data) {
        let changes = match step.op % 4 {
            0 | 1 => vec![chunk_of(step.bytes)],
            2 => vec![step.bytes.to_vec()],
            _ => edit(&text, step.arg, step.bytes),
        };
        for change in changes {
            bytes += change.len();
            if bytes > BYTES_MAX {
                break;
            }
            if let Ok(read) = gate::read(&ID, &change) {
                assert_eq!(read.bytes(), change);
            }
            let added = text.add(&change).expect("what passes the gate is taken by Automerge");
            if step.op % 4 == 3 {
                assert!(!matches!(added, Added::Refused(_)), "an own edit: {added:?}");
            }
            came.push(change);
        }
    }
    assert_whole(&text);
    let mut other = begun();
    other.add_all(came.iter().rev().map(Vec::as_slice)).expect("the same behind the gate");
    assert_whole(&other);
    assert_eq!(text.content(), other.content(), "the order of arrival shows");
    assert_eq!(text.heads(), other.heads());
    assert_eq!(text.missing(), other.missing());
    assert_eq!(text.waiting(), other.waiting());
}

/// Changes of several editors, as bodies, as they are, and as edits.
pub fn seeds() -> Vec<Vec<u8>> {
    let text = begun();
    let mut there = begun();
    let mut changes = Vec::new();
    for words in ["Three wells and a road.", "Three wells. ɛ ɔ 🌍"] {
        for change in there.edit(words).expect("a short edit") {
            there.add(&change).expect("an own edit");
            changes.push(change);
        }
    }
    changes.extend(text.edit("A road.").expect("a short edit"));
    there.add_all(changes.iter().map(Vec::as_slice)).expect("own edits");
    // One that builds on both heads.
    changes.extend(there.edit("Roads!").expect("a short edit"));
    let mut seeds: Vec<_> =
        [0, 2]
            .into_iter()
            .map(|op| {
                input::write(changes.iter().map(|change| {
                    (op, 0, if op == 0 { body_of(change) } else { change.as_slice() })
                }))
            })
            .collect();
    seeds.extend(changes.iter().map(|change| input::write([(0, 0, body_of(change))])));
    seeds.push(input::write([
        (3, 2, &b"\x05wide"[..]),
        (3, 9, b"\x00"),
        (3, 0, "\x01ɲ".as_bytes()),
    ]));
    seeds
}
