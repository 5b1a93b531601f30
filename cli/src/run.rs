//! `baro run` and `baro sync`: the node on the network.

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use baro_node::api::Node;
use baro_node::folder::Folder;
use baro_node::net::{Address, Discovery, NetConfig};
use baro_node::runtime::{self, Budget, Moment};
use sd_notify::NotifyState;
use serde_json::Value;

use crate::args::RunOptions;
use crate::config::Settings;
use crate::data::Data;
use crate::door::now;
use crate::logging::Logging;

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
pub(crate) fn run(data: &Data, options: &RunOptions) -> Result<ExitCode> {
    let mut settings = Settings::load(options)?;
    let logging = Logging::start(&settings.log, settings.log_format)?;
    let Some(folder) = Folder::lock(data, &mut || false)? else {
        bail!("the folder {} is in use", data.display());
    };
    let key = data.unlock(&folder)?;
    let mut opened = folder.open(&key, now())?;
    for notice in opened.notices {
        tracing::warn!("{notice}");
    }
    if let Some(size) = &settings.blob_quota {
        opened.node.blob_quota(Some(crate::blob::bytes(size)?))?;
    }
    let mut net = network(&mut opened.node)?;
    net.listen = addresses(&settings.listen)?;
    net.peers = addresses(&settings.peers)?;
    net.uplinks = addresses(&settings.uplinks)?;
    net.relay = settings.relay;
    net.external = addresses(&settings.external)?;
    net.neighbours_max = settings.neighbours.into();
    net.discovery = settings.discovery.then(Discovery::default);
    net.speed_up(options.reach.speed_up);
    let budget = settings.budget.clone();
    let pages = settings.pages.clone();
    let mut hear = |moment| match moment {
        Moment::Pages { link } => eprintln!("Pages are at {link} (this link lets one browser in)"),
        Moment::Ready => notify(NotifyState::Ready),
        Moment::Stopping => notify(NotifyState::Stopping),
        Moment::Reload => {
            notify(NotifyState::Reloading);
            if let Err(error) = reload(options, &mut settings, &logging) {
                let error = crate::output::words(&error);
                tracing::error!(error, "the configuration stays as it was");
            }
            notify(NotifyState::Ready);
        }
    };
    tokio_runtime()?.block_on(runtime::serve(
        opened.node,
        data,
        opened.database,
        net,
        budget,
        pages,
        &mut hear,
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the configuration again, takes over what can change while the node runs, and says what
/// cannot.
fn reload(options: &RunOptions, settings: &mut Settings, logging: &Logging) -> Result<()> {
    let new = Settings::load(options)?;
    addresses(&[&new.listen[..], &new.peers, &new.uplinks, &new.external].concat())?;
    logging.set(&new.log)?;
    settings.log.clone_from(&new.log);
    let ignored = settings.needs_restart(&new);
    if ignored.is_empty() {
        tracing::info!(log = new.log, "the configuration was read again");
    } else {
        let ignored = ignored.join(", ");
        tracing::warn!(ignored, log = new.log, "read again; what is ignored takes a restart");
    }
    Ok(())
}

/// Tells systemd, where it started this.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

/// Runs one session from a folder on which no node runs.
pub(crate) fn sync_alone(data: &Data, mut node: Node, address: &str) -> Result<Value> {
    let net = network(&mut node)?;
    let database = data.database()?;
    tokio_runtime()?.block_on(async {
        let running = runtime::start(node, &database, net, Budget::default())?;
        let answer = running.handle().sync_json(address).await;
        running.stop().await;
        answer.map_err(anyhow::Error::msg)
    })
}
