//! Baro's sync beside its limits and beside other programs, on the same work in the same run.
//!
//! Prints tab-separated values: the work, by whom it was done, what was measured, the value, its
//! unit, and the limit that Baro sets itself. What is compared and how stands in the module of each
//! kind of work.

mod crdts;
mod ingest;
mod others;
mod ours;
mod print;
mod sets;
mod text;
mod w;
mod words;
mod work;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};
use others::Peer;

/// Baro's sync beside its limits and its peers.
#[derive(Parser)]
struct Arguments {
    /// What to measure; all of it where nothing is named.
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Clone, Subcommand)]
enum What {
    /// How well the words of W compress, beside real comments.
    Words,
    /// Sets of a million items, beside negentropy.
    Sets,
    /// W: two nodes with 200 differences, an empty node, nothing new, one post live.
    W {
        /// How many posts.
        #[arg(long, default_value_t = 10_000)]
        posts: usize,
        /// How many of them only one of the two nodes holds.
        #[arg(long, default_value_t = 200)]
        apart: usize,
        /// The seed of the work.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Ours only, without the peers.
        #[arg(long, conflicts_with = "peers")]
        alone: bool,
        /// Beside this peer only; can be repeated. Without it, beside all; past 50,000
        /// posts all but iroh-docs and hypercore.
        #[arg(long = "peer", value_name = "NAME")]
        peers: Vec<Peer>,
    },
    /// An empty node in a process of its own fetches W, verified and durable.
    Ingest {
        /// How many posts.
        #[arg(long, default_value_t = 100_000)]
        posts: usize,
        /// Where its store lies; decides which disk is measured.
        #[arg(long, default_value = ".")]
        folder: PathBuf,
    },
    /// A real text to an empty node, beside Automerge. Needs `../shared/samples`.
    Text,
    /// The receiver's process of `ingest`.
    #[command(hide = true)]
    Receive {
        /// The ticket to join with.
        ticket: String,
        /// Where its store lies.
        folder: PathBuf,
    },
    /// A process of its own of `text`, which tells how much it holds while a text is open.
    #[command(hide = true)]
    Open {
        /// Whose: `automerge` or a text's id.
        whose: String,
        /// What was written.
        file: PathBuf,
    },
}

fn main() -> Result<()> {
    let what = Arguments::parse().what;
    if let Some(What::Receive { ticket, folder }) = &what {
        return ingest::receive(folder, ticket);
    }
    if let Some(What::Open { whose, file }) = &what {
        return text::open(whose, file);
    }
    print::head();
    match what {
        Some(What::Receive { .. } | What::Open { .. }) => Ok(()),
        Some(What::Ingest { posts, folder }) => ingest::measure(posts, &folder),
        Some(What::Text) => text::measure(),
        Some(What::Words) => w::words(),
        Some(What::Sets) => sets::measure(),
        Some(What::W { posts, apart, seed, alone, peers }) => {
            let peers = if peers.is_empty() && !alone { Peer::on(posts) } else { peers };
            w::measure(posts, apart, seed, &peers)
        }
        None => {
            w::words()?;
            sets::measure()?;
            w::measure(10_000, 200, 1, &Peer::on(10_000))?;
            w::measure(100_000, 2_000, 1, &Peer::on(100_000))?;
            ingest::measure(100_000, &PathBuf::from("."))?;
            text::measure()
        }
    }
}
