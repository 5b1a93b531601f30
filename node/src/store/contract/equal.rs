//! Both stores give equal answers after the same writes, whatever these were.

use proptest::prelude::*;

use super::*;

/// One write; small numbers, so that writes meet.
#[derive(Clone, Debug)]
enum Op {
    Community(u8),
    DropCommunity(u8),
    Record(u8, u8),
    Log(u8, u8),
    Append(u8, u8, usize),
    Truncate(u8, u8),
    Head(u8, u8),
    DropHead(u8, u8),
    Payload(u8),
    DropPayload(u8),
    Wanted(u8, u8, u8),
    Cut(u8, u8),
    Name(u8, u8, u8, u8),
    Post(u8, u8, u8, u8),
    Edit(u8, u8, u8, u8),
    Hide(u8, u8, u8, u8),
    Vote(u8, u8, u8, u8),
    Question(u8, u8, u8, u8),
    Receipt(u8, u8, u8, u8),
    Clear(u8),
    Person(u8, u8),
    Local(u8, u8),
}

const FAMILIES: [PostFamily; 3] = [PostFamily::Debate, PostFamily::Post, PostFamily::Answer];
const CHOICES: [Choice; 3] = [Choice::Agree, Choice::Disagree, Choice::Pass];

fn op() -> impl Strategy<Value = Op> {
    let (c, p, n) = (0..3u8, 0..4u8, 0..6u8);
    prop_oneof![
        c.clone().prop_map(Op::Community),
        c.clone().prop_map(Op::DropCommunity),
        (c.clone(), n.clone()).prop_map(|(c, n)| Op::Record(c, n)),
        (c.clone(), p.clone()).prop_map(|(c, p)| Op::Log(c, p)),
        (n.clone(), n.clone(), 0..3_000usize).prop_map(|(log, n, size)| Op::Append(log, n, size)),
        (n.clone(), 0..12u8).prop_map(|(log, n)| Op::Truncate(log, n)),
        (n.clone(), n.clone()).prop_map(|(log, n)| Op::Head(log, n)),
        (n.clone(), n.clone()).prop_map(|(log, n)| Op::DropHead(log, n)),
        n.clone().prop_map(Op::Payload),
        n.clone().prop_map(Op::DropPayload),
        (c.clone(), n.clone(), n.clone()).prop_map(|(c, log, n)| Op::Wanted(c, log, n)),
        (c.clone(), n.clone()).prop_map(|(c, n)| Op::Cut(c, n)),
        (c.clone(), p.clone(), n.clone(), n.clone()).prop_map(|(c, p, l, n)| Op::Name(c, p, l, n)),
        (c.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(c, a, l, n)| Op::Post(c, a, l, n)),
        (c.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(c, a, l, n)| Op::Edit(c, a, l, n)),
        (c.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(c, a, l, n)| Op::Hide(c, a, l, n)),
        (c.clone(), n.clone(), n.clone(), n.clone()).prop_map(|(c, a, l, n)| Op::Vote(c, a, l, n)),
        (c.clone(), n.clone(), n.clone(), n.clone())
            .prop_map(|(c, a, l, n)| Op::Question(c, a, l, n)),
        (c.clone(), n.clone(), n.clone(), n.clone())
            .prop_map(|(c, a, l, n)| Op::Receipt(c, a, l, n)),
        c.clone().prop_map(Op::Clear),
        (c, p).prop_map(|(c, p)| Op::Person(c, p)),
        (n.clone(), n).prop_map(|(k, v)| Op::Local(k, v)),
    ]
}

/// Entry ids are bound to their community, as real ones are; a stranger may name any.
fn own(of: u8, n: u8) -> u8 {
    of * 6 + n
}

