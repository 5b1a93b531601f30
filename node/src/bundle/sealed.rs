//! Sealed bundles: what is of a members-only community, for hands that must not read it.
//!
//! Each section of an ordinary bundle is sealed by itself under the present epoch's secret and
//! padded to one of three sizes; before them stand copies of that secret, one for each member who
//! has published a key and as many for nobody as fill up a power of two; behind them sections with
//! nothing in them, until the file's size is a power of two, or of some MiB. So whoever finds one
//! learns that members-only communities exist. Damage costs the sections it touches, as ever.

use std::io::{self, Write};

use baro_crdt::epoch::{EpochSecret, SEAL_BYTES, open_once, seal_once};
use baro_crdt::ids::CommunityId;
use baro_crdt::sealed::{COPY_BYTES, SealingSecret, open_copy, seal_copy};
use minicbor::bytes::ByteArray;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::content::{self, COPIES, Copies, END, End, HOLDS, Holds, SEALED, Sealed};
use super::digest::{WriteError, Written};
use super::export::{Bounds, pack};
use super::plan::Plan;
use super::section::{Frame, MAGIC};
use crate::epochs::{Roll, kept, own_keys, sealing_keys, state_of};
use crate::store::{Read, Result};

/// The sizes that sections are padded to, in bytes, before they are sealed.
const SIZES: [usize; 3] = [32 * 1024, 256 * 1024, 1_000 * 1024];
/// The bytes that say how long a section is, before the padding.
const LENGTH_BYTES: usize = 4;
/// The least that a sealed bundle takes, and from where on its size is a multiple, in bytes.
const FILE_BYTES_MIN: u64 = 128 * 1024;
const FILE_BYTES_STEP: u64 = 4 * 1024 * 1024;
/// The fewest copies, and the most in one section.
const COPIES_MIN: usize = 16;
const COPIES_SECTION: usize = 2_048;
/// How often a key is tried on a copy, in one section, before it counts as nobody's here.
const TRIES_MAX: usize = 16_384;

/// Takes a bundle as it is written, section by section, and seals it.
struct Sealer<'a> {
    out: &'a mut dyn Write,
    secret: EpochSecret,
    salt: [u8; 16],
    number: u32,
    bytes: u64,
    sections: u64,
}

fn keys(secret: &EpochSecret, salt: &[u8; 16], number: u32) -> ([u8; 32], [u8; 8]) {
    let parts = [salt.as_slice(), &number.to_be_bytes()];
    let [a, b, c, d, e, f, g, h, ..] = secret.key("baro bundle check 1", &parts);
    (secret.key("baro bundle seal 1", &parts), [a, b, c, d, e, f, g, h])
}

impl Sealer<'_> {
    fn section(&mut self, inner: &[u8], least: usize) -> io::Result<()> {
        let needed = (LENGTH_BYTES + inner.len()).max(least);
        let size = SIZES.into_iter().find(|size| *size >= needed);
        let size = size.ok_or_else(|| io::Error::other("a section that is too long to seal"))?;
        let length = u32::try_from(inner.len()).map_err(io::Error::other)?;
        let mut text = length.to_be_bytes().to_vec();
        text.extend_from_slice(inner);
        text.resize(size, 0);
        let (key, check) = keys(&self.secret, &self.salt, self.number);
        let sealed = Sealed {
            salt: self.salt.into(),
            number: self.number,
            check: check.into(),
            bytes: seal_once(key, &text, &[]),
        };
        self.number = self.number.checked_add(1).ok_or_else(|| io::Error::other("too many"))?;
        self.frame(&content::pack(SEALED, &sealed)?)
    }

    fn frame(&mut self, frame: &Frame) -> io::Result<()> {
        self.out.write_all(frame.as_bytes())?;
        self.bytes += frame.as_bytes().len() as u64;
        self.sections += 1;
        Ok(())
    }

    /// Fills the file up with sections of nothing.
    fn fill(&mut self) -> io::Result<()> {
        let target = match self.bytes {
            bytes if bytes <= FILE_BYTES_STEP => bytes.next_power_of_two().max(FILE_BYTES_MIN),
            bytes => bytes.next_multiple_of(FILE_BYTES_STEP),
        };
        let [small, large, _] = SIZES;
        while self.bytes < target {
            let is_far = target - self.bytes > 2 * large as u64;
            self.section(&[], if is_far { large } else { small })?;
        }
        Ok(())
    }
}

