//! Changes that nobody honest writes: each is refused, for its own reason, and nothing panics.

use automerge::{ScalarValue, marks::ExpandMark, marks::Mark};
use proptest::prelude::*;

use super::super::chunk::{Actor, Draft};
use super::super::columns::{Elem, Op};
use super::super::gate::{MAX_OPS, MAX_TEXT_OPS};
use super::*;

const OWN: u32 = 0;

fn draft(text: &Text, ops: Vec<Op>) -> Draft {
    let deps: Vec<ChangeHash> = text.known().tips().iter().copied().collect();
    let start_op = text.changes().iter().map(|change| change.max_op).max().unwrap_or(1) + 1;
    Draft { deps, start_op, others: Vec::new(), ops }
}

fn insert(after: Option<Elem>, ch: char) -> Op {
    Op::Insert { after, ch }
}

fn refused(text: &Text, draft: &Draft) -> GateError {
    refusal(text, &draft.seal(&ID).bytes)
}

#[test]
fn only_a_plain_change_chunk() {
    let (text, changes) = text_of("hello");
    let change = &changes[0];
    let empty = Text::new(ID);
    let check = |bytes: &[u8]| refusal(&empty, bytes);

    assert_eq!(check(&text.doc.save()), GateError::ChunkType(0));
    assert_eq!(check(&chunk_as(2, &body(change))), GateError::ChunkType(2));
    assert_eq!(check(&chunk_as(3, &body(change))), GateError::ChunkType(3));
    assert_eq!(check(&[change.as_slice(), &[0]].concat()), GateError::Trailing(1));
    assert_eq!(check(&[change.as_slice(), change].concat()), GateError::Trailing(change.len()));
    assert_eq!(check(b""), GateError::Truncated);
    assert_eq!(check(b"a letter"), GateError::NotAChange);
    assert_eq!(check(&vec![0; 70_000]), GateError::TooLong(70_000));
    // Bytes after the columns: Automerge would keep them and call them extra.
    let mut extra = body(change);
    extra.push(1);
    assert_eq!(check(&chunk_of(extra)), GateError::Trailing(1));
    // The same length written in more bytes.
    let mut long = change.clone();
    long[9] |= 0x80;
    long.insert(10, 0);
    assert_eq!(check(&long), GateError::NotCanonical);
}

#[test]
fn truncated_or_damaged_anywhere() {
    let (text, mut changes) = text_of("hello");
    changes.extend(text.edit("yellow").unwrap());
    for (change, known) in changes.iter().zip([Text::new(ID), text]) {
        gate::check(&ID, change, known.known()).unwrap();
        for end in 0..change.len() {
            gate::read(&ID, &change[..end]).unwrap_err();
        }
        for at in 0..change.len() {
            for bit in 0..8 {
                let mut damaged = change.clone();
                damaged[at] ^= 1 << bit;
                gate::read(&ID, &damaged).unwrap_err();
            }
        }
    }
}

#[test]
fn a_million_operations_in_a_hundred_bytes() {
    let empty = Text::new(ID);
    let header = |columns: &[u8]| {
        let sealed = draft(&empty, vec![insert(None, 'a')]).seal(&ID).bytes;
        let body = body(&sealed);
        // Up to where the list of columns starts: deps, actor, seq, start, time, message, others.
        let columns_at = 1 + 32 + 17 + 1 + 1 + 1 + 1 + 3;
        chunk_of([&body[..columns_at], columns].concat())
    };
    // One column, actions (0x42), of a million times `set`: 1,000,000 is c0 84 3d.
    let bomb = header(&[1, 0x42, 4, 0xc0, 0x84, 0x3d, 1]);
    assert!(bomb.len() < 110);
    assert_eq!(refusal(&empty, &bomb), GateError::TooManyOps);
    // Likewise of nulls, of literals that don't follow, and of booleans.
    assert_eq!(refusal(&empty, &header(&[1, 0x42, 4, 0, 0xc0, 0x84, 0x3d])), GateError::TooManyOps);
    assert_eq!(refusal(&empty, &header(&[1, 0x42, 3, 0xc0, 0xfb, 0x42])), GateError::TooManyOps);
    // Within the limit each, over it together.
    let twice = header(&[1, 0x42, 6, 0x80, 0x18, 1, 0x80, 0x18, 3]);
    assert_eq!(refusal(&empty, &twice), GateError::TooManyOps);
    // Only one column says many: the others don't have as many rows.
    let uneven = header(&[1, 0x42, 3, 0x80, 0x18, 1]);
    assert_eq!(refusal(&empty, &uneven), GateError::ColumnLength(1));
    let compressed = header(&[1, 0x4a, 3, 0x80, 0x18, 1]);
    assert_eq!(refusal(&empty, &compressed), GateError::CompressedColumn(0x4a));
    let marks = header(&[1, 0x94, 0x01, 1, 1]);
    assert_eq!(refusal(&empty, &marks), GateError::UnknownColumn(0x94));
    assert_eq!(refusal(&empty, &header(&[2, 0x42, 0, 0x34, 0])), GateError::Columns);
    assert_eq!(refusal(&empty, &header(&[20])), GateError::Columns);

    let many: Vec<Op> = (0..=MAX_OPS).map(|_| insert(None, 'a')).collect();
    assert_eq!(refused(&empty, &draft(&empty, many)), GateError::TooManyOps);
}

