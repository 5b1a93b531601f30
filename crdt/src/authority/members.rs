//! Who holds what now: roles, offices, the grant to write under, who closed and who co-signed.

use std::collections::{BTreeMap, BTreeSet};

use super::Authority;
use super::structure::GrantRole;
use crate::ids::{EntryId, PersonId, RecordId};
use crate::log::EntryIds;
use crate::record::Body;
use crate::role::Role;

/// One valid grant of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantInfo {
    /// The grant.
    pub grant: RecordId,
    /// What it gives.
    pub role: Role,
    /// The seat, for an official.
    pub office: Option<String>,
    /// Who granted: a person or an invite key.
    pub by: PersonId,
    /// Whether the person holds the role through it now.
    pub live_now: bool,
}

/// A person who holds a role now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInfo {
    /// Who.
    pub person: PersonId,
    /// Whether they hold every role as a founder.
    pub founder: bool,
    /// What they hold, as [`Authority::roles`].
    pub roles: BTreeSet<Role>,
    /// The seats they hold.
    pub offices: BTreeSet<String>,
    /// The grants through which they hold them; none for a founder who was granted nothing more.
    pub grants: Vec<GrantInfo>,
    /// Who granted these: persons or invite keys.
    pub by: BTreeSet<PersonId>,
}

/// A closing in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LiveClosing {
    record: RecordId,
    by: PersonId,
    /// Whether the signer may close others' debates.
    any_debate: bool,
}

impl Authority {
    /// The roles granted to the person that they hold now, [`Role::Invite`] for an invite key.
    /// [`Role::Member`], which every role includes, is there whenever another one of a person is.
    pub fn roles(&self, person: &PersonId) -> BTreeSet<Role> {
        let mut roles: BTreeSet<Role> =
            self.grants_now(person).into_iter().map(|info| info.role).collect();
        if self.is_founder(person) {
            roles.extend(Role::ALL);
        }
        if roles.iter().any(|role| role.includes(Role::Member)) {
            roles.insert(Role::Member);
        }
        roles
    }

    /// Whether the person may now do what `role` may.
    pub fn holds(&self, person: &PersonId, role: Role) -> bool {
        self.roles(person).iter().any(|held| held.includes(role))
    }

    /// Whether the person founded the community and is a founder still.
    pub fn is_founder(&self, person: &PersonId) -> bool {
        self.stands(&self.founding(), person)
    }

    /// All valid grants of the person, in force or not, the shortest chains first. The founding
    /// record is not among them.
    pub fn grants_of(&self, person: &PersonId) -> Vec<GrantInfo> {
        let naming = self.structure.naming(person).iter();
        let infos = naming.filter_map(|id| {
            let grant = self.structure.grant(id)?;
            Some(GrantInfo {
                grant: *id,
                role: grant.role,
                office: grant.office.clone(),
                by: grant.by,
                live_now: self.stands(id, person),
            })
        });
        infos.collect()
    }

    fn grants_now(&self, person: &PersonId) -> Vec<GrantInfo> {
        let mut grants = self.grants_of(person);
        grants.retain(|info| info.live_now);
        grants
    }

    fn holder(&self, person: &PersonId) -> MemberInfo {
        let grants = self.grants_now(person);
        MemberInfo {
            person: *person,
            founder: self.is_founder(person),
            roles: self.roles(person),
            offices: grants.iter().filter_map(|info| info.office.clone()).collect(),
            by: grants.iter().map(|info| info.by).collect(),
            grants,
        }
    }

    /// Every person who is a member now, in ascending order; invite keys are not among them.
    pub fn members(&self) -> Vec<MemberInfo> {
        let holders = self.structure.persons().map(|person| self.holder(person));
        holders.filter(|info| info.roles.contains(&Role::Member)).collect()
    }

    /// Every invite key in force, in ascending order. Whom it let in are those granted `by` it.
    pub fn invites(&self) -> Vec<MemberInfo> {
        let holders = self.structure.persons().map(|person| self.holder(person));
        holders.filter(|info| info.roles.contains(&Role::Invite)).collect()
    }

    /// Each office that somebody was granted, with who holds it now, perhaps nobody or several.
    pub fn offices(&self) -> BTreeMap<String, BTreeSet<PersonId>> {
        let mut offices: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        for person in self.structure.persons() {
            for info in self.grants_of(person) {
                let Some(office) = info.office else { continue };
                let holders = offices.entry(office).or_default();
                if info.live_now {
                    holders.insert(*person);
                }
            }
        }
        offices
    }

    /// The grant to sign or write under for what `needed` may, and in the name of `office` where
    /// one is given: the founding record for a founder, else of those in force the least senior
    /// role that suffices, then the shortest chain, then the lowest id.
    pub fn best_grant(
        &self,
        person: &PersonId,
        needed: Role,
        office: Option<&str>,
    ) -> Option<RecordId> {
        if self.is_founder(person) && needed != Role::Invite {
            return Some(self.founding());
        }
        let suffices = |info: &GrantInfo| {
            info.role.includes(needed) && (office.is_none() || info.office.as_deref() == office)
        };
        let best = self
            .grants_now(person)
            .into_iter()
            .filter(suffices)
            .min_by_key(|info| (info.role, self.structure.depth(&info.grant), info.grant));
        best.map(|info| info.grant)
    }

    /// The closing that ends this debate, which `opener` opened: of those in force that are by the
    /// opener, a facilitator, a moderator or a founder, the first in order of (signer's distance,
    /// id).
    pub fn closing(&self, debate: &EntryId, opener: &PersonId) -> Option<RecordId> {
        let closings = self.closings.get(debate)?;
        let counts = |closing: &&LiveClosing| closing.any_debate || closing.by == *opener;
        closings.iter().find(counts).map(|closing| closing.record)
    }

    /// Who put a signature in force under this decision, with the record. A co-signature whose
    /// head doesn't end in the decision is not one.
    pub fn cosigners(&self, decision: &EntryId) -> BTreeMap<PersonId, RecordId> {
        self.cosignatures.get(decision).cloned().unwrap_or_default()
    }

    /// Takes up a live closing or co-signature; called in the order in which they count.
    pub(super) fn index_signed(&mut self, id: &RecordId, body: &Body) {
        match body {
            Body::Closing(closing) => {
                let any_debate = match self.role_of(&closing.via, &closing.by) {
                    Some(GrantRole::Founder) => true,
                    Some(GrantRole::Granted { role, .. }) => {
                        matches!(role, Role::Facilitator | Role::Moderator)
                    }
                    None => false,
                };
                let closing_of = self.closings.entry(closing.debate).or_default();
                closing_of.push(LiveClosing { record: *id, by: closing.by, any_debate });
            }
            Body::CoSignature(cosignature) => {
                let head = cosignature.head;
                if EntryIds::of(&head.log).at(&head.chain) == cosignature.decision {
                    let signed = self.cosignatures.entry(cosignature.decision).or_default();
                    signed.entry(cosignature.by).or_insert(*id);
                }
            }
            _ => {}
        }
    }
}
