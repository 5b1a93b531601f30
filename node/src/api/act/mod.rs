//! Acts of founders whose keys are on several devices: `revoke --propose`, `community create
//! --propose`, `cosign`.
//!
//! One founder proposes: a record is written, naming who is to sign it, and signed here. It leaves
//! as a text ([`text`]), in a file, a message or a QR. On each next device [`Node::act_show`] says in
//! plain words what it does, and [`Node::act_sign`] signs it with the keys of that device. Whoever
//! holds it with all signatures enters it, and from then on it is a record like any other. Nothing of
//! an act is kept here before that, and it does nothing.

mod found;
mod propose;
mod text;

use baro_crdt::ids::{CommunityId, PersonId};
use baro_crdt::record::{Act, Body, Founding, Revocation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::resolve::Names;
use super::{ApiError, Community, Context, Node, Result};
use crate::replica::Item;
use crate::store::LocalPerson;
use crate::words::{Reason, why};

/// What is asked about acts of founders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the arguments of the commands, named alike")]
pub enum ActRequest {
    /// Proposes that founders together end roles; `with` names those who are to sign elsewhere.
    Revoke {
        person: String,
        roles: Vec<String>,
        compromised: bool,
        #[serde(default)]
        with: Vec<String>,
    },
    /// Proposes a community to founders elsewhere, whose keys these are.
    Found {
        name: String,
        threshold: u8,
        keys: Vec<String>,
        #[serde(default)]
        debates_by: Option<String>,
        #[serde(default)]
        cosignatures: u8,
    },
    /// Makes a key for a community that is yet to be founded with others.
    Key,
    /// Says what an act does, and who has signed it.
    Show { text: String },
    /// Signs it with the keys of this device, and enters it where nobody's signature is missing.
    Sign { text: String },
}

/// Where an act is signed: what is known there of its community and of its signers.
struct Place {
    community: CommunityId,
    /// What the community is called.
    name: String,
    names: Names,
    /// Signers whose keys are here.
    signers: Vec<LocalPerson>,
}

impl Node {
    pub(super) fn founders_act(&mut self, context: &Context, request: ActRequest) -> Result<Value> {
        match request {
            ActRequest::Revoke { person, roles, compromised, with } => {
                self.act_revoke(context, &person, &roles, compromised, &with)
            }
            ActRequest::Found { name, threshold, keys, debates_by, cosignatures } => {
                let limits = super::community::Limits {
                    threshold,
                    debates_by,
                    cosignatures,
                    members_only: false,
                };
                self.act_found(context, &name, &keys, &limits)
            }
            ActRequest::Key => self.founder_key(context),
            ActRequest::Show { text } => self.act_show(context, &text),
            ActRequest::Sign { text } => self.act_sign(context, &text),
        }
    }

    fn act_show(&mut self, context: &Context, text: &str) -> Result<Value> {
        let act = text::read(text)?;
        let place = self.place(context, &act)?;
        Ok(told(context, &act, &place))
    }

    fn act_sign(&mut self, context: &Context, text: &str) -> Result<Value> {
        let mut act = text::read(text)?;
        let place = self.place(context, &act)?;
        let mut signed = 0;
        for signer in &place.signers {
            let is_new = !act.is_signed_by(&signer.person);
            signed += usize::from(act.sign(&Self::key(signer)?) && is_new);
        }
        let Some(record) = act.record() else {
            if signed == 0 {
                return Err(ApiError::refused(nothing_to_sign(&act, &place)));
            }
            return Ok(told(context, &act, &place));
        };
        let mut epoch = None;
        match act.body() {
            Body::Founding(_) => self.enter_founding(&record, &place.signers)?,
            Body::Revocation(revocation) => {
                let community = self.community(&place.community)?;
                let person = revocation.person;
                let begun = self.epoch_after(&community, &record, &person, &place.signers)?;
                epoch = begun.as_ref().map(|begun| begun.number);
                let mut items = vec![Item::Record(record)];
                items.extend(begun.into_iter().flat_map(|begun| begun.items));
                self.commit(items)?;
            }
            _ => return Err(ApiError::refused(why::act_foreign_kind())),
        }
        let community = self.community(&place.community)?;
        let counts =
            community.authority.is_live(&act.id()) || act.id() == place.community.founding();
        let mut answer = told(context, &act, &place);
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("entered".into(), true.into());
            fields.insert("counts".into(), counts.into());
            fields.insert("epoch".into(), json!(epoch));
        }
        Ok(answer)
    }

    /// Whether it can be signed here at all, and what is known of it here.
    fn place(&mut self, context: &Context, act: &Act) -> Result<Place> {
        match act.body() {
            Body::Founding(founding) => self.place_of_founding(context, act, founding),
            Body::Revocation(revocation) => self.place_of_revocation(context, act, revocation),
            _ => Err(ApiError::refused(why::act_foreign_kind())),
        }
    }

    fn place_of_revocation(
        &mut self,
        context: &Context,
        act: &Act,
        revocation: &Revocation,
    ) -> Result<Place> {
        if self.store.community(&revocation.community)?.is_none() {
            return Err(ApiError::refused(why::act_elsewhere()));
        }
        let community = self.community(&revocation.community)?;
        if self.store.record(&act.id())?.is_some() {
            return Err(ApiError::refused(why::act_entered()));
        }
        is_of_founders(&community, revocation)?;
        let persons = self.persons(&community.id)?;
        let speaker = context.speaker.as_deref();
        if let Some(name) = speaker {
            let who = self.speaker(&community, Some(name))?;
            if !community.authority.is_founder(&who.person) {
                return Err(ApiError::refused(why::act_not_founder(&who.name)));
            }
        } else if !persons.all.iter().any(|one| community.authority.is_founder(&one.person))
            && act.record().is_none()
        {
            let name = persons.all.first().map(|one| one.name.clone()).unwrap_or_default();
            return Err(ApiError::refused(why::act_not_founder(name)));
        }
        let mut signers = persons.all.clone();
        signers.retain(|one| revocation.by.contains(&one.person));
        if let Some(speaker) = speaker.and_then(|name| persons.named(name)) {
            signers.retain(|one| one.person == speaker.person);
        }
        Ok(Place {
            community: community.id,
            name: community.founding.name.clone(),
            names: Names::of_rows(self.store.names(&community.id)?),
            signers,
        })
    }
}

