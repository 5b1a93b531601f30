//! Which records chain back to the founders, and how far each person is from them; revocations
//! play no part here, so what is valid stays valid whatever arrives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ids::{PersonId, RecordId};
use crate::log::Stream;
use crate::record::{Body, Grant, Record, Revocation};
use crate::role::Role;

/// Where a record comes in the order of counting: 0 for what the threshold of founders signed
/// together, else 1 + the signer's distance.
pub(super) type Rank = u32;

/// What a grant gives a person whom it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantRole<'a> {
    /// Every role: the founding record, for a founder.
    Founder,
    /// One role, which may be an invite's.
    Granted {
        /// Which role.
        role: Role,
        /// The seat, for an official.
        office: Option<&'a str>,
    },
}

impl GrantRole<'_> {
    /// Whether it lets do what `needed` may.
    pub fn includes(&self, needed: Role) -> bool {
        match self {
            GrantRole::Founder => needed != Role::Invite,
            GrantRole::Granted { role, .. } => role.includes(needed),
        }
    }

    /// Whether a log under it may belong to `stream`.
    pub fn may_write(&self, stream: Stream) -> bool {
        match self {
            GrantRole::Founder => true,
            GrantRole::Granted { role, .. } => role.may_write(stream),
        }
    }

    /// Whether it lets sign a grant of `granted`.
    pub fn may_grant(&self, granted: Role) -> bool {
        match self {
            GrantRole::Founder => true,
            GrantRole::Granted { role, .. } => role.may_grant(granted),
        }
    }

    /// Whether it lets decide in the name of `office`; a founder may for any.
    pub fn speaks_for(&self, office: &str) -> bool {
        match self {
            GrantRole::Founder => true,
            GrantRole::Granted { office: seat, .. } => *seat == Some(office),
        }
    }
}

/// The valid grants and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Structure {
    founding: RecordId,
    founders: BTreeSet<PersonId>,
    /// How many founders together may do what no one else can.
    threshold: usize,
    /// Whether it has epochs: elsewhere a record that begins one is none.
    members_only: bool,
    /// Valid grants with the length of their chain: 1 where `via` is the founding record.
    grants: BTreeMap<RecordId, (u32, Grant)>,
    /// Valid grants by the grant they hang on.
    children: BTreeMap<RecordId, Vec<RecordId>>,
    /// Valid grants by whom they name.
    naming: BTreeMap<PersonId, Vec<RecordId>>,
    distances: BTreeMap<PersonId, u32>,
}

impl Structure {
    pub(super) fn of(founding: &Record, records: &BTreeMap<RecordId, &Body>) -> Self {
        let (founders, threshold, members_only) = match founding.body() {
            Body::Founding(founding) => (
                founding.founders.iter().copied().collect(),
                founding.threshold.into(),
                founding.members_only,
            ),
            _ => (BTreeSet::new(), usize::MAX, false),
        };
        let mut structure = Self {
            founding: founding.id(),
            distances: founders.iter().map(|founder| (*founder, 0)).collect(),
            founders,
            threshold,
            members_only,
            grants: BTreeMap::new(),
            children: BTreeMap::new(),
            naming: BTreeMap::new(),
        };
        structure.add_grants(records);
        structure
    }

    /// Goes down the tree of grants, the shortest chains first. What is not reached is an orphan.
    fn add_grants(&mut self, records: &BTreeMap<RecordId, &Body>) {
        let mut hanging: BTreeMap<RecordId, Vec<(RecordId, &Grant)>> = BTreeMap::new();
        for (id, body) in records {
            if let Body::Grant(grant) = body {
                hanging.entry(grant.via).or_default().push((*id, grant));
            }
        }
        let mut queue = VecDeque::from([(self.founding, 0u32)]);
        while let Some((via, depth)) = queue.pop_front() {
            for (id, grant) in hanging.remove(&via).unwrap_or_default() {
                if !self.grant_valid(grant) {
                    continue;
                }
                let depth = depth.saturating_add(1);
                for person in &grant.persons {
                    self.naming.entry(*person).or_default().push(id);
                    self.distances.entry(*person).or_insert(depth);
                }
                self.children.entry(via).or_default().push(id);
                self.grants.insert(id, (depth, grant.clone()));
                queue.push_back((id, depth));
            }
        }
    }

