//! A node that runs until it is told to stop: network, control socket, signals.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::{Budget, RunError, Running, RunningHandle, start};
use crate::api::{ApiError, Node, Request};
use crate::control::{self, Call};
use crate::net::NetConfig;
use crate::store::Database;
use crate::web::{Links, WebConfig};
use crate::words::why;

/// Calls from other commands that wait.
const CALLS_MAX: usize = 64;

/// What whoever started the node may want to know, or has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Pages are served; whoever opens this link first may choose a person of this device.
    Pages {
        /// An address with a one-time link.
        link: String,
    },
    /// It listens and answers.
    Ready,
    /// SIGHUP: the configuration is to be read again.
    Reload,
    /// It was told to stop.
    Stopping,
}

/// Runs `node`, which owns the folder `data`, until SIGINT or SIGTERM; then ends links in good
/// order and makes durable what is pending. Serves pages where `pages` says so. `hear` is told of
/// each [`Moment`].
///
/// # Errors
/// [`RunError`] where network, store, socket or system refuse.
pub async fn serve(
    node: Node,
    data: &Path,
    database: Database,
    net: NetConfig,
    budget: Budget,
    pages: Option<WebConfig>,
    hear: &mut dyn FnMut(Moment),
) -> Result<(), RunError> {
    let system = |error: std::io::Error| RunError::System(error.to_string());
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut reload = signal(SignalKind::hangup()).map_err(system)?;
    let listener = control::listen(data).map_err(system)?;
    let square = match &pages {
        None => None,
        Some(config) => {
            Some(tokio::net::TcpListener::bind(config.address).await.map_err(|error| {
                RunError::System(format!("pages cannot be served at {}: {error}", config.address))
            })?)
        }
    };
    let running: Running = start(node, &database, net, budget)?;
    let (calls, mut queue) = mpsc::channel::<Call>(CALLS_MAX);
    let socket = tokio::spawn(control::serve(listener, calls, database.key().cloned()));
    hear(Moment::Ready);
    let links = Links::default();
    let mut place = None;
    if let (Some(listener), Some(config)) = (square, pages) {
        let at = link_address(listener.local_addr().map_err(system)?);
        hear(Moment::Pages { link: format!("http://{at}{}", links.make()) });
        place = Some(at);
        let (handle, links, database) = (running.handle(), links.clone(), database.clone());
        tokio::spawn(async move {
            if let Err(error) = crate::web::serve(listener, config, handle, database, links).await {
                tracing::error!(%error, "pages are no longer served");
            }
        });
    }
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = reload.recv() => hear(Moment::Reload),
            call = queue.recv() => match call {
                Some(Call { request: Request::Link, reply, .. }) => {
                    let link = place.map(|at| format!("http://{at}{}", links.make()));
                    let link = link.map(|link| json!({ "link": link })).ok_or_else(no_pages);
                    let _ = reply.send(link);
                }
                Some(call) => {
                    tokio::spawn(answer(running.handle(), call));
                }
                None => break,
            },
        }
    }
    tracing::info!("stopping");
    hear(Moment::Stopping);
    drop(queue);
    socket.abort();
    if let Err(error) = std::fs::remove_file(control::socket_path(data)) {
        tracing::debug!(%error, "the control socket was gone already");
    }
    if place.is_some() {
        crate::web::forget_token(data);
    }
    running.stop().await;
    Ok(())
}

/// Where a browser on this machine finds the pages.
fn link_address(mut at: SocketAddr) -> SocketAddr {
    if at.ip().is_unspecified() {
        at.set_ip(match at {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    at
}

fn no_pages() -> ApiError {
    ApiError::refused(why::no_pages())
}

async fn answer(handle: RunningHandle, call: Call) {
    let Call { context, request, reply } = call;
    let answer = match request {
        Request::Sync { address } => handle.sync_json(&address).await,
        request => handle.request(context, request).await,
    };
    // Whoever asked may have gone away; what was done is done.
    let _ = reply.send(answer);
}
