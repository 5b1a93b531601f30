//! Sealed bundles: any sections, and any texts sealed as a member would.

use std::io::Cursor;

use baro_crdt::epoch::{EpochSecret, open_once, seal_once};
use baro_crdt::sealed::{COPY_BYTES, seal_copy};
use baro_node::bundle::{Bounds, Found, Frame, MAGIC, Sections, export_within};
use baro_node::store::MemoryStore;
use minicbor::bytes::ByteVec;
use minicbor::{Decoder, Encoder};

use crate::bundles::take;
use crate::circle::CIRCLE;
use crate::input;

/// The kinds of sections that seal, as `docs/bundles.md` has them.
const SEALED: u8 = 6;
const COPIES: u8 = 7;
const SALT: [u8; 16] = [3; 16];

fn keys(secret: &EpochSecret, salt: &[u8; 16], number: u32) -> ([u8; 32], [u8; 8]) {
    let parts = [salt.as_slice(), &number.to_be_bytes()];
    let check = secret.key("baro bundle check 1", &parts);
    (secret.key("baro bundle seal 1", &parts), check[..8].try_into().expect("eight"))
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    Frame::pack(kind, body).expect("a short section").as_bytes().to_vec()
}

/// A section with this text in it.
fn sealed(number: u32, text: &[u8]) -> Vec<u8> {
    let (key, check) = keys(&CIRCLE.secret, &SALT, number);
    let mut encoder = Encoder::new(Vec::new());
    let encoded = encoder.array(4).and_then(|e| e.bytes(&SALT)).and_then(|e| e.u32(number));
    let encoded = encoded.and_then(|e| e.bytes(&check));
    encoded.and_then(|e| e.bytes(&seal_once(key, text, &[]))).expect("memory");
    framed(SEALED, &encoder.into_writer())
}

/// What was sealed in a section of kind [`SEALED`].
fn text_of(body: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(body);
    (decoder.array().ok()? == Some(4)).then_some(())?;
    let salt: ByteVec = decoder.decode().ok()?;
    let number = decoder.u32().ok()?;
    decoder.skip().ok()?;
    let sealed: ByteVec = decoder.decode().ok()?;
    let (key, _) = keys(&CIRCLE.secret, &salt.to_vec().try_into().ok()?, number);
    open_once(key, &sealed, &[])
}

/// A section of copies; of `secret`, sealed to the second member, among other bytes.
fn copies(secret: Option<EpochSecret>, bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    if let Some(secret) = secret {
        let copy = seal_copy(&CIRCLE.sealing.public(), &SALT, &secret, [4; 32]).expect("a key");
        all.resize(all.len().next_multiple_of(COPY_BYTES), 0);
        all.extend(copy);
    }
    let mut encoder = Encoder::new(Vec::new());
    let encoded = encoder.array(2).and_then(|e| e.bytes(&SALT));
    encoded.and_then(|e| e.bytes(&all)).expect("memory");
    framed(COPIES, &encoder.into_writer())
}

/// A file of what steps say.
fn file_of(data: &[u8]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    for (step, number) in input::steps(data).iter().zip(0..) {
        let length = u32::try_from(step.bytes.len()).expect("short").to_be_bytes();
        file.extend(match step.op % 6 {
            // A whole section within.
            0 | 1 => {
                let inner = framed(step.arg, step.bytes);
                let length = u32::try_from(inner.len()).expect("short").to_be_bytes();
                sealed(number, &[&length[..], &inner].concat())
            }
            // Any bytes as a section, and any text at all.
            2 => sealed(number, &[&length[..], step.bytes].concat()),
            3 => sealed(number, step.bytes),
            4 => {
                let secret = (step.arg > 0).then(|| EpochSecret::from_bytes([step.arg; 32]));
                copies(secret, step.bytes)
            }
            _ => framed(step.arg, step.bytes),
        });
    }
    file
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let file = if mode & 1 == 0 { rest.to_vec() } else { file_of(rest) };
    let mut store = CIRCLE.node(1);
    take(&mut store, &file);
    let digest = CIRCLE.digest(&store);
    take(&mut store, &file);
    assert_eq!(CIRCLE.digest(&store), digest, "taking in twice changes something");
    // Nobody can sign here: all that may come is what the other member's node holds.
    let honest = [CIRCLE.digest(&CIRCLE.node(1)), WHOLE.1];
    assert!(honest.contains(&digest), "a node holds what nobody signed");
}

/// The first member's sealed file, and what a node holds that has taken it in.
static WHOLE: std::sync::LazyLock<(Vec<u8>, [u8; 32])> = std::sync::LazyLock::new(|| {
    let mut file = Vec::new();
    let bounds = Bounds { bytes: 1 << 20, blobs: None, seal: Some([5; 32]) };
    export_within(&CIRCLE.node(0), None, &bounds, &mut file, &mut |_, _| {}).expect("a bundle");
    let mut store: MemoryStore = CIRCLE.node(1);
    let before = CIRCLE.digest(&store);
    take(&mut store, &file).expect("taken in");
    let after = CIRCLE.digest(&store);
    assert_ne!(before, after, "a sealed bundle brings nothing");
    (file, after)
});

/// The sections of the first member's file, unsealed, as steps; and some of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut file = Cursor::new(&WHOLE.0);
    let mut sections = Sections::new(&mut file);
    let mut inner = Vec::new();
    while let Some(found) = sections.read_next().expect("memory") {
        let Found::Section { frame, .. } = found else { continue };
        let text = text_of(&frame.unpack().expect("an honest section"));
        let Some((length, rest)) = text.as_deref().and_then(|text| text.split_first_chunk::<4>())
        else {
            continue;
        };
        let bytes = rest.get(..u32::from_be_bytes(*length) as usize).expect("as long as it says");
        if let Ok(frame) = Frame::from_bytes(bytes.to_vec()) {
            inner.push((frame.kind, frame.unpack().expect("an honest section")));
        }
    }
    let steps = input::write(inner.iter().map(|(kind, body)| (0, *kind, body.as_slice())));
    let some: [(u8, u8, &[u8]); 4] =
        [(2, 0, &[1, 2]), (3, 0, &[0; 9]), (4, 7, &[5; 81]), (5, 8, &[0x80])];
    vec![[&[1], steps.as_slice()].concat(), [&[1], input::write(some).as_slice()].concat()]
}
