//! An act as text: `baro-act1:` and base32 of its bytes and of the first 4 of their BLAKE3 hash, so
//! that a torn or mistyped one is told from a foreign one. It is read in either case, and fits the
//! QR's alphanumeric mode when upper-case.

use baro_crdt::record::{Act, RECORD_BYTES_MAX, RecordError};
use data_encoding::BASE32_NOPAD;

use crate::api::{ApiError, Result};
use crate::words::why;

/// What an act's text begins with.
const PREFIX: &str = "baro-act1:";
const CHECK_BYTES: usize = 4;
/// The most characters behind it: base32 makes eight of five bytes.
const TEXT_BYTES_MAX: usize = (RECORD_BYTES_MAX + CHECK_BYTES) * 8 / 5 + 8;

/// The text of an act.
pub(super) fn of(act: &Act) -> String {
    let mut bytes = act.to_bytes();
    let check = blake3::hash(&bytes);
    bytes.extend(check.as_bytes().iter().take(CHECK_BYTES));
    format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
}

/// Reads one, and verifies every signature in it.
pub(super) fn read(text: &str) -> Result<Act> {
    let text: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    let foreign = || ApiError::refused(why::act_foreign(PREFIX));
    let torn = || ApiError::refused(why::act_torn());
    let (prefix, rest) = text.split_at_checked(PREFIX.len()).ok_or_else(foreign)?;
    if !prefix.eq_ignore_ascii_case(PREFIX) || rest.len() > TEXT_BYTES_MAX {
        return Err(foreign());
    }
    let bytes = BASE32_NOPAD.decode(rest.to_ascii_uppercase().as_bytes()).map_err(|_| torn())?;
    let at = bytes.len().checked_sub(CHECK_BYTES).ok_or_else(torn)?;
    let (bytes, check) = bytes.split_at_checked(at).ok_or_else(torn)?;
    if !blake3::hash(bytes).as_bytes().starts_with(check) {
        return Err(torn());
    }
    Act::from_bytes(bytes).map_err(|error| match error {
        RecordError::BadSignature(_) => ApiError::refused(why::act_changed()),
        other => ApiError::refused(why::act_broken(other.to_string())),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use baro_crdt::ids::{CommunityId, RecordId};
    use baro_crdt::keys::MemberKey;
    use baro_crdt::record::{Body, Revocation};

    fn signed() -> Act {
        let key = MemberKey::from_seed([1; 32]);
        let revocation = Revocation {
            community: CommunityId::from_bytes([9; 32]),
            by: vec![key.id()],
            via: RecordId::from_bytes([9; 32]),
            person: key.id(),
            roles: Vec::new(),
            keep_records: Vec::new(),
            keep_logs: Vec::new(),
        };
        let mut act = Act::new(Body::Revocation(revocation)).unwrap();
        assert!(act.sign(&key));
        act
    }

    fn why(text: &str) -> String {
        let Err(ApiError::Refused(reason)) = read(text) else { panic!("it was read") };
        reason.key().to_owned()
    }

    #[test]
    fn what_was_changed_on_its_way_is_told_from_what_was_mistyped_and_from_something_else() {
        let act = signed();
        let text = of(&act);
        assert_eq!(read(&text).unwrap(), act);
        assert_eq!(read(&format!(" {} \n", text.to_uppercase())).unwrap(), act);
        assert_eq!(why("baro1:abcd"), "act_foreign");
        assert_eq!(why(""), "act_foreign");
        assert_eq!(why(text.get(..text.len() - 8).unwrap()), "act_torn");
        // Changed by somebody who knows how the text is made: of the person, and of the signature.
        let bytes = act.to_bytes();
        let person = bytes
            .windows(32)
            .rposition(|part| part == MemberKey::from_seed([1; 32]).id().as_bytes());
        for at in [person.unwrap(), bytes.len() - 5] {
            let mut changed = bytes.clone();
            changed.get_mut(at).into_iter().for_each(|byte| *byte ^= 1);
            let check = blake3::hash(&changed);
            changed.extend(check.as_bytes().iter().take(CHECK_BYTES));
            assert_eq!(why(&format!("{PREFIX}{}", BASE32_NOPAD.encode(&changed))), "act_changed");
        }
    }
}
