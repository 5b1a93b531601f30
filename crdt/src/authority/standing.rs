//! The two passes: which revocations count, then which accepts, and which grants live on.

use std::collections::{BTreeMap, BTreeSet};

use super::structure::{Rank, Structure};
use crate::ids::{PersonId, RecordId};
use crate::record::{Accept, Body, Revocation};
use crate::role::Role;

/// The revocations that count, by the person they name, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    by_person: BTreeMap<PersonId, Vec<(RecordId, Revocation)>>,
}

impl Counted {
    /// Those that end what `grant` gives `person`. Whom a founder's own roles are concerned, all
    /// counted ones come from the threshold of founders: others are void.
    pub(super) fn hitting<'a>(
        &'a self,
        structure: &'a Structure,
        grant: &'a RecordId,
        person: &PersonId,
    ) -> impl Iterator<Item = &'a (RecordId, Revocation)> {
        let of_person = self.by_person.get(person).map_or(&[][..], Vec::as_slice);
        let of_founder = *grant == structure.founding();
        let given = structure.grant(grant);
        of_person.iter().filter(move |(id, revocation)| match given {
            Some(given) => {
                revocation.ends(given.role) && given.overcomes.binary_search(id).is_err()
            }
            None => of_founder && revocation.ends(Role::Manager),
        })
    }
}

/// What stands after the revocations and accepts counted so far.
pub(super) struct Standing<'a> {
    live_grants: BTreeSet<RecordId>,
    counted: Counted,
    revocations: BTreeSet<RecordId>,
    accepts: BTreeMap<RecordId, &'a Accept>,
    let_in: BTreeSet<RecordId>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(structure: &Structure, records: &BTreeMap<RecordId, &'a Body>) -> Self {
        let mut standing = Self {
            live_grants: BTreeSet::from([structure.founding()]),
            counted: Counted::default(),
            revocations: BTreeSet::new(),
            accepts: BTreeMap::new(),
            let_in: BTreeSet::new(),
        };
        standing.revive(structure, structure.children(&structure.founding()));
        let mut signed_by: BTreeMap<PersonId, Vec<RecordId>> = BTreeMap::new();
        let mut revocations: Vec<(Rank, RecordId, &Revocation)> = Vec::new();
        let mut accepts: Vec<(Rank, RecordId, &Accept)> = Vec::new();
        for (id, body) in records {
            let Some(rank) = structure.rank(id, body) else { continue };
            match body {
                Body::Grant(grant) => signed_by.entry(grant.by).or_default().push(*id),
                Body::Revocation(revocation) if !structure.void(rank, revocation) => {
                    revocations.push((rank, *id, revocation));
                }
                Body::Accept(accept) => accepts.push((rank, *id, accept)),
                _ => {}
            }
        }
        revocations.sort_unstable_by_key(|(rank, id, _)| (*rank, *id));
        for (rank, id, revocation) in revocations {
            let needed = if rank == 0 { structure.threshold() } else { 1 };
            if standing.stands(structure, &id, &revocation.via, &revocation.by, needed) {
                let signed = signed_by.get(&revocation.person).map_or(&[][..], Vec::as_slice);
                standing.count_revocation(structure, id, revocation, signed);
            }
        }
        accepts.sort_unstable_by_key(|(rank, id, _)| (*rank, *id));
        for (_, id, accept) in accepts {
            if standing.stands(structure, &id, &accept.via, &[accept.by], 1) {
                standing.count_accept(structure, id, accept, records);
            }
        }
        standing
    }

    /// Whether a counted revocation strikes out what `signer` signed through `via`.
    fn struck(
        &self,
        structure: &Structure,
        item: &RecordId,
        via: &RecordId,
        signer: &PersonId,
    ) -> bool {
        !self.let_in.contains(item)
            && self
                .counted
                .hitting(structure, via, signer)
                .any(|(_, revocation)| revocation.keep_records.binary_search(item).is_err())
    }

    /// Whether `via` is live and at least `needed` of the signers are not struck out here.
    fn stands(
        &self,
        structure: &Structure,
        item: &RecordId,
        via: &RecordId,
        signers: &[PersonId],
        needed: usize,
    ) -> bool {
        let standing = signers.iter().filter(|by| !self.struck(structure, item, via, by)).count();
        self.live_grants.contains(via) && standing >= needed
    }

    /// `signed`: the valid grants signed by the person it names.
    fn count_revocation(
        &mut self,
        structure: &Structure,
        id: RecordId,
        revocation: &Revocation,
        signed: &[RecordId],
    ) {
        self.revocations.insert(id);
        let of_person = self.counted.by_person.entry(revocation.person).or_default();
        of_person.push((id, revocation.clone()));
        for item in signed {
            let Some(grant) = structure.grant(item) else { continue };
            if self.live_grants.contains(item)
                && self.struck(structure, item, &grant.via, &grant.by)
            {
                self.strike(structure, item);
            }
        }
    }

    /// Strikes out a grant and all that hangs on it.
    fn strike(&mut self, structure: &Structure, grant: &RecordId) {
        let mut pending = vec![*grant];
        while let Some(grant) = pending.pop() {
            if self.live_grants.remove(&grant) {
                pending.extend(structure.children(&grant));
            }
        }
    }

    fn count_accept(
        &mut self,
        structure: &Structure,
        id: RecordId,
        accept: &'a Accept,
        records: &BTreeMap<RecordId, &Body>,
    ) {
        self.accepts.insert(id, accept);
        for item in &accept.records {
            let Some(body) = records.get(item) else { continue };
            if body.signers() != [accept.person] {
                continue;
            }
            self.let_in.insert(*item);
            if structure.grant(item).is_some_and(|grant| self.live_grants.contains(&grant.via)) {
                self.revive(structure, &[*item]);
            }
        }
    }

    /// Makes grants live whose `via` is, and all that hangs on them, unless struck out themselves.
    fn revive(&mut self, structure: &Structure, grants: &[RecordId]) {
        let mut pending = grants.to_vec();
        while let Some(item) = pending.pop() {
            let Some(grant) = structure.grant(&item) else { continue };
            if !self.struck(structure, &item, &grant.via, &grant.by)
                && self.live_grants.insert(item)
            {
                pending.extend(structure.children(&item));
            }
        }
    }

    /// Whether a valid record is in force.
    pub(super) fn is_live(&self, structure: &Structure, id: &RecordId, body: &Body) -> bool {
        match body {
            Body::Founding(_) => false,
            Body::Grant(_) => self.live_grants.contains(id),
            Body::Revocation(_) => self.revocations.contains(id),
            Body::Accept(_) => self.accepts.contains_key(id),
            Body::Closing(closing) => self.stands(structure, id, &closing.via, &[closing.by], 1),
            Body::CoSignature(cosignature) => {
                self.stands(structure, id, &cosignature.via, &[cosignature.by], 1)
            }
            Body::Epoch(epoch) => self.stands(structure, id, &epoch.via, &[epoch.by], 1),
        }
    }

    /// The revocations that count, and the accepts that do.
    pub(super) fn into_counted(self) -> (Counted, Vec<&'a Accept>) {
        (self.counted, self.accepts.into_values().collect())
    }
}
