//! `blob` and `bundle`: commands about files.

use std::path::PathBuf;

use clap::Subcommand;

use super::Blobs;

/// Files that belong to words.
#[derive(Debug, Subcommand)]
pub(crate) enum Blob {
    /// Put a file of at most 1 GiB into this node, and pin it; prints its id
    Add {
        /// The file
        file: PathBuf,
    },
    /// Write a file that is here to where you want it
    Get {
        /// Its id, or the beginning of it
        id: String,
        /// The file to write
        file: PathBuf,
    },
    /// List what is here, what is on its way and what there is no space for
    List,
    /// Keep a file here whatever needs space, and fetch it even if it was dropped
    Pin {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Let a file go when space is needed
    Unpin {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Remove a file from this device; it is not fetched again before it is pinned
    Drop {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Show or set how much space such files may take here
    Quota {
        /// For example 500MB or 2GB, or auto for half of what is free
        size: Option<String>,
    },
}

/// Bundles.
#[derive(Debug, Subcommand)]
pub(crate) enum Bundle {
    /// Write down what this node holds, so that another can leave it out of a bundle
    Digest {
        /// The file to write
        file: PathBuf,
    },
    /// Write a bundle with everything, or with what somebody lacks. Whoever finds it can read it
    Export {
        /// The file to write
        file: PathBuf,
        /// The digest file of the node that will receive it
        #[arg(long = "for", value_name = "DIGESTFILE")]
        digest: Option<PathBuf>,
        /// The most it may take, for example 500MB: text goes first, then voice, large files last
        #[arg(long, value_name = "SIZE")]
        max_size: Option<String>,
        /// Which of the files that belong to words go along
        #[arg(long, value_name = "WHICH", default_value = "all")]
        blobs: Blobs,
    },
    /// Take in everything intact in a bundle
    Import {
        /// The file
        file: PathBuf,
    },
}
