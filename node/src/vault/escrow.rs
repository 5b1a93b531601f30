//! Secrets that leave the device: sealed by a passphrase, or in shares for people one trusts.
//!
//! A file is three lines: what it is, a slot that the passphrase opens, and the sealed bytes. Shares are
//! text that fits a QR: each has the bytes, sealed under a random key, and one share of that key after
//! Shamir, so that fewer than the number needed tell nothing.

use blahaj::{Share, Sharks};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::{BASE32_NOPAD, BASE64};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::slot::{Opened, Slot};
use super::{DataKey, KEY_BYTES, Secret, VaultError};

/// The first line of a file.
const FILE: &str = "baro backup 1";
/// What the text of a share begins with.
const SHARE: &str = "baro-share1:";
const NONCE_BYTES: usize = 24;
/// The most bytes of a backup.
const BYTES_MAX: usize = 64 * 1024 * 1024;
const CHECK_BYTES: usize = 4;

fn sealed(key: &DataKey, what: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|error| VaultError::System(error.to_string()))?;
    let bytes = XChaCha20Poly1305::new(key.as_bytes().into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: what.as_bytes() })
        .map_err(|_| VaultError::System("sealing failed".to_owned()))?;
    Ok([&nonce[..], &bytes].concat())
}

fn opened(key: &DataKey, what: &str, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, bytes) = bytes.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    XChaCha20Poly1305::new(key.as_bytes().into())
        .decrypt(&XNonce::from(nonce), Payload { msg: bytes, aad: what.as_bytes() })
        .ok()
        .map(Zeroizing::new)
}

fn torn(what: &'static str) -> VaultError {
    VaultError::Torn(what)
}

/// The text of a file that the passphrase `secret` opens.
///
/// # Errors
/// [`VaultError::Weak`], [`VaultError::System`].
pub fn to_file(secret: &Secret, plain: &[u8]) -> Result<String, VaultError> {
    secret.check()?;
    let key = DataKey::random().map_err(VaultError::System)?;
    let slot = serde_json::to_string(&Slot::new(secret, &key)?)
        .map_err(|error| VaultError::System(error.to_string()))?;
    let bytes = sealed(&key, FILE, plain)?;
    Ok(format!("{FILE}\n{slot}\n{}\n", BASE64.encode(&bytes)))
}

/// Whether a text is such a file.
pub fn is_file(text: &str) -> bool {
    text.lines().next() == Some(FILE)
}

