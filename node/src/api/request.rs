//! What can be asked of a node: one variant a command. The same value goes to the functions of
//! this process or, as a line of JSON, to the process that runs the node.

use serde::{Deserialize, Serialize};

use super::{AlertFields, Attach, CourseFiles};
use crate::carry::Note;

/// An announcement, alert or decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Announce {
    /// Its title.
    pub title: String,
    /// Its words.
    pub body: Option<String>,
    /// `low`, `normal` or `high`.
    pub priority: Option<String>,
    /// Whether it is an alert, which overtakes everything.
    pub alert: bool,
    /// Whether it is a decision of an office.
    pub decision: bool,
    /// The office that decides.
    pub office: Option<String>,
    /// The announcement or decision that it takes the place of.
    pub supersedes: Option<String>,
    /// Where it holds, in words.
    pub place: Option<String>,
    /// What it is about, in a word.
    pub category: Option<String>,
    /// For how many days it holds.
    pub days: Option<u32>,
    /// What an alert says beside title and words.
    #[serde(skip_serializing_if = "AlertFields::is_empty")]
    pub cap: Box<AlertFields>,
    /// Voice, pictures and papers that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attached: Vec<Attach>,
}

/// One thing typed into a text: characters go, others come in their place. Positions count
/// Unicode scalar values and hold as what was typed before it has left the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// Where, in characters from the start.
    pub position: usize,
    /// How many characters go.
    pub deleted: usize,
    /// What comes in their place.
    pub inserted: String,
}

