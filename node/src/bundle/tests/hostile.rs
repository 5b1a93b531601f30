//! Files that someone made to do harm.

use std::time::{Duration, Instant};

use baro_crdt::keys::Signature;
use minicbor::bytes::ByteVec;

use super::super::content::{self, LOGS, Logs, RECORDS, Records, WORDS, Words};
use super::*;
use crate::core::message::{LogRef, RecordItem, Run, WireEntry};
use crate::replica::{Refusal, Taken};

fn file(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    frames.iter().for_each(|frame| bytes.extend_from_slice(frame.as_bytes()));
    bytes
}

#[test]
fn other_peoples_files_are_no_bundles() {
    let village = Village::new(1, 1);
    let mut node = village.debating(2, 1);
    let before = digest_of(&node, &village);
    let zip =
        b"PK\x03\x04\x14\0\0\0\x08\0 and so on, as zip files go, with a name and a body".to_vec();
    for bytes in [Vec::new(), zip, vec![0; 100_000], MAGIC.to_vec(), b"\x89baro".to_vec()] {
        let error = take(&mut node, &bytes).unwrap_err();
        assert!(matches!(error, ImportError::Foreign));
        assert!(error.to_string().contains("no bundle"));
    }
    let digest = digest_file(&node);
    assert!(matches!(take(&mut node, &digest), Err(ImportError::Digest)));
    let (bundle, _) = bundle(&node, None);
    assert!(matches!(Digest::read(&mut bundle.as_slice()), Err(DigestError::Bundle)));
    assert_eq!(digest_of(&node, &village), before);
}

#[test]
fn a_bomb_does_not_go_off() {
    // A body that shrinks too well is stored as it is…
    let honest = Frame::pack(WORDS, &vec![0; BODY_BYTES_MAX]).unwrap();
    assert!(honest.as_bytes().len() > BODY_BYTES_MAX);
    assert_eq!(honest.unpack().unwrap(), vec![0; BODY_BYTES_MAX]);
    assert!(Frame::pack(WORDS, &vec![0; BODY_BYTES_MAX + 1]).is_err());
    // …and one made to shrink better, or to more than it says, is refused unread.
    let packed = zstd::bulk::compress(&vec![0; 64 << 20], 9).unwrap();
    for full in [BODY_BYTES_MAX as u32, 1, packed.len() as u32 * 60, u32::MAX] {
        let bomb = section::forge(WORDS, 1, packed.len() as u32, full, &packed);
        if let Ok(frame) = Frame::from_bytes(bomb) {
            assert_eq!(frame.unpack(), Err(SectionError::Packing));
        } else {
            assert_eq!(full, u32::MAX);
        }
    }
}

#[test]
fn lengths_that_cannot_be_are_damage() {
    let village = Village::new(1, 1);
    let good = frames(&bundle(&village.debating(2, 1), None).0).0;
    for stored in [BODY_BYTES_MAX as u32 + 1, u32::MAX, 5_000] {
        let lie = section::forge(LOGS, 0, stored, 10, b"0123456789");
        let bytes = [file(&[]), lie, good.iter().flat_map(Frame::as_bytes).copied().collect()];
        let mut node = village.joined();
        let report = take(&mut node, &bytes.concat()).unwrap();
        assert_eq!((report.sections_damaged, report.tally.refused), (1, 0));
        assert_eq!(report.sections, good.len() as u64 - 1);
    }
}

