//! What to replace in one sequence to get another: Myers' greedy algorithm (*An O(ND) Difference
//! Algorithm and Its Variations*, 1986), bounded in time and memory.
//!
//! Two texts are compared character by character; where they differ by more than [`MAX_STEPS`],
//! word by word; and where that is too much as well, what lies between the common beginning and
//! the common end is replaced as a whole.

/// How many characters (or words) may differ before the comparison gets coarser. Memory grows with
/// its square: 4 MB here.
const MAX_STEPS: usize = 1_000;

/// At `position` of the old sequence, remove `removed` items and put there the items
/// `inserted.0..inserted.1` of the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) position: usize,
    pub(super) removed: usize,
    pub(super) inserted: (usize, usize),
}

/// The hunks that turn `old` into `new`, in ascending order of position in `old`, in characters.
pub(super) fn texts(old: &str, new: &str) -> Vec<Hunk> {
    let old_chars: Vec<char> = old.chars().collect();
    let new_chars: Vec<char> = new.chars().collect();
    if let Some(hunks) = sequences(&old_chars, &new_chars) {
        return hunks;
    }
    let old_words: Vec<&str> = old.split_inclusive(char::is_whitespace).collect();
    let new_words: Vec<&str> = new.split_inclusive(char::is_whitespace).collect();
    if let Some(hunks) = sequences(&old_words, &new_words) {
        let old_at = offsets(&old_words);
        let new_at = offsets(&new_words);
        let at = |offsets: &[usize], word: usize| offsets.get(word).copied().unwrap_or(0);
        return hunks
            .into_iter()
            .map(|hunk| Hunk {
                position: at(&old_at, hunk.position),
                removed: at(&old_at, hunk.position + hunk.removed) - at(&old_at, hunk.position),
                inserted: (at(&new_at, hunk.inserted.0), at(&new_at, hunk.inserted.1)),
            })
            .collect();
    }
    let (prefix, suffix) = common(&old_chars, &new_chars);
    vec![Hunk {
        position: prefix,
        removed: old_chars.len() - prefix - suffix,
        inserted: (prefix, new_chars.len() - suffix),
    }]
}

/// Where each word starts, in characters, and where the last one ends.
fn offsets(words: &[&str]) -> Vec<usize> {
    let mut at = 0;
    let mut offsets = vec![0];
    for word in words {
        at += word.chars().count();
        offsets.push(at);
    }
    offsets
}

/// Lengths of the common beginning and of the common end, which don't overlap.
fn common<T: PartialEq>(old: &[T], new: &[T]) -> (usize, usize) {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let left = old.len().min(new.len()) - prefix;
    let ends = old.iter().rev().zip(new.iter().rev());
    (prefix, ends.take(left).take_while(|(a, b)| a == b).count())
}

fn sequences<T: PartialEq>(old: &[T], new: &[T]) -> Option<Vec<Hunk>> {
    let (prefix, suffix) = common(old, new);
    let old_middle = old.get(prefix..old.len() - suffix)?;
    let new_middle = new.get(prefix..new.len() - suffix)?;
    let mut hunks = myers(old_middle, new_middle)?;
    for hunk in &mut hunks {
        hunk.position += prefix;
        hunk.inserted.0 += prefix;
        hunk.inserted.1 += prefix;
    }
    Some(hunks)
}

/// `None` where more than [`MAX_STEPS`] items have to be removed or inserted.
fn myers<T: PartialEq>(old: &[T], new: &[T]) -> Option<Vec<Hunk>> {
    // furthest[d][(k + d) / 2] is how far into `old` d steps reach on diagonal k = x - y.
    let mut furthest: Vec<Vec<usize>> = Vec::new();
    if old.len().abs_diff(new.len()) > MAX_STEPS {
        return None;
    }
    for steps in 0..=MAX_STEPS {
        let mut row = Vec::with_capacity(steps + 1);
        for slot in 0..=steps {
            let (mut x, _) = step(&furthest, steps, slot);
            // y = x - k, with k = 2 * slot - steps
            let mut y = (x + steps).wrapping_sub(2 * slot);
            while let (Some(a), Some(b)) = (old.get(x), new.get(y)) {
                if a != b {
                    break;
                }
                x += 1;
                y += 1;
            }
            row.push(x);
            if x >= old.len() && y >= new.len() && x == old.len() && y == new.len() {
                furthest.push(row);
                return Some(back(&furthest, old.len(), new.len()));
            }
        }
        furthest.push(row);
    }
    None
}

