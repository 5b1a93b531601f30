//! Signatures that are none, branches that two peers give out together, texts that unfold without
//! end: what a member can say under a key of their own.

use std::time::Duration;

use baro_crdt::entry::{Body as EntryBody, Editors};
use baro_crdt::ids::EntryId;
use baro_crdt::keys::MemberKey;
use baro_crdt::log::Stream;
use baro_crdt::text::Text;
use sha2::{Digest, Sha256};

use super::link::Link;
use super::said::records;
use super::sessions::{again_and_again, met};
use super::written::{Written, entry, member, names};
use super::{Aim, random};

const WAIT: Duration = Duration::from_secs(5);
const ENTRIES: usize = 40;
/// The order of the group: a signature's second half and this added to it say the same.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A session up to the moment in which logs are sent, after these records.
async fn begun(aim: &Aim, said: &[Vec<u8>]) -> Option<Link> {
    let mut link = met(aim, 0, 9).await?;
    link.hear_of(1).await?;
    link.say(&records(said, true)).await.then_some(())?;
    link.hear_of(6).await?;
    Some(link)
}

/// The same signature in other bytes.
fn malleated(mut signature: [u8; 64]) -> [u8; 64] {
    let mut carry = 0_u16;
    for (byte, more) in signature.iter_mut().skip(32).zip(ORDER) {
        carry += u16::from(*byte) + u16::from(more);
        *byte = u8::try_from(carry & 0xff).unwrap();
        carry >>= 8;
    }
    signature
}

/// Well-made entries of a member under signatures that are forged, torn, malleated, or an earlier
/// one once more; and records whose signature is another's.
pub(super) async fn signatures(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        // The member is the same in every session, so that the community does not grow without end.
        let key = MemberKey::from_seed([0xa0; 32]);
        let grant = member(&aim, &key);
        let mut said = vec![grant.to_bytes().to_vec()];
        if number % 5 == 4 {
            let mut forged = member(&aim, &MemberKey::from_seed(random())).to_bytes().to_vec();
            *forged.last_mut().unwrap() ^= 1;
            said.push(forged);
        }
        let lane = u8::try_from(number % 5).unwrap();
        let log =
            Written::new(&aim, key, grant.id(), (Stream::Debate, lane), names(ENTRIES, "Personne"));
        let Some(mut link) = begun(&aim, &said).await else { return };
        // Each time anew, so that a node which only looks at the first one would show it.
        for _ in 0..50 {
            let run = match number % 5 {
                0 => log.run_with(0, ENTRIES, random()),
                1 => log.run_torn(0, ENTRIES),
                2 => log.run_with(0, ENTRIES, malleated(log.signature(ENTRIES))),
                _ => log.run_with(0, ENTRIES, log.signature(ENTRIES / 2)),
            };
            if !link.say(&run).await {
                return;
            }
        }
        link.wait(WAIT).await;
    })
    .await;
}

/// Two peers who conspire: each gives out another branch of the same log, both well signed, and
/// both say that theirs is the longer one.
pub(super) async fn fork(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        let log_of = number / 2 % 8;
        let key = MemberKey::from_seed([0xb0 + u8::try_from(log_of).unwrap(); 32]);
        let grant = member(&aim, &key);
        let (branch, name) = if number.is_multiple_of(2) { (30, "Pour") } else { (40, "Contre") };
        let entries = [names(10, "Nous deux"), names(branch, name)].concat();
        let length = entries.len();
        let log = Written::new(&aim, key, grant.id(), (Stream::Debate, 1), entries);
        let Some(mut link) = begun(&aim, &[grant.to_bytes().to_vec()]).await else { return };
        // Both from the beginning: whoever holds the other one sees that they differ.
        link.say(&log.run(0, length)).await;
        link.wait(WAIT).await;
    })
    .await;
}

/// A change of some hundred bytes that says of a column that it goes on a million times.
fn bomb(text: EntryId, number: usize) -> Vec<u8> {
    let change = Text::new(text).edit("a").unwrap().remove(0);
    // Magic, checksum, kind and length come before what the change says.
    let body = change.get(10..).unwrap();
    // Up to where its list of columns begins.
    let columns: &[u8] = match number % 3 {
        0 => &[1, 0x42, 4, 0xc0, 0x84, 0x3d, 1],
        1 => &[1, 0x42, 4, 0, 0xc0, 0x84, 0x3d],
        _ => &[1, 0x42, 3, 0xc0, 0xfb, 0x42],
    };
    let body = [body.get(..1 + 32 + 17 + 1 + 1 + 1 + 1 + 3).unwrap(), columns].concat();
    let mut hashed = vec![1];
    hashed.extend(super::said::length(body.len()));
    hashed.extend(&body);
    let checksum = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83][..], checksum.get(..4).unwrap(), &hashed].concat()
}

/// Changes of texts that unfold to a million operations, in a member's well-signed log.
pub(super) async fn texts(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        let key = || MemberKey::from_seed([0xc0; 32]);
        let grant = member(&aim, &key());
        let place = (Stream::Debate, u8::try_from(number).unwrap());
        let begin = entry(EntryBody::Text { debate: None, editors: Editors::Members });
        let text = Written::new(&aim, key(), grant.id(), place, vec![begin.clone()]).last_id();
        let change = entry(EntryBody::Change { text, bytes: bomb(text, number) });
        let entries = [vec![begin], vec![change; ENTRIES - 1]].concat();
        let log = Written::new(&aim, key(), grant.id(), place, entries);
        let Some(mut link) = begun(&aim, &[grant.to_bytes().to_vec()]).await else { return };
        link.say(&log.run(0, ENTRIES)).await;
        link.wait(WAIT).await;
    })
    .await;
}
