//! Peers that break the rules, or come in crowds: refused, counted, and nobody else is harmed.

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{Multiaddr, Stream, SwarmBuilder, identity::Keypair, noise, tcp, yamux};

use super::*;
use crate::net::handler::PROTOCOL;

/// A libp2p node that is none of ours, with a raw stream on our protocol.
async fn raw(to: &Net, name: u8) -> Stream {
    let mut swarm =
        SwarmBuilder::with_existing_identity(Keypair::ed25519_from_bytes([name; 32]).unwrap())
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .unwrap()
            .build();
    let mut control = swarm.behaviour().new_control();
    let peer = to.handle.peer().0;
    swarm.dial(Multiaddr::clone(to.at[0].multiaddr())).unwrap();
    let (there, arrived) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut there = Some(there);
        loop {
            if let libp2p::swarm::SwarmEvent::ConnectionEstablished { .. } =
                swarm.select_next_some().await
            {
                there.take().map(|there| there.send(()));
            }
        }
    });
    arrived.await.unwrap();
    control.open_stream(peer, PROTOCOL).await.unwrap()
}

/// A hub with one honest link beside the raw one.
async fn hub(limits: impl FnOnce(&mut NetLimits)) -> (Net, Net, Up, Stream) {
    let mut config_hub = config(1);
    limits(&mut config_hub.limits);
    let mut hub = Net::start(config_hub, &[TCP]).await;
    let mut honest = Net::start(config(2), &[]).await;
    honest.handle.dial(hub.at[0].clone()).await;
    hub.up().await;
    let up = honest.up().await;
    let mut stream = raw(&hub, 66).await;
    hub.up().await;
    let mut taken = [9];
    stream.read_exact(&mut taken).await.unwrap();
    assert_eq!(taken, [0], "the accepting side begins with an empty frame");
    (hub, honest, up, stream)
}

async fn unharmed(hub: &mut Net, honest: &Net, up: &Up) {
    honest.handle.send(up.link, Bytes::from_static(b"still here")).unwrap();
    assert_eq!(hub.frame().await, "still here");
}

#[tokio::test]
async fn who_turns_everybody_away_is_tried_again_soon() {
    let full = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = full.local_addr().unwrap().port();
    let mut guest = config(2);
    guest.peers = vec![format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap()];
    guest.backoff = Backoff {
        first: Duration::from_millis(5),
        turned_away: Duration::from_millis(20),
        ..Backoff::default()
    };
    let _guest = Net::start(guest, &[]).await;
    let crowd = async {
        for _ in 0..40 {
            drop(full.accept().await.unwrap());
        }
    };
    // Waits that double would take hours.
    tokio::time::timeout(Duration::from_secs(60), crowd).await.unwrap();
}

#[tokio::test]
async fn an_oversized_frame_ends_its_link_only() {
    let (mut hub, honest, up, mut stream) = hub(|_| {}).await;
    // A good frame first, then one byte over the bound.
    stream.write_all(&[2, 7, 7, 0x81, 0x80, 0x40]).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(hub.frame().await, vec![7, 7]);
    assert_eq!(hub.down().await, LinkEnd::FrameTooLarge(FRAME_BYTES_MAX as u64 + 1));
    assert_eq!(hub.handle.refusals(), [("frame_too_large", 1)]);
    unharmed(&mut hub, &honest, &up).await;
}

#[tokio::test]
async fn a_padded_length_is_malformed() {
    let (mut hub, honest, up, mut stream) = hub(|_| {}).await;
    stream.write_all(&[0x82, 0x00]).await.unwrap();
    stream.flush().await.unwrap();
    assert!(matches!(hub.down().await, LinkEnd::Malformed(_)));
    assert_eq!(hub.handle.refusals(), [("frame_malformed", 1)]);
    unharmed(&mut hub, &honest, &up).await;
}

