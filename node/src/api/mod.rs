//! The commands: what people and scripts can ask of a node, as functions over a store.
//!
//! A [`Node`] owns the store. A command with a running node beside it goes through the control
//! socket to the one thread that owns that node's store; a command without one opens the folder
//! itself. Both end in [`Node::handle`], so they answer alike, in JSON. Everything here is
//! synchronous and takes time and randomness from outside.

mod act;
mod alert;
mod amend;
mod announce;
mod announced;
mod ask;
mod attach;
#[cfg(feature = "full")]
mod backup;
mod ballots;
mod batch;
mod blob;
mod bundle;
mod carry;
mod closing;
mod commit;
mod community;
mod context;
mod counts;
mod course;
mod debate;
mod deeds;
mod epoch;
mod error;
mod groups;
mod joining;
mod knowledge;
mod known;
mod message;
mod moderation;
mod persons;
#[cfg(feature = "full")]
mod pins;
mod polis;
mod polis_in;
mod private;
mod proposal;
mod reading;
mod reads;
mod receipt;
mod register;
mod request;
mod resolve;
mod responsive;
mod revoke;
mod roles;
mod routing;
mod saturday;
mod signer;
mod speak;
mod stale;
mod status;
mod text;
mod ticket;
mod translate;
mod window;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use baro_crdt::ids::{CommunityId, WallSeconds};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use crate::replica::{Batch, Item, LocalChange, News, Outcome, Replica};
use crate::store::{Store, StoreError, Veil};
use crate::words::why;

pub use act::ActRequest;
pub use alert::AlertFields;
pub use attach::Attach;
#[cfg(feature = "full")]
pub use backup::Backup;
pub use context::{Context, Pin};
pub use course::{CourseFile, CourseFiles};
pub use error::{ApiError, Result};
pub use known::Community;
use known::Known;
pub use message::{MessageRequest, VoiceNote};
#[cfg(feature = "full")]
pub use pins::{Alarm, Found, Trial, TryError};
#[cfg(feature = "full")]
pub use private::OpenVaults;
pub use private::{Keyring, PersonKey};
pub use request::{Announce, Op, Request, Typed};
#[cfg(feature = "full")]
pub(crate) use status::SPENT_PREFIX;
pub use status::{Live, REFUSED_PREFIX};
pub use ticket::{Ticket, TicketError};

/// The local key under which the seed of this device's peer key is kept.
pub const PEER_KEY: &str = "peer";
/// The local key under which the commits made here are counted.
pub const COMMITS_KEY: &str = "commits";
/// How many items a page has where nobody says.
const PAGE_ITEMS: usize = 20;
/// The most items of a page.
const PAGE_ITEMS_MAX: usize = 500;
const NAME_KEY: &str = "name";
const INSTALLATION_KEY: &str = "installation";

/// Called with the number of commits made here, after each is durable.
pub type Mirror = Box<dyn FnMut(u64) + Send>;

/// A node at rest: a store, and who may be asked about it.
///
/// ```
/// use baro_node::WallSeconds;
/// use baro_node::api::{Context, Node, Request};
/// use baro_node::store::MemoryStore;
/// use rand_chacha::ChaCha20Rng;
/// use rand_core::SeedableRng;
///
/// // A device in memory; a real one opens `baro_node::folder` and a seed of its own.
/// let rng = ChaCha20Rng::from_seed([7; 32]);
/// let mut node = Node::new(Box::new(MemoryStore::new()), rng, None);
/// let now = WallSeconds(1_800_000_000);
/// let awa = Context::default();
/// node.handle(now, &awa, Request::Init { name: "Awa".into() })?;
/// let founded = Request::CommunityCreate {
///     name: "Sadiola".into(),
///     threshold: 1,
///     founders: Vec::new(),
///     debates_by: None,
///     cosignatures: 0,
///     members_only: false,
/// };
/// node.handle(now, &awa, founded)?;
/// let debate = Request::DebateOpen { title: "L'eau".into(), body: None, days: None };
/// let opened = node.handle(now, &awa, debate)?;
/// let shown = Request::DebateShow { id: opened["id"].as_str().unwrap_or_default().into() };
/// assert_eq!(node.handle(now, &awa, shown)?["title"], "L'eau");
/// # Ok::<(), baro_node::api::ApiError>(())
/// ```
pub struct Node {
    store: Box<dyn Store + Send>,
    replica: Replica,
    rng: ChaCha20Rng,
    now: WallSeconds,
    known: Known,
    texts: text::Texts,
    news: News,
    mirror: Option<Mirror>,
    live: Live,
    /// The nodes that read beside this one.
    beside: Vec<stale::Told>,
    /// What this one is told where it reads beside another.
    told: Option<stale::Told>,
    /// Parcels are here on which not all keys have been tried.
    unopened: bool,
    /// The vaults that are open for whoever asks, while it is answered.
    keys: Keyring,
    /// Whether somebody asks, or the node works by itself.
    asked: bool,
    /// The vaults that are open in some session.
    #[cfg(feature = "full")]
    vaults: OpenVaults,
    /// What is told each PIN before it is tried, and says whether it was the panic PIN.
    #[cfg(feature = "full")]
    alarm: Option<Alarm>,
}

