//! Who signed an entry: in which role, by whose grant, up to the founders.

use std::collections::BTreeMap;

use baro_crdt::authority::GrantRole;
use baro_crdt::ids::{PersonId, RecordId};
use serde_json::{Value, json};

use super::resolve::Names;
use super::{Community, Result};
use crate::store::{LogNumber, PostRow, Read, StoreError};

/// The most links of a chain that are shown.
const LINKS_MAX: usize = 16;

/// Answers for the entries of one community; each signature's chain is put into words once.
pub(super) struct Signers<'a> {
    community: &'a Community,
    names: &'a Names,
    logs: BTreeMap<LogNumber, Value>,
}

/// A role and its seat in words: "official (mayor of Sadiola)".
fn role_words(role: &str, office: Option<&str>) -> String {
    match office {
        Some(office) => format!("{role} ({office})"),
        None => role.to_owned(),
    }
}

impl<'a> Signers<'a> {
    pub(super) fn new(community: &'a Community, names: &'a Names) -> Self {
        Self { community, names, logs: BTreeMap::new() }
    }

    /// Who signed the entry of this row, as JSON.
    pub(super) fn of(&mut self, read: &dyn Read, row: &PostRow) -> Result<Value> {
        if let Some(known) = self.logs.get(&row.log) {
            return Ok(known.clone());
        }
        let log = read.log_by_number(row.log)?;
        let log = log.ok_or_else(|| StoreError::Damaged("a log is missing".into()))?;
        let shown = self.signature(&log.header.grant, &log.header.author);
        self.logs.insert(row.log, shown.clone());
        Ok(shown)
    }

    /// What `person` signs through `grant`, as JSON.
    pub(super) fn signature(&self, grant: &RecordId, person: &PersonId) -> Value {
        let authority = &self.community.authority;
        let (role, office) = match authority.role_of(grant, person) {
            Some(GrantRole::Founder) => ("founder", None),
            Some(GrantRole::Granted { role, office }) => (role.word(), office),
            None => ("unknown", None),
        };
        let name = self.names.of(person);
        let mut words = format!("{name}, {}", role_words(role, office));
        let invites: Vec<PersonId> =
            authority.invites().iter().map(|invite| invite.person).collect();
        let mut chain = Vec::new();
        for link in authority.chain(grant, LINKS_MAX) {
            let by = match invites.contains(&link.by) {
                true => "an invite ticket".to_owned(),
                false => self.names.of(&link.by),
            };
            // In which role the one above could grant it.
            let above = match authority.role_of(&link.via, &link.by) {
                Some(GrantRole::Founder) => "founder".to_owned(),
                Some(GrantRole::Granted { role, office }) => role_words(role.word(), office),
                None => "unknown".to_owned(),
            };
            words.push_str(&format!(", by grant of {by}, {above}"));
            chain.push(json!({
                "grant": link.grant.to_string(),
                "role": link.role.word(),
                "office": link.office,
                "by": link.by.to_string(),
                "by_name": by,
                "by_role": above,
                "in_force": authority.is_live(&link.grant),
            }));
        }
        json!({
            "person": person.to_string(),
            "name": name,
            "role": role,
            "office": office,
            "grant": grant.to_string(),
            "in_force": authority.acts_through(grant, person),
            "chain": chain,
            "words": words,
        })
    }
}
