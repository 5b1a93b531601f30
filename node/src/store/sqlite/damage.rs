//! Files that are not what was written: cut, flipped, another program's, a later version's.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{LogNumber, PostFamily, Read, VoteRow};
use super::faults::{entry, one_log};
use super::*;
use baro_crdt::entry::Choice;
use baro_crdt::ids::{CommunityId, EntryId, PayloadHash, PersonId};

const POSTS: u8 = 20;

/// A closed database with entries, votes, words and local values.
fn filled(folder: &Path) -> (PathBuf, LogNumber) {
    let path = folder.join("store.db");
    let (mut store, log) = one_log(&path);
    store
        .transaction(&mut |tx| {
            tx.append(log, 0, &(0..40).map(entry).collect::<Vec<_>>())?;
            for n in 0..POSTS {
                tx.put_payload(&PayloadHash::from_bytes([n; 32]), &[n; 700])?;
                tx.put_local(&format!("key {n}"), &[n; 90])?;
                for by in 0..60 {
                    tx.put_vote(&VoteRow {
                        community: CommunityId::from_bytes([1; 32]),
                        post: EntryId::from_bytes([n; 16]),
                        person: PersonId::from_bytes([by; 32]),
                        choice: Choice::Agree,
                        lamport: u64::from(by),
                        entry: EntryId::from_bytes([by; 16]),
                    })?;
                }
            }
            Ok(())
        })
        .unwrap();
    drop(store);
    assert!(!path.with_extension("db-wal").exists(), "a closed store is one file");
    (path, log)
}

/// Reads everything; gives how many calls were answered, and panics on any error but damage.
fn answered(store: &dyn Read, log: LogNumber) -> usize {
    let community = CommunityId::from_bytes([1; 32]);
    let mut answers = vec![
        store.communities().err(),
        store.logs(&community).err(),
        store.entries(log, 0..u32::MAX).err(),
        store.heads(log).err(),
        store.posts(&community, PostFamily::Post).err(),
        store.local_prefix("").err(),
        store.local_persons().err(),
    ];
    for n in 0..POSTS {
        answers.push(store.tally(&EntryId::from_bytes([n; 16])).err());
        answers.push(store.votes(&EntryId::from_bytes([n; 16])).err());
        answers.push(store.payload(&PayloadHash::from_bytes([n; 32])).err());
    }
    for error in answers.iter().flatten() {
        assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    }
    answers.iter().filter(|error| error.is_none()).count()
}

const CALLS: usize = 7 + 3 * POSTS as usize;

/// Opens if it can; else the error has to say that the file is damaged.
fn opened(path: &Path) -> Option<SqliteStore> {
    match SqliteStore::open(path) {
        Ok(store) => Some(store),
        Err(StoreError::Damaged(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_file_cut_short_is_told_and_read_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = filled(folder.path());
    let whole = fs::read(&path).unwrap();
    let cut_path = folder.path().join("cut.db");
    let mut most = 0;
    for pages in 1..whole.len() / 4096 {
        for extra in [0, 1_000] {
            fs::write(&cut_path, &whole[..pages * 4096 + extra]).unwrap();
            if let Some(store) = opened(&cut_path) {
                let count = answered(&store, log);
                assert!(!store.integrity().unwrap().is_empty(), "{pages} pages look sound");
                most = most.max(count);
            }
        }
    }
    assert!(most > CALLS / 2, "only {most} of {CALLS} calls were answered at best");
}

#[test]
fn flipped_bytes_never_do_more_than_damage() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = filled(folder.path());
    let whole = fs::read(&path).unwrap();
    let flipped_path = folder.path().join("flipped.db");
    let (mut refused, mut partly) = (0, 0);
    for round in 0..150usize {
        let mut bytes = whole.clone();
        // Multiplicative steps reach headers, pointers and contents of all pages alike.
        for flip in 1..=4usize {
            let at = round.wrapping_mul(7_919).wrapping_add(flip * 104_729) % bytes.len();
            bytes[at] ^= 0xff;
        }
        bytes[4096 * (round % (whole.len() / 4096)) + round % 12] ^= 0x55;
        fs::write(&flipped_path, &bytes).unwrap();
        match opened(&flipped_path) {
            None => refused += 1,
            Some(store) => {
                store.integrity().unwrap();
                partly += usize::from(answered(&store, log) < CALLS);
            }
        }
        drop(fs::remove_file(flipped_path.with_extension("db-wal")));
    }
    assert!(refused > 0 && partly > 0, "{refused} refused, {partly} read in part");
}

#[test]
fn damage_in_one_table_leaves_the_others_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = filled(folder.path());
    let store = SqliteStore::open(&path).unwrap();
    let pages: Vec<usize> = store
        .conn
        .prepare("SELECT pageno FROM dbstat WHERE name = 'runs'")
        .unwrap()
        .query_map([], |row| row.get::<_, u32>(0).map(|page| page as usize))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    for page in pages {
        bytes[(page - 1) * 4096..page * 4096].fill(0xa5);
    }
    fs::write(&path, bytes).unwrap();
    let mut store = SqliteStore::open(&path).unwrap();
    assert!(matches!(store.entries(log, 0..9), Err(StoreError::Damaged(_))));
    let append = store.transaction(&mut |tx| tx.append(log, 40, &[entry(40)]));
    assert!(matches!(append, Err(StoreError::Damaged(_))));
    assert_eq!(answered(&store, log), CALLS - 1);
    assert_eq!(store.tally(&EntryId::from_bytes([3; 16])).unwrap().agree, 60);
    assert_eq!(store.payload(&PayloadHash::from_bytes([7; 32])).unwrap().unwrap(), [7; 700]);
    assert!(!store.integrity().unwrap().is_empty());
    assert_eq!(answered(&store.reader().unwrap(), log), CALLS - 1);
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let words = "The council meets on Saturday. ".repeat(400);
    fs::write(&path, &words).unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Damaged(_))));
    assert!(matches!(SqliteReader::open(&path), Err(StoreError::Damaged(_))));
    assert_eq!(fs::read_to_string(&path).unwrap(), words);
    assert!(matches!(SqliteStore::open(folder.path()), Err(StoreError::Io(_))));
    let nowhere = folder.path().join("no/such/folder/store.db");
    assert!(matches!(SqliteStore::open(&nowhere), Err(StoreError::Io(_))));
    assert!(matches!(SqliteReader::open(&folder.path().join("none")), Err(StoreError::Io(_))));
}

#[test]
fn an_empty_file_is_a_start_that_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    fs::write(&path, b"").unwrap();
    assert!(SqliteReader::open(&path).is_err());
    let (store, log) = one_log(&path);
    assert!(store.log_by_number(log).unwrap().is_some());
}

#[test]
fn a_later_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = filled(folder.path());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let too_new = StoreError::TooNew { found: 99, known: migrations::known() };
    assert_eq!(SqliteStore::open(&path).err(), Some(too_new.clone()));
    assert_eq!(SqliteReader::open(&path).err(), Some(too_new));
    assert_eq!(fs::read(&path).unwrap(), before);
}
