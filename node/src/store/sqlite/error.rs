//! What SQLite says, in the store's words.

use baro_crdt::codec::CodecError;
use rusqlite::{Error, ffi};

use super::super::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::SqliteFailure(failure, message) => {
                let words = message.clone().unwrap_or_else(|| failure.to_string());
                said(failure.extended_code, words)
            }
            // Our statements fit our tables, unless what describes these is damaged.
            Error::SqlInputError { msg, .. } => StoreError::Damaged(msg.clone()),
            // Rows that cannot be read as what was written.
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..) => StoreError::Damaged(error.to_string()),
            _ => StoreError::Io(error.to_string()),
        }
    }
}

fn said(extended_code: i32, words: String) -> StoreError {
    match (extended_code, extended_code & 0xff) {
        (_, ffi::SQLITE_FULL) | (ffi::SQLITE_IOERR_SHMSIZE, _) => StoreError::Full,
        (_, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) => StoreError::Busy,
        (_, ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB)
        | (
            ffi::SQLITE_IOERR_SHORT_READ
            | ffi::SQLITE_IOERR_READ
            | ffi::SQLITE_IOERR_CORRUPTFS
            | ffi::SQLITE_IOERR_DATA,
            _,
        ) => StoreError::Damaged(words),
        (_, ffi::SQLITE_ERROR) if words.starts_with("no such") => StoreError::Damaged(words),
        _ => StoreError::Io(words),
    }
}

impl From<CodecError> for StoreError {
    fn from(error: CodecError) -> Self {
        StoreError::Damaged(error.to_string())
    }
}

/// What the files of blobs say.
pub(super) fn file_error(error: std::io::Error) -> StoreError {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded => StoreError::Full,
        _ => StoreError::Io(format!("a blob's file: {error}")),
    }
}
