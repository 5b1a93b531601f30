//! Two members whose nodes meet, and somebody between them who once was one: they know the secret
//! of the epoch, so they can open what proves membership, change it and seal it again.
//!
//! Whatever they do, no node holds what nobody signed, and the next session over an honest link
//! makes the two equal.

use std::sync::LazyLock;

use baro_crdt::epoch::{Meeting, open_once, seal_once};
use minicbor::bytes::ByteVec;
use minicbor::{Decoder, Encoder};

use crate::circle::CIRCLE;
use crate::input::{self, Step};
use crate::peer::Peer;
use crate::session::Tap;

const MESSAGES_MAX: u32 = 200;
/// The number of a proof among messages.
const PROVE: u32 = 18;
const NONCE_BYTES: usize = 8;

/// A proof on its way: the community's place in the hello, and the sealed text.
fn proof(message: &[u8]) -> Option<(u16, Vec<u8>)> {
    let mut decoder = Decoder::new(message);
    let is_proof = decoder.array().ok()? == Some(2) && decoder.u32().ok()? == PROVE;
    (is_proof && decoder.array().ok()? == Some(2)).then_some(())?;
    let index = decoder.u16().ok()?;
    let sealed: ByteVec = decoder.decode().ok()?;
    Some((index, sealed.to_vec())).filter(|(_, sealed)| !sealed.is_empty())
}

fn message_of(index: u16, sealed: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    let encoded = encoder.array(2).and_then(|e| e.u32(PROVE)).and_then(|e| e.array(2));
    encoded.and_then(|e| e.u16(index)).and_then(|e| e.bytes(sealed)).expect("memory");
    encoder.into_writer()
}

/// Who is between the nodes knows both nonces.
struct Between {
    nonces: [[u8; NONCE_BYTES]; 2],
}

impl Between {
    fn key(&self, initiator: bool, number: u8) -> [u8; 32] {
        let names: [&[u8]; 2] = [&[1; 8], &[2; 8]];
        let nonces = self.nonces.each_ref();
        Meeting { nonces, names }.key(&CIRCLE.secret, initiator, number)
    }
}

fn nodes() -> [Peer; 2] {
    let mut nodes = [Peer::new(1, CIRCLE.node(0)), Peer::new(2, CIRCLE.node(1))];
    link(&mut nodes);
    nodes
}

fn link(nodes: &mut [Peer; 2]) {
    let [left, right] = nodes;
    left.link_up(true, 2);
    right.link_up(false, 1);
}

/// Carries messages until nobody has anything to say; `change` says what arrives in the place of
/// each, given who sent it (0 is the initiator).
fn carry(nodes: &mut [Peer; 2], change: &mut dyn FnMut(usize, Vec<u8>) -> Vec<Vec<u8>>) {
    let mut taps = [Tap::default(), Tap::default()];
    let mut sent = [0_u8; 2];
    let mut quiet = 0;
    for _ in 0..MESSAGES_MAX {
        let speaks = nodes.iter().position(|node| !node.out.is_empty());
        let Some(from) = speaks else {
            if quiet == 3 || nodes.iter().any(|node| node.closed) {
                return;
            }
            quiet += 1;
            nodes.iter_mut().for_each(|node| node.later(100));
            continue;
        };
        quiet = 0;
        let frame = nodes[from].out.pop_front().expect("there is one");
        let message = taps[from].message(&frame).expect("an honest node writes what can be read");
        for message in change(from, message) {
            nodes[1 - from].frame([&[sent[from], 0], message.as_slice()].concat());
            sent[from] = sent[from].wrapping_add(1);
        }
    }
}

fn digests(nodes: &[Peer; 2]) -> [[u8; 32]; 2] {
    nodes.each_ref().map(|node| CIRCLE.digest(&node.store))
}

