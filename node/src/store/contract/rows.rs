//! Communities, records, payloads, wanted words, cuts and local rows; transactions.

use super::*;

#[test]
fn communities_and_records_come_in_order_of_their_ids() {
    each(|store| {
        write(store, |tx| {
            for n in [3, 1, 2] {
                tx.put_community(&community_row(n))?;
            }
            for (of, n) in [(1, 9), (1, 4), (2, 5), (1, 6)] {
                tx.put_record(&record_row(of, n))?;
            }
            let other = RecordRow { bytes: vec![1], ..record_row(1, 4) };
            tx.put_record(&other)
        });
        let changed = CommunityRow { records: 7, ..community_row(2) };
        write(store, |tx| tx.put_community(&changed));
        let expected = vec![community_row(1), changed.clone(), community_row(3)];
        assert_eq!(store.communities().unwrap(), expected);
        assert_eq!(store.community(&community(2)).unwrap(), Some(changed));
        assert_eq!(store.community(&community(8)).unwrap(), None);
        let expected = vec![record_row(1, 4), record_row(1, 6), record_row(1, 9)];
        assert_eq!(store.records(&community(1)).unwrap(), expected);
        let id = RecordId::from_bytes([5; 32]);
        assert_eq!(store.record(&id).unwrap(), Some(record_row(2, 5)));
        assert_eq!(store.record(&RecordId::from_bytes([77; 32])).unwrap(), None);
        assert!(store.stored_bytes().unwrap() > 1_000);
    });
}

#[test]
fn words_that_came_are_wanted_no_more() {
    each(|store| {
        let wanted = |log, index, n| WantedRow {
            community: community(1),
            log: LogNumber(log),
            index,
            hash: hash(n),
            size: 40,
        };
        write(store, |tx| {
            tx.put_wanted(&wanted(2, 0, 5))?;
            tx.put_wanted(&wanted(1, 7, 6))?;
            tx.put_wanted(&wanted(1, 3, 5))?;
            tx.put_wanted(&wanted(1, 9, 8))?;
            tx.put_wanted(&wanted(1, 9, 7))?;
            tx.put_wanted(&WantedRow { community: community(2), ..wanted(4, 0, 9) })
        });
        let expected = vec![wanted(1, 3, 5), wanted(1, 7, 6), wanted(1, 9, 7), wanted(2, 0, 5)];
        assert_eq!(store.wanted(&community(1)).unwrap(), expected);
        write(store, |tx| tx.put_payload(&hash(5), b"words"));
        assert_eq!(store.payload(&hash(5)).unwrap().unwrap(), b"words");
        assert_eq!(store.wanted(&community(1)).unwrap(), [wanted(1, 7, 6), wanted(1, 9, 7)]);
        write(store, |tx| tx.drop_wanted(&hash(6)));
        write(store, |tx| tx.drop_wanted(&hash(8)));
        assert_eq!(store.wanted(&community(1)).unwrap(), [wanted(1, 9, 7)]);
        write(store, |tx| tx.put_payload(&hash(5), b""));
        assert_eq!(store.payload(&hash(5)).unwrap().unwrap(), b"");
        write(store, |tx| tx.drop_payload(&hash(5)));
        assert_eq!(store.payload(&hash(5)).unwrap(), None);
    });
}

#[test]
fn cuts_replace_one_another() {
    each(|store| {
        let cut = |n, at| CutRow {
            community: community(1),
            log: LogId::from_bytes([n; 32]),
            cut: at,
            proof: vec![n; 50],
        };
        write(store, |tx| {
            tx.put_cut(&cut(6, 5))?;
            tx.put_cut(&cut(2, 3))?;
            tx.put_cut(&cut(6, 4))
        });
        assert_eq!(store.cuts(&community(1)).unwrap(), [cut(2, 3), cut(6, 4)]);
        assert_eq!(store.cut(&cut(6, 0).log).unwrap(), Some(cut(6, 4)));
        assert_eq!(store.cut(&LogId::from_bytes([1; 32])).unwrap(), None);
        assert_eq!(store.cuts(&community(2)).unwrap(), []);
    });
}

#[test]
fn local_rows_stay_on_the_device() {
    each(|store| {
        let local = |n: u8, name: &str| LocalPerson {
            community: community(1),
            person: person(n),
            name: name.into(),
            seed: Some([n; 32]),
        };
        // Only their vault has the seed.
        let sealed = LocalPerson { seed: None, ..local(5, "Bintou") };
        write(store, |tx| {
            tx.put_local_person(&local(9, "Awa"))?;
            tx.put_local_person(&local(3, "Sékou"))?;
            tx.put_local_person(&local(9, "Awa Traoré"))?;
            tx.put_local_person(&local(3, "Sékou"))?;
            tx.put_local_person(&sealed)?;
            for key in ["lane/b", "lane/a", "lane", "lano", "peer", "lane/ɛ"] {
                tx.put_local(key, key.as_bytes())?;
            }
            tx.put_local("peer", b"")
        });
        let persons = [local(9, "Awa Traoré"), local(3, "Sékou"), sealed];
        assert_eq!(store.local_persons().unwrap(), persons);
        let found = store.local_prefix("lane/").unwrap();
        let keys: Vec<&str> = found.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["lane/a", "lane/b", "lane/ɛ"]);
        assert_eq!(store.local("peer").unwrap().unwrap(), b"");
        write(store, |tx| tx.drop_local("peer"));
        assert_eq!(store.local("peer").unwrap(), None);
        assert_eq!(store.local_prefix("").unwrap().len(), 5);
    });
}