/// A file of heads that each claim the megabyte behind them would cost a megabyte of hashing for
/// every 36 bytes.
#[test]
fn heads_inside_each_other_cost_linear_work() {
    let head = &section::forge(LOGS, 0, BODY_BYTES_MAX as u32, 1, b"")[..36];
    let bytes = head.repeat(4 * 1024 * 1024 / 36);
    let begun = Instant::now();
    assert!(frames(&bytes).0.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn sections_with_a_right_checksum_and_wrong_content_are_counted() {
    let village = Village::new(1, 1);
    let newer = {
        let mut bytes = Frame::pack(LOGS, b"of the future").unwrap().as_bytes().to_vec();
        bytes = section::forge_version(2, &bytes);
        bytes
    };
    let odd = [
        Frame::pack(LOGS, b"not CBOR at all").unwrap(),
        Frame::pack(RECORDS, b"").unwrap(),
        Frame::pack(99, b"\x80").unwrap(),
    ];
    let good = frames(&bundle(&village.debating(2, 1), None).0).0;
    let mut bytes = file(&odd);
    bytes.extend_from_slice(&newer);
    good.iter().for_each(|frame| bytes.extend_from_slice(frame.as_bytes()));
    let mut node = village.joined();
    let report = take(&mut node, &bytes).unwrap();
    assert_eq!((report.sections_damaged, report.too_new), (3, Some(2)));
    assert_eq!(report.tally.refused, 3);
    assert!(report.tally.new > 0);
    let alone = [MAGIC.to_vec(), newer].concat();
    assert!(matches!(take(&mut node, &alone), Err(ImportError::TooNew(2))));
}

#[test]
fn nothing_unsigned_gets_in() {
    let village = Village::new(1, 2);
    let source = village.debating(2, 1);
    let community = village.id();
    let mut forged = village.log(0, 9);
    forged.name("Somebody else");
    let Header { author, grant, stream, lane, volume, .. } = forged.header.clone();
    let run = |from: u32, entries: Vec<WireEntry>, signature: Signature| Run {
        log: LogRef::New { author, grant, stream, lane, volume },
        from,
        entries,
        signature,
    };
    let entry = WireEntry { bytes: forged.entries[0].clone(), words: None };
    let stolen = forged.head().sign(&village.members[1]).signature;
    let right = forged.head().sign(&village.members[0]).signature;
    let runs = vec![
        run(0, vec![entry.clone()], stolen),
        run(0, Vec::new(), right),
        run(u32::MAX, vec![entry.clone()], right),
        run(7, vec![entry.clone()], right),
        run(0, vec![WireEntry { bytes: Vec::new(), words: Some(vec![1]) }], right),
        run(0, vec![entry.clone(); 5_000], right),
        Run { log: LogRef::Known([0; 6].into()), ..run(0, vec![entry], right) },
    ];
    let mut record = village.grant.to_bytes().to_vec();
    let last = record.len() - 1;
    record[last] ^= 1;
    let other = Village::new(7, 1);
    let items = vec![
        RecordItem::Record(record),
        RecordItem::Record(b"no record".to_vec()),
        RecordItem::Record(other.founding.to_bytes().to_vec()),
        RecordItem::Cut(b"no proof".to_vec()),
    ];
    let words = vec![ByteVec::from(b"words that nobody said".to_vec())];
    let bytes = file(&[
        content::pack(RECORDS, &Records { community, items }).unwrap(),
        content::pack(LOGS, &Logs { community, runs }).unwrap(),
        content::pack(WORDS, &Words { community, words }).unwrap(),
    ]);
    let mut node = village.joined();
    take(&mut node, &bundle(&source, None).0).unwrap();
    let before = digest_of(&node, &village);
    let report = take(&mut node, &bytes).unwrap();
    assert_eq!(report.tally.new, 0, "{:?}", report.tally);
    assert_eq!(digest_of(&node, &village), before);
    assert!(is_part_of(&node, &source, &village));
}

#[test]
fn what_goes_on_from_another_branch_is_not_put_behind_this_one() {
    let village = Village::new(7, 1);
    let mut node = village.joined();
    let (mut ours, mut theirs) = (village.founders_log(1), village.founders_log(1));
    ours.name("Awa");
    theirs.name("Fatou");
    theirs.name("Fatou of the well");
    commit(&mut node, vec![ours.item(0)]);
    let before = digest_of(&node, &village);
    // Signed by its author, and chained to a first entry that this node does not hold.
    let outcome = commit(&mut node, vec![theirs.item(1)]);
    assert_eq!(outcome.taken, [Taken::Refused(Refusal::OtherBranch)]);
    assert_eq!(digest_of(&node, &village), before);
    // The whole branch is a fork like any other, and its proof holds.
    assert_eq!(commit(&mut node, vec![theirs.item(0)]).taken, [Taken::New]);
    let cut = node.cut(&ours.log()).unwrap().unwrap();
    let proof = baro_crdt::fork::ForkProof::from_bytes(&cut.proof).unwrap();
    assert_eq!(proof.verify().unwrap().length, 0);
}
