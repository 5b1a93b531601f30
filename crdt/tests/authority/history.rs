//! Random histories: what persons, honest or not, may have signed in a small community.

use proptest::prelude::*;

use crate::village::{TestLog, Village, id, key};
use baro_crdt::ids::{CommunityId, RecordId};
use baro_crdt::log::{Head, SignedHead, Stream};
use baro_crdt::record::{Accept, Body, Grant, Revocation};
use baro_crdt::role::Role;

const ROLES: [Role; 6] =
    [Role::Member, Role::Facilitator, Role::Official, Role::Moderator, Role::Manager, Role::Invite];
const STREAMS: [Stream; 4] = [Stream::Alerts, Stream::Official, Stream::Debate, Stream::Learning];

/// A community, everything signed in it, and the branches of its logs.
#[derive(Clone)]
pub(crate) struct History {
    pub(crate) village: Village,
    /// Founders, persons and invite keys are the numbers below.
    pub(crate) people: usize,
    /// Each log, with another branch of it.
    pub(crate) logs: Vec<(TestLog, TestLog)>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "founding {:?}", self.village.founding.body())?;
        for record in &self.village.records {
            writeln!(f, "{:?} {:?}", record.id(), record.body())?;
        }
        self.logs.iter().try_for_each(|(log, other)| writeln!(f, "{log:?} or {:?}", other.chain))
    }
}

/// One step's random numbers, drawn one after another; 0 when they run out.
struct Dice<'a>(std::slice::Iter<'a, u16>);

impl Dice<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % n.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    fn of<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        let at = self.below(items.len());
        items.get(at).copied()
    }

    /// Each with the same chance of 1 in `n` to be left out.
    fn most<T: Clone>(&mut self, items: &[T], n: usize) -> Vec<T> {
        items.iter().filter(|_| !self.one_in(n)).cloned().collect()
    }
}

impl History {
    fn grants(&self) -> impl Iterator<Item = (RecordId, &Grant)> {
        self.village.records.iter().filter_map(|record| match record.body() {
            Body::Grant(grant) => Some((record.id(), grant)),
            _ => None,
        })
    }

    /// A signer and a `via`, most often one that gives a role that `fits`.
    fn signer(&self, dice: &mut Dice<'_>, fits: impl Fn(Role) -> bool) -> (usize, RecordId) {
        let mut fitting = Vec::new();
        let f = self.village.f();
        let Body::Founding(founding) = self.village.founding.body() else { unreachable!() };
        for n in 0..self.people {
            if founding.founders.contains(&id(n)) {
                fitting.push((n, f));
            }
            let naming = self.grants().filter(|(_, g)| fits(g.role) && g.persons.contains(&id(n)));
            fitting.extend(naming.flat_map(|(grant, _)| [(n, grant), (n, grant)]));
        }
        if dice.one_in(12) {
            let any: Vec<RecordId> = self.village.records.iter().map(|r| r.id()).collect();
            let nowhere = RecordId::from_bytes([7; 32]);
            let via = if dice.one_in(4) { nowhere } else { dice.of(&any).unwrap_or(nowhere) };
            return (dice.below(self.people), via);
        }
        dice.of(&fitting).unwrap_or((0, f))
    }

    fn signed_by(&self, person: usize) -> Vec<RecordId> {
        let by = |record: &&baro_crdt::record::Record| record.body().signers() == [id(person)];
        self.village.records.iter().filter(by).map(|record| record.id()).collect()
    }

    fn community(&self, dice: &mut Dice<'_>) -> CommunityId {
        if dice.one_in(30) {
            CommunityId::from_bytes([9; 32])
        } else {
            self.village.founding.community()
        }
    }