    /// Whether `grant` is valid, given that all of the chain above it is known here.
    fn grant_valid(&self, grant: &Grant) -> bool {
        let Some(power) = self.role_of(&grant.via, &grant.by) else { return false };
        let invite = matches!(power, GrantRole::Granted { role: Role::Invite, .. });
        // Who may not revoke may not overcome a revocation either.
        let overcomes = grant.overcomes.is_empty() || power.includes(Role::Manager);
        power.may_grant(grant.role) && overcomes && (!invite || grant.persons.len() == 1)
    }

    pub(super) const fn founding(&self) -> RecordId {
        self.founding
    }

    pub(super) const fn founders(&self) -> &BTreeSet<PersonId> {
        &self.founders
    }

    pub(super) const fn threshold(&self) -> usize {
        self.threshold
    }

    /// A valid grant.
    pub(super) fn grant(&self, id: &RecordId) -> Option<&Grant> {
        self.grants.get(id).map(|(_, grant)| grant)
    }

    /// The length of a valid grant's chain.
    pub(super) fn depth(&self, id: &RecordId) -> Option<u32> {
        self.grants.get(id).map(|(depth, _)| *depth)
    }

    /// The valid grants that hang on this one.
    pub(super) fn children(&self, id: &RecordId) -> &[RecordId] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// The valid grants that name the person, the shortest chains first.
    pub(super) fn naming(&self, person: &PersonId) -> &[RecordId] {
        self.naming.get(person).map_or(&[], Vec::as_slice)
    }

    /// Everybody whom a valid grant or the founding record names.
    pub(super) fn persons(&self) -> impl Iterator<Item = &PersonId> {
        self.distances.keys()
    }

    pub(super) fn distance(&self, person: &PersonId) -> Option<u32> {
        self.distances.get(person).copied()
    }

    pub(super) fn role_of(&self, grant: &RecordId, person: &PersonId) -> Option<GrantRole<'_>> {
        if *grant == self.founding {
            return self.founders.contains(person).then_some(GrantRole::Founder);
        }
        let grant = self.grant(grant)?;
        grant.persons.binary_search(person).ok()?;
        Some(GrantRole::Granted { role: grant.role, office: grant.office.as_deref() })
    }

    /// Where a valid record comes in the order of counting; `None` where its chain is invalid.
    pub(super) fn rank(&self, id: &RecordId, body: &Body) -> Option<Rank> {
        let single = |by: &PersonId| self.distance(by).map(|distance| distance.saturating_add(1));
        let lets = |via: &RecordId, by: &PersonId, needed: Role| {
            self.role_of(via, by).is_some_and(|power| power.includes(needed))
        };
        match body {
            Body::Founding(_) => None,
            Body::Grant(grant) => self.grant(id).and_then(|_| single(&grant.by)),
            Body::Revocation(revocation) if self.by_founders(revocation) => Some(0),
            Body::Revocation(Revocation { by, via, .. }) => match by.as_slice() {
                [by] if lets(via, by, Role::Manager) => single(by),
                _ => None,
            },
            Body::Accept(accept) => {
                lets(&accept.via, &accept.by, Role::Manager).then(|| single(&accept.by))?
            }
            Body::Closing(closing) => {
                lets(&closing.via, &closing.by, Role::Member).then(|| single(&closing.by))?
            }
            Body::CoSignature(cosignature) => lets(&cosignature.via, &cosignature.by, Role::Member)
                .then(|| single(&cosignature.by))?,
            Body::Epoch(epoch) => (self.members_only && lets(&epoch.via, &epoch.by, Role::Manager))
                .then(|| single(&epoch.by))?,
        }
    }

    /// Whether the threshold of founders signed it together.
    pub(super) fn by_founders(&self, revocation: &Revocation) -> bool {
        revocation.via == self.founding
            && revocation.by.len() >= self.threshold
            && revocation.by.iter().all(|signer| self.founders.contains(signer))
    }

    /// Whether a valid revocation can't count because of whom it names.
    pub(super) fn void(&self, rank: Rank, revocation: &Revocation) -> bool {
        let senior =
            || self.distance(&revocation.person).is_some_and(|d| d.saturating_add(1) < rank);
        rank > 0 && (self.founders.contains(&revocation.person) || senior())
    }
}
