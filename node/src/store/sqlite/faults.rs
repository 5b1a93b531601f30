//! What the disk and other processes can do to the store while it runs: no room, a lock, a cut.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::{BlobBytes, BlobRow, LogNumber, LogRow, Read};
use super::*;
use baro_crdt::entry::Cursor;
use baro_crdt::ids::{BlobHash, CommunityId, LaneId, PersonId, RecordId, WallSeconds};
use baro_crdt::log::{Header, Stream};

use crate::blobs::{GroupSet, VerifiedSlice, groups_of};

/// A store with one log in it.
pub(super) fn one_log(path: &Path) -> (SqliteStore, LogNumber) {
    let mut store = SqliteStore::open(path).unwrap();
    let header = Header {
        community: CommunityId::from_bytes([1; 32]),
        author: PersonId::from_bytes([2; 32]),
        grant: RecordId::from_bytes([3; 32]),
        stream: Stream::Debate,
        lane: LaneId::from_bytes([4; 8]),
        volume: 0,
    };
    let (id, number) = (header.id(), LogNumber::default());
    let (cursor, authorised_chain) = (Cursor::start(id), id.start());
    let row = LogRow { number, id, header, cursor, authorised: 0, authorised_chain };
    let mut number = LogNumber::default();
    store
        .transaction(&mut |tx| {
            number = tx.add_log(&row)?;
            Ok(())
        })
        .unwrap();
    (store, number)
}

/// Entry `at` of the log: its place, then filling.
pub(super) fn entry(at: u32) -> Vec<u8> {
    let mut entry = at.to_be_bytes().to_vec();
    entry.resize(3_000, 0x5a);
    entry
}

/// Appends one entry and a local value that counts it, in one transaction.
fn append(store: &mut SqliteStore, log: LogNumber, at: u32) -> Result<()> {
    store.transaction(&mut |tx| {
        tx.append(log, at, &[entry(at)])?;
        tx.put_local("count", &(at + 1).to_be_bytes())
    })
}

/// How many entries there are; they have to be the first ones, and the count has to agree.
fn held(store: &dyn Read, log: LogNumber) -> u32 {
    let entries = store.entries(log, 0..u32::MAX).unwrap();
    let count = u32::try_from(entries.len()).unwrap();
    assert!((0..count).map(entry).eq(entries));
    let told =
        store.local("count").unwrap().map_or(0, |b| u32::from_be_bytes(b.try_into().unwrap()));
    assert_eq!(told, count);
    count
}

/// Appends until it fails; gives how many were acknowledged, and the error.
fn fill(store: &mut SqliteStore, log: LogNumber) -> (u32, StoreError) {
    for at in held(store, log)..100_000 {
        if let Err(error) = append(store, log, at) {
            return (at, error);
        }
    }
    unreachable!("the disk never fills")
}

fn wal(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// Opens a copy of the files as they are now, as after a kill.
fn revived(path: &Path, wal_bytes: &[u8]) -> SqliteStore {
    let copy = path.with_file_name("revived.db");
    fs::copy(path, &copy).unwrap();
    fs::write(wal(&copy), wal_bytes).unwrap();
    drop(fs::remove_file(copy.with_extension("db-shm")));
    SqliteStore::open(&copy).unwrap()
}

#[test]
fn a_full_disk_refuses_and_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (mut store, log) = one_log(&path);
    store.conn.pragma_update(None, "max_page_count", 300).unwrap();
    let (count, error) = fill(&mut store, log);
    assert!(count > 100);
    assert_eq!(error, StoreError::Full);
    assert_eq!(held(&store, log), count);
    assert_eq!(held(&store.reader().unwrap(), log), count);
    assert_eq!(append(&mut store, log, count), Err(StoreError::Full));
    // Work that goes on after the error writes nothing any more.
    let stubborn = store.transaction(&mut |tx| {
        let (mut at, mut last) = (count, Ok(()));
        while last.is_ok() {
            last = tx.append(log, at, &[entry(at)]);
            at += 1;
        }
        assert!(tx.put_local("after", b"all").is_err());
        Ok(())
    });
    assert!(stubborn.is_err());
    assert_eq!(store.local("after").unwrap(), None);
    assert_eq!(held(&store, log), count);
    store.conn.pragma_update(None, "max_page_count", 3_000).unwrap();
    append(&mut store, log, count).unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(held(&store, log), count + 1);
    assert_eq!(store.integrity().unwrap(), Vec::<String>::new());
}