    fn grant(&mut self, dice: &mut Dice<'_>) {
        let role = ROLES[[4, 0, 4, 1, 5, 2, 4, 3][dice.below(8)]];
        let (by, via) = self.signer(dice, |held| held.may_grant(role));
        let count = if dice.one_in(3) { 2 } else { 1 };
        let persons: Vec<usize> = (0..count).map(|_| dice.below(self.people)).collect();
        let revocations: Vec<RecordId> = self
            .village
            .records
            .iter()
            .filter(|record| match record.body() {
                Body::Revocation(revocation) => persons.iter().any(|n| id(*n) == revocation.person),
                _ => false,
            })
            .map(|record| record.id())
            .collect();
        let overcomes = if dice.one_in(2) { dice.most(&revocations, 8) } else { Vec::new() };
        let community = self.community(dice);
        let mut grant = Grant {
            community,
            by: id(by),
            via,
            role,
            office: None,
            persons: persons.iter().map(|n| id(*n)).collect(),
            overcomes,
        };
        grant.persons.sort();
        grant.persons.dedup();
        grant.overcomes.sort();
        self.village.put(Body::Grant(grant), &[by]);
    }

    /// Signed heads of the person's logs, most of them of the first branch.
    fn heads(&self, dice: &mut Dice<'_>, person: usize) -> Vec<SignedHead> {
        let mut heads: Vec<SignedHead> = Vec::new();
        for (log, other) in self.logs.iter().filter(|(log, _)| log.writer == person) {
            let branch = if dice.one_in(4) { other } else { log };
            let length = dice.below(branch.held() as usize + 1) as u32;
            if !dice.one_in(4) {
                heads.push(branch.signed(length));
            }
        }
        // A head of somebody else's log with the person's signature: nothing may come of it.
        if dice.one_in(8)
            && let Some((log, _)) = self.logs.first()
            && heads.iter().all(|signed| signed.head.log != log.header.id())
        {
            heads.push(log.head(log.held()).sign(key(person)));
        }
        heads.sort();
        heads.dedup_by_key(|signed| signed.head.log);
        heads
    }

    /// Every second time somebody who wrote a log, where there is one.
    fn anybody(&self, dice: &mut Dice<'_>) -> usize {
        let writers: Vec<usize> = self.logs.iter().map(|(log, _)| log.writer).collect();
        let writer = dice.of(&writers);
        writer.filter(|_| dice.one_in(2)).unwrap_or_else(|| dice.below(self.people))
    }

    fn revoke(&mut self, dice: &mut Dice<'_>) {
        let Body::Founding(founding) = self.village.founding.body() else { unreachable!() };
        let founders = founding.founders.len();
        let (by, via) = if dice.one_in(5) {
            let first = dice.below(founders);
            let count = dice.below(founders) + 1;
            ((0..count).map(|n| (first + n) % founders).collect(), self.village.f())
        } else {
            let (by, via) = self.signer(dice, |role| role == Role::Manager);
            (if dice.one_in(20) { vec![by, dice.below(self.people)] } else { vec![by] }, via)
        };
        let person = self.anybody(dice);
        let community = self.community(dice);
        let mut roles = match dice.below(4) {
            0 => vec![Role::Manager],
            1 => vec![ROLES[dice.below(6)], ROLES[dice.below(6)]],
            _ => Vec::new(),
        };
        roles.sort();
        roles.dedup();
        let mut revocation =
            Revocation { community, via, roles, ..self.village.revocation(&by, via, person) };
        if dice.one_in(2) {
            revocation.keep_records = dice.most(&self.signed_by(person), 4);
            revocation.keep_records.sort();
            revocation.keep_logs = self.heads(dice, person);
        }
        self.village.put(Body::Revocation(revocation), &by);
    }

    fn accept(&mut self, dice: &mut Dice<'_>) {
        let (by, via) = self.signer(dice, |role| role == Role::Manager);
        let person = self.anybody(dice);
        let mut records = dice.most(&self.signed_by(person), 3);
        if dice.one_in(2) {
            // Another's record: nothing may come of it.
            let other = dice.below(self.people);
            records.extend(dice.of(&self.signed_by(other)));
        }
        records.sort();
        records.dedup();
        let logs = self.heads(dice, person);
        let community = self.community(dice);
        let accept = Accept { community, by: id(by), via, person: id(person), records, logs };
        self.village.put(Body::Accept(accept), &[by]);
    }

