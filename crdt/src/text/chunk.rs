//! One change as bytes: read within bounds, and written in the one form that is taken.
//!
//! A change is a chunk of Automerge's format: four magic bytes, four of checksum (of the SHA-256
//! that is the change's hash), the chunk's type (1), the length of its body, and the body:
//! dependencies, actor, sequence number, number of the first operation, time, message, other
//! actors, columns.
//!
//! **The actor** of a change is the first 16 bytes of BLAKE3 derive_key("baro text actor 1", the
//! text's id ‖ the body with its 16 actor bytes zeroed). The chunk's header is left out, since its
//! checksum covers the actor and its length follows from the body. So each change has an actor of
//! its own that nobody else can take, it is bound to one text, and its sequence number is 1.

use sha2::{Digest, Sha256};

use super::columns::{self, Columns, Op};
use super::gate::{GateError, MAX_CHANGE_BYTES, MAX_DEPENDENCIES};
use super::leb::{Reader, write_unsigned};
use crate::ids::{ChangeHash, EntryId};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const TYPE_CHANGE: u8 = 1;

/// The actor of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Actor(pub(super) [u8; 16]);

/// The actor of the genesis. One byte, since every change has to name it.
pub(super) const GENESIS_ACTOR: [u8; 1] = [0];

/// A change without its actor and hash, which follow from the rest.
#[derive(Debug, PartialEq)]
pub(super) struct Draft {
    /// In ascending order.
    pub(super) deps: Vec<ChangeHash>,
    /// The number of its first operation.
    pub(super) start_op: u32,
    /// The actors that its operations name beside its own and the genesis, in ascending order.
    pub(super) others: Vec<Actor>,
    pub(super) ops: Vec<Op>,
}

/// A change as it is stored and sent.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) bytes: Vec<u8>,
    pub(super) hash: ChangeHash,
    pub(super) actor: Actor,
}

impl Draft {
    /// Writes the change with the actor that follows from it.
    pub(super) fn seal(&self, text: &EntryId) -> Sealed {
        let mut body = Vec::new();
        write_unsigned(&mut body, self.deps.len() as u64);
        for dep in &self.deps {
            body.extend_from_slice(dep.as_bytes());
        }
        write_unsigned(&mut body, 16);
        let actor_at = body.len();
        body.extend_from_slice(&[0; 16]);
        body.push(1); // sequence number
        write_unsigned(&mut body, u64::from(self.start_op));
        body.push(0); // time
        body.push(0); // message, of no bytes
        // A change without operations names nobody, not even the genesis.
        let genesis = usize::from(!self.ops.is_empty());
        write_unsigned(&mut body, (self.others.len() + genesis) as u64);
        if genesis == 1 {
            write_unsigned(&mut body, GENESIS_ACTOR.len() as u64);
            body.extend_from_slice(&GENESIS_ACTOR);
        }
        for other in &self.others {
            write_unsigned(&mut body, 16);
            body.extend_from_slice(&other.0);
        }
        columns::write(&self.ops, &mut body);

        let actor = actor_of(text, &body);
        if let Some(place) = body.get_mut(actor_at..actor_at + 16) {
            place.copy_from_slice(&actor.0);
        }
        let hash = hash_of_body(&body);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(hash.as_bytes().iter().take(4));
        bytes.push(TYPE_CHANGE);
        write_unsigned(&mut bytes, body.len() as u64);
        bytes.extend_from_slice(&body);
        Sealed { bytes, hash, actor }
    }
}

fn actor_of(text: &EntryId, body_with_zeroed_actor: &[u8]) -> Actor {
    let mut hasher = blake3::Hasher::new_derive_key("baro text actor 1");
    hasher.update(text.as_bytes()).update(body_with_zeroed_actor);
    let mut actor = [0; 16];
    hasher.finalize_xof().fill(&mut actor);
    Actor(actor)
}

fn hash_of_body(body: &[u8]) -> ChangeHash {
    let mut head = vec![TYPE_CHANGE];
    write_unsigned(&mut head, body.len() as u64);
    ChangeHash::from_bytes(Sha256::new().chain_update(&head).chain_update(body).finalize().into())
}

