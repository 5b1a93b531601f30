//! Logs, their entries and heads.

use super::*;

/// Entries of the sizes that matter: below, at and over what a run holds.
fn entries(sizes: &[usize]) -> Vec<Vec<u8>> {
    sizes.iter().zip(0u8..).map(|(size, n)| vec![n; *size]).collect()
}

#[test]
fn logs_are_found_by_community_author_id_and_number() {
    each(|store| {
        let rows = [log_row(1, 5, 0), log_row(1, 5, 1), log_row(1, 6, 0), log_row(2, 5, 0)];
        let numbered: Vec<LogRow> = write(store, |tx| {
            rows.iter().map(|row| Ok(LogRow { number: tx.add_log(row)?, ..row.clone() })).collect()
        });
        let mut all = numbered[..3].to_vec();
        all.sort_by_key(|row| row.id);
        assert_eq!(store.logs(&community(1)).unwrap(), all);
        all.retain(|row| row.header.author == person(5));
        assert_eq!(store.logs_of(&community(1), &person(5)).unwrap(), all);
        assert_eq!(store.log(&rows[3].id).unwrap().as_ref(), Some(&numbered[3]));
        assert_eq!(store.log_by_number(LogNumber(99)).unwrap(), None);
        // By the beginning of an id, in whichever community.
        for row in &numbered {
            let first = *row.id.as_bytes().first_chunk().unwrap();
            assert_eq!(store.logs_named(&first).unwrap(), std::slice::from_ref(row));
        }
        assert_eq!(store.logs_named(&[0x5a; 8]).unwrap(), []);
        let chain = ChainHash::from_bytes([3; 32]);
        let cursor = Cursor { length: 9, chain, lamport: 1 << 50, time: -7, bytes: 300 };
        let row = LogRow { cursor, authorised: 4, authorised_chain: chain, ..numbered[0].clone() };
        write(store, |tx| tx.put_log(&row));
        assert_eq!(store.log_by_number(row.number).unwrap(), Some(row));
        assert!(store.transaction(&mut |tx| tx.add_log(&rows[0]).map(drop)).is_err());
        let nowhere = LogRow { number: LogNumber(99), ..rows[0].clone() };
        assert!(store.transaction(&mut |tx| tx.put_log(&nowhere)).is_err());
    });
}

#[test]
fn a_number_is_never_given_twice() {
    each(|store| {
        let first = write(store, |tx| tx.add_log(&log_row(1, 1, 0)));
        write(store, |tx| tx.drop_community(&community(1)));
        let second = write(store, |tx| tx.add_log(&log_row(1, 1, 0)));
        assert!(second > first);
        assert_eq!(store.entries(second, 0..9).unwrap(), Vec::<Vec<u8>>::new());
    });
}

#[test]
fn entries_come_back_from_any_range() {
    each(|store| {
        let sizes = [1, 0, 60, 700, 300, 25, 9_000, 9_000, 66_000, 3, 16_384, 40, 23, 24, 255, 256];
        let all = entries(&sizes);
        let number = write(store, |tx| tx.add_log(&log_row(1, 1, 0)));
        // Each way of cutting the same entries into appends gives the same log.
        let ways: [&[usize]; 3] = [&[16], &[1; 16], &[3, 5, 1, 0, 7]];
        for way in ways {
            let mut at = 0;
            for count in way {
                let part = &all[at..at + count];
                let first = u32::try_from(at).unwrap();
                write(store, |tx| tx.append(number, first, part));
                at += count;
            }
            for from in 0..18u32 {
                for to in 0..18u32 {
                    let (start, end) = (from.min(16) as usize, to.min(16) as usize);
                    let expected = all.get(start..end).unwrap_or_default();
                    assert_eq!(store.entries(number, from..to).unwrap(), expected, "{from}..{to}");
                }
            }
            write(store, |tx| tx.truncate(number, 0));
            assert!(store.entries(number, 0..u32::MAX).unwrap().is_empty());
        }
    });
}

#[test]
fn a_log_is_cut_at_every_length_and_goes_on_from_there() {
    each(|store| {
        let all = entries(&[25, 400, 500, 300, 25, 16_000, 900, 30]);
        let other = write(store, |tx| {
            let number = tx.add_log(&log_row(1, 2, 0))?;
            tx.append(number, 0, &all)?;
            Ok(number)
        });
        let number = write(store, |tx| tx.add_log(&log_row(1, 1, 0)));
        for length in (0..=9u32).rev() {
            write(store, |tx| {
                tx.truncate(number, 0)?;
                (0u32..).zip(all.chunks(1)).try_for_each(|(at, one)| tx.append(number, at, one))
            });
            write(store, |tx| tx.truncate(number, length));
            let left = length.min(8) as usize;
            assert_eq!(store.entries(number, 0..99).unwrap(), all[..left]);
            let left = length.min(8);
            write(store, |tx| tx.append(number, left, &[vec![0xee; 5]]));
            assert_eq!(store.entries(number, left..99).unwrap(), [vec![0xee; 5]]);
        }
        assert_eq!(store.entries(other, 0..99).unwrap(), all);
    });
}

#[test]
fn an_append_anywhere_else_is_refused() {
    each(|store| {
        let number = write(store, |tx| tx.add_log(&log_row(1, 1, 0)));
        write(store, |tx| tx.append(number, 0, &[vec![1], vec![2]]));
        for (log, first) in [(number, 0), (number, 1), (number, 3), (LogNumber(9), 0)] {
            let answer = store.transaction(&mut |tx| tx.append(log, first, &[vec![3]]));
            assert!(matches!(answer, Err(StoreError::Damaged(_))));
        }
        assert_eq!(store.entries(number, 0..9).unwrap(), [vec![1], vec![2]]);
    });
}

#[test]
fn heads_come_by_length() {
    each(|store| {
        let row = log_row(1, 1, 0);
        let number = write(store, |tx| {
            let number = tx.add_log(&row)?;
            for length in [300, 4, 70] {
                tx.put_head(number, &signed_head(row.id, length))?;
            }
            Ok(number)
        });
        let expected = [4, 70, 300].map(|length| signed_head(row.id, length));
        assert_eq!(store.heads(number).unwrap(), expected);
        write(store, |tx| tx.drop_head(number, 70));
        assert_eq!(store.heads(number).unwrap().len(), 2);
        let head = signed_head(row.id, 1);
        assert!(store.transaction(&mut |tx| tx.put_head(LogNumber(50), &head)).is_err());
    });
}