#[test]
fn the_actor_is_the_changes_own() {
    let empty = Text::new(ID);
    let change = text_of("hello").1.remove(0);
    let mut foreign = body(&change);
    foreign[34] ^= 1;
    assert_eq!(refusal(&empty, &chunk_as(1, &foreign)), GateError::WrongActor);
    let elsewhere = EntryId::from_bytes([8; 16]);
    assert_eq!(gate::read(&elsewhere, &change).unwrap_err(), GateError::WrongActor);
    // An actor of another length.
    let mut short = body(&change);
    short[33] = 15;
    short.remove(34);
    assert_eq!(refusal(&empty, &chunk_as(1, &short)), GateError::ActorLength(15));
    // Two changes can't have one actor: the second's doesn't fit its content.
    let other = text_of("jello").1.remove(0);
    let mut taken = body(&other);
    taken[34..50].copy_from_slice(&body(&change)[34..50]);
    assert_eq!(refusal(&empty, &chunk_as(1, &taken)), GateError::WrongActor);
}

#[test]
fn numbers_leave_no_gap() {
    let empty = Text::new(ID);
    let change = text_of("h").1.remove(0);
    // After deps and actor: sequence number, start, time, message length.
    let with = |at: usize, bytes: &[u8]| {
        let mut body = body(&change);
        body.splice(50 + at..51 + at, bytes.iter().copied());
        chunk_of(body)
    };
    assert_eq!(refusal(&empty, &with(0, &[2])), GateError::Sequence(2));
    assert_eq!(refusal(&empty, &with(0, &[0])), GateError::Sequence(0));
    assert_eq!(refusal(&empty, &with(1, &[9])), GateError::StartOp { found: 9, expected: 2 });
    assert_eq!(refusal(&empty, &with(2, &[1])), GateError::Time(1));
    assert_eq!(refusal(&empty, &with(3, &[1, b'x'])), GateError::Message);
    let huge = with(1, &[0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(refusal(&empty, &huge), GateError::TooHigh(u64::from(u32::MAX)));
    let larger = with(1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert!(matches!(refusal(&empty, &larger), GateError::TooHigh(_)));
    let endless = with(1, &[0xff; 12]);
    assert_eq!(refusal(&empty, &endless), GateError::Number);
    let mut high = draft(&empty, vec![insert(None, 'a'), insert(None, 'b')]);
    high.start_op = MAX_TEXT_OPS;
    assert_eq!(refused(&empty, &high), GateError::TooHigh(u64::from(MAX_TEXT_OPS) + 1));
    let mut zero = draft(&empty, vec![insert(None, 'a')]);
    zero.start_op = 0;
    assert_eq!(refused(&empty, &zero), GateError::StartOp { found: 0, expected: 2 });
    zero.ops.clear();
    assert_eq!(refused(&empty, &zero), GateError::Empty);
}

#[test]
fn dependencies_are_here_and_in_order() {
    let (text, _) = text_of("hello");
    let head = text.heads()[0];
    let unknown = ChangeHash::from_bytes([9; 32]);
    let with = |deps: Vec<ChangeHash>| {
        let mut draft = draft(&text, vec![insert(None, 'a')]);
        draft.deps = deps;
        refused(&text, &draft)
    };
    assert_eq!(with(vec![unknown]), GateError::MissingDependencies(vec![unknown]));
    assert_eq!(with(vec![head, head]), GateError::DependenciesUnsorted);
    let mut both = vec![head, unknown];
    both.sort();
    assert_eq!(with(both.clone()), GateError::MissingDependencies(vec![unknown]));
    both.reverse();
    assert_eq!(with(both), GateError::DependenciesUnsorted);
    assert_eq!(with(vec![]), GateError::NoDependency);
    let many: Vec<ChangeHash> = (0..300u16)
        .map(|i| {
            let mut hash = [0; 32];
            hash[..2].copy_from_slice(&i.to_be_bytes());
            ChangeHash::from_bytes(hash)
        })
        .collect();
    assert_eq!(with(many), GateError::TooManyDependencies(300));
    // An honest change on top of one head doesn't fit on top of less.
    assert_eq!(with(vec![GENESIS_HASH]), GateError::StartOp { found: 7, expected: 2 });
    assert_eq!(refused(&text, &draft(&text, vec![])), GateError::Empty);
}

#[test]
fn characters_are_named_only_where_they_are() {
    let (text, _) = text_of("hello");
    let writer = text.known().nodes().next().unwrap().actor.unwrap();
    let with =
        |others: Vec<Actor>, ops: Vec<Op>| refused(&text, &Draft { others, ..draft(&text, ops) });
    let theirs = |counter| Elem { counter, actor: 2 };
    let after = |elem| vec![insert(Some(elem), 'x')];
    let gone = |elem| vec![Op::Delete { target: elem }];
    // The text has operations 2 to 6.
    for counter in [0, 1, 7, 65_000] {
        assert_eq!(with(vec![writer], after(theirs(counter))), GateError::Reference(0));
        assert_eq!(with(vec![writer], gone(theirs(counter))), GateError::Reference(0));
    }
    // The genesis inserted nothing; there is no actor 3; its own operations come later.
    let genesis = Elem { counter: 1, actor: 1 };
    assert_eq!(with(vec![], after(genesis)), GateError::Reference(0));
    assert_eq!(with(vec![writer], after(Elem { counter: 2, actor: 3 })), GateError::Reference(0));
    assert_eq!(with(vec![], after(Elem { counter: 7, actor: OWN })), GateError::Reference(0));
    assert_eq!(with(vec![], after(Elem { counter: 6, actor: OWN })), GateError::Reference(0));
    // An actor that nobody knows, one listed for nothing, one listed twice.
    let nobody = Actor([3; 16]);
    assert_eq!(with(vec![nobody], after(theirs(2))), GateError::Reference(0));
    assert_eq!(with(vec![writer], vec![insert(None, 'x')]), GateError::OtherActors);
    assert_eq!(with(vec![writer, writer], after(theirs(2))), GateError::OtherActors);
    // A deletion is no character; nothing is deleted twice.
    let delete = Op::Delete { target: theirs(2) };
    let deletion = Elem { counter: 7, actor: OWN };
    let ops = vec![delete, insert(Some(deletion), 'x')];
    assert_eq!(with(vec![writer], ops), GateError::Reference(1));
    assert_eq!(with(vec![writer], vec![delete, delete]), GateError::DeletedTwice(1));

    // A concurrent change is here, but not in what this one depends on.
    let base = text_of("hello").0;
    let aside = base.edit("hello!").unwrap().remove(0);
    let mut with_aside = base.clone();
    with_aside.add(&aside).unwrap();
    let aside_actor = with_aside.known().nodes().last().unwrap().actor.unwrap();
    let mut apart = draft(&base, after(theirs(7)));
    apart.others = vec![aside_actor];
    assert_eq!(refused(&with_aside, &apart), GateError::Reference(0));
    // On top of it, it is.
    let mut on_top = draft(&with_aside, after(theirs(7)));
    on_top.others = vec![aside_actor];
    gate::check(&ID, &on_top.seal(&ID).bytes, with_aside.known()).unwrap();
}

#[test]
fn nothing_but_characters() {
    let (text, _) = text_of("hello");
    let refused = |work: &dyn Fn(&mut automerge::transaction::Transaction<'_>, &ObjId)| {
        refusal(&text, &by_automerge(&text, work))
    };
    let map = refused(&|transaction, _| transaction.put(ROOT, "a", 1).unwrap());
    assert!(matches!(map, GateError::UnknownColumn(_) | GateError::OtherActors), "{map:?}");
    let replaced = refused(&|transaction, _| {
        transaction.put_object(ROOT, "text", ObjType::Text).unwrap();
    });
    assert!(matches!(replaced, GateError::UnknownColumn(_)), "{replaced:?}");
    let mark = refused(&|transaction, object| {
        let mark = Mark::new("bold".to_string(), true, 0, 2);
        transaction.mark(object, mark, ExpandMark::After).unwrap();
    });
    assert!(matches!(mark, GateError::UnknownColumn(_)), "{mark:?}");
    let block = refused(&|transaction, object| {
        transaction.split_block(object, 0).unwrap();
    });
    assert!(matches!(block, GateError::Operation(_) | GateError::ColumnLength(_)), "{block:?}");
    let number = refused(&|transaction, object| transaction.insert(object, 0, 5).unwrap());
    assert_eq!(number, GateError::Operation(0));
    let counter = ScalarValue::counter(1);
    let counter =
        refused(&|transaction, object| transaction.insert(object, 0, counter.clone()).unwrap());
    assert_eq!(counter, GateError::Operation(0));
    let word = refused(&|transaction, object| transaction.insert(object, 0, "two").unwrap());
    assert_eq!(word, GateError::Operation(0));
    let put = refused(&|transaction, object| transaction.put(object, 0, "j").unwrap());
    assert!(matches!(put, GateError::Operation(_) | GateError::ColumnLength(_)), "{put:?}");
}

#[test]
fn what_is_refused_is_told_and_leaves_the_text_as_it_was() {
    let (mut text, _) = text_of("hello");
    assert_eq!(text.add(b"not a change").unwrap(), Added::Refused(GateError::NotAChange));
    let orphan = refused_reference(&text);
    assert_eq!(text.add(&orphan).unwrap(), Added::Refused(GateError::Reference(0)));
    assert_eq!(text.refused().len(), 2);
    assert_eq!(text.content().unwrap(), "hello");
    save(&mut text, "hello again");
}

fn refused_reference(text: &Text) -> Vec<u8> {
    let writer = text.known().nodes().next().unwrap().actor.unwrap();
    let op = insert(Some(Elem { counter: 60, actor: 2 }), 'x');
    Draft { others: vec![writer], ..draft(text, vec![op]) }.seal(&ID).bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    /// Damaged changes with the right actor and checksum. Most are refused; whatever passes,
    /// Automerge takes, saves, loads and gives back.
    #[test]
    fn whatever_passes_is_safe(
        which in 0usize..3,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..4),
    ) {
        let (mut text, changes) = text_of("hello");
        let edits = [changes[0].clone(), text.edit("yellow").unwrap()[0].clone()];
        let edits = [edits[0].clone(), edits[1].clone(), text.edit("help").unwrap()[0].clone()];
        let mut bytes = body(&edits[which]);
        for (at, byte, kind) in damage {
            // Behind the dependencies and the actor, so that there is something left to pass.
            let at = 50 + at.index(bytes.len() - 50);
            match kind {
                0 => bytes[at] = byte,
                1 => bytes[at] = bytes[at].wrapping_add(byte % 5).wrapping_sub(2),
                2 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        let change = chunk_of(bytes);
        if let Added::Taken(_) = text.add(&change).unwrap() {
            let loaded = Automerge::load(&text.doc.save()).unwrap();
            let back = loaded.get_changes(&[]);
            prop_assert!(back.iter().any(|back| back.raw_bytes() == change));
            save(&mut text, "still writable");
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = gate::read(&ID, &bytes);
        let mut body = vec![1];
        body.extend_from_slice(GENESIS_HASH.as_bytes());
        body.push(16);
        body.extend_from_slice(&[0; 16]);
        body.extend_from_slice(&[1, 2, 0, 0, 1, 1, 0]);
        body.extend_from_slice(&bytes);
        let _ = gate::read(&ID, &chunk_of(body));
    }
}
