//! What a peer can do to a node that dials it: answer every question for symbols with ones that
//! never decode, then the question for a list with one that never ends.

use baro_node::net::NetEvent;
use minicbor::Decoder;

use super::link::{Link, begin, number};
use super::said::{Keyed, OFFER_BYTES, VERSION, list, message, sketch};
use super::{Aim, random};

/// Waits to be dialled, again and again.
pub(super) async fn symbols(aim: Aim) {
    let (net, mut events) = begin(Some(aim.at.clone()));
    while let Some(event) = events.recv().await {
        if let NetEvent::Listening(address) = event {
            println!("{address}");
            break;
        }
    }
    // One node dials, so one link stands at a time.
    let mut events = Some(events);
    while let Some(heard) = events.take() {
        let Some(mut link) = Link::next(net.clone(), heard).await else { return };
        session(&aim, &mut link).await;
        aim.count();
        events = Some(link.into_events());
    }
}

/// Reads a hello: its nonce, and the place of the offer with this tag.
fn offered(hello: &[u8], tag: impl Fn([u8; 8]) -> [u8; 8]) -> Option<(u16, [u8; 8])> {
    let mut read = Decoder::new(hello);
    read.array().ok()?;
    read.u32().ok()?;
    read.array().ok()?;
    read.array().ok()?;
    read.u8().ok()?;
    read.u8().ok()?;
    let nonce: [u8; 8] = read.bytes().ok()?.try_into().ok()?;
    let tag = tag(nonce);
    let mut offers = read.bytes().ok()?.chunks(OFFER_BYTES);
    let at = offers.position(|offer| offer.starts_with(&tag))?;
    Some((u16::try_from(at).ok()?, nonce))
}

/// One session, until the node has had enough of it.
async fn session(aim: &Aim, link: &mut Link) -> Option<()> {
    loop {
        let hello = link.hear_of(0).await?;
        let (initiator, responder) = (link.they.clone(), link.me.clone());
        let keyed = |nonce| Keyed {
            community: aim.ticket.records.first().unwrap().community(),
            nonce,
            initiator: &initiator,
            responder: &responder,
        };
        let Some((index, nonce)) = offered(&hello, |nonce| keyed(nonce).hash(b"tag")) else {
            continue;
        };
        let (own, mask) = (random::<8>(), keyed(nonce).mask(b"flags back"));
        let known = keyed(nonce).known(&own, 2, mask);
        let welcome = message(1, 1, |said| {
            said.array(3)?.u8(VERSION)?.bytes(&own)?.array(1)?;
            said.array(4)?.u16(index)?.u8(2)?.u8(mask)?.bytes(&known)?.ok()
        });
        link.say(&welcome).await.then_some(())?;
        link.say(&sketch(index, 0, 0, 32)).await.then_some(())?;
        loop {
            let asked = link.hear().await?;
            if number(&asked) != Some(5) {
                continue;
            }
            let mut read = Decoder::new(&asked);
            read.array().ok()?;
            read.u32().ok()?;
            read.array().ok()?;
            read.u16().ok()?;
            read.u8().ok()?;
            let (from, count) = (read.u32().ok()?, read.u32().ok()?);
            if count > 0 {
                link.say(&sketch(index, 0, from, count)).await.then_some(())?;
                continue;
            }
            loop {
                link.say(&list(index, 0, 4_096, false)).await.then_some(())?;
            }
        }
    }
}
