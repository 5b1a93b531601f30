//! Sealed databases: nothing legible, no other key, and what an earlier program left, sealed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use baro_crdt::ids::{BlobHash, WallSeconds};

use super::super::{BlobBytes, MemoryStore, Read};
use super::*;
use crate::blobs::{GroupSet, VerifiedSlice, groups_of, read_blob};
use crate::store::BlobRow;
use crate::vault::DataKey;

const PHRASE: &[u8] = b"the water of the new well is bad";

fn key(n: u8) -> DataKey {
    DataKey::from_bytes([n; 32])
}

fn database(folder: &Path, key_number: u8) -> Database {
    Database::sealed(&folder.join("baro.db"), &key(key_number))
}

/// Every file below a folder, names included, that holds one of these.
fn holding(folder: &Path, wanted: &[&[u8]]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, wanted));
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(path.as_os_str().as_encoded_bytes());
        if wanted.iter().any(|one| bytes.windows(one.len()).any(|part| part == *one)) {
            found.push(path);
        }
    }
    found
}

fn blob(n: u8, size: usize) -> bytes::Bytes {
    let mut bytes: Vec<u8> = (0..size).map(|at| (at / 90).to_le_bytes()[0] ^ n).collect();
    bytes[size - PHRASE.len()..].copy_from_slice(PHRASE);
    bytes.into()
}

fn row(hash: BlobHash, size: u64) -> BlobRow {
    let mut row = BlobRow::new(hash, size, WallSeconds(1));
    (row.named, row.shown) = (true, true);
    row
}

/// Values, whole blobs, and one of which two runs of groups are here.
fn fill(store: &mut SqliteStore) -> Vec<BlobHash> {
    let blobs = [blob(1, 10_000), blob(2, 100_000), blob(3, 400_000)];
    let mut source = MemoryStore::new();
    let mut hashes = Vec::new();
    for bytes in &blobs {
        let (hash, size) = (BlobHash::of(bytes), bytes.len() as u64);
        hashes.push(hash);
        let whole = |tx: &mut dyn Write| {
            tx.put_blob_bytes(&hash, size, &BlobBytes::Memory(bytes.clone()))?;
            let mut row = row(hash, size);
            row.have = GroupSet::all(groups_of(size));
            tx.put_blob(&row)
        };
        source.transaction(&mut |tx| whole(tx)).unwrap();
        if size < 400_000 {
            store.transaction(&mut |tx| whole(tx)).unwrap();
        }
    }
    let part = hashes[2];
    store
        .transaction(&mut |tx| {
            let mut row = row(part, 400_000);
            for (first, groups) in [(3, 4), (20, 5)] {
                let bytes = source.blob_slice(&part, first, groups)?.unwrap();
                let slice = VerifiedSlice::verify(part, 400_000, first, groups, &bytes).unwrap();
                tx.put_blob_slice(&slice)?;
                row.have.insert_run(first, groups);
            }
            tx.put_blob(&row)?;
            (0..200).try_for_each(|n| tx.put_local(&format!("secret/{n}"), PHRASE))
        })
        .unwrap();
    hashes
}

/// All that [`fill`] wrote is there.
fn holds_all(database: &Database, hashes: &[BlobHash]) {
    let store = database.store().unwrap();
    assert_eq!(store.integrity().unwrap(), Vec::<String>::new());
    assert_eq!(store.local_prefix("secret/").unwrap().len(), 200);
    let slice = |hash, first, groups| store.blob_slice(&hash, first, groups).unwrap();
    assert!(slice(hashes[0], 0, 1).unwrap().ends_with(PHRASE));
    assert!(slice(hashes[1], 0, 7).unwrap().ends_with(PHRASE));
    for (first, groups, here) in [(3, 4, true), (20, 5, true), (0, 1, false), (7, 1, false)] {
        assert_eq!(slice(hashes[2], first, groups).is_some(), here, "{first}");
    }
    let bytes = slice(hashes[2], 20, 5).unwrap();
    assert!(VerifiedSlice::verify(hashes[2], 400_000, 20, 5, &bytes).is_ok());
}

/// What must not be found: words, and hashes in both spellings.
fn secrets(hashes: &[BlobHash]) -> Vec<Vec<u8>> {
    let hex = hashes.iter().map(|hash| hash.to_string().into_bytes());
    let raw = hashes.iter().map(|hash| hash.as_bytes().to_vec());
    let own = [PHRASE.to_vec(), b"secret/".to_vec(), b"CREATE TABLE".to_vec()];
    own.into_iter().chain(hex).chain(raw).collect()
}

fn found(folder: &Path, hashes: &[BlobHash]) -> Vec<PathBuf> {
    let secrets = secrets(hashes);
    let wanted: Vec<&[u8]> = secrets.iter().map(Vec::as_slice).collect();
    holding(folder, &wanted)
}

