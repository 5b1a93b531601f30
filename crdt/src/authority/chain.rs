//! The chain of grants behind a signature, link by link up to the founding record.

use super::Authority;
use crate::ids::{PersonId, RecordId};
use crate::role::Role;

/// One grant on the way up to the founders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLink {
    /// The grant.
    pub grant: RecordId,
    /// What it gives.
    pub role: Role,
    /// The seat, for an official.
    pub office: Option<String>,
    /// Who granted: a person or an invite key.
    pub by: PersonId,
    /// The grant through which they could, or the founding record.
    pub via: RecordId,
}

impl Authority {
    /// The chain from a grant up to the founding record, the grant itself first, at most `max`
    /// links; none for the founding record itself and for a grant that is not valid. Revocations
    /// are not looked at: it says by what it was signed, not whether that holds still.
    pub fn chain(&self, grant: &RecordId, max: usize) -> Vec<ChainLink> {
        let mut links = Vec::new();
        let mut at = *grant;
        while let Some(found) = self.structure.grant(&at).filter(|_| links.len() < max) {
            links.push(ChainLink {
                grant: at,
                role: found.role,
                office: found.office.clone(),
                by: found.by,
                via: found.via,
            });
            at = found.via;
        }
        links
    }

    /// Whether the person could act through the grant now: it is in force and names them, and
    /// nothing that counts ended it for them.
    pub fn acts_through(&self, grant: &RecordId, person: &PersonId) -> bool {
        self.stands(grant, person)
    }
}
