//! What somebody who holds the ticket can say in sessions that is not so: heads that don't exist,
//! counts that are lies, blobs that don't match.

use std::collections::BTreeSet;
use std::time::Duration;

use minicbor::Decoder;
use minicbor::encode;

use super::link::{Link, number};
use super::said::{Keyed, Run, list, live_tag, logs, message, records, wants};
use super::{Aim, random};

/// Peers that do it at the same time.
const AT_ONCE: usize = 30;
const AGAIN: Duration = Duration::from_millis(500);
/// How long it is waited for a node that has been told lies.
const WAIT: Duration = Duration::from_secs(10);

/// A link on which a hello has been said, with these flags and so many logs.
pub(super) async fn met(aim: &Aim, flags: u8, count: u32) -> Option<Link> {
    let mut link = Link::dial(&aim.at).await?;
    let keyed = Keyed {
        community: aim.ticket.records.first().unwrap().community(),
        nonce: random(),
        initiator: &link.me,
        responder: &link.they,
    };
    let hello = keyed.hello(flags, count);
    link.say(&hello).await.then_some(link)
}

/// Does `what` with one link after the other, many at once.
pub(super) async fn again_and_again<F: Future<Output = ()> + Send>(
    aim: Aim,
    what: impl Fn(Aim, usize) -> F + Copy + Send + Sync + 'static,
) {
    let mut tasks = Vec::new();
    for number in 0..AT_ONCE {
        let aim = aim.clone();
        tasks.push(tokio::spawn(async move {
            loop {
                what(aim.clone(), number).await;
                aim.count();
                tokio::time::sleep(AGAIN).await;
            }
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
}

/// Lists logs that nobody has, wants others of them, and sends runs with heads nobody signed.
pub(super) async fn heads(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        // 2: at most 40 logs here, so the other side compares.
        let Some(mut link) = met(&aim, 2, 9).await else { return };
        if link.hear_of(1).await.is_none() {
            return;
        }
        link.say(&records(&[], true)).await;
        if link.hear_of(6).await.is_none() {
            return;
        }
        if number.is_multiple_of(2) {
            for part in 0..100 {
                link.say(&list(0, 1, 4_096, part == 99)).await;
            }
        } else {
            link.say(&list(0, 1, 40, true)).await;
        }
        link.say(&wants(1_000)).await;
        let (author, grant, lane) = (random::<32>(), random::<32>(), random::<8>());
        let entries = vec![vec![0x84, 0, 1, 3, 0xa0]; 200];
        for part in 0..64_u32 {
            let log = part.is_multiple_of(2).then_some((&author, &grant, 2, &lane));
            let run = Run { log, from: part, entries: &entries, signature: random() };
            link.say(&logs(&[run])).await;
        }
        link.wait(WAIT).await;
    })
    .await;
}

/// Says numbers that are not so, a different one on each link.
pub(super) async fn counts(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        let Some(mut link) = met(&aim, 0, u32::MAX).await else { return };
        if link.hear_of(1).await.is_none() {
            return;
        }
        let more = |from: u32, count: u32| {
            message(5, 4, |said| said.u16(0)?.u8(0)?.u32(from)?.u32(count)?.ok())
        };
        let ack = message(10, 2, |said| said.u16(0)?.u32(u32::MAX)?.ok());
        let neighbours = message(40, 2, |said| said.u8(255)?.bool(true)?.ok());
        match number % 7 {
            0 => drop(link.say(&more(0, u32::MAX)).await),
            1 => {
                // As many as there may be, and the same again.
                for _ in 0..8 {
                    for from in (32..1 << 20).step_by(32 << 10) {
                        link.say(&more(from, 32 << 10)).await;
                    }
                }
            }
            2 => drop(link.say(&ack).await),
            3 => drop(link.say(&neighbours).await && link.say(&neighbours).await),
            4 => {
                for _ in 0..2_000 {
                    link.say(&more(0, 0)).await;
                }
            }
            5 => {
                // A reason that nobody has given before.
                let why = format!("{:032x}", u128::from_be_bytes(random()));
                link.say(&message(2, 1, |said| said.str(&why)?.ok())).await;
            }
            _ => {
                // An array that claims four billion items.
                let claims = [0x82, 8, 0x82, 0, 0x9a, 0xff, 0xff, 0xff, 0xff];
                link.say(&claims).await;
            }
        }
        link.wait(WAIT).await;
    })
    .await;
}

fn fetch(
    tag: &[u8; 8],
    n: u8,
    fields: u64,
    write: impl FnOnce(
        &mut minicbor::Encoder<&mut Vec<u8>>,
    ) -> Result<(), encode::Error<std::convert::Infallible>>,
) -> Vec<u8> {
    message(21, 2, |said| {
        said.bytes(tag)?.array(2)?.u8(n)?.array(fields)?;
        write(said)
    })
}

/// Says that it has all that the node wants, and sends something else: other bytes, or nothing.
pub(super) async fn blobs(aim: Aim) {
    again_and_again(aim, async |aim: Aim, which: usize| {
        let Some(mut link) = met(&aim, 0, 9).await else { return };
        let community = aim.ticket.records.first().unwrap().community();
        let tag = live_tag(&community, &link.me, &link.they);
        let mut told = BTreeSet::new();
        let talk = async {
            while let Some(heard) = link.hear().await {
                if number(&heard) == Some(21) {
                    answer(&mut link, &tag, &heard, &mut told, which).await;
                }
            }
        };
        // Whoever keeps silent is not soon thrown out, and the next one comes.
        let _ = tokio::time::timeout(WAIT, talk).await;
    })
    .await;
}

async fn answer(
    link: &mut Link,
    tag: &[u8; 8],
    heard: &[u8],
    told: &mut BTreeSet<Vec<u8>>,
    which: usize,
) -> Option<()> {
    let mut read = Decoder::new(heard);
    read.array().ok()?;
    read.u32().ok()?;
    read.array().ok()?;
    read.bytes().ok()?;
    read.array().ok()?;
    match (read.u8().ok()?, read.array().ok()?) {
        (0, _) => {
            for _ in 0..read.array().ok()?? {
                read.array().ok()?;
                told.insert(read.bytes().ok()?.to_vec());
            }
            let have = fetch(tag, 1, 2, |said| {
                said.array(told.len() as u64)?;
                for hash in told.iter() {
                    // All of its groups.
                    said.array(3)?.bytes(hash)?.bytes(&[1])?.u32(u32::MAX)?;
                }
                said.bool(true)?.ok()
            });
            link.say(&have).await;
        }
        (2, _) => {
            let hash = read.bytes().ok()?.to_vec();
            let (first, groups) = (read.u32().ok()?, read.u32().ok()?);
            if which.is_multiple_of(2) {
                return Some(());
            }
            let junk = vec![7; groups as usize * 16_384];
            let slice = fetch(tag, 3, 4, |said| {
                said.bytes(&hash)?.u32(first)?.u32(groups)?.bytes(&junk)?.ok()
            });
            link.say(&slice).await;
        }
        _ => {}
    }
    Some(())
}
