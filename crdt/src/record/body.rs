//! What each kind of record says.

use minicbor::{Decode, Encode};

use crate::ids::{CommunityId, EntryId, EpochId, PersonId, RecordId};
use crate::log::{Head, SignedHead};
use crate::role::Role;

/// The most persons one grant names.
pub const GRANT_PERSONS_MAX: usize = 256;
/// The most founders of a community.
pub const FOUNDERS_MAX: usize = 16;
/// The most heads or records that one record cites.
pub const CITED_MAX: usize = 2_048;
/// The most bytes of a name, of an office or a community.
pub const NAME_BYTES_MAX: usize = 128;
/// The most bytes of a closing's outcome.
pub const OUTCOME_BYTES_MAX: usize = 16 * 1024;

/// The most seconds, either way, that a declared time is from 1970.
const TIME_MAX: i64 = 1 << 40;

/// The record that a community begins with; its id is the community's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Founding {
    /// What the community is called.
    #[n(0)]
    pub name: String,
    /// Its main language, a BCP-47 tag.
    #[n(1)]
    pub language: String,
    /// Who founds it; each of them signs.
    #[n(2)]
    pub founders: Vec<PersonId>,
    /// How many founders together may do what no one else can.
    #[n(3)]
    pub threshold: u8,
    /// Random bytes that make two communities of one name two.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub nonce: Vec<u8>,
    /// Who may open a debate.
    #[n(5)]
    pub debates_by: Role,
    /// How many co-signatures a decision needs, the author's own not counted.
    #[n(6)]
    pub cosignatures: u8,
    /// Whether only members may know anything of it ([`crate::epoch`]); left out where it is not so,
    /// and programs that do not know it refuse the record.
    #[n(7)]
    #[cbor(skip_if = "is_open")]
    pub members_only: bool,
}

/// The passing over of a flag that is not set: it has one encoding.
fn is_open(members_only: &bool) -> bool {
    !members_only
}

/// Gives a role to persons.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// Where it holds.
    #[n(0)]
    pub community: CommunityId,
    /// Who grants.
    #[n(1)]
    pub by: PersonId,
    /// The grant that lets them, or the founding record for a founder.
    #[n(2)]
    pub via: RecordId,
    /// What is given.
    #[n(3)]
    pub role: Role,
    /// The seat, for an official.
    #[n(4)]
    pub office: Option<String>,
    /// To whom, each once, in ascending order.
    #[n(5)]
    pub persons: Vec<PersonId>,
    /// The revocations that this grant overcomes, in ascending order.
    #[n(6)]
    pub overcomes: Vec<RecordId>,
}

/// A log that a revocation keeps, or an accept lets in, up to a head its author signed.
pub type Keep = SignedHead;

/// Ends roles of one person (or an invite key), but for what it keeps.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revocation {
    /// Where it holds.
    #[n(0)]
    pub community: CommunityId,
    /// Who revokes: one manager, or as many founders as the threshold asks, in ascending order.
    #[n(1)]
    pub by: Vec<PersonId>,
    /// The grant that lets the manager, or the founding record for founders.
    #[n(2)]
    pub via: RecordId,
    /// Whose roles end.
    #[n(3)]
    pub person: PersonId,
    /// Which roles, in ascending order; none means all.
    #[n(4)]
    pub roles: Vec<Role>,
    /// The records of that person which stay in force, in ascending order.
    #[n(5)]
    pub keep_records: Vec<RecordId>,
    /// The heads of that person's logs up to which their words stay, by ascending log.
    #[n(6)]
    pub keep_logs: Vec<Keep>,
}

/// Lets in what a revocation had shut out.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Accept {
    /// Where it holds.
    #[n(0)]
    pub community: CommunityId,
    /// The manager who accepts.
    #[n(1)]
    pub by: PersonId,
    /// The grant that lets them, or the founding record for a founder.
    #[n(2)]
    pub via: RecordId,
    /// Whose words and deeds these are.
    #[n(3)]
    pub person: PersonId,
    /// The records let in, in ascending order.
    #[n(4)]
    pub records: Vec<RecordId>,
    /// The heads up to which logs are let in, by ascending log.
    #[n(5)]
    pub logs: Vec<Keep>,
}

