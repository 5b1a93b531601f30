//! What can go wrong with a stick, in words for whoever holds it.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::bundle::WriteError;
use crate::store::StoreError;

/// Why a visit ended before its end. What was taken in or put before is safe.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// There is no such folder.
    #[error("{0} is no folder; is the stick in, and where does this machine show it?")]
    NoStick(PathBuf),
    /// Another process works on the stick.
    #[error("another process is working on {0}; try again when it has ended")]
    Busy(PathBuf),
    /// The stick cannot be read or written on.
    #[error(
        "the stick could not be read or written on. What was taken in is safe, and what was on \
         the stick is as it was; put it in again and repeat"
    )]
    Stick(#[source] io::Error),
    /// The stick has no room, or may not be written on.
    #[error("nothing could be put on the stick: {0}")]
    Unwritable(io::Error),
    /// The store of this node.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node that was asked.
    #[error("{0}")]
    Node(Box<dyn Error + Send + Sync>),
}

impl CarryError {
    /// From what was said while a bundle was written.
    pub(super) fn of_write(error: WriteError) -> Self {
        match error {
            WriteError::Io(error) => Self::of_io(error),
            WriteError::Store(error) => Self::Store(error),
        }
    }

    /// From what the stick said.
    pub(super) fn of_io(error: io::Error) -> Self {
        if is_full(&error) || is_locked(&error) {
            Self::Unwritable(error)
        } else {
            Self::Stick(error)
        }
    }
}

/// Whether there is no room.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// Whether nothing may be written.
pub(super) fn is_locked(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied)
}
