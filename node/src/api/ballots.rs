//! Paper ballots: a facilitator enters what stands on a paper under the token printed on it.
//!
//! In come the ballots and settlements of a debate; out comes which ballot of each token counts.
//! A ballot that the same facilitator entered again to put it right is replaced. Where more than
//! one ballot of a token then stands, the token counts nowhere until a moderator or manager, who
//! has seen all of them, says which one does; another one that turns up later opens the conflict
//! again. Nothing here depends on the order of arrival, and nothing is settled by a rule alone.

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::entry::{BALLOT_VOTES_MAX, Body, Choice, PaperVote, SETTLED_BALLOTS_MAX};
use baro_crdt::ids::{EntryId, PersonId};
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::closing::Inside;
use super::{ApiError, Context, Node, Result, reading, speak};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow, Read};
use crate::words::{Thing, why};

/// One ballot as it was entered.
pub(super) struct Ballot {
    pub(super) row: PostRow,
    pub(super) votes: Vec<PaperVote>,
    replaces: Option<EntryId>,
}

/// What a moderator or manager said of a token.
struct Settled {
    row: PostRow,
    seen: Vec<EntryId>,
    stands: Option<EntryId>,
    reason: String,
}

/// What is known of one token.
#[derive(Default)]
struct Token {
    /// By Lamport number, then id.
    ballots: Vec<Ballot>,
    replaced: BTreeSet<EntryId>,
    settled: Option<Settled>,
}

/// All ballots of a debate, by token.
#[derive(Default)]
pub(super) struct Ballots(BTreeMap<String, Token>);

impl Token {
    fn standing(&self) -> impl Iterator<Item = &Ballot> {
        self.ballots.iter().filter(|ballot| !self.replaced.contains(&ballot.row.id))
    }

    /// The settlement, where it has seen everything that stands.
    fn settlement(&self) -> Option<&Settled> {
        let settled = self.settled.as_ref()?;
        self.standing().all(|ballot| settled.seen.contains(&ballot.row.id)).then_some(settled)
    }

    fn counting(&self) -> Option<&Ballot> {
        match self.settlement() {
            Some(settled) => self.ballots.iter().find(|b| Some(b.row.id) == settled.stands),
            None => {
                let mut standing = self.standing();
                standing.next().filter(|_| standing.next().is_none())
            }
        }
    }

    fn is_in_conflict(&self) -> bool {
        self.settlement().is_none() && self.standing().count() > 1
    }
}

impl Ballots {
    /// The ballots that count, by token.
    pub(super) fn counting(&self) -> Vec<(&String, &Ballot)> {
        self.0.iter().filter_map(|(token, of)| of.counting().map(|one| (token, one))).collect()
    }

    /// How many tokens wait to be settled.
    pub(super) fn conflicts(&self) -> usize {
        self.0.values().filter(|token| token.is_in_conflict()).count()
    }

    /// Who entered or settled them.
    pub(super) fn writers(&self) -> BTreeSet<PersonId> {
        let of = |token: &Token| {
            let settled = token.settled.iter().map(|settled| settled.row.author);
            token.ballots.iter().map(|ballot| ballot.row.author).chain(settled).collect::<Vec<_>>()
        };
        self.0.values().flat_map(of).collect()
    }
}

/// Reads the ballots of a debate that lie inside what counts, and how many lie outside.
pub(super) fn read_all(
    read: &dyn Read,
    debate: &EntryId,
    inside: &mut Inside<'_>,
) -> Result<(Ballots, usize)> {
    let mut ballots = Ballots::default();
    let (rows, late) = inside.split(read, read.posts_in(debate, PostFamily::Ballot)?)?;
    for row in rows {
        if let Body::Ballot { token, votes, replaces, .. } = reading::entry(read, &row)?.body {
            let of = ballots.0.entry(token).or_default();
            // What is replaced came before, is of the same token and by the same hand.
            if let Some(id) = replaces
                && of.ballots.iter().any(|b| b.row.id == id && b.row.author == row.author)
            {
                of.replaced.insert(id);
            }
            of.ballots.push(Ballot { row, votes, replaces });
        }
    }
    let (rows, _) = inside.split(read, read.posts_in(debate, PostFamily::BallotSettled)?)?;
    for row in rows {
        if let Body::BallotSettled { token, seen, stands, reason, .. } =
            reading::entry(read, &row)?.body
            && let Some(of) = ballots.0.get_mut(&token)
        {
            // In order of Lamport number, then id: the last one stands.
            of.settled = Some(Settled { row, seen, stands, reason });
        }
    }
    Ok((ballots, late))
}

/// A token as it is compared: what stands on paper is copied in small letters or large.
fn token(text: &str) -> Result<String> {
    let token = text.trim().to_uppercase();
    if token.is_empty() || token.len() > baro_crdt::entry::TOKEN_BYTES_MAX {
        return Err(ApiError::refused(why::token_length()));
    }
    Ok(token)
}

const fn word(choice: Choice) -> &'static str {
    match choice {
        Choice::Agree => "agree",
        Choice::Disagree => "disagree",
        Choice::Pass => "pass",
    }
}

