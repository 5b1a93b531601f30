//! Short names: entries that an entry cites, by six bytes of their ids instead of sixteen.
//!
//! On the way a byte string of six bytes inside an entry stands for the one of sixteen that it is
//! the beginning of. The sender shortens only what names one entry here and what the other side is
//! believed to hold; who cannot tell which entry is meant, or is wrong about it, gets another chain
//! hash than the one signed, and asks in another way. So a name decides nothing.
//!
//! An entry in which six bytes mean something else, or that is not in the shortest form throughout,
//! goes as it is, with the byte `ff` before it, which begins no entry.

use baro_crdt::ids::{CommunityId, EntryId};

use crate::store::{PostRow, Read, Result};

/// The beginning of an entry's id.
pub(crate) type Name = [u8; 6];

/// What begins an entry that goes as it is.
const AS_IT_IS: u8 = 0xff;
const NAME_HEAD: u8 = 0x40 | 6;
const ID_HEAD: u8 = 0x40 | 16;
/// What ends an entry whose words stand for its last 32 bytes.
const HASH_HEAD: [u8; 2] = [0x58, 32];

/// A part of an entry.
enum Part<'a> {
    /// Six bytes.
    Name(&'a Name),
    /// Sixteen bytes.
    Id(&'a [u8; 16]),
    /// Anything else, its head included.
    Other(&'a [u8]),
}

/// The next part of what is CBOR in its shortest form, and what is behind it. `bare` says that
/// nothing stands behind the head of a name.
fn next(bytes: &[u8], bare: bool) -> Option<(Part<'_>, &[u8])> {
    let (first, behind) = bytes.split_first()?;
    if *first == NAME_HEAD && bare {
        return Some((Part::Name(&[0; 6]), behind));
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
        NAME_HEAD => (Part::Name(body.first_chunk()?), rest),
        ID_HEAD => (Part::Id(body.first_chunk()?), rest),
        _ => (Part::Other(part), rest),
    })
}

/// An entry as it goes out: `short` says which ids are named by their beginning.
pub(crate) fn shorten(entry: &[u8], mut short: impl FnMut(&EntryId) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(entry.len() + 1);
    let mut rest = entry;
    while !rest.is_empty() {
        match next(rest, false) {
            Some((Part::Id(id), behind)) => {
                match id.first_chunk::<6>() {
                    Some(name) if short(&EntryId::from_bytes(*id)) => {
                        out.push(NAME_HEAD);
                        out.extend_from_slice(name);
                    }
                    _ => {
                        out.push(ID_HEAD);
                        out.extend_from_slice(id);
                    }
                }
                rest = behind;
            }
            Some((Part::Other(part), behind)) => {
                out.extend_from_slice(part);
                rest = behind;
            }
            Some((Part::Name(_), _)) | None => return [&[AS_IT_IS], entry].concat(),
        }
    }
    out
}

/// An entry as it was before it was shortened; what cannot be read stays, and is no entry that
/// anybody signed. `None` where a name is not known.
pub(crate) fn lengthen(
    sent: Vec<u8>,
    mut find: impl FnMut(&Name) -> Option<EntryId>,
) -> Option<Vec<u8>> {
    if let Some((&AS_IT_IS, entry)) = sent.split_first() {
        return Some(entry.to_vec());
    }
    if !sent.contains(&NAME_HEAD) {
        return Some(sent);
    }
    let mut out = Vec::with_capacity(sent.len() + 20);
    let mut rest = sent.as_slice();
    while !rest.is_empty() {
        let Some((part, behind)) = next(rest, false) else { return Some(sent) };
        match part {
            Part::Name(name) => {
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

/// Takes the names out of an entry as it goes out and puts them behind `names`; only their heads
/// stay.
pub(super) fn take_out(sent: &[u8], names: &mut Vec<u8>) -> Vec<u8> {
    if sent.first() == Some(&AS_IT_IS) {
        return sent.to_vec();
    }
    let (mut out, mut rest, before) = (Vec::with_capacity(sent.len()), sent, names.len());
    while !rest.is_empty() {
        match next(rest, false) {
            Some((Part::Name(name), behind)) => {
                out.push(NAME_HEAD);
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
    if bare.first() == Some(&AS_IT_IS) {
        return Some(bare.to_vec());
    }
    let (mut out, mut rest) = (Vec::with_capacity(bare.len() + 12), bare);
    while !rest.is_empty() {
        let (part, behind) = next(rest, true)?;
        match part {
            Part::Name(_) => {
                let (name, others) = names.split_first_chunk::<6>()?;
                *names = others;
                out.push(NAME_HEAD);
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

/// The one post of a community that a name is the beginning of; `None` where there is none, or
/// more than one.
pub(crate) fn named(
    read: &dyn Read,
    community: &CommunityId,
    name: &Name,
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

    fn find(name: &Name) -> Option<EntryId> {
        [7, 8].into_iter().map(id).find(|id| id.as_bytes().starts_with(name))
    }

    #[test]
    fn what_is_known_goes_short_and_comes_back() {
        for hash in [false, true] {
            let entry = post(hash);
            let short = shorten(&entry, |_| true);
            assert_eq!(short.len(), entry.len() - 20);
            assert_eq!(lengthen(short.clone(), find).unwrap(), entry);
            let one = shorten(&entry, |cited| *cited == id(7));
            assert_eq!(one.len(), entry.len() - 10);
            assert_eq!(lengthen(one, find).unwrap(), entry);
            assert_eq!(shorten(&entry, |_| false), entry);
            assert_eq!(lengthen(short.clone(), |_| None), None);
            let mut names = Vec::new();
            let bare = take_out(&short, &mut names);
            assert_eq!(names, [[7; 6], [8; 6]].concat());
            assert_eq!(put_in(&bare, &mut names.as_slice()).unwrap(), short);
            assert_eq!(put_in(&bare, &mut &names[..11]), None);
        }
    }

    /// Six bytes that mean something else, numbers that are longer than need be, what has no end.
    #[test]
    fn what_could_be_taken_for_names_goes_as_it_is() {
        let odd: [&[u8]; 4] = [
            &[0x84, 0, 0, 40, 0x46, 1, 2, 3, 4, 5, 6],
            &[0x84, 0, 0, 40, 0x58, 6, 1, 2, 3, 4, 5, 6],
            &[0x84, 0, 0, 40, 0x5f, 0x41, 1, 0xff],
            &[0x84, 0, 0, 40, 0x46, 1],
        ];
        for entry in odd {
            let sent = shorten(entry, |_| true);
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
                Just([&[0x50][..], &[7; 16]].concat()),
                Just(vec![0x58, 32]),
                Just(vec![0xfb, 0, 0, 0, 0, 0, 0, 0, 1]),
            ], 0..6),
            short: bool,
        ) {
            let entry = parts.concat();
            let sent = shorten(&entry, |cited| short && *cited == id(7));
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
