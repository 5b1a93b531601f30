//! Names, posts, edits, hidings and votes.

use baro_crdt::entry::{Body, Entry, PayloadRef};
use proptest::prelude::*;

use super::*;

fn name_row(of: u8, by: u8, name: &str, lamport: u64, id: u8) -> NameRow {
    let (community, person) = (community(of), person(by));
    NameRow { community, person, name: name.into(), lamport, entry: entry(id) }
}

fn edit_row(of: u8, target: u8, author: u8, lamport: u64, id: u8) -> EditRow {
    EditRow {
        community: community(of),
        target: entry(target),
        author: person(author),
        lamport,
        entry: entry(id),
        payload: id.is_multiple_of(2).then(|| hash(id)),
    }
}

fn hide_row(of: u8, post: u8, lamport: u64, id: u8) -> HideRow {
    HideRow {
        community: community(of),
        post: entry(post),
        by: person(id),
        lamport,
        entry: entry(id),
        reason: id.is_multiple_of(2).then(|| "insult".into()),
    }
}

fn receipt_row(of: u8, target: u8, by: u8, read: bool, lamport: u64, id: u8) -> ReceiptRow {
    ReceiptRow {
        community: community(of),
        target: entry(target),
        person: person(by),
        read,
        lamport,
        entry: entry(id),
        declared_at: WallSeconds(i64::try_from(lamport).unwrap()),
    }
}

#[test]
fn the_first_receipt_of_each_state_stands() {
    each(|store| {
        let rows = [
            receipt_row(1, 4, 3, false, 5, 2),
            receipt_row(1, 4, 3, false, 5, 1),
            receipt_row(1, 4, 3, true, 9, 3),
            receipt_row(1, 4, 2, false, 7, 4),
            receipt_row(1, 5, 3, false, 1, 5),
        ];
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]] {
            write(store, |tx| {
                tx.clear_projections(&community(1))?;
                order.iter().try_for_each(|at| tx.put_receipt(&rows[*at]))
            });
            let standing = [rows[3].clone(), rows[1].clone(), rows[2].clone()];
            assert_eq!(store.receipts(&entry(4)).unwrap(), standing);
        }
        write(store, |tx| {
            tx.put_post(&post_row(1, 4, PostFamily::Post, None, 1))?;
            tx.put_receipt(&receipt_row(2, 4, 9, false, 1, 6))
        });
        assert_eq!(store.receipts(&entry(4)).unwrap().len(), 3, "another community's");
        assert_eq!(store.receipts(&entry(77)).unwrap(), []);
    });
}

#[test]
fn questions_come_by_lamport_number_then_id() {
    each(|store| {
        let rows = [
            post_row(1, 8, PostFamily::Post, None, 5),
            post_row(1, 3, PostFamily::Post, Some(9), 5),
            post_row(1, 2, PostFamily::Post, Some(9), 7),
            post_row(2, 6, PostFamily::Post, None, 6),
        ];
        write(store, |tx| {
            rows.iter().rev().try_for_each(|row| {
                tx.put_post(row)?;
                tx.put_question(row)?;
                tx.put_question(row)
            })?;
            tx.put_post(&post_row(1, 4, PostFamily::Post, None, 1))
        });
        let ids: Vec<_> =
            store.questions(&community(1)).unwrap().into_iter().map(|row| row.id).collect();
        assert_eq!(ids, [entry(3), entry(8), entry(2)]);
    });
}

#[test]
fn posts_are_found_by_the_beginning_of_their_id() {
    each(|store| {
        let like = |last: u8, of: u8| PostRow {
            id: EntryId::from_bytes([7, 7, 7, 7, 7, 7, last, 0, 0, 0, 0, 0, 0, 0, 0, last]),
            ..post_row(of, 7, PostFamily::Post, None, 5)
        };
        let rows = [like(0xff, 1), like(0, 2), post_row(1, 8, PostFamily::Debate, None, 1)];
        write(store, |tx| rows.iter().try_for_each(|row| tx.put_post(row)));
        assert_eq!(store.posts_named(&[7; 6]).unwrap(), [rows[1].clone(), rows[0].clone()]);
        assert_eq!(store.posts_named(&[8; 6]).unwrap(), [rows[2].clone()]);
        assert_eq!(store.posts_named(&[9; 6]).unwrap(), []);
        assert_eq!(store.posts_named(&[7; 2]).unwrap(), [rows[1].clone(), rows[0].clone()]);
        assert_eq!(store.posts_named(&[7, 7, 7, 7, 7, 7, 0xff]).unwrap(), [rows[0].clone()]);
        assert_eq!(store.posts_named(rows[2].id.as_bytes()).unwrap(), [rows[2].clone()]);
        assert_eq!(store.posts_named(&[]).unwrap().len(), 3);
    });
}

