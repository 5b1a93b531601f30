//! Who is dialled, when, and which of several ways is kept.

use super::*;

fn links(said: &[NetEvent]) -> usize {
    said.iter().filter(|event| matches!(event, NetEvent::LinkUp { .. })).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_dial_each_other_at_once_have_one_link() {
    for round in 0..6 {
        let transport = if round % 2 == 0 { TCP } else { QUIC };
        let mut a = Net::start(config(1), &[transport]).await;
        let mut b = Net::start(config(2), &[transport]).await;
        let (to_a, to_b) = (a.at[0].clone(), b.at[0].clone());
        tokio::join!(a.handle.dial(to_b), b.handle.dial(to_a));
        let (up_a, up_b) = tokio::join!(a.up(), b.up());
        assert_ne!(up_a.initiator, up_b.initiator);
        // Nothing else happens: no second link, no end.
        let (said_a, said_b) =
            tokio::join!(a.said(Duration::from_millis(1300)), b.said(Duration::from_millis(1300)));
        for said in [&said_a, &said_b] {
            let flaps = said
                .iter()
                .any(|event| matches!(event, NetEvent::LinkUp { .. } | NetEvent::LinkDown { .. }));
            assert!(!flaps, "{said:?}");
        }
        a.handle.send(up_a.link, Bytes::from_static(b"salam")).unwrap();
        assert_eq!(b.frame().await, "salam");
        b.handle.send(up_b.link, Bytes::from_static(b"aw ni ce")).unwrap();
        assert_eq!(a.frame().await, "aw ni ce");
    }
}

#[tokio::test]
async fn another_peer_than_expected_is_refused_in_words() {
    for transport in [TCP, QUIC] {
        let b = Net::start(config(2), &[transport]).await;
        let mut a = Net::start(config(1), &[]).await;
        let stranger = PeerName::from_seed(&[9; 32]);
        let address = b.at[0].with_peer(stranger);
        a.handle.dial(address.clone()).await;
        let (at, why, retry) = a.failed().await;
        assert_eq!((at, retry), (address, None));
        assert!(
            why.contains("another peer") && why.contains(&b.handle.peer().to_string()),
            "{why}"
        );
        assert_eq!(a.handle.refusals(), [("wrong_peer", 1)]);
    }
}

#[tokio::test]
async fn a_dial_is_answered_even_when_it_leads_nowhere() {
    let mut a = Net::start(config(1), &[TCP]).await;
    for text in ["/ip4/127.0.0.1/tcp/1", "/dns4/example.org/tcp/1", "/unix/%2Ftmp%2Fsock"] {
        a.handle.dial(text.parse().unwrap()).await;
        let (at, why, retry) = a.failed().await;
        assert_eq!((at.to_string().as_str(), retry), (text, None));
        assert!(!why.is_empty());
    }
    let own = a.at[0].clone();
    a.handle.dial(own.without_peer().into()).await;
    let (_, why, _) = a.failed().await;
    assert!(why.contains("itself"), "{why}");
}

#[tokio::test]
async fn a_second_dial_to_a_linked_peer_says_so() {
    let (mut a, _, b, _) = pair(TCP).await;
    for address in [b.at[0].clone(), b.at[0].without_peer().into()] {
        a.handle.dial(address).await;
        assert!(a.failed().await.1.contains("stands already"));
    }
}

#[tokio::test]
async fn two_ways_to_one_peer_make_one_link() {
    let mut b = Net::start(config(2), &[TCP, QUIC]).await;
    let mut wish = config(1);
    wish.peers = b.at.clone();
    let mut a = Net::start(wish, &[]).await;
    tokio::join!(a.up(), b.up());
    let (said_a, said_b) =
        tokio::join!(a.said(Duration::from_millis(800)), b.said(Duration::from_millis(800)));
    assert!(said_a.is_empty() && said_b.is_empty(), "{said_a:?} {said_b:?}");
}

#[tokio::test]
async fn a_peer_that_comes_back_is_linked_again() {
    let b = Net::start(config(2), &[TCP]).await;
    let mut wish = config(1);
    wish.peers = b.at.clone();
    let mut a = Net::start(wish, &[]).await;
    a.up().await;
    let at = b.at[0].clone();
    b.handle.shutdown().await;
    drop(b.events);
    assert_eq!(a.down().await, LinkEnd::ClosedByPeer);
    let mut waits = Vec::new();
    while waits.len() < 5 {
        let (_, why, retry) = a.failed().await;
        assert!(!why.is_empty());
        waits.push(retry.unwrap());
    }
    let most = config(1).backoff.most;
    assert!(waits.iter().all(|wait| *wait <= most), "{waits:?}");
    assert!(waits[4] >= most / 2, "{waits:?}");
    let mut b = Net::start(config(2), &[&at.without_peer().to_string()]).await;
    let up = a.up().await;
    assert_eq!(up.peer, b.handle.peer());
    b.up().await;
    a.handle.send(up.link, Bytes::from_static(b"again")).unwrap();
    assert_eq!(b.frame().await, "again");
}

#[tokio::test]
async fn uplinks_are_tried_in_turn_and_one_is_connected() {
    let mut first = Net::start(config(2), &[TCP]).await;
    let mut second = Net::start(config(3), &[QUIC]).await;
    let mut wish = config(1);
    let nowhere: Address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    wish.uplinks = vec![nowhere.clone(), first.at[0].clone(), second.at[0].clone()];
    let mut a = Net::start(wish, &[]).await;
    assert_eq!(a.failed().await.0, nowhere);
    let up = a.up().await;
    assert!(up.uplink && up.initiator);
    assert_eq!(up.peer, first.handle.peer());
    assert!(!first.up().await.uplink);
    assert_eq!(links(&second.said(Duration::from_millis(500)).await), 0);
    first.handle.shutdown().await;
    let up = loop {
        match a.next().await {
            NetEvent::LinkUp { peer, uplink, .. } => break (peer, uplink),
            NetEvent::LinkDown { .. } | NetEvent::DialFailed { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(up, (second.handle.peer(), true));
    second.up().await;
}
