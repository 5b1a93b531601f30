//! Files that belong to words, on a stick.

use super::*;
use crate::bundle::tests::blobs::{add, media, speaking};
use crate::replica::{BlobChange, LocalChange};
use baro_crdt::ids::BlobHash;

#[test]
fn a_voice_note_and_a_film_travel_with_the_stick_and_only_once() {
    let village = Village::new(1, 2);
    let folder = tempfile::tempdir().unwrap();
    let files = [(media(1, 600_000), false), (media(2, 40_000), true)];
    let mut one = Visitor::new(speaking(&village, &files), 1);
    add(&mut one.store, &media(3, 10_000));
    let put = one.visit(folder.path());
    assert!(put.bytes_put > 640_000, "{put:?}");
    let mut two = Visitor::new(village.joined(), 2);
    two.visit(folder.path());
    for (bytes, _) in &files {
        let row = two.store.blob(&BlobHash::of(bytes)).unwrap().unwrap();
        assert!(row.is_complete());
    }
    // Nobody puts or reads anything again.
    for node in [&mut one, &mut two] {
        let before = node.sections;
        let report = node.visit(folder.path());
        assert_eq!((report.bytes_put, node.sections), (0, before));
    }
    // Dropped and pinned again, it comes back from the stick.
    let hash = BlobHash::of(&files[0].0);
    for change in [BlobChange::Drop, BlobChange::Pin(true)] {
        two.take_in(vec![Item::Local(LocalChange::Blob { hash, change })]);
    }
    assert!(two.store.blob(&hash).unwrap().unwrap().have.is_none());
    two.visit(folder.path());
    assert!(two.store.blob(&hash).unwrap().unwrap().is_complete());
}
