//! Authority: who may do what, and how far each log counts, computed from a community's records.
//!
//! In goes the set of verified records of one community; out comes [`Authority`], a pure value.
//! It is a function of the *set*: order and repetition of the records change nothing, no clock is
//! asked, and nothing here fails. A new record means computing it again.
//!
//! 1. **Structure** (`structure`): which grants chain back to the founding record, revocations
//!    ignored. A record's `via` names one grant, so the grants form a tree under the founding
//!    record. A person's **distance** is the length of the shortest such chain of grants that
//!    ends in a grant naming them, whatever its role; founders have 0.
//! 2. **Revocations** (`standing`): one pass in order of (distance of the signer, id). Each counts
//!    if its signer still stands after those already counted, or they keep it. Once counted, it
//!    stays so.
//! 3. **Accepts** (`standing`): one pass after that, in the same order. What they let in is live
//!    again, and so is what hangs on it. No accept makes a revocation count.
//!
//! The rules, where words leave a choice:
//! - What `threshold` founders sign together through the founding record orders before
//!   everything. It counts while at least `threshold` of its signers stand. Only such a revocation
//!   touches a founder, and it ends the founding empowerment where it ends `manager`.
//! - A revocation by fewer founders than that, but more than one, or by several others, is
//!   invalid. One by a person of a more senior one, or of a founder, is *void*: it is replicated
//!   (its chain is valid) and never counts.
//! - A grant that overcomes a revocation is valid only by a manager or a founder.
//! - A record whose chain is invalid is not live, whatever keeps or accepts it.
//! - A revocation or an accept is live if it counted in its pass. An accept that is let in by one
//!   which comes after it in order doesn't count.
//! - An accept lets in records whose signer is the person it names, and logs whose author is.
//! - Any valid accept lets in what any revocation struck out, whoever is the more senior.

mod chain;
mod limits;
mod members;
mod pins;
mod standing;
mod structure;

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{EntryId, LogId, PersonId, RecordId};
use crate::log::Head;
use crate::record::{Body, Record};
use crate::role::Role;
pub use chain::ChainLink;
use members::LiveClosing;
pub use members::{GrantInfo, MemberInfo};
pub use pins::{ChainAt, ForkLimit};
use standing::{Counted, Standing};
pub use structure::GrantRole;
use structure::Structure;

/// What the records of a community amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    structure: Structure,
    debates_by: Role,
    /// Records whose chain is valid, the founding record included.
    valid: BTreeSet<RecordId>,
    /// Records in force, the founding record included.
    live: BTreeSet<RecordId>,
    /// Grants held, valid or not, and the founding record.
    grants_held: BTreeSet<RecordId>,
    /// Persons whom a held grant or the founding record names.
    named: BTreeSet<PersonId>,
    counted: Counted,
    /// Heads that counted accepts let in.
    accepted: BTreeMap<(PersonId, LogId), Vec<Head>>,
    /// Heads that live records cite, in the order in which they count, each once.
    pins: BTreeMap<LogId, Vec<Head>>,
    /// Live closings, in the order in which they count.
    closings: BTreeMap<EntryId, Vec<LiveClosing>>,
    /// Live co-signatures, the first of each person.
    cosignatures: BTreeMap<EntryId, BTreeMap<PersonId, RecordId>>,
}

impl Authority {
    /// Computes it from all held records of the community that `founding` begins. Others'
    /// records and other founding records are passed over; `founding` may be among them or not.
    /// A `founding` that is no founding record gives an authority in which nobody may anything.
    pub fn compute<'a>(founding: &Record, records: impl Iterator<Item = &'a Record>) -> Self {
        let community = founding.community();
        let records: BTreeMap<RecordId, &Body> = records
            .filter(|record| record.community() == community)
            .filter(|record| !matches!(record.body(), Body::Founding(_)))
            .map(|record| (record.id(), record.body()))
            .collect();
        let structure = Structure::of(founding, &records);
        let standing = Standing::of(&structure, &records);

        let mut grants_held = BTreeSet::from([founding.id()]);
        let mut named: BTreeSet<PersonId> = structure.founders().clone();
        let mut valid = BTreeSet::from([founding.id()]);
        let mut live = BTreeSet::from([founding.id()]);
        let mut citing = Vec::new();
        for (id, body) in &records {
            if let Body::Grant(grant) = body {
                grants_held.insert(*id);
                named.extend(&grant.persons);
            }
            let Some(rank) = structure.rank(id, body) else { continue };
            valid.insert(*id);
            if standing.is_live(&structure, id, body) {
                live.insert(*id);
                citing.push((rank, *id, *body));
            }
        }
        citing.sort_by_key(|(rank, id, _)| (*rank, *id));

        let (counted, accepts) = standing.into_counted();
        let debates_by = match founding.body() {
            Body::Founding(founding) => founding.debates_by,
            _ => Role::Manager,
        };
        let mut authority = Self {
            structure,
            debates_by,
            valid,
            live,
            grants_held,
            named,
            counted,
            accepted: BTreeMap::new(),
            pins: BTreeMap::new(),
            closings: BTreeMap::new(),
            cosignatures: BTreeMap::new(),
        };
        for accept in accepts {
            for keep in &accept.logs {
                let of = (accept.person, keep.head.log);
                authority.accepted.entry(of).or_default().push(keep.head);
            }
        }
        for (_, id, body) in citing {
            authority.index_pins(body);
            authority.index_signed(&id, body);
        }
        authority
    }

    /// The founding record, through which founders act.
    pub const fn founding(&self) -> RecordId {
        self.structure.founding()
    }

    /// The least role that opens debates.
    pub const fn debates_by(&self) -> Role {
        self.debates_by
    }

    /// Whether the record is held and chains back to the founders, revocations ignored. What is
    /// valid stays so whatever else arrives; digest and reconciliation cover these records.
    pub fn is_valid(&self, record: &RecordId) -> bool {
        self.valid.contains(record)
    }

    /// Whether the record is in force: not struck out, or kept, or let in again. For a revocation
    /// or an accept, whether it counts.
    pub fn is_live(&self, record: &RecordId) -> bool {
        self.live.contains(record)
    }

    /// Whether this grant (or the founding record) is held at all, valid or not.
    pub fn known(&self, grant: &RecordId) -> bool {
        self.grants_held.contains(grant)
    }

    /// Whether a held grant, valid or not, or the founding record names the person.
    pub fn names(&self, person: &PersonId) -> bool {
        self.named.contains(person)
    }

    /// How many grants lie between the founders (0) and the person, revocations ignored; `None`
    /// for whom no valid grant names.
    pub fn distance(&self, person: &PersonId) -> Option<u32> {
        self.structure.distance(person)
    }

    /// What the grant gives the person, revocations ignored; `None` where it is not valid or
    /// doesn't name them.
    pub fn role_of(&self, grant: &RecordId, person: &PersonId) -> Option<GrantRole<'_>> {
        self.structure.role_of(grant, person)
    }

    /// The revocations that count and end what the grant gives the person, in their order.
    pub fn ended_by(&self, grant: &RecordId, person: &PersonId) -> Vec<RecordId> {
        self.counted.hitting(&self.structure, grant, person).map(|(id, _)| *id).collect()
    }

    /// Whether the person may act through the grant now.
    fn stands(&self, grant: &RecordId, person: &PersonId) -> bool {
        self.role_of(grant, person).is_some()
            && self.is_live(grant)
            && self.counted.hitting(&self.structure, grant, person).next().is_none()
    }
}
