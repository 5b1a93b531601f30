//! Two honest nodes and someone between them, who changes, drops, doubles and invents messages.
//!
//! Whatever was done on the way, each node holds only what someone signed, and the next session
//! over an honest link makes them equal.

use std::sync::LazyLock;

use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use crate::input::{self, Step};
use crate::peer::Peer;
use crate::world::WORLD;

/// The most messages that are carried in one session.
const MESSAGES_MAX: u32 = 400;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads the messages of one direction.
#[derive(Default)]
pub(crate) struct Tap {
    stream: Option<Decoder<'static>>,
}

impl Tap {
    /// The message of an honest frame, decompressed.
    pub(crate) fn message(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let (header, body) = frame.split_at_checked(2)?;
        if header[1] == 0 {
            return Some(body.to_vec());
        }
        if body.starts_with(&ZSTD_MAGIC) {
            self.stream = Some(Decoder::new().ok()?);
        }
        let stream = self.stream.as_mut()?;
        let mut message = Vec::new();
        let mut room = vec![0; 16 * 1024];
        let mut from = InBuffer::around(body);
        loop {
            let mut to = OutBuffer::around(room.as_mut_slice());
            stream.run(&mut from, &mut to).ok()?;
            let full = to.pos() == to.capacity();
            message.extend_from_slice(to.as_slice());
            if from.pos() == body.len() && !full {
                return Some(message);
            }
        }
    }
}

/// One direction of the link.
#[derive(Default)]
struct Lane {
    tap: Tap,
    sent: u8,
}

impl Lane {
    fn deliver(&mut self, to: &mut Peer, message: &[u8]) {
        to.frame([&[self.sent, 0], message].concat());
        self.sent = self.sent.wrapping_add(1);
    }
}

/// Carries messages until nobody has anything to say, each as the next of `steps` wants it.
fn carry(nodes: &mut [Peer; 2], steps: &[Step<'_>]) {
    let mut steps = steps.iter();
    let mut lanes = [Lane::default(), Lane::default()];
    let mut quiet = 0;
    for _ in 0..MESSAGES_MAX {
        let [left, right] = nodes;
        let (from, to, lane) = match (left.out.pop_front(), right.out.pop_front()) {
            (Some(frame), other) => {
                if let Some(other) = other {
                    right.out.push_front(other);
                }
                (frame, right, &mut lanes[0])
            }
            (None, Some(frame)) => (frame, left, &mut lanes[1]),
            (None, None) if left.closed || right.closed || quiet == 3 => return,
            (None, None) => {
                quiet += 1;
                left.later(100);
                right.later(100);
                continue;
            }
        };
        quiet = 0;
        let message = lane.tap.message(&from).expect("an honest node writes what can be read");
        let Some(step) = steps.next() else {
            lane.deliver(to, &message);
            continue;
        };
        let at = usize::from(step.arg).min(message.len());
        match step.op % 16 {
            // Other bytes in place of some.
            1 | 2 => {
                let mut changed = message;
                let end = (at + step.bytes.len()).min(changed.len());
                changed.splice(at..end, step.bytes.iter().copied());
                lane.deliver(to, &changed);
            }
            // Bytes in between.
            3 => {
                let mut changed = message;
                changed.splice(at..at, step.bytes.iter().copied());
                lane.deliver(to, &changed);
            }
            4 => lane.deliver(to, &message[..at]),
            5 => {
                lane.deliver(to, &message);
                lane.deliver(to, &message);
            }
            6 => {}
            7 => lane.deliver(to, step.bytes),
            8 => {
                lane.deliver(to, step.bytes);
                lane.deliver(to, &message);
            }
            9 => {
                to.failing = 1;
                lane.deliver(to, &message);
            }
            10 => {
                to.later(u64::from(step.arg) * 300);
                lane.deliver(to, &message);
            }
            _ => lane.deliver(to, &message),
        }
    }
}

fn link(nodes: &mut [Peer; 2]) {
    let [left, right] = nodes;
    left.failing = 0;
    right.failing = 0;
    left.link_up(true, 2);
    right.link_up(false, 1);
}

fn nodes() -> [Peer; 2] {
    [Peer::new(1, WORLD.left()), Peer::new(2, WORLD.right())]
}

fn digests(nodes: &[Peer; 2]) -> [[u8; 32]; 2] {
    nodes.each_ref().map(|node| WORLD.digest(&node.store))
}

/// What both hold after honest sessions.
static WHOLE: LazyLock<[u8; 32]> = LazyLock::new(|| {
    let mut nodes = nodes();
    link(&mut nodes);
    carry(&mut nodes, &[]);
    let [left, right] = digests(&nodes);
    assert_eq!(left, right, "two honest nodes are not equal after a session");
    left
});

/// One input.
pub fn run(data: &[u8]) {
    let whole = *WHOLE;
    let mut nodes = nodes();
    link(&mut nodes);
    carry(&mut nodes, &input::steps(data));
    nodes.iter().for_each(|node| WORLD.assert_signed(&node.store));
    // Sketches may have failed, so a second link is fair.
    for _ in 0..3 {
        link(&mut nodes);
        carry(&mut nodes, &[]);
        assert!(nodes.iter().all(|node| !node.closed), "an honest link was closed");
        assert!(nodes.iter().all(|node| !node.is_busy()), "a session that does not end");
        if digests(&nodes) == [whole; 2] {
            break;
        }
    }
    nodes.iter().for_each(|node| WORLD.assert_signed(&node.store));
    assert_eq!(digests(&nodes), [whole; 2], "two nodes that stay different");
}

/// One change of each kind, at each of the first messages.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![Vec::new()];
    for at in 0..12 {
        let before = (0..at).map(|_| (0, 0, &[][..]));
        for (op, arg, bytes) in
            [(1, 9, &[0, 1][..]), (4, 30, &[]), (5, 0, &[]), (6, 0, &[]), (9, 0, &[]), (8, 0, &[3])]
        {
            seeds.push(input::write(before.clone().chain([(op, arg, bytes)])));
        }
    }
    seeds
}