/// Where the last of `steps` steps on this diagonal arrives (before equal items are skipped), and
/// whether it was an insertion.
fn step(furthest: &[Vec<usize>], steps: usize, slot: usize) -> (usize, bool) {
    let Some(last) = steps.checked_sub(1).and_then(|last| furthest.get(last)) else {
        return (0, false);
    };
    // From diagonal k - 1 by removing, from k + 1 by inserting.
    let removed = slot.checked_sub(1).and_then(|slot| last.get(slot)).map(|x| x + 1);
    let inserted = last.get(slot).copied();
    match (removed, inserted) {
        (Some(removed), Some(inserted)) if removed > inserted => (removed, false),
        (_, Some(inserted)) => (inserted, true),
        (Some(removed), None) => (removed, false),
        (None, None) => (0, false),
    }
}

/// Walks back from the end and gathers neighbouring steps into hunks.
fn back(furthest: &[Vec<usize>], old_length: usize, new_length: usize) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut x, mut y) = (old_length, new_length);
    for steps in (1..furthest.len()).rev() {
        let slot = (x + steps - y) / 2;
        let (arrived, insertion) = step(furthest, steps, slot);
        let arrived_y = (arrived + steps) - 2 * slot;
        (x, y) = if insertion { (arrived, arrived_y - 1) } else { (arrived - 1, arrived_y) };
        match hunks.last_mut() {
            Some(hunk) if hunk.position == arrived && hunk.inserted.0 == arrived_y => {
                hunk.position = x;
                hunk.removed += arrived - x;
                hunk.inserted.0 = y;
            }
            _ => hunks.push(Hunk { position: x, removed: arrived - x, inserted: (y, arrived_y) }),
        }
    }
    hunks.reverse();
    hunks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn patched(old: &str, new: &str, hunks: &[Hunk]) -> String {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let mut out = String::new();
        let mut at = 0;
        for hunk in hunks {
            out.extend(&old[at..hunk.position]);
            out.extend(&new[hunk.inserted.0..hunk.inserted.1]);
            at = hunk.position + hunk.removed;
        }
        out.extend(&old[at..]);
        out
    }

    proptest! {
        #[test]
        fn hunks_lead_from_one_to_the_other(old in "[abɛ ]{0,40}", new in "[abɛ ]{0,40}") {
            let hunks = texts(&old, &new);
            prop_assert_eq!(patched(&old, &new, &hunks), new);
        }
    }

    #[test]
    fn small_changes_stay_small() {
        let hunks = texts("the well is dry", "the wells are dry");
        let changed: usize =
            hunks.iter().map(|hunk| hunk.removed + hunk.inserted.1 - hunk.inserted.0).sum();
        assert!(changed <= 6, "{hunks:?}");
        assert!(texts("same", "same").is_empty());
    }

    #[test]
    fn large_changes_get_coarser_and_still_fit() {
        let old: String = (0..3_000).map(|i| format!("{} ", i * 7919 % 1_000)).collect();
        let words: String = (0..3_000)
            .map(|i| format!("{} ", if i % 9 == 0 { i * 31 % 977 } else { i * 7919 % 1_000 }))
            .collect();
        let other: String = (0..3_000).map(|i| format!("{} ", i * 104_729 % 997)).collect();
        for new in [&words, &other] {
            assert_eq!(&patched(&old, new, &texts(&old, new)), new);
        }
        assert!(texts(&old, &words).len() > 1);
        assert_eq!(texts(&old, &other).len(), 1);
    }
}
