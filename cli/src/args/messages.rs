//! Private messages and groups.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What is said, in words or aloud.
#[derive(Debug, Args)]
pub(crate) struct Said {
    /// Your words, or - to read what is piped in, so that they stand in no list of processes
    #[arg(required_unless_present = "voice")]
    pub(crate) text: Option<String>,
    /// A recording of at most 120,000 bytes: Opus in Ogg, WebM or M4A
    #[arg(long, value_name = "FILE")]
    pub(crate) voice: Option<PathBuf>,
}

/// Private messages.
#[derive(Debug, Subcommand)]
pub(crate) enum Message {
    /// Write to a person; nobody else can read it, and everybody carries it
    Send {
        /// Their name or id
        person: String,
        /// What you say
        #[command(flatten)]
        said: Said,
    },
    /// List your messages, the latest first; new ones show their words once they are opened
    List {
        /// Only those with this person or in this group
        #[arg(long, value_name = "WHO")]
        with: Option<String>,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// After so many
        #[arg(long, default_value_t = 0)]
        offset: usize,
    },
    /// Open a message; who wrote it gets a signed receipt that you did
    Show {
        /// Its id
        id: String,
        /// Write its recording to this file
        #[arg(long, value_name = "FILE")]
        voice: Option<PathBuf>,
    },
    /// Remove a message from this device; the others keep theirs
    Delete {
        /// Its id
        id: String,
    },
    /// Publish a new key at once, as after a device was out of your hands
    NewKey,
}

/// Closed groups, of at most 100.
#[derive(Debug, Subcommand)]
pub(crate) enum Group {
    /// Begin a group; only you let persons in and out
    Create {
        /// Its name, which only its members see
        name: String,
    },
    /// Let persons in
    Add {
        /// The group's name or id
        group: String,
        /// Their names or ids
        #[arg(required = true)]
        persons: Vec<String>,
    },
    /// Let a person out: all others get a new key
    Remove {
        /// The group's name or id
        group: String,
        /// Their name or id
        person: String,
    },
    /// Give everybody in it a new key
    Renew {
        /// The group's name or id
        group: String,
    },
    /// Write to a group
    Send {
        /// The group's name or id
        group: String,
        /// What you say
        #[command(flatten)]
        said: Said,
    },
    /// List your groups
    List,
    /// Show who is in a group
    Show {
        /// Its name or id
        group: String,
    },
}
