//! Speaking: what `say`, `vote`, `answer`, `debate` and `announce` check before they write.

use std::collections::BTreeMap;

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body, Choice, PostKind, Words};
use baro_crdt::ids::EntryId;
use baro_crdt::log::Stream;
use baro_crdt::role::Role;

use super::known::{Known, Persons};
use super::resolve::find_person;
use super::{ApiError, Attach, Community, Context, Op, Result, attach, reading};
use crate::author::{Cited, Draft, Pen};
use crate::replica::Item;
use crate::store::{LocalPerson, PostFamily, Read};
use crate::words::{Thing, why};

/// The operations of one transaction while they are written.
pub(super) struct Group<'a> {
    pub(super) pen: Pen<'a>,
    pub(super) read: &'a dyn Read,
    known: &'a mut Known,
    pub(super) community: &'a Community,
    pub(super) authority: &'a Authority,
    persons: &'a Persons,
    context: &'a Context,
    marks: BTreeMap<String, EntryId>,
    closed: BTreeMap<EntryId, bool>,
    /// The files that come with what was written.
    files: Vec<Item>,
    /// The last decision of each office, as far as they were asked for: number and id.
    pub(super) decisions: BTreeMap<String, Option<(u32, EntryId)>>,
}

/// A choice in words.
pub(super) fn choice(word: &str) -> Result<Choice> {
    match word {
        "agree" => Ok(Choice::Agree),
        "disagree" => Ok(Choice::Disagree),
        "pass" => Ok(Choice::Pass),
        _ => Err(ApiError::refused(why::vote_unknown(word))),
    }
}

fn kind(word: Option<&str>) -> Result<PostKind> {
    match word {
        None | Some("statement") => Ok(PostKind::Statement),
        Some("proposal") => Ok(PostKind::Proposal),
        Some("question") => Ok(PostKind::Question),
        Some(word) => Err(ApiError::refused(why::kind_unknown(word))),
    }
}

impl<'a> Group<'a> {
    pub(super) fn new(
        pen: Pen<'a>,
        read: &'a dyn Read,
        known: &'a mut Known,
        community: &'a Community,
        authority: &'a Authority,
        persons: &'a Persons,
        context: &'a Context,
    ) -> Self {
        let (marks, closed, decisions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let files = Vec::new();
        Self {
            pen,
            read,
            known,
            community,
            authority,
            persons,
            context,
            marks,
            closed,
            files,
            decisions,
        }
    }

    /// The items to commit, and the marks given.
    pub(super) fn finish(self) -> (Vec<Item>, BTreeMap<String, EntryId>) {
        let mut items = self.files;
        items.extend(self.pen.finish());
        (items, self.marks)
    }

    /// Writes one operation and gives its entry's id.
    pub(super) fn write(&mut self, op: &Op) -> Result<EntryId> {
        let (id, mark) = match op {
            Op::Vote { speaker, post, choice } => (self.vote(speaker, post, choice)?, None),
            Op::Say { speaker, debate, text, kind, reply_to, to, attached, reference } => {
                let body =
                    self.post(debate, kind.as_deref(), reply_to.as_deref(), to.as_deref())?;
                let words = self.words(None, text, reference);
                let draft = Draft::member(body, Some(words));
                (self.put_with(speaker, draft, attached)?, reference.as_ref())
            }
            Op::Debate { speaker, title, text, reference } => {
                let words = self.words(Some(title), text.as_deref().unwrap_or(""), reference);
                let draft = Draft {
                    stream: Stream::Debate,
                    role: self.authority.debates_by(),
                    office: None,
                    body: Body::Debate { closes: None },
                    words: Some(words),
                };
                (self.put(speaker, draft)?, reference.as_ref())
            }
            Op::Answer { speaker, question, text, attached, reference } => {
                let question = self.question(question)?;
                let draft = Draft {
                    stream: Stream::Official,
                    role: Role::Official,
                    office: None,
                    body: Body::Answer { question },
                    words: Some(self.words(None, text, reference)),
                };
                (self.put_with(speaker, draft, attached)?, reference.as_ref())
            }
            Op::Ask { speaker, text, to, office, debate, reply_to, attached, reference } => {
                let body = self.asked(
                    to.as_deref(),
                    office.as_deref(),
                    debate.as_deref(),
                    reply_to.as_deref(),
                )?;
                let draft = Draft::member(body, Some(self.words(None, text, reference)));
                (self.put_with(speaker, draft, attached)?, reference.as_ref())
            }
            Op::Announce { speaker, announce, reference } => {
                let draft = self.announcement(announce, reference)?;
                (self.put_with(speaker, draft, &announce.attached)?, reference.as_ref())
            }
            Op::Person { .. } => return Err(ApiError::refused(why::persons_first())),
        };
        if let Some(mark) = mark {
            self.marks.insert(mark.clone(), id);
        }
        if let Op::Announce { announce, .. } = op {
            self.decided(announce, id);
        }
        Ok(id)
    }

    fn put(&mut self, speaker: &Option<String>, draft: Draft) -> Result<EntryId> {
        let who = self.speaker(speaker)?;
        Ok(self.pen.write(self.authority, who, draft)?)
    }

    /// As [`Group::put`], with files that are taken in only if it can be written.
    fn put_with(
        &mut self,
        speaker: &Option<String>,
        mut draft: Draft,
        attached: &[Attach],
    ) -> Result<EntryId> {
        let (attachments, files) = attach::attachments(self.read, attached)?;
        if let Some(words) = &mut draft.words {
            words.attachments = attachments;
        }
        let id = self.put(speaker, draft)?;
        self.files.extend(files);
        Ok(id)
    }

    fn speaker(&self, speaker: &Option<String>) -> Result<&'a LocalPerson> {
        let name = speaker.as_deref().or(self.context.speaker.as_deref());
        let found = match name {
            Some(name) => self.persons.named(name),
            None => self.persons.all.first(),
        };
        found.ok_or_else(|| match name {
            Some(name) => ApiError::refused(why::not_on_device(name)),
            None => ApiError::refused(why::nobody_here()),
        })
    }