fn apply(tx: &mut dyn Write, op: &Op) -> Result<()> {
    match *op {
        Op::Community(c) => tx.put_community(&community_row(c)),
        Op::DropCommunity(c) => tx.drop_community(&community(c)),
        Op::Record(c, n) => tx.put_record(&record_row(c, own(c, n))),
        Op::Log(c, p) => match tx.log(&log_row(c, p, 0).id)? {
            Some(_) => Ok(()),
            None => tx.add_log(&log_row(c, p, 0)).map(drop),
        },
        Op::Append(log, n, size) => {
            let log = LogNumber(log.into());
            let held = u32::try_from(tx.entries(log, 0..u32::MAX)?.len()).unwrap();
            tx.append(log, held, &vec![vec![n; size]; usize::from(n)])
        }
        Op::Truncate(log, n) => tx.truncate(LogNumber(log.into()), n.into()),
        Op::Head(log, n) => match tx.log_by_number(LogNumber(log.into()))? {
            Some(row) => tx.put_head(row.number, &signed_head(row.id, n.into())),
            None => Err(StoreError::Busy),
        },
        Op::DropHead(log, n) => tx.drop_head(LogNumber(log.into()), n.into()),
        Op::Payload(n) => tx.put_payload(&hash(n), &[n; 30]),
        Op::DropPayload(n) => tx.drop_payload(&hash(n)),
        Op::Wanted(c, log, n) => tx.put_wanted(&WantedRow {
            community: community(c),
            log: LogNumber(log.into()),
            index: n.into(),
            hash: hash(n),
            size: 30,
        }),
        Op::Cut(c, n) => tx.put_cut(&CutRow {
            community: community(c),
            log: LogId::from_bytes([own(c, n); 32]),
            cut: n.into(),
            proof: vec![n],
        }),
        Op::Name(c, p, lamport, n) => tx.put_name(&NameRow {
            community: community(c),
            person: person(p),
            name: format!("name {n}"),
            lamport: lamport.into(),
            entry: entry(n),
        }),
        Op::Post(c, at, lamport, n) => {
            let family = FAMILIES[usize::from(at % 3)];
            let parent = (n > 1).then_some(at * 3 + n);
            tx.put_post(&post_row(c, own(c, at), family, parent, lamport.into()))
        }
        Op::Edit(c, at, lamport, n) => tx.put_edit(&EditRow {
            community: community(c),
            target: entry(at * 3),
            author: person(n % 2),
            lamport: lamport.into(),
            entry: entry(own(c, n)),
            payload: (n > 2).then(|| hash(n)),
        }),
        Op::Hide(c, at, lamport, n) => tx.put_hide(&HideRow {
            community: community(c),
            post: entry(at * 3),
            by: person(n),
            lamport: lamport.into(),
            entry: entry(own(c, n)),
            reason: (n > 2).then(|| "loud".into()),
        }),
        Op::Vote(c, at, lamport, n) => {
            let choice = CHOICES[usize::from(n % 3)];
            tx.put_vote(&vote_row(c, at * 3, n % 4, choice, lamport.into(), own(c, n)))
        }
        Op::Question(c, at, lamport, n) => {
            let parent = (n > 1).then_some(at * 3 + n);
            let row = post_row(c, own(c, at), PostFamily::Post, parent, lamport.into());
            tx.put_question(&row)
        }
        Op::Receipt(c, at, lamport, n) => tx.put_receipt(&ReceiptRow {
            community: community(c),
            target: entry(at * 3),
            person: person(n % 3),
            read: n > 2,
            lamport: lamport.into(),
            entry: entry(own(c, n)),
            declared_at: WallSeconds(n.into()),
        }),
        Op::Clear(c) => tx.clear_projections(&community(c)),
        Op::Person(c, p) => tx.put_local_person(&LocalPerson {
            community: community(c),
            person: person(p),
            name: format!("{p}"),
            seed: Some([p; 32]),
        }),
        Op::Local(k, v) => match v {
            0 => tx.drop_local(&format!("k{k}")),
            _ => tx.put_local(&format!("k{k}"), &[v]),
        },
    }
}

