//! The rows of the store.

use std::sync::Arc;

use baro_crdt::entry::{Choice, Cursor};
use baro_crdt::ids::{
    ChainHash, ChangeHash, CommunityId, EntryId, LogId, ParcelId, PayloadHash, PersonId, RecordId,
    WallSeconds,
};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::Header;

/// A log's number in this store: small, local, never sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogNumber(pub u32);

/// A community joined here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommunityRow {
    /// Its id.
    pub id: CommunityId,
    /// The state of its LtHash, 2,048 bytes, which copies of the row share.
    pub lthash: Arc<[u8]>,
    /// Records in the digest.
    pub records: u32,
    /// Logs in the digest.
    pub logs: u32,
    /// Entries in the digest.
    pub entries: u64,
}

/// A record, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its id.
    pub id: RecordId,
    /// Its community.
    pub community: CommunityId,
    /// Body and signatures, as sent.
    pub bytes: Vec<u8>,
    /// When it came here, by this device's clock.
    pub first_seen: WallSeconds,
}

/// A log, as far as it is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Its number here.
    pub number: LogNumber,
    /// Its id.
    pub id: LogId,
    /// Its header.
    pub header: Header,
    /// Where the walk along it stands: length, chain hash, Lamport number, time, bytes.
    pub cursor: Cursor,
    /// How many of its entries are authorised.
    pub authorised: u32,
    /// The chain hash there.
    pub authorised_chain: ChainHash,
}

/// Words that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRow {
    /// The community they belong to.
    pub community: CommunityId,
    /// The log whose entry names them.
    pub log: LogNumber,
    /// The entry's index.
    pub index: u32,
    /// Their hash.
    pub hash: PayloadHash,
    /// Their size in bytes.
    pub size: u32,
}

/// A log's cut, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutRow {
    /// Its community.
    pub community: CommunityId,
    /// The log.
    pub log: LogId,
    /// How many entries its branches have in common.
    pub cut: u32,
    /// The proof, as sent.
    pub proof: Vec<u8>,
}

/// A change of a text, as far as others that count depend on it or it counts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its community.
    pub community: CommunityId,
    /// The text.
    pub text: EntryId,
    /// Its hash.
    pub hash: ChangeHash,
    /// Where it is.
    pub state: ChangeState,
}

/// Where a change of a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// An authorised entry has it.
    Said,
    /// No authorised entry has it, but one that does depends on it: it is kept here.
    Carried {
        /// Who wrote it, where that can be known here.
        author: Option<PersonId>,
        /// The change, which is what its hash says.
        bytes: Vec<u8>,
    },
    /// It is not here, and wanted because a change that is depends on it.
    Wanted,
}

/// A name that a person gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRow {
    /// Where.
    pub community: CommunityId,
    /// Whose.
    pub person: PersonId,
    /// The name.
    pub name: String,
    /// The Lamport number of the entry that gave it.
    pub lamport: u64,
    /// The id of the entry that gave it.
    pub entry: EntryId,
}

/// Which list a post belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PostFamily {
    /// A debate opened; no parent.
    Debate = 0,
    /// A statement, proposal or question; its parent is the debate.
    Post = 1,
    /// An answer; its parent is the question.
    Answer = 2,
    /// An announcement or alert; no parent.
    Announcement = 3,
    /// A decision; no parent.
    Decision = 4,
    /// A text; no parent (its debate stands in the entry).
    Text = 5,
    /// A change of a text; its parent is the text.
    Change = 6,
    /// A course; no parent.
    Course = 7,
    /// A lesson, which is a text; its parent is the course.
    Lesson = 8,
    /// A quiz; its parent is the course.
    Quiz = 9,
    /// A translation; its parent is what it translates.
    Translation = 10,
    /// When a debate opens and closes; its parent is the debate.
    Window = 32,
    /// A paper ballot; its parent is the debate.
    Ballot = 33,
    /// A token settled; its parent is the debate.
    BallotSettled = 34,
    /// The wording of a proposal; its parent is the proposal.
    Wording = 35,
    /// A signature under a proposal, or taken back; its parent is the proposal.
    Support = 36,
    /// What an office says of a proposal; its parent is the proposal.
    ProposalStatus = 37,
    /// A post hidden or shown again; its parent is the post.
    Hiding = 38,
    /// An appeal against a hiding; its parent is the post.
    Appeal = 39,
    /// What became of an appeal; its parent is the appeal.
    Review = 40,
    /// The key to which messages for its author are sealed; no parent.
    Sealing = 48,
}

