//! How fast a blob of 64 MiB is hashed, sliced, verified and stored on this disk: the ceiling for
//! moving one between nodes; plain and sealed, twice in turn.
//!
//! ```sh
//! cargo run --release -p baro-node --example blob_figures [FOLDER]
//! ```

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use baro_crdt::ids::{BlobHash, WallSeconds};
use baro_node::blobs::{
    Incoming, SLICE_GROUPS_MAX, VerifiedSlice, groups_of, outline_of, read_blob,
};
use baro_node::store::{BlobBytes, BlobRow, Database, Read, SqliteStore, Store, StoreError};
use baro_node::vault::DataKey;

/// The blob's size in bytes.
const SIZE: usize = 64 * 1024 * 1024;

fn told(what: &str, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{what:<44} {:>8.0} MB/s", SIZE as f64 / 1e6 / seconds);
}

fn row(store: &SqliteStore, hash: &BlobHash) -> Result<BlobRow, StoreError> {
    let found = store.blob(hash)?;
    Ok(found.unwrap_or_else(|| BlobRow::new(*hash, SIZE as u64, WallSeconds(0))))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let on = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(on)?;
    let mut bytes = vec![0; SIZE];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    let bytes = bytes::Bytes::from(bytes);

    let since = Instant::now();
    std::hint::black_box(blake3::hash(&bytes));
    told("BLAKE3 alone, one core", since);
    let since = Instant::now();
    let hash = outline_of(&bytes).hash;
    told("hashed with its tree", since);
    let key = DataKey::from_bytes([7; 32]);
    for sealed in [false, true, false, true] {
        println!("{}", if sealed { "sealed:" } else { "plain:" });
        let folder = tempfile::tempdir_in(folder.path())?;
        store(folder.path(), &bytes, hash, sealed.then_some(&key))?;
    }
    Ok(())
}

fn database(folder: &Path, key: Option<&DataKey>) -> std::io::Result<Database> {
    std::fs::create_dir(folder)?;
    let path = folder.join("baro.db");
    Ok(key.map_or_else(|| Database::plain(&path), |key| Database::sealed(&path, key)))
}

fn store(
    folder: &Path,
    bytes: &bytes::Bytes,
    hash: BlobHash,
    key: Option<&DataKey>,
) -> Result<(), Box<dyn std::error::Error>> {
    let since = Instant::now();
    let (data, size) = (database(&folder.join("add"), key)?, SIZE as u64);
    let incoming = Incoming::copy(&data, &mut bytes.as_ref(), size, &mut |_| {})?;
    told("copied, hashed and synchronised (blob add)", since);

    let mut giver = data.store()?;
    let name = incoming.name().to_owned();
    giver.transaction(&mut |tx| {
        tx.put_blob_bytes(&hash, size, &BlobBytes::File(name.clone()))?;
        let mut row = BlobRow::new(hash, size, WallSeconds(0));
        row.have.insert_run(0, groups_of(size));
        tx.put_blob(&row)
    })?;
    let firsts = || (0..groups_of(size)).step_by(SLICE_GROUPS_MAX as usize);
    let since = Instant::now();
    let mut encoded = Vec::new();
    for first in firsts() {
        let slice = giver.blob_slice(&hash, first, SLICE_GROUPS_MAX)?;
        encoded.push((first, slice.ok_or("a slice is missing")?));
    }
    told("read in slices of 512 KiB", since);
    let sent: usize = encoded.iter().map(|(_, slice)| slice.len()).sum();
    println!(
        "{:<44} {:>8.2} %",
        "proofs, of what is sent",
        (sent - SIZE) as f64 / SIZE as f64 * 1e2
    );

    let since = Instant::now();
    let mut slices = Vec::new();
    for (first, slice) in &encoded {
        slices.push(VerifiedSlice::verify(hash, size, *first, SLICE_GROUPS_MAX, slice)?);
    }
    told("verified", since);
    for in_group in [2, 8, 32] {
        let data = database(&folder.join(in_group.to_string()), key)?;
        let mut taker = data.store()?;
        let since = Instant::now();
        for group in slices.chunks(in_group) {
            let mut row = row(&taker, &hash)?;
            taker.transaction(&mut |tx| {
                for slice in group {
                    tx.put_blob_slice(slice)?;
                    row.have.insert_run(slice.first(), slice.groups());
                }
                tx.put_blob(&row)
            })?;
        }
        told(&format!("stored durably, {} MiB a commit", in_group / 2), since);
        let mut held = Vec::new();
        read_blob(&data, &hash, size)?.read_to_end(&mut held)?;
        assert!(held == *bytes, "what is stored is the blob");
    }
    Ok(())
}
