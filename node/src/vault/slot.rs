//! Slots: the data key, wrapped for one way to open the folder.
//!
//! A slot says how its own key comes about (for words: the parameters of Argon2id, so that they
//! can be raised) and holds two boxes of XChaCha20-Poly1305. One has the data key. The other has
//! noise, or the sign that its words are there to destroy everything: nobody sees from outside
//! which, nor which box is which.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{DataKey, KEY_BYTES, SecretKey, VaultError};

const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// What is in a box: a sign, and the key.
const PLAIN_BYTES: usize = 1 + KEY_BYTES;
const BOX_BYTES: usize = NONCE_BYTES + PLAIN_BYTES + 16;
/// The sign of a box that has the key.
const OPENS: u8 = 0;
/// The sign of a box whose words destroy.
const DESTROYS: u8 = 1;

/// How many digits a PIN of a folder has.
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=16;
/// The fewest characters of a passphrase.
const PASSPHRASE_MIN: usize = 10;
/// The most bytes of a PIN or passphrase.
pub(crate) const WORDS_BYTES_MAX: usize = 1024;
/// The sizes that a key file may have, in bytes.
pub(crate) const KEY_FILE_BYTES: std::ops::RangeInclusive<u64> = 32..=65_536;

/// By what a slot opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file that has at least 32 bytes which nobody can guess.
    KeyFile,
    /// Digits.
    Pin,
    /// Words.
    Passphrase,
}

impl Kind {
    /// As commands say it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::KeyFile => "a key file",
            Self::Pin => "a PIN",
            Self::Passphrase => "a passphrase",
        }
    }
}

/// How much work it is to try out one PIN: what Argon2id is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Stretch {
    /// RFC 9106's second choice in memory and passes, with one lane: well under two seconds on a
    /// cheap phone, and 64 MiB that it has to spare.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl Stretch {
    /// What somebody may have written there to keep a device busy is refused.
    fn is_bearable(self) -> bool {
        self.memory_kib <= 1024 * 1024 && (1..=64).contains(&self.passes) && self.lanes <= 16
    }
}

/// What opens a folder.
pub enum Secret {
    /// What is in a key file.
    KeyFile(Zeroizing<Vec<u8>>),
    /// Digits.
    Pin(Zeroizing<String>),
    /// Words.
    Passphrase(Zeroizing<String>),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({:?})", self.kind())
    }
}

impl Secret {
    /// What it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::KeyFile(_) => Kind::KeyFile,
            Self::Pin(_) => Kind::Pin,
            Self::Passphrase(_) => Kind::Passphrase,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::KeyFile(bytes) => bytes,
            Self::Pin(words) | Self::Passphrase(words) => words.as_bytes(),
        }
    }

    /// Whether it may be chosen.
    ///
    /// # Errors
    /// [`VaultError::Weak`], saying why not.
    pub fn check(&self) -> Result<(), VaultError> {
        let ok = match self {
            Self::KeyFile(bytes) => KEY_FILE_BYTES.contains(&(bytes.len() as u64)),
            Self::Pin(pin) => {
                PIN_DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::Passphrase(words) => {
                words.chars().count() >= PASSPHRASE_MIN && words.len() <= WORDS_BYTES_MAX
            }
        };
        match (ok, self.kind()) {
            (true, _) => Ok(()),
            (_, Kind::KeyFile) => Err(VaultError::Weak("a key file has 32 to 65,536 bytes")),
            (_, Kind::Pin) => {
                Err(VaultError::Weak("this PIN has 4 to 16 digits; six or more are better"))
            }
            (_, Kind::Passphrase) => Err(VaultError::Weak(
                "a passphrase has at least 10 characters: take four words or more",
            )),
        }
    }
}

/// What a secret opens.
pub(super) enum Opened {
    Key(DataKey),
    Panic,
}

/// A slot, as it stands in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    pub(super) kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) argon2id: Option<Stretch>,
    salt: String,
    boxes: [String; 2],
}

fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| VaultError::System(error.to_string()))?;
    Ok(bytes)
}

/// The key that a secret amounts to in a slot.
fn stretched(
    secret: &Secret,
    stretch: Option<Stretch>,
    salt: &[u8],
) -> Result<SecretKey, VaultError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let system = |error: argon2::Error| VaultError::System(error.to_string());
    match stretch {
        None => {
            let content = Zeroizing::new(blake3::derive_key("baro key file 1", secret.bytes()));
            *key = *blake3::keyed_hash(&content, salt).as_bytes();
        }
        Some(Stretch { memory_kib, passes, lanes }) => {
            let params = Params::new(memory_kib, passes, lanes, Some(KEY_BYTES)).map_err(system)?;
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(secret.bytes(), salt, key.as_mut())
                .map_err(system)?;
        }
    }
    Ok(key)
}

