//! Private messages: from person to person, and in closed groups.
//!
//! What is written is sealed at once into a parcel ([`baro_crdt::sealed`]) that every node carries
//! and only its recipients open. What is opened here becomes local rows of the person it is for:
//! they never leave the device, and no request shows them to another person of it. A device signs
//! by itself that a message reached its person, and that they read it only when they open it.
//!
//! | local rows ([`super::private`]: sealed, where their person has a PIN) | |
//! |---|---|
//! | `sealing/COMMUNITY/PERSON/…` | secret keys, the latest one published (`keys`) |
//! | `message/COMMUNITY/PERSON/MESSAGE`, `voice/…` | what was written and what came (`kept`) |
//! | `group/COMMUNITY/PERSON/GROUP` | groups with their keys (`groups`) |
//! | `due/COMMUNITY/PERSON/TO/MESSAGE` | receipts still to be signed (`receipts`) |

mod groups;
mod kept;
mod keys;
mod opening;
mod receipts;
mod sending;
mod shown;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, Node, Result};
pub(super) use keys::publish;
#[cfg(feature = "full")]
pub(super) use keys::{sealing_item, sealing_secrets};

/// What is asked about private messages and groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the arguments of the commands, named alike")]
pub enum MessageRequest {
    /// Writes to a person.
    Send {
        to: String,
        text: String,
        #[serde(default)]
        voice: Option<VoiceNote>,
    },
    /// The messages of who speaks, the latest first: `limit` (20) after `offset` (0), all or those
    /// with a person or in a group. What was not opened before shows no words.
    List {
        #[serde(default)]
        with: Option<String>,
        #[serde(default)]
        offset: Option<usize>,
        #[serde(default)]
        limit: Option<usize>,
    },
    /// Opens a message, which signs that it was read.
    Show { id: String },
    /// Opens the latest messages with a person or in a group, the last `limit` (20).
    Open {
        with: String,
        #[serde(default)]
        limit: Option<usize>,
    },
    /// With whom who speaks has written, the latest first, and how many are unread.
    With,
    /// Removes a message from this device.
    Delete { id: String },
    /// Publishes a new key at once.
    NewKey,
    /// A group begins, with who speaks as its owner.
    GroupCreate { name: String },
    /// Its owner lets persons in.
    GroupAdd { group: String, persons: Vec<String> },
    /// Its owner lets a person out: the others get a new key.
    GroupRemove { group: String, person: String },
    /// Its owner gives everybody a new key.
    GroupRenew { group: String },
    /// Writes to a group.
    GroupSend {
        group: String,
        text: String,
        #[serde(default)]
        voice: Option<VoiceNote>,
    },
    /// The groups of who speaks.
    GroupList,
    /// A group: who is in it.
    GroupShow { group: String },
}

/// A voice note that goes inside a message. Whoever asks has looked at the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceNote {
    /// Its media type.
    pub media: String,
    /// Its bytes, in base 64.
    pub bytes: String,
}

impl Node {
    pub(super) fn message(&mut self, context: &Context, request: MessageRequest) -> Result<Value> {
        use MessageRequest as Asked;
        let (community, who) = self.speaking(context)?;
        match request {
            Asked::Send { to, text, voice } => {
                self.message_send(&community, &who, &to, text, voice)
            }
            Asked::List { with, offset, limit } => {
                let (offset, limit) = (offset.unwrap_or(0), limit.unwrap_or(super::PAGE_ITEMS));
                let limit = limit.min(super::PAGE_ITEMS_MAX);
                self.message_list(&community, &who, with.as_deref(), offset, limit)
            }
            Asked::Show { id } => self.message_show(&community, &who, &id),
            Asked::Open { with, limit } => {
                let limit = limit.unwrap_or(super::PAGE_ITEMS).min(super::PAGE_ITEMS_MAX);
                self.message_open(&community, &who, &with, limit)
            }
            Asked::With => self.message_with(&community, &who),
            Asked::Delete { id } => self.message_delete(&community, &who, &id),
            Asked::NewKey => self.new_key(&community, &who),
            Asked::GroupCreate { name } => self.group_create(&community, &who, name),
            Asked::GroupAdd { group, persons } => {
                self.group_add(&community, &who, &group, &persons)
            }
            Asked::GroupRemove { group, person } => {
                self.group_renew(&community, &who, &group, Some(&person))
            }
            Asked::GroupRenew { group } => self.group_renew(&community, &who, &group, None),
            Asked::GroupSend { group, text, voice } => {
                self.group_send(&community, &who, &group, text, voice)
            }
            Asked::GroupList => self.group_list(&community, &who),
            Asked::GroupShow { group } => self.group_show(&community, &who, &group),
        }
    }
}