/// Everything that can be read, as text.
fn all(store: &dyn Read) -> Vec<String> {
    let mut told = vec![
        format!("{:?}", store.communities()),
        format!("{:?}", store.local_persons()),
        format!("{:?}", store.local_prefix("k")),
        format!("{:?}", store.local("k1")),
    ];
    for n in 0..3 {
        let id = community(n);
        told.push(format!("{:?}", store.community(&id)));
        told.push(format!("{:?}", store.records(&id)));
        told.push(format!("{:?}", store.logs(&id)));
        told.push(format!("{:?}", store.wanted(&id)));
        told.push(format!("{:?}", store.cuts(&id)));
        told.push(format!("{:?}", store.names(&id)));
        told.push(format!("{:?}", store.questions(&id)));
        told.extend(FAMILIES.map(|family| format!("{:?}", store.posts(&id, family))));
        told.extend((0..4).map(|p| format!("{:?}", store.logs_of(&id, &person(p)))));
    }
    for n in 0..24 {
        told.push(format!("{:?}", store.entries(LogNumber(n), 0..99)));
        told.push(format!("{:?}", store.entries(LogNumber(n), 2..5)));
        told.push(format!("{:?}", store.heads(LogNumber(n))));
        told.push(format!("{:?}", store.log_by_number(LogNumber(n))));
    }
    for n in 0..24 {
        told.push(format!("{:?}", store.record(&RecordId::from_bytes([n; 32]))));
        told.push(format!("{:?}", store.cut(&LogId::from_bytes([n; 32]))));
        told.push(format!("{:?}", store.payload(&hash(n))));
        told.push(format!("{:?}", store.post(&entry(n))));
        told.push(format!("{:?}", store.hide(&entry(n))));
        told.push(format!("{:?}", store.receipts(&entry(n))));
        told.push(format!("{:?}", store.tally(&entry(n))));
        told.push(format!("{:?}", store.votes(&entry(n))));
        told.extend(FAMILIES.map(|family| format!("{:?}", store.posts_in(&entry(n), family))));
        told.extend(FAMILIES.map(|family| format!("{:?}", store.posts_count(&entry(n), family))));
        let votes = store.votes_in(&entry(n)).map(|mut votes| {
            votes.sort_unstable();
            votes
        });
        told.push(format!("{votes:?}"));
        told.push(format!("{:?}", store.gone_in(&entry(n))));
        told.push(format!("{:?}", store.answers_in(&entry(n))));
        told.extend((0..2).map(|p| format!("{:?}", store.edit(&entry(n), &person(p)))));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn both_stores_answer_alike(
        batches in proptest::collection::vec(
            (proptest::collection::vec(op(), 1..12), prop::bool::weighted(0.2)), 1..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let key = crate::vault::DataKey::from_bytes([3; 32]);
        let database = Database::sealed(&folder.path().join("store"), &key);
        let pool = Pool::default();
        let mut memory = MemoryStore::sharing(&pool);
        // A second store on the same pool sees other things and must not be seen.
        let mut beside = MemoryStore::sharing(&pool);
        let mut sqlite = database.store().unwrap();
        for (at, (ops, fails)) in batches.iter().enumerate() {
            let mut work = |tx: &mut dyn Write| {
                ops.iter().try_for_each(|op| apply(tx, op))?;
                if *fails { Err(StoreError::Full) } else { Ok(()) }
            };
            if at % 2 == 0 {
                drop(beside.transaction(&mut work));
            }
            let before = fails.then(|| all(&memory));
            let done = memory.transaction(&mut work).is_ok();
            prop_assert_eq!(sqlite.transaction(&mut work).is_ok(), done);
            if let Some(before) = before {
                prop_assert_eq!(all(&memory), before);
            }
            let told = all(&memory);
            for (one, other) in all(&sqlite).iter().zip(&told) {
                prop_assert_eq!(one, other);
            }
        }
        drop(sqlite);
        let reader = {
            let sqlite = database.store().unwrap();
            prop_assert_eq!(sqlite.integrity().unwrap(), Vec::<String>::new());
            sqlite.reader().unwrap()
        };
        prop_assert_eq!(all(&reader.snapshot().unwrap()), all(&memory));
    }
}