/// Whether it would count as what founders together have signed.
fn is_of_founders(community: &Community, revocation: &Revocation) -> Result<()> {
    let authority = &community.authority;
    if revocation.via != authority.founding() {
        return Err(ApiError::refused(why::act_foreign_kind()));
    }
    if !revocation.by.iter().all(|by| authority.is_founder(by)) {
        return Err(ApiError::refused(why::act_stale()));
    }
    let threshold = usize::from(community.founding.threshold);
    if revocation.by.len() < threshold {
        return Err(ApiError::refused(why::act_too_few(threshold, revocation.by.len())));
    }
    Ok(())
}

fn nothing_to_sign(act: &Act, place: &Place) -> Reason {
    let missing = names(act, place, false);
    match place.signers.first() {
        Some(signer) => why::act_signed_already(&signer.name, missing),
        None => why::act_not_asked(missing),
    }
}

/// The names of those who have signed, or have not.
fn names(act: &Act, place: &Place, signed: bool) -> String {
    let of = act.body().signers().iter().filter(|one| act.is_signed_by(one) == signed);
    of.map(|person| place.name_of(person)).collect::<Vec<_>>().join(", ")
}

impl Place {
    fn name_of(&self, person: &PersonId) -> String {
        let here = self.signers.iter().find(|one| one.person == *person);
        here.map_or_else(|| self.names.of(person), |one| one.name.clone())
    }
}

/// What an act does, in plain words.
fn words(act: &Act, place: &Place) -> Vec<Reason> {
    let mut said = Vec::new();
    match act.body() {
        Body::Founding(Founding { name, founders, threshold, .. }) => {
            said.push(why::deed_to_found(name, founders.len(), usize::from(*threshold)));
        }
        Body::Revocation(revocation) => {
            let who = place.name_of(&revocation.person);
            let (records, logs) = (revocation.keep_records.len(), revocation.keep_logs.len());
            said.push(match (revocation.roles.as_slice(), records + logs) {
                ([], 0) => why::deed_to_shut_out(&who, &place.name),
                ([], _) => why::deed_to_end(&who, &place.name),
                (roles, _) => why::deed_to_end_roles(&who, roles, &place.name),
            });
            if records + logs > 0 {
                said.push(why::deed_to_keep(records, logs));
            }
        }
        _ => {}
    }
    let (signed, missing) = (names(act, place, true), names(act, place, false));
    if !signed.is_empty() {
        said.push(why::deed_signed_by(signed));
    }
    if !missing.is_empty() {
        said.push(why::deed_not_signed_by(missing));
    }
    said
}

fn told(context: &Context, act: &Act, place: &Place) -> Value {
    let lang = context.lang.as_deref();
    let signers = act.body().signers().iter().map(|person| {
        json!({
            "person": person.to_string(),
            "name": place.name_of(person),
            "signed": act.is_signed_by(person),
            "here": place.signers.iter().any(|one| one.person == *person),
        })
    });
    json!({
        "act": text::of(act),
        "id": act.id().to_string(),
        "community": place.community.to_string(),
        "name": place.name,
        "words": words(act, place).iter().map(|one| one.words(lang)).collect::<Vec<_>>(),
        "signers": signers.collect::<Vec<_>>(),
        "entered": false,
    })
}
