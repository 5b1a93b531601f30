//! A node that runs until it is told to stop: network, control socket, signals.

use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::{Budget, RunError, Running, RunningHandle, start};
use crate::api::{Node, Request};
use crate::control::{self, Call};
use crate::net::NetConfig;

/// Calls from other commands that wait.
const CALLS_MAX: usize = 64;

/// What whoever started the node may want to know, or has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It listens and answers.
    Ready,
    /// SIGHUP: the configuration is to be read again.
    Reload,
    /// It was told to stop.
    Stopping,
}

/// Runs `node`, which owns the folder `data`, until SIGINT or SIGTERM; then ends links in good
/// order and makes durable what is pending. `hear` is told of each [`Moment`].
///
/// # Errors
/// [`RunError`] where network, store, socket or system refuse.
pub async fn serve(
    node: Node,
    data: &Path,
    net: NetConfig,
    budget: Budget,
    hear: &mut dyn FnMut(Moment),
) -> Result<(), RunError> {
    let system = |error: std::io::Error| RunError::System(error.to_string());
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut reload = signal(SignalKind::hangup()).map_err(system)?;
    let listener = control::listen(data).map_err(system)?;
    let running: Running = start(node, data.join("baro.db"), net, budget)?;
    let (calls, mut queue) = mpsc::channel::<Call>(CALLS_MAX);
    let socket = tokio::spawn(control::serve(listener, calls));
    hear(Moment::Ready);
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = reload.recv() => hear(Moment::Reload),
            call = queue.recv() => match call {
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
    running.stop().await;
    Ok(())
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
