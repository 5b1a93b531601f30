//! Projections: the rows that lists are shown from, so that nothing replays a log.
//!
//! Each row is a last-writer register or is added once, so the order in which entries are
//! projected does not matter. Entries that their grant's role does not cover project nothing.

use baro_crdt::authority::{Authority, GrantRole};
use baro_crdt::entry::{Body, PostKind, Step};
use baro_crdt::ids::{CommunityId, EntryId, PersonId, WallSeconds};
use baro_crdt::role::Role;

use super::apply::Work;
use crate::store::{
    EditRow, HideRow, LogRow, NameRow, PostFamily, PostRow, ReceiptRow, Result, VoteRow,
};

/// Local keys that begin so name questions that are here and were put to a person of this device,
/// who has still to sign that they arrived: `asked/COMMUNITY/PERSON/ENTRY`.
pub const ASKED_PREFIX: &str = "asked/";

/// The local key of a question for which a person of this device has still to sign.
pub fn asked_key(community: &CommunityId, person: &PersonId, question: &EntryId) -> String {
    format!("{ASKED_PREFIX}{community}/{person}/{question}")
}

/// Whether a grant lets translate what others said: that of any role but a plain member's.
fn translates(role: &GrantRole<'_>) -> bool {
    TRANSLATORS.iter().any(|translator| role.includes(*translator))
}

/// The roles that let translate what others said, the least first.
pub const TRANSLATORS: [Role; 4] =
    [Role::Facilitator, Role::Official, Role::Moderator, Role::Manager];

/// Whose word settles ballots and appeals.
fn looks_again(role: &GrantRole<'_>) -> bool {
    role.includes(Role::Moderator) || role.includes(Role::Manager)
}

