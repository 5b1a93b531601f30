//! Two nodes that hear each other only through files.

use baro_crdt::record::Revocation;

use super::*;
use crate::replica::Refusal;

#[test]
fn two_nodes_are_equal_after_a_bundle_each_way() {
    let village = Village::new(1, 5);
    let (mut one, mut two) = (village.debating(20, 1), village.debating(30, 2));
    assert_ne!(digest_of(&one, &village), digest_of(&two, &village));

    let (whole, all) = bundle(&one, None);
    let (bytes, written) = bundle(&one, Some(&digest(&two)));
    assert!(bytes.len() < whole.len() && written.items < all.items);
    let report = take(&mut two, &bytes).unwrap();
    assert_eq!(report.tally.new, written.items);
    assert_eq!((report.tally.refused, report.sections_damaged), (0, 0));
    assert_eq!((report.sections, report.bytes), (written.sections, written.bytes));

    let (bytes, _) = bundle(&two, Some(&digest(&one)));
    take(&mut one, &bytes).unwrap();
    assert_eq!(digest_of(&one, &village), digest_of(&two, &village));
    for store in [&one, &two] {
        assert!(store.wanted(&village.id()).unwrap().is_empty(), "all words came along");
    }

    // Nothing is left to carry; what comes again is held.
    let (empty, written) = bundle(&two, Some(&digest(&one)));
    assert_eq!((written.items, written.sections), (0, 0));
    let nothing = take(&mut one, &empty).unwrap();
    assert_eq!((nothing.tally.new, nothing.sections_damaged, nothing.torn), (0, 0, false));
    let again = take(&mut two, &whole).unwrap();
    assert_eq!((again.tally.new, again.tally.held), (0, all.items));
}

#[test]
fn what_was_written_since_goes_as_a_suffix() {
    let village = Village::new(1, 2);
    let mut one = village.debating(5, 1);
    let mut log = village.founders_log(9);
    for n in 0..50 {
        log.name(&format!("Awa {n}"));
    }
    commit(&mut one, vec![log.item(0)]);
    let mut two = village.joined();
    take(&mut two, &bundle(&one, None).0).unwrap();
    log.name("Awa");
    commit(&mut one, vec![log.item(50)]);

    let (bytes, written) = bundle(&one, Some(&digest(&two)));
    assert_eq!(written.items, 1);
    assert!(bytes.len() < 400, "{} bytes", bytes.len());
    assert_eq!(take(&mut two, &bytes).unwrap().tally.new, 1);
    assert_eq!(digest_of(&one, &village), digest_of(&two, &village));
    // A third node, which lacks what comes before, cannot believe it yet.
    let mut three = village.joined();
    let report = take(&mut three, &bytes).unwrap();
    assert_eq!((report.tally.new, report.tally.refused), (0, 1));
    assert!(report.tally.reasons.contains_key(&Refusal::Gap.to_string()));
}

#[test]
fn words_that_are_missing_come_alone() {
    let village = Village::new(1, 1);
    let source = village.debating(6, 1);
    let mut poor = village.joined();
    let mut log = village.founders_log(1);
    let debate = log.say(Body::Debate { closes: None }, Some("Where does the well go?"));
    for n in 0..6 {
        let (kind, reply_to) = (PostKind::Statement, None);
        let body = Body::Post { debate, kind, reply_to, to: None };
        log.say(body, Some(&format!("Behind house {n}, by the road")));
    }
    log.payloads.clear();
    let others: Vec<Item> = vec![Item::Record(village.grant.clone()), log.item(0)];
    commit(&mut poor, others);
    assert_eq!(poor.wanted(&village.id()).unwrap().len(), 7);
    let (bytes, _) = bundle(&source, Some(&digest(&poor)));
    let report = take(&mut poor, &bytes).unwrap();
    assert_eq!(report.tally.refused, 0, "{:?}", report.tally.reasons);
    assert!(poor.wanted(&village.id()).unwrap().is_empty());
    assert_eq!(digest_of(&poor, &village), digest_of(&source, &village));
}

#[test]
fn two_branches_of_a_log_meet_in_a_bundle() {
    let village = Village::new(1, 1);
    let (mut one, mut two) = (village.debating(1, 1), village.debating(1, 1));
    let mut left = village.log(0, 5);
    left.name("Awa");
    left.name("Awa Traoré");
    let mut right = village.log(0, 5);
    right.name("Awa");
    commit(&mut one, vec![right.item(0)]);
    commit(&mut two, vec![right.item(0)]);
    right.name("Awa Keïta");
    commit(&mut one, vec![left.item(1)]);
    commit(&mut two, vec![right.item(1)]);

    let (bytes, _) = bundle(&one, Some(&digest(&two)));
    let report = take(&mut two, &bytes).unwrap();
    assert!(report.tally.reasons.contains_key(&Refusal::OtherBranch.to_string()));
    assert_eq!(two.cut(&left.log()).unwrap().map(|row| row.cut), Some(1));
    let (bytes, _) = bundle(&two, Some(&digest(&one)));
    take(&mut one, &bytes).unwrap();
    assert_eq!(digest_of(&one, &village), digest_of(&two, &village));
}

#[test]
fn what_waits_for_an_authority_travels_too() {
    let village = Village::new(1, 2);
    let mut one = village.debating(3, 1);
    let body = RecordBody::Revocation(Revocation {
        community: village.id(),
        by: vec![village.founder.id()],
        via: village.founding.id(),
        person: village.members[0].id(),
        roles: Vec::new(),
        keep_records: Vec::new(),
        keep_logs: Vec::new(),
    });
    commit(&mut one, vec![Item::Record(Record::sign(body, &[&village.founder]).unwrap())]);
    let log = village.log(0, 1).log();
    assert_eq!(one.log(&log).unwrap().unwrap().authorised, 0);
    let mut two = village.joined();
    take(&mut two, &bundle(&one, None).0).unwrap();
    assert_eq!(two.log(&log).unwrap().unwrap().cursor.length, 3);
    assert_eq!(digest_of(&one, &village), digest_of(&two, &village));
    assert_eq!(bundle(&one, Some(&digest(&two))).1.items, 0);
}

#[test]
fn a_community_nobody_here_joined_is_refused_and_the_others_taken_in() {
    let (ours, theirs) = (Village::new(1, 2), Village::new(2, 2));
    let mut both = ours.debating(4, 1);
    theirs.join(&mut both);
    let (foreign, _) = bundle(&theirs.debating(4, 1), None);
    take(&mut both, &foreign).unwrap();
    let mut one = ours.joined();
    let report = take(&mut one, &bundle(&both, None).0).unwrap();
    assert_eq!(digest_of(&one, &ours), digest_of(&both, &ours));
    assert!(one.community(&theirs.id()).unwrap().is_none());
    assert_eq!(report.tally.reasons.get(&Refusal::UnknownCommunity.to_string()), Some(&15));
    // A bundle made for it leaves the community out.
    let (_, written) = bundle(&both, Some(&digest(&one)));
    assert_eq!((written.communities, written.items), (1, 0));
}
