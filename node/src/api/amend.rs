//! Taking back and putting right: `edit`, `withdraw`, `hide`, `unhide`.

use baro_crdt::entry::Body;
use baro_crdt::ids::WallSeconds;
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use serde_json::{Value, json};

use super::{ApiError, Community, Context, Node, Result, reading};
use crate::author::Draft;
use crate::replica::GRACE_PREFIX;
use crate::store::{LocalPerson, PostFamily, PostRow, StoreError};
use crate::words::{Thing, why};

/// How long the bytes of withdrawn words stay here, for a withdrawal that was a slip, in seconds.
const GRACE_SECONDS: i64 = 24 * 3_600;

const SAID: [PostFamily; 10] = [
    PostFamily::Debate,
    PostFamily::Post,
    PostFamily::Answer,
    PostFamily::Announcement,
    PostFamily::Text,
    PostFamily::Course,
    PostFamily::Lesson,
    PostFamily::Quiz,
    PostFamily::Appeal,
    PostFamily::Translation,
];

impl Node {
    /// The person of this device who said it.
    pub(super) fn author_here(
        &mut self,
        community: &Community,
        row: &PostRow,
    ) -> Result<LocalPerson> {
        let here = self.persons(&community.id)?;
        let author = here.all.iter().find(|person| person.person == row.author);
        author.cloned().ok_or_else(|| ApiError::refused(why::author_elsewhere()))
    }

    fn stream_of(&self, row: &PostRow) -> Result<Stream> {
        let log = self.store.log_by_number(row.log)?;
        log.map(|log| log.header.stream)
            .ok_or_else(|| StoreError::Damaged("a log is missing".into()).into())
    }

    fn own(&mut self, wanted: &str) -> Result<(std::sync::Arc<Community>, PostRow, LocalPerson)> {
        let mut families = SAID.to_vec();
        families.push(PostFamily::Decision);
        let (community, row) = self.entry(wanted, &families, Thing::Entry)?;
        if row.family == PostFamily::Decision {
            return Err(ApiError::refused(why::decision_stands()));
        }
        let who = self.author_here(&community, &row)?;
        Ok((community, row, who))
    }

    pub(super) fn edit(&mut self, context: &Context, wanted: &str, text: String) -> Result<Value> {
        let (community, row, who) = self.own(wanted)?;
        let (said, _) = reading::said(&*self.store, &row)?;
        let mut words = said.words();
        words.text = text;
        if context.lang.is_some() {
            words.language.clone_from(&context.lang);
        }
        let draft =
            Draft { words: Some(words), ..self.change(&row, Body::Edit { entry: row.id })? };
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "entry": row.id.to_string() }))
    }

    pub(super) fn withdraw(&mut self, _: &Context, wanted: &str) -> Result<Value> {
        let (community, row, who) = self.own(wanted)?;
        let draft = self.change(&row, Body::Withdraw { entry: row.id })?;
        if !draft.body.fits(draft.stream) {
            return Err(ApiError::refused(why::alert_stands()));
        }
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "entry": row.id.to_string() }))
    }

    /// A change of an own entry, in the stream of that entry.
    fn change(&self, row: &PostRow, body: Body) -> Result<Draft> {
        let stream = self.stream_of(row)?;
        let role = match stream {
            Stream::Debate => Role::Member,
            Stream::Alerts | Stream::Official => Role::Official,
            Stream::Learning => Role::Facilitator,
        };
        Ok(Draft { stream, role, office: None, body, words: None })
    }

    pub(super) fn hide(
        &mut self,
        context: &Context,
        wanted: &str,
        reason: Option<String>,
    ) -> Result<Value> {
        let families = [PostFamily::Post, PostFamily::Answer, PostFamily::Translation];
        let (community, row) = self.entry(wanted, &families, Thing::Post)?;
        let speaker = context.speaker.as_deref();
        let (who, _) = self.with_power(&community, speaker, &[Role::Moderator])?;
        let body = match reason {
            Some(reason) if reason.trim().is_empty() => {
                return Err(ApiError::refused(why::reason_missing()));
            }
            Some(reason) => Body::Hide { post: row.id, reason },
            None => Body::Unhide { post: row.id },
        };
        let role = Role::Moderator;
        let draft = Draft { stream: Stream::Debate, role, office: None, body, words: None };
        let id = self.write(&community, &who, draft)?;
        Ok(json!({ "id": id.to_string(), "post": row.id.to_string() }))
    }

    /// Drops the bytes of words that their authors withdrew more than a day ago by this device's
    /// clock; called when a folder is opened. Gives how many were dropped.
    ///
    /// # Errors
    /// [`ApiError::Store`]; then nothing was dropped.
    pub fn drop_withdrawn(&mut self, now: WallSeconds) -> Result<usize> {
        // The replica put them away, with the time in front.
        let mut due = Vec::new();
        for (key, value) in self.store.local_prefix(GRACE_PREFIX)? {
            let since = value.first_chunk().copied().map(i64::from_be_bytes);
            if since.is_none_or(|since| now.0.saturating_sub(since) >= GRACE_SECONDS) {
                due.push(key);
            }
        }
        if due.is_empty() {
            return Ok(0);
        }
        self.store
            .transaction(&mut |write| due.iter().try_for_each(|key| write.drop_local(key)))?;
        Ok(due.len())
    }
}
