//! What a link costs on this machine's loopback: the time until one stands, the time of one frame
//! there and back, and the throughput of frames of 64 kB, over TCP and over QUIC.
//!
//! `cargo run -p baro-node --release --example net_figures` prints tab-separated lines.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use baro_node::net::{LinkId, NetConfig, NetEvent, NetHandle, SendRefused, start};
use bytes::Bytes;
use tokio::sync::mpsc::Receiver;

const ROUNDS: u8 = 21;
const FRAME_BYTES: usize = 64_000;
const TOTAL_BYTES: usize = 256_000_000;

type Net = (NetHandle, Receiver<NetEvent>);

async fn up(net: &mut Net) -> LinkId {
    loop {
        match net.1.recv().await.unwrap() {
            NetEvent::LinkUp { link, .. } => return link,
            NetEvent::DialFailed { why, .. } => panic!("{why}"),
            _ => {}
        }
    }
}

async fn frame(net: &mut Net, on: LinkId) -> Bytes {
    loop {
        match net.1.recv().await.unwrap() {
            NetEvent::Frame { link, frame, .. } if link == on => return frame,
            NetEvent::LinkDown { link, why, .. } if link == on => panic!("{why}"),
            _ => {}
        }
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times.get(times.len() / 2).unwrap().as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() {
    println!(
        "transport\tstand_ms_median\tstand_ms_first\tround_trip_ms_median\tthroughput_MB_per_s"
    );
    for (name, listen) in
        [("tcp", "/ip4/127.0.0.1/tcp/0"), ("quic", "/ip4/127.0.0.1/udp/0/quic-v1")]
    {
        let mut config = NetConfig::new([255; 32]);
        config.listen = vec![listen.parse().unwrap()];
        let mut server = start(config).unwrap();
        let address = loop {
            if let NetEvent::Listening(address) = server.1.recv().await.unwrap() {
                break address;
            }
        };
        let (mut stands, mut trips) = (Vec::new(), Vec::new());
        let mut last = None;
        for round in 0..ROUNDS {
            let mut client = start(NetConfig::new([round; 32])).unwrap();
            let began = Instant::now();
            client.0.dial(address.clone()).await;
            let there = up(&mut client).await;
            stands.push(began.elapsed());
            let here = up(&mut server).await;
            for _ in 0..20 {
                let began = Instant::now();
                client.0.send(there, Bytes::from_static(b"ping")).unwrap();
                frame(&mut server, here).await;
                server.0.send(here, Bytes::from_static(b"pong")).unwrap();
                frame(&mut client, there).await;
                trips.push(began.elapsed());
            }
            last = Some((client, there, here));
        }
        let first = stands.first().unwrap().as_secs_f64() * 1e3;
        let (client, link, here) = last.unwrap();
        let began = Instant::now();
        let sender = tokio::spawn(async move {
            let bytes = Bytes::from(vec![7; FRAME_BYTES]);
            for _ in 0..TOTAL_BYTES / FRAME_BYTES {
                while client.0.send(link, bytes.clone()) == Err(SendRefused::Full) {
                    tokio::time::sleep(Duration::from_micros(200)).await;
                }
            }
            client
        });
        let mut received = 0;
        while received < TOTAL_BYTES / FRAME_BYTES * FRAME_BYTES {
            received += frame(&mut server, here).await.len();
        }
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "{name}\t{:.1}\t{first:.1}\t{:.2}\t{:.0}",
            median(stands),
            median(trips),
            received as f64 / 1e6 / seconds
        );
        drop(sender.await.unwrap());
    }
}
