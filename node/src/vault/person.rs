//! A person's vault within an unlocked data folder: a random key of their own, wrapped by their
//! PIN, seals the rows that nobody else on the device may read.
//!
//! ```text
//! PIN ── Argon2id ──▶ opens a slot ──▶ vault key ─┬─▶ XChaCha20-Poly1305 a row, bound to its place
//!                                                 └─▶ BLAKE3, keyed: what a row is called
//! ```
//!
//! A row's name can say as much as what is in it (who wrote, in which group), so it is hashed under
//! a key, and stands inside.

use std::fmt;
use std::sync::{Arc, Weak};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::slot::{Opened, Slot};
use super::{DataKey, Secret, SecretKey, VaultError};

const NONCE_BYTES: usize = 24;
/// What tells one vault key from another, before the slot.
const ID_BYTES: usize = 16;

/// The key of a person's vault. Clones share it; the last one overwrites it in memory.
#[derive(Clone)]
pub struct PersonKey(Arc<Keys>);

struct Keys {
    whole: DataKey,
    rows: SecretKey,
    names: SecretKey,
}

/// A key that is there only as long as somebody has it open.
#[derive(Clone, Debug)]
pub(crate) struct WeakKey(Weak<Keys>);

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(…)")
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl PartialEq for PersonKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.whole == other.0.whole
    }
}

impl Eq for PersonKey {}

impl WeakKey {
    /// The key, while somebody has it.
    pub(crate) fn get(&self) -> Option<PersonKey> {
        self.0.upgrade().map(PersonKey)
    }
}

impl PersonKey {
    fn of(whole: DataKey) -> Self {
        let (rows, names) =
            (whole.derive("baro person rows 1"), whole.derive("baro person names 1"));
        Self(Arc::new(Keys { whole, rows, names }))
    }

    /// A new one.
    ///
    /// # Errors
    /// [`VaultError::System`] without randomness.
    pub(crate) fn random() -> Result<Self, VaultError> {
        DataKey::random().map(Self::of).map_err(VaultError::System)
    }

    /// A hold on it that does not keep it open.
    pub(crate) fn weak(&self) -> WeakKey {
        WeakKey(Arc::downgrade(&self.0))
    }

    fn id(&self) -> [u8; ID_BYTES] {
        let mut id = [0; ID_BYTES];
        let hash = self.0.whole.derive("baro person key id 1");
        id.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
        id
    }

    /// Whether this is what is wrapped there.
    pub(crate) fn fits(&self, wrapped: &[u8]) -> bool {
        wrapped.starts_with(&self.id())
    }

    /// The key, wrapped so that this PIN opens it. Takes as long as the PIN is stretched.
    ///
    /// # Errors
    /// [`VaultError::System`].
    pub(crate) fn wrap(&self, pin: &str) -> Result<Vec<u8>, VaultError> {
        let mut wrapped = self.id().to_vec();
        serde_json::to_writer(&mut wrapped, &Slot::new(&secret(pin), &self.0.whole)?)
            .map_err(|error| VaultError::System(error.to_string()))?;
        Ok(wrapped)
    }

    /// What this PIN opens; `None` where it is another. Takes as long as the PIN is stretched.
    ///
    /// # Errors
    /// [`VaultError::System`], also where the slot is damaged.
    pub(crate) fn unwrap(wrapped: &[u8], pin: &str) -> Result<Option<Self>, VaultError> {
        let damaged = || VaultError::System("a person's slot is damaged".to_owned());
        let slot = wrapped.get(ID_BYTES..).unwrap_or_default();
        let slot: Slot = serde_json::from_slice(slot).map_err(|_| damaged())?;
        if !slot.is_sound() {
            return Err(damaged());
        }
        Ok(match slot.open(&secret(pin))? {
            Some(Opened::Key(key)) => Some(Self::of(key)).filter(|key| key.fits(wrapped)),
            Some(Opened::Panic) | None => None,
        })
    }

    /// What a row is called, for whoever has the key alone.
    pub(crate) fn name(&self, kind: &str, name: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0.names);
        hasher.update(&(kind.len() as u64).to_be_bytes());
        hasher.update(kind.as_bytes()).update(name.as_bytes());
        hasher.finalize().to_hex().as_str().chars().take(32).collect()
    }

    /// A row's name and value, sealed for this place.
    ///
    /// # Errors
    /// Where the system gives no randomness, in its words.
    pub(crate) fn seal(&self, place: &str, name: &str, value: &[u8]) -> Result<Vec<u8>, String> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
        let length = u16::try_from(name.len()).map_err(|error| error.to_string())?;
        let plain = Zeroizing::new([&length.to_be_bytes(), name.as_bytes(), value].concat());
        let sealed = XChaCha20Poly1305::new((&*self.0.rows).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: place.as_bytes() })
            .map_err(|_| "sealing failed".to_owned())?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// The name and value of a row at its place; `None` where they are not as they were sealed.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<(String, Vec<u8>)> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let plain = XChaCha20Poly1305::new((&*self.0.rows).into())
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place.as_bytes() })
            .ok()?;
        let plain = Zeroizing::new(plain);
        let (length, rest) = plain.split_first_chunk::<2>()?;
        let (name, value) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        Some((String::from_utf8(name.to_vec()).ok()?, value.to_vec()))
    }
}

fn secret(pin: &str) -> Secret {
    Secret::Pin(Zeroizing::new(pin.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_opens_its_vault_and_rows_open_at_their_place_only() {
        let key = PersonKey::random().unwrap();
        let slot = key.wrap("2580").unwrap();
        assert!(key.fits(&slot) && !PersonKey::random().unwrap().fits(&slot));
        assert_eq!(PersonKey::unwrap(&slot, "2580").unwrap(), Some(key.clone()));
        assert_eq!(PersonKey::unwrap(&slot, "2581").unwrap(), None);
        assert!(PersonKey::unwrap(b"{}", "2580").is_err());

        let sealed = key.seal("message/a", "Bakary", "Jeudi".as_bytes()).unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"Jeudi"));
        assert_eq!(key.open("message/a", &sealed).unwrap(), ("Bakary".into(), b"Jeudi".to_vec()));
        assert!(key.open("message/b", &sealed).is_none(), "moved elsewhere");
        let mut bent = sealed.clone();
        bent.iter_mut().last().into_iter().for_each(|byte| *byte ^= 1);
        assert!(key.open("message/a", &bent).is_none());
        assert!(PersonKey::random().unwrap().open("message/a", &sealed).is_none());
        assert_ne!(sealed, key.seal("message/a", "Bakary", b"Jeudi").unwrap(), "fresh nonces");
        assert_ne!(key.name("message/", "a"), key.name("voice/", "a"));
    }

    #[test]
    fn a_key_that_nobody_has_is_gone() {
        let key = PersonKey::random().unwrap();
        let weak = key.weak();
        let other = key.clone();
        drop(key);
        assert_eq!(weak.get().as_ref(), Some(&other));
        drop(other);
        assert!(weak.get().is_none());
    }
}