/// Every call is one section, or the mark that a file begins with: so the packer writes.
impl Write for Sealer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes != MAGIC {
            let frame = Frame::from_bytes(bytes.to_vec()).map_err(io::Error::other)?;
            if frame.kind != END {
                self.section(bytes, 0)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes a sealed bundle of all that is held of a members-only community. `seed` is fresh random
/// bytes, never used before. Nothing is written where the secret of its present epoch is not here.
///
/// # Errors
/// [`WriteError`], and then what was written is not a whole bundle.
pub(crate) fn export_sealed(
    read: &dyn Read,
    community: &CommunityId,
    bounds: &Bounds,
    seed: [u8; 32],
    out: &mut dyn Write,
) -> std::result::Result<Written, WriteError> {
    let Some(roll) = Roll::read(read, community)? else { return Ok(Written::default()) };
    let Some(secret) = roll.secrets(read)?.into_iter().next() else {
        return Ok(Written::default());
    };
    let mut rng = ChaCha20Rng::from_seed(seed);
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    out.write_all(&MAGIC)?;
    let copies = copies(read, &roll, &secret, &salt, &mut rng)?;
    let bytes = MAGIC.len() as u64;
    let mut sealer = Sealer { out, secret, salt, number: 0, bytes, sections: 0 };
    for part in copies.chunks(COPIES_SECTION) {
        let copies = Copies { salt: salt.into(), copies: part.concat() };
        sealer.frame(&content::pack(COPIES, &copies)?)?;
    }
    let holds = Holds { community: *community, state: state_of(read, community)? };
    sealer.section(content::pack(HOLDS, &holds)?.as_bytes(), 0)?;
    let mut plan = Plan::of_members(read, community)?;
    plan.up_to(bounds.blobs);
    // Padding takes at most as much again, and then some for the file's.
    let packed = pack(read, &plan, bounds.bytes / 4, &mut sealer, &mut |_, _| {})?;
    sealer.fill()?;
    let (sections, bytes) = (sealer.sections, sealer.bytes);
    let end = content::pack(END, &End { sections })?;
    sealer.out.write_all(end.as_bytes())?;
    Ok(Written {
        communities: 1,
        sections,
        bytes: bytes + end.as_bytes().len() as u64,
        items: packed.written.items,
        left: packed.left,
    })
}

/// The secret for each member, and for nobody: in an order that says nothing.
fn copies(
    read: &dyn Read,
    roll: &Roll,
    secret: &EpochSecret,
    salt: &[u8; 16],
    rng: &mut ChaCha20Rng,
) -> Result<Vec<[u8; COPY_BYTES]>> {
    let mut random = || {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        bytes
    };
    let mut to = sealing_keys(read, roll)?;
    let padded = to.len().next_power_of_two().max(COPIES_MIN);
    // Sealed to keys that nobody has: random bytes could be told from what is sealed.
    to.resize_with(padded, || SealingSecret::from_bytes(random()).public());
    let sealed = to.iter().filter_map(|key| seal_copy(key, salt, secret, random()).ok());
    let mut copies: Vec<_> = sealed.collect();
    copies.sort_unstable();
    Ok(copies)
}

/// What a sealed section holds for somebody here.
pub(super) enum Opened {
    /// An ordinary section.
    Section(Frame),
    /// What whoever wrote the bundle held.
    Holds { community: CommunityId, state: String },
    /// Only padding.
    Nothing,
    /// It is sealed to others, or damaged.
    Foreign,
}

/// Opens a sealed section with the secrets kept here.
pub(super) fn open(read: &dyn Read, sealed: &Sealed) -> Result<Opened> {
    for row in read.communities()? {
        for secret in kept(read, &row.id)?.into_values() {
            let (key, check) = keys(&secret, &sealed.salt, sealed.number);
            if *sealed.check != check || sealed.bytes.len() < SEAL_BYTES {
                continue;
            }
            let Some(text) = open_once(key, &sealed.bytes, &[]) else { continue };
            return Ok(content_of(&text).unwrap_or(Opened::Foreign));
        }
    }
    Ok(Opened::Foreign)
}

fn content_of(text: &[u8]) -> Option<Opened> {
    let (length, rest) = text.split_first_chunk::<LENGTH_BYTES>()?;
    let inner = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    if inner.is_empty() {
        return Some(Opened::Nothing);
    }
    let frame = Frame::from_bytes(inner.to_vec()).ok()?;
    match frame.kind {
        HOLDS => {
            let Holds { community, state } = content::unpack(&frame).ok()?;
            Some(Opened::Holds { community, state })
        }
        // Sealed once is enough.
        SEALED | COPIES => None,
        _ => Some(Opened::Section(frame)),
    }
}

/// The secret that is among these copies for somebody here, with its community.
pub(super) fn find_copy(
    read: &dyn Read,
    copies: &Copies,
) -> Result<Option<(CommunityId, EpochSecret)>> {
    let (all, _) = copies.copies.as_chunks::<COPY_BYTES>();
    let salt: &ByteArray<16> = &copies.salt;
    let mut tries = 0;
    for (community, key) in own_keys(read)? {
        for copy in all {
            tries += 1;
            if tries > TRIES_MAX {
                return Ok(None);
            }
            if let Some(secret) = open_copy(&key, salt, copy) {
                return Ok(Some((community, secret)));
            }
        }
    }
    Ok(None)
}
