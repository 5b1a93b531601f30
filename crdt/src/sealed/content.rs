//! What stands inside a parcel.

use minicbor::{Decode, Encode};

use crate::codec::{self, CodecError};
use crate::ids::{GroupId, MessageId, PersonId};

/// The most bytes of a message's words.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// The most bytes of a voice note in a message: two minutes at 8 kbit/s.
pub const VOICE_BYTES_MAX: usize = 120_000;
/// The most bytes of a voice note's media type.
const MEDIA_BYTES_MAX: usize = 64;
/// The most messages that one receipt is for.
pub const RECEIPT_MESSAGES_MAX: usize = 64;
/// The most members of a group, its owner included.
pub const GROUP_MEMBERS_MAX: usize = 100;
/// The most bytes of a group's name.
pub const GROUP_NAME_BYTES_MAX: usize = 128;
/// The most seconds, either way, that a declared time is from 1970.
const TIME_MAX: i64 = 1 << 40;

/// What a sender says. The salt makes two of the same words two messages.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Content {
    /// Words, spoken or written.
    #[n(0)]
    Message(#[n(0)] Message),
    /// Signed by whom messages reached, for who sent them.
    #[n(1)]
    Receipt(#[n(0)] MessageReceipt),
    /// The secret key of a group, from its owner for a member.
    #[n(2)]
    GroupKey(#[n(0)] GroupKey),
}

/// A private message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Message {
    /// Random bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 8],
    /// When, in seconds since 1970, as the sender declares.
    #[n(1)]
    pub time: i64,
    /// The words; empty where only a voice speaks.
    #[n(2)]
    pub text: String,
    /// A voice note.
    #[n(3)]
    pub voice: Option<Voice>,
    /// The group it is for; none where it is for one person.
    #[n(4)]
    pub group: Option<InGroup>,
}

/// A voice note, inside the message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Voice {
    /// Its media type, as `audio/ogg`.
    #[n(0)]
    pub media: String,
    /// Its bytes.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// Which group a message is for, under which of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InGroup {
    /// The group.
    #[n(0)]
    pub group: GroupId,
    /// The number of its key, from 1.
    #[n(1)]
    pub epoch: u32,
}

/// A receipt for private messages.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MessageReceipt {
    /// Random bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 8],
    /// When, in seconds since 1970, as the recipient's device declares.
    #[n(1)]
    pub time: i64,
    /// For which messages, ascending.
    #[n(2)]
    pub messages: Vec<MessageId>,
    /// Whether they were opened by a person, and did not only reach the device.
    #[n(3)]
    pub read: bool,
}

/// The key of a group for one stretch of its life, from its owner.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GroupKey {
    /// Random bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub salt: [u8; 8],
    /// When, in seconds since 1970, as the owner declares.
    #[n(1)]
    pub time: i64,
    /// What makes the group's id, with the owner.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// The number of this key, from 1; the highest stands.
    #[n(3)]
    pub epoch: u32,
    /// The number of this list of members under this key, from 0; the highest stands.
    #[n(4)]
    pub list: u32,
    /// The group's name.
    #[n(5)]
    pub name: String,
    /// The secret key.
    #[n(6)]
    #[cbor(with = "minicbor::bytes")]
    pub secret: [u8; 32],
    /// Who has it, the owner included, ascending.
    #[n(7)]
    pub members: Vec<PersonId>,
}

impl std::fmt::Debug for GroupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let members = self.members.len();
        write!(f, "GroupKey({:?}, epoch {}, {members} members)", self.name, self.epoch)
    }
}

impl GroupKey {
    /// The id of the group that `owner` made with this nonce: nobody else can hand out its keys.
    pub fn group(owner: &PersonId, nonce: &[u8; 16]) -> GroupId {
        let mut hasher = blake3::Hasher::new_derive_key("baro group 1");
        hasher.update(owner.as_bytes());
        hasher.update(nonce);
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        GroupId::from_bytes(id)
    }
}

impl Content {
    /// Its one encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a content and checks its rules.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are no content, or one that breaks a rule.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let content: Self = codec::decode(bytes)?;
        content.check().map_err(|why| CodecError::Malformed(why.to_owned()))?;
        Ok(content)
    }

    /// Whether it keeps the rules: what breaks one is neither sealed nor opened.
    ///
    /// # Errors
    /// Which rule it breaks, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        let time = |time: i64| (-TIME_MAX..=TIME_MAX).contains(&time);
        match self {
            Self::Message(message) => {
                let voice = message.voice.as_ref();
                if message.text.is_empty() && voice.is_none() {
                    return Err("a message says something: give it words or a voice note");
                }
                if message.text.len() > MESSAGE_BYTES_MAX {
                    return Err("a message has at most 16 KiB of words");
                }
                if let Some(voice) = voice {
                    if voice.bytes.is_empty() || voice.bytes.len() > VOICE_BYTES_MAX {
                        return Err("a voice note has 1 to 120,000 bytes, some two minutes");
                    }
                    if voice.media.is_empty() || voice.media.len() > MEDIA_BYTES_MAX {
                        return Err("a voice note has a media type of at most 64 bytes");
                    }
                }
                let numbered = message.group.is_none_or(|group| group.epoch > 0);
                if numbered && time(message.time) {
                    Ok(())
                } else {
                    Err("a number is out of range")
                }
            }
            Self::Receipt(receipt) => {
                let fine = !receipt.messages.is_empty()
                    && receipt.messages.len() <= RECEIPT_MESSAGES_MAX
                    && receipt.messages.is_sorted_by(|a, b| a < b)
                    && time(receipt.time);
                if fine { Ok(()) } else { Err("a receipt is for 1 to 64 messages, ascending") }
            }
            Self::GroupKey(key) => {
                if key.name.is_empty() || key.name.len() > GROUP_NAME_BYTES_MAX {
                    return Err("a group's name has 1 to 128 bytes");
                }
                if key.members.is_empty() || key.members.len() > GROUP_MEMBERS_MAX {
                    return Err("a group has at most 100 members");
                }
                let fine =
                    key.epoch > 0 && key.members.is_sorted_by(|a, b| a < b) && time(key.time);
                if fine { Ok(()) } else { Err("a group's key is numbered, its members ascending") }
            }
        }
    }

    /// Its id, as what `by` said.
    pub fn id(&self, by: &PersonId) -> MessageId {
        let mut hasher = blake3::Hasher::new_derive_key("baro message 1");
        hasher.update(by.as_bytes());
        hasher.update(&self.to_bytes());
        let mut id = [0; 16];
        hasher.finalize_xof().fill(&mut id);
        MessageId::from_bytes(id)
    }
}
