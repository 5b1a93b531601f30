//! Sets up libp2p: TCP with Noise and Yamux, QUIC, names, relays, and our behaviour on all.

use std::{path::Path, sync::Arc, time::Duration};

use libp2p::{
    Swarm, SwarmBuilder, autonat, dcutr, identify, identity::Keypair, noise, relay, tcp, yamux,
};

use super::{
    Address, NetConfig, NetError,
    address::keypair,
    behaviour::{Behaviour, Links},
    discovery::Local,
    handle::Shared,
};

/// Streams that one connection may carry: ours, identify both ways, what is relayed over it, and
/// some that are just ending.
const STREAMS_MAX: u32 = 32;

/// What a relay carries for two nodes that cannot reach each other: so long, and so many bytes.
const CIRCUIT_TIME: Duration = Duration::from_secs(6 * 3600);
const CIRCUIT_BYTES_MAX: u64 = 256 << 20;
/// For so many nodes at once, and so many pairs of them; and for one node.
const RESERVATIONS_MAX: usize = 256;
const CIRCUITS_MAX: usize = 64;
const CIRCUITS_PER_PEER_MAX: usize = 8;

fn relay_limits() -> relay::Config {
    relay::Config {
        max_reservations: RESERVATIONS_MAX,
        max_circuits: CIRCUITS_MAX,
        max_circuits_per_peer: CIRCUITS_PER_PEER_MAX,
        max_circuit_duration: CIRCUIT_TIME,
        max_circuit_bytes: CIRCUIT_BYTES_MAX,
        ..relay::Config::default()
    }
}

/// What identify tells a peer.
const PROTOCOL_VERSION: &str = "/baro/1";

pub(super) fn swarm(
    config: &NetConfig,
    shared: &Arc<Shared>,
) -> Result<Swarm<Behaviour>, NetError> {
    let limits = config.limits.clone();
    let setup = |error: &dyn std::fmt::Display| NetError::Setup(error.to_string());
    let yamux = || {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(STREAMS_MAX as usize);
        config
    };
    let builder = SwarmBuilder::with_existing_identity(keypair(&config.seed))
        .with_tokio()
        .with_tcp(tcp::Config::new().nodelay(true), noise::Config::new, yamux)
        .map_err(|error| setup(&error))?
        .with_quic_config(|mut config| {
            config.max_concurrent_stream_limit = STREAMS_MAX;
            config.handshake_timeout = limits.setup_time;
            // A link looks after itself, and a connection without one ends soon.
            let most = limits.setup_time.max(limits.quiet_time * 3);
            config.keep_alive_interval = most * 2;
            config.max_idle_timeout = u32::try_from(most.as_millis()).unwrap_or(u32::MAX);
            config
        });
    // The builder's type says whether names can be looked up, so its end stands here for both.
    macro_rules! build {
        ($builder:expr) => {
            $builder
                .with_relay_client(noise::Config::new, yamux)
                .map_err(|error| setup(&error))?
                .with_behaviour(|key, relayed| behaviour(config, shared, key, relayed))
                .map_err(|error| setup(&error))?
                .with_swarm_config(|swarm| {
                    swarm
                        .with_idle_connection_timeout(limits.idle_time)
                        .with_max_negotiating_inbound_streams(STREAMS_MAX as usize / 2)
                })
                .with_connection_timeout(limits.setup_time)
                .build()
        };
    }
    // A phone may have no such file, and does without names then.
    Ok(if Path::new("/etc/resolv.conf").exists() {
        build!(builder.with_dns().map_err(|error| setup(&error))?)
    } else {
        build!(builder)
    })
}

fn behaviour(
    config: &NetConfig,
    shared: &Arc<Shared>,
    key: &Keypair,
    relayed: relay::client::Behaviour,
) -> Behaviour {
    let me = key.public().to_peer_id();
    let identify = identify::Config::new(PROTOCOL_VERSION.into(), key.public())
        .with_agent_version(concat!("baro/", env!("CARGO_PKG_VERSION")).into())
        .with_interval(config.limits.identify_time)
        .with_cache_size(0);
    let far = !config.uplinks.is_empty() || config.peers.iter().any(Address::is_relayed);
    Behaviour {
        links: Links::new(config.limits.clone(), shared.clone()),
        identify: identify::Behaviour::new(identify),
        local: Local::new(me, config.discovery.clone()),
        relayed,
        punch: far.then(|| dcutr::Behaviour::new(me)).into(),
        reachable: far.then(autonat::v2::client::Behaviour::default).into(),
        relay: config.relay.then(|| relay::Behaviour::new(me, relay_limits())).into(),
        tester: config.relay.then(autonat::v2::server::Behaviour::default).into(),
    }
}