impl Node {
    /// `ballot enter`: what one paper says, whole.
    pub(super) fn ballot_enter(
        &mut self,
        context: &Context,
        debate: &str,
        paper: &str,
        votes: &[(String, String)],
        replaces: Option<&str>,
    ) -> Result<Value> {
        let (community, row) = self.entry(debate, &[PostFamily::Debate], Thing::Debate)?;
        if community.authority.closing(&row.id, &row.author).is_some() {
            return Err(ApiError::refused(why::debate_closed()));
        }
        let token = token(paper)?;
        let mut choices = BTreeMap::new();
        for (post, choice) in votes {
            let (_, post) = self.entry(post, &[PostFamily::Post], Thing::Post)?;
            if post.parent != Some(row.id) {
                return Err(ApiError::refused(why::ballot_post_elsewhere(post.id.to_string())));
            }
            if choices.insert(post.id, speak::choice(choice)?).is_some() {
                return Err(ApiError::refused(why::ballot_twice(post.id.to_string())));
            }
        }
        if choices.is_empty() || choices.len() > BALLOT_VOTES_MAX {
            return Err(ApiError::refused(why::ballot_votes(BALLOT_VOTES_MAX)));
        }
        let replaces = match replaces {
            Some(wrong) => Some(self.entry(wrong, &[PostFamily::Ballot], Thing::Ballot)?.1),
            None => None,
        };
        let speaker = context.speaker.as_deref();
        let (who, _) = self.with_power(&community, speaker, &[Role::Facilitator])?;
        if replaces.as_ref().is_some_and(|wrong| wrong.author != who.person) {
            return Err(ApiError::refused(why::ballot_author()));
        }
        let votes = choices.into_iter().map(|(post, choice)| PaperVote { post, choice }).collect();
        let replaces = replaces.map(|row| row.id);
        let body = Body::Ballot { debate: row.id, token: token.clone(), votes, replaces };
        let role = Role::Facilitator;
        let draft = Draft { stream: Stream::Debate, role, office: None, body, words: None };
        let id = self.write(&community, &who, draft)?;
        let counted = self.counted(&community, row)?;
        let conflict = counted.ballots.0.get(&token).is_some_and(Token::is_in_conflict);
        Ok(json!({ "id": id.to_string(), "token": token, "conflict": conflict }))
    }

    /// `ballot list`: the ballots of a debate by token, and the tokens in conflict.
    pub(super) fn ballot_list(&mut self, debate: &str, conflicts_only: bool) -> Result<Value> {
        let (community, row) = self.entry(debate, &[PostFamily::Debate], Thing::Debate)?;
        let counted = self.counted(&community, row)?;
        let names = self.names(&community.id)?;
        let mut tokens = Vec::new();
        for (token, of) in &counted.ballots.0 {
            if conflicts_only && !of.is_in_conflict() {
                continue;
            }
            let counting = of.counting().map(|ballot| ballot.row.id);
            let shown = |ballot: &Ballot| {
                let id = ballot.row.id;
                let state = if counting == Some(id) {
                    "counts"
                } else if of.replaced.contains(&id) {
                    "replaced"
                } else if of.is_in_conflict() {
                    "in conflict"
                } else {
                    "set aside"
                };
                json!({
                    "id": id.to_string(),
                    "author": ballot.row.author.to_string(),
                    "name": names.of(&ballot.row.author),
                    "declared_at": ballot.row.declared_at.0,
                    "first_seen_at": ballot.row.first_seen.0,
                    "replaces": ballot.replaces.map(|id| id.to_string()),
                    "state": state,
                    "votes": ballot.votes.iter().map(|vote| json!({
                        "post": vote.post.to_string(),
                        "choice": word(vote.choice),
                    })).collect::<Vec<_>>(),
                })
            };
            tokens.push(json!({
                "token": token,
                "conflict": of.is_in_conflict(),
                "ballots": of.ballots.iter().map(shown).collect::<Vec<_>>(),
                "settled": of.settled.as_ref().map(|settled| json!({
                    "id": settled.row.id.to_string(),
                    "author": settled.row.author.to_string(),
                    "name": names.of(&settled.row.author),
                    "declared_at": settled.row.declared_at.0,
                    "stands": settled.stands.map(|id| id.to_string()),
                    "reason": settled.reason,
                    "holds": of.settlement().is_some(),
                })),
            }));
        }
        Ok(json!({
            "id": counted.row.id.to_string(),
            "counted": counted.ballots.counting().len(),
            "conflicts": counted.ballots.conflicts(),
            "tokens": tokens,
        }))
    }

    /// `ballot settle`: of the ballots with one token, this one counts, or none.
    pub(super) fn ballot_settle(
        &mut self,
        context: &Context,
        debate: &str,
        paper: &str,
        stands: Option<&str>,
        reason: String,
    ) -> Result<Value> {
        let (community, row) = self.entry(debate, &[PostFamily::Debate], Thing::Debate)?;
        let debate = row.id;
        let token = token(paper)?;
        if reason.trim().is_empty() {
            return Err(ApiError::refused(why::reason_missing()));
        }
        let counted = self.counted(&community, row)?;
        let Some(of) = counted.ballots.0.get(&token) else {
            return Err(ApiError::refused(why::ballot_unknown(token)));
        };
        let mut seen: Vec<EntryId> = of.ballots.iter().map(|ballot| ballot.row.id).collect();
        seen.sort_unstable();
        let stands = match stands {
            Some(wanted) => {
                let id = wanted.parse().ok().filter(|id| seen.contains(id));
                Some(id.ok_or_else(|| ApiError::refused(why::ballot_not(wanted, &token)))?)
            }
            None => None,
        };
        if seen.len() > SETTLED_BALLOTS_MAX {
            return Err(ApiError::refused(why::ballot_too_often(
                token,
                seen.len(),
                SETTLED_BALLOTS_MAX,
            )));
        }
        let speaker = context.speaker.as_deref();
        let roles = [Role::Moderator, Role::Manager];
        let (who, _) = self.with_power(&community, speaker, &roles)?;
        let role = Self::first_role(&community, &who, &roles);
        let body = Body::BallotSettled { debate, token: token.clone(), seen, stands, reason };
        let draft = Draft { stream: Stream::Debate, role, office: None, body, words: None };
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "token": token }))
    }
}
