//! What a plain libp2p stream carries on this machine's loopback, to compare transfers with: two
//! swarms, TCP with Noise and Yamux or QUIC, bytes written and read and nothing else.
//!
//! `cargo run -p baro-node --release --example plain_stream -- tcp|quic [BYTES]` prints MB/s.
#![allow(clippy::unwrap_used)]

use std::time::Instant;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise, swarm::SwarmEvent, tcp, yamux,
};
use libp2p_stream::Behaviour;

const PROTOCOL: StreamProtocol = StreamProtocol::new("/plain/1");
const PIECE_BYTES: usize = 64 * 1024;

fn swarm() -> Swarm<Behaviour> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::new().nodelay(true), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_quic()
        .with_behaviour(|_| Behaviour::new())
        .unwrap()
        .with_swarm_config(|config| {
            config.with_idle_connection_timeout(std::time::Duration::from_secs(60))
        })
        .build()
}

/// Runs a swarm; it has nothing to say any more.
fn run(mut swarm: Swarm<Behaviour>) {
    tokio::spawn(async move { while swarm.next().await.is_some() {} });
}

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let listen = match args.next().as_deref() {
        Some("quic") => "/ip4/127.0.0.1/udp/0/quic-v1",
        _ => "/ip4/127.0.0.1/tcp/0",
    };
    let bytes: usize = args.next().map_or(64 << 20, |bytes| bytes.parse().unwrap());

    let mut receiver = swarm();
    let peer = *receiver.local_peer_id();
    receiver.listen_on(listen.parse::<Multiaddr>().unwrap()).unwrap();
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = receiver.select_next_some().await {
            break address;
        }
    };
    let mut incoming = receiver.behaviour().new_control().accept(PROTOCOL).unwrap();
    run(receiver);

    let mut sender = swarm();
    sender.dial(address).unwrap();
    while !matches!(sender.select_next_some().await, SwarmEvent::ConnectionEstablished { .. }) {}
    let mut control = sender.behaviour().new_control();
    run(sender);

    let reading = tokio::spawn(async move {
        let (_, mut stream) = incoming.next().await.unwrap();
        let (mut piece, mut left) = (vec![0; PIECE_BYTES], bytes);
        while left > 0 {
            let count = stream.read(&mut piece).await.unwrap();
            assert!(count > 0, "the stream ended early");
            left -= count;
        }
        stream.write_all(&[1]).await.unwrap();
        stream.flush().await.unwrap();
        stream.close().await.unwrap();
    });
    let mut stream = control.open_stream(peer, PROTOCOL).await.unwrap();
    let piece = vec![7; PIECE_BYTES];
    let since = Instant::now();
    let mut left = bytes;
    while left > 0 {
        let count = left.min(PIECE_BYTES);
        stream.write_all(piece.get(..count).unwrap()).await.unwrap();
        left -= count;
    }
    stream.flush().await.unwrap();
    // Until the other side has read everything.
    stream.read_exact(&mut [0]).await.unwrap();
    println!("{:.1}", bytes as f64 / 1e6 / since.elapsed().as_secs_f64());
    reading.await.unwrap();
}
