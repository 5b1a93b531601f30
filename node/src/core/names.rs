//! Short names: entries that an entry cites, by two, three, four or six bytes of their ids instead
//! of sixteen.
//!
//! On the way a byte string of so many bytes inside an entry stands for the one of sixteen that it
//! is the beginning of. The sender shortens only what names one entry here and what the other side
//! is believed to hold; who cannot tell which entry is meant, or is wrong about it, gets another
//! chain hash than the one signed, and asks in another way. So a name decides nothing.
//!
//! An entry in which so few bytes mean something else, or that is not in the shortest form
//! throughout, goes as it is, with the byte `ff` before it, which begins no entry.

use baro_crdt::ids::{CommunityId, EntryId};
use baro_crdt::log::ENTRY_BYTES_MAX;

use crate::store::{PostRow, Read, Result};

/// The beginning of an entry's id, as live pushes have it.
pub(crate) type Name = [u8; 6];

/// How many bytes a name has, the fewest first.
pub(crate) const NAME_LENGTHS: [usize; 4] = [2, 3, 4, 6];

/// What begins an entry that goes as it is.
const AS_IT_IS: u8 = 0xff;
/// What begins an entry whose change of a text was told before, a number in its place.
pub(super) const CITES: u8 = 0xfe;
const ID_HEAD: u8 = 0x40 | 16;
/// How many bytes the name behind this head has, if it is a name's.
fn name_length(head: u8) -> Option<usize> {
    NAME_LENGTHS.into_iter().find(|length| usize::from(head) == 0x40 | *length)
}

/// What ends an entry whose words stand for its last 32 bytes.
const HASH_HEAD: [u8; 2] = [0x58, 32];