#[test]
fn posts_come_by_lamport_number_then_id() {
    each(|store| {
        let rows = [
            post_row(1, 9, PostFamily::Debate, None, 1),
            post_row(1, 8, PostFamily::Post, Some(9), 5),
            post_row(1, 3, PostFamily::Post, Some(9), 7),
            post_row(1, 2, PostFamily::Post, Some(9), 7),
            post_row(1, 7, PostFamily::Answer, Some(8), 9),
            post_row(2, 6, PostFamily::Post, Some(9), 6),
        ];
        write(store, |tx| {
            // What belongs to a debate may come before it.
            rows.iter().rev().try_for_each(|row| tx.put_post(row))?;
            tx.put_post(&PostRow { lamport: 1, ..rows[2].clone() })
        });
        let ids = |rows: Vec<PostRow>| -> Vec<EntryId> { rows.iter().map(|row| row.id).collect() };
        let of_debate = [entry(8), entry(2), entry(3)];
        assert_eq!(ids(store.posts(&community(1), PostFamily::Post).unwrap()), of_debate);
        // Another community's post cannot slip into this debate.
        assert_eq!(ids(store.posts_in(&entry(9), PostFamily::Post).unwrap()), of_debate);
        assert_eq!(ids(store.posts_in(&entry(8), PostFamily::Answer).unwrap()), [entry(7)]);
        assert_eq!(store.posts_in(&entry(8), PostFamily::Post).unwrap(), []);
        for row in &rows {
            assert_eq!(store.post(&row.id).unwrap().as_ref(), Some(row));
        }
        assert_eq!(store.post(&entry(99)).unwrap(), None);
    });
}

#[test]
fn votes_count_before_and_after_their_post_is_known() {
    each(|store| {
        let votes = [
            vote_row(1, 4, 3, Choice::Agree, 9, 1),
            vote_row(1, 4, 5, Choice::Pass, 8, 2),
            vote_row(1, 4, 9, Choice::Agree, 7, 3),
        ];
        write(store, |tx| {
            votes.iter().rev().try_for_each(|row| tx.put_vote(row))?;
            tx.put_vote(&vote_row(1, 5, 3, Choice::Disagree, 9, 4))
        });
        let tally = Tally { agree: 2, disagree: 0, pass: 1 };
        assert_eq!(store.tally(&entry(4)).unwrap(), tally);
        assert_eq!(store.votes(&entry(4)).unwrap(), votes);
        write(store, |tx| tx.put_post(&post_row(1, 4, PostFamily::Post, None, 1)));
        assert_eq!(store.tally(&entry(4)).unwrap(), tally);
        // Whoever is in two communities changes nothing in one from the other.
        write(store, |tx| {
            tx.put_vote(&vote_row(2, 4, 3, Choice::Disagree, 99, 5))?;
            tx.put_edit(&edit_row(2, 4, 3, 99, 6))?;
            tx.put_hide(&hide_row(2, 4, 99, 7))
        });
        assert_eq!(store.votes(&entry(4)).unwrap(), votes);
        assert_eq!(store.tally(&entry(4)).unwrap(), tally);
        assert_eq!(store.edit(&entry(4), &person(3)).unwrap(), None);
        assert_eq!(store.hide(&entry(4)).unwrap(), None);
        assert_eq!(store.tally(&entry(77)).unwrap(), Tally::default());
    });
}

/// A community with something in every table, words included.
fn settle(tx: &mut dyn Write, of: u8) -> Result<LogNumber> {
    tx.put_community(&community_row(of))?;
    tx.put_record(&record_row(of, of))?;
    let log = log_row(of, 1, 0);
    let number = tx.add_log(&log)?;
    let body = Body::Debate { closes: None };
    let payload = Some(PayloadRef { size: 5, hash: hash(of) });
    let said = Entry { lamport_step: 0, time_step: 0, body, payload }.to_bytes();
    tx.append(number, 0, &[said, vec![0xff; 40]])?;
    tx.put_head(number, &signed_head(log.id, 2))?;
    tx.put_payload(&hash(of), b"words")?;
    let wanted = (number, hash(100 + of));
    tx.put_wanted(&WantedRow {
        community: community(of),
        log: wanted.0,
        index: 1,
        hash: wanted.1,
        size: 3,
    })?;
    tx.put_cut(&CutRow { community: community(of), log: log.id, cut: 1, proof: vec![1] })?;
    tx.put_name(&name_row(of, 1, "Awa", 1, 1))?;
    tx.put_post(&post_row(of, of, PostFamily::Debate, None, 1))?;
    tx.put_post(&post_row(of, 50 + of, PostFamily::Post, Some(of), 2))?;
    tx.put_edit(&edit_row(of, of, 1, 3, 3))?;
    tx.put_hide(&hide_row(of, of, 4, 4))?;
    tx.put_vote(&vote_row(of, of, 1, Choice::Agree, 5, 5))?;
    tx.put_question(&post_row(of, 50 + of, PostFamily::Post, Some(of), 2))?;
    tx.put_receipt(&receipt_row(of, of, 1, false, 6, 6))?;
    tx.put_local_person(&LocalPerson {
        community: community(of),
        person: person(1),
        name: "Awa".into(),
        seed: Some([of; 32]),
    })?;
    Ok(number)
}

