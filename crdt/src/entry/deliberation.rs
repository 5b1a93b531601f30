//! What ballots on paper and offices say, in the words of entries.

use minicbor::{Decode, Encode};

use super::body::Choice;
use crate::ids::EntryId;

/// The most bytes of the token on a paper ballot.
pub const TOKEN_BYTES_MAX: usize = 64;
/// The most votes on one paper ballot.
pub const BALLOT_VOTES_MAX: usize = 1_024;
/// The most ballots with one token that one settlement looks at.
pub const SETTLED_BALLOTS_MAX: usize = 256;

/// One vote on a paper ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct PaperVote {
    /// The post.
    #[n(0)]
    pub post: EntryId,
    /// How.
    #[n(1)]
    pub choice: Choice,
}

/// What an office says of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum ProposalState {
    /// It came.
    #[n(0)]
    Received,
    /// It is looked into.
    #[n(1)]
    Studied,
    /// It will be done.
    #[n(2)]
    Accepted,
    /// It will not be done; the reason says why.
    #[n(3)]
    Refused,
    /// It is done.
    #[n(4)]
    Done,
}

impl ProposalState {
    /// Every state, in the usual order.
    pub const ALL: [ProposalState; 5] =
        [Self::Received, Self::Studied, Self::Accepted, Self::Refused, Self::Done];

    /// The word used in commands and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Studied => "studied",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Done => "done",
        }
    }

    /// The state with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The rules of a ballot: a token without control characters or space around it, and at least one
/// vote, in ascending order of posts, each post once.
pub(super) fn ballot(token: &str, votes: &[PaperVote]) -> bool {
    self::token(token)
        && (1..=BALLOT_VOTES_MAX).contains(&votes.len())
        && votes.is_sorted_by(|a, b| a.post < b.post)
}

/// The rules of a settlement: 1 to 256 ballots, ascending, and the one that counts among them.
pub(super) fn settled(token: &str, seen: &[EntryId], stands: Option<EntryId>) -> bool {
    self::token(token)
        && (1..=SETTLED_BALLOTS_MAX).contains(&seen.len())
        && seen.is_sorted_by(|a, b| a < b)
        && stands.is_none_or(|stands| seen.contains(&stands))
}

/// The rules of a token.
pub(super) fn token(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= TOKEN_BYTES_MAX
        && token.trim() == token
        && !token.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::entry::{Body, Cursor, Entry};
    use crate::ids::LogId;
    use crate::log::{EntryIds, Stream};

    fn post(n: u8) -> EntryId {
        EntryId::from_bytes([n; 16])
    }

    fn vote(n: u8) -> PaperVote {
        PaperVote { post: post(n), choice: Choice::Pass }
    }

    fn bodies() -> Vec<(Body, Stream)> {
        let (debate, proposal) = (post(1), post(2));
        let votes = vec![vote(3), vote(4)];
        let reason = "vu".to_owned();
        vec![
            (Body::Window { debate, opens: Some(1), closes: None }, Stream::Debate),
            (Body::Ballot { debate, token: "A-7".into(), votes, replaces: None }, Stream::Debate),
            (
                Body::BallotSettled {
                    debate,
                    token: "A-7".into(),
                    seen: vec![post(3), post(4)],
                    stands: Some(post(3)),
                    reason: reason.clone(),
                },
                Stream::Debate,
            ),
            (Body::Wording { proposal, text: post(5) }, Stream::Debate),
            (Body::Support { proposal, signs: true }, Stream::Debate),
            (
                Body::ProposalStatus {
                    proposal,
                    office: "mairie".into(),
                    state: ProposalState::Studied,
                    reason: Some(reason.clone()),
                },
                Stream::Official,
            ),
            (Body::Review { appeal: post(6), post: post(7), shows: true, reason }, Stream::Debate),
        ]
    }

    fn step(bytes: &[u8], stream: Stream) -> Body {
        let log = LogId::from_bytes([9; 32]);
        Cursor::start(log).step(bytes, stream, &EntryIds::of(&log)).unwrap().entry.body
    }

    #[test]
    fn each_kind_is_read_as_it_was_written() {
        for (body, stream) in bodies() {
            let entry = Entry { lamport_step: 0, time_step: 0, body: body.clone(), payload: None };
            assert_eq!(step(&entry.to_bytes(), stream), body);
        }
    }

    #[test]
    fn what_breaks_a_rule_of_a_later_kind_is_kept_and_means_nothing() {
        let broken = [
            Body::Ballot {
                debate: post(1),
                token: " a".into(),
                votes: vec![vote(1)],
                replaces: None,
            },
            Body::Ballot { debate: post(1), token: "a".into(), votes: vec![], replaces: None },
            Body::Ballot {
                debate: post(1),
                token: "a".into(),
                votes: vec![vote(2), vote(2)],
                replaces: None,
            },
            Body::Review { appeal: post(1), post: post(2), shows: true, reason: String::new() },
            Body::BallotSettled {
                debate: post(1),
                token: "a".into(),
                seen: vec![post(2)],
                stands: Some(post(3)),
                reason: "x".into(),
            },
        ];
        for body in broken {
            let entry = Entry { lamport_step: 0, time_step: 0, body: body.clone(), payload: None };
            let bytes = entry.to_bytes();
            let read = step(&bytes, Stream::Debate);
            assert!(
                matches!(&read, Body::Unknown { kind, .. } if *kind == body.kind()),
                "{read:?}"
            );
            assert_eq!(Entry { body: read, ..entry }.to_bytes(), bytes, "the bytes stay");
        }
        for (body, stream) in bodies() {
            let other = if stream == Stream::Debate { Stream::Alerts } else { Stream::Debate };
            let entry = Entry { lamport_step: 0, time_step: 0, body, payload: None };
            assert!(matches!(step(&entry.to_bytes(), other), Body::Unknown { .. }));
        }
    }

    proptest! {
        /// An older node takes any body of a kind it does not know; so must a newer one.
        #[test]
        fn any_body_of_a_later_kind_can_follow(
            kind in Body::LATER_KINDS_FROM..50,
            raw in prop_oneof![
                Just(vec![0xa0]),
                any::<u64>().prop_map(|n| crate::codec::encode(&n)),
                any::<String>().prop_map(|text| crate::codec::encode(&text)),
                (0usize..7, any::<u8>(), any::<proptest::sample::Index>()).prop_map(|(at, bits, index)| {
                    let mut raw = bodies()[at].0.to_bytes();
                    let at = index.index(raw.len());
                    raw[at] ^= bits;
                    raw
                }),
            ],
            stream in 0usize..4,
        ) {
            let stream = [Stream::Alerts, Stream::Official, Stream::Debate, Stream::Learning][stream];
            let body = Body::Unknown { kind, raw };
            let bytes = Entry { lamport_step: 0, time_step: 0, body, payload: None }.to_bytes();
            let mut d = minicbor::Decoder::new(&bytes);
            prop_assume!(d.skip().is_ok() && d.position() == bytes.len());
            let read = step(&bytes, stream);
            let entry = Entry { lamport_step: 0, time_step: 0, body: read, payload: None };
            prop_assert_eq!(entry.to_bytes(), bytes);
        }
    }
}