impl Slot {
    /// A slot that this secret opens. `panic` is another whose words destroy.
    pub(super) fn new(secret: &Secret, key: &DataKey) -> Result<Self, VaultError> {
        let argon2id = (secret.kind() != Kind::KeyFile).then(Stretch::default);
        let salt = random::<SALT_BYTES>()?;
        let mut slot = Self {
            kind: secret.kind(),
            argon2id,
            salt: HEXLOWER.encode(&salt),
            boxes: [
                HEXLOWER.encode(&random::<BOX_BYTES>()?),
                HEXLOWER.encode(&random::<BOX_BYTES>()?),
            ],
        };
        let mut plain = Zeroizing::new([OPENS; PLAIN_BYTES]);
        plain.iter_mut().skip(1).zip(key.as_bytes()).for_each(|(to, from)| *to = *from);
        let [sealed] = random::<1>()?;
        slot.put(usize::from(sealed & 1), secret, &plain)?;
        Ok(slot)
    }

    /// From now on these words destroy what is in the folder; `secret` is what opens it.
    #[cfg(feature = "full")]
    pub(super) fn set_panic(&mut self, secret: &Secret, panic: &Secret) -> Result<(), VaultError> {
        let kek = self.kek(secret)?;
        let other = self.boxes.iter().position(|one| self.open_box(&kek, one).is_none());
        self.put(other.unwrap_or(0), panic, &[DESTROYS; PLAIN_BYTES])
    }

    /// No words destroy any more.
    #[cfg(feature = "full")]
    pub(super) fn drop_panic(&mut self, secret: &Secret) -> Result<(), VaultError> {
        let kek = self.kek(secret)?;
        let other = self.boxes.iter().position(|one| self.open_box(&kek, one).is_none());
        if let Some(slot) = self.boxes.get_mut(other.unwrap_or(0)) {
            *slot = HEXLOWER.encode(&random::<BOX_BYTES>()?);
        }
        Ok(())
    }

    fn put(
        &mut self,
        at: usize,
        secret: &Secret,
        plain: &[u8; PLAIN_BYTES],
    ) -> Result<(), VaultError> {
        let kek = self.kek(secret)?;
        let nonce = random::<NONCE_BYTES>()?;
        let aad = self.about();
        let sealed = XChaCha20Poly1305::new((&*kek).into())
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: aad.as_bytes() })
            .map_err(|_| VaultError::System("sealing failed".to_owned()))?;
        if let Some(slot) = self.boxes.get_mut(at) {
            *slot = HEXLOWER.encode(&[&nonce[..], &sealed].concat());
        }
        Ok(())
    }

    /// What the boxes are bound to: another kind, salt or parameters open nothing.
    fn about(&self) -> String {
        let Self { kind, argon2id, salt, .. } = self;
        format!("baro slot 1 {kind:?} {argon2id:?} {salt}")
    }

    fn salt(&self) -> Option<Vec<u8>> {
        HEXLOWER.decode(self.salt.as_bytes()).ok().filter(|salt| salt.len() == SALT_BYTES)
    }

    /// Whether what stands in the file can be a slot.
    pub(super) fn is_sound(&self) -> bool {
        let sound = |text: &String| {
            HEXLOWER.decode(text.as_bytes()).is_ok_and(|bytes| bytes.len() == BOX_BYTES)
        };
        let stretched = match self.kind {
            Kind::KeyFile => self.argon2id.is_none(),
            Kind::Pin | Kind::Passphrase => self.argon2id.is_some_and(Stretch::is_bearable),
        };
        stretched && self.salt().is_some() && self.boxes.iter().all(sound)
    }

    fn kek(&self, secret: &Secret) -> Result<SecretKey, VaultError> {
        stretched(secret, self.argon2id, &self.salt().unwrap_or_default())
    }

    fn open_box(&self, kek: &SecretKey, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = HEXLOWER.decode(sealed.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let aad = self.about();
        let plain = XChaCha20Poly1305::new((&**kek).into())
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: aad.as_bytes() })
            .ok()?;
        Some(Zeroizing::new(plain)).filter(|plain| plain.len() == PLAIN_BYTES)
    }

    /// What this secret opens here; `None` where it opens nothing.
    pub(super) fn open(&self, secret: &Secret) -> Result<Option<Opened>, VaultError> {
        let kek = self.kek(secret)?;
        let found = self.boxes.iter().find_map(|one| self.open_box(&kek, one));
        Ok(found.and_then(|plain| match plain.split_first() {
            Some((&OPENS, key)) => Some(Opened::Key(DataKey::from_bytes(key.try_into().ok()?))),
            Some((&DESTROYS, _)) => Some(Opened::Panic),
            _ => None,
        }))
    }
}
