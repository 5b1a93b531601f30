//! Who asks.

use serde::{Deserialize, Serialize};

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
}
