//! Invite tickets: `baro1:` and base32 of what a newcomer needs to join without a connection.
//!
//! The bytes are CBOR and, at the end, the first 4 bytes of its BLAKE3 hash, so that a torn or
//! mistyped ticket is told from a foreign one. Base32 is read in either case and fits the QR's
//! alphanumeric mode when upper-case. A photographed ticket lets its finder in as a member and as
//! nothing else; who came in by it shows in `baro members`. That of a members-only community begins
//! with `baro2:` and brings the secret under which its members meet.

use crate::words::{Reason, why};
use baro_crdt::authority::Authority;
use baro_crdt::codec;
use baro_crdt::epoch::EpochSecret;
use baro_crdt::ids::{CommunityId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Body, Founding, Record};
use baro_crdt::role::Role;
use data_encoding::BASE32_NOPAD;
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

/// What a ticket's text begins with.
const PREFIX: &str = "baro1:";
/// The same of a members-only community, which earlier programs do not know.
const PREFIX_MEMBERS: &str = "baro2:";
/// The most characters of a ticket.
const TEXT_BYTES_MAX: usize = 128 * 1024;
/// The most records of a chain from the founders to an invite key.
const CHAIN_MAX: usize = 32;
/// The most addresses, and the most bytes of one.
const ADDRESSES_MAX: usize = 16;
const ADDRESS_BYTES_MAX: usize = 256;
const CHECK_BYTES: usize = 4;

/// Why a text is no ticket to join by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketError {
    /// Not a ticket at all.
    Foreign,
    /// A part of it is missing or mistyped.
    Torn,
    /// Whole, but it empowers nobody.
    Invalid(Reason),
}

impl From<TicketError> for Reason {
    fn from(error: TicketError) -> Self {
        match error {
            TicketError::Foreign => why::ticket_foreign(PREFIX),
            TicketError::Torn => why::ticket_torn(),
            TicketError::Invalid(reason) => why::ticket_invalid(reason),
        }
    }
}

impl std::fmt::Display for TicketError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Reason::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for TicketError {}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    records: Vec<ByteVec>,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    seed: [u8; 32],
    #[n(2)]
    addresses: Vec<String>,
    #[n(3)]
    epoch: Option<ByteArray<32>>,
}

/// A ticket that lets newcomers in.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The founding record, then the grants that lead to the invite key.
    pub records: Vec<Record>,
    /// The invite key.
    pub key: MemberKey,
    /// Where nodes of the community may be reached, as multiaddresses.
    pub addresses: Vec<String>,
    /// The secret of the present epoch, where the community is members-only.
    pub epoch: Option<EpochSecret>,
}

impl Ticket {
    /// The ticket as text.
    pub fn to_text(&self) -> String {
        let records = self.records.iter().map(|record| record.to_bytes().to_vec().into());
        let wire = Wire {
            records: records.collect(),
            seed: self.key.seed(),
            addresses: self.addresses.clone(),
            epoch: self.epoch.as_ref().map(|secret| (*secret.as_bytes()).into()),
        };
        let mut bytes = codec::encode(&wire);
        let check = blake3::hash(&bytes);
        bytes.extend(check.as_bytes().iter().take(CHECK_BYTES));
        let prefix = if self.epoch.is_some() { PREFIX_MEMBERS } else { PREFIX };
        format!("{prefix}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    /// Reads a ticket and verifies everything in it.
    ///
    /// # Errors
    /// [`TicketError`]; nothing of it may be used then.
    pub fn from_text(text: &str) -> Result<Self, TicketError> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (prefix, rest) = text.split_at_checked(PREFIX.len()).ok_or(TicketError::Foreign)?;
        let for_members = prefix.eq_ignore_ascii_case(PREFIX_MEMBERS);
        if !for_members && !prefix.eq_ignore_ascii_case(PREFIX) {
            return Err(TicketError::Foreign);
        }
        if rest.len() > TEXT_BYTES_MAX {
            return Err(TicketError::Invalid(why::ticket_too_long()));
        }
        let bytes =
            BASE32_NOPAD.decode(rest.to_uppercase().as_bytes()).map_err(|_| TicketError::Torn)?;
        let end = bytes.len().checked_sub(CHECK_BYTES).ok_or(TicketError::Torn)?;
        let (body, check) = bytes.split_at_checked(end).ok_or(TicketError::Torn)?;
        if !blake3::hash(body).as_bytes().starts_with(check) {
            return Err(TicketError::Torn);
        }
        let invalid = |error: &dyn std::fmt::Display| {
            TicketError::Invalid(why::ticket_broken(error.to_string()))
        };
        let wire: Wire = codec::decode(body).map_err(|error| invalid(&error))?;
        if wire.records.len() > CHAIN_MAX
            || wire.addresses.len() > ADDRESSES_MAX
            || wire.addresses.iter().any(|address| address.len() > ADDRESS_BYTES_MAX)
        {
            return Err(TicketError::Invalid(why::ticket_too_long()));
        }
        let records = wire
            .records
            .iter()
            .map(|bytes| Record::from_bytes(bytes))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| invalid(&error))?;
        let key = MemberKey::from_seed(wire.seed);
        let epoch = wire.epoch.map(|secret| EpochSecret::from_bytes(*secret));
        let ticket = Self { records, key, addresses: wire.addresses, epoch };
        let founding = ticket.founding().ok_or(TicketError::Invalid(why::ticket_no_community()))?;
        if founding.1.members_only != for_members || ticket.epoch.is_some() != for_members {
            return Err(TicketError::Torn);
        }
        Ok(ticket)
    }

    /// The record the community begins with, and what it says.
    pub fn founding(&self) -> Option<(&Record, &Founding)> {
        let record = self.records.first()?;
        match record.body() {
            Body::Founding(founding) => Some((record, founding)),
            _ => None,
        }
    }

    /// The community it lets into.
    pub fn community(&self) -> Option<CommunityId> {
        self.founding().map(|(record, _)| record.community())
    }

    /// The grant of the invite key, if `authority` has it in force.
    pub fn grant(&self, authority: &Authority) -> Option<RecordId> {
        authority.best_grant(&self.key.id(), Role::Invite, None)
    }
}
