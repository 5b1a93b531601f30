//! Frames of a stranger, from the first byte on or after an honest beginning.
//!
//! The first byte says who opened the link and how many honest messages go before. Each step
//! after it is a message in the clear or compressed, a frame with whatever header it likes, some
//! time, a full disk, or a new link. Whatever comes, the node holds only what someone signed.

use crate::input;
use crate::peer::Peer;
use crate::session::Tap;
use crate::world::WORLD;

const LEFT: u8 = 1;
const RIGHT: u8 = 2;

/// Begins as `mode` says. Gives the node and the sequence number of the next frame to it.
fn begin(mode: u8) -> (Peer, u8) {
    let initiator = mode & 1 != 0;
    let mut node = Peer::new(LEFT, WORLD.left());
    node.link_up(initiator, RIGHT);
    let honest = mode >> 1 & 7;
    let mut sequence = 0_u8;
    if honest > 0 {
        let mut other = Peer::new(RIGHT, WORLD.right());
        other.link_up(!initiator, LEFT);
        other.wish();
        while sequence < honest {
            if let Some(frame) = other.out.pop_front() {
                node.frame(frame);
                sequence += 1;
            } else if let Some(frame) = node.out.pop_front() {
                other.frame(frame);
            } else {
                break;
            }
        }
    }
    (node, sequence)
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let (mut node, mut sequence) = begin(mode);
    for step in input::steps(rest) {
        match step.op % 8 {
            kind @ 0..=4 => {
                let header = [sequence, u8::from(kind == 4)];
                node.frame([&header, step.bytes].concat());
                sequence = sequence.wrapping_add(1);
            }
            5 => node.frame(step.bytes.to_vec()),
            6 => {
                node.later(u64::from(step.arg) * 300);
                node.failing = u32::from(step.arg & 1);
            }
            _ => {
                node.link_up(step.arg & 1 != 0, RIGHT);
                sequence = 0;
            }
        }
        if node.closed {
            node.link_up(step.arg & 1 != 0, RIGHT);
            sequence = 0;
        }
    }
    node.later(100_000);
    WORLD.assert_signed(&node.store);
}

/// What an honest node says, cut off after each of its messages, for both sides.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for initiator in [true, false] {
        let mut node = Peer::new(LEFT, WORLD.left());
        let mut other = Peer::new(RIGHT, WORLD.right());
        node.link_up(initiator, RIGHT);
        other.link_up(!initiator, LEFT);
        other.wish();
        let mut tap = Tap::default();
        let mut said: Vec<Vec<u8>> = Vec::new();
        loop {
            if let Some(frame) = other.out.pop_front() {
                said.push(tap.message(&frame).expect("an honest frame"));
                node.frame(frame);
            } else if let Some(frame) = node.out.pop_front() {
                other.frame(frame);
            } else {
                break;
            }
        }
        for honest in 0..said.len().min(8) {
            let rest = said.iter().skip(honest).map(|message| (0, 0, message.as_slice()));
            let mode = u8::from(initiator) | u8::try_from(honest).expect("few") << 1;
            seeds.push([&[mode][..], &input::write(rest)].concat());
        }
    }
    seeds
}
