//! A thousand connections: half of them say nothing at all, half are links of a thousand peers.

use std::time::Duration;

use futures::AsyncReadExt;
use libp2p::multiaddr::Protocol;
use tokio::io::AsyncReadExt as _;

use super::Aim;
use super::frames::raw;

const CONNECTIONS: usize = 1_000;
/// They do not all come in one moment.
const APART: Duration = Duration::from_millis(2);
/// How long somebody who was turned away waits.
const AGAIN: Duration = Duration::from_secs(1);

/// Keeps as many connections as it can.
pub(super) async fn crowd(aim: Aim) {
    let mut tasks = Vec::new();
    for number in 0..CONNECTIONS {
        tokio::time::sleep(APART).await;
        let aim = aim.clone();
        tasks.push(tokio::spawn(async move {
            loop {
                if number.is_multiple_of(2) {
                    silent(&aim).await;
                } else if let Some(mut raw) = raw(&aim.way).await {
                    aim.count();
                    // Until it is thrown out.
                    while matches!(raw.stream.read(&mut [0; 64]).await, Ok(1..)) {}
                }
                tokio::time::sleep(AGAIN).await;
            }
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
}

/// A connection that never begins its handshake.
async fn silent(aim: &Aim) {
    let (mut ip, mut port) = (None, None);
    for part in &aim.way {
        match part {
            Protocol::Ip4(at) => ip = Some(at),
            Protocol::Tcp(at) => port = Some(at),
            _ => {}
        }
    }
    let Some(socket) = ip.zip(port) else { return };
    if let Ok(mut stream) = tokio::net::TcpStream::connect(socket).await {
        aim.count();
        while matches!(stream.read(&mut [0; 64]).await, Ok(1..)) {}
    }
}
