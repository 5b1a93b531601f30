//! What random histories reach: agreement would prove little if they never came to what it is for.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::history::{History, histories};
use crate::oracle::Oracle;
use baro_crdt::ids::RecordId;
use baro_crdt::record::{Body, Record, Revocation};

/// How often a history had something of a kind.
#[derive(Default)]
pub(crate) struct Reached(BTreeMap<&'static str, usize>);

/// Everything that has to be reached.
const KINDS: [&str; 21] = [
    "accept that lost",
    "compromise that counts",
    "cut log",
    "end of mandate that counts",
    "epoch in force",
    "founders together, as many as it takes",
    "founders together, too few",
    "founders' revocation of a founder",
    "grant signed after its signer was let out",
    "kept revocation",
    "let-in grant",
    "let-in log",
    "managers who let each other out",
    "member by a ticket that was taken back, kept",
    "member by a ticket that was taken back, shut out",
    "orphaned grant",
    "overcoming grant in force",
    "revocation that lost",
    "struck-out closing or co-signature",
    "struck-out grant",
    "void revocation",
];

impl Reached {
    fn add(&mut self, kind: &'static str, is: bool) {
        debug_assert!(KINDS.contains(&kind), "{kind}");
        *self.0.entry(kind).or_default() += usize::from(is);
    }

    /// What both have seen.
    pub(crate) fn join(&mut self, other: Self) {
        for (kind, count) in other.0 {
            *self.0.entry(kind).or_default() += count;
        }
    }

    /// Looks one history over.
    pub(crate) fn count(&mut self, history: &History) {
        let village = &history.village;
        let oracle = Oracle::new(&village.founding, &village.records);
        let without_accepts: Vec<Record> = village
            .records
            .iter()
            .filter(|record| !matches!(record.body(), Body::Accept(_)))
            .cloned()
            .collect();
        let shut = Oracle::new(&village.founding, &without_accepts);
        for (at, record) in village.records.iter().enumerate() {
            if record.community() != village.founding.community() {
                continue;
            }
            self.grant(&oracle, &shut, record, &village.records[..at]);
            if let Body::Revocation(revocation) = record.body() {
                self.revocation(&oracle, village, record, revocation);
            }
            let (valid, live) = (oracle.is_valid(record), oracle.is_live(record));
            match record.body() {
                Body::Accept(_) => self.add("accept that lost", valid && !live),
                body @ (Body::Closing(_) | Body::CoSignature(_) | Body::Epoch(_)) => {
                    let (via, by) = (body.via().unwrap(), body.signers()[0]);
                    let hit = oracle.counted.iter().any(|r| oracle.hits(r, &via, &by));
                    self.add("struck-out closing or co-signature", valid && !live && hit);
                    self.add("epoch in force", live && matches!(body, Body::Epoch(_)));
                }
                _ => {}
            }
        }
        for (log, _) in &history.logs {
            let length = oracle.limit(&log.header, &log.chain);
            self.add("cut log", length > 0 && length < log.held());
            self.add("let-in log", length > shut.limit(&log.header, &log.chain));
        }
    }

    fn grant(
        &mut self,
        oracle: &Oracle<'_>,
        shut: &Oracle<'_>,
        record: &Record,
        before: &[Record],
    ) {
        let Body::Grant(grant) = record.body() else { return };
        let (valid, live) = (oracle.is_valid(record), oracle.is_live(record));
        self.add("orphaned grant", !valid);
        self.add("struck-out grant", valid && !live);
        let overcomes = grant.overcomes.iter().any(|r| oracle.counted.contains(r));
        self.add("overcoming grant in force", live && overcomes);
        self.add("let-in grant", live && !shut.is_live(record));
        let hit =
            |id: &RecordId| oracle.counted.contains(id) && oracle.hits(id, &grant.via, &grant.by);
        let late = before.iter().any(|earlier| hit(&earlier.id()));
        self.add("grant signed after its signer was let out", valid && !live && late);
        let taken_back = oracle.is_ticket(&grant.via)
            && oracle.counted.iter().any(|id| oracle.hits(id, &grant.via, &grant.by));
        self.add("member by a ticket that was taken back, kept", taken_back && live);
        self.add("member by a ticket that was taken back, shut out", taken_back && valid && !live);
    }

    fn revocation(
        &mut self,
        oracle: &Oracle<'_>,
        village: &crate::village::Village,
        record: &Record,
        revocation: &Revocation,
    ) {
        let Body::Founding(founding) = village.founding.body() else { unreachable!() };
        let (body, live) = (record.body(), oracle.is_live(record));
        let founders = revocation.by.iter().all(|by| founding.founders.contains(by));
        let together = revocation.via == village.f() && founders && revocation.by.len() > 1;
        let enough = revocation.by.len() >= usize::from(founding.threshold);
        self.add("founders together, as many as it takes", together && enough && live);
        self.add("founders together, too few", together && !enough);
        if !oracle.is_valid(record) {
            return;
        }
        let keeps = !revocation.keep_records.is_empty() || !revocation.keep_logs.is_empty();
        self.add("end of mandate that counts", live && keeps);
        self.add("compromise that counts", live && !keeps);
        self.add("void revocation", oracle.is_void(body));
        self.add("revocation that lost", !live && !oracle.is_void(body));
        let (via, by) = (revocation.via, revocation.by[0]);
        let kept = |r: &_| *r < record.id() && oracle.hits(r, &via, &by);
        self.add("kept revocation", live && oracle.counted.iter().any(kept));
        let of_founder = oracle.distance(&revocation.person) == Some(0)
            && !oracle.in_force(&revocation.person).contains(&village.f());
        self.add("founders' revocation of a founder", live && of_founder);
        let back = village.records.iter().any(|other| match other.body() {
            Body::Revocation(other_body) => {
                other.community() == record.community()
                    && oracle.is_valid(other)
                    && other_body.by == [revocation.person]
                    && revocation.by == [other_body.person]
                    && other_body.by != revocation.by
                    && oracle.hits(&record.id(), &other_body.via, &revocation.person)
                    && oracle.hits(&other.id(), &via, &by)
            }
            _ => false,
        });
        self.add("managers who let each other out", back);
    }

    /// Prints what was seen; a kind that never was fails.
    pub(crate) fn is_enough(&self) {
        for kind in KINDS {
            let count = self.0.get(kind).copied().unwrap_or(0);
            println!("{count:7} {kind}");
            assert!(count > 0, "no history has a {kind}");
        }
    }
}

#[test]
fn histories_reach_what_matters() {
    let mut runner = TestRunner::deterministic();
    let strategy = histories(60);
    let mut reached = Reached::default();
    for _ in 0..150 {
        reached.count(&strategy.new_tree(&mut runner).unwrap().current());
    }
    reached.is_enough();
}
