//! Blobs: rows, names, bytes.

use baro_crdt::ids::BlobHash;
use bytes::Bytes;

use super::*;
use crate::blobs::{BlobClass, GroupSet, groups_of};

fn bytes(size: usize) -> Bytes {
    (0..size).map(|at| (at * 7 + at / 300).to_le_bytes()[0]).collect()
}

/// A store of its own that holds all of these bytes.
fn source(bytes: &Bytes) -> MemoryStore {
    let mut store = MemoryStore::new();
    add(&mut store, bytes);
    store
}

fn add(store: &mut dyn Store, bytes: &Bytes) -> BlobHash {
    let (hash, size) = (BlobHash::of(bytes), bytes.len() as u64);
    write(store, |tx| {
        tx.put_blob_bytes(&hash, size, &BlobBytes::Memory(bytes.clone()))?;
        let mut row = BlobRow::new(hash, size, WallSeconds(4));
        row.have = GroupSet::all(groups_of(size));
        tx.put_blob(&row)
    });
    hash
}

fn slice(from: &dyn Store, hash: BlobHash, size: u64, first: u32, groups: u32) -> VerifiedSlice {
    let encoded = from.blob_slice(&hash, first, groups).unwrap().unwrap();
    VerifiedSlice::verify(hash, size, first, groups, &encoded).unwrap()
}

/// Takes a slice in and notes it.
fn take(store: &mut dyn Store, slice: &VerifiedSlice) {
    write(store, |tx| {
        tx.put_blob_slice(slice)?;
        let row = tx.blob(&slice.hash())?;
        let mut row =
            row.unwrap_or_else(|| BlobRow::new(slice.hash(), slice.size(), WallSeconds(4)));
        row.have.insert_run(slice.first(), slice.groups());
        tx.put_blob(&row)
    });
}

#[test]
fn rows_come_back_as_they_were_put() {
    each(|store| {
        let hash = BlobHash::from_bytes([1; 32]);
        assert_eq!(store.blob(&hash), Ok(None));
        let mut row = BlobRow::new(hash, 1 << 30, WallSeconds(-3));
        row.have.insert_run(7, 900);
        (row.pinned, row.official, row.dropped, row.sent) = (true, true, true, true);
        row.class = BlobClass::Voice;
        row.last_used = WallSeconds(9);
        row.unnamed_since = None;
        let other = BlobRow::new(BlobHash::from_bytes([0; 32]), 5, WallSeconds(1));
        write(store, |tx| tx.put_blob(&other).and_then(|()| tx.put_blob(&row)));
        assert_eq!(store.blob(&hash), Ok(Some(row.clone())));
        assert_eq!(store.blobs(), Ok(vec![other.clone(), row.clone()]));
        assert_eq!(store.blob_bytes(), Ok(900 * 16 * 1024));
        write(store, |tx| tx.drop_blob(&hash));
        assert_eq!(store.blobs(), Ok(vec![other]));
    });
}

#[test]
fn a_blob_comes_in_parts_from_anywhere() {
    let bytes = bytes(300_001);
    let (from, hash) = (source(&bytes), BlobHash::of(&bytes));
    for order in [[0, 5, 10, 15], [15, 10, 5, 0]] {
        let mut parts: Vec<VerifiedSlice> = Vec::new();
        for first in order {
            let groups = 5.min(groups_of(300_001) - first);
            parts.push(slice(&from, hash, 300_001, first, groups));
        }
        let check = |store: &mut dyn Store| {
            assert_eq!(store.blob_slice(&hash, 0, 1), Ok(None));
            for (count, part) in (1..).zip(&parts) {
                take(store, part);
                let first = part.first();
                let (here, there) = (
                    store.blob_slice(&hash, first, part.groups()),
                    from.blob_slice(&hash, first, part.groups()),
                );
                assert!(here == there);
                if count < parts.len() {
                    let all = store.blob_slice(&hash, 0, 19).unwrap();
                    assert!(all.is_none(), "not all of it is here");
                }
            }
            assert!(store.blob(&hash).unwrap().unwrap().is_complete());
            assert!(store.blob_slice(&hash, 3, 14) == from.blob_slice(&hash, 3, 14));
            assert_eq!(store.blob_slice(&hash, 0, 0), Ok(None));
            assert_eq!(store.blob_slice(&hash, 18, 2), Ok(None));
            assert_eq!(store.blob_bytes(), Ok(300_001));
        };
        check(&mut MemoryStore::new());
        #[cfg(feature = "full")]
        {
            let folder = tempfile::tempdir().unwrap();
            let key = crate::vault::DataKey::from_bytes([3; 32]);
            let plain = Database::plain(&folder.path().join("plain/store"));
            let sealed = Database::sealed(&folder.path().join("sealed/store"), &key);
            for database in [plain, sealed] {
                std::fs::create_dir(database.path().parent().unwrap()).unwrap();
                check(&mut database.store().unwrap());
                // All of it is there after a restart, and the file can be read without the store.
                let store = database.store().unwrap();
                assert!(store.blob_slice(&hash, 3, 14) == from.blob_slice(&hash, 3, 14));
                let mut file = crate::blobs::read_blob(&database, &hash, 300_001).unwrap();
                let mut held = Vec::new();
                std::io::Read::read_to_end(&mut file, &mut held).unwrap();
                assert!(held == bytes);
                let mut part = [0; 20_000];
                file.read_exact_at(&mut part, 16_000).unwrap();
                assert!(part == bytes[16_000..36_000]);
            }
        }
    }
}