/// How many rows of each kind a community has: records, logs, heads, entries, words, cuts, names,
/// posts, posts in a debate, edits, hidings, votes, wanted words, persons, questions, receipts.
fn counts(store: &dyn Store, of: u8, log: LogNumber) -> [usize; 16] {
    let id = community(of);
    [
        store.records(&id).unwrap().len(),
        store.logs(&id).unwrap().len(),
        store.heads(log).unwrap().len(),
        store.entries(log, 0..9).unwrap().len(),
        usize::from(store.payload(&hash(of)).unwrap().is_some()),
        store.cuts(&id).unwrap().len(),
        store.names(&id).unwrap().len(),
        store.posts(&id, PostFamily::Debate).unwrap().len(),
        store.posts_in(&entry(of), PostFamily::Post).unwrap().len(),
        usize::from(store.edit(&entry(of), &person(1)).unwrap().is_some()),
        usize::from(store.hide(&entry(of)).unwrap().is_some()),
        store.votes(&entry(of)).unwrap().len(),
        store.wanted(&id).unwrap().len(),
        store.local_persons().unwrap().iter().filter(|row| row.community == id).count(),
        store.questions(&id).unwrap().len(),
        store.receipts(&entry(of)).unwrap().len(),
    ]
}

#[test]
fn clearing_and_dropping_touch_one_community_only() {
    each(|store| {
        let one = write(store, |tx| settle(tx, 1));
        let two = write(store, |tx| settle(tx, 2));
        let full = [1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
        assert_eq!((counts(store, 1, one), counts(store, 2, two)), (full, full));
        write(store, |tx| tx.clear_projections(&community(1)));
        let cleared = [1, 1, 1, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!((counts(store, 1, one), counts(store, 2, two)), (cleared, full));
        write(store, |tx| tx.drop_community(&community(1)));
        assert_eq!((counts(store, 1, one), counts(store, 2, two)), ([0; 16], full));
        assert_eq!(store.communities().unwrap(), [community_row(2)]);
        let again = write(store, |tx| settle(tx, 1));
        assert_eq!((counts(store, 1, again), counts(store, 2, two)), (full, full));
        write(store, |tx| tx.drop_community(&community(9)));
        assert_eq!((counts(store, 1, again), counts(store, 2, two)), (full, full));
    });
}

#[test]
fn words_that_another_community_names_stay_when_one_is_left() {
    each(|store| {
        write(store, |tx| settle(tx, 1));
        write(store, |tx| {
            let row = post_row(2, 60, PostFamily::Debate, None, 1);
            tx.put_post(&PostRow { payload: Some(hash(1)), ..row })
        });
        write(store, |tx| tx.drop_community(&community(1)));
        assert!(store.payload(&hash(1)).unwrap().is_some());
    });
}

#[derive(Clone, Debug)]
struct Said(u64, u8);

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_latest_stands_in_whatever_order(
        said in proptest::collection::btree_map(0u8..40, 0u64..6, 1..8)
            .prop_map(|ids| ids.into_iter().map(|(id, at)| Said(at, id)).collect::<Vec<_>>())
            .prop_shuffle(),
    ) {
        let last = said.iter().map(|Said(at, id)| (*at, *id)).max().unwrap();
        let choice = |id: u8| [Choice::Agree, Choice::Disagree, Choice::Pass][usize::from(id % 3)];
        let check = |store: &mut dyn Store| {
            for Said(at, id) in &said {
                write(store, |tx| {
                    tx.put_name(&name_row(1, 1, &format!("name {id}"), *at, *id))?;
                    tx.put_edit(&edit_row(1, 2, 1, *at, *id))?;
                    tx.put_hide(&hide_row(1, 2, *at, *id))?;
                    tx.put_vote(&vote_row(1, 2, 1, choice(*id), *at, *id))
                });
            }
            let (at, id) = last;
            let name = name_row(1, 1, &format!("name {id}"), at, id);
            assert_eq!(store.names(&community(1)).unwrap(), [name]);
            let edit = store.edit(&entry(2), &person(1)).unwrap();
            // A withdrawal is final.
            let rank = |said: &&Said| (!said.1.is_multiple_of(2), said.0, said.1);
            let Said(edit_at, edit_id) = said.iter().max_by_key(rank).unwrap();
            assert_eq!(edit, Some(edit_row(1, 2, 1, *edit_at, *edit_id)));
            assert_eq!(store.hide(&entry(2)).unwrap(), Some(hide_row(1, 2, at, id)));
            assert_eq!(store.votes(&entry(2)).unwrap(), [vote_row(1, 2, 1, choice(id), at, id)]);
        };
        check(&mut MemoryStore::new());
        #[cfg(feature = "full")]
        {
            let folder = tempfile::tempdir().unwrap();
            check(&mut SqliteStore::open(&folder.path().join("store")).unwrap());
        }
    }
}