impl Work<'_> {
    pub(super) fn project(
        &mut self,
        authority: &Authority,
        row: &LogRow,
        steps: &[Step],
    ) -> Result<()> {
        let Some(role) = authority.role_of(&row.header.grant, &row.header.author) else {
            return Ok(());
        };
        for step in steps {
            match &step.entry.body {
                Body::Name { name } => self.write.put_name(&NameRow {
                    community: row.header.community,
                    person: row.header.author,
                    name: name.clone(),
                    lamport: step.lamport,
                    entry: step.id,
                })?,
                Body::Vote { post, choice } => self.write.put_vote(&VoteRow {
                    community: row.header.community,
                    post: *post,
                    person: row.header.author,
                    choice: *choice,
                    lamport: step.lamport,
                    entry: step.id,
                })?,
                Body::Debate { .. } => {
                    if role.includes(authority.debates_by()) {
                        self.post(row, step, PostFamily::Debate, None)?;
                    }
                }
                Body::Post { debate, kind, to, .. } => {
                    self.post(row, step, PostFamily::Post, Some(*debate))?;
                    if *kind == PostKind::Question
                        && let Some(to) = to
                    {
                        self.asked(row, step, std::iter::once(*to))?;
                    }
                }
                Body::Question { debate, to, office, .. } => {
                    self.post(row, step, PostFamily::Post, *debate)?;
                    let holders =
                        office.iter().filter_map(|office| authority.offices().remove(office));
                    self.asked(row, step, to.iter().copied().chain(holders.flatten()))?;
                }
                Body::Translation { entry } => {
                    if translates(&role) {
                        self.post(row, step, PostFamily::Translation, Some(*entry))?;
                    }
                }
                Body::Receipt { entries, read } => {
                    for target in entries {
                        self.write.put_receipt(&ReceiptRow {
                            community: row.header.community,
                            target: *target,
                            person: row.header.author,
                            read: *read,
                            lamport: step.lamport,
                            entry: step.id,
                            declared_at: WallSeconds(step.time),
                        })?;
                    }
                }
                Body::Answer { question } => {
                    self.post(row, step, PostFamily::Answer, Some(*question))?;
                }
                Body::Announcement { .. } => {
                    self.post(row, step, PostFamily::Announcement, None)?;
                }
                Body::Decision { office, .. } => {
                    if role.speaks_for(office) {
                        self.post(row, step, PostFamily::Decision, None)?;
                    }
                }
                Body::Text { .. } => self.post(row, step, PostFamily::Text, None)?,
                Body::Change { text, bytes } => {
                    self.post(row, step, PostFamily::Change, Some(*text))?;
                    self.said(&row.header.community, text, bytes)?;
                }
                Body::Course { .. } => self.post(row, step, PostFamily::Course, None)?,
                Body::Lesson { course, .. } => {
                    self.post(row, step, PostFamily::Lesson, Some(*course))?;
                }
                Body::Quiz { course, .. } => {
                    self.post(row, step, PostFamily::Quiz, Some(*course))?;
                }
                Body::Edit { entry } => self.edit(row, step, entry)?,
                Body::Withdraw { entry } => self.edit(row, step, entry)?,
                Body::Hide { post, reason } => {
                    if role.includes(Role::Moderator) {
                        self.post(row, step, PostFamily::Hiding, Some(*post))?;
                        self.hide(row, step, post, Some(reason.clone()))?;
                    }
                }
                Body::Unhide { post } => {
                    if role.includes(Role::Moderator) {
                        self.post(row, step, PostFamily::Hiding, Some(*post))?;
                        self.hide(row, step, post, None)?;
                    }
                }
                Body::Window { debate, .. } => {
                    self.post(row, step, PostFamily::Window, Some(*debate))?;
                }
                Body::Ballot { debate, .. } => {
                    if role.includes(Role::Facilitator) {
                        self.post(row, step, PostFamily::Ballot, Some(*debate))?;
                    }
                }
                Body::BallotSettled { debate, .. } => {
                    if looks_again(&role) {
                        self.post(row, step, PostFamily::BallotSettled, Some(*debate))?;
                    }
                }
                Body::Wording { proposal, .. } => {
                    self.post(row, step, PostFamily::Wording, Some(*proposal))?;
                }
                Body::Support { proposal, .. } => {
                    self.post(row, step, PostFamily::Support, Some(*proposal))?;
                }
                Body::ProposalStatus { proposal, office, .. } => {
                    if role.speaks_for(office) {
                        self.post(row, step, PostFamily::ProposalStatus, Some(*proposal))?;
                    }
                }
                Body::Appeal { post, .. } => {
                    self.post(row, step, PostFamily::Appeal, Some(*post))?;
                }
                Body::Review { appeal, post, shows, .. } => {
                    if looks_again(&role) {
                        self.post(row, step, PostFamily::Review, Some(*appeal))?;
                        if *shows {
                            self.hide(row, step, post, None)?;
                        }
                    }
                }
                Body::Sealing { .. } => self.post(row, step, PostFamily::Sealing, None)?,
                Body::Unknown { .. } => {}
            }
        }
        Ok(())
    }

    /// Notes a question for those of this device to whom it was put.
    fn asked(
        &mut self,
        row: &LogRow,
        step: &Step,
        persons: impl Iterator<Item = PersonId>,
    ) -> Result<()> {
        let here = self.write.local_persons()?;
        for person in persons.filter(|person| *person != row.header.author) {
            let community = row.header.community;
            if here.iter().any(|local| local.community == community && local.person == person) {
                let key = asked_key(&community, &person, &step.id);
                self.write.put_local(&key, &[])?;
            }
        }
        Ok(())
    }

    fn post(
        &mut self,
        row: &LogRow,
        step: &Step,
        family: PostFamily,
        parent: Option<EntryId>,
    ) -> Result<()> {
        self.want(row, step, &step.id)?;
        let post = PostRow {
            id: step.id,
            community: row.header.community,
            family,
            parent,
            author: row.header.author,
            log: row.number,
            index: step.index,
            lamport: step.lamport,
            declared_at: WallSeconds(step.time),
            first_seen: self.first_seen.get(&step.id).copied().unwrap_or(self.now),
            payload: step.entry.payload.map(|payload| payload.hash),
        };
        self.write.put_post(&post)?;
        match &step.entry.body {
            Body::Question { .. } | Body::Post { kind: PostKind::Question, .. } => {
                self.write.put_question(&post)
            }
            _ => Ok(()),
        }
    }

    fn edit(&mut self, row: &LogRow, step: &Step, target: &EntryId) -> Result<()> {
        self.want(row, step, target)?;
        let payload = step.entry.payload.map(|payload| payload.hash);
        if payload.is_none() {
            self.withdrew.insert((row.header.community, row.header.author));
        }
        self.write.put_edit(&EditRow {
            community: row.header.community,
            target: *target,
            author: row.header.author,
            lamport: step.lamport,
            entry: step.id,
            payload,
        })
    }

    fn hide(
        &mut self,
        row: &LogRow,
        step: &Step,
        post: &EntryId,
        reason: Option<String>,
    ) -> Result<()> {
        self.write.put_hide(&HideRow {
            community: row.header.community,
            post: *post,
            by: row.header.author,
            lamport: step.lamport,
            entry: step.id,
            reason,
        })?;
        self.blobs.hidings.insert((row.header.community, *post));
        Ok(())
    }
}