#[test]
fn what_fails_is_not_there() {
    let bytes = bytes(100_000);
    let (from, hash) = (source(&bytes), BlobHash::of(&bytes));
    let part = slice(&from, hash, 100_000, 1, 2);
    for end in [0, 1] {
        let check = |store: &mut dyn Store| {
            let done = store.transaction(&mut |tx| {
                tx.put_blob_slice(&part)?;
                let mut row = BlobRow::new(hash, 100_000, WallSeconds(4));
                row.have.insert_run(1, 2);
                tx.put_blob(&row)?;
                if end == 0 { Err(StoreError::Io("no".into())) } else { Ok(()) }
            });
            assert_eq!(done.is_ok(), end == 1);
            assert_eq!(store.blob_slice(&hash, 1, 2).unwrap().is_some(), end == 1);
            // Dropping that fails drops nothing.
            let drop = store.transaction(&mut |tx| {
                tx.drop_blob(&hash)?;
                Err(StoreError::Io("no".into()))
            });
            assert!(drop.is_err());
            assert_eq!(store.blob_slice(&hash, 1, 2).unwrap().is_some(), end == 1);
            write(store, |tx| tx.drop_blob(&hash));
            assert_eq!(store.blob_slice(&hash, 1, 2), Ok(None));
        };
        check(&mut MemoryStore::new());
        #[cfg(feature = "full")]
        {
            let folder = tempfile::tempdir().unwrap();
            check(&mut SqliteStore::open(&folder.path().join("store")).unwrap());
        }
    }
}

#[test]
fn bytes_that_are_not_the_blobs_are_refused() {
    each(|store| {
        let bytes = bytes(50);
        let wrong = BlobHash::from_bytes([1; 32]);
        let done = store.transaction(&mut |tx| {
            tx.put_blob_bytes(&wrong, 50, &BlobBytes::Memory(bytes.clone()))
        });
        assert!(done.is_err());
    });
}

#[test]
fn names_say_what_is_wanted() {
    each(|store| {
        write(store, |tx| tx.put_community(&community_row(1)));
        write(store, |tx| tx.put_community(&community_row(2)));
        let name = |of: u8, n: u8, payload: u8| BlobNameRow {
            community: community(of),
            target: entry(n),
            payload: hash(payload),
            hash: BlobHash::from_bytes([n; 32]),
            size: 5,
            class: BlobClass::Small,
            official: false,
            hidden: false,
        };
        let row = |n: u8, class, wanted| BlobRow {
            class,
            wanted,
            ..BlobRow::new(BlobHash::from_bytes([n; 32]), 5, WallSeconds(n.into()))
        };
        let rows = [
            row(1, BlobClass::Large, true),
            row(2, BlobClass::Small, true),
            row(3, BlobClass::Small, true),
            row(4, BlobClass::Small, false),
        ];
        write(store, |tx| rows.iter().try_for_each(|row| tx.put_blob(row)));
        let names = [name(1, 1, 1), name(1, 2, 2), name(1, 3, 2), name(1, 4, 4), name(2, 2, 5)];
        write(store, |tx| names.iter().try_for_each(|name| tx.put_blob_name(name)));
        let wanted = |store: &dyn Store, of| -> Vec<u8> {
            let rows = store.blobs_wanted(&community(of)).unwrap();
            rows.iter().map(|row| row.hash.as_bytes()[0]).collect()
        };
        assert_eq!(wanted(store, 1), [3, 2, 1]);
        assert_eq!(wanted(store, 2), [2]);
        assert!(wanted(store, 3).is_empty());
        assert_eq!(store.blobs_of(&community(1)).unwrap(), names[..4]);
        assert_eq!(store.blob_names(&names[1].hash).unwrap(), [names[1].clone(), names[4].clone()]);
        write(store, |tx| {
            tx.put_blob_name(&BlobNameRow { hidden: true, ..names[0].clone() })?;
            tx.drop_blob_names(&hash(2))
        });
        assert!(wanted(store, 1).is_empty());
        write(store, |tx| tx.clear_projections(&community(2)));
        assert!(wanted(store, 2).is_empty());
        assert_eq!(store.blob_names(&names[1].hash).unwrap(), Vec::new());
    });
}
