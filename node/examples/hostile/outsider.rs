//! What somebody hears who knows a members-only community's id and nothing else: they dial and are
//! dialled, say everything that could make a node speak of it, and write down all that comes.

use std::time::Duration;

use baro_crdt::ids::CommunityId;
use baro_node::net::{Address, NetEvent};

use super::link::{Link, begin};
use super::random;
use super::said::{Keyed, live_tag, message};

/// How long one link is listened to.
const LISTEN: Duration = Duration::from_secs(2);

fn print(bytes: &[u8]) {
    println!("heard {}", data_encoding::HEXLOWER.encode(bytes));
}

async fn listen(link: &mut Link) {
    let all = async {
        while let Some(heard) = link.hear().await {
            print(&heard);
        }
    };
    if tokio::time::timeout(LISTEN, all).await.is_ok() {
        println!("gone");
    }
    link.close();
    println!("end");
}

/// Everything beside sessions that names the community.
async fn beside(link: &mut Link, tag: &[u8; 8]) {
    let graft = message(20, 2, |said| said.bytes(tag)?.array(2)?.u8(2)?.array(1)?.bytes(&[])?.ok());
    let want = message(21, 2, |said| {
        said.bytes(tag)?.array(2)?.u8(0)?.array(1)?.array(1)?;
        said.array(1)?.bytes(&random::<32>())?.ok()
    });
    let ids = message(22, 2, |said| {
        said.bytes(tag)?.array(2)?.u8(0)?.array(2)?.bytes(&[])?.bool(true)?.ok()
    });
    for said in [graft, want, ids] {
        link.say(&said).await;
    }
}

/// Dials: once with a hello, once with messages beside sessions too, once with a proof of nothing.
pub(super) async fn dials(at: Address, community: CommunityId) {
    for round in 0..3 {
        let Some(mut link) = Link::dial(&at).await else {
            println!("refused");
            continue;
        };
        let keyed =
            Keyed { community, nonce: random(), initiator: &link.me, responder: &link.they };
        let hello = keyed.hello(0, 9);
        let tag = live_tag(&community, &link.me, &link.they);
        link.say(&hello).await;
        if round == 1 {
            beside(&mut link, &tag).await;
        }
        if round == 2 {
            let prove = message(18, 2, |said| said.u16(0)?.bytes(&random::<528>())?.ok());
            link.say(&prove).await;
        }
        listen(&mut link).await;
    }
}

/// Waits to be dialled: says to each link that one more of the offers matches, in each way.
pub(super) async fn is_dialled(at: Address) {
    let (net, mut events) = begin(Some(at));
    while let Some(event) = events.recv().await {
        if let NetEvent::Listening(address) = event {
            println!("listening {address}");
            break;
        }
    }
    let mut events = Some(events);
    let mut number = 0;
    while let Some(heard) = events.take() {
        let Some(mut link) = Link::next(net.clone(), heard).await else { return };
        let Some(hello) = link.hear_of(0).await else {
            println!("end");
            events = Some(link.into_events());
            continue;
        };
        print(&hello);
        let (index, relation) = (number / 2 % 4, 2 + number % 2);
        let welcome = message(1, 1, |said| {
            said.array(3)?.u8(5)?.bytes(&random::<8>())?.array(1)?;
            said.array(4)?.u16(index)?.u16(relation)?.u8(0)?.bytes(&random::<6>())?.ok()
        });
        println!("answered {index} {relation}");
        link.say(&welcome).await;
        listen(&mut link).await;
        number += 1;
        events = Some(link.into_events());
    }
}