/// A disk of 1 MiB, unmounted at the end; `None` where this user may not mount.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|done| done.status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(self.0.path()).status());
    }
}

#[test]
fn a_disk_that_is_really_full_refuses_and_keeps() {
    let Some(disk) = SmallDisk::new() else {
        println!("not run: a small disk can be mounted by root only");
        return;
    };
    let path = disk.0.path().join("store.db");
    let filler = disk.0.path().join("filler");
    fs::write(&filler, vec![0; 300 * 1024]).unwrap();
    let (mut store, log) = one_log(&path);
    let (count, error) = fill(&mut store, log);
    assert!(count > 20);
    assert_eq!(error, StoreError::Full);
    assert_eq!(held(&store, log), count);
    assert_eq!(append(&mut store, log, count), Err(StoreError::Full));
    assert_eq!(held(&store, log), count);
    // A kill at this moment loses nothing either.
    fs::remove_file(&filler).unwrap();
    let there = fs::read(wal(&path)).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::copy(&path, elsewhere.path().join("store.db")).unwrap();
    assert_eq!(held(&revived(&elsewhere.path().join("store.db"), &there), log), count);
    // With room again it goes on.
    append(&mut store, log, count).unwrap();
    drop(store);
    assert_eq!(held(&SqliteStore::open(&path).unwrap(), log), count + 1);
}

#[test]
fn a_disk_that_is_really_full_takes_no_part_of_a_file_and_keeps_the_words() {
    let Some(disk) = SmallDisk::new() else {
        println!("not run: a small disk can be mounted by root only");
        return;
    };
    let bytes: bytes::Bytes = (0..1_500_000_u32).flat_map(u32::to_le_bytes).collect();
    let (hash, size) = (BlobHash::of(&bytes), bytes.len() as u64);
    let mut whole = crate::store::MemoryStore::new();
    whole
        .transaction(&mut |tx| {
            tx.put_blob_bytes(&hash, size, &BlobBytes::Memory(bytes.clone()))?;
            let mut row = BlobRow::new(hash, size, WallSeconds(1));
            row.have = GroupSet::all(groups_of(size));
            tx.put_blob(&row)
        })
        .unwrap();
    let filler = disk.0.path().join("filler");
    fs::write(&filler, vec![0; 300 * 1024]).unwrap();
    let mut store = SqliteStore::open(&disk.0.path().join("store.db")).unwrap();
    let mut kept = 0;
    store
        .transaction(&mut |tx| {
            let mut row = BlobRow::new(hash, size, WallSeconds(1));
            let error = loop {
                let encoded = whole.blob_slice(&hash, kept, 2)?.unwrap();
                let slice = VerifiedSlice::verify(hash, size, kept, 2, &encoded).unwrap();
                match tx.put_blob_slice(&slice) {
                    Ok(()) => kept += row.have.insert_run(kept, 2),
                    Err(error) => break error,
                }
            };
            assert_eq!(error, StoreError::Full);
            // The disk itself has no byte left for the words: somebody makes some room.
            fs::remove_file(&filler).unwrap();
            tx.put_blob(&row)?;
            tx.put_local("words", b"kept")
        })
        .unwrap();
    assert!(kept > 10);
    assert_eq!(store.local("words").unwrap(), Some(b"kept".to_vec()));
    drop(store);
    let store = SqliteStore::open(&disk.0.path().join("store.db")).unwrap();
    assert_eq!(store.blob(&hash).unwrap().unwrap().have.count(), kept);
    for first in (0..kept).step_by(2) {
        assert!(store.blob_slice(&hash, first, 2) == whole.blob_slice(&hash, first, 2));
    }
}

#[test]
fn files_that_are_gone_are_fetched_again_and_unknown_ones_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let bytes = bytes::Bytes::from(vec![5; 50_000]);
    let (hash, size) = (BlobHash::of(&bytes), bytes.len() as u64);
    let mut store = SqliteStore::open(&path).unwrap();
    store
        .transaction(&mut |tx| {
            tx.put_blob_bytes(&hash, size, &BlobBytes::Memory(bytes.clone()))?;
            let mut row = BlobRow::new(hash, size, WallSeconds(1));
            row.have = GroupSet::all(groups_of(size));
            (row.named, row.shown) = (true, true);
            tx.put_blob(&row)
        })
        .unwrap();
    drop(store);
    let hex = hash.to_string();
    let file = folder.path().join("blobs").join(&hex[..2]).join(&hex);
    let unknown = file.with_file_name("00".repeat(32));
    fs::write(&unknown, b"left by a crash").unwrap();
    drop(SqliteStore::open(&path).unwrap());
    assert!(file.exists() && !unknown.exists());
    fs::remove_file(&file).unwrap();
    let row = SqliteStore::open(&path).unwrap().blob(&hash).unwrap().unwrap();
    assert!(row.have.is_none() && row.wanted);
}

