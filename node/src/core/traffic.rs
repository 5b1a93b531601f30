//! What a link's bytes are spent on.

use baro_crdt::log::Stream;

use super::message::{Fetch, Live, LiveLog, LogRef, Message, Sealed};
use super::session::Session;
use crate::blobs::BlobClass;
use crate::store::Read;

/// What bytes are spent on, in the order in which they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Finding out what differs, announcements, acknowledgements, neighbours.
    Protocol,
    /// Who may do what.
    Records,
    /// Alerts.
    Alerts,
    /// Announcements, decisions and answers.
    Official,
    /// Sealed parcels.
    Sealed,
    /// Debates, votes and texts, with their words.
    Debate,
    /// Outlines and lessons.
    Learning,
    /// Voice and other small files.
    SmallBlobs,
    /// Large files.
    LargeBlobs,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Protocol,
        Self::Records,
        Self::Alerts,
        Self::Official,
        Self::Sealed,
        Self::Debate,
        Self::Learning,
        Self::SmallBlobs,
        Self::LargeBlobs,
    ];

    /// As `status` names it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Records => "records",
            Self::Alerts => "alerts",
            Self::Official => "official",
            Self::Sealed => "sealed",
            Self::Debate => "debate",
            Self::Learning => "learning",
            Self::SmallBlobs => "small_blobs",
            Self::LargeBlobs => "large_blobs",
        }
    }
}

impl From<Stream> for Class {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Alerts => Self::Alerts,
            Stream::Official => Self::Official,
            Stream::Debate => Self::Debate,
            Stream::Learning => Self::Learning,
        }
    }
}

/// What a message is about. Where a message carries several things it is the first that counts:
/// they are sent in order of class.
pub(super) fn class_of(read: &dyn Read, session: Option<&Session>, message: &Message) -> Class {
    match message {
        Message::Records(..) => Class::Records,
        Message::Words(..)
        | Message::Branch(..)
        | Message::Changes(..)
        | Message::Text(..)
        | Message::Primed(..) => Class::Debate,
        Message::Logs(index, runs) => runs
            .first()
            .and_then(|run| match &run.log {
                LogRef::New { stream, .. } => Some(*stream),
                LogRef::Known(prefix) => session?.stream_of(*index, prefix),
                LogRef::Place(place) => session?.stream_at(*index, *place),
            })
            .map_or(Class::Debate, Class::from),
        Message::Live(_, Live::Push(runs)) => runs
            .first()
            .and_then(|run| match &run.log {
                LiveLog::New { stream, .. } => Some(*stream),
                LiveLog::Known(name) => Some(read.logs_named(name).ok()?.first()?.header.stream),
            })
            .map_or(Class::Debate, Class::from),
        Message::Sealed(_, Sealed::Parcels(_)) => Class::Sealed,
        Message::Fetch(_, Fetch::Slice { hash, .. }) => match read.blob(hash) {
            Ok(Some(row)) if row.class != BlobClass::Large => Class::SmallBlobs,
            _ => Class::LargeBlobs,
        },
        _ => Class::Protocol,
    }
}
