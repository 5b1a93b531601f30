//! What the commands answer when they cannot do what was asked: a reason, whose words stand in the
//! locale files, for whoever asked.

use baro_crdt::entry::AttachmentError;
use baro_crdt::ids::PersonId;
use baro_crdt::record::RecordError;
use baro_crdt::sealed::SealError;
use baro_crdt::text::{EditError, TextError};

use super::TicketError;
use crate::author::PenError;
use crate::language::BadTag;
use crate::store::StoreError;
use crate::words::{Reason, why};

/// Why a command was not done. Nothing of it was written.
#[derive(Debug)]
pub enum ApiError {
    /// The store could not be read or written.
    Store(StoreError),
    /// What was asked for may not be done, or not so: what to do.
    Refused(Reason),
    /// What was asked for is not on this device (yet): it may come with the next sync.
    Unknown(Reason),
    /// It takes the PIN of somebody here.
    Locked {
        /// Whose.
        person: PersonId,
        /// What they are called.
        name: String,
    },
    /// The node is stopping: what it had answered before is safe.
    Stopping,
}

impl ApiError {
    /// A refusal.
    pub(crate) const fn refused(reason: Reason) -> Self {
        Self::Refused(reason)
    }

    /// What is not here.
    pub(crate) const fn unknown(reason: Reason) -> Self {
        Self::Unknown(reason)
    }

    /// Why, to be put into words.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Store(StoreError::Full) => why::disk_full(),
            Self::Store(error) => why::store(error.to_string()),
            Self::Refused(reason) | Self::Unknown(reason) => reason.clone(),
            Self::Locked { name, .. } => why::vault_locked(name),
            Self::Stopping => why::stopping(),
        }
    }

    /// The words, with what to type, for who gives commands: in the language with this tag, or in
    /// those it falls back to; in English where no language of the pages is named.
    pub fn words(&self, tag: Option<&str>) -> String {
        self.reason().words(tag)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words(None))
    }
}

impl std::error::Error for ApiError {}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PenError> for ApiError {
    fn from(error: PenError) -> Self {
        match error {
            PenError::Refused(reason) => Self::Refused(reason),
            PenError::Locked { person, name } => Self::Locked { person, name },
            PenError::Store(error) => Self::Store(error),
        }
    }
}

macro_rules! refuses {
    ($($error:ty),*) => {$(
        impl From<$error> for ApiError {
            fn from(error: $error) -> Self {
                Self::Refused(error.into())
            }
        }
    )*};
}

refuses!(AttachmentError, BadTag, EditError, RecordError, SealError, TextError, TicketError);

/// What every command answers with.
pub type Result<T> = std::result::Result<T, ApiError>;
