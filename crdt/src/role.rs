//! Roles, and what each lets a person do.

use minicbor::{Decode, Encode};

use crate::log::Stream;

/// What a person may do in a community. Every role includes [`Role::Member`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Debates, votes, asks.
    #[n(0)]
    Member,
    /// Also vouches for persons, enters paper ballots and runs courses.
    #[n(1)]
    Facilitator,
    /// Also writes `alerts` and `official`, for an office.
    #[n(2)]
    Official,
    /// Also hides posts, with a signed, public, reversible reason.
    #[n(3)]
    Moderator,
    /// Grants and revokes.
    #[n(4)]
    Manager,
    /// Not a person's role: an invite key, which makes one newcomer a member and nothing else.
    #[n(5)]
    Invite,
}

impl Role {
    /// Every role a person can hold, the least first.
    pub const ALL: [Role; 5] =
        [Role::Member, Role::Facilitator, Role::Official, Role::Moderator, Role::Manager];

    /// The word used in commands and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Facilitator => "facilitator",
            Role::Official => "official",
            Role::Moderator => "moderator",
            Role::Manager => "manager",
            Role::Invite => "invite",
        }
    }

    /// The role with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether somebody granted this role may do what `needed` may. An invite key is nobody.
    pub fn includes(self, needed: Role) -> bool {
        self == needed || (needed == Role::Member && self != Role::Invite)
    }

    /// Whether a holder of this role may sign a grant of `granted`.
    pub fn may_grant(self, granted: Role) -> bool {
        match self {
            Role::Manager => true,
            Role::Facilitator => matches!(granted, Role::Member | Role::Invite),
            Role::Invite => granted == Role::Member,
            Role::Member | Role::Official | Role::Moderator => false,
        }
    }

    /// Whether a log under a grant of this role may belong to `stream`.
    pub fn may_write(self, stream: Stream) -> bool {
        match stream {
            Stream::Debate => self.includes(Role::Member),
            Stream::Alerts | Stream::Official => self == Role::Official,
            Stream::Learning => matches!(self, Role::Facilitator | Role::Official),
        }
    }
}
