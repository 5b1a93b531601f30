//! The network over real sockets on this machine: one file per theme.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod ends;
mod hostile;
mod reach;

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::{sync::mpsc, time::timeout};

use super::*;

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits short enough for tests.
fn config(name: u8) -> NetConfig {
    let mut config = NetConfig::new([name; 32]);
    config.backoff = Backoff {
        first: Duration::from_millis(50),
        most: Duration::from_millis(400),
        ..Backoff::default()
    };
    config
}

/// A running network and what it says.
struct Net {
    handle: NetHandle,
    events: mpsc::Receiver<NetEvent>,
    /// Where it listens, in the order in which it came up.
    at: Vec<Address>,
}

/// A link as its `LinkUp` told it.
#[derive(Clone, Debug)]
struct Up {
    link: LinkId,
    peer: PeerName,
    initiator: bool,
    uplink: bool,
}

impl Net {
    async fn start(mut config: NetConfig, listen: &[&str]) -> Net {
        config.listen.extend(listen.iter().map(|text| text.parse::<Address>().unwrap()));
        let count = config.listen.len();
        let (handle, events) = start(config).unwrap();
        let mut net = Net { handle, events, at: Vec::new() };
        while net.at.len() < count {
            match net.next().await {
                NetEvent::Listening(address) => net.at.push(address),
                other => panic!("before it listens: {other:?}"),
            }
        }
        net
    }

    async fn next(&mut self) -> NetEvent {
        timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("an event")
    }

    /// The next link; failed dials on the way are passed over.
    async fn up(&mut self) -> Up {
        loop {
            match self.next().await {
                NetEvent::LinkUp { link, peer, initiator, uplink, .. } => {
                    return Up { link, peer, initiator, uplink };
                }
                NetEvent::DialFailed { .. } | NetEvent::Listening(_) => {}
                other => panic!("instead of a link: {other:?}"),
            }
        }
    }

    async fn frame(&mut self) -> Bytes {
        match self.next().await {
            NetEvent::Frame { frame, .. } => frame,
            other => panic!("instead of a frame: {other:?}"),
        }
    }

    async fn down(&mut self) -> LinkEnd {
        loop {
            match self.next().await {
                NetEvent::LinkDown { why, .. } => return why,
                NetEvent::Frame { .. } | NetEvent::Room { .. } | NetEvent::DialFailed { .. } => {}
                other => panic!("instead of an end: {other:?}"),
            }
        }
    }

    async fn failed(&mut self) -> (Address, String, Option<Duration>) {
        match self.next().await {
            NetEvent::DialFailed { address, why, retry_in } => (address, why, retry_in),
            other => panic!("instead of a failed dial: {other:?}"),
        }
    }

    /// Everything that is said within `time`.
    async fn said(&mut self, time: Duration) -> Vec<NetEvent> {
        let (until, mut said) = (Instant::now() + time, Vec::new());
        while let Ok(Some(event)) =
            timeout(until.saturating_duration_since(Instant::now()), self.events.recv()).await
        {
            said.push(event);
        }
        said
    }
}

/// Two networks with one link between them; the first dialled.
async fn pair(transport: &str) -> (Net, Up, Net, Up) {
    let mut b = Net::start(config(2), &[transport]).await;
    let mut a = Net::start(config(1), &[]).await;
    a.handle.dial(b.at[0].clone()).await;
    let (up_a, up_b) = tokio::join!(a.up(), b.up());
    assert!(up_a.initiator && !up_b.initiator);
    assert_eq!((up_a.peer, up_b.peer), (b.handle.peer(), a.handle.peer()));
    (a, up_a, b, up_b)
}

/// Sends a frame, waiting while the queue is full.
async fn send(net: &NetHandle, link: LinkId, frame: Bytes) {
    while net.send(link, frame.clone()) == Err(SendRefused::Full) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn numbered(number: u32, length: usize) -> Bytes {
    let mut frame = vec![number as u8; length];
    frame[..4].copy_from_slice(&number.to_be_bytes());
    frame.into()
}

async fn carries(transport: &str) {
    let (mut a, up_a, mut b, up_b) = pair(transport).await;
    let lengths: Vec<usize> =
        (0..400).map(|n| if n % 40 == 7 { FRAME_BYTES_MAX } else { 4 + n * 7 }).collect();
    for (net, link) in [(&a.handle, up_a.link), (&b.handle, up_b.link)] {
        let (net, lengths) = (net.clone(), lengths.clone());
        tokio::spawn(async move {
            for (number, length) in lengths.iter().enumerate() {
                send(&net, link, numbered(number as u32, *length)).await;
            }
        });
    }
    for net in [&mut a, &mut b] {
        let mut count = 0;
        while count < lengths.len() {
            match net.next().await {
                NetEvent::Frame { frame, .. } => {
                    assert_eq!(frame, numbered(count as u32, lengths[count]));
                    count += 1;
                }
                NetEvent::Room { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(a.handle.refusals().is_empty() && b.handle.refusals().is_empty());
}

#[tokio::test]
async fn tcp_carries_frames_both_ways_in_order() {
    carries(TCP).await;
}

#[tokio::test]
async fn quic_carries_frames_both_ways_in_order() {
    carries(QUIC).await;
}

/// The one that reads nothing fills only its own link.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_slows_only_its_own_link() {
    let mut hub = Net::start(config(1), &[TCP]).await;
    let lazy = Net::start(config(2), &[]).await;
    let mut keen = Net::start(config(3), &[]).await;
    lazy.handle.dial(hub.at[0].clone()).await;
    let to_lazy = hub.up().await.link;
    keen.handle.dial(hub.at[0].clone()).await;
    let to_keen = hub.up().await.link;
    keen.up().await;
    // Full without a break for a while: everything on the way is full too.
    let (mut queued, mut refused) = (0, 0);
    while refused < 100 {
        match hub.handle.send(to_lazy, vec![1; 1 << 20].into()) {
            Ok(()) => (queued, refused) = (queued + 1, 0),
            Err(SendRefused::Full) => {
                refused += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Err(other) => panic!("{other}"),
        }
        assert!(queued < 200, "nothing holds the sender back");
    }
    for number in 0..100 {
        send(&hub.handle, to_keen, numbered(number, 1000)).await;
        assert_eq!(keen.frame().await, numbered(number, 1000));
    }
}
