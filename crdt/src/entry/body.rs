//! What an entry says, by kind.

use minicbor::{Decode, Encode};

use super::deliberation::{PaperVote, ProposalState};
use super::encode_body;
use crate::codec::{self, CodecError};
use crate::ids::{EntryId, PersonId, SealingKey};
use crate::role::Role;

/// A vote on a post; an author's last one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Choice {
    /// 1 in Polis exports.
    #[n(0)]
    Agree,
    /// -1 in Polis exports.
    #[n(1)]
    Disagree,
    /// 0 in Polis exports.
    #[n(2)]
    Pass,
}

/// What a post is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum PostKind {
    /// Something stated, or replied.
    #[n(0)]
    Statement,
    /// An action or a project proposed.
    #[n(1)]
    Proposal,
    /// A question to an official.
    #[n(2)]
    Question,
}

/// How loudly an announcement asks for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Priority {
    /// Good to know.
    #[n(0)]
    Low,
    /// What most are.
    #[n(1)]
    Normal,
    /// Shown first.
    #[n(2)]
    High,
}

/// Who may edit a text.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Editors {
    /// Every member.
    #[n(0)]
    Members,
    /// Everyone with this role.
    #[n(1)]
    Role(#[n(0)] Role),
    /// These persons, ascending.
    #[n(2)]
    Persons(#[n(0)] Vec<PersonId>),
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $kind:literal $name:ident {
        $($(#[$fdoc:meta])* $n:literal $field:ident: $ty:ty $(, with $with:literal)?;)*
    })*) => {
        mod wire {
            use super::*;
            $(
                #[derive(Encode, Decode)]
                #[cbor(map)]
                pub(super) struct $name {
                    $(#[n($n)] $(#[cbor(with = $with)])? pub(super) $field: $ty,)*
                }
            )*
        }

        /// What an entry says.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body {
            $($(#[$doc])* $name { $($(#[$fdoc])* $field: $ty,)* },)*
            /// A kind of a later version: kept, passed on, shown nowhere.
            Unknown {
                /// Its number.
                kind: u64,
                /// Its CBOR.
                raw: Vec<u8>,
            },
        }

        impl Body {
            /// The number that says which kind this is.
            pub fn kind(&self) -> u64 {
                match self {
                    $(Body::$name { .. } => $kind,)*
                    Body::Unknown { kind, .. } => *kind,
                }
            }

            pub(super) fn to_bytes(&self) -> Vec<u8> {
                match self {
                    $(Body::$name { $($field,)* } => {
                        encode_body(&wire::$name { $($field: $field.clone(),)* })
                    })*
                    Body::Unknown { raw, .. } => raw.clone(),
                }
            }

            fn known_from_bytes(kind: u64, raw: &[u8]) -> Result<Option<Self>, CodecError> {
                Ok(match kind {
                    $($kind => {
                        let wire::$name { $($field,)* } = codec::decode(raw)?;
                        Some(Body::$name { $($field,)* })
                    })*
                    _ => None,
                })
            }
        }
    };
}

bodies! {
    /// The author's name from now on.
    0 Name {
        /// At most 128 bytes.
        0 name: String;
    }
    /// Opens a debate; title and question are its words.
    1 Debate {
        /// When voting ends, as declared by who opens: a badge, no rule.
        0 closes: Option<i64>;
    }
    /// Speaks in a debate.
    2 Post {
        /// The debate.
        0 debate: EntryId;
        /// What it is.
        1 kind: PostKind;
        /// The post it replies to.
        2 reply_to: Option<EntryId>;
        /// The official who is asked.
        3 to: Option<PersonId>;
    }
    /// Votes on a post.
    3 Vote {
        /// The post.
        0 post: EntryId;
        /// How.
        1 choice: Choice;
    }
    /// Answers a question.
    4 Answer {
        /// The question.
        0 question: EntryId;
    }
    /// Puts new words in place of an own entry's.
    5 Edit {
        /// The entry first said, not an edit of it.
        0 entry: EntryId;
    }
    /// Takes back the words of an own entry; that something was said stays.
    6 Withdraw {
        /// The entry first said.
        0 entry: EntryId;
    }
    /// Tells everybody something.
    7 Announcement {
        /// How loudly.
        0 priority: Priority;
        /// When it no longer holds, as declared: a badge, no rule.
        1 expires: Option<i64>;
        /// The announcement it takes the place of.
        2 supersedes: Option<EntryId>;
        /// Where it holds, in words.
        3 place: Option<String>;
        /// What it is about, in a word.
        4 category: Option<String>;
    }
    /// A council's or official's decision, numbered and linked within its office.
    8 Decision {
        /// The office.
        0 office: String;
        /// 1 for its first decision, then one more each.
        1 number: u32;
        /// The decision before.
        2 previous: Option<EntryId>;
        /// The decision it takes the place of.
        3 supersedes: Option<EntryId>;
    }
    /// Begins a text; its title is its words.
    9 Text {
        /// The debate it belongs to.
        0 debate: Option<EntryId>;
        /// Who may edit.
        1 editors: Editors;
    }
    /// One saved change of a text, as Automerge writes it.
    10 Change {
        /// The text.
        0 text: EntryId;
        /// One change chunk, without compression.
        1 bytes: Vec<u8>, with "minicbor::bytes";
    }
    /// A moderator hides a post, for everyone to see why.
    11 Hide {
        /// The post.
        0 post: EntryId;
        /// Why.
        1 reason: String;
    }
    /// A moderator shows a post again.
    12 Unhide {
        /// The post.
        0 post: EntryId;
    }
    /// Begins a course; its words are its title and its outline in Markdown, whose links name
    /// lessons and quizzes by their path.
    13 Course {
        /// What its author knows it by: who brings the same again brings a new version.
        0 reference: String;
    }
    /// Begins a lesson, which is a text; its words are its title, with the files that it shows.
    14 Lesson {
        /// The course.
        0 course: EntryId;
        /// Its file in the course's folder.
        1 path: String;
        /// Who may edit.
        2 editors: Editors;
    }
    /// A quiz; its words are its questions in GIFT.
    15 Quiz {
        /// The course.
        0 course: EntryId;
        /// Its file in the course's folder.
        1 path: String;
    }
    /// Asks somebody: a person, or whoever holds an office. Its words are the question.
    16 Question {
        /// The debate it is asked in, if it is.
        0 debate: Option<EntryId>;
        /// The post it replies to.
        1 reply_to: Option<EntryId>;
        /// The person asked.
        2 to: Option<PersonId>;
        /// The office asked.
        3 office: Option<String>;
    }
    /// Says somebody's words in another language, or aloud; its words are the translation.
    17 Translation {
        /// The entry first said.
        0 entry: EntryId;
    }
    /// The author's device signs that these entries reached the author.
    18 Receipt {
        /// What reached them, in ascending order.
        0 entries: Vec<EntryId>;
        /// Whether the author opened them, and they did not only arrive.
        1 read: bool;
    }
    /// When a debate opens and closes, as declared by who opened it: a badge, no rule.
    32 Window {
        /// The debate.
        0 debate: EntryId;
        /// When it opens, in seconds since 1970.
        1 opens: Option<i64>;
        /// When it closes, in seconds since 1970.
        2 closes: Option<i64>;
    }
    /// A facilitator enters a paper ballot.
    33 Ballot {
        /// The debate.
        0 debate: EntryId;
        /// The token on the paper.
        1 token: String;
        /// What the paper says.
        2 votes: Vec<PaperVote>;
        /// An own ballot with the same token that was entered wrongly.
        3 replaces: Option<EntryId>;
    }
    /// A moderator or manager settles a token that was used twice.
    34 BallotSettled {
        /// The debate.
        0 debate: EntryId;
        /// The token.
        1 token: String;
        /// The ballots with this token that were looked at, ascending: the settlement holds as
        /// long as no other stands beside them.
        2 seen: Vec<EntryId>;
        /// Which of them counts; none does where it is absent.
        3 stands: Option<EntryId>;
        /// Why.
        4 reason: String;
    }
    /// The author of a proposal names the text that is its wording.
    35 Wording {
        /// The proposal.
        0 proposal: EntryId;
        /// The text.
        1 text: EntryId;
    }
    /// A member signs a proposal, or takes the signature back.
    36 Support {
        /// The proposal.
        0 proposal: EntryId;
        /// Whether the signature stands.
        1 signs: bool;
    }
    /// An office says what becomes of a proposal.
    37 ProposalStatus {
        /// The proposal.
        0 proposal: EntryId;
        /// The office.
        1 office: String;
        /// What becomes of it.
        2 state: ProposalState;
        /// Why.
        3 reason: Option<String>;
    }
    /// A member asks that somebody else looks again at a hiding; the words say why.
    38 Appeal {
        /// The post.
        0 post: EntryId;
        /// The entry that hides it.
        1 hiding: EntryId;
    }
    /// A moderator or manager has looked again.
    39 Review {
        /// The appeal.
        0 appeal: EntryId;
        /// The post.
        1 post: EntryId;
        /// Whether the post is shown again.
        2 shows: bool;
        /// Why.
        3 reason: String;
    }
    /// The key to which private messages for the author are sealed from now on.
    48 Sealing {
        /// The public key.
        0 key: SealingKey;
    }
}

impl Body {
    /// Kinds from this number on came after the first nodes were in use. A node that does not know
    /// one takes any body of it; so a node that does takes what breaks a rule of the kind too, as
    /// an unknown one, and both hold the same.
    pub const LATER_KINDS_FROM: u64 = 16;

    pub(super) fn from_bytes(kind: u64, raw: &[u8]) -> Result<Self, CodecError> {
        let unknown = || Body::Unknown { kind, raw: raw.to_vec() };
        match Self::known_from_bytes(kind, raw) {
            Ok(Some(body)) if kind < Self::LATER_KINDS_FROM || body.to_bytes() == raw => Ok(body),
            Err(error) if kind < Self::LATER_KINDS_FROM => Err(error),
            _ => Ok(unknown()),
        }
    }

    /// As what it is taken, where it breaks a rule of its kind.
    pub(super) fn or_unknown(self) -> Option<Self> {
        let kind = self.kind();
        (kind >= Self::LATER_KINDS_FROM).then(|| Body::Unknown { kind, raw: self.to_bytes() })
    }
}
