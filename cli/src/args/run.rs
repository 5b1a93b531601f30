//! How a node runs, as `baro run` is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

/// How a node runs.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// How much space files that belong to words may take from now on, for example 2GB, or auto
    #[arg(long, value_name = "SIZE")]
    pub(crate) blob_quota: Option<String>,
    /// Where to listen (TCP and QUIC on free ports if not given); may be repeated
    #[arg(long, value_name = "MULTIADDR")]
    pub(crate) listen: Vec<String>,
    /// A node to stay connected with; may be repeated
    #[arg(long = "peer", value_name = "MULTIADDR")]
    pub(crate) peers: Vec<String>,
    /// A node on the internet, tried in turn with the others given; may be repeated
    #[arg(long = "uplink", value_name = "MULTIADDR")]
    pub(crate) uplinks: Vec<String>,
    /// Do not look for nodes on the local network
    #[arg(long)]
    pub(crate) no_discovery: bool,
    /// How many nodes found there to stay connected with (8), those given by address not counted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) neighbours: Option<u8>,
    /// Serve pages for browsers at this address, like 127.0.0.1:8080 on a phone or 0.0.0.0:80 on a
    /// hub; prints a link that lets the first browser in
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) http: Option<std::net::SocketAddr>,
    /// Visitors of the pages may speak under a name they give: this device vouches for them and
    /// writes for them. For a hub
    #[arg(long)]
    pub(crate) guests: bool,
    #[command(flatten)]
    pub(crate) reach: crate::address::Reach,
    /// How much each uplink may take a day, both ways together, like 5MB/day. What matters most
    /// goes first, large files wait for a link that costs nothing, and when it is spent the uplink
    /// rests until midnight
    #[arg(long, value_name = "BYTES/day")]
    pub(crate) budget: Option<String>,
    /// What a megabyte costs over an uplink, for the accounts in `baro status`, like "2.5 XOF"
    #[arg(long, value_name = "PRICE CURRENCY")]
    pub(crate) price: Option<String>,
    /// A file in TOML that says what is not given here: listen, peers, uplinks, external,
    /// discovery, relay, neighbours, http, guests, blob_quota, budget, price, log, log_format. SIGHUP has it
    /// read again
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How much to say on standard error: warn, info, debug, or a filter like baro_node=debug
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log: Option<String>,
    /// How to say it
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}
