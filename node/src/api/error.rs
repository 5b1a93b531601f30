//! What the commands answer when they cannot do what was asked: in words for whoever asked.

use crate::author::PenError;
use crate::store::StoreError;

/// Why a command was not done. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The store could not be read or written.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It cannot be said.
    #[error("{0}")]
    Pen(#[from] PenError),
    /// What was asked for is not here, or may not be done: what, and what to do.
    #[error("{0}")]
    Refused(String),
    /// What was asked for is not on this device (yet): it may come with the next sync.
    #[error("{0}")]
    Unknown(String),
    /// The node is stopping: what it had answered before is safe.
    #[error("the node is stopping")]
    Stopping,
    /// The replica did not take what was written here.
    #[error("what you wrote was not taken in: it is {0}. Nothing was changed")]
    NotTaken(String),
}

impl ApiError {
    /// A refusal in words.
    pub(crate) fn refused(words: impl Into<String>) -> Self {
        Self::Refused(words.into())
    }

    /// What is not here, in words.
    pub(crate) fn unknown(words: impl Into<String>) -> Self {
        Self::Unknown(words.into())
    }
}

impl From<baro_crdt::record::RecordError> for ApiError {
    fn from(error: baro_crdt::record::RecordError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// What every command answers with.
pub type Result<T> = std::result::Result<T, ApiError>;
