//! Which blobs have room: a pure function of the rows and the quota.
//!
//! All blobs stand in one order of worth. From the best on, each that still fits is *in the plan*;
//! what is not is neither fetched nor kept when room is needed. The plan depends on nothing that
//! fetching or dropping changes, so what was dropped for want of room is not fetched again, unless
//! somebody pins it, asks for it or frees space.
//!
//! What stays in any case (pinned, or made here and nowhere else yet) is counted first. Then
//! comes what officials say, voice, small, large; among equals what is newer here.

use std::collections::BTreeSet;

use baro_crdt::ids::BlobHash;

use super::BlobRow;

/// The local value that holds the quota that somebody set: 8 bytes, big endian.
pub const QUOTA_KEY: &str = "blobs/quota";

/// How many bytes of blobs may be here: what somebody set, else half of what there is room for,
/// and never more than that. `held` bytes of blobs are here, and the disk takes `room` more.
pub fn limit(set: Option<u64>, held: u64, room: u64) -> u64 {
    let most = held.saturating_add(room);
    set.unwrap_or(most / 2).min(most)
}

/// The least worth is the greatest.
fn worth(row: &BlobRow) -> impl Ord + use<> {
    let newest = row.added.max(row.last_used);
    (
        !row.stays(),
        !row.named || row.dropped,
        !row.official,
        row.class,
        std::cmp::Reverse(newest),
        row.hash,
    )
}

/// The blobs that `limit` bytes have room for, whole.
pub fn plan(rows: &[BlobRow], limit: u64) -> BTreeSet<BlobHash> {
    let mut order: Vec<&BlobRow> = rows.iter().collect();
    order.sort_by_key(|row| worth(row));
    let (mut kept, mut left) = (BTreeSet::new(), limit);
    for row in order {
        if row.stays() {
            left = left.saturating_sub(row.size);
            kept.insert(row.hash);
        } else if row.size <= left {
            left -= row.size;
            kept.insert(row.hash);
        }
    }
    kept
}

/// Which blobs outside of the plan to drop so that `bytes` are free, the least worth first; fewer
/// where there are not enough.
pub fn victims(rows: &[BlobRow], kept: &BTreeSet<BlobHash>, bytes: u64) -> Vec<BlobHash> {
    let droppable =
        |row: &&BlobRow| !row.have.is_none() && !row.stays() && !kept.contains(&row.hash);
    let mut order: Vec<&BlobRow> = rows.iter().filter(droppable).collect();
    order.sort_by_key(|row| std::cmp::Reverse(worth(row)));
    let mut freed = 0;
    let mut victims = Vec::new();
    for row in order {
        if freed >= bytes {
            break;
        }
        freed += row.held_bytes();
        victims.push(row.hash);
    }
    victims
}

#[cfg(test)]
mod tests {
    use baro_crdt::ids::WallSeconds;
    use proptest::prelude::*;

    use super::super::{BlobClass, GroupSet};
    use super::*;

    fn row(n: u8, size: u64, class: BlobClass, here: bool) -> BlobRow {
        let mut row = BlobRow::new(BlobHash::from_bytes([n; 32]), size, WallSeconds(n.into()));
        row.named = true;
        row.class = class;
        if here {
            row.have = GroupSet::all(row.have.groups());
        }
        row
    }

    fn id(n: u8) -> BlobHash {
        BlobHash::from_bytes([n; 32])
    }

    #[test]
    fn large_media_go_first_and_what_nobody_else_has_never() {
        let mut rows = vec![
            row(1, 100, BlobClass::Large, true),
            row(2, 100, BlobClass::Voice, true),
            row(3, 100, BlobClass::Large, true),
            row(4, 100, BlobClass::Large, true),
            row(5, 100, BlobClass::Large, true),
            row(6, 100, BlobClass::Small, false),
        ];
        rows[2].official = true;
        rows[3].made_here = true;
        let kept = plan(&rows, 450);
        assert_eq!(kept, BTreeSet::from([id(2), id(3), id(4), id(6)]));
        assert_eq!(victims(&rows, &kept, 1), [id(1)]);
        assert_eq!(victims(&rows, &kept, 150), [id(1), id(5)]);
        rows[0].pinned = true;
        let kept = plan(&rows, 150);
        assert_eq!(kept, BTreeSet::from([id(1), id(4)]), "what stays may be more than the quota");
        assert!(
            victims(&rows, &plan(&rows, 0), u64::MAX).iter().all(|v| *v != id(1) && *v != id(4))
        );
    }

    fn rows() -> impl Strategy<Value = Vec<BlobRow>> {
        let one = (1..200_000_u64, 0..3_u8, any::<[bool; 6]>(), 0..50_i64);
        proptest::collection::vec(one, 0..20).prop_map(|list| {
            (0_u8..)
                .zip(list)
                .map(|(n, (size, class, flags, used))| {
                    let class = BlobClass::from_number(class).unwrap_or(BlobClass::Large);
                    let mut row = row(n, size, class, flags[0]);
                    row.last_used = WallSeconds(used);
                    [_, row.pinned, row.made_here, row.sent, row.official, row.named] = flags;
                    row
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_dropped_is_fetched_again(rows in rows(), limit in 0..1_000_000_u64) {
            let kept = plan(&rows, limit);
            let dropped = victims(&rows, &kept, u64::MAX);
            let after: Vec<BlobRow> = rows
                .iter()
                .cloned()
                .map(|mut row| {
                    if dropped.contains(&row.hash) {
                        row.have = GroupSet::none(row.have.groups());
                    } else if kept.contains(&row.hash) && row.named {
                        // Fetched meanwhile.
                        row.have = GroupSet::all(row.have.groups());
                        row.made_here &= row.stays();
                    }
                    row
                })
                .collect();
            for row in rows.iter().filter(|row| row.stays()) {
                prop_assert!(!dropped.contains(&row.hash));
            }
            let again = plan(&after, limit);
            prop_assert!(dropped.iter().all(|hash| !again.contains(hash)));
            let free: u64 = after
                .iter()
                .filter(|row| kept.contains(&row.hash) && !row.stays())
                .map(|row| row.size)
                .sum();
            let stays: u64 = after.iter().filter(|row| row.stays()).map(|row| row.size).sum();
            prop_assert!(free + stays <= limit.max(stays));
        }
    }
}