#[test]
fn nothing_in_a_sealed_folder_can_be_read_and_no_other_key_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path(), 1);
    let mut store = database.store().unwrap();
    let hashes = fill(&mut store);
    // While it is open: the WAL, its index and the files of blobs are all there.
    assert!(folder.path().join("baro.db-wal").metadata().unwrap().len() > 10_000);
    assert_eq!(found(folder.path(), &hashes), Vec::<PathBuf>::new());
    let reader = store.reader().unwrap();
    assert_eq!(reader.local("secret/7").unwrap().unwrap(), PHRASE);
    drop(store);
    assert_eq!(found(folder.path(), &hashes), Vec::<PathBuf>::new());
    holds_all(&database, &hashes);

    let other = Database::sealed(database.path(), &key(2));
    assert!(matches!(other.store(), Err(StoreError::Damaged(_))));
    assert!(matches!(other.reader(), Err(StoreError::Damaged(_))));
    assert!(read_blob(&other, &hashes[0], 10_000).is_err());
    assert!(SqliteStore::open(database.path()).is_err(), "and none without a key");
    holds_all(&database, &hashes);

    // The same look at a plain folder finds it.
    let plain = tempfile::tempdir().unwrap();
    let hashes = fill(&mut SqliteStore::open(&plain.path().join("baro.db")).unwrap());
    assert!(found(plain.path(), &hashes).len() >= 4);
}

#[test]
fn a_changed_byte_of_a_sealed_blob_is_damage_and_not_another_word() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path(), 1);
    let hashes = fill(&mut database.store().unwrap());
    let path = database.files().path(&hashes[1]);
    let mut bytes = fs::read(&path).unwrap();
    bytes[40_000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let store = database.store().unwrap();
    assert!(store.blob_slice(&hashes[1], 0, 2).is_ok());
    assert!(matches!(store.blob_slice(&hashes[1], 2, 1), Err(StoreError::Damaged(_))));
    // Another blob's file under its name is no file of it: it is wanted again.
    drop(store);
    fs::copy(database.files().path(&hashes[0]), &path).unwrap();
    let store = database.store().unwrap();
    let row = store.blob(&hashes[1]).unwrap().unwrap();
    assert!(row.have.is_none() && row.wanted);
}

#[test]
fn what_an_earlier_program_left_is_sealed_and_a_cut_goes_on() {
    for cut in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("baro.db");
        let hashes = fill(&mut SqliteStore::open(&plain).unwrap());
        let left = folder.path().join("blobs/00");
        fs::create_dir_all(&left).unwrap();
        fs::write(left.join("00".repeat(32)), PHRASE).unwrap();
        assert!(is_plain(&plain).unwrap());
        assert!(!found(folder.path(), &hashes).is_empty());
        // Cut off after so many files of blobs.
        let cut_off = catch_unwind(AssertUnwindSafe(|| {
            seal(&plain, &key(1), &mut |done, _| assert!(done <= cut, "cut")).unwrap();
        }));
        assert_eq!(cut_off.is_err(), cut < 3);
        seal(&plain, &key(1), &mut |_, _| {}).unwrap();
        assert!(!is_plain(&plain).unwrap());
        assert_eq!(found(folder.path(), &hashes), Vec::<PathBuf>::new(), "after {cut}");
        assert!(!folder.path().join("baro.db.plain").exists());
        holds_all(&database(folder.path(), 1), &hashes);
    }
}

#[test]
fn a_cut_between_the_two_names_of_the_database_loses_neither() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("baro.db");
    let hashes = fill(&mut SqliteStore::open(&plain).unwrap());
    // A copy that was cut off in the midst of being written.
    fs::write(folder.path().join("baro.db.sealing"), [7; 9_000]).unwrap();
    fs::write(folder.path().join("baro.db.sealing-journal"), [7; 900]).unwrap();
    let whole = tempfile::tempdir().unwrap();
    copy_all(folder.path(), whole.path());
    seal(&whole.path().join("baro.db"), &key(1), &mut |_, _| {}).unwrap();
    // The plain one has its new name, the copy not yet.
    fs::rename(&plain, folder.path().join("baro.db.plain")).unwrap();
    fs::copy(whole.path().join("baro.db"), folder.path().join("baro.db.sealing")).unwrap();
    fs::remove_file(folder.path().join("baro.db.sealing-journal")).unwrap();
    seal(&plain, &key(1), &mut |_, _| {}).unwrap();
    assert_eq!(found(folder.path(), &hashes), Vec::<PathBuf>::new());
    holds_all(&database(folder.path(), 1), &hashes);
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&there).unwrap();
            copy_all(&path, &there);
        } else {
            fs::copy(&path, &there).unwrap();
        }
    }
}

#[test]
fn what_is_wiped_is_overwritten_first() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&path, PHRASE.repeat(1_000)).unwrap();
    // A second name shows what became of the bytes.
    fs::hard_link(&path, &other).unwrap();
    wipe(&path).unwrap();
    wipe(&path).unwrap();
    assert!(!path.exists());
    assert!(fs::read(&other).unwrap().iter().all(|byte| *byte == 0));
}
