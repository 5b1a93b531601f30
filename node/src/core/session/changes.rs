//! Changes of texts by their hash: what an authorised change depends on and no authorised log has.
//!
//! Who misses some when everything else is in asks for them before it is done, again as long as
//! each answer brings some, since what comes may depend on more.

use baro_crdt::ids::{ChangeHash, EntryId};
use rand_core::Rng;

use super::super::message::{Index, Message, WireChange};
use super::{Broken, Session, Step, Turn};
use crate::replica::{Item, struck_out};
use crate::store::ChangeState;

/// The most changes wanted in one message.
const WANTED_MAX: usize = 256;
/// How often one side asks in a session.
const ASKED_MAX: u32 = 8;
/// An answer is closed at so many bytes of changes.
const ANSWER_BYTES: usize = 256 * 1024;
/// Text and hash, in bytes.
const PAIR_BYTES: usize = EntryId::LEN + ChangeHash::LEN;

/// What was asked for of a community in a session, and served.
#[derive(Default)]
pub(super) struct Asked {
    asked: u32,
    served: u32,
    /// An answer is to come.
    pub(super) open: bool,
    /// The last answer brought nothing: the other side has no more.
    in_vain: bool,
}

impl Session {
    /// Asks for the changes that are missing here; false where none are, or asking is no use.
    pub(super) fn ask_changes(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
    ) -> Result<bool, Broken> {
        let share = self.share(index)?;
        if share.changes.open {
            return Ok(true);
        }
        if share.alerts_only || share.changes.in_vain || share.changes.asked >= ASKED_MAX {
            return Ok(false);
        }
        let wanted = turn.read.changes_wanted(&share.community)?;
        if wanted.is_empty() {
            return Ok(false);
        }
        // Somebody may name changes that nobody has: others' get their turn.
        let start = match u32::try_from(wanted.len()) {
            Ok(count) if wanted.len() > WANTED_MAX => turn.rng.next_u32() % count,
            _ => 0,
        };
        let pairs = wanted.iter().cycle().skip(start as usize).take(wanted.len().min(WANTED_MAX));
        let bytes = pairs.flat_map(|(text, hash)| [&text.as_bytes()[..], hash.as_bytes()].concat());
        let message = Message::WantChanges(index, bytes.collect());
        share.changes.open = true;
        share.changes.asked += 1;
        self.stats.round_trips += 1;
        self.send(turn, &message)?;
        Ok(true)
    }

    /// Answers with what the other side misses and this one has, carried or struck out.
    pub(super) fn take_want_changes(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        wanted: &[u8],
    ) -> Step {
        let share = self.share(index)?;
        share.changes.served += 1;
        if share.changes.served > ASKED_MAX || !share.records_done {
            return Err(Broken::Protocol("wanted changes out of turn"));
        }
        let community = share.community;
        let (pairs, rest) = wanted.as_chunks::<PAIR_BYTES>();
        if !rest.is_empty() || pairs.len() > WANTED_MAX {
            return Err(Broken::Protocol("a torn list of wanted changes"));
        }
        let mut struck = None;
        let mut changes = Vec::new();
        let mut bytes_sent = 0;
        for pair in pairs {
            let (text, hash) = pair.split_at(EntryId::LEN);
            let (Some(text), Some(hash)) =
                (EntryId::from_slice(text), ChangeHash::from_slice(hash))
            else {
                continue;
            };
            let known = turn.read.change(&text, &hash)?.filter(|row| row.community == community);
            let bytes = match known.map(|row| row.state) {
                Some(ChangeState::Carried { bytes, .. }) => Some(bytes),
                // It comes with the log that has it.
                Some(ChangeState::Said) => None,
                Some(ChangeState::Wanted) | None => {
                    if struck.is_none() {
                        struck = Some(struck_out(turn.read, &community)?);
                    }
                    let held = struck.as_mut().and_then(|held| held.remove(&(text, hash)));
                    held.map(|(_, bytes)| bytes)
                }
            };
            let Some(bytes) = bytes else { continue };
            bytes_sent += bytes.len();
            changes.push(WireChange { text, bytes });
            if bytes_sent > ANSWER_BYTES {
                break;
            }
        }
        self.stats.items_sent += changes.len() as u64;
        let is_data = !changes.is_empty();
        let size = self.send(turn, &Message::Changes(index, changes))?;
        if is_data {
            self.share(index)?.in_flight.push_back((turn.now, size));
        }
        Ok(())
    }

    /// Takes an answer; an empty one is not acknowledged.
    pub(super) fn take_changes(
        &mut self,
        turn: &mut Turn<'_>,
        index: Index,
        changes: Vec<WireChange>,
    ) -> Step {
        let share = self.share(index)?;
        if !std::mem::take(&mut share.changes.open) || changes.len() > WANTED_MAX {
            return Err(Broken::Protocol("changes that were not asked for"));
        }
        if changes.is_empty() {
            share.changes.in_vain = true;
            return self.go_on(turn, index);
        }
        let community = share.community;
        self.stats.items_received += changes.len() as u64;
        let item = |WireChange { text, bytes }| Item::Change { community, text, bytes };
        self.commit(turn, index, changes.into_iter().map(item).collect(), 1)
    }
}
