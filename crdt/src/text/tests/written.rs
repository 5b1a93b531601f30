//! What we write is what Automerge would write, and gives back.

use proptest::prelude::*;

use super::*;

#[test]
fn what_automerge_makes_passes_and_is_what_we_make() {
    let (mut text, _) = text_of("Anisɔgɔma, an ka jɛ!");
    let theirs = by_automerge(&text, |transaction, object| {
        transaction.splice_text(object, 3, 5, "ù 𐍈").unwrap();
    });
    gate::check(&ID, &theirs, text.known()).unwrap();
    let ours = text.edit_splices(&[Splice { position: 3, deleted: 5, inserted: "ù 𐍈" }]).unwrap();
    // The same operations, though Automerge may put insertions before deletions.
    text.add(&ours[0]).unwrap();
    let content = text.content().unwrap();
    let mut other = text_of("Anisɔgɔma, an ka jɛ!").0;
    assert!(matches!(other.add(&theirs).unwrap(), Added::Taken(_)));
    assert_eq!(other.content().unwrap(), content);
}

#[test]
fn automerge_saves_loads_and_gives_the_same_bytes_back() {
    let (mut text, mut changes) = text_of("one two three");
    changes.extend(save(&mut text, "one 2 three four"));
    changes.extend(save(&mut text, "three four"));
    let loaded = Automerge::load(&text.doc.save()).unwrap();
    let back: Vec<Vec<u8>> =
        loaded.get_changes(&[]).iter().skip(1).map(|change| change.raw_bytes().to_vec()).collect();
    assert_eq!(back, changes);
}

#[test]
fn nothing_changed_makes_no_change() {
    let (text, changes) = text_of("as it is");
    assert_eq!(changes.len(), 1);
    assert!(text.edit("as it is").unwrap().is_empty());
    assert!(Text::new(ID).edit("").unwrap().is_empty());
    assert_eq!(Text::new(ID).content().unwrap(), "");
}

#[test]
fn long_texts_take_several_changes_and_end_at_the_limit() {
    let long: String = (0..30_000u32).map(|i| char::from(b'a' + (i * 7 % 26) as u8)).collect();
    let (mut text, changes) = text_of(&long);
    assert_eq!(changes.len(), 8);
    assert!(changes.iter().all(|change| change.len() <= gate::MAX_CHANGE_BYTES));
    assert_eq!(text.content().unwrap(), long);
    // Every character deleted and as many written is beyond what is left.
    let other: String = long.chars().map(|c| c.to_ascii_uppercase()).collect();
    assert!(matches!(text.edit(&other), Err(EditError::Full { needed: 90_001 })));
    save(&mut text, "");
}

#[test]
fn splices_follow_each_other() {
    let (mut text, _) = text_of("0123456789");
    let splices = [
        Splice { position: 5, deleted: 0, inserted: "abc" },
        Splice { position: 8, deleted: 0, inserted: "d" },
        Splice { position: 7, deleted: 3, inserted: "" },
        Splice { position: 0, deleted: 1, inserted: "é" },
        Splice { position: 9, deleted: 0, inserted: "!" },
        Splice { position: 10, deleted: 0, inserted: "?" },
    ];
    let changes = text.edit_splices(&splices).unwrap();
    assert_eq!(changes.len(), 1);
    text.add(&changes[0]).unwrap();
    let mut expected: Vec<char> = "0123456789".chars().collect();
    for splice in &splices {
        let range = splice.position..splice.position + splice.deleted;
        expected.splice(range, splice.inserted.chars());
    }
    assert_eq!(text.content().unwrap(), expected.into_iter().collect::<String>());

    let far = [Splice { position: 13, deleted: 1, inserted: "" }];
    assert_eq!(
        text.edit_splices(&far),
        Err(EditError::OutOfRange { position: 13, length: text.length() })
    );
}

#[test]
fn more_heads_than_one_change_may_join_are_joined_first() {
    let base = text_of("base").0;
    let mut text = base.clone();
    let writers: Vec<Vec<u8>> = (0..600)
        .map(|i| {
            let word = format!("{i} ");
            base.edit_splices(&[Splice { position: 0, deleted: 0, inserted: &word }]).unwrap()
        })
        .map(|mut changes| changes.remove(0))
        .collect();
    text.add_all(writers.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(text.heads().len(), 600);
    let changes = save(&mut text, "all gone");
    assert_eq!(changes.len(), 3);
    assert_eq!(text.heads().len(), 1);
    let loaded = Automerge::load(&text.doc.save()).unwrap();
    assert_eq!(loaded.get_changes(&[]).len(), 1 + 1 + 600 + 3);
}

#[test]
fn history_tells_who_wrote_what() {
    let (mut text, first) = text_of("The well is dry.");
    let second = save(&mut text, "The deep well is dry.");
    let hash = |change: &[u8]| gate::read(&ID, change).unwrap().hash();
    let (first, second) = (hash(&first[0]), hash(&second[0]));
    assert_eq!(text.heads(), [second]);
    let changes = text.changes();
    assert_eq!(changes.iter().map(|change| change.hash).collect::<Vec<_>>(), [first, second]);
    assert_eq!((changes[0].ops, changes[0].max_op, &changes[0].deps), (16, 17, &vec![]));
    assert_eq!((changes[1].ops, changes[1].max_op, &changes[1].deps), (5, 22, &vec![first]));
    assert_eq!(text.at(&[first]).unwrap().as_deref(), Some("The well is dry."));
    assert_eq!(text.at(&[second]).unwrap().as_deref(), Some("The deep well is dry."));
    assert_eq!(text.at(&[]).unwrap().as_deref(), Some(""));
    assert_eq!(text.at(&[ChangeHash::from_bytes([9; 32])]).unwrap(), None);
    let spans = text.spans();
    assert_eq!(
        spans.iter().map(|span| span.text.as_str()).collect::<String>(),
        "The deep well is dry."
    );
    assert!(spans.iter().any(|span| span.change == second && span.text.contains("dee")));
    assert!(spans.iter().all(|span| span.change == first || span.change == second));
    assert_eq!(text.known().closure([&first]), BTreeSet::from([first]));
    assert_eq!(text.known().closure([&second]), BTreeSet::from([first, second]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Automerge's own encoder and ours agree on every change that a text needs.
    #[test]
    fn every_change_of_automerge_passes(
        edits in proptest::collection::vec((0usize..30, 0isize..6, "[aɛ𐍈 ]{0,8}"), 1..8),
    ) {
        let mut text = text_of("a first line").0;
        for (position, deleted, inserted) in edits {
            let length = text.length();
            let position = position.min(length);
            let deleted = deleted.min((length - position) as isize);
            if deleted == 0 && inserted.is_empty() {
                continue;
            }
            let change = by_automerge(&text, |transaction, object| {
                transaction.splice_text(object, position, deleted, &inserted).unwrap();
            });
            let added = text.add(&change).unwrap();
            prop_assert!(matches!(added, Added::Taken(_)), "{:?}", added);
        }
    }
}
