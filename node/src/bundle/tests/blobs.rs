//! Voice, pictures and papers in files.

use baro_crdt::entry::Attachment;
use baro_crdt::ids::BlobHash;
use bytes::Bytes;

use super::*;
use crate::blobs::{BlobClass, VerifiedSlice};
use crate::replica::{BlobChange, LocalChange};
use crate::store::{BlobBytes, BlobRow};

pub(crate) fn media(n: u8, size: usize) -> Bytes {
    // Nothing that packs.
    let mut bytes = vec![0; size];
    blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
    bytes.into()
}

impl Writer {
    /// Opens a debate whose words have these attached: bytes, and whether they are a voice.
    pub(crate) fn attach(&mut self, files: &[(Bytes, bool)]) {
        let attachments = files
            .iter()
            .map(|(bytes, voice)| Attachment {
                hash: BlobHash::of(bytes),
                size: bytes.len() as u64,
                media: "audio/ogg".into(),
                voice: *voice,
                name: None,
                language: None,
            })
            .collect();
        let words =
            Words { text: "Listen".into(), attachments: Some(attachments), ..Words::default() };
        let payload = Payload::new(&words, &mut self.rng).unwrap();
        self.payloads.push(payload.to_bytes().to_vec());
        let payload = Some(payload.reference());
        let body = Body::Debate { closes: None };
        self.entries.push(Entry { lamport_step: 0, time_step: 1, body, payload }.to_bytes());
    }
}

/// Puts bytes into a store, as a command here does.
pub(crate) fn add(store: &mut MemoryStore, bytes: &Bytes) {
    let (hash, size) = (BlobHash::of(bytes), bytes.len() as u64);
    let change = BlobChange::Add { size, bytes: BlobBytes::Memory(bytes.clone()) };
    commit(store, vec![Item::Local(LocalChange::Blob { hash, change })]);
}

/// A node whose words have these files, all here.
pub(crate) fn speaking(village: &Village, files: &[(Bytes, bool)]) -> MemoryStore {
    let mut store = village.debating(2, 1);
    files.iter().for_each(|(bytes, _)| add(&mut store, bytes));
    let mut log = village.founders_log(9);
    log.attach(files);
    commit(&mut store, vec![log.item(0)]);
    store
}

fn row(store: &MemoryStore, bytes: &Bytes) -> BlobRow {
    store.blob(&BlobHash::of(bytes)).unwrap().unwrap()
}

/// Hands over a run of groups, as a session does.
fn send(from: &MemoryStore, to: &mut MemoryStore, bytes: &Bytes, first: u32, groups: u32) {
    let (hash, size) = (BlobHash::of(bytes), bytes.len() as u64);
    let encoded = from.blob_slice(&hash, first, groups).unwrap().unwrap();
    let slice = VerifiedSlice::verify(hash, size, first, groups, &encoded).unwrap();
    commit(to, vec![Item::Slice(slice)]);
}

#[test]
fn what_words_name_goes_along_and_nothing_else() {
    let village = Village::new(1, 2);
    let files = [(media(1, 500_000), false), (media(2, 40_000), true)];
    let mut one = speaking(&village, &files);
    add(&mut one, &media(3, 30_000));
    let (bytes, written) = bundle(&one, None);
    let mut two = village.joined();
    let report = take(&mut two, &bytes).unwrap();
    // The founding record was there.
    assert_eq!((report.tally.new + 1, report.tally.refused), (written.items, 0));
    for (bytes, _) in &files {
        assert!(row(&two, bytes).is_complete());
    }
    assert_eq!(two.blobs().unwrap().len(), 2);
    // Again, everything is held; and it can be given on.
    let again = take(&mut two, &bytes).unwrap();
    assert_eq!((again.tally.new, again.tally.held), (0, written.items));
    let mut three = village.joined();
    take(&mut three, &bundle(&two, None).0).unwrap();
    assert!(row(&three, &files[0].0).is_complete());
}