/// Ends a debate: what the cited heads cover counts, what comes later is outside, on every node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Closing {
    /// Where it holds.
    #[n(0)]
    pub community: CommunityId,
    /// Who closes: who opened the debate, a facilitator or a moderator.
    #[n(1)]
    pub by: PersonId,
    /// The grant that lets them, or the founding record for a founder.
    #[n(2)]
    pub via: RecordId,
    /// The entry that opened the debate.
    #[n(3)]
    pub debate: EntryId,
    /// What came out of it, in words.
    #[n(4)]
    pub outcome: Option<String>,
    /// The heads that count, by ascending log.
    #[n(5)]
    pub heads: Vec<Head>,
}

/// Another's signature under a decision; it pins the log that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CoSignature {
    /// Where it holds.
    #[n(0)]
    pub community: CommunityId,
    /// Who signs.
    #[n(1)]
    pub by: PersonId,
    /// The grant that lets them, or the founding record for a founder.
    #[n(2)]
    pub via: RecordId,
    /// The decision.
    #[n(3)]
    pub decision: EntryId,
    /// The head of the decision's log right after it.
    #[n(4)]
    pub head: Head,
}

/// Begins an epoch of a members-only community: from now on its members meet under another secret.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Epoch {
    /// Where it holds.
    #[n(0)]
    pub community: CommunityId,
    /// The manager who begins it.
    #[n(1)]
    pub by: PersonId,
    /// The grant that lets them, or the founding record for a founder.
    #[n(2)]
    pub via: RecordId,
    /// Its number, from 1.
    #[n(3)]
    pub number: u32,
    /// What tells its secret from any other.
    #[n(4)]
    pub epoch: EpochId,
    /// The revocations after which it comes, in ascending order: it counts where all are held.
    #[n(5)]
    pub follows: Vec<RecordId>,
    /// When, in seconds since 1970, as its signer declares.
    #[n(6)]
    pub time: i64,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Body {
    /// A community begins.
    #[n(0)]
    Founding(#[n(0)] Founding),
    /// A role is given.
    #[n(1)]
    Grant(#[n(0)] Grant),
    /// A role ends.
    #[n(2)]
    Revocation(#[n(0)] Revocation),
    /// What an ending shut out is let in.
    #[n(3)]
    Accept(#[n(0)] Accept),
    /// A debate ends.
    #[n(4)]
    Closing(#[n(0)] Closing),
    /// A decision is signed by one more.
    #[n(5)]
    CoSignature(#[n(0)] CoSignature),
    /// An epoch begins.
    #[n(6)]
    Epoch(#[n(0)] Epoch),
}

fn ascending<T: Ord>(items: &[T]) -> bool {
    items.is_sorted_by(|a, b| a < b)
}

fn heads_ascending<'a>(heads: impl Iterator<Item = &'a Head>) -> bool {
    heads.map(|head| head.log).is_sorted_by(|a, b| a < b)
}

impl Body {
    /// Whose signatures the record carries, in this order.
    pub fn signers(&self) -> &[PersonId] {
        match self {
            Body::Founding(founding) => &founding.founders,
            Body::Grant(grant) => std::slice::from_ref(&grant.by),
            Body::Revocation(revocation) => &revocation.by,
            Body::Accept(accept) => std::slice::from_ref(&accept.by),
            Body::Closing(closing) => std::slice::from_ref(&closing.by),
            Body::CoSignature(cosignature) => std::slice::from_ref(&cosignature.by),
            Body::Epoch(epoch) => std::slice::from_ref(&epoch.by),
        }
    }

    /// The record that empowers the signers; none for a founding record.
    pub fn via(&self) -> Option<RecordId> {
        match self {
            Body::Founding(_) => None,
            Body::Grant(grant) => Some(grant.via),
            Body::Revocation(revocation) => Some(revocation.via),
            Body::Accept(accept) => Some(accept.via),
            Body::Closing(closing) => Some(closing.via),
            Body::CoSignature(cosignature) => Some(cosignature.via),
            Body::Epoch(epoch) => Some(epoch.via),
        }
    }

    /// The community named; none for a founding record.
    pub fn community(&self) -> Option<CommunityId> {
        match self {
            Body::Founding(_) => None,
            Body::Grant(grant) => Some(grant.community),
            Body::Revocation(revocation) => Some(revocation.community),
            Body::Accept(accept) => Some(accept.community),
            Body::Closing(closing) => Some(closing.community),
            Body::CoSignature(cosignature) => Some(cosignature.community),
            Body::Epoch(epoch) => Some(epoch.community),
        }
    }

    /// The heads that this record pins: a fork may not take them back.
    pub fn pins(&self) -> Vec<Head> {
        match self {
            Body::Founding(_) | Body::Grant(_) | Body::Epoch(_) => Vec::new(),
            Body::Revocation(revocation) => {
                revocation.keep_logs.iter().map(|keep| keep.head).collect()
            }
            Body::Accept(accept) => accept.logs.iter().map(|keep| keep.head).collect(),
            Body::Closing(closing) => closing.heads.clone(),
            Body::CoSignature(cosignature) => vec![cosignature.head],
        }
    }

    /// The rules that a body keeps by itself, whatever else is known.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Body::Founding(founding) => founding.check(),
            Body::Grant(grant) => grant.check(),
            Body::Revocation(revocation) => revocation.check(),
            Body::Accept(accept) => {
                lists(&accept.records, &accept.logs)?;
                keeps_signed(&accept.person, &accept.logs)
            }
            Body::Closing(closing) => {
                if closing.outcome.as_ref().is_some_and(|words| words.len() > OUTCOME_BYTES_MAX) {
                    return Err("an outcome is longer than 16 kB");
                }
                if closing.heads.len() > CITED_MAX || !heads_ascending(closing.heads.iter()) {
                    return Err("cited heads must be at most 2,048, each log once, ascending");
                }
                Ok(())
            }
            Body::CoSignature(_) => Ok(()),
            Body::Epoch(epoch) => epoch.check(),
        }
    }
}

impl Epoch {
    fn check(&self) -> Result<(), &'static str> {
        if self.number == 0 || !(-TIME_MAX..=TIME_MAX).contains(&self.time) {
            return Err("an epoch is numbered from 1, at a time that can be");
        }
        if self.follows.len() > CITED_MAX || !ascending(&self.follows) {
            return Err("an epoch follows at most 2,048 revocations, each once, ascending");
        }
        Ok(())
    }
}

impl Founding {
    fn check(&self) -> Result<(), &'static str> {
        if self.name.is_empty() || self.name.len() > NAME_BYTES_MAX {
            return Err("a community's name has 1 to 128 bytes");
        }
        if self.language.len() > 35 {
            return Err("a language tag has at most 35 bytes");
        }
        if self.founders.is_empty()
            || self.founders.len() > FOUNDERS_MAX
            || !ascending(&self.founders)
        {
            return Err("founders must be 1 to 16, each once, ascending");
        }
        if self.threshold == 0 || usize::from(self.threshold) > self.founders.len() {
            return Err("the threshold must be between 1 and the number of founders");
        }
        if self.nonce.len() != 16 {
            return Err("the nonce has 16 bytes");
        }
        Ok(())
    }
}

impl Grant {
    fn check(&self) -> Result<(), &'static str> {
        if self.persons.is_empty() || self.persons.len() > GRANT_PERSONS_MAX {
            return Err("a grant names 1 to 256 persons");
        }
        if !ascending(&self.persons) || !ascending(&self.overcomes) {
            return Err("persons and overcome revocations are listed once, ascending");
        }
        if self.overcomes.len() > CITED_MAX {
            return Err("a grant overcomes at most 2,048 revocations");
        }
        match &self.office {
            Some(_) if self.role != Role::Official => Err("only an official has an office"),
            Some(office) if office.is_empty() || office.len() > NAME_BYTES_MAX => {
                Err("an office's name has 1 to 128 bytes")
            }
            _ => Ok(()),
        }
    }
}

impl Revocation {
    fn check(&self) -> Result<(), &'static str> {
        if self.by.is_empty() || self.by.len() > FOUNDERS_MAX || !ascending(&self.by) {
            return Err("a revocation has 1 to 16 signers, each once, ascending");
        }
        if self.roles.len() > 6 || !ascending(&self.roles) {
            return Err("roles are listed once, ascending");
        }
        lists(&self.keep_records, &self.keep_logs)?;
        keeps_signed(&self.person, &self.keep_logs)
    }

    /// Whether it ends grants of `role`.
    pub fn ends(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }
}

fn lists(records: &[RecordId], keeps: &[Keep]) -> Result<(), &'static str> {
    if records.len() > CITED_MAX || keeps.len() > CITED_MAX {
        return Err("at most 2,048 records and logs are kept or accepted at once");
    }
    if !ascending(records) || !heads_ascending(keeps.iter().map(|keep| &keep.head)) {
        return Err("kept or accepted records and logs are listed once, ascending");
    }
    Ok(())
}

/// Nobody puts words into another's mouth: every kept head carries its author's own signature.
fn keeps_signed(author: &PersonId, keeps: &[Keep]) -> Result<(), &'static str> {
    if keeps.iter().all(|keep| keep.verifies(author)) {
        Ok(())
    } else {
        Err("a kept or accepted head is not signed by its author")
    }
}
