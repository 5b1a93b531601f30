//! The messages that the hostile peer says, written from `docs/protocol.md`.

use std::convert::Infallible;

use baro_crdt::ids::CommunityId;
use minicbor::{Encoder, encode};

use super::random;

type Said<'a> = Encoder<&'a mut Vec<u8>>;
type Done = Result<(), encode::Error<Infallible>>;

/// A frame's length.
pub(super) fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length >= 0x80 {
        bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    bytes.push(u8::try_from(length).unwrap());
    bytes
}

/// Variant `n` of the messages with so many fields.
pub(super) fn message(n: u32, fields: u64, write: impl FnOnce(&mut Said<'_>) -> Done) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut said = Encoder::new(&mut bytes);
    said.array(2).unwrap().u32(n).unwrap().array(fields).unwrap();
    write(&mut said).unwrap();
    bytes
}

/// Eight places that nobody is at.
pub(super) fn shuffle() -> Vec<u8> {
    message(41, 2, |said| {
        said.array(8)?;
        for _ in 0..8 {
            said.array(2)?.bytes(&[&[0, 36, 8, 1, 18, 32][..], &random::<32>()].concat())?;
            said.array(1)?.str("/ip4/192.0.2.1/tcp/4001")?;
        }
        said.bool(false)?.ok()
    })
}

/// The version of the protocol that it speaks: that which knows members-only communities.
pub(super) const VERSION: u8 = 5;
/// How many bytes an offer has.
pub(super) const OFFER_BYTES: usize = 43;
/// How many bytes an element of a list has, and a symbol of a sketch.
const ELEMENT_BYTES: usize = 9;
const SYMBOL_BYTES: usize = 12;

/// What is keyed by a community in a hello.
pub(super) struct Keyed<'a> {
    pub(super) community: CommunityId,
    pub(super) nonce: [u8; 8],
    pub(super) initiator: &'a [u8],
    pub(super) responder: &'a [u8],
}

impl Keyed<'_> {
    pub(super) fn hash(&self, label: &[u8]) -> [u8; 8] {
        self.hash_of(label, &[])
    }

    fn hash_of(&self, label: &[u8], data: &[u8]) -> [u8; 8] {
        let mut hasher = blake3::Hasher::new_keyed(self.community.as_bytes());
        for part in [label, &self.nonce, self.initiator, self.responder, data] {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let mut hash = [0; 8];
        hasher.finalize_xof().fill(&mut hash);
        hash
    }

    pub(super) fn mask(&self, label: &[u8]) -> u8 {
        let [first, ..] = self.hash(label);
        first
    }

    /// A hello that matches in the community and differs in everything.
    pub(super) fn hello(&self, flags: u8, logs: u32) -> Vec<u8> {
        message(0, 1, |said| {
            said.array(4)?.u8(VERSION)?.u8(VERSION)?.bytes(&self.nonce)?;
            let [a, b, c, d, ..] = self.hash(b"logs");
            let (flags, logs) =
                (flags ^ self.mask(b"flags"), logs ^ u32::from_be_bytes([a, b, c, d]));
            // Tag, state, records, flags, logs, counters and parcels; and an offer of nothing.
            let mut offers = self.hash(b"tag").to_vec();
            offers.extend(random::<10>());
            offers.push(flags);
            offers.extend(logs.to_be_bytes());
            offers.extend(random::<20>());
            offers.extend(random::<OFFER_BYTES>());
            said.bytes(&offers)?.ok()
        })
    }

    /// What shows in an answer of this relation and these flags that who gives it knows the
    /// community.
    pub(super) fn known(&self, own: &[u8; 8], relation: u8, flags: u8) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] =
            self.hash_of(b"known", &[&own[..], &[relation, flags]].concat());
        [a, b, c, d, e, f]
    }
}

/// The tag of what is said beside sessions.
pub(super) fn live_tag(community: &CommunityId, initiator: &[u8], responder: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new_keyed(community.as_bytes());
    for part in [b"live", initiator, responder] {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut tag = [0; 8];
    hasher.finalize_xof().fill(&mut tag);
    tag
}

/// A list of random elements of logs, `phase` 1, or of records, 0.
pub(super) fn list(index: u16, phase: u8, elements: usize, last: bool) -> Vec<u8> {
    let mut bytes = vec![0; elements * ELEMENT_BYTES];
    getrandom::fill(&mut bytes).unwrap();
    message(4, 3, |said| {
        said.u16(index)?.u8(phase)?.array(2)?.u8(0)?.array(2)?.bytes(&bytes)?.bool(last)?.ok()
    })
}

/// Symbols that no set has.
pub(super) fn sketch(index: u16, phase: u8, from: u32, count: u32) -> Vec<u8> {
    let mut symbols = vec![0; count as usize * SYMBOL_BYTES];
    getrandom::fill(&mut symbols).unwrap();
    message(4, 3, |said| {
        said.u16(index)?.u8(phase)?.array(2)?.u8(1)?.array(4)?;
        said.u32(4_000_000_000)?.u32(from)?.bytes(&symbols)?.bytes(&[])?.ok()
    })
}

/// Records, none wanted, and that is all of them.
pub(super) fn records(records: &[Vec<u8>], last: bool) -> Vec<u8> {
    message(6, 4, |said| {
        said.u16(0)?.array(records.len() as u64)?;
        for record in records {
            said.array(2)?.u8(0)?.array(1)?.bytes(record)?;
        }
        said.bytes(&[])?.bool(last)?.ok()
    })
}

/// So many logs, of most of which nobody summed up anything.
pub(super) fn wants(logs: usize) -> Vec<u8> {
    message(7, 4, |said| {
        said.u16(0)?.array(logs as u64)?;
        for _ in 0..logs {
            said.array(2)?.u32(7)?.u32(9)?;
        }
        said.bytes(&random::<320>())?.array(0)?.ok()
    })
}

/// A log's header: author, grant, stream and lane.
pub(super) type Header<'a> = (&'a [u8; 32], &'a [u8; 32], u8, &'a [u8; 8]);

/// One run: of a log that is named by its header, or by a random prefix.
pub(super) struct Run<'a> {
    pub(super) log: Option<Header<'a>>,
    pub(super) from: u32,
    pub(super) entries: &'a [Vec<u8>],
    pub(super) signature: [u8; 64],
}

/// Runs of logs, with no words.
pub(super) fn logs(runs: &[Run<'_>]) -> Vec<u8> {
    logs_torn(runs, 0)
}

/// The same, with the last bytes of the last signature missing. What does not compress comes first,
/// by itself.
pub(super) fn logs_torn(runs: &[Run<'_>], missing: usize) -> Vec<u8> {
    let mut noise = Vec::new();
    for run in runs {
        match run.log {
            Some((author, _, _, lane)) => noise.extend([&author[..], &lane[..]].concat()),
            None => noise.extend(random::<6>()),
        }
        noise.extend(run.signature);
    }
    noise.truncate(noise.len() - missing);
    message(8, 2, |said| {
        said.u16(0)?.array(3)?.bytes(&noise)?.array(runs.len() as u64)?;
        for run in runs {
            said.array(if run.log.is_some() { 5 } else { 2 })?.u32(run.from)?;
            said.array(run.entries.len() as u64)?;
            for entry in run.entries {
                said.bytes(entry)?;
            }
            if let Some((_, grant, stream, _)) = run.log {
                said.bytes(grant)?.u8(stream)?.u8(0)?;
            }
        }
        said.bytes(&[])?.ok()
    })
}