    fn sign(&mut self, dice: &mut Dice<'_>) {
        let (by, via) = self.signer(dice, |role| role.includes(Role::Member));
        let mut heads: Vec<Head> = Vec::new();
        for (log, other) in &self.logs {
            let branch = if dice.one_in(2) { other } else { log };
            heads.push(branch.head(dice.below(branch.held() as usize + 1) as u32));
        }
        match heads.first() {
            Some(head) if dice.one_in(3) => self.village.cosign(by, via, *head),
            _ if dice.one_in(2) => {
                let (by, via) = self.signer(dice, |role| role.includes(Role::Manager));
                self.village.begin(by, via, dice.below(3) as u32 + 1, &[])
            }
            _ => self.village.close(by, via, dice.below(2) as u8, &heads),
        };
    }

    /// A ticket, some who come in by it, and its end, which keeps some of them.
    fn ticket(&mut self, dice: &mut Dice<'_>) {
        let (by, via) = self.signer(dice, |held| held.may_grant(Role::Invite));
        let key = dice.below(self.people);
        let ticket = self.village.grant(by, via, Role::Invite, &[key]);
        let mut came = Vec::new();
        for _ in 0..dice.below(3) + 1 {
            came.push(self.village.grant(key, ticket, Role::Member, &[dice.below(self.people)]));
        }
        if dice.one_in(2) {
            let (by, via) = self.signer(dice, |role| role == Role::Manager);
            let mut revocation = self.village.revocation(&[by], via, key);
            revocation.keep_records = dice.most(&came, 2);
            revocation.keep_records.sort();
            self.village.put(Body::Revocation(revocation), &[by]);
        }
        if dice.one_in(2) {
            // The photograph is still about.
            self.village.grant(key, ticket, Role::Member, &[dice.below(self.people)]);
        }
    }

    fn write(&mut self, dice: &mut Dice<'_>) {
        let (by, via) = self.signer(dice, |role| role != Role::Invite);
        let stream = STREAMS[[2, 2, 1, 3, 0][dice.below(5)]];
        let mut log = self.village.log(by, via, stream, dice.below(6) as u32 + 1);
        log.header.lane = baro_crdt::ids::LaneId::from_bytes([self.logs.len() as u8; 8]);
        log.chain = vec![log.header.id().start()];
        let log = log.branch(0, dice.below(6) as u32 + 1, b"one");
        let common = dice.below(log.held() as usize + 1) as u32;
        let other = log.branch(common, common + dice.below(5) as u32 + 1, b"other");
        self.logs.push((log, other));
    }

    fn step(&mut self, rolls: &[u16]) {
        let mut dice = Dice(rolls.iter());
        match dice.below(18) {
            0..=5 => self.grant(&mut dice),
            6..=8 => self.revoke(&mut dice),
            9 | 10 => self.accept(&mut dice),
            11..=13 => self.write(&mut dice),
            14 => self.ticket(&mut dice),
            _ => self.sign(&mut dice),
        }
    }
}

/// Histories of at most `steps` steps. Some records are lost, so that what hangs on them is
/// orphaned or cites what is not there.
pub(crate) fn histories(steps: usize) -> impl Strategy<Value = History> {
    let step = prop::collection::vec(any::<u16>(), 40);
    (1..=4usize, 0..4u8, 1..=12usize, prop::collection::vec((step, 0..20u8), 1..steps)).prop_map(
        |(founders, threshold, persons, steps)| {
            let village = Village::new(founders, 1 + threshold % founders as u8);
            let mut history = History { village, people: founders + persons, logs: Vec::new() };
            let mut lost = Vec::new();
            for (rolls, loss) in &steps {
                let before = history.village.records.len();
                history.step(rolls);
                if *loss == 19 {
                    lost.extend(history.village.records[before..].iter().map(|r| r.id()));
                }
            }
            history.village.records.retain(|record| !lost.contains(&record.id()));
            history
        },
    )
}
