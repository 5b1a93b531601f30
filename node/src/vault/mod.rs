//! The vault: who may open a data folder, and how.
//!
//! ```text
//! PIN or passphrase ── Argon2id ──┐
//! key file ──────── BLAKE3 ───────┼─▶ opens a slot ─▶ data key ─▶ database, blobs' files, names
//!                                 │
//!                       DATA/keys/slots (salts, parameters, the wrapped key)
//! ```
//!
//! One random [`DataKey`] seals everything in the folder; *slots* in `DATA/keys/slots` wrap it, one
//! for each way to open it, so that a lock is changed without sealing everything anew. Wrong PINs
//! are counted in `DATA/keys/tries`, before they are tried, and the wait grows over restarts. A
//! folder begins with a key file beside it, `DATA/keys/key`: that opens it without a question, and
//! protects nothing until it is taken away or a PIN takes its place.

#[cfg(feature = "vault")]
mod escrow;
#[cfg(feature = "full")]
mod files;
mod key;
#[cfg(feature = "full")]
mod lock;
#[cfg(feature = "full")]
mod person;
#[cfg(feature = "vault")]
mod slot;
#[cfg(feature = "full")]
mod tries;
#[cfg(feature = "full")]
mod wipe;

#[cfg(feature = "full")]
mod spool;

#[cfg(feature = "vault")]
pub use escrow::{from_file, from_shares, is_file, is_share, to_file, to_shares};
pub(crate) use key::SecretKey;
pub use key::{DataKey, KEY_BYTES};
#[cfg(feature = "full")]
pub use lock::{Ask, Given, Shown, Vault, key_file};
#[cfg(feature = "full")]
pub use person::PersonKey;
#[cfg(feature = "full")]
pub(crate) use person::WeakKey;
#[cfg(feature = "vault")]
pub use slot::{Kind, Secret, Stretch};
#[cfg(feature = "full")]
pub(crate) use spool::Spool;
#[cfg(feature = "full")]
pub(crate) use tries::{delay, waits};
#[cfg(feature = "full")]
pub use wipe::{destroy, destroy_keys};

/// Why a vault did not open, or was not changed.
#[cfg(feature = "vault")]
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Nothing was given that could open it.
    #[error(
        "this data folder is locked, and opens by {0}: {hint}",
        hint = hint(.0)
    )]
    Locked(String),
    /// The PIN or passphrase is another one.
    #[error("that is not the PIN or passphrase. {}", after(*.wait))]
    Wrong {
        /// How long to wait before the next try, in seconds.
        wait: u64,
    },
    /// Too many wrong ones lately.
    #[error("too many wrong tries: wait {}, then try again. Nothing is lost", spoken(*.0))]
    Wait(
        /// How long, in seconds.
        u64,
    ),
    /// The key file is another one.
    #[error(
        "the key file {0} does not open this data folder: it is another folder's, or was changed"
    )]
    WrongKeyFile(std::path::PathBuf),
    /// A PIN or passphrase that nobody should choose.
    #[error("{0}")]
    Weak(&'static str),
    /// A backup or a share that is not as it was made.
    #[error("{0}. Nothing was changed")]
    Torn(&'static str),
    /// Not enough shares.
    #[error(
        "{here} different shares were given, and this backup takes {needed}. Nothing was changed"
    )]
    TooFew {
        /// How many there are.
        here: usize,
        /// How many it takes.
        needed: u8,
    },
    /// Nothing was chosen, for a reason that was said.
    #[error("{0}")]
    NotChosen(String),
    /// The slots cannot be read.
    #[error("{0} is damaged: put it back from a copy, or nothing in this data folder can be read")]
    Damaged(std::path::PathBuf),
    /// A sealed folder without its slots.
    #[error(
        "{0} is missing: without it nothing in this data folder can be read. Put it back from a copy"
    )]
    Missing(std::path::PathBuf),
    /// The panic PIN was entered.
    #[error("that is not the PIN or passphrase. You can try again at once")]
    Panic,
    /// The system says no.
    #[error("{path}: {error}")]
    Io {
        /// What was being read or written.
        path: std::path::PathBuf,
        /// What it said.
        error: std::io::Error,
    },
    /// The system gives no randomness, or not the memory that stretching takes.
    #[error("this system does not give what a key needs: {0}")]
    System(String),
}

#[cfg(feature = "vault")]
fn hint(kinds: &str) -> &'static str {
    match kinds.contains("key file") {
        true => {
            "name the file with --key-file FILE or BARO_KEY_FILE, or put the stick in that it is on"
        }
        false => "enter it when you are asked, or pipe it in with --unlock-stdin",
    }
}

/// A time, as one says it.
#[cfg(feature = "vault")]
fn spoken(seconds: u64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        2..=119 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[cfg(feature = "vault")]
fn after(wait: u64) -> String {
    match wait {
        0 => "You can try again at once".to_owned(),
        _ => format!("You can try again in {}", spoken(wait)),
    }
}
