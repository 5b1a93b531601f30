//! What is known of a blob here, and which words name it.

use baro_crdt::entry::Attachment;
use baro_crdt::ids::{BlobHash, CommunityId, EntryId, PayloadHash, WallSeconds};

use super::{GROUP_BYTES, GroupSet, bytes_in, groups_of};

/// Up to so many bytes a blob is small.
pub const SMALL_BYTES_MAX: u64 = 120_000;

/// How blobs are told apart when not all can be had: what comes first is sent first and goes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum BlobClass {
    /// Words, spoken, of at most [`SMALL_BYTES_MAX`].
    Voice = 0,
    /// Anything else of at most so many bytes.
    Small = 1,
    /// More.
    Large = 2,
}

impl BlobClass {
    /// The class of what is attached.
    pub const fn of(attachment: &Attachment) -> Self {
        match (attachment.size <= SMALL_BYTES_MAX, attachment.voice) {
            (true, true) => Self::Voice,
            (true, false) => Self::Small,
            (false, _) => Self::Large,
        }
    }

    /// The class of what nothing names.
    pub const fn of_size(size: u64) -> Self {
        if size <= SMALL_BYTES_MAX { Self::Small } else { Self::Large }
    }

    /// The class that a number stands for.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Voice),
            1 => Some(Self::Small),
            2 => Some(Self::Large),
            _ => None,
        }
    }

    /// As screens say it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Small => "small",
            Self::Large => "large",
        }
    }
}

/// A blob, here or wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRow {
    /// Its hash.
    pub hash: BlobHash,
    /// Its size in bytes; a claim until [`BlobRow::size_is_proven`].
    pub size: u64,
    /// The groups that are here, verified and durable.
    pub have: GroupSet,
    /// Whether somebody here said that it stays, whatever else needs room.
    pub pinned: bool,
    /// Whether it came from a file of this device.
    pub made_here: bool,
    /// Whether another node is known to hold all of it.
    pub sent: bool,
    /// Whether it should be fetched: words that are shown name it, not all of it is here, and
    /// there is room for it.
    pub wanted: bool,
    /// Whether words that are held and not withdrawn name it.
    pub named: bool,
    /// Whether words that nobody hides do.
    pub shown: bool,
    /// Whether it was dropped here by hand: it is not fetched again before it is pinned.
    pub dropped: bool,
    /// The best class under which it is named.
    pub class: BlobClass,
    /// Whether an announcement, alert or decision names it.
    pub official: bool,
    /// When somebody here last asked for it, by this device's clock.
    pub last_used: WallSeconds,
    /// When it was first heard of here, by this device's clock.
    pub added: WallSeconds,
    /// Since when nothing names it, by this device's clock.
    pub unnamed_since: Option<WallSeconds>,
}

impl BlobRow {
    /// A blob of which nothing is here.
    pub fn new(hash: BlobHash, size: u64, now: WallSeconds) -> Self {
        Self {
            hash,
            size,
            have: GroupSet::none(groups_of(size)),
            pinned: false,
            made_here: false,
            sent: false,
            wanted: false,
            named: false,
            shown: false,
            dropped: false,
            class: BlobClass::Large,
            official: false,
            last_used: WallSeconds(0),
            added: now,
            unnamed_since: Some(now),
        }
    }

    /// Whether all of it is here.
    pub const fn is_complete(&self) -> bool {
        self.have.is_all()
    }

    /// Whether its last group is here, which proves its size.
    pub fn size_is_proven(&self) -> bool {
        self.have.contains(self.have.groups().saturating_sub(1))
    }

    /// How many of its bytes are here.
    pub fn held_bytes(&self) -> u64 {
        let last = self.have.groups().saturating_sub(1);
        let short = match self.have.contains(last) {
            true => GROUP_BYTES - bytes_in(self.size, last, 1),
            false => 0,
        };
        u64::from(self.have.count()) * GROUP_BYTES - short
    }

    /// Whether it stays whatever needs room: pinned, or made here and nowhere else yet.
    pub const fn stays(&self) -> bool {
        self.pinned || (self.made_here && !self.sent && self.have.is_all())
    }
}

/// Words that name a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobNameRow {
    /// The community they are said in.
    pub community: CommunityId,
    /// The post that they are words of: the one first said, not an edit of it.
    pub target: EntryId,
    /// The words.
    pub payload: PayloadHash,
    /// The blob.
    pub hash: BlobHash,
    /// Its size, as the words claim.
    pub size: u64,
    /// Its class, as the words have it.
    pub class: BlobClass,
    /// Whether they are an announcement's, an alert's, an answer's or a decision's.
    pub official: bool,
    /// Whether a moderator hides the post: then the blob is not fetched for its sake.
    pub hidden: bool,
}
