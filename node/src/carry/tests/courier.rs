//! Sticks that work as they should.

use super::*;

/// A log of member `n` with this many names said.
fn named(village: &Village, n: usize, lane: u8, names: u32) -> Item {
    let mut log = village.log(n, lane);
    for name in 0..names {
        log.name(&format!("Awa {name} of {n}"));
    }
    log.item(0)
}

#[test]
fn two_nodes_are_equal_after_one_stick_went_to_and_fro() {
    let village = Village::new(1, 5);
    let stick = tempfile::tempdir().unwrap();
    let mut one = Visitor::new(village.debating(20, 1), 1);
    let mut two = Visitor::new(village.debating(30, 2), 2);
    let first = one.visit(stick.path());
    assert_eq!((first.bundles_taken, first.bundles_put, first.items_left), (0, 1, 0));
    let second = two.visit(stick.path());
    assert_eq!((second.tally.new, second.tally.refused), (first.items_put - 2, 0));
    assert_eq!(second.bundles_put, 1);
    let third = one.visit(stick.path());
    assert_eq!((third.bundles_put, third.items_left), (0, 0));
    assert_eq!(digest_of(&one.store, &village), digest_of(&two.store, &village));
    for node in [&one, &two] {
        assert!(node.store.wanted(&village.id()).unwrap().is_empty(), "all words came along");
    }

    // Nothing is read again and nothing written where nothing is new.
    let (read, before) = ((one.sections, two.sections), files(stick.path(), ""));
    for node in [&mut one, &mut two] {
        let again = node.visit(stick.path());
        assert_eq!((again.bundles_taken, again.bundles_put, again.items_put), (0, 0, 0));
    }
    assert_eq!(((one.sections, two.sections), files(stick.path(), "")), (read, before));
}

#[test]
fn a_stick_carries_communities_that_its_bearers_do_not_know() {
    let (ours, theirs) = (Village::new(1, 3), Village::new(2, 3));
    let stick = tempfile::tempdir().unwrap();
    let mut one = Visitor::new(ours.debating(9, 1), 1);
    let mut other = Visitor::new(theirs.debating(9, 1), 2);
    one.visit(stick.path());
    let passing = other.visit(stick.path());
    assert_eq!((passing.bundles_foreign, passing.bundles_taken, other.sections), (1, 0, 0));
    one.visit(stick.path());
    // Whoever joins later finds what passed by before.
    ours.join(&mut other.store);
    let joined = other.visit(stick.path());
    assert_eq!((joined.bundles_taken, joined.tally.refused), (1, 0));
    assert_eq!(digest_of(&one.store, &ours), digest_of(&other.store, &ours));
    let mut third = Visitor::new(theirs.joined(), 3);
    third.visit(stick.path());
    assert_eq!(digest_of(&third.store, &theirs), digest_of(&other.store, &theirs));
}

#[test]
fn a_bundle_of_two_communities_is_read_again_by_who_joins_the_second() {
    let (ours, theirs) = (Village::new(1, 2), Village::new(2, 2));
    let stick = tempfile::tempdir().unwrap();
    let mut both = Visitor::new(ours.debating(3, 1), 1);
    theirs.join(&mut both.store);
    both.take_in(vec![Item::Record(theirs.grant.clone()), named(&theirs, 0, 1, 7)]);
    both.visit(stick.path());
    let mut one = Visitor::new(ours.joined(), 2);
    assert!(one.visit(stick.path()).tally.refused > 0);
    assert_eq!(one.visit(stick.path()).bundles_known, 1);
    theirs.join(&mut one.store);
    one.replica = Replica::default();
    assert_eq!(one.visit(stick.path()).tally.refused, 0);
    assert_eq!(digest_of(&one.store, &theirs), digest_of(&both.store, &theirs));
}

#[test]
fn what_others_put_there_is_left_alone() {
    let village = Village::new(1, 3);
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().join(FOLDER);
    fs::create_dir(&folder).unwrap();
    let foreign = ["song.mp3", "baro/notes.txt", "baro/x.baro", "baro/.part", "baro/ab.index"];
    for name in foreign {
        fs::write(stick.path().join(name), name).unwrap();
        age(&stick.path().join(name), Duration::from_secs(1_000_000));
    }
    fs::create_dir(folder.join("folder.baro")).unwrap();
    let mut one = Visitor::new(village.debating(5, 1), 1);
    let report = one.visit(stick.path());
    // The one called like a bundle is looked at, and is none.
    assert_eq!((report.unreadable.len(), report.bundles_put, report.leftovers), (1, 1, 0));
    assert_eq!(one.visit(stick.path()).unreadable.len(), 0);
    for name in foreign {
        assert_eq!(fs::read_to_string(stick.path().join(name)).unwrap(), name);
    }
    assert!(folder.join("folder.baro").is_dir());
}

#[test]
fn a_bundle_put_there_by_hand_is_taken_in_and_stays() {
    let village = Village::new(1, 3);
    let stick = tempfile::tempdir().unwrap();
    let one = Visitor::new(village.debating(5, 1), 1);
    fs::create_dir(stick.path().join(FOLDER)).unwrap();
    let by_hand = stick.path().join(FOLDER).join("for Moussa.baro");
    let (bytes, _) = crate::bundle::tests::bundle(&one.store, None);
    fs::write(&by_hand, &bytes).unwrap();
    let mut two = Visitor::new(village.joined(), 2);
    two.visit(stick.path());
    two.visit(stick.path());
    assert_eq!(digest_of(&one.store, &village), digest_of(&two.store, &village));
    assert_eq!(fs::read(&by_hand).unwrap(), bytes);
}

#[test]
fn many_small_visits_leave_few_bundles() {
    let village = Village::new(1, 30);
    let stick = tempfile::tempdir().unwrap();
    let mut one = Visitor::new(village.joined(), 1);
    one.take_in(vec![Item::Record(village.grant.clone())]);
    let mut two = Visitor::new(village.joined(), 2);
    let mut written = 0;
    for n in 0..60 {
        let node = if n % 2 == 0 { &mut one } else { &mut two };
        node.visit(stick.path());
        node.take_in(vec![named(&village, n % 30, n as u8, 40)]);
        let report = node.visit(stick.path());
        assert_eq!(report.items_left, 0);
        written += report.bytes_put;
        assert!(files(stick.path(), ".baro").len() <= 8, "{n}");
        assert_eq!(files(stick.path(), ".baro").len(), files(stick.path(), ".index").len());
        assert!(files(stick.path(), ".part").is_empty());
    }
    let standing: u64 =
        files(stick.path(), ".baro").iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(written < 12 * standing, "{written} bytes written for {standing} that stand");
    let mut fresh = Visitor::new(village.joined(), 3);
    assert_eq!(fresh.visit(stick.path()).tally.refused, 0);
    one.visit(stick.path());
    assert_eq!(digest_of(&one.store, &village), digest_of(&fresh.store, &village));
}
