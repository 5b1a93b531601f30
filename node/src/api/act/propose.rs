//! Proposing that founders together end somebody's roles.

use baro_crdt::ids::PersonId;
use baro_crdt::record::{Act, Body, Revocation};
use serde_json::Value;

use super::super::community::role;
use super::super::revoke::LISTED_MAX;
use super::{ApiError, Community, Context, Node, Result, told};
use crate::words::why;

impl Node {
    pub(super) fn act_revoke(
        &mut self,
        context: &Context,
        person: &str,
        words: &[String],
        compromised: bool,
        with: &[String],
    ) -> Result<Value> {
        let community = self.here(context)?;
        let person = self.person(&community, person)?;
        let mut roles = words.iter().map(|word| role(word)).collect::<Result<Vec<_>>>()?;
        roles.sort_unstable();
        roles.dedup();
        let by = self.act_signers(context, &community, &person, with)?;
        let (keep_records, keep_logs) = match compromised {
            true => (Vec::new(), Vec::new()),
            false => self.what_stays(&community, &person)?,
        };
        if keep_records.len().max(keep_logs.len()) > LISTED_MAX {
            return Err(ApiError::refused(why::act_too_much(LISTED_MAX)));
        }
        let revocation = Revocation {
            community: community.id,
            via: community.authority.founding(),
            by,
            person,
            roles,
            keep_records,
            keep_logs,
        };
        let mut act = Act::new(Body::Revocation(revocation.clone()))
            .map_err(|error| ApiError::refused(why::act_broken(error.to_string())))?;
        let place = self.place_of_revocation(context, &act, &revocation)?;
        for signer in &place.signers {
            act.sign(&Self::key(signer)?);
        }
        Ok(told(context, &act, &place))
    }

    /// Who is to sign: the speaker or the founders who live here, then those named, then all others
    /// where it takes every one of them.
    fn act_signers(
        &mut self,
        context: &Context,
        community: &Community,
        person: &PersonId,
        with: &[String],
    ) -> Result<Vec<PersonId>> {
        let authority = &community.authority;
        let threshold = usize::from(community.founding.threshold);
        let is_founder = |one: &PersonId| authority.is_founder(one);
        let founders: Vec<PersonId> =
            community.founding.founders.iter().filter(|one| is_founder(one)).copied().collect();
        if founders.iter().all(|one| one == person) {
            return Err(ApiError::refused(why::last_founder()));
        }
        let mut signers: Vec<PersonId> = match &context.speaker {
            Some(name) => vec![self.speaker(community, Some(name))?.person],
            None => self.persons(&community.id)?.all.iter().map(|one| one.person).collect(),
        };
        let first = signers.first().copied();
        signers.retain(|one| is_founder(one) && one != person);
        if signers.is_empty() {
            let name = first.map(|one| self.name_of(&community.id, &one)).transpose()?;
            return Err(ApiError::refused(why::act_not_founder(name.unwrap_or_default())));
        }
        let named = with.iter().map(|name| self.person(community, name));
        let named = named.collect::<Result<Vec<PersonId>>>()?;
        if let Some(other) = named.iter().find(|one| !is_founder(one)) {
            return Err(ApiError::refused(why::act_not_founder(
                self.name_of(&community.id, other)?,
            )));
        }
        // Those here as far as they are needed beside those who were asked for.
        signers.truncate(threshold.saturating_sub(named.len()).max(1));
        signers.extend(named);
        let mut others = founders;
        others.retain(|one| !signers.contains(one) && one != person);
        if signers.len() + others.len() == threshold {
            signers.append(&mut others);
        }
        signers.sort_unstable();
        signers.dedup();
        if signers.len() < threshold {
            let names = others.iter().map(|one| self.name_of(&community.id, one));
            let names = names.collect::<Result<Vec<_>>>()?.join(", ");
            return Err(ApiError::refused(why::act_with(threshold - signers.len(), names)));
        }
        Ok(signers)
    }
}
