//! `baro address`: where this node can be reached, to hand out where nobody is found by multicast.

use anyhow::{Result, bail};
use baro_node::api::{Context, Request};
use clap::Args;
use serde_json::{Value, json};

use crate::door::Door;

/// How a node can be reached from outside, as `baro run` is told.
#[derive(Debug, Args)]
pub(crate) struct Reach {
    /// Relay for nodes that cannot be reached from outside; for a node on the internet
    #[arg(long)]
    pub(crate) relay: bool,
    /// Where this node can be reached from outside, if it cannot see that by itself; may be repeated
    #[arg(long, value_name = "MULTIADDR")]
    pub(crate) external: Vec<String>,
    /// All that waits long on a quiet link waits so many times shorter, to measure a day in minutes
    #[arg(long, value_name = "N", hide = true, default_value_t = 1)]
    pub(crate) speed_up: u32,
}

/// The addresses of the running node that another device can use, the best first.
pub(crate) fn addresses(door: &mut Door, context: &Context) -> Result<Value> {
    let status = door.ask(context, Request::Status)?;
    let listen = status.get("listen").and_then(Value::as_array).into_iter().flatten();
    let mut addresses: Vec<&str> = listen.filter_map(Value::as_str).collect();
    addresses.retain(|address| !is_own_machine(address));
    if addresses.is_empty() {
        bail!(
            "nothing can be handed out: this node does not run (baro run), or this device is on no \
             network"
        );
    }
    // Directly rather than over a relay, and TCP first, which stands sooner.
    addresses.sort_by_key(|address| (address.contains("/p2p-circuit"), !address.contains("/tcp/")));
    Ok(json!({ "addresses": addresses }))
}

fn is_own_machine(address: &str) -> bool {
    ["/ip4/127.", "/ip6/::1/"].iter().any(|own| address.starts_with(own))
}
