//! Bundles: any file, and sections of any content under right checksums.

use std::io::Cursor;

use baro_crdt::ids::WallSeconds;
use baro_node::bundle::{Found, Frame, Incoming, MAGIC, Report, Sections, export, import};
use baro_node::ingest::Strict;
use baro_node::replica::Replica;
use baro_node::store::MemoryStore;

use crate::input;
use crate::world::WORLD;

/// Takes a file in, as a node does.
pub(crate) fn take(store: &mut MemoryStore, bytes: &[u8]) -> Option<Report> {
    let mut replica = Replica::default();
    let mut take = |frame: &Frame| {
        let incoming = Incoming::verify(store, &mut Strict, frame, WallSeconds(8))?;
        let outcome = replica.commit(store, incoming.batch())?;
        Ok(incoming.settle(&outcome))
    };
    import(&mut Cursor::new(bytes), &mut take, &mut |_| {}).ok()
}

/// Everything that a store gives away.
pub(crate) fn whole(store: &MemoryStore) -> Vec<u8> {
    let mut bytes = Vec::new();
    export(store, None, &mut bytes, &mut |_, _| {}).expect("a bundle");
    bytes
}

/// The sections of a file, their kinds and bodies.
pub(crate) fn bodies(mut file: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut sections = Sections::new(&mut file);
    let mut bodies = Vec::new();
    while let Some(found) = sections.read_next().expect("memory") {
        if let Found::Section { frame, .. } = found {
            bodies.push((frame.kind, frame.unpack().expect("an honest section")));
        }
    }
    bodies
}

/// A file of what steps say: an operation of 0 to 191 is a section, the others are plain bytes.
pub(crate) fn file_of(data: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    for step in input::steps(data) {
        match step.op {
            0..192 => {
                let frame = Frame::pack(step.arg, step.bytes).expect("a short section");
                assert_eq!(frame.unpack().expect("its own section"), step.bytes);
                file.extend_from_slice(frame.as_bytes());
            }
            _ => file.extend_from_slice(step.bytes),
        }
    }
    file
}

/// Every byte of a file is in a section or in damage.
fn assert_covered(file: &[u8]) {
    let mut rest = file;
    let mut sections = Sections::new(&mut rest);
    let mut covered = 0_u64;
    let mut known = true;
    while let Some(found) = sections.read_next().expect("memory") {
        match found {
            Found::Start => covered += MAGIC.len() as u64,
            Found::Section { at, frame } => {
                assert!(!known || at == covered);
                let bytes = frame.as_bytes();
                assert_eq!(Frame::from_bytes(bytes.to_vec()).as_ref(), Ok(&frame));
                covered += bytes.len() as u64;
            }
            Found::TooNew(_) => known = false,
            Found::Damage { at, bytes } => {
                assert!(bytes > 0 && (!known || at == covered));
                covered += bytes;
            }
        }
    }
    assert!(!known || covered == file.len() as u64, "bytes that nobody looked at");
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let file = if mode & 1 == 0 { rest.to_vec() } else { file_of(rest) };
    assert_covered(&file);
    let mut store = if mode & 2 == 0 { WORLD.left() } else { WORLD.joined() };
    let before = WORLD.digest(&store);
    take(&mut store, &file);
    WORLD.assert_signed(&store);
    let digest = WORLD.digest(&store);
    if digest != before {
        take(&mut store, &file);
        let mut other = WORLD.joined();
        take(&mut other, &whole(&store));
        assert_eq!(WORLD.digest(&store), WORLD.digest(&other), "a bundle leaves something out");
    }
}

/// Bundles of both nodes, as files and as sections.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for store in [WORLD.left(), WORLD.right()] {
        let file = whole(&store);
        let bodies = bodies(&file);
        let steps = input::write(bodies.iter().map(|(kind, body)| (0, *kind, body.as_slice())));
        for mode in [0, 2] {
            seeds.push([&[mode], file.as_slice()].concat());
            seeds.push([&[mode | 1], steps.as_slice()].concat());
        }
    }
    seeds
}