impl PostFamily {
    /// Every family.
    pub const ALL: [PostFamily; 21] = [
        PostFamily::Debate,
        PostFamily::Post,
        PostFamily::Answer,
        PostFamily::Announcement,
        PostFamily::Decision,
        PostFamily::Text,
        PostFamily::Change,
        PostFamily::Course,
        PostFamily::Lesson,
        PostFamily::Quiz,
        PostFamily::Translation,
        PostFamily::Window,
        PostFamily::Ballot,
        PostFamily::BallotSettled,
        PostFamily::Wording,
        PostFamily::Support,
        PostFamily::ProposalStatus,
        PostFamily::Hiding,
        PostFamily::Appeal,
        PostFamily::Review,
        PostFamily::Sealing,
    ];
}

/// An entry that others can name: where it is and what lists it belongs to. Its body stays in its
/// log and is read from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRow {
    /// Its id.
    pub id: EntryId,
    /// Its community.
    pub community: CommunityId,
    /// Its list.
    pub family: PostFamily,
    /// What it belongs to.
    pub parent: Option<EntryId>,
    /// Who said it.
    pub author: PersonId,
    /// The log that holds it.
    pub log: LogNumber,
    /// Its index there.
    pub index: u32,
    /// Its Lamport number.
    pub lamport: u64,
    /// When, as its author declared.
    pub declared_at: WallSeconds,
    /// When it came here, by this device's clock.
    pub first_seen: WallSeconds,
    /// The hash of its words, if it has any.
    pub payload: Option<PayloadHash>,
}

/// The standing edit or withdrawal of a post by one author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditRow {
    /// Its community.
    pub community: CommunityId,
    /// The post.
    pub target: EntryId,
    /// Who edited; it counts where this is the post's author.
    pub author: PersonId,
    /// The Lamport number of the edit.
    pub lamport: u64,
    /// The edit's own id.
    pub entry: EntryId,
    /// The new words; none for a withdrawal.
    pub payload: Option<PayloadHash>,
}

/// The standing hiding (or showing again) of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HideRow {
    /// Its community.
    pub community: CommunityId,
    /// The post.
    pub post: EntryId,
    /// The moderator.
    pub by: PersonId,
    /// The Lamport number.
    pub lamport: u64,
    /// The entry that hides or shows.
    pub entry: EntryId,
    /// Why it is hidden; none where it is shown again.
    pub reason: Option<String>,
}

/// The standing vote of a person on a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoteRow {
    /// Its community.
    pub community: CommunityId,
    /// The post.
    pub post: EntryId,
    /// Who votes.
    pub person: PersonId,
    /// How.
    pub choice: Choice,
    /// The Lamport number.
    pub lamport: u64,
    /// The vote's own id.
    pub entry: EntryId,
}

/// The standing vote of a person on a post, and no more of it: for counting many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandingVote {
    /// The post.
    pub post: EntryId,
    /// Who votes.
    pub person: PersonId,
    /// How.
    pub choice: Choice,
}

/// The first receipt of a person for an entry, one for each state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Its community.
    pub community: CommunityId,
    /// What reached the person.
    pub target: EntryId,
    /// The person, who signed.
    pub person: PersonId,
    /// Whether they opened it, and it did not only arrive.
    pub read: bool,
    /// The Lamport number of the receipt.
    pub lamport: u64,
    /// The entry that is the receipt.
    pub entry: EntryId,
    /// When, as the person's device declared.
    pub declared_at: WallSeconds,
}

/// Votes on a post, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many agree.
    pub agree: u32,
    /// How many disagree.
    pub disagree: u32,
    /// How many pass.
    pub pass: u32,
}

/// By which way a parcel came here: what one way brings cannot push out what others brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way(pub u32);

impl Way {
    /// Sealed by a person of this device.
    pub const HERE: Way = Way(0);
    /// In a bundle or on a stick.
    pub const FILE: Way = Way(1);
}

/// A sealed parcel that is carried here, or was and is not taken again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelRow {
    /// Its community.
    pub community: CommunityId,
    /// Its id.
    pub id: ParcelId,
    /// How many bytes it has.
    pub size: u32,
    /// When it came, in seconds of this device's age ([`crate::replica::AGE_KEY`]).
    pub kept_at: u64,
    /// By which way it came.
    pub way: Way,
    /// Another node is known to hold it.
    pub sent: bool,
    /// The keys that are here have been tried on it.
    pub tried: bool,
    /// It was dropped: its bytes are gone, and it is not taken again.
    pub gone: bool,
}

/// A person who lives on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPerson {
    /// Their community.
    pub community: CommunityId,
    /// Their id.
    pub person: PersonId,
    /// Their name as given here.
    pub name: String,
    /// The secret seed of their member key; `None` where only their vault has it.
    pub seed: Option<[u8; 32]>,
}

impl LocalPerson {
    /// Their member key, where it can be had without their vault.
    pub fn key(&self) -> Option<MemberKey> {
        self.seed.map(MemberKey::from_seed)
    }
}
