//! Files that are torn, flipped, spliced and put together.

use proptest::prelude::*;

use super::*;

/// A small node of two communities, so that its bundle has several sections.
fn source() -> (MemoryStore, [Village; 2]) {
    let villages = [Village::new(1, 2), Village::new(2, 1)];
    let mut store = villages[0].debating(3, 1);
    villages[1].join(&mut store);
    take(&mut store, &bundle(&villages[1].debating(2, 1), None).0).unwrap();
    (store, villages)
}

fn receiver(villages: &[Village; 2]) -> MemoryStore {
    let mut store = villages[0].joined();
    villages[1].join(&mut store);
    store
}

#[test]
fn a_file_torn_anywhere_gives_every_section_before() {
    let (store, villages) = source();
    let (whole, written) = bundle(&store, None);
    let (all, _) = frames(&whole);
    assert!(written.sections >= 4);
    let mut before = 0;
    for length in 0..whole.len() {
        let torn = &whole[..length];
        let mut ends = MAGIC.len();
        let intact = all.iter().take_while(|frame| {
            ends += frame.as_bytes().len();
            ends <= length
        });
        let intact = intact.count();
        assert_eq!(frames(torn).0, all[..intact], "torn at {length}");
        // Taken in once for each number of sections: signatures cost time.
        let mut node = receiver(&villages);
        if intact == 0 {
            assert!(matches!(take(&mut node, torn), Err(ImportError::Foreign)));
        } else if intact != before || length + 1 == whole.len() {
            let report = take(&mut node, torn).unwrap();
            assert!(report.torn && report.sections_damaged == 1, "{report:?}");
            assert_eq!(report.sections, intact as u64);
            assert_eq!(report.tally.refused, 0);
        }
        before = intact;
    }
}

#[test]
fn a_section_cut_out_costs_itself() {
    let (store, villages) = source();
    let (whole, _) = bundle(&store, None);
    let (all, _) = frames(&whole);
    let mut at = MAGIC.len();
    for (n, frame) in all.iter().enumerate().take(all.len() - 1) {
        let length = frame.as_bytes().len();
        // The whole of it, or its second half: then the next begins inside it.
        for from in [at, at + length / 2] {
            let spliced = [&whole[..from], &whole[at + length..]].concat();
            let mut rest = all.clone();
            rest.remove(n);
            assert_eq!(frames(&spliced).0, rest);
            let report = take(&mut receiver(&villages), &spliced).unwrap();
            assert_eq!((report.sections_damaged, report.torn), (1, false));
        }
        at += length;
    }
}

#[test]
fn bundles_behind_each_other_and_sections_in_any_order() {
    let (store, villages) = source();
    let (whole, written) = bundle(&store, None);
    let mut node = receiver(&villages);
    let report = take(&mut node, &[whole.clone(), whole.clone()].concat()).unwrap();
    assert_eq!(report.sections, 2 * written.sections);
    assert_eq!((report.sections_damaged, report.torn), (0, false));
    assert_eq!(digest_of(&node, &villages[0]), digest_of(&store, &villages[0]));

    // The first torn in its second half: the second stands behind it all the same.
    let half = [&whole[..whole.len() / 2], &whole].concat();
    let mut node = receiver(&villages);
    let report = take(&mut node, &half).unwrap();
    assert_eq!((report.sections_damaged, report.torn), (1, false), "{report:?}");
    assert_eq!(digest_of(&node, &villages[1]), digest_of(&store, &villages[1]));

    let mut backwards: Vec<u8> = MAGIC.to_vec();
    for frame in frames(&whole).0.iter().rev() {
        backwards.extend_from_slice(frame.as_bytes());
    }
    let mut node = receiver(&villages);
    let report = take(&mut node, &backwards).unwrap();
    assert_eq!(report.tally.refused, 0, "{:?}", report.tally);
    for village in &villages {
        assert_eq!(digest_of(&node, village), digest_of(&store, village));
    }
}

#[test]
fn a_damaged_digest_is_no_digest() {
    let (store, _) = source();
    let whole = digest_file(&store);
    for length in 0..whole.len() {
        assert!(Digest::read(&mut &whole[..length]).is_err());
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(Digest::read(&mut flipped.as_slice()).is_err(), "flipped at {at}");
    }
    assert!(matches!(
        Digest::read(&mut [whole.clone(), whole].concat().as_slice()),
        Err(DigestError::Several)
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flipped_bits_cost_the_sections_they_touch(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..6),
    ) {
        let (store, villages) = source();
        let (whole, _) = bundle(&store, None);
        let (all, _) = frames(&whole);
        let mut flipped = whole.clone();
        for (at, bit) in &flips {
            flipped[at.index(whole.len())] ^= 1 << bit;
        }
        let mut at = MAGIC.len();
        let untouched: Vec<Frame> = all.iter().filter(|frame| {
            let range = at..at + frame.as_bytes().len();
            at = range.end;
            whole[range.clone()] == flipped[range]
        }).cloned().collect();
        prop_assert_eq!(&frames(&flipped).0, &untouched);

        let mut node = receiver(&villages);
        if let Ok(report) = take(&mut node, &flipped) {
            prop_assert!(flipped == whole || report.sections_damaged > 0);
        }
        for village in &villages {
            prop_assert!(is_part_of(&node, &store, village));
        }
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..4_096)) {
        prop_assert!(frames(&bytes).0.is_empty());
        let mut node = Village::new(1, 1).joined();
        prop_assert!(matches!(take(&mut node, &bytes), Err(ImportError::Foreign)));
        prop_assert!(matches!(Digest::read(&mut bytes.as_slice()), Err(DigestError::Foreign)));
    }
}
