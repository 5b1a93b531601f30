//! The rules that each kind of entry keeps: its streams, its words, what it names, its fields.

use super::body::{Body, Editors};
use super::deliberation;
use crate::ids::EntryId;
use crate::log::Stream;

/// The most bytes of a name, a place, a category or a reason.
const SHORT_BYTES_MAX: usize = 512;
/// The most bytes of a path in a course's folder, and of a course's reference.
pub const PATH_BYTES_MAX: usize = 256;
/// The most entries that one receipt names: about 1.1 kB.
pub const RECEIPT_ENTRIES_MAX: usize = 64;
/// The most persons whom a text names as its editors.
const EDITORS_MAX: usize = 256;

impl Body {
    /// Whether an entry of this kind may stand in `stream`.
    pub fn fits(&self, stream: Stream) -> bool {
        match self {
            Body::Name { .. } | Body::Unknown { .. } | Body::Edit { .. } => true,
            Body::Announcement { .. } => matches!(stream, Stream::Official | Stream::Alerts),
            Body::Decision { .. } | Body::Answer { .. } | Body::ProposalStatus { .. } => {
                stream == Stream::Official
            }
            Body::Withdraw { .. } | Body::Text { .. } | Body::Change { .. } => {
                stream != Stream::Alerts
            }
            Body::Debate { .. }
            | Body::Post { .. }
            | Body::Vote { .. }
            | Body::Hide { .. }
            | Body::Unhide { .. }
            | Body::Window { .. }
            | Body::Ballot { .. }
            | Body::BallotSettled { .. }
            | Body::Wording { .. }
            | Body::Support { .. }
            | Body::Question { .. }
            | Body::Translation { .. }
            | Body::Receipt { .. }
            | Body::Appeal { .. }
            | Body::Review { .. }
            | Body::Sealing { .. } => stream == Stream::Debate,
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
            | Body::Unhide { .. }
            | Body::Window { .. }
            | Body::Ballot { .. }
            | Body::BallotSettled { .. }
            | Body::Wording { .. }
            | Body::Receipt { .. }
            | Body::Support { .. }
            | Body::ProposalStatus { .. }
            | Body::Review { .. }
            | Body::Sealing { .. } => Some(false),
            Body::Debate { .. }
            | Body::Post { .. }
            | Body::Answer { .. }
            | Body::Edit { .. }
            | Body::Announcement { .. }
            | Body::Decision { .. }
            | Body::Text { .. }
            | Body::Course { .. }
            | Body::Lesson { .. }
            | Body::Quiz { .. }
            | Body::Question { .. }
            | Body::Translation { .. }
            | Body::Appeal { .. } => Some(true),
        }
    }

    /// The entries it names.
    pub fn cites(&self) -> Vec<EntryId> {
        match self {
            Body::Name { .. }
            | Body::Debate { .. }
            | Body::Course { .. }
            | Body::Sealing { .. }
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
            Body::Window { debate, .. } => vec![*debate],
            Body::Ballot { debate, replaces, .. } => {
                std::iter::once(*debate).chain(*replaces).collect()
            }
            Body::BallotSettled { debate, seen, .. } => {
                std::iter::once(*debate).chain(seen.iter().copied()).collect()
            }
            Body::Wording { proposal, text } => vec![*proposal, *text],
            Body::Support { proposal, .. } | Body::ProposalStatus { proposal, .. } => {
                vec![*proposal]
            }
            Body::Appeal { post, hiding } => vec![*post, *hiding],
            Body::Question { debate, reply_to, .. } => {
                debate.iter().chain(reply_to).copied().collect()
            }
            Body::Translation { entry } => vec![*entry],
            Body::Receipt { entries, .. } => entries.clone(),
            Body::Review { appeal, post, .. } => vec![*appeal, *post],
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
            Body::Question { to, office, .. } => {
                to.is_some() != office.is_some()
                    && office.as_ref().is_none_or(|office| !office.is_empty() && short(office))
            }
            Body::Receipt { entries, .. } => {
                !entries.is_empty()
                    && entries.len() <= RECEIPT_ENTRIES_MAX
                    && entries.is_sorted_by(|a, b| a < b)
            }
            Body::Hide { reason, .. } | Body::Review { reason, .. } => {
                !reason.is_empty() && short(reason)
            }
            Body::Ballot { token, votes, .. } => deliberation::ballot(token, votes),
            Body::BallotSettled { token, seen, stands, reason, .. } => {
                deliberation::settled(token, seen, *stands) && !reason.is_empty() && short(reason)
            }
            Body::ProposalStatus { office, reason, .. } => {
                short(office) && reason.as_deref().is_none_or(short)
            }
            _ => true,
        };
        if fine { Ok(()) } else { Err("a field is empty, too long or out of order") }
    }
}
