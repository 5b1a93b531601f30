//! Sets up libp2p: TCP with Noise and Yamux, QUIC, and our behaviour on both.

use std::sync::Arc;

use libp2p::{Swarm, SwarmBuilder, identify, noise, ping, tcp, yamux};

use super::{
    NetConfig, NetError,
    address::keypair,
    behaviour::{Behaviour, Links},
    discovery::Local,
    handle::Shared,
};

/// Streams that one connection may carry: ours, ping both ways, identify both ways, and some that
/// are just ending.
const STREAMS_MAX: u32 = 16;

/// What identify tells a peer.
const PROTOCOL_VERSION: &str = "/baro/1";

pub(super) fn swarm(
    config: &NetConfig,
    shared: &Arc<Shared>,
) -> Result<Swarm<Behaviour>, NetError> {
    let limits = config.limits.clone();
    let setup = |error: &dyn std::fmt::Display| NetError::Setup(error.to_string());
    let swarm = SwarmBuilder::with_existing_identity(keypair(&config.seed))
        .with_tokio()
        .with_tcp(tcp::Config::new().nodelay(true), noise::Config::new, || {
            let mut config = yamux::Config::default();
            config.set_max_num_streams(STREAMS_MAX as usize);
            config
        })
        .map_err(|error| setup(&error))?
        .with_quic_config(|mut config| {
            config.max_concurrent_stream_limit = STREAMS_MAX;
            config.handshake_timeout = limits.setup_time;
            // Two lost keep-alives leave time for a third before the peer is given up.
            config.keep_alive_interval = limits.ping_time * 2 / 3;
            config.max_idle_timeout =
                u32::try_from((limits.ping_time * 2).as_millis()).unwrap_or(u32::MAX);
            config
        })
        .with_behaviour(|key| {
            let ping =
                ping::Config::new().with_interval(limits.ping_time).with_timeout(limits.ping_time);
            let identify = identify::Config::new(PROTOCOL_VERSION.into(), key.public())
                .with_agent_version(concat!("baro/", env!("CARGO_PKG_VERSION")).into())
                .with_cache_size(0);
            Behaviour {
                links: Links::new(limits.clone(), shared.clone()),
                ping: ping::Behaviour::new(ping),
                identify: identify::Behaviour::new(identify),
                local: Local::new(key.public().to_peer_id(), config.discovery.clone()),
            }
        })
        .map_err(|error| setup(&error))?
        .with_swarm_config(|swarm| {
            swarm
                .with_idle_connection_timeout(limits.idle_time)
                .with_max_negotiating_inbound_streams(STREAMS_MAX as usize / 2)
        })
        .with_connection_timeout(limits.setup_time)
        .build();
    Ok(swarm)
}