/// One operation of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Op {
    /// Adds a person to this device.
    Person {
        /// Their name.
        name: String,
    },
    /// Opens a debate.
    Debate {
        /// Who speaks; the first person here where none is named.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
        /// Its title.
        title: String,
        /// More words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The mark by which later operations find it.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Speaks in a debate.
    Say {
        /// Who speaks.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
        /// The debate, by id or `@ref`.
        debate: String,
        /// The words.
        text: String,
        /// `statement`, `proposal` or `question`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// The post it replies to, by id or `@ref`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<String>,
        /// The official who is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Voice, pictures and papers that belong to the words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached: Vec<Attach>,
        /// The mark by which later operations find it.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Votes on a post.
    Vote {
        /// Who votes.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
        /// The post, by id or `@ref`.
        post: String,
        /// `agree`, `disagree` or `pass`.
        choice: String,
    },
    /// Answers a question.
    Answer {
        /// Who answers.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
        /// The question, by id or `@ref`.
        question: String,
        /// The words.
        text: String,
        /// Voice, pictures and papers that belong to the words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached: Vec<Attach>,
        /// The mark by which later operations find it.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Asks a person or an office.
    Ask {
        /// Who asks.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
        /// The words.
        text: String,
        /// The person asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// The office asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        office: Option<String>,
        /// The debate it is asked in, by id or `@ref`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        debate: Option<String>,
        /// The post it replies to, by id or `@ref`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<String>,
        /// Voice, pictures and papers that belong to the words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attached: Vec<Attach>,
        /// The mark by which later operations find it.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// Announces something.
    Announce {
        /// Who speaks.
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        speaker: Option<String>,
        /// What.
        #[serde(flatten)]
        announce: Announce,
        /// The mark by which later operations find it.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are the arguments of the commands, named alike")]
pub enum Request {
    /// A person and a device begin here.
    Init { name: String },
    /// Who lives on this device.
    Whoami,
    /// One more person on this device.
    PersonAdd { name: String },
    /// Who speaks, as the list shows them.
    PersonShow,
    /// The persons of this device.
    PersonList,
    /// Another name for who speaks.
    PersonRename { name: String },
    /// Says who speaks, if nothing of theirs is locked to whoever asks.
    PersonOpen,
    /// Another PIN for who speaks, or none any more.
    PersonPin { pin: Option<super::Pin> },
    /// A community begins.
    CommunityCreate {
        name: String,
        threshold: u8,
        founders: Vec<String>,
        debates_by: Option<String>,
        cosignatures: u8,
        /// Whether only members may know anything of it.
        #[serde(default)]
        members_only: bool,
    },
    /// The communities joined here.
    CommunityList,
    /// One of them.
    CommunityShow { id: String },
    /// `community renew`: the members of a members-only community go on under another key.
    CommunityRenew { id: String },
    /// A community is left, and forgotten here.
    CommunityLeave { id: String },
    /// One session with the node at an address; the runtime does it.
    Sync { address: String },
    /// A one-time link to the pages; the process that serves them answers.
    Link,
    /// A ticket for newcomers.
    Invite { addresses: Vec<String> },
    /// Joins by a ticket.
    Join { ticket: String },
    /// Gives a role.
    Grant { person: String, role: String, office: Option<String> },
    /// Ends roles.
    Revoke { person: String, roles: Vec<String>, compromised: bool },
    /// Lets in what an ending shut out, or lists it.
    Accept { what: Option<String>, length: Option<u32> },
    /// Who holds which role.
    Members,
    /// Who gave and ended which roles, the latest first.
    Deeds {
        /// How many to leave out.
        #[serde(default)]
        offset: Option<usize>,
        /// How many, at most 500.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// Tells everybody something.
    Announce(Announce),
    /// All that was announced, the oldest first, as a list.
    Announcements,
    /// A page of 20 of what was announced, the newest first: all of it, or only of a kind
    /// (`alert`, `announcement`, `decision`), of an office, or what holds at present.
    AnnouncementPage {
        page: u32,
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        office: Option<String>,
        #[serde(default)]
        current: bool,
    },
    /// One announcement, alert or decision, and what it replaced or was replaced by.
    AnnouncementShow { id: String },
    /// The decisions of each office, or of one, by number: which are missing, which doubled.
    Register { office: Option<String> },
    /// An alert as CAP 1.2.
    AlertExport { id: String },
    /// Takes in an alert of CAP 1.2 that was issued elsewhere.
    AlertImport { xml: String },
    /// Says that an alert is over.
    AlertCancel { id: String, note: Option<String> },
    /// The alerts that hold at present, or all, as an Atom feed with CAP in it; `base` is the
    /// address under which the feed and its alerts are served.
    AlertFeed {
        #[serde(default)]
        base: Option<String>,
        #[serde(default)]
        all: bool,
    },
    /// Says an entry in another language, that of the context, or aloud.
    Translate {
        entry: String,
        #[serde(default)]
        title: Option<String>,
        text: String,
        #[serde(default)]
        attached: Vec<Attach>,
    },
    /// Asks a person or an office, in a debate or by itself.
    Ask {
        text: String,
        #[serde(default)]
        to: Option<String>,
        #[serde(default)]
        office: Option<String>,
        #[serde(default)]
        debate: Option<String>,
        #[serde(default)]
        reply_to: Option<String>,
        #[serde(default)]
        attached: Vec<Attach>,
    },
    /// A page of 20 of the questions put to a person or an office (all where none is named), the
    /// oldest first: all, or only `waiting` or `answered` ones.
    QuestionPage {
        page: u32,
        #[serde(default)]
        office: Option<String>,
        #[serde(default)]
        to: Option<String>,
        #[serde(default)]
        state: Option<String>,
    },
    /// One question with its answers, its receipts and how it stands.
    QuestionShow { id: String },
    /// Signs that the speaker has opened these entries.
    Read { entries: Vec<String> },
    /// What of this node goes into the Saturday bundle of an office: its open questions, or (with
    /// `answers`) what it answered, with its receipts. `bundle::export_chosen` writes the file.
    SaturdayPlan { office: String, answers: bool },
    /// How each office, or one, answers.
    Responsiveness { office: Option<String> },
    /// Signs a decision.
    Cosign { id: String },
    /// Opens a debate.
    DebateOpen { title: String, body: Option<String>, days: Option<u32> },
    /// All debates.
    DebateList,
    /// One debate with its posts and tallies.
    DebateShow { id: String },
    /// One debate with some of its posts: `limit` (20) of them after `offset` (0) in an `order` of
    /// `oldest`, `newest`, `votes` or `wanted`.
    DebatePage {
        id: String,
        #[serde(default)]
        offset: Option<usize>,
        #[serde(default)]
        limit: Option<usize>,
        #[serde(default)]
        order: Option<String>,
    },
    /// The statements that who speaks is to vote on next, at most `limit` (10, no more than 100).
    DebateNext {
        id: String,
        #[serde(default)]
        limit: Option<usize>,
    },
    /// Declares when a debate opens and closes, in seconds since 1970; its opener may.
    DebateWindow {
        id: String,
        #[serde(default)]
        opens: Option<i64>,
        #[serde(default)]
        closes: Option<i64>,
    },
    /// The opinion groups of a debate; with `places`, where each voter stands.
    DebateGroups {
        id: String,
        #[serde(default)]
        places: bool,
    },
    /// A facilitator enters a paper ballot: each vote is a post and a choice. `replaces` names an
    /// own ballot that was entered wrongly.
    BallotEnter {
        debate: String,
        token: String,
        votes: Vec<(String, String)>,
        #[serde(default)]
        replaces: Option<String>,
    },
    /// The paper ballots of a debate by token, or only tokens in conflict.
    BallotList {
        debate: String,
        #[serde(default)]
        conflicts: bool,
    },
    /// A moderator or manager says which ballot of a token counts, or that none does.
    BallotSettle {
        debate: String,
        token: String,
        #[serde(default)]
        stands: Option<String>,
        reason: String,
    },
    /// The proposals of a debate, or of the community, the latest first: `limit` (20) after
    /// `offset` (0).
    ProposalList {
        #[serde(default)]
        debate: Option<String>,
        #[serde(default)]
        offset: Option<usize>,
        #[serde(default)]
        limit: Option<usize>,
    },
    /// A proposal with its wording, signatures and status.
    ProposalShow { id: String },
    /// Its author names a text as its wording, or begins one with the words of the proposal.
    ProposalWording {
        id: String,
        #[serde(default)]
        text: Option<String>,
    },
    /// A member signs a proposal, or takes the signature back.
    ProposalSign { id: String, signs: bool },
    /// An office says what becomes of it: `received`, `studied`, `accepted`, `refused` or `done`.
    ProposalStatus {
        id: String,
        status: String,
        #[serde(default)]
        reason: Option<String>,
        #[serde(default)]
        office: Option<String>,
    },
    /// All that happened to a post that was hidden.
    ModerationShow { post: String },
    /// The posts that are hidden or were, or only those with an appeal that waits.
    ModerationList {
        #[serde(default)]
        waiting: bool,
    },
    /// A member asks that somebody else looks again at a hiding.
    Appeal { post: String, text: String },
    /// A moderator or manager answers an appeal.
    Review { appeal: String, shows: bool, reason: String },
    /// Who speaks does not want to see what another says (`blocks`), or does again. It stays here.
    Block { person: String, blocks: bool },
    /// Whom who speaks blocks.
    BlockList,
    /// Ends a debate.
    DebateClose { id: String, outcome: Option<String> },
    /// Speaks in a debate.
    Say {
        debate: String,
        text: String,
        kind: Option<String>,
        reply_to: Option<String>,
        to: Option<String>,
        #[serde(default)]
        attached: Vec<Attach>,
    },
    /// Answers a question.
    Answer {
        question: String,
        text: String,
        #[serde(default)]
        attached: Vec<Attach>,
    },
    /// Takes in a file that lies among those being added to the data folder, and pins it.
    BlobAdd { id: String, size: u64, file: String },
    /// A blob, by id or its beginning; one that is here counts as used from now.
    BlobShow { id: String },
    /// All blobs that are here or that words here name.
    BlobList,
    /// A blob stays whatever needs room, or no longer so.
    BlobPin { id: String, pinned: bool },
    /// A blob's bytes go, and are not fetched again.
    BlobDrop { id: String },
    /// How many bytes of blobs may be here: set (0: the usual share of the disk), or told.
    BlobQuota { bytes: Option<u64> },
    /// The questions that wait for an answer.
    Questions,
    /// New words for an own entry.
    Edit { entry: String, text: String },
    /// Takes own words back.
    Withdraw { entry: String },
    /// Private messages and groups.
    Message(super::MessageRequest),
    /// What founders sign together on several devices.
    Act(super::ActRequest),
    /// Hides a post.
    Hide { post: String, reason: String },
    /// Shows it again.
    Unhide { post: String },
    /// Votes on a post.
    Vote { post: String, choice: String },
    /// Begins a text; `editors` is `members`, a role, or persons with commas between.
    TextNew { title: String, debate: Option<String>, editors: String, content: Option<String> },
    /// Saves a text as `content`, edited from the version that ends in the changes `at`, or from
    /// the present one.
    TextEdit { id: String, content: String, at: Vec<String> },
    /// What was typed into a text since it was shown as it was after the changes `at`, or at
    /// present: for editors that know each keystroke, so that nothing has to be guessed.
    TextType { id: String, typed: Vec<Typed>, at: Vec<String> },
    /// A text, at present or as it was after the changes `at`.
    TextShow { id: String, history: bool, at: Vec<String> },
    /// All texts.
    TextList,
    /// Brings a course, or a new version of one that the speaker brought before.
    CourseImport { course: CourseFiles },
    /// All courses.
    CourseList,
    /// One course: its outline, and what of it is here.
    CourseShow { id: String },
    /// Many operations in one transaction.
    Batch { ops: Vec<Op> },
    /// One section of a bundle is taken in, as it stands in the file, in base 64.
    ImportSection { section: String },
    /// What is remembered of bundles on sticks.
    CarryNotes,
    /// This is to be remembered of a bundle on a stick, by its file's name.
    CarryNote { bundle: String, note: Note },
    /// A debate as Polis writes it: four CSV files.
    ExportPolis { debate: String },
    /// A debate from the files that Polis exports, by name: `comments.csv`, `votes.csv` and, for
    /// the title, `summary.csv`. Participants become persons of this device, named after `prefix`.
    ImportPolis {
        files: std::collections::BTreeMap<String, String>,
        #[serde(default)]
        prefix: Option<String>,
    },
    /// What this node holds, and what is wrong with it.
    Status,
    /// Whom this node hears.
    Peers,
}