impl Node {
    /// Over an open store. Tells `mirror` of each commit made here.
    pub fn new(store: Box<dyn Store + Send>, rng: ChaCha20Rng, mirror: Option<Mirror>) -> Self {
        let store = Box::new(Veil::new(store));
        Self {
            store,
            replica: Replica::default(),
            rng,
            now: WallSeconds(0),
            known: Known::default(),
            texts: text::Texts::default(),
            news: News::default(),
            mirror,
            live: Live::default(),
            beside: Vec::new(),
            told: None,
            unopened: true,
            keys: Keyring::default(),
            asked: false,
            #[cfg(feature = "full")]
            vaults: OpenVaults::default(),
            #[cfg(feature = "full")]
            alarm: None,
        }
    }

    /// The store, to read.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// What only the running node knows; `status` and `peers` show it.
    pub fn live(&mut self) -> &mut Live {
        &mut self.live
    }

    /// Commits what came from outside, verified: all batches in one transaction.
    ///
    /// # Errors
    /// [`StoreError`], and then nothing of any of them is there.
    pub fn take_in(&mut self, batches: &[Batch]) -> std::result::Result<Vec<Outcome>, StoreError> {
        let outcomes = self.replica.commit_all(&mut *self.store, batches)?;
        for (batch, outcome) in batches.iter().zip(&outcomes) {
            self.changed(&batch.items, &outcome.reauthorised);
        }
        self.unopened |= outcomes.iter().any(|outcome| !outcome.news.parcels.is_empty());
        self.after_taking_in(batches);
        Ok(outcomes)
    }

    /// Forgets what these items, now durable, may have changed, and tells the nodes beside.
    fn changed(&mut self, items: &[Item], reauthorised: &BTreeSet<CommunityId>) {
        let looks = !self.known.counts.is_empty() || self.beside.iter().any(stale::Told::is_asked);
        let stale = stale::Stale::of(items, reauthorised, looks);
        self.known.forget(&stale);
        self.beside.iter().for_each(|told| told.tell(&stale));
    }

    /// What commands brought since this was last asked.
    pub fn take_news(&mut self) -> News {
        std::mem::take(&mut self.news)
    }

    /// Computes what lists are shown from anew, where an update of this program asks for it.
    ///
    /// # Errors
    /// [`StoreError`], and then it is as it was.
    pub fn rebuild(&mut self) -> std::result::Result<(), StoreError> {
        self.replica.rebuild(&mut *self.store)
    }

    /// Adds to the counts of what was refused, by reason, that `status` shows.
    ///
    /// # Errors
    /// [`StoreError`] where they cannot be kept.
    pub fn count_refused(
        &mut self,
        counts: &BTreeMap<String, u64>,
    ) -> std::result::Result<(), StoreError> {
        let mut items = Vec::new();
        let mut known = self.store.local_prefix(status::REFUSED_PREFIX)?.len();
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for (reason, count) in counts {
            let mut key = format!("{}{reason}", status::REFUSED_PREFIX);
            // Some reasons are in another's words, who could go on for ever.
            if self.store.local(&key)?.is_none() {
                known += 1;
                if known > status::REASONS_MAX {
                    key = format!("{}other reasons", status::REFUSED_PREFIX);
                }
            }
            *counted.entry(key).or_default() += count;
        }
        for (key, count) in &counted {
            let before = self.store.local(key)?.and_then(|bytes| bytes.try_into().ok());
            let total = before.map_or(0, u64::from_be_bytes).saturating_add(*count);
            let value = total.to_be_bytes().to_vec();
            items.push(Item::Local(LocalChange::Put { key: key.clone(), value }));
        }
        self.take_in(&[Batch { items, ..Batch::default() }]).map(|_| ())
    }

    /// Does what is asked and answers with the fields of the command's JSON.
    ///
    /// # Errors
    /// [`ApiError`] in words, and then nothing was changed.
    pub fn handle(
        &mut self,
        now: WallSeconds,
        context: &Context,
        request: Request,
    ) -> Result<Value> {
        self.now = now;
        #[cfg(feature = "full")]
        let opened = self.with_pins(now, context)?;
        #[cfg(feature = "full")]
        let context = &opened;
        let answer = self.answer(context, request);
        if answer.is_ok() {
            self.keys = context.keys.clone();
            self.settle_soon();
            self.keys = Keyring::default();
        }
        answer
    }

