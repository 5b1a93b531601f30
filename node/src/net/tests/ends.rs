//! How links end: in good order, by a stop, by a crash.

use super::*;

#[tokio::test]
async fn an_orderly_end_delivers_everything_both_ways() {
    for transport in [TCP, QUIC] {
        let (mut a, up_a, mut b, up_b) = pair(transport).await;
        for number in 0..300 {
            a.handle.send(up_a.link, numbered(number, 9000)).unwrap();
            b.handle.send(up_b.link, numbered(number, 5000)).unwrap();
        }
        a.handle.close(up_a.link, "all said");
        assert_eq!(a.handle.send(up_a.link, numbered(0, 9)), Err(SendRefused::Gone));
        for number in 0..300 {
            assert_eq!(b.frame().await, numbered(number, 9000));
            assert_eq!(a.frame().await, numbered(number, 5000));
        }
        assert_eq!(a.down().await, LinkEnd::ClosedHere("all said".into()));
        assert_eq!(b.down().await, LinkEnd::ClosedByPeer);
        assert_eq!(b.handle.send(up_b.link, numbered(0, 9)), Err(SendRefused::Gone));
        // Both are free to begin anew.
        a.handle.dial(b.at[0].clone()).await;
        tokio::join!(a.up(), b.up());
    }
}

#[tokio::test]
async fn bytes_are_counted_on_both_sides_alike() {
    let (mut a, up_a, mut b, _) = pair(TCP).await;
    a.handle.send(up_a.link, numbered(1, 1000)).unwrap();
    b.frame().await;
    a.handle.close(up_a.link, "done");
    let of = |event| match event {
        NetEvent::LinkDown { sent, received, .. } => (sent, received),
        other => panic!("{other:?}"),
    };
    // Two bytes of length, the frame, and the last empty frame; the peer's last empty frame.
    assert_eq!(of(a.next().await), (1003, 1));
    assert_eq!(of(b.next().await), (1, 1003));
}

#[tokio::test]
async fn a_stop_delivers_what_was_queued() {
    for transport in [TCP, QUIC] {
        let (a, up_a, mut b, _) = pair(transport).await;
        for number in 0..50 {
            a.handle.send(up_a.link, numbered(number, 20_000)).unwrap();
        }
        let stop = a.handle.shutdown();
        let read = async {
            for number in 0..50 {
                assert_eq!(b.frame().await, numbered(number, 20_000));
            }
            assert_eq!(b.down().await, LinkEnd::ClosedByPeer);
        };
        tokio::join!(stop, read);
    }
}

#[tokio::test]
async fn a_slow_reader_still_gets_all_of_a_peer_that_left() {
    let (a, up_a, mut b, _) = pair(TCP).await;
    for number in 0..200 {
        a.handle.send(up_a.link, numbered(number, 1000)).unwrap();
    }
    a.handle.close(up_a.link, "gone");
    tokio::time::sleep(Duration::from_millis(300)).await;
    for number in 0..200 {
        assert_eq!(b.frame().await, numbered(number, 1000));
    }
    assert_eq!(b.down().await, LinkEnd::ClosedByPeer);
}

/// The peer's whole runtime stops without a word, as when a process is killed.
#[test]
fn a_peer_that_crashes_is_lost_not_ended() {
    let here = tokio::runtime::Runtime::new().unwrap();
    let there = tokio::runtime::Runtime::new().unwrap();
    let mut b = here.block_on(Net::start(config(2), &[TCP]));
    let address = b.at[0].clone();
    let a = there.block_on(async move {
        let mut a = Net::start(config(1), &[]).await;
        a.handle.dial(address).await;
        a.up().await;
        a
    });
    here.block_on(b.up());
    there.shutdown_background();
    let why = here.block_on(b.down());
    assert!(matches!(why, LinkEnd::Lost(_)), "{why:?}");
    drop(a);
}

/// A peer that changed its network dials again while its old connection still seems to stand.
#[tokio::test]
async fn a_peer_that_comes_back_before_it_was_missed_gets_a_link() {
    for (hub, phone) in [(1, 2), (2, 1)] {
        let mut hub = Net::start(config(hub), &[TCP]).await;
        let mut old = Net::start(config(phone), &[]).await;
        old.handle.dial(hub.at[0].clone()).await;
        hub.up().await;
        old.up().await;
        // The same key from elsewhere; the old one stays connected and silent.
        let mut new = Net::start(config(phone), &[]).await;
        new.handle.dial(hub.at[0].clone()).await;
        new.up().await;
        assert_eq!(hub.down().await, LinkEnd::Replaced);
        hub.up().await;
    }
}
