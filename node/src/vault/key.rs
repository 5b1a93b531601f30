//! The data key of a folder, and the keys derived from it.
//!
//! One random key of 32 bytes opens everything in a data folder. It is never written as it is:
//! slots wrap it. What it is used for gets a key of its own by BLAKE3's key derivation, so that
//! no two ciphers ever share one.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// How many bytes a key has.
pub const KEY_BYTES: usize = 32;

/// Bytes that are overwritten in memory when they are no longer needed.
pub(crate) type SecretKey = Zeroizing<[u8; KEY_BYTES]>;

/// The key that opens a data folder. Clones share it; the last one overwrites it in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey(Arc<SecretKey>);

impl DataKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
    }

    /// A new one.
    ///
    /// # Errors
    /// Where the system gives no randomness, in its words.
    pub fn random() -> Result<Self, String> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut()).map_err(|error| error.to_string())?;
        Ok(Self::from_bytes(*bytes))
    }

    /// Its bytes. Whoever has them opens the folder.
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The key for one purpose, which nothing else uses.
    #[cfg(feature = "sqlite")]
    pub(crate) fn derive(&self, purpose: &'static str) -> SecretKey {
        Zeroizing::new(blake3::derive_key(purpose, &self.0[..]))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_a_key_of_its_own_and_none_is_printed() {
        let key = DataKey::from_bytes([7; 32]);
        assert_ne!(key.derive("baro test 1"), key.derive("baro test 2"));
        assert_ne!(*key.derive("baro test 1"), [7; 32]);
        assert!(!format!("{key:?}").contains('7'));
        assert_ne!(DataKey::random().unwrap(), DataKey::random().unwrap());
    }
}
