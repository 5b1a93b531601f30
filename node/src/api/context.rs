//! Who asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Keyring;

/// Who asks, and where: the global options of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Which person of this device speaks, by name or id.
    #[serde(rename = "as")]
    pub speaker: Option<String>,
    /// In which community, by name, id or the beginning of the id.
    pub community: Option<String>,
    /// The language of what is written, a BCP-47 tag.
    pub lang: Option<String>,
    /// Whether it is somebody at a browser who asks, and not this device's own: members-only
    /// communities are there for them only where a member speaks, both named by their ids. It is
    /// never read from outside.
    #[serde(skip)]
    pub outside: bool,
    /// PINs of persons of this device, by id or name: they open what is private to them, for this
    /// request only.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pins: BTreeMap<String, Pin>,
    /// What is open for whoever asks. It is never read from outside.
    #[serde(skip)]
    pub keys: Keyring,
}

/// A PIN on its way to where it is tried; overwritten in memory when it is no longer needed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(String);

impl Pin {
    /// This one.
    pub const fn new(digits: String) -> Self {
        Self(digits)
    }

    /// Its digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin(…)")
    }
}

#[cfg(feature = "full")]
impl Drop for Pin {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}