#[test]
fn an_error_leaves_nothing_behind() {
    each(|store| {
        let number = write(store, |tx| {
            tx.put_community(&community_row(1))?;
            tx.put_vote(&vote_row(1, 4, 1, Choice::Agree, 5, 1))?;
            tx.put_payload(&hash(1), b"kept")?;
            let number = tx.add_log(&log_row(1, 1, 0))?;
            tx.append(number, 0, &[vec![1], vec![2]])?;
            Ok(number)
        });
        let failed = store.transaction(&mut |tx| {
            tx.put_community(&community_row(2))?;
            tx.put_community(&CommunityRow { records: 99, ..community_row(1) })?;
            tx.put_vote(&vote_row(1, 4, 1, Choice::Pass, 6, 2))?;
            tx.put_vote(&vote_row(1, 5, 7, Choice::Pass, 6, 3))?;
            tx.put_name(&NameRow {
                community: community(2),
                person: person(8),
                name: "nobody".into(),
                lamport: 1,
                entry: entry(9),
            })?;
            tx.drop_payload(&hash(1))?;
            tx.append(number, 2, &[vec![3]])?;
            tx.truncate(number, 1)?;
            tx.add_log(&log_row(1, 2, 0))?;
            assert_eq!(tx.entries(number, 0..9)?, [vec![1]], "a transaction sees what it wrote");
            Err(StoreError::Full)
        });
        assert_eq!(failed, Err(StoreError::Full));
        assert_eq!(store.communities().unwrap(), [community_row(1)]);
        assert_eq!(store.votes(&entry(4)).unwrap(), [vote_row(1, 4, 1, Choice::Agree, 5, 1)]);
        assert_eq!(store.votes(&entry(5)).unwrap(), []);
        assert_eq!(store.names(&community(2)).unwrap(), []);
        assert_eq!(store.payload(&hash(1)).unwrap().unwrap(), b"kept");
        assert_eq!(store.entries(number, 0..9).unwrap(), [vec![1], vec![2]]);
        assert_eq!(store.logs(&community(1)).unwrap().len(), 1);
        // Numbers given in what was rolled back are given anew, to others.
        write(store, |tx| tx.put_vote(&vote_row(1, 6, 8, Choice::Pass, 1, 4)));
        write(store, |tx| tx.put_vote(&vote_row(1, 5, 9, Choice::Agree, 1, 5)));
        assert_eq!(store.votes(&entry(6)).unwrap(), [vote_row(1, 6, 8, Choice::Pass, 1, 4)]);
        assert_eq!(store.votes(&entry(5)).unwrap(), [vote_row(1, 5, 9, Choice::Agree, 1, 5)]);
    });
}

#[test]
fn changes_of_texts_are_said_carried_or_wanted() {
    each(|store| {
        let hash = |n| ChangeHash::from_bytes([n; 32]);
        let row = |of, text, n, state| ChangeRow {
            community: community(of),
            text: entry(text),
            hash: hash(n),
            state,
        };
        let carried = |author| ChangeState::Carried { author, bytes: vec![7; 90] };
        let rows = [
            row(1, 2, 3, ChangeState::Wanted),
            row(1, 2, 1, ChangeState::Wanted),
            row(1, 1, 9, ChangeState::Said),
            row(1, 3, 4, carried(Some(person(5)))),
            row(1, 3, 5, carried(None)),
            row(2, 4, 1, ChangeState::Wanted),
        ];
        write(store, |tx| {
            tx.put_community(&community_row(1))?;
            tx.put_community(&community_row(2))?;
            rows.iter().try_for_each(|row| tx.put_change(row))
        });
        assert_eq!(store.change(&entry(1), &hash(9)).unwrap().as_ref(), Some(&rows[2]));
        assert_eq!(store.change(&entry(2), &hash(9)).unwrap(), None);
        let wanted = |store: &dyn Store| store.changes_wanted(&community(1)).unwrap();
        assert_eq!(wanted(store), [(entry(2), hash(1)), (entry(2), hash(3))]);
        assert_eq!(store.changes_carried(&community(1)).unwrap(), rows[3..5]);

        // What came is wanted no more; what is said is carried no more.
        write(store, |tx| {
            tx.put_change(&row(1, 2, 1, carried(None)))?;
            tx.put_change(&row(1, 3, 4, ChangeState::Said))
        });
        assert_eq!(wanted(store), [(entry(2), hash(3))]);
        assert_eq!(store.changes_carried(&community(1)).unwrap().len(), 2);

        write(store, |tx| tx.clear_projections(&community(1)));
        assert_eq!(wanted(store), []);
        assert_eq!(store.change(&entry(1), &hash(9)).unwrap(), None);
        let kept = store.changes_carried(&community(1)).unwrap();
        assert_eq!(kept, [row(1, 2, 1, carried(None)), rows[4].clone()]);
        assert_eq!(store.changes_wanted(&community(2)).unwrap().len(), 1);
        write(store, |tx| tx.drop_community(&community(1)));
        assert_eq!(store.change(&entry(3), &hash(5)).unwrap(), None);
        assert_eq!(store.changes_wanted(&community(2)).unwrap().len(), 1);
    });
}
