//! Digest files: any file, and sections of any content with a right end.

use baro_node::bundle::{Digest, Frame, export, write_digest};

use crate::bundles::{bodies, file_of, take};
use crate::input;
use crate::world::WORLD;

const END: u8 = 15;

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let file = match mode & 1 {
        0 => rest.to_vec(),
        _ => {
            let mut file = file_of(rest);
            let sections = u8::try_from(input::steps(rest).len()).expect("at most 64");
            let count = if sections < 24 { vec![0x81, sections] } else { vec![0x81, 24, sections] };
            let end = Frame::pack(END, &count).expect("a short section");
            file.extend_from_slice(end.as_bytes());
            file
        }
    };
    let Ok(digest) = Digest::read(&mut file.as_slice()) else { return };
    let mut bundle = Vec::new();
    export(&WORLD.left(), Some(&digest), &mut bundle, &mut |_, _| {}).expect("a bundle");
    let mut other = WORLD.right();
    take(&mut other, &bundle);
    WORLD.assert_signed(&other);
}

/// The digests of both nodes, as files and as sections.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for store in [WORLD.left(), WORLD.right()] {
        let mut file = Vec::new();
        write_digest(&store, [9; 16], &mut file).expect("a digest");
        let bodies = bodies(&file);
        let parts = bodies.iter().filter(|(kind, _)| *kind != END);
        let steps = input::write(parts.map(|(kind, body)| (0, *kind, body.as_slice())));
        seeds.push([&[1], steps.as_slice()].concat());
        seeds.push([&[0], file.as_slice()].concat());
    }
    seeds
}
