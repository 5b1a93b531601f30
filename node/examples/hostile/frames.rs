//! What anybody on the network can do to a pipe: frames too large, too slow and without an end.

use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol, SwarmBuilder, multiaddr::Protocol, noise,
    swarm::SwarmEvent, tcp, yamux,
};
use zstd::stream::raw::{Encoder, InBuffer, Operation, OutBuffer};

use super::{Aim, said};

const PROTOCOL: StreamProtocol = StreamProtocol::new("/baro/sync/1");
/// As many at once as a node has places for strangers, and some more.
const AT_ONCE: usize = 60;
const PATIENCE: Duration = Duration::from_secs(5);
/// How long somebody who was turned away waits.
const AGAIN: Duration = Duration::from_millis(300);

/// A connection of somebody new, and the pipe on it; it ends when both are dropped.
pub(super) struct Raw {
    pub(super) stream: Stream,
    swarm: tokio::task::JoinHandle<()>,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.swarm.abort();
    }
}

/// Opens a pipe; `None` where it is not taken.
pub(super) async fn raw(at: &Multiaddr) -> Option<Raw> {
    let Some(Protocol::P2p(peer)) = at.iter().last() else { return None };
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| libp2p_stream::Behaviour::new())
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
        .build();
    let mut control = swarm.behaviour().new_control();
    swarm.dial(at.clone()).ok()?;
    let there = async {
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::ConnectionEstablished { .. } => return Some(()),
                SwarmEvent::OutgoingConnectionError { .. } => return None,
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, there).await.ok()??;
    let swarm = tokio::spawn(async move {
        while let Some(event) = swarm.next().await {
            if matches!(event, SwarmEvent::ConnectionClosed { .. }) {
                return;
            }
        }
    });
    let stream = opened(&mut control, peer).await;
    match stream {
        Some(stream) => Some(Raw { stream, swarm }),
        None => {
            swarm.abort();
            None
        }
    }
}

async fn opened(control: &mut libp2p_stream::Control, peer: PeerId) -> Option<Stream> {
    let opened = tokio::time::timeout(PATIENCE, control.open_stream(peer, PROTOCOL)).await;
    let mut stream = opened.ok()?.ok()?;
    let mut taken = [9];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut taken)).await;
    (matches!(read, Ok(Ok(()))) && taken == [0]).then_some(stream)
}

/// Does `what` on pipe after pipe, many at once, until the process ends.
async fn again_and_again<F: Future<Output = ()> + Send>(
    aim: Aim,
    what: impl Fn(Raw, usize) -> F + Copy + Send + Sync + 'static,
) {
    let mut tasks = Vec::new();
    for number in 0..AT_ONCE {
        let aim = aim.clone();
        tasks.push(tokio::spawn(async move {
            loop {
                if let Some(raw) = raw(&aim.way).await {
                    what(raw, number).await;
                    aim.count();
                }
                tokio::time::sleep(AGAIN).await;
            }
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
}

/// Announces a frame of more than 1 MiB, then sends it.
pub(super) async fn oversized(aim: Aim) {
    again_and_again(aim, async |mut raw: Raw, number: usize| {
        let lengths: [&[u8]; 3] =
            [&[0x81, 0x80, 0x40], &[0xff, 0xff, 0xff, 0x7f], &[0x80, 0x80, 0x80, 0x01]];
        let Some(length) = lengths.get(number % 3) else { return };
        if raw.stream.write_all(length).await.is_ok() {
            let junk = vec![7; 64 << 10];
            while raw.stream.write_all(&junk).await.is_ok() {}
        }
    })
    .await;
}

/// Begins the largest frame there may be and says a byte of it now and then.
pub(super) async fn dripping(aim: Aim) {
    again_and_again(aim, async |mut raw: Raw, _: usize| {
        // Most of it at once, so that the node keeps as much as it ever would.
        let mut begun = vec![0x80, 0x80, 0x40];
        begun.resize((1 << 20) - 4_000, 0);
        if raw.stream.write_all(&begun).await.is_err() {
            return;
        }
        while raw.stream.write_all(&[0]).await.is_ok() && raw.stream.flush().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}

/// Frames that never end: a length that goes on, a message that unpacks for ever, and one frame
/// after the other without a pause.
pub(super) async fn endless(aim: Aim) {
    again_and_again(aim, async |mut raw: Raw, number: usize| match number % 4 {
        0 => while raw.stream.write_all(&[0xff; 4_096]).await.is_ok() {},
        1 => {
            let frame = bomb();
            let mut wire = said::length(frame.len());
            wire.extend(frame);
            let _ = raw.stream.write_all(&wire).await;
            let _ = raw.stream.flush().await;
            let _ = raw.stream.read(&mut [0]).await;
        }
        // Questions whether the node is there.
        2 => while raw.stream.write_all(&[0x80, 0x00].repeat(32 << 10)).await.is_ok() {},
        _ => {
            let mut sequence = 0_u8;
            loop {
                let mut wire = Vec::new();
                for _ in 0..256 {
                    let message = said::shuffle();
                    wire.extend(said::length(message.len() + 2));
                    wire.extend([sequence, 0]);
                    wire.extend(message);
                    sequence = sequence.wrapping_add(1);
                }
                if raw.stream.write_all(&wire).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
}

/// A frame of some kilobytes that unpacks to 64 MiB.
fn bomb() -> Vec<u8> {
    let mut encoder = Encoder::new(3).unwrap();
    let mut frame = vec![0, 1];
    let mut room = vec![0; 64 << 10];
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        let mut input = InBuffer::around(zeros.as_slice());
        while input.pos() < zeros.len() {
            let mut out = OutBuffer::around(room.as_mut_slice());
            encoder.run(&mut input, &mut out).unwrap();
            frame.extend_from_slice(out.as_slice());
        }
    }
    let mut out = OutBuffer::around(room.as_mut_slice());
    encoder.flush(&mut out).unwrap();
    frame.extend_from_slice(out.as_slice());
    frame
}