/// The nonces of the first session, which are the same in each run, what the nodes hold before it
/// and what after.
static HONEST: LazyLock<(Between, [[u8; 32]; 2], [u8; 32])> = LazyLock::new(|| {
    let mut nodes = nodes();
    let before = digests(&nodes);
    // What each said before the first proof: hello and welcome, and perhaps something beside.
    let mut said: [Vec<u8>; 2] = [Vec::new(), Vec::new()];
    let mut proven = None;
    carry(&mut nodes, &mut |from, message| {
        match proof(&message) {
            Some(proof) if from == 0 => {
                proven.get_or_insert(proof);
            }
            _ if proven.is_none() => said[from].extend(&message),
            _ => {}
        }
        vec![message]
    });
    let [left, right] = digests(&nodes);
    assert!(left == right && !before.contains(&left), "two members are not equal after a session");
    let [hello, welcome] = said;
    let (index, sealed) = proven.expect("a proof");
    let windows = |message: &[u8]| -> Vec<[u8; NONCE_BYTES]> {
        message.windows(NONCE_BYTES).map(|part| part.try_into().expect("as long")).collect()
    };
    let others = windows(&welcome);
    let found = windows(&hello).into_iter().find_map(|one| {
        let pairs = others.iter().map(|other| Between { nonces: [one, *other] });
        let opens = |between: &Between| {
            open_once(between.key(true, 0), &sealed, &index.to_be_bytes()).is_some()
        };
        pairs.into_iter().find(opens)
    });
    (found.expect("the nonces stand in the hello and the welcome"), before, left)
});

/// What arrives in the place of a proof.
fn changed(
    step: &Step<'_>,
    message: Vec<u8>,
    text: Option<Vec<u8>>,
    key: [u8; 32],
) -> Vec<Vec<u8>> {
    let (Some((index, sealed)), Some(text)) = (proof(&message), text) else { return vec![message] };
    let seal = |text: &[u8]| message_of(index, &seal_once(key, text, &index.to_be_bytes()));
    // The argument counts twice as far, for texts of 512 bytes and more.
    let at = (usize::from(step.arg) * 2).min(text.len());
    let spliced = |end: usize| {
        let mut text = text.clone();
        text.splice(at..end, step.bytes.iter().copied());
        seal(&text)
    };
    match step.op % 10 {
        0 | 1 => vec![spliced((at + step.bytes.len()).min(text.len()))],
        2 => vec![spliced(at)],
        3 => vec![seal(&text[..at])],
        4 => {
            let length = u32::try_from(step.bytes.len()).expect("short").to_be_bytes();
            let mut text = [&length[..], step.bytes].concat();
            text.resize(text.len().next_power_of_two().max(512), 0);
            vec![seal(&text)]
        }
        5 => {
            let mut sealed = sealed;
            let at = at.min(sealed.len() - 1);
            sealed[at] ^= 1 | step.op;
            vec![message_of(index, &sealed)]
        }
        6 => vec![message.clone(), message],
        7 => Vec::new(),
        8 => vec![message_of(index.wrapping_add(u16::from(step.arg)), &sealed), message],
        _ => vec![message],
    }
}

/// One input.
pub fn run(data: &[u8]) {
    let (between, before, whole) = &*HONEST;
    let mut nodes = nodes();
    let steps = input::steps(data);
    let mut steps = steps.iter();
    let mut numbers = [0_u8; 2];
    carry(&mut nodes, &mut |from, message| {
        let Some((index, sealed)) = proof(&message) else { return vec![message] };
        let key = between.key(from == 0, numbers[from]);
        numbers[from] += 1;
        let text = open_once(key, &sealed, &index.to_be_bytes());
        match steps.next() {
            Some(step) => changed(step, message, text, key),
            None => vec![message],
        }
    });
    for (digest, before) in digests(&nodes).iter().zip(before) {
        assert!(digest == before || digest == whole, "a node holds what nobody signed");
    }
    for _ in 0..3 {
        link(&mut nodes);
        carry(&mut nodes, &mut |_, message| vec![message]);
        assert!(nodes.iter().all(|node| !node.closed), "an honest link was closed");
    }
    assert_eq!(digests(&nodes), [*whole; 2], "two members that stay different");
}

/// One change of each kind to each of the proofs.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![Vec::new()];
    for before in 0..3 {
        let before = (0..before).map(|_| (9, 0, &[][..]));
        for (op, arg, bytes) in [
            (0, 20, &[0, 1][..]),
            (2, 3, &[9]),
            (3, 40, &[]),
            (4, 0, &[0xa0]),
            (5, 9, &[]),
            (6, 0, &[]),
            (7, 0, &[]),
            (8, 1, &[]),
        ] {
            seeds.push(input::write(before.clone().chain([(op, arg, bytes)])));
        }
    }
    seeds
}
