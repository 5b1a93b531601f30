//! What the tests of texts share: an id, and changes made by Automerge itself or damaged by hand.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod refused;
mod together;
mod written;

use super::gate::{self, GateError};
use super::leb::{Reader, write_unsigned};
use super::*;

const ID: EntryId = EntryId::from_bytes([7; 16]);

fn text_of(content: &str) -> (Text, Vec<Vec<u8>>) {
    let mut text = Text::new(ID);
    let changes = text.edit(content).unwrap();
    text.add_all(changes.iter().map(Vec::as_slice)).unwrap();
    (text, changes)
}

fn save(text: &mut Text, content: &str) -> Vec<Vec<u8>> {
    let changes = text.edit(content).unwrap();
    for change in &changes {
        assert!(matches!(text.add(change).unwrap(), Added::Taken(_)));
    }
    assert_eq!(text.content().unwrap(), content);
    changes
}

/// A change's body, between the chunk's header and its end.
fn body(change: &[u8]) -> Vec<u8> {
    let mut reader = Reader::new(&change[9..]);
    let length = reader.count().unwrap();
    reader.take(length).unwrap().to_vec()
}

/// A chunk of this body with the actor and the checksum that belong to it, so that nothing but
/// what is wrong with the body is wrong.
fn chunk_of(mut body: Vec<u8>) -> Vec<u8> {
    let actor_at = 1 + 32 * usize::from(body[0]) + 1;
    if body.len() >= actor_at + 16 {
        body[actor_at..actor_at + 16].fill(0);
        let mut hasher = blake3::Hasher::new_derive_key("baro text actor 1");
        hasher.update(ID.as_bytes()).update(&body);
        hasher.finalize_xof().fill(&mut body[actor_at..actor_at + 16]);
    }
    chunk_as(1, &body)
}

fn chunk_as(chunk_type: u8, body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut head = vec![chunk_type];
    write_unsigned(&mut head, body.len() as u64);
    let hash = Sha256::new().chain_update(&head).chain_update(body).finalize();
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &head, body].concat()
}

/// A change that Automerge itself makes on top of a text, given the actor that belongs to it.
fn by_automerge(
    text: &Text,
    work: impl FnOnce(&mut automerge::transaction::Transaction<'_>, &ObjId),
) -> Vec<u8> {
    let mut doc = text.doc.fork();
    doc.set_actor(ActorId::from(&[0; 16][..]));
    let mut transaction = doc.transaction();
    work(&mut transaction, &text.object);
    transaction.commit_with(CommitOptions::default().with_time(0));
    let change = doc.get_last_local_change().unwrap();
    chunk_of(body(change.raw_bytes()))
}

fn refusal(text: &Text, change: &[u8]) -> GateError {
    gate::check(&ID, change, text.known()).unwrap_err()
}
