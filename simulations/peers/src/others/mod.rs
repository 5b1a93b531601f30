//! W by other programs: each by its own library and its own protocol, over a pipe that counts.
//!
//! For all of them: two replicas that hold the same and have met before say the differences, half
//! of the authors at each, and meet again; they meet once more with nothing new; then an empty
//! replica meets the first of them. All bytes both ways are counted as the library hands them to
//! its transport, with the lengths that delimit its messages, before a transport encrypts them.
//! Each time it is checked that both hold the same.

mod hypercore;
mod iroh_docs;
mod pipe;
mod samod;
mod subduction;

use anyhow::Result;
use clap::ValueEnum;

use crate::crdts;
use crate::print::{n, row};
use crate::work::{Work, payload};

/// A program that Baro is compared with on W.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// Automerge's own sync protocol.
    Automerge,
    /// samod: Automerge documents in a repository.
    Samod,
    /// iroh-docs: signed entries by range-based reconciliation, their contents by iroh-blobs.
    IrohDocs,
    /// subduction: sedimentrees of Automerge documents.
    Subduction,
    /// hypercore: a signed log for each author. Needs `npm ci` in `simulations/peers/hypercore`.
    Hypercore,
}

/// Past so many posts iroh-docs and hypercore run only where they are named: how long they take
/// there is not known.
const MANY: usize = 50_000;

impl Peer {
    /// All that run on so many posts where none is named. Past [`MANY`], iroh-docs and hypercore
    /// have to be named.
    pub(crate) fn on(posts: usize) -> Vec<Self> {
        let all = Self::value_variants().iter().copied();
        all.filter(|peer| posts < MANY || !matches!(peer, Self::IrohDocs | Self::Hypercore))
            .collect()
    }

    /// Runs W and prints what was measured.
    pub(crate) fn measure(self, work: &Work) -> Result<()> {
        let (by, taken) = match self {
            Self::Automerge => return crdts::automerge(work),
            Self::Samod => ("samod", samod::measure(work)?),
            Self::IrohDocs => ("iroh-docs", iroh_docs::measure(work)?),
            Self::Subduction => ("subduction", subduction::measure(work)?),
            Self::Hypercore => {
                let Some(taken) = hypercore::measure(work)? else {
                    eprintln!("hypercore is left out: run `npm ci` in simulations/peers/hypercore");
                    return Ok(());
                };
                ("hypercore", taken)
            }
        };
        taken.print(work, by);
        Ok(())
    }
}

/// What a program took for W, in bytes both ways.
#[derive(Debug)]
struct Taken {
    /// Where the two replicas had the differences to tell each other.
    differences: usize,
    /// Where they had nothing to tell each other.
    nothing: usize,
    /// Where an empty replica fetched all.
    empty: usize,
}

impl Taken {
    fn print(&self, work: &Work, by: &str) {
        let name = format!("W {}, {} apart", work.posts.len(), work.apart);
        let (novel, all) = (payload(work.differences()), payload(&work.posts));
        row(&name, by, "bytes", n(self.differences), "B", "-");
        row(&name, by, "bytes a byte said", n(self.differences) / n(novel), "", "-");
        row(&name, by, "nothing new", n(self.nothing), "B", "-");
        row(&name, by, "empty node: bytes", n(self.empty), "B", "-");
        row(&name, by, "empty node: bytes a byte said", n(self.empty) / n(all), "", "-");
    }
}