    fn answer(&mut self, context: &Context, request: Request) -> Result<Value> {
        let hidden = self.hidden_from(context)?;
        self.store.veil(hidden);
        (self.keys, self.asked) = (context.keys.clone(), true);
        let answer = self.answer_behind(context, request);
        (self.keys, self.asked) = (Keyring::default(), false);
        self.store.veil(BTreeSet::new());
        answer
    }

    /// As [`Node::answer`], and what is hidden from who asks is hidden.
    fn answer_behind(&mut self, context: &Context, request: Request) -> Result<Value> {
        match request {
            Request::Init { name } => self.init(&name),
            Request::Whoami => self.whoami(),
            Request::PersonAdd { name } => self.person_add(context, &name),
            Request::PersonShow => self.person_show(context),
            Request::PersonList => self.person_list(context),
            Request::PersonRename { name } => self.person_rename(context, &name),
            #[cfg(feature = "full")]
            Request::PersonOpen => {
                let who = self.person_open(context)?;
                Ok(json!({ "id": who.person.to_string(), "name": who.name }))
            }
            #[cfg(feature = "full")]
            Request::PersonPin { pin } => self.person_pin(context, pin),
            #[cfg(not(feature = "full"))]
            Request::PersonOpen | Request::PersonPin { .. } => {
                Err(ApiError::refused(why::at_rest()))
            }
            Request::CommunityCreate {
                name,
                threshold,
                founders,
                debates_by,
                cosignatures,
                members_only,
            } => {
                let limits =
                    community::Limits { threshold, debates_by, cosignatures, members_only };
                self.community_create(context, &name, &founders, &limits)
            }
            Request::CommunityList => self.community_list(),
            Request::CommunityShow { id } => self.community_show(&id),
            Request::CommunityRenew { id } => self.community_renew(context, &id),
            Request::CommunityLeave { id } => self.community_leave(&id),
            Request::Invite { addresses } => self.invite(context, addresses),
            Request::Join { ticket } => self.join(context, &ticket),
            Request::Grant { person, role, office } => self.grant(context, &person, &role, office),
            Request::Revoke { person, roles, compromised } => {
                self.revoke(context, &person, &roles, compromised)
            }
            Request::Accept { what, length } => match what {
                Some(what) => self.accept(context, &what, length),
                None => self.accept_list(context),
            },
            Request::Members => self.members(context),
            Request::Deeds { offset, limit } => {
                self.deeds(context, offset.unwrap_or(0), limit.unwrap_or(PAGE_ITEMS_MAX))
            }
            Request::Announce(announce) => self.announce(context, &announce),
            Request::Announcements => self.announcements(context),
            Request::AnnouncementPage { page, kind, office, current } => {
                let which = announced::Which { page, kind, office, current };
                self.announcement_page(context, &which)
            }
            Request::AnnouncementShow { id } => self.announcement_show(&id),
            Request::Register { office } => self.register(context, office.as_deref()),
            Request::AlertExport { id } => self.alert_export(&id),
            Request::AlertImport { xml } => self.alert_import(context, &xml),
            Request::AlertCancel { id, note } => self.alert_cancel(context, &id, note),
            Request::AlertFeed { base, all } => self.alert_feed(context, base.as_deref(), all),
            Request::Translate { entry, title, text, attached } => {
                self.translate(context, &entry, title, &text, &attached)
            }
            Request::Ask { text, to, office, debate, reply_to, attached } => {
                let asked = ask::Asked { text, to, office, debate, reply_to, attached };
                self.put_question(context, &asked)
            }
            Request::QuestionPage { page, office, to, state } => {
                let which = ask::Which { page, office, to, state };
                self.question_page(context, &which)
            }
            Request::QuestionShow { id } => self.question_show(&id),
            Request::Read { entries } => self.read_receipts(context, &entries),
            Request::SaturdayPlan { office, answers } => {
                self.saturday_plan(context, &office, answers)
            }
            Request::Responsiveness { office } => self.responsiveness(context, office.as_deref()),
            Request::Cosign { id } => self.cosign(context, &id),
            Request::DebateOpen { title, body, days } => {
                self.debate_open(context, title, body, days)
            }
            Request::DebateList => self.debate_list(context),
            Request::DebateShow { id } => self.debate_show(context, &id),
            Request::DebatePage { id, offset, limit, order } => {
                let (offset, limit) = (offset.unwrap_or(0), limit.unwrap_or(PAGE_ITEMS));
                let limit = limit.min(PAGE_ITEMS_MAX);
                let page = debate::Page { offset, limit, order: order.as_deref() };
                self.debate_page(context, &id, &page)
            }
            Request::DebateNext { id, limit } => self.debate_next(context, &id, limit),
            Request::DebateWindow { id, opens, closes } => {
                self.debate_window(context, &id, opens, closes)
            }
            Request::DebateGroups { id, places } => self.debate_groups(context, &id, places),
            Request::BallotEnter { debate, token, votes, replaces } => {
                self.ballot_enter(context, &debate, &token, &votes, replaces.as_deref())
            }
            Request::BallotList { debate, conflicts } => self.ballot_list(&debate, conflicts),
            Request::BallotSettle { debate, token, stands, reason } => {
                self.ballot_settle(context, &debate, &token, stands.as_deref(), reason)
            }
            Request::ProposalList { debate, offset, limit } => {
                let limit = limit.unwrap_or(PAGE_ITEMS).min(PAGE_ITEMS_MAX);
                self.proposal_list(context, debate.as_deref(), offset.unwrap_or(0), limit)
            }
            Request::ProposalShow { id } => self.proposal_show(&id),
            Request::ProposalWording { id, text } => {
                self.proposal_wording(context, &id, text.as_deref())
            }
            Request::ProposalSign { id, signs } => self.proposal_sign(context, &id, signs),
            Request::ProposalStatus { id, status, reason, office } => {
                self.proposal_status(context, &id, &status, reason, office)
            }
            Request::ModerationShow { post } => self.moderation_show(&post),
            Request::ModerationList { waiting } => self.moderation_list(context, waiting),
            Request::Appeal { post, text } => self.appeal(context, &post, text),
            Request::Review { appeal, shows, reason } => {
                self.review(context, &appeal, shows, reason)
            }
            Request::Block { person, blocks } => self.block(context, &person, blocks),
            Request::BlockList => self.block_list(context),
            Request::DebateClose { id, outcome } => self.debate_close(context, &id, outcome),
            Request::Say { debate, text, kind, reply_to, to, attached } => {
                let (speaker, reference) = (None, None);
                let op = Op::Say { speaker, debate, text, kind, reply_to, to, attached, reference };
                self.one(context, op)
            }
            Request::Answer { question, text, attached } => {
                let (speaker, reference) = (None, None);
                self.one(context, Op::Answer { speaker, question, text, attached, reference })
            }
            Request::BlobAdd { id, size, file } => self.blob_add(&id, size, &file),
            Request::BlobShow { id } => self.blob_show(&id),
            Request::BlobList => self.blob_list(),
            Request::BlobPin { id, pinned } => self.blob_pin(&id, pinned),
            Request::BlobDrop { id } => self.blob_drop(&id),
            Request::BlobQuota { bytes } => self.blob_quota(bytes),
            Request::Questions => self.questions(context),
            Request::Edit { entry, text } => self.edit(context, &entry, text),
            Request::Withdraw { entry } => self.withdraw(context, &entry),
            Request::Message(request) => self.message(context, request),
            Request::Act(request) => self.founders_act(context, request),
            Request::Hide { post, reason } => self.hide(context, &post, Some(reason)),
            Request::Unhide { post } => self.hide(context, &post, None),
            Request::Vote { post, choice } => {
                self.one(context, Op::Vote { speaker: None, post, choice })
            }
            Request::TextNew { title, debate, editors, content } => {
                self.text_new(context, title, debate, &editors, content)
            }
            Request::TextEdit { id, content, at } => self.text_edit(context, &id, &content, &at),
            Request::TextType { id, typed, at } => self.text_type(context, &id, &typed, &at),
            Request::TextShow { id, history, at } => self.text_show(&id, history, &at),
            Request::TextList => self.text_list(context),
            Request::CourseImport { course } => self.course_import(context, &course),
            Request::CourseList => self.course_list(context),
            Request::CourseShow { id } => self.course_show(&id),
            Request::Batch { ops } => self.batch(context, ops),
            Request::ImportSection { section } => self.import_section(&section),
            Request::CarryNotes => Ok(json!(self.carry_notes()?)),
            Request::CarryNote { bundle, note } => self.carry_note(&bundle, &note),
            Request::ExportPolis { debate } => self.export_polis(&debate),
            Request::ImportPolis { files, prefix } => {
                self.import_polis(context, &files, prefix.as_deref())
            }
            Request::Status => self.status(context),
            Request::Peers => Ok(self.live.peers()),
            Request::Sync { .. } => Err(ApiError::refused(why::at_rest())),
            Request::Link => Err(ApiError::refused(why::no_pages())),
        }
    }
}
