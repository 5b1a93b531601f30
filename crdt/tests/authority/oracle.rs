//! Authority written down from its definitions, as slowly as they read: every question searches
//! all records again, every set is a fixpoint. Shares nothing with the implementation.

use baro_crdt::ids::{ChainHash, PersonId, RecordId};
use baro_crdt::log::{Head, Header, Stream};
use baro_crdt::record::{Body, Grant, Record, Revocation};
use baro_crdt::role::Role;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Oracle<'a> {
    founding: &'a Record,
    founders: Vec<PersonId>,
    threshold: usize,
    records: BTreeMap<RecordId, &'a Record>,
    valid_grants: BTreeSet<RecordId>,
    pub(crate) counted: Vec<RecordId>,
    pub(crate) accepts: Vec<RecordId>,
    /// What lives when all is counted; asked for often.
    live_at_last: BTreeSet<RecordId>,
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(founding: &'a Record, records: &'a [Record]) -> Self {
        let Body::Founding(body) = founding.body() else { panic!("no founding record") };
        let of_community = records.iter().filter(|r| r.community() == founding.community());
        let mut oracle = Self {
            founding,
            founders: body.founders.clone(),
            threshold: body.threshold.into(),
            records: of_community.map(|record| (record.id(), record)).collect(),
            valid_grants: BTreeSet::new(),
            counted: Vec::new(),
            accepts: Vec::new(),
            live_at_last: BTreeSet::new(),
        };
        oracle.find_valid_grants();
        oracle.count_revocations();
        oracle.count_accepts();
        oracle.live_at_last = oracle.live_grants();
        oracle
    }

    fn body(&self, id: &RecordId) -> Option<&'a Body> {
        self.records.get(id).map(|record| record.body())
    }

    fn grant(&self, id: &RecordId) -> Option<&'a Grant> {
        match self.body(id) {
            Some(Body::Grant(grant)) => Some(grant),
            _ => None,
        }
    }

    /// Whether it is a valid ticket that lets people in.
    pub(crate) fn is_ticket(&self, grant: &RecordId) -> bool {
        self.valid_grants.contains(grant)
            && self.grant(grant).is_some_and(|grant| grant.role == Role::Invite)
    }

    fn revocation(&self, id: &RecordId) -> &'a Revocation {
        match self.body(id) {
            Some(Body::Revocation(revocation)) => revocation,
            _ => panic!("not a revocation"),
        }
    }

    fn founder_via(&self, via: &RecordId, person: &PersonId) -> bool {
        *via == self.founding.id() && self.founders.contains(person)
    }

    fn find_valid_grants(&mut self) {
        loop {
            let mut next = self.valid_grants.clone();
            for record in self.records.values() {
                let Body::Grant(grant) = record.body() else { continue };
                let by_founder = self.founder_via(&grant.via, &grant.by);
                let by_grant = self.valid_grants.contains(&grant.via) && {
                    let via = self.grant(&grant.via).unwrap();
                    via.persons.contains(&grant.by)
                        && match via.role {
                            Role::Manager => true,
                            Role::Facilitator => {
                                grant.overcomes.is_empty()
                                    && (grant.role == Role::Member || grant.role == Role::Invite)
                            }
                            Role::Invite => {
                                grant.overcomes.is_empty()
                                    && grant.role == Role::Member
                                    && grant.persons.len() == 1
                            }
                            _ => false,
                        }
                };
                if by_founder || by_grant {
                    next.insert(record.id());
                }
            }
            if next == self.valid_grants {
                return;
            }
            self.valid_grants = next;
        }
    }

    fn chain_length(&self, grant: &RecordId) -> u32 {
        let via = self.grant(grant).unwrap().via;
        if via == self.founding.id() { 1 } else { 1 + self.chain_length(&via) }
    }

    pub(crate) fn distance(&self, person: &PersonId) -> Option<u32> {
        if self.founders.contains(person) {
            return Some(0);
        }
        let naming = |id: &&RecordId| self.grant(id).unwrap().persons.contains(person);
        self.valid_grants.iter().filter(naming).map(|id| self.chain_length(id)).min()
    }

    /// Whether `person` is given a role that `fits` through `via`.
    fn empowered(&self, via: &RecordId, person: &PersonId, fits: impl Fn(Role) -> bool) -> bool {
        self.founder_via(via, person)
            || (self.valid_grants.contains(via) && {
                let grant = self.grant(via).unwrap();
                grant.persons.contains(person) && fits(grant.role)
            })
    }

    fn by_founders(&self, revocation: &Revocation) -> bool {
        revocation.via == self.founding.id()
            && revocation.by.iter().all(|person| self.founders.contains(person))
            && revocation.by.len() >= self.threshold
    }

    pub(crate) fn is_valid(&self, record: &Record) -> bool {
        let manager = |role| role == Role::Manager;
        match record.body() {
            Body::Founding(_) => false,
            Body::Grant(_) => self.valid_grants.contains(&record.id()),
            Body::Revocation(revocation) => {
                self.by_founders(revocation)
                    || (revocation.by.len() == 1
                        && self.empowered(&revocation.via, &revocation.by[0], manager))
            }
            Body::Accept(accept) => self.empowered(&accept.via, &accept.by, manager),
            Body::Closing(closing) => {
                self.empowered(&closing.via, &closing.by, |role| role != Role::Invite)
            }
            Body::CoSignature(cosignature) => {
                self.empowered(&cosignature.via, &cosignature.by, |role| role != Role::Invite)
            }
            Body::Epoch(epoch) => {
                let Body::Founding(founding) = self.founding.body() else { return false };
                founding.members_only && self.empowered(&epoch.via, &epoch.by, manager)
            }
        }
    }

    /// The signer's distance, -1 for the threshold of founders.
    pub(crate) fn order(&self, body: &Body) -> i64 {
        match body {
            Body::Revocation(revocation) if self.by_founders(revocation) => -1,
            _ => i64::from(self.distance(&body.signers()[0]).unwrap()),
        }
    }

    pub(crate) fn is_void(&self, body: &Body) -> bool {
        let Body::Revocation(revocation) = body else { return false };
        !self.by_founders(revocation)
            && (self.founders.contains(&revocation.person)
                || self
                    .distance(&revocation.person)
                    .is_some_and(|distance| i64::from(distance) < self.order(body)))
    }

    pub(crate) fn hits(&self, revocation: &RecordId, via: &RecordId, person: &PersonId) -> bool {
        let body = self.revocation(revocation);
        let (role, overcomes) = match self.grant(via) {
            Some(grant) => (grant.role, grant.overcomes.clone()),
            None => (Role::Manager, Vec::new()),
        };
        body.person == *person
            && (body.roles.is_empty() || body.roles.contains(&role))
            && !overcomes.contains(revocation)
    }

    fn let_in(&self, id: &RecordId, signer: &PersonId) -> bool {
        self.accepts.iter().any(|accept| match self.body(accept) {
            Some(Body::Accept(accept)) => accept.person == *signer && accept.records.contains(id),
            _ => false,
        })
    }

    /// Whether `signer`'s signature under `id` stands by itself.
    fn signature_stands(&self, id: &RecordId, via: &RecordId, signer: &PersonId) -> bool {
        self.let_in(id, signer)
            || self.counted.iter().all(|revocation| {
                !self.hits(revocation, via, signer)
                    || self.revocation(revocation).keep_records.contains(id)
            })
    }

    fn live_grants(&self) -> BTreeSet<RecordId> {
        let mut live = BTreeSet::from([self.founding.id()]);
        loop {
            let before = live.len();
            for id in &self.valid_grants {
                let grant = self.grant(id).unwrap();
                if live.contains(&grant.via) && self.signature_stands(id, &grant.via, &grant.by) {
                    live.insert(*id);
                }
            }
            if live.len() == before {
                return live;
            }
        }
    }

    fn stands(&self, record: &Record) -> bool {
        let body = record.body();
        let via = body.via().unwrap();
        let standing = body
            .signers()
            .iter()
            .filter(|signer| self.signature_stands(&record.id(), &via, signer))
            .count();
        let needed = if self.order(body) < 0 { self.threshold } else { 1 };
        self.is_valid(record) && self.live_grants().contains(&via) && standing >= needed
    }

    fn ordered(&self, wanted: impl Fn(&Body) -> bool) -> Vec<&'a Record> {
        let mut records: Vec<&Record> = self
            .records
            .values()
            .copied()
            .filter(|record| wanted(record.body()) && self.is_valid(record))
            .collect();
        records.sort_by_key(|record| (self.order(record.body()), record.id()));
        records
    }

    fn count_revocations(&mut self) {
        for record in self.ordered(|body| matches!(body, Body::Revocation(_))) {
            if !self.is_void(record.body()) && self.stands(record) {
                self.counted.push(record.id());
            }
        }
    }

    fn count_accepts(&mut self) {
        for record in self.ordered(|body| matches!(body, Body::Accept(_))) {
            if self.stands(record) {
                self.accepts.push(record.id());
            }
        }
    }

    pub(crate) fn is_live(&self, record: &Record) -> bool {
        match record.body() {
            Body::Founding(_) => false,
            Body::Grant(_) => self.live_at_last.contains(&record.id()),
            Body::Revocation(_) => self.counted.contains(&record.id()),
            Body::Accept(_) => self.accepts.contains(&record.id()),
            Body::Closing(_) | Body::CoSignature(_) | Body::Epoch(_) => {
                self.is_valid(record) && self.stands(record)
            }
        }
    }

    fn hit(&self, grant: &RecordId, person: &PersonId) -> bool {
        self.counted.iter().any(|revocation| self.hits(revocation, grant, person))
    }

    /// The grants that the person holds something through now.
    pub(crate) fn in_force(&self, person: &PersonId) -> BTreeSet<RecordId> {
        let all = self.live_at_last.iter().copied().filter(|id| {
            let names = match self.grant(id) {
                Some(grant) => grant.persons.contains(person),
                None => self.founders.contains(person),
            };
            names && !self.hit(id, person)
        });
        all.collect()
    }

    pub(crate) fn roles(&self, person: &PersonId) -> BTreeSet<Role> {
        let mut roles = BTreeSet::new();
        for id in self.in_force(person) {
            match self.grant(&id) {
                None => roles.extend(Role::ALL),
                Some(grant) if grant.role == Role::Invite => {
                    // A founder's roles are a person's.
                    roles.insert(Role::Invite);
                }
                Some(grant) => roles.extend([grant.role, Role::Member]),
            }
        }
        roles
    }

    pub(crate) fn limit(&self, header: &Header, chain: &[ChainHash]) -> u32 {
        let held = chain.len() as u32 - 1;
        let stream = header.stream;
        let fits = |role: Role| match role {
            Role::Invite => false,
            Role::Official => true,
            Role::Facilitator => matches!(stream, Stream::Debate | Stream::Learning),
            _ => stream == Stream::Debate,
        };
        if header.community != self.founding.community()
            || !self.empowered(&header.grant, &header.author, fits)
            || !self.live_at_last.contains(&header.grant)
        {
            return 0;
        }
        let reach = |heads: Vec<Head>| {
            heads
                .iter()
                .filter(|head| head.log == header.id())
                .filter(|head| head.length > held || chain[head.length as usize] == head.chain)
                .map(|head| head.length.min(held))
                .max()
                .unwrap_or(0)
        };
        let mut kept = Vec::new();
        for revocation in &self.counted {
            if self.hits(revocation, &header.grant, &header.author) {
                let keeps = &self.revocation(revocation).keep_logs;
                kept.push(reach(keeps.iter().map(|keep| keep.head).collect()));
            }
        }
        let mut accepted = Vec::new();
        for accept in &self.accepts {
            let Some(Body::Accept(accept)) = self.body(accept) else { continue };
            if accept.person == header.author {
                accepted.extend(accept.logs.iter().map(|keep| keep.head));
            }
        }
        kept.into_iter().min().map_or(held, |kept| kept.max(reach(accepted)))
    }

    /// The heads that live records cite, in the order in which they count, with repetitions.
    pub(crate) fn pins(&self) -> Vec<Head> {
        let mut live: Vec<&Record> =
            self.records.values().copied().filter(|record| self.is_live(record)).collect();
        live.sort_by_key(|record| (self.order(record.body()), record.id()));
        live.iter().flat_map(|record| record.body().pins()).collect()
    }
}