    pub(super) fn words(
        &self,
        title: Option<&str>,
        text: &str,
        reference: &Option<String>,
    ) -> Words {
        Words {
            title: title.map(str::to_owned),
            text: text.to_owned(),
            language: self.context.lang.clone(),
            reference: reference.clone(),
            alert: None,
            attachments: None,
        }
    }

    /// The entry meant by an id or a mark.
    pub(super) fn target(&mut self, text: &str) -> Result<EntryId> {
        if let Some(mark) = text.strip_prefix('@') {
            if let Some(id) = self.marks.get(mark) {
                return Ok(*id);
            }
            return self.known.marked(self.read, &self.community.id, mark);
        }
        text.parse().map_err(|_| ApiError::refused(why::no_id_or_mark(text)))
    }

    /// What is known of an entry, which must be of one of these families and of this community.
    pub(super) fn cited(
        &mut self,
        id: &EntryId,
        families: &[PostFamily],
        what: Thing,
    ) -> Result<Cited> {
        let cited = self.pen.cited(id)?;
        cited
            .filter(|cited| cited.community == self.community.id)
            .filter(|cited| families.contains(&cited.family))
            .ok_or_else(|| ApiError::refused(why::not_here(id.to_string(), what)))
    }

    /// Refuses what would come after the closing of a debate, and so count nowhere.
    fn still_open(&mut self, debate: &EntryId, opener: &baro_crdt::ids::PersonId) -> Result<()> {
        let closed = *self
            .closed
            .entry(*debate)
            .or_insert_with(|| self.authority.closing(debate, opener).is_some());
        match closed {
            true => Err(ApiError::refused(why::debate_closed())),
            false => Ok(()),
        }
    }

    fn vote(&mut self, speaker: &Option<String>, post: &str, word: &str) -> Result<EntryId> {
        let choice = choice(word)?;
        let post = self.target(post)?;
        let mut cited = self.cited(&post, &[PostFamily::Post, PostFamily::Answer], Thing::Post)?;
        if cited.family == PostFamily::Answer
            && let Some(question) = cited.parent
        {
            cited = self.cited(&question, &[PostFamily::Post], Thing::Question)?;
        }
        if let Some(debate) = cited.parent
            && let Some(opening) = self.pen.cited(&debate)?
        {
            self.still_open(&debate, &opening.author)?;
        }
        self.put(speaker, Draft::member(Body::Vote { post, choice }, None))
    }

    fn post(
        &mut self,
        debate: &str,
        word: Option<&str>,
        reply_to: Option<&str>,
        to: Option<&str>,
    ) -> Result<Body> {
        let kind = kind(word)?;
        let (debate, reply_to) = self.place(Some(debate), reply_to)?;
        let debate = debate.ok_or_else(|| ApiError::refused(why::post_needs_debate()))?;
        let to = to.map(|name| find_person(self.read, self.community, name)).transpose()?;
        if to.is_some() && kind != PostKind::Question {
            return Err(ApiError::refused(why::only_question_to()));
        }
        Ok(Body::Post { debate, kind, reply_to, to })
    }

    /// Where something is said: in a debate that is open, if in one, perhaps as a reply there.
    pub(super) fn place(
        &mut self,
        debate: Option<&str>,
        reply_to: Option<&str>,
    ) -> Result<(Option<EntryId>, Option<EntryId>)> {
        let debate = debate.map(|debate| self.target(debate)).transpose()?;
        if let Some(debate) = &debate {
            let opening = self.cited(debate, &[PostFamily::Debate], Thing::Debate)?;
            self.still_open(debate, &opening.author)?;
        }
        let reply_to = reply_to.map(|post| self.target(post)).transpose()?;
        if let Some(post) = &reply_to {
            let cited = self.cited(post, &[PostFamily::Post, PostFamily::Answer], Thing::Post)?;
            if cited.family == PostFamily::Post && cited.parent != debate {
                return Err(ApiError::refused(why::other_debate()));
            }
        }
        Ok((debate, reply_to))
    }

    fn question(&mut self, question: &str) -> Result<EntryId> {
        let id = self.target(question)?;
        self.cited(&id, &[PostFamily::Post], Thing::Question)?;
        if let Some(row) = self.read.post(&id)?
            && !matches!(
                reading::entry(self.read, &row)?.body,
                Body::Post { kind: PostKind::Question, .. } | Body::Question { .. }
            )
        {
            return Err(ApiError::refused(why::not_question()));
        }
        Ok(id)
    }
}
