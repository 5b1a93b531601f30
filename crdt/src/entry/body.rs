//! What an entry says, by kind.

use minicbor::{Decode, Encode};

use super::encode_body;
use crate::codec::{self, CodecError};
use crate::ids::{EntryId, PersonId};
use crate::log::Stream;
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

            pub(super) fn from_bytes(kind: u64, raw: &[u8]) -> Result<Self, CodecError> {
                Ok(match kind {
                    $($kind => {
                        let wire::$name { $($field,)* } = codec::decode(raw)?;
                        Body::$name { $($field,)* }
                    })*
                    _ => Body::Unknown { kind, raw: raw.to_vec() },
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
}

/// The most bytes of a name, a place, a category or a reason.
const SHORT_BYTES_MAX: usize = 512;
/// The most bytes of a path in a course's folder, and of a course's reference.
pub const PATH_BYTES_MAX: usize = 256;
/// The most persons whom a text names as its editors.
const EDITORS_MAX: usize = 256;

impl Body {
    /// Whether an entry of this kind may stand in `stream`.
    pub fn fits(&self, stream: Stream) -> bool {
        match self {
            Body::Name { .. } | Body::Unknown { .. } | Body::Edit { .. } => true,
            Body::Announcement { .. } => matches!(stream, Stream::Official | Stream::Alerts),
            Body::Decision { .. } | Body::Answer { .. } => stream == Stream::Official,
            Body::Withdraw { .. } | Body::Text { .. } | Body::Change { .. } => {
                stream != Stream::Alerts
            }
            Body::Debate { .. }
            | Body::Post { .. }
            | Body::Vote { .. }
            | Body::Hide { .. }
            | Body::Unhide { .. } => stream == Stream::Debate,
            Body::Course { .. } | Body::Lesson { .. } | Body::Quiz { .. } => {
                stream == Stream::Learning
            }
        }
    }

    /// Whether an entry of this kind has words beside it.
    pub fn has_words(&self) -> Option<bool> {
        match self {
            Body::Unknown { .. } => None,
            Body::Name { .. }
            | Body::Vote { .. }
            | Body::Withdraw { .. }
            | Body::Change { .. }
            | Body::Hide { .. }
            | Body::Unhide { .. } => Some(false),
            Body::Debate { .. }
            | Body::Post { .. }
            | Body::Answer { .. }
            | Body::Edit { .. }
            | Body::Announcement { .. }
            | Body::Decision { .. }
            | Body::Text { .. }
            | Body::Course { .. }
            | Body::Lesson { .. }
            | Body::Quiz { .. } => Some(true),
        }
    }

    /// The entries it names.
    pub fn cites(&self) -> Vec<EntryId> {
        match self {
            Body::Name { .. }
            | Body::Debate { .. }
            | Body::Course { .. }
            | Body::Unknown { .. } => Vec::new(),
            Body::Lesson { course, .. } | Body::Quiz { course, .. } => vec![*course],
            Body::Post { debate, reply_to, .. } => {
                std::iter::once(*debate).chain(*reply_to).collect()
            }
            Body::Vote { post, .. } | Body::Hide { post, .. } | Body::Unhide { post } => {
                vec![*post]
            }
            Body::Answer { question } => vec![*question],
            Body::Edit { entry } | Body::Withdraw { entry } => vec![*entry],
            Body::Announcement { supersedes, .. } => supersedes.iter().copied().collect(),
            Body::Decision { previous, supersedes, .. } => {
                previous.iter().chain(supersedes).copied().collect()
            }
            Body::Text { debate, .. } => debate.iter().copied().collect(),
            Body::Change { text, .. } => vec![*text],
        }
    }

    /// The rules that a body keeps by itself.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let short = |text: &str| text.len() <= SHORT_BYTES_MAX;
        let path = |path: &str| !path.is_empty() && path.len() <= PATH_BYTES_MAX;
        let named = |editors: &Editors| match editors {
            Editors::Persons(persons) => {
                !persons.is_empty()
                    && persons.len() <= EDITORS_MAX
                    && persons.is_sorted_by(|a, b| a < b)
            }
            Editors::Members | Editors::Role(_) => true,
        };
        let fine = match self {
            Body::Name { name } => !name.is_empty() && name.len() <= 128,
            Body::Announcement { place, category, .. } => {
                place.as_deref().is_none_or(short) && category.as_deref().is_none_or(short)
            }
            Body::Decision { office, number, previous, .. } => {
                short(office) && *number > 0 && (*number == 1) == previous.is_none()
            }
            Body::Text { editors, .. } => named(editors),
            Body::Course { reference } => path(reference),
            Body::Lesson { path: at, editors, .. } => path(at) && named(editors),
            Body::Quiz { path: at, .. } => path(at),
            Body::Hide { reason, .. } => !reason.is_empty() && short(reason),
            _ => true,
        };
        if fine { Ok(()) } else { Err("a field is empty, too long or out of order") }
    }
}