#[test]
fn a_lock_held_elsewhere_is_named_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (mut store, log) = one_log(&path);
    append(&mut store, log, 0).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    store.conn.busy_timeout(Duration::from_millis(50)).unwrap();
    assert_eq!(append(&mut store, log, 1), Err(StoreError::Busy));
    assert_eq!(held(&store, log), 1);
    store.conn.busy_timeout(Duration::from_secs(5)).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            other.execute_batch("ROLLBACK").unwrap();
        });
        append(&mut store, log, 1).unwrap();
    });
    assert_eq!(held(&store, log), 2);
}

#[test]
fn readers_see_one_state_from_another_thread() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, log) = one_log(&folder.path().join("store.db"));
    append(&mut store, log, 0).unwrap();
    let reader = store.reader().unwrap();
    std::thread::scope(|scope| {
        let (held_on, go_on) = std::sync::mpsc::sync_channel(0);
        let (written, look) = std::sync::mpsc::sync_channel(0);
        scope.spawn(move || {
            let snapshot = reader.snapshot().unwrap();
            held_on.send(()).unwrap();
            look.recv().unwrap();
            assert_eq!(held(&snapshot, log), 1);
            drop(snapshot);
            assert_eq!(held(&reader, log), 2);
        });
        go_on.recv().unwrap();
        append(&mut store, log, 1).unwrap();
        written.send(()).unwrap();
    });
}

#[test]
fn a_copy_after_any_commit_holds_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (mut store, log) = one_log(&path);
    // Long enough for the WAL to be folded in and start over.
    let (mut before, mut folded) = (0, 0);
    for at in 0..900 {
        append(&mut store, log, at).unwrap();
        if at % 45 == 0 {
            let there = fs::read(wal(&path)).unwrap();
            assert_eq!(held(&revived(&path, &there), log), at + 1);
        }
        let length = fs::metadata(wal(&path)).unwrap().len();
        assert!(length < 9 << 20, "the WAL stays bounded");
        folded += u32::from(length < before);
        before = length;
    }
    assert!(folded > 0, "the WAL starts over");
}

#[test]
fn a_wal_cut_anywhere_keeps_what_was_acknowledged_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (mut store, log) = one_log(&path);
    let mut acknowledged = Vec::new();
    for at in 0..12 {
        append(&mut store, log, at).unwrap();
        acknowledged.push(fs::read(wal(&path)).unwrap().len());
    }
    let there = fs::read(wal(&path)).unwrap();
    let length = there.len();
    for cut in (0..length).step_by(3_701).chain([length]).chain(acknowledged.clone()) {
        if cut < acknowledged[0] {
            continue;
        }
        let expected = acknowledged.iter().filter(|end| **end <= cut).count();
        // Torn off, and torn with what an older WAL left behind.
        let mut noise = there[..cut].to_vec();
        assert_eq!(held(&revived(&path, &noise), log) as usize, expected, "cut at {cut}");
        noise.extend((cut..length).map(|at| u8::try_from(at % 251).unwrap()));
        assert_eq!(held(&revived(&path, &noise), log) as usize, expected, "noise from {cut}");
    }
}

#[test]
fn a_start_on_a_full_disk_is_told_and_loses_nothing() {
    let Some(disk) = SmallDisk::new() else {
        println!("not run: a small disk can be mounted by root only");
        return;
    };
    let path = disk.0.path().join("store.db");
    let (mut store, log) = one_log(&path);
    for at in 0..10 {
        append(&mut store, log, at).unwrap();
    }
    drop(store);
    let filler = disk.0.path().join("filler");
    assert!(fs::write(&filler, vec![0; 2 << 20]).is_err(), "the disk is full now");
    // SQLite needs 32 KiB beside a database in WAL mode, even for reading.
    assert_eq!(SqliteStore::open(&path).err(), Some(StoreError::Full));
    assert_eq!(SqliteReader::open(&path).err(), Some(StoreError::Full));
    fs::remove_file(&filler).unwrap();
    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(held(&store, log), 10);
    append(&mut store, log, 10).unwrap();
}
