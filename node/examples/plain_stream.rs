//! What a plain libp2p stream carries on this machine's loopback, to compare transfers with: two
//! swarms, TCP with Noise and Yamux or QUIC, bytes written and read and nothing else.
//!
//! With `kept` the bytes come out of a file, and the receiver hashes them with BLAKE3 and has made
//! them durable in another file, 16 MiB at a time, before it answers: what no transfer of a file can
//! do without.
//!
//! `cargo run -p baro-node --release --example plain_stream -- tcp|quic [BYTES] [kept]` prints MB/s.
#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise, swarm::SwarmEvent, tcp, yamux,
};
use libp2p_stream::Behaviour;

const PROTOCOL: StreamProtocol = StreamProtocol::new("/plain/1");
const PIECE_BYTES: usize = 64 * 1024;
/// How many bytes are made durable at once.
const SYNC_BYTES: usize = 16 << 20;

/// Hashes what comes and makes it durable in `file`.
fn keep(mut file: File, pieces: &Receiver<Vec<u8>>) {
    let (mut hasher, mut since_sync) = (blake3::Hasher::new(), 0);
    while let Ok(piece) = pieces.recv() {
        hasher.update(&piece);
        file.write_all(&piece).unwrap();
        since_sync += piece.len();
        if since_sync >= SYNC_BYTES {
            file.sync_data().unwrap();
            since_sync = 0;
        }
    }
    file.sync_data().unwrap();
    std::hint::black_box(hasher.finalize());
}

/// A file of so many bytes, from its beginning.
fn film(bytes: usize) -> File {
    let mut file = tempfile::tempfile().unwrap();
    let mut noise = vec![0; bytes];
    blake3::Hasher::new().finalize_xof().fill(&mut noise);
    file.write_all(&noise).unwrap();
    file.sync_all().unwrap();
    file.rewind().unwrap();
    file
}

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
    let kept = args.next().as_deref() == Some("kept");

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
        let (pieces, come) = sync_channel::<Vec<u8>>(256);
        let keeper = kept.then(|| {
            let file = tempfile::tempfile().unwrap();
            std::thread::spawn(move || keep(file, &come))
        });
        while left > 0 {
            let count = stream.read(&mut piece).await.unwrap();
            assert!(count > 0, "the stream ended early");
            left -= count;
            if kept {
                pieces.send(piece.get(..count).unwrap().to_vec()).unwrap();
            }
        }
        drop(pieces);
        if let Some(keeper) = keeper {
            keeper.join().unwrap();
        }
        stream.write_all(&[1]).await.unwrap();
        stream.flush().await.unwrap();
        stream.close().await.unwrap();
    });
    let mut stream = control.open_stream(peer, PROTOCOL).await.unwrap();
    let mut piece = vec![7; PIECE_BYTES];
    let mut film = kept.then(|| film(bytes));
    let since = Instant::now();
    let mut left = bytes;
    while left > 0 {
        let count = left.min(PIECE_BYTES);
        if let Some(film) = &mut film {
            film.read_exact(piece.get_mut(..count).unwrap()).unwrap();
        }
        stream.write_all(piece.get(..count).unwrap()).await.unwrap();
        left -= count;
    }
    stream.flush().await.unwrap();
    // Until the other side has read everything.
    stream.read_exact(&mut [0]).await.unwrap();
    println!("{:.1}", bytes as f64 / 1e6 / since.elapsed().as_secs_f64());
    reading.await.unwrap();
}
