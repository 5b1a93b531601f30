//! Requests of debates, paper ballots, proposals and moderation.

use baro_node::api::Request;

use crate::args::{Ballot, Debate, Moderation, Proposal};

type Named = (&'static str, Request);

pub(super) fn debate(command: Debate) -> Named {
    match command {
        Debate::Open { title, body, days } => {
            ("debate open", Request::DebateOpen { title, body, days })
        }
        Debate::List => ("debate list", Request::DebateList),
        Debate::Show { id, limit: None, offset: None, order: None } => {
            ("debate show", Request::DebateShow { id })
        }
        Debate::Show { id, limit, offset, order } => {
            ("debate show", Request::DebatePage { id, offset, limit, order })
        }
        Debate::Next { id, limit } => {
            ("debate next", Request::DebateNext { id, limit: Some(limit) })
        }
        Debate::Groups { id, places } => ("debate groups", Request::DebateGroups { id, places }),
        Debate::Window { id, opens, closes } => {
            ("debate window", Request::DebateWindow { id, opens, closes })
        }
        Debate::Close { id, outcome } => ("debate close", Request::DebateClose { id, outcome }),
    }
}

pub(super) fn ballot(command: Ballot) -> Named {
    match command {
        Ballot::Enter { debate, token, agree, disagree, pass, replaces } => {
            let choices = [("agree", agree), ("disagree", disagree), ("pass", pass)];
            let votes = choices.into_iter().flat_map(|(choice, posts)| {
                posts.into_iter().map(move |post| (post, choice.to_owned()))
            });
            let votes = votes.collect();
            ("ballot enter", Request::BallotEnter { debate, token, votes, replaces })
        }
        Ballot::List { debate, conflicts } => {
            ("ballot list", Request::BallotList { debate, conflicts })
        }
        Ballot::Settle { debate, token, stands, reason } => {
            ("ballot settle", Request::BallotSettle { debate, token, stands, reason })
        }
    }
}

pub(super) fn proposal(command: Proposal) -> Named {
    match command {
        Proposal::List { debate, limit, offset } => (
            "proposal list",
            Request::ProposalList { debate, offset: Some(offset), limit: Some(limit) },
        ),
        Proposal::Show { id } => ("proposal show", Request::ProposalShow { id }),
        Proposal::Wording { id, text } => {
            ("proposal wording", Request::ProposalWording { id, text })
        }
        Proposal::Sign { id } => ("proposal sign", Request::ProposalSign { id, signs: true }),
        Proposal::Unsign { id } => ("proposal sign", Request::ProposalSign { id, signs: false }),
        Proposal::Status { id, status, reason, office } => {
            ("proposal status", Request::ProposalStatus { id, status, reason, office })
        }
    }
}

pub(super) fn moderation(command: Moderation) -> Named {
    match command {
        Moderation::List { waiting } => ("moderation list", Request::ModerationList { waiting }),
        Moderation::Show { post } => ("moderation show", Request::ModerationShow { post }),
        Moderation::Appeal { post, text } => ("appeal", Request::Appeal { post, text }),
        Moderation::Review { appeal, show, reason } => {
            ("review", Request::Review { appeal, shows: show, reason })
        }
        Moderation::Block { person } => ("block", Request::Block { person, blocks: true }),
        Moderation::Unblock { person } => ("block", Request::Block { person, blocks: false }),
        Moderation::Blocked => ("blocked", Request::BlockList),
    }
}