#[tokio::test]
async fn a_frame_that_drips_is_ended_in_time() {
    let time = Duration::from_millis(400);
    let (mut hub, honest, up, mut stream) = hub(|limits| limits.frame_time = time).await;
    let began = Instant::now();
    let drip = tokio::spawn(async move {
        stream.write_all(&[100]).await.unwrap();
        loop {
            if stream.write_all(&[1]).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert_eq!(hub.down().await, LinkEnd::FrameTooSlow(time));
    assert!(began.elapsed() >= time && began.elapsed() < time * 5, "{:?}", began.elapsed());
    assert_eq!(hub.handle.refusals(), [("frame_too_slow", 1)]);
    unharmed(&mut hub, &honest, &up).await;
    drip.abort();
}

#[tokio::test]
async fn a_peer_that_never_reads_is_given_up() {
    let time = Duration::from_millis(500);
    let (mut hub, honest, up, stream) = hub(|limits| {
        limits.stuck_time = time;
        limits.queue_bytes_max = 256 << 10;
    })
    .await;
    // The raw link is the second that came up.
    let raw = LinkId(2);
    while hub.handle.send(raw, numbered(1, 60_000)) != Err(SendRefused::Full)
        || hub.handle.queued_bytes(raw) < Some(200 << 10)
    {
        tokio::task::yield_now().await;
    }
    let keep_full = hub.handle.clone();
    let filler = tokio::spawn(async move {
        while keep_full.send(raw, numbered(1, 60_000)) != Err(SendRefused::Gone) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert_eq!(hub.down().await, LinkEnd::OutboundStuck(time));
    filler.await.unwrap();
    assert_eq!(hub.handle.refusals(), [("outbound_stuck", 1)]);
    unharmed(&mut hub, &honest, &up).await;
    drop(stream);
}

#[tokio::test]
async fn a_cut_is_told_from_an_orderly_end() {
    let (mut hub, honest, up, mut stream) = hub(|_| {}).await;
    stream.write_all(&[2, 7, 7]).await.unwrap();
    stream.close().await.unwrap();
    assert_eq!(hub.frame().await, vec![7, 7]);
    assert!(matches!(hub.down().await, LinkEnd::Lost(_)));
    unharmed(&mut hub, &honest, &up).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_strangers_stay_within_the_bound() {
    let mut wish = config(200);
    wish.limits.connections_max = 20;
    wish.limits.connections_kept_for_dials = 4;
    (wish.limits.pending_incoming_max, wish.limits.incoming_per_place_max) = (64, 20);
    let mut hub = Net::start(wish, &[TCP]).await;
    let mut crowd = Vec::new();
    for name in 0..100 {
        let stranger = Net::start(config(name), &[]).await;
        stranger.handle.dial(hub.at[0].clone()).await;
        crowd.push(stranger);
    }
    let mut linked = 0;
    for event in hub.said(Duration::from_secs(3)).await {
        assert!(matches!(event, NetEvent::LinkUp { .. }), "{event:?}");
        linked += 1;
    }
    assert_eq!(linked, 16);
    let refused: u64 = hub.handle.refusals().iter().map(|(_, count)| count).sum();
    assert_eq!(refused, 84, "{:?}", hub.handle.refusals());
    // The hub's own dials still have room.
    let mut friend = Net::start(config(201), &[TCP]).await;
    hub.handle.dial(friend.at[0].clone()).await;
    assert_eq!(hub.up().await.peer, friend.handle.peer());
    friend.up().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_place_does_not_get_all_connections() {
    let mut wish = config(200);
    wish.limits.incoming_per_place_max = 3;
    let mut hub = Net::start(wish, &[TCP]).await;
    let mut crowd = Vec::new();
    for name in 0..10 {
        let stranger = Net::start(config(name), &[]).await;
        stranger.handle.dial(hub.at[0].clone()).await;
        crowd.push(stranger);
    }
    assert_eq!(hub.said(Duration::from_secs(2)).await.len(), 3);
    assert_eq!(hub.handle.refusals(), [("connections_of_one_place_full", 7)]);
}

/// Lets four come to a hub that takes two, one after the other; those for whose name `befriended`
/// holds share something. Gives the hub and who came.
async fn four_for_two(limit: impl FnOnce(&mut NetLimits), befriended: &[u8]) -> (Net, Vec<Net>) {
    let mut wish = config(200);
    limit(&mut wish.limits);
    let mut hub = Net::start(wish, &[TCP]).await;
    let mut crowd = Vec::new();
    for name in 1..=4 {
        let newcomer = Net::start(config(name), &[]).await;
        newcomer.handle.dial(hub.at[0].clone()).await;
        // From the third on, one of those before goes.
        let (mut came, mut gone) = (false, name <= 2);
        while !came || !gone {
            match hub.next().await {
                NetEvent::LinkUp { peer, .. } => {
                    came = true;
                    if befriended.contains(&name) {
                        hub.handle.befriend(peer);
                    }
                }
                NetEvent::LinkDown { .. } => gone = true,
                other => panic!("{other:?}"),
            }
        }
        crowd.push(newcomer);
    }
    assert_eq!(hub.handle.refusals(), [("made_room", 2)]);
    (hub, crowd)
}

/// Which of them are still linked.
async fn left(crowd: &mut [Net]) -> Vec<usize> {
    let mut left = Vec::new();
    for (at, net) in crowd.iter_mut().enumerate() {
        let said = net.said(Duration::from_millis(300)).await;
        let is_gone = |event: &NetEvent| matches!(event, NetEvent::LinkDown { .. });
        if !said.iter().any(is_gone) {
            left.push(at + 1);
        }
    }
    left
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_make_room_and_friends_do_not() {
    let few = |limits: &mut NetLimits| {
        limits.connections_max = 3;
        limits.connections_kept_for_dials = 1;
        limits.stranger_time = Duration::ZERO;
    };
    let (_hub, mut crowd) = four_for_two(few, &[1]).await;
    assert_eq!(left(&mut crowd).await, [1, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_full_place_strangers_make_room_first_and_then_whoever_is_quiet() {
    let few = |limits: &mut NetLimits| {
        limits.incoming_per_place_max = 2;
        limits.stranger_time = Duration::ZERO;
        limits.place_quiet_time = Duration::ZERO;
    };
    let (_hub, mut crowd) = four_for_two(few, &[1, 3]).await;
    assert_eq!(
        left(&mut crowd).await,
        [3, 4],
        "the second was a stranger, the first has been quiet for longer"
    );
}

#[tokio::test]
async fn who_is_told_something_and_stays_silent_is_given_up_and_who_is_only_quiet_is_not() {
    let time = Duration::from_millis(200);
    let (mut hub, honest, up, _stream) = hub(|limits| {
        limits.answer_time = time;
        limits.quiet_time = 2 * time;
    })
    .await;
    // Both are asked whether they are there; the raw one never answers.
    assert_eq!(hub.down().await, LinkEnd::Lost("the other end does not answer".into()));
    for _ in 0..10 {
        tokio::time::sleep(time).await;
        assert!(
            hub.handle.link_bytes(up.link).is_some() || honest.handle.link_bytes(up.link).is_some()
        );
    }
    unharmed(&mut hub, &honest, &up).await;
}