#[test]
fn no_verified_group_is_carried_again() {
    let village = Village::new(1, 2);
    let file = media(1, 1_000_000);
    let one = speaking(&village, &[(file.clone(), false)]);
    let mut two = village.joined();
    let bounds = Bounds { bytes: u64::MAX, blobs: None, seal: None };
    let mut words = Vec::new();
    export_within(&one, None, &bounds, &mut words, &mut |_, _| {}).unwrap();
    take(&mut two, &words).unwrap();
    assert!(row(&two, &file).wanted && row(&two, &file).have.is_none());
    // A part by a session.
    send(&one, &mut two, &file, 3, 20);
    send(&one, &mut two, &file, 50, 2);
    // The rest by a bundle, and only that.
    let (rest, _) = bundle(&one, Some(&digest(&two)));
    assert!(rest.len() < 1_000_000 - 21 * 16_384, "{} bytes", rest.len());
    // It is torn: what was whole stays.
    let torn = &rest[..rest.len() / 2];
    let report = take(&mut two, torn).unwrap();
    assert!(report.torn && report.tally.new > 0 && report.tally.held == 0);
    let before = row(&two, &file).held_bytes();
    assert!(before > 22 * 16_384 && before < 1_000_000);
    let (last, _) = bundle(&one, Some(&digest(&two)));
    assert!(last.len() < rest.len());
    let report = take(&mut two, &last).unwrap();
    assert_eq!((report.tally.held, report.tally.refused), (0, 0));
    assert!(row(&two, &file).is_complete());
    assert_eq!(bundle(&one, Some(&digest(&two))).1.items, 0);
}

#[test]
fn within_a_size_voice_goes_before_large() {
    let village = Village::new(1, 2);
    let files = [(media(1, 2_000_000), false), (media(2, 40_000), true), (media(3, 90_000), false)];
    let one = speaking(&village, &files);
    for (blobs, most, whole) in [
        (None, u64::MAX, [false, false, false]),
        (Some(BlobClass::Voice), u64::MAX, [false, true, false]),
        (Some(BlobClass::Small), u64::MAX, [false, true, true]),
        (Some(BlobClass::Large), 700_000, [false, true, true]),
        (Some(BlobClass::Large), 60_000, [false, true, false]),
    ] {
        let mut bytes = Vec::new();
        let bounds = Bounds { bytes: most, blobs, seal: None };
        let written = export_within(&one, None, &bounds, &mut bytes, &mut |_, _| {}).unwrap();
        assert!(bytes.len() as u64 <= most);
        assert_eq!(written.left > 0, most < u64::MAX);
        let mut two = village.joined();
        let report = take(&mut two, &bytes).unwrap();
        assert_eq!((report.tally.new + 1, report.tally.refused), (written.items, 0));
        for ((bytes, _), whole) in files.iter().zip(whole) {
            assert_eq!(row(&two, bytes).is_complete(), whole, "{blobs:?} {most}");
        }
        assert_eq!(digest_of(&one, &village), digest_of(&two, &village));
        if most == 700_000 {
            assert!(row(&two, &files[0].0).held_bytes() > 300_000, "the rest of the room is used");
        }
    }
}

#[test]
fn parts_that_are_not_the_files_are_refused_and_counted() {
    let village = Village::new(1, 2);
    let file = media(1, 100_000);
    let one = speaking(&village, &[(file.clone(), false)]);
    let (bytes, _) = bundle(&one, None);
    let mut forged = MAGIC.to_vec();
    for frame in frames(&bytes).0 {
        match content::unpack::<content::Slices>(&frame) {
            Ok(mut slices) if frame.kind == content::SLICES => {
                for slice in &mut slices.slices {
                    let last = slice.bytes.len() - 1;
                    slice.bytes[last] ^= 1;
                }
                let frame = content::pack(content::SLICES, &slices).unwrap();
                forged.extend_from_slice(frame.as_bytes());
            }
            _ => forged.extend_from_slice(frame.as_bytes()),
        }
    }
    let mut two = village.joined();
    let report = take(&mut two, &forged).unwrap();
    assert_eq!(report.tally.reasons.get("a part of a file that is not the file's"), Some(&1));
    assert!(row(&two, &file).have.is_none());
    take(&mut two, &bytes).unwrap();
    assert!(row(&two, &file).is_complete());
}
