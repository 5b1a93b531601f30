//! `baro run` and `baro sync`: the node on the network.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use baro_node::api::Node;
use baro_node::folder::Folder;
use baro_node::net::{Address, Discovery, NetConfig};
use baro_node::runtime;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::args::RunOptions;
use crate::door::now;

fn addresses(texts: &[String]) -> Result<Vec<Address>> {
    texts.iter().map(|text| text.parse().with_context(|| format!("the address {text:?}"))).collect()
}

fn network(node: &mut Node) -> Result<NetConfig> {
    Ok(NetConfig::new(node.peer_seed()?))
}

fn tokio_runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the runtime")
}

/// Runs the node until it is told to stop.
pub(crate) fn run(data: &Path, options: &RunOptions) -> Result<ExitCode> {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(baro_node::net::LOG_FILTER));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    let Some(folder) = Folder::lock(data, &mut || false)? else {
        bail!("the folder {} is in use", data.display());
    };
    let mut opened = folder.open(now())?;
    for notice in opened.notices {
        eprintln!("{notice}");
    }
    let mut net = network(&mut opened.node)?;
    net.listen = addresses(&options.listen)?;
    if net.listen.is_empty() {
        net.listen =
            addresses(&["/ip4/0.0.0.0/tcp/0".to_owned(), "/ip4/0.0.0.0/udp/0/quic-v1".to_owned()])?;
    }
    net.peers = addresses(&options.peers)?;
    net.uplinks = addresses(&options.uplinks)?;
    net.neighbours_max = options.neighbours.into();
    net.discovery = (!options.no_discovery).then(Discovery::default);
    tokio_runtime()?.block_on(runtime::serve(opened.node, data, net))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs one session from a folder on which no node runs.
pub(crate) fn sync_alone(data: &Path, mut node: Node, address: &str) -> Result<Value> {
    let net = network(&mut node)?;
    let database = data.join("baro.db");
    tokio_runtime()?.block_on(async {
        let running = runtime::start(node, database, net)?;
        let answer = running.handle().sync_json(address).await;
        running.stop().await;
        answer.map_err(anyhow::Error::msg)
    })
}
