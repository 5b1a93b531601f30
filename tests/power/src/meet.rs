//! A contact between two nodes: real cores, frames handed over in memory.

use std::collections::VecDeque;

use baro_crdt::ids::Millis;
use baro_node::WallSeconds;
use baro_node::api::Node;
use baro_node::core::{Core, Effect, Event, LinkId};
use baro_node::ingest::Strict;

use crate::dice::Dice;

/// Ticks after which a contact that has not come to rest is given up.
const TICKS_MAX: u64 = 1_000;

/// Lets two nodes talk until nothing is left to say. `committed` hears which of the two, 0 or 1,
/// has just made something durable.
///
/// # Errors
/// What either refused or why it closed the link, in words.
pub fn meet(
    mut nodes: [&mut Node; 2],
    now: WallSeconds,
    dice: &mut Dice,
    committed: &mut dyn FnMut(usize, &Node),
) -> Result<(), String> {
    let link = LinkId(1);
    let mut seed = || dice.noise(32).try_into().unwrap_or([0; 32]);
    let mut cores = [Core::new(seed(), Box::new(Strict)), Core::new(seed(), Box::new(Strict))];
    let names = [b"one".to_vec(), b"two".to_vec()];
    let [one, two] = names;
    let mut events = VecDeque::from([
        (
            0,
            Event::LinkUp {
                link,
                initiator: true,
                kept: true,
                local: one.clone(),
                remote: two.clone(),
            },
        ),
        (1, Event::LinkUp { link, initiator: false, kept: true, local: two, remote: one }),
    ]);
    for tick in 0..TICKS_MAX {
        while let Some((side, event)) = events.pop_front() {
            let (Some(core), Some(node)) = (cores.get_mut(side), nodes.get_mut(side)) else {
                continue;
            };
            for effect in core.handle(Millis(tick * 100), event, node.store()) {
                match effect {
                    Effect::Send { link, frame, .. } => {
                        events.push_back((1 - side, Event::Frame { link, frame: frame.into() }));
                    }
                    Effect::Commit { group, mut batch } => {
                        batch.now = now;
                        let outcomes = node.take_in(&[batch]).map_err(|error| error.to_string())?;
                        committed(side, node);
                        for outcome in outcomes {
                            events.push_back((side, Event::Committed { group, outcome }));
                        }
                    }
                    Effect::Close { why, .. } => return Err(format!("{side} closed: {why}")),
                    Effect::Refused { reason, .. } => {
                        return Err(format!("{side} refused something {reason}"));
                    }
                    Effect::SessionEnded { .. }
                    | Effect::Shares { .. }
                    | Effect::Dial { .. }
                    | Effect::Heard { .. } => {}
                }
            }
        }
        if !cores.iter().any(Core::is_busy) {
            return Ok(());
        }
        events.extend([(0, Event::Tick), (1, Event::Tick)]);
    }
    Err("the contact does not come to rest".to_owned())
}
