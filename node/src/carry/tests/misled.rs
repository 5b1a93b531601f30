//! Sticks with files that do not say what is so.

use super::*;
use crate::bundle::{BundleName, Contents, write_index};

/// Puts an index beside the only bundle that tells of what `liar` holds.
fn lie(stick: &Path, liar: &MemoryStore) {
    let bundle = files(stick, ".baro").pop().unwrap();
    let mut contents = Contents::default();
    let (bytes, _) = crate::bundle::tests::bundle(liar, None);
    let mut sections = bytes.as_slice();
    let mut sections = crate::bundle::Sections::new(&mut sections);
    let mut ends = Vec::new();
    while let Some(found) = sections.read_next().unwrap() {
        if let crate::bundle::Found::Section { frame, .. } = found {
            contents.add(&frame);
        }
    }
    for community in liar.communities().unwrap() {
        for row in liar.logs(&community.id).unwrap() {
            ends.push((row.id, row.cursor.length, row.cursor.chain));
        }
    }
    contents.ends(&ends);
    let hex = bundle.file_stem().unwrap().to_str().unwrap().as_bytes().to_vec();
    let name = data_encoding::HEXLOWER.decode(&hex).unwrap();
    let name = BundleName(name.try_into().unwrap());
    let bytes = fs::metadata(&bundle).unwrap().len();
    let mut index = Vec::new();
    write_index(&contents, (name, bytes), [7; 16], &mut index).unwrap();
    fs::write(bundle.with_extension("index"), index).unwrap();
}

#[test]
fn an_index_that_tells_more_than_its_bundle_holds_is_found_out() {
    let village = Village::new(1, 5);
    let stick = tempfile::tempdir().unwrap();
    let rich = village.debating(40, 1);
    Visitor::new(village.debating(1, 2), 1).visit(stick.path());
    lie(stick.path(), &rich);
    // Whoever believed it would put nothing.
    let mut honest = Visitor::new(rich, 2);
    let report = honest.visit(stick.path());
    assert!(report.items_put > 40, "{report:?}");
    let mut other = Visitor::new(village.joined(), 3);
    other.visit(stick.path());
    assert_eq!(digest_of(&honest.store, &village), digest_of(&other.store, &village));
}

#[test]
fn words_that_an_index_passes_over_are_found_out() {
    let village = Village::new(1, 1);
    let stick = tempfile::tempdir().unwrap();
    let whole = village.debating(6, 1);
    // The same entries without their words.
    let mut poor = Visitor::new(village.joined(), 1);
    for row in whole.logs(&village.id()).unwrap() {
        let mut item = None;
        if let Some(head) = whole.heads(row.number).unwrap().pop() {
            item = Some(Item::Log(crate::replica::LogItem {
                header: row.header.clone(),
                from: 0,
                base: row.id.start(),
                entries: whole.entries(row.number, 0..head.head.length).unwrap(),
                signature: head.signature,
                payloads: Vec::new(),
            }));
        }
        poor.take_in(vec![Item::Record(village.grant.clone()), item.unwrap()]);
    }
    assert_eq!(poor.store.wanted(&village.id()).unwrap().len(), 7);
    poor.visit(stick.path());
    // Told, they are given.
    let mut rich = Visitor::new(village.debating(6, 1), 2);
    let report = rich.visit(stick.path());
    assert_eq!((report.items_put, report.bundles_put), (7, 1));
    poor.visit(stick.path());
    assert!(poor.store.wanted(&village.id()).unwrap().is_empty());
    assert_eq!(rich.visit(stick.path()).bundles_put, 0);

    // Passed over, they are given too.
    let stick = tempfile::tempdir().unwrap();
    let mut poor = Visitor::new(village.joined(), 4);
    poor.take_in(vec![Item::Record(village.grant.clone())]);
    for row in whole.logs(&village.id()).unwrap() {
        let head = whole.heads(row.number).unwrap().pop().unwrap();
        poor.take_in(vec![Item::Log(crate::replica::LogItem {
            header: row.header.clone(),
            from: 0,
            base: row.id.start(),
            entries: whole.entries(row.number, 0..head.head.length).unwrap(),
            signature: head.signature,
            payloads: Vec::new(),
        })]);
    }
    poor.visit(stick.path());
    lie(stick.path(), &whole);
    let mut rich = Visitor::new(village.debating(6, 1), 5);
    rich.visit(stick.path());
    poor.visit(stick.path());
    assert!(poor.store.wanted(&village.id()).unwrap().is_empty());
}

#[test]
fn an_index_that_is_damaged_or_of_another_bundle_counts_as_none() {
    let village = Village::new(1, 3);
    let stick = tempfile::tempdir().unwrap();
    let mut one = Visitor::new(village.debating(9, 1), 1);
    let first = one.visit(stick.path());
    let index = files(stick.path(), ".index").pop().unwrap();
    let mut bytes = fs::read(&index).unwrap();
    bytes[60] ^= 1;
    fs::write(&index, &bytes).unwrap();
    // All is put again, and what was there, known to be here, goes.
    let again = one.visit(stick.path());
    assert_eq!(
        (again.items_put, again.bundles_put, again.bundles_replaced),
        (first.items_put, 1, 1)
    );
    assert_eq!(files(stick.path(), ".baro").len(), 1);
    assert_eq!(one.visit(stick.path()).bundles_put, 0);
}
