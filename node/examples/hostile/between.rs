//! A peer in between, and one who says that they are another.
//!
//! `between` waits at an address to be dialled, dials the node, and hands each one's frames to the
//! other: some of them never, some late, some twice, some in another order.

use std::time::Duration;

use baro_node::net::{Address, NetEvent};

use super::link::{Link, begin};
use super::{Aim, random};

/// How long a frame that comes late is kept.
const LATE: Duration = Duration::from_millis(300);

/// Waits for somebody and prints where.
async fn listening(
    at: Address,
) -> Option<(baro_node::net::NetHandle, tokio::sync::mpsc::Receiver<NetEvent>)> {
    let (net, mut events) = begin(Some(at));
    loop {
        if let NetEvent::Listening(address) = events.recv().await? {
            println!("listening {address}");
            return Some((net, events));
        }
    }
}

/// Stands between whoever dials `own` and the node.
pub(super) async fn between(aim: Aim, own: Address) {
    let Some((net, events)) = listening(own).await else { return };
    let mut heard = Some(events);
    while let Some(events) = heard.take() {
        let Some(mut near) = Link::next(net.clone(), events).await else { return };
        if let Some(mut far) = Link::dial(&aim.at).await {
            hand_on(&aim, &mut near, &mut far).await;
        }
        near.close();
        heard = Some(near.into_events());
    }
}

/// Until one of the two has had enough.
async fn hand_on(aim: &Aim, near: &mut Link, far: &mut Link) {
    let mut kept: Option<Vec<u8>> = None;
    loop {
        let (frame, to_far) = tokio::select! {
            frame = near.hear() => (frame, true),
            frame = far.hear() => (frame, false),
        };
        let Some(frame) = frame else { return };
        let to = if to_far { &mut *far } else { &mut *near };
        let [chance] = random::<1>();
        let said = match chance % 8 {
            // Dropped.
            0 => true,
            // Twice.
            1 => to.say(&frame).await && to.say(&frame).await,
            2 => {
                tokio::time::sleep(LATE).await;
                to.say(&frame).await
            }
            // After the next one.
            3 if kept.is_none() => {
                kept = Some(frame);
                true
            }
            _ => {
                let done = to.say(&frame).await;
                match kept.take() {
                    Some(late) => done && to.say(&late).await,
                    None => done,
                }
            }
        };
        aim.count();
        if !said {
            return;
        }
    }
}

/// Waits at an address at which somebody else is said to be.
pub(super) async fn impostor(own: Address) {
    let Some((_net, mut events)) = listening(own).await else { return };
    while events.recv().await.is_some() {}
}