/// The body of a chunk that is a change, its checksum right, and its hash.
fn body_of(bytes: &[u8]) -> Result<(&[u8], ChangeHash), GateError> {
    if bytes.len() > MAX_CHANGE_BYTES {
        return Err(GateError::TooLong(bytes.len()));
    }
    let mut reader = Reader::new(bytes);
    if reader.take(4)? != MAGIC {
        return Err(GateError::NotAChange);
    }
    let checksum = reader.take(4)?;
    match reader.byte()? {
        TYPE_CHANGE => {}
        other => return Err(GateError::ChunkType(other)),
    }
    let length = reader.count()?;
    let body = reader.take(length)?;
    if reader.left() > 0 {
        return Err(GateError::Trailing(reader.left()));
    }
    let hash = hash_of_body(body);
    if hash.as_bytes().get(..4) != Some(checksum) {
        return Err(GateError::Checksum);
    }
    Ok((body, hash))
}

/// A change's hash and what it says it depends on; nothing else of it is looked at.
pub(super) fn outline(bytes: &[u8]) -> Result<(ChangeHash, Vec<ChangeHash>), GateError> {
    let (body, hash) = body_of(bytes)?;
    Ok((hash, read_deps(&mut Reader::new(body))?))
}

/// Reads a change and what follows from its own bytes: its form, its limits, its actor. What it
/// depends on is not looked at.
pub(super) fn read(text: &EntryId, bytes: &[u8]) -> Result<(Draft, Sealed), GateError> {
    let (body, _) = body_of(bytes)?;
    let (draft, actor) = read_body(body)?;
    let sealed = draft.seal(text);
    if sealed.actor != actor {
        // Bytes that differ in form alone also have another actor when they are written again, so
        // look at the actor of the bytes as they came before blaming it.
        let zeroed = zero_actor(body, draft.deps.len());
        let actor_fits = actor_of(text, &zeroed) == actor;
        return Err(if actor_fits { GateError::NotCanonical } else { GateError::WrongActor });
    }
    if sealed.bytes != bytes {
        return Err(GateError::NotCanonical);
    }
    Ok((draft, sealed))
}

fn zero_actor(body: &[u8], deps: usize) -> Vec<u8> {
    let mut counted = Vec::new();
    write_unsigned(&mut counted, deps as u64);
    let at = counted.len() + deps * ChangeHash::LEN + 1;
    let mut zeroed = body.to_vec();
    if let Some(place) = zeroed.get_mut(at..at + 16) {
        place.fill(0);
    }
    zeroed
}

fn read_deps(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, GateError> {
    let count = reader.count()?;
    if count == 0 {
        return Err(GateError::NoDependency);
    }
    if count > MAX_DEPENDENCIES {
        return Err(GateError::TooManyDependencies(count));
    }
    let mut deps = Vec::with_capacity(count);
    for _ in 0..count {
        let dep = ChangeHash::from_slice(reader.take(ChangeHash::LEN)?);
        deps.push(dep.ok_or(GateError::Truncated)?);
    }
    if !deps.is_sorted_by(|a, b| a < b) {
        return Err(GateError::DependenciesUnsorted);
    }
    Ok(deps)
}

fn read_body(body: &[u8]) -> Result<(Draft, Actor), GateError> {
    let mut reader = Reader::new(body);
    let deps = read_deps(&mut reader)?;
    let actor = read_actor(&mut reader)?;
    match reader.unsigned()? {
        1 => {}
        other => return Err(GateError::Sequence(other)),
    }
    let start_op = reader.unsigned()?;
    let start_op = u32::try_from(start_op).map_err(|_| GateError::TooHigh(start_op))?;
    match reader.signed()? {
        0 => {}
        other => return Err(GateError::Time(other)),
    }
    if reader.count()? != 0 {
        return Err(GateError::Message);
    }
    let others = read_others(&mut reader)?;
    let ops = Columns::read(&mut reader)?.ops()?;
    Ok((Draft { deps, start_op, others, ops }, actor))
}

fn read_actor(reader: &mut Reader<'_>) -> Result<Actor, GateError> {
    match reader.count()? {
        16 => reader.take(16)?.try_into().map(Actor).map_err(|_| GateError::Truncated),
        other => Err(GateError::ActorLength(other)),
    }
}

/// The other actors without the genesis, which comes first where there is any operation.
fn read_others(reader: &mut Reader<'_>) -> Result<Vec<Actor>, GateError> {
    let count = reader.count()?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if reader.count()? != GENESIS_ACTOR.len() || reader.take(1)? != GENESIS_ACTOR {
        return Err(GateError::OtherActors);
    }
    let mut others: Vec<Actor> = Vec::new();
    for _ in 1..count {
        let actor = read_actor(reader)?;
        if others.last().is_some_and(|last| *last >= actor) {
            return Err(GateError::OtherActors);
        }
        others.push(actor);
    }
    Ok(others)
}
