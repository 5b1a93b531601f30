//! Several people write at once; changes come in any order, doubled, in pieces.

use proptest::prelude::*;

use super::*;

/// What an editor does: puts words somewhere, or takes some out, or hears from another.
#[derive(Clone, Debug)]
enum Step {
    Write { editor: usize, position: usize, deleted: usize, inserted: String },
    Hear { editor: usize, from: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0usize..3, 0usize..40, 0usize..5, "[a-zɛɔ ]{0,6}").prop_map(
            |(editor, position, deleted, inserted)| Step::Write {
                editor, position, deleted, inserted
            }
        ),
        1 => (0usize..3, 0usize..3).prop_map(|(editor, from)| Step::Hear { editor, from }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_order_any_doubling_any_split_gives_the_same(
        steps in proptest::collection::vec(step(), 1..40),
        order in any::<u64>(),
        split in 1usize..7,
    ) {
        let mut editors = [Text::new(ID), Text::new(ID), Text::new(ID)];
        let mut held: Vec<Vec<Vec<u8>>> = vec![Vec::new(); 3];
        for step in steps {
            match step {
                Step::Write { editor, position, deleted, inserted } => {
                    let length = editors[editor].length();
                    let position = position.min(length);
                    let splice = Splice {
                        position,
                        deleted: deleted.min(length - position),
                        inserted: &inserted,
                    };
                    for change in editors[editor].edit_splices(&[splice]).unwrap() {
                        let added = editors[editor].add(&change).unwrap();
                        prop_assert!(matches!(added, Added::Taken(_) | Added::AlreadyHere));
                        held[editor].push(change);
                    }
                }
                Step::Hear { editor, from } => {
                    let theirs = held[from].clone();
                    editors[editor].add_all(theirs.iter().map(Vec::as_slice)).unwrap();
                    held[editor].extend(theirs);
                }
            }
        }
        // Everything, with duplicates, in order of writing and in another.
        let all: Vec<Vec<u8>> = held.concat();
        let ordered = Text::build(ID, all.iter().map(Vec::as_slice)).unwrap();
        let mut shuffled = all.clone();
        let mut seed = order | 1;
        for i in (1..shuffled.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(i, (seed >> 33) as usize % (i + 1));
        }
        let mut other = Text::new(ID);
        for part in shuffled.chunks(split) {
            other.add_all(part.iter().map(Vec::as_slice)).unwrap();
        }
        prop_assert_eq!(other.content().unwrap(), ordered.content().unwrap());
        prop_assert_eq!(other.heads(), ordered.heads());
        prop_assert_eq!(other.changes(), ordered.changes());
        prop_assert_eq!(other.spans(), ordered.spans());
        prop_assert!(other.refused().is_empty() && other.missing().is_empty());

        // The closures that Known finds are those that a plain walk finds.
        let deps: BTreeMap<ChangeHash, Vec<ChangeHash>> =
            ordered.changes().into_iter().map(|change| (change.hash, change.deps)).collect();
        for hash in deps.keys() {
            let mut walk = BTreeSet::new();
            let mut stack = vec![*hash];
            while let Some(next) = stack.pop() {
                if walk.insert(next) {
                    stack.extend(&deps[&next]);
                }
            }
            prop_assert_eq!(other.known().closure([hash]), walk);
        }
        // An earlier version is what a text of its closure alone says.
        if let Some(hash) = deps.keys().next() {
            let closure = ordered.known().closure([hash]);
            let part = all.iter().filter(|change| {
                closure.contains(&gate::read(&ID, change).unwrap().hash())
            });
            let alone = Text::build(ID, part.map(Vec::as_slice)).unwrap();
            prop_assert_eq!(ordered.at(&[*hash]).unwrap(), Some(alone.content().unwrap()));
        }
    }
}

#[test]
fn changes_wait_for_what_they_build_on() {
    let (mut text, mut changes) = text_of("a");
    for content in ["ab", "abc", "abcd"] {
        changes.extend(save(&mut text, content));
    }
    let hashes: Vec<ChangeHash> = text.changes().iter().map(|change| change.hash).collect();
    let mut late = Text::new(ID);
    assert_eq!(late.add(&changes[3]).unwrap(), Added::Waiting(vec![hashes[2]]));
    assert_eq!(late.add(&changes[3]).unwrap(), Added::Waiting(vec![hashes[2]]));
    assert_eq!(late.add(&changes[1]).unwrap(), Added::Waiting(vec![hashes[0]]));
    assert_eq!(late.missing(), BTreeSet::from([hashes[0], hashes[2]]));
    assert_eq!(late.waiting(), 2);
    assert_eq!(late.add(&changes[0]).unwrap(), Added::Taken(hashes[..2].to_vec()));
    assert_eq!(late.add(&changes[0]).unwrap(), Added::AlreadyHere);
    assert_eq!(late.content().unwrap(), "ab");
    assert_eq!(late.add(&changes[2]).unwrap(), Added::Taken(hashes[2..].to_vec()));
    assert_eq!(late.content().unwrap(), "abcd");
    assert!(late.missing().is_empty() && late.waiting() == 0);
}

#[test]
fn two_at_the_same_place_keep_both() {
    let base = text_of("mil").0;
    let insert = |word| {
        let splice = Splice { position: 3, deleted: 0, inserted: word };
        base.edit_splices(&[splice]).unwrap().remove(0)
    };
    let (one, two) = (insert(" and rice"), insert(" and salt"));
    let mut a = base.clone();
    a.add(&one).unwrap();
    a.add(&two).unwrap();
    let mut b = base.clone();
    b.add(&two).unwrap();
    b.add(&one).unwrap();
    assert_eq!(a.content().unwrap(), b.content().unwrap());
    assert!(a.content().unwrap().contains(" and rice"));
    assert!(a.content().unwrap().contains(" and salt"));
    // Both delete the same: it is gone once, and nothing else.
    let mut c = base.clone();
    let delete = base.edit("m").unwrap().remove(0);
    let other = base.edit("i").unwrap().remove(0);
    c.add_all([delete.as_slice(), other.as_slice()]).unwrap();
    assert_eq!(c.content().unwrap(), "");
}

#[test]
fn an_edit_of_an_earlier_version_keeps_what_came_since() {
    let (mut text, _) = text_of("The well is dry.");
    let opened = text.heads();
    save(&mut text, "The old well is dry, says Awa.");
    let late = text.edit_at(&opened, "The well is dry and deep.").unwrap();
    assert_eq!(late.len(), 1);
    text.add(&late[0]).unwrap();
    let content = text.content().unwrap();
    assert!(content.starts_with("The old well is dry"), "{content}");
    assert!(content.contains("says Awa") && content.contains(" and deep"), "{content}");
    assert!(text.edit_at(&[], "").unwrap().is_empty());
    let unknown = [ChangeHash::from_bytes([5; 32])];
    assert_eq!(text.edit_at(&unknown, "x"), Err(EditError::UnknownVersion));
}