/// What is in a file, for who has the passphrase.
///
/// # Errors
/// [`VaultError::Torn`]; [`VaultError::Wrong`] for another passphrase.
pub fn from_file(secret: &Secret, text: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let mut lines = text.lines().skip(1);
    let slot = lines.next().and_then(|line| serde_json::from_str::<Slot>(line).ok());
    let slot = slot.filter(Slot::is_sound).ok_or_else(|| torn("this backup is damaged"))?;
    let bytes = lines.next().and_then(|line| BASE64.decode(line.trim().as_bytes()).ok());
    let bytes = bytes.filter(|bytes| bytes.len() <= BYTES_MAX);
    let bytes = bytes.ok_or_else(|| torn("this backup is damaged, or not whole"))?;
    match slot.open(secret)? {
        Some(Opened::Key(key)) => {
            opened(&key, FILE, &bytes).ok_or_else(|| torn("this backup is damaged"))
        }
        _ => Err(VaultError::Wrong { wait: 0 }),
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Wire {
    /// Which belong together.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    set: [u8; 8],
    #[n(1)]
    needed: u8,
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    share: Vec<u8>,
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    sealed: Vec<u8>,
}

impl Wire {
    fn to_text(&self) -> String {
        let mut bytes = baro_crdt::codec::encode(self);
        let check = blake3::hash(&bytes);
        bytes.extend(check.as_bytes().iter().take(CHECK_BYTES));
        format!("{SHARE}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    fn from_text(text: &str) -> Result<Self, VaultError> {
        let text: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
        let text = text.to_lowercase();
        let rest = text.strip_prefix(SHARE).ok_or_else(|| torn("this is no share of a backup"))?;
        let mistyped = || torn("a share of the backup is not whole, or mistyped");
        let bytes = BASE32_NOPAD.decode(rest.to_uppercase().as_bytes()).map_err(|_| mistyped())?;
        let at = bytes.len().checked_sub(CHECK_BYTES).ok_or_else(mistyped)?;
        let (bytes, check) = bytes.split_at(at);
        if !blake3::hash(bytes).as_bytes().starts_with(check) {
            return Err(mistyped());
        }
        baro_crdt::codec::decode(bytes).map_err(|_| mistyped())
    }
}

/// Whether a text is a share.
pub fn is_share(text: &str) -> bool {
    text.trim().get(..SHARE.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(SHARE))
}

/// `count` shares, any `needed` of which give `plain`.
///
/// # Errors
/// [`VaultError::Weak`] for numbers that make no sense.
pub fn to_shares(plain: &[u8], needed: u8, count: u8) -> Result<Vec<String>, VaultError> {
    if needed < 2 || count < needed || count > 32 {
        return Err(VaultError::Weak(
            "shares are written K/N: K of N people are needed, K at least 2, N at most 32",
        ));
    }
    let key = DataKey::random().map_err(VaultError::System)?;
    let bytes = sealed(&key, SHARE, plain)?;
    let mut set = [0; 8];
    getrandom::fill(&mut set).map_err(|error| VaultError::System(error.to_string()))?;
    let shares = Sharks(needed).dealer(key.as_bytes()).take(count.into());
    let wire = |share: Share| Wire { set, needed, share: Vec::from(&share), sealed: bytes.clone() };
    Ok(shares.map(|share| wire(share).to_text()).collect())
}

/// What enough shares of one backup give.
///
/// # Errors
/// [`VaultError::Torn`] where one is mistyped or another backup's, or there are too few.
pub fn from_shares(texts: &[String]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let mut wires = Vec::new();
    for text in texts {
        let wire = Wire::from_text(text)?;
        if wires.iter().all(|other: &Wire| other.share != wire.share) {
            wires.push(wire);
        }
    }
    let first = wires.first().ok_or_else(|| torn("no share was given"))?;
    if wires.iter().any(|wire| wire.set != first.set || wire.sealed != first.sealed) {
        return Err(torn("these shares are of different backups"));
    }
    if wires.len() < usize::from(first.needed) {
        return Err(VaultError::TooFew { here: wires.len(), needed: first.needed });
    }
    let share = |wire: &Wire| Share::try_from(wire.share.as_slice()).ok();
    let shares: Option<Vec<Share>> = wires.iter().map(share).collect();
    let shares = shares.ok_or_else(|| torn("a share of the backup is damaged"))?;
    let key = Sharks(first.needed).recover(&shares).ok().map(Zeroizing::new);
    let key = key.and_then(|key| <[u8; KEY_BYTES]>::try_from(key.as_slice()).ok());
    key.and_then(|key| opened(&DataKey::from_bytes(key), SHARE, &first.sealed))
        .ok_or_else(|| torn("these shares do not fit together: one of them was changed"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn a_file_opens_by_its_passphrase_and_a_changed_one_not_at_all() {
        let words = |words: &str| Secret::Passphrase(words.to_owned().into());
        let text = to_file(&words("quatre mots assez longs"), b"the seeds of all").unwrap();
        assert!(is_file(&text) && !text.contains("seeds"));
        let plain = from_file(&words("quatre mots assez longs"), &text).unwrap();
        assert_eq!(*plain, b"the seeds of all");
        let wrong = from_file(&words("quatre mots assez courts"), &text);
        assert!(matches!(wrong, Err(VaultError::Wrong { .. })));
        let cut = &text[..text.len() - 9];
        assert!(from_file(&words("quatre mots assez longs"), cut).is_err());
        assert!(matches!(to_file(&words("short"), b"a"), Err(VaultError::Weak(_))));
    }

    #[test]
    fn enough_shares_give_it_and_fewer_nothing() {
        let shares = to_shares(b"the seeds of all", 3, 5).unwrap();
        assert_eq!(shares.len(), 5);
        for three in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
            let some: Vec<String> = three.iter().map(|at| shares[*at].to_uppercase()).collect();
            assert_eq!(*from_shares(&some).unwrap(), b"the seeds of all");
        }
        let two = [shares[0].clone(), shares[1].clone(), shares[0].clone()];
        let few = from_shares(&two);
        assert!(matches!(few, Err(VaultError::TooFew { here: 2, needed: 3 })), "{few:?}");
        // A share that says that two are enough does not make them enough.
        let lied: Vec<String> = shares[..2]
            .iter()
            .map(|text| Wire { needed: 2, ..Wire::from_text(text).unwrap() }.to_text())
            .collect();
        assert!(matches!(from_shares(&lied), Err(VaultError::Torn(_))));
        let other = to_shares(b"the seeds of all", 3, 5).unwrap();
        let mixed = [shares[0].clone(), shares[1].clone(), other[2].clone()];
        assert!(matches!(from_shares(&mixed), Err(VaultError::Torn(_))));
        let mut mistyped = shares[..3].to_vec();
        let other = if &mistyped[1][40..41] == "a" { "b" } else { "a" };
        mistyped[1].replace_range(40..41, other);
        assert!(from_shares(&mistyped).is_err());
        for (needed, count) in [(1, 3), (3, 2), (2, 33)] {
            assert!(to_shares(b"a", needed, count).is_err());
        }
    }
}
