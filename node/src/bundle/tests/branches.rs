//! Logs with two branches whose author lost the grant: how far they count is the same wherever all
//! that is known has come.

use baro_crdt::log::SignedHead;
use baro_crdt::record::{Accept, Revocation};

use super::*;

impl Village {
    /// The founder ends what member 0 may do, and keeps a log up to there.
    fn revoke(&self, kept: SignedHead) -> Item {
        let body = RecordBody::Revocation(Revocation {
            community: self.id(),
            by: vec![self.founder.id()],
            via: self.founding.id(),
            person: self.members[0].id(),
            roles: Vec::new(),
            keep_records: Vec::new(),
            keep_logs: vec![kept],
        });
        Item::Record(Record::sign(body, &[&self.founder]).unwrap())
    }

    /// The founder lets in what member 0 wrote, up to there.
    fn accept(&self, head: SignedHead) -> Item {
        let body = RecordBody::Accept(Accept {
            community: self.id(),
            by: self.founder.id(),
            via: self.founding.id(),
            person: self.members[0].id(),
            records: Vec::new(),
            logs: vec![head],
        });
        Item::Record(Record::sign(body, &[&self.founder]).unwrap())
    }

    /// A node to which these came one after the other.
    fn holding(&self, items: Vec<Item>) -> MemoryStore {
        let mut store = self.joined();
        commit(&mut store, vec![Item::Record(self.grant.clone())]);
        for item in items {
            commit(&mut store, vec![item]);
        }
        store
    }
}

impl Writer {
    /// The same log, with so many entries more.
    fn and(&self, more: u32, word: &str) -> Self {
        let mut writer = self.clone();
        for n in 0..more {
            writer.name(&format!("{word} {n}"));
        }
        writer
    }

    fn signed(&self) -> SignedHead {
        self.head().sign(&self.key)
    }
}

/// Brings files from each to each of the others, until all are equal.
fn go_around(stores: &mut [MemoryStore], village: &Village) {
    for _ in 0..4 {
        for from in 0..stores.len() {
            for to in (0..stores.len()).filter(|to| *to != from) {
                let there = digest(&stores[to]);
                let (bytes, _) = bundle(&stores[from], Some(&there));
                take(&mut stores[to], &bytes).unwrap();
            }
        }
    }
    for store in &*stores {
        assert_eq!(digest_of(store, village), digest_of(&stores[0], village));
    }
}

fn authorised(store: &MemoryStore, log: LogId) -> u32 {
    store.log(&log).unwrap().unwrap().authorised
}

/// One log's branches, and nodes that know of the fork by short ones alone.
struct Fork {
    village: Village,
    left: Writer,
    right: Writer,
}

impl Fork {
    /// Which record counts first depends on their ids, and so on the lane.
    fn new(lane: u8, (left, right): (u32, u32)) -> Self {
        let village = Village::new(1, 1);
        let trunk = village.log(0, lane).and(2, "Awa");
        Self { village, left: trunk.and(left, "Traoré"), right: trunk.and(right, "Keïta") }
    }

    fn prover(&self) -> MemoryStore {
        let short = |branch: &Writer, word| {
            let mut writer = branch.clone();
            writer.entries.truncate(2);
            writer.and(1, word).item(0)
        };
        self.village.holding(vec![short(&self.left, "Traoré"), short(&self.right, "Keïta")])
    }

    fn lengths(&self, stores: &mut [MemoryStore]) -> u32 {
        go_around(stores, &self.village);
        authorised(&stores[0], self.left.log())
    }
}

const LANES: std::ops::Range<u8> = 1..9;

/// Two revocations keep heads on two branches, and some hold more of a branch than was kept: they
/// see that the other head is not on it, those who hold less do not.
#[test]
fn a_forked_log_counts_as_far_wherever_more_or_less_of_a_branch_is_held() {
    for lane in LANES {
        let fork = Fork::new(lane, (3, 5));
        let (village, left, right) = (&fork.village, &fork.left, &fork.right);
        let (more, others) = (left.and(4, "Kayes"), right.and(4, "Mopti"));
        let mut stores = [
            village.holding(vec![left.item(0), village.revoke(left.signed())]),
            village.holding(vec![right.item(0), village.revoke(right.signed())]),
            village.holding(vec![left.item(0), more.item(left.length())]),
            village.holding(vec![right.item(0), others.item(right.length())]),
            fork.prover(),
        ];
        assert_eq!(fork.lengths(&mut stores), 2, "what both keep, lane {lane}");
    }
}

/// What is let in lies on another branch than what is kept, and each is held by one node alone.
#[test]
fn who_holds_the_branch_that_counts_shows_it_to_who_counts_more_of_another() {
    for lane in LANES {
        let fork = Fork::new(lane, (3, 5));
        let (village, left, right) = (&fork.village, &fork.left, &fork.right);
        let mut stores = [
            fork.prover(),
            village.holding(vec![left.item(0), village.revoke(left.signed())]),
            village.holding(vec![right.item(0), village.accept(right.signed())]),
        ];
        stores.swap(1, 1 + usize::from(lane % 2));
        assert_eq!(fork.lengths(&mut stores), left.length(), "what is kept counts first");
    }
}

/// A head that nobody holds is kept, and two on one branch.
#[test]
fn a_kept_head_that_nobody_holds_counts_the_same_for_all() {
    for lane in LANES {
        let fork = Fork::new(lane, (7, 1));
        let (village, left) = (&fork.village, &fork.left);
        let (more, lost) = (left.and(3, "Kayes"), fork.right.and(8, "Mopti"));
        let mut stores = [
            village.holding(vec![left.item(0), village.revoke(left.signed())]),
            village.holding(vec![more.item(0), village.revoke(more.signed())]),
            village.holding(vec![village.revoke(lost.signed())]),
            fork.prover(),
        ];
        assert_eq!(fork.lengths(&mut stores), 2, "lane {lane}");
    }
}

/// Who holds one branch cannot go on from the middle of another.
#[test]
fn the_branch_that_counts_comes_whole_though_it_was_signed_in_two_places() {
    for lane in LANES {
        let fork = Fork::new(lane, (6, 2));
        let (village, long, short) = (&fork.village, &fork.left, &fork.right);
        let counts = short.and(2, "Mopti");
        let mut stores = [
            village.holding(vec![long.item(0), short.item(0)]),
            village.holding(vec![
                short.item(0),
                village.revoke(short.signed()),
                counts.item(short.length()),
                village.accept(counts.signed()),
            ]),
        ];
        assert_eq!(authorised(&stores[1], long.log()), counts.length());
        assert_eq!(fork.lengths(&mut stores), counts.length());
    }
}