/// A part of an entry.
enum Part<'a> {
    /// A name: its head, and its bytes, which stand elsewhere where the entry is bare.
    Name(u8, &'a [u8]),
    /// Sixteen bytes.
    Id(&'a [u8; 16]),
    /// Anything else, its head included.
    Other(&'a [u8]),
}

/// The next part of what is CBOR in its shortest form, and what is behind it. `bare` says that
/// nothing stands behind the head of a name.
fn next(bytes: &[u8], bare: bool) -> Option<(Part<'_>, &[u8])> {
    let (first, behind) = bytes.split_first()?;
    if bare && name_length(*first).is_some() {
        return Some((Part::Name(*first, &[]), behind));
    }
    let (number, head) = match first & 0x1f {
        low @ 0..24 => (u64::from(low), 1_usize),
        24 => (u64::from(*behind.first()?), 2),
        25 => (u64::from(u16::from_be_bytes(*behind.first_chunk()?)), 3),
        26 => (u64::from(u32::from_be_bytes(*behind.first_chunk()?)), 5),
        27 => (u64::from_be_bytes(*behind.first_chunk()?), 9),
        _ => return None,
    };
    let is_text_or_bytes = matches!(first >> 5, 2 | 3);
    let least = match head {
        2 => 24,
        3 => 1 << 8,
        5 => 1 << 16,
        9 => 1 << 32,
        _ => 0,
    };
    // A float's bytes are no number with a shortest form.
    if first >> 5 != 7 && number < least {
        return None;
    }
    if bytes == HASH_HEAD {
        return Some((Part::Other(bytes), &[]));
    }
    let content = if is_text_or_bytes { usize::try_from(number).ok()? } else { 0 };
    let (part, rest) = bytes.split_at_checked(head.checked_add(content)?)?;
    let body = part.get(head..)?;
    Some(match *first {
        head if name_length(head).is_some() => (Part::Name(head, body), rest),
        ID_HEAD => (Part::Id(body.first_chunk()?), rest),
        _ => (Part::Other(part), rest),
    })
}

/// An entry as it goes out: `short` says which ids are named by their beginning, and by how many
/// bytes of it, one of [`NAME_LENGTHS`].
pub(crate) fn shorten(entry: &[u8], mut short: impl FnMut(&EntryId) -> Option<usize>) -> Vec<u8> {
    let mut out = Vec::with_capacity(entry.len() + 1);
    let mut rest = entry;
    while !rest.is_empty() {
        match next(rest, false) {
            Some((Part::Id(id), behind)) => {
                let length = short(&EntryId::from_bytes(*id)).unwrap_or(id.len());
                let name = id.get(..length).unwrap_or(id);
                out.extend(u8::try_from(0x40 | name.len()));
                out.extend_from_slice(name);
                rest = behind;
            }
            Some((Part::Other(part), behind)) => {
                out.extend_from_slice(part);
                rest = behind;
            }
            Some((Part::Name(..), _)) | None => return [&[AS_IT_IS], entry].concat(),
        }
    }
    out
}

/// An entry as it was before it was shortened; what cannot be read stays, and is no entry that
/// anybody signed. `None` where a name is not known.
pub(crate) fn lengthen(
    sent: Vec<u8>,
    mut find: impl FnMut(&[u8]) -> Option<EntryId>,
) -> Option<Vec<u8>> {
    if let Some((&AS_IT_IS, entry)) = sent.split_first() {
        return Some(entry.to_vec());
    }
    if !sent.iter().any(|byte| name_length(*byte).is_some()) {
        return Some(sent);
    }
    let mut out = Vec::with_capacity(sent.len() + 20);
    let mut rest = sent.as_slice();
    while !rest.is_empty() {
        let Some((part, behind)) = next(rest, false) else { return Some(sent) };
        // What is longer than an entry may be is none, whatever it names.
        if out.len() > ENTRY_BYTES_MAX {
            return Some(sent);
        }
        match part {
            Part::Name(_, name) => {
                out.push(ID_HEAD);
                out.extend_from_slice(find(name)?.as_bytes());
            }
            Part::Id(id) => {
                out.push(ID_HEAD);
                out.extend_from_slice(id);
            }
            Part::Other(part) => out.extend_from_slice(part),
        }
        rest = behind;
    }
    Some(out)
}

/// The mark that an entry cites a change, if it does, and the entry.
fn split_cites(sent: &[u8]) -> (&[u8], &[u8]) {
    sent.split_at(usize::from(sent.first() == Some(&CITES)))
}

/// Takes the names out of an entry as it goes out and puts them behind `names`; only their heads
/// stay.
pub(super) fn take_out(sent: &[u8], names: &mut Vec<u8>) -> Vec<u8> {
    let (cites, entry) = split_cites(sent);
    if entry.first() == Some(&AS_IT_IS) {
        return sent.to_vec();
    }
    let mut out = Vec::with_capacity(sent.len());
    out.extend_from_slice(cites);
    let (mut rest, before) = (entry, names.len());
    while !rest.is_empty() {
        match next(rest, false) {
            Some((Part::Name(head, name), behind)) => {
                out.push(head);
                names.extend_from_slice(name);
                rest = behind;
            }
            Some((Part::Id(id), behind)) => {
                out.push(ID_HEAD);
                out.extend_from_slice(id);
                rest = behind;
            }
            Some((Part::Other(part), behind)) => {
                out.extend_from_slice(part);
                rest = behind;
            }
            None => {
                names.truncate(before);
                return [&[AS_IT_IS], sent].concat();
            }
        }
    }
    out
}

/// Puts names back behind their heads, from the beginning of `names`. `None` where there are too
/// few of them, or the entry cannot be read.
pub(super) fn put_in(bare: &[u8], names: &mut &[u8]) -> Option<Vec<u8>> {
    let (cites, mut rest) = split_cites(bare);
    if rest.first() == Some(&AS_IT_IS) {
        return Some(bare.to_vec());
    }
    let mut out = Vec::with_capacity(bare.len() + 12);
    out.extend_from_slice(cites);
    while !rest.is_empty() {
        let (part, behind) = next(rest, true)?;
        match part {
            Part::Name(head, _) => {
                let (name, others) = names.split_at_checked(name_length(head)?)?;
                *names = others;
                out.push(head);
                out.extend_from_slice(name);
            }
            Part::Id(id) => {
                out.push(ID_HEAD);
                out.extend_from_slice(id);
            }
            Part::Other(part) => out.extend_from_slice(part),
        }
        rest = behind;
    }
    Some(out)
}

/// How many bytes the payload has that an entry on its way names, the payload's hash left out.
pub(super) fn words_bytes(sent: &[u8]) -> Option<usize> {
    let entry = sent.strip_prefix(&[AS_IT_IS]).unwrap_or(sent);
    let mut d = minicbor::Decoder::new(entry);
    if d.array().ok()? != Some(6) {
        return None;
    }
    for _ in 0..4 {
        d.skip().ok()?;
    }
    usize::try_from(d.u32().ok()?).ok()
}

/// The one post of a community that a name is the beginning of; `None` where there is none, or
/// more than one.
pub(crate) fn named(
    read: &dyn Read,
    community: &CommunityId,
    name: &[u8],
) -> Result<Option<PostRow>> {
    let mut rows = read.posts_named(name)?;
    rows.retain(|row| row.community == *community);
    Ok(if rows.len() == 1 { rows.pop() } else { None })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u8) -> EntryId {
        EntryId::from_bytes([n; 16])
    }

    /// `[0, -1, 2, {0: id 7, 1: 0, 2: id 8}, 16, 32 bytes]`.
    fn post(hash: bool) -> Vec<u8> {
        let ids = [[&[0x50][..], &[7; 16]].concat(), [&[0x50][..], &[8; 16]].concat()];
        let [one, other] = ids;
        let tail: &[u8] = if hash { &[9; 32] } else { &[] };
        [&[0x86, 0, 0x20, 2, 0xa3, 0], &*one, &[1, 0, 2], &*other, &[0x10, 0x58, 0x20], tail]
            .concat()
    }

    fn find(name: &[u8]) -> Option<EntryId> {
        [7, 8].into_iter().map(id).find(|id| id.as_bytes().starts_with(name))
    }

    #[test]
    fn what_is_known_goes_short_and_comes_back() {
        for hash in [false, true] {
            let entry = post(hash);
            for length in NAME_LENGTHS {
                let short = shorten(&entry, |_| Some(length));
                assert_eq!(short.len(), entry.len() - 2 * (16 - length));
                assert_eq!(lengthen(short.clone(), find).unwrap(), entry);
                let one = shorten(&entry, |cited| (*cited == id(7)).then_some(length));
                assert_eq!(one.len(), entry.len() - (16 - length));
                assert_eq!(lengthen(one, find).unwrap(), entry);
                assert_eq!(lengthen(short.clone(), |_| None), None);
                let mut names = Vec::new();
                let bare = take_out(&short, &mut names);
                assert_eq!(names, [vec![7; length], vec![8; length]].concat());
                assert_eq!(put_in(&bare, &mut names.as_slice()).unwrap(), short);
                assert_eq!(put_in(&bare, &mut &names[..2 * length - 1]), None);
                assert_eq!(words_bytes(&short), Some(16));
            }
            assert_eq!(shorten(&entry, |_| None), entry);
        }
    }

    /// Few bytes that mean something else, numbers that are longer than need be, what has no end.
    #[test]
    fn what_could_be_taken_for_names_goes_as_it_is() {
        let odd: [&[u8]; 5] = [
            &[0x84, 0, 0, 40, 0x46, 1, 2, 3, 4, 5, 6],
            &[0x84, 0, 0, 40, 0x42, 1, 2],
            &[0x84, 0, 0, 40, 0x58, 6, 1, 2, 3, 4, 5, 6],
            &[0x84, 0, 0, 40, 0x5f, 0x41, 1, 0xff],
            &[0x84, 0, 0, 40, 0x46, 1],
        ];
        for entry in odd {
            let sent = shorten(entry, |_| Some(2));
            assert_eq!(sent, [&[0xff], entry].concat());
            assert_eq!(lengthen(sent.clone(), find).unwrap(), entry);
            let mut names = Vec::new();
            let bare = take_out(&sent, &mut names);
            assert_eq!((put_in(&bare, &mut names.as_slice()).unwrap(), names.len()), (sent, 0));
        }
    }

    proptest! {
        /// Whatever the bytes are: what is said is what comes out, and nothing panics.
        #[test]
        fn any_bytes_come_back(
            parts in prop::collection::vec(prop_oneof![
                prop::collection::vec(any::<u8>(), 0..6),
                Just([&[0x46][..], &[7; 6]].concat()),
                Just(vec![0x42, 7, 7]),
                Just([&[0x50][..], &[7; 16]].concat()),
                Just(vec![0x58, 32]),
                Just(vec![0xfb, 0, 0, 0, 0, 0, 0, 0, 1]),
            ], 0..6),
            short in prop::option::of(prop::sample::select(NAME_LENGTHS.to_vec())),
        ) {
            let entry = parts.concat();
            let sent = shorten(&entry, |cited| short.filter(|_| *cited == id(7)));
            prop_assert_eq!(lengthen(sent.clone(), find), Some(entry.clone()));
            for told in [sent, entry] {
                let mut names = Vec::new();
                let bare = take_out(&told, &mut names);
                let back = put_in(&bare, &mut names.as_slice()).unwrap();
                prop_assert!(back == told || back == [&[0xff], told.as_slice()].concat());
            }
        }

        #[test]
        fn strangers_bytes_are_read_or_refused(bare: Vec<u8>, names: Vec<u8>) {
            let mut left = names.as_slice();
            if let Some(sent) = put_in(&bare, &mut left) {
                let mut again = Vec::new();
                prop_assert_eq!(take_out(&sent, &mut again), bare);
                prop_assert_eq!([again.as_slice(), left].concat(), names);
                let _ = lengthen(sent, find);
            }
        }
    }
}
